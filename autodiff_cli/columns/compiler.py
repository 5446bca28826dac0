"""The system's C compiler: makes machine code, and loads it."""

from __future__ import annotations

import os
import platform
import shlex
import signal
import subprocess
from collections.abc import Sequence
from shutil import which
from tempfile import TemporaryDirectory

from autodiff_cli.columns import reach
from autodiff_cli.files import begun, undone

_EXACT = ["-fno-fast-math", "-fno-unsafe-math-optimizations", "-fno-finite-math-only"]  # whatever CC says
_OPTIONS = ["-std=gnu11", "-O3", "-march=native", "-ffp-contract=off", "-fno-math-errno", "-fno-trapping-math"]
_OPTIONS = [*_EXACT, *_OPTIONS, "-shared", "-fPIC"]
_WIDE = ["-mprefer-vector-width=512"] if platform.machine() in ("x86_64", "AMD64") else []  # where they are so wide
_PATIENCE = 30  # seconds for the compiler
_ERRORS = (OSError, ValueError, AttributeError, subprocess.SubprocessError)  # of what CC may be, and may make


def command() -> list[str] | None:
    """The compiler and its options, by the environment's CC, or `cc`; None where there is none."""
    try:
        words = shlex.split(os.environ.get("CC", "")) or ["cc"]
    except ValueError:  # a quote without an end
        return None
    return words if which(words[0]) else None


def sections(source: str, count: int, loops: Sequence[reach.NumpyLoop], workers: int) -> list[reach.Section] | None:
    """The sections of a program in C, as of `reach.sections`; None where the compiler cannot make them."""
    words = command()
    try:
        return _sections(words, source, count, loops, workers) if words else None
    except _ERRORS:
        return None


def _sections(
    words: Sequence[str], source: str, count: int, loops: Sequence[reach.NumpyLoop], workers: int
) -> list[reach.Section]:
    folder = TemporaryDirectory(prefix="autodiff-", ignore_cleanup_errors=True)  # nobody else may write there
    with undone(folder.cleanup):
        file, library = os.path.join(folder.name, "loops.c"), os.path.join(folder.name, "loops.so")
        with open(file, "w", encoding="ascii") as out:
            out.write(source)
        _run([*words, *_OPTIONS, *_WIDE, file, "-o", library, "-lm", "-pthread"], folder.name)
        return reach.sections(library, count, loops, workers)


def _run(words: Sequence[str], folder: str) -> None:
    """Run a compiler, whose own temporary files too are in the folder, and end it with all that it has begun."""

    def begin() -> subprocess.Popen[bytes]:
        return subprocess.Popen(  # noqa: S603
            words,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "TMPDIR": folder},
            process_group=0 if os.name == "posix" else None,
        )

    with begun(begin, _end) as process:
        code = process.wait(_PATIENCE)
    if code:
        raise subprocess.CalledProcessError(code, words)


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        if os.name == "posix":
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
        process.wait()
