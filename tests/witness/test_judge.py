"""The table of verdicts in floats, a test a row: evidence made by hand, and the word for it."""

from math import inf, nan

import pytest

from autodiff_cli.language.parser import parse
from autodiff_cli.witness.finite_difference import Estimate
from autodiff_cli.witness.judge import Verdict, rounding, seems_to_jump, verdict_in_floats


def none() -> float:
    """Nothing that rounding may have moved."""
    return 0.0


@pytest.mark.parametrize("gradient", [inf, -inf, nan])
def test_a_gradient_that_is_not_finite_is_singular(gradient: float) -> None:
    assert verdict_in_floats(gradient, Estimate(1.0, 1e-12), none) is Verdict.SINGULAR


@pytest.mark.parametrize("gradient", [1.0, 7.0])
def test_an_estimate_with_two_slopes_is_a_kink_whatever_the_gradient(gradient: float) -> None:
    kink = Estimate(0.0, 1e-12, -1.0, 1.0, kink=True)
    assert verdict_in_floats(gradient, kink, none) is Verdict.KINK


@pytest.mark.parametrize(
    ("gradient", "value", "bound", "rounded"),
    [
        (2.0, 2.0, 1e-12, 0.0),
        (2.0, 2.0 + 1e-11, 1e-12, 0.0),  # nearer than estimates can be told apart
        (2.0, 2.0 + 1e-8, 2e-8, 0.0),
        (2.0, 2.0 + 1e-8, 1e-12, 1e-7),  # rounding explains it
        (0.0, 0.0, 1e-12, 0.0),
    ],
)
def test_a_gradient_that_agrees_with_a_narrow_estimate_is_ok(
    gradient: float, value: float, bound: float, rounded: float
) -> None:
    assert verdict_in_floats(gradient, Estimate(value, bound), lambda: rounded) is Verdict.OK


def test_two_zeros_that_rounding_may_have_made_prove_nothing() -> None:
    assert verdict_in_floats(0.0, Estimate(0.0, 1e-12), lambda: 1e-16) is Verdict.UNSURE


@pytest.mark.parametrize("value", [2.001, -2.0, 2.0 + 3e-7])
def test_a_visible_difference_is_a_mismatch(value: float) -> None:
    assert verdict_in_floats(2.0, Estimate(value, 1e-12), none) is Verdict.MISMATCH


def test_a_difference_too_small_to_accuse_is_unsure() -> None:
    assert verdict_in_floats(2.0, Estimate(2.0 + 1e-8, 1e-12), none) is Verdict.UNSURE


def test_a_doubtful_estimate_accuses_nobody() -> None:
    assert verdict_in_floats(2.0, Estimate(3.0, 1e-12, doubtful=True), none) is Verdict.UNSURE


@pytest.mark.parametrize(("value", "bound"), [(2.0, 1.0), (2.5, 1.0), (nan, inf)])
def test_a_wide_bound_is_unsure(value: float, bound: float) -> None:
    assert verdict_in_floats(2.0, Estimate(value, bound), none) is Verdict.UNSURE


def test_rounding_is_asked_for_only_where_a_row_needs_it() -> None:
    def refuse() -> float:
        raise AssertionError("rounding was asked for")

    assert verdict_in_floats(2.0, Estimate(2.0, 1e-12), refuse) is Verdict.OK
    assert verdict_in_floats(nan, Estimate(), refuse) is Verdict.SINGULAR


def test_a_mismatch_is_the_worst_verdict_and_ok_the_best() -> None:
    assert max(Verdict, key=lambda verdict: verdict.severity) is Verdict.MISMATCH
    assert min(Verdict, key=lambda verdict: verdict.severity) is Verdict.OK


@pytest.mark.parametrize(
    ("verdict", "estimate", "jumps"),
    [
        (Verdict.UNSURE, Estimate(1e60, 1.0, doubtful=True), True),
        (Verdict.UNSURE, Estimate(2.0, 1.0, doubtful=True), False),
        (Verdict.UNSURE, Estimate(1e60, 1.0), False),
        (Verdict.OK, Estimate(1e60, 1.0, doubtful=True), False),
    ],
)
def test_only_a_doubtful_estimate_beyond_all_slopes_seems_to_jump(
    verdict: Verdict, estimate: Estimate, jumps: bool
) -> None:
    assert seems_to_jump(verdict, estimate) is jumps


def test_rounding_of_an_exact_product_is_some_ulps_and_of_a_cancelling_sum_far_more() -> None:
    product = _moved("x*y", x=3.0, y=5.0)
    assert 0 < product["x"] < 1e-14
    cancelling = _moved("(1e10 + x^2) - (1e10 + x^2) + x", x=3.0)
    assert cancelling["x"] > 1e-15


def test_rounding_leaves_the_numbers_of_the_point() -> None:
    at = parse("pi*x + e*y").evaluation()
    at.move({"x": 2.0, "y": 3.0})
    gradients, value = at.gradients(), at.root.data
    first = rounding(at, gradients)
    assert at.root.data == value
    assert at.gradients() == gradients
    assert rounding(at, gradients) == first


def _moved(text: str, **point: float) -> dict[str, float]:
    at = parse(text).evaluation()
    at.move(point)
    return rounding(at, at.gradients())
