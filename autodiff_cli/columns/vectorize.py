"""Value and gradient over columns of numbers: a program in blocks that stay in cache, on all cores."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from ctypes import c_void_p
from sys import getrefcount
from threading import Lock
from typing import Any

from autodiff_cli.codegen.lower import lower
from autodiff_cli.codegen.program import Program
from autodiff_cli.engine.expression import Expression
from autodiff_cli.engine.value import RULES, Value, constant, node
from autodiff_cli.errors import AutodiffError, did_you_mean

INSTALL = "pip install 'autodiff-cli[batch]'"
try:
    import numpy as np

    from autodiff_cli.columns import blocks
    from autodiff_cli.columns.blocks import PART, REDO, STRANGE, Array, Block, Flags
except ImportError as error:
    raise AutodiffError("this needs NumPy, which is not installed", hint=INSTALL) from error

_Room = tuple[list[Array], list[Array]]  # buffers of floats and of booleans
_SCALES = {"float64": 2.0**900, "float32": 2.0**96}  # as in Expression.backward
_SMALL = 2**13  # rows of a block of one thread; so few in all are not worth a second
_FEWEST, _MOST = 2**15, 2**16  # of a block of several: with fewer they wait for each other at the interpreter's lock
_LONGEST = 2**24  # of one in machine code, which has threads of its own
_CACHE = 2**23  # bytes of all that a block touches, as far as those allow
_PAYS, _STEP_PAYS = 2**28, 2**21  # rows times steps that take as long as to compile nothing, and a step more
_ROOMS = 8  # lengths of blocks whose buffers are kept
_KINDS = {"c": "complex numbers", "U": "text", "S": "text", "M": "dates", "m": "times"}


def vectorize(
    expression: Expression,
    wrt: Sequence[str] | None = None,
    dtype: str = "float64",
    workers: int | None = None,
    compiled: bool | None = None,
) -> Vectorized:
    """A function of columns that returns the value and its derivatives by `wrt`, or by every variable.

    It computes in `dtype`, float64 or float32, on so many threads, or on all cores. Where there is a C compiler the
    arithmetic is `compiled`: at once, never, or (None) when that pays. The digits are the same. Raises AutodiffError
    for a name that is not a variable, and where SciPy is missing for a function that NumPy has not.
    """
    if dtype not in _SCALES:
        raise AutodiffError(f"cannot compute in {dtype}", hint=f"dtype is {' or '.join(_SCALES)}")
    names = list(expression.variables)
    wanted = names if wrt is None else list(dict.fromkeys(wrt))
    for name in wanted:
        if name not in names:
            hint = did_you_mean(name, names) or f"there are {', '.join(names) or 'none'}"
            raise AutodiffError(f"there is no '{name}' to differentiate by", hint=hint)
    return Vectorized(expression, tuple(wanted), dtype, workers or _cores(), compiled)


class Vectorized:
    """The value of an expression and its derivatives by `wrt`, over columns.

    Called with arrays or numbers by name, which broadcast, it returns the values and a dictionary of derivatives.
    """

    def __init__(
        self,
        expression: Expression,
        wrt: tuple[str, ...],
        dtype: str,
        workers: int,
        compiled: bool | None = None,
    ) -> None:
        self.variables = tuple(expression.variables)
        self.wrt = wrt
        self.dtype = dtype
        self.workers = workers
        self.compiled = compiled
        self._expression = expression
        self._type = np.dtype(dtype).type
        self._scale = _SCALES[dtype]
        self._keys: list[tuple[str, ...]] = [(), *((name,) for name in wrt)]
        program = blocks.native(lower(expression, self._keys[1:]))
        if missing := blocks.missing(program):
            raise AutodiffError(f"{missing} needs SciPy, which is not installed", hint=INSTALL)
        self._programs: dict[float, Program] = {1.0: program}
        self._blocks: dict[tuple[float, frozenset[int]], Block] = {}
        self._fused: dict[frozenset[int], Block | None] = {}
        self._done = 0  # rows times steps
        self._compiling = Lock()
        self._guarded = blocks.is_guarded(program)
        self._spares: list[Array] = []
        self._rooms: dict[tuple[int, int, int], list[_Room]] = {}
        self._places = [list(program.inputs).index(name) for name in self.variables]

    def __call__(self, /, *, out: Any = None, **columns: Any) -> tuple[Array, dict[str, Array]]:
        """Values and derivatives, in the shape that the columns broadcast to; a variable may have a default.

        `out` is what an earlier call returned, to be filled again. Raises AutodiffError for names that are missing or
        unknown, shapes that do not match, and columns that are not real numbers.
        """
        if "out" in self.variables and out is not None:
            columns["out"], out = out, None
        self._expression.check(columns)
        defaults = self._expression.defaults
        given = [self._real(name, columns[name] if name in columns else defaults[name]) for name in self.variables]
        try:
            shape = np.broadcast_shapes(*[column.shape for column in given])
        except ValueError:
            shapes = ", ".join(
                f"{name} has {column.shape}" for name, column in zip(self.variables, given, strict=True) if column.ndim
            )
            raise AutodiffError("the shapes of the columns do not match", hint=shapes) from None
        results = self._results(out, shape)
        flat = [one.reshape(-1) if one.flags.c_contiguous else np.empty(one.size, self.dtype) for one in results]
        self.into([_column(column, shape, flat) for column in given], flat)
        for one, made in zip(results, flat, strict=True):
            if not one.flags.c_contiguous:
                one[...] = made.reshape(shape)
        return results[0], dict(zip(self.wrt, results[1:], strict=True))

    def _real(self, name: str, column: Any) -> Array:
        masked = isinstance(column, np.ma.MaskedArray)
        array = column.astype(self.dtype).filled(np.nan) if masked else np.asarray(column)
        if array.dtype.kind not in "fiub":
            kind = _KINDS.get(array.dtype.kind, "what are no plain numbers")
            raise AutodiffError(f"the column {name} holds {kind}", hint=f"make it {self.dtype} first")
        return array.astype(self.dtype, copy=False)

    def _results(self, out: Any, shape: tuple[int, ...]) -> list[Array]:
        if out is None:
            return self._fresh(shape)
        try:
            value, gradient = out
            results = [value, *[gradient[name] for name in self.wrt]]
            results = results if len({*map(id, results)}) == len(results) else [None]
        except (TypeError, ValueError, KeyError, IndexError):
            results = [None]
        for one in results:
            fits = isinstance(one, np.ndarray) and one.shape == shape and one.dtype == self.dtype
            if not fits or not one.flags.writeable:
                hint = f"it is (value, {{name: derivative, ...}}), an array each, of {self.dtype} and of shape {shape}"
                raise AutodiffError("out does not fit the result", hint=hint)
        return results

    def _fresh(self, shape: tuple[int, ...]) -> list[Array]:
        """Arrays for the results: those of an earlier call where nobody holds them any more.

        Memory that the system gives anew it clears first, which takes longer than to compute.
        """
        alone = np.empty(0)
        spare = self._spares.pop() if self._spares else alone
        if spare.shape[1:] != shape or spare is alone or getrefcount(spare) > getrefcount(alone):
            spare = np.empty((len(self._keys), *shape), self.dtype)
        self._spares.append(spare)
        return [spare[index, ...] for index in range(len(spare))]

    def into(self, columns: Sequence[Any], out: Sequence[Array]) -> bool:
        """Fill `out`, the value and then the derivatives, from one column for each variable; nothing is checked.

        Columns are one-dimensional arrays of `dtype`, or numbers; none may share memory with `out`. True where a
        floating-point flag came up or an input was not finite: then some row may have no value.
        """
        given: list[Any] = [None] * len(columns)
        for place, column in zip(self._places, columns, strict=True):
            given[place] = column if getattr(column, "ndim", 0) else self._type(column)
        uniform = frozenset([index for index, column in enumerate(given) if not column.ndim])
        block, rows = self._block(1.0, uniform), len(out[0])
        whole = all([one.flags.c_contiguous for one in [*given, *out]])  # noqa: C419
        work = _Work(self, block, self._compiled(uniform, rows) if whole else None, given, out)
        work.suspect = self._guarded or not all([np.isfinite(given[index]) for index in uniform])  # noqa: C419
        _together(work.run, 1 if work.fused and work.fused.long else min(self.workers, -(-rows // work.size)))
        return work.doubtful

    def rows_of(self, block: Block, rows: int) -> int:
        """How many rows are done at a time."""
        if block.long:
            size = _LONGEST
        elif self.workers == 1 or rows <= _SMALL:
            size = _SMALL
        else:
            touched = len(block.columns) + len(self._keys) + block.floats
            size = min(
                max(_FEWEST, _CACHE // (np.dtype(self.dtype).itemsize * touched)), _MOST, -(-rows // self.workers)
            )
        return max(1, min(size, rows))

    def _block(self, scale: float, uniform: frozenset[int]) -> Block:
        """The program compiled for inputs of which some are single numbers, its slopes times `scale`."""
        if (scale, uniform) not in self._blocks:
            with self._compiling:
                if scale not in self._programs:  # a sweep from a number times the expression starts there
                    root = self._expression.root
                    scaled = _rooted(self._expression, node(RULES["mul", 2], (constant(scale), root)))
                    self._programs[scale] = blocks.native(lower(scaled, self._keys[1:]))
                keys = self._keys if scale == 1 else self._keys[1:]
                self._blocks[scale, uniform] = blocks.write(self._programs[scale], keys, uniform, self.dtype)
        return self._blocks[scale, uniform]

    def _compiled(self, uniform: frozenset[int], rows: int) -> Block | None:
        """The program with loops in machine code, once that pays."""
        steps = len(self._programs[1.0].steps)
        self._done += rows * steps
        if not (self._done > _PAYS + steps * _STEP_PAYS if self.compiled is None else self.compiled):
            return None
        with self._compiling:
            if uniform not in self._fused:
                from autodiff_cli.columns.fused import fused

                self._fused[uniform] = fused(self._programs[1.0], self._keys, uniform, self.dtype, self.workers)
        return self._fused[uniform]

    def again(self, given: list[Any], slopes: Sequence[Array], flags: Flags) -> None:
        """Slopes that left the range of floats on their way, from a power of two in place of 1.

        As in Expression.backward: a smaller one for what is not finite, a larger one where something was too small.
        """
        if not all([np.isfinite(one).all() for one in slopes]):  # noqa: C419
            for one, smaller in zip(slopes, self._scaled_slopes(1 / self._scale, given, len(slopes[0])), strict=True):
                np.copyto(one, smaller, where=~(np.isfinite(one) | np.isnan(smaller)))
        if "underflow" in flags.slopes:
            for one, larger in zip(slopes, self._scaled_slopes(self._scale, given, len(slopes[0])), strict=True):
                np.copyto(one, larger, where=np.isfinite(larger))

    def _scaled_slopes(self, scale: float, given: list[Any], rows: int) -> list[Array]:
        block = self._block(scale, frozenset([index for index, column in enumerate(given) if not column.ndim]))
        slopes = [np.empty(rows, self.dtype) for _ in self.wrt]
        with np.errstate(all="ignore"):
            columns = [given[index] for index in block.columns]
            room = self.room(block, rows)
            flags = Flags()
            block.run(block.before(flags, *given), columns, slopes, *room, flags, rows, 0, None)
            self.leave(block, rows, room)
            return [one / self._type(scale) for one in slopes]

    def room(self, block: Block, rows: int) -> _Room:
        """Buffers for the steps of a block, for one thread; to be given back."""
        if len(self._rooms) > _ROOMS:  # rows come in pieces of any length
            self._rooms.clear()
        spare = self._rooms.setdefault((block.floats, block.booleans, rows), [])
        try:
            return spare.pop()
        except IndexError:
            floats = [np.empty(rows, self.dtype) for _ in range(block.floats)]
            return floats, [np.empty(rows, bool) for _ in range(block.booleans)]

    def leave(self, block: Block, rows: int, room: _Room) -> None:
        """Give buffers back."""
        self._rooms.setdefault((block.floats, block.booleans, rows), []).append(room)

    def reasons(self, columns: Sequence[Any]) -> tuple[Array, list[str]]:
        """Why rows have no value: for each 0, or 1 and the place in a list of what the first step needs that fails.

        Columns as for `into`. What a branch that is not taken needs does not count.
        """
        from autodiff_cli.columns.reasons import reasons

        return reasons(self._expression, dict(zip(self.variables, columns, strict=True)))


class _Work:
    """Rows that some threads take from one another, so many at a time, until none are left."""

    def __init__(
        self, kernel: Vectorized, block: Block, fused: Block | None, given: list[Any], out: Sequence[Array]
    ) -> None:
        self.kernel, self.block, self.fused, self.given, self.out = kernel, block, fused, given, out
        self.rows = len(out[0])
        self.least = kernel.rows_of(block, self.rows)
        self.size = kernel.rows_of(fused, self.rows) if fused else self.least
        self.starts = iter(range(0, self.rows, self.size))
        self.suspect = False  # whether any row may have no value
        self.doubtful = False  # whether some may

    def run(self) -> None:
        """What each thread does. Where one fails or is interrupted, the others find nothing left."""
        try:
            self._run()
        except BaseException:
            for _ in self.starts:
                pass
            raise

    def _run(self) -> None:
        flags, slow = Flags(), None
        with np.errstate(all="call", call=flags):
            fast = _Steps(self, self.fused, flags) if self.fused else None
            for start in self.starts:
                stop = min(start + self.size, self.rows)
                for first, last in fast.run(start, stop) if fast else [(start, stop)]:
                    slow = slow or _Steps(self, self.block, flags)
                    for at in range(first, last, self.least):
                        slow.run(at, min(at + self.least, last))
            for steps in filter(None, (slow, fast)):
                steps.leave()


class _Steps:
    """A program and its buffers for one thread."""

    def __init__(self, work: _Work, block: Block, flags: Flags) -> None:
        self.work, self.block, self.flags = work, block, flags
        compiled = block is work.fused
        size = work.size if compiled else work.least
        self.held = PART * work.kernel.workers if block.long else size  # rows of the buffers
        self.room = work.kernel.room(block, self.held)
        self.shared = block.before(flags, *work.given)
        work.suspect |= flags.undefined
        self.table: Any = None
        if compiled:
            self.redo = np.zeros(-(-size // PART), bool)
            whole = [self.redo, *work.given, *work.out, self.shared[-1], *self.room[0], *self.room[1]]
            self.table = (c_void_p * len(whole))(*[one.ctypes.data if one.ndim else 0 for one in whole])

    def run(self, start: int, stop: int) -> list[tuple[int, int]]:
        """Fill the results of some rows. Those are returned that are to be done again, step by step."""
        work, flags, rows = self.work, self.flags, stop - start
        given = [one[start:stop] if one.ndim else one for one in work.given]
        results = [one[start:stop] for one in work.out]
        columns = [given[index] for index in self.block.columns]
        floats, booleans = ([one[:rows] for one in some] for some in self.room)
        flags.clear()
        found = self.block.run(self.shared, columns, results, floats, booleans, flags, rows, start, self.table)
        if self.table is None and not all([np.isfinite(one).all() for one in columns]):  # noqa: C419
            found = STRANGE
        if flags.slopes:
            work.kernel.again(given, results[1:], flags)
        if flags.undefined or found & STRANGE or work.suspect:
            work.doubtful = True
            if len(results) > 1 and (nothing := np.isnan(results[0])).any():
                for one in results[1:]:  # no value, no derivative
                    np.copyto(one, np.nan, where=nothing)
        return self._again(start, stop) if found & REDO else []

    def _again(self, start: int, stop: int) -> list[tuple[int, int]]:
        """The rows of the parts in which a flag came up, those of neighbours together."""
        parts = np.flatnonzero(self.redo)
        runs = np.split(parts, np.flatnonzero(np.diff(parts) > 1) + 1)
        return [(start + int(one[0]) * PART, min(start + (int(one[-1]) + 1) * PART, stop)) for one in runs]

    def leave(self) -> None:
        """Give the buffers back."""
        self.work.kernel.leave(self.block, self.held, self.room)


def _column(column: Array, shape: tuple[int, ...], results: list[Array]) -> Any:
    """A column as one row after the other, and no part of what is written; a number as such."""
    if column.size == 1:
        return column.reshape(())[()]
    if column.shape != shape:
        return np.broadcast_to(column, shape).reshape(-1)
    return (column.copy() if any(np.may_share_memory(column, one) for one in results) else column).reshape(-1)


def _rooted(expression: Expression, root: Value) -> Expression:
    """An expression of the same variables with another result."""
    nodes = [*expression.nodes, root]
    return Expression(expression.source, root, nodes, expression.variables, {}, defaults=expression.defaults)


# --- threads ----------------------------------------------------------------------------------------------------------

_pools: dict[int, ThreadPoolExecutor] = {}  # by how many threads they have


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_pools.clear)  # threads stay behind


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _together(work: Callable[[], None], workers: int) -> None:
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
