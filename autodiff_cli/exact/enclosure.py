"""Where the values of a graph lie for certain when its variables lie in intervals: balls, made tight by slopes.

A box of intervals gives three bounds: that of the balls, that of the mean value form f(m) + g(X)(X - m), and, by each
variable in which the slope keeps its sign, that at its end (Moore, Kearfott, Cloud, Introduction to Interval Analysis,
2009, chapter 6). The box with the farthest bound is halved, again and again (Skelboe 1974).
"""

from collections.abc import Mapping
from functools import reduce
from heapq import heappop, heappush
from itertools import count
from math import inf
from typing import Any, NamedTuple

from flint import arb

from autodiff_cli.engine.expression import NamedGraph
from autodiff_cli.engine.value import Value
from autodiff_cli.exact.ball_graph import BallGraph
from autodiff_cli.exact.balls import Balls
from autodiff_cli.exact.far import ANY, is_finite
from autodiff_cli.exact.hulls import down, hull

_BITS = 128
_HALVINGS = 400  # for each end
_CLOSE = 1e-12  # of the first bound's distance: how near a bound must be to a value of the function

Box = Mapping[Value, tuple[Any, Any]]  # both ends of each interval, as balls or rationals


class Bounds(NamedTuple):
    """Two floats, rounded outwards."""

    low: float
    high: float


class Look(NamedTuple):
    """What is known of the least value over a box: a bound, None where there is none, and a value that there is."""

    bound: Any
    reached: Any
    slopes: dict[Value, Any]


class Boxed:
    """A graph whose variables lie in a box; the numbers of its other variables are `fixed`."""

    def __init__(self, graph: NamedGraph, fixed: Mapping[Value, Any], box: Box) -> None:
        self._graph, self._box = BallGraph(graph, fixed, _BITS), box
        self._root = graph.root

    def value(self, root: Value | None = None) -> Bounds | None:
        """Where the result lies, or another step; None where it may have no finite value."""
        with self._graph.balls:
            least, greatest = [self._least(root or self._root, side) for side in (1, -1)]
            if least is None or greatest is None:
                return None
            return Bounds(down(least), -down(greatest))

    def gradients(self) -> dict[Value, Bounds | None]:
        """Where the slope by each variable of the box lies; None where that is not known, as over a kink."""
        strict = Balls(_BITS)
        with strict:
            found = strict.gradients(self._root, self._graph.values(_hulls(self._box)))
            return {variable: _bounds(found.get(variable, 0)) for variable in self._box}

    def _least(self, root: Value, side: int) -> Any:
        """A bound below the root's values times `side`; None where there is none."""
        number = count()
        first = self._look(root, self._box, side)
        waiting = [(_order(first), next(number), self._box, first)]
        reached = first.reached
        for _ in range(_HALVINGS):
            _, _, box, worst = waiting[0]
            variable = _widest(box, worst)
            if variable is None or _is_close(worst.bound, reached, first.bound):
                break
            heappop(waiting)
            for half in _halves(box, variable):
                look = self._look(root, half, side)
                if look.reached is not None:
                    reached = look.reached if reached is None else reached.min(look.reached)
                heappush(waiting, (_order(look), next(number), half, look))
        return waiting[0][3].bound

    def _look(self, root: Value, box: Box, side: int) -> Look:
        """The bound over one box, and the value at a point of it."""
        hulls = _hulls(box)
        values = self._graph.values(hulls)
        if not is_finite(values[root]):
            return Look(None, None, {})
        gradients = self._graph.gradients(root, values)
        ends = {variable: _lower_end(box[variable], gradients[variable], side) for variable in box}
        settled = {variable: end for variable, end in ends.items() if end is not None}
        slopes = {variable: gradients[variable] for variable in box if variable not in settled}
        middle = {variable: hulls[variable].mid() for variable in slopes}
        there = self._graph.values(settled | middle)[root]
        at_ends = self._graph.values({**hulls, **settled})[root]
        away = {variable: hulls[variable] - point for variable, point in middle.items()}
        forms = filter(is_finite, (values[root], at_ends, self._graph.mean_value(there, slopes, away)))
        bound = reduce(arb.max, [arb(side * form).lower() for form in forms])
        reached = arb(side * there).upper() if is_finite(there) else None
        return Look(bound, reached, slopes)


def _hulls(box: Box) -> dict[Value, Any]:
    """The ball of each interval."""
    return {variable: hull(low, high) for variable, (low, high) in box.items()}


def _bounds(slope: Any) -> Bounds | None:
    """Both ends of a ball as floats; None where it is not finite."""
    if not is_finite(slope):
        return None
    ball = arb(slope)
    return Bounds(down(ball.lower()), -down(-ball.upper()))


def _lower_end(ends: tuple[Any, Any], slope: Any, side: int) -> Any:
    """The end of an interval where `side` times the function is least; None where the slope leaves that open."""
    if not is_finite(slope):
        return None
    if side * slope >= 0:
        return ends[0]
    return ends[1] if side * slope <= 0 else None


def _widest(box: Box, look: Look) -> Value | None:
    """The variable to halve: over whose interval the function may change most; None where none is left to halve."""
    among = box if look.bound is None else look.slopes
    return max(among, key=lambda variable: _change(box[variable], look.slopes.get(variable, ANY)), default=None)


def _change(ends: tuple[Any, Any], slope: Any) -> float:
    width = float(arb(ends[1] - ends[0]).mid())
    return float(abs(slope).upper()) * width if is_finite(slope) else width


def _halves(box: Box, variable: Value) -> tuple[Box, Box]:
    low, high = box[variable]
    middle = arb((low + high) / 2).mid()
    return {**box, variable: (low, middle)}, {**box, variable: (middle, high)}


def _is_close(bound: Any, reached: Any, first: Any) -> bool:
    """Whether a bound is as near to a value that is reached as it is worth."""
    if bound is None or reached is None:
        return False
    left = reached - bound
    worth = _CLOSE * abs(reached - first) if first is not None else 0
    return bool(left <= worth + 1e-16 * abs(reached))


def _order(look: Look) -> float:
    """What is looked at first: what has no bound, then the least one."""
    return -inf if look.bound is None else down(look.bound)
