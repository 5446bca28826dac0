"""A program in machine code, by the system's C compiler: its arithmetic in a few loops, NumPy's functions between them.

What comes out is, bit for bit, what the same steps give one by one in `blocks`: the same operations on the same
numbers. They only go through memory once, and without Python.
"""

from __future__ import annotations

import os
import platform
import shlex
import subprocess
import sys
from collections.abc import Collection, Sequence
from ctypes import CDLL, POINTER, Structure, c_char, c_char_p, c_int, c_ssize_t, c_void_p
from shutil import which
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import numpy as np

from autodiff_cli.codegen.c import number
from autodiff_cli.codegen.forms import INFIX
from autodiff_cli.codegen.program import Program
from autodiff_cli.columns.blocks import PART, REDO, STRANGE, UFUNCS, Block, Key, Writer
from autodiff_cli.rules.table import BOOLEAN

# What a loop computes itself, as C
_FORMS = {name: form.text for name, form in INFIX.items()} | {
    "abs": "ABS({0})",
    "and": "!!{0} & !!{1}",
    "ceil": "CEIL({0})",
    "copysign": "COPYSIGN({0}, {1})",
    "floor": "FLOOR({0})",
    "fma": "FMA({0}, {1}, {2})",
    "max": "({0} > {1}) | ({0} != {0}) ? {0} : {1}",
    "min": "({0} < {1}) | ({0} != {0}) ? {0} : {1}",
    "not": "!{0}",
    "number": "{0}",
    "or": "!!{0} | !!{1}",
    "round": "RINT({0})",
    "sign": "{0} > 0 ? 1 : {0} < 0 ? -1 : {0}",
    "sqrt": "SQRT({0})",
    "square": "{0} * {0}",
    "trunc": "TRUNC({0})",
    "where": "{0} ? {1} : {2}",
}
_HEAD = """\
#include <fenv.h>
#include <math.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
typedef {real} real;
typedef {bits} bits;
typedef void (*function)(void **, const ptrdiff_t *, const ptrdiff_t *, void *);
#define ABS __builtin_fabs{s}
#define CEIL __builtin_ceil{s}
#define COPYSIGN __builtin_copysign{s}
#define FLOOR __builtin_floor{s}
#define FMA __builtin_fma{s}
#define RINT __builtin_rint{s}
#define SQRT __builtin_sqrt{s}
#define TRUNC __builtin_trunc{s}
#define NEAR 64 /* rows for which room in cache is asked before they are written */
#define LINE (64 / (ptrdiff_t)sizeof(real)) /* of cache */
#define AHEAD(to) for (ptrdiff_t i = part + NEAR; i < part + 2 * NEAR; i += LINE) __builtin_prefetch(to + i, 1)

#define PART {part} /* rows, whose buffers stay in cache */
#define TURN (8 * PART) /* rows that a thread takes at a time */
#define MOST 256 /* threads */

typedef struct {{
    ptrdiff_t rows, start, next, threads;
    int found;
    void *const *table;
}} task;

void *functions[{functions}]; /* NumPy's, each with its data */
int workers = 1;

static inline bool odd(real x) {{ return x - x != 0; }} /* not finite; of infinity a flag comes up too */

static __attribute__((unused)) bool any_odd(ptrdiff_t rows, const real *column)
{{
    bits found = 0;
    for (ptrdiff_t i = 0; i < rows; i++) found |= odd(column[i]);
    return found;
}}
"""
_LOOP = """
static __attribute__((noinline)) bool {name}(ptrdiff_t rows, {parameters})
{{
    bits strange = 0;
{before}
    for (ptrdiff_t part = 0; part < rows; part += NEAR) {{
        const ptrdiff_t end = part + NEAR < rows ? part + NEAR : rows;
{ahead}
        for (ptrdiff_t i = part; i < end; i++) {{
{body}
        }}
    }}
    return strange;
}}
"""
_SECTION = """
static void *parts{n}(void *given)
{{
    task *const task = given;
    void *const *const table = task->table;
    const ptrdiff_t mine = PART * __atomic_fetch_add(&task->threads, 1, __ATOMIC_RELAXED);
    int found = 0;
    for (;;) {{
        const ptrdiff_t first = __atomic_fetch_add(&task->next, TURN, __ATOMIC_RELAXED);
        const ptrdiff_t end = first + TURN < task->rows ? first + TURN : task->rows;
        for (ptrdiff_t row = first; row < end; row += PART) {{
            const ptrdiff_t n = row + PART < end ? PART : end - row, at = task->start + row, kept = {kept};
            bool flags = {before}((bool *)table[0])[row / PART];
            (void)at, (void)kept, (void)mine;
{body}
            ((bool *)table[0])[row / PART] = flags;
            found |= flags * {redo};
        }}
        if (end == task->rows) break;
    }}
    __atomic_fetch_or(&task->found, found, __ATOMIC_RELAXED);
    return NULL;
}}

int section{n}(ptrdiff_t rows, ptrdiff_t start, void *const *table)
{{
    task task = {{.rows = rows, .start = start, .table = table}};
    pthread_t others[MOST];
    int count = 0;
    for (; {alone}count + 1 < workers && count < MOST && (count + 1) * TURN < rows; count++)
        if (pthread_create(&others[count], NULL, parts{n}, &task)) break;
    parts{n}(&task);
    while (count--) pthread_join(others[count], NULL);
    return task.found;
}}
"""
_FLAGS = "FE_INVALID | FE_DIVBYZERO | FE_OVERFLOW"
_OPTIONS = ["-std=gnu11", "-O3", "-march=native", "-ffp-contract=off", "-fno-math-errno", "-fno-trapping-math"]
_OPTIONS += ["-shared", "-fPIC"]
_WIDE = ["-mprefer-vector-width=512"]  # on processors that have it
_SPELLED = {
    8: {"real": "double", "s": "", "bits": "uint64_t"},
    4: {"real": "float", "s": "f", "bits": "uint32_t"},
}
_STEPS = 3000  # a compiler takes more than its time for more
_PATIENCE = 30  # seconds for the compiler

