"""Graphs to terms and back: what the input wrote as terms, and terms as a person would write them."""

from collections.abc import Iterable, Sequence

from autodiff_cli.engine.value import Value, constant, node, rule_of, toposort
from autodiff_cli.rules.table import entry
from autodiff_cli.symbolic.coefficients import HALF, Number, quotient_text, size_of, times
from autodiff_cli.symbolic.terms import Algebra, Term, terms_below

_MULTIPLIED = ("mul", "div", "neg")


def read(algebra: Algebra, nodes: Iterable[Value], roots: Sequence[Value], stops: Iterable[Value] = ()) -> list[Term]:
    """The terms of `roots`; `nodes` are all steps below them, arguments first. `stops` are taken as variables."""
    made: dict[Value, Term] = {stop: algebra.variable(stop) for stop in stops}
    users: dict[Value, list[Value]] = {}
    nodes = [one for one in nodes if one not in made]
    for user in nodes:
        for arg in user.args:
            users.setdefault(arg, []).append(user)
    fixed = {*roots, *made}
    for one in nodes:
        if one in fixed or not _is_within(one, users.get(one, [])):
            made[one] = _read(algebra, one, made)
    return [made[root] if root in made else algebra.leaf(root) for root in roots]


def _read(algebra: Algebra, root: Value, made: dict[Value, Term]) -> Term:
    name = root.rule.function.name
    if name in ("add", "sub"):
        parts: list[tuple[Number, Term]] = []
        while root not in made and root.rule.function.name in ("add", "sub"):
            right = _known_or_leaf(algebra, root.args[1], made)
            coefficient, rest = algebra.split(right)
            parts.append((coefficient if root.rule.function.name == "add" else times(-1, coefficient), rest))
            root = root.args[0]
        parts.append(algebra.split(_known_or_leaf(algebra, root, made)))
        parts = [(c, rest) for c, rest in reversed(parts) if c]
        if all([rest is algebra.one for _, rest in parts]):  # noqa: C419
            return algebra.add([algebra.scaled(*part) for part in parts])
        return algebra.scaled(*parts[0]) if len(parts) == 1 else algebra.kept_sum(parts)
    if name in _MULTIPLIED:
        factors: list[Term] = []
        stack: list[tuple[Value, int]] = [(root, 1)]
        while stack:
            at, exponent = stack.pop()
            known = made.get(at)
            if known is None and at.rule.function.name in _MULTIPLIED:
                if at.rule.function.name == "neg":
                    factors.append(algebra.number(-1))
                    stack.append((at.args[0], exponent))
                else:
                    second = exponent if at.rule.function.name == "mul" else -exponent
                    stack += [(at.args[1], second), (at.args[0], exponent)]
            else:
                known = algebra.leaf(at) if known is None else known
                factors.append(known if exponent == 1 else algebra.power(known, -1))
        return algebra.multiply(factors)
    return algebra.call(root.rule.function, tuple([_known_or_leaf(algebra, arg, made) for arg in root.args]))


def _known_or_leaf(algebra: Algebra, value: Value, made: dict[Value, Term]) -> Term:
    return made[value] if value in made else algebra.leaf(value)


def write(roots: Sequence[Term], known: dict[Term, Value] | None = None) -> list[Value]:
    """The graph of terms; equal terms are one node, also over several calls with the same `known`."""
    values: dict[Term, Value] = {} if known is None else known
    for term in terms_below(roots, values):
        values[term] = _Writer(values).value(term)
    return [values[root] for root in roots]


def _is_within(one: Value, users: list[Value]) -> bool:
    """Whether a node is a part of a longer sum or product that one other node goes on with."""
    if len(users) != 1:
        return False
    name, over = one.rule.function.name, users[0].rule.function.name
    if name in ("add", "sub"):
        return over in ("add", "sub") and users[0].args[0] is one
    return name in _MULTIPLIED and over in _MULTIPLIED


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
            total = _node("sub" if coefficient < 0 else "add", total, self._part(size_of(coefficient), rest))
        return total

    def _part(self, coefficient: Number, rest: Term) -> Value:
        if coefficient == 1:
            return self._values[rest]
        if rest is rest.algebra.one:
            return self.value(rest.algebra.number(coefficient))
        if rest.kind == "number":  # two that make no short one
            return _product_of(*self._fraction(coefficient, [self._values[rest]], []))
        return self._product(coefficient, rest.algebra.factors(rest)[1])

    def _product(self, coefficient: Number, parts: tuple[tuple[Term, Number], ...]) -> Value:
        above: list[Value] = []
        below: list[Value] = []
        for base, exponent in sorted(parts, key=_rank):
            side = above if exponent > 0 else below
            side.append(self._power(base, size_of(exponent)))
        return _product_of(*self._fraction(coefficient, above, below))

    def _power(self, base: Term, exponent: Number) -> Value:
        value = self._values[base]
        if exponent == 1:
            return value
        if exponent == HALF:
            return _node("sqrt", value)
        return _node("pow", value, self.value(base.algebra.number(exponent)))

    def _fraction(
        self, number: Number, above: list[Value], below: list[Value]
    ) -> tuple[bool, list[Value], list[Value]]:
        """What stands above and below the line, and whether it is negative."""
        over, under = quotient_text(size_of(number))
        if over != "1" or not above:
            above = [constant(float(over), over), *above]
        if under != "1":
            below = [constant(float(under), under), *below]
        return number < 0, above, below


def _rank(part: tuple[Term, Number]) -> int:
    """NumberSystem and constants first, then powers of variables, then the rest, each in the order of the input.

    A number that had no room in the coefficient is last: what overflows with the one may not with the other factors.
    """
    base, exponent = part
    if base.kind == "number":
        return 0 if exponent.denominator > 1 else 4
    if base.kind != "leaf":
        return 3
    return 2 if base.head.requires_grad else 1 if 1e-300 < abs(base.head.data) < 1e300 else 4


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
    return node(rule_of(entry(name, len(args))), args)


def steps_below(roots: Sequence[Value], stops: Iterable[Value] = ()) -> list[Value]:
    """The computed nodes below some, arguments first, and the last of them first."""
    return [one for one in toposort(roots[::-1], stops, lambda one: one.args[::-1]) if one.args]
