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

from flint import acb, arb, arb_series, ctx

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


def _real(function: Callable[..., acb]) -> Kernel:
    """A function that the library has over complex numbers, where it is real; not a number elsewhere.

    Wide balls get no more bits than they have digits: the library may take minutes for the others.
    """

    def kernel(*args: Any) -> arb:
        balls = list(map(arb, args))
        known = min(ball.rel_accuracy_bits() for ball in balls)
        with ctx.workprec(max(64, min(ctx.prec, known + 32))):
            found = function(*map(acb, balls))
            return found.real if found.imag.contains(0) else arb.nan()

    return kernel


def _bessel(name: str) -> Kernel:
    """A Bessel function of real order; of a whole order left of 0 too, by its parity (DLMF 10.11.1, 10.27.1)."""

    def kernel(n: Any, x: Any) -> arb:
        order, ball = arb(n), arb(x)
        function: Callable[[arb, arb], arb] = getattr(arb, name)
        if not ball < 0 or name in ("bessel_y", "bessel_k"):
            return function(ball, order)
        if not order.is_integer():
            return arb.nan()
        found = function(-ball, order)
        return found if (order / 2).is_integer() else -found

    return kernel


_SHRUNK = (6, 24, 64)  # halvings of a radius until the library bounds the function on the disc


