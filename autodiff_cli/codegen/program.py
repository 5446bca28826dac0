"""A program: straight-line operations that compute outputs from inputs, and where each is needed."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import nan

from autodiff_cli.codegen.graph_builder import GraphBuilder, Rewrite
from autodiff_cli.codegen.paths import Path, conditions_of, paths_of
from autodiff_cli.engine.graph import toposort
from autodiff_cli.engine.value import Value
from autodiff_cli.rules.table import BOOLEAN

Paths = Mapping[Value, tuple[Path, ...]]


@dataclass(slots=True)
class Program:
    """Straight-line operations that compute some outputs from some inputs.

    An output's key says what it is: () the value, ("x",) its derivative by x, and so on. `steps` are the operations,
    each after what it is computed from; `uses` counts, of every node, the operations and outputs that take it. An
    operation is needed where one of its `paths` holds. What has neither arguments nor is among `inputs` is a number.
    """

    text: str
    inputs: dict[str, Value]
    defaults: dict[str, float]
    outputs: dict[tuple[str, ...], Value]
    steps: list[Value]
    uses: Counter[Value]
    paths: Paths

    def rewritten(self, rewrite: Rewrite) -> Program:
        """The same program with other operations for some functions."""
        graph = GraphBuilder(rewrite)
        inputs = {name: Value(nan, name) for name in self.inputs}
        env = {old: inputs[name] for name, old in self.inputs.items()}
        outputs = dict(zip(self.outputs, graph.read(self.outputs.values(), env), strict=True))
        return assemble(self.text, inputs, self.defaults, outputs)


def assemble(
    text: str, inputs: dict[str, Value], defaults: dict[str, float], outputs: dict[tuple[str, ...], Value]
) -> Program:
    """The program of some nodes of a GraphBuilder.

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
    roots = list(outputs.values())
    steps, paths = _scheduled(roots)
    uses = Counter([*roots, *[arg for step in steps for arg in step.args]])
    return Program(text, inputs, defaults, outputs, steps, uses, paths)


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
