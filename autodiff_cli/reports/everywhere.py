"""The least value of an expression over whole ranges, proven, with all points where it is."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from autodiff_cli.engine.expression import Expression, NamedGraph
from autodiff_cli.engine.graph import toposort
from autodiff_cli.errors import UndefinedError
from autodiff_cli.exact.hulls import nearest_or_0
from autodiff_cli.reports.descent import Array, Objective, by_gradients
from autodiff_cli.reports.optimum import Candidate, Everywhere, Kind, Optimum, Span
from autodiff_cli.reports.starts import Start
from autodiff_cli.solving.branch_and_bound import Least, LeastPoint, LeastSearch


def optimum_everywhere(
    expression: Expression, spans: Mapping[str, Span], fixed: Mapping[str, float], greatest: bool, most: int
) -> Optimum:
    """The least value over a box, or the greatest, from at most so many pieces of it.

    Raises UndefinedError where no finite value was met.
    """
    names, sign = [*spans], -1.0 if greatest else 1.0
    objective = Objective(expression, names, fixed, sign)
    starts = {name: Start((low + high) / 2, low, high) for name, (low, high) in spans.items()}

    def descent(point: Array) -> Array:
        return by_gradients(objective, point, starts)

    variables = [expression.variables[name] for name in names]
    given = {expression.variables[name]: at for name, at in fixed.items()}
    graph = _negated(expression) if greatest else expression
    found = LeastSearch(graph, variables, given, tuple(spans.values()), descent).run(most)
    if not np.isfinite(found.high):
        raise UndefinedError("no finite value was found in the ranges", hint="give other ranges")
    return _report(expression, found, names, sign, objective.count)


def _negated(expression: Expression) -> NamedGraph:
    """Minus the expression."""
    root = -expression.root
    nodes = [node for node in toposort([root, *expression.needed]) if node.args]
    return NamedGraph(expression.source, root, nodes, expression.variables, {}, needed=expression.needed)


def _report(expression: Expression, found: Least, names: list[str], sign: float, evaluations: int) -> Optimum:
    wanted = Kind.MINIMUM if sign > 0 else Kind.MAXIMUM
    places = [_place(one, names, sign, wanted) for one in found.points]
    undecided = [dict(zip(names, box, strict=True)) for box in found.left]
    low, high = sorted((sign * found.low + 0.0, sign * found.high + 0.0))
    known = Everywhere((low, high), places, undecided, found.pieces, found.is_known)
    best = min(places, key=lambda place: sign * place.value, default=None)
    reached = Candidate(dict(zip(names, found.best, strict=True)), sign * _float(found.value, found.high) + 0.0, wanted)
    shown = best if best and not undecided else reached
    report = Optimum(str(expression), shown.point, shown.value, wanted, found.is_known, wanted)
    if not found.is_known:
        report.kind = Kind.NONE
        more = "more pieces (--pieces), or smaller ranges, may decide it"
        report.notes.append(
            more if np.isfinite(found.low) else "ranges without poles and edges of domains may decide it"
        )
    return replace(report, everywhere=known, within=shown.within, active=shown.active, evaluations=evaluations)


def _place(one: LeastPoint, names: list[str], sign: float, wanted: Kind) -> Candidate:
    value = sign * _float(one.value, 0.0) + 0.0
    held = [name for name, side in zip(names, one.held, strict=True) if side]
    return Candidate(dict(zip(names, one.point, strict=True)), value, wanted, one.root.within, held)


def _float(ball: Any, otherwise: float) -> float:
    """The float of a ball; 0 where it may be 0."""
    return otherwise if ball is None else nearest_or_0(ball)
