"""The critical points of a function of two variables in a box, each with its kind, proven by Krawczyk's operator."""

from collections.abc import Mapping, Sequence
from typing import Any

from flint import arb

from autodiff_cli.engine.expression import Expression, NamedGraph
from autodiff_cli.engine.graph import toposort
from autodiff_cli.engine.value import Value
from autodiff_cli.exact.far import is_finite
from autodiff_cli.exact.hulls import nearest_or_0
from autodiff_cli.exact.simplest import simplest
from autodiff_cli.reports.marks import DEGENERATE, AreaStudy, CriticalPoint, Span, constants
from autodiff_cli.solving.krawczyk import System, SystemRoot
from autodiff_cli.solving.seams import Interner, seams
from autodiff_cli.symbolic.derive import Derivation

_NOTHING = 1e-40  # what Newton's steps to 0 come to
_SMALL = 1e-3  # the sides of a box that is as good as a point

Box = tuple[tuple[float, float], ...]


def study_area(expression: Expression, spans: Mapping[str, Span], fixed: Mapping[str, str | float]) -> AreaStudy:
    """All critical points in a box. Raises AutodiffError where a partial has no formula."""
    interner = Interner()
    root = interner.of(expression.root, constants(expression, fixed))
    names = [*spans]
    unknowns = [expression.variables[name] for name in names]
    derivation = Derivation(root, exact=True)
    partials = [interner.of(derivation.by((unknown,))) for unknown in unknowns]
    report = AreaStudy(str(expression), dict(spans), {name: float(given) for name, given in fixed.items()})
    steps = [node for node in toposort([root, *partials]) if node.args]
    named = {f"partial_{name}": partial for name, partial in zip(names, partials, strict=True)}
    graph = NamedGraph("", root, steps, dict(zip(names, unknowns, strict=True)), {}, steps=named)
    system = System(graph, partials, unknowns, {})
    found = system.roots(tuple(spans.values()))
    report.points = [_point(system, root, one, names) for one in found.found]
    for piece in found.undecided:
        point = _degenerate(system, root, piece, names)
        if point and point not in report.points:
            report.points.append(point)
        report.undecided.append(dict(zip(names, piece, strict=True)))
    if seams(root, interner):
        report.notes.append("where both slopes are 0 is looked for; kinks, jumps and poles are not")
    return report


def _point(system: System, root: Value, found: SystemRoot, names: Sequence[str]) -> CriticalPoint:
    """A point that is proven, with its kind by the signs of the Hessian over its ball (Sylvester's criterion)."""
    value = system.values(found.balls)[root]
    hessian = system.slopes(found.balls)
    inside = hessian[0, 0] * hessian[1, 1] - hessian[0, 1] * hessian[1, 0]
    kind = DEGENERATE
    if inside < 0:
        kind = "saddle"
    elif inside > 0 and not hessian[0, 0].contains(0):
        kind = "minimum" if hessian[0, 0] > 0 else "maximum"
    at = [0.0 if ball.contains(0) or abs(x) < _NOTHING else x for x, ball in zip(found.point, found.balls, strict=True)]
    return CriticalPoint(dict(zip(names, at, strict=True)), _float(value), kind, found.within)


def _degenerate(system: System, root: Value, piece: Box, names: Sequence[str]) -> CriticalPoint | None:
    """The simplest point of a box that is undecided, where both slopes are exactly 0."""
    if max(high - low for low, high in piece) > _SMALL:
        return None
    at = [simplest(low, high) for low, high in piece]
    values = system.values(at)
    if any(not is_finite(values[partial]) or values[partial] != 0 for partial in system.equations):
        return None
    point = {name: float(arb(number).mid()) for name, number in zip(names, at, strict=True)}
    return CriticalPoint(point, _float(values[root]), DEGENERATE)


def _float(number: Any) -> float | None:
    """The float of a number; what holds 0 is 0, as far as its digits go."""
    return nearest_or_0(number) if is_finite(number) else None
