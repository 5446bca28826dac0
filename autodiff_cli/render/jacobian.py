"""Several results: a row each, a column a variable, as a table; or all that is known of each entry, for programs."""

import json
from typing import TYPE_CHECKING, Any

from autodiff_cli.engine.printer import name_of
from autodiff_cli.render import data

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from autodiff_cli.reports.jacobian import Jacobian
    from autodiff_cli.reports.results import Report

_ENDLESS = 100_000  # columns
_DIGITS = (10, 8, 6, 4)  # significant, what to try until it fits


def to_dict(report: "Jacobian") -> dict[str, Any]:
    """What JSON shows: as of one result, with each part by result; the gradients are the `jacobian`."""
    found: dict[str, Any] = {"value": {}, "point": {}, "jacobian": {}}
    for name, one in report.results.items():
        part = data.to_dict(one)
        found["point"] |= part.pop("point")
        found["jacobian"][name] = part.pop("gradient")
        for key in part.keys() - {"expression", "notes"}:
            found.setdefault(key, {})[name] = part[key]
    ordered = {key: found.pop(key) for key in ("value", "point", "jacobian")}
    return {"expression": report.expression, **ordered, **dict(sorted(found.items())), "notes": report.notes}


def to_json(report: "Jacobian") -> str:
    """One object."""
    return json.dumps(to_dict(report))


def only(report: "Jacobian", path: str) -> str:
    """One number or word, bare: `value.u`, `jacobian.u.x`, `verdict.u.x`.

    Raises AutodiffError where there is none of that name.
    """
    return data.pick(to_dict(report), path, path.split("."), f"there is no {path} here")


def to_separated(report: "Jacobian", format: str) -> str:
    """A header and a row an entry, with the result in front."""
    lines: list[list[Any]] = []
    for name, one in report.results.items():
        header, *rows = data.cells(one)
        lines += [["result", "value", *header]] * (not lines)
        lines += [[name, one.value, *row] for row in rows]
    return data.separated(lines, format)


def show(report: "Jacobian", console: "Console", precision: int | None = None) -> None:
    """Print the program, then the Jacobian; where that is too wide, a table a result."""
    from rich.text import Text

    from autodiff_cli.render.report import block, show_rows

    console.print(Text(report.expression.replace("; ", "\n")), soft_wrap=True)
    for digits in [precision] if precision else _DIGITS:
        table = _table(report, digits)
        if console.measure(table, options=console.options.update(max_width=_ENDLESS)).maximum <= console.width:
            console.print(table)
            return
    for name, one in report.results.items():
        console.print(block(f"{name} = {_number(one, precision or _DIGITS[0])}", ()), soft_wrap=True)
        show_rows(one, console, precision)


def _number(one: "Report", digits: int) -> str:
    from autodiff_cli.render.report import with_error

    return with_error(one.value, one.error, digits)


def _table(report: "Jacobian", digits: int) -> "Table":
    """A row a result: its value, and each gradient with its verdict behind it."""
    from rich.text import Text

    from autodiff_cli.render.report import STYLES, aligned, grid, with_error

    rows = [one.rows for one in report.results.values()]
    columns = []
    for entries in zip(*rows, strict=True):
        numbers = aligned([with_error(one.gradient, one.error, digits) for one in entries])
        verdicts = [Text(one.verdict.value, STYLES[one.verdict]) for one in entries]
        columns.append([Text(f"{number} ") + verdict for number, verdict in zip(numbers, verdicts, strict=True)])
    table = grid()
    for header in ("result", "value", *[name_of([one.name]) for one in rows[0]]):
        table.add_column(header, no_wrap=True)
    values = aligned([_number(one, digits) for one in report.results.values()])
    for row in zip(map(Text, report.results), map(Text, values), *columns, strict=True):
        table.add_row(*row)
    return table
