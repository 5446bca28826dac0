"""Power series by the rule table: a graph as series in one of its variables, over floats or in exact arithmetic.

A function y = f(u) whose slope is P(y, u) has the series of the integral of P * u', so that coefficient k of y takes
coefficients of P below k alone. P is a graph made by the table's formula, and has a series of its own in the same way.
"""

from collections.abc import Iterable, Mapping
from functools import cache
from math import fsum, inf, isfinite, nan, nextafter
from typing import Any, Protocol

from autodiff_cli.engine.graph import forward
from autodiff_cli.engine.value import NAMED, Value, constant, node
from autodiff_cli.exact.balls import Balls, Undefined
from autodiff_cli.rules.numbers import Kernel
from autodiff_cli.rules.table import CONSTANTS, Function

_SQUARED = 64  # a whole power up to that is made of products


class Stuck(ArithmeticError):  # noqa: N818 - it says what is the case
    """Why there is no series, or none at this precision, and the step of the expression that is to blame."""

    def __init__(self, step: Value, why: str) -> None:
        super().__init__(why)
        self.step = step


class Coefficients(Protocol):
    """What a series asks of its kind of number, beside the operators."""

    def leaf(self, leaf: Value) -> Any:
        """The number of a constant or variable."""

    def first(self, made: Value, args: list[Any]) -> Any:
        """The number of a node from those of its arguments."""

    def sum(self, numbers: Iterable[Any]) -> Any:
        """The sum of numbers."""

    def settle(self, number: Any) -> Any:
        """The same number in the form that is kept."""

    def key(self, number: Any) -> Any:
        """What is the same for equal numbers; None where that is not known."""

    def trouble(self, number: Any) -> str:
        """What a number is that is none; else empty."""

    def whole(self, number: Any) -> int | None:
        """A whole number as an int."""

    def beside(self, number: Any) -> Iterable[Any]:
        """A number below and one above, very close."""


class Floats:
    """Floats, with sums that are rounded once."""

    def leaf(self, leaf: Value) -> float:
        return leaf.data

    def first(self, made: Value, args: list[float]) -> float:
        return float(made.data)  # a kernel may give a whole number

    def sum(self, numbers: Iterable[float]) -> float:
        try:
            return fsum(numbers)
        except (OverflowError, ValueError):
            return nan

    def settle(self, number: float) -> float:
        return number

    def key(self, number: float) -> str:
        return repr(number)  # which tells -0.0 from 0.0

    def trouble(self, number: float) -> str:
        return "" if isfinite(number) else "undefined" if number != number else "infinite, or too large for a float"

    def whole(self, number: float) -> int | None:
        return int(number) if isfinite(number) and number == int(number) else None

    def beside(self, number: float) -> Iterable[float]:
        return nextafter(number, -inf), nextafter(number, inf)


class Exact:
    """Rationals where a number is known exactly, else Arb balls; to be used inside of these `balls`."""

    def __init__(self, balls: Balls, leaves: Mapping[Value, Any]) -> None:
        from flint import arb, fmpq

        from autodiff_cli.rules.kernels.rationals import MOST

        self._balls, self._fmpq, self._most = balls, fmpq, MOST
        self._leaves = leaves
        self._open = arb(0, inf)  # any number: a decision that this precision leaves open

    def leaf(self, leaf: Value) -> Any:
        return self.settle(self._leaves[leaf] if leaf in self._leaves else self._balls.constant(leaf))

    def first(self, made: Value, args: list[Any]) -> Any:
        found = self._balls.values((made,), dict(zip(made.args, args, strict=True)))[made]
        return self._open if isinstance(found, Undefined) else self.settle(found)

    def sum(self, numbers: Iterable[Any]) -> Any:
        return sum(numbers, self._fmpq(0))

    def settle(self, number: Any) -> Any:
        """A ball that is one number as a rational, and a rational that is too long as a ball."""
        if isinstance(number, self._fmpq):
            return number if number.height_bits() <= self._most else self._balls.ball(number)
        if number.is_exact() and number.is_finite():
            mantissa, exponent = number.man_exp()
            if abs(exponent) <= self._most:
                return self._fmpq(mantissa) * self._fmpq(2) ** int(exponent)
        return number

    def key(self, number: Any) -> Any:
        return number if isinstance(number, self._fmpq) else None

    def trouble(self, number: Any) -> str:
        if isinstance(number, self._fmpq) or number.is_finite():
            return ""
        undecided = number.mid().is_finite()
        return f"not decided by {self._balls.bits:,} bits" if undecided else "infinite or undefined"

    def whole(self, number: Any) -> int | None:
        return int(number.p) if isinstance(number, self._fmpq) and number.q == 1 else None

    def beside(self, number: Any) -> Iterable[Any]:
        near = self._fmpq(1, 2) ** self._balls.bits * (1 if number == 0 else abs(number))
        return number - near, number + near


