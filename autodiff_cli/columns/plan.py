"""The steps of a program over columns, and the names of all that they compute."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from autodiff_cli.codegen.lower import Program
from autodiff_cli.engine.graph import toposort
from autodiff_cli.engine.value import Value
from autodiff_cli.rules.table import BOOLEAN

AS_IT_IS, NUMBER, TRUTH = "", "number", "truth"
_LOGIC = {"and", "or", "not"}  # these take numbers and conditions as they are

Key = tuple[Value, str]  # a node as it is, as a number, or as a condition


class Step(NamedTuple):
    """An operation, such as `mul`: what it makes, of what, and whether it is a step of a derivative."""

    key: Key
    operation: str
    operands: list[Key]
    of_slope: bool


class Plan:
    """The steps of a program in order, with those between them that make numbers of conditions, and the reverse.

    `uniform` is what is the same in every row: it hangs on single numbers alone.
    """

    def __init__(self, program: Program, keys: Sequence[tuple[str, ...]], uniform: Collection[int]) -> None:
        self.inputs: list[Key] = [(value, AS_IT_IS) for value in program.inputs.values()]
        self.steps: list[Step] = []
        self.uniform: set[Key] = {self.inputs[index] for index in uniform}
        self.constants: dict[Key, float] = {}
        self._made: set[Key] = set()
        self._zero = Value(0.0, requires_grad=False)
        outputs = [program.outputs[key] for key in keys]
        of_value = set(toposort(outputs[:1])) if keys and keys[0] == () else set()
        for value in toposort(outputs):
            if value.args:
                self._add(value, of_slope=value not in of_value)
        self.results = [self._as(output, NUMBER, of_slope=True) for output in outputs]
        self.varying = [step for step in self.steps if step.key not in self.uniform]

    def _add(self, value: Value, of_slope: bool) -> None:
        operation = value.rule.function.name
        operands = [
            self._as(arg, kind, of_slope)
            for arg, kind in zip(value.args, _kinds(operation, len(value.args)), strict=True)
        ]
        self._append(Step((value, AS_IT_IS), operation, operands, of_slope))

    def _append(self, step: Step) -> None:
        self.steps.append(step)
        if self.uniform.issuperset(step.operands):
            self.uniform.add(step.key)

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

    def _converted(self, key: Key, of_slope: bool) -> Step:
        plain = (key[0], AS_IT_IS)
        if key[1] == NUMBER:
            return Step(key, "number", [plain], of_slope)
        return Step(key, "ne", [plain, self._constant(self._zero)], of_slope)

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


def last_uses(units: Sequence[Sequence[Step]]) -> dict[Key, int]:
    """The last of some units in which each operand is used."""
    return {operand: index for index, unit in enumerate(units) for step in unit for operand in step.operands}


# --- names ------------------------------------------------------------------------------------------------------------

INPUT, OUTPUT, CONSTANT, UNIFORM = "v", "o", "k", "u"
REALS, MARKS, ARRAY = "r", "m", "t"  # a buffer of floats, one of booleans, an array that a function makes
LOCAL = "e"  # a number in a loop of machine code
_NAMED = (INPUT, OUTPUT, CONSTANT, UNIFORM, REALS, MARKS, ARRAY, LOCAL)


class Name(NamedTuple):
    """The name of an array or of a number in what is written, such as r0."""

    kind: str
    number: int

    def __str__(self) -> str:
        return f"{self.kind}{self.number}"


class Names:
    """Makes names, the only place that does: each kind is counted, so that no two names are equal."""

    def __init__(self) -> None:
        self._made: dict[str, list[Name]] = {kind: [] for kind in _NAMED}

    def new(self, kind: str) -> Name:
        """One that nothing else has."""
        made = self._made[kind]
        made.append(Name(kind, len(made)))
        return made[-1]

    def all(self, kind: str) -> list[Name]:
        """Those of a kind so far."""
        return self._made[kind]


class Buffers:
    """Buffers, each acquired anew after its release."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self._free: dict[str, list[Name]] = {REALS: [], MARKS: [], ARRAY: []}

    def acquire(self, kind: str) -> Name:
        """A buffer of a kind that nothing holds."""
        free = self._free[kind]
        return free.pop() if free else self._names.new(kind)

    def release(self, names: Sequence[Name]) -> None:
        """Give back buffers; what is none, such as an input, stays what it is."""
        for name in names:
            if name.kind in self._free:
                self._free[name.kind].append(name)


def buffer_kind(operation: str) -> str:
    """What holds the result of an operation."""
    return MARKS if operation in BOOLEAN else REALS
