"""Signs and sizes of quotients, and what both formulas say of signs by needing to be defined.

Nothing here is true for some numbers only: sqrt(x^2) is abs(x) unless the sign of x is known.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction
from math import prod

from autodiff_cli.exact.identity.field import FunctionField, RationalFunction
from autodiff_cli.exact.identity.ring import (
    ANY,
    NEGATIVE,
    NONZERO,
    NOT_NEGATIVE,
    POSITIVE,
    ZERO,
    GaveUp,
    Impossible,
    Letter,
    Polynomial,
    power_sign,
    product_sign,
)

Factors = list[tuple[Polynomial, int]]  # each with its power, which is negative below the line


class Signs:
    """What is known of signs. Formulas are read in passes: a later one knows what was learned in those before."""

    def __init__(self, field: FunctionField) -> None:
        self.field, self.ring = field, field.ring
        self.is_open = False  # something takes another pass
        self.is_learning = True  # what is read has to be defined
        self.signs_are_continuous = False  # sign(x) may be taken as abs(x)/x
        self.has_jump = False  # a sign was met at whose jump nothing is proven
        self._pending: list[Polynomial] = []  # what is not 0, not taken in yet

    def letter(self, name: str, make: Callable[[], Letter]) -> Polynomial:
        """The letter of a name; it is made where there is none."""
        if name not in self.ring.places:
            self.ring.new(make())
        return self.ring.by_name(name)

    def letter_of(self, polynomial: Polynomial) -> Letter | None:
        """The letter that a polynomial is; None where it is none."""
        place = self.ring.place_of(polynomial)
        return None if place is None else self.ring.letters[place]

    def factors(self, a: RationalFunction) -> tuple[Fraction, Factors]:
        """A rational number, and factors with their powers."""
        if not a.top:
            return Fraction(0), []
        above, top = self.ring.factors(a.top)
        below, bottom = self.ring.factors(a.bottom)
        return Fraction(above, below), [*top, *[(factor, -power) for factor, power in bottom]]

    # --- what is learned -------------------------------------------------------------------------------------------

    def learn(self, a: RationalFunction, sign: int) -> None:
        """Take it as given that a quotient has one of these signs.

        Of x^2*y > 0 it is learned that x is not 0 and that y is positive, of x*y > 0 that x*y is.
        """
        if not self.is_learning or sign == ANY:
            return
        self._settle()
        content, factors = self.factors(a)
        if not content:
            if not sign & ZERO:
                raise Impossible
            return
        sign = product_sign(POSITIVE if content > 0 else NEGATIVE, sign)
        if not sign & ZERO:
            self._learn([factor for factor, _ in factors], NONZERO)
        unknown, sign = self._without_known(factors, sign)
        odd = [factor for factor, power in unknown if power % 2]
        if not unknown and not sign & POSITIVE:
            raise Impossible
        if odd and len(odd) == len(unknown):
            self._learn([prod(odd, start=self.ring.one)], sign)

    def _without_known(self, factors: Factors, sign: int) -> tuple[Factors, int]:
        """The factors whose signs are not known, and the sign of their product."""
        unknown = []
        for factor, power in factors:
            known = power_sign(self.ring.known_sign(factor), power)
            if known in (POSITIVE, NEGATIVE):
                sign = product_sign(known, sign)
            else:
                unknown.append((factor, power))
        return unknown, sign

    def _learn(self, polynomials: Iterable[Polynomial], sign: int) -> None:
        for polynomial in polynomials:
            if self.ring.learn(polynomial, sign) and self.ring.is_asked_in_vain:
                self.is_open = True
            letter = self.letter_of(polynomial)
            if letter and letter.root_of and not sign & ZERO:  # what it is a root of is not 0 either
                keeps_sign = letter.name.startswith(("cbrt", "sign"))
                self.learn(self.field.of(letter.root_of[0]), sign if keeps_sign else NONZERO)

    def not_zero(self, a: RationalFunction) -> None:
        """Take it as given that a quotient is not 0."""
        if self.is_learning and not a.top.is_constant():
            self._pending.append(a.top)

    def _settle(self) -> None:
        """Take in what is known not to be 0."""
        before, self.is_learning = self.is_learning, True
        while self._pending:
            try:
                _, factors = self.ring.factors(self._pending.pop())
            except GaveUp:
                continue
            self._learn([factor for factor, _ in factors], NONZERO)
        self.is_learning = before

    # --- signs and sizes -------------------------------------------------------------------------------------------

    def sign_of_factor(self, factor: Polynomial) -> int:
        """The signs that a polynomial may have."""
        self._settle()
        return self.ring.sign(factor)

    def sign_of(self, a: RationalFunction) -> int:
        """The signs that a quotient may have."""
        content, factors = self.factors(a)
        if not content:
            return ZERO
        sign = POSITIVE if content > 0 else NEGATIVE
        for factor, power in factors:
            sign = product_sign(sign, power_sign(self.sign_of_factor(factor), power))
        return sign

    def size(self, a: RationalFunction) -> RationalFunction:
        """The absolute value: of -2*x*y^2 it is 2 * abs(x) * y^2."""
        content, factors = self.factors(a)
        parts = [self.field.power(self.field.of(self.size_of_factor(factor)), power) for factor, power in factors]
        return self.field.product(self.field.number(abs(content)), *parts)

    def size_of_factor(self, factor: Polynomial) -> Polynomial:
        """The absolute value of a polynomial: itself, its negative, or a letter."""
        sign = self.sign_of_factor(factor)
        if not sign & NEGATIVE:
            return factor
        if not sign & POSITIVE:
            return -factor
        name = f"abs({factor})"
        square = self.ring.power(factor, 2)
        return self.letter(name, lambda: Letter(name, NOT_NEGATIVE, 2, square, None, (factor, 1), False))

    def sign(self, a: RationalFunction) -> RationalFunction:
        """The sign, as 1, 0 or -1."""
        content, factors = self.factors(a)
        if not content:
            return self.field.zero
        signs = [self.field.power(self._sign_as_quotient(factor), 2 - power % 2) for factor, power in factors]
        return self.field.product(self.field.number(1 if content > 0 else -1), *signs)

    def _sign_as_quotient(self, factor: Polynomial) -> RationalFunction:
        sign = self.sign_of_factor(factor)
        if sign in (POSITIVE, NEGATIVE):
            return self.field.number(1 if sign == POSITIVE else -1)
        if not sign & ZERO or self.signs_are_continuous:
            return self.field.div(self.field.of(self.size_of_factor(factor)), self.field.of(factor))
        self.has_jump = True
        name = f"sign({factor})"
        return self.field.of(self.letter(name, lambda: Letter(name, ANY, 3, None, None, (factor, 0), False)))
