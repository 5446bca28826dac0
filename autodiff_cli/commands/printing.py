"""Prints what a command has found as its file in `render/` has it."""

from types import ModuleType
from typing import Any

import click


def print_report(render: ModuleType, report: Any, only: tuple[str, ...], format_: str, precision: int | None) -> None:
    """Print a report, or what `only` names of it.

    Of `render` it takes `only`, `show`, `to_json` and, where the command has formats of cells, `to_separated`.
    """
    if only:
        click.echo("\n".join([render.only(report, path) for path in only]))
    elif format_ == "table":
        from autodiff_cli.render.console import printed

        with printed() as console:
            render.show(report, console, precision)
    elif format_ == "json":
        click.echo(render.to_json(report))
    else:
        click.echo(render.to_separated(report, format_))
