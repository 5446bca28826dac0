"""A run over many tables on a cluster of dask.distributed.

A table is a task: a worker reads it, computes with the kernel that a local run has, writes the output beside its place
and renames it. What was counted goes back to where the command runs. A few tasks for each thread are with the scheduler
at any time, so that its load does not grow with the number of tables.
"""

import logging
import os
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from importlib import import_module, metadata
from queue import Empty, SimpleQueue
from threading import Lock
from time import monotonic
from typing import Any, NamedTuple
from uuid import uuid4

from autodiff_cli.columns.work import cores
from autodiff_cli.errors import AutodiffError, Option, StoppedError, advice
from autodiff_cli.reports.batch import Batch, Counted
from autodiff_cli.tables import FileFormat, TableDialect, open_table, write

INSTALL = "pip install 'autodiff-cli[cluster]'"
_PACKAGES = ("autodiff-cli", "numpy", "polars", "scipy")  # which decide what is written, to the byte
_MOST_WORKERS = 256  # that are started here
_WAITING = 2  # tasks for each thread that are with the scheduler: one that runs and the next
_ANSWER = 10.0  # seconds in which a scheduler has to answer
_PATIENCE = 30.0  # seconds to wait for a worker where there is none
_TRIES = 3  # to start workers here
_LOOK = 5.0  # seconds after which the workers are counted again
_AS_IN = "as in --cluster tcp://scheduler:8786, or --cluster local:4"
_SEEN = "the workers must see the same files, under the same paths"
_RESUME = advice("{0} goes on with what is done", Option("resume"))
_DEAF = (
    "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n"  # Ctrl-C ends the command, and that ends workers
)
_SETTINGS = {
    "distributed.scheduler.http.routes": [],
    "distributed.worker.http.routes": [],
    "distributed.worker.profile.enabled": False,  # which looks at each thread a hundred times a second
    "distributed.nanny.pre-spawn-environ.MALLOC_TRIM_THRESHOLD_": None,  # every block would be given back to the system
}
_KEPT = 4  # runs whose batches a worker keeps
_batches: dict[str, Batch] = {}
_making = Lock()


@dataclass(frozen=True, slots=True)
class ClusterAddress:
    """Where the workers are: those of a scheduler, or so many processes that are started here."""

    scheduler: str = ""
    processes: int = 0


def address_of(text: str) -> ClusterAddress:
    """What `--cluster` names. Raises AutodiffError where that is no cluster.

    >>> address_of("local:4").processes, address_of("tcp://node7:8786").scheduler
    (4, 'tcp://node7:8786')
    """
    if re.fullmatch(r"(tcp|tls)://[^/\s]+:\d+", text):
        return ClusterAddress(scheduler=text)
    kind, _, count = text.partition(":")
    if kind != "local":
        raise AutodiffError(f"--cluster takes the address of a scheduler, not {text}", hint=_AS_IN)
    if not count.isascii() or not count.isdigit() or not 1 <= int(count) <= _MOST_WORKERS:
        raise AutodiffError(
            f"--cluster local:N starts 1 to {_MOST_WORKERS} workers, not {count or 'none'}", hint=_AS_IN
        )
    return ClusterAddress(processes=int(count))


# --- tasks ------------------------------------------------------------------------------------------------------------


class TableTask(NamedTuple):
    """One table: what a worker has to know of it."""

    number: int  # among those of the run
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


class Recipe(NamedTuple):
    """What all tasks of a run share: how the batch is made, and of which versions a worker must be."""

    run: str
    made_of: dict[str, Any]
    versions: dict[str, str]


def recipe(made_of: dict[str, Any]) -> Recipe:
    """The recipe of a new run, from the arguments of its `Batch`."""
    return Recipe(uuid4().hex, made_of, _versions())


