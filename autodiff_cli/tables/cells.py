"""CSV and TSV. What is written in the same format is passed on as it is, line by line."""

import csv
import io
import re
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import repeat
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from autodiff_cli.errors import AutodiffError, Option, advice
from autodiff_cli.tables import conversion
from autodiff_cli.tables.base import (
    ERRORS,
    LINE,
    PIECE,
    FileFormat,
    Place,
    RowBlock,
    chosen,
    framed,
    misfit,
    quoted,
    why,
)
from autodiff_cli.tables.comes_back import ReturnProof
from autodiff_cli.tables.conversion import TableTypes, without
from autodiff_cli.tables.dialect import PLAIN, SPACE, TableDialect, guessed
from autodiff_cli.tables.text import HEAD, LONGEST, ROOM, Text, ahead, end_of_rows, joined, lines_of


class _Read(NamedTuple):
    """What is read of a piece of text: what is passed on, the inputs, and how one was typed, where that may differ."""

    frame: pl.DataFrame
    inputs: dict[str, pl.Series]
    text: Callable[[str], pl.Series] | None = None


class _Kept(NamedTuple):
    """A piece that has been read by types; whether each cell was typed as polars writes it."""

    data: bytes
    frame: pl.DataFrame
    is_as_written: bool = False

    def with_text(self, names: Sequence[str]) -> pl.DataFrame:
        """With some columns as text, as they were typed."""
        return self.frame.with_columns(chosen(self.frame, names).cast(pl.String))


