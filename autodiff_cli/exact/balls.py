"""A graph over balls: values and slopes at any precision, with proven bounds (python-flint, the extra `exact`)."""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import lru_cache
from math import nan
from typing import Any

from autodiff_cli.engine.expression import NamedGraph
from autodiff_cli.engine.graph import toposort
from autodiff_cli.engine.value import Value
from autodiff_cli.errors import AutodiffError
from autodiff_cli.rules.numbers import NumberSystem
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

    Where the step's arguments are known exactly it is `final`; otherwise a higher precision may help.
    """

    def __init__(self, why: str, node: Value | None = None, final: bool = False) -> None:
        super().__init__(why)
        self.node = node
        self.final = final


OPEN, ROUGH, STEEP = "open", "rough", "steep"  # a decision not made; a kink or jump nearby; a slope without a value


class Balls:
    """Balls of so many bits. Every call works at that precision, whatever flint's own is.

    A ball that is not finite says that the number is undefined, or that this precision does not show it. A number is
    a rational in place of a ball where it was computed from `decimal`s by rational operations alone; it is exact.
    """

    def __init__(self, bits: int) -> None:
        from flint import ctx

        self.bits = bits
        self._precision = ctx.workprec
        with ctx.workprec(bits):
            self._numbers = {settled: _numbers(bits, settled) for settled in (False, True)}

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
                turn = 2 * arb.pi()
                return {
                    "pi": turn / 2,
                    "e": arb(1).exp(),
                    "tau": turn,
                    "deg": turn / 360,
                    "inf": arb("inf"),
                }[name]
            return arb(name) if name and not exact_floats else arb(leaf.data)

    def values(
        self, nodes: Iterable[Value], leaves: Mapping[Value, Any], around: Collection[Value] = ()
    ) -> dict[Value, Any]:
        """The number of every node, computed in the order given, arguments first; `leaves` has those of all leaves.

        A node whose number cannot be had stands for the Undefined that says why; so does what depends on it. The nodes
        in `around`, leaves too, stand for all numbers close to theirs.
        """
        known: dict[Value, Any] = dict(leaves)
        for leaf in around:
            if leaf in known:
                known[leaf] = self.around(known[leaf])
        with self._precision(self.bits):
            for node in nodes:
                known[node] = found = self._value(node, [known[arg] for arg in node.args])
                if node in around and not isinstance(found, Undefined):
                    known[node] = self.around(found)
        return known

    def values_of(
        self, graph: NamedGraph, leaves: Mapping[Value, Any], around: Collection[Value] = ()
    ) -> dict[Value, Any]:
        """As `values`, of all that a graph computes; its result is undefined where something it needs is."""
        known = self.values(graph.nodes, leaves, around)
        for node in graph.needed:
            if self._is_open(known[node]):
                known[graph.root] = self._first_open(graph, known)
        return known

    def _is_open(self, number: Any) -> bool:
        """Whether a number cannot be had."""
        return isinstance(number, Undefined) or not self.ball(number).is_finite()

    def _first_open(self, graph: NamedGraph, known: Mapping[Value, Any]) -> Undefined:
        """Why something that the graph needs cannot be had: the first step to blame."""
        for node in toposort(graph.needed):
            if self._is_open(known[node]):
                why = known[node]
                final = all(exact(known[arg]) for arg in node.args)
                return why if isinstance(why, Undefined) else Undefined(OPEN, node, final)
        raise AssertionError("a graph of numbers has none that cannot be had")

    def _value(self, node: Value, args: list[Any]) -> Any:
        function = node.rule.function
        if function.name == "where" and not isinstance(args[0], Undefined):  # the branch not taken may be undefined
            if args[0] == 0 or args[0] != 0:
                return args[2] if args[0] == 0 else args[1]
            return Undefined(OPEN, node)
        for arg in args:
            if isinstance(arg, Undefined):
                return arg
        found = _RATIONALS.value(function, args)
        if found is None:
            try:
                found = self._numbers[bool(function.kinks)].value(function)(*map(self.ball, args))
            except _ERRORS:
                return Undefined(OPEN, node)
            if len(node.rule.zero_partials) == len(function.args) and not (found.is_exact() and found.is_finite()):
                return Undefined(OPEN, node)  # it steps from number to number, and it is open on which it stands
        return found

    def gradients(self, root: Value, values: dict[Value, Any]) -> dict[Value, Any]:
        """The slope of the root by every node that leads to a variable, from what `values` made."""
        from flint import fmpq

        slopes: dict[Value, Any] = {root: fmpq(1)}
        with self._precision(self.bits):
            for node, arg, partial in self._edges(slopes, values):
                before, slope = slopes.get(arg), slopes[node]
                undefined = next((part for part in (before, partial, slope) if isinstance(part, Undefined)), None)
                slopes[arg] = undefined or (slope * partial if before is None else before + slope * partial)
        return slopes

    def doubts(self, root: Value, values: dict[Value, Any]) -> dict[Value, Undefined | None]:
        """For values around a point: of every node that the root depends on there, why there may be no slope by it.

        A function that has no kinks is smooth wherever it has values to both sides. One that has is smooth where its
        partial is near one number over all that is around.
        """
        from flint import arb

        doubts: dict[Value, Undefined | None] = {root: None}
        with self._precision(self.bits):
            near = arb(2) ** (-self.bits // 3)
            for node, arg, partial in self._edges(doubts, values, smooth=True):
                doubt = doubts[node] or doubts.get(arg)
                if isinstance(partial, Undefined):
                    doubt = Undefined(ROUGH if str(partial) == OPEN else str(partial), partial.node)
                elif isinstance(partial, arb) and not partial.rad() <= near * arb(1).max(abs(partial.mid())):
                    doubt = Undefined(ROUGH, node)
                doubts[arg] = doubt
        return doubts

    def _edges(
        self, reached: dict[Value, Any], values: dict[Value, Any], smooth: bool = False
    ) -> Iterator[tuple[Value, Value, Any]]:
        """Every node and argument that a slope passes between, with the partial, from the root down."""
        for node in reversed(values):
            if node in reached:
                for index, arg in enumerate(node.args):
                    if arg.requires_grad and index not in node.rule.zero_partials:
                        partial = self._smooth(node, values) if smooth else None
                        if partial is None:
                            partial = self._partial(node, index, values)
                        if not (node.rule.may_skip and partial == 0):
                            yield node, arg, partial

    def _smooth(self, node: Value, values: Mapping[Value, Any]) -> Any:
        """Where its values alone say whether a node is smooth, 1 or an Undefined; else None."""
        function = node.rule.function
        if function.kinks or function.selects:
            return None
        number = values[node]
        if isinstance(number, Undefined):
            return number
        return 1 if self.ball(number).is_finite() else Undefined(STEEP, node)

    def _partial(self, node: Value, index: int, values: Mapping[Value, Any]) -> Any:
        from flint import arb

        function = node.rule.function
        if function.name == "where":
            condition = values[node.args[0]]
            return condition if isinstance(condition, Undefined) else int((index == 1) == (condition != 0))
        args = [values[arg] for arg in node.args]
        for number in (values[node], *args):
            if isinstance(number, Undefined):
                return number
        text = function.partials[0 if function.variadic else index]
        if text in function.args:  # no formula: what is rational stays so
            return args[function.args.index(text)]
        if text in ("1", "-1"):
            return int(text)
        given = (args[index], args) if function.variadic else args
        partial = _RATIONALS.partial(function, index, (values[node], *given), args)
        if partial is None:
            balls = [self.ball(arg) for arg in args]
            given = (balls[index], balls) if function.variadic else balls
            try:
                numbers = self._numbers[bool(function.kinks)]
                partial = arb(numbers.partial(function, index)(self.ball(values[node]), *given))
            except _ERRORS:
                return Undefined(OPEN, node)
            if not partial.is_finite():
                return Undefined(STEEP, node, all(map(exact, args)))
        return partial


def exact(number: Any) -> bool:
    """Whether it is one number, and known: a rational, or a ball without a radius."""
    from flint import arb

    return not isinstance(number, arb) or (number.is_exact() and number.is_finite())


def decimal(text: str) -> Any:
    """A decimal as it is typed, as a rational: 0.1 is one tenth. Raises ValueError for what is none."""
    from flint import fmpq, fmpz

    match = _DECIMAL.fullmatch(text)
    if match is None:
        raise ValueError(text)
    sign, whole, fraction, exponent = (part or "" for part in match.groups())
    digits = fmpz(f"{whole}{fraction}" or "0")
    if digits == 0:
        return fmpq(0)
    return fmpq(-digits if sign == "-" else digits) * fmpq(10) ** (int(exponent or 0) - len(fraction))


_DECIMAL = re.compile(r"([+-]?)(?=\.?[0-9])([0-9]*)\.?([0-9]*)(?:[eE]([+-]?[0-9]+))?")
_ERRORS = (ArithmeticError, ValueError)


class _Rationals:
    """The table's formulas over rationals; None where a result is no rational."""

    def __init__(self) -> None:
        self._compiled: dict[tuple[str, int, int], Any] = {}

    def value(self, function: Function, args: list[Any]) -> Any:
        return self._run((function.name, len(function.args), -1), function, args, args)

    def partial(self, function: Function, index: int, given: Iterable[Any], args: list[Any]) -> Any:
        return self._run((function.name, len(function.args), index), function, given, args)

    def _run(self, key: tuple[str, int, int], function: Function, given: Iterable[Any], args: list[Any]) -> Any:
        from flint import fmpq

        if not all([isinstance(arg, fmpq) for arg in args]):  # noqa: C419 - faster
            return None
        if key not in self._compiled:
            numbers = _rational_numbers()
            try:
                self._compiled[key] = numbers.value(function) if key[2] < 0 else numbers.partial(function, key[2])
            except KeyError:  # it is made of functions that have no kernel
                self._compiled[key] = None
        compiled = self._compiled[key]
        try:
            found = fmpq(compiled(*given)) if compiled else None
        except (TypeError, *_ERRORS):  # pi, a number that is none, a power that is too large
            return None
        from autodiff_cli.rules.kernels.rationals import MOST

        return found if found is not None and found.height_bits() <= MOST else None


