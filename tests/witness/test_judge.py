"""The table of verdicts, a test a row: evidence made by hand, and the word for it."""

from collections.abc import Callable
from math import inf, nan

import pytest

from autodiff_cli.language.parser import parse
from autodiff_cli.witness.finite_difference import Estimate
from autodiff_cli.witness.judge import Evidence, Judge, Verdict, rounding, verdict_of


def evidence(
    gradient: float, value: float, bound: float = 1e-12, *, exact: float | None = None, rounded: float = 0.0
) -> Evidence:
    """A gradient beside an estimate, and what rounding may have done to it."""
    return Evidence(gradient, Estimate(value, bound), exact, lambda: rounded)


@pytest.mark.parametrize("gradient", [inf, -inf, nan])
def test_a_gradient_that_is_not_finite_is_singular(gradient: float) -> None:
    assert verdict_of(evidence(gradient, 1.0)) == (Verdict.SINGULAR, False)


def test_an_estimate_with_two_slopes_is_a_kink_whatever_the_gradient() -> None:
    kink = Estimate(0.0, 1e-12, -1.0, 1.0, kink=True)
    assert verdict_of(Evidence(1.0, kink, None, lambda: 0.0)) == (Verdict.KINK, False)
    assert verdict_of(Evidence(7.0, kink, None, lambda: 0.0)) == (Verdict.KINK, False)


@pytest.mark.parametrize(
    "found",
    [
        evidence(2.0, 2.0),
        evidence(2.0, 2.0 + 1e-11),  # nearer than estimates can be told apart
        evidence(2.0, 2.0 + 1e-8, 2e-8),
        evidence(2.0, 2.0 + 1e-8, rounded=1e-7),  # rounding explains it
        evidence(0.0, 0.0),
        evidence(0.0, 0.0, exact=0.0, rounded=1e-16),
    ],
)
def test_a_gradient_that_agrees_with_a_narrow_estimate_is_ok(found: Evidence) -> None:
    assert verdict_of(found) == (Verdict.OK, False)


def test_two_zeros_that_rounding_may_have_made_prove_nothing() -> None:
    assert verdict_of(evidence(0.0, 0.0, rounded=1e-16)) == (Verdict.UNSURE, False)


@pytest.mark.parametrize("value", [2.001, -2.0, 2.0 + 3e-7])
def test_a_visible_difference_is_a_mismatch(value: float) -> None:
    assert verdict_of(evidence(2.0, value)) == (Verdict.MISMATCH, False)


def test_a_difference_too_small_to_accuse_is_unsure() -> None:
    assert verdict_of(evidence(2.0, 2.0 + 1e-8)) == (Verdict.UNSURE, False)


def test_a_doubtful_estimate_accuses_nobody() -> None:
    doubtful = Estimate(3.0, 1e-12, doubtful=True)
    assert verdict_of(Evidence(2.0, doubtful, None, lambda: 0.0)) == (Verdict.UNSURE, False)


@pytest.mark.parametrize("value", [2.0, 2.5])
def test_a_wide_bound_is_unsure(value: float) -> None:
    assert verdict_of(evidence(2.0, value, 1.0)) == (Verdict.UNSURE, False)
    assert verdict_of(evidence(2.0, nan, inf)) == (Verdict.UNSURE, False)


def test_a_drowned_gradient_is_unsure_where_the_estimate_does_not_resolve_the_exact_one() -> None:
    assert verdict_of(evidence(5.0, 2.0, 0.1, exact=2.0, rounded=10.0)) == (Verdict.UNSURE, True)


def test_a_drowned_gradient_is_a_mismatch_where_the_exact_one_differs() -> None:
    assert verdict_of(evidence(5.0, 2.0, exact=3.0, rounded=10.0)) == (Verdict.MISMATCH, True)


def test_a_drowned_gradient_without_right_digits_is_unsure() -> None:
    assert verdict_of(evidence(5.0, 2.0, exact=2.0, rounded=10.0)) == (Verdict.UNSURE, True)


def test_a_drowned_gradient_that_kept_three_digits_is_ok() -> None:
    assert verdict_of(evidence(2.0001, 2.0, exact=2.0, rounded=10.0)) == (Verdict.OK, True)


def test_a_drowned_gradient_where_the_slope_is_zero_is_ok_within_its_rounding() -> None:
    assert verdict_of(evidence(1e-17, 0.0, 0.0, exact=0.0, rounded=1e-16)) == (Verdict.OK, True)


def test_rounding_is_asked_for_only_where_a_row_needs_it() -> None:
    def refuse() -> float:
        raise AssertionError("rounding was asked for")

    assert verdict_of(Evidence(2.0, Estimate(2.0, 1e-12), None, refuse))[0] is Verdict.OK
    assert verdict_of(Evidence(nan, Estimate(), None, refuse))[0] is Verdict.SINGULAR


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


def _judge(text: str, **point: float) -> Judge:
    at = parse(text).evaluation()
    at.move(point)
    return Judge(at, at.gradients(), at.variables)


def test_a_judge_names_the_gradients_that_lost_their_digits() -> None:
    judge = _judge("(1 - cos(x))/x^2 + y", x=1e-9, y=1.0)
    assert judge.lost == ["x"]
    assert judge.verdicts == {"x": Verdict.UNSURE, "y": Verdict.OK}


def test_a_judge_names_the_variables_at_which_the_value_jumps() -> None:
    assert _judge("floor(x) + y", x=2.0, y=1.0).jumps() == ["x"]


@pytest.mark.parametrize(("steps", "complete"), [(10, False), (10_000, True)])
def test_a_judge_is_complete_where_it_could_afford_every_variable(
    steps: int, complete: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("autodiff_cli.witness.judge._STEPS", steps)
    judge = _judge("x*y*z", x=1.0, y=2.0, z=3.0)
    assert judge.is_complete is complete


@pytest.mark.parametrize(("available", "lacks"), [(lambda: True, False), (lambda: False, True)])
def test_a_judge_says_where_balls_are_lacking(
    available: Callable[[], bool], lacks: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("autodiff_cli.exact.balls.available", available)
    assert _judge("y*(1 + a*cos(x))", y=2.0, a=1e-17, x=1.0).lacks_balls is lacks
