"""What must be 0 for a product, a power, a root or an absolute value to be."""

from collections.abc import Iterator
from typing import NamedTuple

from autodiff_cli.engine.value import Value


class Factor(NamedTuple):
    """A node whose roots are roots of the whole where every node in `defined` has a value.

    `power` is how often its roots count, 0 where the slope of the whole there is another matter.
    """

    node: Value
    defined: tuple[Value, ...] = ()
    power: float = 1.0


_NEVER = ("exp", "exp2", "exp10", "cosh", "sech", "gamma", "sec", "csc", "csch", "rsqrt", "reciprocal", "normpdf")
_SAME = ("neg", "abs", "sqrt", "cbrt", "square", "identity", "asin", "atan", "sinh", "asinh", "tanh", "expm1", "log1p")
_POWERS = {"square": 2.0, "sqrt": 0.5, "cbrt": 1 / 3, "abs": 0.0}


def factors(root: Value) -> list[Factor]:
    """The factors of a node, those of x^2 * (x - 1) / y: x twice, and x - 1."""
    found = []
    stack = [Factor(root)]
    while stack:
        factor = stack.pop()
        parts = _parts(factor)
        if parts is None:
            found.append(factor)
        else:
            stack += parts
    return found


def _parts(factor: Factor) -> list[Factor] | None:
    """The factors that one is made of; None for one that is not."""
    node, defined, power = factor
    if not node.args or not node.requires_grad:
        return None
    name, first, last = node.rule.function.name, node.args[0], node.args[-1]
    if name in _NEVER:
        return []
    if name in _SAME:
        return [Factor(first, defined, power * _POWERS.get(name, 1.0))]
    if name == "mul":
        return [*_moving(first, (*defined, last), power), *_moving(last, (*defined, first), power)]
    if name == "div":
        return [Factor(first, (*defined, node), power)]
    return [Factor(first, defined, power * last.data)] if _is_power(node) else None


def _is_power(node: Value) -> bool:
    """Whether a node is a power with a positive constant exponent."""
    exponent = node.args[-1]
    return node.rule.function.name == "pow" and not exponent.requires_grad and exponent.data > 0


def _moving(node: Value, defined: tuple[Value, ...], power: float) -> Iterator[Factor]:
    """A factor; a constant that is not 0 is none."""
    if node.requires_grad or node.data == 0:
        yield Factor(node, defined, power)
