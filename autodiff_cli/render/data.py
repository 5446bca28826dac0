"""A report for programs: JSON, CSV and TSV. Every float reads back as the same float; no infinity without quotes."""

import json
from collections.abc import Callable, Iterable
from math import isfinite
from typing import Any

from autodiff_cli.errors import AutodiffError, Exit, did_you_mean
from autodiff_cli.reports.results import Proof, Report, Row

_COLUMNS: dict[str, Callable[[Any], Any]] = {
    "point": lambda row: row.value,
    "gradient": lambda row: row.gradient,
    "finite_difference": lambda row: row.estimate,
    "bound": lambda row: row.bound,
    "verdict": lambda row: row.verdict.value,
}
_PROVEN: dict[str, Callable[[Any], Any]] = {
    "point": lambda row: row.value.text or None,
    "gradient": lambda row: row.gradient.text or None,
    "proven": lambda row: row.gradient.how or row.gradient.why,
}


def _columns(report: Report | Proof) -> dict[str, Callable[[Any], Any]]:
    if isinstance(report, Proof):
        return _PROVEN
    return _COLUMNS if report.proven is None else _COLUMNS | {"proven_digits": lambda row: _count(row.proven)}


def _count(proven: str) -> int | str | None:
    return int(proven) if proven.isdecimal() else proven or None


def plain(cell: Any) -> Any:
    """What JSON can hold: of a float that is not finite, its name."""
    return cell if not isinstance(cell, float) or isfinite(cell) else str(cell)


def to_json(report: Report | Proof) -> str:
    """One object; what is not finite is the string "inf", "-inf" or "nan"."""
    return json.dumps({key: plain(cell) for key, cell in to_dict(report).items()})


def to_dict(report: Report | Proof) -> dict[str, Any]:
    """What JSON shows: the columns are objects by variable, and the values of a program's named steps are `steps`.

    Proven numbers are strings, and what could not be proven is null.
    """
    found: dict[str, Any] = {"expression": report.expression}
    if isinstance(report, Proof):
        found |= {"digits": report.digits, "value": report.value.text or None}
    else:
        found |= {"value": report.value} | ({} if report.proven is None else {"value_digits": _count(report.proven)})
    found |= {name: {row.name: plain(get(row)) for row in report.rows} for name, get in _columns(report).items()}
    steps = {row.name: found["point"].pop(row.name) for row in report.rows if row.computed}
    found |= {"steps": steps} if steps else {}
    if isinstance(report, Report) and report.second:
        for name, get in list(_COLUMNS.items())[1:]:
            found["hessian" if name == "gradient" else f"hessian_{name}"] = _square(report.second, get)
    return found


def _square(rows: list[Row], get: Callable[[Any], Any]) -> dict[str, dict[str, Any]]:
    """Second derivatives by both names."""
    cells = {tuple(row.name.split(" ")): plain(get(row)) for row in rows}
    names = dict.fromkeys(name for pair in cells for name in pair)
    return {a: {b: cells[a, b] if (a, b) in cells else cells[b, a] for b in names} for a in names}


def only(report: Report | Proof, path: str) -> str:
    """One number or word of the report, bare: `value`, `gradient.a`, `verdict.a`.

    Raises AutodiffError where there is none of that name.
    """
    return pick(to_dict(report), path, path.split("."), f"{path} could not be proven")


def pick(found: Any, path: str, parts: list[str], missing: str) -> str:
    """What is at the end of a path through objects and lists; what is `missing` is said of a null."""
    for part in parts:
        if isinstance(found, list):
            found = {str(at): cell for at, cell in enumerate(found)}
        if not isinstance(found, dict) or part not in found:
            known = [*found] if isinstance(found, dict) else []
            there_are = f"there are {', '.join(known[:20])}" if known else f"{parts[0]} is one number or word"
            if known[:1] == ["0"]:
                there_are = f"the orders are 0 to {known[-1]}"
            raise AutodiffError(f"there is no '{path}' in the result", hint=did_you_mean(part, known) or there_are)
        found = found[part]
    if isinstance(found, list):
        found = dict(enumerate(found))
    if isinstance(found, dict):
        first = next(iter(found), "x")
        more = f".{next(iter(found[first]))}" if isinstance(found.get(first), dict) else ""
        raise AutodiffError(f"'{path}' is not one number", hint=f"as in --only {path}.{first}{more}")
    if found is None:
        raise AutodiffError(missing, exit=Exit.UNDEFINED)
    return str(found)


def to_separated(report: Report | Proof, separator: str) -> str:
    """A header and a row a variable."""
    columns = _columns(report)
    rows = [[row.name, *[get(row) for get in columns.values()]] for row in report.rows]
    if isinstance(report, Report):  # the point of a second derivative has been given already
        rows += [[row.name, None, *[get(row) for get in list(columns.values())[1:]]] for row in report.second]
    return separated([["variable", *columns], *rows], separator)


def separated(rows: Iterable[Iterable[Any]], separator: str) -> str:
    """Lines of cells; one with a separator in it is quoted."""
    return "\n".join([separator.join([_cell(cell, separator) for cell in row]) for row in rows])


def _cell(cell: Any, separator: str) -> str:
    text = "" if cell is None else repr(cell) if isinstance(cell, float) else str(cell)
    return f'"{text}"' if separator in text else text
