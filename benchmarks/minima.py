"""Local minima of 50 functions of SciPy's own global benchmark, and of the shared corpora, against SciPy's methods.

Each function is written from its published formula (Jamil and Yang, A literature survey of benchmark functions, 2013;
Surjanovic and Bingham, Virtual Library of Simulation Experiments) and begins at one point. SciPy's BFGS, L-BFGS-B,
trust-exact and Newton-CG get exact gradients and Hessians of the same graph. An evaluation is a point at which value,
slopes or second derivatives were asked for, each point once, for all alike. SciPy's best is the lowest value, of those
as low the one of fewest evaluations. With `process`: whole processes, beside scripts that import what they need alone.
"""

import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from scipy.optimize import minimize
from timing import (
    AUTODIFF,
    CORPORA,
    HEADER,
    SKIPPED,
    corpus,
    exit_code,
    middle,
    pairs,
    parser,
    process,
    ratios,
    require_compiled,
    row,
    sized,
)

from autodiff_cli.errors import AutodiffError
from autodiff_cli.language.parser import parse
from autodiff_cli.reports.descent import Objective
from autodiff_cli.reports.minimize import optimum
from autodiff_cli.reports.optimum import Kind
from autodiff_cli.reports.starts import Start

METHODS = ("BFGS", "L-BFGS-B", "trust-exact", "Newton-CG")
LOWER = 1e-8  # of a value, or absolutely: what counts as the same minimum
NEAR = 1e-4  # of a variable

_BOX_BETTS = " + ".join(f"(exp(-{i}/10 x) - exp(-{i}/10 y) - (exp(-{i}/10) - exp(-{i})) z)^2" for i in range(1, 11))
_KOWALIK = " + ".join(
    f"({a} - x (1/{b}^2 + y/{b})/(1/{b}^2 + z/{b} + w))^2"
    for a, b in zip(
        (0.1957, 0.1947, 0.1735, 0.16, 0.0844, 0.0627, 0.0456, 0.0342, 0.0323, 0.0235, 0.0246),
        (0.25, 0.5, 1, 2, 4, 6, 8, 10, 12, 14, 16),
        strict=True,
    )
)
_HARTMANN = (
    "-exp(-3(x - 0.3689)^2 - 10(y - 0.1170)^2 - 30(z - 0.2673)^2)"
    " - 1.2exp(-0.1(x - 0.4699)^2 - 10(y - 0.4387)^2 - 35(z - 0.7470)^2)"
    " - 3exp(-3(x - 0.1091)^2 - 10(y - 0.8732)^2 - 30(z - 0.5547)^2)"
    " - 3.2exp(-0.1(x - 0.03815)^2 - 10(y - 0.5743)^2 - 35(z - 0.8828)^2)"
)
_JENNRICH = " + ".join(f"({2 + 2 * i} - exp({i}x) - exp({i}y))^2" for i in range(1, 11))
_SHUBERT = "(cos(2{0}+1) + 2cos(3{0}+2) + 3cos(4{0}+3) + 4cos(5{0}+4) + 5cos(6{0}+5))"
_HANSEN = (
    "(cos(1) + 2cos(x+2) + 3cos(2x+3) + 4cos(3x+4) + 5cos(4x+5))"
    " (cos(2y+1) + 2cos(3y+2) + 3cos(4y+3) + 4cos(5y+4) + 5cos(6y+5))"
)
_GIUNTA = "(sin(16/15 {0} - 1) + sin(16/15 {0} - 1)^2 + sin(4(16/15 {0} - 1))/50)"

