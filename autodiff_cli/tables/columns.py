"""Parquet and Arrow IPC."""

import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from io import BytesIO
from typing import Any

import polars as pl
from polars.exceptions import PanicException

from autodiff_cli.errors import AutodiffError
from autodiff_cli.files import undone
from autodiff_cli.tables import store
from autodiff_cli.tables.base import (
    ERRORS,
    PIECE,
    ROWS,
    STDIN,
    FileFormat,
    Place,
    RowBlock,
    Table,
    opened,
    reading,
    shown,
    unpacked,
    why,
)
from autodiff_cli.tables.conversion import without
from autodiff_cli.tables.dialect import PLAIN, TableDialect
from autodiff_cli.tables.footers import (
    BATCH,
    STREAM,
    DamagedError,
    arrow_file,
    messages,
    parquet_groups,
    parquet_rows,
)
from autodiff_cli.tables.quiet import hushed


class Columns(Table):
    """Parquet and Arrow IPC."""

    def __init__(self, path: str, format: FileFormat, dialect: TableDialect = PLAIN) -> None:
        self.name = shown(path)
        self._nulls = dialect.nulls
        self._row = 0
        self._held = ExitStack()
        self._has_groups = False
        try:
            if path == STDIN or format.compression:
                path = self._spooled(path, format)
            self._open(path, format)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Remove what was kept beside the table to read it."""
        self._held.close()

    def _spooled(self, path: str, format: FileFormat) -> str:
        """A file with all that comes from a stream, whose end must be read first."""
        spool = tempfile.NamedTemporaryFile(prefix="autodiff-", suffix=f".{format.name}")  # noqa: SIM115
        self._held.enter_context(undone(spool.close))
        with reading(self.name, format.compression), opened(path) as raw:
            shutil.copyfileobj(unpacked(raw, format.compression), spool, PIECE)
            spool.flush()
        return self._nameless(spool)

    def _nameless(self, spool: Any) -> str:
        """A path to an open file; where the system has one for a file without a name, it is gone however we end."""
        path = f"/proc/self/fd/{spool.fileno()}"
        if not os.path.exists(path):
            return str(spool.name)
        kept = os.dup(spool.fileno())
        self._held.callback(os.close, kept)
        spool.close()
        return f"/proc/self/fd/{kept}"

    def _open(self, path: str, format: FileFormat) -> None:
        self._path = path
        try:
            self._is_stream = format.name == "arrow" and self._begins_with(STREAM)
            with hushed():
                self._lazy, self._total = self._streamed() if self._is_stream else self._scanned(format.name)
                self.columns = dict(self._lazy.collect_schema())
            self.rows = self._total
            self._rows = range(self._total)
        except ERRORS as error:
            raise self._unreadable(error) from None

    def _begins_with(self, signs: bytes) -> bool:
        with open(self._path, "rb") as file:
            return file.read(len(signs)) == signs

    def _scanned(self, name: str) -> tuple[pl.LazyFrame, int]:
        """The rows of a file, and how many it says it has."""
        if name == "parquet":
            total = parquet_rows(self._path)
            at = store.options() if store.is_object(self._path) else None
            lazy = pl.scan_parquet(
                self._path, glob=False, hive_partitioning=False, storage_options=at, credential_provider=None
            )
            self._has_groups = total is not None
            return lazy, int(lazy.select(pl.len()).collect().item()) if total is None else total
        total, names = arrow_file(self._path)
        if twice := next((name for name in names if names.count(name) > 1), None):
            raise AutodiffError(f"{self.name} has two columns named '{twice}'", hint="rename one of them")
        return pl.scan_ipc(self._path, glob=False, hive_partitioning=False), total

    def _streamed(self) -> tuple[pl.LazyFrame, int]:
        """No rows, with the types of the columns; a stream does not say how many rows it has."""
        return next(self._stream(schema_only=True)).lazy(), 0

    def _stream(self, schema_only: bool = False) -> Iterator[pl.DataFrame]:
        """The batches of a stream, each read as a stream of its own."""
        with open(self._path, "rb") as file:
            before = b""
            for message in messages(file):
                if message.kind != BATCH:
                    before += message.data
                if schema_only:
                    yield pl.read_ipc_stream(BytesIO(before + STREAM + bytes(4)))
                if message.kind != BATCH:
                    continue
                frame = pl.read_ipc_stream(BytesIO(before + message.data + STREAM + bytes(4)))
                if len(frame) != message.rows:
                    raise DamagedError(f"a batch of {message.rows:,} rows has {len(frame):,}")
                yield from frame.iter_slices(ROWS)

    def blocks(self, needed: Sequence[str]) -> Iterator[RowBlock]:
        for name in needed:
            self._check_numbers(name)
        for frame in self._frames():
            yield self._block(frame, needed)
            self._row += len(frame)
        if not self._is_stream and self._row != self._rows.stop:
            raise self._incomplete()
        if self._row == self._rows.start:
            yield self._block(pl.DataFrame(schema=self.columns), needed)

    def _incomplete(self) -> AutodiffError:
        """That there are fewer rows than the file says; the reader is asked once more, and may say why."""
        try:
            with hushed():
                self._lazy.slice(self._row, ROWS).collect()
        except ERRORS as error:
            return self._unreadable(error)
        return self._unreadable(DamagedError(f"it says it has {self._total:,} rows, and {self._row:,} can be read"))

    def _check_numbers(self, name: str) -> None:
        """Raise AutodiffError where a column holds no numbers."""
        dtype = self.columns[name]
        if not dtype.is_numeric() and dtype not in (pl.String, pl.Null):
            raise AutodiffError(f"column '{name}' of {self.name} holds {str(dtype).lower()}, not numbers")

    def _frames(self) -> Iterator[pl.DataFrame]:
        with hushed():
            batches = self._stream() if self._is_stream else self._batches()
            while True:
                try:
                    frame = next(batches, None)
                except ERRORS as error:
                    raise self._unreadable(error) from None
                if frame is None:
                    return
                yield frame

    def _batches(self) -> Iterator[pl.DataFrame]:
        rows = self._rows
        lazy = self._lazy if len(rows) == self._total else self._lazy.slice(rows.start, len(rows))
        return iter(lazy.collect_batches(chunk_size=ROWS, maintain_order=True))

    def row_groups(self) -> list[int]:
        return parquet_groups(self._path) if self._has_groups and not store.is_object(self._path) else []

    def narrow(self, rows: range) -> None:
        self._rows, self._row = rows, rows.start

    def _block(self, frame: pl.DataFrame, needed: Sequence[str]) -> RowBlock:
        return RowBlock(frame, {name: without(frame[name], self._nulls) for name in needed}, self._places())

    def _places(self) -> Place:
        first = self._row + 1

        def place(row: int, column: str = "") -> str:
            return f"{self.name}, row {first + row}" + (f", column '{column}'" if column else "")

        return place

    def _unreadable(self, error: BaseException) -> AutodiffError:
        if store.is_object(self._path) and not isinstance(error, DamagedError | PanicException):
            return store.failed(self._path, error)
        text = why(error)
        if lacking := re.search(r"(?i)not (?:yet )?(?:support|implement)\w*[^`]*`?(\w*)", str(error)):
            what = f"cells of the type {lacking[1]}" if lacking[1] else "one of its types of cells"
            return AutodiffError(f"cannot read {self.name}: polars does not read {what}", hint="leave that column out")
        if isinstance(error, PanicException):
            text = "its content is not what its own description says"
        hint = "" if isinstance(error, OSError) else "it is cut off or damaged, or not what its ending says"
        return AutodiffError(f"cannot read {self.name}: {text}", hint=hint)

    def fraction(self) -> float | None:
        return (self._row - self._rows.start) / len(self._rows) if self._rows else None
