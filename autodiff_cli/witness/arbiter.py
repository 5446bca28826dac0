"""The arbiter: which numbers are printed at a point, and what the witness says of them.

Floats answer first, and say how far they can be trusted. Where they cannot, or where the witness does not agree, exact
arithmetic answers and its numbers are printed; the witness, then by values next to the point in exact arithmetic,
still has to agree. What the chain rule cannot say (0 times infinity, a branch that holds at a single point) these
values decide alone.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from math import inf, isfinite, nan, ulp
from typing import TYPE_CHECKING

from autodiff_cli.engine import domain
from autodiff_cli.engine.expression import Evaluation
from autodiff_cli.engine.value import Value
from autodiff_cli.witness.finite_difference import Estimate
from autodiff_cli.witness.judge import Verdict, estimates_in_floats, rounding, verdict_in_floats
from autodiff_cli.witness.trust import Doubt, doubt

if TYPE_CHECKING:
    from autodiff_cli.exact.rounded import Known, Rounded
    from autodiff_cli.witness.nearby import Nearby, Side

_WORK = 200_000  # nodes of a graph, beyond which exact arithmetic is not asked
_ROWS_WORK = 400_000  # rows times nodes that values next to the point are asked for
_FEW_DIGITS = 1e-10  # relative: floats that are off by more have kept fewer than ten digits


@dataclass(slots=True, repr=False)
class Finding:
    """What is printed of one variable or step."""

    value: float
    gradient: float
    estimate: Estimate
    verdict: Verdict
    by_neighbours: bool = False  # the gradient is what values next to the point say, the chain rule cannot
    beyond: bool = False  # the true gradient is beyond the floats
    vanishes: bool = False  # the true gradient is not 0, and no float is so small
    error: float = 0.0  # how far rounding may have moved the gradient
    is_open: bool = False  # the values next to the point decide nothing


@dataclass(slots=True, repr=False)
class Ruling:
    """All that is printed at a point. `lost` are what floats have kept fewer than ten digits of: "" for the value."""

    value: float
    findings: dict[str, Finding]
    lost: list[str] = field(default_factory=list)
    violation: Value | None = None  # the step that is outside its domain
    undecided: bool = False  # there is no value in floats, and exact arithmetic does not decide it
    unchecked: bool = False  # the expression is too large to check every row
    lacks_balls: bool = False  # python-flint might have resolved what floats could not
    is_exact: bool = False  # exact arithmetic was asked
    value_beyond: bool = False  # the true value is beyond the floats
    value_vanishes: bool = False  # the true value is not 0, and no float is so small
    error: float = 0.0  # how far rounding may have moved the value


def rule(at: Evaluation, rows: Mapping[str, Value]) -> Ruling:
    """What is printed at the point where an evaluation stands; its nodes have their gradients afterwards."""
    if not domain.is_inside(at):
        return _Exactly(at, rows).ruling_without_floats()
    gradients = at.gradients()
    estimates = estimates_in_floats(at, rows)
    doubts = doubt(at, gradients)
    moves = cache(lambda: rounding(at, gradients))
    ruling = Ruling(at.root.data, {}, unchecked=len(estimates) < len(rows), error=doubts.value_moves)
    for name, node in rows.items():
        estimate = estimates.get(name, Estimate())
        verdict = verdict_in_floats(gradients[name], estimate, lambda name=name: moves()[name])  # type: ignore[misc]
        error = doubts.gradient_moves[name]
        ruling.findings[name] = Finding(node.data, gradients[name], estimate, verdict, error=error)
    if not (doubts.trusts(rows) and all(_is_settled(one) for one in ruling.findings.values())):
        _Exactly(at, rows).review(ruling, doubts)
    for name, node in at.named.items():
        node.grad = gradients[name]
    return ruling


def _is_settled(finding: Finding) -> bool:
    """Whether floats leave nothing to ask: two zeros prove nothing."""
    return finding.verdict is Verdict.OK and finding.estimate.value != 0


class _Exactly:
    """What exact arithmetic makes of a point."""

    def __init__(self, at: Evaluation, rows: Mapping[str, Value]) -> None:
        self._at, self._rows = at, rows
        self._nearby: Nearby | None = None

    @property
    def _can(self) -> bool:
        from autodiff_cli.exact.balls import available

        return len(self._at.nodes) <= _WORK and available()

    def _rounded(self) -> "Rounded":
        from autodiff_cli.exact.rounded import Rounded

        return Rounded(self._at, self._rows.values())

    def ruling_without_floats(self) -> Ruling:
        """Where floats have no value: because there is none, or because they lost it on the way."""
        ruling = Ruling(nan, {}, undecided=True)
        if not self._can:
            return ruling
        exact = self._rounded()
        ruling.is_exact = True
        if exact.violation:
            ruling.violation = exact.violation.node
        elif exact.value.is_known:
            ruling.undecided = False
            none = Finding(nan, nan, Estimate(), Verdict.UNSURE)
            ruling.findings = dict.fromkeys(self._rows, none)
            self._take(ruling, exact)
        return ruling

    def review(self, ruling: Ruling, doubts: Doubt) -> None:
        """Print what exact arithmetic says, and judge it."""
        if not self._can:
            self._leave(ruling)
            return
        exact = self._rounded()
        ruling.is_exact = True
        if exact.violation:
            ruling.violation = exact.violation.node
        elif exact.value.is_known:
            self._take(ruling, exact, doubts)

    def _leave(self, ruling: Ruling) -> None:
        """Say what floats have lost, where nothing else can be asked."""
        ruling.lacks_balls = len(self._at.nodes) <= _WORK
        if ruling.error > _FEW_DIGITS * abs(ruling.value):
            ruling.lost.append("")
        for name, finding in ruling.findings.items():
            if finding.error > _FEW_DIGITS * abs(finding.gradient):
                ruling.lost.append(name)
                finding.verdict = max(finding.verdict, Verdict.UNSURE, key=lambda verdict: verdict.severity)

    def _take(self, ruling: Ruling, exact: "Rounded", doubts: Doubt | None = None) -> None:
        value = exact.value.data
        ruling.value_beyond = abs(value) == inf
        ruling.value_vanishes = exact.value.vanishes
        if isfinite(value) and _is_off(ruling.value, value):
            ruling.lost.append("")
        ruling.value = _with_sign(value, ruling.value)
        ruling.error = _last_digit(value)
        for name, node in self._rows.items():
            before = ruling.findings[name]
            if doubts and _contradicts(before, exact.gradients[node], doubts, name):
                continue  # floats had nothing to lose: it is their rule that is wrong
            found = self._finding(node, before, exact.gradients[node])
            own = exact.values[node]
            found.value = _with_sign(own.data, node.data) if own.is_known else node.data
            found.gradient = _with_sign(found.gradient, before.gradient)
            found.error = _last_digit(found.gradient)
            found.vanishes = exact.gradients[node].vanishes and found.gradient == 0
            has_slope = isfinite(found.gradient) and found.verdict not in (Verdict.KINK, Verdict.JUMP)
            if has_slope and not (found.by_neighbours or found.vanishes) and _is_off(before.gradient, found.gradient):
                ruling.lost.append(name)
            ruling.findings[name] = found

    def _finding(self, node: Value, before: Finding, known: "Known") -> Finding:
        """One row: floats' estimate will do where it agrees with the exact gradient; else the neighbours are asked."""
        if known.is_known and isfinite(known.data) and _confirms(before.estimate, known.data):
            return Finding(nan, known.data, before.estimate, Verdict.OK)
        if len(self._rows) * len(self._at.nodes) > _ROWS_WORK:
            gradient = known.data if known.is_known else nan
            return Finding(nan, gradient, before.estimate, Verdict.UNSURE)
        return self._by_neighbours(node, known)

    def _by_neighbours(self, node: Value, known: "Known") -> Finding:
        from autodiff_cli.witness.nearby import Nearby

        if self._nearby is None:
            self._nearby = Nearby(self._at)
        left, right = self._nearby.sides(node)
        seen = Seen(known, left, right, lambda: self._nearby is not None and self._nearby.is_smooth(node))
        verdict, gradient, by_neighbours = outcome_of(seen)
        estimate = Estimate(seen.slope, seen.bound, left.slope, right.slope, kink=verdict is Verdict.KINK)
        is_beyond = known.is_known and abs(known.data) == inf
        is_open = seen.is_open and verdict is Verdict.UNSURE
        return Finding(nan, gradient, estimate, verdict, by_neighbours, is_beyond, is_open=is_open)


