"""How every node of a graph goes beside a point, or towards infinity: expansions by the functions that it calls."""

from collections.abc import Collection, Sequence
from fractions import Fraction
from typing import Any

from flint import arb, fmpq

from autodiff_cli.engine.graph import forward, toposort
from autodiff_cli.engine.value import NAMED, Value
from autodiff_cli.engine.value import node as make_node
from autodiff_cli.exact.ball_graph import leaf_number
from autodiff_cli.exact.balls import Balls
from autodiff_cli.exact.series import Stepper, Stuck
from autodiff_cli.exact.series_numbers import Exact
from autodiff_cli.solving.expansions import (
    BEYOND,
    ORDER,
    UNIT,
    ZERO,
    Endless,
    Expansion,
    Germ,
    Rule,
    UnresolvedError,
    approach,
    constant_germ,
    exponential,
    fraction,
    inverse,
    logarithm,
    power,
    product,
    root_of,
    scaled,
    substituted,
    total,
)

Germs = dict[Value, Germ | None]


class Beside:
    """The expansions of a graph beside points. Its leaves are constants, but for the variable."""

    def __init__(self, balls: Balls, root: Value) -> None:
        self._balls, self._root = balls, root

    def at(self, variable: Value, point: Any, side: int, zeros: Collection[Value] = ()) -> Germ | None:
        """The result to the right of a point, or to the left where the side is -1; None where that is not resolved.

        `zeros` are nodes that are known to be 0 at the point.
        """
        start = constant_germ(point)
        return self._germ({variable: Expansion({**start.terms, (1, 0): fmpq(side)})}, zeros)

    def far(self, variable: Value, side: int) -> Germ | None:
        """The result towards infinity, or minus infinity where the side is -1; there t is 1/|x|."""
        return self._germ({variable: Expansion({(-1, 0): fmpq(side)})}, ())

    def _germ(self, known: Germs, zeros: Collection[Value]) -> Germ | None:
        with self._balls:
            for node in toposort([self._root]):
                if node not in known:
                    self._put(node, known)
                germ = known[node]
                if node in zeros and isinstance(germ, Expansion):
                    known[node] = germ.without_limit()
        return known[self._root]

    def _put(self, node: Value, known: Germs) -> None:
        """Find a node's expansion from those of its arguments."""
        if not node.args:
            known[node] = constant_germ(leaf_number(node, self._balls))
            return
        try:
            known[node] = self._made(node, [known[arg] for arg in node.args])
        except (UnresolvedError, Stuck, ArithmeticError, ValueError):
            known[node] = None

    def _made(self, node: Value, args: list[Germ | None]) -> Germ:
        name = node.rule.function.name
        if name == "where" and args[0] is not None:
            args = args[1:2] if approach(args[0]) else args[2:]
        germs = [germ for germ in args if germ is not None]
        if len(germs) < len(args):
            raise UnresolvedError
        if name == "where":
            return germs[0]
        return _RULES[name](self, *germs) if name in _RULES else self._called(node, germs)

    def _called(self, node: Value, germs: list[Germ]) -> Germ:
        """A function by its Taylor series at the numbers that its arguments go to, or by others that it is made of."""
        function = node.rule.function
        finite = [germ for germ in germs if isinstance(germ, Expansion) and germ.is_finite]
        if len(finite) == len(germs):
            try:
                return self._composed(node, finite)
            except (UnresolvedError, Stuck):
                pass
        elif function.name in _FAR:
            return _FAR[function.name](self, *germs)
        text = _FORMULAS.get(function.name, function.value)
        if not text or function.variadic:
            raise UnresolvedError
        leaves = [Value(0.5, name) for name in function.args]
        return self._graph(NAMED.formula(text, ", ".join(function.args))(*leaves), leaves, germs)

    def by_formula(self, text: str, germ: Germ) -> Germ:
        """A formula of x."""
        leaf = Value(0.5, "x")
        return self._graph(NAMED.formula(text, "x")(leaf), [leaf], [germ])

    def _graph(self, root: Value, leaves: Sequence[Value], germs: Sequence[Germ]) -> Germ:
        known: Germs = dict(zip(leaves, germs, strict=True))
        for node in toposort([root]):
            if node not in known:
                self._put(node, known)
        found = known[root]
        if found is None:
            raise UnresolvedError
        return found

    def _composed(self, node: Value, germs: Sequence[Expansion]) -> Expansion:
        """The Taylor series by the one argument that moves, of that argument's expansion."""
        moving = [index for index, germ in enumerate(germs) if not germ.is_constant]
        if len(moving) > 1:
            raise UnresolvedError
        leaves = [Value(float(arb(germ.limit).mid())) for germ in germs]
        made = make_node(node.rule, tuple(leaves))
        forward((made,))
        numbers = Exact(self._balls, {leaf: germ.limit for leaf, germ in zip(leaves, germs, strict=True)})
        if not moving:
            return constant_germ(numbers.first(made, [germ.limit for germ in germs]))
        (index,) = moving
        coefficients = Stepper([made], made, [leaves[index]], numbers).coefficients(ORDER)
        return substituted(coefficients, germs[index].without_limit())