FUNCTIONS: dict[str, tuple[str, dict[str, float]]] = {
    "Ackley01": (
        "-20 exp(-0.2 sqrt(0.5 (x^2 + y^2))) - exp(0.5 (cos(2pi x) + cos(2pi y))) + e + 20",
        {"x": 1.2, "y": 0.8},
    ),
    "Beale": ("(1.5 - x + x y)^2 + (2.25 - x + x y^2)^2 + (2.625 - x + x y^3)^2", {"x": 1, "y": 1}),
    "Bird": ("(x - y)^2 + exp((1 - sin(x))^2) cos(y) + exp((1 - cos(y))^2) sin(x)", {"x": 4, "y": 3}),
    "Bohachevsky1": ("x^2 + 2y^2 - 0.3cos(3pi x) - 0.4cos(4pi y) + 0.7", {"x": 0.1, "y": 0.1}),
    "Bohachevsky2": ("x^2 + 2y^2 - 0.3cos(3pi x) cos(4pi y) + 0.3", {"x": 0.1, "y": -0.1}),
    "Bohachevsky3": ("x^2 + 2y^2 - 0.3cos(3pi x + 4pi y) + 0.3", {"x": 0.1, "y": 0.05}),
    "Booth": ("(x + 2y - 7)^2 + (2x + y - 5)^2", {"x": 0, "y": 0}),
    "BoxBetts": (_BOX_BETTS, {"x": 0.95, "y": 9.5, "z": 1.1}),
    "Branin": ("(y - 5.1/(4pi^2) x^2 + 5/pi x - 6)^2 + 10 (1 - 1/(8pi)) cos(x) + 10", {"x": 2, "y": 3}),
    "Brent": ("(x + 10)^2 + (y + 10)^2 + exp(-x^2 - y^2)", {"x": 0, "y": 2}),
    "Brown": ("(x^2)^(y^2 + 1) + (y^2)^(x^2 + 1)", {"x": 1, "y": 0.5}),
    "Chichinadze": (
        "x^2 - 12x + 8sin(5/2 pi x) + 10cos(0.5pi x) + 11 - 0.2 sqrt(5)/exp(0.5(y - 0.5)^2)",
        {"x": 6.1, "y": 0.2},
    ),
    "Colville": (
        "100(x^2 - y)^2 + (x - 1)^2 + (z - 1)^2 + 90(z^2 - w)^2 + 10.1((y - 1)^2 + (w - 1)^2) + 19.8(y - 1)(w - 1)",
        {"x": -3, "y": -1, "z": -3, "w": -1},
    ),
    "CosineMixture": ("-0.1(cos(5pi x) + cos(5pi y)) + x^2 + y^2", {"x": 0.12, "y": -0.1}),
    "Cube": ("100(y - x^3)^2 + (1 - x)^2", {"x": -1.2, "y": 1}),
    "DeckkersAarts": ("1e5x^2 + y^2 - (x^2 + y^2)^2 + 1e-5(x^2 + y^2)^4", {"x": 1, "y": 12}),
    "DixonPrice": ("(x - 1)^2 + 2(2y^2 - x)^2 + 3(2z^2 - y)^2", {"x": 2, "y": 2, "z": 2}),
    "Easom": ("-cos(x) cos(y) exp(-((x - pi)^2 + (y - pi)^2))", {"x": 2.5, "y": 3.5}),
    "EggCrate": ("x^2 + y^2 + 25(sin(x)^2 + sin(y)^2)", {"x": 1, "y": 0.5}),
    "ElAttar": ("(x^2 + y - 10)^2 + (x + y^2 - 7)^2 + (x^2 + y^3 - 1)^2", {"x": 1, "y": 1}),
    "Exponential": ("-exp(-0.5(x^2 + y^2))", {"x": 0.5, "y": 0.3}),
    "FreudensteinRoth": (
        "(x - 13 + ((5 - y) y - 2) y)^2 + (x - 29 + ((y + 1) y - 14) y)^2",
        {"x": 0.5, "y": -2},
    ),
    "Giunta": ("0.6 + " + _GIUNTA.format("x") + " + " + _GIUNTA.format("y"), {"x": 0.2, "y": 0.8}),
    "GoldsteinPrice": (
        "(1 + (x + y + 1)^2 (19 - 14x + 3x^2 - 14y + 6x y + 3y^2))"
        " (30 + (2x - 3y)^2 (18 - 32x + 12x^2 + 48y - 36x y + 27y^2))",
        {"x": -0.5, "y": -0.5},
    ),
    "Griewank": ("1 + (x^2 + y^2)/4000 - cos(x) cos(y/sqrt(2))", {"x": 1, "y": 1}),
    "Hansen": (_HANSEN, {"x": -1.2, "y": -1.3}),
    "Hartmann3": (_HARTMANN, {"x": 0.2, "y": 0.5, "z": 0.8}),
    "Himmelblau": ("(x^2 + y - 11)^2 + (x + y^2 - 7)^2", {"x": 1, "y": 1}),
    "Hosaki": ("(1 - 8x + 7x^2 - 7/3x^3 + x^4/4) y^2 exp(-y)", {"x": 3.5, "y": 1.5}),
    "JennrichSampson": (_JENNRICH, {"x": 0.3, "y": 0.4}),
    "Kowalik": (_KOWALIK, {"x": 0.25, "y": 0.39, "z": 0.415, "w": 0.39}),
    "Levy13": (
        "sin(3pi x)^2 + (x - 1)^2 (1 + sin(3pi y)^2) + (y - 1)^2 (1 + sin(2pi y)^2)",
        {"x": 1.1, "y": 1.2},
    ),
    "Matyas": ("0.26 (x^2 + y^2) - 0.48 x y", {"x": 3, "y": -2}),
    "McCormick": ("sin(x + y) + (x - y)^2 - 1.5x + 2.5y + 1", {"x": 0, "y": 0}),
    "MieleCantrell": (
        "(exp(-x) - y)^4 + 100(y - z)^6 + tan(z - w)^4 + x^8",
        {"x": 0.5, "y": 1, "z": 1.1, "w": 0.9},
    ),
    "Parsopoulos": ("cos(x)^2 + sin(y)^2", {"x": 1, "y": 0.6}),
    "PowellSingular": (
        "(x + 10y)^2 + 5(z - w)^2 + (y - 2z)^4 + 10(x - w)^4",
        {"x": 3, "y": -1, "z": 0, "w": 1},
    ),
    "Price02": ("1 + sin(x)^2 + sin(y)^2 - 0.1exp(-x^2 - y^2)", {"x": 0.5, "y": 0.7}),
    "Price04": ("(2x^3 y - y^3)^2 + (6x - y^2 + y)^2", {"x": 1.5, "y": 4.5}),
    "Quadratic": ("-3803.84 - 138.08x - 232.92y + 128.08x^2 + 203.64y^2 + 182.25x y", {"x": 0, "y": 0}),
    "Rastrigin": ("20 + x^2 - 10cos(2pi x) + y^2 - 10cos(2pi y)", {"x": 0.2, "y": 1.1}),
    "Rosenbrock": ("100 (y - x^2)^2 + (1 - x)^2", {"x": -1.2, "y": 1}),
    "RosenbrockModified": (
        "74 + 100(y - x^2)^2 + (1 - x)^2 - 400exp(-((x + 1)^2 + (y + 1)^2)/0.1)",
        {"x": -0.8, "y": -0.8},
    ),
    "Sargan": ("2(x^2 + 0.4x y) + 2(y^2 + 0.4x y)", {"x": 50, "y": -30}),
    "Shubert": (_SHUBERT.format("x") + " " + _SHUBERT.format("y"), {"x": -7, "y": -7.6}),
    "SixHumpCamel": ("(4 - 2.1x^2 + x^4/3) x^2 + x y + (4y^2 - 4) y^2", {"x": 0.5, "y": -0.5}),
    "StyblinskiTang": ("(x^4 - 16x^2 + 5x + y^4 - 16y^2 + 5y)/2", {"x": -1, "y": -2}),
    "ThreeHumpCamel": ("2x^2 - 1.05x^4 + x^6/6 + x y + y^2", {"x": 0.3, "y": 0.2}),
    "Trid": (
        "(x - 1)^2 + (y - 1)^2 + (z - 1)^2 + (w - 1)^2 - x y - y z - z w",
        {"x": 0, "y": 0, "z": 0, "w": 0},
    ),
    "WayburnSeader01": ("(x^6 + y^4 - 17)^2 + (2x + y - 4)^2", {"x": 1, "y": 1}),
    "Zettl": ("(x^2 + y^2 - 2x)^2 + 0.25x", {"x": 1, "y": 0.5}),
    "Zirilli": ("0.25x^4 - 0.5x^2 + 0.1x + 0.5y^2", {"x": -0.3, "y": 0.5}),
}


