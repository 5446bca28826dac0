"""Terms: sums and products with exact coefficients, each written once. What a derivative is put in readable form with.

A rewriting is exact wherever the expression that is differentiated is defined. What the input wrote stays as it was: a
sum in parentheses is opened only where a like term waits outside, so that no digits are lost that it had kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from math import factorial, isfinite, nan
from typing import Any

from autodiff_cli.engine.value import Value, constant, toposort
from autodiff_cli.rules.numbers import NumberSystem
from autodiff_cli.rules.table import CONSTANTS, Function, entry
from autodiff_cli.symbolic.coefficients import (
    HALF,
    Number,
    exact_power,
    normalized,
    plus,
    short,
    times,
    typed,
)

_LONG = 100  # factors: a longer product stays one factor of the next
_PAIRS = 6  # exponentials of a product that are compared with each other


class Term:
    """One of an algebra's terms; equal terms are the same object.

    `kind` is "number" (`head` is the number), "leaf" (a variable's or constant's Value), "sum" (`parts` are pairs of
    coefficient and term, in the order of the input), "product" (`head` is the coefficient, `parts` are pairs of base
    and exponent) or "call" (`head` is the table's entry, `parts` its arguments). `size` counts what it is written with.
    """

    __slots__ = ("kind", "head", "parts", "home", "size", "kept", "__weakref__")

    kind: str
    head: Any
    parts: tuple[Any, ...]
    home: Algebra
    size: int
    kept: bool  # a sum that the input has

    def __add__(self, other: Any) -> Term:
        return self.home.add([self, self.home.term(other)])

    def __radd__(self, other: Any) -> Term:
        return self.home.add([self.home.term(other), self])

    def __sub__(self, other: Any) -> Term:
        return self.home.add([self, self.home.scaled(-1, self.home.term(other))])

    def __rsub__(self, other: Any) -> Term:
        return self.home.add([self.home.term(other), self.home.scaled(-1, self)])

    def __mul__(self, other: Any) -> Term:
        return self.home.multiply([self, self.home.term(other)])

    def __rmul__(self, other: Any) -> Term:
        return self.home.multiply([self.home.term(other), self])

    def __truediv__(self, other: Any) -> Term:
        return self.home.multiply([self, self.home.power(self.home.term(other), -1)])

    def __rtruediv__(self, other: Any) -> Term:
        return self.home.multiply([self.home.term(other), self.home.power(self, -1)])

    def __pow__(self, other: Any) -> Term:
        return self.home.call(entry("pow", 2), (self, self.home.term(other)))

    def __neg__(self) -> Term:
        return self.home.scaled(-1, self)

    def __lt__(self, other: Any) -> Term:
        return self.home.call(entry("lt", 2), (self, self.home.term(other)))

    def __le__(self, other: Any) -> Term:
        return self.home.call(entry("le", 2), (self, self.home.term(other)))

    def __gt__(self, other: Any) -> Term:
        return self.home.call(entry("gt", 2), (self, self.home.term(other)))

    def __ge__(self, other: Any) -> Term:
        return self.home.call(entry("ge", 2), (self, self.home.term(other)))

    def children(self) -> list[Term]:
        """The terms it is made of."""
        if self.kind == "sum":
            return [term for _, term in self.parts]
        return [base for base, _ in self.parts] if self.kind == "product" else list(self.parts)


class Algebra:
    """Makes terms. The formulas of the table run over them, as over any other numbers."""

    def __init__(self) -> None:
        self._known: dict[Any, Term] = {}
        self.one, self.zero = self.number(1), self.number(0)
        pi = self.leaf(constant(CONSTANTS["pi"], "pi"))
        self.numbers = NumberSystem({"pi": pi, "nan": self.leaf(constant(nan, "nan"))}, make=self._make)

    def _make(self, function: Function) -> Callable[..., Term]:
        return lambda *args: self.call(function, tuple([self.term(arg) for arg in args]))

    def new(self, key: Any, kind: str, head: Any, parts: tuple[Any, ...], size: int) -> Term:
        term = self._known.get(key)
        if term is None:
            term = self._known[key] = Term()
            term.kind, term.head, term.parts, term.home, term.size, term.kept = kind, head, parts, self, size, False
        return term

    # --- leaves ----------------------------------------------------------------------------------------------------

    def term(self, of: Any) -> Term:
        """A term as it is, and a number of a formula as one."""
        if isinstance(of, Term):
            return of
        if isinstance(of, (int, Fraction)):
            return self.number(of)
        return self.number(normalized(Fraction(of).limit_denominator(10**6)))  # a quotient of two numbers in a formula

    def number(self, number: Number) -> Term:
        return self.new(number, "number", number, (), 1)

    def leaf(self, value: Value) -> Term:
        """A variable, a constant, or a number as it was typed."""
        if value.requires_grad:
            return self.new(value, "leaf", value, (), 1)
        text = value.label or repr(value.data)
        if not isfinite(value.data) or text[0] not in "0123456789.-":
            return self.new(text, "leaf", value, (), 1)
        exact = typed(text)
        return self.number(exact) if short(exact) else self.new(text, "leaf", value, (), 1)

    # --- sums ------------------------------------------------------------------------------------------------------

    def split(self, term: Term) -> tuple[Number, Term]:
        """Coefficient and the rest."""
        if term.kind == "number":
            return term.head, self.one
        if term.kind == "product" and term.head != 1:
            return term.head, self.product(1, term.parts)
        return 1, term

    def scaled(self, number: Number, term: Term) -> Term:
        """A number times a term; a sum is not multiplied out."""
        if number == 1:
            return term
        if number == 0:
            return self.zero
        if term.kind == "call" and term.head.name == "where" and all([b.kind == "number" for b in term.parts[1:]]):  # noqa: C419
            return self.call(term.head, (term.parts[0], *[self.scaled(number, branch) for branch in term.parts[1:]]))
        if term.kind == "number":
            product = times(number, term.head)
            if short(product):
                return self.number(product)
        coefficient, rest = self.split(term)
        product = times(number, coefficient)
        if short(product):
            return self.product(product, self.factors(rest)[1])
        apart = () if coefficient == 1 else ((self.number(coefficient), 1),)
        return self.product(number, (*apart, *self.factors(rest)[1]))

    def kept_sum(self, parts: Sequence[tuple[Number, Term]]) -> Term:
        """A sum as the input wrote it."""
        key = ("sum", frozenset(parts) if len(set(parts)) == len(parts) else tuple(parts))
        made = self.new(key, "sum", None, tuple(parts), sum([1 + term.size for _, term in parts]))
        made.kept = True
        return made

    def add(self, terms: Iterable[Term]) -> Term:
        """The sum, like terms and constants gathered, in the order they come."""
        found: dict[Term, Number] = {}
        waiting: list[tuple[Number, Term]] = [(1, term) for term in terms]
        waiting.reverse()
        while waiting:
            factor, term = waiting.pop()
            coefficient, rest = self.split(term)
            coefficient = times(factor, coefficient)
            if rest.kind == "sum" and not rest.kept:
                waiting += [(times(coefficient, c), part) for c, part in reversed(rest.parts)]
            else:
                found[rest] = plus(found[rest], coefficient) if rest in found else coefficient
        while alike := self._alike(found):
            found = self._opened(found, alike)
        return self._joined(self._squares_gone(found) if len(found) > 1 else found)

    def _squares_gone(self, found: dict[Term, Number]) -> dict[Term, Number]:
        """A sum in which sin(x)^2 + cos(x)^2 is 1, and the like."""
        for rest in list(found):
            for base, exponent in self.factors(rest)[1] if rest in found else ():
                if base.kind != "call" or base.head.name not in _SQUARES or exponent < 2 or exponent.denominator != 1:
                    continue
                other, sign = _SQUARES[base.head.name]
                a, b = base.parts if other is None else (self._known.get((other, *base.parts)), self.one)
                if a is None:
                    continue
                less = self.power(base, exponent - 2)
                others = [self.power(b, e) for b, e in self.factors(rest)[1] if b is not base]
                for one, last in ((a, b), (b, a)) if other is None else ((a, b),):
                    factor, partner = self.split(self.multiply([*others, less, self.power(one, 2)]))
                    if rest in found and factor == 1 and found.get(partner, 0) == sign * found[rest]:
                        c = found[rest]
                        number, made = self.split(self.multiply([*others, less, self.power(last, 2)]))
                        left_over = {r: n for r, n in found.items() if r is not partner}
                        total = plus(left_over.get(made, 0), times(c, number))
                        found = {made if r is rest else r: n for r, n in left_over.items()} | {made: total}
        return found

    def _alike(self, found: dict[Term, Number]) -> set[Term]:
        """The sums in parentheses that have a like term outside."""
        closed = {rest for rest in found if rest.kind == "sum"}
        if not closed or len(found) < 2:
            return set()
        seen: dict[Term, set[Term]] = {}
        for rest in found:
            for _, part in rest.parts if rest in closed else ((1, rest),):
                seen.setdefault(self.split(part)[1], set()).add(rest)
        return {rest for users in seen.values() if len(users) > 1 for rest in users if rest in closed}

    def _opened(self, found: dict[Term, Number], alike: set[Term]) -> dict[Term, Number]:
        opened: dict[Term, Number] = {}
        for rest, coefficient in found.items():
            for c, part in rest.parts if rest in alike else ((1, rest),):
                inner, bare = self.split(part)
                opened[bare] = plus(opened.get(bare, 0), times(times(coefficient, c), inner))
        return opened

    def _joined(self, found: dict[Term, Number]) -> Term:
        parts = [(c, rest) for rest, c in found.items() if c]
        if not parts:
            return self.zero
        if len(parts) == 1:
            return self.scaled(*parts[0])
        choices = [part for part in parts if part[1].kind == "call" and part[1].head.name == "where"]
        if len({rest.parts[0] for _, rest in choices}) < len(choices):
            return self._chosen(parts)
        key = ("sum", frozenset(parts))
        return self.new(key, "sum", None, tuple(parts), sum([1 + term.size for _, term in parts]))

    def _chosen(self, parts: list[tuple[Number, Term]]) -> Term:
        """A sum in which choices by the same condition become one choice between sums."""
        made: dict[tuple[str, Term], Term] = {}
        for c, rest in parts:
            if rest.kind == "call" and rest.head.name == "where":
                condition, *branches = rest.parts
                key = ("where", condition)
                branches = [self.scaled(c, branch) for branch in branches]
                if key in made:
                    branches = [self.add(pair) for pair in zip(made[key].parts[1:], branches, strict=True)]
                made[key] = self._called(rest.head, condition, *branches)
            else:
                made["", rest] = self.scaled(c, rest)
        return self.add(made.values())

    def _called(self, function: Function, *args: Term) -> Term:
        """A call as it stands."""
        return self.new((function.name, *args), "call", function, args, 1 + sum([arg.size for arg in args]))

    # --- products --------------------------------------------------------------------------------------------------

    def factors(self, term: Term) -> tuple[Number, tuple[tuple[Term, Number], ...]]:
        """Coefficient, and bases with their exponents."""
        if term.kind == "product":
            return term.head, term.parts
        if term.kind == "number":
            return term.head, ()
        return 1, ((term, 1),)

    def product(self, coefficient: Number, parts: tuple[tuple[Term, Number], ...]) -> Term:
        if not parts or coefficient == 0:
            return self.number(coefficient)
        if coefficient == 1 and len(parts) == 1 and parts[0][1] == 1:
            return parts[0][0]
        key = ("product", coefficient, frozenset(parts))
        size = sum([base.size + (exponent not in (1, -1)) for base, exponent in parts]) + (coefficient not in (1, -1))
        return self.new(key, "product", coefficient, parts, size)

    def multiply(self, terms: Iterable[Term]) -> Term:
        """The product, powers of the same base gathered, in the order they come; sums are not multiplied out."""
        coefficient: Number = 1
        found: dict[Term, Number] = {}
        for term in terms:
            number, parts = self.factors(term)
            if len(parts) > _LONG:
                parts = ((self.product(1, parts), 1),)
            product = times(coefficient, number)
            if short(product):
                coefficient = product
            else:
                parts = ((self.number(number), 1), *parts)
            for base, exponent in parts:
                found[base] = plus(found[base], exponent) if base in found else exponent
        self._gather_powers(found)
        self._gather_calls(found)
        for base in [base for base in found if base.kind == "number"]:  # sqrt(2) * sqrt(2)
            raised = exact_power(base.head, found[base])
            if raised is not None and short(product := times(coefficient, raised)):
                coefficient = product
                del found[base]
        parts = tuple([(base, e) for base, e in found.items() if e])
        if any([_is_whole(base, e) for base, e in parts]):  # noqa: C419 - sqrt(x*y) * sqrt(x*y)
            powers = [self.power(base, e) if _is_whole(base, e) else self.product(1, ((base, e),)) for base, e in parts]
            return self.multiply([self.number(coefficient), *powers])
        return self.product(coefficient, parts)

    def _gather_powers(self, found: dict[Term, Number]) -> None:
        """x * x^(p - 1) is x^p."""
        for raised in [base for base in found if base.kind == "call" and base.head.name == "pow"]:
            base, power = raised.parts
            if found.get(raised) == 1 and found.get(base, 0) == 1:
                gathered = self.add([power, self.one])
                if gathered.size < power.size:
                    del found[base], found[raised]
                    made = self.call(raised.head, (base, gathered))
                    found[made] = plus(found.get(made, 0), 1)

    def _gather_calls(self, found: dict[Term, Number]) -> None:
        """exp(x) * exp(-x) is 1, sign(x) * abs(x) is x, and x * sign(x) is abs(x)."""
        grown = [base for base in found if base.kind == "call" and _exponent(base) is not None]
        for at, one in enumerate(grown[:_PAIRS]):
            for other in grown[at + 1 : _PAIRS]:
                alike = one in found and found[one] == found.get(other) and one.parts[:-1] == other.parts[:-1]
                if alike and self.add([one.parts[-1], other.parts[-1]]) is self.zero:
                    del found[one], found[other]
        for base in [base for base in found if base.kind == "call" and base.head.name in ("abs", "sign")]:
            (x,) = base.parts
            size = self._known.get(("abs", x))
            if x.kind == "product" or x.kind == "number" or base not in found:
                continue
            if base is size:
                if found[base] % 2 == 0:
                    found[x] = plus(found.get(x, 0), found.pop(base))
            elif found[base] == 1 and size in found and found[size] % 2 == 1:
                del found[base]
                found[x] = plus(found.get(x, 0), found.pop(size))
            elif found[base] == 1 and x in found and found[x] % 2 == 1:
                step = 1 if found[x] > 0 else -1
                del found[base]
                found[x] = plus(found[x], -step)
                size = self._called(entry("abs", 1), x)
                found[size] = plus(found.get(size, 0), step)

    def power(self, base: Term, exponent: Number) -> Term:
        """A power by a number. Of products, a power of a power is one power, and a coefficient is raised by itself."""
        if exponent == 0:
            return self.one
        if exponent == 1:
            return base
        coefficient, parts = self.factors(base)
        whole = exponent.denominator == 1
        if not parts:
            raised = exact_power(coefficient, exponent)
            return self.product(1, ((base, exponent),)) if raised is None else self.number(raised)
        if whole and (len(parts) == 1 or exponent == -1):
            raised = exact_power(coefficient, exponent)
            if raised is not None:
                return self.multiply(
                    [self.number(raised), *[self.product(1, ((b, times(e, exponent)),)) for b, e in parts]]
                )
        return self.product(1, ((base, exponent),))

    # --- functions -------------------------------------------------------------------------------------------------

    def call(self, function: Function, args: tuple[Term, ...]) -> Term:
        """A function of terms; those that are arithmetic, and those of numbers with an exact result, are computed."""
        made = _ARITHMETIC.get(function.name)
        if made:
            return made(self, *args)
        if (known := self._exact(function.name, args)) is not None:
            return known
        return self._called(function, *args)

    def _exact(self, name: str, args: tuple[Term, ...]) -> Term | None:
        first = args[0]
        if name == "pow":
            if args[1].kind == "number":
                return self.power(first, args[1].head)
            return self.one if first is self.one else None
        if name == "where":
            if first.kind == "number":
                return args[1] if first.head else args[2]
            return args[1] if args[1] is args[2] else None
        if name == "log" and len(args) == 1 and first.kind == "leaf" and first.head.label == "e":
            return self.one
        if name in _COMPARED and args[0] is args[1] and first.kind != "call":
            return self.number(int(name in ("le", "ge", "eq")))
        numbers = [arg.head for arg in args if arg.kind == "number"]
        if len(numbers) < len(args):
            return None
        if name in _COMPARED:
            return self.number(int(_COMPARED[name](*numbers)))
        if name in ("max", "min"):
            return self.number(max(numbers) if name == "max" else min(numbers))
        if name in ("sign", "abs"):
            return self.number(abs(numbers[0]) if name == "abs" else (numbers[0] > 0) - (numbers[0] < 0))
        return self.number(_AT[name, numbers[0]]) if (name, numbers[0]) in _AT else None


def terms_below(roots: Sequence[Term], known: Iterable[Term] = ()) -> list[Term]:
    """All terms below the roots but the known ones, what they are made of first, and the last of it first."""
    return toposort(roots[::-1], known, lambda term: term.children()[::-1])


def _is_whole(base: Term, exponent: Number) -> bool:
    """Whether a power is that of a product, and no power after all."""
    return base.kind == "product" and exponent in (1, -1) and len(base.parts) <= _LONG


def _exponent(call: Term) -> Term | None:
    """The exponent of exp(x), or of the power of a positive number."""
    base: Term = call.parts[0]
    if call.head.name == "exp":
        return base
    positive = call.head.name == "pow" and base.kind == "leaf" and not base.head.requires_grad and base.head.data > 0
    power: Term | None = call.parts[1] if positive else None
    return power


_SQUARES: dict[str, tuple[str | None, int]] = {  # whose square is 1 with or without another's, or of which two make it
    "sin": ("cos", 1),
    "cos": ("sin", 1),
    "tanh": ("sech", 1),
    "sech": ("tanh", 1),
    "cosh": ("sinh", -1),
    "sec": ("tan", -1),
    "csc": ("cot", -1),
    "coth": ("csch", -1),
    "hypot": (None, -1),
}
_ARITHMETIC: dict[str, Callable[..., Term]] = {
    "add": lambda home, a, b: home.add([a, b]),
    "sub": lambda home, a, b: home.add([a, home.scaled(-1, b)]),
    "mul": lambda home, a, b: home.multiply([a, b]),
    "div": lambda home, a, b: home.multiply([a, home.power(b, -1)]),
    "neg": lambda home, x: home.scaled(-1, x),
    "identity": lambda home, x: x,
    "square": lambda home, x: home.power(x, 2),
    "reciprocal": lambda home, x: home.power(x, -1),
    "sqrt": lambda home, x: home.power(x, HALF),
    "rsqrt": lambda home, x: home.power(x, -HALF),
    "clamp": lambda home, x, lo, hi: home.call(entry("min", 2), (home.call(entry("max", 2), (x, lo)), hi)),
}
_COMPARED: dict[str, Callable[..., bool]] = {
    "lt": lambda a, b: a < b,
    "le": lambda a, b: a <= b,
    "gt": lambda a, b: a > b,
    "ge": lambda a, b: a >= b,
    "eq": lambda a, b: a == b,
    "ne": lambda a, b: a != b,
}
_AT: dict[tuple[str, Number], int] = {  # exact values, for as long as a rule makes them
    **{(name, 0): 0 for name in ("sin", "tan", "sinh", "tanh", "asin", "atan", "asinh", "atanh", "erf", "expm1")},
    **{(name, 0): 0 for name in ("log1p", "cbrt", "floor", "ceil")},
    **{(name, 0): 1 for name in ("exp", "cos", "cosh", "sec", "sech", "exp2", "exp10", "erfc", "sinc")},
    **{(name, 1): 0 for name in ("log", "log2", "log10", "acosh", "acos")},
    ("cbrt", 1): 1,
    **{("gamma", n): factorial(n - 1) for n in range(1, 24)},  # floats have these too
}
