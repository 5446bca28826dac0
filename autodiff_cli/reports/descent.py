"""Ways down from a start, in floats: Newton's steps with the exact Hessian, SciPy's L-BFGS-B within bounds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import isfinite
from typing import Any, Generic, TypeVar

import numpy as np

from autodiff_cli.engine.expression import Evaluation, Expression
from autodiff_cli.engine.value import Value
from autodiff_cli.errors import AutodiffError
from autodiff_cli.reports.starts import Start
from autodiff_cli.reports.trust_region import newton_within_radius
from autodiff_cli.solving.slopes import with_partials

HUGE = 1e150  # in place of a value that is not finite
_STEEP = 1e10  # in place of a slope that is infinite
_ENDLESS = 1e100  # beyond which a value has run away
_BOXES = 100  # that a careful descent goes through
_ROUNDS = 4  # of descents, each from where the one before and a simplex ended
_FLAT = 1e-6  # of the value, over the variable: a gradient that is as good as 0
_CLOSE = 1e-4  # of a point: Newton's step, where it is as good as there
_TIGHT = 1e-9  # a gradient where Newton's steps end
_NEARBY = 1e-4  # of a variable: how near a bound is tried
_ITERATIONS = 20_000
_MANY = 60  # variables whose Hessian is not made
_KEPT = 8  # points whose values are kept

Array = np.ndarray[Any, np.dtype[np.float64]]
Starts = Mapping[str, Start]
_T = TypeVar("_T")


class KeptNumbers(Generic[_T]):
    """What is computed at points: of the last few it is kept, and `count` is at how many it was computed."""

    def __init__(self) -> None:
        self._kept: dict[bytes, _T] = {}
        self.count = 0

    def __call__(self, point: Array) -> _T:
        """What there is at a point."""
        key = np.asarray(point, float).tobytes()
        if key not in self._kept:
            self.count += 1
            self._kept[key] = self._at(point)
            while len(self._kept) > _KEPT:
                del self._kept[next(iter(self._kept))]
        return self._kept[key]

    def _at(self, point: Array) -> _T:
        raise NotImplementedError


class Objective(KeptNumbers[tuple[float, Array]]):
    """The expression as SciPy takes it, value and slopes, all finite; least where it is wanted."""

    def __init__(self, expression: Expression, names: Sequence[str], fixed: Mapping[str, float], sign: float) -> None:
        super().__init__()
        self._expression, self._names, self._fixed, self._sign = expression, names, fixed, sign
        self._second: tuple[Evaluation, list[Value]] | None = None

    def _at(self, point: Array) -> tuple[float, Array]:
        at = dict(self._fixed) | dict(zip(self._names, map(float, point), strict=True))
        value, gradient = self._expression.value_and_gradient(at)
        slopes = self._sign * np.array([gradient[name] for name in self._names])
        if not isfinite(value):
            return HUGE, np.zeros(len(slopes))
        return self._sign * value, np.nan_to_num(slopes, nan=0.0, posinf=_STEEP, neginf=-_STEEP)

    def has_hessian(self) -> bool:
        """Whether there are second derivatives as formulas; they are made."""
        if len(self._names) > _MANY:
            return False
        if self._second is None:
            copied = self._expression.copied()
            try:
                graph, partials = with_partials(copied, [copied.variables[name] for name in self._names])
            except AutodiffError:
                return False
            fields = {name: getattr(graph, name) for name in graph.__dataclass_fields__}
            self._second = Evaluation(**fields), partials
        return True

    def hessian(self, point: Array) -> Array:
        """The second derivatives, finite; `has_hessian` made them."""
        evaluation, partials = self._second  # type: ignore[misc]
        evaluation.move(dict(self._fixed) | dict(zip(self._names, map(float, point), strict=True)))
        rows = []
        for partial in partials:
            found = evaluation.gradients(partial) if partial.requires_grad and partial.args else {}
            rows.append([float(found.get(name, partial is evaluation.variables[name])) for name in self._names])
        matrix = self._sign * np.nan_to_num(np.array(rows), nan=0.0, posinf=_STEEP, neginf=-_STEEP)
        return np.asarray((matrix + matrix.T) / 2)


def descended(objective: Objective, begin: Array, starts: Starts, leaps: bool = True) -> Array:
    """Where descents end; they begin again there as long as the value falls; without `leaps` by small steps alone."""
    at, value = begin, objective(begin)[0]
    for method in (newton, _scipys_newton) if leaps else ():
        end = method(objective, begin, starts)
        if end is not None and objective(end)[0] < value:
            at, value = end, objective(end)[0]
        if is_flat(objective, at, starts):
            return at_bounds(objective, at, starts)
    at = by_gradients(objective, at, starts)
    value = objective(at)[0]
    if is_flat(objective, at, starts):
        return at_bounds(objective, at, starts)
    for _ in range(_ROUNDS):
        moved = _by_simplex(objective, at, starts)
        moved = by_gradients(objective, moved, starts)
        if not objective(moved)[0] < value:
            break
        at, value = moved, objective(moved)[0]
        if is_flat(objective, at, starts):
            break
    return at_bounds(objective, at, starts)


def newton(objective: Objective, at: Array, starts: Starts, near: float = 0.0) -> Array | None:
    """Newton's steps within a radius, where there are no bounds (Conn, Gould and Toint, Trust-Region Methods, 2000).

    They end where the gradient is 0, or within a share `near` of the point; None where they cannot be taken.
    """
    is_bounded = any(isfinite(end) for start in starts.values() for end in (start.low, start.high))
    if is_bounded or not objective.has_hessian():
        return None
    with np.errstate(all="ignore"):
        try:
            return newton_within_radius(objective, objective.hessian, at, _TIGHT, near)
        except np.linalg.LinAlgError:  # numbers too large for eigenvalues
            return None


def _scipys_newton(objective: Objective, at: Array, starts: Starts) -> Array | None:
    """Where SciPy's trust-exact ends, whose steps are not as long, and may lead to another valley."""
    is_bounded = any(isfinite(end) for start in starts.values() for end in (start.low, start.high))
    if is_bounded or len(at) == 1 or not objective.has_hessian():  # of one variable it may lack a name
        return None
    with np.errstate(all="ignore"):
        try:
            found = _scipys(
                objective, at, jac=True, hess=objective.hessian, method="trust-exact", options={"gtol": _TIGHT}
            )
        except (ValueError, ArithmeticError, np.linalg.LinAlgError):  # numbers too large for its factors
            return None
    return np.asarray(found.x)


