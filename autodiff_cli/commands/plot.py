"""`autodiff plot`: a function and its derivative as curves, or over two variables with its gradients."""

from typing import TYPE_CHECKING

import click

from autodiff_cli.commands.point import PointCommand, expression, names, notes, number, point_of, put_at, shared
from autodiff_cli.commands.ranges import Range, is_range, read_range
from autodiff_cli.errors import AutodiffError, all_of

if TYPE_CHECKING:
    from autodiff_cli.expression import Expression
    from autodiff_cli.plot import Field, Line

_USUAL = 10.0  # how far a range goes to both sides, where none is given
_COARSE, _FINE = 200, 400  # pieces of a curve to begin with; the second in a file


@click.command(
    cls=PointCommand,
    options_metavar="EXPRESSION [--NAME LOW:HIGH | --NAME VALUE]... [OPTIONS]",
    epilog="With two ranges it draws the values over the area, and arrows that point uphill.",
    add_help_option=False,
)
@click.option("--at", metavar="NAME=VALUE", multiple=True, help="A point of interest: its tangent, or its gradient.")
@click.option("-o", "--output", metavar="FILE", help="Draw into a file: .svg, .png or .pdf.")
@click.option("--dark", is_flag=True, help="The file on a dark ground.")
@click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "json", "csv", "tsv"]),
    default="text",
    help="A drawing for the terminal, or its points.",
    show_default=True,
)
@shared
def command(
    ctx: click.Context,
    at: tuple[str, ...],
    output: str | None,
    dark: bool,
    format_: str,
    file: str | None,
    values_file: str | None,
    wrt: tuple[str, ...],
    quiet: bool,
) -> None:
    """Draw EXPRESSION and its derivative along one variable.

    \b
    For example: autodiff plot "3x^2 - 4x + 5" --x -5:5
    """
    if output is not None:
        from autodiff_cli.render import picture

        picture.check(output)
        if format_ != "text":
            raise AutodiffError(f"-o draws, and --format {format_} prints points", hint="choose one of the two")
    elif dark:
        raise AutodiffError("--dark is for files", hint="as in -o curve.svg --dark")
    elif format_ == "text":
        from autodiff_cli.render import plot as terminal

        size = terminal.size()

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

    from autodiff_cli import plot

    drawn: Line | Field
    if len(ranges) == 2:
        spans = {name: (span.low, span.high) for name, span in ranges.items()}
        if output is None and format_ == "text":
            size = terminal.below(size, 0 if quiet else len(found.notes) + len(usual) + 1)
            drawn = plot.field_of(found, fixed, spans, where, *terminal.field_size(size))
        else:
            drawn = plot.field_of(found, fixed, spans, where)
    else:
        ((name, span),) = ranges.items()
        cells = _COARSE if output is None else _FINE
        drawn = plot.line(found, fixed, name, (span.low, span.high), where.get(name), cells)
    if output is not None or format_ == "text":
        plot.require_change(drawn)
    if not quiet:
        notes(drawn.notes)
    if output is not None:
        picture.draw(drawn, output, dark)
    elif format_ == "text":
        above = 0 if quiet else len(found.notes) + len(usual) + len(drawn.notes)
        terminal.show(drawn, size if len(ranges) == 2 else terminal.below(size, above))
    else:
        from autodiff_cli.render import points

        click.echo(points.to_json(drawn) if format_ == "json" else points.to_separated(drawn, format_))


def _read(
    found: "Expression", texts: dict[str, str], by: list[str], spot: dict[str, str]
) -> tuple[dict[str, Range], dict[str, float], dict[str, float]]:
    """The ranges, what is fixed, and the point of interest. Raises AutodiffError that names all that is wrong."""
    errors: list[AutodiffError] = []
    ranges: dict[str, Range] = {}
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
        if name not in swept and name in texts:
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
