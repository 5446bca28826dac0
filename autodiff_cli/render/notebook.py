"""What a notebook shows of a Value: its graph, as a picture, and as a tree where a notebook shows none."""

from autodiff_cli.errors import AutodiffError
from autodiff_cli.graph import of_value
from autodiff_cli.render import dot
from autodiff_cli.render.graph import to_text
from autodiff_cli.value import Value

_MOST = 200  # nodes of a graph that shows itself unasked


def bundle(value: Value) -> dict[str, str]:
    """The graph by media type; nothing where a notebook does best to show `repr`."""
    try:
        found = of_value(value, _MOST)
        if len(found.nodes) == 1:
            return {}
        shown = {"text/plain": to_text(found)}
        if dot.has_graphviz():
            return shown | {"image/svg+xml": dot.draw(found, "svg").decode()}
        return shown | {"text/vnd.mermaid": dot.to_mermaid(found)}
    except AutodiffError:
        return {}
