"""Sines and cosines as quotients of letters: those of a few angles, of which all others are sums and multiples."""

from __future__ import annotations

from fractions import Fraction

from autodiff_cli.exact.identity.field import FunctionField, RationalFunction
from autodiff_cli.exact.identity.powers import Powers
from autodiff_cli.exact.identity.ring import ANY, POSITIVE, GaveUp, Letter, Polynomial

_MOST_TURNS = 24  # an angle's multiple of one of the basis
_HALF = Fraction(1, 2)

Pair = tuple[RationalFunction, RationalFunction]  # cosine and sine


class Angles(Powers):
    """Cosines and sines. `inverse_angles` are the letters that are asin or atan of something, by their texts."""

    def __init__(self, field: FunctionField) -> None:
        super().__init__(field)
        self.inverse_angles: dict[str, tuple[str, RationalFunction]] = {}

    @property
    def pi(self) -> Polynomial:
        """The letter of pi."""
        return self.letter("pi", lambda: Letter("pi", POSITIVE))

    def cos_sin(self, a: RationalFunction) -> Pair:
        """The cosine and the sine of an angle, in those of the basis."""
        turn, rest = self._without_turn(a)
        found = self._of_turn(turn)
        if found is None:
            found, rest = (self.field.one, self.field.zero), a
        if not rest.top:
            return found
        lattice = self.lattices["angle"]
        numbers = lattice.coordinates(rest)
        if numbers is None:
            return self._turned(found, self._of_basis(rest))
        for number, one in zip(numbers, lattice.basis, strict=True):
            if number:
                found = self._turned(found, self._multiple(one, number))
        return found

    def _turned(self, a: Pair, b: Pair) -> Pair:
        """The cosine and sine of a sum of angles."""
        field, (c, s), (other_c, other_s) = self.field, a, b
        cosine = field.sub(field.mul(c, other_c), field.mul(s, other_s))
        return cosine, field.add(field.mul(s, other_c), field.mul(c, other_s))

    def _without_turn(self, a: RationalFunction) -> tuple[Fraction, RationalFunction]:
        """The rational multiple of pi in an angle, and the rest."""
        pi = self.field.of(self.pi)
        term = self.field.terms(a).get(self.field.key(pi))
        if term is None:
            return Fraction(0), a
        return term[0], self.field.sub(a, self.field.scaled(term[0], pi))

    def _of_turn(self, turn: Fraction) -> Pair | None:
        """The cosine and sine of a multiple of pi/4 or pi/6; None for another."""
        quarters, part = divmod(turn % 2, _HALF)
        found = self._within_quarter(part)
        if found is None:
            return None
        c, s = found
        for _ in range(int(quarters)):
            c, s = self.field.negative(s), c
        return c, s

    def _within_quarter(self, part: Fraction) -> Pair | None:
        """The cosine and sine of a part of pi below a half."""
        if not part:
            return self.field.one, self.field.zero
        squares = {6: (3, 1), 4: (2, 2), 3: (1, 3)}
        if part.numerator != 1 or part.denominator not in squares:
            return None
        c, s = [self.number_power(Fraction(square, 4), _HALF) for square in squares[part.denominator]]
        return c, s

    def _multiple(self, one: RationalFunction, number: int) -> Pair:
        """The cosine and sine of a multiple of an angle of the basis."""
        if abs(number) > _MOST_TURNS:
            raise GaveUp
        c, s = self._of_basis(one)
        found = c, s
        for _ in range(abs(number) - 1):
            found = self._turned(found, (c, s))
        return found if number > 0 else (found[0], self.field.negative(found[1]))

    def _of_basis(self, one: RationalFunction) -> Pair:
        """The cosine and sine of an angle of the basis: letters, unless it is an inverse function."""
        key = self.field.key(one)
        if key in self.inverse_angles:
            return self._of_inverse(*self.inverse_angles[key])
        s = self.letter(f"sin {key}", lambda: Letter(f"sin {key}"))
        square = self.ring.one - s**2
        c = self.letter(f"cos {key}", lambda: Letter(f"cos {key}", ANY, 2, square))
        return self.field.of(c), self.field.of(s)

    def _of_inverse(self, name: str, u: RationalFunction) -> Pair:
        """The cosine and sine of asin(u) or atan(u)."""
        field, square = self.field, self.field.mul(u, u)
        if name == "asin":
            return self.rational_power(field.sub(field.one, square), _HALF), u
        c = self.rational_power(field.add(field.one, square), -_HALF)
        return c, field.mul(u, c)