_Step = tuple[Key, str, list[Key], bool]


class _UFunc(Structure):
    """What follows the head of a NumPy function in memory ("PyUFuncObject" in the reference of NumPy's C-API)."""

    _fields_ = (
        *[(name, c_int) for name in ("nin", "nout", "nargs", "identity")],
        *[(name, POINTER(c_void_p)) for name in ("functions", "data")],
        *[(name, c_int) for name in ("ntypes", "reserved")],
        ("name", c_char_p),
        ("types", POINTER(c_char)),
    )


def _address_of(ufunc: np.ufunc, dtype: Any) -> tuple[int, int] | None:
    """The loop of a NumPy function for columns of one type, and its data; None where it is not found as documented."""
    if sys.implementation.name != "cpython":
        return None
    found: Any = _UFunc.from_address(id(ufunc) + object.__basicsize__)
    shape = (ufunc.nin, ufunc.nout, ufunc.nargs, ufunc.ntypes)
    if (found.nin, found.nout, found.nargs, found.ntypes) != shape or found.name != ufunc.__name__.encode():
        return None
    wanted = bytes([np.dtype(dtype).num]) * ufunc.nargs
    types = [found.types[index * ufunc.nargs : (index + 1) * ufunc.nargs] for index in range(ufunc.ntypes)]
    if wanted not in types or ufunc.nout != 1:
        return None
    index = types.index(wanted)
    return found.functions[index] or 0, (found.data[index] or 0) if found.data else 0


class _Unit(NamedTuple):
    """A loop, or a call of NumPy's: its steps, and where what it reads and what it writes for others are kept."""

    steps: list[_Step]
    reads: dict[Key, str]
    writes: dict[Key, str]


