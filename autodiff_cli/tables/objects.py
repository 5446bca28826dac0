"""JSON lines: to JSON lines they go as they are, to other formats as columns."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from math import isfinite
from typing import Any

import polars as pl

from autodiff_cli.errors import AutodiffError
from autodiff_cli.tables import numbers
from autodiff_cli.tables.table import ERRORS, LINE, Block, Format, spoken, taken, why
from autodiff_cli.tables.text import HEAD, Text, ahead, lines_of

_ESCAPED = r'\\.[^"\\]*"'  # the end of a key that is not spelled as it is
_LONG = r"[:\s]-?\d{16,}\s*[,}]"  # a whole number that may not be a float


class Objects(Text):
    """JSON lines. To JSON lines they go as they are; to others as columns."""

    _quotes = False

    def __init__(self, path: str, format: Format, to: Format) -> None:
        super().__init__(path, format, to)
        self.lines = to.name == "jsonl"
        head = self._head[self._start :]
        if len(self._head) == HEAD:
            head = head[: head.rfind(b"\n") + 1] or head
        self.columns = {}
        for number, line in enumerate(head.split(b"\n")[:1000], 1):
            if line.strip():
                self.columns |= dict.fromkeys(self._object(line, number))
        self._forget()

    def _object(self, line: bytes, number: int) -> dict[str, Any]:
        try:
            found = json.loads(line, parse_int=float)
        except (ValueError, RecursionError) as error:
            why = "it goes too deep" if isinstance(error, RecursionError) else getattr(error, "msg", "it is not UTF-8")
            raise AutodiffError(f"{self.name}, line {number}: no JSON: {why}") from None
        if not isinstance(found, dict):
            raise AutodiffError(
                f"{self.name}, line {number}: no JSON object", hint='JSON lines are such as {"a": 1, "b": 2}'
            )
        return found

    def blocks(self, needed: Sequence[str]) -> Iterator[Block]:
        """All rows, in order."""
        types: dict[str, Any] = {}
        some = False
        for data in ahead(self._pieces()):
            if not data.strip():
                self._line += data.count(b"\n")
                continue
            place = self._places(data)
            try:
                lines = self._lines(data)
                read = self._read(data, lines, needed, place)
            except (*ERRORS, RecursionError) as error:
                raise self._broken(data, error) from None
            self._check_free(data, lines, read, place)
            inputs = {name: read[name] for name in needed}
            if self.lines:
                frame = lines.to_frame()
            else:
                types = types or {name: self._type(read[name], name in needed) for name in read.columns}
                made = [self._column(read, name, types[name], name in needed, place) for name in types]
                frame = pl.DataFrame({series.name: series for several in made for series in several})
                if extra := [name for name in read.columns if name not in types]:
                    row = int(read[extra[0]].is_not_null().arg_max() or 0)
                    raise AutodiffError(
                        f"{place(row, '')}: the lines before have no '{extra[0]}'", hint="--to jsonl keeps every key"
                    )
            yield Block(frame, inputs, place)
            self._line += data.count(b"\n")
            some = True
        if not some:
            empty = pl.DataFrame(schema={LINE: pl.String} if self.lines else dict.fromkeys(self.columns, pl.String))
            yield Block(empty, {name: pl.Series(name, [], pl.Float64) for name in needed}, self._places(b""))

    def _read(
        self, data: bytes, lines: pl.Series, needed: Sequence[str], place: Callable[[int, str], str]
    ) -> pl.DataFrame:
        """The columns, of whole lines only those that are needed: as text, or as numbers that floats hold."""
        try:
            if self.lines:
                read = pl.read_ndjson(data, schema=dict.fromkeys([*needed, *self.added], pl.String))
            else:
                read = self._typed(data, lines, needed)
        except ERRORS:
            read = self._by_row(lines, needed, place)
        if len(read) != len(lines):
            raise ValueError("not one object a line")
        return read.with_columns([pl.lit(None).alias(name) for name in needed if name not in read.columns])

    def _typed(self, data: bytes, lines: pl.Series, needed: Sequence[str]) -> pl.DataFrame:
        def exact(cells: pl.Series) -> bool:
            if cells.dtype.is_float():
                return not (numbers.is_far(cells) and lines.str.contains(_LONG).any())
            return cells.dtype.is_integer() or cells.dtype == pl.Null

        with suppress(*ERRORS):  # such as numbers beside objects
            read = pl.read_ndjson(data, infer_schema_length=None)
            if all(exact(read[name]) for name in needed if name in read.columns):
                return read
        text = [name for name in needed if f'"{name}"'.encode() in data]
        read = pl.read_ndjson(data, infer_schema_length=None, schema_overrides=dict.fromkeys(text, pl.String))
        if any(numbers.has_long(read[name]) for name in text):
            raise ValueError("1e20 is written out")
        return read

    def _by_row(self, lines: pl.Series, needed: Sequence[str], place: Callable[[int, str], str]) -> pl.DataFrame:
        """What polars does not read: NaN and Infinity, which Python writes, and numbers that are too large."""
        rows = [json.loads(line, parse_float=str, parse_int=str, parse_constant=str) for line in lines]
        if not all(isinstance(row, dict) for row in rows):
            raise ValueError("no object")
        text = {
            name: [_text(row.get(name), line, name) for row, line in zip(rows, lines, strict=True)]
            for name in [*needed, *self.added]
        }
        made = pl.DataFrame(text, schema=dict.fromkeys(text, pl.String))
        if self.lines:
            return made
        names = dict.fromkeys([name for row in rows for name in row])
        others = [name for name in names if name not in needed]
        rest = self._others(lines, others, place) if others else made
        return pl.DataFrame({name: (made if name in needed else rest)[name] for name in names})

    def _others(self, lines: pl.Series, names: Sequence[str], place: Callable[[int, str], str]) -> pl.DataFrame:
        """Some of the columns as polars reads them without NaN and Infinity, which are then put in."""
        lacking: dict[str, dict[int, float]] = {}
        texts = []
        for row, line in enumerate(lines):
            cells = {name: cell for name, cell in json.loads(line).items() if name in names}
            for name, cell in cells.items():
                if isinstance(cell, float) and not isfinite(cell):
                    lacking.setdefault(name, {})[row] = cell
                    cells[name] = None
            try:
                texts.append(json.dumps(cells, allow_nan=False))
            except ValueError:
                message = f"{place(row, '')}: NaN or Infinity within a list or an object"
                raise AutodiffError(message, hint="--to jsonl keeps everything as it is") from None
        read = pl.read_ndjson("\n".join(texts).encode(), infer_schema_length=None)
        for name, found in lacking.items():
            dtype = pl.Float64 if _are_floats(read[name]) else pl.String
            filled = read[name].cast(dtype).scatter([*found], pl.Series([*found.values()]).cast(dtype))
            read = read.with_columns(filled)
        return read

    def _check_free(self, data: bytes, lines: pl.Series, read: pl.DataFrame, place: Callable[[int, str], str]) -> None:
        """Raise AutodiffError where a row has a key that is to be added."""
        for name in self.added:
            if name in read.columns and (some := read[name].is_not_null()).any():
                raise taken(name, place(int(some.arg_max() or 0), ""))
        if b"null" in data:  # which polars has for no key too
            keys = "|".join([_ESCAPED, *[f'"{pl.escape_regex(name)}"' for name in self.added]])
            may = lines.str.contains(rf"(?:{keys})\s*:\s*null")
            for row, line in zip(may.arg_true(), lines.filter(may), strict=True):
                if both := [name for name in self.added if name in json.loads(line)]:
                    raise taken(both[0], place(row, ""))

    def _type(self, cells: pl.Series, needed: bool) -> Any:
        if not needed:
            return cells.dtype
        if self._to.name in ("csv", "tsv"):
            return pl.String
        return pl.Float64 if self._to.name == "jsonl" or _are_floats(cells) else numbers.type_of(cells.cast(pl.String))

    def _column(
        self, read: pl.DataFrame, name: str, dtype: Any, needed: bool, place: Callable[..., str]
    ) -> list[pl.Series]:
        """A column by its type, and what JSON lines have of it as it was."""
        if name not in read.columns:
            return [pl.Series(name, [None] * len(read), dtype)]
        cells = read[name]
        if cells.dtype == dtype:
            return [cells]
        if needed and dtype == pl.Float64 and _are_floats(cells):
            return [cells.cast(dtype)]
        try:
            if needed:
                text = cells.cast(pl.String)
                made, lost = numbers.typed(text, dtype)
                if self._to.name == "jsonl":
                    return [made, *numbers.kept(text, made)]
            else:
                made = cells.cast(dtype, strict=False)
                lost = made.cast(cells.dtype, strict=False).ne_missing(cells)  # as 0.5 in a column of whole numbers
        except ERRORS:  # what polars has no way to make
            made, lost = cells, cells.is_not_null()
        if lost.any():
            row = int(lost.arg_max() or 0)
            cell = str(cells[row : row + 1].to_list()[0])[:60]
            raise AutodiffError(
                f"{place(row, name)}: '{cell}' does not go into a column of {spoken(dtype)}",
                hint="--to jsonl keeps everything as it is",
            )
        return [made]

    def _lines(self, data: bytes) -> pl.Series:
        lines = lines_of(data, LINE)
        return lines.filter(lines.str.contains(r"\S").fill_null(False))

    def _places(self, data: bytes) -> Callable[[int, str], str]:
        line = self._line

        def place(row: int, column: str = "") -> str:
            full = [number for number, text in enumerate(data.split(b"\n"), line) if text.strip()]
            return f"{self.name}, line {full[row]}" + (f", '{column}'" if column else "")

        return place

    def _broken(self, data: bytes, error: BaseException) -> AutodiffError:
        self._check_utf8(data)
        for number, line in enumerate(data.split(b"\n"), self._line):
            if line.strip():
                found = self._object(line, number)
                try:
                    json.dumps(found, ensure_ascii=False).encode()
                except UnicodeEncodeError:
                    raise AutodiffError(f"{self.name}, line {number}: a \\u of two has no other half") from None
        hint = "" if self.lines else "--to jsonl keeps everything as it is"
        return AutodiffError(f"{self.name}, lines from {self._line}: {why(error)}", hint=hint)


def _are_floats(cells: pl.Series) -> bool:
    """Whether floats hold all of what has been read."""
    if cells.dtype.is_integer():
        return not numbers.is_far(cells)
    return cells.dtype.is_float() or cells.dtype == pl.Null


def _text(value: Any, line: str, name: str) -> str | None:
    """A value as it would be typed into a table."""
    if value is None:
        return None
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()  # JSON can hold half a character
    return json.dumps(json.loads(line)[name] if isinstance(value, (dict, list)) else value, ensure_ascii=False)
