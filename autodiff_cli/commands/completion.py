"""`autodiff completion`: prints the script that completes command lines in a shell, and answers when the shell asks."""

import os
import re
from typing import ClassVar, NamedTuple

import click
from click.shell_completion import CompletionItem, ShellComplete, add_completion_class, split_arg_string

from autodiff_cli.errors import AutodiffError

_VALUE = re.compile(r"(--[^\W\d][\w-]*=)(.*)", re.DOTALL)


class Offer(NamedTuple):
    """What to tell a shell: the candidates and their descriptions, each to stand in the place of what is typed."""

    kind: str  # "plain"; "open" where no space follows; "file" where the shell has the candidates
    kept: str  # what comes before it in the word
    typed: str
    items: list[tuple[str, str]]


class _Complete(ShellComplete):
    """Takes the line as it is typed, up to the cursor, and answers by what is left to each shell to say."""

    closes: ClassVar[bool] = True  # whether the shell closes the quote behind a lone candidate: a call gets company

    def get_completion_args(self) -> tuple[list[str], str]:
        *words, last = split_arg_string(os.environ["COMP_LINE"] + "x")  # it ends a word, or is one, quoted or not
        while words and "=" in words[0]:  # NAME=VALUE autodiff ...
            words.pop(0)
        return words[1:], last[:-1]

    def complete(self) -> str:
        return "\n".join(self.answer(self.offer()))

    def offer(self) -> Offer:
        """What is offered for the line.

        `autodiff eval '2*tan` -> kept "2*", typed "tan", and tan( tand( tanh( with what they are
        """
        before, incomplete, items = self._items()
        first = [*items, CompletionItem("")][0]
        if first.type != "plain":
            return Offer("file", before, incomplete, [])
        kept = first.kept or ""
        typed = incomplete[len(kept) :]
        end = _end(first)
        goes_on = any((first.open, end, first.call and kept))
        kind = "open" if goes_on else "plain"
        is_plain = os.environ["COMP_LINE"].endswith(typed) and "\n" not in kept  # not quoted in ways of its own
        return Offer(kind, before + kept, typed, self._candidates(items, kept, end) if is_plain else [])

    def _candidates(self, items: "list[CompletionItem[str]]", kept: str, end: str) -> list[tuple[str, str]]:
        """Each item behind what is kept, with its help on one line; a lone call with its arguments too.

        tanh -> ("tanh(", "the hyperbolic tangent"), ("tanh(x)", "the hyperbolic tangent")
        """
        forms = [(item, end) for item in items]
        if all((end, self.closes, len(items) == 1)):
            forms.append((items[0], items[0].call))
        return [(item.value[len(kept) :] + ending, _help(item)) for item, ending in forms]

    def _items(self) -> "tuple[str, str, list[CompletionItem[str]]]":
        """What click offers for a word, or for the value in --option=value, and what stands before that."""
        args, incomplete = self.get_completion_args()
        found = _VALUE.fullmatch(incomplete)
        if not found:
            return "", incomplete, self.get_completions(args, incomplete)
        before, value = found.groups()
        return before, value, self.get_completions([*args, before[:-1]], value)

    def answer(self, offer: Offer) -> list[str]:
        """The lines that the script of the shell reads."""
        raise NotImplementedError


class _Bash(_Complete):
    name = "bash"
    source_template = """\
%(complete_func)s() {
    local how
    {
        read -r how
        mapfile -t COMPREPLY
    } < <(COMP_LINE="${COMP_LINE:0:COMP_POINT}" COMP_WORD="$2" COMP_TYPE="$COMP_TYPE" \\
        %(complete_var)s=bash_complete "${1/#\\~/$HOME}" 2>/dev/null)
    [[ -z $how ]] || compopt -o "$how"
}
complete -o nosort -F %(complete_func)s %(prog_name)s
"""

    def answer(self, offer: Offer) -> list[str]:
        how = {"plain": "", "open": "nospace", "file": "default"}[offer.kind]
        # Bash knows best which part of the word it replaces; where it only lists (?), the rest of it is noise
        word = os.environ["COMP_WORD"] + "\n"
        before = "" if os.environ["COMP_TYPE"] == str(ord("?")) else word.removesuffix(offer.typed + "\n")
        return [how, *(before + value for value, _ in offer.items)]


class _Zsh(_Complete):
    name = "zsh"
    closes = False
    source_template = """\
#compdef %(prog_name)s
_%(prog_name)s() {
    local -a answer
    answer=("${(@f)$(COMP_LINE="${(j: :)words[1,CURRENT-1]} $QIPREFIX$IPREFIX$PREFIX" \\
        %(complete_var)s=zsh_complete ${~words[1]} 2>/dev/null)}")
    (($#answer > 1)) || return 1
    local how=$answer[1] typed=$answer[2]
    shift 2 answer
    [[ $how == file ]] || compset -p $(($#PREFIX - typed))
    case $how in
        file) compset -P 1 '--*='; _files ;;
        open) _describe -V '%(prog_name)s' answer -S '' ;;
        plain) _describe -V '%(prog_name)s' answer ;;
    esac
}
if [[ $funcstack[1] == _%(prog_name)s ]]; then # autoloaded
    _%(prog_name)s "$@"
else
    (($+functions[compdef])) || { autoload -Uz compinit && compinit -i }
    compdef _%(prog_name)s %(prog_name)s
fi
"""

    def answer(self, offer: Offer) -> list[str]:
        items = [":".join(filter(None, (value.replace(":", r"\:"), help))) for value, help in offer.items]
        return [offer.kind, str(len(offer.typed)), *items]


class _Fish(_Complete):
    name = "fish"
    source_template = """\
function %(complete_func)s
    set -l program (commandline -opc | string replace -r '^~/' "$HOME/")[1]
    type -q "$program"; or set program %(prog_name)s
    set -l answer (COMP_LINE=(commandline -cp | string collect) %(complete_var)s=fish_complete $program 2>/dev/null)
    switch "$answer[1]"
        case file
            for path in (__fish_complete_path "$answer[3]")
                printf '%%s\\n' "$answer[2]$path"
            end
        case '*'
            set -q answer[4]; and string join \\n -- $answer[4..]
    end
end
complete --command %(prog_name)s --no-files --arguments "(%(complete_func)s)"
"""

    def answer(self, offer: Offer) -> list[str]:
        items = [f"{offer.kept}{value}\t{help}" for value, help in offer.items]
        return [offer.kind, offer.kept, offer.typed, *items]


def _help(item: "CompletionItem[str]") -> str:
    """What an item is, on one line."""
    return " ".join((item.help or "").split())


def _end(item: "CompletionItem[str]") -> str:
    """A parenthesis means a call to the expression, but something else to the shell where it is not quoted."""
    is_quoted = split_arg_string(os.environ["COMP_LINE"] + " x")[-1] != "x"
    return "(" if item.call and is_quoted else ""


SHELLS: dict[str, type[_Complete]] = {shell.name: shell for shell in (_Bash, _Zsh, _Fish)}


def register() -> None:
    """Have click complete by the classes of this file."""
    for shell in SHELLS.values():
        add_completion_class(shell)


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
    if shell is None:
        shell = os.path.basename(os.environ.get("SHELL", ""))
        if shell not in SHELLS:
            raise AutodiffError(
                f"$SHELL is {shell}, which has no completion" if shell else "$SHELL is not set",
                hint="name the shell: autodiff completion bash, zsh or fish",
            )
    click.echo(SHELLS[shell](ctx.find_root().command, {}, "autodiff", "_AUTODIFF_COMPLETE").source(), nl=False)
