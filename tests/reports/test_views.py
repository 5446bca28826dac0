"""What an axis shows of numbers, and what is too fine to be seen."""

import math

import pytest

from autodiff_cli.reports.views import View, axis_limits, most_of, united, view_of

TO_TEN = [float(number) for number in range(11)]


def test_a_view_of_even_numbers_has_room_on_both_sides() -> None:
    assert view_of(TO_TEN) == pytest.approx((-15.0, 25.0, 0.016))


def test_a_view_of_equal_numbers_has_no_room() -> None:
    assert view_of([3.0, 3.0, 3.0])[:2] == (3.0, 3.0)


def test_a_view_of_nothing_is_about_zero() -> None:
    assert view_of([math.nan]) == (0.0, 0.0, 0.0)


def test_no_detail_is_finer_than_the_least() -> None:
    assert view_of(TO_TEN, 0.5).fine == 0.5


def test_most_of_the_numbers_leaves_out_a_tenth_on_each_side() -> None:
    assert most_of([math.nan, *TO_TEN], 0.0) == (1.0, 9.0)
    assert most_of(TO_TEN, 1.0) == (0.0, 10.0)  # no number is beyond these


@pytest.mark.parametrize(
    ("numbers", "endless", "shown"),
    [
        (TO_TEN, False, (-0.4, 10.4)),
        ([*TO_TEN, 1e9], False, (-4e7, 1.04e9)),
        ([*TO_TEN, 1e9], True, (-0.76, 19.76)),
        ([2.0, 2.0], False, (1.0, 3.0)),
        ([0.0], False, (-1.0, 1.0)),
        ([], False, (-1.0, 1.0)),
    ],
)
def test_an_axis_shows_all_numbers_or_of_endless_ones_most(
    numbers: list[float], endless: bool, shown: tuple[float, float]
) -> None:
    assert axis_limits(numbers, numbers, endless) == pytest.approx(shown, rel=1e-6)


def test_numbers_that_differ_by_less_than_the_least_are_one() -> None:
    low, high = axis_limits([1.0, 1.0 + 1e-9], [], False, least=1e-6)
    assert (low, high) == pytest.approx((0.5, 1.5))


def test_a_view_is_widened_only_where_the_axis_shows_more() -> None:
    view = View(-1.0, 1.0, 0.01)
    assert view.widened((-1.0, 0.5)) is view
    assert view.widened((-9.0, 0.5)) == pytest.approx((-9.0, 0.5, 0.019))


@pytest.mark.parametrize(
    ("middle", "foretold", "drawn"),
    [
        (0.5, 0.5, True),
        (0.5, 0.6, False),  # not where it was foretold
        (0.7, 0.7, False),  # as foretold, but not near a straight line
        (99.0, 150.0, False),  # out of sight, but the straight line is not
    ],
)
def test_a_straight_line_is_right_where_the_middle_is_foretold_and_near_it(
    middle: float, foretold: float, drawn: bool
) -> None:
    assert View(-1.0, 1.0, 0.01).is_drawn_by(0.0, 1.0, middle, foretold, 0.0) is drawn


def test_what_is_out_of_sight_does_not_count() -> None:
    assert View(-1.0, 1.0, 0.01).is_drawn_by(5.0, 90.0, 7.0, 300.0, 0.0)


def test_united_spans_go_from_the_lowest_end_to_the_highest() -> None:
    assert united((0.0, 1.0), (-2.0, 0.5)) == (-2.0, 1.0)
    assert united(None, (1.0, 2.0)) == united((1.0, 2.0), None) == (1.0, 2.0)
    assert united(None, None) is None
