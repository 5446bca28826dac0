"""What is offered while a command line is typed: functions, and the variables and steps of the expression."""

import re
from collections.abc import Collection
from contextlib import suppress
from glob import escape, glob
from itertools import chain, filterfalse
from os.path import expanduser
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem

from autodiff_cli.errors import AutodiffError
from autodiff_cli.rules.table import BY_NAME, find

if TYPE_CHECKING:
    from autodiff_cli.engine.expression import Expression

_NAME = re.compile(r"[^\W\d]\w*\Z|\Z")
_OPERAND = re.compile(r"[\w.)\]}!]\s*\Z")
_FILE = CompletionItem("", type="file")  # which the shell knows best
_FORMS = {  # of the language, which are no functions
    "diff": ("(f, x)", "the derivative by a variable"),
    "div": ("([P, Q], x, y)", "the divergence of a vector"),
    "curl": ("([P, Q], x, y)", "the curl of a vector"),
    "laplacian": ("(f, x, y)", "the sum of second derivatives"),
    "piecewise": ("(x < 0, -x, x^2)", "conditions, each with its value; last what else"),
    "sum": ("(k, 1, 10, f)", "the sum over a counter"),
    "prod": ("(k, 1, 10, f)", "the product over a counter"),
}


def functions(text: str) -> "list[CompletionItem[str]]":
    """The functions that the name at the end of the text may become. `kept` is the text before that name.

    "2*tanh" -> 2*tanh, kept "2*", call "(x)"; none for "2*x)", since what comes next is no name
    """
    kept = _NAME.split(text)[0]
    typed = text[len(kept) :]
    if not typed and _OPERAND.search(kept):
        return []
    return [
        CompletionItem(kept + name, help=doc, kept=kept, call=call)
        for name, (call, doc) in sorted(_calls().items())
        if name.startswith(typed)
    ]


def function_names(typed: str) -> "list[CompletionItem[str]]":
    """The functions and their other names, for a command that lists some."""
    known = {name: function.doc for name, (function, *_) in BY_NAME.items()}
    return [CompletionItem(name, help=doc) for name, doc in sorted(known.items()) if name.startswith(typed)]


def _calls() -> dict[str, tuple[str, str]]:
    """How each function is called, and what it is."""
    known = dict(_FORMS)
    for name, (function, *_) in BY_NAME.items():
        if not function.symbol or name == "pow":
            arguments = ("a", "b") if function.variadic else function.args
            known[name] = f"({', '.join(arguments)})", function.doc
    return known


_ALONE: dict[str | None, tuple[str, ...]] = {  # what else than its variables a result has, by command
    "solve": ("complete",),
    "fit": ("residual_sd", "sum_of_squares", "degrees_of_freedom"),
    "minimize": ("value", "kind", "proven"),
    "maximize": ("value", "kind", "proven"),
}


_COLUMNS: dict[str | None, list[str]] = {"sensitivity": ["elasticity", "gradient", "verdict", "width"]}


