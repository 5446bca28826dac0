"""Finite differences in high precision, for what floats cannot resolve. From forward values only.

With hundreds of bits a step may be so small that two differences, 2^20 apart, show the slope with digits to spare.
"""

from collections.abc import Iterable
from math import frexp, inf, isfinite, nextafter
from typing import Any, NamedTuple

from autodiff_cli.engine.graph import reachable
from autodiff_cli.engine.value import Value
from autodiff_cli.exact.balls import Balls, Undefined
from autodiff_cli.witness.finite_difference import Estimate, kink_between

_BITS = 1000
_STEP = 150  # bits below the scale of the variable, or below 1
_FINER = 20  # bits from the first step to the second
_ZERO = -200  # the scale of a variable that is 0, in bits: below anything but the smallest floats' squares
_TINY = 2.0**-1074


class Refined:
    """The slopes of a graph at a point where `forward` has been run, by differences over balls."""

    def __init__(self, root: Value, nodes: list[Value], bits: int = _BITS) -> None:
        self._root = root
        self._nodes = nodes
        graph = reachable([root, *nodes])
        sizes = [abs(node.data) for node in graph]
        largest = max(filter(isfinite, sizes), default=1.0)
        self.balls = Balls(bits + max(0, frexp(largest)[1]))
        leaves = {leaf: self._number(leaf) for leaf in graph if not leaf.args}
        self.values = self.balls.values(nodes, leaves)

    def _number(self, leaf: Value) -> Any:
        """The ball of a leaf: a named constant without rounding, all else the float it is."""
        if leaf.requires_grad or leaf.label is None:
            return self.balls.point(leaf.data)
        return self.balls.constant(leaf, True)

    def along(self, moved: Value) -> Estimate:
        """The slope of the root by one variable or step."""
        steps = self._moved_by(moved)
        if self._root is not moved and self._root not in steps:
            return Estimate(0.0, 0.0)
        with self.balls:
            return self._estimate(moved, steps)

    def _moved_by(self, moved: Value) -> list[Value]:
        """The steps that depend on a variable or step, in order."""
        dependents = {moved: None}
        for node in self._nodes:
            if any([arg in dependents for arg in node.args]):  # noqa: C419 - faster
                dependents[node] = None
        return [*dependents][1:]

    def _estimate(self, moved: Value, steps: list[Value]) -> Estimate:
        x = self.values[moved]
        here = None if isinstance(x, Undefined) else self._at(moved, x, steps)
        if here is None:
            return Estimate()
        exponent = _scale(moved.data) - _STEP
        far = self._quotients(moved, steps, here, exponent)
        near = self._quotients(moved, steps, here, exponent - _FINER)
        if near.right is None or near.left is None:
            return _at_edge(far, near)
        if far.right is None or far.left is None:
            return Estimate()
        if _is_bent(far, near):
            return _at_bend(far, near)
        return _between(near.middle, abs(far.middle - near.middle))

    def _at(self, moved: Value, x: Any, steps: Iterable[Value]) -> Any:
        """The root where the variable is x; None where it has no value."""
        result = self.balls.values(steps, self.values | {moved: x})[self._root]
        has_value = not isinstance(result, Undefined) and result.is_finite()
        return result if has_value else None

    def _quotients(self, moved: Value, steps: Iterable[Value], here: Any, exponent: int) -> "_Quotients":
        """The difference quotients of a step that is a power of two, from the value `here`."""
        x = self.values[moved]
        h = self.balls.point(1.0) * self.balls.power(exponent)
        above, below = self._at(moved, x + h, steps), self._at(moved, x - h, steps)
        right = None if above is None else (above - here) / h
        left = None if below is None else (here - below) / h
        return _Quotients(right, left)


def _scale(x: float) -> int:
    """The exponent of a power of two just above a variable, at most 0."""
    return min(frexp(x)[1], 0) if x else _ZERO


class _Quotients(NamedTuple):
    """The slopes that a step shows to the right and to the left; None where there is no value."""

    right: Any
    left: Any

    @property
    def middle(self) -> Any:
        """The central difference quotient."""
        return (self.right + self.left) / 2

    @property
    def bend(self) -> Any:
        """By how much the sides differ."""
        return abs(self.right - self.left)


def _at_edge(far: _Quotients, near: _Quotients) -> Estimate:
    """The slope on the side that has values, if one has."""
    wide, close = (far.right, near.right) if near.left is None else (far.left, near.left)
    if wide is None or close is None:
        return Estimate()
    return _between(close, abs(wide - close))


def _is_bent(far: _Quotients, near: _Quotients) -> bool:
    """Whether the slopes on both sides do not close up as the step shrinks, as at a kink or jump."""
    return not near.bend < far.bend / 2 and near.bend > _size(near) / 2**100


def _at_bend(far: _Quotients, near: _Quotients) -> Estimate:
    """A kink where each side has a slope, else nothing certain."""
    left, right = [
        _between(close, abs(wide - close)) for wide, close in ((far.left, near.left), (far.right, near.right))
    ]
    allowed = 1e-6 * abs(float(_size(near)))
    if not (left.bound < allowed and right.bound < allowed):
        return Estimate(doubtful=True)
    return kink_between(left, right)


def _size(quotients: _Quotients) -> Any:
    """The larger of the two."""
    return abs(quotients.right).max(abs(quotients.left))


def _between(slope: Any, off: Any) -> Estimate:
    """An estimate from a ball and how far it may be off besides: as floats, the bound rounded up."""
    value = float(slope.mid())
    if not isfinite(value):
        return Estimate()
    bound = float((off.upper() + slope.rad()).upper()) + abs(value) * 2.0**-52 + _TINY
    return Estimate(value if abs(value) > bound else 0.0, nextafter(bound, inf))
