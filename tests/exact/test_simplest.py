"""The simplest rational of an interval, against a search through all denominators."""

from fractions import Fraction
from math import ceil, inf

import pytest

pytest.importorskip("flint")

from flint import fmpq

from autodiff_cli.exact.simplest import simplest, simplest_in

_ENDS = [(0.1, 0.12), (2.0, 2.5), (2.5, 2.75), (3.14159, 3.1416), (0.333, 0.334), (7.0, 7.0), (1e-3, 1.1e-3)]


def _searched(low: Fraction, high: Fraction) -> Fraction:
    denominator = 1
    while ceil(low * denominator) > high * denominator:
        denominator += 1
    return Fraction(ceil(low * denominator), denominator)


@pytest.mark.parametrize(("low", "high"), _ENDS)
def test_the_simplest_rational_has_the_least_denominator_in_either_order_and_with_either_sign(
    low: float, high: float
) -> None:
    expected = _searched(Fraction(low), Fraction(high))
    number = fmpq(expected.numerator, expected.denominator)
    assert simplest(low, high) == simplest(high, low) == number
    assert simplest(-low, -high) == simplest(-high, -low) == -number


@pytest.mark.parametrize(("low", "high"), [(-1.0, 2.0), (2.0, -1.0), (0.0, 0.0), (0.0, 3.0), (1.0, inf), (inf, 1.0)])
def test_an_interval_about_0_or_without_end_gives_0(low: float, high: float) -> None:
    assert simplest(low, high) == 0


def test_a_rational_that_rounds_to_both_ends_is_found() -> None:
    assert simplest_in(1 / 3, 1 / 3) == fmpq(1, 3)
