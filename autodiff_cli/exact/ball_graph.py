"""A graph over intervals of its variables: its values and slopes, poles, edges of domains, kinks and jumps included."""

from collections.abc import Mapping
from math import isfinite
from typing import Any, NamedTuple

from flint import arb, fmpq

from autodiff_cli.engine.expression import NamedGraph
from autodiff_cli.engine.value import Value
from autodiff_cli.exact.balls import Balls, Undefined, decimal, exactly
from autodiff_cli.exact.cases import Ways
from autodiff_cli.exact.far import ANY, image, is_finite, is_not_0
from autodiff_cli.exact.simplest import simplest
from autodiff_cli.rules.table import CONSTANTS

_EDGES = ("sqrt", "asin", "acos", "acosh", "pow")
_HULLS = {"abs": (-1, 1), "relu": (0, 1), "max": (0, 1), "min": (0, 1), "clamp": (0, 1), "hardtanh": (0, 1)}


def leaf_number(leaf: Value, balls: Balls) -> Any:
    """The number of a constant: a decimal as it is typed, or its float."""
    name = leaf.label or ""
    if name in CONSTANTS or not isfinite(leaf.data):
        return balls.constant(leaf)
    return decimal(name) if name else exactly(leaf.data)


class LipschitzBalls(Balls):
    """Balls whose slopes hold all slopes nearby where a function is continuous and has a kink: of abs from -1 to 1.

    By the mean value theorem for such functions (Clarke 1976) an increment is one of these slopes times the step.
    """

    def _partial(self, node: Value, index: int, values: Mapping[Value, Any]) -> Any:
        found = super()._partial(node, index, values)
        slopes = _HULLS.get(node.rule.function.name)
        if isinstance(found, Undefined) and slopes and not any(isinstance(values[arg], Undefined) for arg in node.args):
            low, high = slopes
            return arb(low).union(arb(high))
        return found


class OneSide(NamedTuple):
    """One side of a point: 1 above it, -1 below."""

    point: Any
    side: int


