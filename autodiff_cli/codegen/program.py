"""A program: straight-line operations that compute outputs from inputs, and where each is needed."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from math import nan

from autodiff_cli.codegen.graph import GraphBuilder, Rewrite
from autodiff_cli.codegen.paths import Path, paths_of
from autodiff_cli.engine.value import Value, toposort
from autodiff_cli.rules.table import BOOLEAN


@dataclass(slots=True)
class Program:
    """Straight-line steps that compute some outputs from some inputs.

    An output's key says what it is: () the value, ("x",) its derivative by x, and so on. `steps` come after what they
    are computed from; `uses` counts, of every node, the steps and outputs that take it. A step is needed where one of
    its `paths` holds. What has neither arguments nor is among `inputs` is a number.
    """

    text: str
    inputs: dict[str, Value]
    defaults: dict[str, float]
    outputs: dict[tuple[str, ...], Value]
    steps: list[Value]
    uses: dict[Value, int]
    paths: dict[Value, tuple[Path, ...]]

    def rewritten(self, rewrite: Rewrite) -> Program:
        """The same program with other steps for some functions."""
        graph = GraphBuilder(rewrite)
        inputs = {name: Value(nan, name) for name in self.inputs}
        env = {old: inputs[name] for name, old in self.inputs.items()}
        outputs = dict(zip(self.outputs, graph.read(self.outputs.values(), env), strict=True))
        return assemble(self.text, inputs, self.defaults, outputs)


def assemble(
    text: str, inputs: dict[str, Value], defaults: dict[str, float], outputs: dict[tuple[str, ...], Value]
) -> Program:
    """The program of some nodes of a GraphBuilder."""
    roots = list(outputs.values())
    plain = [one for one in toposort(roots) if one.args]
    always = set(roots)
    for last in (False, True, True):  # circles are rare: a condition that waits for a step that waits for it
        paths = paths_of(plain, always)
        before = {step: (*step.args, *(c for path in found for c, _ in path)) for step, found in paths.items()}
        steps = [one for one in toposort(roots, before=defaultdict(tuple, before).__getitem__) if one.args]
        place = {one: at for at, one in enumerate(steps)}
        if all(place.get(one, -1) < at for at, step in enumerate(steps) for one in before[step]):
            break
        always |= set(plain) if last else {step for step in plain if step.rule.function.name in BOOLEAN}
    uses = dict.fromkeys(inputs.values(), 0)
    for one in [*roots, *(arg for step in steps for arg in step.args)]:
        uses[one] = uses.get(one, 0) + 1
    return Program(text, inputs, defaults, outputs, steps, uses, paths)
