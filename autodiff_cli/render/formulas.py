"""Derivatives as text: one formula a line, JSON, CSV and TSV. Every formula is one that autodiff reads."""

import json
from collections.abc import Callable
from typing import Any

from autodiff_cli.engine.printer import name_of, number_text
from autodiff_cli.render.data import plain, separated
from autodiff_cli.reports.results import Derivative, Derivatives


def lines(found: Derivatives) -> list[tuple[str, str, str]]:
    """Name, formula and value of each step and derivative; a formula that stands alone has no name."""
    made = [(name, text, "") for name, text in found.steps.items()]
    for row in found.rows:
        name = "" if len(found.rows) == 1 else name_of(row.by)
        made.append((name, row.text, "" if row.value is None else number_text(row.value)))
    return made


def to_lines(found: Derivatives) -> str:
    """A line each, nothing folded."""
    made = lines(found)
    width = max([len(name) for name, *_ in made], default=0)
    shown = []
    for name, text, value in made:
        shown.append(f"{name:{width}} = {text}" if name else text)
        shown[-1] += f" = {value}" if value else ""
    return "\n".join(shown)


def to_dict(found: Derivatives) -> dict[str, Any]:
    """What JSON shows: formulas by variable, or as a Hessian by two; with a point also their values."""
    made: dict[str, Any] = {"expression": found.expression}
    order = len(found.rows[0].by) if found.rows else 1
    if order > 1 and not found.hessian:
        made["order"] = order
    made["hessian" if found.hessian else "derivatives"] = _nested(found, lambda row: row.alone)
    if any(row.value is not None for row in found.rows):
        made["values"] = _nested(found, lambda row: plain(row.value))
    if found.conditions:
        made["conditions"] = found.conditions
    return made


def _nested(found: Derivatives, cell: Callable[[Derivative], Any]) -> dict[str, Any]:
    if not found.hessian:
        return {row.by[0]: cell(row) for row in found.rows}
    cells = {row.by: cell(row) for row in found.rows}
    names = [row.by[0] for row in found.rows if row.by[0] == row.by[1]]
    return {a: {b: cells[a, b] if (a, b) in cells else cells[b, a] for b in names} for a in names}


def to_json(found: Derivatives) -> str:
    """One object."""
    return json.dumps(to_dict(found))


def to_separated(found: Derivatives, separator: str) -> str:
    """A header and a row a derivative."""
    valued = any(row.value is not None for row in found.rows)
    rows = [["by", "derivative", *["value"] * valued]]
    rows += [[" ".join(row.by), row.alone, *[repr(row.value)] * valued] for row in found.rows]
    return separated(rows, separator)
