"""Columns of variables given as text, as numbers; and which of their cells a type would lose."""

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

import polars as pl

from autodiff_cli.tables.base import chosen

KEPT = "\0\0"  # begins the name of a column of cells that JSON lines have instead of those in the column so named
_WHOLE = r"^\s*[+-]?\d+\s*$"
_DECIMAL = r"^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?$"
_NOT_ZERO = r"^[^eE]*[1-9]"  # a number that is not 0, whatever a float makes of it
_SMALL = (rb"e-\d{3}", rb"E-\d{3}")  # exponents, each quick to find as it begins with plain signs
_ZEROS = b"0" * 300
DIGITS = 15  # of any decimal number come back from a float
_FIRST = 64  # cells that are looked at before all others
_PLAIN = 10**16  # floats below it are written without an exponent
_EXACT = 2.0**53  # every whole number below it is a float


def type_of(cells: pl.Series) -> Any:
    """The type of a variable's column that has these cells: floats; where they would lose digits, another."""
    found = VariableType()
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


class VariableType:
    """The type of a variable's column of text, which is found from all of its cells, some after some.

    It is floats, or where these would not hold each whole number, whole numbers or text.
    """

    def __init__(self) -> None:
        self._has_long = self._needs_text = False
        self._is_whole = True
        self.guess: Any = pl.Float64  # what its cells may be read as

    @property
    def dtype(self) -> Any:
        """The type, as far as cells have been added."""
        if not self._has_long:
            return pl.Float64
        return pl.Int64 if self._is_whole else pl.String

    @property
    def read_as(self) -> Any:
        """A type that cells are read by quickly, and lose nothing."""
        if self._needs_text or self.guess == pl.String:
            return pl.String
        return pl.Int64 if self._is_whole and self.guess == pl.Int64 else pl.Float64

    def add(self, cells: pl.Series) -> None:
        """More cells of it."""
        known = cells.drop_nulls()
        if not len(known):
            return
        made = floats(known)
        self._has_long |= bool(_long(known, made).any())
        self._needs_text |= self._has_long
        whole = known.str.strip_chars().cast(pl.Int64, strict=False)
        self._is_whole &= whole.null_count() == made.null_count()

    def add_numbers(self, cells: pl.Series) -> bool:
        """More cells, which have been read as numbers; False where only their text can tell, which is then to add."""
        low, high = cells.min(), cells.max()
        if low is None:
            return True
        if not -_EXACT < low <= high < _EXACT:  # type: ignore[operator]
            self._needs_text = True
        if cells.dtype == pl.Int64 and (cells == 0).any():
            self._needs_text = True  # it may be -0, which is no whole number
        if self._needs_text:
            return False
        if cells.dtype == pl.Float64 and self._is_whole:
            self._is_whole = bool((cells.floor() == cells).all())
            return not self._is_whole
        return True


