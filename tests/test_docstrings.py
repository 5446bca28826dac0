"""The examples in docstrings are true. They may use what is `KNOWN` without importing it."""

import doctest
import re
from importlib import import_module
from math import inf, nan
from pathlib import Path

import pytest

from autodiff_cli.codegen.latex.layout import sum_of, symbol
from autodiff_cli.codegen.lower import lower
from autodiff_cli.engine.printer import to_text
from autodiff_cli.language.parser import parse

ROOT = Path(__file__).resolve().parents[1]
FILES = sorted(path for path in (ROOT / "autodiff_cli").rglob("*.py") if ">>> " in path.read_text(encoding="utf-8"))

KNOWN = {"parse": parse, "lower": lower, "to_text": to_text, "symbol": symbol, "sum_of": sum_of, "inf": inf, "nan": nan}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT / "autodiff_cli")))
def test_the_examples_of_a_file_hold(path: Path) -> None:
    for library in re.findall(
        r"^ *(?:>>> )?(?:from|import) (flint|numpy|polars)\b", path.read_text("utf-8"), re.MULTILINE
    ):
        pytest.importorskip(library)
    module = import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
    found = doctest.testmod(module, extraglobs=KNOWN)
    assert found.attempted
    assert found.failed == 0
