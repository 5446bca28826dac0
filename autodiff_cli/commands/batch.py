"""`autodiff batch`: value and gradient for every row of a table."""

import glob
import os
import signal
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from time import perf_counter
from typing import TYPE_CHECKING, Any

import click

from autodiff_cli.commands.output import output
from autodiff_cli.commands.point import PointCommand, expression, names, notes, number, point_of, shared, whole
from autodiff_cli.commands.ranges import is_range
from autodiff_cli.commands.record import add, began, begin, state_of
from autodiff_cli.commands.sweep import take_ranges
from autodiff_cli.errors import AutodiffError, StoppedError, all_of, did_you_mean
from autodiff_cli.reports.status import Status

if TYPE_CHECKING:
    from autodiff_cli.commands.words import Words
    from autodiff_cli.engine.expression import Expression
    from autodiff_cli.tables import Format, Table

INSTALL = "pip install 'autodiff-cli[batch]'"
_LIBRARIES = {"numpy": "NumPy", "polars": "polars"}
_MOST = 1_000_000  # rows that are checked


class TableCommand(PointCommand):
    """A command whose words after the expression are files."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Sort the arguments, with the files kept in `ctx.meta`."""
        ctx.meta["tables"] = []
        return super().parse_args(ctx, args)

    def _sort(self, ctx: click.Context, words: "Words", args: list[str]) -> None:
        super()._sort(ctx, words, args)
        for word in args:
            name, _, text = word.partition("=")
            if words.values.get(name) == text and os.path.isfile(word):  # a file such as run=3.csv
                ctx.meta["tables"].append(word)
                del words.values[name]

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The options; and of an expression given as text, its variables."""
        if _is_program(ctx):
            ctx.meta["text"] = None
        super().format_options(ctx, formatter)

    def _other(self, ctx: click.Context, words: "Words", word: str) -> None:
        if word.startswith("-") and word != "-":
            super()._other(ctx, words, word)
        ctx.meta["tables"].append(word)


@click.command(
    cls=TableCommand,
    options_metavar="EXPRESSION [TABLE]... [--NAME VALUE]... [OPTIONS]",
    epilog="Formats are csv, tsv, jsonl, parquet and arrow, by the ending of the file; text also as .gz or .zst. "
    "A program may be a file whose name ends in .ad.",
    add_help_option=False,
)
@output("Write there; into a folder (out/) one output for each table.")
@click.option("--from", "from_", metavar="FORMAT", default="", help="The format of the tables.")
@click.option("--to", metavar="FORMAT", default="", help="The format of the output.")
@click.option("--map", "maps", metavar="NAME=COLUMN", multiple=True, help='The column of a variable: a="Speed (m/s)".')
@click.option("--prefix", metavar="TEXT", default="", help="Put before the names of the columns that are added.")
@click.option(
    "--invalid",
    type=click.Choice(["null", "nan", "skip", "fail"]),
    default="null",
    show_default=True,
    help="A row without a value: empty cells, NaN, left out, or the end of the run.",
)
@click.option("--check", metavar="N", default="0", help="Hold N rows against finite differences.")
@click.option("--resume", is_flag=True, help="Leave out the tables whose output is in the folder already.")
@shared
def command(
    ctx: click.Context,
    output: str | None,
    from_: str,
    to: str,
    maps: tuple[str, ...],
    prefix: str,
    invalid: str,
    check: str,
    resume: bool,
    file: str | None,
    values_file: str | None,
    wrt: tuple[str, ...],
    quiet: bool,
) -> Status:
    """Add the value and the gradient of EXPRESSION to every row of a table.

    \b
    For example: autodiff batch "tanh(a*b + c)" data.csv -o out.csv

    Columns are variables. What the table lacks is given as --NAME VALUE; a range, --x 0:1:0.01, makes rows of its own,
    and two ranges every combination.
    """
    _require()
    from autodiff_cli import tables as files
    from autodiff_cli.render.batch import Progress, show
    from autodiff_cli.reports.batch import Batch, Invalid, same_columns, shadowed

    rows_to_check = whole("check", check, 0, _MOST, "as in --check 1000")
    if file is None and _is_program(ctx):
        file = ctx.meta["text"]
    elif file is None and ctx.meta["text"] is None:
        expression(ctx, file, values_file)  # says that there is none
    paths = _paths(ctx)
    each = output is not None and files.folder(output)
    if resume and not each:
        raise AutodiffError("--resume goes on with a folder of outputs", hint="as in -o out/ --resume")
    if each and not paths:
        raise AutodiffError(f"{output} is a folder, and the rows come from no file", hint="as in -o out.csv")
    format = _format(output if not each else None, to, paths, from_)
    mapped = _maps(maps)
    outputs = _outputs(str(output), to, from_, paths) if each else {}
    places = [place for place, _ in outputs.values()]
    _check_apart([*paths, *filter(None, (file, values_file))], places if each else [output or files.STDIN])
    opened: list[Table] = [files.open_table(path, from_, outputs[path][1] if each else format) for path in paths]
    known = dict.fromkeys([name for table in opened for name in table.columns if _is_name(name)])
    found, texts = expression(ctx, file, values_file, [*mapped, *known])
    if not opened:
        opened = [files.Grid({name: (one.low, one.high, one.step or 1.0) for name, one in take_ranges(texts).items()})]
    if not each:
        same_columns(opened)
    plans: dict[tuple[str, ...], tuple[dict[str, str], dict[str, float]]] = {}
    for table in opened:
        if (key := tuple(table.columns)) not in plans:
            plans[key] = _variables(found, table, texts, mapped)
    asked: dict[str, object] = {}
    before: dict[str, list[int]] | None = None
    if each:
        asked = {
            "expression": found.source,
            "values": {name: number(name, texts[name]) for name in texts},
            "--wrt": names(wrt),
            "--prefix": prefix,
            "--map": mapped,
            "--invalid": invalid,
            "--from": from_,
            "--to": to,
        }
        before = began(str(output), asked, places) if resume else None
    if before is not None:
        done = {path for path in paths if before.get(path) == state_of(path) and os.path.exists(outputs[path][0])}
        notes([f"{len(done)} of {len(paths)} tables are done already"] if done and not quiet else [])
        opened = [table for path, table in zip(paths, opened, strict=True) if path not in done]
        paths = [path for path in paths if path not in done]
        if not paths:
            return Status.OK
    columns, fixed = plans[tuple(opened[0].columns)]
    batch = Batch(found, columns, fixed, names(wrt), prefix, Invalid(invalid), rows_to_check)
    for table in opened:
        table.keep_free(batch.names)
    if not quiet:
        notes([*found.notes, *shadowed(found, batch.columns)])

    start = perf_counter()
    with _terminated(), Progress(quiet, len(opened)) as progress:
        if each:
            if before is None:
                begin(str(output), asked)
            for path, table in zip(paths, opened, strict=True):
                state = state_of(path)
                batch.columns, batch.fixed = plans[tuple(table.columns)]
                files.write(*outputs[path], batch.frames([table], progress.rows))
                add(str(output), path, state)
                progress.next()
        else:
            typed = format.name not in ("csv", "tsv")
            files.write(output or files.STDIN, format, batch.frames(progress.through(opened), progress.rows, typed))
        batch.summary.seconds = perf_counter() - start
        if rows_to_check:
            batch.check(progress.rows_checked)
    if not quiet or batch.summary.status is not Status.OK:
        show(batch.summary)
    return batch.summary.status


def _require() -> None:
    from importlib.util import find_spec

    for module, name in _LIBRARIES.items():
        if find_spec(module) is None:
            raise AutodiffError(f"this needs {name}, which is not installed", hint=INSTALL)


def _is_program(ctx: click.Context) -> bool:
    """Whether the expression is the name of a file."""
    return str(ctx.meta.get("text")).lower().endswith(".ad")


def _is_name(text: str) -> bool:
    from autodiff_cli.language.lexer import is_name

    return is_name(text)


def _paths(ctx: click.Context) -> list[str]:
    """The files that are meant: patterns written out, standard input where there is neither a file nor a range."""
    from autodiff_cli.tables import STDIN

    found: list[str] = []
    for word in ctx.meta["tables"]:
        matches = [word]
        if word != STDIN and not os.path.exists(word):
            matches = sorted(glob.glob(word, recursive=True)) if glob.has_magic(word) else [word]
            if not matches:
                raise AutodiffError(f"no file matches {word}")
        found += matches
    seen: set[str] = set()
    for path in found:
        if os.path.isdir(path):
            raise AutodiffError(f"{path} is a folder", hint=f"its tables are '{os.path.join(path, '*.csv')}' or such")
        if path != STDIN and os.path.exists(path) and not os.path.isfile(path):  # it is read twice
            raise AutodiffError(f"{path} is a pipe or a device", hint=f"< {path} reads it as standard input")
        if path in seen:
            raise AutodiffError(f"{path} is named twice")
        seen.add(path)
    ranged = [name for name, text in ctx.meta["values"].items() if is_range(text)]
    if found and ranged:
        raise AutodiffError(
            f"{ranged[0]} has a range, and {found[0]} has rows of its own", hint=f"give {ranged[0]} one value"
        )
    if found or ranged:
        return found
    if sys.stdin is not None and sys.stdin.isatty():
        raise AutodiffError("no table", hint=f"as in {ctx.command_path} 'x^2' data.csv, or --x 0:1:0.01")
    return [STDIN]


def _format(output: str | None, to: str, paths: list[str], from_: str) -> "Format":
    """The format of one output: the one asked for, by its ending, or that of the input."""
    from autodiff_cli.tables import STDIN, format_of

    if to:
        made = format_of("", to, "--to")
    elif output and os.path.splitext(output)[1]:
        made = format_of(output, "", "--to")
    elif from_ or (paths and paths[0] != STDIN):
        made = format_of(paths[0] if paths else "", from_)
        made = made._replace(compression="") if not output else made
    else:
        made = format_of("", "csv")
    return _writable(made)


def _writable(format: "Format") -> "Format":
    if format.compression and not format.text:
        raise AutodiffError(f"{format.name} is compressed within", hint=f"write it as .{format.name}")
    return format


def _maps(maps: tuple[str, ...]) -> dict[str, str]:
    """The columns in `--map a="Speed (m/s)"`, by variable."""
    found: dict[str, str] = {}
    for typed in maps:
        name, equals, column = typed.partition("=")
        if not equals or not column or not _is_name(name.strip()):
            raise AutodiffError(f"--map takes NAME=COLUMN, not {typed}", hint='as in --map a="Speed (m/s)"')
        if name.strip() in found:
            raise AutodiffError(f"two columns for '{name.strip()}': {found[name.strip()]} and {column}")
        found[name.strip()] = column
    return found


def _outputs(folder: str, to: str, from_: str, paths: list[str]) -> "dict[str, tuple[str, Format]]":
    """The output of each input, and its format: of the same name, with the ending of the format it gets."""
    from autodiff_cli.tables import STDIN, format_of

    found: dict[str, tuple[str, Format]] = {}
    for path in paths:
        if path == STDIN:
            raise AutodiffError("the table from standard input has no name for an output in a folder")
        name = os.path.basename(path)
        format = format_of(name, from_)
        if to:
            endings = 2 if format.compression and not from_ else 1
            name = ".".join([*(name.split(".")[:-endings] or [name]), to.lower().lstrip(".")])
            format = format_of(name, to, "--to")
        made = os.path.join(folder, name)
        if made in [other for other, _ in found.values()]:
            raise AutodiffError(f"two tables would be written to {made}", hint="give them names of their own")
        found[path] = made, _writable(format)
    return found


def _check_apart(inputs: list[str], outputs: list[str]) -> None:
    """Raise AutodiffError where an output would be written over an input, whatever its name there."""
    known = {_identity(path, 0): path for path in inputs}
    for path in outputs:
        one = _identity(path, 1)
        if one and one in known:
            what = "standard input" if known[one] == "-" else known[one]
            there = "standard output" if path == "-" else path
            raise AutodiffError(
                f"{there} is {what}: the output would be written over the input"
                if there != what
                else f"{there} is an input, and the output would be written over it",
                hint="write it to another file",
            )


def _identity(path: str, standard: int) -> tuple[int, int] | None:
    """What a file is, by any name; None of what is no file. `-` is what that standard stream is directed to."""
    with suppress(OSError):
        found = os.stat(standard if path == "-" else path)
        return (found.st_dev, found.st_ino) if stat.S_ISREG(found.st_mode) else None
    return None


def _variables(
    found: "Expression", table: "Table", texts: dict[str, str], mapped: dict[str, str]
) -> tuple[dict[str, str], dict[str, float]]:
    """Which variables are columns, and what the others are. Raises AutodiffError that names all that is wrong."""
    errors: list[AutodiffError] = []
    columns: dict[str, str] = {}
    there = ", ".join(repr(name) for name in list(table.columns)[:20])
    for name, column in mapped.items():
        if column not in table.columns:
            hint = did_you_mean(column, list(table.columns)) or f"its columns are {there}"
            errors.append(AutodiffError(f"{table.name} has no column '{column}'", hint=hint))
        elif name not in found.variables:
            errors.append(AutodiffError(f"the expression has no variable '{name}' to map to '{column}'"))
        columns[name] = column
    for name in found.variables:
        if name in table.columns and name not in columns:
            columns[name] = name
    for name in texts:
        if name in columns:
            errors.append(
                AutodiffError(
                    f"two values for '{name}': the column '{columns[name]}' of {table.name}, and {texts[name]}",
                    hint="give it one",
                )
            )
    missing = [n for n in found.variables if n not in columns and n not in texts and n not in found.defaults]
    if missing:
        close = did_you_mean(missing[0], list(table.columns))
        ways = f"--{missing[0]} VALUE gives it one value, --map {missing[0]}=COLUMN names its column"
        errors.append(
            AutodiffError(
                f"{table.name} has no column for {', '.join(missing[:10])}",
                source=found.source,
                hint=f"{close} {ways}" if close else f"{ways}; there are {there}" if there else ways,
            )
        )
    if errors:
        raise all_of(errors)
    given = point_of(found, texts | dict.fromkeys(columns, "0"))
    fixed = found.defaults | given
    return columns, {name: value for name, value in fixed.items() if name not in columns}


@contextmanager
def _terminated() -> Iterator[None]:
    """Have a SIGTERM or SIGHUP end the run as an error does, so that nothing half done is left."""

    def stop(*_: Any) -> None:
        raise StoppedError("ended by a signal; what was there before is as it was")

    before: dict[int, Any] = {}
    with suppress(ValueError):  # not in the main thread
        for number in (signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)):
            if signal.getsignal(number) != signal.SIG_IGN:  # as nohup has it
                before.setdefault(number, signal.signal(number, stop))
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
