"""A function of one variable and its slope at points close enough together to draw; finds where it breaks."""

from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Iterable, Sequence
from itertools import pairwise
from math import floor, inf, isfinite, log10, nan, sqrt, ulp
from typing import NamedTuple

from autodiff_cli.errors import AutodiffError
from autodiff_cli.examine import check_domains
from autodiff_cli.expression import Expression
from autodiff_cli.value import forward, sweep

CELLS = 200  # pieces of the range to begin with
_STEPS, _EACH = 2_000_000, 32  # forward steps in all, and evaluations for each piece, that may be made
_PER_CELL = 300  # evaluations in one piece, before it counts as one where nothing settles
_FINE = 2e-3  # of what is seen: how near a value must be to what its neighbours foretell
_BENT = 10  # times that, how far the middle may be from the straight line that is drawn
_CLOSE = 2.0**-34  # of the range: how near to a break its neighbours come
_BARE = 1e-6  # of the range: around a break no more points than needed
_BESIDE = 1e-9  # of the range: nearer to a jump or kink may be the place itself, with a convention of its own
_SEEN = 1e-4  # of the range: a gap that is worth a word
_KINDS = ("kink", "steep", "edge", "steep edge", "jump", "pole")  # that which says most comes last
_LARGE = 1e300  # beyond, differences leave the range of floats
_OVER = 1e250  # a curve that ends so high became too large: there need not be a pole

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


