"""Value and gradient over columns of numbers: a program in blocks that stay in cache, on all cores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from threading import Lock
from typing import Any

from autodiff_cli.codegen.lower import lower
from autodiff_cli.codegen.program import Program
from autodiff_cli.engine.expression import Expression
from autodiff_cli.engine.value import RULES, Value, constant, node
from autodiff_cli.errors import AutodiffError

INSTALL = "pip install 'autodiff-cli[batch]'"
try:
    import numpy as np

    from autodiff_cli.columns import blocks
    from autodiff_cli.columns.blocks import Array, Block, Flags
    from autodiff_cli.columns.native import is_guarded, may_lack_slopes, missing, native
    from autodiff_cli.columns.pool import Pool, Results
    from autodiff_cli.columns.work import Work, are_finite, cores, together
except ImportError as error:
    raise AutodiffError("this needs NumPy, which is not installed", hint=INSTALL) from error

_SCALES = {"float64": 2.0**900, "float32": 2.0**96}  # as in Evaluation.gradients
_PAYS, _STEP_PAYS = 2**28, 2**21  # rows times steps that take as long as to compile nothing, and a step more
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
    wanted = dict.fromkeys(expression.variables if wrt is None else wrt)
    expression.require_variables(wanted)
    return Vectorized(expression, tuple(wanted), dtype, workers or cores(), compiled)


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
        self.pool = Pool(dtype)
        self._expression = expression
        self._type = np.dtype(dtype).type
        self._scale = _SCALES[dtype]
        self._keys: list[tuple[str, ...]] = [(), *((name,) for name in wrt)]
        program = native(lower(expression, self._keys[1:]))
        if function := missing(program):
            raise AutodiffError(f"{function} needs SciPy, which is not installed", hint=INSTALL)
        self._programs: dict[float, Program] = {1.0: program}
        self._blocks: dict[tuple[float, frozenset[int]], Block] = {}
        self._fused: dict[frozenset[int], Block | None] = {}
        self._done = 0  # rows times steps
        self._compiling = Lock()
        self._guarded = is_guarded(program)
        self.may_lack_slopes = may_lack_slopes(program)
        self._fresh = Results(len(self._keys), dtype)
        self._places = [list(program.inputs).index(name) for name in self.variables]

    def __reduce__(self) -> tuple[Any, ...]:
        return Vectorized, (self._expression, self.wrt, self.dtype, self.workers, self.compiled)

    def __call__(self, /, *, out: Any = None, **columns: Any) -> tuple[Array, dict[str, Array]]:
        """Values and derivatives, in the shape that the columns broadcast to; a variable may have a default.

        `out` is what an earlier call returned, to be filled again. Raises AutodiffError for names that are missing or
        unknown, shapes that do not match, and columns that are not real numbers.
        """
        if "out" in self.variables and out is not None:
            columns["out"], out = out, None
        self._expression.check(columns)
        known = self._expression.defaults | columns
        given = {name: self._real(name, known[name]) for name in self.variables}
        shape = _common_shape(given)
        results = self._fresh.acquire(shape) if out is None else self._results_in(out, shape)
        flat = list(map(_flat, results))
        self.into([_column(column, shape, flat) for column in given.values()], flat)
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

    def _results_in(self, out: Any, shape: tuple[int, ...]) -> list[Array]:
        """The arrays of an earlier result, to be filled again. Raises AutodiffError where it is none of that shape."""
        try:
            value, gradient = out
            results = [value, *[gradient[name] for name in self.wrt]]
        except (TypeError, ValueError, KeyError, IndexError):
            results = []
        distinct = len({*map(id, results)}) == len(self._keys)
        if not distinct or not all([self._fits(one, shape) for one in results]):  # noqa: C419
            hint = f"it is (value, {{name: derivative, ...}}), an array each, of {self.dtype} and of shape {shape}"
            raise AutodiffError("out does not fit the result", hint=hint)
        return results

    def _fits(self, result: Any, shape: tuple[int, ...]) -> bool:
        wanted = (shape, np.dtype(self.dtype), True)
        return isinstance(result, np.ndarray) and (result.shape, result.dtype, result.flags.writeable) == wanted

    def into(self, columns: Sequence[Any], out: Sequence[Array]) -> bool:
        """Fill `out`, the value and then the derivatives, from one column for each variable; nothing is checked.

        Columns are one-dimensional arrays of `dtype`, or numbers; none may share memory with `out`. True where a
        floating-point flag came up or an input was not finite: then some row may have no value.
        """
        given: list[Any] = [None] * len(columns)
        for place, column in zip(self._places, columns, strict=True):
            given[place] = column if getattr(column, "ndim", 0) else self._type(column)
        uniform = _uniform(given)
        in_one_piece = all([one.flags.c_contiguous for one in [*given, *out]])  # noqa: C419
        block = self._block(1.0, uniform)
        fused = self._in_machine_code(uniform, len(out[0])) if in_one_piece else None
        work = Work(self, block, fused, given, out)
        work.suspect = self._guarded or not are_finite([given[index] for index in uniform])
        together(work.run, work.workers)
        return work.doubtful

    def _block(self, scale: float, uniform: frozenset[int]) -> Block:
        """The program compiled for inputs of which some are single numbers, its slopes times `scale`."""
        if (scale, uniform) not in self._blocks:
            with self._compiling:
                keys = self._keys if scale == 1 else self._keys[1:]
                self._blocks[scale, uniform] = blocks.write(self._program(scale), keys, uniform, self.dtype)
        return self._blocks[scale, uniform]

    def _program(self, scale: float) -> Program:
        """The program of a number times the expression: a sweep of it starts from that number."""
        if scale not in self._programs:
            root = node(RULES["mul", 2], (constant(scale), self._expression.root))
            self._programs[scale] = native(lower(_rooted(self._expression, root), self._keys[1:]))
        return self._programs[scale]

    def _in_machine_code(self, uniform: frozenset[int], rows: int) -> Block | None:
        """The program with loops in machine code, once that pays."""
        steps = len(self._programs[1.0].steps)
        self._done += rows * steps
        wanted = self._done > _PAYS + steps * _STEP_PAYS if self.compiled is None else self.compiled
        if not wanted:
            return None
        with self._compiling:
            if uniform not in self._fused:
                from autodiff_cli.columns.fused import fused

                self._fused[uniform] = fused(self._programs[1.0], self._keys, uniform, self.dtype, self.workers)
        return self._fused[uniform]

    def rescale(self, given: Sequence[Any], slopes: Sequence[Array], flags: Flags) -> None:
        """Make slopes again that left the range of floats on their way, from a power of two in place of 1.

        As in Evaluation.gradients: a smaller one for what is not finite, a larger one where something was too small.
        """
        if not are_finite(slopes):
            for one, smaller in zip(slopes, self._scaled_slopes(1 / self._scale, given, len(slopes[0])), strict=True):
                np.copyto(one, smaller, where=~(np.isfinite(one) | np.isnan(smaller)))
        if "underflow" in flags.slopes:
            for one, larger in zip(slopes, self._scaled_slopes(self._scale, given, len(slopes[0])), strict=True):
                np.copyto(one, larger, where=np.isfinite(larger))

    def _scaled_slopes(self, scale: float, given: Sequence[Any], rows: int) -> list[Array]:
        block = self._block(scale, _uniform(given))
        slopes = [np.empty(rows, self.dtype) for _ in self.wrt]
        columns = [given[index] for index in block.columns]
        flags = Flags()
        with np.errstate(all="ignore"):
            buffers = self.pool.acquire(block, rows)
            block.run(block.before(flags, *given), columns, slopes, *buffers, flags, rows, 0, None)
            self.pool.release(block, rows, buffers)
            return [one / self._type(scale) for one in slopes]

    def reasons(self, columns: Sequence[Any]) -> tuple[Array, list[str]]:
        """Why rows have no value: for each 0, or 1 and the place in a list of what the first step needs that fails.

        Columns as for `into`. What a branch that is not taken needs does not count.
        """
        from autodiff_cli.columns.reasons import reasons

        return reasons(self._expression, dict(zip(self.variables, columns, strict=True)))


def _uniform(given: Sequence[Any]) -> frozenset[int]:
    """The places of the inputs that are single numbers."""
    return frozenset([index for index, column in enumerate(given) if not column.ndim])


def _flat(result: Array) -> Array:
    """A result as one row after the other, where it lies so in memory; else an array of that size."""
    return result.reshape(-1) if result.flags.c_contiguous else np.empty(result.size, result.dtype)


def _common_shape(columns: Mapping[str, Array]) -> tuple[int, ...]:
    """The shape that columns broadcast to. Raises AutodiffError where there is none."""
    try:
        return np.broadcast_shapes(*map(np.shape, columns.values()))
    except ValueError:
        each = [f"{name} has {column.shape}" for name, column in columns.items() if column.ndim]
        raise AutodiffError("the shapes of the columns do not match", hint=", ".join(each)) from None


def _column(column: Array, shape: tuple[int, ...], results: Sequence[Array]) -> Any:
    """A column as one row after the other, and no part of what is written; a number as such."""
    if column.size == 1:
        return column.reshape(())[()]
    if column.shape != shape:
        return np.broadcast_to(column, shape).reshape(-1)
    is_shared = any(map(partial(np.may_share_memory, column), results))
    return (column.copy() if is_shared else column).reshape(-1)


def _rooted(expression: Expression, root: Value) -> Expression:
    """An expression of the same variables with another result."""
    nodes = [*expression.nodes, root]
    return Expression(expression.source, root, nodes, expression.variables, {}, defaults=expression.defaults)
