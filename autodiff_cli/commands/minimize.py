"""`autodiff minimize`, and what `maximize` shares with it: the least value near a start, with its kind proven."""

from collections.abc import Callable
from typing import Any

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
    read_each,
    say_reading,
    shared,
)
from autodiff_cli.commands.printing import print_report
from autodiff_cli.commands.starts import read_start
from autodiff_cli.errors import AutodiffError, all_of
from autodiff_cli.reports.status import Status


def options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options of both commands."""
    for option in reversed(
        (
            click.option("--fix", metavar="NAMES", multiple=True, help="Variables that keep their start: --fix a,b"),
            format_option("table", "json"),
            only_option("x, value, kind"),
            click.option("--precision", type=click.IntRange(1, 17), help="Significant digits; numbers have all else."),
            shared,
        )
    ):
        command = option(command)
    return command


EPILOG = (
    "A variable has a start, --x 1, or bounds, --x 0:2, or both, --x 0:0.5:2. What is found is the next valley from "
    "there, not the deepest one."
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
    from autodiff_cli.render import minimize
    from autodiff_cli.reports.minimize import optimum

    read, texts = expression(ctx, given["file"], given["values_file"], names(given["wrt"]))
    starts, errors = read_each(read_start, texts)
    if errors:
        raise all_of(errors)
    read.check(texts)
    kept = names(given["fix"])
    fixed = {name: at for name, at in read.defaults.items() if name not in texts}
    fixed |= {name: starts.pop(name).value for name in kept if name in starts}
    wanted = names(given["wrt"])
    fixed |= {name: starts.pop(name).value for name in [*starts] if wanted and name not in wanted}
    if not starts:
        raise AutodiffError("no variable to move", source=read.source, hint="a start makes one: --x 1")
    say_reading(read, given["quiet"])
    report = optimum(read, starts, fixed, greatest)
    notes(report.notes)
    add_reading(report, read)
    print_report(minimize, report, given["only"], given["format_"], given["precision"])
    return report.status
