"""Roots of 100 equations in one variable and of 20 systems, each a whole process: found, proven, invented, undecided.

The equations are the test functions of root finders in SciPy (Alefeld, Potra and Shi 1995 among them), cases of SymPy's
solvers, and what teachers ask. How many roots there are is known. Each one printed is tried in mpmath, in 50 digits,
and counts as invented where an equation is not much smaller there than next to it.
"""

import json
import re
import resource
import subprocess
import sys
from statistics import median, quantiles

from mpmath import mp, mpf
from timing import AUTODIFF, HEADER, exit_code, parser, require_compiled, row, seconds, sized

from autodiff_cli.engine.printer import to_text
from autodiff_cli.language.equation_reader import read_equations, roots_of

mp.dps = 50
NAMES = {name: getattr(mp, name) for name in dir(mp) if not name.startswith("_")}
NAMES |= {"abs": mp.fabs, "log": mp.ln, "where": lambda condition, a, b: a if condition else b}
APS02 = " + ".join([f"-2*(2*{i}-5)^2/(x-{i}^2)^3" for i in range(1, 21)])
LINE: list[tuple[str, str, int]] = [
    # Alefeld, Potra, Shi: in SciPy's tests of root finders
    ("sin(x) = x/2", "1:4", 1),
    *[(APS02, f"{n * n + 0.001}:{(n + 1) ** 2 - 0.001}", 1) for n in (1, 2, 3)],
    *[(f"{a} x exp({b} x)", "-9:31", 1) for a, b in ((-40, -1), (-100, -2), (-200, -3))],
    *[(f"x^{n} = 0.2", "0:5", 1) for n in (4, 6, 8, 10, 12)],
    *[(f"x^{n} = 1", "-0.95:4.05", 1) for n in (4, 6, 8, 14)],
    ("sin(x) = 1/2", "0:1.5", 1),
    *[(f"2 x exp(-{n}) - 2 exp(-{n} x) + 1", "0:1", 1) for n in (1, 3, 5, 20, 40, 100)],
    *[(f"(1 + (1 - {n})^2) x = (1 - {n} x)^2", "0:1", 1) for n in (5, 10, 20)],
    *[(f"x^2 = (1 - x)^{n}", "0:1", 1) for n in (2, 5, 10, 15, 20)],
    *[(f"(1 + (1 - {n})^4) x = (1 - {n} x)^4", "0:1", 1) for n in (2, 4, 5, 8, 15, 20)],
    *[(f"exp(-{n} x) (x - 1) + x^{n}", "0:1", 1) for n in (1, 5, 10, 15, 20)],
    *[(f"({n} x - 1)/(({n} - 1) x)", "0.01:1", 1) for n in (2, 5, 15, 20)],
    *[(f"x^(1/{n}) = {n}^(1/{n})", "1:100", 1) for n in (2, 3, 5, 9, 33)],
    *[(f"where(x >= 0, {n}/20*(x/1.5 + sin(x) - 1), -{n}/20)", "-1:1.57", 1) for n in (1, 10, 40)],
    # SciPy's other test functions
    ("x*(x - 1)", "-3:3", 2),
    ("x^2 = 1", "-3:3", 2),
    ("x*(x - 1)*(x - 2)*(x - 3)", "-1:4", 4),
    ("where(x > 1, 1 + 0.1 x, -1 + 0.1 x)", "-5:5", 0),
    ("1/(1 - x)", "0:3", 0),
    ("(x - 1)^3", "-1:3", 1),
    ("x^2 = 2 x + 1", "-5:5", 2),
    ("exp(x) = cos(x)", "-1:1", 1),
    # SymPy's solvers
    ("cos(x) = x", "-10:10", 1),
    ("exp(x) = x + 2", "-5:5", 2),
    ("x exp(x) = 1", "-5:5", 1),
    ("ln(x) + x = 0", "0:5", 1),
    ("2^x = 10", "0:10", 1),
    ("x^5 - x^3 + 1/10", "-2:2", 3),
    ("x^4 - 10 x^2 + 1", "-5:5", 4),
    ("(x^2 - 2)^2", "-3:3", 2),
    ("x^4 - 4 x^2 + 4", "-3:3", 2),
    ("x^4 - 4 x^2 + 5", "-3:3", 0),
    ("abs(x - 1) = 2", "-5:5", 2),
    ("sqrt(x) = x - 2", "0:10", 1),
    ("sqrt(x - 5) = x - 7", "5:20", 1),
    ("tan(x) = 1", "-5:5", 3),
    ("sin(x) = cos(x)", "-5:5", 3),
    ("sin(x) = 1", "-10:10", 3),
    ("cos(x) = 1", "-7:7", 3),
    ("sin(2 x) = sin(x)", "-4:4", 5),
    ("sin(x)^2 = 1/4", "0:6.2", 4),
    ("exp(2 x) - 3 exp(x) + 2", "-3:3", 2),
    ("ln(x)^2 = 1", "0:5", 2),
    ("1/x = x", "-5:5", 2),
    ("x/(x^2 + 1) = 1/2", "-5:5", 1),
    ("erf(x) = 1/2", "-3:3", 1),
    ("gamma(x) = 2", "0.1:5", 2),
    ("lambertw(x) = 1", "0:5", 1),
    ("besselj(0, x)", "0:20", 6),
    ("x^3 - 2 x - 5", "-5:5", 1),
    # what teachers ask
    ("sin(10 x) = x", "-10:10", 7),
    ("tan(x) = x", "-5:5", 3),
    ("exp(-x) = sin(x)", "0:10", 4),
    ("cosh(x) cos(x) = 1", "0.1:12", 3),
    ("x^x = 2", "0.1:5", 1),
    ("x = 2 sin(x)", "-5:5", 3),
    ("x^2 = 2^x", "-5:5", 3),
    ("cos(x) cosh(x) + 1", "0:9", 3),
    ("x sin(1/x)", "0.1:1", 3),
    ("prod(k, 1, 10, x - k)", "0:11", 10),
    ("128 x^8 - 256 x^6 + 160 x^4 - 32 x^2 + 1", "-2:2", 8),
    ("63 x^5 - 70 x^3 + 15 x", "-2:2", 5),
    ("floor(x) = 1/2", "-3:3", 0),
    ("abs(x) = x^2", "-3:3", 3),
    ("sin(x)/x = 0", "-7:7", 4),
    ("x^2 + 1e-12", "-1:1", 0),
    ("exp(x) = 0", "-50:50", 0),
    ("x - 0.8 sin(x) = 1", "0:5", 1),
    ("1/sqrt(x) + 2 log10(1e-5/3.7 + 2.51/(1e5 sqrt(x)))", "0.001:0.1", 1),
    ("atan(x) = 1", "-5:5", 1),
]
SYSTEMS: list[tuple[str, tuple[str, ...], int]] = [
    ("x^2 + y^2 = 4; exp(x) + y = 1", ("x=-3:3", "y=-3:3"), 2),
    ("x^2 + y^2 = 1; x = y", ("x=-2:2", "y=-2:2"), 2),
    ("x^2 - y = 0; y^2 - x = 0", ("x=-2:3", "y=-2:3"), 2),
    ("x y = 1; x + y = 3", ("x=-5:5", "y=-5:5"), 2),
    ("x^2 + y^2 = 5; x y = 2", ("x=-4:4", "y=-4:4"), 4),
    ("sin(x) = y; cos(y) = x", ("x=-3:3", "y=-3:3"), 1),
    ("x^2 + y = 11; x + y^2 = 7", ("x=-6:6", "y=-6:6"), 4),
    ("10 (y - x^2) = 0; 1 - x = 0", ("x=-5:5", "y=-5:5"), 1),
    ("x^3 - 3 x y^2 = 1; 3 x^2 y - y^3 = 0", ("x=-2:2", "y=-2:2"), 3),
    ("exp(x y) + x^2 + y = 1.2; x^2 + y^2 + x = 0.55", ("x=-2:2", "y=-2:2"), 2),
    ("x + y + z = 6; x y z = 6; x^2 + y^2 + z^2 = 14", ("x=0:4", "y=0:4", "z=0:4"), 6),
    ("3 x - cos(y z) = 0.5; x^2 - 81 (y + 0.1)^2 + sin(z) + 1.06 = 0; exp(-x y) + 20 z + 9.471975512 = 0",
     ("x=-1:1", "y=-0.5:1", "z=-1:1"), 2),
    ("x = sin(x + y); y = cos(x - y)", ("x=-2:2", "y=-2:2"), 1),
    ("x^2 + 4 y^2 = 4; x^2 + (y - 1)^2 = 1", ("x=-3:3", "y=-3:3"), 2),
    ("ln(x) + y = 0; x = y + 2", ("x=0.1:4", "y=-3:3"), 1),
    ("x^2 + y^2 + 1 = 0; x = y", ("x=-5:5", "y=-5:5"), 0),
    ("tanh(x) = y; x = 2 y", ("x=-4:4", "y=-2:2"), 3),
    ("4 x^3 - 3 x = y; 4 y^3 - 3 y = x", ("x=-1.5:1.5", "y=-1.5:1.5"), 9),
    ("a + b = 3; a exp(-b) = 0.5", ("a=-1:4", "b=-1:4"), 1),
    ("x^2 = y^2 + 1; x^2 + y^2 = 3; z = x y", ("x=-3:3", "y=-3:3", "z=-4:4"), 4),
]  # fmt: skip


