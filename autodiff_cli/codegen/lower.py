"""Lowers graphs to straight-line programs: equal steps made once, constants folded, gradients written out as steps."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import nan

from autodiff_cli.codegen.graph import DEEPEST, Graph, Path, Rewrite, common
from autodiff_cli.engine.expression import Expression
from autodiff_cli.engine.value import Value, toposort
from autodiff_cli.rules.table import BOOLEAN

_BRANCHES = {("where", 1): True, ("where", 2): False, ("and", 1): True, ("or", 1): False}  # if the first argument ...
DEFINED = ("?",)  # the key of an output that says whether the others hold; no variable has such a name
_MOST = 4  # paths of a step that several branches need; with more it is computed before them all


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
        graph = Graph(rewrite)
        inputs = {name: Value(nan, name) for name in self.inputs}
        stand = {old: inputs[name] for name, old in self.inputs.items()}
        outputs = dict(zip(self.outputs, graph.read(self.outputs.values(), stand), strict=True))
        return assemble(self.text, inputs, self.defaults, outputs)


def assemble(
    text: str, inputs: dict[str, Value], defaults: dict[str, float], outputs: dict[tuple[str, ...], Value]
) -> Program:
    """The program of some nodes of a Graph."""
    roots = list(outputs.values())
    plain = [one for one in toposort(roots) if one.args]
    always = set(roots)
    for last in (False, True, True):  # circles are rare: a condition that waits for a step that waits for it
        paths = _paths(plain, always)
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


def _paths(steps: Sequence[Value], always: Iterable[Value]) -> dict[Value, tuple[Path, ...]]:
    """Where each step is needed: in a branch alone if nothing else uses it."""
    needed: dict[Value, list[Path]] = {step: [] for step in steps} | {one: [()] for one in always}
    for step in reversed(steps):
        name = step.rule.function.name
        for index, arg in enumerate(step.args):
            if arg.args:
                holds = _BRANCHES.get((name, index))
                inside = _parts(step.args[0], holds) if holds is not None else ()
                for path in needed[step]:
                    more = tuple([one for one in inside if one not in path])
                    _need(needed[arg], (*path, *more) if len(path) + len(more) <= DEEPEST else path)
    return {step: tuple(needed[step]) for step in steps}


def _parts(condition: Value, holds: bool) -> Path:
    """What holds where a condition does, or does not: its parts, as far as they are not many."""
    found: list[tuple[Value, bool]] = []
    waiting = [(condition, holds)]
    opened = 0
    while waiting:
        condition, holds = waiting.pop()
        name = condition.rule.function.name
        if name == "not":
            waiting.append((condition.args[0], not holds))
        elif name == ("and" if holds else "or") and opened < DEEPEST:
            waiting += [(arg, holds) for arg in reversed(condition.args)]
            opened += 1
        else:
            found.append((condition, holds))
    return tuple(dict.fromkeys(found))


def _need(paths: list[Path], path: Path) -> None:
    """One more path; none of them is inside another, and never are there both sides of a condition."""
    if any(set(one) <= set(path) for one in paths):
        return None
    if path:
        *outer, (condition, holds) = path
        if (*outer, (condition, not holds)) in paths:
            return _need(paths, tuple(outer))
    paths[:] = [one for one in paths if not set(path) <= set(one)] + [path]
    if len(paths) > _MOST:
        paths[:] = [common(paths)]
    return None


def lower(
    expression: Expression, derivatives: Iterable[tuple[str, ...]] | None = None, *, separate: bool = False
) -> Program:
    """The value of an expression and its derivatives: by each variable, or those that are asked for.

    A derivative is named by the variables that it is taken by, one after the other: all but the last by their formula,
    which is swept. Where what was differentiated is outside its domain, and they alone do not show it, all are nan; of
    the expression's own `needed`, an output DEFINED says so if that is to be `separate`. Raises AutodiffError for
    names that are not there, and for high orders that grow beyond use.
    """
    inputs = {name: Value(nan, name) for name in expression.variables}
    wanted = [(name,) for name in inputs] if derivatives is None else list(derivatives)
    expression.check([*inputs, *(name for key in wanted for name in key)])
    graph, variables = Graph(), list(inputs.values())
    stand = {old: inputs[name] for name, old in expression.variables.items()}
    root, *_ = graph.read([expression.root, *expression.needed], stand)
    found: dict[tuple[str, ...], Value] = {(): root}
    formulas, more = _formulas(expression, wanted)
    for before, formula in formulas.items():
        (swept,) = graph.read([formula], stand)
        found |= {(*before, name): one for name, one in zip(inputs, graph.gradient(swept, variables), strict=True)}
    holds = graph.defined(expression.needed, stand)
    holds = graph.make("and", holds, graph.defined([expression.root], stand, {*toposort([root])}))  # as of log(x)^0
    general = graph.one if separate else holds
    higher = graph.make("and", general, graph.defined(more, stand))
    outputs = {
        key: graph.make("where", higher if len(key) > 1 else general, found[key], graph.number(nan))
        for key in dict.fromkeys([(), *wanted])
    }
    if separate and holds is not graph.one:
        outputs[DEFINED] = holds
    return assemble(str(expression), inputs, expression.defaults, outputs)


def _formulas(
    expression: Expression, wanted: Iterable[tuple[str, ...]]
) -> tuple[dict[tuple[str, ...], Value], list[Value]]:
    """The graphs to sweep for some derivatives: the expression's own, and formulas of derivatives of lower order.

    And what must be defined although those do not show it.
    """
    keys = dict.fromkeys([key[:-1] for key in wanted if key])
    if not any(keys):
        return dict.fromkeys(keys, expression.root), []
    from autodiff_cli.symbolic.derive import Derivation

    derivation = Derivation(expression.root, exact=True)
    formulas = {key: derivation.by(tuple([expression.variables[name] for name in key])) for key in keys}
    return formulas, [expression.root] if derivation.conditions() else []
