"""Mean and standard deviation of a result, and what samples of it show."""

from math import inf
from typing import NamedTuple

_OFF = 0.1  # of a sigma: by how much two may differ that agree


class Moments(NamedTuple):
    """The mean of a result and its standard deviation."""

    mean: float
    sigma: float

    def is_near(self, other: "Moments") -> bool:
        """Whether mean and sigma are the same to a tenth of the larger sigma; an infinite sigma is near to none.

        >>> Moments(2.72, 1.36).is_near(Moments(3.06, 1.44)), Moments(2.72, 1.36).is_near(Moments(2.8, 1.44))
        (False, True)
        """
        near = _OFF * max(self.sigma, other.sigma)
        away = max(abs(self.mean - other.mean), abs(self.sigma - other.sigma))
        return away <= near < inf


class Sampled(NamedTuple):
    """What samples of a result show: where the middle 68 % of them lie, and how many have no value."""

    moments: Moments
    interval: tuple[float, float]
    rows: int
    without_value: int = 0
    is_settled: bool = True  # whether other samples would have this sigma
