"""All values that a graph takes over an interval, where it has any: poles, edges of domains and jumps included."""

from collections.abc import Iterator, Mapping
from math import inf, isfinite
from typing import Any, NamedTuple

from flint import arb, fmpq

from autodiff_cli.engine.expression import NamedGraph
from autodiff_cli.engine.value import Value
from autodiff_cli.exact.balls import Balls, Undefined, decimal, exactly
from autodiff_cli.rules.table import BOOLEAN, CONSTANTS
from autodiff_cli.solving.simplest import simplest

_CASES = 64  # ways in which open steps and conditions may stand
_EDGES = ("sqrt", "asin", "acos", "acosh", "pow")
_STEPS = ("floor", "ceil", "trunc", "round")


class Far(NamedTuple):
    """All numbers at least so far from 0, to both sides: what 1/x is close to 0."""

    least: Any


NOWHERE = Far(arb("inf"))  # no value: outside of a domain
ANY = Undefined("any number")


def leaf_number(leaf: Value, balls: Balls) -> Any:
    """The number of a constant: a decimal as it is typed, or its float."""
    name = leaf.label or ""
    if name in CONSTANTS or not isfinite(leaf.data):
        return balls.constant(leaf)
    return decimal(name) if name else exactly(leaf.data)


class LipschitzBalls(Balls):
    """Balls whose slopes hold all slopes nearby where a function is continuous and has a kink: of abs from -1 to 1.

    By the mean value theorem for such functions (Clarke 1976) an increment is one of these slopes times the step.
    """

    def _partial(self, node: Value, index: int, values: Mapping[Value, Any]) -> Any:
        found = super()._partial(node, index, values)
        hull = _HULLS.get(node.rule.function.name)
        if isinstance(found, Undefined) and hull and not any(isinstance(values[arg], Undefined) for arg in node.args):
            low, high = hull
            return arb(low).union(arb(high))
        return found


_HULLS = {"abs": (-1, 1), "relu": (0, 1), "max": (0, 1), "min": (0, 1), "clamp": (0, 1), "hardtanh": (0, 1)}


class BallGraph:
    """The numbers of a graph over balls: strictly, where everything is defined, and else as far as it is defined."""

    def __init__(self, graph: NamedGraph, fixed: Mapping[Value, Any], bits: int) -> None:
        self.graph = graph
        self.balls = LipschitzBalls(bits)
        self.cases = 0  # that were looked at
        used = dict.fromkeys([*[arg for node in graph.nodes for arg in node.args], graph.root, *graph.steps.values()])
        free = {*graph.variables.values()}
        constants = [node for node in used if not node.args and node not in free]
        self._leaves = {leaf: leaf_number(leaf, self.balls) for leaf in constants} | dict(fixed)

    def values(self, given: Mapping[Value, Any]) -> dict[Value, Any]:
        """The number of every node; what is undefined for some of the numbers given is Undefined or not finite."""
        return self.balls.values_of(self.graph, {**self._leaves, **given})

    def gradient(self, root: Value, by: Value, values: dict[Value, Any]) -> Any:
        """The slopes of a node, as a ball; Undefined where there may be none."""
        if not is_finite(values[root]):  # it may jump, with slopes of 0 to both sides
            return ANY
        found = self.balls.gradients(root, values).get(by, fmpq(0))
        return found if isinstance(found, Undefined) else self.balls.ball(found)

    def excludes_0(self, root: Value, values: dict[Value, Any], along: Value | None = None) -> bool:
        """Whether a node is nowhere 0, from what `values` gave for balls of the variables, or of one of them."""
        number = values[root]
        if is_finite(number):
            return not self.balls.ball(number).contains(0)
        with self.balls:
            cases = _Outcomes(self, values, root, along)
            is_nowhere = all(map(_is_far, cases.outcomes()))
            self.cases += cases.count
            return is_nowhere

    def quotient(self, node: Value, along: Value, values: dict[Value, Any]) -> Any:
        """A quotient that is 0/0 at a rational of the variable's ball: by slopes, since both are slopes times a step.

        It has no value there. ANY where it is no such quotient.
        """
        ball = self.balls.ball(values[along])
        at = simplest(float(ball.lower()), float(ball.upper()))
        there = self.values({along: at})
        if not ball.contains(at) or not all(is_finite(there[arg]) and there[arg] == 0 for arg in node.args):
            return ANY
        above, below = (self.gradient(arg, along, values) for arg in node.args)
        if not (is_finite(above) and is_finite(below)) or below.contains(0):
            return ANY
        with self.balls:
            return above / below

    def is_continuous(self, variable: Value, values: dict[Value, Any]) -> bool:
        """Whether every node is continuous, from what `values` gave for a ball of the variable.

        At the edge of a domain, as that of sqrt(x), the part inside must be one piece: what the edge is of rises or
        falls all along.
        """
        known = dict(values)
        for node in self.graph.nodes:
            args = [known[arg] for arg in node.args]
            found = self.balls.values((node,), dict(zip(node.args, args, strict=True)))[node]
            if not is_finite(found):
                found = self._at_edge(node, args, variable, values)
            if not is_finite(found):
                return False
            known[node] = found
        return True

    def _at_edge(self, node: Value, args: list[Any], variable: Value, values: dict[Value, Any]) -> Any:
        """The values of a function at the edge of its domain; ANY where its argument may turn there."""
        name, argument = node.rule.function.name, node.args[0]
        if name not in _EDGES or not all(map(is_finite, args)) or not is_finite(values[argument]):
            return ANY
        slopes = self.gradient(argument, variable, values)
        if not is_finite(slopes) or slopes.contains(0):
            return ANY
        with self.balls:
            return _RULES[name](*args)


