"""What Arrow files and streams say of themselves, held against the bytes that are there, before polars reads them.

A length that damage has made too large would have a reader take all memory, or look for what lies outside of the file.
Sources: the Arrow columnar format (https://arrow.apache.org/docs/format/Columnar.html), in FlatBuffers,
and the LZ4 frame format (https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md).
"""

import os
import struct
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import IO, NamedTuple

from autodiff_cli.tables.flat import FlatTable
from autodiff_cli.tables.footers import DENSEST, Contents, DamagedError

STREAM = b"\xff\xff\xff\xff"  # begins each message
SCHEMA, DICTIONARY, BATCH = 1, 2, 3  # the kinds of messages of Arrow
_DEEPEST = 32
_LONGEST = 1 << 28  # bytes of what is said of a message
_MOST = 1 << 53  # cells of a column
_FIRST = 8  # where the messages of a file begin
_BLOCK = "<qi4xq"  # where a message begins, the length of what is said of it, and of its body
_NULL, _INT, _FLOAT, _DECIMAL, _DATE, _TIME, _INTERVAL = 1, 2, 3, 7, 8, 9, 11
_STRUCT, _UNION, _BYTES, _FIXED_LIST, _MAP, _RUNS = 13, 14, 15, 16, 17, 22
_BITS = {6: 1, 10: 64, 18: 64}  # of booleans, timestamps and durations
_WIDTHS = {_FLOAT: (16, 32, 64), _DATE: (32, 64), _INTERVAL: (32, 64, 128)}  # bits by precision or unit
_DEFAULTS = {_DATE: 1}  # a unit that is not said
_TEXTS = {4: 4, 5: 4, 19: 8, 20: 8}  # kinds with offsets of so many bytes, and data
_LISTS = {12: 4, _MAP: 4, 21: 8}  # kinds with offsets of so many bytes, and a child
_VIEWS = (23, 24)
_LIST_VIEWS = {25: 4, 26: 8}
_UNCOUNTED = (_NULL, _UNION, _RUNS)  # kinds whose missing cells are not counted in one way


class FieldType(NamedTuple):
    """A column or a part of one: its kind, how many bits a cell has where all have as many, and what it is made of."""

    name: str
    kind: int
    bits: int
    parts: "tuple[FieldType, ...]"
    index_bits: int = 0  # of its cells where they are places in a dictionary
    dictionary: int = 0


@dataclass(frozen=True, slots=True)
class Message:
    """A message of Arrow: its kind, its bytes as they are, and what a batch says it holds."""

    kind: int
    data: bytes
    contents: Contents


@dataclass(slots=True)
class _ArrowSchema:
    """The columns, and what their dictionaries hold."""

    columns: tuple[FieldType, ...] = ()
    dictionaries: dict[int, FieldType] = field(default_factory=dict)

    @property
    def names(self) -> list[str]:
        """The names of the columns."""
        return [column.name for column in self.columns]


def arrow_contents(path: str) -> Contents:
    """What an Arrow file says it holds.

    Raises DamagedError where its footer or a batch is not what it says.
    """
    with open(path, "rb", buffering=0) as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - 10))
        tail = file.read(10)
        if size < 20 or tail[4:] != b"ARROW1":
            raise DamagedError("it is cut off")
        (length,) = struct.unpack("<i", tail[:4])
        if not 0 < length <= size - 10:
            raise DamagedError("it has no footer")
        file.seek(size - 10 - length)
        with _damaged("its footer cannot be read"):
            footer = FlatTable.root(file.read(length))
            schema = _schema(footer.table(1))
            _check_first(file, schema)
            for block in footer.structs(2, _BLOCK):
                _checked(file, size, schema, DICTIONARY, *block)
            if not footer.has(3):
                raise DamagedError("its footer names no rows")
            found = [_checked(file, size, schema, BATCH, *block) for block in footer.structs(3, _BLOCK)]
        missing: Counter[str] = Counter()
        for one in found:
            missing.update(one.missing)
        return Contents(sum([one.rows for one in found]), missing, schema.names)


def _check_first(file: IO[bytes], schema: _ArrowSchema) -> None:
    """Raise DamagedError where the message with which a file begins has other columns; polars writes none there."""
    file.seek(_FIRST)
    if file.read(len(STREAM)) != STREAM:
        return
    file.seek(_FIRST)
    found = _message(file)
    if found is None or found[0].number(1, "<B") != SCHEMA or _schema(found[0].table(2)).columns != schema.columns:
        raise DamagedError("it says two things of its columns")


