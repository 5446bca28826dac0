"""Rows in blocks, which some threads take from one another."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from typing import TYPE_CHECKING, Any

import numpy as np

from autodiff_cli.columns.blocks import FLAG_RAISED, NONFINITE, PART, Array, Block, Flags
from autodiff_cli.columns.reach import addresses

if TYPE_CHECKING:
    from autodiff_cli.columns.vectorize import Vectorized

_SMALL = 2**13  # rows of a block of one thread; so few in all are not worth a second
_FEWEST, _MOST = 2**15, 2**16  # of a block of several: with fewer they wait for each other at the interpreter's lock
_LONGEST = 2**24  # of one in machine code, which has threads of its own
_CACHE = 2**23  # bytes of all that a block touches, as far as those allow

_pools: dict[int, ThreadPoolExecutor] = {}  # by how many threads they have


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_pools.clear)  # threads stay behind


def cores() -> int:
    """How many threads can run at the same time."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def together(work: Callable[[], None], workers: int) -> None:
    """Run the same on so many threads, of which this is one."""
    if workers < 2:
        return work()
    if workers not in _pools:
        _pools[workers] = ThreadPoolExecutor(workers - 1, "autodiff")
    others = [_pools[workers].submit(work) for _ in range(workers - 1)]
    try:
        work()
    finally:
        wait(others)
    for other in others:
        other.result()
    return None


