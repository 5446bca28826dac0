"""Parquet and Arrow IPC."""

import errno
import os
import re
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from io import BytesIO
from itertools import takewhile
from threading import Event, Thread
from typing import Any, cast

import polars as pl
from polars.exceptions import PanicException

from autodiff_cli.errors import AutodiffError
from autodiff_cli.files import undone
from autodiff_cli.quiet import hushed
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
    spoken,
    unpacked,
    why,
)
from autodiff_cli.tables.conversion import without
from autodiff_cli.tables.dialect import PLAIN, TableDialect
from autodiff_cli.tables.footers import (
    Contents,
    DamagedError,
    SealedPage,
    check_sealed,
    parquet_contents,
    parquet_groups,
)
from autodiff_cli.tables.messages import BATCH, STREAM, Message, arrow_contents, stream_messages


class Columns(Table):
    """Parquet and Arrow IPC."""

    def __init__(self, path: str, format: FileFormat, dialect: TableDialect = PLAIN) -> None:
        self.name = shown(path)
        self._nulls = dialect.nulls
        self._row = 0
        self._held = ExitStack()
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
            self._said = self._contents(format.name)
            names = self._said.names
            if twice := next((name for name in names if names.count(name) > 1), None):
                raise AutodiffError(f"{self.name} has two columns named '{twice}'", hint="rename one of them")
            with hushed():
                self._lazy = self._scanned(format.name)
                self.columns = dict(self._lazy.collect_schema())
            self.rows = self._said.rows
            self._rows = range(self.rows)
            self._has_groups = format.name == "parquet" and not store.is_object(path)
        except ERRORS as error:
            raise self._unreadable(error) from None

    def _begins_with(self, signs: bytes) -> bool:
        with open(self._path, "rb") as file:
            return file.read(len(signs)) == signs

    def _contents(self, name: str) -> Contents:
        """What the file says it holds; a stream does not say how many rows it has."""
        if name == "parquet":
            return parquet_contents(self._path)
        return self._first_message().contents if self._is_stream else arrow_contents(self._path)

    def _scanned(self, name: str) -> pl.LazyFrame:
        """The rows of a file; of a stream none, with the types of the columns."""
        if name == "parquet":
            at = store.options() if store.is_object(self._path) else None
            return pl.scan_parquet(
                self._path, glob=False, hive_partitioning=False, storage_options=at, credential_provider=None
            )
        if self._is_stream:
            return pl.read_ipc_stream(BytesIO(self._first_message().data + STREAM + bytes(4))).lazy()
        return pl.scan_ipc(self._path, glob=False, hive_partitioning=False)

    def _first_message(self) -> Message:
        """The message that has the columns of a stream."""
        with open(self._path, "rb") as file:
            for message in stream_messages(file):
                return message
        raise DamagedError("it is cut off")

    def _stream(self) -> Iterator[pl.DataFrame]:
        """The batches of a stream, each read as a stream of its own."""
        with open(self._path, "rb") as file:
            before = b""
            for message in stream_messages(file):
                if message.kind != BATCH:
                    before += message.data
                    continue
                frame = pl.read_ipc_stream(BytesIO(before + message.data + STREAM + bytes(4)))
                if len(frame) != message.contents.rows:
                    raise DamagedError(f"a batch of {message.contents.rows:,} rows has {len(frame):,}")
                _check_missing(message.contents, _missing(frame))
                yield from frame.iter_slices(ROWS)

    def blocks(self, needed: Sequence[str]) -> Iterator[RowBlock]:
        for name in needed:
            self._check_numbers(name)
        missing: Counter[str] = Counter()
        with _sealed(self._path, self._sealed_here()) as check:
            for frame in self._frames():
                missing.update(_missing(frame))
                self._check_bounds(frame)
                yield self._block(frame, needed)
                self._row += len(frame)
            if not self._is_stream:
                self._check_said(missing, check)
        if self._row == self._rows.start:
            yield self._block(pl.DataFrame(schema=self.columns), needed)

    def _check_said(self, missing: Mapping[str, int], check: Callable[[], None]) -> None:
        """Raise AutodiffError where there are other rows or cells than the file says, or a checksum is wrong."""
        if self._row != self._rows.stop:
            raise self._incomplete()
        try:
            check()
            if len(self._rows) == self.rows:
                _check_missing(self._said, missing)
        except ERRORS as error:
            raise self._unreadable(error) from None

    def _sealed_here(self) -> list[SealedPage]:
        """The pages of row groups that are read."""
        rows = self._rows
        return [page for page in self._said.sealed if page.rows.start < rows.stop and rows.start < page.rows.stop]

    def _check_bounds(self, frame: pl.DataFrame) -> None:
        """Raise AutodiffError where a number is smaller or larger than the file says they all are."""
        for name, (low, high) in self._said.bounds.items():
            cells = frame[name]
            if not cells.dtype.is_numeric():  # durations, which only Arrow's own schema tells from whole numbers
                continue
            least, most = cast(Any, cells.min()), cast(Any, cells.max())
            if least is not None and (least < low or most > high):
                what = f"column '{name}' says its numbers are from {low!r} to {high!r}, and others are there"
                raise self._unreadable(DamagedError(what))

    def _incomplete(self) -> AutodiffError:
        """That there are fewer rows than the file says; the reader is asked once more, and may say why."""
        total = self._said.rows
        try:
            with hushed():
                self._lazy.slice(self._row, ROWS).collect()
        except ERRORS as error:
            return self._unreadable(error)
        return self._unreadable(DamagedError(f"it says it has {total:,} rows, and {self._row:,} can be read"))

    def _check_numbers(self, name: str) -> None:
        """Raise AutodiffError where a column holds no numbers."""
        dtype = self.columns[name]
        if not dtype.is_numeric() and dtype not in (pl.String, pl.Null):
            what = "lists or objects" if dtype.is_nested() else spoken(dtype)
            raise AutodiffError(f"column '{name}' of {self.name} holds {what}, not numbers")

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
        lazy = self._lazy if len(rows) == self.rows else self._lazy.slice(rows.start, len(rows))
        return iter(lazy.collect_batches(chunk_size=ROWS, maintain_order=True))

    def row_groups(self) -> list[int]:
        return parquet_groups(self._path) if self._has_groups else []

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
        if text == os.strerror(errno.ENOMEM):
            return AutodiffError(f"cannot read {self.name}: {text}")
        if isinstance(error, PanicException):
            text = "its content is not what its own description says"
        hint = "" if isinstance(error, OSError) else "it is cut off or damaged, or not what its ending says"
        hint += ", or memory is too limited (ulimit -v)" if hint and _has_limit() else ""
        return AutodiffError(f"cannot read {self.name}: {text}", hint=hint)

    def fraction(self) -> float | None:
        return (self._row - self._rows.start) / len(self._rows) if self._rows else None


