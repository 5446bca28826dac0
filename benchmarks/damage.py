"""Damaged tables in five formats: bytes changed, cut out, doubled. No run may end well with what is not in the file.

Each file goes through `autodiff batch` into its own format. Where that succeeds, all cells that are passed on and the
values are held against those that a careful reader finds in the damaged file: Python's csv and json, and pyarrow where
it is installed. A run that is refused, or a process that a reader brings down, is no wrong answer. The exit code is 1
where an output has other cells. Of a file that the careful reader refuses, and we read, these must be the cells from
before the damage, which then is in a place that says nothing of cells.

    python benchmarks/damage.py [--count N] [--seed N] [--pyarrow] [--keep FOLDER]
"""

import contextlib
import csv
import io
import json
import math
import os
import re
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from multiprocessing import get_context
from pathlib import Path
from random import Random
from typing import Any

import polars as pl
from timing import exit_code, installed, parser, sized

COUNT = sized(3_000, 20)
FORMATS = ("csv", "tsv", "jsonl", "parquet", "arrow")
LONGEST = 20.0  # seconds of one file
TEXTS = ("plain", "é and ü", 'a "quoted", one', "two words", "", "x" * 60)

Rows = list[list[Any]]
Reader = Callable[[str], Rows]


# --- tables and their damage ------------------------------------------------------------------------------------------


def table(random: Random) -> pl.DataFrame:
    """A table of numbers, text, booleans and missing cells."""
    count = random.choice((1, 5, 40, 300))
    columns: dict[str, list[Any]] = {
        "x": [random.gauss(0, 10) for _ in range(count)],
        "id": [random.randrange(10**6) for _ in range(count)],
        "text": [random.choice(TEXTS) for _ in range(count)],
        "part": [random.choice((None, True, False)) for _ in range(count)],
    }
    names = random.sample([*columns], len(columns))
    return pl.DataFrame({name: columns[name] for name in names})


def written(frame: pl.DataFrame, format: str, random: Random) -> bytes:
    """The bytes of a table in a format."""
    file = io.BytesIO()
    if format == "csv":
        frame.write_csv(file, line_terminator=random.choice(("\n", "\r\n")))
    elif format == "tsv":
        frame.with_columns(pl.col("text").str.replace_all('"', "'")).write_csv(file, separator="\t")
    elif format == "jsonl":
        frame.write_ndjson(file)
    elif format == "parquet":
        frame.write_parquet(file, compression=random.choice(("uncompressed", "zstd", "snappy")), row_group_size=100)
    else:
        compression = random.choice(("uncompressed", "zstd"))
        stream = random.random() < 0.3
        (frame.write_ipc_stream if stream else frame.write_ipc)(file, compression=compression)
    return file.getvalue()


