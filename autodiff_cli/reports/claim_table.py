"""Many claims at once: a table with an expression, a variable and a claim in each row, as CSV or JSON lines."""

import csv
import json
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from autodiff_cli.engine.expression import Expression
from autodiff_cli.errors import AutodiffError, all_of
from autodiff_cli.reports.check import Answer, CheckedDerivative, check_lines
from autodiff_cli.reports.claims import read_lines

_NAMES = {
    "expression": ("expression", "expr", "f", "function"),
    "variable": ("variable", "wrt", "by"),
    "claim": ("claim", "derivative"),
}
_FEW = 20  # points at first: all that it takes where a claim is proven, or wrong
_MOST_ERRORS = 10


class ClaimRow(NamedTuple):
    """A claim of a table, read. `number` is its line in the file."""

    number: int
    expression: Expression
    variable: str
    claim: Expression


class ClaimVerdict(NamedTuple):
    """What was found out of a row; or why nothing was."""

    row: ClaimRow
    finding: CheckedDerivative | None
    error: str = ""

    @property
    def answer(self) -> Answer:
        """The word for it."""
        return self.finding.answer if self.finding else Answer.UNDECIDED


def read_table(text: str, where: str) -> list[ClaimRow]:
    """The claims of a table. Raises AutodiffError that says all that is wrong, by their lines."""
    rows, errors = [], []
    for number, cells in _cells(text, where):
        try:
            rows.append(_row(number, cells))
        except AutodiffError as error:
            errors.append(error.changed(message=f"{where}, line {number}: {error.message}"))
    if errors:
        raise all_of(errors[:_MOST_ERRORS])
    if not rows:
        raise AutodiffError(f"{where} has no claims", hint="a row has an expression, a variable and a claim")
    return rows


def _cells(text: str, where: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """The cells of each row by the names of their columns, with its line."""
    is_json = text.lstrip()[:1] == "{"
    yield from _json_lines(text, where) if is_json else _csv_rows(text, where)


def _json_lines(text: str, where: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            found = json.loads(line)
        except ValueError as error:
            raise AutodiffError(f"{where}, line {number} is no JSON: {error}") from None
        if not isinstance(found, dict):
            raise AutodiffError(f"{where}, line {number} is no JSON object", hint='as in {"expression": "x^2", ...}')
        yield number, found


def _csv_rows(text: str, where: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    lines = csv.DictReader(text.splitlines(), skipinitialspace=True)
    named = {column.strip().lower() for column in lines.fieldnames or ()}
    for name in ("expression", "claim"):
        if named.isdisjoint(_NAMES[name]):
            message = f"{where} has no column '{name}'"
            raise AutodiffError(message, hint="the first line names the columns: expression,variable,claim")
    for cells in lines:
        has_all = None not in (*cells, *cells.values())
        if not has_all:
            message = f"{where}, line {lines.line_num} has not as many cells as the first line"
            raise AutodiffError(message, hint='a cell with a comma is in quotes: "max(x, 1)"')
        yield lines.line_num, {column.strip().lower(): cell for column, cell in cells.items()}


def _row(number: int, cells: Mapping[str, Any]) -> ClaimRow:
    """A row, read. Raises AutodiffError for one that cannot be."""
    texts = {name: _text(cells, name) for name in _NAMES}
    for name in ("expression", "claim"):
        if not texts[name]:
            raise AutodiffError(f"there is no {name}", hint="a row has an expression, a variable and a claim")
    expression = _expression(texts["expression"])
    variable = texts["variable"]
    claim = f"{variable}={texts['claim']}" if variable else texts["claim"]
    ((name, (read,)),) = read_lines([claim], expression).items()
    return ClaimRow(number, expression, name, read)


def _text(cells: Mapping[str, Any], name: str) -> str:
    found = next((cells[column] for column in _NAMES[name] if cells.get(column) is not None), "")
    if not isinstance(found, (str, int, float)) or isinstance(found, bool):
        raise AutodiffError(f"the {name} is no text: {str(found)[:40]}")
    return str(found).strip()


@lru_cache(maxsize=256)  # a table often has many claims on one expression
def _expression(text: str) -> Expression:
    from autodiff_cli.language.parser import parse

    return parse(text)


def verdicts(rows: Iterable[ClaimRow], samples: int, seed: int, order: int) -> Iterator[ClaimVerdict]:
    """What is found out of each row, as it comes."""
    for row in rows:
        try:
            yield ClaimVerdict(row, _found(row, samples, seed, order))
        except AutodiffError as error:
            yield ClaimVerdict(row, None, error.message)


def _found(row: ClaimRow, samples: int, seed: int, order: int) -> CheckedDerivative:
    """At few points what is proven or wrong there, else at all of them."""
    lines = {row.variable: [row.claim]}
    finding = check_lines(row.expression, lines, {}, min(_FEW, samples), seed, order=order).findings[0]
    if finding.answer is Answer.WRONG or finding.proof or samples <= _FEW:
        return finding
    return check_lines(row.expression, lines, {}, samples, seed, order=order).findings[0]
