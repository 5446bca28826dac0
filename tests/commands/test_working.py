"""`autodiff check FILE`: a working from a file or standard input, as text and as data, and its exit codes."""

import io
import json
import os
import pty
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ..conftest import Result

Run = Callable[..., Result]
SLIP = "Homework.\nf(x) = x^2 sin(3x)\nf'(x) = 2x sin(3x) + x^2 cos(3x)\nf'(x) = x (2 sin(3x) + x cos(3x))\n"


@pytest.fixture
def written(tmp_path: Path) -> Callable[[str, str], str]:
    """Writes a file, and says where it is."""

    def write(name: str, text: str) -> str:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return str(path)

    return write


def test_the_first_wrong_line_is_said_and_what_follows_from_it(
    autodiff: Run, written: Callable[[str, str], str]
) -> None:
    result = autodiff("check", written("a.txt", SLIP))
    assert result.code == 1
    first, wrong, follows, summary = result.out.splitlines()
    assert first == "line 2  f(x) = x^2 sin(3x)"
    assert re.fullmatch(
        r"line 3  f'\(x\) = 2x sin\(3x\) \+ x\^2 cos\(3x\) +"
        r"wrong: the inner derivative of 3 \* x is missing \(x = 1: -0\.708, true -2\.688\)",
        wrong,
    )
    assert follows.endswith("  follows from line 3")
    assert summary.endswith("the first slip is in line 3; 1 line of prose skipped")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.txt", "y = x^2\ny' = 3x\n"),
        ("a.md", "# Title\n\nSo $y = x^2$, and\n\n$$y' = 3x$$\n"),
        ("a.tex", "\\begin{align*}\n  y &= x^{2} \\\\\n  y' &= 3x\n\\end{align*}\n"),
        ("A.TXT", "y = x^2\ny' = 3x\n"),
    ],
)
def test_a_file_of_each_kind_is_read(autodiff: Run, written: Callable[[str, str], str], name: str, text: str) -> None:
    result = autodiff("check", written(name, text))
    assert result.code == 1
    assert "wrong: 3/2 times the derivative (x = 1: 3, true 2)" in result.out


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("y = x^2\ny' = 2x", 0),
        ("y = x^2\ny' = 3x", 1),
        ("y = x^2\ny' = sinn(x)", 2),
        ("Nothing here.", 2),
        ("y = x^2\ny' = 3x\ny'' = sinn(x)", 1),
    ],
)
def test_the_exit_code_says_what_it_comes_to(
    autodiff: Run, written: Callable[[str, str], str], text: str, code: int
) -> None:
    assert autodiff("check", written("a.txt", text)).code == code


