"""What `autodiff batch` is to do, settled before the first row is read: which tables, which outputs, which columns."""

import glob
import os
import re
import stat
import sys
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from itertools import chain, product
from math import inf
from operator import itemgetter
from typing import NamedTuple

import click

from autodiff_cli.commands.grid import take_ranges
from autodiff_cli.commands.point import (
    check_options,
    columns_in,
    expression,
    may_be_uncertain,
    names,
    notes,
    number,
    point_of,
)
from autodiff_cli.commands.ranges import is_range
from autodiff_cli.commands.reading import dialect_hint, dialect_of, is_number
from autodiff_cli.commands.record import began, is_done
from autodiff_cli.engine.expression import Expression
from autodiff_cli.errors import AutodiffError, all_of, did_you_mean, unknown_name
from autodiff_cli.language.lexer import is_name
from autodiff_cli.reports.batch import RowSigma, same_columns
from autodiff_cli.reports.correlations import Matrix
from autodiff_cli.tables import (
    PLAIN,
    STDIN,
    FileFormat,
    Grid,
    Table,
    TableDialect,
    folder,
    format_of,
    format_read,
    is_object,
    open_table,
    store,
)

Outputs = dict[str, tuple[str, FileFormat]]  # of each input, where its rows go
_LISTED = 20  # columns that a message names
_RECORDED = (  # options that decide what is written
    "separator",
    "decimal",
    "no_header",
    "units_row",
    "comment",
    "skip_lines",
    "nulls",
    "encoding",
    "ragged",
    "types",
    "of",
    "no_gradient",
    "columns",
    "where",
    "source",
    "verdicts",
    "exact",
    "sigma",
    "corr",
)


@dataclass
class Asked:
    """The options of a command line."""

    output: str | None
    from_: str
    to: str
    maps: tuple[str, ...]
    separator: str
    decimal: str
    no_header: bool
    units_row: bool
    comment: str
    skip_lines: str
    nulls: tuple[str, ...]
    encoding: str
    ragged: bool
    types: tuple[str, ...]
    of: tuple[str, ...]
    no_gradient: bool
    columns: tuple[str, ...]
    where: tuple[str, ...]
    source: bool
    verdicts: bool
    exact: bool
    sigma: tuple[str, ...]
    corr: tuple[str, ...]
    prefix: str
    invalid: str
    check: str
    resume: bool
    cluster: str
    file: str | None
    values_file: tuple[str, ...]
    wrt: tuple[str, ...]
    quiet: bool


class Variables(NamedTuple):
    """Which columns of a table the variables of an expression are, and what the others are in every row."""

    columns: dict[str, str]
    fixed: dict[str, float]


class Job(NamedTuple):
    """A table, and where its rows go."""

    path: str  # empty of ranges
    table: Table
    output: str
    format: FileFormat
    variables: Variables


@dataclass
class Plan:
    """An expression, and the tables that it is to be computed over."""

    expression: Expression
    jobs: list[Job]
    folder: str = ""  # where there is an output for each table
    record: dict[str, object] = field(default_factory=dict)  # what is asked, for a run that goes on with this one
    goes_on: bool = False  # whether it goes on with an earlier run
    kept: tuple[str, ...] | None = None  # the columns that are passed on, where not all are
    where: Expression | None = None  # which is 1 in rows that are not left out
    from_: str = ""  # the format of the tables, where it is asked for
    dialect: TableDialect = PLAIN
    sigmas: dict[str, RowSigma] = field(default_factory=dict)  # the uncertainties of variables
    factor: Matrix | None = None  # the triangle of their correlations

    @property
    def notes(self) -> list[Sequence[str]]:
        """How tables are read, where that is not what their names say."""
        return [job.table.notes for job in self.jobs]


