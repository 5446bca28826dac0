"""Expansions beside a point and towards infinity, against limits that analysis books give."""

from math import e, inf, pi

import pytest

pytest.importorskip("flint")

from flint import arb, fmpq

from autodiff_cli.exact.balls import Balls
from autodiff_cli.language.parser import parse
from autodiff_cli.solving.beside import Beside
from autodiff_cli.solving.expansions import Endless, Expansion, Germ, approach, led_from


def germ(text: str, at: str) -> Germ | None:
    """The expansion of a text at "0+", "1-", "inf" or "-inf"."""
    found = parse(text, told=["x"])
    variable = found.variables["x"]
    beside = Beside(Balls(128), found.root)
    if at.endswith("inf"):
        return beside.far(variable, -1 if at[0] == "-" else 1)
    return beside.at(variable, fmpq(int(at[:-1])), 1 if at[-1] == "+" else -1)


def limit(text: str, at: str) -> float | None:
    """What it comes to; None where that is not found."""
    found = germ(text, at)
    if isinstance(found, Endless):
        return inf * found.sign
    if not isinstance(found, Expansion):
        return None
    if found.is_finite:
        return float(arb(found.limit).mid())
    return inf * approach(found) if found.terms else None


@pytest.mark.parametrize(
    ("text", "at", "expected"),
    [
        ("sin(x)/x", "0+", 1.0),
        ("(1 - cos(x))/x^2", "0-", 0.5),
        ("(1 + 1/x)^x", "inf", e),
        ("x^x", "0+", 1.0),
        ("x*log(x)", "0+", 0.0),
        ("log(x)/x", "inf", 0.0),
        ("log(x)^9/x", "inf", 0.0),
        ("x^9*exp(-x)", "inf", 0.0),
        ("exp(x)/x^9", "inf", inf),
        ("exp(1/x)", "0+", inf),
        ("exp(1/x)", "0-", 0.0),
        ("atan(x)", "-inf", -pi / 2),
        ("atan(1/x)", "0-", -pi / 2),
        ("x - sqrt(x^2 - x)", "inf", 0.5),
        ("sqrt(x^2 + x) + x", "-inf", -0.5),
        ("tanh(x)", "inf", 1.0),
        ("1/log(x)", "1-", -inf),
        ("1/log(x)", "0+", 0.0),
        ("log(1 + exp(x)) - x", "-inf", inf),
        ("abs(x)/x", "0-", -1.0),
        ("floor(x)", "1-", 0.0),
        ("(x^2 - 1)/(x - 1)", "1+", 2.0),
        ("(cbrt(x) - 1)/(x - 1)", "1+", 1 / 3),
        ("1/x - 1/sin(x)", "0+", 0.0),
        ("(exp(x) - 1 - x)/x^2", "0-", 0.5),
        ("asin(x)", "1-", pi / 2),
        ("gamma(x)*x", "0+", 1.0),
        ("sin(x)/x", "inf", 0.0),
        ("erf(x)", "-inf", -1.0),
        ("where(x < 0, 2, x)", "0-", 2.0),
        ("max(x, 3)", "-inf", 3.0),
        ("softplus(x) - x", "inf", 0.0),
        ("silu(x) - x", "inf", 0.0),
    ],
)
def test_limits_are_those_of_the_books(text: str, at: str, expected: float) -> None:
    assert limit(text, at) == pytest.approx(expected, abs=1e-15)


@pytest.mark.parametrize(
    ("text", "at"), [("sin(x)", "inf"), ("sin(1/x)", "0+"), ("sqrt(x)", "0-"), ("log(x)", "-inf"), ("x*sin(x)", "inf")]
)
def test_where_there_is_no_limit_none_is_given(text: str, at: str) -> None:
    assert limit(text, at) is None


@pytest.mark.parametrize("text", ["x^3 - 100*x^2", "x - 50*sqrt(x)", "x^0.25 - 9", "x/log(x) - 5", "x - 7*log(x)^2"])
def test_a_first_term_that_leads_leaves_no_zero_beyond(text: str) -> None:
    found = germ(text, "inf")
    with Balls(128):
        start = led_from(found)
    assert start is not None
    expression = parse(text)
    assert all(expression.evaluate(x=start * 1.1**step) > 0 for step in range(200))


def test_what_is_no_finite_sum_of_terms_leads_nowhere() -> None:
    assert led_from(germ("sin(1/x)", "inf")) is None
