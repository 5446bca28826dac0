"""The least value under constraints: SciPy's way there in floats, then the proof, or what speaks for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from scipy.optimize import minimize  # type: ignore[import-untyped]

from autodiff_cli.engine.graph import reachable
from autodiff_cli.engine.printer import number_text
from autodiff_cli.errors import UndefinedError
from autodiff_cli.exact.balls import INSTALL, available
from autodiff_cli.language.constraint_reader import Constrained, Constraint
from autodiff_cli.reports.constraints import MET, ConstrainedNumbers, Problem, side_of
from autodiff_cli.reports.descent import Array, Starts, ends
from autodiff_cli.reports.multipliers import MultiplierProof
from autodiff_cli.reports.optimum import Kind, Optimum
from autodiff_cli.rules.kernels.intervals import Interval
from autodiff_cli.solving.interval_graph import IntervalGraph

_ENDLESS = 1e10  # of a value or variable: beyond which it has run away
_OTHER_STARTS = 6
_BOXES = 20_000  # that are looked at for a point that meets the constraints
_FINE = 1e-9  # of a box: a width that is not halved any more
_AROUND = 200  # points nearby that the witness looks at
_NEARBY = 1e-4  # of a variable: how far it looks
_BETTER = 1e-9  # of a value: by how much one nearby must be better


def constrained_optimum(
    problem: Constrained, starts: Starts, fixed: Mapping[str, float], greatest: bool = False
) -> Optimum:
    """The least value under constraints near a start, or the greatest. Raises UndefinedError where it has no end."""
    sign = -1.0 if greatest else 1.0
    names = [*starts]
    task = Problem(problem, starts, fixed, ConstrainedNumbers(problem, names, fixed, sign), sign)
    end = _way(task)
    value = task.numbers(end)[0]
    report = Optimum(
        str(problem.expression),
        dict(zip(names, map(float, end), strict=True)),
        sign * value,
        Kind.NONE,
        False,
        Kind.MAXIMUM if greatest else Kind.MINIMUM,
        constraints=[constraint.text for constraint in problem.constraints],
    )
    is_missed = task.missed(end) > MET
    if is_missed and _is_nowhere(task):
        report.point, report.infeasible, report.proven = {}, True, True
    elif value < -_ENDLESS or max(abs(end)) > _ENDLESS:
        raise UndefinedError(
            f"it {'rises' if greatest else 'falls'} on and on, as far as was looked: {number_text(sign * value)}",
            hint="give it bounds, or more constraints",
        )
    elif is_missed:
        report.point, report.infeasible = {}, True
        report.notes.append("no point that meets the constraints was found; another start may lead to one")
    elif not available():
        report.notes.append(f"not proven: that needs python-flint, {INSTALL}")
        _look_around(report, task, end)
    elif not MultiplierProof(report, task, end).proves():
        _look_around(report, task, end)
    report.evaluations = task.numbers.count
    return report


# --- the way there ----------------------------------------------------------------------------------------------------


def _way(task: Problem) -> Array:
    """The best point that SciPy's ways end at, from the start and some points beside it."""
    begin = np.array([start.value for start in task.starts.values()])
    best = _descended(task, begin)
    if task.missed(best) <= MET:
        return best
    random = np.random.default_rng(1)
    low, high = ends(task.starts)
    for _ in range(_OTHER_STARTS):
        moved = np.clip(begin + random.normal(size=len(begin)) * np.maximum(1.0, abs(begin)), low, high)
        found = _descended(task, moved)
        if task.missed(found) < task.missed(best):
            best = found
        if task.missed(best) <= MET:
            break
    return best


def _descended(task: Problem, begin: Array) -> Array:
    """Where sequential quadratic programs end (Kraft 1988); else where a trust region method does."""
    numbers, low_high = task.numbers, [(start.low, start.high) for start in task.starts.values()]
    constraints = [_as_scipys(numbers, place, one) for place, one in enumerate(task.constraints)]
    with np.errstate(all="ignore"):
        found = minimize(
            lambda at: numbers(at)[:2],
            begin,
            jac=True,
            method="SLSQP",
            bounds=low_high,
            constraints=constraints,
            options={"ftol": 1e-12, "maxiter": 500},
        )
    low, high = ends(task.starts)
    end = np.clip(np.asarray(found.x, float), low, high)
    return end if np.isfinite(end).all() else begin