class _Fuser(Writer):
    """Writes the steps of a program as sections in machine code, with what only Python can call between them."""

    def write(self) -> Block:
        """As of Writer; `run` takes also how many rows there are, from which on, and a table of addresses.

        The addresses are those of a mark for each part, all inputs, outputs, the numbers that `before` makes, and the
        buffers. Where a floating-point flag comes up in a section the part is marked and `run` returns REDO: its rows
        are to be done again, step by step.
        """
        before, targets = self._before(), self._targets()
        flat = [key for key in self.known if key in self.flat]
        self.numbers = {key: index for index, key in enumerate(flat)}
        before.append(f"numbers = array([{', '.join(self.known[key] for key in flat)}], {np.dtype(self.dtype).char!r})")
        self.scope["array"] = np.array
        self.functions: dict[str, tuple[int, int]] = {}
        self.sections: list[list[_Unit]] = []
        self.calls_python = False
        units = self._units()
        last = {operand: index for index, unit in enumerate(units) for step in unit for operand in step[2]}
        lines: list[str] = []
        slope = within = False
        for index, steps in enumerate(units):
            key, operation, operands, of_slope = steps[0]
            used = dict.fromkeys(operand for step in steps for operand in step[2])
            gone = [one for one in used if last[one] == index and one not in targets and self.known.get(one)]
            if operation in _FORMS or self._is_native(operation):
                if not within:
                    lines.append(f"found |= section{len(self.sections)}(rows, start, table)")
                    self.sections.append([])
                within = True
                needed = {one for one, at in last.items() if at > index} | targets.keys()
                self.sections[-1].append(self._unit(steps, needed, targets))
                self._release([self.known[one] for one in gone])
                continue
            within, self.calls_python = False, True
            if of_slope != slope:
                slope = of_slope
                lines.append(f"flags.slope = {slope}")
            self._release([self.known[one] for one in gone])
            lines += self._call(key, operation, [self.known[one] for one in operands], targets.get(key))
            if (made := self.known[key])[0] == "t":  # an array of its own, whose address no table has
                self.known[key] = self._take("r")
                lines.append(f"copyto({self.known[key]}, {made})")
                self._release([made])
        return self._block(before, ["found = 0", *lines], ["numbers"], "found")

    def _is_native(self, operation: str) -> bool:
        """Whether machine code can call NumPy's function."""
        known = operation in self.functions
        if not known and operation in UFUNCS and (found := _address_of(UFUNCS[operation], self.dtype)):
            self.functions[operation] = found
        return operation in self.functions

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

    def _unit(self, steps: list[_Step], needed: set[Key], targets: dict[Key, str]) -> _Unit:
        """Give places to what a loop or a call writes."""
        made = {step[0] for step in steps}
        reads = {one: self.known[one] for step in steps for one in step[2] if one not in made}
        for key, operation, _, _ in steps:
            if key in needed:
                self.known[key] = targets.get(key) or self._take("m" if operation in BOOLEAN else "r")
        return _Unit(steps, reads, {step[0]: self.known[step[0]] for step in steps if step[0] in needed})

    # --- in C ------------------------------------------------------------------------------------------------------

    def source(self) -> str:
        """The file."""
        spelled = _SPELLED[np.dtype(self.dtype).itemsize]
        parts = [_HEAD.format(**spelled, functions=2 * len(self.functions) + 1, part=PART)]
        looped = {one for units in self.sections for unit in units if unit.steps[0][1] in _FORMS for one in unit.reads}
        others = [one for one in self.inputs if (one, "") not in self.flat | looped]
        loops = 0
        for index, units in enumerate(self.sections):
            body = [
                f"if (any_odd(n, {self._address(self.known[one, ''])})) found |= {STRANGE};"
                for one in others
                if not index
            ]
            for unit in units:
                flags = _FLAGS + " | FE_UNDERFLOW" * any([of_slope for *_, of_slope in unit.steps])  # noqa: C419
                if unit.steps[0][1] in _FORMS:
                    parts.append(self._loop(f"loop{loops}", unit))
                    places = [place for key, place in unit.reads.items() if key not in self.flat]
                    arguments = map(self._address, ["numbers", *places, *unit.writes.values()])
                    call = f"if (loop{loops}(n, {', '.join(arguments)})) found |= {STRANGE};"
                    loops += 1
                else:
                    call = self._native(unit)
                body += ["feclearexcept(FE_ALL_EXCEPT);", call, f"flags |= fetestexcept({flags}) != 0;"]
            spelled = {"kept": "row", "alone": "0 && "} if self.calls_python else {"kept": "mine", "alone": ""}
            spelled["before"] = "" if index else "false && "
            lines = "\n".join([f"            {line}" for line in body])
            parts.append(_SECTION.format(n=index, redo=REDO, body=lines, **spelled))
        return "".join(parts)

    def _loop(self, name: str, unit: _Unit) -> str:
        names = {key: f"e{index}" for index, key in enumerate([*unit.reads, *[step[0] for step in unit.steps]])}
        kinds = {"r": "real", "v": "real", "o": "real", "m": "bool"}
        parameters, before, body = ["const real *restrict numbers"], [], []
        for key, place in unit.reads.items():
            if key not in self.flat:
                parameters.append(f"const {kinds[place[0]]} *restrict {place}")
                body.append(f"const {kinds[place[0]]} {names[key]} = {place}[i];")
                if place[0] == "v":
                    body.append(f"strange |= odd({names[key]});")
            elif key[0].args or key[0].requires_grad:
                before.append(f"    const real {names[key]} = numbers[{self.numbers[key]}];")
            else:
                names[key] = f"(real){number(key[0].data)}"
        for key, operation, operands, _ in unit.steps:
            text = _FORMS[operation].format(*[names[one] for one in operands])
            body.append(f"const {'bool' if operation in BOOLEAN else 'real'} {names[key]} = {text};")
        for key, place in unit.writes.items():
            parameters.append(f"{kinds[place[0]]} *restrict {place}")
            body.append(f"{place}[i] = {names[key]};")
        return _LOOP.format(
            name=name,
            parameters=", ".join(parameters),
            before="\n".join(before),
            ahead="\n".join([f"        AHEAD({place});" for place in unit.writes.values() if place[0] == "o"]),
            body="\n".join([f"            {line}" for line in body]),
        )

    def _native(self, unit: _Unit) -> str:
        ((key, operation, operands, _),) = unit.steps
        function = 2 * list(self.functions).index(operation)
        given = [
            f"(real *)table[{self._index('numbers')}] + {self.numbers[one]}"
            if one in self.flat
            else self._address(unit.reads[one])
            for one in operands
        ]
        strides = ["0" if one in self.flat else "sizeof(real)" for one in operands]
        addresses = ", ".join([*given, self._address(unit.writes[key])])
        return (
            f"((function)functions[{function}])((void *[]){{{addresses}}}, &n, "
            f"(ptrdiff_t[]){{{', '.join([*strides, 'sizeof(real)'])}}}, functions[{function + 1}]);"
        )

    def _address(self, place: str) -> str:
        """Where a part of a column, an output, or a buffer begins."""
        where = {"v": " + at", "o": " + at", "r": " + kept", "m": " + kept", "n": ""}[place[0]]
        return f"({'bool' if place[0] == 'm' else 'real'} *)table[{self._index(place)}]{where}"

    def _index(self, place: str) -> int:
        """The place in the table."""
        first = {"v": 1, "o": 1 + len(self.inputs), "n": 1 + len(self.inputs) + len(self.outputs)}
        first["r"] = first["n"] + 1
        first["m"] = first["r"] + self.counts["r"]
        return first[place[0]] + (int(place[1:]) if place != "numbers" else 0)