def typed(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """Have a text on standard input."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))


def test_standard_input_is_a_working(autodiff: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    typed(monkeypatch, SLIP)
    result = autodiff("check", "-")
    assert result.code == 1
    assert "line 3" in result.out


def test_a_program_on_standard_input_stays_one(autodiff: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    typed(monkeypatch, "a = 2\na*x^2\n")
    result = autodiff("check", "-")
    assert result.code == 0
    assert result.out.startswith("a = 2; a * x^2\nright: d/da agrees with finite differences")


def test_json_is_a_list_of_lines(autodiff: Run, written: Callable[[str, str], str]) -> None:
    result = autodiff("check", written("a.txt", SLIP), "--format", "json")
    lines = json.loads(result.out)
    assert [line["verdict"] for line in lines] == ["prose", "given", "wrong", "follows"]
    assert [line["follows_from"] for line in lines] == [None, None, None, 3]
    wrong = lines[2]
    assert {*lines[0]} == {*wrong}
    assert (wrong["line"], wrong["proven"]) == (3, False)
    assert wrong["text"] == "f'(x) = 2x sin(3x) + x^2 cos(3x)"
    assert wrong["hint"] == "the inner derivative of 3 * x is missing"
    assert wrong["place"] == {"line": 3, "column": 9}
    assert wrong["counterexample"]["point"] == {"x": 1.0}


def test_what_is_proven_is_so_in_json(autodiff: Run, written: Callable[[str, str], str]) -> None:
    pytest.importorskip("flint")
    lines = json.loads(autodiff("check", written("a.txt", "y = x^2\ny' = 2x"), "--format", "json").out)
    assert [line["proven"] for line in lines] == [False, True]


def test_a_range_says_where_a_variable_is_tried(autodiff: Run, written: Callable[[str, str], str]) -> None:
    path = written("a.txt", "y = sqrt(x^2)\n= x")
    assert autodiff("check", path).code == 1
    assert autodiff("check", path, "--x", "0.1:10").code == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("no.txt",), "cannot read no.txt: No such file or directory"),
        (("FILE", "2x"), "a working has its claims in its lines"),
        (("FILE", "--claim", "2x"), "a working has its claims in its lines"),
        (("FILE", "--order", "2"), "a working has its claims in its lines"),
        (("FILE", "--wrt", "x"), "a working has its claims in its lines"),
        (("FILE", "--formt", "json"), "unknown option --formt"),
        (("FILE", "--samples", "0"), "--samples is from 1 to 1,000,000, not 0"),
    ],
)
def test_what_a_working_cannot_have_is_said(
    autodiff: Run, written: Callable[[str, str], str], arguments: tuple[str, ...], message: str
) -> None:
    path = written("a.txt", "y = x^2\ny' = 2x")
    result = autodiff("check", *[path if word == "FILE" else word for word in arguments])
    assert result.code == 2
    assert message in result.err
    assert not result.out


def test_how_a_line_is_read_is_noted(autodiff: Run, written: Callable[[str, str], str]) -> None:
    result = autodiff("check", written("a.txt", "y = 1/2x\ny' = 1/2"))
    assert "1/2x is (1/2)*x" in result.err
    assert "\u030d" not in result.err


@pytest.mark.slow
@pytest.mark.parametrize("width", [60, 80, 160])
def test_a_terminal_has_no_line_that_is_wider_than_it_is(written: Callable[[str, str], str], width: int) -> None:
    path = written("a.txt", SLIP)
    leader, follower = pty.openpty()
    environment = {**os.environ, "COLUMNS": str(width), "TERM": "xterm-256color"}
    command = [sys.executable, "-m", "autodiff_cli", "check", path]
    subprocess.run(command, stdout=follower, stderr=subprocess.DEVNULL, env=environment, check=False, timeout=60)
    os.close(follower)
    printed = os.read(leader, 1 << 16).decode()
    os.close(leader)
    lines = re.sub(r"\x1b\[[0-9;]*m", "", printed).splitlines()
    assert max(map(len, lines)) <= width
    assert any("wrong: the inner derivative" in line for line in lines)


# --- functions of Python files ----------------------------------------------------------------------------------------

MODEL = """import math

def f(x, y):
    if x > y:
        return x**2 * math.sin(y)
    return x * y

def df(a, b):
    if a > b:
        da = 2 * a * math.sin(b)
        db = a**2 * math.cos(b)
    else:
        da = b
        db = 2 * a
    return da, db
"""


def test_the_wrong_component_of_a_gradient_in_python_is_named_by_its_line(
    autodiff: Run, written: Callable[[str, str], str]
) -> None:
    path = written("model.py", MODEL)
    result = autodiff("check", f"{path}:f", "--claim", f"{path}:df")
    assert result.code == 1
    assert f"d/dx = lines 10 and 13 of {path}" in result.out
    assert f"wrong: d/dy is not line 14 of {path}" in result.out


def test_a_right_gradient_in_python_is_right(autodiff: Run, written: Callable[[str, str], str]) -> None:
    path = written("model.py", MODEL.replace("2 * a\n", "a\n"))
    assert autodiff("check", f"{path}:f", f"{path}:df").code == 0


@pytest.mark.parametrize(
    ("claim", "message"),
    [
        ("2x", "a function of a Python file has its gradient in one, too"),
        ("FILE:f", "f of FILE has 1 components, and f takes 2 arguments"),
        ("FILE:none", "FILE has no function none"),
    ],
)
def test_what_is_no_gradient_of_a_python_function_is_said(
    autodiff: Run, written: Callable[[str, str], str], claim: str, message: str
) -> None:
    path = written("model.py", MODEL)
    result = autodiff("check", f"{path}:f", "--claim", claim.replace("FILE", path))
    assert result.code == 2
    assert message.replace("FILE", path) in result.err
