"""What a notebook shows of a Value: its graph, as a picture, and as a tree where a notebook shows none."""

from autodiff_cli.engine.value import Value
from autodiff_cli.errors import AutodiffError
from autodiff_cli.render import dot
from autodiff_cli.render.graph import to_text
from autodiff_cli.reports.graph import Graph, of_value

_MOST = 200  # nodes of a graph that shows itself unasked
_DEPTH = 3  # steps from the result that are shown of a larger one


def bundle(value: Value) -> dict[str, str]:
    """The graph by media type; nothing where a notebook does best to show `repr`."""
    try:
        found = _found(value)
        if len(found.nodes) == 1:
            return {}
        shown = {"text/plain": to_text(found) + f"\n{found.left_out}" * bool(found.hidden)}
        return shown | {"image/svg+xml": dot.draw(found, "svg").decode()}
    except AutodiffError as error:
        return {"text/plain": f"{value!r}\n{error.message}"}


def _found(value: Value) -> Graph:
    try:
        return of_value(value, _MOST)
    except AutodiffError:
        return of_value(value, _MOST, _DEPTH)
