"""Products that have a limit at an edge although a factor has none: v^p log(v), where v comes down to 0; and v^v.

Over [0, 1] the factors of x*log(x) are [0, 1] and [-inf, 0], which say nothing of their product; as a function of x
alone it falls from 0 to -1/e, and rises again.
"""

from collections.abc import Iterable, Mapping
from functools import reduce
from typing import Any, NamedTuple

from flint import arb, fmpq

from autodiff_cli.engine.value import Value
from autodiff_cli.rules.kernels.extended import KERNELS, Extended, hull, interval

_LOGS = {"log": 1, "log2": 2, "log10": 10}  # and their bases
_POWERS = {"sqrt": fmpq(1, 2), "square": fmpq(2), "cbrt": fmpq(1, 3)}


class EdgeProduct(NamedTuple):
    """A product as `scale` * base^power * log(base) and the other factors; or a power that is exp of that."""

    base: Value
    power: Any
    scale: Any
    others: tuple[Value, ...]
    is_exponent: bool = False

    def value(self, at: Extended) -> Extended:
        """Where v^p log(v) lies: it falls to -1/(e p), at v = exp(-1/p), and rises from there on."""
        least = (-1 / arb(self.power)).exp()
        ends = [self._at(end) for end in at]
        turn = [] if least < at.low or least > at.high else [interval(-arb(-1).exp() / arb(self.power))]
        found: Extended = reduce(hull, [*ends, *turn])
        return found * interval(self.scale)

    def _at(self, v: Any) -> Extended:
        return interval(0) if v <= 0 else interval(v ** arb(self.power) * v.log())

    def slope(self, at: Extended) -> Extended:
        """Where the slope of v^p log(v) lies."""
        power = interval(self.power)
        before: Extended = KERNELS["pow"](at, power - 1)
        factor: Extended = KERNELS["log"](at)
        return before * (factor * power + 1) * interval(self.scale)


def edge_products(nodes: Iterable[Value], numbers: Mapping[Value, Any]) -> dict[Value, EdgeProduct]:
    """The products among some nodes, arguments first, that are of this kind; `numbers` has those of constants."""
    same: dict[Any, Value] = {}
    first: dict[Value, Value] = {}  # of what is written twice, the first
    found = {}
    for node in filter(lambda node: node.args, nodes):
        for arg in node.args:
            first.setdefault(arg, arg if arg.requires_grad else same.setdefault((arg.label, arg.data), arg))
        key = (node.rule.function.name, *[first[arg] for arg in node.args])
        first[node] = same.setdefault(key, node)
        if product := _product(node, first, numbers):
            found[node] = product
    return found


def _product(node: Value, first: Mapping[Value, Value], numbers: Mapping[Value, Any]) -> EdgeProduct | None:
    name = node.rule.function.name
    if name not in ("mul", "xlogy", "pow"):
        return None
    sign, factors, logs = _factors(node)
    powers = {factor: _power(factor, numbers) for factor in factors}
    for log, base in logs:
        of_base = [factor for factor in factors if first.get(powers[factor][0]) is first.get(base)]
        power = sum([powers[factor][1] for factor in of_base], fmpq(0))
        other_logs = [other.node for other, _ in logs if other is not log]
        if power > 0 and node not in other_logs:
            others = [factor for factor in factors if factor not in of_base]
            scale = sign if log.name == "log" else sign / arb(_LOGS[log.name]).log()
            return EdgeProduct(base, power, scale, (*others, *other_logs), name == "pow")
    return None


class _Log(NamedTuple):
    node: Value
    name: str


def _factors(node: Value) -> tuple[int, list[Value], list[tuple[_Log, Value]]]:
    """The sign of a product, its factors, and those that are logarithms, with what they are of."""
    sign, factors, logs, stack = 1, [], [], [node]
    while stack:
        one = stack.pop()
        name = one.rule.function.name if one.args else ""
        if name == "mul":
            stack += one.args
        elif name == "neg":
            sign = -sign
            stack += one.args
        elif name in ("xlogy", "pow") and one is node:
            factor, base = one.args if name == "xlogy" else reversed(one.args)
            stack.append(factor)
            logs.append((_Log(one, "log"), base))
        elif name in _LOGS and len(one.args) == 1:
            logs.append((_Log(one, name), one.args[0]))
        else:
            factors.append(one)
    return sign, factors, logs


def _power(factor: Value, numbers: Mapping[Value, Any]) -> tuple[Value, Any]:
    """A factor as a power of something."""
    name = factor.rule.function.name if factor.args else ""
    if name in _POWERS:
        return factor.args[0], _POWERS[name]
    if name == "pow" and not factor.args[1].args and not factor.args[1].requires_grad:
        return factor.args[0], numbers[factor.args[1]]
    return factor, fmpq(1)
