"""Exit codes: what the end of a command is to a shell. What ends the process outside of one, `__main__` knows."""

from enum import IntEnum

import click

from autodiff_cli.errors import AutodiffError, NotThereError, StoppedError, UndefinedError
from autodiff_cli.reports.status import Status


class Exit(IntEnum):
    """The exit codes of every command."""

    OK = 0  # computed, and nothing disagrees
    MISMATCH = 1  # a check failed
    UNUSABLE = 2  # the input cannot be used
    UNDEFINED = 3  # no finite value or gradient at that point
    INTERNAL = 70  # a fault of the program itself, as in sysexits.h
    INTERRUPTED = 130  # ended from the keyboard, as shells say it
    UNREAD = 141  # whoever read the output has gone, as shells say it


_OF_STATUS = {
    Status.OK: Exit.OK,
    Status.MISMATCH: Exit.MISMATCH,
    Status.UNDEFINED: Exit.UNDEFINED,
    Status.UNDECIDED: Exit.UNUSABLE,  # as grep has it
}
_OF_ERROR: dict[type[BaseException], Exit] = {
    AutodiffError: Exit.UNUSABLE,
    UndefinedError: Exit.UNDEFINED,
    NotThereError: Exit.MISMATCH,
    StoppedError: Exit.INTERRUPTED,
    click.UsageError: Exit.UNUSABLE,
    click.Abort: Exit.INTERRUPTED,
    SystemExit: Exit.UNREAD,  # Rich, when the reader has gone, as in `| head -1`
    BaseException: Exit.INTERNAL,
}


def exit_code(end: Status | BaseException | int | None) -> int:
    """The exit code for what ended a command: the status of its report, an error, a code of click's, or nothing."""
    if end is None:
        return Exit.OK
    if isinstance(end, Status):
        return _OF_STATUS[end]
    if isinstance(end, SystemExit) and not end.code:  # click's, when it has answered a shell that completes a line
        return Exit.OK
    if isinstance(end, BaseException):
        kinds = filter(_OF_ERROR.__contains__, type(end).__mro__)
        return _OF_ERROR[next(kinds)]
    return end
