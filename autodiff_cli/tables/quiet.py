"""What libraries in other languages write to standard error while they read, kept from the screen."""

import io
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Lock
from typing import Any

from autodiff_cli.files import begun

_STDERR = 2
_lock = Lock()
_users = 0
_undo: list[tuple[int, Any]] = []  # the descriptor that standard error was, and what Python had for it


@contextmanager
def hushed() -> Iterator[None]:
    """Keep from the screen what does not come from Python: a panic of Rust's threads is said by its error alone."""
    with begun(_begin, lambda _: _end()):
        yield


def _begin() -> None:
    global _users
    with _lock:
        _users += 1
        if _users == 1:
            with suppress(OSError, ValueError, AttributeError):
                _redirect()


def _redirect() -> None:
    kept = os.dup(_STDERR)
    before = sys.stderr
    with suppress(OSError, ValueError, AttributeError):
        if before.fileno() == _STDERR:
            before.flush()
            sys.stderr = io.TextIOWrapper(
                os.fdopen(os.dup(kept), "wb", 0), before.encoding, before.errors, write_through=True
            )
    with tempfile.TemporaryFile() as nowhere:
        os.dup2(nowhere.fileno(), _STDERR)
    _undo.append((kept, before))


def _end() -> None:
    global _users
    with _lock:
        _users -= 1
        if not _users and _undo:
            kept, before = _undo.pop()
            os.dup2(kept, _STDERR)
            os.close(kept)
            sys.stderr = before
