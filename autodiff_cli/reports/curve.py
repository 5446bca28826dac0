"""A function of one variable and its slope at points close enough together to draw; finds where it breaks."""

from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Iterable, Sequence
from itertools import pairwise
from math import ceil, floor, inf, isfinite, log10, nan, ulp
from typing import NamedTuple

from autodiff_cli.engine.domain import is_inside
from autodiff_cli.engine.expression import Evaluation
from autodiff_cli.engine.graph import forward
from autodiff_cli.witness.replay import perturb_all

CELLS = 200  # pieces of the range to begin with
_STEPS, _EACH = 2_000_000, 32  # forward steps in all, and evaluations for each piece, that may be made
_PER_CELL = 300  # evaluations in one piece, before it counts as one where nothing settles
_FINE = 2e-3  # of what is seen: how near a value must be to what its neighbours foretell
_BENT = 10  # times that, how far the middle may be from the straight line that is drawn
_CLOSE = 2.0**-34  # of the range: how near to a break its neighbours come
_BARE = 1e-6  # of the range: around a break no more points than needed
_BESIDE = 1e-9  # of the range: nearer to a jump or kink may be the place itself, with a convention of its own
_SEEN = 1e-4  # of the range: a gap that is worth a word
_LOST = 1e-3  # relative: a number that rounding moves by more shows nothing
_SHRINKS = 0.995  # a sequence whose steps shrink by no more than this factor, at distances that do by 4, has no limit
_ULPS = 2.0**-50  # how far a step may be off, relative
_LOOK = 6  # distances from a break at which each of its sides is seen, each 4 times the one before
_NEAR = 0.03  # of the range: as short as that is one place in words
_PER_LOOK = 24  # evaluations for that
_OVER = 1e250  # a curve that ends so high became too large
LARGE = 1e307  # beyond, differences leave the range of floats

Limits = tuple[float, float]
_View = tuple[float, float, float]  # from where to where is seen, or nearly, and what is a fine detail of it


class Point(NamedTuple):
    """A place on the curve. Where there is no value or no slope, that is nan, and the curve is not joined."""

    x: float
    value: float
    slope: float

    @property
    def defined(self) -> bool:
        """Whether the function has a value here."""
        return self.value == self.value


class Break(NamedTuple):
    """Where the curve is not smooth: a `pole`, `jump` or `kink`, or a `steep` place, whose slope is infinite.

    At an `edge` or `steep edge` the function ends, or has no value in one place.
    """

    x: float
    kind: str


class _End(NamedTuple):
    """What a sequence of numbers comes to: whether to infinity, else to what, and by how much that may be wrong."""

    endless: bool
    limit: float
    unsure: float


