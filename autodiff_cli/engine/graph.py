"""Walks over a graph, all of them loops: what lies below a node, in order; the run forward; the one reverse sweep.

A graph of some 10^5 nodes in a row is common, so nothing here recurses.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from operator import attrgetter
from typing import TYPE_CHECKING, Any, TypeVar

from autodiff_cli.rules.kernels.floats import ERRORS

if TYPE_CHECKING:
    from autodiff_cli.engine.value import Value

Pullback = Callable[["Value", Any, list["Value"]], None]  # sends a node's gradient to its arguments

_Node = TypeVar("_Node")
_args: Callable[[Any], Any] = attrgetter("args")


def reachable(roots: Iterable[Value]) -> list[Value]:
    """The nodes that some are made of, and these, the nearest first."""
    found = [*dict.fromkeys(roots)]
    seen = {*found}
    for node in found:
        for arg in node.args:
            if arg not in seen:
                seen.add(arg)
                found.append(arg)
    return found


def toposort(
    roots: Iterable[_Node], stops: Iterable[_Node] = (), before: Callable[[_Node], Sequence[_Node]] = _args
) -> list[_Node]:
    """The nodes that some are made of, and these, but not the `stops`; each after what comes `before` it."""
    found: dict[_Node, None] = {}
    seen = {*stops}
    stack = [root for root in reversed([*roots]) if root not in seen]
    while stack:
        node = stack[-1]
        if node in seen:
            found[stack.pop()] = None
        else:
            seen.add(node)
            stack += [arg for arg in reversed(before(node)) if arg not in seen]
    return [*found]


def forward(nodes: Iterable[Value]) -> None:
    """Compute each node from its arguments, in the order given: arguments first."""
    for node in nodes:
        if node.args:
            data = [a.data for a in node.args]
            try:
                node.data = node.rule.kernel(*data)
            except ERRORS as error:
                node.data = node.rule.edge(error, tuple(data))


def sweep(
    root: Value,
    seed: Any = 1.0,
    depends: Callable[[Value], Iterable[Value]] | None = None,
    pullback: Pullback | None = None,
) -> list[Value]:
    """The reverse sweep: every node's gradient, times `seed`; returns the nodes in the order they were done.

    First each node learns how many nodes use it; a branch that is not taken uses nothing. Then a node passes its
    gradient on once its last user has (Kahn 1962). `depends` and `pullback` stand in for the node's own, where
    gradients are no floats.
    """
    try:
        _count_children(root, depends)
        root.grad = plus(root.grad, seed)
        ready = [root]
        if pullback:
            for node in ready:
                pullback(node, node.grad, ready)
        else:
            for node in ready:
                node.rule.pullback(node, node.grad, ready)
    except BaseException:  # interrupted: leave no count behind
        root.zero_grad()
        raise
    return ready


def _count_children(root: Value, depends: Callable[[Value], Iterable[Value]] | None) -> None:
    """Count, for each node below the root that takes a gradient, the nodes that will send it one."""
    used: Iterable[Value]
    found = [root]
    for node in found:
        if node.args:
            node.grad = 0.0
        if depends:
            used = depends(node)
        elif node.rule.may_skip:
            used = node.rule.selected_args(node)
        else:
            used = node.args
        for arg in used:
            if arg.requires_grad:
                if not arg.child_count:
                    found.append(arg)
                arg.child_count += 1


def plus(gradient: Any, more: Any) -> Any:
    """The sum; of nothing yet and a Value, that Value."""
    if gradient.__class__ is float and gradient == 0:
        return more
    return gradient + more
