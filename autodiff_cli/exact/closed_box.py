"""Where values lie over a box that reaches to the edge of a domain: of x*log(x) over [0, 1], of asin(x) over [-1, 1].

At an edge there may be no value, or a slope without bound, and balls have none of both. Intervals with infinite ends
have them: where a slope keeps its sign, which end is the least is known all the same, and what is nearest to the edge
is a limit.
"""

from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from math import inf
from typing import Any

from flint import arb, ctx

from autodiff_cli.engine.expression import NamedGraph
from autodiff_cli.engine.graph import toposort
from autodiff_cli.engine.value import Value
from autodiff_cli.exact.arithmetic import ERRORS, over_balls
from autodiff_cli.exact.edge_products import edge_products
from autodiff_cli.exact.enclosure import Bounds, Box, Boxed, Look
from autodiff_cli.exact.hulls import down
from autodiff_cli.rules.kernels.extended import KERNELS, Beyond, Extended, hull, interval
from autodiff_cli.rules.numbers import Kernel, NumberSystem, parameters
from autodiff_cli.rules.table import Function, find

_BITS = 128
_UNKNOWN = arb("nan")
_NOTHING = interval(0)

Intervals = dict[Value, Extended]
Slopes = dict[Value, Extended | None]  # None where one is not known


class Outside(Exception):  # noqa: N818 - it says what is the case
    """The step that may leave its domain, or jump, over the box."""

    def __init__(self, node: Value) -> None:
        super().__init__()
        self.node = node


