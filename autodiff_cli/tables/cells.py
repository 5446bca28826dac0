"""CSV and TSV. What is written in the same format is passed on as it is, line by line."""

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

import polars as pl

from autodiff_cli.errors import AutodiffError
from autodiff_cli.tables import conversion
from autodiff_cli.tables.base import ERRORS, LINE, FileFormat, Place, RowBlock, framed, misfit, quoted, why
from autodiff_cli.tables.text import HEAD, LONGEST, Text, ahead, end_of_rows, lines_of


class _Read(NamedTuple):
    """What is read of a piece of text: what is passed on, the inputs, and how one was typed, where that may differ."""

    frame: pl.DataFrame
    inputs: dict[str, pl.Series]
    text: Callable[[str], pl.Series] | None = None


class Cells(Text):
    """CSV and TSV: to the same format as whole lines, to others as columns of text or of what their text means."""

    def __init__(self, path: str, format: FileFormat, to: FileFormat) -> None:
        super().__init__(path, format, to)
        self.lines = to.name == format.name
        header = self._header_read()
        self._check_text(header)
        if not header.strip():
            raise AutodiffError(f"{self.name} has no header: its first line must name the columns")
        names = next(self._reader(header))
        if len(set(names)) < len(names):
            twice = next(name for name in names if names.count(name) > 1)
            raise AutodiffError(f"{self.name} has two columns named '{twice}'", hint="rename one of them")
        self._start += len(header)
        self._line = 1 + header.count(b"\n")
        self._forget()
        self.columns = dict.fromkeys(names)
        self._types: dict[str, Any] = {}

    def _header_read(self) -> bytes:
        """The first line, or those that a name in quotes goes on in."""
        head = self._head[self._start :]
        end = _end_of_row(head)
        if end:
            return head[:end]
        if len(self._head) == HEAD:
            raise AutodiffError(f"{self.name} has a header of more than {HEAD >> 10} kB", hint="is it a table?")
        if head.count(b'"') % 2:
            raise self._unclosed(1)
        return head

    # --- rows ------------------------------------------------------------------------------------------------------

    def blocks(self, needed: Sequence[str]) -> Iterator[RowBlock]:
        is_empty = True
        for data, read in ahead(self._parsed(needed)):
            if isinstance(read, BaseException):
                raise self._broken(data, read) from None
            place = self._places(data)
            frame = self._with_types(read.frame, place, needed) if self._gets_types() else read.frame
            yield RowBlock(frame, read.inputs, place, read.text)
            self._line += data.count(b"\n") if b'"' in data else len(frame)
            is_empty = False
        if is_empty:
            yield self._no_rows(needed)

    def _no_rows(self, needed: Sequence[str]) -> RowBlock:
        types = dict.fromkeys(self.columns, pl.String) | dict.fromkeys(needed, pl.Float64)
        frame = pl.DataFrame(schema={self._header(): pl.String} if self.lines else types)
        return RowBlock(frame, {name: pl.Series(name, [], pl.Float64) for name in needed}, self._places(b""))

    def _parsed(self, needed: Sequence[str]) -> Iterator[tuple[bytes, _Read | BaseException]]:
        """Pieces of text, each with what a block needs, or with what keeps it from being read."""
        for data in self._pieces():
            try:
                read = self._lines(data, needed) if self.lines else None
                yield data, read or self._cells(data, needed)
            except ERRORS as error:
                yield data, error

    def _read(self, data: bytes, dtype: Any, needed: Sequence[str]) -> pl.DataFrame:
        """Some of the columns. What is no number has no value in columns of numbers."""
        names = {name: f"column_{index}" for index, name in enumerate(self.columns, 1)}
        some = len(needed) < len(names)
        read = pl.read_csv(
            data,
            has_header=False,
            columns=[names[name] for name in needed] if some else None,
            schema=dict.fromkeys(names.values(), dtype),
            missing_columns="insert",
            separator=self._format.separator,
            ignore_errors=dtype != pl.String,
        )
        read.columns = list(needed if some else names)
        return read

    def _reader(self, data: bytes) -> Any:
        """Python's reader, which is slow and knows which line it is in."""
        csv.field_size_limit(LONGEST)
        return csv.reader(io.StringIO(data.decode(), newline=""), delimiter=self._format.separator)

    def _places(self, data: bytes) -> Place:
        line = self._line

        def place(row: int, column: str = "") -> str:
            at = line + row
            if b'"' in data:
                reader = self._reader(data)
                for _ in range(row):
                    next(reader, None)
                at = line + reader.line_num
            return f"{self.name}, line {at}" + (f", column '{column}'" if column else "")

        return place

    # --- as whole lines --------------------------------------------------------------------------------------------

    def _lines(self, data: bytes, needed: Sequence[str]) -> _Read | None:
        """The rows as they are, in lines, and the inputs as numbers; None where a row is more or less than a line."""
        if b'"' in data:
            return None
        lines = lines_of(data, self._header())
        inputs = self._read(data, pl.Float64, needed).to_dict() if needed else {}
        if not self._have_all_cells(data, lines, inputs):
            return None
        return _Read(lines.to_frame(), inputs, lambda name: self._read(data, pl.String, [name])[name])

    def _have_all_cells(self, data: bytes, lines: pl.Series, inputs: Mapping[str, pl.Series]) -> bool:
        """Whether each line has as many cells as the header."""
        separator, separators = self._format.separator, len(self.columns) - 1
        if len(inputs) <= separators:  # what is not read is not checked either
            if separators and lines.is_null().any():
                return False
            counts = lines.str.count_matches(separator, literal=True)
            return not (counts != separators).any()
        is_full = sum(map(pl.Series.null_count, inputs.values())) == 0
        return is_full or data.count(separator.encode()) == len(lines) * separators

    def _whole_lines(self, text: bytes, rows: int) -> pl.Series:
        """Rows of well-formed text, where a cell in quotes may go on in the next line."""
        if text.count(b"\n") == rows:
            return lines_of(text, self._header())
        made, begun = [], ""
        for line in text.decode().split("\n")[:-1]:
            begun += line
            if begun.count('"') % 2:
                begun += "\n"
            else:
                made.append(begun)
                begun = ""
        return pl.Series(self._header(), made)

    def _header(self) -> str:
        return LINE + self._format.separator.join([quoted(name, self._format.separator) for name in self.columns])

    # --- as columns ------------------------------------------------------------------------------------------------

    def _cells(self, data: bytes, needed: Sequence[str]) -> _Read:
        frame = self._read(data, pl.String, list(self.columns))
        if self._is_short(data, frame):
            raise ValueError("a row has too few cells")
        inputs = {name: frame[name] for name in needed}
        if not self.lines:
            return _Read(frame, inputs)
        text = io.BytesIO()
        frame.write_csv(text, include_header=False, separator=self._format.separator)
        return _Read(self._whole_lines(text.getvalue(), len(frame)).to_frame(), inputs)

    def _is_short(self, data: bytes, frame: pl.DataFrame) -> bool:
        """Whether a row that is not blank has too few cells, for which polars makes up empty ones at its end."""
        separators = len(self.columns) - 1
        ends_empty = frame.to_series(separators).is_null()
        if not separators or not ends_empty.any():
            return False
        if b'"' not in data:
            counts = lines_of(data, "").str.count_matches(self._format.separator, literal=True)
            return bool((counts != separators).any())
        if data.count(b"\n") == len(frame):  # each row is a line
            data = "\n".join(lines_of(data, "").filter(ends_empty).drop_nulls()).encode()
        return any(0 < len(row) <= separators for row in self._reader(data))

    def _gets_types(self) -> bool:
        return not self.lines and (not self._to.text or self._to.name == "jsonl")

    def _with_types(self, frame: pl.DataFrame, place: Place, needed: Sequence[str]) -> pl.DataFrame:
        """The columns by their types, which are those of the first block."""
        if not self._types:
            ways = dict.fromkeys(self.columns, _type_of) | dict.fromkeys(needed, conversion.type_of)
            self._types = {name: type_of(frame[name]) for name, type_of in ways.items()}
        made: list[pl.Series] = []
        for name in self.columns:
            made += self._typed(frame[name], place, name in needed)
        return framed(made)

    def _typed(self, cells: pl.Series, place: Place, needed: bool) -> list[pl.Series]:
        """A column by its type, and what JSON lines have of it as it was."""
        dtype = self._types[cells.name]
        if needed and self._to.name == "jsonl":
            made, _ = conversion.typed(cells, pl.Float64)
            return [made, *conversion.kept(cells, made)]
        if dtype == pl.String:
            return [cells]
        made, lost = conversion.typed(cells, dtype) if needed else _cast(cells, dtype)
        if lost.any():
            raise misfit(cells, lost, dtype, place, "CSV to CSV keeps every cell as it is")
        return [made]

    # --- what cannot be read ---------------------------------------------------------------------------------------

    def _broken(self, data: bytes, error: BaseException) -> AutodiffError:
        """Why a piece cannot be read, and the line where."""
        self._check_text(data)
        if b'"' not in data:
            self._check_ends(data)
        is_open = data.count(b'"') % 2 == 1
        uneven = self._uneven(data, is_open)
        if uneven:
            return uneven
        if is_open:
            return self._unclosed(self._line + data.count(b"\n", 0, end_of_rows(data)))
        last = self._line + data.count(b"\n")
        return AutodiffError(f"{self.name}, lines {self._line} to {last}: {why(error)}")

    def _uneven(self, data: bytes, is_open: bool) -> AutodiffError | None:
        """The first row that has more or fewer cells than the header; of a last one that is open nobody knows."""
        reader, line, count = self._reader(data), self._line, len(self.columns)
        least = 0 if is_open else count
        with suppress(csv.Error):
            for row in reader:
                lacks = 0 < len(row) < least
                if lacks and not data.endswith(b"\n") and next(reader, None) is None:
                    counts = f"has {len(row)} of {count} cells"
                    return AutodiffError(f"{self.name} is cut off: its last line, {line}, {counts}")
                if lacks or len(row) > count:
                    return self._miscounted(line, len(row))
                line = self._line + reader.line_num
        return None

    def _miscounted(self, line: int, cells: int) -> AutodiffError:
        separator = "tab" if self._format.name == "tsv" else '","'
        if cells > len(self.columns):
            hint = f"a cell with a {separator} needs quotes"
        else:
            hint = f"an empty cell needs its {separator} too"
        counts = f"{cells} cell{'s' * (cells > 1)}, and the header has {len(self.columns)}"
        return AutodiffError(f"{self.name}, line {line}: {counts}", hint=hint)

    def _unclosed(self, line: int) -> AutodiffError:
        return AutodiffError(f'{self.name}, line {line}: a " opens there that is never closed')