def block_size(block: Block, rows: int, workers: int, row_bytes: int) -> int:
    """How many rows are done at a time, each of which touches so many bytes."""
    if block.long:
        size = _LONGEST
    elif workers == 1 or rows <= _SMALL:
        size = _SMALL
    else:
        in_cache = _CACHE // row_bytes
        size = min(max(_FEWEST, in_cache), _MOST, -(-rows // workers))
    return max(1, min(size, rows))


class Work:
    """Rows that some threads take from one another, so many at a time, until none are left."""

    def __init__(
        self, kernel: Vectorized, block: Block, fused: Block | None, given: list[Any], out: Sequence[Array]
    ) -> None:
        self.kernel, self.block, self.fused, self.given, self.out = kernel, block, fused, given, out
        self.rows = len(out[0])
        self.least = self._size(block)
        self.size = self._size(fused) if fused else self.least
        self.starts = iter(range(0, self.rows, self.size))
        self.suspect = False  # whether any row may have no value
        self.doubtful = False  # whether some may

    def _size(self, block: Block) -> int:
        touched = len(block.columns) + len(self.out) + block.floats
        return block_size(block, self.rows, self.kernel.workers, touched * self.out[0].itemsize)

    @property
    def workers(self) -> int:
        """How many threads of Python's it is worth."""
        if self.fused and self.fused.long:
            return 1
        return min(self.kernel.workers, -(-self.rows // self.size))

    def run(self) -> None:
        """What each thread does. Where one fails or is interrupted, the others find nothing left."""
        try:
            self._run()
        except BaseException:
            for _ in self.starts:
                pass
            raise

    def _run(self) -> None:
        flags = Flags()
        with np.errstate(all="call", call=flags):
            thread = _Thread(self, flags)
            for start in self.starts:
                thread.fill(start, min(start + self.size, self.rows))
            thread.release()


class _Thread:
    """One thread's share of the work: in machine code where there is any, and step by step."""

    def __init__(self, work: Work, flags: Flags) -> None:
        self._work, self._flags = work, flags
        self._fast = _FastBlockRun(work, work.fused, flags) if work.fused else None
        self._slow: _BlockRun | None = None

    def fill(self, start: int, stop: int) -> None:
        """Fill the results of some rows."""
        if self._fast is None:
            self._by_steps(start, stop)
            return
        for first, last in self._fast.fill(start, stop):
            self._by_steps(first, last)

    def _by_steps(self, start: int, stop: int) -> None:
        if self._slow is None:
            self._slow = _BlockRun(self._work, self._work.block, self._work.least, self._flags)
        for first in range(start, stop, self._work.least):
            self._slow.run(first, min(first + self._work.least, stop))

    def release(self) -> None:
        """Give the buffers back."""
        for steps in filter(None, (self._slow, self._fast)):
            steps.release()


class _BlockRun:
    """A block and its buffers, for one thread."""

    def __init__(self, work: Work, block: Block, buffer_rows: int, flags: Flags) -> None:
        self._work, self._block, self._flags = work, block, flags
        self._buffer_rows = buffer_rows
        self._buffers = work.kernel.pool.acquire(block, buffer_rows)
        flags.clear()
        self._shared = block.before(flags, *work.given)
        self._slopes_before = flags.slopes  # what came up in the steps that all rows have in common
        self._table: Any = None
        work.suspect |= flags.undefined

    def run(self, start: int, stop: int) -> int:
        """Fill the results of some rows; what machine code found is returned."""
        work, flags = self._work, self._flags
        given, results = _rows_of(work.given, start, stop), _rows_of(work.out, start, stop)
        flags.clear()
        found = self._compute([given[index] for index in self._block.columns], results, start)
        flags.slopes |= self._slopes_before
        if flags.slopes:
            work.kernel.rescale(given, results[1:], flags)
        has_nan = flags.undefined or found & NONFINITE or work.suspect
        if has_nan:
            _clear_slopes_without_value(*results)
        work.doubtful |= bool(has_nan) or (work.kernel.may_lack_slopes and not are_finite(results))
        return found

    def _compute(self, columns: list[Array], results: list[Array], start: int) -> int:
        self._run_block(columns, results, start)
        return 0 if are_finite(columns) else NONFINITE

    def _run_block(self, columns: list[Array], results: list[Array], start: int) -> int:
        rows = len(results[0])
        floats, booleans = ([one[:rows] for one in buffers] for buffers in self._buffers)
        return self._block.run(self._shared, columns, results, floats, booleans, self._flags, rows, start, self._table)

    def release(self) -> None:
        """Give the buffers back."""
        self._work.kernel.pool.release(self._block, self._buffer_rows, self._buffers)


class _FastBlockRun(_BlockRun):
    """A block in machine code."""

    def __init__(self, work: Work, block: Block, flags: Flags) -> None:
        super().__init__(work, block, PART * work.kernel.workers if block.long else work.size, flags)
        self._marks = np.zeros(-(-work.size // PART), bool)
        floats, booleans = self._buffers
        numbers = self._shared[-1]
        in_order = [self._marks, *work.given, *work.out, numbers, *floats, *booleans]  # as `loops.Source` has it
        self._table = addresses(in_order)

    def _compute(self, columns: list[Array], results: list[Array], start: int) -> int:
        return self._run_block(columns, results, start)

    def fill(self, start: int, stop: int) -> list[tuple[int, int]]:
        """Fill the results of some rows. Those are returned that are to be done again, step by step."""
        return self._marked(start, stop) if self.run(start, stop) & FLAG_RAISED else []

    def _marked(self, start: int, stop: int) -> list[tuple[int, int]]:
        """The rows of the parts in which a flag came up, those of neighbours together."""
        parts = np.flatnonzero(self._marks)
        self._marks.fill(False)
        runs = np.split(parts, np.flatnonzero(np.diff(parts) > 1) + 1)
        return [(start + int(one[0]) * PART, min(start + (int(one[-1]) + 1) * PART, stop)) for one in runs]


def _rows_of(arrays: Sequence[Any], start: int, stop: int) -> list[Any]:
    """Some rows of each array; a number as such."""
    return [one[start:stop] if one.ndim else one for one in arrays]


def _clear_slopes_without_value(value: Array, *slopes: Array) -> None:
    """Where there is no value there is no derivative."""
    nothing = np.isnan(value)
    if nothing.any():
        for one in slopes:
            np.copyto(one, np.nan, where=nothing)


def are_finite(arrays: Sequence[Any]) -> bool:
    """Whether all numbers of some arrays are finite."""
    return all([np.isfinite(one).all() for one in arrays])  # noqa: C419
