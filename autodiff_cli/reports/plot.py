"""What a plot shows: a function and its slope along one variable, or its values and gradients over two."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from math import floor, log10, ulp
from typing import NamedTuple

from autodiff_cli.engine.domain import first_without_value, violations
from autodiff_cli.engine.expression import Evaluation, Expression
from autodiff_cli.engine.printer import domain_need, number_text
from autodiff_cli.errors import AutodiffError, UndefinedError
from autodiff_cli.reports.area import Area, Arrow, Tears, are_endless, known
from autodiff_cli.reports.breaks import Break, BreakKind, places_of
from autodiff_cli.reports.curve import CELLS, Curve, drawn_values
from autodiff_cli.reports.point import report_at, require_value
from autodiff_cli.reports.probe import Point
from autodiff_cli.reports.results import Report, Row
from autodiff_cli.reports.views import Limits, axis_limits

_NAMED = 6  # places that are named, of each kind
_MARKED = 60  # poles that are marked
_LEAST = 1000  # floats in a range
_STEPS = 4_000_000  # forward steps for the values of a field
_IN_WORDS = {  # kinds of breaks; of one, and of several
    BreakKind.POLE: ("pole", "poles"),
    BreakKind.JUMP: ("jump", "jumps"),
    BreakKind.KINK: ("kink", "kinks"),
    BreakKind.STEEP: ("infinite slope", "infinite slopes"),
    BreakKind.STEEP_EDGE: ("infinite slope", "infinite slopes"),
}


@dataclass(slots=True)
class Spot:
    """The point of interest: where it is, the value there, a row for each variable that moves, and what is said."""

    at: dict[str, float]
    value: float
    rows: list[Row]
    notes: list[str] = field(default_factory=list)


class PlotMark(NamedTuple):
    """A point of a curve that is marked: what it is, and where."""

    kind: str
    x: float
    value: float


@dataclass(slots=True, kw_only=True)
class Plot:
    """What is known of a plot, whatever it shows."""

    expression: str
    name: str  # what the program calls its result; empty if it does not
    spans: dict[str, Limits]  # of the variables that move
    fixed: dict[str, float]  # the others
    spot: Spot | None = None
    notes: list[str] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Line(Plot):
    """A function and its slope along one variable. See `Curve` for what the points and breaks are."""

    points: list[Point]
    breaks: list[Break]
    limits: Limits
    slope_limits: Limits
    marks: list[PlotMark] = field(default_factory=list)

    def known(self) -> list[float]:
        """The values that there are."""
        return [point.value for point in self.points if point.defined]

    def drawn(self) -> tuple[list[tuple[float, float]], list[tuple[float, float]]]:
        """Value and slope along the variable, as they may be joined: nan stands between what may not."""
        xs, _, slopes = zip(*self.points, strict=True)
        values = drawn_values(self.points, self.breaks)
        return [*zip(xs, values, strict=True)], [*zip(xs, slopes, strict=True)]

    def poles(self) -> list[float]:
        """Where they are, if they are not too many to be marked."""
        found = places_of(self.breaks, BreakKind.POLE)
        return found if len(found) <= _MARKED else []


@dataclass(slots=True, kw_only=True)
class Field(Plot):
    """A function over two variables: `values` in rows, for each of `ys` one, in which they go along `xs`.

    A value is nan where there is none. `arrows` are places, each with the gradient there; `torn` the cells, as row
    and column, beside a jump or a pole.
    """

    xs: list[float]
    ys: list[float]
    values: list[list[float]]
    arrows: list[Arrow]
    torn: set[tuple[int, int]]
    limits: Limits

    def known(self) -> list[float]:
        """The values that there are."""
        return known(self.values)


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
    spans = {name: span}
    _check_widths(spans)
    spot = None if at is None else _spot(expression, fixed, spans, {name: at})
    with expression.at({**fixed, name: span[0]}) as evaluation:
        curve = Curve(evaluation, name, *span, cells)
        points = curve.points
        if not any(point.defined for point in points):
            curve.at(points[len(points) // 2].x)
            raise _nowhere(evaluation, spans)
        return Line(
            expression=str(expression),
            name=expression.name,
            spans=spans,
            fixed=_others(evaluation, spans),
            points=points,
            breaks=curve.breaks,
            limits=curve.limits,
            slope_limits=curve.slope_limits,
            spot=spot,
            notes=[*_curve_notes(evaluation, curve, name), *(spot.notes if spot else [])],
        )


def field_of(
    expression: Expression,
    fixed: Mapping[str, float],
    spans: Mapping[str, Limits],
    at: Mapping[str, float] | None = None,
    size: tuple[int, int] = (200, 200),
    arrows: tuple[int, int] = (16, 16),
) -> Field:
    """The function over two variables, at so many columns and rows of cells, with as many arrows.

    Raises AutodiffError where there is no value anywhere, or none at that point.
    """
    _check_widths(spans)
    spot = _spot(expression, fixed, spans, at) if at else None
    coarser = max(1.0, (size[0] * size[1] * (len(expression.nodes) + 1) / _STEPS) ** 0.5)
    columns, rows = (max(8, round(count / coarser)) for count in size)
    lowest = {name: span[0] for name, span in spans.items()}
    with expression.at({**fixed, **lowest}) as evaluation:
        area = Area(evaluation, spans, columns, rows)
        if not area.found:
            raise _nowhere(evaluation, spans)
        gradients = area.arrows(*arrows)
        tears = Tears(area)
        others = _others(evaluation, spans)
    found = area.found
    shown = axis_limits(found, found, are_endless(found))
    inside = max(min(found), shown[0]), min(max(found), shown[1])
    return Field(
        expression=str(expression),
        name=expression.name,
        spans=dict(spans),
        fixed=others,
        xs=area.xs,
        ys=area.ys,
        values=area.values,
        arrows=gradients,
        torn=tears.cells,
        limits=inside,
        spot=spot,
        notes=[*_area_notes(area, inside, tears, spans), *(spot.notes if spot else [])],
    )


def require_change(plot: Line | Field) -> None:
    """Raise AutodiffError where the function has the same value all over, so that there is nothing to draw."""
    found = plot.known()
    if len(found) > 1 and min(found) == max(found):
        where = " and ".join([_from_to(name, span) for name, span in plot.spans.items()])
        raise AutodiffError(
            f"{_cut(plot.expression)} is constant: {short(found[0])} everywhere from {where}",
            hint="there is nothing to draw; another range may show more, and --format csv has the numbers",
        )


def _others(evaluation: Evaluation, moving: Mapping[str, Limits]) -> dict[str, float]:
    return {name: value for name, value in evaluation.point.items() if name not in moving}


def _check_widths(spans: Mapping[str, Limits]) -> None:
    """Raise AutodiffError where a range holds too few floats to draw along."""
    for name, (low, high) in spans.items():
        if high - low < _LEAST * ulp(max(abs(low), abs(high))):
            raise AutodiffError(
                f"the range {name} = {number_text(low)} to {number_text(high)} holds fewer than {_LEAST:,} floats",
                hint="choose a wider range",
            )


def _nowhere(evaluation: Evaluation, spans: Mapping[str, Limits]) -> UndefinedError:
    """That there is no value anywhere, and the step that has none at the place where the evaluation stands."""
    found = violations(evaluation)
    blamed = found[0].node if found else first_without_value(evaluation)
    where = " and ".join([_from_to(name, span) for name, span in spans.items()])
    return UndefinedError(
        _missing(evaluation, f"anywhere from {where}"),
        source=evaluation.source,
        span=None if blamed is None else evaluation.places.get(blamed),
        hint="choose another range",
    )


# --- the point of interest ----------------------------------------------------------------------------------------


def _spot(
    expression: Expression, fixed: Mapping[str, float], spans: Mapping[str, Limits], at: Mapping[str, float]
) -> Spot:
    """The point of interest. Raises AutodiffError where it is not inside the ranges, or has no value."""
    for name, span in spans.items():
        if name not in at:
            example = ",".join([f"{one}={short(at.get(one, low))}" for one, (low, _) in spans.items()])
            raise AutodiffError(f"the point of interest needs a value for {name} too", hint=f"as in --at {example}")
        if not span[0] <= at[name] <= span[1]:
            raise AutodiffError(
                f"{name} = {short(at[name])} is outside of the range, which is {_from_to(name, span)}",
                hint="choose a wider range or another point",
            )
    report: Report = report_at(expression, {**fixed, **at}, list(spans))
    where = place_text(at)
    return Spot(dict(at), report.value, report.rows, [f"at {where}, {note}" for note in report.notes])


# --- in words -----------------------------------------------------------------------------------------------------


def _curve_notes(evaluation: Evaluation, curve: Curve, name: str) -> list[str]:
    """Where the curve breaks, and where it is not."""
    missing = [*_gap_notes(evaluation, curve, name), *_edge_notes(evaluation, curve, name)]
    if len(missing) > _NAMED:
        missing[_NAMED:] = [f"{len(missing) - _NAMED} more places without a value"]
    return [*missing, *_break_notes(curve, name), *_span_notes(curve, name)]


def _gap_notes(evaluation: Evaluation, curve: Curve, name: str) -> Iterator[str]:
    """Where there is no value, and why."""
    for low, high in curve.gaps:
        for part in (0.5, 0.382, 0.723):  # one place in it may have a value, as x^x at -1
            if not curve.at(low + (high - low) * part).defined:
                break
        yield _missing(evaluation, f"from {_from_to(name, (low, high))}")


def _edge_notes(evaluation: Evaluation, curve: Curve, name: str) -> Iterator[str]:
    """Which single places have no value, and why."""
    for x in places_of(curve.breaks, BreakKind.EDGE):
        if not any(_is_in(x, gap) for gap in curve.gaps):
            curve.at(x)
            yield _missing(evaluation, f"at {name} = {short(x)}")


def _is_in(x: float, gap: Limits) -> bool:
    """Whether a place is in a gap, or at an end of it."""
    low, high = gap
    room = 1e-6 * (high - low)
    return low - room <= x <= high + room


def _break_notes(curve: Curve, name: str) -> Iterator[str]:
    """Where the poles are, where the jumps, and so on: "jumps at x = 1, 2"."""
    places: dict[tuple[str, str], list[float]] = {}
    for x, kind in curve.breaks:
        if kind in _IN_WORDS:
            places.setdefault(_IN_WORDS[kind], []).append(x)
    for (singular, plural), xs in places.items():
        what = plural if len(xs) > 1 else singular
        unfound = "; others may be too narrow to be found" if curve.narrow and what == "poles" else ""
        yield f"{what} at {name} = {_listed(xs)}{unfound}"


def _listed(xs: list[float]) -> str:
    """Some of the places, and how many more there are."""
    more = f" and {len(xs) - _NAMED} more" if len(xs) > _NAMED else ""
    return ", ".join(map(short, xs[:_NAMED])) + more


def _span_notes(curve: Curve, name: str) -> Iterator[str]:
    """Where the curve cannot be followed."""
    for span, what in ((curve.wild, "it changes too fast to follow"), (curve.drowned, "rounding hides the curve")):
        if span is None:
            continue
        place = curve.place(span)
        if place is None:
            yield f"{what} in places from {_from_to(name, span)}"
        else:
            yield f"{what} near {name} = {short(place)}"


def _area_notes(area: Area, inside: Limits, tears: Tears, spans: Mapping[str, Limits]) -> Iterator[str]:
    """What is to be said of an area: where there is no value, what is cut off, where it tears."""
    found, cells = area.found, len(area.xs) * len(area.ys)
    if len(found) < cells:
        yield f"no value on {max(1, round(100 * (1 - len(found) / cells)))} % of the area"
    lowest, highest = min(found), max(found)
    if inside[0] > lowest or inside[1] < highest:
        yield f"values go from {short(lowest)} to {short(highest)}; the ends are cut off"
    for kind, place in tears.places.items():
        rounded = dict(zip(spans, map(_rounded, place, spans.values()), strict=True))
        yield f"{kind}, for example at {place_text(rounded)}"


def _rounded(x: float, span: Limits) -> float:
    """A place without the digits that do not matter in a range."""
    return round(x, 3 - floor(log10(span[1] - span[0])))


def _missing(evaluation: Evaluation, where: str) -> str:
    """That there is no value, and why there is none at the place where the evaluation stands."""
    if found := violations(evaluation):
        return f"no value {where}: {domain_need(found[0].node)}"
    try:
        require_value(evaluation)
    except AutodiffError as error:
        return f"no value {where}: {error.message}"
    return f"too large to draw {where}"


def _from_to(name: str, span: Limits) -> str:
    return f"{name} = {short(span[0])} to {short(span[1])}"


def _cut(text: str) -> str:
    return text if len(text) <= 60 else text[:59] + "…"


def place_text(at: Mapping[str, float]) -> str:
    """A place in words: "x = 1, y = 2"."""
    return ", ".join([f"{name} = {short(x)}" for name, x in at.items()])


def short(x: float) -> str:
    """A number to six digits."""
    return number_text(float(f"{x:.6g}") + 0.0)
