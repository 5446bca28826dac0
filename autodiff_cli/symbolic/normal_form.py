"""Graphs to terms and back: what the input wrote as terms, and terms as a person would write them."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from functools import partial, reduce
from itertools import chain, starmap
from operator import attrgetter, itemgetter

from autodiff_cli.engine.graph import toposort
from autodiff_cli.engine.value import Value, constant, node, rule_of
from autodiff_cli.rules.table import entry
from autodiff_cli.symbolic.coefficients import HALF, Number, quotient_text, size_of, times
from autodiff_cli.symbolic.terms import Algebra, Term, terms_below

_SIGNS = {"add": 1, "sub": -1}  # of a sum's second part
_EXPONENTS = {"mul": (1, 1), "div": (1, -1), "neg": (1,)}  # of a product's factors
_ROOTS, _CONSTANTS, _VARIABLES, _OTHERS, _LONG_NUMBERS = range(5)  # the order of factors


def steps_below(roots: Sequence[Value], stops: Iterable[Value] = ()) -> list[Value]:
    """The computed nodes below some, arguments first, and the last of them first."""
    nodes = toposort(roots[::-1], stops, lambda one: one.args[::-1])
    return list(filter(attrgetter("args"), nodes))


# --- graphs to terms -------------------------------------------------------------------------------------------------


def read(algebra: Algebra, nodes: Iterable[Value], roots: Sequence[Value], stops: Iterable[Value] = ()) -> list[Term]:
    """The terms of `roots`; `nodes` are all steps below them, arguments first. `stops` are taken as variables.

    A chain of sums or of products is one term: of `x*y*2 - z + 1` the product 2*x*y, and the sum of three.
    """
    reader = _TermReader(algebra, stops)
    steps = [one for one in nodes if one not in reader.made]
    inner = _inner(steps).difference(roots)
    for step in steps:
        if step not in inner:
            reader.made[step] = reader.read(step)
    return list(map(reader.term, roots))


def _inner(nodes: Iterable[Value]) -> set[Value]:
    """The nodes that are used once, by a sum or a product that goes on with theirs."""
    uses = Counter(chain.from_iterable(map(attrgetter("args"), nodes)))
    inner: set[Value] = set()
    for user in nodes:
        goes_on = partial(_goes_on, user)
        inner.update(filter(goes_on, user.args))
    return {arg for arg in inner if uses[arg] == 1}


def _goes_on(user: Value, arg: Value) -> bool:
    """Whether both are sums, one the left side of the other, or both products."""
    names = {arg.rule.function.name, user.rule.function.name}
    is_left = user.args[0] is arg
    return names <= _EXPONENTS.keys() or (is_left and names <= _SIGNS.keys())


class _TermReader:
    """Reads nodes as terms; `made` has those of the nodes that are no inner part of a sum or product."""

    def __init__(self, algebra: Algebra, stops: Iterable[Value]) -> None:
        self._algebra = algebra
        self.made = {stop: algebra.variable(stop) for stop in stops}

    def term(self, value: Value) -> Term:
        """The term of a node that is read, or of a leaf."""
        return self.made[value] if value in self.made else self._algebra.leaf(value)

    def read(self, step: Value) -> Term:
        """The term of a node whose arguments are read."""
        function = step.rule.function
        if function.name in _SIGNS:
            return self._sum(step)
        if function.name in _EXPONENTS:
            return self._product(step)
        return self._algebra.call(function, tuple(map(self.term, step.args)))

    def _goes_on(self, value: Value, names: Collection[str]) -> bool:
        return value not in self.made and value.rule.function.name in names

    def _sum(self, root: Value) -> Term:
        algebra = self._algebra
        backward: list[tuple[Number, Term]] = []
        while self._goes_on(root, _SIGNS):
            left, right = root.args
            coefficient, term = algebra.split(self.term(right))
            backward.append((times(_SIGNS[root.rule.function.name], coefficient), term))
            root = left
        backward.append(algebra.split(self.term(root)))
        parts = [part for part in reversed(backward) if part[0]]
        if {*map(itemgetter(1), parts)} <= {algebra.one}:
            return algebra.add(starmap(algebra.scaled, parts))
        return algebra.scaled(*parts[0]) if len(parts) == 1 else algebra.kept_sum(parts)

    def _product(self, root: Value) -> Term:
        factors: list[Term] = []
        stack = [(root, 1)]
        while stack:
            value, exponent = stack.pop()
            if not self._goes_on(value, _EXPONENTS):
                factors.append(self._algebra.power(self.term(value), exponent))
                continue
            name = value.rule.function.name
            if name == "neg":
                factors.append(self._algebra.number(-1))
            inner = zip(value.args, _EXPONENTS[name], strict=True)
            stack += reversed([(arg, exponent * sign) for arg, sign in inner])
        return self._algebra.multiply(factors)


# --- terms to graphs -------------------------------------------------------------------------------------------------


def write(roots: Sequence[Term], known: dict[Term, Value] | None = None) -> list[Value]:
    """The graph of terms; equal terms are one node, also over several calls with the same `known`.

    It is written as a person would: `-x + 1` gives `1 - x`, `x^(1/2) * 2^-1` gives `sqrt(x) / 2`.
    """
    values: dict[Term, Value] = {} if known is None else known
    writer = _TermWriter(values)
    for term in terms_below(roots, values):
        values[term] = writer.value(term)
    return [values[root] for root in roots]


class _TermWriter:
    """Writes terms as nodes: a person's fractions, powers, roots and signs. `values` has what they are made of."""

    def __init__(self, values: dict[Term, Value]) -> None:
        self._values = values
        self._writers: dict[str, Callable[[Term], Value]] = {
            "number": lambda term: _quotient(term.head, [], []),
            "leaf": lambda term: term.head,
            "sum": self._sum,
            "product": lambda term: self._product(term.head, term.parts),
            "call": lambda term: node(rule_of(term.head), tuple(map(values.__getitem__, term.parts))),
        }

    def value(self, term: Term) -> Value:
        """The node of a term."""
        return self._writers[term.kind](term)

    def _sum(self, term: Term) -> Value:
        first, *others = term.parts if term.kept else _positive_first(term.parts)
        total = self._part(*first)
        for coefficient, rest in others:
            name = "sub" if coefficient < 0 else "add"
            total = _node(name, total, self._part(size_of(coefficient), rest))
        return total

    def _part(self, coefficient: Number, rest: Term) -> Value:
        """A part of a sum."""
        if coefficient == 1:
            return self._values[rest]
        if rest is rest.algebra.one:
            return self.value(rest.algebra.number(coefficient))
        if rest.kind == "number":  # two that make no short one
            return _quotient(coefficient, [self._values[rest]], [])
        return self._product(coefficient, rest.algebra.factors(rest)[1])

    def _product(self, coefficient: Number, parts: Iterable[tuple[Term, Number]]) -> Value:
        above: list[Value] = []
        below: list[Value] = []
        for base, exponent in sorted(parts, key=_rank):
            side = above if exponent > 0 else below
            side.append(self._power(base, size_of(exponent)))
        return _quotient(coefficient, above, below)

    def _power(self, base: Term, exponent: Number) -> Value:
        value = self._values[base]
        if exponent == 1:
            return value
        if exponent == HALF:
            return _node("sqrt", value)
        return _node("pow", value, self.value(base.algebra.number(exponent)))


