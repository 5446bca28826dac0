"""Is a point inside the domain? One walk answers, at the numbers that the nodes hold, and raises nothing.

It always includes what the expression needs besides: of a derivative, what was differentiated.
"""

from collections.abc import Callable
from functools import cache
from itertools import filterfalse
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


def violations(graph: Placed) -> list[Violation]:
    """The steps outside their functions' domains, of those that the result or what it needs depends on here."""
    outside = [node for node in graph.nodes if _may_be_outside(node) and is_outside(node)]
    if not outside:
        return []
    reached = depended_on(graph.root, *graph.needed)
    outside = [*filter(reached.__contains__, outside)]
    return [Violation(node, node.rule.function, _arguments(node)) for node in outside]


def _may_be_outside(node: Value) -> bool:
    """Not finite; or composed of other functions: an infinity on the way may have come back, as in log(x, 0)."""
    function = node.rule.function
    return not isfinite(node.data) or bool(function.value and function.domain)


def violation_at(node: Value) -> Violation:
    """That a step is outside its domain, with the arguments it holds."""
    return Violation(node, node.rule.function, _arguments(node))


def overflow(graph: Placed) -> Value | None:
    """The first step that is inside its domain and too large for a float, of those that the result depends on here."""
    return next(filterfalse(is_outside, _not_finite(graph)), None)


def first_without_value(graph: Placed) -> Value | None:
    """The step that first is nan on the way to a result that is; None where the result has a value."""
    if graph.root.data == graph.root.data:
        return None
    without_value = [node for node in graph.nodes if node.data != node.data]
    reached = depended_on(graph.root, *graph.needed)
    return next(filter(reached.__contains__, without_value), graph.root)


def is_inside(graph: Placed) -> bool:
    """Whether there is a value, and every step it depends on is inside its function's domain."""
    return graph.root.data == graph.root.data and not violations(graph)


def is_defined(graph: Placed) -> bool:
    """Whether there is a value, as IEEE 754 has it, and what was differentiated for it is inside its domain."""
    if graph.root.data != graph.root.data:
        return False
    return not any(map(is_outside, depended_on(*graph.needed)))


def depended_on(*roots: Value) -> set[Value]:
    """The nodes that some values depend on here: of a `where`, only the branch that is taken."""
    found, stack = {*roots}, [*roots]
    while stack:
        node = stack.pop()
        for arg in _taken(node):
            if arg not in found:
                found.add(arg)
                stack.append(arg)
    return found


def _taken(node: Value) -> tuple[Value, ...]:
    if node.rule.function.name != "where":
        return node.args
    condition, first, second = node.args
    return (condition, first if condition.data else second)


def is_outside(node: Value) -> bool:
    """Whether a node's arguments, all finite, are outside its function's domain."""
    function = node.rule.function
    if not function.domain:
        return False
    return _has_finite_arguments(node) and not _contains(function)(*_arguments(node))


def _not_finite(graph: Placed) -> list[Value]:
    """The steps at which a number that is not finite begins, their arguments being finite, in order."""
    suspects = [node for node in graph.nodes if not isfinite(node.data)]
    if not suspects:
        return []
    reached = depended_on(graph.root, *graph.needed)
    begins = filter(_has_finite_arguments, suspects)
    return [*filter(reached.__contains__, begins)]


def _has_finite_arguments(node: Value) -> bool:
    return all(map(isfinite, _arguments(node)))


def _arguments(node: Value) -> tuple[float, ...]:
    return tuple([arg.data for arg in node.args])


@cache
def _contains(function: Function) -> Callable[..., bool]:
    return FLOATS.formula(function.domain, ", ".join(function.args))
