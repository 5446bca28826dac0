"""The slopes to both sides of a point: whether it is a kink, a jump, or smooth although a condition changes there."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from math import floor, isfinite
from typing import NamedTuple

from autodiff_cli.engine.expression import Evaluation
from autodiff_cli.engine.value import Value
from autodiff_cli.rules.table import COMPARISONS

_STEP = 2.0**-40  # how far to the sides is looked, relative
_BENT = 1e-3  # by how much the slopes at a kink differ, relative
_JUMP = 1e-6  # by how much the function changes at a jump, relative
_SHORTER = 2.0**-10  # than that step is another one, over which a continuous function changes by less

Values = Mapping[str, float]


class SeamKind(StrEnum):
    """What there is at a point."""

    KINK = "kink"  # the slopes differ, and which of them it is is a convention
    JUMP = "jump"  # there is no slope
    PATCHED = "patched"  # the slopes are one, and not what the branch for this point alone has


class SidesSeam(NamedTuple):
    """A point at which a branch changes, and the least and the greatest slope next to it."""

    kind: SeamKind
    low: float
    high: float


class Sides:
    """Looks to both sides of points of one expression. `slope` is its slope at a point, nan where it has none."""

    def __init__(self, at: Evaluation, name: str, slope: Callable[[Values], float]) -> None:
        self._at, self._name, self._slope = at, name, slope

    def look(self, values: Values, slope: float) -> SidesSeam | None:
        """What there is at a point that is said to have that slope; None where that is its slope indeed."""
        found = [slope]
        is_bent = False
        for name, x in values.items():
            step = _STEP * (abs(x) or 1.0)
            left, right = [self._slope({**values, name: moved}) for moved in (x - step, x + step)]
            found += [left, right]
            is_bent = is_bent or _are_apart(left, right, step)
            if name == self._name:
                own, own_step = (left, right), step
        if is_bent:
            seen = [*filter(isfinite, found)]
            kind = SeamKind.JUMP if any([self._jumps(values, name) for name in values]) else SeamKind.KINK  # noqa: C419
            return SidesSeam(kind, min(seen), max(seen))
        middle = sum(own) / 2
        if not _are_apart(middle, slope, own_step):
            return None
        kind = SeamKind.JUMP if self._jumps(values, self._name) else SeamKind.PATCHED
        return SidesSeam(kind, min(own), max(own))

    def _jumps(self, values: Values, name: str) -> bool:
        """Whether the value changes by as much over a short step of a variable as over a longer one."""
        step = _STEP * (abs(values[name]) or 1.0)
        for side in (-step, step):
            here, beside, between = [self._value(values, name, moved) for moved in (0.0, side, side * _SHORTER)]
            change = abs(beside - here)
            is_small = change <= _JUMP * max(abs(beside), abs(here))
            if not (is_small or abs(between - here) <= change / 2):
                return True
        return False

    def _value(self, values: Values, name: str, moved: float) -> float:
        self._at.move({**values, name: values[name] + moved})
        return self._at.root.data


def _are_apart(a: float, b: float, step: float) -> bool:
    """Whether two slopes differ by more than a smooth function's do so close by; one that there is not differs."""
    off = abs(a - b)
    return not (off <= 4 * step or off <= _BENT * max(abs(a), abs(b)))


def has_seam(node: Value) -> bool:
    """Whether a step bends, jumps or is a condition somewhere."""
    function = node.rule.function
    return function.bends or function.name in COMPARISONS


def is_tied(at: Evaluation) -> bool:
    """Whether the point lies exactly where a condition changes, a function has a kink, or jumps."""
    return any(map(_is_tied, at.nodes))


def _is_tied(node: Value) -> bool:
    function, numbers = node.rule.function, [arg.data for arg in node.args]
    if function.name in COMPARISONS or function.name in ("max", "min", "clamp"):
        return len({*numbers}) < len(numbers)
    if function.jumps:
        return node.data == 0 or any([isfinite(x) and 2 * x == floor(2 * x) for x in numbers])  # noqa: C419
    return function.bends and 0 in numbers
