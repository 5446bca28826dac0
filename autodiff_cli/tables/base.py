"""What a table is: its format, its columns, and its rows in blocks."""

import errno
import os
import re
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from typing import IO, Any, NamedTuple, cast

import polars as pl
from polars.exceptions import PanicException, PolarsError

from autodiff_cli.errors import Advice, AutodiffError, Option, advice
from autodiff_cli.tables import store

Place = Callable[[int, str], str]  # where a row of a block is, and optionally which column, in words

STDIN = "-"
FORMATS = ("csv", "tsv", "jsonl", "parquet", "arrow")
ERRORS = (PolarsError, PanicException, OSError, EOFError, ValueError)  # of polars, and of what it reads
LINE = "\0"  # begins the name of a column of whole lines, which are passed on as they are; a header follows
PIECE = 1 << 22  # bytes that are read at a time
ROWS = 1 << 17  # of a block that is not text
_ENDINGS = {"tab": "tsv", "ndjson": "jsonl", "pq": "parquet", "ipc": "arrow", "feather": "arrow"}
_READ = {"json": "jsonl", "dat": "csv", "txt": "csv", "arrows": "arrow"}  # of inputs alone
_COMPRESSED = {"gz": "gz", "gzip": "gz", "zst": "zst", "zstd": "zst", "bz2": "bz2", "xz": "xz"}
# What polars says where it gets no memory
_WITHOUT_MEMORY = "spawn .*thread|PyObject pointer is null|(?i:memory allocat|allocate memory|out of memory)"
_SPOKEN: tuple[tuple[Callable[[Any], bool], str], ...] = (  # the first that holds
    (lambda dtype: dtype.is_integer(), "whole numbers"),
    (lambda dtype: dtype == pl.Boolean, "true and false"),
    (lambda dtype: dtype == pl.Struct, "objects with other keys"),
    (lambda dtype: dtype.is_nested(), "lists of another kind"),
    (lambda dtype: dtype == pl.Float64, "floats"),
    (lambda dtype: dtype.is_numeric(), "numbers"),
    (lambda dtype: dtype == pl.String, "text"),
    (lambda dtype: dtype == pl.Date, "dates"),
    (lambda dtype: dtype == pl.Datetime, "dates with times"),
    (lambda dtype: dtype == pl.Time, "times of day"),
    (lambda dtype: dtype == pl.Duration, "durations"),
    (lambda dtype: dtype in (pl.Categorical, pl.Enum), "categories"),
    (lambda dtype: dtype == pl.Binary, "bytes"),
)


class FileFormat(NamedTuple):
    """What a file is: one of FORMATS, and how the whole of it is compressed."""

    name: str
    compression: str = ""
    given_separator: str = ""  # where it is not the usual one
    decimal: str = "."
    header: bool = True  # whether one is written; rows that follow those of another file have none

    @property
    def text(self) -> bool:
        """Whether it is lines of text."""
        return self.name in ("csv", "tsv", "jsonl")

    @property
    def separator(self) -> str:
        """Between two cells."""
        return self.given_separator or ("\t" if self.name == "tsv" else ",")


def format_of(path: str, asked: str = "", option: str = "from") -> FileFormat:
    """The format of a file by its ending, or the one asked for by an option, such as csv or csv.gz.

    >>> format_of("d/a.tab.gz")[:2]
    ('tsv', 'gz')
    """
    parts = (asked or os.path.basename(path)).lower().lstrip(".").split(".")
    compression = _COMPRESSED.get(parts[-1], "") if len(parts) > 1 else ""
    ending = parts[-2] if compression else parts[-1]
    name = (_ENDINGS if option == "to" else _ENDINGS | _READ).get(ending, ending)
    has_ending = bool(asked) or len(parts) > 1
    if not has_ending or name not in FORMATS:
        what = f"--{option} {asked}" if asked else path
        formats = f"formats are {', '.join(FORMATS)}, and csv.gz, .zst, .bz2 or .xz"
        raise AutodiffError(
            f"{what} is no table that can be read or written", hint=advice(formats + "; {0} names one", Option(option))
        )
    return FileFormat(name, compression)


def format_read(path: str, asked: str) -> FileFormat:
    """The format of an input; CSV of standard input, where nothing else is asked for."""
    if path == STDIN and not asked:
        return FileFormat("csv")
    return format_of(path, asked)


@dataclass(slots=True)
class RowBlock:
    """Rows that are next to each other.

    `frame` is what is passed on, `inputs` are the columns that are needed; `text` gives an input as it was typed, where
    that is not what it is.
    """

    frame: pl.DataFrame
    inputs: dict[str, pl.Series]
    place: Place
    text: Callable[[str], pl.Series] | None = None


