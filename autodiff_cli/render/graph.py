"""A graph as a tree that fits the terminal, and as JSON."""

import json
from typing import TYPE_CHECKING

from autodiff_cli.render.data import plain

if TYPE_CHECKING:
    from rich.text import Text

    from autodiff_cli.reports.graph import Graph, Node

_DIGITS = (10, 8, 6, 4)  # significant ones, most first
_ROOM = 36  # columns of the tree for which digits are given up
_LEAST = 18  # columns that a node gets at least, however deep it lies; for them the values are given up
_STATEMENTS = 6  # of a program that are shown above it
_WIDTH = 80  # where there is no terminal
_ASCII = str.maketrans("├└│─…", "|`|-~")  # one column each, for an encoding that lacks ours

Line = tuple[str, str, str, str]  # branches, name, operation, where else it is


def _tree(found: "Graph", room: int) -> list[tuple[Line, "Node | None"]]:
    """A line a node, with the node whose numbers stand in it. A branch that would be too wide has a tree of its own."""
    lines: list[tuple[Line, Node | None]] = []
    shown: set[int] = set()
    tops = list(found.tops)
    for top in tops:  # grows on the way
        stack: list[tuple[int | None, str, str]] = [(top, "", "")]  # node, branches before it, branches below it
        while stack:
            at, before, under = stack.pop()
            if at is None:
                lines.append(((before, "…", "", ""), None))
                continue
            node = found.nodes[at]
            if at in shown:
                lines.append(((before, _flat(node.name), "", "  (above)"), None))
            elif node.inputs and before and len(before) + min(len(node.name + node.operation) + 6, _LEAST) > room:
                lines.append(((before, _flat(node.name), "", "  (below)"), None))
                tops += [at] if at not in tops else []
            else:
                shown.add(at)
                operation = f" = {_flat(node.operation)}" if node.operation else ""
                lines.append(((before, _flat(node.name), operation, ""), node))
                links = [link and link[0] for link in node.inputs]
                if not any([link is not None for link in links]):  # noqa: C419
                    links = links[:1]
                for place, link in reversed([*enumerate(links, 1)]):
                    last = place == len(links)
                    stack.append((link, under + ("└─ " if last else "├─ "), under + ("   " if last else "│  ")))
    return lines


def _flat(text: str) -> str:
    """A name on one line, whatever its label has."""
    return "".join([char if char.isprintable() else " " for char in text])


def show(found: "Graph", precision: int | None = None) -> None:
    """Print the tree."""
    from rich.text import Text

    from autodiff_cli.render.console import printed
    from autodiff_cli.render.table import headline, number

    with printed() as console:
        above = headline(short(found.expression), console)
        if found.value is None:
            above = above[:-3]
        else:
            above.append_text(Text(number(found.value, precision or 12), "bold"))
        console.print(above, soft_wrap=True)
        for line in _drawn(found, console.width, precision):
            if console.options.ascii_only:
                line.plain = line.plain.translate(_ASCII)
            console.print(line, soft_wrap=True)


def short(expression: str) -> str:
    """An expression to stand above what shows every step: of a long program the last statement."""
    before, _, last = expression.rpartition("; ")
    return expression if before.count("; ") < _STATEMENTS - 1 else f"…; {last}"


def to_text(found: "Graph", precision: int | None = None) -> str:
    """The tree as plain text."""
    return "\n".join([line.plain.rstrip() for line in _drawn(found, _WIDTH, precision)])


def _drawn(found: "Graph", width: int, precision: int | None) -> "list[Text]":
    """The lines of the tree, with the numbers in columns."""
    from rich.cells import cell_len
    from rich.text import Text

    for digits in _DIGITS:
        values = _column(found, [node.value for node in found.nodes], precision or digits)
        gradients = _column(found, [node.gradient for node in found.nodes], precision or digits)
        sizes = [
            max(map(len, (*column.values(), header))) for column, header in ((values, "value"), (gradients, "gradient"))
        ]
        room = width - (sum(sizes) + 4 if values or gradients else 0)
        if room >= _ROOM:
            break
    numbered = bool(values or gradients)
    if numbered and room < _LEAST:  # the gradients alone
        values, sizes = {}, [0, sizes[1]]
        room = width - sizes[1] - 2
    room = max(room, _LEAST)
    rows = _tree(found, room)
    texts = [_line(line, node, room) for line, node in rows]
    if not numbered:
        return texts
    wide = max([cell_len(text.plain) for text in texts])
    headers = [f"  {header:{size}}" for header, size in zip(("value", "gradient"), sizes, strict=True) if size]
    lines = [Text(" " * wide + "".join(headers).rstrip(), "bold")]
    numbers = {id(node): at for at, node in enumerate(found.nodes)}
    for text, (_, node) in zip(texts, rows, strict=True):
        if node is not None:
            at = numbers[id(node)]
            value, gradient = values.get(at, ""), gradients.get(at, "")
            unused = "  not taken" if node.unused and node.inputs else ""
            text.pad_right(wide - cell_len(text.plain))
            if sizes[0]:
                text.append(f"  {value:{sizes[0]}}", "dim" if node.kind == "constant" else "")
            text.append(f"  {gradient}{unused}", "dim" if node.unused else "bold")
            text.rstrip()
        lines.append(text)
    return lines


def _column(found: "Graph", numbers: list[float | None], digits: int) -> dict[int, str]:
    """The numbers of a column, by node; none for a constant whose name is its number."""
    from autodiff_cli.render.table import aligned, number

    cells = {}
    for at, (node, data) in enumerate(zip(found.nodes, numbers, strict=True)):
        if data is not None and not (node.kind == "constant" and node.name[:1] in "-.0123456789"):
            cells[at] = number(data, digits)
    return dict(zip(cells, aligned(list(cells.values())), strict=True)) if cells else {}


def _line(line: Line, node: "Node | None", room: int) -> "Text":
    from rich.text import Text

    branches, name, operation, where = line
    style = "bold" if node is None or node.kind != "constant" else ""
    text = Text.assemble((branches, "dim"), (name, style if node else "dim"), (operation, "cyan"), (where, "dim"))
    if len(text) > room:
        text.truncate(room, overflow="ellipsis")
    return text


def to_json(found: "Graph") -> str:
    """One object; inputs are numbers of nodes, null for one that is left out."""
    nodes = [
        {
            "id": at,
            "name": node.name,
            "kind": node.kind,
            "function": node.function or None,
            "operation": node.operation or None,
            "inputs": [link and link[0] for link in node.inputs],
            "value": plain(node.value),
            "gradient": plain(node.gradient),
            "taken": not node.unused,
        }
        for at, node in enumerate(found.nodes)
    ]
    return json.dumps(
        {
            "expression": found.expression,
            "value": plain(found.value),
            "result": found.result,
            "hidden": found.hidden,
            "nodes": nodes,
        }
    )
