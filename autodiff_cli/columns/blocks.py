"""A program as straight-line NumPy calls over blocks of rows: each step into a buffer, buffers used again."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import count
from math import isfinite, isnan
from typing import Any

import numpy as np

from autodiff_cli.codegen.graph import GraphBuilder
from autodiff_cli.codegen.program import Program
from autodiff_cli.engine.value import Value, forward, node, rule_of, toposort
from autodiff_cli.rules.kernels.arrays import KERNELS
from autodiff_cli.rules.table import BOOLEAN, Function, find

Array = np.ndarray[Any, Any]
REDO, STRANGE = 1, 2  # what machine code says: a flag came up; an input is not finite
PART = 2048  # rows that it does at a time

UFUNCS: dict[str, np.ufunc] = {name: kernel for name, kernel in KERNELS.items() if isinstance(kernel, np.ufunc)} | {
    "and": np.logical_and,
    "eq": np.equal,
    "ge": np.greater_equal,
    "gt": np.greater,
    "le": np.less_equal,
    "lt": np.less,
    "max": np.maximum,
    "min": np.minimum,
    "ne": np.not_equal,
    "not": np.logical_not,
    "or": np.logical_or,
    "pow": np.power,
    "square": np.square,
}


_CALLS = {name: kernel for name, kernel in KERNELS.items() if callable(kernel) and name not in UFUNCS}
_CALLS["where"] = np.where
_SILENT = set(_CALLS) - {"sign", "where"}  # these raise no floating-point flag of their own
_BUILTINS = {"__import__": __import__}  # SciPy imports parts of itself when they are first called
_SCIPY = {"digamma", "erf", "erfc", "gamma", "gelu", "lgamma", "polygamma"}
_CHECK = "if not isfinite({0}).all(): flags('invalid value', 8)"
_LOGIC = {"and", "or", "not"}

# Powers that are cheaper by products, within an ulp and a half of the true ones and not shorter of range
_POWERS = {
    -2.0: "square(1 / x)",
    -1.5: "1 / x / sqrt(x)",
    -0.5: "abs(1 / sqrt(x))",  # infinite at -0.0 too
    0.5: "sqrt(x)",
    1.5: "x * sqrt(x)",
    2.0: "square(x)",
    3.0: "square(x) * x",
    4.0: "square(square(x))",
}


def _squares(graph: GraphBuilder, function: Function, args: tuple[Value, ...]) -> Value | None:
    """The slope of tanh by the hyperbolic cosine, which NumPy has: as right as the table's, at half the price."""
    if function.name == "pow" and args[1].data == 2 and not args[1].requires_grad:
        inner = args[0].rule.function.name
        if inner in ("sech", "csch"):
            other = "cosh" if inner == "sech" else "sinh"
            return graph.formula(f"square(1 / {other}(x))", "x", args[0].args[0])
    return None


def _native(graph: GraphBuilder, function: Function, args: tuple[Value, ...]) -> Value | None:
    """What stands for a function in NumPy: numbers computed beforehand, the table's formula where it has none.

    NumberSystem by NumPy's function too: what is equal in a row then cancels out.
    """
    name = function.name
    if not any([arg.requires_grad for arg in args]):  # noqa: C419
        if name in KERNELS and _has(function) and not function.variadic:
            with np.errstate(all="ignore"):
                made = float(KERNELS[name](*[np.float64(arg.data) for arg in args]))
        else:
            stand = node(rule_of(function), args)
            forward((stand,))
            made = stand.data
        if isfinite(made):
            return graph.number(made)
    if name == "pow" and not args[1].requires_grad and args[1].data in _POWERS:
        return graph.formula(_POWERS[args[1].data], "x", args[0])
    if function.variadic and len(args) > 2:
        return graph.call(function, (graph.call(function, args[:-1]), args[-1]))
    if function.value and not _has(function):
        return graph.formula(function.value, ", ".join(function.args), *args)
    return None


def _has(function: Function) -> bool:
    return (function.name in UFUNCS or function.name in _CALLS) and find(function.name) == function


def native(program: Program) -> Program:
    """The program in what NumPy has."""
    return program.rewritten(_squares).rewritten(_native)


def is_guarded(program: Program) -> bool:
    """Whether the value may be nan by a condition of its own, of which no floating-point flag tells."""
    value = program.outputs[()]
    ends = value.args[1:] if value.rule.function.name == "where" else (value,)
    return any([not one.args and not one.requires_grad and isnan(one.data) for one in ends])  # noqa: C419


