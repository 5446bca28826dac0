"""The slope along a direction, and the steepest direction, at a point."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import hypot, isfinite, nan

from autodiff_cli.engine.expression import Expression
from autodiff_cli.engine.value import Value, constant, node, rule_of
from autodiff_cli.errors import AutodiffError
from autodiff_cli.reports.derivation import substituted
from autodiff_cli.reports.point import report_at
from autodiff_cli.reports.results import Report, Row, Verdict
from autodiff_cli.rules.table import entry

_STEP = "that direction"  # how far to go, as a variable that no text can have; notes call it so


@dataclass(slots=True)
class Along:
    """The slope in a `direction` of length 1, as a row; and the direction of the greatest slope, if there is one."""

    direction: dict[str, float]
    row: Row
    steepest: dict[str, float]
    greatest: float  # the slope in that direction; nan where a gradient does not exist

    @property
    def why_no_steepest(self) -> str:
        """Why there is no steepest direction; empty where there is one."""
        if self.steepest:
            return ""
        return "the gradient is 0" if self.greatest == 0 else "there is no gradient here"


def along(expression: Expression, point: Mapping[str, float], given: Mapping[str, float], report: Report) -> Along:
    """The slope of an expression at a point in the direction that is `given` by variable, whatever its length.

    It is the derivative of f(point + t*unit) by t at t = 0, so that its estimate differs values along the line. The
    `report` there has the gradient; where it has no notes it gets those on the slope.

    Raises AutodiffError for a direction of length 0.
    """
    unit = _unit(given)
    if not unit:
        hint = "one of its numbers is not 0: --along 3,4"
        raise AutodiffError("a direction of length 0 leads nowhere", hint=hint)
    line, at = expression, expression.defaults | dict(point)
    for name, part in unit.items():
        if part:
            line = substituted(line, name, _moved(at.pop(name), part))
    found = report_at(line, at | {_STEP: 0.0}, [_STEP])
    report.notes = report.notes or found.notes
    rows = [row for row in report.rows if row.name in unit]
    if not all(map(_has_slope, rows)):
        return Along(unit, found.rows[0], {}, nan)
    slopes = {row.name: row.gradient for row in rows}
    return Along(unit, found.rows[0], _unit(slopes), hypot(*slopes.values()))


def _has_slope(row: Row) -> bool:
    """Whether there is a gradient, from every side."""
    return isfinite(row.gradient) and row.verdict not in (Verdict.KINK, Verdict.JUMP, Verdict.SINGULAR)


def _unit(direction: Mapping[str, float]) -> dict[str, float]:
    """A direction made to length 1; {} where it has none.

    >>> _unit({"x": 3.0, "y": 4.0}), _unit({"x": 0.0})
    ({'x': 0.6, 'y': 0.8}, {})
    """
    size = max(map(abs, direction.values()), default=0.0)
    if not size:
        return {}
    scaled = {name: part / size for name, part in direction.items()}  # whose squares are no more than 1
    length = hypot(*scaled.values())
    return {name: part / length for name, part in scaled.items()}


def _moved(start: float, part: float) -> Expression:
    """A coordinate on the way: start + part*t."""
    step = Value(0.0, _STEP)
    moved = node(rule_of(entry("mul", 2)), (constant(part), step))
    root = node(rule_of(entry("add", 2)), (constant(start), moved))
    return Expression("", root, [moved, root], {_STEP: step}, {})
