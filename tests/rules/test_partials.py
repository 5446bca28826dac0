"""Every value and partial over floats, to second order. mpmath is the judge, and never sees a rule."""

import pytest

from autodiff_cli.engine.value import FLOATS, VALUES, Value
from autodiff_cli.rules.table import FUNCTIONS, Function

from .truth import (
    CURVATURE_TOLERANCE,
    PARTIAL_CASES,
    SECOND_CASES,
    SLOPE_TOLERANCE,
    VALUE_CASES,
    error,
    found,
    name_of,
    partial_at,
    true_slope,
    true_value,
)

# Four units in the last place are 9e-16. What needs more says why.
VALUE_TOLERANCE = {"gelu": 2e-15}  # erfc far out multiplies the rounding of its argument, here by 10


@pytest.mark.parametrize(("function", "at"), VALUE_CASES)
def test_a_value_is_mpmaths(function: Function, at: tuple[float, ...]) -> None:
    got = FLOATS.value(function)(*map(float, at))
    assert error(got, true_value(function, at)) <= VALUE_TOLERANCE.get(function.name, 9e-16)


def test_a_sign_in_the_table_holds_at_every_point() -> None:
    for function in FUNCTIONS:
        if function.sign:
            least = min([true_value(function, at) for at in (*function.at, (0.0,) * len(function.args))])
            assert least == 0 if function.sign == "+0" else least > 0, function.name


@pytest.mark.parametrize(("function", "at", "index"), PARTIAL_CASES)
def test_a_partial_is_mpmaths_slope(function: Function, at: tuple[float, ...], index: int) -> None:
    args = [float(x) for x in at]
    got = partial_at(FLOATS, function, index, FLOATS.value(function)(*args), args)
    assert error(got, true_slope(function, at, index)) <= SLOPE_TOLERANCE.get(function.name, 9e-16)


@pytest.mark.parametrize(("function", "at", "i", "j"), SECOND_CASES)
def test_the_slope_of_a_partial_is_mpmaths_second_slope(
    function: Function, at: tuple[float, ...], i: int, j: int
) -> None:
    args = [Value(x) for x in at]
    partial = partial_at(VALUES, function, i, VALUES.value(function)(*args), args)
    if isinstance(partial, Value):  # else a plain number: the same everywhere
        partial.backward()
    want = true_slope(function, at, i, j)
    assert error(args[j].grad, want) <= CURVATURE_TOLERANCE.get(name_of(function, at, i, j), 9e-16)


@pytest.mark.parametrize(("name", "partial"), [("square", "2001 * x / 1000"), ("tanh", "1 - y**2"), ("exp", "y + 1")])
def test_a_wrong_partial_is_seen(name: str, partial: str) -> None:
    function = found(name)
    at = function.at[-1]
    got = FLOATS.formula(partial, "y, x")(FLOATS.value(function)(*at), *at)
    assert error(got, true_slope(function, at, 0)) > 1e-4
