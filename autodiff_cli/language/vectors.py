"""Vectors, and what ∇ makes of them: div, curl and the Laplacian, as sums of partial derivatives.

A vector is no number, so no operation takes one: it stands in a call of div or curl, or is a statement of its own.
"""

from collections.abc import Sequence
from typing import NamedTuple

from autodiff_cli.engine.value import Value

OPERATORS = {"div": "the divergence", "curl": "the curl", "laplacian": "the Laplacian"}
ALSO_CALLED = {"Div": "div", "divergence": "div", "Curl": "curl", "rot": "curl", "Laplacian": "laplacian"}
CARTESIAN = ("x", "y", "z")  # what ∇ differentiates by
EXAMPLES = {
    "div": "div([x*y, y^2], x, y)",
    "curl": "curl([-y, x], x, y)",
    "laplacian": "laplacian(x^2*y, x, y)",
}
TAKES_VECTOR = ("div", "curl")


class Vector(NamedTuple):
    """Components, each with what its name has behind that of the vector: the 1 of F_1, the x of B_x."""

    components: dict[str, Value]


class Partial(NamedTuple):
    """A derivative of a component by names in turn, which is added, or else subtracted."""

    component: Value
    by: tuple[Value, ...]
    adds: bool = True


Sum = list[Partial]


def divergence(components: Sequence[Value], names: Sequence[Value]) -> list[Sum]:
    """dP/dx + dQ/dy + ..."""
    return [[Partial(one, (name,)) for one, name in zip(components, names, strict=True)]]


def laplacian(components: Sequence[Value], names: Sequence[Value]) -> list[Sum]:
    """d²f/dx² + d²f/dy² + ..."""
    (scalar,) = components
    return [[Partial(scalar, (name, name)) for name in names]]


def curl(components: Sequence[Value], names: Sequence[Value]) -> list[Sum]:
    """dQ/dx - dP/dy in two dimensions; in three the components of ∇×F, one sum each."""
    pairs = [(0, 1)] if len(names) == 2 else [(1, 2), (2, 0), (0, 1)]
    return [[Partial(components[j], (names[i],)), Partial(components[i], (names[j],), adds=False)] for i, j in pairs]


SUMS = {"div": divergence, "curl": curl, "laplacian": laplacian}


class Nabla(NamedTuple):
    """∇·, ∇× or ∇² in front of what it is applied to."""

    operator: str
