"""A window onto a part of the plane, drawn in braille dots: curves, straight lines, marks."""

from collections.abc import Iterable, Sequence
from itertools import groupby, pairwise
from math import ceil, floor
from operator import itemgetter

from autodiff_cli.render.axes import DIM, Piece, Tick, beside
from autodiff_cli.reports.views import Limits

_FAR = 1e9  # dots from the window; no number of them is infinite
_GLYPHS = 8  # columns, at least, between marks along a curve
_APART = 4  # columns, at least, between lines that go from top to bottom
_DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))  # of a braille character, row by row

Place = tuple[float, float]


class Canvas:
    """A window of so many columns and rows of characters, each of 2 by 4 dots, onto a part of the plane."""

    def __init__(self, columns: int, rows: int, xs: Limits, ys: Limits) -> None:
        self._columns, self._rows, self._xs, self._ys = columns, rows, xs, ys
        self._height = 4.0 * rows  # in dots
        self._cells: dict[tuple[int, int], tuple[int, str]] = {}
        self._marks: dict[tuple[int, int], Piece] = {}
        self._uprights: set[int] = set()

    def _place(self, x: float, y: float) -> Place:
        """In dots, from the left and from the top."""
        (left, right), (low, high) = self._xs, self._ys
        row = (high - y) / (high - low) * 4 * self._rows
        return (x - left) / (right - left) * 2 * self._columns, min(max(row, -_FAR), _FAR)

    def _cell(self, place: Place) -> tuple[int, int]:
        """The row and the column of the character in which a place is."""
        column, row = place
        return min(floor(row) // 4, self._rows - 1), min(floor(column) // 2, self._columns - 1)

    def _add(self, cell: tuple[int, int], bits: int, style: str) -> None:
        """Put dots into a character, beside those that it has."""
        before, _ = self._cells.get(cell, (0, ""))
        self._cells[cell] = (before | bits, style)

    def _dot(self, x: float, y: float, style: str) -> None:
        column, row = min(floor(x), 2 * self._columns - 1), min(floor(y), 4 * self._rows - 1)
        self._add((row // 4, column // 2), _DOTS[row % 4][column % 2], style)

    def curve(self, points: Iterable[tuple[float, float]], style: str) -> None:
        """Join the points, but not across one that is nan."""
        last = None
        for x, y in points:
            if y != y:
                last = None
                continue
            place = self._place(x, y)
            if last is not None:
                self._join(last, place, style)
            elif 0 <= place[1] <= self._height:
                self._dot(*place, style)
            last = place

    def straight(self, x: float, y: float, slope: float, style: str) -> None:
        """A dotted line through a point, from edge to edge, beneath what else there is."""
        before, self._cells = self._cells, {}
        start, end = (self._place(edge, y + slope * (edge - x)) for edge in self._xs)
        self._join(start, end, style, gap=2)
        for cell, (bits, own) in before.items():
            self._add(cell, bits, own)

    def _join(self, start: Place, end: Place, style: str, gap: int = 1) -> None:
        """A straight line, of which the part inside the window is drawn; with a gap of 2 every second dot."""
        (x, y), (dx, dy) = start, (end[0] - start[0], end[1] - start[1])
        first, last = _inside(y, dy, self._height)
        if first > last:
            return
        steps = max(1, ceil(max(abs(dx), abs(dy)) * (last - first)))
        for step in range(0, steps + 1, gap):
            t = first + (last - first) * step / steps
            self._dot(x + t * dx, min(max(y + t * dy, 0.0), self._height), style)

    def upright(self, xs: Sequence[float]) -> None:
        """Lines from top to bottom beneath what else there is, if they are not so many as to hide it."""
        if _APART * len(xs) < self._columns:
            for x in xs:
                _, column = self._cell(self._place(x, 0.0))
                self._uprights.add(column)

    def mark(self, x: float, y: float, style: str, glyph: str = "●") -> None:
        """A point."""
        place = self._place(x, y)
        if 0 <= place[1] <= self._height:
            self._marks[self._cell(place)] = (glyph, style)

    def glyphs(self, points: Sequence[tuple[float, float]], glyph: str, style: str, phase: float) -> None:
        """Marks along a curve, by which it is told from others; `phase` is the share of their distance at the left."""
        places = [self._place(x, y) if y == y else None for x, y in points]
        for column in self._columns_for_glyphs(phase):
            for before, after in pairwise(places):
                if before and after and before[0] <= column < after[0]:
                    part = (column - before[0]) / (after[0] - before[0])
                    row = before[1] + part * (after[1] - before[1])
                    if 0 <= row <= self._height:
                        self._marks.setdefault(self._cell((column, row)), (glyph, style))

    def _columns_for_glyphs(self, phase: float) -> list[float]:
        """Where marks along a curve stand, in dots."""
        apart = max(_GLYPHS, self._columns // 5)
        return [2 * (apart * (step + phase) + 1) for step in range(self._columns // apart + 1)]

    def lines(self, ticks: Sequence[Tick], gutter: int) -> list[list[Piece]]:
        """The rows, with the numbers of the axis before them and a line where the function would be 0."""
        texts = {self._cell(self._place(0.0, value))[0]: text for value, text in ticks}
        zero = floor(self._place(0.0, 0.0)[1]) // 4 if self._ys[0] < 0 < self._ys[1] else None
        lines = []
        for row in range(self._rows):
            signs = [self._sign(row, column, row == zero) for column in range(self._columns)]
            lines.append(merged([*beside(texts, row, gutter), *signs]))
        return lines

    def _sign(self, row: int, column: int, zero: bool) -> Piece:
        """What stands in a character."""
        cell = (row, column)
        if cell in self._marks:
            return self._marks[cell]
        if cell in self._cells:
            bits, style = self._cells[cell]
            return chr(0x2800 + bits), style
        if zero:
            return "┈", DIM
        return ("┊", DIM) if column in self._uprights else (" ", "")


def _inside(y: float, dy: float, height: float) -> tuple[float, float]:
    """From which part of its way to which a line is inside the window; nowhere if the first is larger."""
    if not dy:
        return (0.0, 1.0) if 0 <= y <= height else (1.0, 0.0)
    first, last = sorted(((0 - y) / dy, (height - y) / dy))
    return max(first, 0.0), min(last, 1.0)


def merged(line: Iterable[Piece]) -> list[Piece]:
    """Neighbours of one style as one piece."""
    runs = groupby(line, key=lambda piece: piece[1])
    return [("".join(map(itemgetter(0), run)), style) for style, run in runs]
