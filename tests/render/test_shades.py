"""Shades and colours of values, and arrows."""

import math

import pytest

from autodiff_cli.render.shades import Colours, Shades, arrow


def test_shades_lie_between_round_numbers() -> None:
    shades = Shades((0.05, 0.95), 80)
    assert shades.legend == [("blank below 0.2, ░ to 0.4, ▒ to 0.6, ▓ to 0.8, █ above", "")]
    assert [shades.cell(value, value, None)[0] for value in (0.1, 0.3, 0.5, 0.7, 0.9)] == [*" ░▒▓█"]


def test_a_legend_without_room_has_the_numbers_alone() -> None:
    assert Shades((0.05, 0.95), 30).legend == [("blank 0.2 ░ 0.4 ▒ 0.6 ▓ 0.8 █", "")]


def test_a_shade_is_that_of_the_mean_and_a_dot_where_there_is_none() -> None:
    shades = Shades((0.05, 0.95), 80)
    assert shades.cell(0.1, 0.9, None) == ("▒", "")
    assert shades.cell(math.nan, 1.0, None) == ("·", "")
    assert shades.cell(0.0, 1.0, ("↑", "")) == ("↑", "")


def test_two_colours_stand_one_above_the_other() -> None:
    colours = Colours((0.0, 1.0))
    assert colours.cell(1.0, 0.0, None) == ("▀", "rgb(253,231,37) on rgb(68,1,84)")
    assert colours.cell(math.nan, 0.0, None) == ("▄", "rgb(68,1,84)")
    assert colours.cell(1.0, math.nan, None) == ("▀", "rgb(253,231,37)")
    assert colours.cell(math.nan, math.nan, None) == (" ", "")


def test_a_sign_is_dark_on_a_bright_ground_and_bright_on_a_dark_one() -> None:
    colours = Colours((0.0, 1.0))
    assert colours.cell(1.0, 1.0, ("↑", "")) == ("↑", "black on rgb(253,231,37)")
    assert colours.cell(0.0, 0.0, ("↑", "")) == ("↑", "white on rgb(68,1,84)")
    assert colours.cell(0.0, 0.0, ("●", "bold red")) == ("●", "bold red on rgb(68,1,84)")
    assert colours.cell(math.nan, 0.0, ("●", "bold red")) == ("●", "bold red")


def test_the_legend_of_colours_goes_from_the_low_end_to_the_high_one() -> None:
    first, *bar, last = Colours((-1.0, 2.0)).legend
    assert (first[0], last[0], len(bar)) == ("-1 ", " 2", 17)


@pytest.mark.parametrize(("dx", "dy", "sign"), [(1, 0, "→"), (1, 1, "↗"), (0, 2, "↑"), (-1, -1, "↙"), (0, 0, "•")])
def test_an_arrow_points_the_way(dx: float, dy: float, sign: str) -> None:
    assert arrow(dx, dy) == sign
