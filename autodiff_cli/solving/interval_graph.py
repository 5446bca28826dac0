"""A graph over many boxes at a time: where values and slopes lie, and whether it is smooth over each box."""

from collections.abc import Mapping, Sequence
from functools import cache
from math import inf, isfinite
from typing import NamedTuple

import numpy as np

from autodiff_cli.engine.expression import NamedGraph
from autodiff_cli.engine.graph import toposort
from autodiff_cli.engine.value import Value
from autodiff_cli.errors import AutodiffError
from autodiff_cli.exact.balls import decimal, exactly
from autodiff_cli.rules.kernels.intervals import KERNELS, Array, Interval, Mask
from autodiff_cli.rules.numbers import Kernel, NumberSystem, vectorized_condition
from autodiff_cli.rules.table import BOOLEAN, CONSTANTS, Function
from autodiff_cli.solving.seams import LENGTHS
from autodiff_cli.solving.slopes import with_partials
from autodiff_cli.symbolic.derive import Derivation

_INTERVALS = NumberSystem(KERNELS, operators_as_calls=True)
ANYTHING = Interval(-inf, inf)


class Regularity(NamedTuple):
    """What holds all over each box: it has no value, all values, no jump, no kink either."""

    outside: Mask
    defined: Mask
    continuous: Mask
    smooth: Mask


class IntervalGraph:
    """A graph with some of its roots, whose first is the result; `fixed` are the numbers of other variables."""

    def __init__(self, graph: NamedGraph, roots: Sequence[Value], fixed: Mapping[Value, float]) -> None:
        self._roots = [*roots]
        self._nodes = [node for node in toposort([*roots, *graph.needed]) if node.args]
        used = [arg for node in self._nodes for arg in node.args if not arg.args]
        free = {*graph.variables.values()}
        self._leaves = {leaf: leaf_interval(leaf) for leaf in [*used, *roots] if not leaf.args and leaf not in free}
        self._leaves |= {variable: Interval(at, at) for variable, at in fixed.items()}
        self._judged = {node for node in toposort([roots[0], *graph.needed]) if node.args}
        self._has_branches = any(node.rule.function.name == "where" for node in self._judged)

    def values(self, given: Mapping[Value, Interval]) -> tuple[list[Interval], Regularity]:
        """The roots over boxes, given by the intervals of the variables."""
        known = {**self._leaves, **given}
        count = len(next(iter(given.values())).low)
        spread = Regularity(np.zeros(count, bool), *[np.ones(count, bool) for _ in range(3)])
        with np.errstate(all="ignore"):
            for node in self._nodes:
                args = [known[arg] for arg in node.args]
                known[node] = _value(node.rule.function, args)
                if node in self._judged:
                    self._judge(node.rule.function, args, known[node], spread)
        return [_broadcast(known[root], count) for root in self._roots], spread

    def _judge(self, function: Function, args: list[Interval], found: Interval, spread: Regularity) -> None:
        """Note where a step is outside its domain, may jump or may have a kink."""
        if function.domain:
            inside = _inside(function, args)
            spread.defined[...] &= inside.low != 0
            spread.outside[...] |= (inside.high == 0) & (not self._has_branches)
        if function.name == "where" or function.name in BOOLEAN:
            spread.continuous[...] &= (args[0] if function.name == "where" else found).is_point
        elif function.jumps:
            is_step = set(function.partials) == {"0"}
            spread.continuous[...] &= found.is_point & is_step
        elif function.bends:
            spread.smooth[...] &= found.low > 0 if function.name in LENGTHS else _is_straight(function, args, found)


def _value(function: Function, args: list[Interval]) -> Interval:
    try:
        return _INTERVALS.value(function)(*args)  # type: ignore[no-any-return]
    except KeyError:
        return ANYTHING


def _is_straight(function: Function, args: list[Interval], found: Interval) -> Mask:
    """Whether each partial of a function with kinks is one number."""
    partials = [
        _INTERVALS.partial(function, index)(*((found, arg, args) if function.variadic else (found, *args)))
        for index, arg in enumerate(args)
    ]
    straight = [partial.is_point for partial in partials if isinstance(partial, Interval)]
    return np.logical_and.reduce(straight) if straight else np.array(True)


