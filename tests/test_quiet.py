"""Standard error: what is not ours is kept from the screen, what is ours never, and an abort of a library is said."""

import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

from autodiff_cli.quiet import hushed

_GLIBC = pytest.mark.skipif("glibc" not in platform.libc_ver(), reason="an exit of C cannot be caught there")


def run(code: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)


def test_what_a_library_writes_to_standard_error_is_not_shown(capfd: pytest.CaptureFixture[str]) -> None:
    before = sys.stderr
    with hushed():
        os.write(2, b"thread panicked")
        with hushed():
            print("ours", file=sys.stderr)
    os.write(2, b"after")
    assert sys.stderr is before
    assert "panicked" not in capfd.readouterr().err


def test_what_we_say_is_shown_whatever_threads_begin_and_end() -> None:
    done = run(
        """
import os, sys, threading
from autodiff_cli.quiet import hushed
with hushed():
    pass
def flip():
    for _ in range(3000):
        with hushed():
            os.write(2, b"not ours\\n")
threads = [threading.Thread(target=flip, daemon=True) for _ in range(2)]
[thread.start() for thread in threads]
for number in range(3000):
    print(number, file=sys.stderr)
[thread.join() for thread in threads]
os.write(2, b"the end\\n")
"""
    )
    assert done.stderr == "".join(f"{number}\n" for number in range(3000)) + "the end\n"


@_GLIBC
def test_an_exit_of_a_library_has_the_code_of_a_fault_and_one_after_it_its_own() -> None:
    code = """
import ctypes
from autodiff_cli.quiet import abort_said
with abort_said("no memory\\n", "polars"):
    {}
ctypes.CDLL(None).exit(1)
"""
    assert run(code.format("ctypes.CDLL(None).exit(1)")).returncode == 70
    done = run(code.format("pass"))
    assert (done.returncode, done.stderr) == (1, "")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no second process is begun there")
@pytest.mark.parametrize(
    ("end", "said"),
    [
        ("ctypes.CDLL(None).abort()", "no memory\n"),
        ("threading.Thread(target=ctypes.CDLL(None).abort).start(); time.sleep(9)", "no memory\n"),
        pytest.param("ctypes.CDLL(None).exit(1)", "no memory\n", marks=_GLIBC),
        pytest.param(
            "threading.Thread(target=ctypes.CDLL(None).exit, args=(1,)).start(); time.sleep(9)",
            "no memory\n",
            marks=_GLIBC,
        ),
        ("os.kill(os.getpid(), 9)", ""),
        ("sys.exit(1)", ""),
        ("os._exit(3)", ""),
        ("pass", ""),
    ],
)
def test_an_abort_is_said_and_no_other_end(end: str, said: str) -> None:
    done = run(
        f"""
import ctypes, os, signal, sys, threading, time
from autodiff_cli.quiet import abort_said, hushed
with abort_said("no memory\\n", "polars"), hushed():
    os.write(2, b"memory allocation failed")
    {end}
"""
    )
    assert done.stderr == said


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self").exists(), reason="limits of memory are another thing there")
@pytest.mark.parametrize("limit", [300, 400, 500, 700, 1000])
def test_a_limit_of_memory_ends_with_a_message_of_ours(tmp_path: Path, limit: int) -> None:
    (tmp_path / "d.csv").write_text("x,y\n" + "1.5,2\n" * 300_000)
    done = subprocess.run(
        f"ulimit -v {limit}000; exec {sys.executable} -m autodiff_cli batch 'x*y' d.csv -o out.csv",
        shell=True,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode not in (0, 1) or (done.returncode == 0 and (tmp_path / "out.csv").exists())
    assert done.returncode == 0 or "error: " in done.stderr
    assert "panicked" not in done.stderr
