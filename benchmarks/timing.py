"""What the benchmarks share: their size, timing in turn, peers that may be missing, the rows of the results table."""

import json
import os
import subprocess
import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Callable, Sequence
from importlib.util import cache_from_source, find_spec
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter
from typing import Any, TypeVar

AUTODIFF = str(Path(sys.executable).with_name("autodiff"))
CORPORA = Path(__file__).resolve().parents[2] / "shared" / "corpora"
HEADER = "| what | autodiff | peer | ratio | to reach | |\n|---|---|---|---|---|---|"
NOT_INSTALLED = "not installed"
SKIPPED = "SKIPPED: the shared corpora are not beside this checkout"
TINY = "--tiny" in sys.argv[1:]

Measure = Callable[[], float]  # seconds of one run
Size = TypeVar("Size")


# --- the size of a run -----------------------------------------------------------------------------------------------


def sized(full: Size, tiny: Size) -> Size:
    """The size of a benchmark: the second where `--tiny` is given, which only shows that the script still runs."""
    return tiny if TINY else full


def parser(description: str | None) -> ArgumentParser:
    """A parser of the command line that every benchmark has."""
    made = ArgumentParser(description=description, formatter_class=RawDescriptionHelpFormatter, allow_abbrev=False)
    made.add_argument("--tiny", action="store_true", help="smallest sizes, once each: only to see that it runs")
    return made


def exit_code(is_missed: bool) -> int:
    """1 where a figure is missed; those of a tiny run say nothing."""
    return int(is_missed and not TINY)


def corpus(name: str, most: int | None = None) -> list[dict[str, Any]]:
    """The records of a shared corpus, or so many of its first ones."""
    lines = (CORPORA / f"{name}.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines[:most]]


# --- timing ----------------------------------------------------------------------------------------------------------


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


def timed(run: Callable[[], Any]) -> Measure:
    """A measure of the seconds that a call takes."""

    def measure() -> float:
        start = perf_counter()
        run()
        return perf_counter() - start

    return measure


def pairs(ours: Measure, peer: Measure | None, count: int) -> tuple[list[float], list[float]]:
    """Seconds of both, called in turn A B A B, so that whatever else the machine does falls on both.

    A peer that is not installed is None, and has no seconds.
    """
    unmeasured = sized(1, 0)  # files come into memory, caches are filled
    times = [(ours(), peer() if peer else None) for _ in range(unmeasured + count)][unmeasured:]
    return [x for x, _ in times], [y for _, y in times if y is not None]


def installed(module: str) -> bool:
    """Whether a peer can be imported."""
    return find_spec(module) is not None


def require_compiled() -> None:
    """Stop where the package has no .pyc files: each start would compile it anew, which no installation does."""
    spec = find_spec("autodiff_cli.commands.group")
    if not Path(AUTODIFF).exists() or spec is None or spec.origin is None:
        sys.exit(f"no autodiff beside {sys.executable}: install the checkout there first")
    if not TINY and not Path(cache_from_source(spec.origin)).exists():
        sys.exit("autodiff_cli has no .pyc files here: install the checkout with pip, not as editable")


# --- what is shown: of a peer that is not installed there are no numbers ---------------------------------------------


def ratios(above: Sequence[float], below: Sequence[float]) -> list[float]:
    """The ratio of each pair, or none where one side was not measured: ratios([6, 8], [2, 4]) is [3, 2]."""
    return [x / y for x, y in zip(above, below, strict=True)] if above and below else []


def spread(values: Sequence[float]) -> tuple[float, float, float]:
    """The median and the quartiles around it."""
    low, _, high = quantiles(values, n=4) if len(values) > 1 else [values[0]] * 3
    return median(values), low, high


def seconds(value: float) -> str:
    """A time in the unit that suits it: seconds(0.0125) is "12.5 ms"."""
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if value >= size:
            return f"{value / size:.3g} {unit}"
    return f"{value / 1e-9:.3g} ns"


def middle(times: Sequence[float], parts: int = 1) -> str:
    """The median of some times, of one of so many equal parts: middle([1, 2, 3], 1000) is "2 ms"."""
    return seconds(median(times) / parts) if times else NOT_INSTALLED


def as_long(found: Sequence[float]) -> str:
    """Ratios in words: as_long([1.5, 1.5]) is "1.50 times as long"."""
    return f"{median(found):.2f} times as long" if found else ""


def quartiles(found: Sequence[float], digits: int = 2, what: str = "") -> str:
    """Ratios in words: quartiles([2, 2], 1, " times faster") is "2.0 times faster (quartiles 2.0 to 2.0)"."""
    if not found:
        return ""
    shown, low, high = [f"{number:.{digits}f}" for number in spread(found)]
    return f"{shown}{what} (quartiles {low} to {high})"


def at_least(goal: float, found: Sequence[float]) -> bool | None:
    """Whether the middle of these ratios reaches a goal; None where there are none."""
    return median(found) >= goal if found else None


def at_most(goal: float, found: Sequence[float]) -> bool | None:
    """Whether the middle of these ratios stays below a goal; None where there are none."""
    return median(found) <= goal if found else None


def answer(reached: bool | None) -> str:
    """The last cell of a row; `reached` is None for a figure that is only shown."""
    return {None: "", True: "yes", False: "NO"}[reached]


def row(what: str, ours: str, peer: str, ratio: str, goal: str, reached: bool | None) -> None:
    """Print one row of the results table."""
    print(f"| {what} | {ours} | {peer} | {ratio} | {goal} | {answer(reached)} |", flush=True)