class Result(NamedTuple):
    """Of one function: our value, evaluations and kind; SciPy's best."""

    name: str
    value: float
    evaluations: int
    kind: str
    proven: bool
    best: float
    fewest: int
    method: str

    @property
    def is_as_low(self) -> bool:
        return self.value <= self.best + LOWER * max(1.0, abs(self.best))


def scipys(text: str, start: Mapping[str, float]) -> list[tuple[float, int, str]]:
    """Where SciPy's methods end: value, evaluations, method, from the lowest up."""
    found = []
    for method in METHODS:
        objective = Objective(parse(text, start), [*start], {}, 1.0)
        objective.has_hessian()
        more: dict[str, Any] = {} if "BFGS" in method else {"hess": objective.hessian}
        try:
            with np.errstate(all="ignore"):
                end = minimize(objective, np.array([*start.values()], float), jac=True, method=method, **more)
        except (ValueError, ArithmeticError, UnboundLocalError, np.linalg.LinAlgError):
            continue
        found.append((float(end.fun), objective.count, method))
    lowest = min(value for value, _, _ in found)
    return sorted(found, key=lambda one: (one[0] > lowest + LOWER * max(1.0, abs(lowest)), one[1]))


def compared(name: str, text: str, start: Mapping[str, float]) -> Result:
    """One function by us and by SciPy."""
    best, fewest, method = scipys(text, start)[0]
    try:
        ours = optimum(parse(text, start), {name: Start(float(at)) for name, at in start.items()}, {})
    except AutodiffError as error:
        return Result(name, np.inf, 0, str(error), False, best, fewest, method)
    return Result(name, ours.value, ours.evaluations, ours.kind.value, ours.proven, best, fewest, method)


