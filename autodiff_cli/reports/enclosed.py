"""An expression some of whose numbers are intervals: where its value and its slopes lie for certain."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from itertools import compress
from math import inf, isinf
from typing import TYPE_CHECKING, Any

from autodiff_cli.engine.expression import Expression
from autodiff_cli.engine.printer import to_text
from autodiff_cli.engine.value import Value
from autodiff_cli.errors import UndefinedError
from autodiff_cli.exact.balls import Balls, require
from autodiff_cli.reports.measured import Enclosed
from autodiff_cli.reports.point import report_at
from autodiff_cli.reports.proof import ExactGraph
from autodiff_cli.reports.results import Report

if TYPE_CHECKING:
    from autodiff_cli.exact.closed_box import ClosedBox
    from autodiff_cli.exact.enclosure import Bounds, Box

_BITS = 256
_LONGEST = 60  # characters of a step in a message


@dataclass(slots=True)
class Enclosure:
    """Where the value lies, and by name the intervals that are given or follow, and where the slopes lie."""

    value: "Bounds"
    intervals: "dict[str, Bounds]"
    gradients: "dict[str, Bounds | None]"


def report_of_enclosed(
    expression: Expression,
    point: Mapping[str, float],
    typed: Mapping[str, str],
    enclosed: Mapping[str, Enclosed],
    wrt: Collection[str] = (),
) -> Report:
    """The report at the middle of the intervals, with the enclosure; `typed` has all values as they are typed.

    Raises AutodiffError where python-flint is missing, and where no finite value is certain.
    """
    require()
    from autodiff_cli.exact.enclosure import Bounds, Boxed

    ends = [{**typed} | {name: one.typed[side] for name, one in enclosed.items()} for side in (0, 1)]
    balls = Balls(_BITS)
    low, high = [ExactGraph(expression, one, wrt, exact_floats=False).leaves(balls) for one in ends]
    nodes = [expression.variables[name] for name in enclosed]
    box = {node: (low[node], high[node]) for node in nodes}
    boxed = Boxed(expression, low, box)
    value, said = boxed.value(), []
    if value is None:
        boxed = _closed(expression, low, box, enclosed)
        value = boxed.value()
        said = _limits(expression, boxed, enclosed, value)
    report = report_at(expression, point, wrt)
    slopes = boxed.gradients()
    intervals = {name: Bounds(one.low, one.high) for name, one in enclosed.items()}
    for row in report.rows:
        if row.computed and (found := boxed.value(expression.steps[row.name])):
            intervals[row.name] = found
    gradients = {name: slopes[expression.variables[name]] for name in enclosed}
    report.enclosure = Enclosure(value, intervals, gradients)
    report.notes += said
    report.notes += [
        f"the slope by {name} is not known over the interval" for name, slope in gradients.items() if slope is None
    ]
    return report


def _closed(
    expression: Expression, leaves: Mapping[Value, Any], box: "Box", enclosed: Mapping[str, Enclosed]
) -> "ClosedBox":
    """The box with what is known at the edge of a domain. Raises UndefinedError where it may reach beyond one."""
    from autodiff_cli.exact.closed_box import ClosedBox, Outside

    where = ", ".join([f"{name} in [{', '.join(one.typed)}]" for name, one in enclosed.items()])
    message = f"there is no enclosure for {where}"
    try:
        closed = ClosedBox(expression, leaves, box)
    except Outside as outside:
        raise UndefinedError(
            f"{message}: {_why(outside.node)}",
            source=expression.source,
            span=expression.places.get(outside.node),
            hint="one that reaches across a pole, a jump or the edge of a domain has none; it may end at an edge",
        ) from None
    if closed.value() == (-inf, inf):
        hint = "one that ends farther from the edge of the domain has one"
        raise UndefinedError(f"{message}: no bound of {expression} is known there", hint=hint)
    return closed


def _why(node: Value) -> str:
    """Why a step may have no value, or none that is known."""
    function, text = node.rule.function, to_text(node, _LONGEST)
    if not _depends(node, function.domain):
        is_step = function.jumps or len(node.rule.zero_partials) == len(function.args) or function.name == "where"
        return f"{text} may jump there" if is_step else f"{text} may have no finite value there"
    arguments = dict(zip(function.args, [to_text(arg, _LONGEST) for arg in node.args], strict=False))
    domain = re.sub(r"\b[a-z]\b", lambda name: arguments.get(name[0], name[0]), function.domain)
    return f"{text} needs {domain}, which may not hold there"


def _depends(node: Value, domain: str) -> bool:
    """Whether a domain is about an argument that is no constant; that of mod(x, 3) is about the 3."""
    named = zip(node.rule.function.args, node.args, strict=False)
    return any(arg.requires_grad and re.search(rf"\b{name}\b", domain) for name, arg in named)


def _limits(
    expression: Expression, closed: "ClosedBox", enclosed: Mapping[str, Enclosed], value: "Bounds"
) -> list[str]:
    """What is to be said of bounds at an edge: where they are limits, and where there are none."""
    words = [word for word, end in (("lower", value.low), ("upper", value.high)) if isinf(end)]
    said = [f"no {word} bound of {expression} is known: it may grow without end at the edge" for word in words]
    for name, one in enclosed.items():
        lacking = closed.lacks_value(expression.variables[name])
        if ends := [*compress(one.typed, lacking)]:
            said.append(f"at {name} = {' and '.join(ends)} there may be no value: the bounds hold for all others")
    return said
