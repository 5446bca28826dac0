"""Builds graphs in which equal nodes are one, and simpler where the result is the same to the last digit."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from math import copysign, isfinite, nan
from operator import attrgetter
from typing import Any

from autodiff_cli.codegen.simplify import is_exact, simplification
from autodiff_cli.engine.graph import forward, toposort
from autodiff_cli.engine.value import Rule, Value, constant, node, rule_of
from autodiff_cli.rules.numbers import Kernel, NumberSystem
from autodiff_cli.rules.table import COMPARISONS, CONSTANTS, Function, entry

_CONSTANTS = {*CONSTANTS.items()}
_label = attrgetter("label")
Rewrite = Callable[["GraphBuilder", Function, tuple[Value, ...]], "Value | None"]


class GraphBuilder:
    """Makes nodes: equal ones once, and simpler ones where the result is the same to the last digit.

    A node of numbers alone becomes a number where it is finite and needed no rounding; else it is kept as it is
    written, and `data` is its value. What holds of numbers may here be taken to hold of nan. `rewrite` may offer
    something else for a function before it is made.

    >>> graph, x = GraphBuilder(), Value(nan, "x")
    >>> to_text(graph.formula("2 * (3 * x) - -x", "x", x))
    '6 * x + x'
    >>> graph.make("sin", x) is graph.make("sin", x)
    True
    """

    def __init__(self, rewrite: Rewrite | None = None) -> None:
        self._rewrite = rewrite
        self._made: dict[Any, Value] = {}
        pi, not_a_number = Operand(self, self.number(CONSTANTS["pi"], "pi")), Operand(self, self.number(nan))
        self.numbers = NumberSystem({"pi": pi, "nan": not_a_number}, make=self._kernel)
        self.zero, self.one = self.number(0.0), self.number(1.0)

    def number(self, data: float, label: str = "") -> Value:
        """A number; one of the language's constants keeps its name."""
        name = label if (label, data) in _CONSTANTS else ""
        key = (data if data == data else "nan", copysign(1, data), name)
        if key not in self._made:
            self._made[key] = constant(data, name)
        return self._made[key]

    def make(self, name: str, *args: Value) -> Value:
        """A node that computes the function of that name, or what is the same."""
        return self.call(entry(name, len(args)), args)

    def call(self, function: Function, args: tuple[Value, ...]) -> Value:
        """As `make`, for an entry of the table."""
        simpler = self._simpler(function, args)
        if simpler is not None:
            return simpler
        rule = rule_of(function)
        may_swap = function.name in ("add", "mul") and args[0] is not args[1]
        key = (rule, frozenset(args) if may_swap else args)
        made = self._made.get(key)
        if made is None:
            made = self._made[key] = self._new(rule, args)
        return made

    def _simpler(self, function: Function, args: tuple[Value, ...]) -> Value | None:
        """What the rules make of a function, or else the `rewrite`."""
        simplify = simplification(function.name)
        simpler = simplify(self, *args) if simplify else None
        if simpler is None and self._rewrite:
            return self._rewrite(self, function, args)
        return simpler

    def _new(self, rule: Rule, args: tuple[Value, ...]) -> Value:
        """A node; a number in its place where it is one of unnamed numbers, and exact."""
        made = node(rule, args)
        if made.requires_grad:
            return made
        forward((made,))
        if any(map(_label, args)) or not isfinite(made.data):
            return made
        is_number = is_exact(rule.function.name, [arg.data for arg in args], made.data)
        return self.number(made.data) if is_number else made

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
            if old in env:
                continue
            if old.args:
                env[old] = self.call(old.rule.function, tuple(map(env.__getitem__, old.args)))
            else:
                env[old] = self.number(old.data, old.label)
        return list(map(env.__getitem__, roots))


class Operand:
    """A node under Python's operators, for the table's formulas to run over."""

    __slots__ = ("graph", "node")

    def __init__(self, graph: GraphBuilder, node: Value) -> None:
        self.graph = graph
        self.node = node

    def __neg__(self) -> Operand:
        return Operand(self.graph, self.graph.make("neg", self.node))


def _binary(name: str) -> tuple[Callable[[Operand, Any], Operand], Callable[[Operand, Any], Operand]]:
    """A function of the table as Python's operator, and as that with the operand on its right."""
    function = entry(name, 2)

    def operator(self: Operand, other: Any) -> Operand:
        graph = self.graph
        return Operand(graph, graph.call(function, (self.node, graph.node(other))))

    def reflected(self: Operand, other: Any) -> Operand:
        graph = self.graph
        return Operand(graph, graph.call(function, (graph.node(other), self.node)))

    return operator, reflected


for _name in (*COMPARISONS, "and", "or"):
    setattr(Operand, f"__{_name}__", _binary(_name)[0])
for _name, _python in {"add": "add", "sub": "sub", "mul": "mul", "div": "truediv", "pow": "pow"}.items():
    _operator, _reflected = _binary(_name)
    setattr(Operand, f"__{_python}__", _operator)
    setattr(Operand, f"__r{_python}__", _reflected)
