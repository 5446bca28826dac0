"""A run over tables on stderr: how far it has come, and what it found in the end."""

import sys
from collections.abc import Iterator, Sequence
from time import monotonic
from types import TracebackType
from typing import TYPE_CHECKING, Any

from autodiff_cli.render.error import say

if TYPE_CHECKING:
    from autodiff_cli.reports.batch import Reason, Summary
    from autodiff_cli.tables import Table

_LATE = 0.7  # seconds after which progress is shown
_SLOW = 0.5  # seconds from which a rate means something
_REASONS = 12  # that are listed


def show(summary: "Summary") -> None:
    """Write the summary."""
    say("\n".join(_lines(summary)))


def _lines(summary: "Summary") -> list[str]:
    took = ""
    if summary.seconds >= _SLOW:
        took = f" in {_time(summary.seconds)}, {_rate(summary.rows / summary.seconds)} rows a second"
    lines = [f"{_rows(summary.rows)}{took}"]
    lines += _reasons(summary.invalid, "without a value")
    lines += _reasons(summary.infinite, "infinite")
    lines += [f"  {cell}" for cell in summary.cells]
    if summary.checked:
        counts = [f"{count:,} {verdict}" for verdict, count in summary.checked.most_common()]
        lines.append(f"{_rows(summary.checked.total())} checked: {', '.join(counts)}")
        lines += [f"  mismatch: {line}" for line in summary.mismatches]
    return lines


def _reasons(reasons: "dict[str, Reason]", what: str) -> list[str]:
    if not reasons:
        return []
    ordered = sorted(reasons.items(), key=lambda item: -item[1].count)
    total = sum(reason.count for reason in reasons.values())
    if what == "infinite":
        lines = ["1 number is infinite:" if total == 1 else f"{total:,} numbers are infinite:"]
    else:
        lines = [f"{_rows(total)} {what}:"]
    for text, reason in ordered[:_REASONS]:
        lines.append(f"  {reason.count:,}{', first' if reason.count > 1 else ''} in {reason.first}: {text}")
    if len(ordered) > _REASONS:
        rest = sum(reason.count for _, reason in ordered[_REASONS:])
        lines.append(f"  {rest:,}: {len(ordered) - _REASONS} other reasons")
    return lines


def _rows(count: int) -> str:
    return f"{count:,} row{'' if count == 1 else 's'}"


def _time(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds < 60 else f"{int(seconds // 60)} min {int(seconds % 60)} s"


def _rate(rate: float) -> str:
    for size, unit in ((1e6, " million"), (1e3, ",000")):
        if rate >= size:
            return f"{rate / size:.3g}{unit}" if unit == " million" else f"{rate / size:.0f}{unit}"
    return f"{rate:.0f}"


class Progress:
    """A bar on stderr where that is a terminal, once a run takes long; and nothing else."""

    def __init__(self, quiet: bool, tables: int) -> None:
        self._start = monotonic()
        self._bar: Any = None
        self._task: Any = None
        self._tables, self._done = tables, 0
        self._show = not quiet and sys.stderr is not None and not sys.stderr.closed and sys.stderr.isatty()

    def __enter__(self) -> "Progress":
        return self

    def next(self) -> None:
        """One table is done."""
        self._done += 1

    def through(self, tables: "Sequence[Table]") -> "Iterator[Table]":
        """The tables, each counted when it is done."""
        for table in tables:
            yield table
            self._done += 1

    def rows(self, rows: int, fraction: float | None) -> None:
        """So many rows are done, and that part of the table they are from."""
        rate = _rate(rows / max(monotonic() - self._start, 1e-3))
        share = None if fraction is None else (self._done + fraction) / self._tables
        self._update(f"{rows:,} rows, {rate} a second", share)

    def rows_checked(self, done: int, of: int) -> None:
        """So many rows are checked."""
        self._update(f"{done:,} of {of:,} rows checked", done / of)

    def _update(self, text: str, share: float | None) -> None:
        if not self._show:
            return
        if self._bar is None and monotonic() - self._start > _LATE:
            from rich.console import Console
            from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
            from rich.progress import Progress as Bar

            columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn(compact=True))
            self._bar = Bar(*columns, console=Console(stderr=True), transient=True)
            self._task = self._bar.add_task(text, total=None)
            self._bar.start()
        if self._bar:
            self._bar.update(self._task, description=text, completed=share or 0, total=None if share is None else 1)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar:
            self._bar.stop()
