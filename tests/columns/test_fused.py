"""Programs in machine code: which steps are together, and the C that is made of them."""

import inspect
import shutil
import subprocess
from collections.abc import Collection
from pathlib import Path

import pytest

from autodiff_cli.columns import fused, loops
from autodiff_cli.columns.fused import Fuser, fuse

from .test_schedule import schedule_of

WARNINGS = ["-Wall", "-Wextra", "-Wno-unused-variable", "-Werror", "-fsyntax-only"]
compiler = pytest.mark.skipif(shutil.which("cc") is None, reason="there is no C compiler")


def units(text: str) -> list[list[str]]:
    return [[step.operation for step in unit] for unit in fuse(schedule_of(text).varying)]


def source_of(text: str, uniform: Collection[str] = (), dtype: str = "float64") -> str:
    fuser = Fuser(schedule_of(text, uniform), dtype)
    fuser.write()
    return fuser.source()


def checked(source: str, folder: Path) -> None:
    """Compile with warnings as errors."""
    file = folder / "a.c"
    file.write_text(source)
    done = subprocess.run(["cc", "-std=gnu11", *WARNINGS, file], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a*b + c", [["mul", "add"]]),
        ("tanh(a*b + c)", [["mul", "add"], ["tanh"], ["cosh"], ["div", "square", "mul", "mul"]]),
        ("exp(a) + exp(b)", [["exp"], ["exp"], ["add"]]),
    ],
)
def test_a_loop_stands_after_the_calls_that_it_needs(text: str, expected: list[list[str]]) -> None:
    assert units(text) == expected


def test_no_unit_needs_a_later_one() -> None:
    for text in ("sin(exp(x)*y)/(1 + exp(y))", "where(x > sin(y), x*y, exp(x))^2", "x/sqrt(x^2 + tanh(y)^2)"):
        schedule = schedule_of(text)
        made = {*schedule.uniform, *schedule.inputs}
        for unit in fuse(schedule.varying):
            for step in unit:
                assert made.issuperset(step.operands)
                made.add(step.key)


def test_the_code_in_the_docstring_of_the_fuser_is_what_it_writes() -> None:
    example = [line.strip() for line in (inspect.getdoc(fused.Fuser) or "").split("\n") if line.startswith("    ")]
    text = [line.strip() for line in Fuser(schedule_of("erf(a*b) + c"), "float64").write().text.split("\n")]
    for line in example:
        assert line in text


@compiler
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("own_threads", [True, False])
def test_the_file_of_c_compiles_as_it_is(tmp_path: Path, dtype: str, own_threads: bool) -> None:
    source = loops.Source(Fuser(schedule_of("x"), dtype).names, {}, [], dtype)
    checked(source._defines(own_threads) + loops._FILE.read_text(), tmp_path)


@compiler
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize(
    ("text", "uniform"),
    [
        ("tanh(a*b + c)", ()),
        ("tanh(a*b + c)", ("b",)),
        ("where(a > 1/2 and not (b > c), a*b/c, max(a, b, c)^2)", ()),
        ("a*b^t + sin(b*t)", ("b", "t")),
        ("round(a) + floor(b) - ceil(a*b) + sign(a) + trunc(b) + abs(a)", ()),
    ],
)
def test_what_is_made_compiles_without_a_warning(
    tmp_path: Path, text: str, uniform: tuple[str, ...], dtype: str
) -> None:
    checked(source_of(text, uniform, dtype), tmp_path)


def test_every_place_of_the_file_is_filled() -> None:
    source = source_of("tanh(a*b + c)")
    frame, *_ = loops._PIECE.split(loops._FILE.read_text())
    made = source[source.index(frame) + len(frame) :]
    assert "/*" not in made
    assert "loop2" not in made
    for name in ("loop0", "loop1", "program0", "section0"):
        assert made.count(f" {name}(") >= 1


def test_columns_that_no_loop_reads_are_looked_at() -> None:
    assert source_of("tan(x) + y").count("any_nonfinite(rows, ") == 1
    assert source_of("x*y").count("any_nonfinite(rows, ") == 0


def test_lines_are_as_far_in_as_their_place() -> None:
    assert loops._filled("a\n    /*calls*/\nb\n", calls=["c;", "d;"]) == "a\n    c;\n    d;\nb\n"
    assert loops._filled("    /*calls*/\n", calls=[]) == ""
