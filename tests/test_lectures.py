"""What learners run: the notebooks of the lectures, small programs, and exercises with their solutions."""

import contextlib
import importlib.util
import io
import json
import os
import re
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
EXERCISES = EXAMPLES / "exercises"
TUTORIAL = EXAMPLES.parent / "docs" / "tutorial"
LECTURES = sorted(EXAMPLES.glob("lecture_*.ipynb"))
NOTEBOOKS = [*LECTURES, *sorted(TUTORIAL.glob("*.ipynb"))]
PROGRAMS = sorted((EXAMPLES / "small").glob("*.py"))
HAS_TORCH = importlib.util.find_spec("torch") is not None

pytestmark = pytest.mark.usefixtures("own_functions_forgotten")


def code_of(path: Path) -> list[dict[str, Any]]:
    cells: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return [cell for cell in cells if cell["cell_type"] == "code"]


def printed(cells: list[dict[str, Any]]) -> list[str]:
    """Run every cell, from top to bottom; what each prints."""
    namespace: dict[str, Any] = {"__name__": "__main__"}
    texts = []
    for number, cell in enumerate(cells):
        with contextlib.redirect_stdout(io.StringIO()) as out:
            exec(compile("".join(cell["source"]), f"cell {number}", "exec"), namespace)
        texts.append(out.getvalue())
    return texts


@cache
def printed_by(path: Path) -> list[str]:
    """What each cell of a notebook prints, which is run once."""
    return printed(code_of(path))


def test_there_are_two_lectures_and_five_programs() -> None:
    assert (len(LECTURES), len(PROGRAMS)) == (2, 5)


@pytest.mark.slow
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_from_top_to_bottom_and_says_how_to_get_torch(path: Path) -> None:
    cells = code_of(path)
    texts = printed_by(path)
    with_torch = ["torch" in cell["metadata"].get("tags", ()) for cell in cells]
    assert any(with_torch)
    for text, wants_torch in zip(texts, with_torch, strict=True):
        is_told = text == "install torch to run this cell: pip install torch\n"
        assert is_told == (wants_torch and not HAS_TORCH)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_no_cell_imports_torch_without_a_word_for_who_has_it_not(path: Path) -> None:
    for cell in code_of(path):
        source = "".join(cell["source"])
        assert ("import torch" in source) == ("torch" in cell["metadata"].get("tags", ()))
        assert source.count("import torch") == source.startswith(
            "try:\n    import torch\nexcept ModuleNotFoundError:\n"
        )


@pytest.mark.slow
@pytest.mark.parametrize("path", LECTURES, ids=lambda path: path.stem)
def test_a_lecture_prints_what_stands_in_it(path: Path) -> None:
    cells = code_of(path)
    for cell, text in zip(cells, printed_by(path), strict=True):
        if HAS_TORCH or "torch" not in cell["metadata"].get("tags", ()):
            assert text == "".join("".join(output["text"]) for output in cell["outputs"])


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_a_small_program_runs_and_its_checks_hold(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    assert "assert " in source
    assert printed([{"source": [source]}]) != [""]


@pytest.mark.parametrize("path", [*LECTURES, EXERCISES / "README.md"], ids=lambda path: path.stem)
def test_what_a_page_refers_to_is_there(path: Path) -> None:
    links = re.findall(r"\]\(([\w./-]+)\)", path.read_text(encoding="utf-8"))
    assert all((path.parent / link).exists() for link in links)


# --- exercises -------------------------------------------------------------------------------------------------------


def outcome_of(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "error", *arguments]
    variables = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True, timeout=120, check=False)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The exercises, somewhere else: they need nothing of this project."""
    return Path(shutil.copytree(EXERCISES, tmp_path / "exercises"))


@pytest.mark.slow
def test_the_solutions_pass_where_the_exercises_stand_and_elsewhere(copy: Path) -> None:
    for folder in (EXERCISES, copy):
        done = outcome_of(folder, "--solutions", "--strict-markers")
        assert done.returncode == 0, done.stdout
        assert "34 passed" in done.stdout
        assert "warning" not in done.stdout


@pytest.mark.slow
def test_every_test_fails_on_the_stubs_and_says_what_to_write(copy: Path) -> None:
    done = outcome_of(copy, "--tb=short")
    outcomes = re.search(r"(\d+) failed(?:, (\d+) passed)? in", done.stdout)
    assert outcomes is not None, done.stdout
    assert outcomes.groups() == ("34", None)
    errors = re.findall(r"^E   +(.*)", done.stdout, re.MULTILINE)
    assert len(errors) == 34
    assert all(re.match(r"NotImplementedError: chapter \d: \w", error) for error in errors)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("chapter", "count"), [("ex1", 5), ("ex2", 3), ("ex3", 6), ("ex4", 15), ("ex5", 5)], ids=lambda case: str(case)
)
def test_a_marker_runs_the_tests_of_its_chapter(chapter: str, count: int) -> None:
    done = outcome_of(EXERCISES, "--solutions", "--strict-markers", "-m", chapter)
    assert f"{count} passed, {34 - count} deselected" in done.stdout


@pytest.mark.slow
@pytest.mark.parametrize(
    ("right", "wrong", "says"),
    [
        ("self.grad += out.grad", "self.grad = out.grad", "gradients add up: += and not ="),
        ("self.grad += other.data * out.grad", "self.grad += self.data * out.grad", "each gets the other's number"),
        ("(1 - out.data**2)", "(1 - out.data)", "Is the slope of 'tanh' right"),
        ("number * self.data ** (number - 1)", "number * self.data ** number", "Is the slope of 'square' right"),
        ("for node in reversed(order)", "for node in order", "after those of all that it went into"),
        ("p.data -= rate", "p.data += rate", "is it uphill?"),
        ("        p.grad = 0.0\n", "        pass\n", "set the gradients to 0"),
        (
            "out.grad\n\n        out._backward = _backward\n        return out",
            "out.grad",
            "does it end with `return out`",
        ),
    ],
    ids=["=", "own factor", "tanh", "power", "order", "uphill", "no zero", "no return"],
)
def test_the_usual_mistakes_are_found_with_a_word_on_them(copy: Path, right: str, wrong: str, says: str) -> None:
    solution = (EXERCISES / "solutions" / "engine.py").read_text(encoding="utf-8")
    assert right in solution
    (copy / "engine.py").write_text(solution.replace(right, wrong), encoding="utf-8")
    done = outcome_of(copy)
    assert done.returncode == 1
    assert says in done.stdout
