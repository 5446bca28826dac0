"""Taylor coefficients of an expression at a point: proven where python-flint is there, else in floats."""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import comb, factorial, inf, isfinite, isnan, nan, prod
from typing import Any, cast

from autodiff_cli.engine.domain import depended_on, violations
from autodiff_cli.engine.expression import Evaluation, Expression
from autodiff_cli.engine.printer import number_text, to_text
from autodiff_cli.engine.value import Value
from autodiff_cli.errors import AutodiffError, UndefinedError
from autodiff_cli.exact.balls import INSTALL, Balls, available
from autodiff_cli.exact.homogeneous import Homogeneous, Powers, powers_of
from autodiff_cli.exact.laurent import Expanded
from autodiff_cli.exact.laurent import expand as expanded
from autodiff_cli.exact.rounded import nearest_float
from autodiff_cli.exact.series import Stuck
from autodiff_cli.exact.series_numbers import Exact, Floats
from autodiff_cli.reports.claims import known_variables
from autodiff_cli.reports.decimals import bound_of, decimal_of, precisions
from autodiff_cli.reports.point import require_value
from autodiff_cli.reports.proof import ExactGraph
from autodiff_cli.reports.results import Verdict
from autodiff_cli.reports.series_witness import Estimate, SeriesWitness
from autodiff_cli.reports.status import Status

_LONGEST = 60  # characters of an expression in a message
_SURE = 80  # bits of a ball that is as good as its middle, which is then rounded to a float
_PER_DIGIT = 3.33  # bits
_LEAST = 2.0**-1022  # the least float that has all its digits
_MOST_TERMS = 5_000  # of a polynomial in several variables
_LONG = 17  # digits of a numerator or denominator that is written as such

_NUMBER = re.compile(r"([+-]?)([0-9.]+(?:[eE][+-]?[0-9]+)?)")

_Written = tuple[float | str | None, float | str | None, str]


@dataclass(slots=True)
class Coefficient:
    """The coefficient of powers of the distances from the point, and the derivative: that times their factorials.

    Both are floats, or text where digits were asked for, or None where they are not known.
    """

    order: int
    powers: Powers  # of each variable; they come to the order
    coefficient: float | str | None
    derivative: float | str | None
    fraction: str  # the coefficient where it is known as a rational number
    proven: str  # of the coefficient: "exact", "17 digits", or to within what it is 0; empty where nothing is proven
    estimate: float  # of the coefficient, from values alone
    verdict: Verdict


@dataclass(slots=True)
class Taylor:
    """The Taylor polynomial of an expression in some variables; it is empty where a coefficient is no number."""

    expression: str
    variables: list[str]
    point: dict[str, float]
    polynomial: str
    terms: list[Coefficient]
    notes: list[str] = field(default_factory=list)

    def monomial(self, term: Coefficient) -> str:
        """The powers of a term, as `x^2*y`; `1` where there are none."""
        factors = [f"{name}^{power}" for name, power in zip(self.variables, term.powers, strict=True) if power]
        return "*".join([factor.removesuffix("^1") for factor in factors]) or "1"

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
    names: Sequence[str],
    order: int,
    typed: Mapping[str, str] | None = None,
    digits: int = 0,
) -> Taylor:
    """The Taylor polynomial by some variables, at a point, up to an order: all terms of that degree and below.

    What is `typed` there is meant as it stands: 0.1 is one tenth. With `digits` every number is text of so many proven
    digits. Raises AutodiffError where the expression has no series.
    """
    terms = comb(order + len(names), order)
    if len(names) > 1 and terms > _MOST_TERMS:
        hint = "lower the order, or name fewer variables: --wrt x,y"
        raise AutodiffError(f"{terms:,} terms are more than {_MOST_TERMS:,}", hint=hint)
    given: Mapping[str, str | float] = typed or point
    with expression.at(point) as evaluation:
        return _expand(evaluation, given, names, order, digits)


