"""Branches that hold at single points, and branches without a value: what the derivative makes of them."""

import math

import pytest

from autodiff_cli import parse
from autodiff_cli.codegen.lower import lower
from autodiff_cli.symbolic.isolated import holds_at_points

from ..codegen.running import run_numpy, run_python
from .values import called


@pytest.mark.parametrize(
    ("condition", "holds", "is_points"),
    [
        ("x == 0", True, True),
        ("x == 0", False, False),
        ("x != 1", False, True),
        ("x != 1", True, False),
        ("not x == 0", False, True),
        ("x == 0 and y > 0", True, True),
        ("x == 0 or y > 0", True, False),
        ("x == 0 or x == 1", True, True),
        ("x != 0 and x != 1", False, True),
        ("y == 0", True, False),
        ("x == y", True, True),
        ("sin(x) == 0", True, True),
        ("abs(x) > 0", False, True),
        ("x^2 <= 0", True, True),
        ("x^2 <= 1", True, False),
        ("abs(x) > 1", False, False),
        ("x > 0", False, False),
        ("max(x, 0) == 0", True, False),
        ("floor(x) == 2", True, False),
        ("sign(x) == 1", True, False),
        ("relu(x) > 0", False, False),
        ("hypot(x, x) < hypot(x, x)", False, False),
        ("hypot(x, x) == hypot(x, x)", True, False),
        ("max(y, 0) == x", True, True),
        ("x", False, True),
        ("x", True, False),
    ],
)
def test_conditions_that_hold_at_single_points_of_x(condition: str, holds: bool, is_points: bool) -> None:
    term = called(condition)
    assert holds_at_points(term, holds, lambda one: "x" in str(_leaves(one))) == is_points


def _leaves(term: object) -> list[str]:
    parts, found = [term], []
    for one in parts:
        parts += one.children()  # type: ignore[attr-defined]
        if one.kind == "leaf":  # type: ignore[attr-defined]
            found.append(one.head.label)  # type: ignore[attr-defined]
    return found


@pytest.mark.parametrize(
    ("text", "by", "derivative", "point"),
    [
        ("where(x == 0, 0, x)", "x", "1", "x == 0"),
        ("where(x == 0, 5, x)", "x", "1", "x == 0"),
        ("piecewise(x != 0, (exp(x) - 1)/x, 1)", "x", "(x * exp(x) - exp(x) + 1) / x^2", "x == 0"),
        ("where(x != 1, x^2, 1)", "x", "2 * x", "x == 1"),
        ("where(x == 0 and y == 0, 0, x*y)", "y", "x", "x == 0 and y == 0"),
        ("where(x < 0, 1, where(x == 0, 5, x^2))", "x", "where(x < 0, 0, 2 * x)", "x == 0"),
        ("where(n == 1, log(x), x^2)", "x", "where(n == 1, 1 / x, 2 * x)", ""),
        ("where(n == 1, log(x), n*x)", "n", "x", "n == 1"),
        ("where(max(x, 0) == 0, 1, x^2)", "x", "where(max(x, 0) == 0, 0, 2 * x)", ""),
        ("where(x > 0, x^2, y)", "x", "where(x > 0, 2 * x, 0)", ""),
    ],
)
def test_a_branch_at_a_single_point_has_no_slope_of_its_own(text: str, by: str, derivative: str, point: str) -> None:
    made = parse(text).derivative(by)
    assert str(made) == derivative
    named = [note for note in made.notes if "the derivative is that of the other branch" in note]
    assert [note.startswith(f"where {point} ") for note in named] == [True] * bool(point)


def test_the_numbers_of_a_derivative_at_a_single_point_are_those_beside_it_or_none() -> None:
    assert parse("where(x == 0, 0, x)").derivative("x").evaluate(x=0) == 1
    assert math.isnan(parse("piecewise(x != 0, (exp(x) - 1)/x, 1)").derivative("x").evaluate(x=0))
    assert parse("where(x == 0, 0, x*log(y))").hessian(x=0, y=2)["x"]["y"] == 0.5
    assert parse("diff(where(x == 0, 0, x), x)").evaluate(x=0) == 1


@pytest.mark.parametrize(("by", "then"), [("b", "b"), ("b", "a"), ("a", "b")])
def test_what_has_no_first_derivative_has_no_second_one(by: str, then: str) -> None:
    formula, point = parse("a^b"), {"a": -2.0, "b": -3.0}
    assert math.isnan(formula.derivative("b").evaluate(**point))
    assert math.isnan(formula.derivative(by, then).evaluate(**point))
    assert math.isnan(formula.hessian(**point)[by][then])
    program = lower(formula.expression, [(by, then)])
    assert math.isnan(run_numpy(program, point)[1][by, then])  # type: ignore[index]
    assert math.isnan(run_python(program, point)[1][by, then])  # type: ignore[index]
    assert formula.hessian(**point)["a"]["a"] == -0.375


@pytest.mark.parametrize("text", ["x*log(x)", "y*sqrt(x)", "log(x) + y", "x^1.5 + y*x", "asin(x)*y"])
@pytest.mark.parametrize("order", [1, 2, 3])
def test_code_of_any_order_is_nan_where_there_is_no_value(text: str, order: int) -> None:
    formula, point = parse(text), {"x": -1.5, "y": 2.0}
    given = {name: point[name] for name in formula.variables}
    value, slopes = run_numpy(lower(formula.expression, [("x",) * order]), given)
    assert math.isnan(value)
    assert all(map(math.isnan, slopes.values()))


@pytest.mark.parametrize(
    "text", ["max(hypot(x, y), asin(y))", "where(log(y - 3) > 1, x, x^2)", "max(x, fmod(x, y - 3))"]
)
def test_what_is_only_compared_is_inside_its_domain_where_the_formula_holds(text: str) -> None:
    formula = parse(text)
    for order in ("x", "xx"):
        made = formula.derivative(*order)
        assert math.isnan(made.evaluate(x=0.5, y=3.0))
        assert any(note.startswith("holds where ") for note in made.notes)
