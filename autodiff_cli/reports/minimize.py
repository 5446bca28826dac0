"""Where an expression is least near a start: SciPy's descent in floats, then the proof over balls.

A point where all partials are 0 is proven by Krawczyk's operator, its kind by the signs of the Hessian there: positive
definite where all leading minors are above 0 (Sylvester's criterion), a saddle where two directions have other signs.
At a bound the partial by that variable must point outwards.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from math import inf, isfinite
from typing import Any

import numpy as np
from scipy.optimize import minimize as scipys  # type: ignore[import-untyped]

from autodiff_cli.engine.expression import Expression, NamedGraph
from autodiff_cli.engine.graph import toposort
from autodiff_cli.engine.printer import number_text
from autodiff_cli.engine.value import Value
from autodiff_cli.errors import AutodiffError, UndefinedError
from autodiff_cli.exact.balls import INSTALL, available, exactly
from autodiff_cli.reports.starts import Start
from autodiff_cli.reports.status import Status
from autodiff_cli.symbolic.derive import Derivation

_STEEP = 1e10  # in place of a slope that is infinite
_HUGE = 1e150  # in place of a value that is not finite
_ENDLESS = 1e100  # beyond which a value has run away
_KINK = 1e-2  # a slope that is no longer small, very close to where it is 0
_BOXES = 100  # that a careful descent goes through
_ROUNDS = 4  # of descents, each from where the one before and a simplex ended
_FLAT = 1e-6  # of the value, over the variable: a gradient that is as good as 0
_NEARBY = 1e-4  # of a variable: how far the witness looks
_ITERATIONS = 20_000

Array = np.ndarray[Any, np.dtype[np.float64]]


class Kind(StrEnum):
    """What a point is."""

    MINIMUM = "minimum"
    MAXIMUM = "maximum"
    SADDLE = "saddle"
    STATIONARY = "stationary"  # of a kind that the Hessian does not decide
    LOWEST = "lowest nearby"  # by values alone, as at a kink
    NONE = "none"


@dataclass(slots=True)
class Optimum:
    """Where it ends. The multiplier of an active bound is the partial there: what a wider bound would gain."""

    expression: str
    point: dict[str, float]
    value: float
    kind: Kind
    proven: bool
    wanted: Kind
    active: list[str] = field(default_factory=list)
    multipliers: dict[str, float] = field(default_factory=dict)
    evaluations: int = 0
    within: float | None = None
    notes: list[str] = field(default_factory=list)

    @property
    def status(self) -> Status:
        """What it comes to: a saddle is proven not to be what is wanted."""
        if self.kind in (self.wanted, Kind.LOWEST):
            return Status.OK
        is_another = self.proven and self.kind in (Kind.SADDLE, Kind.MINIMUM, Kind.MAXIMUM)
        return Status.MISMATCH if is_another else Status.UNDECIDED


class _Objective:
    """The expression as SciPy takes it, least where it is wanted; counted."""

    def __init__(self, expression: Expression, names: Sequence[str], fixed: Mapping[str, float], sign: float) -> None:
        self._expression, self._names, self._fixed, self._sign = expression, names, fixed, sign
        self.count = 0

    def __call__(self, point: Array) -> tuple[float, Array]:
        self.count += 1
        at = dict(self._fixed) | dict(zip(self._names, map(float, point), strict=True))
        value, gradient = self._expression.value_and_gradient(at)
        slopes = self._sign * np.array([gradient[name] for name in self._names])
        if not isfinite(value):
            return _HUGE, np.zeros(len(slopes))
        return self._sign * value, np.nan_to_num(slopes, nan=0.0, posinf=_STEEP, neginf=-_STEEP)


def optimum(
    expression: Expression, starts: Mapping[str, Start], fixed: Mapping[str, float], greatest: bool = False
) -> Optimum:
    """The least value near a start, or the greatest. Raises UndefinedError where there is no end, or no value."""
    names, sign = [*starts], -1.0 if greatest else 1.0
    objective = _Objective(expression, names, fixed, sign)
    begin = np.array([start.value for start in starts.values()])
    if objective(begin)[0] == _HUGE:
        raise UndefinedError("there is no finite value and slope at the start", hint="try another start")
    end = _descended(objective, begin, starts)
    if not _has_ended(objective, begin, end, starts):  # it may have leapt over a pole
        end = _descended(objective, _in_boxes(objective, begin, starts), starts)
    value, slopes = objective(end)
    if not _has_ended(objective, begin, end, starts):
        falls = "rises" if greatest else "falls"
        last = ", ".join([f"{name} = {number_text(float(at))}" for name, at in zip(names, end, strict=True)])
        message = f"it {falls} on and on, as far as was looked: {number_text(sign * value)} at {last}"
        raise UndefinedError(message, hint="give it bounds, or another start")
    active = _active(end, slopes, starts)
    report = Optimum(
        str(expression),
        dict(zip(names, map(float, end), strict=True)),
        sign * value,
        Kind.NONE,
        False,
        Kind.MAXIMUM if greatest else Kind.MINIMUM,
        active,
        evaluations=objective.count,
    )
    _prove(report, expression, starts, fixed)
    if report.kind is Kind.NONE:
        _look_around(report, objective, starts)
    return report


def _descended(objective: _Objective, begin: Array, starts: Mapping[str, Start]) -> Array:
    """Where SciPy's descent ends; it is begun again there as long as it falls."""
    bounds = [(start.low, start.high) for start in starts.values()]
    options = {"maxiter": _ITERATIONS, "maxfun": _ITERATIONS, "ftol": 1e-16, "gtol": 1e-12}
    at, value = begin, objective(begin)[0]
    found: Any
    for _ in range(_ROUNDS):
        with np.errstate(all="ignore"):
            found = scipys(objective, at, jac=True, method="L-BFGS-B", bounds=bounds, options=options)
        if found.fun < value:
            at, value = found.x, found.fun
        if _is_flat(objective, at, starts):
            break
        moved = _by_simplex(objective, at, starts)
        if not objective(moved)[0] < value:
            break
        at, value = moved, objective(moved)[0]
    return _at_bounds(objective, at, starts)


