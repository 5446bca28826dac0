"""A program's sections in C: `loops.c`, with the loops and calls of the program put in."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import filterfalse
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from autodiff_cli.codegen.c import number
from autodiff_cli.codegen.forms import INFIX
from autodiff_cli.columns.blocks import FLAG_RAISED, NONFINITE, PART
from autodiff_cli.columns.schedule import Key, Name, NameKind, Names, ScheduledStep
from autodiff_cli.rules.table import BOOLEAN

# What a loop computes itself
FORMS = {name: form.text for name, form in INFIX.items()} | {
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
_FILE = Path(__file__).with_name("loops.c")
_PIECE = re.compile(r"/\* piece: .* \*/\n")
_PLACE = re.compile(r"^(?P<indent> *)/\*(?P<name>\w+)\*/\n", re.MULTILINE)
_STRIDE = "sizeof(real)"
_SPELLED: dict[int, dict[str, Any]] = {  # by the bytes of a number
    8: {"REAL": "double", "BITS": "uint64_t", "BUILTIN(name)": "__builtin_##name"},
    4: {"REAL": "float", "BITS": "uint32_t", "BUILTIN(name)": "__builtin_##name##f"},
}


class Unit(NamedTuple):
    """A loop, or a call of NumPy's: its steps, and where what it reads and what it writes for others are kept."""

    steps: list[ScheduledStep]
    reads: dict[Key, Name]
    writes: dict[Key, Name]

    @property
    def is_loop(self) -> bool:
        """Whether C computes it itself."""
        return self.steps[0].operation in FORMS

    @property
    def flags(self) -> str:
        """Which floating-point flags mean that the rows are to be done again."""
        return "SLOPE_FLAGS" if self.steps[-1].of_slope else "VALUE_FLAGS"  # steps of slopes come last


class Source:
    """The C of a program.

    `numbers` has the index of each number that is the same in every row; `functions` are the operations that are calls
    of NumPy's. A section is given a table of addresses: of the marks of the parts, the inputs, the outputs, the
    numbers, the buffers of floats, and those of booleans.
    """

    def __init__(self, names: Names, numbers: Mapping[Key, int], functions: Sequence[str], dtype: Any) -> None:
        inputs, outputs, reals = (len(names.all(kind)) for kind in (NameKind.INPUT, NameKind.OUTPUT, NameKind.REALS))
        after = 2 + inputs + outputs
        self._first = {
            NameKind.INPUT: 1,
            NameKind.OUTPUT: 1 + inputs,
            NameKind.REALS: after,
            NameKind.MARKS: after + reals,
        }
        self._number_table = f"(real *)table[{after - 1}]"
        self._numbers, self._functions, self._dtype = numbers, functions, dtype
        self._frame, self._loop, self._section = _PIECE.split(_FILE.read_text(encoding="ascii"))
        self._loops: list[str] = []
        self._read: set[Name] = set()  # by loops

    def text(self, sections: Sequence[Sequence[Unit]], columns: Sequence[Name], own_threads: bool) -> str:
        """The file. `columns` are the inputs that vary: all of them are looked at for what is not finite."""
        calls = list(map(self._calls, sections))
        unread = filterfalse(self._read.__contains__, columns)
        calls[0][:0] = [f"found |= any_nonfinite(rows, {self._address(name)});" for name in unread]
        pieces = [self._defines(own_threads), self._frame, *self._loops]
        for index, lines in enumerate(calls):
            pieces.append(_numbered(_filled(self._section, calls=lines), index))
        return "".join(pieces)

    def _calls(self, units: Sequence[Unit]) -> list[str]:
        """The lines that run units over a part, and look at the flags after each."""
        lines: list[str] = []
        for unit in units:
            call = self._call_of_loop(unit) if unit.is_loop else self._call_of_numpy(unit)
            lines += ["feclearexcept(FE_ALL_EXCEPT);", call, f"found |= raised({unit.flags});"]
        return lines

    def _defines(self, own_threads: bool) -> str:
        """What `loops.c` needs to know."""
        known = _SPELLED[np.dtype(self._dtype).itemsize] | {
            "PART": PART,
            "FUNCTIONS": 2 * len(self._functions) + 1,  # an array of C has a length
            "OWN_THREADS": int(own_threads),
            "FLAG_RAISED": FLAG_RAISED,
            "NONFINITE": NONFINITE,
        }
        return "".join([f"#define {name} {meaning}\n" for name, meaning in known.items()])

    def _call_of_loop(self, unit: Unit) -> str:
        loop, index = _LoopText(unit, self._numbers), len(self._loops)
        self._read.update(unit.reads.values())
        self._loops.append(_numbered(loop.put_into(self._loop), index))
        arguments = ["rows", self._number_table, *map(self._address, loop.columns)]
        return f"found |= loop{index}({', '.join(arguments)});"

    def _call_of_numpy(self, unit: Unit) -> str:
        """NumPy's loop takes where arrays begin, how many rows they have, and how far apart these are."""
        (step,) = unit.steps
        given = [self._operand(key, unit.reads[key]) for key in step.operands]
        result = self._address(unit.writes[step.key])
        addresses = ", ".join([*[address for address, _ in given], result])
        strides = ", ".join([*[stride for _, stride in given], _STRIDE])
        function = 2 * self._functions.index(step.operation)
        arrays = f"(void *[]){{{addresses}}}, &rows, (ptrdiff_t[]){{{strides}}}"
        return f"((function)functions[{function}])({arrays}, functions[{function + 1}]);"

    def _operand(self, key: Key, place: Name) -> tuple[str, str]:
        """Where an operand begins, and how far apart its rows are."""
        if key in self._numbers:
            return f"{self._number_table} + {self._numbers[key]}", "0"
        return self._address(place), _STRIDE

    def _address(self, name: Name) -> str:
        """Where the rows of a part begin, such as `(real *)table[1] + at`."""
        first = "at" if name.kind in (NameKind.INPUT, NameKind.OUTPUT) else "kept"
        return f"({_ctype(name)} *)table[{self._first[name.kind] + name.number}] + {first}"


