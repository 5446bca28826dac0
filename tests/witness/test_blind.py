"""The witness for functions that can only be called, and its verdict on claims."""

from collections.abc import Callable
from math import cbrt, cos, exp, inf, nan, sin, sqrt
from random import Random

import pytest

from autodiff_cli.witness.blind import BlindClaim, BlindSlope, Obstacle, slope_of, verdict_on
from autodiff_cli.witness.finite_difference import Estimate, kink_between
from autodiff_cli.witness.judge import Verdict
from autodiff_cli.witness.noise import Noise, measured

UNIT = 2.0**-53


def found(f: Callable[[float], float], x: float) -> BlindSlope:
    scale = abs(x) or 1.0

    def call(x: float) -> float:
        try:
            return f(x)
        except (ValueError, OverflowError):
            return nan

    noise = measured(lambda share: call(x + share * scale), 2 * UNIT, UNIT)
    return slope_of(call, x, scale, noise, lambda x: x, 1e-4)


def verdict(gradient: float, slope: BlindSlope, turn: float = 0.0, rounding: float = 0.0) -> Verdict:
    return verdict_on(BlindClaim(gradient, slope, 1e-4, turn, lambda: rounding))


@pytest.mark.parametrize(
    ("f", "x", "true"),
    [
        (sin, 1.0, cos(1)),
        (exp, 1e-8, exp(1e-8)),
        (lambda x: x * x, 1e10, 2e10),
        (sin, 1e5, cos(1e5)),
        (abs, -2.0, -1.0),
    ],
)
def test_the_slope_of_a_smooth_function_is_within_its_bound(f: Callable[[float], float], x: float, true: float) -> None:
    estimate = found(f, x).estimate
    assert abs(estimate.value - true) <= estimate.bound <= 1e-5 * abs(true)


def test_noise_that_hides_the_slope_is_the_obstacle() -> None:
    draw = Random(0)
    slope = found(lambda x: exp(x) * (1 + 1e-3 * draw.gauss(0, 1)), 1.0)
    assert slope.obstacle is Obstacle.NOISE
    assert abs(slope.estimate.value - exp(1)) <= slope.estimate.bound


@pytest.mark.parametrize(
    ("f", "broken"),
    [
        (lambda x: float(x >= 0), Verdict.JUMP),
        (cbrt, Verdict.SINGULAR),
        (lambda x: sqrt(abs(x)), Verdict.SINGULAR),
        (abs, None),
    ],
    ids=["jump", "cbrt", "cusp", "kink"],
)
def test_what_has_no_slope_is_told_from_a_kink(f: Callable[[float], float], broken: Verdict | None) -> None:
    assert found(f, 0.0).broken is broken


def test_the_edge_of_a_domain_is_one_sided() -> None:
    assert found(sqrt, 0.0).obstacle is Obstacle.ONE_SIDED


@pytest.mark.parametrize(
    ("gradient", "bound", "word"),
    [
        (2.0, 1e-9, Verdict.OK),
        (2.0 + 1e-6, 1e-9, Verdict.OK),  # less than is asked for
        (2.0002, 1e-9, Verdict.MISMATCH),
        (2.0002, 1e-3, Verdict.UNSURE),  # an estimate that would let that pass
        (2.0, 1e-3, Verdict.UNSURE),
        (3.0, 1e-3, Verdict.MISMATCH),
        (nan, 1e-9, Verdict.MISMATCH),  # there is a slope
        (inf, inf, Verdict.SINGULAR),
    ],
)
def test_verdict_on_a_claim_beside_a_slope_of_2(gradient: float, bound: float, word: Verdict) -> None:
    assert verdict(gradient, BlindSlope(Estimate(2.0, bound))) is word


@pytest.mark.parametrize(
    ("gradient", "word"),
    [
        (-1.0, Verdict.KINK),
        (0.3, Verdict.KINK),
        (1.0, Verdict.KINK),
        (1.001, Verdict.MISMATCH),
        (nan, Verdict.MISMATCH),
    ],
)
def test_a_claim_at_a_kink_lies_between_the_slopes(gradient: float, word: Verdict) -> None:
    kink = kink_between(Estimate(-1.0, 1e-9), Estimate(1.0, 1e-9))
    assert verdict(gradient, BlindSlope(kink)) is word


def test_a_kink_that_may_be_beside_the_point_decides_nothing() -> None:
    kink = kink_between(Estimate(-1.0, 1e-9), Estimate(1.0, 1e-9))
    assert verdict(0.3, BlindSlope(kink, is_hidden=True)) is Verdict.UNSURE


def test_a_doubtful_estimate_accuses_nobody() -> None:
    assert verdict(3.0, BlindSlope(Estimate(2.0, 1e-9, doubtful=True))) is Verdict.UNSURE


def test_rounding_in_the_gradient_excuses_a_difference_and_decides_nothing() -> None:
    assert verdict(2.001, BlindSlope(Estimate(2.0, 1e-9)), rounding=1e-2) is Verdict.UNSURE


def test_slopes_of_a_few_ulps_are_0_and_a_claim_of_0_is_held_against_the_slope_a_step_away() -> None:
    tiny = Estimate(1e-17, 1e-16)
    assert verdict(-1e-17, BlindSlope(tiny), turn=1.0) is Verdict.OK
    assert verdict(-1e-13, BlindSlope(Estimate(-1e-13, 1e-15)), turn=1.0) is Verdict.UNSURE
    assert verdict(-1e-17, BlindSlope(tiny)) is Verdict.UNSURE
    assert verdict(0.0, BlindSlope(tiny, steepest=1.0)) is Verdict.OK
    assert verdict(0.0, BlindSlope(Estimate(1e-3, 1e-16), steepest=1.0)) is Verdict.MISMATCH


def test_a_function_that_stands_still_has_slope_0_whatever_its_noise() -> None:
    slope = slope_of(lambda x: 3.0, 1.0, 1.0, Noise([], 2.0**-24), lambda x: x, 1e-4)
    assert slope.is_still
    assert verdict(0.0, slope) is Verdict.OK
    assert verdict(1e-9, slope) is Verdict.UNSURE


def test_a_slope_too_small_to_be_seen_is_not_accused_though_far_values_are_the_same() -> None:
    slope = found(lambda x: 1 + exp(-x * x), 6.5)  # the bump at 0 lies between near steps and far ones
    assert verdict(-13 * exp(-(6.5**2)), slope) in (Verdict.OK, Verdict.UNSURE)