def names(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> "list[CompletionItem[str]]":
    """The variables and steps of the expression, for an option that takes some of them: --wrt a,b; --at x=2,y=3."""
    expression = _of_command_line(ctx)
    *before, typed = re.split("(?<=,)", incomplete)
    kept = "".join(before)
    is_point = parameter.name == "at"
    end = "=" if is_point else ""
    wanted = {"at": expression.variables, "of": expression.steps}
    known = wanted.get(parameter.name or "", expression.named)
    return [
        CompletionItem(kept + name + end, help="of the expression", kept=kept, open=is_point)
        for name in known
        if name.startswith(typed)
    ]


def results(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> "list[CompletionItem[str]]":
    """What a result has that --only can ask for: value, gradient.x; of a series polynomial, coefficient.2."""
    expression = _of_command_line(ctx)
    if ctx.info_name in _ALONE:
        alone, columns, keys = [*expression.variables, *_ALONE[ctx.info_name]], [], []
    elif any(option.name == "order" for option in ctx.command.params):
        alone, columns, keys = ["polynomial"], ["coefficient", "derivative"], [*map(str, range(7))]
    else:
        columns = _COLUMNS.get(ctx.info_name, ["gradient", "verdict", "finite_difference", "bound"])
        alone, keys = ["value"], [*expression.variables, *expression.steps]
    known = [*alone, *[f"{column}.{key}" for column in columns for key in keys]]
    return [CompletionItem(path, help="of the result") for path in known if path.startswith(incomplete)]


def _of_command_line(ctx: click.Context) -> "Expression":
    """The expression that is typed, in a file that is named, or none."""
    return _read(_typed(ctx), ctx.meta["values"])


def _typed(ctx: click.Context) -> str | None:
    """The text of the expression that is typed, or in a file that is named."""
    from autodiff_cli.commands.given import read_text, typed_text

    file = ctx.params.get("file")
    with suppress(AutodiffError):
        return read_text(file) if file else typed_text(ctx)
    return None


def expression(ctx: click.Context, incomplete: str) -> "list[CompletionItem[str]]":
    """What a command offers that takes an expression and its variables, beside click's own options.

    It reads what `parse_args` left in `ctx.meta`: the `text`, the `values` given, and the `last` word.
    """
    text, values = ctx.meta["text"], ctx.meta["values"]
    typed = _typed(ctx)
    flags = set(chain.from_iterable([parameter.opts for parameter in ctx.command.get_params(ctx)]))
    given = {f"--{name}" for name in values}
    is_value = _waits_for_value(ctx.meta["last"], {"--", *flags, *given})
    if _is_formula(text, incomplete, is_value):
        return functions(incomplete) if is_value or text is not None else beginning(incomplete)
    if is_value or "=" in incomplete:
        return []
    found = _variables(typed, values, incomplete, flags)
    takes_files = "tables" in ctx.meta and not incomplete.startswith("-")
    return [_FILE] if takes_files and not (incomplete and found) else found


def beginning(incomplete: str) -> "list[CompletionItem[str]]":
    """What the first word of a command line may become: an expression with a function, or the file of a program."""
    found = functions(incomplete)
    return found if found or not glob(f"{escape(expanduser(incomplete))}*") else [_FILE]


def _waits_for_value(word: str, known: set[str]) -> bool:
    """Whether the value of a variable comes next.

    Behind --x it does, but not behind an option, --x=3, or an x that has a value.
    """
    is_option = word.startswith("--") and "=" not in word
    return is_option and word not in known


def _is_formula(text: str | None, incomplete: str, is_value: bool) -> bool:
    """Whether a word is the expression or the value of a variable: 2*tan, x=2*tan, or 2*tan behind --x."""
    if is_value:
        return incomplete.strip("-") != ""
    if incomplete.startswith("--"):
        return False
    _, _, value = incomplete.partition("=")
    return incomplete != "-" if text is None else value != ""


def _variables(
    text: str | None, values: dict[str, str], incomplete: str, flags: set[str]
) -> "list[CompletionItem[str]]":
    """The variables of the expression that have no value yet, as --x or x=, and that a word may become."""
    as_option = incomplete.startswith("--")
    form = "--{}" if as_option else "{}="
    names = filterfalse(values.__contains__, _known(text or "", values))
    words = filterfalse(flags.__contains__, map(form.format, names))
    help = "a variable of the expression"
    return [CompletionItem(word, help=help, open=not as_option) for word in words if word.startswith(incomplete)]


def _known(text: str, values: dict[str, str]) -> Collection[str]:
    """The variables of an expression; none where it cannot be read."""
    function = find(text.strip(), 1)
    if function and not (function.symbol or values):  # `exp --x 2` is exp of x
        return function.args
    return _read(text, values).variables


def _read(text: str | None, values: dict[str, str]) -> "Expression":
    """The expression; one without variables where it cannot be read."""
    from autodiff_cli.language.equation_reader import read_equations
    from autodiff_cli.language.parser import parse

    for read in (parse, read_equations):
        with suppress(AutodiffError):
            return read(text or "", values)
    return parse("0")