def _slope(function: Callable[..., acb], index: int) -> Kernel:
    """The slope of an analytic function by one argument: a central difference, and a bound of what it leaves out.

    With a bound M of the function on the disc of radius r, the difference of step h is off by at most
    M/r * (h/r)^2 / (1 - (h/r)^2), by Cauchy's estimates of the derivatives.
    """

    def at_radius(balls: list[arb], bits: int, halvings: int) -> arb:
        middle = balls[index]

        def at(z: Any) -> acb:
            return function(*[acb(z if i == index else ball) for i, ball in enumerate(balls)])

        with ctx.workprec(2 * bits + 40 + halvings):
            radius = abs(arb(middle.mid())).min(arb(1)) * arb(2) ** -halvings
            step = (radius * arb(2) ** (-bits // 2 - 10)).mid()
            around = arb(0, 1) * radius
            bound = abs(at(acb(middle + around, around)))
            left_out = bound / radius * (step / radius) ** 2 * 2
            found = (at(middle + step).real - at(middle - step).real) / (2 * step)
            return found + arb(0, 1) * left_out

    def kernel(*args: Any) -> arb:
        balls, bits = list(map(arb, args)), ctx.prec
        for halvings in _SHRUNK:
            found = at_radius(balls, bits, halvings)
            if found.rel_accuracy_bits() > bits // 2:
                return found
        return arb.nan()

    return kernel


def _zetaderiv(n: arb, x: arb) -> arb:
    """The n-th derivative of zeta, as a coefficient of its power series."""
    if not (0 <= n < 152 and abs(x) <= 10**4):
        return arb.nan()
    count = int(float(n))
    return arb_series([x, 1], prec=count + 1).zeta()[count] * arb(count).fac()


def _gammainc(a: acb, x: acb) -> acb:
    return x.gamma_lower(a, regularized=1)


def _incomplete_gamma(lower: bool) -> Kernel:
    """One of the two parts. Of large orders, around the middle, the library takes minutes: there term by term."""
    by_library = _real(_gammainc if lower else lambda a, x: x.gamma_upper(a, regularized=1))

    def kernel(a: Any, x: Any) -> arb:
        order, ball = arb(a), arb(x)
        if not (0 < order <= 10**4 and ball >= 0):
            return arb.nan()
        if order < 1000 or not ball < order + 25 * order.sqrt() or not ball > 0:
            found: arb = by_library(order, ball)
            return found
        with ctx.workprec(ctx.prec + (0 if lower else 500)):  # the upper part may be as small as exp(-300)
            below = _gammainc_series(order, ball)
            return below if lower else 1 - below

    return kernel


def _gammainc_series(a: arb, x: arb) -> arb:
    """The terms x^(a + n)*exp(-x)/gamma(a + n + 1) (DLMF 8.7.1); once n > 2*x, each is less than half of the last."""
    n, term = 0, (a * x.log() - x - (a + 1).lgamma()).exp()
    total, smallest = term, arb(2) ** (-ctx.prec - 10)
    while not n > 2 * x or term > total * smallest:
        if not term.is_finite():
            return arb.nan()
        n += 1
        term *= x / (a + n)
        total += term
    return total + arb(0, 1) * 2 * term


def _gammaincda(a: Any, x: Any) -> arb:
    """The slope by the order: of the upper part where that is small, else term by term."""
    order, ball = arb(a), arb(x)
    if not (0 < order <= 10**4 and ball > 0):
        return arb.nan()
    if ball > 4 * order + 100:
        slope: arb = -_upper_a(a, x)
        return slope
    is_wide = not ball < 5 * order + 200  # on both sides: there may be endlessly many terms
    return arb.nan() if is_wide else _gammaincda_series(order, ball)


def _gammaincda_series(a: arb, x: arb) -> arb:
    """The slopes of the terms x^(a + n)*exp(-x)/gamma(a + n + 1) (DLMF 8.7.1), and a bound of those left out.

    Once n > 2*x + 10, a term is less than half of the one before, and its logarithm by the last digamma at most 1 more
    each time: the rest is less than four times the last.
    """
    n, total, digamma, logarithm = 0, arb(0), (a + 1).digamma(), x.log()
    term = (a * logarithm - x - (a + 1).lgamma()).exp()
    smallest = arb(2) ** (-ctx.prec - 10)
    while True:
        slope = term * (logarithm - digamma)
        total += slope
        n += 1
        if n > 2 * x + 10 and not term * n > abs(total) * smallest:
            return total + arb(0, 1) * 4 * (abs(slope) + term)
        term *= x / (a + n)
        digamma += 1 / (a + n)


def _betainc(a: acb, b: acb, x: acb) -> acb:
    return x.beta_lower(a, b, regularized=1)


def _tails(lower: Kernel, upper: Kernel, least: float = 0, most: float = 1e6) -> Kernel:
    """An incomplete beta function, or its slope, by the side of the mean that is quick, of parameters in a range."""

    def kernel(a: Any, b: Any, x: Any) -> arb:
        first, second, at = arb(a), arb(b), arb(x)
        if not all(size > 0 and least <= size <= most for size in (first, second)) or not 0 <= at <= 1:
            return arb.nan()
        is_far = at * (first + second) > first
        found: arb = upper(second, first, 1 - at) if is_far else lower(first, second, at)
        return found

    return kernel


def _betainc_slope(index: int) -> Kernel:
    """The slope by a parameter, below the mean: term by term, but beside x = 1, where that takes long."""
    beside = _slope(_betainc, index)
    return lambda a, b, x: _betainc_series(index, a, b, x) if 1 - x > 0.005 else beside(a, b, x)


def _betainc_series(index: int, a: arb, b: arb, x: arb) -> arb:
    """The slopes of the terms x^(a + n)*(1 - x)^b*gamma(a + b + n)/gamma(a + n + 1)/gamma(b) (DLMF 8.17.8).

    With a bound r < 1 of the quotient of two terms, and of 1 for how much the logarithm of one changes by the next, the
    terms left out come to less than r/(1 - r) times the last slope and r/(1 - r)^2 times the last term. After the first
    term the change may be 1/(a + b) and more than 1, but there the quotient has a + b as a factor. Below the mean r < 1
    from the start; wide balls may reach to both sides, and need not come to it.
    """
    low, high = x.log(), (1 - x).log()
    term = (a * low + b * high + (a + b).lgamma() - (a + 1).lgamma() - b.lgamma()).exp()
    of_sum, of_one = (a + b).digamma(), (a + 1).digamma() if index == 0 else b.digamma()
    n, total, smallest = 0, arb(0), arb(2) ** (-ctx.prec - 10)
    while True:
        slope = term * ((low if index == 0 else high) + of_sum - of_one)
        total += slope
        ratio = x * (a + b + n) / (a + n + 1)
        bound = ratio.max(x)
        if not term.is_finite() or (n > 1000 and not bound < 1):
            return arb.nan()
        if bound < 1:
            rest = bound / (1 - bound) * (abs(slope) + term / (1 - bound))
            if not rest > abs(total) * smallest:
                return total + arb(0, 1) * rest
        of_sum += 1 / (a + b + n)
        n += 1
        of_one += 1 / (a + n) if index == 0 else 0
        term *= ratio


def _dawson(x: Any) -> arb:
    """By the confluent 1F1 (DLMF 7.11.4, 13.2.39)."""
    ball = arb(x)
    return ball * (-(ball * ball)).hypgeom_1f1(arb(1), arb(3) / 2)


def _erfcx(x: Any) -> arb:
    ball = arb(x)
    return (ball * ball).exp() * ball.erfc()


def _ierfcx(x: Any) -> arb:
    """1/sqrt(pi) - x*erfcx(x)."""
    return 1 / arb.pi().sqrt() - arb(x) * _erfcx(x)


def _lasting(constant: Callable[[], arb], bits: int = 4096) -> arb:
    """A constant with digits to spare, as the kernels are made once and the precision may be raised later."""
    with ctx.workprec(bits):
        return constant()


def _gammapdf(a: Any, x: Any) -> arb:
    shape, ball = arb(a), arb(x)
    return ((shape - 1) * ball.log() - ball - shape.lgamma()).exp()


def _betapdf(a: Any, b: Any, x: Any) -> arb:
    first, second, ball = arb(a), arb(b), arb(x)
    powers = (first - 1) * ball.log() + (second - 1) * (1 - ball).log()
    return (powers + (first + second).lgamma() - first.lgamma() - second.lgamma()).exp()


_upper_a = _slope(lambda a, x: x.gamma_upper(a, regularized=1), 0)
_SPECIAL: dict[str, Kernel] = {
    "airyai": _method("airy_ai"),
    "airyaiprime": lambda x: arb(x).airy_ai(derivative=1),
    "airybi": _method("airy_bi"),
    "airybiprime": lambda x: arb(x).airy_bi(derivative=1),
    "besseli": _bessel("bessel_i"),
    "besselj": _bessel("bessel_j"),
    "besselk": _bessel("bessel_k"),
    "bessely": _bessel("bessel_y"),
    "betainc": _tails(_real(_betainc), lambda b, a, x: 1 - _real(_betainc)(b, a, x)),
    "betaincda": _tails(_betainc_slope(0), lambda b, a, x: -_betainc_slope(1)(b, a, x), 1e-10, 1e4),
    "betaincdb": _tails(_betainc_slope(1), lambda b, a, x: -_betainc_slope(0)(b, a, x), 1e-10, 1e4),
    "betapdf": _betapdf,
    "ci": _method("ci"),
    "dawson": _dawson,
    "ei": _method("ei"),
    "ellipd": _real(lambda m: acb.elliptic_rd(acb(0), 1 - m, acb(1)) / 3),
    "ellipe": _real(lambda m: m.elliptic_e()),
    "ellipk": _real(lambda m: m.elliptic_k()),
    "erfcinv": _method("erfcinv"),
    "erfcx": _erfcx,
    "erfinv": _method("erfinv"),
    "gammainc": _incomplete_gamma(lower=True),
    "gammaincda": _gammaincda,
    "gammaincc": _incomplete_gamma(lower=False),
    "gammapdf": _gammapdf,
    "ierfcx": _ierfcx,
    "lambertw": _method("lambertw"),
    "li": _method("li"),
    "si": _method("si"),
    "zeta": _method("zeta"),
    "zetaderiv": _ordered(_zetaderiv),
}
_SAME = (  # the names that the library has too
    "acos acosh asin asinh atan atanh ceil cos cosh digamma erf erfc exp expm1 floor gamma log log1p sin sinh sqrt "
    "tan tanh"
)

KERNELS: dict[str, Any] = (
    {name: _method(name) for name in _SAME.split()}
    | _SPECIAL
    | {
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
)
