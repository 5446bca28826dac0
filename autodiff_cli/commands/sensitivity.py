"""`autodiff sensitivity`: which input matters most."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import click

from autodiff_cli.commands.point import (
    GivenValues,
    PointCommand,
    add_reading,
    between_commas,
    format_option,
    names,
    notes,
    number,
    only_option,
    precision_option,
    read,
    shared,
)
from autodiff_cli.commands.printing import print_report
from autodiff_cli.commands.ranges import is_range
from autodiff_cli.errors import AutodiffError, unknown_name
from autodiff_cli.reports.status import Status

if TYPE_CHECKING:
    from autodiff_cli.reports.measured import Enclosed, Measured
    from autodiff_cli.reports.sensitivity import Span


@click.command(
    cls=PointCommand,
    options_metavar="EXPRESSION [--NAME VALUE | NAME=VALUE]... [OPTIONS]",
    epilog="A value with an uncertainty, --x 9±0.1, or an interval, --x '[8, 10]', says how far it goes itself.",
    add_help_option=False,
)
@format_option("table", "json", "csv", "tsv")
@only_option("value, elasticity.x, width.x, low.x.result")
@precision_option("Significant digits in the table.")
@click.option("--by", metavar="HOW FAR", multiple=True, help="Each input low and high: 10%, 0.5, or R=5,V=1%.")
@shared
def command(
    ctx: click.Context,
    format_: str,
    only: tuple[str, ...],
    precision: int | None,
    by: tuple[str, ...],
    file: str | None,
    values_file: tuple[str, ...],
    wrt: tuple[str, ...],
    quiet: bool,
) -> Status:
    """Say which input of EXPRESSION matters most: percent per percent, and what the result is at low and high inputs.

    \b
    For example: autodiff sensitivity "V/(R+r)" --V 9 --R 100 --r 2 --by 10%
    """
    from autodiff_cli.render import sensitivity as render
    from autodiff_cli.reports.sensitivity import sensitivity

    for name, text in ctx.meta["values"].items():
        if is_range(text):
            raise AutodiffError(f"{name} = {text} is a range", hint=f"one value, and how far it goes: --by {name}=...")
    given = GivenValues()
    expression, point = read(ctx, file, values_file, quiet, given.number_of)
    spans = {name: _own_span(found) for name, found in given.uncertain.items()}
    there = expression.defaults | point
    wanted = names(wrt) or [*expression.variables]
    if not expression.variables:
        raise AutodiffError("there is no input: the expression has no variables", source=expression.source)
    report = sensitivity(expression, point, _spans(by, there, wanted, spans), names(wrt))
    notes(report.notes)
    add_reading(report, expression)
    print_report(render, report, only, format_, precision)
    return report.status


def _own_span(known: "Measured | Enclosed") -> "Span":
    """How far an uncertain value goes down and up: one sigma, or to the ends of its interval."""
    from autodiff_cli.reports.measured import Measured

    if isinstance(known, Measured):
        return known.below, known.above
    return known.value - known.low, known.high - known.value


def _spans(
    typed: tuple[str, ...], there: Mapping[str, float], wanted: list[str], spans: "dict[str, Span]"
) -> "dict[str, Span]":
    """How far each variable goes: by what is said of it, by its own uncertainty, or by what is said of all.

    Raises AutodiffError for a name that is no variable, and for what is no distance.
    """
    parts = [part for one in typed for part in between_commas(one)]
    usual, own = "", dict[str, str]()
    for part in parts:
        name, equals, text = part.partition("=")
        if equals and name.strip() not in there:
            raise unknown_name(name.strip(), [*there], "to move", "the expression has no variables")
        if equals:
            own[name.strip()] = text.strip()
        elif usual or not part:
            raise AutodiffError(f"--by {','.join(typed)} is not one distance", hint="as in --by 10%, or --by R=5,V=1%")
        else:
            usual = part
    texts = dict.fromkeys([name for name in wanted if usual and name not in spans], usual) | own
    found = spans | {name: _span(name, text, there[name]) for name, text in texts.items()}
    return {name: span for name, span in found.items() if any(span)}


def _span(name: str, text: str, value: float) -> "Span":
    """A distance, or so many percent of the value."""
    share = text.removesuffix("%")
    distance = number(name, share) / 100 * abs(value) if share != text else number(name, text)
    if not distance >= 0:
        raise AutodiffError(f"--by {text} goes backwards", hint="a distance has no minus: both ways are taken")
    return distance, distance
