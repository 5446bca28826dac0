"""A program: straight-line operations that compute outputs from inputs, and where each is needed."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import inf, nan

from autodiff_cli.codegen.graph_builder import GraphBuilder, Rewrite
from autodiff_cli.codegen.paths import Path, conditions_of, paths_of
from autodiff_cli.codegen.simplify import is_nan, is_number
from autodiff_cli.engine.graph import toposort
from autodiff_cli.engine.value import Value
from autodiff_cli.rules.table import BOOLEAN, needs

Paths = Mapping[Value, tuple[Path, ...]]
Outputs = dict[tuple[str, ...], Value]


@dataclass(slots=True)
class Program:
    """Straight-line operations that compute some outputs from some inputs.

    An output's key says what it is: () the value, ("x",) its derivative by x, and so on. There are those of one result,
    which has no name, or of several by name. `steps` are the operations,
    each after what it is computed from; `uses` counts, of every node, the operations and outputs that take it. An
    operation is needed where one of its `paths` holds. What has neither arguments nor is among `inputs` is a number.
    """

    text: str
    inputs: dict[str, Value]
    defaults: dict[str, float]
    results: dict[str, Outputs]
    steps: list[Value]
    uses: Counter[Value]
    paths: Paths

    @property
    def outputs(self) -> Outputs:
        """The outputs of the one result."""
        return self.results[""]

    def partial_steps(self, of: str = "") -> list[Value]:
        """The operations that lead to the value and may have none, so that it is nan: of `2*sqrt(x)` that is sqrt(x).

        1/x alone is infinite where it has none, and so are its derivatives.
        """
        value = self.results[of][()]
        if value.rule.function.name == "where" and is_nan(value.args[2]):
            value = value.args[1]  # else all is nan
        before = toposort([value])[:-1]
        at_the_end = [] if _domain(value) in ("", "x != 0") else [value]
        return [*filter(_domain, before), *at_the_end]

    def rewritten(self, rewrite: Rewrite) -> Program:
        """The same program with other operations for some functions."""
        graph = GraphBuilder(rewrite)
        inputs = {name: Value(nan, name) for name in self.inputs}
        env = {old: inputs[name] for name, old in self.inputs.items()}
        read = iter(graph.read([node for outputs in self.results.values() for node in outputs.values()], env))
        results = {name: {key: next(read) for key in outputs} for name, outputs in self.results.items()}
        return assemble_results(self.text, inputs, self.defaults, results)


_INFINITE = {inf, -inf}
_QUOTIENTS = ("div", "mod", "fmod")


def _number_of(arg: Value) -> float | None:
    return arg.data if is_number(arg) else None


def _domain(step: Value) -> str:
    """What an operation needs of its arguments; of a quotient by a number nothing, of 1/x that x != 0."""
    name = step.rule.function.name
    numbers = list(map(_number_of, step.args))
    if not _INFINITE.isdisjoint(numbers):
        return "what is finite"
    if name in _QUOTIENTS and numbers[1]:
        return ""
    is_inverse = name == "div" and numbers[0]
    return "x != 0" if is_inverse else needs(step.rule.function, numbers)


def assemble(text: str, inputs: dict[str, Value], defaults: dict[str, float], outputs: Outputs) -> Program:
    """The program of some nodes of a GraphBuilder, those of one result.

    >>> graph, x = GraphBuilder(), Value(nan, "x")
    >>> y = graph.formula("where(x > 0, 2 * log(x), 0)", "x", x)
    >>> program = assemble("y", {"x": x}, {}, {(): y})
    >>> for step in program.steps:
    ...     print(to_text(step), [[(to_text(c), holds) for c, holds in path] for path in program.paths[step]])
    x > 0 [[]]
    log(x) [[('x > 0', True)]]
    2 * log(x) [[('x > 0', True)]]
    where(x > 0, 2 * log(x), 0) [[]]
    """
    return assemble_results(text, inputs, defaults, {"": outputs})


def assemble_results(
    text: str, inputs: dict[str, Value], defaults: dict[str, float], results: dict[str, Outputs]
) -> Program:
    """The same of several results by name."""
    roots = [node for outputs in results.values() for node in outputs.values()]
    steps, paths = _scheduled(roots)
    uses = Counter([*roots, *[arg for step in steps for arg in step.args]])
    return Program(text, inputs, defaults, results, steps, uses, paths)


def _scheduled(roots: Sequence[Value]) -> tuple[list[Value], Paths]:
    """The operations below some nodes, each after its arguments and the conditions of its paths, and the paths.

    There may be a circle, if rarely: a condition that is itself computed on a path waits for an operation on that path,
    which waits for the condition. Then conditions are always computed, and if there still is one, all operations.
    """
    operations = _operations(toposort(roots))
    conditions = [one for one in operations if one.rule.function.name in BOOLEAN]
    always: set[Value] = set()
    for more in (roots, conditions, operations):
        always.update(more)
        paths = paths_of(operations, always)
        before = {one: (*one.args, *conditions_of(found)) for one, found in paths.items()}
        steps = _operations(toposort(roots, before=defaultdict(tuple, before).__getitem__))
        if _is_ordered(steps, before):
            break
    return steps, paths


def _operations(nodes: Iterable[Value]) -> list[Value]:
    return [node for node in nodes if node.args]


def _is_ordered(steps: Sequence[Value], before: Mapping[Value, Sequence[Value]]) -> bool:
    """Whether each operation comes after all that must be `before` it."""
    waiting = set(steps)
    for step in steps:
        if not waiting.isdisjoint(before[step]):
            return False
        waiting.remove(step)
    return True