def written_by_pyarrow(frame: pl.DataFrame, format: str, random: Random) -> bytes:
    """The bytes of a table in Parquet or Arrow, as another library writes them."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    file, table = io.BytesIO(), frame.to_arrow()
    if format == "parquet":
        pq.write_table(
            table,
            file,
            compression=random.choice(("NONE", "SNAPPY", "ZSTD", "GZIP")),
            use_dictionary=random.random() < 0.5,
            data_page_version=random.choice(("1.0", "2.0")),
            write_page_checksum=random.random() < 0.5,
            row_group_size=100,
        )
        return file.getvalue()
    options = pa.ipc.IpcWriteOptions(compression=random.choice((None, "lz4", "zstd")))
    with (pa.ipc.new_stream if random.random() < 0.3 else pa.ipc.new_file)(file, table.schema, options=options) as out:
        out.write_table(table, max_chunksize=100)
    return file.getvalue()


def damaged(data: bytes, random: Random) -> bytes:
    """The bytes with some of them changed, cut out or doubled."""
    made = bytearray(data)
    for _ in range(random.choice((1, 1, 1, 2, 5))):
        at = random.randrange(len(made)) if made else 0
        length = min(random.choice((1, 1, 2, 8, 100)), len(made) - at)
        kind = random.randrange(4)
        if kind == 0:
            made[at : at + length] = random.randbytes(length)
        elif kind == 1:
            del made[at : at + (length if random.random() < 0.8 else len(made))]
        elif kind == 2:
            made[at:at] = made[at : at + length]
        elif made:
            made[at] ^= 1 << random.randrange(8)
    return bytes(made)


# --- careful readers --------------------------------------------------------------------------------------------------


def cells_of(path: str, separator: str) -> Rows:
    """The header and the rows of CSV; of TSV, in which a quote may be a sign like any other, its lines at tabs."""
    text = Path(path).read_bytes().decode("utf-8-sig")
    if separator == "\t":
        lines = [line.removesuffix("\r") for line in text.removesuffix("\n").split("\n")]
        found = [line.split("\t") if line else [] for line in lines]
    else:
        found = [*csv.reader(io.StringIO(text, newline=""), strict=True)]
    header, *rows = found
    full = [row or [""] * len(header) for row in rows]
    if any(len(row) != len(header) for row in full):
        raise ValueError("rows of other lengths")
    return [header, *full]


def objects_of(path: str) -> Rows:
    """The objects of JSON lines, as one list of keys and values each."""
    rows = []
    for line in Path(path).read_bytes().decode("utf-8-sig").split("\n"):
        if line.strip():
            found = json.loads(line)
            if not isinstance(found, dict):
                raise TypeError("no object")
            rows.append([part for item in found.items() for part in item])
    return [[], *rows]


def columns_of(path: str) -> Rows:
    """The names and the rows of Parquet or Arrow."""
    if not installed("pyarrow"):
        frame = pl.read_parquet(path) if path.endswith("parquet") else pl.read_ipc(path, memory_map=False)
        return [frame.columns, *map(list, frame.rows())]
    import pyarrow as pa
    import pyarrow.parquet as pq

    if path.endswith("parquet"):
        read = pq.ParquetFile(path, page_checksum_verification=True).read()
    else:
        with pa.OSFile(path) as file:
            is_file = file.read(6) == b"ARROW1"
            file.seek(0)
            read = (pa.ipc.open_file if is_file else pa.ipc.open_stream)(file).read_all()
    read.validate(full=True)
    return [read.column_names, *map(list, zip(*[column.to_pylist() for column in read.columns], strict=True))]


READERS: dict[str, Reader] = {
    "csv": lambda path: cells_of(path, ","),
    "tsv": lambda path: cells_of(path, "\t"),
    "jsonl": objects_of,
    "parquet": columns_of,
    "arrow": columns_of,
}


# --- one file ---------------------------------------------------------------------------------------------------------


def refused(path: str, output: str) -> bool:
    """Whether a run over the file is refused."""
    from autodiff_cli.commands.group import run

    said = io.StringIO()
    with contextlib.redirect_stderr(said), contextlib.redirect_stdout(said):
        return run(["batch", "2*x", path, "-o", output, "--quiet", "--no-gradient"]) != 0


def difference(path: str, whole: str, output: str, format: str) -> str:
    """What an output has that the careful reader does not find in the file; empty where it is the same."""
    read = READERS[format]
    made = read(output)
    try:
        there = read(path)
    except Exception as error:
        wrong = compared(made, read(whole), format)
        return wrong and f"the careful reader refuses it, {str(error)[:100]}; {wrong}"
    return compared(made, there, format)


def compared(made: Rows, there: Rows, format: str) -> str:
    """What an output has that is not there, as passed on or as value; empty where it is the same."""
    added = 2 if format == "jsonl" else 1
    if len(made) != len(there):
        return f"{len(made) - 1} rows, and there are {len(there) - 1}"
    for number, (ours, theirs) in enumerate(zip(made, there, strict=True)):
        if repr(ours[:-added] if number or format != "jsonl" else ours) != repr(theirs):
            return f"row {number}: {ours!r}, and there is {theirs!r}"
        if number and not is_double(ours, made[0], format):
            return f"row {number}: {ours!r} is not twice x"
    return ""


def is_double(row: list[Any], header: list[Any], format: str) -> bool:
    """Whether the value of a row is twice its x, or there is none."""
    if format == "jsonl":
        cells = dict(zip(row[::2], row[1::2], strict=True))
        x, value = cells.get("x"), cells["value"]
    else:
        x, value = row[header.index("x")], row[-1]
    try:
        twice = 2 * float(x)
    except (TypeError, ValueError):
        return value in ("", None)
    if math.isnan(twice) or not is_held(x):
        return value in ("", None)
    return bool(value not in ("", None) and float(value) == twice)


def is_held(x: Any) -> bool:
    """Whether a float holds a number, if it is text: one too large is infinite, and one too small is 0."""
    if not isinstance(x, str):
        return True
    if math.isinf(float(x)):
        return "inf" in x.lower()
    return float(x) != 0 or not re.match("[^eE]*[1-9]", x)


def work(pipe: Any, folder: str) -> None:
    """Answer for files, one after another, as `(step, text)`; what comes down is this process alone."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    while True:
        path, whole, format = pipe.recv()
        output = os.path.join(folder, f"out.{format}")
        Path(output).unlink(missing_ok=True)
        if refused(path, output):
            pipe.send("refused")
            continue
        pipe.send("read")
        pipe.send(difference(path, whole, output, format))


