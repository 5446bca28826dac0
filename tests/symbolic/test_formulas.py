"""Derivatives as graphs and as expressions of their own."""

import pytest

from autodiff_cli.engine.printer import to_text
from autodiff_cli.errors import AutodiffError
from autodiff_cli.language.parser import parse
from autodiff_cli.symbolic.formulas import check_result, formula_of, graphs, holds


def test_graphs_come_by_name_with_conditions_and_notes() -> None:
    found, conditions, notes = graphs(parse("log(x) + x^n"), [("x",), ("n",)])
    assert [to_text(found[by]) for by in found] == ["1 / x + n * x^(n - 1)", "x^n * log(x)"]
    assert conditions == ["x > 0"]
    assert notes[0] == "the slope of x^n by x: 0 at n = 0"


def test_exact_graphs_leave_nothing_out() -> None:
    expression = parse("x^n")
    found, _, notes = graphs(expression, [("x",)], exact=True)
    assert notes == []
    assert formula_of(expression, found["x",]).evaluate(x=0.0, n=0.0) == 0


def test_formula_is_an_expression_in_the_same_variables() -> None:
    expression = parse("t = x*y; sin(t) + t^2")
    found, _, _ = graphs(expression, [("x",)])
    formula = formula_of(expression, found["x",])
    assert formula.variables == expression.variables
    assert formula.evaluate(x=0.5, y=2.0) == pytest.approx(expression.gradient(x=0.5, y=2.0)["x"], rel=1e-14)
    assert parse(str(formula)).evaluate(x=0.5, y=2.0) == formula.evaluate(x=0.5, y=2.0)


def test_condition_has_no_derivative() -> None:
    check_result(parse("where(x < 1, x, 2)"))
    with pytest.raises(AutodiffError) as caught:
        graphs(parse("x < 1"), [("x",)])
    assert caught.value.message == "a condition has no derivative: it is 1 or 0"


def test_several_conditions_are_one_note_and_none_is_none() -> None:
    assert holds([]) == []
    assert holds(["x > 0", "y != 0"]) == ["holds where x > 0 and y != 0"]
