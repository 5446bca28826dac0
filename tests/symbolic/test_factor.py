"""Shorter forms of sums: what they look like, and that they keep their value."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mpmath import mp, mpf

from autodiff_cli.engine.value import Value
from autodiff_cli.symbolic.factor import expanded, tidied, together
from autodiff_cli.symbolic.terms import Algebra, Term

from .values import POINTS, called, value, written


def addends(text: str) -> list[Term]:
    term = called(text)
    return term.algebra.addends(term)


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("x*y + x*z", "x * (y + z)"),
        ("x^3 + x^2", "x^2 * (x + 1)"),
        ("4*x + 6*y", "2 * (2 * x + 3 * y)"),
        ("x/2 + y/3", "(3 * x + 2 * y) / 6"),
        ("-x*y - x*z", "-x * (y + z)"),
        ("-x - y", "-x - y"),
        ("-2*x + 4*y", "2 * (2 * y - x)"),
        ("1/x + 1/x^2", "(x + 1) / x^2"),  # what is below the line in one is below it in all
        ("1/x + 1/y", "(y + x) / (x * y)"),
        ("x/y + z", "(x + z * y) / y"),
        ("x + y", "x + y"),
        ("sqrt(x) + x", "sqrt(x) * (1 + sqrt(x))"),
        ("x*(y + 1) - x*y", "x"),  # the sum left is multiplied out
        ("0.5*x + 0.25*y", "0.25 * (2 * x + y)"),
    ],
)
def test_terms_together_have_what_they_share_in_front(text: str, result: str) -> None:
    assert written(together(addends(text))) == result


def test_only_the_powers_that_are_allowed_come_to_the_front() -> None:
    terms = addends("2*x*y + 4*x*z*y")
    assert written(together(terms, lambda base, exponent: False)) == "2 * x * y + 4 * x * z * y"
    assert written(together(terms, lambda base, exponent: base.head.label == "y")) == "y * (2 * x + 4 * x * z)"
    assert written(together(addends("-2*x*y - 4*x*z"), lambda base, exponent: True)) == "-x * (2 * y + 4 * z)"


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("(2*x + 2) / (x + 1)", "2"),
        ("(x*y + y) / (x + 1)^2", "y / (x + 1)"),
        ("(x^2/y + 1/y) * y", "x^2 + 1"),
        ("(x + 1) / (y + 1)", "(x + 1) / (y + 1)"),
        ("x * (y + z)", "x * (y + z)"),
        ("x + y/(y*z)", "x + 1 / z"),
        ("(4*x + 4)^2 / y", "(4 * x + 4)^2 / y"),  # powers of sums stay
    ],
)
def test_tidied_product_has_no_sum_that_is_another_times_something(text: str, result: str) -> None:
    assert written(tidied(called(text))) == result


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("(x + 1) * (x - 1)", "x^2 - 1"),
        ("(x + y)^2", "x^2 + 2 * x * y + y^2"),
        ("(1 + x)^3", "1 + 3 * x + 3 * x^2 + x^3"),
        ("(x + 1)^3 * 2 - x", "2 * x^3 + 6 * x^2 + 5 * x + 2"),
        ("(x + 1)^4", "(x + 1)^4"),
        ("(x + 1)^(1/2) * (y + 1)", "y * sqrt(x + 1) + sqrt(x + 1)"),
        ("(x + 1) / (y + 1)", "x / (y + 1) + 1 / (y + 1)"),
        ("sin((x + 1) * (x - 1))", "sin((x + 1) * (x - 1))"),
    ],
)
def test_expanded_sum_has_no_products_of_sums(text: str, result: str) -> None:
    assert written(expanded(called(text))) == result


def test_product_of_long_sums_is_not_expanded() -> None:
    algebra = Algebra()
    sums = [algebra.add([algebra.variable(Value(1.0, f"{name}{at}")) for at in range(15)]) for name in "ab"]
    product = algebra.multiply(sums)
    assert expanded(product) is product
    assert len(expanded(algebra.multiply([sums[0], algebra.add(sums[1].children()[:10])])).parts) == 150


def together_addends(term: Term) -> Term:
    return together(term.algebra.addends(term)) if term.kind == "sum" else term


_FACTORS = st.sampled_from(
    ["x", "y", "z", "2", "6", "1/3", "0.5", "(x + 1)", "(2*x + 2)", "(1 - x)", "(x/y + 1)", "(y + z)^2", "sqrt(x)"]
)
_POWERS = st.tuples(_FACTORS, st.sampled_from(["", "", "^2", "^-1", "^3"])).map("".join)
_PRODUCTS = st.lists(_POWERS, min_size=1, max_size=4).map("*".join)
_SUMS = st.lists(_PRODUCTS, min_size=2, max_size=4).map(" + ".join)


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@pytest.mark.parametrize("shorten", [together_addends, tidied, expanded])
@given(text=st.one_of(_PRODUCTS, _SUMS))
def test_shorter_form_has_the_value_of_the_term(shorten: Callable[[Term], Term], text: str) -> None:
    term = called(text)
    with mp.workdps(50):
        for point in POINTS:
            want = value(term, point)
            assert abs(value(shorten(term), point) - want) < mpf(10) ** -35 * (1 + abs(want))
