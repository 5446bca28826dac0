"""`autodiff trace`: every step forward and backward, with the local derivatives."""

import click

from autodiff_cli.commands.output import format_of, output, put
from autodiff_cli.commands.point import PointCommand, names, notes, read, shared
from autodiff_cli.reports.status import Status

ENDINGS = {".json": "json", ".md": "markdown", ".tex": "latex", ".txt": "table"}


@click.command(
    cls=PointCommand,
    options_metavar="EXPRESSION [--NAME VALUE | NAME=VALUE]... [OPTIONS]",
    epilog="Steps without a name are called _1, _2 ...; in a program, as in 'd = a*b; L = d + c', they have their own.",
    add_help_option=False,
)
@output("Write a file, by its ending: .json .md (Markdown) .tex (LaTeX) .txt")
@click.option("--explain", is_flag=True, help="Say each rule in words.")
@click.option(
    "--format",
    "format_",
    type=click.Choice(["table", "json", "markdown", "latex"]),
    help="What to print.  [default: table]",
)
@click.option("--precision", type=click.IntRange(1, 17), help="Significant digits, but not in JSON; 17 shows all.")
@shared
def command(
    ctx: click.Context,
    output: str | None,
    explain: bool,
    format_: str | None,
    precision: int | None,
    file: str | None,
    values_file: str | None,
    wrt: tuple[str, ...],
    quiet: bool,
) -> Status:
    """Show how the gradients of EXPRESSION come about, step by step.

    \b
    For example: autodiff trace "L = (a*b + c)*f" --a 2 --b -3 --c 10 --f -2

    Forward, each step and its value; then backward, in the order of the sweep, the gradient that comes in, the local
    derivative, and what it adds to the gradient of the input.
    """
    from autodiff_cli.render import trace as render
    from autodiff_cli.reports.trace import trace

    format_ = format_of(output, format_, ENDINGS, "table")
    expression, point = read(ctx, file, values_file, quiet)
    unnamed = render.letter(expression) if format_ == "latex" else "_"
    report = trace(expression, point, names(wrt), unnamed)
    notes(report.notes)
    if not explain:
        report.rules = {}
    if format_ == "table" and output is None:
        render.show(report, precision)
        return report.status
    if format_ == "json":
        text = render.to_json(report)
    else:
        made = {"table": render.to_text, "markdown": render.to_markdown, "latex": render.to_latex}
        text = made[format_](report, precision)
    put(f"{text}\n".encode(), output)
    return report.status
