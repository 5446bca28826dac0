"""What an axis shows of numbers: where most of them are, and what is too fine a detail to be seen."""

from collections.abc import Iterable, Sequence
from itertools import filterfalse
from math import inf, isnan
from typing import NamedTuple

_FINE = 2e-3  # of what is seen: how near a value must be to what its neighbours foretell
_BENT = 10  # times that, how far the middle may be from the straight line that is drawn

Limits = tuple[float, float]


class View(NamedTuple):
    """From where to where numbers will be seen, or nearly, and what is a fine detail of that."""

    low: float
    high: float
    fine: float

    def clipped(self, number: float) -> float:
        """The number, or where it is out of sight the end of the view."""
        return min(max(number, self.low), self.high)

    def is_drawn_by(self, first: float, last: float, middle: float, foretold: float, off: float) -> bool:
        """Whether the middle is about where it was foretold, and about on the straight line between the others.

        It may be `off` by rounding; what is out of sight does not count.
        """
        off += self.fine
        seen = self.clipped(middle)
        straight = (self.clipped(first) + self.clipped(last)) / 2
        return abs(seen - self.clipped(foretold)) <= off and abs(seen - straight) <= _BENT * off

    def widened(self, span: Limits) -> "View":
        """The view, or where the axis will show more than that, what it shows."""
        low, high = span
        if self.low <= low and high <= self.high:
            return self
        return View(low, high, max(_FINE * (high - low), self.fine))


class Views(NamedTuple):
    """What will be seen of the values and of the slopes of a curve."""

    value: View
    slope: View


def view_of(numbers: Sequence[float], least: float = 0.0) -> View:
    """About what will be seen of numbers, most of which are near each other; no detail is finer than `least`.

    Of 0, 1, ... 10 it is -15 to 25, with details of 0.016.
    """
    low, high = most_of(numbers, 0.0)
    if low == high:
        low, high = most_of(numbers, inf)
    size = high - low
    fine = max(_FINE * size, 1e-12 * max(abs(low), abs(high)), least)
    return View(low - 2 * size, high + 2 * size, fine)


def most_of(numbers: Iterable[float], more: float) -> Limits:
    """Where the middle four fifths of the numbers are, and `more` of that on both sides.

    Of 0, 1, ... 10 and no more it is 1 to 9.
    """
    ordered = sorted(filterfalse(isnan, numbers))
    if not ordered:
        return 0.0, 0.0
    tenth = len(ordered) // 10
    low, high = ordered[tenth], ordered[-1 - tenth]
    room = more * (high - low) if low < high else more
    return max(ordered[0], low - room), min(ordered[-1], high + room)


def axis_limits(numbers: Iterable[float], even: Iterable[float], endless: bool, least: float = 0.0) -> Limits:
    """What an axis should show: all the numbers or, where they are `endless`, most of those at `even` distances.

    Numbers that differ by less than `least` are seen as one. Of 0, 1, ... 10 it is -0.4 to 10.4.
    """
    finite = [*filterfalse(isnan, numbers)] or [0.0]
    low, high = min(finite), max(finite)
    if endless:
        inner = most_of(even, 1.0)
        if inner[0] < inner[1]:
            low, high = inner
    about = 0.5 * max(abs(low), abs(high)) or 1.0
    room = 0.04 * (high - low) if high - low > least else about
    return low - room, high + room


def united(first: Limits | None, second: Limits | None) -> Limits | None:
    """The span from the lower of two low ends to the higher of the high ones; None is no span."""
    if first is None:
        return second
    if second is None:
        return first
    return min(first[0], second[0]), max(first[1], second[1])
