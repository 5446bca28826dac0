"""`autodiff solve`: where equations hold, with the proof: along a range, from a start, in a box."""

from collections.abc import Collection
from typing import TYPE_CHECKING

import click

from autodiff_cli.commands.given import typed_text
from autodiff_cli.commands.point import (
    GivenValues,
    PointCommand,
    add_reading,
    corr_option,
    expression,
    format_option,
    names,
    notes,
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
    from collections.abc import Mapping

    from autodiff_cli.engine.expression import Expression
    from autodiff_cli.reports.measured import Enclosed, Measured
    from autodiff_cli.reports.solve import Solution

_USUAL = 10.0  # how far a range goes to both sides, where none is given


class SolveCommand(PointCommand):
    """A command about equations: `=` has two sides here."""

    def _parsed(self, ctx: click.Context) -> "Expression":
        from autodiff_cli.language.equation_reader import read_equations

        return read_equations(typed_text(ctx) or "", ctx.meta["values"])


@click.command(
    cls=SolveCommand,
    options_metavar="EQUATIONS [--NAME LOW:HIGH | --NAME START | --NAME VALUE]... [OPTIONS]",
    epilog="An unknown has a range, where all roots are found and proven, or a start, from where Newton's steps go to "
    "one. An expression without = is one that is to be 0. Several equations stand between semicolons; of one equation "
    "the other variables keep their values, and the derivatives of the unknown by them are given too.",
    add_help_option=False,
)
@format_option("table", "json", "csv", "tsv")
@only_option("x, roots.0.x, roots.0.slope, complete")
@precision_option("Significant digits in the table; roots have all.")
@corr_option
@shared
def command(
    ctx: click.Context,
    format_: str,
    only: tuple[str, ...],
    precision: int | None,
    corr: tuple[str, ...],
    file: str | None,
    values_file: tuple[str, ...],
    wrt: tuple[str, ...],
    quiet: bool,
) -> Status:
    """Find where EQUATIONS hold, and prove it.

    \b
    For example: autodiff solve "sin(10x) = x" --x -10:10
    """
    from autodiff_cli.exact.balls import require
    from autodiff_cli.language.equation_reader import read_equations
    from autodiff_cli.render import solve as render
    from autodiff_cli.reports import solve

    require()
    wanted = names(wrt)
    found, texts = expression(ctx, file, values_file, wanted, reader=read_equations)
    say_reading(found, quiet)
    given = GivenValues()
    spans, starts, fixed = _sorted(found, texts, wanted, len(solve.equations_of(found)), given)
    usual = [name for name in spans if name not in texts]
    notes([f"no range for {name}: it is searched from -10 to 10" for name in usual], quiet)
    shown = typed_text(ctx) or found.source
    report = solve.solve(found, " ".join(shown.split()), spans, starts, fixed)
    if given.uncertain or corr:
        _add_uncertainties(report, found, fixed, given.uncertain, corr)
    notes(report.notes)
    add_reading(report, found)
    print_report(render, report, only, format_, precision)
    return report.status


def _sorted(
    found: "Expression", texts: dict[str, str], wanted: Collection[str], count: int, given: GivenValues
) -> "tuple[dict[str, tuple[float, float]], dict[str, float], dict[str, str | float]]":
    """The ranges and the starts of the unknowns, and the values of the other variables."""
    if not found.variables:
        raise AutodiffError("an equation without unknowns", source=found.source, hint="as in 'x^2 = 2'")
    spans, numbers = spans_and_numbers(texts, given.number_of, "roots are searched without steps")
    found.require_variables(wanted)
    unknowns = [*dict.fromkeys([*wanted, *spans])] or _unnamed(found, texts, count, given.uncertain)
    found.check({*texts, *unknowns})
    if not unknowns:
        raise _no_unknown([name for name in found.variables if name not in given.uncertain], texts, count)
    spans |= {name: (-_USUAL, _USUAL) for name in unknowns if name not in {*texts, *found.defaults}}
    known = found.defaults | numbers
    starts = {name: at for name, at in known.items() if name in unknowns}
    for name in starts:
        if name in given.uncertain:
            message = f"{name} = {texts[name]} is a start, and has no uncertainty"
            raise AutodiffError(message, hint=f"a start is one number, and a range two: --{name} LOW:HIGH")
    typed = texts | {name: repr(one.value) for name, one in given.uncertain.items()}
    fixed = {name: as_typed(typed.get(name, ""), at) for name, at in known.items() if name not in unknowns}
    ordered = {name: spans[name] for name in found.variables if name in spans}
    return ordered, starts, fixed


def _add_uncertainties(
    report: "Solution",
    found: "Expression",
    fixed: "Mapping[str, str | float]",
    uncertain: "Mapping[str, Measured | Enclosed]",
    corr: tuple[str, ...],
) -> None:
    """Put into the report how uncertain the roots are."""
    from autodiff_cli.commands.correlations import correlations
    from autodiff_cli.reports.measured import Measured
    from autodiff_cli.reports.uncertain_roots import add_uncertainties

    measured = {name: one for name, one in uncertain.items() if isinstance(one, Measured)}
    pairs = correlations(corr, measured, found.variables)
    add_uncertainties(report, found, {name: float(at) for name, at in fixed.items()}, measured, pairs)


def _unnamed(found: "Expression", texts: Collection[str], count: int, uncertain: Collection[str]) -> list[str]:
    """The unknowns where none is named: those without a value, or all where there are as many as equations.

    What has an uncertainty is known.
    """
    names = [name for name in found.variables if name not in uncertain]
    free = [name for name in names if name not in {*texts, *found.defaults}]
    if 0 < len(free) <= count:
        return free
    return names if len(names) == count else []


def _no_unknown(names: list[str], texts: dict[str, str], count: int) -> AutodiffError:
    """That none of some variables is unknown, and what to do about it."""
    if not names:
        message = "each variable has an uncertainty, and none is unknown"
        raise AutodiffError(message, hint=f"the unknown has a range: --{[*texts][-1]} LOW:HIGH")
    last = names[-1]
    at = texts.get(last, "1")
    unknowns = "one of them is unknown" if count == 1 else f"{count} of them are unknown"
    hint = f"{unknowns}: give it a range, --{last} LOW:HIGH, or name it, --wrt {last} --{last} {at}"
    return AutodiffError(f"each of {', '.join(names)} has a value", hint=hint)
