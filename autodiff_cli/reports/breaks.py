"""Where a curve is not smooth: what is there, told from how values and slopes go on both sides."""

from collections.abc import Iterable
from enum import StrEnum
from itertools import compress, filterfalse, pairwise
from math import ceil, inf, isnan, log10, nan
from typing import NamedTuple

from autodiff_cli.reports.probe import Point, Probe
from autodiff_cli.reports.views import Limits, Views, united

BARE = 1e-6  # of the range: around a break no more points than needed
_SHRINKS = 0.995  # a sequence whose steps shrink by no more than this factor, at distances that do by 4, has no limit
_LOOK = 6  # distances from a break at which each of its sides is seen, each 4 times the one before
_PER_LOOK = 24  # evaluations for that
_OVER = 1e250  # a curve that ends so high became too large

Suspect = tuple[Point, Point]  # neighbours with a break between them, or nothing but rounding


class BreakKind(StrEnum):
    """What is at a break."""

    POLE = "pole"
    JUMP = "jump"
    KINK = "kink"
    STEEP = "steep"  # the slope is infinite
    EDGE = "edge"  # the function ends, or has no value in one place
    STEEP_EDGE = "steep edge"

    @property
    def is_edge(self) -> bool:
        """Whether the function has no value there, or none on one side."""
        return self in (BreakKind.EDGE, BreakKind.STEEP_EDGE)


ENDLESS = frozenset(
    (BreakKind.POLE, BreakKind.STEEP, BreakKind.STEEP_EDGE)
)  # kinds at which values or slopes go to infinity


class Break(NamedTuple):
    """A place where the curve is not smooth."""

    x: float
    kind: BreakKind


class Limit(NamedTuple):
    """What a sequence of numbers comes to: whether to infinity, else to what, and by how much that may be wrong."""

    endless: bool
    value: float
    unsure: float


_UNKNOWN = Limit(False, nan, inf)


class _BreakSide(NamedTuple):
    """What value and slope come to on one side of a break; unknown where rounding hides it."""

    value: Limit = _UNKNOWN
    slope: Limit = _UNKNOWN


class _Cluster(NamedTuple):
    """Suspects so close to each other as to be one: from where to where, and what of it has no value.

    Its `ends` are those with a value, and -1 for the left or 1 for the right; its holes `inside` are between them.
    """

    first: Point
    last: Point
    holes: list[float]

    @property
    def ends(self) -> list[tuple[Point, float]]:
        ends = (self.first, -1.0), (self.last, 1.0)
        return [*compress(ends, (self.first.defined, self.last.defined))]

    @property
    def inside(self) -> list[float]:
        return sorted({*self.holes} - {self.first.x, self.last.x})


class Inspected:
    """What is between `suspects`: points that are as close as can be, and yet not as they should be.

    Each of the `breaks` has one of the `marks`: a point that takes the place of those around it. From one end of `wild`
    to the other it changes too fast to follow; in `drowned` rounding hides the curve. Where a pole is `narrow`, nothing
    of it shows between the points around it. A curve that ends so high as to become too large is `over`.
    """

    def __init__(self, probe: Probe, views: Views, cells: int, most: int, suspects: Iterable[Suspect]) -> None:
        self._probe, self._views = probe, views
        self._far = probe.width / cells  # from a break
        self.breaks: list[Break] = []
        self.marks: list[Point] = []
        self.wild: Limits | None = None
        self.drowned: Limits | None = None
        self.narrow = self.over = False
        widest = 2 * probe.width / cells
        for count, place in enumerate(_places(suspects, BARE * probe.width), 1):
            late = count * _PER_LOOK > most  # to tell what it is would take too long
            self._inspect(place, 4 * probe.close(place.last.x) if late else widest, late)

    def _inspect(self, place: _Cluster, widest: float, late: bool) -> None:
        span = place.first.x, place.last.x
        if span[1] - span[0] > widest:
            self.drowned = united(self.drowned, span)
            self.breaks += [Break(x, BreakKind.EDGE) for x in place.inside]
            self.marks += [Point(x, nan, nan) for x in place.inside]
        elif late:
            self.wild = united(self.wild, span)
            x = roundest(*span)
            self.marks.append(Point(x, self._probe.at(x).value, nan))
        else:
            self._tell(place)

    def _tell(self, place: _Cluster) -> None:
        """Note the break at a place, if there is one."""
        inside = place.inside
        x = inside[0] if inside else roundest(place.first.x, place.last.x)
        kind = self._kind(place, x, bool(inside))
        if kind is None:
            return
        self.breaks.append(Break(x, kind))
        if kind.is_edge:
            self._mark_edge(place)
        else:
            value = nan if kind is BreakKind.POLE else self._probe.at(x).value
            self.marks.append(Point(x, value, nan))

    def _mark_edge(self, place: _Cluster) -> None:
        """Mark where the function ends; a single hole as it stands, since the function may end there."""
        x, *_ = place.inside or place.holes
        self.marks.append(Point(x, nan, nan))
        ends = place.ends
        if len(ends) < 2:
            self.over |= any(abs(end.value) > _OVER for end, _ in ends)

    def _kind(self, place: _Cluster, x: float, hole: bool) -> BreakKind | None:
        """The kind of break at x, which has no value if there is a hole; None for no break."""
        sides = self._sides(place, x)
        if any(side.value.endless for side in sides):
            return BreakKind.POLE
        if len(sides) < 2:
            return _edge(*sides)
        if hole:
            return BreakKind.EDGE
        return self._meeting(*sides)

    def _sides(self, place: _Cluster, x: float) -> list[_BreakSide]:
        """What value and slope come to on the sides that have values."""
        near = max(64 * self._probe.close(x), place.last.x - place.first.x)
        return [self._side(x, sign, near) for _, sign in place.ends]

    def _meeting(self, left: _BreakSide, right: _BreakSide) -> BreakKind | None:
        """The kind of break where two sides meet that have values."""
        if _are_apart(left.value, right.value, self._views.value.fine):
            return BreakKind.JUMP
        if left.slope.endless or right.slope.endless:
            return BreakKind.STEEP
        if _are_apart(left.slope, right.slope, self._views.slope.fine):
            return BreakKind.KINK
        return None

    def _side(self, x: float, sign: float, near: float) -> _BreakSide:
        """What value and slope come to on one side of a break, as far as rounding shows it."""
        probe = self._probe
        point = probe.at(x + sign * near)
        while not point.defined or probe.drowns(point, near, self._views):
            near *= 4
            if near > self._far:
                return _BreakSide()
            point = probe.at(x + sign * near)
        points = [probe.at(x + sign * near * 4**power) for power in range(_LOOK - 1, 0, -1)]
        points.append(point)
        value_noise, slope_noise = probe.noise(point)
        value = limit_of([p.value for p in points], value_noise)
        slope = limit_of([p.slope for p in points], slope_noise)
        closest = probe.at(x + sign * probe.close(x)).value
        self.narrow |= value.endless and abs(closest) < self._views.value.fine
        return _BreakSide(value, slope)


