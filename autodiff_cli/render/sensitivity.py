"""Which input matters most: a tornado of bars beside the numbers; JSON, CSV and TSV."""

import json
from collections.abc import Callable
from itertools import chain
from math import isfinite, nan
from typing import TYPE_CHECKING, Any, NamedTuple

from autodiff_cli.render.data import pick, plain, separated

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    from autodiff_cli.reports.sensitivity import Influence, Sensitivity, Span, Swing

_BAR = 12  # columns at least that bars are worth
_MOST = 40
_DIGITS = (6, 5, 4, 3)  # significant, what to try until there is room for bars
_LOW, _HIGH = "cyan", "yellow"
_PARTS: dict[str, Callable[["Influence"], Any]] = {
    "point": lambda one: one.row.value,
    "elasticity": lambda one: _known(one.elasticity),
    "gradient": lambda one: plain(one.row.gradient),
    "verdict": lambda one: one.row.verdict.value,
}
_ENDS: dict[str, Callable[["Swing"], Any]] = {
    "low": lambda swing: {"input": plain(swing.inputs[0]), "result": _known(swing.results[0])},
    "high": lambda swing: {"input": plain(swing.inputs[1]), "result": _known(swing.results[1])},
    "width": lambda swing: _known(swing.width),
}


def _known(number: float) -> Any:
    return None if number != number else plain(number)


def to_dict(report: "Sensitivity") -> dict[str, Any]:
    """What JSON shows: objects by variable, the one that matters most first; null where there is no number."""
    swings = report.swings
    parts = {key: {one.name: cell(one) for one in report.influences} for key, cell in _PARTS.items()}
    ends = {key: {name: cell(swing) for name, swing in swings.items()} for key, cell in _ENDS.items()}
    found = {"expression": report.expression, "value": plain(report.value), **parts}
    return found | (ends if swings else {}) | {"notes": report.notes}


def to_json(report: "Sensitivity") -> str:
    """One object."""
    return json.dumps(to_dict(report))


def only(report: "Sensitivity", path: str) -> str:
    """One number or word, bare: `elasticity.R`, `low.R.result`, `width.R`.

    Raises AutodiffError where there is none.
    """
    return pick(to_dict(report), path, path.split("."), f"there is no {path} here")


def to_separated(report: "Sensitivity", format: str) -> str:
    """A header and a row a variable, the one that matters most first."""
    ends = ["low_input", "low_result", "high_input", "high_result", "width"] if report.swings else []
    rows: list[list[Any]] = [["variable", *_PARTS, *ends]]
    for one in report.influences:
        cells = _cells(one.swing)[: len(ends)]
        rows.append([one.name, *[cell(one) for cell in _PARTS.values()], *cells])
    return separated(rows, format)


def _cells(swing: "Swing | None") -> list[Any]:
    """The cells of both ends; empty ones where a variable does not move."""
    if swing is None:
        return [None] * 5
    low, high = (end(swing).values() for end in (_ENDS["low"], _ENDS["high"]))
    return [*low, *high, _known(swing.width)]


# --- as a tornado --------------------------------------------------------------------------------------------------


class _Bars(NamedTuple):
    """What bars are drawn with: their scale, its middle, and how many columns there are."""

    least: float
    greatest: float
    middle: float
    room: int
    signs: str  # of the low input, of the high one, and of the middle
    of_results: bool  # or of elasticities

    def place(self, number: float) -> int:
        """The column of a number."""
        share = (number - self.least) / (self.greatest - self.least)
        return min(self.room - 1, max(0, round(share * (self.room - 1))))

    def of(self, one: "Influence") -> "Text":
        """The bar of a variable: to the results at both ends, or its elasticity."""
        if not self.of_results:
            return self.bar(nan, one.elasticity)
        return self.bar(*(one.swing.results if one.swing else (nan, nan)))

    def bar(self, low: float, high: float) -> "Text":
        """The bar from the middle to the result at the low input, and to that at the high one."""
        from rich.text import Text

        cells, styles = [" "] * self.room, [""] * self.room
        middle = self.place(self.middle)
        ends = sorted(
            [(low, self.signs[0], _LOW), (high, self.signs[1], _HIGH)], key=lambda end: -abs(end[0] - self.middle)
        )
        for number, sign, style in ends:  # the longer first, so that both are seen
            if isfinite(number):
                first, last = sorted((middle, self.place(number)))
                cells[first : last + 1] = [sign] * (last + 1 - first)
                styles[first : last + 1] = [style] * (last + 1 - first)
        cells[middle], styles[middle] = self.signs[2], ""
        return Text.assemble(*zip(cells, styles, strict=True))