@contextmanager
def _sealed(path: str, pages: Sequence[SealedPage]) -> Iterator[Callable[[], None]]:
    """Look at the checksums of pages while a block runs; a function that waits, and raises where one is wrong."""
    if not pages:  # as of an object in a store
        yield lambda: None
        return
    ended, failed = Event(), list[BaseException]()

    def work() -> None:
        try:
            check_sealed(path, takewhile(lambda _: not ended.is_set(), pages))
        except BaseException as error:
            failed.append(error)

    thread = Thread(target=work, daemon=True)
    thread.start()

    def wait() -> None:
        thread.join()
        if failed:
            raise failed[0]

    try:
        yield wait
    finally:
        ended.set()


def _has_limit() -> bool:
    """Whether the process may have so much memory only."""
    with suppress(ImportError):  # where there are no such limits
        from resource import RLIM_INFINITY, RLIMIT_AS, getrlimit

        return getrlimit(RLIMIT_AS)[0] != RLIM_INFINITY
    return False


def _missing(frame: pl.DataFrame) -> dict[str, int]:
    """How many cells of each column are missing."""
    return {cells.name: cells.null_count() for cells in frame}


def _check_missing(said: Contents, read: Mapping[str, int]) -> None:
    """Raise DamagedError where a column has more or fewer cells than it says."""
    for name, count in said.missing.items():
        if read.get(name, count) != count:
            raise DamagedError(f"column '{name}' says {count:,} of its cells are missing, and {read[name]:,} are")
