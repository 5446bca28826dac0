"""`autodiff plot`: a function and its derivative as curves, or over two variables with its gradients."""

from itertools import filterfalse, starmap
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import click

from autodiff_cli.commands.output import deliver, format_of, output
from autodiff_cli.commands.point import (
    PointCommand,
    add_reading,
    at_option,
    expression,
    names,
    notes,
    number,
    of_option,
    point_of,
    put_at,
    put_bare,
    read_each,
    say_reading,
    shared,
)
from autodiff_cli.commands.ranges import is_range, other_range, read_range
from autodiff_cli.errors import AutodiffError, all_of
from autodiff_cli.render.formats import PLOT

if TYPE_CHECKING:
    from collections.abc import Callable

    from autodiff_cli.commands.words import Words
    from autodiff_cli.engine.expression import Expression
    from autodiff_cli.reports.curves import Curves
    from autodiff_cli.reports.plot import Field, Line

_T = TypeVar("_T")
Span = tuple[float, float]
Size = tuple[int, int]

_USUAL = 10.0  # how far a range goes to both sides, where none is given
_COARSE, _FINE = 200, 400  # pieces of a curve to begin with; the second in a picture


class PlotCommand(PointCommand):
    """A command that takes several expressions; those after the first are `more` in `ctx.meta`."""

    def _other(self, ctx: click.Context, words: "Words", word: str) -> None:
        is_option = word.startswith("--") or (len(word) == 2 and word[0] == "-" and word[1] not in "".join(words.texts))
        if is_option or not words.texts:
            super()._other(ctx, words, word)
        ctx.meta.setdefault("more", []).append(word)


@click.command(
    cls=PlotCommand,
    options_metavar="EXPRESSION... [--NAME LOW:HIGH | --NAME VALUE]... [OPTIONS]",
    epilog="Several expressions are drawn into one window. The ends of a range are numbers or constant expressions, as "
    "in --x -pi:pi; without one a variable goes from -10 to 10. With two ranges it draws the values over the area, and "
    "arrows that point uphill.",
    add_help_option=False,
)
@at_option("A point of interest, as 2, x=2 or x=2,y=3: its tangent, or its gradient.")
@output("Write a file, by its ending: .svg .png .pdf (these need the extra plot) .json .csv .tsv .txt", PLOT.endings())
@of_option("Named steps of a program, a curve each: --of a,b")
@click.option("--marks", is_flag=True, help="Mark zeros, extrema and inflections, as `study` proves them.")
@click.option("--dark", is_flag=True, help="The picture on a dark ground.")
@click.option(
    "--format",
    "format_",
    type=click.Choice(PLOT.choices()),
    help="A drawing for the terminal, or its points.  [default: text]",
)
@shared
def command(
    ctx: click.Context,
    at: tuple[str, ...],
    output: str | None,
    of: tuple[str, ...],
    marks: bool,
    dark: bool,
    format_: str | None,
    file: str | None,
    values_file: tuple[str, ...],
    wrt: tuple[str, ...],
    quiet: bool,
) -> None:
    """Draw EXPRESSION and its derivative along one variable.

    \b
    For example: autodiff plot "3x^2 - 4x + 5" --x -5:5
    """
    name = format_of(output, format_, PLOT.endings(), PLOT.usual.name)
    picture, drawing = PLOT.draws(name), name == PLOT.usual.name
    if picture:
        from autodiff_cli.render.picture import require

        require()
    elif dark:
        raise AutodiffError("--dark is for pictures", hint="as in -o curve.svg --dark")
    size = _size(output) if drawing else None

    by = names(wrt)
    spot: dict[str, str] = {}
    bare = put_at(spot, at)
    more = ctx.meta.get("more", [])
    found, texts = expression(ctx, file, values_file, [*by, *spot], reader=_reader(more) if more else None)
    several = _several(found, more, names(of))
    if len(several) == 1:
        ((_, found),) = several
    put_bare(spot, bare, found, _moving(found, texts, by))
    asked = _read(found, texts, by, spot)
    read = say_reading(found, quiet)
    chosen = _chosen(asked.spans, texts)
    notes(chosen, quiet)
    above = 0 if output else len(read) + len(chosen) * (not quiet)
    drawn: Any
    if len(several) > 1:
        drawn = _draw_several(several, asked, _FINE if picture else _COARSE, marks)
    else:
        drawn = _draw(found, asked, _FINE if picture else _COARSE, _below(size, above + bool(above)))
    if marks and len(several) < 2:
        _mark(drawn, found, asked)
    if (picture or drawing) and len(several) < 2:
        from autodiff_cli.reports.plot import require_change

        require_change(drawn)
    if not quiet:
        notes(drawn.notes)
    above += 0 if quiet or output else len(drawn.notes)
    add_reading(drawn, found)
    deliver(PLOT, name, drawn, output, dark=dark, size=_below(size, above))