def _expand(
    evaluation: Evaluation, given: Mapping[str, str | float], names: Sequence[str], order: int, digits: int
) -> Taylor:
    found, source = _numbers(evaluation, given, names, order, digits)
    numbers = _by_powers(found.coefficients, len(names), source.zero)
    estimates = source.estimates(found.coefficients)
    terms = []
    for powers, number in numbers.items():
        coefficient, derivative, proven = source.written(number, _times(powers))
        estimate, verdict = estimates[powers] if estimates else (nan, Verdict.UNSURE)
        fraction = source.fraction(number)
        terms.append(Coefficient(sum(powers), powers, coefficient, derivative, fraction, proven, estimate, verdict))
    report = Taylor(str(evaluation), [*names], evaluation.point, "", terms)
    report.polynomial = _polynomial(terms, [_distance(name, _place(evaluation, given, name)) for name in names])
    report.notes += _patches(evaluation, found, source, names)
    report.notes += _notes(report, source.is_proven, bool(estimates))
    return report


def _place(evaluation: Evaluation, given: Mapping[str, str | float], name: str) -> str:
    place = given.get(name, evaluation.variables[name].data)
    return place if isinstance(place, str) else number_text(place)


def _times(powers: Powers) -> int:
    """By what a coefficient is multiplied to be a derivative."""
    return prod(map(factorial, powers))


def _by_powers(numbers: list[Any], count: int, zero: Any) -> dict[Powers, Any]:
    """The coefficient of each term, by order, and within that the powers of the first variable falling."""
    found = {}
    for order, number in enumerate(numbers):
        for powers in powers_of(order, count):
            found[powers] = number.terms.get(powers, zero) if isinstance(number, Homogeneous) else number
    return found


def _patches(
    evaluation: Evaluation, found: Expanded, source: "_FloatCoefficients | _ExactCoefficients", names: Sequence[str]
) -> list[str]:
    """Which steps have another series than they say themselves: one of their limits, or of the branch beside."""
    where = ", ".join([f"{name} = {number_text(evaluation.variables[name].data)}" for name in names])
    notes = []
    for step in filter(depended_on(evaluation.root).__contains__, found.patched):
        first, text = found.patched[step], to_text(step, _LONGEST)
        if isfinite(step.data):
            notes.append(f"{text} has a branch for {where} alone; the series is that of the other")
            continue
        limit = source.fraction(first) or number_text(float(source.written(first, 1)[0] or 0))
        notes.append(f"{text} has no value where {where}; the series has its limit there, {limit}")
    return notes


def coefficients(expression: Expression, point: dict[str, float], name: str, order: int) -> list[float]:
    """The Taylor coefficients up to an order, as floats; 0 stands for what no precision tells from 0.

    Raises AutodiffError where there is no series, or a coefficient is too large for a float or not known.
    """
    with expression.at(point) as evaluation:
        found, source = _numbers(evaluation, point, [name], order)
        return _as_floats(found.coefficients, source)


def _as_floats(numbers: list[Any], source: "_FloatCoefficients | _ExactCoefficients") -> list[float]:
    found = []
    for k, number in enumerate(numbers):
        coefficient, _, _ = source.written(number, factorial(k))
        if coefficient is None:
            raise UndefinedError(f"the Taylor coefficient of order {k} is not known")
        if not isinstance(coefficient, float) or not isfinite(coefficient):
            raise UndefinedError(f"the Taylor coefficient of order {k} is too large for a float")
        found.append(coefficient)
    return found


def expanded_by(
    expression: Expression, wanted: Sequence[str], placed: Collection[str] = (), given: Collection[str] = ()
) -> list[str]:
    """The variables to expand by: those that are wanted by name; else those that are placed by a point of the series.

    Else those that are neither given a value nor have one of their own, else those that are given one, else all.
    Raises AutodiffError where there is no variable of that name.
    """
    names = list(expression.variables)
    if not names:
        raise AutodiffError("the expression has no variable to expand by", source=expression.source)
    for name in wanted:
        if name not in names:
            message = f"the expression has no variable '{name}' to expand by"
            raise AutodiffError(message, hint=known_variables(name, expression))
    open_ones = [name for name in names if name not in given and name not in expression.defaults]
    choices = (wanted, filter(placed.__contains__, names), open_ones, filter(given.__contains__, names))
    return next(filter(None, map(list, choices)), names)


