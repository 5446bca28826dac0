"""A program in machine code, by the system's C compiler: its arithmetic in a few loops, NumPy's functions between them.

What comes out is, bit for bit, what the same steps give one by one in `blocks`: the same operations on the same
numbers. They only go through memory once, and without Python.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import count, filterfalse
from operator import attrgetter
from typing import Any

import numpy as np

from autodiff_cli.codegen.program import Program
from autodiff_cli.columns import compiler, reach
from autodiff_cli.columns.blocks import Block, Writer
from autodiff_cli.columns.loops import FORMS, Source, Unit
from autodiff_cli.columns.native import UFUNCS
from autodiff_cli.columns.schedule import Key, NameKind, Schedule, ScheduledStep, last_uses, operands_of

_STEPS = 3000  # a compiler takes more than its time for more


def fused(
    program: Program, keys: Sequence[tuple[str, ...]], uniform: Collection[int], dtype: Any, workers: int
) -> Block | None:
    """As `blocks.write`, in machine code; None where there is nothing to compile, or no compiler that can.

    A `long` block uses so many threads of its own, each of which has a part of the buffers.
    """
    if len(program.steps) > _STEPS or compiler.command() is None:
        return None
    writer = Fuser(Schedule(program, keys, uniform), dtype)
    block = writer.write()
    if not writer.sections:
        return None
    sections = compiler.sections(writer.source(), len(writer.sections), list(writer.loops.values()), workers)
    if sections is None:
        return None
    for index, section in enumerate(sections):
        writer.scope[f"section{index}"] = section
    block.long = not writer.calls_python
    return block


class Fuser(Writer):
    """Writes the steps of a schedule as sections in machine code, with what only Python can call between them.

    For erf(a*b) + c, `run` is

        found = 0
        found |= section0(rows, start, table)
        t0 = f_erf(r0)
        if not isfinite(t0).all(): flags('invalid value', 8)
        copyto(r0, t0)
        found |= section1(rows, start, table)
        return found
    """

    def __init__(self, schedule: Schedule, dtype: Any) -> None:
        super().__init__(schedule, dtype)
        self.numbers: dict[Key, int] = {}  # the index of each number that is the same in every row
        self.loops: dict[str, reach.NumpyLoop] = {}  # NumPy's, by operation
        self.sections: list[list[Unit]] = []
        self.calls_python = False
        self._section: list[Unit] | None = None  # the one that is being written

    def write(self) -> Block:
        """As of Writer. `before` returns also the numbers, in an array; `run` hands a table of addresses to sections.

        Where a floating-point flag comes up in a section, the part is marked and `run` returns FLAG_RAISED: its rows
        are to be done again, step by step.
        """
        before = self._before()
        before.append(self._gathered_numbers())
        units = fuse(self.schedule.varying)
        self.last = last_uses(units)
        body = ["found = 0"]
        for index, unit in enumerate(units):
            write = self._in_section if self._is_native(unit[0].operation) else self._in_python
            body += write(unit, index)
        return self._block(before, body, ["numbers"], "found")

    def _gathered_numbers(self) -> str:
        """The line that makes an array of all numbers that are the same in every row."""
        keys = list(filter(self.schedule.uniform.__contains__, self.places))
        self.numbers = dict(zip(keys, count(), strict=False))
        self.scope["array"] = np.array
        names = ", ".join([str(self.places[key]) for key in keys])
        return f"numbers = array([{names}], {np.dtype(self.dtype).char!r})"

    def _is_native(self, operation: str) -> bool:
        """Whether machine code computes it, or can call NumPy's function."""
        if operation in FORMS:
            return True
        loop = reach.ufunc_loop(UFUNCS[operation], self.dtype) if operation in UFUNCS else None
        if loop:
            self.loops[operation] = loop
        return loop is not None

    def _in_section(self, unit: list[ScheduledStep], index: int) -> list[str]:
        lines = []
        if self._section is None:
            lines.append(f"found |= section{len(self.sections)}(rows, start, table)")
            self._section = []
            self.sections.append(self._section)
        self._section.append(self._placed(unit, index))
        self._release_used(unit, index)
        return lines

    def _placed(self, unit: list[ScheduledStep], index: int) -> Unit:
        """Give places to what a loop or a call writes for later units."""
        made = set(map(attrgetter("key"), unit))
        needed = filterfalse(made.__contains__, operands_of(unit))
        reads = {key: self.places[key] for key in needed}
        writes = {step.key: self._place(step) for step in unit if self._is_kept(step.key, index)}
        return Unit(unit, reads, writes)

    def _in_python(self, unit: list[ScheduledStep], index: int) -> list[str]:
        (step,) = unit
        self._section, self.calls_python = None, True
        self._release_used(unit, index)
        lines = self._switch(step) + self._call(step)
        if self.places[step.key].kind is NameKind.ARRAY:  # whose address is in no table
            lines.append(self._copy(step.key, self.buffers.acquire(NameKind.REALS)))
        return lines

    def source(self) -> str:
        """The C of the sections."""
        columns = [self.places[key] for key in self.schedule.inputs if key not in self.schedule.uniform]
        source = Source(self.names, self.numbers, list(self.loops), self.dtype)
        return source.text(self.sections, columns, own_threads=not self.calls_python)


def fuse(steps: Sequence[ScheduledStep]) -> list[list[ScheduledStep]]:
    """The steps of each loop together, and each call alone; a loop after the calls that it needs.

    A step of arithmetic is in the loop of the first step that needs it, or else as early as it can be. Of
    tanh(a*b + c) and its gradient, where tanh and cosh are calls: [mul, add], [tanh], [cosh], [div, square, mul, mul].
    """
    units: dict[tuple[int, bool], list[ScheduledStep]] = {}
    levels, first_uses = _levels(steps), dict[Key, int]()
    for step in reversed(steps):
        level, is_loop = levels[step.key], step.operation in FORMS
        if is_loop:
            level = first_uses.get(step.key, level)
        before = level if is_loop else level - 1  # of what a call takes, the loop before it
        first_uses |= {key: min(first_uses.get(key, level), before) for key in step.operands}
        units.setdefault((level, is_loop), []).append(step)
    found: list[list[ScheduledStep]] = []
    for (_, is_loop), unit in sorted(units.items(), key=lambda item: item[0]):
        in_order = unit[::-1]
        found += [in_order] if is_loop else [[call] for call in in_order]
    return found


def _levels(steps: Sequence[ScheduledStep]) -> dict[Key, int]:
    """How many calls there are on the longest way to each step, itself included."""
    levels: dict[Key, int] = {}
    for step in steps:
        before = max([levels.get(key, 0) for key in step.operands])
        levels[step.key] = before + (step.operation not in FORMS)
    return levels