class ClosedBox(Boxed):
    """A graph whose variables lie in a closed box; its values may have no bound on one side.

    Raises Outside where a step may leave its domain, other than at its edge.
    """

    def __init__(self, graph: NamedGraph, leaves: Mapping[Value, Any], box: Box) -> None:
        super().__init__(graph, leaves, box)
        self._clipped: Intervals = {}  # where steps lie that a domain hangs on
        self._quotients: dict[Value, Any] = {}  # of two numbers that are 0 at an end, and that end
        with ctx.workprec(_BITS):
            self._numbers = {leaf: interval(number) for leaf, number in leaves.items()}
            self._products = edge_products(toposort([graph.root]), leaves)
            self._prove(toposort([graph.root, *graph.needed]))

    def value(self, root: Value | None = None) -> Bounds:
        """Where the result lies, or another step; an end is infinite where no bound is known."""
        with ctx.workprec(_BITS):
            least, greatest = [self._least(root or self._root, side) for side in (1, -1)]
            return Bounds(-inf if least is None else down(least), inf if greatest is None else 0.0 - down(greatest))

    def gradients(self) -> dict[Value, Bounds | None]:
        """Where the slope by each variable of the box lies, perhaps without a bound; None where it is not known."""
        with ctx.workprec(_BITS):
            nodes = toposort([self._root])
            found = self._slopes(nodes, self._intervals(nodes, self._start(self._box)))
            return {variable: _bounds(found.get(variable, _NOTHING)) for variable in self._box}

    def lacks_value(self, variable: Value) -> tuple[bool, bool]:
        """Whether there may be no value at the lower end of a variable, and at the upper one."""
        with ctx.workprec(_BITS):
            nodes = toposort([self._root])
            low, high = [self._at(nodes, self._box, {variable: end}) is None for end in self._box[variable]]
            return low, high

    # --- values ----------------------------------------------------------------------------------------------------

    def _start(self, box: Box, settled: Mapping[Value, Any] | None = None) -> Intervals:
        """The numbers of the leaves."""
        known = self._numbers | {variable: hull(low, high) for variable, (low, high) in box.items()}
        return known | {variable: interval(at) for variable, at in (settled or {}).items()}

    def _intervals(self, nodes: list[Value], known: Intervals) -> Intervals:
        """The numbers of some nodes, arguments first. Raises Outside at the first that may have none."""
        for node in nodes:
            if node.args:
                known[node] = self._interval(node, known)
        return known

    def _interval(self, node: Value, known: Intervals) -> Extended:
        function, args = node.rule.function, [known[arg] for arg in node.args]
        try:
            found = interval(_system().value(function)(*args))
        except (Beyond, *ERRORS):
            raise Outside(node) from None
        is_step = len(node.rule.zero_partials) == len(function.args)
        is_choice = function.name == "where" and args[0].holds(0)
        if (is_step and not found.is_point) or (is_choice and not args[0].is_point):  # it is open where it stands
            raise Outside(node)
        return self._narrowed(node, found, known)

    def _narrowed(self, node: Value, found: Extended, known: Intervals) -> Extended:
        """What else is known of a step."""
        if node in self._clipped:
            found = found.within(self._clipped[node])
        if self._is_at_edge(node, known):
            product = self._products[node]
            limit = _times(product.value(known[product.base]), product.others, known)
            return found.within(KERNELS["exp"](limit) if product.is_exponent else limit)
        if node in self._quotients:
            quotient = self._quotient(node, known)
            return found.within(quotient) if quotient else found
        return found

    def _is_at_edge(self, node: Value, known: Intervals) -> bool:
        """Whether a step is a product of a number that comes down to 0 and its logarithm."""
        return node in self._products and bool(known[self._products[node].base].low <= 0)

    def _zero_end(self, node: Value) -> Any:
        """The end of the one variable where a step is a quotient of two numbers that are 0; None where it is none."""
        if node.rule.function.name != "div" or len(self._box) != 1:
            return None
        ((variable, ends),) = self._box.items()
        for end in ends:
            with suppress(Outside):
                there = self._intervals(toposort(node.args), self._start(self._box, {variable: end}))
                if all(there[arg].is_point and there[arg].low == 0 for arg in node.args):
                    return end
        return None

    def _quotient(self, node: Value, known: Intervals) -> Extended | None:
        """A quotient of two numbers that are 0 at one end: that of their slopes from there on (Cauchy's theorem)."""
        (variable,) = self._box
        at = hull(self._quotients[node], known[variable])
        with suppress(Outside, Beyond):
            nodes = toposort(node.args)
            near = self._intervals(nodes, self._numbers | {variable: at})
            above, below = [self._slopes(toposort([arg]), near).get(variable, _NOTHING) for arg in node.args]
            return above / below if above and below and not below.holds(0) else None
        return None

    def _prove(self, nodes: list[Value]) -> None:
        """Find where the arguments of those steps lie that would leave their domain if intervals were all we had."""
        known = self._start(self._box)
        for node in filter(lambda node: node.args, nodes):
            try:
                known[node] = self._interval(node, known)
            except Outside:
                for arg in filter(lambda arg: arg.args, node.args):
                    least, greatest = [self._least(arg, side) for side in (1, -1)]
                    low, high = arb("-inf") if least is None else least, arb("inf") if greatest is None else -greatest
                    self._clipped[arg] = known[arg] = Extended(low, high)
                known[node] = self._interval(node, known)
            if not known[node].is_finite and (end := self._zero_end(node)) is not None:
                self._quotients[node] = end
                known[node] = self._interval(node, known)

    # --- slopes ----------------------------------------------------------------------------------------------------

    def _slopes(self, nodes: list[Value], values: Intervals) -> Slopes:
        """The slopes of the last of some nodes by those that it depends on."""
        found: Slopes = {nodes[-1]: interval(1)}
        for node in reversed(nodes):
            if node in found:
                for arg, passed in self._passed(node, found[node], values):
                    before = found.get(arg, _NOTHING)
                    found[arg] = None if passed is None or before is None else before + passed
        return found

    def _passed(self, node: Value, gradient: Extended | None, values: Intervals) -> list[tuple[Value, Extended | None]]:
        """What each argument of a step gets of its gradient."""
        steady = node.rule.zero_partials
        moving = [index for index, arg in enumerate(node.args) if arg.requires_grad and index not in steady]
        if gradient is None:
            return [(node.args[index], None) for index in moving]
        if self._is_at_edge(node, values):
            with suppress(Beyond):
                return self._passed_at_edge(node, gradient, values)
        partials = {index: _partial(node, index, values) for index in moving}
        return [(node.args[index], partial and partial * gradient) for index, partial in partials.items()]

    def _passed_at_edge(
        self, node: Value, gradient: Extended, values: Intervals
    ) -> list[tuple[Value, Extended | None]]:
        product = self._products[node]
        at = values[product.base]
        if product.is_exponent:
            gradient = gradient * values[node]
        passed: list[tuple[Value, Extended | None]] = []
        if product.base.requires_grad:
            passed.append((product.base, _times(product.slope(at) * gradient, product.others, values)))
        for index, other in enumerate(product.others):
            if other.requires_grad:
                rest = (*product.others[:index], *product.others[index + 1 :])
                passed.append((other, _times(product.value(at) * gradient, rest, values)))
        return passed

    # --- bounds ----------------------------------------------------------------------------------------------------

    def _look(self, root: Value, box: Box, side: int) -> Look:
        """The bound over one box, and the value at a point of it."""
        nodes = toposort([root])
        try:
            values = self._intervals(nodes, self._start(box))
        except Outside:
            if box is self._box:
                raise
            return Look(None, None, {})
        found = self._slopes(nodes, values)
        slopes = {variable: found.get(variable, _NOTHING) for variable in box}
        ends = {variable: _lower_end(box[variable], slope, side) for variable, slope in slopes.items()}
        settled = {variable: end for variable, end in ends.items() if end is not None}
        middle = {variable: _middle(*box[variable]) for variable in box if variable not in settled}
        there = self._at(nodes, box, settled | middle)
        forms = (values[root], self._at(nodes, box, settled), _mean_value(there, slopes, values, middle))
        bound = max([(form * side).low for form in forms if form])
        reached = (there * side).high if there and there.is_finite else None
        balls = {variable: _ball(slopes[variable]) for variable in middle}
        return Look(bound if bound.is_finite() else None, reached, balls)

    def _at(self, nodes: list[Value], box: Box, settled: Mapping[Value, Any]) -> Extended | None:
        """The last of some nodes where some variables are settled; None where it may have no value there."""
        try:
            return self._intervals(nodes, self._start(box, settled))[nodes[-1]]
        except Outside:
            return None