def show(report: "Sensitivity", console: "Console", precision: int | None = None) -> None:
    """Print the value, and a row a variable, with bars where there is room for them."""
    from rich.text import Text

    from autodiff_cli.render.report import STYLES, grid, headline, width, with_error

    console.print(
        headline(report.expression, console).append(with_error(report.value, report.error, precision or 12), "bold"),
        soft_wrap=True,
    )
    columns = _fitting(report, console.width - _BAR, precision)
    room = min(console.width - width(columns), _MOST)
    bars = _bars(report, room, console.options.ascii_only) if room >= _BAR else None
    table = grid()
    for header in [*columns, *[""] * bool(bars)]:
        table.add_column(header, no_wrap=True)
    for one, *texts in zip(report.influences, *columns.values(), strict=True):
        cells = dict(zip(columns, map(Text, texts), strict=True))
        cells["verdict"].stylize(STYLES[one.row.verdict])
        table.add_row(*cells.values(), *([bars.of(one)] if bars else []))
    console.print(table)
    if bars and report.swings:
        console.print(Text.assemble((bars.signs[0], _LOW), " input low  ", (bars.signs[1], _HIGH), " input high"))


def _fitting(report: "Sensitivity", room: int, precision: int | None) -> dict[str, list[str]]:
    """The columns with as many digits as there is room for; without the inputs where that does not help."""
    from autodiff_cli.render.report import width

    for leaves_out in ((), ("value",), ("value", "input")):
        for digits in [precision] if precision else _DIGITS:
            columns = _columns(report, digits)
            columns = {header: columns[header] for header in columns if header not in leaves_out}
            if width(columns) <= room:
                return columns
    return columns


def _columns(report: "Sensitivity", digits: int) -> dict[str, list[str]]:
    """The columns with numbers, by header."""
    from autodiff_cli.render.report import aligned

    rows = report.influences
    columns = {
        "variable": [one.name for one in rows],
        "value": aligned([_text(one.row.value, digits) for one in rows]),
        "% per %": aligned([_text(one.elasticity, digits) for one in rows]),
        "verdict": [one.row.verdict.value for one in rows],
    }
    if report.swings:
        columns["input"] = [_between(one.swing.inputs if one.swing else None, digits) for one in rows]
        columns["result"] = [_between(one.swing.results if one.swing else None, digits) for one in rows]
    return columns


def _text(number: float, digits: int) -> str:
    """A number; a dash where there is none."""
    from autodiff_cli.render import report

    return report.number(number, digits) if isfinite(number) else "-"


def _between(ends: "Span | None", digits: int) -> str:
    """Two ends, first that of the low input."""
    return " to ".join([_text(end, digits) for end in ends]) if ends else "-"


def _bars(report: "Sensitivity", room: int, is_ascii: bool) -> _Bars | None:
    """The scale of the bars: of all results, or else of the elasticities. None where nothing can be drawn."""
    ends = [swing.results for swing in report.swings.values()]
    middle = report.value if ends else 0.0
    numbers = [*chain(*ends)] if ends else [one.elasticity for one in report.influences]
    finite = [*filter(isfinite, numbers), middle]
    span = max(finite) - min(finite)
    if not (isfinite(middle) and isfinite(span) and span):
        return None
    return _Bars(min(finite), max(finite), middle, room, "-=|" if is_ascii else "░█│", bool(ends))
