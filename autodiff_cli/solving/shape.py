"""The shape of a function of one variable along a range: its seams, and between them zeros, slopes and bends, proven.

Between two neighbouring seams (see `seams`) the function is smooth, so that zeros, stationary points and points where
the second derivative is 0 are roots, which interval Newton finds all (see `line`). What the function comes to at a
seam is read off its expansions on both sides (see `beside`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import chain, pairwise
from math import ceil, floor
from typing import Any

from flint import arb, fmpq

from autodiff_cli.engine.value import NAMED, Value
from autodiff_cli.errors import AutodiffError
from autodiff_cli.exact.ball_graph import BallGraph
from autodiff_cli.exact.far import is_finite
from autodiff_cli.exact.hulls import as_ball, hull
from autodiff_cli.exact.identity.decision import is_proven_0
from autodiff_cli.solving.beside import Beside
from autodiff_cli.solving.closed_forms import ClosedForm, closed_form, rational_form
from autodiff_cli.solving.expansions import Endless, Expansion, Germ, UnresolvedError, slope_beside
from autodiff_cli.solving.horizon import Horizon
from autodiff_cli.solving.one_variable import (
    AlongVariable,
    CurvePoint,
    Span,
    between,
    end_place,
    is_same_point,
    point_of,
)
from autodiff_cli.solving.piece_roots import PieceRoots
from autodiff_cli.solving.seams import SeamNode, choices, seams, smooth
from autodiff_cli.symbolic.derive import Derivation
from autodiff_cli.symbolic.formulas import tidy

_KINDS = ("zeros", "extrema", "inflections")  # by the order of the derivative
_MANY = 20  # undecided spans: so many zeros that derivatives are not looked at
_MOST_STEPS = 400  # whole numbers in a range at which steps are looked at


class JointKind(StrEnum):
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
class Joint:
    """A seam: how the function goes on both sides, None where it has no value or that is not known."""

    place: CurvePoint
    kind: JointKind
    left: Germ | None
    right: Germ | None
    value: Any = None  # the ball of the value there, None where there is none


@dataclass(slots=True)
class SignedSpan:
    """From one end to the other the sign of a derivative is the same; None where it is not known."""

    low: CurvePoint
    high: CurvePoint
    sign: int | None


@dataclass(slots=True)
class SmoothPiece:
    """A smooth part between two seams, with its roots and the signs between them; `root` is what it is there."""

    low: CurvePoint
    high: CurvePoint
    root: Value
    zeros: list[CurvePoint] = field(default_factory=list)
    turns: list[CurvePoint] = field(default_factory=list)
    bends: list[CurvePoint] = field(default_factory=list)
    slopes: list[SignedSpan] = field(default_factory=list)
    curves: list[SignedSpan] = field(default_factory=list)
    vanishes: bool = False  # it is 0 all along
    derivative: Value | None = None


@dataclass(slots=True)
class CurveFindings:
    """What was found."""

    seams: list[Joint] = field(default_factory=list)
    pieces: list[SmoothPiece] = field(default_factory=list)
    undecided: dict[str, list[Span]] = field(default_factory=dict)
    far: dict[int, Germ | None] = field(default_factory=dict)  # towards infinity, by its sign

    def open(self, what: str, spans: Sequence[Span]) -> None:
        """Note where something is undecided."""
        if spans:
            self.undecided.setdefault(what, []).extend(spans)


class CurveShape:
    """A function along one variable; the values that others are given are constants in its graph."""

    def __init__(self, root: Value, variable: Value, needed: Sequence[Value] = ()) -> None:
        self.variable = variable
        self._along = AlongVariable(variable)
        self._roots = PieceRoots(self._along)
        self.root = self._along.interner.of(root)
        self.graph = self._along.graph_of(self.root, [self._along.interner.of(node) for node in needed])
        self._at = BallGraph(self.graph, {}, self._along.balls.bits)
        self._seams = seams(self.root, self._along.interner, self.graph.needed)
        self._seams = [*dict.fromkeys([*self._seams, *self._seams_of_derivatives()])]

    def _seams_of_derivatives(self) -> list[SeamNode]:
        """Where a derivative may jump although the function has no kink."""
        derivation = Derivation(self.root, exact=True)
        try:
            made = [derivation.by((self.variable,) * order) for order in (1, 2)]
        except AutodiffError:
            return []
        return [seam for root in made for seam in choices(self._along.interner.of(root), self._along.interner)]

    # --- the whole -------------------------------------------------------------------------------------------------

    def along(self, low: float, high: float) -> CurveFindings:
        """The shape from one end to the other; at an end the function is taken to go no further."""
        shape = CurveFindings()
        places = self._places(low, high, shape)
        spans = shape.undecided.get("seams", [])
        for before, after in pairwise(_stops(places, {low, high, *chain.from_iterable(spans)}, low, high)):
            if not any(begin <= before.x and after.x <= end for begin, end in spans):
                piece = self._piece(before, after, shape)
                shape.pieces += [piece] if piece else []
        shape.seams = [seam for place in places if (seam := self._seam(place, shape.pieces))]
        shape.far = {sign: self._far(sign) for sign in (-1, 1)}
        return shape

    def _far(self, side: int) -> Germ | None:
        """How it goes towards infinity, where what it needs has a value there."""
        needed = [Beside(self._along.balls, node).far(self.variable, side) for node in self.graph.needed]
        return None if None in needed else Beside(self._along.balls, self.root).far(self.variable, side)

    def reach(self) -> float | None:
        """How far from 0 the last seam, zero, stationary point or bend is, at most; None where that is not known."""
        return Horizon(self._along, self.root, self._seams, self._at).reach()

    def form_of(self, place: CurvePoint) -> ClosedForm | None:
        """The closed form of a place, proven by a node that is 0 there."""
        return self._along.form_of(place)

    def value_at(self, place: CurvePoint) -> Any:
        """The ball of the value; None where there is none, or where it is not known."""
        number = self._at.values({self.variable: place.at})[self.root]
        return as_ball(number) if is_finite(number) else None

    def slope_at(self, piece: SmoothPiece, place: CurvePoint) -> Any:
        """The ball of the slope at a place in a piece; None where it is not known."""
        return None if piece.derivative is None else self._along.number_at(piece.derivative, place)

    def value_between(self, piece: SmoothPiece) -> Any:
        """The ball of a value in the middle of a piece."""
        return as_ball(self._at.values({self.variable: between(piece.low, piece.high)})[self.root])

    def has_even_domain(self, away: float) -> bool:
        """Whether the domain is the same on both sides of 0, so far away from it."""
        shape = CurveFindings()
        places = self._places(-away, away, shape)
        stops = [end_place(-away), *[place for place in places if abs(place.x) < away], end_place(away)]
        has = [self._has_value(between(low, high)) for low, high in pairwise(stops)]
        xs = [place.x for place in stops]
        return not shape.undecided and has == has[::-1] and all(a == -b for a, b in zip(xs, xs[::-1], strict=True))

    def _has_value(self, at: Any) -> bool:
        return is_finite(self._at.values({self.variable: at})[self.root])

    def form_of_value(self, place: ClosedForm, value: Any) -> ClosedForm | None:
        """The closed form of the value at a place that has one."""
        there = self._along.interner.of(self.root, {self.variable: place.graph})
        number = self._along.enclosure(there).values({})[there]
        if not is_finite(number):
            return None
        if isinstance(number, fmpq):
            return rational_form(number)
        if number.contains(0):
            return rational_form(fmpq(0)) if number == 0 or is_proven_0(there) else None
        with self._along.balls:
            return closed_form(value, lambda found: NAMED.formula("a - b", "a, b")(there, found))

    # --- seams -----------------------------------------------------------------------------------------------------

    def _places(self, low: float, high: float, shape: CurveFindings) -> list[CurvePoint]:
        """Where the function may be anything but smooth, each place once."""
        found: list[CurvePoint] = []
        for seam in self._seams:
            for node in self._nodes_of(seam, low, high, shape):
                roots = self._along.finder(node).roots(low, high)
                for span in roots.unsettled:
                    point = self._roots.touching(node, span)
                    found += [point] if point else []
                    shape.open("seams", [] if point else [span])
                found += [point_of(root, node) for root in roots.found]
        merged: list[CurvePoint] = []
        for place in sorted(found, key=lambda place: place.x):
            if merged and is_same_point(merged[-1], place):
                merged[-1].zeros |= place.zeros
                merged[-1].exact = place.exact if merged[-1].exact is None else merged[-1].exact
            else:
                merged.append(place)
        return merged

    def _nodes_of(self, seam: SeamNode, low: float, high: float, shape: CurveFindings) -> list[Value]:
        """The nodes whose zeros are those of a seam: of floor(x) from 0 to 2 they are x, x - 1 and x - 2."""
        if not seam.at_whole_numbers:
            return [seam.node]
        number = self._along.finder(seam.node).values(hull(low, high))[seam.node]
        if is_finite(number):
            counts = range(floor(float(arb(number).lower())), ceil(float(arb(number).upper())) + 1)
            if len(counts) <= _MOST_STEPS:
                return [self._along.interner.formula(f"x - {count}", ("x",), (seam.node,)) for count in counts]
        shape.open("seams", [(low, high)])
        return []

    def _seam(self, place: CurvePoint, pieces: Sequence[SmoothPiece]) -> Joint | None:
        """What is at a place; None where the function has no value around it."""
        left = next((piece for piece in pieces if piece.high is place), None)
        right = next((piece for piece in pieces if piece.low is place), None)
        if left is None and right is None:
            return None
        germs = [
            Beside(self._along.balls, piece.root).at(self.variable, place.at, side, place.zeros) if piece else None
            for side, piece in ((-1, left), (1, right))
        ]
        point = Joint(place, JointKind.OPEN, germs[0], germs[1], self.value_at(place))
        point.kind = self._kind(point, left, right)
        return point

    def _kind(self, point: Joint, left: SmoothPiece | None, right: SmoothPiece | None) -> JointKind:
        sides = [germ for germ, piece in ((point.left, left), (point.right, right)) if piece]
        if any(map(_is_infinite, sides)):
            return JointKind.POLE
        if None in sides or not all(isinstance(germ, Expansion) and germ.is_finite for germ in sides):
            return JointKind.EDGE if len(sides) == 1 else JointKind.OPEN
        if len(sides) == 1:
            return JointKind.EDGE
        return self._meeting(point)

    def _meeting(self, point: Joint) -> JointKind:
        """Of two sides with limits."""
        left, right = point.left, point.right
        if not (isinstance(left, Expansion) and isinstance(right, Expansion)):
            return JointKind.OPEN
        with self._along.balls:
            apart = arb(right.limit) - arb(left.limit)
            if not apart.contains(0):
                return JointKind.JUMP
            if point.value is None:
                return JointKind.HOLE
            if not (point.value - arb(left.limit)).contains(0):
                return JointKind.JUMP
            slopes = slope_beside(left), slope_beside(right)
            return JointKind.OPEN if None in slopes else _bend(*map(arb, slopes))

    # --- between two seams -----------------------------------------------------------------------------------------

    def _piece(self, low: CurvePoint, high: CurvePoint, shape: CurveFindings) -> SmoothPiece | None:
        """The part between two places; None where the function has no value there."""
        middle = between(low, high)
        with self._along.balls:
            values = self._at.values({self.variable: middle})
            if not is_finite(values[self.root]):
                if self._at.balls.violation(self.graph, values) is None:
                    shape.open("seams", [(low.x, high.x)])
                return None
            try:
                root = smooth(self.root, values, self._along.interner)
            except UnresolvedError:
                shape.open("seams", [(low.x, high.x)])
                return None
        piece = SmoothPiece(low, high, root)
        self._fill(piece, shape)
        return piece

    def _fill(self, piece: SmoothPiece, shape: CurveFindings) -> None:
        """Find the roots of a piece and of its derivatives, and the signs between them."""
        root = self._along.interner.of(tidy(piece.root))  # on a piece it is the same, with fewer zeros of divisors
        found, undecided = self._roots.inside(root, (piece.low, piece.high))
        piece.vanishes = found is None
        piece.zeros = found or []
        if len(undecided) > _MANY:
            for what in _KINDS:
                shape.open(what, undecided if what == "zeros" else [(piece.low.x, piece.high.x)])
            return
        derivation = Derivation(root, exact=True)
        for order, what in enumerate(_KINDS[1:], start=1):
            try:
                derivative = self._along.interner.of(derivation.by((self.variable,) * order))
                derivative = self._along.settled(derivative, between(piece.low, piece.high))
            except (AutodiffError, UnresolvedError):
                shape.open(what, [(piece.low.x, piece.high.x)])
                continue
            piece.derivative = piece.derivative or derivative
            places, left = self._roots.inside(derivative, (piece.low, piece.high))
            stretches = self._stretches(derivative, piece, places, left)
            unknown = [(one.low.x, one.high.x) for one in stretches if one.sign is None]
            shape.open(what, left + [span for span in unknown if span not in left])
            if order == 1:
                piece.turns, piece.slopes = places or [], stretches
            else:
                piece.bends, piece.curves = places or [], stretches
        shape.open("zeros", undecided)

    def _stretches(
        self, root: Value, piece: SmoothPiece, places: list[CurvePoint] | None, undecided: Sequence[Span]
    ) -> list[SignedSpan]:
        """The signs of a node between its zeros, and between what is undecided."""
        if places is None:
            return [SignedSpan(piece.low, piece.high, 0)]
        finder = self._along.finder(root)
        ends = [end_place(end) for end in {*chain.from_iterable(undecided)} if piece.low.x < end < piece.high.x]
        found = []
        for low, high in pairwise(sorted([piece.low, *places, *ends, piece.high], key=lambda one: one.x)):
            is_open = any(span[0] <= low.x and high.x <= span[1] for span in undecided)
            sign = None if is_open else finder.sign(root, between(low, high))
            found.append(SignedSpan(low, high, sign))
        return found


def _stops(places: Sequence[CurvePoint], ends: set[float], low: float, high: float) -> list[CurvePoint]:
    """The places and ends in a range, from left to right."""
    inside = [place for place in places if low < place.x < high]
    stops = [*inside, *[end_place(end) for end in ends if low <= end <= high]]
    return sorted(stops, key=lambda place: place.x)


def _bend(falls: Any, rises: Any) -> JointKind:
    """What there is where the values beside a place meet its own, by how they move away from it to both sides."""
    if falls.is_finite() and rises.is_finite():
        return JointKind.SMOOTH if (falls + rises).contains(0) else JointKind.KINK
    goes_on = falls < 0 < rises or rises < 0 < falls
    return JointKind.STEEP if goes_on else JointKind.KINK


def _is_infinite(germ: Germ | None) -> bool:
    if isinstance(germ, Endless):
        return True
    if not isinstance(germ, Expansion) or not germ.terms:
        return False
    return germ.lead < (0, 0)
