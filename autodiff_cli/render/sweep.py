"""Reports at many points: a row each as a table, CSV or TSV, an object each as JSON lines, or one number each."""

import json
from collections.abc import Iterable, Iterator

from autodiff_cli.render import data
from autodiff_cli.render.console import printed
from autodiff_cli.reports.results import Report

_DIGITS = 8

Points = Iterable[tuple[dict[str, float], Report | None]]


def show(
    points: Points, names: list[str], by: list[str], only: str | None, format: str, precision: int | None = None
) -> None:
    """Print each as it comes; a table when all are there. Where there is no value, cells are empty."""
    if only:
        for _, report in points:
            print(data.only(report, only) if report else "")
    elif format == "json":
        for at, report in points:
            print(data.to_json(report) if report else json.dumps({"point": at, "value": None}))
    else:
        header = [*names, "value", *[f"gradient_{name}" for name in by], *[f"verdict_{name}" for name in by]]
        if format == "table":
            _table([*names, "value", *[f"d/d{name}" for name in by], "verdict"], points, precision or _DIGITS)
            return
        separator = "," if format == "csv" else "\t"
        print(data.separated([header], separator))
        for row in _rows(points, len(header)):
            print(data.separated([row], separator))


def _rows(points: Points, width: int) -> Iterator[list[float | str | None]]:
    for at, report in points:
        row: list[float | str | None] = [*at.values()]
        if report:
            row += [report.value, *[one.gradient for one in report.rows], *[one.verdict.value for one in report.rows]]
        yield row + [None] * (width - len(row))


def _table(header: list[str], points: Points, digits: int) -> None:
    from rich.text import Text

    from autodiff_cli.render.table import STYLES, aligned, grid, number

    columns: list[list[str]] = [[] for _ in header]
    for at, report in points:
        numbers = [*at.values()]
        verdicts = ""
        if report:
            numbers += [report.value, *[one.gradient for one in report.rows]]
            verdicts = " ".join(dict.fromkeys(one.verdict.value for one in report.rows))
        cells = [number(one, digits) for one in numbers]
        cells += ["-"] * (len(header) - 1 - len(cells)) + [verdicts or "-"]
        for column, cell in zip(columns, cells, strict=True):
            column.append(cell)
    table = grid()
    for name in header:
        table.add_column(name, no_wrap=True)
    for row in zip(*[aligned(column) for column in columns[:-1]], columns[-1], strict=True):
        table.add_row(*row[:-1], Text(row[-1], STYLES.get(row[-1], "")))
    with printed() as console:
        console.print(table)
