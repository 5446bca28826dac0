"""JSON lines: to JSON lines they go as they are, to other formats as columns."""

import json
import re
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from itertools import chain, islice
from math import isfinite
from typing import IO, Any

import polars as pl

from autodiff_cli.errors import Advice, AutodiffError, Option, advice
from autodiff_cli.tables import conversion
from autodiff_cli.tables.base import (
    ERRORS,
    LINE,
    STDIN,
    FileFormat,
    Place,
    RowBlock,
    framed,
    misfit,
    spoken,
    taken,
    why,
)
from autodiff_cli.tables.conversion import without
from autodiff_cli.tables.dialect import PLAIN, Listed, Readable, TableDialect
from autodiff_cli.tables.keys import KeyType, are_floats, repeated, repeated_anywhere
from autodiff_cli.tables.text import HEAD, ROOM, Text, ahead, joined, lines_of

_ESCAPED = r'\\.[^"\\]*"'  # the end of a key that is not spelled as it is
_MANY = 100  # columns, of which a piece has few rows
_SHOWN = 1000  # lines that show the keys
_OF_NUMBERS = {"csv": pl.String, "tsv": pl.String, "jsonl": pl.Float64}  # types of variables in some formats
_TINY = r"[:\s]-?[0-9.]+[eE]-0*(?:[3-9]\d\d|\d{4})|0{300}"  # one that may be read as 0
_LONG = r"[:\s]-?\d{16,}\s*[,}]"  # a whole number that may not be a float


