"""The table itself: every entry is whole, exact, named once and has an oracle."""

import ast
from collections import Counter

import pytest

from autodiff_cli.engine.value import FLOATS
from autodiff_cli.rules.table import CONSTANTS, FUNCTIONS, Function

from ..oracles import ORACLES


def formulas(function: Function) -> list[str]:
    return [text for text in (function.value, *function.partials) if text]


def inexact(over: ast.expr, under: ast.expr) -> bool:
    match over, under:
        case ast.Constant(), ast.Constant(value=int(divisor)):
            return divisor & (divisor - 1) != 0
    return False


@pytest.mark.parametrize("function", [pytest.param(f, id=f"{f.name}/{len(f.args)}") for f in FUNCTIONS])
def test_an_entry_is_whole_and_its_formulas_are_exact(function: Function) -> None:
    assert function.doc
    assert len(function.partials) == (1 if function.variadic else len(function.args))
    assert function.at
    inside = FLOATS.formula(function.domain or "True", ", ".join(function.args))
    for at in function.at:
        assert len(at) >= 2 if function.variadic else len(at) == len(function.args)
        assert inside(at) if function.variadic else inside(*at)
    for text in formulas(function):
        for part in ast.walk(ast.parse(text)):
            if isinstance(part, ast.Constant):
                assert type(part.value) is int, f"{text}: write {part.value!r} as a quotient"
            # Python divides two whole numbers as floats, whatever x is: exact by a power of two only
            if isinstance(part, ast.BinOp) and isinstance(part.op, ast.Div):
                assert not inexact(part.left, part.right), f"{text}: a quotient that is rounded to a float"


def test_no_name_stands_for_two_functions() -> None:
    counts = Counter((name, "many" if f.variadic else len(f.args)) for f in FUNCTIONS for name in (f.name, *f.aliases))
    assert [name for name, count in counts.items() if count > 1] == []
    assert not counts.keys() & {(name, 0) for name in CONSTANTS}


def test_every_entry_has_an_oracle() -> None:
    assert {f.name for f in FUNCTIONS} == ORACLES.keys()
