"""Decimals of which every digit is proven: of rationals, and of python-flint's balls."""

from collections.abc import Iterator
from typing import Any

_PLAIN = 1 << 16  # a ball's exponent up to which it is worked with as a rational


def precisions(first: int, most: int) -> Iterator[int]:
    """The bits to try: each twice those before, the last `most`.

    >>> list(precisions(64, 300))
    [64, 128, 256, 300]
    """
    bits = first
    while bits < most:
        yield bits
        bits *= 2
    yield most


def decimal_of(number: Any, count: int) -> tuple[str, bool]:
    """The decimal of so many digits that every number of the ball rounds to, and whether it is the number itself.

    Empty where there is no such decimal.

    >>> from flint import fmpq
    >>> decimal_of(fmpq(-2, 3), 5), decimal_of(fmpq(1, 8), 5)
    (('-0.66667', False), ('0.125', True))
    """
    number = _as_rational(number)
    if number == 0:
        return "0", True
    for exponent in _exponents(number):
        whole, is_same = _rounded(_scaled(abs(number), count - 1 - exponent))
        if whole is None:
            break
        digits = whole.str()
        if len(digits) == count or digits == f"1{'0' * count}":  # which 9.99... rounds to
            text = _written(digits[:count], int(exponent) + len(digits) - count, is_same)
            return (f"-{text}" if number < 0 else text), is_same
    return "", False


def _as_rational(number: Any) -> Any:
    """A ball without a radius as a rational; any other number as it is."""
    from flint import arb, fmpq

    if isinstance(number, arb) and number.is_exact():
        man, exp = number.man_exp()
        if abs(exp) <= _PLAIN:
            return fmpq(man) * fmpq(2) ** int(exp)
    return number


def _exponents(number: Any) -> tuple[Any, ...]:
    """What the power of ten of the first digit may be, the likeliest first; nothing where it may be any."""
    from flint import arb

    size = abs(arb(number))
    if size.contains(0):
        return ()
    first = (size.log() / arb(10).log()).mid().floor().unique_fmpz()
    return () if first is None else (first, first - 1, first + 1)


def _scaled(number: Any, power: Any) -> Any:
    """The number times a power of ten."""
    from flint import fmpq

    if isinstance(number, fmpq):
        return number * fmpq(10) ** int(power)
    return number * type(number)(10) ** power


def _rounded(number: Any) -> tuple[Any, bool]:
    """The whole number nearest to it, and whether it is that; None where the ball does not decide."""
    from flint import fmpq

    if not isinstance(number, fmpq):
        return (number + 0.5).floor().unique_fmpz(), False
    up = (2 * number + 1) / 2
    whole = up.floor()
    if up == whole and whole % 2 == 1:  # a tie goes to the even one
        whole -= 1
    return whole, whole == number


def _written(digits: str, power: int, exactly: bool) -> str:
    """Digits as a decimal, the first of them standing for that power of ten.

    >>> _written("12500", 1, exactly=True), _written("12500", -3, exactly=False), _written("125", 30, exactly=True)
    ('12.5', '0.0012500', '1.25e30')
    """
    count = len(digits)
    if exactly:
        digits = digits.rstrip("0")
    if -6 < power < 0:
        return f"0.{'0' * (-power - 1)}{digits}"
    if 0 <= power < count:
        return _with_point(digits.ljust(power + 1, "0"), power + 1)
    return f"{_with_point(digits, 1)}e{power}"


def _with_point(digits: str, place: int) -> str:
    """Digits with a point after so many of them, if any are left."""
    fraction = digits[place:]
    return f"{digits[:place]}.{fraction}" if fraction else digits


def bound_of(number: Any) -> str:
    """A power of ten that is greater than the size of a number close to 0; empty where it is not close."""
    from flint import arb

    ball = arb(number)
    size = abs(ball).upper()
    if not ball.contains(0) or not 0 < size < arb(2) ** -64:
        return ""
    return f"1e{(size.log() / arb(10).log()).upper().ceil().unique_fmpz()}"