class Objects(Text):
    """JSON lines. To JSON lines they go as they are; to others as columns."""

    _quotes = False

    _is_array = False  # whether all of it is one JSON array, which is read as lines

    def __init__(self, path: str, format: FileFormat, to: FileFormat, dialect: TableDialect = PLAIN) -> None:
        super().__init__(path, format, to, dialect)
        self._types: dict[str, Any] = {}
        self._read_already: dict[int, pl.DataFrame] = {}  # pieces, as read while types were looked for
        if self._head[self._start :].lstrip().startswith(b"["):
            self._is_array = True
            self._as_lines()
        self.lines = to.name == "jsonl"
        head = self._head[self._start :]
        if len(self._head) == HEAD:
            head = head[: head.rfind(b"\n") + 1] or head
        self.columns = {}
        for number, line in islice(_numbered(head, 1), _SHOWN):
            self.columns |= dict.fromkeys(self._object(line, number))
        self.is_blank = len(self._head) < HEAD and not head.strip()
        self._forget()

    def _as_lines(self) -> None:
        """Begin again, with the elements of an array as lines."""
        if self._path != STDIN:
            self._begin()
            return
        listed = Listed(_Again(self._head, self._stdin), self.name)
        self._number, self._stdin, self._start = listed.number, listed, 0
        self._head = self._take(listed, HEAD)

    def _unwritten(self, file: IO[bytes]) -> Readable:
        found = super()._unwritten(file)
        if not self._is_array:
            return found
        listed = Listed(found, self.name)
        self._number = listed.number
        return listed

    def _object(self, line: bytes, number: int) -> dict[str, Any]:
        try:
            found = json.loads(line, parse_int=float)
        except RecursionError:
            raise AutodiffError(f"{self.name}, line {self._number(number)}: no JSON: it goes too deep") from None
        except ValueError as error:
            what = getattr(error, "msg", "it is not UTF-8")
            raise AutodiffError(f"{self.name}, line {self._number(number)}: no JSON: {what}") from None
        if not isinstance(found, dict):
            raise AutodiffError(
                f"{self.name}, line {self._number(number)}: no JSON object",
                hint='JSON lines are such as {"a": 1, "b": 2}',
            )
        return found

    # --- rows ------------------------------------------------------------------------------------------------------

    def blocks(self, needed: Sequence[str]) -> Iterator[RowBlock]:
        is_empty = True
        begin = self._line
        if not self.lines and not self._types:
            self._settle_types(needed)
        self._line = begin
        for number, data in enumerate(ahead(self._some())):
            if data.strip():
                yield self._block(number, data, needed)
                is_empty = False
            self._line += data.count(b"\n")
        if is_empty:
            schema = {LINE: pl.String} if self.lines else dict.fromkeys(self.columns, pl.String)
            inputs = {name: pl.Series(name, [], pl.Float64) for name in needed}
            yield RowBlock(pl.DataFrame(schema=schema), inputs, self._places(b""))

    def _some(self) -> Iterator[bytes]:
        return joined(self._pieces()) if len(self.columns) > _MANY and not self.lines else self._pieces()

    def _settle_types(self, needed: Sequence[str]) -> None:
        """The type of each column, from all of its cells: it does not hang on where pieces end."""
        self._keep()
        found: dict[str, KeyType] = {}
        room = ROOM
        for number, data in enumerate(ahead(self._some())):
            try:
                lines = self._lines(data)
                read = self._read(data, lines, needed, self._places(data)) if len(lines) else pl.DataFrame()
            except (*ERRORS, AutodiffError, RecursionError):  # it is read once more, and will be said then
                break
            for cells in read:
                found.setdefault(cells.name, self._key_type(cells.name in needed)).add(cells, lines)
            room -= int(read.estimated_size())
            if room > 0:
                self._read_already[number] = read
            self._line += data.count(b"\n")
        self._types = {name: one.dtype for name, one in found.items()}

    def _block(self, number: int, data: bytes, needed: Sequence[str]) -> RowBlock:
        """The rows of a piece."""
        place = self._places(data)
        try:
            lines = self._lines(data)
            read = self._read_already.pop(number, None)
            read = self._read(data, lines, needed, place) if read is None else read
            read = read if self.lines else self._with_text(read, data, needed)
        except (*ERRORS, RecursionError) as error:
            raise self._broken(data, error) from None
        self._check_free(data, lines, read, place)
        self._check_once(data, lines, read, needed, place)
        inputs = {name: without(read[name], self._dialect.nulls) for name in needed}
        frame = lines.to_frame() if self.lines else self._with_types(read, needed, place)
        return RowBlock(frame, inputs, place)

    def _lines(self, data: bytes) -> pl.Series:
        lines = lines_of(data, LINE)
        return lines.filter(lines.str.contains(r"\S").fill_null(False))

    def _places(self, data: bytes) -> Place:
        line = self._line

        def place(row: int, column: str = "") -> str:
            number, _ = next(islice(_numbered(data, line), row, None))
            return f"{self.name}, line {self._number(number)}" + (f", '{column}'" if column else "")

        return place

    # --- reading ---------------------------------------------------------------------------------------------------

    def _read(self, data: bytes, lines: pl.Series, needed: Sequence[str], place: Place) -> pl.DataFrame:
        """The columns, of whole lines only those that are needed: as text, or as numbers that floats hold."""
        try:
            if conversion.may_vanish(data) and lines.str.contains(_TINY).any():
                read = self._by_row(lines, needed, place)
            elif self.lines:
                read = pl.read_ndjson(data, schema=dict.fromkeys([*needed, *self.added], pl.String))
            else:
                read = self._typed(data, lines, needed)
        except ERRORS:
            read = self._by_row(lines, needed, place)
        if len(read) != len(lines):
            raise ValueError("not one object a line")
        return read.with_columns([pl.lit(None).alias(name) for name in needed if name not in read.columns])

    def _typed(self, data: bytes, lines: pl.Series, needed: Sequence[str]) -> pl.DataFrame:
        """Columns by the types that polars finds, the needed ones as text where it would lose digits of theirs."""
        with suppress(*ERRORS):  # such as numbers beside objects
            read = pl.read_ndjson(data, infer_schema_length=None)
            there = filter(read.columns.__contains__, needed)
            if all(_is_exact(read[name], lines) for name in there):
                return read
        text = [name for name in needed if f'"{name}"'.encode() in data]
        read = pl.read_ndjson(data, infer_schema_length=None, schema_overrides=dict.fromkeys(text, pl.String))
        if any(map(conversion.has_long, read.select(text))):
            raise ValueError("1e20 is written out")
        return read

    def _by_row(self, lines: pl.Series, needed: Sequence[str], place: Place) -> pl.DataFrame:
        """What polars does not read: NaN and Infinity, which Python writes, and numbers too large or too small."""
        rows = [*map(_spelled, lines)]
        text = framed([_texts(name, rows, lines) for name in [*needed, *self.added]])
        if self.lines:
            return text
        names = dict.fromkeys(chain.from_iterable(rows))
        others = names.keys() - {*needed}
        made = {name: text[name] for name in needed}
        if others:
            made |= self._others(lines, others, place).to_dict()
        return framed([made[name] for name in names])

    def _others(self, lines: pl.Series, names: Collection[str], place: Place) -> pl.DataFrame:
        """Some of the columns as polars reads them without NaN and Infinity, which are then put in."""
        lacking: dict[str, dict[int, float]] = {name: {} for name in names}
        texts = []
        for row, line in enumerate(lines):
            there = json.loads(line)
            cells = {name: there[name] for name in filter(lacking.__contains__, there)}
            for name in _not_finite(cells):
                lacking[name][row] = cells[name]
                cells[name] = None
            try:
                texts.append(json.dumps(cells, allow_nan=False))
            except ValueError:
                message = f"{place(row, '')}: NaN or Infinity within a list or an object"
                raise AutodiffError(message, hint=self._keeps("everything as it is")) from None
        read = pl.read_ndjson("\n".join(texts).encode(), infer_schema_length=None)
        return read.with_columns([_scattered(read[name], found) for name, found in lacking.items() if found])

    # --- as columns ------------------------------------------------------------------------------------------------

    def _with_text(self, read: pl.DataFrame, data: bytes, needed: Sequence[str]) -> pl.DataFrame:
        """The columns, with those read once more that are text because of cells elsewhere."""
        types = {name: self._types.get(name) for name in read.columns if name not in needed}
        others = [name for name, dtype in types.items() if dtype == pl.String != read[name].dtype]
        if not others:
            return read
        with suppress(*ERRORS):  # such as NaN, which is not passed on as it is written
            text = pl.read_ndjson(data, schema=dict.fromkeys(others, pl.String))
            return read.with_columns(text) if len(text) == len(read) else read
        return read

    def _with_types(self, read: pl.DataFrame, needed: Sequence[str], place: Place) -> pl.DataFrame:
        made: list[pl.Series] = []
        for name, dtype in self._types.items():
            made += self._column(read, name, dtype, name in needed, place)
        return framed(made)

    def _key_type(self, needed: bool) -> KeyType:
        """The type of a column; of a variable's, one that holds its numbers as the output has them."""
        return KeyType(needed, _OF_NUMBERS.get(self._to.name) if needed else None)

    def _column(self, read: pl.DataFrame, name: str, dtype: Any, needed: bool, place: Place) -> list[pl.Series]:
        """A column by its type, and what JSON lines have of it as it was."""
        cells = read.get_column(name, default=None)
        if cells is None:
            return [pl.Series(name, [None] * len(read), dtype)]
        if cells.dtype == dtype:
            return [cells]
        if needed and dtype == pl.Float64 and are_floats(cells):
            return [cells.cast(dtype)]
        try:
            made, lost = self._converted(cells, dtype, needed)
        except ERRORS:  # what polars has no way to make
            made, lost = [cells], cells.is_not_null()
        if lost.any():
            raise misfit(cells, lost, dtype, place, self._keeps("everything as it is"))
        return made

    def _converted(self, cells: pl.Series, dtype: Any, needed: bool) -> tuple[list[pl.Series], pl.Series]:
        """A column as another type, with what JSON lines keep of it, and which of its cells are lost."""
        if not needed:
            made, lost = _cast(cells, dtype)
            return [made], lost
        text = cells.cast(pl.String)
        made, lost = conversion.typed(text, dtype)
        if self._to.name == "jsonl":
            return [made, *conversion.kept(text, made)], pl.Series([False])
        return [made], lost

    # --- what cannot be read or added ------------------------------------------------------------------------------

    def _check_free(self, data: bytes, lines: pl.Series, read: pl.DataFrame, place: Place) -> None:
        """Raise AutodiffError where a row has a key that is to be added."""
        for name in filter(read.columns.__contains__, self.added):
            there = read[name].is_not_null()
            if there.any():
                raise taken(name, place(there.arg_true()[0], ""))
        if b"null" in data:  # which polars has for no key too
            self._check_free_of_null(lines, place)

    def _check_free_of_null(self, lines: pl.Series, place: Place) -> None:
        """As `_check_free`, where the key may have null for its value."""
        keys = "|".join([_ESCAPED, *[f'"{pl.escape_regex(name)}"' for name in self.added]])
        may = lines.str.contains(rf"(?:{keys})\s*:\s*null")
        for row, line in zip(may.arg_true(), lines.filter(may), strict=True):
            there = json.loads(line)
            both = list(filter(there.__contains__, self.added))
            if both:
                raise taken(both[0], place(row, ""))

    def _check_once(
        self, data: bytes, lines: pl.Series, read: pl.DataFrame, needed: Sequence[str], place: Place
    ) -> None:
        """Raise AutodiffError where an object has a key twice: one that is needed, or any where all are passed on."""
        found = repeated(data, lines, read, needed) if self.lines else repeated_anywhere(data, lines, read)
        if found:
            hint = "" if found.name in needed else self._keeps("everything as it is")
            raise AutodiffError(f"{place(found.row, '')}: the key '{found.name}' stands there twice", hint=hint)

    def _broken(self, data: bytes, error: BaseException) -> AutodiffError:
        """Why a piece cannot be read, and the line where."""
        self._check_utf8(data)
        for number, line in _numbered(data, self._line):
            self._check_halves(self._object(line, number), number)
        hint = "" if self.lines else self._keeps("everything as it is")
        return AutodiffError(f"{self.name}, lines from {self._number(self._line)}: {_why(error)}", hint=hint)

    def _keeps(self, what: str) -> Advice:
        """What keeps something as it is; rows for JSON lines are taken apart by `--columns` alone."""
        if self._to.name == "jsonl":
            return advice("without {0} it stays as it is", Option("columns"))
        return advice("{0} keeps " + what, Option("to", "jsonl"))

    def _check_halves(self, found: dict[str, Any], number: int) -> None:
        try:
            json.dumps(found, ensure_ascii=False).encode()
        except UnicodeEncodeError:
            raise AutodiffError(f"{self.name}, line {self._number(number)}: a \\u of two has no other half") from None


