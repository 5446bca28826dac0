"""The periods that an expression of one variable may have: what its sines have in common, and parts of that."""

from collections.abc import Iterator
from fractions import Fraction
from math import isfinite, lcm
from typing import NamedTuple

from autodiff_cli.engine.graph import forward, toposort
from autodiff_cli.engine.printer import to_text
from autodiff_cli.engine.value import NAMED, Value, constant
from autodiff_cli.errors import AutodiffError
from autodiff_cli.symbolic.derive import Derivation
from autodiff_cli.symbolic.formulas import tidy

_OF = {"sin": "2 * pi", "cos": "2 * pi", "sind": "360", "cosd": "360"}
_PARTS = (6, 4, 3, 2, 1)  # of the period that all have in common
_RATIO = 60  # between two periods


class Period(NamedTuple):
    """A period as text, as a number and as a graph."""

    text: str
    length: float
    graph: Value


def possible_periods(root: Value, variable: Value) -> Iterator[Period]:
    """What the period may be, the shortest first; none where something does not repeat."""
    parts = [graph for node in toposort([root]) if (graph := _period_of(node, variable))]
    if not parts:
        return
    first, *others = parts
    ratios = [Fraction(abs(other.data / first.data)).limit_denominator(_RATIO) for other in others]
    common = lcm(1, *[ratio.numerator for ratio in ratios])
    for part in _PARTS:
        share = Fraction(common, part)
        multiple = [constant(float(number), str(number)) for number in (share.numerator, share.denominator)]
        graph = _tidied(NAMED.formula("a / b * p", "a, b, p")(*multiple, first))
        if isfinite(graph.data) and graph.data > 0:
            yield Period(to_text(graph), graph.data, graph)


def _period_of(node: Value, variable: Value) -> Value | None:
    """The period of a function of a multiple of the variable."""
    if not node.args or not node.requires_grad or node.rule.function.name not in _OF:
        return None
    try:
        factor = Derivation(node.args[0]).by((variable,))
    except AutodiffError:
        return None
    if factor.requires_grad:
        return None
    graph = _tidied(NAMED.formula(f"{_OF[node.rule.function.name]} / a", "a")(factor))
    if not isfinite(graph.data):
        return None
    return graph if graph.data > 0 else _tidied(NAMED.formula("-p", "p")(graph))


def _tidied(graph: Value) -> Value:
    """A constant as a person would write it, with its number."""
    found = tidy(graph)
    forward([node for node in toposort([found]) if node.args])
    return found
