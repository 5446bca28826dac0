"""Kernels for intervals, many at a time: arrays of lower and of upper ends, rounded outwards.

Sums, products, quotients and square roots of IEEE 754 are within half an ulp, so that the next float is a bound.
NumPy's functions are documented to be within 4 ulp; a bound lies `_WIDER` beyond what they give. What NumPy has not is
computed over balls (python-flint), one after the other. An interval holds all values that there are: of sqrt over
[-1, 4] it is [0, 2]. Where nothing is known it is the whole line (Moore, Kearfott, Cloud, Introduction to Interval
Analysis, 2009; Hansen and Walster, Global Optimization Using Interval Analysis, 2004).
"""

from collections.abc import Callable
from functools import reduce
from math import ceil, inf, pi
from typing import Any

import numpy as np

from autodiff_cli.rules.kernels.floats import SPECIAL

Array = np.ndarray[Any, np.dtype[np.float64]]
Mask = np.ndarray[Any, np.dtype[np.bool_]]
Kernel = Callable[..., Any]

_WIDER = 1e-15  # of a bound: more than 4 ulp
_LEAST = 5e-324
_TURNS = 1e12  # beyond which sine and cosine are only said to lie between -1 and 1
_HALF_TURN = 3.1415926535897936  # above pi
_REPEATED = 1024  # the largest whole exponent


class Interval:
    """Intervals, with the lower and the upper end of each; operators as the formulas of the table have them."""

    __slots__ = ("high", "low")
    __array_ufunc__ = None

    def __init__(self, low: Any, high: Any) -> None:
        self.low: Array = np.asarray(low, float)
        self.high: Array = np.asarray(high, float)

    def __add__(self, other: Any) -> "Interval":
        return _sum(self, of(other))

    def __radd__(self, other: Any) -> "Interval":
        return self if isinstance(other, int) and other == 0 else _sum(of(other), self)

    def __sub__(self, other: Any) -> "Interval":
        return _sum(self, -of(other))

    def __rsub__(self, other: Any) -> "Interval":
        return _sum(of(other), -self)

    def __mul__(self, other: Any) -> "Interval":
        return _product(self, self if other is self else of(other))

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> "Interval":
        return _quotient(self, of(other))

    def __rtruediv__(self, other: Any) -> "Interval":
        return _quotient(of(other), self)

    def __neg__(self) -> "Interval":
        return Interval(-self.high, -self.low)

    def __and__(self, other: "Interval") -> "Interval":
        return Interval(np.minimum(self.low, other.low), np.minimum(self.high, other.high))

    def __or__(self, other: "Interval") -> "Interval":
        return Interval(np.maximum(self.low, other.low), np.maximum(self.high, other.high))

    def contains(self, number: Any) -> Any:
        """Whether each holds a number."""
        return (self.low <= number) & (number <= self.high)

    @property
    def size(self) -> Array:
        """The greatest distance from 0."""
        return np.asarray(np.maximum(abs(self.low), abs(self.high)))

    @property
    def is_point(self) -> Any:
        """Whether each is one number."""
        return self.low == self.high

    @property
    def is_finite(self) -> Any:
        """Whether both ends of each are."""
        return np.isfinite(self.low) & np.isfinite(self.high)


def of(number: Any) -> Interval:
    """A number as an interval; an interval as it is."""
    return number if isinstance(number, Interval) else Interval(number, number)


def hull(a: Interval, b: Interval) -> Interval:
    """The least interval that holds both."""
    return Interval(np.minimum(a.low, b.low), np.maximum(a.high, b.high))


def outwards(low: Any, high: Any) -> Interval:
    """Bounds of what is within half an ulp of these; where they are no numbers, the whole line."""
    low, high = np.nextafter(low, -inf), np.nextafter(high, inf)
    return Interval(np.where(np.isnan(low), -inf, low), np.where(np.isnan(high), inf, high))


def _widened(low: Any, high: Any, least: float = -inf, most: float = inf) -> Interval:
    """Bounds of what a function of NumPy's gives, which lies between two numbers."""
    low, high = low - abs(low) * _WIDER - _LEAST, high + abs(high) * _WIDER + _LEAST
    return Interval(
        np.maximum(np.where(np.isnan(low), -inf, low), least), np.minimum(np.where(np.isnan(high), inf, high), most)
    )


def _sum(a: Interval, b: Interval) -> Interval:
    low, high = a.low + b.low, a.high + b.high
    found = outwards(low, high)
    return Interval(
        np.where(_is_exact(a.low, b.low, low), low, found.low),
        np.where(_is_exact(a.high, b.high, high), high, found.high),
    )