class Seen:
    """What the rules give without rounding, and what values on both sides say."""

    def __init__(self, known: "Known", left: "Side", right: "Side", is_smooth: Callable[[], bool]) -> None:
        self.known, self.left, self.right = known, left, right
        self._is_smooth = is_smooth

    def _kinds(self) -> set[str]:
        return {self.left.kind.value, self.right.kind.value}

    @property
    def jumps(self) -> bool:
        """Whether the value does not come back on one side."""
        return "jump" in self._kinds()

    @property
    def is_steep(self) -> bool:
        """Whether the quotients grow without end, on every side that has values."""
        return "steep" in self._kinds() and self._kinds() <= {"steep", "none"}

    @property
    def is_open(self) -> bool:
        """Whether the values decide nothing."""
        kinds = self._kinds()
        return "open" in kinds or kinds == {"none"} or ("steep" in kinds and "slope" in kinds)

    @property
    def bends(self) -> bool:
        """Whether each side has a slope, and they differ."""
        if self._kinds() != {"slope"}:
            return False
        apart = abs(self.left.slope - self.right.slope)
        return apart > self.left.bound + self.right.bound + _SAME * max(abs(self.left.slope), abs(self.right.slope))

    @property
    def slope(self) -> float:
        """The slope that the values show: of both sides, or of the one that has values."""
        if self.is_steep:
            return self.left.slope if self.right.kind.value == "none" else self.right.slope
        sides = [side for side in (self.left, self.right) if side.kind.value == "slope"]
        if not sides or self.jumps:
            return nan
        first, last = sides[0].slope, sides[-1].slope
        return first + (last - first) / 2

    @property
    def bound(self) -> float:
        """How far that may be off."""
        sides = [side.bound for side in (self.left, self.right) if side.kind.value == "slope"]
        return max(sides) + _SAME * abs(self.slope) if sides and not self.jumps else inf

    @property
    def agrees(self) -> bool:
        """Whether the rules' gradient is the slope that the values show."""
        if not self.known.is_known:
            return False
        apart = abs(self.known.data - self.slope)
        return self.known.data == self.slope or (isfinite(apart) and apart <= self.bound)

    @property
    def is_smooth(self) -> bool:
        """Whether no condition, kink or jump lies at the point, so that the chain rule holds."""
        return self._is_smooth()