class Series:
    """The power series of a node, as far as it is computed. `degree` is infinite unless it is a polynomial.

    A constant has no `args`; a step function, of degree 0 too, has them. `terms`, once known, are the slope by each
    argument that moves it, with that argument. `origin` is the step of the expression that it is or was made for.
    """

    __slots__ = ("node", "args", "found", "degree", "kind", "terms", "origin", "planned")

    def __init__(self, made: Value, args: list["Series"], first: Any, degree: float, origin: Value) -> None:
        self.node = made
        self.args = args
        self.found = [first]
        self.degree = degree
        self.kind = made.rule.function.name if args else ""
        self.terms: list[tuple[Series, Series]] | None = None
        self.origin = origin
        self.planned = False


class Stepper:
    """The series of an expression in one variable, computed coefficient by coefficient.

    The slopes of series are one coefficient behind them, their slopes another one, and so on. At step k, those that
    are g behind are at coefficient k - g, and go before those that are g - 1 behind. So nothing recurses, and a family
    such as gamma's, whose slopes never close, grows by one function a step. Nodes that compute the same share a series.
    """

    def __init__(self, steps: Iterable[Value], root: Value, variable: Value, numbers: Coefficients) -> None:
        self._numbers = numbers
        self._known: dict[Any, Series] = {}
        self._behind: list[list[Series]] = [[]]
        start = Series(variable, [], numbers.leaf(variable), 1, variable)
        start.found.append(numbers.leaf(constant(1.0)))
        self._of = {variable: start}
        self._own = {self._series(step, step) for step in steps}  # the expression's own steps, whose kinks count
        self._root = self._series(root, root)
        self._plan(self._root, self._behind[0])

    def coefficients(self, order: int) -> list[Any]:
        """The coefficients up to an order. Raises Stuck where there are none."""
        for step in range(1, order + 1):
            self._behind.append([])
            for waiting in reversed(self._behind[:step]):
                for series in waiting:
                    if len(series.found) <= series.degree:
                        series.found.append(self._numbers.settle(self._next(series)))
        found = self._root.found[: order + 1]
        return found + [self._numbers.leaf(constant(0.0))] * (order + 1 - len(found))

    def _next(self, series: Series) -> Any:
        """The next coefficient of a series."""
        k, add = len(series.found), self._numbers.sum
        if series.kind == "mul":
            a, b = series.args
            return add(_products(a.found, b.found, k))
        if series.kind == "div":
            a, b = series.args
            return (_at(a, k) - add(_products(b.found, series.found, k, 1))) / b.found[0]
        if series.kind == "pow":  # J. C. P. Miller's recurrence (Knuth, TAOCP 4.7)
            base, p = series.args[0].found, series.args[1].found[0]
            weighted = [(p * j - (k - j)) * number for j, number in enumerate(base[: k + 1])]
            return add(_products(weighted, series.found, k, 1)) / base[0] / k
        if series.kind == "power":
            raise Stuck(series.origin, "only whole powers, of 0 and more, have series around 0")
        if series.terms is None:
            series.terms = self._terms(series)
            for partial, _ in series.terms:
                self._plan(partial, self._behind[-1])
        flat, moving = [], []
        for partial, arg in series.terms:
            if partial.degree == 0:
                flat.append(partial.found[0] * _at(arg, k))
            else:
                slopes = [j * number for j, number in enumerate(arg.found[: k + 1])][1:]
                moving += _products(slopes, partial.found, k - 1)
        return add([*flat, add(moving) / k]) if moving else add(flat)

    # --- which series are needed, and whether they exist -----------------------------------------------------------

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
        own = series in self._own or not series.args
        if trouble := self._numbers.trouble(series.found[0]):
            raise Stuck(series.origin, f"{'its value' if own else 'its slope'} is {trouble}")
        if own and series.args and not self._smooth(series):
            raise Stuck(series.origin, "it has a kink or jumps")

    def _smooth(self, series: Series) -> bool:
        """Whether a function that may step, jump or have a kink does nothing of the kind here.

        Very close by, to either side in each argument, it has the same slopes, and nearly the same value.
        """
        function, steps = series.node.rule.function, series.degree == 0
        if not (steps or function.selects or function.bends):
            return True
        if function.variadic:
            shares: dict[Series, Any] = {}
            for partial, arg in series.terms or ():
                shares[arg] = shares.get(arg, 0) + partial.found[0]
            return all(share in (0, 1) for share in shares.values())
        moving = [index for index, arg in enumerate(series.args) if arg.degree]
        slopes = {index: self._partial(series.node, index, series.origin) for index in moving}
        numbers = [arg.found[0] for arg in series.args]
        for index in moving:
            for beside in self._numbers.beside(numbers[index]):
                leaves = [self._fixed(number) for number in (*numbers[:index], beside, *numbers[index + 1 :])]
                near = node(series.node.rule, tuple(leaves))
                forward((near,))
                value, away = self._series(near, near).found[0], abs(beside - numbers[index])
                if self._numbers.trouble(value):
                    return False
                moved, size = abs(value - series.found[0]), max(abs(value), abs(series.found[0]))
                if moved != 0 and (steps or (2 * moved > size and moved * moved > away)):
                    return False
                for other, slope in slopes.items():
                    if slope.degree == 0 and self._partial(near, other, near).found[0] != slope.found[0]:
                        return False
        return True

    def _fixed(self, number: Any) -> Value:
        """A constant that stands for a number."""
        leaf = constant(number if isinstance(number, float) else nan)
        self._of[leaf] = self._constant(number, leaf)
        return leaf

    # --- from nodes to series --------------------------------------------------------------------------------------

    def _series(self, root: Value, origin: Value) -> Series:
        """The series of a node; what it is computed from gets one too."""
        stack = [root]
        while stack:
            made = stack[-1]
            missing = [arg for arg in made.args if arg not in self._of]
            stack += missing
            if not missing:
                stack.pop()
                if made not in self._of:
                    self._of[made] = self._make(made, origin)
        return self._of[root]

    def _make(self, made: Value, origin: Value) -> Series:
        numbers, function = self._numbers, made.rule.function
        if not made.args:
            return self._constant(numbers.leaf(made), made)
        args = [self._of[arg] for arg in made.args]
        if function.name == "identity":
            return args[0]
        if function.name == "neg" and args[0].kind == "neg":
            return args[0].args[0]
        key = (made.rule, *args)
        if key not in self._known:
            other = self._power(args[0], args[1], origin) if function.name == "pow" else None
            self._known[key] = other or self._new(made, args, origin)
        return self._known[key]

    def _new(self, made: Value, args: list[Series], origin: Value) -> Series:
        function = made.rule.function
        same = node(made.rule, tuple([arg.node for arg in args]))
        same.data = made.data
        first = self._numbers.first(same, [arg.found[0] for arg in args])
        if not any(arg.degree or arg.args for arg in args):
            exact = self._numbers.key(first) is not None and not self._numbers.trouble(first)
            if exact:
                return self._constant(first, constant(same.data))
            self._of[same] = Series(same, [], first, 0, origin)
            return self._of[same]
        series = self._of[same] = Series(same, args, first, _degree(function, args), origin)
        if function.selects:
            series.terms = self._terms(series)
            series.degree = max([arg.degree for _, arg in series.terms], default=0)
        elif function.name == "pow" and not (args[1].degree == 0 and _nonzero(args[0].found[0])):
            series.kind = "power"
        return series

    def _constant(self, number: Any, leaf: Value) -> Series:
        key = self._numbers.key(number)
        if key is None:
            key = leaf.label if leaf.label in CONSTANTS else leaf
        series = self._known.setdefault(key, Series(leaf, [], number, 0, leaf))
        self._of[series.node] = series
        return series

    def _power(self, base: Series, power: Series, origin: Value) -> Series | None:
        """A power as products, or by exp and log; None where it has a recurrence of its own, or no series."""
        first, exponent = base.found[0], self._numbers.whole(power.found[0])
        if power.degree:
            return self._series(_by_log()(base.node, power.node), origin) if first > 0 else None
        if not base.degree or exponent is None or exponent < 0 or (exponent > _SQUARED and _nonzero(first)):
            return None
        product, square = None, base.node
        while exponent:
            if exponent % 2:
                product = square if product is None else product * square
            exponent //= 2
            square = self._series(square * square, origin).node if exponent else square
        return self._series(constant(1.0) if product is None else product, origin)

    def _terms(self, series: Series) -> list[tuple[Series, Series]]:
        """The slope by each argument that moves a series, with that argument."""
        rule, found = series.node.rule, []
        for index, arg in enumerate(series.args):
            if arg.degree and index not in rule.zero_partials:
                partial = self._partial(series.node, index, series.origin)
                if not (rule.function.selects and partial.found[0] == 0):
                    found.append((partial, arg))
        return found

    def _partial(self, made: Value, index: int, origin: Value) -> Series:
        """The slope of a node by one argument."""
        function = made.rule.function
        formula = _formula(function, index)
        slope = formula(made, made.args[index], made.args) if function.variadic else formula(made, *made.args)
        return self._series(slope if isinstance(slope, Value) else constant(slope), origin)


