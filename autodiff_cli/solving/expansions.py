"""Expansions on one side of a point: sums of terms c * t^p * l^q, where t > 0 goes to 0 and l = log(1/t) to infinity.

Terms stand in the order of their sizes (Hardy's scale of powers and logarithms: Orders of Infinity, 1910). Of what
grows beyond every power its sign is kept, and of what falls beyond every power the sign of the remainder. The
coefficients are rationals, where they are exact, or balls; to be used at the precision of some `Balls`.
"""

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from math import factorial, inf
from typing import Any, NamedTuple

from flint import arb, fmpq

from autodiff_cli.exact.balls import exact

Key = tuple[Any, Any]  # the power of t, and minus that of l: a smaller key is a larger term

UNIT: Key = (0, 0)  # of constants
EXACT: Key = (inf, inf)  # where nothing is left out
BEYOND: Key = (inf, 0)  # of what is smaller than every power
SOMEHOW: Key = (0, Fraction(1, 10**9))  # of what goes to 0, and is not known how fast
ORDER = 8  # of power series that are put together
_TERMS = 12
_DOUBLINGS = 60


class UnresolvedError(ArithmeticError):
    """What the terms that are known leave open."""


class Expansion(NamedTuple):
    """Terms by key; what is left out has the size of `error` at most, and the sign `rest`, 0 where that is not known.

    Of sin(x)/x beside 0 the terms are {(0, 0): 1, (2, 0): -1/6, ...}.
    """

    terms: dict[Key, Any]
    error: Key = EXACT
    rest: int = 0

    @property
    def lead(self) -> Key:
        """The size of the whole, at most."""
        return min([*self.terms, self.error])

    @property
    def is_finite(self) -> bool:
        """Whether it goes to a number."""
        return self.lead >= UNIT and self.error > UNIT

    @property
    def limit(self) -> Any:
        """The number that it goes to, where it `is_finite`."""
        return self.terms.get(UNIT, fmpq(0))

    @property
    def is_constant(self) -> bool:
        """Whether it is one number all along."""
        return self.error == EXACT and not self.terms.keys() - {UNIT}

    def without_limit(self) -> "Expansion":
        """What is left of it without the number that it goes to."""
        return self._replace(terms={key: number for key, number in self.terms.items() if key != UNIT})


class Endless(NamedTuple):
    """What goes to infinity of a sign: beyond every power of 1/t, or in a way that is not known."""

    sign: int
    beyond: bool = True


Germ = Expansion | Endless
Rule = Callable[..., Germ]
ZERO = Expansion({})


def constant_germ(number: Any) -> Expansion:
    """A number all along."""
    settled = _settled(number)
    return ZERO if settled == 0 else Expansion({UNIT: settled})


def rational(number: Any) -> Any:
    """A Fraction as one of flint's."""
    return fmpq(number.numerator, number.denominator)


def fraction(number: Any) -> Fraction:
    """One of flint's rationals as a Fraction."""
    return Fraction(int(number.p), int(number.q))


def sign_of(number: Any) -> int:
    """The sign of a coefficient. Raises UnresolvedError where its ball leaves that open."""
    signs = [sign for sign, holds in ((0, number == 0), (1, number > 0), (-1, number < 0)) if holds]
    if not signs:
        raise UnresolvedError
    return signs[0]


def _settled(number: Any) -> Any:
    """A ball that is one short number as a rational."""
    if isinstance(number, fmpq):
        return number
    if not number.is_finite():
        raise UnresolvedError
    if not exact(number):
        return number
    mantissa, exponent = number.man_exp()
    return fmpq(mantissa) * fmpq(2) ** int(exponent) if abs(exponent) < 400 else number


def _cut(terms: dict[Key, Any], error: Key, rest: int = 0) -> Expansion:
    """Terms without zeros, and without those that are smaller than what is left out."""
    kept = sorted([key for key, number in terms.items() if key < error and number != 0])
    if len(kept) > _TERMS:
        error, rest = kept[_TERMS], 0
    return Expansion({key: terms[key] for key in kept[:_TERMS]}, error, rest)


