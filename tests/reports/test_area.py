"""Values over two variables: cells, gradients, and where they tear."""

import pytest

from autodiff_cli.language.parser import parse
from autodiff_cli.reports.area import Area, Tears, are_endless, follow, known

SQUARE = {"x": (-1.0, 1.0), "y": (-1.0, 1.0)}


def area(text: str, columns: int = 20, rows: int = 20) -> Area:
    evaluation = parse(text).evaluation()
    evaluation.move({"x": 0.0, "y": 0.0})
    return Area(evaluation, SQUARE, columns, rows)


def test_values_are_those_in_the_middles_of_cells() -> None:
    found = area("10*x + y", 2, 4)
    assert (found.xs, found.ys) == ([-0.5, 0.5], [-0.75, -0.25, 0.25, 0.75])
    assert found.values[0] == [-5.75, 4.25]
    assert found.values[-1] == [-4.25, 5.75]


def test_a_place_without_a_value_is_not_known() -> None:
    found = area("sqrt(x) + y", 2, 2)
    assert len(found.found) == len(known(found.values)) == 2


def test_arrows_stand_where_there_is_a_gradient() -> None:
    found = area("sqrt(x) + 2*y").arrows(2, 1)
    assert found == [(0.5, 0.0, pytest.approx(0.5**0.5), 2.0)]


def test_an_area_tears_beside_a_jump_along_x_and_along_y() -> None:
    along_x, along_y = Tears(area("where(x > 0.01, 1, 0) + y/9")), Tears(area("where(y > 0.01, 1, 0) + x/9"))
    assert along_x.cells == {(row, column) for row in range(20) for column in (9, 10)}
    assert along_y.cells == {(column, row) for row, column in along_x.cells}
    assert along_x.places["jumps"][0] == pytest.approx(0.01, abs=1e-3)
    assert along_y.places["jumps"][1] == pytest.approx(0.01, abs=1e-3)


def test_a_pole_is_told_from_a_jump() -> None:
    assert {*Tears(area("sign(x - 0.01)/abs(x - 0.01)^0.3 + y")).places} == {"poles"}


def test_what_is_smooth_does_not_tear() -> None:
    found = Tears(area("exp(3*x)*sin(5*y)"))
    assert (found.cells, found.places) == (set(), {})


def test_the_larger_half_of_a_step_is_followed() -> None:
    place, left = follow(lambda x: float(x > 0.3), 0.0, 1.0, 0.0, 1.0)
    assert (place, left) == (pytest.approx(0.3, abs=1e-3), 1.0)
    assert follow(lambda x: x, 0.0, 1.0, 0.0, 1.0)[1] == pytest.approx(1 / 1024)


def test_a_few_numbers_far_out_make_it_endless() -> None:
    assert are_endless([*range(100), 1e6])
    assert not are_endless([*range(100)])
    assert not are_endless([5.0] * 100)
