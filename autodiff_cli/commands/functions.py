"""`autodiff functions`: what the language knows, each with its derivative."""

from typing import TYPE_CHECKING

import click

from autodiff_cli.commands.point import ascii_option, format_option

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


def _complete(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> "list[CompletionItem[str]]":
    from autodiff_cli.commands.offers import function_names

    return function_names(incomplete)


@click.command(
    epilog="""\b
Examples:
  autodiff functions tanh log
  autodiff functions "^" --format json

JSON is a list of objects with name, aliases, arguments, derivatives (by argument), domain (empty: everywhere), kinks
(empty: none) and doc; an operator has a symbol, some have a hint. A derivative is a formula that autodiff reads; nan
says that there is none, what follows a semicolon holds at the edges, and that of max and min is in words. TSV has a
header and a line for each function; a table that goes to a pipe is not folded.
"""
)
@click.argument("names", nargs=-1, metavar="[NAME]...", shell_complete=_complete)
@ascii_option
@format_option("table", "json", "tsv")
def command(names: tuple[str, ...], format_: str) -> None:
    """List the functions with their derivatives. With NAMEs, which may be aliases or signs, show those in full."""
    from autodiff_cli.render import functions
    from autodiff_cli.reports.functions import entries

    found = entries(names)
    if format_ == "json":
        click.echo(functions.to_json(found))
    elif format_ == "tsv":
        click.echo(functions.to_tsv(found))
    else:
        from rich.console import Console

        console = Console(highlight=False, markup=False, emoji=False)
        if console.is_terminal:
            (functions.show_each if names else functions.show_list)(found, console)
        else:
            click.echo((functions.each_lines if names else functions.list_lines)(found))
