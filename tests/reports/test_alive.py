"""Points where narrow bumps and steps are alive, and none where all is."""

import pytest

from autodiff_cli.language.parser import parse
from autodiff_cli.reports.alive import lively_points

FAR = [(float(x),) for x in range(-1000, 1000, 77)]


@pytest.mark.parametrize(
    ("text", "centre", "width"),
    [
        ("exp(-(x - 37.7)^2*1e4)", 37.7, 0.1),
        ("x^2 + exp(-(x - 656.28)^2/(2*0.01^2))", 656.28, 0.1),
        ("x + tanh(1e6*(x - 12.3))", 12.3, 1e-4),
        ("sigmoid(1e4*(x + 7))", -7, 1e-2),
        ("exp(-abs(x - 5)*1e3)", 5, 0.1),
    ],
)
def test_points_are_found_where_a_narrow_feature_is(text: str, centre: float, width: float) -> None:
    found = lively_points(parse(text).evaluation(), [*FAR, (centre + 1e-9,)], {}, 0)
    assert len(found) >= 10
    assert sum(abs(x - centre) < width for (x,) in found) >= 10


@pytest.mark.parametrize("text", ["exp(-(x - 37.7)^2*1e4)", "tanh(1e6*(x - 12.3))"])
def test_a_feature_that_no_point_meets_is_searched_for(text: str) -> None:
    centre = 37.7 if "37" in text else 12.3
    assert any(abs(x - centre) < 0.1 for (x,) in lively_points(parse(text).evaluation(), FAR, {}, 0))


@pytest.mark.parametrize("text", ["x^2", "exp(x/1000)", "sin(x)"])
def test_what_is_alive_everywhere_needs_no_more_points(text: str) -> None:
    assert lively_points(parse(text).evaluation(), FAR, {}, 0) == []


def test_what_is_alive_nowhere_in_the_range_has_no_points() -> None:
    points = [(float(x),) for x in range(800, 1000, 10)]
    assert lively_points(parse("exp(-x)").evaluation(), points, {"x": (800.0, 1000.0)}, 0) == []
