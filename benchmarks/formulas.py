"""Derivatives as formulas: all 200 partials of a sum, whole processes; and how the n-th derivative grows."""

import sys
from statistics import median
from time import perf_counter

from timing import (
    AUTODIFF,
    HEADER,
    NOT_INSTALLED,
    at_most,
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

from autodiff_cli.engine.printer import to_text, with_steps
from autodiff_cli.engine.value import Value
from autodiff_cli.errors import AutodiffError
from autodiff_cli.language.parser import parse
from autodiff_cli.symbolic.derive import Derivation
from autodiff_cli.symbolic.normal_form import steps_below

PAIRS = sized(30, 1)
GOAL = 2.0
TERMS = sized(200, 3)
SUM = " + ".join(f"tanh(x{i}*x{i + 1})" for i in range(1, TERMS + 1))
FLOOR = [sys.executable, "-c", "import click, lark"]
SYMPY = f"""
from sympy import diff, symbols, sympify
names = {[f"x{i}" for i in range(1, TERMS + 2)]!r}
total = sympify({SUM!r})
for symbol in symbols(names):
    print(diff(total, symbol))
"""
GROWING = (
    "exp(sin(x))",
    "tanh(x)",
    "x^2 * sin(x)",
    "log(x)/x",
    "exp(-x^2/2)",
    "1/(1 + exp(-x))",
    "sin(x)^2 * exp(x*cos(x))",
)
ORDERS = sized((1, 2, 3, 5, 8, 12, 20, 30), (1, 2))
SYMPY_ORDERS = 8  # as far as sympy is asked
_LIMIT = 10_000_000  # characters


def partials() -> None:
    """Print the rows for the sum."""
    ours, floor = pairs(lambda: process([AUTODIFF, "diff", SUM])[0], lambda: process(FLOOR)[0], PAIRS)
    found = ratios(ours, floor)
    what = f"{TERMS + 1} partials of a sum of {TERMS} terms, as text"
    row(what, middle(ours), f"imports {middle(floor)}", quartiles(found), f"≤ {GOAL}", at_most(GOAL, found))
    theirs = [process([sys.executable, "-c", SYMPY])[0]] if installed("sympy") else []
    faster = f"{theirs[0] / median(ours):.0f} times faster" if theirs else ""
    row("the same", middle(ours), f"sympy {middle(theirs)}", faster, "", None)


def sizes(root: Value) -> str:
    """How long a formula is, as cells: in full, with named steps, in different terms."""
    full = len(to_text(root, _LIMIT))
    steps, results = with_steps([root])
    short = sum(map(len, (*steps.values(), *results)))
    return f"{f'{full:,}' if full < _LIMIT else 'over 10,000,000'} | {short:,} | {len(steps_below([root])):,}"


def sympy_lengths(text: str) -> list[str]:
    """How long sympy's derivatives are, from the first on."""
    if not installed("sympy"):
        return [NOT_INSTALLED] * SYMPY_ORDERS
    import sympy

    x, derivative, lengths = sympy.Symbol("x"), sympy.sympify(text), []
    for _ in range(min(SYMPY_ORDERS, max(ORDERS))):
        derivative = derivative.diff(x)
        lengths.append(f"{len(str(derivative)):,}")
    return lengths


def growth(text: str) -> None:
    """Print how long the n-th derivative of one function is, and the time to it."""
    formula = parse(text)
    derivation, by, took = Derivation(formula.root), (formula.variables["x"],), 0.0
    theirs = sympy_lengths(text)
    for order in range(1, max(ORDERS) + 1):
        start = perf_counter()
        try:
            root = derivation.by(by * order)
        except AutodiffError as error:
            print(f"| `{text}` | {order} | {error.message} | | | | |")
            return
        took += perf_counter() - start
        if order in ORDERS:
            peer = theirs[order - 1] if order <= SYMPY_ORDERS else ""
            print(f"| `{text}` | {order} | {sizes(root)} | {peer} | {seconds(took)} |", flush=True)


def main() -> None:
    """Print all rows."""
    parser(__doc__).parse_args()
    require_compiled()
    print(HEADER)
    partials()
    print("\n| function | order | in full | with steps | terms | sympy's `diff` | time |")
    print("|---|---|---|---|---|---|---|")
    for text in GROWING:
        growth(text)


if __name__ == "__main__":
    main()
