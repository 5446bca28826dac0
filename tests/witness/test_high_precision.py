"""Differences over balls: smooth points, edges, kinks and jumps, each from two steps on both sides."""

from math import cos, isnan, sin

import pytest

from autodiff_cli.language.parser import parse
from autodiff_cli.witness.finite_difference import Estimate
from autodiff_cli.witness.high_precision import Refined


def along(text: str, name: str = "x", **point: float) -> Estimate:
    """The slope by a variable or named step, in high precision."""
    at = parse(text, point).evaluation()
    at.move(point)
    return Refined(at.root, at.nodes).along(at.by_name(name))


def test_a_smooth_slope_is_right_to_the_last_digit() -> None:
    found = along("sin(x)", x=1.0)
    assert found.value == cos(1.0)
    assert found.bound < 1e-15


def test_a_slope_by_what_the_result_does_not_hold_is_zero() -> None:
    assert along("s = x^2; t = x*y; t", "s", x=1.0, y=2.0) == Estimate(0.0, 0.0)


def test_the_slope_by_the_result_itself_is_one() -> None:
    at = parse("s = x^2; s").evaluation()
    at.move({"x": 3.0})
    found = Refined(at.root, at.nodes).along(at.root)
    assert found.value == pytest.approx(1, abs=1e-15)


def test_a_slope_by_a_step_leaves_the_other_ways_alone() -> None:
    found = along("s = x^2; s*x", "s", x=3.0)
    assert found.value == 3.0


@pytest.mark.parametrize(("text", "slope"), [("x^1.5", 0.0), ("x*sqrt(x) + 2x", 2.0)])
def test_at_the_edge_of_the_domain_the_side_with_values_gives_the_slope(text: str, slope: float) -> None:
    found = along(text, x=0.0)
    assert found.value == pytest.approx(slope, abs=1e-20)
    assert not found.kink


def test_a_kink_has_the_slopes_of_both_sides() -> None:
    found = along("abs(x - 1) + sin(x)", x=1.0)
    assert found.kink
    assert (found.left, found.right) == pytest.approx((cos(1.0) - 1, cos(1.0) + 1), rel=1e-14)


def test_a_jump_is_doubtful() -> None:
    found = along("x + floor(x)", x=2.0)
    assert found.doubtful
    assert not found.has_settled


def test_outside_the_domain_nothing_settles() -> None:
    found = along("log(x)", x=-1.0)
    assert isnan(found.value)
    assert not found.has_settled


def test_named_constants_have_no_rounding() -> None:
    assert along("cos(pi*x)", x=0.5).value == pytest.approx(-3.141592653589793, rel=1e-16)
    assert along("sin(pi)*x", x=1.0).value == pytest.approx(0.0, abs=1e-200) != sin(3.141592653589793)