def _reader(more: "list[str]") -> "Callable[..., Expression]":
    """Reads several texts as one expression with a step for each."""

    def read(text: str, *known: Any) -> "Expression":
        from autodiff_cli.language.parser import parse
        from autodiff_cli.reports.curves import joined

        return joined([parse(one, *known) for one in (text, *more)])

    return read


def _several(found: "Expression", more: list[str], of: list[str]) -> "list[tuple[str, Expression]]":
    """The curves to draw, where they are several: each text, or each step that is named."""
    if not more and not of:
        return []
    from autodiff_cli.reports.curves import label_of, parts

    if more and of:
        raise AutodiffError("--of names steps of one program", hint="give one expression, or leave --of out")
    named = parts(found, of or [*found.steps])
    labels = [label if of else label_of(part.root) for label, part in named]
    return [(label, part) for label, (_, part) in zip(labels, named, strict=True)]


def _draw_several(several: "list[tuple[str, Expression]]", asked: "_Request", cells: int, marks: bool) -> "Curves":
    """Several curves. Raises AutodiffError for what goes with one alone."""
    from autodiff_cli.reports.curves import curves

    if len(asked.spans) > 1:
        hint = f"give one of them a value: --{[*asked.spans][-1]} 1"
        raise AutodiffError(f"several curves go along one variable, not along {' and '.join(asked.spans)}", hint=hint)
    if asked.at or marks:
        what = "--at" if asked.at else "--marks"
        raise AutodiffError(f"{what} is for one curve", hint="draw one expression")
    ((name, span),) = asked.spans.items()
    return curves(several, asked.fixed, name, span, cells)


def _mark(drawn: "Line | Field", found: "Expression", asked: "_Request") -> None:
    """Put proven zeros, extrema and inflections into a plot. Raises AutodiffError where two variables move."""
    from autodiff_cli.exact.balls import require

    require()
    from autodiff_cli.reports.plot import Line, PlotMark
    from autodiff_cli.reports.study import study

    if not isinstance(drawn, Line):
        raise AutodiffError("--marks is for one variable", hint="autodiff study finds critical points in two")
    ((name, span),) = asked.spans.items()
    report = study(found, name, span, asked.fixed)
    kinds = (("zero", report.zeros), ("", report.extrema), ("inflection", report.inflections))
    drawn.marks = [
        PlotMark(kind or mark.kind, mark.x, mark.value)
        for kind, marks in kinds
        for mark in marks
        if mark.value is not None
    ]
    if report.undecided:
        drawn.notes.append(f"not all marks are decided; autodiff study says where: {', '.join(report.undecided)}")


class _Request(NamedTuple):
    """What a command line asks for: the ranges, the values of the other variables, and the point of interest."""

    spans: dict[str, Span]
    fixed: dict[str, float]
    at: dict[str, float]


def _read(found: "Expression", texts: dict[str, str], by: list[str], spot: dict[str, str]) -> _Request:
    """What is asked for. Raises AutodiffError where that is not one variable or two, or something has no value."""
    if not found.variables:
        hint = "a plot needs a variable, as in autodiff plot 'x^2' --x -5:5"
        raise AutodiffError("the expression is constant: it has no variable", source=found.source, hint=hint)
    typed = _typed_ranges(texts)
    moving = [*dict.fromkeys([*typed, *by])] or _left_to_move(found, texts, spot)
    _check_moving(texts, typed, moving)
    _check_spot(texts, moving, spot)
    fixed = _without(texts | spot, moving)
    found.check({*fixed, *moving})
    _check_count(found, texts, moving)
    at = {name: number(name, spot[name]) for name in moving if name in spot}
    point = point_of(found, fixed | dict.fromkeys(moving, "0"))
    spans = {name: typed.get(name) or _usual_range(at.get(name, 0.0)) for name in moving}
    return _Request(spans, _without(point, moving), at)


def _moving(found: "Expression", texts: dict[str, str], by: list[str]) -> list[str]:
    """The variables that go along a range, as far as that is known before the point of interest is."""
    ranged = filter(lambda name: is_range(texts[name]), texts)
    return [*dict.fromkeys([*ranged, *by])] or [name for name in found.variables if name not in texts]


