"""The value and the gradients of a graph at a point, each rounded once: what floats would give if they lost nothing.

The rules are run over balls, and the precision is raised until every number is known to the last bit of a float,
whatever happens on the way: cancellation, numbers too large or too small. It knows the rules' result; whether a rule
is right it cannot know.
"""

from collections.abc import Iterable, Iterator
from math import inf, nan
from typing import Any, NamedTuple

from autodiff_cli.engine.expression import NamedGraph
from autodiff_cli.engine.graph import reachable
from autodiff_cli.engine.value import Value
from autodiff_cli.exact.balls import OPEN, Balls, Undefined, exactly

_BITS = (128, 320, 800, 2000, 5000, 12000)
_WORK = 40_000_000  # nodes times bits, beyond which the precision is not raised any more
_GUARD = 16  # bits beyond a float's from which a ball across a tie counts as one number
_NOTHING = -1080  # the power of two below which a float is 0


class Known(NamedTuple):
    """A number as a float, rounded once; or why it is not known: `why` names the step."""

    data: float = nan
    why: Undefined | None = None
    vanishes: bool = False  # it is not 0, and nearer to 0 than every other float

    @property
    def is_known(self) -> bool:
        """Whether there is such a number, be it beyond the floats."""
        return self.why is None


class Rounded:
    """What exact arithmetic makes of a graph whose leaves hold the numbers of a point."""

    def __init__(self, graph: NamedGraph, rows: Iterable[Value]) -> None:
        self._graph = graph
        self._rows = [*rows]
        self._leaves = [leaf for leaf in reachable([graph.root, *graph.nodes, *self._rows]) if not leaf.args]
        self.value = Known(why=Undefined(OPEN))
        self.values: dict[Value, Known] = {}
        self.gradients: dict[Value, Known] = {}
        self.violation: Undefined | None = None  # a step that is outside its domain for certain
        for bits in _BITS:
            if bits > _BITS[0] and bits * len(graph.nodes) > _WORK:
                break
            self._run(bits)
            if self.violation or all(known.is_known for known in self._numbers()):
                break

    def _numbers(self) -> Iterator[Known]:
        yield self.value
        yield from self.values.values()
        yield from self.gradients.values()

    def _run(self, bits: int) -> None:
        graph, balls = self._graph, Balls(bits)
        values = balls.values_of(graph, {leaf: number_of(leaf, balls) for leaf in self._leaves})
        self.violation = balls.violation(graph, values)
        if self.violation:
            return
        self.value = _keep(self.value, values[graph.root], balls)
        gradients = balls.gradients(graph.root, values)
        zero = exactly(0.0)
        for row in self._rows:
            self.values[row] = _keep(self.values.get(row), values[row], balls)
            self.gradients[row] = _keep(self.gradients.get(row), gradients.get(row, zero), balls)


def number_of(leaf: Value, balls: Balls) -> Any:
    """The ball of a leaf: a named constant without rounding, all else the float it is."""
    if leaf.requires_grad or not leaf.label:
        return exactly(leaf.data)
    return balls.constant(leaf, exact_floats=True)


def _keep(before: Known | None, number: Any, balls: Balls) -> Known:
    """What is known of a number with this precision, if it was not known before."""
    return before if before is not None and before.is_known else rounded(number, balls)


def rounded(number: Any, balls: Balls) -> Known:
    """A ball or rational as the nearest float; why it is not known where the ball holds several floats."""
    if isinstance(number, Undefined):
        return Known(why=number)
    if not balls.is_ball(number):
        nearest = nearest_float(int(number.p), int(number.q))
        return Known(nearest, vanishes=nearest == 0 and number != 0)
    if not number.is_finite():
        return Known(why=Undefined(OPEN))
    with balls:
        low, high = float(number.lower()), float(number.upper())
        if low == high or _is_tie(number):
            nearest = float(number.mid()) + 0.0
            return Known(nearest, vanishes=nearest == 0 and not number.contains(0))
        if abs(number) < balls.power(_NOTHING):
            return Known(0.0, vanishes=not number.contains(0))
    return Known(why=Undefined(OPEN))


def _is_tie(number: Any) -> bool:
    """Whether a ball is so narrow that it holds two floats only because a tie between them lies in it."""
    return not number.contains(0) and bool(number.rel_accuracy_bits() > 53 + _GUARD + 60)


def nearest_float(p: int, q: int) -> float:
    """The float nearest to a fraction; infinite where that is too large."""
    try:
        return p / q
    except OverflowError:
        return inf if (p > 0) == (q > 0) else -inf
