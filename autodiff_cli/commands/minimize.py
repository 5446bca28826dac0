"""`autodiff minimize`, and what `maximize` shares with it: the least value near a start, with its kind proven."""

from collections.abc import Callable, Collection, Mapping
from math import isfinite
from typing import TYPE_CHECKING, Any

import click

from autodiff_cli.commands.libraries import require
from autodiff_cli.commands.point import (
    PointCommand,
    add_reading,
    expression,
    format_option,
    names,
    notes,
    only_option,
    precision_option,
    read_each,
    say_reading,
    shared,
)
from autodiff_cli.commands.printing import print_report
from autodiff_cli.commands.starts import combined, read_starts
from autodiff_cli.errors import AutodiffError, all_of
from autodiff_cli.reports.status import Status

if TYPE_CHECKING:
    from autodiff_cli.engine.expression import Expression
    from autodiff_cli.reports.optimum import Optimum
    from autodiff_cli.reports.starts import Start


def options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options of both commands."""
    for option in reversed(
        (
            click.option("--fix", metavar="NAMES", multiple=True, help="Variables that keep their start: --fix a,b"),
            click.option(
                "--subject",
                metavar="CONSTRAINTS",
                multiple=True,
                help="Constraints, with <=, >= or =: --subject 'x^2 + y^2 <= 1; x + y >= 0'. May be repeated.",
            ),
            click.option(
                "--everywhere", is_flag=True, help="The least value in whole ranges, proven: branch and bound."
            ),
            click.option(
                "--pieces",
                type=click.IntRange(1),
                metavar="COUNT",
                default=200_000,
                show_default=True,
                help="With --everywhere: how many pieces of the ranges are looked at, at most.",
            ),
            format_option("table", "json"),
            only_option("x, value, kind"),
            precision_option("Significant digits; numbers have all else."),
            shared,
        )
    ):
        command = option(command)
    return command


EPILOG = (
    "A variable has a start, --x 1, or several, --x 1,2,3, or bounds, --x 0:2, or both, --x 0:0.5:2. What is found is "
    "the next valley from there; the deepest one of whole ranges with --everywhere."
)


@click.command(
    cls=PointCommand,
    options_metavar="EXPRESSION [--NAME START | --NAME LOW:HIGH]... [OPTIONS]",
    epilog=EPILOG,
    add_help_option=False,
)
@options
def command(ctx: click.Context, **given: Any) -> Status:
    """Find where EXPRESSION is least, near a start.

    \b
    For example: autodiff minimize "x^2 + y^2 + x y - 3x" --x 0 --y 0
    """
    return found(ctx, given, greatest=False)


def found(ctx: click.Context, given: dict[str, Any], greatest: bool) -> Status:
    """Read what is asked, and show what is found."""
    require("solve", "numpy", "scipy")
    from autodiff_cli.language.constraint_reader import Constrained, read_constrained
    from autodiff_cli.render import minimize
    from autodiff_cli.reports.minimize import optimum
    from autodiff_cli.reports.several import best_of

    read_with: list[Constrained] = []

    def reader(text: str, known: Collection[str], told: Collection[str], request: bool) -> "Expression":
        read_with.append(read_constrained(text, given["subject"], known, told, request))
        return read_with[-1].expression

    read, texts = expression(ctx, given["file"], given["values_file"], names(given["wrt"]), reader=reader)
    starts, errors = read_each(read_starts, texts)
    if errors:
        raise all_of(errors)
    read.check(texts)
    fixed = _taken(starts, names(given["fix"]), names(given["wrt"]))
    fixed |= {name: at for name, at in read.defaults.items() if name not in texts}
    if not starts:
        raise AutodiffError("no variable to move", source=read.source, hint="a start makes one: --x 1")
    say_reading(read, given["quiet"])
    if given["everywhere"]:
        report = _everywhere(read, starts, fixed, greatest, given)
    else:

        def search(start: "Mapping[str, Start]") -> "Optimum":
            if given["subject"]:
                from autodiff_cli.reports.constrained import constrained_optimum

                return constrained_optimum(read_with[-1], start, fixed, greatest)
            return optimum(read, start, fixed, greatest)

        report = best_of(combined(starts), search)
    notes(report.notes)
    add_reading(report, read)
    print_report(minimize, report, given["only"], given["format_"], given["precision"])
    return report.status


def _taken(starts: "dict[str, list[Start]]", kept: Collection[str], wanted: Collection[str]) -> dict[str, float]:
    """The values of the variables that are not to move, which are taken out of the starts."""
    still = [name for name in starts if name in kept or (wanted and name not in wanted)]
    return {name: starts.pop(name)[0].value for name in still}


def _everywhere(
    read: "Expression",
    starts: "dict[str, list[Start]]",
    fixed: dict[str, float],
    greatest: bool,
    given: dict[str, Any],
) -> "Optimum":
    """The least value over the ranges of all variables."""
    from autodiff_cli.exact.balls import require as require_balls
    from autodiff_cli.reports.everywhere import optimum_everywhere

    require_balls()
    if given["subject"]:
        raise AutodiffError("--everywhere takes no constraints", hint="ranges alone: leave --subject out")
    for name, (start, *_) in starts.items():
        if not isfinite(start.high - start.low):
            message = f"no range for {name}, over which to look everywhere"
            raise AutodiffError(message, hint=f"give it two ends: --{name} -10:10")
    spans = {name: (start.low, start.high) for name, (start, *_) in starts.items()}
    return optimum_everywhere(read, spans, fixed, greatest, given["pieces"])
