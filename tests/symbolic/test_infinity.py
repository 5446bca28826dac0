"""Infinities that were typed: no number cancels them."""

import math

import pytest

from autodiff_cli import parse


@pytest.mark.parametrize(
    "text",
    [
        *("x*inf/inf", "x*inf - x*inf + x", "x*inf*0", "(x + inf) - inf", "(inf - inf)*x", "x + 0*inf", "inf/inf + x"),
        *("-inf + x + inf", "x*inf^2/inf^2", "inf*x - inf*x", "x*(2*inf - inf)*0"),
    ],
)
def test_what_is_no_number_has_no_derivative(text: str) -> None:
    formula = parse(text)
    assert math.isnan(formula.evaluate(x=2))
    assert math.isnan(formula.derivative("x").evaluate(x=2))
    assert math.isnan(formula.derivative("x", "x").evaluate(x=2))
    assert math.isnan(formula.gradient(x=2)["x"])


@pytest.mark.parametrize(
    ("text", "derivative"),
    [
        ("x^2*inf", "2 * x * inf"),
        ("inf*x + inf*y", "inf"),
        ("x - inf", "1"),
        ("0/inf*x", "0"),
        ("min(x, inf)", "where(x < inf, 1, where(x > inf, 0, 1 / 2))"),
        ("where(x > 0, x^2, inf)", "where(x > 0, 2 * x, 0)"),
        ("x*inf^0", "1"),
    ],
)
def test_infinity_stays_where_it_is_typed(text: str, derivative: str) -> None:
    assert str(parse(text).derivative("x")) == derivative
