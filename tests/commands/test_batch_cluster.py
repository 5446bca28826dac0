import importlib.util
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from autodiff_cli.reports import cluster

from .batches import PROGRAM, process
from .conftest import Done

LACKS = importlib.util.find_spec("distributed") is None or importlib.util.find_spec("cryptography") is None
needs_dask = pytest.mark.skipif(LACKS, reason="dask.distributed or cryptography is not installed")
FORMULA = "ln(a*b + c) + sin(a)*exp(b)"
TABLES = 6


@pytest.fixture
def tables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Tables in a folder of their own: most rows have a value, some cells are none, one table has no rows."""
    monkeypatch.chdir(tmp_path)
    os.mkdir("in")
    rng = random.Random(11)
    names = []
    for number in range(TABLES):
        rows = [[f"{rng.gauss(0, 1)!r}" for _ in "abc"] for _ in range(400 * number)]
        for row in rows[::50]:
            row[rng.randrange(3)] = rng.choice(["NA", "", "x", "-1e999"])
        name = f"in/p{number}.csv"
        Path(name).write_text("a,b,c,id\n" + "".join(f"{','.join(row)},{i:05}\n" for i, row in enumerate(rows)))
        names.append(name)
    return names


def contents(folder: str) -> dict[str, bytes]:
    """The outputs in a folder; nothing else may be there."""
    found = {path.name: path.read_bytes() for path in Path(folder).iterdir()}
    del found[".autodiff-batch.jsonl"]
    return found


def without_times(text: str) -> list[str]:
    return [line.split(" in ")[0] if " rows a second" in line else line for line in text.splitlines()]


@needs_dask
@pytest.mark.slow
@pytest.mark.parametrize(
    "options",
    [[], ["--to", "parquet", "--source", "--check", "20"], ["--to", "jsonl", "--where", "a > 0", "--columns", "id,a"]],
    ids=["csv", "parquet", "jsonl"],
)
def test_two_workers_write_and_count_what_a_local_run_does(tables: list[str], options: list[str]) -> None:
    here = process(FORMULA, *tables, "-o", "here/", *options)
    there = process(FORMULA, *tables, "-o", "there/", *options, "--cluster", "local:2")
    assert (there.returncode, here.returncode) == (0, 0), there.stderr
    assert contents("there") == contents("here")
    assert len(contents("here")) == TABLES
    assert without_times(there.stderr) == without_times(here.stderr)


@needs_dask
@pytest.mark.slow
def test_of_broken_tables_the_first_is_said_and_resume_goes_on_without_a_cluster(tables: list[str]) -> None:
    process(FORMULA, *tables, "-o", "here/")
    whole = {name: Path(name).read_text() for name in tables[3:5]}
    for name, text in whole.items():
        Path(name).write_text("a,b,c,id\n1,2,3,4,5,6\n" + text if name == tables[4] else text + "1,2,3,4,5,6\n")
    done = process(FORMULA, *tables, "-o", "there/", "--cluster", "local:2")
    assert done.returncode == 2
    assert done.stderr.startswith(f"error: {tables[3]}, line 1202"), done.stderr
    assert not {"p3.csv", "p4.csv"} & contents("there").keys()
    for name, text in whole.items():
        Path(name).write_text(text)
    done = process(FORMULA, *tables, "-o", "there/", "--resume")
    assert done.returncode == 0
    assert "tables are done already" in done.stderr
    assert contents("there") == contents("here")


@needs_dask
@pytest.mark.slow
@pytest.mark.parametrize("to", ["parquet", "csv"])
def test_a_large_table_is_taken_apart_and_comes_out_as_of_a_local_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, to: str
) -> None:
    monkeypatch.chdir(tmp_path)
    rows = pl.int_range(1_300_000, eager=True)
    frame = pl.DataFrame({"a": rows % 97 / 50 - 0.5, "b": rows % 7 + 0.5, "id": rows.cast(pl.String)})
    frame.write_parquet("large.parquet", row_group_size=100_000)
    frame.head(10).write_parquet("small.parquet")
    options = ["ln(a*b + c)", "large.parquet", "small.parquet", "--c", "0", "--to", to, "--check", "9"]
    here = process(*options, "-o", "here/")
    os.makedirs("there/.1234.autodiff")  # of a run that was killed
    Path("there/.1234.autodiff/lock").touch()
    there = process(*options, "-o", "there/", "--cluster", "local:2")
    assert (there.returncode, here.returncode) == (0, 0), there.stderr
    assert contents("there") == contents("here")
    assert without_times(there.stderr) == without_times(here.stderr)


@needs_dask
@pytest.mark.slow
def test_of_a_table_that_is_taken_apart_the_first_row_that_fails_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    rows = pl.int_range(1_300_000, eager=True)
    frame = pl.DataFrame({"a": 1.0 - rows.is_in([800_000, 800_001, 1_299_999]).cast(pl.Float64)})
    frame.write_parquet("large.parquet", row_group_size=100_000)
    here = process("1/a", "large.parquet", "-o", "here/", "--invalid", "fail")
    there = process("1/a", "large.parquet", "-o", "there/", "--invalid", "fail", "--cluster", "local:2")
    assert here.stderr.startswith("error: large.parquet, row 800001: ")
    assert (there.returncode, there.stderr) == (here.returncode, here.stderr)
    assert contents("there") == {}  # parts are gone too


def workers_of(pid: int) -> list[Any]:
    """The workers of a run, which are forked from a process of its own where the system can."""
    import psutil

    children = psutil.Process(pid).children(recursive=True)
    servers = [child.pid for child in children if "forkserver" in " ".join(child.cmdline()) and child.ppid() == pid]
    return [child for child in children if child.ppid() in servers or "spawn_main" in " ".join(child.cmdline())]


@needs_dask
@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_a_worker_that_is_killed_loses_nothing_and_writes_nothing_twice(tables: list[str], seed: int) -> None:
    process(FORMULA, *tables, "-o", "here/", "--exact")
    arguments = [*PROGRAM, FORMULA, *tables, "-o", "there/", "--exact", "--cluster", "local:2"]
    run = subprocess.Popen(arguments, stderr=subprocess.PIPE, text=True)
    try:
        while not Path("there").exists():  # the workers are there
            assert run.poll() is None
            time.sleep(0.02)
        time.sleep(random.Random(seed).uniform(0, 1.5))
        for worker in workers_of(run.pid)[:1]:
            os.kill(worker.pid, signal.SIGKILL)
        _, said = run.communicate(timeout=60)
    finally:
        run.kill()
    if run.returncode:
        assert run.returncode == 2, said
        assert process(FORMULA, *tables, "-o", "there/", "--exact", "--resume").returncode == 0
    assert contents("there") == contents("here")


@needs_dask
@pytest.mark.slow
def test_a_run_that_is_ended_leaves_no_worker_behind(tables: list[str]) -> None:
    import psutil

    arguments = [*PROGRAM, FORMULA, *tables, "-o", "there/", "--exact", "--cluster", "local:2"]
    run = subprocess.Popen(arguments, stderr=subprocess.PIPE, text=True)
    while not Path("there").exists():
        assert run.poll() is None
        time.sleep(0.02)
    workers = workers_of(run.pid)
    assert len(workers) == 2
    workers += [worker.parent() for worker in workers]  # what they were forked from
    run.send_signal(signal.SIGTERM)
    _, said = run.communicate(timeout=60)
    assert (run.returncode, said) == (130, "error: ended by a signal; what was there before is as it was\n")
    psutil.wait_procs(workers, timeout=5)
    assert not any(worker.is_running() and worker.status() != "zombie" for worker in workers)


@pytest.fixture
def scheduler(tables: list[str]) -> Iterator[tuple[str, Callable[[], None], Callable[[], None]]]:
    """A scheduler with one worker, as processes of their own: its address, and what kills it and its worker."""
    dask = [sys.executable, "-m", "dask"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    at = ["--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", "scheduler.json"]
    with ExitStack() as opened:
        process = opened.enter_context(subprocess.Popen([*dask, "scheduler", *at], **quiet))
        opened.callback(process.kill)
        while not Path("scheduler.json").exists():
            assert process.poll() is None
            time.sleep(0.05)
        address = json.loads(Path("scheduler.json").read_text())["address"]
        alone = ["--nthreads", "1", "--no-nanny", "--no-dashboard"]
        worker = opened.enter_context(subprocess.Popen([*dask, "worker", address, *alone], **quiet))
        opened.callback(worker.kill)
        yield address, process.kill, worker.kill


@needs_dask
@pytest.mark.slow
def test_a_scheduler_that_goes_away_is_said_and_resume_goes_on_without_it(
    tables: list[str], scheduler: tuple[str, Callable[[], None], Callable[[], None]]
) -> None:
    address, kill, kill_worker = scheduler
    arguments = [*PROGRAM, FORMULA, *tables, "-o", "there/", "--exact", "--cluster", address]
    run = subprocess.Popen(arguments, stderr=subprocess.PIPE, text=True)
    while not Path("there").exists():
        assert run.poll() is None
        time.sleep(0.02)
    kill()
    _, said = run.communicate(timeout=60)
    assert run.returncode == 2
    assert said == "error: the scheduler is gone\n  = --resume goes on with what is done\n"
    kill_worker()
    assert process(FORMULA, *tables, "-o", "there/", "--exact", "--resume").returncode == 0
    process(FORMULA, *tables, "-o", "here/", "--exact")
    assert contents("there") == contents("here")


@needs_dask
@pytest.mark.slow
def test_workers_of_another_version_are_refused_before_anything_is_written(
    batch: Callable[..., Done],
    tables: list[str],
    scheduler: tuple[str, Callable[[], None], Callable[[], None]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ours = {**cluster.versions(), "autodiff-cli": "99.0"}
    monkeypatch.setattr(cluster, "versions", lambda: ours)
    done = batch(FORMULA, *tables, "-o", "there/", "--cluster", scheduler[0])
    assert done.code == 2
    assert ", and this command 99.0\n" in done.err
    assert not Path("there").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["d.csv", "-o", "out.csv", "--cluster", "local:2"], "a cluster makes an output for each table, in a folder"),
        (["d.csv", "-o", "out/", "--cluster", "here"], "--cluster takes the address of a scheduler, not here"),
        (["az://bucket/d.csv", "-o", "out/"], "az://bucket/d.csv is no file of this machine: az:// is not read or"),
        (["az://bucket/*.csv", "-o", "out/"], "az://bucket/*.csv is no file of this machine"),
        (["d.csv", "-o", "gs://bucket/out/"], "gs://bucket/out/ is no file of this machine"),
        (["d.csv", "-o", "https://host/out.csv"], "https://host/out.csv is no file of this machine"),
    ],
)
def test_what_no_worker_can_do_is_refused_in_words(
    batch: Callable[..., Done], arguments: list[str], message: str
) -> None:
    Path("d.csv").write_text("a\n1\n")
    done = batch("a^2", *arguments)
    assert done.code == 2
    assert done.err.startswith(f"error: {message}"), done.err
    assert os.listdir() == ["d.csv"]
