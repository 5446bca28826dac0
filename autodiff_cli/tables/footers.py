"""What Parquet files say of themselves: how many rows and missing cells they hold, against which those read are held.

Source: parquet.thrift of parquet-format. What Arrow files say is in `messages`.
"""

import gzip
import os
import struct
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import IO, Any, NamedTuple

from autodiff_cli.tables.base import opened
from autodiff_cli.tables.store import is_object
from autodiff_cli.tables.thrift import DamagedError as DamagedError
from autodiff_cli.tables.thrift import Struct, fields, read, read_fields

DENSEST = 1 << 16  # bytes that no compression makes of less than one: zstd makes 128 kB of three
_REPEATED = 2
_HEADER = 256  # bytes in which the header of a page mostly lies
_DATA, _DICTIONARY, _DATA_2 = 0, 2, 3  # the kinds of pages
_HEADERS = {_DATA: 5, _DICTIONARY: 7, _DATA_2: 8}  # the fields that say more of them
_GZIP, _GZIP_SIGN = 2, b"\x1f\x8b"
_ANY = fields(*range(1, 32))  # of a struct all fields
_NO_CELLS = {1: 0}
_NUMBERS = {1: "<i", 2: "<q", 4: "<f", 5: "<d"}  # types of cells that have no other meaning
_DECIMAL = 5  # a type of cells, in the old way of writing and in the new one
_TYPES = {0: 1, 1: 2, 3: 3, 4: 4, _DECIMAL: _DECIMAL, 6: 6, 7: 7, 8: 7, 9: 8, 10: 8, 19: 12, 20: 13}  # new by old
_TYPES |= dict.fromkeys(range(11, 19), 10)
_CHUNK = {3: fields(1, 3, 4, 5, 9, 11) | {12: fields(3, 5, 6)}}
_FOOTER = {2: fields(3, 4, 5, 6, 7) | {10: _ANY}, 3: {}, 4: {1: _CHUNK, 3: {}}}
_PAGE = fields(1, 2, 3, 4) | {5: fields(1), 7: fields(1), 8: fields(1, 5, 6)}


class SealedPage(NamedTuple):
    """A page whose bytes can be held against a checksum: where it is, where its gzip begins, and its rows."""

    at: int
    length: int
    checksum: int | None
    gzip: int | None
    rows: range


class Contents(NamedTuple):
    """What a file says it holds: rows, how many cells of a column are missing where it says so, names, sealed pages."""

    rows: int
    missing: Mapping[str, int]
    names: Sequence[str] = ()
    bounds: Mapping[str, tuple[float, float]] = MappingProxyType({})  # of the numbers of a column
    sealed: Sequence[SealedPage] = ()


def parquet_contents(path: str) -> Contents:
    """What a Parquet file says it holds.

    Raises DamagedError where it says two things: of the whole, of row groups, of their columns, and of pages.
    """
    is_here = not is_object(path)  # of an object in a store each page would be a request
    with open(path, "rb", buffering=0) if is_here else opened(path) as file:
        begin, end = footer_place(file)
        file.seek(begin)
        try:
            footer, _ = read_fields(file.read(end - begin), _FOOTER)
            groups = [(int(group[3]), [chunk[3] for chunk in group[1]]) for group in footer.get(4, [])]
            total, flat = int(footer[3]), _flat_columns(footer[2])
            _check_types(footer[2])
            _check_rows(total, groups, flat)
            sealed: list[SealedPage] = []
            first = 0
            for rows, chunks in groups:
                for chunk in chunks if is_here else ():
                    sealed += _sealed_pages(file, chunk, begin, range(first, first + rows))
                first += rows
            by_column = _by_column([chunk for _, chunks in groups for chunk in chunks if _is_flat(chunk, flat)])
            plain = {one[4] for one in footer[2] if 6 not in one and 10 not in one}
            bounds = _bounds({name: chunks for name, chunks in by_column.items() if name in plain})
            return Contents(total, _missing(by_column), _names(footer[2]), bounds, sealed)
        except (KeyError, IndexError, TypeError, AttributeError):
            raise DamagedError("its footer cannot be read") from None


def parquet_groups(path: str) -> list[int]:
    """How many rows each row group of a Parquet file has. Raises DamagedError where that cannot be read."""
    with opened(path) as file:
        return [group[3] for group in parquet_footer(file)[4]]


def parquet_footer(file: IO[bytes]) -> Struct:
    """The footer of a Parquet file. Raises DamagedError where there is none."""
    begin, end = footer_place(file)
    file.seek(begin)
    return read(file.read(end - begin))


def footer_place(file: IO[bytes]) -> tuple[int, int]:
    """Where the footer of a Parquet file begins and ends. Raises DamagedError where there is none."""
    size = file.seek(0, os.SEEK_END)
    if size < 12:
        raise DamagedError("it is cut off")
    file.seek(size - 8)
    length, magic = struct.unpack("<I4s", file.read(8))
    if magic != b"PAR1":
        raise DamagedError("it does not end with PAR1")
    if length > size - 12:
        raise DamagedError("it has no footer")
    return size - 8 - length, size - 8


def _names(schema: Sequence[Mapping[int, Any]]) -> list[str]:
    """The names of the columns, without those of their parts."""
    found, parts = [], 0
    for one in schema[1:]:
        if not parts:
            found.append(one[4].decode(errors="replace"))
        parts += one.get(5, 0) - (parts > 0)
    return found


def _flat_columns(schema: Sequence[Mapping[int, Any]]) -> set[bytes]:
    """The columns that have one cell a row."""
    return {one[4] for one in schema[1:] if one.get(3) != _REPEATED}


