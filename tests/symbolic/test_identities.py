"""Identities of single functions: what a call is rewritten to has its value."""

from fractions import Fraction

import pytest
from mpmath import mp, mpf

from autodiff_cli.language.parser import parse
from autodiff_cli.rules.table import BY_NAME, entry
from autodiff_cli.symbolic.coefficients import Number
from autodiff_cli.symbolic.formulas import formula_of, graphs
from autodiff_cli.symbolic.identities import _EXACT, REWRITES, is_constant, is_positive_constant
from autodiff_cli.symbolic.terms import Algebra

from ..oracles import ORACLES
from .derivatives import computed
from .values import called, exact, written


@pytest.mark.parametrize(("name", "x"), [(name, x) for name, values in _EXACT.items() for x in values])
def test_exact_value_is_that_of_the_function(name: str, x: Number) -> None:
    with mp.workdps(50):
        assert abs(ORACLES[name].mpmath(exact(x)) - _EXACT[name][x]) < mpf(10) ** -45
    algebra = Algebra()
    assert algebra.call(entry(name, 1), (algebra.number(x),)) is algebra.number(_EXACT[name][x])


@pytest.mark.parametrize("name", ["lt", "le", "gt", "ge", "eq", "ne", "max", "min", "abs", "sign"])
@pytest.mark.parametrize("numbers", [(2, 3), (3, 2), (2, 2), (Fraction(-1, 2), 0), (0, Fraction(1, 3))])
def test_function_of_numbers_is_computed(name: str, numbers: tuple[Number, Number]) -> None:
    algebra = Algebra()
    args = numbers if name not in ("abs", "sign") else numbers[:1]
    made = algebra.call(entry(name, len(args)), tuple(map(algebra.number, args)))
    assert made.kind == "number"
    assert exact(made.head) == ORACLES[name].mpmath(*map(exact, args))


@pytest.mark.parametrize("text", ["sin(1)", "log(2)", "exp(1)", "max(x, 2)", "abs(x)", "sin(x) <= sin(x)", "x^y"])
def test_call_without_an_exact_value_stays(text: str) -> None:
    assert written(called(text)) == text


def test_rewritings_are_of_functions_of_the_table() -> None:
    assert set(REWRITES) <= set(BY_NAME)


def test_constants_are_leaves_that_do_not_vary() -> None:
    assert [is_constant(called(text)) for text in ("pi", "x", "2", "sin(1)")] == [True, False, False, False]
    assert [is_positive_constant(called(text)) for text in ("pi", "x", "-pi")] == [True, False, False]


def test_logarithm_of_a_variable_named_e_is_not_that_of_the_constant() -> None:
    expression = parse("e*log(e)*x", ["e", "x"])
    found, _, _ = graphs(expression, [("e",)])
    with mp.workdps(50):
        value = computed(formula_of(expression, found["e",]), {"e": mpf(2), "x": mpf(3)})
        assert abs(value - 3 * (1 + mp.log(2))) < mpf(10) ** -40
