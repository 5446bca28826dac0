"""The examples in docstrings are true."""

import doctest
import re
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FILES = sorted(path for path in (ROOT / "autodiff_cli").rglob("*.py") if ">>> " in path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT / "autodiff_cli")))
def test_the_examples_of_a_file_hold(path: Path) -> None:
    for library in re.findall(
        r"^ *(?:>>> )?(?:from|import) (flint|numpy|polars)\b", path.read_text("utf-8"), re.MULTILINE
    ):
        pytest.importorskip(library)
    module = import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
    found = doctest.testmod(module)
    assert found.attempted
    assert found.failed == 0
