"""The catalog of functions: a table that fits the terminal, one entry in full, plain lines, JSON and TSV."""

import json
from typing import TYPE_CHECKING, Any

from autodiff_cli.reports.functions import Entry

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

_WIDE, _NARROW = 130, 76  # columns from which there is room for domain and kinks; below which two columns are left
_FIELDS = ("name", "aliases", "arguments", "symbol", "derivatives", "domain", "kinks", "doc", "hint", "accuracy")


def derivatives(entry: Entry) -> list[tuple[str, str]]:
    """Each derivative with what stands before it: `dx =`, or `da = db =` where they are the same."""
    shared: dict[str, list[str]] = {}
    for name, formula in entry.derivatives.items():
        shared.setdefault(formula, []).append(f"d{name} =")
    return [(" ".join(names), formula) for formula, names in shared.items()]


def _what(entry: Entry) -> str:
    return f"{entry.doc} (also {', '.join(entry.aliases)})" if entry.aliases else entry.doc


def _facts(entry: Entry) -> list[tuple[str, str]]:
    """What else there is to say of an entry, each with its heading."""
    facts = [("also", ", ".join(entry.aliases)), ("domain", entry.domain or "everywhere")]
    facts += [("kinks", entry.kinks or "none"), ("hint", entry.hint), ("accuracy", entry.accuracy)]
    return [(heading, text) for heading, text in facts if text]


def _grid(rows: list[tuple[str, str]]) -> "Table":
    """Formulas after their names, folded under themselves."""
    from rich.table import Table
    from rich.text import Text

    grid = Table.grid(padding=(0, 1))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for row in rows:
        grid.add_row(*map(Text, row))
    return grid


def show_list(entries: list[Entry], console: "Console") -> None:
    """Print a row an entry, with as many columns as there is room for."""
    from rich.console import Group
    from rich.text import Text

    from autodiff_cli.render.table import grid

    table = grid()
    table.add_column("function", no_wrap=True)
    wide, narrow = console.width >= _WIDE, console.width < _NARROW
    headers = ["what it is, and its derivative"] if narrow else ["derivative", "what it is"]
    for header in headers:
        table.add_column(header, overflow="fold")
    for header in ["domain", "kinks"] * wide:
        table.add_column(header, overflow="fold", max_width=28)
    for entry in entries:
        cells: list[Any] = [_grid(derivatives(entry)), Text(_what(entry))]
        if narrow:
            cells = [Group(*reversed(cells))]
        table.add_row(Text(entry.written, "bold"), *cells, *[Text(entry.domain), Text(entry.kinks)] * wide)
    console.print(table)


def show_each(entries: list[Entry], console: "Console") -> None:
    """Print each entry in full."""
    from rich.padding import Padding
    from rich.text import Text

    for index, entry in enumerate(entries):
        console.print(*[""] * bool(index), Text.assemble((entry.written, "bold"), f": {entry.doc}"), sep="\n")
        for rows in derivatives(entry), [(heading + ":", text) for heading, text in _facts(entry)]:
            console.print(Padding(_grid(rows), (0, 0, 0, 2)))


def list_lines(entries: list[Entry]) -> str:
    """A line an entry, nothing folded: for a pipe."""
    rows = [(e.written, _what(e), " | ".join([" ".join(pair) for pair in derivatives(e)])) for e in entries]
    first, second = [max(len(row[column]) for row in rows) for column in (0, 1)]
    return "\n".join([f"{written:{first}}  {what:{second}}  {formulas}" for written, what, formulas in rows])


def each_lines(entries: list[Entry]) -> str:
    """Each entry in full, nothing folded: for a pipe."""
    blocks = []
    for entry in entries:
        lines = [f"{entry.written}: {entry.doc}", *[f"  {name} {formula}" for name, formula in derivatives(entry)]]
        blocks.append("\n".join(lines + [f"  {heading + ':':7} {text}" for heading, text in _facts(entry)]))
    return "\n\n".join(blocks)


def to_json(entries: list[Entry]) -> str:
    """A list of objects; `symbol`, `hint` and `accuracy` only where there is one."""
    objects = [{name: getattr(entry, name) for name in _FIELDS} for entry in entries]
    return json.dumps([{k: v for k, v in o.items() if v or k not in ("symbol", "hint", "accuracy")} for o in objects])


def to_tsv(entries: list[Entry]) -> str:
    """A header and a line an entry; names are separated by blanks, derivatives by ` | `."""
    lines = ["\t".join(_FIELDS)]
    for entry in entries:
        cells = {name: getattr(entry, name) for name in _FIELDS}
        cells |= {name: " ".join(cells[name]) for name in ("aliases", "arguments")}
        cells["derivatives"] = " | ".join([f"d{name} = {formula}" for name, formula in entry.derivatives.items()])
        lines.append("\t".join(cells.values()))
    return "\n".join(lines)
