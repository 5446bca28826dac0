"""What the benchmarks share: timing a whole process, interleaved pairs, and the rows of the results table."""

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from importlib.util import cache_from_source, find_spec
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter

AUTODIFF = str(Path(sys.executable).with_name("autodiff"))
HEADER = "| what | autodiff | peer | ratio | to reach | |\n|---|---|---|---|---|---|"


def process(command: Sequence[str], stdin: bytes = b"", *, strict: bool = True) -> tuple[float, bytes]:
    """Seconds that a command took from start to exit, its output read through a pipe; and that output.

    Not `strict`, an exit code of 1 will do: autodiff's for a verdict that is a mismatch.
    """
    start = perf_counter()
    done = subprocess.run(command, input=stdin, stdout=subprocess.PIPE)
    took = perf_counter() - start
    if done.returncode > (not strict) or done.returncode < 0:
        sys.exit(f"{' '.join(command)[:200]} ended with exit code {done.returncode}")
    return took, done.stdout


def process_at_terminal(command: Sequence[str]) -> float:
    """Seconds that a command took whose standard output is a terminal. For small outputs: it is not read."""
    ours, theirs = os.openpty()
    start = perf_counter()
    subprocess.run(command, stdin=subprocess.DEVNULL, stdout=theirs, check=True)
    seconds = perf_counter() - start
    os.close(theirs)
    os.close(ours)
    return seconds


def pairs(a: Callable[[], float], b: Callable[[], float], count: int) -> tuple[list[float], list[float]]:
    """Seconds of `a` and of `b`, called in turn A B A B, so that whatever else the machine does falls on both."""
    a()
    b()  # once each unmeasured: files into memory, caches filled
    times = [(a(), b()) for _ in range(count)]
    return [x for x, _ in times], [y for _, y in times]


def spread(values: Sequence[float]) -> tuple[float, float, float]:
    """The median and the quartiles around it."""
    low, _, high = quantiles(values, n=4)
    return median(values), low, high


def seconds(value: float) -> str:
    """A time in the unit that suits it."""
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if value >= size:
            return f"{value / size:.3g} {unit}"
    return f"{value / 1e-9:.3g} ns"


def row(what: str, ours: str, peer: str, ratio: str, goal: str, reached: bool | None) -> None:
    """Print one row of the results table; `reached` is None for a figure that is only shown."""
    print(f"| {what} | {ours} | {peer} | {ratio} | {goal} | {'' if reached is None else 'yes' if reached else 'NO'} |")


def require_compiled() -> None:
    """Stop where the package has no .pyc files: each start would compile it anew, which no installation does."""
    spec = find_spec("autodiff_cli.commands.group")
    if not Path(AUTODIFF).exists() or spec is None or spec.origin is None:
        sys.exit(f"no autodiff beside {sys.executable}: install the checkout there first")
    if not Path(cache_from_source(spec.origin)).exists():
        sys.exit("autodiff_cli has no .pyc files here: install the checkout with pip, not as editable")
