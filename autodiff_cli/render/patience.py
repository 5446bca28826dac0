"""That something takes long: a line on stderr where both ends are a terminal, gone before anything else is printed."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread
from time import monotonic
from typing import Any, TextIO

_LATE = 2.0  # seconds after which it is said
_EVERY = 1.0


class _WaitingLine:
    """A line that says for how long something has been going on, until `stop`."""

    def __init__(self, terminal: TextIO) -> None:
        self._terminal = terminal
        self._start = monotonic()
        self._over = Event()
        self._thread = Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        is_shown = False
        while not self._over.wait(_EVERY if is_shown else _LATE):
            is_shown = True
            self._terminal.write(f"\rworking: {monotonic() - self._start:.0f} s")
            self._terminal.flush()
        if is_shown:
            self._terminal.write("\r\x1b[K")  # erase the line
            self._terminal.flush()

    def stop(self) -> None:
        """End it, and wait until it is gone."""
        self._over.set()
        self._thread.join()


class _Stops:
    """A stream that ends the line before anything is written."""

    def __init__(self, stream: TextIO, line: _WaitingLine) -> None:
        self._stream, self._line = stream, line

    def write(self, text: str) -> int:
        """Write a text, after the line has gone."""
        self._line.stop()
        return self._stream.write(text)

    def __getattr__(self, name: str) -> Any:
        if name == "buffer":
            self._line.stop()
        return getattr(self._stream, name)


@contextmanager
def said() -> Iterator[None]:
    """Say at a terminal what takes long, until something is printed or the block is left."""
    streams = sys.stdout, sys.stderr
    if not all(map(_is_terminal, streams)):
        yield
        return
    line = _WaitingLine(sys.stderr)
    sys.stdout, sys.stderr = (_Stops(stream, line) for stream in streams)
    try:
        yield
    finally:
        sys.stdout, sys.stderr = streams
        line.stop()


def _is_terminal(stream: TextIO | None) -> bool:
    return stream is not None and not stream.closed and stream.isatty()
