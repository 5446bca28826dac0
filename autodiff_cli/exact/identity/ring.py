"""Polynomials in letters: variables and functions of them, each a letter, with the relations that hold among them.

Every relation gives a power of a letter as a polynomial in earlier ones, as cos(x)^2 = 1 - sin(x)^2. The leading powers
have no letter in common, so a polynomial that reduces to 0 is exactly one that follows from them.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from math import gcd, prod
from time import perf_counter
from typing import Any

NEGATIVE, ZERO, POSITIVE = 1, 2, 4  # signs that a number may have; a set of them is their sum
NONZERO, NOT_NEGATIVE, ANY = NEGATIVE | POSITIVE, ZERO | POSITIVE, NEGATIVE | ZERO | POSITIVE

Polynomial = Any  # flint's fmpz_mpoly
_MOST_TERMS = 3000  # of a product, before it is reduced
_LONGEST_FACTORED = 150  # terms of a polynomial that is still factored
_HEAVIEST = 5000  # product of degrees, of a polynomial that is factored
_HIGHEST, _LONGEST_POWER = 400, 200  # power; and that times the terms of what is raised
_SECONDS = 1.5  # for all of it


class GaveUp(Exception):  # noqa: N818 - it says what is the case
    """The two are not shown to be the same: what is asked is too large, or not known."""


class Full(Exception):  # noqa: N818
    """There are more letters than the ring has room for."""


class Impossible(Exception):  # noqa: N818
    """There is no point at which all that is asked for holds."""


@dataclass(slots=True)
class Letter:
    """A letter of the ring. `relation` is what is 0: its power `degree`, less itself or earlier letters.

    `log` is the logarithm of its absolute value as a quotient, where that is known; or it is a root of some degree of
    the size of `root_of`. `is_smooth` is whether it is analytic, and independent of the others but for its relation.
    """

    name: str
    sign: int = ANY
    degree: int = 0
    relation: Polynomial = None
    log: Any = None
    root_of: tuple[Polynomial, int] | None = None
    is_smooth: bool = True


class Ring:
    """Polynomials with whole coefficients in so many letters, and what is known of their signs."""

    def __init__(self, size: int, budget: float = _SECONDS) -> None:
        from flint import Ordering, fmpz_mpoly_ctx

        self._ring = fmpz_mpoly_ctx.get([f"k{number}" for number in range(size)], Ordering.lex)
        self.gens = self._ring.gens()
        self.size = size
        self.letters: dict[int, Letter] = {}  # by the letter's place; later letters come earlier
        self.places: dict[str, int] = {}
        self.signs: dict[str, int] = {}  # of polynomials, as far as they are given
        self.is_asked_in_vain = False  # a sign was not known that may be by now
        self._factored: dict[str, tuple[int, list[tuple[Polynomial, int]]]] = {}
        self._end = perf_counter() + budget
        self.one, self.zero = self.number(1), self.number(0)

    def number(self, number: int) -> Polynomial:
        """A constant."""
        return self._ring.constant(number)

    def by_name(self, name: str) -> Polynomial:
        """The letter of that name, which is there."""
        return self.gens[self.places[name]]

    def place_of(self, polynomial: Polynomial) -> int | None:
        """The place of the letter that a polynomial is; None where it is none."""
        if len(polynomial) != 1 or polynomial.total_degree() != 1 or polynomial.leading_coefficient() != 1:
            return None
        return list(polynomial.degrees()).index(1)

    def new(self, letter: Letter) -> Polynomial:
        """A new letter, after all others. `letter.relation` is what its power `degree` is. Raises Full."""
        place = self.size - 1 - len(self.letters)
        if place < 0:
            raise Full
        generator = self.gens[place]
        self.letters[place] = letter
        self.places[letter.name] = place
        if letter.degree:
            lower = generator if letter.relation is None else letter.relation
            letter.relation = generator**letter.degree - lower
        return generator

    # --- arithmetic ------------------------------------------------------------------------------------------------

    def product(self, a: Polynomial, b: Polynomial) -> Polynomial:
        """The product, reduced. Raises GaveUp where it is too large."""
        if len(a) * len(b) > 4 * _MOST_TERMS or perf_counter() > self._end:
            raise GaveUp
        return self.reduced(a * b)

    def power(self, base: Polynomial, exponent: int) -> Polynomial:
        """A power, reduced. Raises GaveUp where it is too large."""
        if exponent > _HIGHEST or (len(base) > 1 and len(base) * exponent > _LONGEST_POWER):
            raise GaveUp
        return self.reduced(base**exponent)

    def reduced(self, polynomial: Polynomial) -> Polynomial:
        """The same by the relations, no letter in a power that one of them gives."""
        if len(polynomial) > _MOST_TERMS:
            raise GaveUp
        if polynomial.is_constant():
            return polynomial
        for place in range(self.size - len(self.letters), self.size):
            letter = self.letters[place]
            if letter.degree and polynomial.degrees()[place] >= letter.degree:
                polynomial = polynomial % letter.relation
                if len(polynomial) > _MOST_TERMS:
                    raise GaveUp
        return polynomial

    def common(self, a: Polynomial, b: Polynomial) -> Polynomial:
        """The greatest common divisor. Raises GaveUp where it would take long to find."""
        if a.is_constant() and b.is_constant():
            return self.number(gcd(int(a.leading_coefficient()), int(b.leading_coefficient())))
        fewer, more = sorted((len(a), len(b)))
        are_heavy = fewer > 1 and min(_weight(a), _weight(b)) > _HEAVIEST
        if are_heavy or fewer > _LONGEST_FACTORED or more > 4 * _LONGEST_FACTORED:
            raise GaveUp
        return a.gcd(b)

    def factors(self, polynomial: Polynomial) -> tuple[int, list[tuple[Polynomial, int]]]:
        """A whole number, and factors with their powers, each with a positive first coefficient."""
        key = str(polynomial)
        if key not in self._factored:
            self._factored[key] = self._factor(polynomial)
        return self._factored[key]

    def _factor(self, polynomial: Polynomial) -> tuple[int, list[tuple[Polynomial, int]]]:
        first = int(polynomial.leading_coefficient()) if polynomial else 0
        if len(polynomial) < 2:
            powers = zip(self.gens, polynomial.degrees(), strict=True)
            return first, [(letter, int(degree)) for letter, degree in powers if degree > 0]
        if len(polynomial) > _LONGEST_FACTORED or perf_counter() > self._end:
            raise GaveUp
        found = self._found_factors(polynomial)
        if found is None:
            content = int(polynomial.content()) * (1 if first > 0 else -1)
            return content, [(polynomial / self.number(content), 1)]
        content, factors = found
        turned = [int(power) for factor, power in factors if factor.leading_coefficient() < 0]
        factors = [(_with_positive_start(factor), int(power)) for factor, power in factors]
        return int(content) * (-1) ** sum(turned), factors

    def _found_factors(self, polynomial: Polynomial) -> tuple[int, list[tuple[Polynomial, int]]] | None:
        """What flint finds; None where that would take long, or its order of factors fails at large numbers."""
        if _weight(polynomial) > _HEAVIEST:
            return None
        try:
            content, factors = polynomial.factor()
        except OverflowError:
            return None
        return content, factors

    # --- signs -----------------------------------------------------------------------------------------------------

    def sign(self, polynomial: Polynomial) -> int:
        """The signs that a polynomial may have: of x^2 + 1 it is POSITIVE, whatever x is."""
        sign = self.known_sign(polynomial)
        if sign not in (POSITIVE, NEGATIVE, ZERO):
            self.is_asked_in_vain = True
        return sign

    def known_sign(self, polynomial: Polynomial) -> int:
        """The same, where it does not matter if more is known later. Raises Impossible where no sign is left."""
        key = str(polynomial)
        sign = self.signs.get(key, ANY)
        if sign == ANY and (opposite := self.signs.get(str(-polynomial), ANY)) != ANY:
            sign = _negated(opposite)
        if sign not in (POSITIVE, NEGATIVE, ZERO):
            sign &= self._sign_of_sum(polynomial)
        if not sign:
            raise Impossible
        return sign

    def _sign_of_sum(self, polynomial: Polynomial) -> int:
        total = ZERO
        for exponents, coefficient in polynomial.terms():
            term = POSITIVE if coefficient > 0 else NEGATIVE
            for place, exponent in enumerate(exponents):
                if exponent:
                    term = product_sign(term, power_sign(self._sign_of_letter(place), int(exponent)))
            total = _sum_sign(total, term)
            if total == ANY:
                break
        return total

    def _sign_of_letter(self, place: int) -> int:
        letter = self.letters[place]
        sign = letter.sign & self.signs.get(str(self.gens[place]), ANY)
        if sign & ZERO and letter.root_of and not self.known_sign(letter.root_of[0]) & ZERO:
            sign -= ZERO
        return sign

    def learn(self, polynomial: Polynomial, sign: int) -> bool:
        """Take it as given that a polynomial has one of these signs; whether that was news. Raises Impossible."""
        known = self.known_sign(polynomial)
        if not known & sign:
            raise Impossible
        if known & sign == known:
            return False
        self.signs[str(polynomial)] = known & sign
        return True

    def are_smooth(self, polynomials: Iterable[Polynomial]) -> bool:
        """Whether all letters in some polynomials are analytic."""
        used = {place for one in polynomials for place, degree in enumerate(one.degrees()) if degree}
        return all(self.letters[place].is_smooth for place in used)


def _with_positive_start(polynomial: Polynomial) -> Polynomial:
    return -polynomial if polynomial.leading_coefficient() < 0 else polynomial


def _weight(polynomial: Polynomial) -> int:
    """How much work it is to factor a polynomial, or to find a common divisor: the product of its degrees."""
    return prod([int(degree) + 1 for degree in polynomial.degrees()])


def _negated(sign: int) -> int:
    return (sign & ZERO) | (POSITIVE if sign & NEGATIVE else 0) | (NEGATIVE if sign & POSITIVE else 0)


def product_sign(a: int, b: int) -> int:
    """The signs that a product may have, from those of its factors."""
    sign = (a | b) & ZERO
    if a & POSITIVE:
        sign |= b
    if a & NEGATIVE:
        sign |= _negated(b)
    return sign


def power_sign(sign: int, exponent: int) -> int:
    """The signs that a power by a whole number may have."""
    return sign if exponent % 2 else (sign & ZERO) | (POSITIVE if sign & NONZERO else 0)


def _sum_sign(a: int, b: int) -> int:
    """The signs that a sum may have: of two that are not negative, one of them positive, it is POSITIVE."""
    if a == ZERO:
        return b
    if b == ZERO:
        return a
    if (a | b) & NONZERO == NONZERO:
        return ANY
    is_never_zero = not (a & b & ZERO)
    return (a | b) & NONZERO if is_never_zero else (a | b)
