"""A report for programs: JSON, CSV and TSV. Every float reads back as the same float; no infinity without quotes."""

import json
from collections.abc import Callable, Iterable, Mapping
from itertools import chain
from math import isfinite
from typing import TYPE_CHECKING, Any

from autodiff_cli.errors import AutodiffError, UndefinedError, did_you_mean
from autodiff_cli.reports.results import Report, Row, Verdict

if TYPE_CHECKING:
    from autodiff_cli.reports.along import Along
    from autodiff_cli.reports.enclosed import Enclosure
    from autodiff_cli.reports.moments import Moments
    from autodiff_cli.reports.proven import Proof
    from autodiff_cli.reports.uncertainty import Uncertainty

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

_UNCERTAIN: dict[str, Callable[["Uncertainty", str], float | None]] = {
    "sigma": lambda found, name: found.sigmas.get(name, 0.0),
    "contribution": lambda found, name: found.contribution(name),
    "share": lambda found, name: found.share(name),
}

_SEPARATORS = {"csv": ",", "tsv": "\t"}


def _columns(report: "Report | Proof") -> dict[str, Callable[[Any], Any]]:
    if not isinstance(report, Report):
        return _PROVEN
    if uncertainty := report.uncertainty:
        return _COLUMNS | {name: _of_row(cell, uncertainty) for name, cell in _UNCERTAIN.items()}
    if enclosure := report.enclosure:
        return _COLUMNS | _ends(enclosure)
    if report.proven is None:
        return _COLUMNS
    return _COLUMNS | {"proven_digits": lambda row: _count(row.proven)}


def _of_row(
    cell: Callable[["Uncertainty", str], float | None], uncertainty: "Uncertainty"
) -> Callable[[Any], float | None]:
    """What an uncertainty has of a row."""
    return lambda row: cell(uncertainty, row.name)


def _ends(enclosure: "Enclosure") -> dict[str, Callable[[Any], Any]]:
    """The ends of what a row lies in, and of its slopes."""

    def end(side: int) -> Callable[[Any], float | None]:
        return lambda row: bounds[side] if (bounds := enclosure.intervals.get(row.name)) else None

    def slope(side: int) -> Callable[[Any], float | None]:
        return lambda row: bounds[side] if (bounds := enclosure.gradients.get(row.name)) else None

    return {"low": end(0), "high": end(1), "gradient_low": slope(0), "gradient_high": slope(1)}


def _count(proven: str) -> int | str | None:
    """How many digits are right as a number, "exact", or None where that is not known."""
    if proven.isdecimal():
        return int(proven)
    return proven or None


def plain(cell: Any) -> Any:
    """What JSON can hold: of a float that is not finite, its name."""
    if isinstance(cell, float) and not isfinite(cell):
        return str(cell)
    return cell


def to_json(report: "Report | Proof") -> str:
    """One object; what is not finite is the string "inf", "-inf" or "nan"."""
    return json.dumps({key: plain(cell) for key, cell in to_dict(report).items()})


def to_dict(report: "Report | Proof") -> dict[str, Any]:
    """What JSON shows: the columns are objects by variable, and the values of a program's named steps are `steps`.

    Proven numbers are strings, and what could not be proven is null.
    """
    found = {"expression": report.expression, **_value(report)}
    for name, cell in _columns(report).items():
        found[name] = _column(report.rows, cell)
    if isinstance(report, Report) and report.enclosure:
        found["interval"] = {name: [*map(plain, bounds)] for name, bounds in report.enclosure.intervals.items()}
        slopes = report.enclosure.gradients.items()
        found["gradient_enclosure"] = {name: bounds and [*map(plain, bounds)] for name, bounds in slopes}
        for name in ("low", "high", "gradient_low", "gradient_high"):
            del found[name]
    steps = {row.name: found["point"].pop(row.name) for row in report.rows if row.computed}
    if steps:
        found["steps"] = steps
    if isinstance(report, Report):
        found |= _details(report)
    if isinstance(report, Report) and report.second:
        found |= _hessian(report.second)
    return found | {"notes": report.notes}


def _details(report: Report) -> dict[str, Any]:
    """How far rounding may have moved the numbers; and of a kink the slopes on both sides."""
    found: dict[str, Any] = {"value_error": plain(report.error)}
    found["gradient_error"] = {row.name: plain(row.error) for row in report.rows}
    if report.uncertainty:
        found |= _methods(report.uncertainty)
    if report.along:
        found |= _along(report.along)
    kinks = {row.name: [plain(row.left), plain(row.right)] for row in report.rows if row.verdict is Verdict.KINK}
    return found | {"sides": kinks} if kinks else found


def _along(found: "Along") -> dict[str, Any]:
    """The slope in a direction, and the steepest direction; null where there is none."""
    row = found.row
    sides = {"sides": [plain(row.left), plain(row.right)]} if row.verdict is Verdict.KINK else {}
    slope = {"slope": row.gradient, "finite_difference": row.estimate, "bound": row.bound}
    steepest = {"direction": found.steepest, "slope": found.greatest} if found.steepest else None
    along = {"direction": found.direction, **{key: plain(cell) for key, cell in slope.items()}}
    return {"along": along | {"verdict": row.verdict.value} | sides, "steepest": steepest}


def _methods(uncertainty: "Uncertainty") -> dict[str, Any]:
    """What the second order and the samples say beside the linear rule; null where there is none."""
    second = uncertainty.second_order
    return {"second_order": _moments(second) if second else None, "sampled": sampled(uncertainty)}


