"""Memory that is used again: buffers for the steps of blocks, and arrays for results."""

from __future__ import annotations

from typing import Any

import numpy as np

from autodiff_cli.columns.blocks import Array, Block
from autodiff_cli.columns.reach import is_held

Buffers = tuple[list[Array], list[Array]]  # of floats and of booleans
_LENGTHS = 8  # of blocks whose buffers are kept


class Pool:
    """Buffers for blocks, which threads acquire and release."""

    def __init__(self, dtype: Any) -> None:
        self._dtype = dtype
        self._free: dict[tuple[int, int, int], list[Buffers]] = {}

    def acquire(self, block: Block, rows: int) -> Buffers:
        """Buffers for the steps of a block, for one thread."""
        if len(self._free) > _LENGTHS:  # rows come in pieces of any length
            self._free.clear()
        free = self._free.setdefault((block.floats, block.booleans, rows), [])
        try:
            return free.pop()
        except IndexError:
            floats = [np.empty(rows, self._dtype) for _ in range(block.floats)]
            return floats, [np.empty(rows, bool) for _ in range(block.booleans)]

    def release(self, block: Block, rows: int, buffers: Buffers) -> None:
        """Give buffers back."""
        self._free.setdefault((block.floats, block.booleans, rows), []).append(buffers)


class Results:
    """Arrays for results: those of an earlier call where nobody holds them any more.

    Memory that the system gives anew it clears first, which takes longer than to compute.
    """

    def __init__(self, count: int, dtype: Any) -> None:
        self._count, self._dtype = count, dtype
        self._free: list[Array] = []

    def acquire(self, shape: tuple[int, ...]) -> list[Array]:
        """An array of that shape for each result."""
        unheld = np.empty(0)
        array = self._free.pop() if self._free else unheld
        if array.shape != (self._count, *shape) or is_held(array, unheld):
            array = np.empty((self._count, *shape), self._dtype)
        self._free.append(array)
        return [array[index, ...] for index in range(self._count)]
