"""Curves and areas: breaks found and not joined, points close enough, notes on what a drawing hides."""

import math
from bisect import bisect
from collections.abc import Callable
from itertools import pairwise
from random import Random

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from mpmath import mp

from autodiff_cli.errors import AutodiffError
from autodiff_cli.language.parser import parse
from autodiff_cli.reports import plot
from autodiff_cli.reports.curve import Curve

PI = math.pi


def curve(text: str, low: float, high: float, **fixed: float) -> Curve:
    expression = parse(text).evaluation()
    expression.move({**fixed, "x": low})
    return Curve(expression, "x", low, high)


def places(found: Curve, kind: str) -> list[float]:
    return [place.x for place in found.breaks if place.kind == kind]


POLES: dict[str, Callable[[float, float], list[float]]] = {
    "1/x": lambda low, high: [0.0],
    "1/(x-1)^2": lambda low, high: [1.0],
    "1/((x-0.3)^2)^0.1": lambda low, high: [0.3],
    "tan(x)": lambda low, high: [PI / 2 + k * PI for k in range(-40, 40)],
    "sec(x)": lambda low, high: [PI / 2 + k * PI for k in range(-40, 40)],
    "x^2/sin(x)^2": lambda low, high: [k * PI for k in range(-40, 40) if k],
    "gamma(x)": lambda low, high: [float(k) for k in range(-20, 1)],
    "digamma(x)": lambda low, high: [float(k) for k in range(-20, 1)],
    "log(abs(x))": lambda low, high: [0.0],
    "100 + log((x-2)^2)": lambda low, high: [2.0],
    "1e6 + 1/(x+0.7)": lambda low, high: [-0.7],
}
RANGES = [(-5.0, 5.0), (-4.7, 5.3), (-3.123, 4.567), (-0.9, 3.0)]


@pytest.mark.parametrize("text", POLES)
@pytest.mark.parametrize("span", RANGES, ids=str)
def test_poles_are_found_and_not_joined(text: str, span: tuple[float, float]) -> None:
    low, high = span
    found = curve(text, low, high)
    poles = [x for x in POLES[text](low, high) if low <= x <= high]
    assert places(found, "pole") == pytest.approx(poles, abs=1e-6)
    for a, b in pairwise(found.points):
        assert a.x <= b.x
        if a.defined and b.defined:
            assert not any(a.x < pole < b.x for pole in poles), (a, b)
    assert found.limits[1] - found.limits[0] < 1e8  # the axis is not theirs


@settings(max_examples=60, deadline=None)
@given(st.floats(-4.9, 4.9), st.sampled_from(["1/(x-c)", "1/(x-c)^2", "-1/(x-c)^3", "log(abs(x-c))", "tan(x-c-pi/2)"]))
def test_a_pole_is_found_wherever_it_is(c: float, text: str) -> None:
    found = curve(text, -5, 5, c=c)
    assert min(abs(x - c) for x in places(found, "pole")) < 1e-6
    assert not any(a.defined and b.defined and a.x < c < b.x for a, b in pairwise(found.points))


@settings(max_examples=60, deadline=None)
@example(0.0625, "abs(x-c)")
@example(0.0125, "max(x, c)")
@example(-1.5625, "relu(x-c) + sin(x)")
@given(
    st.floats(-4.9, 4.9),
    st.sampled_from(["abs(x-c)", "max(x, c)", "sqrt((x-c)^2)", "relu(x-c) + sin(x)", "1e6 + 3*abs(x-c)"]),
)
def test_a_kink_is_found_wherever_it_is(c: float, text: str) -> None:
    found = curve(text, -5, 5, c=c)
    assert min(abs(x - c) for x in places(found, "kink")) < 1e-6
    assert all(p.defined for p in found.points)
    at = next(p for p in found.points if abs(p.x - c) < 1e-6 and p.slope != p.slope)
    assert at.value == pytest.approx(found.at(c).value, abs=1e-5)


@settings(max_examples=30, deadline=None)
@given(st.floats(-4.99, -4.01), st.floats(2.05, 2.95))
def test_every_jump_of_floor_is_found(low: float, high: float) -> None:
    found = curve("floor(x)", low, high)
    inside = [float(k) for k in range(math.ceil(low), math.floor(high) + 1)]
    assert places(found, "jump") == pytest.approx(inside, abs=1e-6)
    for a, b in pairwise([p for p in found.points if p.slope == p.slope]):
        assert a.value == b.value or any(a.x < x < b.x for x in inside)
    assert all(p.value == math.floor(p.x) for p in found.points)  # in a jump too there is a value