def _is_exact(a: Array, b: Array, total: Array) -> Mask:
    """Whether a sum was not rounded (Knuth, TAOCP 4.2.2, theorem B)."""
    part = total - a
    return np.asarray((a - (total - part)) + (b - part) == 0)


def _product(a: Interval, b: Interval) -> Interval:
    if a is b:
        return _square(a)
    ends = [x * y for x in (a.low, a.high) for y in (b.low, b.high)]
    ends = [np.where(np.isnan(end), 0.0, end) for end in ends]  # 0 times infinity
    return _signed(reduce(np.minimum, ends), reduce(np.maximum, ends), a, b)


def _signed(low: Any, high: Any, a: Interval, b: Interval) -> Interval:
    """The bounds of a product or quotient; one is 0 only where all are of one sign."""
    found = outwards(low, high)
    is_positive = ((a.low >= 0) & (b.low >= 0)) | ((a.high <= 0) & (b.high <= 0))
    is_negative = ((a.low >= 0) & (b.high <= 0)) | ((a.high <= 0) & (b.low >= 0))
    return Interval(
        np.where(is_positive, np.maximum(found.low, 0.0), found.low),
        np.where(is_negative, np.minimum(found.high, 0.0), found.high),
    )


def _square(a: Interval) -> Interval:
    least, most = _distances(a)
    found = outwards(least * least, most * most)
    return Interval(np.maximum(found.low, 0.0), found.high)


def _distances(a: Interval) -> tuple[Array, Array]:
    """The least and greatest distance from 0."""
    return np.asarray(np.where(a.contains(0), 0.0, np.minimum(abs(a.low), abs(a.high)))), a.size


def _quotient(a: Interval, b: Interval) -> Interval:
    if a is b:
        return Interval(np.ones_like(a.low), np.ones_like(a.low))
    ends = [x / y for x in (a.low, a.high) for y in (b.low, b.high)]
    low, high = reduce(np.minimum, ends), reduce(np.maximum, ends)
    found = _signed(low, high, a, b)
    if not b.contains(0).any():
        return found
    # At an edge of 0 it grows to one side alone
    nearest_low, nearest_high = np.where(a.low >= 0, a.low, -inf), np.where(a.high <= 0, a.high, inf)
    from_right = (b.low == 0) & (b.high > 0)
    from_left = (b.high == 0) & (b.low < 0)
    right = outwards(nearest_low / b.high, nearest_high / b.high)
    left = outwards(nearest_high / b.low, nearest_low / b.low)
    is_positive, is_negative = a.low >= 0, a.high <= 0
    low = np.where(from_right & is_positive, np.maximum(right.low, 0.0), -inf)
    high = np.where(from_right & is_negative, np.minimum(right.high, 0.0), inf)
    low = np.where(from_left & is_negative, np.maximum(left.low, 0.0), low)
    high = np.where(from_left & is_positive, np.minimum(left.high, 0.0), high)
    return Interval(np.where(b.contains(0), low, found.low), np.where(b.contains(0), high, found.high))


# --- powers ----------------------------------------------------------------------------------------------------------


def _pow(x: Any, p: Any) -> Interval:
    base, power = of(x), of(p)
    exponents = np.unique(power.low)
    if power.is_point.all() and len(exponents) == 1:
        return _fixed_power(base, float(exponents[0]), power)
    exp, log = KERNELS["exp"], KERNELS["log"]
    found = exp(power * log(Interval(np.maximum(base.low, 0.0), base.high)))
    from_0 = exp(power * log(Interval(base.high, base.high)))  # at 0 it is 0, and it rises from there
    is_known, is_from_0 = base.low > 0, (base.low == 0) & (power.low > 0)
    high = np.where(is_known, found.high, np.where(is_from_0, from_0.high, inf))
    return Interval(np.where(is_known, found.low, np.where(base.low >= 0, 0.0, -inf)), high)


def _fixed_power(base: Interval, exponent: float, power: Interval) -> Interval:
    if exponent == 2:
        return _square(base)
    if exponent == ceil(exponent) and abs(exponent) <= _REPEATED:
        if exponent < 0:
            return _quotient(of(1.0), _fixed_power(base, -exponent, -power))
        least, most = _distances(base)
        if exponent % 2 == 0:
            return _widened(least**exponent, most**exponent, least=1.0 if exponent == 0 else 0.0)
        return _toward(base, lambda end: np.sign(end) * abs(end) ** exponent)
    inside = Interval(np.maximum(base.low, 0.0), np.maximum(base.high, 0.0))
    if exponent > 0:
        return _widened(inside.low**exponent, inside.high**exponent, least=0.0)
    return _widened(inside.high**exponent, inside.low**exponent, least=0.0)


