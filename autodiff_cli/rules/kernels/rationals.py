"""Kernels for exact rational numbers (python-flint's fmpq): what has no kernel or formula here is left to balls.

Comparisons give a rational too, so that a quotient in a formula is never one of floats.
"""

from collections.abc import Callable
from operator import add, eq, ge, gt, le, lt, mul, neg, sub, truediv
from typing import Any

from flint import fmpq

MOST = 1 << 15  # bits of a numerator or denominator: beyond it a ball is as good, and cheaper


def _truth(test: Callable[[Any, Any], bool]) -> Callable[..., fmpq]:
    return lambda a, b: fmpq(int(test(a, b)))


def _sign(x: fmpq) -> fmpq:
    return fmpq((x > 0) - (x < 0))


def _round(x: fmpq) -> fmpq:
    """The nearest whole number; of two as near, the even one."""
    up = (fmpq(x) + fmpq(1, 2)).floor()
    is_wrong_half = up % 2 == 1 and up - fmpq(x) == fmpq(1, 2)
    return fmpq(up - 1 if is_wrong_half else up)


def _pow(x: Any, p: Any) -> fmpq:
    base, power = fmpq(x), fmpq(p)
    if power.q != 1 or abs(power.p) * base.height_bits() > MOST:
        raise OverflowError
    return base ** int(power.p)


def _where(c: Any, a: Any, b: Any) -> fmpq | None:
    """The branch that is taken; None where that is no rational."""
    taken = b if c == 0 else a
    if taken is None:
        return None
    return fmpq(taken)


KERNELS: dict[str, Any] = {
    "abs": abs,
    "add": add,
    "ceil": lambda x: fmpq(fmpq(x).ceil()),
    "copysign": lambda x, s: abs(fmpq(x)) if s >= 0 else -abs(fmpq(x)),
    "div": truediv,
    "eq": _truth(eq),
    "floor": lambda x: fmpq(fmpq(x).floor()),
    "ge": _truth(ge),
    "gt": _truth(gt),
    "le": _truth(le),
    "lt": _truth(lt),
    "max": lambda *args: fmpq(max(args)),
    "min": lambda *args: fmpq(min(args)),
    "mul": mul,
    "nan": None,
    "neg": neg,
    "pi": None,  # no rational: a formula that needs it fails
    "pow": _pow,
    "round": _round,
    "sign": _sign,
    "sub": sub,
    "trunc": lambda x: fmpq(fmpq(x).floor() if x >= 0 else fmpq(x).ceil()),
    "where": _where,
}
