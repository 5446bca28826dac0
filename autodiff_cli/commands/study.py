"""`autodiff study`: what a curve does, and where, each with its proof; of two variables the critical points."""

from collections.abc import Collection
from typing import TYPE_CHECKING

import click

from autodiff_cli.commands.point import (
    PointCommand,
    add_reading,
    expression,
    format_option,
    names,
    notes,
    number,
    only_option,
    precision_option,
    say_reading,
    shared,
)
from autodiff_cli.commands.printing import print_report
from autodiff_cli.commands.ranges import as_typed, spans_and_numbers
from autodiff_cli.errors import AutodiffError
from autodiff_cli.reports.status import Status

if TYPE_CHECKING:
    from autodiff_cli.engine.expression import Expression
    from autodiff_cli.reports.marks import AreaStudy, Study

Span = tuple[float, float]

_USUAL = 10.0  # how far a range of two goes to both sides, where it is not given


@click.command(
    cls=PointCommand,
    options_metavar="EXPRESSION [--NAME LOW:HIGH | --NAME VALUE]... [OPTIONS]",
    epilog="Without a range it is the whole line, one period, or where neither can be proven from -10 to 10. With two "
    "ranges the critical points in the box, and their kinds.",
    add_help_option=False,
)
@format_option("table", "json", "csv", "tsv")
@only_option("zeros, extrema, extrema.0.value, symmetry")
@precision_option("Significant digits in the table.  [default: all]")
@shared
def command(
    ctx: click.Context,
    format_: str,
    only: tuple[str, ...],
    precision: int | None,
    file: str | None,
    values_file: tuple[str, ...],
    wrt: tuple[str, ...],
    quiet: bool,
) -> Status:
    """Find what the curve of EXPRESSION does: zeros, extrema, bends, poles, asymptotes, and prove it.

    \b
    For example: autodiff study "x/(1+x^2)" --x -10:10
    """
    from autodiff_cli.exact.balls import require

    require()
    from autodiff_cli.render import study as render
    from autodiff_cli.reports.study import study
    from autodiff_cli.reports.study_area import study_area

    wanted = names(wrt)
    found, texts = expression(ctx, file, values_file, wanted)
    say_reading(found, quiet)
    spans, fixed = _sorted(found, texts, wanted)
    report: Study | AreaStudy
    if len(spans) == 1:
        ((name, span),) = spans.items()
        report = study(found, name, span, fixed)
    else:
        box = {name: span or (-_USUAL, _USUAL) for name, span in spans.items()}
        report = study_area(found, box, fixed)
        report.notes += [f"no range for {name}: it is searched from -10 to 10" for name in spans if spans[name] is None]
    notes(report.notes, quiet)
    add_reading(report, found)
    print_report(render, report, only, format_, precision)
    return report.status


def _sorted(
    found: "Expression", texts: dict[str, str], wanted: Collection[str]
) -> tuple[dict[str, Span | None], dict[str, str | float]]:
    """The variables that move, each with its range if it has one, and the values of the others."""
    if not found.variables:
        raise AutodiffError("the expression is constant: it has no variable", source=found.source, hint="as in 'x^2'")
    spans, numbers = spans_and_numbers(texts, number, "a study goes without steps")
    found.require_variables(wanted)
    given = {*numbers, *found.defaults}
    moving = [*dict.fromkeys([*spans, *wanted])] or [name for name in found.variables if name not in given]
    found.check({*texts, *moving})
    _check_count(moving, found)
    fixed = {name: as_typed(texts.get(name, ""), at) for name, at in (found.defaults | numbers).items()}
    ordered = [name for name in found.variables if name in moving]
    return {name: spans.get(name) for name in ordered}, {name: fixed[name] for name in fixed if name not in moving}


def _check_count(moving: Collection[str], found: "Expression") -> None:
    """Raise AutodiffError unless one variable moves, or two."""
    if not moving:
        name = next(iter(found.variables))
        raise AutodiffError("every variable has one value", hint=f"give one a range: --{name} -10:10")
    if len(moving) > 2:
        last = [*moving][-1]
        raise AutodiffError(
            f"a study goes along one variable or two, and here are {len(moving)}: {', '.join(moving)}",
            hint=f"give a single value to the others: --{last} 1",
        )
