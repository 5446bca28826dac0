"""A bar shows how far something has come: late, and only on a terminal."""

import io
import sys
from typing import Any

import pytest

from autodiff_cli.render.progress import Bar


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def _columns() -> tuple[Any, ...]:
    return "{task.description}", "{task.completed} of {task.total}"


def _shown(monkeypatch: pytest.MonkeyPatch, stream: io.StringIO, seconds: float, quiet: bool = False) -> str:
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setenv("TERM", "xterm")
    with Bar(_columns, quiet) as bar:
        bar._start -= seconds
        bar.update("rows", 2, 8)
        bar.update("rows", 3, 8)
    return stream.getvalue()


def test_a_bar_that_is_late_on_a_terminal_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "rows 3 of 8" in _shown(monkeypatch, _Terminal(), 5.0)


def test_a_bar_on_a_terminal_is_not_shown_at_first(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _shown(monkeypatch, _Terminal(), 0.0) == ""


def test_a_bar_in_a_pipe_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _shown(monkeypatch, io.StringIO(), 5.0) == ""


def test_a_quiet_bar_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _shown(monkeypatch, _Terminal(), 5.0, quiet=True) == ""


def test_a_bar_without_stderr_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", None)
    with Bar(_columns) as bar:
        bar._start -= 5.0
        bar.update("rows", None, 1)
