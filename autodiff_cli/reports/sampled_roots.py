"""The roots of samples: each row of uncertain values has a root of its own, which Newton's steps follow to it."""

from collections.abc import Mapping

from autodiff_cli.columns.vectorize import (
    Vectorized,
    vectorize,
)  # first: it says what to install where NumPy is missing

# isort: split
import numpy as np

from autodiff_cli.engine.expression import Expression
from autodiff_cli.reports.correlations import Matrix
from autodiff_cli.reports.measured import Measured
from autodiff_cli.reports.moments import Sampled
from autodiff_cli.reports.sampled import Numbers, drawn, shown

_STAGES = 8  # from the values to the sample
_STEPS = 4  # of Newton's, at each stage
_LAST = 30  # at the sample itself
_CLOSE = 1e-9  # of the root: a last step that is smaller has arrived


def sample(
    expression: Expression,
    unknown: str,
    point: Mapping[str, float],
    measured: Mapping[str, Measured],
    factor: Matrix,
) -> tuple[Sampled | None, str]:
    """What the roots of samples show, or why they show nothing. The root at the `point` is followed to each sample.

    Raises AutodiffError where the expression has no kernel.
    """
    kernel = vectorize(expression, (unknown,))
    with np.errstate(all="ignore"):
        return shown(_followed(kernel, unknown, point, measured, drawn(measured, factor)))


def _followed(
    kernel: Vectorized,
    unknown: str,
    point: Mapping[str, float],
    measured: Mapping[str, Measured],
    rows: Mapping[str, Numbers],
) -> Numbers:
    """The root of each row, followed there in stages; nan where Newton's steps arrive nowhere."""
    x = np.full(len(next(iter(rows.values()))), point[unknown])
    for stage in range(1, _STAGES + 1):
        share = stage / _STAGES
        moved = {name: one.value + share * (rows[name] - one.value) for name, one in measured.items()}
        for _ in range(_STEPS if stage < _STAGES else _LAST):
            value, slopes = kernel(**{**point, **moved, unknown: x})
            step = value / slopes[unknown]
            x = x - step
            if not np.any(np.abs(step) > _CLOSE * np.abs(x)):
                break
    has_arrived = np.abs(step) <= _CLOSE * np.maximum(np.abs(x), np.nanmedian(np.abs(x)))
    return np.where(has_arrived, x, np.nan)
