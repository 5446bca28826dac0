"""Inside the domain or not, as data: what is outside, what is too large, and what the answer leaves out."""

from math import inf, nan

import pytest

from autodiff_cli.engine.domain import (
    depended_on,
    first_without_value,
    is_defined,
    is_inside,
    is_outside,
    overflow,
    violations,
)
from autodiff_cli.engine.expression import Evaluation
from autodiff_cli.engine.printer import to_text
from autodiff_cli.engine.value import Value
from autodiff_cli.language.parser import parse


def at(text: str, **point: float) -> Evaluation:
    evaluation = parse(text).evaluation()
    evaluation.move(point)
    return evaluation


def test_every_step_outside_its_domain_is_a_violation_with_its_arguments() -> None:
    found = violations(at("log(x) + sqrt(y)", x=-1, y=-4))
    assert [(one.function.name, one.arguments) for one in found] == [("log", (-1.0,)), ("sqrt", (-4.0,))]


def test_a_step_that_only_inherits_a_nan_is_no_violation() -> None:
    assert [one.function.name for one in violations(at("sqrt(log(x))", x=-1))] == ["log"]


def test_the_branch_that_is_not_taken_does_not_count() -> None:
    evaluation = at("piecewise(x > 0, log(x), 0)", x=-1)
    assert violations(evaluation) == []
    assert is_inside(evaluation)


def test_what_was_differentiated_counts_although_the_derivative_does_not_show_it() -> None:
    evaluation = at("diff(log(x), x)", x=-1)
    assert evaluation.root.data == -1
    assert [one.function.name for one in violations(evaluation)] == ["log"]
    assert (is_inside(evaluation), is_defined(evaluation)) == (False, False)
    assert evaluation.value != evaluation.value


def test_the_first_step_that_is_too_large_is_an_overflow_and_no_violation() -> None:
    evaluation = at("1 + exp(exp(x))", x=10)
    step = overflow(evaluation)
    assert step is not None
    assert (to_text(step), step.data) == ("exp(exp(x))", inf)
    assert (violations(evaluation), is_inside(evaluation)) == ([], True)


def test_a_step_outside_its_domain_is_no_overflow() -> None:
    assert overflow(at("1/x", x=0)) is None
    assert [one.function.name for one in violations(at("1/x", x=0))] == ["div"]


def test_finite_steps_are_neither_violations_nor_an_overflow() -> None:
    evaluation = at("x^2 + 1", x=3)
    assert (violations(evaluation), overflow(evaluation), first_without_value(evaluation)) == ([], None, None)


def test_the_first_step_without_a_value_is_where_infinities_meet() -> None:
    step = first_without_value(at("1 + (exp(x) - exp(x+1))", x=1000))
    assert step is not None
    assert to_text(step) == "exp(x) - exp(x + 1)"


@pytest.mark.parametrize(("x", "outside"), [(-1.0, True), (0.0, True), (1.0, False), (inf, False), (nan, False)])
def test_only_finite_arguments_can_be_outside(x: float, outside: bool) -> None:
    assert is_outside(Value(x).log()) == outside


def test_a_function_without_a_domain_is_never_left() -> None:
    assert not is_outside(Value(1e308).exp())


@pytest.mark.parametrize(("c", "taken"), [(1.0, "a"), (0.0, "b"), (nan, "a")])
def test_a_choice_depends_on_its_condition_and_one_branch(c: float, taken: str) -> None:
    condition, a, b = Value(c, "c"), Value(2.0, "a"), Value(3.0, "b")
    found = depended_on(condition.where(a, b))
    assert {node.label for node in found} == {"", "c", taken}
