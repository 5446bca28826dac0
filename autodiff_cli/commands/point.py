"""What commands share: an expression and a point to take it at, from the command line, files and standard input."""

import codecs
import io
import re
import sys
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import suppress
from math import inf
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import click

from autodiff_cli.commands.given import typed_text
from autodiff_cli.commands.said import Said
from autodiff_cli.errors import AutodiffError, all_of, did_you_mean

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from autodiff_cli.commands.given import FileValues
    from autodiff_cli.commands.words import Words
    from autodiff_cli.engine.expression import Expression
    from autodiff_cli.reports.measured import Enclosed, Measured

_T = TypeVar("_T")


class HasNotes(Protocol):
    """An expression or a report that has notes."""

    @property
    def notes(self) -> list[str]:
        """How it was read, and what else is to be said."""


_ANY = 999_999_999  # the greatest whole number that an option takes


def complete_names(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> "list[CompletionItem[str]]":
    """What an option completes to that takes names of the expression."""
    from autodiff_cli.commands.offers import names

    return names(ctx, parameter, incomplete)


def _to_ascii(ctx: click.Context, parameter: click.Parameter, wanted: bool) -> None:
    """Have what is printed go without signs that old terminals and mail lack: tables, trees and plots know how."""
    if wanted and not ctx.resilient_parsing:
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):
                codecs.register_error("autodiff-ascii", _in_ascii)
                stream.reconfigure(encoding="ascii", errors="autodiff-ascii")


def _in_ascii(error: UnicodeError) -> tuple[str | bytes, int]:
    """What stands for a sign that ASCII lacks: +- for ±, else its number."""
    if isinstance(error, UnicodeEncodeError):
        error.end = error.start + 1
        if error.object[error.start] == "±":
            return "+-", error.end
    return codecs.backslashreplace_errors(error)


ascii_option = click.option(
    "--ascii",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_to_ascii,
    help="Draw with ASCII letters and signs alone.",
)


