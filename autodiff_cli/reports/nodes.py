"""What traces and graphs ask of nodes: a name for each, which ones lead to some, what the sweep passed to whom."""

from collections.abc import Collection, Iterable
from operator import attrgetter

from autodiff_cli.engine.expression import Evaluation, NamedGraph
from autodiff_cli.engine.graph import reachable, sweep
from autodiff_cli.engine.printer import fresh, number_text, to_text
from autodiff_cli.engine.value import Value

Amounts = list[float | None]  # what a node passed on to each of its arguments; None where that is nothing


def is_constant(node: Value) -> bool:
    """Whether a node is neither computed nor a variable."""
    return not (node.args or node.requires_grad)


def name_all(graph: NamedGraph, unnamed: str = "_") -> dict[Value, str]:
    """A name for every node: its own, or `_1`, `_2` ... for a step that has none; of a constant, its text."""
    named = dict(zip(graph.named.values(), graph.named, strict=True))
    if graph.name and graph.root.args:
        named[graph.root] = graph.name
    return named_reachable([*graph.steps.values(), graph.root], graph.nodes, named, unnamed)


def named_reachable(
    roots: Iterable[Value], nodes: Iterable[Value], named: dict[Value, str], first: str = "_"
) -> dict[Value, str]:
    """Names for all nodes below some; `nodes` are the computed ones in order, and those not `named` get fresh ones."""
    found = {*reachable(roots)}
    names = {leaf: leaf.label or number_text(leaf.data) for leaf in found if not leaf.args} | named
    unnamed = found - names.keys()
    steps = filter(unnamed.__contains__, nodes)
    return names | dict(zip(steps, fresh(first, {*named.values()}), strict=False))


def operation(graph: Value) -> str:
    """What a node computes, as text; of a second name for something, the first."""
    same = graph.rule.function.name == "identity"
    return to_text(graph.args[0] if same else graph)


def leading_to(graph: NamedGraph, wrt: Collection[str]) -> set[Value]:
    """The nodes that depend on one of the names; with no names, all that take a gradient."""
    if not wrt:
        everything = (*graph.named.values(), *graph.nodes, graph.root)
        return {*filter(attrgetter("requires_grad"), everything)}
    found = {*map(graph.by_name, wrt)}
    for one in graph.nodes:
        if not found.isdisjoint(one.args):
            found.add(one)
    return found


def watch(at: Evaluation) -> dict[Value, Amounts]:
    """The gradients, as `Evaluation.gradients` leaves them, and what each node passed on to each of its arguments.

    The nodes are in the order in which the sweep did them; each one's own pullback is run on stand-ins for its
    arguments, so that what each of them gets is seen by itself, also in x * x.
    """
    gradients = at.gradients()
    passed: dict[Value, Amounts] = {}

    def pullback(node: Value, gradient: float, ready: list[Value]) -> None:
        amounts = _pulled_back(node, gradient)
        if node.args:
            passed[node] = amounts
        for arg, amount in zip(node.args, amounts, strict=True):
            if amount is not None:
                arg.grad += amount
                arg.child_count -= 1
                if not arg.child_count:
                    ready.append(arg)

    at.root.zero_grad()
    sweep(at.root, pullback=pullback)
    for name, named in at.named.items():
        named.grad = gradients[name]
    return passed


def _pulled_back(node: Value, gradient: float) -> Amounts:
    """What a node's pullback passes to stand-ins for its arguments; one that gets nothing still waits for its user."""
    args = node.args
    stand_ins = [Value(arg.data, requires_grad=arg.requires_grad) for arg in args]
    for one in stand_ins:
        one.child_count = 1
    node.args = tuple(stand_ins)
    try:
        node.rule.pullback(node, gradient, [])
    finally:
        node.args = args
    return [None if one.child_count else one.grad for one in stand_ins]
