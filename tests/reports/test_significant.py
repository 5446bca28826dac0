"""Numbers to the digits that mean something."""

from math import inf

import pytest

from autodiff_cli.reports.significant import between, percent, sigma_text, to_its_spread, with_sigma


@pytest.mark.parametrize(
    ("value", "sigma", "digits", "text"),
    [
        (9.802152, 0.0578935, 2, "9.802 ± 0.058"),
        (9.802152, 0.0578935, 3, "9.8022 ± 0.0579"),
        (1.0, 0.0996, 2, "1.00 ± 0.10"),  # it is rounded first, and has two digits then
        (6.6743e-11, 1.5e-15, 2, "(6.67430 ± 0.00015)e-11"),
        (101325.0, 250.0, 2, "(1.0132 ± 0.0025)e5"),
        (0.0, 0.5, 2, "0.00 ± 0.50"),
        (-0.001, 0.5, 2, "0.00 ± 0.50"),  # without a minus
        (0.02, 3.0, 2, "0.0 ± 3.0"),
        (24.0, 12.0, 2, "24 ± 12"),
        (24.0, 0.0, 2, "24 ± 0"),
        (10.05762, 0.027, 2, "10.058 ± 0.027"),  # JCGM 100:2008, 7.2.6
        (0.0, 28.05, 2, "0 ± 28"),
        (0.827, 0.119, 2, "0.83 ± 0.12"),  # the Particle Data Group's example, where it keeps two digits too
        (0.827, 0.367, 2, "0.83 ± 0.37"),
        (0.827, 0.996, 2, "0.8 ± 1.0"),
        (1e300, 1e290, 2, "(1.00000000000 ± 0.00000000010)e300"),
    ],
)
def test_a_value_ends_where_its_uncertainty_does(value: float, sigma: float, digits: int, text: str) -> None:
    assert with_sigma(value, sigma, digits) == text


@pytest.mark.parametrize(
    ("sigma", "text"), [(0.0563990, "0.0564"), (0.01, "0.0100"), (1.2e-15, "1.20e-15"), (0.0, "0"), (123.4, "123")]
)
def test_an_uncertainty_alone_keeps_the_zeros_that_mean_something(sigma: float, text: str) -> None:
    assert sigma_text(sigma) == text


@pytest.mark.parametrize(
    ("low", "high", "text"),
    [
        (1.64872, 4.48169, "[1.65, 4.48]"),
        (0.0004, 0.01987, "[0.0004, 0.0199]"),
        (1.0, 1.0, "[1, 1]"),
        (5.2134e173, inf, "[5.21e+173, inf]"),
    ],
)
def test_an_interval_has_three_digits_of_its_width(low: float, high: float, text: str) -> None:
    assert between(low, high) == text


@pytest.mark.parametrize(("share", "text"), [(0.00590, "0.59 %"), (0.0578, "5.8 %"), (1.0, "100 %"), (1.5, "150 %")])
def test_a_percentage_has_two_digits(share: float, text: str) -> None:
    assert percent(share) == text


@pytest.mark.parametrize(
    ("value", "spread", "text"),
    [
        (2.718, 2.83, "2.72"),
        (2.718e-5, 2.83e-5, "2.72e-5"),
        (2.718e9, 2.83e9, "2.72e9"),
        (0.0, 8e-5, "0.00"),
        (1.0003e-5, 3e-9, "1.000300e-5"),
        (float("inf"), 1.0, "inf"),
        (5.0, 0.0, "5"),
    ],
)
def test_a_value_without_its_sigma_keeps_its_power_of_ten(value: float, spread: float, text: str) -> None:
    assert to_its_spread(value, spread) == text
