"""`autodiff batch` from file to file: against polars that only reads and writes, and against a loop in Python.

python benchmarks/batch_tables.py [ROWS]      5,000,000 rows of tanh(a*b + c), value and 3 gradients
python benchmarks/batch_tables.py wide        1,000 columns of CSV to Parquet, of numbers of several kinds
python benchmarks/batch_tables.py memory      peak memory for 1, 20 and 100 million rows
"""

import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
from timing import (
    AUTODIFF,
    HEADER,
    Measure,
    at_least,
    at_most,
    exit_code,
    middle,
    pairs,
    parser,
    process,
    ratios,
    row,
    sized,
    spread,
)

ROWS = sized(5_000_000, 100)
LOOP_ROWS = sized(500_000, 50)  # of the loop in Python, which is compared row by row
TURNS = sized(5, 1)
WIDE_ROWS, WIDE_COLUMNS = sized((10_000, 1000), (20, 10))
WIDE_GOAL = 1.5
MEMORY_ROWS = sized((1_000_000, 20_000_000, 100_000_000), (1_000,))
RANGE = 100  # values of b for each of a, where memory is measured
MOST = 1000  # MB
LOOP_GOAL = 15
MEMORY = "/dev/shm"  # where files lie in memory, so that it is no disk that is measured
EXPRESSION = "tanh(a*b + c)"

# The same seven columns, four of which cost next to nothing to compute
PEER = """
import sys, polars
source, target = sys.argv[1:]
a = polars.col("a")
added = {"value": a * 0.7, "gradient_a": a * 0.3, "gradient_b": a * 0.9, "gradient_c": a * 1.1}
scan = polars.scan_csv if source.endswith("csv") else polars.scan_parquet
rows = scan(source).with_columns(**added)
(rows.sink_csv if target.endswith("csv") else rows.sink_parquet)(target)
"""
LOOP = """
import csv, sys
from math import cosh, tanh
source, target = sys.argv[1:]
with open(source, newline="") as file, open(target, "w", newline="") as out:
    rows, writer = csv.reader(file), csv.writer(out)
    writer.writerow([*next(rows), "value", "gradient_a", "gradient_b", "gradient_c"])
    for cells in rows:
        a, b, c = map(float, cells)
        slope = 1 / cosh(a * b + c) ** 2
        writer.writerow([*cells, tanh(a * b + c), slope * b, slope * a, slope])
"""


def samples(folder: str, rows: int) -> None:
    """Random columns a, b and c in a CSV and a Parquet file."""
    random = np.random.default_rng(0)
    frame = pl.DataFrame({name: random.standard_normal(rows) for name in "abc"})
    frame.write_parquet(f"{folder}/data.parquet")
    frame.write_csv(f"{folder}/data.csv")
    frame.head(LOOP_ROWS).write_csv(f"{folder}/few.csv")


def wide_sample(folder: str, kind: str) -> None:
    """A CSV file of many columns: floats with all their digits, of 3 decimals, whole numbers, text, or all of these."""
    random = np.random.default_rng(0)
    makers: dict[str, Callable[[], object]] = {
        "floats": lambda: random.random(WIDE_ROWS) + 1e-4,  # none so small that it is written with an exponent
        "decimals": lambda: np.round(random.standard_normal(WIDE_ROWS) * 10, 3),
        "whole numbers": lambda: random.integers(-1000, 100_000, WIDE_ROWS),
        "text": lambda: [f"id{number}" for number in random.integers(0, 1000, WIDE_ROWS)],
    }
    kinds = [*makers] if kind == "mixed" else [kind]
    columns = {name: makers["floats"]() for name in "abc"}
    columns |= {f"x{place}": makers[kinds[place % len(kinds)]]() for place in range(3, WIDE_COLUMNS)}
    pl.DataFrame(columns).write_csv(f"{folder}/wide.csv")


def ours(folder: str, source: str, target: str) -> Measure:
    """Seconds of a whole run of ours."""
    command = [AUTODIFF, "batch", EXPRESSION, f"{folder}/{source}", "-o", f"{folder}/{target}", "--quiet"]
    return lambda: process(command)[0]


def script(folder: str, text: str, source: str, target: str) -> Measure:
    """Seconds of a whole run of a script."""
    return lambda: process([sys.executable, "-c", text, f"{folder}/{source}", f"{folder}/{target}"])[0]


def same(folder: str) -> bool:
    """Whether ours has what the loop has, for the rows of the loop."""
    theirs = pl.read_csv(f"{folder}/loop.csv")
    mine = pl.read_csv(f"{folder}/ours.csv", n_rows=len(theirs))
    return mine.columns == theirs.columns and np.allclose(mine.to_numpy(), theirs.to_numpy(), rtol=1e-13, atol=1e-300)


