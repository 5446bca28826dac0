"""An expression at a point: run forward, run backward, call the witness, and report what it says."""

from collections.abc import Collection, Iterable, Mapping
from math import inf, isfinite, nan

from autodiff_cli.engine.domain import Violation, first_without_value, overflow, violations
from autodiff_cli.engine.expression import Evaluation, Expression, NamedGraph
from autodiff_cli.engine.graph import sweep
from autodiff_cli.engine.printer import domain_message, number_text, to_text
from autodiff_cli.engine.value import Value
from autodiff_cli.errors import UndefinedError, all_of
from autodiff_cli.reports.results import Report, Row, Verdict
from autodiff_cli.witness.judge import Judge

_LONGEST = 60  # characters of an expression in a message


def report_at(expression: Expression, point: Mapping[str, float], wrt: Collection[str] = ()) -> Report:
    """Value, gradients and verdicts of an expression at a point, by every variable and named step or by those in `wrt`.

    Raises AutodiffError where a step is outside its domain, the value is not a number, or a name in `wrt` is unknown.
    """
    rows = selected_rows(expression, wrt)
    with expression.at(point) as at:
        return report_of(at, list(rows))


def report_of(at: Evaluation, names: Collection[str]) -> Report:
    """As `report_at`, of an evaluation that stands at its point; it has its gradients afterwards."""
    notes = require_value(at)
    nodes = {name: at.by_name(name) for name in names}
    gradients = at.gradients()
    if not all(isfinite(gradients[name]) for name in nodes):
        notes.append(explain_nonfinite(at.root))
    judge = Judge(at, gradients, nodes)
    for name, node in at.named.items():
        node.grad = gradients[name]
    jumps = judge.jumps()
    rows = []
    for name, node in nodes.items():
        estimate = judge.estimates[name]
        value, bound = (nan, inf) if name in jumps else (estimate.value, estimate.bound)
        numbers = (node.data, gradients[name], value, bound)
        sides = (estimate.left, estimate.right)
        rows.append(Row(name, *numbers, judge.verdicts[name], *sides, computed=name not in at.variables))
    return Report(str(at), at.root.data, rows, [*notes, *_notes(judge)])


def selected_rows(graph: NamedGraph, wrt: Collection[str]) -> dict[str, Value]:
    """The variables and steps that get a row; a step whose name begins with _ only when asked for."""
    if wrt:
        return {name: graph.by_name(name) for name in wrt}
    shown_steps = {name: node for name, node in graph.steps.items() if not name.startswith("_")}
    return graph.variables | shown_steps


def _notes(judge: Judge) -> Iterable[str]:
    """What keeps the witness from saying more, in words."""
    for name in judge.jumps():
        yield f"the value seems to jump here, so that there is no slope by {name}"
    if not judge.is_complete and Verdict.UNSURE in judge.verdicts.values():
        yield "the expression is too large to check every variable; the rest are marked unsure"
    if judge.lacks_balls:
        from autodiff_cli.exact.balls import INSTALL

        yield f"python-flint may resolve what floats cannot: {INSTALL}"
    elif judge.lost:
        yield f"rounding leaves few right digits, or none, in the gradient by {', '.join(judge.lost)}"


# --- where there is no value, in words --------------------------------------------------------------------------------


def require_value(at: Evaluation) -> list[str]:
    """Raise AutodiffError where there is no value, naming every step that is outside its domain; note an overflow."""
    if found := violations(at):
        raise all_of([_outside(at, violation) for violation in found])
    notes = []
    if (step := overflow(at)) is not None:
        notes.append(f"{to_text(step, _LONGEST)} is too large for a float and became {number_text(step.data)}")
    if (node := first_without_value(at)) is not None:
        why = f"; {notes[0]}" if notes else ""
        message = f"{to_text(node, _LONGEST)} has no value here{why}"
        raise UndefinedError(message, source=at.source, span=at.places.get(node))
    return notes


def _outside(at: Evaluation, violation: Violation) -> UndefinedError:
    """That a step is outside its domain, and what to do about it."""
    return UndefinedError(
        domain_message(violation.node, violation.arguments),
        source=at.source,
        span=at.places.get(violation.node),
        hint=violation.function.hint,
    )


def explain_nonfinite(root: Value) -> str:
    """Which step made a gradient infinite or undefined, and why."""
    for node in sweep(root):
        if isfinite(node.grad):
            for index, arg in enumerate(node.args):
                partial = _passed_on(node, index) if arg.requires_grad else 0.0
                if not isfinite(partial * node.grad):
                    return _blame(node, index, partial)
    return "infinite slopes meet and cancel: the gradient is undefined here"


def _passed_on(node: Value, index: int) -> float:
    """The partial of a step by an argument; 0 where the rule passes nothing on."""
    return 0.0 if index in node.rule.zero_partials else node.rule.partial(node, index)


def _blame(node: Value, index: int, partial: float) -> str:
    """What is the matter with one partial of a step."""
    by = f" by its argument {index + 1}" if len(node.args) > 1 else ""
    moving = [arg for arg in node.args if arg.requires_grad]
    at = ", ".join([f"{to_text(arg, _LONGEST)} = {number_text(arg.data)}" for arg in moving])
    slope = f"the slope of {to_text(node, _LONGEST)}{by} is"
    if partial != partial:
        return f"{slope} undefined where {at}"
    if isfinite(partial):
        return f"{slope} too large for a float where {at}"
    if node.grad == 0:
        return f"0 times infinity: {slope} infinite where {at}, and nothing is passed to it"
    return f"{slope} infinite where {at}"
