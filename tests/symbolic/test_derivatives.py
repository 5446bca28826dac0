"""The text of derivatives: a textbook's table, higher orders, identities; each formula has the slope's value."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from mpmath import mp, mpf

from autodiff_cli import parse as formula_of
from autodiff_cli.language.parser import parse

from ..conftest import Result
from .derivatives import at, computed, formula, read_back, slope

Run = Callable[..., Result]
TEXTBOOK = Path(__file__).parents[1] / "data" / "derivatives.txt"


# --- the text --------------------------------------------------------------------------------------------------------


def textbook() -> list[Any]:
    """Expression, name and derivative."""
    lines = [line for line in TEXTBOOK.read_text().splitlines() if line and line[0] != "#"]
    found = []
    for line in lines:
        text, *by, wanted = line.split(" | ")
        found.append(pytest.param(text, by[0][3:] if by else "x", wanted, id=f"{text} by {by[0][3:] if by else 'x'}"))
    return found


def test_the_table_of_derivatives_has_60_rows() -> None:
    assert len(textbook()) >= 60


@pytest.mark.parametrize(("text", "name", "wanted"), textbook())
def test_a_row_of_the_table_is_what_is_printed(text: str, name: str, wanted: str) -> None:
    assert formula(text, name) == wanted


@pytest.mark.parametrize(("text", "name", "wanted"), textbook())
def test_a_row_of_the_table_has_the_value_of_the_slope(text: str, name: str, wanted: str) -> None:
    expression = parse(text)
    points = [0.37, 0.61, 0.83, 0.29, 0.71, 0.53]
    for shift in (0, 0.875):  # log(log(x)) needs x > 1
        point = {name: one + shift for name, one in zip(expression.variables, points, strict=False)}
        true = slope(expression, point, [name])
        if true is not None:
            ours = at(read_back(wanted, ["x"]), point)
            assert ours == pytest.approx(float(true), rel=1e-13, abs=1e-15)


@pytest.mark.parametrize(
    ("text", "by", "wanted"),
    [
        ("x^5 + sin(x)", "xxx", "60 * x^2 - cos(x)"),
        ("x^4", "xxxx", "24"),
        ("x^4", "xxxxx", "0"),
        ("sin(x)", "xxxx", "sin(x)"),
        ("x*exp(x)", "xxx", "exp(x) * (3 + x)"),
        ("log(x)", "xx", "-1 / x^2"),
        ("1/x", "xxx", "-6 / x^4"),
        ("sqrt(x)", "xx", "-1 / (4 * x^(3 / 2))"),
        ("exp(-x^2)", "xx", "exp(-x^2) * (4 * x^2 - 2)"),
        ("x^2*y^3", "xy", "6 * x * y^2"),
        ("exp(x*y)", "xy", "exp(x * y) * (x * y + 1)"),
        ("x^2*y + exp(x*y)", "xx", "2 * y + y^2 * exp(x * y)"),
    ],
)
def test_a_higher_order_is_printed_as_a_textbook_has_it(text: str, by: str, wanted: str) -> None:
    assert formula(text, *by) == wanted


@pytest.mark.parametrize("order", [2, 3])
@pytest.mark.parametrize("text", ["x^2*sin(x)", "exp(x)/x", "atan(x)", "x^x", "(x^2-1)/(x^2+1)", "tan(x)"])
def test_a_higher_order_has_the_value_of_the_slope(text: str, order: int) -> None:
    point = {"x": 0.6875}
    true = slope(parse(text), point, ["x"] * order, 1000)
    assert at(read_back(formula(text, *"x" * order)), point) == pytest.approx(float(true), rel=1e-12)


def test_factorials_are_numbers(autodiff: Run) -> None:
    assert autodiff("diff", "sum(k, 1, 4, x^k/k!)").out == "1 + x + x^2 / 2 + x^3 / 6\n"
    assert autodiff("diff", "x * 22!").out == "1124000727777607680000\n"


@pytest.mark.parametrize(
    ("text", "order"),
    [("exp(sin(x))", 20), ("x^x", 6), ("tan(x)", 15), ("1/(1 + x^2)", 15), ("sin(x)^20", 20), ("exp(x)/x", 30)],
)
def test_orders_up_to_30_have_the_value_of_mpmaths_taylor_series(text: str, order: int) -> None:
    ours = read_back(formula(text, *"x" * order))
    with mp.workdps(60):
        true = mp.taylor(lambda x: computed(parse(text), {"x": x}), mpf(0.75), order)[-1] * mp.factorial(order)
        assert abs(computed(ours, {"x": mpf(0.75)}) - true) <= abs(true) * mpf(10) ** -10


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("(sin(x) - cos(x))/(sin(x) + cos(x))", "2 / (sin(x) + cos(x))^2"),
        ("sin(x)/(1 + cos(x))", "1 / (1 + cos(x))"),
        ("sin(2x)/cos(2x)", "2 / cos(2 * x)^2"),
        ("ln(sec(x) + tan(x))", "sec(x)"),
        ("ln(x + sqrt(x^2 + 1))", "1 / sqrt(x^2 + 1)"),
        ("(e^x - e^-x)/(e^x + e^-x)", "4 / (e^x + e^-x)^2"),
        ("atan(1/x)", "-1 / (x^2 + 1)"),
        ("ln|x|", "1 / x"),
        ("x|x|", "2 * abs(x)"),
        ("x^x", "x^x * (1 + log(x))"),
        ("x^2 (x - 1)^3 e^x", "x * e^x * (x^4 + 2 * x^3 - 9 * x^2 + 8 * x - 2)"),
        ("x^2.5", "2.5 * x^1.5"),
        ("spherical_jn(2, x)", "2 * spherical_jn(1, x) / 5 - 3 * spherical_jn(3, x) / 5"),
    ],
)
def test_an_identity_that_a_textbook_uses_shortens_the_derivative(text: str, wanted: str) -> None:
    assert formula(text, "x") == wanted
    point = {"x": 0.6875}
    if "spherical" not in text:
        assert at(read_back(wanted), point) == pytest.approx(float(slope(parse(text), point, "x")), rel=1e-13)


# --- numbers that are large, or small --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "x", "wanted"),
    [
        ("1e308*x^2", 1e-10, 2e298),
        ("(1e200*x)^3", 1e-200, 3e200),
        ("x^2*1e200/1e-200", 1e-300, 2e100),
        ("x/1e-300", 1.0, 1e300),
        ("(1e-200*x)^2", 1e200, 2e-200),
        ("x^100*1e-5", 2.0, 100 * 2.0**99 * 1e-5),
        ("12345678901234567890*x^2", 1.0, 2 * 12345678901234567890),
        ("(sqrt(2) - x)*(3 - 7*9007199254740993)", 1.0, 7 * 9007199254740993 - 3),
        ("0.1*x + 0.2*x", 1.0, 0.3),
    ],
)
def test_factors_near_the_ends_of_floats_come_together_without_overflow(text: str, x: float, wanted: float) -> None:
    assert at(read_back(formula(text, "x"), ["x"]), {"x": x}) == pytest.approx(wanted, rel=1e-13)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("x*gamma(1)", "1"), ("x + acosh(1)", "1"), ("x*log(1, 3)", "0"), ("x*cbrt(1) + atanh(0)", "1")],
)
def test_functions_of_numbers_alone_are_numbers(text: str, wanted: str) -> None:
    assert formula(text, "x") == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("(2^x)^y", "x"), ("(x^y)^x", "x"), ("((x + 1)^y)^(x*y)", "y"), ("x*(x^y)^y*x^y", "x"), ("exp((x^y)^x)/x", "y")],
)
def test_derivatives_of_powers_of_powers_have_the_value_of_the_slope(text: str, wanted: str) -> None:
    point = {"x": 1.25, "y": 0.625}
    true = slope(parse(text), point, wanted)
    assert at(read_back(formula(text, wanted), ["x", "y"]), point) == pytest.approx(float(true), rel=1e-13)


@pytest.mark.parametrize(("p", "wanted"), [(1.0, 0.0), (2.0, 0.0), (3.0, 6.0), (4.0, 0.0)])
def test_the_third_derivative_of_a_power_at_0_is_a_number(p: float, wanted: float) -> None:
    assert formula_of("x^p").derivative("x", "x", "x").evaluate(x=0.0, p=p) == wanted


def test_the_derivative_of_0_to_a_power_is_0_where_the_power_is_positive() -> None:
    slope = formula_of("0^x").derivative("x")
    assert [slope.evaluate(x=x) for x in (1.0, 2.5)] == [0.0, 0.0]
    assert math.isnan(slope.evaluate(x=-1.0))


def test_without_a_first_derivative_there_is_no_second() -> None:
    hessian = formula_of("x^p").hessian(x=0.0, p=0.0)
    assert all(math.isnan(hessian[a][b]) for a, b in ("pp", "xp", "px"))
    assert formula_of("x^p").hessian(x=2.0, p=3.0)["x"]["x"] == 12