def _at(series: Series, k: int) -> Any:
    return series.found[k] if k < len(series.found) else 0


def _nonzero(number: Any) -> bool:
    """Whether a number is known not to be 0: of a ball around it, neither that nor the contrary is."""
    return bool(number != 0)


def _products(a: list[Any], b: list[Any], k: int, start: int = 0) -> list[Any]:
    """What coefficient k of the product of two series is the sum of; of the first series from `start` on."""
    low, high = max(start, k - len(b) + 1), min(k, len(a) - 1)
    if high < low:
        return []
    return [x * y for x, y in zip(a[low : high + 1], reversed(b[k - high : k - low + 1]), strict=True)]


def _degree(function: Function, args: list[Series]) -> float:
    degrees = [arg.degree for arg in args]
    if function.name == "mul":
        return sum(degrees)
    if function.name == "div" and degrees[1] == 0:
        return degrees[0]
    moved = [(degree, p) for degree, p in zip(degrees, function.partials, strict=False) if degree and p != "0"]
    return max([degree if partial in ("1", "-1") else inf for degree, partial in moved], default=0)


def _needs(series: Series) -> list[Series]:
    """What the coefficients of a series are computed from, and the steps and conditions that it stands on."""
    if series.terms is None:
        return series.args if series.degree else [arg for arg in series.args if arg.degree == 0]
    chosen = [needed for term in series.terms for needed in term]
    return [*chosen, series.args[0]] if series.kind == "where" else chosen


@cache
def _by_log() -> Kernel:
    return NAMED.formula("exp(p * log(x))", "x, p")


_FORMULAS: dict[tuple[str, int, int], Kernel] = {}


def _formula(function: Function, index: int) -> Kernel:
    """A partial, as a reader would have it: the rule itself may have steps more, for the digits of floats."""
    key = (function.name, len(function.args), index)
    if key not in _FORMULAS:
        if function.selects or function.left_out(index) or not function.shown_partials:
            _FORMULAS[key] = NAMED.partial(function, index)
        else:
            text = function.readable_partial(index, len(function.args))
            _FORMULAS[key] = NAMED.formula(text, ", ".join(("y", *function.args)))
    return _FORMULAS[key]
