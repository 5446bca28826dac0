"""`autodiff eval`: value, gradients and the witness beside them, at one point."""

from typing import TYPE_CHECKING

import click

from autodiff_cli.commands.point import (
    GivenValues,
    PointCommand,
    add_reading,
    corr_option,
    format_option,
    names,
    notes,
    of_option,
    only_option,
    precision_option,
    read,
    refuse,
    shared,
    whole,
)
from autodiff_cli.commands.ranges import is_range
from autodiff_cli.errors import AutodiffError
from autodiff_cli.reports.status import Status

if TYPE_CHECKING:
    from collections.abc import Mapping

    from autodiff_cli.engine.expression import Expression
    from autodiff_cli.reports.measured import Enclosed, Measured
    from autodiff_cli.reports.proven import Proof
    from autodiff_cli.reports.results import Report

MOST = 10_000  # digits that can be asked for


@click.command(
    cls=PointCommand,
    options_metavar="EXPRESSION [--NAME VALUE | NAME=VALUE]... [OPTIONS]",
    epilog="A value may be a constant expression: --x pi/4, or a range with a step: --x 0:pi:0.1; "
    "it may have an uncertainty: --x 0.75±0.001, --x '1.738(5)', or be an interval: --x '[0.74, 0.76]'. "
    "An expression of - is read from standard input.",
    add_help_option=False,
)
@format_option("table", "json", "csv", "tsv")
@only_option("value, gradient.a, verdict.a")
@precision_option()
@click.option("--hessian", is_flag=True, help="Second derivatives too.")
@click.option("--digits", metavar="N", help="Prove so many digits, in exact arithmetic: up to 10,000.")
@click.option("--prove", is_flag=True, help="Say how many digits of each result are right; as --digits 0.")
@click.option("--exact-floats", is_flag=True, help="When proving, 0.1 is its float, not one tenth.")
@corr_option
@of_option("Named steps as results: their values and Jacobian.")
@click.option("--along", metavar="DIRECTION", help="The slope in a direction, and the steepest: 3,4 or x=3,y=4.")
@shared
def command(
    ctx: click.Context,
    format_: str,
    only: tuple[str, ...],
    precision: int | None,
    hessian: bool,
    digits: str | None,
    prove: bool,
    exact_floats: bool,
    corr: tuple[str, ...],
    of: tuple[str, ...],
    along: str | None,
    file: str | None,
    values_file: tuple[str, ...],
    wrt: tuple[str, ...],
    quiet: bool,
) -> Status:
    """Differentiate EXPRESSION at a point.

    \b
    For example: autodiff eval "a*b+c" --a 2 --b -3 --c 10

    Each variable of the expression is given as --NAME VALUE or NAME=VALUE.
    """
    count = _count(digits, prove)
    special = {"hessian": hessian, "corr": corr, "prove": prove, "digits": digits, "along": along}
    if any(map(is_range, ctx.meta["values"].values())):
        from autodiff_cli.commands.grid import reports_on_grid

        refuse(special | {"of": of}, "is for one point", "give each variable one value")
        return reports_on_grid(ctx, file, values_file, names(wrt), quiet, only, format_, precision)
    given = GivenValues()
    expression, point = read(ctx, file, values_file, quiet, given.number_of, several=True)
    if several := names(of) or expression.results:
        from autodiff_cli.commands.jacobian import show_jacobian

        refuse(special, "is for one result", _one_result(expression))
        _require_certain(given.uncertain, "a Jacobian")
        return show_jacobian(expression, point, several, names(wrt), only, format_, precision)
    if hessian and count is not None:
        raise AutodiffError("second derivatives are not proven", hint="--hessian goes without --digits and --prove")
    report: Report | Proof
    if along is not None:
        from autodiff_cli.commands.along import report_along

        refuse({"prove": prove, "digits": digits, "corr": corr}, "does not go with --along", "ask one after the other")
        _require_certain(given.uncertain, "--along")
        report = report_along(expression, point, names(wrt), along)
        _add_hessian(report, expression, point, hessian)
    elif given.uncertain or corr:
        if count is not None:
            raise AutodiffError("--digits and --prove are for numbers that are known", hint="give values alone")
        report = _report_of_uncertain(ctx, expression, point, given.uncertain, names(wrt), corr)
        _add_hessian(report, expression, point, hessian)
    else:
        report = _report(ctx, expression, point, names(wrt), count, hessian, exact_floats)
    notes(report.notes)
    add_reading(report, expression)
    _print(report, only, format_, precision)
    return report.status


