"""The tutorial: every chapter runs, its own checks hold, and it prints what stands in it."""

import ast
import copy
import importlib.util
import json
import re
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Result

TUTORIAL = Path(__file__).resolve().parents[1] / "docs" / "tutorial"
CHAPTERS = sorted(TUTORIAL.glob("*.ipynb"))

_spec = importlib.util.spec_from_file_location("run", TUTORIAL / "run.py")
assert _spec is not None
assert _spec.loader is not None
tutorial = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(tutorial)


def read(path: Path) -> dict[str, Any]:
    notebook: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return notebook


def cells(notebook: dict[str, Any], tag: str = "") -> list[dict[str, Any]]:
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    return [cell for cell in code if cell["metadata"].get("tags", []) == ([tag] if tag else [])]


def test_there_are_four_chapters() -> None:
    assert [path.name[0] for path in CHAPTERS] == list("1234")


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
@pytest.mark.parametrize("library", ["", "torch"])
def test_a_chapter_prints_what_stands_in_it(path: Path, library: str) -> None:
    if library:
        pytest.importorskip(library)
    stored, again = read(path), read(path)
    tutorial.run(again)
    assert cells(stored, library)
    for cell, ran in zip(cells(stored, library), cells(again, library), strict=True):
        assert ran["outputs"] == cell["outputs"], "".join(cell["source"])


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_a_chapter_checks_itself(path: Path) -> None:
    for tag in ("", "torch"):
        assert any("assert " in "".join(cell["source"]) for cell in cells(read(path), tag))


def test_chapter_two_shows_a_graph() -> None:
    (cell,) = [cell for cell in cells(read(CHAPTERS[1])) if "".join(cell["source"]) == "L"]
    (output,) = cell["outputs"]
    assert "├─ _2 = _1 + c" in "".join(output["data"]["text/plain"])
    assert "</svg>" in "".join(output["data"]["image/svg+xml"])


def test_a_picture_stays_where_the_graph_is_the_same() -> None:
    notebook = read(CHAPTERS[1])
    (cell,) = [cell for cell in cells(notebook) if "".join(cell["source"]) == "L"]
    cell["outputs"][0]["data"]["image/svg+xml"] = ["drawn by another Graphviz"]
    tutorial.run(notebook)
    assert cell["outputs"][0]["data"]["image/svg+xml"] == ["drawn by another Graphviz"]


def test_what_chapter_three_counts() -> None:
    source = next("".join(cell["source"]) for cell in cells(read(CHAPTERS[2])) if "def tangle" in str(cell["source"]))
    function = ast.parse(source).body[0]
    used = [one.id for one in ast.walk(function) if isinstance(one, ast.Name)]
    assert (used.count("x"), used.count("y")) == (3, 4)
    text = str([cell["source"] for cell in read(CHAPTERS[2])["cells"]])
    assert "`x` used three times and `y` four" in text


def test_a_failing_check_is_no_success() -> None:
    notebook = read(CHAPTERS[0])
    first = cells(notebook)[0]
    first["source"] = ["".join(first["source"]).replace("+ 5", "+ 6 * x")]
    with pytest.raises(AssertionError):
        tutorial.run(notebook)


def test_a_stale_output_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "1.ipynb"
    notebook = read(CHAPTERS[0])
    stale = copy.deepcopy(notebook)
    cells(stale)[0]["outputs"] = []
    path.write_text(json.dumps(stale))
    monkeypatch.setattr(tutorial, "CHAPTERS", [path])
    assert tutorial.main("--check") == 1
    assert capsys.readouterr().out == "1.ipynb is not up to date\n"
    assert tutorial.main() == 0
    assert read(path) == notebook
    assert tutorial.main("--check") == 0


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_what_a_chapter_refers_to_is_there(path: Path, autodiff: Callable[..., Result]) -> None:
    text = "\n".join("".join(cell["source"]) for cell in read(path)["cells"])
    for command in re.findall(r"^    autodiff (.*)", text, re.MULTILINE):
        assert autodiff(*shlex.split(command)).code == 0
    for link in re.findall(r"\]\(([\w.-]+)\)", text):
        assert (TUTORIAL / link).exists()
    for file in re.findall(r"`((?:examples|autodiff_cli)/[\w.]+)`", text):
        assert (TUTORIAL.parents[1] / file).exists()