class Cells(Text):
    """CSV and TSV: to the same format as whole lines, to others as columns of text or of what their text means."""

    def __init__(
        self, path: str, format: FileFormat, to: FileFormat, dialect: TableDialect = PLAIN, loose: bool = False
    ) -> None:
        asked = dialect.separator
        self._separator = "\t" if asked == SPACE else asked or format.separator
        self._quotes = self._separator != "\t"  # between tabs they may be signs like any other
        self._modes: deque[tuple[bytes, bool]] = deque(maxlen=4)  # of the last pieces, whether cells are in quotes
        super().__init__(path, format, to, dialect)
        if not asked:
            self._guess(loose)
        by_blanks = self._dialect.separator == SPACE
        commas = self._dialect.decimal == self._separator  # which none but cells in quotes can have
        self.lines = to.name == format.name and not by_blanks and not commas
        self._names = self._names_read()
        self.columns = dict.fromkeys(_apart(self._names))
        self.doubled = {name for name, count in Counter(self._names).items() if count > 1}
        self._types: dict[str, Any] = {}
        self._read_as: dict[str, Any] = {}  # the types by which columns are read, where these are known
        self._cut = 0  # rows with too many cells
        self._count = 0  # of pieces, where types were looked for in all
        self._read_already: dict[int, _Kept] = {}  # pieces by their types, as found on the way

    def _guess(self, loose: bool) -> None:
        """Take the separator that the header shows."""
        head = self._head[self._start :].decode(errors="replace")
        found = guessed(head, self._separator, loose)
        if found == self._separator:
            return
        self._quotes = found not in ("\t", SPACE)
        self._separator = "\t" if found == SPACE else found
        if found == SPACE:
            self._dialect = replace(self._dialect, separator=SPACE)
            self._begin()
        elif not loose:
            shown = "tabs" if found == "\t" else f"'{found}'"
            self.notes = [f"cells of {self.name} are separated by {shown}, as its header shows"]

    def written_as(self, format: FileFormat) -> FileFormat:
        """The format of an output of these rows: from text to text the decimal comma stays, as cells are passed on.

        From CSV to CSV, and from TSV to TSV, the separator stays too.
        """
        if format.name not in _OF_CELLS:
            return format
        keeps = format.name == self._format.name and self._dialect.separator != SPACE
        return format._replace(given_separator=self._separator if keeps else "", decimal=self._dialect.decimal)

    def _names_read(self) -> list[str]:
        """The names of the columns, from the header where there is one."""
        header = self._header_read()
        self._check_text(header)
        if not header.strip():
            raise AutodiffError(f"{self.name} has no header: its first line must name the columns")
        if self._quotes and (place := _stray(header, self._separator)) is not None:
            raise self._stray_quote(header, place)
        try:
            _check_returns(header, self._has_quotes(header))
        except _LoneReturnError as error:
            if header.count(b"\r") > 2:
                self._check_ends(header)
            raise self._lone_return(header, error.place) from None
        names: list[str] = next(self._reader(header))
        if not self._dialect.header:
            names = [f"c{place}" for place, _ in enumerate(names, 1)]
            header = b""
        if self._dialect.units:
            units = self._head[self._start + len(header) :]
            header += units[: _end_of_row(units)]
        self._start += len(header)
        self._line = 1 + header.count(b"\n")
        self._forget()
        return names

    def _header_read(self) -> bytes:
        """The first line, or those that a name in quotes goes on in."""
        head = self._head[self._start :]
        end = _end_of_row(head)
        if not self._quotes and not (end and self._has_quotes(head[:end])):
            end = head.find(b"\n") + 1 or (0 if len(self._head) == HEAD else len(head))
        if end:
            return head[:end]
        if len(self._head) == HEAD:
            raise AutodiffError(f"{self.name} has a header of more than {HEAD >> 10} kB", hint="is it a table?")
        if self._quotes and head.count(b'"') % 2:
            raise self._unclosed(1)
        return head

    # --- rows ------------------------------------------------------------------------------------------------------

    def blocks(self, needed: Sequence[str]) -> Iterator[RowBlock]:
        is_empty = True
        self._begin_line = self._line
        if self._gets_types() and not self._types:
            self._settle_types(needed)
        self._line = self._begin_line
        self._cut = 0
        for data, read in ahead(self._parsed(needed)):
            if isinstance(read, BaseException):
                raise self._broken(data, read) from None
            place = self._places(data)
            frame = self._with_types(read.frame, place, needed) if self._gets_types() else read.frame
            yield RowBlock(frame, read.inputs, place, read.text)
            self._line += data.count(b"\n") if self._has_quotes(data) else len(frame)
            is_empty = False
        if is_empty:
            yield self._no_rows(needed)

    def _no_rows(self, needed: Sequence[str]) -> RowBlock:
        types = dict.fromkeys(self.columns, pl.String) | dict.fromkeys(needed, pl.Float64)
        frame = pl.DataFrame(schema={self._header(): pl.String} if self.lines else types)
        return RowBlock(frame, {name: pl.Series(name, [], pl.Float64) for name in needed}, self._places(b""))

    def _parsed(self, needed: Sequence[str]) -> Iterator[tuple[bytes, _Read | BaseException]]:
        """Pieces of text, each with what a block needs, or with what keeps it from being read."""
        for data, frame in self._unread(needed):
            try:
                if frame is None:
                    self._check_signs(data)
                read = self._lines(data, needed) if self.lines else None
                yield data, read or self._cells(data, needed, frame)
            except ERRORS as error:
                yield data, error

    def _check_signs(self, data: bytes) -> None:
        """Raise ValueError for a quote or a CR where none can be."""
        if self._quotes and b'"' in data:
            _check_quotes(data, self._separator)
        if b"\r" in data:
            _check_returns(data, self._has_quotes(data))

    def _unread(self, needed: Sequence[str]) -> Iterator[tuple[bytes, pl.DataFrame | None]]:
        """Pieces of text, and what has been read of them already, as far as the types are still those."""
        if not self._gets_types():
            yield from ((data, None) for data in self._pieces())
            return
        kept = self._read_already
        others = {number: self._of_other_types(one.frame) for number, one in kept.items()}
        are_final = all(one.is_as_written or not others[number] for number, one in kept.items())
        is_all = kept and are_final and len(kept) == self._count
        for number, data in enumerate(repeat(b"", len(kept)) if is_all else joined(self._pieces())):
            one = kept.pop(number, None)
            if one is None:
                yield data, None
            elif one.is_as_written or not others[number]:
                yield one.data, one.with_text(others[number])
            else:
                yield data, one.frame.with_columns(self._read(data, pl.String, others[number]))

    def _pieces(self) -> Iterator[bytes]:
        return map(self._evened, super()._pieces()) if self._dialect.ragged else super()._pieces()

    def _evened(self, data: bytes) -> bytes:
        """Rows of as many cells as the header: those of fewer get empty ones, those of more lose what is too much."""
        count, text = len(self._names), io.StringIO()
        has_quotes = self._has_quotes(data)
        if not _is_utf8(data) or (has_quotes and self._quotes and _stray(data, self._separator) is not None):
            return data  # which is said when it is read
        for row in self._reader(data) if has_quotes else self._split(data):
            self._cut += any(row[count:])
            even = [*row[:count], *[""] * (count - len(row))] if row else []
            text.write(self._separator.join([quoted(cell, self._separator) for cell in even] if has_quotes else even))
            text.write("\n")
        if self._cut:
            rows = "1 row has" if self._cut == 1 else f"{self._cut:,} rows have"
            self.lost = f"{rows} more cells than the header, which are left out"
        return text.getvalue().encode()

    def _split(self, data: bytes) -> Iterator[list[str]]:
        """Rows without quotes."""
        for line in data.decode().removesuffix("\n").split("\n"):
            yield line.removesuffix("\r").split(self._separator) if line else []

    def _read(self, data: bytes, dtype: Any, needed: Sequence[str]) -> pl.DataFrame:
        """Some of the columns. What is no number has no value in columns of numbers."""
        names = {name: f"column_{index}" for index, name in enumerate(self.columns, 1)}
        some = len(needed) < len(names)
        read = pl.read_csv(
            data if data.endswith(b"\n") else data + b"\n",  # without it polars drops an empty cell too many
            has_header=False,
            columns=[names[name] for name in needed] if some else None,
            schema=dict.fromkeys(names.values(), dtype),
            missing_columns="insert",
            separator=self._separator,
            quote_char='"' if self._has_quotes(data) else None,
            ignore_errors=dtype != pl.String,
        )
        read.columns = list(needed if some else names)
        if dtype == pl.String and b'"' in data and not self._has_quotes(data):
            return framed([_unquoted(cells) for cells in read])
        return read

    def _has_quotes(self, data: bytes) -> bool:
        """Whether there are cells in quotes, which may go on in the next line.

        Between tabs a quote is a sign like any other, in rows where one of them is none of a cell in quotes.
        """
        if b'"' not in data or self._quotes:
            return b'"' in data
        for piece, mode in self._modes:
            if piece is data:
                return mode
        mode = data.count(b'"') % 2 == 0 and _stray(data, self._separator) is None
        self._modes.append((data, mode))
        return mode

    def _end_of_rows(self, data: bytes) -> int:
        end = end_of_rows(data)
        if self._quotes:
            if len(data) - end > PIECE and (place := _stray(data[end:], self._separator)) is not None:
                raise self._stray_quote(data[end:], place)  # a row is long because of it
            return end
        last = data.rfind(b"\n") + 1
        is_plain = end < last and (last - end > PIECE or _stray(data[:last], self._separator) is not None)
        return last if is_plain else end

    def _plain(self, cells: pl.Series) -> pl.Series:
        """Cells of text as numbers are written here: with a point, and none for what stands for no value."""
        if self._dialect.decimal == ",":
            commas = cells.str.replace(",", ".", literal=True)
            cells = commas.zip_with(~cells.str.contains(".", literal=True).fill_null(False), cells + POINT)
        return without(cells, self._dialect.nulls)

    def _text(self, data: bytes, name: str) -> pl.Series:
        """A column as text."""
        return self._plain(self._read(data, pl.String, [name])[name])

    def _reader(self, data: bytes) -> Any:
        """Python's reader, which is slow and knows which line it is in."""
        csv.field_size_limit(LONGEST)
        if not self._quotes and not self._has_quotes(data):
            return _TabReader(data)
        return csv.reader(io.StringIO(data.decode(), newline=""), delimiter=self._separator)

    def _places(self, data: bytes) -> Place:
        line = self._line

        def place(row: int, column: str = "") -> str:
            at = line + row
            if self._has_quotes(data):
                reader = self._reader(data)
                for _ in range(row):
                    next(reader, None)
                at = line + reader.line_num
            return f"{self.name}, line {self._number(at)}" + (f", column '{column}'" if column else "")

        return place

    # --- as whole lines --------------------------------------------------------------------------------------------

    def _lines(self, data: bytes, needed: Sequence[str]) -> _Read | None:
        """The rows as they are, in lines, and the inputs as numbers; None where a row is more or less than a line."""
        if self._has_quotes(data):
            return None
        lines = lines_of(data, self._header())
        inputs = self._inputs(data, needed)
        if not self._have_all_cells(data, lines, inputs):
            return None
        return _Read(lines.to_frame(), inputs, lambda name: self._text(data, name))

    def _inputs(self, data: bytes, needed: Sequence[str]) -> dict[str, pl.Series]:
        """The columns of variables, as numbers where that is quick."""
        if not needed:
            return {}
        if self._dialect.decimal == ",":
            return {cells.name: self._plain(cells) for cells in self._read(data, pl.String, needed)}
        read = self._read(data, pl.Float64, needed)
        return {name: without(self._exact(data, read[name]), self._dialect.nulls) for name in needed}

    def _input(self, data: bytes, cells: pl.Series) -> pl.Series:
        """A column of a variable, from what was read of all."""
        return self._plain(cells) if cells.dtype == pl.String else self._exact(data, cells)

    def _exact(self, data: bytes, cells: pl.Series) -> pl.Series:
        """A column of numbers; as text where one was read as 0 that may be too small for a float."""
        return self._text(data, cells.name) if self._vanish(data, cells.to_frame()) else cells

    def _vanish(self, data: bytes, cells: pl.DataFrame) -> bool:
        """Whether in columns of floats a 0 may have been typed as a number too small for one."""
        floats = cells.select(pl.col(pl.Float64))
        return any((one == 0).any() for one in floats) and conversion.may_vanish(data)

    def _have_all_cells(self, data: bytes, lines: pl.Series, inputs: Mapping[str, pl.Series]) -> bool:
        """Whether each line has as many cells as the header."""
        separator, separators = self._separator, len(self.columns) - 1
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
                made.append(begun.removesuffix("\r"))
                begun = ""
        return pl.Series(self._header(), made)

    def _header(self) -> str:
        return LINE + self._separator.join([self._in_header(name) for name in self._names])

    def _in_header(self, name: str) -> str:
        """A name as it stands in the header; between tabs a quote within it is a sign like any other."""
        is_plain = not self._quotes and not name.startswith('"') and not any(sign in name for sign in "\t\r\n")
        return name if is_plain else quoted(name, self._separator)

    # --- as columns ------------------------------------------------------------------------------------------------

    def _cells(self, data: bytes, needed: Sequence[str], frame: pl.DataFrame | None) -> _Read:
        if frame is None:
            frame = self._read_anew(data)
            if self._is_short(data, frame):
                raise ValueError("a row has too few cells")
        inputs = {name: self._input(data, frame[name]) for name in needed}
        if not self.lines:
            return _Read(frame, inputs)
        lines = self._whole_lines(data if data.endswith(b"\n") else data + b"\n", len(frame))
        if len(lines) != len(frame) or (lines.fill_null("") == "").any():  # such as blank lines, which are rows
            text = io.BytesIO()
            frame.write_csv(text, include_header=False, separator=self._separator)
            lines = self._whole_lines(text.getvalue(), len(frame))
        return _Read(lines.to_frame(), inputs)

    def _read_anew(self, data: bytes) -> pl.DataFrame:
        """All columns, by their types where these are settled and polars reads them so; else as text."""
        frame = self._as_types(data) if self._read_as else None
        return self._read(data, pl.String, list(self.columns)) if frame is None else frame

    def _is_short(self, data: bytes, frame: pl.DataFrame) -> bool:
        """Whether a row that is not blank has too few cells, for which polars makes up empty ones at its end."""
        separators = len(self.columns) - 1
        ends_empty = frame.to_series(separators).is_null()
        if not separators or not ends_empty.any():
            return False
        if not self._has_quotes(data):
            counts = lines_of(data, "").str.count_matches(self._separator, literal=True)
            return bool((counts != separators).any())
        if data.count(b"\n") == len(frame):  # each row is a line
            data = "\n".join(lines_of(data, "").filter(ends_empty).drop_nulls()).encode()
        return any(0 < len(row) <= separators for row in self._reader(data))

    def _gets_types(self) -> bool:
        return not self.lines and (not self._to.text or self._to.name == "jsonl")

    def _settle_types(self, needed: Sequence[str]) -> None:
        """The type of each column, from all of its cells: it does not hang on where pieces end.

        Types are guessed from some rows, and pieces are read by them; where the text of a piece comes back they are
        right for it, and it is kept, as far as there is room. Other columns are looked at as text.
        """
        self._keep()
        found = TableTypes(self.columns, needed, self._dialect.as_text)
        proof = ReturnProof(self._separator)
        room, number = ROOM, -1
        for number, data in enumerate(ahead(joined(self._pieces()))):
            if not found.unsettled:
                break
            try:
                if number == 0:
                    found.guess(self._guessed_types(data))
                frame = self._faithful(data, found, proof) if self._may_be_kept else None
                if frame is None:
                    self._look_at(data, found, found.unsettled)
            except _UnreadableError:  # it is read once more, and will be said then
                break
            room -= int(frame.estimated_size()) if frame is not None else 0
            if frame is not None and room > 0:
                text = data if self._has_quotes(data) else b""
                self._read_already[number] = _Kept(text, frame, proof.is_as_written)
        else:
            self._count = number + 1
        self._types = found.types
        if self._to.name == "jsonl":
            self._types |= dict.fromkeys(needed, pl.Float64)  # what no float holds is kept beside
        self._read_as = found.read_as if self._may_be_kept else {}

    @property
    def _may_be_kept(self) -> bool:
        """Whether polars reads numbers as they are written here."""
        return self._dialect.decimal == "." and not self._dialect.nulls

    def _guessed_types(self, data: bytes) -> dict[str, Any]:
        """The types that the first rows seem to have."""
        head, found = data[: end_of_rows(data[:_FEW])], dict[str, Any]()
        if head and self._may_be_kept:
            with suppress(*ERRORS):
                read = pl.read_csv(head, has_header=False, infer_schema_length=None, separator=self._separator)
                found = dict(zip(self.columns, read.dtypes, strict=False))
        typed = (pl.Int64, pl.Float64, pl.Boolean)
        return {name: found[name] if found.get(name) in typed else pl.String for name in self.columns}

    def _look_at(self, data: bytes, found: TableTypes, names: Sequence[str]) -> pl.DataFrame:
        """Add the cells of some columns, as text."""
        try:
            text = self._read(data, pl.String, names) if names else pl.DataFrame()
        except ERRORS:
            raise _UnreadableError from None
        found.add(text if self._may_be_kept else framed(map(self._plain, text)))
        return text

    def _faithful(self, data: bytes, found: TableTypes, proof: ReturnProof) -> pl.DataFrame | None:
        """A piece by its types, where polars reads them so; what does not come back from them is text there."""
        try:
            self._check_signs(data)
        except ValueError:
            raise _UnreadableError from None
        self._read_as = found.read_as
        passed = found.typed(self._read_as)
        if passed and proof.writes(data, [*self.columns], passed, len(found.variables)):
            self._read_as |= dict.fromkeys(found.variables, pl.String)
        frame = self._as_types(data)
        if frame is None or self._is_short(data, frame) or self._vanish(data, chosen(frame, found.variables)):
            return None
        doubtful = proof.doubtful(frame, data, passed)
        only_text = found.add_typed(chosen(frame, [name for name in frame.columns if name not in doubtful]))
        if doubtful and proof.is_as_written:
            text = chosen(frame, doubtful).cast(pl.String)
            found.add(text)
        else:
            text = self._look_at(data, found, doubtful + only_text)
        return frame.with_columns(chosen(text, found.changed(chosen(frame, text.columns))))

    def _as_types(self, data: bytes) -> pl.DataFrame | None:
        """All columns by their types; None where polars finds others, or cells may stand in quotes between tabs."""
        if b'"' in data and not self._has_quotes(data):
            return None
        try:
            frame = pl.read_csv(
                data if data.endswith(b"\n") else data + b"\n",
                has_header=False,
                schema={f"column_{index}": dtype for index, dtype in enumerate(self._read_as.values(), 1)},
                separator=self._separator,
                quote_char='"' if b'"' in data else None,
            )
        except ERRORS:
            return None
        frame.columns = [*self._read_as]
        return frame

    def _of_other_types(self, frame: pl.DataFrame) -> list[str]:
        """The columns that are neither text, nor of the settled types, nor become them."""
        types = {name: (dtype, self._types[name]) for name, dtype in frame.schema.items() if dtype != pl.String}
        return [name for name, (dtype, ours) in types.items() if dtype != ours and (dtype, ours) not in _WIDENED]

    def _with_types(self, frame: pl.DataFrame, place: Place, needed: Sequence[str]) -> pl.DataFrame:
        """The columns by their types."""
        made: list[pl.Series] = []
        for name, dtype in frame.schema.items():
            if dtype != self._types[name] or not self._may_be_kept or (name in needed and self._to.name == "jsonl"):
                made += self._typed(frame[name], place, name in needed)
        return frame.with_columns(made) if made else frame

    def _typed(self, cells: pl.Series, place: Place, needed: bool) -> list[pl.Series]:
        """A column by its type, and what JSON lines have of it as it was."""
        dtype = self._types[cells.name]
        if cells.dtype != pl.String:
            return [cells if cells.dtype == dtype else cells.cast(dtype)]
        plain = self._plain(cells)
        if needed and self._to.name == "jsonl":
            made, _ = conversion.typed(plain, pl.Float64)
            return [made, *conversion.kept(without(cells, self._dialect.nulls), made, plain)]
        if dtype == pl.String:
            return [without(cells, self._dialect.nulls, exact=True)]
        made, lost = conversion.typed(plain, dtype) if needed else conversion.cast(plain, dtype)
        if lost.any():
            raise misfit(cells, lost, dtype, place, "CSV to CSV keeps every cell as it is")
        return [made]

    # --- what cannot be read ---------------------------------------------------------------------------------------

    def _broken(self, data: bytes, error: BaseException) -> AutodiffError:
        """Why a piece cannot be read, and the line where."""
        self._check_text(data)
        if isinstance(error, _StrayQuoteError):
            return self._stray_quote(data, error.place)
        if isinstance(error, _LoneReturnError) and 2 * data.count(b"\n") > data.count(b"\r"):
            return self._lone_return(data, error.place)
        if not self._has_quotes(data):
            self._check_ends(data)
        is_open = self._quotes and data.count(b'"') % 2 == 1
        uneven = self._uneven(data, is_open)
        if uneven:
            return uneven
        if is_open:
            return self._unclosed(self._line + data.count(b"\n", 0, end_of_rows(data)))
        first, last = self._number(self._line), self._number(self._line + data.count(b"\n"))
        return AutodiffError(f"{self.name}, lines {first} to {last}: {why(error)}")

    def _lone_return(self, data: bytes, place: int) -> AutodiffError:
        """A CR where some readers end a row."""
        line = self._number(self._line + data.count(b"\n", 0, place))
        return AutodiffError(
            f"{self.name}, line {line}: a CR stands alone, where some readers end a row",
            hint="a cell with a CR in it is written in quotes",
        )

    def _stray_quote(self, data: bytes, place: int) -> AutodiffError:
        """A quote that neither opens a cell, nor is doubled, nor closes one."""
        line = self._number(self._line + data.count(b"\n", 0, place))
        begin = data.rfind(b"\n", 0, place) + 1
        text = data[max(begin, place - 12) : place + 1].decode(errors="replace")
        return AutodiffError(
            f'{self.name}, line {line}: a stray " after {text[:-1]!r}',
            hint='a cell with a " in it is written in quotes, and the " twice: "12"" rod"',
        )

    def _uneven(self, data: bytes, is_open: bool) -> AutodiffError | None:
        """The first row that has more or fewer cells than the header; of a last one that is open nobody knows."""
        reader, line, count = self._reader(data), self._line, len(self.columns)
        least = 0 if is_open else count
        with suppress(csv.Error):
            for row in reader:
                lacks = 0 < len(row) < least
                if lacks and not data.endswith(b"\n") and next(reader, None) is None:
                    counts = f"has {len(row)} of {count} cells"
                    return AutodiffError(f"{self.name} is cut off: its last line, {self._number(line)}, {counts}")
                if lacks or len(row) > count:
                    return self._miscounted(line, len(row))
                line = self._line + reader.line_num
        return None

    def _miscounted(self, line: int, cells: int) -> AutodiffError:
        separator = "tab" if self._separator == "\t" else f'"{self._separator}"'
        if self._dialect.separator == SPACE:
            cause = "a cell with blanks needs quotes"
        elif cells > len(self.columns):
            cause = f"a cell with a {separator} needs quotes" if self._quotes else f"no cell can have a {separator}"
        else:
            cause = f"an empty cell needs its {separator} too"
        counts = f"{cells} cell{'s' * (cells > 1)}, and the header has {len(self.columns)}"
        hint = advice(cause + "; {0} reads rows of any length", Option("ragged"))
        return AutodiffError(f"{self.name}, line {self._number(line)}: {counts}", hint=hint)

    def _unclosed(self, line: int) -> AutodiffError:
        return AutodiffError(f'{self.name}, line {self._number(line)}: a " opens there that is never closed')


