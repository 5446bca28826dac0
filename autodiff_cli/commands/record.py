"""What `batch -o FOLDER/` was asked, kept in the folder, so that --resume goes on with the same run and no other."""

import json
import os
from collections.abc import Iterable

from autodiff_cli.errors import AutodiffError
from autodiff_cli.files import write

NAME = ".autodiff-batch.json"
_ANEW = "without --resume all are made anew; another folder keeps them"


def state_of(path: str) -> list[int]:
    """A file's size, and when it was written last, in nanoseconds."""
    found = os.stat(path)
    return [found.st_size, found.st_mtime_ns]


def begin(folder: str, asked: dict[str, object], inputs: dict[str, list[int]]) -> None:
    """Keep what a run is asked, and the states of its inputs; outputs older than that are not its own."""
    os.makedirs(folder, exist_ok=True)
    write(os.path.join(folder, NAME), (json.dumps(asked | {"inputs": inputs}, indent=1) + "\n").encode())


def began(folder: str, asked: dict[str, object], outputs: Iterable[str]) -> dict[str, list[int]]:
    """The states of the inputs of the run that is to go on, each with when it was kept; none without such a run.

    Raises AutodiffError where it was asked something else, or where nobody can say what made the outputs.
    """
    path = os.path.join(folder, NAME)
    try:
        with open(path, encoding="utf-8") as file:
            before = json.load(file)
        now = os.stat(path).st_mtime_ns  # of the same clock as that of the outputs
        inputs = {name: [*map(int, state), now][:3] for name, state in before["inputs"].items()}
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        if any(map(os.path.exists, outputs)):
            raise AutodiffError(
                f"{folder} has outputs, and no record of what they were made with", hint=_ANEW
            ) from None
        return {}
    other = [
        f"{key} {_shown(before.get(key))}, not {_shown(asked[key])}"
        for key in asked
        if _text(before.get(key)) != _text(asked[key])
    ]
    if other:
        raise AutodiffError(f"{folder} has outputs of another run: {'; '.join(other)}", hint=_ANEW)
    return inputs


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def _shown(value: object) -> str:
    text = " ".join(_text(value).split())
    return text if len(text) <= 60 else text[:59] + "…"
