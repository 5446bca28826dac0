"""Nonlinear least squares: damped steps from a start, then Newton's with the exact Hessian to the last digit.

The damped steps are those of Levenberg and Marquardt; where they lead to no fit, or parameters have bounds, scipy's
methods take over, and then starts nearby.

S(b) = sum (w_i (f_i(b) - y_i))^2 has the gradient 2 J'r and the Hessian 2 (J'J + sum r_i w_i f_i''). The sums of the
gradient are added up exactly (Shewchuk, in `math.fsum`), so that the steps go on until parameters move by rounding
alone. The covariance is that of the linear model at the end, (J'J)^-1, by a QR decomposition of J with columns of
length 1 (Bates and Watts, Nonlinear Regression Analysis, section 2.2).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import product
from math import fsum, inf, sqrt
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[np.float64]]
Mask = np.ndarray[Any, np.dtype[np.bool_]]
Residuals = Callable[[Array], tuple[Array, Array]]  # of parameters: the residuals, and their Jacobian
Curvature = Callable[[Array, Array], Array]  # of parameters and weighted residuals: sum r_i f_i''

_HUGE = 1e150  # in place of a residual that is not finite: a step there is taken back
_EVALUATIONS = 300  # a method, times parameters
_FEW_EVALUATIONS = 60  # from a start nearby, times parameters
_NEARBY = 24  # starts
_LOST = 6  # of these, that lead nowhere; others will not either
_DAMPING, _MOST_DAMPING = 1e-3, 1e20
_CLOSE = 1e-9  # of the parameters: a step so short is left to Newton's method
_SCALES: tuple[str | float, ...] = ("jac", 1.0)
_METHODS = ("lm", "trf", "dogbox")
_POLISHED = 50  # steps
_RANK = 1e-13  # of columns of length 1: a singular value below is 0 but for rounding
_SETTLED = 1e-7  # of the parameters: a last step that is larger is of a fit that has not settled
_EPSILON = np.finfo(float).eps


@dataclass(slots=True)
class Fitted:
    """Where it ends: parameters, residuals and Jacobian there; whether it settled, and whether at a minimum."""

    parameters: Array
    residuals: Array
    jacobian: Array
    settled: bool
    minimum: bool
    at_bound: Mask  # of each parameter, whether it is at one
    evaluations: int
    start: Array | None = None  # where it began, where that is not the start that was given

    @property
    def is_fit(self) -> bool:
        """Whether it is a minimum that the data single out."""
        return self.settled and self.minimum and rank(self) == len(self.parameters)

    @property
    def sum_of_squares(self) -> float:
        """Of the weighted residuals."""
        return fsum(self.residuals * self.residuals)


def fitted(
    residuals: Residuals, curvature: Curvature | None, start: Array, bounds: tuple[Array, Array]
) -> Fitted | None:
    """The least sum of squares that is found from a start; None where there is no finite one.

    Where that is no fit, some starts near it are tried too.
    """
    guarded = _Guarded(residuals)
    best = _marquardts(guarded, curvature, start, bounds)
    if best and best.is_fit:
        return best
    for method, scale in product(_METHODS, _SCALES):
        end = _descended(guarded, curvature, start, bounds, method, scale, _EVALUATIONS)
        if end and (best is None or _is_better(end, best)):
            best = end
        if best and best.is_fit:
            return best
    return _from_nearby(guarded, curvature, start, bounds) or best


def _marquardts(
    guarded: _Guarded, curvature: Curvature | None, start: Array, bounds: tuple[Array, Array]
) -> Fitted | None:
    """Where damped steps end, and Newton's from there, for parameters without bounds: without scipy to be loaded.

    A step is that of the linear model, with a term that keeps it short by the columns' lengths (Marquardt 1963, More
    1978); how short is ruled by how well the model foretold the last one (Nielsen 1999).
    """
    if np.isfinite(bounds[0]).any() or np.isfinite(bounds[1]).any():
        return None
    with np.errstate(over="ignore", invalid="ignore"):
        point = _damped(guarded, start)
    if not np.isfinite(guarded.values(point)).all() or abs(guarded.values(point)).max() >= _HUGE:
        return None
    end = polished(guarded.residuals, curvature, point, bounds)
    end.evaluations = guarded.count
    return end


def _damped(guarded: _Guarded, point: Array) -> Array:
    """Where damped steps end."""
    scale = np.zeros(len(point))
    damping, growth = _DAMPING, 2.0
    for _ in range(_EVALUATIONS):
        values, jacobian = guarded.values(point), guarded.jacobian(point)
        scale = np.maximum(scale, np.sqrt((jacobian**2).sum(axis=0)))
        step = _damped_step(values, jacobian, np.where(scale > 0, scale, 1.0), damping)
        moved = guarded.values(point + step)
        before, after = _squares(values), _squares(moved)
        foretold = before - _squares(values + jacobian @ step)
        gain = (before - after) / foretold if foretold > 0 else 0.0
        if gain > 0:
            point = point + step
            damping, growth = damping * max(1 / 3, 1 - (2 * gain - 1) ** 3), 2.0
        else:
            damping, growth = damping * growth, 2 * growth
        is_still = bool((abs(step) <= _CLOSE * (abs(point) + _CLOSE)).all())
        if is_still or not 0 < damping < _MOST_DAMPING:
            break
    return point


def _squares(values: Array) -> float:
    """The sum of the squares; infinite beyond the floats."""
    return float(values @ values)


def _damped_step(values: Array, jacobian: Array, lengths: Array, damping: float) -> Array:
    """The step of the linear model, kept short."""
    above = np.vstack([jacobian / lengths, sqrt(damping) * np.eye(len(lengths))])
    step, *_ = np.linalg.lstsq(above, np.concatenate([-values, np.zeros(len(lengths))]), rcond=None)
    found: Array = step / lengths
    return found


def _descended(
    guarded: _Guarded,
    curvature: Curvature | None,
    start: Array,
    bounds: tuple[Array, Array],
    method: str,
    scale: str | float,
    most: int,
) -> Fitted | None:
    """Where a method ends, and Newton's steps from there; None where the sum of squares is not finite."""
    is_bounded = np.isfinite(bounds[0]).any() or np.isfinite(bounds[1]).any()
    if method == "lm" and is_bounded:
        return None
    found = _scipys(guarded, start, bounds, method, scale, most)
    if found is None:
        return None
    end = polished(guarded.residuals, curvature, found, bounds)
    end.evaluations = guarded.count
    return end


