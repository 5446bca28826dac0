"""A graph as SVG where there is no Graphviz: boxes in columns by depth, arrows from left to right, deep graphs in rows.

The layout is that of Sugiyama, Tagawa and Toda (1981): a column for each depth, arrows that pass a column bent there,
each column ordered by the mean place of what its boxes lead to. The heights are then those of least squares, in that
order and without overlap (pool adjacent violators).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from itertools import accumulate, pairwise
from math import isqrt
from typing import TYPE_CHECKING

from autodiff_cli.render.boxes import DARK, DIGITS, FILLS, INK, LINE, depths_of, flows, kind_of, lines_of, rows_of
from autodiff_cli.render.graph import on_one_line

if TYPE_CHECKING:
    from autodiff_cli.reports.graph import Graph

_DEEP, _ROW = 12, 8  # steps one after the other from which a graph is folded, and steps of a row at least
_CHARACTER, _LINE_HEIGHT, _PAD = 6.2, 15.0, 6.0  # of a font of 11 points
_CIRCLE, _GAP, _BETWEEN, _MARGIN = 11.0, 36.0, 12.0, 12.0  # radius, between columns, between boxes, around it all
_LONGEST = 28  # characters of a line in a box
_ROUNDS = 6  # times that the columns are ordered, and that boxes move to what they lead to


@dataclass(eq=False, slots=True)
class _Item:
    """A node with the circle of its operation before it; a name that stands for a box elsewhere; a bend of an arrow."""

    column: int
    lines: list[str] = field(default_factory=list)  # none of a bend
    fill: str = ""  # none of a mere name
    sign: str = ""  # in the circle, if there is one
    has_circle: bool = False
    before: list["_Item"] = field(default_factory=list)
    after: list["_Item"] = field(default_factory=list)
    x: float = 0.0  # of the left side
    y: float = 0.0  # of the middle

    @property
    def box_width(self) -> float:
        """Of the box alone."""
        return max([len(line) for line in self.lines], default=0) * _CHARACTER + 2 * _PAD if self.lines else 0.0

    @property
    def circle_width(self) -> float:
        """Of the circle, or the ellipse of a word, and the short arrow to the box."""
        return 2 * self.radius + 14.0 if self.has_circle else 0.0

    @property
    def radius(self) -> float:
        """Half the width of the circle."""
        return max(_CIRCLE, len(self.sign) * _CHARACTER / 2 + 5.0)

    @property
    def width(self) -> float:
        """Of all of it."""
        return self.box_width + self.circle_width

    @property
    def height(self) -> float:
        """Of the box; a bend keeps a little room for its arrow."""
        return len(self.lines) * _LINE_HEIGHT + 4.0 if self.lines else 6.0


@dataclass(slots=True)
class _Arrow:
    """From a box through bends to the circle of another."""

    path: list[_Item]
    mark: str = ""  # which argument it is, where that matters
    is_dashed: bool = False  # no gradient flows


def to_svg(found: "Graph", precision: int | None = None, dark: bool = False) -> str:
    """The picture as SVG text. What comes from another row of a folded graph stands there by its name."""
    rows = rows_of(found, _DEEP, max(_ROW, isqrt(len(found.nodes)) // 2))
    parts, width, top = [], 0.0, _MARGIN
    for row in range(max(rows) + 1):
        boxes, arrows = _boxes(found, [at for at, its in enumerate(rows) if its == row], precision or DIGITS)
        columns = _columns(boxes)
        _order(columns)
        right, below = _place(columns, top)
        parts += [*map(_arrow, arrows), *map(_box, boxes)]
        width, top = max(width, right), below + 2 * _BETWEEN
    if found.hidden:
        parts.append(_text(_MARGIN, top, found.left_out, LINE, "start"))
        top += _LINE_HEIGHT
    return "\n".join([*_head(width + _MARGIN, top - _BETWEEN, dark), *parts, "</svg>"])


def _head(width: float, height: float, dark: bool) -> list[str]:
    size = f'width="{width:.0f}" height="{height:.0f}" viewBox="0 0 {width:.0f} {height:.0f}"'
    tip = f'<path d="M0,0 L7,3 L0,6 z" fill="{LINE}"/>'
    arrow = f'<marker id="tip" markerWidth="7" markerHeight="6" refX="7" refY="3" orient="auto">{tip}</marker>'
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="Helvetica,Arial,sans-serif" font-size="11">',
        f"<defs>{arrow}</defs>",
    ]
    return [*lines, f'<rect width="100%" height="100%" fill="{DARK}"/>'] if dark else lines


# --- boxes and arrows ------------------------------------------------------------------------------------------------


def _boxes(found: "Graph", row: list[int], digits: int) -> tuple[list[_Item], list[_Arrow]]:
    """What stands in a row, with the bends of its arrows."""
    depths = depths_of(found, row)
    first = min([depths[at] for at in row if found.nodes[at].inputs], default=1)
    room = int(first == 0)  # for names before the first step
    made = {at: _node_box(found, at, depths[at] + room, digits) for at in row}
    items, arrows = [*made.values()], []
    for at in row:
        for place in range(len(found.nodes[at].inputs)):
            arrow = _arrow_to(found, at, place, made)
            arrows.append(arrow)
            items += filter(lambda item: not item.fill, arrow.path)
            for one, other in pairwise(arrow.path):
                one.after.append(other)
                other.before.append(one)
    return items, arrows


def _arrow_to(found: "Graph", at: int, place: int, made: dict[int, _Item]) -> _Arrow:
    """The arrow to a step from one of its inputs; from a name, where that stands in another row or is left out."""
    node, end = found.nodes[at], made[at]
    link = node.inputs[place]
    if link is not None and link[0] in made:
        start = made[link[0]]
    else:
        name = on_one_line(found.nodes[link[0]].name) if link else "…"
        start = _Item(end.column - 1, [_cut(name)])
    bends = [_Item(column) for column in range(start.column + 1, end.column)]
    return _Arrow([start, *bends, end], f"{place + 1}" * node.ordered, not flows(found, link))


def _node_box(found: "Graph", at: int, column: int, digits: int) -> _Item:
    node = found.nodes[at]
    lines = [_cut(on_one_line(line)) for line in lines_of(node, digits)]
    return _Item(column, lines, FILLS[kind_of(found, at)], on_one_line(node.sign), bool(node.inputs))


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


# --- where they stand ------------------------------------------------------------------------------------------------


def _columns(boxes: list[_Item]) -> list[list[_Item]]:
    columns: list[list[_Item]] = [[] for _ in range(1 + max([box.column for box in boxes]))]
    for box in boxes:
        columns[box.column].append(box)
    return columns


def _order(columns: list[list[_Item]]) -> None:
    """Sort each column by the mean place of what its boxes are joined to, from the left and from the right in turn."""
    for turn in range(_ROUNDS):
        for column in columns if turn % 2 == 0 else reversed(columns):
            places = {box: float(at) for one in columns for at, box in enumerate(one)}
            column.sort(key=lambda box: _mean([places[it] for it in _joined(box, turn)], places[box]))


def _joined(box: _Item, turn: int) -> list[_Item]:
    return box.before if turn % 2 == 0 else box.after


def _mean(numbers: Sequence[float], otherwise: float) -> float:
    return sum(numbers) / len(numbers) if numbers else otherwise


def _place(columns: list[list[_Item]], top: float) -> tuple[float, float]:
    """Give every box its place; returns the right side and the lower side of them all."""
    x = _MARGIN
    for column in columns:
        x = _set_side(column, x) + _GAP
        _stack(column, [0.0] * len(column))
    for turn in range(2 * _ROUNDS):
        for column in columns if turn % 2 == 0 else reversed(columns):
            _stack(column, [_mean([it.y for it in _joined(item, turn)], item.y) for item in column])
    items = [item for column in columns for item in column]
    up = min([item.y - item.height / 2 for item in items]) - top
    for item in items:
        item.y -= up
    return x - _GAP, max([item.y + item.height / 2 for item in items])


def _set_side(column: list[_Item], x: float) -> float:
    """Put a column's boxes side by side under each other, with room for circles before; returns its right side."""
    widest = max([item.box_width for item in column])
    room = max([item.circle_width for item in column])
    for item in column:
        item.x = x + room - item.circle_width
        if not item.has_circle:
            item.x += widest - item.box_width
    return x + widest + room


