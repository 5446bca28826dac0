"""The slope at a point from the values next to it, in exact arithmetic: what the chain rule cannot say or has to prove.

Difference quotients are taken on both sides with steps far below everything that the expression holds, and again with
steps 2^20 times smaller or more: where the two agree they are the one-sided derivative. Where they do not, the steps
shrink until they do, or the quotients have grown or fallen beyond all floats. Values alone are asked.
"""

from collections.abc import Sequence
from enum import StrEnum
from itertools import pairwise
from math import frexp, inf, isfinite, nan
from typing import Any, NamedTuple

from autodiff_cli.engine.expression import NamedGraph
from autodiff_cli.engine.graph import reachable
from autodiff_cli.engine.value import Value
from autodiff_cli.exact.balls import Balls, Undefined
from autodiff_cli.exact.rounded import number_of

_FINER = 20  # bits from a step to the one that confirms it
_FIRST = 120  # bits of the first step, for an expression of numbers near 1
_SHRINK = 4  # from a step to the next that is tried
_DEEPEST = 20_000  # bits of the smallest step, where the variable has digits of its own
_AT_ZERO = (2**30, 2**50)  # and at 0, where a step of any size is exact
_AGREED = -50  # the power of two, relative, to which two quotients have to agree
_STEADY = 0.1  # how far, in logarithms, quotients that grow without end may be from growing evenly
_NOTHING = -1100  # that below which a quotient is 0
_ENDLESS = 1100  # and that beyond which it is infinite
_EXTRA = 200  # bits beyond those that the difference loses
_CLOSE = (128, 1024, 8192)  # bits to which the numbers around a point agree with it
_WORK = 60_000_000  # steps times bits that may be spent on one variable


class SideKind(StrEnum):
    """What the quotients on one side come to."""

    SLOPE = "slope"
    STEEP = "steep"  # they grow without end
    JUMP = "jump"  # the value itself does not come back
    NONE = "none"  # there is no value on this side
    OPEN = "open"  # nothing that could be decided


class Side(NamedTuple):
    """One side of a point: what the quotients come to, as a float and how far that may be off."""

    kind: SideKind
    slope: float = nan
    bound: float = inf


class Nearby:
    """The neighbourhood of a point, of a graph whose leaves hold the numbers of the point."""

    def __init__(self, graph: NamedGraph) -> None:
        self._graph = graph
        self._leaves = [leaf for leaf in reachable([graph.root, *graph.nodes]) if not leaf.args]
        sizes = [
            abs(frexp(node.data)[1]) for node in (*self._leaves, *graph.nodes) if node.data and isfinite(node.data)
        ]
        self._first = _FIRST + 3 * max(sizes, default=0)
        self._values: dict[int, tuple[Balls, dict[Value, Any]]] = {}

    def sides(self, moved: Value) -> tuple[Side, Side]:
        """What values to the left and to the right make of the slope by a variable or step."""
        steps = self._moved_by(moved)
        if moved is not self._graph.root and self._graph.root not in steps:
            return Side(SideKind.SLOPE, 0.0, 0.0), Side(SideKind.SLOPE, 0.0, 0.0)
        left = _Approach(self, moved, steps, -1).side()
        return left, _Approach(self, moved, steps, 1).side()

    def scales(self, moved: Value) -> list[int]:
        """The bits of the steps to try, in turn."""
        scales = [self._first]
        while scales[-1] * _SHRINK <= _DEEPEST:
            scales.append(scales[-1] * _SHRINK)
        is_zero = not moved.args and moved.data == 0
        return [*scales, *(_AT_ZERO if is_zero else ())]

    def _moved_by(self, moved: Value) -> list[Value]:
        """The steps that depend on a variable or step, in order."""
        dependents = {moved: None}
        for node in self._graph.nodes:
            if any([arg in dependents for arg in node.args]):  # noqa: C419 - faster
                dependents[node] = None
        return [*dependents][1:]

    def at(self, bits: int) -> tuple[Balls, dict[Value, Any]]:
        """The balls of a precision, and the numbers of all nodes at the point."""
        if bits not in self._values:
            balls = Balls(bits)
            leaves = {leaf: number_of(leaf, balls) for leaf in self._leaves}
            self._values[bits] = balls, balls.values_of(self._graph, leaves)
        return self._values[bits]

    def root(self, values: dict[Value, Any], balls: Balls) -> Any:
        """The result, with what it needs besides; None where it has no value."""
        for node in (self._graph.root, *self._graph.needed):
            number = values[node]
            if isinstance(number, Undefined) or not balls.ball(number).is_finite():
                return None
        return values[self._graph.root]

    def is_smooth(self, moved: Value) -> bool:
        """Whether no decision, kink or jump lies at the point along a variable or step, so that the chain rule holds.

        Everything is computed again over all numbers close to the point, ever closer ones: then no decision is open.
        """
        for bits in _CLOSE:
            balls = Balls(bits)
            leaves = {leaf: number_of(leaf, balls) for leaf in self._leaves}
            values = balls.values_of(self._graph, leaves, (moved,))
            result = values[self._graph.root]
            if isinstance(result, Undefined) or not balls.ball(result).is_finite():
                continue
            if balls.doubts(self._graph.root, values).get(moved) is None:
                return True
        return False

    def is_outside(self, values: dict[Value, Any], balls: Balls) -> bool:
        """Whether some step that matters is outside its domain for certain."""
        return balls.violation(self._graph, values) is not None


