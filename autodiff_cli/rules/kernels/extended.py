"""Kernels for intervals whose ends may be infinite: sets of numbers up to the edge of a domain.

An interval stands for the finite numbers between its ends: of log over [0, 1] it is [-inf, 0], and 0 times that is 0
(Hickey, Ju, van Emden, "Interval arithmetic: from principles to implementation", 2001). Ends are balls of python-flint
of width 0, rounded outwards at the precision of `flint.ctx`. Where an interval reaches out of a domain, or is the one
point at its edge where there is no value, a kernel raises `Beyond`.
"""

from collections.abc import Callable, Iterator
from functools import reduce
from typing import Any

from flint import arb

Kernel = Callable[..., Any]
_NEAR = 2.0**-90  # by how much an end may pass an edge, as pi does where it is rounded


class Beyond(ArithmeticError):  # noqa: N818 - it says what is the case
    """A function has no values, or none that are known, for some numbers of an interval."""


class Extended:
    """An interval by its two ends; the operators are those of the numbers in it."""

    __slots__ = ("high", "low")

    def __init__(self, low: Any, high: Any) -> None:
        self.low, self.high = low, high

    def __iter__(self) -> Iterator[Any]:
        return iter((self.low, self.high))

    @property
    def is_point(self) -> bool:
        """Whether it is one number."""
        return bool(self.low == self.high)

    @property
    def is_finite(self) -> bool:
        """Whether both ends are finite."""
        return bool(self.low.is_finite() and self.high.is_finite())

    def within(self, other: "Extended") -> "Extended":
        """What lies in both of two intervals that overlap."""
        return Extended(self.low.max(other.low), self.high.min(other.high))

    def holds(self, number: int) -> bool:
        """Whether a number lies in it."""
        return bool(self.low <= number <= self.high)

    def __neg__(self) -> "Extended":
        return Extended(-self.high, -self.low)

    def __add__(self, other: Any) -> "Extended":
        more = interval(other)
        return Extended(_floor(self.low + more.low), _ceil(self.high + more.high))

    def __sub__(self, other: Any) -> "Extended":
        return self + -interval(other)

    def __rsub__(self, other: Any) -> "Extended":
        return interval(other) - self

    def __mul__(self, other: Any) -> "Extended":
        products = [_times(a, b) for a in self for b in interval(other)]
        return Extended(reduce(arb.min, map(_floor, products)), reduce(arb.max, map(_ceil, products)))

    def __truediv__(self, other: Any) -> "Extended":
        return self * _reciprocal(interval(other))

    def __rtruediv__(self, other: Any) -> "Extended":
        return interval(other) / self

    __radd__, __rmul__ = __add__, __mul__


def interval(number: Any) -> Extended:
    """A number of any kind as an interval."""
    if isinstance(number, Extended):
        return number
    if number is None:  # nan in a formula
        raise Beyond
    ball = arb(number)
    return Extended(_floor(ball), _ceil(ball))


def hull(a: Any, b: Any) -> Extended:
    """All between two intervals, and these."""
    one, other = interval(a), interval(b)
    return Extended(one.low.min(other.low), one.high.max(other.high))


def _floor(ball: Any) -> Any:
    return ball.lower() if ball.is_finite() else _infinite(ball, -1)


def _ceil(ball: Any) -> Any:
    return ball.upper() if ball.is_finite() else _infinite(ball, 1)


def _infinite(ball: Any, sign: int) -> Any:
    """An infinite end; what is not known is the farthest."""
    return ball if ball > 0 or ball < 0 else sign * arb("inf")


def _times(a: Any, b: Any) -> Any:
    return arb(0) if a == 0 or b == 0 else a * b


def _reciprocal(x: Extended) -> Extended:
    if x.low > 0 or x.high < 0:
        return Extended(_floor(1 / x.high), _ceil(1 / x.low))
    if x.is_point or x.low < 0 < x.high:
        raise Beyond
    return Extended(_floor(1 / x.high), arb("inf")) if x.low == 0 else Extended(-arb("inf"), _ceil(1 / x.low))


# --- functions that rise or fall from one end of their domain to the other --------------------------------------------


def _monotone(function: Kernel, low: Any, at_low: Any, high: Any, at_high: Any, falls: bool = False) -> Kernel:
    """A function on a domain, with its limits at both ends; None stands for the value there."""
    edges = arb(low), arb(high)
    limits = [None if at is None else arb(at) for at in (at_low, at_high)]

    def at(x: Any, is_point: bool) -> Any:
        for edge, limit in zip(edges, limits, strict=True):
            if limit is not None and x == edge:
                if is_point:
                    raise Beyond
                return limit
        return function(x)

    def kernel(x: Any) -> Extended:
        given = interval(x)
        if given.low < edges[0] - _NEAR or given.high > edges[1] + _NEAR:
            raise Beyond
        ends = [at(end.max(edges[0]).min(edges[1]), given.is_point) for end in given]
        first, last = reversed(ends) if falls else ends
        return Extended(_floor(first), _ceil(last))

    return kernel


_INF = "inf"
_EXP = _monotone(arb.exp, "-inf", 0, _INF, _INF)
_LOG = _monotone(arb.log, 0, "-inf", _INF, _INF)


def _cbrt(x: Any) -> Any:
    return x if x == 0 else -(-x).root(3) if x < 0 else x.root(3)


