"""What a simplification did, told from the formula before it and the one after."""

import re
from collections import Counter
from enum import StrEnum

from autodiff_cli.engine.graph import toposort
from autodiff_cli.engine.printer import to_text
from autodiff_cli.engine.value import Value

_TOKEN = re.compile(r"\w+(?:\.\w+)?|[^\w\s(),]+")
_SQUARES = ({"sin", "cos"}, {"cosh", "sinh"}, {"sec", "tan"}, {"csc", "cot"})  # whose squares make 1
_PRODUCTS = {"", "mul", "div", "pow", "neg", "sqrt"}


class Simplification(StrEnum):
    """What makes a formula another that is equal to it."""

    TO_0 = "the terms cancel"
    SQUARES = "squares that make 1"
    IN_FRONT = "common factor in front"
    LIKE_TERMS = "like terms added"
    MULTIPLIED_OUT = "multiplied out"
    NUMERATOR = "numerator simplified"
    CANCELLED = "cancelled"
    GATHERED = "factors gathered"
    OTHER = "simplified"


def is_reordered(before: Value, after: Value) -> bool:
    """Whether two formulas that are equal have the same signs and names, in whatever order: x * 3 and 3 * x."""
    return before is after or _tokens(before) == _tokens(after)


def _tokens(formula: Value) -> Counter[str]:
    return Counter(_TOKEN.findall(to_text(formula)))


def simplification(before: Value, after: Value) -> Simplification:
    """What led from one formula to an equal one; of `x * 2 * x` and `2 * x^2` that factors were gathered."""
    was, now = _operations(before), _operations(after)
    if not after.args and after.data == 0:
        return Simplification.TO_0 if _is_sum(before) else Simplification.OTHER
    if _squares_made_1(before, after):
        return Simplification.SQUARES
    if _denominator(before) and _denominator(before) == _denominator(after) and _is_sum(before.args[0]):
        return Simplification.NUMERATOR
    if _terms(was) == _terms(now) and _is_sum(before) == _is_sum(after):
        return _of_factors(before, after)
    if set(now) - _PRODUCTS == set(was) - _PRODUCTS - {"add", "sub"} | (set(now) & {"add", "sub"}):
        return _of_terms(before, after, _terms(now) > 0)
    is_less = _is_sum(before) and _tokens(after) <= _tokens(before)
    return Simplification.LIKE_TERMS if is_less else Simplification.OTHER


def _of_factors(before: Value, after: Value) -> Simplification:
    """What happened to products, where the sums in them stayed."""
    if _leaves(after) < _leaves(before) and _is_less_above(before, after):
        return Simplification.CANCELLED
    changed = set(_operations(before)) ^ set(_operations(after))
    return Simplification.GATHERED if changed <= _PRODUCTS else Simplification.OTHER


def _of_terms(before: Value, after: Value, has_sum: bool) -> Simplification:
    """What happened to the terms of sums."""
    was_sum, is_sum = _is_sum(before), _is_sum(after)
    if is_sum and not was_sum:
        return Simplification.MULTIPLIED_OUT
    if was_sum and not is_sum and has_sum:
        return Simplification.IN_FRONT
    return Simplification.LIKE_TERMS if was_sum else Simplification.OTHER


def _name(formula: Value) -> str:
    return formula.rule.function.name if formula.args else ""


def _is_sum(formula: Value) -> bool:
    return _name(formula) in ("add", "sub")


def _operations(formula: Value) -> Counter[str]:
    """How often each operation is used."""
    return Counter(map(_name, toposort([formula])))


def _terms(operations: Counter[str]) -> int:
    return operations["add"] + operations["sub"]


def _leaves(formula: Value) -> int:
    """How many numbers and names are written, but for 1."""
    return sum([count for token, count in _tokens(formula).items() if token[0].isalnum() and token != "1"])


def _is_less_above(before: Value, after: Value) -> bool:
    """Whether what is below the strokes is other than it was, and less is above them; or a stroke below one is gone."""
    below, left = _below(before), _below(after)
    if sorted(map(to_text, below)) == sorted(map(to_text, left)):
        return False
    is_nested = any(_operations(one)["div"] for one in below)
    above, now = (_leaves(one) - sum(map(_leaves, strokes)) for one, strokes in ((before, below), (after, left)))
    return now < above or is_nested or not left


def _below(formula: Value) -> list[Value]:
    """What is divided by, in each place."""
    return [one.args[1] for one in toposort([formula]) if _name(one) == "div"]


def _denominator(formula: Value) -> str:
    """What a formula is divided by."""
    return to_text(formula.args[1]) if _name(formula) == "div" else ""


def _squares_made_1(before: Value, after: Value) -> bool:
    """Whether two functions whose squares make 1 are gone, or one of them."""
    names, left = set(_operations(before)), set(_operations(after))
    return any(names >= pair and not left >= pair and _squared(before) & pair for pair in _SQUARES)


def _squared(formula: Value) -> set[str]:
    """The functions that a formula has the square of, or a product with itself."""
    found = set()
    for one in toposort([formula]):
        is_square = _name(one) == "pow" and one.args[1].data == 2
        if is_square or (_name(one) == "mul" and len(set(map(to_text, one.args))) == 1):
            found.add(_name(one.args[0]))
    return found
