"""Where an expression may be anything but smooth."""

import pytest

pytest.importorskip("flint")

from autodiff_cli.engine.value import NAMED, Value
from autodiff_cli.language.parser import parse
from autodiff_cli.rules.table import FUNCTIONS, Function
from autodiff_cli.solving.seams import Interner, seams

BENT = [function for function in FUNCTIONS if function.kinks]


def test_a_divisor_a_root_and_a_bar_are_seams() -> None:
    interner = Interner()
    found = seams(interner.of(parse("1/(x-1) + sqrt(x+2) + abs(x) + x^2").root), interner)
    assert len(found) == 3


def test_what_is_smooth_has_none() -> None:
    interner = Interner()
    assert seams(interner.of(parse("sin(x)*exp(x^3) + atan(x)").root), interner) == []


def test_what_is_computed_twice_is_one_node() -> None:
    product = Interner().of(parse("cos(x)*cos(x)").root)
    assert product.args[0] is product.args[1]


@pytest.mark.parametrize("function", BENT, ids=lambda function: function.name)
def test_every_function_with_a_kink_has_a_seam(function: Function) -> None:
    names = ["a", "b"] if function.variadic else [*function.args]
    leaves = [Value(at, name) for at, name in zip(function.at[0], names, strict=False)]
    interner = Interner()
    root = interner.of(NAMED.formula(f"{function.name}({', '.join(names)})", ", ".join(names))(*leaves))
    assert seams(root, interner)
