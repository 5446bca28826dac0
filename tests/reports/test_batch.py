"""Rows without a value by reason, and rows held against the witness."""

from collections.abc import Iterator, Sequence
from math import inf, nan
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from autodiff_cli.errors import AutodiffError, UndefinedError
from autodiff_cli.language.parser import parse
from autodiff_cli.render.batch import _lines
from autodiff_cli.reports.batch import Batch, Invalid, _agree, same_columns, shadowed
from autodiff_cli.reports.results import Verdict
from autodiff_cli.reports.status import Status
from autodiff_cli.tables import FileFormat, RowBlock, Table, open_table


class Rows(Table):
    """Blocks of numbers in memory."""

    name = "t"

    def __init__(self, *blocks: dict[str, Sequence[Any]]) -> None:
        self._blocks = [pl.DataFrame(block, strict=False) for block in blocks]
        self.columns = dict(self._blocks[0].schema)

    def blocks(self, needed: Sequence[str]) -> Iterator[RowBlock]:
        for frame in self._blocks:
            yield RowBlock(frame, {name: frame[name] for name in needed}, lambda row, column="": f"t, row {row + 1}")


def run(text: str, *blocks: dict[str, Sequence[Any]], **options: Any) -> tuple[Batch, list[dict[str, Any]]]:
    expression = parse(text, list(blocks[0]))
    batch = Batch(expression, {name: name for name in expression.variables}, {}, **options)
    frames = batch.frames([Rows(*blocks)], lambda rows, share: None)
    return batch, [row for frame in frames for row in frame.to_dicts()]


def reasons(batch: Batch) -> dict[str, tuple[int, str]]:
    return {text: (reason.count, reason.first) for text, reason in batch.summary.invalid.items()}


def test_each_row_counts_for_the_first_reason() -> None:
    batch, _ = run("log(x)*y", {"x": [1.0, None, -1.0, nan, -2.0], "y": [1.0, None, nan, 1.0, 1.0]})
    assert reasons(batch) == {
        "x is missing": (1, "t, row 2"),
        "x is nan": (1, "t, row 4"),
        "y is nan": (1, "t, row 3"),
        "log(x) needs x > 0": (1, "t, row 5"),
    }


@pytest.mark.parametrize(
    ("cell", "reason"),
    [("", "x is missing"), ("abc", "x is no number"), (" NaN", "x is nan"), ("1e999", "x is too large for a float")],
)
def test_cells_of_text_have_reasons_of_their_own(cell: str, reason: str) -> None:
    batch, rows = run("x", {"x": ["1", cell]})
    assert reasons(batch) == {reason: (1, "t, row 2")}
    assert [row["value"] for row in rows] == [1.0, None]
    assert batch.summary.cells == (["t, row 2: 'abc' is no number"] if cell == "abc" else [])


def test_infinite_numbers_are_counted_apart() -> None:
    batch, rows = run("exp(x)", {"x": [1.0, 1000.0]})
    assert not reasons(batch)
    assert {name: reason.count for name, reason in batch.summary.infinite.items()} == {"value": 1, "gradient_x": 1}
    assert rows[1]["value"] == inf


def test_the_earliest_row_ends_the_run() -> None:
    with pytest.raises(AutodiffError, match="t, row 2: log") as raised:
        run("log(x)", {"x": [1.0, -1.0, None]}, invalid=Invalid.FAIL)
    assert type(raised.value) is UndefinedError


def test_rows_without_a_value_are_left_out() -> None:
    _, rows = run("log(x)", {"x": [1.0, -1.0]}, {"x": [-1.0, 1.0]}, invalid=Invalid.SKIP)
    assert [row["value"] for row in rows] == [0.0, 0.0]


def test_the_witness_says_where_a_gradient_is_another(monkeypatch: pytest.MonkeyPatch) -> None:
    batch, _ = run("x^2", {"x": [1.0, 2.0, 3.0]}, check=3)
    batch._samples = [sample._replace(results=[[sample.results[0][0], 7.0]]) for sample in batch._samples]
    batch.check(lambda done, of: None)
    assert batch.summary.status is Status.MISMATCH
    assert batch.summary.mismatches[0] == "row 1: gradient by x 7.0, and eval has 2.0"


def test_rows_that_agree_have_the_verdicts_of_eval() -> None:
    batch, _ = run("abs(x)", {"x": [1.0, 0.0]}, check=5)
    batch.check(lambda done, of: None)
    assert batch.summary.checked == {Verdict.OK: 1, Verdict.KINK: 1}


@pytest.mark.parametrize(
    ("our", "their", "expected"),
    [
        (1.0, 1.0, True),
        (nan, nan, True),
        (inf, inf, True),
        (inf, 1.0, False),
        (nan, 1.0, False),
        (1.0, 1 + 1e-12, True),
    ],
)
def test_numbers_agree_but_for_rounding(our: float, their: float, expected: bool) -> None:
    assert _agree(our, their, 0.0) is expected


def test_other_types_in_a_later_block_are_refused() -> None:
    with pytest.raises(AutodiffError, match="column 'n' holds whole numbers in t, and text in t"):
        run("x", {"x": [1.0], "n": [1]}, {"x": [1.0], "n": ["a"]})


def test_columns_of_later_blocks_are_put_in_order() -> None:
    _, rows = run("x", {"x": [1.0], "n": [1]}, {"n": [2], "x": [2.0]})
    assert [list(row) for row in rows] == [["x", "n", "value", "gradient_x"]] * 2


def tables(tmp_path: Path, *headers: str) -> list[Table]:
    for index, header in enumerate(headers):
        (tmp_path / f"{index}.csv").write_text(f"{header}\n")
    return [open_table(str(tmp_path / f"{index}.csv"), "", FileFormat("csv")) for index in range(len(headers))]


@pytest.mark.parametrize(("second", "lines"), [("x,y", True), ("y,x", False)])
def test_lines_are_passed_on_where_columns_are_in_one_order(tmp_path: Path, second: str, lines: bool) -> None:
    some = tables(tmp_path, "x,y", second)
    same_columns(some)
    assert [table.lines for table in some] == [lines, lines]


@pytest.mark.parametrize("headers", [("x,y", "x"), ("x", "x,y")])
def test_a_column_that_one_table_lacks_is_named(tmp_path: Path, headers: tuple[str, str]) -> None:
    with pytest.raises(AutodiffError, match="has a column 'y', and"):
        same_columns(tables(tmp_path, *headers))


def test_a_column_named_as_a_constant_is_noted() -> None:
    assert shadowed(parse("e*x", ["e", "x"]), ["e", "x", "pi"]) == ["'e' is the column, not the constant"]


def test_a_summary_lists_the_most_frequent_reasons() -> None:
    batch, _ = run("x", {"x": [None, None, "abc", "1"]})
    assert [*_lines(batch.summary)] == [
        "4 rows",
        "3 rows without a value:",
        "  2, first in t, row 1: x is missing",
        "  1 in t, row 3: x is no number",
        "  t, row 3: 'abc' is no number",
    ]