def _from_nearby(
    guarded: _Guarded, curvature: Curvature | None, start: Array, bounds: tuple[Array, Array]
) -> Fitted | None:
    """The best fit from starts that are moved by some of their size, farther and farther; None where none leads to one.

    None too where the data do not tell the parameters apart at the start.
    """
    if not guarded.is_regular(start):
        return None
    is_bounded = np.isfinite(bounds[0]).any() or np.isfinite(bounds[1]).any()
    random = np.random.default_rng(0)
    best: Fitted | None = None
    lost = 0
    for count in range(1, _NEARBY + 1):
        move = 0.02 * count * random.standard_normal(len(start))
        begin = np.clip(start + move * np.where(start == 0, 1.0, start), *bounds)
        end = _descended(guarded, curvature, begin, bounds, "trf" if is_bounded else "lm", "jac", _FEW_EVALUATIONS)
        lost += end is None
        if lost > _LOST:
            break
        if end and end.is_fit and (best is None or _is_better(end, best)):
            best = replace(end, start=begin)
    return best


def _is_better(end: Fitted, best: Fitted) -> bool:
    """Whether a fit has settled where another has not, or has a smaller sum."""
    return (end.settled and end.minimum, -end.sum_of_squares) > (best.settled and best.minimum, -best.sum_of_squares)


class _Guarded:
    """Residuals for an optimizer, which takes no infinity; counted."""

    def __init__(self, residuals: Residuals) -> None:
        self.residuals = residuals
        self._last: tuple[Array, Array, Array] | None = None
        self.count = 0

    def _at(self, parameters: Array) -> tuple[Array, Array]:
        if self._last is None or not np.array_equal(self._last[0], parameters):
            self.count += 1
            values, jacobian = self.residuals(parameters)
            self._last = (parameters.copy(), np.nan_to_num(values, nan=_HUGE, posinf=_HUGE, neginf=-_HUGE), jacobian)
        return self._last[1], self._last[2]

    def values(self, parameters: Array) -> Array:
        """The residuals."""
        return self._at(parameters)[0]

    def is_regular(self, parameters: Array) -> bool:
        """Whether all is finite at a point, and the data tell the parameters apart there."""
        values, jacobian = self.residuals(parameters)
        if not (np.isfinite(values).all() and np.isfinite(jacobian).all()):
            return False
        none = np.zeros(len(parameters), bool)
        return rank(Fitted(parameters, values, jacobian, False, False, none, 0)) == len(parameters)

    def jacobian(self, parameters: Array) -> Array:
        """Their Jacobian, 0 where it is not finite."""
        return np.nan_to_num(self._at(parameters)[1], nan=0.0, posinf=0.0, neginf=0.0)


def _scipys(
    guarded: _Guarded, start: Array, bounds: tuple[Array, Array], method: str, scale: str | float, most: int
) -> Array | None:
    """Where one of scipy's methods ends."""
    from scipy.optimize import least_squares  # type: ignore[import-untyped]

    try:
        with np.errstate(all="ignore"):
            found = least_squares(
                guarded.values,
                start,
                guarded.jacobian,
                bounds=(-inf, inf) if method == "lm" else bounds,
                method=method,
                x_scale=scale,
                xtol=4 * _EPSILON,
                ftol=4 * _EPSILON,
                gtol=4 * _EPSILON,
                max_nfev=most * len(start),
            )
    except (ValueError, np.linalg.LinAlgError):
        return None
    if found.status == 0 and most < _EVALUATIONS:
        return None
    end: Array = found.x
    return end if np.isfinite(guarded.values(end)).all() and abs(guarded.values(end)).max() < _HUGE else None


