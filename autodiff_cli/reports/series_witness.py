"""The witness of Taylor coefficients: what values next to the point, in high precision, make of them."""

from collections.abc import Sequence
from itertools import pairwise
from math import ceil, comb, floor, isfinite, log2, prod
from typing import Any, NamedTuple

from autodiff_cli.engine.expression import Evaluation
from autodiff_cli.engine.value import Value
from autodiff_cli.exact.balls import Balls, Undefined
from autodiff_cli.exact.homogeneous import Homogeneous, Powers, powers_of
from autodiff_cli.reports.proof import ExactGraph
from autodiff_cli.reports.results import Verdict

_TERMS = 600  # in several variables, whose estimates follow from each other
_STEPS = 100_000  # steps in high precision that the witness may take in all
# How many bits lie between the scale of the variable and the points that the witness takes values at, and the most that
# it may take them to; then the same for where it disagrees
_CLOSE, _CLOSER = (100, 30_000), (1_200, 120_000)
_COMBINED = 4096  # bits of estimates along several lines while they are put together

Estimate = tuple[float, Verdict]


class SeriesWitness:
    """The coefficients of an expression at a point, from values alone.

    Where quotients of zeros have taken `lost` coefficients away, the point itself has no value.
    """

    def __init__(self, evaluation: Evaluation, variables: Sequence[Value], graph: ExactGraph, lost: int) -> None:
        self._evaluation, self._variables, self._graph, self._lost = evaluation, variables, graph, lost

    def estimates(self, numbers: list[Any]) -> dict[Powers, Estimate]:
        """What values alone make of each coefficient, and whether it agrees; empty where that would take too long.

        It is the polynomial through values at evenly spaced points on both sides, and again through points closer
        together: by what the two differ they may be off. With several variables the points lie on lines in so many
        directions that the coefficients follow from those along the lines.
        """
        found = self._estimates(numbers, *_CLOSE)
        if any(verdict is Verdict.MISMATCH for _, verdict in found.values()):  # or a kink lies between the points
            unsure = {powers: (estimate, Verdict.UNSURE) for powers, (estimate, _) in found.items()}
            return self._estimates(numbers, *_CLOSER) or unsure
        return found

    def _estimates(self, numbers: list[Any], finer: int, most: int) -> dict[Powers, Estimate]:
        order = len(numbers) - 1
        others = len(self._variables) - 1
        terms = comb(order + others + 1, order)
        steps = 2 * (order + 4) * (len(self._evaluation.nodes) + 1) * comb(order + others, others)
        if steps > _STEPS or (others and terms > _TERMS):
            return {}
        directions = _directions(order, others, order + 3 if self._lost else 0)
        lines: dict[Powers, _AlongLine] = {}
        for direction in directions:
            line = self._line(numbers, direction, finer, most)
            if line is None:
                return {}
            lines[direction] = line
        found = {}
        for k, number in enumerate(numbers):
            used = [lines[direction] for direction, first in directions.items() if first <= k]
            found.update(self._of_order(k, number, used))
        return found

    def _line(self, numbers: list[Any], direction: Powers, finer: int, most: int) -> "_AlongLine | None":
        """The polynomials through values along a line; None where that would take too long."""
        order = len(numbers) - 1
        scales = _scales(_along(numbers, direction), self._nearest_0() / max(direction))
        if scales is None:
            return None
        bits = {n: scales.spread + (order + 1 + self._lost) * (n + 9) for n in (finer, finer + 20)}
        if max(bits.values()) > most:
            return None
        wide, close = [self._polynomial(order, scales.power - n, needed, direction) for n, needed in bits.items()]
        return _AlongLine(direction, scales.sizes, wide, close)

    def _nearest_0(self) -> float:
        """The least distance of a variable from 0, of those that are not there."""
        return min([abs(variable.data) for variable in self._variables if variable.data], default=0.0)

    def _of_order(self, k: int, number: Any, lines: "list[_AlongLine]") -> dict[Powers, Estimate]:
        """The estimates of an order, from the coefficients along as many lines as there are terms."""
        from flint import fmpq_mat

        every = [*powers_of(k, len(self._variables))]
        values = [prod(map(pow, line.direction, powers)) for line in lines for powers in every]
        inverse = fmpq_mat(len(lines), len(lines), values).inv()
        found = {}
        with Balls(_COMBINED):
            for row, powers in enumerate(every):
                weights = [inverse[row, column] for column in range(len(lines))]
                far = sum([line.wide[k] * weight for line, weight in zip(lines, weights, strict=True)])
                near = sum([line.close[k] * weight for line, weight in zip(lines, weights, strict=True)])
                own = number.terms.get(powers, 0) if isinstance(number, Homogeneous) else number
                found[powers] = _judged(own, _size_of(own, [line.sizes[k] for line in lines]), far, near)
        return found

    def _polynomial(self, order: int, step: int, bits: int, direction: Powers) -> list[Any]:
        """The coefficients of the polynomial through values at points along a line that are 2^step apart."""
        from flint import arb, arb_poly

        balls, end = Balls(bits + 128), (order + 3) // 2
        with balls:
            leaves = self._graph.leaves(balls)
            places = [place for place in range(-end, end + 1) if place or not self._lost]
            values = [self._value(leaves, arb(place) * balls.power(step), balls, direction) for place in places]
            polynomial = arb_poly.interpolate([*map(arb, places)], values, algorithm="newton")
            return [polynomial[k] * balls.power(-step * k) for k in range(order + 1)]

    def _value(self, leaves: dict[Value, Any], moved_by: Any, balls: Balls, direction: Powers) -> Any:
        """The value where the variables are moved by so much along a line."""
        from flint import arb

        moves = zip(self._variables, direction, strict=True)
        moved = leaves | {variable: leaves[variable] + moved_by * times for variable, times in moves}
        value = balls.values_of(self._evaluation, moved)[self._evaluation.root]
        return arb.nan() if isinstance(value, Undefined) else balls.ball(value)