def _check_types(schema: Iterable[Mapping[int, Any]]) -> None:
    """Raise DamagedError where a column says two things of the type of its cells, of which a reader believes one."""
    for one in schema:
        old, new = one.get(6), one.get(10)
        is_one = new is None or (isinstance(new, dict) and [*map(type, new.values())] == [dict])
        is_same = old is None or new is None or _TYPES.get(old) in (None, *new)
        has_digits = 7 not in one or _DECIMAL in (old, *(new or ()))
        if not (is_one and is_same and has_digits):
            raise DamagedError("it says two things of the type of a column")


def _check_rows(total: int, groups: Sequence[tuple[int, Any]], flat: set[bytes]) -> None:
    if total != sum([rows for rows, _ in groups]):
        raise DamagedError(f"its footer says {total:,} rows, and its row groups another number")
    for rows, chunks in groups:
        for chunk in chunks:
            if _is_flat(chunk, flat) and rows != chunk[5]:
                raise DamagedError(f"a row group says {rows:,} rows, and one of its columns has {chunk[5]:,}")


def _is_flat(chunk: Mapping[int, Any], flat: set[bytes]) -> bool:
    return len(chunk[3]) == 1 and chunk[3][0] in flat


def _by_column(chunks: Iterable[Mapping[int, Any]]) -> dict[bytes, list[Mapping[int, Any]]]:
    """The chunks of each column."""
    found: dict[bytes, list[Mapping[int, Any]]] = {}
    for chunk in chunks:
        found.setdefault(chunk[3][0], []).append(chunk)
    return found


def _missing(columns: Mapping[bytes, Sequence[Mapping[int, Any]]]) -> dict[str, int]:
    """The missing cells of columns where each row group counts them."""
    counts = {name: [chunk.get(12, {}).get(3) for chunk in chunks] for name, chunks in columns.items()}
    return {name.decode(errors="replace"): sum(found) for name, found in counts.items() if None not in found}


def _bounds(columns: Mapping[bytes, Sequence[Mapping[int, Any]]]) -> dict[str, tuple[float, float]]:
    """The smallest and the largest number of columns where each row group says them."""
    made = {}
    for name, chunks in columns.items():
        said = [(_NUMBERS.get(chunk[1], ""), chunk.get(12, {})) for chunk in chunks]
        if all(kind and struct.calcsize(kind) == len(one.get(5, b"")) == len(one.get(6, b"")) for kind, one in said):
            lows, highs = [[struct.unpack(kind, one[field])[0] for kind, one in said] for field in (6, 5)]
            made[name.decode(errors="replace")] = min(lows), max(highs)
    return {name: pair for name, pair in made.items() if pair[0] <= pair[1]}  # and none is NaN


# --- pages ------------------------------------------------------------------------------------------------------------


def check_sealed(path: str, pages: Iterable[SealedPage]) -> None:
    """Raise DamagedError where the bytes of a page are not those of its checksum; polars looks at none of these."""
    with open(path, "rb", buffering=0) as file:
        for page in pages:
            file.seek(page.at)
            data = file.read(page.length)
            if page.checksum is not None and zlib.crc32(data) != page.checksum & 0xFFFFFFFF:
                raise DamagedError("the checksum of a page is not that of its bytes")
            if page.gzip is not None and data.startswith(_GZIP_SIGN, page.gzip):
                _unpack(data[page.gzip :])


def _unpack(data: bytes) -> None:
    try:
        gzip.decompress(data)
    except (OSError, EOFError, zlib.error):
        raise DamagedError("a page cannot be unpacked") from None


def _sealed_pages(file: IO[bytes], chunk: Mapping[int, Any], end: int, rows: range) -> Iterator[SealedPage]:
    """The pages of a chunk that have checksums.

    Raises DamagedError where pages have other cells than the chunk says, or sizes that cannot be.
    """
    at = min(filter(None, (chunk[9], chunk.get(11))), default=0)
    left = int(chunk[5])
    while left > 0:
        page, start = _page(file, at, end)
        at = start + page[3]
        left -= _cells(page)
        is_gzip = chunk.get(4) == _GZIP
        if 4 in page or is_gzip:
            levels = sum([page[8].get(field, 0) for field in (5, 6)]) if 8 in page else 0
            yield SealedPage(start, page[3], page.get(4), levels if is_gzip else None, rows)
    if left:
        raise DamagedError(f"a column says it has {chunk[5]:,} cells, and its pages have {chunk[5] - left:,}")


def _cells(page: Mapping[int, Any]) -> int:
    """How many cells a page has. Raises DamagedError where it has not what it says."""
    unpacked, packed = page[2], page[3]
    about = page[_HEADERS[page[1]]] if page[1] in _HEADERS else _NO_CELLS
    sizes = [about.get(field, 0) for field in (5, 6)] if page[1] == _DATA_2 else []
    is_dictionary = page[1] == _DICTIONARY
    if (
        min(about[1], *sizes, 0) < 0
        or sum(sizes) > packed
        or unpacked > DENSEST * max(packed, 1)
        or (is_dictionary and about[1] > unpacked)
    ):
        raise DamagedError(f"a page of {packed:,} bytes says it has {unpacked:,} and {about[1]:,} cells")
    return 0 if is_dictionary else int(about[1])


def _page(file: IO[bytes], at: int, end: int) -> tuple[Any, int]:
    """The header of a page, and where it ends."""
    length = _HEADER
    while 0 < at < end:
        file.seek(at)
        data = file.read(min(length, end - at))
        try:
            page, used = read_fields(data, _PAGE)
        except IndexError:
            if at + length >= end:
                break
            length *= 16
            continue
        if min(page[2], page[3]) < 0 or at + used + page[3] > end:
            break
        return page, at + used
    raise DamagedError("a page lies outside of it")
