"""The graph of an expression as plain data: each node with its operation, value and gradient, all of it or a part."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import chain, count, filterfalse
from math import isclose, isnan

from autodiff_cli.engine.domain import depended_on
from autodiff_cli.engine.expression import Evaluation, Expression
from autodiff_cli.engine.graph import reachable, toposort
from autodiff_cli.engine.printer import to_text
from autodiff_cli.engine.value import Value, constant, data_of, node
from autodiff_cli.errors import AutodiffError, Option, advice, unknown_name
from autodiff_cli.reports.nodes import Amounts, is_constant, leading_to, name_all, named_reachable, operation, watch
from autodiff_cli.reports.point import report_of, selected_rows
from autodiff_cli.reports.status import Status

MOST = 2_000  # nodes of a graph that is drawn
_CHECKED = 100  # rows up to which the witness checks named steps too
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


@dataclass(slots=True)
class _Sweep:
    """What a sweep has left, as far as it is known."""

    gradients: Mapping[Value, float] = field(default_factory=dict)
    passed: Mapping[Value, Amounts] | None = None  # by the nodes that it came to
    reached: Collection[Value] | None = None  # what the result depends on
    values: Mapping[Value, float] = field(default_factory=dict)  # where they are not what the floats have

    def flows(self, one: Value) -> list[bool]:
        """Whether a gradient flows to each of a node's arguments; where that is not known, to all."""
        if self.passed is None:
            return [True] * len(one.args)
        amounts = self.passed.get(one, [None] * len(one.args))
        return [amount is not None for amount in amounts]

    def fill(self, made: Node, one: Value) -> None:
        """Put the numbers of a Value into its node."""
        made.value = self.values.get(one, one.data)
        made.gradient = self.gradients.get(one)
        made.unused = self.reached is not None and one not in self.reached


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
        return _graph(str(expression), expression.root, names, kept)
    with expression.at(point) as at:
        return _at_point(at, wrt, depth, around)


def _is_near(ruled: float, in_floats: float) -> bool:
    """Whether a number of floats shows the same as what is printed of it."""
    return isclose(ruled, in_floats, rel_tol=1e-10) or (isnan(ruled) and isnan(in_floats))


def _at_point(at: Evaluation, wrt: Collection[str], depth: int | None, around: str) -> Graph:
    names = name_all(at)
    kept = _part(at.root, names, depth, around)
    rows = selected_rows(at, wrt)
    report = report_of(at, rows if len(rows) <= _CHECKED else at.variables)
    passed = watch(at)
    leading = leading_to(at, wrt)
    ruled = {at.by_name(row.name): row.gradient for row in report.rows}
    gradients = {one: ruled.get(one, one.grad) for one in kept if one in leading}
    swept = _Sweep(gradients, passed, depended_on(at.root), {at.root: report.value})
    made = _graph(str(at), at.root, names, kept, swept)
    made.notes, made.status = report.notes, report.status
    ruled_values = [*ruled.values(), report.value]
    if not all(map(_is_near, ruled_values, [*(one.grad for one in ruled), at.root.data])):
        made.notes.append("the steps between are shown as floats have them")
    return made


def of_value(root: Value, most: int = MOST, depth: int | None = None, around: str = "") -> Graph:
    """The graph of a Value as it stands, with the gradients of the last `backward()`; a part of it as `graph` says.

    Raises AutodiffError where there are too many nodes to draw, or none of the name `around`.
    """
    nodes = toposort([root])
    labelled = {one: one.label for one in nodes if one.label}
    names = named_reachable([root], nodes, labelled)
    kept = _part(root, names, depth, around, most)
    gradients = {one: data_of(one.grad) for one in kept if one.requires_grad}
    return _graph(to_text(root, 200), root, names, kept, _Sweep(gradients))