def main() -> int:
    """Solve them all, and print how many roots came out, and in what time."""
    parser(__doc__).parse_args()
    require_compiled()
    print(HEADER)
    line = [_solved(text, (f"x={span}",), count) for text, span, count in LINE[: sized(len(LINE), 2)]]
    boxes = [_solved(text, spans, count) for text, spans, count in SYSTEMS[: sized(len(SYSTEMS), 1)]]
    is_missed = _tell("one variable", line) | _tell("systems", boxes)
    times = [one["seconds"] for one in line]
    tenth = quantiles(times, n=10)[-1] if len(times) > 2 else max(times)
    middle, slow = seconds(median(times)), seconds(tenth)
    row(
        "one variable: processor time of a whole process, median; 90 %", middle, slow, "", "0.3 s", median(times) <= 0.3
    )
    return exit_code(is_missed)


def _tell(what: str, solved: list[dict[str, float]]) -> bool:
    """Print the sums of what was found; whether one is missed."""
    total = {name: int(sum(one[name] for one in solved)) for name in ("expected", "found", "invented", "undecided")}
    missed = int(sum(one["missed"] for one in solved))
    found = f"{total['found']} of {total['expected']} proven"
    others = f"{total['invented']} invented, {missed} missed, {total['undecided']} undecided"
    is_met = not (total["invented"] or missed or total["undecided"])
    row(f"{what}: {len(solved)} problems", found, others, "", "all, none invented", is_met)
    return not is_met