def _toward(x: Interval, function: Kernel, least: float = -inf, most: float = inf) -> Interval:
    """What rises from end to end, and is 0 at 0."""
    low, high = function(x.low), function(x.high)
    found = _widened(low, high, least, most)
    return Interval(
        np.where(x.low >= 0, np.maximum(found.low, 0.0), found.low),
        np.where(x.high <= 0, np.minimum(found.high, 0.0), found.high),
    )


def _hypot(a: Any, b: Any) -> Interval:
    (x, most_x), (y, most_y) = _distances(of(a)), _distances(of(b))
    return _widened(np.hypot(x, y), np.hypot(most_x, most_y), least=0.0)


# --- functions that rise, and those that turn -------------------------------------------------------------------------


def _rising(function: Kernel, low: float = -inf, high: float = inf, least: float = -inf, most: float = inf) -> Kernel:
    """A function that never falls, on its domain."""

    def kernel(x: Any) -> Interval:
        interval = of(x)
        return _widened(
            function(np.clip(interval.low, low, high)), function(np.clip(interval.high, low, high)), least, most
        )

    return kernel


def _odd(function: Kernel, least: float = -inf, most: float = inf) -> Kernel:
    """A function that never falls and is 0 at 0."""
    return lambda x: _toward(of(x), function, least, most)


def _sqrt(x: Any) -> Interval:
    interval = of(x)
    found = outwards(np.sqrt(np.maximum(interval.low, 0.0)), np.sqrt(np.maximum(interval.high, 0.0)))
    return Interval(np.maximum(found.low, 0.0), np.where(interval.high <= 0, 0.0, found.high))


def _acos(x: Any) -> Interval:
    interval = of(x)
    low, high = (np.arccos(np.clip(end, -1.0, 1.0)) for end in (interval.high, interval.low))
    return _widened(low, high, least=0.0)


def _cosh(x: Any) -> Interval:
    least, most = _distances(of(x))
    return _widened(np.cosh(least), np.cosh(most), least=1.0)


def _wave(function: Kernel, top: float) -> Kernel:
    """Sine or cosine, with the first place where it is 1."""

    def kernel(x: Any) -> Interval:
        interval = of(x)
        ends = function(interval.low), function(interval.high)
        found = _widened(np.minimum(*ends), np.maximum(*ends), -1.0, 1.0)
        has_top, has_bottom = _passes(interval, top), _passes(interval, top + pi)
        return Interval(np.where(has_bottom, -1.0, found.low), np.where(has_top, 1.0, found.high))

    return kernel


def _passes(x: Interval, place: float, period: float = 2 * pi) -> Any:
    """Whether each may hold a place, or one that is periods away."""
    slack = 1e-15 * (x.size + period)
    first = np.ceil((x.low - slack - place) / period - 1e-12)
    return ~(first * period + place > x.high + slack) | ~(x.size < _TURNS)


def _tan(x: Any) -> Interval:
    interval = of(x)
    found = _widened(np.tan(interval.low), np.tan(interval.high))
    is_open = _passes(interval, pi / 2, pi)
    return Interval(np.where(is_open, -inf, found.low), np.where(is_open, inf, found.high))


def _atan2(a: Any, b: Any) -> Interval:
    """Right of 0 by the quotient; elsewhere all that it may be."""
    y, x = of(a), of(b)
    angle = KERNELS["atan"](_quotient(y, x))
    return Interval(np.where(x.low > 0, angle.low, -_HALF_TURN), np.where(x.low > 0, angle.high, _HALF_TURN))


# --- choices ---------------------------------------------------------------------------------------------------------


def _compared(is_certain: Kernel, is_possible: Kernel) -> Kernel:
    """A condition: 1, 0, or the interval of both where it is open."""

    def compare(a: Any, b: Any) -> Interval:
        x, y = of(a), of(b)
        low, high = np.broadcast_arrays(is_certain(x, y), is_possible(x, y))
        return Interval(low.astype(float), high.astype(float))

    return compare


def _where(c: Any, a: Any, b: Any) -> Interval:
    condition, taken, other = of(c), of(a), of(b)
    is_0, is_not = (condition.low == 0) & (condition.high == 0), ~condition.contains(0)
    both = hull(taken, other)
    low = np.where(is_0, other.low, np.where(is_not, taken.low, both.low))
    return Interval(low, np.where(is_0, other.high, np.where(is_not, taken.high, both.high)))