def work(task: TableTask, recipe: Recipe) -> Counted:
    """Compute a table where this runs. Raises AutodiffError as a local run does, and for a worker that differs."""
    if differ := _differing(recipe.versions, _versions()):
        raise AutodiffError(f"a worker has {differ}", hint="give all workers the same versions")
    _check_seen(task)
    batch = _batch(recipe).apart(task.number, task.columns, task.fixed)
    is_wanted = _watch()

    def tick(rows: int, fraction: float | None) -> None:
        if not is_wanted():
            raise StoppedError("nobody waits for this table any more")

    with open_table(task.path, task.asked, task.format, task.dialect) as table:
        table.name = task.name
        table.lines = task.lines
        table.keep_free(batch.names)
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
        size = os.path.getsize(task.path)
    except OSError as error:
        raise AutodiffError(f"a worker cannot read {task.path}: {error.strerror}", hint=_SEEN) from None
    if size != task.size:
        raise AutodiffError(f"{task.path} has {task.size:,} bytes here, and {size:,} for a worker", hint=_SEEN)
    folder = os.path.dirname(task.output)
    if not os.path.isdir(folder):
        raise AutodiffError(f"a worker sees no folder {folder}", hint=_SEEN)


def seen(task: TableTask) -> None:
    """Raise AutodiffError where an output of a worker is not to be seen here."""
    if not os.path.isfile(task.output):
        raise AutodiffError(f"a worker has written {task.output}, and it is not there", hint=_SEEN)


def _watch() -> Callable[[], bool]:
    """Whether the task that this thread computes is still wanted: it may have been given up meanwhile."""
    worker = _dask().get_worker()
    key = worker.get_current_task()

    def is_wanted() -> bool:
        state = worker.state.tasks.get(key)
        return state is not None and state.state == "executing"

    return is_wanted


def _versions() -> dict[str, str]:
    found = dict.fromkeys(_PACKAGES, "none")
    for name in found:
        with suppress(metadata.PackageNotFoundError):
            found[name] = metadata.version(name)
    return found


def _differing(ours: dict[str, str], theirs: dict[str, str]) -> str:
    """The first package that is of another version, in words."""
    for name, version in ours.items():
        if theirs[name] != version:
            return f"{name} {theirs[name]}, and this command {version}"
    return ""


# --- workers ----------------------------------------------------------------------------------------------------------


@contextmanager
def cluster(address: ClusterAddress) -> Iterator["Workers"]:
    """The workers of a cluster; those that are started here end with the block, however that ends.

    Raises AutodiffError where dask.distributed is missing, no scheduler answers, or a worker cannot take part.
    """
    _dask()
    with _hushed_logs(), ExitStack() as opened:
        workers = Workers(_client(address, opened))
        workers.check()
        yield workers


def _client(address: ClusterAddress, opened: ExitStack) -> Any:
    """A client of the scheduler, or of one that is started here."""
    place = _started(address.processes, opened) if address.processes else address.scheduler
    try:
        return opened.enter_context(_dask().Client(place, timeout=_ANSWER, set_as_default=False))
    except (OSError, ValueError) as error:
        reason = f": {error}" if isinstance(error, ValueError) else ""
        hint = f"'dask scheduler' starts one; {_AS_IN}"
        raise AutodiffError(f"no scheduler answers at {address.scheduler}{reason}", hint=hint) from None


