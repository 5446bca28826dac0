"""`autodiff maximize`: the greatest value near a start."""

from typing import Any

import click

from autodiff_cli.commands.minimize import EPILOG, found, options
from autodiff_cli.commands.point import PointCommand
from autodiff_cli.reports.status import Status


@click.command(
    cls=PointCommand,
    options_metavar="EXPRESSION [--NAME START | --NAME LOW:HIGH]... [OPTIONS]",
    epilog=EPILOG.replace("valley", "hill").replace("deepest", "highest"),
    add_help_option=False,
)
@options
def command(ctx: click.Context, **given: Any) -> Status:
    """Find where EXPRESSION is greatest, near a start.

    \b
    For example: autodiff maximize "x exp(-x^2)" --x 1
    """
    return found(ctx, given, greatest=True)