def _scipys(*arguments: Any, **options: Any) -> Any:
    """SciPy's minimize, which takes a third of a second to import."""
    from scipy.optimize import minimize  # type: ignore[import-untyped]

    return minimize(*arguments, **options)


def is_close_to_minimum(objective: Objective, at: Array, near: float) -> bool:
    """Whether Newton's step is at most a share of the point, and the Hessian that of a minimum."""
    hessian = objective.hessian(at)
    if np.linalg.eigvalsh(hessian)[0] <= 0:
        return False
    step = np.linalg.norm(np.linalg.solve(hessian, objective(at)[1]))
    return bool(step <= max(near, _CLOSE) * max(1.0, float(np.linalg.norm(at))))


def by_gradients(objective: Objective, at: Array, starts: Starts) -> Array:
    """Where L-BFGS-B ends (Byrd, Lu, Nocedal and Zhu 1995), if the value is lower there."""
    bounds = [(start.low, start.high) for start in starts.values()]
    options = {"maxiter": _ITERATIONS, "maxfun": _ITERATIONS, "ftol": 1e-16, "gtol": 1e-12}
    with np.errstate(all="ignore"):
        found = _scipys(objective, at, jac=True, method="L-BFGS-B", bounds=bounds, options=options)
    return np.asarray(found.x if found.fun < objective(at)[0] else at)


def _by_simplex(objective: Objective, at: Array, starts: Starts) -> Array:
    """Where the method of Nelder and Mead ends, which takes no slopes and no leaps."""
    bounds = [(start.low, start.high) for start in starts.values()]
    options = {"maxfev": 400 * len(at), "xatol": 1e-12, "fatol": 1e-15}
    value: Callable[[Array], float] = lambda point: objective(point)[0]  # noqa: E731
    return np.asarray(_scipys(value, at, method="Nelder-Mead", bounds=bounds, options=options).x)


def in_boxes(objective: Objective, at: Array, starts: Starts) -> Array:
    """Where descents end that stay in a box around where they begin each, so that they cannot leap over a pole."""
    low, high = ends(starts)
    for _ in range(_BOXES):
        away = np.maximum(abs(at), 0.1) / 2
        bounds = [*zip(np.maximum(at - away, low), np.minimum(at + away, high), strict=True)]
        with np.errstate(all="ignore"):
            found = _scipys(objective, at, jac=True, method="L-BFGS-B", bounds=bounds)
        if not found.fun < objective(at)[0]:
            break
        at = found.x
    return at


def ends(starts: Starts) -> tuple[Array, Array]:
    """The lower bounds, and the upper ones."""
    low, high = (np.array([getattr(start, side) for start in starts.values()]) for side in ("low", "high"))
    return low, high


def at_bounds(objective: Objective, at: Array, starts: Starts) -> Array:
    """The point with each variable put at its bound that is as good as there."""
    for place, start in enumerate(starts.values()):
        for bound in (start.low, start.high):
            is_near = isfinite(bound) and abs(bound - at[place]) <= _NEARBY * max(1.0, abs(bound))
            if is_near:
                moved = at.copy()
                moved[place] = bound
                at = moved if objective(moved)[0] <= objective(at)[0] else at
    return at


def is_flat(objective: Objective, at: Array, starts: Starts) -> bool:
    """Whether the slopes are 0 but for rounding, those aside that a bound holds."""
    value, slopes = objective(at)
    held = active(at, slopes, starts)
    free = [slope for name, slope in zip(starts, slopes, strict=True) if name not in held]
    return max(map(abs, free), default=0.0) <= _FLAT * max(1.0, abs(value))


def has_ended(objective: Objective, begin: Array, end: Array, starts: Starts) -> bool:
    """Whether the value rises at last along the way that the descent took, farther and farther out."""
    low, high = ends(starts)
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


def active(end: Array, slopes: Array, starts: Starts) -> list[str]:
    """The variables at a bound that it would go beyond."""
    found = []
    for (name, start), at, slope in zip(starts.items(), end, slopes, strict=True):
        if (at <= start.low and slope > 0) or (at >= start.high and slope < 0):
            found.append(name)
    return found
