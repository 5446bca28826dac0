"""The command `autodiff`: a group that loads a subcommand when it is called."""

import os
from importlib import import_module
from typing import Any

import click

from autodiff_cli.commands.exits import exit_code
from autodiff_cli.errors import AutodiffError
from autodiff_cli.render.patience import said

COMMANDS = ("eval", "diff", "taylor", "plot", "trace", "graph", "check", "batch", "functions", "completion")


class _Lazy(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"autodiff_cli.commands.{cmd_name}").command
        return command


def _version(ctx: click.Context, _parameter: click.Parameter, wanted: bool) -> None:
    if wanted and not ctx.resilient_parsing:
        from importlib.metadata import version

        click.echo(f"autodiff {version('autodiff-cli')}")
        ctx.exit()


@click.group(
    cls=_Lazy,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Show the version.")
@click.pass_context
def group(ctx: click.Context) -> None:
    """Derivatives of expressions, each beside an independent check.

    For example: autodiff eval "tanh(a*b + c)" --a 2 --b -3 --c 10
    """
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


def run(arguments: list[str] | None = None) -> int:
    """Run a command line and return its exit code. Every error of ours or of the user ends here, on stderr."""
    end: Any
    try:
        if "_AUTODIFF_COMPLETE" in os.environ:  # a shell asks what may follow
            from autodiff_cli.commands.completion import register

            register()
        with said():
            end = group.main(arguments, prog_name="autodiff", standalone_mode=False)
    except (AutodiffError, click.UsageError, click.Abort, SystemExit) as error:
        _complain(error)
        end = error
    return exit_code(end)


def _complain(error: BaseException) -> None:
    """Say on stderr what went wrong, where nobody has ended it on purpose."""
    if isinstance(error, click.UsageError):
        command = error.ctx.command_path if error.ctx else "autodiff"
        error = AutodiffError(error.format_message(), hint=f"{command} --help lists what there is")
    if isinstance(error, AutodiffError):
        from autodiff_cli.render.error import show

        for one in (error, *error.also):
            show(one)
