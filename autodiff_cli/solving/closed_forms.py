"""Numbers by their closed forms: the ball of sqrt(3) as that, proven by algebra where an equation is given.

A form is guessed from a narrow ball: a rational multiple of pi, a root of a quadratic equation with small coefficients
(by the LLL algorithm), exp or log of a rational, a rational multiple of exp. Small numbers that fit so many digits are
hardly ever wrong; none is given without the proof.
"""

from collections.abc import Callable, Iterator
from fractions import Fraction
from math import isqrt
from typing import Any, NamedTuple

from flint import arb, fmpq, fmpz_mat

from autodiff_cli.engine.value import NAMED, Value, constant
from autodiff_cli.exact.identity.decision import ProofState, Question, prove
from autodiff_cli.exact.simplest import simplest

_BITS = 100  # that a ball must have
_SCALE = 120  # bits of the numbers that LLL works with
_HEIGHT = 10_000  # of numerators and denominators
_EXPONENTS = [Fraction(part, 2) for size in range(1, 9) for part in (-size, size)]


class ClosedForm(NamedTuple):
    """A number as text in the language, and as a graph."""

    text: str
    graph: Value


def closed_form(ball: Any, equation: Callable[[Value], Value]) -> ClosedForm | None:
    """The closed form of a number for which an equation is 0, proven; None where none is found."""
    if not ball.is_finite() or ball.rel_accuracy_bits() < _BITS:
        return None
    for form in _candidates(ball):
        made = equation(form.graph)
        if prove(Question(made, made, constant(0.0, "0"))) is ProofState.PROVEN:
            return form
    return None


def rational_form(number: Any) -> ClosedForm:
    """A rational as a form."""
    return _form(_text(number), "p", {"p": number})


def _candidates(ball: Any) -> Iterator[ClosedForm]:
    """What a ball may be."""
    number = _rational(ball)
    if number is not None:
        yield rational_form(number)
    share = _rational(ball / arb.pi())
    if share is not None:
        yield _form(_scaled("pi", share), "p * pi", {"p": share})
    yield from _quadratic(ball)
    exponent = _rational(abs(ball).log())
    if exponent is not None:
        sign = 1 if ball > 0 else -1
        yield _form(_exp(exponent, sign), "exp(p)" if sign > 0 else "-exp(p)", {"p": exponent})
    power = _rational(ball.exp()) if abs(ball) < 20 else None
    if power is not None:
        yield _form(f"log({_text(power)})", "log(p)", {"p": power})
    for by in _EXPONENTS:
        factor = _rational(ball * arb(fmpq(-by.numerator, by.denominator)).exp())
        if factor is not None:
            exponent = fmpq(by.numerator, by.denominator)
            yield _form(_exp(exponent, factor), "p * exp(q)", {"p": factor, "q": exponent})


def _quadratic(ball: Any) -> Iterator[ClosedForm]:
    """A root of a * x^2 + b * x + c with small whole coefficients."""
    if not abs(ball) < 2**20:
        return
    powers = [_whole(arb(2) ** _SCALE * ball**k) for k in range(3)]
    rows = [[int(row == column) for column in range(3)] + [power] for row, power in enumerate(powers)]
    reduced = fmpz_mat(rows).lll()
    c, b, a = (int(reduced[0, column]) for column in range(3))
    inside = b * b - 4 * a * c
    if a == 0 or max(abs(a), abs(b), abs(c)) > _HEIGHT or inside <= 0 or isqrt(inside) ** 2 == inside:
        return
    sign = 1 if (2 * a * ball + b) * a > 0 else -1
    sign *= 1 if a > 0 else -1
    square = max(part for part in range(1, isqrt(inside) + 1) if part < 2000 and inside % (part * part) == 0)
    whole, root, below = Fraction(-b, 2 * a), Fraction(sign * square, 2 * a), inside // square**2
    numbers = {"p": _flint(whole), "q": _flint(root), "r": fmpq(below)}
    first = "" if whole == 0 else f"{_text(_flint(whole))} {'-' if root < 0 else '+'} "
    text = first + _scaled(f"sqrt({below})", _flint(abs(root) if first else root))
    yield _form(text, "p + q * sqrt(r)" if whole else "q * sqrt(r)", numbers)


def _whole(ball: Any) -> int:
    """The whole number below the middle of a ball."""
    mantissa, exponent = (int(part) for part in ball.mid().man_exp())
    return mantissa << exponent if exponent > 0 else mantissa >> -exponent


def _flint(number: Fraction) -> Any:
    return fmpq(number.numerator, number.denominator)


def _rational(ball: Any) -> Any:
    """The simplest rational of a ball, if it is a short one and not 0."""
    if not ball.is_finite():
        return None
    low, high = sorted([float(ball.mid()) * (1 - 1e-15), float(ball.mid()) * (1 + 1e-15)])
    found = simplest(low, high)
    is_short = found != 0 and max(abs(int(found.p)), int(found.q)) <= _HEIGHT
    return found if is_short and ball.contains(found) else None


def _text(number: Any) -> str:
    return f"{number.p}" if number.q == 1 else f"{number.p}/{number.q}"


def _scaled(text: str, by: Any) -> str:
    """A multiple, as it is written: 2/3 of pi is "2*pi/3"."""
    above, below = int(by.p), int(by.q)
    head = {1: text, -1: f"-{text}"}.get(above, f"{above}*{text}")
    return head if below == 1 else f"{head}/{below}"


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


def _form(text: str, formula: str, numbers: dict[str, Any]) -> ClosedForm:
    names = [name for name in numbers if name in formula.replace("exp", "").replace("sqrt", "").replace("pi", "")]
    leaves = [_leaf(numbers[name]) for name in names]
    return ClosedForm(text, NAMED.formula(formula, ", ".join(names))(*leaves))


def _leaf(number: Any) -> Value:
    """A rational as a graph."""
    above, below = (constant(float(int(part)), str(part)) for part in (number.p, number.q))
    return above if number.q == 1 else NAMED.formula("a / b", "a, b")(above, below)
