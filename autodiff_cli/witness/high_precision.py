"""Finite differences in high precision, for what floats cannot resolve. From forward values only.

With hundreds of bits a step may be so small that two differences, 2^20 apart, show the slope with digits to spare.
"""

from collections.abc import Iterable
from math import frexp, inf, isfinite, nextafter
from typing import Any

from autodiff_cli.engine.value import Value
from autodiff_cli.exact.balls import Balls, Undefined
from autodiff_cli.witness.finite_difference import Estimate

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
        numbers = [abs(leaf.data) for node in (root, *nodes) for leaf in (node, *node.args)]
        largest = max(filter(isfinite, numbers), default=1.0)
        self.balls = Balls(bits + max(0, frexp(largest)[1]))
        leaves: dict[Value, Any] = {}
        for node in (root, *nodes):
            for leaf in (node, *node.args):
                if not leaf.args and leaf not in leaves:
                    plain = leaf.requires_grad or leaf.label is None
                    leaves[leaf] = self.balls.point(leaf.data) if plain else self.balls.constant(leaf, True)
        self._leaves = leaves
        self.values = self.balls.values(nodes, leaves)

    def along(self, moved: Value) -> Estimate:
        """The slope of the root by one variable or step."""
        depends = {moved}
        steps = []
        for node in self._nodes:
            if node is not moved and any([arg in depends for arg in node.args]):  # noqa: C419 - faster
                depends.add(node)
                steps.append(node)
        if self._root not in depends:
            return Estimate(0.0, 0.0)
        with self.balls:
            return self._slope(moved, steps)

    def _at(self, moved: Value, x: Any, steps: Iterable[Value]) -> Any:
        """The root where the variable is x; None where it has no value."""
        found = self.balls.values(steps, self.values | {moved: x})[self._root]
        return None if isinstance(found, Undefined) or not found.is_finite() else found

    def _slope(self, moved: Value, steps: list[Value]) -> Estimate:
        x, here = self.values[moved], self._at(moved, self.values[moved], steps)
        if here is None or isinstance(x, Undefined):
            return Estimate()
        scale = (min(frexp(moved.data)[1], 0) if moved.data else _ZERO) - _STEP
        found = []
        for bits in (scale, scale - _FINER):
            h = self.balls.point(1.0) * self.balls.power(bits)
            above, below = self._at(moved, x + h, steps), self._at(moved, x - h, steps)
            found.append(
                (
                    None if above is None else (above - here) / h,
                    None if below is None else (here - below) / h,
                )
            )
        (right, left), (closer_right, closer_left) = found
        if closer_right is None or closer_left is None:  # at an edge of the domain
            first, second = (right, closer_right) if closer_left is None else (left, closer_left)
            return Estimate() if first is None or second is None else _between(second, abs(first - second))
        if right is None or left is None:
            return Estimate()
        bend, closer_bend = abs(right - left), abs(closer_right - closer_left)
        size = abs(closer_right).max(abs(closer_left))
        if not closer_bend < bend / 2 and closer_bend > size / 2**100:
            sides = _between(closer_left, abs(left - closer_left)), _between(closer_right, abs(right - closer_right))
            if all(side.bound < 1e-6 * abs(float(size)) for side in sides):
                middle, bound = (sides[0].value + sides[1].value) / 2, sides[0].bound + sides[1].bound
                return Estimate(middle, bound, sides[0].value, sides[1].value, kink=True)
            return Estimate(doubtful=True)
        slope, closer = (right + left) / 2, (closer_right + closer_left) / 2
        return _between(closer, abs(slope - closer))


def _between(slope: Any, off: Any) -> Estimate:
    """An estimate from a ball and how far it may be off besides: as floats, the bound rounded up."""
    value = float(slope.mid())
    if not isfinite(value):
        return Estimate()
    bound = float((off.upper() + slope.rad()).upper()) + abs(value) * 2.0**-52 + _TINY
    return Estimate(value if abs(value) > bound else 0.0, nextafter(bound, inf))
