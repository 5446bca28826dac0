"""Writes a file whole or not at all: beside its place, and renamed when it is complete; and leaves nothing behind."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import RLock
from typing import TypeVar

from autodiff_cli.errors import AutodiffError

_LINKS = 40  # that lead to each other, at most
_to_undo: dict[object, Callable[[], object]] = {}
_undoing = RLock()
_Begun = TypeVar("_Begun")


@contextmanager
def undone(undo: Callable[[], object]) -> Iterator[None]:
    """Undo something when a block is left; before that by `undo_all`, which may be another thread's."""
    key = object()
    _to_undo[key] = undo
    try:
        yield
    finally:
        _undo(key)


@contextmanager
def begun(begin: Callable[[], _Begun], end: Callable[[_Begun], object]) -> Iterator[_Begun]:
    """Begin something, and end it when the block is left, as `undone` does; `undo_all` waits while it begins."""
    key = object()
    with _undoing:
        found = begin()
        _to_undo[key] = lambda: end(found)
    try:
        yield found
    finally:
        _undo(key)


def undo_all() -> None:
    """Undo the last first: the program ends here, and other threads will not leave their blocks."""
    with _undoing:  # waits for what another thread undoes
        for key in reversed([*_to_undo]):
            _undo(key)


def _undo(key: object) -> None:
    with _undoing:
        undo = _to_undo.pop(key, None)
        if undo:
            undo()


@contextmanager
def whole(path: str) -> Iterator[str]:
    """A name beside a file to write to, renamed to it in the end; where that is not reached, nothing has changed."""
    if os.path.exists(path) and not os.path.isfile(path):  # a pipe, a device
        yield path
        return
    place = os.path.realpath(path)  # a link stays a link
    beside = os.path.join(os.path.dirname(place), f".{os.path.basename(place)}.{os.getpid()}.part")
    _sweep(place)
    try:
        with open(beside, "xb"):
            pass
        yield beside
        if os.path.exists(place):
            os.chmod(beside, os.stat(place).st_mode & 0o7777)
        os.replace(beside, place)
    finally:
        with suppress(OSError):
            os.unlink(beside)


def _sweep(place: str) -> None:
    """Remove what killed runs have left beside a file."""
    folder, name = os.path.split(place)
    with suppress(OSError):
        for part in os.listdir(folder):
            pid = part.removeprefix(f".{name}.").removesuffix(".part")
            if part == f".{name}.{pid}.part" and _has_ended(pid):
                os.unlink(os.path.join(folder, part))


def _has_ended(pid: str) -> bool:
    if os.name != "posix" or not pid.isdecimal():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except (OSError, OverflowError):  # it runs, as another user
        return False
    return False


def write(path: str, data: bytes) -> None:
    """Put data into a file. Raises AutodiffError where that cannot be; what was there before is then still there."""
    try:
        with whole(path) as name, open(name, "wb") as file:
            file.write(data)
    except OSError as error:
        raise AutodiffError(f"cannot write {path}: {error.strerror}") from None


def is_stdout(path: str) -> bool:
    """Whether a path means standard output: `-`, /dev/stdout and the like, or a link to it."""
    ours = ["-", *[os.path.join(os.path.realpath(folder), "1") for folder in ("/dev/fd", "/proc/self/fd")]]
    for _ in range(_LINKS):
        if path in ours:
            return True
        folder = os.path.realpath(os.path.dirname(path))
        path = os.path.join(folder, os.path.basename(path))
        if os.path.islink(path) and path not in ours:
            path = os.path.join(folder, os.readlink(path))
    return False
