"""Hessians of the classic optimisation functions: how right, and how fast against autograd's.

python benchmarks/hessians.py       over the shared corpora, where they lie beside the checkout
"""

import json
import re
import sys
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from autodiff_cli.language.parser import parse

FILE = Path(__file__).resolve().parents[2] / "shared" / "corpora" / "mgh.jsonl"


def exact(text: str, names: list[str], point: dict[str, Any]) -> list[list[float]]:
    """The Hessian by sympy, to 40 digits."""
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


def best(call: Any, least: float = 0.05) -> float:
    """Seconds of one call: the best of repeats."""
    call()
    times: list[float] = []
    start = perf_counter()
    while len(times) < 3 or perf_counter() - start < least:
        before = perf_counter()
        call()
        times.append(perf_counter() - before)
    return min(times)


def main() -> int:
    """0 where every Hessian is right to 1e-12 of its largest element, and faster than autograd's."""
    if not FILE.exists():
        print("SKIPPED: the shared corpora are not beside this checkout")
        return 0
    import numpy as np

    worst, ratios, slower, wrong = 0.0, [], [], []
    records = [json.loads(line) for line in FILE.read_text().splitlines()]
    for record in records:
        formula = parse(record["expr"], record["point"])
        names = list(formula.variables)
        point = {name: float(record["point"][name]) for name in names}
        truth = exact(record["expr"], names, record["point"])
        ours = formula.hessian(**point)
        largest = max(abs(cell) for row in truth for cell in row) or 1.0
        for a, row in zip(names, truth, strict=True):
            for b, cell in zip(names, row, strict=True):
                error = abs(ours[a][b] - cell) / (abs(cell) or largest)
                if error > 1e-12:
                    wrong.append((record["id"], a, b, error, abs(ours[a][b] - cell) / largest))
                worst = max(worst, error)
        x = np.array([point[name] for name in names])
        theirs = peer(record["expr"], names)
        ratio = best(partial(theirs, x)) / best(partial(formula.hessian, **point))
        ratios.append(ratio)
        if ratio <= 1:
            slower.append(record["id"])
    print(f"{len(records)} Hessians: worst relative error of an element {worst:.1e}; beyond 1e-12: {len(wrong)}")
    for miss in wrong:
        print("   {} {} {}: {:.1e}, and {:.1e} of the largest element".format(*miss))
    print(f"autograd's time over ours: {min(ratios):.1f} at least, median {median(ratios):.0f}; not faster: {slower}")
    return 1 if wrong or slower else 0


if __name__ == "__main__":
    sys.exit(main())