class BallGraph:
    """The numbers of a graph over balls: strictly, where everything is defined, and else as far as it is defined.

    `fixed` has the numbers of variables that are no intervals; those of constants are known.
    """

    def __init__(self, graph: NamedGraph, fixed: Mapping[Value, Any], bits: int) -> None:
        self.graph = graph
        self.balls = LipschitzBalls(bits)
        self.cases = 0  # that were looked at
        used = dict.fromkeys([*[arg for node in graph.nodes for arg in node.args], graph.root, *graph.steps.values()])
        free = {*graph.variables.values()}
        constants = [node for node in used if not node.args and node not in free]
        self._leaves = {leaf: leaf_number(leaf, self.balls) for leaf in constants} | dict(fixed)

    def values(self, given: Mapping[Value, Any]) -> dict[Value, Any]:
        """The number of every node; what is undefined for some of the numbers given is Undefined or not finite."""
        return self.balls.values_of(self.graph, {**self._leaves, **given})

    def gradients(self, root: Value, values: dict[Value, Any]) -> dict[Value, Any]:
        """The slopes of a node by every variable, as balls; Undefined where there may be none."""
        found = self.balls.gradients(root, values)
        return {variable: self._ball(found.get(variable, fmpq(0))) for variable in self.graph.variables.values()}

    def gradient(self, root: Value, by: Value, values: dict[Value, Any]) -> Any:
        """The slopes of a node by one variable; ANY where its value is not finite: it may jump, with slopes of 0."""
        if not is_finite(values[root]):
            return ANY
        return self._ball(self.balls.gradients(root, values).get(by, fmpq(0)))

    def mean_value(self, there: Any, slopes: Mapping[Value, Any], away: Mapping[Value, Any]) -> Any:
        """The values by the mean value theorem, from that at a point and the steps away from it.

        ANY where a slope is not known (Moore, Kearfott, Cloud, Introduction to Interval Analysis, 2009, chapter 6).
        """
        if not is_finite(there) or not all(is_finite(slopes[variable]) for variable in away):
            return ANY
        with self.balls:
            return sum([slopes[variable] * step for variable, step in away.items()], arb(there))

    def excludes_0(
        self, root: Value, values: dict[Value, Any], along: Value | None = None, beside: "OneSide | None" = None
    ) -> bool:
        """Whether a node is nowhere 0, from what `values` gave for balls of the variables, or of one of them.

        With `beside`, nowhere to that side of a point at the end of the ball.
        """
        number = values[root]
        if is_finite(number):
            return not self.balls.ball(number).contains(0)
        with self.balls:
            there = self.values({along: beside.point}) if along is not None and beside is not None else {}
            ways = Ways(
                self.balls,
                self.graph.nodes,
                root,
                values,
                quotient=lambda node: self._quotient(node, along, values),
                sign=lambda node: self._sign(node, along, values, there, beside),
            )
            is_nowhere = all(map(is_not_0, ways.outcomes()))
            self.cases += ways.count
            return is_nowhere

    def _quotient(self, node: Value, along: Value | None, values: dict[Value, Any]) -> Any:
        """A quotient that is 0/0 at a rational of the variable's ball: by slopes, since both are slopes times a step.

        It has no value there. ANY where it is no such quotient.
        """
        if along is None or not self._is_0_over_0(node, along, values):
            return ANY
        above, below = (self.gradient(arg, along, values) for arg in node.args)
        is_known = is_finite(above) and is_not_0(below)
        with self.balls:
            return above / below if is_known else ANY

    def _sign(
        self,
        node: Value,
        along: Value | None,
        values: dict[Value, Any],
        there: Mapping[Value, Any],
        beside: "OneSide | None",
    ) -> int | None:
        """The sign to one side of a point of an argument that is 0 there, or of the difference of two: by its slope."""
        if along is None or beside is None:
            return None
        first, *others = node.args
        second = others[0] if others and node.rule.function.name != "heaviside" else None
        numbers = [there[first], there[second] if second is not None else fmpq(0)]
        if not all(map(is_finite, numbers)) or numbers[0] != numbers[1]:
            return None
        slopes = [self.gradient(one, along, values) if one is not None else fmpq(0) for one in (first, second)]
        with self.balls:
            slope: Any = slopes[0] - slopes[1] if all(map(is_finite, slopes)) else ANY
        if not is_not_0(slope):
            return None
        return beside.side if slope > 0 else -beside.side

    def _is_0_over_0(self, node: Value, along: Value, values: dict[Value, Any]) -> bool:
        """Whether both parts of a quotient are 0 at the simplest rational of the variable's ball."""
        ball = self.balls.ball(values[along])
        at = simplest(float(ball.lower()), float(ball.upper()))
        there = self.values({along: at})
        return bool(ball.contains(at)) and all(is_finite(there[arg]) and there[arg] == 0 for arg in node.args)

    def is_continuous(self, variable: Value, values: dict[Value, Any]) -> bool:
        """Whether every node is continuous, from what `values` gave for a ball of the variable.

        At the edge of a domain, as that of sqrt(x), the part inside must be one piece: what the edge is of rises or
        falls all along.
        """
        known = dict(values)
        for node in self.graph.nodes:
            args = {arg: known[arg] for arg in node.args}
            found = self.balls.values((node,), args)[node]
            if not is_finite(found):
                found = self._at_edge(node, [*map(args.__getitem__, node.args)], variable, values)
            if not is_finite(found):
                return False
            known[node] = found
        return True

    def _at_edge(self, node: Value, args: list[Any], variable: Value, values: dict[Value, Any]) -> Any:
        """The values of a function at the edge of its domain; ANY where its argument may turn there."""
        name, argument = node.rule.function.name, node.args[0]
        if name not in _EDGES or not all(map(is_finite, [*args, values[argument]])):
            return ANY
        slopes = self.gradient(argument, variable, values)
        with self.balls:
            return image(name, args) if is_not_0(slopes) else ANY

    def _ball(self, number: Any) -> Any:
        """A number as a ball; what is Undefined as it is."""
        return number if isinstance(number, Undefined) else self.balls.ball(number)
