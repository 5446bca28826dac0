"""Copies and pickles of graphs of any depth.

Python copies and pickles by recursion, a level for each node of a chain. Here a node is pickled behind a list of all
it is made of, arguments first, so that no node waits for more than its own arguments; what several use stays shared.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from copy import deepcopy
from typing import TYPE_CHECKING, Any

from autodiff_cli.engine.graph import toposort

if TYPE_CHECKING:
    from autodiff_cli.engine.value import Value

_Reduced = tuple[Any, ...]


class _Local(threading.local):
    """The nodes that stand in a list which is being pickled by this thread."""

    def __init__(self) -> None:
        self.listed: set[int] = set()


_local = _Local()


class _Below(list[Any]):
    """The nodes that one is made of. It is pickled as a list whose items come one after the other."""

    def __reduce_ex__(self, _: Any) -> _Reduced:
        return _Below, (), None, self._items()

    def _items(self) -> Iterator[Value]:
        added = {id(node) for node in self} - _local.listed
        _local.listed |= added
        try:
            yield from self
        finally:
            _local.listed -= added


def reduce(node: Value) -> _Reduced:
    """What pickle asks of a node: how to make it, from what, and its numbers.

    Raises AutodiffError for a `_backward` of its own, which would send gradients to the nodes it was written for.
    """
    node.rule.check_copy()
    below = None if id(node) in _local.listed or not node.args else _Below(toposort([node])[:-1])
    state = {"data": node.data, "grad": node.grad, "requires_grad": node.requires_grad, "label": node.label}
    return _remade, (type(node), node.rule, below, node.args), (None, state)


def _remade(kind: type[Value], rule: Any, _: Any, args: tuple[Value, ...]) -> Value:
    made = object.__new__(kind)
    made.rule, made.args, made.child_count = rule, args, 0
    return made


def copied(node: Value, memo: dict[int, Any]) -> Value:
    """What `copy.deepcopy` asks of a node: a copy of all it is made of, each node once."""
    for old in toposort([node]):
        if id(old) not in memo:
            old.rule.check_copy()
            args = tuple([memo[id(arg)] for arg in old.args])
            made = memo[id(old)] = _remade(type(old), old.rule, None, args)
            made.data, made.requires_grad, made.label = old.data, old.requires_grad, old.label
            made.grad = deepcopy(old.grad, memo)
    found: Value = memo[id(node)]
    return found
