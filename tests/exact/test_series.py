"""Power series by the rule table, over floats and exactly: coefficients, degrees, and where there are none."""

from math import factorial, isnan
from typing import Any

import pytest
from flint import arb, fmpq

from autodiff_cli.exact.balls import Balls
from autodiff_cli.exact.series import Stepper, Stuck, _products
from autodiff_cli.exact.series_numbers import Exact, Floats
from autodiff_cli.language.parser import parse


def floats(text: str, x: float, order: int = 4) -> list[float]:
    at = parse(text).evaluation()
    at.move({"x": x})
    return Stepper(at.nodes, at.root, [at.variables["x"]], Floats()).coefficients(order)


def exactly(text: str, x: fmpq, order: int = 4) -> list[Any]:
    at, balls = parse(text).evaluation(), Balls(200)
    at.move({"x": float(x.p) / float(x.q)})
    with balls:
        numbers = Exact(balls, {at.variables["x"]: x})
        return Stepper(at.nodes, at.root, [at.variables["x"]], numbers).coefficients(order)


@pytest.mark.parametrize(
    ("text", "x", "coefficients"),
    [
        ("exp(x)", 0.0, [1 / factorial(k) for k in range(5)]),
        ("1/(1 - x)", 0.0, [1.0] * 5),
        ("log(1 + x)", 0.0, [0, 1, -1 / 2, 1 / 3, -1 / 4]),
        ("sin(x)*cos(x)", 0.0, [0, 1, 0, -2 / 3, 0]),
        ("sqrt(x)", 1.0, [1, 1 / 2, -1 / 8, 1 / 16, -5 / 128]),
        ("x^1.5", 1.0, [1, 3 / 2, 3 / 8, -1 / 16, 3 / 128]),
        ("x^5", 1.0, [1, 5, 10, 10, 5]),
        ("x^x", 1.0, [1, 1, 1, 1 / 2, 1 / 3]),
        ("x^2 + 3", 2.0, [7, 4, 1, 0, 0]),
        ("max(x, 1)", 2.0, [2, 1, 0, 0, 0]),
        ("where(x > 1, x^2, 7)", 2.0, [4, 4, 1, 0, 0]),
        ("floor(x)*x", 2.5, [5, 2, 0, 0, 0]),
        ("7 + 0*x", 2.0, [7, 0, 0, 0, 0]),
    ],
)
def test_coefficients_over_floats_are_those_of_the_series(text: str, x: float, coefficients: list[float]) -> None:
    assert floats(text, x) == pytest.approx(coefficients, rel=1e-14, abs=1e-15)


def test_coefficients_are_rational_where_the_function_is() -> None:
    assert exactly("1/(1 + x^2)", fmpq(0)) == [1, 0, -1, 0, 1]
    assert exactly("x^3/3", fmpq(1, 2), 3) == [fmpq(1, 24), fmpq(1, 4), fmpq(1, 2), fmpq(1, 3)]
    assert all(isinstance(number, fmpq) for number in exactly("(x + 1)^70", fmpq(1, 2), 3))


def test_coefficients_that_are_not_rational_are_balls() -> None:
    found = exactly("exp(x)", fmpq(1))
    assert all(isinstance(number, arb) for number in found)
    assert (found[3] * 6).overlaps(found[0])


def test_the_slopes_of_gamma_never_close_and_yet_it_has_its_series() -> None:
    assert floats("gamma(x)", 1.0, 2) == pytest.approx([1, -0.5772156649015329, 0.9890559953279726])


@pytest.mark.parametrize(
    ("text", "x", "why"),
    [
        ("abs(x)", 0.0, "it has a kink or jumps"),
        ("floor(x)", 2.0, "it has a kink or jumps"),
        ("max(x, 2*x)", 0.0, "it has a kink or jumps"),
        ("x*(x < 2)", 2.0, "it has a kink or jumps"),
        ("sqrt(x)", 0.0, "its slope is infinite, or too large for a float"),
        ("1/x", 0.0, "its value is infinite, or too large for a float"),
        ("x^1.5", 0.0, "only whole powers, of 0 and more, have series around 0"),
    ],
)
def test_where_there_is_no_series_the_step_is_blamed(text: str, x: float, why: str) -> None:
    with pytest.raises(Stuck) as stuck:
        floats(text, x)
    assert str(stuck.value) == why
    assert stuck.value.step.args


def test_a_decision_that_a_precision_leaves_open_is_not_decided() -> None:
    with pytest.raises(Stuck, match="not decided by 200 bits"):
        exactly("abs(sin(2*asin(x)) - 2*x*sqrt(1 - x^2))", fmpq(1, 3))


def test_the_products_of_two_series_are_those_of_one_order() -> None:
    assert _products([1, 2, 3], [4, 5, 6], 1) == [5, 8]
    assert _products([1, 2, 3], [4, 5, 6], 1, 1) == [8]
    assert _products([1, 2, 3], [4, 5, 6], 4) == [18]
    assert _products([1], [2], 3) == []


def test_floats_that_are_none_are_told() -> None:
    numbers = Floats()
    assert numbers.trouble(1.0) == ""
    assert numbers.trouble(float("nan")) == "undefined"
    assert numbers.key(-0.0) != numbers.key(0.0)
    assert numbers.whole(3.0) == 3
    assert numbers.whole(0.5) is None
    below, above = numbers.beside(1.0)
    assert below < 1 < above
    assert isnan(numbers.sum([1e308, 1e308]))


def test_an_exact_number_is_kept_as_a_rational_unless_it_is_too_long() -> None:
    numbers = Exact(Balls(100), {})
    assert numbers.settle(arb(0.75)) == fmpq(3, 4)
    assert isinstance(numbers.settle(arb(0.75)), fmpq)
    assert isinstance(numbers.settle(fmpq(3) ** 40_000), arb)
    assert isinstance(numbers.settle(arb(1) / 3), arb)
    assert numbers.whole(fmpq(6, 2)) == 3
    assert numbers.whole(fmpq(1, 2)) is None
    assert numbers.trouble(arb("nan")) == "infinite or undefined"
    assert numbers.trouble(arb(0, "inf")) == "not decided by 100 bits"
