"""Points where an equation holds."""

import pytest

from autodiff_cli.language.parser import parse
from autodiff_cli.reports.solutions import holds_at, solutions


def test_the_numbers_that_solve_an_equation_of_one_variable_are_found() -> None:
    found = {round(point["x"], 9) for point in solutions(parse("x^2 - x - 6"), "x", {}, 0)}
    assert found == {-2.0, 3.0}


def test_a_pole_is_no_solution() -> None:
    assert solutions(parse("1/(x - 1.7)"), "x", {}, 0) == []


def test_points_of_a_curve_lie_on_it() -> None:
    found = solutions(parse("x^2 + y^2 - 25"), "y", {}, 0)
    assert len(found) > 20
    for point in found:
        assert point["x"] ** 2 + point["y"] ** 2 == pytest.approx(25)


def test_a_range_leaves_out_solutions() -> None:
    assert [point["x"] for point in solutions(parse("x^2 - 4"), "x", {"x": (0.0, 10.0)}, 0)] == [2.0]


@pytest.mark.parametrize(
    ("right", "holds"),
    [("-x/y", True), ("x/y", False), ("log(-x)", None), ("-x/y + 1e-4", False), ("-x/y*(1 + 1e-13)", True)],
)
def test_sides_are_compared_as_closely_as_floats_come(right: str, holds: bool | None) -> None:
    left = parse("-(2*x)/(2*y)")
    assert holds_at(left, parse(right), {"x": 3.0, "y": 4.0}) is holds
