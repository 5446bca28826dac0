"""Tangents as formulas: the chain rule from a variable up to the result, over terms. Graph in, graphs out."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import chain, compress, count
from operator import attrgetter
from typing import NamedTuple

from autodiff_cli.engine.printer import to_text
from autodiff_cli.engine.value import Value
from autodiff_cli.errors import AutodiffError
from autodiff_cli.rules.numbers import Kernel
from autodiff_cli.rules.table import Function
from autodiff_cli.symbolic.coefficients import Number, is_whole, plus
from autodiff_cli.symbolic.conditions import Condition, Omission, SinglePoint, missing, sign_of
from autodiff_cli.symbolic.factor import tidied, together
from autodiff_cli.symbolic.identities import is_constant
from autodiff_cli.symbolic.isolated import holds_at_points
from autodiff_cli.symbolic.normal_form import read, steps_below, write
from autodiff_cli.symbolic.terms import Algebra, Term, terms_below

Wrt = tuple[Value, ...]  # what is differentiated by, one after the other
Omissions = dict[Omission | SinglePoint, None]
Tangents = dict[Term, Term]  # the derivatives of terms by one variable, where they are not 0

_FACTORS = 8  # a product with more factors that move is differentiated half by half
_CHOICES = 6  # one within the other that a derivative is let through
_TERMS, _TIMES = 600, 50  # different terms that a derivative may grow to: so many, and so many times the source's


class ChainRuleRun(NamedTuple):
    """A run of the chain rule: what it went through, and the derivative of each term that has one other than 0."""

    rule: "ChainRule"
    variable: Value
    source: Term
    result: Term
    tangents: Tangents


class Derivation:
    """The derivatives of a graph, of any order; what leads to several of them is done once.

    With `exact`, also where a reader's form of a partial leaves a point out. `omissions` are these forms. What each
    run of the chain rule went through is put in `runs`, if that is given.
    """

    def __init__(self, root: Value, exact: bool = False, runs: "dict[Wrt, ChainRuleRun] | None" = None) -> None:
        self._root, self._exact, self._runs = root, exact, runs
        self._most = _TERMS + _TIMES * len(steps_below([root]))
        self._found: dict[Wrt, Value] = {(): root}
        self._terms: dict[Wrt, tuple[ChainRule, Term]] = {}
        self._begun: dict[Wrt, ChainRule] = {}
        self.omissions: Omissions = {}

    def by(self, names: Wrt) -> Value:
        """The derivative by some variables or inner nodes, in turn. An inner node is taken as a variable then.

        Of x^3 by (x, x) it is the graph of `6 * x`. Raises AutodiffError where there is none, or where it grows beyond
        all reading.
        """
        for order, name in enumerate(names):
            if names[: order + 1] not in self._found:
                self._go_on(names[:order], name)
        return self._found[names]

    def _go_on(self, before: Wrt, name: Value) -> None:
        rule, term = self._rule_for(before, name)
        tangents = rule.tangents(name, term)
        made = rule.of_branch(term, tangents)
        names = (*before, name)
        if before and made.size > self._most and len(terms_below([made])) > self._most:
            hint = "autodiff taylor has the numbers of every order at a point, of one variable"
            raise AutodiffError(f"the derivative of order {len(names)} has more than {self._most:,} terms", hint=hint)
        if self._runs is not None:
            self._runs[names] = ChainRuleRun(rule, name, term, made, tangents)
        self._terms[names] = rule, made
        self._found[names] = rule.write(made)

    def _rule_for(self, before: Wrt, name: Value) -> tuple["ChainRule", Term]:
        """A chain rule with the name as a variable, and the term in it that goes on from a derivative."""
        stops = (name,) if name.args else ()
        source, known = self._found[before], self._terms.get(before)
        if known:
            if known[0].stops == {*stops}:
                return known
            if stops:
                self._check_is_left(name, source)
        key = (source, *stops)
        if key not in self._begun:
            self._begun[key] = ChainRule(source, stops, self._exact, self.omissions)
        return self._begun[key], self._begun[key].root

    def _check_is_left(self, step: Value, source: Value) -> None:
        """Raise AutodiffError for a step of the expression that a derivative does not have."""
        if step in steps_below([self._root]) and step not in steps_below([source]):
            hint = "differentiate by it first, and by other names after that"
            raise AutodiffError(f"the derivative does not have the step {to_text(step, 60)} any more", hint=hint)

    def conditions(self) -> list[Condition]:
        """Where the graph and what leads to the derivatives is defined, as far as one of these does not show it."""
        leads = dict.fromkeys(chain.from_iterable(map(_leads, self._found)))
        ends = [made for names, made in self._found.items() if names not in leads]
        stops = set(filter(attrgetter("args"), chain.from_iterable(self._found)))
        sources = map(self._found.__getitem__, sorted(leads, key=len))
        return missing(sources, ends, stops)


def _leads(names: Wrt) -> list[Wrt]:
    """The derivatives on the way to one: () and (x,) are those to (x, y)."""
    return [names[:order] for order in range(len(names))]


class ChainRule:
    """The chain rule over the terms of a graph. `stops` are inner nodes that are taken as variables."""

    def __init__(self, root: Value, stops: Sequence[Value], exact: bool, omissions: Omissions) -> None:
        self.algebra, self.stops = Algebra(), {*stops}
        self._exact, self._omissions = exact, omissions
        (self.root,) = read(self.algebra, steps_below([root], stops), [root], stops)
        self._users: dict[Term, _Users] = {}
        self._partials: dict[tuple[Term, int], Term] = {}
        self._kernels: dict[tuple[str, str], Kernel] = {}
        self._values: dict[Term, Value] = {}
        self._frail: dict[Term, bool] = {}
        self._moved: set[Term] = set()  # what depends on the variable of the derivative that is made

    def of(self, variable: Value, term: Term) -> Term:
        """The derivative of a term by a variable or stop."""
        return self.of_branch(term, self.tangents(variable, term))

    def tangents(self, variable: Value, term: Term) -> Tangents:
        """The derivatives of all that a term is made of, and of the term itself, where they are not 0."""
        start = self.algebra.variable(variable)
        if term not in self._users:
            self._users[term] = _Users(term)
        users = self._users[term]
        derivatives = {start: self.algebra.one}
        above = users.above(start)
        self._moved = {start, *[term for term, _ in above]}
        for made, moving in above:
            derivative = self._derivative(made, moving, derivatives, users)
            if derivative is not self.algebra.zero:
                derivatives[made] = derivative
        return derivatives

    def write(self, term: Term) -> Value:
        """The graph of a term; what several have in common is shared."""
        return write([term], self._values)[0]

    def _derivative(self, term: Term, moving: list[Term], derivatives: Tangents, users: "_Users") -> Term:
        """The derivative of a term from those of its parts."""
        if term.kind == "sum":
            return self._sum(users.parts(term, moving), derivatives)
        if term.kind == "product":
            return self._product(term.head, term.parts, derivatives)
        return self._choice(term, derivatives) if term.name == "where" else self.call(term, derivatives)

    def _choice(self, choice: Term, derivatives: Tangents) -> Term:
        """The derivative of a choice, branch by branch; at a single point it is that of what is beside the point.

        Of `where(x > 0, x^2, y)` it is `where(x > 0, 2 * x, 0)`, of `where(x == 0, 1, x^2)` it is `2 * x`.
        """
        condition, *branches = choice.parts
        found = [self.of_branch(branch, derivatives) for branch in branches]
        for holds, beside in ((True, found[1]), (False, found[0])):
            if holds_at_points(condition, holds, self._moved.__contains__):
                self._omissions[SinglePoint(condition, holds)] = None
                return beside
        return self.algebra.call(choice.head, (condition, *found))

    def of_branch(self, branch: Term, derivatives: Tangents) -> Term:
        """The derivative of a branch; nan of one that is nan, which says that there is no value."""
        return branch if branch is self.algebra.nan else derivatives.get(branch, self.algebra.zero)

    def _sum(self, parts: Iterable[tuple[Number, Term]], derivatives: Tangents) -> Term:
        algebra = self.algebra
        return algebra.add([algebra.scaled(c, derivatives.get(term, algebra.zero)) for c, term in parts])

    def _product(self, number: Number, parts: Sequence[tuple[Term, Number]], derivatives: Tangents) -> Term:
        """The product rule, and where something that moves is below the line, the quotient rule."""
        algebra = self.algebra
        moving = _moving([base for base, _ in parts], derivatives)
        factors = [algebra.number(number), *algebra.powers(parts)]
        if len(moving) > _FACTORS:
            return self._product_by_halves(parts, factors, derivatives)
        found = []
        for index in moving:
            base, exponent = parts[index]
            lowered = [algebra.number(exponent), algebra.power(base, plus(exponent, -1))]
            before, after = [*factors[: index + 1], *lowered], factors[index + 2 :]
            found.append(self._times(before, derivatives[base], after))
        if len(found) < 2:
            return algebra.add(found)
        if min([parts[index][1] for index in moving]) < 0:
            return tidied(together(found))
        same = dict(parts)  # the factors that are in every term as they were
        return together(found, lambda base, exponent: same.get(base) == exponent)

    def _product_by_halves(
        self, parts: Sequence[tuple[Term, Number]], factors: Sequence[Term], derivatives: Tangents
    ) -> Term:
        """The product rule for two halves of a long product, so that it is not written once for each factor."""
        algebra, half = self.algebra, len(parts) // 2
        number, *powers = factors
        left, right = algebra.multiply(powers[:half]), algebra.multiply(powers[half:])
        by_left = self._product(1, parts[:half], derivatives)
        by_right = self._product(1, parts[half:], derivatives)
        return algebra.scaled(number.head, by_left * right + left * by_right)

    def call(self, call: Term, derivatives: Tangents) -> Term:
        """A function's derivative through all of its arguments."""
        found = [self._by_argument(call, index, derivatives) for index in _moving(call.parts, derivatives)]
        is_power_by_both = call.name == "pow" and len(found) == 2
        return together(found) if is_power_by_both else self.algebra.add(found)

    def _by_argument(self, call: Term, index: int, derivatives: Tangents) -> Term:
        """The part of a call's derivative that comes through one of its arguments."""
        partial, derivative = self.partial(call, index), derivatives[call.parts[index]]
        return self._let_through(partial, derivative) if call.head.selects else self._times([partial], derivative)

    def _times(self, before: Sequence[Term], derivative: Term, after: Sequence[Term] = ()) -> Term:
        """Factors around a derivative. Where that is 0 by a choice, they do not matter, and may have no value."""
        factors = [*before, *after]
        if _has_branch_of_0(derivative) and any(map(self._is_frail, factors)):
            return self._let_through(derivative, self.algebra.multiply(factors))
        return tidied(self.algebra.multiply([*before, derivative, *after]))

    def _let_through(self, partial: Term, derivative: Term, depth: int = _CHOICES) -> Term:
        """The derivative where the partial lets it through: what is behind a branch not taken does not matter.

        where(c, a, b) and d make where(c, a * d, b * d).
        """
        if partial.name != "where" or not depth:
            return self.algebra.multiply([partial, derivative])
        condition, *branches = partial.parts
        found = [self._let_through(branch, derivative, depth - 1) for branch in branches]
        return self.algebra.call(partial.head, (condition, *found))

    def _is_frail(self, term: Term) -> bool:
        """Whether a term may have no finite value at some point."""
        for one in terms_below([term], self._frail):
            self._frail[one] = _has_domain(one) or any(map(self._frail.__getitem__, one.children()))
        return self._frail[term]

    def partial(self, call: Term, index: int) -> Term:
        """A call's partial by one of its arguments, in a reader's form where there is one."""
        key = (call, index)
        if key not in self._partials:
            function: Function = call.head
            formula = function.readable_partial(index, len(call.parts))
            words = "" if function.variadic else function.left_out(index)
            if words:
                if self._exact:
                    formula = ""
                elif _may_be_left_out(call):
                    self._omissions[Omission(call, index, words)] = None
            self._partials[key] = self._from_formula(call, index, formula)
        return self._partials[key]

    def _from_formula(self, call: Term, index: int, formula: str) -> Term:
        """A partial by its formula, or where that is empty by the table's rule."""
        function, numbers = call.head, self.algebra.numbers
        if formula == "nan":
            raise AutodiffError(f"{function.name} has no derivative by its argument {function.args[index]}")
        if formula:
            names = "a, b" if function.variadic else ", ".join(function.args)
            partial = self._kernel(formula, f"y, {names}")(call, *call.parts)
        elif function.variadic:
            partial = numbers.partial(function, index)(call, call.parts[index], call.parts)
        else:
            partial = numbers.partial(function, index)(call, *call.parts)
        return self.algebra.term(partial)

    def _kernel(self, formula: str, arguments: str) -> Kernel:
        key = (formula, arguments)
        if key not in self._kernels:
            self._kernels[key] = self.algebra.numbers.formula(formula, arguments)
        return self._kernels[key]


