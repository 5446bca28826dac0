"""Noise of a function that can only be called: rounding, single precision, iterations that end early, random numbers.

The differences of a smooth function at equally spaced points die out from order to order, those of noise grow. ECNoise
reads the noise off the table of differences (Moré and Wild, "Estimating computational noise", SIAM J. Sci. Comput. 33,
2011). What is noise depends on how closely one looks, so it is read at several spacings.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import comb, isfinite, sqrt

_POINTS = 8  # in a row
_LIKE = 4  # noise shows as much in three orders of differences, but for this factor
_COARSER = 29  # from one spacing to the next: whole, for points that are floats, and no power of 2
_WIDEST = 2.0**-9  # of the variable's scale: with it eight points span some 1 %
_NARROWEST = 32  # ulps of the variable: for points that are floats, also where they are sixteenths of it
_FINER = 16  # how many times smaller than a step the spacing is at which its noise is read
_CERTAIN = 2  # standard deviations that are taken for a bound
_SMALL_SCALE = 1e-6  # of the variable's: what is not smooth there is noise
_AWAY = 2.0**-4  # of the variable's scale: how far off the noise is read a second time


def noise_of(values: Sequence[float]) -> float:
    """The standard deviation of noise in values at equally spaced points; 0 where none shows.

    >>> noise_of([0.1 * k * k for k in range(8)]) < 1e-14
    True
    >>> round(noise_of([1.0, 1.3, 0.7, 1.1, 0.6, 1.2, 1.4, 0.9]), 1)
    0.3
    """
    if not all(map(isfinite, values)):
        return 0.0
    levels: list[float] = []
    turns: list[bool] = []
    row = list(values)
    for order in range(1, len(values)):
        row = [after - before for before, after in pairwise(row)]
        levels.append(sqrt(sum([one * one for one in row]) / (len(row) * comb(2 * order, order))))
        turns.append(min(row) < 0 < max(row))
    for level, turn, like in zip(levels, turns, zip(levels, levels[1:], levels[2:], strict=False), strict=False):
        if turn and max(like) <= _LIKE * min(like):
            return level
    return 0.0


@dataclass(slots=True)
class Level:
    """The noise in values next to one another by `spacing` of the variable's scale: at the point, and beside it."""

    spacing: float
    here: float
    beside: float
    share: float  # of the values, in both places


@dataclass(slots=True)
class Noise:
    """How far noise may move values of a function around a point."""

    levels: list[Level]
    unit: float  # of the precision of the values: half an ulp, relative

    @property
    def small_scale(self) -> float:
        """The standard deviation of what is noise by all appearances."""
        small = [level.here for level in self.levels if level is self.levels[0] or level.spacing < _SMALL_SCALE]
        return max(small, default=0.0)

    def at(self, share: float, value: float) -> float:
        """By how much a value may be off that is a step away, which is so large a share of the variable's scale.

        Noise that is smooth at the step is none. It may be another away from the point, and grows with the distance.
        """
        seen = [level for level in self.levels if level.spacing * _FINER <= share] or self.levels[:1]
        here = max([level.here for level in seen], default=0.0)
        beside = max([level.beside for level in seen], default=0.0)
        part = max([level.share for level in seen], default=0.0)
        grown = max(0.0, beside - here) * min(share / _AWAY, 1e3)
        return _CERTAIN * max(here + grown, part * abs(value)) + self.unit * abs(value)


def _share(noise: float, values: Sequence[float]) -> float:
    size = max(map(abs, values))
    return noise / size if size else 0.0


def measured(along: Callable[[float], float], ulp: float, unit: float) -> Noise:
    """The noise of a function along a line: `along` is its value at a share of the variables' scale from the point.

    `ulp` is that of the variables, relative to the scale; `unit` half that of the values.
    """
    levels = []
    spacing = ulp * _NARROWEST
    while spacing <= _WIDEST:
        # On each side, for a kink or a jump between two values looks like noise; at several steps, for those that are
        # periods of the noise show none
        right, left, beside = [
            [along(start + k * step) for k in range(1, _POINTS + 1)]
            for start, step in ((0.0, spacing), (0.0, -1.5 * spacing), (_AWAY, 2.5 * spacing))
        ]
        here, there = max(noise_of(right), noise_of(left)), noise_of(beside)
        levels.append(Level(spacing, here, there, min(_share(here, right), _share(there, beside))))
        spacing *= _COARSER
    return Noise(levels, unit)
