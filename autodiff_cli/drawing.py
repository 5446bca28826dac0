"""Pictures of a graph of Values, under the names that lectures give them: `trace` and `draw_dot`."""

from functools import cached_property
from os import PathLike, fspath
from pathlib import PurePath
from typing import TYPE_CHECKING

from autodiff_cli.engine.graph import reachable
from autodiff_cli.engine.value import Value
from autodiff_cli.errors import AutodiffError
from autodiff_cli.files import whole
from autodiff_cli.render import dot
from autodiff_cli.render.formats import GRAPH
from autodiff_cli.reports.graph import of_value

if TYPE_CHECKING:
    from autodiff_cli.reports.graph import Graph


def trace(root: Value) -> tuple[set[Value], set[tuple[Value, Value]]]:
    """All nodes that one is made of, and itself; and the edges between them, each from an argument to what uses it.

    >>> a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    >>> nodes, edges = trace(a * b)
    >>> sorted(node.label for node in nodes), len(edges)
    (['', 'a', 'b'], 2)
    """
    nodes = {*reachable([root])}
    return nodes, {(arg, node) for node in nodes for arg in node.args}


class Drawing:
    """The picture of a graph as it was when it was drawn; a notebook shows it.

    `source` is its DOT text, `svg` the picture, drawn by Graphviz where that is installed.
    """

    def __init__(self, graph: "Graph") -> None:
        self._graph = graph

    @cached_property
    def source(self) -> str:
        """The graph as DOT text."""
        return dot.to_dot(self._graph)

    @cached_property
    def svg(self) -> str:
        """The picture as SVG text."""
        return dot.draw(self._graph, "svg").decode()

    def save(self, path: str | PathLike[str]) -> None:
        """Write a file, by its ending: .svg .png .pdf (the last two need Graphviz) .dot .gv .mmd .json .txt.

        Raises AutodiffError for another ending, and where Graphviz is needed and not installed.
        """
        endings = GRAPH.endings()
        name = endings.get(PurePath(path).suffix.lower())
        if name is None:
            message = f"no picture is written as '{PurePath(path).name}'"
            raise AutodiffError(message, hint=f"its ending says how: {' '.join(endings)}")
        data = GRAPH.write(name, self._graph, precision=None, dark=False)
        with whole(fspath(path)) as beside, open(beside, "wb") as file:
            file.write(data)

    def __str__(self) -> str:
        return self.source

    def __repr__(self) -> str:
        return f"<a drawing of {len(self._graph.nodes)} nodes: .svg, .source, .save(path)>"

    def _repr_svg_(self) -> str:
        return self.svg


def draw_dot(root: Value, depth: int | None = None, around: str = "") -> Drawing:
    """The picture of a graph, with labels, numbers and gradients as they stand, also where they were set by hand.

    Up to `depth` steps from the result, or from the node of the label `around`. Raises AutodiffError where there are
    more than 2,000 nodes to draw.

    >>> a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    >>> print([line for line in draw_dot(a * b).source.splitlines() if "n0" in line][0].strip())
    n0 [label="a|value 2|gradient 0", fillcolor="#cfe2ff"];
    """
    return Drawing(of_value(root, depth=depth, around=around))
