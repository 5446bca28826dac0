"""What takes long is said at a terminal, and nothing of it is left."""

import sys
from contextlib import suppress
from io import StringIO
from time import sleep

import pytest

from autodiff_cli.render import patience


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


def at_terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """Both ends at one terminal, and no patience."""
    found = Terminal()
    monkeypatch.setattr(patience, "_LATE", 0.02)
    monkeypatch.setattr(patience, "_EVERY", 0.02)
    monkeypatch.setattr(sys, "stdout", found)
    monkeypatch.setattr(sys, "stderr", found)
    return found


def test_what_takes_long_is_said_and_gone_before_the_result(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = at_terminal(monkeypatch)
    with patience.said():
        sleep(0.2)
        print("x = 1")
    before, _, after = terminal.getvalue().partition("\r\x1b[K")
    assert before.startswith("\rworking: 0 s")
    assert after == "x = 1\n"


def test_what_is_quick_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = at_terminal(monkeypatch)
    with patience.said():
        print("x = 1")
    assert terminal.getvalue() == "x = 1\n"


def test_an_error_on_the_way_leaves_the_streams_as_they_were(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = at_terminal(monkeypatch)
    with suppress(ValueError), patience.said():
        sleep(0.1)
        raise ValueError
    assert sys.stdout is terminal
    assert terminal.getvalue().endswith("\r\x1b[K")


def test_into_a_pipe_nothing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = at_terminal(monkeypatch)
    pipe = StringIO()
    monkeypatch.setattr(sys, "stdout", pipe)
    with patience.said():
        sleep(0.1)
        print("x = 1")
    assert (terminal.getvalue(), pipe.getvalue()) == ("", "x = 1\n")
