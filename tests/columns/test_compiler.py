"""Whatever the compiler is: right numbers, and nothing left behind."""

import os
import shutil
import tempfile
import time
from pathlib import Path
from threading import Thread

import pytest

from autodiff_cli import files
from autodiff_cli.columns import compiler

with_compiler = pytest.mark.skipif(shutil.which("cc") is None, reason="there is no C compiler")


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of temporary files of its own."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def script(folder: Path, *lines: str) -> str:
    """A compiler that is a script."""
    path = folder / "compiler"
    path.write_text("\n".join(["#!/bin/sh", *lines]))
    path.chmod(0o755)
    return str(path)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sh", ["sh"]),
        ("sh -c 'a b'", ["sh", "-c", "a b"]),
        ('sh "', None),
        ("no-such-compiler", None),
    ],
)
def test_the_compiler_is_what_cc_says(monkeypatch: pytest.MonkeyPatch, text: str, expected: list[str] | None) -> None:
    monkeypatch.setenv("CC", text)
    assert compiler.command() == expected


NO_LIBRARY = 'while [ "$1" != -o ]; do shift; done; echo > "$2"'


@pytest.mark.parametrize("lines", [["exit 1"], ["exit 0"], [NO_LIBRARY]], ids=["fails", "makes nothing", "no library"])
def test_a_compiler_that_makes_no_library_makes_none(
    temporary: Path, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory, lines: list[str]
) -> None:
    monkeypatch.setenv("CC", script(tmp_path_factory.mktemp("bin"), *lines))
    assert compiler.sections("", 1, [], 1) is None
    assert os.listdir(temporary) == []


@with_compiler
def test_a_library_without_our_symbols_is_none(temporary: Path) -> None:
    assert compiler.sections("int f(void) { return 1; }\n", 1, [], 1) is None
    assert os.listdir(temporary) == []


def test_a_folder_that_cannot_be_made_makes_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", "/nowhere")
    monkeypatch.setenv("CC", "sh")
    assert compiler.sections("", 1, [], 1) is None


def test_a_compiler_that_takes_too_long_is_ended(
    temporary: Path, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    monkeypatch.setattr(compiler, "_PATIENCE", 0.2)
    monkeypatch.setenv("CC", script(tmp_path_factory.mktemp("bin"), "sleep 60 & sleep 60"))
    start = time.monotonic()
    assert compiler.sections("", 1, [], 1) is None
    assert time.monotonic() - start < 20
    assert os.listdir(temporary) == []


def test_where_the_run_ends_the_compiler_and_its_folder_are_gone(
    temporary: Path, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    started = tmp_path_factory.mktemp("bin") / "started"
    monkeypatch.setenv("CC", script(started.parent, f"echo > {started}", "exec sleep 60"))
    made: list[object] = []
    thread = Thread(target=lambda: made.append(compiler.sections("", 1, [], 1)))
    thread.start()
    while not started.exists():
        time.sleep(0.01)
    files.undo_all()
    thread.join(20)
    assert made == [None]
    assert os.listdir(temporary) == []