_SAME = 2.0**-48  # relative: slopes nearer to each other are one
_Outcome = Callable[[Seen], tuple[Verdict, float, bool]]


def _convention(seen: Seen) -> float:
    """What the rules give, for want of a slope; between two of them, where the rules are silent, their mean."""
    return seen.known.data if seen.known.is_known else seen.slope


# The first row that holds gives the verdict, the gradient that is printed, and whether the neighbours alone know it
_TABLE: tuple[tuple[Callable[[Seen], bool], _Outcome], ...] = (
    (lambda s: s.jumps, lambda s: (Verdict.JUMP, _convention(s), False)),
    (lambda s: s.bends, lambda s: (Verdict.KINK, _convention(s), False)),
    (
        lambda s: s.is_steep and not s.agrees and s.known.is_known and isfinite(s.known.data) and s.is_smooth,
        lambda s: (Verdict.MISMATCH, s.known.data, False),
    ),
    (lambda s: s.is_steep, lambda s: (Verdict.SINGULAR, s.slope, False)),
    (lambda s: s.known.is_known and abs(s.known.data) == inf, lambda s: (Verdict.SINGULAR, s.known.data, False)),
    (lambda s: s.is_open, lambda s: (Verdict.UNSURE if s.known.is_known else Verdict.SINGULAR, _convention(s), False)),
    (lambda s: s.agrees, lambda s: (Verdict.OK, s.known.data, False)),
    (lambda s: not s.known.is_known, lambda s: (Verdict.OK, s.slope, True)),
    (lambda s: s.is_smooth, lambda s: (Verdict.MISMATCH, s.known.data, False)),
    (lambda s: True, lambda s: (Verdict.OK, s.slope, True)),
)


def outcome_of(seen: Seen) -> tuple[Verdict, float, bool]:
    """The verdict, the gradient that is printed, and whether the neighbours alone know it."""
    return next(outcome for holds, outcome in _TABLE if holds(seen))(seen)


def _confirms(estimate: Estimate, gradient: float) -> bool:
    """Whether an estimate from floats agrees with an exact gradient; one that is 0 does so with 0 alone."""
    agrees = verdict_in_floats(gradient, estimate, lambda: 0.0) is Verdict.OK
    return agrees and (estimate.value != 0 or gradient == 0)


def _contradicts(found: Finding, known: "Known", doubts: Doubt, name: str) -> bool:
    """Whether a gradient of floats is wrong although rounding cannot have made it so, and the witness says so too."""
    is_trusted = doubts.is_in_range and doubts.trusts([name])
    return found.verdict is Verdict.MISMATCH and is_trusted and known.is_known and _is_off(found.gradient, known.data)


def _with_sign(exact: float, of_floats: float) -> float:
    """An exact number; of a zero the one that the floats have, since balls have but one."""
    return of_floats if exact == of_floats else exact


def _last_digit(number: float) -> float:
    """How far a number that was rounded once may be off."""
    return ulp(number) / 2 if isfinite(number) else 0.0


def _is_off(found: float, true: float) -> bool:
    """Whether a float has kept fewer than ten digits of the number it stands for."""
    return not abs(found - true) <= _FEW_DIGITS * abs(true)
