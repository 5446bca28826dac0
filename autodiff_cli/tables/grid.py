"""Rows from ranges."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import polars as pl

from autodiff_cli.errors import AutodiffError
from autodiff_cli.tables.spacing import steps
from autodiff_cli.tables.table import ROWS, Block, Table


class Grid(Table):
    """Rows from ranges: every combination, the last variable moving fastest."""

    name = "the ranges"

    def __init__(self, ranges: dict[str, tuple[float, float, float]]) -> None:
        self.columns = dict.fromkeys(ranges, pl.Float64)
        self._steps = [steps(*span) for span in ranges.values()]
        self.total = 1
        for count, _ in self._steps:
            self.total *= count
        if self.total > 2**53:
            raise AutodiffError(f"the ranges make {self.total:.1e} rows", hint="wider steps make fewer")
        self._row = 0

    def blocks(self, needed: Sequence[str]) -> Iterator[Block]:
        """All rows, in order."""
        for start in range(0, self.total, ROWS):
            rows = np.arange(start, min(start + ROWS, self.total))
            made = {}
            for name, (count, at) in reversed([*zip(self.columns, self._steps, strict=True)]):
                rows, index = (rows // count, rows % count) if len(self.columns) > 1 else (rows, rows)
                made[name] = pl.Series(name, at(index))
            frame = pl.DataFrame([made[name] for name in self.columns])
            yield Block(frame, made, self._places(start))
            self._row = start + len(frame)

    def _places(self, start: int) -> Callable[[int, str], str]:
        def place(row: int, column: str = "") -> str:
            return f"row {start + row + 1}"

        return place

    def fraction(self) -> float | None:
        """How much of it has been made."""
        return self._row / self.total
