"""`autodiff eval`: value, gradients and the witness beside them, at one point."""

from typing import Any

import click

from autodiff_cli.commands.point import PointCommand, names, notes, read, shared


@click.command(
    cls=PointCommand,
    options_metavar="EXPRESSION [--NAME VALUE | NAME=VALUE]... [OPTIONS]",
    epilog="A value may be a constant expression: --x pi/4. An expression of - is read from standard input.",
    add_help_option=False,
)
@click.option(
    "--format",
    "format_",
    type=click.Choice(["table", "json", "csv", "tsv"]),
    default="table",
    help="What to print.",
    show_default=True,
)
@click.option("--only", metavar="WHAT", help="Print one of these alone: value, gradient.a, verdict.a ...")
@click.option("--precision", type=click.IntRange(1, 17), help="Significant digits in the table; 17 shows all.")
@shared
def command(
    ctx: click.Context,
    format_: str,
    only: str | None,
    precision: int | None,
    file: str | None,
    values_file: str | None,
    wrt: str | None,
    quiet: bool,
) -> int:
    """Differentiate EXPRESSION at a point: autodiff eval "a*b+c" --a 2 --b -3 --c 10

    Each variable of the expression is given as --NAME VALUE or NAME=VALUE.
    """
    from autodiff_cli.examine import examine

    expression, point = read(ctx, file, values_file, quiet)
    report = examine(expression, point, names(wrt))
    notes(report.notes)
    if only:
        from autodiff_cli.render import data

        click.echo(data.only(report, only))
    else:
        _print(report, format_, precision)
    return report.exit


def _print(report: Any, format_: str, precision: int | None) -> None:
    if format_ == "table":
        from rich.console import Console

        from autodiff_cli.render.table import show

        show(report, Console(highlight=False, markup=False, emoji=False), precision)
    else:
        from autodiff_cli.render import data

        text = (
            data.to_json(report) if format_ == "json" else data.to_separated(report, "," if format_ == "csv" else "\t")
        )
        click.echo(text)
