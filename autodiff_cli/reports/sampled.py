"""Samples of a result whose inputs are uncertain: rows of normal numbers through the kernel of the expression."""

from collections.abc import Mapping
from math import inf, sqrt
from statistics import NormalDist

from autodiff_cli.columns.vectorize import vectorize  # first: it says what to install where NumPy is missing

# isort: split
import numpy as np

from autodiff_cli.engine.expression import Expression
from autodiff_cli.reports.correlations import Matrix
from autodiff_cli.reports.measured import Measured
from autodiff_cli.reports.moments import Moments, Sampled

ROWS = 100_000
_FEW, _MOST = 20, 300  # variables: of more, correlations by chance stay, and there are no samples
_FEWEST = 1000  # that must have a value: their sigma is known to 2 %
_MIDDLE = (0.15865525393145707, 0.8413447460685429)  # of a normal distribution: from -1 to 1 sigma
_UNSETTLED = 0.05  # of sigma: its standard error, where a few samples have most of the variance

Normals = np.ndarray[tuple[int, int], np.dtype[np.float64]]
Numbers = np.ndarray[tuple[int], np.dtype[np.float64]]


def sample(
    expression: Expression, point: Mapping[str, float], measured: Mapping[str, Measured], factor: Matrix
) -> tuple[Sampled | None, str]:
    """What the samples show, the same ones in every run; or why they show nothing.

    Raises AutodiffError where the expression has no kernel.
    """
    if len(measured) > _MOST:
        return None, f"not sampled: {len(measured)} uncertain variables are too many"
    kernel = vectorize(expression, ())
    with np.errstate(all="ignore"):  # what overflows is infinite
        values, _ = kernel(**{**point, **drawn(measured, factor)})
        return shown(values)


def drawn(measured: Mapping[str, Measured], factor: Matrix) -> dict[str, Numbers]:
    """Rows of the measured numbers, which correlate as the `factor` says."""
    normals, root = _normals(len(measured)), np.asarray(factor)
    if np.any(root != np.eye(len(root))):
        normals = normals @ root.T
    return {name: _sided(one, column) for (name, one), column in zip(measured.items(), normals.T, strict=True)}


def shown(values: Numbers) -> tuple[Sampled | None, str]:
    """What values show, nan where there is none; or why they show nothing."""
    known = values[~np.isnan(values)]
    if len(known) < _FEWEST:
        return None, f"not sampled: {len(known):,} of {ROWS:,} samples have a value"
    moments, error = _moments(known)
    low, high = map(float, np.quantile(known, _MIDDLE, method="inverted_cdf"))
    return Sampled(moments, (low, high), ROWS, ROWS - len(known), error <= _UNSETTLED), ""


def _moments(known: Numbers) -> tuple[Moments, float]:
    """Mean and sigma, and the standard error of sigma as a share of it: sqrt((kurtosis - 1) / 4n).

    The largest number is taken for 1 meanwhile, since squares of tiny and huge ones are no floats.
    """
    if np.isinf(known).any():
        return Moments(float(np.sum(known[np.isinf(known)])), inf), inf
    size = float(np.max(np.abs(known))) or 1.0
    scaled = known / size
    away = scaled - np.mean(scaled)
    away /= float(np.max(np.abs(away))) or 1.0
    variance, fourth = float(np.mean(away**2)), float(np.mean(away**4))
    error = sqrt(max(fourth / variance**2 - 1, 0.0) / (4 * len(known))) if variance else 0.0
    return Moments(float(np.mean(scaled)) * size, float(np.std(scaled)) * size), error


def _normals(columns: int) -> Normals:
    """Rows of normal numbers that are spread evenly: mean 0, variance 1 and no correlation to the last digits.

    A Latin hypercube (McKay, Beckman, Conover 1979): each column has the quantiles of the normal distribution in an
    order of its own. What correlations there are by chance are taken out (Iman and Conover 1982), but of many columns,
    where that takes long.
    """
    random = np.random.default_rng(0)
    quantile = NormalDist().inv_cdf
    lower = np.array([quantile((row + 0.5) / ROWS) for row in range(ROWS // 2)])
    quantiles = np.concatenate([lower, -lower])
    drawn = np.stack([random.permutation(quantiles) for _ in range(columns)], axis=1)
    if columns > _FEW:
        drawn /= np.sqrt(np.mean(quantiles**2))
        return drawn
    chance = np.linalg.cholesky(drawn.T @ drawn / ROWS)
    even: Normals = drawn @ np.linalg.inv(chance).T
    return even


def _sided(one: Measured, normal: Numbers) -> Numbers:
    """Numbers of a measured one: each side has its own uncertainty."""
    return one.value + np.where(normal > 0, one.above, one.below) * normal
