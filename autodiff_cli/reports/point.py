"""An expression at a point: run forward, run backward, call the witness, and report what it says."""

from collections.abc import Collection, Iterator, Mapping
from itertools import compress
from math import inf, isfinite, nan

from autodiff_cli.engine.domain import Violation, first_without_value, overflow, violation_at, violations
from autodiff_cli.engine.expression import Evaluation, Expression, NamedGraph
from autodiff_cli.engine.graph import sweep
from autodiff_cli.engine.printer import domain_message, number_text, to_text
from autodiff_cli.engine.value import Value
from autodiff_cli.errors import UndefinedError, all_of
from autodiff_cli.reports.results import Report, Row
from autodiff_cli.witness.arbiter import Finding, Ruling, rule
from autodiff_cli.witness.judge import Verdict, seems_to_jump

_NAMED = 8  # variables in a note
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
    rows = {name: at.by_name(name) for name in names}
    ruling = rule(at, rows)
    if ruling.violation is not None:
        require_value(at)  # which names all steps that are outside
        raise _outside(at, violation_at(ruling.violation))
    notes = require_value(at) if ruling.undecided else []
    report_rows = [_row(name, found, name not in at.variables) for name, found in ruling.findings.items()]
    return Report(
        str(at), ruling.value, report_rows, [*notes, *_notes(at, ruling)], None, ruling.error, ruling.value_vanishes
    )


def _row(name: str, found: Finding, computed: bool) -> Row:
    estimate = found.estimate
    value, bound = (nan, inf) if _jumps(found) else (estimate.value, estimate.bound)
    numbers = (found.value, found.gradient, value, bound)
    return Row(name, *numbers, found.verdict, estimate.left, estimate.right, computed, error=found.error)


def _jumps(found: Finding) -> bool:
    return found.verdict is Verdict.JUMP or seems_to_jump(found.verdict, found.estimate)


def selected_rows(graph: NamedGraph, wrt: Collection[str]) -> dict[str, Value]:
    """The variables and steps that get a row; a step whose name begins with _ only when asked for."""
    if wrt:
        return {name: graph.by_name(name) for name in wrt}
    shown_steps = {name: node for name, node in graph.steps.items() if not name.startswith("_")}
    return graph.variables | shown_steps


def _notes(at: Evaluation, ruling: Ruling) -> Iterator[str]:
    """What there is to say of the numbers and the verdicts, in words."""
    verdicts = {one.verdict for one in ruling.findings.values()}
    yield from _value_notes(at, ruling)
    for name, one in ruling.findings.items():
        yield from _gradient_notes(name, one)
    yield from _digit_notes(ruling)
    if ruling.unchecked and Verdict.UNSURE in verdicts:
        yield "the expression is too large to check every variable; the rest are marked unsure"
    open_names = [name for name, one in ruling.findings.items() if one.is_open]
    if open_names:
        yield f"the values next to the point decide on no slope by {', '.join(open_names[:_NAMED])}"
    if ruling.lacks_balls and (ruling.lost or Verdict.UNSURE in verdicts):
        yield f"python-flint may resolve what floats cannot: {_install()}"


def _value_notes(at: Evaluation, ruling: Ruling) -> Iterator[str]:
    """That the value is too large, and which step has a slope that is not finite."""
    if ruling.value_beyond:
        yield from _overflow_note(at) or ["the value is too large for a float"]
    singular = [name for name, one in ruling.findings.items() if one.verdict is Verdict.SINGULAR and not one.beyond]
    if not all(isfinite(at.by_name(name).grad) for name in singular):
        yield explain_nonfinite(at.root)


def _gradient_notes(name: str, found: Finding) -> Iterator[str]:
    """How a gradient came about, if that was not by the chain rule."""
    said = {
        f"the value seems to jump here, so that there is no slope by {name}": _jumps(found),
        f"the gradient by {name} is that of the values next to the point; the chain rule does not give it": (
            found.by_neighbours
        ),
        f"the gradient by {name} is too large for a float": found.beyond,
    }
    return compress(said, said.values())


def _digit_notes(ruling: Ruling) -> Iterator[str]:
    """Which numbers are too small for a float, and which have lost their digits."""
    vanished = [name for name, one in ruling.findings.items() if one.vanishes]
    if ruling.value_vanishes:
        vanished.insert(0, "")
    if vanished:
        yield f"too small for a float, and shown as 0: {_listed(vanished)}"
    if not ruling.lost:
        return
    lost = _listed(ruling.lost)
    if ruling.is_exact:
        yield f"floats keep few right digits, or none, of {lost}: exact arithmetic gave the numbers shown"
    else:
        yield f"rounding leaves few right digits, or none, of {lost}"


def _install() -> str:
    from autodiff_cli.exact.balls import INSTALL

    return INSTALL


def _listed(numbers: Collection[str]) -> str:
    """The value, which has an empty name, and gradients in words: "the value and the gradient by x, y"."""
    names = [*filter(None, numbers)]
    more = f" and {len(names) - _NAMED} more" * (len(names) > _NAMED)
    parts = ["the value"] * ("" in numbers)
    if names:
        parts.append(f"the gradient by {', '.join(names[:_NAMED])}{more}")
    return " and ".join(parts)


# --- where there is no value, in words --------------------------------------------------------------------------------


def require_value(at: Evaluation) -> list[str]:
    """Raise AutodiffError where there is no value, naming every step that is outside its domain; note an overflow."""
    if found := violations(at):
        raise all_of([_outside(at, violation) for violation in found])
    notes = _overflow_note(at)
    if (node := first_without_value(at)) is not None:
        why = f"; {notes[0]}" if notes else ""
        message = f"{to_text(node, _LONGEST)} has no value here{why}"
        raise UndefinedError(message, source=at.source, span=at.places.get(node))
    return notes


def _overflow_note(at: Evaluation) -> list[str]:
    """The first step that became too large for a float, if there is one."""
    step = overflow(at)
    if step is None:
        return []
    return [f"{to_text(step, _LONGEST)} is too large for a float and became {number_text(step.data)}"]


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
