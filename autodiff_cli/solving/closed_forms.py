"""Numbers by their closed forms: the ball of sqrt(3) as that, proven by algebra where an equation is given.

A form is guessed from a narrow ball: a function that undoes it leaves a rational with small parts, or the LLL algorithm
finds a quadratic equation with small coefficients. Small numbers that fit so many digits are hardly ever wrong; none is
given without the proof.
"""

from collections.abc import Callable, Iterator
from fractions import Fraction
from math import isqrt, pi
from typing import Any, NamedTuple

from flint import arb, fmpq, fmpz_mat

from autodiff_cli.engine.value import Value, constant
from autodiff_cli.exact.identity.decision import is_proven_0
from autodiff_cli.exact.simplest import simplest_in

_BITS = 100  # that a ball must have
_HEIGHT = 10_000  # of numerators, denominators and coefficients
_EXPONENTS = [fmpq(part, 2) for size in range(1, 9) for part in (-size, size)]
_SQUARES = 2000  # the largest factor that is taken out of a root
_PI = constant(pi, "pi")


class ClosedForm(NamedTuple):
    """A number as text in the language, and as a graph."""

    text: str
    graph: Value


class _Pattern(NamedTuple):
    """A form with one rational in it: what of a number that rational is, the form as a graph, and as text."""

    rational: Callable[[Any], Any]
    graph: Callable[[Value], Value]
    text: Callable[[Any], str]


def closed_form(ball: Any, equation: Callable[[Value], Value]) -> ClosedForm | None:
    """The closed form of a number for which an equation is 0, proven; None where none is found."""
    if not ball.is_finite() or ball.rel_accuracy_bits() < _BITS:
        return None
    return next((form for form in closed_forms(ball) if is_proven_0(equation(form.graph))), None)


def rational_form(number: Any) -> ClosedForm:
    """A rational as a form."""
    return ClosedForm(_text(number), _node(number))


def closed_forms(ball: Any) -> Iterator[ClosedForm]:
    """What the number of a ball may be; which of these it is, if any, is another matter."""
    if ball.contains(0):
        yield rational_form(fmpq(0))
        return
    for pattern in _PATTERNS:
        number = _rational(pattern.rational(ball))
        if number is not None:
            yield ClosedForm(pattern.text(number), pattern.graph(_node(number)))
    yield from _angle(ball)
    yield from _quadratic(ball)


# --- one rational -----------------------------------------------------------------------------------------------------


def _rational(ball: Any) -> Any:
    """The rational of a ball that has small parts, if there is one and it is not 0."""
    if not 1 < abs(ball) * (_HEIGHT + 1) < (_HEIGHT + 1) ** 2:
        return None
    found = simplest_in(float(ball.lower()), float(ball.upper()))
    is_short = max(abs(int(found.p)), int(found.q)) <= _HEIGHT
    return found if is_short and ball.contains(found) else None


def _text(number: Any) -> str:
    return f"{number.p}" if number.q == 1 else f"{number.p}/{number.q}"


def _scaled(text: str, by: Any) -> str:
    """A multiple, as it is written: 2/3 of pi is "2*pi/3"."""
    above, below = int(by.p), int(by.q)
    head = {1: text, -1: f"-{text}"}.get(above, f"{above}*{text}")
    return head if below == 1 else f"{head}/{below}"


def _signed(name: str, number: Any) -> str:
    """An odd function, the sign before it."""
    return f"{'-' if number < 0 else ''}{name}({_text(abs(number))})"


def _exp(exponent: Any, by: Any = 1) -> str:
    """A multiple of exp: e, 2/e^2, 3*exp(-3/2)."""
    factor = fmpq(by)
    if exponent.q != 1:
        return _scaled(f"exp({_text(exponent)})", factor)
    size = abs(int(exponent.p))
    power = "e" if size == 1 else f"e^{size}"
    if exponent > 0:
        return _scaled(power, factor)
    return f"{factor.p}/{power}" if factor.q == 1 else f"{factor.p}/({factor.q}*{power})"