class Worker:
    """A process that reads files, and is begun again where one brings it down."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._begin()

    def _begin(self) -> None:
        context = get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=work, args=(theirs, self._folder), daemon=True)
        self._process.start()
        theirs.close()

    def ask(self, path: str, whole: str, format: str) -> tuple[str, str]:
        """What becomes of a file: a word for the count, and what is wrong."""
        self._pipe.send((path, whole, format))
        try:
            if (found := self._answer()) != "read":
                return found, ""
            try:
                wrong = self._answer()
            except EOFError:
                self.end()
                self._begin()
                return "read, and the careful reader comes down", ""
            return ("wrong" if wrong else "read as it is"), wrong
        except EOFError:
            self.end()
            self._begin()
            return "brings the process down", ""

    def _answer(self) -> str:
        if not self._pipe.poll(LONGEST):
            raise EOFError
        return str(self._pipe.recv())

    def end(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.join()


def main() -> int:
    """0 where no output has what is not in its file."""
    arguments = parser(__doc__)
    arguments.add_argument("--count", type=int, default=COUNT, help="files, of all formats together")
    arguments.add_argument("--seed", type=int, default=0)
    arguments.add_argument("--pyarrow", action="store_true", help="Parquet and Arrow alone, as pyarrow writes them")
    arguments.add_argument("--keep", default="", help="a folder for the files of which an output is wrong")
    asked = arguments.parse_args()
    random = Random(asked.seed)
    counts: Counter[tuple[str, str]] = Counter()
    formats, write = (FORMATS[3:], written_by_pyarrow) if asked.pyarrow else (FORMATS, written)
    with tempfile.TemporaryDirectory() as folder:
        worker = Worker(folder)
        for number in range(asked.count):
            format = formats[number % len(formats)]
            path = os.path.join(folder, f"in.{format}")
            whole = os.path.join(folder, f"whole.{format}")
            data = write(table(random), format, random)
            Path(whole).write_bytes(data)
            Path(path).write_bytes(damaged(data, random))
            found, wrong = worker.ask(path, whole, format)
            counts[format, found] += 1
            if wrong or "down" in found:
                print(f"{format}, file {number}: {wrong or found}", flush=True)
                if asked.keep:
                    shutil.copy(path, os.path.join(asked.keep, f"{number}.{format}"))
        worker.end()
    reader = "pyarrow" if installed("pyarrow") else "polars"
    print(f"{asked.count:,} files, Parquet and Arrow held against {reader}\n\n| format | what | files |\n|---|---|---|")
    for (format, found), count in sorted(counts.items()):
        print(f"| {format} | {found} | {count:,} |")
    return exit_code(any(found == "wrong" for _, found in counts))


if __name__ == "__main__":
    sys.exit(main())
