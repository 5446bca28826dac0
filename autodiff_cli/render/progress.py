"""How far something has come: a bar on stderr where that is a terminal, once it takes long; and nothing else."""

import sys
from collections.abc import Callable, Iterable
from time import monotonic
from types import TracebackType
from typing import Any, Self

_LATE = 0.7  # seconds after which progress is shown


class Bar:
    """A bar between what `columns` make; these are asked for when it is drawn, since they take long to import."""

    def __init__(self, columns: "Callable[[], Iterable[Any]]", quiet: bool = False) -> None:
        self._columns = columns
        self._start = monotonic()
        self._bar: Any = None
        self._task: Any = None
        is_open = sys.stderr is not None and not sys.stderr.closed
        self._is_shown = is_open and not quiet and sys.stderr.isatty()

    @property
    def seconds(self) -> float:
        """The time since the beginning."""
        return monotonic() - self._start

    def update(self, text: str, done: float | None, of: float) -> None:
        """So much of it is done; None where that is not known."""
        total = None if done is None else of
        if self._bar:
            self._bar.update(self._task, description=text, completed=done, total=total)
        elif self.seconds > _LATE:
            self._begin(text, done, total)

    def _begin(self, text: str, done: float | None, total: float | None) -> None:
        if not self._is_shown:
            return
        from rich.console import Console
        from rich.progress import Progress

        self._bar = Progress(*self._columns(), console=Console(stderr=True), transient=True)
        self._task = self._bar.add_task(text, completed=done or 0, total=total)
        self._bar.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar:
            self._bar.stop()
