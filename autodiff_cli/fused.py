"""A program over blocks of rows by the system's C compiler: its arithmetic in a few loops, NumPy's functions between.

What the loops compute is, bit for bit, what the same steps give one by one in `blocks`: the same operations on the
same numbers. They only go through memory once.
"""

from __future__ import annotations

import os
import platform
import shlex
import subprocess
from collections.abc import Collection, Sequence
from ctypes import CDLL, c_int, c_ssize_t, c_void_p
from itertools import count
from math import isfinite
from shutil import which
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import numpy as np

from autodiff_cli.blocks import Block, Key, Writer
from autodiff_cli.lowering import Program
from autodiff_cli.table import BOOLEAN

# What a loop computes itself, as C; `real` is the type of the columns, and so on for its functions
_FORMS = {
    "abs": "ABS({0})",
    "add": "{0} + {1}",
    "and": "!!{0} & !!{1}",
    "ceil": "CEIL({0})",
    "copysign": "COPYSIGN({0}, {1})",
    "div": "{0} / {1}",
    "eq": "{0} == {1}",
    "floor": "FLOOR({0})",
    "ge": "{0} >= {1}",
    "gt": "{0} > {1}",
    "le": "{0} <= {1}",
    "lt": "{0} < {1}",
    "max": "({0} > {1}) | ({0} != {0}) ? {0} : {1}",
    "min": "({0} < {1}) | ({0} != {0}) ? {0} : {1}",
    "mul": "{0} * {1}",
    "ne": "{0} != {1}",
    "neg": "-{0}",
    "not": "!{0}",
    "number": "{0}",
    "or": "!!{0} | !!{1}",
    "round": "RINT({0})",
    "sign": "{0} > 0 ? 1 : {0} < 0 ? -1 : {0}",
    "sqrt": "SQRT({0})",
    "square": "{0} * {0}",
    "sub": "{0} - {1}",
    "trunc": "TRUNC({0})",
    "where": "{0} ? {1} : {2}",
}
_HEAD = """\
#include <fenv.h>
#include <math.h>
#include <stdbool.h>
#include <stddef.h>
typedef {real} real;
#define ABS __builtin_fabs{s}
#define CEIL __builtin_ceil{s}
#define COPYSIGN __builtin_copysign{s}
#define FLOOR __builtin_floor{s}
#define RINT __builtin_rint{s}
#define SQRT __builtin_sqrt{s}
#define TRUNC __builtin_trunc{s}
"""
_LOOP = """
static __attribute__((noinline)) void rows{n}(ptrdiff_t rows, {parameters})
{{
{before}
    for (ptrdiff_t i = 0; i < rows; i++) {{
{body}
    }}
}}

int loop{n}(ptrdiff_t rows, ptrdiff_t start, void *const *table)
{{
    feclearexcept(FE_ALL_EXCEPT);
    rows{n}(rows, {arguments});
    return fetestexcept({flags});
}}
"""
_FLAGS = "FE_INVALID | FE_DIVBYZERO | FE_OVERFLOW"
_OPTIONS = ["-std=gnu11", "-O3", "-march=native", "-ffp-contract=off", "-fno-math-errno", "-fno-trapping-math"]
_OPTIONS += ["-shared", "-fPIC"]
_WIDE = ["-mprefer-vector-width=512"]  # on processors that have it
_STEPS = 3000  # a compiler takes more than its time for more
_PATIENCE = 30  # seconds for the compiler

_Step = tuple[Key, str, list[Key], bool]


class _Loop(NamedTuple):
    """Steps that one loop computes, and where what it reads from others and writes for others is kept."""

    steps: list[_Step]
    reads: dict[Key, str]
    writes: dict[Key, str]


