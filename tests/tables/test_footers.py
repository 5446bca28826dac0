"""What Parquet files say of themselves, against files that say two things or are damaged."""

import math
import struct
import zlib
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from autodiff_cli.errors import AutodiffError
from autodiff_cli.tables import FileFormat
from autodiff_cli.tables.columns import Columns
from autodiff_cli.tables.footers import DamagedError, SealedPage, _sealed_pages, check_sealed, parquet_contents

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
@pytest.mark.parametrize("compression", ["uncompressed", "zstd", "snappy"])
def test_the_contents_of_a_footer_are_those_written(tmp_path: Path, rows: int, compression: Any) -> None:
    FRAME.head(rows).write_parquet(tmp_path / "d.parquet", compression=compression, row_group_size=30)
    said = parquet_contents(str(tmp_path / "d.parquet"))
    assert (said.rows, said.names) == (rows, FRAME.columns)
    assert said.missing == {name: FRAME[name].head(rows).null_count() for name in ("x", "n", "s") if rows}


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
                parquet_contents(str(path))
            except DamagedError:
                changed += 1
    assert changed >= 6


def zigzag(number: int) -> bytes:
    """A small whole number as Thrift writes it."""
    return bytes([2 * number])


def refusal(path: Path) -> str:
    """What is said of a table that cannot be read."""
    with pytest.raises(AutodiffError) as found, Columns(str(path), FileFormat(path.suffix[1:])) as table:
        list(table.blocks([]))
    return found.value.message


def test_a_column_with_other_missing_cells_than_it_says_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "d.parquet"
    pl.DataFrame({"x": [None, 1.0] * 9}).write_parquet(path, compression="uncompressed")
    whole = path.read_bytes()
    assert whole.count(b"\x36" + zigzag(9)) >= 2  # of the page and of the column: field 3 of the statistics
    path.write_bytes(whole.replace(b"\x36" + zigzag(9), b"\x36" + zigzag(8)))
    assert refusal(path).endswith("column 'x' says 8 of its cells are missing, and 9 are")


def test_a_page_with_other_cells_than_its_column_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "d.parquet"
    pl.DataFrame({"x": [1.0] * 21}).write_parquet(path, compression="uncompressed", statistics=False)
    whole = path.read_bytes()
    start = whole.index(b"\x15" + zigzag(21))  # field 1 of the header of a data page
    path.write_bytes(whole[:start] + b"\x15" + zigzag(20) + whole[start + 2 :])
    with pytest.raises(DamagedError):
        parquet_contents(str(path))


def test_a_long_footer_is_read_as_any_other(tmp_path: Path) -> None:
    path = tmp_path / "d.parquet"
    wide = pl.DataFrame({f"{'long' * 1000}{place}": [1.0, None, 2.0] for place in range(400)})
    wide.write_parquet(path, row_group_size=1)
    assert int.from_bytes(path.read_bytes()[-8:-4], "little") > 4_000_000
    assert parquet_contents(str(path)).missing == dict.fromkeys(wide.columns, 1)


def test_a_page_of_less_than_no_cells_is_refused_before_it_takes_memory(tmp_path: Path) -> None:
    path = tmp_path / "d.parquet"
    pl.DataFrame({"x": [1.0] * 21}).write_parquet(path, compression="uncompressed", statistics=False)
    whole = path.read_bytes()
    start = whole.index(b"\x15" + zigzag(21))
    path.write_bytes(whole[:start] + b"\x15\x03" + whole[start + 2 :])  # -2
    assert "-2 cells" in refusal(path)


def test_gzip_that_cannot_be_unpacked_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "d.parquet"
    pl.DataFrame({"x": [i / 7 for i in range(99)]}).write_parquet(path, compression="gzip")
    sealed = parquet_contents(str(path)).sealed
    assert sealed
    with Columns(str(path), FileFormat("parquet")) as table:
        assert sum(len(block.frame) for block in table.blocks([])) == 99
    data = bytearray(path.read_bytes())
    data[sealed[-1].at + sealed[-1].length - 5] ^= 1  # of the checksum at the end
    path.write_bytes(data)
    assert refusal(path).endswith("a page cannot be unpacked")


def test_a_page_whose_checksum_is_another_is_refused(tmp_path: Path) -> None:
    cells = struct.pack("<2d", 1.5, -2.5)
    field = [b"\x15" + zigzag(number) for number in (0, len(cells), len(cells))]  # its kind and lengths
    checksum, crc = b"\x15", zlib.crc32(cells)
    number = 2 * (2**32 - crc) - 1 if crc >> 31 else 2 * crc
    while number > 127:
        checksum, number = checksum + bytes([number & 127 | 128]), number >> 7
    header = b"".join([*field, checksum + bytes([number]), b"\x1c\x15" + zigzag(2), b"\0\0"])
    path = tmp_path / "page"
    path.write_bytes(b"PAR1" + header + cells)
    with open(path, "rb") as file:
        pages = list(_sealed_pages(file, {4: 0, 5: 2, 9: 4}, 4 + len(header) + len(cells), range(2)))
    assert pages == [SealedPage(4 + len(header), len(cells), pages[0].checksum, None, range(2))]
    assert (pages[0].checksum or 0) & 0xFFFFFFFF == crc
    check_sealed(str(path), pages)
    path.write_bytes(b"PAR1" + header + cells[:-1] + b"\0")
    with pytest.raises(DamagedError, match="checksum"):
        check_sealed(str(path), pages)


def test_a_column_of_two_types_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "d.parquet"
    pl.DataFrame({"day": [date(2020, 1, 2)]}).write_parquet(path)
    whole = path.read_bytes()
    both = b"\x25" + zigzag(6) + b"\x4c\x6c\0\0"  # the old type of a date and the new one
    assert whole.count(both) == 1
    path.write_bytes(whole.replace(both, b"\x25" + zigzag(6) + b"\x4c\x5c\0\0"))
    assert refusal(path).endswith("it says two things of the type of a column")


def test_a_number_beyond_those_that_a_column_says_it_has_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "d.parquet"
    pl.DataFrame({"x": [1.5, float("nan"), -2.0], "n": [None, 7, -7]}).write_parquet(path, compression="uncompressed")
    assert parquet_contents(str(path)).bounds == {"x": (-2.0, 1.5), "n": (-7, 7)}
    whole = path.read_bytes()
    cells = struct.pack("<3d", 1.5, math.nan, -2.0)
    assert whole.count(cells) == 1
    path.write_bytes(whole.replace(cells, struct.pack("<3d", 1.75, math.nan, -2.0)))
    assert "'x' says its numbers are from -2.0 to 1.5" in refusal(path)
