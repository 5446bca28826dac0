"""What is at a break: limits of sequences, round numbers, and each kind told from both sides of a place."""

import math

import pytest

from autodiff_cli.language.parser import parse
from autodiff_cli.reports.breaks import ENDLESS, Break, BreakKind, Inspected, limit_of, places_of, roundest
from autodiff_cli.reports.probe import Probe
from autodiff_cli.reports.views import View, Views

VIEWS = Views(View(-10.0, 10.0, 0.02), View(-10.0, 10.0, 0.02))


def inspected(text: str, at: float, most: int = 1000, apart: float = 1e-10) -> Inspected:
    """What is told of a place between two neighbours of the range from -1 to 1."""
    evaluation = parse(text).evaluation()
    evaluation.move({"x": at})
    probe = Probe(evaluation, "x", 2.0)
    suspect = probe.at(at - apart), probe.at(at + apart)
    return Inspected(probe, VIEWS, 200, most, [suspect])


@pytest.mark.parametrize(
    ("text", "at", "kind"),
    [
        ("1/(x - 0.3)", 0.3, BreakKind.POLE),
        ("log(abs(x - 0.3))", 0.3, BreakKind.POLE),
        ("where(x > 0.3, 1, 0)", 0.3, BreakKind.JUMP),
        ("abs(x - 0.3)", 0.3, BreakKind.KINK),
        ("cbrt(x - 0.3)", 0.3, BreakKind.STEEP),
        ("sqrt(x - 0.3)", 0.3, BreakKind.STEEP_EDGE),
        ("(x - 0.3)^1.5", 0.3, BreakKind.EDGE),
    ],
)
def test_each_kind_of_break_is_told(text: str, at: float, kind: BreakKind) -> None:
    found = inspected(text, at)
    assert [place.kind for place in found.breaks] == [kind]
    assert found.breaks[0].x == pytest.approx(at, abs=1e-9)
    (mark,) = found.marks
    assert mark.slope != mark.slope
    assert (mark.value != mark.value) == (kind is BreakKind.POLE or kind.is_edge)


def test_what_is_smooth_is_no_break() -> None:
    found = inspected("x^2", 0.3)
    assert (found.breaks, found.marks) == ([], [])


def test_a_hole_is_an_edge_where_the_function_has_no_value() -> None:
    evaluation = parse("sin(x)/x").evaluation()
    evaluation.move({"x": 1.0})
    probe = Probe(evaluation, "x", 2.0)
    left, hole, right = (probe.at(x) for x in (-1e-10, 0.0, 1e-10))
    found = Inspected(probe, VIEWS, 200, 1000, [(left, hole), (hole, right)])
    assert found.breaks == [Break(0.0, BreakKind.EDGE)]


def test_where_evaluations_run_out_the_place_is_wild() -> None:
    found = inspected("abs(x - 0.3)", 0.3, most=1)
    assert found.breaks == []
    assert found.wild == pytest.approx((0.3, 0.3))
    assert len(found.marks) == 1


def test_what_is_too_wide_to_be_a_break_is_drowned() -> None:
    found = inspected("abs(x - 0.3)", 0.3, apart=0.05)
    assert (found.breaks, found.wild) == ([], None)
    assert found.drowned == pytest.approx((0.25, 0.35))


def test_a_pole_of_which_nothing_shows_is_narrow() -> None:
    assert inspected("1e-30/(x - 0.3)", 0.3).narrow
    assert not inspected("1/(x - 0.3)", 0.3).narrow


def test_a_curve_that_ends_high_is_over() -> None:
    assert inspected("where(x < 0.3, 1e260, log(-1))", 0.3).over
    assert not inspected("where(x < 0.3, 1, log(-1))", 0.3).over


@pytest.mark.parametrize(
    ("numbers", "noise", "endless", "value"),
    [
        ([16.0, 8.0, 4.0, 2.0, 1.0], 0.0, False, 0.0),  # steps of a geometric series
        ([1.0, 2.0, 3.0, 4.0, 5.0], 0.0, True, math.nan),  # steps that do not shrink
        ([1.0, 4.0, 16.0, 64.0, 256.0], 0.0, True, math.nan),
        ([1.0, 1.0, 1.0, 1.0], 0.0, False, 1.0),
        ([1.0, 2.0, 3.0, 4.0, 5.0], 9.0, False, 5.0),  # all of it is noise
        ([1.0, 5.0, 2.0, 9.0, 3.0], 0.0, False, 3.0),  # no order in it
    ],
)
def test_a_sequence_has_a_limit_none_or_is_endless(
    numbers: list[float], noise: float, endless: bool, value: float
) -> None:
    found = limit_of(numbers, noise)
    assert found.endless is endless
    assert found.value == pytest.approx(value, nan_ok=True)


def test_a_sequence_without_order_is_unsure_by_its_largest_step() -> None:
    assert limit_of([1.0, 5.0, 2.0, 9.0, 3.0], 0.0).unsure == 7.0


@pytest.mark.parametrize(
    ("low", "high", "found"),
    [(0.2999, 0.3001, 0.3), (-1e-9, 1e-9, 0.0), (3.1, 3.9, 3.5), (2.9, 3.2, 3.0), (1234.0, 1236.0, 1235.0)],
)
def test_the_roundest_number_between_two_is_found(low: float, high: float, found: float) -> None:
    assert roundest(low, high) == found


def test_places_of_a_kind_are_in_order() -> None:
    breaks = [Break(1.0, BreakKind.POLE), Break(2.0, BreakKind.JUMP), Break(3.0, BreakKind.POLE)]
    assert places_of(breaks, BreakKind.POLE) == [1.0, 3.0]


def test_kinds_that_are_edges_or_go_to_infinity() -> None:
    assert [kind for kind in BreakKind if kind.is_edge] == [BreakKind.EDGE, BreakKind.STEEP_EDGE]
    assert [kind for kind in BreakKind if kind in ENDLESS] == [BreakKind.POLE, BreakKind.STEEP, BreakKind.STEEP_EDGE]
