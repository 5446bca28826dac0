"""Builds graphs in which equal nodes are one, and simpler where the result is the same to the last digit."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from math import copysign, isfinite, nan
from typing import Any

from autodiff_cli.codegen.simplify import RULES, is_exact, is_number
from autodiff_cli.engine.value import Value, constant, forward, node, rule_of, toposort
from autodiff_cli.rules.numbers import Kernel, NumberSystem, vectorized_condition
from autodiff_cli.rules.table import CONSTANTS, Function, entry, needs

Rewrite = Callable[["GraphBuilder", Function, tuple[Value, ...]], "Value | None"]


class GraphBuilder:
    """Makes nodes: equal ones once, and simpler ones where the result is the same to the last digit.

    A node of numbers alone becomes a number where it is finite and needed no rounding; else it is kept as it is
    written, and `data` is its value. What holds of numbers may here be taken to hold of nan. `rewrite` may offer
    something else for a function before it is made.
    """

    def __init__(self, rewrite: Rewrite | None = None) -> None:
        self._rewrite = rewrite
        self._made: dict[Any, Value] = {}
        pi, not_a_number = Operand(self, self.number(CONSTANTS["pi"], "pi")), Operand(self, self.number(nan))
        self.numbers = NumberSystem({"pi": pi, "nan": not_a_number}, make=self._kernel)
        self.zero, self.one = self.number(0.0), self.number(1.0)

    def number(self, data: float, label: str | None = None) -> Value:
        """A number; one of the language's constants keeps its name."""
        name = label if label in CONSTANTS and CONSTANTS[label] == data else None
        key = (str(data) if data != data else data, copysign(1, data), name)
        if key not in self._made:
            self._made[key] = constant(data, name)
        return self._made[key]

    def make(self, name: str, *args: Value) -> Value:
        """A node that computes the function of that name, or what is the same."""
        return self.call(entry(name, len(args)), args)

    def call(self, function: Function, args: tuple[Value, ...]) -> Value:
        """As `make`, for an entry of the table."""
        simplify = RULES.get(function.name) if len(args) == len(function.args) else None
        simpler = simplify(self, *args) if simplify else None
        if simpler is None and self._rewrite:
            simpler = self._rewrite(self, function, args)
        if simpler is not None:
            return simpler
        rule = rule_of(function)
        key = (rule, frozenset(args) if function.name in ("add", "mul") and len({*args}) == 2 else args)
        made = self._made.get(key)
        if made is None:
            made = self._made[key] = node(rule, args)
            if not made.requires_grad:
                forward((made,))
                named = any([a.label for a in args])  # noqa: C419
                if not named and isfinite(made.data) and is_exact(function.name, [a.data for a in args], made.data):
                    made = self._made[key] = self.number(made.data)
        return made

    def formula(self, text: str, names: str, *args: Value) -> Value:
        """A formula of the table with these nodes for its arguments."""
        return self.node(self.numbers.formula(text, names)(*[Operand(self, arg) for arg in args]))

    def node(self, operand: Any) -> Value:
        """The node that a formula gave, a number where it gave one."""
        return operand.node if isinstance(operand, Operand) else self.number(float(operand))

    def _kernel(self, function: Function) -> Kernel:
        return lambda *args: Operand(self, self.call(function, tuple([self.node(arg) for arg in args])))

    def read(self, roots: Iterable[Value], env: dict[Value, Value]) -> list[Value]:
        """The same graphs made of nodes of this one. `env` has what stands for the variables, and learns the rest."""
        roots = list(roots)
        for old in toposort(roots):
            if old not in env:
                args = tuple([env[arg] for arg in old.args])
                env[old] = self.call(old.rule.function, args) if args else self.number(old.data, old.label)
        return [env[root] for root in roots]

    def defined(self, roots: Iterable[Value], env: Mapping[Value, Value], besides: Collection[Value] = ()) -> Value:
        """Whether every step of some graphs is inside its function's domain; of a `where`, of the branch that is taken.

        `env` has this graph's nodes for those of the others. Those `besides` show by themselves where they are not.
        """
        roots = list(roots)
        needed = dict.fromkeys(roots, self.one)
        found: list[Value] = []
        for old in reversed(toposort(roots)):
            here, function = needed[old], old.rule.function
            text = needs(function, [arg.data if is_number(arg) else None for arg in old.args])
            if text and env[old.args[1] if function.name == "div" else old] not in besides:  # quotients are merged
                holds = self.formula(
                    vectorized_condition(text), ", ".join(function.args), *[env[arg] for arg in old.args]
                )
                found.append(self._implied(here, holds))
            for index, arg in enumerate(old.args):
                where = here
                if index and function.name == "where":
                    condition = env[old.args[0]]
                    where = self.make("and", here, condition if index == 1 else self.make("not", condition))
                needed[arg] = self.make("or", needed[arg], where) if arg in needed else where
        holds = self.one
        for one in dict.fromkeys(reversed(found)):  # what the others are made of comes first
            holds = self.make("and", holds, one)
        return holds

    def _implied(self, condition: Value, holds: Value) -> Value:
        return holds if condition is self.one else self.make("or", self.make("not", condition), holds)


class Operand:
    """A node under Python's operators, for the table's formulas to run over."""

    __slots__ = ("graph", "node")

    def __init__(self, graph: GraphBuilder, node: Value) -> None:
        self.graph = graph
        self.node = node


def _operators() -> None:
    def of(name: str, turned: bool = False) -> Callable[..., Operand]:
        def apply(self: Operand, *others: Any) -> Operand:
            args = [self.node, *[self.graph.node(other) for other in others]]
            return Operand(self.graph, self.graph.make(name, *(args[::-1] if turned else args)))

        return apply

    for name in ("add", "sub", "mul", "div", "pow", "lt", "le", "gt", "ge", "eq", "ne", "and", "or", "neg"):
        operator = name.replace("div", "truediv")
        setattr(Operand, f"__{operator}__", of(name))
        if name in ("add", "sub", "mul", "div", "pow"):
            setattr(Operand, f"__r{operator}__", of(name, turned=True))


_operators()
