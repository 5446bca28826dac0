"""That a root is the only one nearby: by its slopes, its order, or the slopes on either side of it."""

from math import ceil, log2, log10, ulp
from typing import Any

from flint import arb

from autodiff_cli.engine.value import Value
from autodiff_cli.exact.ball_graph import OneSide
from autodiff_cli.exact.balls import exactly
from autodiff_cli.exact.far import is_not_0
from autodiff_cli.exact.hulls import around, hull
from autodiff_cli.solving.univariate import SURE, Univariate

CLOSE = 1e-15  # around a root at 0


def alone_within(along: Univariate, node: Value, ball: Any, x: float, exact: Any) -> float:
    """How far from its float a root is the only one, as a power of ten; 0 where that cannot be told.

    `ball` holds the root, and `exact` is the rational that it is, where it is known to be one.
    """
    least = float(abs(ball - arb(x)).upper())
    within = 10.0 ** ceil(log10(max(ulp(x) if x else CLOSE, least)))
    last = max(least, min(within, CLOSE * CLOSE))
    while within >= last and x - within < x < x + within:
        if _is_only_one(along, node, x, within, exact):
            return within
        within /= 10 if x == 0 else 2
    return 0.0 if exact is not None else least


def _is_only_one(along: Univariate, node: Value, x: float, within: float, exact: Any) -> bool:
    """Whether a root is the only one so far from its float."""
    nearby = hull(x - within, x + within)
    if is_not_0(along.slopes_over(node, nearby)):
        return True
    at = exactly(x) if exact is None else exact
    if along.order_at(node, at, nearby):
        return True
    return exact is not None and is_alone(along, node, exact, x - within, x + within)


def is_alone(along: Univariate, node: Value, point: Any, low: float, high: float) -> bool:
    """Whether an exact root is the only one in a piece, by the mean value theorem: no slope on either side is 0.

    Slopes may be infinite at the root, as that of cbrt(x) is.
    """
    width = 2.0 ** ceil(log2(max(high - low, CLOSE * abs(low))))
    middle = arb(point)
    with along.balls(SURE):
        balls = {side: around(middle + side * width / 2, width / 2) for side in (-1, 1)}
    sides = [-1] * bool(arb(low) < middle) + [1] * bool(middle < arb(high))
    return all(_has_slopes(along, node, balls[side], OneSide(point, side)) for side in sides)


def _has_slopes(along: Univariate, node: Value, ball: Any, beside: OneSide) -> bool:
    """Whether a factor is continuous over a ball, and no slope to that side of its end is 0."""
    derivative = along.derivative(node)
    return derivative is not None and derivative.is_nowhere_0(ball, beside) and along.is_continuous(ball)
