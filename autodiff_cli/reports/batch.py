"""An expression over the rows of tables: block by block, with what is wrong in each row counted by reason."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from enum import StrEnum
from math import isfinite
from typing import NamedTuple

import numpy as np
import polars as pl

from autodiff_cli.columns.vectorize import Vectorized, vectorize
from autodiff_cli.engine.expression import Expression
from autodiff_cli.errors import Advice, AutodiffError, Option, UndefinedError, advice
from autodiff_cli.reports.correlations import Matrix
from autodiff_cli.reports.results import Verdict
from autodiff_cli.reports.status import Status
from autodiff_cli.rules.table import CONSTANTS
from autodiff_cli.tables import FileFormat, RowBlock, Table
from autodiff_cli.tables.base import spoken
from autodiff_cli.tables.cells import POINT
from autodiff_cli.tables.conversion import KEPT, floats, vanished
from autodiff_cli.tables.objects import Objects

_CSV = FileFormat("csv")
_MISSING = ("na", "n/a", "#n/a", "null", "none", "missing", ".", "..", "-", "--", "?")  # for no value
_SHOWN = 5  # cells and rows that are named
_NEAR = 1e-9  # relative: nearer than that a row's gradient and the same one by `eval` must be
_EATEN = 1e-14  # relative: farther than that from the exact number a row has lost digits
_ROUNDING = 1e-12  # of the largest number on the way, which may cancel out

Numbers = np.ndarray[tuple[int], np.dtype[np.float64]]
Mask = np.ndarray[tuple[int], np.dtype[np.bool_]]
Places = np.ndarray[tuple[int], np.dtype[np.intp]]


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
    invalid: dict[str, Reason] = field(default_factory=dict)  # rows without a value
    slopeless: dict[str, Reason] = field(default_factory=dict)  # rows with a value and no gradient
    infinite: dict[str, Reason] = field(default_factory=dict)  # rows with an infinite one
    cells: list[str] = field(default_factory=list)  # the first that are no numbers
    remedies: list[Advice] = field(default_factory=list)  # what reads them, where that is plain to see
    checked: Counter[Verdict] = field(default_factory=Counter)
    mismatches: list[str] = field(default_factory=list)
    left_out: int = 0  # rows for which the condition does not hold
    spreadless: dict[str, Reason] = field(default_factory=dict)  # rows without an uncertainty
    mended: int = 0  # rows whose digits rounding had eaten, computed again
    lost: list[str] = field(default_factory=list)  # what of the tables is not passed on

    @property
    def status(self) -> Status:
        """What the run comes to."""
        return Status.MISMATCH if self.checked[Verdict.MISMATCH] else Status.OK

    def add(self, after: Summary) -> None:
        """Add what was found in rows that come after these."""
        self.rows += after.rows
        self.left_out += after.left_out
        self.mended += after.mended
        self.lost += after.lost
        for kind in ("invalid", "slopeless", "spreadless", "infinite"):
            ours = getattr(self, kind)
            for text, reason in getattr(after, kind).items():
                ours.setdefault(text, Reason(0, reason.first)).count += reason.count
        new = [cell for cell in after.cells if cell not in self.cells]
        self.cells += new[: _SHOWN - len(self.cells)]
        for remedy in after.remedies:
            self.advise(remedy)

    def advise(self, remedy: Advice) -> None:
        """Add what reads a cell, unless the same option is named already."""
        if remedy.options not in [one.options for one in self.remedies]:
            self.remedies.append(remedy)


class _DrawnRow(NamedTuple):
    """A row that is drawn for the witness; those with the smallest keys stay."""

    key: float
    row: int
    point: dict[str, float]
    results: list[list[float]]  # of each result


class Counted(NamedTuple):
    """What a run over some tables has found, and the rows that it has drawn."""

    summary: Summary
    drawn: list[_DrawnRow]


class RowSigma(NamedTuple):
    """The uncertainty of a variable in each row: a column, or a number, which may be a share of the value."""

    column: str = ""
    number: float = 0.0
    relative: bool = False


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is wanted of every row, beside its value and gradient."""

    of: tuple[str, ...] = ()  # named steps, in place of the result
    gradient: bool = True
    columns: tuple[str, ...] | None = None  # of the input, which are passed on; all where it is None
    where: Expression | None = None  # which is 0 in rows that are left out
    source: bool = False  # whether a column names the table
    verdicts: bool = False
    exact: bool = False  # whether the arbiter computes every row
    sigmas: Mapping[str, RowSigma] = field(default_factory=dict)  # of variables that are uncertain
    factor: Matrix | None = None  # the triangle of their correlations, in this order, where there are any


