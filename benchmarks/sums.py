"""The gradient of a sum of n terms tanh(x_i*x_(i+1)): against sympy, and how it grows with n."""

import json
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from math import isclose, sin
from pathlib import Path
from statistics import median

from timing import (
    AUTODIFF,
    HEADER,
    TINY,
    at_least,
    installed,
    middle,
    pairs,
    parser,
    process,
    quartiles,
    ratios,
    require_compiled,
    row,
    seconds,
    sized,
)

TERMS = sized(200, 3)
PAIRS = sized(7, 1)
GOAL = 30
SIZES = sized((25_000, 50_000, 100_000, 200_000), (10, 20))
ROUNDS = sized(3, 1)
FORMATS = sized(("json", "table"), ("json",))
LINEAR = 2.3  # the most that a doubling may cost and still be called linear here

_SYMPY = """
import json, sys
import sympy
from sympy import Add, Matrix, Symbol, lambdify, sympify, tanh
point = json.load(open(sys.argv[1]))
x = [Symbol(name) for name in point]
"""
_BUILD = "f = Add(*[tanh(a * b) for a, b in zip(x, x[1:])])\n"
_READ = "f = sympify(sys.stdin.read())\n"
_PRINT = "print(json.dumps(dict(zip(point, map(float, gradient)))))\n"
# The way of its manual, and slow
BY_EVALF = _SYMPY + _READ + "gradient = [f.diff(v).evalf(subs={v: point[v.name] for v in x}) for v in x]\n" + _PRINT
# Every other reasonable way to have sympy do it; the fastest is the peer
SYMPY = {
    "sympify, diff, lambdify": _SYMPY
    + _READ
    + "gradient = lambdify(x, [f.diff(v) for v in x], 'math')(*point.values())\n"
    + _PRINT,
    "symbols, diff, lambdify": _SYMPY
    + _BUILD
    + "gradient = lambdify(x, [f.diff(v) for v in x], 'math')(*point.values())\n"
    + _PRINT,
    "symbols, diff, lambdify with cse": _SYMPY
    + _BUILD
    + "gradient = lambdify(x, [f.diff(v) for v in x], 'math', cse=True)(*point.values())\n"
    + _PRINT,
    "symbols, diff, xreplace": _SYMPY
    + _BUILD
    + "at = {v: sympy.Float(point[v.name]) for v in x}\ngradient = [f.diff(v).xreplace(at) for v in x]\n"
    + _PRINT,
}
_CALL = """
import json, sys, time, autodiff_cli
text, point = sys.stdin.read(), json.load(open(sys.argv[1]))
autodiff_cli.parse("1 + x").gradient(x=1.0)
start = time.perf_counter()
autodiff_cli.parse(text).gradient(**point)
print(time.perf_counter() - start)
"""


def problem(terms: int, folder: Path) -> tuple[bytes, str]:
    """The sum as text, and a file with the values of its variables."""
    text = " + ".join(f"tanh(x{i}*x{i + 1})" for i in range(terms))
    file = folder / f"{terms}.json"
    file.write_text(json.dumps({f"x{i}": round(sin(i) + 0.01, 6) for i in range(terms + 1)}))
    return text.encode(), str(file)


def fastest_sympy(text: bytes, values: str) -> str:
    """The name of the fastest way; what each takes goes to stderr."""
    if TINY:
        return next(iter(SYMPY))
    times = {name: min(process(_sympy(name, values), text)[0] for _ in range(2)) for name in SYMPY}
    for name, time in times.items():
        print(f"sympy by {name}: {seconds(time)}", file=sys.stderr)
    return min(times, key=lambda name: times[name])


def _sympy(way: str, values: str) -> list[str]:
    return [sys.executable, "-c", SYMPY[way], values]


def _seconds(command: list[str], text: bytes) -> float:
    return process(command, text)[0]


def same_gradients(autodiff: list[str], sympy: list[str], text: bytes) -> bool:
    """Whether both commands find the same gradient."""
    ours = json.loads(process([*autodiff, "--format", "json"], text)[1])["gradient"]
    theirs = json.loads(process(sympy, text)[1])
    return ours.keys() == theirs.keys() and all(isclose(ours[name], theirs[name], rel_tol=1e-12) for name in ours)


def against_sympy(folder: Path) -> None:
    """Print a row for each output format, and one for the way of sympy's manual."""
    text, values = problem(TERMS, folder)
    autodiff = [AUTODIFF, "eval", "-", "--values", values]
    way, peer, slow = "fastest way", None, None
    if installed("sympy"):
        way = fastest_sympy(text, values)
        if not same_gradients(autodiff, _sympy(way, values), text):
            sys.exit("the gradients differ from sympy's")
        peer = partial(_seconds, _sympy(way, values), text)
        slow = partial(_seconds, [sys.executable, "-c", BY_EVALF, values], text)
    for format in FORMATS:
        ours, theirs = pairs(partial(_seconds, [*autodiff, "--format", format], text), peer, PAIRS)
        found = ratios(theirs, ours)
        shown = quartiles(found, 1, " times faster")
        what, name = f"sum of {TERMS} terms, {format}", f"sympy ({way}) {middle(theirs)}"
        row(what, middle(ours), name, shown, f"≥ {GOAL}", at_least(GOAL, found))

    ours, theirs = pairs(partial(_seconds, [*autodiff, "--format", "json"], text), slow, 1)
    shown = "".join([f"{ratio:.0f} times faster" for ratio in ratios(theirs, ours)])
    row(f"sum of {TERMS} terms, json", middle(ours), f"sympy (diff, evalf) {middle(theirs)}", shown, "", None)


def growth(what: str, run: Callable[[bytes, str], float], folder: Path) -> None:
    """Print a row for each size, with its ratio to the size before."""
    problems = [problem(terms, folder) for terms in SIZES]
    rounds = [[run(*each) for each in problems] for _ in range(ROUNDS)]
    times = [median(column) for column in zip(*rounds, strict=True)]
    for index, (terms, time) in enumerate(zip(SIZES, times, strict=True)):
        ratio = time / times[index - 1] if index else 0.0
        row(
            f"sum of {terms} terms, {what}",
            seconds(time),
            "",
            f"{ratio:.2f} times the row above" if index else "",
            "2 (linear)" if index else "",
            ratio <= LINEAR if index else None,
        )


def by_command(text: bytes, values: str) -> float:
    """Seconds of a whole process that reads the sum from standard input."""
    took, output = process([AUTODIFF, "eval", "-", "--values", values, "--format", "json"], text, strict=False)
    mismatches = [name for name, verdict in json.loads(output)["verdict"].items() if verdict == "mismatch"]
    if mismatches:
        print(f"called a mismatch: {', '.join(mismatches)}", file=sys.stderr)
    return took


def by_call(text: bytes, values: str) -> float:
    """Seconds of parse and gradient, in a process of its own."""
    return float(process([sys.executable, "-c", _CALL, values], text)[1])


def main() -> None:
    """Print all rows."""
    parser(__doc__).parse_args()
    require_compiled()
    print(HEADER)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        against_sympy(folder)
        growth("standard input, JSON", by_command, folder)
        growth("Python call, gradient", by_call, folder)


if __name__ == "__main__":
    main()
