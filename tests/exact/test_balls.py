"""A graph over balls: numbers as typed, values with reasons where there are none, gradients, and doubts."""

import re
from fractions import Fraction
from typing import Any

import pytest
from flint import arb, fmpq

from autodiff_cli.engine.expression import Evaluation
from autodiff_cli.engine.value import Value, constant
from autodiff_cli.exact.balls import OPEN, ROUGH, STEEP, Balls, Undefined, decimal, exact, exactly
from autodiff_cli.language.parser import parse

BALLS = Balls(200)


def run(text: str, around: tuple[str, ...] = (), **point: Any) -> tuple[Evaluation, dict[Value, Any]]:
    """The expression, and the numbers of its nodes."""
    at = parse(text).evaluation()
    found = dict.fromkeys([part for node in (at.root, *at.nodes) for part in (node, *node.args)])
    leaves = {leaf: BALLS.constant(leaf) for leaf in found if not leaf.args and not leaf.requires_grad}
    leaves |= {variable: point[name] for name, variable in at.variables.items()}
    return at, BALLS.values_of(at, leaves, [at.variables[name] for name in around])


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0.1", fmpq(1, 10)),
        ("-2.50e1", fmpq(-25)),
        ("+3", fmpq(3)),
        (".5", fmpq(1, 2)),
        ("5.", fmpq(5)),
        ("1e-3", fmpq(1, 1000)),
        ("-0", fmpq(0)),
        ("0e999999999", fmpq(0)),
    ],
)
def test_a_decimal_is_the_rational_that_is_typed(text: str, number: fmpq) -> None:
    assert decimal(text) == number


@pytest.mark.parametrize("text", ["", ".", "x", "1e", "--1", "1 2", "inf", "1_000"])
def test_what_is_no_decimal_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(text)}$"):
        decimal(text)


@pytest.mark.parametrize("data", [0.1, -1e-300, 5e-324, 2.0**70])
def test_a_float_as_the_rational_it_is(data: float) -> None:
    number = exactly(data)
    assert Fraction(int(number.p), int(number.q)) == Fraction(data)


def test_exact_numbers_are_rationals_and_balls_without_radius() -> None:
    assert exact(fmpq(1, 3))
    assert exact(arb(2))
    assert not exact(arb(2, 1e-30))
    assert not exact(arb("inf"))


def test_a_constant_is_what_was_typed_or_its_float() -> None:
    leaf = constant(0.1, "0.1")
    assert (BALLS.constant(leaf) * 10).contains(1)
    assert not BALLS.constant(leaf).contains(0.1)
    assert BALLS.constant(leaf, exact_floats=True) == arb(0.1)


def test_around_holds_numbers_to_both_sides() -> None:
    near = BALLS.around(fmpq(3))
    assert near.contains(3)
    assert near.rad() > 0
    assert float(near.rad()) < 1e-59
    assert BALLS.around(fmpq(0)).contains(arb(2) ** -200)


def test_rational_steps_stay_rational() -> None:
    at, values = run("x/y + x", x=fmpq(1), y=fmpq(3))
    assert values[at.root] == fmpq(4, 3)


def test_a_value_that_cannot_be_had_says_why_and_so_does_what_depends_on_it() -> None:
    at, values = run("exp(floor(x)) + y", x=arb(2, 1e-9), y=fmpq(1))
    why = values[at.root]
    assert isinstance(why, Undefined)
    assert (str(why), why.node, why.exact) == (OPEN, at.nodes[0], False)
    assert values[at.nodes[1]] is why


def test_the_branch_not_taken_may_be_undefined() -> None:
    at, values = run("where(x > 0, x, floor(y))", x=fmpq(2), y=arb(2, 1e-9))
    assert values[at.root] == 2
    gradients = BALLS.gradients(at.root, values)
    assert gradients[at.variables["x"]] == 1


def test_an_open_condition_leaves_the_value_open() -> None:
    at, values = run("where(x > 0, 1, 2)", x=arb(0, 1))
    assert isinstance(values[at.root], Undefined)


def test_an_open_condition_that_is_a_number_leaves_the_slopes_open() -> None:
    at, values = run("where(x - 1, 2x, 5x)", x=arb(1, 1))
    slope = BALLS.gradients(at.root, values)[at.variables["x"]]
    assert isinstance(slope, Undefined)
    at, values = run("where(x - 1, 2x, 5x)", x=fmpq(1))
    assert BALLS.gradients(at.root, values)[at.variables["x"]] == 5


def test_what_is_needed_besides_makes_the_result_undefined() -> None:
    at, values = run("diff(log(x), x)", x=fmpq(-1))
    why = values[at.root]
    assert isinstance(why, Undefined)
    assert why.exact
    assert why.node is not None
    assert why.node.rule.function.name == "log"


def test_gradients_add_up_over_all_ways() -> None:
    at, values = run("x*y + x*x", x=fmpq(3), y=fmpq(5))
    gradients = BALLS.gradients(at.root, values)
    assert gradients[at.variables["x"]] == 11
    assert gradients[at.variables["y"]] == 3


def test_the_gradient_of_max_goes_to_the_larger_argument() -> None:
    at, values = run("max(x, y, 2)", x=fmpq(3), y=fmpq(5))
    gradients = BALLS.gradients(at.root, values)
    assert gradients[at.variables["y"]] == 1
    assert gradients.get(at.variables["x"], 0) == 0


def test_an_infinite_slope_is_steep_at_an_exact_point() -> None:
    at, values = run("sqrt(x)", x=fmpq(0))
    why = BALLS.gradients(at.root, values)[at.variables["x"]]
    assert isinstance(why, Undefined)
    assert (str(why), why.exact) == (STEEP, True)


@pytest.mark.parametrize(
    ("text", "x", "doubt"),
    [
        ("abs(x)", fmpq(0), ROUGH),
        ("abs(x)", fmpq(1), None),
        ("sin(x)", fmpq(0), None),
        ("floor(x)*x", fmpq(2), ROUGH),
        ("log(x)", fmpq(0), STEEP),
    ],
)
def test_around_a_kink_or_an_edge_there_is_doubt(text: str, x: fmpq, doubt: str | None) -> None:
    at, values = run(text, around=("x",), x=x)
    found = BALLS.doubts(at.root, values).get(at.variables["x"])
    assert (str(found) if found else None) == doubt


def test_within_balls_their_operators_have_their_precision() -> None:
    with Balls(500):
        fine = arb(1) / 3
    with Balls(60):
        coarse = arb(1) / 3
    assert fine.rad() < arb(2) ** -490
    assert coarse.rad() > arb(2) ** -70
