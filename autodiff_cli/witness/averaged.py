"""Slopes through noise: polynomials fitted to many values, in which the noise of single ones averages out.

A fit is weighed by the residuals that it leaves and by what one more power changes in it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import copysign, inf, isfinite, sqrt

from autodiff_cli.witness.finite_difference import Curve, Estimate, kink_between

Noisy = Callable[[float, float], float]  # how far a value may be off, by its distance and its size
_STEPS = 32  # to each side
_NEAREST = 0.2  # of the widest step
_WIDTHS = (-6, -4, -2, 0, 2, 4)  # powers of two of the variable's scale
_CENTRAL = (3, 5, 7)  # powers beside the slope, in the differences of both sides
_ROUGH = (2, 3, 5)  # and where the curvature jumps beside the point
_SIDED = (0, 2, 3)  # and in the values of one
_CERTAIN = 3  # standard deviations that are taken for a bound
_DEVIATION = 0.5  # of how far a value may be off, in one value; in the differences of two halves it is less still
_APART = 4  # times what the slopes of two sides may be off: then they differ
_BENT = 1e-3  # of the larger one: less is no kink
_DIFFERENT = 0.7  # of the values: where more are the same, their rounding goes one way and averages nothing out
_CHANGED = 1.5  # times what the last power changes in the slope
_LEFT_OVER = 1.5  # times the noise: larger residuals are none, and the curve is no such polynomial


@dataclass(slots=True)
class _Fit:
    """A slope with its standard deviation, and how large the residuals are beside the noise."""

    slope: float
    deviation: float
    residual: float


def _fitted(steps: Sequence[float], values: Sequence[float], noise: Sequence[float], powers: Sequence[int]) -> _Fit:
    """Least squares for `slope * step` and multiples of other powers, by orthogonal columns with the slope's last."""
    columns = [[step**power / off for step, off in zip(steps, noise, strict=True)] for power in (*powers, 1)]
    left = [value / off for value, off in zip(values, noise, strict=True)]
    size = slope = 0.0
    for number, column in enumerate(columns):
        size = _dot(column, column)
        if not size > 0:
            return _Fit(0.0, inf, inf)
        slope = _dot(column, left) / size
        left = _without(left, column, slope)
        for later in range(number + 1, len(columns)):
            columns[later] = _without(columns[later], column, _dot(column, columns[later]) / size)
    return _Fit(slope, 1 / sqrt(size), sqrt(_dot(left, left) / max(1, len(steps) - len(columns))))


def _dot(a: Sequence[float], b: Sequence[float]) -> float:
    return sum([one * other for one, other in zip(a, b, strict=True)])


def _without(row: Sequence[float], column: Sequence[float], share: float) -> list[float]:
    return [one - share * other for one, other in zip(row, column, strict=True)]


def averaged(f: Curve, x: float, scale: float, noise: Noisy, nearest: Curve, share: float) -> Estimate:
    """The slope at `x`, or those on both sides of a kink, to within `share` if values within some width tell it.

    `noise` is how far a value may be off that is so far away, and so large.

    >>> from math import exp, sin
    >>> found = averaged(lambda x: exp(x) + 5e-6 * sin(1e9 * x), 1.0, 1.0, lambda step, value: 1e-5, lambda x: x, 1e-4)
    >>> abs(found.value - exp(1)) < found.bound < 1e-3
    True
    """
    arounds = [_BothSides(f, x, scale * 2.0**power, noise, nearest) for power in _WIDTHS]
    best = _widened(arounds, _BothSides.slope, share)
    left, right = [_widened(arounds, side, _BENT) for side in (_BothSides.left, _BothSides.right)]
    size = max(abs(left.value), abs(right.value))
    is_kink = abs(left.value - right.value) > _APART * (left.bound + right.bound) + _BENT * size
    return kink_between(left, right) if is_kink else best


def _widened(arounds: Sequence["_BothSides"], kind: Callable[["_BothSides"], Estimate], share: float) -> Estimate:
    """The best of a kind of slopes, wider and wider, until the curve is no polynomial or says something else."""
    best = Estimate()
    for around in arounds:
        found = kind(around)
        contradicts = best.has_settled and abs(found.value - best.value) > best.bound + found.bound
        if not found.has_settled or contradicts or best.is_within(share):
            break
        best = min(best, found, key=lambda one: one.bound)
    return best


class _BothSides:
    """Values on both sides of a point, up to one width away, which are computed when first asked for."""

    def __init__(self, f: Curve, x: float, width: float, noise: Noisy, nearest: Curve) -> None:
        self.f, self.x, self.width = f, x, width
        self._off = noise
        wanted = [width * (_NEAREST + (1 - _NEAREST) * k / (_STEPS - 1)) for k in range(_STEPS)]
        self._moves = [abs(nearest(x + copysign(one, x)) - x) for one in wanted]
        self.steps = [move / width for move in self._moves]

    @cached_property
    def above(self) -> list[float]:
        """The values at larger x."""
        return [self.f(self.x + move) for move in self._moves]

    @cached_property
    def below(self) -> list[float]:
        """The values at smaller x."""
        return [self.f(self.x - move) for move in self._moves]

    @cached_property
    def noise(self) -> list[float]:
        """The deviation of each pair of them."""
        parts = zip(self._moves, self.above, self.below, strict=True)
        return [_DEVIATION * max(self._off(move, above), self._off(move, below)) for move, above, below in parts]

    def slope(self) -> Estimate:
        """The slope by both sides together."""
        halves = [(above - below) / 2 for above, below in zip(self.above, self.below, strict=True)]
        return self._of(halves, [off / sqrt(2) for off in self.noise], _CENTRAL)

    def right(self) -> Estimate:
        """The slope at larger x."""
        return self._of(self.above, self.noise, _SIDED)

    def left(self) -> Estimate:
        """The slope at smaller x."""
        return self._of([-value for value in self.below], self.noise, _SIDED)

    def _of(self, values: Sequence[float], noise: Sequence[float], powers: Sequence[int]) -> Estimate:
        """The slope from a fit, if the curve is such a polynomial."""
        if len(set(values)) < _DIFFERENT * _STEPS or not all(map(isfinite, values)):
            return Estimate()
        fit = _fitted(self.steps, values, noise, powers)
        if not fit.residual <= _LEFT_OVER:
            return Estimate()
        less = _fitted(self.steps, values, noise, powers[:-1])
        bound = _CERTAIN * fit.deviation + _CHANGED * abs(fit.slope - less.slope)
        rough = _fitted(self.steps, values, noise, _ROUGH)
        slack = abs(fit.slope - rough.slope) + _CERTAIN * rough.deviation
        return Estimate(fit.slope / self.width, bound / self.width, slack=slack / self.width)
