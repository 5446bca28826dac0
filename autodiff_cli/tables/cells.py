"""CSV and TSV. What is written in the same format is passed on as it is, line by line."""

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Any

import polars as pl

from autodiff_cli.errors import AutodiffError
from autodiff_cli.tables.table import ERRORS, LINE, Block, Format, quoted, spoken, why
from autodiff_cli.tables.text import HEAD, LONGEST, Text, ahead, end_of_rows, lines_of


class Cells(Text):
    """CSV and TSV: to the same format as whole lines, to others as columns of text or of what their text means."""

    def __init__(self, path: str, format: Format, to: Format) -> None:
        super().__init__(path, format, to)
        self.lines = to.name == format.name
        head = self._head[self._start :]
        end = head.find(b"\n") + 1
        while end and head.count(b'"', 0, end) % 2:  # a name in quotes goes on in the next line
            end = head.find(b"\n", end) + 1
        if not end and len(self._head) == HEAD:
            raise AutodiffError(f"{self.name} has a header of more than {HEAD >> 10} kB", hint="is it a table?")
        header = head[: end or None]
        self._check_utf8(header)
        if not header.strip():
            raise AutodiffError(f"{self.name} has no header: its first line must name the columns")
        names = next(csv.reader(io.StringIO(header.decode(), newline=""), delimiter=format.separator))
        if len(set(names)) < len(names):
            twice = next(name for name in names if names.count(name) > 1)
            raise AutodiffError(f"{self.name} has two columns named '{twice}'", hint="rename one of them")
        self._start += len(header)
        self._line = 1 + header.count(b"\n")
        self._forget()
        self.columns = dict.fromkeys(names)
        self._types: dict[str, Any] = {}

    def blocks(self, needed: Sequence[str]) -> Iterator[Block]:
        """All rows, in order."""
        names = list(self.columns)
        first = True
        for data, read in ahead(self._parsed(needed)):
            if isinstance(read, BaseException):
                raise self._broken(data, read) from None
            if not data.endswith(b"\n"):
                self._check_last(data)
            frame, inputs, text = read
            place = self._places(data)
            if not self.lines and (not self._to.text or self._to.name == "jsonl"):
                if first:
                    self._types = {n: pl.Float64 if n in needed else _type_of(frame[n]) for n in names}
                frame = frame.with_columns([self._typed(frame[name], place, name in needed) for name in names])
            first = False
            yield Block(frame, inputs, place, text)
            self._line += data.count(b"\n") if b'"' in data else len(frame)
        if first:
            types = dict.fromkeys(names, pl.String) | dict.fromkeys(needed, pl.Float64)
            empty = pl.DataFrame(schema={self._header(): pl.String} if self.lines else types)
            yield Block(empty, {name: pl.Series(name, [], pl.Float64) for name in needed}, self._places(b""))

    def _parsed(self, needed: Sequence[str]) -> Iterator[tuple[bytes, Any]]:
        """Pieces of text, each with what a block needs, or with what keeps it from being read."""
        for data in self._pieces():
            try:
                yield data, (self._lines(data, needed) if self.lines else None) or self._cells(data, needed)
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

    def _cells(self, data: bytes, needed: Sequence[str]) -> Any:
        frame = self._read(data, pl.String, list(self.columns))
        inputs = {name: frame[name] for name in needed}
        if not self.lines:
            return frame, inputs, None
        text = io.BytesIO()
        frame.write_csv(text, include_header=False, separator=self._format.separator)
        return self._whole_lines(text.getvalue(), len(frame)).to_frame(), inputs, None

    def _lines(self, data: bytes, needed: Sequence[str]) -> Any:
        """The rows as they are, in lines, and the inputs as numbers; None where a row is more or less than a line."""
        if b'"' in data:
            return None
        lines = lines_of(data, self._header())
        inputs = self._read(data, pl.Float64, needed).to_dict() if needed else {}
        count, separator = len(self.columns) - 1, self._format.separator
        if len(needed) <= count:  # what is not read is not checked either
            if (lines.is_null().any() and count) or (lines.str.count_matches(separator, literal=True) != count).any():
                return None
        elif (
            any(cells.null_count() for cells in inputs.values())
            and data.count(separator.encode()) != len(lines) * count
        ):
            return None
        return lines.to_frame(), inputs, lambda name: self._read(data, pl.String, [name])[name]

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

    def _typed(self, cells: pl.Series, place: Callable[[int, str], str], needed: bool) -> pl.Series:
        dtype = self._types[cells.name]
        if dtype == pl.String:
            return cells
        if dtype == pl.Boolean:
            made = cells.replace_strict({"true": True, "false": False}, default=None, return_dtype=pl.Boolean)
        else:
            made = (cells.str.strip_chars() if needed else cells).cast(dtype, strict=False)
        if made.null_count() != cells.null_count() and not needed:
            row = int((made.is_null() & cells.is_not_null()).arg_max() or 0)
            raise AutodiffError(
                f"{place(row, cells.name)}: '{cells[row][:60]}' does not go into a column of {spoken(dtype)}",
                hint="CSV to CSV keeps every cell as it is",
            )
        return made

    def _places(self, data: bytes) -> Callable[[int, str], str]:
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

    def _reader(self, data: bytes) -> Any:
        csv.field_size_limit(LONGEST)
        return csv.reader(io.StringIO(data.decode(), newline=""), delimiter=self._format.separator)

    def _check_last(self, data: bytes) -> None:
        """A last row without a newline that has too few cells is one that was cut off."""
        rows = list(self._reader(data[data.rfind(b"\n", 0, end_of_rows(data) - 1) + 1 :]))
        if rows and 0 < len(rows[-1]) < len(self.columns):
            line = self._line + data.count(b"\n")
            raise AutodiffError(
                f"{self.name} is cut off: its last line, {line}, has {len(rows[-1])} of {len(self.columns)} cells",
                hint="where that is meant, end the line with a newline",
            )

    def _broken(self, data: bytes, error: BaseException) -> AutodiffError:
        """Why a piece cannot be read, and the line where."""
        self._check_utf8(data)
        if (nul := data.find(b"\0")) >= 0:
            return AutodiffError(f"{self.name}, line {self._line + data.count(bytes([10]), 0, nul)}: byte 0 is no text")
        reader = self._reader(data)
        line = self._line
        with suppress(csv.Error):
            for row in reader:
                if len(row) > len(self.columns):
                    counts = f"{len(row)} cells, and the header has {len(self.columns)}"
                    return AutodiffError(
                        f"{self.name}, line {line}: {counts}",
                        hint=f'a cell with a "{self._format.separator}" needs quotes',
                    )
                line = self._line + reader.line_num
        if data.count(b'"') % 2:
            line = self._line + data.count(b"\n", 0, end_of_rows(data))
            return AutodiffError(f'{self.name}, line {line}: a " opens there that is never closed')
        lines = f"lines {self._line} to {self._line + data.count(bytes([10]))}"
        return AutodiffError(f"{self.name}, {lines}: {why(error)}")


def _type_of(cells: pl.Series) -> Any:
    """The type of a column of text: whole numbers, floats or booleans where every cell is one and none is lost."""
    known = cells.drop_nulls()
    if not len(known):
        return pl.String
    whole = known.cast(pl.Int64, strict=False)
    if not whole.null_count() and (whole.cast(pl.String) == known).all():
        return pl.Int64
    text = known.str.contains(r"^[+-]?0\d|^\s|\s$|^[+-]?\d{16,}$").any()  # such as 007, or what no float has in full
    if not text and not known.cast(pl.Float64, strict=False).null_count():
        return pl.Float64
    return pl.Boolean if known.is_in(["true", "false"]).all() else pl.String
