"""Conditions that hold at single points alone, as x == 0 does: a branch behind one has no slope of its own."""

from collections.abc import Callable, Collection

from autodiff_cli.rules.table import BOOLEAN
from autodiff_cli.symbolic.conditions import sign_of
from autodiff_cli.symbolic.terms import Term, terms_below

# Functions that may have one value over a whole interval; the others have each value at single points
_FLAT = BOOLEAN | {
    *("where", "sign", "heaviside", "floor", "ceil", "trunc", "round"),
    *("max", "min", "clamp", "relu", "copysign"),
}
_SIDES = {  # which side may be the greater one, which the lesser, and whether the comparison holds at a tie
    "lt": (1, 0, False),
    "gt": (0, 1, False),
    "le": (0, 1, True),
    "ge": (1, 0, True),
    "eq": (0, 1, True),
    "ne": (0, 1, False),
}

Moves = Callable[[Term], bool]  # whether a term varies


def holds_at_points(condition: Term, holds: bool, moves: Moves) -> bool:
    """Whether a condition is as it `holds` at single points alone: `x == 0`, or `x == 0 and y > 0`, where x moves.

    `x == 0` does not hold at single points of y, nor `max(x, 0) == 0` at those of x.
    """
    name = condition.name
    if name == "not":
        return holds_at_points(condition.parts[0], not holds, moves)
    if name in ("and", "or"):
        one_will_do = (name == "and") == holds
        parts = [holds_at_points(part, holds, moves) for part in condition.parts]
        return any(parts) if one_will_do else all(parts)
    sides = condition.parts if name in BOOLEAN else [condition]
    return _is_tie(condition, holds) and _varies(sides, moves)


def _is_tie(comparison: Term, holds: bool) -> bool:
    """Whether a comparison is as it `holds` only where both sides are equal: abs(x) > 0 fails there alone.

    A number as a condition fails where it is 0.
    """
    if comparison.name not in _SIDES:
        return not holds
    greater, less, at_the_tie = _SIDES[comparison.name]
    difference = comparison.parts[greater] - comparison.parts[less]
    if holds != at_the_tie or difference.kind == "number":  # both sides may be the same
        return False
    return comparison.name in ("eq", "ne") or sign_of(difference) in ("+", "+0")


def _varies(sides: Collection[Term], moves: Moves) -> bool:
    """Whether sides of a comparison move, and have no value over a whole interval."""
    moving = filter(moves, terms_below([*sides]))
    names = {term.name for term in moving}
    return bool(names) and _FLAT.isdisjoint(names)
