"""Pictures in Python: of a graph of Values, under the names that lectures give them, and of what `plot` draws."""

from functools import cached_property
from os import PathLike, fspath
from pathlib import PurePath
from typing import Any

from autodiff_cli.engine.graph import reachable
from autodiff_cli.engine.value import Value
from autodiff_cli.errors import AutodiffError
from autodiff_cli.files import whole
from autodiff_cli.render.formats import GRAPH, PLOT, Formats
from autodiff_cli.render.picture import require
from autodiff_cli.render.plot import PAGE, to_text
from autodiff_cli.reports.graph import of_value


def trace(root: Value) -> tuple[set[Value], set[tuple[Value, Value]]]:
    """All nodes that one is made of, and itself; and the edges between them, each from an argument to what uses it.

    >>> a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    >>> nodes, edges = trace(a * b)
    >>> sorted(node.label for node in nodes), len(edges)
    (['', 'a', 'b'], 2)
    """
    nodes = {*reachable([_node(root)])}
    return nodes, {(arg, node) for node in nodes for arg in node.args}


class Drawn:
    """Something that is drawn as it was when it was asked for: `svg`, and files by `save`. A notebook shows it."""

    def __init__(self, report: Any, formats: Formats) -> None:
        self.report = report
        self._formats = formats

    @cached_property
    def svg(self) -> str:
        """The picture as SVG text. Raises AutodiffError where what draws it is not installed."""
        return self._written("svg").decode().rstrip()

    def save(self, path: str | PathLike[str]) -> None:
        """Write a file, whole or not at all, in the format of its ending, as `autodiff` does with `-o`.

        Raises AutodiffError for another ending, and where what draws such a file is not installed.
        """
        endings = self._formats.endings()
        name = endings.get(PurePath(path).suffix.lower())
        if name is None:
            message = f"nothing is drawn as '{PurePath(path).name}'"
            raise AutodiffError(message, hint=f"its ending says how: {' '.join(endings)}")
        data = self._written(name)
        with whole(fspath(path)) as beside, open(beside, "wb") as file:
            file.write(data)

    def _written(self, name: str) -> bytes:
        return self._formats.write(name, self.report, precision=None, dark=False, size=PAGE)

    def _repr_svg_(self) -> str | None:
        try:
            return self.svg
        except AutodiffError:  # a notebook then shows the text
            return None


class Drawing(Drawn):
    """The picture of a graph, drawn by Graphviz where that is installed; `source` is its DOT text."""

    @cached_property
    def source(self) -> str:
        """The graph as DOT text."""
        return self._written("dot").decode().rstrip()

    def __str__(self) -> str:
        return self.source

    def __repr__(self) -> str:
        return f"<a drawing of {len(self.report.nodes)} nodes: .svg, .source, .save(path)>"


class Plotted(Drawn):
    """What `plot` draws: printed, it is as in a terminal; a picture needs matplotlib."""

    def __init__(self, report: Any) -> None:
        super().__init__(report, PLOT)

    def _written(self, name: str) -> bytes:
        if PLOT.draws(name):
            require()
        return super()._written(name)

    def __str__(self) -> str:
        return "\n".join([to_text(self.report), *[f"note: {note}" for note in self.report.notes]])

    def __repr__(self) -> str:
        return str(self)


def draw_dot(root: Value, depth: int | None = None, around: str = "") -> Drawing:
    """The picture of a graph, with labels, numbers and gradients as they stand, also where they were set by hand.

    Up to `depth` steps from the result, or from the node of the label `around`. Raises AutodiffError where there are
    more than 2,000 nodes to draw.

    >>> a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    >>> print([line for line in draw_dot(a * b).source.splitlines() if "n0" in line][0].strip())
    n0 [label="a|value 2|gradient 0", fillcolor="#cfe2ff"];
    """
    return Drawing(of_value(_node(root), depth=depth, around=around), GRAPH)


def _node(root: Any) -> Value:
    """What is drawn. Raises TypeError for what is no Value, as the list that a layer gives."""
    if isinstance(root, Value):
        return root
    if isinstance(root, list | tuple) and all(isinstance(one, Value) for one in root):
        raise TypeError(f"a graph has one result, and here are {len(root)}: draw one of them, or their sum")
    raise TypeError(f"a graph is that of a Value, not of a {type(root).__name__}")
