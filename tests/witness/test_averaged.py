"""Fits through noise: the slope within their bound, a kink as such, and nothing where the curve is no polynomial."""

from math import cos, exp, sin
from random import Random

import pytest

from autodiff_cli.witness.averaged import averaged


def found(f, x: float, noise: float):  # type: ignore[no-untyped-def]
    return averaged(f, x, 1.0, lambda step, value: 2 * noise, lambda x: x, 1e-4)


@pytest.mark.parametrize("seed", range(10))
def test_the_slope_is_within_the_bound(seed: int) -> None:
    draw = Random(seed)
    estimate = found(lambda x: sin(x) + draw.gauss(0, 1e-6), 0.7, 1e-6)
    assert abs(estimate.value - cos(0.7)) <= estimate.bound < 1e-4


def test_a_kink_has_the_slope_of_each_side() -> None:
    draw = Random(0)
    estimate = found(lambda x: abs(x) + exp(x) + draw.gauss(0, 1e-8), 0.0, 1e-8)
    assert estimate.kink
    assert (estimate.left, estimate.right) == (pytest.approx(0, abs=1e-4), pytest.approx(2, abs=1e-4))


def test_what_no_polynomial_fits_has_no_slope() -> None:
    assert not found(lambda x: sin(1e4 * x), 1.0, 1e-9).has_settled