ALL = Wanted()


class _Result:
    """Something that is computed for every row: its value and its gradient, and the columns that these are."""

    def __init__(
        self,
        expression: Expression,
        wrt: Sequence[str],
        prefix: str,
        name: str,
        wanted: Wanted,
        threads: int | None,
    ) -> None:
        before = f"{name}_" if name else ""
        self.expression = expression
        self.uncertain = [*filter(expression.variables.__contains__, wanted.sigmas)]
        by = dict.fromkeys(wrt or expression.variables)
        self.kernel = vectorize(expression, [*(by | dict.fromkeys(self.uncertain))], workers=threads)
        self.wrt = tuple(by) if wanted.gradient else ()
        self.sigma = f"{prefix}{name or 'value'}_sigma"
        self.names = [f"{prefix}{name or 'value'}", *[f"{prefix}{before}gradient_{one}" for one in self.wrt]]
        self.verdicts = [f"{prefix}{before}verdict_{one}" for one in self.wrt]
        self._of = f" of {name}" if name else ""
        self.words = [f"value{self._of}", *map(self.gradient_by, self.wrt)]

    def gradient_by(self, name: str) -> str:
        """A gradient in words."""
        return f"gradient{self._of} by {name}"


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


@dataclass(slots=True)
class _Computed:
    """What a result is in some rows: its value and then its gradient."""

    columns: list[Numbers | float]
    out: list[Numbers]
    keep: Mask | None = None  # the rows that have a value, where not all have one
    verdicts: list[list[str | None]] = field(default_factory=list)
    may_lack: bool = False  # whether a number may be missing
    sigma: Numbers | None = None  # the uncertainty of the value


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
        wanted: Wanted = ALL,
        threads: int | None = None,
    ) -> None:
        self.summary = Summary()
        self.columns = columns
        self.fixed = fixed
        self._wanted = wanted
        steps = {name: expression.result(name, wrt) for name in wanted.of} or {"": expression}
        self._results = [_Result(one, wrt, prefix, name, wanted, threads) for name, one in steps.items()]
        self._where = vectorize(wanted.where, (), workers=threads) if wanted.where else None
        self._source = [f"{prefix}source"] if wanted.source else []
        self._invalid = invalid
        self._check = check
        self._seed: int | list[int] = 0
        self._first = 0  # so many numbers are those of the rows before
        self._random: np.random.Generator | None = None  # made when rows are drawn
        self._keys = np.empty(0)  # a random one for each row of a block, by which rows are drawn
        self._counted: dict[str, Mask] = {}  # rows of a block that a result has counted: without a value or gradient
        self._samples: list[_DrawnRow] = []
        self._limit = 1.0

    @property
    def leaves_out(self) -> bool:
        """Whether rows may be missing in the output."""
        return self._where is not None or self._invalid is Invalid.SKIP

    @property
    def names(self) -> list[str]:
        """The columns that are added."""
        added = [*self._source]
        for result in self._results:
            added += [*result.names, *(result.verdicts if self._wanted.verdicts else [])]
            added += [result.sigma] if self._wanted.sigmas else []
        return added

    def apart(self, number: int, columns: dict[str, str], fixed: dict[str, float], first: int = 0) -> Batch:
        """The same for the table of that number alone, from that row on, with counts and a generator of its own."""
        one = copy(self)
        one.summary, one.columns, one.fixed = Summary(), columns, fixed
        one._seed, one._first, one._random = [0, number], first, None
        one._counted, one._samples, one._limit = {}, [], 1.0
        return one

    @property
    def counted(self) -> Counted:
        """What has been found, to be added up elsewhere."""
        return Counted(self.summary, self._samples)

    def add(self, after: Counted) -> None:
        """Add what was found in the next table, wherever that was."""
        rows = self.summary.rows
        drawn = self._samples + [one._replace(row=rows + one.row) for one in after.drawn]
        self._samples = sorted(drawn)[: self._check]
        self.summary.add(after.summary)

    # --- rows ------------------------------------------------------------------------------------------------------

    def frames(
        self, tables: Iterable[Table], tick: Callable[[int, float | None], None], typed: bool = True
    ) -> Iterator[pl.DataFrame]:
        """The rows of the tables with the value and the gradient, and after each block a call of `tick`.

        The tables must have the same columns, of the same types if they are to be `typed`. Raises AutodiffError where
        they have not, or where one cannot be read.
        """
        schema = _Schema(typed)
        of_sigmas = [sigma.column for sigma in self._wanted.sigmas.values() if sigma.column]
        needed = list(dict.fromkeys([*self.columns.values(), *of_sigmas]))
        for table in tables:
            for block in table.blocks(needed):
                yield schema.fitted(self._with_results(self._chosen(block), table), table.name)
                tick(self.summary.rows, table.fraction())
            if table.lost:
                self.summary.lost.append(f"{table.name}: {table.lost}")

    def _chosen(self, block: RowBlock) -> RowBlock:
        """The rows for which the condition holds."""
        if self._check:
            self._random = self._random or np.random.Generator(np.random.PCG64(self._seed).advance(self._first))
            self._keys = self._random.random(len(block.frame))
        if self._where is None:
            return block
        rows = self._holding(self._where, block)
        self.summary.left_out += len(block.frame) - len(rows)
        if len(rows) == len(block.frame):
            return block
        self._keys = self._keys[rows] if self._check else self._keys
        inputs = {name: cells[rows] for name, cells in block.inputs.items()}
        text, place = block.text, block.place
        kept_text = (lambda name: text(name)[rows]) if text else None
        return RowBlock(block.frame[rows], inputs, lambda row, column: place(int(rows[row]), column), kept_text)

    def _holding(self, condition: Vectorized, block: RowBlock) -> Places:
        """The rows for which a condition holds. NaN differs from every number: rows that have one are looked at."""
        columns = [self._column(name, block) for name in condition.variables]
        holds = [np.empty(len(block.frame))]
        doubtful = condition.into(columns, holds)
        rows = np.flatnonzero(holds[0] == 1.0)
        lacking = any(bool(np.isnan(column).any()) for column in columns)
        if not len(rows) or not (doubtful or lacking):
            return rows
        codes, _ = condition.reasons([column[rows] if isinstance(column, np.ndarray) else column for column in columns])
        held: Places = rows[codes == 0]
        return held

    def _with_results(self, block: RowBlock, table: Table) -> pl.DataFrame:
        frame, keep = block.frame, None
        if self._wanted.columns is not None:
            frame = frame.select(_kept(frame.columns, self._wanted.columns))
        if self._source:
            frame = _beside(frame, [pl.repeat(table.name, len(block.frame), eager=True).alias(self._source[0])])
        self._counted = {}
        computed = [self._computed(result, block) for result in self._results]
        if self._check:
            self._draw(computed)
        for result, one in zip(self._results, computed, strict=True):
            frame = self._joined(frame, result, one)
            if one.keep is not None:
                keep = one.keep if keep is None else keep & one.keep
        self.summary.rows += len(block.frame)
        return frame.filter(pl.Series(keep)) if keep is not None and self._invalid is Invalid.SKIP else frame

    def _computed(self, result: _Result, block: RowBlock) -> _Computed:
        """The value and the gradient of some rows; what they have not is NaN."""
        kernel = result.kernel
        columns = [self._column(name, block) for name in kernel.variables]
        out = [np.empty(len(block.frame)) for _ in (0, *kernel.wrt)]
        found = _Computed(columns, out[: len(result.names)])
        doubtful = kernel.into(columns, out)
        found.may_lack = doubtful
        if self._wanted.exact or self._wanted.verdicts:
            self._compute_again(result, found, out)
        if doubtful:
            with np.errstate(invalid="ignore"):
                found.keep = self._judge(result, block, columns, found.out)
        if self._wanted.sigmas:
            found.sigma = self._spread(result, block, columns, out)
        return found

    def _spread(self, result: _Result, block: RowBlock, columns: list[Numbers | float], out: list[Numbers]) -> Numbers:
        """One sigma of the value by the linear rule; NaN, and counted, where a row lacks that of a variable."""
        given = dict(zip(result.kernel.variables, columns, strict=True))
        slopes = dict(zip(result.kernel.wrt, out[1:], strict=True))
        findings = _RowFaults(len(out[0]))
        findings.settled = np.isnan(out[0])
        with np.errstate(invalid="ignore", over="ignore"):
            parts = {}
            for name in result.uncertain:
                sigma = self._sigma(self._wanted.sigmas[name], given[name], block, findings)
                parts[name] = np.where(sigma == 0, 0.0, slopes[name] * sigma)
                findings.add(f"the {result.gradient_by(name)} is undefined", np.isnan(parts[name]))
            total = np.zeros(len(out[0]))
            for part in self._independent(parts):
                total = np.hypot(total, part)
        for finding in findings.found:
            _count(self.summary.spreadless, finding.reason, self._new("spreadless", finding.rows), block)
        total[findings.settled] = np.nan
        _count(self.summary.infinite, result.sigma, np.isinf(total), block)
        return total

    def _independent(self, parts: dict[str, Numbers]) -> Iterable[Numbers]:
        """What contributes to an uncertainty, as numbers that add up as squares: what does not correlate does."""
        factor, names = self._wanted.factor, [*self._wanted.sigmas]
        if factor is None:
            return parts.values()
        rows = [(part, factor[names.index(name)]) for name, part in parts.items()]
        columns = range(len(names))
        return [sum([part * row[column] for part, row in rows if row[column]], np.zeros(1)) for column in columns]

    def _sigma(
        self, wanted: RowSigma, value: Numbers | float, block: RowBlock, findings: _RowFaults
    ) -> Numbers | float:
        """One sigma of a variable in each row."""
        if not wanted.column:
            return wanted.number * np.abs(value) if wanted.relative else wanted.number
        cells = self._cells(wanted.column, block)
        findings.add(f"{wanted.column} is negative", cells < 0)
        findings.add(f"{wanted.column} is no finite number", ~np.isfinite(cells))
        return cells

    def _compute_again(self, result: _Result, found: _Computed, out: list[Numbers]) -> None:
        """Have the arbiter compute every row, as it does for a point."""
        from autodiff_cli.reports.point import report_at

        found.verdicts = [[None] * len(found.out[0]) for _ in result.wrt]
        for row in range(len(found.out[0])):
            numbers = [_cell(column, row) for column in found.columns]
            if not all(map(isfinite, numbers)):
                continue
            point = dict(zip(result.kernel.variables, numbers, strict=True))
            try:
                report = report_at(result.expression, point, result.kernel.wrt)
            except AutodiffError:  # it has no value, which is said where rows are judged
                continue
            by = {one.name: one for one in report.rows}
            numbers = [report.value, *[by[name].gradient for name in result.kernel.wrt]]
            shown = out if self._wanted.sigmas else found.out  # all slopes show in an uncertainty
            self.summary.mended += any(map(_differ, numbers, [one[row] for one in shown]))
            for one, number in zip(out, numbers, strict=True):
                one[row] = number
            found.may_lack |= not all(map(isfinite, numbers))
            for name, verdicts in zip(result.wrt, found.verdicts, strict=True):
                verdicts[row] = str(by[name].verdict)

    def _joined(self, frame: pl.DataFrame, result: _Result, found: _Computed) -> pl.DataFrame:
        """The rows with their results; what they have not is empty or NaN."""
        empty = self._invalid is not Invalid.NAN and found.may_lack
        made = [pl.Series(name, one, nan_to_null=empty) for name, one in zip(result.names, found.out, strict=True)]
        if self._wanted.verdicts:
            words = zip(result.verdicts, found.verdicts, strict=True)
            made += [pl.Series(name, verdicts, pl.String) for name, verdicts in words]
        if found.sigma is not None:
            made.append(pl.Series(result.sigma, found.sigma, nan_to_null=self._invalid is not Invalid.NAN))
        return _beside(frame, made)

    def _column(self, name: str, block: RowBlock) -> Numbers | float:
        """What a variable is: numbers, NaN where a cell has none, or one number."""
        if name in self.fixed:
            return self.fixed[name]
        return self._cells(self.columns[name], block)

    def _cells(self, column: str, block: RowBlock) -> Numbers:
        """A column as numbers, NaN where a cell has none."""
        cells = block.inputs[column]
        if block.text and cells.null_count():
            cells = block.text(column)
        return numbers_of(cells)

    # --- rows without a value --------------------------------------------------------------------------------------

    def _judge(
        self, result: _Result, block: RowBlock, columns: list[Numbers | float], out: list[Numbers]
    ) -> Mask | None:
        """Count the rows without a value by reason, and make their results NaN; the rows that have one.

        A row that has a value and no gradient keeps what it has, and is counted apart.
        """
        findings = _RowFaults(len(out[0]))
        for name, column in zip(result.kernel.variables, columns, strict=True):
            if isinstance(column, np.ndarray) and not np.isfinite(column).all():
                self._judge_cells(block, self.columns[name], column, findings)
        self._judge_steps(result, columns, findings)
        findings.add(f"the {result.words[0]} is undefined", np.isnan(out[0]), UndefinedError)
        self._count(block, findings.found, result, out)
        lacking = findings.settled.copy()
        for one in out:
            one[lacking] = np.nan
        without = _RowFaults(len(out[0]))
        without.settled = findings.settled
        for words, one in zip(result.words[1:], out[1:], strict=True):
            without.add(f"the {words} is undefined", np.isnan(one))
        for finding in without.found:
            _count(self.summary.slopeless, finding.reason, self._new("slopeless", finding.rows), block)
        return ~lacking if lacking.any() else None

    def _count(self, block: RowBlock, found: Sequence[_RowFault], result: _Result, out: Sequence[Numbers]) -> None:
        """Count the rows of each reason. Raises AutodiffError for the first row where one is to end the run."""
        if found and self._invalid is Invalid.FAIL:
            first = min(found, key=lambda finding: finding.first_row)
            raise first.error(f"{block.place(first.first_row, '')}: {first.reason}")
        settled = np.zeros(len(out[0]), bool)
        for finding in found:
            _count(self.summary.invalid, finding.reason, self._new("invalid", finding.rows), block)
            settled |= finding.rows
        for name, one in zip(result.names, out, strict=True):
            _count(self.summary.infinite, name, np.isinf(one) & ~settled, block)

    def _new(self, kind: str, rows: Mask) -> Mask:
        """Those of some rows that no other result has counted, as rows without a value or without a gradient."""
        counted = self._counted.setdefault(kind, np.zeros(len(rows), bool))
        new = rows & ~counted
        counted |= rows
        return new

    def _judge_cells(self, block: RowBlock, name: str, column: Numbers, findings: _RowFaults) -> None:
        """The cells of a column that are no finite numbers."""
        cells = block.text(name) if block.text else block.inputs[name]
        if cells.dtype != pl.String:
            findings.add(f"{name} is missing", _mask(cells.is_null()))
        else:
            blank = cells.is_null() | (cells.str.strip_chars() == "")
            findings.add(f"{name} is missing", _mask(blank))
            findings.add(f"{name} is too small for a float", _mask(vanished(cells, floats(cells))))
            wrong = np.isnan(column) & ~_matches(cells, r"(?i)^\s*[+-]?nan\s*$")
            self._name_cells(block, name, cells, wrong & ~findings.settled)
            findings.add(f"{name} is no number", wrong)
            findings.add(f"{name} is too large for a float", np.isinf(column) & ~_matches(cells, "(?i)inf"))
        findings.add(f"{name} is nan", np.isnan(column))

    def _judge_steps(self, result: _Result, columns: list[Numbers | float], findings: _RowFaults) -> None:
        """The steps of the expression that have no value."""
        if not findings.settled.all():
            codes, reasons = result.kernel.reasons(columns)
            for code, reason in enumerate(reasons, 1):
                findings.add(reason, codes == code, UndefinedError)

    def _name_cells(self, block: RowBlock, column: str, cells: pl.Series, wrong: Mask) -> None:
        for row in np.flatnonzero(wrong)[: _SHOWN - len(self.summary.cells)]:
            marked = cells[int(row)]
            cell = marked.removesuffix(POINT)
            why = ": it has a decimal point" if cell != marked else ""
            line = f"{block.place(int(row), column)}: '{cell[:60]}' is no number{why}"
            if line not in self.summary.cells:  # which another result has named
                self.summary.cells.append(line)
            if found := remedy(cell):
                self.summary.advise(found)

    # --- the witness -----------------------------------------------------------------------------------------------

    def _draw(self, computed: Sequence[_Computed]) -> None:
        """Draw rows for the witness, each with the same chance: those with the smallest random keys."""
        keys = self._keys
        for one in computed:
            keys = np.where(one.keep, keys, 1.0) if one.keep is not None else keys
        chosen = np.flatnonzero(keys < self._limit)
        for row in chosen[np.argsort(keys[chosen])][: self._check]:
            point: dict[str, float] = {}
            for result, one in zip(self._results, computed, strict=True):
                point |= {
                    name: _cell(column, row) for name, column in zip(result.kernel.variables, one.columns, strict=True)
                }
            if all(map(isfinite, point.values())):
                results = [[float(numbers[row]) for numbers in one.out] for one in computed]
                self._samples.append(_DrawnRow(float(keys[row]), self.summary.rows + int(row) + 1, point, results))
        if len(self._samples) > self._check:
            self._samples = sorted(self._samples)[: self._check]
            self._limit = self._samples[-1].key

    def check(self, tick: Callable[[int, int], None]) -> None:
        """Ask the witness about the rows that were drawn."""
        for done, sample in enumerate(sorted(self._samples, key=lambda one: one.row)):
            found = [
                _verdict(result, sample.point, ours) for result, ours in zip(self._results, sample.results, strict=True)
            ]
            verdict, what = max(found, key=lambda one: one[0].severity)
            self.summary.checked[verdict] += 1
            if verdict is Verdict.MISMATCH and len(self.summary.mismatches) < _SHOWN:
                self.summary.mismatches.append(f"row {sample.row}: {what}")
            tick(done + 1, min(self._check, len(self._samples)))


