"""Keys of the objects of JSON lines: what type the column of each has, and which stand twice in an object."""

import json
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, NamedTuple

import polars as pl

from autodiff_cli.tables.base import ERRORS
from autodiff_cli.tables.conversion import VariableType, is_far

_ESCAPED = r'\\.[^"\\]*"\s*:'  # the end of a key that may not be spelled as it is
_END = r'"\s*:'  # of any key
_NULL = r":\s*null"


_LONG = r'"{0}"\s*:\s*-?\d{{16,}}\s*[,}}]'  # a whole number that may not be a float


class KeyType:
    """The type of a column, which is found from all of its cells, some after some.

    Of a column that is passed on: that of its cells, text where these are of several kinds, or where floats would lose
    digits of whole numbers. Of a variable's: floats, or what holds each whole number, unless a type is given.
    """

    def __init__(self, needed: bool, dtype: Any = None) -> None:
        self._given = dtype
        self._of_needed = VariableType() if needed and dtype is None else None
        self._dtype: Any = dtype or pl.Null
        self._is_far = False  # whether there are whole numbers that no float holds

    @property
    def dtype(self) -> Any:
        """The type, as far as cells have been added."""
        if self._given is not None:
            return self._given
        if self._of_needed:
            return self._of_needed.dtype
        return pl.String if self._is_far and self._dtype == pl.Float64 else self._dtype

    def add(self, cells: pl.Series, lines: pl.Series) -> None:
        """More cells of it, and the lines that they are in."""
        if self._given is not None:
            return
        if self._of_needed:
            if not are_floats(cells):
                self._of_needed.add(cells.cast(pl.String))
            return
        self._dtype = _merged(self._dtype, cells.dtype)
        if cells.dtype.is_numeric() and is_far(cells):
            long = _LONG.format(pl.escape_regex(cells.name))
            self._is_far |= cells.dtype.is_integer() or bool(lines.str.contains(long).any())


def are_floats(cells: pl.Series) -> bool:
    """Whether floats hold all of what has been read."""
    if cells.dtype.is_integer():
        return not is_far(cells)
    return cells.dtype.is_float() or cells.dtype == pl.Null


def _merged(one: Any, other: Any) -> Any:
    """The type of cells of two types, as polars has it where it sees them all; the first where there is none."""
    if pl.Null in (one, other):
        return other if one == pl.Null else one
    if pl.String in (one, other):
        return pl.String()
    if one.is_nested():
        return _merged_parts(one, other)
    if one == other or not (one.is_numeric() and other.is_numeric()):
        return one
    return pl.Int128() if one.is_integer() and other.is_integer() else pl.Float64()


def _merged_parts(one: Any, other: Any) -> Any:
    if one == pl.List == other:
        return pl.List(_merged(one.inner, other.inner))
    if not one == pl.Struct == other:
        return one
    fields = {field.name: field.dtype for field in one.fields}
    for field in other.fields:
        fields[field.name] = _merged(fields.get(field.name, pl.Null()), field.dtype)
    return pl.Struct(fields)


class RepeatedKey(NamedTuple):
    """A key that an object has twice: the object's place among the lines."""

    row: int
    name: str


def repeated(data: bytes, lines: pl.Series, read: pl.DataFrame, names: Sequence[str]) -> RepeatedKey | None:
    """The first object of which the whole has one of these keys twice. `read` has those columns of the lines."""
    is_plain = b"\\" not in data  # each key is spelled as it is
    often = [name for name in names if not is_plain or data.count(f'"{name}"'.encode()) > read[name].count()]
    if not often:
        return None
    may = lines.is_null() if is_plain else lines.str.contains(_ESCAPED)
    for name in often:
        may |= lines.str.count_matches(rf'"{pl.escape_regex(name)}"\s*:') > 1
    for row in may.arg_true():
        keys = [key for key, _ in json.loads(lines[row], object_pairs_hook=list)]
        if twice := next((name for name in names if keys.count(name) > 1), None):
            return RepeatedKey(row, twice)
    return None


def repeated_anywhere(data: bytes, lines: pl.Series, read: pl.DataFrame) -> RepeatedKey | None:
    """The first object that has a key twice, or another within it has. `read` has all columns of the lines."""
    if data.count(b":") == sum(cells.count() for cells in read):
        return None  # no key without a cell
    keys = lines.str.count_matches(_END)
    for row in _other_counts(lines, keys, _counts(read), read.columns):
        try:
            json.loads(lines[row], object_pairs_hook=_once)
        except _TwiceError as error:
            return RepeatedKey(row, str(error))
    return None


def _other_counts(lines: pl.Series, keys: pl.Series, cells: pl.Series, names: Sequence[str]) -> pl.Series:
    """The lines that have more keys than cells, where a null is a cell too."""
    more = (keys != cells).arg_true()
    with suppress(*ERRORS):
        known = "\n".join(lines[more].str.replace_all(_NULL, ":0")).encode()
        cells = _counts(pl.read_ndjson(known, schema=dict.fromkeys(names, pl.String)))
        return more.filter(keys[more] != cells)
    return more


def _counts(read: pl.DataFrame) -> pl.Series:
    """How many cells each row has."""
    return read.select(pl.sum_horizontal(pl.all().is_not_null())).to_series()


class _TwiceError(ValueError):
    """A key stands twice in an object."""


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        raise _TwiceError(next(key for key in keys if keys.count(key) > 1))
    return found
