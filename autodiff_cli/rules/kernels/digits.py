"""Gamma and its relatives, and Bessel functions, in decimal arithmetic: for where floats would lose their digits.

Each takes floats and gives the float nearest to the result, or nearly so: 40 digits leave more than 20 of them beside
any zero. The formulas of gamma are those of DLMF chapter 5; none is called at a pole.
"""

import math
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal, localcontext
from fractions import Fraction
from functools import cache

_CONTEXT = Context(prec=40, Emax=MAX_EMAX, Emin=MIN_EMIN, traps=[])
_PI = Decimal("3.14159265358979323846264338327950288419716939937510582")
_TERMS, _FAR = 22, 25  # so many terms of an asymptotic series have 40 digits from there on


@cache
def _bernoulli() -> list[Decimal]:
    """B2, B4 and so on (DLMF 24.5.3)."""
    numbers = [Fraction(1)]
    for n in range(1, 2 * _TERMS + 1):
        numbers.append(-sum((math.comb(n + 1, k) * b for k, b in enumerate(numbers)), Fraction(0)) / (n + 1))
    with localcontext(_CONTEXT):
        return [Decimal(b.numerator) / b.denominator for b in numbers[2::2]]


def _sine(x: Decimal) -> Decimal:
    total, term, k = x, x, 1
    while abs(term) > abs(total) * Decimal("1e-42"):
        term *= -x * x / ((k + 1) * (k + 2))
        total, k = total + term, k + 2
    return total


def _sine_pi(x: float) -> Decimal:
    """sin(pi*x), by way of the remainder of x, which is exact."""
    turn = math.remainder(x, 2)
    return _sine(_PI * (Decimal(turn) if abs(turn) <= 0.5 else Decimal(math.copysign(1, turn)) - Decimal(turn)))


def _cotangent(x: float) -> Decimal:
    """cot(pi*x)."""
    turn = Decimal(math.remainder(x, 1))
    return _sine(_PI * (Decimal("0.5") - abs(turn))) / _sine(_PI * turn)


def _lgamma(x: Decimal) -> Decimal:
    """For x > 0: recurrence upwards, then Stirling's series (DLMF 5.5.1, 5.11.1)."""
    product = Decimal(1)
    while x < _FAR:
        product *= x
        x += 1
    total = (x - Decimal("0.5")) * x.ln() - x + (2 * _PI).ln() / 2
    power, square = x, x * x
    for k, b in enumerate(_bernoulli(), 1):
        total += b / (2 * k * (2 * k - 1) * power)
        power *= square
    return total - product.ln()


def gamma(x: float) -> float:
    """The gamma function; reflection below 1/2 (DLMF 5.5.3)."""
    with localcontext(_CONTEXT):
        if x >= 0.5:
            return float(_lgamma(Decimal(x)).exp())
        return float(_PI / (_sine_pi(x) * _lgamma(1 - Decimal(x)).exp()))


def lgamma(x: float) -> float:
    """log(abs(gamma(x))); reflection below 0."""
    with localcontext(_CONTEXT):
        if x > 0:
            return float(_lgamma(Decimal(x)))
        return float((_PI / abs(_sine_pi(x))).ln() - _lgamma(1 - Decimal(x)))


@cache
def _cotangent_slopes(n: int) -> list[int]:
    """The n-th derivative of cot as a polynomial in cot: d/dx p(cot) = -(1 + cot^2) p'(cot)."""
    coefficients = [0, 1]
    for _ in range(n):
        slopes = [*(k * c for k, c in enumerate(coefficients) if k), 0, 0, 0]
        coefficients = [-(slopes[k] + (slopes[k - 2] if k > 1 else 0)) for k in range(len(slopes))]
    return coefficients


def _psi(n: int, x: Decimal) -> Decimal:
    """For x > 0: recurrence upwards, then the asymptotic series (DLMF 5.15.5, 5.15.8 and 5.5.2, 5.11.2)."""
    total = Decimal(0)
    while x < _FAR + n:
        total += x ** -(n + 1)
        x += 1
    total *= math.factorial(n)
    total += math.factorial(n - 1) / x**n if n else -x.ln()
    total += math.factorial(n) / (2 * x ** (n + 1))
    rising, power, square = Decimal(math.factorial(n + 1)) / 2, x ** (n + 2), x * x  # (2k + n - 1)! / (2k)!
    for k, b in enumerate(_bernoulli(), 1):
        total += b * rising / power
        rising *= Decimal((2 * k + n) * (2 * k + n + 1)) / ((2 * k + 1) * (2 * k + 2))
        power *= square
    return total if n % 2 else -total


def polygamma(n: int, x: float) -> float:
    """The n-th derivative of digamma; reflection below 0 (DLMF 5.15.6)."""
    with localcontext(_CONTEXT):
        if x > 0:
            return float(_psi(n, Decimal(x)))
        cotangent = _cotangent(x)
        turned = Decimal(0)
        for coefficient in reversed(_cotangent_slopes(n)):
            turned = turned * cotangent + coefficient
        return float((-1) ** n * _psi(n, 1 - Decimal(x)) - turned * _PI ** (n + 1))


def spherical_jn(n: int, x: float) -> float:
    """Upwards from orders -1 and 0 (DLMF 10.51.1), for n < abs(x) <= 1e8: pi has the digits for it."""
    with localcontext(_CONTEXT):
        z = Decimal(x)
        turned = z.remainder_near(2 * _PI)
        below, here = _sine(_PI / 2 - abs(turned)) / z, _sine(turned) / z
        for k in range(n):
            below, here = here, (2 * k + 1) / z * here - below
        return float(here)
