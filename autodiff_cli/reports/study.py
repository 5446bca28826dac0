"""What a curve does: zeros, extrema, bends, poles, where it rises and falls, what it comes to far out."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import pairwise
from math import inf
from typing import Any

from flint import arb

from autodiff_cli.engine.expression import Expression
from autodiff_cli.engine.value import NAMED, Value
from autodiff_cli.errors import UndefinedError
from autodiff_cli.exact.hulls import nearest_or_0
from autodiff_cli.exact.identity.decision import ProofState, Question, prove
from autodiff_cli.reports.marks import Asymptote, Mark, Reach, Span, Study, constants
from autodiff_cli.solving.closed_forms import ClosedForm
from autodiff_cli.solving.expansions import Endless, Expansion, Germ, UnresolvedError, approach, slope_beside
from autodiff_cli.solving.one_variable import CurvePoint, end_place
from autodiff_cli.solving.periods import possible_periods
from autodiff_cli.solving.seams import Interner
from autodiff_cli.solving.shape import CurveFindings, CurveShape, Joint, JointKind, SignedSpan, SmoothPiece

_BESIDE = 2.0**-20  # of the range
_USUAL = 10.0  # how far the range goes, where none is given and the whole line is out of reach
_LONGEST = 24  # characters of a closed form
_FORMS = 60  # points whose closed forms are looked for
_CONTINUOUS = (JointKind.SMOOTH, JointKind.KINK, JointKind.STEEP)
_WAYS = {1: ("rises", "convex"), -1: ("falls", "concave"), 0: ("constant", "straight")}


def study(expression: Expression, variable: str, span: Span | None, fixed: Mapping[str, str | float]) -> Study:
    """What a curve does along one variable; a decimal in `fixed` is meant as it is typed.

    Raises UndefinedError where it has no value anywhere in the range.
    """
    leaf = expression.variables[variable]
    interner = Interner()
    root = interner.of(expression.root, constants(expression, fixed))
    needed = [interner.of(node, constants(expression, fixed)) for node in expression.needed]
    curve = CurveShape(root, leaf, needed)
    report = Study(str(expression), variable, {name: float(given) for name, given in fixed.items()}, span)
    report.period = _period(interner, root, leaf)
    low, high = _range(report, curve)
    beside = _BESIDE * (high - low)  # what is at an end shows by both its sides
    shape = curve.along(low - beside, high + beside)
    _Reading(report, curve, shape, (low, high)).fill()
    if not report.domain and not report.undecided:
        where = "anywhere" if report.span is None else f"anywhere from {variable} = {low:.12g} to {high:.12g}"
        raise UndefinedError(f"no value {where}", source=expression.source, hint="choose another range")
    report.symmetry = _symmetry(interner, root, leaf, curve, max(abs(low), abs(high)))
    return report


def _range(report: Study, curve: CurveShape) -> Span:
    """From where to where it is looked at: as it is asked, one period, or so far that nothing is beyond."""
    if report.span is not None:
        return report.span
    if report.period is not None:
        report.is_one_period = True
        report.span = (0.0, report.period[1])
        report.notes.append(f"one period is studied, from 0 to {report.period[0]}")
        return report.span
    reach = curve.reach()
    if reach is not None:
        return -1.25 * reach, 1.25 * reach
    report.span = (-_USUAL, _USUAL)
    usual = "nothing is proven of the whole line: it is studied from -10 to 10"
    report.notes.append(f"{usual}; --{report.variable} LOW:HIGH chooses")
    return report.span


# --- symmetry ---------------------------------------------------------------------------------------------------------


def _is_same(one: Value, other: Value) -> bool:
    return one is other or prove(Question(one, one, other)) is ProofState.PROVEN


def _symmetry(interner: Interner, root: Value, leaf: Value, curve: CurveShape, away: float) -> str:
    """Whether f(-x) is f(x), or -f(x), by algebra; the domain is the same on both sides, as far as is looked."""
    mirrored = interner.of(root, {leaf: NAMED.formula("-x", "x")(leaf)})
    found = "even" if _is_same(root, mirrored) else ""
    found = found or ("odd" if _is_same(NAMED.formula("-y", "y")(root), mirrored) else "")
    return found if found and curve.has_even_domain(away) else ""


def _period(interner: Interner, root: Value, leaf: Value) -> tuple[str, float] | None:
    """The shortest period that is found and proven."""
    for period in possible_periods(root, leaf):
        moved = interner.of(root, {leaf: NAMED.formula("x + p", "x, p")(leaf, period.graph)})
        if _is_same(root, moved):
            return period.text, period.length
    return None


# --- what the shape says ----------------------------------------------------------------------------------------------


class _Reading:
    """Puts what a shape says into a report. The shape goes a little beyond the span."""

    def __init__(self, report: Study, curve: CurveShape, shape: CurveFindings, span: Span) -> None:
        self.report, self.curve, self.shape = report, curve, shape
        self.low, self.high = span
        self._seams = {seam.place: seam for seam in shape.seams}
        slopes = self._stretches(0)
        self._slopes = {(one.low, 1): one.sign for one in slopes} | {(one.high, -1): one.sign for one in slopes}
        self._has_side = {(one.low, 1) for one in shape.pieces} | {(one.high, -1) for one in shape.pieces}
        self._forms = 0

    def fill(self) -> None:
        """Fill the report."""
        report = self.report
        report.zeros = self._marks(self._zero_places(), self._mark)
        report.extrema = self._marks(self._turning_places(), self._extremum)
        report.inflections = [self._mark(place, slope=slope) for place, slope in self._bends()]
        for seam in self.shape.seams:
            if self._is_in(seam.place):
                self._put_seam(seam)
        report.ways = {name: [] for order in (0, 1) for name in (way[order] for way in _WAYS.values())}
        for order in (0, 1):
            for sign, span in self._merged(order):
                report.ways[_WAYS[sign][order]].append(span)
        report.ways["zero"] = [self._span(piece.low, piece.high) for piece in self._pieces() if piece.vanishes]
        report.domain = self._domain()
        for name, spans in self.shape.undecided.items():
            if inside := sorted({span for span in spans if span[1] >= self.low and span[0] <= self.high}):
                report.undecided[name] = inside
        report.values = self._values()
        self._put_far()

    def _marks(self, places: Iterable[CurvePoint], make: Callable[[CurvePoint], Mark | None]) -> list[Mark]:
        return [mark for place in places if self._is_in(place) and (mark := make(place))]

    def _is_in(self, place: CurvePoint) -> bool:
        """Whether a place is in the range; of one period, the end is the beginning of the next."""
        if self.report.is_one_period:
            return bool(place.ball >= 0) and place.x < self.high * (1 - 1e-12)
        return bool(place.ball.upper() >= arb(self.low) and place.ball.lower() <= arb(self.high))

    def _pieces(self) -> list[SmoothPiece]:
        """The pieces that are not beyond the range."""
        return [piece for piece in self.shape.pieces if piece.high.x > self.low and piece.low.x < self.high]

    # --- points ----------------------------------------------------------------------------------------------------

    def _mark(self, place: CurvePoint, value: Any = None, **more: Any) -> Mark:
        """A place with its value and closed forms."""
        ball = self.curve.value_at(place) if value is None else value
        mark = Mark(place.x, _number(ball), within=place.within, order=place.order, **more)
        self._forms += 1
        if self._forms <= _FORMS and (form := self.curve.form_of(place)):
            mark.exact = _simple(form)
            mark.exact_value = "" if ball is None else _simple(self.curve.form_of_value(form, ball))
        return mark

    def _zero_places(self) -> list[CurvePoint]:
        found = [place for piece in self.shape.pieces for place in piece.zeros]
        for seam in self.shape.seams:
            if self._is_zero(seam):
                found.append(seam.place)
        return sorted(found, key=lambda place: place.x)

    def _is_zero(self, seam: Joint) -> bool:
        """Whether the value at a seam is 0; noted as undecided where that is open."""
        if seam.value is None or not seam.value.contains(0):
            return False
        if any(piece.vanishes and seam.place in (piece.low, piece.high) for piece in self.shape.pieces):
            return False
        germs = [germ for germ in (seam.left, seam.right) if isinstance(germ, Expansion) and germ.is_finite]
        is_sure = seam.value == 0 or any(germ.limit == 0 for germ in germs)
        if not is_sure:
            self.shape.open("zeros", [(seam.place.x, seam.place.x)])
        return is_sure

    def _turning_places(self) -> list[CurvePoint]:
        found = [place for piece in self.shape.pieces for place in piece.turns]
        return sorted([*found, *[seam.place for seam in self.shape.seams]], key=lambda place: place.x)

    def _extremum(self, place: CurvePoint) -> Mark | None:
        """A place as a minimum or maximum, if it is one."""
        seam = self._seams.get(place)
        value = seam.value if seam else self.curve.value_at(place)
        if value is None:
            return None
        left = self._side(place, seam, -1, value)
        right = self._side(place, seam, 1, value)
        for kind, sign in (("minimum", -1), ("maximum", 1)):
            if {left, right} <= {sign, None} and {left, right} != {None}:
                where = _WHERE.get(seam.kind, "") if seam else ""
                return self._mark(place, value, kind=kind, where=where)
        return None

    def _side(self, place: CurvePoint, seam: Joint | None, side: int, value: Any) -> int | None:
        """1 where the values on a side are below the one at a place, -1 where they are above it, 0 for neither.

        None where there are no values on that side.
        """
        if seam is not None and (place, side) not in self._has_side:
            return None
        germ = (seam.right if side > 0 else seam.left) if seam else None
        if seam is not None:
            limit = _limit(germ)
            if limit is None:
                self.shape.open("extrema", [(place.x, place.x)])
                return 0
            if not (limit - value).contains(0):
                return 1 if limit < value else -1
        slope = self._slopes.get((place, side))
        return 0 if slope is None else -side * slope

    def _stretches(self, order: int) -> list[SignedSpan]:
        return [one for piece in self.shape.pieces for one in (piece.curves if order else piece.slopes)]

    def _bends(self) -> Iterator[tuple[CurvePoint, float | None]]:
        """Where the second derivative changes its sign, and the first has one value; with that."""
        bends = {place: piece for piece in self.shape.pieces for place in piece.bends}
        for before, after in pairwise(self._stretches(1)):
            place = before.high
            seam = self._seams.get(place)
            is_smooth = seam.kind in (JointKind.SMOOTH, JointKind.STEEP) if seam else place in bends
            if place is after.low and is_smooth and {before.sign, after.sign} == {-1, 1} and self._is_in(place):
                slope = _slope(seam.right, 1) if seam else self.curve.slope_at(bends[place], place)
                yield place, _number(slope)

    def _put_seam(self, seam: Joint) -> None:
        """Put a seam into the list of its kind."""
        report, place = self.report, seam.place
        limits = _number(_limit(seam.left)), _number(_limit(seam.right))
        if seam.kind is JointKind.POLE:
            report.poles.append(self._mark(place, left=limits[0], right=limits[1]))
        elif seam.kind is JointKind.HOLE:
            mark = self._mark(place)
            mark.value = limits[1]
            report.holes.append(mark)
        elif seam.kind is JointKind.JUMP:
            report.jumps.append(self._mark(place, left=limits[0], right=limits[1]))
        elif seam.kind in (JointKind.KINK, JointKind.STEEP):
            slopes = [_number(_slope(germ, side)) for germ, side in ((seam.left, -1), (seam.right, 1))]
            report.kinks.append(self._mark(place, left=slopes[0], right=slopes[1]))
        elif seam.kind is JointKind.EDGE:
            if limits == (None, None):
                self.shape.open("seams", [(place.x, place.x)])
            report.edges.append(self._mark(place, left=limits[0], right=limits[1]))
        elif seam.kind is JointKind.OPEN:
            self.shape.open("seams", [(place.x, place.x)])

    # --- intervals -------------------------------------------------------------------------------------------------

    def _span(self, low: CurvePoint, high: CurvePoint) -> Span:
        """An interval in the range; on the whole line, what ends where nothing else was looked for goes on for ever."""
        if self.report.span is None:
            return (-inf if low.x < self.low else low.x), (inf if high.x > self.high else high.x)
        return max(low.x, self.low), min(high.x, self.high)

    def _merged(self, order: int) -> Iterator[tuple[int, Span]]:
        """Where the first or second derivative has which sign, in as few intervals as can be."""
        found: list[tuple[int, CurvePoint, CurvePoint]] = []
        for one in self._stretches(order):
            if one.sign is None:
                continue
            if found and found[-1][0] == one.sign and found[-1][2] is one.low and self._goes_on(one.low, order):
                found[-1] = (one.sign, found[-1][1], one.high)
            else:
                found.append((one.sign, one.low, one.high))
        for sign, low, high in found:
            if low.x < self.high and high.x > self.low:
                yield sign, self._span(low, high)

    def _goes_on(self, place: CurvePoint, order: int) -> bool:
        """Whether what is so on both sides of a place is so across it."""
        seam = self._seams.get(place)
        return seam is None or seam.kind is JointKind.SMOOTH or (order == 0 and seam.kind in _CONTINUOUS)

    def _domain(self) -> list[Reach]:
        """Where there are values."""
        found: list[Reach] = []
        for piece in self._pieces():
            low, high = self._span(piece.low, piece.high)
            has_low, has_high = self._has(piece.low) and low > -inf, self._has(piece.high) and high < inf
            if found and found[-1].has_high and found[-1].high == low and has_low:
                found[-1] = Reach(found[-1].low, high, found[-1].has_low, has_high)
            else:
                found.append(Reach(low, high, has_low, has_high))
        return found

    def _has(self, place: CurvePoint) -> bool:
        seam = self._seams.get(place)
        return seam is None or seam.value is not None

    def _values(self) -> list[Reach] | None:
        """All values that are taken; None where that does not follow."""
        if self.report.undecided.keys() & {"seams", "extrema"}:
            return None
        found: list[Reach] = []
        for piece in self._pieces():
            taken = [(self.curve.value_at(place), True) for place in piece.turns if self._is_in(place)]
            is_constant = {one.sign for one in piece.slopes} == {0}
            ends = (
                [(self.curve.value_between(piece), True)]
                if is_constant
                else [self._end(piece, side) for side in (-1, 1)]
            )
            known = [(_number(ball), has) for ball, has in (*ends, *taken)]
            numbers = [number for number, _ in known if number is not None]
            if len(numbers) < len(known):
                return None
            least, most = min(numbers), max(numbers)
            found.append(Reach(least, most, (least, True) in known, (most, True) in known))
        for seam in self.shape.seams:
            value = _number(seam.value)
            if value is not None and self._is_in(seam.place):
                found.append(Reach(value, value, has_low=True, has_high=True))
        return _united(found)

    def _end(self, piece: SmoothPiece, side: int) -> tuple[Any, bool]:
        """What the values come to at an end of a piece, and whether it is one of them."""
        place = piece.high if side > 0 else piece.low
        seam = self._seams.get(place)
        if seam:
            limit = _limit(seam.left if side > 0 else seam.right)
            is_taken = seam.value is not None and limit is not None and bool((limit - seam.value).contains(0))
            return limit, is_taken
        if self.report.span is None:
            return _limit(self.shape.far[side]), False
        is_last = side > 0 and not self.report.is_one_period  # else it is what it is at the beginning
        return self.curve.value_at(end_place(self.high if is_last else self.low)), True

    # --- far out ---------------------------------------------------------------------------------------------------

    def _put_far(self) -> None:
        """What it comes to towards infinity."""
        lines: dict[tuple[float, float], list[int]] = {}
        for side, germ in self.shape.far.items():
            if germ is not None:
                self.report.limits[side] = _number(_limit(germ))
            if line := _line(germ, side):
                lines.setdefault(line, []).append(side)
        self.report.asymptotes = [Asymptote(*line, tuple(sides)) for line, sides in lines.items()]


_WHERE = {
    JointKind.KINK: "kink",
    JointKind.STEEP: "kink",
    JointKind.JUMP: "jump",
    JointKind.EDGE: "edge",
    JointKind.POLE: "jump",
}


def _line(germ: Germ | None, side: int) -> tuple[float, float] | None:
    """The slope and height of a straight line that is come to."""
    if not isinstance(germ, Expansion) or germ.error <= (0, 0):
        return None
    far = [key for key in germ.terms if key < (0, 0)]
    if far not in ([], [(-1, 0)]):
        return None
    slope = germ.terms[-1, 0] * side if far else 0
    numbers = _number(arb(slope)), _number(arb(germ.terms.get((0, 0), 0)))
    return None if None in numbers else (numbers[0], numbers[1])  # type: ignore[return-value]


def _limit(germ: Germ | None) -> Any:
    """What an expansion comes to: a ball, which may be infinite; None where that is not known."""
    if isinstance(germ, Endless):
        return arb(inf) * germ.sign
    if germ is None:
        return None
    if germ.is_finite:
        return arb(germ.limit)
    try:
        return arb(inf) * approach(germ) if germ.terms and germ.lead < (0, 0) else None
    except UnresolvedError:
        return None


def _slope(germ: Germ | None, side: int) -> Any:
    """The slope that a side comes to."""
    slope = slope_beside(germ) if isinstance(germ, Expansion) else None
    return None if slope is None else arb(slope) * side


def _simple(form: ClosedForm | None) -> str:
    """A closed form that is simple; of others nothing is gained."""
    return form.text if form and len(form.text) <= _LONGEST else ""


def _number(ball: Any) -> float | None:
    """The float of a ball; one that holds 0 is 0, as far as its digits go."""
    if ball is None:
        return None
    if not ball.is_finite():
        return inf if ball > 0 else -inf if ball < 0 else None
    return nearest_or_0(ball)


def _united(parts: Iterable[Reach]) -> list[Reach]:
    """Intervals that overlap or meet as one."""
    found: list[Reach] = []
    for part in sorted(parts, key=lambda part: (part.low, not part.has_low)):
        before = found[-1] if found else None
        if before and (part.low < before.high or (part.low == before.high and (part.has_low or before.has_high))):
            high, has_high = max((before.high, before.has_high), (part.high, part.has_high))
            found[-1] = Reach(before.low, high, before.has_low or (part.low == before.low and part.has_low), has_high)
        else:
            found.append(part)
    return found
