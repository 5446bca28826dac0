"""What formats are called, and what is said of tables."""

import polars as pl
import pytest

from autodiff_cli.errors import AutodiffError, in_shell
from autodiff_cli.tables import FileFormat, open_table
from autodiff_cli.tables.base import Table, format_of, misfit, quoted, reading, spoken, taken


@pytest.mark.parametrize(
    ("path", "asked", "expected"),
    [
        ("a/b.csv", "", FileFormat("csv")),
        ("B.CSV.GZ", "", FileFormat("csv", "gz")),
        ("b.tab", "", FileFormat("tsv")),
        ("b.ndjson.zstd", "", FileFormat("jsonl", "zst")),
        ("b.pq", "", FileFormat("parquet")),
        ("b.feather", "", FileFormat("arrow")),
        ("b.txt", "csv", FileFormat("csv")),
        ("-", ".tsv.gz", FileFormat("tsv", "gz")),
    ],
)
def test_a_format_is_known_by_its_ending_or_by_what_is_asked(path: str, asked: str, expected: FileFormat) -> None:
    assert format_of(path, asked) == expected


@pytest.mark.parametrize(("path", "asked"), [("b", ""), ("csv", ""), ("b.txt", ""), ("b.gz", ""), ("b.csv", "xls")])
def test_an_unknown_format_names_the_option_that_helps(path: str, asked: str) -> None:
    with pytest.raises(AutodiffError) as raised:
        format_of(path, asked, "to")
    assert raised.value.message.startswith(f"--to {asked}" if asked else path)
    assert raised.value.advice.worded(in_shell).endswith("; --to names one")


@pytest.mark.parametrize(
    ("dtype", "expected"),
    [
        (pl.Int8(), "whole numbers"),
        (pl.Boolean(), "true and false"),
        (pl.Struct({"a": pl.Int8}), "objects with other keys"),
        (pl.List(pl.Int8), "lists of another kind"),
        (pl.Float64(), "floats"),
        (pl.Float32(), "numbers"),
        (pl.String(), "text"),
        (pl.Date(), "dates"),
    ],
)
def test_a_type_is_spoken_in_words(dtype: pl.DataType, expected: str) -> None:
    assert spoken(dtype) == expected


@pytest.mark.parametrize(
    ("cell", "expected"), [("a", "a"), ("a,b", '"a,b"'), ('a"', '"a"""'), ("a\nb", '"a\nb"'), ("a\tb", "a\tb")]
)
def test_a_cell_is_quoted_where_it_needs_it(cell: str, expected: str) -> None:
    assert quoted(cell, ",") == expected


def test_the_first_cell_that_is_lost_is_named() -> None:
    cells = pl.Series("x", ["1", "a" * 100, "b"])
    error = misfit(cells, pl.Series([False, True, True]), pl.Int64(), lambda row, name: f"row {row}, {name}", "hint")
    assert error.message == f"row 1, x: '{'a' * 60}' does not go into a column of whole numbers"


def test_a_name_with_braces_is_advised_as_it_is() -> None:
    assert taken("{0}", "here").advice.worded(in_shell) == "--prefix f_ adds 'f_{0}' instead"


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (EOFError(), "d.csv.gz is cut off: its gz data has no end"),
        (OSError(5, "Input/output error"), "cannot read d.csv.gz: Input/output error"),
        (KeyError("what a library raises"), "cannot read d.csv.gz: 'what a library raises'"),
        (AutodiffError("as it is"), "as it is"),
    ],
)
def test_whatever_goes_wrong_in_reading_is_said_of_the_file(error: Exception, message: str) -> None:
    with pytest.raises(AutodiffError) as raised, reading("d.csv.gz", "gz"):
        raise error
    assert raised.value.message == message


def test_a_table_is_closed_where_its_block_is_left() -> None:
    closed = []

    class Some(Table):
        def close(self) -> None:
            closed.append(self)

    with pytest.raises(ValueError, match="one"), Some():
        raise ValueError("one")
    assert len(closed) == 1


def test_standard_input_that_is_closed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", None)
    with pytest.raises(AutodiffError, match="standard input is closed"):
        open_table("-", "", FileFormat("csv"))