@pytest.mark.parametrize(
    ("text", "span", "gaps", "breaks"),
    [
        ("sqrt(x)", (-2, 10), [(-2, 0)], [(0, "steep edge")]),
        ("x^(1/3)", (-1, 1), [(-1, 0)], [(0, "steep edge")]),
        ("cbrt(x)", (-2, 10), [], [(0, "steep")]),
        ("log(x)", (-2, 10), [(-2, 0)], [(0, "pole")]),
        ("asin(x)", (-2, 2), [(-2, -1), (1, 2)], [(-1, "steep edge"), (1, "steep edge")]),
        ("sqrt(x^2 - 1e-6)", (-1, 1), [(-1e-3, 1e-3)], [(-1e-3, "steep edge"), (1e-3, "steep edge")]),
        ("sin(x)/x", (-10, 10), [], [(0, "edge")]),
        ("atan(1/x)", (-3, 3.1), [], [(0, "jump")]),
        ("where(x > 1, x^2, 0)", (-1, 1.5), [], [(1, "jump")]),
        ("where(x > 0, x^2, 0)", (-1, 1.5), [], []),
        ("(x^3 - 1)/(x - 1)", (-3, 3.1), [], []),
        ("exp(1/x)", (-3, 3.1), [(0, 0.001414640)], [(0, "edge"), (0.001414640, "edge")]),
        ("sqrt(x)", (0, 1), [], [(0, "steep")]),
        ("(x^2-1)/(x-1)", (-2, 2), [], [(1, "edge")]),
        ("(x^2-1)/(x-1)", (-2, 3), [], [(1, "edge")]),
        ("(x^3-8)/(x-2)", (-5, 5), [], [(2, "edge")]),
        ("(sqrt(x)-3)/(x-9)", (0, 18), [], [(0, "steep"), (9, "edge")]),
        ("(exp(x)-1)/x", (-2, 3), [], [(0, "edge")]),
        ("(1-cos(x))/x^2", (-1, 1), [], [(0, "edge")]),
        ("(1-cos(x))/x^2", (-10, 10), [], [(0, "edge")]),
        ("(1-cos(x))/x^2", (-1e-2, 1e-2), [], [(0, "edge")]),
        ("asin(sin(x))", (-5, 5), [], [(x * PI / 2, "kink") for x in (-3, -1, 1, 3)]),
        ("acos(cos(x))", (-5, 5), [], [(-PI, "kink"), (0, "kink"), (PI, "kink")]),
        ("sqrt(1-cos(x))", (-1, 1), [], [(0, "kink")]),
        ("abs(x-0.777777)+abs(x-0.777778)", (-1, 1), [], [(0.7777775, "kink")]),
        ("1e8+abs(x-0.3)", (-1, 1), [], [(0.3, "kink")]),
        ("abs(x-0.1)^0.3", (-4, 5), [], [(0.1, "steep")]),
        ("abs(x-pi)^0.1", (-4, 5), [], [(PI, "steep")]),
        ("abs(sin(x))^0.5", (-5, 5), [], [(-PI, "steep"), (0, "steep"), (PI, "steep")]),
        ("cbrt(x-1/3)", (-4, 5), [], [(1 / 3, "steep")]),
        ("cbrt(sin(x))", (-4, 5), [], [(-PI, "steep"), (0, "steep"), (PI, "steep")]),
        ("x^0.01", (0, 1), [], [(0, "steep")]),
        ("x*log(x)", (0, 1), [], [(0, "steep edge")]),
        ("1/abs(x-0.3)^0.01", (-1, 1), [], [(0.3, "pole")]),
        ("abs(x-0.1)^1.1", (-1, 1), [], []),
        ("1/(1e-9+(x-0.3)^2)", (-1, 1), [], []),
        ("1e300*x", (-2, 2), [], []),
        ("3x^2 - 4x + 5", (-5, 5), [], []),
        ("tanh(1000x)", (-10, 10), [], []),
    ],
)
def test_a_curve_has_these_gaps_and_breaks(
    text: str, span: tuple[float, float], gaps: list[tuple[float, float]], breaks: list[tuple[float, str]]
) -> None:
    found = curve(text, *span)
    assert found.gaps == [pytest.approx(gap, abs=1e-6) for gap in gaps]
    assert [kind for _, kind in found.breaks] == [kind for _, kind in breaks]
    assert [x for x, _ in found.breaks] == pytest.approx([x for x, _ in breaks], abs=3e-6)


ACCURATE = {
    "3x^2 - 4x + 5": (-5, 5),
    "sin(x)": (-10, 10),
    "sin(50x)": (-10, 10),
    "tanh(1000(x - 0.123))": (-10, 10),
    "exp(-(50(x - 0.3))^2)": (-5, 5),
    "x^20": (-2, 2),
    "1/x": (-3, 4),
    "tan(x)": (-5, 5),
    "cbrt(x)": (-1, 4),
    "log(x)": (-1, 5),
}


@pytest.mark.parametrize("text", ACCURATE)
def test_straight_lines_between_the_points_are_near_the_function(text: str) -> None:
    low, high = ACCURATE[text]
    found = curve(text, low, high)
    xs, random, tried = [p.x for p in found.points], Random(1), 0
    for x in [random.uniform(low, high) for _ in range(2000)]:
        index = bisect(xs, x)
        a, b = found.points[index - 1], found.points[index]
        true = found.at(x)
        for which, (bottom, top) in ((1, found.limits), (2, found.slope_limits)):
            if a[which] == a[which] and b[which] == b[which] and bottom <= true[which] <= top:
                between = a[which] + (b[which] - a[which]) * (x - a.x) / (b.x - a.x)
                assert abs(between - true[which]) < 0.01 * (top - bottom), (x, a, b)
                tried += 1
    assert tried > 1500


