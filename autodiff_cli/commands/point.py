"""What commands share: an expression and a point to take it at, from the command line, files and standard input."""

import re
import sys
from collections.abc import Callable, Collection, Iterable
from math import inf
from typing import TYPE_CHECKING, Any

import click

from autodiff_cli.errors import AutodiffError, Exit, all_of

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from autodiff_cli.engine.expression import Expression


def complete_names(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> "list[CompletionItem[str]]":
    """What an option completes to that takes names of the expression."""
    from autodiff_cli.commands.offers import names

    return names(ctx, parameter, incomplete)


SHARED = (
    click.option(
        "--file", "file", type=click.Path(), metavar="FILE", help="Read the expression or program from a file."
    ),
    click.option(
        "--values", "values_file", type=click.Path(), metavar="FILE", help="Values from a JSON or TOML file, by name."
    ),
    click.option(
        "--wrt",
        metavar="NAMES",
        multiple=True,
        shell_complete=complete_names,
        help="Differentiate by these names only: --wrt a,b",
    ),
    click.option("--quiet", is_flag=True, help="No notes; of tables a summary only where something is wrong."),
    click.help_option("--help"),
    click.pass_context,
)


def shared(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options of every command that takes an expression at a point."""
    for option in reversed(SHARED):
        command = option(command)
    return command


def _is_number(text: str) -> bool:
    """Whether the grammar would read the text as a number, with a sign or without."""
    try:
        return set(text) <= set("0123456789.eE+-") and (0 < abs(float(text)) < inf or set(text) <= set("+-.0"))
    except ValueError:
        return False


class PointCommand(click.Command):
    """Sorts the arguments before click sees them: the variables of the expression are options of this call."""

    def _sort(
        self, ctx: click.Context, args: list[str], for_click: list[str], texts: list[str], values: dict[str, str]
    ) -> None:
        from autodiff_cli.language.lexer import is_name

        options = [p for p in self.get_params(ctx) if isinstance(p, click.Option)]
        own = {flag: option for option in options for flag in (*option.opts, *option.secondary_opts)}
        from_file = any(word.partition("=")[0] == "--file" for word in args)
        waiting = list(reversed(args))
        while waiting:
            word = waiting.pop()
            name, equals, text = word.removeprefix("--").partition("=")
            named = is_name(name)
            known = bool(texts) or from_file
            if word == "--" and not known:
                texts += waiting[-1:]
                del waiting[-1:]
            elif word.partition("=")[0] in own:
                for_click.append(word)
                if not equals and not own[word].is_flag and waiting:
                    for_click.append(waiting.pop())
            elif named and word.startswith("--") and (known or equals or waiting):
                if not equals and waiting and not waiting[-1].startswith("--"):
                    text = waiting.pop()
                if not text:
                    raise AutodiffError(f"--{name} needs a value", hint=f"as in --{name} 2 or {name}=2")
                _put(values, name, text)
            elif named and equals and known and text:
                _put(values, name, text)
            elif named and equals and known:
                raise AutodiffError(f"{name} needs a value", hint=f"as in {name}=2")
            elif not known:
                texts.append(word)
            else:
                self._after(ctx, word, texts)

    def _after(self, ctx: click.Context, word: str, texts: list[str]) -> None:
        """Take a word after the expression that is neither an option nor a value."""
        raise AutodiffError(f"unexpected argument {word!r} after the expression", hint=_what_instead(texts))

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        for_click: list[str] = []
        texts: list[str] = []
        values: dict[str, str] = {}
        ctx.meta["last"] = args[-1] if args else ""
        try:
            self._sort(ctx, args, for_click, texts, values)
        except AutodiffError:
            if not ctx.resilient_parsing:  # for a completion, what could be read will do
                raise
        ctx.meta["values"] = values
        ctx.meta["text"] = texts[0] if texts else None
        ctx.meta["taken"] = [flag.partition("=")[0].removeprefix("--") for flag in for_click if flag.startswith("--")]
        try:
            return super().parse_args(ctx, for_click)
        except click.BadParameter:
            if texts and texts[0] != "-":
                from autodiff_cli.language.parser import parse

                _check_clash(ctx, parse(texts[0], values).variables)
            raise

    def shell_complete(self, ctx: click.Context, incomplete: str) -> "list[CompletionItem[str]]":
        from autodiff_cli.commands.offers import expression

        return expression(ctx, incomplete) + super().shell_complete(ctx, incomplete)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        text = ctx.meta.get("text")
        if text and text != "-":
            from autodiff_cli.language.parser import parse

            expression = parse(text, ctx.meta["values"])
            if expression.variables:
                with formatter.section(f"Variables of {expression}"):
                    formatter.write_dl([(f"--{name} VALUE", f"or {name}=VALUE") for name in expression.variables])
        super().format_options(ctx, formatter)


def _what_instead(texts: list[str]) -> str:
    if texts and "=" in texts[0]:
        return "the expression comes first, then the values: autodiff eval 'x^2' x=3"
    return "values are given as --NAME VALUE or NAME=VALUE; an expression with spaces needs quotes"


def _check_clash(ctx: click.Context, variables: Iterable[str]) -> None:
    """Where an option of the command was given and a variable of that name has no value: say how to set it."""
    for name in variables:
        if name in ctx.meta["taken"] and name not in ctx.meta["values"]:
            raise AutodiffError(
                f"--{name} is an option of the command, and '{name}' is also a variable of the expression",
                hint=f"set the variable with {name}=VALUE",
            )


def _put(values: dict[str, str], name: str, text: str) -> None:
    if name in values:
        raise AutodiffError(f"two values for '{name}': {values[name]} and {text}", hint="give it one")
    values[name] = text


def expression(
    ctx: click.Context, file: str | None, values_file: str | None, given: Collection[str] = ()
) -> "tuple[Expression, dict[str, str]]":
    """The expression that a command line asks for, and what its variables are given, as text.

    `given` are names that stand for variables although the command line gives them no value.
    """
    from autodiff_cli.language.parser import parse

    text = ctx.meta["text"]
    if file is not None:
        text = _read_file(file)
    elif text == "-":
        text = _read_stdin()
    elif text is None:
        raise AutodiffError("no expression", hint=f"as in {ctx.command_path} 'x^2' --x 3")
    texts = (_from_file(values_file) if values_file else {}) | ctx.meta["values"]
    found = parse(text, [*dict.fromkeys((*texts, *given))])
    _check_clash(ctx, (name for name in found.variables if name not in texts | found.defaults))
    return found, texts


def read(
    ctx: click.Context, file: str | None, values_file: str | None, quiet: bool
) -> "tuple[Expression, dict[str, float]]":
    """The expression and the point that a command line asks for; says on stderr how it was read, if that is unclear.

    Raises AutodiffError for what cannot be read; every value that is wrong is named at once.
    """
    found, texts = expression(ctx, file, values_file)
    ctx.meta["typed"] = texts
    point = point_of(found, texts)
    if not quiet:
        notes(found.notes)
    return found, point


def point_of(found: "Expression", texts: dict[str, str]) -> dict[str, float]:
    """The point that values as text make. Raises AutodiffError that names all that are wrong or missing."""
    point, errors = {}, []
    for name, value in texts.items():
        try:
            point[name] = number(name, value)
        except AutodiffError as error:
            errors.append(error)
    try:
        found.check(texts)
    except AutodiffError as error:
        errors.append(error)
    if errors:
        raise all_of(errors)
    return point


def put_at(values: dict[str, str], typed: tuple[str, ...]) -> None:
    """Add to the values what `--at x=2,y=3` gives."""
    from autodiff_cli.language.lexer import is_name

    for part in typed:
        names_and_texts = re.split(r"(?:^|,)\s*(\w+)\s*=", part)
        if len(names_and_texts) < 3 or names_and_texts[0].strip():
            raise AutodiffError(f"--at takes NAME=VALUE, not {part}", hint="as in --at x=2, or --at x=2,y=3")
        for name, text in zip(names_and_texts[1::2], names_and_texts[2::2], strict=True):
            if not is_name(name) or not text.strip():
                raise AutodiffError(f"--at takes NAME=VALUE, not {part}", hint="as in --at x=2, or --at x=2,y=3")
            _put(values, name, text.strip())


def notes(lines: Collection[str]) -> None:
    """Write notes to stderr."""
    if lines:
        from autodiff_cli.render.error import note

        for line in lines:
            note(line)


def names(wrt: tuple[str, ...]) -> list[str]:
    """The names in `--wrt a,b --wrt c`."""
    return list(dict.fromkeys(name.strip() for part in wrt for name in part.split(",") if name.strip()))


def number(name: str, text: str) -> float:
    """The value of a variable: a number, or a constant expression such as pi/4."""
    if _is_number(text):
        return float(text)
    from autodiff_cli.language.parser import parse
    from autodiff_cli.reports.point import report_at

    try:
        expression = parse(text)
        if expression.variables:
            unknown = next(iter(expression.variables))
            raise AutodiffError(
                f"{name} = {text} is not a number: '{unknown}' has no value",
                hint="a value is a number or a constant expression, such as pi/4",
            )
        report = report_at(expression, {})
    except AutodiffError as error:
        if error.source:
            error.message = f"in the value of {name}: {error.message}"
        error.exit = Exit.UNUSABLE
        raise
    if abs(report.value) == inf:
        raise AutodiffError(f"{name} = {text} is too large for a float")
    return report.value


def whole(option: str, typed: str, least: int, most: int | None, hint: str) -> int:
    """The whole number that an option takes."""
    if not typed.isdecimal() or len(typed) > 9 or not least <= int(typed) <= (most or int(typed)):
        to = f" to {most:,}" if most else ""
        raise AutodiffError(
            f"--{option} takes a whole number from {least}{to}, not {typed[:40] or 'nothing'}", hint=hint
        )
    return int(typed)


def _read_stdin() -> str:
    if sys.stdin is None:
        raise AutodiffError("standard input is closed", hint="give the expression as an argument")
    return _text(sys.stdin.buffer.read(), "standard input")


def _read_file(path: str) -> str:
    try:
        with open(path, "rb") as file:
            return _text(file.read(), path)
    except OSError as error:
        raise AutodiffError(f"cannot read {path}: {error.strerror}") from None


def _text(data: bytes, where: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise AutodiffError(f"{where} is not UTF-8 text: byte {error.start} is wrong") from None


def _from_file(path: str) -> dict[str, str]:
    text = _read_file(path)
    toml = path.lower().endswith(".toml")
    example = "TOML such as a = 2" if toml else 'JSON such as {"a": 2}'
    try:
        read: Any
        if toml:
            import tomllib

            read = tomllib.loads(text, parse_float=lambda typed: typed.replace("_", ""))  # every digit is kept
        else:
            import json

            read = json.loads(text, parse_float=str)
    except (ValueError, RecursionError) as error:
        raise AutodiffError(f"cannot read values from {path}: {error}", hint=f"it holds {example}") from None
    if not isinstance(read, dict):
        raise AutodiffError(f"{path} holds no JSON object", hint=f"it holds {example}")
    for name, value in read.items():
        if isinstance(value, bool) or not isinstance(value, (int, float, str)):
            raise AutodiffError(f"in {path}, {name} is neither a number nor a string: {str(value)[:40]}")
    return {name: _as_text(path, name, value) for name, value in read.items()}


def _as_text(path: str, name: str, value: object) -> str:
    try:
        return str(value)
    except ValueError:  # a whole number of thousands of digits
        raise AutodiffError(f"in {path}, {name} is too large for a float") from None
