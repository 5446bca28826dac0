"""An error for people, in one or two lines: what, where, and what to do."""

import sys
from contextlib import suppress

from autodiff_cli.errors import AutodiffError

_LONGEST = 400  # characters of a message
_AROUND = 24  # characters of the source shown on each side of the place


def to_text(error: AutodiffError) -> str:
    """`error: ...` with the place, then a hint where there is one."""
    message = error.message if len(error.message) <= _LONGEST else error.message[: _LONGEST - 1] + "…"
    line = f"error: {message}"
    if error.span is not None and error.source:
        start, end = error.span
        first, last = max(0, start - _AROUND), min(len(error.source), end + _AROUND)
        marked = error.source[start : min(end, start + _LONGEST)]
        around = error.source[first:start] + "»" + marked + "«" + error.source[end:last]
        around = "".join(c if c.isprintable() else "�" if c not in "\n\t\r" else " " for c in around)
        dots = "…" if first else "", "…" if last < len(error.source) else ""
        line += f" (column {start + 1}: {dots[0]}{around}{dots[1]})"
    return f"{line}\nhint: {error.hint[:_LONGEST]}" if error.hint else line


def say(message: str) -> None:
    """Write a message to stderr; where that cannot be written to, the result and the exit code still count."""
    if sys.stderr:
        with suppress(OSError):
            print(message, file=sys.stderr, flush=True)
