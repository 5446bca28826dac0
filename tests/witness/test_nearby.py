"""Slopes from the values next to a point: smooth points, edges, kinks, jumps, and what grows without end."""

from math import cos, inf, sin

import pytest

from autodiff_cli.language.parser import parse
from autodiff_cli.witness.nearby import Nearby, Side, SideKind

from ..conftest import CORPORA, corpus

pytest.importorskip("flint")


def sides(text: str, name: str = "x", **point: float) -> tuple[Side, Side]:
    """The slopes on both sides by a variable or named step."""
    at = parse(text, point).evaluation()
    at.move(point)
    return Nearby(at).sides(at.by_name(name))


@pytest.mark.parametrize(
    ("text", "point", "slope"),
    [
        ("sin(x)", {"x": 1.0}, cos(1.0)),
        ("sin(x)", {"x": 1e300}, -0.5753861119575491),
        ("2*U*(1-cos(x*d))", {"U": 1.0, "x": 1e-6, "d": 1.0}, 1.9999999999996666e-6),
        ("b*(1 + x*cos(t))", {"b": 2.0, "x": 1e-17, "t": 1.0}, 2 * cos(1.0)),
        ("erf(x)", {"x": 10.0}, 4.197656231354417e-44),
        ("tanh(x*548.258 + 0.82602)", {"x": 0.540532}, 1.6457768824109559e-255),
        ("x - sin(x)", {"x": 1e-9}, 5e-19),
        ("x*log(x + 1e-300)", {"x": 0.0}, -690.7755278982137),
        ("hypot(x, y)^2", {"x": 0.0, "y": 0.0}, 0.0),
        ("where(x == 0, 1, sin(x)/x)", {"x": 0.0}, 0.0),
        ("cos(pi*x)", {"x": 0.5}, -3.141592653589793),
    ],
)
def test_where_the_function_is_smooth_both_sides_have_its_slope(
    text: str, point: dict[str, float], slope: float
) -> None:
    for side in sides(text, **point):
        assert side.kind is SideKind.SLOPE
        assert side.slope == pytest.approx(slope, rel=1e-15, abs=1e-320)


@pytest.mark.parametrize(
    ("text", "x", "left", "right"),
    [
        ("abs(x - 1) + 1e9", 1.0, -1, 1),
        ("abs(x - 1) + sin(x)", 1.0, cos(1.0) - 1, cos(1.0) + 1),
        ("where(x > 0, x^2, -x)", 0.0, -1, 0),
        ("sqrt(x^2)", 0.0, -1, 1),
        ("abs(x)*1e-30", 0.0, -1e-30, 1e-30),
        ("floor(x) + max(x, 0.5)*x", 0.5, 0.5, 1.0),
    ],
)
def test_at_a_kink_each_side_has_its_own_slope(text: str, x: float, left: float, right: float) -> None:
    before, after = sides(text, x=x)
    assert (before.kind, after.kind) == (SideKind.SLOPE, SideKind.SLOPE)
    assert (before.slope, after.slope) == pytest.approx((left, right), rel=1e-14, abs=1e-300)


@pytest.mark.parametrize(("text", "slope"), [("x^1.5", 0.0), ("x*sqrt(x) + 2x", 2.0)])
def test_at_the_edge_of_the_domain_one_side_has_no_values(text: str, slope: float) -> None:
    before, after = sides(text, x=0.0)
    assert before.kind is SideKind.NONE
    assert after.slope == pytest.approx(slope, abs=1e-20)


@pytest.mark.parametrize(
    ("text", "x"), [("floor(x)", 2.0), ("where(x == 0, 0, (exp(x) - 1)/x)", 0.0), ("sign(x)", 0.0)]
)
def test_a_value_that_does_not_come_back_is_a_jump(text: str, x: float) -> None:
    assert SideKind.JUMP in {side.kind for side in sides(text, x=x)}


@pytest.mark.parametrize(("text", "slope"), [("cbrt(x)", inf), ("sqrt(x)", inf), ("-cbrt(x)", -inf)])
def test_quotients_that_grow_without_end_are_steep(text: str, slope: float) -> None:
    after = sides(text, x=0.0)[1]
    assert (after.kind, after.slope) == (SideKind.STEEP, slope)


def test_the_slope_by_what_the_result_does_not_hold_is_zero() -> None:
    assert sides("s = x^2; t = x*y; t", "s", x=1.0, y=2.0) == (
        Side(SideKind.SLOPE, 0.0, 0.0),
        Side(SideKind.SLOPE, 0.0, 0.0),
    )


def test_the_slope_by_a_step_leaves_the_other_ways_alone() -> None:
    assert [side.slope for side in sides("s = x^2; s*x", "s", x=3.0)] == [3.0, 3.0]


def test_named_constants_have_no_rounding() -> None:
    slope = sides("sin(pi)*x", x=1.0)[0].slope
    assert abs(slope) < 1e-300 < sin(3.141592653589793)


@pytest.mark.parametrize(
    ("text", "x", "smooth"),
    [("sin(x)^2", 1.0, True), ("abs(x)", 0.5, True), ("abs(x)", 0.0, False), ("where(x == 0, 1, x)", 0.0, False)],
)
def test_a_point_is_smooth_where_no_decision_lies_at_it(text: str, x: float, smooth: bool) -> None:
    at = parse(text).evaluation()
    at.move({"x": x})
    assert Nearby(at).is_smooth(at.variables["x"]) is smooth


@pytest.mark.parametrize("text", ["sin(1/x)", "cos(1/x)", "sqrt(abs(x))*sin(1/x)", "sin(log(abs(x)))", "x*sin(1/x)"])
def test_quotients_that_oscillate_decide_nothing(text: str) -> None:
    assert {side.kind for side in sides(f"where(x == 0, 0, {text})", x=0.0)} == {SideKind.OPEN}


@pytest.mark.parametrize("text", ["x*log(log(1/abs(x)))", "x*abs(log(abs(x)))^0.01", "x*log(abs(x))", "-1/log(abs(x))"])
def test_quotients_that_grow_as_slowly_as_logarithms_are_steep(text: str) -> None:
    assert sides(f"where(x == 0, 0, {text})", x=0.0)[1].kind is SideKind.STEEP


@pytest.mark.parametrize(
    ("text", "slope"), [("x*(1 + 1/log(abs(x)))", 1.0), ("x*atan(log(abs(x)))", -1.5707963267948966)]
)
def test_a_slope_that_is_reached_as_slowly_as_a_logarithm_is_known_to_its_bound(text: str, slope: float) -> None:
    for side in sides(f"where(x == 0, 0, {text})", x=0.0):
        assert abs(side.slope - slope) <= side.bound < 1e-13


@pytest.mark.slow
@pytest.mark.skipif(not CORPORA.exists(), reason="the corpora are not beside the checkout")
@pytest.mark.parametrize("name", ["feynman", "srsd", "fpbench", "herbie", "mgh", "peer_points"])
def test_both_sides_hold_every_published_gradient_within_their_bounds(name: str) -> None:
    for record in corpus(name):
        point = {key: float(value) for key, value in record["point"].items()}
        at = parse(record["expr"], point).evaluation()
        at.move(point)
        nearby = Nearby(at)
        for variable, typed in record["grad"].items():
            want = float(typed)
            for side in nearby.sides(at.variables[variable]):
                assert side.kind is SideKind.SLOPE, (record["id"], variable)
                assert abs(side.slope - want) <= side.bound + 2.0**-51 * abs(want), (record["id"], variable)
