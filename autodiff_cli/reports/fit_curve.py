"""What a picture of a fit shows: the rows, the curve with its band, and the residuals, as plain data."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from autodiff_cli.reports.fit import Band, FitReport, FittedModel
from autodiff_cli.reports.least_squares import Array

_POINTS = 400  # of the curve
_ROOM = 0.03  # of the width of the data, to both sides of them
_DECADES = 2.5  # that positive numbers span, from which an axis is logarithmic


@dataclass(slots=True)
class Axis:
    """What rows are shown along: the one column of the model; of several what was fitted, of none the row."""

    name: str
    at: Array
    logarithmic: bool = False
    diagonal: bool = False  # what was fitted


@dataclass(slots=True)
class FitCurve:
    """The rows, and the curve with its band along the axis."""

    report: FitReport
    axis: Axis
    confidence: float
    observed: Array
    residuals: Array
    sigmas: Array | None  # of what was observed, as given
    xs: Array
    band: Band

    @property
    def has_band(self) -> bool:
        """Whether what was fitted has errors that are a function of what is along the axis."""
        return bool(self.report.covariance) and not self.axis.diagonal


def curve_of(one: FittedModel, confidence: float) -> FitCurve:
    """What to draw of a fit."""
    here = one.band(confidence)
    axis = _axis(one, here)
    xs, band = _along(one, axis, confidence) if len(one.columns) == 1 else _by_rows(axis, here)
    return FitCurve(one.report, axis, confidence, one.observed, one.residuals, one.sigmas, xs, band)


def _axis(one: FittedModel, here: Band) -> Axis:
    if not one.columns:
        return Axis("row", 1.0 + np.flatnonzero(one.data.used).astype(np.float64))
    if len(one.columns) > 1:
        return Axis("fitted", here.fitted, diagonal=True)
    ((name, at),) = one.columns.items()
    return Axis(name, at, logarithmic=_is_logarithmic(at))


def _is_logarithmic(at: Array) -> bool:
    """Whether numbers are spread by factors rather than by steps: over decades, half of them below the middle one."""
    if not at.min() > 0:
        return False
    low, middle, high = np.log10([at.min(), np.median(at), at.max()])
    return bool(high - low > _DECADES and abs(middle - (low + high) / 2) < (high - low) / 4)


def _along(one: FittedModel, axis: Axis, confidence: float) -> tuple[Array, Band]:
    """The curve over the width of the data, and a little more."""
    at = np.log(axis.at) if axis.logarithmic else axis.at
    low, high = float(at.min()), float(at.max())
    room = _ROOM * (high - low)
    xs = np.linspace(low - room, high + room, _POINTS)
    xs = np.exp(xs) if axis.logarithmic else xs
    return xs, one.band(confidence, {axis.name: xs})


def _by_rows(axis: Axis, here: Band) -> tuple[Array, Band]:
    """What was fitted in each row, in their order along the axis."""
    order = np.argsort(axis.at, kind="stable")
    return axis.at[order], Band(*[part[order] for part in here])
