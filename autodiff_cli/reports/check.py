"""Is this derivative right? A claim against our own gradient at many points; a decider says where floats differ."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from itertools import pairwise
from math import inf, isfinite, nan
from typing import TYPE_CHECKING

from autodiff_cli.engine.expression import Expression
from autodiff_cli.engine.printer import number_text
from autodiff_cli.errors import AutodiffError, Option, advice
from autodiff_cli.reports.deciders import TOLERANCE, ByBalls, ByPerturbation, Decision, Outcome, may_underflow
from autodiff_cli.reports.derivation import FACTOR, differentiated, held_as_derivative
from autodiff_cli.reports.mistakes import hint, only_where
from autodiff_cli.reports.regions import Place, where
from autodiff_cli.reports.sampling import SIMPLE, Point, Sample, Sampler, Span, Tick
from autodiff_cli.reports.sides import SeamKind, Sides, has_seam, is_tied
from autodiff_cli.reports.status import Status

if TYPE_CHECKING:
    from autodiff_cli.reports.results import Row

_CLOSE = 1e-6  # to the slope next to a point, relative
_ZEROS = 40  # points where both are 0 in floats, at which high precision is asked whatever they look like
_FAINT = 1e-290  # below, floats lose their relative precision
_ENOUGH = 30  # points proven wrong, after which a plain difference will do
_PLAIN = 1e-3  # such a difference, relative
_STEPS = 20_000  # that proofs may take at one precision
_SOME = 20  # a claim may be undefined at so many points for each where it is right
_KNOWN = 1e-6  # an estimate whose bound is wider than that, relative, says little of how far a gradient is off
_LONG = 200  # characters of a claim, beyond which it is shown as it was typed


class Answer(StrEnum):
    """What is said of a derivative."""

    RIGHT = "right"
    WRONG = "wrong"
    UNDECIDED = "undecided"  # too few points could be decided


@dataclass(slots=True)
class Comparison:
    """A claim at a point, and what is true there."""

    point: dict[str, float]
    claimed: float
    true: float


@dataclass(slots=True)
class CheckedDerivative:
    """What was found out of the derivative by one variable.

    `claim` is empty where our own gradient was held against the witness. `counts` has the outcomes that occurred, or
    the witness's verdicts; `worst` is the largest relative difference where nothing is wrong. `proof` is what is
    certain, and `domain` where both sides are defined, in the language.
    """

    name: str
    claim: str
    answer: Answer
    points: int
    counts: dict[str, int]
    worst: float = nan
    worst_at: dict[str, float] | None = None
    counterexample: Comparison | None = None
    hint: str = ""
    notes: list[str] = field(default_factory=list)
    proof: str = ""
    domain: str = ""
    line: int = 0  # of a derivation, from 1; each is held against the one before. 0 where there is one claim only
    order: int = 1


@dataclass(slots=True)
class Checked:
    """All that was found out. `region` has the smallest and largest value of each variable among the points."""

    expression: str
    region: dict[str, Span]
    points: int
    outside: int
    steep: int
    seed: int
    findings: list[CheckedDerivative]

    @property
    def answer(self) -> Answer:
        """That of all together: wrong if one is."""
        answers = [finding.answer for finding in self.findings]
        return max(answers, key=[Answer.RIGHT, Answer.UNDECIDED, Answer.WRONG].index)

    @property
    def status(self) -> Status:
        """What it comes to."""
        statuses = {Answer.RIGHT: Status.OK, Answer.WRONG: Status.MISMATCH, Answer.UNDECIDED: Status.UNDECIDED}
        return statuses[self.answer]


def decisive(findings: Sequence[CheckedDerivative]) -> CheckedDerivative:
    """Of the lines of a derivation the first that is wrong, or the first that is undecided, or the last."""
    for answer in (Answer.WRONG, Answer.UNDECIDED):
        for finding in findings:
            if finding.answer is answer:
                return finding
    return findings[-1]


def draw(
    expression: Expression,
    spans: Mapping[str, Span],
    samples: int,
    seed: int,
    tick: Tick = lambda done, of: None,
    claims: Mapping[str, Expression] | None = None,
) -> Sample:
    """Points of the expression. Raises AutodiffError where there is none with a gradient."""
    for name in spans:
        if name not in expression.variables:
            expression.check([*expression.variables, name])  # which says what is wrong
    fixed = {name: (value, value) for name, value in expression.defaults.items()}
    sample = Sampler(expression, {**fixed, **spans}, seed, claims).draw(samples, tick)
    if not sample.points:
        raise _no_point(expression, sample)
    return sample


def _no_point(expression: Expression, sample: Sample) -> AutodiffError:
    tried = f"of {sample.outside + sample.steep:,} that were tried"
    message = f"no point is inside the domain of the expression as floats have it, {tried}"
    if sample.steep:
        message = f"no point has a value and a gradient that are finite floats, {tried}"
    name = next(iter(expression.variables), "x")
    return AutodiffError(message, hint=advice("give a range that is inside, as in {0}", Option(name, "1:2")))


def check(
    expression: Expression,
    claims: Mapping[str, Expression],
    spans: Mapping[str, Span],
    samples: int = 200,
    seed: int = 0,
    tick: Tick = lambda done, of: None,
) -> Checked:
    """Hold each claim against our own gradient, at points drawn within `spans`; what has none goes over every scale.

    Raises AutodiffError where no point is inside the domain.
    """
    sample = draw(expression, spans, samples, seed, tick, claims)
    findings = [_Check(expression, name, claim, sample).run(tick) for name, claim in claims.items()]
    return _checked(expression, sample, seed, findings)


def check_lines(
    expression: Expression,
    lines: Mapping[str, Sequence[Expression]],
    spans: Mapping[str, Span],
    samples: int = 200,
    seed: int = 0,
    tick: Tick = lambda done, of: None,
    order: int = 1,
) -> Checked:
    """As `check`, of claims on a derivative of any order, and of several for a variable: the lines of a derivation.

    The first line is held against our own gradient, each other one against the line before. Raises AutodiffError
    where there are claims for several variables and the order is not 1.
    """
    first = {name: found[0] for name, found in lines.items()}
    if order > 1 and len(first) > 1:
        raise AutodiffError("a claim of higher order is for one variable", hint="check the variables one by one")
    name, *_ = first
    subject = differentiated(expression, name, order - 1)
    checked = check(subject, first, spans, samples, seed, tick)
    findings = []
    for finding in checked.findings:
        finding.order = order
        derivation = lines[finding.name]
        findings.append(finding)
        if len(derivation) > 1:
            finding.line = 1
            findings += _later_lines(subject, derivation, spans, samples, seed, tick, finding)
    return replace(checked, expression=str(expression), findings=findings)


def _later_lines(
    expression: Expression,
    lines: Sequence[Expression],
    spans: Mapping[str, Span],
    samples: int,
    seed: int,
    tick: Tick,
    first: CheckedDerivative,
) -> Iterator[CheckedDerivative]:
    """What is found out of the lines after the first."""
    for number, (before, line) in enumerate(pairwise(lines), start=2):
        finding = check_equal(before, line, spans, samples, seed, tick, domain=expression)
        yield replace(finding, name=first.name, line=number, order=first.order)


def check_equal(
    before: Expression,
    line: Expression,
    spans: Mapping[str, Span],
    samples: int = 200,
    seed: int = 0,
    tick: Tick = lambda done, of: None,
    domain: Expression | None = None,
) -> CheckedDerivative:
    """What is found out of two expressions that are said to be equal, at points where `domain` is defined too.

    Raises AutodiffError where no point is inside the domain.
    """
    held = held_as_derivative(domain or before, before, line.variables)
    finding = check(held, {FACTOR: line}, {**spans, FACTOR: (1.0, 1.0)}, samples, seed, tick).findings[0]
    if finding.worst_at:
        del finding.worst_at[FACTOR]
    if finding.counterexample:
        del finding.counterexample.point[FACTOR]
    return finding


def witness(
    expression: Expression,
    spans: Mapping[str, Span],
    samples: int = 200,
    seed: int = 0,
    tick: Tick = lambda done, of: None,
    wrt: Sequence[str] = (),
) -> Checked:
    """Hold our own gradient against the finite-difference witness, at points drawn as in `check`."""
    from autodiff_cli.reports.point import report_at

    sample = draw(expression, spans, samples, seed, tick)
    rows: dict[str, list[tuple[Point, Row]]] = {name: [] for name in wrt or expression.variables}
    for done, point in enumerate(sample.points):
        for row in report_at(expression, _values(expression, point), list(rows)).rows:
            rows[row.name].append((point, row))
        tick(done + 1, len(sample.points))
    findings = [_witnessed(expression, name, seen) for name, seen in rows.items()]
    return _checked(expression, sample, seed, findings)


def _checked(expression: Expression, sample: Sample, seed: int, findings: list[CheckedDerivative]) -> Checked:
    region = dict(zip(expression.variables, _region(sample), strict=True))
    return Checked(str(expression), region, len(sample.points), sample.outside, sample.steep, seed, findings)


def _region(sample: Sample) -> list[Span]:
    """The smallest and the largest value of each variable."""
    return [(min(column), max(column)) for column in zip(*sample.points, strict=True)]


def _witnessed(expression: Expression, name: str, seen: Sequence[tuple[Point, "Row"]]) -> CheckedDerivative:
    """What the witness's verdicts at many points come to."""
    from autodiff_cli.reports.results import Verdict

    counts = dict(Counter([row.verdict.value for _, row in seen]))
    by_verdict: dict[Verdict, list[Place]] = {verdict: [] for verdict in Verdict}
    known = []
    for point, row in seen:
        place = Place(point, row.gradient, row.estimate)
        by_verdict[row.verdict].append(place)
        if row.verdict is Verdict.OK and row.bound <= _KNOWN * abs(row.gradient):
            known.append(place)
    bad, good = by_verdict[Verdict.MISMATCH], by_verdict[Verdict.OK]
    finding = CheckedDerivative(name, "", Answer.UNDECIDED, len(bad) + len(good), counts)
    if bad:
        finding.answer = Answer.WRONG
        finding.counterexample = _spot(expression, min(bad, key=_plainness))
    elif good:
        finding.answer = Answer.RIGHT
        _add_worst(finding, expression, known or good[:1])
    return finding


