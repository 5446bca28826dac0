"""Which constants fit a table: least squares by the exact Jacobian of the kernel, with errors, as plain data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import fsum, isfinite, nan, sqrt
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from autodiff_cli.columns.vectorize import vectorize
from autodiff_cli.engine.expression import Expression
from autodiff_cli.engine.printer import number_text
from autodiff_cli.errors import AutodiffError, Option, UndefinedError, advice
from autodiff_cli.reports.batch import numbers_of
from autodiff_cli.reports.least_squares import (
    Array,
    Curvature,
    Fitted,
    covariance,
    fitted,
    not_told_apart,
    rank,
)
from autodiff_cli.reports.sharpened import ExactRows, matters, sharpened
from autodiff_cli.reports.starts import Start
from autodiff_cli.reports.status import Status
from autodiff_cli.symbolic.formulas import formula_of, graphs
from autodiff_cli.tables import Table

_STEPS = 3_000  # of a model, beyond which its second derivatives are left out
_CONFIDENCE = 0.95
_RUNAWAY = 1e6  # times its start: a parameter that has gone so far and does not settle runs away
ADDED = ("fitted", "fitted_sigma", "fitted_low", "fitted_high", "residual")


@dataclass(slots=True)
class FitParameter:
    """A parameter that was fitted; without an error where it is at a bound, or the data do not tell it apart."""

    name: str
    value: float
    sigma: float | None
    start: float
    at_bound: bool = False


@dataclass(slots=True)
class FitReport:
    """What a fit comes to."""

    expression: str
    response: str
    parameters: list[FitParameter]
    covariance: dict[str, dict[str, float]]  # empty where there is none
    rows: int
    degrees_of_freedom: int
    sum_of_squares: float
    residual_sd: float | None
    scaled: bool  # whether errors are those of the residuals, and not as given
    evaluations: int
    found: bool
    notes: list[str] = field(default_factory=list)

    @property
    def status(self) -> Status:
        """What it comes to."""
        return Status.OK if self.found else Status.UNDECIDED

    @property
    def correlation(self) -> dict[str, dict[str, float]]:
        """By two names, where both have an error."""
        sigma = {one.name: one.sigma for one in self.parameters if one.sigma}
        return {
            a: {b: self.covariance[a][b] / (sigma[a] * sigma[b]) for b in sigma} for a in sigma if a in self.covariance
        }


class FitData:
    """The rows of a table: its frame, and the columns that are needed as numbers, by what they are called here."""

    def __init__(self, table: Table, needed: Mapping[str, str]) -> None:
        frames, columns = [], {name: [np.empty(0)] for name in needed}
        for block in table.blocks([*dict.fromkeys(needed.values())]):
            frames.append(block.frame)
            for name, source in needed.items():
                columns[name].append(numbers_of(block.inputs[source]))
        self.frame = pl.concat(frames) if frames else pl.DataFrame()
        self.columns: dict[str, Array] = {name: np.concatenate(parts) for name, parts in columns.items()}
        self.rows = max([len(column) for column in self.columns.values()], default=0)
        self.used = np.ones(self.rows, bool)
        for column in self.columns.values():
            self.used &= np.isfinite(column)

    def compute(self, expression: Expression) -> Array:
        """An expression in every row."""
        kernel = vectorize(expression, ())
        with np.errstate(all="ignore"):
            values, _ = kernel(**{name: self.columns[name] for name in kernel.variables})
        found: Array = np.broadcast_to(values, (self.rows,)).astype(float)
        return found


class Model:
    """A model over some rows: its residuals by parameters, their Jacobian and curvature."""

    def __init__(
        self, expression: Expression, names: Sequence[str], fixed: Mapping[str, Any], response: Array, weights: Array
    ) -> None:
        self._names, self._fixed, self._response, self._weights = [*names], dict(fixed), response, weights
        self._kernel = vectorize(expression, self._names)
        self._seconds = _second_kernels(expression, self._names)

    def values(self, parameters: Array, along: Mapping[str, Array] | None = None) -> tuple[Array, Array]:
        """The model in every row, and its Jacobian; or `along` other numbers of its columns."""
        point = dict(zip(self._names, map(float, parameters), strict=True))
        with np.errstate(all="ignore"):
            values, slopes = self._kernel(**(self._fixed | point | dict(along or {})))
        shape = next(iter(along.values())).shape if along else self._response.shape
        columns = [np.broadcast_to(slopes[name], shape) for name in self._names]
        return np.broadcast_to(values, shape), np.column_stack(columns)

    def residuals(self, parameters: Array) -> tuple[Array, Array]:
        """The weighted residuals, and their Jacobian."""
        values, jacobian = self.values(parameters)
        with np.errstate(all="ignore"):
            return (values - self._response) * self._weights, jacobian * self._weights[:, None]

    @property
    def curvature(self) -> Curvature | None:
        """The sum of the residuals times the second derivatives; None where there are no formulas for these."""
        return self._curvature if self._seconds else None

    def _curvature(self, parameters: Array, residuals: Array) -> Array:
        known = self._fixed | dict(zip(self._names, map(float, parameters), strict=True))
        weighted = residuals * self._weights
        found = np.zeros((len(self._names),) * 2)
        for row, kernel in enumerate(self._seconds):
            with np.errstate(all="ignore"):
                _, slopes = kernel(**{name: known[name] for name in kernel.variables})
            for name, column in slopes.items():
                terms = np.broadcast_to(column, weighted.shape) * weighted
                found[row, self._names.index(name)] = fsum(terms) if np.isfinite(terms).all() else nan
        return (found + found.T) / 2


def _second_kernels(expression: Expression, names: Sequence[str]) -> list[Any]:
    """For each first derivative a kernel with its gradient; none where a formula is too long, or there is none."""
    try:
        first, _, _ = graphs(expression, [(name,) for name in names], exact=True)
    except AutodiffError:
        return []
    found = []
    for name in names:
        formula = formula_of(expression, first[name,])
        if len(formula.nodes) > _STEPS:
            return []
        used = {*_used(formula)}
        kept = {variable: node for variable, node in formula.variables.items() if variable in used}
        formula = Expression(formula.source, formula.root, formula.nodes, kept, {}, defaults=formula.defaults)
        found.append(vectorize(formula, [other for other in names if other in kept]))
    return found


def _used(formula: Expression) -> Iterator[str]:
    """The variables that a formula holds."""
    args = {arg for node in formula.nodes for arg in node.args} | {formula.root}
    return (name for name, node in formula.variables.items() if node in args)


class Band(NamedTuple):
    """What was fitted, its error, and between what it lies with the confidence asked for; nan without errors."""

    fitted: Array
    sigma: Array
    low: Array
    high: Array


@dataclass(slots=True)
class FittedModel:
    """A fit with the rows that it is of."""

    report: FitReport
    data: FitData
    model: Model
    parameters: Array
    columns: dict[str, Array]  # of the model, in the rows that are used
    observed: Array  # in the rows that are used
    residuals: Array  # what was observed less what was fitted
    sigmas: Array | None  # of what was observed, as given

    def band(self, confidence: float = _CONFIDENCE, along: Mapping[str, Array] | None = None) -> Band:
        """What the model comes to in every row that is used, or along other numbers of its columns.

        The error is that of the parameters alone, carried to first order: sqrt(j' C j), with a row j of the Jacobian.
        """
        report = self.report
        values, jacobian = self.model.values(self.parameters, along)
        sigma = values * nan
        if report.covariance:
            matrix = np.array([[*row.values()] for row in report.covariance.values()])
            sigma = np.sqrt(np.einsum("ij,jk,ik->i", jacobian, matrix, jacobian))
        away = sigma * _quantile(confidence, report.degrees_of_freedom if report.scaled else None)
        return Band(values, sigma, values - away, values + away)

    def table(self, confidence: float = _CONFIDENCE) -> pl.DataFrame:
        """The rows with what was fitted, its error and band, and the residual; empty where a row was left out."""
        band, used = self.band(confidence), self.data.used
        series = []
        for name, part in zip(ADDED, (*band, self.residuals), strict=True):
            column = np.full(self.data.rows, nan)
            column[used] = part
            series.append(pl.Series(name, column, nan_to_null=True))
        return self.data.frame.with_columns(series)


def _quantile(confidence: float, degrees: int | None) -> float:
    """How many errors a band is wide to each side: by Student's distribution, or the normal one where errors are given.

    >>> round(_quantile(0.95, 7), 4), round(_quantile(0.95, None), 4)
    (2.3646, 1.96)
    """
    from scipy.special import ndtri, stdtrit  # type: ignore[import-untyped]

    share = (1 + confidence) / 2
    return float(ndtri(share) if degrees is None else stdtrit(degrees, share))


def fit(
    expression: Expression,
    response: Expression,
    weight: Expression | None,
    data: FitData,
    starts: Mapping[str, Start],
    fixed: Mapping[str, float],
) -> FittedModel:
    """The parameters of least squares.

    `weight` is the standard deviation of the response, by columns. Raises AutodiffError where rows are too few or a
    standard deviation is none, and UndefinedError where the model has no finite value at the start.
    """
    observed = data.compute(response)
    notes = _left_out(data, "a cell is empty or no number")
    data.used &= np.isfinite(observed)
    notes += _left_out(data, f"{response} has no value", len(notes))
    used, names = data.used, [*starts]
    sigmas = None if weight is None else _sigmas(data, weight)
    rows = int(used.sum())
    if rows < len(names):
        raise _too_few(rows, names)
    columns = {name: data.columns[name][used] for name in expression.variables if name in data.columns}
    if not columns:
        notes.append("the model has no column of the table: it is the same in every row")
    weights = np.ones(rows) if sigmas is None else 1 / sigmas
    model = Model(expression, names, dict(fixed) | columns, observed[used], weights)
    begin = np.array([start.value for start in starts.values()])
    before = _check_start(model, begin, data)
    bounds = np.array([one.low for one in starts.values()]), np.array([one.high for one in starts.values()])
    found = fitted(model.residuals, model.curvature, begin, bounds)
    if found is None:
        raise UndefinedError("no step from the start leads to a finite sum of squares", hint="try another start")
    if matters(found, expression, observed[used], weights):
        all_columns = {name: column[used] for name, column in data.columns.items()}
        exact = ExactRows(expression, response, names, fixed, all_columns, weights)
        found = sharpened(found, exact, model.residuals, model.curvature)
    report = _report(expression, response, found, starts, rows, weight is None)
    report.notes = notes + _failures(found, starts, rows, before)
    residuals = -found.residuals / weights
    return FittedModel(report, data, model, found.parameters, columns, observed[used], residuals, sigmas)


def _sigmas(data: FitData, weight: Expression) -> Array:
    """The standard deviations in the rows that are used. Raises AutodiffError where one is not above 0."""
    sigma = data.compute(weight)
    wrong = data.used & ~(np.isfinite(sigma) & (sigma > 0))
    if wrong.any():
        row = int(wrong.argmax())
        count = int(wrong.sum())
        first = f"{number_text(float(sigma[row]))} in row {row + 1}" + f", and {count - 1:,} more" * (count > 1)
        message = f"--sigma {weight} is not above 0 in every row: {first}"
        raise AutodiffError(message, hint="a standard deviation is above 0")
    found: Array = sigma[data.used]
    return found


def _left_out(data: FitData, why: str, before: int = 0) -> list[str]:
    """The note on rows that are left out."""
    count = data.rows - int(data.used.sum())
    if not count or before:
        return []
    return [f"{count:,} row{'s' * (count > 1)} of {data.rows:,} left out: {why}"]


def _too_few(rows: int, names: Sequence[str]) -> AutodiffError:
    """What to do where there are fewer rows than parameters."""
    if not rows:
        return AutodiffError("no row of the table has a number in every column that is needed")
    are = f"{rows} row{'s' * (rows > 1)} cannot settle {len(names)} parameters"
    return AutodiffError(are, hint=advice("keep some as they are: {0}", Option("fix", names[-1])))


def _check_start(model: Model, begin: Array, data: FitData) -> float:
    """The sum of squares at the start. Raises UndefinedError where the model has no finite value or slope there."""
    values, slopes = model.residuals(begin)
    for what, is_known in (("value", np.isfinite(values)), ("slope", np.isfinite(slopes).all(axis=1))):
        if not is_known.all():
            row = int(np.flatnonzero(data.used)[int((~is_known).argmax())]) + 1
            raise UndefinedError(f"the model has no finite {what} at the start in row {row}", hint="try another start")
    with np.errstate(over="ignore"):
        return fsum(values * values)


def _report(
    expression: Expression,
    response: Expression,
    found: Fitted,
    starts: Mapping[str, Start],
    rows: int,
    scaled: bool,
) -> FitReport:
    names = [*starts]
    free = len(names) - int(found.at_bound.sum())
    degrees, total = rows - free, found.sum_of_squares
    variance = total / degrees if degrees > 0 else nan
    is_found = found.is_fit
    matrix = covariance(found) * (variance if scaled else 1.0) if is_found else np.full((len(names),) * 2, nan)
    parameters = []
    for place, (name, start) in enumerate(starts.items()):
        at_bound = bool(found.at_bound[place])
        square = float(matrix[place, place])
        sigma = sqrt(square) if isfinite(square) and square >= 0 and not at_bound else None
        parameters.append(FitParameter(name, float(found.parameters[place]), sigma, start.value, at_bound))
    has_errors = bool(np.isfinite(matrix).all())
    by_names = {a: dict(zip(names, map(float, row), strict=True)) for a, row in zip(names, matrix, strict=True)}
    return FitReport(
        str(expression),
        str(response),
        parameters,
        by_names if has_errors else {},
        rows,
        degrees,
        total,
        sqrt(variance) if isfinite(variance) else None,
        scaled,
        found.evaluations,
        is_found,
    )


def _failures(found: Fitted, starts: Mapping[str, Start], rows: int, before: float) -> list[str]:
    """What is wrong with a fit, in words; `before` is the sum of squares at the start."""
    names = [*starts]
    notes = _at_bounds(found, names)
    lost = not_told_apart(found, names)
    if runaways := _runaways(found, starts):
        far = ", ".join(runaways)
        notes.append(f"{far}: it runs away, as the sum of squares goes on falling; there is no least one")
    elif len(lost) == 1:
        notes.append(f"the data say nothing of {lost[0]}: no residual depends on it here")
    elif lost:
        notes.append(f"the data do not tell {', '.join(lost)} apart: they may move together while no residual does")
    elif not found.minimum:
        notes.append("it ends at a saddle of the sum of squares, which is no fit; try another start")
    elif not found.settled:
        notes.append("the steps do not settle: the parameters go on moving as the sum of squares falls")
    if found.start is not None:
        where = ", ".join([f"{name} = {float(at):.4g}" for name, at in zip(names, found.start, strict=True)])
        notes.append(f"the steps from the start lead to no fit; this one is from a start near it: {where}")
    if not found.is_fit and found.sum_of_squares >= before * (1 - 1e-12):
        notes.append("it is no better than the start: no step from there makes the sum of squares less")
    if rows == len(names) - int(found.at_bound.sum()):
        notes.append("as many parameters as rows: the residuals say nothing of errors")
    return notes


def _at_bounds(found: Fitted, names: Sequence[str]) -> list[str]:
    """The notes on parameters that are at a bound."""
    return [
        f"{name} is at its bound, {number_text(float(value))}: it has no error, and the others are as if it were fixed"
        for name, value, is_at in zip(names, found.parameters, found.at_bound, strict=True)
        if is_at
    ]


def _runaways(found: Fitted, starts: Mapping[str, Start]) -> list[str]:
    """The parameters that are far from their start, without a least sum of squares, each with its number."""
    if found.settled and rank(found) == len(starts):
        return []
    return [
        f"{name} = {float(value):.3g}"
        for (name, start), value in zip(starts.items(), found.parameters, strict=True)
        if abs(value) > _RUNAWAY * max(1.0, abs(start.value))
    ]