def stream_messages(file: IO[bytes]) -> Iterator[Message]:
    """The messages of an Arrow stream, as they are. Raises DamagedError where it is cut off or not what it says."""
    at, size = file.tell(), file.seek(0, os.SEEK_END)
    file.seek(at)
    schema: _ArrowSchema | None = None
    while (found := _message(file)) is not None:
        table, begin, data = found
        with _damaged("a message of it cannot be read"):
            body = _body(table)
            if body > size - file.tell():
                raise DamagedError("it is cut off")
            content = file.read(body)
            kind = table.number(1, "<B")
            if kind not in ((DICTIONARY, BATCH) if schema else (SCHEMA,)):
                raise DamagedError("a message of it cannot be read")
            schema = schema or _schema(table.table(2))
            contents = _check(table, schema, body, _slices(content))
        yield Message(kind, begin + data + content, contents)


def _slices(data: bytes) -> Callable[[int, int], bytes]:
    return lambda at, count: data[at : at + count]


@contextmanager
def _damaged(words: str) -> Iterator[None]:
    try:
        yield
    except (struct.error, IndexError, KeyError):
        raise DamagedError(words) from None


def _checked(
    file: IO[bytes], size: int, schema: _ArrowSchema, kind: int, offset: int, metadata: int, body: int
) -> Contents:
    """What a batch or a dictionary says it holds, which must lie within the file, and be what it says."""
    if min(offset, metadata, body) < 0 or offset + metadata + body > size:
        raise DamagedError("a batch of rows lies outside of it")
    file.seek(offset)
    found = _message(file)
    if found is None or found[0].number(1, "<B") != kind:
        raise DamagedError("a batch of rows is none")
    table, begin, data = found
    start = offset + len(begin) + len(data)
    if (start - offset, _body(table)) != (metadata, body):
        raise DamagedError("a batch of rows is not as long as its footer says")

    def read(at: int, count: int) -> bytes:
        file.seek(start + at)
        return file.read(count)

    return _check(table, schema, body, read)


def _message(file: IO[bytes]) -> tuple[FlatTable, bytes, bytes] | None:
    """What is said of a message, with the bytes before it and its own; None at the end."""
    begin = file.read(8)
    if not begin or begin == STREAM + bytes(4):
        return None
    if len(begin) < 8 or begin[:4] != STREAM:
        raise DamagedError("it is cut off")
    (length,) = struct.unpack("<i", begin[4:])
    data = file.read(length) if 0 < length <= _LONGEST else b""
    if length <= 0 or len(data) < length:
        raise DamagedError("it is cut off")
    with _damaged("a message of it cannot be read"):
        return FlatTable.root(data), begin, data


def _body(table: FlatTable) -> int:
    body = table.number(3, "<q")
    if body < 0:
        raise DamagedError("a message of it cannot be read")
    return body


# --- the schema -------------------------------------------------------------------------------------------------------