def sampled(uncertainty: "Uncertainty") -> dict[str, Any] | None:
    """What samples show; None where there are none."""
    found = uncertainty.sampled
    if found is None:
        return None
    counts = {"rows": found.rows, "without_value": found.without_value}
    return _moments(found.moments) | {"interval": [*map(plain, found.interval)], **counts}


def _moments(moments: "Moments") -> dict[str, Any]:
    return {"value": plain(moments.mean), "uncertainty": plain(moments.sigma)}


def _value(report: "Report | Proof") -> dict[str, Any]:
    """The value, how uncertain it is, and how many of its digits are known."""
    if not isinstance(report, Report):
        return {"digits": report.digits, "value": report.value.text or None}
    if report.uncertainty:
        return {"value": report.value, "uncertainty": plain(report.uncertainty.sigma)}
    if report.enclosure:
        return {"value": report.value, "enclosure": [*map(plain, report.enclosure.value)]}
    if report.proven is None:
        return {"value": report.value}
    return {"value": report.value, "value_digits": _count(report.proven)}


def _column(rows: Iterable[Any], cell: Callable[[Any], Any]) -> dict[str, Any]:
    """A column as an object by variable."""
    return {row.name: plain(cell(row)) for row in rows}


def _hessian(rows: list[Row]) -> dict[str, Any]:
    """The columns of second derivatives but their point, which has been given already: objects by two variables."""
    _, *columns = _COLUMNS.items()
    found = {}
    for name, cell in columns:
        cells = {pair_of(row.name): plain(cell(row)) for row in rows}
        found["hessian" if name == "gradient" else f"hessian_{name}"] = square(cells)
    return found


def pair_of(name: str) -> tuple[str, str]:
    """The two names of a second derivative, "x y"."""
    first, second = name.split(" ")
    return first, second


def square(cells: Mapping[tuple[str, str], Any]) -> dict[str, dict[str, Any]]:
    """Second derivatives by both names, where each is given once.

    >>> square({("x", "x"): 2, ("x", "y"): 0, ("y", "y"): 4})
    {'x': {'x': 2, 'y': 0}, 'y': {'x': 0, 'y': 4}}
    """
    names = dict.fromkeys(chain.from_iterable(cells))
    both = {(b, a): cell for (a, b), cell in cells.items()} | dict(cells)
    return {a: {b: both[a, b] for b in names} for a in names}


def only(report: "Report | Proof", path: str) -> str:
    """One number or word of the report, bare: `value`, `gradient.a`, `verdict.a`.

    Raises AutodiffError where there is none of that name.
    """
    return pick(to_dict(report), path, path.split("."), f"{path} could not be proven")


def pick(found: Any, path: str, parts: list[str], missing: str) -> str:
    """What is at the end of a path through objects and lists; what is `missing` is said of a null.

    >>> pick({"gradient": {"a": -0.5}}, "gradient.a", ["gradient", "a"], "it is not known")
    '-0.5'
    """
    for part in parts:
        known = _by_name(found)
        if part not in known:
            hint = did_you_mean(part, list(known)) or _there_is(list(known), parts[0])
            raise AutodiffError(f"there is no '{path}' in the result", hint=hint)
        found = known[part]
    if isinstance(found, (dict, list)):
        raise AutodiffError(f"'{path}' is not one number", hint=f"as in --only {path}.{_first(_by_name(found))}")
    if found is None:
        raise UndefinedError(missing)
    return str(found)


def _by_name(found: Any) -> dict[str, Any]:
    """The parts of an object by name, of a list by number; of anything else none."""
    if isinstance(found, list):
        return dict(zip(map(str, range(len(found))), found, strict=True))
    return found if isinstance(found, dict) else {}


def _there_is(known: list[str], whole: str) -> str:
    """What there is in place of a part that is not there."""
    if not known:
        return f"{whole} is one number or word"
    return f"the orders are 0 to {known[-1]}" if known[0] == "0" else f"there are {', '.join(known[:20])}"


def _first(parts: dict[str, Any]) -> str:
    """The path to the first number among some parts."""
    name = next(iter(parts), "x")
    inner = parts.get(name)
    return f"{name}.{next(iter(inner))}" if isinstance(inner, dict) else name


def to_separated(report: "Report | Proof", format: str) -> str:
    """A header and a row a variable."""
    return separated(cells(report), format)


def cells(report: "Report | Proof") -> list[list[Any]]:
    """The same as lists of cells."""
    columns = _columns(report)
    lines: list[list[Any]] = [["variable", *columns]]
    for row in report.rows:
        lines.append([row.name, *[cell(row) for cell in columns.values()]])
    if isinstance(report, Report):
        lines += map(_second_line, report.second)
    return lines


def _second_line(row: Row) -> list[Any]:
    """A second derivative; its point has been given already."""
    _, *cells = _COLUMNS.values()
    return [row.name, None, *[cell(row) for cell in cells]]


def separated(rows: Iterable[Iterable[Any]], format: str) -> str:
    """Lines of cells, as CSV or TSV; one with a separator in it is quoted.

    >>> print(separated([["a", "b"], ["x, y", None]], "csv"))
    a,b
    "x, y",
    """
    separator = _SEPARATORS[format]
    return "\n".join([separator.join([_cell(cell, separator) for cell in row]) for row in rows])


def _cell(cell: Any, separator: str) -> str:
    if cell is None:
        return ""
    text = str(cell)  # of a float all its digits
    return f'"{text}"' if separator in text else text
