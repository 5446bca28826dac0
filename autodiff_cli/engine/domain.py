"""Is a point inside the domain? One walk answers, at the numbers that the nodes hold, and raises nothing.

It always includes what the expression needs besides: of a derivative, what was differentiated.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import cache
from math import isfinite
from typing import NamedTuple, Protocol

from autodiff_cli.engine.value import FLOATS, Value
from autodiff_cli.rules.table import Function


class Placed(Protocol):
    """A graph with its numbers: an `Evaluation`."""

    @property
    def root(self) -> Value: ...
    @property
    def nodes(self) -> list[Value]: ...
    @property
    def needed(self) -> list[Value]: ...


class Violation(NamedTuple):
    """A step that has no value: its arguments, all finite, are outside its function's domain."""

    node: Value
    function: Function
    arguments: tuple[float, ...]


class Overflow(NamedTuple):
    """A step that is inside its domain and yet not finite: too large for a float."""

    node: Value


def violations(graph: Placed) -> list[Violation]:
    """The steps outside their functions' domains, of those that the result or what it needs depends on here."""
    return [found for found in _not_finite(graph) if isinstance(found, Violation)]


def violation_at(node: Value) -> Violation:
    """That a step is outside its domain, with the arguments it holds."""
    return Violation(node, node.rule.function, tuple([arg.data for arg in node.args]))


def overflow(graph: Placed) -> Overflow | None:
    """The first step that became too large for a float, of those that the result depends on here."""
    return next((found for found in _not_finite(graph) if isinstance(found, Overflow)), None)


def first_without_value(graph: Placed) -> Value | None:
    """The step that first is nan on the way to a result that is; None where the result has a value."""
    if graph.root.data == graph.root.data:
        return None
    reached = depended_on(graph.root, *graph.needed)
    return next((node for node in graph.nodes if node in reached and node.data != node.data), graph.root)


def is_inside(graph: Placed) -> bool:
    """Whether there is a value, and every step it depends on is inside its function's domain."""
    return graph.root.data == graph.root.data and next(iter(violations(graph)), None) is None


def is_defined(graph: Placed) -> bool:
    """Whether there is a value, as IEEE 754 has it, and what was differentiated for it is inside its domain."""
    if graph.root.data != graph.root.data:
        return False
    return not (graph.needed and any([is_outside(node) for node in depended_on(*graph.needed)]))  # noqa: C419


def depended_on(*roots: Value) -> set[Value]:
    """The nodes that some values depend on here: of a `where`, only the branch that is taken."""
    found, stack = {*roots}, [*roots]
    while stack:
        node = stack.pop()
        args = node.args
        if node.rule.function.name == "where":
            args = (args[0], args[1] if args[0].data else args[2])
        for arg in args:
            if arg not in found:
                found.add(arg)
                stack.append(arg)
    return found


def is_outside(node: Value) -> bool:
    """Whether a node's arguments, all finite, are outside its function's domain."""
    function, arguments = node.rule.function, [arg.data for arg in node.args]
    return bool(function.domain) and all(map(isfinite, arguments)) and not _contains(function)(*arguments)


def _not_finite(graph: Placed) -> Iterator[Violation | Overflow]:
    """The steps at which a number that is not finite begins, in order."""
    suspects = [node for node in graph.nodes if not isfinite(node.data)]
    if suspects:
        reached = depended_on(graph.root, *graph.needed)
        yield from _begun([node for node in suspects if node in reached])


def _begun(nodes: Iterable[Value]) -> Iterator[Violation | Overflow]:
    for node in nodes:
        arguments = tuple([arg.data for arg in node.args])
        if not all(map(isfinite, arguments)):
            continue
        if is_outside(node):
            yield Violation(node, node.rule.function, arguments)
        else:
            yield Overflow(node)


@cache
def _contains(function: Function) -> Callable[..., bool]:
    return FLOATS.formula(function.domain, ", ".join(function.args))
