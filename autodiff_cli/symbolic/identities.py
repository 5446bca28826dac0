"""Identities: what is known of single functions. Those that are arithmetic, exact values, and calls that cancel out."""

from __future__ import annotations

import operator
from collections.abc import Callable
from functools import partial
from itertools import combinations
from math import factorial
from typing import TYPE_CHECKING, NamedTuple

from autodiff_cli.rules.table import COMPARISONS, entry
from autodiff_cli.symbolic.coefficients import HALF, Number, add_to, is_whole, plus, times

if TYPE_CHECKING:
    from autodiff_cli.symbolic.terms import Addends, Algebra, Powers, Term

_PAIRS = 6  # exponentials of a product that are compared with each other

# --- calls of one function -------------------------------------------------------------------------------------------


def _computed(value: Callable[..., Number | None], algebra: Algebra, *args: Term) -> Term | None:
    """The value of a function where all its arguments are numbers, if it has an exact one."""
    kinds = {arg.kind for arg in args}
    if kinds != {"number"}:
        return None
    result = value(*map(operator.attrgetter("head"), args))
    return None if result is None else algebra.number(result)


def _compared(relation: Callable[[Number, Number], bool], algebra: Algebra, a: Term, b: Term) -> Term | None:
    """A comparison of two numbers, or of a term that has a value with itself."""
    if a is b and a.kind != "call":
        return algebra.number(int(relation(0, 0)))
    return _computed(lambda a, b: int(relation(a, b)), algebra, a, b)


def _power(algebra: Algebra, base: Term, exponent: Term) -> Term | None:
    """`1^x` gives `1`."""
    if exponent.kind == "number":
        return algebra.power(base, exponent.head)
    return algebra.one if base is algebra.one else None


def _choice(algebra: Algebra, condition: Term, then: Term, otherwise: Term) -> Term | None:
    """`where(1, x, y)` gives `x`, and `where(c, x, x)` gives `x`."""
    if then is otherwise:
        return then
    if condition.kind != "number":
        return None
    return then if condition.head else otherwise


def _log(algebra: Algebra, x: Term, *base: Term) -> Term | None:
    """`log(e)` gives `1`, and `log(1)` gives `0`, to any base."""
    if (x, *base) == (algebra.e,):  # the constant, no variable of that name
        return algebra.one
    return _computed(lambda x, *base: 0 if x == 1 else None, algebra, x, *base)


def _sign(x: Number) -> int:
    return (x > 0) - (x < 0)


_EXACT: dict[str, dict[Number, int]] = {  # exact values, for as long as a rule makes them
    **{name: {0: 0} for name in ("sin", "tan", "sinh", "tanh", "asin", "atan", "asinh", "atanh", "erf", "expm1")},
    **{name: {0: 0} for name in ("log1p", "floor", "ceil")},
    **{name: {0: 1} for name in ("exp", "cos", "cosh", "sec", "sech", "exp2", "exp10", "erfc", "sinc")},
    **{name: {1: 0} for name in ("log2", "log10", "acosh", "acos")},
    "cbrt": {0: 0, 1: 1},
    "gamma": {n: factorial(n - 1) for n in range(1, 24)},  # floats have these too
}
REWRITES: dict[str, Callable[..., Term | None]] = {  # called with the algebra and the arguments; None for no other
    "add": lambda algebra, a, b: algebra.add([a, b]),
    "sub": lambda algebra, a, b: algebra.add([a, algebra.scaled(-1, b)]),
    "mul": lambda algebra, a, b: algebra.multiply([a, b]),
    "div": lambda algebra, a, b: algebra.multiply([a, algebra.power(b, -1)]),
    "neg": lambda algebra, x: algebra.scaled(-1, x),
    "identity": lambda algebra, x: x,
    "square": lambda algebra, x: algebra.power(x, 2),
    "reciprocal": lambda algebra, x: algebra.power(x, -1),
    "sqrt": lambda algebra, x: algebra.power(x, HALF),
    "rsqrt": lambda algebra, x: algebra.power(x, -HALF),
    "clamp": lambda algebra, x, lo, hi: algebra.call(entry("min", 2), (algebra.call(entry("max", 2), (x, lo)), hi)),
    "pow": _power,
    "where": _choice,
    "log": _log,
    "max": partial(_computed, max),
    "min": partial(_computed, min),
    "abs": partial(_computed, abs),
    "sign": partial(_computed, _sign),
    **{name: partial(_compared, getattr(operator, name)) for name in COMPARISONS},
    **{name: partial(_computed, values.get) for name, values in _EXACT.items()},
}

# --- calls in a product ----------------------------------------------------------------------------------------------


CANCELLING = {"pow", "exp", "abs", "sign"}  # functions whose calls may


def cancel_calls(algebra: Algebra, powers: Powers) -> None:
    """Join what belongs together of a product's calls: powers of one base, exponentials, signs and absolute values."""
    for call in _calls(powers, "pow"):
        _gather_power(algebra, powers, call)
    exponentials = list(filter(_is_exponential, _calls(powers, "exp", "pow")))
    for one, other in combinations(exponentials[:_PAIRS], 2):
        _cancel_exponentials(algebra, powers, one, other)
    for call in _calls(powers, "abs", "sign"):
        _gather_signs(algebra, powers, call)


def _calls(powers: Powers, *names: str) -> list[Term]:
    return [base for base in powers if base.name in names]