def _schema(table: FlatTable) -> _ArrowSchema:
    made = _ArrowSchema()
    room = [len(table.data) // 8]  # of fields: each has more bytes
    made.columns = tuple(_field_type(one, made.dictionaries, room, 0) for one in table.tables(1))
    return made


def _field_type(table: FlatTable, dictionaries: dict[int, FieldType], room: list[int], depth: int) -> FieldType:
    room[0] -= 1
    if depth > _DEEPEST or room[0] < 0:
        raise IndexError
    kind = table.number(2, "<B")
    about = table.table_or_none(3) or FlatTable(bytes(8), 4)
    parts = tuple(_field_type(one, dictionaries, room, depth + 1) for one in table.tables(5))
    made = FieldType(table.text(0), kind, _bits(kind, about), parts)
    encoding = table.table_or_none(4)
    if encoding is None:
        return made
    index = encoding.table_or_none(1)
    number = encoding.number(0, "<q")
    dictionaries[number] = made
    return made._replace(index_bits=index.number(0, "<i") if index else 32, dictionary=number)


def _bits(kind: int, about: FlatTable) -> int:
    """How many bits a cell has; of a list of one length its cells, of a union whether it is a dense one."""
    if kind == _INT:
        return about.number(0, "<i")
    if kind in _WIDTHS:
        return _WIDTHS[kind][about.number(0, "<h", _DEFAULTS.get(kind, 0))]
    if kind == _DECIMAL:
        return about.number(2, "<i", 128)
    if kind == _TIME:
        return about.number(1, "<i", 32)
    if kind == _BYTES:
        return 8 * about.number(0, "<i")
    if kind == _FIXED_LIST:
        return about.number(0, "<i")
    return about.number(0, "<h") if kind == _UNION else _BITS.get(kind, 0)


# --- batches ----------------------------------------------------------------------------------------------------------


def _check(table: FlatTable, schema: _ArrowSchema, body: int, read: Callable[[int, int], bytes]) -> Contents:
    """What a message says it holds, where it is a batch. Raises DamagedError where its parts are not what they say."""
    kind = table.number(1, "<B")
    if kind == DICTIONARY:
        header = table.table(2)
        columns = [schema.dictionaries[header.number(0, "<q")]._replace(index_bits=0)]
        _BatchCheck(header.table(1), body, read).check(columns)
    if kind != BATCH:
        return Contents(0, {}, schema.names)
    batch = _BatchCheck(table.table(2), body, read)
    missing = zip(schema.columns, batch.check(schema.columns), strict=True)
    counted = {one.name: count for one, count in missing if one.kind not in _UNCOUNTED and not one.index_bits}
    return Contents(batch.rows, counted)


class _BatchCheck:
    """Rows, as columns that are described by nodes and buffers, one after another."""

    def __init__(self, table: FlatTable, body: int, read: Callable[[int, int], bytes]) -> None:
        self.rows = table.number(0, "<q")
        self._nodes = deque(table.structs(1, "<qq"))
        self._buffers = deque(table.structs(2, "<qq"))
        self._more = deque(count for (count,) in table.structs(4, "<q"))  # buffers of views
        packing = table.table_or_none(3)
        self._is_packed = packing is not None
        self._is_lz4 = packing is not None and packing.number(0, "<b") == 0
        self._body, self._read = body, read

    def check(self, columns: Iterable[FieldType]) -> list[int]:
        """How many cells of each column are missing. Raises DamagedError where a column is not what it says."""
        if self.rows < 0:
            raise DamagedError("a batch of it has less than no rows")
        return [self._column(column, self.rows) for column in columns]

    def _column(self, column: FieldType, least: int) -> int:
        """How many cells of a column are missing, which has so many at least."""
        if not self._nodes:
            raise IndexError
        cells, missing = self._nodes.popleft()
        if not least <= cells <= _MOST or not 0 <= missing <= cells:
            raise DamagedError(f"a column of {least:,} rows says it has {cells:,}, and {missing:,} missing")
        if column.kind not in _UNCOUNTED:
            self._buffer((cells + 7) // 8 if missing else 0)
        if column.index_bits:
            self._buffer(_bytes(cells, column.index_bits))
        else:
            self._content(column, cells)
        return int(missing)

    def _content(self, column: FieldType, cells: int) -> None:
        kind = column.kind
        if kind in _TEXTS:
            self._buffer(_offsets(cells, _TEXTS[kind]))
            self._buffer(0)
        elif kind in _VIEWS:
            self._views(cells)
        elif kind in _LISTS:
            self._buffer(_offsets(cells, _LISTS[kind]))
        elif kind in _LIST_VIEWS:
            self._buffer(cells * _LIST_VIEWS[kind])
            self._buffer(cells * _LIST_VIEWS[kind])
        elif kind == _UNION:
            self._buffer(cells)
            if column.bits:
                self._buffer(4 * cells)
        elif kind not in (_NULL, _STRUCT, _FIXED_LIST, _RUNS):
            self._buffer(_bytes(cells, column.bits))
        least = cells if kind == _STRUCT else cells * column.bits if kind == _FIXED_LIST else 0
        for part in column.parts:
            self._column(part, least)

    def _views(self, cells: int) -> None:
        self._buffer(16 * cells)
        if not self._more or not 0 <= (count := self._more.popleft()) <= len(self._buffers):
            raise IndexError
        for _ in range(count):
            self._buffer(0)

    def _buffer(self, least: int) -> None:
        """Raise DamagedError where the next buffer is not within the batch, or has less than what must be in it."""
        if not self._buffers:
            raise IndexError
        offset, length = self._buffers.popleft()
        if min(offset, length) < 0 or offset % 8 or offset + length > self._body:
            raise DamagedError("a column lies outside of its batch")
        content = self._unpacked(offset, length) if self._is_packed and length else length
        if content < least:
            raise DamagedError(f"a column has {content:,} bytes of {least:,}")

    def _unpacked(self, offset: int, length: int) -> int:
        """The length that a packed buffer says it has once it is unpacked; -1 says that it is not packed."""
        (content,) = struct.unpack("<q", self._read(offset, 8))
        packed = length - 8
        if content == -1:
            return packed
        if not 0 <= content <= DENSEST * max(packed, 0):
            raise DamagedError(f"a column of {packed:,} bytes says it has {content:,}")
        if self._is_lz4 and not self._is_frame(offset + 8, packed):
            raise DamagedError("a column cannot be unpacked")
        return int(content)

    def _is_frame(self, start: int, length: int) -> bool:
        """Whether blocks of LZ4 fill some bytes to their end, at which polars does not look."""
        flags = self._read(start + 4, 1)[0]
        at = 7 + 8 * (flags >> 3 & 1) + 4 * (flags & 1)
        while at + 4 <= length:
            (size,) = struct.unpack("<I", self._read(start + at, 4))
            if not size:
                return at + 4 + 4 * (flags >> 2 & 1) == length
            at += 4 + (size & 0x7FFFFFFF) + 4 * (flags >> 4 & 1)
        return False


def _bytes(cells: int, bits: int) -> int:
    if bits < 0:
        raise IndexError
    return (cells * bits + 7) // 8


def _offsets(cells: int, width: int) -> int:
    return (cells + 1) * width if cells else 0