def _report(
    ctx: click.Context,
    expression: "Expression",
    point: dict[str, float],
    wrt: list[str],
    count: int | None,
    hessian: bool,
    exact_floats: bool,
) -> "Report | Proof":
    """What is asked: proven digits; or floats, with how many of their digits are right, or with second derivatives."""
    if count:
        from autodiff_cli.reports.proof import prove

        return prove(expression, ctx.meta["typed"], count, wrt, exact_floats)
    from autodiff_cli.reports.point import report_at

    report = report_at(expression, point, wrt)
    if count == 0:
        from autodiff_cli.reports.proof import certify

        certify(report, expression, ctx.meta["typed"], exact_floats)
    _add_hessian(report, expression, point, hessian)
    return report


def _add_hessian(report: "Report", expression: "Expression", point: dict[str, float], wanted: bool) -> None:
    """Put the second derivatives in a report, if they are wanted."""
    if wanted:
        from autodiff_cli.reports import formulas

        report.second, more = formulas.hessian(expression, point, report)
        report.notes += [note for note in more if note not in report.notes]


def _report_of_uncertain(
    ctx: click.Context,
    expression: "Expression",
    point: dict[str, float],
    uncertain: "Mapping[str, Measured | Enclosed]",
    wrt: list[str],
    corr: tuple[str, ...],
) -> "Report":
    """The report with an uncertainty, or with an enclosure where the values are intervals."""
    from autodiff_cli.commands.correlations import correlations
    from autodiff_cli.commands.uncertainty import measured_or_enclosed

    measured, enclosed = measured_or_enclosed(uncertain)
    pairs = correlations(corr, measured, expression.variables)
    if enclosed:
        from autodiff_cli.reports.enclosed import report_of_enclosed

        return report_of_enclosed(expression, point, ctx.meta["typed"], enclosed, wrt)
    from autodiff_cli.reports.uncertainty import report_of_uncertain

    return report_of_uncertain(expression, point, measured, pairs, wrt)


def _one_result(expression: "Expression") -> str:
    """What to do where one result is wanted, and there are several."""
    if not (several := expression.results):
        return "a program's last statement is its result, without --of"
    name = several[0].rpartition("_")[0]
    return f"write one of them last: {name} = ...; {several[0]}"


def _require_certain(uncertain: "Mapping[str, Measured | Enclosed]", what: str) -> None:
    """Raise AutodiffError where something is asked that wants numbers that are known."""
    for name in uncertain:
        raise AutodiffError(f"{what} is for numbers that are known, and {name} is not", hint="give values alone")


def _count(digits: str | None, prove: bool) -> int | None:
    """How many digits are to be proven: 0 for what floats give, None for no proof."""
    if digits is None:
        return 0 if prove else None
    hint = "as in --digits 40; with 0 it says how many digits of the floats are right"
    return whole("digits", digits, 0, MOST, hint)


def _print(report: "Report | Proof", only: tuple[str, ...], format_: str, precision: int | None) -> None:
    from autodiff_cli.render import data
    from autodiff_cli.reports.results import Report

    if only:
        click.echo("\n".join([data.only(report, path) for path in only]))
    elif format_ == "table" and isinstance(report, Report) and (report.uncertainty or report.enclosure):
        from autodiff_cli.render.uncertainty import draw

        draw(report, precision)
    elif format_ == "table":
        from autodiff_cli.render import report as drawing

        drawing.draw(report, precision)
    elif format_ == "json":
        click.echo(data.to_json(report))
    else:
        click.echo(data.to_separated(report, format_))
