"""Whether the text of a table comes back from the typed columns that were read of it, for many columns at once."""

import io
from collections.abc import Iterator, Sequence
from itertools import starmap
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from autodiff_cli.tables.base import chosen
from autodiff_cli.tables.conversion import DIGITS, where

_FAR, _NEAR = 1e15, 1.1e-5  # beyond these numbers may be written with an exponent
_WORDS = (b"e", b"E", b"n", b"N")  # that are in every exponent, nan and inf
_BLOCK = 1 << 17  # bytes that are looked at together, and stay in cache
_SAMPLE = 1 << 16  # bytes that show which proof is the quicker one
_MANY = 5000  # letters: of fewer it is quicker to find the column of each
_TEXT = 6  # times as long as to write a cell it takes to read its text and look at that

_Bytes = np.ndarray[tuple[int], np.dtype[np.uint8]]
_Mask = np.ndarray[tuple[int], np.dtype[np.bool_]]


class ReturnProof:
    """Shows of pieces of one table, each read as typed columns, in which columns all of the text comes back.

    There are two proofs. A decimal number of at most 15 digits comes back from the float next to it, so the bytes alone
    show it of most tables (`1.10` gives back 1.1). Where there are more digits the rows are written again, and must be
    what they were.
    """

    def __init__(self, separator: str) -> None:
        self._separator = separator
        self._writes: bool | None = None  # whether rows are written again
        self.is_as_written = False  # whether the last piece is as polars writes it

    def writes(self, data: bytes, columns: Sequence[str], names: Sequence[str], others: int = 0) -> bool:
        """Whether it writes all columns again to show this of some; then each, with some others, is to be as typed."""
        if self._writes is None:
            found = self._bytewise(data[: data.rfind(b"\n", 0, _SAMPLE) + 1], columns)
            long = sum(found[name].is_long for name in names) if found else len(names)
            self._writes = _TEXT * long > len(columns) + _TEXT * others
        return self._writes

    def doubtful(self, frame: pl.DataFrame, data: bytes, names: Sequence[str]) -> list[str]:
        """Those of the names of typed columns with a cell that may not give back its text in `data`.

        What is written with letters, as `1e16` and `nan` are, gives back nothing.
        """
        self.is_as_written = False
        if not names:
            return []
        if self.writes(data, frame.columns, names):
            self.is_as_written = self._is_written_again(frame, data)
            if self.is_as_written:
                return _with_words(frame, data, self._separator.encode(), names)
            self._writes = False
        found = self._bytewise(data, frame.columns)
        if found is None:
            return [*names]
        return [name for name in names if found[name].is_odd or (found[name].is_long and frame[name].dtype.is_float())]

    def _bytewise(self, data: bytes, columns: Sequence[str]) -> "dict[str, _Shape] | None":
        """What the cells of each column look like; None where that does not show."""
        if b'"' in data:
            return None
        lines = data.replace(b"\r\n", b"\n") if b"\r" in data else data
        found = _shapes(lines, ord(self._separator), len(columns))
        return dict(zip(columns, found, strict=True)) if found else None

    def _is_written_again(self, frame: pl.DataFrame, data: bytes) -> bool:
        """Whether the rows are written as they were."""
        ending = "\r\n" if data[: data.find(b"\n")].endswith(b"\r") else "\n"
        compared = _Compared(data)
        frame.write_csv(
            compared,
            include_header=False,
            separator=self._separator,
            line_terminator=ending,
            quote_style="necessary" if b'"' in data else "never",
        )
        return compared.is_same and 0 <= compared.size - len(data) <= len(ending)  # a last row needs no newline


class _Compared(io.BytesIO):
    """A file that keeps nothing of what is written, only whether it is a text, or begins with it."""

    def __init__(self, text: bytes) -> None:
        super().__init__()
        self._text = text
        self.size = 0
        self.is_same = True

    def write(self, data: Any) -> int:
        """Compare the next piece."""
        self.is_same &= self._text.startswith(data[: max(len(self._text) - self.size, 0)], self.size)
        self.size += len(data)
        return len(data)


class _Shape(NamedTuple):
    """Of a column: whether a cell is no plain decimal number, and whether one is too long for its digits to be sure."""

    is_odd: bool
    is_long: bool