class PassedTypes:
    """The types of columns of text that are passed on, which are found from all of their cells, some after some.

    They are whole numbers, floats or booleans where every cell is one, as it would be written again; else text.
    """

    def __init__(self, names: Iterable[str], as_text: Collection[str] = ()) -> None:
        self._may_be: dict[str, list[Any]] = {name: [] if name in as_text else [*_ARE] for name in names}
        self._is_known: set[str] = set()
        self.guess: Mapping[str, Any] = {}  # what cells may be read as, before any has been added

    @property
    def unsettled(self) -> list[str]:
        """The columns whose type more cells can change."""
        return [name for name, types in self._may_be.items() if types]

    @property
    def types(self) -> dict[str, Any]:
        """The types, as far as cells have been added."""
        return {name: self._first(name, pl.String) for name in self._may_be}

    @property
    def read_as(self) -> dict[str, Any]:
        """The types by which more cells are to be read."""
        return {name: self._first(name, self.guess.get(name, pl.String)) for name in self._may_be}

    def _first(self, name: str, unknown: Any) -> Any:
        types = self._may_be[name] if name in self._is_known else [unknown]
        return types[0] if types else pl.String

    def add(self, cells: pl.DataFrame) -> None:
        """More cells of some columns. The first ones tell of most columns of text that they are no more than that."""
        for some in (cells.head(_FIRST), cells) if len(cells) > _FIRST else (cells,):
            self._add(some)

    def _add(self, cells: pl.DataFrame) -> None:
        cells = chosen(cells, [name for name in cells.columns if self._may_be[name]])
        known = _known(cells)
        self._is_known.update(known)
        for dtype, are in _ARE.items():
            some = chosen(cells, [name for name in known if dtype in self._may_be[name]])
            held = {*are(some)}
            for name in some.columns:
                if name not in held:
                    self._may_be[name].remove(dtype)

    def add_typed(self, cells: pl.DataFrame) -> list[str]:
        """More cells, whose text comes back from the types by which they were read; those of which only text tells.

        These are floats without a fraction, which may have been typed with a point or without one.
        """
        types = cells.schema  # which is made anew each time
        known = _known(cells)
        floats = [name for name in known if types[name] == pl.Float64 and pl.Int64 in self._may_be[name]]
        unsure = where(chosen(cells, floats), (pl.all().floor() == pl.all()).all())
        no_floats = {*_no_floats(cells.select(pl.col(pl.Int64)))}
        known = [name for name in known if name not in unsure]
        self._is_known.update(known)
        for name in known:
            dtype = types[name]
            fit = {dtype, pl.Float64} if dtype == pl.Int64 and name not in no_floats else {dtype}
            self._may_be[name] = [one for one in self._may_be[name] if one in fit]
        return unsure


class TableTypes:
    """The types of all columns of text, which are found from all of their cells, some after some."""

    def __init__(self, names: Iterable[str], variables: Iterable[str], as_text: Collection[str] = ()) -> None:
        self._names = [*names]
        self._variables = {name: VariableType() for name in variables}
        self._passed = PassedTypes([name for name in self._names if name not in self._variables], as_text)

    @property
    def variables(self) -> list[str]:
        """The columns that are computed with."""
        return [*self._variables]

    @property
    def unsettled(self) -> list[str]:
        """The columns whose type more cells can change."""
        variables = [name for name, found in self._variables.items() if found.dtype != pl.String]
        return [*variables, *self._passed.unsettled]

    @property
    def types(self) -> dict[str, Any]:
        """The types, as far as cells have been added."""
        return self._in_order({name: found.dtype for name, found in self._variables.items()} | self._passed.types)

    @property
    def read_as(self) -> dict[str, Any]:
        """Types that cells are read by quickly, and lose nothing if later ones are as those that have been added."""
        return self._in_order({name: found.read_as for name, found in self._variables.items()} | self._passed.read_as)

    def _in_order(self, types: dict[str, Any]) -> dict[str, Any]:
        return {name: types[name] for name in self._names}

    def guess(self, types: Mapping[str, Any]) -> None:
        """Types by which cells may be read at first; nothing hangs on them but how soon the right ones are found."""
        self._passed.guess = types
        for name, found in self._variables.items():
            found.guess = types[name] if types[name] in (pl.Int64, pl.String) else pl.Float64

    def typed(self, types: Mapping[str, Any]) -> list[str]:
        """The columns that are passed on and have a type that is none of text."""
        return [name for name, dtype in types.items() if dtype != pl.String and name not in self._variables]

    def add(self, cells: pl.DataFrame) -> None:
        """More cells of some columns, as text."""
        for name in filter(self._variables.__contains__, cells.columns):
            self._variables[name].add(cells[name])
        self._passed.add(chosen(cells, [name for name in cells.columns if name not in self._variables]))

    def add_typed(self, cells: pl.DataFrame) -> list[str]:
        """More cells, as text and as types that give it back; the columns of which only text tells, to be added."""
        self.add(cells.select(pl.col(pl.String)))
        types = cells.schema
        numbers = [name for name in self._variables if types.get(name, pl.String) != pl.String]
        doubtful = [name for name in numbers if not self._variables[name].add_numbers(cells[name])]
        return doubtful + self._passed.add_typed(chosen(cells, self.typed(types)))

    def changed(self, cells: pl.DataFrame) -> list[str]:
        """The columns in a frame that should not have been read by the type that they have there."""
        now, types = self.types, cells.schema
        return [name for name, dtype in types.items() if name in self._variables or dtype != now[name]]


