"""A graph with its partials: where these are all 0 is what minima are among."""

from collections.abc import Sequence

from autodiff_cli.engine.expression import NamedGraph
from autodiff_cli.engine.graph import toposort
from autodiff_cli.engine.value import Value
from autodiff_cli.symbolic.derive import Derivation


def with_partials(
    graph: NamedGraph, variables: Sequence[Value], derivation: Derivation | None = None
) -> tuple[NamedGraph, list[Value]]:
    """The graph with its partials as steps, and these. Raises AutodiffError where there are none.

    >>> from autodiff_cli.engine.value import Value
    >>> x = Value(2.0, label="x")
    >>> graph = NamedGraph("x^2", x**2, [], {"x": x}, {})
    >>> [str(partial) for partial in with_partials(graph, [x])[0].steps]
    ['partial_0']
    """
    derivation = derivation or Derivation(graph.root, exact=True)
    partials = [derivation.by((variable,)) for variable in variables]
    nodes = [node for node in toposort([graph.root, *graph.needed, *partials]) if node.args]
    named = {f"partial_{place}": partial for place, partial in enumerate(partials)}
    return NamedGraph(graph.source, graph.root, nodes, graph.variables, {}, named, needed=graph.needed), partials
