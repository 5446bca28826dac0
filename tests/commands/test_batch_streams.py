"""`autodiff batch` where a stream ends or a signal comes: full disks, closed pipes, killed runs, standard output."""

import io
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

pl = pytest.importorskip("polars")
pytest.importorskip("numpy")

from .batches import ADDED, PROGRAM, TANH, points, process  # noqa: E402
from .conftest import Done  # noqa: E402


@pytest.mark.slow
@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet", "arrow", "csv.gz", "jsonl.gz"])
def test_a_full_disk_is_said_and_leaves_the_old_output(tmp_path: Path, ending: str) -> None:
    out = tmp_path / f"out.{ending}"
    out.write_text("old")
    done = process(
        "sin(x)",
        *("--x", "0:1:1e-5", "-o", str(out)),
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000)),
    )
    assert done.returncode == 2
    assert done.stderr == f"error: cannot write {out}: File too large\n"
    assert out.read_text() == "old"
    assert os.listdir(tmp_path) == [out.name]


@pytest.mark.parametrize("to", ["csv", "jsonl", "parquet"])
def test_a_pipe_that_is_closed_ends_quietly(to: str) -> None:
    command = [*PROGRAM, "sin(x)", "--x", "0:1:2e-6", "--to", to]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdout.read(4)
        running.stdout.close()
        assert running.stderr.read() == b""
        assert running.wait(30) == 141


@pytest.mark.slow
@pytest.mark.parametrize(
    ("sent", "code", "said"),
    [
        (signal.SIGKILL, -9, ""),
        (signal.SIGTERM, 130, "error: ended by a signal; what was there before is as it was\n"),
        (signal.SIGHUP, 130, "error: ended by a signal; what was there before is as it was\n"),
        (signal.SIGINT, 130, "\n"),
    ],
)
@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_a_killed_run_leaves_the_old_output(
    tmp_path: Path, sent: signal.Signals, code: int, said: str, ending: str
) -> None:
    out = tmp_path / f"out.{ending}"
    out.write_text("old")
    command = [*PROGRAM, "sin(x)*cos(y)", "--x", "0:1:1e-5", "--y", "0:1:1e-3", "-o", str(out)]
    with subprocess.Popen(command, stderr=subprocess.PIPE) as running:
        end = time.monotonic() + 30
        while not any(part.stat().st_size for part in tmp_path.glob(".out.*.part")) and time.monotonic() < end:
            time.sleep(0.02)
        running.send_signal(sent)
        assert running.stderr is not None
        assert running.stderr.read().decode() == said
        assert running.wait(30) == code
    assert out.read_text() == "old"
    assert (os.listdir(tmp_path) == [out.name]) == (sent != signal.SIGKILL)


@pytest.mark.slow
@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
def test_a_run_that_is_ended_while_it_compiles_leaves_nothing(tmp_path: Path, sent: signal.Signals) -> None:
    temporary, compiler, started = tmp_path / "tmp", tmp_path / "compiler", tmp_path / "started"
    temporary.mkdir()
    compiler.write_text(f"#!/bin/sh\necho $$ > {started}\nexec sleep 60\n")
    compiler.chmod(0o755)
    call = [*PROGRAM, "sum(k, 1, 30, (x*k + y)^2/(k + x^2))", "--x", "0:10:1e-6", "--y", "1", "-o", f"{tmp_path}/o.csv"]
    environment = {**os.environ, "TMPDIR": str(temporary), "CC": str(compiler)}
    with subprocess.Popen(call, env=environment, stderr=subprocess.DEVNULL) as running:
        end = time.monotonic() + 30
        while not (started.exists() and started.read_text()) and time.monotonic() < end:
            time.sleep(0.02)
        running.send_signal(sent)
        assert running.wait(30) == 130
    assert os.listdir(temporary) == []
    assert not Path(f"/proc/{started.read_text().strip()}").exists()
    assert not list(tmp_path.glob("*o.csv*"))


def test_a_run_under_nohup_goes_on(tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    call = [*PROGRAM, "sin(x)*cos(y)", "--x", "0:1:1e-3", "--y", "0:1:1e-3", "-o", str(out), "--quiet"]
    with subprocess.Popen(call, preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN)) as running:
        end = time.monotonic() + 30
        while not any(tmp_path.glob(".out.*.part")) and time.monotonic() < end:
            time.sleep(0.01)
        running.send_signal(signal.SIGHUP)
        assert running.wait(30) == 0
    assert out.read_bytes().count(b"\n") == 1001**2 + 1


