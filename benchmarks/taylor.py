"""Taylor coefficients of exp(sin(x)) at 0, order by order: against sympy and python-flint, and as a whole process."""

from collections.abc import Callable
from functools import partial
from statistics import median

from timing import (
    AUTODIFF,
    HEADER,
    as_long,
    installed,
    middle,
    pairs,
    parser,
    process,
    ratios,
    require_compiled,
    row,
    sized,
    timed,
)

from autodiff_cli.language.parser import parse
from autodiff_cli.reports import taylor

ORDERS = sized((10, 30, 100, 300), (3,))
COMMANDS = sized(20, 1)  # pairs of whole processes
TEXT = "exp(sin(x))"
Expand = Callable[[int], list[float]]


def ours(order: int) -> list[float]:
    """Read, expanded, every coefficient proven to be right to 17 digits."""
    return taylor.coefficients(parse(TEXT), {"x": 0.0}, "x", order)


def repeated(order: int) -> list[float]:
    """Differentiated again and again, and each derivative evaluated."""
    import sympy

    x = sympy.Symbol("x")
    found, derivative = [], sympy.exp(sympy.sin(x))
    for k in range(order + 1):
        found.append(float(derivative.subs(x, 0).evalf(17) / sympy.factorial(k)))
        derivative = derivative.diff(x)
    return found


def series(order: int) -> list[float]:
    """The way of sympy's manual."""
    import sympy

    x = sympy.Symbol("x")
    polynomial = sympy.series(sympy.exp(sympy.sin(x)), x, 0, order + 1).removeO()
    found = [float(c.evalf(17)) for c in reversed(sympy.Poly(polynomial, x).all_coeffs())]
    return found + [0.0] * (order + 1 - len(found))


def flint(order: int) -> list[float]:
    """Power series in C, at the precision that ours is found at."""
    from flint import arb_series, ctx

    with ctx.workprec(128 + 2 * order):
        cap, ctx.cap = ctx.cap, order + 1
        try:
            found = arb_series([0, 1]).sin().exp()
            return [float(found[k].mid()) for k in range(order + 1)]
        finally:
            ctx.cap = cap


def compared(name: str, peer: Expand | None, order: int, count: int) -> None:
    """Print the row of one peer at one order."""
    if peer:
        off = max(abs(a - b) / (abs(b) or 1) for a, b in zip(peer(order), ours(order), strict=True))
        assert off < 1e-13, (name, order, off)
    a, b = pairs(timed(partial(ours, order)), timed(partial(peer, order)) if peer else None, count)
    longer = ratios(a, b)
    faster = [1 / ratio for ratio in longer]
    ratio = f"{median(faster):,.0f} times faster" if faster and median(faster) > 1 else as_long(longer)
    row(f"{TEXT}, order {order}", middle(a), f"{name} {middle(b)}", ratio, "", None)


def main() -> None:
    """Print a row for each peer and order that it can do in a minute or so, then one for the command."""
    parser(__doc__).parse_args()
    require_compiled()
    print(HEADER)
    for name, module, peer, most, count in (
        ("sympy, `series`", "sympy", series, 10, 2),
        ("sympy, `diff` again and again", "sympy", repeated, 30, 2),
        ("python-flint", "flint", flint, 300, 20),
    ):
        for order in [order for order in ORDERS if order <= most]:
            compared(name, peer if installed(module) else None, order, sized(count, 1))
    command = [AUTODIFF, "taylor", TEXT, "--x", "0", "--order", str(sized(30, 3))]
    bare = [AUTODIFF, "eval", TEXT, "--x", "0"]
    a, b = pairs(lambda: process(command)[0], lambda: process(bare)[0], COMMANDS)
    row(f"whole command, order {command[-1]}", middle(a), f"autodiff eval {middle(b)}", as_long(ratios(a, b)), "", None)


if __name__ == "__main__":
    main()
