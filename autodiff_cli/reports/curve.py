"""A function of one variable and its slope at points close enough together to draw; finds where it breaks."""

from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import groupby, pairwise
from math import ceil, floor, log10, nan, ulp
from operator import attrgetter

from autodiff_cli.engine.expression import Evaluation
from autodiff_cli.reports.breaks import BARE, ENDLESS, Break, BreakKind, Inspected, Suspect, places_of
from autodiff_cli.reports.probe import Point, Probe
from autodiff_cli.reports.views import Limits, Views, axis_limits, most_of, united, view_of

CELLS = 200  # pieces of the range to begin with
_STEPS, _EACH = 2_000_000, 32  # forward steps in all, and evaluations for each piece, that may be made
_PER_CELL = 300  # evaluations in one piece, before it counts as one where nothing settles
_BESIDE = 1e-9  # of the range: nearer to a jump or kink may be the place itself, with a convention of its own
_SEEN = 1e-4  # of the range: a gap that is worth a word
_GOLDEN = 0.6180339887498949
_NEAR = 0.03  # of the range: as short as that is one place in words

_Piece = tuple[Point, Point, int]  # two neighbours, and which cell of the grid they are in
_x = attrgetter("x")  # of a point


class Curve:
    """An expression along one variable, the others fixed as they stand.

    `points` go from the low end to the high one; between two that have values the curve may be joined. `breaks` are
    where it may not, or has no slope; `gaps` where it has no value. From one end of `wild` to the other there are
    places in which it changes too fast to follow; from one end of `drowned` to the other, such that rounding hides.
    Where a pole is `narrow`, so that nothing of it shows between the points around it, others may have been missed.
    """

    def __init__(self, at: Evaluation, name: str, low: float, high: float, cells: int = CELLS) -> None:
        self._width = high - low
        self._probe = Probe(at, name, self._width)
        self._most = max(40, min(_EACH * cells, _STEPS // (len(at.nodes) + 1)))
        self._cells = min(cells, self._most // 4)
        self._grid = [self.at(x) for x in self._even(low, high)]
        self._odd = [self.at(_odd_place(a, b, cell)) for cell, (a, b) in enumerate(pairwise(self._grid))]
        self._sampled_values = [point.value for point in (*self._grid, *self._odd)]
        self._sampled_slopes = [point.slope for point in (*self._grid, *self._odd)]
        view = view_of(self._sampled_values)
        self._views = views = Views(view, view_of(self._sampled_slopes, view.fine / self._width))
        self._run()
        self._views = Views(views.value.widened(self.limits), views.slope.widened(self.slope_limits))
        if self._views != views:  # what looked like a pole from afar is a peak, and to be seen in full
            self._run()

    def at(self, x: float) -> Point:
        """Value and slope where the variable is x."""
        return self._probe.at(x)

    def place(self, span: Limits) -> float | None:
        """The place that a span is about, if it is so short as to be one."""
        low, high = span
        if high - low > _NEAR * self._width:
            return None
        return round(low + (high - low) / 2, max(-300, min(300, -ceil(log10(high - low))))) + 0.0

    def _even(self, low: float, high: float) -> list[float]:
        """Places at even distances from the low end to the high one."""
        n = self._cells
        xs = [self._rounded(low * ((n - i) / n) + high * (i / n), 12) for i in range(1, n)]  # 0 is 0, and not 1e-16
        found = sorted({low, high, *xs})
        return found[found.index(low) : found.index(high) + 1]

    def _rounded(self, x: float, digits: int = 9) -> float:
        """A place without the digits that say nothing."""
        return round(x, max(-300, min(300, digits - floor(log10(self._width))))) + 0.0

    def _run(self) -> None:
        """Find the points and the breaks, with an eye for what is seen."""
        refined = _Refined(self._probe, self._views, self._grid, self._odd, self._most - 2 * self._cells)
        found = Inspected(self._probe, self._views, self._cells, self._most, refined.suspects)
        self.breaks = found.breaks
        self.narrow = found.narrow
        self.wild = united(refined.wild, found.wild)
        self.drowned = united(refined.drowned, found.drowned)
        self.points = _pruned(refined.points, found, self._width)
        self.gaps = [(self._rounded(low), self._rounded(high)) for low, high in _gaps(self.points, self._width)]
        self._choose_limits(found.over)

    def _choose_limits(self, over: bool) -> None:
        """Choose what the axes show; of a curve that goes to infinity, where most of it is."""
        values = drawn_values(self.points, self.breaks)
        slopes = map(attrgetter("slope"), self.points)
        low, high = most_of(self._sampled_values, 0.0)
        kinds = {*map(attrgetter("kind"), self.breaks)}
        endless = bool(self.wild) or (over and low < high)  # else there is nothing but the end
        endless_values = endless or BreakKind.POLE in kinds
        endless_slopes = endless or not kinds.isdisjoint(ENDLESS)
        self.limits = axis_limits(values, self._sampled_values, endless_values, self._views.value.fine)
        self.slope_limits = axis_limits(slopes, self._sampled_slopes, endless_slopes, self._views.slope.fine)


def drawn_values(points: Iterable[Point], breaks: Iterable[Break]) -> list[float]:
    """The values as they may be joined: nan stands in a jump, as where there is no value."""
    torn = dict.fromkeys(places_of(breaks, BreakKind.JUMP), nan)
    return [torn.get(point.x, point.value) for point in points]


# --- where to look closer -----------------------------------------------------------------------------------------


class _Refined:
    """The grid and `points` between, where each piece is halved until its middle is where its ends foretell.

    `odd` has a point inside each cell of the grid, which no period fits.
    `suspects` are pairs of neighbours with a break between them, or nothing but rounding.
    """

    def __init__(self, probe: Probe, views: Views, grid: Sequence[Point], odd: Sequence[Point], most: int) -> None:
        self._probe, self._views, self._odd, self._left = probe, views, odd, most
        self._spent = [0] * len(grid)  # evaluations in each cell
        self.points = [*grid]
        self.suspects: list[Suspect] = []
        self.wild: Limits | None = None
        self.drowned: Limits | None = None
        self._refine(deque([(a, b, cell) for cell, (a, b) in enumerate(pairwise(grid))]))

    def _refine(self, queue: deque[_Piece]) -> None:
        """Halve pieces, the wide ones before the narrow ones, until all are settled or evaluations run out."""
        while queue:
            a, b, cell = piece = queue.popleft()
            if self._shows_nothing(a, b):
                queue += self._between_nothing(piece)
                continue
            x = a.x + (b.x - a.x) / 2
            if b.x - a.x <= self._probe.close(x):
                self.suspects.append((a, b))
            elif self._spent[cell] >= _PER_CELL or self._left <= 0:
                self._give_up(piece, x)
            else:
                self._spent[cell] += 1
                self._left -= 1
                queue += self._halves(piece, x)

    def _halves(self, piece: _Piece, x: float) -> Sequence[_Piece]:
        """What is left to do in a piece, after an evaluation at x, its middle; nothing where it is settled."""
        a, b, cell = piece
        whole = self._spent[cell] == 1
        middle = self._near_middle(a, b, x, whole)
        if middle is None:
            cut = self._unless_as_foretold(piece) if whole else ()
            self.suspects += [] if cut else [(a, b)]
            return cut
        self.points.append(middle)
        have_values = a.defined and b.defined and middle.defined
        if have_values and self._is_settled(a, middle, b):
            return self._unless_as_foretold(piece) if whole else ()
        return (a, middle, cell), (middle, b, cell)

    def _unless_as_foretold(self, piece: _Piece) -> Sequence[_Piece]:
        """A settled cell, cut at a place that no period fits, if the curve is not there what its ends foretell.

        At even distances a curve may have the same value again and again, as sin(pi*x) at whole numbers has.
        """
        a, b, cell = piece
        odd = self._odd[cell]
        part, seen = (odd.x - a.x) / (b.x - a.x), self._views.value
        largest = max(abs(a.value), abs(b.value))
        off = max(4 * ulp(largest), self._probe.rough) + 4 * seen.fine
        if odd.defined and abs(seen.clipped(odd.value) - seen.clipped(_hermite(a, b, part))) <= off:
            return ()
        self.points.append(odd)
        return (a, odd, cell), (odd, b, cell)

    def _between_nothing(self, piece: _Piece) -> Sequence[_Piece]:
        """A cell without values at its ends, cut where one is between them: gamma has none at -1, -2, -3 ..."""
        a, b, cell = piece
        odd = self._odd[cell]
        if a.defined or b.defined or self._spent[cell] or not odd.defined:
            return ()
        self._spent[cell] += 1
        self.points.append(odd)
        return (a, odd, cell), (odd, b, cell)

    def _near_middle(self, a: Point, b: Point, x: float, whole: bool) -> Point | None:
        """A point by which to halve a piece, perhaps a whole cell; None where rounding hides what is in it."""
        probe, views = self._probe, self._views
        width = b.x - a.x
        middle = probe.at(x)
        if whole and a.defined != b.defined:  # often one point alone has no value, as 1/x at 0
            close = probe.close(x)
            beside_it = b.x - 0.75 * close if a.defined else a.x + 0.75 * close
            nearer = probe.at(beside_it)
            return middle if probe.drowns(nearer, close, views) else nearer
        if not probe.drowns(middle, width, views):
            return middle
        beside = probe.at(a.x + 0.4 * width)  # a step may be just in the middle
        return None if probe.drowns(beside, width, views) else beside

    def _give_up(self, piece: _Piece, x: float) -> None:
        """Take a piece in which nothing settles for drowned or wild, and tear it where that is better."""
        a, b, cell = piece
        span, probe = (a.x, b.x), self._probe
        if not self.wild and (self.drowned or probe.drowns(probe.at(x), b.x - a.x, self._views)):
            self.drowned = united(self.drowned, span)
            return
        self.wild = united(self.wild, span)
        if self._is_torn(a, b):
            self.points.append(Point(x, nan, nan))
            return
        odd = probe.at(_odd_place(a, b, cell))  # halves of halves may all be alike
        self.points.append(odd)
        for first, last in ((a, odd), (odd, b)):
            if self._is_torn(first, last):
                self.points.append(Point(first.x + (last.x - first.x) / 2, nan, nan))

    def _shows_nothing(self, a: Point, b: Point) -> bool:
        """Whether a piece has no values, or is far out of sight and goes to infinity at one end at most."""
        low, high, _ = self._views.value
        are_above = a.value > high and b.value > high
        are_below = a.value < low and b.value < low
        # What leaves both ends for infinity may come back into sight between them
        if are_above:
            return not a.slope > 0 > b.slope
        if are_below:
            return not a.slope < 0 < b.slope
        has_value = a.defined or b.defined
        return not has_value

    def _is_torn(self, a: Point, b: Point) -> bool:
        """Whether a piece in which nothing settles had better not be joined."""
        if not (a.defined and b.defined):
            return True
        most = max(abs(a.slope), abs(b.slope), 0.0) * (b.x - a.x)
        is_apart = abs(a.value - b.value) > max(4 * most, self._views.value.fine)
        differ_in_sign = (a.value > 0) != (b.value > 0)
        is_pole = differ_in_sign and _leave_zero(a, b)
        return is_apart or is_pole

    def _is_settled(self, a: Point, middle: Point, b: Point) -> bool:
        """Whether the middle is as the ends foretell."""
        h, (seen, slopes) = b.x - a.x, self._views
        if not (a.sloped or middle.sloped or b.sloped):
            return abs(middle.value - (a.value + b.value) / 2) <= seen.fine
        largest = max(abs(a.value), abs(b.value))
        rounding = max(4 * ulp(largest), self._probe.rough)
        foretold = value, slope = _foretold(a, b)
        if self._may_break(a, middle, b, foretold, rounding):
            return False
        is_value_drawn = seen.is_drawn_by(a.value, b.value, middle.value, value, rounding)
        return is_value_drawn and slopes.is_drawn_by(a.slope, b.slope, middle.slope, slope, rounding / h)

    def _may_break(self, a: Point, middle: Point, b: Point, foretold: tuple[float, float], rounding: float) -> bool:
        """Whether there may be a pole, a kink or a steep place in a piece, since its middle is not as foretold."""
        h, (seen, slopes) = b.x - a.x, self._views
        value, slope = foretold
        off, fine = abs(middle.value - value), 5 * slopes.fine
        largest, steepest = max(abs(a.value), abs(b.value)), max(abs(a.slope), abs(b.slope))
        change, halfway = abs(b.slope - a.slope), (a.slope + b.slope) / 2

        to_infinity = _leave_zero(a, b) and ((a.value > 0) != (b.value > 0) or not off <= 0.01 * largest)
        steeper_inside = abs(b.value - a.value) > max(1.5 * h * steepest, 1e-6 * seen.fine) + rounding
        kink_just_here = change > fine and off > 0.06 * h * change + rounding  # the slope is that of a parabola
        kink_near = not abs(middle.slope - halfway) <= 0.25 * change + fine
        steep_near = not abs(middle.slope - slope) <= 0.25 * steepest + fine + rounding / h
        is_steep = steeper_inside or steep_near
        has_kink = kink_just_here or kink_near
        return to_infinity or is_steep or has_kink


def _odd_place(a: Point, b: Point, cell: int) -> float:
    """A place in a cell, in each at another part of its width: the golden ratio is the last to meet a period."""
    return a.x + (b.x - a.x) * (0.2 + 0.6 * (_GOLDEN * (cell + 1) % 1))


def _foretold(a: Point, b: Point) -> tuple[float, float]:
    """Value and slope halfway between two points (cubic Hermite interpolation)."""
    h = b.x - a.x
    value = (a.value + b.value) / 2 + h * (a.slope - b.slope) / 8
    slope = 1.5 * (b.value - a.value) / h - (a.slope + b.slope) / 4
    return value, slope


def _hermite(a: Point, b: Point, part: float) -> float:
    """The value at a part of the way between two points, by cubic interpolation; by a line where a slope is missing."""
    h = b.x - a.x
    rest = 1 - part
    straight = rest * a.value + part * b.value
    if not (a.sloped and b.sloped):
        return straight
    rise = b.value - a.value
    return straight + part * rest * (rest * (a.slope * h - rise) - part * (b.slope * h - rise))


def _leave_zero(a: Point, b: Point) -> bool:
    """Whether a curve goes away from 0 at both ends of a piece: between them perhaps to infinity."""
    return a.value * a.slope > 0 > b.value * b.slope


# --- what is kept -------------------------------------------------------------------------------------------------


def _pruned(points: Sequence[Point], found: Inspected, width: float) -> list[Point]:
    """The points with a mark at each break and without the many that led there.

    Of these the last on each side stay, but not at a pole.
    """
    points = _with_marks(points, found.marks)
    xs = [*map(_x, points)]
    kinds = dict(found.breaks)
    gone: set[int] = set()
    kept = {0, len(points) - 1}
    for mark in found.marks:
        kind = kinds.get(mark.x, BreakKind.EDGE)
        around = (BARE if kind in ENDLESS else _SEEN) * width
        close = range(bisect_left(xs, mark.x - around), bisect_right(xs, mark.x + around))
        gone.update(close)
        kept.add(bisect_left(xs, mark.x))
        if kind is not BreakKind.POLE:
            beside = _BESIDE * width if kind in (BreakKind.JUMP, BreakKind.KINK) else 0.0
            kept.update(_beside(mark, points, close, beside))
    return [point for index, point in enumerate(points) if index not in gone or index in kept]


def _with_marks(points: Iterable[Point], marks: Collection[Point]) -> list[Point]:
    """The points and the marks from left to right; a mark takes the place of a point."""
    there = {*map(_x, marks)}
    others = [point for point in points if point.x not in there]
    return sorted([*others, *marks], key=_x)


def _beside(mark: Point, points: Sequence[Point], close: range, least: float) -> Iterator[int]:
    """The last point with a slope on each side of a mark, of those close to it but not closer than `least`."""

    def is_sound(index: int) -> bool:
        point = points[index]
        return point.sloped and abs(point.x - mark.x) >= least

    sound = [*filter(is_sound, close)]
    after = bisect_right(sound, mark.x, key=lambda index: points[index].x)
    yield from sound[:after][-1:]
    yield from sound[after:][:1]


def _gaps(points: Iterable[Point], width: float) -> Iterator[Limits]:
    """Where there is no value, wider than a single place."""
    for defined, group in groupby(points, key=lambda point: point.defined):
        xs = [*map(_x, group)]
        is_wide = xs[-1] - xs[0] > _SEEN * width
        if is_wide and not defined:
            yield xs[0], xs[-1]
