"""A report for programs: JSON, CSV and TSV. Every float reads back as the same float; no infinity without quotes."""

import json
from collections.abc import Callable
from math import isfinite
from typing import Any

from autodiff_cli.errors import AutodiffError, did_you_mean
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
    return json.dumps({key: _plain(cell) for key, cell in to_dict(report).items()})


def to_dict(report: Report) -> dict[str, Any]:
    """What JSON shows: the columns are objects by variable, and the values of a program's named steps are `steps`."""
    columns = {name: {row.name: _plain(get(row)) for row in report.rows} for name, get in _COLUMNS.items()}
    steps = {row.name: columns["point"].pop(row.name) for row in report.rows if row.computed}
    return {"expression": report.expression, "value": report.value, **columns} | ({"steps": steps} if steps else {})


def only(report: Report, path: str) -> str:
    """One number or word of the report, bare: `value`, `gradient.a`, `verdict.a`.

    Raises AutodiffError where there is none of that name.
    """
    found: Any = to_dict(report)
    for part in path.split(".", 1):
        if not isinstance(found, dict) or part not in found:
            known = [*found] if isinstance(found, dict) else []
            there_are = f"there are {', '.join(known[:20])}" if known else f"{path.split('.')[0]} is one number or word"
            hint = did_you_mean(part, known) or there_are
            raise AutodiffError(f"there is no '{path}' in the result", hint=hint)
        found = found[part]
    if isinstance(found, dict):
        raise AutodiffError(f"'{path}' is not one number", hint=f"as in --only {path}.{next(iter(found), 'x')}")
    return str(found)


def to_separated(report: Report, separator: str) -> str:
    """A header and a row a variable."""
    lines = [separator.join(("variable", *_COLUMNS))]
    for row in report.rows:
        cells = [get(row) for get in _COLUMNS.values()]
        texts = [repr(cell) if isinstance(cell, float) else str(cell) for cell in cells]
        lines.append(separator.join((row.name, *texts)))
    return "\n".join(lines)