def _extreme(function: Kernel) -> Kernel:
    def kernel(*args: Any) -> Interval:
        intervals = [of(arg) for arg in args]
        return Interval(
            reduce(function, [one.low for one in intervals]), reduce(function, [one.high for one in intervals])
        )

    return kernel


def _stepping(function: Kernel) -> Kernel:
    """A step function, which is exact."""
    return lambda x: Interval(function(of(x).low), function(of(x).high))


def _abs(x: Any) -> Interval:
    return Interval(*_distances(of(x)))


def _copysign(x: Any, s: Any) -> Interval:
    size, sign = _abs(x), of(s)
    return _where(_ge(sign, 0), size, -size)


def over_balls(name: str) -> Kernel:
    """A function that NumPy has not, by that of python-flint's balls: one interval after the other."""

    def kernel(*args: Any) -> Interval:
        intervals = [of(arg) for arg in args]
        ends = np.broadcast_arrays(*[end for interval in intervals for end in (interval.low, interval.high)])
        found = [_over_ball(name, row) for row in zip(*[end.ravel() for end in ends], strict=True)]
        shape = ends[0].shape
        return Interval(*[np.array(side, float).reshape(shape) for side in zip(*found, strict=True)])

    return kernel


def _over_ball(name: str, ends: tuple[float, ...]) -> tuple[float, float]:
    """The bounds of a function over one box."""
    from flint import arb, ctx

    from autodiff_cli.rules.kernels import balls

    if not np.isfinite(ends).all():
        return -inf, inf
    with ctx.workprec(64):
        given = [arb(low).union(arb(high)) for low, high in zip(ends[::2], ends[1::2], strict=True)]
        try:
            ball = balls.KERNELS[name](*given)
        except (ArithmeticError, ValueError):
            return -inf, inf
        if not ball.is_finite():
            return -inf, inf
        low, high = float(ball.lower()), float(ball.upper())
    return float(np.nextafter(low, -inf)), float(np.nextafter(high, inf))


_ge = _compared(lambda a, b: a.low >= b.high, lambda a, b: a.high >= b.low)
_BY_BALLS = SPECIAL | {"digamma", "erf", "erfc", "gamma", "lgamma", "polygamma", "spherical_jn"}

KERNELS: dict[str, Any] = {name: over_balls(name) for name in _BY_BALLS} | {
    "abs": _abs,
    "acos": _acos,
    "acosh": _rising(np.arccosh, low=1.0, least=0.0),
    "add": lambda a, b: of(a) + of(b),
    "asin": _rising(np.arcsin, low=-1.0, high=1.0),
    "asinh": _odd(np.arcsinh),
    "atan": _odd(np.arctan),
    "atan2": _atan2,
    "atanh": _rising(np.arctanh, low=-1.0, high=1.0),
    "cbrt": _odd(np.cbrt),
    "ceil": _stepping(np.ceil),
    "copysign": _copysign,
    "cos": _wave(np.cos, 0.0),
    "cosh": _cosh,
    "div": lambda a, b: of(a) / of(b),
    "eq": _compared(
        lambda a, b: (a.low == b.high) & (a.high == b.low), lambda a, b: (a.low <= b.high) & (a.high >= b.low)
    ),
    "exp": _rising(np.exp, least=0.0),
    "expm1": _odd(np.expm1, least=-1.0),
    "floor": _stepping(np.floor),
    "ge": _ge,
    "gt": _compared(lambda a, b: a.low > b.high, lambda a, b: a.high > b.low),
    "hypot": _hypot,
    "le": _compared(lambda a, b: a.high <= b.low, lambda a, b: a.low <= b.high),
    "log": _rising(np.log, low=0.0),
    "log10": _rising(np.log10, low=0.0),
    "log1p": _rising(np.log1p, low=-1.0),
    "log2": _rising(np.log2, low=0.0),
    "lt": _compared(lambda a, b: a.high < b.low, lambda a, b: a.low < b.high),
    "max": _extreme(np.maximum),
    "min": _extreme(np.minimum),
    "mul": lambda a, b: of(a) * (a if a is b else of(b)),
    "nan": Interval(-inf, inf),
    "neg": lambda x: -of(x),
    "pi": outwards(pi, pi),
    "pow": _pow,
    "round": _stepping(np.rint),
    "sign": _stepping(np.sign),
    "sin": _wave(np.sin, pi / 2),
    "sinh": _odd(np.sinh),
    "sqrt": _sqrt,
    "sub": lambda a, b: of(a) - of(b),
    "tan": _tan,
    "tanh": _odd(np.tanh, -1.0, 1.0),
    "trunc": _stepping(np.trunc),
    "where": _where,
}
