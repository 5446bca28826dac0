"""A graph over balls: values and gradients at any precision, with proven bounds (python-flint, the extra `exact`)."""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from math import nan
from typing import Any

from autodiff_cli.engine.expression import NamedGraph
from autodiff_cli.engine.graph import toposort
from autodiff_cli.engine.value import Value
from autodiff_cli.errors import AutodiffError
from autodiff_cli.rules.table import CONSTANTS, Function

INSTALL = "pip install 'autodiff-cli[exact]'"


def available() -> bool:
    """Whether python-flint is installed."""
    from importlib.util import find_spec

    return find_spec("flint") is not None


def require() -> None:
    """Raise AutodiffError where python-flint is missing."""
    if not available():
        raise AutodiffError("this needs python-flint, which is not installed", hint=INSTALL)


class Undefined(ArithmeticError):  # noqa: N818 - it says what is the case
    """Why a number cannot be had, and at which step: a decision that its ball leaves open, or a slope that is infinite.

    `exact` says that the step's arguments are known exactly; a higher precision may help all the same.
    """

    def __init__(self, why: str, node: Value | None = None, exact: bool = False) -> None:
        super().__init__(why)
        self.node = node
        self.exact = exact


OPEN, ROUGH, STEEP = "open", "rough", "steep"  # a decision not made; a kink or jump nearby; a slope without a value
OUTSIDE = "outside"  # of a domain