def _verdict(result: _Result, drawn: dict[str, float], ours: Sequence[float]) -> tuple[Verdict, str]:
    """The worst verdict of a row, whose gradient must be the one that `eval` has; of a mismatch, what differs.

    Where the numbers are as near as rounding on the way allows, and yet others than those of `eval`, it is unsure.
    """
    from autodiff_cli.reports.point import report_of, selected_rows

    point = {name: drawn[name] for name in result.kernel.variables}
    try:
        with result.expression.at(point) as at:
            report = report_of(at, list(selected_rows(at, result.wrt or result.kernel.wrt)))
            passed = [abs(number) for node in at.nodes for number in (node.data, node.grad)]
    except AutodiffError as error:
        return Verdict.MISMATCH, f"value {ours[0]!r}, and eval says: {error.message}"
    rounding = _ROUNDING * max(filter(isfinite, passed), default=0.0)
    theirs = [report.value, *[row.gradient for row in report.rows]][: len(ours)]
    for words, our, their in zip(result.words, ours, theirs, strict=True):
        if not _agree(our, their, rounding):
            return Verdict.MISMATCH, f"{words} {our!r}, and eval has {their!r}"
    if not all([_agree(our, their, 0.0) for our, their in zip(ours, theirs, strict=True)]):  # noqa: C419
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
        names = [*self._types, *kept]
        return frame if frame.columns == names else frame[names]

    def _check_types(self, frame: pl.DataFrame, table: str) -> None:
        types = frame.schema  # which is made anew each time
        for name, dtype in self._types.items():
            other = types[name]
            if other != dtype:
                what = f"column '{name}' holds {spoken(dtype)} in {self._first}, and {spoken(other)} in {table}"
                raise AutodiffError(what, hint="-o FOLDER/ makes one output for each file")


