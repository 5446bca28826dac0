"""`autodiff eval`: value, gradients and the witness beside them, at one point."""

import sys
from collections.abc import Iterable
from math import inf
from typing import Any

import click

from autodiff_cli.errors import AutodiffError, Exit


def _is_name(text: str) -> bool:
    """Whether the grammar would read the text as a name."""
    return text.replace("_", "a").isalnum() and not text[0].isdecimal()


def _is_number(text: str) -> bool:
    """Whether the grammar would read the text as a number, with a sign or without."""
    try:
        return set(text) <= set("0123456789.eE+-") and (0 < abs(float(text)) < inf or set(text) <= set("+-.0"))
    except ValueError:
        return False


class _EvalCommand(click.Command):
    """Sorts the arguments before click sees them: the variables of the expression are options of this call."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        own: dict[str, click.Option] = {
            flag: p for p in self.get_params(ctx) if isinstance(p, click.Option) for flag in p.opts
        }
        for_click: list[str] = []
        texts: list[str] = []
        values: dict[str, str] = {}
        waiting = list(reversed(args))
        while waiting:
            word = waiting.pop()
            name, equals, text = word.removeprefix("--").partition("=")
            named = _is_name(name)
            if word == "--" and not texts:
                texts += waiting[-1:]
                del waiting[-1:]
            elif word.partition("=")[0] in own:
                for_click.append(word)
                if not equals and not own[word].is_flag and waiting:
                    for_click.append(waiting.pop())
            elif named and word.startswith("--") and (texts or equals or waiting):
                if not equals and waiting and not waiting[-1].startswith("--"):
                    text = waiting.pop()
                if not text:
                    raise AutodiffError(f"--{name} needs a value", hint=f"as in --{name} 2 or {name}=2")
                _put(values, name, text)
            elif named and equals and texts and text:
                _put(values, name, text)
            elif named and equals and texts:
                raise AutodiffError(f"{name} needs a value", hint=f"as in {name}=2")
            elif not texts:
                texts.append(word)
            else:
                raise AutodiffError(
                    f"unexpected argument {word!r} after the expression",
                    hint="values are given as --NAME VALUE or NAME=VALUE; an expression with spaces needs quotes",
                )
        ctx.meta["values"] = values
        ctx.meta["text"] = texts[0] if texts else None
        ctx.meta["taken"] = [flag.partition("=")[0].removeprefix("--") for flag in for_click if flag.startswith("--")]
        try:
            return super().parse_args(ctx, for_click)
        except click.BadParameter:
            if texts and texts[0] != "-":
                from autodiff_cli.parser import parse

                _check_clash(ctx, parse(texts[0], values).variables)
            raise

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        text = ctx.meta.get("text")
        if text and text != "-":
            from autodiff_cli.parser import parse

            expression = parse(text, ctx.meta["values"])
            with formatter.section(f"Variables of {expression}"):
                formatter.write_dl([(f"--{name} VALUE", f"or {name}=VALUE") for name in expression.variables])
        super().format_options(ctx, formatter)


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


def _number(name: str, text: str) -> float:
    """The value of a variable: a number, or a constant expression such as pi/4."""
    if _is_number(text):
        return float(text)
    from autodiff_cli.examine import examine
    from autodiff_cli.parser import parse

    try:
        expression = parse(text)
        if expression.variables:
            unknown = next(iter(expression.variables))
            raise AutodiffError(
                f"{name} = {text} is not a number: '{unknown}' has no value",
                hint="a value is a number or a constant expression, such as pi/4",
            )
        report = examine(expression, {})
    except AutodiffError as error:
        if error.source:
            error.message = f"in the value of {name}: {error.message}"
        error.exit = Exit.UNUSABLE
        raise
    if abs(report.value) == inf:
        raise AutodiffError(f"{name} = {text} is too large for a float")
    return report.value


@click.command(
    cls=_EvalCommand,
    options_metavar="EXPRESSION [--NAME VALUE | NAME=VALUE]... [OPTIONS]",
    epilog="A value may be a constant expression: --x pi/4. An expression of - is read from standard input.",
    add_help_option=False,
)
@click.option(
    "--format",
    "format_",
    type=click.Choice(["table", "json", "csv", "tsv"]),
    default="table",
    help="What to print.",
    show_default=True,
)
@click.option("--precision", type=click.IntRange(1, 17), help="Significant digits in the table; 17 shows all.")
@click.option(
    "--values", "values_file", type=click.Path(), metavar="FILE", help="Values from a JSON file, {NAME: VALUE}."
)
@click.help_option("--help")
@click.pass_context
def command(ctx: click.Context, format_: str, precision: int | None, values_file: str | None) -> int:
    """Differentiate EXPRESSION at a point: autodiff eval "a*b+c" --a 2 --b -3 --c 10

    Each variable of the expression is given as --NAME VALUE or NAME=VALUE.
    """
    from autodiff_cli.examine import examine
    from autodiff_cli.parser import parse

    text, values = ctx.meta["text"], ctx.meta["values"]
    if text is None:
        raise AutodiffError("no expression", hint="as in autodiff eval 'x^2' --x 3")
    if text == "-":
        text = _read_stdin()
    point = _from_file(values_file) if values_file else {}
    point |= {name: _number(name, value) for name, value in values.items()}
    expression = parse(text, point)
    _check_clash(ctx, (name for name in expression.variables if name not in point))
    report = examine(expression, point)
    if report.notes:
        from autodiff_cli.render.error import say

        say("\n".join(f"note: {note}" for note in report.notes))
    _print(report, format_, precision)
    return report.exit


def _read_stdin() -> str:
    if sys.stdin is None:
        raise AutodiffError("standard input is closed", hint="give the expression as an argument")
    try:
        return sys.stdin.buffer.read().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise AutodiffError(f"standard input is not UTF-8 text: byte {error.start} is wrong") from None


def _from_file(path: str) -> dict[str, float]:
    import json

    try:
        with open(path, encoding="utf-8") as file:
            read: Any = json.load(file)
    except OSError as error:
        raise AutodiffError(f"cannot read values from {path}: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise AutodiffError(f"cannot read values from {path}: {error}", hint='it holds JSON such as {"a": 2}') from None
    if not isinstance(read, dict):
        raise AutodiffError(f"{path} holds no JSON object", hint='it holds JSON such as {"a": 2}')
    for name, value in read.items():
        if isinstance(value, bool) or not isinstance(value, (int, float, str)):
            raise AutodiffError(f"in {path}, {name} is neither a number nor a string: {json.dumps(value)[:40]}")
    return {name: _number(name, str(value)) for name, value in read.items()}


def _print(report: Any, format_: str, precision: int | None) -> None:
    if format_ == "table":
        from rich.console import Console

        from autodiff_cli.render.table import show

        show(report, Console(highlight=False, markup=False, emoji=False), precision)
    else:
        from autodiff_cli.render import data

        text = (
            data.to_json(report) if format_ == "json" else data.to_separated(report, "," if format_ == "csv" else "\t")
        )
        click.echo(text)