class Balls:
    """Balls of so many bits. Every call works at that precision, whatever flint's own is.

    A ball that is not finite says that the number is undefined, or that this precision does not show it. A number is
    a rational in place of a ball where it was computed from `decimal`s by rational operations alone; it is exact.
    """

    def __init__(self, bits: int) -> None:
        from flint import ctx

        from autodiff_cli.exact import arithmetic

        self.bits = bits
        self._precision = ctx.workprec
        self._arithmetic = arithmetic
        self._systems = {settled: arithmetic.over_balls(bits, settled) for settled in (False, True)}

    def __enter__(self) -> None:
        """Work with these balls' own operators at their precision."""
        self._entered = self._precision(self.bits)
        self._entered.__enter__()

    def __exit__(self, *error: object) -> None:
        self._entered.__exit__(*error)

    def power(self, bits: int) -> Any:
        """The ball of a power of two."""
        from flint import arb

        return arb(2) ** bits

    def number(self, text: str) -> Any:
        """The ball of a decimal as it is typed: 0.1 is one tenth."""
        from flint import arb

        with self._precision(self.bits):
            return arb(text)

    def is_ball(self, number: Any) -> bool:
        """Whether a number is a ball, and no rational."""
        from flint import arb

        return isinstance(number, arb)

    def point(self, data: float) -> Any:
        """The ball of a float: exactly that number."""
        from flint import arb

        return arb(data)

    def middle(self, ball: Any) -> float:
        """The float nearest to the middle of a ball; nan where there is none."""
        return nan if isinstance(ball, Undefined) else float(self.ball(ball).mid())

    def ball(self, number: Any) -> Any:
        """A rational as a ball; a ball as it is."""
        from flint import arb

        if isinstance(number, arb):
            return number
        with self._precision(self.bits):
            return arb(number)

    def around(self, number: Any) -> Any:
        """All numbers that agree with this one in so many bits, to both sides of it."""
        from flint import arb

        with self._precision(self.bits + 10):
            ball = arb(number)
            away = arb(2) ** -self.bits * (1 if ball.contains(0) else abs(ball))
            return (ball - away).union(ball + away)

    def constant(self, leaf: Value, exact_floats: bool = False) -> Any:
        """The ball of a constant leaf: a named constant, a literal as typed, or else its float."""
        from flint import arb

        name = leaf.label or ""
        with self._precision(self.bits):
            if name in CONSTANTS:
                return self._arithmetic.named_constant(name)
            return arb(name) if name and not exact_floats else arb(leaf.data)

    def values(
        self, nodes: Iterable[Value], leaves: Mapping[Value, Any], around: Collection[Value] = ()
    ) -> dict[Value, Any]:
        """The number of every node, computed in the order given, arguments first; `leaves` has those of all leaves.

        A node whose number cannot be had stands for the Undefined that says why; so does what depends on it. The nodes
        in `around`, leaves too, stand for all numbers close to theirs.
        """
        known: dict[Value, Any] = dict(leaves)
        for leaf in known.keys() & around:
            known[leaf] = self.around(known[leaf])
        with self._precision(self.bits):
            for node in nodes:
                number = self._value(node, [known[arg] for arg in node.args])
                if node in around and not isinstance(number, Undefined):
                    number = self.around(number)
                known[node] = number
        return known

    def values_of(
        self, graph: NamedGraph, leaves: Mapping[Value, Any], around: Collection[Value] = ()
    ) -> dict[Value, Any]:
        """As `values`, of all that a graph computes; its result is undefined where something it needs is."""
        known = self.values(graph.nodes, leaves, around)
        if any(self._is_open(known[node]) for node in graph.needed):
            known[graph.root] = self._first_open(graph, known)
        return known

    def violation(self, graph: NamedGraph, values: Mapping[Value, Any]) -> Undefined | None:
        """The first step, of those that the result depends on, that is outside its domain whatever its balls hold."""
        reached = self._depended_on([graph.root, *graph.needed], values)
        for node in graph.nodes:
            if node in reached and node.rule.function.domain and self._is_open(values[node]):
                args = [values[arg] for arg in node.args]
                if self.is_outside(node.rule.function, args):
                    return Undefined(OUTSIDE, node, exact=True)
        return None

    def is_outside(self, function: Function, args: Collection[Any]) -> bool:
        """Whether some numbers are outside a function's domain, whatever their balls hold."""
        finite = not any(map(self._is_open, args))
        with self._precision(self.bits):
            return finite and self._arithmetic.contains(function, map(self.ball, args)) is False

    def _depended_on(self, roots: Iterable[Value], values: Mapping[Value, Any]) -> set[Value]:
        """The nodes that some depend on; of a `where` that is decided, only the branch that is taken."""
        found = set(roots)
        stack = [*found]
        while stack:
            node = stack.pop()
            args = node.args
            if node.rule.function.name == "where" and not isinstance(values[args[0]], Undefined):
                args = (args[0], args[2] if values[args[0]] == 0 else args[1])
            for arg in args:
                if arg not in found:
                    found.add(arg)
                    stack.append(arg)
        return found

    def _is_open(self, number: Any) -> bool:
        """Whether a number cannot be had."""
        return isinstance(number, Undefined) or not self.ball(number).is_finite()

    def _first_open(self, graph: NamedGraph, known: Mapping[Value, Any]) -> Undefined:
        """Why something that the graph needs cannot be had: the first step to blame."""
        open_nodes = filter(lambda node: self._is_open(known[node]), toposort(graph.needed))
        node = next(open_nodes)
        why = known[node]
        if isinstance(why, Undefined):
            return why
        return Undefined(OPEN, node, all(exact(known[arg]) for arg in node.args))

    def _value(self, node: Value, args: list[Any]) -> Any:
        """The number of a node from those of its arguments, rational where these are, if it is.

        The branch of a `where` that is not taken may be undefined.
        """
        function = node.rule.function
        if function.name == "where" and not isinstance(args[0], Undefined):
            return _branch(node, *args)
        if undefined := _first_undefined(args):
            return undefined
        rational = self._arithmetic.rational(function, -1, args, args)
        return self._ball_value(node, args) if rational is None else rational

    def _ball_value(self, node: Value, args: list[Any]) -> Any:
        function = node.rule.function
        try:
            compute = self._systems[bool(function.kinks)].value(function)
            found = compute(*map(self.ball, args))
        except self._arithmetic.ERRORS:
            return Undefined(OPEN, node)
        is_step = len(node.rule.zero_partials) == len(function.args)
        if is_step and not exact(found):  # it is open on which step it stands
            return Undefined(OPEN, node)
        return found

    def gradients(self, root: Value, values: dict[Value, Any]) -> dict[Value, Any]:
        """The gradient of the root by every node that leads to a variable, from what `values` made."""
        from flint import fmpq

        found: dict[Value, Any] = {root: fmpq(1)}
        with self._precision(self.bits):
            for node, arg, partial in _edges(found, values, self._partial):
                found[arg] = _accumulate(found.get(arg), found[node], partial)
        return found

    def doubts(self, root: Value, values: dict[Value, Any]) -> dict[Value, Undefined | None]:
        """For values around a point: of every node that the root depends on there, why there may be no slope by it.

        A function that has no kinks is smooth wherever it has values to both sides. One that has is smooth where its
        partial is near one number over all that is around.
        """
        doubts: dict[Value, Undefined | None] = {root: None}
        with self._precision(self.bits):
            near = self.power(-self.bits // 3)
            for node, arg, partial in _edges(doubts, values, self._partial_around):
                doubts[arg] = _doubt(node, partial, near) or doubts[node] or doubts.get(arg)
        return doubts

    def _partial_around(self, node: Value, index: int, values: Mapping[Value, Any]) -> Any:
        """The partial over all that is around; 1 stands for any where the value alone says that the node is smooth."""
        function = node.rule.function
        if function.kinks or function.selects:
            return self._partial(node, index, values)
        number = values[node]
        if isinstance(number, Undefined):
            return number
        return 1 if self.ball(number).is_finite() else Undefined(STEEP, node)

    def _partial(self, node: Value, index: int, values: Mapping[Value, Any]) -> Any:
        function = node.rule.function
        args = [values[arg] for arg in node.args]
        if function.name == "where":
            return _branch_partial(node, args[0], index)
        if undefined := _first_undefined([values[node], *args]):
            return undefined
        text = function.partial_by(index)
        if text in function.args:  # no formula: what is rational stays so
            return args[function.args.index(text)]
        if text in ("1", "-1"):
            return int(text)
        given = _given(node, index, args)
        rational = self._arithmetic.rational(function, index, (values[node], *given), args)
        return self._ball_partial(node, index, values) if rational is None else rational

    def _ball_partial(self, node: Value, index: int, values: Mapping[Value, Any]) -> Any:
        from flint import arb

        function = node.rule.function
        result, *args = [self.ball(values[part]) for part in (node, *node.args)]
        try:
            compute = self._systems[bool(function.kinks)].partial(function, index)
            partial = arb(compute(result, *_given(node, index, args)))
        except self._arithmetic.ERRORS:
            return Undefined(OPEN, node)
        if partial.is_finite():
            return partial
        return Undefined(STEEP, node, all(exact(values[arg]) for arg in node.args))


def _given(node: Value, index: int, args: list[Any]) -> tuple[Any, ...]:
    """What the formula of a partial is called with, besides the result."""
    return (args[index], args) if node.rule.function.variadic else tuple(args)


def _branch(node: Value, condition: Any, taken: Any, other: Any) -> Any:
    """What a `where` is, from its condition."""
    if condition == 0:
        return other
    return taken if condition != 0 else Undefined(OPEN, node)


def _branch_partial(node: Value, condition: Any, index: int) -> Any:
    """The partial of a `where` by one of its branches: 1 for the one that is taken."""
    if isinstance(condition, Undefined):
        return condition
    taken = _branch(node, condition, 1, 2)
    return taken if isinstance(taken, Undefined) else int(index == taken)


def _edges(
    reached: Collection[Value], values: dict[Value, Any], partial_of: Callable[[Value, int, dict[Value, Any]], Any]
) -> Iterator[tuple[Value, Value, Any]]:
    """Every node and argument that a gradient passes between, with the partial, from the root down.

    `reached` grows meanwhile: it has the nodes that something came to.
    """
    for node in reversed(values):
        if node in reached:
            for index in _moving(node):
                partial = partial_of(node, index, values)
                if not (node.rule.may_skip and partial == 0):
                    yield node, node.args[index], partial


def _moving(node: Value) -> list[int]:
    """The places of the arguments that a gradient may pass to: of `2 * x` it is 1."""
    moving = {index for index, arg in enumerate(node.args) if arg.requires_grad}
    return sorted(moving.difference(node.rule.zero_partials))


def _accumulate(before: Any, gradient: Any, partial: Any) -> Any:
    """What an argument's gradient becomes, None if nothing came before; the first number that cannot be had wins."""
    if undefined := _first_undefined([before, partial, gradient]):
        return undefined
    return gradient * partial if before is None else before + gradient * partial


def _first_undefined(numbers: list[Any]) -> Undefined | None:
    """The first number that cannot be had."""
    for number in numbers:
        if isinstance(number, Undefined):
            return number
    return None


def _doubt(node: Value, partial: Any, near: Any) -> Undefined | None:
    """Why a node may have no slope around a point, from its partial over all that is around."""
    from flint import arb

    if isinstance(partial, Undefined):
        return Undefined(ROUGH if str(partial) == OPEN else str(partial), partial.node)
    is_near_one_number = not isinstance(partial, arb) or partial.rad() <= near * arb(1).max(abs(partial.mid()))
    return None if is_near_one_number else Undefined(ROUGH, node)


def exact(number: Any) -> bool:
    """Whether it is one number, and known: a rational, or a ball without a radius."""
    from flint import arb

    return not isinstance(number, arb) or (number.is_exact() and number.is_finite())


def exactly(data: float) -> Any:
    """A float as the rational it is; as a ball what is not finite."""
    from flint import arb, fmpq

    return fmpq(*data.as_integer_ratio()) if data - data == 0 else arb(data)


_DECIMAL = re.compile(r"([+-]?)(?=\.?[0-9])([0-9]*)\.?([0-9]*)(?:[eE]([+-]?[0-9]+))?")


def is_decimal(text: str) -> bool:
    """Whether a text is one decimal number, as `decimal` reads it.

    >>> is_decimal("-1.5e3"), is_decimal("2+0.1"), is_decimal("pi")
    (True, False, False)
    """
    return _DECIMAL.fullmatch(text) is not None


def decimal(text: str) -> Any:
    """A decimal as it is typed, as a rational: 0.1 is one tenth. Raises ValueError for what is none."""
    from flint import fmpq, fmpz

    match = _DECIMAL.fullmatch(text)
    if match is None:
        raise ValueError(text)
    sign, whole, fraction, exponent = match.groups("")
    digits = fmpz(whole + fraction)
    if digits == 0:
        return fmpq(0)
    return fmpq(-digits if sign == "-" else digits) * fmpq(10) ** (int(exponent or 0) - len(fraction))