def places_of(breaks: Iterable[Break], kind: BreakKind) -> list[float]:
    """Where the breaks of that kind are."""
    found = filter(lambda place: place.kind is kind, breaks)
    return [place.x for place in found]


def _edge(side: _BreakSide = _BreakSide()) -> BreakKind:  # noqa: B008 - it never changes
    """The kind of edge by what the function comes to on the one side that has values, if there is one."""
    return BreakKind.STEEP_EDGE if side.slope.endless else BreakKind.EDGE


def _places(suspects: Iterable[Suspect], apart: float) -> list[_Cluster]:
    """The suspects from left to right, those that are not farther apart than that as one place."""
    places: list[_Cluster] = []
    for first, last in sorted(suspects, key=lambda pair: (pair[0].x, pair[1].x)):
        holes = [point.x for point in (first, last) if not point.defined]
        if places and first.x - places[-1].last.x <= apart:
            before = places.pop()
            first, holes = before.first, before.holes + holes
            last = max(before.last, last, key=lambda point: point.x)
        place = _Cluster(first, last, holes)
        places.append(place)
    return places


def _are_apart(left: Limit, right: Limit, fine: float) -> bool:
    """Whether two limits are apart, by more than they may be wrong and by more than a fine detail."""
    return abs(left.value - right.value) > left.unsure + right.unsure + fine


def limit_of(numbers: list[float], noise: float) -> Limit:
    """What a sequence, at distances that shrink by the same factor, comes to, if rounding moves it by so much.

    Its steps are taken for those of a geometric series: 16, 8, 4, 2, 1 come to 0, and 1, 2, 3, 4, 5 to infinity.
    """
    steps = [second - first for first, second in pairwise(numbers)]
    steps = [*filterfalse(isnan, steps)][-4:]
    if max(map(abs, steps[-3:]), default=inf) <= noise:
        return Limit(False, numbers[-1], noise)
    factors = [second / first for first, second in pairwise(steps) if first]
    if not _are_equal(factors):
        return Limit(False, numbers[-1], max(map(abs, steps), default=inf))
    if factors[-1] > _SHRINKS:
        return Limit(True, nan, inf)
    rest = steps[-1] * factors[-1] / (1 - factors[-1])  # of the series
    return Limit(False, numbers[-1] + rest, 0.1 * abs(rest) + noise)


def _are_equal(factors: list[float]) -> bool:
    """Whether three factors or more are above 0 and about the same."""
    return len(factors) >= 3 and 0 < max(factors) < 1.2 * min(factors)


def roundest(low: float, high: float) -> float:
    """The number of fewest decimals between two, or about halfway. Between 0.2999 and 0.3001 it is 0.3."""
    middle = low + (high - low) / 2
    first = -ceil(log10(max(abs(low), abs(high))))
    for digits in range(max(first, -300), min(first + 17, 300)):
        rounded = round(middle, digits) + 0.0
        if low <= rounded <= high:
            return rounded
    return middle
