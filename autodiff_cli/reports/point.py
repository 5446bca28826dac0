"""An expression at a point: run forward, run backward, call the witness, and judge. Makes the report."""

from collections.abc import Collection
from math import inf, isfinite, nan

from autodiff_cli.engine.expression import Expression, is_outside, needed
from autodiff_cli.engine.graph import forward, sweep
from autodiff_cli.engine.printer import number_text, outside, to_text
from autodiff_cli.engine.value import Value
from autodiff_cli.errors import AutodiffError, Exit, all_of, did_you_mean
from autodiff_cli.reports.results import Report, Row, Verdict
from autodiff_cli.rules.table import CONSTANTS
from autodiff_cli.witness.finite_difference import Estimate, differentiate
from autodiff_cli.witness.replay import NUDGES, Tape, nudge_all, scramble

_RESOLVED = 1e-6  # an estimate whose bound is wider than this, relative to the slope, resolves nothing
_VISIBLE = 1e-7  # a difference below this, relative, may be something finer than every step: it accuses nobody
_LONGEST = 60  # characters of an expression in a message
_ULPS = 2.0**-51  # rounding of a sum, relative to what it adds up
_RANGE = 1e-280  # smaller numbers may have met the end of the floats on their way
_NOTHING = 2.0**-600  # what a sum that cancels leaves over in high precision
_STEEP = 1e50  # what differences over the least of steps make of a jump
_FEW = 1e-3  # three digits: a gradient that has kept fewer is not vouched for
_FLOOR = 1e-10  # relative: nearer than that gradient and estimate need not be
_STEPS = 100_000_000  # forward steps the witness may take in all before it gives up
_BALL_STEPS = 500_000  # and in high precision


def examine(expression: Expression, point: dict[str, float], wrt: Collection[str] = ()) -> Report:
    """Value, gradients and verdicts of an expression at a point, by every variable and named step or by those in `wrt`.

    Raises AutodiffError where a step is outside its domain, the value is not a number, or a name in `wrt` is unknown.
    """
    rows = chosen(expression, wrt)
    expression.set(point)
    notes = check_domains(expression)
    gradients = expression.backward()
    if not all(isfinite(gradients[name]) for name in rows):
        notes += blame_slopes(expression.root)
    estimates = _estimates(expression, rows)
    checked = set(estimates)
    judge = _Judge(expression, gradients)
    verdicts = {name: judge.verdict(name, estimates.setdefault(name, Estimate())) for name in rows}
    refined = judge.refine(rows, estimates, verdicts)
    for name, estimate in refined.items():
        estimate.doubtful |= estimates[name].doubtful
        estimates[name], verdicts[name] = estimate, judge.verdict(name, estimate)
    for name, estimate in estimates.items():
        steep = estimate.bound == inf or abs(estimate.value) > _STEEP
        if verdicts[name] is Verdict.UNSURE and estimate.doubtful and steep:
            estimate.value, estimate.bound = nan, inf
            notes.append(f"the value seems to jump here, so that there is no slope by {name}")
    if len(checked) < len(rows) and Verdict.UNSURE in verdicts.values():
        notes.append("the expression is too large to check every variable; the rest are marked unsure")
    notes += judge.notes()
    for name, node in (expression.variables | expression.steps).items():
        node.grad = gradients[name]
    report = Report(str(expression), expression.root.data, [], notes)
    for name, node in rows.items():
        estimate = estimates[name]
        numbers = (node.data, gradients[name], estimate.value, estimate.bound)
        sides = (estimate.left, estimate.right)
        report.rows.append(Row(name, *numbers, verdicts[name], *sides, computed=name not in expression.variables))
    return report


def chosen(expression: Expression, wrt: Collection[str]) -> dict[str, Value]:
    """The variables and steps that get a row; a step whose name begins with _ only when asked for."""
    named = expression.variables | expression.steps
    for name in wrt:
        if name not in named:
            hint = did_you_mean(name, list(named)) or (
                f"there are {', '.join(list(named)[:20])}" if named else "the expression has no variables"
            )
            raise AutodiffError(f"there is no '{name}' to differentiate by", hint=hint)
    if wrt:
        return {name: named[name] for name in wrt}
    return {name: node for name, node in named.items() if name in expression.variables or name[0] != "_"}


