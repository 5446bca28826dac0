"""Interval kernels: what a function gives at any point of a box lies in its bounds, by python-flint's balls."""

from random import Random

import numpy as np
import pytest

pytest.importorskip("flint")
import flint

from autodiff_cli.rules.kernels import balls, intervals
from autodiff_cli.rules.kernels.intervals import Interval
from autodiff_cli.rules.numbers import NumberSystem
from autodiff_cli.rules.table import FUNCTIONS, Function

OVER_INTERVALS = NumberSystem(intervals.KERNELS, operators_as_calls=True)
OVER_BALLS = NumberSystem(balls.KERNELS, operators_as_calls=True)


def has_bounds(function: Function) -> bool:
    try:
        OVER_INTERVALS.value(function)
    except KeyError:
        return False
    return True


@pytest.mark.parametrize(
    "function", [*filter(has_bounds, FUNCTIONS)], ids=lambda function: f"{function.name}-{len(function.args)}"
)
def test_values_over_a_box_lie_within_its_bounds(function: Function) -> None:
    random, compute = Random(1), OVER_BALLS.value(function)
    kernel = OVER_INTERVALS.value(function)
    for point in function.at:
        for width in (0, 1e-9, 0.01, 0.3, 2):
            ends = [(at - width * random.random(), at + width * random.random()) for at in point]
            with np.errstate(all="ignore"):
                found = kernel(*[Interval([low], [high]) for low, high in ends])
            for _ in range(5):
                share = random.choice([0, 0.5, 1, random.random()])
                at = [min(max(low + (high - low) * share, low), high) for low, high in ends]
                with flint.ctx.workprec(200):
                    try:
                        value = compute(*map(flint.arb, at))
                    except (ArithmeticError, ValueError):
                        continue
                    if value.is_finite():
                        assert not value < flint.arb(float(found.low.item()))
                        assert not value > flint.arb(float(found.high.item()))


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: f"{function.name}-{len(function.args)}")
def test_every_function_has_bounds(function: Function) -> None:
    assert OVER_INTERVALS.value(function)


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [("x * x", 0, 4), ("x**3", -1, 8), ("1 / x", -np.inf, np.inf), ("sqrt(x)", 0, 2**0.5), ("sin(4 * x)", -1, 1)],
)
def test_bounds_are_no_wider_than_they_must_be(text: str, low: float, high: float) -> None:
    with np.errstate(all="ignore"):
        found = OVER_INTERVALS.formula(text, "x")(Interval([-1.0], [2.0]))
    assert found.low == pytest.approx(low, rel=1e-14, abs=1e-14)
    assert found.high == pytest.approx(high, rel=1e-14, abs=1e-14)


def test_a_sum_that_is_not_rounded_is_exact() -> None:
    found = Interval([1.0], [2.0]) + Interval([0.5], [4.0])
    assert (found.low.item(), found.high.item()) == (1.5, 6.0)


def test_a_sum_that_is_rounded_is_rounded_outwards() -> None:
    found = Interval([0.1], [0.1]) + Interval([0.2], [0.2])
    assert found.low < 0.1 + 0.2 < found.high
