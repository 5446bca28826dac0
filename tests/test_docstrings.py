"""The examples in docstrings are true: each file's are run once, and may use what is `KNOWN` without importing it."""

import doctest
import re
from importlib import import_module
from math import inf, nan
from pathlib import Path

import pytest

from autodiff_cli.codegen.latex.layout import sum_of, symbol
from autodiff_cli.codegen.lower import lower
from autodiff_cli.engine.printer import to_text
from autodiff_cli.engine.value import Value
from autodiff_cli.language.parser import parse

ROOT = Path(__file__).resolve().parents[1]
FILES = sorted(path for path in (ROOT / "autodiff_cli").rglob("*.py") if ">>> " in path.read_text(encoding="utf-8"))

KNOWN = {"parse": parse, "lower": lower, "to_text": to_text, "Value": Value, "inf": inf, "nan": nan}
KNOWN |= {"symbol": symbol, "sum_of": sum_of}


@pytest.mark.usefixtures("own_functions_forgotten")
@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT / "autodiff_cli")))
def test_the_examples_of_a_file_hold(path: Path) -> None:
    for library in re.findall(
        r"^ *(?:>>> )?(?:from|import) (flint|numpy|polars)\b", path.read_text("utf-8"), re.MULTILINE
    ):
        pytest.importorskip(library)
    module = import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
    known = {name: what for name, what in KNOWN.items() if not hasattr(module, name)}  # its own names are its own
    found = doctest.testmod(module, extraglobs=known)
    assert found.attempted
    assert found.failed == 0
