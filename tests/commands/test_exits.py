"""Exit codes: one table for what a report comes to, one for errors."""

import click
import pytest

from autodiff_cli.commands.exits import Exit, exit_code
from autodiff_cli.errors import AutodiffError, NotThereError, StoppedError, UndefinedError, all_of
from autodiff_cli.reports.status import Status


@pytest.mark.parametrize(
    ("end", "code"),
    [
        (None, 0),
        (0, 0),
        (Status.OK, 0),
        (Status.MISMATCH, 1),
        (Status.UNDECIDED, 2),
        (Status.UNDEFINED, 3),
        (AutodiffError("no"), 2),
        (UndefinedError("no value"), 3),
        (NotThereError("no root"), 1),
        (StoppedError("a signal"), 130),
        (click.UsageError("no such option"), 2),
        (click.BadParameter("not one of these"), 2),
        (click.Abort(), 130),
        (SystemExit(1), 141),
        (SystemExit(0), 0),
    ],
)
def test_what_ended_a_command_has_an_exit_code(end: Status | BaseException | int | None, code: int) -> None:
    assert exit_code(end) == code


def test_every_status_has_an_exit_code() -> None:
    assert {exit_code(status) for status in Status} == {Exit.OK, Exit.MISMATCH, Exit.UNUSABLE, Exit.UNDEFINED}


@pytest.mark.parametrize(("first", "code"), [(UndefinedError("a"), 3), (AutodiffError("a"), 2)])
def test_several_errors_end_as_the_first_does(first: AutodiffError, code: int) -> None:
    assert exit_code(all_of([first, UndefinedError("b"), AutodiffError("c")])) == code


def test_an_exception_that_nobody_expected_is_a_fault_of_the_program() -> None:
    assert exit_code(KeyError("x")) == Exit.INTERNAL == 70