def missing(program: Program) -> str:
    """A function of the program that needs SciPy where that is not installed; else empty."""
    used = [step.rule.function.name for step in program.steps if step.rule.function.name in _SCIPY]
    return used[0] if used and find_spec("scipy") is None else ""


@dataclass(slots=True)
class Block:
    """A compiled program.

    `before` takes Flags and the inputs, and makes what hangs on the uniform ones alone, once for all blocks. `run`
    takes what that made, the columns of a block, its outputs, buffers of floats and of booleans, Flags, how many rows
    there are, from which on, and a table of addresses, and returns 0, or what machine code says (`fused`). A `long`
    block needs its buffers only for a part of its rows at a time, and has threads of its own.
    """

    text: str
    before: Callable[..., tuple[Any, ...]]
    run: Callable[..., int]
    floats: int
    booleans: int
    columns: list[int]  # which inputs vary and are used
    long: bool = False


class Flags:
    """Which floating-point flags came up; those of the steps of the slopes apart."""

    __slots__ = ("slope", "slopes", "undefined")

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        self.undefined = False  # whether there may be rows without a value
        self.slopes: set[str] = set()
        self.slope = False  # whether a step of a slope runs

    def __call__(self, kind: str, _: int) -> None:
        if self.slope:
            self.slopes.add(kind)
        self.undefined |= kind != "underflow"


Key = tuple[Value, str]  # a node as it is, as a number ("number") or as a condition ("truth")


