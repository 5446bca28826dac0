"""Reports at many points: a row each as a table, CSV or TSV, an object each as JSON lines, or one number each."""

import json
from collections.abc import Iterable, Iterator
from functools import partial

from autodiff_cli.render import data
from autodiff_cli.render.console import printed
from autodiff_cli.reports.results import Report

_DIGITS = 8

Point = tuple[dict[str, float], Report | None]
Points = Iterable[Point]


def show(
    points: Points, names: list[str], by: list[str], only: str | None, format: str, precision: int | None = None
) -> None:
    """Print each as it comes; a table when all are there. Where there is no value, cells are empty."""
    lines: Iterable[str]
    if format == "table" and not only:
        _table(names, by, points, precision or _DIGITS)
        return
    if only:
        lines = map(partial(_number, only=only), points)
    elif format == "json":
        lines = map(_json_line, points)
    else:
        lines = _separated(points, names, by, format)
    for line in lines:
        print(line)


def _number(point: Point, only: str) -> str:
    _, report = point
    return data.only(report, only) if report else ""


def _json_line(point: Point) -> str:
    at, report = point
    return data.to_json(report) if report else json.dumps({"point": at, "value": None})


def _separated(points: Points, names: list[str], by: list[str], format: str) -> Iterator[str]:
    gradients = [f"gradient_{name}" for name in by]
    verdicts = [f"verdict_{name}" for name in by]
    header = [*names, "value", *gradients, *verdicts]
    yield data.separated([header], format)
    for at, report in points:
        yield data.separated([_row(at, report, len(header))], format)


def _row(at: dict[str, float], report: Report | None, width: int) -> list[float | str | None]:
    """The cells of a point; empty ones where there is no value."""
    row: list[float | str | None] = [*at.values()]
    if report:
        gradients = [one.gradient for one in report.rows]
        row += [report.value, *gradients, *[one.verdict.value for one in report.rows]]
    return row + [None] * (width - len(row))


def _table(names: list[str], by: list[str], points: Points, digits: int) -> None:
    from rich.text import Text

    from autodiff_cli.render.report import STYLES, aligned, grid

    header = [*names, "value", *[f"d/d{name}" for name in by], "verdict"]
    rows = [_cells(at, report, len(header), digits) for at, report in points]
    *numbers, verdicts = map(list, zip(*rows, strict=True))
    table = grid()
    for name in header:
        table.add_column(name, no_wrap=True)
    for *texts, verdict in zip(*map(aligned, numbers), verdicts, strict=True):
        table.add_row(*texts, Text(verdict, STYLES.get(verdict, "")))
    with printed() as console:
        console.print(table)


def _cells(at: dict[str, float], report: Report | None, width: int, digits: int) -> list[str]:
    """A row of the table: its numbers, and the verdicts on them, each once."""
    from autodiff_cli.render.report import number

    numbers, verdicts = [*at.values()], ""
    if report:
        numbers += [report.value, *[one.gradient for one in report.rows]]
        verdicts = " ".join(dict.fromkeys(one.verdict.value for one in report.rows))
    cells = [*map(partial(number, digits=digits), numbers)]
    return [*cells, *["-"] * (width - 1 - len(cells)), verdicts or "-"]