class Curve:
    """An expression along one variable, the others fixed as they stand.

    `points` go from the low end to the high one; between two that have values the curve may be joined. `breaks` are
    where it may not, or has no slope; `gaps` where it has no value. From one end of `wild` to the other there are
    places in which it changes too fast to follow; from one end of `drowned` to the other, such that rounding hides.
    Where a pole is `narrow`, so that nothing of it shows between the points around it, others may have been missed.
    """

    def __init__(self, at: Evaluation, name: str, low: float, high: float, cells: int = CELLS) -> None:
        self._evaluation, self._variable = at, at.variables[name]
        self._name, self._width, self._bare = name, high - low, _BARE * (high - low)
        self._most = max(40, min(_EACH * cells, _STEPS // (len(at.nodes) + 1)))
        self._cells = n = min(cells, self._most // 4)
        xs = {self._rounded(low * ((n - i) / n) + high * (i / n), 12) for i in range(1, n)}  # 0 is 0, and not 1e-16
        xs = {low, *(x for x in xs if low < x < high), high}
        self._grid = [self.at(x) for x in sorted(xs)]
        view = _view([p.value for p in self._grid])
        self._views = view, _view([p.slope for p in self._grid], view[2] / self._width)
        self._run()
        first, second = self._views
        self._views = _wider(first, self.limits), _wider(second, self.slope_limits)
        if self._views != (first, second):  # what looked like a pole from afar is a peak, and to be seen in full
            self._run()

    def _run(self) -> None:
        """Find the points and the breaks, with an eye for what is seen."""
        self.wild: Limits | None = None
        self.drowned: Limits | None = None
        self.breaks: list[Break] = []
        self.narrow = self._over = False
        self._rough = 0.0  # how far rounding may move the value computed last
        self._suspects: list[tuple[Point, Point]] = []  # pairs with a break between, or nothing but rounding
        self._left = self._most - self._cells
        self.points = self._refine(self._grid)
        self.points = self._prune(self._look())
        self.gaps = self._gaps()
        kinds = {kind for _, kind in self.breaks}
        jumps = {x for x, kind in self.breaks if kind == "jump"}  # a value in a jump is not drawn
        values = [p.value for p in self.points if p.x not in jumps], [p.value for p in self._grid]
        slopes = [p.slope for p in self.points], [p.slope for p in self._grid]
        low, high = _robust(values[1], 0.0)
        self._over &= low < high  # else there is nothing but the end
        self.limits = limits(*values, bool(self.wild) or self._over or "pole" in kinds, self._views[0][2])
        endless = bool(self.wild) or self._over or not kinds.isdisjoint(("pole", "steep", "steep edge"))
        self.slope_limits = limits(*slopes, endless, self._views[1][2])

    def at(self, x: float) -> Point:
        """Value and slope where the variable is x: the graph run forward, then the reverse sweep."""
        evaluation, variable = self._evaluation, self._variable
        variable.data = x
        forward(evaluation.nodes)
        value = evaluation.root.data
        if not abs(value) < LARGE or not is_inside(evaluation):
            return Point(x, nan, nan)
        evaluation.sweep()
        slope = variable.grad
        if not isfinite(slope):
            slope = evaluation.gradients()[self._name]
        return Point(x, value, slope if abs(slope) < LARGE else nan)

    def _noise(self, there: Point) -> tuple[float, float]:
        """How far rounding may move value and slope: as far as they do when every step is perturbed by some ulps."""
        evaluation, state, value, slope = self._evaluation, 0, 0.0, 0.0
        self._variable.data = there.x
        for _ in range(2):
            state = perturb_all(evaluation.nodes, state)
            evaluation.sweep()
            value = max(value, abs(evaluation.root.data - there.value), key=_worst)
            slope = max(slope, abs(self._variable.grad - there.slope), key=_worst)
        return _worst(value), _worst(slope) if there.slope == there.slope else 0.0

    def _is_drowned(self, point: Point, width: float) -> bool:
        """Whether rounding hides what the value or the slope is, at the point that was computed last.

        Over the width of a piece it is first told from what the gradients make of it, which is quicker.
        """
        if not point.defined:
            return False
        most = max(self._views[0][2], _LOST * abs(point.value))
        steepest = max(self._views[1][2] / 4, _LOST * abs(point.slope))
        self._rough = rough = _ULPS * sum([abs(node.grad * node.data) for node in self._evaluation.nodes if node.args])
        if rough < 0.1 * min(most, steepest * width):
            return False
        value, slope = self._noise(point)
        return value > most or slope > steepest

    def place(self, span: Limits) -> float | None:
        """The place that a span is about, if it is so short as to be one."""
        low, high = span
        if high - low > _NEAR * self._width:
            return None
        return round(low + (high - low) / 2, max(-300, min(300, -ceil(log10(high - low))))) + 0.0

    # --- where to look closer --------------------------------------------------------------------------------------

    def _refine(self, grid: list[Point]) -> list[Point]:
        """The grid and points between, halving each piece until its middle is where its ends foretell."""
        found, spent = [*grid], [0] * self._cells
        queue = deque([(*pair, cell, True) for cell, pair in enumerate(pairwise(grid))])
        while queue:
            a, b, cell, first = queue.popleft()
            if not (a.defined or b.defined) or self._out_of_sight(a, b):
                continue
            x = a.x + (b.x - a.x) / 2
            close = self._close(x)
            if b.x - a.x <= close:
                self._suspects.append((a, b))
                continue
            if spent[cell] >= _PER_CELL or self._left <= 0:
                if not self.wild and (self.drowned or self._is_drowned(self.at(x), b.x - a.x)):
                    self.drowned = _over(self.drowned, a.x, b.x)
                    continue
                self.wild = _over(self.wild, a.x, b.x)
                if self._torn(a, b):
                    found.append(Point(x, nan, nan))
                continue
            spent[cell] += 1
            self._left -= 1
            middle = self.at(x)
            if first and a.defined != b.defined:  # often one point alone has no value, as 1/x at 0
                nearer = self.at(b.x - 0.75 * close if a.defined else a.x + 0.75 * close)
                middle = middle if self._is_drowned(nearer, close) else nearer
            elif self._is_drowned(middle, b.x - a.x):
                middle = self.at(a.x + 0.4 * (b.x - a.x))  # a step may be just there
                if self._is_drowned(middle, b.x - a.x):
                    self._suspects.append((a, b))
                    continue
            found.append(middle)
            if not (a.defined and b.defined and middle.defined and self._settled(a, middle, b)):
                queue += [(a, middle, cell, False), (middle, b, cell, False)]
        return found

    def _close(self, x: float) -> float:
        """How near to a break at x its neighbours come."""
        return max(_CLOSE * self._width, 4 * ulp(x))

    def _out_of_sight(self, a: Point, b: Point) -> bool:
        """Whether a piece is far above or below what will be seen, and goes to infinity at one of its ends at most."""
        low, high, _ = self._views[0]
        if a.value > high and b.value > high:
            return not a.slope > 0 > b.slope
        return a.value < low and b.value < low and not a.slope < 0 < b.slope

    def _settled(self, a: Point, middle: Point, b: Point) -> bool:
        """Whether the middle is as the ends foretell, with their slopes (cubic Hermite interpolation)."""
        h, (seen, slopes) = b.x - a.x, self._views
        if all([p.slope != p.slope for p in (a, middle, b)]):  # noqa: C419
            return abs(middle.value - (a.value + b.value) / 2) <= seen[2]
        value = (a.value + b.value) / 2 + h * (a.slope - b.slope) / 8
        slope = 1.5 * (b.value - a.value) / h - (a.slope + b.slope) / 4
        if a.value * a.slope > 0 > b.value * b.slope:  # it goes away from 0 on both sides: perhaps to infinity
            if (a.value > 0) != (b.value > 0):
                return False
            if not abs(middle.value - value) <= 0.01 * max(abs(a.value), abs(b.value)):
                return False
        rounding = max(4 * ulp(max(abs(a.value), abs(b.value))), self._rough)
        if abs(b.value - a.value) > max(1.5 * h * max(abs(a.slope), abs(b.slope)), 1e-6 * seen[2]) + rounding:
            return False  # steeper inside than at the ends
        off, change = 5 * slopes[2], abs(b.slope - a.slope)
        if change > off and abs(middle.value - value) > 0.06 * h * change + rounding:
            return False  # a kink just in the middle, where the slope is that of a parabola
        if not abs(middle.slope - (a.slope + b.slope) / 2) <= 0.25 * change + off:
            return False  # perhaps a kink
        if not abs(middle.slope - slope) <= 0.25 * max(abs(a.slope), abs(b.slope)) + off + rounding / h:
            return False  # perhaps an infinite slope
        return _fits((a.value, middle.value, b.value), value, seen, rounding) and _fits(
            (a.slope, middle.slope, b.slope), slope, slopes, rounding / h
        )

    def _torn(self, a: Point, b: Point) -> bool:
        """Whether a piece in which nothing settled had better not be joined."""
        if not (a.defined and b.defined):
            return True
        if a.value * a.slope > 0 > b.value * b.slope and (a.value > 0) != (b.value > 0):
            return True
        most = max(abs(a.slope), abs(b.slope), 0.0) * (b.x - a.x)
        return abs(a.value - b.value) > max(4 * most, self._views[0][2])

    # --- what is there ---------------------------------------------------------------------------------------------

    def _look(self) -> list[Point]:
        """See what is between points that are as close as can be, and yet not as they should be: a mark for each."""
        groups: list[tuple[Point, Point, list[float]]] = []  # from where to where, and what in it has no value
        for a, b in sorted(self._suspects, key=lambda pair: (pair[0].x, pair[1].x)):
            holes = [p.x for p in (a, b) if not p.defined]
            if groups and a.x - groups[-1][1].x <= self._bare:
                first, last, before = groups[-1]
                groups[-1] = first, max(last, b, key=lambda p: p.x), before + holes
            else:
                groups.append((a, b, holes))
        marks = []
        for index, (a, b, holes) in enumerate(groups):
            inside = sorted({x for x in holes if a.x < x < b.x})
            late = (index + 1) * _PER_LOOK > self._most
            if b.x - a.x > (4 * self._close(b.x) if late else 2 * self._width / self._cells):
                self.drowned = _over(self.drowned, a.x, b.x)
                self.breaks += [Break(x, "edge") for x in inside]
                marks += [Point(x, nan, nan) for x in inside]
                continue
            if late:
                self.wild = _over(self.wild, a.x, b.x)
                kind, x = "jump", _roundest(a.x, b.x)
            else:
                x = inside[0] if inside else _roundest(a.x, b.x)
                kind = self._kind(a, b, x, bool(inside))
                if not kind:
                    continue
                self.breaks.append(Break(x, kind))
                x = holes[0] if "edge" in kind and not inside else x  # not moved: the function may end at x
            value = nan if kind == "pole" or "edge" in kind else self.at(x).value
            marks.append(Point(x, value, nan))
        return marks

    def _kind(self, a: Point, b: Point, x: float, hole: bool) -> str:
        """The kind of break at x, which is between a and b; empty for none."""
        near = max(64 * self._close(x), b.x - a.x)
        sides = [self._side(x, sign, near) for end, sign in ((a, -1.0), (b, 1.0)) if end.defined]
        known = [side for side in sides if side]
        if any(value.endless for value, _ in known):
            return "pole"
        steep = any(slope.endless for _, slope in known)
        if len(sides) < 2:
            self._over |= abs(a.value if a.defined else b.value) > _OVER
            return "steep edge" if steep else "edge"
        if hole:
            return "edge"
        if len(known) < 2:
            return "steep" if steep else ""
        (left, left_slope), (right, right_slope) = known
        if abs(left.limit - right.limit) > left.unsure + right.unsure + self._views[0][2]:
            return "jump"
        if steep:
            return "steep"
        change = abs(left_slope.limit - right_slope.limit)
        return "kink" if change > left_slope.unsure + right_slope.unsure + self._views[1][2] else ""

    def _side(self, x: float, sign: float, near: float) -> tuple[_End, _End] | None:
        """What value and slope come to on one side of a break, as far as rounding shows it; None if it does not."""
        far = self._width / self._cells
        point = self.at(x + sign * near)
        while not point.defined or self._is_drowned(point, near):
            near *= 4
            if near > far:
                return None
            point = self.at(x + sign * near)
        points = [self.at(x + sign * near * 4**power) for power in range(_LOOK - 1, 0, -1)] + [point]
        noise = self._noise(point)
        ends = [_end([p[index] for p in points], noise[index - 1]) for index in (1, 2)]
        closest = self.at(x + sign * self._close(x)).value
        self.narrow |= ends[0].endless and abs(closest) < self._views[0][2]
        return ends[0], ends[1]

    def _rounded(self, x: float, digits: int = 9) -> float:
        """A place without the digits that say nothing."""
        return round(x, max(-300, min(300, digits - floor(log10(self._width))))) + 0.0

    def _prune(self, marks: list[Point]) -> list[Point]:
        """The points with a mark at each break and without the many that led there.

        Of these the last on each side stay, but not at a pole.
        """
        there = {mark.x for mark in marks}
        points = sorted([*[p for p in self.points if p.x not in there], *marks], key=lambda point: point.x)
        xs, gone, kept = [p.x for p in points], set(), {id(points[0]), id(points[-1])}
        kinds = dict(self.breaks)
        for mark in marks:
            kind = kinds.get(mark.x, "edge")
            around = self._bare if kind in ("pole", "steep", "steep edge") else _SEEN * self._width
            close = points[bisect_left(xs, mark.x - around) : bisect_right(xs, mark.x + around)]
            gone |= {id(p) for p in close}
            kept.add(id(mark))
            if kind != "pole":
                beside = _BESIDE * self._width if kind in ("jump", "kink") else 0.0
                sound = [p for p in close if p.slope == p.slope and abs(p.x - mark.x) >= beside]
                before = [p for p in sound if p.x <= mark.x]
                kept |= {id(p) for p in (*before[-1:], *sound[len(before) :][:1])}
        return [p for p in points if id(p) not in gone or id(p) in kept]

    def _gaps(self) -> list[Limits]:
        """Where there is no value, wider than a single place."""
        gaps: list[Limits] = []
        start: float | None = None
        for point in [*self.points, Point(inf, 0.0, 0.0)]:
            if not point.defined:
                start = point.x if start is None else start
                end = point.x
            elif start is not None:
                if end - start > _SEEN * self._width:
                    gaps.append((self._rounded(start), self._rounded(end)))
                start = None
        return gaps


def _view(numbers: Sequence[float], least: float = 0.0) -> _View:
    """About what will be seen of numbers, most of which are near each other, and a thousandth of that."""
    low, high = _robust(numbers, 0.0)
    if low == high:
        low, high = _robust(numbers, inf)
    size = high - low
    return low - 2 * size, high + 2 * size, max(_FINE * size, 1e-12 * max(abs(low), abs(high)), least)


def _wider(view: _View, span: Limits) -> _View:
    """The view, or where the axis will show more than that, what it shows."""
    if view[0] <= span[0] and span[1] <= view[1]:
        return view
    return *span, max(_FINE * (span[1] - span[0]), view[2])


def _clipped(number: float, view: _View) -> float:
    """The number, or where it is out of sight the end of the view."""
    return min(max(number, view[0]), view[1])


def _fits(numbers: tuple[float, float, float], foretold: float, view: _View, off: float) -> bool:
    """Whether the middle one is about where it was foretold, and about on the straight line between the others."""
    first, middle, last = (_clipped(number, view) for number in numbers)
    off += view[2]
    return abs(middle - _clipped(foretold, view)) <= off and abs(middle - (first + last) / 2) <= _BENT * off


def _end(numbers: list[float], noise: float) -> _End:
    """What a sequence, at distances that shrink by the same factor, comes to, if rounding moves it by so much."""
    steps = [second - first for first, second in pairwise(numbers) if first == first and second == second][-4:]
    if max([abs(step) for step in steps[-3:]], default=inf) <= noise:
        return _End(False, numbers[-1], noise)
    factors = [second / first for first, second in pairwise(steps) if first]
    if len(factors) < 3 or not 0 < max(factors) < 1.2 * min(factors):
        return _End(False, numbers[-1], max(map(abs, steps), default=inf))
    if factors[-1] > _SHRINKS:
        return _End(True, nan, inf)
    rest = steps[-1] * factors[-1] / (1 - factors[-1])  # of a geometric series
    return _End(False, numbers[-1] + rest, 0.1 * abs(rest) + noise)


def _worst(number: float) -> float:
    """The number; where it is none, as a perturbation may leave a domain, infinity."""
    return number if number == number else inf


def _over(span: Limits | None, low: float, high: float) -> Limits:
    """The span, widened so that it holds another."""
    return (low, high) if span is None else (min(span[0], low), max(span[1], high))


def _roundest(low: float, high: float) -> float:
    """The number of fewest decimals between two, or about halfway."""
    middle = low + (high - low) / 2
    first = -ceil(log10(max(abs(low), abs(high))))
    for digits in range(max(first, -300), min(first + 17, 300)):
        rounded = round(middle, digits) + 0.0
        if low <= rounded <= high:
            return rounded
    return middle


def _robust(numbers: Iterable[float], more: float) -> Limits:
    """Where the middle four fifths of the numbers are, and `more` of that on both sides."""
    ordered = sorted([number for number in numbers if number == number])
    if not ordered:
        return 0.0, 0.0
    low, high = ordered[len(ordered) // 10], ordered[-1 - len(ordered) // 10]
    room = more * (high - low) if low < high else more
    return max(ordered[0], low - room), min(ordered[-1], high + room)


def limits(numbers: Iterable[float], even: Iterable[float], endless: bool, least: float = 0.0) -> Limits:
    """What an axis should show: all the numbers or, where they are `endless`, most of those at `even` distances.

    Numbers that differ by less than `least` are seen as one.
    """
    finite = [number for number in numbers if number == number] or [0.0]
    low, high = min(finite), max(finite)
    if endless:
        inner = _robust(even, 1.0)
        if inner[0] < inner[1]:
            low, high = inner
    room = 0.04 * (high - low) if high - low > least else 0.5 * max(abs(low), abs(high)) or 1.0
    return low - room, high + room
