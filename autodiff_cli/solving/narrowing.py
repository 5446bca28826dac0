"""Bounds below the values over many boxes, and Newton's steps over them, from slopes and second derivatives.

All over a box around m, with steps h = x - m: f(x) is in f(m) + g(X) h (the mean value form), and in f(m) + g(m) h +
h H(X) h / 2 (Taylor's). All points where g is 0 are in m - Y g(m) + (I - Y H(X)) h, for any matrix Y (Krawczyk 1969).
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from autodiff_cli.rules.kernels.intervals import Array, Interval, of
from autodiff_cli.solving.interval_graph import OverBoxes

_ROUNDING = 1e-14  # of a sum of a few products


class Image(NamedTuple):
    """Where the slopes may all be 0, a column for each variable that is free; how far the slopes turn over the box."""

    low: Array
    high: Array
    turn: Array


def steps(middle: Array, low: Array, high: Array) -> list[Interval]:
    """All steps from a middle into its box, by variable."""
    return [
        Interval((of(first) - of(m)).low, (of(last) - of(m)).high)
        for m, first, last in zip(middle.T, low.T, high.T, strict=True)
    ]


def below_by_slopes(at: OverBoxes, over: OverBoxes, h: Sequence[Interval], free: Sequence[int]) -> Array:
    """The bound by the mean value form; minus infinity where there is none."""
    found = sum([over.slopes[place] * h[place] for place in free], at.value)
    return np.where(over.has_slopes & at.value.is_finite, found.low, -np.inf)


def below_by_second(at: OverBoxes, over: OverBoxes, h: Sequence[Interval], free: Sequence[int]) -> Array:
    """The bound by Taylor's form of second order; minus infinity where there is none."""
    found = sum([at.slopes[place] * h[place] for place in free], at.value)
    is_known = over.has_slopes & over.has_second(free) & at.has_slopes
    if not is_known.any():
        return np.full(len(is_known), -np.inf)
    for number, row in enumerate(free):
        found = found + over.second[row, row] * (h[row] * h[row]) / 2
        found = sum([over.second[row, column] * h[row] * h[column] for column in free[number + 1 :]], found)
    return np.where(is_known, found.low, -np.inf)


def newton(at: OverBoxes, over: OverBoxes, middle: Array, low: Array, high: Array, free: Sequence[int]) -> Image:
    """Krawczyk's operator of boxes, with the inverse of the middle of their second derivatives as Y."""
    count = len(middle)
    if not free or not over.has_second(free).any():
        return Image(np.full((count, len(free)), -np.inf), np.full((count, len(free)), np.inf), np.full(count, np.inf))
    second = [[over.second[row, column] for column in free] for row in free]
    least, most = (_stacked([[getattr(one, side) for one in row] for row in second]) for side in ("low", "high"))
    center, radius = (least + most) / 2, (most - least) * (0.5 + _ROUNDING)
    inverse = _inverse(center)
    size = abs(inverse)
    turned = abs(np.eye(len(free)) - inverse @ center) + size @ radius + _ROUNDING * (size @ abs(center) + 1)
    turned *= 1 + _ROUNDING
    slope = np.stack([(at.slopes[place].low + at.slopes[place].high) / 2 for place in free], axis=1)[..., None]
    error = np.stack([at.slopes[place].high - at.slopes[place].low for place in free], axis=1)[..., None]
    start = middle[:, free]
    away = np.maximum(high[:, free] - start, start - low[:, free])[..., None] * (1 + _ROUNDING)
    moved = (inverse @ slope)[..., 0]
    within = (size @ error + _ROUNDING * (size @ abs(slope)) + turned @ away)[..., 0] * (1 + _ROUNDING)
    within += 1e-15 * (abs(start) + abs(moved) + within)
    return Image(start - moved - within, start - moved + within, turned.sum(axis=2).max(axis=1))


def _stacked(rows: list[list[Array]]) -> Array:
    """A matrix for each box."""
    return np.stack([np.stack(row, axis=1) for row in rows], axis=1)


def _inverse(matrices: Array) -> Array:
    """The inverse of each matrix; of one that has none, the unit matrix."""
    one = np.eye(matrices.shape[1])
    determinant = np.linalg.det(np.nan_to_num(matrices, posinf=0, neginf=0))
    is_regular = np.isfinite(matrices).all(axis=(1, 2)) & (abs(determinant) > 1e-300)
    return np.asarray(np.linalg.inv(np.where(is_regular[:, None, None], matrices, one)))