def against_polars(folder: str, ending: str, goal: float) -> bool | None:
    """Print the row of one kind of file; whether its figure is reached."""
    peer = script(folder, PEER, f"data.{ending}", f"peer.{ending}")
    mine, theirs = pairs(ours(folder, f"data.{ending}", f"ours.{ending}"), peer, TURNS)
    found = ratios(mine, theirs)
    what, reached = f"{ending} to {ending}, against polars reading and writing", at_most(goal, found)
    row(what, middle(mine), middle(theirs), f"{spread(found)[0]:.2f}", f"≤ {goal}", reached)
    return reached


def wide_against_polars(folder: str, kind: str) -> bool | None:
    """Print the row of many columns of one kind, from CSV to Parquet; whether the figure is reached."""
    wide_sample(folder, kind)
    peer = script(folder, PEER, "wide.csv", "peer.parquet")
    mine, theirs = pairs(ours(folder, "wide.csv", "ours.parquet"), peer, TURNS)
    found = ratios(mine, theirs)
    reached = at_most(WIDE_GOAL, found)
    what = f"csv to parquet, {WIDE_COLUMNS:,} columns, {kind}"
    row(what, middle(mine), middle(theirs), f"{spread(found)[0]:.2f}", f"≤ {WIDE_GOAL}", reached)
    return reached


def against_loop(folder: str, rows: int) -> bool | None:
    """Print the row of the loop in Python, which has fewer rows; whether its figure is reached."""
    few = min(LOOP_ROWS, rows)
    mine, theirs = pairs(ours(folder, "data.csv", "ours.csv"), script(folder, LOOP, "few.csv", "loop.csv"), TURNS)
    found = [ratio * rows / few for ratio in ratios(theirs, mine)]
    one, other, reached = f"{middle(mine, rows)} a row", f"{middle(theirs, few)} a row", at_least(LOOP_GOAL, found)
    what, goal = "csv to csv, against a loop with csv and math", f"≥ {LOOP_GOAL}"
    row(what, one, other, f"{spread(found)[0]:.1f}", goal, reached)
    return reached


def head(rows: int) -> None:
    """Print what it runs on, and the head of the table."""
    cores, versions = len(os.sched_getaffinity(0)), f"polars {pl.__version__}, NumPy {np.__version__}"
    print(f"{rows:,} rows, {cores} cores, {platform.machine()}, Python {platform.python_version()}, {versions}\n")
    print(HEADER)


def wide() -> int:
    """1 where a figure is missed."""
    head(WIDE_ROWS)
    with tempfile.TemporaryDirectory(dir=MEMORY if Path(MEMORY).is_dir() else None) as folder:
        kinds = ("decimals", "whole numbers", "text", "mixed", "floats")
        return exit_code(not all([wide_against_polars(folder, kind) for kind in kinds]))  # noqa: C419


def speed(rows: int) -> int:
    """1 where a figure is missed."""
    head(rows)
    with tempfile.TemporaryDirectory(dir=MEMORY if Path(MEMORY).is_dir() else None) as folder:
        samples(folder, rows)
        reached = [against_polars(folder, ending, goal) for ending, goal in (("csv", 1.4), ("parquet", 1.6))]
        reached.append(against_loop(folder, rows))
        if not same(folder):
            sys.exit("the loop finds other numbers")
    return exit_code(not all(reached))


def memory() -> int:
    """1 where 100 million rows take a gigabyte."""
    highest = 0.0
    print("| rows | ranges to Parquet | Parquet to CSV | CSV to CSV |\n|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for rows in MEMORY_ROWS:
            a, b, c = (f"{folder}/{name}" for name in ("a.parquet", "b.csv", "c.csv"))
            step = 1 / (rows // RANGE - 1)
            peaks = [peak(["--a", f"0:1:{step!r}", "--b", f"1:{RANGE}:1", "-o", a])]
            peaks.append(peak([a, "-o", b, "--prefix", "b_"]))
            peaks.append(peak([b, "-o", c, "--prefix", "c_"]))
            print(f"| {rows:,} |", " | ".join(f"{one:.0f} MB" for one in peaks), "|", flush=True)
            highest = max(highest, *peaks)
    return exit_code(highest >= MOST)


def peak(arguments: list[str]) -> float:
    """The most memory that a run has at a time, in MB."""
    command = [AUTODIFF, "batch", EXPRESSION, *arguments, "--c", "0.5", "--wrt", "a", "--quiet"]
    script = "import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True);"
    script += "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    done = subprocess.run([sys.executable, "-c", script, *command], stdout=subprocess.PIPE, text=True, check=True)
    return int(done.stdout) * 1024 / 1e6


def main() -> int:
    """0 where every figure is reached."""
    arguments = parser(__doc__)
    arguments.add_argument("what", nargs="?", default=str(ROWS), metavar="ROWS | wide | memory")
    what = arguments.parse_args().what
    others = {"memory": memory, "wide": wide}
    return others[what]() if what in others else speed(int(what))


if __name__ == "__main__":
    sys.exit(main())
