"""`autodiff trace`: every step forward and backward, with the local derivatives."""

from typing import TYPE_CHECKING

import click

from autodiff_cli.commands.output import deliver, format_of, output
from autodiff_cli.commands.point import PointCommand, add_reading, names, notes, precision_option, read, shared
from autodiff_cli.render.formats import TRACE
from autodiff_cli.reports.status import Status

if TYPE_CHECKING:
    from autodiff_cli.engine.expression import Expression


@click.command(
    cls=PointCommand,
    options_metavar="EXPRESSION [--NAME VALUE | NAME=VALUE]... [OPTIONS]",
    epilog="Steps without a name are called _1, _2 ...; in a program, as in 'd = a*b; L = d + c', they have their own.",
    add_help_option=False,
)
@output("Write a file, by its ending: .json .md (Markdown) .tex (LaTeX) .txt", TRACE.endings())
@click.option("--explain", is_flag=True, help="Say each rule in words.")
@click.option(
    "--format",
    "format_",
    type=click.Choice(TRACE.choices()),
    help="What to print.  [default: table]",
)
@precision_option("Significant digits, but not in JSON; 17 shows all.")
@shared
def command(
    ctx: click.Context,
    output: str | None,
    explain: bool,
    format_: str | None,
    precision: int | None,
    file: str | None,
    values_file: tuple[str, ...],
    wrt: tuple[str, ...],
    quiet: bool,
) -> Status:
    """Show how the gradients of EXPRESSION come about, step by step.

    \b
    For example: autodiff trace "L = (a*b + c)*f" --a 2 --b -3 --c 10 --f -2

    Forward, each step and its value; then backward, in the order of the sweep, the gradient that comes in, the local
    derivative, and what it adds to the gradient of the input.
    """
    from autodiff_cli.reports.trace import trace

    name = format_of(output, format_, TRACE.endings(), TRACE.usual.name)
    expression, point = read(ctx, file, values_file, quiet)
    report = trace(expression, point, names(wrt), _unnamed(expression, name))
    notes(report.notes)
    add_reading(report, expression)
    if not explain:
        report.rules = {}
    deliver(TRACE, name, report, output, precision=precision)
    return report.status


def _unnamed(expression: "Expression", format: str) -> str:
    """What the names of unnamed steps begin with."""
    if format != "latex":
        return "_"
    from autodiff_cli.render.trace import letter

    return letter(expression)
