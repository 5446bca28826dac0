"""What is drawn of a graph by any means: what a box holds, where a gradient flows, in which row a step stands."""

from collections.abc import Iterable
from math import isqrt
from typing import TYPE_CHECKING

from autodiff_cli.render.report import number

if TYPE_CHECKING:
    from autodiff_cli.reports.graph import Graph, Node

_DEEP = 40  # steps one after the other from which a graph is folded into rows
_ROW = 20  # steps of a row at least
DIGITS = 6
# Dark text on light boxes, lines in a middle grey: to be read on white and on black
FILLS = {"variable": "#cfe2ff", "constant": "#e4e4e4", "step": "#fff1c9", "result": "#cdebcf", "operation": "#ffffff"}
INK, LINE, DARK = "#1b1b1b", "#808080", "#161616"


def lines_of(node: "Node", digits: int) -> list[str]:
    """What stands in a value's box: its name, its value and its gradient."""
    lines = [node.name]
    if node.value is not None and node.kind != "constant":
        lines.append(f"value {number(node.value, digits)}")
    if node.gradient is not None:
        lines.append(f"gradient {number(node.gradient, digits)}")
    if node.unused:
        lines.append("not taken")
    return lines


def kind_of(found: "Graph", at: int) -> str:
    """What a node is drawn as."""
    node = found.nodes[at]
    is_result = at == found.result and node.inputs
    return "result" if is_result else node.kind


def flows(found: "Graph", link: tuple[int, bool] | None) -> bool:
    """Whether an arrow is drawn as if a gradient flowed: that from a constant is, and from what is left out."""
    if link is None:
        return True
    at, flows = link
    return flows or found.nodes[at].kind == "constant"


def rows_of(found: "Graph", deep: int = _DEEP, length: int = 0) -> list[int]:
    """The row in which each node stands; a leaf, and what is made of leaves alone, in that of what first uses it.

    A graph of more than `deep` steps one after the other has rows of that `length`.
    """
    depths = depths_of(found, range(len(found.nodes)))
    length = length or max(_ROW, isqrt(len(depths)))
    if max(depths.values()) <= deep:
        return [0] * len(depths)
    rows = [depth // length for depth in depths.values()]
    for user in reversed(range(len(rows))):
        for at in inputs_of(found.nodes[user]):
            if not any([found.nodes[arg].inputs for arg in inputs_of(found.nodes[at])]):  # noqa: C419
                rows[at] = rows[user]
    return rows


def depths_of(found: "Graph", nodes: Iterable[int]) -> dict[int, int]:
    """How many steps lie before each of some nodes, among these; each as late as what uses it first allows.

    So the products of a long sum stand beside the steps that add them up, and not all at the start.
    """
    depths: dict[int, int] = {}
    for at in nodes:
        depths[at] = 1 + max([depths[arg] for arg in inputs_of(found.nodes[at]) if arg in depths], default=-1)
    latest: dict[int, int] = {}
    for at in reversed([*depths]):
        depths[at] = latest.get(at, depths[at])
        for arg in inputs_of(found.nodes[at]):
            if arg in depths:
                latest[arg] = min(depths[at] - 1, latest.get(arg, depths[at]))
    return depths


def inputs_of(node: "Node") -> list[int]:
    """The arguments of a node, as far as they are shown."""
    return [at for at, _ in filter(None, node.inputs)]
