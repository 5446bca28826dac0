"""Writes tables: whole or not at all, beside their place and renamed when they are complete."""

import errno
import gzip
import io
import json
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import nullcontext, suppress
from functools import reduce
from itertools import cycle
from math import isfinite
from operator import or_
from pathlib import Path
from threading import Thread
from typing import IO, Any

import polars as pl
from polars import selectors

from autodiff_cli.errors import AutodiffError, Option, advice
from autodiff_cli.files import undo_all, whole
from autodiff_cli.tables import store
from autodiff_cli.tables.base import ERRORS, LINE, STDIN, FileFormat, quoted, why, zstd
from autodiff_cli.tables.conversion import KEPT, as_json
from autodiff_cli.tables.text import ahead, lines_of

_NESTED = dict.fromkeys((pl.List, pl.Array, pl.Struct), "lists or objects")
_LACKS: dict[str, dict[Any, str]] = {"jsonl": {pl.Binary: "bytes"}}  # kinds of cells that a format has not
_LACKS |= dict.fromkeys(("csv", "tsv"), _LACKS["jsonl"] | _NESTED | {pl.Duration: "durations"})
_COMPRESSION: dict[str, Any] = {"gz": "gzip", "zst": "zstd"}


def write(path: str, format: FileFormat, frames: Iterator[pl.DataFrame]) -> None:
    """Write frames, at least one, to a file or to standard output (`-`): the whole table, or nothing."""
    source = _FrameStream(frames)
    try:
        if path == STDIN:
            _put(_stdout(format), format, source)
        else:
            with (store.uploaded if store.is_object(path) else whole)(path) as name:
                _put(name, format, source)
    except ERRORS as error:  # which may be one in reading
        raise source.broken or _unwritten(path, error) from None


def _stdout(format: FileFormat) -> IO[bytes]:
    if sys.stdout is None:
        raise AutodiffError("standard output is closed", hint="as in -o out.csv")
    if not format.text and sys.stdout.isatty():
        hint = advice(f"as in -o out.{format.name}, or {{0}}", Option("to", "csv"))
        raise AutodiffError(f"{format.name} is no text for a terminal", hint=hint)
    return sys.stdout.buffer


def _unwritten(path: str, error: BaseException) -> Exception:
    if path != STDIN:
        return AutodiffError(f"cannot write {path}: {why(error)}")
    with suppress(OSError, ValueError):  # nothing more to say there at the exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if why(error) == os.strerror(errno.EPIPE):
        return BrokenPipeError(errno.EPIPE, "nobody reads it any more")  # as in `| head`: a quiet end
    return AutodiffError(f"cannot write to standard output: {why(error)}")


class _FrameStream:
    """Frames on their way to be written, and what went wrong before they came."""

    def __init__(self, frames: Iterator[pl.DataFrame]) -> None:
        self.broken: Exception | None = None
        self._frames = frames

    def __iter__(self) -> Iterator[pl.DataFrame]:
        try:
            yield from self._frames
        except Exception as error:
            self.broken = error
            raise


def _put(target: Any, format: FileFormat, frames: Iterable[pl.DataFrame]) -> None:
    """Write to a file of that name or to an open one; in a thread, so that a signal can end the wait for it."""
    failed: list[BaseException] = []

    def work() -> None:
        try:
            _put_rows(target, format, frames)
        except BaseException as error:
            failed.append(error)

    thread = Thread(target=work, daemon=True)
    thread.start()
    try:
        while thread.is_alive():
            thread.join(0.1)  # polars handles Ctrl-C in a way that does not end a wait
    except BaseException:
        undo_all()  # the other thread is left where it is
        raise
    if failed:
        raise failed[0]


def _put_rows(target: Any, format: FileFormat, frames: Iterable[pl.DataFrame]) -> None:
    if not format.text:
        _put_columns(target, format, frames)
        return
    put = _put_objects if format.name == "jsonl" else _put_cells
    with open(target, "wb") if isinstance(target, str) else nullcontext(target) as file:
        packed = _packed(file, format.compression)
        put(packed or file, format, frames)
        if packed:
            packed.close()
        file.flush()


def _packed(file: Any, compression: str) -> Any:
    """What compresses on the way to a file, where polars does not."""
    if compression == "bz2":
        import bz2

        return bz2.BZ2File(file, "wb")
    if compression == "xz":
        import lzma

        return lzma.LZMAFile(file, "wb")
    return None


def _put_cells(file: Any, format: FileFormat, frames: Iterable[pl.DataFrame]) -> None:
    for text in ahead(_cells(format, frames)):
        file.write(text.getbuffer()[: text.tell()])  # one that is kept crashes Python 3.12.1


