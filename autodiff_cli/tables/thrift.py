"""The Thrift compact protocol, in which Parquet describes itself: structs and lists that can be written again.

Source: https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
"""

from collections.abc import Iterable, Mapping
from typing import Any, cast

Wanted = Mapping[int, Any] | None  # fields, each with those of the structs in it; None for all
_DEEPEST = 32  # structs and lists in each other
_LONGEST = 10  # bytes of a number
_TRUE, _FALSE, _BYTE, _DOUBLE, _BINARY, _LIST, _SET, _MAP, _STRUCT, _UUID = 1, 2, 3, 7, 8, 9, 10, 11, 12, 13
_WHOLE = (4, 5, 6)  # of 16, 32 and 64 bits
_WIDTHS = {_TRUE: 0, _FALSE: 0, _BYTE: 1, _DOUBLE: 8, _UUID: 16}
_UNREADABLE = "its footer cannot be read"


class DamagedError(ValueError):
    """A file contradicts itself."""


class Struct(dict[int, Any]):
    """What a struct holds, by the numbers of its fields, in their order."""

    __slots__ = ("kinds",)

    def __init__(self, kinds: dict[int, int] | None = None) -> None:
        self.kinds = {} if kinds is None else kinds


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
    try:
        found, _ = _read_struct(data, 0, None, 0)
    except IndexError:
        raise DamagedError(_UNREADABLE) from None
    return cast(Struct, found)


def read_fields(data: bytes, wanted: Mapping[int, Any]) -> tuple[dict[int, Any], int]:
    """Some fields of the struct with which data begins, and where it ends; `wanted` has those of the structs in it.

    This takes half the time of `read`. Raises DamagedError, and IndexError where the data are cut off.

    >>> read_fields(bytes([0x15, 0x0E, 0x18, 0x02, 0x68, 0x69, 0x00]), fields(2))
    ({2: b'hi'}, 7)
    """
    return _read_struct(data, 0, wanted, 0)


def fields(*numbers: int) -> dict[int, Any]:
    """Fields that are wanted, of whose own structs nothing is."""
    return {number: {} for number in numbers}


def _read_struct(data: bytes, at: int, wanted: Wanted, depth: int) -> tuple[dict[int, Any], int]:
    _check_depth(depth)
    kinds: dict[int, int] = {}
    found = Struct(kinds) if wanted is None else {}
    number = 0
    while byte := data[at]:
        at += 1
        kind = byte & 15
        if byte >> 4:
            number += byte >> 4
        else:
            number, at = _whole(data, at)
        if wanted is None:
            kinds[number] = kind
            found[number], at = _read_value(data, at, kind, None, depth)
        elif number in wanted:
            found[number], at = _read_value(data, at, kind, wanted[number], depth)
        else:
            at = _after(data, at, kind, depth)
    return found, at + 1


def _read_value(data: bytes, at: int, kind: int, wanted: Wanted, depth: int) -> tuple[Any, int]:
    if kind in _WHOLE:
        return _whole(data, at)
    if kind == _BINARY:
        count, at = _count(data, at)
        return data[at : at + count], at + count
    if kind == _STRUCT:
        return _read_struct(data, at, wanted, depth + 1)
    if kind in (_LIST, _SET):
        return _read_items(data, at, wanted, depth + 1)
    if kind in (_TRUE, _FALSE):
        return kind == _TRUE, at
    end = _after(data, at, kind, depth)
    return data[at:end] if wanted is None else None, end


def _read_items(data: bytes, at: int, wanted: Wanted, depth: int) -> tuple[list[Any], int]:
    kind, count, at = _items_head(data, at, depth)
    found = Items(kind, []) if wanted is None else []
    for _ in range(count):
        one, at = (data[at] == _TRUE, at + 1) if kind in (_TRUE, _FALSE) else _read_value(data, at, kind, wanted, depth)
        found.append(one)
    return found, at


def _items_head(data: bytes, at: int, depth: int) -> tuple[int, int, int]:
    """The kind of the elements of a list, their count, and where they begin."""
    _check_depth(depth)
    byte, at = data[at], at + 1
    count = byte >> 4
    if count == 15:
        count, at = _count(data, at)
    if count > len(data):
        raise IndexError
    return byte & 15, count, at


def _after(data: bytes, at: int, kind: int, depth: int) -> int:
    """Where a value ends that nobody wants."""
    if kind in _WHOLE:
        while data[at] & 128:
            at += 1
        return at + 1
    if kind == _BINARY:
        count, at = _count(data, at)
        return at + count
    if kind == _STRUCT:
        return _after_struct(data, at, depth + 1)
    if kind in (_LIST, _SET):
        return _after_items(data, at, depth + 1)
    if kind == _MAP:
        return _after_map(data, at, depth + 1)
    if kind not in _WIDTHS:
        raise DamagedError(_UNREADABLE)
    return at + _WIDTHS[kind]


def _after_struct(data: bytes, at: int, depth: int) -> int:
    _check_depth(depth)
    while byte := data[at]:
        at += 1
        if not byte >> 4:
            _, at = _whole(data, at)
        at = _after(data, at, byte & 15, depth)
    return at + 1


def _after_items(data: bytes, at: int, depth: int) -> int:
    kind, count, at = _items_head(data, at, depth)
    for _ in range(count):
        at = _after(data, at, _BYTE if kind in (_TRUE, _FALSE) else kind, depth)
    return at


def _after_map(data: bytes, at: int, depth: int) -> int:
    _check_depth(depth)
    count, at = _count(data, at)
    if not count:
        return at
    kinds, at = data[at], at + 1
    if count > len(data):
        raise IndexError
    for _ in range(count):
        at = _after(data, _after(data, at, kinds >> 4, depth), kinds & 15, depth)
    return at


def _check_depth(depth: int) -> None:
    if depth > _DEEPEST:
        raise DamagedError(_UNREADABLE)


def _count(data: bytes, at: int) -> tuple[int, int]:
    """A number without a sign, and where it ends."""
    found = shift = 0
    while (byte := data[at]) & 128:
        found |= (byte & 127) << shift
        shift += 7
        at += 1
        if shift > 7 * _LONGEST:
            raise DamagedError(_UNREADABLE)
    return found | byte << shift, at + 1


def _whole(data: bytes, at: int) -> tuple[int, int]:
    found, at = _count(data, at)
    return found >> 1 ^ -(found & 1), at


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
