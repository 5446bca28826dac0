"""The simplest rational of an interval, where a root may be exact."""

from fractions import Fraction
from math import isfinite
from typing import Any

from flint import fmpq


def simplest(low: float, high: float) -> Any:
    """The rational of the least denominator between two floats (Stern and Brocot's tree)."""
    if not (isfinite(low) and isfinite(high)):
        return fmpq(0)
    if low <= 0 <= high:
        return fmpq(0)
    if high < 0:
        return -simplest(-high, -low)
    found = between(Fraction(low), Fraction(high))
    return fmpq(found.numerator, found.denominator)


def between(low: Fraction, high: Fraction) -> Fraction:
    """The simplest fraction between two positive ones, by their continued fractions."""
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
