"""A report for programs: JSON, CSV and TSV. Every float reads back as the same float; no infinity without quotes."""

import json
from collections.abc import Callable
from math import isfinite
from typing import Any

from autodiff_cli.report import Report

_COLUMNS: dict[str, Callable[[Any], Any]] = {
    "point": lambda row: row.value,
    "gradient": lambda row: row.gradient,
    "finite_difference": lambda row: row.estimate,
    "bound": lambda row: row.bound,
    "verdict": lambda row: row.verdict.value,
}


def _plain(cell: Any) -> Any:
    return cell if not isinstance(cell, float) or isfinite(cell) else str(cell)


def to_json(report: Report) -> str:
    """One object; what is not finite is the string "inf", "-inf" or "nan"."""
    columns = {name: {row.name: _plain(get(row)) for row in report.rows} for name, get in _COLUMNS.items()}
    return json.dumps({"expression": report.expression, "value": _plain(report.value), **columns})


def to_separated(report: Report, separator: str) -> str:
    """A header and a row a variable."""
    lines = [separator.join(("variable", *_COLUMNS))]
    for row in report.rows:
        cells = [get(row) for get in _COLUMNS.values()]
        texts = [repr(cell) if isinstance(cell, float) else str(cell) for cell in cells]
        lines.append(separator.join((row.name, *texts)))
    return "\n".join(lines)
