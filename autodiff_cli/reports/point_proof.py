"""What can be proven of the end of a descent: that it is a minimum or of another kind, and that no value is better.

A point where all partials are 0 is proven by Krawczyk's operator, its kind by the signs of the Hessian there. At a
bound the partial by that variable must point outwards. Where the values of a formula lie above a number, as those of a
square do, a point with just that value is a least one, whatever the slopes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import inf, isfinite, nextafter
from typing import Any

from autodiff_cli.engine.expression import Expression
from autodiff_cli.engine.value import Value
from autodiff_cli.errors import AutodiffError
from autodiff_cli.exact.balls import exactly
from autodiff_cli.reports.kinds import kind_within
from autodiff_cli.reports.optimum import Kind, Optimum
from autodiff_cli.reports.starts import Start
from autodiff_cli.rules.kernels.intervals import Interval
from autodiff_cli.solving.interval_graph import IntervalGraph
from autodiff_cli.solving.slopes import with_partials

_BITS = 256
_CLOSER, _LEAP = 2.0**-150, 1e-12  # a step that no float shows, and what a continuous value does not change by there
_NEAR = 0.2  # of a variable: how far a proven point may be from where the way ended
SIMPLE = (1e-12, 1e-6, 1e-2, 0.1)  # of a variable: how far from where the way down ends simple numbers are tried


def prove(report: Optimum, expression: Expression, starts: Mapping[str, Start], fixed: Mapping[str, float]) -> None:
    """Prove what can be: the kind of the point, and that no value at all is better."""
    _prove_kind(report, expression, starts, fixed)
    if report.kind in (report.wanted, Kind.NONE, Kind.STATIONARY):
        compare_with_bound(report, expression, starts, fixed)


def compare_with_bound(
    report: Optimum, expression: Expression, starts: Mapping[str, Start], fixed: Mapping[str, float]
) -> None:
    """Prove that no value is better than one at a simple point nearby, where the formula shows it, as a square does."""
    from flint import arb

    from autodiff_cli.exact.ball_graph import BallGraph
    from autodiff_cli.exact.far import is_finite

    variables = [expression.variables[name] for name in starts]
    given = {expression.variables[name]: at for name, at in fixed.items()}
    span = {
        variable: Interval([start.low], [start.high])
        for variable, start in zip(variables, starts.values(), strict=True)
    }
    (values,), _ = IntervalGraph(expression, [expression.root], given).values(span)
    bound = float(values.low[0] if report.wanted is Kind.MINIMUM else values.high[0])
    if not isfinite(bound):
        return
    balls = BallGraph(expression, {variable: exactly(at) for variable, at in given.items()}, _BITS)
    for share in SIMPLE:
        point = {name: simple_number(report.point[name], share, start) for name, start in starts.items()}
        value = balls.values({expression.variables[name]: exactly(at) for name, at in point.items()})[expression.root]
        if is_finite(value) and arb(value) == arb(bound):
            report.point, report.value = point, bound
            report.within = report.within if report.kind is report.wanted else 0.0
            report.kind, report.proven, report.anywhere = report.wanted, True, True
            return


def simple_number(number: float, share: float, start: Start) -> float:
    """The simplest number so close to one, within its bounds."""
    from autodiff_cli.exact.simplest import simplest

    away = share * max(1.0, abs(number))
    found = simplest(max(number - away, start.low), min(number + away, start.high))
    return float(int(found.p) / int(found.q))


def _prove_kind(
    report: Optimum, expression: Expression, starts: Mapping[str, Start], fixed: Mapping[str, float]
) -> None:
    """Find the point to the last digit, with the proof, and say of which kind it is."""
    from autodiff_cli.exact.hulls import as_ball, nearest
    from autodiff_cli.solving.krawczyk import System

    free = [name for name in starts if name not in report.active]
    held = dict(fixed) | {name: report.point[name] for name in report.active}
    numbers = {expression.variables[name]: exactly(at) for name, at in held.items()}
    try:
        graph, partials = with_partials(expression, [expression.variables[name] for name in (*free, *report.active)])
    except AutodiffError:
        return
    system = System(graph, partials[: len(free)], [expression.variables[name] for name in free], numbers)
    root = system.near([report.point[name] for name in free]) if free else None
    if free and (root is None or not _is_close(report, free, root.point, starts)):
        return
    point = report.point | dict(zip(free, root.point, strict=True)) if root else report.point
    if not is_continuous(expression, point, starts, fixed):
        return
    balls = root.balls if root else ()
    values = system.values(balls)
    outwards = _multipliers(report, values, partials[len(free) :])
    value = as_ball(values[expression.root])
    if not value.is_finite():
        return
    report.point = point
    report.within = root.within if root else 0.0
    report.value = 0.0 if value.contains(0) else nearest(value.mid())
    sides = [side_open(point[name], starts[name]) for name in free]
    kind = kind_within(system.slopes(balls), sides) if free else report.wanted
    if report.active and kind not in (report.wanted, Kind.STATIONARY):
        kind = Kind.SADDLE  # it is the best along an active bound
    is_known = kind is not Kind.STATIONARY and outwards
    report.kind, report.proven = kind, is_known


def is_continuous(
    expression: Expression,
    point: Mapping[str, float],
    starts: Mapping[str, Start],
    fixed: Mapping[str, float],
    share: float = 0.0,
) -> bool:
    """Whether the values do not jump at a point, or beside it within the bounds, where slopes may not show it.

    Beside is the next float, and as far as a `share` of each variable.
    """
    given = {expression.variables[name]: at for name, at in fixed.items()}
    beside = {}
    for name, start in starts.items():
        away = share * max(1.0, abs(point[name]))
        low, high = nextafter(point[name] - away, -inf), nextafter(point[name] + away, inf)
        beside[expression.variables[name]] = Interval([max(low, start.low)], [min(high, start.high)])
    _, spread = IntervalGraph(expression, [expression.root], given).values(beside)
    return bool(spread.continuous[0])


def is_at_jump(
    expression: Expression, point: Mapping[str, float], fixed: Mapping[str, float], names: Iterable[str]
) -> bool:
    """Whether the values jump at a point itself: it is compared with points much closer than the next float."""
    from flint import arb

    from autodiff_cli.exact.ball_graph import BallGraph
    from autodiff_cli.exact.far import is_finite

    numbers = {variable: exactly(({**fixed, **point})[name]) for name, variable in expression.variables.items()}
    balls = BallGraph(expression, {}, _BITS)
    here = balls.values(numbers)[expression.root]
    for name in names:
        variable = expression.variables[name]
        for away in (-exactly(_CLOSER), exactly(_CLOSER)):
            there = balls.values({**numbers, variable: numbers[variable] + away})[expression.root]
            if is_finite(here) and is_finite(there) and abs(arb(there) - arb(here)) > _LEAP:
                return True
    return False


def side_open(at: float, start: Start) -> int:
    """To which side a variable may go: 1 up, -1 down, 0 both."""
    return int(at <= start.low) - int(at >= start.high)


def _is_close(report: Optimum, free: Sequence[str], point: Sequence[float], starts: Mapping[str, Start]) -> bool:
    """Whether the point that is proven is the one that the descent came to, inside of the bounds."""
    for name, at in zip(free, point, strict=True):
        before, start = report.point[name], starts[name]
        if abs(at - before) > _NEAR * max(1.0, abs(before)) or not start.low <= at <= start.high:
            return False
    return True


def _multipliers(report: Optimum, values: Mapping[Value, Any], partials: Sequence[Value]) -> bool:
    """Put the partials at active bounds into the report; whether each is proven to be other than 0."""
    from autodiff_cli.exact.far import is_finite
    from autodiff_cli.exact.hulls import as_ball, nearest

    is_known = True
    for name, partial in zip(report.active, partials, strict=True):
        number = values[partial]
        if not is_finite(number):
            return False
        report.multipliers[name] = nearest(as_ball(number).mid())
        is_known &= not as_ball(number).contains(0)
    return is_known
