"""The shape of a function of one variable along a range: its seams, and between them zeros, slopes and bends, proven.

Between two neighbouring seams (see `seams`) the function is smooth, so that zeros, stationary points and points where
the second derivative is 0 are roots, which interval Newton finds all (see `line`). What the function comes to at a
seam is read off its expansions on both sides (see `beside`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import chain, pairwise
from math import ceil, floor, inf, nextafter
from typing import Any

from flint import arb, fmpq

from autodiff_cli.engine.expression import NamedGraph
from autodiff_cli.engine.graph import toposort
from autodiff_cli.engine.value import NAMED, Value, constant
from autodiff_cli.errors import AutodiffError
from autodiff_cli.exact.balls import Balls, exactly
from autodiff_cli.exact.identity.decision import ProofState, Question, prove
from autodiff_cli.solving.beside import Beside
from autodiff_cli.solving.closed_forms import ClosedForm, closed_form, rational_form
from autodiff_cli.solving.expansions import Endless, Expansion, Germ, UnresolvedError, approach, led_from, slope_beside
from autodiff_cli.solving.factors import factors
from autodiff_cli.solving.far import BallGraph, is_finite
from autodiff_cli.solving.fractions import Fractions
from autodiff_cli.solving.line import Root, RootFinder, Roots
from autodiff_cli.solving.seams import Interner, SeamNode, choices, seams, smooth
from autodiff_cli.symbolic.derive import Derivation
from autodiff_cli.symbolic.formulas import tidy

_BITS = 256
_PIECES = 6_000  # of a range, times nodes, that are looked at for zeros
_KINDS = ("zeros", "extrema", "inflections")  # by the order of the derivative
_MANY = 20  # undecided spans: so many zeros that derivatives are not looked at
_MOST_STEPS = 400  # whole numbers in a range at which steps are looked at
_FEW = 10  # spans that are looked at once more
_TURNS = 3  # of derivatives, to show that there are no zeros far out
_FARTHEST = 1e9  # where the last zero may be

Span = tuple[float, float]


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


@dataclass(slots=True, eq=False)
class CurvePoint:
    """A point of the variable: its ball, its float, and its rational where it is known to be one."""

    ball: Any
    x: float
    exact: Any = None
    zeros: set[Value] = field(default_factory=set)  # nodes that are 0 there
    within: float = 0.0
    order: float = 1.0


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
class Shape:
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
        self._interner = Interner()
        self.root = self._interner.of(root)
        self.graph = self._graph(self.root, [self._interner.of(node) for node in needed])
        self._balls = Balls(_BITS)
        self._at = BallGraph(self.graph, {}, _BITS)
        self._seams = seams(self.root, self._interner, self.graph.needed)
        self._seams = [*dict.fromkeys([*self._seams, *self._seams_of_derivatives()])]
        self._fractions = Fractions(self._interner)

    def _graph(self, root: Value, needed: Sequence[Value] = ()) -> NamedGraph:
        steps = [node for node in toposort([root, *needed]) if node.args]
        return NamedGraph("", root, steps, {"": self.variable}, {}, needed=[*needed])

    def _seams_of_derivatives(self) -> list[SeamNode]:
        """Where a derivative may jump although the function has no kink."""
        derivation = Derivation(self.root, exact=True)
        try:
            made = [derivation.by((self.variable,) * order) for order in (1, 2)]
        except AutodiffError:
            return []
        return [seam for root in made for seam in choices(self._interner.of(root), self._interner)]

    def _finder(self, root: Value) -> RootFinder:
        return RootFinder(self._graph(root), root, self.variable, {}, _PIECES)

    # --- the whole -------------------------------------------------------------------------------------------------

    def along(self, low: float, high: float) -> Shape:
        """The shape from one end to the other; at an end the function is taken to go no further."""
        shape = Shape()
        places = self._places(low, high, shape)
        spans = shape.undecided.get("seams", [])
        others = [end_place(end) for end in {low, high, *chain.from_iterable(spans)} if low <= end <= high]
        stops = [*[place for place in places if low < place.x < high], *others]
        for before, after in pairwise(sorted(stops, key=lambda place: place.x)):
            is_open = any(begin <= before.x and after.x <= end for begin, end in spans)
            piece = None if is_open else self._piece(before, after, shape)
            if piece:
                shape.pieces.append(piece)
        shape.seams = [seam for place in places if (seam := self._seam(place, shape.pieces))]
        shape.far = {sign: self._far(sign) for sign in (-1, 1)}
        return shape

    def _far(self, side: int) -> Germ | None:
        """How it goes towards infinity, where what it needs has a value there."""
        needed = [Beside(self._balls, node).far(self.variable, side) for node in self.graph.needed]
        return None if None in needed else Beside(self._balls, self.root).far(self.variable, side)

    def value_at(self, place: CurvePoint) -> Any:
        """The ball of the value; None where there is none, or where it is not known."""
        at = place.ball if place.exact is None else place.exact
        number = self._at.values({self.variable: at})[self.root]
        return arb(number) if is_finite(number) else None

    def slope_at(self, piece: SmoothPiece, place: CurvePoint) -> Any:
        """The ball of the slope at a place in a piece; None where it is not known."""
        root = piece.derivative
        if root is None:
            return None
        at = place.ball if place.exact is None else place.exact
        number = BallGraph(self._graph(root), {}, _BITS).values({self.variable: at})[root]
        return arb(number) if is_finite(number) else None

    def value_between(self, piece: SmoothPiece) -> Any:
        """The ball of a value in the middle of a piece."""
        return arb(self._at.values({self.variable: _between(piece.low, piece.high)})[self.root])

    def has_even_domain(self, away: float) -> bool:
        """Whether the domain is the same on both sides of 0, so far away from it."""
        shape = Shape()
        places = self._places(-away, away, shape)
        stops = [end_place(-away), *[place for place in places if abs(place.x) < away], end_place(away)]
        has = [self._has_value(_between(low, high)) for low, high in pairwise(stops)]
        xs = [place.x for place in stops]
        return not shape.undecided and has == has[::-1] and all(a == -b for a, b in zip(xs, xs[::-1], strict=True))

    def _has_value(self, at: Any) -> bool:
        return is_finite(self._at.values({self.variable: at})[self.root])

    def form_of(self, place: CurvePoint) -> ClosedForm | None:
        """The closed form of a place, proven by a node that is 0 there."""
        if place.exact is not None:
            return rational_form(place.exact)
        for node in place.zeros:
            with self._balls:
                form = closed_form(place.ball, self._equation(node))
            if form:
                return form
        return None

    def _equation(self, node: Value) -> Callable[[Value], Value]:
        """A node as a function of what is put in place of the variable."""
        return lambda at: self._interner.of(node, {self.variable: at})

    def form_of_value(self, place: ClosedForm, value: Any) -> ClosedForm | None:
        """The closed form of the value at a place that has one."""
        there = self._interner.of(self.root, {self.variable: place.graph})
        number = BallGraph(self._graph(there), {}, _BITS).values({})[there]
        if not is_finite(number):
            return None
        if isinstance(number, fmpq):
            return rational_form(number)
        if number.contains(0):
            return rational_form(fmpq(0)) if number == 0 or self._is_0(there) else None
        with self._balls:
            return closed_form(value, lambda found: NAMED.formula("a - b", "a, b")(there, found))

    # --- far out ---------------------------------------------------------------------------------------------------

    def reach(self) -> float | None:
        """How far from 0 the last seam, zero, stationary point or bend is, at most; None where that is not known."""
        farthest = 1.0
        for side in (-1, 1):
            bound = self._beyond_seams(self._seams, side, _TURNS)
            if bound is None:
                return None
            parts = self._parts(side, bound)
            if parts is None:
                return None
            bounds = [bound, *[self._beyond(part, side, _TURNS) for part in parts]]
            if None in bounds:
                return None
            farthest = max([farthest, *[one for one in bounds if one is not None]])
        return farthest

    def _parts(self, side: int, bound: float) -> list[Value] | None:
        """The function far out, and its derivatives; none where it has no value there; None where that is open."""
        values = self._at.values({self.variable: exactly(side * (2 * bound + 1))})
        if not is_finite(values[self.root]):
            return [] if self._at.balls.violation(self.graph, values) is not None else None
        try:
            root = smooth(self.root, values, self._interner)
            derivation = Derivation(root, exact=True)
            made = [self._interner.of(derivation.by((self.variable,) * order)) for order in (1, 2)]
            return [root, *[self._settled(one, exactly(side * (2 * bound + 1))) for one in made]]
        except (UnresolvedError, AutodiffError):
            return None

    def _beyond_seams(self, among: Sequence[SeamNode], side: int, turns: int) -> float | None:
        """From where on there is no seam."""
        bound = 1.0
        for seam in among:
            found = None if seam.at_whole_numbers else self._beyond(seam.node, side, turns)
            if found is None:
                return None
            bound = max(bound, found)
        return bound

    def _beyond(self, root: Value, side: int, turns: int) -> float | None:
        """From where on a node is not 0; None where that is not known."""
        if not root.requires_grad:
            return 1.0
        found = [self._factor_beyond(factor.node, side, turns) for factor in factors(root)]
        return None if None in found else max([1.0, *[one for one in found if one is not None]])

    def _factor_beyond(self, node: Value, side: int, turns: int) -> float | None:
        """By its first term, where the others are smaller; else it is monotone far out, and of the sign it comes to."""
        if not node.requires_grad:
            return 1.0
        seamless = self._beyond_seams(seams(node, self._interner), side, turns - 1) if turns else None
        if seamless is None:
            return None
        germ = Beside(self._balls, node).far(self.variable, side)
        with self._balls:
            bound = led_from(germ)
        if bound is not None:
            return max(bound, seamless)
        enclosure = BallGraph(self._graph(node), {}, _BITS)
        at = enclosure.values({self.variable: exactly(side * (2 * seamless + 1))})
        if not is_finite(at[node]):
            return seamless if enclosure.balls.violation(enclosure.graph, at) else None
        try:
            sign = approach(germ) if germ is not None else 0
            derivative = Derivation(smooth(node, at, self._interner), exact=True).by((self.variable,))
        except (UnresolvedError, AutodiffError):
            return None
        monotone = self._beyond(self._interner.of(derivative), side, turns - 1) if sign else None
        return None if monotone is None else self._signed_from(node, side, sign, max(seamless, monotone))

    def _signed_from(self, node: Value, side: int, sign: int, start: float) -> float | None:
        """From where on a node that is monotone has the sign that it comes to."""
        finder, x = self._finder(node), start
        while x <= _FARTHEST:
            if finder.sign(node, exactly(side * x)) == sign:
                return x
            x *= 2
        return None

    # --- seams -----------------------------------------------------------------------------------------------------

    def _places(self, low: float, high: float, shape: Shape) -> list[CurvePoint]:
        """Where the function may be anything but smooth, each place once."""
        found: list[CurvePoint] = []
        for seam in self._seams:
            for node in self._nodes_of(seam, low, high, shape):
                roots = self._finder(node).roots(low, high)
                for span in roots.undecided:
                    point = self._touching(node, span)
                    found += [point] if point else []
                    shape.open("seams", [] if point else [span])
                found += [_point(root, node) for root in roots.found]
        merged: list[CurvePoint] = []
        for place in sorted(found, key=lambda place: place.x):
            if merged and _is_same(merged[-1], place):
                merged[-1].zeros |= place.zeros
                merged[-1].exact = place.exact if merged[-1].exact is None else merged[-1].exact
            else:
                merged.append(place)
        return merged

    def _nodes_of(self, seam: SeamNode, low: float, high: float, shape: Shape) -> list[Value]:
        """The nodes whose zeros are those of a seam: of floor(x) from 0 to 2 they are x, x - 1 and x - 2."""
        if not seam.at_whole_numbers:
            return [seam.node]
        number = self._finder(seam.node).values(arb(low).union(arb(high)))[seam.node]
        if is_finite(number):
            counts = range(floor(float(arb(number).lower())), ceil(float(arb(number).upper())) + 1)
            if len(counts) <= _MOST_STEPS:
                return [self._interner.formula(f"x - {count}", ("x",), (seam.node,)) for count in counts]
        shape.open("seams", [(low, high)])
        return []

    def _seam(self, place: CurvePoint, pieces: Sequence[SmoothPiece]) -> Joint | None:
        """What is at a place; None where the function has no value around it."""
        left = next((piece for piece in pieces if piece.high is place), None)
        right = next((piece for piece in pieces if piece.low is place), None)
        if left is None and right is None:
            return None
        at = place.ball if place.exact is None else place.exact
        germs = [
            Beside(self._balls, piece.root).at(self.variable, at, side, place.zeros) if piece else None
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
        with self._balls:
            apart = arb(right.limit) - arb(left.limit)
            if not apart.contains(0):
                return JointKind.JUMP
            if point.value is None:
                return JointKind.HOLE
            if not (point.value - arb(left.limit)).contains(0):
                return JointKind.JUMP
            slopes = slope_beside(left), slope_beside(right)
            if None in slopes:
                return JointKind.OPEN
            falls, rises = (arb(slope) for slope in slopes)
            if not (falls.is_finite() and rises.is_finite()):
                is_cusp = not (falls < 0 < rises or rises < 0 < falls)
                return JointKind.KINK if is_cusp else JointKind.STEEP
            return JointKind.SMOOTH if (falls + rises).contains(0) else JointKind.KINK

    # --- between two seams -----------------------------------------------------------------------------------------

    def _piece(self, low: CurvePoint, high: CurvePoint, shape: Shape) -> SmoothPiece | None:
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
        piece = SmoothPiece(low, high, root)
        self._fill(piece, shape)
        return piece

    def _fill(self, piece: SmoothPiece, shape: Shape) -> None:
        """Find the roots of a piece and of its derivatives, and the signs between them."""
        root = self._interner.of(tidy(piece.root))  # on a piece it is the same, with fewer zeros of divisors
        found, undecided = self._roots(root, piece)
        piece.vanishes = found is None
        piece.zeros = found or []
        if len(undecided) > _MANY:
            for what in _KINDS:
                shape.open(what, undecided if what == "zeros" else [(piece.low.x, piece.high.x)])
            return
        derivation = Derivation(root, exact=True)
        for order, what in enumerate(_KINDS[1:], start=1):
            try:
                derivative = self._interner.of(derivation.by((self.variable,) * order))
                derivative = self._settled(derivative, _between(piece.low, piece.high))
            except (AutodiffError, UnresolvedError):
                shape.open(what, [(piece.low.x, piece.high.x)])
                continue
            piece.derivative = piece.derivative or derivative
            places, left = self._roots(derivative, piece)
            stretches = self._stretches(derivative, piece, places, left)
            unknown = [(one.low.x, one.high.x) for one in stretches if one.sign is None]
            shape.open(what, left + [span for span in unknown if span not in left])
            if order == 1:
                piece.turns, piece.slopes = places or [], stretches
            else:
                piece.bends, piece.curves = places or [], stretches
        shape.open("zeros", undecided)

    def _settled(self, root: Value, there: Any) -> Value:
        """A node without choices, as it is at a point between seams."""
        at = BallGraph(self._graph(root), {}, _BITS).values({self.variable: there})
        with self._balls:
            return smooth(root, at, self._interner)

    def _roots(self, root: Value, piece: SmoothPiece) -> tuple[list[CurvePoint] | None, list[Span]]:
        """The zeros of a node inside of a piece, None where it is 0 all along; and where there may be others."""
        if not root.requires_grad:
            return (None if root.data == 0 else []), []
        found = self._finder(root).roots(_outwards(piece.low, -inf), _outwards(piece.high, inf))
        if found.undecided and not found.everywhere:
            root, found = self._as_fraction(root, found, piece)
        return self._inside(root, found, piece)

    def _as_fraction(self, root: Value, found: Roots, piece: SmoothPiece) -> tuple[Value, Roots]:
        """What is above the line, with its roots, where less of it is open; no divisor is 0 inside of a piece."""
        above = self._interner.of(tidy(self._fractions.numerator(root)))
        if above is root or not above.requires_grad:
            return root, found
        others = self._finder(above).roots(_outwards(piece.low, -inf), _outwards(piece.high, inf))
        return (above, others) if len(others.undecided) < len(found.undecided) else (root, found)

    def _inside(self, root: Value, found: Roots, piece: SmoothPiece) -> tuple[list[CurvePoint] | None, list[Span]]:
        """The roots inside of a piece, and what a second look at open spans leaves open."""
        low, high = piece.low, piece.high
        if found.everywhere:
            return None, []
        inside = [_point(one, root) for one in found.found if _is_inside(one.ball, low, high)]
        spans = [_clipped(span, low, high) for span in found.undecided if _is_open(span, low, high)]
        undecided = []
        for span in spans:
            points = self._looked_at_again(root, span, piece) if len(spans) <= _FEW else None
            if points is None:
                undecided.append(span)
            else:
                inside += [one for one in points if _is_inside(one.ball, low, high)]
        return _distinct(inside), undecided

    def _looked_at_again(self, root: Value, span: Span, piece: SmoothPiece) -> list[CurvePoint] | None:
        """The zeros of a node in a span that bisection has left open; None where that cannot be told."""
        points = []
        for factor in factors(root):
            if self._is_free(factor.node, span, piece) or not self._finder(factor.node).roots(*span).undecided:
                continue  # if it has a root there, that was found
            point = self._touching(factor.node, span)
            if point is None:
                return None
            points.append(point)
        return points

    def _touching(self, node: Value, span: Span) -> CurvePoint | None:
        """The only zero in a span, where a node turns there and is 0 by algebra."""
        try:
            derivative = self._interner.of(Derivation(node, exact=True).by((self.variable,)))
        except AutodiffError:
            return None
        away = 1e-9 * max(1.0, abs(span[0]))
        if not derivative.requires_grad or span[1] - span[0] > away:
            return None
        finder = self._finder(node)
        if not is_finite(finder.values(arb(span[0]).union(arb(span[1])))[node]):
            return None
        found = self._finder(derivative).roots(span[0] - away, span[1] + away)
        if found.undecided or len(found.found) != 1:
            return None
        point = _point(found.found[0], derivative)
        form = self.form_of(point)
        if not form or not self._is_0(self._equation(node)(form.graph)):
            return None
        return replace(point, zeros={*point.zeros, node}, order=2.0)

    def _is_0(self, number: Value) -> bool:
        """Whether a constant is 0, by algebra."""
        return prove(Question(number, number, constant(0.0, "0"))) is ProofState.PROVEN

    def _is_free(self, node: Value, span: Span, piece: SmoothPiece) -> bool:
        """Whether a factor is 0 nowhere in a span that bisection has left open."""
        return (
            self._sign_along(node, span) is not None
            or self._is_sum_of_one_sign(node, span)
            or self._is_led(node, span, piece)
        )

    def _sign_along(self, node: Value, span: Span) -> int | None:
        """The sign that a node has all along a span; None where it may be 0."""
        finder = self._finder(node)
        if not finder.excludes_0(node, finder.values(arb(span[0]).union(arb(span[1])))):
            return None
        return finder.sign(node, (exactly(span[0]) + exactly(span[1])) / 2)

    def _is_sum_of_one_sign(self, node: Value, span: Span) -> bool:
        """Whether a node is the sum of what is positive in a span, or of what is negative."""
        name = node.rule.function.name if node.args else ""
        if name not in ("add", "sub"):
            return False
        first, second = (self._sign_along(part, span) for part in node.args)
        return first is not None and second is not None and first == (second if name == "add" else -second)

    def _is_led(self, node: Value, span: Span, piece: SmoothPiece) -> bool:
        """Whether beside a seam the first term of a node's expansion is larger than the others, all along a span."""
        for place, side in ((piece.low, 1), (piece.high, -1)):
            if span[0] <= place.x <= span[1] and place.exact is not None:
                with self._balls:
                    germ = Beside(self._balls, node).at(self.variable, place.exact, side, place.zeros)
                    bound = led_from(germ)
                return bound is not None and bound * (span[1] - span[0]) * 2 < 1
        return False

    def _stretches(
        self, root: Value, piece: SmoothPiece, places: list[CurvePoint] | None, undecided: Sequence[Span]
    ) -> list[SignedSpan]:
        """The signs of a node between its zeros, and between what is undecided."""
        if places is None:
            return [SignedSpan(piece.low, piece.high, 0)]
        finder = self._finder(root)
        ends = [end_place(end) for end in {*chain.from_iterable(undecided)} if piece.low.x < end < piece.high.x]
        found = []
        for low, high in pairwise(sorted([piece.low, *places, *ends, piece.high], key=lambda one: one.x)):
            is_open = any(span[0] <= low.x and high.x <= span[1] for span in undecided)
            sign = None if is_open else finder.sign(root, _between(low, high))
            found.append(SignedSpan(low, high, sign))
        return found