def _values(expression: Expression, point: Point) -> dict[str, float]:
    return dict(zip(expression.variables, point, strict=True))


def _spot(expression: Expression, place: Place) -> Comparison:
    return Comparison(_values(expression, place.point), place.claimed, place.true)


def _add_worst(finding: CheckedDerivative, expression: Expression, places: Iterable[Place]) -> None:
    """Say how far claim and truth are apart where they are farthest."""
    worst = max(places, key=lambda place: _difference(place.claimed, place.true))
    finding.worst = _difference(worst.claimed, worst.true)
    finding.worst_at = _values(expression, worst.point)


def _difference(a: float, b: float) -> float:
    """Relative."""
    return abs(a - b) / max(abs(a), abs(b)) if a != b else 0.0


def _plainness(place: Place) -> tuple[int, float]:
    """How hard a point is on the eye, least first."""
    hard = 0
    for x in place.point:
        hard += SIMPLE.index(x) if x in SIMPLE else len(SIMPLE) + len(number_text(x))
    return hard, sum(map(abs, place.point))


def _rounded(x: float, digits: int) -> float:
    return x if x in SIMPLE else float(f"{x:.{digits}g}")


class _Tally(dict[Outcome, list[Place]]):
    """The places of each outcome, and what they come to."""

    def __init__(self, fewest: int) -> None:
        super().__init__({outcome: [] for outcome in Outcome})
        self._fewest = fewest
        self.right, self.wrong = self[Outcome.RIGHT], self[Outcome.WRONG]
        self.undefined, self.undecided = self[Outcome.UNDEFINED], self[Outcome.UNDECIDED]

    @property
    def bad(self) -> list[Place]:
        """What speaks against the claim; if it is never defined where it could be decided, that."""
        is_ever_defined = any((self.wrong, self.right, self.undecided))
        return self.wrong if is_ever_defined else self.undefined

    @property
    def answer(self) -> Answer:
        """Right takes some points, as many as are undecided, and few that are undefined."""
        without = (Outcome.UNDEFINED, Outcome.KINK, Outcome.JUMP, Outcome.SINGULAR)
        excused = sum([len(self[outcome]) for outcome in without])
        total = max(self._fewest, sum(map(len, self.values())))
        some = max(1, min(self._fewest, total - excused))
        needed = max(some, len(self.undecided), len(self.undefined) / _SOME)
        if self.bad:
            return Answer.WRONG
        return Answer.RIGHT if len(self.right) >= needed else Answer.UNDECIDED


