"""Where the values of a graph lie for certain when its variables lie in intervals: balls, made tight by slopes.

A box of intervals gives three bounds: that of the balls, that of the mean value form f(m) + g(X)(X - m), and, by each
variable in which the slope keeps its sign, that at its end (Moore, Kearfott, Cloud, Introduction to Interval Analysis,
2009, chapter 6). The box with the farthest bound is halved, again and again (Skelboe 1974).
"""

from collections.abc import Mapping
from heapq import heappop, heappush
from itertools import count
from math import inf, nextafter
from typing import Any, NamedTuple

from autodiff_cli.engine.expression import NamedGraph
from autodiff_cli.engine.value import Value
from autodiff_cli.exact.balls import Balls, Undefined

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
    """A graph whose variables lie in a box; its other `leaves` are exact."""

    def __init__(self, graph: NamedGraph, leaves: Mapping[Value, Any], box: Box) -> None:
        self._graph, self._leaves, self._box = graph, leaves, box
        self._balls = Balls(_BITS)

    def value(self, root: Value | None = None) -> Bounds | None:
        """Where the result lies, or another step; None where it may have no finite value."""
        with self._balls:
            least, greatest = [self._least(root or self._graph.root, side) for side in (1, -1)]
            if least is None or greatest is None:
                return None
            return Bounds(down(least), -down(greatest))

    def gradients(self) -> dict[Value, Bounds | None]:
        """Where the slope by each variable of the box lies; None where that is not known."""
        with self._balls:
            values = self._values(_hulls(self._box))
            slopes = self._balls.gradients(self._graph.root, values)
            found = {variable: self._finite(slopes.get(variable, 0)) for variable in self._box}
            return {
                variable: None if slope is None else Bounds(down(slope.lower()), -down(-slope.upper()))
                for variable, slope in found.items()
            }

    def _values(self, numbers: Mapping[Value, Any]) -> dict[Value, Any]:
        return self._balls.values_of(self._graph, {**self._leaves, **numbers})

    def _finite(self, number: Any) -> Any:
        """The ball of a number; None where it cannot be had or is not finite."""
        if isinstance(number, Undefined):
            return None
        ball = self._balls.ball(number)
        return ball if ball.is_finite() else None

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
        values = self._values(hulls)
        whole = self._finite(values[root])
        if whole is None:
            return Look(None, None, {})
        gradients = self._balls.gradients(root, values)
        slopes = {variable: self._finite(gradients.get(variable, 0)) for variable in box}
        ends = {variable: _lower_end(box[variable], slope, side) for variable, slope in slopes.items()}
        settled = {variable: end for variable, end in ends.items() if end is not None}
        still_open = [variable for variable in box if variable not in settled]
        middle = settled | {variable: hulls[variable].mid() for variable in still_open}
        there = self._finite(self._values(middle)[root])
        at_ends = self._finite(self._values({**hulls, **settled})[root])
        forms = [side * form for form in (whole, at_ends) if form is not None]
        if there is not None and all(slopes[variable] is not None for variable in still_open):
            away = [slopes[variable] * (hulls[variable] - middle[variable]) for variable in still_open]
            forms.append(side * sum(away, there))
        bound = forms[0].lower()
        for form in forms[1:]:
            bound = bound.max(form.lower())
        reached = None if there is None else (side * there).upper()
        return Look(bound, reached, {variable: slopes[variable] for variable in still_open})


def _hulls(box: Box) -> dict[Value, Any]:
    """The ball of each interval: a little wider, since the radius of a ball has 30 bits."""
    from flint import arb

    return {variable: arb(low).union(arb(high)) for variable, (low, high) in box.items()}


def _lower_end(ends: tuple[Any, Any], slope: Any, side: int) -> Any:
    """The end of an interval where `side` times the function is least; None where the slope leaves that open."""
    if slope is None:
        return None
    if side * slope >= 0:
        return ends[0]
    return ends[1] if side * slope <= 0 else None


def _widest(box: Box, look: Look) -> Value | None:
    """The variable to halve: over whose interval the function may change most; None where none is left to halve."""
    among = box if look.bound is None else look.slopes
    return max(among, key=lambda variable: _change(box[variable], look.slopes.get(variable)), default=None)


def _change(ends: tuple[Any, Any], slope: Any) -> float:
    width = float(_ball(ends[1] - ends[0]).mid())
    return width if slope is None else float(abs(slope).upper()) * width


def _halves(box: Box, variable: Value) -> tuple[Box, Box]:
    low, high = box[variable]
    middle = _ball((low + high) / 2).mid()
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


def _ball(number: Any) -> Any:
    from flint import arb

    return arb(number)


def down(bound: Any) -> float:
    """The greatest float that is not above a bound."""
    nearest = float(_ball(bound).lower())
    return nearest if _ball(nearest) <= bound else nextafter(nearest, -inf)
