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
    """What a function is, and its other names."""
    return f"{entry.doc} (also {', '.join(entry.aliases)})" if entry.aliases else entry.doc


def _facts(entry: Entry) -> list[tuple[str, str]]:
    """What else there is to say of an entry, each with its heading."""
    facts = {
        "also": ", ".join(entry.aliases),
        "domain": entry.domain or "everywhere",
        "kinks": entry.kinks or "none",
        "hint": entry.hint,
        "accuracy": entry.accuracy,
    }
    return [(heading, text) for heading, text in facts.items() if text]


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
    from autodiff_cli.render.report import grid

    is_wide, is_narrow = console.width >= _WIDE, console.width < _NARROW
    table = grid()
    table.add_column("function", no_wrap=True)
    for header in ["what it is, and its derivative"] if is_narrow else ["derivative", "what it is"]:
        table.add_column(header, overflow="fold")
    for header in ["domain", "kinks"] * is_wide:
        table.add_column(header, overflow="fold", max_width=28)
    for entry in entries:
        table.add_row(*_row(entry, is_wide, is_narrow))
    console.print(table)


def _row(entry: Entry, is_wide: bool, is_narrow: bool) -> list[Any]:
    from rich.console import Group
    from rich.text import Text

    name, what, formulas = Text(entry.written, "bold"), Text(_what(entry)), _grid(derivatives(entry))
    if is_narrow:
        return [name, Group(what, formulas)]
    return [name, formulas, what, *[Text(entry.domain), Text(entry.kinks)] * is_wide]


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
    names = _padded([entry.written for entry in entries])
    whats = _padded([*map(_what, entries)])
    formulas = [" | ".join(map(" ".join, each)) for each in map(derivatives, entries)]
    return "\n".join(map("  ".join, zip(names, whats, formulas, strict=True)))


def _padded(texts: list[str]) -> list[str]:
    width = max(map(len, texts))
    return [text.ljust(width) for text in texts]


def each_lines(entries: list[Entry]) -> str:
    """Each entry in full, nothing folded: for a pipe."""
    return "\n\n".join(map(_block, entries))


def _block(entry: Entry) -> str:
    lines = [f"{entry.written}: {entry.doc}"]
    lines += [f"  {name} {formula}" for name, formula in derivatives(entry)]
    lines += [f"  {heading + ':':7} {text}" for heading, text in _facts(entry)]
    return "\n".join(lines)


def to_json(entries: list[Entry]) -> str:
    """A list of objects; `symbol`, `hint` and `accuracy` only where there is one."""
    return json.dumps([*map(_object, entries)])


def _cells(entry: Entry) -> dict[str, Any]:
    """What programs get of an entry."""
    return {name: getattr(entry, name) for name in _FIELDS}


def _object(entry: Entry) -> dict[str, Any]:
    cells = _cells(entry)
    for name in ("symbol", "hint", "accuracy"):
        if not cells[name]:
            del cells[name]
    return cells


def to_tsv(entries: list[Entry]) -> str:
    """A header and a line an entry; names are separated by blanks, derivatives by ` | `."""
    return "\n".join(["\t".join(_FIELDS), *map(_tsv_line, entries)])


def _tsv_line(entry: Entry) -> str:
    cells = _cells(entry)
    formulas = [f"d{name} = {formula}" for name, formula in entry.derivatives.items()]
    cells["aliases"] = " ".join(entry.aliases)
    cells["arguments"] = " ".join(entry.arguments)
    cells["derivatives"] = " | ".join(formulas)
    return "\t".join(cells.values())