def _times(key: Key, by: Key) -> Key:
    """The size of a product."""
    if inf in (key[0], by[0]):
        return EXACT if EXACT in (key, by) else BEYOND
    return key[0] + by[0], key[1] + by[1]


def total(a: Germ, b: Germ) -> Germ:
    """The sum. Raises UnresolvedError for infinity less infinity."""
    if isinstance(a, Endless) or isinstance(b, Endless):
        return _endless_sum(a, b)
    terms = dict(a.terms)
    for key, number in b.terms.items():
        terms[key] = _settled(terms[key] + number) if key in terms else number
    rest = b.rest if a.error > b.error else a.rest
    if a.error == b.error and a.rest != b.rest:
        rest = 0
    return _cut(terms, min(a.error, b.error), rest)


def _endless_sum(a: Germ, b: Germ) -> Endless:
    if isinstance(a, Endless) and isinstance(b, Endless):
        if a.sign != b.sign:
            raise UnresolvedError
        return Endless(a.sign, a.beyond or b.beyond)
    endless, other = (a, b) if isinstance(a, Endless) else (b, a)
    if endless.beyond or other.lead >= UNIT or sign_of(_led(other)[1]) == endless.sign:  # type: ignore[union-attr,arg-type]
        return endless  # type: ignore[return-value]
    raise UnresolvedError


def product(a: Germ, b: Germ) -> Germ:
    """The product. Raises UnresolvedError for 0 times infinity."""
    if ZERO in (a, b):
        return ZERO
    if isinstance(a, Endless) or isinstance(b, Endless):
        return _endless_product(a, b)
    terms: dict[Key, Any] = {}
    for first, number in a.terms.items():
        for second, other in b.terms.items():
            key = _times(first, second)
            terms[key] = terms[key] + number * other if key in terms else number * other
    error = min(_times(a.lead, b.error), _times(b.lead, a.error))
    return _cut({key: _settled(number) for key, number in terms.items()}, error, _rest_of_product(a, b))


def _endless_product(a: Germ, b: Germ) -> Endless:
    if isinstance(a, Endless) and isinstance(b, Endless):
        return Endless(a.sign * b.sign, a.beyond or b.beyond)
    endless, other = (a, b) if isinstance(a, Endless) else (b, a)
    key, number, _ = _led(other)  # type: ignore[arg-type]
    if not endless.beyond and key > UNIT:  # type: ignore[union-attr]
        raise UnresolvedError
    return endless._replace(sign=endless.sign * sign_of(number))  # type: ignore[union-attr,return-value,call-arg]


def _rest_of_product(a: Expansion, b: Expansion) -> int:
    """The sign of what is left out, where one of two is one term, or one is nothing but remainder."""
    for one, other in ((a, b), (b, a)):
        is_term = other.error == EXACT and len(other.terms) == 1
        is_led = not one.terms and other.terms and other.lead < other.error
        if is_term or is_led:
            return one.rest * sign_of(other.terms[other.lead])
    return 0 if a.terms or b.terms else a.rest * b.rest


def _led(germ: Expansion) -> tuple[Key, Any, Expansion]:
    """The first term, and what the others are in units of it, which goes to 0."""
    if not germ.terms:
        raise UnresolvedError
    key = min(germ.terms)
    number = germ.terms[key]
    sign = sign_of(number)
    back = (-key[0], -key[1])
    others = {_times(one, back): other / number for one, other in germ.terms.items() if one != key}
    return key, number, Expansion(others, _times(germ.error, back), germ.rest * sign)


