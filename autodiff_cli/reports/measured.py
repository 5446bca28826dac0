"""What is known of a number that is not known exactly: a value with an uncertainty, or an interval it lies in."""

from dataclasses import dataclass
from math import hypot, pi, sqrt


@dataclass(frozen=True, slots=True)
class Measured:
    """A value and its standard uncertainty, upwards and downwards.

    Where these differ, the value is the median and each half a half of a normal distribution, so that 68 % lie between
    `value - below` and `value + above` (Barlow, Asymmetric Errors, 2003, model 1).
    """

    value: float
    above: float
    below: float

    @property
    def sigma(self) -> float:
        """The standard deviation.

        >>> Measured(0.75, 0.001, 0.001).sigma
        0.001
        """
        if self.above == self.below:
            return self.above
        return sqrt(hypot(self.above, self.below) ** 2 / 2 - self.shift**2)

    @property
    def shift(self) -> float:
        """How far the mean is above the value."""
        return (self.above - self.below) / sqrt(2 * pi)


@dataclass(frozen=True, slots=True)
class Enclosed:
    """An interval that a number lies in for certain: both ends as floats, and as they are typed."""

    low: float
    high: float
    typed: tuple[str, str]

    @property
    def value(self) -> float:
        """The middle."""
        return self.low + (self.high - self.low) / 2
