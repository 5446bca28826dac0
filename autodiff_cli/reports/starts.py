"""Where a search starts, and between what it stays."""

from dataclasses import dataclass
from math import inf


@dataclass(slots=True)
class Start:
    """A number to start from, and its bounds."""

    value: float
    low: float = -inf
    high: float = inf
