"""`autodiff fit`: which constants of a model fit the rows of a table."""

import sys
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import click
from click.core import ParameterSource

from autodiff_cli.commands.batch import TableCommand
from autodiff_cli.commands.libraries import require
from autodiff_cli.commands.output import TABLES, output, put
from autodiff_cli.commands.output import format_of as picture_format
from autodiff_cli.commands.point import (
    add_reading,
    columns_in,
    expression,
    format_option,
    names,
    notes,
    number,
    only_option,
    precision_option,
    read_each,
    say_reading,
    shared,
)
from autodiff_cli.commands.printing import print_report
from autodiff_cli.commands.reading import dialect_hint, dialect_of, reading
from autodiff_cli.commands.starts import read_start
from autodiff_cli.errors import AutodiffError, all_of, did_you_mean
from autodiff_cli.files import is_stdout
from autodiff_cli.render.console import as_text
from autodiff_cli.render.formats import PLOT
from autodiff_cli.reports.status import Status

if TYPE_CHECKING:
    from autodiff_cli.engine.expression import Expression
    from autodiff_cli.reports.fit import FittedModel
    from autodiff_cli.reports.starts import Start
    from autodiff_cli.tables import FileFormat, Table


@click.command(
    cls=TableCommand,
    options_metavar="MODEL TABLE --y RESPONSE [--NAME START | --NAME LOW:HIGH]... [OPTIONS]",
    epilog="Columns of the table are variables of the model; the others are parameters, each with a start, --b 2, or "
    "with bounds, --b 0:10, or with both, --b 0:2:10. A model may use y as a variable too: y=VALUE.",
    add_help_option=False,
)
@click.option("--y", "response", metavar="RESPONSE", default="", help="What is fitted: a column, or log(y) and such.")
@click.option("--sigma", metavar="COLUMN", default="", help="The standard deviation of each response: weights.")
@click.option("--fix", metavar="NAMES", multiple=True, help="Parameters that keep their start: --fix b1,b2")
@output("Write the rows with what was fitted, its error and band, and the residual.", TABLES)
@click.option(
    "--plot",
    metavar="FILE",
    type=click.Path(),
    default="",
    help="Draw rows, curve, band and residuals: .svg .png .pdf (needs the extra plot).",
)
@click.option("--dark", is_flag=True, help="The picture on a dark ground.")
@click.option("--confidence", metavar="SHARE", default="0.95", show_default=True, help="Of the band around the curve.")
@reading
@format_option("table", "json", "csv", "tsv")
@only_option("b1, parameters.b1.sigma, residual_sd")
@precision_option()
@shared
def command(ctx: click.Context, **options: Any) -> Status:
    """Fit the parameters of MODEL to the rows of a table, by least squares.

    \b
    For example: autodiff fit "a exp(-b x)" data.csv --y y --a 1 --b 0.5
    """
    require("solve", "numpy", "scipy", "polars")
    from autodiff_cli.commands.plan import doubled, maps_of, wrong_maps
    from autodiff_cli.render import fit as render
    from autodiff_cli.reports import fit
    from autodiff_cli.tables import STDIN, open_table, write

    quiet, asked = options["quiet"], _request(ctx, options)
    with open_table(asked.source, options["from_"], asked.format, dialect_of(options)) as table:
        mapped = maps_of(options["maps"])
        columns = {name: name for name in table.columns} | mapped
        found, texts = expression(ctx, options["file"], options["values_file"], [*columns])
        response = _by_columns("--y", options["response"], columns, table)
        weight = _by_columns("--sigma", options["sigma"], columns, table) if options["sigma"] else None
        starts, fixed = _starts(found, texts, columns, table.name, names(options["fix"]))
        if asked.rows:
            table.keep_free(fit.ADDED)
        say_reading(found, quiet, response)
        notes(table.notes, quiet)
        used = [name for one in (found, response, weight) if one is not None for name in one.variables]
        read = {name: columns[name] for name in used if name not in {*starts, *fixed}}
        if errors := [*wrong_maps(used, table, mapped), *doubled(table, read)]:
            raise all_of(errors)
        data = fit.FitData(table, read)
        fitted = fit.fit(found, response, weight, data, starts, fixed)
    report = fitted.report
    notes(report.notes)
    add_reading(report, found)
    if asked.rows:
        write(asked.rows, asked.format, iter([fitted.table(asked.confidence)]))
    if asked.picture:
        _draw(fitted, asked, options["dark"])
    if asked.rows != STDIN:
        print_report(render, report, options["only"], options["format_"], options["precision"])
    elif not quiet:
        drawn = as_text(lambda console: render.show(report, console, options["precision"]))
        click.echo(drawn, err=True, nl=False)
    return report.status


class FitRequest(NamedTuple):
    """Which table is read, and what is written where: the rows in a format, and a picture; empty where it is not."""

    source: str
    rows: str
    format: "FileFormat"
    picture: str
    picture_format: str
    confidence: float