# --- the rules ----------------------------------------------------------------------------------------------------


def _pow(_beside: Beside, base: Germ, exponent: Germ) -> Germ:
    if isinstance(exponent, Expansion) and exponent.is_constant and isinstance(exponent.limit, fmpq):
        return power(base, fraction(exponent.limit))
    return exponential(product(exponent, logarithm(base)))


def _log(_beside: Beside, germ: Germ, *base: Germ) -> Germ:
    return product(logarithm(germ), inverse(logarithm(*base))) if base else logarithm(germ)


def _abs(_beside: Beside, germ: Germ) -> Germ:
    return scaled(germ, -1) if approach(germ) < 0 else germ


def _sign(_beside: Beside, germ: Germ) -> Germ:
    return constant_germ(fmpq(approach(germ)))


def _cbrt(_beside: Beside, germ: Germ) -> Germ:
    sign = approach(germ)
    return scaled(power(scaled(germ, sign), Fraction(1, 3)), sign) if sign else ZERO


def _compared(*signs: int) -> Rule:
    """A comparison: whether the sign of the difference is one of these."""
    return lambda _beside, a, b: constant_germ(fmpq(int(approach(total(a, scaled(b, -1))) in signs)))


def _extreme(sign: int) -> Rule:
    """The greatest of several, or the least where the sign is -1."""

    def rule(_beside: Beside, first: Germ, *others: Germ) -> Germ:
        for other in others:
            if approach(total(first, scaled(other, -1))) * sign < 0:
                first = other
        return first

    return rule


def _stepped(above: int, below: int) -> Rule:
    """A step function: what is added to a whole number that is come to from above, and from below."""

    def rule(_beside: Beside, germ: Germ) -> Germ:
        if not isinstance(germ, Expansion) or not germ.is_finite:
            raise UnresolvedError
        at = germ.limit
        if isinstance(at, fmpq) and at.q == 1:
            sign = approach(total(germ, constant_germ(-at)))
            return constant_germ(at + (above if sign > 0 else below if sign < 0 else 0))
        whole = arb(at).floor().unique_fmpz()
        if whole is None:
            raise UnresolvedError
        return constant_germ(fmpq(whole) + above)

    return rule


def _bounded(_beside: Beside, _germ: Germ) -> Germ:
    """sin and cos of what goes to infinity: between -1 and 1."""
    return Expansion({}, UNIT)


