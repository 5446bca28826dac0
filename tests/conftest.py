"""What the tests share: running a command line, finding the corpora, and names for the cases of a test."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from autodiff_cli import Value, own
from autodiff_cli.commands.group import run
from autodiff_cli.engine.value import RULES
from autodiff_cli.language.templates import OWN
from autodiff_cli.rules.table import BY_NAME, Function, entry

CORPORA = Path(__file__).resolve().parents[2] / "shared" / "corpora"


@dataclass
class Result:
    """What a command line printed and returned."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@pytest.fixture
def autodiff(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Run `autodiff` with these arguments, in this process and for a window of the usual size."""
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("LINES", "24")

    def call(*arguments: str) -> Result:
        code = run(list(arguments))
        captured = capsys.readouterr()
        return Result(int(code), captured.out, captured.err)

    return call


@pytest.fixture
def own_functions_forgotten() -> Iterator[None]:
    """What a test defines is gone after it, and the table as it was.

    What is compiled stays under its name, so that each test takes names of its own.
    """
    before = {*BY_NAME}
    yield
    for name in {*BY_NAME} - before:
        for function in BY_NAME.pop(name):
            del RULES[name, len(function.args)]
        del OWN[name], own._defined[name]
        delattr(Value, name)
    entry.cache_clear()


def corpus(name: str) -> list[dict[str, Any]]:
    """The records of a corpus."""
    return [json.loads(line) for line in (CORPORA / f"{name}.jsonl").read_text().splitlines()]


def words(data: object) -> str | None:
    """What is in a tuple, list, set or dictionary, as in `x=1 y=2`; None where a part has no short text of its own."""
    if isinstance(data, dict):
        parts = [None if (text := words(one)) is None else f"{key}={text}" for key, one in data.items()]
    elif isinstance(data, tuple | list):
        parts = [words(one) for one in data]
    elif isinstance(data, set | frozenset):
        parts = sorted(words(one) or repr(one) for one in data)
    else:
        return str(data) if data is None or isinstance(data, str | bool | int | float | Fraction) else None
    return None if None in parts else " ".join(part for part in parts if part is not None)


def pytest_make_parametrize_id(val: object) -> str | None:
    """A case is named by what it holds, and not by its number: a test's report says what failed."""
    if isinstance(val, Function):
        return f"{val.name}/{len(val.args)}"
    text = words(val) if isinstance(val, tuple | list | set | frozenset | dict | Fraction | str) else None
    if text is None:
        return None
    short = text if len(text) <= 60 else f"{text[:50]}... of {len(text):,}"
    return short.encode("unicode_escape").decode()
