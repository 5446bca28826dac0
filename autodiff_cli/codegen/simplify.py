"""What is simpler, and the same to the last digit but for the sign of zero: a rule for each function that has one."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from math import frexp, isfinite
from typing import TYPE_CHECKING

from autodiff_cli.engine.value import Value
from autodiff_cli.rules.table import BOOLEAN

if TYPE_CHECKING:
    from autodiff_cli.codegen.graph import GraphBuilder

_COMPARISONS = {"lt": "gt", "gt": "lt", "le": "ge", "ge": "le", "eq": "eq", "ne": "ne"}  # and each seen from behind
_EXACT = {
    *BOOLEAN,
    *("abs", "ceil", "clamp", "copysign", "floor", "heaviside", "max", "min", "neg", "relu", "round", "sign", "trunc"),
}


def is_exact(name: str, args: list[float], result: float) -> bool:
    """Whether floats needed no rounding for it."""
    if name in _EXACT:
        return True
    if name == "gamma":
        return args[0] == int(args[0]) and args[0] < 24
    if name not in ("add", "sub", "mul", "div", "pow") or not all(map(isfinite, args)):
        return False
    a, b = map(Fraction, args)
    if name == "pow":
        return b.denominator == 1 and abs(b) <= 64 and a**b.numerator == Fraction(result)
    exact = {"add": a + b, "sub": a - b, "mul": a * b}
    return (a / b if name == "div" else exact[name]) == Fraction(result)


def is_number(value: Value) -> bool:
    return not value.args and not value.requires_grad


def _is(value: Value, data: float) -> bool:
    """Whether it is that number, or computed to be it from numbers alone."""
    return not value.requires_grad and value.data == data


def _is_power_of_two(value: Value) -> bool:
    """Whether it moves a factor without a rounding."""
    return is_number(value) and value.label is None and 2**-64 <= value.data <= 2**64 and frexp(value.data)[0] == 0.5


def _named(value: Value, name: str) -> bool:
    return value.rule.function.name == name


def _is_boolean(value: Value) -> bool:
    return value.rule.function.name in BOOLEAN or _is(value, 0) or _is(value, 1)


def _opposite(graph: GraphBuilder, value: Value) -> Value | None:
    """What the value is the negative of, for negations and negative numbers."""
    if _named(value, "neg"):
        return value.args[0]
    return graph.number(-value.data) if is_number(value) and value.data < 0 else None


def _add(graph: GraphBuilder, a: Value, b: Value) -> Value | None:
    if _is(a, 0):
        return b
    if _is(b, 0):
        return a
    if (x := _opposite(graph, b)) is not None:
        return graph.make("sub", a, x)
    if (x := _opposite(graph, a)) is not None:
        return graph.make("sub", b, x)
    return None


def _sub(graph: GraphBuilder, a: Value, b: Value) -> Value | None:
    if _is(b, 0):
        return a
    if _is(a, 0):
        return graph.make("neg", b)
    if (x := _opposite(graph, b)) is not None:
        return graph.make("add", a, x)
    if (x := _opposite(graph, a)) is not None:
        return graph.make("neg", graph.make("add", x, b))
    return None


def _neg(graph: GraphBuilder, x: Value) -> Value | None:
    return _opposite(graph, x)


def _signs(graph: GraphBuilder, name: str, a: Value, b: Value) -> Value | None:
    """A product or quotient with the signs taken out."""
    x, y = _opposite(graph, a), _opposite(graph, b)
    if x is None and y is None:
        return None
    made = graph.make(name, a if x is None else x, b if y is None else y)
    return made if x is not None and y is not None else graph.make("neg", made)


def _mul(graph: GraphBuilder, a: Value, b: Value) -> Value | None:
    for one, other in ((a, b), (b, a)):
        if _is(one, 1):
            return other
        if _is(one, -1):
            return graph.make("neg", other)
        if _is(one, 0) and _is_boolean(other):
            return graph.zero
    if is_number(b) and not is_number(a):
        return graph.make("mul", b, a)
    for one, other in ((a, b), (b, a)):
        if _named(one, "div") and _is(one.args[0], 1):  # one rounding less
            return graph.make("div", other, one.args[1])
    if (signs := _signs(graph, "mul", a, b)) is not None:
        return signs
    if _is_power_of_two(a) and b.args:
        first, last = b.args[0], b.args[-1]
        if _named(b, "mul") and is_number(first):
            return graph.make("mul", graph.number(a.data * first.data), last)
        if _named(b, "div") and _is_power_of_two(last):
            if a.data < last.data:
                return graph.make("div", first, graph.number(last.data / a.data))
            return graph.make("mul", graph.number(a.data / last.data), first)
    return None


def _div(graph: GraphBuilder, a: Value, b: Value) -> Value | None:
    if _is(b, 1):
        return a
    if _is_power_of_two(b) and a.args and _is_power_of_two(a.args[0]) and a.rule.function.name in ("mul", "div"):
        return graph.make(a.rule.function.name, graph.number(a.args[0].data / b.data), a.args[1])
    return _signs(graph, "div", a, b)


def _pow(graph: GraphBuilder, x: Value, p: Value) -> Value | None:
    if _is(p, 1):
        return x
    if _is(p, 0):
        return graph.one
    return graph.make("div", graph.one, x) if _is(p, -1) else None


def _where(graph: GraphBuilder, condition: Value, a: Value, b: Value) -> Value | None:
    if not condition.requires_grad:
        return a if condition.data else b
    if a is b:
        return a
    if _is_boolean(condition):
        if _is(a, 1) and _is(b, 0):
            return condition
        if _is(a, 0) and _is(b, 1):
            return graph.make("not", condition)
    return None


def _compare(name: str) -> Callable[..., Value | None]:
    def simplify(graph: GraphBuilder, a: Value, b: Value) -> Value | None:
        if a is b and a.requires_grad and name in ("lt", "gt", "le", "ge"):
            return graph.one if name in ("le", "ge") else graph.zero
        if (x := _opposite(graph, a)) is not None and _is(b, 0):
            return graph.make(_COMPARISONS[name], x, b)
        if _is_boolean(a) and _is(b, 0) and name in ("ne", "gt", "eq"):
            return graph.make("not", a) if name == "eq" else a
        return None

    return simplify


def _not(graph: GraphBuilder, x: Value) -> Value | None:
    return x.args[0] if _named(x, "not") and _is_boolean(x.args[0]) else None


def _are_opposite(a: Value, b: Value) -> bool:
    return (_named(a, "not") and a.args[0] is b) or (_named(b, "not") and b.args[0] is a)


def _as_condition(graph: GraphBuilder, value: Value) -> Value:
    return value if _is_boolean(value) else graph.make("ne", value, graph.zero)


def _and(graph: GraphBuilder, a: Value, b: Value) -> Value | None:
    if a is b:
        return _as_condition(graph, a)
    for one, other in ((a, b), (b, a)):
        if not one.requires_grad:
            return _as_condition(graph, other) if one.data else graph.zero
    return graph.zero if _are_opposite(a, b) else None


def _or(graph: GraphBuilder, a: Value, b: Value) -> Value | None:
    if a is b:
        return _as_condition(graph, a)
    for one, other in ((a, b), (b, a)):
        if not one.requires_grad:
            return graph.one if one.data else _as_condition(graph, other)
        if _named(other, "and") and _are_opposite(one, other.args[0]):  # a or (not a and b)
            return graph.make("or", one, other.args[1])
    return graph.one if _are_opposite(a, b) else None


def _abs(graph: GraphBuilder, x: Value) -> Value | None:
    if (inner := _opposite(graph, x)) is not None:
        return graph.make("abs", inner)
    return x if _named(x, "abs") else None


RULES: dict[str, Callable[..., Value | None]] = {name: _compare(name) for name in _COMPARISONS} | {
    "abs": _abs,
    "add": _add,
    "and": _and,
    "div": _div,
    "identity": lambda graph, x: x,
    "mul": _mul,
    "neg": _neg,
    "not": _not,
    "or": _or,
    "pow": _pow,
    "sub": _sub,
    "where": _where,
}
