"""Parquet and Arrow IPC: what is kept beside a table that comes from a stream is removed."""

import gzip
import io
import os
import tempfile
from pathlib import Path

import polars as pl
import pytest

from autodiff_cli import files
from autodiff_cli.errors import AutodiffError
from autodiff_cli.tables import FileFormat
from autodiff_cli.tables.columns import Columns

FRAME = pl.DataFrame({"x": [1.0, 2.0], "name": ["a", "b"], "day": pl.Series([1, 2]).cast(pl.Date)})


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of temporary files of its own."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture
def packed(tmp_path: Path) -> str:
    """A compressed Parquet file."""
    data = io.BytesIO()
    FRAME.write_parquet(data)
    path = tmp_path / "d.parquet.gz"
    path.write_bytes(gzip.compress(data.getvalue()))
    return str(path)


def test_rows_of_a_compressed_table_are_read(packed: str, temporary: Path) -> None:
    with Columns(packed, FileFormat("parquet", "gz")) as table:
        (block,) = table.blocks(["x"])
        assert block.frame.equals(FRAME)
        assert block.place(1, "x") == f"{packed}, row 2, column 'x'"
        assert len(os.listdir(temporary)) == (0 if os.path.exists("/proc/self/fd") else 1)  # it has no name
    assert os.listdir(temporary) == []


def test_a_table_that_is_forgotten_leaves_nothing(packed: str, temporary: Path) -> None:
    table = Columns(packed, FileFormat("parquet", "gz"))
    assert table.columns["x"] == pl.Float64
    del table
    assert os.listdir(temporary) == []


def test_where_the_run_ends_nothing_is_left(packed: str, temporary: Path) -> None:
    table = Columns(packed, FileFormat("parquet", "gz"))
    files.undo_all()
    assert os.listdir(temporary) == []
    table.close()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (gzip.compress(b"no parquet"), "cannot read "),
        (gzip.compress(b"no parquet" * 9)[:20], "is cut off: its gz data has no end"),
        (b"no gzip", "cannot read "),
    ],
    ids=["packed text", "cut off", "plain text"],
)
def test_a_table_that_cannot_be_read_leaves_nothing(packed: str, temporary: Path, data: bytes, message: str) -> None:
    Path(packed).write_bytes(data)
    with pytest.raises(AutodiffError) as raised:
        Columns(packed, FileFormat("parquet", "gz"))
    assert message in raised.value.message
    assert os.listdir(temporary) == []


def test_a_column_of_days_holds_no_numbers(packed: str, temporary: Path) -> None:
    with (
        Columns(packed, FileFormat("parquet", "gz")) as table,
        pytest.raises(AutodiffError, match="holds dates, not numbers"),
    ):
        next(iter(table.blocks(["day"])))