def remedy(cell: str) -> Advice | None:
    """What reads a cell that is no number, where it is plainly one of another dialect, or stands for no value.

    >>> from autodiff_cli.errors import in_shell
    >>> remedy("1,5").worded(in_shell), remedy("NA").worded(in_shell), remedy("x")
    ('--decimal , reads 1,5 as 1.5', '--null NA says that NA is no value', None)
    """
    text = cell.strip()
    if re.fullmatch(r"[-+]?\d+,\d+(?:[eE][-+]?\d+)?", text):
        return advice(f"{{0}} reads {text} as {text.replace(',', '.')}", Option("decimal", ","))
    if re.fullmatch(r"[-+]?[\d.]+\s*(?:±|\+/?-)\s*[\d.]+|[-+]?\d*\.\d+\(\d+\)", text):
        return advice(f"{{0}} takes uncertainties from a column of their own; {text} has two numbers", Option("sigma"))
    if text.lower() in _MISSING:
        return advice(f"{{0}} says that {text} is no value", Option("null", text))
    return None


def _beside(frame: pl.DataFrame, columns: Sequence[pl.Series]) -> pl.DataFrame:
    """A frame with more columns; one without any has no rows that they would have to fit."""
    return frame.with_columns(columns) if frame.width else pl.DataFrame(columns)