class _LoopText:
    """What is put into the piece of `loops.c` that is a loop."""

    def __init__(self, unit: Unit, numbers: Mapping[Key, int]) -> None:
        self.parameters: list[str] = []
        self.columns: list[Name] = []  # for each parameter the argument
        self.numbers: list[str] = []
        self.ahead: list[str] = []
        self.body: list[str] = []
        self._names = Names()
        self._spelled: dict[Key, str] = {}
        for key, place in unit.reads.items():
            if key in numbers:
                self._read_number(key, numbers[key])
            else:
                self._read(key, place)
        for step in unit.steps:
            self._compute(step)
        for key, place in unit.writes.items():
            self._write(key, place)

    def put_into(self, piece: str) -> str:
        """The piece with this loop's lines."""
        piece = piece.replace("/*columns*/", "".join([f", {one}" for one in self.parameters]))
        return _filled(piece, numbers=self.numbers, ahead=self.ahead, steps=self.body)

    def _read_number(self, key: Key, index: int) -> None:
        value, _ = key
        if not value.args and not value.requires_grad:
            self._spelled[key] = f"(real){number(value.data)}"
        else:
            self.numbers.append(f"const real {self._local(key)} = numbers[{index}];")

    def _read(self, key: Key, place: Name) -> None:
        ctype, local = _ctype(place), self._local(key)
        self._column(f"const {ctype} *restrict {place}", place)
        self.body.append(f"const {ctype} {local} = {place}[i];")
        if place.kind is NameKind.INPUT:
            self.body.append(f"nonfinite |= is_nonfinite({local});")

    def _compute(self, step: ScheduledStep) -> None:
        """The line of a step, such as `const real e2 = e0 * e1;`."""
        text = FORMS[step.operation].format(*[self._spelled[one] for one in step.operands])
        ctype = "bool" if step.operation in BOOLEAN else "real"
        self.body.append(f"const {ctype} {self._local(step.key)} = {text};")

    def _write(self, key: Key, place: Name) -> None:
        self._column(f"{_ctype(place)} *restrict {place}", place)
        self.body.append(f"{place}[i] = {self._spelled[key]};")
        if place.kind is NameKind.OUTPUT:
            self.ahead.append(f"AHEAD({place});")

    def _column(self, parameter: str, place: Name) -> None:
        self.parameters.append(parameter)
        self.columns.append(place)

    def _local(self, key: Key) -> str:
        name = self._spelled[key] = str(self._names.new(NameKind.LOCAL))
        return name


def _ctype(place: Name) -> str:
    return "bool" if place.kind is NameKind.MARKS else "real"


def _filled(piece: str, **lines: Sequence[str]) -> str:
    r"""A piece of C with lines in the places of their names, each as far in as the name is.

    >>> _filled("{\n    /*calls*/\n}\n", calls=["f();", "g();"])
    '{\n    f();\n    g();\n}\n'
    """

    def put(place: re.Match[str]) -> str:
        return "".join([f"{place['indent']}{line}\n" for line in lines[place["name"]]])

    return _PLACE.sub(put, piece)


def _numbered(piece: str, index: int) -> str:
    """A piece of C whose own names end in a number of their own.

    >>> _numbered("int section0(void) { return program0(); }", 3)
    'int section3(void) { return program3(); }'
    """
    return re.sub(r"\b(loop|program|section)0\b", rf"\g<1>{index}", piece)
