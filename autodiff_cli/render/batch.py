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
    say([*_lines(summary)])


def _lines(summary: "Summary") -> Iterator[str]:
    took = ""
    if summary.seconds >= _SLOW:
        took = f" in {_time(summary.seconds)}, {_rate(summary.rows / summary.seconds)} rows a second"
    yield f"{_rows(summary.rows)}{took}"
    if summary.invalid:
        yield f"{_rows(_total(summary.invalid))} without a value:"
        yield from _reasons(summary.invalid)
    if summary.infinite:
        total = _total(summary.infinite)
        yield "1 number is infinite:" if total == 1 else f"{total:,} numbers are infinite:"
        yield from _reasons(summary.infinite)
    for cell in summary.cells:
        yield f"  {cell}"
    if summary.checked:
        counts = [f"{count:,} {verdict}" for verdict, count in summary.checked.most_common()]
        yield f"{_rows(summary.checked.total())} checked: {', '.join(counts)}"
    for line in summary.mismatches:
        yield f"  mismatch: {line}"


def _total(reasons: "dict[str, Reason]") -> int:
    return sum([reason.count for reason in reasons.values()])


def _reasons(reasons: "dict[str, Reason]") -> Iterator[str]:
    """The most frequent reasons, each in a line; and how many rows the others have."""
    ordered = sorted(reasons.items(), key=lambda item: -item[1].count)
    for text, reason in ordered[:_REASONS]:
        first = ", first" if reason.count > 1 else ""
        yield f"  {reason.count:,}{first} in {reason.first}: {text}"
    others = dict(ordered[_REASONS:])
    if others:
        yield f"  {_total(others):,}: {len(others)} other reasons"


def _rows(count: int) -> str:
    return f"{count:,} row{'' if count == 1 else 's'}"


def _time(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds < 60 else f"{int(seconds // 60)} min {int(seconds % 60)} s"


def _rate(rate: float) -> str:
    """A rate as it is said.

    >>> _rate(31_400_000), _rate(31_400), _rate(31.4)
    ('31.4 million', '31,000', '31')
    """
    if rate >= 1e6:
        return f"{rate / 1e6:.3g} million"
    return f"{rate / 1e3:.0f},000" if rate >= 1e3 else f"{rate:.0f}"


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
        if self._bar is None and monotonic() - self._start > _LATE:
            self._begin(text)
        if self._bar:
            known = {} if share is None else {"completed": share, "total": 1}
            self._bar.update(self._task, description=text, **known)

    def _begin(self, text: str) -> None:
        if not self._show:
            return
        from rich.console import Console
        from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as Bar

        columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn(compact=True))
        self._bar = Bar(*columns, console=Console(stderr=True), transient=True)
        self._task = self._bar.add_task(text, total=None)
        self._bar.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar:
            self._bar.stop()
