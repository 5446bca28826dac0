"""The points of a plot for programs: JSON, CSV and TSV. Where there is no number, a null or an empty cell."""

import json
from itertools import product
from typing import Any

from autodiff_cli.render.data import plain, separated
from autodiff_cli.reports.plot import Field, Line


def to_json(plot: Line | Field) -> str:
    """One object. Of a line `x`, `value` and `derivative` are lists; of a field `values` are rows, as `y` goes up."""
    found: dict[str, Any] = {"expression": plot.expression}
    if isinstance(plot, Line):
        found |= {"variable": plot.variable, "range": list(plot.range), "point": plot.fixed}
        found |= {
            key: [_known(number) for number in numbers]
            for key, numbers in zip(("x", "value", "derivative"), zip(*plot.points, strict=True), strict=True)
        }
        found["breaks"] = [{"x": place.x, "kind": place.kind} for place in plot.breaks]
    else:
        x, y = plot.variables
        found |= {"variables": [x, y], "ranges": [list(span) for span in plot.ranges], "point": plot.fixed}
        found |= {"x": plot.xs, "y": plot.ys, "values": [[_known(number) for number in row] for row in plot.values]}
        found["gradients"] = [{"x": u, "y": v, "gradient": [gu, gv]} for u, v, gu, gv in plot.arrows]
    if plot.spot:
        found["at"] = plot.spot.at | {
            "value": plain(plot.spot.value),
            "gradient": {row.name: plain(row.gradient) for row in plot.spot.rows},
            "verdict": {row.name: row.verdict.value for row in plot.spot.rows},
        }
    found["notes"] = plot.notes
    return json.dumps(found)


def to_separated(plot: Line | Field, format: str) -> str:
    """A header and a row a point."""
    if isinstance(plot, Line):
        header = [plot.variable, "value", "derivative"]
        rows = [[_known(number) for number in point] for point in plot.points]
    else:
        header = [*plot.variables, "value"]
        rows = [[x, y, _known(plot.values[j][i])] for (j, y), (i, x) in product(enumerate(plot.ys), enumerate(plot.xs))]
    return separated([header, *rows], format)


def _known(number: float) -> float | None:
    return number if number == number else None
