"""What a command is given in files and more than once: programs, values, --only."""

import io
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ..conftest import Result

Run = Callable[..., Result]
SPRING = "# energy of a spring\nk = 4\nE1 = k*x^2/2\nE1 + b\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "spring.ad").write_text(SPRING)
    return tmp_path


def _type(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))


@pytest.mark.parametrize(
    ("words", "out"),
    [
        (("eval", "spring.ad", "x=3", "b=1", "--only", "value"), "19.0\n"),
        (("spring.ad", "x=3", "b=1", "--only", "value"), "19.0\n"),
        (("eval", "--file", "spring.ad", "x=3", "b=1", "--only", "value"), "19.0\n"),
        (("taylor", "spring.ad", "x=3", "b=1", "--wrt", "x", "--only", "coefficient.1"), "12.0\n"),
        (("diff", "spring.ad", "--wrt", "x", "--format", "csv"), "by,derivative\nx,k * x\n"),
    ],
)
def test_a_programs_file_stands_for_the_expression(
    autodiff: Run, folder: Path, words: tuple[str, ...], out: str
) -> None:
    result = autodiff(*words)
    assert (result.code, result.out) == (0, out)


def test_a_programs_file_that_is_not_there_is_named(autodiff: Run, folder: Path) -> None:
    result = autodiff("eval", "missing.ad", "x=3")
    assert (result.code, result.err) == (2, "error: cannot read missing.ad: No such file or directory\n")


def test_the_help_of_a_programs_file_has_its_variables(autodiff: Run, folder: Path) -> None:
    assert "--b VALUE" in autodiff("eval", "spring.ad", "-h").out


def test_several_files_of_values_count_and_the_last_wins(autodiff: Run, folder: Path) -> None:
    (folder / "one.json").write_text('{"a": 2, "b": 3}')
    (folder / "two.toml").write_text("b = 7\nc = 5")
    files = ("--values", "one.json", "--values", "two.toml")
    assert autodiff("eval", "a*b*c", *files, "--only", "value").out == "70.0\n"
    assert autodiff("eval", "a*b*c", *files, "b=1", "--only", "value").out == "10.0\n"


def test_values_come_from_standard_input(autodiff: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    _type(monkeypatch, '{"a": 2, "b": 7}')
    assert autodiff("eval", "a*b", "--values", "-", "--only", "value").out == "14.0\n"
    result = autodiff("eval", "-", "--values", "-")
    assert (result.code, result.err) == (
        2,
        "error: standard input is asked for twice\n  = give one of the two as a file\n",
    )


def test_names_that_are_not_used_are_a_note(autodiff: Run, folder: Path) -> None:
    (folder / "consts.json").write_text('{"k": 3, "G": 6.67e-11, "unit": ["m", "s"]}')
    words = ("eval", "k*x", "--values", "consts.json", "x=2", "--only", "value")
    result = autodiff(*words)
    assert (result.code, result.out) == (0, "6.0\n")
    assert result.err == "note: the expression does not use G, unit of consts.json\n"
    assert autodiff(*words, "--quiet").err == ""
    (folder / "consts.json").write_text('{"k": [3]}')
    assert autodiff(*words).err == "error: in consts.json, k is neither a number nor a string: [3]\n"
    assert autodiff(*words, "k=4").out == "8.0\n"


def test_a_name_that_is_near_one_without_a_value_is_noted_with_it(autodiff: Run, folder: Path) -> None:
    (folder / "consts.json").write_text('{"rat": 2, "x": 3}')
    result = autodiff("eval", "rate*x", "--values", "consts.json")
    assert result.err.startswith(
        "note: the expression does not use rat of consts.json; did you mean 'rate'?\nerror: no"
    )
    assert (result.code, result.out) == (2, "")


@pytest.mark.parametrize(
    ("words", "out"),
    [
        (("eval", "a*b", "a=9", "b=6", "--only", "gradient.a", "--only", "gradient.b"), "6.0\n9.0\n"),
        (("eval", "x^2", "--x", "1:2:1", "--only", "value", "--only", "gradient.x"), "1.0\t2.0\n4.0\t4.0\n"),
        (("taylor", "x^2", "x=1", "--only", "coefficient.2", "--only", "coefficient.0"), "1.0\n1.0\n"),
    ],
)
def test_only_may_be_asked_more_than_once(autodiff: Run, words: tuple[str, ...], out: str) -> None:
    result = autodiff(*words)
    assert (result.code, result.out) == (0, out)