class _AlongLine(NamedTuple):
    """Along a line: the sizes of the coefficients, and what they are by values at points farther apart and closer."""

    direction: Powers
    sizes: list[Any]
    wide: list[Any]
    close: list[Any]


def _along(numbers: list[Any], direction: Powers) -> list[Any]:
    """The coefficients of the series along a line."""
    return [number.along(direction) if isinstance(number, Homogeneous) else number for number in numbers]


def _directions(order: int, others: int, aside: int) -> dict[Powers, int]:
    """The lines to take values along, and from which order on each is needed.

    They are 1 in the first variable, and whole numbers in the others; a step `aside` from one to the next keeps them
    away from the axes and diagonals.

    >>> _directions(2, 0, 0), _directions(2, 1, 0), _directions(1, 2, 4)
    ({(1,): 0}, {(1, 0): 0, (1, 1): 1, (1, 2): 2}, {(1, 4, 8): 0, (1, 5, 8): 1, (1, 4, 9): 1})
    """
    degrees = range(order + 1) if others else (0,)
    found = {}
    for degree in degrees:
        for powers in powers_of(degree, others):
            found[1, *[power + aside * place for place, power in enumerate(powers, 1)]] = degree
    return found


def _size_of(number: Any, along: list[Any]) -> Any:
    """The size of a coefficient; where it may be 0, of what is seen along the lines."""
    from flint import arb

    ball = arb(number)
    return max(along) if len(along) == 1 or ball.contains(0) else abs(ball).mid()


class _Scales(NamedTuple):
    """How large the terms of a series are."""

    sizes: list[Any]  # of each coefficient or, where it is 0, what it may be
    power: int  # of two: the distance within which nothing new is seen
    spread: int  # how many bits lie between the largest and the smallest of the terms at that distance


def _scales(numbers: list[Any], place: float) -> _Scales | None:
    """How large the terms are, at a place so far from 0; None where a logarithm is itself beyond the floats."""
    from flint import arb

    two = arb(2)
    known = {k: abs(arb(number)).mid() for k, number in enumerate(numbers) if not arb(number).contains(0)}
    logs = {k: float(size.log() / two.log()) for k, size in known.items()}
    if not all(map(isfinite, logs.values())):
        return None
    power = _distance_seen(logs, place)
    sizes = [_size(known, power, k) for k in range(len(numbers))]
    levels = [log + power * k for k, log in logs.items()]
    spread = max(levels, default=0.0) - min(levels, default=0.0)
    return _Scales(sizes, power, ceil(min(spread, _CLOSE[1])))


def _distance_seen(logs: dict[int, float], place: float) -> int:
    """The power of two within which nothing new is seen, by the sizes of the terms and the distance from 0."""
    falls = [(logs[j] - logs[k]) / (k - j) for j, k in pairwise(logs)]  # bits a power, from one term to the next
    farthest = log2(place) if place else 0.0
    return floor(max(min([*falls, farthest]), -_CLOSE[1]))


def _size(known: dict[int, Any], power: int, k: int) -> Any:
    """The size of a coefficient; where it is 0, what it may be beside the nearest one that is not."""
    from flint import arb

    nearest = min(known, key=lambda other: abs(other - k), default=k)
    return known.get(nearest, arb(0)) * arb(2) ** (power * (nearest - k))


def _judged(number: Any, size: Any, far: Any, near: Any) -> tuple[float, Verdict]:
    """The estimate of a coefficient of that size, from points farther apart and closer, and whether it agrees."""
    bound = 2 * (far - near).abs_upper() + size / 10**10
    verdict = Verdict.UNSURE
    if bound <= size / 10**6:
        verdict = Verdict.OK if (near - number).abs_lower() <= bound else Verdict.MISMATCH
    return float(near.mid()), verdict