def _gather_power(algebra: Algebra, powers: Powers, call: Term) -> None:
    """`x * x^(p - 1)` gives `x^p`."""
    base, exponent = call.parts
    if powers.get(call) == powers.get(base) == 1:
        raised = algebra.add([exponent, algebra.one])
        if raised.size < exponent.size:
            del powers[base], powers[call]
            add_to(powers, algebra.call(call.head, (base, raised)), 1)


def _is_exponential(call: Term) -> bool:
    """Whether a call is exp(x), or the power of a positive constant: its last argument is the exponent."""
    return call.name == "exp" or is_positive_constant(call.parts[0])


def is_constant(term: Term) -> bool:
    """Whether a term is a constant with a name, or a number too long for a coefficient: pi, 1e300."""
    return term.kind == "leaf" and not term.head.requires_grad


def is_positive_constant(term: Term) -> bool:
    return is_constant(term) and term.head.data > 0


def _cancel_exponentials(algebra: Algebra, powers: Powers, one: Term, other: Term) -> None:
    """`exp(x) * exp(-x)` gives `1`, and `2*pi^x * pi^(-x)` gives `2`."""
    if not powers.keys() >= {one, other}:
        return
    *base, exponent = one.parts
    *other_base, other_exponent = other.parts
    is_alike = base == other_base and powers[one] == powers[other]
    if is_alike and algebra.add([exponent, other_exponent]) is algebra.zero:
        del powers[one], powers[other]


def _gather_signs(algebra: Algebra, powers: Powers, call: Term) -> None:
    """`abs(x)^2` gives `x^2`, `sign(x) * abs(x)` gives `x`, and `x * sign(x)` gives `abs(x)`."""
    (x,) = call.parts
    exponent = powers.get(call)
    if exponent is None or x.kind in ("product", "number"):
        return
    if (call.name, exponent) == ("sign", 1):
        _gather_sign(algebra, powers, call, x)
    if (call.name, exponent % 2) == ("abs", 0):
        add_to(powers, x, powers.pop(call))


def _gather_sign(algebra: Algebra, powers: Powers, sign: Term, x: Term) -> None:
    size = algebra.bare_call(entry("abs", 1), x)
    if powers.get(size, 0) % 2 == 1:
        del powers[sign]
        add_to(powers, x, powers.pop(size))
    elif powers.get(x, 0) % 2 == 1:
        step = 1 if powers[x] > 0 else -1
        del powers[sign]
        add_to(powers, x, -step)
        add_to(powers, size, step)


# --- squares in a sum ------------------------------------------------------------------------------------------------

_PARTNERS = {  # of a function f, the g and the sign with which f^2 + g^2 or f^2 - g^2 is 1
    "sin": ("cos", 1),
    "cos": ("sin", 1),
    "tanh": ("sech", 1),
    "sech": ("tanh", 1),
    "cosh": ("sinh", -1),
    "sec": ("tan", -1),
    "csc": ("cot", -1),
    "coth": ("csch", -1),
}


class _Squares(NamedTuple):
    """A call's square and, with a sign, that of its partner make the square of `total`."""

    sign: int
    partner: Term
    total: Term


def _squares_of(algebra: Algebra, call: Term) -> list[_Squares]:
    """sin(x)^2 + cos(x)^2 is 1^2, and hypot(a, b)^2 - a^2 is b^2."""
    if call.name == "hypot":
        a, b = call.parts
        return [_Squares(-1, a, b), _Squares(-1, b, a)]
    name, sign = _PARTNERS.get(call.name, ("", 0))
    partner = algebra.known_call(name, call.parts)
    return [] if partner is None else [_Squares(sign, partner, algebra.one)]


def cancel_squares(algebra: Algebra, addends: Addends) -> Addends:
    """A sum in which the squares of two functions are 1, or what they are of.

    `2*sin(x)^2 + 2*cos(x)^2` gives `2`, and `hypot(x, y)^2 - x^2` gives `y^2`.
    """
    for term in list(addends):
        for call in _squared_calls(term):
            for squares in _squares_of(algebra, call):
                addends = _with_total(algebra, addends, term, call, squares)
    return addends


def _squared_calls(term: Term) -> list[Term]:
    """The calls whose squares are factors of a term: sin(x) of y * sin(x)^3."""
    _, parts = term.algebra.factors(term)
    return [base for base, exponent in parts if base.kind == "call" and is_whole(exponent) and exponent > 1]


def _with_total(algebra: Algebra, addends: Addends, term: Term, call: Term, squares: _Squares) -> Addends:
    """The sum where `term`, which has the call's square as a factor, and its partner are one term."""
    if term not in addends:
        return addends
    powers = dict(algebra.factors(term)[1])
    left = plus(powers.pop(call), -2)
    others = algebra.powers([*powers.items(), (call, left)])
    number, partner = algebra.split(algebra.multiply([*others, algebra.power(squares.partner, 2)]))
    coefficient = addends[term]
    is_beside = addends.get(partner, 0) == times(squares.sign, coefficient)
    if number != 1 or not is_beside:
        return addends
    number, total = algebra.split(algebra.multiply([*others, algebra.power(squares.total, 2)]))
    remaining = {other: c for other, c in addends.items() if other is not partner}
    joined = plus(remaining.get(total, 0), times(coefficient, number))
    return {total if other is term else other: c for other, c in remaining.items()} | {total: joined}