def planned(ctx: click.Context, asked: Asked, opened: ExitStack) -> Plan:
    """The plan; its tables are opened. Raises AutodiffError for all that is known to be wrong by then."""
    if asked.file is None and ctx.meta["text"] is None:
        expression(ctx, None, asked.values_file)  # says that there is none
    quoted = check_options(ctx, asked.file)
    paths = _paths(ctx)
    _check_place(asked.output or "")
    into = _folder(asked, paths)
    output = "" if into else asked.output or ""
    one = output or STDIN, _format(output, asked, paths)
    mapped = maps_of(asked.maps)
    outputs = _outputs(into, asked, paths) if into else dict.fromkeys(paths or [""], one)
    read = [*paths, *filter(None, (asked.file, *asked.values_file))]
    check_apart(read, map(itemgetter(0), outputs.values()))

    dialect = dialect_of(vars(asked))
    tables = [opened.enter_context(open_table(path, asked.from_, outputs[path][1], dialect)) for path in paths]
    if not into and any(table.is_blank for table in tables):
        tables, outputs = _without_blank(tables, outputs)
    columns = chain.from_iterable([table.columns for table in tables])
    known = dict.fromkeys(filter(is_name, columns))
    found, texts = expression(ctx, asked.file, asked.values_file, [*mapped, *known, *quoted], several=True)
    tables = tables or [_grid(texts)]
    kept = _kept(tables, asked.columns)
    _check_columns(tables, dialect.as_text)
    if not into:
        same_columns(tables)
    measured = _measured(texts)
    where = _condition(asked.where, [*found.variables, *mapped, *known]) if asked.where else None
    of = tables if into else tables[:1] * len(tables)  # of one output the first decides
    jobs = [
        Job(path, table, output, like.written_as(format), _variables(found, table, texts, mapped, where))
        for (path, (output, format)), table, like in zip(outputs.items(), tables, of, strict=True)
    ]
    sigmas = _sigmas(asked.sigma, found, tables, measured)
    plan = Plan(found, jobs, into, kept=kept, where=where, from_=asked.from_, dialect=dialect)
    plan.sigmas, plan.factor = sigmas, _factor(asked.corr, sigmas, found)
    if into:
        _record(plan, asked, texts, mapped)
    return plan


def _without_blank(tables: list[Table], outputs: Outputs) -> tuple[list[Table], Outputs]:
    """The tables that add to one output, and where each goes: one without rows that names no columns adds nothing."""
    pairs = [*zip(tables, outputs.items(), strict=True)]
    some = [pair for pair in pairs if not pair[0].is_blank] or pairs[:1]
    return [table for table, _ in some], dict(output for _, output in some)


def _record(plan: Plan, asked: Asked, texts: dict[str, str], mapped: dict[str, str]) -> None:
    """Say in the plan what is asked; where a run that was asked the same is to go on, leave out what is done."""
    plan.record = {
        "expression": plan.expression.source,
        "values": {name: number(name, texts[name]) for name in texts},
        "--wrt": names(asked.wrt),
        "--prefix": asked.prefix,
        "--map": mapped,
        **({"uncertain": {name: [*sigma] for name, sigma in plan.sigmas.items()}} if plan.sigmas else {}),
        "--invalid": asked.invalid,
        **_others(asked),
        "--from": asked.from_,
        "--to": asked.to,
    }
    before = began(plan.folder, plan.record, [job.output for job in plan.jobs]) if asked.resume else None
    if before is None:
        return
    plan.goes_on = True
    to_do = [job for job in plan.jobs if not is_done(before, job.path, job.output)]
    done = len(plan.jobs) - len(to_do)
    if done and not asked.quiet:
        notes([f"{done} of {len(plan.jobs)} tables are done already"])
    plan.jobs = to_do


def _others(asked: Asked) -> dict[str, object]:
    """What else is asked that decides what is written, where it is not as usual."""
    usual = (None, "", False, (), ".", "0")
    names = {"nulls": "null"}
    return {
        f"--{names.get(name, name).replace('_', '-')}": getattr(asked, name)
        for name in _RECORDED
        if getattr(asked, name) not in usual
    }


# --- tables -----------------------------------------------------------------------------------------------------------


def _paths(ctx: click.Context) -> list[str]:
    """The files that are meant: patterns written out, standard input where there is neither a file nor a range."""
    found = list(chain.from_iterable(map(matches, ctx.meta["tables"])))
    for path, count in Counter(found).items():
        check_file(path, count)
    ranged = [name for name, text in ctx.meta["values"].items() if is_range(text)]
    if not ranged:
        return found or [stdin(ctx)]
    if found:
        message = f"{ranged[0]} has a range, and {found[0]} has rows of its own"
        raise AutodiffError(message, hint=f"give {ranged[0]} one value")
    return []


def stdin(ctx: click.Context) -> str:
    """Standard input. Raises AutodiffError where that is a terminal."""
    if sys.stdin is not None and sys.stdin.isatty():
        raise AutodiffError("no table", hint=f"as in {ctx.command_path} 'x^2' data.csv, or --x 0:1:0.01")
    return STDIN


