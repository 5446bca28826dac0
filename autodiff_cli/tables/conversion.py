"""Columns of variables given as text, as numbers; and which of their cells a type would lose."""

import re
from typing import Any

import polars as pl

KEPT = "\0\0"  # begins the name of a column of cells that JSON lines have instead of those in the column so named
_WHOLE = r"^\s*[+-]?\d+\s*$"
_EXACT = 2.0**53  # every whole number below it is a float


def type_of(cells: pl.Series) -> Any:
    """Floats; whole numbers or text where floats would not hold each whole number."""
    made = _floats(cells)
    if not has_long(cells):
        return pl.Float64
    whole = cells.str.strip_chars().cast(pl.Int64, strict=False)
    return pl.Int64 if whole.null_count() == made.null_count() else pl.String


def has_long(cells: pl.Series) -> bool:
    """Whether there are whole numbers as text that floats may not hold."""
    return bool(_long(cells, _floats(cells)).any())


def is_far(cells: pl.Series) -> bool:
    """Whether there are numbers so large that not every whole number there is a float."""
    return bool((cells.abs() >= _EXACT).any())


def typed(cells: pl.Series, dtype: Any) -> tuple[pl.Series, pl.Series]:
    """The cells as a type, null where they are no numbers; and which numbers it cannot hold."""
    if dtype == pl.String:
        return cells, cells.is_null() & False
    made = _floats(cells)
    if dtype == pl.Float64:
        return made, _long(cells, made)
    whole = cells.str.strip_chars().cast(pl.Int64, strict=False)
    return whole, whole.is_null() & made.is_not_null()


def kept(cells: pl.Series, made: pl.Series) -> list[pl.Series]:
    """The cells that JSON lines are to have as they are, where there are any: no floats, or what no float holds."""
    lost = _long(cells, made)
    if made.null_count() > cells.null_count():
        lost |= made.is_null() & (cells.str.strip_chars() != "").fill_null(False)
    huge = made.is_infinite().fill_null(False)
    if huge.any():
        lost |= huge & ~cells.str.contains("(?i)inf").fill_null(False)
    if not lost.any():
        return []
    nothing = pl.repeat(None, len(cells), dtype=pl.String, eager=True)
    return [cells.zip_with(lost, nothing).alias(KEPT + cells.name)]


def as_json(cell: str) -> Any:
    """What JSON has for a cell that is kept: a whole number, or text.

    >>> as_json(" 9007199254740993"), as_json("n/a")
    (9007199254740993, 'n/a')
    """
    return int(cell) if re.fullmatch(r"\s*[+-]?[0-9]{1,4000}\s*", cell) else cell


def _floats(cells: pl.Series) -> pl.Series:
    made = cells.cast(pl.Float64, strict=False)
    if made.null_count() == cells.null_count():
        return made
    return cells.str.strip_chars().cast(pl.Float64, strict=False)


def _long(cells: pl.Series, made: pl.Series) -> pl.Series:
    far = (made.abs() >= _EXACT).fill_null(False)
    return far & cells.str.contains(_WHOLE).fill_null(False) if far.any() else far
