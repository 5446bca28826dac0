"""What Arrow files and streams say of themselves, against files of every type and such as are damaged."""

import io
import struct
from contextlib import suppress
from datetime import date, time, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from autodiff_cli.errors import AutodiffError
from autodiff_cli.tables import FileFormat
from autodiff_cli.tables.columns import Columns
from autodiff_cli.tables.flat import FlatTable
from autodiff_cli.tables.footers import DamagedError
from autodiff_cli.tables.messages import arrow_contents, stream_messages

FRAME = pl.DataFrame(
    {
        "x": [i / 2 for i in range(100)],
        "n": [None if i % 7 == 0 else i for i in range(100)],
        "s": [f"t{i % 9}" for i in range(100)],
        "l": [[i] * (i % 3) for i in range(100)],
        "o": [{"a": i} for i in range(100)],
    }
)
KINDS = FRAME.with_columns(
    pl.col("n").cast(pl.Int8).alias("small"),
    pl.col("n").cast(pl.Float32).alias("half as wide"),
    (pl.col("n") > 5).alias("yes"),
    pl.col("n").cast(pl.String).cast(pl.Categorical).alias("one of some"),
    pl.col("s").cast(pl.Binary).alias("bytes"),
    pl.col("n").cast(pl.Decimal(10, 2)).alias("exact"),
    pl.lit(date(2020, 1, 2)).alias("day"),
    pl.lit(time(1, 2)).alias("time"),
    pl.lit(timedelta(1)).alias("long"),
    pl.col("n").reshape((100, 1)).alias("pair"),
    pl.lit(None).alias("nothing"),
)


@pytest.mark.parametrize("rows", [0, 1, 100])
@pytest.mark.parametrize("compression", ["uncompressed", "zstd", "lz4"])
@pytest.mark.parametrize("level", [0, 1])
def test_the_contents_of_a_file_are_those_written(tmp_path: Path, rows: int, compression: Any, level: int) -> None:
    path, frame = tmp_path / "d.arrow", KINDS.head(rows)
    frame.write_ipc(
        path, compression=compression, record_batch_size=30, compat_level=pl.CompatLevel._with_version(level)
    )
    said = arrow_contents(str(path))
    assert (said.rows, said.names) == (rows, frame.columns)
    counted = {*frame.columns} - {"nothing", "one of some"} if rows else ()
    assert said.missing == {name: frame[name].null_count() for name in counted}


def stream() -> bytes:
    data = io.BytesIO()
    for_batches = FRAME.select("x", "n", "s")
    for_batches.write_ipc_stream(data)
    return data.getvalue()


def test_the_messages_of_a_stream_have_its_rows() -> None:
    found = list(stream_messages(io.BytesIO(stream())))
    assert sum(message.contents.rows for message in found) == 100


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


def test_a_batch_of_another_length_than_the_footer_says_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "d.arrow"
    pl.DataFrame({"x": [1.0, 2.0]}).write_ipc(path)
    assert arrow_contents(str(path)).rows == 2
    data = path.read_bytes()
    (length,) = struct.unpack("<i", data[-10:-6])
    footer = FlatTable.root(data[-10 - length : -10])
    offset, metadata, body = footer.structs(3, "<qi4xq")[0]
    there, other = (struct.pack("<qi4xq", offset, metadata, size) for size in (body, body - 8))
    assert data.count(there) == 1
    path.write_bytes(data.replace(there, other))
    with pytest.raises(DamagedError, match="not as long as its footer says"):
        arrow_contents(str(path))


def file_of(path: Path, **columns: Any) -> bytes:
    pl.DataFrame(columns).write_ipc(path, compression="uncompressed")
    return path.read_bytes()


def refusal(path: Path) -> str:
    """What is said of a table that cannot be read."""
    with pytest.raises(AutodiffError) as found, Columns(str(path), FileFormat("arrow")) as table:
        list(table.blocks([]))
    return found.value.message


def test_a_column_with_other_missing_cells_than_it_says_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "d.arrow"
    data = file_of(path, x=[None, 1.0, 2.0] * 3)
    node = struct.pack("<qq", 9, 3)
    assert data.count(node) == 1
    path.write_bytes(data.replace(node, struct.pack("<qq", 9, 2)))
    assert refusal(path).endswith("column 'x' says 2 of its cells are missing, and 3 are")


@pytest.mark.parametrize(
    ("cells", "missing", "message"),
    [
        (8, 0, "a column of 9 rows says it has 8"),
        (9, 10, "a column of 9 rows says it has 9, and 10 missing"),
        (2**50, 0, "a column has 72 bytes"),
    ],
)
def test_a_column_that_says_what_its_bytes_cannot_be_is_refused(
    tmp_path: Path, cells: int, missing: int, message: str
) -> None:
    path = tmp_path / "d.arrow"
    node = struct.pack("<qq", 9, 0)
    data = file_of(path, x=[1.0] * 9)
    assert data.count(node) >= 1
    path.write_bytes(data.replace(node, struct.pack("<qq", cells, missing)))
    assert message in refusal(path)


def test_a_packed_column_of_impossible_length_is_refused_before_it_takes_memory(tmp_path: Path) -> None:
    path = tmp_path / "d.arrow"
    pl.DataFrame({"x": [1.0] * 1000}).write_ipc(path, compression="zstd")
    data, length = path.read_bytes(), struct.pack("<q", 8000)
    assert data.count(length) == 1
    path.write_bytes(data.replace(length, struct.pack("<q", 2**61)))
    assert "bytes says it has 2,305,843,009,213,693,952" in refusal(path)


def test_any_byte_of_what_a_file_says_may_be_changed_and_nothing_else_goes_wrong(tmp_path: Path) -> None:
    path = tmp_path / "d.arrow"
    FRAME.head(3).write_ipc(path, compression="uncompressed")
    whole = path.read_bytes()
    for at in range(len(whole)):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0xF1]) + whole[at + 1 :])
        with suppress(DamagedError):
            arrow_contents(str(path))


def test_a_message_of_another_kind_in_a_stream_is_refused(tmp_path: Path) -> None:
    data = stream()
    batch = data.index(b"\xff\xff\xff\xff", 4)
    kind = batch + 8 + FlatTable.root(data[batch + 8 :])._field(1)
    assert data[kind] == 3
    path = tmp_path / "d.arrow"
    path.write_bytes(data[:kind] + b"\x04" + data[kind + 1 :])
    assert refusal(path).endswith("a message of it cannot be read")


def test_lz4_that_is_cut_off_within_its_buffer_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "d.arrow"
    pl.DataFrame({"x": [1.0] * 1000}).write_ipc(path, compression="lz4")
    data = path.read_bytes()
    start = data.index(b"\x04\x22\x4d\x18")
    (size,) = struct.unpack_from("<I", data, start + 7)
    path.write_bytes(data[: start + 7] + struct.pack("<I", size - 1) + data[start + 11 :])
    assert refusal(path).endswith("a column cannot be unpacked")


def test_a_name_that_does_not_end_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "d.arrow"
    data = file_of(path, speed=[1.0])
    assert b"speed\0" in data
    path.write_bytes(data.replace(b"speed\0", b"speedy"))
    with pytest.raises(AutodiffError):
        Columns(str(path), FileFormat("arrow"))