def _end_of_row(data: bytes) -> int:
    """Where the first row ends: after a newline with an even number of quotes before it; 0 where none does."""
    start, is_open = 0, 0
    while end := data.find(b"\n", start) + 1:
        is_open ^= data.count(b'"', start, end) % 2
        if not is_open:
            return end
        start = end
    return 0


def _apart(names: Sequence[str]) -> list[str]:
    """Names that are no two the same, for a table in which a name can stand once.

    >>> _apart(["a", "b", "", "a", ""])
    ['a', 'b', '', 'a_2', 'c5']
    """
    made: dict[str, None] = {}
    known = set(names)
    for place, name in enumerate(names, 1):
        one, count = name, 1
        while one in made or (one != name and one in known):
            count += 1
            one = f"{name}_{count}" if name else f"c{place}" + "_" * (count - 2)
        made[one] = None
    return [*made]


class _StrayQuoteError(ValueError):
    """A quote that neither opens a cell, nor is doubled, nor closes one."""

    def __init__(self, place: int) -> None:
        super().__init__(place)
        self.place = place


def _check_quotes(data: bytes, separator: str) -> None:
    """Raise ValueError for a stray quote, or one that is never closed, which polars takes for closed at the end."""
    if (stray := _stray(data, separator)) is not None:
        raise _StrayQuoteError(stray)
    if data.count(b'"') % 2:
        raise ValueError("a quote is not closed")


