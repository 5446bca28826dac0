"""Factors that a formula has more than once, found by algebra: those of x^4 - 4x^2 + 4 are x^2 - 2, twice.

The formula is read as a polynomial in letters: the variable, exponentials, and what is no rational operation. The sine
and cosine of an angle are written by those of its half, in which the formula is homogeneous, 1 being their squares'
sum; so 1 - cos(x) is 2 sin(x/2)^2. Where a factor is 0 and the formula has a value, that is 0 so many times.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import reduce
from math import comb, gcd, lcm, prod
from typing import Any, NamedTuple

from flint import Ordering, fmpq, fmpq_mpoly_ctx

from autodiff_cli.engine.graph import toposort
from autodiff_cli.engine.printer import to_text
from autodiff_cli.engine.value import Value, constant
from autodiff_cli.exact.ball_graph import leaf_number
from autodiff_cli.exact.balls import Balls

_LETTERS = 12
_LONGEST, _HIGHEST = 300, 40  # terms of a polynomial, and powers
_HEAVIEST = 5_000  # product of the degrees of a polynomial that is factored
_STEPS = 400  # of a formula that is read
_TRIGONOMETRIC = ("sin", "cos", "tan", "cot", "sec", "csc")
_EXPONENTIAL = ("exp", "sinh", "cosh", "tanh", "coth", "sech", "csch")

Polynomial = Any  # flint's fmpq_mpoly


class MultipleFactor(NamedTuple):
    """A factor, and how often it occurs."""

    node: Value
    times: int


class _Unread(Exception):  # noqa: N818 - it says what is the case
    """The formula is too large, or has too many letters."""


class _PolynomialQuotient(NamedTuple):
    above: Polynomial
    below: Polynomial


@dataclass(slots=True)
class _CommonArgument:
    """What the arguments of some functions are whole multiples of, but for numbers: x of sin(2x) and sin(x / 3)."""

    node: Value
    multiples: set[Fraction] = field(default_factory=set)

    @property
    def unit(self) -> Fraction:
        """The greatest number that goes into all multiples."""
        above = reduce(gcd, [multiple.numerator for multiple in self.multiples])
        return Fraction(above, reduce(lcm, [multiple.denominator for multiple in self.multiples]))


def multiple_factors(root: Value, fixed: Mapping[Value, Any]) -> list[MultipleFactor]:
    """The factors of a formula, where one of them occurs more than once; none where none does, or it is not known."""
    nodes = [node for node in toposort([root]) if node.args]
    if len(nodes) > _STEPS:
        return []
    reader = _PolynomialReader(nodes, fixed)
    try:
        return reader.factors(reader.read(root).above)
    except _Unread:
        return []


class _PolynomialReader:
    """A graph as a quotient of polynomials in letters."""

    def __init__(self, nodes: Sequence[Value], fixed: Mapping[Value, Any]) -> None:
        self._nodes, self._fixed = nodes, fixed
        self._ring = fmpq_mpoly_ctx.get([f"k{place}" for place in range(_LETTERS)], Ordering.lex)
        self._gens = self._ring.gens()
        self._balls = Balls(64)
        self._letters: dict[str, int] = {}
        self._made: list[Value] = []  # what each letter stands for
        self._angles: dict[str, _CommonArgument] = {}
        self._powers: dict[str, _CommonArgument] = {}
        self._pairs: dict[str, tuple[int, int]] = {}  # the letters of the sine and cosine of half an angle
        self._one = self._number(fmpq(1))

    def read(self, root: Value) -> _PolynomialQuotient:
        """A formula. Raises _Unread where it is too large."""
        self._collect()
        known: dict[Value, _PolynomialQuotient] = {}
        for node in self._nodes:
            args = [known[arg] if arg in known else self._leaf(arg) for arg in node.args]
            known[node] = self._short(self._made_of(node, args))
        return known[root] if root in known else self._leaf(root)

    def factors(self, polynomial: Polynomial) -> list[MultipleFactor]:
        """The factors of a polynomial as graphs; none where each occurs once."""
        for pair in self._pairs.values():
            polynomial = self._homogeneous(polynomial, pair)
        if polynomial.is_constant() or _weight(polynomial) > _HEAVIEST:
            return []
        _, squarefree = polynomial.factor_squarefree()
        if max(int(times) for _, times in squarefree) == 1:
            return []
        _, found = polynomial.factor()
        return [MultipleFactor(self._graph(factor), int(times)) for factor, times in found]

    # --- letters -----------------------------------------------------------------------------------------------------

    def _number(self, number: Any) -> Polynomial:
        return self._ring.constant(number)

    def _letter(self, key: str, node: Value) -> Polynomial:
        """The letter that stands for a node. Raises _Unread where there are too many."""
        if key not in self._letters:
            if len(self._made) == _LETTERS:
                raise _Unread
            self._letters[key] = len(self._made)
            self._made.append(node)
        return self._gens[self._letters[key]]

    def _leaf(self, leaf: Value) -> _PolynomialQuotient:
        number = self._fixed.get(leaf)
        if number is None and not leaf.requires_grad:
            number = leaf_number(leaf, self._balls)
        if isinstance(number, (int, fmpq)):
            return _PolynomialQuotient(self._number(number), self._one)
        return _PolynomialQuotient(self._letter(leaf.label or to_text(leaf), leaf), self._one)

    def _collect(self) -> None:
        """Find of what the arguments of trigonometric functions and exponentials are multiples."""
        for node in self._nodes:
            for names, arguments in ((_TRIGONOMETRIC, self._angles), (_EXPONENTIAL, self._powers)):
                if node.rule.function.name in names:
                    multiple, key, base = self._multiple(node.args[0])
                    arguments.setdefault(key, _CommonArgument(base)).multiples.add(abs(multiple))

    def _multiple(self, node: Value) -> tuple[Fraction, str, Value]:
        """A node as a number times another: of 2 * pi * x it is 2, and pi * x, after a text that tells it."""
        number, others = Fraction(1), []
        stack = [(node, 1)]
        while stack:
            part, sign = stack.pop()
            name = part.rule.function.name if part.args else ""
            known = self._leaf(part).above if not part.args else None
            if name == "neg":
                number = -number
                stack.append((part.args[0], sign))
            elif name in ("mul", "div"):
                first, second = part.args
                stack += [(second, -sign if name == "div" else sign), (first, sign)]
            elif known is not None and known.is_constant() and known != 0:
                number *= Fraction(str(known)) ** sign
            else:
                others.append((part, sign))
        return (number, *_product(others))

    # --- functions ---------------------------------------------------------------------------------------------------

    def _made_of(self, node: Value, args: list[_PolynomialQuotient]) -> _PolynomialQuotient:
        name = node.rule.function.name
        if name in _TRIGONOMETRIC:
            return self._trigonometric(name, node.args[0])
        if name in _EXPONENTIAL:
            return self._exponential(name, node.args[0])
        if name == "pow":
            exponent = _whole(args[1])
            if exponent is not None:
                return _power(args[0], exponent, self._one)
        rational = _RATIONAL.get(name)
        return rational(*args) if rational else _PolynomialQuotient(self._letter(to_text(node), node), self._one)

    def _trigonometric(self, name: str, argument: Value) -> _PolynomialQuotient:
        number, key, _ = self._multiple(argument)
        angle = self._angles[key]
        unit = angle.unit / 2
        half = _times(angle.node, unit)
        sine, cosine = self._letter(f"sin {key}", half.sin()), self._letter(f"cos {key}", half.cos())
        self._pairs[key] = self._letters[f"sin {key}"], self._letters[f"cos {key}"]
        count = abs(number) / unit
        sign = 1 if number > 0 else -1
        if count.numerator > _HIGHEST:
            raise _Unread
        above = _multiple_angle(int(count), sine, cosine)
        functions = {"sin": sign * above[0], "cos": above[1]}
        return _of_pair(_PAIRS[name], functions, self._one)

    def _exponential(self, name: str, argument: Value) -> _PolynomialQuotient:
        number, key, _ = self._multiple(argument)
        power = self._powers[key]
        letter = self._letter(f"exp {key}", _times(power.node, power.unit).exp())
        count = number / power.unit
        if abs(count) > _HIGHEST:
            raise _Unread
        up, down = letter ** max(int(count), 0), letter ** max(-int(count), 0)
        if name == "exp":
            return _PolynomialQuotient(up, down)
        functions = {"sinh": up * up - down * down, "cosh": up * up + down * down}
        both = {"one": 2 * up * down, **functions}
        above, below = _HYPERBOLIC[name]
        return _PolynomialQuotient(both[above], both[below])

    def _short(self, quotient: _PolynomialQuotient) -> _PolynomialQuotient:
        if max(len(quotient.above), len(quotient.below)) > _LONGEST:
            raise _Unread
        return quotient

    # --- back to a graph ---------------------------------------------------------------------------------------------

    def _homogeneous(self, polynomial: Polynomial, pair: tuple[int, int]) -> Polynomial:
        """All terms of one degree in a sine and cosine: the sum of their squares is 1."""
        sine, cosine = pair
        one = self._gens[sine] ** 2 + self._gens[cosine] ** 2
        degrees = [int(powers[sine]) + int(powers[cosine]) for powers in polynomial.monoms()]
        degree = max(degrees, default=0)
        total = self._number(0)
        for own, (powers, number) in zip(degrees, polynomial.terms(), strict=True):
            total += self._term(powers, number) * one ** ((degree - own) // 2)
        return total

    def _term(self, powers: Iterable[Any], number: Any) -> Polynomial:
        term = self._number(number)
        for letter, power in zip(self._gens, powers, strict=True):
            term *= letter ** int(power)
        return term

    def _graph(self, polynomial: Polynomial) -> Value:
        """A polynomial as a graph, its coefficients whole."""
        below = reduce(lcm, [int(number.q) for number in polynomial.coeffs()], 1)
        terms = [self._product(powers, number * below) for powers, number in polynomial.terms()]
        return reduce(Value.__add__, terms)

    def _product(self, powers: Iterable[Any], number: Any) -> Value:
        """A term as a graph."""
        found = _number_node(int(number.p))
        for node, power in zip(self._made, powers, strict=False):
            if power > 0:
                found = found * _raised(node, int(power))
        return found


def _weight(polynomial: Polynomial) -> int:
    """How much work it is to factor a polynomial: the product of its degrees."""
    return prod([int(degree) + 1 for degree in polynomial.degrees()])


def _number_node(number: int) -> Value:
    return constant(float(number), str(number))


def _raised(node: Value, power: int) -> Value:
    return node ** _number_node(power) if power > 1 else node


def _times(node: Value, number: Fraction) -> Value:
    """A node times a number."""
    return node * _number_node(number.numerator) / _number_node(number.denominator)


def _product(parts: Sequence[tuple[Value, int]]) -> tuple[str, Value]:
    """The product of some nodes or of one by them, and a text that is the same for the same product."""
    texts = sorted([f"{to_text(node)} {sign}" for node, sign in parts])
    made = _number_node(1)
    for node, sign in parts:
        made = made * node if sign > 0 else made / node
    if len(parts) == 1 and parts[0][1] > 0:
        made = parts[0][0]
    return "; ".join(texts), made


def _multiple_angle(count: int, sine: Polynomial, cosine: Polynomial) -> tuple[Polynomial, Polynomial]:
    """The sine and cosine of so many times an angle, by de Moivre's formula."""
    parts = [comb(count, k) * (-1) ** (k // 2) * sine**k * cosine ** (count - k) for k in range(count + 1)]
    return sum(parts[1::2], 0 * sine), sum(parts[::2], 0 * sine)


def _of_pair(names: tuple[str, str], functions: Mapping[str, Polynomial], one: Polynomial) -> _PolynomialQuotient:
    above, below = (functions.get(name, one) for name in names)
    return _PolynomialQuotient(above, below)


def _whole(quotient: _PolynomialQuotient) -> int | None:
    """The whole number that an exponent is."""
    above, below = quotient
    if not above.is_constant() or not below.is_constant() or below == 0:
        return None
    number = Fraction(str(above / below))
    is_one = number.denominator == 1 and abs(number) <= _HIGHEST
    return int(number) if is_one else None


def _power(base: _PolynomialQuotient, exponent: int, one: Polynomial) -> _PolynomialQuotient:
    if max(len(base.above), len(base.below)) ** abs(exponent) > _LONGEST**3:
        raise _Unread
    above, below = base if exponent >= 0 else (base.below, base.above)
    return _PolynomialQuotient(above ** abs(exponent), below ** abs(exponent))


def _sum(a: _PolynomialQuotient, b: _PolynomialQuotient) -> _PolynomialQuotient:
    if a.below == b.below:
        return _PolynomialQuotient(a.above + b.above, a.below)
    return _PolynomialQuotient(a.above * b.below + b.above * a.below, a.below * b.below)


def _negative(a: _PolynomialQuotient) -> _PolynomialQuotient:
    return _PolynomialQuotient(-a.above, a.below)


_PAIRS = {
    "sin": ("sin", "one"),
    "cos": ("cos", "one"),
    "tan": ("sin", "cos"),
    "cot": ("cos", "sin"),
    "sec": ("one", "cos"),
    "csc": ("one", "sin"),
}
_HYPERBOLIC = {
    "sinh": ("sinh", "one"),
    "cosh": ("cosh", "one"),
    "tanh": ("sinh", "cosh"),
    "coth": ("cosh", "sinh"),
    "sech": ("one", "cosh"),
    "csch": ("one", "sinh"),
}
_RATIONAL: dict[str, Any] = {
    "add": _sum,
    "sub": lambda a, b: _sum(a, _negative(b)),
    "neg": _negative,
    "mul": lambda a, b: _PolynomialQuotient(a.above * b.above, a.below * b.below),
    "div": lambda a, b: _PolynomialQuotient(a.above * b.below, a.below * b.above),
    "square": lambda a: _PolynomialQuotient(a.above**2, a.below**2),
    "reciprocal": lambda a: _PolynomialQuotient(a.below, a.above),
    "identity": lambda a: a,
}