def complete_results(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> "list[CompletionItem[str]]":
    """What --only completes to."""
    from autodiff_cli.commands.offers import results

    return results(ctx, parameter, incomplete)


SHARED = (
    click.option(
        "--file", "file", type=click.Path(), metavar="FILE", help="Read the expression or program from a file."
    ),
    click.option(
        "--values",
        "values_file",
        type=click.Path(),
        metavar="FILE",
        multiple=True,
        help="Values from a JSON or TOML file, by name; - is JSON on standard input. Of several the last wins.",
    ),
    click.option(
        "--wrt",
        metavar="NAMES",
        multiple=True,
        shell_complete=complete_names,
        help="Differentiate by these names only: --wrt a,b",
    ),
    click.option("--quiet", is_flag=True, help="Only notes on readings that change numbers; of tables no summary."),
    ascii_option,
    click.help_option("-h", "--help"),
    click.pass_context,
)


def only_option(example: str) -> Callable[[Any], Any]:
    """The option --only, which may be given more than once."""
    text = f"Print this alone, on a line of its own: {example} ... May be repeated."
    return click.option("--only", metavar="WHAT", multiple=True, shell_complete=complete_results, help=text)


corr_option = click.option(
    "--corr", metavar="A,B=NUMBER", multiple=True, help="How two uncertain values correlate, or a file with the matrix."
)


def of_option(text: str) -> Callable[[Any], Any]:
    """The option --of, named steps of a program."""
    return click.option("--of", "of", metavar="NAMES", multiple=True, shell_complete=complete_names, help=text)


def at_option(text: str) -> Callable[[Any], Any]:
    """The option --at, a point by its variables."""
    return click.option("--at", metavar="NAME=VALUE", multiple=True, shell_complete=complete_names, help=text)


def format_option(usual: str, *others: str) -> Callable[[Any], Any]:
    """The option --format, where all that is printed goes to standard output."""
    choice = click.Choice([usual, *others])
    return click.option("--format", "format_", type=choice, default=usual, help="What to print.", show_default=True)


def precision_option(text: str = "Significant digits in the table; 17 shows all.") -> Callable[[Any], Any]:
    """The option --precision."""
    return click.option("--precision", type=click.IntRange(1, 17), help=text)


def shared(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options of every command that takes an expression at a point."""
    for option in reversed(SHARED):
        command = option(command)
    return command


class PointCommand(click.Command):
    """A command about an expression. It sorts the arguments before click sees them, and keeps them in `ctx.meta`.

    There `text` is the expression as it is typed, `values` what is given to variables, `taken` the options that went
    to click, and `last` the last word, for completion.
    """

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        from autodiff_cli.commands.words import Words, flag_of

        words = Words(self._options(ctx), lambda word: self._other(ctx, words, word))
        try:
            self._sort(ctx, words, args)
        except AutodiffError:
            if not ctx.resilient_parsing:  # for a completion, what could be read will do
                raise
        ctx.meta["last"] = args[-1] if args else ""
        ctx.meta["values"] = words.values
        ctx.meta["dashed"] = words.dashed
        ctx.meta["valueless"] = words.valueless
        ctx.meta["text"] = words.texts[0] if words.texts else None
        ctx.meta["taken"] = [flag_of(flag).removeprefix("--") for flag in words.for_click if flag.startswith("--")]
        try:
            return super().parse_args(ctx, words.for_click)
        except click.BadParameter:
            if typed_text(ctx) is not None:
                _check_clash(ctx, self._parsed(ctx).variables)
            raise

    def _options(self, ctx: click.Context) -> dict[str, bool]:
        """The options of the command by their names, and which take a value."""
        options = {}
        for parameter in self.get_params(ctx):
            if isinstance(parameter, click.Option):
                flags = [*parameter.opts, *parameter.secondary_opts]
                options.update(dict.fromkeys(flags, not parameter.is_flag))
        return options

    def _sort(self, ctx: click.Context, words: "Words", args: list[str]) -> None:
        """Sort the words of the command line."""
        words.sort(args)

    def _other(self, ctx: click.Context, words: "Words", word: str) -> None:
        """Take a word after the expression that is neither an option nor a value."""
        if re.match(r"-[^\W\d]", word):
            from autodiff_cli.commands.options import unknown_option

            raise unknown_option(ctx, word.partition("=")[0])
        words.refuse(word)

    def _parsed(self, ctx: click.Context) -> "Expression":
        from autodiff_cli.language.parser import parse

        return parse(typed_text(ctx) or "", ctx.meta["values"])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> "list[CompletionItem[str]]":
        from autodiff_cli.commands.offers import expression

        return expression(ctx, incomplete) + super().shell_complete(ctx, incomplete)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The options; before them, of an expression given as text, its variables."""
        with suppress(AutodiffError):  # help is there for an expression that cannot be read too
            if typed_text(ctx):
                self._format_variables(self._parsed(ctx), formatter)
        super().format_options(ctx, formatter)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """More about the command; then what the verdicts and the exit codes mean."""
        from autodiff_cli.commands.legend import EXIT_CODES, VERDICTS

        super().format_epilog(ctx, formatter)
        has_verdicts = ctx.info_name in ("eval", "taylor", "trace")
        with formatter.indentation():
            for text in [VERDICTS] * has_verdicts + [EXIT_CODES]:
                formatter.write_paragraph()
                formatter.write_text(text)

    def _format_variables(self, expression: "Expression", formatter: click.HelpFormatter) -> None:
        rows = [(f"--{name} VALUE", f"or {name}=VALUE") for name in expression.variables]
        if rows:
            with formatter.section(f"Variables of {expression}"):
                formatter.write_dl(rows)


def _check_clash(ctx: click.Context, variables: Iterable[str]) -> None:
    """Where an option of the command was given and a variable of that name has no value: say how to set it."""
    for name in variables:
        if name in ctx.meta["taken"] and name not in ctx.meta["values"]:
            raise AutodiffError(
                f"--{name} is an option of the command, and '{name}' is also a variable of the expression",
                hint=f"set the variable with {name}=VALUE",
            )


def expression(
    ctx: click.Context,
    file: str | None,
    values_files: Collection[str],
    told: Collection[str] = (),
    request: bool = False,
    reader: "Callable[..., Expression] | None" = None,
    several: bool = False,
) -> "tuple[Expression, dict[str, str]]":
    """The expression that a command line asks for, and what its variables are given, as text; `reader` is its grammar.

    `told` are names that stand for variables although the command line gives them no value. Where the text may be a
    `request`, d/dx in front of it says what is wanted; where there may be `several` results, it may be a vector.
    """
    from autodiff_cli.language.parser import parse

    text = _text(ctx, file)
    from_files = _values(ctx, values_files, stdin_is_taken=file is None and ctx.meta["text"] == "-")
    texts = from_files.texts | ctx.meta["values"]
    given = [*dict.fromkeys((*texts, *ctx.meta["valueless"]))]
    found = reader(text, given, told, request) if reader else parse(text, given, told, request, several)
    _check_clash(ctx, (name for name in found.variables if name not in texts | found.defaults))
    _check_dashed(ctx, found)
    unused = from_files.needed_by(found, ctx.meta["values"])
    for name in unused:
        texts.pop(name, None)
    if unused and not ctx.params.get("quiet"):
        missing = [name for name in found.variables if name not in texts | found.defaults]
        meant = next(filter(None, [did_you_mean(name, missing) for name in unused[:20] if missing]), "")
        line = f"the expression does not use {', '.join(unused[:20])} of {' and '.join(values_files)}"
        notes([f"{line}; {meant}" if meant else line])
    return found, texts


def _values(ctx: click.Context, paths: Collection[str], stdin_is_taken: bool) -> "FileValues":
    """What the files give to variables."""
    from autodiff_cli.commands.given import FileValues

    if [*paths, *["-"] * stdin_is_taken].count("-") > 1:
        raise AutodiffError("standard input is asked for twice", hint="give one of the two as a file")
    found = FileValues()
    for path in paths:
        found.read(path)
    return found


def columns_in(text: str) -> list[str]:
    """The columns that a text names in backticks.

    >>> columns_in("`Speed (m/s)` * t")
    ['Speed (m/s)']
    """
    from autodiff_cli.language.patterns import COLUMN

    return re.findall(COLUMN, text)


def check_options(ctx: click.Context, file: str | None) -> list[str]:
    """Raise AutodiffError for an option that there is not, before anything else is read, where the text is known.

    The columns that the text names in backticks.
    """
    if file is None and ctx.meta["text"] == "-":
        return []
    text = _text(ctx, file)
    columns = columns_in(text)
    if ctx.meta["dashed"]:
        from autodiff_cli.language.parser import parse

        given = [*ctx.meta["values"], *ctx.meta["valueless"]]
        _check_dashed(ctx, parse(text, given, columns, several=True))
    return columns


def _check_dashed(ctx: click.Context, found: "Expression") -> None:
    """Raise AutodiffError for a `--NAME` that is no name of the expression, or a variable without its value."""
    known = {*found.variables, *found.steps, found.name}
    for name in ctx.meta["dashed"]:
        if name not in known:
            from autodiff_cli.commands.options import unknown_option

            raise unknown_option(ctx, f"--{name}", list(found.variables))
        if name in ctx.meta["valueless"]:
            raise AutodiffError(f"--{name} needs a value", hint=f"as in --{name} 2 or {name}=2")


def _text(ctx: click.Context, file: str | None) -> str:
    """The text of the expression: from a file, from standard input, or as it is typed."""
    from autodiff_cli.commands.given import read_stdin, read_text

    if file is not None:
        return read_text(file)
    if ctx.meta["text"] is None:
        raise _no_expression(ctx)
    text = typed_text(ctx)
    return read_stdin() if text is None else text


def _no_expression(ctx: click.Context) -> AutodiffError:
    """That there is no expression: it may have been taken for the value of an option that there is not."""
    for name in ctx.meta["dashed"]:
        from autodiff_cli.commands.options import is_near_option, unknown_option

        if is_near_option(ctx, f"--{name}"):
            return unknown_option(ctx, f"--{name}")
    return AutodiffError("no expression", hint=f"as in {ctx.command_path} 'x^2' --x 3")


def read(
    ctx: click.Context,
    file: str | None,
    values_files: Collection[str],
    quiet: bool,
    number_of: Callable[[str, str], float] | None = None,
    several: bool = False,
) -> "tuple[Expression, dict[str, float]]":
    """The expression and the point that a command line asks for; says on stderr how it was read, if that is unclear.

    `number_of` reads the value of a name; without it they are numbers and constant expressions. It may have `several`
    results where the command knows what to do with them.
    Raises AutodiffError for what cannot be read; every value that is wrong is named at once.
    """
    by = names(ctx.params.get("wrt", ()))
    found, texts = expression(ctx, file, values_files, by, several=several)
    ctx.meta["typed"] = texts
    point = point_of(found, texts, number_of)
    say_reading(found, quiet)
    return found, point


def point_of(
    found: "Expression", texts: dict[str, str], number_of: Callable[[str, str], float] | None = None
) -> dict[str, float]:
    """The point that values as text make. Raises AutodiffError that names all that are wrong or missing."""
    point, errors = read_each(number_of or number, texts)
    try:
        found.check(texts)
    except AutodiffError as error:
        errors.append(_by_meaning(error, found, texts))
    if errors:
        raise all_of(errors)
    return point


def _by_meaning(error: AutodiffError, found: "Expression", texts: Mapping[str, str]) -> AutodiffError:
    """What is wrong with the values; where a name without one is a word of other programs, what to do about that.

    Of a letter that LaTeX sets in a font or with an accent it says what it is called here.
    """
    from autodiff_cli.language.signs import ELSEWHERE

    missing = [name for name in found.variables if name not in (*texts, *found.defaults)]
    for name in missing:
        if name in ELSEWHERE:
            return error.changed(hint=f"'{name}' is a variable here; {ELSEWHERE[name]}")
    typed = dict.fromkeys(re.findall(r"\\[a-zA-Z]+\s*\{\s*\\?\w+\s*\}", found.source)[:20])
    meant = {text: name for text, name in zip(typed, map(_name_of, typed), strict=True) if name in missing}
    if not meant:
        return error
    are = ", ".join([f"{text} is {name}" for text, name in meant.items()])
    return error.changed(hint=f"{are}: {' '.join([f'--{name} VALUE' for name in meant.values()])}")


def _name_of(typed: str) -> str:
    """The variable that a part of a text is; empty where it is something else."""
    from autodiff_cli.language.parser import parse

    try:
        found = parse(typed)
    except AutodiffError:
        return ""
    return "" if found.nodes else found.root.label or ""


def read_each(read: Callable[[str, str], _T], texts: Mapping[str, str]) -> tuple[dict[str, _T], list[AutodiffError]]:
    """What is read of a text for each name, and what is wrong with the texts that cannot be read."""
    found, errors = {}, []
    for name, text in texts.items():
        try:
            found[name] = read(name, text)
        except AutodiffError as error:
            errors.append(error)
    return found, errors


def put_at(values: dict[str, str], typed: tuple[str, ...]) -> list[str]:
    """Add to the values what `--at x=2,y=3` gives; return the numbers without a name, `--at 2`.

    >>> values = {"x": "1"}
    >>> put_at(values, ("y=2, z=sin(1, 2)", "pi/2"))
    ['pi/2']
    >>> values
    {'x': '1', 'y': '2', 'z': 'sin(1, 2)'}
    """
    from autodiff_cli.commands.words import put

    is_bare = re.compile(r"\s*(?:[-+(.\d]|(?:pi|π|e)\b)[^=,:]*")
    bare = [part.strip() for part in typed if is_bare.fullmatch(part)]
    for part in typed:
        if part.strip() not in bare:
            for name, text in _pairs(part):
                put(values, name, text)
    return bare


def put_bare(values: dict[str, str], bare: list[str], found: "Expression", by: Collection[str] = ()) -> list[str]:
    """Give `--at 2` to the one variable that has no value, or that derivatives are taken by; return its name.

    Raises AutodiffError where there is more than one value or variable.
    """
    if not bare:
        return []
    from autodiff_cli.commands.words import put

    free = [name for name in by or found.variables if name not in {**values, **found.defaults}]
    if len(bare) > 1 or len(free) != 1:
        names = [*found.variables]
        hint = f"as in --at {','.join([f'{name}={bare[0]}' for name in names[:3]])}" if names else ""
        raise AutodiffError(f"--at takes NAME=VALUE, not {bare[0]}", hint=hint or "the expression has no variables")
    put(values, free[0], bare[0])
    return free


def _pairs(part: str) -> list[tuple[str, str]]:
    """The names and texts in `x=2,y=3`. Raises AutodiffError where it is not that."""
    from autodiff_cli.language.lexer import is_name

    before, *found = re.split(r"(?:^|,)\s*(\w+)\s*=", part)
    names, texts = found[::2], list(map(str.strip, found[1::2]))
    is_well = all((names, *map(is_name, names), *texts, not before.strip()))
    if not is_well:
        raise AutodiffError(f"--at takes NAME=VALUE, not {part}", hint="as in --at x=2, or --at x=2,y=3")
    return [*zip(names, texts, strict=True)]


def notes(lines: Iterable[str], quiet: bool = False) -> None:
    """Say notes, unless it is to be quiet."""
    if not quiet:
        said = click.get_current_context().ensure_object(Said)
        for line in lines:
            said.note(line)


def say_reading(found: "HasNotes", quiet: bool, *others: "HasNotes") -> list[str]:
    """Say how expressions were read, and return what was said.

    Where it is to be quiet, only what changes a number, not what programming languages agree on.
    """
    from autodiff_cli.language.signs import CONVENTIONS

    all_notes = dict.fromkeys(note for one in (found, *others) for note in one.notes)
    said = [note for note in all_notes if not (quiet and note in CONVENTIONS)]
    notes(said)
    return said


def add_reading(report: "HasNotes", found: "Expression") -> None:
    """Put how an expression was read before the notes of its report, for the formats that have notes in them."""
    report.notes[:0] = [note for note in found.notes if note not in report.notes]


def refuse(options: Mapping[str, object], why: str, hint: str) -> None:
    """Raise AutodiffError for the first of these options that is given."""
    for name, given in options.items():
        if given not in (None, False, ()):
            raise AutodiffError(f"--{name} {why}", hint=hint)


def names(wrt: tuple[str, ...]) -> list[str]:
    """The names in `--wrt a,b --wrt c`."""
    typed = ",".join(wrt).split(",")
    return list(dict.fromkeys(filter(None, map(str.strip, typed))))


_MAY_BE_UNCERTAIN = re.compile(
    r"±|\+-|\+/[-−]|\\pm|[\d.]\s*\(|^\s*\[|[-+−][\d.\s%]+/\s*[-+−]|\s[-+−][\d.eE]+\s+[-+−]|\{\s*[-+−][^{}]*\}"
)


def between_commas(text: str) -> list[str]:
    """The parts of a text between commas, other than those inside of parentheses and brackets.

    >>> between_commas("1, max(2, abs(3))"), between_commas("[0.7, 0.9]")
    (['1', 'max(2, abs(3))'], ['[0.7, 0.9]'])
    """
    parts: list[str] = []
    for piece in text.split(","):
        if parts and any(parts[-1].count(opening) > parts[-1].count(closing) for opening, closing in ("()", "[]")):
            parts[-1] += f",{piece}"
        else:
            parts.append(piece)
    return [*map(str.strip, parts)]


def may_be_uncertain(text: str) -> bool:
    """Whether a value has signs of an uncertainty or an interval: 0.75±0.001, 1.738(5), [0.74, 0.76]; or log2(8)."""
    return _MAY_BE_UNCERTAIN.search(text) is not None


class GivenValues:
    """The values that are given: numbers, and by name those that are uncertain."""

    def __init__(self) -> None:
        self.uncertain: dict[str, Measured | Enclosed] = {}

    def number_of(self, name: str, text: str) -> float:
        """The value of a variable; of an uncertain one, which is kept, its middle."""
        if may_be_uncertain(text):
            from autodiff_cli.commands.uncertainty import uncertain

            if (found := uncertain(name, text, number)) is not None:
                self.uncertain[name] = found
                return found.value
        return number(name, text)


def number(name: str, text: str) -> float:
    """The value of a variable: a number, or a constant expression such as pi/4."""
    if _is_number(text):
        return float(text)
    if may_be_uncertain(text):
        _check_certain(name, text)
    try:
        value = _constant(name, text)
    except AutodiffError as error:
        message = f"in the value of {name}: {error.message}" if error.source else error.message
        raise error.changed(AutodiffError, message=message) from None  # what is given is wrong, whatever it is
    if abs(value) == inf:
        raise AutodiffError(f"{name} = {text} is too large for a float")
    return value


def _check_certain(name: str, text: str) -> None:
    """Raise AutodiffError for a value with an uncertainty where one number is wanted."""
    from autodiff_cli.commands.uncertainty import uncertain
    from autodiff_cli.reports.measured import Enclosed

    if (found := uncertain(name, text, number)) is not None:
        take, what = "eval, batch, solve and sensitivity", "uncertainties"
        if isinstance(found, Enclosed):
            take, what = "eval and sensitivity", "intervals"
        raise AutodiffError(f"{name} = {text} is not one number", hint=f"give {name} one number; {take} take {what}")


def _is_number(text: str) -> bool:
    """Whether the grammar would read the text as a number, with a sign or without.

    One that is too large for a float, or so small that it would be 0, is left to the parser, which has words for it.
    """
    if not set(text) <= set("0123456789.eE+-"):
        return False
    try:
        return 0 < abs(float(text)) < inf or set(text) <= set("+-.0")
    except ValueError:
        return False


def _constant(name: str, text: str) -> float:
    """The value of a constant expression."""
    from autodiff_cli.language.parser import parse
    from autodiff_cli.reports.point import report_at

    expression = parse(text)
    for unknown in expression.variables:
        message = f"{name} = {text} is not a number: '{unknown}' has no value"
        raise AutodiffError(message, hint="a value is a number or a constant expression, such as pi/4")
    report = report_at(expression, {})
    if report.vanishes:
        raise AutodiffError(f"{name} = {text} is too small for a float")
    return report.value


def whole(option: str, typed: str, least: int, most: int | None, hint: str) -> int:
    """The whole number that an option takes."""
    if re.fullmatch(r"\d{1,9}", typed) and int(typed) in range(least, (most or _ANY) + 1):
        return int(typed)
    to = f" to {most:,}" if most else ""
    shown = typed[:40] or "nothing"
    raise AutodiffError(f"--{option} takes a whole number from {least}{to}, not {shown}", hint=hint)