class _UnreadableError(Exception):
    """A piece of text cannot be read as cells."""


class _LoneReturnError(ValueError):
    """A CR outside of quotes that no newline follows: Python's reader ends a row there, polars does not."""

    def __init__(self, place: int) -> None:
        super().__init__(place)
        self.place = place


def _check_returns(data: bytes, has_quotes: bool) -> None:
    """Raise ValueError for a CR that stands alone within rows."""
    if data.count(b"\r") == data.count(b"\r\n"):
        return
    signs = np.frombuffer(data, np.uint8)
    returns = np.flatnonzero(signs[:-1] == ord("\r"))
    lone = returns[signs[returns + 1] != ord("\n")]
    if has_quotes:
        lone = lone[np.searchsorted(np.flatnonzero(signs == ord('"')), lone) % 2 == 0]
    if len(lone):
        raise _LoneReturnError(int(lone[0]))


def _stray(data: bytes, separator: str) -> int | None:
    r"""The first quote that neither opens a cell, nor is doubled, nor closes one before a separator; None without one.

    >>> _stray(b'1,"12" rod",7', ","), _stray(b'1,"12"" rod",7', ",")
    (5, None)
    """
    if b'"' not in data:
        return None
    signs = np.frombuffer(data, np.uint8)
    quotes = np.flatnonzero(signs == ord('"'))
    ends = np.zeros(256, bool)
    ends[[ord(separator), ord("\n")]] = True
    opening, closing = quotes[::2], quotes[1::2]
    is_doubled = np.zeros(len(opening), bool)  # an opening one right after one that closes: two within a cell
    is_doubled[1:] = opening[1:] == closing[: len(opening) - 1] + 1
    opens = is_doubled | (opening == 0) | ends[signs[np.maximum(opening, 1) - 1]]
    ends[ord("\r")] = True
    last = len(signs) - 1
    closes = (closing == last) | ends[signs[np.minimum(closing + 1, last)]]
    closes[: len(opening) - 1] |= is_doubled[1:]
    wrong = [*opening[~opens][:1], *closing[~closes][:1]]
    return int(min(wrong)) if wrong else None


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


