"""What `batch -o FOLDER/` was asked and has done, kept in the folder, so that --resume goes on with that run."""

import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from time import monotonic

from autodiff_cli.errors import AutodiffError
from autodiff_cli.files import remove_left, write
from autodiff_cli.tables import store

NAME = ".autodiff-batch.jsonl"
_SECONDS = 2.0  # between two times that a record is put into a store, at least
_SHARE = 20  # of the time that may be spent on that: one in so many
_ANEW = "without --resume all are made anew; another folder keeps them"


def state_of(path: str) -> list[int]:
    """What changes with a file or an object: its size, and when it was written last, in nanoseconds."""
    if store.is_object(path):
        return [*store.state(path)]
    found = os.stat(path)
    return [found.st_size, found.st_mtime_ns]


@contextmanager
def recording(folder: str, asked: dict[str, object], goes_on: bool) -> Iterator["Record"]:
    """The record of a run: of a new one, a line of JSON with what it is asked; then one for each input that is done."""
    record = (_StoredRecord if store.is_object(folder) else Record)(folder)
    record.begin("" if goes_on else json.dumps(asked) + "\n")
    try:
        yield record
    finally:
        record.end()


class Record:
    """What a run has done, kept in a folder."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._path = os.path.join(folder, NAME)

    def begin(self, first: str) -> None:
        """Keep the first line of a new record; without one the record is gone on with."""
        os.makedirs(self._folder, exist_ok=True)
        remove_left(self._folder)
        if first:
            write(self._path, first.encode())

    def add(self, path: str, state: list[int], output: str) -> None:
        """Keep that the output of an input is there, what that was like, and how long the output is."""
        self._add(json.dumps([path, [*state, state_of(output)[0]]]) + "\n")

    def _add(self, line: str) -> None:
        with open(self._path, "a", encoding="utf-8") as file:
            file.write(line)

    def end(self) -> None:
        """Have all of it there."""


class _StoredRecord(Record):
    """A record that is an object, to which nothing can be added: it is put there anew, but not for every line."""

    def begin(self, first: str) -> None:
        self._text = first or (store.get(self._path) or b"").decode()
        self._is_put = not first
        self.end()

    def _add(self, line: str) -> None:
        self._text += line
        self._is_put = False
        if monotonic() - self._last > max(_SECONDS, _SHARE * self._took):
            self.end()

    def end(self) -> None:
        start = monotonic()
        if not self._is_put:
            store.put(self._path, self._text.encode())
        self._is_put, self._last, self._took = True, monotonic(), monotonic() - start


def is_done(before: dict[str, list[int]], path: str, output: str) -> bool:
    """Whether an input is as it was when its output was made, and that is as long as it was."""
    try:
        return before.get(path) == [*state_of(path), state_of(output)[0]]
    except OSError:
        return False


def began(folder: str, asked: dict[str, object], outputs: Iterable[str]) -> dict[str, list[int]] | None:
    """The inputs that are done of the run that is to go on, each with what it was like; None without such a run.

    Raises AutodiffError where it was asked something else, or where nobody can say what made the outputs.
    """
    record = _read(folder)
    if record is None:
        if any(map(_is_there, outputs)):
            raise AutodiffError(f"{folder} has outputs, and no record of what they were made with", hint=_ANEW)
        return None
    was, lines = record
    differ = [key for key in asked if _text(was.get(key)) != _text(asked[key])]
    if differ:
        other = [f"{key} {_shown(was.get(key))}, not {_shown(asked[key])}" for key in differ]
        raise AutodiffError(f"{folder} has outputs of another run: {'; '.join(other)}", hint=_ANEW)
    done = {}
    for line in lines:
        with suppress(ValueError, TypeError, RecursionError):  # a run can be killed within a line
            path, done[path] = json.loads(line)
    return done


def _read(folder: str) -> tuple[dict[str, object], list[str]] | None:
    """What the run was asked, and the lines of what is done; None where there is no record that can be read."""
    try:
        first, *lines = _text_of(os.path.join(folder, NAME)).split("\n")
        asked = json.loads(first)
    except (OSError, ValueError, RecursionError):
        return None
    return (asked, lines) if isinstance(asked, dict) else None


def _text_of(path: str) -> str:
    if store.is_object(path):
        return (store.get(path) or b"").decode()
    with open(path, encoding="utf-8") as file:
        return file.read()


def _is_there(path: str) -> bool:
    with suppress(OSError):
        return bool(state_of(path))
    return False


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def _shown(value: object) -> str:
    text = " ".join(_text(value).split())
    return text if len(text) <= 60 else text[:59] + "…"
