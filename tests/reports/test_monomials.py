"""Products of powers of variables, found from numbers."""

from fractions import Fraction

import pytest

from autodiff_cli.reports.monomials import Monomial, monomial

X, Y = [1.0, 2.0, -3.0, 0.5, 7.0, -1.5], [2.0, -1.0, 4.0, 3.0, 0.25, 5.0]


@pytest.mark.parametrize(
    ("numbers", "text"),
    [
        ([x * y for x, y in zip(X, Y, strict=True)], "x * y"),
        ([3 * x**2 / y for x, y in zip(X, Y, strict=True)], "3 * x^2 / y"),
        ([-1 / (2 * x * y**2) for x, y in zip(X, Y, strict=True)], "-1 / (2 * x * y^2)"),
        ([abs(x) ** 0.5 for x in X], "sqrt(x)"),
    ],
)
def test_powers_and_coefficient_are_found(numbers: list[float], text: str) -> None:
    found = monomial(numbers, {"x": X, "y": Y})
    assert found is not None
    assert found.text() == text


@pytest.mark.parametrize(
    "numbers", [[x + y for x, y in zip(X, Y, strict=True)], [5.0] * 6, [0.0] * 6, [x**0.3 for x in Y]]
)
def test_what_is_no_product_of_powers_is_none(numbers: list[float]) -> None:
    assert monomial([abs(number) for number in numbers], {"x": X, "y": Y}) is None


def test_the_inverse_of_a_quotient_is_whole() -> None:
    found = Monomial(Fraction(1, 2), {"x": Fraction(-1), "y": Fraction(-2)})
    assert not found.is_whole
    assert (found.inverse().is_whole, found.inverse().text()) == (True, "2 * x * y^2")
    assert found.value({"x": 2.0, "y": 3.0}) == pytest.approx(1 / 36)
