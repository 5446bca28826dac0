"""Points along ranges: `autodiff eval "sin(x)" --x 0:3.14:0.01`, and the rows that ranges make in `autodiff batch`."""

from collections.abc import Collection, Iterator, Mapping
from itertools import product
from math import prod
from typing import TYPE_CHECKING, cast

import click

from autodiff_cli.commands.point import (
    add_reading,
    expression,
    may_be_uncertain,
    notes,
    number,
    point_of,
    read_each,
    say_reading,
)
from autodiff_cli.commands.ranges import Range, is_range, read_range
from autodiff_cli.engine.printer import number_text
from autodiff_cli.errors import AutodiffError, UndefinedError, all_of
from autodiff_cli.reports.status import Status

if TYPE_CHECKING:
    from autodiff_cli.engine.expression import Expression
    from autodiff_cli.reports.results import Report

_MOST = 1_000_000  # points
_COUNTED = 10**15  # of more only the order of magnitude is said


def take_ranges(texts: dict[str, str]) -> dict[str, Range]:
    """Take the ranges out of the values. Raises AutodiffError that names all that are wrong, or have no step."""
    found = {name: texts.pop(name) for name, text in [*texts.items()] if is_range(text)}
    spans, errors = read_each(_with_step, found)
    if errors:
        raise all_of(errors)
    return spans


def _with_step(name: str, text: str) -> Range:
    """The range of a variable. Raises AutodiffError where it is wrong, or has no step."""
    span = read_range(name, text)
    if span.step is None:
        hint = f"a third part is the step: --{name} {text}:{(span.high - span.low) / 100:.3g}"
        raise AutodiffError(f"{name} = {text} has no step", hint=hint)
    return span


def reports_on_grid(
    ctx: click.Context,
    file: str | None,
    values_file: tuple[str, ...],
    wrt: list[str],
    quiet: bool,
    only: tuple[str, ...],
    format_: str,
    precision: int | None,
) -> Status:
    """Value, gradients and verdicts at every point, the last range moving fastest."""
    from autodiff_cli.render import grid as render
    from autodiff_cli.reports.point import selected_rows

    found, texts = expression(ctx, file, values_file, wrt)
    spans = take_ranges(texts)
    _check_certain(texts, spans)
    fixed = point_of(found, texts | dict.fromkeys(spans, "0"))
    by = list(selected_rows(found, wrt))
    places = _Places(spans)
    if places.count > _MOST:
        hint = "wider steps make fewer; autodiff batch is for many"
        count = f"{places.count:,}" if places.count < _COUNTED else f"some 10^{len(str(places.count)) - 1}"
        of = "" if places.count < _COUNTED else f" of {', '.join(spans)}"
        raise AutodiffError(f"the ranges make {count} points{of}", hint=hint)
    say_reading(found, quiet)
    reports = _Reports(found, fixed, wrt)
    render.show(map(reports.at, places), list(spans), by, only, format_, precision)
    if reports.missing:
        of_all = f"{len(reports.missing):,} of {places.count:,} points have" if places.count > 1 else "the point has"
        notes([f"{of_all} no value, the first because {reports.missing[0]}"])
    notes(reports.said(), quiet)
    return reports.status


def _check_certain(texts: Mapping[str, str], spans: Collection[str]) -> None:
    """Raise AutodiffError where a value beside a range is uncertain."""
    for name in filter(lambda name: may_be_uncertain(texts[name]), texts):
        from autodiff_cli.commands.uncertainty import uncertain
        from autodiff_cli.reports.measured import Measured

        if (found := uncertain(name, texts[name], number)) is not None:
            what, hint = "lies in an interval", f"give {' and '.join(spans)} one value"
            if isinstance(found, Measured):
                what = "has an uncertainty"
                hint = "autodiff batch has the uncertainty of every row; or " + hint
            raise AutodiffError(f"{name} = {texts[name]} {what}, and {' and '.join(spans)} has a range", hint=hint)


def _where(places: list[dict[str, float]]) -> str:
    """Some points in words.

    >>> _where([{"x": 1.0, "y": 0.5}, {"x": 2.0, "y": 0.5}])
    'x = 1, y = 0.5 and 1 more'
    """
    first = ", ".join([f"{name} = {number_text(value)}" for name, value in places[0].items()])
    more = f" and {len(places) - 1:,} more" * (len(places) > 1)
    return first + more


class _Places:
    """The points of some ranges, by name; the last range moves fastest."""

    def __init__(self, spans: Mapping[str, Range]) -> None:
        from autodiff_cli.tables.spacing import steps

        self._names = list(spans)
        self._axes = [steps(span.low, span.high, cast(float, span.step)) for span in spans.values()]
        self.count = prod([count for count, _ in self._axes])

    def __iter__(self) -> Iterator[dict[str, float]]:
        """One point after another."""
        axes = [[*map(float, map(number_at, range(count)))] for count, number_at in self._axes]
        for numbers in product(*axes):
            yield dict(zip(self._names, numbers, strict=True))


class _Reports:
    """The reports of an expression at many points, and what they come to."""

    def __init__(self, expression: "Expression", fixed: Mapping[str, float], wrt: list[str]) -> None:
        self._expression = expression
        self._fixed = fixed
        self._wrt = wrt
        self._statuses: set[Status] = set()
        self.missing: list[str] = []  # why, for each point without a value
        self._said: dict[str, list[dict[str, float]]] = {}  # each note, and where it was said

    def at(self, place: dict[str, float]) -> "tuple[dict[str, float], Report | None]":
        """A point, and what there is to say there; None where there is no value."""
        from autodiff_cli.reports.point import report_at

        try:
            report = report_at(self._expression, {**self._fixed, **place}, self._wrt)
        except UndefinedError as error:
            self.missing.append(error.message)
            return place, None
        self._statuses.add(report.status)
        for note in report.notes:
            self._said.setdefault(note, []).append(place)
        add_reading(report, self._expression)
        return place, report

    def said(self) -> list[str]:
        """Each note once, with the first of its points and how many there are."""
        return [f"at {_where(places)}: {note}" for note, places in self._said.items()]

    @property
    def status(self) -> Status:
        """What all come to: it is enough that one point has a value."""
        if Status.MISMATCH in self._statuses:
            return Status.MISMATCH
        return Status.OK if self._statuses else Status.UNDEFINED
