"""What the tests share: running a command line, and finding the corpora."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from autodiff_cli.commands.group import run

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


def corpus(name: str) -> list[dict[str, Any]]:
    """The records of a corpus."""
    return [json.loads(line) for line in (CORPORA / f"{name}.jsonl").read_text().splitlines()]
