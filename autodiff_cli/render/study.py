"""What a curve does: a table of its points, then lines on the whole; as JSON; as CSV or TSV, a row a point."""

import json
from collections.abc import Iterable
from fractions import Fraction
from itertools import chain
from math import inf
from typing import TYPE_CHECKING, Any

from autodiff_cli.engine.printer import number_text
from autodiff_cli.errors import AutodiffError, NotThereError
from autodiff_cli.render.data import pick, plain, separated
from autodiff_cli.render.phrases import counted
from autodiff_cli.reports.marks import AreaStudy, Asymptote, Mark, Reach, Span, Study

if TYPE_CHECKING:
    from rich.console import Console

    from autodiff_cli.render.report import Columns

_LISTS = {  # kinds of points: in the table, of one
    "zeros": "zero",
    "extrema": "",
    "inflections": "inflection",
    "poles": "pole",
    "holes": "hole",
    "jumps": "jump",
    "kinks": "kink",
    "edges": "edge",
}
_STYLES = {"zero": "green", "minimum": "blue", "maximum": "blue", "inflection": "magenta", "saddle": "magenta"}
_PLACES = "poles, jumps, kinks and edges"
_ORDERS = {2: "double", 3: "triple"}
_SYMMETRIES = {"even": "even: f(-{0}) = f({0})", "odd": "odd: f(-{0}) = -f({0})"}
_MOST = 6  # intervals in a line
_DIGITS = 10
_EXACT_VALUE = "exactly "  # the header of a second column of closed forms


# --- for programs -----------------------------------------------------------------------------------------------------


def to_dict(report: Study | AreaStudy) -> dict[str, Any]:
    """What JSON shows; infinity is the string "inf"."""
    if isinstance(report, AreaStudy):
        return _area_dict(report)
    found: dict[str, Any] = {
        "expression": report.expression,
        "variable": report.variable,
        "range": report.span and [*report.span],
    }
    for name in _LISTS:
        found[name] = [_mark(name, mark) for mark in getattr(report, name)]
    found["asymptotes"] = [*map(_asymptote, report.asymptotes), *_uprights(report)]
    found["limits"] = {number_text(side * inf): _number(limit) for side, limit in report.limits.items()}
    found |= {name: [*map(_pair, spans)] for name, spans in report.ways.items()}
    found["domain"] = [*map(_reach, report.domain)]
    found["values"] = None if report.values is None else [*map(_reach, report.values)]
    found["symmetry"] = report.symmetry or None
    found["period"] = report.period and {"text": report.period[0], "value": report.period[1]}
    found["undecided"] = {name: [*map(_pair, spans)] for name, spans in report.undecided.items()}
    return found | {"complete": report.complete, "notes": report.notes}


def _area_dict(report: AreaStudy) -> dict[str, Any]:
    points = [
        {**point.point, "value": _number(point.value), "kind": point.kind, "within": point.within}
        for point in report.points
    ]
    return {
        "expression": report.expression,
        "ranges": {name: [*span] for name, span in report.spans.items()},
        "critical": points,
        "undecided": [{name: [*span] for name, span in box.items()} for box in report.undecided],
        "complete": report.complete,
        "notes": report.notes,
    }


def _mark(name: str, mark: Mark) -> dict[str, Any]:
    found: dict[str, Any] = {"x": mark.x, "exact": mark.exact or None}
    found |= {"value": _number(mark.value), "exact_value": mark.exact_value or None}
    if name == "zeros":
        found["order"] = mark.order
    if name == "extrema":
        found |= {"kind": mark.kind, "at": mark.where or "inside"}
    if name == "inflections":
        found["slope"] = _number(mark.slope)
    if name in ("poles", "jumps", "edges"):
        found |= {"left": _number(mark.left), "right": _number(mark.right)}
    if name == "kinks":
        found["slopes"] = [_number(mark.left), _number(mark.right)]
    return found | {"within": mark.within}


def _number(data: float | None) -> Any:
    return None if data is None else plain(data)


def _pair(span: Span) -> list[Any]:
    return [plain(end) for end in span]


def _reach(part: Reach) -> dict[str, Any]:
    return {"low": plain(part.low), "high": plain(part.high), "has_low": part.has_low, "has_high": part.has_high}