def _times(number: Extended, factors: tuple[Value, ...], values: Intervals) -> Extended:
    for factor in factors:
        number = number * values[factor]
    return number


def _mean_value(
    there: Extended | None, slopes: Slopes, values: Intervals, middle: Mapping[Value, Any]
) -> Extended | None:
    """The value in the middle, and what slopes come to from there; None where these are not known."""
    steps = [slope * (values[variable] - at) for variable, at in middle.items() if (slope := slopes[variable])]
    return sum(steps, there) if there and len(steps) == len(middle) else None


def _middle(low: Any, high: Any) -> Any:
    return arb((low + high) / 2).mid()


def _lower_end(ends: tuple[Any, Any], slope: Extended | None, side: int) -> Any:
    """The end of an interval where `side` times a function is least; None where its slopes leave that open."""
    low, high = slope * side if slope else (arb("-inf"), arb("inf"))
    return ends[0] if low >= 0 else ends[1] if high <= 0 else None


def _ball(slope: Extended | None) -> Any:
    return slope.low.union(slope.high) if slope and slope.is_finite else _UNKNOWN


def _bounds(slope: Extended | None) -> Bounds | None:
    found = Bounds(down(slope.low), 0.0 - down(-slope.high)) if slope else (-inf, inf)
    return None if found == (-inf, inf) else Bounds(*found)


# --- the table over intervals ----------------------------------------------------------------------------------------


def _partial(node: Value, index: int, values: Intervals) -> Extended | None:
    """A partial, by the formula that a reader would have where there is one: it has each argument once, mostly."""
    function, args = node.rule.function, [values[arg] for arg in node.args]
    if function.name == "where":
        return interval(int(args[0].holds(0) == (index == 2)))
    shown = "" if function.variadic else function.readable_partial(index, len(args))
    with suppress(Beyond, *ERRORS):
        if shown:
            return interval(_formula(shown, ", ".join(("y", *function.args)))(values[node], *args))
    given = (args[index], args) if function.variadic else args
    with suppress(Beyond, *ERRORS):
        return interval(_system().partial(function, index)(values[node], *given))
    return None


@cache
def _system() -> NumberSystem:
    """The table over intervals with infinite ends: by kernels of theirs, by balls, or by the function's formula."""
    with ctx.workprec(_BITS):
        pi = interval(arb.pi())
    return NumberSystem({"pi": pi, "nan": None}, _made, operators_as_calls=True)


@cache
def _formula(text: str, arguments: str) -> Kernel:
    return _system().formula(text, arguments)


def _made(function: Function) -> Kernel:
    """The kernel of a function."""
    first = find(function.name)  # which the kernel of that name is for
    if function.name in KERNELS and first and first.args == function.args:
        own: Kernel = KERNELS[function.name]
        return own

    def kernel(*args: Any) -> Any:
        given = [*map(interval, args)]
        found = _by_balls(function, given)
        if found is None and (not function.value or function.jumps):
            raise Beyond
        return found or _formula(function.value, parameters(function))(*given)

    return kernel


def _by_balls(function: Function, args: list[Extended]) -> Extended | None:
    """A function over balls around the intervals; None where that has no value."""
    if not all(arg.is_finite for arg in args):
        return None
    with suppress(*ERRORS):
        kernel = over_balls(_BITS, settled=function.jumps).value(function)
        ball = kernel(*[arg.low.union(arg.high) for arg in args])
        return interval(ball) if ball.is_finite() else None
    return None
