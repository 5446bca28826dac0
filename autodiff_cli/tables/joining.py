"""Tables that were written in parts, made one: to the byte what is written without parts.

Lines of text follow each other. A Parquet file is row groups and what is said of them, with places from its beginning:
the row groups are copied, and what is said is written anew. A part begins and ends where a row group does.
"""

import shutil
import struct
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import IO

from autodiff_cli.errors import AutodiffError
from autodiff_cli.files import whole
from autodiff_cli.tables.base import ERRORS, PIECE, FileFormat, why
from autodiff_cli.tables.footers import parquet_footer
from autodiff_cli.tables.thrift import DamagedError, Struct, read, written

_MAGIC = b"PAR1"


def can_be_joined(format: FileFormat, leaves_out: bool) -> bool:
    """Whether outputs of a format can be written in parts; row groups of rows that are left out run over parts."""
    if format.name == "parquet":
        return not leaves_out
    if format.name == "jsonl":
        return not format.compression
    return format.text and format.compression in ("", "gz", "zst")  # whose frames follow each other


def join(parts: Sequence[str], path: str, format: FileFormat) -> None:
    """Write the table that is in some parts. Raises AutodiffError where that cannot be."""
    try:
        with ExitStack() as opened:
            files = [opened.enter_context(open(part, "rb")) for part in parts]
            target = opened.enter_context(whole(path))
            with open(target, "wb") as file:
                (_join_row_groups if format.name == "parquet" else _join_text)(files, file)
    except ERRORS as error:
        raise AutodiffError(f"cannot write {path}: {why(error)}") from None


def _join_text(files: Sequence[IO[bytes]], target: IO[bytes]) -> None:
    for file in files:
        shutil.copyfileobj(file, target, PIECE)


@dataclass(slots=True)
class _Indexed:
    """A column of a row group that has been copied, and what is said of its pages."""

    column: Struct
    bounds: bytes
    pages: bytes = field(default=b"")


def _join_row_groups(files: Sequence[IO[bytes]], target: IO[bytes]) -> None:
    """After parquet.thrift, in the order of polars: row groups, bounds of pages, places of pages, footer."""
    footers = [parquet_footer(file) for file in files]
    first = footers[0]
    if any(footer[2] != first[2] for footer in footers):
        raise DamagedError("its parts have other columns")
    target.write(_MAGIC)
    indexed: list[_Indexed] = []
    groups = first[4]
    of_parts = [[*footer[4]] for footer in footers]
    groups.clear()
    for file, of_part in zip(files, of_parts, strict=True):
        for group in of_part:
            group[7] = len(groups)
            group[5] = target.tell()
            indexed += [_copied(column, file, target) for column in group[1]]
            groups.append(group)
    for one in indexed:
        _place(one.column, 6, one.bounds, target)
    for one in indexed:
        _place(one.column, 4, one.pages, target)
    first[3] = sum(footer[3] for footer in footers)
    footer = written(first)
    target.write(footer + struct.pack("<I", len(footer)) + _MAGIC)


def _copied(column: Struct, file: IO[bytes], target: IO[bytes]) -> _Indexed:
    """Copy a column of a row group; what is said of it then holds for where it is."""
    said = column[3]
    bounds, pages = _part_of(file, column[6], column[7]), read(_part_of(file, column[4], column[5]))
    begin = said.get(11, said[9])
    moved = target.tell() - begin
    file.seek(begin)
    _copy(file, target, said[7])
    for number in {9, 11} & said.keys():
        said[number] += moved
    for page in pages[1]:
        page[1] += moved
    column[2] += moved
    target.write(written(said))
    return _Indexed(column, bounds, written(pages))


def _place(column: Struct, number: int, data: bytes, target: IO[bytes]) -> None:
    """Write some data, and say in the column where it is and how long."""
    column[number], column[number + 1] = target.tell(), len(data)
    target.write(data)


def _part_of(file: IO[bytes], begin: int, length: int) -> bytes:
    file.seek(begin)
    return file.read(length)


def _copy(file: IO[bytes], target: IO[bytes], length: int) -> None:
    left = length
    while left and (data := file.read(min(left, PIECE))):
        target.write(data)
        left -= len(data)
    if left:
        raise DamagedError("a part of it is cut off")