def _as_scipys(numbers: ConstrainedNumbers, place: int, one: Constraint) -> dict[str, Any]:
    """A constraint as SciPy takes it."""
    side = side_of(one)
    return {
        "type": "eq" if one.sign == "=" else "ineq",
        "fun": lambda at: side * numbers(at)[2][place],
        "jac": lambda at: side * numbers(at)[3][place],
    }


# --- where there is no proof -----------------------------------------------------------------------------------------


def _is_nowhere(task: Problem) -> bool:
    """Whether no point of the ranges meets the constraints: pieces are left out by intervals, or halved."""
    found = task.problem.expression
    given = {found.variables[name]: at for name, at in task.fixed.items()}
    graph = IntervalGraph(found, [one.gap for one in task.constraints], given)
    used = reachable([one.gap for one in task.constraints])
    starts = {name: start for name, start in task.starts.items() if found.variables[name] in used} or task.starts
    variables = [found.variables[name] for name in starts]
    low, high = (side[None, :] for side in ends(starts))
    looked = 0
    while len(low) and looked < _BOXES:
        looked += len(low)
        spans = {variable: Interval(low[:, place], high[:, place]) for place, variable in enumerate(variables)}
        gaps, _ = graph.values(spans)
        may_be = np.ones(len(low), bool)
        for one, gap in zip(task.constraints, gaps, strict=True):
            may_be &= (gap.low <= 0) if one.sign != ">=" else True
            may_be &= (gap.high >= 0) if one.sign != "<=" else True
        low, high = low[may_be], high[may_be]
        if (high - low <= _FINE).all(axis=1).any():
            return False
        low, high = _halved(low, high)
    return not len(low)


def _halved(low: Array, high: Array) -> tuple[Array, Array]:
    """Boxes cut across a wide side; one without ends at 0, or twice as far out as where it begins."""
    sides, rows = np.argmax(np.arctan(high) - np.arctan(low), axis=1), np.arange(len(low))
    first, last = low[rows, sides], high[rows, sides]
    with np.errstate(all="ignore"):
        cut = np.where(np.isinf(last), np.maximum(2 * first, 1.0), np.minimum(2 * last, -1.0))
        cut = np.where(
            np.isinf(first) & np.isinf(last), 0.0, np.where(np.isinf(last - first), cut, first + (last - first) / 2)
        )
    below, above = high.copy(), low.copy()
    below[rows, sides] = above[rows, sides] = cut
    return np.concatenate([low, above]), np.concatenate([below, high])


def _look_around(report: Optimum, task: Problem, end: Array) -> None:
    """Without proof: whether a value nearby is better that meets the constraints as well."""
    random = np.random.default_rng(1)
    value = task.numbers(end)[0]
    low, high = ends(task.starts)
    slack = max(task.missed(end), 1e-12)
    for _ in range(_AROUND):
        share = _NEARBY * 10.0 ** random.uniform(-3, 0)
        moved = np.clip(end + random.normal(size=len(end)) * share * np.maximum(1.0, abs(end)), low, high)
        moved = np.clip(_met_again(task, moved), low, high)
        if task.missed(moved) <= slack and task.numbers(moved)[0] < value - _BETTER * max(1.0, abs(value)) * share:
            report.notes.append("the search did not converge: values nearby are better; try another start")
            return
    report.kind = Kind.LOWEST
    report.notes.append("not proven; no value nearby that meets the constraints is better")


def _met_again(task: Problem, point: Array) -> Array:
    """The point moved onto the constraints that it does not meet, along their slopes."""
    for _ in range(3):
        _, _, gaps, slopes = task.numbers(point)
        missed = [
            place for place, one in enumerate(task.constraints) if one.sign == "=" or side_of(one) * gaps[place] < 0
        ]
        if not missed:
            break
        point = point - np.linalg.lstsq(slopes[missed], gaps[missed], rcond=None)[0]
    return point
