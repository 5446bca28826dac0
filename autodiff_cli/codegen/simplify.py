"""What is simpler, and the same to the last digit but for the sign of zero: a few rules for each function.

A rule takes the builder and a function's arguments, and returns something simpler, or None where it does not apply.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import partial
from math import frexp, isfinite
from typing import TYPE_CHECKING, Any

from autodiff_cli.engine.value import Value
from autodiff_cli.rules.table import BOOLEAN

if TYPE_CHECKING:
    from autodiff_cli.codegen.graph import GraphBuilder

Simplification = Callable[..., "Value | None"]

# --- what a node is ---------------------------------------------------------------------------------------------------


def is_number(value: Value) -> bool:
    """Whether it is a number, and no operation on numbers either."""
    return not value.args and not value.requires_grad


def is_condition(value: Value) -> bool:
    """Whether it is 0 or 1, whatever the variables are."""
    return value.rule.function.name in BOOLEAN or _is(value, 0) or _is(value, 1)


def _is(value: Value, data: float) -> bool:
    """Whether it is that number, or computed to be it from numbers alone."""
    return not value.requires_grad and value.data == data


def _is_power_of_two(value: Value) -> bool:
    """Whether it moves a factor without a rounding."""
    return is_number(value) and value.label is None and 2**-64 <= value.data <= 2**64 and frexp(value.data)[0] == 0.5


def _named(value: Value, *names: str) -> bool:
    return value.rule.function.name in names


def _are_opposite(a: Value, b: Value) -> bool:
    return (_named(a, "not") and a.args[0] is b) or (_named(b, "not") and b.args[0] is a)


def _opposite(graph: GraphBuilder, value: Value) -> Value | None:
    """What the value is the negative of, for negations and negative numbers."""
    if _named(value, "neg"):
        return value.args[0]
    return graph.number(-value.data) if is_number(value) and value.data < 0 else None


def _as_condition(graph: GraphBuilder, value: Value) -> Value:
    return value if is_condition(value) else graph.make("ne", value, graph.zero)


def _either_way(rule: Simplification) -> Simplification:
    """A rule for a function whose arguments may change places, tried both ways."""

    def both(graph: GraphBuilder, a: Value, b: Value) -> Value | None:
        simpler = rule(graph, a, b)
        return rule(graph, b, a) if simpler is None else simpler

    return both


# --- sums -------------------------------------------------------------------------------------------------------------


@_either_way
def _add_zero(_: GraphBuilder, zero: Value, other: Value) -> Value | None:
    """0 + x is x."""
    return other if _is(zero, 0) else None


@_either_way
def _add_negative(graph: GraphBuilder, a: Value, b: Value) -> Value | None:
    """x + -y is x - y."""
    positive = _opposite(graph, b)
    return None if positive is None else graph.make("sub", a, positive)


def _subtract_zero(graph: GraphBuilder, a: Value, b: Value) -> Value | None:
    """x - 0 is x, and 0 - x is -x."""
    if _is(b, 0):
        return a
    return graph.make("neg", b) if _is(a, 0) else None


def _subtract_negative(graph: GraphBuilder, a: Value, b: Value) -> Value | None:
    """x - -y is x + y."""
    positive = _opposite(graph, b)
    return None if positive is None else graph.make("add", a, positive)


def _subtract_from_negative(graph: GraphBuilder, a: Value, b: Value) -> Value | None:
    """-x - y is -(x + y)."""
    positive = _opposite(graph, a)
    return None if positive is None else graph.make("neg", graph.make("add", positive, b))


def _negate_negative(graph: GraphBuilder, x: Value) -> Value | None:
    """-(-x) is x."""
    return _opposite(graph, x)


def _abs_of_negative(graph: GraphBuilder, x: Value) -> Value | None:
    """abs(-x) is abs(x)."""
    positive = _opposite(graph, x)
    return None if positive is None else graph.make("abs", positive)


def _abs_of_abs(_: GraphBuilder, x: Value) -> Value | None:
    """abs(abs(x)) is abs(x)."""
    return x if _named(x, "abs") else None


# --- products ---------------------------------------------------------------------------------------------------------


@_either_way
def _multiply_unit(graph: GraphBuilder, factor: Value, other: Value) -> Value | None:
    """1 * x is x, -1 * x is -x, and 0 * x is 0 where x is 0 or 1."""
    if factor.requires_grad:
        return None
    if factor.data == 1:
        return other
    if factor.data == -1:
        return graph.make("neg", other)
    return graph.zero if factor.data == 0 and is_condition(other) else None


def _number_first(graph: GraphBuilder, a: Value, b: Value) -> Value | None:
    """x * 2 is 2 * x."""
    return graph.make("mul", b, a) if is_number(b) and not is_number(a) else None


@_either_way
def _multiply_reciprocal(graph: GraphBuilder, factor: Value, other: Value) -> Value | None:
    """(1 / x) * y is y / x: one rounding less."""
    is_reciprocal = _named(factor, "div") and _is(factor.args[0], 1)
    return graph.make("div", other, factor.args[1]) if is_reciprocal else None


def _signs(name: str, graph: GraphBuilder, a: Value, b: Value) -> Value | None:
    """-x * y is -(x * y), and -x * -y is x * y; quotients likewise."""
    x, y = _opposite(graph, a), _opposite(graph, b)
    if x is None and y is None:
        return None
    made = graph.make(name, a if x is None else x, b if y is None else y)
    return made if x is not None and y is not None else graph.make("neg", made)


def _multiply_by_power_of_two(graph: GraphBuilder, a: Value, b: Value) -> Value | None:
    """2 * (3 * x) is 6 * x, 4 * (x / 2) is 2 * x, and 2 * (x / 4) is x / 2."""
    if not b.args or not _is_power_of_two(a):
        return None
    first, last = b.args[0], b.args[-1]
    if _named(b, "mul") and is_number(first):
        return graph.make("mul", graph.number(a.data * first.data), last)
    if not _named(b, "div") or not _is_power_of_two(last):
        return None
    if a.data < last.data:
        return graph.make("div", first, graph.number(last.data / a.data))
    return graph.make("mul", graph.number(a.data / last.data), first)


def _divide_by_one(_: GraphBuilder, a: Value, b: Value) -> Value | None:
    """x / 1 is x."""
    return a if _is(b, 1) else None


def _divide_by_power_of_two(graph: GraphBuilder, a: Value, b: Value) -> Value | None:
    """(8 * x) / 2 is 4 * x, and (8 / x) / 2 is 4 / x."""
    if not _named(a, "mul", "div") or not _is_power_of_two(b) or not _is_power_of_two(a.args[0]):
        return None
    first, last = a.args
    return graph.make(a.rule.function.name, graph.number(first.data / b.data), last)


def _simple_power(graph: GraphBuilder, x: Value, p: Value) -> Value | None:
    """x^1 is x, x^0 is 1, and x^-1 is 1 / x."""
    if p.requires_grad:
        return None
    if p.data == 1:
        return x
    if p.data == 0:
        return graph.one
    return graph.make("div", graph.one, x) if p.data == -1 else None


# --- conditions -------------------------------------------------------------------------------------------------------


def _choose_known(_: GraphBuilder, condition: Value, a: Value, b: Value) -> Value | None:
    """where(1, x, y) is x, and where(0, x, y) is y."""
    if condition.requires_grad:
        return None
    return a if condition.data else b


def _choose_same(_: GraphBuilder, condition: Value, a: Value, b: Value) -> Value | None:
    """where(c, x, x) is x."""
    return a if a is b else None


def _choose_truth(graph: GraphBuilder, condition: Value, a: Value, b: Value) -> Value | None:
    """where(c, 1, 0) is c, and where(c, 0, 1) is not c, where c is 0 or 1."""
    if _is(a, 1) and _is(b, 0) and is_condition(condition):
        return condition
    is_turned = _is(a, 0) and _is(b, 1) and is_condition(condition)
    return graph.make("not", condition) if is_turned else None


def _compare_itself(holds: bool, graph: GraphBuilder, a: Value, b: Value) -> Value | None:
    """x <= x is 1, and x < x is 0."""
    if a is not b or not a.requires_grad:
        return None
    return graph.one if holds else graph.zero


def _compare_negative(mirrored: str, graph: GraphBuilder, a: Value, b: Value) -> Value | None:
    """-x < 0 is x > 0."""
    positive = _opposite(graph, a) if _is(b, 0) else None
    return None if positive is None else graph.make(mirrored, positive, b)


def _condition_holds(_: GraphBuilder, a: Value, b: Value) -> Value | None:
    """c != 0 and c > 0 are c, where c is 0 or 1."""
    return a if _is(b, 0) and is_condition(a) else None


def _condition_fails(graph: GraphBuilder, a: Value, b: Value) -> Value | None:
    """c == 0 is not c, where c is 0 or 1."""
    return graph.make("not", a) if _is(b, 0) and is_condition(a) else None


def _not_not(_: GraphBuilder, x: Value) -> Value | None:
    """Not (not c) is c, where c is 0 or 1."""
    return x.args[0] if _named(x, "not") and is_condition(x.args[0]) else None


def _join_itself(graph: GraphBuilder, a: Value, b: Value) -> Value | None:
    """x and x, and x or x, are x != 0."""
    return _as_condition(graph, a) if a is b else None


@_either_way
def _and_known(graph: GraphBuilder, known: Value, other: Value) -> Value | None:
    """1 and x is x != 0, and 0 and x is 0."""
    if known.requires_grad:
        return None
    return _as_condition(graph, other) if known.data else graph.zero


def _and_opposite(graph: GraphBuilder, a: Value, b: Value) -> Value | None:
    """c and not c is 0."""
    return graph.zero if _are_opposite(a, b) else None


@_either_way
def _or_known(graph: GraphBuilder, known: Value, other: Value) -> Value | None:
    """1 or x is 1, and 0 or x is x != 0."""
    if known.requires_grad:
        return None
    return graph.one if known.data else _as_condition(graph, other)


@_either_way
def _or_excluded(graph: GraphBuilder, a: Value, b: Value) -> Value | None:
    """a or (not a and b) is a or b."""
    is_excluded = _named(b, "and") and _are_opposite(a, b.args[0])
    return graph.make("or", a, b.args[1]) if is_excluded else None


def _or_opposite(graph: GraphBuilder, a: Value, b: Value) -> Value | None:
    """c or not c is 1."""
    return graph.one if _are_opposite(a, b) else None


RULES: dict[str, tuple[Simplification, ...]] = {
    "abs": (_abs_of_negative, _abs_of_abs),
    "add": (_add_zero, _add_negative),
    "and": (_join_itself, _and_known, _and_opposite),
    "div": (_divide_by_one, _divide_by_power_of_two, partial(_signs, "div")),
    "eq": (partial(_compare_negative, "eq"), _condition_fails),
    "ge": (partial(_compare_itself, True), partial(_compare_negative, "le")),
    "gt": (partial(_compare_itself, False), partial(_compare_negative, "lt"), _condition_holds),
    "identity": (lambda graph, x: x,),
    "le": (partial(_compare_itself, True), partial(_compare_negative, "ge")),
    "lt": (partial(_compare_itself, False), partial(_compare_negative, "gt")),
    "mul": (_multiply_unit, _number_first, _multiply_reciprocal, partial(_signs, "mul"), _multiply_by_power_of_two),
    "ne": (partial(_compare_negative, "ne"), _condition_holds),
    "neg": (_negate_negative,),
    "not": (_not_not,),
    "or": (_join_itself, _or_known, _or_excluded, _or_opposite),
    "pow": (_simple_power,),
    "sub": (_subtract_zero, _subtract_negative, _subtract_from_negative),
    "where": (_choose_known, _choose_same, _choose_truth),
}

# --- numbers ----------------------------------------------------------------------------------------------------------

_EXACT = {
    *BOOLEAN,
    *("abs", "ceil", "clamp", "copysign", "floor", "heaviside", "max", "min", "neg", "relu", "round", "sign", "trunc"),
}


def _power(base: Fraction, exponent: Fraction) -> Fraction | None:
    """A power as a fraction, where it is one and not too long."""
    return base**exponent.numerator if exponent.denominator == 1 and abs(exponent) <= 64 else None


_OF_FRACTIONS: dict[str, Callable[[Any, Any], Fraction | None]] = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "div": operator.truediv,
    "pow": _power,
}


def is_exact(name: str, args: Sequence[float], result: float) -> bool:
    """Whether floats needed no rounding for it: for 1/4 they did not, for 1/3 they did."""
    if name in _EXACT:
        return True
    if name == "gamma":
        return args[0] == int(args[0]) and args[0] < 24
    if name not in _OF_FRACTIONS or not all(map(isfinite, args)):
        return False
    return _OF_FRACTIONS[name](*map(Fraction, args)) == Fraction(result)
