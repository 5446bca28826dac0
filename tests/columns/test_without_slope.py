"""Rows with a value and no gradient, and slopes of single numbers that leave the range of floats on their way."""

import math

import numpy as np
import pytest

from autodiff_cli import parse


@pytest.mark.parametrize(
    ("text", "columns", "doubtful"),
    [
        ("(-2)^x", {"x": [1.0, 2.0, 3.0]}, True),
        ("a^b", {"a": [-2.0, 2.0], "b": [3.0, 3.0]}, True),
        ("a^b", {"a": [0.0, 2.0], "b": [0.0, 3.0]}, True),
        ("a^b", {"a": [1.0, 2.0], "b": [3.0, 3.0]}, False),
        ("x^2", {"x": [1.0, -2.0]}, False),
    ],
)
def test_a_gradient_that_does_not_exist_is_told(text: str, columns: dict[str, list[float]], doubtful: bool) -> None:
    kernel = parse(text).vectorize(compiled=False)
    given = [np.array(columns[name]) for name in kernel.variables]
    out = [np.empty(len(given[0])) for _ in range(len(kernel.wrt) + 1)]
    assert kernel.into(given, out) is doubtful
    assert np.isfinite(out[0]).all()


@pytest.mark.parametrize("text", ["1/(1/y)", "relu(1/(1/y))", "x*relu(1/(1/y))", "1/min(1, 1/(x/y))*0 + 1/(1/y)"])
@pytest.mark.parametrize("compiled", [False, True])
def test_slopes_of_single_numbers_are_swept_again_where_they_left_the_range(text: str, compiled: bool) -> None:
    formula = parse(text)
    point = {"x": 1.0, "y": 1e-200}
    given = {name: point[name] for name in formula.variables}
    _, slopes = formula.vectorize(compiled=compiled)(**given)
    wanted = formula.gradient(**given)
    assert {name: float(one) for name, one in slopes.items()} == pytest.approx(wanted, rel=1e-14, abs=0.0)
    if "x" in given:
        _, slopes = formula.vectorize(compiled=compiled)(x=np.array([1.0, 1.0]), y=1e-200)
        assert float(slopes["y"][0]) == pytest.approx(wanted["y"], rel=1e-14, abs=0.0)
    assert math.isfinite(wanted["y"])
