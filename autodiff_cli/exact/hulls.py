"""Balls as intervals: what several have in common, around a point, and the floats that they tell."""

from collections.abc import Iterable
from math import inf, nextafter
from typing import Any

from flint import arb

from autodiff_cli.exact.rounded import nearest_float

_TOLD = 60  # bits that are known of a number whose float is


def hull(low: Any, high: Any) -> Any:
    """The ball of all numbers between two: a little wider, since the radius of a ball has 30 bits."""
    return arb(low).union(arb(high))


def around(middle: Any, away: Any) -> Any:
    """The ball of all numbers at most so far from one."""
    return arb(middle) + arb(0, 1) * arb(away)


def common(a: Any, b: Any) -> Any:
    """What two balls have in common; None where that is nothing."""
    return a.intersection(b) if a.overlaps(b) else None


def close_to(at: Any) -> Any:
    """The ball of a root with what is next to it, so that a kink there shows."""
    return around(at, arb(2) ** -190 * abs(arb(at)).max(arb(1)).mid())


def known(ball: Any) -> float | None:
    """The float of a number whose ball is narrow enough to tell it; None for others."""
    return nearest(ball.mid()) if ball.is_finite() and ball.rel_accuracy_bits() >= _TOLD else None


def nearest(middle: Any) -> float:
    """The float nearest to the middle of a ball."""
    mantissa, exponent = map(int, middle.man_exp())
    return nearest_float(mantissa << max(exponent, 0), 1 << max(-exponent, 0))


def nearest_or_0(ball: Any) -> float:
    """The float nearest to a number; one whose ball holds 0 is 0, as far as its digits go."""
    return 0.0 if arb(ball).contains(0) else nearest(arb(ball).mid())


def down(bound: Any) -> float:
    """The greatest float that is not above a bound."""
    below = float(arb(bound).lower())
    return below if arb(below) <= bound else nextafter(below, -inf)


def merged(pieces: Iterable[tuple[float, float]], gap: float) -> list[tuple[float, float]]:
    """Pieces side by side as one."""
    found: list[tuple[float, float]] = []
    for low, high in sorted(pieces):
        if found and low <= found[-1][1] + gap:
            found[-1] = (found[-1][0], max(high, found[-1][1]))
        else:
            found.append((low, high))
    return found
