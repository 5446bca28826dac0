"""What a table is: its format, its columns, and its rows in blocks."""

import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import IO, Any, NamedTuple, cast

import polars as pl
from polars.exceptions import PanicException, PolarsError

from autodiff_cli.errors import AutodiffError

STDIN = "-"
FORMATS = ("csv", "tsv", "jsonl", "parquet", "arrow")
ERRORS = (PolarsError, PanicException, OSError, EOFError, ValueError)  # of polars, and of what it reads
LINE = "\0"  # begins the name of a column of whole lines, which are passed on as they are; a header follows
PIECE = 1 << 22  # bytes that are read at a time
ROWS = 1 << 17  # of a block that is not text
_ENDINGS = {"tab": "tsv", "ndjson": "jsonl", "pq": "parquet", "ipc": "arrow", "feather": "arrow"}
_COMPRESSED = {"gz": "gz", "gzip": "gz", "zst": "zst", "zstd": "zst"}


class Format(NamedTuple):
    """What a file is: one of FORMATS, and how the whole of it is compressed."""

    name: str
    compression: str = ""

    @property
    def text(self) -> bool:
        """Whether it is lines of text."""
        return self.name in ("csv", "tsv", "jsonl")

    @property
    def separator(self) -> str:
        """Between two cells."""
        return "\t" if self.name == "tsv" else ","


def format_of(path: str, asked: str = "", option: str = "--from") -> Format:
    """The format of a file by its ending, or the one asked for, such as csv or csv.gz."""
    parts = (asked or os.path.basename(path)).lower().lstrip(".").split(".")
    compression = _COMPRESSED.get(parts[-1], "") if len(parts) > 1 else ""
    ending = parts[-2] if compression else parts[-1]
    name = _ENDINGS.get(ending, ending)
    if name not in FORMATS or (not asked and len(parts) < 2):
        what = f"{option} {asked}" if asked else path
        raise AutodiffError(
            f"{what} is no table that can be read or written",
            hint=f"formats are {', '.join(FORMATS)}, and csv.gz or csv.zst; {option} names one",
        )
    return Format(name, compression)


@dataclass(slots=True)
class Block:
    """Rows that are next to each other.

    `frame` is what is passed on, `inputs` are the columns that are needed. `place` says where a row is, and optionally
    which column, in words; `text` gives an input as it was typed, where that is not what it is.
    """

    frame: pl.DataFrame
    inputs: dict[str, pl.Series]
    place: Callable[[int, str], str]
    text: Callable[[str], pl.Series] | None = None


class Table:
    """A source of rows. `columns` are its names in order, each with the type of its cells where that is known."""

    name = ""
    columns: dict[str, Any]
    lines = False  # whether rows are passed on as whole lines of text
    added: Sequence[str] = ()  # names that none of its columns may have

    def keep_free(self, names: Sequence[str]) -> None:
        """Raise AutodiffError where a column has one of the names, now or in a row that comes late."""
        self.added = names
        for name in names:
            if name in self.columns:
                raise taken(name, self.name)

    def blocks(self, needed: Sequence[str]) -> Iterator[Block]:
        """All rows, in order; the needed columns also as series of their own."""
        raise NotImplementedError

    def fraction(self) -> float | None:
        """How much of it has been read, where that can be known."""
        return None


def taken(name: str, place: str) -> AutodiffError:
    """A column cannot be added, for there is one of that name."""
    return AutodiffError(
        f"the column '{name}' would be added, and {place} has one of that name",
        hint=f"--prefix f_ adds 'f_{name}' instead",
    )


def shown(path: str) -> str:
    """What messages call it."""
    return "standard input" if path == STDIN else path


def why(error: BaseException) -> str:
    """The first line of what a library says, without what is for programmers."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    text = str(error).strip().split("\n")[0]
    if system := re.search(r"([^:]*) \(os error \d+\)", text):
        return system[1].strip()
    return re.sub(r"^(parquet: )?(File out of specification: |out-of-spec: )", "", text)[:300] or type(error).__name__


def unpacked(raw: IO[bytes], compression: str) -> IO[bytes]:
    """What is in a compressed file."""
    if compression == "gz":
        import gzip

        return cast("IO[bytes]", gzip.GzipFile(fileobj=raw))
    if compression == "zst":
        return zstd().ZstdFile(raw)  # type: ignore[no-any-return]
    return raw


def zstd() -> Any:
    """Python's module for zstd. Raises AutodiffError where there is none."""
    from importlib import import_module

    for name in ("compression.zstd", "backports.zstd"):  # the first from Python 3.14 on
        with suppress(ImportError):
            return import_module(name)
    raise AutodiffError("this needs backports.zstd, which is not installed", hint="pip install 'autodiff-cli[batch]'")


def spoken(dtype: Any) -> str:
    """A type of cells in words."""
    if dtype.is_integer():
        return "whole numbers"
    if dtype == pl.Boolean:
        return "true and false"
    if dtype.is_nested():
        return "objects with other keys" if dtype == pl.Struct else "lists of another kind"
    if dtype == pl.Float64:
        return "floats"
    return "numbers" if dtype.is_numeric() else "text" if dtype == pl.String else str(dtype).lower()


def quoted(cell: str, separator: str) -> str:
    """A cell of CSV, in quotes where it needs them."""
    return '"' + cell.replace('"', '""') + '"' if any(sign in cell for sign in (separator, '"', "\n", "\r")) else cell