def _by_simplex(objective: _Objective, at: Array, starts: Mapping[str, Start]) -> Array:
    """Where the method of Nelder and Mead ends, which takes no slopes and no leaps."""
    bounds = [(start.low, start.high) for start in starts.values()]
    options = {"maxfev": 400 * len(at), "xatol": 1e-12, "fatol": 1e-15}
    found = scipys(lambda point: objective(point)[0], at, method="Nelder-Mead", bounds=bounds, options=options)
    end: Array = found.x
    return end


def _in_boxes(objective: _Objective, at: Array, starts: Mapping[str, Start]) -> Array:
    """Where descents end that stay in a box around where they begin each, so that they cannot leap over a pole."""
    low, high = (np.array([getattr(start, side) for start in starts.values()]) for side in ("low", "high"))
    for _ in range(_BOXES):
        away = np.maximum(abs(at), 0.1) / 2
        bounds = [*zip(np.maximum(at - away, low), np.minimum(at + away, high), strict=True)]
        with np.errstate(all="ignore"):
            found = scipys(objective, at, jac=True, method="L-BFGS-B", bounds=bounds)
        if not found.fun < objective(at)[0]:
            break
        at = found.x
    return at


def _at_bounds(objective: _Objective, at: Array, starts: Mapping[str, Start]) -> Array:
    """The point with each variable put at its bound that is as good as there."""
    for place, start in enumerate(starts.values()):
        for bound in (start.low, start.high):
            moved = at.copy()
            moved[place] = bound
            is_near = abs(bound - at[place]) <= _NEARBY * max(1.0, abs(bound))
            if is_near and objective(moved)[0] <= objective(at)[0]:
                at = moved
    return at


def _is_flat(objective: _Objective, at: Array, starts: Mapping[str, Start]) -> bool:
    """Whether the slopes are 0 but for rounding, those aside that a bound holds."""
    value, slopes = objective(at)
    held = _active(at, slopes, starts)
    free = [slope for name, slope in zip(starts, slopes, strict=True) if name not in held]
    return max(map(abs, free), default=0.0) <= _FLAT * max(1.0, abs(value))


def _has_ended(objective: _Objective, begin: Array, end: Array, starts: Mapping[str, Start]) -> bool:
    """Whether the value rises at last along the way that the descent took, farther and farther out."""
    low, high = (np.array([getattr(start, side) for start in starts.values()]) for side in ("low", "high"))
    before, _ = objective(end)
    if before < -_ENDLESS or not np.isfinite(end).all():
        return False
    for times in (1.001, 2.0, 10.0, 100.0):
        moved = np.clip(begin + (end - begin) * times, low, high)
        there, _ = objective(moved)
        if np.array_equal(moved, end) or there >= before:
            return True
        before = there
    return False


