"""The chapters' markers, and which engine is tested: yours, or with `--solutions` the one that is ready."""

import importlib.util
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
CHAPTERS = {
    "ex1": "a number that remembers",
    "ex2": "what each step passes back",
    "ex3": "the right order, and backward()",
    "ex4": "more operations",
    "ex5": "a network that learns",
}


def pytest_addoption(parser):
    parser.addoption("--solutions", action="store_true", help="test solutions/engine.py in place of engine.py")


def pytest_configure(config):
    for name, what in CHAPTERS.items():
        config.addinivalue_line("markers", f"{name}: {what}")


@pytest.fixture
def engine(request):
    """A fresh copy of the engine."""
    folder = HERE / "solutions" if request.config.getoption("--solutions") else HERE
    spec = importlib.util.spec_from_file_location("engine", folder / "engine.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
