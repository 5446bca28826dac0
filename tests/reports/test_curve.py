"""Points of a curve: where they are even, what is refined, what is kept at a break, where there is a gap."""

import math

import pytest

from autodiff_cli.language.parser import parse
from autodiff_cli.reports.breaks import Break, BreakKind
from autodiff_cli.reports.curve import Curve, drawn_values
from autodiff_cli.reports.probe import Point


def curve(text: str, low: float, high: float, cells: int = 200) -> Curve:
    evaluation = parse(text).evaluation()
    evaluation.move({"x": low})
    return Curve(evaluation, "x", low, high, cells)


def test_a_straight_line_keeps_the_even_points() -> None:
    found = curve("2*x + 1", -1, 1, cells=8)
    assert [point.x for point in found.points[::2]] == [-1.0, -0.75, -0.5, -0.25, 0.0, 0.25, 0.5, 0.75, 1.0]
    assert all(point.slope == 2.0 for point in found.points)


def test_a_bend_gets_more_points_than_what_is_straight() -> None:
    xs = [point.x for point in curve("tanh(100x)", -1, 1).points]
    assert sum(abs(x) < 0.05 for x in xs) > 1.5 * sum(0.5 < x < 0.6 for x in xs)


def test_around_a_jump_the_last_point_on_each_side_is_kept() -> None:
    points = curve("where(x > 0.3017, 1, 0)", -1, 1).points
    at = next(index for index, point in enumerate(points) if point.slope != point.slope)
    left, right = points[at - 1], points[at + 1]
    assert (left.value, right.value) == (0.0, 1.0)
    assert right.x - left.x < 1e-7


def test_at_a_pole_no_point_is_beside_it() -> None:
    points = curve("1/(x - 0.3)", -1, 1).points
    at = next(index for index, point in enumerate(points) if not point.defined)
    assert all(abs(point.x - 0.3) > 1e-7 for point in (points[at - 1], points[at + 1]))


def test_a_gap_is_wider_than_a_single_place() -> None:
    assert curve("log(x)", -1, 1).gaps == [(-1.0, 0.0)]
    assert curve("sin(x)/x", -1, 1).gaps == []


def test_a_span_is_a_place_if_it_is_short() -> None:
    found = curve("x", -1, 1)
    assert found.place((0.2995, 0.3005)) == 0.3
    assert found.place((0.0, 0.3)) is None


def test_axes_leave_out_what_goes_to_infinity() -> None:
    found = curve("1/x", -1, 1)
    assert -30 < found.limits[0] < -2
    assert found.slope_limits[1] < 100


def test_a_peak_that_looks_like_a_pole_is_seen_in_full() -> None:
    found = curve("1/(1e-4 + x^2)", -1, 1)
    assert found.breaks == []
    assert found.limits[1] == pytest.approx(10_400, rel=0.01)


def test_drawn_values_have_nothing_in_a_jump() -> None:
    points = [Point(0.0, 1.0, 0.0), Point(1.0, 5.0, math.nan), Point(2.0, 3.0, 0.0)]
    assert drawn_values(points, [Break(1.0, BreakKind.JUMP)]) == pytest.approx([1.0, math.nan, 3.0], nan_ok=True)
    assert drawn_values(points, [Break(1.0, BreakKind.KINK)]) == [1.0, 5.0, 3.0]


@pytest.mark.parametrize(
    ("text", "low", "high", "span"),
    [
        ("sin(2*pi*x)", 0.0, 400.0, (-0.9, 0.9)),
        ("cos(2*pi*x)", 0.0, 800.0, (-0.9, 0.9)),
        ("sin(pi*x)", -1000.0, 1000.0, (-0.9, 0.9)),
        ("mod(x*1e8, 1)", -1e3, 1e3, (0.1, 0.9)),
        ("sin(pi*x/10)^2", 0.0, 4000.0, (0.1, 0.9)),
    ],
)
def test_a_curve_whose_period_fits_the_grid_is_seen(
    text: str, low: float, high: float, span: tuple[float, float]
) -> None:
    found = [point.value for point in curve(text, low, high).points if point.defined]
    assert min(found) < span[0]
    assert max(found) > span[1]


def test_a_function_whose_poles_fit_the_grid_is_seen_between_them() -> None:
    found = [point for point in curve("gamma(x)", -100.0, 100.0).points if point.defined and point.x < -1]
    assert len({math.floor(point.x) for point in found}) > 90


def test_a_branch_at_one_place_has_the_slope_of_its_neighbours() -> None:
    pytest.importorskip("flint")
    (there,) = [point for point in curve("where(x == 0, 1, (exp(x) - 1)/x)", -1.0, 1.0).points if point.x == 0]
    assert (there.value, there.slope) == (1.0, 0.5)
    (torn,) = [point for point in curve("where(x == 0, 5, x)", -1.0, 1.0).points if point.x == 0]
    assert math.isnan(torn.slope)


@pytest.mark.parametrize("text", ["sin(2*pi*x)", "cos(2*pi*x)"])
def test_the_axis_of_a_curve_whose_period_fits_the_grid_shows_it_whole(text: str) -> None:
    low, high = curve(text, 0.0, 400.0).limits
    assert low < -0.9
    assert high > 0.9
