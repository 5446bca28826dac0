"""The least value over a whole box, with all points where it is: branch and bound over intervals.

The box is taken apart into its corners, edges, faces and inside, so that a least point of each has slope 0 along it. A
piece is left out where its values lie above one that is reached, by the intervals, the mean value form or Taylor's of
second order; where a slope is nowhere 0; where a second derivative is below 0 all over; or where Newton's steps over
intervals (Krawczyk 1969) show that the slopes are nowhere 0 at once. Else it shrinks by these steps, or is halved
(Hansen and Walster, Global Optimization Using Interval Analysis, 2004, chapter 12). What is left is a point where the
slopes are 0, proven over balls to be there and alone, or a piece too small to be told.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from math import inf
from typing import Any, NamedTuple

import numpy as np

from autodiff_cli.engine.expression import NamedGraph
from autodiff_cli.engine.value import Value
from autodiff_cli.exact.ball_graph import BallGraph
from autodiff_cli.exact.balls import exactly
from autodiff_cli.exact.far import is_finite
from autodiff_cli.exact.hulls import as_ball, down, hull
from autodiff_cli.exact.simplest import simplest
from autodiff_cli.rules.kernels.intervals import Array, Mask
from autodiff_cli.solving.interval_graph import DerivativeBounds, OverBoxes
from autodiff_cli.solving.krawczyk import System, SystemRoot
from autodiff_cli.solving.narrowing import below_by_second, below_by_slopes, newton, steps
from autodiff_cli.solving.pieces import CUT, Box, joined

_BITS = 256
_AT_ONCE = 1024  # pieces that are looked at together
_SAMPLES = 400  # where values are tried first
_DESCENTS, _MORE_DESCENTS = 5, 40  # from the best of them; from better ones that turn up
_CLOSE = 1e-9  # of the least value, or absolutely: between its bounds, where it is as good as known
_AFTER = 20_000  # pieces that are looked at, once it is
_FINE = 1e-12  # of the range: the width of a piece that is not halved any more
_REGULAR = 0.7  # at most: how far slopes turn over a piece that Newton's steps may settle
_SHRUNK = 0.5  # of its size: a piece that has become so small is not halved
_WIDER = 0.6  # of its width: how far around its middle a piece is tried
_JOINED = 300  # pieces at most that are joined one by one

Descent = Callable[[Array], Array]


class LeastPoint(NamedTuple):
    """A point where the least value may be: of those near it the only one where the slopes are 0 that are not held."""

    point: tuple[float, ...]
    root: SystemRoot
    value: Any  # its ball
    held: tuple[int, ...]  # -1 or 1 for a variable at an end of its range, else 0


@dataclass(slots=True)
class Least:
    """The least value lies between two numbers. It is at some of the points, or in one of the pieces that are left."""

    low: float = -inf
    high: float = inf
    best: tuple[float, ...] = ()  # where a value at most `high` is
    value: Any = None  # its ball
    points: list[LeastPoint] = field(default_factory=list)
    left: list[Box] = field(default_factory=list)
    pieces: int = 0

    @property
    def is_known(self) -> bool:
        """Whether the bounds of the value are as close as is worth anything."""
        return self.high - self.low <= _CLOSE * max(1.0, abs(self.high))


class _Pieces(NamedTuple):
    """Some boxes, one a row, with a bound below the values over each."""

    low: Array
    high: Array
    bound: Array

    def chosen(self, which: Any) -> "_Pieces":
        return _Pieces(self.low[which], self.high[which], self.bound[which])

    def joined(self, *others: "_Pieces") -> "_Pieces":
        return _Pieces(*[np.concatenate(parts) for parts in zip(self, *others, strict=True)])

    @property
    def least(self) -> float:
        return float(self.bound.min(initial=inf))

    @property
    def boxes(self) -> list[Box]:
        rows = zip(self.low.tolist(), self.high.tolist(), strict=True)
        return [tuple(zip(low, high, strict=True)) for low, high in rows]


class _Examined(NamedTuple):
    """Pieces after a look: which are kept, how far their slopes turn, how much the value changes along each side."""

    pieces: _Pieces
    kept: Mask
    turn: Array
    change: Array


class LeastSearch:
    """The search over a box. `descent` gives the end of a way down from a point, which need not be proven."""

    def __init__(
        self,
        graph: NamedGraph,
        variables: Sequence[Value],
        fixed: Mapping[Value, float],
        box: Box,
        descent: Descent,
    ) -> None:
        self.derivatives = DerivativeBounds(graph, variables, fixed)
        self.fixed = {variable: exactly(at) for variable, at in fixed.items()}
        self.low, self.high = (np.array(ends, float) for ends in zip(*box, strict=True))
        self.found = Least()
        self._descent, self._descents = descent, 0

    def run(self, most: int) -> Least:
        """Look at so many pieces, at most."""
        found = self.found
        with np.errstate(all="ignore"):
            self._sample()
            faces = sorted(product((0, -1, 1), repeat=len(self.low)), key=lambda held: held.count(0))
            bounds = [_Face(self, held).searched(most) for held in faces]
            found.left = _clusters(found.left)
            self._try_simple_points()
        self._sharpen()
        points = [one for one in found.points if not one.value > found.high]
        found.points = [*{one.point: one for one in sorted(points, key=lambda one: one.point)}.values()]
        found.low = min([*bounds, *[down(one.value) for one in found.points], found.high])
        if not found.points and not found.left:
            found.low = -inf  # there is no least value, as it seems
        return found

    def _sharpen(self) -> None:
        """Take the value at the best point in many digits."""
        graph = self.derivatives.graph
        given = dict(zip(self.derivatives.variables, map(exactly, self.found.best), strict=False))
        value = BallGraph(graph, self.fixed, _BITS).values(given)[graph.root] if given else None
        if given and is_finite(value):
            self.found.value = as_ball(value)
            self.found.high = min(self.found.high, -down(-self.found.value))

    def _try_simple_points(self) -> None:
        """Take the value at a simple point of each piece that is left: a kink is seldom elsewhere."""
        points = [[_simple(low, high) for low, high in box] for box in self.found.left]
        if points:
            self.reached(np.array(points), self.derivatives.at(np.array(points)))

    def _sample(self) -> None:
        """Take values all over the box, and go down from the best."""
        golden = _golden(len(self.low))
        strides = np.array([golden**-place for place in range(1, len(self.low) + 1)])
        points = self.low + (self.high - self.low) * ((np.arange(1, _SAMPLES + 1)[:, None] * strides) % 1.0)
        values = self.reached(points, self.derivatives.at(points))
        for place in np.argsort(values)[:_DESCENTS]:
            self._go_down(points[place])

    def reached(self, points: Array, known: OverBoxes) -> Array:
        """Bounds above the values at points, infinite where there is no value; the least of all is kept."""
        values = np.where(known.spread.defined & np.isfinite(known.value.high), known.value.high, inf)
        place = int(np.argmin(values))
        if values[place] < self.found.high or (values[place] == self.found.high and not points[place].any()):
            self.found.high, self.found.best = float(values[place]), tuple(points[place].tolist())
        return np.asarray(values)

    def passed(self, points: Array, known: OverBoxes) -> None:
        """Keep the best of these points, and go down from it where it is better than all before."""
        before = self.found.high
        self.reached(points, known)
        if self.found.high < before - _CLOSE * max(1.0, abs(before)) and self._descents < _MORE_DESCENTS:
            self._descents += 1
            self._go_down(np.array(self.found.best))

    def _go_down(self, point: Array) -> None:
        end = np.clip(self._descent(point), self.low, self.high)[None, :]
        self.reached(end, self.derivatives.at(end))


class _Face:
    """The search over the inside of the box or one of its faces: `held` has -1 or 1 for a variable at an end."""

    def __init__(self, search: LeastSearch, held: tuple[int, ...]) -> None:
        self._search, self._held = search, held
        self._free = [place for place, side in enumerate(held) if not side]
        sides = np.array(held)
        low, high = np.where(sides > 0, search.high, search.low), np.where(sides < 0, search.low, search.high)
        self._waiting = _Pieces(low[None, :], high[None, :], np.array([-inf]))
        self._left = self._waiting.chosen([False])
        self._width = search.high - search.low
        self._system = self._made()

    def _made(self) -> System:
        """The equations of the slopes that are 0 here."""
        search, free = self._search, self._free
        derivatives = search.derivatives
        variables = derivatives.variables
        ends = {-1: search.low, 1: search.high}
        held = {place: float(ends[side][place]) for place, side in enumerate(self._held) if side}
        fixed = search.fixed | {variables[place]: exactly(end) for place, end in held.items()}
        equations = [derivatives.partials[place] for place in free]
        return System(derivatives.graph, equations, [variables[place] for place in free], fixed)

    def searched(self, most: int) -> float:
        """Go through it; the bound below what is left."""
        found, after = self._search.found, 0
        most = max(most, found.pieces + 1)
        while len(self._waiting.bound) and found.pieces < most and after < _AFTER and self._left.least > -inf:
            width = (self._waiting.high - self._waiting.low).max(axis=1)
            order = np.lexsort((width, self._waiting.bound))  # of those without a bound the least, which will have none
            batch, self._waiting = self._waiting.chosen(order[:_AT_ONCE]), self._waiting.chosen(order[_AT_ONCE:])
            found.pieces += len(batch.bound)
            self._go_on(batch)
            least = min(self._waiting.least, self._left.least)
            after += len(batch.bound) * bool(found.high - least <= _CLOSE * max(1.0, abs(found.high)))
        left = self._left.joined(self._waiting)
        left = left.chosen(left.bound <= found.high)
        found.left += left.boxes
        return left.least

    def _go_on(self, batch: _Pieces) -> None:
        """Leave pieces out, settle them, or shrink and halve them."""
        look = self._looked(batch)
        if not self._free:
            self._settle_corner(look)
            return
        is_regular = look.kept & (look.turn < _REGULAR)
        is_open = look.kept & ~self._settled(look, is_regular)
        before, after = (np.prod((some.high - some.low)[:, self._free], axis=1) for some in (batch, look.pieces))
        is_halved = is_open & ~(after < _SHRUNK * before)
        halves = self._halves(look.pieces.chosen(is_halved), look.change[is_halved])
        new = halves.joined(look.pieces.chosen(is_open & ~is_halved))
        is_fine = ((new.high - new.low) <= _FINE * self._width).all(axis=1)
        self._left = self._left.joined(new.chosen(is_fine))
        self._waiting = self._waiting.joined(new.chosen(~is_fine))
        self._waiting = self._waiting.chosen(self._waiting.bound <= self._search.found.high)

    # --- a look at many pieces ---------------------------------------------------------------------------------------

    def _looked(self, batch: _Pieces) -> _Examined:
        """What is known of pieces by the intervals over them, with a little around, and by their middles."""
        search = self._search
        low = np.maximum(np.nextafter(batch.low, -inf), search.low)
        high = np.minimum(np.nextafter(batch.high, inf), search.high)
        middle = np.clip(low + (high - low) / 2, batch.low, batch.high)
        known, at = search.derivatives.over(low, high), search.derivatives.at(middle)
        search.passed(middle, at)
        has_slopes = known.has_slopes
        is_smooth = has_slopes & known.has_second(self._free)
        h = steps(middle, low, high)
        bound = np.maximum(batch.bound, known.value.low)
        bound = np.maximum(bound, below_by_slopes(at, known, h, self._free))
        bound = np.maximum(bound, below_by_second(at, known, h, self._free))
        kept = ~known.spread.outside & (bound <= search.found.high)
        kept &= ~(has_slopes & self._is_steep(known)) & ~(is_smooth & self._is_turned(known))
        image = newton(at, known, middle, low, high, self._free)
        shrunk_low, shrunk_high = low.copy(), high.copy()
        free = np.ix_(np.flatnonzero(is_smooth), np.array(self._free, int))
        shrunk_low[free] = np.maximum(low[free], image.low[is_smooth])
        shrunk_high[free] = np.minimum(high[free], image.high[is_smooth])
        kept &= (shrunk_low <= shrunk_high).all(axis=1)
        for place, side in enumerate(self._held):
            if side:
                shrunk_low[:, place], shrunk_high[:, place] = batch.low[:, place], batch.high[:, place]
        sizes = np.stack([slope.size for slope in known.slopes], axis=1)
        change = np.where(has_slopes[:, None], sizes, 1 / self._width) * (high - low)
        return _Examined(_Pieces(shrunk_low, shrunk_high, bound), kept, np.where(is_smooth, image.turn, inf), change)

    def _is_steep(self, known: OverBoxes) -> Mask:
        """Whether there is no least point by the slopes: one is nowhere 0, or the value falls away from an end."""
        found = np.zeros(len(known.value.low), bool)
        for slope, side in zip(known.slopes, self._held, strict=True):
            found |= (slope.low > 0) if side == 1 else (slope.high < 0) if side == -1 else ~slope.contains(0)
        return found

    def _is_turned(self, known: OverBoxes) -> Mask:
        """Whether a second derivative is below 0 all over."""
        found = np.zeros(len(known.value.low), bool)
        for place in self._free:
            found |= known.second_by(place, place).high < 0
        return found

    def _halves(self, pieces: _Pieces, change: Array) -> _Pieces:
        """Two pieces of each, cut across the side along which the value changes most."""
        width = (pieces.high - pieces.low) / self._width
        score = np.where(width <= _FINE, -1.0, change + 1e-3 * width * change.max(axis=1, initial=0.0)[:, None])
        score = np.where(width <= _FINE, -1.0, np.where(score.max(axis=1)[:, None] > 0, score, width))
        sides = np.argmax(score, axis=1)
        rows = np.arange(len(sides))
        cut = pieces.low[rows, sides] + (pieces.high - pieces.low)[rows, sides] * CUT
        below, above = pieces.high.copy(), pieces.low.copy()
        below[rows, sides] = above[rows, sides] = cut
        return pieces._replace(high=below).joined(pieces._replace(low=above))

    # --- pieces that are settled -------------------------------------------------------------------------------------

    def _settled(self, look: _Examined, is_regular: Mask) -> Mask:
        """Which of the regular pieces are settled: there is one point where the slopes are 0, or none."""
        settled = np.zeros(len(is_regular), bool)
        rows = np.flatnonzero(is_regular)
        if not len(rows):
            return settled
        rows = rows[np.argsort(look.pieces.bound[rows], kind="stable")]
        pieces = look.pieces.chosen(rows)
        middle = pieces.low + (pieces.high - pieces.low) / 2
        away = (pieces.high - pieces.low) * _WIDER + 8 * np.spacing(abs(middle))
        away[:, [place for place, side in enumerate(self._held) if side]] = 0
        low, high = middle - away, middle + away
        known, at = self._search.derivatives.over(low, high), self._search.derivatives.at(middle)
        image = newton(at, known, middle, low, high, self._free)
        is_smooth = known.has_slopes & known.has_second(self._free)
        inner_low, inner_high = low[:, self._free], high[:, self._free]
        is_one = is_smooth & ((image.low > inner_low) & (image.high < inner_high)).all(axis=1)
        is_none = is_smooth & ((image.low > inner_high) | (image.high < inner_low)).any(axis=1)
        settled[rows] = is_none
        for place in np.flatnonzero(is_one):
            if not settled[rows[place]]:
                ends = low[place], high[place]
                self._add(pieces.chosen([place]), (image.low[place] + image.high[place]) / 2)
                settled |= _within(look.pieces, *ends)
                self._waiting = self._waiting.chosen(~_within(self._waiting, *ends))
                settled[rows[place]] = True
        return settled

    def _add(self, piece: _Pieces, start: Array) -> None:
        """Add the only point of a piece, unless it is outside of the box; the piece, where balls do not find it."""
        search = self._search
        root = self._system.near(start.tolist())
        if root is None:
            self._left = self._left.joined(piece)
            return
        ends = [hull(search.low[place], search.high[place]) for place in self._free]
        if all(ball.overlaps(end) for ball, end in zip(root.balls, ends, strict=True)):
            self._keep(root, piece)

    def _settle_corner(self, look: _Examined) -> None:
        """Add the only point of a corner."""
        if look.kept.all():
            self._keep(SystemRoot((), 0.0, ()), look.pieces)

    def _keep(self, root: SystemRoot, piece: _Pieces) -> None:
        """Add a point with its value, once; the piece, where it has none."""
        search = self._search
        value = self._system.values(root.balls)[search.derivatives.graph.root]
        if not is_finite(value):
            self._left = self._left.joined(piece)
            return
        points = [one for one in search.found.points if one.held == self._held]
        if any(root.overlaps(one.root) for one in points):
            return
        ball = as_ball(value)
        at = iter(root.point)
        ends = {-1: search.low, 1: search.high}
        point = [float(ends[side][place]) if side else next(at) for place, side in enumerate(self._held)]
        search.found.points.append(LeastPoint(tuple(point), root, ball, self._held))
        above = -down(-ball)
        if above < search.found.high:
            search.found.high, search.found.best = above, tuple(point)


def _within(pieces: _Pieces, low: Array, high: Array) -> Mask:
    """Which pieces lie in a box."""
    return np.asarray(((pieces.low >= low) & (pieces.high <= high)).all(axis=1))


def _golden(count: int) -> float:
    """The number above 1 whose powers are spread most evenly in so many dimensions: x^(n + 1) = x + 1."""
    number = 2.0
    for _ in range(60):
        number = (1 + number) ** (1 / (count + 1))
    return number


def _simple(low: float, high: float) -> float:
    found = simplest(low, high)
    return min(max(int(found.p) / int(found.q), low), high)


def _clusters(boxes: list[Box]) -> list[Box]:
    """Boxes that touch as one; of very many the one around all."""
    if len(boxes) <= _JOINED:
        return joined(boxes)
    sides = zip(*boxes, strict=True)
    return [tuple([(min(low for low, _ in side), max(high for _, high in side)) for side in map(list, sides)])]
