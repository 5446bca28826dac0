"""The Thrift compact protocol, in which Parquet describes itself: structs and lists that can be written again.

Source: https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
"""

from collections.abc import Iterable
from typing import Any

_DEEPEST = 32
_TRUE, _FALSE, _BYTE, _DOUBLE, _BINARY, _LIST, _SET, _STRUCT = 1, 2, 3, 7, 8, 9, 10, 12
_WHOLE = (4, 5, 6)  # of 16, 32 and 64 bits


class DamagedError(ValueError):
    """A file contradicts itself."""


class Struct(dict[int, Any]):
    """What a struct holds, by the numbers of its fields, in their order."""

    def __init__(self) -> None:
        self.kinds: dict[int, int] = {}


class Items(list[Any]):
    """What a list holds, and of which kind all of it is."""

    def __init__(self, kind: int, items: Iterable[Any]) -> None:
        super().__init__(items)
        self.kind = kind


def read(data: bytes) -> Struct:
    """The struct with which some data begins. Raises DamagedError where there is none.

    >>> found = read(bytes([0x15, 0x0E, 0x18, 0x02, 0x68, 0x69, 0x00]))
    >>> found, written(found).hex()
    ({1: 7, 2: b'hi'}, '150e1802686900')
    """
    return _ThriftReader(data).struct()


class _ThriftReader:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0
        self._depth = 0

    def struct(self) -> Struct:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise DamagedError("its footer cannot be read")
        found = Struct()
        number = 0
        try:
            while byte := self._byte():
                number = number + (byte >> 4) if byte >> 4 else self._zigzag()
                found.kinds[number] = byte & 15
                found[number] = self._value(byte & 15)
        except IndexError:
            raise DamagedError("its footer cannot be read") from None
        self._depth -= 1
        return found

    def _byte(self) -> int:
        byte = self._data[self._at]
        self._at += 1
        return byte

    def _varint(self) -> int:
        found = shift = 0
        while (byte := self._byte()) & 128:
            found |= (byte & 127) << shift
            shift += 7
        return found | byte << shift

    def _zigzag(self) -> int:
        found = self._varint()
        return found >> 1 ^ -(found & 1)

    def _value(self, kind: int) -> Any:
        if kind in (_TRUE, _FALSE):
            return kind == _TRUE
        if kind in _WHOLE:
            return self._zigzag()
        if kind == _BINARY:
            return self._bytes(self._varint())
        if kind in (_LIST, _SET):
            return self._list()
        if kind == _STRUCT:
            return self.struct()
        return self._bytes({_BYTE: 1, _DOUBLE: 8}.get(kind, len(self._data)))

    def _list(self) -> Items:
        byte = self._byte()
        count = byte >> 4 if byte >> 4 < 15 else self._varint()
        if count > len(self._data):
            raise IndexError
        kind = byte & 15
        is_boolean = kind in (_TRUE, _FALSE)
        return Items(kind, [self._byte() == _TRUE if is_boolean else self._value(kind) for _ in range(count)])

    def _bytes(self, count: int) -> bytes:
        self._at += count
        if self._at > len(self._data):
            raise IndexError
        return self._data[self._at - count : self._at]


def written(struct: Struct) -> bytes:
    """The bytes of a struct."""
    made = bytearray()
    before = 0
    for number, value in struct.items():
        kind = struct.kinds[number]
        if kind in (_TRUE, _FALSE):
            kind = _TRUE if value else _FALSE
        step = number - before
        made += bytes([step << 4 | kind]) if 0 < step < 16 else bytes([kind]) + _zigzag(number)
        made += b"" if kind in (_TRUE, _FALSE) else _value(kind, value)
        before = number
    return bytes(made) + b"\0"


def _value(kind: int, value: Any) -> bytes:
    if kind in _WHOLE:
        return _zigzag(value)
    if kind == _BINARY:
        return _varint(len(value)) + bytes(value)
    if kind in (_LIST, _SET):
        return _items(value)
    return written(value) if kind == _STRUCT else bytes(value)


def _items(items: Items) -> bytes:
    count = len(items)
    head = bytes([count << 4 | items.kind]) if count < 15 else bytes([0xF0 | items.kind]) + _varint(count)
    if items.kind in (_TRUE, _FALSE):
        return head + bytes([_TRUE if item else _FALSE for item in items])
    return head + b"".join([_value(items.kind, item) for item in items])


def _varint(number: int) -> bytes:
    made = bytearray()
    while number > 127:
        made.append(number & 127 | 128)
        number >>= 7
    return bytes([*made, number])


def _zigzag(number: int) -> bytes:
    return _varint(number << 1 if number >= 0 else (-number << 1) - 1)
