"""Quotients of polynomials in letters: what a formula is read as.

At every point where the formula is defined, the lower polynomial is not 0 and the quotient is the formula's value: what
is divided by is only what the formula divides by, and what is cancelled divided it.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from functools import reduce
from math import prod
from typing import NamedTuple

from autodiff_cli.exact.identity.ring import GaveUp, Impossible, Polynomial, Ring

_HIGHEST = 20  # degree that is divided out


class RationalFunction(NamedTuple):
    """One polynomial over another."""

    top: Polynomial
    bottom: Polynomial


class FunctionField:
    """Arithmetic with quotients."""

    def __init__(self, ring: Ring) -> None:
        self.ring = ring
        self.one = RationalFunction(ring.one, ring.one)
        self.zero = RationalFunction(ring.zero, ring.one)

    def number(self, number: int | Fraction) -> RationalFunction:
        """A rational number."""
        if number.numerator.bit_length() + number.denominator.bit_length() > 4000:
            raise GaveUp
        return RationalFunction(self.ring.number(number.numerator), self.ring.number(number.denominator))

    def of(self, polynomial: Polynomial) -> RationalFunction:
        """A polynomial."""
        return RationalFunction(polynomial, self.ring.one)

    def _lowest(self, top: Polynomial, bottom: Polynomial) -> RationalFunction:
        """A quotient in lowest terms, the first coefficient of its lower part positive."""
        if not bottom:
            raise Impossible  # it divides by 0 everywhere
        if not top:
            return self.zero
        if not bottom.is_one():
            common = self.ring.common(top, bottom)
            if not common.is_one():
                top, bottom = top / common, bottom / common
        if bottom.leading_coefficient() < 0:
            top, bottom = -top, -bottom
        return RationalFunction(top, bottom)

    def add(self, a: RationalFunction, b: RationalFunction) -> RationalFunction:
        """The sum."""
        product = self.ring.product
        if a.bottom == b.bottom:
            return self._lowest(a.top + b.top, a.bottom)
        common = self.ring.common(a.bottom, b.bottom)
        left, right = b.bottom / common, a.bottom / common
        return self._lowest(product(a.top, left) + product(b.top, right), product(a.bottom, left))

    def negative(self, a: RationalFunction) -> RationalFunction:
        """Its negative."""
        return RationalFunction(-a.top, a.bottom)

    def sub(self, a: RationalFunction, b: RationalFunction) -> RationalFunction:
        """The difference."""
        return self.add(a, self.negative(b))

    def mul(self, a: RationalFunction, b: RationalFunction) -> RationalFunction:
        """The product."""
        if a.bottom.is_one() and b.bottom.is_one():
            return RationalFunction(self.ring.product(a.top, b.top), a.bottom)
        first, second = self._lowest(a.top, b.bottom), self._lowest(b.top, a.bottom)
        product = self.ring.product
        return self._lowest(product(first.top, second.top), product(first.bottom, second.bottom))

    def inverse(self, a: RationalFunction) -> RationalFunction:
        """One over it. Raises Impossible where it is 0 everywhere."""
        return self._lowest(a.bottom, a.top)

    def div(self, a: RationalFunction, b: RationalFunction) -> RationalFunction:
        """The quotient."""
        return self.mul(a, self.inverse(b))

    def power(self, base: RationalFunction, exponent: int) -> RationalFunction:
        """A power by a whole number."""
        if exponent < 0:
            base, exponent = self.inverse(base), -exponent
        top, bottom = self.ring.power(base.top, exponent), self.ring.power(base.bottom, exponent)
        return self._lowest(top, bottom)

    def product(self, *factors: RationalFunction) -> RationalFunction:
        """The product of any number."""
        return reduce(self.mul, factors, self.one)

    def scaled(self, number: int | Fraction, a: RationalFunction) -> RationalFunction:
        """A rational multiple."""
        return self.mul(self.number(number), a)

    def are_equal(self, a: RationalFunction, b: RationalFunction) -> bool:
        """Whether two are the same by the relations."""
        product = self.ring.product
        return bool(product(a.top, b.bottom) == product(b.top, a.bottom))

    def rational(self, a: RationalFunction) -> Fraction | None:
        """The rational number that it is; None for another."""
        if not (a.top.is_constant() and a.bottom.is_constant()):
            return None
        return Fraction(_constant(a.top), _constant(a.bottom))

    def key(self, a: RationalFunction) -> str:
        """A text that is the same for the same quotients."""
        return f"({a.top})/({a.bottom})"

    def terms(self, a: RationalFunction) -> dict[str, tuple[Fraction, RationalFunction]]:
        """Its terms, by their texts: a rational coefficient, and a product of letters over what is below the line.

        What is a whole multiple of that is divided out first: of (x^2 + 2*x)/(x + 1) they are x, 1 and -1/(x + 1).
        """
        below = int(a.bottom.content())
        bottom = a.bottom / self.ring.number(below)
        if len(bottom) == 1:
            return dict(self._monomials(a.top, bottom, below))
        scale = abs(int(bottom.leading_coefficient())) ** min(int(a.top.total_degree()), _HIGHEST)
        whole, rest = divmod(a.top * self.ring.number(scale), bottom)
        below *= scale
        return dict([*self._monomials(whole, self.ring.one, below), *self._monomials(rest, bottom, below)])

    def _monomials(
        self, top: Polynomial, bottom: Polynomial, below: int
    ) -> Iterator[tuple[str, tuple[Fraction, RationalFunction]]]:
        gens = self.ring.gens
        for exponents, coefficient in top.terms():
            powers = [letter ** int(n) for letter, n in zip(gens, exponents, strict=True) if n]
            term = self._lowest(prod(powers, start=self.ring.one), bottom)
            yield self.key(term), (Fraction(int(coefficient), below), term)


def _constant(polynomial: Polynomial) -> int:
    return int(polynomial.leading_coefficient()) if polynomial else 0
