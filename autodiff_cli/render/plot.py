"""A plot for the terminal: curves in braille dots, areas in shades or colours; plain text in a pipe."""

import os
import sys
from bisect import bisect_right
from collections.abc import Callable, Iterable
from math import atan2, ceil, floor, log10, pi
from shutil import get_terminal_size
from typing import TYPE_CHECKING

from autodiff_cli.errors import AutodiffError
from autodiff_cli.render.captions import headline, names, said, slope_at
from autodiff_cli.reports.plot import Field, Line, short
from autodiff_cli.reports.views import Limits

if TYPE_CHECKING:
    from rich.console import Console

_LEAST = (40, 14)  # columns and rows
PAGE = (80, 23)  # in a file
_FAR = 1e9  # dots from the window; no number of them is infinite
_APART = 4  # columns, at least, between poles that are marked
_DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))  # of a braille character, row by row
_CURVE, _SLOPE, _TANGENT, _SPOT, _DIM = "bright_blue", "magenta", "green", "bold red", "dim"
_SHADES = " ░▒▓█"
_ARROWS = "→↗↑↖←↙↓↘"
_RAMP = (  # viridis, from low to high
    *((68, 1, 84), (71, 24, 106), (71, 45, 123), (66, 64, 134), (59, 82, 139), (51, 99, 141), (44, 114, 142)),
    *((38, 130, 142), (33, 145, 140), (31, 160, 136), (40, 174, 128), (63, 188, 115), (94, 201, 98), (132, 212, 75)),
    *((173, 220, 48), (216, 226, 25), (253, 231, 37)),
)

_SMALLEST = 5e-324  # of the floats above 0

Piece = tuple[str, str]  # text, and its style
Size = tuple[int, int]


