"""Logarithms and exponentials as quotients of letters: log(x^2) is 2*log(abs(x)), and exp(2*x) is exp(x)^2."""

from __future__ import annotations

from fractions import Fraction

from autodiff_cli.exact.identity.field import FunctionField, RationalFunction
from autodiff_cli.exact.identity.known_signs import Signs
from autodiff_cli.exact.identity.lattice import Lattice
from autodiff_cli.exact.identity.ring import ANY, POSITIVE, Impossible, Letter, Polynomial

_LARGEST = 10**12  # a number that is taken apart into primes


class Logs(Signs):
    """Logarithms of sizes, and exponentials in powers of a few. `lattices` have the bases of their arguments."""

    def __init__(self, field: FunctionField) -> None:
        super().__init__(field)
        self.lattices = {name: Lattice(field) for name in ("exp", "angle", "formal")}
        self._logs: dict[str, Polynomial] = {}  # what the letters that are logarithms are of the size of

    def next_pass(self) -> bool:
        """Prepare another pass; False where none is needed."""
        if not self.is_open and not any(lattice.is_open for lattice in self.lattices.values()):
            return False
        self.lattices = {name: Lattice(self.field, one.refined()) for name, one in self.lattices.items()}
        self.is_open = self.has_jump = False
        self.ring.is_asked_in_vain = False
        return True

    def log_of_size(self, a: RationalFunction) -> RationalFunction:
        """The logarithm of the absolute value: of 2*x^2 it is log(2) + 2*log(abs(x))."""
        content, factors = self.factors(a)
        if not content:
            raise Impossible
        total = self.field.zero
        for prime, power in primes(abs(content)):
            total = self.field.add(total, self.field.scaled(power, self._log_of(self.ring.number(prime))))
        for factor, power in factors:
            total = self.field.add(total, self.field.scaled(power, self._log_of(factor)))
        return total

    def _log_of(self, base: Polynomial) -> RationalFunction:
        """The logarithm of the size of a factor or prime."""
        letter = self.letter_of(base)
        if letter and letter.log is not None:
            known: RationalFunction = letter.log
            return known
        if letter and letter.root_of and letter.root_of[1]:
            root_of, degree = letter.root_of
            return self.field.scaled(Fraction(1, degree), self.log_of_size(self.field.of(root_of)))
        name = f"log({base})"
        letter = self.letter(name, lambda: Letter(name, POSITIVE if base.is_constant() else ANY))
        self._logs[str(letter)] = base
        return self.field.of(letter)

    def exp(self, a: RationalFunction) -> RationalFunction:
        """The exponential: of 2*x + log(y) it is exp(x)^2 * abs(y), where exp(x) is a letter."""
        rest = self.field.zero
        bases: dict[Fraction, list[Polynomial]] = {}
        for coefficient, term in self.field.terms(a).values():
            base = self._logs.get(str(term.top)) if term.bottom.is_one() else None
            if base is None:
                rest = self.field.add(rest, self.field.scaled(coefficient, term))
            else:
                bases.setdefault(coefficient, []).append(base)
        parts = [self.power_of_size(found, exponent) for exponent, found in bases.items()]
        return self.field.product(self.combined("exp", rest), *parts)

    def power_of_size(self, bases: list[Polynomial], exponent: Fraction) -> RationalFunction:
        """A power of the size of a product."""
        raise NotImplementedError

    def combined(self, kind: str, a: RationalFunction) -> RationalFunction:
        """The exponential of an argument, in powers of those of the basis."""
        if not a.top:
            return self.field.one
        lattice = self.lattices[kind]
        numbers = lattice.coordinates(a)
        if numbers is None:  # for this pass
            return self._exponential(kind, a)
        parts = [
            self.field.power(self._exponential(kind, one), number)
            for number, one in zip(numbers, lattice.basis, strict=True)
            if number
        ]
        return self.field.product(*parts)

    def _exponential(self, kind: str, argument: RationalFunction) -> RationalFunction:
        """The letter that is the exponential of an argument; formal ones are of logarithms that may be complex."""
        name = f"{kind} {self.field.key(argument)}"
        sign, log = (POSITIVE, argument) if kind == "exp" else (ANY, None)
        return self.field.of(self.letter(name, lambda: Letter(name, sign, log=log, is_smooth=kind == "exp")))


def primes(number: Fraction) -> list[tuple[int, int]]:
    """The primes of a positive number, with their powers; a large one is taken as a prime itself."""
    return [*_primes(number.numerator, 1), *_primes(number.denominator, -1)]


def _primes(number: int, sign: int) -> list[tuple[int, int]]:
    from flint import fmpz

    if number == 1:
        return []
    if number > _LARGEST:
        return [(number, sign)]
    return [(int(prime), sign * int(power)) for prime, power in fmpz(number).factor()]
