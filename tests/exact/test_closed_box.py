"""Enclosures up to the edge of a domain hold every value there is, and are tight where there are bounds."""

from math import e, exp, inf, isfinite, log, pi, sin
from random import Random

import pytest

pytest.importorskip("flint")

from flint import arb, ctx, fmpq

from autodiff_cli.engine.graph import toposort
from autodiff_cli.engine.value import Value
from autodiff_cli.exact.closed_box import ClosedBox, Outside
from autodiff_cli.exact.edge_products import edge_products
from autodiff_cli.exact.enclosure import Bounds
from autodiff_cli.language.parser import parse
from autodiff_cli.rules.kernels.extended import hull

Ends = dict[str, tuple[float, float]]


def rational(number: float) -> fmpq:
    return fmpq(*number.as_integer_ratio())


def closed(text: str, ends: Ends) -> ClosedBox:
    expression = parse(text, [*ends])
    leaves: list[Value] = [leaf for node in expression.nodes for leaf in node.args if not leaf.args]
    constants = {leaf: rational(leaf.data) for leaf in leaves if not leaf.requires_grad}
    box = {expression.variables[name]: (rational(low), rational(high)) for name, (low, high) in ends.items()}
    return ClosedBox(expression, constants, box)


UNIT = {"x": (0.0, 1.0)}
BOTH = {"x": (0.0, 1.0), "y": (-1.0, 2.0)}
CASES: list[tuple[str, Ends, float, float]] = [
    ("sqrt(x)", UNIT, 0.0, 1.0),
    ("asin(x)", {"x": (-1.0, 1.0)}, -pi / 2, pi / 2),
    ("acos(x)", UNIT, 0.0, pi / 2),
    ("acosh(x)", {"x": (1.0, 2.0)}, 0.0, 1.3169578969248166),
    ("x^1.5", {"x": (0.0, 4.0)}, 0.0, 8.0),
    ("sqrt(1 - x^2)", {"x": (-1.0, 1.0)}, 0.0, 1.0),
    ("sqrt(x - x^2)", UNIT, 0.0, 0.5),
    ("sqrt(sqrt(x) - x)", UNIT, 0.0, 0.5),
    ("sqrt(x) - x", UNIT, 0.0, 0.25),
    ("sqrt(abs(x))", {"x": (-1.0, 1.0)}, 0.0, 1.0),
    ("sqrt(x^2 + y^2)", BOTH, 0.0, 5**0.5),
    ("y * sqrt(x)", BOTH, -1.0, 2.0),
    ("x * log(x)", UNIT, -1 / e, 0.0),
    ("x^2 * log(x)", UNIT, -1 / (2 * e), 0.0),
    ("sqrt(x) * log(x)", UNIT, -2 / e, 0.0),
    ("2 * x * log(x)", {"x": (0.0, 2.0)}, -2 / e, 4 * log(2)),
    ("x * log2(x)", UNIT, -1 / e / log(2), 0.0),
    ("-x*log(x) - (1 - x)*log(1 - x)", UNIT, 0.0, log(2)),
    ("sin(x) * log(sin(x))", UNIT, -1 / e, 0.0),
    ("x^x", UNIT, exp(-1 / e), 1.0),
    ("x^(-x)", UNIT, 1.0, exp(1 / e)),
    ("exp(-1/x)", UNIT, 0.0, exp(-1)),
    ("atan(1/x)", UNIT, pi / 4, pi / 2),
    ("sin(x) / x", UNIT, sin(1), 1.0),
    ("x / sin(x)", {"x": (-1.0, 0.0)}, 1.0, 1 / sin(1)),
    ("(exp(x) - 1) / x", UNIT, 1.0, e - 1),
    ("log(x) / (x - 1)", {"x": (1.0, 2.0)}, log(2), 1.0),
    ("log(x)", UNIT, -inf, 0.0),
    ("1 / x", {"x": (-1.0, 0.0)}, -inf, -1.0),
    ("1 / sqrt(x)", {"x": (0.0, 4.0)}, 0.5, inf),
    ("x^-0.5", {"x": (0.0, 4.0)}, 0.5, inf),
    ("atanh(x)", UNIT, 0.0, inf),
    ("log1p(-x)", UNIT, -inf, 0.0),
    ("x / (1 - x)", UNIT, 0.0, inf),
]


