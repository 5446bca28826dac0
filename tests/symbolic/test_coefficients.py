"""Exact numbers: what kind they are of, their powers, common factors and texts."""

from fractions import Fraction
from math import gcd

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mpmath import mp, mpf

from autodiff_cli.symbolic.coefficients import (
    DIGITS,
    Decimal,
    Number,
    add_to,
    common_factor,
    exact_power,
    normalized,
    plus,
    quotient_text,
    reciprocal,
    short,
    size_of,
    text_length,
    times,
    typed,
)

from .values import exact

WHOLE = st.integers(-(10**6), 10**6)
FRACTIONS = st.fractions(-1000, 1000, max_denominator=1000)
DECIMALS = st.decimals(-1000, 1000, places=4).map(lambda x: typed(str(x)))
NUMBERS: st.SearchStrategy[Number] = st.one_of(WHOLE, FRACTIONS.map(normalized), DECIMALS)
HALVES = st.integers(-12, 12).map(lambda n: normalized(Fraction(n, 2)))


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        (typed("3"), int),
        (typed("3.0"), int),
        (typed("0.25"), Decimal),
        (typed("1e20"), Decimal),  # too long for a whole number, so that it keeps its form
        (normalized(Fraction(6, 3)), int),
        (normalized(Fraction(1, 3)), Fraction),
        (times(Fraction(1, 3), 3), int),
        (times(Fraction(1, 3), typed("0.5")), Decimal),
        (times(typed("0.5"), 2), int),
        (plus(typed("0.5"), 1), Decimal),
        (plus(Fraction(1, 2), Fraction(1, 2)), int),
        (reciprocal(4), Fraction),
        (reciprocal(typed("0.5")), int),
        (size_of(typed("-0.5")), Decimal),
    ],
)
def test_kind_of_a_number_is_that_of_what_it_comes_from(number: Number, kind: type) -> None:
    assert type(number) is kind


@given(NUMBERS, NUMBERS)
def test_sums_and_products_are_exact(a: Number, b: Number) -> None:
    assert plus(a, b) == Fraction(a) + Fraction(b)
    assert times(a, b) == Fraction(a) * Fraction(b)
    assert size_of(a) == abs(Fraction(a))


def test_totals_add_up_by_their_keys() -> None:
    totals: dict[str, Number] = {}
    for key, number in (("x", 1), ("y", Fraction(1, 2)), ("x", 3), ("y", Fraction(1, 2))):
        add_to(totals, key, number)
    assert totals == {"x": 4, "y": 1}
    assert list(totals) == ["x", "y"]


@given(NUMBERS, HALVES)
def test_power_is_exact_or_none(number: Number, exponent: Number) -> None:
    raised = exact_power(number, exponent)
    if raised is not None:
        with mp.workdps(400):
            true = mp.power(exact(number), exact(exponent))
            assert abs(exact(raised) - true) <= abs(true) * mpf(10) ** -350


@pytest.mark.parametrize(
    ("number", "exponent", "raised"),
    [
        (2, 10, 1024),
        (2, -2, Fraction(1, 4)),
        (-2, 3, -8),
        (-1, 10**30 + 1, -1),
        (-1, 10**30, 1),
        (1, Fraction(1, 2), 1),
        (1, Fraction(7, 2), 1),
        (4, Fraction(1, 2), 2),
        (4, Fraction(-3, 2), Fraction(1, 8)),
        (Fraction(4, 9), Fraction(1, 2), Fraction(2, 3)),
        (typed("0.25"), Fraction(1, 2), typed("0.5")),
        (0, 0, 1),
        (0, 3, 0),
        # no fraction, or no short one
        (2, Fraction(1, 2), None),
        (8, Fraction(1, 3), None),
        (-4, Fraction(1, 2), None),
        (-1, Fraction(1, 2), None),
        (0, -1, None),
        (0, Fraction(-1, 2), None),
        (2, 65, None),
        (10**20, 30, None),
    ],
)
def test_power_of_a_number_is_exact_where_it_is_short(number: Number, exponent: Number, raised: Number | None) -> None:
    assert exact_power(number, exponent) == raised


@pytest.mark.parametrize(
    ("number", "is_short"),
    [
        (DIGITS - 1, True),
        (10**299, True),
        (10**300, False),
        (Fraction(1, 10**300), False),
        (Fraction(10**20 + 1, 3), True),
        (Decimal(10**20 + 1, 3), False),  # as a decimal it would lose digits
        (Decimal(10**20), True),
        (Decimal("0.1234567890123456"), True),
        (Decimal("0.12345678901234567"), False),
    ],
)
def test_short_numbers_are_those_that_can_be_written_out(number: Number, is_short: bool) -> None:
    assert short(number) is is_short


@pytest.mark.parametrize(
    ("numbers", "common"),
    [
        ([4, 6], 2),
        ([-4, -6], -2),
        ([-4, 6], 2),
        ([Fraction(3, 2), 2], Fraction(1, 2)),
        ([Fraction(1, 2), Fraction(1, 3)], Fraction(1, 6)),
        ([5], 5),
        ([-1, -1], -1),
    ],
)
def test_common_factor_of_some_numbers(numbers: list[Number], common: Number) -> None:
    assert common_factor(numbers) == common


@given(st.lists(NUMBERS.filter(bool), min_size=1, max_size=5))
def test_common_factor_is_the_greatest(numbers: list[Number]) -> None:
    quotients = [Fraction(number) / Fraction(common_factor(numbers)) for number in numbers]
    assert {quotient.denominator for quotient in quotients} == {1}
    assert gcd(*map(int, quotients)) == 1
    assert (common_factor(numbers) < 0) == all(number < 0 for number in numbers)


def test_text_length_counts_what_is_written() -> None:
    assert text_length([1, -1]) == 0
    assert text_length([2]) < text_length([20]) < text_length([20, 20])
    assert text_length([-20]) == text_length([20])


@pytest.mark.parametrize(
    ("number", "texts"),
    [
        (7, ("7", "1")),
        (Fraction(2, 3), ("2", "3")),
        (typed("0.25"), ("0.25", "1")),
        (typed("0.0001"), ("0.0001", "1")),
        (typed("0.00001"), ("1e-05", "1")),
        (typed("123456.789"), ("123456.789", "1")),
        (typed("1e20"), ("1e+20", "1")),
        (typed("2.5e20"), ("2.5e+20", "1")),
        (times(typed("0.5"), Fraction(1, 3)), ("0.5", "3")),
        (times(typed("2.5"), Fraction(1, 7)), ("2.5", "7")),
    ],
)
def test_text_of_a_number_above_and_below_a_line(number: Number, texts: tuple[str, str]) -> None:
    assert quotient_text(number) == texts


@given(NUMBERS.filter(lambda x: x > 0))
def test_text_of_a_number_has_all_its_digits(number: Number) -> None:
    over, under = quotient_text(number)
    assert Fraction(over) / Fraction(under) == number
    assert under == "1" or "." not in under


@given(st.floats(1e-300, 1e300))
def test_decimals_are_written_as_python_writes_floats(data: float) -> None:
    over, under = quotient_text(Decimal(repr(data)))
    assert (over, under) == (repr(data).removesuffix(".0"), "1")
