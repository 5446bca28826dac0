"""Names: no class and no file is called like another, and what rooms and scripts name is there."""

import ast
import re
from collections import defaultdict
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "autodiff_cli"
FILES = sorted(PACKAGE.rglob("*.py"))
ROOMS = sorted(path.parent for path in PACKAGE.glob("*/__init__.py"))
SCRIPTS = sorted(
    path for folder in ("benchmarks", "docs", "examples") for path in (PACKAGE.parent / folder).rglob("*.py")
)
IN_STEP = {"commands", "reports", "render"}  # commands/x asks reports/x, and hands what it gets to render/x
# Files of one name that are about one thing: what each of them does to it
SHARED = {
    "balls.py": {"exact", "rules/kernels"},  # a graph over balls; a function over balls
    "formulas.py": {"symbolic", *IN_STEP},  # derivatives as formulas: made, chosen, shown
    "functions.py": {"", *IN_STEP},  # the table's functions: to call, to list
    "graph.py": {"engine", *IN_STEP},  # the graph of an expression: walked, shown
    "grid.py": {"tables", *IN_STEP},  # points along ranges: as rows, as reports
}


def test_no_class_name_occurs_twice() -> None:
    places: dict[str, list[str]] = defaultdict(list)
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                places[node.name.lstrip("_")].append(f"{path.relative_to(PACKAGE)}: {node.name}")
    assert {name: found for name, found in places.items() if len(found) > 1} == {}


def test_no_file_name_occurs_twice_but_where_files_are_in_step() -> None:
    places: dict[str, set[str]] = defaultdict(set)
    for path in FILES:
        if path.name != "__init__.py":
            places[path.name].add(path.parent.relative_to(PACKAGE).as_posix().strip("."))
    twice = {name: rooms for name, rooms in places.items() if len(rooms) > 1}
    assert {name: rooms for name, rooms in twice.items() if not rooms <= SHARED.get(name, IN_STEP)} == {}


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.name)
def test_what_the_first_lines_of_a_room_name_is_there(room: Path) -> None:
    first_lines = ast.get_docstring(ast.parse((room / "__init__.py").read_text(encoding="utf-8"))) or ""
    named = {*re.findall(r"`(\w+)`", first_lines)}
    there = {path.stem for path in room.iterdir()} | {other.name for other in ROOMS} | {"format_option"}
    there |= {"plot", "graph", "trace"}  # commands
    assert named <= there


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_every_module_that_a_script_imports_is_there(script: Path) -> None:
    for node in ast.walk(ast.parse(script.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == PACKAGE.name:
            path = PACKAGE.parent.joinpath(*str(node.module).split("."))
            assert path.with_suffix(".py").exists() or (path / "__init__.py").exists(), node.module
