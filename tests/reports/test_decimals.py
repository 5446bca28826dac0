"""Decimals whose every digit is proven, of rationals and of balls."""

import pytest

flint = pytest.importorskip("flint")

from autodiff_cli.reports.decimals import bound_of, decimal_of, precisions  # noqa: E402


@pytest.mark.parametrize(
    ("number", "count", "text", "is_exact"),
    [
        ((1, 8), 3, "0.125", True),
        ((1, 8), 2, "0.12", False),  # a tie goes to the even one
        ((3, 8), 2, "0.38", False),
        ((-2, 3), 5, "-0.66667", False),
        ((999999, 1000), 3, "1.00e3", False),  # it rounds to a power of ten
        ((1999, 2), 3, "1.00e3", False),
        ((10**30, 1), 5, "1e30", True),
        ((1, 10**5), 3, "0.00001", True),
        ((1, 10**6), 3, "1e-6", True),
        ((123456, 1), 3, "1.23e5", False),
        ((120, 1), 3, "120", True),
        ((0, 1), 3, "0", True),
    ],
)
def test_a_rational_is_rounded_to_so_many_digits_or_exact(
    number: tuple[int, int], count: int, text: str, is_exact: bool
) -> None:
    assert decimal_of(flint.fmpq(*number), count) == (text, is_exact)


def test_a_ball_has_digits_that_all_its_numbers_round_to() -> None:
    assert decimal_of(flint.arb("0.123456 +/- 1e-9"), 5) == ("0.12346", False)
    assert decimal_of(flint.arb("0.123455 +/- 1e-9"), 5) == ("", False)  # some go up and some go down
    assert decimal_of(flint.arb("0 +/- 1e-30"), 5) == ("", False)


def test_a_ball_without_a_radius_is_the_number_itself() -> None:
    assert decimal_of(flint.arb(0.375), 5) == ("0.375", True)


@pytest.mark.parametrize(
    ("ball", "bound"), [("0 +/- 3e-25", "1e-24"), ("0 +/- 1e-3", ""), ("1 +/- 1e-30", ""), ("2e-30 +/- 3e-30", "1e-29")]
)
def test_how_near_to_0_a_number_is_known_to_be(ball: str, bound: str) -> None:
    assert bound_of(flint.arb(ball)) == bound


@pytest.mark.parametrize(
    ("first", "most", "bits"), [(64, 300, [64, 128, 256, 300]), (64, 64, [64]), (50, 100, [50, 100])]
)
def test_the_precisions_to_try_end_with_the_most(first: int, most: int, bits: list[int]) -> None:
    assert [*precisions(first, most)] == bits