def _kept(columns: Sequence[str], wanted: Sequence[str]) -> list[str]:
    """The columns of a frame that are wanted, with what is kept of their cells, in the order that is asked for."""
    return [one for name in wanted for one in (name, KEPT + name) if one in columns]


def _differ(exact: float, computed: float) -> bool:
    """Whether rounding has moved a number by more than its last digits."""
    if exact != exact or computed != computed:
        return exact == exact
    if exact == computed:  # infinite ones too, whose difference is NaN
        return False
    return abs(exact - computed) > _EATEN * max(abs(exact), 1e-300)


def _agree(our: float, their: float, rounding: float) -> bool:
    """Whether two numbers are the same but for rounding; nan is nan."""
    if our != our:
        return their != their
    return our == their or abs(our - their) <= _NEAR * abs(their) + rounding


def _cell(column: Numbers | float, row: int) -> float:
    """What a variable is in a row."""
    return float(column[row]) if isinstance(column, np.ndarray) else column


def numbers_of(cells: pl.Series) -> Numbers:
    """Cells as floats; NaN where there is none, and where one would be 0 and is not."""
    made = floats(cells)
    if cells.dtype == pl.String:
        made = made.set(vanished(cells, made), None)
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
        in_order &= table.written_as(_CSV) == first.written_as(_CSV)
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