def _estimates(expression: Expression, rows: dict[str, Value]) -> dict[str, Estimate]:
    """The witness's slope by each of the nodes, for as many as it can afford."""
    tape = Tape(expression.root, expression.nodes, rows.values())
    found: dict[str, Estimate] = {}
    steps = 0
    for name, variable in rows.items():
        if steps > _STEPS:
            break
        line = tape.along(variable)
        found[name] = differentiate(line, line.nudged, variable.data, line.shaken)
        if line.jumps:  # steps as wide as whole jumps see a slope where there is none, and a kink
            found[name].doubtful = True
            if found[name].kink:
                found[name].kink, found[name].bound = False, inf
        steps += found[name].evaluations * line.cost
        line.restore()
    return found


class _Judge:
    """Says what the witness makes of each gradient."""

    def __init__(self, expression: Expression, gradients: dict[str, float]) -> None:
        self._expression = expression
        self._gradients = gradients
        self._moves: dict[str, float] = {}
        self._exact: dict[str, float] = {}
        self._lost: list[str] = []
        self._missing = ""

    def verdict(self, name: str, estimate: Estimate) -> Verdict:
        """The verdict on a gradient, which may be off by what rounding moves it."""
        gradient = self._gradients[name]
        if not isfinite(gradient):
            return Verdict.SINGULAR
        if estimate.kink:
            return Verdict.KINK
        difference = abs(gradient - estimate.value)
        size = max(abs(gradient), abs(estimate.value)) or 1.0
        bound = estimate.bound + _FLOOR * abs(estimate.value)
        if difference > bound:
            bound += self._rounding(name) + (_RANGE if difference < _RANGE else 0.0)
        if difference <= bound <= _RESOLVED * size:
            # Two zeros prove nothing where rounding alone decides whether the gradient is one
            shown = gradient or estimate.value or name in self._exact or not self._rounding(name)
            return Verdict.OK if shown else Verdict.UNSURE
        drowned = self._moves.get(name, 0.0) > 0.01 * size  # rounding may have made of it anything
        if difference > bound and not (name in self._exact and drowned):
            accused = difference > _VISIBLE * size and not estimate.doubtful
            return Verdict.MISMATCH if accused else Verdict.UNSURE
        if name not in self._exact:
            return Verdict.UNSURE
        self._lost.append(name)  # float64 has lost the digits: judge what the rules make of it without rounding
        exact = self._exact[name]
        resolved = estimate.bound <= _RESOLVED * max(abs(exact), abs(estimate.value))
        if not resolved and abs(exact) > _NOTHING * self._rounding(name):
            return Verdict.UNSURE
        if abs(exact - estimate.value) > estimate.bound + _FLOOR * abs(estimate.value) + _NOTHING * self._rounding(
            name
        ):
            return Verdict.MISMATCH
        right = difference <= _FEW * size or (estimate.value == 0 and difference <= self._rounding(name))
        return Verdict.OK if right else Verdict.UNSURE

    def refine(
        self, rows: dict[str, Value], estimates: dict[str, Estimate], verdicts: dict[str, Verdict]
    ) -> dict[str, Estimate]:
        """Estimates in high precision, where floats did not settle the matter or show no slope at all."""
        doubtful = [
            name
            for name, verdict in verdicts.items()
            if verdict in (Verdict.UNSURE, Verdict.MISMATCH, Verdict.KINK)
            or (verdict is Verdict.OK and estimates[name].value == 0)
        ]
        doubtful = doubtful[: _BALL_STEPS // (5 * len(self._expression.nodes) + 1)]
        if not doubtful:
            return {}
        from autodiff_cli.exact.balls import INSTALL, available

        if not available():
            if Verdict.UNSURE in verdicts.values():
                self._missing = f"python-flint may resolve what floats cannot: {INSTALL}"
            return {}
        from autodiff_cli.witness.high_precision import Refined

        expression = self._expression
        refined = Refined(expression.root, expression.nodes)
        found = {name: refined.along(rows[name]) for name in doubtful}
        if drowned := [name for name in doubtful if not found[name].value and self._gradients[name]]:
            finer = Refined(expression.root, expression.nodes, 4 * refined.balls.bits)
            found |= {name: finer.along(rows[name]) for name in drowned}
        slopes = refined.balls.gradients(expression.root, refined.values)
        zero = refined.balls.point(0.0)
        self._exact = {name: refined.balls.middle(slopes.get(rows[name], zero)) for name in doubtful}
        return {name: estimate for name, estimate in found.items() if estimate.kink or isfinite(estimate.bound)}

    def notes(self) -> list[str]:
        """What would help, and which gradients float64 cannot give in full."""
        if self._missing:
            return [self._missing]
        if not self._lost:
            return []
        return [f"rounding leaves few right digits, or none, in the gradient by {', '.join(self._lost)}"]

    def _rounding(self, name: str) -> float:
        if not self._moves:
            self._moves = _rounding(self._expression, self._gradients)
        return self._moves[name]


def _rounding(expression: Expression, gradients: dict[str, float]) -> dict[str, float]:
    """How far rounding may have moved each gradient: twice what it moves when every step is nudged by some ulp."""
    moved = dict.fromkeys(gradients, 0.0)
    state = scramble(0)
    constants = {
        arg for node in expression.nodes for arg in node.args if arg.label in CONSTANTS and not arg.requires_grad
    }
    for _ in range(4):
        for node in constants:
            state = scramble(state)
            node.data = CONSTANTS[node.label or ""] * NUDGES[state >> 61]
        state = nudge_all(expression.nodes, state)
        nudged = expression.backward()
        moved = {name: max(move, 2 * abs(nudged[name] - gradients[name])) for name, move in moved.items()}
    for node in constants:
        node.data = CONSTANTS[node.label or ""]
    forward(expression.nodes)
    sizes = _sizes(expression)
    return {name: max(move, _ULPS * sizes.get(name, 0.0)) for name, move in moved.items()}


def _sizes(expression: Expression) -> dict[str, float]:
    """The size of what each gradient adds up."""
    order = sweep(expression.root)
    sizes: dict[Value, float] = dict.fromkeys(order, 0.0) | {expression.root: 1.0}
    for node in order:
        for index, arg in enumerate(node.args):
            if arg in sizes and index not in node.rule.zero_partials:
                sizes[arg] += sizes[node] * abs(node.rule.partial(node, index))
    return {name: sizes.get(node, 0.0) for name, node in (expression.variables | expression.steps).items()}


def check_domains(expression: Expression) -> list[str]:
    """Raise for the steps outside of their functions' domains; note a step that overflowed."""
    bad = [node for node in expression.nodes if not isfinite(node.data)]
    notes: list[str] = []
    if not bad:
        return notes
    reached = needed(expression.root, *expression.needed)
    errors: list[AutodiffError] = []
    for node in bad:
        args = [arg.data for arg in node.args]
        if node not in reached or not all(map(isfinite, args)):
            continue
        function = node.rule.function
        if is_outside(node):
            span = expression.places.get(node)
            errors.append(
                AutodiffError(
                    outside(node), source=expression.source, span=span, hint=function.hint, exit=Exit.UNDEFINED
                )
            )
        elif not notes:
            notes.append(f"{to_text(node, _LONGEST)} is too large for a float and became {number_text(node.data)}")
    if errors:
        raise all_of(errors)
    if expression.root.data != expression.root.data:
        node = next(node for node in bad if node in reached and node.data != node.data)
        why = f"; {notes[0]}" if notes else ""
        raise AutodiffError(
            f"{to_text(node, _LONGEST)} has no value here{why}",
            source=expression.source,
            span=expression.places.get(node),
            exit=Exit.UNDEFINED,
        )
    return notes


def blame_slopes(root: Value) -> list[str]:
    """Which step made a gradient infinite or undefined, and why."""
    for node in sweep(root):
        if not isfinite(node.grad):
            continue
        for index, arg in enumerate(node.args):
            if not arg.requires_grad or index in node.rule.zero_partials:
                continue
            partial = node.rule.partial(node, index)
            if isfinite(partial * node.grad):
                continue
            by = f" by its argument {index + 1}" if len(node.args) > 1 else ""
            moving = [arg for arg in node.args if arg.requires_grad]
            at = ", ".join(f"{to_text(arg, _LONGEST)} = {number_text(arg.data)}" for arg in moving)
            slope = f"the slope of {to_text(node, _LONGEST)}{by} is"
            if partial != partial:
                return [f"{slope} undefined where {at}"]
            if isfinite(partial):
                return [f"{slope} too large for a float where {at}"]
            if node.grad == 0:
                return [f"0 times infinity: {slope} infinite where {at}, and nothing is passed to it"]
            return [f"{slope} infinite where {at}"]
    return ["infinite slopes meet and cancel: the gradient is undefined here"]
