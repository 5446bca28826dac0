"""The steps of a program over columns, and the names of all that they compute."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from enum import StrEnum
from itertools import chain
from typing import NamedTuple

from autodiff_cli.codegen.program import Program
from autodiff_cli.engine.graph import toposort
from autodiff_cli.engine.value import Value
from autodiff_cli.rules.table import BOOLEAN

AS_IT_IS, NUMBER, TRUTH = "", "number", "truth"
_LOGIC = {"and", "or", "not"}  # these take numbers and conditions as they are

Key = tuple[Value, str]  # a node as it is, as a number, or as a condition


class ScheduledStep(NamedTuple):
    """An operation, such as `mul`: what it makes, of what, and whether it is a step of a derivative."""

    key: Key
    operation: str
    operands: list[Key]
    of_slope: bool


class Schedule:
    """The steps of a program in order, with those between them that make numbers of conditions, and the reverse.

    `uniform` is what is the same in every row, since it hangs on single numbers alone: `once` are the steps of it.
    """

    def __init__(self, program: Program, keys: Sequence[tuple[str, ...]], uniform: Collection[int]) -> None:
        self.inputs: list[Key] = [(value, AS_IT_IS) for value in program.inputs.values()]
        self.uniform: set[Key] = {self.inputs[index] for index in uniform}
        self.constants: dict[Key, float] = {}
        self.once: list[ScheduledStep] = []
        self.varying: list[ScheduledStep] = []
        self._made: set[Key] = set()
        self._zero = Value(0.0, requires_grad=False)
        self._of_value = set(toposort([program.outputs[()]] * keys.count(())))
        outputs = list(map(program.outputs.__getitem__, keys))
        for value in toposort(outputs):
            self._add(value)
        self.results = [self._as(output, NUMBER, of_slope=True) for output in outputs]

    def _add(self, value: Value) -> None:
        if not value.args:
            return
        operation, of_slope = value.rule.function.name, value not in self._of_value
        kinds = _kinds(operation, len(value.args))
        operands = [self._as(arg, kind, of_slope) for arg, kind in zip(value.args, kinds, strict=True)]
        self._append(ScheduledStep((value, AS_IT_IS), operation, operands, of_slope))

    def _append(self, step: ScheduledStep) -> None:
        if self.uniform.issuperset(step.operands):
            self.uniform.add(step.key)
            self.once.append(step)
        else:
            self.varying.append(step)

    def _as(self, value: Value, kind: str, of_slope: bool) -> Key:
        """A value as it is, as a number, or as a condition, for which there may have to be a step."""
        if not value.args and not value.requires_grad:
            return self._constant(value)
        is_condition = value.rule.function.name in BOOLEAN
        if kind == AS_IT_IS or is_condition == (kind == TRUTH):
            return value, AS_IT_IS
        key = (value, kind)
        if key not in self._made:
            self._made.add(key)
            self._append(self._converted(key, of_slope))
        return key

    def _converted(self, key: Key, of_slope: bool) -> ScheduledStep:
        plain = (key[0], AS_IT_IS)
        if key[1] == NUMBER:
            return ScheduledStep(key, "number", [plain], of_slope)
        return ScheduledStep(key, "ne", [plain, self._constant(self._zero)], of_slope)

    def _constant(self, value: Value) -> Key:
        key = (value, AS_IT_IS)
        self.constants[key] = value.data
        self.uniform.add(key)
        return key


def _kinds(operation: str, count: int) -> list[str]:
    """What an operation takes its operands as."""
    if operation in _LOGIC:
        return [AS_IT_IS] * count
    if operation == "where":
        return [TRUTH, NUMBER, NUMBER]
    return [NUMBER] * count


def operands_of(unit: Sequence[ScheduledStep]) -> list[Key]:
    """All that some steps take, each once."""
    return list(dict.fromkeys(chain.from_iterable([step.operands for step in unit])))


def last_uses(units: Sequence[Sequence[ScheduledStep]]) -> dict[Key, int]:
    """The last of some units in which each operand is used."""
    last: dict[Key, int] = {}
    for index, unit in enumerate(units):
        last |= dict.fromkeys(operands_of(unit), index)
    return last


# --- names ------------------------------------------------------------------------------------------------------------


class NameKind(StrEnum):
    """What has a name, and how that begins."""

    INPUT = "v"
    OUTPUT = "o"
    CONSTANT = "k"
    UNIFORM = "u"  # a step that is the same in every row
    REALS = "r"  # a buffer of floats
    MARKS = "m"  # a buffer of booleans
    ARRAY = "t"  # that a function makes
    LOCAL = "e"  # within a loop of machine code


class Name(NamedTuple):
    """The name of an array or of a number in what is written, such as r0."""

    kind: NameKind
    number: int

    def __str__(self) -> str:
        return f"{self.kind}{self.number}"


class Names:
    """Makes names, the only place that does: each kind is counted, so that no two names are equal."""

    def __init__(self) -> None:
        self._made: defaultdict[NameKind, list[Name]] = defaultdict(list)

    def new(self, kind: NameKind) -> Name:
        """One that nothing else has."""
        made = self._made[kind]
        made.append(Name(kind, len(made)))
        return made[-1]

    def all(self, kind: NameKind) -> list[Name]:
        """Those of a kind so far."""
        return self._made[kind]


class Buffers:
    """Buffers, each acquired anew after its release."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self._free: dict[NameKind, list[Name]] = {NameKind.REALS: [], NameKind.MARKS: [], NameKind.ARRAY: []}

    def acquire(self, kind: NameKind) -> Name:
        """A buffer of a kind that nothing holds."""
        free = self._free[kind]
        return free.pop() if free else self._names.new(kind)

    def release(self, name: Name | None) -> None:
        """Give a buffer back; what is none, such as an input, stays what it is."""
        if name and name.kind in self._free:
            self._free[name.kind].append(name)