def is_finite(number: Any) -> bool:
    """Whether a number is known, and finite."""
    return not isinstance(number, (Undefined, Far)) and arb(number).is_finite()


def _is_far(number: Any) -> bool:
    """Whether a number is not 0."""
    if isinstance(number, Far):
        return bool(number.least > 0)
    return is_finite(number) and not arb(number).contains(0)


class _Outcomes:
    """What a node is, in each way that the open steps and conditions below it may stand."""

    def __init__(self, enclosure: BallGraph, values: dict[Value, Any], root: Value, along: Value | None = None) -> None:
        self._enclosure = enclosure
        self._along = along
        self._balls = enclosure.balls
        self._graph = enclosure.graph
        self._values = values
        self._root = root
        self.count = 0

    def outcomes(self, chosen: Mapping[Value, Any] | None = None) -> Iterator[Any]:
        """The values of the root, one a case."""
        self.count += 1
        if self.count > _CASES:
            yield ANY
            return
        settled = dict(chosen or {})
        known: dict[Value, Any] = {}
        for node in self._graph.nodes:
            for arg in node.args:
                if not arg.args:
                    known[arg] = self._values[arg]
            if node in settled:
                known[node] = settled[node]
                continue
            args = [known[arg] for arg in node.args]
            branches = self._branches(node, args)
            if branches:
                for branch in branches:
                    yield from self.outcomes({**settled, node: branch})
                return
            known[node] = self._value(node, args)
        yield known.get(self._root, ANY)

    def _branches(self, node: Value, args: list[Any]) -> list[Any]:
        """What a step or condition may be, where that is open."""
        name = node.rule.function.name
        if name == "where":
            return [] if _is_far(args[0]) or args[0] == 0 else args[1:]
        is_open = isinstance(self._strict(node, args), Undefined)
        if name in _TWO_ENDS and isinstance(args[0], Far) and args[0] is not NOWHERE:
            ends: list[Any] = _TWO_ENDS[name](args[0].least)
            return ends
        if not is_open or not (name in BOOLEAN or all(map(is_finite, args))):
            return []
        if name in BOOLEAN:
            return [fmpq(0), fmpq(1)]
        if name in ("sign", "heaviside"):
            return [fmpq(-1), fmpq(0), fmpq(1)] if name == "sign" else [fmpq(0), fmpq(1, 2), fmpq(1)]
        if name in _STEPS:
            return _whole_numbers(node, args[0], self._balls)
        if name in ("mod", "fmod") and not arb(args[1]).contains(0):
            quotient = arb(args[0]) / arb(args[1])
            return [args[0] - args[1] * count for count in _counts(quotient)]
        return []

    def _strict(self, node: Value, args: list[Any]) -> Any:
        """The number of a node; ANY where that of an argument is not known."""
        if any(isinstance(arg, (Undefined, Far)) for arg in args) and node.rule.function.name != "where":
            return ANY
        given = dict(zip(node.args, args, strict=True))
        return self._balls.values((node,), given)[node]

    def _value(self, node: Value, args: list[Any]) -> Any:
        name = node.rule.function.name
        if name == "where":
            return args[2] if args[0] == 0 else args[1]
        if any(arg is NOWHERE for arg in args):
            return NOWHERE
        found = self._strict(node, args)
        if is_finite(found):
            return found
        function = node.rule.function
        is_known = not any(isinstance(arg, (Undefined, Far)) for arg in args)
        if is_known and function.domain and self._balls.is_outside(function, args):
            return NOWHERE
        if name == "div" and self._along and all(is_finite(self._values[arg]) for arg in node.args):
            found = self._enclosure.quotient(node, self._along, self._values)
            if is_finite(found):
                return found
        rule = _RULES.get(name)
        return rule(*args) if rule and not any(isinstance(arg, Undefined) for arg in args) else ANY


