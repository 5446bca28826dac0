"""The simplest rational of an interval, where a root may be exact."""

from fractions import Fraction
from math import inf, isfinite, nextafter
from typing import Any

from flint import fmpq


def simplest(a: float, b: float) -> Any:
    """The rational of the least denominator between two floats, whichever is the lower (Stern and Brocot's tree)."""
    low, high = min(a, b), max(a, b)
    if not (isfinite(low) and isfinite(high)):
        return fmpq(0)
    if low <= 0 <= high:
        return fmpq(0)
    sign = 1 if low > 0 else -1
    found = _between(*sorted([Fraction(abs(low)), Fraction(abs(high))]))
    return fmpq(sign * found.numerator, found.denominator)


def simplest_in(low: float, high: float) -> Any:
    """The simplest rational of a piece, its ends included, and the numbers that round to them."""
    return simplest(nextafter(low, -inf), nextafter(high, inf))


def _between(low: Fraction, high: Fraction) -> Fraction:
    """The simplest fraction between two positive ones, the lower first, by their continued fractions."""
    wholes: list[int] = []
    while True:
        whole = -(-low.numerator // low.denominator)
        if whole <= high:
            break
        wholes.append(whole - 1)
        low, high = 1 / (high - (whole - 1)), 1 / (low - (whole - 1))
    found = Fraction(whole)
    for before in reversed(wholes):
        found = before + 1 / found
    return found
