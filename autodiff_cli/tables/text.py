"""Text as pieces that end where a row ends, whatever it is read from and however it is compressed."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import islice
from queue import Queue
from tempfile import TemporaryFile
from threading import Thread
from typing import IO, TypeVar, cast

import polars as pl

from autodiff_cli.errors import AutodiffError, Option, advice
from autodiff_cli.tables.base import PIECE, STDIN, FileFormat, Table, reading, shown, unpacked
from autodiff_cli.tables.dialect import PLAIN, Cleaned, Decoded, Readable, TableDialect, misread

T = TypeVar("T")
HEAD = 1 << 18  # bytes that must hold the header, and that show the keys of JSON lines
_SIGNS = {b"\x1f\x8b": "csv.gz", b"\x28\xb5\x2f\xfd": "csv.zst", b"PAR1": "parquet", b"ARROW1": "arrow"}
AT_ONCE = 8  # pieces that are read at once where columns get types
ROOM = 1 << 29  # bytes of what is kept of a first reading
LONGEST = 1 << 28  # bytes of one row


class Text(Table):
    """Lines of text, read in pieces that end where a row ends."""

    _quotes = True

    def __init__(self, path: str, format: FileFormat, to: FileFormat, dialect: TableDialect = PLAIN) -> None:
        self.name = shown(path)
        self._path, self._format, self._to = path, format, to
        self._dialect = dialect
        self._raw: IO[bytes] | None = None
        self._size = 0
        self._spool: IO[bytes] | None = None  # a copy of standard input, where that is read more than once
        self._begin()

    def _begin(self) -> None:
        """Read the beginning."""
        self._number: Callable[[int], int] = int  # of a row's line in the file
        if self._path == STDIN:
            self._stdin = self._unwritten(unpacked(sys.stdin.buffer, self._format.compression))
        with self._opened() as file:
            self._head = self._take(file, HEAD)
        self._check_sign()
        self._start = 3 if self._head.startswith(b"\xef\xbb\xbf") else 0
        self._line = 1  # of the next row
        if b"\n" not in self._head:
            self._check_ends(self._head.rstrip(b"\r"))

    def _check_sign(self) -> None:
        for sign, what in _SIGNS.items():
            if self._head.startswith(sign):
                hint = advice("{0} reads it", Option("from", what))
                raise AutodiffError(f"{self.name} is no text: it begins as {what} does", hint=hint)
        if self._head.startswith((b"\xff\xfe", b"\xfe\xff")):
            hint = advice("{0} reads it", Option("encoding", "utf-16"))
            raise AutodiffError(f"{self.name} is not UTF-8 text: it begins as UTF-16 does", hint=hint)

    @contextmanager
    def _opened(self) -> Iterator[Readable]:
        if self._spool:
            self._spool.seek(0)
            yield self._spool
            return
        if self._path == STDIN:
            self._raw = sys.stdin.buffer
            yield self._stdin
            return
        with reading(self.name, ""):
            self._raw = open(self._path, "rb")  # noqa: SIM115
            self._size = os.fstat(self._raw.fileno()).st_size
        with self._raw, unpacked(self._raw, self._format.compression) as file:
            yield self._unwritten(file)

    def _unwritten(self, file: IO[bytes]) -> Readable:
        """The text of a file in UTF-8, without what a dialect has in it that is no row."""
        decoded = Decoded(file, self._dialect.encoding, self.name) if self._dialect.encoding else file
        if not self._dialect.cleans:
            return decoded
        cleaned = Cleaned(decoded, self._dialect, self._quotes)
        self._number = cleaned.number
        return cleaned

    def _keep(self) -> None:
        """Copy standard input, to read it once more. The copy has no name, and is gone however the run ends."""
        if self._path != STDIN or self._spool:
            return
        spool = TemporaryFile(prefix="autodiff-")  # noqa: SIM115
        spool.write(self._head)
        while piece := self._take(self._stdin, PIECE):
            spool.write(piece)
        self._spool = spool

    def close(self) -> None:
        """Remove what was kept beside the table to read it."""
        if self._spool:
            self._spool.close()

    def _forget(self) -> None:
        """Drop the beginning, where it can be read again."""
        if self._path != STDIN:
            self._head = b""

    def _take(self, file: Readable, size: int) -> bytes:
        with reading(self.name, self._format.compression):
            return file.read(size)

    def fraction(self) -> float | None:
        if self._raw is None or not self._size:
            return None
        with suppress(OSError, ValueError):
            return min(1.0, self._raw.tell() / self._size)
        return None

    def _pieces(self) -> Iterator[bytes]:
        """Whole rows, in pieces."""
        with self._opened() as file:
            held = self._after_header(file)
            ready = b""  # the last piece waits, for a row behind it that has no newline
            passed = 0
            while piece := self._take(file, PIECE):
                if b'"' in held:  # which of the piece's quotes open hangs on it
                    held, piece = b"", held + piece
                cut = self._end_of_rows(piece)
                if cut:
                    if ready:
                        yield ready
                    ready = b"".join((held, memoryview(piece)[:cut]))
                    passed += len(held) + cut
                    held = b""
                held += piece[cut:]
                if len(held) > LONGEST:
                    raise self._too_long(passed)
            if ready or held:
                yield ready + held if held else ready

    def _after_header(self, file: Readable) -> bytes:
        """Skip the header. What of the rows has been read already."""
        if self._path == STDIN and not self._spool:
            return self._head[self._start :]
        self._take(file, self._start)
        return b""

    def _end_of_rows(self, data: bytes) -> int:
        """Where the last row that is complete ends."""
        return data.rfind(b"\n") + 1

    def _too_long(self, passed: int) -> AutodiffError:
        return AutodiffError(
            f"{self.name}: the row after byte {passed:,} goes on for more than {LONGEST >> 20} MB",
            hint='a " may open there that is never closed' if self._quotes else "",
        )

    def _check_ends(self, data: bytes) -> None:
        if data.count(b"\r") > data.count(b"\r\n"):
            raise AutodiffError(
                f"{self.name} has rows that end in CR alone, as on old Macs", hint="tr '\\r' '\\n' makes lines of them"
            )

    def _check_text(self, data: bytes) -> None:
        self._check_utf8(data)
        if (nul := data.find(b"\0")) >= 0:
            line = self._number(self._line + data.count(b"\n", 0, nul))
            raise AutodiffError(f"{self.name}, line {line}: byte 0 is no text")

    def _check_utf8(self, data: bytes) -> None:
        try:
            data.decode()
        except UnicodeDecodeError as error:
            line = self._number(self._line + data.count(b"\n", 0, error.start))
            raise misread(self.name, line, data[error.start]) from None


def end_of_rows(data: bytes) -> int:
    r"""Where the last row that is complete ends: after a newline with an even number of quotes before it.

    >>> end_of_rows(b'1,2\n"a\nb')
    4
    """
    cut = data.rfind(b"\n") + 1
    is_open = b'"' in data and data.count(b'"', 0, cut) % 2
    while cut and is_open:
        before = data.rfind(b"\n", 0, data.rfind(b'"', 0, cut)) + 1
        is_open ^= data.count(b'"', before, cut) % 2
        cut = before
    return cut


def joined(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Pieces, some in one: of many columns each has few rows, and each call of polars costs as much as many rows."""
    while some := list(islice(pieces, AT_ONCE)):
        yield b"".join(some)


def lines_of(data: bytes, name: str) -> pl.Series:
    """The lines of a text, without what ends them; of an empty one nothing."""
    return pl.read_csv(data, has_header=False, schema={name: pl.String}, separator="\0", quote_char=None)[name]


def ahead(items: Iterator[T]) -> Iterator[T]:
    """The same items, made by another thread while the last one is worked on."""
    queue: Queue[tuple[bool, T | BaseException | None]] = Queue(1)
    stopped: list[bool] = []

    def work() -> None:
        try:
            for item in items:
                queue.put((True, item))
                if stopped:
                    return
            queue.put((False, None))
        except BaseException as error:
            queue.put((False, error))

    Thread(target=work, daemon=True).start()
    try:
        while (found := queue.get())[0]:
            yield cast(T, found[1])
        if isinstance(found[1], BaseException):
            raise found[1]
    finally:
        stopped.append(True)
        while not queue.empty():  # let the other thread see it
            queue.get()
