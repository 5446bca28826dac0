"""Least values over boxes: the published global minima of classic functions, all of them, and what is not decided."""

from collections.abc import Mapping
from math import pi

import pytest

pytest.importorskip("scipy")
pytest.importorskip("flint")

from autodiff_cli.language.parser import parse
from autodiff_cli.reports.everywhere import optimum_everywhere
from autodiff_cli.reports.optimum import Optimum

_SHUBERT = "(cos(2{0}+1) + 2cos(3{0}+2) + 3cos(4{0}+3) + 4cos(5{0}+4) + 5cos(6{0}+5))"
_HARTMANN = (
    "-exp(-3(x - 0.3689)^2 - 10(y - 0.1170)^2 - 30(z - 0.2673)^2)"
    " - 1.2exp(-0.1(x - 0.4699)^2 - 10(y - 0.4387)^2 - 35(z - 0.7470)^2)"
    " - 3exp(-3(x - 0.1091)^2 - 10(y - 0.8732)^2 - 30(z - 0.5547)^2)"
    " - 3.2exp(-0.1(x - 0.03815)^2 - 10(y - 0.5743)^2 - 35(z - 0.8828)^2)"
)
# Formula, half of the range of each variable or its ends, the least value, where it is (some points, or how many)
# Surjanovic and Bingham, Virtual Library of Simulation Experiments; Jamil and Yang 2013
CLASSICS: dict[str, tuple[str, dict[str, tuple[float, float]], float, int, tuple[float, ...]]] = {
    "Rosenbrock": ("100 (y - x^2)^2 + (1 - x)^2", {"x": (-5, 5), "y": (-5, 5)}, 0, 1, (1, 1)),
    "Himmelblau": ("(x^2 + y - 11)^2 + (x + y^2 - 7)^2", {"x": (-5, 5), "y": (-5, 5)}, 0, 4, (3, 2)),
    "six-hump camel": (
        "(4 - 2.1x^2 + x^4/3) x^2 + x y + (4y^2 - 4) y^2",
        {"x": (-3, 3), "y": (-2, 2)},
        -1.031628453489877,
        2,
        (0.089842013100318, -0.712656403020740),
    ),
    "three-hump camel": ("2x^2 - 1.05x^4 + x^6/6 + x y + y^2", {"x": (-5, 5), "y": (-5, 5)}, 0, 1, (0, 0)),
    "Beale": (
        "(1.5 - x + x y)^2 + (2.25 - x + x y^2)^2 + (2.625 - x + x y^3)^2",
        {"x": (-4.5, 4.5), "y": (-4.5, 4.5)},
        0,
        1,
        (3, 0.5),
    ),
    "Booth": ("(x + 2y - 7)^2 + (2x + y - 5)^2", {"x": (-10, 10), "y": (-10, 10)}, 0, 1, (1, 3)),
    "Matyas": ("0.26 (x^2 + y^2) - 0.48 x y", {"x": (-10, 10), "y": (-10, 10)}, 0, 1, (0, 0)),
    "Branin": (
        "(y - 5.1/(4pi^2) x^2 + 5/pi x - 6)^2 + 10 (1 - 1/(8pi)) cos(x) + 10",
        {"x": (-5, 10), "y": (0, 15)},
        0.397887357729738,
        3,
        (pi, 2.275),
    ),
    "Goldstein-Price": (
        "(1 + (x + y + 1)^2 (19 - 14x + 3x^2 - 14y + 6x y + 3y^2))"
        " (30 + (2x - 3y)^2 (18 - 32x + 12x^2 + 48y - 36x y + 27y^2))",
        {"x": (-2, 2), "y": (-2, 2)},
        3,
        1,
        (0, -1),
    ),
    "Easom": ("-cos(x) cos(y) exp(-((x - pi)^2 + (y - pi)^2))", {"x": (-100, 100), "y": (-100, 100)}, -1, 1, (pi, pi)),
    "Levy 13": (
        "sin(3pi x)^2 + (x - 1)^2 (1 + sin(3pi y)^2) + (y - 1)^2 (1 + sin(2pi y)^2)",
        {"x": (-10, 10), "y": (-10, 10)},
        0,
        1,
        (1, 1),
    ),
    "McCormick": (
        "sin(x + y) + (x - y)^2 - 1.5x + 2.5y + 1",
        {"x": (-1.5, 4), "y": (-3, 4)},
        -1.913222954981037,
        1,
        (0.5 - pi / 3, -0.5 - pi / 3),
    ),
    "Rastrigin": (
        "20 + x^2 - 10cos(2pi x) + y^2 - 10cos(2pi y)",
        {"x": (-5.12, 5.12), "y": (-5.12, 5.12)},
        0,
        1,
        (0, 0),
    ),
    "Rastrigin in three": (
        "30 + x^2 - 10cos(2pi x) + y^2 - 10cos(2pi y) + z^2 - 10cos(2pi z)",
        {"x": (-5.12, 5.12), "y": (-5.12, 5.12), "z": (-5.12, 5.12)},
        0,
        1,
        (0, 0, 0),
    ),
    "Griewank": (
        "1 + (x^2 + y^2)/4000 - cos(x) cos(y/sqrt(2))",
        {"x": (-600, 600), "y": (-600, 600)},
        0,
        1,
        (0, 0),
    ),
    "Schaffer 2": (
        "0.5 + (sin(x^2 - y^2)^2 - 0.5)/(1 + 0.001(x^2 + y^2))^2",
        {"x": (-100, 100), "y": (-100, 100)},
        0,
        1,
        (0, 0),
    ),
    "Styblinski-Tang": (
        "(x^4 - 16x^2 + 5x + y^4 - 16y^2 + 5y)/2",
        {"x": (-5, 5), "y": (-5, 5)},
        -78.332331407542800,
        1,
        (-2.903534027771177, -2.903534027771177),
    ),
    "Styblinski-Tang in three": (
        "(x^4 - 16x^2 + 5x + y^4 - 16y^2 + 5y + z^4 - 16z^2 + 5z)/2",
        {"x": (-5, 5), "y": (-5, 5), "z": (-5, 5)},
        -117.498497111314,
        1,
        (-2.903534027771177, -2.903534027771177, -2.903534027771177),
    ),
    "Hartmann 3": (
        _HARTMANN,
        {"x": (0, 1), "y": (0, 1), "z": (0, 1)},
        -3.86278214782076,
        1,
        (0.114614338589672, 0.555648849971857, 0.852546953520866),
    ),
    "Bohachevsky 1": (
        "x^2 + 2y^2 - 0.3cos(3pi x) - 0.4cos(4pi y) + 0.7",
        {"x": (-100, 100), "y": (-100, 100)},
        0,
        1,
        (0, 0),
    ),
    "Bohachevsky 2": (
        "x^2 + 2y^2 - 0.3cos(3pi x) cos(4pi y) + 0.3",
        {"x": (-100, 100), "y": (-100, 100)},
        0,
        1,
        (0, 0),
    ),
    "Shubert": (
        _SHUBERT.format("x") + " " + _SHUBERT.format("y"),
        {"x": (-10, 10), "y": (-10, 10)},
        -186.730908831024,
        18,
        (-7.708313735499347, -7.083506407651560),
    ),
}
QUICK = ("Booth", "six-hump camel", "McCormick")


