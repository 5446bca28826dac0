"""Power series by the rule table: a graph as series in its variables, over floats or in exact arithmetic.

A function y = f(u) whose partial is P(y, u) has the series of the integral of P * u', so that coefficient k of y takes
coefficients of P below k alone. P is a graph made by the table's formula, and has a series of its own in the same way.
In several variables the coefficients are forms (`homogeneous.py`).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache, reduce
from itertools import chain, compress, count, filterfalse
from math import inf, nan
from operator import attrgetter, mul
from typing import Any

from autodiff_cli.engine.graph import forward
from autodiff_cli.engine.value import NAMED, Value, constant, node
from autodiff_cli.exact import homogeneous
from autodiff_cli.exact.series_numbers import Exact, Floats
from autodiff_cli.rules.numbers import Kernel
from autodiff_cli.rules.table import CONSTANTS, Function

_SQUARED = 64  # a whole power up to that is made of products


class Stuck(ArithmeticError):  # noqa: N818 - it says what is the case
    """Why there is no series, or none at this precision, and the step of the expression that is to blame."""

    def __init__(self, step: Value, why: str) -> None:
        super().__init__(why)
        self.step = step


class Series:
    """The power series of a node, as far as it is computed. `degree` is infinite unless it is a polynomial.

    A constant has no `args`; a step function, of degree 0 too, has them. `terms`, once known, are the partial by each
    argument that moves it, with that argument. `origin` is the step of the expression that it is or was made for.
    Of sin(x) at 0: coefficients 0, 1, 0, -1/6..., one term, the series of cos(x) with that of x.
    """

    __slots__ = ("node", "args", "first", "coefficients", "degree", "kind", "terms", "origin", "planned")

    def __init__(self, made: Value, args: list["Series"], first: Any, degree: float, origin: Value) -> None:
        self.node = made
        self.args = args
        self.first = first
        self.coefficients = [first]
        self.degree = degree
        self.kind = made.rule.function.name if args else ""
        self.terms: list[tuple[Series, Series]] | None = None
        self.origin = origin
        self.planned = False

    def at(self, k: int) -> Any:
        """Coefficient k; 0 beyond those of a polynomial."""
        return self.coefficients[k] if k < len(self.coefficients) else 0

    @property
    def is_constant(self) -> bool:
        """Whether it is a number, and no step function."""
        return not self.args and self.degree == 0


_DEGREE, _FIRST = attrgetter("degree"), attrgetter("first")


class Stepper:
    """The series of an expression in its variables, computed coefficient by coefficient.

    `known` are the coefficients of steps that are not computed here; none beyond them may be asked for.

    The partials of series are one coefficient behind them, their partials another one, and so on. At step k, those that
    are g behind are at coefficient k - g, and go before those that are g - 1 behind. So nothing recurses, and a family
    such as gamma's, whose partials never close, grows by one function a step.
    """

    def __init__(
        self,
        steps: Iterable[Value],
        root: Value,
        variables: Sequence[Value],
        numbers: Floats | Exact,
        known: Mapping[Value, list[Any]] | None = None,
    ) -> None:
        self._numbers = numbers
        self._behind: list[list[Series]] = [[]]
        self._graph = SeriesGraph(variables, numbers)
        for step, coefficients in (known or {}).items():
            self._graph.put(step, coefficients)
        own = {self._graph.of(step, step) for step in steps}
        self._own = {series for series in own if series.args}  # the expression's own steps, whose kinks count
        self._root = self._graph.of(root, root)
        self._plan(self._root, self._behind[0])

    def coefficients(self, order: int) -> list[Any]:
        """The coefficients up to an order. Raises Stuck where there are none."""
        for step in range(1, order + 1):
            self._behind.append([])
            for waiting in reversed(self._behind[:step]):
                self._extend(waiting)
        found = self._root.coefficients[: order + 1]
        return found + [self._graph.zero] * (order + 1 - len(found))

    def _extend(self, waiting: list[Series]) -> None:
        """Compute the next coefficient of each series, unless it is a polynomial that has all."""
        for series in waiting:
            if len(series.coefficients) <= series.degree:
                series.coefficients.append(self._graph.settle(self._next(series)))

    def _next(self, series: Series) -> Any:
        """The next coefficient of a series."""
        if series.kind == "power":
            raise Stuck(series.origin, "only whole powers, of 0 and more, have series around 0")
        k, add = len(series.coefficients), self._graph.sum
        if series.kind in _RECURRENCES:
            return _RECURRENCES[series.kind](series, k, add)
        if series.terms is None:
            series.terms = self._graph.terms(series)
            for partial, _ in series.terms:
                self._plan(partial, self._behind[-1])
        return _of_integral(series.terms, k, add)

    def _plan(self, root: Series, waiting: list[Series]) -> None:
        """Have a series computed, and before it what it is computed from."""
        stack = [(root, False)]
        while stack:
            series, ready = stack.pop()
            if ready:
                self._check(series)
                waiting.append(series)
            elif not series.planned:
                series.planned = True
                stack.append((series, True))
                stack += [(arg, False) for arg in _needs(series)]

    def _check(self, series: Series) -> None:
        """Raise Stuck where a series that is needed begins with no number, or at a kink or jump."""
        is_own = series in self._own
        if trouble := self._numbers.trouble(series.first):
            what = "its value" if is_own or not series.args else "its slope"
            raise Stuck(series.origin, f"{what} is {trouble}")
        if is_own and not self._is_smooth(series):
            raise Stuck(series.origin, "it has a kink or jumps")

    def _is_smooth(self, series: Series) -> bool:
        """Whether a function that may step, jump or have a kink does nothing of the kind here.

        Very close by, to either side in each argument, it has the same partials, and nearly the same value.
        """
        function = series.node.rule.function
        may_break = function.selects or function.bends or series.degree == 0
        if not may_break:
            return True
        if function.variadic:
            return _selects_one(series)
        moving = _moving(series)
        partials = {index: self._graph.partial(series.node, index, series.origin) for index in moving}
        for index in moving:
            beside = self._numbers.beside(series.args[index].first)
            if not all(self._is_alike(series, index, number, partials) for number in beside):
                return False
        return True

    def _is_alike(self, series: Series, index: int, number: Any, partials: dict[int, Series]) -> bool:
        """Whether value and partials are as they are here where one argument is a number very close by."""
        numbers = list(map(_FIRST, series.args))
        away = abs(number - numbers[index])
        numbers[index] = number
        beside = node(series.node.rule, tuple(map(self._graph.fixed, numbers)))
        forward((beside,))
        value = self._graph.of(beside, beside).first
        if self._numbers.trouble(value) or _jumps(series, value, away):
            return False
        for other, partial in partials.items():
            if partial.degree == 0 and self._graph.partial(beside, other, beside).first != partial.first:
                return False
        return True


class SeriesGraph:
    """From nodes to series. Nodes that compute the same share a series."""

    def __init__(self, variables: Sequence[Value], numbers: Floats | Exact) -> None:
        self._numbers = numbers
        self.zero, self.one = numbers.leaf(constant(0.0)), numbers.leaf(constant(1.0))
        self._is_patched = False  # whether the numbers that nodes hold are those of series
        self._series: dict[Value, Series] = {}
        for index, variable in enumerate(variables):
            start = self._series[variable] = Series(variable, [], numbers.leaf(variable), 1, variable)
            is_one = len(variables) == 1
            start.coefficients.append(self.one if is_one else homogeneous.variable(index, len(variables), self.one))
        self._shared: dict[Any, Series] = {}  # by the rule and the arguments' series, or by the number

    def put(self, step: Value, coefficients: list[Any]) -> None:
        """Give a step a series that is known."""
        self._is_patched = True
        first = coefficients[0]
        leaf = constant(first if isinstance(first, float) else nan)
        series = self._series[step] = self._series[leaf] = Series(leaf, [], first, inf, step)
        series.coefficients = coefficients
        series.planned = True

    def sum(self, numbers: Iterable[Any]) -> Any:
        """The sum of coefficients."""
        parts = [*numbers]
        has_forms = any(isinstance(part, homogeneous.Homogeneous) for part in parts)
        return homogeneous.sum_of(parts, self._numbers.sum) if has_forms else self._numbers.sum(parts)

    def settle(self, number: Any) -> Any:
        """A coefficient in the form that is kept."""
        return (
            number.each(self._numbers.settle)
            if isinstance(number, homogeneous.Homogeneous)
            else self._numbers.settle(number)
        )

    def of(self, root: Value, origin: Value) -> Series:
        """The series of a node; what it is computed from gets one too."""
        stack = [root]
        while stack:
            made = stack[-1]
            missing = [arg for arg in made.args if arg not in self._series]
            stack += missing
            if not missing:
                stack.pop()
                if made not in self._series:
                    self._series[made] = self._make(made, origin)
        return self._series[root]

    def fixed(self, number: Any) -> Value:
        """A constant that stands for a number."""
        leaf = constant(number if isinstance(number, float) else nan)
        self._series[leaf] = self._constant(number, leaf)
        return leaf

    def terms(self, series: Series) -> list[tuple[Series, Series]]:
        """The partial by each argument that moves a series, with that argument."""
        rule, found = series.node.rule, []
        for index in _moving(series):
            if index not in rule.zero_partials:
                partial = self.partial(series.node, index, series.origin)
                is_left_out = rule.function.selects and partial.first == 0
                if not is_left_out:
                    found.append((partial, series.args[index]))
        return found

    def partial(self, made: Value, index: int, origin: Value) -> Series:
        """The partial of a node by one argument: of sin(u) the series of cos(u)."""
        function = made.rule.function
        formula = _formula(function, index)
        found = formula(made, made.args[index], made.args) if function.variadic else formula(made, *made.args)
        return self.of(found if isinstance(found, Value) else constant(found), origin)

    def _make(self, made: Value, origin: Value) -> Series:
        if not made.args:
            return self._constant(self._numbers.leaf(made), made)
        args = list(map(self._series.__getitem__, made.args))
        key = (made.rule, *args)
        if key not in self._shared:
            name = made.rule.function.name
            self._shared[key] = self._simplified(name, args, origin) or self._new(made, args, origin)
        return self._shared[key]

    def _simplified(self, name: str, args: list[Series], origin: Value) -> Series | None:
        """The series of a call that is there without it, or by other functions; None where it needs its own."""
        first = args[0]
        if name == "identity":
            return first
        if name == "neg" and first.kind == "neg":
            return first.args[0]
        return self._power(first, args[1], origin) if name == "pow" else None

    def _new(self, made: Value, args: list[Series], origin: Value) -> Series:
        function = made.rule.function
        same = node(made.rule, tuple(map(attrgetter("node"), args)))
        same.data = made.data
        if self._is_patched:
            forward((same,))
        first = self._numbers.first(same, list(map(_FIRST, args)))
        if all(map(attrgetter("is_constant"), args)):
            return self._of_constants(same, first, origin)
        series = self._series[same] = Series(same, args, first, _degree(function, args), origin)
        if function.selects:
            series.terms = self.terms(series)
            series.degree = max([arg.degree for _, arg in series.terms], default=0)
        elif function.name == "pow":
            has_recurrence = args[1].degree == 0 and _nonzero(args[0].first)
            series.kind = "pow" if has_recurrence else "power"
        return series

    def _of_constants(self, made: Value, number: Any, origin: Value) -> Series:
        """The series of a node whose arguments are numbers."""
        if self._numbers.key(number) is not None and not self._numbers.trouble(number):
            return self._constant(number, constant(made.data))
        series = self._series[made] = Series(made, [], number, 0, origin)
        return series

    def _constant(self, number: Any, leaf: Value) -> Series:
        key = self._numbers.key(number)
        if key is None:
            key = leaf.label if leaf.label in CONSTANTS else leaf
        series = self._shared.setdefault(key, Series(leaf, [], number, 0, leaf))
        self._series[series.node] = series
        return series

    def _power(self, base: Series, power: Series, origin: Value) -> Series | None:
        """A power as products, or by exp and log; None where it has a recurrence of its own, or no series."""
        if power.degree:
            return self.of(_by_log()(base.node, power.node), origin) if base.first > 0 else None
        exponent = self._numbers.whole(power.first)
        if exponent is None or exponent < 0:
            return None
        has_recurrence = exponent > _SQUARED and _nonzero(base.first)
        if has_recurrence or not base.degree:
            return None
        return self._by_squaring(base.node, exponent, origin)

    def _by_squaring(self, square: Value, exponent: int, origin: Value) -> Series:
        """A whole power: x^5 as x * (x * x)^2, each square once."""
        factors = []
        while exponent:
            if exponent % 2:
                factors.append(square)
            exponent //= 2
            if exponent:
                square = self.of(square * square, origin).node
        return self.of(reduce(mul, factors) if factors else constant(1.0), origin)


_Sum = Callable[[Iterable[Any]], Any]


def _of_product(series: Series, k: int, add: _Sum) -> Any:
    a, b = series.args
    return add(_products(a.coefficients, b.coefficients, k))


def _of_quotient(series: Series, k: int, add: _Sum) -> Any:
    a, b = series.args
    return (a.at(k) - add(_products(b.coefficients, series.coefficients, k, 1))) / b.first


def _of_power(series: Series, k: int, add: _Sum) -> Any:
    """J. C. P. Miller's recurrence (Knuth, TAOCP 4.7)."""
    base, p = series.args[0].coefficients, series.args[1].first
    weighted = [(p * j - (k - j)) * number for j, number in enumerate(base[: k + 1])]
    return add(_products(weighted, series.coefficients, k, 1)) / base[0] / k


