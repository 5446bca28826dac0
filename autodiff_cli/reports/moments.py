"""Mean and standard deviation of a result, and what samples of it show."""

from typing import NamedTuple

_OFF = 0.1  # of a sigma: by how much two may differ that agree


class Moments(NamedTuple):
    """The mean of a result and its standard deviation."""

    mean: float
    sigma: float

    def is_near(self, other: "Moments") -> bool:
        """Whether both are the same to a tenth of the larger sigma.

        >>> Moments(2.72, 1.36).is_near(Moments(3.06, 1.44)), Moments(2.72, 1.36).is_near(Moments(2.8, 1.44))
        (False, True)
        """
        near = _OFF * max(self.sigma, other.sigma)
        return abs(self.mean - other.mean) <= near and abs(self.sigma - other.sigma) <= near


class Sampled(NamedTuple):
    """What samples of a result show: where the middle 68 % of them lie, and how many have no value."""

    moments: Moments
    interval: tuple[float, float]
    rows: int
    without_value: int = 0
    is_settled: bool = True  # whether one half of them has the sigma of the other
