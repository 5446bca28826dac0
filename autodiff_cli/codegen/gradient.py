"""Gradients as graphs: the steps of a reverse sweep, at no point in particular."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from autodiff_cli.codegen.graph import GraphBuilder, Operand
from autodiff_cli.codegen.paths import DEEPEST, Path, common
from autodiff_cli.codegen.simplify import is_number
from autodiff_cli.engine.value import Rule, Value, pullback_source, sweep
from autodiff_cli.rules.numbers import Kernel
from autodiff_cli.rules.table import BOOLEAN


class GradientBuilder:
    """Makes derivatives of the nodes of a GraphBuilder as nodes of the same."""

    def __init__(self, graph: GraphBuilder) -> None:
        self.graph = graph
        self._pullbacks: dict[tuple[Rule, int], Kernel] = {}

    def gradient(self, root: Value, variables: Sequence[Value]) -> list[Value]:
        """The derivative of a node by each variable, as nodes: the steps of a sweep, at no point in particular.

        What a sweep would not enter at some point, a branch not taken, is behind a `where`: its nodes have a path.
        """
        received: dict[Value, list[tuple[Path, Value]]] = {root: [((), self.graph.one)]}

        def pullback(user: Value, _: Any, ready: list[Value]) -> None:
            found = received.pop(user) if user.args and user in received else []
            path, gradient = self._gathered(found) if found else ((), self.graph.zero)
            for index, arg in _may_matter(user):
                if found and (one := self._passed(user, index, path, gradient)):
                    received.setdefault(arg, []).append(one)
                arg.child_count -= 1
                if not arg.child_count:
                    ready.append(arg)

        sweep(root, 0.0, depends=lambda user: [arg for _, arg in _may_matter(user)], pullback=pullback)
        return [self._from(*self._gathered(received.get(variable, []))) for variable in variables]

    def _passed(self, user: Value, index: int, path: Path, gradient: Value) -> tuple[Path, Value] | None:
        """What a node passes on to one of its arguments; None where that is nothing at every point."""
        function, arg = user.rule.function, user.args[index]
        names, args = ("y, x, args", (arg,)) if function.variadic else (", ".join(("y", *function.args)), user.args)
        operands: list[Any] = [Operand(self.graph, one) for one in (user, *args)]
        if function.variadic:
            operands.append([Operand(self.graph, one) for one in user.args])
        text = pullback_source(function, index)
        if function.selects:
            partial = self.graph.node(self.graph.numbers.partial(function, index)(*operands))
            while partial.rule.function.name == "where" and self.graph.zero in partial.args[1:]:
                condition, holding, other = partial.args
                path, partial = (
                    (self.within(path, condition, True), holding)
                    if other is self.graph.zero
                    else (self.within(path, condition, False), other)
                )
            if partial is self.graph.zero:
                return None
            if partial.rule.function.name in BOOLEAN:
                return self.within(path, partial, True), gradient
            if not self._never_zero(partial):
                path = self.within(path, partial, True)
            return path, self.graph.make("mul", gradient, partial)
        given = [Operand(self.graph, gradient), *operands]
        if function.name == "pow" and index == 0 and not args[1].requires_grad and args[1].data < 4 / 7:
            return path, self._power(text, f"gradient, {names}", given)
        key = (user.rule, index)
        if key not in self._pullbacks:
            self._pullbacks[key] = self.graph.numbers.formula(text, f"gradient, {names}")
        return path, self.graph.node(self._pullbacks[key](*given))

    def _power(self, text: str, names: str, given: list[Any]) -> Value:
        """What a power passes on to its base where the exponent is a number: the rule's choice made but for x = 0."""
        *_, x, p = given
        choose = self.graph.numbers.formula(text, f"{names}, abs")
        by_result, by_power = self.graph.node(choose(*given, lambda x: 1)), self.graph.node(choose(*given, lambda x: 0))
        p = p.node.data
        if p < 0:
            return by_result  # infinite at 0, as it is by the power
        if Fraction(p) - 1 == Fraction(p - 1):
            return by_power
        return self.graph.make("where", self.graph.make("ne", x.node, self.graph.zero), by_result, by_power)

    def _never_zero(self, partial: Value) -> bool:
        if partial.rule.function.name == "div":
            partial = partial.args[0]
        return is_number(partial) and partial.data != 0

    def within(self, path: Path, condition: Value, holds: bool) -> Path:
        """A path with one more condition."""
        while condition.rule.function.name == "not":
            condition, holds = condition.args[0], not holds
        if (condition, holds) in path:
            return path
        if len(path) == DEEPEST:
            joined = self._all_of(path)
            path = ((joined, True),)
        return (*path, (condition, holds))

    def _all_of(self, path: Path) -> Value:
        found = self.graph.one
        for condition, holds in path:
            one = condition if holds else self.graph.make("not", condition)
            found = one if found is self.graph.one else self.graph.make("and", found, one)
        return found

    def _gathered(self, received: list[tuple[Path, Value]]) -> tuple[Path, Value]:
        """The sum of what came along several paths, and the path on which any of it did."""
        groups: dict[Path, Value] = {}
        for path, gradient in received:
            groups[path] = self.graph.make("add", groups[path], gradient) if path in groups else gradient
        if len(groups) < 2:
            return next(iter(groups.items()), ((), self.graph.zero))
        shared = common(groups)
        cover = dict.fromkeys(groups, self.graph.one)  # whether anything came, where the path holds
        for length in range(max(map(len, groups)), len(shared), -1):
            for path in [one for one in groups if len(one) == length]:
                if path in groups:
                    self._lift(path, groups, cover)
        came = cover[shared]
        return (shared if came is self.graph.one else self.within(shared, came, True)), groups[shared]

    def _lift(self, path: Path, groups: dict[Path, Value], cover: dict[Path, Value]) -> None:
        """Join what came along a path and along its other side, and count it to where the two part."""
        *outer, (condition, holds) = path
        before, beside = tuple(outer), (*outer, (condition, not holds))
        both = [(groups.pop(one, self.graph.zero), cover.pop(one, self.graph.zero)) for one in (path, beside)]
        (gradient, other), (came, came_other) = zip(*(both if holds else both[::-1]), strict=True)
        gradient, came = self.graph.make("where", condition, gradient, other), self._either(condition, came, came_other)
        if before in groups:
            gradient, came = (
                self.graph.make("add", groups[before], gradient),
                self.graph.make("or", cover[before], came),
            )
        groups[before], cover[before] = gradient, came

    def _either(self, condition: Value, came: Value, other: Value) -> Value:
        """`came` where the condition holds, else `other`; both are conditions too."""
        if came is self.graph.one and other is self.graph.one:
            return self.graph.one
        not_it = self.graph.make("not", condition)
        return self.graph.make("or", self.graph.make("and", condition, came), self.graph.make("and", not_it, other))

    def _from(self, path: Path, gradient: Value) -> Value:
        """The gradient where the path holds, else 0."""
        for condition, holds in reversed(path):
            gradient = self.graph.make(
                "where", condition, *((gradient, self.graph.zero) if holds else (self.graph.zero, gradient))
            )
        return gradient


def _may_matter(user: Value) -> list[tuple[int, Value]]:
    """The arguments that a node's result may depend on at some point."""
    zero_partials = user.rule.zero_partials
    return [(i, arg) for i, arg in enumerate(user.args) if arg.requires_grad and i not in zero_partials]
