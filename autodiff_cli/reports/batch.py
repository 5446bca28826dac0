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
from autodiff_cli.reports.point import report_at
from autodiff_cli.reports.results import Verdict
from autodiff_cli.reports.status import Status
from autodiff_cli.rules.table import CONSTANTS
from autodiff_cli.tables import Block, Table
from autodiff_cli.tables.numbers import KEPT
from autodiff_cli.tables.objects import Objects
from autodiff_cli.tables.table import spoken

_SHOWN = 5  # cells and rows that are named
_NEAR = 1e-9  # relative: nearer than that a row's gradient and the same one by `eval` must be
_ROUNDING = 1e-12  # of the largest number on the way, which may cancel out
_SEVERITY = [*(Verdict.MISMATCH, Verdict.SINGULAR, Verdict.KINK, Verdict.UNSURE, Verdict.OK)]

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


class _Sample(NamedTuple):
    key: float
    row: int
    point: dict[str, float]
    results: list[float]


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
        self._invalid = invalid
        self._check = check
        self._random = np.random.default_rng(0)
        self._samples: list[_Sample] = []
        self._limit = 1.0

    def frames(
        self, tables: Iterable[Table], tick: Callable[[int, float | None], None], typed: bool = True
    ) -> Iterator[pl.DataFrame]:
        """The rows of the tables with the value and the gradient, and after each block a call of `tick`.

        The tables must have the same columns, of the same types if they are to be `typed`. Raises AutodiffError where
        they have not, or where one cannot be read.
        """
        schema: dict[str, pl.DataType] = {}
        first = ""
        for table in tables:
            for block in table.blocks(list(dict.fromkeys(self.columns.values()))):
                frame = self._with_results(block)
                names = [name for name in frame.columns if not name.startswith(KEPT)]
                if not schema:
                    schema, first = {name: frame.schema[name] for name in names}, table.name
                elif names != list(schema):
                    frame = frame.select([*schema, *[name for name in frame.columns if name not in schema]])
                for name in schema if typed else ():
                    if (dtype := frame.schema[name]) != schema[name]:
                        raise AutodiffError(
                            f"column '{name}' holds {spoken(schema[name])} in {first}, "
                            f"and {spoken(dtype)} in {table.name}",
                            hint="-o FOLDER/ makes one output for each file",
                        )
                yield frame
                tick(self.summary.rows, table.fraction())

    def check(self, tick: Callable[[int, int], None]) -> None:
        """Ask the witness about the rows that were drawn."""
        for done, sample in enumerate(sorted(self._samples, key=lambda one: one.row)):
            verdict = self._verdict(sample)
            self.summary.checked[verdict] += 1
            tick(done + 1, min(self._check, len(self._samples)))

    def _verdict(self, sample: _Sample) -> Verdict:
        """The worst verdict of a row, whose gradient must be the one that `eval` has there."""
        note = self.summary.mismatches.append if len(self.summary.mismatches) < _SHOWN else lambda _: None
        try:
            report = report_at(self._expression, sample.point, self._kernel.wrt)
        except AutodiffError as error:
            note(f"row {sample.row}: value {sample.results[0]!r}, and eval says: {error.message}")
            return Verdict.MISMATCH
        names = ["value", *[f"gradient by {row.name}" for row in report.rows]]
        theirs = [report.value, *[row.gradient for row in report.rows]]
        passed = [abs(number) for node in self._expression.nodes for number in (node.data, node.grad)]
        rounding = _ROUNDING * max(filter(isfinite, passed), default=0.0)
        for name, our, their in zip(names, sample.results, theirs, strict=True):
            if our == their or (our != our and their != their):
                continue
            if not abs(our - their) <= _NEAR * abs(their) + rounding:
                note(f"row {sample.row}: {name} {our!r}, and eval has {their!r}")
                return Verdict.MISMATCH
        worst = min([row.verdict for row in report.rows], key=_SEVERITY.index, default=Verdict.OK)
        if worst is Verdict.MISMATCH:
            row = next(row for row in report.rows if row.verdict is worst)
            note(f"row {sample.row}: gradient by {row.name} {row.gradient!r}, and finite differences {row.estimate!r}")
        return worst

    def _with_results(self, block: Block) -> pl.DataFrame:
        rows = len(block.frame)
        columns: list[Numbers | float] = []
        for name in self._kernel.variables:
            if name in self.fixed:
                columns.append(self.fixed[name])
                continue
            cells = block.inputs[self.columns[name]]
            if block.text and cells.null_count():
                cells = block.text(self.columns[name])
            columns.append(_numbers(cells))
        out = [np.empty(rows) for _ in self.names]
        keep: Mask | None = None
        if self._kernel.into(columns, out):
            with np.errstate(invalid="ignore"):
                keep = self._judge(block, columns, out)
        if self._check:
            self._draw(columns, out, keep)
        self.summary.rows += rows
        empty = self._invalid is Invalid.NULL and keep is not None
        made = [pl.Series(name, one, nan_to_null=empty) for name, one in zip(self.names, out, strict=True)]
        frame = block.frame.with_columns(made)
        return frame.filter(pl.Series(keep)) if keep is not None and self._invalid is Invalid.SKIP else frame

    def _judge(self, block: Block, columns: list[Numbers | float], out: list[Numbers]) -> Mask | None:
        """Count the rows without a value by reason, and make their results NaN. The rows that have all of theirs."""
        found: list[tuple[str, Mask, type[AutodiffError]]] = []
        settled = np.zeros(len(out[0]), bool)

        def add(reason: str, rows: Mask, error: type[AutodiffError] = AutodiffError) -> None:
            rows = rows & ~settled
            if rows.any():
                found.append((reason, rows, error))
                np.logical_or(settled, rows, out=settled)

        for name, column in zip(self._kernel.variables, columns, strict=True):
            if not isinstance(column, np.ndarray):
                continue
            shown = self.columns[name]
            if np.isfinite(column).all():
                continue
            cells = block.text(shown) if block.text else block.inputs[shown]
            if cells.dtype == pl.String:
                blank = cells.is_null() | (cells.str.strip_chars() == "")
                add(f"{shown} is missing", _mask(blank))
                spelled = _mask(cells.str.contains(r"(?i)^\s*[+-]?nan\s*$").fill_null(False))
                wrong = np.isnan(column) & ~spelled
                self._name_cells(block, shown, cells, wrong & ~settled)
                add(f"{shown} is no number", wrong)
                huge = np.isinf(column) & ~_mask(cells.str.contains(r"(?i)inf").fill_null(False))
                add(f"{shown} is too large for a float", huge)
            else:
                add(f"{shown} is missing", _mask(cells.is_null()))
            add(f"{shown} is nan", np.isnan(column))
        if not settled.all():
            codes, reasons = self._kernel.reasons(columns)
            for code, reason in enumerate(reasons, 1):
                add(reason, codes == code, UndefinedError)
        for one in out:
            one[settled] = np.nan
        undefined = settled.copy()
        for name, one in zip(["value", *[f"gradient by {name}" for name in self._kernel.wrt]], out, strict=True):
            undefined |= np.isnan(one)
            add(f"the {name} is undefined", np.isnan(one), UndefinedError)
        if self._invalid is Invalid.FAIL and found:
            reason, rows, error = min(found, key=lambda one: int(one[1].argmax()))
            raise error(f"{block.place(int(rows.argmax()), '')}: {reason}")
        for reason, rows, _ in found:
            _count(self.summary.invalid, reason, rows, block)
        for name, one in zip(self.names, out, strict=True):
            if (rows := np.isinf(one)).any():
                _count(self.summary.infinite, name, rows, block)
        return ~undefined if undefined.any() else None

    def _name_cells(self, block: Block, column: str, cells: pl.Series, wrong: Mask) -> None:
        for row in np.flatnonzero(wrong)[: _SHOWN - len(self.summary.cells)]:
            self.summary.cells.append(f"{block.place(int(row), column)}: '{cells[int(row)][:60]}' is no number")

    def _draw(self, columns: list[Numbers | float], out: list[Numbers], keep: Mask | None) -> None:
        """Draw rows for the witness, each with the same chance: those with the smallest random keys."""
        keys = self._random.random(len(out[0]))
        keys = np.where(keep, keys, 1.0) if keep is not None else keys
        chosen = np.flatnonzero(keys < self._limit)
        for row in chosen[np.argsort(keys[chosen])][: self._check]:
            numbers = [float(column[row]) if isinstance(column, np.ndarray) else column for column in columns]
            point = dict(zip(self._kernel.variables, numbers, strict=True))
            if all(map(isfinite, numbers)):
                results = [float(one[row]) for one in out]
                self._samples.append(_Sample(float(keys[row]), self.summary.rows + int(row) + 1, point, results))
        if len(self._samples) > self._check:
            self._samples = sorted(self._samples)[: self._check]
            self._limit = self._samples[-1].key


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


def _count(reasons: dict[str, Reason], reason: str, rows: Mask, block: Block) -> None:
    if reason not in reasons:
        reasons[reason] = Reason(0, block.place(int(rows.argmax()), ""))
    reasons[reason].count += int(rows.sum())


def same_columns(tables: Sequence[Table]) -> None:
    """Raise AutodiffError unless the tables have the same columns, in any order."""
    first = tables[0]
    ordered = isinstance(first, Objects) or all(list(table.columns) == list(first.columns) for table in tables)
    lines = ordered and all(table.lines for table in tables)
    for table in tables[1:]:
        for a, b in ((first, table), (table, first)):
            if lacking := [name for name in a.columns if name not in b.columns]:
                raise AutodiffError(
                    f"{a.name} has a column '{lacking[0]}', and {b.name} has none",
                    hint="for one output the columns must be the same; -o FOLDER/ makes one output for each file",
                )
    for table in tables:
        table.lines = lines


def shadowed(expression: Expression, columns: Iterable[str]) -> list[str]:
    """Notes on columns that are named as a constant is."""
    constants = [name for name in columns if name in CONSTANTS and name in expression.variables]
    return [f"'{name}' is the column, not the constant" for name in constants]
