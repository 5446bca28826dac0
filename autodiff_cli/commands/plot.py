"""`autodiff plot`: a function and its derivative as curves, or over two variables with its gradients."""

from typing import TYPE_CHECKING

import click

from autodiff_cli.commands.output import format_of, output, put
from autodiff_cli.commands.point import (
    PointCommand,
    complete_names,
    expression,
    names,
    notes,
    number,
    point_of,
    put_at,
    shared,
)
from autodiff_cli.commands.ranges import Range, is_range, other_range, read_range
from autodiff_cli.errors import AutodiffError, all_of

if TYPE_CHECKING:
    from autodiff_cli.engine.expression import Expression
    from autodiff_cli.reports.plot import Field, Line

_USUAL = 10.0  # how far a range goes to both sides, where none is given
ENDINGS = {
    ".svg": "svg",
    ".png": "png",
    ".pdf": "pdf",
    ".json": "json",
    ".csv": "csv",
    ".tsv": "tsv",
    ".txt": "text",
}
_PICTURES = ("svg", "png", "pdf")
_COARSE, _FINE = 200, 400  # pieces of a curve to begin with; the second in a file


@click.command(
    cls=PointCommand,
    options_metavar="EXPRESSION [--NAME LOW:HIGH | --NAME VALUE]... [OPTIONS]",
    epilog="The ends of a range are numbers or constant expressions, as in --x -pi:pi; without one a variable goes "
    "from -10 to 10. With two ranges it draws the values over the area, and arrows that point uphill.",
    add_help_option=False,
)
@click.option(
    "--at",
    metavar="NAME=VALUE",
    multiple=True,
    shell_complete=complete_names,
    help="A point of interest, as x=2 or x=2,y=3: its tangent, or its gradient.",
)
@output("Write a file, by its ending: .svg .png .pdf (these need the extra plot) .json .csv .tsv .txt")
@click.option("--dark", is_flag=True, help="The picture on a dark ground.")
@click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "json", "csv", "tsv"]),
    help="A drawing for the terminal, or its points.  [default: text]",
)
@shared
def command(
    ctx: click.Context,
    at: tuple[str, ...],
    output: str | None,
    dark: bool,
    format_: str | None,
    file: str | None,
    values_file: str | None,
    wrt: tuple[str, ...],
    quiet: bool,
) -> None:
    """Draw EXPRESSION and its derivative along one variable.

    \b
    For example: autodiff plot "3x^2 - 4x + 5" --x -5:5
    """
    kind = format_of(output, format_, ENDINGS, "text")
    if dark and kind not in _PICTURES:
        raise AutodiffError("--dark is for pictures", hint="as in -o curve.svg --dark")
    if kind in _PICTURES:
        from autodiff_cli.render import picture

        picture.require()
    elif kind == "text":
        from autodiff_cli.render import plot as terminal

        size = terminal.size() if output is None else terminal.PAGE

    by = names(wrt)
    spot: dict[str, str] = {}
    put_at(spot, at)
    found, texts = expression(ctx, file, values_file, [*by, *spot])
    if not found.variables:
        hint = "a plot needs a variable, as in autodiff plot 'x^2' --x -5:5"
        raise AutodiffError("the expression is constant: it has no variable", source=found.source, hint=hint)
    ranges, fixed, where = _read(found, texts, by, spot)
    usual = [f"{name} goes from {_text(span)}" for name, span in ranges.items() if name not in texts]
    if usual:
        usual = [f"{', '.join(usual)}; --{next(iter(ranges))} LOW:HIGH chooses"]
    if not quiet:
        notes([*found.notes, *usual])

    from autodiff_cli.reports import plot

    above = 0 if quiet else len(found.notes) + len(usual)
    drawn: Line | Field
    if len(ranges) == 2:
        spans = {name: (span.low, span.high) for name, span in ranges.items()}
        if kind == "text":
            size = terminal.below(size, above and above + 1)
            drawn = plot.field_of(found, fixed, spans, where, *terminal.field_size(size))
        else:
            drawn = plot.field_of(found, fixed, spans, where)
    else:
        ((name, span),) = ranges.items()
        cells = _FINE if kind in _PICTURES else _COARSE
        drawn = plot.line(found, fixed, name, (span.low, span.high), where.get(name), cells)
    if kind == "text" or kind in _PICTURES:
        plot.require_change(drawn)
    if not quiet:
        notes(drawn.notes)
    if kind == "text" and output is None:
        terminal.show(drawn, size if len(ranges) == 2 else terminal.below(size, above + len(drawn.notes) * (not quiet)))
        return
    if kind in _PICTURES:
        data = picture.to_bytes(drawn, kind, dark)
    elif kind == "text":
        data = f"{terminal.to_text(drawn, size)}\n".encode()
    else:
        from autodiff_cli.render import points

        data = f"{points.to_json(drawn) if kind == 'json' else points.to_separated(drawn, kind)}\n".encode()
    put(data, output)