class _TabReader:
    """Rows between tabs, in which a quote is a sign like any other unless the whole cell stands in quotes."""

    def __init__(self, data: bytes) -> None:
        self._lines = iter(data.decode().split("\n"))
        self.line_num = 0

    def __iter__(self) -> "_TabReader":
        return self

    def __next__(self) -> list[str]:
        line = next(self._lines).removesuffix("\r")
        self.line_num += 1
        cells = line.split("\t") if line else []
        return [re.sub(_WHOLE, r"\1", cell).replace('""', '"') if re.match(_WHOLE, cell) else cell for cell in cells]


_FEW = 1 << 19  # bytes from which types are guessed
_WIDENED: list[tuple[Any, Any]] = [(pl.Int64, pl.Float64)]  # without a loss, for those that have come back
_WHOLE = r'^"((?:[^"]|"")*)"$'  # a cell in quotes
_OF_CELLS = ("csv", "tsv")
POINT = " (a decimal point)"  # makes no number of what has a point where commas are asked for


def _unquoted(cells: pl.Series) -> pl.Series:
    """Cells without quotes, where the whole of one stands in them."""
    inner = cells.str.extract(_WHOLE)
    return inner.str.replace_all('""', '"', literal=True).zip_with(inner.is_not_null(), cells).alias(cells.name)