def _numbers(
    evaluation: Evaluation, given: Mapping[str, str | float], names: Sequence[str], order: int, digits: int = 0
) -> "tuple[Expanded, _FloatCoefficients | _ExactCoefficients]":
    """The coefficients, floats or rationals and balls, and what can say more of them."""
    variables = [evaluation.variables[name] for name in names]
    source: _FloatCoefficients | _ExactCoefficients = _FloatCoefficients()
    try:
        if available():
            found, source = _to_enough_bits(evaluation, given, variables, order, digits)
        else:
            found = expanded(evaluation.nodes, evaluation.root, variables, Floats(), order)
    except Stuck as stuck:
        require_value(evaluation)  # which has the words for what is outside of a domain
        raise _no_series(evaluation, stuck) from None
    if any(violation.node not in (*found.patched, *found.poles) for violation in violations(evaluation)):
        require_value(evaluation)
    return found, source


def _to_enough_bits(
    evaluation: Evaluation, given: Mapping[str, str | float], variables: Sequence[Value], order: int, digits: int
) -> "tuple[Expanded, _ExactCoefficients]":
    """The coefficients in exact arithmetic, of more and more bits until each shows what is wanted."""
    graph = ExactGraph(evaluation, given, (), False)
    first = 128 + 2 * order + int(_PER_DIGIT * digits)
    most = 8 * first + 1024
    for bits in precisions(first, most):
        proven = _ExactCoefficients(evaluation, variables, graph, bits, digits)
        try:
            found = proven.expanded(order)
        except Stuck:
            if bits == most:
                raise
            continue
        by_powers = _by_powers(found.coefficients, len(variables), proven.zero)
        if all(proven.shows(number, _times(powers)) for powers, number in by_powers.items()):
            break
    return found, proven


def _no_series(evaluation: Evaluation, stuck: Stuck) -> UndefinedError:
    """That a step has no series, and where."""
    step = stuck.step
    if not step.args and isnan(step.data):  # the partial of a function that is not differentiated by an argument
        message = f"{to_text(evaluation.root, _LONGEST)} has no Taylor series: a function in it has no derivative there"
        return UndefinedError(message, source=evaluation.source)
    moving = [arg for arg in step.args if arg.requires_grad][:3]
    where = ", ".join([f"{to_text(arg, _LONGEST)} = {number_text(arg.data)}" for arg in moving])
    message = f"{to_text(step, _LONGEST)} has no Taylor series{' where ' * bool(where)}{where}: {stuck}"
    return UndefinedError(message, source=evaluation.source, span=evaluation.places.get(step))


class _FloatCoefficients:
    """What there is to say of coefficients in floats."""

    is_proven = False
    zero: Any = 0.0

    def written(self, number: float, times: int) -> _Written:
        """A coefficient and its derivative, which is so many times that; nothing is proven."""
        if not isfinite(number):
            return None, None, ""
        return number, nearest_float(*(Fraction(number) * times).as_integer_ratio()), ""

    def fraction(self, number: float) -> str:
        """No float is known as a rational."""
        return ""

    def estimates(self, numbers: list[float]) -> dict[Powers, Estimate]:
        """There is no witness."""
        return {}


class _ExactCoefficients:
    """An expression at a point, in exact arithmetic of so many bits: its coefficients, and what is known of them."""

    is_proven = True

    @property
    def zero(self) -> Any:
        """The number of terms that there are none of."""
        from flint import fmpq

        return fmpq(0)

    def __init__(
        self, evaluation: Evaluation, variables: Sequence[Value], graph: ExactGraph, bits: int, digits: int
    ) -> None:
        self._evaluation = evaluation
        self._variables = variables
        self._lost = 0  # coefficients in front that quotients of zeros take away
        self._graph = graph
        self._digits = digits
        self._balls = Balls(bits)

    def expanded(self, order: int) -> Expanded:
        """The coefficients up to an order."""
        with self._balls:
            numbers = Exact(self._balls, self._graph.leaves(self._balls))
            found = expanded(self._evaluation.nodes, self._evaluation.root, self._variables, numbers, order)
        self._lost = found.lost
        return found

    def fraction(self, number: Any) -> str:
        """A number as the rational it is; empty where it is not known to be one."""
        return str(number) if _is_rational(number) else ""

    def shows(self, number: Any, times: int) -> bool:
        """Whether a coefficient is known to the digits that are wanted."""
        if self._digits:
            return all(self._text(number, times))
        if _is_rational(number):
            return True
        with self._balls:
            return bool(number.is_finite() and number.rad() < abs(number) * self._balls.power(-_SURE))

    def _text(self, number: Any, times: int) -> tuple[str, str]:
        """The digits of a coefficient, and those of its derivative; empty where they are not decided."""
        with self._balls:
            return decimal_of(number, self._digits)[0], decimal_of(number * times, self._digits)[0]

    def written(self, number: Any, times: int) -> _Written:
        """A coefficient, its derivative, and what is proven of it."""
        with self._balls:
            if not self.shows(number, times):
                return self._unknown(number)
            if self._digits:
                is_exact = decimal_of(number, self._digits)[1]
                return *self._text(number, times), "exact" if is_exact else f"{self._digits:,} digits"
            if _is_rational(number):
                return _rational(Fraction(int(number.p), int(number.q)), times)
            nearest = float(number.mid())
            return nearest, float((number * times).mid()), _said(nearest, False)

    def estimates(self, numbers: list[Any]) -> dict[Powers, Estimate]:
        """What values alone make of each coefficient, and whether it agrees; empty where that would take too long."""
        return SeriesWitness(self._evaluation, self._variables, self._graph, self._lost).estimates(numbers)

    def _unknown(self, number: Any) -> _Written:
        """What there is to say of a coefficient that no precision tried decides: perhaps that it is 0, or nearly so."""
        within = bound_of(number) if number.is_finite() else ""
        if not within:
            return None, None, ""
        zero = None if self._digits else 0.0
        return zero, zero, f"0 to within {within}"