def _counts(ball: Any) -> range:
    """The whole numbers that floor may be; few, or none where there are many."""
    low, high = ball.lower().floor().unique_fmpz(), ball.upper().floor().unique_fmpz()
    if low is None or high is None or high - low > 3:
        return range(0)
    return range(int(low) - 1, int(high) + 2)


def _whole_numbers(node: Value, ball: Any, balls: Balls) -> list[Any]:
    return [fmpq(count) for count in _counts(arb(ball))]


# --- where a function has poles, or its domain ends -------------------------------------------------------------------


def _least(number: Any) -> Any:
    """The distance from 0 that a number has at least."""
    return number.least if isinstance(number, Far) else abs(arb(number)).lower()


def _most(number: Any) -> Any:
    """The distance from 0 that a number has at most."""
    return arb("inf") if isinstance(number, Far) else abs(arb(number)).upper()


def _far(least: Any) -> Any:
    return Far(least) if least > 0 else ANY


def _within(most: Any) -> Any:
    """All numbers at most so far from 0."""
    return (-most).union(most) if most.is_finite() else ANY


def _sum(a: Any, b: Any) -> Any:
    return _far((_least(a) - _most(b)).max(_least(b) - _most(a)).lower()) if is_finite(a) or is_finite(b) else ANY


def _product(a: Any, b: Any) -> Any:
    return _far((_least(a) * _least(b)).lower())


def _quotient(a: Any, b: Any) -> Any:
    if isinstance(b, Far):
        return ANY if isinstance(a, Far) else _within((_most(a) / b.least).upper())
    if is_finite(a) and not arb(b).contains(0):
        return arb(a) / arb(b)
    most = _most(b)
    return NOWHERE if most == 0 else _far((_least(a) / most).lower())


def _power(x: Any, p: Any) -> Any:
    """Of a number close to 0, or far from it."""
    exponent = arb(p) if is_finite(p) else None
    if exponent is None or exponent.contains(0):
        return ANY
    if isinstance(x, Far):
        found = x.least**exponent
        return _far(found.lower()) if exponent > 0 else _within(found.upper())
    if exponent < 0:
        most = _most(x)
        return NOWHERE if most == 0 else _far((most**exponent).lower())
    if exponent.contains_integer():  # below 0 it has values too
        return ANY
    return _rooted(x, lambda top: top**exponent)