def _check_place(path: str) -> None:
    """Raise AutodiffError where a file is on another machine, and in no store of objects that is known."""
    if is_object(path):
        store.options()
    elif found := re.match(r"([A-Za-z][A-Za-z0-9+.-]*)://", path):
        hint = "copy it here, or mount it as a folder; of object stores s3:// is read and written"
        raise AutodiffError(f"{path} is no file of this machine: {found[1]}:// is not read or written", hint=hint)


def matches(word: str) -> list[str]:
    """The files or objects that a word means."""
    _check_place(word)
    if os.path.exists(word) or not glob.has_magic(word):
        return [word]
    found = store.matching(word) if is_object(word) else sorted(glob.glob(word, recursive=True))
    if not found:
        raise AutodiffError(f"no {'object' if is_object(word) else 'file'} matches {word}")
    return found


def check_file(path: str, count: int) -> None:
    """Raise AutodiffError for what is no file, or is named more than once."""
    if os.path.isdir(path):
        raise AutodiffError(f"{path} is a folder", hint=f"its tables are '{os.path.join(path, '*.csv')}' or such")
    is_other = os.path.exists(path) and not os.path.isfile(path)
    if path != STDIN and is_other:  # it is read twice
        raise AutodiffError(f"{path} is a pipe or a device", hint=f"< {path} reads it as standard input")
    if count > 1:
        raise AutodiffError(f"{path} is named twice")


def _grid(texts: dict[str, str]) -> Grid:
    """The rows that ranges make; they are taken out of the values."""
    spans = take_ranges(texts).items()
    return Grid({name: (span.low, span.high, span.step or 1.0) for name, span in spans})


# --- outputs ----------------------------------------------------------------------------------------------------------


def _folder(asked: Asked, paths: list[str]) -> str:
    """The folder in which each table gets an output; empty where there is one output."""
    into = asked.output
    if not into or not folder(into):
        if asked.cluster:
            raise AutodiffError("a cluster makes an output for each table, in a folder", hint="as in -o out/")
        if asked.resume:
            raise AutodiffError("--resume goes on with a folder of outputs", hint="as in -o out/ --resume")
        return ""
    if not paths:
        raise AutodiffError(f"{into} is a folder, and the rows come from no file", hint="as in -o out.csv")
    return into


def _format(output: str, asked: Asked, paths: list[str]) -> FileFormat:
    """The format of one output: the one asked for, by its ending, or that of the input."""
    _, ending = os.path.splitext(output)
    if asked.to or ending:
        return _writable(format_of(output, asked.to, "to"))
    made = format_read([*paths, STDIN][0], asked.from_)
    return _writable(made if output else made._replace(compression=""))


def _writable(format: FileFormat) -> FileFormat:
    """The format. Raises AutodiffError where nothing can be written in it."""
    if format.compression and not format.text:
        raise AutodiffError(f"{format.name} is compressed within", hint=f"write it as .{format.name}")
    return format


def _outputs(folder: str, asked: Asked, paths: list[str]) -> Outputs:
    """The output of each input, and its format: of the same name, with the ending of the format it gets."""
    found: Outputs = {}
    taken: set[str] = set()
    for path in paths:
        if path == STDIN:
            raise AutodiffError("the table from standard input has no name for an output in a folder")
        name, format = _renamed(os.path.basename(path), asked.to, asked.from_)
        output = os.path.join(folder, name)
        if output in taken:
            raise AutodiffError(f"two tables would be written to {output}", hint="give them names of their own")
        taken.add(output)
        found[path] = output, _writable(format)
    return found


def _renamed(name: str, to: str, from_: str) -> tuple[str, FileFormat]:
    """The name of a file in another format: of d.csv.gz to parquet d.parquet."""
    format = format_of(name, from_)
    if not to and name.lower().endswith(".json"):
        to = "jsonl"
    if not to:
        return name, format
    endings = 2 if format.compression and not from_ else 1
    stem = name.split(".")[:-endings] or [name]
    name = ".".join([*stem, to.lower().lstrip(".")])
    return name, format_of(name, to, "to")


def check_apart(inputs: Iterable[str], outputs: Iterable[str]) -> None:
    """Raise AutodiffError where an output would be written over an input, whatever its name there."""
    known = {_identity(path, 0): path for path in inputs}
    known.pop(None, None)
    for path in outputs:
        read = known.get(_identity(path, 1))
        if read is None:
            continue
        there = {STDIN: "standard output"}.get(path, path)
        what = {STDIN: "standard input"}.get(read, read)
        message = f"{there} is {what}: the output would be written over the input"
        if there == what:
            message = f"{there} is an input, and the output would be written over it"
        raise AutodiffError(message, hint="write it to another file")


