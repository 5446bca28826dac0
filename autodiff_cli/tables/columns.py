"""Parquet and Arrow IPC."""

import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import polars as pl

from autodiff_cli.errors import AutodiffError
from autodiff_cli.tables.table import ERRORS, PIECE, ROWS, STDIN, Block, Format, Table, shown, unpacked, why


class Columns(Table):
    """Parquet and Arrow IPC."""

    def __init__(self, path: str, format: Format) -> None:
        self.name = shown(path)
        self._spool: Any = None
        if path == STDIN or format.compression:  # its end must be read first
            self._spool = tempfile.NamedTemporaryFile(prefix="autodiff-", suffix=f".{format.name}")  # noqa: SIM115
            try:
                if path == STDIN:
                    shutil.copyfileobj(unpacked(sys.stdin.buffer, format.compression), self._spool, PIECE)
                else:
                    with open(path, "rb") as raw, unpacked(raw, format.compression) as file:
                        shutil.copyfileobj(file, self._spool, PIECE)
                self._spool.flush()
            except (OSError, EOFError) as error:
                raise AutodiffError(f"cannot read {self.name}: {why(error)}") from None
            path = self._spool.name
        try:
            with open(path, "rb"):
                pass
            scan: Any = pl.scan_parquet if format.name == "parquet" else pl.scan_ipc
            self._lazy = scan(path, glob=False, hive_partitioning=False)
            self.columns = dict(self._lazy.collect_schema())
            self._total = int(self._lazy.select(pl.len()).collect().item())
        except ERRORS as error:
            raise AutodiffError(f"cannot read {self.name}: {why(error)}", hint=_hint(error)) from None
        self._row = 0

    def blocks(self, needed: Sequence[str]) -> Iterator[Block]:
        """All rows, in order."""
        for name in needed:
            dtype = self.columns[name]
            if not (dtype.is_numeric() or dtype in (pl.String, pl.Null)):
                raise AutodiffError(f"column '{name}' of {self.name} holds {str(dtype).lower()}, not numbers")
        batches = iter(self._lazy.collect_batches(chunk_size=ROWS, maintain_order=True))
        while True:
            try:
                frame = next(batches, None)
            except ERRORS as error:
                raise AutodiffError(f"cannot read {self.name}: {why(error)}", hint=_hint(error)) from None
            if frame is None:
                break
            yield Block(frame, {name: frame[name] for name in needed}, self._places())
            self._row += len(frame)
        if not self._row:
            frame = pl.DataFrame(schema=self.columns)
            yield Block(frame, {name: frame[name] for name in needed}, self._places())

    def _places(self) -> Callable[[int, str], str]:
        first = self._row + 1

        def place(row: int, column: str = "") -> str:
            return f"{self.name}, row {first + row}" + (f", column '{column}'" if column else "")

        return place

    def fraction(self) -> float | None:
        """How much of it has been read."""
        return self._row / self._total if self._total else None


def _hint(error: BaseException) -> str:
    return "" if isinstance(error, OSError) else "it is cut off or damaged, or not what its ending says"
