"""Axes of a drawing for the terminal: round numbers, how they are written, and where they stand."""

from math import ceil, floor, log10

from autodiff_cli.render.phrases import without_zeros
from autodiff_cli.reports.plot import short
from autodiff_cli.reports.views import Limits

DIM = "dim"
_SMALLEST = 5e-324  # of the floats above 0

Piece = tuple[str, str]  # text, and its style
Tick = tuple[float, str]  # a number, and how it is written


def ticks(span: Limits, most: int) -> list[Tick]:
    """Round numbers between two ends, two at least and else as many as wanted at most, and how they are written.

    From 0 to 1 up to 4 of them are 0, 0.5 and 1.0.
    """
    low, high = span
    distance = (high - low) / (most + 1) or _SMALLEST
    step = finest = max(10.0 ** floor(log10(distance)), _SMALLEST)
    indices = _multiples(span, step)
    for factor in (2, 5, 10, 20, 50):
        fewer = _multiples(span, finest * factor)
        few_enough = len(indices) <= most or len(fewer) < 2
        if indices and few_enough:
            break
        step, indices = finest * factor, fewer
    if not indices:
        return [(low, short(low))]
    return [(index * step, tick_text(index * step, step)) for index in indices]


def _multiples(span: Limits, step: float) -> range:
    """Which multiples of a step are in a span."""
    return range(ceil(span[0] / step - 1e-9), floor(span[1] / step + 1e-9) + 1)


def tick_text(value: float, step: float) -> str:
    """A number with as many digits as tell it from its neighbours: 0.50 in steps of 0.05."""
    if value == 0:
        return "0"
    power = floor(log10(step) + 1e-9)
    if power >= -5 and abs(value) < 1e7:
        return f"{value:.{max(0, -power)}f}"
    digits = min(16, max(0, floor(log10(abs(value))) - power))
    return without_zeros(f"{value:.{digits}e}")


def index_of(part: float, count: int) -> int:
    """In which of so many cells a part of the way from one end to the other is; the far end is in the last one."""
    return min(floor(part * count), count - 1)


def beside(texts: dict[int, str], row: int, gutter: int) -> list[Piece]:
    """The vertical axis in a row of the drawing, after its number if it has one: "  1.0 ┤"."""
    return [(texts.get(row, "").rjust(gutter), ""), (" ┤" if row in texts else " │", DIM)]


def below(span: Limits, width: int, gutter: int, name: str) -> list[list[Piece]]:
    """The horizontal axis, and the numbers below it, none on another, with the name of the variable among them."""
    low, high = span
    line = ["─"] * width
    numbers = _Numbers(width + gutter + 3)
    for value, text in ticks(span, max(2, min(10, width // 10))):
        column = min(max(round((value - low) / (high - low) * width - 0.5), 0), width - 1)
        line[column] = "┬"
        numbers.put(text, gutter + 2 + column)
    numbers.put_name(name)
    return [[(" " * gutter, ""), (" └" + "".join(line), DIM)], [(numbers.text, "")]]


class _Numbers:
    """The line of numbers below an axis, filled from the left."""

    def __init__(self, width: int) -> None:
        self._line = [" "] * width
        self._free = 0  # where the next number may begin
        self._gap = 0, 0  # from where to where is free before the last number

    @property
    def text(self) -> str:
        return "".join(self._line).rstrip()

    def put(self, text: str, column: int) -> None:
        """Put a number with its middle below a column, a minus sign before that; leave it out if there is no room."""
        minus = text.startswith("-")
        start = column - (len(text) - minus) // 2 - minus
        start = min(max(start, 0), len(self._line) - len(text))
        if start >= self._free:
            self._line[start : start + len(text)] = text
            self._gap = self._free, start
            self._free = start + len(text) + 1

    def put_name(self, name: str) -> None:
        """Put the name of the variable at the end, or halfway between the last two numbers, if there is room."""
        start = len(self._line) - len(name) - 1
        if start < self._free:
            low, high = self._gap
            start = low + (high - low - len(name)) // 2
        around = self._line[max(start - 1, 0) : start + len(name) + 1]
        if len(name) < 12 and not "".join(around).strip():
            self._line[start : start + len(name)] = name
