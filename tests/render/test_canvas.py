"""Curves, lines and marks in braille dots."""

import math

from autodiff_cli.render.axes import Tick
from autodiff_cli.render.canvas import Canvas, merged

UNIT = (-1.0, 1.0)


def drawn(canvas: Canvas, ticks: list[Tick] | None = None) -> list[str]:
    """The rows without the axis."""
    return ["".join(text for text, _ in line).partition("│")[2] for line in canvas.lines(ticks or [], 0)]


def test_points_are_joined() -> None:
    canvas = Canvas(10, 3, UNIT, UNIT)
    canvas.curve([(-1.0, -1.0), (1.0, 1.0)], "")
    assert drawn(canvas) == ["       ⣀⠔⠊", "┈┈┈⢀⡠⠔⠉┈┈┈", "⣀⠤⠒⠁      "]


def test_a_point_without_a_value_parts_the_curve() -> None:
    canvas = Canvas(6, 1, UNIT, (0.0, 1.0))
    canvas.curve([(-1.0, 0.5), (0.0, math.nan), (1.0, 0.5)], "")
    assert drawn(canvas) == ["⠄    ⠠"]


def test_what_is_outside_of_the_window_is_not_drawn() -> None:
    canvas = Canvas(6, 1, UNIT, (0.0, 1.0))
    canvas.curve([(-1.0, 1e308), (1.0, 1e307)], "")
    canvas.mark(0.0, 2.0, "")
    assert drawn(canvas) == [" " * 6]


def test_a_straight_line_is_dotted_and_beneath_a_curve() -> None:
    canvas = Canvas(12, 1, UNIT, UNIT)
    canvas.curve([(-1.0, 0.9), (0.0, 0.9)], "curve")
    canvas.straight(0.0, -0.9, 0.0, "line")
    (line,) = canvas.lines([], 0)
    assert [style for _, style in line[-2:]] == ["curve", "line"]
    assert line[-1][0].startswith("⡀⡀")


def test_uprights_are_left_out_where_they_are_too_many() -> None:
    few, many = Canvas(12, 1, UNIT, (1.0, 2.0)), Canvas(12, 1, UNIT, (1.0, 2.0))
    few.upright([-0.5, 0.5])
    many.upright([-0.5, 0.0, 0.5])
    assert drawn(few) == ["   ┊     ┊  "]
    assert drawn(many) == [" " * 12]


def test_a_mark_hides_what_is_beneath_it() -> None:
    canvas = Canvas(3, 1, UNIT, UNIT)
    canvas.curve([(-1.0, 0.0), (1.0, 0.0)], "")
    canvas.mark(0.0, 0.0, "spot")
    assert drawn(canvas)[0][1] == "●"


def test_neighbours_of_one_style_are_one_piece() -> None:
    assert merged([("a", ""), ("b", ""), ("c", "dim"), ("d", "")]) == [("ab", ""), ("c", "dim"), ("d", "")]