def _identity(path: str, standard: int) -> tuple[int | str, int] | None:
    """What a file is, by any name; None of what is no file. `-` is what that standard stream is directed to."""
    if is_object(path):
        return path, 0
    with suppress(OSError):
        found = os.stat(standard if path == STDIN else path)
        return (found.st_dev, found.st_ino) if stat.S_ISREG(found.st_mode) else None
    return None


# --- columns ----------------------------------------------------------------------------------------------------------


def maps_of(maps: tuple[str, ...]) -> dict[str, str]:
    """The columns in `--map a="Speed (m/s)"`, by variable."""
    found: dict[str, str] = {}
    for typed in maps:
        before, _, column = typed.partition("=")
        name = before.strip()
        if not column or not is_name(name):
            raise AutodiffError(f"--map takes NAME=COLUMN, not {typed}", hint='as in --map a="Speed (m/s)"')
        if name in found:
            raise AutodiffError(f"two columns for '{name}': {found[name]} and {column}")
        found[name] = column
    return found


def _variables(
    found: Expression, table: Table, texts: dict[str, str], mapped: dict[str, str], where: Expression | None
) -> Variables:
    """What the variables are in a table. Raises AutodiffError that names all that is wrong."""
    known = dict.fromkeys([*found.variables, *(where.variables if where else ())])
    there = [name for name in known if name in table.columns or (table.is_blank and name not in found.defaults | texts)]
    columns = mapped | {name: mapped.get(name, name) for name in there}
    errors = [*wrong_maps(known, table, mapped), *_given_twice(table, columns, texts), *doubled(table, columns)]
    errors += _missing(found, known, table, columns | texts | found.defaults)
    if errors:
        raise all_of(errors)
    of_columns = dict.fromkeys(filter(found.variables.__contains__, columns), "0")
    given = found.defaults | point_of(found, texts | of_columns)
    return Variables(columns, {name: value for name, value in given.items() if name not in columns})


def _given_twice(table: Table, columns: dict[str, str], texts: dict[str, str]) -> Iterator[AutodiffError]:
    for name in texts:
        if name in columns:
            what = f"the column '{columns[name]}' of {table.name}, and {texts[name]}"
            yield AutodiffError(f"two values for '{name}': {what}", hint="give it one")


def doubled(table: Table, columns: Mapping[str, str]) -> Iterator[AutodiffError]:
    """What is asked for, and is the name of two columns."""
    for column in columns.values():
        if column in table.doubled:
            yield AutodiffError(f"{table.name} has two columns named '{column}'", hint="rename one of them")


def wrong_maps(variables: Collection[str], table: Table, mapped: dict[str, str]) -> Iterator[AutodiffError]:
    """What `--map` names and is not there."""
    known = list(mapped.values() if table.is_blank else table.columns)
    for name, column in mapped.items():
        if column not in known:
            hint = did_you_mean(column, known) or f"its columns are {_listed(table)}"
            yield AutodiffError(f"{table.name} has no column '{column}'", hint=hint)
        elif name not in variables:
            yield AutodiffError(f"the expression has no variable '{name}' to map to '{column}'")


def _missing(found: Expression, variables: Iterable[str], table: Table, given: Collection[str]) -> list[AutodiffError]:
    missing = [name for name in variables if name not in given]
    if not missing:
        return []
    hint = dialect_hint(list(table.columns)) or _column_hint(missing[0], table)
    names = ", ".join(missing[:10])
    return [AutodiffError(f"{table.name} has no column for {names}", source=found.source, hint=hint)]


def _column_hint(name: str, table: Table) -> str:
    """What to do about a variable that has no column."""
    close, there = did_you_mean(name, list(table.columns)), _listed(table)
    if not is_name(name):
        return close or f"its columns are {there}"
    hint = f"--{name} VALUE gives it one value, --map {name}=COLUMN names its column"
    if close:
        return f"{close} {hint}"
    return f"{hint}; there are {there}" if there else hint


def _listed(table: Table) -> str:
    return ", ".join([repr(name) for name in list(table.columns)[:_LISTED]])