def _node(number: Any) -> Value:
    """A rational as a graph."""
    above, below = (constant(float(int(part)), str(part)) for part in (number.p, number.q))
    return above if number.q == 1 else above / below


def _multiple_of_exp(exponent: Any) -> _Pattern:
    power = _node(exponent)
    return _Pattern(
        lambda ball: ball * arb(-exponent).exp(), lambda r: r * power.exp(), lambda number: _exp(exponent, number)
    )


_PATTERNS = (
    _Pattern(lambda ball: ball, lambda r: r, _text),
    _Pattern(lambda ball: ball / arb.pi(), lambda r: r * _PI, lambda number: _scaled("pi", number)),
    _Pattern(lambda ball: ball.log(), lambda r: r.exp(), _exp),
    _Pattern(lambda ball: (-ball).log(), lambda r: -r.exp(), lambda number: _exp(number, -1)),
    _Pattern(lambda ball: ball.exp(), lambda r: r.log(), lambda number: f"log({_text(number)})"),
    *map(_multiple_of_exp, _EXPONENTS),
    _Pattern(lambda ball: ball**3, lambda r: r.cbrt(), lambda number: _signed("cbrt", number)),
)


def _angle(ball: Any) -> Iterator[ClosedForm]:
    """The arctangent of a rational, with half turns."""
    number = _rational(ball.tan())
    half_turns = (ball / arb.pi() + 0.5).floor().unique_fmpz()
    if number is None or half_turns is None:
        return
    turns = fmpq(half_turns)
    text = f" {'+' if turns > 0 else '-'} {_scaled('pi', abs(turns))}" if turns else ""
    yield ClosedForm(_signed("atan", number) + text, _node(number).atan() + _node(turns) * _PI)


# --- a quadratic equation ---------------------------------------------------------------------------------------------


def _quadratic(ball: Any) -> Iterator[ClosedForm]:
    """A root of a * x^2 + b * x + c with small whole coefficients, that is no rational."""
    a, b, c = _coefficients(ball)
    inside = b * b - 4 * a * c
    if a == 0 or max(abs(a), abs(b), abs(c)) > _HEIGHT or inside <= 0 or isqrt(inside) ** 2 == inside:
        return
    sign = 1 if 2 * a * ball + b > 0 else -1
    square = max(part for part in range(1, min(isqrt(inside) + 1, _SQUARES)) if inside % part**2 == 0)
    yield _sum(Fraction(-b, 2 * a), Fraction(sign * square, 2 * a), inside // square**2)


def _coefficients(ball: Any) -> tuple[int, int, int]:
    """Coefficients that leave next to nothing of x^2, x and 1 together, as LLL makes them; 0 of a wide ball."""
    scale = 2**_BITS
    if not (abs(ball) < 2**20 and ball.rad() * scale <= 1):
        return 0, 0, 0
    parts = [int((scale * arb((ball**power).mid())).floor().unique_fmpz()) for power in (2, 1, 0)]
    rows = [[int(row == column) for column in range(3)] + [part] for row, part in enumerate(parts)]
    a, b, c, _ = map(int, fmpz_mat(rows).lll().table()[0])
    return a, b, c


def _sum(first: Fraction, factor: Fraction, inside: int) -> ClosedForm:
    """The form of first + factor * sqrt(inside)."""
    whole, share = (fmpq(part.numerator, part.denominator) for part in (first, factor))
    root = _node(share) * _node(fmpq(inside)).sqrt()
    if not first:
        return ClosedForm(_scaled(f"sqrt({inside})", share), root)
    text = f"{_text(whole)} {'-' if share < 0 else '+'} {_scaled(f'sqrt({inside})', abs(share))}"
    return ClosedForm(text, _node(whole) + root)