def inverse(germ: Germ) -> Germ:
    """1 divided by it. Raises UnresolvedError where it is not known whether that is infinite, or of which sign."""
    if isinstance(germ, Endless):
        return Expansion({}, BEYOND if germ.beyond else SOMEHOW, germ.sign)
    if not germ.terms and germ.rest:
        return Endless(germ.rest, germ.error == BEYOND)
    key, number, rest = _led(germ)
    signs = [fmpq((-1) ** k) for k in range(ORDER + 1)]
    return product(Expansion({(-key[0], -key[1]): 1 / number}), substituted(signs, rest))


def scaled(germ: Germ, by: int) -> Germ:
    """A whole multiple."""
    return product(germ, constant_germ(fmpq(by)))


def power(germ: Germ, exponent: Fraction) -> Germ:
    """A rational power; of a negative number a whole one."""
    is_whole = exponent.denominator == 1
    if exponent == 0:
        return constant_germ(fmpq(1))
    if isinstance(germ, Endless) or not germ.terms:
        return _power_without_terms(germ, exponent)
    if is_whole and 0 < exponent <= ORDER:
        found: Germ = germ
        for _ in range(int(exponent) - 1):
            found = product(found, germ)
        return found
    key, number, rest = _led(germ)
    if not is_whole and sign_of(number) < 0:
        raise UnresolvedError
    scale = number ** int(exponent) if is_whole else arb(number) ** arb(rational(exponent))
    binomial = [fmpq(1)]
    for k in range(1, ORDER + 1):
        binomial.append(binomial[-1] * (rational(exponent) - k + 1) / k)
    led = Expansion({(key[0] * exponent, key[1] * exponent): _settled(scale)})
    return product(led, substituted(binomial, rest))


def _power_without_terms(germ: Germ, exponent: Fraction) -> Germ:
    """The power of what is 0, or 0 beyond every power, or infinite."""
    if germ == ZERO:
        if exponent > 0:
            return ZERO
        raise UnresolvedError
    sign = germ.sign if isinstance(germ, Endless) else germ.rest
    if sign <= 0 and exponent.denominator > 1:
        raise UnresolvedError
    sign = sign if exponent.numerator % 2 else abs(sign)
    if isinstance(germ, Endless):
        return _or_inverse(Endless(sign, germ.beyond), exponent)
    if germ.error <= UNIT and exponent <= 0:
        raise UnresolvedError
    if germ.error in (BEYOND, SOMEHOW):
        return _or_inverse(germ._replace(rest=sign), exponent)
    error = (germ.error[0] * exponent, germ.error[1] * exponent)
    return Expansion({}, error, sign)


def _or_inverse(germ: Germ, exponent: Fraction) -> Germ:
    """A germ that powers leave as it is, but for negative ones."""
    return germ if exponent > 0 else inverse(germ)


def root_of(germ: Germ) -> Germ:
    """The square root."""
    return power(germ, Fraction(1, 2))


def substituted(coefficients: Sequence[Any], small: Expansion) -> Expansion:
    """A power series, whose first coefficients are given, of what goes to 0."""
    if small == ZERO:
        return constant_germ(coefficients[0])
    if small.lead <= UNIT:
        raise UnresolvedError
    found: Germ = constant_germ(coefficients[0])
    raised: Germ = constant_germ(fmpq(1))
    for coefficient in coefficients[1:]:
        raised = product(raised, small)
        if coefficient != 0:
            found = total(found, product(raised, Expansion({UNIT: coefficient})))
            if not small.terms and small.rest:  # the next powers are smaller
                return found  # type: ignore[return-value]
    count, (by_power, by_log) = len(coefficients), small.lead
    left = BEYOND if by_power == inf else (by_power * count, by_log * count)
    is_closer = found.error <= left  # type: ignore[union-attr]
    return _cut(found.terms, min(left, found.error), found.rest * is_closer)  # type: ignore[union-attr]