def _stack(column: list[_Item], wanted: list[float]) -> None:
    """The heights nearest to those wanted, by least squares, at which the boxes of a column do not overlap."""
    distances = [(one.height + other.height) / 2 + _BETWEEN for one, other in pairwise(column)]
    offsets = [*accumulate(distances, initial=0.0)]
    levels = _rising([want - offset for want, offset in zip(wanted, offsets, strict=True)])
    for item, level, offset in zip(column, levels, offsets, strict=True):
        item.y = level + offset


def _rising(numbers: list[float]) -> list[float]:
    """The numbers nearest to some, by least squares, of which none is less than the one before.

    >>> _rising([1.0, 4.0, 2.0, 5.0])
    [1.0, 3.0, 3.0, 5.0]
    """
    pools: list[tuple[float, int]] = []  # a sum, and of how many
    for number in numbers:
        total, count = number, 1
        while pools and pools[-1][0] / pools[-1][1] >= total / count:
            before, more = pools.pop()
            total, count = total + before, count + more
        pools.append((total, count))
    return [total / count for total, count in pools for _ in range(count)]


# --- how they are drawn ----------------------------------------------------------------------------------------------


def _box(box: _Item) -> str:
    """A box with its lines and its circle; nothing for a bend."""
    if not box.lines:
        return ""
    left, top = box.x + box.circle_width, box.y - box.height / 2
    drawn = []
    if box.fill:
        size = f'width="{box.box_width:.1f}" height="{box.height:.1f}" rx="3"'
        drawn.append(f'<rect x="{left:.1f}" y="{top:.1f}" {size} fill="{box.fill}" stroke="{LINE}"/>')
    ink = INK if box.fill else LINE
    for at, line in enumerate(box.lines):
        drawn.append(_text(left + box.box_width / 2, top + 2.0 + (at + 0.75) * _LINE_HEIGHT, line, ink))
    if box.has_circle:
        middle = box.x + box.radius
        shape = f'cx="{middle:.1f}" cy="{box.y:.1f}" rx="{box.radius:.1f}" ry="{_CIRCLE}"'
        drawn.append(f'<ellipse {shape} fill="{FILLS["operation"]}" stroke="{LINE}"/>')
        drawn.append(_text(middle, box.y + 4.0, box.sign, INK))
        drawn.append(_line(f"M{middle + box.radius:.1f},{box.y:.1f} H{left:.1f}"))
    return "\n".join(drawn)