def _without(values: dict[str, _T], names: list[str]) -> dict[str, _T]:
    return {name: value for name, value in values.items() if name not in names}


def _typed_ranges(texts: dict[str, str]) -> dict[str, Span]:
    """The ranges that are given. Raises AutodiffError that names all that are wrong."""
    others = filter(None, starmap(other_range, texts.items()))
    ranges, wrong = read_each(_ends, {name: text for name, text in texts.items() if is_range(text)})
    errors = [*others, *wrong]
    if errors:
        raise all_of(errors)
    return ranges


def _ends(name: str, text: str) -> Span:
    """The ends of a range, which has no step."""
    low, high, step = read_range(name, text)
    if step is not None:
        ends = text.rpartition(":")[0]
        hint = f"the range alone: --{name} {ends}"
        raise AutodiffError("a plot chooses its own steps", source=text, span=(len(ends), len(text)), hint=hint)
    return low, high


def _left_to_move(found: "Expression", texts: dict[str, str], spot: dict[str, str]) -> list[str]:
    """The variables without a value; of more than two, those that the point of interest is about."""
    given = {*texts, *found.defaults}
    free = list(filterfalse(given.__contains__, found.variables))
    if len(free) <= 2:
        return free
    return list(filter(spot.__contains__, free))


def _check_moving(texts: dict[str, str], ranges: dict[str, Span], moving: list[str]) -> None:
    """Raise AutodiffError where a variable that is to move has one value."""
    single = texts.keys() - ranges
    for name in moving:
        if name in single:
            hint = f"give it a range: --{name} {_around(texts[name])}"
            raise AutodiffError(f"{name} has one value, {texts[name]}, and a plot goes along it", hint=hint)


def _check_spot(texts: dict[str, str], moving: list[str], spot: dict[str, str]) -> None:
    """Raise AutodiffError where a variable that does not move has two values."""
    for name, text in _without(spot, moving).items():
        if name in texts and number(name, text) != number(name, texts[name]):
            raise AutodiffError(f"two values for '{name}': {texts[name]} and {text}", hint="give it one")


def _check_count(found: "Expression", texts: dict[str, str], moving: list[str]) -> None:
    """Raise AutodiffError unless one variable moves, or two."""
    if not moving:
        name = next(iter(found.variables))
        hint = f"a plot goes along a range: --{name} {_around(texts.get(name, ''))}"
        raise AutodiffError("every variable has one value", hint=hint)
    if len(moving) > 2:
        raise AutodiffError(
            f"a plot goes along one variable or two, and here are {len(moving)}: {', '.join(moving)}",
            hint=f"give a single value to the others: --{moving[-1]} 1",
        )


def _around(text: str) -> str:
    """A range around a whole number, as an example: "-7:13" for "3"."""
    if not text.isdecimal() or len(text) > 6:
        return "-10:10"
    return f"{int(text) - 10}:{int(text) + 10}"


def _usual_range(at: float) -> Span:
    """From -10 to 10, or as far around a point of interest outside of that."""
    middle = at if abs(at) > _USUAL else 0.0
    return middle - _USUAL, middle + _USUAL


def _chosen(spans: dict[str, Span], texts: dict[str, str]) -> list[str]:
    """A note on the ranges that were not given, if there are any."""
    chosen = []
    for name, (low, high) in spans.items():
        if name not in texts:
            chosen.append(f"{name} goes from {low:.12g} to {high:.12g}")
    return [f"{', '.join(chosen)}; --{next(iter(spans))} LOW:HIGH chooses"] if chosen else []


def _size(output: str | None) -> Size:
    """Columns and rows to draw in."""
    from autodiff_cli.render import plot

    return plot.size() if output is None else plot.PAGE


def _below(size: Size | None, lines: int) -> Size | None:
    """What is left of a terminal below so many lines that were written before."""
    if size is None:
        return None
    from autodiff_cli.render.plot import left_after

    return left_after(size, lines)


def _draw(found: "Expression", asked: _Request, cells: int, size: Size | None) -> "Line | Field":
    """The curve, which has so many pieces to begin with, or the area, as fine as a window of that size."""
    from autodiff_cli.reports.plot import field_of, line

    if len(asked.spans) == 1:
        ((name, span),) = asked.spans.items()
        return line(found, asked.fixed, name, span, asked.at.get(name), cells)
    if size is None:
        return field_of(found, asked.fixed, asked.spans, asked.at)
    from autodiff_cli.render.plot import field_size

    return field_of(found, asked.fixed, asked.spans, asked.at, *field_size(size))
