"""Parquet and Arrow IPC."""

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from typing import Any

import polars as pl

from autodiff_cli.errors import AutodiffError
from autodiff_cli.files import undone
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


class Columns(Table):
    """Parquet and Arrow IPC."""

    def __init__(self, path: str, format: FileFormat) -> None:
        self.name = shown(path)
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
        return spool.name

    def _open(self, path: str, format: FileFormat) -> None:
        try:
            with open(path, "rb"):
                pass
            scan: Any = pl.scan_parquet if format.name == "parquet" else pl.scan_ipc
            self._lazy = scan(path, glob=False, hive_partitioning=False)
            self.columns = dict(self._lazy.collect_schema())
            self._total = int(self._lazy.select(pl.len()).collect().item())
        except ERRORS as error:
            raise self._unreadable(error) from None

    def blocks(self, needed: Sequence[str]) -> Iterator[RowBlock]:
        for name in needed:
            self._check_numbers(name)
        for frame in self._frames():
            yield self._block(frame, needed)
            self._row += len(frame)
        if not self._row:
            yield self._block(pl.DataFrame(schema=self.columns), needed)

    def _check_numbers(self, name: str) -> None:
        """Raise AutodiffError where a column holds no numbers."""
        dtype = self.columns[name]
        if not dtype.is_numeric() and dtype not in (pl.String, pl.Null):
            raise AutodiffError(f"column '{name}' of {self.name} holds {str(dtype).lower()}, not numbers")

    def _frames(self) -> Iterator[pl.DataFrame]:
        batches = iter(self._lazy.collect_batches(chunk_size=ROWS, maintain_order=True))
        while True:
            try:
                frame = next(batches, None)
            except ERRORS as error:
                raise self._unreadable(error) from None
            if frame is None:
                return
            yield frame

    def _block(self, frame: pl.DataFrame, needed: Sequence[str]) -> RowBlock:
        return RowBlock(frame, {name: frame[name] for name in needed}, self._places())

    def _places(self) -> Place:
        first = self._row + 1

        def place(row: int, column: str = "") -> str:
            return f"{self.name}, row {first + row}" + (f", column '{column}'" if column else "")

        return place

    def _unreadable(self, error: BaseException) -> AutodiffError:
        hint = "" if isinstance(error, OSError) else "it is cut off or damaged, or not what its ending says"
        return AutodiffError(f"cannot read {self.name}: {why(error)}", hint=hint)

    def fraction(self) -> float | None:
        return self._row / self._total if self._total else None
