"""A run of `autodiff batch` on a cluster: its tables as tasks, and what is kept of those that are done."""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from typing import TYPE_CHECKING, Any

from autodiff_cli.commands.record import Record, recording, state_of
from autodiff_cli.files import workplace
from autodiff_cli.reports.cluster import Task, cluster
from autodiff_cli.reports.cluster_address import ClusterAddress
from autodiff_cli.reports.tasks import JoinTask, TableTask, parts_of, recipe, seen, share_of
from autodiff_cli.tables import can_be_joined, is_object

if TYPE_CHECKING:
    from autodiff_cli.commands.plan import Job, Plan
    from autodiff_cli.render.batch import BatchProgress
    from autodiff_cli.reports.batch import Batch, Counted


def write_on_cluster(
    plan: "Plan", batch: "Batch", progress: "BatchProgress", made_of: dict[str, Any], address: ClusterAddress
) -> None:
    """Write an output for each table by the workers of a cluster; what they count is added in the order of the rows."""
    found: dict[tuple[int, int], Counted] = {}
    with cluster(address) as workers, ExitStack() as opened:
        record = opened.enter_context(recording(plan.folder, plan.record, plan.goes_on))
        run = _ClusterRun(plan, record, workers.threads(), batch.leaves_out)
        opened.enter_context(run.workplace())
        for task, counted in workers.compute(run.tasks(), recipe(made_of)):
            found[task.number, task.part] = counted
            progress.next(counted.summary.rows, run.done(task))
            progress.rows(0, 0.0)
    for which in sorted(found):
        batch.add(found[which])


class _ClusterRun:
    """The tasks of a run, and which tables are done."""

    def __init__(self, plan: "Plan", record: Record, threads: int, leaves_out: bool) -> None:
        self._plan, self._record = plan, record
        self._states: dict[int, list[int]] = {}
        share = share_of(sum(job.table.rows for job in plan.jobs), threads)
        self._parts = {
            number: parts
            for number, job in enumerate(plan.jobs)
            if threads > 1 and self._can_be_parted(job, leaves_out) and (parts := parts_of(job.table, share))
        }
        self._place = ""

    def _can_be_parted(self, job: "Job", leaves_out: bool) -> bool:
        return not is_object(job.output) and can_be_joined(job.format, leaves_out)

    @contextmanager
    def workplace(self) -> Iterator[None]:
        """Have a place for parts of outputs, where there are such."""
        with workplace(os.path.abspath(self._plan.folder)) if self._parts else nullcontext("") as self._place:
            yield

    def tasks(self) -> Iterator[Task]:
        """The tasks in the order of the tables; each table's state is kept as it is before it is read."""
        plan = self._plan
        for number, job in enumerate(plan.jobs):
            self._states[number] = state_of(job.path)
            path, output = _from_root(job.path), _from_root(job.output)
            read = path, self._states[number][0], plan.from_, plan.dialect, job.table.lines
            task = TableTask(number, job.path, *read, output, job.format, *job.variables)
            if number not in self._parts:
                yield task
                continue
            parts = task.parted(self._parts[number], self._place)
            yield from parts
            yield JoinTask(number, job.path, len(parts), [one.output for one in parts], output, job.format)

    def done(self, task: Task) -> float:
        """Keep that a task is done; how much of a table that is."""
        is_part = isinstance(task, TableTask) and task.rows is not None
        if is_part:
            return 1 / len(self._parts[task.number])
        seen(task)
        self._record.add(task.name, self._states[task.number], task.output)
        if isinstance(task, TableTask):
            return 1.0
        for part in task.parts:
            with suppress(OSError):
                os.unlink(part)
        return 0.0


def _from_root(path: str) -> str:
    """A path as workers are to have it, wherever they run."""
    return path if is_object(path) else os.path.abspath(path)
