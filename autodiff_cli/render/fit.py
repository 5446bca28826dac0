"""A fit: the parameters as a table with what the residuals say, as JSON, as CSV or TSV."""

import json
from typing import TYPE_CHECKING, Any

from autodiff_cli.render.data import pick, plain, separated
from autodiff_cli.render.phrases import counted

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from autodiff_cli.render.report import Columns
    from autodiff_cli.reports.fit import FitReport

_DIGITS = 10
_FEW = 7  # digits of what the residuals come to


def to_dict(report: "FitReport") -> dict[str, Any]:
    """What JSON shows."""
    parameters = {
        one.name: {"value": one.value, "sigma": one.sigma, "start": one.start, "at_bound": one.at_bound}
        for one in report.parameters
    }
    return {
        "expression": report.expression,
        "response": report.response,
        "found": report.found,
        "parameters": parameters,
        "covariance": report.covariance,
        "correlation": report.correlation,
        "rows": report.rows,
        "degrees_of_freedom": report.degrees_of_freedom,
        "sum_of_squares": report.sum_of_squares,
        "residual_sd": report.residual_sd,
        "scaled": report.scaled,
        "evaluations": report.evaluations,
        "notes": report.notes,
    }


def to_json(report: "FitReport") -> str:
    """One object."""
    return json.dumps(to_dict(report))


def to_separated(report: "FitReport", format: str) -> str:
    """A header and a row a parameter."""
    lines: list[list[Any]] = [["parameter", "value", "sigma", "start"]]
    lines += [[one.name, plain(one.value), one.sigma, one.start] for one in report.parameters]
    return separated(lines, format)


def only(report: "FitReport", path: str) -> str:
    """One number or word, bare; the name of a parameter is its value.

    Raises AutodiffError where there is none.
    """
    values = {one.name: one.value for one in report.parameters}
    if path in values:
        return str(values[path])
    return pick(to_dict(report), path, path.split("."), f"there is no {path} here")


def show(report: "FitReport", console: "Console", precision: int | None = None) -> None:
    """Print a row a parameter, and what the residuals say."""
    from rich.text import Text

    sign = "+-" if console.options.ascii_only else "±"
    console.print(_drawn(_columns(report, precision or _DIGITS, sign), console.width), soft_wrap=True)
    for line in _lines(report, sign):
        console.print(Text(line), soft_wrap=True)


def _columns(report: "FitReport", digits: int, sign: str) -> "Columns":
    """The parameters as texts, by header."""
    from autodiff_cli.render.report import aligned, number

    return {
        "parameter": [one.name for one in report.parameters],
        "value": aligned([number(one.value, digits) for one in report.parameters]),
        sign: aligned(["-" if one.sigma is None else number(one.sigma, digits) for one in report.parameters]),
        "start": [number(one.start, digits) for one in report.parameters],
    }


def _drawn(columns: "Columns", room: int) -> "Table | Text":
    """The parameters as a table; without the starts, or each as lines of its own, where there is no room."""
    from rich.text import Text

    from autodiff_cli.render.report import block, grid, width

    if width(columns) - 2 > room:
        columns = {header: texts for header, texts in columns.items() if header != "start"}
    if width(columns) - 2 > room:
        name, *others = columns
        rows = zip(*[columns[header] for header in others], strict=True)
        lines = [[f"  {header:5}  {text.strip()}" for header, text in zip(others, row, strict=True)] for row in rows]
        return Text("\n").join([block(title, own) for title, own in zip(columns[name], lines, strict=True)])
    table = grid()
    for header in columns:
        table.add_column(header, no_wrap=True)
    for texts in zip(*columns.values(), strict=True):
        table.add_row(*map(Text, texts))
    return table


def _lines(report: "FitReport", sign: str) -> list[str]:
    """What the residuals say, and how far the parameters go together."""
    from autodiff_cli.render.report import number

    degrees = report.degrees_of_freedom
    freedom = f"{counted(degrees, 'degree')} of freedom"
    residuals = "residuals" if report.scaled else "residuals over their sigma"
    spread = f"{residuals} {sign} {number(report.residual_sd, _FEW)}, " if report.residual_sd is not None else ""
    lines = [
        f"{counted(report.rows, 'row')}, {freedom}; {spread}sum of squares {number(report.sum_of_squares, _DIGITS)}"
    ]
    errors = "errors scaled by the residuals (--sigma COLUMN: as given)" if report.scaled else "errors as given"
    if not report.found:
        return [*lines, "this is no fit that can be trusted"]
    if not report.covariance:
        return lines
    pair = _closest(report)
    return [*lines, f"{pair}; {errors}" if pair else errors]


def _closest(report: "FitReport") -> str:
    """The two parameters that go together most."""
    names = [*report.correlation]
    pairs = [(a, b) for place, a in enumerate(names) for b in names[place + 1 :]]
    if not pairs:
        return ""
    a, b = max(pairs, key=lambda pair: abs(report.correlation[pair[0]][pair[1]]))
    largest = "correlation" if len(pairs) == 1 else "largest correlation,"
    return f"{largest} of {a} and {b}: {report.correlation[a][b]:.4f}"
