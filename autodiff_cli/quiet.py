"""Standard error for us alone: what libraries in other languages write there is not shown, and their abort is said."""

import io
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Lock
from typing import Any, NoReturn

_STDERR = 2
_NO_MEMORY = 70  # the code of the end, which is Exit.INTERNAL
_AT_TERMINAL = ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT")  # signals that go to every process at a terminal
_lock = Lock()
_users = 0
_kept: int | None = None  # the descriptor that standard error was


@contextmanager
def hushed() -> Iterator[None]:
    """Keep from the screen what does not come from Python: a panic of Rust's threads is said by its error alone.

    Python gets a descriptor of its own, for good, the first time: what it writes then goes to the screen whenever and
    in whichever thread this begins and ends.
    """
    _begin()
    try:
        yield
    finally:
        _end()


def _begin() -> None:
    global _users
    with _lock:
        _users += 1
        if _users == 1:
            with suppress(OSError, ValueError, AttributeError):  # there may be no standard error
                _redirect()


def _redirect() -> None:
    global _kept
    if sys.stderr.fileno() == _STDERR:
        sys.stderr.flush()
        own = os.fdopen(os.dup(_STDERR), "wb", 0)
        sys.stderr = io.TextIOWrapper(own, sys.stderr.encoding, sys.stderr.errors, write_through=True)
    kept = os.dup(_STDERR)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, _STDERR)
    os.close(nowhere)
    _kept = kept


def _end() -> None:
    global _users, _kept
    with _lock:
        _users -= 1
        if not _users and _kept is not None:
            os.dup2(_kept, _STDERR)
            os.close(_kept)
            _kept = None


@contextmanager
def abort_said(message: str, library: str) -> Iterator[None]:
    """Have a message said where a library ends the process, as Rust does that gets no memory; before it is loaded.

    Nothing can be said from within: a second process, which does nothing else, hears of the signal and of our end.
    """
    if library in sys.modules or not hasattr(os, "fork"):  # its threads could be holding locks
        yield
        return
    heard, told = os.pipe()
    try:
        watcher = os.fork()
    except OSError:
        watcher = None
    if watcher == 0:
        _watch(heard, told, message)
    os.close(heard)
    os.set_blocking(told, False)
    before = signal.signal(signal.SIGABRT, _abort)
    wakeup = signal.set_wakeup_fd(told, warn_on_full_buffer=False)  # written to before the handler of C returns
    try:
        with _exits_caught(told):
            yield
    finally:
        signal.set_wakeup_fd(wakeup)
        signal.signal(signal.SIGABRT, before)
        os.close(told)


@contextmanager
def _exits_caught(told: int) -> Iterator[None]:
    """Have C's exit, which OpenBLAS calls where it gets no memory, end the process as an abort does, and with our code.

    What `__cxa_atexit` registers is called by `__cxa_finalize` as well, and then forgotten; musl has only the first.
    """
    import ctypes

    libc = ctypes.CDLL(None)
    if not hasattr(libc, "gnu_get_libc_version"):
        yield
        return
    armed = True

    def leave(_: Any) -> None:
        if armed:
            os.write(told, bytes([signal.SIGABRT]))
            os._exit(_NO_MEMORY)

    key = ctypes.create_string_buffer(1)  # whose address is ours alone
    callback = ctypes.CFUNCTYPE(None, ctypes.c_void_p)(leave)
    libc.__cxa_atexit(callback, None, key)
    try:
        yield
    finally:
        armed = False
        libc.__cxa_finalize(key)


def _abort(*_: Any) -> None:
    """As if there were no handler: for an abort that is asked for from elsewhere."""
    signal.signal(signal.SIGABRT, signal.SIG_DFL)
    os.kill(os.getpid(), signal.SIGABRT)


def _watch(heard: int, told: int, message: str) -> NoReturn:
    """Wait for the end of the process, and say the message where its last signal is an abort."""
    try:
        os.close(told)
        for name in filter(signal.__dict__.__contains__, _AT_TERMINAL):
            signal.signal(signal.__dict__[name], signal.SIG_IGN)
        nowhere = os.open(os.devnull, os.O_RDWR)
        os.dup2(nowhere, 0)
        os.dup2(nowhere, 1)  # whoever reads our output must see its end
        last = b""
        while data := os.read(heard, 1024):
            last = data[-1:]
        if last == bytes([signal.SIGABRT]):
            os.write(_STDERR, message.encode())
    finally:
        os._exit(0)
