"""What the tests of `autodiff batch` share: running it in a folder of its own."""

import sys
from collections.abc import Callable
from math import inf
from pathlib import Path
from typing import NamedTuple

import pytest

from autodiff_cli.commands.group import run


class Done(NamedTuple):
    code: int
    out: str
    err: str


@pytest.fixture
def batch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Callable[..., Done]:
    """Runs `autodiff batch` in a folder of its own; its summary says no time, however busy the machine is."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("autodiff_cli.render.batch._SLOW", inf)

    def call(*arguments: str, command: str = "batch") -> Done:
        code = run([command, *arguments])
        sys.stdout.flush()
        return Done(code, *capfd.readouterr())

    return call
