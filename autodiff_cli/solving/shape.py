"""The shape of a function of one variable along a range: its seams, and between them zeros, slopes and bends, proven.

Between two neighbouring seams (see `seams`) the function is smooth, so that zeros, stationary points and points where
the second derivative is 0 are roots, which interval Newton finds all (see `line`). What the function comes to at a
seam is read off its expansions on both sides (see `beside`).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from itertools import pairwise
from math import inf, isfinite, nextafter
from typing import Any

from flint import arb, fmpq

from autodiff_cli.engine.expression import NamedGraph
from autodiff_cli.engine.graph import forward, toposort
from autodiff_cli.engine.value import Value
from autodiff_cli.errors import AutodiffError
from autodiff_cli.exact.balls import Balls, exactly
from autodiff_cli.solving.beside import Beside
from autodiff_cli.solving.expansions import Endless, Expansion, Germ, UnresolvedError, approach, slope_beside
from autodiff_cli.solving.far import BallGraph, is_finite
from autodiff_cli.solving.line import Root, RootFinder, nearest
from autodiff_cli.solving.seams import Interner, Seam, seams, smooth
from autodiff_cli.symbolic.derive import Derivation

_BITS = 256
_MOST_STEPS = 400  # whole numbers in a range at which steps are looked at
_TURNS = 3  # of derivatives, to show that there are no zeros far out
_FARTHEST = 1e9  # where the last zero may be

Span = tuple[float, float]
Leaves = Mapping[Value, Any]


class SeamKind(StrEnum):
    """What is at a seam."""

    POLE = "pole"
    HOLE = "hole"  # no value, and one that would close it
    JUMP = "jump"
    KINK = "kink"
    STEEP = "infinite slope"
    EDGE = "edge"  # of the domain
    SMOOTH = "smooth"
    OPEN = "undecided"


@dataclass(slots=True)
class Place:
    """A point of the variable: its ball, its float, and its rational where it is known to be one."""

    ball: Any
    x: float
    exact: Any = None
    zeros: set[Value] = field(default_factory=set)  # nodes that are 0 there
    within: float = 0.0


@dataclass(slots=True)
class SeamPoint:
    """A seam: how the function goes on both sides, None where it has no value or that is not known."""

    place: Place
    kind: SeamKind
    left: Germ | None
    right: Germ | None
    value: Any = None  # the ball of the value there, None where there is none


@dataclass(slots=True)
class Stretch:
    """From one end to the other the sign of a derivative is the same; None where it is not known."""

    low: Place
    high: Place
    sign: int | None


@dataclass(slots=True)
class Piece:
    """A smooth part between two seams, with its roots and the signs between them."""

    low: Place
    high: Place
    zeros: list[Place] = field(default_factory=list)
    turns: list[Place] = field(default_factory=list)
    bends: list[Place] = field(default_factory=list)
    slopes: list[Stretch] = field(default_factory=list)
    curves: list[Stretch] = field(default_factory=list)
    vanishes: bool = False  # it is 0 all along
    root: Value | None = None


@dataclass(slots=True)
class Shape:
    """What was found."""

    seams: list[SeamPoint] = field(default_factory=list)
    pieces: list[Piece] = field(default_factory=list)
    undecided: dict[str, list[Span]] = field(default_factory=dict)
    far: dict[int, Germ | None] = field(default_factory=dict)  # towards infinity, by its sign

    def open(self, what: str, spans: Sequence[Span]) -> None:
        """Note where something is undecided."""
        if spans:
            self.undecided.setdefault(what, []).extend(spans)


class CurveShape:
    """A function along one variable, the others fixed."""

    def __init__(self, graph: NamedGraph, variable: Value, fixed: Leaves) -> None:
        self.variable, self._fixed = variable, fixed
        self._interner = Interner()
        self._source = graph
        self.root = self._interner.of(graph.root)
        self.graph = self._graph(self.root)
        self._balls = Balls(_BITS)
        self._at = BallGraph(self.graph, fixed, _BITS)
        self._seams = seams(self.root, self._interner)

    def _graph(self, root: Value) -> NamedGraph:
        steps = [node for node in toposort([root]) if node.args]
        return NamedGraph(self._source.source, root, steps, self._source.variables, {})

    def _finder(self, root: Value) -> RootFinder:
        return RootFinder(self._graph(root), root, self.variable, self._fixed)

    # --- the whole -------------------------------------------------------------------------------------------------

    def along(self, low: float, high: float) -> Shape:
        """The shape from one end to the other."""
        shape = Shape()
        places = self._places(low, high, shape)
        ends = [_end(low), *[place for place in places if low < place.x < high], _end(high)]
        beside = {sign: self._beside(self.root).far(self.variable, sign)[self.root] for sign in (-1, 1)}
        shape.far = beside
        for first, last in pairwise(ends):
            piece = self._piece(first, last, shape)
            if piece:
                shape.pieces.append(piece)
        for place in places:
            seam = self._seam(place, shape.pieces)
            if seam:
                shape.seams.append(seam)
        return shape

    def _beside(self, root: Value) -> Beside:
        return Beside(self._balls, self._graph(root).nodes, self._fixed)

    # --- seams -----------------------------------------------------------------------------------------------------

    def _places(self, low: float, high: float, shape: Shape) -> list[Place]:
        """Where the function may be anything but smooth, each place once."""
        found: list[Place] = []
        for seam in self._seams:
            for node in self._nodes_of(seam, low, high, shape):
                roots = self._finder(node).roots(low, high)
                shape.open("seams", roots.undecided)
                found += [Place(root.ball, root.x, root.exact, {node}, root.within) for root in roots.found]
        merged: list[Place] = []
        for place in sorted(found, key=lambda place: place.x):
            if merged and _is_same(merged[-1], place):
                merged[-1].zeros |= place.zeros
                merged[-1].exact = place.exact if merged[-1].exact is None else merged[-1].exact
            else:
                merged.append(place)
        return merged

    def _nodes_of(self, seam: Seam, low: float, high: float, shape: Shape) -> list[Value]:
        """The nodes whose zeros are those of a seam: of floor(x) from 0 to 2 they are x, x - 1 and x - 2."""
        if not seam.at_whole_numbers:
            return [seam.node]
        number = self._finder(seam.node).values(arb(low).union(arb(high)))[seam.node]
        if is_finite(number):
            ends = [arb(number).lower().floor().unique_fmpz(), arb(number).upper().ceil().unique_fmpz()]
            if None not in ends and ends[1] - ends[0] <= _MOST_STEPS:
                counts = range(int(ends[0]), int(ends[1]) + 1)
                return [self._interner.formula(f"x - {count}", ("x",), (seam.node,)) for count in counts]
        shape.open("seams", [(low, high)])
        return []

    def _seam(self, place: Place, pieces: Sequence[Piece]) -> SeamPoint | None:
        """What is at a place; None where nothing is: the function is smooth there, or has no value around it."""
        left = next((piece for piece in pieces if piece.high is place), None)
        right = next((piece for piece in pieces if piece.low is place), None)
        if left is None and right is None:
            return None
        at = place.exact if place.exact is not None else place.ball
        germs = {}
        for side, piece in ((-1, left), (1, right)):
            if piece and piece.root:
                beside = self._beside(piece.root)
                germs[side] = beside.at(self.variable, at, side, place.zeros)[piece.root]
        value = self._value(place)
        point = SeamPoint(place, SeamKind.OPEN, germs.get(-1), germs.get(1), value)
        point.kind = self._kind(point, left, right)
        return None if point.kind is SeamKind.SMOOTH else point

    def _value(self, place: Place) -> Any:
        """The value at a place; None where there is none, or where it is not known."""
        found = self.value_at(place)
        return found

    def value_at(self, place: Place) -> Any:
        """The ball of the value; None where there is none, or where it is not known."""
        with self._balls:
            number = self._at.values({self.variable: place.exact if place.exact is not None else place.ball})[self.root]
        return arb(number) if is_finite(number) else None

    def _kind(self, point: SeamPoint, left: Piece | None, right: Piece | None) -> SeamKind:
        sides = [germ for germ, piece in ((point.left, left), (point.right, right)) if piece]
        if any(map(_is_infinite, sides)):
            return SeamKind.POLE
        if None in sides or not all(isinstance(germ, Expansion) and germ.is_finite for germ in sides):
            return SeamKind.EDGE if len(sides) == 1 else SeamKind.OPEN
        if len(sides) == 1:
            return SeamKind.EDGE
        return self._meeting(point)

    def _meeting(self, point: SeamPoint) -> SeamKind:
        """Of two sides with limits."""
        left, right = point.left, point.right
        assert isinstance(left, Expansion) and isinstance(right, Expansion)  # noqa: S101 - by `_kind`
        with self._balls:
            apart = arb(right.limit) - arb(left.limit)
            if not apart.contains(0):
                return SeamKind.JUMP
            if point.value is None:
                return SeamKind.HOLE
            if not (point.value - arb(left.limit)).contains(0):
                return SeamKind.JUMP
            slopes = slope_beside(left), slope_beside(right)
            if None in slopes:
                return SeamKind.OPEN
            falls, rises = (arb(slope) for slope in slopes)
            if not (falls.is_finite() and rises.is_finite()):
                is_cusp = not (falls < 0 < rises or rises < 0 < falls)
                return SeamKind.KINK if is_cusp else SeamKind.STEEP
            return SeamKind.SMOOTH if (falls + rises).contains(0) else SeamKind.KINK

    # --- between two seams -----------------------------------------------------------------------------------------

    def _piece(self, low: Place, high: Place, shape: Shape) -> Piece | None:
        """The part between two places; None where the function has no value there."""
        middle = _between(low, high)
        with self._balls:
            values = self._at.values({self.variable: middle})
            if not is_finite(values[self.root]):
                if self._at.balls.violation(self.graph, values) is None:
                    shape.open("seams", [(low.x, high.x)])
                return None
            try:
                root = smooth(self.root, values, self._interner)
            except UnresolvedError:
                shape.open("seams", [(low.x, high.x)])
                return None
        piece = Piece(low, high, root=root)
        self._fill(piece, root, shape)
        return piece

    def _fill(self, piece: Piece, root: Value, shape: Shape) -> None:
        found, undecided = self._roots(root, piece)
        if found is None:
            piece.vanishes = True
        else:
            piece.zeros = found
        shape.open("zeros", undecided)
        derivation = Derivation(root, exact=True)
        for order, what in ((1, "extrema"), (2, "inflections")):
            try:
                derivative = self._interner.of(derivation.by((self.variable,) * order))
            except AutodiffError:
                shape.open(what, [(piece.low.x, piece.high.x)])
                continue
            places, open_ = self._roots(derivative, piece)
            shape.open(what, open_)
            stretches = self._stretches(derivative, piece, places, open_)
            if order == 1:
                piece.turns, piece.slopes = places or [], stretches
            else:
                piece.bends, piece.curves = places or [], stretches

    def _roots(self, root: Value, piece: Piece) -> tuple[list[Place] | None, list[Span]]:
        """The zeros of a node inside of a piece, None where it is 0 all along; and where there may be others."""
        if not root.requires_grad:
            return (None if root.data == 0 else []), []
        low, high = piece.low, piece.high
        finder = self._finder(root)
        found = finder.roots(_outwards(low, -inf), _outwards(high, inf))
        if found.everywhere:
            return None, []
        inside = [one for one in found.found if _is_inside(one.ball, low, high)]
        undecided = [span for span in found.undecided if _is_open(span, low, high)]
        return [Place(one.ball, one.x, one.exact, set(), one.within) for one in inside], undecided

    def _stretches(
        self, root: Value, piece: Piece, places: list[Place] | None, undecided: Sequence[Span]
    ) -> list[Stretch]:
        """The signs of a node between its zeros."""
        if places is None:
            return [Stretch(piece.low, piece.high, 0)]
        finder = self._finder(root) if root.requires_grad else None
        found = []
        for low, high in pairwise([piece.low, *places, piece.high]):
            is_known = not any(span[0] < high.x and low.x < span[1] for span in undecided)
            sign = None
            if finder is None:
                sign = 1 if root.data > 0 else -1
            elif is_known:
                sign = finder.sign(root, _between(low, high))
            found.append(Stretch(low, high, sign))
        return found


def _end(x: float) -> Place:
    return Place(arb(x), x, exactly(x))


def _is_same(a: Place, b: Place) -> bool:
    """Whether two places are one, as far as their balls show."""
    if a.exact is not None and b.exact is not None:
        return bool(a.exact == b.exact)
    return bool(a.ball.overlaps(b.ball))


def _between(low: Place, high: Place) -> Any:
    """A rational between two places."""
    return (exactly(low.x) + exactly(high.x)) / 2 if low.x < high.x else low.ball


def _outwards(place: Place, to: float) -> float:
    """The float of a place, or the next one where it is rounded inwards."""
    return place.x if place.exact is not None and place.exact == exactly(place.x) else nextafter(place.x, to)


def _is_inside(ball: Any, low: Place, high: Place) -> bool:
    return not (ball.overlaps(low.ball) or ball.overlaps(high.ball)) and bool(low.ball < ball < high.ball)


def _is_open(span: Span, low: Place, high: Place) -> bool:
    """Whether an undecided interval is in a piece; one that is nothing but a seam is not."""
    return span[1] > low.x and span[0] < high.x


def _is_infinite(germ: Germ | None) -> bool:
    if isinstance(germ, Endless):
        return True
    if not isinstance(germ, Expansion) or not germ.terms:
        return False
    return germ.lead < (0, 0)
