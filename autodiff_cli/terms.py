"""Terms: sums and products with exact coefficients, each written once. What a derivative is put in readable form with.

A rewriting is exact wherever the expression that is differentiated is defined. What the input wrote stays as it was: a
sum in parentheses is opened only where a like term waits outside, so that no digits are lost that it had kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from math import gcd, isfinite, nan
from typing import Any

from autodiff_cli.rules import Numbers
from autodiff_cli.table import BY_NAME, CONSTANTS, Function, accepts
from autodiff_cli.value import Value, constant, node, rule_of

_DIGITS = 10**16  # the most that a number may have above or below the line; more stays two numbers
_POWER = 64  # the highest power of a number that is computed
_LONG = 100  # factors: a longer product stays one factor of the next
_MOST = 40  # terms that a product of sums may come to when it is multiplied out

Number = int | Fraction


class Decimal(Fraction):
    """A fraction that was typed as a decimal number, and is printed as one where that is exact."""

    __slots__ = ()


def _as(number: Number, *made_of: Number) -> Number:
    """A number computed from others: whole numbers are ints, and what came of decimals is a decimal."""
    if number.denominator == 1 and -_DIGITS < number < _DIGITS:
        return int(number)
    return Decimal(number) if any([isinstance(x, Decimal) for x in made_of]) else number  # noqa: C419


def _times(a: Number, b: Number) -> Number:
    return a * b if a.__class__ is b.__class__ is int else _as(a * b, a, b)


def _plus(a: Number, b: Number) -> Number:
    return a + b if a.__class__ is b.__class__ is int else _as(a + b, a, b)


def _size(number: Number) -> Number:
    return _times(-1, number) if number < 0 else number


def _short(number: Number) -> bool:
    """Whether a person would write the number out."""
    above, below = abs(number.numerator), number.denominator
    if above < _DIGITS > below:
        return True
    return all(int(str(digits).rstrip("0") or 0) < _DIGITS for digits in (above, below))


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
        return self.home.call(_find("pow", 2), (self, self.home.term(other)))

    def __neg__(self) -> Term:
        return self.home.scaled(-1, self)

    def __lt__(self, other: Any) -> Term:
        return self.home.call(_find("lt", 2), (self, self.home.term(other)))

    def __le__(self, other: Any) -> Term:
        return self.home.call(_find("le", 2), (self, self.home.term(other)))

    def __gt__(self, other: Any) -> Term:
        return self.home.call(_find("gt", 2), (self, self.home.term(other)))

    def __ge__(self, other: Any) -> Term:
        return self.home.call(_find("ge", 2), (self, self.home.term(other)))

    def children(self) -> list[Term]:
        """The terms it is made of."""
        if self.kind == "sum":
            return [term for _, term in self.parts]
        return [base for base, _ in self.parts] if self.kind == "product" else list(self.parts)


def _find(name: str, count: int) -> Function:
    return next(function for function in BY_NAME[name] if accepts(function, count))


class Algebra:
    """Makes terms. The formulas of the table run over them, as over any other numbers."""

    def __init__(self) -> None:
        self._known: dict[Any, Term] = {}
        self.one, self.zero = self.number(1), self.number(0)
        pi = self.leaf(constant(CONSTANTS["pi"], "pi"))
        self.numbers = Numbers({"pi": pi, "nan": self.leaf(constant(nan, "nan"))}, make=self._make)

    def _make(self, function: Function) -> Callable[..., Term]:
        return lambda *args: self.call(function, tuple([self.term(arg) for arg in args]))

    def _new(self, key: Any, kind: str, head: Any, parts: tuple[Any, ...], size: int) -> Term:
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
        return self.number(_as(Fraction(of).limit_denominator(10**6)))  # a quotient of two numbers in a formula

    def number(self, number: Number) -> Term:
        return self._new(number, "number", number, (), 1)

    def leaf(self, value: Value) -> Term:
        """A variable, a constant, or a number as it was typed."""
        if value.requires_grad:
            return self._new(value, "leaf", value, (), 1)
        text = value.label or repr(value.data)
        if not isfinite(value.data) or text[0] not in "0123456789.-":
            return self._new(text, "leaf", value, (), 1)
        number = Decimal(text)
        exact = _as(number, number)
        return self.number(exact) if _short(exact) else self._new(text, "leaf", value, (), 1)

    # --- sums ------------------------------------------------------------------------------------------------------

    def split(self, term: Term) -> tuple[Number, Term]:
        """Coefficient and the rest."""
        if term.kind == "number":
            return term.head, self.one
        if term.kind == "product" and term.head != 1:
            return term.head, self._product(1, term.parts)
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
            product = _times(number, term.head)
            if _short(product):
                return self.number(product)
        coefficient, rest = self.split(term)
        product = _times(number, coefficient)
        if _short(product):
            return self._product(product, self.factors(rest)[1])
        return self._product(number, ((self.number(coefficient), 1), *self.factors(rest)[1]))

    def kept_sum(self, parts: Sequence[tuple[Number, Term]]) -> Term:
        """A sum as the input wrote it."""
        key = ("sum", frozenset(parts) if len(set(parts)) == len(parts) else tuple(parts))
        made = self._new(key, "sum", None, tuple(parts), sum([1 + term.size for _, term in parts]))
        made.kept = True
        return made

    def add(self, terms: Iterable[Term]) -> Term:
        """The sum, like terms and constants gathered, in the order they come."""
        found: dict[Term, Number] = {}
        closed: dict[Term, Number] = {}  # sums in parentheses
        pending = [(1, term) for term in terms]
        pending.reverse()
        waiting: list[tuple[Number, Term]] = list(pending)
        while waiting:
            factor, term = waiting.pop()
            coefficient, rest = self.split(term)
            coefficient = _times(factor, coefficient)
            if rest.kind == "sum" and not rest.kept:
                waiting += [(_times(coefficient, c), part) for c, part in reversed(rest.parts)]
                continue
            if rest.kind == "sum":
                closed[rest] = _plus(closed.get(rest, 0), coefficient)
            if rest in found:
                coefficient = _plus(found[rest], coefficient)
            found[rest] = coefficient
        while alike := self._alike(found, closed):
            found = self._opened(found, alike)
            closed = {rest: c for rest, c in closed.items() if rest not in alike}
            closed |= {rest: c for rest, c in found.items() if rest.kind == "sum"}
        return self._joined(found)

    def _alike(self, found: dict[Term, Number], closed: dict[Term, Number]) -> set[Term]:
        """The sums in parentheses that have a like term outside."""
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
                opened[bare] = _plus(opened.get(bare, 0), _times(_times(coefficient, c), inner))
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
        return self._new(key, "sum", None, tuple(parts), sum([1 + term.size for _, term in parts]))

    def _chosen(self, parts: list[tuple[Number, Term]]) -> Term:
        """A sum in which choices by the same condition become one choice between sums."""
        made: dict[Term, Term] = {}
        for c, rest in parts:
            if rest.kind == "call" and rest.head.name == "where":
                condition, *branches = rest.parts
                branches = [self.scaled(c, branch) for branch in branches]
                if condition in made:
                    branches = [self.add(pair) for pair in zip(made[condition].parts[1:], branches, strict=True)]
                made[condition] = self._called(rest.head, condition, *branches)
            else:
                made[rest] = self.scaled(c, rest)
        return self.add(made.values())

    def _called(self, function: Function, *args: Term) -> Term:
        """A call as it stands."""
        return self._new((function.name, *args), "call", function, args, 1 + sum([arg.size for arg in args]))

    # --- products --------------------------------------------------------------------------------------------------

    def factors(self, term: Term) -> tuple[Number, tuple[tuple[Term, Number], ...]]:
        """Coefficient, and bases with their exponents."""
        if term.kind == "product":
            return term.head, term.parts
        if term.kind == "number":
            return term.head, ()
        return 1, ((term, 1),)

    def _product(self, coefficient: Number, parts: tuple[tuple[Term, Number], ...]) -> Term:
        if not parts or coefficient == 0:
            return self.number(coefficient)
        if coefficient == 1 and len(parts) == 1 and parts[0][1] == 1:
            return parts[0][0]
        key = ("product", coefficient, frozenset(parts))
        size = sum([base.size + (exponent not in (1, -1)) for base, exponent in parts]) + (coefficient not in (1, -1))
        return self._new(key, "product", coefficient, parts, size)

    def multiply(self, terms: Iterable[Term]) -> Term:
        """The product, powers of the same base gathered, in the order they come; sums are not multiplied out."""
        coefficient: Number = 1
        found: dict[Term, Number] = {}
        for term in terms:
            number, parts = self.factors(term)
            if len(parts) > _LONG:
                parts = ((self._product(1, parts), 1),)
            product = _times(coefficient, number)
            if _short(product):
                coefficient = product
            else:
                parts = ((self.number(number), 1), *parts)
            for base, exponent in parts:
                found[base] = _plus(found[base], exponent) if base in found else exponent
        self._gather_powers(found)
        return (
            self._product(coefficient, tuple([(base, e) for base, e in found.items() if e]))
            if coefficient
            else self.zero
        )

    def _gather_powers(self, found: dict[Term, Number]) -> None:
        """x * x^(p - 1) is x^p."""
        for raised in [base for base in found if base.kind == "call" and base.head.name == "pow"]:
            base, power = raised.parts
            if found[raised] == 1 and found.get(base, 0) == 1:
                gathered = self.add([power, self.one])
                if gathered.size < power.size:
                    del found[base], found[raised]
                    made = self.call(raised.head, (base, gathered))
                    found[made] = _plus(found.get(made, 0), 1)

    def power(self, base: Term, exponent: Number) -> Term:
        """A power by a number. Of products, a power of a power is one power, and a coefficient is raised by itself."""
        if exponent == 0:
            return self.one
        if exponent == 1:
            return base
        coefficient, parts = self.factors(base)
        whole = exponent.denominator == 1
        if not parts:
            raised = self._raised(coefficient, exponent)
            return self._product(1, ((base, exponent),)) if raised is None else self.number(raised)
        if whole and (len(parts) == 1 or exponent == -1):
            raised = self._raised(coefficient, exponent)
            if raised is not None:
                return self.multiply(
                    [self.number(raised), *[self._product(1, ((b, _times(e, exponent)),)) for b, e in parts]]
                )
        return self._product(1, ((base, exponent),))

    def _raised(self, number: Number, exponent: Number) -> Number | None:
        """A power of a number, where it is exact and short."""
        if number == 0 and exponent < 0:
            return None
        if exponent.denominator != 1:
            return _root(number, exponent)
        if number in (1, -1):
            return 1 if number == 1 or exponent % 2 == 0 else -1
        if not -_POWER <= exponent <= _POWER:
            return None
        raised = _as(Fraction(number) ** int(exponent), number)
        return raised if _short(raised) else None

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
        if name in ("sign", "abs"):
            return self.number(abs(numbers[0]) if name == "abs" else (numbers[0] > 0) - (numbers[0] < 0))
        return self.number(_AT[name, numbers[0]]) if (name, numbers[0]) in _AT else None

    # --- signs ---------------------------------------------------------------------------------------------------

    def sign(self, term: Term, depth: int = 8) -> str:
        """What is known of a term's sign wherever it is defined: "+", "-", "+0" (not negative), "-0", or nothing."""
        if depth == 0:
            return ""
        if term.kind == "number":
            return "+" if term.head > 0 else "-" if term.head < 0 else "+0"
        if term.kind == "leaf":
            return "+" if not term.head.requires_grad and term.head.data > 0 else ""
        if term.kind == "call":
            if term.head.name == "pow":
                return "+" if self.sign(term.parts[0], depth - 1) == "+" else ""
            return _SIGNS.get(term.head.name, "")
        if term.kind == "sum":
            signs = {self.sign(self.scaled(c, rest), depth - 1) for c, rest in term.parts}
            for sure, nearly in (("+", "+0"), ("-", "-0")):
                if signs <= {sure, nearly}:
                    return sure if sure in signs else nearly
            return ""
        negative, nil = term.head < 0, False
        for base, exponent in term.parts:
            sign = self.sign(base, depth - 1)
            if exponent.denominator != 1 or exponent % 2 == 0:
                nil |= exponent > 0 and sign not in ("+", "-")
            elif sign:
                negative, nil = negative ^ (sign[0] == "-"), nil or (sign[-1] == "0" and exponent > 0)
            else:
                return ""
        return ("-" if negative else "+") + ("0" if nil else "")

    # --- from graphs and to graphs ---------------------------------------------------------------------------------

    def read(self, nodes: Iterable[Value], roots: Sequence[Value], stops: Iterable[Value] = ()) -> list[Term]:
        """The terms of `roots`; `nodes` are all steps below them, arguments first. `stops` are taken as variables."""
        made: dict[Value, Term] = {stop: self._new(stop, "leaf", stop, (), 1) for stop in stops}
        users: dict[Value, list[Value]] = {}
        nodes = [one for one in nodes if one not in made]
        for user in nodes:
            for arg in user.args:
                users.setdefault(arg, []).append(user)
        fixed = {*roots, *made}
        for one in nodes:
            if one in fixed or not _is_within(one, users.get(one, [])):
                made[one] = self._read(one, made)
        return [made[root] if root in made else self.leaf(root) for root in roots]

    def _read(self, root: Value, made: dict[Value, Term]) -> Term:
        name = root.rule.function.name
        if name in ("add", "sub"):
            parts: list[tuple[Number, Term]] = []
            while root not in made and root.rule.function.name in ("add", "sub"):
                right = self._known_or_leaf(root.args[1], made)
                coefficient, rest = self.split(right)
                parts.append((coefficient if root.rule.function.name == "add" else _times(-1, coefficient), rest))
                root = root.args[0]
            parts.append(self.split(self._known_or_leaf(root, made)))
            parts = [(c, rest) for c, rest in reversed(parts) if c]
            if all([rest is self.one for _, rest in parts]):  # noqa: C419
                return self.add([self.scaled(*part) for part in parts])
            return self.scaled(*parts[0]) if len(parts) == 1 else self.kept_sum(parts)
        if name in _MULTIPLIED:
            factors: list[Term] = []
            stack: list[tuple[Value, int]] = [(root, 1)]
            while stack:
                at, exponent = stack.pop()
                known = made.get(at)
                if known is None and at.rule.function.name in _MULTIPLIED:
                    if at.rule.function.name == "neg":
                        factors.append(self.number(-1))
                        stack.append((at.args[0], exponent))
                    else:
                        second = exponent if at.rule.function.name == "mul" else -exponent
                        stack += [(at.args[1], second), (at.args[0], exponent)]
                else:
                    known = self.leaf(at) if known is None else known
                    factors.append(known if exponent == 1 else self.power(known, -1))
            return self.multiply(factors)
        return self.call(root.rule.function, tuple([self._known_or_leaf(arg, made) for arg in root.args]))

    def _known_or_leaf(self, value: Value, made: dict[Value, Term]) -> Term:
        return made[value] if value in made else self.leaf(value)

    def write(self, roots: Sequence[Term], known: dict[Term, Value] | None = None) -> list[Value]:
        """The graph of terms; equal terms are one node, also over several calls with the same `known`."""
        values: dict[Term, Value] = {} if known is None else known
        for term in ordered(roots, values):
            values[term] = _Writer(values).value(term)
        return [values[root] for root in roots]

    # --- shorter forms ---------------------------------------------------------------------------------------------

    def together(self, terms: Sequence[Term], only: Callable[[Term, Number], bool] | None = None) -> Term:
        """A sum with what all its terms have in common as factors in front of it; of these, those that `only` allows.

        The sum that is left is multiplied out where that makes it shorter.
        """
        split = [self.factors(term) for term in terms]
        shared: dict[Term, Number] = {}
        for _, parts in split:
            for base, _e in parts:
                if base not in shared:
                    low = min([dict(parts).get(base, 0) for _, parts in split])
                    if low and (only is None or only(base, low)):
                        shared[base] = low
        common = _common([c for c, _ in split])
        if only is not None:
            common = -1 if common < 0 else 1
        if not shared and common in (1, -1):
            return self.add(terms)
        front = self._product(common, tuple(shared.items()))
        back = self._product(1, tuple([(base, -exponent) for base, exponent in shared.items()]))
        scale = self.number(_as(Fraction(1) / common, common))
        rest = self.add([self.multiply([scale, term, back]) for term in terms])
        wide = self.expanded(rest)
        rest = wide if wide.size < rest.size else rest
        return self.multiply([front, rest])

    def expanded(self, term: Term) -> Term:
        """A sum with the products of its sums multiplied out; as it was where that comes to many terms."""
        found: list[Term] = []
        for c, rest in term.parts if term.kind == "sum" else (self.split(term),):
            products = [self.number(c)]
            for base, exponent in self.factors(rest)[1]:
                if base.kind == "sum" and exponent.denominator == 1 and 0 < exponent < 4:
                    for _ in range(int(exponent)):
                        products = [
                            self.multiply([p, self.scaled(n, part)]) for p in products for n, part in base.parts
                        ]
                        if len(products) > _MOST:
                            return term
                else:
                    products = [self.multiply([p, self._product(1, ((base, exponent),))]) for p in products]
            found += products
        return self.add(found)


