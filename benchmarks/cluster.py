"""`batch --cluster local:N` against a plain run, two workers against one, and runs whose processes are killed.

Tables are Parquet of three columns of floats and one of text, made in a temporary folder, which must hold about 150
bytes a row. `speed` takes as many files of a million rows as there are rows, and one large file beside them:

    python benchmarks/cluster.py speed [--rows 40000000] [--repeat N] [--free] [--folder FOLDER]

Each run has as many cores as it has workers, by its affinity, and a plain run has two: the threads in which the system
reads and writes would else give a single worker part of a second core; --free leaves all cores to all of them. Seconds
of the processors are those of the whole tree of processes; on a machine that has other work they count, and those of
the clock do not. `kills` ends processes by SIGKILL at random moments, and goes on with --resume:

    python benchmarks/cluster.py kills [--of worker|command|scheduler] [--count 20] [--seed N]

Of `worker`, one of four is killed; of `command`, the command with the scheduler in it; of `scheduler`, one that is a
process of its own. The exit code is 1 where an output is not to the byte that of an undisturbed run, a table is counted
twice or not at all, or something is left over.
"""

import ctypes
import json
import os
import random
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from statistics import median
from time import perf_counter, sleep
from typing import NamedTuple

import numpy as np
import polars as pl
from timing import AUTODIFF, HEADER, as_long, at_least, at_most, exit_code, installed, parser, row, seconds, sized

FORMULA = "ln(a*b + c) + sin(a)*exp(b)"
FILE = sized(1_000_000, 500)  # rows of a file
ROWS = sized(8_000_000, 1_000)
FREE = "--free" in sys.argv[1:]
CORES = {"": 2, "local:1": 1, "local:2": 2}
SLOWEST, FASTEST = 1.1, 1.8  # of the goals
BYTES = 150  # a row, in and out
SUBREAPER = 36  # of Linux's prctl: processes whose parents have ended are ours to wait for
RECORD = ".autodiff-batch.jsonl"


def table(path: Path, rows: int, seed: int) -> None:
    """A table of so many rows."""
    numbers = np.random.default_rng(seed)
    columns = {name: numbers.uniform(0.5, 2, rows) for name in "abc"}
    words = pl.Series(numbers.integers(0, 10**6, rows)).cast(pl.String)
    pl.DataFrame(columns | {"id": "r" + words}).write_parquet(path)


def tables(folder: Path, files: int, rows: int) -> list[str]:
    """So many tables of so many rows in a folder."""
    folder.mkdir()
    for number in range(files):
        table(folder / f"{number:03}.parquet", rows, number)
    return [str(path) for path in sorted(folder.iterdir())]


def contents(folder: Path) -> dict[str, bytes]:
    """All that is in a folder but the record."""
    return {path.name: path.read_bytes() if path.is_file() else b"" for path in folder.iterdir() if path.name != RECORD}


# --- speed ------------------------------------------------------------------------------------------------------------


class Took(NamedTuple):
    """What a run took: by the clock, and of the processors."""

    wall: float
    cpu: float


def run(files: Sequence[str], output: Path, cluster: str) -> Took:
    """Run the command with all of its processes; its output is removed."""
    command = _command(files, output, *(["--cluster", cluster] if cluster else []))
    before, start = _used(), perf_counter()
    done = subprocess.run(command, stderr=subprocess.PIPE, preexec_fn=lambda: _confine(CORES[cluster]))
    wall = perf_counter() - start
    if done.returncode:
        sys.exit(done.stderr.decode())
    with suppress(ChildProcessError):
        while True:
            os.waitpid(-1, 0)
    shutil.rmtree(output)
    return Took(wall, _used() - before)


def _confine(count: int) -> None:
    """Have this process and those that it starts use so many cores."""
    if not FREE and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:count])


def _used() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def measure(kinds: Sequence[str], files: Sequence[str], folder: Path, repeat: int) -> dict[str, list[Took]]:
    """Each kind of run so many times, in turn."""
    found: dict[str, list[Took]] = {kind: [] for kind in kinds}
    for _ in range(repeat):
        for kind in kinds:
            found[kind].append(run(files, folder / "out", kind))
    return found


