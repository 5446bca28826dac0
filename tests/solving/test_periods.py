"""What a period may be."""

import pytest

pytest.importorskip("flint")

from autodiff_cli.language.parser import parse
from autodiff_cli.solving.periods import possible_periods


def texts(text: str) -> list[str]:
    found = parse(text, told=["x"])
    return [period.text for period in possible_periods(found.root, found.variables["x"])]


@pytest.mark.parametrize(
    ("text", "longest"),
    [("sin(x)", "2 * pi"), ("sin(2x)+cos(3x)", "2 * pi"), ("sin(pi*x)", "2"), ("cos(-x/2)", "4 * pi")],
)
def test_the_longest_is_what_all_sines_have_in_common(text: str, longest: str) -> None:
    assert texts(text)[-1] == longest


@pytest.mark.parametrize("text", ["x^2", "sin(x^2)", "sin(x - x)", "exp(x)"])
def test_where_nothing_repeats_there_is_none(text: str) -> None:
    assert texts(text) == []
