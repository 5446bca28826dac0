"""What a run says beside its result: notes and errors on stderr, as text or, where the result is JSON, as JSON."""

from collections.abc import Sequence
from itertools import pairwise

from autodiff_cli.errors import AutodiffError


class Said:
    """Says notes as they come. Where JSON is asked for it keeps them to the end, since an error is to stand alone."""

    def __init__(self, as_json: bool = False) -> None:
        self._as_json = as_json
        self._kept: list[str] = []

    def note(self, line: str) -> None:
        """Say a note."""
        if self._as_json:
            self._kept.append(line)
            return
        from autodiff_cli.render.error import note

        note(line)

    def error(self, error: AutodiffError) -> None:
        """Say what is wrong."""
        from autodiff_cli.render.error import show, show_json

        if self._as_json:
            show_json(error, self._kept)
            self._kept = []
            return
        for one in (error, *error.also):
            show(one)

    def end(self) -> None:
        """Say what was kept."""
        self._as_json = False
        for line in self._kept:
            self.note(line)


def asks_for_json(words: Sequence[str]) -> bool:
    """Whether a command line has --format json; it may be wrong in a way that keeps it from being read."""
    return "--format=json" in words or ("--format", "json") in pairwise(words)
