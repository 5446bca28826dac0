"""Text as pieces that end where a row ends, whatever it is read from and however it is compressed."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from queue import Queue
from threading import Thread
from typing import IO, TypeVar, cast

import polars as pl

from autodiff_cli.errors import AutodiffError
from autodiff_cli.tables.table import PIECE, STDIN, Format, Table, shown, unpacked, why

T = TypeVar("T")
HEAD = 1 << 18  # bytes that must hold the header, and that show the keys of JSON lines
_SIGNS = {b"\x1f\x8b": "csv.gz", b"\x28\xb5\x2f\xfd": "csv.zst", b"PAR1": "parquet", b"ARROW1": "arrow"}
LONGEST = 1 << 28  # bytes of one row


class Text(Table):
    """Lines of text, read in pieces that end where a row ends."""

    _quotes = True

    def __init__(self, path: str, format: Format, to: Format) -> None:
        self.name = shown(path)
        self._path, self._format, self._to = path, format, to
        self._raw: IO[bytes] | None = None
        self._size = 0
        if path == STDIN:
            self._stdin = unpacked(sys.stdin.buffer, format.compression)
        with self._opened() as file:
            self._head = self._take(file, HEAD)
        for sign, what in _SIGNS.items():
            if self._head.startswith(sign):
                raise AutodiffError(f"{self.name} is no text: it begins as {what} does", hint=f"--from {what} reads it")
        if self._head.startswith((b"\xff\xfe", b"\xfe\xff")):
            raise AutodiffError(f"{self.name} is not UTF-8 text: it begins as UTF-16 does")
        self._start = 3 if self._head.startswith(b"\xef\xbb\xbf") else 0
        self._line = 1  # of the next row
        if b"\n" not in self._head:
            self._check_ends(self._head.rstrip(b"\r"))

    @contextmanager
    def _opened(self) -> Iterator[IO[bytes]]:
        if self._path == STDIN:
            self._raw = sys.stdin.buffer
            yield self._stdin
            return
        try:
            self._raw = open(self._path, "rb")  # noqa: SIM115
            self._size = os.fstat(self._raw.fileno()).st_size
        except OSError as error:
            raise AutodiffError(f"cannot read {self.name}: {why(error)}") from None
        with self._raw, unpacked(self._raw, self._format.compression) as file:
            yield file

    def _forget(self) -> None:
        """Drop the beginning, where it can be read again."""
        if self._path != STDIN:
            self._head = b""

    def _take(self, file: IO[bytes], size: int) -> bytes:
        try:
            return file.read(size)
        except Exception as error:  # each compression has errors of its own
            if isinstance(error, EOFError):
                raise AutodiffError(f"{self.name} is cut off: its {self._format.compression} data has no end") from None
            raise AutodiffError(f"cannot read {self.name}: {why(error)}") from None

    def fraction(self) -> float | None:
        """How much of it has been read."""
        if self._raw is None or not self._size:
            return None
        with suppress(OSError, ValueError):
            return min(1.0, self._raw.tell() / self._size)
        return None

    def _pieces(self) -> Iterator[bytes]:
        """Whole rows, in pieces."""
        with self._opened() as file:
            held = self._head[self._start :] if self._path == STDIN else b""
            if self._path != STDIN:
                self._take(file, self._start)
            passed = 0
            while piece := self._take(file, PIECE):
                if b'"' in held:
                    held, piece = b"", held + piece
                cut = end_of_rows(piece) if self._quotes else piece.rfind(b"\n") + 1
                if cut:
                    yield b"".join((held, memoryview(piece)[:cut]))
                    passed += len(held) + cut
                    held = piece[cut:]
                else:
                    held += piece
                if len(held) > LONGEST:
                    raise AutodiffError(
                        f"{self.name}: the row after byte {passed:,} goes on for more than {LONGEST >> 20} MB",
                        hint='a " may open there that is never closed' if self._quotes else "",
                    )
            if held:
                yield held

    def _check_ends(self, data: bytes) -> None:
        if data.count(b"\r") > data.count(b"\r\n"):
            raise AutodiffError(
                f"{self.name} has rows that end in CR alone, as on old Macs", hint="tr '\\r' '\\n' makes lines of them"
            )

    def _check_utf8(self, data: bytes) -> None:
        try:
            data.decode()
        except UnicodeDecodeError as error:
            line = self._line + data.count(b"\n", 0, error.start)
            raise AutodiffError(
                f"{self.name}, line {line}: byte {data[error.start]:#x} is not UTF-8 text",
                hint="iconv -f latin1 -t utf-8 makes UTF-8 of the older encoding",
            ) from None


def end_of_rows(data: bytes) -> int:
    """Where the last row that is complete ends: after a newline with an even number of quotes before it."""
    cut = data.rfind(b"\n") + 1
    odd = b'"' in data and data.count(b'"', 0, cut) % 2
    while cut and odd:
        before = data.rfind(b"\n", 0, data.rfind(b'"', 0, cut)) + 1
        odd ^= data.count(b'"', before, cut) % 2
        cut = before
    return cut


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
