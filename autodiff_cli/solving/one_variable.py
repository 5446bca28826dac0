"""A function of one variable as graphs: what is looked for along it, and the points that are found."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from flint import arb

from autodiff_cli.engine.expression import NamedGraph
from autodiff_cli.engine.graph import toposort
from autodiff_cli.engine.value import Value
from autodiff_cli.exact.ball_graph import BallGraph
from autodiff_cli.exact.balls import Balls, exactly
from autodiff_cli.exact.far import is_finite
from autodiff_cli.solving.bisection import Root
from autodiff_cli.solving.closed_forms import ClosedForm, closed_form, rational_form
from autodiff_cli.solving.line import RootFinder
from autodiff_cli.solving.seams import Interner, smooth

_BITS = 256
_PIECES = 6_000  # of a range, times nodes, that are looked at for zeros

Span = tuple[float, float]


@dataclass(slots=True, eq=False)
class CurvePoint:
    """A point of the variable: its ball, its float, and its rational where it is known to be one."""

    ball: Any
    x: float
    exact: Any = None
    zeros: set[Value] = field(default_factory=set)  # nodes that are 0 there
    within: float = 0.0
    order: float = 1.0

    @property
    def at(self) -> Any:
        """Its rational, or its ball."""
        return self.ball if self.exact is None else self.exact


class AlongVariable:
    """One variable, and what is asked of the nodes of graphs over it."""

    def __init__(self, variable: Value) -> None:
        self.variable = variable
        self.interner = Interner()
        self.balls = Balls(_BITS)

    def graph_of(self, root: Value, needed: Sequence[Value] = ()) -> NamedGraph:
        """A node as a graph, and what must have a value besides."""
        steps = [node for node in toposort([root, *needed]) if node.args]
        return NamedGraph("", root, steps, {"": self.variable}, {}, needed=[*needed])

    def finder(self, root: Value) -> RootFinder:
        """What finds the zeros of a node."""
        return RootFinder(self.graph_of(root), root, self.variable, {}, _PIECES)

    def enclosure(self, root: Value) -> BallGraph:
        """The numbers of a node over balls."""
        return BallGraph(self.graph_of(root), {}, _BITS)

    def number_at(self, root: Value, place: CurvePoint) -> Any:
        """The ball of a node at a point; None where it has no value, or none that is known."""
        number = self.enclosure(root).values({self.variable: place.at})[root]
        return arb(number) if is_finite(number) else None

    def settled(self, root: Value, there: Any) -> Value:
        """A node without choices, as it is at a point between seams."""
        at = self.enclosure(root).values({self.variable: there})
        with self.balls:
            return smooth(root, at, self.interner)

    def form_of(self, place: CurvePoint) -> ClosedForm | None:
        """The closed form of a place, proven by a node that is 0 there."""
        if place.exact is not None:
            return rational_form(place.exact)
        for node in place.zeros:
            with self.balls:
                form = closed_form(place.ball, self.equation(node))
            if form:
                return form
        return None

    def equation(self, node: Value) -> Callable[[Value], Value]:
        """A node as a function of what is put in place of the variable."""
        return lambda at: self.interner.of(node, {self.variable: at})


def end_place(x: float) -> CurvePoint:
    """A float as a place."""
    return CurvePoint(arb(x), x, exactly(x))


def point_of(root: Root, node: Value) -> CurvePoint:
    """A root as a place where a node is 0."""
    return CurvePoint(root.ball, root.x, root.exact, {node}, root.within, root.order)


def is_same_point(a: CurvePoint, b: CurvePoint) -> bool:
    """Whether two places are one, as far as their balls show."""
    if a.exact is not None and b.exact is not None:
        return bool(a.exact == b.exact)
    return bool(a.ball.overlaps(b.ball))


def between(low: CurvePoint, high: CurvePoint) -> Any:
    """A rational between two places."""
    return (exactly(low.x) + exactly(high.x)) / 2 if low.x < high.x else low.ball
