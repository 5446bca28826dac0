"""Signs, absolute values, logarithms, exponentials, powers and angles as quotients of kernels.

Nothing here is true for some numbers only: log(x^2) is 2*log(abs(x)), and sqrt(x^2) is abs(x) unless the sign of x is
known from what both formulas need in order to be defined.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from functools import partial
from math import prod

from autodiff_cli.exact.identity.field import Field, Quotient
from autodiff_cli.exact.identity.lattice import Lattice
from autodiff_cli.exact.identity.ring import (
    ANY,
    NEGATIVE,
    NONZERO,
    NOT_NEGATIVE,
    POSITIVE,
    ZERO,
    GaveUp,
    Impossible,
    Kernel,
    Polynomial,
    power_sign,
    product_sign,
)

_LARGEST = 10**12  # a number that is taken apart into primes
_MOST_TURNS = 24  # an angle's multiple of a basis
_DEEPEST_ROOT = 60


class Powers:
    """All that takes roots or exponentials. `lattices` are the bases of their arguments, by what they are of."""

    def __init__(self, field: Field) -> None:
        self.field, self.ring = field, field.ring
        self.degrees: dict[str, int] = {}  # of the root that is taken of a base
        self.lattices = {name: Lattice(field) for name in ("exp", "angle", "formal")}
        self.is_open = False  # something takes another pass
        self.is_learning = True
        self.pending: list[Polynomial] = []  # what is not 0, not taken in yet
        self.signs_are_continuous = False  # sign(x) may be taken as abs(x)/x
        self.has_jump = False  # a sign was met at whose jump nothing is proven

    def next_pass(self) -> bool:
        """Prepare another pass; False where none is needed."""
        lattices = self.lattices.values()
        if not self.is_open and not any(lattice.is_open for lattice in lattices):
            return False
        self.lattices = {name: Lattice(self.field, one.refined()) for name, one in self.lattices.items()}
        self.is_open = self.has_jump = False
        self.ring.is_asked_in_vain = False
        return True

    def kernel(self, name: str, make: Callable[[], Kernel]) -> Polynomial:
        """The letter of a name; it is made where there is none."""
        if name not in self.ring.places:
            self.ring.new(make())
        return self.ring.letter(name)

    # --- signs -----------------------------------------------------------------------------------------------------

    def learn(self, a: Quotient, sign: int) -> None:
        """Take it as given that a quotient has one of these signs."""
        if not self.is_learning or sign == ANY:
            return
        self._settle()
        content, factors = self._factors(a)
        if not content:
            if not sign & ZERO:
                raise Impossible
            return
        sign = sign if content > 0 else product_sign(NEGATIVE, sign)
        if not sign & ZERO:
            self._learn(factor for factor, _ in factors)
        open_factors = []
        for factor, exponent in factors:
            known = power_sign(self.ring.known_sign(factor), exponent)
            if known in (POSITIVE, NEGATIVE):
                sign = product_sign(known, sign)
            elif not (known & NEGATIVE) and not sign & ZERO:
                continue
            else:
                open_factors.append((factor, exponent))
        odd = [factor for factor, exponent in open_factors if exponent % 2]
        if odd and len(odd) == len(open_factors):
            self._learn([prod(odd, start=self.ring.one)], sign)
        elif not open_factors and not sign & POSITIVE:
            raise Impossible

    def _learn(self, polynomials: Iterable[Polynomial], sign: int = NONZERO) -> None:
        for polynomial in polynomials:
            if self.ring.learn(polynomial, sign) and self.ring.is_asked_in_vain:
                self.is_open = True
            place = self.ring.place_of(polynomial) if self.is_learning else None
            root_of = None if place is None else self.ring.kernels[place].root_of
            if root_of and not sign & ZERO:  # what it is a root of is not 0 either
                base = self.field.of(root_of[0])
                keeps_sign = self.ring.kernels[place].name.startswith(("cbrt", "sign"))
                self.learn(base, sign if keeps_sign else NONZERO)

    def not_zero(self, a: Quotient) -> None:
        """Take it as given that a quotient is not 0."""
        if self.is_learning and not a.top.is_constant():
            self.pending.append(a.top)

    def _settle(self) -> None:
        """Take in what is known not to be 0."""
        while self.pending:
            polynomial = self.pending.pop()
            try:
                _, factors = self.ring.factors(polynomial)
            except GaveUp:
                continue
            self._learn(factor for factor, _ in factors)

    def _sign_of(self, polynomial: Polynomial) -> int:
        self._settle()
        return self.ring.sign(polynomial)

    def sign_of(self, a: Quotient) -> int:
        """The signs that a quotient may have."""
        content, factors = self._factors(a)
        if not content:
            return ZERO
        sign = POSITIVE if content > 0 else NEGATIVE
        for factor, exponent in factors:
            sign = product_sign(sign, power_sign(self._sign_of(factor), exponent))
        return sign

    def _factors(self, a: Quotient) -> tuple[Fraction, list[tuple[Polynomial, int]]]:
        """A rational number, and factors with their powers, which are negative below the line."""
        if not a.top:
            return Fraction(0), []
        above, top = self.ring.factors(a.top)
        below, bottom = self.ring.factors(a.bottom)
        return Fraction(above, below), [*top, *[(factor, -exponent) for factor, exponent in bottom]]

    def size(self, a: Quotient) -> Quotient:
        """The absolute value."""
        content, factors = self._factors(a)
        parts = [self.field.power(self.field.of(self._size(factor)), exponent) for factor, exponent in factors]
        return self.field.product(self.field.number(abs(content)), *parts)

    def _size(self, factor: Polynomial) -> Polynomial:
        sign = self._sign_of(factor)
        if not sign & NEGATIVE:
            return factor
        if not sign & POSITIVE:
            return -factor
        square = self.ring.power(factor, 2)
        make = lambda: Kernel(f"abs({factor})", NOT_NEGATIVE, 2, square, None, (factor, 1), False)  # noqa: E731
        return self.kernel(f"abs({factor})", make)

    def sign(self, a: Quotient) -> Quotient:
        """The sign, as 1, 0 or -1."""
        content, factors = self._factors(a)
        if not content:
            return self.field.zero
        parts = [self._sign_factor(factor) for factor, exponent in factors if exponent % 2]
        parts += [self.field.power(self._sign_factor(factor), 2) for factor, exponent in factors if exponent % 2 == 0]
        return self.field.product(self.field.number(1 if content > 0 else -1), *parts)

    def _sign_factor(self, factor: Polynomial) -> Quotient:
        sign = self._sign_of(factor)
        if sign in (POSITIVE, NEGATIVE):
            return self.field.number(1 if sign == POSITIVE else -1)
        if not sign & ZERO or self.signs_are_continuous:
            return self.field.div(self.field.of(self._size(factor)), self.field.of(factor))
        self.has_jump = True
        name = f"sign({factor})"
        place = self.ring.places.get(name)
        if place is None:  # its third power is itself: only a letter that is there can say so
            self.ring.new(Kernel(name, ANY, root_of=(factor, 0), is_smooth=False))
            place = self.ring.places[name]
            letter, kernel = self.ring.letters[place], self.ring.kernels[place]
            kernel.degree, kernel.relation = 3, letter**3 - letter
        return self.field.of(self.ring.letters[place])

    # --- logarithms ------------------------------------------------------------------------------------------------

    def log_of_size(self, a: Quotient) -> Quotient:
        """The logarithm of the absolute value: of 2*x^2 it is log(2) + 2*log(abs(x))."""
        content, factors = self._factors(a)
        if not content:
            raise Impossible
        total = self.field.zero
        for number, sign in ((content.numerator, 1), (content.denominator, -1)):
            for prime, exponent in _primes(abs(number)):
                total = self.field.add(total, self.field.scaled(sign * exponent, self._log_of_prime(prime)))
        for factor, exponent in factors:
            total = self.field.add(total, self.field.scaled(exponent, self._log_of_factor(factor)))
        return total

    def _log_of_prime(self, prime: int) -> Quotient:
        return self.field.of(self.kernel(f"log({prime})", lambda: Kernel(f"log({prime})", POSITIVE)))

    def _log_of_factor(self, factor: Polynomial) -> Quotient:
        place = self.ring.place_of(factor)
        if place is not None:
            kernel = self.ring.kernels[place]
            if kernel.log is not None:
                return kernel.log
            if kernel.root_of and kernel.root_of[1]:
                base, degree = kernel.root_of
                return self.field.scaled(Fraction(1, degree), self.log_of_size(self.field.of(base)))
        name = f"log({factor})"
        if name in self.ring.places:
            return self.field.of(self.ring.letter(name))
        letter = self.ring.new(Kernel(name))
        self._logs[str(letter)] = factor
        return self.field.of(letter)

    @property
    def _logs(self) -> dict[str, Polynomial]:
        """What the letters that are logarithms are of the size of."""
        if not hasattr(self, "_known_logs"):
            self._known_logs: dict[str, Polynomial] = {}
        return self._known_logs

    # --- exponentials ----------------------------------------------------------------------------------------------

    def exp(self, a: Quotient) -> Quotient:
        """The exponential: of 2*x + log(y) it is exp(x)^2 * abs(y), where exp(x) is a kernel."""
        rest = self.field.zero
        bases: dict[Fraction, list[Polynomial]] = {}
        for coefficient, term in self.field.terms(a).values():
            base = self._base_of_log(term)
            if base is None:
                rest = self.field.add(rest, self.field.scaled(coefficient, term))
            else:
                bases.setdefault(coefficient, []).append(base)
        parts = [self._power_of_size(found, exponent) for exponent, found in bases.items()]
        return self.field.product(self._combined("exp", rest), *parts)

    def _power_of_size(self, bases: Sequence[Polynomial], exponent: Fraction) -> Quotient:
        """A power of the size of a product: of x*y, if that is known not to be negative, else of abs(x) and abs(y)."""
        unsure = [base for base in bases if self.ring.known_sign(base) & NONZERO == NONZERO]
        base = prod(unsure, start=self.ring.one)
        sign = self.ring.known_sign(base)
        if len(unsure) > 1 and exponent.denominator > 1 and sign & NONZERO != NONZERO:
            base = base if sign & POSITIVE else -base
            others = [one for one in bases if one not in unsure]
            return self.field.product(self._root(self.field.of(base), exponent), self._power_of_size(others, exponent))
        return self.field.product(*[self._positive_power(self._size(base), exponent) for base in bases])

    def _base_of_log(self, term: Quotient) -> Polynomial | None:
        """What a term is the logarithm of the size of."""
        place = self.ring.place_of(term.top) if term.bottom.is_one() else None
        if place is None:
            return None
        name = self.ring.kernels[place].name
        if name.startswith("log(") and name[4:-1].isdigit():
            return self.ring.number(int(name[4:-1]))
        return self._logs.get(str(term.top))

    def _combined(self, kind: str, a: Quotient) -> Quotient:
        """The exponential of an argument, in powers of those of the basis."""
        if not a.top:
            return self.field.one
        lattice = self.lattices[kind]
        numbers = lattice.coordinates(a)
        if numbers is None:  # for this pass
            return self.field.of(self.kernel(f"{kind}? {self.field.key(a)}", lambda: self._exponential(kind, a, "?")))
        parts = []
        for number, one in zip(numbers, lattice.basis, strict=True):
            if number:
                parts.append(self.field.power(self._basis_exponential(kind, one), number))
        return self.field.product(*parts)

    def _basis_exponential(self, kind: str, one: Quotient) -> Quotient:
        name = f"{kind} {self.field.key(one)}"
        return self.field.of(self.kernel(name, lambda: self._exponential(kind, one)))

    def _exponential(self, kind: str, argument: Quotient, mark: str = "") -> Kernel:
        name = f"{kind}{mark} {self.field.key(argument)}"
        if kind == "formal":
            return Kernel(name, is_smooth=False)
        return Kernel(name, POSITIVE, log=argument)

    # --- powers ----------------------------------------------------------------------------------------------------

    def power(self, base: Quotient, exponent: Quotient) -> Quotient:
        """A power, where it is defined."""
        number = self.field.rational(exponent)
        if number is not None:
            return self.rational_power(base, number)
        if not base.top:
            raise GaveUp
        if self.sign_of(base) == POSITIVE:
            return self.exp(self.field.mul(exponent, self.log_of_size(base)))
        return self._formal_power(base, exponent)

    def _formal_power(self, base: Quotient, exponent: Quotient) -> Quotient:
        """A power of a base of unknown sign: the exponential of the exponent times a formal logarithm.

        Its rules hold for negative bases too, whose logarithm is a complex number.
        """
        content, factors = self._factors(base)
        known = self.field.number(abs(content))
        rest = self.field.number(1 if content > 0 else -1)
        for factor, power in factors:
            part = self.field.power(self.field.of(factor), power)
            if self._sign_of(factor) == POSITIVE:
                known = self.field.mul(known, part)
            else:
                rest = self.field.mul(rest, part)
        real = self.exp(self.field.mul(exponent, self.log_of_size(known)))
        whole, exponent = self._without_whole(exponent)
        name = f"formal log {self.field.key(rest)}"
        log = self.field.of(self.kernel(name, lambda: Kernel(name, is_smooth=False)))
        formal = self._combined("formal", self.field.mul(exponent, log))
        return self.field.product(real, self.field.power(rest, whole), formal)

    def _without_whole(self, exponent: Quotient) -> tuple[int, Quotient]:
        """The whole number in a sum, and the rest: of n - 1/2 they are -1 and n + 1/2."""
        constant = self.field.terms(exponent).get(self.field.key(self.field.one))
        if constant is None:
            return 0, exponent
        whole = constant[0].__floor__()
        return whole, self.field.sub(exponent, self.field.number(whole))

    def rational_power(self, base: Quotient, exponent: Fraction) -> Quotient:
        """A power by a rational number."""
        if exponent.denominator == 1:
            if abs(exponent) > 400:
                raise GaveUp
            if exponent < 0:
                self.not_zero(base)
            return self.field.power(base, int(exponent))
        if not base.top:
            if exponent < 0:
                raise Impossible
            return self.field.zero
        self.learn(base, NOT_NEGATIVE if exponent > 0 else POSITIVE)
        return self._root(base, exponent)

    def _root(self, base: Quotient, exponent: Fraction) -> Quotient:
        """A power by a fraction of what is not negative."""
        content, factors = self._factors(base)
        parts = [self._number_power(abs(content), exponent)]
        lump, sign = self.ring.one, 1 if content > 0 else -1
        odd = []
        for factor, power in factors:
            known = self._sign_of(factor)
            is_known = not (known & NEGATIVE) or not (known & POSITIVE)
            if is_known or power % 2 == 0:
                parts.append(self._positive_power(self._size(factor), power * exponent))
                if not known & POSITIVE and power % 2:
                    sign = -sign
            else:
                odd.append((factor, power))
        if not odd:
            if sign < 0:
                raise GaveUp  # of what is negative, or 0 at some points
            return self.field.product(*parts)
        for factor, power in odd:
            if len(odd) > 1 and power != 1:
                parts.append(self._positive_power(self._size(factor), (power - 1) * exponent))
            lump = self.ring.product(lump, factor)
        lump = lump if sign > 0 else -lump
        power = odd[0][1] if len(odd) == 1 else 1
        if len(odd) == 1 and self.is_learning:
            self._learn([lump], NOT_NEGATIVE)
        return self.field.product(*parts, self._positive_power(lump, power * exponent))

    def cube_root(self, base: Quotient) -> Quotient:
        """The real cube root, of negative numbers too."""
        content, factors = self._factors(base)
        if not content:
            return self.field.zero
        parts = [self._number_power(abs(content), Fraction(1, 3))]
        for factor, power in factors:
            exponent = Fraction(power, 3)
            sign = self._sign_of(factor)
            if exponent.denominator == 1:
                parts.append(self.field.power(self.field.of(factor), int(exponent)))
            elif not sign & NEGATIVE:
                parts.append(self._positive_power(factor, exponent))
            else:
                whole = exponent.__floor__()
                parts.append(self.field.power(self.field.of(factor), whole))
                name = f"cbrt({factor})"
                root = self.kernel(name, partial(Kernel, name, sign, 3, factor, None, (factor, 3), False))
                parts.append(self.field.power(self.field.of(root), int(3 * (exponent - whole))))
        return self.field.product(self.field.number(1 if content > 0 else -1), *parts)

    def _number_power(self, number: Fraction, exponent: Fraction) -> Quotient:
        """A power of a positive number, prime by prime."""
        parts = []
        for whole, sign in ((number.numerator, 1), (number.denominator, -1)):
            for prime, power in _primes(whole):
                parts.append(self._positive_power(self.ring.number(prime), sign * power * exponent))
        return self.field.product(*parts)

    def _positive_power(self, base: Polynomial, exponent: Fraction) -> Quotient:
        """A power of a polynomial that is not negative: whole powers of it, times those of its root."""
        exponent = Fraction(exponent)
        place = self.ring.place_of(base)
        if place is not None:
            kernel = self.ring.kernels[place]
            if exponent.denominator == 3 and kernel.root_of and f"cbrt({kernel.root_of[0]})" in self.ring.places:
                cube_root = self.ring.letter(f"cbrt({kernel.root_of[0]})")
                return self.field.power(self.field.of(self._size(cube_root)), int(3 * exponent))
            if kernel.log is not None and kernel.name.startswith("exp") and exponent.denominator > 1:
                return self.exp(self.field.scaled(exponent, kernel.log))
        whole = exponent.__floor__()
        result = self.field.power(self.field.of(base), whole)
        part = exponent - whole
        if not part:
            return result
        degree = self._degree(str(base), part.denominator)
        root = self._root_letter(base, degree)
        return self.field.mul(result, self.field.power(self.field.of(root), int(part * degree)))

    def _degree(self, key: str, denominator: int) -> int:
        """The root that is taken of a base, so that all powers of it are whole powers of that."""
        from math import lcm

        known = self.degrees.get(key, 1)
        degree = lcm(known, denominator)
        if degree > _DEEPEST_ROOT:
            raise GaveUp
        if degree != known:
            self.is_open = self.is_open or known != 1
            self.degrees[key] = degree
        return degree

    def _root_letter(self, base: Polynomial, degree: int) -> Polynomial:
        sign = POSITIVE if self.ring.known_sign(base) == POSITIVE else NOT_NEGATIVE
        name = f"root {degree} ({base})"
        make = partial(Kernel, name, sign, degree, base, None, (base, degree), base.is_constant())
        return self.kernel(name, make)

    # --- angles ----------------------------------------------------------------------------------------------------

    def cos_sin(self, a: Quotient) -> tuple[Quotient, Quotient]:
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
            return _turned(self.field, found, self._angle(rest, "angle?"))
        for number, one in zip(numbers, lattice.basis, strict=True):
            if number:
                found = _turned(self.field, found, self._multiple(one, number))
        return found

    def _without_turn(self, a: Quotient) -> tuple[Fraction, Quotient]:
        """The rational multiple of pi in an angle, and the rest."""
        pi = self.field.of(self.pi)
        term = self.field.terms(a).get(self.field.key(pi))
        if term is None:
            return Fraction(0), a
        return term[0], self.field.sub(a, self.field.scaled(term[0], pi))

    @property
    def pi(self) -> Polynomial:
        """The letter of pi."""
        return self.kernel("pi", lambda: Kernel("pi", POSITIVE))

    def _of_turn(self, turn: Fraction) -> tuple[Quotient, Quotient] | None:
        """The cosine and sine of a multiple of pi/4 or pi/6."""
        half = self.field.number(Fraction(1, 2))
        root_2, root_3 = [self._number_power(Fraction(n), Fraction(1, 2)) for n in (2, 3)] if turn % 1 else (half, half)
        field = self.field
        units = {
            Fraction(0): (field.one, field.zero),
            Fraction(1, 6): (field.mul(half, root_3), half),
            Fraction(1, 4): (field.mul(half, root_2), field.mul(half, root_2)),
            Fraction(1, 3): (half, field.mul(half, root_3)),
        }
        quarters, part = divmod(turn % 2, Fraction(1, 2))
        if part not in units:
            return None
        c, s = units[part]
        for _ in range(int(quarters)):
            c, s = field.negative(s), c
        return c, s

    def _multiple(self, one: Quotient, number: int) -> tuple[Quotient, Quotient]:
        """The cosine and sine of a multiple of an angle of the basis."""
        if abs(number) > _MOST_TURNS:
            raise GaveUp
        c, s = self._angle(one)
        found = c, s
        for _ in range(abs(number) - 1):
            found = _turned(self.field, found, (c, s))
        return found if number > 0 else (found[0], self.field.negative(found[1]))

    def _angle(self, one: Quotient, kind: str = "angle") -> tuple[Quotient, Quotient]:
        """The cosine and sine of an angle of the basis: kernels, unless it is an inverse function."""
        known = self._inverse_angle(one)
        if known:
            return known
        key = self.field.key(one)
        s = self.kernel(f"sin {kind} {key}", lambda: Kernel(f"sin {kind} {key}"))
        square = self.ring.one - s**2
        c = self.kernel(f"cos {kind} {key}", lambda: Kernel(f"cos {kind} {key}", ANY, 2, square))
        return self.field.of(c), self.field.of(s)

    def _inverse_angle(self, one: Quotient) -> tuple[Quotient, Quotient] | None:
        """The cosine and sine of asin(u) or atan(u)."""
        name, u = self.inverse_angles.get(self.field.key(one), ("", self.field.zero))
        if not name:
            return None
        field = self.field
        square = field.mul(u, u)
        if name == "asin":
            return self._root_of(field.sub(field.one, square), Fraction(1, 2)), u
        c = self._root_of(field.add(field.one, square), Fraction(-1, 2))
        return c, field.mul(u, c)

    def _root_of(self, base: Quotient, exponent: Fraction) -> Quotient:
        return self.rational_power(base, exponent)

    @property
    def inverse_angles(self) -> dict[str, tuple[str, Quotient]]:
        """The kernels that are asin or atan of something, by their texts."""
        if not hasattr(self, "_inverse_angles"):
            self._inverse_angles: dict[str, tuple[str, Quotient]] = {}
        return self._inverse_angles


def _turned(field: Field, a: tuple[Quotient, Quotient], b: tuple[Quotient, Quotient]) -> tuple[Quotient, Quotient]:
    """The cosine and sine of a sum of angles."""
    (c, s), (other_c, other_s) = a, b
    cosine = field.sub(field.mul(c, other_c), field.mul(s, other_s))
    return cosine, field.add(field.mul(s, other_c), field.mul(c, other_s))


def _primes(number: int) -> list[tuple[int, int]]:
    """The primes of a positive whole number, with their powers; a large one is taken as a prime itself."""
    from flint import fmpz

    if number == 1:
        return []
    if number > _LARGEST:
        return [(number, 1)]
    return [(int(prime), int(power)) for prime, power in fmpz(number).factor()]
