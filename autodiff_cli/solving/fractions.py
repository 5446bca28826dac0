"""A graph as one fraction: what must be 0 for it to be, where no divisor is."""

from collections.abc import Iterable

from autodiff_cli.engine.graph import toposort
from autodiff_cli.engine.value import NAMED, Value, constant
from autodiff_cli.solving.seams import Interner

_HIGHEST = 12  # power of a divisor

Powers = dict[Value, int]


class Fractions:
    """Numerators and divisors of the nodes of an interned graph."""

    def __init__(self, interner: Interner) -> None:
        self._interner = interner
        self._one = interner.of(constant(1.0, "1"))

    def numerator(self, root: Value) -> Value:
        """What is above the line when a graph is written as one fraction: of 1/x + x it is 1 + x^2."""
        known: dict[Value, tuple[Value, Powers]] = {}
        for node in toposort([root]):
            known[node] = self._fraction(node, [known[arg] for arg in node.args])
        return known[root][0]

    def _fraction(self, node: Value, parts: list[tuple[Value, Powers]]) -> tuple[Value, Powers]:
        name = node.rule.function.name if node.args else ""
        if name == "neg":
            return self._make("-a", parts[0][0]), parts[0][1]
        if name in ("add", "sub"):
            return self._sum(name, parts)
        if name == "mul":
            (a, below), (b, others) = parts
            return self._make("a * b", a, b), {
                base: below.get(base, 0) + others.get(base, 0) for base in below | others
            }
        if name == "div":
            (a, below), (b, others) = parts
            return self._scaled(a, others), below | {b: below.get(b, 0) + 1}
        exponent = node.args[1].data if name == "pow" and not node.args[1].requires_grad else 0.0
        if exponent.is_integer() and 0 < abs(exponent) <= _HIGHEST:
            return self._power(parts[0], int(exponent))
        return node, {}

    def _sum(self, name: str, parts: list[tuple[Value, Powers]]) -> tuple[Value, Powers]:
        (a, below), (b, others) = parts
        common = {base: max(below.get(base, 0), others.get(base, 0)) for base in below | others}
        scaled = [
            self._scaled(above, {base: power - own.get(base, 0) for base, power in common.items()})
            for above, own in ((a, below), (b, others))
        ]
        return self._make("a + b" if name == "add" else "a - b", *scaled), common

    def _power(self, part: tuple[Value, Powers], exponent: int) -> tuple[Value, Powers]:
        above, below = part
        size = abs(exponent)
        raised = {base: power * size for base, power in below.items()}
        if exponent > 0:
            return self._scaled(self._one, {above: size}), raised
        return self._scaled(self._one, raised), {above: size}

    def _scaled(self, node: Value, by: Powers) -> Value:
        """A product with some powers."""
        for base, power in _present(by):
            factor = base if power == 1 else self._make(f"a**{power}", base)
            node = factor if node is self._one else self._make("a * b", node, factor)
        return node

    def _make(self, text: str, *args: Value) -> Value:
        names = ("a", "b")[: len(args)]
        return self._interner.of(NAMED.formula(text, ", ".join(names))(*args))


def _present(powers: Powers) -> Iterable[tuple[Value, int]]:
    return [(base, power) for base, power in powers.items() if power > 0]