def _end_of_row(data: bytes) -> int:
    """Where the first row ends: after a newline with an even number of quotes before it; 0 where none does."""
    start, is_open = 0, 0
    while end := data.find(b"\n", start) + 1:
        is_open ^= data.count(b'"', start, end) % 2
        if not is_open:
            return end
        start = end
    return 0


def _cast(cells: pl.Series, dtype: Any) -> tuple[pl.Series, pl.Series]:
    """Cells of text as a type, null where they are none; and which are lost."""
    if dtype == pl.Boolean:
        made = cells.replace_strict({"true": True, "false": False}, default=None, return_dtype=pl.Boolean)
    else:
        made = cells.cast(dtype, strict=False)
    return made, made.is_null() & cells.is_not_null()


def _type_of(cells: pl.Series) -> Any:
    """The type of a column of text: whole numbers, floats or booleans where every cell is one and none is lost."""
    known = cells.drop_nulls()
    if not len(known):
        return pl.String
    whole = known.cast(pl.Int64, strict=False)
    if whole.cast(pl.String).eq_missing(known).all():
        return pl.Int64
    loses = known.str.contains(r"^[+-]?0\d|^\s|\s$|^[+-]?\d{16,}$").any()  # such as 007, or what no float has in full
    if not loses and not known.cast(pl.Float64, strict=False).null_count():
        return pl.Float64
    return pl.Boolean if known.is_in(["true", "false"]).all() else pl.String
