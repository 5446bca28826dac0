"""Several results of a program at a point: the Jacobian, each entry with the witness beside it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from autodiff_cli.engine.expression import Expression
from autodiff_cli.errors import AutodiffError, all_of
from autodiff_cli.reports.point import report_at
from autodiff_cli.reports.results import Report
from autodiff_cli.reports.status import Status, worst


@dataclass(slots=True)
class Jacobian:
    """The report of each result by name, all by the same variables."""

    expression: str
    results: dict[str, Report]
    notes: list[str] = field(default_factory=list)

    @property
    def status(self) -> Status:
        """What the reports come to."""
        return worst([report.status for report in self.results.values()])


def results_of(expression: Expression, names: Collection[str], wrt: Sequence[str] = ()) -> dict[str, Expression]:
    """The named results as expressions of the same variables: those in `wrt`, or all that one of them needs.

    Raises AutodiffError for a name that is none.

    >>> found = results_of(parse("u = a*x; v = b*x; u + v"), ["v", "u"])
    >>> [[*one.variables] for one in found.values()]
    [['a', 'x', 'b'], ['a', 'x', 'b']]
    """
    expression.require_variables(wrt)
    alone = [expression.result(name) for name in dict.fromkeys(names)]
    used = {name for one in alone for name in one.variables}
    by = [name for name in expression.variables if name in used or name in wrt]
    return {name: expression.result(name, by) for name in dict.fromkeys(names)}


def jacobian_at(
    expression: Expression, point: Mapping[str, float], names: Collection[str], wrt: Sequence[str] = ()
) -> Jacobian:
    """The named results at a point, with their gradients by the variables in `wrt`, or by all that one of them needs.

    Raises AutodiffError for a name that is no result, and where one has no value.
    """
    found, errors = {}, dict[str, AutodiffError]()
    for name, one in results_of(expression, names, wrt).items():
        by = wrt or [*one.variables]
        try:
            found[name] = report_at(one, {each: point[each] for each in one.variables if each in point}, by)
        except AutodiffError as error:
            errors[str(error)] = error
    if errors:
        raise all_of([*errors.values()])
    notes = [note for name, report in found.items() for note in map(partial(_of, name), report.notes)]
    text = str(expression)
    shown = text.rpartition("; ")[0] if expression.results else text  # of a vector the last is named already
    return Jacobian(shown, found, [*dict.fromkeys(notes)])


def _of(name: str, note: str) -> str:
    """A note, and what result it is about."""
    return f"{name}: {note}"
