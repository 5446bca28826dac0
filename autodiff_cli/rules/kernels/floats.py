"""Kernels for Python floats: the math module where it has the function, a published algorithm where it has not.

A kernel may raise as `math` does; `at_the_edge` then says what IEEE 754 has there (infinity, or not a number).
"""

import math
import operator
from collections.abc import Callable
from math import copysign, inf, isfinite, nan
from typing import Any

ERRORS = (ArithmeticError, ValueError)  # what a kernel or a formula over floats can raise


def _whole(function: Callable[[float], int]) -> Callable[[float], float]:
    """A rounding to whole numbers that keeps the sign of zero, and what is not finite."""

    def kernel(x: float) -> float:
        if not isfinite(x):
            return x
        whole = float(function(x))
        return whole if whole else copysign(0.0, x)

    return kernel


def _sign(x: float) -> float:
    return 1.0 if x > 0 else -1.0 if x < 0 else x  # keeps -0.0 and nan


def _compare(test: Callable[[float, float], bool]) -> Callable[[float, float], float]:
    return lambda a, b: 1.0 if test(a, b) else 0.0


def _fma(a: float, b: float, c: float) -> float:
    if not (isfinite(a) and isfinite(b) and isfinite(c)):
        return c if isfinite(a) and isfinite(b) else a * b + c  # a finite product never meets an infinite c halfway
    from fractions import Fraction  # exact; math.fma came with Python 3.13

    return float(Fraction(a) * Fraction(b) + Fraction(c))


_DEGREE, _DEGREE_REST = 0.017453292519943295, 2.9486522708701687e-19  # their sum is pi / 180
_DEGREE_HIGH = 0.01745329238474369  # 26 bits of it


def _radians(x: float) -> tuple[float, float]:
    """The radians of up to 45 degrees, and the rest that a float cannot hold (product by Dekker 1971)."""
    product, shifted = x * _DEGREE, x * 134217729.0  # 2^27 + 1
    high = shifted - (shifted - x)
    low, degree_low = x - high, _DEGREE - _DEGREE_HIGH
    rest = ((high * _DEGREE_HIGH - product) + high * degree_low + low * _DEGREE_HIGH) + low * degree_low
    return product, rest + x * _DEGREE_REST


def _small_sind(x: float) -> float:
    angle, rest = _radians(x)
    return math.sin(angle) + rest * math.cos(angle) if rest else math.sin(angle)  # keeps -0.0


def _small_cosd(x: float) -> float:
    angle, rest = _radians(x)
    return math.cos(angle) - rest * math.sin(angle)


def _small_tand(x: float) -> float:
    angle, rest = _radians(x)
    tangent = math.tan(angle)
    return tangent + rest * (1 + tangent * tangent) if rest else tangent


def _sind(x: float) -> float:
    """Reduced in degrees, where it is exact, so that sind(180) is 0 and sind(30) is 1/2 to the last digit or so."""
    turn = math.remainder(x, 360)
    if abs(turn) > 90:
        turn = copysign(180, turn) - turn
    return _small_sind(turn) if abs(turn) <= 45 else copysign(_small_cosd(90 - abs(turn)), turn)


def _cosd(x: float) -> float:
    turn = abs(math.remainder(x, 360))
    if turn > 90:
        return -_cosd(180 - turn)
    return _small_cosd(turn) if turn <= 45 else _small_sind(90 - turn)


def _tand(x: float) -> float:
    turn = math.remainder(x, 180)
    return _small_tand(turn) if abs(turn) <= 45 else copysign(1 / _small_tand(90 - abs(turn)), turn)


def _cotd(x: float) -> float:
    turn = math.remainder(x, 180)
    return 1 / _small_tand(turn) if abs(turn) <= 45 else copysign(_small_tand(90 - abs(turn)), turn)