def _started(processes: int, opened: ExitStack) -> Any:
    """A scheduler in this process, and so many workers. Raises AutodiffError where they end as they begin."""
    threads = str(max(1, cores() // processes))
    opened.enter_context(import_module("dask").config.set(_SETTINGS))
    for _ in range(_TRIES):
        with suppress(RuntimeError):  # a worker has ended before it was there
            local = _dask().LocalCluster(
                n_workers=processes,
                threads_per_worker=1,
                processes=True,
                dashboard_address="127.0.0.1:0",
                scheduler_kwargs={"dashboard": False},
                preload=[_DEAF],
                memory_limit=0,  # blocks of rows, whatever a table's size
                security=True,  # other users of this machine can reach its ports, and not this cluster
                silence_logs=logging.CRITICAL,
                env={"POLARS_MAX_THREADS": threads},
            )
            return opened.enter_context(local)
    raise AutodiffError(f"{processes} workers could not be started", hint="is there memory for them?")


def _gone() -> AutodiffError:
    return AutodiffError("the scheduler is gone", hint=_RESUME)


@contextmanager
def _answering() -> Iterator[None]:
    """Raise AutodiffError where the scheduler does not answer."""
    try:
        yield
    except (OSError, RuntimeError, _dask().client.ClosedClientError):
        raise _gone() from None


def _dask() -> Any:
    """dask.distributed. Raises AutodiffError where it is not installed."""
    try:
        return import_module("distributed")
    except ImportError:
        raise AutodiffError("a cluster needs dask.distributed, which is not installed", hint=INSTALL) from None


@contextmanager
def _hushed_logs() -> Iterator[None]:
    """Keep the scheduler's log from the screen: what matters of it is said as an error."""
    before = logging.root.manager.disable
    logging.disable(before if os.environ.get("AUTODIFF_DEBUG") else logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(before)


class Workers:
    """The workers of a cluster, through their scheduler."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._done: SimpleQueue[Any] = SimpleQueue()
        self._tasks: dict[str, tuple[Any, TableTask]] = {}  # those with the scheduler, by key
        self._room = 0
        self._looked = 0.0

    def check(self) -> None:
        """Raise AutodiffError where there are no workers, or one is of another version."""
        try:
            self._client.wait_for_workers(1, timeout=_PATIENCE)
        except TimeoutError:
            raise AutodiffError("the cluster has no workers", hint="'dask worker ADDRESS' starts one") from None
        ours = _versions()
        found: dict[str, dict[str, str]] = {}
        for name in ours:
            with _answering():
                versions = self._client.run(metadata.version, name, on_error="return")
            for worker, version in versions.items():
                found.setdefault(worker, {})[name] = "none" if isinstance(version, Exception) else version
        for worker, theirs in found.items():
            if differ := _differing(ours, theirs):
                raise AutodiffError(
                    f"the worker {worker} has {differ}", hint="give all workers the same versions; none is used"
                )

    def compute(self, tasks: Iterable[TableTask], recipe: Recipe) -> Iterator[tuple[TableTask, Counted]]:
        """Each table when it is done, with what was counted.

        After an error no more are handed on, and those that are with the scheduler are waited for. Tables are handed on
        in their order, so that the error of the first of them, which is raised, is that of a local run.
        """
        waiting = iter(tasks)
        failed: dict[int, AutodiffError] = {}
        try:
            while True:
                if not failed:
                    self._submit(waiting, recipe)
                if not self._tasks:
                    break
                future = self._next()
                _, task = self._tasks.pop(future.key)
                if future.status == "finished":
                    yield task, future.result()
                else:
                    failed[task.number] = self._failed(future, task)
        finally:
            with suppress(AutodiffError), _answering():
                self._client.cancel([future for future, _ in self._tasks.values()], force=True)
        if failed:
            raise failed[min(failed)]

    def _submit(self, waiting: Iterator[TableTask], recipe: Recipe) -> None:
        """Hand on as many tasks as there is room for."""
        if monotonic() - self._looked > _LOOK:
            self._room = _WAITING * max(1, self._threads())
            self._looked = monotonic()
        while len(self._tasks) < self._room:
            task = next(waiting, None)
            if task is None:
                return
            key = f"{os.path.basename(task.name)}-{recipe.run}-{task.number}"
            with _answering():
                future = self._client.submit(work, task, recipe, key=key, pure=False)
                self._tasks[key] = future, task
                future.add_done_callback(self._done.put)

    def _threads(self) -> int:
        """How many tasks can run at a time."""
        with _answering():
            return sum(self._client.nthreads().values())

    def _next(self) -> Any:
        """The next task that ends. Raises AutodiffError where no worker is left to end one."""
        alone = monotonic()
        while True:
            try:
                return self._done.get(timeout=_LOOK)
            except Empty:
                if self._threads():
                    alone = monotonic()
                elif monotonic() - alone > _PATIENCE:
                    raise AutodiffError("the cluster has no workers any more", hint=_RESUME) from None

    def _failed(self, future: Any, task: TableTask) -> AutodiffError:
        """What ended a task."""
        if future.status != "error":
            return _gone()
        error = future.exception()
        if isinstance(error, AutodiffError):
            return error
        if isinstance(error, _dask().KilledWorker):
            what = f"{error.allowed_failures + 1} workers died while they computed {task.name}"
            return AutodiffError(what, hint="they may have too little memory, or read a damaged file")
        return AutodiffError(f"a worker cannot compute {task.name}: {type(error).__name__}: {error}", hint=_RESUME)