def least(text: str, spans: Mapping[str, tuple[float, float]], greatest: bool = False, most: int = 200_000) -> Optimum:
    return optimum_everywhere(parse(text, spans), spans, {}, greatest, most)


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[] if name in QUICK else [pytest.mark.slow]) for name in CLASSICS]
)
def test_every_published_global_minimum_is_proven_and_all_its_points_are_found(name: str) -> None:
    text, spans, value, count, point = CLASSICS[name]
    found = least(text, spans)
    assert found.everywhere is not None
    assert found.everywhere.is_known
    assert found.everywhere.undecided == []
    assert found.value == pytest.approx(value, rel=1e-13, abs=1e-13)
    assert found.everywhere.bounds == pytest.approx((value, value), rel=1e-13, abs=1e-13)
    assert len(found.everywhere.places) == count
    distances = [
        max(abs(place.point[name] - at) for name, at in zip(spans, point, strict=True))
        for place in found.everywhere.places
    ]
    assert min(distances) < 1e-14 * max(1, *map(abs, point)) + 1e-14


@pytest.mark.slow
def test_a_minimum_at_a_kink_is_enclosed() -> None:
    ackley = "-20 exp(-0.2 sqrt(0.5 (x^2 + y^2))) - exp(0.5 (cos(2pi x) + cos(2pi y))) + e + 20"
    found = least(ackley, {"x": (-32, 32), "y": (-32, 32)}).everywhere
    assert found is not None
    assert found.is_known
    assert found.bounds == pytest.approx((0, 0), abs=1e-12)
    (piece,) = found.undecided
    assert all(-1e-9 < low <= 0 <= high < 1e-9 for low, high in piece.values())


