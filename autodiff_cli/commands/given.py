"""What is given to a command other than on its command line: texts and values in files, and standard input."""

import os
import re
import sys
from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from autodiff_cli.errors import AutodiffError

if TYPE_CHECKING:
    import click

    from autodiff_cli.engine.expression import Expression


def read_stdin() -> str:
    """The text on standard input."""
    if sys.stdin is None:
        raise AutodiffError("standard input is closed", hint="give the expression as an argument")
    return _decoded(sys.stdin.buffer.read(), "standard input")


def read_text(path: str) -> str:
    """The text in a file."""
    try:
        with open(path, "rb") as file:
            return _decoded(file.read(), path)
    except OSError as error:
        raise AutodiffError(f"cannot read {path}: {error.strerror}") from None


def is_program(text: str | None) -> bool:
    """Whether what is typed as the expression is the name of a program's file, which ends in .ad.

    >>> is_program("models/spring.ad"), is_program("2.ad"), is_program("x^2")
    (True, False, False)
    """
    if text is None or not text.lower().endswith(".ad") or "\n" in text:
        return False
    return os.path.isfile(text) or not re.fullmatch(r"[\d.]*", text[:-3])


def is_working(text: str | None) -> bool:
    """Whether what is typed as the expression is the name of a file with a working, line by line.

    >>> is_working("homework/working.txt"), is_working("sheet.tex"), is_working("x^2")
    (True, True, False)
    """
    return text is not None and text.lower().endswith((".txt", ".md", ".tex")) and "\n" not in text


def python_function(text: str | None) -> tuple[str, str] | None:
    """The file and the function in model.py:f; None of other texts.

    >>> python_function("src/model.py:f"), python_function("x^2")
    (('src/model.py', 'f'), None)
    """
    found = re.fullmatch(r"(.+\.py):([^\W\d]\w*)", text or "")
    return (found[1], found[2]) if found else None


def typed_text(ctx: "click.Context") -> str | None:
    """The text of the expression where that is typed, or in a program's file that is named; None where it is neither.

    Raises AutodiffError for a file that cannot be read.
    """
    text: str | None = ctx.meta.get("text")
    if is_program(text):
        return read_text(str(text))
    return None if text == "-" else text


def _decoded(data: bytes, where: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise AutodiffError(f"{where} is not UTF-8 text: byte {error.start} is wrong") from None


class FileValues:
    """What files give to variables by name: texts as they are typed there, and what is wrong with others."""

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}
        self.wrong: dict[str, AutodiffError] = {}

    def read(self, path: str) -> None:
        """Read a TOML or JSON file; what it gives wins over what was read before.

        Raises AutodiffError where it holds no values by name.
        """
        for name, value in _load(path).items():
            self.texts.pop(name, None)
            self.wrong.pop(name, None)
            try:
                self.texts[name] = _as_text(path, name, value)
            except AutodiffError as error:
                self.wrong[name] = error

    def needed_by(self, expression: "Expression", typed: Collection[str]) -> list[str]:
        """The names that an expression does not have.

        Raises AutodiffError for one that it has and that holds neither a number nor a string; what is typed wins.
        """
        known = {*expression.variables, *expression.steps, expression.name}
        for name, error in self.wrong.items():
            if name in known and name not in typed:
                raise error
        return [name for name in (*self.texts, *self.wrong) if name not in known and name not in typed]


def _load(path: str) -> dict[str, Any]:
    """The values in a file, or on standard input, by name."""
    toml = path.lower().endswith(".toml")
    hint = "it holds TOML such as a = 2" if toml else 'it holds JSON such as {"a": 2}'
    where = "standard input" if path == "-" else path
    text = read_stdin() if path == "-" else read_text(path)
    try:
        found = _from_toml(text) if toml else _from_json(text)
    except (ValueError, RecursionError) as error:
        raise AutodiffError(f"cannot read values from {where}: {error}", hint=hint) from None
    if not isinstance(found, dict):
        raise AutodiffError(f"{where} holds no JSON object", hint=hint)
    return found


def _from_toml(text: str) -> Any:
    import tomllib

    return tomllib.loads(text, parse_float=lambda typed: typed.replace("_", ""))  # every digit is kept


def _from_json(text: str) -> Any:
    import json

    return json.loads(text, parse_float=str)


def _as_text(path: str, name: str, value: object) -> str:
    """A value as it is typed. Raises AutodiffError for what can be none."""
    if type(value) not in (int, float, str):  # a bool is an int to isinstance
        hint = f'an interval is text, "{value}"' if isinstance(value, list) and len(value) == 2 else ""
        raise AutodiffError(f"in {path}, {name} is neither a number nor a string: {str(value)[:40]}", hint=hint)
    try:
        return str(value)
    except ValueError:  # a whole number of thousands of digits
        raise AutodiffError(f"in {path}, {name} is too large for a float") from None
