"""Reports at many points: a row each as a table, CSV or TSV, an object each as JSON lines, or one number each."""

import json
from collections.abc import Iterable, Iterator

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
    if only:
        _print(data.only(report, only) if report else "" for _, report in points)
    elif format == "json":
        _print(map(_json_line, points))
    elif format == "table":
        _table([*names, "value", *[f"d/d{name}" for name in by], "verdict"], points, precision or _DIGITS)
    else:
        _print(_separated(points, names, by, format))


def _print(lines: Iterable[str]) -> None:
    for line in lines:
        print(line)


def _json_line(point: Point) -> str:
    at, report = point
    return data.to_json(report) if report else json.dumps({"point": at, "value": None})


def _separated(points: Points, names: list[str], by: list[str], format: str) -> Iterator[str]:
    header = [*names, "value", *[f"gradient_{name}" for name in by], *[f"verdict_{name}" for name in by]]
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


def _table(header: list[str], points: Points, digits: int) -> None:
    from rich.text import Text

    from autodiff_cli.render.table import STYLES, aligned, grid

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
    from autodiff_cli.render.table import number

    numbers, verdicts = [*at.values()], ""
    if report:
        numbers += [report.value, *[one.gradient for one in report.rows]]
        verdicts = " ".join(dict.fromkeys(one.verdict.value for one in report.rows))
    cells = [number(one, digits) for one in numbers]
    return [*cells, *["-"] * (width - 1 - len(cells)), verdicts or "-"]