def _moving(terms: Iterable[Term], derivatives: Tangents) -> list[int]:
    """Which of some terms have a derivative other than 0, by their places."""
    have_derivatives = map(derivatives.__contains__, terms)
    return list(compress(count(), have_derivatives))


def _has_branch_of_0(derivative: Term) -> bool:
    """Whether a derivative is a choice that has 0 as a branch."""
    branches = [derivative]
    for one in branches:
        if one.name == "where" and len(branches) < 2 * _CHOICES:
            branches += one.parts[1:]
    return derivative.algebra.zero in branches[1:]


def _has_domain(term: Term) -> bool:
    """Whether a term may have no value where its parts have one."""
    if term.kind == "call":
        return bool(term.head.domain)
    _, parts = term.algebra.factors(term)
    exponents = [exponent for _, exponent in parts]
    return min(exponents, default=0) < 0 or not all(map(is_whole, exponents))


def _may_be_left_out(call: Term) -> bool:
    """Whether a variable may be at the point that a reader's form leaves out.

    Not of a power of something positive, by a constant, by its own base, or by one less than another was.
    """
    if sign_of(call.parts[0]) == "+":
        return False
    if call.name != "pow":
        return True
    base, exponent = call.parts
    is_lowered = exponent.kind == "sum" and exponent.algebra.one in exponent.children()
    return not (base is exponent or is_constant(exponent) or is_lowered)


