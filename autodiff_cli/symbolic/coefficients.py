"""Coefficients: exact numbers. Whole ones are ints, others are fractions, and what comes of decimals stays decimal."""

from contextlib import suppress
from fractions import Fraction
from functools import lru_cache
from math import gcd, isqrt, lcm
from operator import attrgetter
from typing import TypeVar

DIGITS = 10**16  # the most that a decimal number may have above or below the line; more stays two numbers
_RANGE = 10**300  # so that a float can be it
_POWER = 64  # the highest power of a number that is computed

Number = int | Fraction
_Key = TypeVar("_Key")
HALF = Fraction(1, 2)


class Decimal(Fraction):
    """A fraction that was typed as a decimal number, and is printed as one where that is exact."""

    __slots__ = ()


def normalized(number: Number, *made_of: Number) -> Number:
    """A number computed from others: whole numbers are ints, and what comes of decimals is a decimal.

    6/3 is the int 2; of the decimal 0.5 and 1/3, 0.5/3 is a decimal.
    """
    if number.denominator == 1 and -DIGITS < number < DIGITS:
        return int(number)
    is_decimal = Decimal in map(type, made_of)
    return Decimal(number) if is_decimal else number


def is_whole(number: Number) -> bool:
    """Whether a number is a whole one, of whatever kind."""
    return number.denominator == 1


@lru_cache(maxsize=1024)  # a formula has few numbers, each often
def typed(text: str) -> Number:
    """A number as it was typed: "0.25" is a decimal, "3.0" the int 3."""
    number = Decimal(text)
    return normalized(number, number)


def times(a: Number, b: Number) -> Number:
    return a * b if a.__class__ is b.__class__ is int else normalized(a * b, a, b)


def plus(a: Number, b: Number) -> Number:
    return a + b if a.__class__ is b.__class__ is int else normalized(a + b, a, b)


def add_to(totals: dict[_Key, Number], key: _Key, number: Number) -> None:
    """Add a number to what there is of a key."""
    totals[key] = plus(totals[key], number) if key in totals else number


def size_of(number: Number) -> Number:
    """The absolute value."""
    return times(-1, number) if number < 0 else number


def reciprocal(number: Number) -> Number:
    """One over the number."""
    return normalized(Fraction(1) / number, number)


def exact_power(number: Number, exponent: Number) -> Number | None:
    """A power, where it is exact and short: 2^3 is 8, 4^(1/2) is 2, and 2^(1/2) is None."""
    if number in (1, -1) and is_whole(exponent):
        return 1 if exponent % 2 == 0 else number
    root = _root(number, exponent.denominator)
    if root is None or size_of(exponent) > _POWER:
        return None
    with suppress(ZeroDivisionError):  # 1/0
        return if_short(normalized(root**exponent.numerator, number))
    return None


def _root(number: Number, degree: int) -> Fraction | None:
    """The first or second root of a number, where it is a fraction: of 4/9 the second is 2/3."""
    if degree == 1:
        return Fraction(number)
    root = Fraction(isqrt(abs(number.numerator)), isqrt(number.denominator))
    is_second = degree == 2 and 0 < root * root == number
    return root if is_second else None


def short(number: Number) -> bool:
    """Whether the number can be written out."""
    above, below = abs(number.numerator), number.denominator
    if above < DIGITS > below:
        return True
    if not above < _RANGE > below:
        return False
    return not isinstance(number, Decimal) or max(_significant(above), _significant(below)) < DIGITS


def if_short(number: Number) -> Number | None:
    """The number, where it can be written out."""
    return number if short(number) else None


def _significant(whole: int) -> int:
    """The digits of a whole number without the zeros at its end."""
    return int(str(whole).rstrip("0") or 0)


def common_factor(numbers: list[Number]) -> Number:
    """The greatest number that all are whole multiples of, as 1/2 of 3/2 and 2; negative where all are."""
    above = gcd(*map(attrgetter("numerator"), numbers))
    below = lcm(*map(attrgetter("denominator"), numbers))
    common = normalized(Fraction(above, below), *numbers)
    return -common if max(numbers) < 0 else common


def text_length(numbers: list[Number]) -> int:
    """How long coefficients are in text; 1 and -1 are not written: of [1, -20] it is 5."""
    sizes = map(size_of, numbers)
    written = [str(size) for size in sizes if size != 1]
    return len("".join(written)) + 3 * len(written)


def quotient_text(size: Number) -> tuple[str, str]:
    """A positive number, to all digits, above and below a line: 2/3 is ("2", "3"), the decimal 0.25 ("0.25", "1")."""
    if not isinstance(size, Decimal):
        return str(size.numerator), str(size.denominator)
    under = size.denominator
    for prime in (2, 5):  # what divides no power of ten stays below the line
        while under % prime == 0:
            under //= prime
    return _decimal_text(size * under), str(under)


def _decimal_text(number: Fraction) -> str:
    """A number with an end, as Python writes floats."""
    ten = len(str(number.denominator)) - 1
    while (above := number * 10**ten).denominator != 1:
        ten += 1
    digits = str(above.numerator)
    point = len(digits) - ten  # where it stands
    if not -4 < point <= 16:
        digits = digits.rstrip("0")
        return f"{digits[0]}{'.' * (len(digits) > 1)}{digits[1:]}e{point - 1:+03d}"
    if ten == 0:
        return digits
    return f"{digits[:point]}.{digits[point:]}" if point > 0 else f"0.{'0' * -point}{digits}"