class _Check:
    """One claim against one gradient."""

    def __init__(self, expression: Expression, name: str, claim: Expression, sample: Sample) -> None:
        from autodiff_cli.exact.balls import available

        self.expression, self.name, self.claim, self.sample = expression, name, claim, sample
        self._ours, self._theirs = expression.evaluation(), claim.evaluation()
        self._may_bend = any(map(has_seam, expression.nodes))
        self._has_balls = available()
        self._tally = _Tally(sample.fewest)
        self._zeros = 0  # points where both are 0, and high precision was asked
        affordable = _STEPS // (1 + len(expression.nodes) + len(claim.nodes))
        self._enough = max(5, min(_ENOUGH, affordable))

    def run(self, tick: Tick) -> CheckedDerivative:
        """Go over all the points, and say what they come to."""
        self._go(tick)
        tally = self._tally
        counts = {outcome.value: len(places) for outcome, places in tally.items() if places}
        points = len(tally.right) + len(tally.wrong)
        finding = CheckedDerivative(self.name, self._shown(), tally.answer, points, counts, notes=[*self._notes()])
        if tally.answer is Answer.WRONG:
            finding.counterexample = _spot(self.expression, self._simplest(tally.bad))
            finding.hint = "the claim is undefined at every point"
            if tally.wrong and self.name == FACTOR:
                finding.hint = only_where(self.expression, tally.right, tally.wrong)
            elif tally.wrong:
                finding.hint = hint(self.expression, self.name, tally.right, tally.wrong, self.claim)
        else:
            self._prove(finding)
            if tally.right:
                _add_worst(finding, self.expression, tally.right)
        return finding

    def _prove(self, finding: CheckedDerivative) -> None:
        """Say what is certain of a claim that nothing speaks against; rounding may have hidden what a proof shows."""
        is_hardly_defined = bool(self._tally.undefined) and finding.answer is Answer.UNDECIDED
        if not self._has_balls or is_hardly_defined:
            return
        from autodiff_cli.exact.identity.decision import ProofState
        from autodiff_cli.reports.certainty import show

        shown = show(self.expression, self.name, self.claim)
        finding.proof, finding.domain = shown.proof.value, shown.domain
        if shown.proof is ProofState.PROVEN:
            finding.answer = Answer.RIGHT

    def _go(self, tick: Tick) -> None:
        sample, at = self.sample, list(self.expression.variables).index(self.name)
        for done, (point, gradient) in enumerate(zip(sample.points, sample.gradients, strict=True)):
            outcome, claimed, true = self._decide(point, gradient[at])
            self._tally[outcome].append(Place(point, claimed, true))
            if done % 64 == 0:
                tick(done, len(sample.points))

    def _shown(self) -> str:
        """The claim as it was read; as it was typed where that is a program, or too long for anyone to read."""
        text, typed = str(self.claim), " ".join(self.claim.source.split())
        is_long = len(text) > max(_LONG, len(typed))
        return typed if is_long or "; " in text else text

    def _notes(self) -> Iterable[str]:
        tally = self._tally
        if tally.undecided and not self._has_balls:
            from autodiff_cli.exact.balls import INSTALL

            yield f"what rounding hides can be decided with python-flint: {INSTALL}"
        if tally.undefined and tally.right:
            yield self._undefined(tally.right + tally.wrong, tally.undefined)

    def _undefined(self, good: list[Place], undefined: list[Place]) -> str:
        """`the claim is undefined for x < 0, as at x = -1, where the derivative is -1`."""
        place = min(undefined, key=_plainness)
        point = {name: x for name, x in _values(self.expression, place.point).items() if name != FACTOR}
        at = ", ".join([f"{name} = {number_text(x)}" for name, x in point.items()])
        region = where(self.expression, undefined, good)
        there = f" for {region.exactly or region.text}, as" if region and region.text != at else ""
        true = "line before" if self.name == FACTOR else "derivative"
        return f"the claim is undefined{there} at {at}, where the {true} is {place.true:.6g}"

    def _simplest(self, wrong: list[Place]) -> Place:
        """The counterexample with the roundest numbers, one of those found or one near it."""
        best, region = min(wrong, key=_plainness), _region(self.sample)
        for digits in range(1, 5):
            point = tuple([_rounded(x, digits) for x in best.point])
            is_within = all(low <= x <= high for x, (low, high) in zip(point, region, strict=True))
            if point == best.point or not is_within:
                continue
            slope = self._slope(_values(self.expression, point))
            outcome, claimed, true = self._decide(point, slope)
            if outcome is Outcome.WRONG:
                return Place(point, claimed, true)
        return best

    def _decide(self, point: Point, true: float) -> Decision:
        """How the claim does at a point, and both values as well as they are known."""
        if not isfinite(true):
            return Decision(Outcome.SINGULAR, nan, true)
        values = _values(self.expression, point)
        self._theirs.move(values)
        claimed = self._theirs.value
        if self._may_bend:
            self._ours.move(values)
            if is_tied(self._ours):
                return self._at_tie(values, claimed, true)
        outcome = self._in_floats(values, claimed, true)
        if outcome is not None:
            return Decision(outcome, claimed, true)
        if self._may_bend and self._is_conventional(values, claimed, true):
            return Decision(Outcome.KINK, claimed, true)
        return self._by_decider(values, claimed, true)

    def _in_floats(self, values: dict[str, float], claimed: float, true: float) -> Outcome | None:
        """What floats say of a point; None where they leave it to a decider."""
        if not isfinite(claimed):
            return Outcome.UNDECIDED if abs(claimed) == inf and not self._has_balls else None
        size = max(abs(claimed), abs(true))
        if abs(claimed - true) <= TOLERANCE * size:
            is_sure = size > _FAINT or not self._may_underflow(values)
            return Outcome.RIGHT if is_sure else None
        has_proofs = len(self._tally.wrong) > self._enough  # only a count and a hint depend on more
        return Outcome.WRONG if has_proofs and _difference(claimed, true) > _PLAIN else None

    def _may_underflow(self, values: dict[str, float]) -> bool:
        """Whether floats show 0 where something else may be; high precision is asked until it was 0 often enough."""
        self._ours.move(values)
        if self._has_balls and self._zeros < _ZEROS:
            self._zeros += 1
            return True
        return may_underflow(self._ours) or may_underflow(self._theirs)

    def _by_decider(self, values: dict[str, float], claimed: float, true: float) -> Decision:
        for graph in (self._ours, self._theirs):
            graph.move(values)
        return self._decider.decide(claimed, true)

    def _at_tie(self, values: dict[str, float], claimed: float, true: float) -> Decision:
        """How the claim does exactly where a branch changes: what is next to the point says what is true there."""
        seam = self._sides.look(values, true)
        if seam is None:
            outcome = self._in_floats(values, claimed, true)
            return Decision(outcome, claimed, true) if outcome else self._by_decider(values, claimed, true)
        if seam.kind is SeamKind.PATCHED:
            slope = seam.low if seam.low == seam.high else (seam.low + seam.high) / 2
            return self._beside(claimed, _rounded(slope, 10))
        if seam.kind is SeamKind.JUMP:
            return Decision(Outcome.JUMP, claimed, true)
        if not isfinite(claimed):
            return Decision(Outcome.KINK, claimed, true)
        if abs(claimed - true) <= TOLERANCE * abs(true):
            return Decision(Outcome.RIGHT, claimed, true)
        slack = _CLOSE * max(abs(seam.low), abs(seam.high))
        is_between = seam.low - slack <= claimed <= seam.high + slack
        return Decision(Outcome.KINK if is_between else Outcome.WRONG, claimed, true)

    def _beside(self, claimed: float, slope: float) -> Decision:
        """How the claim does where the slope is known from next to the point alone."""
        if not isfinite(claimed):
            return Decision(Outcome.UNDEFINED, claimed, slope)
        is_close = abs(claimed - slope) <= _CLOSE * max(abs(claimed), abs(slope), _CLOSE)
        return Decision(Outcome.RIGHT if is_close else Outcome.WRONG, claimed, slope)

    def _is_conventional(self, values: dict[str, float], claimed: float, true: float) -> bool:
        """Whether the point is next to a kink, and the claim between the slopes to its sides."""
        seam = self._sides.look(values, true)
        return seam is not None and seam.kind is SeamKind.KINK and not (claimed < seam.low or claimed > seam.high)

    @cached_property
    def _decider(self) -> ByBalls | ByPerturbation:
        kind = ByBalls if self._has_balls else ByPerturbation
        return kind(self._ours, self.name, self._theirs)

    @cached_property
    def _sides(self) -> Sides:
        return Sides(self._ours, self.name, self._slope)

    def _slope(self, values: Mapping[str, float]) -> float:
        """Our own slope at a point; nan where there is no value."""
        self._ours.move(values)
        if not isfinite(self._ours.value):
            return nan
        if isinstance(self._decider, ByBalls):
            self._theirs.move(values)
            return self._decider.slope()
        return self._ours.gradients()[self.name]
