"""The graph of an expression as plain data: each node with its operation, value and gradient, all of it or a part."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from math import isfinite

from autodiff_cli.engine.domain import depended_on
from autodiff_cli.engine.expression import Evaluation, Expression
from autodiff_cli.engine.graph import reachable, toposort
from autodiff_cli.engine.printer import to_text
from autodiff_cli.engine.value import Value, constant, data_of, node
from autodiff_cli.errors import AutodiffError, unknown_name
from autodiff_cli.reports.point import explain_nonfinite, require_value
from autodiff_cli.reports.status import Status
from autodiff_cli.reports.trace import leading_to, name_all, named_reachable, operation, watch

MOST = 2_000  # nodes of a graph that is drawn
_NEAR = 2  # steps from a node, where only what is around it is asked for


@dataclass(slots=True)
class Node:
    """One node. `function` and `sign` are empty in a variable or a constant; a step has both, and `inputs`.

    `inputs` has for each argument the node's number and whether a gradient flows to it; None for one left out.
    """

    name: str
    kind: str  # "variable", "constant" or "step"
    function: str = ""
    sign: str = ""  # the function as it is written
    operation: str = ""
    ordered: bool = False  # whether it matters which argument is which
    inputs: list[tuple[int, bool] | None] = field(default_factory=list)
    value: float | None = None
    gradient: float | None = None
    unused: bool = False  # behind a branch that is not taken


@dataclass(slots=True)
class Graph:
    """A graph, the inputs of a node before it; the `tops` are what no shown node uses."""

    expression: str
    value: float | None
    nodes: list[Node]
    tops: list[int]
    result: int | None  # the number of the result, where it is shown
    hidden: int = 0  # how many nodes are left out
    status: Status = Status.OK
    notes: list[str] = field(default_factory=list)

    @property
    def left_out(self) -> str:
        """In words, how many nodes are left out."""
        return f"{self.hidden:,} more node{'s are' if self.hidden > 1 else ' is'} not shown"


def graph(
    expression: Expression,
    point: dict[str, float] | None,
    wrt: Collection[str] = (),
    depth: int | None = None,
    around: str = "",
) -> Graph:
    """The graph at a point, or without numbers; up to `depth` steps from the result or from the node `around`.

    Raises AutodiffError where a step has no value, a name is unknown or there are too many nodes to draw.
    """
    for name in wrt:
        expression.by_name(name)
    if point is None:
        names = name_all(expression)
        kept = _part(expression.root, names, depth, around)
        return _graph(str(expression), expression.root, names, kept, values=False)
    with expression.at(point) as at:
        return _at_point(at, wrt, depth, around)


def _at_point(at: Evaluation, wrt: Collection[str], depth: int | None, around: str) -> Graph:
    names = name_all(at)
    kept = _part(at.root, names, depth, around)
    notes = require_value(at)
    passed = watch(at)
    leading = leading_to(at, wrt)
    gradients = {one: one.grad for one in kept if one in leading}
    singular = not all([isfinite(one.grad) for one in at.named.values() if one in leading])  # noqa: C419
    if singular:
        notes.append(explain_nonfinite(at.root))
    dead = {(one, index) for one, amounts in passed.items() for index, adds in enumerate(amounts) if adds is None}
    dead |= {(one, index) for one in kept if one not in passed for index in range(len(one.args))}
    made = _graph(str(at), at.root, names, kept, gradients, dead, depended_on(at.root))
    made.notes = notes
    made.status = Status.UNDEFINED if singular or not isfinite(at.root.data) else Status.OK
    return made


def of_value(root: Value, most: int = MOST, depth: int | None = None) -> Graph:
    """The graph of a Value as it stands, with the gradients of the last `backward()`; up to `depth` steps from it.

    Raises AutodiffError where there are too many nodes to draw.
    """
    kept = _part(root, {}, depth, "", most)
    named = {one: one.label for one in kept if one.label}
    names = named_reachable([root], [one for one in toposort([root]) if one.args], named)
    gradients = {one: data_of(one.grad) for one in kept if one.requires_grad}
    return _graph(to_text(root, 200), root, names, kept, gradients)


def _part(root: Value, names: dict[Value, str], depth: int | None, around: str, most: int = MOST) -> dict[Value, None]:
    """The nodes that are drawn; the walk goes level by level."""
    everything = reachable([root])
    start, more = root, dict.fromkeys(everything)
    if around:
        shown = {names[one]: one for one in everything if one.args or one.requires_grad}
        if around not in shown:
            raise unknown_name(around, list(shown), "in the graph")
        start = shown[around]
    if around or depth is not None:
        depth = _NEAR if depth is None else depth
        users: dict[Value, list[Value]] = {}
        for one in everything if around else ():
            for arg in one.args:
                users.setdefault(arg, []).append(one)
        more, edge = {start: None}, [start]
        for _ in range(depth):
            if not edge:
                break
            near = dict.fromkeys(arg for one in edge for arg in (*one.args, *users.get(one, ())))
            edge = [one for one in near if one not in more]
            more |= dict.fromkeys(edge)
    if len(more) > most:
        part = " so far from there" if around or depth is not None else ""
        raise AutodiffError(
            f"the graph has {len(more):,} nodes{part}; up to {most:,} are drawn",
            hint="--depth 3 keeps what is next to the result, --around NAME what is next to a step or variable",
        )
    return more


def _graph(
    text: str,
    root: Value,
    names: dict[Value, str],
    kept: Collection[Value],
    gradients: Mapping[Value, float] | None = None,
    dead: Collection[tuple[Value, int]] = (),
    used: Collection[Value] | None = None,
    values: bool = True,
) -> Graph:
    gradients = gradients or {}
    order = toposort(kept, before=lambda one: [arg for arg in one.args if arg in kept])
    numbers = {one: at for at, one in enumerate(order)}
    nodes = []
    for one in numbers:
        kind = "step" if one.args else "variable" if one.requires_grad else "constant"
        made = Node(names[one], kind)
        if one.args:
            function = one.rule.function
            made.function, made.sign = function.name, function.symbol or function.name
            made.operation = operation(node(one.rule, tuple([constant(arg.data, names[arg]) for arg in one.args])))
            made.ordered = len(one.args) > 1 and not function.variadic and function.symbol not in ("+", "*")
            made.inputs = [
                (numbers[arg], (one, index) not in dead) if arg in numbers else None
                for index, arg in enumerate(one.args)
            ]
        if values or kind == "constant":
            made.value = one.data
        made.gradient = gradients.get(one)
        made.unused = used is not None and one not in used
        nodes.append(made)
    below_some = {link[0] for one in nodes for link in one.inputs if link}
    tops = [at for at in reversed(range(len(nodes))) if at not in below_some]
    value = root.data if values else None
    return Graph(text, value, nodes, tops, numbers.get(root), len(reachable([root])) - len(nodes))
