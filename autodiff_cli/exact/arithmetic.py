"""The table's formulas over exact numbers (python-flint): over balls, and over rationals where these are enough."""

from collections.abc import Callable, Iterable
from functools import cache, lru_cache
from typing import Any, NamedTuple

from flint import arb, ctx, fmpq

from autodiff_cli.rules.kernels import balls, rationals
from autodiff_cli.rules.kernels.balls import Undecided
from autodiff_cli.rules.numbers import Kernel, NumberSystem, vectorized_condition
from autodiff_cli.rules.table import Function

ERRORS = (ArithmeticError, ValueError)  # what a formula raises where it has no number
_COMPARISONS = ("lt", "le", "gt", "ge", "eq")
_STEPS = ("sign", "floor", "ceil", "trunc", "round")


@lru_cache(maxsize=16)
def over_balls(bits: int, settled: bool) -> NumberSystem:
    """The table over balls of so many bits.

    A comparison in a formula may be open: the formula then holds what both answers give. Where a step such as floor(x)
    is open it holds all it may be too, unless steps have to be `settled`.
    """
    kernels = balls.KERNELS | {"where": _where, "atan2": _atan2}
    kernels |= {name: _open(balls.KERNELS[name]) for name in _COMPARISONS}
    if settled:
        kernels |= {name: _settled(name) for name in _STEPS}
    with ctx.workprec(bits):
        return NumberSystem(kernels | {"pi": arb.pi()}, operators_as_calls=True)


def _open(comparison: Kernel) -> Kernel:
    """A comparison that answers with the ball from 0 to 1 where it is open."""

    def compare(a: Any, b: Any) -> Any:
        try:
            return comparison(a, b)
        except Undecided:
            return arb(0.5, 0.5)

    return compare


def _where(c: Any, a: Any, b: Any) -> Any:
    """The branch that is taken; where that is open, a ball that holds both."""
    condition = arb(c)
    if condition == 0:
        return arb(b)
    return arb(a) if condition != 0 else arb(a).union(arb(b))


def _settled(name: str) -> Kernel:
    """A step function that raises where it is open on which step it stands."""
    kernel = balls.KERNELS[name]

    def settle(x: Any) -> Any:
        found = kernel(x)
        if not found.is_exact():
            raise Undecided(f"{name} of {x} is undecided")
        return found

    return settle


def _atan2(a: Any, b: Any) -> Any:
    """Left of 0 it jumps at y = 0: there the ball has to be on one side."""
    y, x = arb(a), arb(b)
    side_is_open = y.contains(0) and not y.is_exact()
    if side_is_open and not x > 0:
        raise Undecided(f"the side of {y} is undecided")
    return balls.KERNELS["atan2"](a, b)


def named_constant(name: str) -> Any:
    """The ball of pi, e and the like, at flint's precision."""
    turn = 2 * arb.pi()
    return {"pi": turn / 2, "e": arb(1).exp(), "tau": turn, "deg": turn / 360, "inf": arb("inf")}[name]


_RATIONALS = NumberSystem(rationals.KERNELS, operators_as_calls=True)
_COMPILED: dict[tuple[str, int, int], Callable[..., Any] | None] = {}


def rational(function: Function, index: int, given: Iterable[Any], args: list[Any]) -> Any:
    """A partial at rational arguments, or the function where the index is -1, from what its formula is `given`.

    None where an argument or the result is no rational. Of 1 and 3, the function `div` is 1/3.
    """
    if not all([isinstance(arg, fmpq) for arg in args]):  # noqa: C419 - faster
        return None
    compiled = _compiled(function, index)
    if compiled is None:
        return None
    try:
        found = fmpq(compiled(*given))
    except (TypeError, *ERRORS):  # pi, a number that is none, a power that is too large
        return None
    return found if found.height_bits() <= rationals.MOST else None


def _compiled(function: Function, index: int) -> Callable[..., Any] | None:
    """The formula of a partial, or of the function where the index is -1; None where functions in it have no kernel."""
    key = (function.name, len(function.args), index)
    if key not in _COMPILED:
        try:
            _COMPILED[key] = _RATIONALS.value(function) if index < 0 else _RATIONALS.partial(function, index)
        except KeyError:
            _COMPILED[key] = None
    return _COMPILED[key]


# --- domains ----------------------------------------------------------------------------------------------------------


class _Kleene(NamedTuple):
    """Yes, no, or None for open; `&` and `|` as Kleene has them."""

    holds: bool | None

    def __and__(self, other: "_Kleene") -> "_Kleene":
        if self.holds is False or other.holds is False:
            return _Kleene(False)
        return _Kleene(None if self.holds is None or other.holds is None else True)

    def __or__(self, other: "_Kleene") -> "_Kleene":
        if self.holds or other.holds:
            return _Kleene(True)
        return _Kleene(None if self.holds is None or other.holds is None else False)


def _answering(comparison: Kernel) -> Kernel:
    """A comparison that says where it is open."""

    def compare(a: Any, b: Any) -> _Kleene:
        try:
            return _Kleene(bool(comparison(a, b) == 1))
        except Undecided:
            return _Kleene(None)

    return compare


@cache
def _domain(function: Function) -> Kernel:
    kernels = balls.KERNELS | {name: _answering(balls.KERNELS[name]) for name in _COMPARISONS}
    kernels["ne"] = _answering(lambda a, b: 1 - balls.KERNELS["eq"](a, b))
    numbers = NumberSystem(kernels, operators_as_calls=True)
    return numbers.formula(vectorized_condition(function.domain), ", ".join(function.args))


def contains(function: Function, args: Iterable[Any]) -> bool | None:
    """Whether some numbers are inside a function's domain; None where their balls leave that open.

    >>> from autodiff_cli.rules.table import entry
    >>> [contains(entry("log", 1), [arb(x)]) for x in (2, -1)]
    [True, False]
    """
    try:
        answer: _Kleene = _domain(function)(*map(arb, args))
    except ERRORS:
        return None
    return answer.holds