class _Again:
    """A stream of which the beginning has been read already."""

    def __init__(self, head: bytes, rest: Readable) -> None:
        self._head, self._rest = head, rest

    def read(self, size: int) -> bytes:
        """Some of it; nothing at its end."""
        if not self._head:
            return self._rest.read(size)
        made, self._head = self._head[:size], self._head[size:]
        return made


def _numbered(data: bytes, first: int) -> Iterator[tuple[int, bytes]]:
    """The lines that are not blank, each with its number."""
    for number, line in enumerate(data.split(b"\n"), first):
        if line.strip():
            yield number, line


def _spelled(line: str) -> dict[str, Any]:
    """An object, its numbers as they are written."""
    row = json.loads(line, parse_float=str, parse_int=str, parse_constant=str)
    if not isinstance(row, dict):
        raise ValueError("no object")
    return row


def _why(error: BaseException) -> str:
    """What polars says, its types in words.

    >>> _why(ValueError("cannot parse 'true' (bool) as Int64"))
    "'true' does not go into a column of whole numbers"
    """
    text = why(error)
    found = re.fullmatch(r"cannot parse ('.*') \(\w+\) as (Int64|Float64|Boolean|String)", text)
    return f"{found[1]} does not go into a column of {spoken(getattr(pl, found[2]))}" if found else text