def _kept(tables: Sequence[Table], asked: tuple[str, ...]) -> tuple[str, ...] | None:
    """The columns that are passed on. Raises AutodiffError where a table lacks one."""
    if not asked:
        return None
    for table in tables:
        table.lines = False
    kept: list[str] = []
    for text in asked:
        whole = text in tables[0].columns
        kept += [text] if whole else [name.strip() for name in text.split(",") if name.strip()]
    _check_columns(tables, kept)
    return tuple(dict.fromkeys(kept))


def _check_columns(tables: Sequence[Table], names: Iterable[str]) -> None:
    """Raise AutodiffError where a table lacks a column that an option names."""
    for table, name in product(tables, names):
        if name not in table.columns and not table.is_blank:
            hint = did_you_mean(name, [*table.columns]) or f"its columns are {_listed(table)}"
            raise AutodiffError(f"{table.name} has no column '{name}'", hint=hint)


def _measured(texts: dict[str, str]) -> dict[str, float]:
    """Take the uncertainties out of the values, `I=0.02±0.001`: one sigma by name.

    Raises AutodiffError for intervals.
    """
    found = {}
    for name, text in [*texts.items()]:
        if not may_be_uncertain(text):
            continue
        from autodiff_cli.commands.uncertainty import uncertain
        from autodiff_cli.reports.measured import Enclosed

        one = uncertain(name, text, number)
        if isinstance(one, Enclosed):
            raise AutodiffError(
                f"{name} = {text} is an interval", hint="eval and sensitivity take intervals, at one point"
            )
        if one is not None:
            texts[name], found[name] = repr(one.value), one.sigma
    return found


def _factor(asked: tuple[str, ...], sigmas: Mapping[str, RowSigma], found: Expression) -> Matrix | None:
    """The triangle of the correlations in `--corr V,I=0.5` or a file. Raises AutodiffError for what is none."""
    if not asked:
        return None
    from autodiff_cli.commands.correlations import correlations
    from autodiff_cli.reports.correlations import triangle

    pairs = correlations(asked, sigmas, found.variables, "--sigma NAME=COLUMN or --sigma NAME=NUMBER gives it one")
    return triangle([*sigmas], pairs) if any(pairs.values()) else None


def _sigmas(
    asked: tuple[str, ...], found: Expression, tables: Sequence[Table], measured: Mapping[str, float]
) -> dict[str, RowSigma]:
    """The uncertainties in `--sigma V=V_err --sigma I=0.01`, and those of values that are `measured`.

    Raises AutodiffError that names what is wrong.
    """
    sigmas = {name: RowSigma(number=sigma) for name, sigma in measured.items() if name in found.variables}
    for typed in asked:
        name, equals, text = map(str.strip, typed.partition("="))
        if not equals or not text:
            raise AutodiffError(f"--sigma takes NAME=COLUMN or NAME=NUMBER, not {typed}", hint="as in --sigma V=0.01")
        if name not in found.variables:
            raise unknown_name(name, [*found.variables], "to have an uncertainty", "the expression has no variables")
        if name in sigmas:
            raise AutodiffError(f"two uncertainties for '{name}'", hint="give it one")
        sigmas[name] = _sigma(typed, text, tables)
    return sigmas


def _sigma(typed: str, text: str, tables: Sequence[Table]) -> RowSigma:
    """A number, a number in percent, or else a column."""
    plain = text.removesuffix("%").rstrip()
    if text in tables[0].columns or not is_number(plain):
        _check_columns(tables, [text])
        return RowSigma(text)
    if float(plain) < 0 or float(plain) == inf:
        raise AutodiffError(f"--sigma {typed}: an uncertainty is a distance, 0 or more", hint="give it without -")
    relative = text.endswith("%")
    return RowSigma(number=float(plain) / 100 if relative else float(plain), relative=relative)


def _condition(texts: Sequence[str], told: Collection[str]) -> Expression:
    """The conditions as an expression, which is 1 where all hold. Raises AutodiffError where one is none."""
    from autodiff_cli.language.parser import parse

    columns = {name for text in texts for name in columns_in(text)}
    for text in texts:
        hint = "as in --where 'x > 0'"
        try:
            one = parse(text, told=[*told, *columns])
        except AutodiffError as error:
            raise AutodiffError(f"--where {text} is no condition: {error.message}", hint=hint) from None
        if one.name or one.steps or one.results:
            raise AutodiffError(f"--where {text} is no condition", hint=f"{hint}, or --where 'x == 0'")
    every = " and ".join(f"({text})" for text in texts)
    return parse(f"where({every}, 1, 0)", told=[*told, *columns])


# --- how tables are written -------------------------------------------------------------------------------------------
