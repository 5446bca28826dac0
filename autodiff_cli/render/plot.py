"""A plot for the terminal: curves in braille dots, areas in shades or colours; plain text in a pipe."""

import os
import sys
from shutil import get_terminal_size

from autodiff_cli.errors import AutodiffError
from autodiff_cli.render.axes import DIM, Piece, below, ticks
from autodiff_cli.render.canvas import Canvas
from autodiff_cli.render.captions import headline, names, said, slope_at
from autodiff_cli.render.shades import AreaDrawing
from autodiff_cli.reports.curves import Curves
from autodiff_cli.reports.plot import Field, Line, place_text, short

_LEAST = (40, 14)  # columns and rows
_NAMED = 4  # marks of a kind whose places are said
PAGE = (80, 23)  # in a file
_CURVE, _SLOPE, _TANGENT, _SPOT = "bright_blue", "magenta", "green", "bold red"
_SEVERAL = ("bright_blue", "magenta", "green", "yellow", "cyan", "red")
GLYPHS = "●▲■◆○△□◇"  # that tell several curves apart, without colours too
MARKS = {"zero": "○", "minimum": "▼", "maximum": "▲", "inflection": "◇"}
_PLAIN = str.maketrans("│┤┼└─┬┈┊●•·░▒▓█→↗↑↖←↙↓↘…", "||++-+.:o..:+%#>/^\\</v\\~")  # for an encoding without our signs
_PLAIN |= str.maketrans("▲▼■◆○△□◇", "^v#*@AH%")
_PLAIN |= dict.fromkeys(range(0x2801, 0x2900), ord(":"))  # braille

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


def left_after(size: Size, lines: int) -> Size:
    """What is left of the window on a terminal, if so many lines that are written before are to stay in sight."""
    terminal = sys.stdout is not None and sys.stdout.isatty()
    return (size[0], max(size[1] - lines, _LEAST[1] - 1)) if terminal else size


