"""`autodiff fit`: which constants of a model fit the rows of a table."""

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

import click

from autodiff_cli.commands.batch import TableCommand
from autodiff_cli.commands.libraries import require
from autodiff_cli.commands.output import TABLES, output
from autodiff_cli.commands.point import (
    add_reading,
    expression,
    format_option,
    names,
    notes,
    only_option,
    read_each,
    say_reading,
    shared,
)
from autodiff_cli.commands.printing import print_report
from autodiff_cli.commands.starts import read_start
from autodiff_cli.errors import AutodiffError, all_of, did_you_mean
from autodiff_cli.reports.status import Status

if TYPE_CHECKING:
    from autodiff_cli.engine.expression import Expression
    from autodiff_cli.reports.starts import Start
    from autodiff_cli.tables import Table


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
@output("Write the rows with what was fitted, its error and the residual.", TABLES)
@click.option("--from", "from_", metavar="FORMAT", default="", help="The format of the table.")
@click.option("--separator", metavar="SIGN", default="", help="Between cells: ';', tab, or space for any blanks.")
@click.option("--no-header", is_flag=True, help="The first line is a row: the columns are c1, c2, ...")
@click.option("--skip-lines", metavar="N", default="0", help="Leave out the first N lines.")
@format_option("table", "json", "csv", "tsv")
@only_option("b1, parameters.b1.sigma, residual_sd")
@click.option("--precision", type=click.IntRange(1, 17), help="Significant digits in the table; 17 shows all.")
@shared
def command(ctx: click.Context, **options: Any) -> Status:
    """Fit the parameters of MODEL to the rows of a table, by least squares.

    \b
    For example: autodiff fit "a exp(-b x)" data.csv --y y --a 1 --b 0.5
    """
    require("solve", "numpy", "scipy", "polars")
    from autodiff_cli.render import fit as render
    from autodiff_cli.reports import fit
    from autodiff_cli.tables import FileFormat, format_of, write

    quiet, path = options["quiet"], options["output"]
    target = format_of(path, "", "to") if path else FileFormat("csv")
    with _table(ctx, options, target) as table:
        known = [*table.columns]
        found, texts = expression(ctx, options["file"], options["values_file"], known)
        response = _by_columns("--y", options["response"], table)
        weight = _by_columns("--sigma", options["sigma"], table) if options["sigma"] else None
        starts, fixed = _starts(found, texts, table, names(options["fix"]))
        if path:
            table.keep_free(["fitted", "fitted_sigma", "residual"])
        say_reading(found, quiet, response)
        notes(table.notes, quiet)
        needed = [name for name in found.variables if name not in starts and name not in fixed]
        of_others = [name for one in (response, weight) if one is not None for name in one.variables]
        data = fit.FitData(table, [*dict.fromkeys([*needed, *of_others])])
        report, fitted = fit.fit(found, response, weight, data, starts, fixed)
    notes(report.notes)
    add_reading(report, found)
    if path:
        write(path, target, iter([fitted()]))
    print_report(render, report, options["only"], options["format_"], options["precision"])
    return report.status


def _table(ctx: click.Context, options: Mapping[str, Any], target: Any) -> "Table":
    """The one table. Raises AutodiffError where there is none, or more."""
    from autodiff_cli.commands.point import whole
    from autodiff_cli.tables import TableDialect, open_table, separator_of

    paths = ctx.meta["tables"]
    if len(paths) != 1:
        message = f"a fit takes one table, and here are {len(paths)}" if paths else "no table"
        raise AutodiffError(message, hint=f"as in {ctx.command_path} 'a x + b' data.csv --y y --a 1 --b 0")
    separator = options["separator"]
    dialect = TableDialect(
        separator=separator_of(separator) if separator else "",
        header=not options["no_header"],
        skip=whole("skip-lines", options["skip_lines"], 0, None, "as in --skip-lines 2"),
    )
    return open_table(paths[0], options["from_"], target, dialect)


def _by_columns(option: str, text: str, table: "Table") -> "Expression":
    """An expression in columns of the table alone."""
    from autodiff_cli.language.lexer import is_name
    from autodiff_cli.language.parser import parse

    if not text:
        raise AutodiffError(
            f"no response: {option} names it", hint=f"the columns are {', '.join([*table.columns][:20])}"
        )
    found = parse(text, [*table.columns])
    word = text.strip()
    missing = [word] if is_name(word) else [*found.variables]
    missing = [name for name in missing if name not in table.columns]
    if missing:
        known = [*table.columns]
        hint = did_you_mean(missing[0], known) or f"its columns are {', '.join(known[:20])}"
        raise AutodiffError(f"{table.name} has no column for {option} {', '.join(missing)}", hint=hint)
    return found


def _starts(
    found: "Expression", texts: Mapping[str, str], table: "Table", kept: Collection[str]
) -> "tuple[dict[str, Start], dict[str, float]]":
    """The parameters with their starts, and the numbers that stay. Raises AutodiffError for all that is wrong."""
    starts, errors = read_each(read_start, texts)
    for name in texts:
        if name not in found.variables:
            errors.append(AutodiffError(f"the model has no variable '{name}'", hint=_names(found)))
        elif name in table.columns:
            hint = "rename one of them"
            errors.append(AutodiffError(f"'{name}' has a start, and is a column of {table.name}", hint=hint))
    given = {*texts, *found.defaults, *table.columns}
    missing = [name for name in found.variables if name not in given]
    if missing:
        hint = " ".join([f"--{name} 1" for name in missing[:5]])
        message = f"no column and no start for {', '.join(missing[:10])}"
        errors.append(AutodiffError(message, source=found.source, hint=f"give a parameter a start: {hint}"))
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
