"""What every command has of the others' options: -o and --name for code, --at 2, --dark, --ascii."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ..conftest import Result

Run = Callable[..., Result]

_MAIN = """\
#include <stdio.h>
#include "spring.h"
#include "wave.h"
int main(void)
{
    double slopes[2], slope[1];
    const double spring_value = spring(2.0, 3.0, slopes), wave_value = wave(0.0, slope);
    printf("%g %g %g %g %g\\n", spring_value, slopes[0], slopes[1], wave_value, slope[0]);
    return 0;
}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.skipif(not shutil.which("cc"), reason="there is no C compiler")
def test_two_formulas_in_c_link_by_their_headers(autodiff: Run, folder: Path) -> None:
    assert autodiff("diff", "k*x^2/2", "-o", "spring.c", "--name", "spring").out == ""
    assert autodiff("diff", "sinc(x) + max(x, 2)", "--to", "c", "-o", "wave.c", "--name", "wave").code == 0
    (folder / "main.c").write_text(_MAIN)
    files = ["main.c", "spring.c", "wave.c", "-lm", "-o", "main"]
    subprocess.run(["cc", "-std=c99", "-Wall", "-Wextra", "-Werror", *files], check=True)
    done = subprocess.run([str(folder / "main")], check=True, capture_output=True, text=True)
    assert done.stdout == "9 4.5 6 3 0\n"


def test_a_module_of_python_has_the_function_by_its_name(autodiff: Run, folder: Path) -> None:
    autodiff("diff", "x^2", "-o", "square.py", "--name", "square")
    code = "import square; print(square.square(3))"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout == "(9.0, {'x': 6.0})\n"


@pytest.mark.parametrize(
    ("name", "begins"),
    [("d.json", '{"expression"'), ("d.csv", "by,derivative\n"), ("d.txt", "2 * x\n"), ("d.tex", r"\frac")],
)
def test_the_ending_of_a_file_says_what_is_written(autodiff: Run, folder: Path, name: str, begins: str) -> None:
    result = autodiff("diff", "x^2", "-o", name)
    assert (result.code, result.out, result.err) == (0, "", "")
    text = (folder / name).read_text()
    assert begins in text
    assert text.endswith("\n")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--to", "c", "--name", "for"), "no function can be called 'for' in c"),
        (("--to", "python", "--name", "2f"), "no function can be called '2f' in python"),
        (("--to", "latex", "--name", "g"), "latex has no function that has a name"),
        (("--name", "g"), "--name is for code"),
        (("-o", "d.doc"), "no format has the ending .doc"),
        (("-o", "a.c", "--to", "c", "--format", "csv"), "--to has a form of its own"),
    ],
)
def test_what_cannot_be_written_is_refused(autodiff: Run, folder: Path, words: tuple[str, ...], message: str) -> None:
    result = autodiff("diff", "x^2", *words)
    assert result.code == 2
    assert result.err.startswith(f"error: {message}")


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("x^2", "--at", "3"), "2 * x = 6"),
        (("x^2", "--at", "-1/2"), "2 * x = -1"),
        (("a*x^2", "a=2", "--at", "3", "--wrt", "x"), "2 * a * x = 12"),
    ],
)
def test_at_needs_no_name_where_there_is_one_variable(autodiff: Run, words: tuple[str, ...], line: str) -> None:
    assert autodiff("diff", *words).out == f"{line}\n"


def test_a_plot_takes_a_point_without_a_name(autodiff: Run) -> None:
    with_name = autodiff("plot", "x^2", "--x", "-3:3", "--at", "x=2", "--format", "json").json
    assert autodiff("plot", "x^2", "--x", "-3:3", "--at", "2", "--format", "json").json == with_name


def test_dark_is_for_pictures(autodiff: Run) -> None:
    assert autodiff("graph", "x^2", "--dark").err == "error: --dark is for pictures\n  = as in -o graph.svg --dark\n"


@pytest.mark.skipif(not shutil.which("dot"), reason="there is no Graphviz")
def test_a_graph_is_drawn_on_a_dark_ground(autodiff: Run, folder: Path) -> None:
    autodiff("graph", "x^2", "-o", "g.svg", "--dark")
    assert "#161616" in (folder / "g.svg").read_text()


@pytest.mark.parametrize(
    "words",
    [
        ("eval", "a*b", "a=1", "b=2"),
        ("graph", "a*b + c"),
        ("plot", "x^2", "--x", "-1:1"),
        ("trace", "a*b", "a=1", "b=2"),
        ("taylor", "exp(x)", "x=0"),
        ("functions", "sin"),
        ("eval", "x +", "x=1"),
    ],
)
def test_ascii_draws_with_plain_signs(words: tuple[str, ...]) -> None:
    command = [sys.executable, "-m", "autodiff_cli", *words, "--ascii"]
    done = subprocess.run(command, capture_output=True, check=False)
    assert (done.stdout + done.stderr).isascii()
    assert b"\\u" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("file", "target", "code"),
    [("a.py", "c", 2), ("a.c", "cpp", 2), ("a.m", "julia", 2), ("a.py", "jax", 0), ("a.h", "c", 0), ("a.txt", "c", 0)],
)
def test_code_is_not_written_into_a_file_of_another_language(
    autodiff: Run, tmp_path: Path, file: str, target: str, code: int
) -> None:
    result = autodiff("diff", "x^2", "--to", target, "-o", str(tmp_path / file))
    assert result.code == code
    assert (tmp_path / file).exists() == (code == 0)
    if code:
        assert f"-o {file} and --to {target} contradict each other" in result.err
