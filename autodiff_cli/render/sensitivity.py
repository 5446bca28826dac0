"""Which input matters most: a tornado of bars beside the numbers; JSON, CSV and TSV."""

import json
from math import isfinite, nan
from typing import TYPE_CHECKING, Any, NamedTuple

from autodiff_cli.render.data import pick, plain, separated

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    from autodiff_cli.reports.sensitivity import Influence, Sensitivity

_BAR = 12  # columns at least that bars are worth
_MOST = 40
_DIGITS = (6, 5, 4, 3)  # significant, what to try until there is room for bars
_LOW, _HIGH = "cyan", "yellow"


def to_dict(report: "Sensitivity") -> dict[str, Any]:
    """What JSON shows: objects by variable, the one that matters most first; null where there is no number."""
    rows = report.influences
    found: dict[str, Any] = {"expression": report.expression, "value": plain(report.value)}
    found["point"] = {one.name: one.row.value for one in rows}
    found["elasticity"] = {one.name: _known(one.elasticity) for one in rows}
    found["gradient"] = {one.name: plain(one.row.gradient) for one in rows}
    found["verdict"] = {one.name: one.row.verdict.value for one in rows}
    moved = {one.name: one.swing for one in rows if one.swing}
    if moved:
        for side, key in enumerate(("low", "high")):
            ends = {name: (swing.inputs[side], _known(swing.results[side])) for name, swing in moved.items()}
            found[key] = {name: {"input": at, "result": result} for name, (at, result) in ends.items()}
        found["width"] = {name: _known(swing.width) for name, swing in moved.items()}
    return found | {"notes": report.notes}


def _known(number: float) -> Any:
    return None if number != number else plain(number)


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
    has_swing = any(one.swing for one in report.influences)
    header = ["variable", "point", "gradient", "verdict", "elasticity"]
    more = ["low_input", "low_result", "high_input", "high_result", "width"] * has_swing
    rows: list[list[Any]] = [[*header, *more]]
    for one in report.influences:
        row = [one.name, one.row.value, one.row.gradient, one.row.verdict.value, _known(one.elasticity)]
        rows.append([*row, *(_ends(one) if has_swing else [])])
    return separated(rows, format)


def _ends(one: "Influence") -> list[Any]:
    if not one.swing:
        return [None] * 5
    (low, high), (first, last) = one.swing.inputs, one.swing.results
    return [low, _known(first), high, _known(last), _known(one.swing.width)]


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
    rows = report.influences
    for digits, leaves_out in [(one, out) for out in ((), ("value",), ("value", "input")) for one in _DIGITS]:
        columns = {
            head: texts for head, texts in _columns(report, precision or digits).items() if head not in leaves_out
        }
        room = console.width - width(columns)
        if room >= _BAR:
            break
    table = grid()
    for header in columns:
        table.add_column(header, no_wrap=True)
    bars = _bars(report, min(room, _MOST), console.options.ascii_only) if room >= _BAR else None
    if bars:
        table.add_column("", no_wrap=True)
    for one, *texts in zip(rows, *columns.values(), strict=True):
        cells = [Text(text) for text in texts]
        at = [*columns].index("verdict")
        cells[at].stylize(STYLES[one.row.verdict])
        table.add_row(*cells, *([_bar(bars, one)] if bars else []))
    console.print(table)
    if bars and any(one.swing for one in rows):
        console.print(Text.assemble((bars.signs[0], _LOW), " input low  ", (bars.signs[1], _HIGH), " input high"))


def _columns(report: "Sensitivity", digits: int) -> dict[str, list[str]]:
    """The columns with numbers, by header."""
    from autodiff_cli.render.report import aligned, number

    rows = report.influences
    columns = {
        "variable": [one.name for one in rows],
        "value": aligned([number(one.row.value, digits) for one in rows]),
    }
    known = [number(one.elasticity, digits) if isfinite(one.elasticity) else "-" for one in rows]
    columns |= {"% per %": aligned(known), "verdict": [one.row.verdict.value for one in rows]}
    if any(one.swing for one in rows):
        inputs = [_between(one.swing.inputs if one.swing else None, digits) for one in rows]
        columns |= {
            "input": inputs,
            "result": [_between(one.swing.results if one.swing else None, digits) for one in rows],
        }
    return columns


def _between(ends: tuple[float, float] | None, digits: int) -> str:
    """Two ends, first the low one; a dash where there is no number."""
    from autodiff_cli.render.report import number

    texts = [number(end, digits) if isfinite(end) else "-" for end in ends or ()]
    return " to ".join(texts) or "-"


def _bars(report: "Sensitivity", room: int, is_ascii: bool) -> _Bars | None:
    """The scale of the bars: of all results, or else of the elasticities."""
    swings = [one.swing for one in report.influences if one.swing]
    middle = report.value if swings else 0.0
    numbers = [end for swing in swings for end in swing.results] or [one.elasticity for one in report.influences]
    finite = [*filter(isfinite, numbers), middle]
    if not isfinite(middle) or min(finite) == max(finite) or not isfinite(max(finite) - min(finite)):
        return None
    return _Bars(min(finite), max(finite), middle, room, "-=|" if is_ascii else "░█│", bool(swings))


def _bar(bars: _Bars, one: "Influence") -> "Text":
    """The bar of a variable: to the results at both ends, or its elasticity."""
    if not bars.of_results:
        return bars.bar(nan, one.elasticity)
    return bars.bar(*(one.swing.results if one.swing else (nan, nan)))
