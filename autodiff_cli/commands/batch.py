"""`autodiff batch`: value and gradient for every row of a table."""

import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from itertools import chain
from time import perf_counter
from typing import TYPE_CHECKING, Any

import click

from autodiff_cli.commands.given import is_program
from autodiff_cli.commands.libraries import require
from autodiff_cli.commands.output import TABLES, OfferingOption, output
from autodiff_cli.commands.point import PointCommand, corr_option, names, notes, say_reading, shared, whole
from autodiff_cli.commands.reading import reading
from autodiff_cli.errors import StoppedError
from autodiff_cli.quiet import abort_said, hushed
from autodiff_cli.reports.status import Status

if TYPE_CHECKING:
    from autodiff_cli.commands.plan import Plan
    from autodiff_cli.commands.words import Words
    from autodiff_cli.render.batch import BatchProgress
    from autodiff_cli.reports.batch import Batch
    from autodiff_cli.reports.cluster_address import ClusterAddress

_ABORTED = "error: out of memory\n  = a smaller input, or a machine with more\n"
_MOST = 1_000_000  # rows that are checked
_OFFERED = {**dict(zip(TABLES, TABLES, strict=True)), "json": "jsonl"}


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

    def _other(self, ctx: click.Context, words: "Words", word: str) -> None:
        if word.startswith("-") and word != "-":
            super()._other(ctx, words, word)
        ctx.meta["tables"].append(word)


@click.command(
    cls=TableCommand,
    options_metavar="EXPRESSION [TABLE]... [--NAME VALUE]... [OPTIONS]",
    epilog="Formats are csv, tsv, jsonl, parquet and arrow, by the ending of the file; text also as .gz, .zst, .bz2 or "
    ".xz. Tables in .dat, .txt and .json are read too. A program may be a file whose name ends in .ad.",
    add_help_option=False,
)
@output("Write there; into a folder (out/) one output for each table.", TABLES)
@click.option(
    "--to", cls=OfferingOption, offers=_OFFERED, metavar="FORMAT", default="", help="The format of the output."
)
@reading
@click.option("--of", "of", metavar="NAMES", multiple=True, help="Named steps of a program, in place of its result.")
@click.option("--no-gradient", is_flag=True, help="Add the value alone.")
@click.option("--columns", metavar="NAMES", multiple=True, help="Pass on these columns of the tables only.")
@click.option("--where", metavar="CONDITION", multiple=True, help="Only rows for which it holds: --where 'x > 0'.")
@click.option("--source", is_flag=True, help="Add a column that names the table.")
@click.option("--verdicts", is_flag=True, help="Add a verdict for each gradient, with numbers as of eval; slow.")
@click.option("--exact", is_flag=True, help="Numbers as of eval, where rounding has eaten their digits; slow.")
@click.option("--sigma", metavar="NAME=COLUMN|NUMBER", multiple=True, help="One sigma of a variable: adds value_sigma.")
@corr_option
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
@click.option("--cluster", metavar="ADDRESS", default="", help="Workers: tcp://scheduler:8786, or local:4 for 4 here.")
@shared
def command(ctx: click.Context, **options: Any) -> Status:
    """Add the value and the gradient of EXPRESSION to every row of a table.

    \b
    For example: autodiff batch "tanh(a*b + c)" data.csv -o out.csv

    Columns are variables. What the table lacks is given as --NAME VALUE; a range, --x 0:1:0.01, makes rows of its own,
    and two ranges every combination.
    """
    address = _address(options["cluster"])
    with abort_said(_ABORTED, "polars"), hushed():
        require("batch", "numpy", "polars")
        return _run(ctx, options, address)


def _run(ctx: click.Context, options: dict[str, Any], address: "ClusterAddress | None") -> Status:
    from autodiff_cli.commands.plan import Asked, planned
    from autodiff_cli.render.batch import BatchProgress, show
    from autodiff_cli.reports.batch import Batch, Invalid, Wanted, shadowed

    asked = Asked(**options)
    rows_to_check = whole("check", asked.check, 0, _MOST, "as in --check 1000")
    if asked.file is None and is_program(ctx.meta["text"]):
        asked.file = ctx.meta["text"]
    with _terminated(), ExitStack() as opened:
        plan = planned(ctx, asked, opened)
        if not plan.jobs:
            return Status.OK
        variables, invalid = plan.jobs[0].variables, Invalid(asked.invalid)
        wanted = Wanted(
            of=tuple(names(asked.of) or plan.expression.results),
            gradient=not asked.no_gradient,
            columns=plan.kept,
            where=plan.where,
            source=asked.source,
            verdicts=asked.verdicts,
            exact=asked.exact,
            sigmas=plan.sigmas,
            factor=plan.factor,
        )
        made_of: dict[str, Any] = {
            "expression": plan.expression,
            "columns": variables.columns,
            "fixed": variables.fixed,
            "wrt": names(asked.wrt),
            "prefix": asked.prefix,
            "invalid": invalid,
            "check": rows_to_check,
            "wanted": wanted,
        }
        batch = Batch(**made_of)
        for job in plan.jobs:
            job.table.keep_free(batch.names)
        say_reading(plan.expression, asked.quiet)
        if not asked.quiet:
            notes([*shadowed(plan.expression, batch.columns), *chain.from_iterable(plan.notes)])
        start = perf_counter()
        with BatchProgress(asked.quiet, len(plan.jobs)) as progress:
            if address:
                from autodiff_cli.commands.clustered import write_on_cluster

                write_on_cluster(plan, batch, progress, made_of, address)
            else:
                write = _write_each if plan.folder else _write_all
                write(plan, batch, progress)
            batch.summary.seconds = perf_counter() - start
            if rows_to_check:
                batch.check(progress.rows_checked)
    if not asked.quiet or batch.summary.status is not Status.OK:
        show(batch.summary)
    return batch.summary.status


def _write_all(plan: "Plan", batch: "Batch", progress: "BatchProgress") -> None:
    """All rows into one output."""
    from autodiff_cli.tables import write

    first = plan.jobs[0]
    typed = first.format.name not in ("csv", "tsv")
    tables = progress.through([job.table for job in plan.jobs])
    write(first.output, first.format, batch.frames(tables, progress.rows, typed))


def _write_each(plan: "Plan", batch: "Batch", progress: "BatchProgress") -> None:
    """An output for each table; the record says which are done."""
    from autodiff_cli.commands.record import recording, state_of
    from autodiff_cli.tables import write

    with recording(plan.folder, plan.record, plan.goes_on) as record:
        for number, job in enumerate(plan.jobs):
            state = state_of(job.path)
            one = batch.apart(number, *job.variables)
            write(job.output, job.format, one.frames([job.table], progress.rows))
            batch.add(one.counted)
            record.add(job.path, state, job.output)
            progress.next(one.counted.summary.rows)


def _address(text: str) -> "ClusterAddress | None":
    """The cluster that is asked for; what starts its workers, if that is to be done here, begins to load."""
    if not text:
        return None
    from autodiff_cli.reports.cluster_address import address_of
    from autodiff_cli.reports.forks import prepare

    address = address_of(text)
    if address.processes:
        prepare()
    return address


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