class _Quotient(NamedTuple):
    """A difference of values, and it divided by the step; None where there is no value on that side."""

    difference: Any
    quotient: Any


class _Approach:
    """One side of a point, along one variable."""

    def __init__(self, nearby: Nearby, moved: Value, steps: Sequence[Value], sign: int) -> None:
        self._nearby, self._moved, self._steps, self._sign = nearby, moved, steps, sign
        self._left = _WORK

    def side(self) -> Side:
        """Shrink the step until two quotients agree, or grow, or fall beyond the floats."""
        sizes: list[Any] = []
        last = Side(SideKind.OPEN)
        for bits in self._nearby.scales(self._moved):
            pair = self._pair(bits)
            if pair is None:
                return last
            far, near = pair
            if near.quotient is None or far.quotient is None:
                return Side(SideKind.NONE) if near.quotient is None else last
            found = _settled(far.quotient, near.quotient)
            if found and not (found.kind is SideKind.STEEP and _same(far.difference, near.difference)):
                return self._steady(bits, far, near, found)
            last = self._steady(bits, far, near, self._unsettled(far, near, sizes))
        return last

    def _steady(self, bits: int, far: _Quotient, near: _Quotient, side: Side) -> Side:
        """The side; open where quotients are steep and do not grow steadily, as those of sin(1/x) do not."""
        if side.kind is not SideKind.STEEP:
            return side
        middle = self._quotient(bits + _finer(bits) // 2)
        is_steady = middle is not None and _is_between(far.quotient, middle.quotient, near.quotient)
        return side if is_steady else Side(SideKind.OPEN)

    def _unsettled(self, far: _Quotient, near: _Quotient, sizes: list[Any]) -> Side:
        """What two quotients that do not agree say, if no smaller step can be taken."""
        sizes.append(abs(near.quotient))
        if _same(far.difference, near.difference):
            return Side(SideKind.JUMP)
        grows = all(one < other for one, other in pairwise(sizes))
        if abs(near.quotient) > abs(far.quotient) and grows and len(sizes) > 1:
            return Side(SideKind.STEEP, inf if near.quotient > 0 else -inf, 0.0)
        return Side(SideKind.OPEN)

    def _pair(self, bits: int) -> tuple[_Quotient, _Quotient] | None:
        """The quotients of a step and of a smaller one; None where no precision that is allowed resolves them."""
        far = self._quotient(bits)
        near = far and self._quotient(bits + _finer(bits))
        return None if far is None or near is None else (far, near)

    def _quotient(self, bits: int) -> _Quotient | None:
        precision = 2 * min(bits, _DEEPEST) + _EXTRA
        for _ in range(5):
            self._left -= precision * (len(self._steps) + 1)
            if self._left < 0:
                return None
            found = self._try(bits, precision)
            if found is not None:
                return found
            precision *= 2
        return None

    def _try(self, bits: int, precision: int) -> _Quotient | None:
        """The quotient at a precision; None where that does not resolve it."""
        balls, values = self._nearby.at(precision)
        here, x = self._nearby.root(values, balls), values[self._moved]
        if here is None or isinstance(x, Undefined):
            return None
        with balls:
            h = self._sign * balls.power(-bits)
            moved = balls.values(self._steps, values | {self._moved: balls.ball(x) + h})
            there = self._nearby.root(moved, balls)
            if there is None:
                return _Quotient(None, None) if self._nearby.is_outside(moved, balls) else None
            difference = balls.ball(there - here)
            quotient = difference / h
            resolved = quotient.rad() <= balls.power(_AGREED - 10) * abs(quotient.mid())
            return _Quotient(difference, quotient) if resolved or abs(quotient) < balls.power(_NOTHING) else None


def _finer(bits: int) -> int:
    """How many bits smaller the step is that confirms one: an eighth, so that what varies as a logarithm is seen to."""
    return max(_FINER, bits // 8)


def _is_between(far: Any, middle: Any, near: Any) -> bool:
    """Whether a quotient is, by its logarithm, halfway between two others of the same sign."""
    numbers = (far, middle, near)
    if not (all(number > 0 for number in numbers) or all(number < 0 for number in numbers)):
        return False
    first, second, third = [abs(number).log() for number in numbers]
    return bool(abs(first - 2 * second + third) < _STEADY)


def _settled(far: Any, near: Any) -> Side | None:
    """The slope that two quotients agree on; 0 where both have fallen below all floats."""
    from flint import arb

    size = abs(far).max(abs(near))
    if size < arb(2) ** _NOTHING:
        return Side(SideKind.SLOPE, 0.0, 0.0)
    if size > arb(2) ** _ENDLESS and abs(near) > abs(far):
        return Side(SideKind.STEEP, inf if near > 0 else -inf, 0.0)
    apart = abs(far - near)
    if not apart <= size * arb(2) ** _AGREED:
        return None
    return Side(SideKind.SLOPE, float(near.mid()), float((16 * apart + near.rad()).upper()))


def _same(far: Any, near: Any) -> bool:
    """Whether the difference of the values stays what it is as the step shrinks."""
    from flint import arb

    return bool(abs(far - near) <= abs(near) * arb(2) ** -30 and not near.contains(0))
