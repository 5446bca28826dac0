"""An area for the terminal: its values as shades, or in colours, and arrows that point uphill."""

from bisect import bisect_right
from collections.abc import Iterator
from math import atan2, pi
from operator import itemgetter

from autodiff_cli.render.axes import DIM, Piece, below, beside, index_of, ticks
from autodiff_cli.render.canvas import merged
from autodiff_cli.reports.plot import Field, short
from autodiff_cli.reports.views import Limits

_SHADES = " ░▒▓█"
_ARROWS = "→↗↑↖←↙↓↘"
_RAMP = (  # viridis, from low to high
    *((68, 1, 84), (71, 24, 106), (71, 45, 123), (66, 64, 134), (59, 82, 139), (51, 99, 141), (44, 114, 142)),
    *((38, 130, 142), (33, 145, 140), (31, 160, 136), (40, 174, 128), (63, 188, 115), (94, 201, 98), (132, 212, 75)),
    *((173, 220, 48), (216, 226, 25), (253, 231, 37)),
)
_COLOURS = [f"rgb({red},{green},{blue})" for red, green, blue in _RAMP]
_BRIGHT = 10  # the first colour on which signs are black


class Shades:
    """Five shades, between round numbers; their `legend` says what they stand for."""

    def __init__(self, span: Limits, room: int) -> None:
        low, high = span
        bounds = [tick for tick in ticks(span, 5) if low < tick[0] < high]
        while len(bounds) >= len(_SHADES):
            bounds = bounds[::2]
        self._edges = [*map(itemgetter(0), bounds)]
        texts = [*map(itemgetter(1), bounds)]
        self.legend = [(_legend(texts, room), "")]

    def cell(self, upper: float, lower: float, sign: Piece | None) -> Piece:
        """The sign, or the shade of the mean; a dot where there is no value."""
        mean = (upper + lower) / 2
        shade = "·" if mean != mean else _SHADES[bisect_right(self._edges, mean)]
        return sign or (shade, "")


def _legend(bounds: list[str], room: int) -> str:
    """What the shades stand for: "blank below 0, ░ to 0.5, ▒ above", or if that is too long "blank 0 ░ 0.5 ▒"."""
    if not bounds:
        return ""
    last = _SHADES[len(bounds)]
    to = [f"{shade} to {bound}" for shade, bound in zip(_SHADES[1:], bounds[1:], strict=False)]
    text = ", ".join([f"blank below {bounds[0]}", *to, f"{last} above"])
    if len(text) <= room:
        return text
    pairs = zip(["blank", *_SHADES[1:]], bounds, strict=False)
    return " ".join([*map(" ".join, pairs), last])


class Colours:
    """Colours in steps from the low end to the high one, two to a character."""

    def __init__(self, span: Limits) -> None:
        self._low, high = span
        self._size = (high - self._low) or 1.0
        bar = [(" ", f"on {colour}") for colour in _COLOURS]
        self.legend = [(f"{short(self._low)} ", ""), *bar, (f" {short(high)}", "")]

    def _colour(self, value: float) -> int:
        """The index of the colour of a value; -1 where there is none."""
        if value != value:
            return -1
        return max(index_of((value - self._low) / self._size, len(_COLOURS)), 0)

    def cell(self, upper: float, lower: float, sign: Piece | None) -> Piece:
        """The sign on the colour of the mean, or both colours, one above the other."""
        if sign:
            text, style = sign
            ground = self._colour((upper + lower) / 2)
            if ground < 0:
                return sign
            ink = style or ("white" if ground < _BRIGHT else "black")
            return text, f"{ink} on {_COLOURS[ground]}"
        return _half(self._colour(upper), self._colour(lower))


def _half(upper: int, lower: int) -> Piece:
    """A character of two colours, one above the other; -1 is none."""
    has_lower = lower >= 0
    if upper < 0:
        return ("▄", _COLOURS[lower]) if has_lower else (" ", "")
    ground = f" on {_COLOURS[lower]}" if has_lower else ""
    return "▀", f"{_COLOURS[upper]}{ground}"


class AreaDrawing:
    """An area in so many columns, whose characters have two values each, one above the other.

    The numbers of its vertical axis take `gutter` columns.
    """

    def __init__(self, plot: Field, width: int, colours: bool) -> None:
        self._plot, self._width, self._rows = plot, width, len(plot.ys) // 2
        self._wide, self._tall = plot.spans.values()
        self._ticks = ticks(self._tall, max(2, self._rows // 2))
        self.gutter = max(len(text) for _, text in self._ticks)
        self._columns = min(len(plot.xs), width - self.gutter - 3)
        self._fill = Colours(plot.limits) if colours else Shades(plot.limits, width - self.gutter - 2)

    def lines(self, spot_style: str) -> list[list[Piece]]:
        """The rows, the horizontal axis and the legend; `spot_style` is that of the point of interest."""
        legend = [(" " * (self.gutter + 2), ""), *self._fill.legend]
        if sum(len(text) for text, _ in legend) + 15 < self._width:
            legend.append(("; arrows uphill", DIM))
        axis = below(self._wide, self._columns, self.gutter, next(iter(self._plot.spans)))
        return [*self._drawn(self._signs(spot_style)), *axis, legend]

    def _row(self, y: float) -> int:
        low, high = self._tall
        return index_of((high - y) / (high - low), self._rows)

    def _cell(self, x: float, y: float) -> tuple[int, int]:
        left, right = self._wide
        return self._row(y), index_of((x - left) / (right - left), self._columns)

    def _signs(self, spot_style: str) -> dict[tuple[int, int], Piece]:
        """By cell, an arrow for each gradient, and a mark at the point of interest."""
        (left, right), (low, high) = self._wide, self._tall
        signs = {}
        for x, y, gx, gy in self._plot.arrows:
            sign = arrow(gx * self._columns / (right - left), gy * 2 * self._rows / (high - low))
            signs[self._cell(x, y)] = (sign, "")
        if spot := self._plot.spot:
            signs[self._cell(*[spot.at[name] for name in self._plot.spans])] = ("●", spot_style)
        return signs

    def _drawn(self, signs: dict[tuple[int, int], Piece]) -> Iterator[list[Piece]]:
        """The rows from the top, with the numbers of the axis before them."""
        texts = {self._row(y): text for y, text in self._ticks}
        values, count = self._plot.values, len(self._plot.xs)
        for row in range(self._rows):
            upper, lower = values[-1 - 2 * row], values[-2 - 2 * row]
            line = beside(texts, row, self.gutter)
            for column in range(self._columns):
                at = column * count // self._columns
                line.append(self._fill.cell(upper[at], lower[at], signs.get((row, column))))
            yield merged(line)


def arrow(dx: float, dy: float) -> str:
    """The arrow that points that way; a dot where there is no way."""
    if dx == dy == 0:
        return "•"
    return _ARROWS[round(atan2(dy, dx) / (pi / 4)) % 8]
