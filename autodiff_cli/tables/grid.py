"""Rows from ranges."""

from collections.abc import Iterator, Sequence
from math import prod
from typing import Any

import numpy as np
import polars as pl

from autodiff_cli.errors import AutodiffError
from autodiff_cli.tables.base import ROWS, Place, RowBlock, Table
from autodiff_cli.tables.spacing import steps


class Grid(Table):
    """Rows from ranges: every combination, the last variable moving fastest."""

    name = "the ranges"

    def __init__(self, ranges: dict[str, tuple[float, float, float]]) -> None:
        self.columns = dict.fromkeys(ranges, pl.Float64)
        self._steps = [steps(*span) for span in ranges.values()]
        counts = [count for count, _ in self._steps]
        self.total = prod(counts)
        if self.total > 2**53:
            name = [*ranges][counts.index(max(counts))]
            made = f"some 10^{len(str(self.total)) - 1} rows, most of them that of {name}"
            raise AutodiffError(f"the ranges make {made}", hint="wider steps make fewer")
        self._row = 0

    def blocks(self, needed: Sequence[str]) -> Iterator[RowBlock]:
        for start in range(0, self.total, ROWS):
            made = self._points(np.arange(start, min(start + ROWS, self.total)))
            frame = pl.DataFrame([made[name] for name in self.columns])
            yield RowBlock(frame, made, self._places(start))
            self._row = start + len(frame)

    def _points(self, rows: Any) -> dict[str, pl.Series]:
        made = {}
        for name, (count, point) in reversed([*zip(self.columns, self._steps, strict=True)]):
            index = rows
            if len(self.columns) > 1:
                rows, index = rows // count, rows % count
            made[name] = pl.Series(name, point(index))
        return made

    def _places(self, start: int) -> Place:
        def place(row: int, column: str = "") -> str:
            return f"row {start + row + 1}"

        return place

    def fraction(self) -> float | None:
        return self._row / self.total
