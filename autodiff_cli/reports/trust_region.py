"""Newton's steps within a radius where the second-order model of a function is trusted.

The step is the exact least point of the model in the ball of that radius, by the eigenvalues of the Hessian (Moré and
Sorensen, Computing a trust region step, 1983); the radius follows how well the model foretold the value (Conn, Gould
and Toint, Trust-Region Methods, 2000, section 6.1). SciPy has the same; its import alone takes longer than all this.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[np.float64]]
Slopes = Callable[[Array], tuple[float, Array]]

_ITERATIONS = 300
_GOOD, _BAD, _NONE = 0.75, 0.25, 0.15  # how much of what was foretold came true
_WIDER, _NARROWER, _WIDEST = 2.0, 0.25, 1e10  # by which a radius grows and shrinks, and the greatest
_ON_EDGE = 0.99  # of the radius: a step that is held by it
_LEAST = 1e-14  # of a point: a step that is too short to matter
_HARD = 1e-12


def newton_within_radius(
    function: Slopes, hessian: Callable[[Array], Array], begin: Array, tight: float, near: float = 0.0
) -> Array:
    """Where the steps end: at a gradient that is `tight`, or where no step makes the value less.

    They end too where Newton's step is a share `near` of the point, and the Hessian there that of a minimum.
    """
    at, radius = begin, max(1.0, float(np.linalg.norm(begin)) / 10)
    value, slopes = function(at)
    second = hessian(at)
    for _ in range(_ITERATIONS):
        if abs(slopes).max() <= tight or not np.isfinite(second).all():
            break
        step = within_radius(slopes, second, radius)
        foretold = -float(slopes @ step + step @ second @ step / 2)
        size = float(np.linalg.norm(step))
        if size < near * max(1.0, float(np.linalg.norm(at))) and size < radius and np.linalg.eigvalsh(second)[0] > 0:
            break
        if not foretold > 0 or size <= _LEAST * max(1.0, float(np.linalg.norm(at))):
            break
        there, slopes_there = function(at + step)
        true = (value - there) / foretold
        if true < _BAD:
            radius *= _NARROWER
        elif true > _GOOD and size > _ON_EDGE * radius:
            radius = min(_WIDER * radius, _WIDEST)
        if true > _NONE:
            at, value, slopes = at + step, there, slopes_there
            second = hessian(at)
    return at


def within_radius(slopes: Array, second: Array, radius: float) -> Array:
    """The step of at most this length to the least value of the model `slopes @ step + step @ second @ step / 2`."""
    eigenvalues, vectors = np.linalg.eigh(second)
    along = vectors.T @ slopes
    least = eigenvalues[0]
    if least > 0:
        step = -along / eigenvalues
        if np.linalg.norm(step) <= radius:
            return np.asarray(vectors @ step)
    size = float(np.linalg.norm(along))
    low, high = max(0.0, -least), max(0.0, -least) + size / radius + _HARD
    for _ in range(100):  # the shift at which the step has the length of the radius, by halving
        shift = (low + high) / 2
        below = eigenvalues + shift
        length = np.linalg.norm(along / np.where(below > 0, below, np.inf)) if (below > 0).all() else np.inf
        low, high = (shift, high) if length > radius else (low, shift)
    below = eigenvalues + high
    step = -along / np.where(below > 0, below, np.inf)
    missing = radius**2 - float(step @ step)
    if least < 0 and missing > _HARD * radius**2:  # the gradient has no part along the least eigenvalue
        step[0] += np.sqrt(missing) * (1.0 if step[0] >= 0 else -1.0)
    return np.asarray(vectors @ step)