def _shapes(data: bytes, separator: int, columns: int) -> list[_Shape] | None:
    """What the cells of each column look like, of rows without quotes; None where there are more cells or fewer."""
    is_odd, is_long = np.zeros(columns, bool), np.zeros(columns, bool)
    for signs, _ in _blocks(data):
        newlines = signs == ord("\n")
        ends = newlines | (signs == separator)
        odd = _odd(signs, ends)
        has_odd = bool(odd.any())
        if not has_odd and not _has_long(ends):
            continue
        last = np.flatnonzero(ends)
        if not (newlines[last[columns - 1 :: columns]].all() and columns * np.count_nonzero(newlines) == len(last)):
            return None
        is_long |= _by_column(np.diff(last, prepend=-1) > DIGITS + 1, columns)
        if has_odd:
            is_odd |= _by_column(_cells_with(odd, last), columns)
    return [*starmap(_Shape, zip(is_odd.tolist(), is_long.tolist(), strict=True))]


def _cells_with(signs: _Mask, last: np.ndarray[Any, Any]) -> _Mask:
    """Which cells have one of some signs, by where each cell ends."""
    if np.count_nonzero(signs) > len(signs) // 8:
        return np.logical_or.reduceat(signs, np.concatenate(([0], last[:-1] + 1)))
    found = np.zeros(len(last), bool)
    found[np.searchsorted(last, np.flatnonzero(signs))] = True
    return found


def _by_column(cells: _Mask, columns: int) -> _Mask:
    """Of each column, whether it is so of a cell."""
    return np.ascontiguousarray(cells.reshape(-1, columns).T).any(axis=1)  # type: ignore[return-value]


def _blocks(data: bytes) -> Iterator[tuple[_Bytes, int]]:
    """Some rows after some, each with a newline at its end, and where they begin."""
    signs, begin = np.frombuffer(data if data.endswith(b"\n") else data + b"\n", np.uint8), 0
    while begin < len(data):
        end = data.find(b"\n", begin + _BLOCK) + 1 or len(signs)
        yield signs[begin:end], begin
        begin = end


def _odd(signs: _Bytes, ends: _Mask) -> _Mask:
    """Signs that are in no plain decimal number, as far as what is read as a number can have them.

    >>> cells = np.frombuffer(b"1.5,07,-0,-0.5,.5,5.,+5,1e5,", np.uint8)
    >>> bytes(cells[_odd(cells, cells == ord(","))])
    b'00..+e'
    """
    odd = (signs - np.uint8(ord("-"))) > ord("9") - ord("-")  # what comes before a minus wraps around
    odd &= ~ends
    is_digit = (signs - np.uint8(ord("0"))) < 10
    begins = np.empty_like(ends)
    begins[0], begins[1:] = True, ends[:-1]
    begins[1:] |= signs[:-1] == ord("-")
    zeros = (signs == ord("0")) & begins
    odd[:-1] |= zeros[:-1] & is_digit[1:]
    odd[1:-1] |= zeros[1:-1] & (signs[:-2] == ord("-")) & ends[2:]
    points = signs == ord(".")
    odd |= points & begins
    odd[:-1] |= points[:-1] & ends[1:]
    return odd


def _has_long(ends: _Mask) -> bool:
    """Whether a cell is longer than the digits that come back, by looking at 2, 4, 8 and 16 signs at once."""
    near, width = ends, 1
    while width <= DIGITS:
        near = near[:-width] | near[width:]
        width *= 2
    return not near.all() if len(near) else False


def _with_words(frame: pl.DataFrame, data: bytes, separator: bytes, names: Sequence[str]) -> list[str]:
    """Those of the columns of floats that are written with letters, in rows that are as polars writes them."""
    if not any(word in data for word in _WORDS):
        return []
    if b'"' not in data and (places := _places_of_letters(data)) is not None:
        found = {data.count(separator, data.rfind(b"\n", 0, place) + 1, place) for place in places}
        return [name for column, name in enumerate(frame.columns) if column in found and name in names]
    floats = chosen(frame, names).select(pl.col(pl.Float64))
    size = pl.all().abs()
    odd = ((size < _NEAR) & (pl.all() != 0.0)) | (size >= _FAR)
    may = chosen(floats, where(floats, odd.any()))
    return where(may, pl.all().filter(odd).cast(pl.String).str.contains("[a-zA-Z]").any())


def _places_of_letters(data: bytes) -> list[int] | None:
    """Where letters are; None where there are too many to look at each."""
    found: list[int] = []
    for signs, begin in _blocks(data):
        are_letters = signs > ord("9")
        if np.count_nonzero(are_letters) + len(found) > _MANY:
            return None
        found += (np.flatnonzero(are_letters) + begin).tolist()
    return found