@pytest.mark.slow
@pytest.mark.parametrize("name", ["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1", "link"])
@pytest.mark.parametrize("call", ["batch x --x 0:1:1 --quiet", "graph x*y --format dot", "trace x^2 x=1 --format json"])
def test_standard_output_by_any_name_is_not_replaced(tmp_path: Path, name: str, call: str) -> None:
    if not os.path.exists("/proc/self/fd"):
        pytest.skip("no /proc")
    (tmp_path / "link").symlink_to("/dev/stdout")
    command = [sys.executable, "-m", "autodiff_cli", *call.split()]
    wanted = subprocess.run(command, stdout=subprocess.PIPE, check=True, timeout=60).stdout
    with open(tmp_path / "out", "w+b") as stdout:
        stdout.write(b"before\n")
        stdout.flush()
        subprocess.run([*command, "-o", name], stdout=stdout, check=True, timeout=60, cwd=tmp_path)
        stdout.seek(0)
        assert stdout.read() == b"before\n" + wanted
    assert (tmp_path / "out").read_bytes() == b"before\n" + wanted


@pytest.mark.parametrize("call", ["batch x --x 0:1:1 --quiet --to csv", "graph x*y --format dot"])
def test_a_pipe_that_has_a_number_for_a_name_is_written(call: str) -> None:
    if not os.path.exists("/dev/fd"):
        pytest.skip("no /dev/fd")
    command = [sys.executable, "-m", "autodiff_cli", *call.split()]
    wanted = subprocess.run(command, stdout=subprocess.PIPE, check=True, timeout=60).stdout
    ours, theirs = os.pipe()
    subprocess.run([*command, "-o", f"/dev/fd/{theirs}"], pass_fds=[theirs], check=True, timeout=60)
    os.close(theirs)
    with open(ours, "rb") as pipe:
        assert pipe.read() == wanted


def test_csv_goes_from_a_pipe_to_a_pipe() -> None:
    source = "".join([f"{i},{i / 10}\n" for i in range(20_000)])
    done = process("a*b", "--quiet", input="a,b\n" + source)
    lines = done.stdout.split()
    assert len(lines) == 20_001
    assert lines[-1] == f"19999,1999.9,{19999 * 1999.9!r},1999.9,19999.0"
    assert done.stderr == ""


def test_parquet_goes_from_a_pipe_to_a_pipe(tmp_path: Path) -> None:
    pl.DataFrame(points(10)).write_parquet(tmp_path / "d.parquet")
    with open(tmp_path / "d.parquet", "rb") as stdin, open(tmp_path / "o.parquet", "wb") as stdout:
        call = [*PROGRAM, TANH, "--from", "parquet", "--quiet"]
        with subprocess.Popen(["cat"], stdin=stdin, stdout=subprocess.PIPE) as cat:
            subprocess.run(call, stdin=cat.stdout, stdout=stdout, check=True, timeout=60)
    assert pl.read_parquet(tmp_path / "o.parquet").columns == ["a", "b", "c", *ADDED]


@pytest.mark.parametrize("expression", ["x^2", "q^2", "day"])
def test_a_table_from_a_pipe_leaves_nothing(tmp_path: Path, expression: str) -> None:
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    data = io.BytesIO()
    pl.DataFrame({"x": [1.0, 2.0], "day": pl.Series([1, 2]).cast(pl.Date)}).write_ipc(data)
    call = [*PROGRAM, expression, "-", "--from", "arrow", "--to", "csv"]
    environment = {**os.environ, "TMPDIR": str(temporary)}
    done = subprocess.run(call, input=data.getvalue(), capture_output=True, timeout=60, env=environment)
    assert done.returncode == (0 if expression == "x^2" else 2)
    assert os.listdir(temporary) == []


@pytest.mark.parametrize("invalid", ["null", "fail"])
def test_what_moves_a_cursor_in_names_and_cells_does_not_reach_the_terminal(
    batch: Callable[..., Done], invalid: str
) -> None:
    for name, content in {
        "a\x1b[31m.csv": "x\n-1\n",
        "cell.csv": "x\n\x1b[31mred\n",
        "column.csv": "a\x1b[31m\n1\r2\n",
        "other.csv": "x,b\x07\n1\n",
        "lines.csv": 'x\n"a\n\x1b[2J"\n',
    }.items():
        Path(name).write_text(content)
        done = batch("log(x)", name, "--map", f"x={content.splitlines()[0].split(',')[0]}", "--invalid", invalid)
        assert not {*done.err} & {*map(chr, range(32))} - {"\n"}, name
        assert done.err


def test_a_closed_standard_output_is_said(batch: Callable[..., Done]) -> None:
    Path("d.csv").write_text("x\n1\n")
    done = subprocess.run(
        ["sh", "-c", f"{sys.executable} -m autodiff_cli batch x d.csv >&-"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stderr == "error: standard output is closed\n  = as in -o out.csv\n"
