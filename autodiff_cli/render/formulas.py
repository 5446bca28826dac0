"""Derivatives as text: one formula a line, JSON, CSV and TSV. Every formula is one that autodiff reads."""

import json
from collections.abc import Callable
from typing import Any, NamedTuple, cast

from autodiff_cli.engine.printer import name_of, number_text
from autodiff_cli.render.data import plain, separated, square
from autodiff_cli.reports.derived import Derivative, Derivatives


class FormulaLine(NamedTuple):
    """A step or a derivative; a formula that stands alone has no name."""

    name: str
    formula: str
    value: str


def lines(found: Derivatives) -> list[FormulaLine]:
    """The steps, then the derivatives."""
    made = [FormulaLine(name, text, "") for name, text in found.steps.items()]
    for row in found.rows:
        name = name_of(row.by, row.of) if len(found.rows) > 1 or row.of else ""
        made.append(FormulaLine(name, row.text, _value(row)))
    return made


def _value(row: Derivative) -> str:
    """The value at the point, if there is one."""
    return "" if row.value is None else number_text(row.value)


def to_lines(found: Derivatives) -> str:
    """A line each, nothing folded: `d/dx = 2 * x * y = 12`."""
    made = lines(found)
    width = max([len(line.name) for line in made], default=0)
    return "\n".join([_to_line(line, width) for line in made])


def _to_line(line: FormulaLine, width: int) -> str:
    name = line.name and line.name.ljust(width)
    return " = ".join(filter(None, (name, line.formula, line.value)))


def to_dict(found: Derivatives) -> dict[str, Any]:
    """What JSON shows: formulas by variable, or as a Hessian by two; with a point also their values.

    Of several results they are by result first, and those of first order are the `jacobian`.
    """
    made: dict[str, Any] = {"expression": found.expression}
    order = len(found.rows[0].by) if found.rows else 1
    if found.hessian:
        made["hessian"] = _nested(found, lambda row: row.alone)
    else:
        made |= {"order": order} if order > 1 else {}
        is_jacobian = order == 1 and any(row.of for row in found.rows)
        made["jacobian" if is_jacobian else "derivatives"] = _nested(found, lambda row: row.alone)
    if _has_values(found):
        made["values"] = _nested(found, lambda row: plain(row.value))
    if found.conditions:
        made["conditions"] = found.conditions
    return made | {"notes": found.notes}


def _nested(found: Derivatives, cell: Callable[[Derivative], Any]) -> dict[str, Any]:
    """A cell for each derivative, by its variable or its two; a mixed one by its names, `x y`."""
    if found.hessian:
        cells = {row.by: cell(row) for row in found.rows}
        pairs = cast("dict[tuple[str, str], Any]", cells)
        return square(pairs)
    nested: dict[str, dict[str, Any]] = {}
    for row in found.rows:
        by = row.by if len({*row.by}) > 1 else row.by[:1]
        nested.setdefault(row.of, {})[" ".join(by)] = cell(row)
    return nested.get("", nested)


def _has_values(found: Derivatives) -> bool:
    """Whether there are values at a point."""
    return any(row.value is not None for row in found.rows)


def to_json(found: Derivatives) -> str:
    """One object."""
    return json.dumps(to_dict(found))


def to_separated(found: Derivatives, format: str) -> str:
    """A header and a row a derivative."""
    with_values = _has_values(found)
    of = ["of"] * any(row.of for row in found.rows)
    rows = [[*of, "by", "derivative", *["value"] * with_values]]
    for row in found.rows:
        rows.append([*[row.of] * len(of), " ".join(row.by), row.alone, *[repr(row.value)] * with_values])
    return separated(rows, format)
