"""Compiled functions: what they take and give, defaults, and floats at the edges."""

import math
from collections.abc import Callable
from inspect import signature
from typing import Any

import numpy as np
import pytest

from autodiff_cli import parse as formula_of
from autodiff_cli.codegen.compiled import compile_
from autodiff_cli.errors import AutodiffError
from autodiff_cli.language.parser import parse


@pytest.mark.parametrize("kind", [int, np.int32, np.uint8, np.float32, np.float64, bool])
def test_compiled_functions_compute_in_floats_whatever_they_are_given(kind: Callable[[int], Any]) -> None:
    value, slopes = formula_of("a^9*b - c").compile()(kind(1), kind(0), kind(1))
    assert (value, slopes) == (-1.0, (0.0, 1.0, -1.0))
    assert {type(one) for one in (value, *slopes)} == {float}
    big = 200 if kind is np.uint8 else 1 if kind is bool else 70000
    assert formula_of("x^5").compile()(kind(big)) == (float(big) ** 5, (5.0 * float(big) ** 4,))


def test_compiled_functions_refuse_text() -> None:
    with pytest.raises(TypeError, match="a number is needed, not str"):
        formula_of("x^2").compile()("3")


def test_a_compiled_function_has_the_defaults_of_the_program() -> None:
    compiled = compile_(parse("a = 2; b = -3; a*b*x"))
    assert compiled(x=1.0) == (-6, (-3, 2, -6))
    assert compiled(b=5.0, x=1.0) == (10, (5, 2, 10))
    assert compiled(2.0, -3.0, 1.0) == compiled(x=1.0)
    with pytest.raises(TypeError, match="missing 1 required argument: 'x'"):
        compiled(2.0)
    with pytest.raises(TypeError, match="missing 2 required arguments: 'x' and 'y'"):
        compile_(parse("a = 2; a*x + y*(a > 3)"))()


def test_compiled_says_what_it_is() -> None:
    compiled = compile_(parse("a = 2; x₁^2*if*a", ["x₁", "if"]))
    assert compiled.__doc__ == (
        "The value of a = 2; x₁^2 * if * a and its derivatives.\n\n"
        "Takes a, x₁, if, and returns the value and (d/da, d/dx₁, d/dif); nan where there is no value."
    )
    assert str(signature(compiled)) == "(a=2.0, x1=required, if_=required)"
    assert compiled(**{"x₁": 3.0, "if": 1.0}) == (18, (9, 12, 18))
    assert str(signature(compile_(parse("x*λ")))) == "(x, λ)"


def test_compiled_gives_no_slopes_where_there_is_no_value() -> None:
    assert str(compile_(parse("x + y"))(math.nan, 1.0)) == "(nan, (nan, nan))"
    assert str(compile_(parse("x*y + z"))(1e200, 1e200, -math.inf)) == "(nan, (nan, nan, nan))"


def test_a_derivative_compiles_to_nan_outside_the_domain_of_its_formula() -> None:
    for text, x in (("ln(x)", -1.0), ("x/x", 0.0), ("atan(1/x)", 0.0), ("asin(x)/acos(x)", 2.0)):
        formula = formula_of(text).derivative("x")
        assert str(formula.compile()(x)) == "(nan, (nan,))"
        assert math.isnan(formula.evaluate(x=x))
        assert math.isnan(formula.derivative("x").compile()(x)[0])
    assert formula_of("ln(x)").derivative("x").compile()(2.0) == (0.5, (-0.25,))


def test_a_compiled_function_takes_arguments_by_place_or_name_and_gives_a_tuple() -> None:
    compiled = compile_(parse("tanh(a*b + c)"))
    value, gradient = compiled(2.0, -3.0, 10.0)
    assert value == math.tanh(4)
    assert gradient == pytest.approx((-3 / math.cosh(4) ** 2, 2 / math.cosh(4) ** 2, 1 / math.cosh(4) ** 2), rel=4e-16)
    assert compiled(c=10.0, a=2.0, b=-3.0) == compiled(2.0, b=-3.0, c=10.0) == (value, gradient)
    for arguments in ((1.0,), (1.0, 2.0, 3.0, 4.0)):
        with pytest.raises(TypeError):
            compiled(*arguments)
    with pytest.raises(TypeError):
        compiled(1.0, 2.0, d=3.0)
    with pytest.raises(AutodiffError):
        compile_(parse("x"), ["y"])


@pytest.mark.parametrize(
    ("text", "points"),
    [
        ("exp(x)", [1000.0, -1000.0, math.inf, -math.inf, math.nan]),
        ("1/x", [0.0, -0.0, math.inf]),
        ("log(x)", [0.0, -1.0, math.inf]),
        ("x^0.5", [0.0, -1.0]),
        ("x^-1.5", [0.0, -1.0, 1e300]),
        ("x^(1/3)", [0.0, -1.0]),
        ("x^400", [1e10, -1e10]),
        ("tanh(x)", [800.0, -800.0, 400.0, 20.0]),
        ("sqrt(x)", [0.0, -1.0]),
        ("gamma(x)", [0.0, -1.0, 500.0]),
        ("acosh(x)", [1.0, 0.5]),
        ("floor(x)", [math.inf, -2.5]),
        ("sech(x)*csch(x)", [800.0, 0.0]),
        ("max(x, 1)", [math.nan]),
        ("min(x, 1, 2)", [math.nan]),
        ("where(x > 0, log(x), x)", [0.0, -1.0]),
        ("erf(x)", [40.0, 1e200, -5.0, 0.0]),
    ],
)
def test_a_compiled_function_at_the_edges_is_eval(text: str, points: list[float]) -> None:
    compiled, expression = compile_(parse(text)), parse(text)
    for x in points:
        value, (slope,) = compiled(x)
        assert value == pytest.approx(expression.evaluate(x=x), rel=1e-15, nan_ok=True), x
        assert slope == pytest.approx(expression.gradient(x=x)["x"], rel=2e-15, nan_ok=True) or x != x, x


@pytest.mark.parametrize(
    ("text", "x", "slope"),
    [
        ("1/(exp(x) + 1)", 400.0, -1.9151695967140057e-174),  # 1e-348 on the way
        ("1/(exp(x) + 1)", 365.0, -3.037445792508253e-159),  # 1e-317, where digits are few
        ("1/(2^x + 1)", 525.0, math.log(2) * -(0.5**525)),
        ("x + 1e174/(exp(x) + 1)", 400.0, 1 - 1.9151695967140057),
        ("1e200*sin(1e-200*(x*1e-200)*1e200)", 2.0, 1.0),  # 1e400 on the way
        ("1e-200*((x*1e-150)*1e-150)*1e200*1e200", 1.0, 1e-100),
    ],
)
def test_compiled_where_a_sweep_leaves_the_range_of_floats(text: str, x: float, slope: float) -> None:
    assert compile_(parse(text))(x)[1][0] == pytest.approx(slope, rel=1e-12)