def _broadcast(interval: Interval, count: int) -> Interval:
    return Interval(np.broadcast_to(interval.low, (count,)), np.broadcast_to(interval.high, (count,)))


def _inside(function: Function, args: list[Interval]) -> Interval:
    """Whether arguments are inside a function's domain; whole powers have values to both sides of 0."""
    if function.name == "pow" and (args[1].is_point & (args[1].low == np.floor(args[1].low))).all():
        has_no_pole, is_0 = args[1].low >= 0, args[0].contains(0)
        return Interval(has_no_pole | ~is_0, has_no_pole | ~(is_0 & args[0].is_point))
    return _domain(function)(*args)  # type: ignore[no-any-return]


@cache
def _domain(function: Function) -> Kernel:
    return _INTERVALS.formula(vectorized_condition(function.domain), ", ".join(function.args))


def leaf_interval(leaf: Value) -> Interval:
    """The interval of a constant: pi and decimals such as 0.1 lie between two floats."""
    name, data = leaf.label or "", leaf.data
    if not isfinite(data):
        return Interval(data, data)
    is_float = not name or (name not in CONSTANTS and decimal(name) == exactly(data))
    if is_float:
        return Interval(data, data)
    return Interval(np.nextafter(data, -inf), np.nextafter(data, inf))


class OverBoxes(NamedTuple):
    """What is known of a graph over some boxes: value, slopes, second derivatives by two variables."""

    value: Interval
    slopes: list[Interval]
    second: dict[tuple[int, int], Interval]
    spread: Regularity

    @property
    def has_slopes(self) -> Mask:
        """Where it is defined and continuous all over, with slopes: those to both sides of a kink."""
        found = self.spread.defined & self.spread.continuous & self.value.is_finite
        return np.asarray(np.logical_and.reduce([found, *[slope.is_finite for slope in self.slopes]]))

    def second_by(self, row: int, column: int) -> Interval:
        """The second derivative by two variables; where there is no formula of it, anything."""
        return self.second.get((row, column), ANYTHING)

    def has_second(self, places: Sequence[int]) -> Mask:
        """Where it is smooth all over, with second derivatives by some variables."""
        pairs = [self.second_by(row, column).is_finite for row in places for column in places]
        return np.asarray(np.logical_and.reduce([self.spread.smooth, *np.broadcast_arrays(*pairs, self.spread.smooth)]))


class DerivativeBounds:
    """A graph over boxes of some variables, with its derivatives; other variables are fixed."""

    def __init__(self, graph: NamedGraph, variables: Sequence[Value], fixed: Mapping[Value, float]) -> None:
        derivation = Derivation(graph.root, exact=True)
        self.variables = [*variables]
        self.graph, self.partials = with_partials(graph, variables, derivation)
        second = _second_partials(derivation, self.variables)
        self._pairs = [*second]
        self._at_points = IntervalGraph(graph, [graph.root, *self.partials], fixed)
        self._over_boxes = IntervalGraph(graph, [graph.root, *self.partials, *second.values()], fixed)

    def at(self, points: Array) -> OverBoxes:
        """At points, without the second derivatives."""
        return self._known(self._at_points, points, points)

    def over(self, low: Array, high: Array) -> OverBoxes:
        """Over boxes, one a row."""
        return self._known(self._over_boxes, low, high)

    def _known(self, graph: IntervalGraph, low: Array, high: Array) -> OverBoxes:
        given = {variable: Interval(low[:, place], high[:, place]) for place, variable in enumerate(self.variables)}
        (value, *others), spread = graph.values(given)
        count = len(self.variables)
        second = dict(zip(self._pairs, others[count:], strict=False))
        second |= {(column, row): number for (row, column), number in second.items()}
        return OverBoxes(value, others[:count], second, spread)


def _second_partials(derivation: Derivation, variables: Sequence[Value]) -> dict[tuple[int, int], Value]:
    """The second derivatives by pairs of variables; none where they grow beyond all reading."""
    pairs = [(row, column) for row in range(len(variables)) for column in range(row, len(variables))]
    try:
        return {(row, column): derivation.by((variables[row], variables[column])) for row, column in pairs}
    except AutodiffError:
        return {}
