"""JSON lines: to JSON lines they go as they are, to other formats as columns."""

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import polars as pl

from autodiff_cli.errors import AutodiffError
from autodiff_cli.tables.table import ERRORS, LINE, Block, Format, spoken, why
from autodiff_cli.tables.text import HEAD, Text, ahead, lines_of


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
            found = json.loads(line)
        except ValueError as error:
            why = getattr(error, "msg", "it is not UTF-8")
            raise AutodiffError(f"{self.name}, line {number}: no JSON: {why}") from None
        if not isinstance(found, dict):
            raise AutodiffError(
                f"{self.name}, line {number}: no JSON object", hint='JSON lines are such as {"a": 1, "b": 2}'
            )
        return found

    def blocks(self, needed: Sequence[str]) -> Iterator[Block]:
        """All rows, in order."""
        types: dict[str, Any] = {}
        keep = self.lines
        some = False
        for data in ahead(self._pieces()):
            if not data.strip():
                self._line += data.count(b"\n")
                continue
            try:
                lines = self._lines(data)
                if keep:
                    read = pl.read_ndjson(data, schema=dict.fromkeys(needed, pl.String)) if needed else lines.to_frame()
                else:
                    read = pl.read_ndjson(data, infer_schema_length=None)
            except ERRORS as error:
                raise self._broken(data, error) from None
            if len(read) != len(lines):
                raise self._broken(data, ValueError("not one object a line"))
            place = self._places(data)
            missing = [pl.lit(None).alias(name) for name in needed if name not in read.columns]
            read = read.with_columns(missing) if missing else read
            inputs = {name: read[name] for name in needed}
            if keep:
                frame = lines.to_frame()
            else:
                types = types or dict(read.schema) | dict.fromkeys(needed, pl.Float64)
                frame = read.select([self._column(read, name, types, needed, place) for name in types])
                if extra := [name for name in read.columns if name not in types]:
                    row = int(read[extra[0]].is_not_null().arg_max() or 0)
                    raise AutodiffError(
                        f"{place(row, '')}: the lines before have no '{extra[0]}'", hint="--to jsonl keeps every key"
                    )
            yield Block(frame, inputs, place)
            self._line += data.count(b"\n")
            some = True
        if not some:
            empty = pl.DataFrame(schema={LINE: pl.String} if keep else dict.fromkeys(self.columns, pl.String))
            yield Block(empty, {name: pl.Series(name, [], pl.Float64) for name in needed}, self._places(b""))

    def _column(
        self, read: pl.DataFrame, name: str, types: dict[str, Any], needed: Sequence[str], place: Callable[..., str]
    ) -> pl.Series:
        if name not in read.columns:
            return pl.Series(name, [None] * len(read), types[name])
        cells = read[name]
        if cells.dtype == types[name]:
            return cells
        try:
            made = cells.cast(types[name], strict=False)
            lost = made.cast(cells.dtype, strict=False).ne_missing(cells)  # as 0.5 in a column of whole numbers
        except ERRORS:  # what polars has no way to make
            made, lost = cells, cells.is_not_null()
        if name not in needed and lost.any():
            row = int(lost.arg_max() or 0)
            cell = str(cells[row : row + 1].to_list()[0])[:60]
            raise AutodiffError(
                f"{place(row, name)}: '{cell}' does not go into a column of {spoken(types[name])}",
                hint="--to jsonl keeps everything as it is",
            )
        return made

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
                self._object(line, number)
        return AutodiffError(f"{self.name}, lines from {self._line}: {why(error)}")