def speed(rows: int, repeat: int, folder: Path) -> bool:
    """Whether a goal is missed."""
    free = shutil.disk_usage(folder).free
    if free < BYTES * rows:
        sys.exit(
            f"{folder} has {free / 1e9:.0f} GB free, and {BYTES * rows / 1e9:.0f} are needed; --folder names another"
        )
    print(HEADER)
    missed = False
    with tempfile.TemporaryDirectory(dir=folder) as made:
        place = Path(made)
        many = tables(place / "many", max(1, rows // FILE), FILE)
        found = measure([*CORES], many, place, repeat)
        missed |= _show(f"{len(many)} files of {FILE:,} rows", found)
        shutil.rmtree(place / "many")
        one = tables(place / "one", 1, max(FILE, rows // 2))
        found = measure([*CORES], one, place, repeat)
        _show(f"one file of {max(FILE, rows // 2):,} rows", found)
    return missed


def _show(what: str, found: dict[str, list[Took]]) -> bool:
    missed = False
    for against, ours, goal in (("", "local:2", SLOWEST), ("local:1", "local:2", FASTEST)):
        walls = [(a.wall, b.wall) for a, b in zip(found[against], found[ours], strict=True)]
        ratios = [ours / peer for peer, ours in walls] if not against else [peer / ours for peer, ours in walls]
        reached = at_most(goal, ratios) if not against else at_least(goal, ratios)
        said = f"{as_long(ratios)}" if not against else f"{median(ratios):.2f} times as fast"
        cells = [f"{one or 'plain'} {seconds(median(t.wall for t in found[one]))}" for one in (ours, against)]
        row(f"{what}, by the clock", *cells, said, f"{'≤' if not against else '≥'} {goal}", reached)
        cells = [f"{one or 'plain'} {seconds(median(t.cpu for t in found[one]))}" for one in (ours, against)]
        cpu = [b.cpu / a.cpu for a, b in zip(found[against], found[ours], strict=True)]
        row(f"{what}, of the processors", *cells, as_long(cpu), "", None)
        missed |= not reached
    return missed


# --- kills ------------------------------------------------------------------------------------------------------------


class Undisturbed(NamedTuple):
    """What a run comes to that nobody disturbs."""

    outputs: dict[str, bytes]
    said: str


def kills(of: str, count: int, seed: int, folder: Path) -> bool:
    """Whether anything was lost, doubled or left over."""
    chance = random.Random(seed)
    ended = went_on = hit = 0
    wrong: list[str] = []
    with tempfile.TemporaryDirectory(dir=folder) as made:
        place = Path(made)
        files = tables(place / "in", sized(24, 3), sized(60_000, 500))
        table(place / "in" / "large.parquet", sized(1_500_000, 900), 99)  # which is taken apart
        files.append(str(place / "in" / "large.parquet"))
        done = subprocess.run(_command(files, place / "here"), stderr=subprocess.PIPE, text=True)
        undisturbed = Undisturbed(contents(place / "here"), _counts(done.stderr))
        for _ in range(count):
            with ExitStack() as opened:
                cluster = "local:4" if of != "scheduler" else _scheduler(place, opened)
                code, said, was_there = _disturbed(files, place / "there", of, cluster, chance.uniform(0, 2.0), opened)
            ended, went_on, hit = ended + bool(code), went_on + (not code), hit + was_there
            wrong += _judged(files, place / "there", code, said, undisturbed)
            shutil.rmtree(place / "there", ignore_errors=True)
    print(HEADER)
    what = {"worker": "one of four workers killed", "command": "the command killed", "scheduler": "a scheduler killed"}
    runs = f"{went_on} went on, {ended} ended and were gone on with"
    row(what[of], f"{hit} kills in {count} runs", runs, f"{len(wrong)} wrong", "0", not wrong)
    for line in wrong:
        print(line, file=sys.stderr)
    return bool(wrong)


def _command(files: Sequence[str], output: Path, *options: str) -> list[str]:
    return [AUTODIFF, "batch", FORMULA, *files, "-o", f"{output}/", *options]


def _counts(said: str) -> str:
    """What a run has counted, without the time it took."""
    return re.sub(r" in [\d.]+ s, .* rows a second", "", said)


def _scheduler(place: Path, opened: ExitStack) -> str:
    """The address of a new scheduler with four workers, as processes of their own."""
    dask = [sys.executable, "-m", "dask"]
    file = place / "scheduler.json"
    file.unlink(missing_ok=True)
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    at = ["--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(file)]
    scheduler = opened.enter_context(subprocess.Popen([*dask, "scheduler", *at], **quiet))
    opened.callback(scheduler.kill)
    alone = ["--nthreads", "1", "--no-nanny", "--no-dashboard", "--scheduler-file", str(file)]
    while not file.exists():
        sleep(0.02)
    for _ in range(4):
        worker = opened.enter_context(subprocess.Popen([*dask, "worker", *alone], **quiet))
        opened.callback(worker.kill)
    _schedulers.append(scheduler.pid)
    return str(json.loads(file.read_text())["address"])


_schedulers: list[int] = []


def _disturbed(
    files: Sequence[str], output: Path, of: str, cluster: str, after: float, opened: ExitStack
) -> tuple[int, str, bool]:
    """Kill a process of a run, so long after its workers are there: its exit code, what it says, if it still ran."""
    process = subprocess.Popen(_command(files, output, "--cluster", cluster), stderr=subprocess.PIPE, text=True)
    opened.callback(process.kill)
    while not (output / RECORD).exists() and process.poll() is None:
        sleep(0.01)
    sleep(after)
    victims = {"worker": _workers(process.pid), "command": [process.pid], "scheduler": _schedulers[-1:]}[of]
    was_there = process.poll() is None and bool(victims)
    if was_there:
        with suppress(ProcessLookupError):
            os.kill(random.choice(victims), signal.SIGKILL)
    _, said = process.communicate(timeout=120)
    return process.returncode, said, was_there


def _workers(pid: int) -> list[int]:
    """The workers of a command, which are forked from a process of its own where the system can."""
    import psutil

    try:
        below = psutil.Process(pid).children(recursive=True)
        servers = [one.pid for one in below if "forkserver" in " ".join(one.cmdline()) and one.ppid() == pid]
        return [one.pid for one in below if one.ppid() in servers or "spawn_main" in " ".join(one.cmdline())]
    except psutil.Error:
        return []


def _judged(files: Sequence[str], output: Path, code: int, said: str, undisturbed: Undisturbed) -> list[str]:
    """What is wrong with a run that was disturbed, once another has gone on with it where it has ended."""
    if not code and _counts(said) != undisturbed.said:
        return [f"counted otherwise: {said}"]
    half = (
        {name for name, data in contents(output).items() if name in undisturbed.outputs} if output.exists() else set()
    )
    wrong = [f"{name} is another" for name in half if (output / name).read_bytes() != undisturbed.outputs[name]]
    if code:
        done = subprocess.run(_command(files, output, "--resume"), stderr=subprocess.PIPE, text=True)
        if done.returncode:
            return [*wrong, f"--resume ends with {done.returncode}: {done.stderr}"]
    names = [json.loads(line)[0] for line in (output / RECORD).read_text().splitlines()[1:] if line.endswith("]")]
    if sorted(names) != sorted(files):
        wrong.append(f"the record has {len(names)} tables, and {len(set(names))} are different")
    found = contents(output)
    if found != undisturbed.outputs:
        others = [name for name in {*found, *undisturbed.outputs} if found.get(name) != undisturbed.outputs.get(name)]
        wrong.append(f"after code {code} these differ: {', '.join(sorted(others))}")
    return wrong


def main() -> int:
    """Run what is asked for."""
    made = parser(__doc__)
    made.add_argument("what", nargs="?", default="speed", choices=["speed", "kills"])
    made.add_argument("--rows", type=int, default=ROWS)
    made.add_argument("--repeat", type=int, default=sized(3, 1))
    made.add_argument("--free", action="store_true", help="leave all cores to every run")
    made.add_argument("--of", default="worker", choices=["worker", "command", "scheduler"])
    made.add_argument("--count", type=int, default=sized(20, 1))
    made.add_argument("--seed", type=int, default=0)
    made.add_argument("--folder", default=tempfile.gettempdir())
    given = made.parse_args()
    if not installed("distributed"):
        print(f"{HEADER}\n| a cluster |  | dask.distributed not installed |  |  |  |")
        return 0
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(SUBREAPER, 1, 0, 0, 0)
    if given.what == "speed":
        return exit_code(speed(given.rows, given.repeat, Path(given.folder)))
    return exit_code(kills(given.of, given.count, given.seed, Path(given.folder)))


if __name__ == "__main__":
    sys.exit(main())
