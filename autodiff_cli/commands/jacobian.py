"""`autodiff eval --of u,v`: several results at a point."""

from typing import TYPE_CHECKING

from autodiff_cli.commands.point import add_reading, notes
from autodiff_cli.commands.printing import print_report
from autodiff_cli.reports.status import Status

if TYPE_CHECKING:
    from autodiff_cli.engine.expression import Expression


def show_jacobian(
    expression: "Expression",
    point: dict[str, float],
    results: list[str],
    wrt: list[str],
    only: tuple[str, ...],
    format_: str,
    precision: int | None,
) -> Status:
    """Print the results and their Jacobian, each entry with its verdict."""
    from autodiff_cli.render import jacobian as render
    from autodiff_cli.reports.jacobian import jacobian_at

    report = jacobian_at(expression, point, results, wrt)
    notes(report.notes)
    add_reading(report, expression)
    print_report(render, report, only, format_, precision)
    return report.status
