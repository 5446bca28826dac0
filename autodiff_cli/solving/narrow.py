"""The root of an interval that has one, as a narrow ball: interval Newton, with bisection where that is too slow."""

from typing import Any

from flint import arb

from autodiff_cli.engine.value import Value
from autodiff_cli.exact.far import is_finite, is_not_0
from autodiff_cli.exact.hulls import common
from autodiff_cli.solving.univariate import SURE, Univariate

_STEPS = 200
_NARROW = 150  # bits that are known of a root


def narrowed(along: Univariate, node: Value, ball: Any) -> Any:
    """The narrowest ball found of the root of a node that changes its sign in a ball."""
    with along.balls(SURE):
        for _ in range(_STEPS):
            inner = _step(along, node, ball)
            if inner is None or not inner.rad() < ball.rad():
                break
            ball = inner
            if ball.rad() <= arb(2) ** -_NARROW * abs(ball.mid()).max(arb(2) ** -1000):
                break
    return ball


def _step(along: Univariate, node: Value, ball: Any) -> Any:
    """The part of a ball that holds the root: much narrower, or its half; None where neither is known."""
    inner = _newton(along, node, ball)
    if inner is None or inner.rad() > 0.6 * ball.rad():
        return _half(along, node, ball if inner is None else inner)
    return inner


def _newton(along: Univariate, node: Value, ball: Any) -> Any:
    """What a ball and the image of Newton's step have in common; None where there is no such step."""
    middle = arb(ball.mid())
    slopes, number = along.slopes_over(node, ball), along.values(middle, SURE)[node]
    if not (is_not_0(slopes) and is_finite(number)):
        return None
    step = middle - arb(number) / slopes
    return common(ball, step) if step.is_finite() else None


def _half(along: Univariate, node: Value, ball: Any) -> Any:
    """The half of a ball with the change of sign."""
    low, middle, high = arb(ball.lower()), arb(ball.mid()), arb(ball.upper())
    below, here = along.sign(node, low), along.sign(node, middle)
    if here == 0:
        return middle
    if here is None or below is None:
        return None
    return low.union(middle) if below != here else middle.union(high)
