"""What is rounded within one step, which nobody sees from outside: in its partials, and its value if that is a formula.

A step with a kernel is rounded once. A formula of the table is several steps, whose digits may cancel: the slope of
`beta`, a difference of two digammas, has none left far out. Their graph says so, by running error analysis (Wilkinson
1986; Higham, "Accuracy and Stability of Numerical Algorithms", 3.3). Of factors the larger error is taken in place of
both, so that what does not cancel is found to be rounded once.
"""

import ast
from functools import cache
from math import isfinite

from autodiff_cli.engine.graph import sweep
from autodiff_cli.engine.value import VALUES, Rule, Value
from autodiff_cli.rules.kernels import floats
from autodiff_cli.rules.numbers import Kernel, parameters
from autodiff_cli.rules.table import BOOLEAN

_SPLIT = 134217729.0  # 2^27 + 1 (Dekker 1971)
_EXACT_RANGE = 2.0**480  # products of larger or smaller numbers have no error term among the floats
_KEEPS = {*BOOLEAN, "neg", "abs", "max", "min", "where", "sign", "floor", "ceil", "trunc", "round", "identity"}
_KEEPS |= {"relu", "clamp", "copysign", "heaviside"}  # functions whose result is never rounded
_COMPENSATED = "fma("  # a formula with it puts back what it rounds off


def rounding_size(node: Value) -> float:
    """That of which rounding takes a share of 2^-53: the result of a step, or more where its formula cancels."""
    formula = _value(node.rule)
    return _larger(abs(node.data), formula(*_leaves(node))) if formula else abs(node.data)


def partial_size(node: Value, index: int) -> float:
    """The same of a partial, whose formula may cancel."""
    size = abs(node.rule.partial(node, index))
    formula = _partial(node.rule, index)
    return _larger(size, formula(Value(node.data), *_leaves(node))) if formula else size


@cache
def _value(rule: Rule) -> Kernel | None:
    """The formula of a function over Values; nothing where a kernel computes it or no sum in it can cancel."""
    function = rule.function
    if function.own or function.name in floats.KERNELS or not _may_cancel(function.value):
        return None
    return VALUES.formula(function.value, parameters(function))


@cache
def _partial(rule: Rule, index: int) -> Kernel | None:
    """The formula of a partial over Values; nothing where no sum in it can cancel."""
    function = rule.function
    if function.own or function.variadic or not _may_cancel(function.partials[index]):
        return None
    return VALUES.partial(function, index)


def _may_cancel(formula: str) -> bool:
    """Whether a formula has a sum of what is computed, or one that a function is taken of.

    >>> [_may_cancel(text) for text in ("1 / (1 + x**2)", "log(x) - digamma(a)", "digamma(x + 1)")]
    [False, True, True]
    """
    if not formula or _COMPENSATED in formula:
        return False
    if "sum(args)" in formula:
        return True
    tree = [*ast.walk(ast.parse(formula, mode="eval"))]
    sums = [node for node in tree if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub)]
    if any(_is_computed(part) for node in sums for part in (node.left, node.right)):
        return True
    calls = [node for node in tree if isinstance(node, ast.Call) and len(node.args) == 1]
    return any(call.args[0] in sums for call in calls)


def _is_computed(part: ast.expr) -> bool:
    """Whether part of a sum is an operation other than a power."""
    return isinstance(part, ast.Call) or (isinstance(part, ast.BinOp) and not isinstance(part.op, ast.Pow))


def _leaves(node: Value) -> list[Value]:
    return [Value(arg.data) for arg in node.args]


def _larger(size: float, formula: object) -> float:
    """The larger of a size and of the error of a formula that was run; the first where that has no error."""
    if not isinstance(formula, Value):
        return size
    errors: dict[Value, float] = {}
    for node in reversed(sweep(formula)):
        passed = [abs(node.rule.partial(node, i)) * errors[arg] for i, arg in enumerate(node.args) if errors.get(arg)]
        both = sum(passed) if node.rule.function.name in ("add", "sub") else max(passed, default=0.0)
        errors[node] = max(rounding_size(node), both) if node.args and is_rounded(node) else both
    found = errors[formula]
    return max(size, found) if isfinite(found) else size


# --- which steps are rounded ------------------------------------------------------------------------------------------


def is_rounded(node: Value) -> bool:
    """Whether a step's result may not be exactly what its function has at its arguments."""
    name = node.rule.function.name
    if name in _KEEPS:
        return False
    data = [arg.data for arg in node.args]
    if name in ("add", "sub"):
        return _sum_error(data[0], data[1] if name == "add" else -data[1], node.data) != 0
    if name == "mul":
        return not _is_product(node.data, *data)
    if name == "square" or (name == "pow" and data[1] == 2):
        return not _is_product(node.data, data[0], data[0])
    if name == "div":
        return not _is_product(data[0], node.data, data[1])
    if name == "sqrt":
        return not _is_product(data[0], node.data, node.data)
    return True


def _sum_error(a: float, b: float, total: float) -> float:
    """What the sum of two floats lost by its rounding (Knuth, TAOCP 4.2.2)."""
    other = total - a
    return (a - (total - other)) + (b - other)


def _is_product(product: float, a: float, b: float) -> bool:
    """Whether a float is the product of two, without any rounding (Dekker 1971)."""
    if a * b != product:
        return False
    if not (1 / _EXACT_RANGE < abs(a) < _EXACT_RANGE and 1 / _EXACT_RANGE < abs(b) < _EXACT_RANGE):
        return a == 0 or b == 0 or abs(a) == 1 or abs(b) == 1
    a_high = a * _SPLIT - (a * _SPLIT - a)
    b_high = b * _SPLIT - (b * _SPLIT - b)
    a_low, b_low = a - a_high, b - b_high
    return ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low == 0