class _Users:
    """Which terms below one are made of which."""

    def __init__(self, root: Term) -> None:
        self._order = {term: at for at, term in enumerate(terms_below([root]))}
        self._users: dict[Term, list[Term]] = defaultdict(list)
        self._places: dict[Term, dict[Term, list[int]]] = {}
        for term in self._order:
            for child in dict.fromkeys(term.children()):
                self._users[child].append(term)

    def above(self, start: Term) -> list[tuple[Term, list[Term]]]:
        """The terms that depend on one, each after what it is made of, and with those of its parts that do."""
        moving: dict[Term, list[Term]] = {}
        found = [start]
        for term in found:
            for user in self._users.get(term, ()):
                if user not in moving:
                    moving[user] = []
                    found.append(user)
                moving[user].append(term)
        return [(term, moving[term]) for term in sorted(moving, key=self._order.__getitem__)]

    def parts(self, total: Term, moving: Iterable[Term]) -> list[tuple[Number, Term]]:
        """The parts of a sum that are among some terms, in its order."""
        if total not in self._places:
            self._places[total] = _places(total.children())
        places = map(self._places[total].__getitem__, moving)
        return [total.parts[at] for at in sorted(chain.from_iterable(places))]


def _places(terms: Iterable[Term]) -> dict[Term, list[int]]:
    """Where each term stands among some: of [x, y, x] they are x: [0, 2] and y: [1]."""
    places: dict[Term, list[int]] = defaultdict(list)
    for at, term in enumerate(terms):
        places[term].append(at)
    return places
