"""An expression at a point: run forward, run backward, call the witness, and report what it says."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from math import inf, nan

from autodiff_cli.engine.domain import Violation, first_without_value, is_inside, violation_at, violations
from autodiff_cli.engine.expression import Evaluation, Expression, NamedGraph
from autodiff_cli.engine.printer import domain_message, to_text
from autodiff_cli.engine.value import Value
from autodiff_cli.errors import UndefinedError, all_of
from autodiff_cli.reports.remarks import Remarks, jumps, overflow_note
from autodiff_cli.reports.results import Report, Row, Verdict
from autodiff_cli.witness.arbiter import Finding, rule

_LONGEST = 60  # characters of an expression in a message


def report_at(
    expression: Expression, point: Mapping[str, float], wrt: Collection[str] = (), before: Sequence[str] = ()
) -> Report:
    """Value, gradients and verdicts of an expression at a point, by every variable and named step or by those in `wrt`.

    Notes speak of it as the derivative by the names `before`, if there are any.
    Raises AutodiffError where a step is outside its domain, the value is not a number, or a name in `wrt` is unknown.
    """
    rows = selected_rows(expression, wrt)
    with expression.at(point) as at:
        return report_of(at, list(rows), before)


def report_of(at: Evaluation, names: Collection[str], before: Sequence[str] = ()) -> Report:
    """As `report_at`, of an evaluation that stands at its point; it has its gradients afterwards."""
    rows = {name: at.by_name(name) for name in names}
    absent, is_built_on = _missing(at) if at.differentiated else ([], False)
    ruling = rule(at, rows)
    if ruling.violation is not None:
        require_value(at)  # which names all steps that are outside
        raise _outside(at, violation_at(ruling.violation))
    notes = require_value(at) if ruling.undecided else []
    report_rows = [_row(name, found, name not in at.variables) for name, found in ruling.findings.items()]
    notes += [*absent, *Remarks(at, ruling, before)]
    if is_built_on:
        report_rows = [
            replace(row, gradient=nan, estimate=nan, bound=inf, verdict=Verdict.SINGULAR) for row in report_rows
        ]
    return Report(str(at), ruling.value, report_rows, notes, error=ruling.error, vanishes=ruling.value_vanishes)


def _missing(at: Evaluation) -> tuple[list[str], bool]:
    """What `missing` finds, where something has been differentiated that is inside its domain."""
    from autodiff_cli.reports.existence import missing

    return missing(at) if is_inside(at) else ([], False)


def _row(name: str, found: Finding, computed: bool) -> Row:
    estimate = found.estimate
    value, bound = (nan, inf) if jumps(found) else (estimate.value, estimate.bound)
    numbers = (found.value, found.gradient, value, bound)
    return Row(name, *numbers, found.verdict, estimate.left, estimate.right, computed, error=found.error)


def selected_rows(graph: NamedGraph, wrt: Collection[str]) -> dict[str, Value]:
    """The variables and steps that get a row; a step whose name begins with _ only when asked for."""
    if wrt:
        return {name: graph.by_name(name) for name in wrt}
    steps = graph.steps.items()
    shown_steps = {name: node for name, node in steps if node.requires_grad and not name.startswith("_")}
    return graph.variables | shown_steps


# --- where there is no value, in words --------------------------------------------------------------------------------


def require_value(at: Evaluation) -> list[str]:
    """Raise AutodiffError where there is no value, naming every step that is outside its domain; note an overflow."""
    if found := violations(at):
        raise all_of([_outside(at, violation) for violation in found])
    notes = overflow_note(at)
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
