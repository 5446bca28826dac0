"""What workers do for a run over many tables.

A task is a table, or a run of the row groups of a large one: a worker reads it, computes with the kernel that a local
run has, writes the output beside its place and renames it. What was written in parts another task makes one.
"""

import os
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module, metadata
from itertools import pairwise
from threading import Lock
from typing import Any, NamedTuple
from uuid import uuid4

from autodiff_cli.errors import AutodiffError, StoppedError
from autodiff_cli.reports.batch import Batch, Counted, Summary
from autodiff_cli.tables import ROWS, FileFormat, Table, TableDialect, is_object, join, open_table, store, write

_PACKAGES = ("autodiff-cli", "numpy", "polars", "scipy")  # which decide what is written, to the byte
_SEEN = "the workers must see the same files, under the same paths"
_FEWEST = 4 * ROWS  # rows that are worth a task
_EACH = 8  # tasks for each thread, into which the rows of large tables are parted
_KEPT = 4  # runs whose batches a worker keeps
_batches: dict[str, Batch] = {}
_making = Lock()


class TableTask(NamedTuple):
    """One table, or some rows of it: what a worker has to know."""

    number: int  # among the tables of the run
    name: str  # as it was named
    path: str  # from the root
    size: int
    asked: str  # the format, where its name does not say it
    dialect: TableDialect
    lines: bool
    output: str
    format: FileFormat
    columns: dict[str, str]
    fixed: dict[str, float]
    part: int = 0
    rows: range | None = None  # those of the part, where the table is taken apart

    def parted(self, parts: list[range], place: str) -> "list[TableTask]":
        """A task for each part of its rows, which is written to a place of its own; the first has the header."""
        return [
            self._replace(
                part=part,
                rows=rows,
                output=os.path.join(place, f"{self.number}-{part}"),
                format=self.format._replace(header=not part),
            )
            for part, rows in enumerate(parts)
        ]


class JoinTask(NamedTuple):
    """The parts of an output that are to be made one."""

    number: int
    name: str
    part: int  # how many there are
    parts: list[str]
    output: str
    format: FileFormat


class Recipe(NamedTuple):
    """What all tasks of a run share: how the batch is made, and of which versions a worker must be."""

    run: str
    made_of: dict[str, Any]
    versions: dict[str, str]


def recipe(made_of: dict[str, Any]) -> Recipe:
    """The recipe of a new run, from the arguments of its `Batch`."""
    return Recipe(uuid4().hex, made_of, versions())


def parts_of(table: Table, share: int) -> list[range]:
    """The rows of a table in parts of about that many, or none where it is not worth that or cannot be.

    A part begins where a block does, so that its row groups are those of an output that is written at once. It is no
    smaller than a row group of the table, which has to be read as a whole.
    """
    if table.rows < 1.5 * share:
        return []
    groups = table.row_groups()
    count = round(table.rows / max(share, *groups)) if groups else 0
    blocks = -(-table.rows // ROWS)
    edges = [part * blocks // count * ROWS for part in range(count)] + [table.rows]
    return [range(first, last) for first, last in pairwise(edges)] if count > 1 else []


def share_of(rows: int, threads: int) -> int:
    """How many rows a part should have, so that all threads are busy until the end, and none for too short a time."""
    return max(_FEWEST, rows // (_EACH * threads))


def joined(task: JoinTask, *_: Counted) -> Counted:
    """Make one of the parts of an output, which must have been written."""
    join(task.parts, task.output, task.format)
    return Counted(Summary(), [])


def work(task: TableTask, recipe: Recipe) -> Counted:
    """Compute a table where this runs. Raises AutodiffError as a local run does, and for a worker that differs."""
    if differ := differing(recipe.versions, versions()):
        raise AutodiffError(f"a worker has {differ}", hint="give all workers the same versions")
    _check_seen(task)
    first = task.rows.start if task.rows else 0
    batch = _batch(recipe).apart(task.number, task.columns, task.fixed, first)
    is_wanted = _watch()

    def tick(rows: int, fraction: float | None) -> None:
        if not is_wanted():
            raise StoppedError("nobody waits for this table any more")

    with open_table(task.path, task.asked, task.format, task.dialect) as table:
        table.name = task.name
        table.lines = task.lines
        table.keep_free(batch.names)
        if task.rows:
            table.narrow(task.rows)
        write(task.output, task.format, batch.frames([table], tick))
    return batch.counted


def _batch(recipe: Recipe) -> Batch:
    """The batch of a run, made once in a process, so that its kernel stays compiled."""
    with _making:
        if recipe.run not in _batches:
            for run in [*_batches][: 1 - _KEPT]:
                del _batches[run]
            _batches[recipe.run] = Batch(**recipe.made_of, threads=1)  # a worker has a thread for each task
        return _batches[recipe.run]


def _check_seen(task: TableTask) -> None:
    """Raise AutodiffError where a worker does not see the files that the command sees."""
    try:
        size = store.state(task.path).size if is_object(task.path) else os.path.getsize(task.path)
    except OSError as error:
        raise AutodiffError(f"a worker cannot read {task.path}: {error.strerror or error}", hint=_SEEN) from None
    if size != task.size:
        raise AutodiffError(f"{task.path} has {task.size:,} bytes here, and {size:,} for a worker", hint=_SEEN)
    folder = os.path.dirname(task.output)
    if not is_object(folder) and not os.path.isdir(folder):
        raise AutodiffError(f"a worker sees no folder {folder}", hint=_SEEN)


def seen(task: TableTask | JoinTask) -> None:
    """Raise AutodiffError where an output of a worker is not to be seen here."""
    if not is_object(task.output) and not os.path.isfile(task.output):
        raise AutodiffError(f"a worker has written {task.output}, and it is not there", hint=_SEEN)


def _watch() -> Callable[[], bool]:
    """Whether the task that this thread computes is still wanted: it may have been given up meanwhile."""
    worker = import_module("distributed").get_worker()
    key = worker.get_current_task()

    def is_wanted() -> bool:
        state = worker.state.tasks.get(key)
        return state is not None and state.state == "executing"

    return is_wanted


def versions() -> dict[str, str]:
    """The packages that decide what is written, each with its version."""
    found = dict.fromkeys(_PACKAGES, "none")
    for name in found:
        with suppress(metadata.PackageNotFoundError):
            found[name] = metadata.version(name)
    return found


def differing(ours: dict[str, str], theirs: dict[str, str]) -> str:
    """The first package that is of another version, in words."""
    for name, version in ours.items():
        if theirs[name] != version:
            return f"{name} {theirs[name]}, and this command {version}"
    return ""
