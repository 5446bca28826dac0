"""`autodiff taylor`: the Taylor polynomial of an expression by one variable."""

from typing import TYPE_CHECKING

import click

from autodiff_cli.commands.point import PointCommand, format_option, names, notes, read, shared, whole
from autodiff_cli.reports.status import Status

if TYPE_CHECKING:
    from autodiff_cli.reports.taylor import Taylor

HIGHEST = 1_000  # order that can be asked for
MOST = 10_000  # digits


@click.command(
    cls=PointCommand,
    options_metavar="EXPRESSION [--NAME VALUE | NAME=VALUE]... [OPTIONS]",
    epilog="With several variables, --wrt names the one to expand by; the others keep their values.",
    add_help_option=False,
)
@click.option("--order", metavar="N", default="6", show_default=True, help="The highest power: up to 1,000.")
@format_option("table", "json", "csv", "tsv")
@click.option("--only", metavar="WHAT", help="Print one of these alone: polynomial, coefficient.5, derivative.5 ...")
@click.option("--precision", type=click.IntRange(1, 17), help="Significant digits in the table; 17 shows all.")
@click.option("--digits", metavar="N", help="Prove so many digits of each number: up to 10,000.")
@shared
def command(
    ctx: click.Context,
    order: str,
    format_: str,
    only: str | None,
    precision: int | None,
    digits: str | None,
    file: str | None,
    values_file: str | None,
    wrt: tuple[str, ...],
    quiet: bool,
) -> Status:
    """Expand EXPRESSION around a point, in powers of the distance from it.

    \b
    For example: autodiff taylor "exp(sin(x))" --x 0 --order 30

    It gives the coefficients of the powers, and the derivatives that they come from.
    """
    from autodiff_cli.reports import taylor

    highest = whole("order", order, 0, HIGHEST, "as in --order 6")
    proven = whole("digits", digits, 1, MOST, "as in --digits 40") if digits is not None else 0
    if proven:
        from autodiff_cli.exact.balls import require

        require()
    expression, point = read(ctx, file, values_file, quiet)
    name = taylor.only_variable(expression, names(wrt))
    report = taylor.expand(expression, point, name, highest, ctx.meta["typed"], proven)
    notes(report.notes)
    _print(report, only, format_, precision)
    return report.status


def _print(report: "Taylor", only: str | None, format_: str, precision: int | None) -> None:
    from autodiff_cli.render import taylor

    if only:
        click.echo(taylor.only(report, only))
    elif format_ == "table":
        from autodiff_cli.render.console import printed

        with printed() as console:
            taylor.show(report, console, precision)
    elif format_ == "json":
        click.echo(taylor.to_json(report))
    else:
        click.echo(taylor.to_separated(report, format_))
