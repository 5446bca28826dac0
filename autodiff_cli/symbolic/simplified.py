"""What a simplification did, told from the formula before it and the one after."""

import re
from collections import Counter
from enum import StrEnum

from autodiff_cli.engine.graph import toposort
from autodiff_cli.engine.printer import to_text
from autodiff_cli.engine.value import Value

_TOKEN = re.compile(r"\w+(?:\.\w+)?|[^\w\s(),]+")
_SQUARES = ({"sin", "cos"}, {"cosh", "sinh"}, {"sec", "tan"}, {"csc", "cot"})  # whose squares make 1


class Simplification(StrEnum):
    """What makes a formula another that is equal to it."""

    CANCELS = "the terms cancel"
    SQUARES = "squares that make 1"
    IN_FRONT = "common factor in front"
    LIKE_TERMS = "like terms added"
    CANCELLED = "cancelled"
    MULTIPLIED = "factors gathered"
    SIMPLIFIED = "simplified"


def is_reordered(before: Value, after: Value) -> bool:
    """Whether two formulas that are equal have the same signs and names, in whatever order: x * 3 and 3 * x."""
    return before is after or _tokens(before) == _tokens(after)


def _tokens(formula: Value) -> Counter[str]:
    return Counter(_TOKEN.findall(to_text(formula)))


def simplification(before: Value, after: Value) -> Simplification:
    """What led from one formula to an equal one."""
    if after.label == "0":
        return Simplification.CANCELS
    names, left = _squared(before), _squared(after)
    if any(names >= pair and not left >= pair for pair in _SQUARES):
        return Simplification.SQUARES
    was, now = _count(before), _count(after)
    is_sum = before.rule.function.name in ("add", "sub")
    if is_sum and after.rule.function.name in ("mul", "div", "neg"):
        return Simplification.IN_FRONT
    if now["add"] + now["sub"] < was["add"] + was["sub"]:
        return Simplification.LIKE_TERMS
    if now["div"] < was["div"] or _is_shorter_quotient(before, after):
        return Simplification.CANCELLED
    is_product = {*now} - {"mul", "pow", "neg"} == {*was} - {"mul", "pow", "neg"}
    return Simplification.MULTIPLIED if is_product else Simplification.SIMPLIFIED


def _is_shorter_quotient(before: Value, after: Value) -> bool:
    return before.rule.function.name == "div" and len(to_text(after)) < len(to_text(before))


def _count(formula: Value) -> Counter[str]:
    """How often each operation is written."""
    return Counter(one.rule.function.name for one in toposort([formula]) if one.args)


def _squared(formula: Value) -> set[str]:
    """The functions whose squares a formula has."""
    powers = [one for one in toposort([formula]) if one.args and one.rule.function.name == "pow"]
    return {one.args[0].rule.function.name for one in powers if one.args[1].label == "2" and one.args[0].args}
