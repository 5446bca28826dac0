"""`autodiff taylor`: the Taylor polynomial of an expression in one variable or several."""

import click

from autodiff_cli.commands.point import (
    PointCommand,
    add_reading,
    at_option,
    expression,
    format_option,
    names,
    notes,
    only_option,
    point_of,
    precision_option,
    put_at,
    put_bare,
    say_reading,
    shared,
    whole,
)
from autodiff_cli.commands.printing import print_report
from autodiff_cli.reports.status import Status

HIGHEST = 1_000  # order that can be asked for
MOST = 10_000  # digits


@click.command(
    cls=PointCommand,
    options_metavar="EXPRESSION [--NAME VALUE | NAME=VALUE]... [OPTIONS]",
    epilog="With several variables it is a series in those that --wrt names; else in those of --at; else in those "
    "without a value, around 0; else in all. The others keep their values.",
    add_help_option=False,
)
@click.option(
    "--order",
    metavar="N",
    default="6",
    show_default=True,
    help="The highest power, of all variables together: up to 1,000.",
)
@at_option("The point to expand around: --at x=0,y=1, or --at 2 where there is one variable.  [default: 0]")
@format_option("table", "json", "csv", "tsv")
@only_option("polynomial, coefficient.5, derivative.x*y")
@precision_option()
@click.option("--digits", metavar="N", help="Prove so many digits of each number: up to 10,000.")
@shared
def command(
    ctx: click.Context,
    order: str,
    at: tuple[str, ...],
    format_: str,
    only: tuple[str, ...],
    precision: int | None,
    digits: str | None,
    file: str | None,
    values_file: tuple[str, ...],
    wrt: tuple[str, ...],
    quiet: bool,
) -> Status:
    """Expand EXPRESSION around a point, in powers of the distance from it.

    \b
    For example: autodiff taylor "exp(sin(x))" --x 0 --order 30

    It gives the coefficients of the powers, and the derivatives that they come from.
    """
    from autodiff_cli.render import taylor as render
    from autodiff_cli.reports import taylor

    highest = whole("order", order, 0, HIGHEST, "as in --order 6")
    proven = whole("digits", digits, 1, MOST, "as in --digits 40") if digits is not None else 0
    if proven:
        from autodiff_cli.exact.balls import require

        require()
    given, wanted = {*ctx.meta["values"]}, names(wrt)
    bare = put_at(ctx.meta["values"], at)
    placed = [name for name in ctx.meta["values"] if name not in given]
    found, texts = expression(ctx, file, values_file, wanted)
    placed += put_bare(texts, bare, found, wanted)
    by = taylor.expanded_by(found, wanted, placed, texts)
    said = _around_0([name for name in by if name not in texts | found.defaults], texts)
    point = point_of(found, texts)
    say_reading(found, quiet)
    notes(said, quiet)
    report = taylor.expand(found, point, by, highest, texts, proven)
    notes(report.notes)
    report.notes[:0] = said
    add_reading(report, found)
    print_report(render, report, only, format_, precision)
    return report.status


def _around_0(names: list[str], texts: dict[str, str]) -> list[str]:
    """Put variables of the series at 0, and say so."""
    texts |= dict.fromkeys(names, "0")
    where = ", ".join([f"{name} = 0" for name in names])
    return [f"no value for {', '.join(names)}: the series is around {where}"] * bool(names)