def ordered(roots: Iterable[Term], known: Iterable[Term] = ()) -> list[Term]:
    """All terms below the roots but the known ones, what they are made of first."""
    seen = set(known)
    found: list[Term] = []
    stack = [(root, False) for root in roots]
    while stack:
        term, ready = stack.pop()
        if ready:
            found.append(term)
        elif term not in seen:
            seen.add(term)
            stack.append((term, True))
            stack += [(child, False) for child in term.children()]
    return found


def _is_within(one: Value, users: list[Value]) -> bool:
    """Whether a node is a part of a longer sum or product that one other node goes on with."""
    if len(users) != 1:
        return False
    name, over = one.rule.function.name, users[0].rule.function.name
    if name in ("add", "sub"):
        return over in ("add", "sub") and users[0].args[0] is one
    return name in _MULTIPLIED and over in _MULTIPLIED


def _common(numbers: list[Number]) -> Number:
    """The greatest number that all are whole multiples of; its sign is the first one's where all have the same."""
    above, below = 0, 1
    for number in numbers:
        above = gcd(above, number.numerator)
        below = below * number.denominator // gcd(below, number.denominator)
    common = _as(Fraction(above, below), *numbers)
    return -common if all([number < 0 for number in numbers]) else common  # noqa: C419


def _root(number: Number, exponent: Number) -> Number | None:
    """A power by a half of a number that is a square."""
    from math import isqrt

    if exponent.denominator != 2 or number <= 0 or not -_POWER <= exponent <= _POWER:
        return None
    above, below = isqrt(number.numerator), isqrt(number.denominator)
    if above * above != number.numerator or below * below != number.denominator:
        return None
    raised = _as(Fraction(above, below) ** exponent.numerator, number)
    return raised if _short(raised) else None