def _active(end: Array, slopes: Array, starts: Mapping[str, Start]) -> list[str]:
    """The variables at a bound that it would go beyond."""
    found = []
    for (name, start), at, slope in zip(starts.items(), end, slopes, strict=True):
        if (at <= start.low and slope > 0) or (at >= start.high and slope < 0):
            found.append(name)
    return found


def _prove(report: Optimum, expression: Expression, starts: Mapping[str, Start], fixed: Mapping[str, float]) -> None:
    """Find the point to the last digit, with the proof, and say of which kind it is."""
    if not available():
        report.notes.append(f"not proven: that needs python-flint, {INSTALL}")
        return
    from flint import arb

    from autodiff_cli.exact.hulls import nearest
    from autodiff_cli.solving.krawczyk import System

    free = [name for name in starts if name not in report.active]
    held = dict(fixed) | {name: report.point[name] for name in report.active}
    numbers = {expression.variables[name]: exactly(at) for name, at in held.items()}
    try:
        graph, partials = _gradient_graph(expression, [*free, *report.active])
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
    kind = _kind(system.slopes(balls)) if free else report.wanted
    is_known = kind is not Kind.STATIONARY and outwards
    report.kind, report.proven = kind, is_known


def _gradient_graph(expression: Expression, names: Sequence[str]) -> tuple[NamedGraph, list[Value]]:
    """The expression with its partials, as one graph."""
    derivation = Derivation(expression.root, exact=True)
    partials = [derivation.by((expression.variables[name],)) for name in names]
    steps = [node for node in toposort([expression.root, *partials]) if node.args]
    named = {f"partial_{name}": node for name, node in zip(names, partials, strict=True)}
    graph = NamedGraph(expression.source, expression.root, steps, expression.variables, {}, steps=named)
    return graph, partials


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

    from autodiff_cli.exact.far import is_finite
    from autodiff_cli.exact.hulls import nearest

    is_known = True
    for name, partial in zip(report.active, partials, strict=True):
        number = values[partial]
        if not is_finite(number):
            return False
        report.multipliers[name] = nearest(arb(number).mid())
        is_known &= not arb(number).contains(0)
    return is_known


def _kind(hessian: Any) -> Kind:
    """What the Hessian says of a point where the gradient is 0."""
    if hessian is None:
        return Kind.STATIONARY
    if _is_definite(hessian):
        return Kind.MINIMUM
    if _is_definite(-hessian):
        return Kind.MAXIMUM
    count = hessian.nrows()
    middle = np.array([[float(hessian[i, j].mid()) for j in range(count)] for i in range(count)])
    _, vectors = np.linalg.eigh((middle + middle.T) / 2)
    signs = [_form(hessian, vectors[:, place]) for place in (0, -1)]
    return Kind.SADDLE if signs[0] < 0 and signs[1] > 0 else Kind.STATIONARY


def _is_definite(matrix: Any) -> bool:
    """Whether every leading minor is above 0, for certain."""
    from flint import arb_mat

    count = matrix.nrows()
    for size in range(1, count + 1):
        minor = arb_mat([[matrix[i, j] for j in range(size)] for i in range(size)])
        if not minor.det() > 0:
            return False
    return True


def _form(matrix: Any, vector: Array) -> Any:
    """The quadratic form of a matrix."""
    from flint import arb

    terms = [
        matrix[i, j] * arb(float(vector[i])) * arb(float(vector[j]))
        for i in range(len(vector))
        for j in range(len(vector))
    ]
    return sum(terms, arb(0))


def _look_around(report: Optimum, objective: _Objective, starts: Mapping[str, Start]) -> None:
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
    is_lowest = lowest >= here
    is_flat = _is_flat(objective, at, starts) and steepest <= _KINK * max(1.0, abs(here))
    if is_lowest:
        report.kind = Kind.LOWEST
        why = "the slopes are 0 there but for rounding" if is_flat else "there is a kink, or the search stopped short"
        report.notes.append(f"not proven; no value nearby along the variables is better, and {why}")
    else:
        report.notes.append("the search did not converge: values nearby are better; try another start")
