"""The points of a range with a step, as floats that are what was meant."""

from collections.abc import Callable
from fractions import Fraction
from math import lcm
from typing import Any

_NEAR = 1e-9  # of a step: nearer than that to a point of the range its end is one
_EXACT = 2**53  # whole numbers up to there are floats


def steps(low: float, high: float, step: float) -> tuple[int, Callable[[Any], Any]]:
    """How many points there are from `low` to `high`, and a function of their indices: numbers or arrays of them.

    0:1:0.1 has 0.3 in it, and no sum of three tenths: points of decimals are the floats nearest to the decimals.
    """
    first, last, by = (Fraction(repr(number)) for number in (low, high, step))
    count = int((last - first) // by) + 1
    if count > _EXACT:  # no run makes so many; a float may not even hold the quotient
        return count, lambda index: low + step * index
    nearest = round((high - low) / step)
    if (last - first) % by and nearest and abs(high - low - step * nearest) <= _NEAR * step:  # 0:pi:pi/4 ends at pi
        return nearest + 1, lambda index: (low * (nearest - index) + high * index) / nearest
    scale = lcm(first.denominator, by.denominator)
    start, stride = int(first * scale), int(by * scale)
    if max(abs(start), abs(start + stride * count)) < _EXACT and _is_float(scale):  # the division alone rounds
        return count, lambda index: (start + stride * index) / scale
    return count, lambda index: low + step * index


def _is_float(number: int) -> bool:
    """Whether a float holds a whole number."""
    return number.bit_length() < 1024 and int(float(number)) == number