def _asymptote(line: Asymptote) -> dict[str, Any]:
    kind = "oblique" if line.slope else "horizontal"
    towards = [number_text(side * inf) for side in line.sides]
    return {"kind": kind, "slope": line.slope, "height": line.height, "towards": towards}


def _uprights(report: Study) -> list[dict[str, Any]]:
    return [{"kind": "vertical", "x": mark.x} for mark in report.poles]


def to_json(report: Study | AreaStudy) -> str:
    """One object."""
    return json.dumps(to_dict(report))


def to_separated(report: Study | AreaStudy, format: str) -> str:
    """A header and a row a point."""
    if isinstance(report, AreaStudy):
        rows: list[list[Any]] = [["kind", *report.spans, "value", "within"]]
        rows += [[one.kind, *one.point.values(), one.value, one.within] for one in report.points]
        return separated(rows, format)
    rows = [["kind", report.variable, "value", "exact", "exact_value", "within"]]
    for kind, mark in _points(report):
        rows.append([kind, mark.x, mark.value, mark.exact, mark.exact_value, mark.within])
    return separated(rows, format)


def only(report: Study | AreaStudy, path: str) -> str:
    """One number or word, bare: `extrema.0.value`; `zeros` is where they are, a line each.

    Raises AutodiffError where there is none.
    """
    if isinstance(report, Study) and path in _LISTS:
        marks: list[Mark] = getattr(report, path)
        if not marks:
            raise _none(report, f"there are no {path} {_where(report)}")
        return "\n".join([number_text(mark.x) for mark in marks])
    if isinstance(report, Study) and path in report.ways:
        if not report.ways[path]:
            raise _none(report, f"there is no interval of that kind: {path}")
        return "\n".join([f"{number_text(low)} {number_text(high)}" for low, high in report.ways[path]])
    return pick(to_dict(report), path, path.split("."), f"there is no {path} here")


def _none(report: Study, message: str) -> AutodiffError:
    return NotThereError(message) if report.complete else AutodiffError(f"{message}, as far as was decided")


# --- for people -------------------------------------------------------------------------------------------------------


def show(report: Study | AreaStudy, console: "Console", precision: int | None = None) -> None:
    """Print the function, a row a point, and lines on the whole."""
    from rich.text import Text

    from autodiff_cli.render.report import grid, width

    names = [*report.spans] if isinstance(report, AreaStudy) else [report.variable]
    has_name = ";" in report.expression or " = " in report.expression
    head = report.expression if has_name else f"f({', '.join(names)}) = {report.expression}"
    given = "".join([f",  {name} = {number_text(at)}" for name, at in report.fixed.items()])
    console.print(Text(head, "bold").append(given), soft_wrap=True)
    columns = _fitting(report, console.width, precision)
    if width(columns) > console.width:
        _show_blocks(columns, console)
    elif columns:
        table = grid()
        for name in columns:
            table.add_column(name.strip(), no_wrap=True)
        for row in zip(*columns.values(), strict=True):
            table.add_row(Text(row[0], _STYLES.get(row[0], "yellow")), *map(Text, row[1:]))
        console.print(table, soft_wrap=True)
    if isinstance(report, Study):
        _show_lines(report, console)
    console.print(Text(ending(report), "green" if report.complete else "yellow"), soft_wrap=True)


def _fitting(report: Study | AreaStudy, room: int, precision: int | None) -> "Columns":
    """The columns with as many digits as there is room for."""
    from autodiff_cli.render.report import width

    if isinstance(report, AreaStudy):
        return _area_columns(report)
    for digits in (17, _DIGITS, 6):
        columns = _columns(report, min(digits, precision or digits))
        if width(columns) <= room:
            return columns
    shorter = {name: texts for name, texts in columns.items() if name != _EXACT_VALUE}
    return shorter if width(shorter) <= room else columns


def _show_blocks(columns: "Columns", console: "Console") -> None:
    """Print the points as lines below each other, where they are too wide for a table."""
    from autodiff_cli.render.report import block

    for kind, *texts in zip(*columns.values(), strict=True):
        named = zip([*columns][1:], texts, strict=True)
        lines = [f"  {name:8}  {text.strip()}" for name, text in named if text.strip()]
        console.print(block(kind, lines), soft_wrap=True)