@pytest.mark.parametrize(
    ("text", "spans", "value", "point"),
    [
        ("x + y", {"x": (-3.0, 3.0), "y": (-2.0, 2.0)}, -5, {"x": -3, "y": -2}),
        ("x^2 + x y", {"x": (1.0, 2.0), "y": (-1.0, 2.0)}, 0, {"x": 1, "y": -1}),
        ("abs(x) + abs(y - 1)", {"x": (-3.0, 3.0), "y": (-2.0, 2.0)}, 0, {"x": 0, "y": 1}),
        ("x^4 + y^4", {"x": (-3.0, 3.0), "y": (-2.0, 2.0)}, 0, {"x": 0, "y": 0}),
        ("max(x, -2x) + 1", {"x": (-3.0, 3.0)}, 1, {"x": 0}),
        ("sqrt(x) + x", {"x": (0.0, 3.0)}, 0, {"x": 0}),
        ("where(x < 0, 5, x)", {"x": (-1.0, 1.0)}, 0, {"x": 0}),
    ],
)
def test_a_least_value_at_an_end_a_kink_or_a_jump_is_found(
    text: str, spans: dict[str, tuple[float, float]], value: float, point: dict[str, float]
) -> None:
    found = least(text, spans)
    assert found.everywhere is not None
    assert found.everywhere.is_known
    assert found.value == pytest.approx(value, abs=1e-9)
    assert found.point == pytest.approx(point, abs=1e-9)


@pytest.mark.parametrize(
    ("text", "value", "x"),
    [  # from SciPy's minimize_scalar with its gammainc and betainc
        ("gammainc(2, x) - x/10", -0.005377225472260249, 0.1118325585),
        ("gammainc(x, 2) + x/9", 0.5852914276054393, 4.2151213),
        ("betainc(x, 2, 0.3) + x/9", 0.4119164399455181, 2.6652587),
    ],
)
def test_a_least_value_of_incomplete_integrals_is_found_with_a_second_derivative_or_without(
    text: str, value: float, x: float
) -> None:
    found = least(text, {"x": (0.1, 10)})
    assert found.everywhere is not None
    assert found.everywhere.is_known
    assert found.value == pytest.approx(value, abs=1e-7)
    assert found.point == pytest.approx({"x": x}, abs=1e-4)


def test_the_greatest_value_is_found_too() -> None:
    found = least("x y exp(-x^2 - y^2)", {"x": (-3, 3), "y": (-2, 2)}, greatest=True)
    assert found.everywhere is not None
    assert found.value == pytest.approx(0.18393972058572117, rel=1e-15)
    assert [tuple(place.point.values()) for place in found.everywhere.places] == [
        pytest.approx((-(0.5**0.5), -(0.5**0.5)), rel=1e-15),
        pytest.approx((0.5**0.5, 0.5**0.5), rel=1e-15),
    ]


@pytest.mark.parametrize("text", ["1/x", "log(abs(x))", "-1/abs(x)", "tan(2x)"])
def test_values_without_a_bound_are_never_called_decided(text: str) -> None:
    found = least(text, {"x": (-1, 1)}, most=3_000)
    assert found.everywhere is not None
    assert not found.everywhere.is_known
    assert not found.proven


def test_too_few_pieces_decide_nothing() -> None:
    text, spans, value, _, _ = CLASSICS["Goldstein-Price"]
    found = least(text, spans, most=50).everywhere
    assert found is not None
    assert not found.is_known
    assert found.bounds[0] <= value <= found.bounds[1]


def test_a_valley_of_least_values_is_left_as_a_piece() -> None:
    found = least("(x + y)^2", {"x": (-2, 2), "y": (-2, 2)}).everywhere
    assert found is not None
    assert found.is_known
    assert found.bounds == (0, 0)
    (piece,) = found.undecided
    assert piece["x"] == (-2, 2)
