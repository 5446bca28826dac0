"""What is given to a command other than on its command line: texts and values in files, and standard input."""

import sys
from typing import Any

from autodiff_cli.errors import AutodiffError


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


def _decoded(data: bytes, where: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise AutodiffError(f"{where} is not UTF-8 text: byte {error.start} is wrong") from None


def read_values(path: str) -> dict[str, str]:
    """The values in a TOML or JSON file, as they are typed there.

    Raises AutodiffError where it holds anything but numbers and strings by name.
    """
    toml = path.lower().endswith(".toml")
    hint = "it holds TOML such as a = 2" if toml else 'it holds JSON such as {"a": 2}'
    text = read_text(path)
    try:
        found = _from_toml(text) if toml else _from_json(text)
    except (ValueError, RecursionError) as error:
        raise AutodiffError(f"cannot read values from {path}: {error}", hint=hint) from None
    if not isinstance(found, dict):
        raise AutodiffError(f"{path} holds no JSON object", hint=hint)
    for name, value in found.items():
        _require_value(path, name, value)
    return {name: _as_text(path, name, value) for name, value in found.items()}


def _require_value(path: str, name: str, value: object) -> None:
    """Raise AutodiffError for what can be no value."""
    if type(value) not in (int, float, str):  # a bool is an int to isinstance
        raise AutodiffError(f"in {path}, {name} is neither a number nor a string: {str(value)[:40]}")


def _from_toml(text: str) -> Any:
    import tomllib

    return tomllib.loads(text, parse_float=lambda typed: typed.replace("_", ""))  # every digit is kept


def _from_json(text: str) -> Any:
    import json

    return json.loads(text, parse_float=str)


def _as_text(path: str, name: str, value: object) -> str:
    try:
        return str(value)
    except ValueError:  # a whole number of thousands of digits
        raise AutodiffError(f"in {path}, {name} is too large for a float") from None
