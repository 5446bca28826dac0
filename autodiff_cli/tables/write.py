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
from typing import Any

import polars as pl

from autodiff_cli.errors import AutodiffError
from autodiff_cli.files import whole
from autodiff_cli.tables.numbers import KEPT, as_json
from autodiff_cli.tables.table import ERRORS, LINE, STDIN, Format, quoted, why, zstd
from autodiff_cli.tables.text import ahead, lines_of

_NESTED = dict.fromkeys((pl.List, pl.Array, pl.Struct), "lists or objects")
_LACKS: dict[str, dict[Any, str]] = {"jsonl": {pl.Binary: "bytes"}}  # kinds of cells that a format has not
_LACKS |= dict.fromkeys(("csv", "tsv"), _LACKS["jsonl"] | _NESTED | {pl.Duration: "durations"})
_COMPRESSION: dict[str, Any] = {"": "uncompressed", "gz": "gzip", "zst": "zstd"}


def write(path: str, format: Format, frames: Iterator[pl.DataFrame]) -> None:
    """Write frames, at least one, to a file or to standard output (`-`): the whole table, or nothing."""
    source = _Source(frames)
    to_file = path != STDIN
    if not to_file and not format.text and sys.stdout and sys.stdout.isatty():
        raise AutodiffError(f"{format.name} is no text for a terminal", hint=f"as in -o out.{format.name}, or --to csv")
    try:
        if to_file:
            with whole(path) as name:
                _put(name, format, source)
        else:
            if sys.stdout is None:
                raise AutodiffError("standard output is closed", hint="as in -o out.csv")
            _put(sys.stdout.buffer, format, source)
    except ERRORS as error:
        if source.broken:  # it is no error in writing
            raise source.broken from None
        if to_file:
            raise AutodiffError(f"cannot write {path}: {why(error)}") from None
        with suppress(OSError, ValueError):  # nothing more to say there at the exit
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if why(error) == os.strerror(errno.EPIPE):
            raise AutodiffError("standard output was closed before all was written") from None
        raise AutodiffError(f"cannot write to standard output: {why(error)}") from None


class _Source:
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


def _put(target: Any, format: Format, frames: Iterable[pl.DataFrame]) -> None:
    """Write to a file of that name or to an open one; in a thread, so that a signal can end the wait for it."""
    failed: list[BaseException] = []

    def work() -> None:
        try:
            if not format.text:
                _put_columns(target, format, frames)
                return
            with open(target, "wb") if isinstance(target, str) else nullcontext(target) as file:
                (_put_objects if format.name == "jsonl" else _put_cells)(file, format, frames)
                file.flush()
        except BaseException as error:
            failed.append(error)

    thread = Thread(target=work, daemon=True)
    thread.start()
    while thread.is_alive():
        thread.join(0.1)  # polars handles Ctrl-C in a way that does not end a wait
    if failed:
        raise failed[0]


def _put_cells(file: Any, format: Format, frames: Iterable[pl.DataFrame]) -> None:
    for text in ahead(_cells(format, frames)):
        file.write(text.getbuffer()[: text.tell()])  # one that is kept crashes Python 3.12.1


def _cells(format: Format, frames: Iterable[pl.DataFrame]) -> Iterator[io.BytesIO]:
    """The text of frames, each good until three more are made: one is written, one waits, one is made."""
    header = True  # polars itself would go on before a slow disk has it, and fill the memory
    for frame, text in zip(ahead(iter(frames)), cycle([io.BytesIO() for _ in range(4)])):
        _check_kinds(frame, format)
        names = frame.columns
        lines = names[0].startswith(LINE)
        if lines:  # the header too is passed on; nothing in it is quoted again
            frame.columns = [names[0].removeprefix(LINE), *[quoted(name, format.separator) for name in names[1:]]]
        text.seek(0)
        frame.write_csv(
            text,
            include_header=header,
            separator=format.separator,
            quote_style="never" if lines else None,
            compression=_COMPRESSION[format.compression],
        )
        yield text
        header = False


def _check_kinds(frame: pl.DataFrame, format: Format) -> None:
    for name, dtype in frame.schema.items():
        if what := _LACKS[format.name].get(dtype.base_type()):
            others = [other for other in ("jsonl", "parquet") if dtype.base_type() not in _LACKS.get(other, {})]
            raise AutodiffError(
                f"{format.name} has no {what} for cells, as column '{name}' has",
                hint=f"{' and '.join(f'--to {other}' for other in others)} can write them",
            )


def _put_objects(file: Any, format: Format, frames: Iterable[pl.DataFrame]) -> None:
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


def _put_columns(target: Any, format: Format, frames: Iterable[pl.DataFrame]) -> None:
    """Through a sink, which takes the frames one by one."""
    from polars.io.plugins import register_io_source

    source = iter(frames)
    first = next(source)

    def all_frames(*_: Any) -> Iterator[pl.DataFrame]:
        if len(first):
            yield first
        yield from source

    rows = register_io_source(all_frames, schema=first.schema)
    (rows.sink_parquet if format.name == "parquet" else rows.sink_ipc)(target)


def _objects(frame: pl.DataFrame) -> bytes:
    """JSON lines; what is not finite is the string "inf", "-inf" or "nan"."""
    if not len(frame):
        return b""
    lines = frame[LINE] if frame.columns[0] == LINE else None
    text = io.BytesIO()
    frame.drop([name for name in frame.columns if name.startswith(LINE)]).write_ndjson(text)
    data = text.getvalue()
    floats = [name for name, dtype in frame.schema.items() if dtype.is_float()]
    kept = [name for name in frame.columns if name.startswith(KEPT)]
    odd = [~frame[name].is_finite().fill_null(True) for name in floats if not frame[name].is_finite().all()]
    odd += [frame[name].is_not_null() for name in kept]
    if odd:
        written = data.split(b"\n")
        rows = reduce(or_, odd)
        for row, found in zip(rows.arg_true(), frame.select(floats + kept).filter(rows).to_dicts(), strict=True):
            cells = json.loads(written[row])
            cells |= {name: str(found[name]) for name in floats if not isfinite(found[name] or 0)}
            cells |= {name.removeprefix(KEPT): as_json(found[name]) for name in kept if found[name] is not None}
            written[row] = json.dumps(cells, ensure_ascii=False, separators=(",", ":")).encode()
        data = b"\n".join(written)
    if lines is None:
        return data
    added = lines_of(data, "")
    before = lines.str.strip_chars().str.strip_suffix("}").str.strip_chars_end()
    comma = pl.DataFrame({"a": before}).select(pl.when(pl.col("a") == "{").then(pl.lit("")).otherwise(pl.lit(", ")))
    joined = before + comma.to_series() + added.str.slice(1)
    return ("\n".join(joined.to_list()) + "\n").encode()


def folder(output: str) -> bool:
    """Whether an output is a folder, for a file each."""
    return output.endswith(("/", os.sep)) or Path(output).is_dir()