def _request(ctx: click.Context, options: Mapping[str, Any]) -> FitRequest:
    """What a command line asks for. Raises AutodiffError where that cannot be."""
    from autodiff_cli.commands.plan import check_apart
    from autodiff_cli.tables import STDIN, format_of, format_read

    source = _source(ctx)
    is_asked = ctx.get_parameter_source("output") is ParameterSource.COMMANDLINE
    rows = options["output"] or STDIN * is_asked
    if rows == STDIN and (options["only"] or options["format_"] != "table"):
        other = "--only" if options["only"] else f"--format {options['format_']}"
        raise AutodiffError(f"-o - and {other} both print to standard output", hint="write the rows to a file: -o FILE")
    of_input = format_read(source, options["from_"])._replace(compression="")
    is_named = rows not in ("", STDIN)
    picture = options["plot"]
    if options["dark"] and not picture:
        raise AutodiffError("--dark is for pictures", hint="as in --plot fit.svg --dark")
    check_apart([source], filter(None, (rows, picture)))
    return FitRequest(
        source,
        rows,
        format_of(rows, "", "to") if is_named else of_input,
        picture,
        _picture_format(picture) if picture else "",
        _confidence(options["confidence"]),
    )


def _source(ctx: click.Context) -> str:
    """The one table. Raises AutodiffError where there is none, or more."""
    from autodiff_cli.commands.plan import check_file, matches
    from autodiff_cli.tables import STDIN

    found = [path for word in ctx.meta["tables"] for path in matches(word)]
    if not found and sys.stdin is not None and not sys.stdin.isatty():
        return STDIN
    if len(found) != 1:
        message = f"a fit takes one table, and here are {len(found)}" if found else "no table"
        raise AutodiffError(message, hint=f"as in {ctx.command_path} 'a x + b' data.csv --y y --a 1 --b 0")
    check_file(found[0], 1)
    return found[0]


def _picture_format(path: str) -> str:
    """The format of a picture, by the ending of its file. Raises AutodiffError where it cannot be drawn."""
    from autodiff_cli.render.picture import require as require_matplotlib

    if is_stdout(path):
        raise AutodiffError("a picture is no text for standard output", hint="as in --plot fit.svg")
    found = picture_format(path, None, PLOT.picture_endings(), "svg")
    require_matplotlib()
    return found


def _confidence(text: str) -> float:
    """A share such as 0.95, or 95%. Raises AutodiffError for what is none."""
    typed = text.strip().removesuffix("%")
    found = number("confidence", typed) / (100 if typed != text.strip() else 1)
    if not 0 < found < 1:
        raise AutodiffError(f"--confidence {text} is no share between 0 and 1", hint="as in --confidence 0.95")
    return found


def _draw(fitted: "FittedModel", asked: FitRequest, dark: bool) -> None:
    from autodiff_cli.render import fit_picture
    from autodiff_cli.reports.fit_curve import curve_of

    put(fit_picture.to_bytes(curve_of(fitted, asked.confidence), asked.picture_format, dark), asked.picture)


def _by_columns(option: str, text: str, columns: Mapping[str, str], table: "Table") -> "Expression":
    """An expression in columns of the table alone; a column by its name, whatever signs that has."""
    from autodiff_cli.language.lexer import is_name
    from autodiff_cli.language.parser import parse

    known = [*columns]
    if not text:
        raise AutodiffError(f"no response: {option} names it", hint=f"the columns are {', '.join(known[:20])}")
    word = text.strip()
    if word in columns and not is_name(word):
        text = f"`{word}`"
    found = parse(text, known, columns_in(text))
    missing = [word] if is_name(word) else [*found.variables]
    missing = [name for name in missing if name not in columns]
    if missing:
        hint = dialect_hint(known) or did_you_mean(missing[0], known) or f"its columns are {', '.join(known[:20])}"
        raise AutodiffError(f"{table.name} has no column for {option} {', '.join(missing)}", hint=hint)
    return found


def _starts(
    found: "Expression", texts: Mapping[str, str], columns: Mapping[str, str], table: str, kept: Collection[str]
) -> "tuple[dict[str, Start], dict[str, float]]":
    """The parameters with their starts, and the numbers that stay. Raises AutodiffError for all that is wrong."""
    starts, errors = read_each(read_start, texts)
    for name in texts:
        if name not in found.variables:
            errors.append(AutodiffError(f"the model has no variable '{name}'", hint=_names(found)))
        elif name in columns:
            hint = "rename one of them"
            errors.append(AutodiffError(f"'{name}' has a start, and is a column of {table}", hint=hint))
    given = {*texts, *found.defaults, *columns}
    missing = [name for name in found.variables if name not in given]
    if missing:
        starts_of = " ".join([f"--{name} 1" for name in missing[:5]])
        message = f"no column and no start for {', '.join(missing[:10])}"
        what_to_do = dialect_hint([*columns]) or f"give a parameter a start: {starts_of}"
        errors.append(AutodiffError(message, source=found.source, hint=what_to_do))
    for name in kept:
        if name not in texts:
            errors.append(AutodiffError(f"--fix {name} has no value", hint=f"as in --{name} 2 --fix {name}"))
    if errors:
        raise all_of(errors)
    fixed = {name: at for name, at in found.defaults.items() if name not in texts}
    fixed |= {name: starts.pop(name).value for name in kept}
    if not starts:
        raise AutodiffError("no parameter to fit", hint="a start makes one: --a 1")
    return starts, fixed


def _names(found: "Expression") -> str:
    return f"its variables are {', '.join([*found.variables][:20])}"