_RATIONALS = _Rationals()


@lru_cache(maxsize=1)
def _rational_numbers() -> NumberSystem:
    from autodiff_cli.rules.kernels.rationals import KERNELS

    return NumberSystem(KERNELS, operators_as_calls=True)


@lru_cache(maxsize=16)
def _numbers(bits: int, settled: bool) -> NumberSystem:
    """The table over balls. A comparison in a formula may be open: the formula then holds what both answers give.

    Where a step such as floor(x) is open it holds all it may be too, unless steps have to be `settled`.
    """
    from flint import arb

    from autodiff_cli.rules.kernels.balls import KERNELS, Undecided

    def open_(name: str) -> Callable[..., Any]:
        kernel = KERNELS[name]

        def compare(a: Any, b: Any) -> Any:
            try:
                return kernel(a, b)
            except Undecided:
                return arb(0.5, 0.5)

        return compare

    def where(c: Any, a: Any, b: Any) -> Any:
        condition = arb(c)
        if condition == 0 or condition != 0:
            return arb(b if condition == 0 else a)
        return arb(a).union(arb(b))

    def step(name: str) -> Callable[..., Any]:
        kernel = KERNELS[name]

        def settle(x: Any) -> Any:
            found = kernel(x)
            if not found.is_exact():
                raise Undecided(f"{name} of {x} is undecided")
            return found

        return settle

    def atan2(a: Any, b: Any) -> Any:
        y = arb(a)
        if y.contains(0) and not y.is_exact() and not arb(b) > 0:
            raise Undecided(f"the side of {y} is undecided")
        return KERNELS["atan2"](a, b)

    kernels = KERNELS | {"pi": arb.pi(), "where": where, "atan2": atan2}
    kernels |= {name: open_(name) for name in ("lt", "le", "gt", "ge", "eq")}
    if settled:
        kernels |= {name: step(name) for name in ("sign", "floor", "ceil", "trunc", "round")}
    return NumberSystem(kernels, operators_as_calls=True)