def _positive_first(parts: Sequence[tuple[Number, Term]]) -> list[tuple[Number, Term]]:
    """The parts of a sum, one without a sign first: 1 - x is shorter than -x + 1."""
    signs = [c > 0 for c, _ in parts]
    first = signs.index(True) if any(signs) else 0
    return [parts[first], *parts[:first], *parts[first + 1 :]]


def _rank(part: tuple[Term, Number]) -> int:
    """Numbers and constants first, then powers of variables, then the rest, each in the order of the input.

    A number that had no room in the coefficient is last: what overflows with the one may not with the other factors.
    """
    base, exponent = part
    if base.kind == "number":
        return _ROOTS if exponent.denominator > 1 else _LONG_NUMBERS
    if base.kind != "leaf":
        return _OTHERS
    if base.head.requires_grad:
        return _VARIABLES
    return _CONSTANTS if 1e-300 < abs(base.head.data) < 1e300 else _LONG_NUMBERS


def _quotient(number: Number, above: list[Value], below: list[Value]) -> Value:
    """A number times what is above the line, over what is below it: -2/3, [x] and [y] give `-2 * x / (3 * y)`."""
    over, under = quotient_text(size_of(number))
    if over != "1" or not above:
        above = [constant(float(over), over), *above]
    if under != "1":
        below = [constant(float(under), under), *below]
    if number < 0:
        above = [_node("neg", above[0]), *above[1:]]
    product = reduce(_multiplied, above)
    if not below:
        return product
    return _node("div", product, reduce(_multiplied, below))


def _multiplied(a: Value, b: Value) -> Value:
    return _node("mul", a, b)


def _node(name: str, *args: Value) -> Value:
    return node(rule_of(entry(name, len(args))), args)
