"""Keys that stand twice in an object of JSON lines: of their values one reader takes the first, another the last."""

import json
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, NamedTuple

import polars as pl

from autodiff_cli.tables.base import ERRORS

_ESCAPED = r'\\.[^"\\]*"\s*:'  # the end of a key that may not be spelled as it is
_END = r'"\s*:'  # of any key
_NULL = r":\s*null"


class RepeatedKey(NamedTuple):
    """A key that an object has twice: the object's place among the lines."""

    row: int
    name: str


def repeated(data: bytes, lines: pl.Series, read: pl.DataFrame, names: Sequence[str]) -> RepeatedKey | None:
    """The first object of which the whole has one of these keys twice. `read` has those columns of the lines."""
    often = [name for name in names if data.count(f'"{name}"'.encode()) > read[name].count()]
    if not often and b"\\" not in data:
        return None
    may = lines.str.contains(_ESCAPED) if b"\\" in data else lines.is_null()
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
