"""Which derivatives there are, how they are written, and what they are at a point."""

from math import isnan

import pytest

from autodiff_cli.language.parser import parse
from autodiff_cli.reports.formulas import differentiate, orders, values_at
from autodiff_cli.reports.functions import sentences
from autodiff_cli.reports.results import Verdict


def test_second_derivatives_are_by_each_pair_once() -> None:
    assert orders(["x", "y"], 2, hessian=True) == [("x", "x"), ("x", "y"), ("y", "y")]


def test_derivatives_of_an_order_are_by_each_variable_that_often() -> None:
    assert orders(["x", "y"], 3, hessian=False) == [("x", "x", "x"), ("y", "y", "y")]


def test_a_second_derivative_after_a_kink_is_singular_and_noted() -> None:
    rows, notes = values_at(parse("abs(x)"), {"x": 0.0}, [("x", "x")])
    row = rows["x", "x"]
    assert row.verdict is Verdict.SINGULAR
    assert isnan(row.gradient)
    assert "no second derivative by x: the first has none here" in notes


def test_a_second_derivative_of_a_line_is_zero() -> None:
    rows, _ = values_at(parse("3*x"), {"x": 2.0}, [("x", "x")])
    assert (rows["x", "x"].gradient, rows["x", "x"].verdict) == (0.0, Verdict.OK)


@pytest.mark.parametrize(("steps", "expected"), [(False, False), (None, False), (True, True)])
def test_short_formulas_have_named_steps_only_where_these_are_wanted(steps: bool | None, expected: bool) -> None:
    found = differentiate(parse("exp(sin(x)*y)"), [("x",), ("y",)], steps=steps)
    assert bool(found.steps) is expected


def test_a_constant_with_a_value_of_its_own_stands_before_its_formula() -> None:
    found = differentiate(parse("pi = 3; pi * x^2"), [("x",)])
    assert found.rows[0].alone.startswith("pi = 3; ")


def test_a_jump_is_noted() -> None:
    assert any("floor(x) jumps" in note for note in differentiate(parse("x*floor(x)"), [("x",)]).notes)


def test_only_a_first_part_begins_small() -> None:
    assert sentences(["jumps at 0", "jumps at 1"]) == "jumps at 0. Jumps at 1"
    assert sentences([]) == ""
