"""A run over tables on stderr: how far it has come, and what it found in the end."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from autodiff_cli.errors import in_shell
from autodiff_cli.render.error import say
from autodiff_cli.render.phrases import counted
from autodiff_cli.render.progress import Bar

if TYPE_CHECKING:
    from autodiff_cli.reports.batch import Reason, Summary
    from autodiff_cli.tables import Table

_SLOW = 0.5  # seconds from which a rate means something
_REASONS = 12  # that are listed


def show(summary: "Summary") -> None:
    """Write the summary."""
    say([*_lines(summary)])


def _lines(summary: "Summary") -> Iterator[str]:
    took = ""
    if summary.seconds >= _SLOW:
        took = f" in {_time(summary.seconds)}, {_rate(summary.rows / summary.seconds)} rows a second"
    yield f"{counted(summary.rows, 'row')}{took}"
    if summary.invalid:
        yield f"{counted(_total(summary.invalid), 'row')} without a value:"
        yield from _reasons(summary.invalid)
    if summary.slopeless:
        yield f"{counted(_total(summary.slopeless), 'row')} without a gradient:"
        yield from _reasons(summary.slopeless)
    if summary.spreadless:
        yield f"{counted(_total(summary.spreadless), 'row')} without an uncertainty:"
        yield from _reasons(summary.spreadless)
    if summary.infinite:
        total = _total(summary.infinite)
        yield "1 number is infinite:" if total == 1 else f"{total:,} numbers are infinite:"
        yield from _reasons(summary.infinite)
    for cell in summary.cells:
        yield f"  {cell}"
    for remedy in summary.remedies:
        yield f"  = {remedy.worded(in_shell)}"
    if summary.left_out:
        yield f"{counted(summary.left_out, 'row')} left out by --where"
    if summary.mended:
        yield f"{counted(summary.mended, 'row')} computed again, whose digits rounding had eaten"
    yield from summary.lost
    if summary.checked:
        counts = [f"{count:,} {verdict}" for verdict, count in summary.checked.most_common()]
        yield f"{counted(summary.checked.total(), 'row')} checked: {', '.join(counts)}"
    for line in summary.mismatches:
        yield f"  mismatch: {line}"


def _total(reasons: "dict[str, Reason]") -> int:
    """How many rows have one of the reasons."""
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


def _time(seconds: float) -> str:
    """A time as it is said: "59.9 s", "2 min 5 s"."""
    return f"{seconds:.1f} s" if seconds < 60 else f"{int(seconds // 60)} min {int(seconds % 60)} s"


def _rate(rate: float) -> str:
    """A rate as it is said.

    >>> _rate(31_400_000), _rate(31_400), _rate(31.4)
    ('31.4 million', '31,000', '31')
    """
    if rate >= 1e6:
        return f"{rate / 1e6:.3g} million"
    return f"{rate / 1e3:.0f},000" if rate >= 1e3 else f"{rate:.0f}"


class BatchProgress(Bar):
    """How far a run over some tables has come."""

    def __init__(self, quiet: bool, tables: int) -> None:
        super().__init__(_columns, quiet)
        self._tables, self._done, self._rows = tables, 0.0, 0

    def next(self, rows: int = 0, tables: float = 1.0) -> None:
        """One table is done, or part of it; so many rows are no longer counted by what computes."""
        self._done += tables
        self._rows += rows

    def through(self, tables: "Sequence[Table]") -> "Iterator[Table]":
        """The tables, each counted when it is done."""
        for table in tables:
            yield table
            self.next()

    def rows(self, rows: int, fraction: float | None) -> None:
        """So many more rows are done, and that part of the table they are from."""
        rows += self._rows
        rate = _rate(rows / max(self.seconds, 1e-3))
        share = None if fraction is None else (self._done + fraction) / self._tables
        self.update(f"{rows:,} rows, {rate} a second", share, 1)

    def rows_checked(self, done: int, of: int) -> None:
        """So many rows are checked."""
        self.update(f"{done:,} of {of:,} rows checked", done / of, 1)


def _columns() -> tuple[Any, ...]:
    from rich.progress import BarColumn, TextColumn, TimeRemainingColumn

    return TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn(compact=True)