class Table:
    """A source of rows. `columns` are its names in order, each with the type of its cells where that is known."""

    name = ""
    columns: dict[str, Any]
    lines = False  # whether rows are passed on as whole lines of text
    added: Sequence[str] = ()  # names that none of its columns may have
    doubled: Collection[str] = ()  # names that more than one column has in the file
    notes: Sequence[str] = ()  # how it is read, where that is not what its name says
    is_blank = False  # whether it has no rows, and hence names no columns: any that are asked for are there
    rows = 0  # how many it has, where it says so
    lost: str = ""  # what of it is not passed on, in words

    def __enter__(self) -> "Table":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Remove what was kept beside the table to read it."""

    def written_as(self, format: FileFormat) -> FileFormat:
        """The format of an output of these rows, where that goes by how they are read."""
        return format

    def keep_free(self, names: Sequence[str]) -> None:
        """Raise AutodiffError where a column has one of the names, now or in a row that comes late."""
        self.added = names
        for name in names:
            if name in self.columns:
                raise taken(name, self.name)

    def blocks(self, needed: Sequence[str]) -> Iterator[RowBlock]:
        """All rows, in order; the needed columns also as series of their own."""
        raise NotImplementedError

    def fraction(self) -> float | None:
        """How much of it has been read, where that can be known."""
        return None

    def row_groups(self) -> list[int]:
        """How many rows each of its row groups has, where it has such and can be read from any row on."""
        return []

    def narrow(self, rows: range) -> None:
        """Have blocks of these rows alone, of a table that has row groups. They begin where one of all rows begins."""
        raise NotImplementedError


def taken(name: str, place: str) -> AutodiffError:
    """A column cannot be added, for there is one of that name."""
    literal = name.replace("{", "{{").replace("}", "}}")
    return AutodiffError(
        f"the column '{name}' would be added, and {place} has one of that name",
        hint=advice("{0} adds 'f_" + literal + "' instead", Option("prefix", "f_")),
    )


def misfit(cells: pl.Series, lost: pl.Series, dtype: Any, place: Place, hint: str | Advice) -> AutodiffError:
    """A cell, the first of those that are lost, has no place in a column of that type."""
    row = int(lost.arg_max() or 0)
    cell = str(cells[row : row + 1].to_list()[0])[:60]
    return AutodiffError(f"{place(row, cells.name)}: '{cell}' does not go into a column of {spoken(dtype)}", hint=hint)


def shown(path: str) -> str:
    """What messages call it."""
    return "standard input" if path == STDIN else path


def why(error: BaseException) -> str:
    """The first line of what a library says, without what is for programmers."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    text = str(error).strip().split("\n")[0]
    if isinstance(error, MemoryError) or re.search(_WITHOUT_MEMORY, text):
        return os.strerror(errno.ENOMEM)
    if system := re.search(r"([^:]*) \(os error \d+\)", text):
        return system[1].strip()
    return re.sub(r"^(parquet: )?(File out of specification: |out-of-spec: )", "", text)[:300] or type(error).__name__


@contextmanager
def reading(name: str, compression: str) -> Iterator[None]:
    """Raise AutodiffError for whatever goes wrong while a file is read: each compression has errors of its own."""
    try:
        yield
    except AutodiffError:
        raise
    except EOFError:
        raise AutodiffError(f"{name} is cut off: its {compression} data has no end") from None
    except Exception as error:
        raise AutodiffError(f"cannot read {name}: {why(error)}") from None


def opened(path: str) -> AbstractContextManager[IO[bytes]]:
    """A file, an object of a store, or standard input, which stays open."""
    if store.is_object(path):
        return store.opened(path)
    return nullcontext(sys.stdin.buffer) if path == STDIN else open(path, "rb")


def unpacked(raw: IO[bytes], compression: str) -> IO[bytes]:
    """What is in a compressed file."""
    if compression == "gz":
        import gzip

        return cast("IO[bytes]", gzip.GzipFile(fileobj=raw))
    if compression == "zst":
        return zstd().ZstdFile(raw)  # type: ignore[no-any-return]
    if compression == "bz2":
        import bz2

        return cast("IO[bytes]", bz2.BZ2File(raw))
    if compression == "xz":
        import lzma

        return cast("IO[bytes]", lzma.LZMAFile(raw))
    return raw


def zstd() -> Any:
    """Python's module for zstd. Raises AutodiffError where there is none."""
    from importlib import import_module

    for name in ("compression.zstd", "backports.zstd"):  # the first from Python 3.14 on
        with suppress(ImportError):
            return import_module(name)
    raise AutodiffError("this needs backports.zstd, which is not installed", hint="pip install 'autodiff-cli[batch]'")


def framed(columns: Iterable[pl.Series]) -> pl.DataFrame:
    """A frame of some columns, which keep their names, an empty one too."""
    return pl.DataFrame({column.name: column for column in columns})


def chosen(frame: pl.DataFrame, names: Sequence[str]) -> pl.DataFrame:
    """Some columns of a frame, as they are; `select` copies wide ones."""
    return frame[names] if names else pl.DataFrame()


def spoken(dtype: Any) -> str:
    """A type of cells in words."""
    return next((words for is_so, words in _SPOKEN if is_so(dtype)), str(dtype).lower())


def quoted(cell: str, separator: str) -> str:
    """A cell of CSV, in quotes where it needs them.

    >>> print(quoted('6" wide', ","), quoted("wide", ","))
    "6"" wide" wide
    """
    if not any(sign in cell for sign in (separator, '"', "\n", "\r")):
        return cell
    doubled = cell.replace('"', '""')
    return f'"{doubled}"'