class Curve:
    """An expression along one variable, the others fixed as they are set.

    `points` go from the low end to the high one; between two that have values the curve may be joined. `breaks` are
    where it may not, or has no slope; `gaps` where it has no value. From one end of `wild` to the other there are
    places in which it changes too fast to follow.
    """

    def __init__(self, expression: Expression, name: str, low: float, high: float, cells: int = CELLS) -> None:
        self._expression, self._variable = expression, expression.variables[name]
        self._name, self._width, self._bare = name, high - low, _BARE * (high - low)
        self._most = max(40, min(_EACH * cells, _STEPS // (len(expression.nodes) + 1)))
        self._cells = n = min(cells, self._most // 4)
        xs = {low * ((n - i) / n) + high * (i / n) for i in range(n + 1)}  # fewer, where floats are few
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
        self.breaks: list[Break] = []
        self._endless = [False, False]  # whether the value, and the slope, goes to infinity somewhere
        self._suspects: list[tuple[tuple[int, float], Point]] = []  # where they may be: its kind and how clear it is
        self._left = self._most - self._cells
        self.points = self._refine(self._grid)
        self.points = self._prune(self._agree())
        self.gaps = self._gaps()
        value, slope = (bool(self.wild) or endless for endless in self._endless)
        values = [p.value for p in self.points], [p.value for p in self._grid]
        slopes = [p.slope for p in self.points], [p.slope for p in self._grid]
        self.limits = limits(*values, value)
        self.slope_limits = limits(*slopes, slope)

    def at(self, x: float) -> Point:
        """Value and slope where the variable is x: the graph run forward, then the reverse sweep."""
        expression, variable = self._expression, self._variable
        variable.data = x
        forward(expression.nodes)
        value = expression.root.data
        if not abs(value) < _LARGE:
            return Point(x, nan, nan)
        if not all([isfinite(node.data) for node in expression.nodes]):  # noqa: C419 - faster
            try:
                check_domains(expression)
            except AutodiffError:
                return Point(x, nan, nan)
        for one in expression.variables.values():
            one.grad = 0.0
        sweep(expression.root)
        slope = variable.grad
        if not isfinite(slope):
            slope = expression.backward()[self._name]
        return Point(x, value, slope if abs(slope) < _LARGE else nan)

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
            close = max(_CLOSE * self._width, 4 * ulp(x))
            if b.x - a.x <= close:
                self._look(a, b, x)
                continue
            if first and a.defined != b.defined:  # often one point alone has no value, as 1/x at 0
                x = b.x - 0.75 * close if a.defined else a.x + 0.75 * close
            if spent[cell] >= _PER_CELL or self._left <= 0:
                low, high = self.wild or (a.x, b.x)
                self.wild = min(low, a.x), max(high, b.x)
                if self._torn(a, b):
                    found.append(Point(x, nan, nan))
                continue
            spent[cell] += 1
            self._left -= 1
            middle = self.at(x)
            found.append(middle)
            if not (a.defined and b.defined and middle.defined and self._settled(a, middle, b)):
                queue += [(a, middle, cell, False), (middle, b, cell, False)]
        return found

    def _out_of_sight(self, a: Point, b: Point) -> bool:
        """Whether a piece is far above or below what will be seen, and goes to infinity at one of its ends at most."""
        low, high, _ = self._views[0]
        if a.value > high and b.value > high:
            return not a.slope > 0 > b.slope
        return a.value < low and b.value < low and not a.slope < 0 < b.slope

    def _settled(self, a: Point, middle: Point, b: Point) -> bool:
        """Whether the middle is as the ends foretell, with their slopes (cubic Hermite interpolation)."""
        h, (seen, slopes) = b.x - a.x, self._views
        value = (a.value + b.value) / 2 + h * (a.slope - b.slope) / 8
        slope = 1.5 * (b.value - a.value) / h - (a.slope + b.slope) / 4
        if a.value * a.slope > 0 > b.value * b.slope:  # it goes away from 0 on both sides: perhaps to infinity
            if (a.value > 0) != (b.value > 0):
                return False
            if not abs(middle.value - value) <= 0.01 * max(abs(a.value), abs(b.value)):
                return False
        if abs(b.value - a.value) > max(1.5 * h * max(abs(a.slope), abs(b.slope)), 1e-6 * seen[2]):
            return False  # steeper inside than at the ends
        first, second, last = (_clipped(p.slope, slopes) for p in (a, middle, b))
        if not abs(second - (first + last) / 2) <= 0.25 * abs(last - first) + 5 * slopes[2]:
            return False  # perhaps a kink
        rounding = 4 * ulp(max(abs(a.value), abs(b.value)))
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

    def _look(self, a: Point, b: Point, x: float) -> None:
        """See what parts two points that are as close as can be, and yet not as they should be."""
        near, far = 64 * (b.x - a.x), max(self._width / self._cells, 64 * (b.x - a.x))
        sides = [
            [self.at(end.x + sign * distance) for distance in (far, sqrt(near * far), near)]
            for end, sign in ((a, -1.0), (b, 1.0))
            if end.defined
        ]
        value, steep = nan, any(_diverges([p.slope for p in side]) for side in sides)
        pole = any(_diverges([p.value for p in side]) for side in sides)
        self._endless = [self._endless[0] or pole, self._endless[1] or pole or steep]
        if pole and not (len(sides) < 2 and abs(sides[0][-1].value) > _OVER):
            kind = "pole"
        elif len(sides) < 2:
            kind = "edge"
        else:
            (_, left, closest_left), (_, right, closest_right) = sides
            apart = abs(closest_right.value - closest_left.value)
            if apart > max(0.5 * abs(right.value - left.value), _FINE * self._views[0][2]):
                kind = "jump"
            elif steep:
                kind, value = "steep", (a.value + b.value) / 2
            else:
                kind, value = "kink", (a.value + b.value) / 2
                change = abs(closest_right.slope - closest_left.slope)
                if not change > max(0.5 * abs(right.slope - left.slope), self._views[1][2]):
                    return  # only rounding
        if kind == "edge" and steep:
            kind = "steep edge"
        undefined = next((end.x for end in (a, b) if not end.defined), x)
        change = abs(b.value - a.value) if kind == "jump" else abs(b.slope - a.slope)
        found = change if kind in ("jump", "kink") else max(abs(a.slope), abs(b.slope))
        rank = (_KINDS.index(kind), found if found == found else inf)
        self._suspects.append((rank, Point(undefined, value, nan)))

    def _agree(self) -> list[Point]:
        """Of what was found in nearly the same place, the one that says most: a point each, and the breaks."""
        found = sorted(self._suspects, key=lambda suspect: suspect[1].x)
        best: list[tuple[tuple[int, float], Point]] = []
        for index, suspect in enumerate(found):
            if not index or suspect[1].x - found[index - 1][1].x > self._bare:
                best.append(suspect)
            elif suspect[0] > best[-1][0]:
                best[-1] = suspect
        self.breaks = [Break(self._rounded(mark.x), _KINDS[rank[0]]) for rank, mark in best]
        low, high = self._grid[0].x, self._grid[-1].x
        marks = []
        for (x, kind), (_, mark) in zip(self.breaks, best, strict=True):
            if "edge" not in kind:  # what is near an edge is not moved: it may be the last point that is
                mark = mark._replace(x=min(max(x, low), high))
            if mark.defined:
                mark = mark._replace(value=self.at(mark.x).value)
            marks.append(mark)
        return marks

    def _rounded(self, x: float) -> float:
        """A place without the digits that say nothing."""
        return round(x, max(-300, min(300, 9 - floor(log10(self._width))))) + 0.0

    def _prune(self, marks: list[Point]) -> list[Point]:
        """The points with a mark at each break and without the many that led there.

        Of these the last on each side stay, but not at a pole.
        """
        points = sorted([*self.points, *marks], key=lambda point: point.x)
        xs, gone, kept = [p.x for p in points], set(), {id(points[0]), id(points[-1])}
        for mark, (_, kind) in zip(marks, self.breaks, strict=True):
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


def _diverges(numbers: list[float]) -> bool:
    """Whether a sequence, at distances that shrink by the same factor, goes to infinity rather than to a limit."""
    first, second, third = numbers
    return abs(third - second) > max(0.9 * abs(second - first), 1e-6 * abs(second))


def _robust(numbers: Iterable[float], more: float) -> Limits:
    """Where the middle four fifths of the numbers are, and `more` of that on both sides."""
    ordered = sorted([number for number in numbers if number == number])
    if not ordered:
        return 0.0, 0.0
    low, high = ordered[len(ordered) // 10], ordered[-1 - len(ordered) // 10]
    room = more * (high - low) if low < high else more
    return max(ordered[0], low - room), min(ordered[-1], high + room)


def limits(numbers: Iterable[float], even: Iterable[float], endless: bool) -> Limits:
    """What an axis should show: all the numbers or, where they are `endless`, most of those at `even` distances."""
    finite = [number for number in numbers if number == number] or [0.0]
    low, high = min(finite), max(finite)
    if endless:
        inner = _robust(even, 1.0)
        if inner[0] < inner[1]:
            low, high = inner
    room = 0.04 * (high - low) or 0.5 * abs(high) or 1.0
    return low - room, high + room