def _saturated(least: int, greatest: int) -> Rule:
    """A function that comes to its ends beyond every power, as erf does."""

    def rule(_beside: Beside, germ: Germ) -> Germ:
        if isinstance(germ, Expansion) and germ.lead[0] >= 0:
            raise UnresolvedError
        sign = approach(germ)
        end = greatest if sign > 0 else least
        rises = 1 if greatest > least else -1
        return Expansion({UNIT: fmpq(end)} if end else {}, BEYOND, -sign * rises)

    return rule


def _atan(beside: Beside, germ: Germ) -> Germ:
    inner = beside.by_formula("atan(x)", inverse(germ))
    return total(constant_germ(approach(germ) * arb.pi() / 2), scaled(inner, -1))


def _log1p(_beside: Beside, germ: Germ) -> Germ:
    return logarithm(total(germ, constant_germ(fmpq(1))))


def _gamma(_beside: Beside, germ: Germ) -> Germ:
    if approach(germ) < 0:
        raise UnresolvedError
    return Endless(1)


_RULES: dict[str, Rule] = {
    "add": lambda _beside, a, b: total(a, b),
    "sub": lambda _beside, a, b: total(a, scaled(b, -1)),
    "mul": lambda _beside, a, b: product(a, b),
    "div": lambda _beside, a, b: product(a, inverse(b)),
    "reciprocal": lambda _beside, x: inverse(x),
    "neg": lambda _beside, x: scaled(x, -1),
    "identity": lambda _beside, x: x,
    "square": lambda _beside, x: power(x, Fraction(2)),
    "sqrt": lambda _beside, x: root_of(x),
    "rsqrt": lambda _beside, x: power(x, Fraction(-1, 2)),
    "exp": lambda _beside, x: exponential(x),
    "log": _log,
    "pow": _pow,
    "abs": _abs,
    "sign": _sign,
    "cbrt": _cbrt,
    "floor": _stepped(0, -1),
    "ceil": _stepped(1, 0),
    "max": _extreme(1),
    "min": _extreme(-1),
    "lt": _compared(-1),
    "le": _compared(-1, 0),
    "gt": _compared(1),
    "ge": _compared(1, 0),
    "eq": _compared(0),
    "ne": _compared(-1, 1),
    "and": lambda _beside, a, b: constant_germ(fmpq(int(bool(approach(a) and approach(b))))),
    "or": lambda _beside, a, b: constant_germ(fmpq(int(bool(approach(a) or approach(b))))),
    "not": lambda _beside, a: constant_germ(fmpq(int(not approach(a)))),
}
_FAR: dict[str, Rule] = {  # where an argument goes to infinity
    "sin": _bounded,
    "cos": _bounded,
    "atan": _atan,
    "erf": _saturated(-1, 1),
    "erfc": _saturated(2, 0),
    "log1p": _log1p,
    "gamma": _gamma,
}
_FORMULAS = {  # of functions where they have no Taylor series; of others the table says one
    "tan": "sin(x) / cos(x)",
    "expm1": "exp(x) - 1",
    "log10": "log(x) / log(10)",
    "log2": "log(x) / log(2)",
    "log1p": "log(1 + x)",
    "sinh": "(exp(x) - exp(-x)) / 2",
    "cosh": "(exp(x) + exp(-x)) / 2",
    "tanh": "sign(x) * (1 - 2 / (exp(2 * abs(x)) + 1))",
    "asin": "sign(x) * (pi / 2 - 2 * asin(sqrt((1 - abs(x)) / 2)))",
    "acos": "pi / 2 - sign(x) * (pi / 2 - 2 * asin(sqrt((1 - abs(x)) / 2)))",
    "asinh": "sign(x) * log(abs(x) + sqrt(x * x + 1))",
    "acosh": "log(x + sqrt(x * x - 1))",
    "atanh": "log((1 + x) / (1 - x)) / 2",
    "hypot": "sqrt(a * a + b * b)",
    "sinc": "sin(x) / x",
    "trunc": "sign(x) * floor(abs(x))",
    "round": "floor(x + 1 / 2)",
    "gamma": "gamma(x + 1) / x",
}