class _Fuser(Writer):
    """Writes the steps of a program as loops and calls of NumPy's functions, in turn."""

    def write(self) -> Block:
        """As of Writer; `run` takes also how many rows there are, from which on, and a table of addresses.

        The addresses are those of all inputs, outputs, the numbers that `before` makes, and the buffers. Where a
        floating-point flag comes up in a loop `run` returns True, and the rows are to be done again, step by step.
        """
        before, targets = self._before(), self._targets()
        flat = [key for key in self.known if key in self.flat and (key[0].args or key[0].requires_grad)]
        self.numbers = {key: index for index, key in enumerate(flat)}
        before.append(f"numbers = array([{', '.join(self.known[key] for key in flat)}], {np.dtype(self.dtype).char!r})")
        self.scope["array"] = np.array
        self.loops: list[_Loop] = []
        units = self._units()
        last = {operand: index for index, unit in enumerate(units) for step in unit for operand in step[2]}
        lines: list[str] = []
        slope = False
        for index, unit in enumerate(units):
            key, operation, operands, of_slope = unit[0]
            used = dict.fromkeys(operand for step in unit for operand in step[2])
            gone = [one for one in used if last[one] == index and one not in targets and self.known.get(one)]
            if operation in _FORMS:
                lines.append(f"if loop{len(self.loops)}(rows, start, table): return True")
                self._loop(unit, {one for one, at in last.items() if at > index} | targets.keys(), targets)
                self._release([self.known[one] for one in gone])
                continue
            if of_slope != slope:
                slope = of_slope
                lines.append(f"flags.slope = {slope}")
            self._release([self.known[one] for one in gone])
            lines += self._call(key, operation, [self.known[one] for one in operands], targets.get(key))
            if (made := self.known[key])[0] == "t":  # an array of its own, whose address no table has
                self.known[key] = self._take("r")
                lines.append(f"copyto({self.known[key]}, {made})")
                self._release([made])
        return self._block(before, lines, ["numbers"])

    def _units(self) -> list[list[_Step]]:
        """The steps of each loop together, and each call alone; a loop after the calls that it needs.

        A step is in the loop of the first that needs it, or else as early as it can be.
        """
        depth: dict[Key, int] = {}
        for key, operation, operands, _ in self.steps:
            if key not in self.flat:
                depth[key] = max([depth.get(one, 0) for one in operands]) + (operation not in _FORMS)
        users: dict[Key, int] = {}
        units: dict[tuple[int, bool], list[list[_Step]]] = {}
        for step in reversed(self.steps):
            key, operation, operands, _ = step
            if key in self.flat:
                continue
            arithmetic = operation in _FORMS
            at = users.get(key, depth[key]) if arithmetic else depth[key]
            for one in operands:
                users[one] = min(users.get(one, at), at - (not arithmetic))
            here = units.setdefault((at, arithmetic), [])
            if not here or not arithmetic:
                here.append([])
            here[-1].append(step)
        return [unit[::-1] for _, found in sorted(units.items()) for unit in found[::-1]]

    def _loop(self, steps: list[_Step], needed: set[Key], targets: dict[Key, str]) -> None:
        """Give places to what a loop writes."""
        made = {step[0] for step in steps}
        reads = {one: self.known[one] for step in steps for one in step[2] if one not in made and self._is_read(one)}
        for key, operation, _, _ in steps:
            if key in needed:
                self.known[key] = targets.get(key) or self._take("m" if operation in BOOLEAN else "r")
        self.loops.append(_Loop(steps, reads, {step[0]: self.known[step[0]] for step in steps if step[0] in needed}))

    def _is_read(self, key: Key) -> bool:
        return bool(key[0].args) or key[0].requires_grad  # a number is written as it is

    def source(self) -> str:
        """The loops in C."""
        real, suffix = ("float", "f") if np.dtype(self.dtype).itemsize == 4 else ("double", "")
        return "".join([_HEAD.format(real=real, s=suffix), *map(self._c, count(), self.loops)])

    def _c(self, number: int, loop: _Loop) -> str:
        names = {key: f"e{index}" for index, key in enumerate([*loop.reads, *[step[0] for step in loop.steps]])}
        stored = {"r": "real", "v": "real", "o": "real", "m": "bool"}
        before, body = [], []
        parameters, arguments = ["const real *restrict numbers"], [self._address("numbers")]
        for key, place in loop.reads.items():
            if key in self.flat:
                before.append(f"    const real {names[key]} = numbers[{self.numbers[key]}];")
                continue
            kind = stored[place[0]]
            parameters.append(f"const {kind} *restrict {place}")
            body.append(f"        const {kind} {names[key]} = {place}[i];")
            arguments.append(self._address(place))
        for key, operation, operands, _ in loop.steps:
            kind = "bool" if operation in BOOLEAN else "real"
            text = _FORMS[operation].format(*[names.get(one) or _number(one[0].data) for one in operands])
            body.append(f"        const {kind} {names[key]} = {text};")
        for key, place in loop.writes.items():
            kind = stored[place[0]]
            parameters.append(f"{kind} *restrict {place}")
            body.append(f"        {place}[i] = {names[key]};")
            arguments.append(self._address(place))
        return _LOOP.format(
            n=number,
            parameters=", ".join(parameters),
            arguments=", ".join(arguments),
            before="\n".join(before),
            body="\n".join(body),
            flags=_FLAGS + " | FE_UNDERFLOW" * any([of_slope for *_, of_slope in loop.steps]),  # noqa: C419
        )

    def _address(self, place: str) -> str:
        """An argument of a loop; buffers begin with the block, columns and outputs long before it."""
        kind, index = place[0], int(place[1:] or 0) if place != "numbers" else 0
        before = {"v": 0, "o": len(self.inputs), "n": len(self.inputs) + len(self.outputs)}
        before["r"] = before["n"] + 1
        before["m"] = before["r"] + self.counts["r"]
        return f"table[{before[kind] + index}]" if kind in "nrm" else f"(real *)table[{before[kind] + index}] + start"


def _number(data: float) -> str:
    return f"(real){data!r}" if isfinite(data) else "(real)NAN" if data != data else f"(real){'-' * (data < 0)}INFINITY"


def fused(program: Program, keys: Sequence[tuple[str, ...]], uniform: Collection[int], dtype: Any) -> Block | None:
    """As `blocks.write`, with loops in machine code; None where there is no compiler, or none that can make them."""
    compiler = shlex.split(os.environ.get("CC", "")) or ["cc"]
    if which(compiler[0]) is None or len(program.steps) > _STEPS:
        return None
    writer = _Fuser(program, keys, uniform, dtype)
    block = writer.write()
    wide = _WIDE if platform.machine() in ("x86_64", "AMD64") else []
    with TemporaryDirectory(prefix="autodiff-") as room:  # nobody else may write there
        file, made = os.path.join(room, "loops.c"), os.path.join(room, "loops.so")
        with open(file, "w", encoding="ascii") as out:
            out.write(writer.source())
        command = [*compiler, *_OPTIONS, *wide, file, "-o", made, "-lm"]
        try:
            subprocess.run(command, capture_output=True, check=True, timeout=_PATIENCE)  # noqa: S603
            library = CDLL(made)
        except (OSError, subprocess.SubprocessError):
            return None
    for index in range(len(writer.loops)):
        loop = writer.scope[f"loop{index}"] = library[f"loop{index}"]
        loop.argtypes, loop.restype = (c_ssize_t, c_ssize_t, c_void_p), c_int
    return block
