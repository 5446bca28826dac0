"""A Taylor polynomial: as a Rich table that fits the terminal, as JSON, as CSV or TSV."""

import json
from math import inf
from typing import TYPE_CHECKING, Any

from autodiff_cli.engine.printer import number_text
from autodiff_cli.render.data import pick, plain, separated

if TYPE_CHECKING:
    from rich.console import Console

    from autodiff_cli.reports.taylor import Taylor, Term

_COLUMNS = ("coefficient", "derivative", "fraction", "proven", "estimate", "verdict")
_LINES = 4  # of the polynomial that are shown above the table
_FRACTION = 24  # characters of a fraction that gets into the table
_NUMBERS = ("coefficient", "derivative")
_VERDICT = 8  # columns
_LAYOUTS = ((True, 10), (False, 10), (False, 8), (False, 6), (False, 4))  # with fractions or not, significant digits


def to_dict(report: "Taylor") -> dict[str, Any]:
    """What JSON shows: the columns are arrays, by order; null is what there is not."""
    found: dict[str, Any] = {
        "expression": report.expression,
        "variable": report.variable,
        "point": {name: plain(number) for name, number in report.point.items()},
        "polynomial": report.polynomial or None,
    }
    return found | {name: [_cell(term, name) for term in report.terms] for name in _COLUMNS}


def _cell(term: "Term", column: str) -> Any:
    """A cell as JSON has it."""
    cell = getattr(term, column)
    return None if cell == "" or cell != cell else plain(cell)


def to_json(report: "Taylor") -> str:
    """One object."""
    return json.dumps(to_dict(report))


def to_separated(report: "Taylor", separator: str) -> str:
    """A header and a row an order."""
    rows = [[term.order, *[_cell(term, name) for name in _COLUMNS]] for term in report.terms]
    return separated([["order", *_COLUMNS], *rows], separator)


def only(report: "Taylor", path: str) -> str:
    """One number or word, bare: `polynomial`, `coefficient.5`, `point.x`. Raises AutodiffError where there is none."""
    return pick(to_dict(report), path, path.split(".", 1), f"there is no {path} here")


def show(report: "Taylor", console: "Console", precision: int | None = None) -> None:
    """Print the polynomial, and a row an order. `precision` is in significant digits."""
    from rich.text import Text

    from autodiff_cli.render.table import STYLES, aligned, grid, headline

    console.print(headline(report.expression, console)[:-3] + Text(f" around {_place(report)}"), soft_wrap=True)
    longest = _LINES * console.width
    polynomial = report.polynomial
    if len(polynomial) > longest:
        cut = max(polynomial.rfind(sign, 0, longest - 1) for sign in (" + ", " - "))
        polynomial = f"{polynomial[: max(cut, 0) + 1]}…"
    console.print(Text(polynomial, "bold"), soft_wrap=True)
    for fractions, digits in _LAYOUTS:
        headers, columns = _columns(report, precision or digits, fractions)
        columns = [
            aligned(column) if header in _NUMBERS else column for header, column in zip(headers, columns, strict=True)
        ]
        widths = [max(len(header), *map(len, column)) for header, column in zip(headers, columns, strict=True)]
        if sum(widths) + 2 * len(widths) + _VERDICT <= console.width:
            break
    else:
        if any(isinstance(term.coefficient, str) for term in report.terms):
            for term in report.terms:
                lines = [f"  {name:11}  {_number(term, name, 17)}" for name in _NUMBERS]
                console.print(Text("\n").join([Text(f"order {term.order}", "bold"), *map(Text, lines)]), soft_wrap=True)
            return
    table = grid()
    for header in headers:
        table.add_column(header, justify="right" if header == "order" else "left", overflow="fold")
    table.add_column("verdict", no_wrap=True)
    for term, *texts in zip(report.terms, *columns, strict=True):
        table.add_row(*map(Text, texts), Text(term.verdict.value, STYLES[term.verdict]))
    console.print(table)


def _place(report: "Taylor") -> str:
    names = [report.variable, *[name for name in report.point if name != report.variable]]
    return ", ".join([f"{name} = {number_text(report.point[name])}" for name in names])


def _columns(report: "Taylor", digits: int, fractions: bool) -> tuple[list[str], list[list[str]]]:
    """The headers and the texts of the columns."""
    headers, columns = ["order"], [[str(term.order) for term in report.terms]]
    for name in _NUMBERS:
        headers.append(name)
        columns.append([_number(term, name, digits) for term in report.terms])
    if fractions and any("/" in term.fraction for term in report.terms):
        headers.insert(2, "fraction")
        columns.insert(2, [term.fraction if len(term.fraction) <= _FRACTION else "" for term in report.terms])
    return headers, columns


def _number(term: "Term", name: str, digits: int) -> str:
    from autodiff_cli.render.table import number

    found = getattr(term, name)
    if term.proven.startswith("0 "):
        return f"0 ± {term.proven.rpartition(' ')[2]}" if name == "coefficient" else "-"
    if found is None:
        return "-"
    if found == 0 and term.proven.startswith("too small"):
        return "too small"
    if isinstance(found, str):
        return found
    return number(found, digits) if abs(found) < inf else "too large"