def size() -> Size:
    """Columns and rows to draw in. Raises AutodiffError where that is too little."""
    columns, rows = get_terminal_size()
    if columns < _LEAST[0] or rows < _LEAST[1]:
        raise AutodiffError(
            f"a plot needs {_LEAST[0]} columns and {_LEAST[1]} rows, and here are {columns} and {rows}",
            hint="make the window larger, or draw into a file: -o curve.svg",
        )
    return columns, min(rows - 1, max(22, columns // 2))  # one row is left for what is typed next


def below(size: Size, lines: int) -> Size:
    """What is left of the window on a terminal, if so many lines that are written before are to stay in sight."""
    terminal = sys.stdout is not None and sys.stdout.isatty()
    return (size[0], max(size[1] - lines, _LEAST[1] - 1)) if terminal else size


def field_size(size: Size) -> tuple[Size, Size]:
    """How many cells a field has in a window of that size, two in a row of text, and how many arrows."""
    columns, rows = size[0] - 12, size[1] - 5
    return (columns, 2 * rows), (max(4, columns // 6), max(3, rows // 3))


def show(plot: Line | Field, size: Size) -> None:
    """Print it: in colour on a terminal, else as plain text."""
    console = None
    if _terminal():
        from rich.console import Console

        console = Console(highlight=False, markup=False, emoji=False)
    _print(_lines(plot, size, console), console)


def to_text(plot: Line | Field, size: Size) -> str:
    """As plain text."""
    return "\n".join(["".join([text for text, _ in line]).rstrip() for line in _lines(plot, size, None)])


def _terminal() -> bool:
    """Whether standard output shows colours: it is a terminal, or is to be taken for one."""
    return sys.stdout is not None and (sys.stdout.isatty() or bool(os.environ.get("FORCE_COLOR")))


def _lines(plot: Line | Field, size: Size, console: "Console | None") -> list[list[Piece]]:
    if isinstance(plot, Line):
        return _curves(plot, size)
    colours = console is not None and not console.no_color and console.color_system not in (None, "standard")
    return _area(plot, size, colours)


def _print(lines: list[list[Piece]], console: "Console | None") -> None:
    if console is None:
        text = "\n".join(["".join([text for text, _ in line]).rstrip() for line in lines])
        encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
        try:
            text.encode(encoding)
        except UnicodeEncodeError:
            text = _plain(text)
        print(text)
        return
    from rich.text import Text

    console.print(Text("\n").join([Text.assemble(*line) for line in lines]), soft_wrap=True)


def _plain(text: str) -> str:
    """The text for an encoding without our signs."""
    shown = str.maketrans("│┤┼└─┬┈┊●•·░▒▓█→↗↑↖←↙↓↘…", "||++-+.:o..:+%#>/^\\</v\\~")
    return "".join([":" if "⠀" < char <= "⣿" else char for char in text.translate(shown)])


# --- curves -------------------------------------------------------------------------------------------------------


def _curves(plot: Line, size: Size) -> list[list[Piece]]:
    """The function above its derivative, which have the horizontal axis in common."""
    columns, rows = size
    rows -= 4 + (plot.spot is not None)  # two titles, the axis and its numbers
    top, bottom = rows - rows // 2, rows // 2
    panels = (plot.limits, plot.slope_limits)
    ticks = [_ticks(*span, max(2, height // 2)) for span, height in zip(panels, (top, bottom), strict=True)]
    gutter = max(len(text) for texts in ticks for _, text in texts)
    width = columns - gutter - 3
    upper, lower = (_Canvas(width, h, plot.range, span) for h, span in zip((top, bottom), panels, strict=True))
    for canvas, points, style in zip((upper, lower), plot.drawn(), (_CURVE, _SLOPE), strict=True):
        canvas.curve(points, style)
        canvas.upright(plot.poles())
    captions = []
    if spot := plot.spot:
        ((x,), gradient), text = (spot.at.values(), slope_at(spot)), said(plot, spot)
        if gradient is not None:
            upper.straight(x, spot.value, gradient, _TANGENT)
            lower.mark(x, gradient, _SPOT)
        upper.mark(x, spot.value, _SPOT)
        captions = [_caption(text, gutter)]
        if gradient is not None and columns > len(text) + gutter + 36:
            captions[0].append(("; the dotted line is the tangent", _DIM))
    return [
        _title(headline(plot), columns, gutter, _CURVE),
        *upper.lines(ticks[0], gutter),
        _title(names(plot)[1], columns, gutter, _SLOPE),
        *lower.lines(ticks[1], gutter),
        *_axis(plot.range, width, gutter, plot.variable),
        *captions,
    ]


def _title(text: str, columns: int, gutter: int, style: str) -> list[Piece]:
    room = columns - gutter - 2
    return [(" " * (gutter + 2), ""), (text if len(text) <= room else text[: room - 1] + "…", f"bold {style}".strip())]


def _caption(text: str, gutter: int) -> list[Piece]:
    return [(" " * gutter + " ", ""), ("●", _SPOT), (f" {text}", "")]


class _Canvas:
    """A window of so many columns and rows of characters, each of 2 by 4 dots, onto a part of the plane."""

    def __init__(self, columns: int, rows: int, xs: Limits, ys: Limits) -> None:
        self._columns, self._rows, self._xs, self._ys = columns, rows, xs, ys
        self._cells: dict[tuple[int, int], tuple[int, str]] = {}
        self._marks: dict[tuple[int, int], str] = {}
        self._uprights: set[int] = set()

    def _place(self, x: float, y: float) -> tuple[float, float]:
        """In dots, from the left and from the top."""
        (left, right), (low, high) = self._xs, self._ys
        row = (high - y) / (high - low) * 4 * self._rows
        return (x - left) / (right - left) * 2 * self._columns, min(max(row, -_FAR), _FAR)

    def _dot(self, x: float, y: float, style: str) -> None:
        column, row = min(floor(x), 2 * self._columns - 1), min(floor(y), 4 * self._rows - 1)
        cell = (row // 4, column // 2)
        self._cells[cell] = (self._cells.get(cell, (0, ""))[0] | _DOTS[row % 4][column % 2], style)

    def curve(self, points: Iterable[tuple[float, float]], style: str) -> None:
        """Join the points, but not across one that is nan."""
        height, last = 4.0 * self._rows, None
        for x, y in points:
            if y != y:
                last = None
                continue
            place = self._place(x, y)
            if last is not None:
                self._join(last, place, height, style)
            elif 0 <= place[1] <= height:
                self._dot(*place, style)
            last = place

    def _join(
        self, start: tuple[float, float], end: tuple[float, float], height: float, style: str, gap: int = 1
    ) -> None:
        """A straight line, of which the part inside the window is drawn; with a gap of 2 every second dot."""
        (x, y), (dx, dy) = start, (end[0] - start[0], end[1] - start[1])
        if dy:
            first, last = sorted(((0 - y) / dy, (height - y) / dy))
            first, last = max(first, 0.0), min(last, 1.0)
        else:
            first, last = (0.0, 1.0) if 0 <= y <= height else (1.0, 0.0)
        if first > last:
            return
        steps = max(1, ceil(max(abs(dx), abs(dy)) * (last - first)))
        for step in range(0, steps + 1, gap):
            t = first + (last - first) * step / steps
            self._dot(x + t * dx, min(max(y + t * dy, 0.0), height), style)

    def straight(self, x: float, y: float, slope: float, style: str) -> None:
        """A dotted line through a point, from edge to edge, beneath what else there is."""
        before, self._cells = self._cells, {}
        left, right = self._xs
        ends = [self._place(end, y + slope * (end - x)) for end in (left, right)]
        self._join(ends[0], ends[1], 4.0 * self._rows, style, gap=2)
        for cell, (bits, own) in before.items():
            self._cells[cell] = (self._cells.get(cell, (0, ""))[0] | bits, own)

    def upright(self, xs: list[float]) -> None:
        """Lines from top to bottom beneath what else there is, if they are not so many as to hide it."""
        if _APART * len(xs) < self._columns:
            self._uprights |= {min(floor(self._place(x, 0.0)[0]) // 2, self._columns - 1) for x in xs}

    def mark(self, x: float, y: float, style: str) -> None:
        """A point."""
        column, row = self._place(x, y)
        if 0 <= row <= 4 * self._rows:
            self._marks[min(floor(row) // 4, self._rows - 1), min(floor(column) // 2, self._columns - 1)] = style

    def lines(self, ticks: list[tuple[float, str]], gutter: int) -> list[list[Piece]]:
        """The rows, with the numbers of the axis before them and a line where the function would be 0."""
        texts = {min(floor(self._place(0, value)[1]) // 4, self._rows - 1): text for value, text in ticks}
        zero = floor(self._place(0, 0.0)[1]) // 4 if self._ys[0] < 0 < self._ys[1] else None
        lines: list[list[Piece]] = []
        for row in range(self._rows):
            line = [(texts.get(row, "").rjust(gutter), ""), (" ┤" if row in texts else " │", _DIM)]
            for column in range(self._columns):
                cell = (row, column)
                bits, style = self._cells.get(cell, (0, ""))
                if cell in self._marks:
                    line.append(("●", self._marks[cell]))
                elif bits:
                    line.append((chr(0x2800 + bits), style))
                elif row == zero:
                    line.append(("┈", _DIM))
                else:
                    line.append(("┊", _DIM) if column in self._uprights else (" ", ""))
            lines.append(_merged(line))
        return lines


def _merged(line: list[Piece]) -> list[Piece]:
    """Neighbours of one style as one piece."""
    found: list[Piece] = []
    for text, style in line:
        if found and found[-1][1] == style:
            found[-1] = (found[-1][0] + text, style)
        else:
            found.append((text, style))
    return found


# --- axes ---------------------------------------------------------------------------------------------------------


def _ticks(low: float, high: float, most: int) -> list[tuple[float, str]]:
    """Round numbers between two ends, two at least and else as many as wanted at most, and how they are written."""
    unit = max(10.0 ** floor(log10((high - low) / (most + 1) or _SMALLEST)), _SMALLEST)
    found: list[tuple[float, str]] = []
    for step in [unit * factor for factor in (1, 2, 5, 10, 20, 50)]:
        indices = range(ceil(low / step - 1e-9), floor(high / step + 1e-9) + 1)
        if found and (len(found) <= most or len(indices) < 2):
            break
        found = [(index * step, _tick(index * step, step)) for index in indices]
    return found or [(low, short(low))]


def _tick(value: float, step: float) -> str:
    """With as many digits as tell it from its neighbours."""
    if value == 0:
        return "0"
    decimals = max(0, -floor(log10(step) + 1e-9))
    if decimals <= 5 and abs(value) < 1e7:
        return f"{value:.{decimals}f}"
    digits = min(16, max(0, floor(log10(abs(value))) - floor(log10(step) + 1e-9)))
    mantissa, _, exponent = f"{value:.{digits}e}".partition("e")
    mantissa = mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa
    return f"{mantissa}e{int(exponent)}" if int(exponent) else mantissa


def _axis(span: Limits, width: int, gutter: int, name: str) -> list[list[Piece]]:
    """The horizontal axis, and the numbers below it, none on another."""
    low, high = span
    ticks = _ticks(low, high, max(2, min(10, width // 10)))
    line, numbers, blank, free = ["─"] * width, [" "] * (width + gutter + 3), 0, 0
    for value, text in ticks:
        column = min(max(round((value - low) / (high - low) * width - 0.5), 0), width - 1)
        line[column] = "┬"
        start = gutter + 2 + column - (len(text) - text.startswith("-")) // 2 - text.startswith("-")
        start = min(max(start, 0), len(numbers) - len(text))
        if start >= free:
            numbers[start : start + len(text)] = text
            blank, free = free + (start - free - len(name)) // 2, start + len(text) + 1
    last = len(numbers) - len(name) - 1
    start = last if last >= free else blank  # halfway between the last two, where there is no room behind them
    if len(name) < 12 and not "".join(numbers[max(start - 1, 0) : start + len(name) + 1]).strip():
        numbers[start : start + len(name)] = name
    return [
        [(" " * gutter, ""), (" └" + "".join(line), _DIM)],
        [("".join(numbers).rstrip(), "")],
    ]


# --- areas --------------------------------------------------------------------------------------------------------


def _area(plot: Field, size: Size, colours: bool) -> list[list[Piece]]:
    """The values as shades, or in colours with two to a character, and arrows that point uphill."""
    columns, rows = len(plot.xs), len(plot.ys) // 2
    (left, right), (low, high) = plot.ranges
    ticks = _ticks(low, high, max(2, rows // 2))
    gutter = max(len(text) for _, text in ticks)
    columns = min(columns, size[0] - gutter - 3)
    level, legend = _levels(plot.limits, colours, size[0] - gutter - 2)

    def value(column: int, half: int) -> float:  # halves of rows, from the top
        return plot.values[len(plot.ys) - 1 - half][column * len(plot.xs) // columns]

    signs: dict[tuple[int, int], Piece] = {}
    for x, y, gx, gy in plot.arrows:
        column = min(floor((x - left) / (right - left) * columns), columns - 1)
        row = min(floor((high - y) / (high - low) * rows), rows - 1)
        signs[row, column] = (_arrow(gx * columns / (right - left), gy * 2 * rows / (high - low)), "")
    captions = []
    if spot := plot.spot:
        x, y = (spot.at[name] for name in plot.variables)
        row, column = floor((high - y) / (high - low) * rows), floor((x - left) / (right - left) * columns)
        signs[min(row, rows - 1), min(column, columns - 1)] = ("●", _SPOT)
        captions = [_caption(said(plot, spot), gutter)]
    texts = {min(floor((high - v) / (high - low) * rows), rows - 1): text for v, text in ticks}
    x_name, y_name = plot.variables
    lines = [_title(headline(plot), size[0], gutter, "")]
    if len(y_name) <= gutter:
        lines[0][0] = (f"{y_name.rjust(gutter)}  ", "")
    for row in range(rows):
        line: list[Piece] = [(texts.get(row, "").rjust(gutter), ""), (" ┤" if row in texts else " │", _DIM)]
        for column in range(columns):
            upper, lower = value(column, 2 * row), value(column, 2 * row + 1)
            middle = level((upper + lower) / 2)
            sign = signs.get((row, column))
            if not colours:
                line.append(sign or (_SHADES[middle] if middle >= 0 else "·", ""))
            elif sign:
                ink = "bold red" if sign[1] else "white" if middle < 10 else "black"
                line.append((sign[0], f"{ink}{_on(middle)}" if middle >= 0 else sign[1]))
            else:
                line.append(_half(level(upper), level(lower)))
        lines.append(_merged(line))
    below = [(" " * (gutter + 2), ""), *legend]
    if sum(len(text) for text, _ in below) + 15 < size[0]:
        below.append(("; arrows uphill", _DIM))
    return [
        *lines,
        *_axis(plot.ranges[0], columns, gutter, x_name),
        below,
        *captions,
    ]


def _levels(span: Limits, colours: bool, room: int) -> tuple[Callable[[float], int], list[Piece]]:
    """What makes of a value the index of its shade or colour, -1 where there is none; and what they stand for."""
    low, high = span
    if colours:
        count = len(_RAMP)
        bar: list[Piece] = [(f"{short(low)} ", ""), *[(" ", _on(index).strip()) for index in range(count)]]
        size = (high - low) or 1.0
        return lambda v: -1 if v != v else min(max(floor((v - low) / size * count), 0), count - 1), [
            *bar,
            (f" {short(high)}", ""),
        ]
    bounds = [(value, text) for value, text in _ticks(low, high, 5) if low < value < high]
    while len(bounds) >= len(_SHADES):
        bounds = bounds[::2]
    edges = [value for value, _ in bounds]
    said = [f"{shade} to {text}" for shade, (_, text) in zip(_SHADES[1:], bounds[1:], strict=False)]
    pieces = [f"blank below {bounds[0][1]}", *said, f"{_SHADES[len(bounds)]} above"] if bounds else []
    text = ", ".join(pieces)
    if len(text) > room:
        text = " ".join([f"{shade} {text}" for shade, (_, text) in zip(["blank", *_SHADES[1:]], bounds, strict=False)])
        text += f" {_SHADES[len(bounds)]}"
    return lambda v: -1 if v != v else bisect_right(edges, v), [(text, "")]


def _on(index: int) -> str:
    return f" on rgb({','.join(map(str, _RAMP[index]))})" if index >= 0 else ""


def _half(upper: int, lower: int) -> Piece:
    """A character of two colours, one above the other; -1 is none."""
    if upper < 0:
        return ("▄", f"rgb({','.join(map(str, _RAMP[lower]))})") if lower >= 0 else (" ", "")
    return "▀", f"rgb({','.join(map(str, _RAMP[upper]))}){_on(lower)}"


def _arrow(dx: float, dy: float) -> str:
    """The arrow that points that way; a dot where there is no way."""
    return _ARROWS[round(atan2(dy, dx) / (pi / 4)) % 8] if dx or dy else "•"