class Writer:
    """Writes the steps of a program; every value gets a place, and gives it back after its last use."""

    def __init__(self, program: Program, keys: Sequence[tuple[str, ...]], uniform: Collection[int], dtype: Any) -> None:
        self.scope: dict[str, Any] = {"__builtins__": _BUILTINS, "copyto": np.copyto, "isfinite": np.isfinite}
        self.scope |= {f"f_{name}": function for name, function in (_CALLS | UFUNCS).items()}
        self.scope["number"] = np.dtype(dtype).type
        self.outputs = [program.outputs[key] for key in keys]
        self.inputs = list(program.inputs.values())
        self.nodes = [step for step in toposort(self.outputs) if step.args]
        first = set(toposort(self.outputs[:1])) if keys and keys[0] == () else set()
        self.steps: list[tuple[Key, str, list[Key], bool]] = []  # result, operation, operands, of a slope
        self.known: dict[Key, str] = {(self.inputs[index], ""): f"v{index}" for index in range(len(self.inputs))}
        self.flat: set[Key] = {(self.inputs[index], "") for index in uniform}
        self.free: dict[str, list[str]] = {"r": [], "m": [], "t": []}
        self.counts = {"r": 0, "m": 0, "t": 0}
        self._constants: dict[str, str] = {}
        self._uniform = count()  # every step that hangs on numbers alone has a name of its own
        self.dtype = dtype
        for step in self.nodes:
            self._add(step, step not in first)
        self.results = [self._as(output, "number", True) for output in self.outputs]

    def _add(self, step: Value, slope: bool) -> None:
        name = step.rule.function.name
        if name in _LOGIC:
            operands = [self._as(arg, "", slope) for arg in step.args]
        elif name == "where":
            operands = [self._as(arg, "number" if index else "truth", slope) for index, arg in enumerate(step.args)]
        else:
            operands = [self._as(arg, "number", slope) for arg in step.args]
        self._step((step, ""), name, operands, slope)

    def _step(self, key: Key, operation: str, operands: list[Key], slope: bool) -> Key:
        self.steps.append((key, operation, operands, slope))
        if all([operand in self.flat for operand in operands]):  # noqa: C419
            self.flat.add(key)
        return key

    def _as(self, value: Value, kind: str, slope: bool) -> Key:
        """A value as it is, as a number, or as a condition."""
        plain, key = (value, ""), (value, kind)
        if not value.args and not value.requires_grad:
            if plain not in self.known:
                self.known[plain] = self._constant(value.data)
                self.flat.add(plain)
            return plain
        boolean = value.rule.function.name in BOOLEAN
        if not kind or boolean == (kind == "truth"):
            return plain
        if key not in self.known:
            self.known[key] = ""
            zero = (Value(0.0, requires_grad=False), "")
            self.known[zero] = self._constant(0.0)
            self.flat.add(zero)
            self._step(key, "number" if boolean else "ne", [plain] if boolean else [plain, zero], slope)
        return key

    def _constant(self, data: float) -> str:
        name = self._constants.setdefault(data.hex(), f"k{len(self._constants)}")
        self.scope[name] = np.array(data, self.dtype)
        return name

    def write(self) -> Block:
        """The two functions."""
        before = self._before()
        last = {key: index for index, step in enumerate(self.steps) for key in step[2]}
        targets = self._targets()
        lines: list[str] = []
        slope = False
        for index, (key, operation, operands, of_slope) in enumerate(self.steps):
            if key in self.flat:
                continue
            if of_slope and not slope:
                slope = True
                lines.append("flags.slope = True")
            gone = dict.fromkeys(one for one in operands if last[one] == index and one not in targets)
            self._release([self.known[one] for one in gone])
            lines += self._call(key, operation, [self.known[operand] for operand in operands], targets.get(key))
        return self._block(before, lines)

    def _before(self) -> list[str]:
        """The lines for what hangs on single numbers alone."""
        return [line for step in self.steps if step[0] in self.flat for line in self._flat(*step[:3])]

    def _targets(self) -> dict[Key, str]:
        """The output of each step that is one."""
        made = {step[0] for step in self.steps} - self.flat
        return {key: f"o{index}" for index, key in reversed([*enumerate(self.results)]) if key in made}

    def _block(self, before: list[str], lines: list[str], shared: Sequence[str] = (), result: str = "0") -> Block:
        """The two functions of these lines; the first makes `shared` besides, the second returns `result`."""
        copies = [
            f"copyto(o{index}, {self.known[key]})"
            for index, key in enumerate(self.results)
            if self.known[key] != f"o{index}"
        ]
        inputs = [f"v{index}" for index in range(len(self.inputs))]
        floats, booleans = ([f"{kind}{index}" for index in range(self.counts[kind])] for kind in "rm")
        used = {key for step in self.steps for key in step[2]} | set(self.results)
        columns = [i for i, one in enumerate(self.inputs) if (one, "") not in self.flat and (one, "") in used]
        given = [f"v{index}" for index in columns]
        scalars = [self.known[one, ""] for one in self.inputs if (one, "") in self.flat]
        scalars += [self.known[step[0]] for step in self.steps if step[0] in self.flat] + [*shared]
        outputs = [f"o{index}" for index in range(len(self.outputs))]
        unpack = [("shared", scalars), ("columns", given), ("outputs", outputs)]
        unpack += [("floats", floats), ("booleans", booleans)]
        body = [f"{_all(names)} = {what}" for what, names in unpack if names] + lines + copies
        text = "\n".join(
            [
                f"def before(flags, {_all(inputs)}):",
                *(f"    {line}" for line in before),
                f"    return ({_all(scalars)})",
                "def run(shared, columns, outputs, floats, booleans, flags, rows, start, table):",
                *(f"    {line}" for line in body),
                f"    return {result}",
            ]
        )
        exec(text, self.scope)  # noqa: S102 - built of the table and our own names
        return Block(text, self.scope["before"], self.scope["run"], len(floats), len(booleans), columns)

    def _flat(self, key: Key, operation: str, operands: list[Key]) -> Iterator[str]:
        name = self.known[key] = f"u{next(self._uniform)}"
        function = "number" if operation == "number" else f"f_{operation}"
        yield f"{name} = {function}({', '.join(self.known[operand] for operand in operands)})"
        if operation in _SILENT:
            yield _CHECK.format(name)

    def _call(self, key: Key, operation: str, operands: list[str], target: str | None) -> Iterator[str]:
        """One step: into its output, into a buffer that is free, or bound to the array that a kernel makes."""
        makes = operation in _CALLS
        name = target if target and not makes else self._take("t" if makes else "m" if operation in BOOLEAN else "r")
        if makes:
            yield f"{name} = f_{operation}({', '.join(operands)})"
            if operation in _SILENT:
                yield _CHECK.format(name)
            if target:
                yield f"copyto({target}, {name})"
                self._release([name])
                name = target
        elif operation == "number":
            yield f"copyto({name}, {operands[0]})"
        else:
            yield f"f_{operation}({', '.join(operands)}, out={name})"
        self.known[key] = name

    def _take(self, kind: str) -> str:
        """A buffer of a kind that is free."""
        if not self.free[kind]:
            self.free[kind].append(f"{kind}{self.counts[kind]}")
            self.counts[kind] += 1
        return self.free[kind].pop()

    def _release(self, names: Sequence[str]) -> None:
        for name in names:
            if name[0] in self.free:
                self.free[name[0]].append(name)


def _all(names: Sequence[str]) -> str:
    return "".join(f"{name}, " for name in names)


def write(program: Program, keys: Sequence[tuple[str, ...]], uniform: Collection[int], dtype: Any) -> Block:
    """Compile these outputs of a native program; the inputs at the places in `uniform` are single numbers."""
    return Writer(program, keys, uniform, dtype).write()
