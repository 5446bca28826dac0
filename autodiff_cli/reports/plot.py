"""What a plot shows: a function and its slope along one variable, or its values and gradients over two."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from math import floor, isfinite, log10, nan, ulp

from autodiff_cli.engine.domain import first_without_value, is_inside, violations
from autodiff_cli.engine.expression import Evaluation, Expression
from autodiff_cli.engine.graph import forward
from autodiff_cli.engine.printer import domain_need, number_text
from autodiff_cli.errors import AutodiffError, UndefinedError
from autodiff_cli.reports.curve import CELLS, LARGE, Break, Curve, Limits, Point, limits
from autodiff_cli.reports.point import report_at, require_value
from autodiff_cli.reports.results import Report, Row, Verdict

_NAMED = 6  # places that are named, of each kind
_MARKED = 60  # poles that are marked
_LEAST = 1000  # floats in a range
_TEARS = 2000  # places in a field that are looked at for a jump
_STEPS = 4_000_000  # forward steps for the values of a field
_PLURALS = {
    "pole": "poles",
    "jump": "jumps",
    "kink": "kinks",
    "steep": "infinite slopes",
    "steep edge": "infinite slopes",
}


@dataclass(slots=True)
class Spot:
    """The point of interest: where it is, the value there, a row for each variable that moves, and what is said."""

    at: dict[str, float]
    value: float
    rows: list[Row]
    notes: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Line:
    """A function and its slope along one variable. See `Curve` for what the points and breaks are."""

    expression: str
    name: str  # what the program calls its result; empty if it does not
    variable: str
    range: Limits
    fixed: dict[str, float]
    points: list[Point]
    breaks: list[Break]
    limits: Limits
    slope_limits: Limits
    spot: Spot | None = None
    notes: list[str] = field(default_factory=list)

    def drawn(self) -> tuple[list[tuple[float, float]], list[tuple[float, float]]]:
        """Value and slope along the variable, as they may be joined: nan stands between what may not."""
        jumps = {place.x for place in self.breaks if place.kind == "jump"}
        values = [(p.x, nan if p.x in jumps else p.value) for p in self.points]
        return values, [(p.x, p.slope) for p in self.points]

    def poles(self) -> list[float]:
        """Where they are, if they are not too many to be marked."""
        found = [place.x for place in self.breaks if place.kind == "pole"]
        return found if len(found) <= _MARKED else []


@dataclass(slots=True)
class Field:
    """A function over two variables: `values` in rows, for each of `ys` one, in which they go along `xs`.

    A value is nan where there is none. `arrows` are places, each with the gradient there; `torn` the cells, as row
    and column, beside a jump or a pole.
    """

    expression: str
    name: str
    variables: tuple[str, str]
    ranges: tuple[Limits, Limits]
    fixed: dict[str, float]
    xs: list[float]
    ys: list[float]
    values: list[list[float]]
    arrows: list[tuple[float, float, float, float]]
    torn: set[tuple[int, int]]
    limits: Limits
    spot: Spot | None = None
    notes: list[str] = field(default_factory=list)


def line(
    expression: Expression,
    fixed: Mapping[str, float],
    name: str,
    span: Limits,
    at: float | None = None,
    cells: int = CELLS,
) -> Line:
    """The function along one variable; `at` is where its tangent is wanted.

    Raises AutodiffError where there is no value anywhere, or none at that point.
    """
    _check_width(name, span)
    spot = _spot(expression, fixed, {name: span}, {name: at}) if at is not None else None
    with expression.at({**fixed, name: span[0]}) as evaluation:
        curve = Curve(evaluation, name, *span, cells)
        points = curve.points
        if not any([point.defined for point in points]):  # noqa: C419
            curve.at(points[len(points) // 2].x)
            raise _nowhere(evaluation, f"from {_from_to(name, span)}")
        others, notes = _others(evaluation, (name,)), _notes(evaluation, curve, name)
    return Line(
        str(expression),
        expression.name,
        name,
        span,
        others,
        points,
        curve.breaks,
        curve.limits,
        curve.slope_limits,
        spot,
        [*notes, *(spot.notes if spot else [])],
    )


def field_of(
    expression: Expression,
    fixed: Mapping[str, float],
    spans: Mapping[str, Limits],
    at: Mapping[str, float] | None = None,
    size: tuple[int, int] = (200, 200),
    arrows: tuple[int, int] = (16, 16),
) -> Field:
    """The function over two variables, at so many columns and rows of cells, with as many arrows."""
    for name, span in spans.items():
        _check_width(name, span)
    spot = _spot(expression, fixed, spans, at) if at else None
    (first, wide), (second, tall) = spans.items()
    coarser = max(1.0, (size[0] * size[1] * (len(expression.nodes) + 1) / _STEPS) ** 0.5)
    columns, rows = (max(8, round(count / coarser)) for count in size)
    xs, ys = _middles(wide, columns), _middles(tall, rows)
    with expression.at({**fixed, first: wide[0], second: tall[0]}) as evaluation:
        area = _Area(evaluation, first, second)
        values = [[area.value(x, y) for x in xs] for y in ys]
        found = [number for row in values for number in row if number == number]
        if not found:
            raise _nowhere(evaluation, f"from {_from_to(first, wide)} and {_from_to(second, tall)}")
        gradients = area.gradients(_middles(wide, arrows[0]), _middles(tall, arrows[1]))
        torn, tears = _tears(xs, ys, values, area.value)
        others = _others(evaluation, (first, second))
    shown = limits(found, found, _endless(found))
    inside = max(min(found), shown[0]), min(max(found), shown[1])
    return Field(
        str(expression),
        expression.name,
        (first, second),
        (wide, tall),
        others,
        xs,
        ys,
        values,
        gradients,
        torn,
        inside,
        spot,
        [*_area_notes(spans, found, columns * rows, inside, tears), *(spot.notes if spot else [])],
    )


class _Area:
    """An expression over two of its variables, the others fixed as they stand."""

    def __init__(self, evaluation: Evaluation, first: str, second: str) -> None:
        self._evaluation = evaluation
        self._x, self._y = evaluation.variables[first], evaluation.variables[second]

    def value(self, x: float, y: float) -> float:
        """The value at a place; nan where there is none, or none that can be drawn."""
        evaluation = self._evaluation
        self._x.data, self._y.data = x, y
        forward(evaluation.nodes)
        value = evaluation.root.data
        return value if abs(value) < LARGE and is_inside(evaluation) else nan

    def gradients(self, xs: list[float], ys: list[float]) -> list[tuple[float, float, float, float]]:
        """The gradient at each place that has one, after the place."""
        found = []
        for y in ys:
            for x in xs:
                if isfinite(self.value(x, y)):
                    self._evaluation.sweep()
                    if isfinite(self._x.grad) and isfinite(self._y.grad):
                        found.append((x, y, self._x.grad, self._y.grad))
        return found


def _area_notes(
    spans: Mapping[str, Limits],
    found: list[float],
    cells: int,
    inside: Limits,
    tears: Mapping[str, tuple[float, float]],
) -> list[str]:
    """What is to be said of an area: where there is no value, what is cut off, where it tears."""
    notes = []
    if len(found) < cells:
        notes.append(f"no value on {max(1, round(100 * (1 - len(found) / cells)))} % of the area")
    if inside[0] > min(found) or inside[1] < max(found):
        notes.append(f"values go from {short(min(found))} to {short(max(found))}; the ends are cut off")
    for kind, place in tears.items():
        where = [
            f"{name} = {short(round(one, 3 - floor(log10(high - low))))}"
            for one, (name, (low, high)) in zip(place, spans.items(), strict=True)
        ]
        notes.append(f"{kind}, for example at {', '.join(where)}")
    return notes


def require_change(plot: Line | Field) -> None:
    """Raise AutodiffError where the function has the same value all over, so that there is nothing to draw."""
    if isinstance(plot, Line):
        found = [point.value for point in plot.points if point.defined]
        where = _from_to(plot.variable, plot.range)
    else:
        found = [number for row in plot.values for number in row if number == number]
        where = " and ".join([_from_to(*one) for one in zip(plot.variables, plot.ranges, strict=True)])
    if len(found) > 1 and min(found) == max(found):
        raise AutodiffError(
            f"{_cut(plot.expression)} is constant: {short(found[0])} everywhere from {where}",
            hint="there is nothing to draw; another range may show more, and --format csv has the numbers",
        )


def _middles(span: Limits, count: int) -> list[float]:
    low, high = span
    return [low + (high - low) * ((i + 0.5) / count) for i in range(count)]


def _tears(
    xs: list[float], ys: list[float], values: list[list[float]], value: Callable[[float, float], float]
) -> tuple[set[tuple[int, int]], dict[str, tuple[float, float]]]:
    """The cells beside jumps and poles, and a place for each kind: where neighbours differ by far more than the next.

    Between them the larger half of the difference is followed: at a jump it stays what it is, at a pole it grows.
    """
    torn: set[tuple[int, int]] = set()
    places: dict[str, tuple[float, float]] = {}
    tried = 0
    for across in (True, False):
        lines = values if across else [list(column) for column in zip(*values, strict=True)]
        along, other = (xs, ys) if across else (ys, xs)
        for j, row in enumerate(lines):
            steps = [abs(second - first) for first, second in pairwise(row)]
            for i in range(1, len(steps) - 1):
                if steps[i] > 4 * max(steps[i - 1], steps[i + 1]) and tried < _TEARS:
                    tried += 1
                    line = partial(_at, value, across, other[j])
                    place, left = _follow(line, along[i], along[i + 1], row[i], row[i + 1])
                    if left < 0.5 * steps[i] or not left > 1e-9 * max(abs(row[i]), abs(row[i + 1])):
                        continue
                    torn |= {(j, i), (j, i + 1)} if across else {(i, j), (i + 1, j)}
                    kind = "poles" if left > 2 * steps[i] else "jumps"
                    places.setdefault(kind, (place, other[j]) if across else (other[j], place))
    return torn, places


def _at(value: Callable[[float, float], float], across: bool, other: float, place: float) -> float:
    return value(place, other) if across else value(other, place)


def _follow(line: Callable[[float], float], low: float, high: float, first: float, last: float) -> tuple[float, float]:
    """Where between two places a function changes most, and by how much in a piece a thousand times smaller."""
    for _ in range(10):
        middle = low + (high - low) / 2
        between = line(middle)
        if abs(between - first) >= abs(last - between):
            high, last = middle, between
        else:
            low, first = middle, between
    return low + (high - low) / 2, abs(last - first)


def _endless(numbers: list[float]) -> bool:
    """Whether a few numbers are so far from the others that these would all look the same."""
    ordered = sorted(numbers)
    low, high = ordered[len(ordered) // 20], ordered[-1 - len(ordered) // 20]
    return ordered[-1] - ordered[0] > 20 * (high - low) > 0


def _others(evaluation: Evaluation, moving: tuple[str, ...]) -> dict[str, float]:
    return {name: value for name, value in evaluation.point.items() if name not in moving}


# --- the point of interest ----------------------------------------------------------------------------------------


def _spot(
    expression: Expression, fixed: Mapping[str, float], spans: Mapping[str, Limits], at: Mapping[str, float]
) -> Spot:
    for name, (low, high) in spans.items():
        if name not in at:
            raise AutodiffError(
                f"the point of interest needs a value for {name} too",
                hint=f"as in --at {','.join([f'{one}={short(at.get(one, spans[one][0]))}' for one in spans])}",
            )
        if not low <= at[name] <= high:
            raise AutodiffError(
                f"{name} = {short(at[name])} is outside of the range, which is {_from_to(name, (low, high))}",
                hint="choose a wider range or another point",
            )
    report: Report = report_at(expression, {**fixed, **at}, list(spans))
    where = ", ".join([f"{name} = {short(x)}" for name, x in at.items()])
    return Spot(dict(at), report.value, report.rows, [f"at {where}, {note}" for note in report.notes])


def _check_width(name: str, span: Limits) -> None:
    """Raise AutodiffError where a range holds too few floats to draw along."""
    low, high = span
    if high - low < _LEAST * ulp(max(abs(low), abs(high))):
        raise AutodiffError(
            f"the range {name} = {number_text(low)} to {number_text(high)} holds fewer than {_LEAST:,} floats",
            hint="choose a wider range",
        )


# --- in words -----------------------------------------------------------------------------------------------------


def _notes(evaluation: Evaluation, curve: Curve, name: str) -> list[str]:
    """Where the curve breaks, and where it is not."""
    notes = []
    for low, high in curve.gaps:
        for part in (0.5, 0.382, 0.723):  # one place in it may have a value, as x^x at -1
            if not curve.at(low + (high - low) * part).defined:
                break
        notes.append(_missing(evaluation, f"from {_from_to(name, (low, high))}"))
    places: dict[str, list[float]] = {}
    for x, kind in curve.breaks:
        if kind != "edge":
            places.setdefault(_PLURALS[kind], []).append(x)
        elif not any(low - 1e-6 * (high - low) <= x <= high + 1e-6 * (high - low) for low, high in curve.gaps):
            curve.at(x)
            notes.append(_missing(evaluation, f"at {name} = {short(x)}"))
    notes = _fewer(notes, "places without a value")
    for plural, xs in places.items():
        kind = plural if len(xs) > 1 else "infinite slope" if plural == "infinite slopes" else plural[:-1]
        more = f" and {len(xs) - _NAMED} more" if len(xs) > _NAMED else ""
        more += "; others may be too narrow to be found" if curve.narrow and kind == "poles" else ""
        notes.append(f"{kind} at {name} = {', '.join([short(x) for x in xs[:_NAMED]])}{more}")
    for span, what in ((curve.wild, "it changes too fast to follow"), (curve.drowned, "rounding hides the curve")):
        if span:
            where = curve.place(span)
            notes.append(
                f"{what} in places from {_from_to(name, span)}"
                if where is None
                else f"{what} near {name} = {short(where)}"
            )
    return notes


def _fewer(notes: list[str], what: str) -> list[str]:
    return notes if len(notes) <= _NAMED else [*notes[:_NAMED], f"{len(notes) - _NAMED} more {what}"]


def _missing(evaluation: Evaluation, where: str) -> str:
    """That there is no value, and why there is none at the place where the evaluation stands."""
    if found := violations(evaluation):
        return f"no value {where}: {domain_need(found[0].node)}"
    try:
        require_value(evaluation)
    except AutodiffError as error:
        return f"no value {where}: {error.message}"
    return f"too large to draw {where}"


def _nowhere(evaluation: Evaluation, where: str) -> UndefinedError:
    """That there is no value anywhere, and the step that has none at the place where the evaluation stands."""
    found = violations(evaluation)
    blamed = found[0].node if found else first_without_value(evaluation)
    return UndefinedError(
        _missing(evaluation, f"anywhere {where}"),
        source=evaluation.source,
        span=evaluation.places.get(blamed) if blamed is not None else None,
        hint="choose another range",
    )


def _from_to(name: str, span: Limits) -> str:
    return f"{name} = {short(span[0])} to {short(span[1])}"


def _cut(text: str) -> str:
    return text if len(text) <= 60 else text[:59] + "…"


def names(plot: Line) -> tuple[str, str]:
    """What the function and its derivative are called."""
    if plot.name:
        return plot.name, f"d{plot.name}/d{plot.variable}"
    return f"f({plot.variable})", f"f'({plot.variable})"


def headline(plot: Line | Field) -> str:
    """The function, and what is fixed."""
    of = plot.variable if isinstance(plot, Line) else ", ".join(plot.variables)
    given = {*of.split(", "), *plot.fixed}
    text = "; ".join([one for one in plot.expression.split("; ") if one.partition(" = ")[0] not in given])
    text = text if plot.name or ";" in text else f"f({of}) = {text}"
    fixed = [f"{name} = {short(value)}" for name, value in plot.fixed.items()]
    return f"{text},  {', '.join(fixed)}" if fixed else text


def said(plot: Line | Field, spot: Spot) -> str:
    """The point of interest, the value there and the slopes; at a kink the slopes on both sides."""
    where = ", ".join([f"{name} = {short(x)}" for name, x in spot.at.items()])
    slopes = [
        f"{short(row.left)} | {short(row.right)}"
        if row.verdict is Verdict.KINK
        else short(row.gradient) + " (unsure)" * (row.verdict is Verdict.UNSURE)
        for row in spot.rows
    ]
    if isinstance(plot, Field):
        return f"{where}: value {short(spot.value)}, gradient ({', '.join(slopes)})"
    name, slope = names(plot)
    return f"{where}: {name} = {short(spot.value)}, {slope} = {slopes[0]}"


def slope_at(spot: Spot) -> float | None:
    """The slope of the tangent, if there is one that can be trusted."""
    (row,) = spot.rows
    return row.gradient if row.verdict is Verdict.OK else None


def short(x: float) -> str:
    """A number to six digits."""
    return number_text(float(f"{x:.6g}") + 0.0)
