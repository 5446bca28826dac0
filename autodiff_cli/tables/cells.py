"""CSV and TSV. What is written in the same format is passed on as it is, line by line."""

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Any

import polars as pl

from autodiff_cli.errors import AutodiffError
from autodiff_cli.tables import numbers
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
            frame, inputs, text = read
            place = self._places(data)
            if not self.lines and (not self._to.text or self._to.name == "jsonl"):
                if first:
                    self._types = {n: (numbers.type_of if n in needed else _type_of)(frame[n]) for n in names}
                made = [self._typed(frame[name], place, name in needed) for name in names]
                frame = pl.DataFrame({series.name: series for several in made for series in several})
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
        if self._is_short(data, frame):
            raise ValueError("a row has too few cells")
        inputs = {name: frame[name] for name in needed}
        if not self.lines:
            return frame, inputs, None
        text = io.BytesIO()
        frame.write_csv(text, include_header=False, separator=self._format.separator)
        return self._whole_lines(text.getvalue(), len(frame)).to_frame(), inputs, None

    def _is_short(self, data: bytes, frame: pl.DataFrame) -> bool:
        """Whether a row that is not blank has too few cells, for which polars makes up empty ones at its end."""
        count, separator = len(self.columns) - 1, self._format.separator
        last = frame.to_series(count).is_null()
        if not count or not last.any():
            return False
        if b'"' not in data:
            found = lines_of(data, "").str.count_matches(separator, literal=True) != count
            return bool(found.any())
        if data.count(b"\n") == len(frame):  # each row is a line
            data = "\n".join(lines_of(data, "").filter(last).drop_nulls()).encode()
        return any(0 < len(row) <= count for row in self._reader(data))

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

    def _typed(self, cells: pl.Series, place: Callable[[int, str], str], needed: bool) -> list[pl.Series]:
        """A column by its type, and what JSON lines have of it as it was."""
        dtype = self._types[cells.name]
        if needed and self._to.name == "jsonl":
            made, _ = numbers.typed(cells, pl.Float64)
            return [made, *numbers.kept(cells, made)]
        if dtype == pl.String:
            return [cells]
        if needed:
            made, lost = numbers.typed(cells, dtype)
        elif dtype == pl.Boolean:
            made = cells.replace_strict({"true": True, "false": False}, default=None, return_dtype=pl.Boolean)
            lost = made.is_null() & cells.is_not_null()
        else:
            made = cells.cast(dtype, strict=False)
            lost = made.is_null() & cells.is_not_null()
        if lost.any():
            row = int(lost.arg_max() or 0)
            raise AutodiffError(
                f"{place(row, cells.name)}: '{cells[row][:60]}' does not go into a column of {spoken(dtype)}",
                hint="CSV to CSV keeps every cell as it is",
            )
        return [made]

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

    def _broken(self, data: bytes, error: BaseException) -> AutodiffError:
        """Why a piece cannot be read, and the line where."""
        self._check_utf8(data)
        if (nul := data.find(b"\0")) >= 0:
            return AutodiffError(f"{self.name}, line {self._line + data.count(bytes([10]), 0, nul)}: byte 0 is no text")
        if b'"' not in data:
            self._check_ends(data)
        reader, open_quote = self._reader(data), data.count(b'"') % 2
        line, count, sign = self._line, len(self.columns), "tab" if self._format.name == "tsv" else '","'
        with suppress(csv.Error):
            for row in reader:
                if len(row) > count or (0 < len(row) < count and not open_quote):
                    if len(row) < count and not data.endswith(b"\n") and next(reader, None) is None:
                        counts = f"has {len(row)} of {count} cells"
                        return AutodiffError(f"{self.name} is cut off: its last line, {line}, {counts}")
                    counts = f"{len(row)} cell{'s' * (len(row) > 1)}, and the header has {count}"
                    more, fewer = f"a cell with a {sign} needs quotes", f"an empty cell needs its {sign} too"
                    return AutodiffError(
                        f"{self.name}, line {line}: {counts}", hint=more if len(row) > count else fewer
                    )
                line = self._line + reader.line_num
        if open_quote:
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
