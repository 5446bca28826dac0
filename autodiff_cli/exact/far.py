"""Numbers far from 0, as 1/x is close to 0: what functions take at their poles and where their domains end.

A number is here a ball or a rational, or `Far`; `NOWHERE` where there is none, `ANY` where nothing is known of it.
"""

from collections.abc import Callable, Sequence
from math import inf
from typing import Any, NamedTuple

from flint import arb

from autodiff_cli.exact.balls import Undefined


class Far(NamedTuple):
    """All numbers at least so far from 0, to both sides."""

    least: Any


NOWHERE = Far(arb("inf"))  # no value: outside of a domain
ANY = Undefined("any number")


def is_finite(number: Any) -> bool:
    """Whether a number is known, and finite."""
    return not isinstance(number, (Undefined, Far)) and arb(number).is_finite()


def is_not_0(number: Any) -> bool:
    """Whether a number is certainly not 0."""
    if isinstance(number, Far):
        return bool(number.least > 0)
    return is_finite(number) and not arb(number).contains(0)


def image(name: str, args: Sequence[Any]) -> Any:
    """What a function takes, as far as it is defined, where its strict value over the same balls is not finite."""
    if any(isinstance(arg, Undefined) for arg in args):
        return ANY
    if len(args) == 1:
        return _image_of_one(name, args[0])
    rule = _OF_TWO.get(name)
    return rule(*args) if rule else ANY


def _image_of_one(name: str, number: Any) -> Any:
    if isinstance(number, Far):
        rule = _OF_FAR.get(name)
        return rule(number.least) if rule else ANY
    rule = _OF_BALLS.get(name)
    return rule(arb(number)) if rule else ANY


def two_ends(name: str, number: Any) -> list[Any]:
    """What a function is far to the left, and far to the right; none where that is not known."""
    is_far = isinstance(number, Far) and number is not NOWHERE
    ends: list[Any] = _TWO_ENDS[name](number.least) if is_far and name in _TWO_ENDS else []
    return ends


# --- of two numbers ---------------------------------------------------------------------------------------------------


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
    if not (is_finite(a) or is_finite(b)):
        return ANY
    return _far((_least(a) - _most(b)).max(_least(b) - _most(a)).lower())


def _product(a: Any, b: Any) -> Any:
    return _far((_least(a) * _least(b)).lower())


def _quotient(a: Any, b: Any) -> Any:
    if isinstance(b, Far):
        return ANY if isinstance(a, Far) else _within((_most(a) / b.least).upper())
    if is_finite(a) and not arb(b).contains(0):
        return arb(a) / arb(b)
    return _at_pole(_most(b), lambda most: (_least(a) / most).lower())


def _at_pole(most: Any, function: Callable[[Any], Any]) -> Any:
    """A function that grows to both sides of its pole at 0, over numbers at most so far from it."""
    return NOWHERE if most == 0 else _far(function(most))


def _power(x: Any, p: Any) -> Any:
    """Of a number close to 0, or far from it."""
    exponent = arb(p) if is_finite(p) else arb(0)
    if exponent.contains(0):
        return ANY
    if isinstance(x, Far):
        found = x.least**exponent
        return _far(found.lower()) if exponent > 0 else _within(found.upper())
    return _power_near_0(arb(x), exponent)


def _power_near_0(x: Any, exponent: Any) -> Any:
    if exponent < 0:
        return _at_pole(_most(x), lambda most: (most**exponent).lower())
    if exponent.contains_integer():  # below 0 it has values too
        return ANY
    return _rooted(x, lambda top: top**exponent)


_OF_TWO: dict[str, Callable[..., Any]] = {
    "add": _sum,
    "sub": _sum,
    "mul": _product,
    "div": _quotient,
    "pow": _power,
}

# --- of one number, whose ball reaches a pole or the end of the domain ------------------------------------------------


def _rooted(x: Any, function: Callable[[Any], Any]) -> Any:
    """A function that rises from 0 at 0, where it is defined."""
    top = x.upper()
    return NOWHERE if top < 0 else arb(0).union(function(top))


def _logarithm(x: Any) -> Any:
    """Close to 0: far below."""
    top = x.upper()
    if top <= 0:
        return NOWHERE
    return _far(-top.log().upper()) if top < 1 else ANY


def _scaled_logarithm(base: int) -> Callable[[Any], Any]:
    def logarithm(x: Any) -> Any:
        found = _logarithm(x)
        is_far = isinstance(found, Far) and found is not NOWHERE
        return Far((found.least / arb(base).log()).lower()) if is_far else found

    return logarithm


def _clipped(low: int, high: float, function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """A function that rises or falls from one end of its domain to the other."""

    def clip(x: Any) -> Any:
        bottom, top = x.lower().max(arb(low)), x.upper().min(arb(high))
        return NOWHERE if bottom > top else function(bottom).union(function(top))

    return clip


def _ratio(above: Callable[[Any], Any], below: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """A quotient of two functions, as tan is one."""
    return lambda x: _quotient(above(x), below(x))


def _one(_x: Any) -> Any:
    return arb(1)


def _gamma(x: Any) -> Any:
    """Close to a pole, by 1/gamma, which has none."""
    return _quotient(arb(1), x.rgamma())


def _atanh(x: Any) -> Any:
    """Close to -1 or 1: far from 0."""
    inner = _least(x)
    return _far(inner.atanh().lower()) if 0 < inner < 1 else ANY


_OF_BALLS: dict[str, Callable[[Any], Any]] = {
    "reciprocal": lambda x: _quotient(arb(1), x),
    "sqrt": lambda x: _rooted(x, arb.sqrt),
    "rsqrt": lambda x: _power_near_0(x, arb(-0.5)),
    "log": _logarithm,
    "log10": _scaled_logarithm(10),
    "log2": _scaled_logarithm(2),
    "asin": _clipped(-1, 1, arb.asin),
    "acos": _clipped(-1, 1, arb.acos),
    "acosh": _clipped(1, inf, arb.acosh),
    "tan": _ratio(arb.sin, arb.cos),
    "sec": _ratio(_one, arb.cos),
    "cot": _ratio(arb.cos, arb.sin),
    "csc": _ratio(_one, arb.sin),
    "coth": _ratio(arb.cosh, arb.sinh),
    "csch": _ratio(_one, arb.sinh),
    "gamma": _gamma,
    "factorial": lambda x: _gamma(x + 1),
    "atanh": _atanh,
}

# --- of one number that is at least so far from 0 ---------------------------------------------------------------------

_OF_FAR: dict[str, Callable[[Any], Any]] = {
    "neg": _far,
    "abs": _far,
    "reciprocal": lambda least: _within((1 / least).upper()),
    "rsqrt": lambda least: _within(least.rsqrt().upper()),
    "square": lambda least: _far((least**2).lower()),
    "cbrt": lambda least: _far(least.root(3).lower()),
}

_TWO_ENDS: dict[str, Callable[[Any], list[Any]]] = {
    "exp": lambda m: [_within((-m).exp().upper()), Far(m.exp().lower())],
    "atan": lambda m: [sign * m.atan().union(arb.pi() / 2) for sign in (-1, 1)],
    "tanh": lambda m: [sign * m.tanh().union(arb(1)) for sign in (-1, 1)],
    "sigmoid": lambda m: [arb(0).union((-m).exp()), 1 - arb(0).union((-m).exp())],
}
