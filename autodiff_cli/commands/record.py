"""What `batch -o FOLDER/` was asked, kept in the folder, so that --resume goes on with the same run and no other."""

import json
import os
from collections.abc import Iterable

from autodiff_cli.errors import AutodiffError
from autodiff_cli.files import write

NAME = ".autodiff-batch.json"
_ANEW = "without --resume all are made anew; another folder keeps them"


def begin(folder: str, asked: dict[str, object]) -> None:
    """Keep what a new run is asked; outputs older than that are not its own."""
    os.makedirs(folder, exist_ok=True)
    write(os.path.join(folder, NAME), (json.dumps(asked, indent=1) + "\n").encode())


def began(folder: str, asked: dict[str, object], outputs: Iterable[str]) -> int | None:
    """When the run began that is to go on, in nanoseconds; None where there is none.

    Raises AutodiffError where it was asked something else, or where nobody can say what made the outputs.
    """
    path = os.path.join(folder, NAME)
    try:
        with open(path, encoding="utf-8") as file:
            before = json.load(file)
        if not isinstance(before, dict):
            raise ValueError
        when = os.stat(path).st_mtime_ns
    except (OSError, ValueError):
        if any(map(os.path.exists, outputs)):
            raise AutodiffError(
                f"{folder} has outputs, and no record of what they were made with", hint=_ANEW
            ) from None
        return None
    other = [
        f"{key} {_shown(before.get(key))}, not {_shown(asked[key])}"
        for key in asked
        if _text(before.get(key)) != _text(asked[key])
    ]
    if other:
        raise AutodiffError(f"{folder} has outputs of another run: {'; '.join(other)}", hint=_ANEW)
    return when


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def _shown(value: object) -> str:
    text = " ".join(_text(value).split())
    return text if len(text) <= 60 else text[:59] + "…"