def _rooted(x: Any, function: Any) -> Any:
    """A function that rises from 0 at 0, where it is defined."""
    if isinstance(x, Far):
        return ANY
    top = arb(x).upper()
    return NOWHERE if top < 0 else arb(0).union(function(top))


def _logarithm(x: Any) -> Any:
    """Close to 0: far below."""
    if isinstance(x, Far):
        return ANY
    top = arb(x).upper()
    if top <= 0:
        return NOWHERE
    return _far(-top.log().upper()) if top < 1 else ANY


def _clipped(low: int, high: float, function: Any) -> Any:
    """A function that rises or falls from one end of its domain to the other."""

    def clip(x: Any) -> Any:
        if isinstance(x, Far):
            return ANY
        ball = arb(x)
        bottom, top = ball.lower().max(arb(low)), ball.upper().min(arb(high))
        return NOWHERE if bottom > top else function(bottom).union(function(top))

    return clip


def _ratio(above: Any, below: Any) -> Any:
    """A quotient of two functions, as tan is one."""

    def ratio(x: Any) -> Any:
        if isinstance(x, Far):
            return ANY
        return _quotient(above(arb(x)), below(arb(x)))

    return ratio


def _one(_x: Any) -> Any:
    return arb(1)


_RULES: dict[str, Any] = {
    "add": _sum,
    "sub": _sum,
    "mul": _product,
    "div": _quotient,
    "reciprocal": lambda x: _quotient(arb(1), x),
    "pow": _power,
    "square": lambda x: _power(x, arb(2)),
    "neg": lambda x: x,
    "abs": lambda x: x,
    "sqrt": lambda x: _rooted(x, arb.sqrt),
    "rsqrt": lambda x: _power(x, arb(-0.5)),
    "log": lambda x, *base: _logarithm(x) if not base else ANY,
    "log10": lambda x: _scaled(_logarithm(x), arb(10).log()),
    "log2": lambda x: _scaled(_logarithm(x), arb(2).log()),
    "asin": _clipped(-1, 1, arb.asin),
    "acos": _clipped(-1, 1, arb.acos),
    "acosh": lambda x: ANY if isinstance(x, Far) else _clipped(1, inf, arb.acosh)(x),
    "tan": _ratio(arb.sin, arb.cos),
    "sec": _ratio(_one, arb.cos),
    "cot": _ratio(arb.cos, arb.sin),
    "csc": _ratio(_one, arb.sin),
    "coth": _ratio(arb.cosh, arb.sinh),
    "csch": _ratio(_one, arb.sinh),
    "gamma": lambda x: _gamma(x),
    "factorial": lambda x: _gamma(x if isinstance(x, Far) else arb(x) + 1),
    "atanh": lambda x: _atanh(x),
    "cbrt": lambda x: _far(x.least.root(3).lower()) if isinstance(x, Far) else ANY,
}


def _gamma(x: Any) -> Any:
    """Close to a pole, by 1/gamma, which has none."""
    return ANY if isinstance(x, Far) else _quotient(arb(1), arb(x).rgamma())


def _atanh(x: Any) -> Any:
    """Close to -1 or 1: far from 0."""
    inner = _least(x)
    return ANY if isinstance(x, Far) or not 0 < inner < 1 else _far(inner.atanh().lower())


_TWO_ENDS: dict[str, Any] = {  # what a function is far to the left, and far to the right
    "exp": lambda m: [_within((-m).exp().upper()), Far(m.exp().lower())],
    "atan": lambda m: [sign * m.atan().union(arb.pi() / 2) for sign in (-1, 1)],
    "tanh": lambda m: [sign * m.tanh().union(arb(1)) for sign in (-1, 1)],
    "sigmoid": lambda m: [arb(0).union((-m).exp()), 1 - arb(0).union((-m).exp())],
}


def _scaled(number: Any, by: Any) -> Any:
    return Far((number.least / by).lower()) if isinstance(number, Far) and number is not NOWHERE else number