@pytest.mark.parametrize(("text", "ends", "low", "high"), CASES, ids=[case[0] for case in CASES])
def test_bounds_hold_all_values_up_to_the_edge_and_little_more(text: str, ends: Ends, low: float, high: float) -> None:
    found = closed(text, ends).value()
    assert found.low == low or low - 1e-11 <= found.low <= low + 1e-15
    assert found.high == high or high - 1e-15 <= found.high <= high + 1e-11


LOOSE: list[tuple[str, Ends]] = [
    ("x^(x * y)", BOTH),
    ("max(xlogy(x - x, x - x), 1 - x)", UNIT),
    ("xlogy(x * log(x), 2)", UNIT),
    ("x * y * log(x) + sqrt(1 - x)", BOTH),
    ("(1 - cos(x)) / x^2", UNIT),
    ("asin(x) * acos(x) / sqrt(1 + y)", {"x": (-1.0, 1.0), "y": (-1.0, 1.0)}),
    ("max(sqrt(x), x^2) - min(x, log(x))", UNIT),
    ("abs(log(x)) * x", UNIT),
    ("sqrt(x) * sin(1 / x)", UNIT),
    ("cbrt(x) * y^2 + x^(1/3)", {"x": (0.0, 8.0), "y": (-2.0, 1.0)}),
    ("tanh(1 / x) + erf(y / x)", BOTH),
    ("xlogy(x, x) + relu(x - 0.5)", UNIT),
]


@pytest.mark.parametrize(("text", "ends"), [*[case[:2] for case in CASES], *LOOSE], ids=lambda case: str(case)[:30])
def test_no_value_and_no_slope_is_outside_of_the_bounds(text: str, ends: Ends) -> None:
    box, expression, random = closed(text, ends), parse(text, [*ends]), Random(text)
    found = box.value()
    slopes = dict(zip(ends, box.gradients().values(), strict=True))
    for _ in range(200):
        # near the edges as often as in between
        shares = {
            name: random.choice([random.random(), 1e-3 * random.random(), 1 - 1e-3 * random.random()]) for name in ends
        }
        point = {name: low + shares[name] * (high - low) for name, (low, high) in ends.items()}
        value, gradient = expression.value_and_gradient(point)
        if isfinite(value):
            near = 1e-9 * max(1.0, abs(value))
            assert found.low - near <= value <= found.high + near
        for name, slope in gradient.items():
            bounds = slopes[name] or Bounds(-inf, inf)
            assert not isfinite(slope) or bounds.low - 1e-9 * abs(slope) <= slope <= bounds.high + 1e-9 * abs(slope)


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        ("log(x)", {"x": (-1.0, 2.0)}),
        ("1 / x", {"x": (-1.0, 1.0)}),
        ("sqrt(x - 1)", {"x": (0.0, 2.0)}),
        ("floor(x)", UNIT),
        ("where(x > 0, log(x), 0)", UNIT),
        ("log(x)", {"x": (0.0, 0.0)}),
        ("asin(x)", {"x": (0.0, 1.0000001)}),
        ("sqrt(1 - x^2 - y^2)", {"x": (0.0, 0.7), "y": (0.0, 0.8)}),
    ],
)
def test_what_reaches_beyond_a_domain_has_no_bounds(text: str, ends: Ends) -> None:
    with pytest.raises(Outside):
        closed(text, ends)


def test_a_product_at_an_edge_has_the_exponent_that_is_meant_and_not_its_float() -> None:
    expression = parse("x^0.1 * log(x)", ["x"])
    (power,) = [node for node in expression.nodes if node.rule.function.name == "pow"]
    (product,) = edge_products(toposort([expression.root]), {power.args[1]: fmpq(1, 10)}).values()
    with ctx.workprec(128):
        bound = product.value(hull(0, 1)).low
        least = -10 / arb(1).exp()  # at exp(-10)
        assert bound <= least.upper()
        assert abs(bound - least) < 1e-30
