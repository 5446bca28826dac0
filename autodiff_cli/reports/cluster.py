"""A run over many tables on a cluster of dask.distributed.

What a task is stands in `tasks`. What each has counted goes back to where the command runs. A few tasks for each thread
are with the scheduler at any time, so that its load does not grow with the number of tables.
"""

import logging
import os
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from importlib import import_module, metadata
from itertools import chain
from queue import Empty, SimpleQueue
from time import monotonic
from typing import Any

from autodiff_cli.errors import AutodiffError, Option, advice
from autodiff_cli.reports.batch import Counted
from autodiff_cli.reports.cluster_address import AS_IN, ClusterAddress
from autodiff_cli.reports.forks import METHOD
from autodiff_cli.reports.tasks import JoinTask, Recipe, TableTask, differing, joined, versions, work

INSTALL = "pip install 'autodiff-cli[cluster]'"
_WAITING = 2  # tasks for each thread that are with the scheduler: one that runs and the next
_ANSWER = 10.0  # seconds in which a scheduler has to answer
_PATIENCE = 30.0  # seconds to wait for a worker where there is none
Task = TableTask | JoinTask
_TRIES = 3  # to start workers here
_LOOK = 5.0  # seconds after which the workers are counted again
_RESUME = advice("{0} goes on with what is done", Option("resume"))
_DEAF = (
    "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n"  # Ctrl-C ends the command, and that ends workers
)
_SETTINGS = {
    "distributed.worker.multiprocessing-method": METHOD,
    "distributed.scheduler.http.routes": [],
    "distributed.worker.http.routes": [],
    "distributed.worker.profile.enabled": False,  # which looks at each thread a hundred times a second
    "distributed.admin.tick.interval": "1s",  # every process would look at its own clock fifty times a second
    "distributed.admin.tick.limit": "30s",
    "distributed.admin.system-monitor.interval": "10s",
    "distributed.scheduler.active-memory-manager.start": False,
    "distributed.nanny.pre-spawn-environ.MALLOC_TRIM_THRESHOLD_": None,  # every block would be given back to the system
}


@contextmanager
def cluster(address: ClusterAddress) -> Iterator["Workers"]:
    """The workers of a cluster; those that are started here end with the block, however that ends.

    Raises AutodiffError where dask.distributed is missing, no scheduler answers, or a worker cannot take part.
    """
    _dask()
    with _hushed_logs(), ExitStack() as opened:
        workers = Workers(_client(address, opened))
        if address.scheduler:  # else they are of this installation
            workers.check()
        yield workers


def _client(address: ClusterAddress, opened: ExitStack) -> Any:
    """A client of the scheduler, or of one that is started here."""
    place = _started(address.processes, opened) if address.processes else address.scheduler
    try:
        return opened.enter_context(_dask().Client(place, timeout=_ANSWER, set_as_default=False))
    except (OSError, ValueError) as error:
        reason = f": {error}" if isinstance(error, ValueError) else ""
        hint = f"'dask scheduler' starts one; {AS_IN}"
        raise AutodiffError(f"no scheduler answers at {address.scheduler}{reason}", hint=hint) from None


def _started(processes: int, opened: ExitStack) -> Any:
    """A scheduler in this process, and so many workers. Raises AutodiffError where they end as they begin."""
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
                env={"POLARS_MAX_THREADS": "1"},
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
        self._tasks: dict[str, tuple[Any, Task]] = {}  # those with the scheduler, by key
        self._parts: dict[int, list[Any]] = {}  # what is to be joined, by the number of the table
        self._room = 0
        self._looked = 0.0

    def check(self) -> None:
        """Raise AutodiffError where there are no workers, or one is of another version."""
        try:
            self._client.wait_for_workers(1, timeout=_PATIENCE)
        except TimeoutError:
            raise AutodiffError("the cluster has no workers", hint="'dask worker ADDRESS' starts one") from None
        ours = versions()
        found: dict[str, dict[str, str]] = {}
        for name in ours:
            with _answering():
                there = self._client.run(metadata.version, name, on_error="return")
            for worker, version in there.items():
                found.setdefault(worker, {})[name] = "none" if isinstance(version, Exception) else version
        for worker, theirs in found.items():
            if differ := differing(ours, theirs):
                raise AutodiffError(
                    f"the worker {worker} has {differ}", hint="give all workers the same versions; none is used"
                )

    def compute(self, tasks: Iterable[Task], recipe: Recipe) -> Iterator[tuple[Task, Counted]]:
        """Each task when it is done, with what was counted. Parts are joined by a task that comes after theirs.

        After an error no more are handed on, and those that are with the scheduler are waited for. Tables are handed on
        in their order, so that the error of the first of them, which is raised, is that of a local run.
        """
        waiting = iter(tasks)
        failed: dict[tuple[int, int], AutodiffError] = {}
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
                    failed[task.number, task.part] = self._failed(future, task)
        finally:
            with suppress(AutodiffError), _answering():
                left = [*[future for future, _ in self._tasks.values()], *chain.from_iterable(self._parts.values())]
                self._client.cancel(left, force=True)
        if failed:
            raise failed[min(failed)]

    def _submit(self, waiting: Iterator[Task], recipe: Recipe) -> None:
        """Hand on as many tasks as there is room for."""
        if monotonic() - self._looked > _LOOK:
            self._room = _WAITING * max(1, self.threads())
            self._looked = monotonic()
        while len(self._tasks) < self._room:
            task = next(waiting, None)
            if task is None:
                return
            key = f"{os.path.basename(task.name)}-{recipe.run}-{task.number}-{task.part}"
            with _answering():
                future = self._begun(task, recipe, key)
                self._tasks[key] = future, task
                future.add_done_callback(self._done.put)

    def _begun(self, task: Task, recipe: Recipe, key: str) -> Any:
        """A task that the scheduler has."""
        if isinstance(task, JoinTask):
            return self._client.submit(joined, task, *self._parts.pop(task.number), key=key, pure=False)
        future = self._client.submit(work, task, recipe, key=key, pure=False)
        if task.rows:
            self._parts.setdefault(task.number, []).append(future)
        return future

    def threads(self) -> int:
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
                if self.threads():
                    alone = monotonic()
                elif monotonic() - alone > _PATIENCE:
                    raise AutodiffError("the cluster has no workers any more", hint=_RESUME) from None

    def _failed(self, future: Any, task: Task) -> AutodiffError:
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
