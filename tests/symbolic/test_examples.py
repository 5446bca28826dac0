"""The examples in docstrings, "`input` gives `output`": that is what the function makes of them, and its value."""

import re
from collections.abc import Iterator
from importlib import import_module
from inspect import getdoc, getmembers, isclass, isfunction
from types import ModuleType
from typing import Any

import pytest
from mpmath import mp, mpf

from autodiff_cli.language.parser import parse
from autodiff_cli.symbolic import factor
from autodiff_cli.symbolic.terms import Term

from .derivatives import computed
from .values import NAMES, POINTS, called, written

EXAMPLE = re.compile(r"`([^`]+)`\s+gives\s+`([^`]+)`")


def together(term: Term) -> Term:
    return factor.together(term.algebra.addends(term))


def scaled(term: Term) -> Term:
    return term.algebra.scaled(term.head, term.algebra.product(1, term.parts))


def without_signs(term: Term) -> Term:
    (rest,) = term.children()
    return term.algebra.multiply(factor._without_signs(term.algebra.number(term.head), rest))


# What a function does to the term of a text; the others are what a text is called with already
RUNNERS = {
    "scaled": scaled,
    "together": together,
    "tidied": factor.tidied,
    "expanded": factor.expanded,
    "_without_signs": without_signs,
}


def functions(module: ModuleType) -> Iterator[tuple[str, Any]]:
    """The functions of a module and of its classes."""
    own = [(name, one) for name, one in getmembers(module) if getattr(one, "__module__", "") == module.__name__]
    for name, one in own:
        if isclass(one):
            yield from getmembers(one, isfunction)
        elif isfunction(one):
            yield name, one


def found() -> Iterator[Any]:
    for room in ("terms", "identities", "factor", "normal_form"):
        for name, function in functions(import_module(f"autodiff_cli.symbolic.{room}")):
            for text, result in EXAMPLE.findall(getdoc(function) or ""):
                yield pytest.param(name, text, result, id=f"{name}: {text}")


EXAMPLES = list(found())


def test_the_docstrings_have_30_examples() -> None:
    assert len(EXAMPLES) >= 30


@pytest.mark.parametrize(("name", "text", "result"), EXAMPLES)
def test_example_of_a_docstring_is_what_the_function_makes(name: str, text: str, result: str) -> None:
    term = called(text)
    assert written(RUNNERS[name](term) if name in RUNNERS else term) == result


@pytest.mark.parametrize(("name", "text", "result"), EXAMPLES)
def test_example_of_a_docstring_keeps_its_value(name: str, text: str, result: str) -> None:
    with mp.workdps(50):
        for point in POINTS:
            want, got = (computed(parse(one, NAMES), point) for one in (text, result))
            assert abs(want - got) < mpf(10) ** -40