_RECURRENCES = {"mul": _of_product, "div": _of_quotient, "pow": _of_power}


def _of_integral(terms: list[tuple[Series, Series]], k: int, add: _Sum) -> Any:
    """Coefficient k of the integral of a sum of partials times their arguments' derivatives."""
    flat, moving = [], []
    for partial, arg in terms:
        if partial.degree == 0:
            flat.append(partial.first * arg.at(k))
        else:
            derivative = [j * number for j, number in enumerate(arg.coefficients[: k + 1])][1:]
            moving += _products(derivative, partial.coefficients, k - 1)
    return add([*flat, add(moving) / k]) if moving else add(flat)


def _products(a: list[Any], b: list[Any], k: int, start: int = 0) -> list[Any]:
    """What coefficient k of the product of two series is the sum of; of the first series from `start` on.

    Of [1, 2, 3] and [4, 5, 6] for k = 1: 1 * 5 and 2 * 4.
    """
    low, high = max(start, k - len(b) + 1), min(k, len(a) - 1)
    if high < low:
        return []
    return [x * y for x, y in zip(a[low : high + 1], reversed(b[k - high : k - low + 1]), strict=True)]


def _nonzero(number: Any) -> bool:
    """Whether a number is known not to be 0: of a ball around it, neither that nor the contrary is."""
    return bool(number != 0)