def _cells(format: FileFormat, frames: Iterable[pl.DataFrame]) -> Iterator[io.BytesIO]:
    """The text of frames, each good until three more are made: one is written, one waits, one is made."""
    header = format.header  # polars itself would go on before a slow disk has it, and fill the memory
    for frame, text in zip(ahead(iter(frames)), cycle([io.BytesIO() for _ in range(4)])):
        _check_kinds(frame, format)
        names = frame.columns
        lines = names[0].startswith(LINE)
        if lines:  # the header too is passed on; nothing in it is quoted again
            frame.columns = [names[0].removeprefix(LINE), *[quoted(name, format.separator) for name in names[1:]]]
        if format.decimal == format.separator:  # in quotes, as any cell with a separator
            frame = frame.with_columns(selectors.float().cast(pl.String).str.replace(".", ",", literal=True))
        text.seek(0)
        frame.write_csv(
            text,
            include_header=header,
            separator=format.separator,
            quote_style="never" if lines else None,
            decimal_comma=format.decimal == ",",
            compression=_COMPRESSION.get(format.compression, "uncompressed"),
        )
        yield text
        header = False


def _check_kinds(frame: pl.DataFrame, format: FileFormat) -> None:
    for name, dtype in frame.schema.items():
        kind = dtype.base_type()
        if what := _LACKS[format.name].get(kind):
            others = [Option("to", other) for other in ("jsonl", "parquet") if kind not in _LACKS.get(other, {})]
            raise AutodiffError(
                f"{format.name} has no {what} for cells, as column '{name}' has",
                hint=advice(" and ".join(["{0}", "{1}"][: len(others)]) + " can write them", *others),
            )


def _put_objects(file: Any, format: FileFormat, frames: Iterable[pl.DataFrame]) -> None:
    packed: Any = file
    if format.compression == "gz":
        packed = gzip.GzipFile("", "wb", 6, file, mtime=0)
    elif format.compression == "zst":
        packed = zstd().ZstdFile(file, "wb")
    for frame in ahead(iter(frames)):
        _check_kinds(frame, format)
        packed.write(_objects(frame))
    if packed is not file:
        packed.close()


def _put_columns(target: Any, format: FileFormat, frames: Iterable[pl.DataFrame]) -> None:
    """Through a sink, which takes the frames one by one."""
    from polars.io.plugins import register_io_source

    source = iter(frames)
    first = next(source)

    def all_frames(*_: Any) -> Iterator[pl.DataFrame]:
        if len(first):
            yield first.rechunk()  # so that each is a row group, wherever those of the input end
        for frame in source:
            yield frame.rechunk()

    rows = register_io_source(all_frames, schema=first.schema)
    if format.name == "parquet":
        rows.sink_parquet(target, compression_level=1)  # of zstd: a quarter less time for a few hundredths of the size
    else:
        rows.sink_ipc(target)


def _objects(frame: pl.DataFrame) -> bytes:
    """JSON lines; what is not finite is the string "inf", "-inf" or "nan"."""
    if not len(frame):
        return b""
    text = io.BytesIO()
    frame.drop(selectors.starts_with(LINE)).write_ndjson(text)
    data = _mended(frame, text.getvalue())
    return _joined(frame[LINE], lines_of(data, "")) if frame.columns[0] == LINE else data


def _mended(frame: pl.DataFrame, data: bytes) -> bytes:
    """JSON lines with what polars has no way to write: numbers that are not finite, and cells that are kept."""
    floats, kept = frame.select(selectors.float()), frame.select(selectors.starts_with(KEPT))
    not_finite = [~cells.is_finite().fill_null(True) for cells in floats]
    typed = [cells.is_not_null() for cells in kept]
    rows = reduce(or_, [*not_finite, *typed], pl.Series([False]))
    if not rows.any():
        return data
    written = data.split(b"\n")
    to_mend = frame.select(floats.columns + kept.columns).filter(rows)
    for row, cells in zip(rows.arg_true(), to_mend.to_dicts(), strict=True):
        written[row] = _mended_row(written[row], cells)
    return b"\n".join(written)


def _mended_row(line: bytes, cells: dict[str, Any]) -> bytes:
    """An object with other numbers.

    >>> _mended_row(b'{"x":null,"y":2}', {"x": float("inf"), "\\0\\0y": "0002"})
    b'{"x":"inf","y":2}'
    """
    found = json.loads(line)
    for name, cell in cells.items():
        if not name.startswith(KEPT):
            found |= {} if isfinite(cell or 0) else {name: str(cell)}
        elif cell is not None:
            found[name.removeprefix(KEPT)] = as_json(cell)
    return json.dumps(found, ensure_ascii=False, separators=(",", ":")).encode()


def _joined(lines: pl.Series, added: pl.Series) -> bytes:
    """Objects with more keys at their ends.

    >>> _joined(pl.Series(['{"a": 1}', "{ }"]), pl.Series(['{"b":2}', '{"b":3}']))
    b'{"a": 1, "b":2}\\n{"b":3}\\n'
    """
    before = lines.str.strip_chars().str.strip_suffix("}").str.strip_chars_end()
    comma = pl.DataFrame({"a": before}).select(pl.when(pl.col("a") == "{").then(pl.lit("")).otherwise(pl.lit(", ")))
    joined = before + comma.to_series() + added.str.slice(1)
    return ("\n".join(joined.to_list()) + "\n").encode()


def folder(output: str) -> bool:
    """Whether an output is a folder, for a file each."""
    return output.endswith(("/", os.sep)) or Path(output).is_dir()
