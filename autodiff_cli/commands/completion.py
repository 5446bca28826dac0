"""`autodiff completion`: prints the script that completes command lines in a shell."""

import os

import click

from autodiff_cli.errors import AutodiffError


@click.command(
    epilog="""\b
One line in the file that your shell reads at its start:
  ~/.bashrc                   source <(autodiff completion bash)
  ~/.zshrc                    source <(autodiff completion zsh)
  ~/.config/fish/config.fish  autodiff completion fish | source

Then the tabulator key completes commands, options and file names, the functions in an expression, and the variables
of an expression that have no value yet. In ~/.zshrc it stands below compinit, if that is there. Bash is 4.4 or later.
"""
)
@click.argument("shell", required=False, type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def command(ctx: click.Context, shell: str | None) -> None:
    """Print the completion script for a SHELL; without one, for that of $SHELL."""
    from autodiff_cli.commands.offers import SHELLS

    if shell is None:
        shell = os.path.basename(os.environ.get("SHELL", ""))
        if shell not in SHELLS:
            raise AutodiffError(
                f"$SHELL is {shell}, which has no completion" if shell else "$SHELL is not set",
                hint="name the shell: autodiff completion bash, zsh or fish",
            )
    click.echo(SHELLS[shell](ctx.find_root().command, {}, "autodiff", "_AUTODIFF_COMPLETE").source(), nl=False)
