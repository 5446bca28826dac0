"""What `autodiff plot` reads from its command line: ranges, values, the point of interest."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from autodiff_cli.commands.plot import _read
from autodiff_cli.errors import AutodiffError
from autodiff_cli.language.parser import parse

from ..conftest import Result


@pytest.mark.parametrize(
    ("texts", "by", "spot", "spans"),
    [
        ({"x": "0:1", "y": "2"}, [], {}, {"x": (0.0, 1.0)}),
        ({"x": "0:1"}, ["y"], {}, {"x": (0.0, 1.0), "y": (-10.0, 10.0)}),
        ({}, [], {}, {"x": (-10.0, 10.0), "y": (-10.0, 10.0)}),
        ({"y": "2"}, [], {"x": "50"}, {"x": (40.0, 60.0)}),
    ],
)
def test_what_moves_has_a_range_or_the_usual_one(
    texts: dict[str, str], by: list[str], spot: dict[str, str], spans: dict[str, tuple[float, float]]
) -> None:
    assert _read(parse("x*y"), texts, by, spot).spans == spans


def test_of_many_variables_those_of_the_point_of_interest_move() -> None:
    asked = _read(parse("x*y*z"), {"z": "3"}, [], {"x": "1"})
    assert asked == ({"x": (-10.0, 10.0), "y": (-10.0, 10.0)}, {"z": 3.0}, {"x": 1.0})
    with pytest.raises(AutodiffError, match="no value for z"):
        _read(parse("x*y*z"), {}, [], {"x": "1", "y": "2"})


def test_a_value_that_is_fixed_by_the_point_of_interest_counts() -> None:
    asked = _read(parse("x*y"), {"x": "0:1"}, [], {"y": "2"})
    assert (asked.fixed, asked.at) == ({"y": 2.0}, {})


def test_all_ranges_that_are_wrong_are_named() -> None:
    with pytest.raises(AutodiffError, match=r"'\[0,1\]' is no range") as error:
        _read(parse("x*y"), {"x": "1:0", "y": "[0,1]"}, [], {})
    assert [one.message for one in error.value.also] == ["the range x = 1:0 is empty"]


def test_the_first_of_two_variables_with_one_value_is_named() -> None:
    with pytest.raises(AutodiffError, match=r"^x has one value, 1,"):
        _read(parse("x*y"), {"x": "1", "y": "2"}, ["x", "y"], {})


def test_a_drawing_in_a_file_is_the_same_from_a_terminal_and_from_a_pipe(
    autodiff: Callable[..., Result], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("LINES", "24")
    autodiff("plot", "x*y", "-o", str(tmp_path / "pipe.txt"))
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    autodiff("plot", "x*y", "-o", str(tmp_path / "terminal.txt"))
    assert (tmp_path / "pipe.txt").read_text() == (tmp_path / "terminal.txt").read_text()
