"""What a number may be in closed form, from a narrow ball: a rational, one of pi, a root, a logarithm, a power of e."""

from collections.abc import Callable, Iterator
from fractions import Fraction
from math import pi
from typing import Any

from flint import arb, fmpz, fmpz_mat

from autodiff_cli.engine.value import Value, constant
from autodiff_cli.exact.simplest import between

_LARGEST = 10_000  # numerator or denominator of a number that is no chance
_BITS = 100  # of a number, by which a relation is found
_PI = constant(pi, "pi")


def closed_forms(ball: Any) -> Iterator[Value]:
    """The forms whose number is in a ball; which of them it is, if any, is another matter."""
    for transformed, form in _FORMS:
        number = _rational(transformed(ball))
        if number is not None:
            yield form(_node(number))
    yield from _quadratic(ball)


def _node(number: Fraction) -> Value:
    above = constant(float(number.numerator), str(number.numerator))
    return above if number.denominator == 1 else above / constant(float(number.denominator), str(number.denominator))


def _rational(ball: Any) -> Fraction | None:
    """The simplest rational in a ball, where that is no chance."""
    if not ball.is_finite():
        return None
    if ball.contains(0):
        return Fraction(0)
    size = abs(ball)
    found = between(_fraction(size.lower()), _fraction(size.upper()))
    is_chance = max(found.numerator, found.denominator) > _LARGEST
    return None if is_chance else found * (1 if ball > 0 else -1)


def _fraction(end: Any) -> Fraction:
    mantissa, exponent = map(int, arb(end.mid()).man_exp())
    return Fraction(mantissa) * Fraction(2) ** exponent


_FORMS: tuple[tuple[Callable[[Any], Any], Callable[[Value], Value]], ...] = (
    (lambda c: c, lambda r: r),
    (lambda c: c / arb.pi(), lambda r: r * _PI),
    (lambda c: c.exp(), lambda r: r.log()),
    (lambda c: c.log(), lambda r: r.exp()),
    (lambda c: c.tan(), lambda r: r.atan()),
    (lambda c: c**3, lambda r: r.cbrt()),
)


def _whole(ball: Any) -> Any:
    """A whole number close to the middle of a ball."""
    return arb(ball.mid()).floor().unique_fmpz()


def _quadratic(ball: Any) -> Iterator[Value]:
    """A root of a quadratic equation with small whole coefficients, by the reduction of a lattice."""
    one = fmpz(1) << _BITS
    if abs(ball) > 2**16 or ball.rad() * one > 1:
        return
    square, number = _whole(ball**2 * arb(one)), _whole(ball * arb(one))
    rows = fmpz_mat([[1, 0, 0, square], [0, 1, 0, number], [0, 0, 1, one]]).lll().table()
    a, b, c, _ = map(int, rows[0])
    if a == 0 or max(abs(a), abs(b), abs(c)) > _LARGEST:
        return
    under = _node(Fraction(b * b - 4 * a * c)).sqrt()
    for sign in (1, -1):
        yield (_node(Fraction(-b)) + _node(Fraction(sign)) * under) / _node(Fraction(2 * a))
