"""What `batch -o FOLDER/` was asked and has done, kept in the folder, so that --resume goes on with that run."""

import json
import os
from collections.abc import Iterable
from contextlib import suppress

from autodiff_cli.errors import AutodiffError
from autodiff_cli.files import write

NAME = ".autodiff-batch.jsonl"
_ANEW = "without --resume all are made anew; another folder keeps them"


def state_of(path: str) -> list[int]:
    """What changes with a file: its size, and when it was written last, in nanoseconds."""
    found = os.stat(path)
    return [found.st_size, found.st_mtime_ns]


def begin(folder: str, asked: dict[str, object]) -> None:
    """Keep what a new run is asked: a line of JSON, after which comes one for each input that is done."""
    os.makedirs(folder, exist_ok=True)
    write(os.path.join(folder, NAME), (json.dumps(asked) + "\n").encode())


def add(folder: str, path: str, state: list[int], output: str) -> None:
    """Keep that the output of an input is there, what that was like, and how long the output is."""
    with open(os.path.join(folder, NAME), "a", encoding="utf-8") as file:
        file.write(json.dumps([path, [*state, os.path.getsize(output)]]) + "\n")


def is_done(before: dict[str, list[int]], path: str, output: str) -> bool:
    """Whether an input is as it was when its output was made, and that is as long as it was."""
    try:
        return before.get(path) == [*state_of(path), os.path.getsize(output)]
    except OSError:
        return False


def began(folder: str, asked: dict[str, object], outputs: Iterable[str]) -> dict[str, list[int]] | None:
    """The inputs that are done of the run that is to go on, each with what it was like; None without such a run.

    Raises AutodiffError where it was asked something else, or where nobody can say what made the outputs.
    """
    record = _read(folder)
    if record is None:
        if any(map(os.path.exists, outputs)):
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
        with open(os.path.join(folder, NAME), encoding="utf-8") as file:
            first, *lines = file.read().split("\n")
        asked = json.loads(first)
    except (OSError, ValueError, RecursionError):
        return None
    return (asked, lines) if isinstance(asked, dict) else None


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def _shown(value: object) -> str:
    text = " ".join(_text(value).split())
    return text if len(text) <= 60 else text[:59] + "…"