def fused(
    program: Program, keys: Sequence[tuple[str, ...]], uniform: Collection[int], dtype: Any, workers: int
) -> Block | None:
    """As `blocks.write`, in machine code; None where there is nothing to compile, or no compiler that can.

    A `long` block uses so many threads of its own, each of which has a part of the buffers.
    """
    compiler = shlex.split(os.environ.get("CC", "")) or ["cc"]
    if which(compiler[0]) is None or len(program.steps) > _STEPS:
        return None
    writer = _Fuser(program, keys, uniform, dtype)
    block = writer.write()
    if not writer.sections:
        return None
    wide = _WIDE if platform.machine() in ("x86_64", "AMD64") else []
    with TemporaryDirectory(prefix="autodiff-") as room:  # nobody else may write there
        file, made = os.path.join(room, "loops.c"), os.path.join(room, "loops.so")
        with open(file, "w", encoding="ascii") as out:
            out.write(writer.source())
        command = [*compiler, *_OPTIONS, *wide, file, "-o", made, "-lm", "-pthread"]
        try:
            subprocess.run(command, capture_output=True, check=True, timeout=_PATIENCE)  # noqa: S603
            library = CDLL(made)
        except (OSError, subprocess.SubprocessError):
            return None
    addresses = [address for pair in writer.functions.values() for address in pair]
    (c_void_p * (len(addresses) + 1)).in_dll(library, "functions")[:] = [*addresses, None]
    c_int.in_dll(library, "workers").value = workers
    for index in range(len(writer.sections)):
        section = writer.scope[f"section{index}"] = library[f"section{index}"]
        section.argtypes, section.restype = (c_ssize_t, c_ssize_t, c_void_p), c_int
    block.long = not writer.calls_python
    return block