def _part(root: Value, names: dict[Value, str], depth: int | None, around: str, most: int = MOST) -> Collection[Value]:
    """The nodes that are drawn."""
    everything = reachable([root])
    found: Collection[Value] = dict.fromkeys(everything)
    where = " so far from there"
    if around:
        center = _find(around, everything, names)
        found = _near(center, _NEAR if depth is None else depth, _users(everything))
    elif depth is not None:
        found = _near(root, depth, {})
    else:
        where = ""
    if len(found) > most:
        raise AutodiffError(
            f"the graph has {len(found):,} nodes{where}; up to {most:,} are drawn",
            hint=advice(
                "{0} keeps what is next to the result, {1} what is next to a step or variable",
                *(Option("depth", "3"), Option("around", "NAME")),
            ),
        )
    return found


def _find(name: str, nodes: Iterable[Value], names: Mapping[Value, str]) -> Value:
    """The step or variable of a name. Raises AutodiffError where there is none."""
    shown = {names[one]: one for one in filterfalse(is_constant, nodes)}
    if name not in shown:
        raise unknown_name(name, list(shown), "in the graph")
    return shown[name]


def _users(nodes: Iterable[Value]) -> dict[Value, list[Value]]:
    """The nodes that each one is an argument of."""
    users: dict[Value, list[Value]] = {}
    for one in nodes:
        for arg in one.args:
            users.setdefault(arg, []).append(one)
    return users


def _near(start: Value, depth: int, users: Mapping[Value, list[Value]]) -> dict[Value, None]:
    """The nodes up to so many steps from one, level by level: what it is made of, and what is made of it."""
    found, edge = {start: None}, [start]
    for _ in range(depth):
        near = dict.fromkeys(chain.from_iterable([(*one.args, *users.get(one, ())) for one in edge]))
        edge = [*filterfalse(found.__contains__, near)]
        if not edge:
            break
        found |= dict.fromkeys(edge)
    return found


def _graph(
    text: str, root: Value, names: dict[Value, str], kept: Collection[Value], swept: _Sweep | None = None
) -> Graph:
    """The kept nodes as plain data; without numbers where there was no sweep."""
    order = toposort(kept, before=lambda one: [*filter(kept.__contains__, one.args)])
    numbers = dict(zip(order, count()))
    nodes = [_node(one, names, numbers, swept) for one in order]
    below_some = {*chain.from_iterable([one.args for one in order])}
    tops = [numbers[one] for one in filterfalse(below_some.__contains__, reversed(order))]
    hidden = len(reachable([root])) - len(nodes)
    value = None if swept is None else swept.values.get(root, root.data)
    return Graph(text, value, nodes, tops, numbers.get(root), hidden)


def _node(one: Value, names: dict[Value, str], numbers: Mapping[Value, int], swept: _Sweep | None) -> Node:
    """One node, linked to those that it is made of."""
    made = _step(one, names) if one.args else _leaf(one, names)
    flows = (swept or _Sweep()).flows(one)
    made.inputs = [*map(_link, map(numbers.get, one.args), flows)]
    if swept is not None:
        swept.fill(made, one)
    return made


def _link(number: int | None, flows: bool) -> tuple[int, bool] | None:
    """The link to an argument of that number; None to one that is left out."""
    return None if number is None else (number, flows)


def _leaf(one: Value, names: dict[Value, str]) -> Node:
    """A variable, or a constant, whose value is always known."""
    if one.requires_grad:
        return Node(names[one], "variable")
    return Node(names[one], "constant", value=one.data)


def _step(one: Value, names: dict[Value, str]) -> Node:
    """A node that computes something."""
    function = one.rule.function
    named = [constant(arg.data, names[arg]) for arg in one.args]
    return Node(
        names[one],
        "step",
        function=function.name,
        sign=function.symbol or function.name,
        operation=operation(node(one.rule, tuple(named))),
        ordered=len(one.args) > 1 and not function.variadic and function.symbol not in ("+", "*"),
    )