_MONOTONE: dict[str, Kernel] = {
    "exp": _EXP,
    "log": _LOG,
    "log2": _monotone(lambda x: x.log() / arb(2).log(), 0, "-inf", _INF, _INF),
    "log10": _monotone(lambda x: x.log() / arb(10).log(), 0, "-inf", _INF, _INF),
    "log1p": _monotone(arb.log1p, -1, "-inf", _INF, _INF),
    "expm1": _monotone(arb.expm1, "-inf", -1, _INF, _INF),
    "sqrt": _monotone(arb.sqrt, 0, None, _INF, _INF),
    "cbrt": _monotone(_cbrt, "-inf", "-inf", _INF, _INF),
    "asin": _monotone(arb.asin, -1, None, 1, None),
    "acos": _monotone(arb.acos, -1, None, 1, None, falls=True),
    "acosh": _monotone(arb.acosh, 1, None, _INF, _INF),
    "atanh": _monotone(arb.atanh, -1, "-inf", 1, _INF),
    "asinh": _monotone(arb.asinh, "-inf", "-inf", _INF, _INF),
    "sinh": _monotone(arb.sinh, "-inf", "-inf", _INF, _INF),
    "tanh": _monotone(arb.tanh, "-inf", -1, _INF, 1),
    "atan": _monotone(arb.atan, "-inf", None, _INF, None),
    "erf": _monotone(arb.erf, "-inf", -1, _INF, 1),
    "erfc": _monotone(arb.erfc, "-inf", 2, _INF, 0, falls=True),
    "erfinv": _monotone(arb.erfinv, -1, "-inf", 1, _INF),
    "erfcinv": _monotone(arb.erfcinv, 0, _INF, 2, "-inf", falls=True),
}


# --- powers ----------------------------------------------------------------------------------------------------------


def _pow(x: Any, p: Any) -> Extended:
    base, power = interval(x), interval(p)
    if power.is_point and power.low.is_integer():
        found = _whole_power(base, abs(power.low))
        return found if power.low >= 0 else _reciprocal(found)
    if base.low < -_NEAR:
        raise Beyond
    if base.high <= 0:
        if power.low > 0:
            return interval(0)
        raise Beyond
    return interval(_EXP(power * _LOG(base)))


def _whole_power(x: Extended, n: Any) -> Extended:
    if n == 0:
        return interval(1)
    low, high = abs(x.low) ** n, abs(x.high) ** n
    if (n / 2).is_integer():
        least = arb(0) if x.low < 0 < x.high else low.min(high)
        return Extended(_floor(least), _ceil(low.max(high)))
    return Extended(_floor(low if x.low >= 0 else -low), _ceil(high if x.high >= 0 else -high))


# --- choosing and comparing ------------------------------------------------------------------------------------------


def _comparison(holds: Callable[[Extended, Extended], bool], fails: Callable[[Extended, Extended], bool]) -> Kernel:
    """Yes, no, or both."""

    def compare(a: Any, b: Any) -> Extended:
        one, other = interval(a), interval(b)
        if holds(one, other):
            return interval(1)
        return interval(0) if fails(one, other) else Extended(arb(0), arb(1))

    return compare


def _are_equal(a: Extended, b: Extended) -> bool:
    return a.is_point and b.is_point and bool(a.low == b.low)


def _or_same(compare: Kernel, answer: int) -> Kernel:
    """A comparison that knows what holds of a number and itself, however wide its interval."""
    return lambda a, b: interval(answer) if a is b else compare(a, b)


def _where(c: Any, a: Any, b: Any) -> Any:
    condition = interval(c)
    if not condition.holds(0):
        return a
    return b if condition.is_point else hull(a, b)


def _abs(x: Any) -> Extended:
    given = interval(x)
    if given.low >= 0:
        return given
    return -given if given.high <= 0 else Extended(arb(0), (-given.low).max(given.high))


def _sign(x: Any) -> Extended:
    """All between both signs where 0 is inside: as the slope of abs."""
    given = interval(x)
    return Extended(*[arb(1) if end > 0 else arb(-1) if end < 0 else arb(0) for end in given])


def _wave(name: str) -> Kernel:
    def kernel(x: Any) -> Extended:
        given = interval(x)
        if not given.is_finite:
            return Extended(arb(-1), arb(1))
        ball = getattr(given.low.union(given.high), name)()
        return Extended(_floor(ball).max(arb(-1)), _ceil(ball).min(arb(1)))

    return kernel


def _most(*args: Any) -> Extended:
    given = [*map(interval, args)]
    return Extended(reduce(arb.max, [one.low for one in given]), reduce(arb.max, [one.high for one in given]))


def _add(a: Any, b: Any) -> Any:
    return interval(a) + b


KERNELS: dict[str, Any] = {
    **_MONOTONE,
    "add": _add,
    "sub": lambda a, b: interval(a) - b,
    "mul": lambda a, b: _whole_power(interval(a), arb(2)) if a is b else interval(a) * b,
    "div": lambda a, b: interval(a) / b,
    "neg": lambda x: -interval(x),
    "square": lambda x: _whole_power(interval(x), arb(2)),
    "pow": _pow,
    "abs": _abs,
    "sign": _sign,
    "max": _most,
    "min": lambda *args: -_most(*[-interval(one) for one in args]),
    "where": _where,
    "sin": _wave("sin"),
    "cos": _wave("cos"),
    "lt": _or_same(_comparison(lambda a, b: a.high < b.low, lambda a, b: a.low >= b.high), 0),
    "le": _or_same(_comparison(lambda a, b: a.high <= b.low, lambda a, b: a.low > b.high), 1),
    "gt": _or_same(_comparison(lambda a, b: a.low > b.high, lambda a, b: a.high <= b.low), 0),
    "ge": _or_same(_comparison(lambda a, b: a.low >= b.high, lambda a, b: a.high < b.low), 1),
    "eq": _or_same(_comparison(_are_equal, lambda a, b: a.high < b.low or a.low > b.high), 1),
    "nan": None,
}