def field_size(size: Size) -> tuple[Size, Size]:
    """How many cells a field has in a window of that size, two in a row of text, and how many arrows."""
    columns, rows = size[0] - 12, size[1] - 5
    return (columns, 2 * rows), (max(4, columns // 6), max(3, rows // 3))


def show(plot: Line | Field | Curves, size: Size) -> None:
    """Print it: in colour on a terminal, or on what is to be taken for one; else as plain text."""
    if sys.stdout is not None and (sys.stdout.isatty() or os.environ.get("FORCE_COLOR")):
        _print(plot, size)
        return
    text = to_text(plot, size)
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        text = text.translate(_PLAIN)
    print(text)


def _print(plot: Line | Field | Curves, size: Size) -> None:
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False, markup=False, emoji=False)
    lines = _lines(plot, size, not console.no_color and console.color_system not in (None, "standard"))
    console.print(Text("\n").join([Text.assemble(*line) for line in lines]), soft_wrap=True)


def to_text(plot: Line | Field | Curves, size: Size = PAGE) -> str:
    """As plain text."""
    lines = ["".join([text for text, _ in line]) for line in _lines(plot, size, colours=False)]
    return "\n".join(map(str.rstrip, lines))


def _lines(plot: Line | Field | Curves, size: Size, colours: bool) -> list[list[Piece]]:
    if isinstance(plot, Curves):
        return _several(plot, size)
    return _curves(plot, size) if isinstance(plot, Line) else _area(plot, size[0], colours)


def _curves(plot: Line, size: Size) -> list[list[Piece]]:
    """The function above its derivative, which have the horizontal axis in common."""
    ((name, span),) = plot.spans.items()
    columns, rows = size
    legend = _marks_legend(plot)
    rows -= 4 + (plot.spot is not None) + len(legend)  # two titles, the axis and its numbers
    heights = rows - rows // 2, rows // 2
    numbers = [
        ticks(span, max(2, height // 2)) for span, height in zip((plot.limits, plot.slope_limits), heights, strict=True)
    ]
    gutter = max(len(text) for texts in numbers for _, text in texts)
    width = columns - gutter - 3
    upper = Canvas(width, heights[0], span, plot.limits)
    lower = Canvas(width, heights[1], span, plot.slope_limits)
    values, slopes = plot.drawn()
    upper.curve(values, _CURVE)
    lower.curve(slopes, _SLOPE)
    upper.upright(plot.poles())
    lower.upright(plot.poles())
    _draw_spot(plot, upper, lower)
    for mark in plot.marks:
        upper.mark(mark.x, mark.value, _SPOT, MARKS[mark.kind])
    return [
        _title(headline(plot), columns, gutter, _CURVE),
        *upper.lines(numbers[0], gutter),
        _title(names(plot)[1], columns, gutter, _SLOPE),
        *lower.lines(numbers[1], gutter),
        *below(span, width, gutter, name),
        *_caption(plot, columns, gutter),
        *[[(" " * (gutter + 1), ""), (line[:1], _SPOT), (_cut(line[1:], columns - gutter - 2), "")] for line in legend],
    ]


def _marks_legend(plot: Line) -> list[str]:
    """A line a kind of marks: "▲ maximum (1, 0.5)"."""
    lines = []
    for kind, glyph in MARKS.items():
        places = [f"({short(mark.x)}, {short(mark.value)})" for mark in plot.marks if mark.kind == kind]
        more = f" and {len(places) - _NAMED} more" if len(places) > _NAMED else ""
        if places:
            lines.append(f"{glyph} {kind} {', '.join(places[:_NAMED])}{more}")
    return lines


def _several(plot: Curves, size: Size) -> list[list[Piece]]:
    """Several curves in one window, each with its colour and its glyph."""
    ((name, span),) = plot.spans.items()
    columns, rows = size
    height = max(rows - 2 - len(plot.lines) - bool(plot.fixed), _LEAST[1] - 6)
    numbers = ticks(plot.limits, max(2, height // 2))
    gutter = max(len(text) for _, text in numbers)
    width = columns - gutter - 3
    canvas = Canvas(width, height, span, plot.limits)
    legend: list[list[Piece]] = []
    for place, (label, line) in enumerate(zip(plot.labels, plot.lines, strict=True)):
        style, glyph = _SEVERAL[place % len(_SEVERAL)], GLYPHS[place % len(GLYPHS)]
        values, _ = line.drawn()
        canvas.curve(values, style)
        canvas.upright(line.poles())
        canvas.glyphs(values, glyph, style, (place + 0.5) / len(plot.lines))
        legend.append([(" " * (gutter + 1), ""), (glyph, style), (f" {_cut(label, columns - gutter - 4)}", "")])
    if plot.fixed:
        legend.append([(" " * (gutter + 1), ""), (place_text(plot.fixed), DIM)])
    return [*canvas.lines(numbers, gutter), *below(span, width, gutter, name), *legend]


def _cut(text: str, room: int) -> str:
    return text if len(text) <= room else text[: room - 1] + "…"


def _draw_spot(plot: Line, upper: Canvas, lower: Canvas) -> None:
    """Draw the point of interest, and the tangent there if there is one."""
    if not plot.spot:
        return
    (x,) = plot.spot.at.values()
    slope = slope_at(plot.spot)
    if slope is not None:
        upper.straight(x, plot.spot.value, slope, _TANGENT)
        lower.mark(x, slope, _SPOT)
    upper.mark(x, plot.spot.value, _SPOT)


def _area(plot: Field, columns: int, colours: bool) -> list[list[Piece]]:
    """The values, and arrows that point uphill."""
    drawing = AreaDrawing(plot, columns, colours)
    title = _title(headline(plot), columns, drawing.gutter, "")
    _, name = plot.spans
    if len(name) <= drawing.gutter:  # above the numbers of its axis
        title[0] = (f"{name.rjust(drawing.gutter)}  ", "")
    return [title, *drawing.lines(_SPOT), *_caption(plot, columns, drawing.gutter)]


def _title(text: str, columns: int, gutter: int, style: str) -> list[Piece]:
    room = columns - gutter - 2
    return [(" " * (gutter + 2), ""), (_cut(text, room), f"bold {style}".strip())]


def _caption(plot: Line | Field, columns: int, gutter: int) -> list[list[Piece]]:
    """A line on the point of interest, if there is one."""
    if not plot.spot:
        return []
    text = said(plot, plot.spot)
    line = [(" " * gutter + " ", ""), ("●", _SPOT), (f" {text}", "")]
    tangent = isinstance(plot, Line) and slope_at(plot.spot) is not None
    if tangent and columns > len(text) + gutter + 36:
        line.append(("; the dotted line is the tangent", DIM))
    return [line]
