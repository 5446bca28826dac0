"""The command `autodiff`: a group that loads a subcommand when it is called."""

import os
import re
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

from autodiff_cli.commands.exits import exit_code
from autodiff_cli.commands.said import Said, asks_for_json
from autodiff_cli.errors import AutodiffError, did_you_mean, near
from autodiff_cli.render.patience import said

WISHES = {  # what each command is for, in the words of who looks for it
    "eval": "The value and the gradient at a point; also without its name.",
    "diff": "The derivative as a formula, or as code.",
    "taylor": "The power series around a point.",
    "solve": "Where is it zero? Roots, proven; equations and systems.",
    "minimize": "Where is it least? The next valley from a start.",
    "maximize": "Where is it greatest?",
    "sensitivity": "Which input matters most? Percent per percent.",
    "fit": "Which constants fit a table? Least squares, with errors.",
    "plot": "The curve and its slope, or an area, drawn.",
    "trace": "Every step forward and backward, to follow by hand.",
    "graph": "What is computed from what, as a tree or a picture.",
    "check": "Is my derivative right?",
    "batch": "Value and gradient for every row of a table.",
    "functions": "What can be written, with its derivative.",
    "completion": "The tabulator key in bash, zsh and fish.",
}
COMMANDS = tuple(WISHES)
_MEANING = {  # what else people call what a command does
    "evaluate": "eval",
    "gradient": "eval",
    "grad": "eval",
    "value": "eval",
    "compute": "eval",
    "derive": "diff",
    "derivative": "diff",
    "differentiate": "diff",
    "series": "taylor",
    "expand": "taylor",
    "optimize": "minimize",
    "minimise": "minimize",
    "maximise": "maximize",
    "regression": "fit",
    "tornado": "sensitivity",
    "elasticity": "sensitivity",
    "influence": "sensitivity",
    "roots": "solve",
    "root": "solve",
    "zeros": "solve",
    "draw": "plot",
    "curve": "plot",
    "steps": "trace",
    "explain": "trace",
    "tree": "graph",
    "verify": "check",
    "test": "check",
    "table": "batch",
    "list": "functions",
    "help": "--help",
    "version": "--version",
}


class _Lazy(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"autodiff_cli.commands.{cmd_name}").command
        return command

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """A command line that begins with an expression is one of eval."""
        is_ours = not args or args[0] in (*COMMANDS, "-h", "--help", "--version")
        if not is_ours:
            if not ctx.resilient_parsing:
                _refuse_mistyped(args)
            args = ["eval", *args]
        return super().parse_args(ctx, args)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> "list[CompletionItem[str]]":
        """The commands; where none begins so, what the expression of eval may become."""
        found = super().shell_complete(ctx, incomplete)
        if found or not incomplete or incomplete.startswith("--"):
            return found
        from autodiff_cli.commands.offers import beginning

        return beginning(incomplete)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """What the verdicts and the exit codes mean."""
        from autodiff_cli.commands.legend import EXIT_CODES, VERDICTS

        with formatter.indentation():
            for text in (VERDICTS, EXIT_CODES, "autodiff COMMAND -h has the options of a command."):
                formatter.write_paragraph()
                formatter.write_text(text)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The commands by what they are for; none needs to be loaded."""
        with formatter.section("Commands"):
            formatter.write_dl([*WISHES.items()])


def _refuse_mistyped(args: list[str]) -> None:
    """Raise AutodiffError where the first word must be a command that there is not, since it can be no expression."""
    word, *others = args
    if word.startswith("--") and not others and (close := near(word, ("--help", "--version"))):
        raise AutodiffError(f"unknown option {word}", hint=f"did you mean {close[0]}?")
    if _may_be_expression(word, others):
        return
    meant = _MEANING.get(word.lower(), "")
    hint = f"did you mean '{meant}'?" if meant else did_you_mean(word.lower(), COMMANDS)
    expression_follows = bool(others) and not others[0].startswith("--") and not re.match(r"\w+=[^=]", others[0])
    if hint or expression_follows:
        message = f"there is no command '{word}'"
        raise AutodiffError(message, hint=hint or f"the commands are {', '.join(COMMANDS)}")


def _may_be_expression(word: str, others: list[str]) -> bool:
    """Whether a word is more than letters, a variable that gets a value, a constant or a function's name."""
    given = {other.lstrip("-").partition("=")[0] for other in others}
    if word in given or not re.fullmatch(r"[^\W\d_]{3,}", word):
        return True
    from autodiff_cli.rules.table import CONSTANTS, find

    return word in CONSTANTS or find(word, 1) is not None


def _version(ctx: click.Context, _parameter: click.Parameter, wanted: bool) -> None:
    if wanted and not ctx.resilient_parsing:
        from importlib.metadata import version

        click.echo(f"autodiff {version('autodiff-cli')}")
        ctx.exit()


@click.group(
    cls=_Lazy,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    options_metavar="[EXPRESSION | COMMAND]",
    subcommand_metavar="[OPTIONS]",
)
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Show the version.")
@click.pass_context
def group(ctx: click.Context) -> None:
    """Derivatives of expressions, each beside an independent check.

    For example: autodiff "tanh(a*b + c)" --a 2 --b -3 --c 10
    """
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


def run(arguments: list[str] | None = None) -> int:
    """Run a command line and return its exit code. Every error of ours or of the user ends here, on stderr."""
    end: Any
    words = sys.argv[1:] if arguments is None else arguments
    voice = Said(asks_for_json(words))
    try:
        if "_AUTODIFF_COMPLETE" in os.environ:  # a shell asks what may follow
            from autodiff_cli.commands.completion import register

            register()
        with said():
            end = group.main(words, prog_name="autodiff", standalone_mode=False, obj=voice)
    except (AutodiffError, click.UsageError, click.Abort, SystemExit) as error:
        _complain(error, voice)
        end = error
    voice.end()
    return exit_code(end)


def _complain(error: BaseException, voice: Said) -> None:
    """Say on stderr what went wrong, where nobody has ended it on purpose."""
    if isinstance(error, click.UsageError):
        error = _worded(error)
    if isinstance(error, AutodiffError):
        voice.error(error)


def _worded(error: click.UsageError) -> AutodiffError:
    """What click says is wrong, as an error of ours."""
    if isinstance(error, click.NoSuchOption) and error.ctx:
        from autodiff_cli.commands.options import unknown_option

        return unknown_option(error.ctx, error.option_name)
    command = error.ctx.command_path if error.ctx else "autodiff"
    return AutodiffError(error.format_message(), hint=f"{command} --help lists what there is")
