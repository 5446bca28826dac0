"""The table over balls and over rationals: open decisions, steps, and what is no rational."""

from math import e, pi

import pytest
from flint import arb, fmpq

from autodiff_cli.exact.arithmetic import named_constant, over_balls, rational
from autodiff_cli.rules.kernels.balls import Undecided
from autodiff_cli.rules.table import Function, find

OPEN = arb(0, 1)  # from -1 to 1


def function(name: str, count: int = 1) -> Function:
    found = find(name, count)
    assert found is not None
    return found


def test_an_open_condition_in_a_formula_holds_both_branches() -> None:
    chosen = over_balls(100, False).formula("where(x < 0, 1, 3)", "x")
    assert chosen(arb(-2)) == 1
    assert chosen(arb(2)) == 3
    assert chosen(OPEN).contains(1)
    assert chosen(OPEN).contains(3)
    assert not chosen(OPEN).contains(4)


@pytest.mark.parametrize("name", ["floor", "ceil", "trunc", "round", "sign"])
def test_a_step_that_is_open_is_undecided_only_where_steps_have_to_be_settled(name: str) -> None:
    step = function(name)
    wide = arb(0, 1.2)
    assert over_balls(100, False).value(step)(wide).contains(0)
    with pytest.raises(Undecided):
        over_balls(100, True).value(step)(wide)
    assert over_balls(100, True).value(step)(arb(2)) == over_balls(100, False).value(step)(arb(2))


def test_the_side_of_a_cut_may_be_open() -> None:
    angle = over_balls(100, False).value(function("atan2", 2))
    assert angle(OPEN, arb(3)).contains(0)
    with pytest.raises(Undecided, match="the side of"):
        angle(OPEN, arb(-3))
    assert angle(arb(0), arb(-3)).contains(pi) or abs(angle(arb(0), arb(-3)) - pi) < 1e-15


@pytest.mark.parametrize(("name", "number"), [("pi", pi), ("e", e), ("tau", 2 * pi), ("deg", pi / 180)])
def test_a_named_constant_is_the_number_itself(name: str, number: float) -> None:
    assert float(named_constant(name).mid()) == pytest.approx(number, rel=1e-15)


@pytest.mark.parametrize(
    ("name", "args", "result"),
    [
        ("add", (fmpq(1, 3), fmpq(1, 6)), fmpq(1, 2)),
        ("div", (fmpq(1), fmpq(3)), fmpq(1, 3)),
        ("pow", (fmpq(2, 3), fmpq(-2)), fmpq(9, 4)),
        ("abs", (fmpq(-1, 3),), fmpq(1, 3)),
        ("round", (fmpq(5, 2),), fmpq(2)),
        ("sin", (fmpq(1),), None),
        ("div", (fmpq(1), fmpq(0)), None),
        ("pow", (fmpq(2), fmpq(1, 2)), None),
        ("pow", (fmpq(2), fmpq(10**6)), None),  # too long to be worth it
        ("add", (fmpq(1), arb(1)), None),  # a ball is no rational
    ],
)
def test_a_function_of_rationals_is_rational_or_none(name: str, args: tuple[fmpq, ...], result: fmpq | None) -> None:
    assert rational(function(name, len(args)), -1, list(args), list(args)) == result


def test_a_partial_at_rationals_is_rational_where_its_formula_is() -> None:
    a, b = fmpq(3), fmpq(4)
    division = function("div", 2)
    assert rational(division, 1, (a / b, a, b), [a, b]) == fmpq(-3, 16)
    assert rational(function("sin"), 0, (arb(3).sin(), a), [a]) is None