def report(what: str, results: list[Result]) -> bool:
    """The rows of a set; whether a figure is missed."""
    count = len(results)
    as_low = [one for one in results if one.is_as_low]
    fewer = [one for one in results if one.evaluations < one.fewest]
    right = [one for one in results if one.kind in (Kind.MINIMUM, Kind.LOWEST)]
    proven = [one for one in results if one.proven]
    row(f"{what}: as low as SciPy's best, or lower", f"{len(as_low)} of {count}", "", "", "all", len(as_low) == count)
    row(
        f"{what}: fewer evaluations than SciPy's best",
        f"{len(fewer)} of {count}",
        "",
        "",
        "80 %",
        len(fewer) >= 0.8 * count,
    )
    row(f"{what}: called a minimum", f"{len(right)} of {count}", "", "", "all", len(right) == count)
    row(f"{what}: proven", f"{len(proven)} of {count}", "", "", "", None)
    for one in results:
        if not one.is_as_low or one.kind != Kind.MINIMUM:
            print(
                f"  {one.name}: {one.value:.12g} {one.kind} ({one.evaluations}), {one.method} {one.best:.12g}",
                file=sys.stderr,
            )
    return not len(as_low) == len(right) == count


SCRIPT = """
from math import *
from scipy.optimize import minimize
found = minimize(lambda p: 100*(p[1] - p[0]**2)**2 + (1 - p[0])**2, [-1.2, 1])
print(found.x, found.fun)
"""


def processes() -> bool:
    """A whole process beside a script with SciPy that does the same by differences."""
    require_compiled()
    text, start = FUNCTIONS["Rosenbrock"]
    ours = [AUTODIFF, "minimize", text, *[f"--{name}={at}" for name, at in start.items()], "--format", "json"]
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "script.py"
        script.write_text(SCRIPT)
        mine, peer = pairs(lambda: process(ours)[0], lambda: process([sys.executable, str(script)])[0], sized(15, 1))
    found = ratios(peer, mine)
    print(HEADER)
    row(
        "a whole process, Rosenbrock",
        middle(mine),
        middle(peer),
        f"{np.median(found):.2f} times",
        "faster",
        bool(np.median(found) > 1),
    )
    return bool(np.median(found) <= 1)


def main() -> int:
    """Print the rows; 1 where a figure is missed."""
    arguments = parser(__doc__)
    arguments.add_argument("what", nargs="?", choices=["functions", "process"], default="functions")
    if arguments.parse_args().what == "process":
        return exit_code(processes())
    print(HEADER)
    chosen = [*FUNCTIONS.items()][: sized(None, 3)]
    is_missed = report("SciPy's benchmark", [compared(name, *function) for name, function in chosen])
    if not CORPORA.exists():
        print(SKIPPED)
        return exit_code(is_missed)
    records = [record for record in corpus("mgh") if record["point_kind"] == "start"][: sized(None, 2)]
    results = [
        compared(record["id"], record["expr"], {name: float(at) for name, at in record["point"].items()})
        for record in records
    ]
    return exit_code(report("mgh", results) or is_missed)


if __name__ == "__main__":
    sys.exit(main())
