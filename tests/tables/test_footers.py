"""What Parquet and Arrow files say of themselves, against files that say two things or are damaged."""

import io
import os
import sys
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from autodiff_cli.errors import AutodiffError
from autodiff_cli.tables import FileFormat
from autodiff_cli.tables.columns import Columns
from autodiff_cli.tables.footers import DamagedError, arrow_file, messages, parquet_rows

FRAME = pl.DataFrame(
    {
        "x": [i / 2 for i in range(100)],
        "n": [None if i % 7 == 0 else i for i in range(100)],
        "s": [f"t{i % 9}" for i in range(100)],
        "l": [[i] * (i % 3) for i in range(100)],
        "o": [{"a": i} for i in range(100)],
    }
)


@pytest.mark.parametrize("rows", [0, 1, 100])
@pytest.mark.parametrize("compression", ["uncompressed", "zstd"])
def test_the_rows_of_a_footer_are_those_written(tmp_path: Path, rows: int, compression: Any) -> None:
    FRAME.head(rows).write_parquet(tmp_path / "d.parquet", compression=compression, row_group_size=30)
    assert parquet_rows(str(tmp_path / "d.parquet")) == rows
    FRAME.head(rows).write_ipc(tmp_path / "d.arrow", compression=compression, record_batch_size=30)
    assert arrow_file(str(tmp_path / "d.arrow")) == (rows, FRAME.columns)


def stream() -> bytes:
    data = io.BytesIO()
    for_batches = FRAME.select("x", "n", "s")
    for_batches.write_ipc_stream(data)
    return data.getvalue()


def test_the_messages_of_a_stream_have_its_rows() -> None:
    found = list(messages(io.BytesIO(stream())))
    assert sum(message.rows for message in found) == 100


def test_a_stream_in_a_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "d.arrow").write_bytes(stream())
    with Columns(str(tmp_path / "d.arrow"), FileFormat("arrow")) as table:
        assert pl.concat([block.frame for block in table.blocks(["x"])]).equals(FRAME.select("x", "n", "s"))


@pytest.mark.parametrize("cut", [3, 100, -20])
def test_a_stream_that_is_cut_off_is_refused(tmp_path: Path, cut: int) -> None:
    (tmp_path / "d.arrow").write_bytes(stream()[:cut])
    with (
        pytest.raises(AutodiffError, match="cannot read"),
        Columns(str(tmp_path / "d.arrow"), FileFormat("arrow")) as d,
    ):
        list(d.blocks(["x"]))


@pytest.mark.parametrize("format", ["parquet", "arrow"])
def test_a_file_whose_bytes_were_changed_has_all_rows_or_is_refused(tmp_path: Path, format: str) -> None:
    path = tmp_path / f"d.{format}"
    frame = FRAME.select("x", "n", "s")
    write = frame.write_parquet if format == "parquet" else frame.write_ipc
    write(path)
    whole = path.read_bytes()
    for at in range(0, len(whole), max(1, len(whole) // 40)):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0xFC]) + whole[at + 1 :])
        try:
            with Columns(str(path), FileFormat(format)) as table:
                rows = sum(len(block.frame) for block in table.blocks([]))
        except AutodiffError:
            continue
        assert rows == 100


def test_a_footer_that_contradicts_itself_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "d.parquet"
    pl.DataFrame({"x": [1.0] * 60}).write_parquet(path, row_group_size=20)
    whole = path.read_bytes()
    length = int.from_bytes(whole[-8:-4], "little")
    start = len(whole) - 8 - length
    footer = whole[start:-8]
    changed = 0
    for at, byte in enumerate(footer):
        if byte == 40:  # 20 in a zigzag: the rows of a group, or of its column
            path.write_bytes(whole[:start] + footer[:at] + b"\x26" + footer[at + 1 :] + whole[-8:])
            try:
                parquet_rows(str(path))
            except DamagedError:
                changed += 1
    assert changed >= 6


def test_what_a_library_writes_to_standard_error_is_not_shown(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    from autodiff_cli.tables.quiet import hushed

    before = sys.stderr
    with hushed():
        os.write(2, b"thread panicked")
        with hushed():
            print("ours", file=sys.stderr)
    os.write(2, b"after")
    assert sys.stderr is before
    assert "panicked" not in capfd.readouterr().err
