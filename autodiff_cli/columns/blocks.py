"""A program as straight-line NumPy calls over blocks of rows: each step into a buffer, buffers used again."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from itertools import compress, count
from typing import Any

import numpy as np

from autodiff_cli.codegen.program import Program
from autodiff_cli.columns.native import CALLS, SILENT, UFUNCS
from autodiff_cli.columns.schedule import (
    Buffers,
    Key,
    Name,
    NameKind,
    Names,
    Schedule,
    ScheduledStep,
    last_uses,
    operands_of,
)
from autodiff_cli.rules.table import BOOLEAN

Array = np.ndarray[Any, Any]
FLAG_RAISED, NONFINITE = 1, 2  # what `Block.run` returns of machine code, together: of a step, of an input
PART = 2048  # rows that machine code does at a time

_BUILTINS = {"__import__": __import__}  # SciPy imports parts of itself when they are first called


@dataclass(slots=True)
class Block:
    """A compiled program.

    `before` takes Flags and the inputs, and makes what hangs on the uniform ones alone, once for all blocks. `run`
    takes what that made, the columns of a block, its outputs, buffers of floats and of booleans, Flags, how many rows
    there are, from which on, and a table of addresses, and returns 0, or what machine code found (`fused`). A `long`
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


def write(program: Program, keys: Sequence[tuple[str, ...]], uniform: Collection[int], dtype: Any) -> Block:
    """Compile these outputs of a native program; the inputs at the places in `uniform` are single numbers.

    x*exp(x) and its derivative become

        def before(flags, v0, ):
            return ()
        def run(shared, columns, outputs, floats, booleans, flags, rows, start, table):
            v0,  = columns
            o0, o1,  = outputs
            r0,  = floats
            f_exp(v0, out=r0)
            f_mul(v0, r0, out=o0)
            flags.slope = True
            f_add(r0, o0, out=o1)
            return 0
    """
    return Writer(Schedule(program, keys, uniform), dtype).write()