def polished(
    residuals: Residuals, curvature: Curvature | None, parameters: Array, bounds: tuple[Array, Array]
) -> Fitted:
    """Newton's steps with the exact Hessian, of the parameters that are at no bound, as long as they get smaller."""
    values, jacobian = residuals(parameters)
    before, minimum = inf, True
    at_bound = np.zeros(len(parameters), bool)
    for _ in range(_POLISHED):
        uphill = jacobian.T @ values
        at_bound = ((parameters <= bounds[0]) & (uphill > 0)) | ((parameters >= bounds[1]) & (uphill < 0))
        free = ~at_bound
        step, minimum = newton_step(parameters, values, jacobian, curvature, free)
        if step is None:
            break
        size = _size(step, parameters, values, jacobian)
        moved = np.clip(parameters + step, *bounds)
        there, slopes = residuals(moved)
        is_worse = not np.isfinite(there).all() or fsum(there * there) > fsum(values * values) * (1 + 1e-9)
        if is_worse or size >= before:
            break
        parameters, values, jacobian, before = moved, there, slopes, size
    return Fitted(parameters, values, jacobian, before < _SETTLED, minimum, at_bound, 0)


def _size(step: Array, parameters: Array, values: Array, jacobian: Array) -> float:
    """The largest part of a parameter, or of its error where that is larger, that a step moves."""
    lengths = np.sqrt((jacobian**2).sum(axis=0))
    errors = sqrt(fsum(values * values) / len(values)) / np.where(lengths > 0, lengths, inf)
    scale = np.maximum(np.maximum(abs(parameters), errors), 1e-300)
    return float((abs(step) / scale).max(initial=0.0))


def newton_step(
    parameters: Array, values: Array, jacobian: Array, curvature: Curvature | None, free: Mask
) -> tuple[Array | None, bool]:
    """Newton's step, 0 for what is not free; None where there is none. And whether the Hessian is that of a minimum."""
    step = np.zeros_like(parameters)
    if not free.any() or not np.isfinite(jacobian).all():
        return (step, True) if not free.any() else (None, False)
    lengths = np.sqrt((jacobian**2).sum(axis=0))
    lengths[lengths == 0] = 1.0
    scaled = jacobian / lengths
    gradient = np.array([fsum(column * values) for column in scaled.T])
    hessian = scaled.T @ scaled
    if curvature is not None:
        more = curvature(parameters, values) / np.outer(lengths, lengths)
        hessian = hessian + more if np.isfinite(more).all() else hessian
    inner = hessian[np.ix_(free, free)]
    is_minimum = bool(np.linalg.eigvalsh(inner)[0] > -_RANK)
    if not is_minimum:
        inner = (scaled.T @ scaled)[np.ix_(free, free)]
    try:
        step[free] = -np.linalg.solve(inner, gradient[free]) / lengths[free]
    except np.linalg.LinAlgError:
        return None, is_minimum
    return step, is_minimum


def _singular(found: Fitted) -> tuple[Array, Array, Array]:
    """Singular values and right vectors of the Jacobian of what is free, its columns of length 1; and the lengths."""
    jacobian = found.jacobian[:, ~found.at_bound]
    lengths = np.sqrt((jacobian**2).sum(axis=0))
    lengths = np.where(lengths > 0, lengths, 1.0)
    _, values, vectors = np.linalg.svd(jacobian / lengths, full_matrices=False)
    return values, vectors, lengths


def rank(found: Fitted) -> int:
    """How many of the free parameters the data tell apart; those at a bound count."""
    values, _, _ = _singular(found)
    return int((values > _RANK * max(values.max(initial=0.0), 1.0)).sum()) + int(found.at_bound.sum())


def not_told_apart(found: Fitted, names: Sequence[str]) -> list[str]:
    """The parameters that may move together while no residual does."""
    values, vectors, _ = _singular(found)
    free = [name for name, is_at in zip(names, found.at_bound, strict=True) if not is_at]
    lost = vectors[values <= _RANK * max(values.max(initial=0.0), 1.0)]
    return [name for name, parts in zip(free, lost.T, strict=True) if abs(parts).max(initial=0.0) > 1e-6]


def covariance(found: Fitted) -> Array:
    """(J'J)^-1 of the free parameters, 0 for those at a bound; to be multiplied by the variance of the residuals."""
    jacobian = found.jacobian[:, ~found.at_bound]
    lengths = np.sqrt((jacobian**2).sum(axis=0))
    triangle = np.linalg.qr(jacobian / lengths, mode="r")
    inverse = np.linalg.inv(triangle)
    inner = inverse @ inverse.T / np.outer(lengths, lengths)
    whole = np.zeros((len(found.at_bound),) * 2)
    whole[np.ix_(~found.at_bound, ~found.at_bound)] = inner
    return whole


def deviations(found: Fitted, variance: float) -> list[float]:
    """The standard deviations of the parameters."""
    return [sqrt(part * variance) for part in np.diag(covariance(found))]