def exponential(germ: Germ) -> Germ:
    """exp: beyond every power where its argument is infinite, and a power where that is a multiple of l."""
    if isinstance(germ, Endless):
        return _endless_exponential(germ)
    far = {key: number for key, number in germ.terms.items() if key < UNIT}
    first = min(far, default=UNIT)
    if first >= germ.error or (germ.error <= UNIT and first >= (0, -1)):
        raise UnresolvedError
    if far and not _is_multiple_of_l(far):
        return _endless_exponential(Endless(sign_of(far[first]), first < (0, -1)))
    factor = Expansion({(-fraction(far[first]), 0): fmpq(1)}) if far else constant_germ(fmpq(1))
    near = Expansion({key: number for key, number in germ.terms.items() if key > UNIT}, germ.error, germ.rest)
    return product(factor, _finite_exponential(germ.limit, near))


def _finite_exponential(limit: Any, near: Expansion) -> Germ:
    """exp of a number and what is added to it, by its Taylor series."""
    coefficients = [fmpq(1, factorial(k)) for k in range(ORDER + 1)]
    return product(constant_germ(fmpq(1) if limit == 0 else arb(limit).exp()), substituted(coefficients, near))


def _is_multiple_of_l(terms: Mapping[Key, Any]) -> bool:
    return [*terms] == [(0, -1)] and isinstance(terms[0, -1], fmpq)


def _endless_exponential(germ: Endless) -> Germ:
    """exp of what is infinite: likewise, or 1 divided by that."""
    return germ if germ.sign > 0 else inverse(germ._replace(sign=1))


def logarithm(germ: Germ) -> Germ:
    """log: of a power of t a multiple of l."""
    if isinstance(germ, Endless) and germ.sign > 0:
        return Endless(1, beyond=False)
    if isinstance(germ, Endless):
        raise UnresolvedError
    if not germ.terms and germ.rest > 0:
        return Endless(-1, beyond=False)
    (by_power, by_log), number, rest = _led(germ)
    if sign_of(number) < 0 or by_log != 0:
        raise UnresolvedError
    terms: dict[Key, Any] = {(0, -1): -rational(Fraction(by_power)), UNIT: _settled(arb(number).log())}
    coefficients = [fmpq(0), *[fmpq((-1) ** (k + 1), k) for k in range(1, ORDER + 1)]]
    return total(_cut(terms, EXACT), substituted(coefficients, rest))


def approach(germ: Germ) -> int:
    """The sign close by. Raises UnresolvedError where the terms leave it open."""
    if isinstance(germ, Endless):
        return germ.sign
    if germ.terms:
        return sign_of(germ.terms[min(germ.terms)])
    if germ.error != EXACT and not germ.rest:
        raise UnresolvedError
    return germ.rest


def slope_beside(germ: Expansion) -> Any:
    """By how much it moves for each t, beside the number that it goes to; None where that is open."""
    others = germ.without_limit().terms
    first = min(others, default=EXACT)
    if first < (1, 0):
        return arb(inf) * sign_of(others[first])
    return others.get((1, 0), fmpq(0)) if germ.error > (1, 0) else None


def led_from(germ: Germ | None) -> float | None:
    """From which 1/t on the first of finitely many terms is larger than all others together; None where none is known.

    By 1/t = s the others are, in units of the first, c * s^-a * log(s)^b, which fall where log(s) > b/a.
    """
    if not isinstance(germ, Expansion) or germ.error != EXACT or not germ.terms:
        return None
    _, _, others = _led(germ)
    s = arb(2)
    for by_power, by_log in others.terms:
        s = s.max((arb(-rational(Fraction(by_log))) / arb(rational(Fraction(by_power)))).exp() if by_power else s)
    for _ in range(_DOUBLINGS):
        s = arb((2 * s).upper())
        sizes = [
            abs(arb(number)) * s ** arb(-rational(Fraction(by_power))) * s.log() ** arb(-rational(Fraction(by_log)))
            for (by_power, by_log), number in others.terms.items()
        ]
        if sum(sizes, arb(0)) < 1:
            return float(s.upper()) * (1 + 1e-15)
    return None
