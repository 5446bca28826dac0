"""Enclosures hold every value over a box, and are tight: tried at points, against ends that are known."""

from itertools import product
from math import cos, exp, sin, sinh, tanh

import pytest

pytest.importorskip("flint")

from flint import fmpq

from autodiff_cli.exact.enclosure import Bounds, Boxed
from autodiff_cli.language.parser import parse


def boxed(text: str, **ends: tuple[float, float]) -> Boxed:
    expression = parse(text, [*ends])
    constants = {
        leaf: fmpq(leaf.label)
        for node in expression.nodes
        for leaf in node.args
        if not leaf.requires_grad and not leaf.args
    }
    box = {
        expression.variables[name]: (fmpq(*low.as_integer_ratio()), fmpq(*high.as_integer_ratio()))
        for name, (low, high) in ends.items()
    }
    return Boxed(expression, constants, box)


def bounds(text: str, **ends: tuple[float, float]) -> Bounds:
    found = boxed(text, **ends).value()
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("text", "ends", "low", "high"),
    [
        ("x^2 - x", {"x": (0.0, 1.0)}, -0.25, 0.0),
        ("x * x", {"x": (-1.0, 2.0)}, 0.0, 4.0),
        ("x - x", {"x": (-1.0, 2.0)}, 0.0, 0.0),
        ("x / (1 + x^2)", {"x": (-10.0, 10.0)}, -0.5, 0.5),
        ("x * y", {"x": (-1.0, 2.0), "y": (-3.0, 1.0)}, -6.0, 3.0),
        ("exp(x) * y", {"x": (0.0, 1.0), "y": (2.0, 3.0)}, 2.0, 3 * exp(1)),
        ("sin(x)", {"x": (0.0, 2.0)}, 0.0, 1.0),
        ("abs(x)", {"x": (-1.0, 2.0)}, 0.0, 2.0),
        ("(1 - x)^2 + 100 * (y - x^2)^2", {"x": (-2.0, 2.0), "y": (-2.0, 2.0)}, 0.0, 3609.0),
        ("x", {"x": (2.0, 2.0)}, 2.0, 2.0),
        ("sinh(tanh(x) - 7)", {"x": (-2.0, 100.0)}, sinh(tanh(-2.0) - 7), sinh(tanh(100.0) - 7)),
    ],
)
def test_bounds_hold_the_least_and_the_greatest_value_and_little_more(
    text: str, ends: dict[str, tuple[float, float]], low: float, high: float
) -> None:
    found = bounds(text, **ends)
    near = 1e-11 * max(1.0, high - low)
    assert low - near <= found.low <= low
    assert high <= found.high <= high + near


def test_no_value_at_a_grid_of_points_is_outside() -> None:
    found = bounds("sin(10*x) * cos(y) - x*y^2", x=(-1.0, 1.5), y=(0.5, 2.0))
    steps = [number / 100 for number in range(101)]
    values = [
        sin(10 * x) * cos(y) - x * y * y
        for x, y in product([-1 + 2.5 * s for s in steps], [0.5 + 1.5 * s for s in steps])
    ]
    assert found.low <= min(values)
    assert max(values) <= found.high
    assert found.high - found.low <= 1.01 * (max(values) - min(values))


def test_the_bounds_of_a_slope_hold_the_slope_at_both_ends() -> None:
    graph = boxed("x^3", x=(1.0, 2.0))
    (slope,) = graph.gradients().values()
    assert slope is not None
    assert slope.low <= 3.0
    assert 12.0 <= slope.high < 12.1


@pytest.mark.parametrize("text", ["log(x)", "1 / x", "floor(x)", "sign(x)", "tan(2 * x)"])
def test_there_is_no_enclosure_across_a_pole_a_jump_or_the_edge_of_a_domain(text: str) -> None:
    assert boxed(text, x=(-1.0, 2.0)).value() is None


def test_a_pole_within_what_leaves_the_range_of_floats_has_no_bound() -> None:
    assert boxed("exp(1 / x)", x=(0.0, 2.0)).value() is None