def _known(cells: pl.DataFrame) -> list[str]:
    """The columns with a cell that has a value."""
    if not cells.width:
        return []
    return [name for name, count in zip(cells.columns, cells.null_count().row(0), strict=True) if count < len(cells)]


def where(cells: pl.DataFrame, condition: pl.Expr) -> list[str]:
    """The columns for which a condition on all of their cells holds."""
    if not cells.width:
        return []
    return [name for name, holds in zip(cells.columns, cells.select(condition).row(0), strict=True) if holds]


def _whole(cells: pl.DataFrame) -> list[str]:
    """The columns of whole numbers, as they are written again."""
    again = pl.all().cast(pl.Int64, strict=False).cast(pl.String)
    return where(cells, again.eq_missing(pl.all()).all())


def _no_floats(cells: pl.DataFrame) -> list[str]:
    """The columns of whole numbers of which one would be written otherwise as a float."""
    may = chosen(cells, where(cells, (pl.all().min() <= -_EXACT) | (pl.all().max() >= _EXACT)))
    is_plain = pl.all().is_between(-_PLAIN, _PLAIN, closed="none")
    return where(may, ~(is_plain & (pl.all().cast(pl.Float64).cast(pl.Int64, strict=False) == pl.all())).all())


def _decimals(cells: pl.DataFrame) -> list[str]:
    """The columns of plain decimal numbers, of no more digits than a float has."""
    written = pl.all().cast(pl.Float64, strict=False).cast(pl.String)
    sure = {*where(cells, (written.eq_missing(pl.all()) & ~pl.all().str.contains("[eNn]")).all())}
    others = chosen(cells, [name for name in cells.columns if name not in sure])
    plain = chosen(others, where(others, pl.all().str.contains(_DECIMAL).all()))
    long = where(plain, (pl.all().str.len_bytes() > DIGITS).any())
    cut = pl.all().filter(pl.all().str.len_bytes() > DIGITS)
    shortest = cut.str.replace(r"(\.\d*?)0+$", "$1").str.strip_suffix(".")
    again = cut.cast(pl.Float64).cast(pl.String).str.strip_suffix(".0")
    lost = {*long}.difference(where(chosen(plain, long), (again == shortest).all()))
    return [*sure, *[name for name in plain.columns if name not in lost]]


def _booleans(cells: pl.DataFrame) -> list[str]:
    return where(cells, pl.all().is_in(["true", "false"]).all())


_ARE: dict[Any, Callable[[pl.DataFrame], list[str]]] = {pl.Int64: _whole, pl.Float64: _decimals, pl.Boolean: _booleans}


def floats(cells: pl.Series) -> pl.Series:
    """Cells as floats, null where they are no numbers; blanks around one do not count."""
    made = cells.cast(pl.Float64, strict=False)
    if made.null_count() == cells.null_count():
        return made
    return cells.str.strip_chars().cast(pl.Float64, strict=False)


def _long(cells: pl.Series, made: pl.Series) -> pl.Series:
    far = (made.abs() >= _EXACT).fill_null(False)
    return far & cells.str.contains(_WHOLE).fill_null(False) if far.any() else far


def vanished(cells: pl.Series, made: pl.Series) -> pl.Series:
    """Which cells of text, of which floats were made, are numbers too small for one, and have become 0.

    >>> cells = pl.Series(["1e-400", "-0.0", "0e5", "1e-5", "x"])
    >>> vanished(cells, floats(cells)).to_list()
    [True, False, False, False, False]
    """
    zeros = (made == 0).fill_null(False)
    return zeros & cells.str.contains(_NOT_ZERO).fill_null(False) if zeros.any() else zeros


def may_vanish(data: bytes) -> bool:
    """Whether there may be such a number in a piece of text."""
    return _ZEROS in data or any(re.search(exponent, data) for exponent in _SMALL)


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
