"""Taylor coefficients of an expression at a point: proven where python-flint is there, else in floats."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import count, pairwise
from math import ceil, factorial, floor, inf, isfinite, log2, nan
from typing import Any, NamedTuple, cast

from autodiff_cli.engine.domain import violations
from autodiff_cli.engine.expression import Evaluation, Expression
from autodiff_cli.engine.printer import number_text, to_text
from autodiff_cli.engine.value import Value
from autodiff_cli.errors import AutodiffError, Option, UndefinedError, advice
from autodiff_cli.exact.balls import INSTALL, Balls, Undefined, available
from autodiff_cli.exact.rounded import nearest_float
from autodiff_cli.exact.series import Stepper, Stuck
from autodiff_cli.exact.series_numbers import Exact, Floats
from autodiff_cli.reports.claims import known_variables
from autodiff_cli.reports.decimals import bound_of, decimal_of, precisions
from autodiff_cli.reports.point import require_value
from autodiff_cli.reports.proof import ExactGraph
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
class Coefficient:
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
    terms: list[Coefficient]
    notes: list[str] = field(default_factory=list)

    @property
    def status(self) -> Status:
        """What it comes to."""
        verdicts = [term.verdict for term in self.terms]
        if Verdict.MISMATCH in verdicts:
            return Status.MISMATCH
        if not self.polynomial:
            return Status.UNDEFINED
        return Status.OK


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
    numbers, source = _numbers(evaluation, given, name, order, digits)
    estimates = source.estimates(numbers)
    terms = []
    for k, number in enumerate(numbers):
        coefficient, derivative, proven = source.written(number, k)
        estimate, verdict = estimates[k] if estimates else (nan, Verdict.UNSURE)
        terms.append(Coefficient(k, coefficient, derivative, source.fraction(number), proven, estimate, verdict))
    place = given.get(name, evaluation.variables[name].data)
    polynomial = _polynomial(terms, name, place if isinstance(place, str) else number_text(place))
    notes = _notes(terms, source.is_proven, bool(estimates))
    return Taylor(str(evaluation), name, evaluation.point, polynomial, terms, notes)


def coefficients(expression: Expression, point: dict[str, float], name: str, order: int) -> list[float]:
    """The Taylor coefficients up to an order, as floats; 0 stands for what no precision tells from 0.

    Raises AutodiffError where there is no series, or a coefficient is too large for a float or not known.
    """
    with expression.at(point) as evaluation:
        return _as_floats(*_numbers(evaluation, point, name, order))


def _as_floats(numbers: list[Any], source: "_FloatCoefficients | _ExactCoefficients") -> list[float]:
    found = []
    for k, number in enumerate(numbers):
        coefficient, _, _ = source.written(number, k)
        if coefficient is None:
            raise UndefinedError(f"the Taylor coefficient of order {k} is not known")
        if not isinstance(coefficient, float) or not isfinite(coefficient):
            raise UndefinedError(f"the Taylor coefficient of order {k} is too large for a float")
        found.append(coefficient)
    return found


def only_variable(expression: Expression, wrt: Sequence[str]) -> str:
    """The variable to expand by. Raises AutodiffError where that is not one."""
    names = list(expression.variables)
    if not names:
        raise AutodiffError("the expression has no variable to expand by", source=expression.source)
    for name in wrt:
        if name not in names:
            message = f"the expression has no variable '{name}' to expand by"
            raise AutodiffError(message, hint=known_variables(name, expression))
    found = [*wrt] or names
    if len(found) > 1:
        hint = advice("name one, and the others keep their values: {0}", Option("wrt", found[0]))
        raise AutodiffError(f"a Taylor series is by one variable, and here are {', '.join(found[:20])}", hint=hint)
    return found[0]


def _numbers(
    evaluation: Evaluation, given: Mapping[str, str | float], name: str, order: int, digits: int = 0
) -> "tuple[list[Any], _FloatCoefficients | _ExactCoefficients]":
    """The coefficients, floats or rationals and balls, and what can say more of them."""
    if violations(evaluation):
        require_value(evaluation)
    variable = evaluation.variables[name]
    try:
        if available():
            return _to_enough_bits(evaluation, given, variable, order, digits)
        return Stepper(evaluation.nodes, evaluation.root, variable, Floats()).coefficients(order), _FloatCoefficients()
    except Stuck as stuck:
        require_value(evaluation)  # which has the words for what is outside of a domain
        raise _no_series(evaluation, stuck) from None


def _to_enough_bits(
    evaluation: Evaluation, given: Mapping[str, str | float], variable: Value, order: int, digits: int
) -> "tuple[list[Any], _ExactCoefficients]":
    """The coefficients in exact arithmetic, of more and more bits until each shows what is wanted."""
    graph = ExactGraph(evaluation, given, (), False)
    first = 128 + 2 * order + int(_PER_DIGIT * digits)
    most = 8 * first + 1024
    for bits in precisions(first, most):
        proven = _ExactCoefficients(evaluation, variable, graph, bits, digits)
        try:
            numbers = proven.numbers(order)
        except Stuck:
            if bits == most:
                raise
            continue
        if all(map(proven.shows, numbers, count())):
            break
    return numbers, proven


def _no_series(evaluation: Evaluation, stuck: Stuck) -> UndefinedError:
    """That a step has no series, and where."""
    step = stuck.step
    moving = [arg for arg in step.args if arg.requires_grad][:3]
    where = ", ".join([f"{to_text(arg, _LONGEST)} = {number_text(arg.data)}" for arg in moving])
    message = f"{to_text(step, _LONGEST)} has no Taylor series{' where ' * bool(where)}{where}: {stuck}"
    return UndefinedError(message, source=evaluation.source, span=evaluation.places.get(step))


class _FloatCoefficients:
    """What there is to say of coefficients in floats."""

    is_proven = False

    def written(self, number: float, k: int) -> _Written:
        """A coefficient and its derivative; nothing is proven."""
        if not isfinite(number):
            return None, None, ""
        return number, nearest_float(*(Fraction(number) * factorial(k)).as_integer_ratio()), ""

    def fraction(self, number: float) -> str:
        """No float is known as a rational."""
        return ""

    def estimates(self, numbers: list[float]) -> list[tuple[float, Verdict]]:
        """There is no witness."""
        return []


class _ExactCoefficients:
    """An expression at a point, in exact arithmetic of so many bits: its coefficients, and what is known of them."""

    is_proven = True

    def __init__(self, evaluation: Evaluation, variable: Value, graph: ExactGraph, bits: int, digits: int) -> None:
        self._evaluation = evaluation
        self._variable = variable
        self._graph = graph
        self._digits = digits
        self._balls = Balls(bits)

    def numbers(self, order: int) -> list[Any]:
        """The coefficients up to an order."""
        with self._balls:
            numbers = Exact(self._balls, self._graph.leaves(self._balls))
            return Stepper(self._evaluation.nodes, self._evaluation.root, self._variable, numbers).coefficients(order)

    def fraction(self, number: Any) -> str:
        """A number as the rational it is; empty where it is not known to be one."""
        return str(number) if _is_rational(number) else ""

    def shows(self, number: Any, k: int) -> bool:
        """Whether a coefficient is known to the digits that are wanted."""
        if self._digits:
            return all(self._text(number, k))
        if _is_rational(number):
            return True
        with self._balls:
            return bool(number.is_finite() and number.rad() < abs(number) * self._balls.power(-_SURE))

    def _text(self, number: Any, k: int) -> tuple[str, str]:
        """The digits of a coefficient, and those of its derivative; empty where they are not decided."""
        with self._balls:
            return decimal_of(number, self._digits)[0], decimal_of(number * factorial(k), self._digits)[0]

    def written(self, number: Any, k: int) -> _Written:
        """A coefficient, its derivative, and what is proven of it."""
        with self._balls:
            if not self.shows(number, k):
                return self._unknown(number)
            if self._digits:
                is_exact = decimal_of(number, self._digits)[1]
                return *self._text(number, k), "exact" if is_exact else f"{self._digits:,} digits"
            if _is_rational(number):
                return _rational(Fraction(int(number.p), int(number.q)), k)
            nearest = float(number.mid())
            return nearest, float((number * factorial(k)).mid()), _said(nearest, False)

    def _unknown(self, number: Any) -> _Written:
        """What there is to say of a coefficient that no precision tried decides: perhaps that it is 0, or nearly so."""
        within = bound_of(number) if number.is_finite() else ""
        if not within:
            return None, None, ""
        zero = None if self._digits else 0.0
        return zero, zero, f"0 to within {within}"

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
        scales = _scales(numbers, abs(self._variable.data))
        if scales is None:
            return []
        bits = {n: scales.spread + (order + 1) * (n + 9) for n in (finer, finer + 20)}
        if max(bits.values()) > most or 2 * (order + 4) * (len(self._evaluation.nodes) + 1) > _STEPS:
            return []
        wide, close = [self._polynomial(order, scales.power - n, needed) for n, needed in bits.items()]
        return [*map(_judged, numbers, scales.sizes, wide, close)]

    def _polynomial(self, order: int, step: int, bits: int) -> list[Any]:
        """The coefficients of the polynomial through values at points that are 2^step apart."""
        from flint import arb, arb_poly

        balls, end = Balls(bits + 128), (order + 3) // 2
        with balls:
            leaves = self._graph.leaves(balls)
            offsets = [arb(offset) for offset in range(-end, end + 1)]
            values = [self._value(leaves, offset * balls.power(step), balls) for offset in offsets]
            polynomial = arb_poly.interpolate(offsets, values, algorithm="newton")
            return [polynomial[k] * balls.power(-step * k) for k in range(order + 1)]

    def _value(self, leaves: dict[Value, Any], moved_by: Any, balls: Balls) -> Any:
        """The value where the variable is moved by so much."""
        from flint import arb

        moved = leaves | {self._variable: leaves[self._variable] + moved_by}
        value = balls.values_of(self._evaluation, moved)[self._evaluation.root]
        return arb.nan() if isinstance(value, Undefined) else balls.ball(value)


class _Scales(NamedTuple):
    """How large the terms of a series are."""

    sizes: list[Any]  # of each coefficient or, where it is 0, what it may be
    power: int  # of two: the distance within which nothing new is seen
    spread: int  # how many bits lie between the largest and the smallest of the terms at that distance


def _scales(numbers: list[Any], place: float) -> _Scales | None:
    """How large the terms are, at a place so far from 0; None where a logarithm is itself beyond the floats."""
    from flint import arb

    two = arb(2)
    known = {k: abs(arb(number)).mid() for k, number in enumerate(numbers) if not arb(number).contains(0)}
    logs = {k: float(size.log() / two.log()) for k, size in known.items()}
    if not all(map(isfinite, logs.values())):
        return None
    power = _distance_seen(logs, place)
    sizes = [_size(known, power, k) for k in range(len(numbers))]
    levels = [log + power * k for k, log in logs.items()]
    spread = max(levels, default=0.0) - min(levels, default=0.0)
    return _Scales(sizes, power, ceil(min(spread, _CLOSE[1])))


def _distance_seen(logs: dict[int, float], place: float) -> int:
    """The power of two within which nothing new is seen, by the sizes of the terms and the distance from 0."""
    falls = [(logs[j] - logs[k]) / (k - j) for j, k in pairwise(logs)]  # bits a power, from one term to the next
    farthest = log2(place) if place else 0.0
    return floor(max(min([*falls, farthest]), -_CLOSE[1]))


def _size(known: dict[int, Any], power: int, k: int) -> Any:
    """The size of a coefficient; where it is 0, what it may be beside the nearest one that is not."""
    from flint import arb

    nearest = min(known, key=lambda other: abs(other - k), default=k)
    return known.get(nearest, arb(0)) * arb(2) ** (power * (nearest - k))


def _judged(number: Any, size: Any, far: Any, near: Any) -> tuple[float, Verdict]:
    """The estimate of a coefficient of that size, from points farther apart and closer, and whether it agrees."""
    bound = 2 * (far - near).abs_upper() + size / 10**10
    verdict = Verdict.UNSURE
    if bound <= size / 10**6:
        verdict = Verdict.OK if (near - number).abs_lower() <= bound else Verdict.MISMATCH
    return float(near.mid()), verdict


def _is_rational(number: Any) -> bool:
    from flint import fmpq

    return isinstance(number, fmpq)


# --- in words ------------------------------------------------------------------------------------------------------


def _rational(number: Fraction, k: int) -> _Written:
    """What there is to say of a coefficient that is known as a rational."""
    nearest = nearest_float(*number.as_integer_ratio())
    is_exact = isfinite(nearest) and Fraction(nearest) == number
    return nearest, nearest_float(*(number * factorial(k)).as_integer_ratio()), _said(nearest, is_exact)


def _said(nearest: float, is_exact: bool) -> str:
    """What is proven of a float that is the nearest one to a number."""
    if is_exact:
        return "exact"
    if _LEAST <= abs(nearest) < inf:
        return "17 digits"
    return f"too {'small' if abs(nearest) < 1 else 'large'} for a float"


def _polynomial(terms: list[Coefficient], name: str, at: str) -> str:
    """The polynomial in the language's own syntax; empty where a coefficient is no number.

    At 0 that of exp(x) is "1 + x + x^2 / 2 + x^3 / 6".
    """
    if any(term.coefficient in (None, inf, -inf) for term in terms):
        return ""
    distance = _distance(name, at)
    text = ""
    for term in terms:
        if not _is_zero(term):
            text += _sign(term, is_first=not text) + _product(term, distance)
    return text or "0"


def _is_zero(term: Coefficient) -> bool:
    """Whether a coefficient is 0 itself."""
    return term.fraction == "0" or term.coefficient in (0, "0")


def _sign(term: Coefficient, is_first: bool) -> str:
    """What stands before a term."""
    sign = "-" if str(term.coefficient).startswith("-") else "+"
    if is_first:
        return sign.removeprefix("+")
    return f" {sign} "


def _distance(name: str, at: str) -> str:
    """The distance of a variable from a point.

    >>> _distance("x", "0"), _distance("x", "-1.5"), _distance("x", "pi/2")
    ('x', '(x + 1.5)', '(x - (pi/2))')
    """
    match = _NUMBER.fullmatch(at)
    if not match:
        return f"({name} - ({at}))"
    if float(at) == 0:
        return name
    return f"({name} {'+' if match[1] == '-' else '-'} {match[2]})"


def _product(term: Coefficient, distance: str) -> str:
    """A term without its sign, as "2 * x^3 / 3"."""
    top, bottom = _ratio(term)
    power = distance if term.order == 1 else f"{distance}^{term.order}"
    if term.order == 0:
        product = top
    elif top == "1":
        product = power
    else:
        product = f"{top} * {power}"
    return f"{product} / {bottom}" if bottom else product


def _ratio(term: Coefficient) -> tuple[str, str]:
    """The size of a coefficient as numerator and denominator, where that is shorter; else as a decimal."""
    top, _, bottom = term.fraction.lstrip("-").partition("/")
    if top and max(len(top), len(bottom)) <= _LONG:
        return top, bottom
    number = term.coefficient
    shown = number if isinstance(number, str) else number_text(cast(float, number))
    return shown.lstrip("-"), ""


def _is_near_zero(term: Coefficient) -> bool:
    return term.proven.startswith("0 ")


def _is_unknown(term: Coefficient) -> bool:
    """Whether nothing is known of a coefficient."""
    return term.coefficient is None and not _is_near_zero(term)


_REMARKS: tuple[tuple[Callable[[Coefficient], bool], str], ...] = (
    (lambda term: term.proven == "too large for a float", "the coefficient is too large for a float"),
    (lambda term: term.proven == "too small for a float", "the coefficient is too small for a float"),
    (lambda term: term.derivative in (inf, -inf), "the derivative is too large for a float"),
)


def _notes(terms: list[Coefficient], is_proven: bool, is_checked: bool) -> list[str]:
    """What the numbers alone do not say."""
    notes = []
    if not is_proven:
        notes.append(f"nothing here is proven or checked: that needs python-flint, {INSTALL}")
    elif not is_checked:
        notes.append("the series is too long to check, and is marked unsure; its digits are proven all the same")
    zeros = [*filter(_is_near_zero, terms)]
    if zeros:
        notes.append(f"{_orders(zeros)}: {zeros[-1].proven}, and not told from 0")
    unknown = "the precision tried does not decide the digits" if is_proven else "too large for floats on the way"
    for is_so, remark in ((_is_unknown, unknown), *_REMARKS):
        found = [*filter(is_so, terms)]
        if found:
            notes.append(f"{_orders(found)}: {remark}")
    return notes


def _orders(terms: list[Coefficient]) -> str:
    """In words, of which orders they are: "orders 1, 3, 5, 7, 9, 11 and 4 more"."""
    if len(terms) == 1:
        return f"order {terms[0].order}"
    shown = ", ".join([str(term.order) for term in terms[:6]])
    more = f" and {len(terms) - 6} more" if len(terms) > 6 else ""
    return f"orders {shown}{more}"