def _show_lines(report: Study, console: "Console") -> None:
    """Print what is said of the whole curve, with hanging names."""
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for name, text in _lines(report):
        table.add_row(Text(name), Text(text))
    console.print(Padding(table, 0))


def _points(report: Study) -> Iterable[tuple[str, Mark]]:
    """The points, each with its kind in words."""
    for name, one in _LISTS.items():
        for mark in getattr(report, name):
            yield one or mark.kind, mark


def _columns(report: Study, digits: int) -> "Columns":
    """The points as texts, by header; columns that nothing stands in are left out."""
    from autodiff_cli.render.report import aligned

    points = [*_points(report)]
    marks = [mark for _, mark in points]
    columns = {
        "point": [kind for kind, _ in points],
        report.variable: aligned([_short(mark.x, digits) for mark in marks]),
        "exactly": [_exact(mark.x, mark.exact) for mark in marks],
        f"f({report.variable})": aligned(["" if mark.value is None else _short(mark.value, digits) for mark in marks]),
        _EXACT_VALUE: ["" if mark.value is None else _exact(mark.value, mark.exact_value) for mark in marks],
        "": [_beside(kind, mark, digits) for kind, mark in points],
    }
    return {name: texts for name, texts in columns.items() if any(map(str.strip, texts))}


def _area_columns(report: AreaStudy) -> "Columns":
    from autodiff_cli.render.report import aligned

    points = report.points
    if not points:
        return {}
    columns = {"point": [point.kind for point in points]}
    for name in report.spans:
        columns[name] = aligned([number_text(point.point[name]) for point in points])
    columns["value"] = aligned(["" if point.value is None else number_text(point.value) for point in points])
    alone = ["" if point.within is None else f"the only one within {number_text(point.within)}" for point in points]
    return columns | {"proven": alone}


def _short(data: float, digits: int) -> str:
    from autodiff_cli.render.report import number

    return number(data, digits)


def _exact(data: float, exact: str) -> str:
    """A closed form, where it says more than the number."""
    try:
        return "" if Fraction(exact) == Fraction(number_text(data)) else exact
    except ValueError:
        return exact


def _beside(kind: str, mark: Mark, digits: int) -> str:
    """What else there is to say of a point."""
    digits = min(digits, _DIGITS)
    sides = " | ".join(["-" if side is None else _short(side, digits) for side in (mark.left, mark.right)])
    if kind == "inflection" and mark.slope is not None:
        return f"slope {_short(mark.slope, digits)}"
    if kind == "kink":
        return "slope infinite" if mark.left == mark.right else f"slopes {sides}"
    if kind in ("pole", "jump"):
        return f"comes to {sides}"
    if kind == "hole":
        return "no value"
    if kind == "edge":
        limit = mark.right if mark.left is None else mark.left
        return "" if mark.value is not None or limit is None else f"comes to {_short(limit, digits)}"
    if kind == "zero" and mark.order > 1:
        return _ORDERS.get(int(mark.order), "of higher order")
    return f"at {'an' if mark.where == 'edge' else 'a'} {mark.where}" if mark.where else ""


def _lines(report: Study) -> Iterable[tuple[str, str]]:
    """What is said of the whole curve."""
    forms = _forms(report)
    everywhere = [Reach(-inf, inf)]
    if report.domain != everywhere and not _is_all(report):
        yield "defined in", _intervals([_interval(part, forms) for part in report.domain])
    for name in ("rises", "falls", "constant", "convex", "concave", "straight"):
        if spans := report.ways.get(name):
            texts = [_interval(Reach(*span), forms) for span in spans]
            whole = len(spans) == 1 and spans[0] == (report.span or (-inf, inf))
            yield name, "everywhere" if whole else _intervals(texts)
    if zero := report.ways.get("zero"):
        yield "0 in", _intervals([_interval(Reach(*span), forms) for span in zero])
    if lines := [*_asymptote_texts(report, forms)]:
        yield "asymptotes" if len(lines) > 1 else "asymptote", "; ".join(lines)
    others = [f"{number_text(limit)} towards {number_text(side * inf)}" for side, limit in _limits(report)]
    if others:
        yield "comes to", "; ".join(others)
    if report.values:
        yield "values", _intervals([_interval(part, _value_forms(report)) for part in report.values])
    if report.symmetry:
        yield "symmetry", _SYMMETRIES[report.symmetry].format(report.variable)
    if report.period:
        yield "period", f"{report.period[0]}"


