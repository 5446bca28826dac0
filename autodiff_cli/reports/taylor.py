"""Taylor coefficients of an expression at a point: proven where python-flint is there, else in floats."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from math import ceil, factorial, floor, inf, isfinite, log2, nan
from typing import Any

from autodiff_cli.engine.domain import violations
from autodiff_cli.engine.expression import Evaluation, Expression
from autodiff_cli.engine.printer import number_text, to_text
from autodiff_cli.engine.value import Value
from autodiff_cli.errors import AutodiffError, UndefinedError, did_you_mean
from autodiff_cli.exact.balls import INSTALL, Balls, Undefined, available
from autodiff_cli.exact.series import Exact, Floats, Stepper, Stuck
from autodiff_cli.reports.point import require_value
from autodiff_cli.reports.results import Verdict
from autodiff_cli.reports.status import Status

_LONGEST = 60  # characters of an expression in a message
_SURE = 80  # bits of a ball that is as good as its middle, which is then rounded to a float
_PER_DIGIT = 3.33  # bits
_STEPS = 100_000  # steps in high precision that the witness may take in all
# How many bits lie between the scale of the variable and the points that the witness takes values at, and the most that
# it may take them to; then the same for where it disagrees
_CLOSE, _CLOSER = (100, 30_000), (1_200, 120_000)
_LEAST = 2.0**-1022  # the least float that has all its digits
_LONG = 17  # digits of a numerator or denominator that is written as such

_NUMBER = re.compile(r"([+-]?)([0-9.]+(?:[eE][+-]?[0-9]+)?)")

_Written = tuple[float | str | None, float | str | None, str]


@dataclass(slots=True)
class Term:
    """The coefficient of one power of the distance from the point, and the derivative: factorial(order) times that.

    Both are floats, or text where digits were asked for, or None where they are not known.
    """

    order: int
    coefficient: float | str | None
    derivative: float | str | None
    fraction: str  # the coefficient where it is known as a rational number
    proven: str  # of the coefficient: "exact", "17 digits", or to within what it is 0; empty where nothing is proven
    estimate: float  # of the coefficient, from values alone
    verdict: Verdict


@dataclass(slots=True)
class Taylor:
    """The Taylor polynomial of an expression by one variable; it is empty where a coefficient is no number."""

    expression: str
    variable: str
    point: dict[str, float]
    polynomial: str
    terms: list[Term]
    notes: list[str] = field(default_factory=list)

    @property
    def status(self) -> Status:
        """What it comes to."""
        if any(term.verdict is Verdict.MISMATCH for term in self.terms):
            return Status.MISMATCH
        return Status.OK if self.polynomial else Status.UNDEFINED


def expand(
    expression: Expression,
    point: dict[str, float],
    name: str,
    order: int,
    typed: Mapping[str, str] | None = None,
    digits: int = 0,
) -> Taylor:
    """The Taylor polynomial by a variable, at a point, up to an order.

    What is `typed` there is meant as it stands: 0.1 is one tenth. With `digits` every number is text of so many proven
    digits. Raises AutodiffError where the expression has no series.
    """
    given: Mapping[str, str | float] = typed or point
    with expression.at(point) as evaluation:
        return _expand(evaluation, given, name, order, digits)


def _expand(evaluation: Evaluation, given: Mapping[str, str | float], name: str, order: int, digits: int) -> Taylor:
    numbers, at = _numbers(evaluation, given, name, order, digits)
    estimates = at.estimates(numbers) if at else []
    terms = []
    for k, number in enumerate(numbers):
        coefficient, derivative, proven = at.written(number, k) if at else _plain(number, k)
        estimate, verdict = estimates[k] if estimates else (nan, Verdict.UNSURE)
        fraction = str(number) if at and at.rational(number) else ""
        terms.append(Term(k, coefficient, derivative, fraction, proven, estimate, verdict))
    place = given.get(name, evaluation.variables[name].data)
    polynomial = _polynomial(terms, name, place if isinstance(place, str) else number_text(place))
    return Taylor(
        str(evaluation), name, evaluation.point, polynomial, terms, _notes(terms, at is not None, bool(estimates))
    )


def coefficients(expression: Expression, point: dict[str, float], name: str, order: int) -> list[float]:
    """The Taylor coefficients up to an order, as floats; 0 stands for what no precision tells from 0.

    Raises AutodiffError where there is no series, or a coefficient is too large for a float or not known.
    """
    with expression.at(point) as evaluation:
        return _as_floats(*_numbers(evaluation, point, name, order))


def _as_floats(numbers: list[Any], at: "_Proven | None") -> list[float]:
    found = []
    for k, number in enumerate(numbers):
        coefficient = (at.written(number, k) if at else _plain(number, k))[0]
        if not isinstance(coefficient, float) or not isfinite(coefficient):
            why = "is not known" if coefficient is None else "is too large for a float"
            raise UndefinedError(f"the Taylor coefficient of order {k} {why}")
        found.append(coefficient)
    return found


def only_variable(expression: Expression, wrt: Sequence[str]) -> str:
    """The variable to expand by. Raises AutodiffError where that is not one."""
    names = list(expression.variables)
    if not names:
        raise AutodiffError("the expression has no variable to expand by", source=expression.source)
    for name in wrt:
        if name not in names:
            hint = did_you_mean(name, names) or f"its variables are {', '.join(names[:20])}"
            raise AutodiffError(f"the expression has no variable '{name}' to expand by", hint=hint)
    found = [*wrt] or names
    if len(found) > 1:
        hint = f"name one, and the others keep their values: --wrt {found[0]}"
        raise AutodiffError(f"a Taylor series is by one variable, and here are {', '.join(found[:20])}", hint=hint)
    return found[0]


def _numbers(
    evaluation: Evaluation, given: Mapping[str, str | float], name: str, order: int, digits: int = 0
) -> "tuple[list[Any], _Proven | None]":
    """The coefficients: floats, or rationals and balls, which come with what can be said of them."""
    if violations(evaluation):
        require_value(evaluation)
    variable = evaluation.variables[name]
    try:
        if not available():
            stepper = Stepper(evaluation.nodes, evaluation.root, variable, Floats())
            return stepper.coefficients(order), None
        from autodiff_cli.reports.proof import ExactGraph

        graph = ExactGraph(evaluation, given, (), False)
        bits = 128 + 2 * order + int(_PER_DIGIT * digits)
        most = 8 * bits + 1024
        while True:
            at = _Proven(evaluation, variable, graph, bits, digits)
            try:
                numbers = at.numbers(order)
                if bits >= most or all(at.shows(number, k) for k, number in enumerate(numbers)):
                    return numbers, at
            except Stuck:
                if bits >= most:
                    raise
            bits = min(most, 2 * bits)
    except Stuck as stuck:
        require_value(evaluation)  # which has the words for what is outside of a domain
        step = stuck.step
        moving = [arg for arg in step.args if arg.requires_grad][:3]
        where = ", ".join([f"{to_text(arg, _LONGEST)} = {number_text(arg.data)}" for arg in moving])
        where = f" where {where}" if where else ""
        raise UndefinedError(
            f"{to_text(step, _LONGEST)} has no Taylor series{where}: {stuck}",
            source=evaluation.source,
            span=evaluation.places.get(step),
        ) from None


def _plain(number: float, k: int) -> _Written:
    """What there is to say of a float."""
    if not isfinite(number):
        return None, None, ""
    return number, _nearest(Fraction(number) * factorial(k)), ""


def _nearest(number: Fraction) -> float:
    """The float nearest to a rational; infinite where that is too large."""
    try:
        return number.numerator / number.denominator
    except OverflowError:
        return inf if number > 0 else -inf


class _Proven:
    """An expression at a point, in exact arithmetic of so many bits: its coefficients, and what is known of them."""

    def __init__(self, evaluation: Evaluation, variable: Value, graph: Any, bits: int, digits: int) -> None:
        self._evaluation, self._variable, self._graph, self._digits = evaluation, variable, graph, digits
        self._balls = Balls(bits)

    def numbers(self, order: int) -> list[Any]:
        """The coefficients up to an order."""
        with self._balls:
            numbers = Exact(self._balls, self._graph.leaves(self._balls))
            return Stepper(self._evaluation.nodes, self._evaluation.root, self._variable, numbers).coefficients(order)

    def rational(self, number: Any) -> bool:
        """Whether a number is known as a rational."""
        from flint import fmpq

        return isinstance(number, fmpq)

    def shows(self, number: Any, k: int) -> bool:
        """Whether a coefficient is known to the digits that are wanted."""
        if self._digits:
            return all(self._text(number, k))
        if self.rational(number):
            return True
        with self._balls:
            return bool(number.is_finite() and number.rad() < abs(number) * self._balls.power(-_SURE))

    def _text(self, number: Any, k: int) -> tuple[str, str]:
        """The digits of a coefficient, and those of its derivative; empty where they are not decided."""
        from autodiff_cli.reports.proof import decimal_of

        with self._balls:
            return decimal_of(number, self._digits)[0], decimal_of(number * factorial(k), self._digits)[0]

    def written(self, number: Any, k: int) -> _Written:
        """A coefficient, its derivative, and what is proven of it."""
        from autodiff_cli.reports.proof import bound_of, decimal_of

        with self._balls:
            if not self.shows(number, k):
                within = bound_of(number) if number.is_finite() else ""
                zero = None if self._digits or not within else 0.0
                return zero, zero, f"0 to within {within}" if within else ""
            if self._digits:
                exact = decimal_of(number, self._digits)[1]
                return *self._text(number, k), "exact" if exact else f"{self._digits:,} digits"
            if self.rational(number):
                true = Fraction(int(number.p), int(number.q))
                nearest = _nearest(true)
                exact = isfinite(nearest) and Fraction(nearest) == true
                return nearest, _nearest(true * factorial(k)), _said(nearest, exact)
            nearest = float(number.mid())
            return nearest, float((number * factorial(k)).mid()), _said(nearest, False)

    # --- the witness -----------------------------------------------------------------------------------------------

    def estimates(self, numbers: list[Any]) -> list[tuple[float, Verdict]]:
        """What values alone make of each coefficient, and whether it agrees; empty where that would take too long.

        It is the polynomial through values at evenly spaced points on both sides, and again through points closer
        together: by what the two differ they may be off.
        """
        found = self._estimates(numbers, *_CLOSE)
        if any(verdict is Verdict.MISMATCH for _, verdict in found):  # or a kink lies between the points
            return self._estimates(numbers, *_CLOSER) or [(estimate, Verdict.UNSURE) for estimate, _ in found]
        return found

    def _estimates(self, numbers: list[Any], finer: int, most: int) -> list[tuple[float, Verdict]]:
        order = len(numbers) - 1
        known = self._sizes(numbers)
        if known is None:
            return []
        sizes, scale, spread = known
        bits = spread + (order + 1) * (finer + 29)
        if bits > most or 2 * (order + 4) * (len(self._evaluation.nodes) + 1) > _STEPS:
            return []
        wide, close = (self._polynomial(order, scale - n, bits) for n in (finer, finer + 20))
        found = []
        for number, size, far, near in zip(numbers, sizes, wide, close, strict=True):
            bound = 2 * (far - near).abs_upper() + size / 10**10
            verdict = Verdict.UNSURE
            if bound <= size / 10**6:
                verdict = Verdict.OK if (near - number).abs_lower() <= bound else Verdict.MISMATCH
            found.append((float(near.mid()), verdict))
        return found

    def _sizes(self, numbers: list[Any]) -> tuple[list[Any], int, int] | None:
        """How large each coefficient is or, where it is 0, may be; the power of two within which nothing new is seen.

        And how many bits lie between the largest and the smallest of the terms at that distance. None where the
        logarithm of one is itself beyond the floats.
        """
        from flint import arb

        two = arb(2)
        known = {k: abs(arb(number)).mid() for k, number in enumerate(numbers) if not arb(number).contains(0)}
        logs = {k: float(size.log() / two.log()) for k, size in known.items()}
        if not all(map(isfinite, logs.values())):
            return None
        steps = [(logs[j] - logs[k]) / (k - j) for j, k in pairwise(logs)]
        here = abs(self._variable.data)
        scale = floor(max(min([*steps, log2(here) if here else 0.0]), -_CLOSE[1]))
        sizes = []
        for k in range(len(numbers)):
            near = min(known, key=lambda other: abs(other - k), default=k)
            sizes.append(known.get(near, arb(0)) * two ** (scale * (near - k)))
        levels = [log + scale * k for k, log in logs.items()] or [0.0]
        return sizes, scale, ceil(min(max(levels) - min(levels), _CLOSE[1]))

    def _polynomial(self, order: int, step: int, bits: int) -> list[Any]:
        """The coefficients of the polynomial through values at points that are 2^step apart."""
        from flint import arb, arb_poly

        balls, root, end = Balls(bits + 128), self._evaluation.root, (order + 3) // 2
        with balls:
            leaves = self._graph.leaves(balls)
            offsets, values = [arb(offset) for offset in range(-end, end + 1)], []
            for offset in offsets:
                moved = leaves | {self._variable: leaves[self._variable] + offset * balls.power(step)}
                value = balls.values_of(self._evaluation, moved)[root]
                values.append(arb.nan() if isinstance(value, Undefined) else balls.ball(value))
            polynomial = arb_poly.interpolate(offsets, values, algorithm="newton")
            return [polynomial[k] * balls.power(-step * k) for k in range(order + 1)]


# --- in words ------------------------------------------------------------------------------------------------------


def _said(nearest: float, exact: bool) -> str:
    """What is proven of a float that is the nearest one to a number."""
    if exact:
        return "exact"
    return (
        "17 digits" if _LEAST <= abs(nearest) < inf else f"too {'small' if abs(nearest) < 1 else 'large'} for a float"
    )


def _polynomial(terms: list[Term], name: str, at: str) -> str:
    """The polynomial in the language's own syntax; empty where a coefficient is no number."""
    if match := _NUMBER.fullmatch(at):
        base = name if float(at) == 0 else f"({name} {'+' if match[1] == '-' else '-'} {match[2]})"
    else:
        base = f"({name} - ({at}))"
    text = ""
    for term in terms:
        if term.coefficient is None or term.coefficient in (inf, -inf):
            return ""
        if term.fraction == "0" or term.coefficient in (0, "0"):
            continue
        top, _, bottom = term.fraction.lstrip("-").partition("/")
        if not top or max(len(top), len(bottom)) > _LONG:
            shown = term.coefficient if isinstance(term.coefficient, str) else number_text(term.coefficient)
            top, bottom = shown.lstrip("-"), ""
        power = base if term.order == 1 else f"{base}^{term.order}"
        factors = [top] * (top != "1" or not term.order) + [power] * bool(term.order)
        one = " * ".join(factors) + (f" / {bottom}" if bottom else "")
        below = str(term.coefficient).startswith("-")
        text += (f" {'-' if below else '+'} " if text else "-" * below) + one
    return text or "0"


