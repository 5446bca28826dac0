"""The points of a plot for programs: JSON, CSV and TSV. Where there is no number, a null or an empty cell."""

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from autodiff_cli.render.data import plain, separated
from autodiff_cli.reports.curves import Curves
from autodiff_cli.reports.plot import Field, Line


def to_json(plot: Line | Field | Curves) -> str:
    """One object. Of a line `x`, `value` and `derivative` are lists; of a field `values` are rows, as `y` goes up.

    Of several curves, `curves` are such lines.
    """
    if isinstance(plot, Curves):
        lines = [{"label": label, **_line(one)} for label, one in zip(plot.labels, plot.lines, strict=True)]
        return json.dumps({"curves": lines, "notes": plot.notes})
    found = {"expression": plot.expression, **(_line(plot) if isinstance(plot, Line) else _field(plot))}
    if plot.spot:
        found["at"] = plot.spot.at | {
            "value": plain(plot.spot.value),
            "gradient": {row.name: plain(row.gradient) for row in plot.spot.rows},
            "verdict": {row.name: row.verdict.value for row in plot.spot.rows},
        }
    found["notes"] = plot.notes
    return json.dumps(found)


def _line(plot: Line) -> dict[str, Any]:
    ((name, span),) = plot.spans.items()
    x, value, derivative = (_known(numbers) for numbers in zip(*plot.points, strict=True))
    return {
        "variable": name,
        "range": list(span),
        "point": plot.fixed,
        "x": x,
        "value": value,
        "derivative": derivative,
        "breaks": [{"x": place.x, "kind": place.kind} for place in plot.breaks],
        **({"marks": [mark._asdict() for mark in plot.marks]} if plot.marks else {}),
    }


def _field(plot: Field) -> dict[str, Any]:
    return {
        "variables": [*plot.spans],
        "ranges": [*map(list, plot.spans.values())],
        "point": plot.fixed,
        "x": plot.xs,
        "y": plot.ys,
        "values": [*map(_known, plot.values)],
        "gradients": [{"x": x, "y": y, "gradient": [*gradient]} for x, y, *gradient in plot.arrows],
    }


def to_separated(plot: Line | Field | Curves, format: str) -> str:
    """A header and a row a point, as csv or tsv; of several curves the first cell names the curve."""
    return separated(_rows(plot), format)


def _rows(plot: Line | Field | Curves) -> Iterator[Sequence[Any]]:
    if isinstance(plot, Curves):
        yield ["curve", *plot.spans, "value", "derivative"]
        for label, one in zip(plot.labels, plot.lines, strict=True):
            yield from [[label, *_known(point)] for point in one.points]
        return
    if isinstance(plot, Line):
        yield [*plot.spans, "value", "derivative"]
        yield from map(_known, plot.points)
        return
    yield [*plot.spans, "value"]
    for y, row in zip(plot.ys, plot.values, strict=True):
        for x, value in zip(plot.xs, row, strict=True):
            yield _known([x, y, value])


def _known(numbers: Iterable[float]) -> list[float | None]:
    return [*map(_or_null, numbers)]


def _or_null(number: float) -> float | None:
    """The number, or null where there is none."""
    return number if number == number else None
