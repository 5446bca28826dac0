"""Is this derivative right? A claim against our own gradient at many points; floats first, higher precision to decide.

Nothing is called wrong for its rounding. Where the two differ in floats, balls of any precision decide; without them a
difference counts once it is far larger than what moves when every step is perturbed by some ulp.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from math import inf, isfinite, nan
from typing import Any, Protocol

from autodiff_cli.engine.domain import is_inside
from autodiff_cli.engine.expression import Evaluation, Expression
from autodiff_cli.engine.graph import forward
from autodiff_cli.engine.printer import number_text
from autodiff_cli.engine.value import Value
from autodiff_cli.errors import AutodiffError, did_you_mean
from autodiff_cli.reports.mistakes import Place, hint, where
from autodiff_cli.reports.sampling import COMPARISONS, SIMPLE, Point, Sample, Sampler, Span, Tick
from autodiff_cli.reports.status import Status
from autodiff_cli.rules.table import find
from autodiff_cli.witness.replay import PERTURBATIONS, next_random

TOLERANCE = 1e-9  # relative: nearer than that is right, so that a constant may be typed to ten digits
_BITS = (200, 500, 2000)
_RUNS = 8  # times each point is run again, where there are no balls
_CAUTION = 10  # times what that moves
_ULP = 2.0**-52
_HAZY = 0.01  # a number that moves by more than that has no digits left
_FAINT = 1e-290  # below, floats lose their relative precision
_SIDE = 2.0**-40  # how far to the sides a kink is looked for, relative
_BENT = 1e-3  # by how much the slopes at a kink differ, relative
_ENOUGH = 30  # points proven wrong, after which a plain difference will do
_SOME = 20  # a claim may be undefined at so many points for each where it is right
_KNOWN = 1e-6  # an estimate whose bound is wider than that, relative, says little of how far a gradient is off
_LONG = 200  # characters of a claim, beyond which it is shown as it was typed
_TYPED = 10  # digits from which a number in a claim may be a rounded one


class Answer(StrEnum):
    """What is said of a derivative."""

    RIGHT = "right"
    WRONG = "wrong"
    UNDECIDED = "undecided"  # too few points could be decided


class Outcome(StrEnum):
    """How a claim does at a point."""

    RIGHT = "right"
    WRONG = "wrong"
    KINK = "kink"  # the slopes on both sides differ, and which of them it is a convention
    UNDEFINED = "undefined"  # the claim has no value where the expression has a slope
    UNDECIDED = "undecided"  # rounding hides it
    SINGULAR = "singular"  # our own gradient is not finite


@dataclass(slots=True)
class Spot:
    """A claim at a point, and what is true there."""

    point: dict[str, float]
    claimed: float
    true: float


@dataclass(slots=True)
class Finding:
    """What was found out of the derivative by one variable.

    `claim` is empty where our own gradient was held against the witness. `counts` has the outcomes that occurred, or
    the witness's verdicts; `worst` is the largest relative difference where nothing is wrong.
    """

    name: str
    claim: str
    answer: Answer
    points: int
    counts: dict[str, int]
    worst: float = nan
    worst_at: dict[str, float] | None = None
    counterexample: Spot | None = None
    hint: str = ""
    notes: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Checked:
    """All that was found out. `region` has the smallest and largest value of each variable among the points."""

    expression: str
    region: dict[str, Span]
    points: int
    outside: int
    steep: int
    seed: int
    findings: list[Finding]

    @property
    def answer(self) -> Answer:
        """That of all together: wrong if one is."""
        answers = {finding.answer for finding in self.findings}
        return next((one for one in (Answer.WRONG, Answer.UNDECIDED) if one in answers), Answer.RIGHT)

    @property
    def status(self) -> Status:
        """What it comes to."""
        statuses = {Answer.RIGHT: Status.OK, Answer.WRONG: Status.MISMATCH, Answer.UNDECIDED: Status.UNDECIDED}
        return statuses[self.answer]


def read_claims(texts: Iterable[str], expression: Expression, wrt: Sequence[str] = ()) -> dict[str, Expression]:
    """The claims by variable, from texts such as `a=b*cos(a)`; or `cos(x)` where there is one, or one in `wrt`.

    Raises AutodiffError for a claim that cannot be read, or is for no variable of the expression.
    """
    claims: dict[str, Expression] = {}
    variables = list(expression.variables)
    meant = list(wrt) or variables
    listed = f"its variables are {', '.join(variables[:20])}" if variables else "it has no variables"
    for text in texts:
        name, body = _named(text, variables)
        if not name and len(meant) == 1:
            name = meant[0]
        elif not name:
            example = f", as in --claim {variables[0]}=..." if variables else ""
            raise AutodiffError("the claim does not say by which variable", hint=f"{listed}{example}")
        if name not in expression.variables:
            raise AutodiffError(
                f"a claim for '{name}', which is no variable of the expression",
                hint=did_you_mean(name, variables) or listed,
            )
        if name in claims:
            raise AutodiffError(f"two claims for '{name}'", hint="give it one")
        claims[name] = _claim(body, expression, listed)
    return claims


def _named(text: str, variables: Sequence[str]) -> tuple[str, str]:
    """The variable a claim is for, if it says so, and the rest."""
    head = re.match(r"\s*([^\W\d]\w*)\s*=(?!=)", text)
    if not head or (head[1] not in variables and re.search(r"[;\n]", text.strip())):  # the claim is a program
        return "", text
    return head[1], text[head.end() :].strip()


def _claim(text: str, expression: Expression, listed: str) -> Expression:
    from autodiff_cli.language.parser import parse

    if not text.strip():
        raise AutodiffError("the claim is empty", hint="as in --claim '2*x'")
    claim = parse(text, list(expression.variables))
    for name in claim.variables:
        if name not in expression.variables and name not in claim.defaults:
            found = re.search(rf"(?<![^\W\d_]){re.escape(name)}(?!\w)", text)
            raise AutodiffError(
                f"the claim has a variable that the expression has not: '{name}'",
                source=text,
                span=found.span() if found else None,
                hint=f"the expression computes {name}: write it out, in what it is computed from"
                if name in expression.steps
                else did_you_mean(name, list(expression.variables)) or listed,
            )
    return claim


def no_functions(expression: Expression, given: Iterable[str]) -> None:
    """Raise AutodiffError for a variable that is called as a function is, unless it is given a value or a range."""
    for name in expression.variables:
        function = find(name, 1)
        if function and not function.symbol and name not in given and name not in expression.defaults:
            hint = f"write {name}(x); for a variable of that name give a range: --{name} 1:2"
            raise AutodiffError(f"{name} is a function, and has no argument here", source=expression.source, hint=hint)


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
        tried = sample.outside + sample.steep
        if sample.steep:
            message = f"no point has a finite gradient, of {tried:,} that were tried"
        else:
            message = f"no point is inside the domain of the expression, of {tried:,} that were tried"
        name = next(iter(expression.variables), "x")
        raise AutodiffError(message, hint=f"give a range that is inside, as in --{name} 1:2")
    return sample


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


def _checked(expression: Expression, sample: Sample, seed: int, findings: list[Finding]) -> Checked:
    columns = zip(expression.variables, zip(*sample.points, strict=True), strict=True)
    region = {name: (min(column), max(column)) for name, column in columns}
    return Checked(str(expression), region, len(sample.points), sample.outside, sample.steep, seed, findings)


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
    from autodiff_cli.reports.results import Row, Verdict

    sample = draw(expression, spans, samples, seed, tick)
    rows: dict[str, list[tuple[Point, Row]]] = {name: [] for name in wrt or expression.variables}
    for done, point in enumerate(sample.points):
        report = report_at(expression, _point(expression, point), list(rows))
        for row in report.rows:
            rows[row.name].append((point, row))
        tick(done + 1, len(sample.points))
    findings = []
    for name, seen in rows.items():
        counts: dict[str, int] = {}
        for _, row in seen:
            counts[row.verdict.value] = counts.get(row.verdict.value, 0) + 1
        bad = [(point, row) for point, row in seen if row.verdict is Verdict.MISMATCH]
        good = [(point, row) for point, row in seen if row.verdict is Verdict.OK]
        answer = Answer.WRONG if bad else Answer.RIGHT if good else Answer.UNDECIDED
        finding = Finding(name, "", answer, len(bad) + len(good), counts)
        if bad:
            point, row = min(bad, key=lambda pair: _plainness(pair[0]))
            finding.counterexample = Spot(_point(expression, point), row.gradient, row.estimate)
        elif good := [(point, row) for point, row in good if row.bound <= _KNOWN * abs(row.gradient)] or good[:1]:
            point, row = max(good, key=lambda pair: _difference(pair[1].gradient, pair[1].estimate))
            finding.worst, finding.worst_at = _difference(row.gradient, row.estimate), _point(expression, point)
        findings.append(finding)
    return _checked(expression, sample, seed, findings)


def _point(expression: Expression, point: Point) -> dict[str, float]:
    return dict(zip(expression.variables, point, strict=True))


def _difference(a: float, b: float) -> float:
    """Relative."""
    return abs(a - b) / max(abs(a), abs(b)) if a != b else 0.0


def _plainness(point: Point) -> tuple[int, float]:
    """How hard a point is on the eye, least first."""
    hard = 0
    for x in point:
        hard += SIMPLE.index(x) if x in SIMPLE else 20 + len(number_text(x))
    return hard, sum(map(abs, point))


class _Check:
    """One claim against one gradient."""

    def __init__(self, expression: Expression, name: str, claim: Expression, sample: Sample) -> None:
        from autodiff_cli.exact.balls import available

        self.expression, self.name, self.claim, self.sample = expression, name, claim, sample
        self._ours, self._theirs = expression.evaluation(), claim.evaluation()
        self._at = list(expression.variables).index(name)
        self._kinky = any([n.rule.function.kinks or n.rule.function.name in COMPARISONS for n in expression.nodes])  # noqa: C419
        self._exact = available()
        self._decider: _Decider | None = None
        self._wrong = 0
        self._enough = max(5, min(_ENOUGH, 20_000 // (1 + len(expression.nodes) + len(claim.nodes))))

    def run(self, tick: Tick) -> Finding:
        """Go over all the points."""
        places: list[Place] = []
        outcomes: list[Outcome] = []
        for done, (point, gradient) in enumerate(zip(self.sample.points, self.sample.gradients, strict=True)):
            outcome, claimed, true = self._outcome(point, gradient[self._at])
            places.append(Place(point, claimed, true))
            outcomes.append(outcome)
            self._wrong += outcome is Outcome.WRONG
            if done % 64 == 0:
                tick(done, len(self.sample.points))
        by = {one: [p for p, outcome in zip(places, outcomes, strict=True) if outcome is one] for one in Outcome}
        right, wrong, undefined = by[Outcome.RIGHT], by[Outcome.WRONG], by[Outcome.UNDEFINED]
        bad = wrong or (undefined if not right and not by[Outcome.UNDECIDED] else [])
        most = len(right) >= max(1, len(by[Outcome.UNDECIDED]), len(undefined) / _SOME)
        answer = Answer.WRONG if bad else Answer.RIGHT if most else Answer.UNDECIDED
        counts = {one.value: len(found) for one, found in by.items() if found}
        finding = Finding(self.name, self._shown(), answer, len(right) + len(wrong), counts)
        if bad:
            finding.counterexample = self._spot(self._simplest(bad))
            finding.hint = (
                hint(self.expression, self.name, right, wrong) if wrong else "the claim is undefined at every point"
            )
        elif most:
            worst = max(right, key=lambda place: _difference(place.claimed, place.true))
            finding.worst, finding.worst_at = _difference(worst.claimed, worst.true), self._spot(worst).point
        if by[Outcome.UNDECIDED] and not self._exact:
            from autodiff_cli.exact.balls import INSTALL

            finding.notes.append(f"what rounding hides can be decided with python-flint: {INSTALL}")
        if undefined and right:
            finding.notes.append(self._undefined(right + wrong, undefined))
        return finding

    def _shown(self) -> str:
        text, typed = str(self.claim), " ".join(self.claim.source.split())
        return typed if len(text) > max(_LONG, len(typed)) or "; " in text else text

    def _undefined(self, good: list[Place], undefined: list[Place]) -> str:
        place = min(undefined, key=lambda place: _plainness(place.point))
        at = ", ".join(f"{name} = {number_text(x)}" for name, x in self._spot(place).point.items())
        region = where(self.expression, undefined, good)
        there = f" for {region}, as" if region and region != at else ""
        return f"the claim is undefined{there} at {at}, where the derivative is {place.true:.6g}"

    def _spot(self, place: Place) -> Spot:
        return Spot(_point(self.expression, place.point), place.claimed, place.true)

    def _simplest(self, wrong: list[Place]) -> Place:
        """The counterexample with the roundest numbers, one of those found or one near it."""
        best = min(wrong, key=lambda place: _plainness(place.point))
        for digits in range(1, 5):
            point = tuple([x if x in SIMPLE else float(f"{x:.{digits}g}") for x in best.point])
            if point == best.point or not self._within(point):
                continue
            slope = self._slope(_point(self.expression, point))
            if isfinite(slope):
                outcome, claimed, true = self._outcome(point, slope)
                if outcome is Outcome.WRONG:
                    return Place(point, claimed, true)
        return best

    def _within(self, point: Point) -> bool:
        """Whether the point lies among those drawn."""
        columns = zip(*self.sample.points, strict=True)
        return all(min(column) <= x <= max(column) for x, column in zip(point, columns, strict=True))

    def _outcome(self, point: Point, true: float) -> tuple[Outcome, float, float]:
        """How the claim does at a point, and both values as well as they are known."""
        values = _point(self.expression, point)
        if not isfinite(true):
            return Outcome.SINGULAR, nan, true
        self._theirs.move(values)
        claimed = self._theirs.value
        if isfinite(claimed) and abs(claimed - true) <= TOLERANCE * max(abs(claimed), abs(true)):
            return Outcome.RIGHT, claimed, true
        if self._wrong > self._enough and isfinite(claimed) and _difference(claimed, true) > 1e-3:
            return Outcome.WRONG, claimed, true  # only a count and a hint depend on it
        if self._kinky and self._at_kink(values, true):
            return Outcome.KINK, claimed, true
        if abs(claimed) == inf and not self._exact:
            return Outcome.UNDECIDED, claimed, true
        self._ours.move(values)
        if self._decider is None:
            self._decider = (_Balls if self._exact else _Perturbed)(self._ours, self.name, self._theirs)
        return self._decider.decide(claimed, true)

    def _slope(self, values: Mapping[str, float]) -> float:
        """Our own slope at a point; nan where there is no value."""
        self._ours.move(values)
        return self._ours.gradients()[self.name] if isfinite(self._ours.value) else nan

    def _at_kink(self, values: dict[str, float], true: float) -> bool:
        """Whether the slope changes at once as some variable moves a little to either side."""
        for name, x in values.items():
            step = _SIDE * (abs(x) or 1.0)
            for moved in (x - step, x + step):
                slope = self._slope({**values, name: moved})
                if not abs(slope - true) <= _BENT * max(abs(slope), abs(true)) and abs(slope - true) > 4 * step:
                    return True
        return False


class _Decider(Protocol):
    """Decides a point where floats differ; expression and claim are moved there."""

    def __init__(self, expression: Evaluation, name: str, claim: Evaluation) -> None: ...

    def decide(self, claimed: float, true: float) -> tuple[Outcome, float, float]:
        """The outcome, and both values as well as they are known."""
        ...


class _Balls:
    """Decides by balls of rising precision: a proof."""

    def __init__(self, expression: Evaluation, name: str, claim: Evaluation) -> None:
        from autodiff_cli.exact.balls import Balls

        self._expression, self._name, self._claim = expression, name, claim
        self._known = {leaf.label for leaf in _leaves(expression)}
        self._make: Callable[[int], Balls] = Balls
        self._prepared: dict[int, tuple[Any, dict[Value, Any], dict[Value, Any]]] = {}

    def _balls(self, bits: int) -> tuple[Any, dict[Value, Any], dict[Value, Any]]:
        """The balls of that precision, and those of the constants in expression and claim."""
        if bits not in self._prepared:
            balls = self._make(bits)
            ours = {leaf: balls.constant(leaf) for leaf in _leaves(self._expression)}
            theirs = {leaf: self._constant(balls, leaf) for leaf in _leaves(self._claim)}
            self._prepared[bits] = balls, ours, theirs
        return self._prepared[bits]

    def _constant(self, balls: Any, leaf: Value) -> Any:
        """A number of the claim; one with many digits may be off in the last, as 0.3333333333 for 1/3."""
        text = leaf.label or ""
        mantissa, _, exponent = text.lower().partition("e")
        if text in self._known or len(mantissa.replace(".", "").strip("0")) < _TYPED:
            return balls.constant(leaf)
        digits = len(mantissa.partition(".")[2]) - int(exponent or 0)
        off = float(f"1e{-digits}") + 4 * _ULP * abs(leaf.data)  # it may be cut off, or computed
        return balls.number(f"[{text} +/- {off!r}]")

    def decide(self, claimed: float, true: float) -> tuple[Outcome, float, float]:
        """Raise the precision until the two are told apart, or shown to be one."""
        from flint import arb, ctx

        for bits in _BITS:
            balls, ours, theirs = self._balls(bits)
            values = balls.values_of(self._expression, ours | _moved(balls, self._expression))
            slopes = balls.gradients(self._expression.root, values)
            slope = slopes.get(self._expression.variables[self._name], 0)
            value = balls.values_of(self._claim, theirs | _moved(balls, self._claim))[self._claim.root]
            with ctx.workprec(bits):
                t, c = [arb.nan() if isinstance(n, ArithmeticError) else arb(n) for n in (slope, value)]
                if not t.is_finite():
                    continue
                true = float(t.mid())
                if not c.is_finite():
                    if bits == _BITS[-1]:
                        return Outcome.UNDEFINED, nan, true
                    continue
                claimed = float(c.mid())
                apart, size = abs(c - t), TOLERANCE * abs(c).max(abs(t))
                if apart <= size:
                    return Outcome.RIGHT, claimed, true
                if apart > size:
                    return Outcome.WRONG, claimed, true
                if bits == _BITS[-1] and float(apart.upper()) < _FAINT:  # both are zero
                    return Outcome.RIGHT, claimed, claimed
        return Outcome.UNDECIDED, claimed, true


def _leaves(expression: Evaluation) -> set[Value]:
    """The constants of an expression."""
    found = {leaf for node in (*expression.nodes, expression.root) for leaf in (node, *node.args)}
    return {leaf for leaf in found if not leaf.args and leaf not in expression.variables.values()}


def _moved(balls: Any, expression: Evaluation) -> dict[Value, Any]:
    """The balls of the variables at the point."""
    return {variable: balls.point(variable.data) for variable in expression.variables.values()}


class _Perturbed:
    """Decides by what rounding moves, where there are no balls: a difference far larger is none of rounding."""

    def __init__(self, expression: Evaluation, name: str, claim: Evaluation) -> None:
        self._expression, self._name, self._claim = expression, name, claim
        self._state = next_random(0)

    def decide(self, claimed: float, true: float) -> tuple[Outcome, float, float]:
        """Run both again with every step some ulp off, and see how far they move."""
        lost = [not all([isfinite(n.data) for n in graph.nodes]) for graph in (self._expression, self._claim)]  # noqa: C419
        if lost[0]:
            return Outcome.UNDECIDED, claimed, true
        before = {node: node.data for graph in (self._expression, self._claim) for node in graph.nodes}
        moved, outside = 0.0, 0
        for _ in range(_RUNS):
            self._perturb(self._expression.nodes)
            slope = self._expression.gradients()[self._name]
            self._perturb(self._claim.nodes)
            if any([_lost(node, before) for node in before]):  # noqa: C419
                return Outcome.UNDECIDED, claimed, true
            outside += not is_inside(self._claim)
            off = abs(slope - true) + abs(self._claim.root.data - claimed)
            moved = max(moved, off) if off == off else nan
        if outside == _RUNS:
            return Outcome.UNDEFINED, nan, true
        apart = abs(claimed - true)
        size = max(abs(claimed), abs(true))
        told = apart > _CAUTION * moved + TOLERANCE * size and size > _FAINT
        return Outcome.WRONG if told and not lost[1] else Outcome.UNDECIDED, claimed, true

    def _perturb(self, nodes: Iterable[Value]) -> None:
        for node in nodes:
            self._state = next_random(self._state)
            forward((node,))
            function = node.rule.function
            if "0" in function.partials or node.rule.jumps:  # conditions and steps are no rounded numbers
                continue
            if node.data == 0 and (function.name in ("add", "sub") or any([arg.data == 0 for arg in node.args])):  # noqa: C419
                continue  # an exact zero, and no underflow: a condition may depend on it
            factor = PERTURBATIONS[self._state >> 61]
            node.data = node.data * factor if abs(node.data) > _FAINT else node.data + (factor - 1) * _FAINT


def _lost(node: Value, before: Mapping[Value, float]) -> bool:
    """Whether an argument has no digits left where that may change the result by any amount, as below a fraction."""
    name = node.rule.function.name
    if name in ("add", "sub", "neg", "mul"):
        return False
    for arg in node.args[:1] if name == "pow" else node.args[1:] if name == "div" else node.args:
        was = before.get(arg, arg.data)
        if not abs(arg.data - was) <= _HAZY * abs(was) and abs(arg.data - was) > _FAINT:
            return True
    return False
