"""A graph as DOT and as Mermaid, which are text, and as SVG, PNG or PDF through Graphviz's program `dot`."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from typing import TYPE_CHECKING

from autodiff_cli.errors import AutodiffError
from autodiff_cli.render.boxes import DARK, DIGITS, FILLS, INK, LINE, flows, kind_of, lines_of, rows_of
from autodiff_cli.render.graph import on_one_line

if TYPE_CHECKING:
    from autodiff_cli.reports.graph import Graph, Node

_SECONDS = 120  # that Graphviz may take
_LARGE = 400  # nodes from which it is asked for speed before beauty
_FAST = ("-Gsplines=line", "-Gnslimit=2", "-Gnslimit1=2", "-Gmclimit=0.2")
_MOST = 16_384  # points to a side of a picture, which about every program still shows
_QUOTED = str.maketrans({"\\": "\\\\", '"': '\\"', "&": "&amp;"})
_FIELD = str.maketrans({char: f"\\{char}" for char in "{}|<>"})
_SIGN = re.compile(r"(?![^\W_]| |[.-][^\W_]).", re.DOTALL)  # but for points and minus signs before a letter or digit
_FONT = 'fontname="Helvetica,Arial,sans-serif"'
_HEAD = f"""\
digraph autodiff {{
  graph [rankdir=LR, bgcolor=transparent, ranksep=0.35, nodesep=0.2];
  node [{_FONT}, fontsize=11, fontcolor="{INK}", color="{LINE}", shape=record, style=filled, height=0.3];
  edge [{_FONT}, fontsize=9, fontcolor="{LINE}", color="{LINE}", arrowsize=0.6];"""


# --- DOT ---------------------------------------------------------------------------------------------------------


def to_dot(found: "Graph", precision: int | None = None) -> str:
    """DOT text: a box for each value, a circle for each operation; dashed where no gradient flows.

    A deep graph is folded into rows: what comes from another row stands in this one by its name alone.
    """
    lines, rows = [_HEAD], rows_of(found)
    if found.hidden:
        lines.append(f'  label="{found.left_out}"; fontcolor="{LINE}"; {_FONT};')
    for at in sorted(range(len(rows)), key=lambda at: -rows[at]):  # Graphviz begins below
        node = found.nodes[at]
        label = "|".join(map(_field, lines_of(node, precision or DIGITS)))
        lines.append(f'  n{at} [label="{label}", fillcolor="{FILLS[kind_of(found, at)]}"];')
        if node.inputs:
            lines += _operation(node, at)
        for place, link in enumerate(node.inputs, 1):
            beside = link is not None and rows[link[0]] == rows[at]
            lines += _arrow(found, at, place, beside)
    return "\n".join([*lines, "}"])


def _operation(node: "Node", at: int) -> Iterator[str]:
    """The circle for what a node computes, and the arrow to its box."""
    shape, fill = "circle" if len(node.sign) == 1 else "ellipse", FILLS["operation"]
    yield f'  o{at} [label="{_quoted(node.sign)}", shape={shape}, fillcolor="{fill}", margin=0.02];'
    yield f"  o{at} -> n{at};"


def _arrow(found: "Graph", at: int, place: int, beside: bool) -> Iterator[str]:
    """The arrow to an operation from its input at that place; from a name alone, unless the box is `beside` it."""
    node = found.nodes[at]
    link = node.inputs[place - 1]
    marks = [f'label="{place}"'] * node.ordered
    if not flows(found, link):
        marks.append("style=dashed")
    if link and beside:
        start = f"n{link[0]}"
    else:
        start = f"x{at}_{place}"
        name = _quoted(found.nodes[link[0]].name) if link else "…"
        yield f'  {start} [label="{name}", shape=plaintext, style="", fontcolor="{LINE}"];'
    attributes = f" [{', '.join(marks)}]" if marks else ""
    yield f"  {start} -> o{at}{attributes};"


def _quoted(text: str) -> str:
    """Text within quotes. Graphviz reads HTML's entities everywhere."""
    return on_one_line(text).translate(_QUOTED)


def _field(text: str) -> str:
    """Text in a field of a record, where some signs are its structure."""
    return _quoted(text).translate(_FIELD)


# --- Mermaid -----------------------------------------------------------------------------------------------------


def to_mermaid(found: "Graph", precision: int | None = None) -> str:
    """Mermaid text, which GitHub, GitLab and notebooks draw."""
    lines = ["---", f"title: {found.left_out}", "---"] if found.hidden else []
    lines.append("flowchart LR")
    lines += [f"  classDef {kind} fill:{fill},stroke:{LINE},color:{INK}" for kind, fill in FILLS.items()]
    digits = precision or DIGITS
    for at in range(len(found.nodes)):
        lines += _mermaid_node(found, at, digits)
    return "\n".join(lines)


def _mermaid_node(found: "Graph", at: int, digits: int) -> Iterator[str]:
    """The box of a node, the circle of what it computes, and the arrows to that."""
    node = found.nodes[at]
    label = "<br/>".join(map(_entities, lines_of(node, digits)))
    yield f'  n{at}["{label}"]:::{kind_of(found, at)}'
    if node.inputs:
        yield f'  o{at}(("{_entities(node.sign)}")):::operation --> n{at}'
    for place, link in enumerate(node.inputs, 1):
        mark = f"|{place}|" if node.ordered else ""
        start = f"n{link[0]}" if link else f'x{at}_{place}["…"]'
        arrow = "-->" if flows(found, link) else "-.->"
        yield f"  {start} {arrow}{mark} o{at}"


def _entities(text: str) -> str:
    """Text in which signs are entities: most are structure or Markdown somewhere. "a*b" becomes "a#42;b"."""
    return _SIGN.sub(lambda sign: f"#{ord(sign[0])};" if sign[0].isprintable() else " ", text)


# --- Graphviz ----------------------------------------------------------------------------------------------------


def draw(found: "Graph", format: str, precision: int | None = None, dark: bool = False) -> bytes:
    """The picture as "svg", "png" or "pdf", by Graphviz; without it a .svg all the same, by `svg.to_svg`.

    Raises AutodiffError where Graphviz is needed and not there, or does not manage.
    """
    program = shutil.which("dot")
    if program is None and format == "svg":
        from autodiff_cli.render.svg import to_svg

        return to_svg(found, precision, dark).encode()
    if program is None:
        raise AutodiffError(
            f"drawing a .{format} needs Graphviz, whose program 'dot' is not there",
            hint="install it (apt install graphviz, brew install graphviz); .dot and .mmd files are written without it",
        )
    command = [program, f"-T{format}", *(_FAST if len(found.nodes) > _LARGE else ())]
    text = to_dot(found, precision)
    if dark:
        text = text.replace("bgcolor=transparent", f'bgcolor="{DARK}"', 1)
    part = "--depth 3 or --around NAME draws a part"
    try:
        done = subprocess.run(command, input=text.encode(), capture_output=True, timeout=_SECONDS)  # noqa: S603
    except subprocess.TimeoutExpired:
        raise AutodiffError(f"Graphviz has not drawn the graph in {_SECONDS} seconds", hint=part) from None
    if done.returncode or not done.stdout:
        said = (done.stderr.decode(errors="replace").strip().splitlines() or ["nothing was said"])[-1]
        raise AutodiffError(f"Graphviz cannot draw the graph: {said}", hint=part)
    return done.stdout


def too_large(png: bytes) -> str:
    """What to say of a picture that few programs show, or that Graphviz has shrunk beyond reading; else nothing."""
    width, height = (int.from_bytes(png[at : at + 4]) for at in (16, 20))
    if max(width, height) <= _MOST:
        return ""
    return f"the graph is too large for a picture of points, {width:,} by {height:,}: a .svg or --depth 3 shows it"
