"""Shell completion: what is offered while a command line is typed, and the scripts by which a shell asks for it."""

import os
import re
from typing import ClassVar, NamedTuple

import click
from click.shell_completion import CompletionItem, ShellComplete, add_completion_class, split_arg_string

from autodiff_cli.errors import AutodiffError
from autodiff_cli.rules.table import BY_NAME, find

_NAME = re.compile(r"[^\W\d]\w*\Z|\Z")
_OPERAND = re.compile(r"[\w.)\]}!]\s*\Z")
_FORMS = {  # of the language, which are no functions
    "diff": ("(f, x)", "the derivative by a variable"),
    "piecewise": ("(x < 0, -x, x^2)", "conditions, each with its value; last what else"),
    "sum": ("(k, 1, 10, f)", "the sum over a counter"),
    "prod": ("(k, 1, 10, f)", "the product over a counter"),
}
_VALUE = re.compile(r"(--[^\W\d][\w-]*=)(.*)", re.DOTALL)


def functions(text: str) -> "list[CompletionItem[str]]":
    """The functions that the name at the end of the text may become. `kept` is the text before that name."""
    kept = _NAME.split(text)[0]
    typed = text[len(kept) :]
    if not typed and _OPERAND.search(kept):  # what comes next is no name
        return []
    known = dict(_FORMS)
    for name, (function, *_) in BY_NAME.items():
        if not function.symbol or name == "pow":
            known[name] = ("(a, b)" if function.variadic else f"({', '.join(function.args)})", function.doc)
    return [
        CompletionItem(kept + name, help=doc, kept=kept, call=call)
        for name, (call, doc) in sorted(known.items())
        if name.startswith(typed)
    ]


def names(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> "list[CompletionItem[str]]":
    """The variables and steps of the expression, for an option that takes some of them: --wrt a,b; --at x=2,y=3."""
    from autodiff_cli.language.parser import parse

    try:
        expression = parse(ctx.meta["text"] or "", ctx.meta["values"])
    except AutodiffError:
        return []
    *before, typed = re.split("(?<=,)", incomplete)
    kept = "".join(before)
    known = [*expression.variables] if parameter.name == "at" else [*expression.variables, *expression.steps]
    end = "=" if parameter.name == "at" else ""
    return [
        CompletionItem(kept + name + end, help="of the expression", kept=kept, open=bool(end))
        for name in known
        if name.startswith(typed)
    ]


def expression(ctx: click.Context, incomplete: str) -> "list[CompletionItem[str]]":
    """What a command offers that takes an expression and its variables, beside click's own options.

    It reads what `parse_args` left in `ctx.meta`: the `text`, the `values` given, and the `last` word.
    """
    text, values, last = ctx.meta["text"], ctx.meta["values"], ctx.meta["last"]
    flags = {flag for parameter in ctx.command.get_params(ctx) for flag in parameter.opts}
    _, equals, value = incomplete.partition("=")
    if last.startswith("--") and "=" not in last and last[2:] not in ("", *values) and last not in flags:
        # The value of that variable
        return functions(incomplete) if incomplete.strip("-") else []
    if incomplete.startswith("--"):
        names = [name for name in _variables(text, values) if f"--{name}" not in flags]
        offered = [CompletionItem(f"--{name}", help="a variable of the expression") for name in names]
    elif text is None:
        return functions(incomplete) if incomplete != "-" else []
    elif equals:
        return functions(incomplete) if value else []
    else:
        names = _variables(text, values)
        offered = [CompletionItem(f"{name}=", help="a variable of the expression", open=True) for name in names]
    return [item for item in offered if item.value.startswith(incomplete)]


def _variables(text: str | None, values: dict[str, str]) -> list[str]:
    """The variables of the expression that have no value yet; none where it cannot be read."""
    if not text or text == "-":
        return []
    bare = find(text.strip(), 1)
    if bare and not bare.symbol and not values:  # `exp --x 2` is exp of x
        return list(bare.args)
    from autodiff_cli.language.parser import parse

    try:
        return [name for name in parse(text, values).variables if name not in values]
    except AutodiffError:
        return []


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
        line = os.environ["COMP_LINE"]
        quoted = split_arg_string(line + " x")[-1] != "x"
        args, incomplete = self.get_completion_args()
        before = ""
        if found := _VALUE.fullmatch(incomplete):
            before, incomplete = found.groups()
            args.append(before[:-1])
        items = self.get_completions(args, incomplete)
        first = items[0] if items else CompletionItem("")
        if first.type != "plain":
            return Offer("file", before, incomplete, [])
        kept = first.kept or ""
        typed = incomplete[len(kept) :]
        if not line.endswith(typed) or "\n" in kept:  # quoted in ways of its own, or more than a line
            items = []
        # A parenthesis means a call to the expression, but something else to the shell where it is not quoted
        end = "(" if first.call and quoted else ""
        answer = [(item.value[len(kept) :] + end, " ".join((item.help or "").split())) for item in items]
        if end and len(items) == 1 and self.closes:
            answer.append((first.value[len(kept) :] + first.call, answer[0][1]))
        stays = first.open or end or (first.call and kept)
        return Offer("open" if stays else "plain", before + kept, typed, answer)

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
        items = [value.replace(":", r"\:") + (help and f":{help}") for value, help in offer.items]
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


SHELLS: dict[str, type[_Complete]] = {shell.name: shell for shell in (_Bash, _Zsh, _Fish)}


def register() -> None:
    """Have click complete by the classes of this file."""
    for shell in SHELLS.values():
        add_completion_class(shell)
