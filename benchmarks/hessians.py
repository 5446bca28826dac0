"""Hessians of the classic optimisation functions: how right, and how fast against autograd's.

python benchmarks/hessians.py       over the shared corpora, where they lie beside the checkout
"""

import re
import sys
from functools import partial
from statistics import median
from time import perf_counter
from typing import Any, NamedTuple

from timing import CORPORA, HEADER, NOT_INSTALLED, SKIPPED, corpus, exit_code, installed, parser, row, seconds, sized

from autodiff_cli import parse
from autodiff_cli.library import Formula

RECORDS = sized(None, 2)  # all, or so many
TIMED = sized(0.05, 0.0)  # seconds that calls are repeated for
DIGITS = 1e-12
Point = dict[str, float]
Case = tuple[dict[str, Any], Formula, Point]  # a record, what it was read as, its point


class Miss(NamedTuple):
    """An element of a Hessian that is off by more than the digits asked for."""

    id: str
    by: tuple[str, str]
    error: float  # relative to itself
    share: float  # relative to the largest element


def exact(text: str, names: list[str], point: dict[str, Any]) -> list[list[float]]:
    """The Hessian by sympy, to 60 digits."""
    import mpmath
    import sympy

    symbols = {name: sympy.Symbol(name, real=True) for name in names}
    read = sympy.sympify(re.sub(r"(?<![\w.])(\d+\.\d*(?:[eE][-+]?\d+)?|\d+[eE][-+]?\d+)", _rational, text), symbols)
    rows = []
    modules = [{"DiracDelta": lambda x: 0}, "mpmath"]  # no corpus point is at a jump of a slope
    with mpmath.workdps(60):
        at = [mpmath.mpf(float(point[name])) for name in names]
        for a in names:
            first = read.diff(symbols[a])
            cells = [sympy.lambdify(list(symbols.values()), first.diff(symbols[b]), modules) for b in names]
            rows.append([float(cell(*at)) for cell in cells])
    return rows


def _rational(match: re.Match[str]) -> str:
    above, below = float(match[0]).as_integer_ratio()
    return f"Rational({above}, {below})"


def peer(text: str, names: list[str]) -> Any:
    """autograd's Hessian of the same text."""
    import autograd.numpy as np
    from autograd import hessian

    functions = {
        name: getattr(np, name) for name in ("sin", "cos", "exp", "log", "sqrt", "tanh", "abs", "cosh", "sinh")
    }
    functions |= {"atan": np.arctan, "atan2": np.arctan2, "pi": np.pi, "e": np.e}
    scope: dict[str, Any] = functions | {"__builtins__": {}}
    code = compile(text.replace("^", "**"), "corpus", "eval")
    return hessian(lambda x: eval(code, scope, {name: x[at] for at, name in enumerate(names)}))


def best(call: Any) -> float:
    """Seconds of one call: the best of repeats."""
    call()
    times: list[float] = []
    start = perf_counter()
    while len(times) < 3 or perf_counter() - start < TIMED:
        before = perf_counter()
        call()
        times.append(perf_counter() - before)
    return min(times)


def misses(record: dict[str, Any], formula: Formula, point: Point) -> list[Miss]:
    """The elements of one Hessian that are not right to so many digits of themselves."""
    names = list(point)
    ours, truth = formula.hessian(**point), exact(record["expr"], names, record["point"])
    largest = max(abs(cell) for cells in truth for cell in cells) or 1.0
    found = []
    for a, cells in zip(names, truth, strict=True):
        for b, cell in zip(names, cells, strict=True):
            off, size = abs(ours[a][b] - cell), abs(cell) or largest
            if not off <= DIGITS * size:
                found.append(Miss(record["id"], (a, b), off / size, off / largest))
    return found


def times_faster(text: str, formula: Formula, point: Point) -> float:
    """autograd's time over ours."""
    import numpy as np

    theirs = peer(text, list(point))
    return best(partial(theirs, np.array(list(point.values())))) / best(partial(formula.hessian, **point))


def show_misses(records: int, found: list[Miss]) -> bool:
    """Print the rows of what is right, and each miss to stderr; whether there is none."""
    wrong = {miss.id for miss in found if not miss.share <= DIGITS}
    what = f"Hessians of {records} mgh records, to {DIGITS:g} of the largest element"
    row(what, f"{records - len(wrong)} of {records}", "", "", "all", not wrong)
    most = max([miss.share for miss in found], default=0.0)
    right = f"all but {len(found)}, which are off by {most:.1e} of the largest at most" if found else "all"
    row(f"their elements, each to {DIGITS:g} of itself", right, "", "", "all", not found)
    for miss in found:
        print(f"{miss.id} {' '.join(miss.by)}: {miss.error:.1e}, and {miss.share:.1e} of the largest", file=sys.stderr)
    return not found


def show_times(ratios: dict[str, float]) -> bool:
    """Print the row of the times, and where we are not faster to stderr; whether we are everywhere."""
    slower = [id for id, ratio in ratios.items() if ratio <= 1]
    least, middle = min(ratios.values()), median(ratios.values())
    row("their time", "", "autograd", f"{least:.1f} times faster at least, median {middle:.0f}", "> 1", not slower)
    for id in slower:
        print(f"{id}: not faster", file=sys.stderr)
    return not slower


def digits(cases: list[Case]) -> bool:
    """Print the rows of what is right; whether all is."""
    if not installed("sympy"):
        row(f"Hessians of {len(cases)} mgh records", "", f"sympy {NOT_INSTALLED}", "", "all", None)
        return True
    return show_misses(len(cases), [miss for case in cases for miss in misses(*case)])


def times(cases: list[Case]) -> bool:
    """Print the row of the times; whether ours is the shorter one everywhere."""
    if not installed("autograd"):
        ours = sum(best(partial(formula.hessian, **point)) for _, formula, point in cases)
        row("their time", seconds(ours), f"autograd {NOT_INSTALLED}", "", "> 1", None)
        return True
    return show_times({record["id"]: times_faster(record["expr"], formula, at) for record, formula, at in cases})


def main() -> int:
    """0 where every element is right and every Hessian faster than autograd's."""
    parser(__doc__).parse_args()
    if not CORPORA.exists():
        print(SKIPPED)
        return 0
    cases: list[Case] = []
    for record in corpus("mgh", RECORDS):
        formula = parse(record["expr"], record["point"])
        cases.append((record, formula, {name: float(record["point"][name]) for name in formula.variables}))
    print(HEADER)
    is_right, is_faster = digits(cases), times(cases)
    return int(not is_right) or exit_code(not is_faster)


if __name__ == "__main__":
    sys.exit(main())
