"""Sums and products with terms that come out as 0."""

import pytest

from autodiff_cli import parse
from autodiff_cli.symbolic.factor import together
from autodiff_cli.symbolic.terms import Algebra

from .values import called, written


@pytest.mark.parametrize(
    ("text", "by", "derivative"),
    [
        ("(x-x)*(y+1)/y", "y", "0"),
        ("(x-x)*(y+1)*z/y", "y", "0"),
        ("(x-x)*(y+1)/y + y^2", "y", "2 * y"),
        ("(x-x)*(y+1)/(y+2)^2", "y", "0"),
        ("(x-x)/y", "y", "0"),
        ("(sin(x) - sin(x))*y*z/(y+z)", "z", "0"),
    ],
)
def test_product_with_a_factor_that_is_0_has_the_derivative_0(text: str, by: str, derivative: str) -> None:
    assert str(parse(text).derivative(by)) == derivative


def test_terms_that_are_0_share_nothing_and_take_nothing_away() -> None:
    algebra = Algebra()
    assert together([algebra.zero, algebra.zero]) is algebra.zero
    assert written(together([algebra.zero, called("2*x", algebra)])) == "2 * x"