def _arrow(arrow: _Arrow) -> str:
    """A smooth line from the right side of a box, through its bends, to the left side of a circle."""
    first, *bends, last = arrow.path
    x, y = first.x + first.width, first.y
    path = f"M{x:.1f},{y:.1f}"
    for bend in bends:
        path += _curve((x, y), (bend.x, bend.y))
        x, y = bend.x, bend.y
    end = (last.x, last.y + _spread(arrow))
    drawn = _line(path + _curve((x, y), end), arrow.is_dashed)
    return drawn + _text(end[0] - 12.0, end[1] - 4.0, arrow.mark, LINE) if arrow.mark else drawn


def _spread(arrow: _Arrow) -> float:
    """How far above or below the middle of a circle an arrow ends, so that those to one circle can be told apart."""
    bend, last = arrow.path[-2:]
    if len(last.before) == 1:
        return 0.0
    ranked = sorted(range(len(last.before)), key=lambda at: last.before[at].y)
    at = next(place for place, index in enumerate(ranked) if last.before[index] is bend)
    return (at / (len(ranked) - 1) - 0.5) * _CIRCLE


def _curve(start: tuple[float, float], end: tuple[float, float]) -> str:
    middle = (start[0] + end[0]) / 2
    return f" C{middle:.1f},{start[1]:.1f} {middle:.1f},{end[1]:.1f} {end[0]:.1f},{end[1]:.1f}"


def _line(path: str, is_dashed: bool = False) -> str:
    dashes = ' stroke-dasharray="4 3"' * is_dashed
    return f'<path d="{path}" fill="none" stroke="{LINE}"{dashes} marker-end="url(#tip)"/>'


def _text(x: float, y: float, text: str, ink: str, anchor: str = "middle") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{ink}">{escape(text)}</text>'