def _no_nan(choose: Callable[..., float]) -> Callable[..., float]:
    """Python's max and min see a nan only where it comes first; ours is nan wherever one is (IEEE 754 maximum)."""

    def kernel(*args: float) -> float:
        for arg in args:
            if arg != arg:
                return nan
        return choose(args)

    return kernel


def _cbrt(x: float) -> float:
    """By the power 1/3 of a number near 1, where the rounding of 1/3 does not show; the C library's is 3 ulp off."""
    if x == 0 or not isfinite(x):
        return x
    mantissa, exponent = math.frexp(abs(x))
    return copysign(math.ldexp(math.ldexp(mantissa, exponent % 3) ** (1 / 3), exponent // 3), x)


def _sech(x: float) -> float:
    if -2 < x < 2:
        return 1 / math.cosh(x)
    power = math.exp(-abs(x))
    square = power * power
    return 2 * (power - power * (square / (1 + square)))


def _normal(x: float) -> float:
    """The normal distribution function for x < 0: erfc(z)/2, made right for the rounding of z = -x/sqrt(2) far out.

    There erfc goes as exp(-z^2), so that z^2 - x^2/2, both exact here, is the correction of its logarithm.
    """
    if x < -40:
        return 0.0
    z, half = -x / math.sqrt(2), x * x / 2
    return math.erfc(z) / 2 * math.exp(_fma(z, z, -half) - _fma(x, x / 2, -half))


def _normcdf(x: float) -> float:
    return _normal(x) if x < 0 else math.erfc(-x / math.sqrt(2)) / 2


def _gelu(x: float) -> float:
    return x * _normal(x) if x < 0 else x * (math.erfc(-x / math.sqrt(2)) / 2)


def _gamma(x: float) -> float:
    """In decimals, but for the table of whole numbers in math's: its own is 6 ulp off at times."""
    if (x == math.floor(x) and x < 24) or not -180 < x < 171.7 or -1e-300 < x < 1e-300:
        return math.gamma(x)
    from autodiff_cli.rules.kernels import digits

    return digits.gamma(x)


def _lgamma(x: float) -> float:
    """Stirling's series (DLMF 5.11.1) far out; in decimals where zeros are, between 0 and 10 and below 0."""
    if x >= 10:
        if x > 1e305 or x != x:
            return math.lgamma(x)
        series = math.fsum(
            b / (2 * k * (2 * k - 1) * x ** (2 * k - 1)) for k, b in enumerate(_BERNOULLI[:8], 1) if x < 1e17
        )
        return (x - 0.5) * (math.log(x) - 1) + (_STIRLING + series)
    if x <= -(2.0**52) or x in (1, 2) or (x <= 0 and x == math.floor(x)):
        return math.lgamma(x)
    from autodiff_cli.rules.kernels import digits

    return digits.lgamma(x)


_STIRLING = 0.4189385332046727  # (log(2 pi) - 1) / 2

# Bernoulli numbers B2, B4 ... B20 (DLMF 24.2, table 24.2.1)
_BERNOULLI = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510, 43867 / 798, -174611 / 330)


def _digamma(x: float) -> float:
    """As polygamma; the asymptotic series is DLMF 5.11.2."""
    if x <= 0:
        return _reflected(0, x)
    terms, shifted = [], x
    while shifted < 10:  # recurrence upwards, to where the series has its digits
        terms.append(-1 / shifted)
        shifted += 1
    terms += [math.log(shifted), -1 / (2 * shifted)]
    terms += [-b / (2 * k * shifted ** (2 * k)) for k, b in enumerate(_BERNOULLI, 1) if shifted < 1e15]
    total = math.fsum(terms)
    # Where the terms cancel, the root is near
    return total if sum(map(abs, terms)) < 4 * abs(total) or x > 10 else _reflected(0, x)


def _reflected(n: int, x: float) -> float:
    """In decimals: below 0, beside the root of digamma, and where the result is tiny."""
    if x == inf:  # there is no digamma of it here
        return 0.0
    if x == -inf or (x == math.floor(x) and x <= 0) or x != x:
        return nan
    from autodiff_cli.rules.kernels import digits

    return digits.polygamma(n, x)


def _polygamma(n: float, x: float) -> float:
    """Recurrence up to x >= n + 10, then the asymptotic series (DLMF 5.15.5, 5.15.8); in decimals below 0."""
    if n == 0:
        return _digamma(x)
    if n != math.floor(n) or not 0 < n <= 151:  # one more than the domain, for the slope
        return nan
    n = int(n)
    if x <= 0:
        return _reflected(n, x)
    if x > 1 and math.log(x) * (n + 2) > 600:  # powers of x leave the range of floats
        return _reflected(n, x)
    terms, factorial = [], float(math.factorial(n - 1))
    while x < n + 10:  # the recurrence
        terms.append(n * factorial * x ** -(n + 1))
        x += 1
    # The series: its first two terms, then those with Bernoulli numbers
    terms += [factorial * x**-n, n * factorial / 2 * x ** -(n + 1)]
    rising = n * factorial  # (2k + n - 1)! / (2k)!
    for k, b in enumerate(_BERNOULLI, 1):
        rising *= (2 * k + n - 1) * ((2 * k + n - 2) if k > 1 else 1.0)
        rising /= (2 * k) * (2 * k - 1)
        terms.append(b * rising * x ** -(2 * k + n))
    return -((-1.0) ** n) * math.fsum(terms)


def _spherical_jn(n: float, x: float) -> float:
    """The power series near 0 (DLMF 10.53.1), upward recurrence where x > n, else downward (10.51.1; 3.6(iii))."""
    if n != math.floor(n) or not 0 <= n <= 1001:  # one more than the domain, for the slope
        return nan
    n = int(n)
    if math.isinf(x):
        return 0.0
    if x * x <= 4 * n + 6:  # the power series; its first term is x^n / (2n + 1)!!
        term = 1.0
        for k in range(1, n + 1):
            term *= x / (2 * k + 1)
        total, k = term, 0
        while abs(term) > 1e-17 * abs(total):
            k += 1
            term *= -x * x / (2 * k * (2 * n + 2 * k + 1))
            total += term
        return total
    if abs(x) > n:  # upwards from orders -1 and 0
        below, here = math.cos(x) / x, math.sin(x) / x
        for k in range(n):
            below, here = here, (2 * k + 1) / x * here - below
        if abs(here * x) < 0.1 and abs(x) <= 1e8:  # beside a zero, where terms cancel
            from autodiff_cli.rules.kernels import digits

            return digits.spherical_jn(n, x)
        return here
    above, here, wanted = 0.0, 1e-300, 0.0
    for k in range(n + 40 + int(abs(x)), 0, -1):  # Miller: from far above, where any start will do
        above, here = here, (2 * k + 1) / x * here - above
        if k - 1 == n:
            wanted = here
        if abs(here) > 1e250:
            above, here, wanted = above * 1e-250, here * 1e-250, wanted * 1e-250
    # What came out is scaled to the known orders 0 and 1, by that of the two which is no near zero
    zeroth, first = math.sin(x) / x, (math.sin(x) / x - math.cos(x)) / x
    return wanted * (zeroth / here if abs(zeroth) > abs(first) else first / above)


def _sinc(x: float) -> float:
    """sin(pi*x) by way of the remainder of x, which is exact."""
    if x == 0:
        return 1.0
    turn = math.remainder(x, 2)
    return math.sin(math.pi * (turn if abs(turn) <= 0.5 else copysign(1, turn) - turn)) / (math.pi * x)


def _special(name: str) -> Callable[..., float]:
    """By the library of balls, which is loaded when the function is first called."""

    def kernel(*args: float) -> float:
        from autodiff_cli.rules.kernels import special

        return special.rounded(name, *args)

    return kernel


_SPECIAL = (
    "airyai airyaiprime airybi airybiprime besseli besselj besselk bessely betainc betaincda betaincdb betapdf ci "
    "dawson ei ellipd ellipe ellipk erfcinv erfcx erfinv gammainc gammaincda gammaincc gammapdf ierfcx lambertw li si "
    "zeta zetaderiv"
)
SPECIAL = frozenset(_SPECIAL.split())
_SAME = (  # the names that math has too
    "acos acosh asin asinh atan atan2 atanh copysign cos cosh erf erfc exp exp2 expm1 fmod hypot "
    "log log10 log1p log2 pow sin sinh sqrt tan tanh"
)

KERNELS: dict[str, Callable[..., Any]] = {name: getattr(math, name) for name in _SAME.split()} | {
    **{name: _special(name) for name in SPECIAL},
    "abs": operator.abs,
    "add": operator.add,
    "cbrt": _cbrt,
    "ceil": _whole(math.ceil),
    "cosd": _cosd,
    "cotd": _cotd,
    "digamma": _digamma,
    "div": operator.truediv,
    "eq": _compare(operator.eq),
    "floor": _whole(math.floor),
    "fma": _fma,
    "gamma": _gamma,
    "ge": _compare(operator.ge),
    "gelu": _gelu,
    "gt": _compare(operator.gt),
    "le": _compare(operator.le),
    "lgamma": _lgamma,
    "lt": _compare(operator.lt),
    "max": _no_nan(max),
    "min": _no_nan(min),
    "mod": operator.mod,
    "mul": operator.mul,
    "neg": operator.neg,
    "normcdf": _normcdf,
    "polygamma": _polygamma,
    "round": _whole(round),
    "sech": _sech,
    "sign": _sign,
    "sinc": _sinc,
    "sind": _sind,
    "spherical_jn": _spherical_jn,
    "sub": operator.sub,
    "tand": _tand,
    "trunc": _whole(math.trunc),
    "where": lambda c, a, b: a if c else b,
}


def _pole(at: float, value: float) -> Callable[..., float]:
    return lambda x: value if x == at else nan


def _divided(a: float, b: float) -> float:
    return nan if a == 0 or a != a else copysign(inf, a) * copysign(1.0, b)


def _power(x: float, p: float) -> float:
    """At the pole at 0, of a negative number to a broken power, and beyond the floats."""
    if x < 0 and p != math.floor(p):
        return nan
    is_odd = p % 2 == 1
    return copysign(inf, x) if is_odd else inf


# What a kernel that raised has there by IEEE 754 (ISO C, annex F); where no line stands: overflow is infinity, the
# rest is not a number.
_EDGES: dict[str, Callable[..., float]] = {
    "atanh": lambda x: copysign(inf, x) if abs(x) == 1 else nan,
    "cotd": lambda x: _divided(_cosd(x), _sind(x)) if isfinite(x) else nan,
    "div": _divided,
    "fma": lambda a, b, c: copysign(inf, a) * copysign(1.0, b),  # too large: then a * b outweighs c
    "gamma": lambda x: copysign(inf, x) if abs(x) < 1e-300 else inf if x > 0 else nan,
    "lgamma": lambda x: inf,
    "log": _pole(0, -inf),
    "log10": _pole(0, -inf),
    "log1p": _pole(-1, -inf),
    "log2": _pole(0, -inf),
    "polygamma": lambda n, x: inf if n % 2 else copysign(inf, -x),
    "pow": _power,
    "sinc": lambda x: 0.0,
    "sinh": lambda x: copysign(inf, x),
    "tand": lambda x: _divided(_sind(x), _cosd(x)) if isfinite(x) else nan,
}


def at_the_edge(name: str, error: Exception, *args: float) -> float:
    """The IEEE 754 result where the kernel of that name raised `error`."""
    if any(map(math.isnan, args)):
        return nan
    if name in _EDGES:
        return _EDGES[name](*args)
    return inf if isinstance(error, OverflowError) else nan
