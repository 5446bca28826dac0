"""How far floats can be trusted: rounding of values and gradients, beside exact arithmetic."""

from math import inf, isinf

import mpmath
import pytest

from autodiff_cli.language.parser import parse
from autodiff_cli.witness.trust import Doubt, doubt


def doubted(text: str, **point: float) -> Doubt:
    """The doubt about an expression at a point."""
    at = parse(text, point).evaluation()
    at.move(point)
    return doubt(at, at.gradients())


@pytest.mark.parametrize(
    ("text", "point"),
    [
        ("x*y", {"x": 3.0, "y": 5.0}),
        ("sin(x)", {"x": 1.0}),
        ("x^2 + y^2", {"x": 0.1, "y": 0.7}),
        ("x*y + sin(x)", {"x": 0.3, "y": 2.0}),
    ],
)
def test_a_plain_expression_is_trusted(text: str, point: dict[str, float]) -> None:
    assert doubted(text, **point).trusts(point)


@pytest.mark.parametrize(
    ("text", "x"),
    [("(1 - cos(x))/x^2", 1e-8), ("(x + 1) - x", 1e16), ("x - sin(x)", 1e-9), ("(x + 1)^3 - x^3", 1e6)],
)
def test_a_value_that_cancels_is_not_trusted(text: str, x: float) -> None:
    found = doubted(text, x=x)
    assert not found.trusts([])
    at = parse(text).evaluation()
    at.move({"x": x})
    with mpmath.workdps(60):
        here = mpmath.mpf(x)
        true = {
            "(1 - cos(x))/x^2": lambda: (1 - mpmath.cos(here)) / here**2,
            "(x + 1) - x": lambda: mpmath.mpf(1),
            "x - sin(x)": lambda: here - mpmath.sin(here),
            "(x + 1)^3 - x^3": lambda: (here + 1) ** 3 - here**3,
        }[text]()
        assert abs(true - at.root.data) <= found.value_moves


def test_a_gradient_that_cancels_is_not_trusted_and_the_others_are() -> None:
    found = doubted("(1 - cos(x))/x^2*1e-20 + y", x=1e-9, y=1.0)
    assert not found.trusts(["x"])
    assert found.trusts(["y"])


def test_exact_sums_and_products_raise_no_doubt() -> None:
    found = doubted("(x + 2)*4 - 3", x=1.5)
    assert (found.value, found.value_moves) == (0, 0)


@pytest.mark.parametrize("text", ["x*x*1e-200", "exp(-1/x)", "x^2*1e-310"])
def test_a_step_that_is_too_small_for_a_float_is_not_trusted(text: str) -> None:
    found = doubted(text, x=1e-200)
    assert found.vanishes
    assert not found.trusts([])


@pytest.mark.parametrize(("text", "x"), [("log(x)", 1.0), ("sin(x)", 0.0), ("floor(x)", 0.5), ("x - 1", 1.0)])
def test_a_step_that_is_0_by_right_is_trusted(text: str, x: float) -> None:
    found = doubted(text, x=x)
    assert not found.vanishes
    assert found.trusts(["x"])


def test_what_is_not_finite_is_doubted_without_end() -> None:
    found = doubted("sqrt(x)", x=0.0)
    assert isinf(found.value)
    assert found.gradients == {"x": inf}


def test_the_evaluation_stands_as_before() -> None:
    at = parse("pi*x + e*sin(y)").evaluation()
    at.move({"x": 2.0, "y": 3.0})
    gradients, value = at.gradients(), at.root.data
    first = doubt(at, gradients)
    assert (at.root.data, at.gradients()) == (value, gradients)
    assert doubt(at, gradients) == first
