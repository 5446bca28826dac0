"""Columns of variables given as text, as numbers; and which of their cells a type would lose."""

import re
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import polars as pl

KEPT = "\0\0"  # begins the name of a column of cells that JSON lines have instead of those in the column so named
_WHOLE = r"^\s*[+-]?\d+\s*$"
_DECIMAL = r"^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?$"
_DIGITS = 15  # of any decimal number come back from a float
_EXACT = 2.0**53  # every whole number below it is a float


def type_of(cells: pl.Series) -> Any:
    """The type of a variable's column that has these cells: floats; where they would lose digits, another."""
    found = ColumnType(needed=True)
    found.add(cells)
    return found.dtype


def has_long(cells: pl.Series) -> bool:
    """Whether there are whole numbers as text that floats may not hold."""
    return bool(_long(cells, floats(cells)).any())


def is_far(cells: pl.Series) -> bool:
    """Whether there are numbers so large that not every whole number there is a float."""
    return bool((cells.abs() >= _EXACT).any())


def typed(cells: pl.Series, dtype: Any) -> tuple[pl.Series, pl.Series]:
    """The cells as a type, null where they are no numbers; and which numbers it cannot hold."""
    if dtype == pl.String:
        return cells, cells.is_null() & False
    made = floats(cells)
    if dtype == pl.Float64:
        return made, _long(cells, made)
    whole = cells.str.strip_chars().cast(pl.Int64, strict=False)
    return whole, whole.is_null() & made.is_not_null()


def kept(cells: pl.Series, made: pl.Series, plain: pl.Series | None = None) -> list[pl.Series]:
    """The cells that JSON lines are to have as they are, where there are any: no floats, or what no float holds.

    `plain` are the cells as `made` was made of them, where they are written otherwise.
    """
    lost = _long(cells if plain is None else plain, made)
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


def cast(cells: pl.Series, dtype: Any) -> tuple[pl.Series, pl.Series]:
    """Cells of text as a type, null where they are none; and which are lost."""
    if dtype == pl.Boolean:
        made = cells.replace_strict({"true": True, "false": False}, default=None, return_dtype=pl.Boolean)
    else:
        made = cells.cast(dtype, strict=False)
    return made, made.is_null() & cells.is_not_null()


class ColumnType:
    """The type of a column of text, which is found from all of its cells, some after some.

    Of a column that is passed on: whole numbers, floats or booleans where every cell is one, as it would be written
    again; else text. Of a variable's: floats, or where these would not hold each whole number, whole numbers or text.
    """

    def __init__(self, needed: bool = False, as_text: bool = False) -> None:
        self._needed = needed
        self._may_be: list[Any] = [] if as_text and not needed else [pl.Int64, pl.Float64, pl.Boolean]
        self._is_known = self._has_long = False
        self._is_whole = True

    @property
    def is_settled(self) -> bool:
        """Whether no cell can change it."""
        return not (self._needed or self._may_be)

    @property
    def dtype(self) -> Any:
        """The type, as far as cells have been added."""
        if not self._needed:
            return [*self._may_be, pl.String][0] if self._is_known else pl.String
        if not self._has_long:
            return pl.Float64
        return pl.Int64 if self._is_whole else pl.String

    def add(self, cells: pl.Series) -> None:
        """More cells of it."""
        known = cells.drop_nulls()
        if not len(known):
            return
        self._is_known = True
        if not self._needed:
            self._may_be = [dtype for dtype in self._may_be if _ARE[dtype](known)]
            return
        made = floats(known)
        self._has_long |= bool(_long(known, made).any())
        whole = known.str.strip_chars().cast(pl.Int64, strict=False)
        self._is_whole &= whole.null_count() == made.null_count()


def _are_whole(cells: pl.Series) -> bool:
    return bool(cells.cast(pl.Int64, strict=False).cast(pl.String).eq_missing(cells).all())


def _are_decimals(cells: pl.Series) -> bool:
    """Whether all are plain decimal numbers, of no more digits than a float has."""
    if not cells.str.contains(_DECIMAL).all():
        return False
    long = cells.filter(cells.str.len_bytes() > _DIGITS)
    if not len(long):
        return True
    shortest = long.str.replace(r"(\.\d*?)0+$", "$1").str.strip_suffix(".")
    return bool((long.cast(pl.Float64).cast(pl.String).str.strip_suffix(".0") == shortest).all())


def _are_booleans(cells: pl.Series) -> bool:
    return bool(cells.is_in(["true", "false"]).all())


_ARE: dict[Any, Any] = {pl.Int64: _are_whole, pl.Float64: _are_decimals, pl.Boolean: _are_booleans}


def floats(cells: pl.Series) -> pl.Series:
    """Cells as floats, null where they are no numbers; blanks around one do not count."""
    made = cells.cast(pl.Float64, strict=False)
    if made.null_count() == cells.null_count():
        return made
    return cells.str.strip_chars().cast(pl.Float64, strict=False)


def _long(cells: pl.Series, made: pl.Series) -> pl.Series:
    far = (made.abs() >= _EXACT).fill_null(False)
    return far & cells.str.contains(_WHOLE).fill_null(False) if far.any() else far


def without(cells: pl.Series, nulls: Sequence[str], exact: bool = False) -> pl.Series:
    """Cells without those that stand for no value: of the same text, or unless `exact` of the same number."""
    if not nulls:
        return cells
    is_text = cells.dtype == pl.String
    text = cells.str.strip_chars() if is_text else cells
    wrong = text.is_in([*nulls]) if is_text else cells.is_null()
    if not exact:
        numbers = [number for number in map(_number_of, nulls) if number is not None]
        wrong |= text.cast(pl.Float64, strict=False).is_in(numbers)
    nothing = pl.repeat(None, len(cells), dtype=cells.dtype, eager=True)
    return nothing.zip_with(wrong.fill_null(False), cells).alias(cells.name)


def _number_of(text: str) -> float | None:
    with suppress(ValueError):
        return float(text)
    return None
