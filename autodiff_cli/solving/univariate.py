"""An equation along one variable, the others fixed: its values, slopes, signs and series over balls."""

from collections.abc import Iterable, Mapping
from itertools import takewhile
from typing import Any, Self

from autodiff_cli.engine.expression import NamedGraph
from autodiff_cli.engine.graph import toposort
from autodiff_cli.engine.value import Value
from autodiff_cli.errors import AutodiffError
from autodiff_cli.exact.ball_graph import BallGraph, OneSide
from autodiff_cli.exact.balls import Balls
from autodiff_cli.exact.far import ANY, is_finite, is_not_0
from autodiff_cli.exact.homogeneous import is_zero

SEARCH, SURE, SHARP = 64, 256, 1024  # bits: to search with, for signs, and for what these leave open
_ORDER = 8  # of a root, at most


class Univariate:
    """A graph along one variable; `fixed` has the numbers of the others."""

    def __init__(self, graph: NamedGraph, root: Value, variable: Value, fixed: Mapping[Value, Any]) -> None:
        self.graph = graph
        self.root = root
        self.variable = variable
        self._fixed = fixed
        self._derivatives: dict[Value, Self] = {}
        self._at = {bits: BallGraph(graph, fixed, bits) for bits in (SEARCH, SURE, SHARP)}

    @property
    def cases(self) -> int:
        """How many ways were looked at in which open conditions may stand."""
        return self._at[SEARCH].cases

    def balls(self, bits: int) -> Balls:
        """To work with at a precision."""
        return self._at[bits].balls

    def values(self, ball: Any, bits: int = SEARCH) -> dict[Value, Any]:
        """The number of every node over a ball of the variable."""
        return self._at[bits].values({self.variable: ball})

    def slopes(self, node: Value, values: dict[Value, Any], bits: int = SEARCH) -> Any:
        """The slopes of a node over a ball, or Undefined."""
        return self._at[bits].gradient(node, self.variable, values)

    def slopes_over(self, node: Value, ball: Any) -> Any:
        """The slopes of a node over a ball for sure, or Undefined."""
        return self.slopes(node, self.values(ball, SURE), SURE)

    def excludes_0(self, node: Value, values: dict[Value, Any]) -> bool:
        """Whether a node is nowhere 0."""
        return self._at[SEARCH].excludes_0(node, values, self.variable)

    def sign(self, node: Value, at: Any) -> int | None:
        """The sign of a node at a point, 0 where it is 0 exactly; None where that cannot be told."""
        for bits in (SEARCH, SURE, SHARP):
            number = self.values(at, bits)[node]
            if not is_finite(number):
                continue
            if number == 0:
                return 0
            if is_not_0(number):
                return 1 if number > 0 else -1
        return None

    def has_values(self, nodes: Iterable[Value], at: Any) -> bool | None:
        """Whether some nodes, and what the graph needs, have values at a point; None where that cannot be told."""
        values = self.values(at, SURE)
        if all(is_finite(values[node]) for node in (*nodes, *self.graph.needed)):
            return True
        is_outside = self.balls(SURE).violation(self.graph, values) is not None
        return False if is_outside else None

    def order_at(self, node: Value, at: Any, around: Any) -> int | None:
        """Of which order an exact root at a rational is; None unless it is shown to be alone around it."""
        numbers = self._coefficients(node, at, _ORDER)
        zeros = [*takewhile(is_zero, numbers)]
        order = len(zeros)
        if order in (0, len(numbers)) or not is_not_0(numbers[order]):
            return None
        nearby = self._coefficients(node, around, order)
        return order if is_not_0(nearby[order]) else None

    def is_nowhere_0(self, ball: Any, beside: OneSide | None = None) -> bool:
        """Whether the whole is nowhere 0 over a ball, or to one side of its end, as far as it is defined."""
        return self._at[SURE].excludes_0(self.root, self.values(ball, SURE), self.variable, beside)

    def is_continuous(self, ball: Any) -> bool:
        """Whether every node is continuous over a ball, as far as it goes inside of the domain, in one piece."""
        return self._at[SURE].is_continuous(self.variable, self.values(ball, SURE))

    def derivative(self, node: Value) -> Self | None:
        """The derivative of a node along the line, where there is a formula for it."""
        if node not in self._derivatives:
            from autodiff_cli.symbolic.derive import Derivation

            try:
                root = Derivation(node, exact=True).by((self.variable,))
            except AutodiffError:
                return None
            steps = [step for step in toposort([root]) if step.args]
            graph = NamedGraph(self.graph.source, root, steps, self.graph.variables, {})
            self._derivatives[node] = type(self)(graph, root, self.variable, self._fixed)
        return self._derivatives[node]

    def _coefficients(self, node: Value, at: Any, order: int) -> list[Any]:
        """The Taylor coefficients of a node over a ball; ANY where there is no series."""
        from autodiff_cli.exact.series import Stepper, Stuck
        from autodiff_cli.exact.series_numbers import Exact

        balls = self.balls(SURE)
        with balls:
            try:
                leaves = {leaf: number for leaf, number in self.values(at, SURE).items() if not leaf.args}
                numbers = Exact(balls, leaves)
                return Stepper(self.graph.nodes, node, [self.variable], numbers).coefficients(order)
            except (Stuck, ArithmeticError, ValueError):
                return [ANY] * (order + 1)