def _read(
    found: "Expression", texts: dict[str, str], by: list[str], spot: dict[str, str]
) -> tuple[dict[str, Range], dict[str, float], dict[str, float]]:
    """The ranges, what is fixed, and the point of interest. Raises AutodiffError that names all that is wrong."""
    errors: list[AutodiffError] = []
    ranges: dict[str, Range] = {}
    errors += [error for name, text in texts.items() if (error := other_range(name, text))]
    for name in [name for name, text in texts.items() if is_range(text)]:
        try:
            ranges[name] = read_range(name, texts[name])
            if ranges[name].step is not None:
                low, high, _ = texts[name].split(":")
                span = (len(low) + len(high) + 1, len(texts[name]))
                hint = f"the range alone: --{name} {low}:{high}"
                raise AutodiffError("a plot chooses its own steps", source=texts[name], span=span, hint=hint)
        except AutodiffError as error:
            errors.append(error)
    if errors:
        raise all_of(errors)
    swept = [*ranges, *[name for name in by if name not in ranges]]
    if not swept:
        swept = [name for name in found.variables if name not in texts and name not in found.defaults]
        swept = swept if len(swept) <= 2 else [name for name in swept if name in spot]
    for name in set(swept) - set(ranges):
        if name in texts:
            hint = f"give it a range: --{name} {_around(texts[name])}"
            raise AutodiffError(f"{name} has one value, {texts[name]}, and a plot goes along it", hint=hint)
    for name, text in spot.items():
        if name not in swept and name in texts and number(name, text) != number(name, texts[name]):
            raise AutodiffError(f"two values for '{name}': {texts[name]} and {text}", hint="give it one")
    fixed_texts = {name: text for name, text in (texts | spot).items() if name not in swept}
    found.check({*fixed_texts, *swept})
    if not swept:
        name = next(iter(found.variables))
        hint = f"a plot goes along a range: --{name} {_around(texts.get(name, ''))}"
        raise AutodiffError("every variable has one value", hint=hint)
    if len(swept) > 2:
        raise AutodiffError(
            f"a plot goes along one variable or two, and here are {len(swept)}: {', '.join(swept)}",
            hint=f"give a single value to the others: --{swept[-1]} 1",
        )
    where = {name: number(name, spot[name]) for name in swept if name in spot}
    fixed = point_of(found, fixed_texts | dict.fromkeys(swept, "0"))
    for name in swept:
        if name not in ranges:
            middle = where.get(name, 0.0)
            middle = middle if abs(middle) > _USUAL else 0.0
            ranges[name] = Range(middle - _USUAL, middle + _USUAL)
    return {name: ranges[name] for name in swept}, {n: x for n, x in fixed.items() if n not in swept}, where


def _around(text: str) -> str:
    return "-10:10" if not text.isdecimal() or len(text) > 6 else f"{int(text) - 10}:{int(text) + 10}"


def _text(span: Range) -> str:
    return f"{span.low:.12g} to {span.high:.12g}"
