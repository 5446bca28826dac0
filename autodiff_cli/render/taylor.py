"""A Taylor polynomial: as a Rich table that fits the terminal, as JSON, as CSV or TSV."""

import json
from math import inf
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from autodiff_cli.engine.printer import number_text
from autodiff_cli.render.data import pick, plain, separated

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from autodiff_cli.render.report import Columns
    from autodiff_cli.reports.taylor import Coefficient, Taylor

_COLUMNS = ("coefficient", "derivative", "fraction", "proven", "estimate", "verdict")
_LINES = 4  # of the polynomial that are shown above the table
_FRACTION = 24  # characters of a fraction that gets into the table
_NUMBERS = ("coefficient", "derivative")
_VERDICT = 8  # columns
_LAYOUTS = ((True, 10), (False, 10), (False, 8), (False, 6), (False, 4))  # with fractions or not, significant digits


def to_dict(report: "Taylor") -> dict[str, Any]:
    """What JSON shows: the columns are arrays, by order; null is what there is not."""
    columns = {name: [_cell(term, name) for term in report.terms] for name in _COLUMNS}
    return {
        "expression": report.expression,
        **_variables(report),
        "point": {name: plain(number) for name, number in report.point.items()},
        "polynomial": report.polynomial or None,
        **columns,
        "notes": report.notes,
    }


def _variables(report: "Taylor") -> dict[str, Any]:
    """The variable of the series; of several, all of them, and the powers of each in every row."""
    if len(report.variables) == 1:
        return {"variable": report.variables[0]}
    terms = [report.monomial(term) for term in report.terms]
    return {"variables": report.variables, "powers": [[*term.powers] for term in report.terms], "term": terms}


def _cell(term: "Coefficient", column: str) -> Any:
    """A cell as JSON has it."""
    cell = getattr(term, column)
    is_missing = cell == "" or cell != cell
    return None if is_missing else plain(cell)


def to_json(report: "Taylor") -> str:
    """One object."""
    return json.dumps(to_dict(report))


def to_separated(report: "Taylor", format: str) -> str:
    """A header and a row an order, or of several variables a term."""
    is_one = len(report.variables) == 1
    lines: list[list[Any]] = [["order" if is_one else "term", *_COLUMNS]]
    for term in report.terms:
        lines.append([term.order if is_one else report.monomial(term), *[_cell(term, name) for name in _COLUMNS]])
    return separated(lines, format)


def only(report: "Taylor", path: str) -> str:
    """One number or word, bare: `polynomial`, `coefficient.5`, `coefficient.x*y`, `point.x`.

    Raises AutodiffError where there is none.
    """
    found = to_dict(report)
    if len(report.variables) > 1:
        found |= {name: dict(zip(found["term"], found[name], strict=True)) for name in _COLUMNS}
    return pick(found, path, path.split(".", 1), f"there is no {path} here")


def show(report: "Taylor", console: "Console", precision: int | None = None) -> None:
    """Print the polynomial, and a row an order. `precision` is in significant digits."""
    from rich.text import Text

    from autodiff_cli.render.report import block, headline

    console.print(headline(report.expression, console)[:-3] + Text(f" around {_place(report)}"), soft_wrap=True)
    console.print(Text(_cut(report.polynomial, _LINES * console.width), "bold"), soft_wrap=True)
    columns, fits = _laid_out(report, console.width, precision)
    if fits or not any(isinstance(term.coefficient, str) for term in report.terms):
        console.print(_table(report, columns))
        return
    for term in report.terms:
        lines = [f"  {name:11}  {_number(term, name, 17)}" for name in _NUMBERS]
        console.print(block(_head(report, term), lines), soft_wrap=True)


def _head(report: "Taylor", term: "Coefficient") -> str:
    return f"order {term.order}" if len(report.variables) == 1 else report.monomial(term)


def _cut(polynomial: str, longest: int) -> str:
    """The polynomial, cut before a term where it is too long."""
    if len(polynomial) <= longest:
        return polynomial
    end = max(polynomial.rfind(sign, 0, longest - 1) for sign in (" + ", " - "))
    return f"{polynomial[: max(end, 0) + 1]}…"


def _laid_out(report: "Taylor", room: int, precision: int | None) -> "tuple[Columns, bool]":
    """The columns with as much in them as there is room for, and whether they fit at all."""
    from autodiff_cli.render.report import width

    for fractions, digits in _LAYOUTS:
        columns = _columns(report, precision or digits, fractions)
        if width(columns) + _VERDICT <= room:
            return columns, True
    return columns, False


def _table(report: "Taylor", columns: "Columns") -> "Table":
    from rich.text import Text

    from autodiff_cli.render.report import STYLES, grid

    table = grid()
    for header in columns:
        table.add_column(header, justify="right" if header == "order" else "left", overflow="fold")
    table.add_column("verdict", no_wrap=True)
    for term, *texts in zip(report.terms, *columns.values(), strict=True):
        table.add_row(*map(Text, texts), Text(term.verdict.value, STYLES[term.verdict]))
    return table


def _place(report: "Taylor") -> str:
    """The point, the variables of the series first."""
    point = {name: report.point[name] for name in report.variables} | report.point
    return ", ".join([f"{name} = {number_text(number)}" for name, number in point.items()])


def _columns(report: "Taylor", digits: int, fractions: bool) -> "Columns":
    """The columns; that of the fractions where it is wanted, and there is one."""
    if len(report.variables) == 1:
        columns = {"order": [str(term.order) for term in report.terms]}
    else:
        columns = {"term": [report.monomial(term) for term in report.terms]}
    columns["coefficient"] = _aligned(report, "coefficient", digits)
    known = [*map(attrgetter("fraction"), report.terms)]
    has_fractions = "/" in "".join(known)
    if fractions and has_fractions:
        columns["fraction"] = [text * (len(text) <= _FRACTION) for text in known]
    columns["derivative"] = _aligned(report, "derivative", digits)
    return columns


def _aligned(report: "Taylor", name: str, digits: int) -> list[str]:
    from autodiff_cli.render.report import aligned

    return aligned([_number(term, name, digits) for term in report.terms])


def _number(term: "Coefficient", name: str, digits: int) -> str:
    """A coefficient or derivative as it is shown, in words where it is no float."""
    from autodiff_cli.render.report import number

    found = getattr(term, name)
    if term.proven.startswith("0 "):
        *_, bound = term.proven.split(" ")
        return f"0 ± {bound}" if name == "coefficient" else "-"
    if found is None:
        return "-"
    is_too_small = term.proven.startswith("too small")
    if found == 0 and is_too_small:
        return "too small"
    if isinstance(found, str):
        return found
    return number(found, digits) if abs(found) < inf else "too large"
