"""Roots and fits as whole processes, beside scripts that a person would write with SciPy and lmfit, and beside giac.

Each script imports what it needs, does the same task, and prints the same numbers, which are compared first. None of
the peers proves a root; SciPy's brentq is told between what two numbers it is.
"""

import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from timing import (
    AUTODIFF,
    HEADER,
    NOT_INSTALLED,
    as_long,
    at_most,
    exit_code,
    installed,
    middle,
    pairs,
    parser,
    process,
    ratios,
    require_compiled,
    row,
    sized,
)

RUNS = sized(15, 1)
TABLE = Path(__file__).resolve().parents[1] / "examples" / "cooling.csv"
BRENTQ = """
from math import sin
from scipy.optimize import brentq
print(brentq(lambda x: sin(10 * x) - x, 0.8, 0.9, xtol=1e-15))
"""
FSOLVE = """
from math import exp
from scipy.optimize import fsolve
print(*fsolve(lambda p: [p[0]**2 + p[1]**2 - 4, exp(p[0]) + p[1] - 1], [1, -1], xtol=1e-14))
"""
CURVE_FIT = f"""
import csv
import numpy as np
from scipy.optimize import curve_fit
rows = [[float(row["minutes"]), float(row["celsius"])] for row in csv.DictReader(open({str(TABLE)!r}))]
x, y = np.array(rows).T
model = lambda x, room, hot, k: room + (hot - room) * np.exp(-k * x)
found, covariance = curve_fit(model, x, y, [20, 90, 0.1], xtol=1e-14, ftol=1e-14)
print(*found)
"""
LMFIT = f"""
import csv
import numpy as np
from lmfit import Model
rows = [[float(row["minutes"]), float(row["celsius"])] for row in csv.DictReader(open({str(TABLE)!r}))]
x, y = np.array(rows).T
found = Model(lambda x, room, hot, k: room + (hot - room) * np.exp(-k * x)).fit(y, x=x, room=20, hot=90, k=0.1)
print(*found.best_values.values())
"""
GIAC = "fsolve(sin(10*x)-x,x,0.8..0.9)"
SOLVE = ("solve", "sin(10x) = x", "--x", "0.8:0.9", "--only", "x")
SYSTEM = ("solve", "x^2+y^2=4; exp(x)+y=1", "--x", "1", "--y", "-1", "--only", "x", "--only", "y")
STARTS = ("--room", "20", "--hot", "90", "--k", "0.1", "--only", "room", "--only", "hot", "--only", "k")
FIT = ("fit", "room + (hot - room) exp(-k minutes)", str(TABLE), "--y", "celsius", *STARTS)
TASKS = (
    ("the root of sin(10x) = x in [0.8, 0.9], proven", SOLVE, "scipy.optimize.brentq", "scipy", BRENTQ),
    ("a system of two equations, proven", SYSTEM, "scipy.optimize.fsolve", "scipy", FSOLVE),
    ("a fit of three parameters to a table", FIT, "scipy.optimize.curve_fit", "scipy", CURVE_FIT),
    ("a fit of three parameters to a table", FIT, "lmfit", "lmfit", LMFIT),
)


def main() -> int:
    """Measure each task in turn with its peer, and print the rows."""
    parser(__doc__).parse_args()
    require_compiled()
    print(HEADER)
    is_missed = False
    with TemporaryDirectory() as folder:
        for number, (what, words, peer, module, text) in enumerate(TASKS):
            script = Path(folder) / f"{number}.py"
            script.write_text(text)
            command = [sys.executable, str(script)] if installed(module) else []
            is_missed |= not _measured(what, [AUTODIFF, *words], peer, command, 1.0)
    giac = shutil.which("giac")
    _measured(TASKS[0][0], [AUTODIFF, *SOLVE], "giac", [giac, GIAC] if giac else [], None)
    return exit_code(is_missed)


def _measured(what: str, ours: list[str], peer: str, theirs: list[str], goal: float | None) -> bool:
    """Print a row; whether the goal is met, which is the ratio at most."""
    if not theirs:
        row(
            f"{what}, beside {peer}",
            middle(pairs(lambda: process(ours)[0], None, RUNS)[0]),
            NOT_INSTALLED,
            "",
            "",
            None,
        )
        return True
    _compare(ours, theirs)
    taken, others = pairs(lambda: process(ours)[0], lambda: process(theirs)[0], RUNS)
    found = ratios(taken, others)
    reached = at_most(goal, found) if goal else None
    row(f"{what}, beside {peer}", middle(taken), middle(others), as_long(found), "faster" if goal else "", reached)
    return reached is not False


def _compare(ours: list[str], theirs: list[str]) -> None:
    """Stop where the two come to different numbers."""
    numbers = [
        [float(word) for word in subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()]
        for command in (ours, theirs)
    ]
    for a, b in zip(*numbers, strict=True):
        if abs(a - b) > 1e-6 * abs(b):
            sys.exit(f"{ours} gives {a}, and {theirs} {b}")


if __name__ == "__main__":
    raise SystemExit(main())
