"""A graph as a tree that fits the terminal, and as JSON."""

import json
from typing import TYPE_CHECKING, NamedTuple

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


class _TreeLine(NamedTuple):
    """A line of the tree; its numbers are those of a `node`, if they stand there."""

    branches: str
    name: str
    operation: str = ""
    where: str = ""  # else the node is shown
    node: int | None = None


class _TreeColumn(NamedTuple):
    """A column of numbers, by node."""

    header: str
    cells: dict[int, str]

    @property
    def size(self) -> int:
        """The columns of a terminal that it takes."""
        return max(map(len, (*self.cells.values(), self.header)))


def _tree(found: "Graph", room: int) -> list[_TreeLine]:
    """A line a node. A branch that would be too wide has a tree of its own."""
    lines: list[_TreeLine] = []
    shown: set[int] = set()
    tops = list(found.tops)
    for top in tops:  # grows on the way
        stack: list[tuple[int | None, str, str]] = [(top, "", "")]  # node, branches before it, branches below it
        while stack:
            at, before, below = stack.pop()
            if at is None:
                lines.append(_TreeLine(before, "…"))
                continue
            node, name = found.nodes[at], on_one_line(found.nodes[at].name)
            if at in shown:
                lines.append(_TreeLine(before, name, where="  (above)"))
            elif before and _is_too_wide(node, room - len(before)):
                lines.append(_TreeLine(before, name, where="  (below)"))
                tops += [at] if at not in tops else []
            else:
                shown.add(at)
                operation = f" = {on_one_line(node.operation)}" if node.operation else ""
                lines.append(_TreeLine(before, name, operation, node=at))
                stack += _branches(node, below)
    return lines


def _is_too_wide(node: "Node", room: int) -> bool:
    """Whether a step does not fit, not even cut off."""
    return bool(node.inputs) and min(len(node.name + node.operation) + 6, _LEAST) > room


def _branches(node: "Node", below: str) -> list[tuple[int | None, str, str]]:
    """What a node is made of, the last first: each one's node, the branches before it and those below it."""
    links = [*map(_argument, node.inputs)]
    if links.count(None) == len(links):
        links = links[:1]  # one dot for all
    found = [(link, f"{below}├─ ", f"{below}│  ") for link in links]
    if found:
        found[-1] = (links[-1], f"{below}└─ ", f"{below}   ")
    return found[::-1]


def _argument(link: tuple[int, bool] | None) -> int | None:
    """The node to which a link goes; None where that is left out."""
    return None if link is None else link[0]


def on_one_line(text: str) -> str:
    r"""A name on one line, whatever its label has.

    >>> on_one_line("a\nb")
    'a b'
    """
    return "".join([char if char.isprintable() else " " for char in text])


def show(found: "Graph", precision: int | None = None) -> None:
    """Print the tree."""
    from rich.text import Text

    from autodiff_cli.render.console import printed
    from autodiff_cli.render.report import headline, number

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

    columns, room = _columns(found, width, precision)
    lines = _tree(found, room)
    texts = [_text(line, found, room) for line in lines]
    if not columns:
        return texts
    wide = max([cell_len(text.plain) for text in texts])
    for line, text in zip(lines, texts, strict=True):
        if line.node is not None:
            text.pad_right(wide - cell_len(text.plain))
            _add_numbers(text, line.node, found.nodes[line.node], columns)
    headers = "".join([f"  {column.header:{column.size}}" for column in columns])
    return [Text(" " * wide + headers.rstrip(), "bold"), *texts]


def _columns(found: "Graph", width: int, precision: int | None) -> tuple[list[_TreeColumn], int]:
    """The numbers, with as many digits as there is room for, and the room that is left for the tree."""
    choices = [precision] if precision else _DIGITS
    for digits in choices:
        values = _column(found, "value", digits)
        gradients = _column(found, "gradient", digits)
        if not (values.cells or gradients.cells):
            return [], max(width, _LEAST)
        room = width - values.size - gradients.size - 4
        if room >= _ROOM:
            break
    if room < _LEAST:
        return [gradients], max(width - gradients.size - 2, _LEAST)
    return [values, gradients], room


def _column(found: "Graph", header: str, digits: int) -> _TreeColumn:
    """The values or the gradients; none for a constant whose name is its number."""
    from autodiff_cli.render.report import aligned, number

    cells = {}
    for at, node in enumerate(found.nodes):
        data = getattr(node, header)
        says_itself = node.kind == "constant" and node.name[:1] in "-.0123456789"
        if data is not None and not says_itself:
            cells[at] = number(data, digits)
    return _TreeColumn(header, dict(zip(cells, aligned([*cells.values()]), strict=True)))


def _text(line: _TreeLine, found: "Graph", room: int) -> "Text":
    """A line, cut off where there is no room."""
    from rich.text import Text

    constant = line.node is not None and found.nodes[line.node].kind == "constant"
    style = "dim" if line.node is None else "" if constant else "bold"
    text = Text.assemble((line.branches, "dim"), (line.name, style), (line.operation, "cyan"), (line.where, "dim"))
    if len(text) > room:
        text.truncate(room, overflow="ellipsis")
    return text


def _add_numbers(text: "Text", at: int, node: "Node", columns: list[_TreeColumn]) -> None:
    """Put a node's numbers after its name: the gradient last, and whether there is none since it is not taken."""
    *before, gradients = columns
    style = "dim" if node.kind == "constant" else ""
    for values in before:
        text.append(f"  {values.cells.get(at, ''):{values.size}}", style)
    not_taken = "  not taken" * bool(node.unused and node.inputs)
    text.append(f"  {gradients.cells.get(at, '')}{not_taken}", "dim" if node.unused else "bold")
    text.rstrip()


def to_json(found: "Graph") -> str:
    """One object; inputs are numbers of nodes, null for one that is left out."""
    nodes = [
        {
            "id": at,
            "name": node.name,
            "kind": node.kind,
            "function": node.function or None,
            "operation": node.operation or None,
            "inputs": [*map(_argument, node.inputs)],
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
