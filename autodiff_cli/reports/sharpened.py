"""A fit whose residuals are near the rounding of floats: its last steps with residuals over balls.

The Hessian of floats will do for a step, since its error only makes the next one necessary; the gradient is a sum of
residuals, and these are differences of what agrees in most digits. Numbers of the table are meant as they are written.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import fsum
from typing import Any

import numpy as np

from autodiff_cli.engine.expression import Expression
from autodiff_cli.exact.balls import available, decimal
from autodiff_cli.reports.least_squares import Array, Curvature, Fitted, Residuals, newton_step

_ROUGH = 1e-4  # of what was observed: residuals above lose no digit that counts
_MOST = 60_000  # rows times steps of the model
_BITS = 192
_STEPS = 12
_STILL = 1e-50  # of a parameter: a step this small is none


def matters(found: Fitted, model: Expression, observed: Array, weights: Array) -> bool:
    """Whether rounding is seen in the residuals, and more digits can be had."""
    is_small = fsum(abs(found.residuals)) <= _ROUGH * fsum(abs(observed * weights))
    is_short = len(observed) * max(len(model.nodes), 1) <= _MOST
    return is_small and is_short and found.minimum and not found.at_bound.any() and available()


class ExactRows:
    """A model and a response in every row, over balls."""

    def __init__(
        self,
        model: Expression,
        response: Expression,
        names: Sequence[str],
        fixed: Mapping[str, float],
        columns: Mapping[str, Array],
        weights: Array,
    ) -> None:
        from autodiff_cli.exact.ball_graph import BallGraph

        self._variables = [model.variables[name] for name in names]
        numbers = {name: decimal(repr(float(data))) for name, data in fixed.items()}
        self._model = BallGraph(model, {model.variables[name]: at for name, at in numbers.items()}, _BITS)
        self._root = model.root
        self._rows = _rows(model, columns)
        of_response = BallGraph(response, {}, _BITS)
        self._observed = [of_response.values(row)[response.root] for row in _rows(response, columns)]
        self._weights = [*map(float, weights)]

    def moved(self, point: Sequence[Any], step: Array) -> list[Any]:
        """A point after a step."""
        from flint import arb

        with self._model.balls:
            return [arb((at + float(part)).mid()) for at, part in zip(point, step, strict=True)]

    def residuals(self, parameters: Sequence[Any]) -> list[Any]:
        """The weighted residuals, as balls. Raises ArithmeticError where one has no value."""
        point = dict(zip(self._variables, parameters, strict=True))
        rows = self._rows or [{}] * len(self._observed)
        with self._model.balls:
            fitted = [self._model.values(row | point)[self._root] for row in rows]
            return [*map(_residual, fitted, self._observed, self._weights)]


def _residual(fitted: Any, observed: Any, weight: float) -> Any:
    """A weighted residual, as a ball. Raises ArithmeticError where it is not known."""
    from flint import arb

    from autodiff_cli.exact.far import is_finite

    if not (is_finite(fitted) and is_finite(observed)):
        raise ArithmeticError("no finite value")
    return (arb(fitted) - arb(observed)) * weight


def _as_floats(exact: Sequence[Any]) -> Array:
    """Balls as floats; 0 where a ball holds it."""
    return np.array([0.0 if ball.contains(0) else float(ball) for ball in exact])


def _rows(expression: Expression, columns: Mapping[str, Array]) -> list[dict[Any, Any]]:
    """The numbers of the variables of an expression in every row."""
    used = {expression.variables[name]: columns[name] for name in expression.variables if name in columns}
    texts = [map(decimal, map(repr, column.tolist())) for column in used.values()]
    return [dict(zip(used, row, strict=True)) for row in zip(*texts, strict=True)]


def sharpened(found: Fitted, rows: ExactRows, residuals: Residuals, curvature: Curvature | None) -> Fitted:
    """The same fit, its parameters and residuals to the last digit; as it was where the steps do not settle."""
    from flint import arb

    point = [*map(arb, map(float, found.parameters))]
    free = np.ones(len(point), bool)
    try:
        values = first = _as_floats(rows.residuals(point))
        for _ in range(_STEPS):
            parameters = np.array([*map(float, point)])
            step, _ = newton_step(parameters, values, residuals(parameters)[1], curvature, free)
            if step is None:
                return found
            point = rows.moved(point, step)
            values = _as_floats(rows.residuals(point))
            if np.all(abs(step) <= _STILL * abs(parameters)):
                break
    except ArithmeticError:
        return found
    if fsum(values * values) > fsum(first * first):
        return found
    parameters = np.array([*map(float, point)])
    return replace(found, parameters=parameters, residuals=values, jacobian=residuals(parameters)[1])
