"""An expression over the rows of tables: block by block, with what is wrong in each row counted by reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from math import isfinite
from typing import NamedTuple

import numpy as np
import polars as pl

from autodiff_cli.columns.vectorize import vectorize
from autodiff_cli.engine.expression import Expression
from autodiff_cli.errors import AutodiffError, UndefinedError
from autodiff_cli.reports.point import report_of, selected_rows
from autodiff_cli.reports.results import Verdict
from autodiff_cli.reports.status import Status
from autodiff_cli.rules.table import CONSTANTS
from autodiff_cli.tables import RowBlock, Table
from autodiff_cli.tables.base import spoken
from autodiff_cli.tables.conversion import KEPT
from autodiff_cli.tables.objects import Objects

_SHOWN = 5  # cells and rows that are named
_NEAR = 1e-9  # relative: nearer than that a row's gradient and the same one by `eval` must be
_ROUNDING = 1e-12  # of the largest number on the way, which may cancel out

Numbers = np.ndarray[tuple[int], np.dtype[np.float64]]
Mask = np.ndarray[tuple[int], np.dtype[np.bool_]]


class Invalid(StrEnum):
    """What becomes of a row that has no value."""

    NULL = "null"  # its cells are empty
    NAN = "nan"  # its cells are NaN
    SKIP = "skip"  # it is left out
    FAIL = "fail"  # it ends the run


@dataclass(slots=True)
class Reason:
    """Why rows have no value: how many, and where the first one is."""

    count: int
    first: str


@dataclass(slots=True)
class Summary:
    """What a run found out."""

    rows: int = 0
    seconds: float = 0.0
    invalid: dict[str, Reason] = field(default_factory=dict)  # rows without a value, or without a gradient
    infinite: dict[str, Reason] = field(default_factory=dict)  # rows with an infinite one
    cells: list[str] = field(default_factory=list)  # the first that are no numbers
    checked: Counter[Verdict] = field(default_factory=Counter)
    mismatches: list[str] = field(default_factory=list)

    @property
    def status(self) -> Status:
        """What the run comes to."""
        return Status.MISMATCH if self.checked[Verdict.MISMATCH] else Status.OK


class _DrawnRow(NamedTuple):
    """A row that is drawn for the witness; those with the smallest keys stay."""

    key: float
    row: int
    point: dict[str, float]
    results: list[float]


class _RowFault(NamedTuple):
    """Why some rows have no value, and the error where that ends the run."""

    reason: str
    rows: Mask
    error: type[AutodiffError]

    @property
    def first_row(self) -> int:
        """The place of the first row."""
        return int(self.rows.argmax())


class _RowFaults:
    """Rows without a value or a gradient. Each counts for the first reason that is found."""

    def __init__(self, rows: int) -> None:
        self.settled: Mask = np.zeros(rows, bool)
        self.found: list[_RowFault] = []

    def add(self, reason: str, rows: Mask, error: type[AutodiffError] = AutodiffError) -> None:
        """These rows, as far as they have no reason yet."""
        rows = rows & ~self.settled
        if rows.any():
            self.found.append(_RowFault(reason, rows, error))
            np.logical_or(self.settled, rows, out=self.settled)


class Batch:
    """An expression made ready for tables.

    Each of its variables is a column of theirs (`columns`, by variable) or the same in every row (`fixed`).
    """

    def __init__(
        self,
        expression: Expression,
        columns: dict[str, str],
        fixed: dict[str, float],
        wrt: Sequence[str] = (),
        prefix: str = "",
        invalid: Invalid = Invalid.NULL,
        check: int = 0,
    ) -> None:
        self.summary = Summary()
        self.columns = columns
        self._expression, self.fixed = expression, fixed
        self._kernel = vectorize(expression, wrt or None)
        self.names = [f"{prefix}value", *[f"{prefix}gradient_{name}" for name in self._kernel.wrt]]
        self._words = ["value", *[f"gradient by {name}" for name in self._kernel.wrt]]
        self._invalid = invalid
        self._check = check
        self._random = np.random.default_rng(0)
        self._samples: list[_DrawnRow] = []
        self._limit = 1.0

    # --- rows ------------------------------------------------------------------------------------------------------

    def frames(
        self, tables: Iterable[Table], tick: Callable[[int, float | None], None], typed: bool = True
    ) -> Iterator[pl.DataFrame]:
        """The rows of the tables with the value and the gradient, and after each block a call of `tick`.

        The tables must have the same columns, of the same types if they are to be `typed`. Raises AutodiffError where
        they have not, or where one cannot be read.
        """
        schema = _Schema(typed)
        needed = list(dict.fromkeys(self.columns.values()))
        for table in tables:
            for block in table.blocks(needed):
                yield schema.fitted(self._with_results(block), table.name)
                tick(self.summary.rows, table.fraction())

    def _with_results(self, block: RowBlock) -> pl.DataFrame:
        columns = [self._column(name, block) for name in self._kernel.variables]
        out = [np.empty(len(block.frame)) for _ in self.names]
        keep: Mask | None = None
        if self._kernel.into(columns, out):
            with np.errstate(invalid="ignore"):
                keep = self._judge(block, columns, out)
        if self._check:
            self._draw(columns, out, keep)
        self.summary.rows += len(block.frame)
        return self._joined(block.frame, out, keep)

    def _joined(self, frame: pl.DataFrame, out: Sequence[Numbers], keep: Mask | None) -> pl.DataFrame:
        """The rows with their results; those that are not to be kept are empty, NaN, or left out."""
        invalid = self._invalid if keep is not None else None
        empty = invalid is Invalid.NULL
        made = [pl.Series(name, one, nan_to_null=empty) for name, one in zip(self.names, out, strict=True)]
        frame = frame.with_columns(made)
        return frame.filter(pl.Series(keep)) if invalid is Invalid.SKIP else frame

    def _column(self, name: str, block: RowBlock) -> Numbers | float:
        """What a variable is: numbers, NaN where a cell has none, or one number."""
        if name in self.fixed:
            return self.fixed[name]
        column = self.columns[name]
        cells = block.inputs[column]
        if block.text and cells.null_count():
            cells = block.text(column)
        return _numbers(cells)

    # --- rows without a value --------------------------------------------------------------------------------------

    def _judge(self, block: RowBlock, columns: list[Numbers | float], out: list[Numbers]) -> Mask | None:
        """Count the rows without a value by reason, and make their results NaN. The rows that have all of theirs."""
        findings = _RowFaults(len(out[0]))
        inputs = zip(self._kernel.variables, columns, strict=True)
        for name, column in inputs:
            if isinstance(column, np.ndarray) and not np.isfinite(column).all():
                self._judge_cells(block, self.columns[name], column, findings)
        self._judge_steps(columns, findings)
        for one in out:
            one[findings.settled] = np.nan
        for words, one in zip(self._words, out, strict=True):
            findings.add(f"the {words} is undefined", np.isnan(one), UndefinedError)
        self._count(block, findings.found, out)
        return ~findings.settled if findings.settled.any() else None

    def _count(self, block: RowBlock, found: Sequence[_RowFault], out: Sequence[Numbers]) -> None:
        """Count the rows of each reason. Raises AutodiffError for the first row where one is to end the run."""
        if found and self._invalid is Invalid.FAIL:
            first = min(found, key=lambda finding: finding.first_row)
            raise first.error(f"{block.place(first.first_row, '')}: {first.reason}")
        for finding in found:
            _count(self.summary.invalid, finding.reason, finding.rows, block)
        for name, one in zip(self.names, out, strict=True):
            _count(self.summary.infinite, name, np.isinf(one), block)

    def _judge_cells(self, block: RowBlock, name: str, column: Numbers, findings: _RowFaults) -> None:
        """The cells of a column that are no finite numbers."""
        cells = block.text(name) if block.text else block.inputs[name]
        if cells.dtype != pl.String:
            findings.add(f"{name} is missing", _mask(cells.is_null()))
        else:
            blank = cells.is_null() | (cells.str.strip_chars() == "")
            findings.add(f"{name} is missing", _mask(blank))
            wrong = np.isnan(column) & ~_matches(cells, r"(?i)^\s*[+-]?nan\s*$")
            self._name_cells(block, name, cells, wrong & ~findings.settled)
            findings.add(f"{name} is no number", wrong)
            findings.add(f"{name} is too large for a float", np.isinf(column) & ~_matches(cells, "(?i)inf"))
        findings.add(f"{name} is nan", np.isnan(column))

    def _judge_steps(self, columns: list[Numbers | float], findings: _RowFaults) -> None:
        """The steps of the expression that have no value."""
        if not findings.settled.all():
            codes, reasons = self._kernel.reasons(columns)
            for code, reason in enumerate(reasons, 1):
                findings.add(reason, codes == code, UndefinedError)

    def _name_cells(self, block: RowBlock, column: str, cells: pl.Series, wrong: Mask) -> None:
        for row in np.flatnonzero(wrong)[: _SHOWN - len(self.summary.cells)]:
            self.summary.cells.append(f"{block.place(int(row), column)}: '{cells[int(row)][:60]}' is no number")

    # --- the witness -----------------------------------------------------------------------------------------------

    def _draw(self, columns: list[Numbers | float], out: list[Numbers], keep: Mask | None) -> None:
        """Draw rows for the witness, each with the same chance: those with the smallest random keys."""
        keys = self._random.random(len(out[0]))
        keys = np.where(keep, keys, 1.0) if keep is not None else keys
        chosen = np.flatnonzero(keys < self._limit)
        for row in chosen[np.argsort(keys[chosen])][: self._check]:
            numbers = [_cell(column, row) for column in columns]
            if all(map(isfinite, numbers)):
                point = dict(zip(self._kernel.variables, numbers, strict=True))
                results = [float(one[row]) for one in out]
                self._samples.append(_DrawnRow(float(keys[row]), self.summary.rows + int(row) + 1, point, results))
        if len(self._samples) > self._check:
            self._samples = sorted(self._samples)[: self._check]
            self._limit = self._samples[-1].key

    def check(self, tick: Callable[[int, int], None]) -> None:
        """Ask the witness about the rows that were drawn."""
        for done, sample in enumerate(sorted(self._samples, key=lambda one: one.row)):
            verdict, what = self._verdict(sample)
            self.summary.checked[verdict] += 1
            if verdict is Verdict.MISMATCH and len(self.summary.mismatches) < _SHOWN:
                self.summary.mismatches.append(f"row {sample.row}: {what}")
            tick(done + 1, min(self._check, len(self._samples)))

    def _verdict(self, sample: _DrawnRow) -> tuple[Verdict, str]:
        """The worst verdict of a row, whose gradient must be the one that `eval` has; of a mismatch, what differs.

        Where the numbers are as near as rounding on the way allows, and yet others than those of `eval`, it is unsure.
        """
        try:
            with self._expression.at(sample.point) as at:
                report = report_of(at, list(selected_rows(at, self._kernel.wrt)))
                passed = [abs(number) for node in at.nodes for number in (node.data, node.grad)]
        except AutodiffError as error:
            return Verdict.MISMATCH, f"value {sample.results[0]!r}, and eval says: {error.message}"
        rounding = _ROUNDING * max(filter(isfinite, passed), default=0.0)
        theirs = [report.value, *[row.gradient for row in report.rows]]
        for words, our, their in zip(self._words, sample.results, theirs, strict=True):
            if not _agree(our, their, rounding):
                return Verdict.MISMATCH, f"{words} {our!r}, and eval has {their!r}"
        if not all([_agree(our, their, 0.0) for our, their in zip(sample.results, theirs, strict=True)]):  # noqa: C419
            return Verdict.UNSURE, ""
        if not report.rows:
            return Verdict.OK, ""
        worst = max(report.rows, key=lambda row: row.verdict.severity)
        return worst.verdict, f"gradient by {worst.name} {worst.gradient!r}, and finite differences {worst.estimate!r}"


class _Schema:
    """The columns of the first frame, which those after it must have."""

    def __init__(self, typed: bool) -> None:
        self._typed = typed
        self._types: dict[str, pl.DataType] = {}
        self._first = ""

    def fitted(self, frame: pl.DataFrame, table: str) -> pl.DataFrame:
        """The frame, its columns in order. Raises AutodiffError where one has another type."""
        kept = [name for name in frame.columns if name.startswith(KEPT)]
        if not self._types:
            self._types = dict(frame.drop(kept).schema)
            self._first = table
        if self._typed:
            self._check_types(frame, table)
        return frame.select([*self._types, *kept])

    def _check_types(self, frame: pl.DataFrame, table: str) -> None:
        for name, dtype in self._types.items():
            other = frame.schema[name]
            if other != dtype:
                what = f"column '{name}' holds {spoken(dtype)} in {self._first}, and {spoken(other)} in {table}"
                raise AutodiffError(what, hint="-o FOLDER/ makes one output for each file")


def _agree(our: float, their: float, rounding: float) -> bool:
    """Whether two numbers are the same but for rounding; nan is nan."""
    if our != our:
        return their != their
    return our == their or abs(our - their) <= _NEAR * abs(their) + rounding


def _cell(column: Numbers | float, row: int) -> float:
    """What a variable is in a row."""
    return float(column[row]) if isinstance(column, np.ndarray) else column


def _numbers(cells: pl.Series) -> Numbers:
    """Cells as floats; NaN where there is none."""
    made = cells.cast(pl.Float64, strict=False)
    if cells.dtype == pl.String and made.null_count() > cells.null_count():
        made = made.fill_null(cells.str.strip_chars().cast(pl.Float64, strict=False))
    array: Numbers = (made.fill_null(np.nan) if made.null_count() else made).to_numpy()
    return array


def _mask(cells: pl.Series) -> Mask:
    made: Mask = cells.fill_null(True).to_numpy()
    return made


def _matches(cells: pl.Series, pattern: str) -> Mask:
    return _mask(cells.str.contains(pattern).fill_null(False))


def _count(reasons: dict[str, Reason], reason: str, rows: Mask, block: RowBlock) -> None:
    if not rows.any():
        return
    if reason not in reasons:
        reasons[reason] = Reason(0, block.place(int(rows.argmax()), ""))
    reasons[reason].count += int(rows.sum())


def same_columns(tables: Sequence[Table]) -> None:
    """Raise AutodiffError unless the tables have the same columns; where all can be, rows are passed on as lines."""
    first, *others = tables
    lines = first.lines
    for table in others:
        _check_columns(first, table)
        _check_columns(table, first)
        in_order = isinstance(first, Objects) or [*table.columns] == [*first.columns]
        lines &= in_order and table.lines
    for table in tables:
        table.lines = lines


def _check_columns(table: Table, other: Table) -> None:
    lacking = [name for name in table.columns if name not in other.columns]
    if lacking:
        raise AutodiffError(
            f"{table.name} has a column '{lacking[0]}', and {other.name} has none",
            hint="for one output the columns must be the same; -o FOLDER/ makes one output for each file",
        )


def shadowed(expression: Expression, columns: Iterable[str]) -> list[str]:
    """Notes on columns that are named as a constant is."""
    constants = CONSTANTS.keys() & expression.variables.keys()
    found = filter(constants.__contains__, columns)
    return [f"'{name}' is the column, not the constant" for name in found]
