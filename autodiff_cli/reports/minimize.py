"""Where an expression is least near a start: SciPy's descent in floats, then the proof over balls.

A point where all partials are 0 is proven by Krawczyk's operator, its kind by the signs of the Hessian there: positive
definite where all leading minors are above 0 (Sylvester's criterion), a saddle where two directions have other signs.
At a bound the partial by that variable must point outwards.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import inf, isfinite
from typing import Any

import numpy as np

from autodiff_cli.engine.expression import Expression
from autodiff_cli.engine.printer import number_text
from autodiff_cli.engine.value import Value
from autodiff_cli.errors import AutodiffError, UndefinedError
from autodiff_cli.exact.balls import INSTALL, available, exactly
from autodiff_cli.reports.descent import (
    HUGE,
    Array,
    Objective,
    active,
    by_gradients,
    descended,
    has_ended,
    in_boxes,
    is_flat,
)
from autodiff_cli.reports.kinds import kind_of
from autodiff_cli.reports.optimum import Kind, Optimum
from autodiff_cli.reports.starts import Start
from autodiff_cli.rules.kernels.intervals import Interval
from autodiff_cli.solving.interval_graph import IntervalGraph
from autodiff_cli.solving.slopes import with_partials

_KINK = 1e-2  # a slope that is no longer small, very close to where it is 0
_NEARBY = 1e-4  # of a variable: how far the witness looks
_BITS = 256
_ROUNDING = 4e-16  # of a value, by which another is not lower
_SIMPLE = (1e-12, 1e-6, 1e-2)  # of a variable: how far from where the way down ends simple numbers are tried


def optimum(
    expression: Expression, starts: Mapping[str, Start], fixed: Mapping[str, float], greatest: bool = False
) -> Optimum:
    """The least value near a start, or the greatest. Raises UndefinedError where there is no end, or no value."""
    names, sign = [*starts], -1.0 if greatest else 1.0
    objective = Objective(expression, names, fixed, sign)
    begin = np.array([start.value for start in starts.values()])
    if objective(begin)[0] == HUGE:
        raise UndefinedError("there is no finite value and slope at the start", hint="try another start")
    end = descended(objective, begin, starts)
    if not has_ended(objective, begin, end, starts):  # it may have leapt over a pole
        end = descended(objective, in_boxes(objective, begin, starts), starts, leaps=False)
    value, slopes = objective(end)
    if not has_ended(objective, begin, end, starts):
        falls = "rises" if greatest else "falls"
        last = ", ".join([f"{name} = {number_text(float(at))}" for name, at in zip(names, end, strict=True)])
        message = f"it {falls} on and on, as far as was looked: {number_text(sign * value)} at {last}"
        raise UndefinedError(message, hint="give it bounds, or another start")
    held = active(end, slopes, starts)
    report = Optimum(
        str(expression),
        dict(zip(names, map(float, end), strict=True)),
        sign * value,
        Kind.NONE,
        False,
        Kind.MAXIMUM if greatest else Kind.MINIMUM,
        held,
        evaluations=objective.count,
    )
    prove(report, expression, starts, fixed)
    if report.kind is Kind.NONE and not report.anywhere:
        end = _simpler(objective, by_gradients(objective, end, starts), starts)  # it may go on falling, slowly
        report.point, report.value = dict(zip(names, map(float, end), strict=True)), sign * objective(end)[0]
        _compare_with_bound(report, expression, starts, fixed)
    if report.kind is Kind.NONE:
        _look_around(report, objective, starts)
    report.kinked = report.kind in (report.wanted, Kind.LOWEST) and _is_kinked(report, objective)
    return report


def prove(report: Optimum, expression: Expression, starts: Mapping[str, Start], fixed: Mapping[str, float]) -> None:
    """Prove what can be: the kind of the point, and that no value at all is better."""
    if not available():
        report.notes.append(f"not proven: that needs python-flint, {INSTALL}")
        return
    _prove_kind(report, expression, starts, fixed)
    if report.kind in (report.wanted, Kind.NONE, Kind.STATIONARY):
        _compare_with_bound(report, expression, starts, fixed)


def _compare_with_bound(
    report: Optimum, expression: Expression, starts: Mapping[str, Start], fixed: Mapping[str, float]
) -> None:
    """Prove that no value is better than one at a simple point nearby, where the formula shows it, as a square does."""
    if not available():
        return
    from flint import arb

    from autodiff_cli.solving.far import BallGraph, is_finite

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
    for share in _SIMPLE:
        point = {name: _simple(report.point[name], share, start) for name, start in starts.items()}
        value = balls.values({expression.variables[name]: exactly(at) for name, at in point.items()})[expression.root]
        if is_finite(value) and arb(value) == arb(bound):
            report.point, report.value = point, bound
            report.kind, report.proven, report.anywhere = report.wanted, True, True
            return


def _simpler(objective: Objective, end: Array, starts: Mapping[str, Start]) -> Array:
    """A point of simple numbers nearby, where the value is as low there."""
    if not available():
        return end
    for share in _SIMPLE:
        point = [_simple(float(at), share, start) for at, start in zip(end, starts.values(), strict=True)]
        if objective(np.array(point))[0] <= objective(end)[0]:
            end = np.array(point)
    return end


def _simple(number: float, share: float, start: Start) -> float:
    """The simplest number so close to one, within its bounds."""
    from autodiff_cli.solving.simplest import simplest

    away = share * max(1.0, abs(number))
    found = simplest(max(number - away, start.low), min(number + away, start.high))
    return float(int(found.p) / int(found.q))


def _is_kinked(report: Optimum, objective: Objective) -> bool:
    """Whether a slope beside the point stays as steep however close."""
    at = np.array([*report.point.values()])
    for place, name in enumerate(report.point):
        if name in report.active:
            continue
        for side in (-1, 1):
            steep = []
            for share in (1e-5, 1e-8):
                moved = at.copy()
                moved[place] += side * share * max(1.0, abs(at[place]))
                steep.append(abs(objective(moved)[1][place]))
            if steep[1] > 0.3 * steep[0] > 0:
                return True
    return False


def _prove_kind(
    report: Optimum, expression: Expression, starts: Mapping[str, Start], fixed: Mapping[str, float]
) -> None:
    """Find the point to the last digit, with the proof, and say of which kind it is."""
    from flint import arb

    from autodiff_cli.solving.krawczyk import System
    from autodiff_cli.solving.line import nearest

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
    balls = root.balls if root else ()
    values = system.values(balls)
    outwards = _multipliers(report, values, partials[len(free) :])
    value = arb(values[expression.root])
    if not value.is_finite():
        return
    report.point |= dict(zip(free, root.point, strict=True)) if root else {}
    report.within = root.within if root else 0.0
    report.value = 0.0 if value.contains(0) else nearest(value.mid())
    kind = kind_of(system.slopes(balls)) if free else report.wanted
    is_known = kind is not Kind.STATIONARY and outwards
    report.kind, report.proven = kind, is_known


def _is_close(report: Optimum, free: Sequence[str], point: Sequence[float], starts: Mapping[str, Start]) -> bool:
    """Whether the point that is proven is the one that the descent came to, inside of the bounds."""
    for name, at in zip(free, point, strict=True):
        before, start = report.point[name], starts[name]
        if abs(at - before) > 1e-3 * max(1.0, abs(before)) or not start.low <= at <= start.high:
            return False
    return True


def _multipliers(report: Optimum, values: Mapping[Value, Any], partials: Sequence[Value]) -> bool:
    """Put the partials at active bounds into the report; whether each is proven to be other than 0."""
    from flint import arb

    from autodiff_cli.solving.far import is_finite
    from autodiff_cli.solving.line import nearest

    is_known = True
    for name, partial in zip(report.active, partials, strict=True):
        number = values[partial]
        if not is_finite(number):
            return False
        report.multipliers[name] = nearest(arb(number).mid())
        is_known &= not arb(number).contains(0)
    return is_known


def _look_around(report: Optimum, objective: Objective, starts: Mapping[str, Start]) -> None:
    """Without proof: whether no value nearby is better, and whether the slopes are 0 or there is a kink."""
    at = np.array([*report.point.values()])
    here, _ = objective(at)
    low, high = (np.array([getattr(start, side) for start in starts.values()]) for side in ("low", "high"))
    lowest, steepest = inf, 0.0
    for place in range(len(at)):
        for side in (-1, 1):
            largest = max(1.0, abs(at[place]))
            for share, scale in ((1.0, largest), (1e-2, largest), (1.0, abs(at[place]))):
                moved = at.copy()
                moved[place] += side * share * _NEARBY * scale
                moved = np.clip(moved, low, high)
                if not np.array_equal(moved, at):
                    value, slopes = objective(moved)
                    lowest = min(lowest, value)
                    steepest = max(steepest, abs(slopes).max() if share < 1 else 0.0)
    is_lowest = lowest >= here - _ROUNDING * abs(here)
    is_level = is_flat(objective, at, starts) and steepest <= _KINK * max(1.0, abs(here))
    if is_lowest:
        report.kind = Kind.LOWEST
        why = "the slopes are 0 there but for rounding" if is_level else "there is a kink, or the search stopped short"
        report.notes.append(f"not proven; no value nearby along the variables is better, and {why}")
    else:
        report.notes.append("the search did not converge: values nearby are better; try another start")
