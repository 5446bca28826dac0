"""`autodiff diff`: the derivatives as formulas, and as code."""

from typing import TYPE_CHECKING

import click

from autodiff_cli.codegen.targets import TARGETS
from autodiff_cli.commands.point import (
    PointCommand,
    expression,
    format_option,
    names,
    notes,
    point_of,
    put_at,
    shared,
    whole,
)
from autodiff_cli.errors import AutodiffError
from autodiff_cli.reports.status import Status

if TYPE_CHECKING:
    from autodiff_cli.reports.results import Derivatives

MOST = 100  # the highest order


@click.command(
    cls=PointCommand,
    options_metavar="EXPRESSION [--at NAME=VALUE]... [OPTIONS]",
    add_help_option=False,
)
@click.option("--order", metavar="N", help="Differentiate so many times by each variable.")
@click.option("--hessian", is_flag=True, help="All second derivatives.")
@click.option("--at", metavar="NAME=VALUE", multiple=True, help="The value there too; as --NAME VALUE.")
@click.option("--to", "target", type=click.Choice(TARGETS), help="Write value and derivatives as code.")
@click.option("--steps/--expand", default=None, help="Name what is used more than once, or never. Else where it pays.")
@format_option("text", "json", "csv", "tsv")
@shared
def command(
    ctx: click.Context,
    order: str | None,
    hessian: bool,
    at: tuple[str, ...],
    target: str | None,
    steps: bool | None,
    format_: str,
    file: str | None,
    values_file: str | None,
    wrt: tuple[str, ...],
    quiet: bool,
) -> Status:
    """Write out the derivative of EXPRESSION by each of its variables.

    \b
    For example: autodiff diff "x^2 * sin(x)"
    """
    from autodiff_cli.reports import formulas
    from autodiff_cli.reports.point import selected_rows

    if target and (steps is not None or format_ != "text"):
        raise AutodiffError("--to has a form of its own", hint="--to goes without --format, --steps and --expand")
    put_at(ctx.meta["values"], at)
    by = names(wrt)
    found, texts = expression(ctx, file, values_file, [*by, *ctx.meta["values"]], request=True)
    by = by or found.asked
    point = point_of(found, texts) if texts else None
    notes(found.notes, quiet)
    count = _order(order, hessian)
    wanted = list(selected_rows(found, by)) if by else list(found.variables)
    derivatives = formulas.orders(wanted, count, hessian)
    if not target:
        report = formulas.differentiate(found, derivatives, point, steps, hessian=hessian)
        notes(report.notes, quiet)
        _print(report, format_)
        return report.status
    if at:
        raise AutodiffError("code is for all points", hint="--to goes without --at")
    from autodiff_cli.codegen import targets

    text, said = targets.write(found, target, derivatives)
    notes(said, quiet)
    click.echo(text, nl=False)
    return Status.OK


def _order(typed: str | None, hessian: bool) -> int:
    if typed is None:
        return 1
    if hessian:
        raise AutodiffError("--hessian and --order are two things", hint="the Hessian has all of second order")
    return whole("order", typed, 1, MOST, "autodiff taylor has the numbers of higher orders at a point")


def _print(report: "Derivatives", format_: str) -> None:
    from autodiff_cli.render import formulas

    if format_ == "json":
        click.echo(formulas.to_json(report))
    elif format_ in ("csv", "tsv"):
        click.echo(formulas.to_separated(report, format_))
    elif report.rows:
        click.echo(formulas.to_lines(report))
