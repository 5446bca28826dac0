"""What a graph is, in each way that the steps and conditions which its balls leave open may stand."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from flint import arb, fmpq

from autodiff_cli.engine.value import Value
from autodiff_cli.exact.balls import Balls, Undefined
from autodiff_cli.exact.far import ANY, NOWHERE, Far, image, is_finite, is_not_0, two_ends
from autodiff_cli.rules.table import BOOLEAN

_CASES = 64  # ways that are looked at


class Ways:
    """The ways of the nodes below a root, from the `values` of its leaves.

    `quotient` is asked of a quotient that is 0/0 somewhere in its balls, `sign` which sign the argument of a step
    has, or the difference of what is compared, where that is 0 at an end of the balls alone; None where that is open.
    """

    def __init__(
        self,
        balls: Balls,
        nodes: Sequence[Value],
        root: Value,
        values: Mapping[Value, Any],
        quotient: Callable[[Value], Any],
        sign: Callable[[Value], int | None],
    ) -> None:
        self._balls, self._nodes, self._root = balls, nodes, root
        self._values, self._quotient, self._sign = values, quotient, sign
        self._leaves = {arg: values[arg] for node in nodes for arg in node.args if not arg.args}
        self.count = 0

    def outcomes(self, settled: Mapping[Value, Any] | None = None) -> Iterator[Any]:
        """The values of the root, one a case; ANY where there are too many."""
        self.count += 1
        if self.count > _CASES:
            yield ANY
            return
        settled = settled or {}
        known = dict(self._leaves)
        for node in self._nodes:
            args = [known[arg] for arg in node.args]
            if node in settled:
                known[node] = settled[node]
            elif branches := self._branches(node, args):
                for branch in branches:
                    yield from self.outcomes({**settled, node: branch})
                return
            else:
                known[node] = self._value(node, args)
        yield known.get(self._root, ANY)

    def _branches(self, node: Value, args: list[Any]) -> list[Any]:
        """What a step or condition may be, where that is open."""
        name = node.rule.function.name
        if name == "where":
            return [] if is_not_0(args[0]) or args[0] == 0 else args[1:]
        if ends := two_ends(name, args[0]):
            return ends
        if name not in _MAY_BE_OPEN or not isinstance(self._strict(node, args), Undefined):
            return []
        sign = self._sign(node) if name in _BY_SIGN else None
        if sign is not None:
            return [_BY_SIGN[name](sign)]
        if name in BOOLEAN:
            return [fmpq(0), fmpq(1)]
        ways = _WAYS.get(name)
        return ways(*args) if ways and all(map(is_finite, args)) else []

    def _strict(self, node: Value, args: list[Any]) -> Any:
        """The number of a node; ANY where that of an argument is not known."""
        if not all(map(_is_number, args)) and node.rule.function.name != "where":
            return ANY
        given = dict(zip(node.args, args, strict=True))
        return self._balls.values((node,), given)[node]

    def _value(self, node: Value, args: list[Any]) -> Any:
        function = node.rule.function
        if function.name == "where":
            return args[2] if args[0] == 0 else args[1]
        if any(arg is NOWHERE for arg in args):
            return NOWHERE
        found = self._strict(node, args)
        return found if is_finite(found) else self._beyond(node, args)

    def _beyond(self, node: Value, args: list[Any]) -> Any:
        """The number of a node some of whose arguments are outside its domain, at a pole, or far from 0."""
        if self._is_outside(node, args):
            return NOWHERE
        name = node.rule.function.name
        found = self._divided(node) if name == "div" else ANY
        return found if is_finite(found) else image(name, args)

    def _is_outside(self, node: Value, args: list[Any]) -> bool:
        function = node.rule.function
        return bool(function.domain) and all(map(_is_number, args)) and self._balls.is_outside(function, args)

    def _divided(self, node: Value) -> Any:
        """A quotient of numbers that are finite over all of the balls."""
        return self._quotient(node) if all(is_finite(self._values[arg]) for arg in node.args) else ANY


def _is_number(number: Any) -> bool:
    """Whether something is a ball or a rational."""
    return not isinstance(number, (Undefined, Far))


def _counts(ball: Any) -> list[int]:
    """The whole numbers that floor may be; few, or none where there are many."""
    low, high = ball.lower().floor().unique_fmpz(), ball.upper().floor().unique_fmpz()
    if low is None or high is None or high - low > 3:
        return []
    return [*range(int(low) - 1, int(high) + 2)]


def _whole_numbers(x: Any, *_digits: Any) -> list[Any]:
    return [*map(fmpq, _counts(arb(x)))]


def _remainders(x: Any, period: Any) -> list[Any]:
    if arb(period).contains(0):
        return []
    return [x - period * count for count in _counts(arb(x) / arb(period))]


_BY_SIGN: dict[str, Callable[[int], Any]] = {  # of the argument, or of the difference of two
    "sign": fmpq,
    "heaviside": lambda sign: fmpq(sign + 1, 2),
    "gt": lambda sign: fmpq(int(sign > 0)),
    "ge": lambda sign: fmpq(int(sign > 0)),
    "lt": lambda sign: fmpq(int(sign < 0)),
    "le": lambda sign: fmpq(int(sign < 0)),
}
_WAYS: dict[str, Callable[..., list[Any]]] = {
    "sign": lambda _x: [fmpq(-1), fmpq(0), fmpq(1)],
    "heaviside": lambda *_args: [fmpq(0), fmpq(1, 2), fmpq(1)],
    "floor": _whole_numbers,
    "ceil": _whole_numbers,
    "trunc": _whole_numbers,
    "round": _whole_numbers,
    "mod": _remainders,
    "fmod": _remainders,
}
_MAY_BE_OPEN = _BY_SIGN.keys() | _WAYS.keys() | BOOLEAN
