"""Which input matters most: percent per percent at a point, and what the result does where one input goes up or down.

The first is the elasticity x/f * df/dx, from the gradient; the second is found by evaluation, however far the input
goes, so that the two share nothing.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from math import frexp, inf, isfinite, ldexp, nan

from autodiff_cli.engine.expression import Expression
from autodiff_cli.engine.printer import number_text
from autodiff_cli.errors import AutodiffError
from autodiff_cli.reports.point import report_at, report_of
from autodiff_cli.reports.results import Report, Row, Verdict
from autodiff_cli.reports.status import Status

_NO_SLOPE = {
    Verdict.KINK: "the slopes from left and right differ",
    Verdict.JUMP: "the value jumps here",
    Verdict.SINGULAR: "there is no gradient",
    Verdict.MISMATCH: "gradient and estimate differ",
}
Span = tuple[float, float]  # how far an input goes down, and how far up


@dataclass(slots=True)
class Swing:
    """An input where it is low and where it is high, and the results there; nan where there is none, and why."""

    inputs: Span
    results: Span
    width: float  # from the least of the results and the value to the greatest, as far as there are any
    missing: list[str]

    @property
    def turns(self) -> bool:
        """Whether the result goes up, or down, on both sides."""
        return self.width > abs(self.results[1] - self.results[0])  # which is false where one is missing


@dataclass(slots=True)
class Influence:
    """What one variable does to the result. Where there is no elasticity, `why` says so."""

    row: Row
    elasticity: float
    why: str
    swing: Swing | None = None

    @property
    def name(self) -> str:
        """The variable."""
        return self.row.name

    @property
    def size(self) -> float:
        """What variables are sorted by: how wide the swing is, or else the elasticity; less than any for neither."""
        size = self.swing.width if self.swing else abs(self.elasticity)
        return size if size == size else -inf


@dataclass(slots=True)
class Sensitivity:
    """What each variable does to the result, the one that matters most first."""

    expression: str
    value: float
    error: float  # how far rounding may have moved the value
    influences: list[Influence]
    notes: list[str] = field(default_factory=list)

    @property
    def swings(self) -> dict[str, Swing]:
        """Those of the variables that move."""
        return {one.name: one.swing for one in self.influences if one.swing}

    @property
    def status(self) -> Status:
        """What it comes to: it is enough that one variable has a number."""
        if any(one.row.verdict is Verdict.MISMATCH for one in self.influences):
            return Status.MISMATCH
        return Status.OK if any(map(_has_number, self.influences)) else Status.UNDEFINED


def _has_number(one: Influence) -> bool:
    return isfinite(one.elasticity) or (one.swing is not None and isfinite(one.swing.width))


def inputs(expression: Expression, wrt: Collection[str] = ()) -> list[str]:
    """The variables to move: all, or those in `wrt`. Raises AutodiffError for a step, which only follows."""
    expression.require_variables(wrt)
    return [*wrt] or [*expression.variables]


def sensitivity(
    expression: Expression, point: Mapping[str, float], spans: Mapping[str, Span], wrt: Collection[str] = ()
) -> Sensitivity:
    """What each variable, or each in `wrt`, does to the result at a point; `spans` say how far it goes down and up.

    Raises AutodiffError where the expression has no value at the point.
    """
    report = report_at(expression, point, inputs(expression, wrt))
    rows = [row for row in report.rows if not row.computed]
    there = expression.defaults | dict(point)
    influences = []
    for row in rows:
        elasticity, why = _elasticity(row, report)
        span = spans.get(row.name)
        swing = _swing(expression, there, row.name, span, report.value) if span else None
        influences.append(Influence(row, elasticity, why, swing))
    influences.sort(key=lambda one: (one.swing is not None, one.size), reverse=True)
    found = Sensitivity(report.expression, report.value, report.error, influences, report.notes)
    found.notes += _remarks(influences)
    return found


def _elasticity(row: Row, report: Report) -> tuple[float, str]:
    """By how many percent the result changes where the input does by one; and why it has none."""
    if report.value == 0:
        return nan, "the value is 0, of which there are no percent"
    if row.value == 0:
        return nan, f"{row.name} is 0, of which there are no percent"
    if row.verdict in _NO_SLOPE or not isfinite(row.gradient):
        return nan, _NO_SLOPE.get(row.verdict, "there is no gradient")
    return _scaled(row.value, row.gradient, report.value), ""


def _scaled(x: float, slope: float, value: float) -> float:
    """x * slope / value, which overflows on the way nowhere.

    >>> _scaled(1e300, 1e300, 1e300) == 1e300, _scaled(3.0, 4.0, 2.0)
    (True, 6.0)
    """
    (a, i), (b, j), (c, k) = map(frexp, (x, slope, value))
    try:
        return ldexp(a * b / c, i + j - k)
    except OverflowError:
        return inf


def _swing(expression: Expression, there: Mapping[str, float], name: str, span: Span, value: float) -> Swing:
    """What the result is where one input is low and where it is high."""
    inputs = there[name] - span[0], there[name] + span[1]
    results, missing = [], []
    for side, at in zip(("low", "high"), inputs, strict=True):
        try:
            results.append(_value_at(expression, {**there, name: at}))
        except AutodiffError as error:
            results.append(nan)
            missing.append(f"{name} {side}, {number_text(at)}: {error.message}")
    low, high = results
    known = [value, *filter(isfinite, results)]
    width = max(known) - min(known) if len(known) > 1 else nan
    return Swing(inputs, (low, high), width, missing)


def _value_at(expression: Expression, point: Mapping[str, float]) -> float:
    """The value as `eval` prints it, without gradients. Raises AutodiffError where there is none."""
    if not all(map(isfinite, point.values())):
        raise AutodiffError("that is too large for a float")
    with expression.at(point) as there:
        value = report_of(there, ()).value
    if not isfinite(value):
        raise AutodiffError("the result is too large for a float")
    return value


def _remarks(influences: Collection[Influence]) -> list[str]:
    """Where there is no elasticity, no result, or more between the ends than they show."""
    found: dict[str, list[str]] = {}
    for one in influences:
        if one.why:
            found.setdefault(one.why, []).append(one.name)
    notes = [f"no percent per percent by {', '.join(names)}: {why}" for why, names in found.items()]
    for one in influences:
        if one.swing:
            notes += one.swing.missing
            if one.swing.turns:
                notes.append(f"by {one.name} the result turns: both ends are on one side of the value")
    return notes