_MULTIPLIED = ("mul", "div", "neg")
_HALF = Fraction(1, 2)
_ARITHMETIC: dict[str, Callable[..., Term]] = {
    "add": lambda home, a, b: home.add([a, b]),
    "sub": lambda home, a, b: home.add([a, home.scaled(-1, b)]),
    "mul": lambda home, a, b: home.multiply([a, b]),
    "div": lambda home, a, b: home.multiply([a, home.power(b, -1)]),
    "neg": lambda home, x: home.scaled(-1, x),
    "identity": lambda home, x: x,
    "square": lambda home, x: home.power(x, 2),
    "reciprocal": lambda home, x: home.power(x, -1),
    "sqrt": lambda home, x: home.power(x, _HALF),
    "rsqrt": lambda home, x: home.power(x, -_HALF),
    "clamp": lambda home, x, lo, hi: home.call(_find("min", 2), (home.call(_find("max", 2), (x, lo)), hi)),
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
    **{(name, 1): 1 for name in ("gamma", "cbrt")},
}
_SIGNS = {
    **dict.fromkeys(("exp", "exp2", "exp10", "cosh", "sech", "sigmoid", "softplus"), "+"),
    **dict.fromkeys(("abs", "hypot"), "+0"),
}


class _Writer:
    """Writes terms as nodes: a person's fractions, powers, roots and signs."""

    def __init__(self, values: dict[Term, Value]) -> None:
        self._values = values

    def value(self, term: Term) -> Value:
        if term.kind == "number":
            return _product_of(*self._fraction(term.head, [], []))
        if term.kind == "leaf":
            found: Value = term.head
            return found
        if term.kind == "call":
            return node(rule_of(term.head), tuple([self._values[arg] for arg in term.parts]))
        if term.kind == "product":
            return self._product(term.head, term.parts)
        parts = list(term.parts)
        if not term.kept:  # 1 - x is shorter than -x + 1
            parts.insert(0, parts.pop(next((at for at, (c, _) in enumerate(parts) if c > 0), 0)))
        total = self._part(*parts[0])
        for coefficient, rest in parts[1:]:
            total = _node("sub" if coefficient < 0 else "add", total, self._part(_size(coefficient), rest))
        return total

    def _part(self, coefficient: Number, rest: Term) -> Value:
        if coefficient == 1:
            return self._values[rest]
        if rest.kind == "number":
            return self.value(rest.home.number(coefficient))
        return self._product(coefficient, rest.home.factors(rest)[1])

    def _product(self, coefficient: Number, parts: tuple[tuple[Term, Number], ...]) -> Value:
        above: list[Value] = []
        below: list[Value] = []
        for base, exponent in sorted(parts, key=_rank):
            side = above if exponent > 0 else below
            side.append(self._power(base, _size(exponent)))
        return _product_of(*self._fraction(coefficient, above, below))

    def _power(self, base: Term, exponent: Number) -> Value:
        value = self._values[base]
        if exponent == 1:
            return value
        if exponent == _HALF:
            return _node("sqrt", value)
        return _node("pow", value, self.value(base.home.number(exponent)))

    def _fraction(
        self, number: Number, above: list[Value], below: list[Value]
    ) -> tuple[bool, list[Value], list[Value]]:
        """What stands above and below the line, and whether it is negative."""
        over, under = _written(_size(number))
        if over != "1" or not above:
            above = [constant(float(over), over), *above]
        if under != "1":
            below = [constant(float(under), under), *below]
        return number < 0, above, below


