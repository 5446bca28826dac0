"""Derivatives as formulas: all 200 partials of a sum, whole processes; and how the n-th derivative grows."""

import sys
from time import perf_counter

from timing import AUTODIFF, HEADER, pairs, process, require_compiled, row, seconds, spread

from autodiff_cli.engine.printer import to_text, with_steps
from autodiff_cli.errors import AutodiffError
from autodiff_cli.language.parser import parse
from autodiff_cli.symbolic.derive import Derivation
from autodiff_cli.symbolic.normal_form import steps_below

PAIRS = 30
GOAL = 2.0
TERMS = 200
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
ORDERS = (1, 2, 3, 5, 8, 12, 20, 30)
_LIMIT = 10_000_000  # characters


def partials() -> None:
    """Print the rows for the sum."""
    ours, floor = pairs(lambda: process([AUTODIFF, "diff", SUM])[0], lambda: process(FLOOR)[0], PAIRS)
    ratio, low, high = spread([a / b for a, b in zip(ours, floor, strict=True)])
    mine, bare = spread(ours)[0], spread(floor)[0]
    shown = f"{ratio:.2f} (quartiles {low:.2f} to {high:.2f})"
    what = f"{TERMS + 1} partials of a sum of {TERMS} terms, as text"
    row(what, seconds(mine), f"imports {seconds(bare)}", shown, f"≤ {GOAL}", ratio <= GOAL)
    theirs = process([sys.executable, "-c", SYMPY])[0]
    row("the same", seconds(mine), f"sympy {seconds(theirs)}", f"{theirs / mine:.0f} times faster", "", None)


def growth() -> None:
    """Print how long the n-th derivative is: in full, with named steps, in different terms, and the time to it."""
    import sympy

    print(
        "\n| function | order | in full | with steps | terms | sympy's `diff` | time |\n|---|---|---|---|---|---|---|"
    )
    x = sympy.Symbol("x")
    for text in GROWING:
        formula = parse(text)
        derivation = Derivation(formula.root)
        by, peer, took = (formula.variables["x"],), sympy.sympify(text), 0.0
        for order in range(1, max(ORDERS) + 1):
            start = perf_counter()
            try:
                root = derivation.by(by * order)
            except AutodiffError as error:
                print(f"| `{text}` | {order} | {error.message} | | | | |")
                break
            took += perf_counter() - start
            peer = peer.diff(x) if order <= 8 else peer
            if order in ORDERS:
                full = len(to_text(root, _LIMIT))
                steps, results = with_steps([root])
                short = sum(map(len, (*steps.values(), *results)))
                theirs = f"{len(str(peer)):,}" if order <= 8 else ""
                print(
                    f"| `{text}` | {order} | {f'{full:,}' if full < _LIMIT else 'over 10,000,000'} | {short:,} | "
                    f"{len(steps_below([root])):,} | {theirs} | {seconds(took)} |"
                )


def main() -> None:
    """Print all rows."""
    require_compiled()
    print(HEADER)
    partials()
    growth()


if __name__ == "__main__":
    main()