class Writer:
    """Writes the steps of a schedule; every value gets a place, and gives it back after its last use."""

    def __init__(self, schedule: Schedule, dtype: Any) -> None:
        self.schedule, self.dtype = schedule, dtype
        self.names = Names()
        self.buffers = Buffers(self.names)
        self.scope: dict[str, Any] = {"__builtins__": _BUILTINS, "copyto": np.copyto, "isfinite": np.isfinite}
        self.scope |= {f"f_{name}": function for name, function in (CALLS | UFUNCS).items()}
        self.scope["number"] = np.dtype(dtype).type
        self.places: dict[Key, Name] = {key: self.names.new(NameKind.INPUT) for key in schedule.inputs}
        self._name_constants()
        self.outputs = [self.names.new(NameKind.OUTPUT) for _ in schedule.results]
        self.targets = self._targets()
        self.last: dict[Key, int] = {}  # the last unit that uses each value
        self._within_slope = False

    def _name_constants(self) -> None:
        known: dict[str, Name] = {}  # 0 and -0 are two
        for key, data in self.schedule.constants.items():
            name = known.get(data.hex())
            if name is None:
                name = known[data.hex()] = self.names.new(NameKind.CONSTANT)
                self.scope[str(name)] = np.array(data, self.dtype)
            self.places[key] = name

    def _targets(self) -> dict[Key, Name]:
        """The output of each step that is one; of several, the first."""
        outputs = dict(zip(reversed(self.schedule.results), reversed(self.outputs), strict=True))
        return {step.key: outputs[step.key] for step in self.schedule.varying if step.key in outputs}

    def write(self) -> Block:
        """The two functions."""
        before = self._before()
        units = [[step] for step in self.schedule.varying]
        self.last = last_uses(units)
        body: list[str] = []
        for index, unit in enumerate(units):
            self._release_used(unit, index)
            body += self._switch(unit[0]) + self._call(unit[0])
        return self._block(before, body)

    def _before(self) -> list[str]:
        """The lines for what hangs on single numbers alone."""
        lines: list[str] = []
        for step in self.schedule.once:
            operands = self._operands(step)
            name = self.places[step.key] = self.names.new(NameKind.UNIFORM)
            function = "number" if step.operation == "number" else f"f_{step.operation}"
            lines += [*self._switch(step), f"{name} = {function}({operands})", *_check(step.operation, name)]
        self._within_slope = False  # as `Flags.clear` leaves it
        return lines

    def _release_used(self, unit: Sequence[ScheduledStep], index: int) -> None:
        """Give back the buffers of what no later unit uses."""
        for key in operands_of(unit):
            if not self._is_kept(key, index):
                self.buffers.release(self.places.get(key))

    def _is_kept(self, key: Key, index: int) -> bool:
        """Whether a value is needed after a unit."""
        return key in self.targets or self.last.get(key, -1) > index

    def _switch(self, step: ScheduledStep) -> list[str]:
        """Tell the flags where steps of slopes begin or end."""
        if step.of_slope == self._within_slope:
            return []
        self._within_slope = step.of_slope
        return [f"flags.slope = {step.of_slope}"]

    def _call(self, step: ScheduledStep) -> list[str]:
        """One step: into its output, or into a buffer that is free."""
        if step.operation in CALLS:
            return self._call_for_array(step)
        operands, place = self._operands(step), self._place(step)
        if step.operation == "number":
            return [f"copyto({place}, {operands})"]
        return [f"f_{step.operation}({operands}, out={place})"]

    def _place(self, step: ScheduledStep) -> Name:
        """Where the result of a step goes."""
        buffer = NameKind.MARKS if step.operation in BOOLEAN else NameKind.REALS
        place = self.places[step.key] = self.targets.get(step.key) or self.buffers.acquire(buffer)
        return place

    def _call_for_array(self, step: ScheduledStep) -> list[str]:
        """A step that makes an array of its own, which is copied where it is an output."""
        array = self.places[step.key] = self.buffers.acquire(NameKind.ARRAY)
        lines = [f"{array} = f_{step.operation}({self._operands(step)})", *_check(step.operation, array)]
        if step.key in self.targets:
            lines.append(self._copy(step.key, self.targets[step.key]))
        return lines

    def _copy(self, key: Key, place: Name) -> str:
        """Keep what an array has in another place."""
        array, self.places[key] = self.places[key], place
        self.buffers.release(array)
        return f"copyto({place}, {array})"

    def _operands(self, step: ScheduledStep) -> str:
        return ", ".join([str(self.places[key]) for key in step.operands])

    def _block(self, before: Sequence[str], body: Sequence[str], shared: Sequence[str] = (), found: str = "0") -> Block:
        """The two functions of these lines; the first returns `shared` besides, the second returns `found`."""
        columns = self._columns()
        floats, booleans = self.names.all(NameKind.REALS), self.names.all(NameKind.MARKS)
        uniform_inputs = [self.places[key] for key in self.schedule.inputs if key in self.schedule.uniform]
        once: list[Name | str] = [*uniform_inputs, *self.names.all(NameKind.UNIFORM), *shared]
        given: dict[str, Sequence[Name | str]] = {
            "shared": once,
            "columns": [self.names.all(NameKind.INPUT)[index] for index in columns],
            "outputs": self.outputs,
            "floats": floats,
            "booleans": booleans,
        }
        lines = [
            f"def before(flags, {_comma_ended(self.names.all(NameKind.INPUT))}):",
            *_indented(before),
            f"    return ({_comma_ended(once)})",
            f"def run({', '.join(given)}, flags, rows, start, table):",
            *_indented([f"{_comma_ended(names)} = {what}" for what, names in given.items() if names]),
            *_indented([*body, *self._copies()]),
            f"    return {found}",
        ]
        text = "\n".join(lines)
        exec(text, self.scope)  # noqa: S102 - built of the table and our own names
        return Block(text, self.scope["before"], self.scope["run"], len(floats), len(booleans), columns)

    def _columns(self) -> list[int]:
        """The inputs that vary and are used."""
        used = {*operands_of(self.schedule.varying), *self.schedule.results} - self.schedule.uniform
        return list(compress(count(), map(used.__contains__, self.schedule.inputs)))

    def _copies(self) -> list[str]:
        """For results that no step has put into their outputs."""
        pairs = zip(self.outputs, self.schedule.results, strict=True)
        return [f"copyto({output}, {self.places[key]})" for output, key in pairs if self.places[key] != output]


def _check(operation: str, name: Name) -> list[str]:
    """Raise the flag that a function does not raise itself."""
    return [f"if not isfinite({name}).all(): flags('invalid value', 8)"] if operation in SILENT else []


def _comma_ended(names: Sequence[Name | str]) -> str:
    """What is within a tuple: `r0, r1, `."""
    return "".join([f"{name}, " for name in names])


def _indented(lines: Sequence[str]) -> list[str]:
    return [f"    {line}" for line in lines]
