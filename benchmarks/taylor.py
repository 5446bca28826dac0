"""Taylor coefficients of exp(sin(x)) at 0, order by order: against sympy and python-flint, and as a whole process."""

from collections.abc import Callable
from statistics import median
from time import perf_counter
from typing import Any

import sympy
from flint import arb_series, ctx
from timing import AUTODIFF, HEADER, pairs, process, row, seconds

from autodiff_cli.language.parser import parse
from autodiff_cli.reports import taylor

ORDERS = (10, 30, 100, 300)
TEXT = "exp(sin(x))"
X = sympy.Symbol("x")


def timed(run: Callable[[], Any]) -> Callable[[], float]:
    """Seconds that a call takes."""

    def measure() -> float:
        start = perf_counter()
        run()
        return perf_counter() - start

    return measure


def ours(order: int) -> list[float]:
    """Read, expanded, every coefficient proven to be right to 17 digits."""
    return taylor.coefficients(parse(TEXT), {"x": 0.0}, "x", order)


def repeated(order: int) -> list[float]:
    """Differentiated again and again, and each derivative evaluated."""
    found, derivative = [], sympy.exp(sympy.sin(X))
    for k in range(order + 1):
        found.append(float(derivative.subs(X, 0).evalf(17) / sympy.factorial(k)))
        derivative = derivative.diff(X)
    return found


def series(order: int) -> list[float]:
    """The way of sympy's manual."""
    polynomial = sympy.series(sympy.exp(sympy.sin(X)), X, 0, order + 1).removeO()
    return [float(c.evalf(17)) for c in reversed(sympy.Poly(polynomial, X).all_coeffs())]


def flint(order: int) -> list[float]:
    """Power series in C, at the precision that ours is found at."""
    with ctx.workprec(128 + 2 * order):
        cap, ctx.cap = ctx.cap, order + 1
        try:
            found = arb_series([0, 1]).sin().exp()
            return [float(found[k].mid()) for k in range(order + 1)]
        finally:
            ctx.cap = cap


def main() -> None:
    """Print a row for each peer and order that it can do in a minute or so, then one for the command."""
    print(HEADER)
    for name, peer, most, count in (
        ("sympy, `series`", series, 10, 2),
        ("sympy, `diff` again and again", repeated, 30, 2),
        ("python-flint", flint, 300, 20),
    ):
        for order in ORDERS:
            if order > most:
                continue
            off = max(abs(a - b) / (abs(b) or 1) for a, b in zip(peer(order), ours(order), strict=True))
            assert off < 1e-13, (name, order, off)
            a, b = pairs(timed(lambda n=order: ours(n)), timed(lambda n=order, p=peer: p(n)), count)  # type: ignore[misc]
            mine, theirs = median(a), median(b)
            ratio = f"{theirs / mine:,.0f} times faster" if theirs > mine else f"{mine / theirs:.1f} times as long"
            row(f"{TEXT}, order {order}", seconds(mine), f"{name} {seconds(theirs)}", ratio, "", None)
    command = [AUTODIFF, "taylor", TEXT, "--x", "0", "--order", "30"]
    a, b = pairs(lambda: process(command)[0], lambda: process([AUTODIFF, "eval", TEXT, "--x", "0"])[0], 20)
    ratio = f"{median([x / y for x, y in zip(a, b, strict=True)]):.2f} times as long"
    row("whole command, order 30", seconds(median(a)), f"autodiff eval {seconds(median(b))}", ratio, "", None)


if __name__ == "__main__":
    main()
