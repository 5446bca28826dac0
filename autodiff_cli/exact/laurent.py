"""Series at removable singularities: sin(x)/x at 0, by quotients of series that begin with zeros.

Where a divisor is 0, numerator and divisor are taken as series and divided with their valuations, that is by how many
zeros they begin with. What comes out has a value there, as sin(x)/x has, or a pole, as 1/x has; a pole may still go
away in what is made of it, as in 1/x - 1/sin(x).
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from autodiff_cli.engine.graph import forward, toposort
from autodiff_cli.engine.value import NAMED, Value
from autodiff_cli.exact.homogeneous import NotDivisible, is_zero
from autodiff_cli.exact.series import SeriesGraph, Stepper, Stuck
from autodiff_cli.exact.series_numbers import Exact, Floats

_MOST = 260  # coefficients beyond those that are wanted, of numerators and divisors that begin with zeros
_FOR_ONE_POINT = ("eq", "ne")  # conditions whose one branch holds at single points
_HIGHEST = 64  # power of a pole, and of what becomes one


class Laurent(NamedTuple):
    """A series that begins with a power of the variable: coefficient k is of power valuation + k."""

    valuation: int
    coefficients: list[Any]

    @property
    def end(self) -> int:
        """The first power that is not known."""
        return self.valuation + len(self.coefficients)

    def stripped(self) -> "Laurent":
        """The same without zeros in front."""
        zeros = next((k for k, number in enumerate(self.coefficients) if not is_zero(number)), len(self.coefficients))
        return Laurent(self.valuation + zeros, self.coefficients[zeros:])

    def from_0(self, zero: Any) -> list[Any]:
        """The coefficients from that of power 0 on, of a series without a pole."""
        return [zero] * self.valuation + self.coefficients


class Expanded(NamedTuple):
    """The coefficients of a series, and the steps that have it although they have no value, or another branch there."""

    coefficients: list[Any]
    patched: dict[Value, Any]  # with their values
    poles: dict[Value, Laurent]  # that go away in what is made of them
    lost: int  # coefficients that quotients used up, at most


def expand(
    steps: Sequence[Value], root: Value, variables: Sequence[Value], numbers: Floats | Exact, order: int
) -> Expanded:
    """The coefficients of an expression up to an order. Raises Stuck where there are none."""
    try:
        return Expanded(Stepper(steps, root, variables, numbers).coefficients(order), {}, {}, 0)
    except Stuck as stuck:
        more = 4
        while more <= _MOST:
            around = _Around(variables, numbers, order + more)
            try:
                around.go(steps)
            except _TooFew:
                more = 2 * more
                continue
            if not around.known:
                break
            if around.known_up_to(root) >= order:
                found = around.coefficients(root, order)
                own = filter(around.known.__contains__, steps)
                patched = {step: around.known[step][0] for step in own}
                return Expanded(found, patched, around.poles, more)
            more = 2 * more
        raise stuck


class _TooFew(ArithmeticError):  # noqa: N818 - it says what is the case
    """A divisor is 0 as far as its series is known."""


class _Around:
    """The steps of an expression as series around a point where some of them have no value."""

    def __init__(self, variables: Sequence[Value], numbers: Floats | Exact, order: int) -> None:
        self.known: dict[Value, list[Any]] = {}
        self.poles: dict[Value, Laurent] = {}
        self._variables, self._numbers, self._order = variables, numbers, order
        self._graph = SeriesGraph(variables, numbers)
        self._arithmetic: dict[str, Callable[[Value], Laurent]] = {
            "div": lambda step: self._quotient(*map(self._laurent, step.args)),
            "mul": lambda step: self._product(*map(self._laurent, step.args)),
            "add": lambda step: self._sum(*map(self._laurent, step.args)),
            "sub": lambda step: self._sum(self._laurent(step.args[0]), self._negative(self._laurent(step.args[1]))),
            "neg": lambda step: self._negative(self._laurent(step.args[0])),
            "pow": self._power,
            "where": self._beside,
        }

    def go(self, steps: Sequence[Value]) -> None:
        """Find the steps that have no value by themselves, and their series.

        Raises _TooFew where a divisor shows no other coefficient than 0.
        """
        for step in steps:
            if self._is_singular(step):
                self._put(step, self._arithmetic[step.rule.function.name])
            if self._numbers.trouble(self._graph.of(step, step).first) and _is_quotient(step):
                self._put(step, self._by_formula)

    def _put(self, step: Value, make: Callable[[Value], Laurent]) -> None:
        """Keep the series of a step, if there is one."""
        try:
            found = make(step).stripped()
        except (Stuck, NotDivisible):  # if the step is needed, what is wrong is found there
            return
        if found.valuation < 0 and found.coefficients:
            self.poles[step] = found
            return
        coefficients = found.from_0(self._graph.zero)
        if not any(map(self._numbers.trouble, coefficients[:1])):
            self.known[step] = coefficients
            self._graph.put(step, coefficients)

    def _is_singular(self, step: Value) -> bool:
        if not step.args or step.rule.function.name not in self._arithmetic:
            return False
        if any(arg in self.poles for arg in step.args):
            return True
        if step.rule.function.name == "where":
            return self._is_for_one_point(step.args[0])
        firsts = [self._graph.of(arg, arg).first for arg in step.args]
        if step.rule.function.name == "div":
            return is_zero(firsts[1])
        return step.rule.function.name == "pow" and is_zero(firsts[0]) and (self._exponent(step) or 0) < 0

    def _by_formula(self, step: Value) -> Laurent:
        """The series of cot(x) as that of 1/tan(x), which the table says it is."""
        function = step.rule.function
        made = NAMED.formula(function.value, ", ".join(function.args))(*step.args)
        inner = [node for node in toposort([made]) if node not in self.known and node not in self.poles]
        forward(inner)
        self.go(inner)
        return self._laurent(made)

    def _is_for_one_point(self, condition: Value) -> bool:
        """Whether x == 0 or x != 0 is decided at this point in another way than beside it."""
        if not condition.args or condition.rule.function.name not in _FOR_ONE_POINT or len(self._variables) > 1:
            return False
        a, b = [self._graph.of(arg, arg) for arg in condition.args]
        return is_zero(a.first - b.first) and bool(a.degree or b.degree)

    def _beside(self, step: Value) -> Laurent:
        """The series of a branch that holds beside the point, where it goes on to the value at the point.

        Raises Stuck where that is another value.
        """
        condition, *branches = step.args
        sides = self._sum(self._laurent(condition.args[0]), self._negative(self._laurent(condition.args[1])))
        here, beside = branches if condition.rule.function.name == "eq" else branches[::-1]
        found = self._laurent(beside)
        is_alone = bool(sides.stripped().coefficients)  # x == x holds everywhere
        goes_on = found.valuation >= 0 and is_zero(found.coefficients[0] - self._graph.of(here, here).first)
        if not (is_alone and goes_on):
            raise Stuck(step, "it jumps")
        return found

    def _exponent(self, step: Value) -> int | None:
        """The whole number that a power is to; None where it is no such number."""
        series = self._graph.of(step.args[1], step.args[1])
        return None if series.degree else self._numbers.whole(series.first)

    def known_up_to(self, root: Value) -> int:
        """The highest order whose coefficient is known of a step."""
        known = [len(self.known[step]) - 1 for step in toposort([root]) if step in self.known]
        return min([self._order, *known])

    def coefficients(self, root: Value, order: int) -> list[Any]:
        """The coefficients of a step that has no pole."""
        return Stepper(toposort([root]), root, self._variables, self._numbers, self.known).coefficients(order)

    def _laurent(self, step: Value) -> Laurent:
        """The series of a step."""
        if step in self.poles:
            return self.poles[step]
        return Laurent(0, self.coefficients(step, self.known_up_to(step)))

    def _negative(self, series: Laurent) -> Laurent:
        return Laurent(series.valuation, [-1 * number for number in series.coefficients])

    def _sum(self, a: Laurent, b: Laurent) -> Laurent:
        start, end = min(a.valuation, b.valuation), min(a.end, b.end)
        found = []
        for power in range(start, end):
            found.append(_at(a, power) + _at(b, power))
        return Laurent(start, found)

    def _product(self, a: Laurent, b: Laurent) -> Laurent:
        count = min(len(a.coefficients), len(b.coefficients))
        found = []
        for k in range(count):
            parts = [a.coefficients[j] * b.coefficients[k - j] for j in range(k + 1)]
            found.append(self._graph.settle(self._graph.sum(parts)))
        return Laurent(a.valuation + b.valuation, found)

    def _quotient(self, a: Laurent, b: Laurent) -> Laurent:
        """The series of a quotient. Raises _TooFew, and NotDivisible of several variables."""
        a, b = a.stripped(), b.stripped()
        if not b.coefficients:
            raise _TooFew
        if not a.coefficients:
            return Laurent(a.valuation - b.valuation, [])
        found: list[Any] = []
        for k in range(min(len(a.coefficients), len(b.coefficients))):
            parts = [b.coefficients[j] * found[k - j] for j in range(1, k + 1)]
            rest = a.coefficients[k] - self._graph.sum(parts) if parts else a.coefficients[k]
            found.append(self._graph.settle(rest / b.coefficients[0]))
        return Laurent(a.valuation - b.valuation, found)

    def _power(self, step: Value) -> Laurent:
        base, exponent = self._laurent(step.args[0]), self._exponent(step)
        if exponent is None or abs(exponent) > _HIGHEST:
            raise Stuck(step, "only whole powers have series around a pole")
        found = one = Laurent(0, [self._graph.one, *[self._graph.zero] * (len(base.coefficients) - 1)])
        for _ in range(abs(exponent)):
            found = self._product(found, base)
        return found if exponent > 0 else self._quotient(one, found)


def _is_quotient(step: Value) -> bool:
    """Whether the table writes a function as a quotient."""
    return bool(step.args) and not step.rule.function.variadic and " / " in (step.rule.function.value or "")


def _at(series: Laurent, power: int) -> Any:
    """The coefficient of a power below the end."""
    return series.coefficients[power - series.valuation] if power >= series.valuation else 0
