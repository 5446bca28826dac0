"""An expression at a point: run forward, run backward, call the witness, and judge. Makes the report."""

from collections.abc import Collection
from math import isfinite

from autodiff_cli.difference import Estimate, differentiate
from autodiff_cli.errors import AutodiffError, Exit, all_of, did_you_mean
from autodiff_cli.expression import Expression
from autodiff_cli.printer import number_text, to_text
from autodiff_cli.report import Report, Row, Verdict
from autodiff_cli.tape import NUDGES, Tape, scramble
from autodiff_cli.value import FLOATS, Value, forward, sweep

_RESOLVED = 1e-6  # an estimate whose bound is wider than this, relative to the slope, resolves nothing
_VISIBLE = 1e-7  # a difference below this, relative, may be something finer than every step: it accuses nobody
_LONGEST = 60  # characters of an expression in a message
_STEPS = 100_000_000  # forward steps the witness may take in all before it gives up


def examine(expression: Expression, point: dict[str, float], wrt: Collection[str] = ()) -> Report:
    """Value, gradients and verdicts of an expression at a point, by every variable and named step or by those in `wrt`.

    Raises AutodiffError where a step is outside its domain, the value is not a number, or a name in `wrt` is unknown.
    """
    rows = _chosen(expression, wrt)
    expression.set(point)
    notes = _check_domains(expression)
    gradients = expression.backward()
    if not all(isfinite(gradients[name]) for name in rows):
        notes += _blame_slopes(expression.root)
    estimates = _estimates(expression, rows)
    if len(estimates) < len(rows):
        notes.append("the expression is too large to check every variable; the rest are marked unsure")
    report = Report(str(expression), expression.root.data, [], notes)
    rounding: dict[str, float] = {}
    for name, node in rows.items():
        estimate, gradient = estimates.get(name, Estimate()), gradients[name]
        verdict = _judge(gradient, estimate)
        if verdict is Verdict.MISMATCH:
            rounding = rounding or _rounding(expression, gradients)
            verdict = _judge(gradient, estimate, rounding[name])
        numbers = (node.data, gradient, estimate.value, estimate.bound)
        report.rows.append(
            Row(name, *numbers, verdict, estimate.left, estimate.right, computed=name not in expression.variables)
        )
    return report


def _chosen(expression: Expression, wrt: Collection[str]) -> dict[str, Value]:
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
        found[name] = differentiate(line, line.nudged, variable.data)
        if line.jumps:  # steps as wide as whole jumps see a slope where there is none
            found[name].kink, found[name].doubtful = False, True
        steps += found[name].evaluations * line.cost
        line.restore()
    return found


def _judge(gradient: float, estimate: Estimate, rounding: float = 0.0) -> Verdict:
    """The verdict on a gradient that rounding may have moved by `rounding`."""
    if not isfinite(gradient):
        return Verdict.SINGULAR
    if estimate.kink:
        return Verdict.KINK
    bound = estimate.bound + rounding
    difference = abs(gradient - estimate.value)
    size = max(abs(gradient), abs(estimate.value)) if gradient else 1.0
    if difference > bound and difference > _VISIBLE * size and not estimate.doubtful:
        return Verdict.MISMATCH
    return Verdict.OK if difference <= bound <= _RESOLVED * size else Verdict.UNSURE


def _rounding(expression: Expression, gradients: dict[str, float]) -> dict[str, float]:
    """How far rounding may have moved each gradient: twice what it moves when every step is nudged by some ulp."""
    moved = dict.fromkeys(gradients, 0.0)
    state = scramble(0)
    for _ in range(4):
        for node in expression.nodes:
            state = scramble(state)
            forward((node,))
            node.data *= NUDGES[state >> 61]
        nudged = expression.backward()
        moved = {name: max(move, 2 * abs(nudged[name] - gradients[name])) for name, move in moved.items()}
    forward(expression.nodes)
    return moved


def _check_domains(expression: Expression) -> list[str]:
    """Raise for the steps outside of their functions' domains; note a step that overflowed."""
    bad = [node for node in expression.nodes if not isfinite(node.data)]
    notes: list[str] = []
    if not bad:
        return notes
    needed = _needed(expression.root)
    errors: list[AutodiffError] = []
    for node in bad:
        args = [arg.data for arg in node.args]
        if node not in needed or not all(map(isfinite, args)):
            continue
        function = node.rule.function
        if function.domain and not FLOATS.formula(function.domain, ", ".join(function.args))(*args):
            span = expression.places.get(node)
            errors.append(
                AutodiffError(
                    _outside(node), source=expression.source, span=span, hint=function.hint, exit=Exit.UNDEFINED
                )
            )
        elif not notes:
            notes.append(f"{to_text(node, _LONGEST)} is too large for a float and became {number_text(node.data)}")
    if errors:
        raise all_of(errors)
    if expression.root.data != expression.root.data:
        node = next(node for node in bad if node in needed and node.data != node.data)
        why = f"; {notes[0]}" if notes else ""
        raise AutodiffError(
            f"{to_text(node, _LONGEST)} has no value here{why}",
            source=expression.source,
            span=expression.places.get(node),
            exit=Exit.UNDEFINED,
        )
    return notes


def _needed(root: Value) -> set[Value]:
    """The nodes that the value depends on: of a `where`, only the branch that is taken."""
    found, stack = {root}, [root]
    while stack:
        node = stack.pop()
        args = node.args
        if node.rule.function.name == "where":
            args = (args[0], args[1] if args[0].data else args[2])
        for arg in args:
            if arg not in found:
                found.add(arg)
                stack.append(arg)
    return found


def _outside(node: Value) -> str:
    """In words: what the function needs, and what it got."""
    function = node.rule.function
    call = f"{function.name}({', '.join(function.args)})"
    if function.symbol:
        call = f" {function.symbol} ".join(function.args) if function.name != "pow" else "^".join(function.args)
    got = []
    for name, arg in zip(function.args, node.args, strict=True):
        if name in function.domain:
            text, number = to_text(arg, _LONGEST), number_text(arg.data)
            got.append(f"{name} = {text} = {number}" if text not in (name, number) else f"{name} = {number}")
    return f"{call} needs {function.domain}; here {', '.join(got)}"


def _blame_slopes(root: Value) -> list[str]:
    """Which step made a gradient infinite or undefined, and why."""
    for node in sweep(root):
        if not isfinite(node.grad):
            continue
        for index, arg in enumerate(node.args):
            if not arg.requires_grad or index in node.rule.fixed:
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