def _is_rational(number: Any) -> bool:
    from flint import fmpq

    return isinstance(number, fmpq)


# --- in words ------------------------------------------------------------------------------------------------------


def _rational(number: Fraction, times: int) -> _Written:
    """What there is to say of a coefficient that is known as a rational."""
    nearest = nearest_float(*number.as_integer_ratio())
    is_exact = isfinite(nearest) and Fraction(nearest) == number
    return nearest, nearest_float(*(number * times).as_integer_ratio()), _said(nearest, is_exact)


def _said(nearest: float, is_exact: bool) -> str:
    """What is proven of a float that is the nearest one to a number."""
    if is_exact:
        return "exact"
    if _LEAST <= abs(nearest) < inf:
        return "17 digits"
    return f"too {'small' if abs(nearest) < 1 else 'large'} for a float"


def _polynomial(terms: list[Coefficient], distances: list[str]) -> str:
    """The polynomial in the language's own syntax; empty where a coefficient is no number.

    At 0 that of exp(x) is "1 + x + x^2 / 2 + x^3 / 6".
    """
    if any(term.coefficient in (None, inf, -inf) for term in terms):
        return ""
    text = ""
    for term in terms:
        if not _is_zero(term):
            text += _sign(term, is_first=not text) + _product(term, distances)
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


def _product(term: Coefficient, distances: list[str]) -> str:
    """A term without its sign, as "2 * x^3 / 3"."""
    top, bottom = _ratio(term)
    pairs = [(distance, power) for distance, power in zip(distances, term.powers, strict=True) if power]
    factors = [distance if power == 1 else f"{distance}^{power}" for distance, power in pairs]
    product = " * ".join([*[top] * (top != "1" or not factors), *factors])
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


def _notes(report: Taylor, is_proven: bool, is_checked: bool) -> list[str]:
    """What the numbers alone do not say."""
    notes, terms = [], report.terms
    if not is_proven:
        notes.append(f"nothing here is proven or checked: that needs python-flint, {INSTALL}")
    elif not is_checked:
        notes.append("the series is too long to check, and is marked unsure; its digits are proven all the same")
    zeros = [*filter(_is_near_zero, terms)]
    if zeros:
        notes.append(f"{_orders(report, zeros)}: {zeros[-1].proven}, and not told from 0")
    unknown = "the precision tried does not decide the digits" if is_proven else "too large for floats on the way"
    for is_so, remark in ((_is_unknown, unknown), *_REMARKS):
        found = [*filter(is_so, terms)]
        if found:
            notes.append(f"{_orders(report, found)}: {remark}")
    return notes


def _orders(report: Taylor, terms: list[Coefficient]) -> str:
    """In words, which terms they are: "orders 1, 3, 5, 7, 9, 11 and 4 more", "terms x, x*y"."""
    is_one = len(report.variables) == 1
    names = [str(term.order) if is_one else report.monomial(term) for term in terms]
    word = "order" if is_one else "term"
    if len(terms) == 1:
        return f"{word} {names[0]}"
    more = f" and {len(terms) - 6} more" if len(terms) > 6 else ""
    return f"{word}s {', '.join(names[:6])}{more}"
