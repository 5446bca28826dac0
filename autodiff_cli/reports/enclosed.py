"""An expression some of whose numbers are intervals: where its value and its slopes lie for certain."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from autodiff_cli.engine.expression import Expression
from autodiff_cli.errors import UndefinedError
from autodiff_cli.exact.balls import Balls, require
from autodiff_cli.reports.measured import Enclosed
from autodiff_cli.reports.point import report_at
from autodiff_cli.reports.proof import ExactGraph
from autodiff_cli.reports.results import Report

if TYPE_CHECKING:
    from autodiff_cli.exact.enclosure import Bounds

_BITS = 256


@dataclass(slots=True)
class Enclosure:
    """Where the value lies, and by name the intervals that are given or follow, and where the slopes lie."""

    value: "Bounds"
    intervals: "dict[str, Bounds]"
    gradients: "dict[str, Bounds | None]"


def report_of_enclosed(
    expression: Expression,
    point: Mapping[str, float],
    typed: Mapping[str, str],
    enclosed: Mapping[str, Enclosed],
    wrt: Collection[str] = (),
) -> Report:
    """The report at the middle of the intervals, with the enclosure; `typed` has all values as they are typed.

    Raises AutodiffError where python-flint is missing, and where no finite value is certain.
    """
    require()
    from autodiff_cli.exact.enclosure import Bounds, Boxed

    ends = [{**typed} | {name: one.typed[side] for name, one in enclosed.items()} for side in (0, 1)]
    balls = Balls(_BITS)
    low, high = [ExactGraph(expression, one, wrt, exact_floats=False).leaves(balls) for one in ends]
    nodes = [expression.variables[name] for name in enclosed]
    box = {node: (low[node], high[node]) for node in nodes}
    boxed = Boxed(expression, low, box)
    value = boxed.value()
    if value is None:
        where = ", ".join([f"{name} in [{', '.join(one.typed)}]" for name, one in enclosed.items()])
        raise UndefinedError(
            f"there is no enclosure for {where}: {expression} may have no finite value there",
            hint="one that ends at the edge of a domain, or reaches across a jump, has none; a narrower one may",
        )
    report = report_at(expression, point, wrt)
    slopes = boxed.gradients()
    intervals = {name: Bounds(one.low, one.high) for name, one in enclosed.items()}
    for row in report.rows:
        if row.computed and (found := boxed.value(expression.steps[row.name])):
            intervals[row.name] = found
    gradients = {name: slopes[expression.variables[name]] for name in enclosed}
    report.enclosure = Enclosure(value, intervals, gradients)
    report.notes += [
        f"the slope by {name} is not known over the interval" for name, slope in gradients.items() if slope is None
    ]
    return report
