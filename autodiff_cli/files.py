"""Writes a file whole or not at all: beside its place, and renamed when it is complete; and leaves nothing behind."""

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import RLock
from time import sleep, time_ns
from typing import TypeVar

from autodiff_cli.errors import AutodiffError

_WORK = ".autodiff"  # ends the name of a folder in which a run keeps what is no output yet
_LOCK = "lock"
_LINKS = 40  # that lead to each other, at most
_TRIES = 4  # to begin a file that another run may be beginning
_WAIT = 0.03  # seconds before the next one, at least
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
    """A name beside a file to write to, renamed to it in the end; where that is not reached, nothing has changed.

    Raises AutodiffError where another run is writing the same file.
    """
    if os.path.exists(path) and not os.path.isfile(path):  # a pipe, a device
        yield path
        return
    place = os.path.realpath(path)  # a link stays a link
    part, lock = _begun_part(place)
    try:
        mode = os.stat(place).st_mode & 0o7777 if os.path.exists(place) else 0o666 & ~_umask()
        os.chmod(part, mode | 0o200)  # from the first byte on; we must be able to write
        yield part
        folder = os.path.dirname(place)
        outlives = not folder.endswith(_WORK)  # a workplace is gone with its run
        if outlives:
            _flush(part)
        os.chmod(part, mode)
        os.replace(part, place)
        if outlives:
            _flush(folder)
    finally:
        with suppress(OSError):
            os.unlink(part)
        os.close(lock)


@contextmanager
def workplace(folder: str) -> Iterator[str]:
    """A new folder in a folder, for what is in the end no part of it."""
    from shutil import rmtree

    made, lock = _new_workplace(folder)
    with undone(lambda: rmtree(made, ignore_errors=True)):
        try:
            yield made
        finally:
            os.close(lock)


def remove_left(folder: str) -> None:
    """Remove the workplaces that killed runs left in a folder."""
    from shutil import rmtree

    for place in _workplaces(folder):
        lock = os.path.join(place, _LOCK)
        if os.path.exists(lock) and _removed(lock):
            rmtree(place, ignore_errors=True)


def _new_workplace(folder: str) -> tuple[str, int]:
    """A folder whose name nobody can foretell, and what holds its lock for as long as it is open."""
    from tempfile import mkdtemp

    for _ in range(_TRIES):
        made = mkdtemp(_WORK, ".", folder)
        os.chmod(made, 0o777 & ~_umask())
        path = os.path.join(made, _LOCK)
        lock = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
        if _is_locked(lock) and os.path.exists(path):  # which another run may have seen before it was locked
            return made, lock
        os.close(lock)
    raise AutodiffError(f"another run is writing into {folder}", hint="let it end, or write to another place")


def _workplaces(folder: str) -> list[str]:
    """The folders of runs in a folder, those of killed ones too."""
    return [os.path.join(folder, name) for name in os.listdir(folder) if name[0] == "." and name.endswith(_WORK)]


def _begun_part(place: str) -> tuple[str, int]:
    """A new file beside a place, and what holds its lock for as long as it is open; what killed runs left is removed.

    Of two runs that begin at the same time, each sees the other's file and tries again a little later.
    """
    for _ in range(_TRIES):
        part, lock = _new_part(place)
        others = [other for other in _parts(place) if other != part and not _removed(other)]
        if not others:
            return part, lock
        with suppress(OSError):
            os.unlink(part)
        os.close(lock)
        sleep(_WAIT * (time_ns() // 1000 % 10 + 1))  # which two runs do not share
    raise AutodiffError(f"another run is writing {place}", hint="let it end, or write to another place")


def _new_part(place: str) -> tuple[str, int]:
    """A file whose name nobody can foretell, open and locked."""
    from tempfile import mkstemp

    folder, name = os.path.split(place)
    lock, part = mkstemp(".part", f".{name}.", folder)
    _is_locked(lock)
    return part, lock


def _parts(place: str) -> list[str]:
    """What runs write, or have left, beside a place."""
    folder, name = os.path.split(place)
    names = [part for part in os.listdir(folder) if part.startswith(f".{name}.") and part.endswith(".part")]
    return [os.path.join(folder, part) for part in names if "." not in part[len(name) + 2 : -len(".part")]]


def _removed(part: str) -> bool:
    """Remove a file that no run is writing; False where one is."""
    with suppress(OSError):
        lock = os.open(part, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
        try:
            if not _is_locked(lock):
                return False
            os.unlink(part)
        finally:
            os.close(lock)
    return True


def _is_locked(lock: int) -> bool:
    """Lock an open file; whether that could be, or the system has no such locks."""
    try:
        from fcntl import LOCK_EX, LOCK_NB, flock
    except ImportError:
        return True
    try:
        flock(lock, LOCK_EX | LOCK_NB)
    except OSError as error:
        return error.errno not in (errno.EWOULDBLOCK, errno.EACCES, errno.EAGAIN)
    return True


def _flush(path: str) -> None:
    """Have a file, or the names in a folder, on the disk before anything else is done."""
    with suppress(OSError):  # not every system can, of a folder
        number = os.open(path, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)


def _umask() -> int:
    """The bits that new files do not get."""
    with _undoing:  # one thread at a time: it can only be read by setting it
        mask = os.umask(0o077)
        os.umask(mask)
        return mask


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
