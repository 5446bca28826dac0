"""The examples in the docstrings of what makes graphs and text are true."""

import doctest
from importlib import import_module
from math import inf, nan
from pathlib import Path

import pytest

import autodiff_cli
from autodiff_cli.codegen.latex.layout import sum_of, symbol
from autodiff_cli.codegen.lower import lower
from autodiff_cli.engine.printer import to_text
from autodiff_cli.engine.value import Value
from autodiff_cli.language.parser import parse

PACKAGE = Path(autodiff_cli.__file__).parent
MODULES = [
    ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts)
    for path in sorted((PACKAGE / "codegen").rglob("*.py"))
    if ">>> " in path.read_text(encoding="utf-8")
]
KNOWN = {"parse": parse, "lower": lower, "to_text": to_text, "Value": Value, "nan": nan, "inf": inf}
KNOWN |= {"symbol": symbol, "sum_of": sum_of}


@pytest.mark.parametrize("name", MODULES)
def test_examples_print_what_they_say(name: str) -> None:
    module = import_module(name)
    found = doctest.testmod(module, extraglobs={one: data for one, data in KNOWN.items() if not hasattr(module, one)})
    assert found.attempted > 0
    assert found.failed == 0
