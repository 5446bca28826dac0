"""Kernels for the balls of python-flint: numbers of any precision that carry a proven bound of their error.

They work at the precision of `flint.ctx` at the time of the call. A kernel takes plain numbers too, since formulas
mix them in, and returns a ball even for a whole constant, so that a quotient in a formula is never one of floats.
Where a comparison cannot be decided a kernel raises `Undecided`; a narrower ball helps. The comparisons in formulas
come here too (`operators_as_calls` of a NumberSystem), and `exact.arithmetic` gives an open one both answers.
"""

from collections.abc import Callable
from functools import reduce
from operator import eq, ge, gt, le, lt, ne
from typing import Any

from flint import acb, arb, ctx

Kernel = Callable[..., Any]


class Undecided(ArithmeticError):  # noqa: N818 - it says what is the case
    """A comparison of balls that overlap: the numbers in them may lie either way."""


def _method(name: str) -> Kernel:
    return lambda x: getattr(arb(x), name)()


def _compare(test: Callable[[Any, Any], bool], contrary: Callable[[Any, Any], bool]) -> Kernel:
    def compare(a: Any, b: Any) -> arb:
        if a is b:  # one number, however wide its ball
            return arb(int(test(0, 0)))
        x, y = arb(a), arb(b)
        if test(x, y):
            return arb(1)
        if contrary(x, y):
            return arb(0)
        raise Undecided(f"{x} and {y} overlap: their order is undecided")

    return compare


_equal = _compare(eq, ne)


def _where(c: Any, a: Any, b: Any) -> arb:
    return arb(b if _equal(c, 0) == 1 else a)


def _variadic(name: str) -> Kernel:
    return lambda *args: reduce(lambda a, b: getattr(arb(a), name)(arb(b)), args)


def _straddles_0(ball: arb) -> bool:
    return bool(ball.contains(0) and not ball.is_exact())


def _is_count(ball: arb) -> bool:
    return bool(ball.is_integer() and ball >= 0)


def _rising(function: Callable[[arb], arb]) -> Kernel:
    """A function that never falls, given for balls on one side of 0: where 0 is inside, from end to end."""

    def kernel(x: Any) -> arb:
        ball = arb(x)
        if _straddles_0(ball):
            return function(ball.lower()).union(function(ball.upper()))
        return function(ball)

    return kernel


def _cbrt(x: arb) -> arb:
    return x if x == 0 else -(-x).root(3) if x < 0 else x.root(3)


def _trunc(x: arb) -> arb:
    return x.ceil() if x < 0 else x.floor()


def _round(x: Any) -> arb:
    """The nearest whole number; of two as near, the even one."""
    up = (arb(x) + arb(0.5)).floor()
    whole = up.unique_fmpz()
    is_odd = whole is not None and whole % 2 == 1
    is_wrong_half = is_odd and _equal(up - arb(x), 0.5) == 1
    return up - 1 if is_wrong_half else up


def _copysign(x: Any, s: Any) -> arb:
    if arb(s) < 0:
        return -abs(arb(x))
    if arb(s) >= 0:
        return abs(arb(x))
    raise Undecided(f"the sign of {s} is undecided")


def _lgamma(x: Any) -> arb:
    ball = arb(x)
    return ball.lgamma() if ball > 0 else abs(ball.gamma()).log()


def _pow(x: Any, p: Any) -> arb:
    base, power = arb(x), arb(p)
    if _straddles_0(base) and _is_count(power):
        return _whole_power_around_0(base, power)
    return base**power


def _whole_power_around_0(base: arb, power: arb) -> arb:
    """From end to end, and what is at 0 between them: arb has no answer there."""
    low, high = abs(base.lower()) ** power, abs(base.upper()) ** power
    is_odd = power > 0 and power / 2 != (power / 2).floor()
    return (-low if is_odd else low).union(high).union(arb(0) ** power)


def _ordered(function: Callable[[arb, arb], arb]) -> Kernel:
    """A function of a whole order `n` >= 0; not a number for any other order, as over floats."""

    def kernel(n: Any, x: Any) -> arb:
        order = arb(n)
        return function(order, arb(x)) if _is_count(order) else arb.nan()

    return kernel


def _spherical_jn(n: arb, x: arb) -> arb:
    """By way of the confluent 0F1 (DLMF 10.47.3, 10.16.9), which has no seam at 0."""
    half = x / 2
    return arb.pi().sqrt() / 2 * _pow(half, n) * (-(half * half)).hypgeom_0f1(n + arb(1.5), regularized=True)


def _polygamma(n: arb, x: arb) -> arb:
    """Right of 0 by Hurwitz's zeta function, which takes half the time (DLMF 25.11.12)."""
    if n >= 1 and x > 0:
        sign = 1 if (n / 2).is_integer() else -1
        return -sign * (n + 1).gamma() * (n + 1).zeta(x)
    return acb(x).polygamma(acb(n)).real


def _lasting(constant: Callable[[], arb], bits: int = 4096) -> arb:
    """A constant with digits to spare, as the kernels are made once and the precision may be raised later."""
    with ctx.workprec(bits):
        return constant()


_SAME = (  # the names that the library has too
    "acos acosh asin asinh atan atanh ceil cos cosh digamma erf erfc exp expm1 floor gamma log log1p sin sinh sqrt "
    "tan tanh"
)

KERNELS: dict[str, Any] = {name: _method(name) for name in _SAME.split()} | {
    "abs": lambda x: abs(arb(x)),
    "add": lambda a, b: arb(a) + arb(b),
    "atan2": lambda a, b: arb.atan2(arb(a), arb(b)),
    "cbrt": _rising(_cbrt),
    "copysign": _copysign,
    "div": lambda a, b: arb(a) / arb(b),
    "eq": _equal,
    "ge": _compare(ge, lt),
    "gt": _compare(gt, le),
    "hypot": lambda a, b: abs(acb(arb(a), arb(b))),
    "le": _compare(le, gt),
    "lgamma": _lgamma,
    "log10": lambda x: arb(x).log() / arb(10).log(),
    "log2": lambda x: arb(x).log() / arb(2).log(),
    "lt": _compare(lt, ge),
    "max": _variadic("max"),
    "min": _variadic("min"),
    "mul": lambda a, b: arb(a) * arb(b),
    "nan": arb.nan(),
    "neg": lambda x: -arb(x),
    "pi": _lasting(arb.pi),
    "polygamma": _ordered(_polygamma),
    "pow": _pow,
    "round": _round,
    "sign": _method("sgn"),
    "sinc": _method("sinc_pi"),
    "spherical_jn": _ordered(_spherical_jn),
    "sub": lambda a, b: arb(a) - arb(b),
    "trunc": _rising(_trunc),
    "where": _where,
}