def _cast(cells: pl.Series, dtype: Any) -> tuple[pl.Series, pl.Series]:
    """Cells as another type, and which are lost, as 0.5 is in a column of whole numbers."""
    made = cells.cast(dtype, strict=False)
    if not _are_of_kind(cells.dtype, dtype):
        return made, cells.is_not_null()
    return made, made.cast(cells.dtype, strict=False).ne_missing(cells)


def _are_of_kind(cells: Any, dtype: Any) -> bool:
    """Whether cells of a type may become another: true is not 1."""
    if cells == pl.List and dtype == pl.List:
        return _are_of_kind(cells.inner, dtype.inner)
    if cells == pl.Struct and dtype == pl.Struct:
        types = {field.name: field.dtype for field in dtype.fields}
        return all(_are_of_kind(field.dtype, types.get(field.name, pl.Null)) for field in cells.fields)
    return bool(dtype == pl.String or cells == pl.Null or (cells == pl.Boolean) == (dtype == pl.Boolean))


def _is_exact(cells: pl.Series, lines: pl.Series) -> bool:
    """Whether cells hold the numbers of some lines to the last digit."""
    if cells.dtype.is_float():
        return not (conversion.is_far(cells) and lines.str.contains(_LONG).any())
    return cells.dtype.is_integer() or cells.dtype == pl.Null


def _not_finite(cells: dict[str, Any]) -> list[str]:
    return [name for name, cell in cells.items() if isinstance(cell, float) and not isfinite(cell)]


def _scattered(cells: pl.Series, found: dict[int, float]) -> pl.Series:
    """A column with these numbers in these rows, as floats where it has numbers."""
    dtype = pl.Float64 if are_floats(cells) else pl.String
    return cells.cast(dtype).scatter([*found], pl.Series([*found.values()]).cast(dtype))


def _texts(name: str, rows: Sequence[dict[str, Any]], lines: pl.Series) -> pl.Series:
    """A column as it would be typed into a table."""
    cells = [_text(row.get(name), line, name) for row, line in zip(rows, lines, strict=True)]
    return pl.Series(name, cells, pl.String)


def _text(value: Any, line: str, name: str) -> str | None:
    """A value as it would be typed into a table."""
    if value is None:
        return None
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()  # JSON can hold half a character
    return json.dumps(json.loads(line)[name] if isinstance(value, (dict, list)) else value, ensure_ascii=False)
