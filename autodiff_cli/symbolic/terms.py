"""Terms: sums and products with exact coefficients, each written once. What a derivative is put in readable form with.

A rewriting is exact wherever the expression that is differentiated is defined. What the input wrote stays as it was: a
sum in parentheses is opened only where a like term waits outside, so that no digits are lost that it had kept.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from fractions import Fraction
from itertools import starmap
from math import isinf, nan
from operator import itemgetter
from typing import Any

from autodiff_cli.engine.graph import toposort
from autodiff_cli.engine.value import Value, constant
from autodiff_cli.rules.numbers import NumberSystem
from autodiff_cli.rules.table import CONSTANTS, Function, entry
from autodiff_cli.symbolic.coefficients import (
    Number,
    add_to,
    exact_power,
    if_short,
    is_whole,
    normalized,
    plus,
    short,
    times,
    typed,
)
from autodiff_cli.symbolic.identities import CANCELLING, REWRITES, cancel_calls, cancel_squares

_UNITS = (1, -1)  # what is not written
_LONG = 100  # factors: a longer product stays one factor of the next

_CHILD_OF_PART = {"sum": itemgetter(1), "product": itemgetter(0)}

Powers = dict["Term", Number]  # of a product: bases, each with its exponent
Addends = dict["Term", Number]  # of a sum: terms, each with its coefficient


def _operator(name: str) -> Callable[[Term, Any], Term]:
    """A sign of Python as a function of the table."""
    return lambda self, other: self.algebra.call(entry(name, 2), (self, self.algebra.term(other)))


def _reflected(name: str) -> Callable[[Term, Any], Term]:
    return lambda self, other: self.algebra.call(entry(name, 2), (self.algebra.term(other), self))


class Term:
    """One of an algebra's terms; equal terms are the same object.

    `kind` is "number" (`head` is the number), "leaf" (a variable's or constant's Value), "sum" (`parts` are pairs of
    coefficient and term, in the order of the input), "product" (`head` is the coefficient, `parts` are pairs of base
    and exponent) or "call" (`head` is the table's entry, `parts` its arguments, `name` the function's name, which is
    empty for other kinds). `size` counts what it is written with.
    """

    __slots__ = ("kind", "name", "head", "parts", "algebra", "size", "kept", "__weakref__")

    kind: str
    name: str
    head: Any
    parts: tuple[Any, ...]
    algebra: Algebra
    size: int
    kept: bool  # a sum that the input has

    def children(self) -> list[Term]:
        """The terms it is made of."""
        child = _CHILD_OF_PART.get(self.kind)
        return list(map(child, self.parts)) if child else list(self.parts)

    __add__, __radd__ = _operator("add"), _reflected("add")
    __sub__, __rsub__ = _operator("sub"), _reflected("sub")
    __mul__, __rmul__ = _operator("mul"), _reflected("mul")
    __truediv__, __rtruediv__ = _operator("div"), _reflected("div")
    __pow__ = _operator("pow")
    __lt__, __le__ = _operator("lt"), _operator("le")
    __gt__, __ge__ = _operator("gt"), _operator("ge")

    def __neg__(self) -> Term:
        return self.algebra.scaled(-1, self)


class Algebra:
    """Makes terms. The formulas of the table run over them, as over any other numbers."""

    def __init__(self) -> None:
        self._known: dict[Any, Term] = {}
        self.infinite: set[Term] = set()  # infinities that were typed, which do not cancel
        self.one, self.zero = self.number(1), self.number(0)
        self.e, pi = self._constant("e", CONSTANTS["e"]), self._constant("pi", CONSTANTS["pi"])
        self.nan = self._constant("nan", nan)
        self.numbers = NumberSystem({"pi": pi, "nan": self.nan}, make=self._make)

    def _make(self, function: Function) -> Callable[..., Term]:
        return lambda *args: self.call(function, tuple(map(self.term, args)))

    def new(self, key: Any, kind: str, head: Any, parts: tuple[Any, ...], size: int) -> Term:
        """The term of a key; it is made where there is none yet."""
        term = self._known.get(key)
        if term is None:
            term = self._known[key] = Term()
            term.kind, term.head, term.parts, term.size = kind, head, parts, size
            term.name = head.name if kind == "call" else ""
            term.algebra, term.kept = self, False
        return term

    # --- leaves ----------------------------------------------------------------------------------------------------

    def term(self, of: Any) -> Term:
        """A term as it is, and a number of a formula as one."""
        if isinstance(of, Term):
            return of
        if isinstance(of, (int, Fraction)):
            return self.number(of)
        quotient = Fraction(of).limit_denominator(10**6)  # a quotient of two numbers in a formula, such as 1/3
        return self.number(normalized(quotient if float(quotient) == of else Fraction(of)))

    def _constant(self, name: str, data: float) -> Term:
        return self.leaf(constant(data, name))

    def number(self, number: Number) -> Term:
        """The term of a number."""
        return self.new(number, "number", number, (), 1)

    def variable(self, value: Value) -> Term:
        """The term of a variable, or of an inner node that is taken as one."""
        return self.new(value, "leaf", value, (), 1)

    def leaf(self, value: Value) -> Term:
        """The term of a variable, a constant, or a number as it was typed: 1/10 for 0.1."""
        if value.requires_grad:
            return self.variable(value)
        text = value.label or repr(value.data)
        is_typed = text.lstrip("-")[0] in "0123456789."
        if is_typed:
            number = typed(text)
            if short(number):
                return self.number(number)
        made = self.new(text, "leaf", value, (), 1)
        if isinf(value.data):
            self.infinite.add(made)
        return made

    def _is_infinite(self, term: Term) -> bool:
        """Whether a product has infinity as a factor."""
        _, powers = self.factors(term)
        return max(self._powers_of_infinity(powers), default=0) > 0

    def _powers_of_infinity(self, powers: Iterable[tuple[Term, Number]]) -> list[Number]:
        """The exponents of infinity and of nan in a product."""
        boundless = {*self.infinite, self.nan}
        return [exponent for base, exponent in powers if base in boundless]

    def _cancels_infinity(self, coefficient: Number, powers: Powers) -> bool:
        """Whether a product is infinity times 0, or over infinity, so that it is no number."""
        exponents = self._powers_of_infinity(powers.items())
        is_0_times_it = coefficient == 0 and max(exponents, default=0) > 0
        return is_0_times_it or 0 in exponents

    def _is_undefined(self, parts: Sequence[tuple[Number, Term]]) -> bool:
        """Whether a sum is no number: nan is in it, or infinity with both signs, or times 0."""
        if self.nan in map(itemgetter(1), parts):
            return True
        return bool(self.infinite) and self._cancels_infinity_in_sum(parts)

    def _cancels_infinity_in_sum(self, parts: Sequence[tuple[Number, Term]]) -> bool:
        """Whether a sum has infinity with both signs, or times 0."""
        infinite = [number for number, term in parts if self._is_infinite(term)]
        has_both_signs = min(infinite, default=0) < 0 < max(infinite, default=0)
        return has_both_signs or 0 in infinite

    # --- sums ------------------------------------------------------------------------------------------------------

    def split(self, term: Term) -> tuple[Number, Term]:
        """Coefficient and the rest: 2 and x of 2*x."""
        if term.kind == "number":
            return term.head, self.one
        if term.kind == "product" and term.head != 1:
            return term.head, self.product(1, term.parts)
        return 1, term

    def scaled(self, number: Number, term: Term) -> Term:
        """A number times a term; a sum is not multiplied out.

        `3 * (x^2 / 2)` gives `3 * x^2 / 2`, and `2 * where(c, 1, 3)` gives `where(c, 2, 6)`.
        """
        if number == 1:
            return term
        if number == 0:
            return self.nan if self._is_infinite(term) else self.zero
        if term.name == "where" and {branch.kind for branch in term.parts[1:]} == {"number"}:
            return self._scaled_choice(number, term)
        coefficient, rest = self.split(term)
        _, parts = self.factors(rest)  # in the order in which they were first met without a number
        if coefficient == 1:
            return self.product(number, parts)
        product = if_short(times(number, coefficient))
        if product is None:
            return self.product(number, ((self.number(coefficient), 1), *parts))
        return self.product(product, parts)

    def _scaled_choice(self, number: Number, choice: Term) -> Term:
        """A choice with both its branches multiplied by a number."""
        condition, *branches = choice.parts
        return self.bare_call(choice.head, condition, *[self.scaled(number, branch) for branch in branches])

    def addends(self, total: Term) -> list[Term]:
        """The terms of a sum."""
        return list(starmap(self.scaled, total.parts))

    def kept_sum(self, parts: Sequence[tuple[Number, Term]]) -> Term:
        """A sum as the input wrote it."""
        if self._is_undefined(parts):
            return self.nan
        different = frozenset(parts)
        made = self._sum(parts, different if len(different) == len(parts) else tuple(parts))
        made.kept = True
        return made

    def _sum(self, parts: Sequence[tuple[Number, Term]], key: Any) -> Term:
        return self.new(("sum", key), "sum", None, tuple(parts), sum([1 + term.size for _, term in parts]))

    def add(self, terms: Iterable[Term]) -> Term:
        """The sum, like terms and constants gathered, in the order they come.

        `x + 1 + 2*x + 3` gives `3 * x + 4`.
        """
        addends = self._gathered(terms)
        while to_open := self._sums_to_open(addends):
            addends = self._opened(addends, to_open)
        return self._sum_of(cancel_squares(self, addends) if len(addends) > 1 else addends)

    def _gathered(self, terms: Iterable[Term]) -> Addends:
        """Terms with their coefficients; sums are opened but those of the input."""
        addends: Addends = {}
        waiting: list[tuple[Number, Term]] = [(1, term) for term in terms]
        waiting.reverse()
        while waiting:
            factor, term = waiting.pop()
            coefficient, rest = self.split(term)
            coefficient = times(factor, coefficient)
            if rest.kind == "sum" and not rest.kept:
                waiting += [(times(coefficient, c), part) for c, part in reversed(rest.parts)]
            else:
                add_to(addends, rest, coefficient)
        return addends

    def _sums_to_open(self, addends: Addends) -> set[Term]:
        """The sums in parentheses that have a like term outside: of 2*(x + 1) + 3*x the one, of 2*(x + 1) + y none."""
        closed = set(filter(is_sum, addends))
        if not closed:
            return closed
        users = self._users(addends).values()
        alike = [terms for terms in users if len(terms) > 1]
        return closed.intersection(set().union(*alike))

    def _users(self, addends: Addends) -> dict[Term, set[Term]]:
        """Where each term is, whatever its coefficient: of 2*(x + 1) + 3*x, that is x + 1 and x for x."""
        users: dict[Term, set[Term]] = defaultdict(set)
        for term in addends:
            parts = term.children() if is_sum(term) else [term]
            for part in parts:
                _, rest = self.split(part)
                users[rest].add(term)
        return users

    def _opened(self, addends: Addends, to_open: Collection[Term]) -> Addends:
        """A sum in which some terms, sums themselves, are replaced by their terms."""
        opened: Addends = {}
        for term, coefficient in addends.items():
            for c, part in term.parts if term in to_open else ((1, term),):
                inner, rest = self.split(part)
                add_to(opened, rest, times(times(coefficient, c), inner))
        return opened

    def _sum_of(self, addends: Addends) -> Term:
        """The term of a sum whose like terms are gathered."""
        parts = [(c, term) for term, c in addends.items()]
        if self._is_undefined(parts):
            return self.nan
        parts = list(filter(itemgetter(0), parts))
        if not parts:
            return self.zero
        if len(parts) == 1:
            return self.scaled(*parts[0])
        if _have_conditions_in_common(parts):
            return self._sum_of_choices(parts)
        return self._sum(parts, frozenset(parts))

    def _sum_of_choices(self, parts: Iterable[tuple[Number, Term]]) -> Term:
        """A sum in which choices by the same condition become one choice between sums.

        `where(c, x, 2*x) + where(c, y, 0)` gives `where(c, x + y, 2 * x)`.
        """
        made: dict[tuple[str, Term], Term] = {}
        for c, term in parts:
            if term.name != "where":
                made["", term] = self.scaled(c, term)
                continue
            key, choice = ("where", term.parts[0]), self._scaled_choice(c, term)
            made[key] = self._joined_choices(made[key], choice) if key in made else choice
        return self.add(made.values())

    def _joined_choices(self, one: Term, other: Term) -> Term:
        """The sum of two choices by the same condition."""
        condition, *branches = one.parts
        sums = map(self.add, zip(branches, other.parts[1:], strict=True))
        return self.bare_call(one.head, condition, *sums)

    # --- products --------------------------------------------------------------------------------------------------

    def factors(self, term: Term) -> tuple[Number, tuple[tuple[Term, Number], ...]]:
        """Coefficient, and bases with their exponents: 2, and x with 3, of 2*x^3."""
        if term.kind == "product":
            return term.head, term.parts
        if term.kind == "number":
            return term.head, ()
        return 1, ((term, 1),)

    def product(self, coefficient: Number, parts: tuple[tuple[Term, Number], ...]) -> Term:
        """A product as it stands; without a coefficient and an exponent, what it is made of."""
        if not parts or coefficient == 0:
            return self.number(coefficient)
        base, exponent = parts[0]
        if coefficient == exponent == len(parts) == 1:
            return base
        key = ("product", coefficient, frozenset(parts))
        size = sum([base.size + (exponent not in _UNITS) for base, exponent in parts]) + (coefficient not in _UNITS)
        return self.new(key, "product", coefficient, parts, size)

    def multiply(self, terms: Iterable[Term]) -> Term:
        """The product, powers of the same base gathered, in the order they come; sums are not multiplied out.

        `x * 2 * (x + 1) * x^3 * 5` gives `10 * x^4 * (x + 1)`.
        """
        coefficient, powers = self._collected(terms)
        if not CANCELLING.isdisjoint([base.name for base in powers]):
            cancel_calls(self, powers)
        coefficient = _with_numbers(coefficient, powers)
        parts = tuple([part for part in powers.items() if part[1]])
        if self.infinite and self._cancels_infinity(coefficient, powers):
            return self.nan
        if not any(starmap(_is_product, parts)):
            return self.product(coefficient, parts)
        return self.multiply([self.number(coefficient), *starmap(self._opened_power, parts)])

    def _collected(self, terms: Iterable[Term]) -> tuple[Number, Powers]:
        """The coefficient of a product, and its powers; a number it has no room for is one of these."""
        coefficient: Number = 1
        powers: Powers = {}
        for term in terms:
            number, parts = self.factors(term)
            if len(parts) > _LONG:
                parts = ((self.product(1, parts), 1),)
            if number != 1:
                product = times(coefficient, number)
                if short(product):
                    coefficient = product
                else:
                    parts = ((self.number(number), 1), *parts)
            for base, exponent in parts:  # add_to in place, since this loop is the hottest
                powers[base] = plus(powers[base], exponent) if base in powers else exponent
        return coefficient, powers

    def _opened_power(self, base: Term, exponent: Number) -> Term:
        return self.power(base, exponent) if _is_product(base, exponent) else self._bare_power(base, exponent)

    def _bare_power(self, base: Term, exponent: Number) -> Term:
        """A power as it stands."""
        return self.product(1, ((base, exponent),))

    def power(self, base: Term, exponent: Number) -> Term:
        """A power by a number. Of products, a power of a power is one power, and a coefficient is raised by itself.

        `(x^3)^2` gives `x^6`, `(2*x)^3` gives `8 * x^3`, `1/(4*x*y^2)` gives `1 / (4 * x * y^2)`.
        """
        if exponent == 0:
            return self.one
        if exponent == 1:
            return base
        coefficient, parts = self.factors(base)
        is_one_power = len(parts) == 1 and is_whole(exponent)
        is_opened = not parts or is_one_power or exponent == -1
        raised = exact_power(coefficient, exponent) if is_opened else None
        if raised is None:
            return self._bare_power(base, exponent)
        raised_parts = [(base, times(inner, exponent)) for base, inner in parts]
        return self.multiply([self.number(raised), *starmap(self._bare_power, raised_parts)])

    def powers(self, powers: Iterable[tuple[Term, Number]]) -> list[Term]:
        """Bases raised to their exponents."""
        return list(starmap(self.power, powers))

    # --- functions -------------------------------------------------------------------------------------------------

    def call(self, function: Function, args: tuple[Term, ...]) -> Term:
        """A function of terms; those that are arithmetic, and those of numbers with an exact result, are computed.

        `square(x)` gives `x^2`, `max(2, 3)` gives `3`, `cos(0)` gives `1`, `cos(1)` gives `cos(1)`.
        """
        rewrite = REWRITES.get(function.name)
        made = rewrite(self, *args) if rewrite else None
        return self.bare_call(function, *args) if made is None else made

    def bare_call(self, function: Function, *args: Term) -> Term:
        """A call as it stands."""
        return self.new((function.name, *args), "call", function, args, 1 + sum([arg.size for arg in args]))

    def known_call(self, name: str, args: tuple[Term, ...]) -> Term | None:
        """A call as it stands, if there is one already."""
        return self._known.get((name, *args))


def is_sum(term: Term) -> bool:
    """Whether a term is a sum."""
    return term.kind == "sum"


def terms_below(roots: Sequence[Term], known: Iterable[Term] = ()) -> list[Term]:
    """All terms below the roots but the known ones, what they are made of first, and the last of it first."""
    return toposort(roots[::-1], known, lambda term: term.children()[::-1])


def _have_conditions_in_common(parts: Iterable[tuple[Number, Term]]) -> bool:
    """Whether two terms of a sum are choices by the same condition."""
    conditions = [term.parts[0] for _, term in parts if term.name == "where"]
    return len({*conditions}) < len(conditions)


def _with_numbers(coefficient: Number, powers: Powers) -> Number:
    """The coefficient of a product with the powers of numbers that are exact taken in.

    `sqrt(2) * sqrt(2)` gives `2`.
    """
    for base in [base for base in powers if base.kind == "number"]:
        raised = exact_power(base.head, powers[base])
        product = None if raised is None else if_short(times(coefficient, raised))
        if product is not None:
            coefficient = product
            del powers[base]
    return coefficient


def _is_product(base: Term, exponent: Number) -> bool:
    """Whether a power is that of a product, and no power after all.

    `sqrt(x*y) * sqrt(x*y)` gives `x * y`.
    """
    return base.kind == "product" and exponent in _UNITS and len(base.parts) <= _LONG
