"""Whether the text of a table comes back from the typed columns that were read of it, for many columns at once."""

import io

import numpy as np
import polars as pl
from polars import selectors

# The first cell that is no plain decimal number, or has more digits than any float gives back
_NO_SHORT_DECIMAL = (
    r"(?m)[^0-9.\-\r\n{0}]|[0-9.]{{17}}|(?:^|{0})-?(?:0[0-9]|\.)|-0?(?:[^0-9.]|$)|\.(?:[^0-9]|$)|[0-9]-|\r(?:[^\n]|$)"
)
_FAR, _NEAR = 1e15, 1.1e-5  # beyond these numbers may be written with an exponent
_WORDS = (b"e", b"E", b"n", b"N")  # that are in every exponent, nan and inf


def without_return(frame: pl.DataFrame, data: bytes, separator: str) -> list[str] | None:
    """The typed columns with a cell that does not give back its text in `data`; None where that is not plain to see.

    `1.10` gives back 1.1; what is written with letters, as `1e16` and `nan` are, gives back nothing.
    """
    if all(dtype.is_numeric() for dtype in frame.dtypes) and _are_short(data, separator):
        return []
    return _with_words(frame, data) if _is_written_again(frame, data, separator) else None


def _are_short(data: bytes, separator: str) -> bool:
    """Whether there are only plain decimal numbers of at most 15 digits, which all come back from numbers."""
    if any(word in data for word in _WORDS):
        return False
    pattern = _NO_SHORT_DECIMAL.format(pl.escape_regex(separator))
    return not pl.Series([data], dtype=pl.Binary).cast(pl.String).str.contains(pattern).any()


def _is_written_again(frame: pl.DataFrame, data: bytes, separator: str) -> bool:
    """Whether the rows are written as they were."""
    text = io.BytesIO()
    ending = "\r\n" if data[: data.find(b"\n")].endswith(b"\r") else "\n"
    frame.write_csv(text, include_header=False, separator=separator, line_terminator=ending)
    ours, theirs = np.frombuffer(text.getbuffer(), np.uint8), np.frombuffer(data, np.uint8)
    more = len(ours) - len(theirs)  # a last row needs no newline
    return 0 <= more <= len(ending) and np.array_equal(ours[: len(theirs)], theirs)


def _with_words(frame: pl.DataFrame, data: bytes) -> list[str]:
    """The columns of floats that are written with letters."""
    if not any(word in data for word in _WORDS):
        return []
    floats = frame.select(selectors.float())
    size = pl.all().abs()
    may = floats.select((size < _NEAR).any() | (size >= _FAR).any())
    found = []
    for name in [cells.name for cells in may if cells.item()]:
        cells = floats[name]
        odd = cells.filter((cells.abs() < _NEAR) & (cells != 0.0) | (cells.abs() >= _FAR))
        found += [name] if odd.cast(pl.String).str.contains("[a-zA-Z]").any() else []
    return found