def end_place(x: float) -> CurvePoint:
    """A float as a place."""
    return CurvePoint(arb(x), x, exactly(x))


def _point(root: Root, node: Value) -> CurvePoint:
    """A root as a place where a node is 0."""
    return CurvePoint(root.ball, root.x, root.exact, {node}, root.within, root.order)


def _is_same(a: CurvePoint, b: CurvePoint) -> bool:
    """Whether two places are one, as far as their balls show."""
    if a.exact is not None and b.exact is not None:
        return bool(a.exact == b.exact)
    return bool(a.ball.overlaps(b.ball))


def _between(low: CurvePoint, high: CurvePoint) -> Any:
    """A rational between two places."""
    return (exactly(low.x) + exactly(high.x)) / 2 if low.x < high.x else low.ball


def _outwards(place: CurvePoint, to: float) -> float:
    """The float of a place, or the next one where it is rounded inwards."""
    return place.x if place.exact is not None and place.exact == exactly(place.x) else nextafter(place.x, to)


def _distinct(points: Sequence[CurvePoint]) -> list[CurvePoint]:
    """Points from left to right, each once."""
    found: list[CurvePoint] = []
    for point in sorted(points, key=lambda one: one.x):
        if found and _is_same(found[-1], point):
            found[-1] = replace(found[-1], zeros=found[-1].zeros | point.zeros, order=found[-1].order + point.order)
        else:
            found.append(point)
    return found


def _is_inside(ball: Any, low: CurvePoint, high: CurvePoint) -> bool:
    return not (ball.overlaps(low.ball) or ball.overlaps(high.ball)) and bool(low.ball < ball < high.ball)


def _is_open(span: Span, low: CurvePoint, high: CurvePoint) -> bool:
    """Whether an undecided interval is in a piece; one that is nothing but a seam is not."""
    return span[1] > low.x and span[0] < high.x


def _clipped(span: Span, low: CurvePoint, high: CurvePoint) -> Span:
    return max(span[0], low.x), min(span[1], high.x)


def _is_infinite(germ: Germ | None) -> bool:
    if isinstance(germ, Endless):
        return True
    if not isinstance(germ, Expansion) or not germ.terms:
        return False
    return germ.lead < (0, 0)