@pytest.mark.parametrize("text", ["sin(1/x)", "cos(1/x)", "x*sin(1/x)"])
@pytest.mark.parametrize("half", [1.0, 2.0, 3.7])
def test_what_swings_without_end_has_no_pole_and_no_slope(text: str, half: float) -> None:
    found = plot.line(parse(text), {}, "x", (-half, half))
    assert found.notes == ["no value at x = 0: a / b needs b != 0", "it changes too fast to follow near x = 0"]


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("(1-cos(x))/x^2", (-1e-4, 1e-4)),
        ("(exp(x)-1)/x", (-1e-9, 1e-9)),
        ("x^5 - 5x^4 + 10x^3 - 10x^2 + 5x - 1", (0.999, 1.001)),
    ],
)
def test_what_rounding_hides_is_said(text: str, span: tuple[float, float]) -> None:
    found = plot.line(parse(text), {}, "x", span)
    assert any(note.startswith("rounding hides the curve") for note in found.notes)
    assert not any("too fast" in note or "pole" in note or "slope" in note for note in found.notes)


def test_noise_does_not_make_the_axis() -> None:
    found = curve("(x^2-1)/(x-1)", -2, 2)
    assert found.slope_limits == pytest.approx((0.5, 1.5), abs=0.01)
    assert all(abs(p.value - (p.x + 1)) < 1e-6 for p in found.points if p.defined)


@pytest.mark.parametrize("text", ["floor(1000x)", "tan(1000x)", "sin(1e5x)"])
def test_what_is_too_fast_to_follow_is_said(text: str) -> None:
    found = plot.line(parse(text), {}, "x", (-10.0, 10.1))
    assert any("too fast to follow" in note for note in found.notes)
    assert len(found.points) < 20_000
    if text.startswith("tan"):  # no line from one end of a pole to the other
        assert not any(
            a.value > 0 > b.value and a.slope > 0 < b.slope
            for a, b in pairwise(found.points)
            if a.defined and b.defined
        )


@pytest.mark.parametrize(
    "span", [(1e16, 1e16 + 6), (1.0, 1 + 1e-15), (0.0, 1e-320), (-1e300, 1e300), (-1e-300, 2e-300)]
)
@pytest.mark.parametrize("text", ["x^2 + x", "1/(x - 1)", "abs(x)", "sqrt(x)", "gamma(x)", "floor(x)"])
def test_ranges_at_the_ends_of_floats(text: str, span: tuple[float, float]) -> None:
    found = curve(text, *span)
    xs = [p.x for p in found.points]
    assert xs == sorted(xs)
    assert (xs[0], xs[-1]) == span
    assert math.isfinite(found.limits[1] - found.limits[0])


def test_points_are_values_and_slopes_of_the_function() -> None:
    found = curve("gamma(x) * sin(x)", 0.5, 6)
    with mp.workdps(30):
        for point in found.points[::7]:
            assert point.value == pytest.approx(float(mp.gamma(point.x) * mp.sin(point.x)), rel=1e-14, abs=1e-14)
            slope = mp.diff(lambda x: mp.gamma(x) * mp.sin(x), mp.mpf(point.x))
            assert point.slope == pytest.approx(float(slope), rel=1e-12, abs=1e-12)


@pytest.mark.slow
def test_a_large_graph_takes_fewer_points() -> None:
    found = curve("sum(k, 1, 2000, sin(k*x)/k^2)", -3, 3)
    assert 20 < len(found.points) < 1000


@pytest.mark.parametrize(("text", "low", "missed"), [("gamma(x)", -170, True), ("tan(x)", -10, False)])
def test_poles_that_may_be_missed_are_said(text: str, low: float, missed: bool) -> None:
    (note,) = plot.line(parse(text), {}, "x", (low, -1.0)).notes
    assert note.startswith("poles at x = ")
    assert note.endswith("; others may be too narrow to be found") is missed


def test_jumps_in_an_area_are_noted_and_smooth_areas_have_none() -> None:
    def notes(text: str) -> list[str]:
        return plot.field_of(parse(text), {}, {"x": (-1.0, 2.0), "y": (-1.0, 1.0)}).notes

    assert notes("floor(x)+y")[0].startswith("jumps, for example at x = 0, y = -0.9")
    assert notes("sign(y-0.2)*x")[0].endswith("y = 0.2")
    for text in ("x*y", "tanh(50*(x-y))", "exp(-1000*(x^2+y^2))", "abs(x-y)"):
        assert not any("jump" in note or "pole" in note for note in notes(text))
    torn = plot.field_of(parse("floor(x)+y"), {}, {"x": (-0.5, 0.5), "y": (0.0, 1.0)}, size=(10, 8)).torn
    assert torn == {(row, column) for row in range(8) for column in (4, 5)}


def test_the_library_raises_for_a_point_outside() -> None:
    with pytest.raises(AutodiffError, match="outside of the range"):
        plot.line(parse("x^2"), {}, "x", (0.0, 1.0), at=2.0)
