"""What Parquet and Arrow files say of themselves: how many rows they hold, against which those that are read are held.

Sources: parquet.thrift of parquet-format, and the Arrow columnar format's IPC messages in FlatBuffers.
"""

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any

from autodiff_cli.tables.base import opened
from autodiff_cli.tables.thrift import DamagedError as DamagedError
from autodiff_cli.tables.thrift import Struct, read

STREAM = b"\xff\xff\xff\xff"  # begins each message
_MOST = 1 << 22  # bytes of a Parquet footer that is read here: one of more is left to polars
BATCH = 3  # the kind of a message of Arrow that has rows
_REPEATED = 2


# --- Parquet ----------------------------------------------------------------------------------------------------------


def parquet_rows(path: str) -> int | None:
    """How many rows a Parquet file says it has; None where its footer is too long to be read here.

    Raises DamagedError where it says two things: of the whole, of row groups, and of their columns.
    """
    with opened(path) as file:
        begin, end = footer_place(file)
        if end - begin > _MOST:
            return None
        file.seek(begin)
        return _agreed(read(file.read(end - begin)))


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


def _agreed(footer: dict[int, Any]) -> int:
    try:
        flat = _flat_columns(footer[2])
        groups = [(group[3], group[1]) for group in footer.get(4, [])]
        counts = [(rows, chunk[3][5]) for rows, chunks in groups for chunk in chunks if _is_flat(chunk[3], flat)]
        total = int(footer[3])
    except (KeyError, IndexError, TypeError, AttributeError):
        raise DamagedError("its footer cannot be read") from None
    if total != sum([rows for rows, _ in groups]):
        raise DamagedError(f"its footer says {total:,} rows, and its row groups another number")
    for rows, cells in counts:
        if rows != cells:
            raise DamagedError(f"a row group says {rows:,} rows, and one of its columns has {cells:,}")
    return total


def _flat_columns(schema: list[dict[int, Any]]) -> set[bytes]:
    """The columns that have one cell a row."""
    return {one[4] for one in schema[1:] if one.get(3) != _REPEATED}


def _is_flat(column: dict[int, Any], flat: set[bytes]) -> bool:
    path = column[3]
    return len(path) == 1 and path[0] in flat


# --- Arrow ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Message:
    """A message of Arrow: its kind, its bytes as they are, how many rows a batch has, and how long it says it is."""

    kind: int
    data: bytes
    rows: int
    body: int


def arrow_file(path: str) -> tuple[int, list[str]]:
    """How many rows an Arrow file says it has, and the names of its columns.

    Raises DamagedError where its footer or a batch is not what it says.
    """
    with open(path, "rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - 10))
        tail = file.read(10)
        if size < 20 or tail[4:] != b"ARROW1":
            raise DamagedError("it is cut off")
        (length,) = struct.unpack("<i", tail[:4])
        if not 0 < length <= size - 10:
            raise DamagedError("it has no footer")
        file.seek(size - 10 - length)
        try:
            footer = _Flat(file.read(length))
            rows = sum([_rows_at(file, size, *block) for block in footer.blocks(footer.root, 3)])
            return rows, footer.names(1)
        except (struct.error, IndexError):
            raise DamagedError("its footer cannot be read") from None


def _rows_at(file: IO[bytes], size: int, offset: int, metadata: int, body: int) -> int:
    """The rows of a batch, which must lie within the file."""
    if min(offset, metadata, body) < 0 or offset + metadata + body > size:
        raise DamagedError("a batch of rows lies outside of it")
    file.seek(offset)
    message = _message(file)
    if message is None or message.kind != BATCH:
        raise DamagedError("a batch of rows is none")
    if (len(message.data), message.body) != (metadata, body):
        raise DamagedError("a batch of rows is not as long as its footer says")
    return message.rows


def messages(file: IO[bytes]) -> Iterator[Message]:
    """The messages of an Arrow stream, with their bodies. Raises DamagedError where it is cut off."""
    while (found := _message(file, with_body=True)) is not None:
        yield found


def _message(file: IO[bytes], with_body: bool = False) -> Message | None:
    begin = file.read(8)
    if not begin or begin == STREAM + bytes(4):
        return None
    if len(begin) < 8 or begin[:4] != STREAM:
        raise DamagedError("it is cut off")
    (length,) = struct.unpack("<i", begin[4:])
    data = file.read(length) if length > 0 else b""
    if length <= 0 or len(data) < length:
        raise DamagedError("it is cut off")
    try:
        kind, body, rows = _Flat(data).message()
    except (struct.error, IndexError):
        raise DamagedError("a message of it cannot be read") from None
    if body < 0 or rows < 0:
        raise DamagedError("a message of it cannot be read")
    content = file.read(body) if with_body else b""
    if with_body and len(content) < body:
        raise DamagedError("it is cut off")
    return Message(kind, begin + data + content, rows, body)


class _Flat:
    """A FlatBuffer: tables, whose fields are found by offsets."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.root = self._at("<I", 0)

    def message(self) -> tuple[int, int, int]:
        """The kind of a message, the length of its body, and the rows of a batch."""
        kind_at, header_at, body_at = (self._field(self.root, number) for number in (1, 2, 3))
        kind = self._at("<B", kind_at) if kind_at else 0
        body = self._at("<q", body_at) if body_at else 0
        if kind != BATCH or not header_at:
            return kind, body, 0
        rows_at = self._field(self._follow(header_at), 0)
        return kind, body, self._at("<q", rows_at) if rows_at else 0

    def blocks(self, table: int, number: int) -> Iterator[tuple[int, int, int]]:
        """The blocks in a field: where each begins, the length of what is said of it, and of its body."""
        field = self._field(table, number)
        if not field:
            return
        vector = self._follow(field)
        for index in range(self._at("<I", vector)):
            yield struct.unpack_from("<qi4xq", self._data, vector + 4 + 24 * index)

    def names(self, number: int) -> list[str]:
        """The names of the columns in the schema that is a field of the root."""
        fields = self._field(self._follow(self._field(self.root, number)), 1)
        vector = self._follow(fields)
        starts = [vector + 4 + 4 * index for index in range(self._at("<I", vector))]
        return [self._text(self._field(self._follow(start), 0)) for start in starts]

    def _text(self, field: int) -> str:
        if not field:
            return ""
        at = self._follow(field)
        return self._data[at + 4 : at + 4 + self._at("<I", at)].decode(errors="replace")

    def _field(self, table: int, number: int) -> int:
        """Where a field of a table is; 0 where it is not there."""
        offsets = table - self._at("<i", table)
        place = 4 + 2 * number
        if place >= self._at("<H", offsets):
            return 0
        offset = self._at("<H", offsets + place)
        return table + offset if offset else 0

    def _follow(self, at: int) -> int:
        return at + self._at("<I", at)

    def _at(self, kind: str, at: int) -> int:
        if at < 0:
            raise IndexError
        return int(struct.unpack_from(kind, self._data, at)[0])