def _written(size: Number) -> tuple[str, str]:
    """A positive number as one decimal, or as two whole numbers or decimals, the second below a line."""
    above, below = size.numerator, size.denominator
    if isinstance(size, Decimal):
        text = _decimal(float(size))
        if Fraction(text) == size:
            return text, "1"
        for prime in (2, 5):  # what divides no power of ten stays below the line
            while below % prime == 0:
                below //= prime
        under = Fraction(below, 10 ** (len(str(below)) - 1))
        return _decimal(float(size * under)), _decimal(float(under))
    return _whole(above), _whole(below)


def _whole(number: int) -> str:
    return str(number) if number < _DIGITS else _decimal(float(number))


def _decimal(number: float) -> str:
    text = repr(number)
    return text[:-2] if text.endswith(".0") else text


def _rank(part: tuple[Term, Number]) -> int:
    """Numbers and constants first, then powers of variables, then the rest, each in the order of the input."""
    base = part[0]
    if base.kind == "number":
        return 0
    return (2 if base.head.requires_grad else 1) if base.kind == "leaf" else 3


def _product_of(negative: bool, above: list[Value], below: list[Value]) -> Value:
    result = above[0]
    if negative:
        result = _node("neg", result)
    for factor in above[1:]:
        result = _node("mul", result, factor)
    if below:
        under = below[0]
        for factor in below[1:]:
            under = _node("mul", under, factor)
        result = _node("div", result, under)
    return result


def _node(name: str, *args: Value) -> Value:
    return node(rule_of(_find(name, len(args))), args)
