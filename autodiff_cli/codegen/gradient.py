"""Gradients as graphs: a reverse sweep over nodes, at no point in particular."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import reduce
from typing import Any, NamedTuple

from autodiff_cli.codegen.graph_builder import GraphBuilder, Operand
from autodiff_cli.codegen.paths import DEEPEST, Path, common
from autodiff_cli.codegen.simplify import is_number
from autodiff_cli.engine.graph import sweep
from autodiff_cli.engine.value import Rule, Value, pullback_source
from autodiff_cli.rules.numbers import Kernel
from autodiff_cli.rules.table import BOOLEAN, Function

Contribution = tuple[Path, Value]  # what a user passes on to a node: an adjoint, and the path on which it does


class _Sum(NamedTuple):
    """What came along one path in all, and where on that path anything came."""

    adjoint: Value
    came: Value  # a condition


class GradientBuilder:
    """Makes derivatives of a graph's nodes as nodes of the same graph.

    What a sweep would not enter at some point, a branch not taken, is behind a `where`: its nodes have a path.

    >>> graph, x = GraphBuilder(), Value(nan, "x")
    >>> y = graph.formula("where(x > 0, log(x), x**3)", "x", x)
    >>> [to_text(gradient) for gradient in GradientBuilder(graph).gradient(y, [x])]
    ['where(x > 0, 1 / x, 3 * x^2)']
    """

    def __init__(self, graph: GraphBuilder) -> None:
        self.graph = graph
        self._pullbacks: dict[tuple[Rule, int], Kernel] = {}

    def gradient(self, root: Value, variables: Sequence[Value]) -> list[Value]:
        """The derivative of a node by each variable."""
        received: dict[Value, list[Contribution]] = {root: [((), self.graph.one)]}

        def pullback(user: Value, _: Any, ready: list[Value]) -> None:
            args = _may_matter(user)
            if user.args and user in received:
                self._pass_on(user, args, received)
            for _, arg in args:
                _count_down(arg, ready)

        sweep(root, 0.0, depends=lambda user: [arg for _, arg in _may_matter(user)], pullback=pullback)
        nothing: list[Contribution] = [((), self.graph.zero)]
        return [self._restricted(*self._total(received.get(variable, nothing))) for variable in variables]

    # --- what a node passes on -------------------------------------------------------------------------------------

    def _pass_on(
        self, user: Value, args: Sequence[tuple[int, Value]], received: dict[Value, list[Contribution]]
    ) -> None:
        path, adjoint = self._total(received.pop(user))
        for index, arg in args:
            contribution = self._contribution(user, index, path, adjoint)
            if contribution is not None:
                received.setdefault(arg, []).append(contribution)

    def _contribution(self, user: Value, index: int, path: Path, adjoint: Value) -> Contribution | None:
        """What a node passes on to one of its arguments; None where that is nothing at every point."""
        function = user.rule.function
        if user.rule.may_skip:
            return self._selected(user, index, path, adjoint)
        operands = [Operand(self.graph, adjoint), *self._operands(user, index)]
        if index == 0 and _is_low_power(user):
            return path, self._power(function, operands)
        return path, self.graph.node(self._pullback(user.rule, index)(*operands))

    def _operands(self, user: Value, index: int) -> list[Any]:
        """What a partial takes, as `_names` has it."""
        result, *args = [Operand(self.graph, one) for one in (user, *user.args)]
        if user.rule.function.variadic:
            return [result, args[index], args]
        return [result, *args]

    def _pullback(self, rule: Rule, index: int) -> Kernel:
        key = (rule, index)
        if key not in self._pullbacks:
            text = pullback_source(rule.function, index)
            self._pullbacks[key] = self.graph.numbers.formula(text, f"gradient, {_names(rule.function)}")
        return self._pullbacks[key]

    def _selected(self, user: Value, index: int, path: Path, adjoint: Value) -> Contribution | None:
        """What a function that selects passes on: nothing but where its partial is not 0.

        `relu(x)`, whose partial is x > 0, passes its adjoint on where x > 0.
        """
        partial_of = self.graph.numbers.partial(user.rule.function, index)
        path, partial = self._branch(path, self.graph.node(partial_of(*self._operands(user, index))))
        if partial is self.graph.zero:
            return None
        if partial.rule.function.name in BOOLEAN:
            return self.within(path, partial, True), adjoint
        if not _never_zero(partial):
            path = self.within(path, partial, True)
        return path, self.graph.make("mul", adjoint, partial)

    def _branch(self, path: Path, partial: Value) -> Contribution:
        """Of a partial that is 0 in one branch the other branch, and the path into that."""
        zero = self.graph.zero
        while partial.rule.function.name == "where" and zero in partial.args[1:]:
            condition, chosen, other = partial.args
            path = self.within(path, condition, other is zero)
            partial = chosen if other is zero else other
        return path, partial

    def _power(self, function: Function, operands: list[Any]) -> Value:
        """What a power passes on to its base where the exponent is a number: the rule's choice made but for x = 0.

        By the result, p * y / x, or by the power, p * x^(p - 1), where p - 1 is exact.
        """
        *_, x, p = operands
        text = pullback_source(function, 0)
        choose = self.graph.numbers.formula(text, f"gradient, {_names(function)}, abs")
        by_result = self.graph.node(choose(*operands, lambda x: 1))
        by_power = self.graph.node(choose(*operands, lambda x: 0))
        exponent = p.node.data
        if exponent < 0:
            return by_result  # infinite at 0, as it is by the power
        if Fraction(exponent) - 1 == Fraction(exponent - 1):
            return by_power
        return self.graph.make("where", self.graph.make("ne", x.node, self.graph.zero), by_result, by_power)

    # --- what a node receives --------------------------------------------------------------------------------------

    def _total(self, contributions: list[Contribution]) -> Contribution:
        """The sum of contributions, and the path on which there are any.

        Those on one path are added; then paths are joined where they part, from the deepest on. With conditions c and d

            a on (c, d), b on (c, not d)     is where(d, a, b) on (c)
            a on (c), b on (c, d)            is a + where(d, b, 0) on (c)
            a on (c, d), b on (not c)        is where(c, where(d, a, 0), b) on (c and d or not c)
        """
        if len(contributions) == 1:
            return contributions[0]
        sums: dict[Path, _Sum] = {}
        for path, adjoint in contributions:
            before = sums.get(path)
            total = adjoint if before is None else self.graph.make("add", before.adjoint, adjoint)
            sums[path] = _Sum(total, self.graph.one)
        shared = common(sums)
        for length in range(max(map(len, sums)), len(shared), -1):
            for path in [one for one in sums if len(one) == length]:
                if path in sums:  # and is not joined yet with its other side
                    self._join(path, sums)
        adjoint, came = sums[shared]
        return shared if came is self.graph.one else self.within(shared, came, True), adjoint

    def _join(self, path: Path, sums: dict[Path, _Sum]) -> None:
        """Join the sums on both sides of a path's last condition, and add that to what came on the path before it.

        {(c): a, (c, d): b, (c, not d): e} becomes {(c): a + where(d, b, e)}.
        """
        *outer, (condition, _) = path
        before = tuple(outer)
        nothing = _Sum(self.graph.zero, self.graph.zero)
        holding = sums.pop((*before, (condition, True)), nothing)
        other = sums.pop((*before, (condition, False)), nothing)
        adjoint = self.graph.make("where", condition, holding.adjoint, other.adjoint)
        came = self._either(condition, holding.came, other.came)
        if before in sums:
            adjoint = self.graph.make("add", sums[before].adjoint, adjoint)
            came = self.graph.make("or", sums[before].came, came)
        sums[before] = _Sum(adjoint, came)

    def _either(self, condition: Value, holding: Value, other: Value) -> Value:
        """`holding` where the condition holds, else `other`; both are conditions too."""
        if holding is self.graph.one and other is self.graph.one:
            return self.graph.one
        fails = self.graph.make("not", condition)
        return self.graph.make("or", self.graph.make("and", condition, holding), self.graph.make("and", fails, other))

    def _restricted(self, path: Path, adjoint: Value) -> Value:
        """The adjoint where the path holds, else 0."""
        for condition, holds in reversed(path):
            branches = (adjoint, self.graph.zero) if holds else (self.graph.zero, adjoint)
            adjoint = self.graph.make("where", condition, *branches)
        return adjoint

    # --- paths -----------------------------------------------------------------------------------------------------

    def within(self, path: Path, condition: Value, holds: bool) -> Path:
        """A path with one more condition; one that would be too deep is joined to a single condition before."""
        while condition.rule.function.name == "not":
            condition, holds = condition.args[0], not holds
        if (condition, holds) in path:
            return path
        if len(path) == DEEPEST:
            path = ((self._all_of(path), True),)
        return (*path, (condition, holds))

    def _all_of(self, path: Path) -> Value:
        """The condition that all of a path holds."""
        make = self.graph.make
        conditions = [condition if holds else make("not", condition) for condition, holds in path]
        return reduce(lambda one, other: make("and", one, other), conditions)


def _count_down(arg: Value, ready: list[Value]) -> None:
    """One user fewer to wait for; after the last the node is ready."""
    arg.child_count -= 1
    if not arg.child_count:
        ready.append(arg)


def _names(function: Function) -> str:
    """The arguments of a partial: the result, then those of the function."""
    return "y, x, args" if function.variadic else ", ".join(("y", *function.args))


def _is_low_power(user: Value) -> bool:
    """Whether it is a power with a number as exponent for which the table's rule has a choice."""
    exponent = user.args[-1]
    is_low = not exponent.requires_grad and exponent.data < 4 / 7
    return is_low and user.rule.function.name == "pow"


def _never_zero(partial: Value) -> bool:
    """Whether it is a number, or a number divided by something, but not 0."""
    if partial.rule.function.name == "div":
        partial = partial.args[0]
    return is_number(partial) and partial.data != 0


def _may_matter(user: Value) -> list[tuple[int, Value]]:
    """The arguments that a node's result may depend on at some point, each with its place."""
    zero_partials = user.rule.zero_partials
    return [(i, arg) for i, arg in enumerate(user.args) if arg.requires_grad and i not in zero_partials]
