"""Powers and roots as quotients of letters: of one base they are whole powers of one root of it."""

from __future__ import annotations

from fractions import Fraction
from functools import partial
from math import lcm, prod

from autodiff_cli.exact.identity.field import FunctionField, RationalFunction
from autodiff_cli.exact.identity.logs import Logs, primes
from autodiff_cli.exact.identity.ring import (
    NEGATIVE,
    NONZERO,
    NOT_NEGATIVE,
    POSITIVE,
    GaveUp,
    Impossible,
    Letter,
    Polynomial,
)

_DEEPEST_ROOT = 60
_HIGHEST = 400
_THIRD = Fraction(1, 3)


class Powers(Logs):
    """Powers of any exponent."""

    def __init__(self, field: FunctionField) -> None:
        super().__init__(field)
        self._degrees: dict[str, int] = {}  # of the root that is taken of a base

    def power(self, base: RationalFunction, exponent: RationalFunction) -> RationalFunction:
        """A power, where it is defined."""
        number = self.field.rational(exponent)
        if number is not None:
            return self.rational_power(base, number)
        if not base.top:
            raise GaveUp
        if self.sign_of(base) == POSITIVE:
            return self.exp(self.field.mul(exponent, self.log_of_size(base)))
        return self._formal_power(base, exponent)

    def rational_power(self, base: RationalFunction, exponent: Fraction) -> RationalFunction:
        """A power by a rational number."""
        if exponent.denominator == 1:
            if abs(exponent) > _HIGHEST:
                raise GaveUp
            if exponent < 0:
                self.not_zero(base)
            return self.field.power(base, int(exponent))
        if not base.top:
            if exponent < 0:
                raise Impossible
            return self.field.zero
        self.learn(base, NOT_NEGATIVE if exponent > 0 else POSITIVE)
        return self._fractional_power(base, exponent)

    # --- of a base of unknown sign, by something that varies -------------------------------------------------------

    def _formal_power(self, base: RationalFunction, exponent: RationalFunction) -> RationalFunction:
        """The exponential of the exponent times a formal logarithm.

        Its rules hold for negative bases too, whose logarithm is a complex number.
        """
        content, factors = self.factors(base)
        known, rest = self.field.number(abs(content)), self.field.number(1 if content > 0 else -1)
        for factor, power in factors:
            part = self.field.power(self.field.of(factor), power)
            if self.sign_of_factor(factor) == POSITIVE:
                known = self.field.mul(known, part)
            else:
                rest = self.field.mul(rest, part)
        real = self.exp(self.field.mul(exponent, self.log_of_size(known)))
        whole, exponent = self._without_whole(exponent)
        name = f"formal log {self.field.key(rest)}"
        log = self.field.of(self.letter(name, lambda: Letter(name, is_smooth=False)))
        formal = self.combined("formal", self.field.mul(exponent, log))
        return self.field.product(real, self.field.power(rest, whole), formal)

    def _without_whole(self, exponent: RationalFunction) -> tuple[int, RationalFunction]:
        """The whole number in a sum, and the rest: of n - 1/2 they are -1 and n + 1/2."""
        constant = self.field.terms(exponent).get(self.field.key(self.field.one))
        if constant is None:
            return 0, exponent
        whole = constant[0].__floor__()
        return whole, self.field.sub(exponent, self.field.number(whole))

    # --- by a fraction ---------------------------------------------------------------------------------------------

    def _fractional_power(self, base: RationalFunction, exponent: Fraction) -> RationalFunction:
        """A power by a fraction of what is not negative.

        The factors of unknown sign, of which the product is not negative, stay one: sqrt(x*y*z^2) is
        sqrt(x*y) * abs(z).
        """
        content, factors = self.factors(base)
        parts = [self.number_power(abs(content), exponent)]
        sign, unknown = 1 if content > 0 else -1, []
        for factor, power in factors:
            known = self.sign_of_factor(factor)
            is_unknown = known & NONZERO == NONZERO
            if is_unknown and power % 2:
                unknown.append(factor)
                power -= 1
            elif not known & POSITIVE and power % 2:
                sign = -sign
            parts.append(
                self._positive_power(self.size_of_factor(factor), power * exponent) if power else self.field.one
            )
        if unknown:
            product = sign * prod(unknown, start=self.ring.one)
            parts.append(self._positive_power(self.ring.reduced(product), exponent))
        elif sign < 0:
            raise GaveUp  # of what is negative, or 0 at some points
        return self.field.product(*parts)

    def power_of_size(self, bases: list[Polynomial], exponent: Fraction) -> RationalFunction:
        """A power of the size of a product: of x*y, if the sign of that is known, else of abs(x) and abs(y)."""
        unknown = [base for base in bases if self.ring.known_sign(base) & NONZERO == NONZERO]
        positive = self._positive_product(unknown) if exponent.denominator > 1 else None
        if positive is None:
            return self.field.product(*[self._positive_power(self.size_of_factor(base), exponent) for base in bases])
        others = [base for base in bases if base not in unknown]
        return self.field.mul(self._fractional_power(positive, exponent), self.power_of_size(others, exponent))

    def _positive_product(self, bases: list[Polynomial]) -> RationalFunction | None:
        """The size of a product of several factors, if its sign is known."""
        product = prod(bases, start=self.ring.one)
        sign = self.ring.known_sign(product)
        if len(bases) < 2 or sign & NONZERO == NONZERO:
            return None
        return self.field.of(product if sign & POSITIVE else -product)

    def number_power(self, number: Fraction, exponent: Fraction) -> RationalFunction:
        """A power of a positive number, prime by prime: sqrt(12) is 2 * sqrt(3)."""
        found = primes(number)
        return self.field.product(
            *[self._positive_power(self.ring.number(prime), power * exponent) for prime, power in found]
        )

    def _positive_power(self, base: Polynomial, exponent: Fraction) -> RationalFunction:
        """A power of a polynomial that is not negative: whole powers of it, times those of its root."""
        whole = exponent.__floor__()
        part = exponent - whole
        raised = self.field.power(self.field.of(base), whole)
        if not part:
            return raised
        letter = self.letter_of(base)
        if letter and letter.log is not None:
            return self.exp(self.field.scaled(exponent, letter.log))
        cube_root = self._cube_root_of_size(letter) if part.denominator == 3 else None
        if cube_root is not None:
            return self.field.power(self.field.of(cube_root), int(3 * exponent))
        degree = self._degree(str(base), part.denominator)
        root = self._root(base, degree)
        return self.field.mul(raised, self.field.power(self.field.of(root), int(part * degree)))

    def _cube_root_of_size(self, letter: Letter | None) -> Polynomial | None:
        """The size of a cube root that there is already, of what the letter is the size of."""
        if letter is None or not letter.root_of or f"cbrt({letter.root_of[0]})" not in self.ring.places:
            return None
        return self.size_of_factor(self.ring.by_name(f"cbrt({letter.root_of[0]})"))

    def _degree(self, key: str, denominator: int) -> int:
        """The root that is taken of a base, so that all powers of it are whole powers of that."""
        known = self._degrees.get(key, 1)
        degree = lcm(known, denominator)
        if degree > _DEEPEST_ROOT:
            raise GaveUp
        if degree != known:
            self.is_open = self.is_open or known != 1
            self._degrees[key] = degree
        return degree

    def _root(self, base: Polynomial, degree: int) -> Polynomial:
        """The letter that is a root."""
        sign = POSITIVE if self.ring.known_sign(base) == POSITIVE else NOT_NEGATIVE
        name = f"root {degree} ({base})"
        make = partial(Letter, name, sign, degree, base, None, (base, degree), base.is_constant())
        return self.letter(name, make)

    def cube_root(self, base: RationalFunction) -> RationalFunction:
        """The real cube root, of negative numbers too."""
        content, factors = self.factors(base)
        if not content:
            return self.field.zero
        parts = [self._cube_root_of_factor(factor, Fraction(power, 3)) for factor, power in factors]
        sign = self.field.number(1 if content > 0 else -1)
        return self.field.product(sign, self.number_power(abs(content), _THIRD), *parts)

    def _cube_root_of_factor(self, factor: Polynomial, exponent: Fraction) -> RationalFunction:
        """A power by a third."""
        sign = self.sign_of_factor(factor)
        if not sign & NEGATIVE:
            return self._positive_power(factor, exponent)
        whole = exponent.__floor__()
        name = f"cbrt({factor})"
        root = self.letter(name, partial(Letter, name, sign, 3, factor, None, (factor, 3), False))
        raised = self.field.power(self.field.of(root), int(3 * (exponent - whole)))
        return self.field.mul(self.field.power(self.field.of(factor), whole), raised)