def _solved(text: str, spans: tuple[str, ...], count: int) -> dict[str, float]:
    """One problem: how many roots came out, and how many of these are none."""
    words = [word for span in spans for word in (f"--{span.partition('=')[0]}", span.partition("=")[2])]
    before = _processor_time()
    command = [AUTODIFF, "solve", text, *words, "--format", "json", "--quiet"]
    out = subprocess.run(command, stdout=subprocess.PIPE).stdout  # exit codes 1 and 2 say what is found too
    taken = _processor_time() - before
    found = json.loads(out)
    roots = found["roots"]
    names = [span.partition("=")[0] for span in spans]
    invented = sum([not _is_root(text, names, root) for root in roots])
    missed = max(count - len(roots), 0)
    if invented or len(roots) != count or not found["complete"]:
        print(f"{text} {spans}: {len(roots)} of {count}, {invented} invented, {found['undecided']}", file=sys.stderr)
    return {
        "expected": count,
        "found": len(roots),
        "invented": invented + max(len(roots) - count, 0),
        "missed": missed,
        "undecided": len(found["undecided"]),
        "seconds": taken,
    }


def _processor_time() -> float:
    """Seconds that all processes started here have worked: what else the machine does is not in it."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _is_root(text: str, names: list[str], root: dict[str, float]) -> bool:
    """Whether each equation is small at a root beside its size next to it, in numbers of 50 digits."""
    expression = read_equations(text, names)
    equations = [*[expression.steps[name] for name in roots_of(expression)], expression.root]
    at = {name: mpf(root[name]) for name in names}
    away = {name: number + mpf(10) ** -8 * (1 + abs(number)) for name, number in at.items()}
    here, there = ([_value(to_text(one), point) for one in equations] for point in (at, away))
    return all(abs(a) <= 1e-6 * abs(b) + 1e-13 for a, b in zip(here, there, strict=True))


def _value(text: str, point: dict[str, mpf]) -> mpf:
    """A formula in mpmath: of this file, so that it may be evaluated."""
    python = re.sub(r"(?<![\w.])(\d+(?:\.\d+)?(?:e-?\d+)?)(?![\w.])", r"mpf('\1')", text.replace("^", "**"))
    return eval(python, NAMES | point)


if __name__ == "__main__":
    raise SystemExit(main())
