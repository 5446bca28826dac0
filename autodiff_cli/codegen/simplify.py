"""What is simpler, and the same to the last digit and to the sign of zero: identities of each function.

They are tried in turn. In them `c` is what is 0 or 1, `k` a number that is not 0, and `v` what is no number; `-x` is a
negation or a negative number; `0` is one of either sign, `0.0` and `-0.0` are those alone: 0.0 + x is not x, since
0.0 + -0.0 is 0.0. What no identity says is a function of the builder and the arguments.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import cache
from math import factorial, frexp, isfinite
from typing import TYPE_CHECKING, Any

from autodiff_cli.engine.value import Value
from autodiff_cli.rules.table import BOOLEAN, BY_NAME

if TYPE_CHECKING:
    from autodiff_cli.codegen.graph_builder import GraphBuilder

Simplification = Callable[..., "Value | None"]


def is_number(value: Value) -> bool:
    """Whether it is a number, and no operation on numbers either."""
    return not value.args and not value.requires_grad


def is_nan(value: Value) -> bool:
    """Whether it is the number nan, which says that there is no value."""
    return is_number(value) and value.data != value.data


def is_condition(value: Value) -> bool:
    """Whether it is 0 or 1, whatever the variables are."""
    if value.rule.function.name in BOOLEAN:
        return True
    return not value.requires_grad and repr(value.data) in ("0.0", "1.0")


def _is_power_of_two(value: Value) -> bool:
    """Whether it moves a factor without a rounding."""
    if not is_number(value) or value.label:
        return False
    mantissa, exponent = frexp(value.data)
    return mantissa == 0.5 and -64 < exponent < 66


def _opposite(graph: GraphBuilder, value: Value) -> Value | None:
    """What the value is the negative of, for negations and negative numbers."""
    if value.rule.function.name == "neg":
        return value.args[0]
    if value.data < 0 and is_number(value):
        return graph.number(-value.data)
    return None


# --- identities -------------------------------------------------------------------------------------------------------


def _number_first(graph: GraphBuilder, a: Value, b: Value) -> Value | None:
    """x * 2 is 2 * x."""
    if is_number(b) and not is_number(a):
        return graph.make("mul", b, a)
    return None


def _multiply_by_power_of_two(graph: GraphBuilder, a: Value, b: Value) -> Value | None:
    """2 * (3 * x) is 6 * x, 4 * (x / 2) is 2 * x, and 2 * (x / 4) is x / 2."""
    if not _is_power_of_two(a):
        return None
    name, args = b.rule.function.name, b.args
    if name == "mul" and is_number(args[0]):
        factor = graph.number(a.data * args[0].data)
        return graph.make("mul", factor, args[1])
    if name == "div" and _is_power_of_two(args[1]):
        return _multiply_by(graph, a.data / args[1].data, args[0])
    return None


def _multiply_by(graph: GraphBuilder, factor: float, value: Value) -> Value:
    """A value times a power of two, which is divided by where it is small."""
    if factor < 1:
        return graph.make("div", value, graph.number(1 / factor))
    return graph.make("mul", graph.number(factor), value)


def _divide_by_power_of_two(graph: GraphBuilder, a: Value, b: Value) -> Value | None:
    """(8 * x) / 2 is 4 * x, and (8 / x) / 2 is 4 / x."""
    name = a.rule.function.name
    if name in ("mul", "div") and _is_power_of_two(b) and _is_power_of_two(a.args[0]):
        return graph.make(name, graph.number(a.args[0].data / b.data), a.args[1])
    return None


RULES: dict[str, tuple[str | Simplification, ...]] = {
    "abs": ("abs(-x) -> abs(x)", "abs(abs(x)) -> abs(x)"),
    "add": ("-0.0 + x -> x", "x + -0.0 -> x", "x + -y -> x - y", "-x + y -> y - x"),
    "and": (
        *("x and x -> x != 0", "k and x -> x != 0", "0 and x -> 0", "x and k -> x != 0", "x and 0 -> 0"),
        *("x and not x -> 0", "not x and x -> 0"),
    ),
    "div": ("x / 1 -> x", _divide_by_power_of_two, "-x / -y -> x / y", "-x / y -> -(x / y)", "x / -y -> -(x / y)"),
    "eq": ("-x == 0 -> x == 0", "c == 0 -> not c"),
    "ge": ("v >= v -> 1", "-x >= 0 -> x <= 0"),
    "gt": ("v > v -> 0", "-x > 0 -> x < 0", "c > 0 -> c"),
    "identity": ("identity(x) -> x",),
    "le": ("v <= v -> 1", "-x <= 0 -> x >= 0"),
    "lt": ("v < v -> 0", "-x < 0 -> x > 0"),
    "mul": (
        *("1 * x -> x", "-1 * x -> -x", "0.0 * c -> 0", "x * 1 -> x", "x * -1 -> -x", "c * 0.0 -> 0", _number_first),
        *("1 / x * y -> y / x", "x * (1 / y) -> x / y"),  # one rounding less
        *("-x * -y -> x * y", "-x * y -> -(x * y)", "x * -y -> -(x * y)", _multiply_by_power_of_two),
    ),
    "ne": ("-x != 0 -> x != 0", "c != 0 -> c"),
    "neg": ("--x -> x",),
    "not": ("not not c -> c",),
    "or": (
        *("x or x -> x != 0", "k or x -> 1", "0 or x -> x != 0", "x or k -> 1", "x or 0 -> x != 0"),
        *("x or (not x and y) -> x or y", "not x or (x and y) -> not x or y"),
        *("(not x and y) or x -> x or y", "(x and y) or not x -> not x or y"),
        *("x or not x -> 1", "not x or x -> 1"),
    ),
    "pow": ("x**1 -> x", "x**0 -> 1", "x**-1 -> 1 / x"),
    "sub": ("x - 0.0 -> x", "-0.0 - x -> -x", "x - -y -> x + y"),
    "where": (
        *("where(k, x, y) -> x", "where(0, x, y) -> y", "where(x, y, y) -> y"),
        *("where(c, 1, 0) -> c", "where(c, 0, 1) -> not c"),
    ),
}
_SIGNS = {"Mult": "mul", "USub": "neg", "LtE": "le", "GtE": "ge", "NotEq": "ne"}  # not called as Python's tree has them
_KINDS = {"c": "is_condition({0})", "k": "not {0}.requires_grad and {0}.data != 0", "v": "{0}.requires_grad"}


@cache
def simplification(name: str) -> Simplification | None:
    """The rules of a function as one function, which returns something simpler, or None; None where it has no rules.

    Of `0 + x -> x` and `x + -y -> x - y` that is

        def simplify(graph, a0, a1):
            if not a0.requires_grad and a0.data == 0: return a1
            if (y := opposite(graph, a1)) is not None: return graph.make('sub', a0, y)
    """
    if name not in RULES:
        return None
    args = ", ".join([f"a{index}" for index, _ in enumerate(BY_NAME[name][0].args)])
    scope: dict[str, Any] = {"is_condition": is_condition, "opposite": _opposite}
    lines = [f"def simplify(graph, {args}):"]
    for index, rule in enumerate(RULES[name]):
        scope[f"rule{index}"] = rule
        by_function = f"if (made := rule{index}(graph, {args})) is not None: return made"
        lines.append(_line(rule) if isinstance(rule, str) else by_function)
    exec("\n    ".join(lines), scope)  # noqa: S102 - built of the rules above
    simplify: Simplification = scope["simplify"]
    return simplify


def _line(identity: str) -> str:
    """The line that tries an identity."""
    pattern, result = [ast.parse(side, mode="eval").body for side in identity.split(" -> ")]
    bound: dict[str, str] = {}
    tests = _all_tests(parts(pattern)[1], "a{}", bound)
    made = f"return {_made(result, bound)}"
    return f"if {' and '.join(tests)}: {made}" if tests else made


def parts(pattern: ast.expr) -> tuple[str, list[ast.expr]]:
    """The function of a pattern, and its arguments; of a name or number itself, and nothing."""
    match pattern:
        case ast.UnaryOp(_, ast.Constant()):
            return ast.unparse(pattern), []
        case ast.UnaryOp(sign, operand):
            return _function(sign), [operand]
        case ast.BinOp(left, sign, right) | ast.Compare(left, [sign], [right]) | ast.BoolOp(sign, [left, right]):
            return _function(sign), [left, right]
        case ast.Call(function, args):
            return ast.unparse(function), args
    return ast.unparse(pattern), []


def _function(sign: ast.AST) -> str:
    name = type(sign).__name__
    return _SIGNS.get(name, name.lower())


def _tests(pattern: ast.expr, place: str, bound: dict[str, str]) -> list[str]:
    """The conditions under which the node at a place is as in a pattern; `bound` learns where its names are."""
    name, args = parts(pattern)
    if name == "neg":
        operand = bound[ast.unparse(args[0])] = ast.unparse(args[0])
        return [f"({operand} := opposite(graph, {place})) is not None"]
    if args:
        return [f"{place}.rule.function.name == {name!r}", *_all_tests(args, f"{place}.args[{{}}]", bound)]
    if name in ("0.0", "-0.0"):
        return [f"repr({place}.data) == {name!r} and not {place}.requires_grad"]
    if not name.isidentifier():
        return [f"not {place}.requires_grad and {place}.data == {name}"]
    if name in bound:
        return [f"{place} is {bound[name]}"]
    bound[name] = place
    return [_KINDS[name].format(place)] if name in _KINDS else []


def _all_tests(args: list[ast.expr], places: str, bound: dict[str, str]) -> list[str]:
    return [test for index, arg in enumerate(args) for test in _tests(arg, places.format(index), bound)]


def _made(result: ast.expr, bound: dict[str, str]) -> str:
    """What makes the result of an identity."""
    name, args = parts(result)
    if not args:
        return ({"0": "graph.zero", "1": "graph.one"} | bound)[name]
    made = ", ".join([_made(arg, bound) for arg in args])
    return f"graph.make({name!r}, {made})"


# --- numbers ----------------------------------------------------------------------------------------------------------

_EXACT = {
    *BOOLEAN,
    *("abs", "ceil", "clamp", "copysign", "floor", "heaviside", "max", "min", "neg", "relu", "round", "sign", "trunc"),
}


def _power(base: Fraction, exponent: Fraction) -> Fraction | None:
    """A power as a fraction, where it is one and not too long."""
    if exponent.denominator == 1 and abs(exponent) <= 64:
        return base**exponent.numerator
    return None


def _gamma(x: Fraction) -> Fraction | None:
    """A factorial that is a float."""
    if x.denominator == 1 and x < 24:
        return Fraction(factorial(x.numerator - 1))
    return None


_OF_FRACTIONS: dict[str, Callable[..., Fraction | None]] = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "div": operator.truediv,
    "pow": _power,
    "gamma": _gamma,
}


def is_exact(name: str, args: Sequence[float], result: float) -> bool:
    """Whether floats needed no rounding for it: for 1/4 they did not, for 1/3 they did."""
    if name in _OF_FRACTIONS:
        are_finite = all(map(isfinite, args))
        return are_finite and _OF_FRACTIONS[name](*map(Fraction, args)) == Fraction(result)
    return name in _EXACT