def _notes(terms: list[Term], proven: bool, checked: bool) -> list[str]:
    """What the numbers alone do not say."""
    notes = []
    if not proven:
        notes.append(f"nothing here is proven or checked: that needs python-flint, {INSTALL}")
    elif not checked:
        notes.append("the series is too long to check, and is marked unsure; its digits are proven all the same")
    if zero := [term for term in terms if term.proven.startswith("0 ")]:
        notes.append(f"{_orders(zero)}: {zero[-1].proven}, and not told from 0")
    if unknown := [term for term in terms if term.coefficient is None and term not in zero]:
        why = "the precision tried does not decide the digits" if proven else "too large for floats on the way"
        notes.append(f"{_orders(unknown)}: {why}")
    for size in ("large", "small"):
        if found := [term for term in terms if term.proven == f"too {size} for a float"]:
            notes.append(f"{_orders(found)}: the coefficient is too {size} for a float")
    if large := [term for term in terms if term.derivative in (inf, -inf)]:
        notes.append(f"{_orders(large)}: the derivative is too large for a float")
    return notes


def _orders(terms: list[Term]) -> str:
    orders = [str(term.order) for term in terms]
    more = f" and {len(orders) - 6} more" if len(orders) > 6 else ""
    return f"order{'s' if len(orders) > 1 else ''} {', '.join(orders[:6])}{more}"
