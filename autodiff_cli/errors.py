"""The one error family: what went wrong, where in the source, what to do, and the exit code it means."""

from collections.abc import Sequence
from enum import IntEnum


class Exit(IntEnum):
    """The exit codes of every command."""

    OK = 0  # computed, and nothing disagrees
    MISMATCH = 1  # a check failed
    UNUSABLE = 2  # the input cannot be used
    UNDEFINED = 3  # no finite value or gradient at that point
    INTERRUPTED = 130  # ended from the keyboard, as shells say it


class AutodiffError(Exception):
    """An error to show to a person.

    `span` is the place in `source` as (start, end) offsets; `hint` says what to do about it; `also` what else is wrong.
    """

    def __init__(
        self,
        message: str,
        *,
        source: str = "",
        span: tuple[int, int] | None = None,
        hint: str = "",
        exit: Exit = Exit.UNUSABLE,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.source = source
        self.span = span
        self.hint = hint
        self.exit = exit
        self.also: list[AutodiffError] = []


def all_of(errors: "list[AutodiffError]") -> AutodiffError:
    """One error that says what all of them say."""
    first, *others = errors
    for error in others:
        first.also += [error, *error.also]
    return first


def did_you_mean(name: str, known: Sequence[str]) -> str:
    """A hint that names what was probably meant, or nothing where nothing known is close."""
    from difflib import get_close_matches  # only an error needs it

    close = get_close_matches(name[:100], known, n=2, cutoff=0.6)
    quoted = [f"'{one}'" for one in close]
    return f"did you mean {' or '.join(quoted)}?" if close else ""
