"""The examples in docstrings are true."""

import doctest
import pkgutil
from importlib import import_module

import pytest

from autodiff_cli import tables

NAMES = [f"{tables.__name__}.{module.name}" for module in pkgutil.iter_modules(tables.__path__)]


@pytest.mark.parametrize("name", NAMES)
def test_the_examples_of_a_file_are_true(name: str) -> None:
    assert doctest.testmod(import_module(name)).failed == 0
