"""Regions in words: one variable, its size, a kink or a condition; and where there are no words."""

from collections.abc import Sequence

import pytest

from autodiff_cli.language.parser import parse
from autodiff_cli.reports.regions import Place, Region, where
from autodiff_cli.reports.sampling import Point


def region(expression: str, inside: Sequence[Point], outside: Sequence[Point]) -> Region | None:
    here, there = ([Place(point, 0.0, 0.0) for point in points] for points in (inside, outside))
    return where(parse(expression), here, there)


@pytest.mark.parametrize(
    ("inside", "outside", "text"),
    [
        ([2], [1, 3, 4], "x = 2"),
        ([1, 3, 4], [2], "x other than 2"),
        ([1, 3, 4], [2, 2], "x other than 2"),
        ([3, 4, 5], [-1, 0.5, 1], "x > 1"),
        ([-1, -2, -3], [1, 2, 3], "x < 0"),
        ([0.1, 0.2, -0.3], [1.5, 2, -3], "|x| < 1"),
        ([7, 8, -9], [1.5, 2, -3], "|x| > 3"),
        ([3.71, 4, 5], [3.69, 1, 2], "x > 3.7"),  # a number of the expression
        ([3.21, 4, 5], [3.2001, 1, 2], "x > about 3.21"),
    ],
)
def test_a_region_of_one_variable_has_its_words(inside: list[float], outside: list[float], text: str) -> None:
    found = region("x*3.7", [(x,) for x in inside], [(x,) for x in outside])
    assert found is not None
    assert found.text == text
    assert found.is_point == (" = " in text)
    assert found.is_rough == ("about" in text)


@pytest.mark.parametrize(
    ("inside", "outside"),
    [
        ([], [1.0]),
        ([1.0], []),
        ([1, 2], [3, 4, 5]),  # too few to say more than a number
        ([1, 2, 3], [4, 5]),
        ([1, 3, 5], [2, 4, 6]),  # nothing parts them
    ],
)
def test_points_that_are_mixed_or_on_one_side_alone_have_no_words(inside: list[float], outside: list[float]) -> None:
    assert region("x", [(x,) for x in inside], [(x,) for x in outside]) is None


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        ("abs(a - b)", "a - b > 0"),
        ("max(a, b)", "a - b > 0"),
        ("where(a > b, 1, 2)*a", "a - b > 0"),
        ("0*a + relu(b - a)", "b - a < 0"),
    ],
)
def test_a_kink_or_condition_parts_points_of_several_variables(expression: str, text: str) -> None:
    inside, outside = [(5.0, 1.0), (-1.0, -2.0), (3.0, 2.5)], [(1.0, 5.0), (-2.0, -1.0), (2.5, 3.0)]
    found = region(expression, inside, outside)
    assert found is not None
    assert found.text == text


@pytest.mark.parametrize(
    ("inside", "outside", "text"), [([0, 4, 5], [-1, -0.5, -2], "x >= 0"), ([-3, -1, 0], [1e-9, 1, 2], "x <= 0")]
)
def test_an_edge_that_is_one_of_the_points_is_within(inside: list[float], outside: list[float], text: str) -> None:
    found = region("x", [(x,) for x in inside], [(x,) for x in outside])
    assert found is not None
    assert found.exactly == text
