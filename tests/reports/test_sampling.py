"""How points are drawn: each source of numbers alone, and what a sampler keeps."""

from itertools import islice

import pytest

from autodiff_cli.language.parser import parse
from autodiff_cli.reports.sampling import (
    SIMPLE,
    Sampler,
    Span,
    _combinations,
    _Draws,
    _sides,
    literals_of,
    may_bend,
)


def draws(*spans: Span | None, literals: tuple[float, ...] = (), seed: int = 0) -> _Draws:
    return _Draws(spans, literals, seed)


def test_combinations_begin_with_early_choices_and_hold_every_one_once() -> None:
    found = list(_combinations([(1.0, 2.0, 3.0), (4.0, 5.0)]))
    assert found[:3] == [(1.0, 4.0), (2.0, 4.0), (1.0, 5.0)]
    assert len(found) == len({*found}) == 6
    assert list(_combinations([(1.0,), ()])) == []
    assert list(_combinations([])) == [()]


def test_simple_points_begin_with_simple_numbers() -> None:
    assert [x for (x,) in islice(draws(None).simple(), len(SIMPLE))] == list(SIMPLE)


def test_simple_points_hold_the_literals_and_the_ends_of_ranges() -> None:
    numbers = [x for (x,) in draws(None, literals=(3.7,)).simple()]
    assert {3.7, -3.7, 7.4, 1.85} <= {*numbers}
    within = [x for (x,) in draws((0.3, 2.6), literals=(3.7, 0.37)).simple()]
    assert min(within) == 0.3
    assert max(within) == 2.6
    assert {0.37, 1.85} <= {*within}
    assert -0.5 not in within


@pytest.mark.parametrize("span", [(2.0, 2.0), (0.0, 1.0), (-3.0, 5.0), (1e-9, 1e9), (-7.0, -6.999), (-1e300, 1e300)])
def test_a_number_of_a_range_is_within_it(span: Span) -> None:
    source = draws(span)
    for wider in range(200):
        (x,) = source.next((), wider)
        assert span[0] <= x <= span[1]


def test_without_a_range_numbers_go_over_decades_that_widen() -> None:
    source = draws(None)
    near = [abs(x) for (x,) in (source.next((), 0) for _ in range(500))]
    far = [abs(x) for (x,) in (source.next((), 9) for _ in range(500))]
    assert min(near) < 0.01
    assert 100 < max(near) <= 1000
    assert max(far) > 1e6


def test_near_points_are_near_in_size_or_in_place() -> None:
    source = draws(None, (0.0, 1.0))
    found = [source.next([(5.0, 0.5)], 0) for _ in range(300)]
    near = [x for x, y in found if abs(x - 5) < 0.5]
    assert len(near) > 100
    assert all(0 <= y <= 1 for _, y in found)


def test_the_literals_of_a_formula_are_its_numbers() -> None:
    assert literals_of(parse("2*x + 0.5*y^3").nodes) == {2.0, 0.5, 3.0}
    assert literals_of(parse("x").nodes) == set()


@pytest.mark.parametrize(
    ("text", "bends"), [("abs(x)", True), ("floor(x)", True), ("where(x > 1, x, 2x)", True), ("sin(x)", False)]
)
def test_what_may_bend_has_a_kink_a_jump_or_a_condition(text: str, bends: bool) -> None:
    assert may_bend(parse(text).nodes) is bends


@pytest.mark.parametrize(
    ("text", "left", "right"),
    [("abs(x)", (-1,), (1,)), ("floor(x) + x", (-3,), (2,)), ("(x > 0)*x", (0,), (1,)), ("sin(x)", (), ())],
)
def test_sides_tell_on_which_side_of_a_kink_a_point_is(
    text: str, left: tuple[float, ...], right: tuple[float, ...]
) -> None:
    at = parse(text).evaluation()
    found = []
    for x in (-2.5, 2.5):
        at.move({"x": x})
        found.append(_sides(at))
    assert found == [left, right]


def test_a_sampler_counts_what_it_drops() -> None:
    sample = Sampler(parse("sqrt(x)"), {"x": (-1.0, 1.0)}, 0).draw(50)
    assert sample.outside > 10
    assert sample.steep == 1  # at 0
    assert len(sample.points) == len(sample.gradients) == 50


def test_fixed_variables_are_one_point() -> None:
    assert Sampler(parse("x*y"), {"x": (2.0, 2.0), "y": (3.0, 3.0)}, 0).draw(50).points == [(2.0, 3.0)]


@pytest.mark.slow
def test_claims_need_a_gradient_by_their_variables_alone() -> None:
    expression, claim = parse("sqrt(x)*y"), parse("sqrt(x)", ["x"])
    fixed = {"x": (0.0, 0.0), "y": (0.0, 1.0)}
    assert Sampler(expression, fixed, 0, {"y": claim}).draw(10).points != []
    assert Sampler(expression, fixed, 0, {"x": claim}).draw(10).points == []


def test_both_sides_of_a_claims_condition_are_approached() -> None:
    claims = {"x": parse("where(x < 543.21, 2x, 3x)")}
    points = [x for (x,) in Sampler(parse("x^2"), {}, 0, claims).draw(100).points]
    assert any(0 <= x - 543.21 < 1e-9 for x in points)
    assert any(0 < 543.21 - x < 1e-9 for x in points)


def test_the_tick_is_told_how_far_it_has_come() -> None:
    seen: list[tuple[int, int]] = []
    Sampler(parse("log(x - 5000)"), {}, 0).draw(100, lambda done, of: seen.append((done, of)))
    assert seen
    assert all(0 <= done <= of == 100 for done, of in seen)
