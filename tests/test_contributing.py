"""CONTRIBUTING's example of a function is the one in the table, and adding it takes no more than it says."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from autodiff_cli.rules.table import find

from .oracles import ORACLES

ROOT = Path(__file__).resolve().parents[1]
ENTRY, ORACLE = re.findall(r"```python\n(.*?)```", (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"), re.DOTALL)


def test_the_entry_in_the_text_is_the_entry_in_the_table() -> None:
    assert ENTRY in (ROOT / "autodiff_cli" / "rules" / "table.py").read_text(encoding="utf-8")


def test_the_oracle_in_the_text_is_a_line_of_the_oracles() -> None:
    assert ORACLE.count("\n") == 1
    assert ORACLE in (ROOT / "tests" / "oracles.py").read_text(encoding="utf-8")


def test_nothing_else_names_the_function() -> None:
    files = [
        *(ROOT / "autodiff_cli").rglob("*.py"),
        *(ROOT / "tests").rglob("*.py"),
        *(ROOT / "benchmarks").glob("*.py"),
    ]
    naming = {str(file.relative_to(ROOT)) for file in files if "softsign" in file.read_text(encoding="utf-8")}
    assert naming - {"tests/test_contributing.py"} == {"autodiff_cli/rules/table.py", "tests/oracles.py"}
    assert find("softsign", 1) is not None
    assert "softsign" in ORACLES


def test_the_command_in_the_text_finds_the_digits_that_are_promised() -> None:
    pytest.importorskip("flint")
    (command,) = re.findall(r"`(python benchmarks/accuracy\.py \w+)`", (ROOT / "CONTRIBUTING.md").read_text("utf-8"))
    _, *arguments = command.split(" ")
    done = subprocess.run(
        [sys.executable, *arguments, "--no-peers"], cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    _, _, *rows = done.stdout.splitlines()
    assert [row.split(" | ")[:2] for row in rows] == [["| softsign(x)", "value"], ["| softsign(x)", "dx"]]
    assert all(row.endswith("| yes |") for row in rows)
