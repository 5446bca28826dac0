"""The noise of a function from its values: of smooth ones, of rounding, of random numbers."""

from math import exp, sin
from random import Random

import pytest

from autodiff_cli.witness.noise import Noise, measured, noise_of

DOUBLE, SINGLE = 2.0**-53, 2.0**-24


def test_a_polynomial_has_no_noise() -> None:
    assert noise_of([3.0 * k**3 - k for k in range(8)]) == 0


@pytest.mark.parametrize("seed", range(5))
def test_random_numbers_have_the_noise_that_they_are_made_with(seed: int) -> None:
    draw = Random(seed)
    values = [0.5 * k * k + draw.gauss(0, 1e-3) for k in range(8)]
    assert 2e-4 < noise_of(values) < 4e-3


def test_values_outside_a_domain_have_no_noise() -> None:
    assert noise_of([1.0, 2.0, float("nan"), 1.0, 3.0, 1.0, 2.0, 1.0]) == 0


def test_rounding_is_noise_of_the_size_of_an_ulp() -> None:
    noise = measured(lambda share: exp(1 + share), 2 * DOUBLE, DOUBLE)
    assert 0 < noise.small_scale < 1e-15


@pytest.mark.parametrize("rate", [1e8, 1e10, 3e9])
def test_what_oscillates_is_noise_to_steps_that_are_far_wider(rate: float) -> None:
    noise = measured(lambda share: exp(1 + share) + 1e-8 * sin(rate * share), 2 * DOUBLE, DOUBLE)
    assert noise.at(0.1, exp(1)) > 1e-8
    assert noise.at(1e-13, exp(1)) < 1e-14  # and none to those that are finer


@pytest.mark.parametrize("f", [lambda share: abs(share), lambda share: float(share > 0)], ids=["kink", "jump"])
def test_a_kink_or_a_jump_at_the_point_is_no_noise(f) -> None:  # type: ignore[no-untyped-def]
    assert measured(f, 2 * DOUBLE, DOUBLE).small_scale < 1e-15


def test_noise_grows_with_the_values() -> None:
    draw = Random(1)
    noise = measured(lambda share: exp(share) * (1 + 1e-6 * draw.gauss(0, 1)), 2 * DOUBLE, DOUBLE)
    assert noise.at(0.1, 1e6) > 1e5 * noise.at(0.1, 1.0)


def test_values_of_single_precision_are_off_by_half_an_ulp_at_least() -> None:
    assert Noise([], SINGLE).at(0.1, 3.0) == 3 * SINGLE
