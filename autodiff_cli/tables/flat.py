"""FlatBuffers, as far as Arrow's messages need them: tables, whose fields are found by offsets.

Source: https://flatbuffers.dev/internals/.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class FlatTable:
    """A table at a place in some bytes. Whatever lies outside of these raises IndexError or struct.error."""

    data: bytes
    place: int

    @classmethod
    def root(cls, data: bytes) -> "FlatTable":
        """The table that some bytes are."""
        return cls(data, _at(data, "<I", 0))

    def has(self, field: int) -> bool:
        """Whether a field is there."""
        return self._field(field) > 0

    def number(self, field: int, kind: str, default: int = 0) -> int:
        """A number in a field, of a kind as in `struct`."""
        at = self._field(field)
        return _at(self.data, kind, at) if at else default

    def table(self, field: int) -> "FlatTable":
        """A table in a field. Raises IndexError where there is none."""
        found = self.table_or_none(field)
        if found is None:
            raise IndexError
        return found

    def table_or_none(self, field: int) -> "FlatTable | None":
        """A table in a field."""
        at = self._field(field)
        return FlatTable(self.data, at + _at(self.data, "<I", at)) if at else None

    def text(self, field: int) -> str:
        """A text in a field; empty where there is none."""
        if not self.has(field):
            return ""
        start, count = self._vector(field, 1)
        if self.data[start + count]:  # one ends with byte 0
            raise IndexError
        return self.data[start : start + count].decode(errors="replace")

    def structs(self, field: int, kind: str) -> list[tuple[Any, ...]]:
        """The structs in a vector, each of numbers as in `struct`."""
        width = struct.calcsize(kind)
        start, count = self._vector(field, width)
        return [*struct.iter_unpack(kind, self.data[start : start + count * width])]

    def tables(self, field: int) -> "Iterator[FlatTable]":
        """The tables in a vector."""
        start, count = self._vector(field, 4)
        for at in range(start, start + 4 * count, 4):
            yield FlatTable(self.data, at + _at(self.data, "<I", at))

    def _vector(self, field: int, width: int) -> tuple[int, int]:
        """Where the elements of a vector begin, and how many there are."""
        at = self._field(field)
        if not at:
            return 0, 0
        start = at + _at(self.data, "<I", at)
        count = _at(self.data, "<I", start)
        if start % 4 or start + 4 + count * width > len(self.data):  # all of them are aligned
            raise IndexError
        return start + 4, count

    def _field(self, field: int) -> int:
        """Where a field is; 0 where it is not there."""
        offsets = self.place - _at(self.data, "<i", self.place)
        if self.place % 4 or offsets % 2:
            raise IndexError
        place = 4 + 2 * field
        if place >= _at(self.data, "<H", offsets):
            return 0
        offset = _at(self.data, "<H", offsets + place)
        return self.place + offset if offset else 0


def _at(data: bytes, kind: str, at: int) -> int:
    if at < 0:
        raise IndexError
    return int(struct.unpack_from(kind, data, at)[0])