def _selects_one(series: Series) -> bool:
    """Whether max, min and the like depend on one argument alone, each wholly or not at all."""
    shares: dict[Series, Any] = {}
    for partial, arg in series.terms or ():
        shares[arg] = shares.get(arg, 0) + partial.first
    return all(share in (0, 1) for share in shares.values())


def _moving(series: Series) -> list[int]:
    """The places of the arguments that are no numbers."""
    return list(compress(count(), map(_DEGREE, series.args)))


def _jumps(series: Series, beside: Any, away: Any) -> bool:
    """Whether the value very close by, so far away, shows that a function jumps."""
    moved, size = abs(beside - series.first), max(abs(beside), abs(series.first))
    if moved == 0:
        return False
    is_step = series.degree == 0
    return bool(is_step or (2 * moved > size and moved * moved > away))


def _degree(function: Function, args: list[Series]) -> float:
    degrees: list[float] = list(map(_DEGREE, args))
    if function.name == "mul":
        return sum(degrees)
    if function.name == "div" and degrees[1] == 0:
        return degrees[0]
    moving = [(degree, function.partial_by(index)) for index, degree in enumerate(degrees) if degree]
    found = [{"0": 0, "1": degree, "-1": degree}.get(partial, inf) for degree, partial in moving]
    return max(found, default=0)


def _needs(series: Series) -> list[Series]:
    """What the coefficients of a series are computed from, and the steps and conditions that it stands on."""
    if series.terms is None:
        return series.args if series.degree else list(filterfalse(_DEGREE, series.args))
    needed = [*chain(*series.terms)]
    if series.kind == "where":
        needed.append(series.args[0])
    return needed


@cache
def _by_log() -> Kernel:
    return NAMED.formula("exp(p * log(x))", "x, p")


_FORMULAS: dict[tuple[str, int, int], Kernel] = {}


def _formula(function: Function, index: int) -> Kernel:
    """A partial, as a reader would have it: the rule itself may have steps more, for the digits of floats."""
    key = (function.name, len(function.args), index)
    if key not in _FORMULAS:
        if function.selects or function.variadic or function.left_out(index) or not function.shown_partials:
            _FORMULAS[key] = NAMED.partial(function, index)
        else:
            text = function.readable_partial(index, len(function.args))
            _FORMULAS[key] = NAMED.formula(text, ", ".join(("y", *function.args)))
    return _FORMULAS[key]
