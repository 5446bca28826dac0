"""Ranges and values of a command line: what is read of each, and what is said of those that are wrong."""

from math import inf, pi

import pytest

from autodiff_cli.commands.point import number, read_each
from autodiff_cli.commands.ranges import Range, check_ends, read_range
from autodiff_cli.errors import AutodiffError


def test_each_text_is_read_and_each_wrong_one_is_told() -> None:
    found, errors = read_each(number, {"a": "2", "b": "1 +", "c": "pi", "d": "q"})
    assert found == {"a": 2.0, "c": pi}
    assert ["b" in str(errors[0]), "d = q is not a number" in str(errors[1])] == [True, True]


def test_range_is_read_with_its_step() -> None:
    assert read_range("x", "0:pi:1/2") == Range(0.0, pi, 0.5)


@pytest.mark.parametrize(
    ("text", "low", "high", "message", "hint"),
    [
        ("2:1:3", 2.0, 1.0, "the range x = 2:1:3 is empty", "the smaller end comes first: --x 1:2:3"),
        ("1:1", 1.0, 1.0, "the range x = 1:1 is a single number", "--x 1 gives x that value"),
        ("-1e308:1e308", -inf, inf, "x = -1e308:1e308 is too wide for floats", ""),
    ],
)
def test_ends_that_make_no_range_are_refused(text: str, low: float, high: float, message: str, hint: str) -> None:
    with pytest.raises(AutodiffError) as raised:
        check_ends("x", text, low, high)
    assert (raised.value.message, raised.value.hint) == (message, hint)