def _is_all(report: Study) -> bool:
    """Whether there are values in all of the range."""
    return (
        len(report.domain) == 1
        and report.span is not None
        and (report.domain[0].low, report.domain[0].high) == report.span
    )


def _limits(report: Study) -> Iterable[tuple[int, float]]:
    """What it comes to far out, where no asymptote says it."""
    said = {*chain.from_iterable([line.sides for line in report.asymptotes if not line.slope])}
    return [(side, limit) for side, limit in report.limits.items() if limit is not None and side not in said]


def _asymptote_texts(report: Study, forms: dict[float, str]) -> Iterable[str]:
    for mark in report.poles:
        yield f"{report.variable} = {forms.get(mark.x) or number_text(mark.x)}"
    for line in report.asymptotes:
        towards = " and ".join([number_text(side * inf) for side in line.sides])
        yield f"y = {_line_text(line, report.variable)} towards {towards}"


def _line_text(line: Asymptote, name: str) -> str:
    """A straight line as a formula: "2 * x - 1"."""
    if not line.slope:
        return number_text(line.height)
    size = abs(line.slope)
    moving = ("-" if line.slope < 0 else "") + (name if size == 1 else f"{number_text(size)} * {name}")
    if not line.height:
        return moving
    return f"{moving} {'-' if line.height < 0 else '+'} {number_text(abs(line.height))}"


def _forms(report: Study) -> dict[float, str]:
    """How places are written: by their closed forms."""
    marks = chain.from_iterable([getattr(report, name) for name in _LISTS])
    forms = {mark.x: mark.exact for mark in marks if mark.exact}
    if report.is_one_period and report.period:
        forms[report.period[1]] = report.period[0]
    return forms


def _value_forms(report: Study) -> dict[float, str]:
    return {mark.value: mark.exact_value for mark in report.extrema if mark.exact_value and mark.value is not None}


def _interval(part: Reach, forms: dict[float, str]) -> str:
    """An interval as mathematicians write it; one of a single number as that.

    >>> _interval(Reach(0.0, float("inf"), has_low=True), {})
    '[0, inf)'
    """
    low, high = (forms.get(end) or _short(end, _DIGITS) for end in (part.low, part.high))
    if part.low == part.high:
        return low
    return f"{'[' if part.has_low else '('}{low}, {high}{']' if part.has_high else ')'}"


def _intervals(texts: list[str]) -> str:
    more = f" and {len(texts) - _MOST} more" if len(texts) > _MOST else ""
    return ", ".join(texts[:_MOST]) + more


def _where(report: Study | AreaStudy) -> str:
    """Where was looked: "in [-10, 10]"."""
    if isinstance(report, AreaStudy):
        return "in " + " x ".join([_interval(Reach(*span, True, True), {}) for span in report.spans.values()])
    if report.span is None:
        return "on the whole line"
    return f"in {_interval(Reach(*report.span, True, not report.is_one_period), _forms(report))}"


def ending(report: Study | AreaStudy) -> str:
    """Whether there may be anything else."""
    if isinstance(report, AreaStudy):
        return _area_ending(report)
    count = sum([len(getattr(report, name)) for name in _LISTS])
    if report.complete:
        found = "all of these are proven, and there are no others" if count else "no such points, proven"
        return f"{found} {_where(report)}"
    parts = []
    for name, spans in report.undecided.items():
        what = _PLACES if name == "seams" else name
        parts.append(f"{what} {_intervals([_interval(Reach(*span, True, True), {}) for span in spans])}")
    return f"undecided {_where(report)}: {'; '.join(parts)}"


def _area_ending(report: AreaStudy) -> str:
    count = len(report.points)
    points = counted(count, "critical point")
    if not report.undecided:
        return f"{points}, and no other {_where(report)}" if count else f"no critical point {_where(report)}"
    boxes = [" x ".join([_interval(Reach(*span, True, True), {}) for span in box.values()]) for box in report.undecided]
    return f"{points} {_where(report)}; undecided: {_intervals(boxes)}"
