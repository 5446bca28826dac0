"""Lowering: what is behind a condition, what must be defined, which derivatives there are."""

import math

import pytest

from autodiff_cli.codegen.graph_builder import GraphBuilder
from autodiff_cli.codegen.lower import DEFINED, defined, lower
from autodiff_cli.codegen.program import Program
from autodiff_cli.engine.printer import to_text
from autodiff_cli.errors import AutodiffError
from autodiff_cli.language.parser import parse


def outputs(text: str) -> dict[tuple[str, ...], str]:
    return {key: to_text(node) for key, node in lower(parse(text)).outputs.items()}


def paths(program: Program) -> dict[str, list[list[tuple[str, bool]]]]:
    return {
        to_text(step): [[(to_text(condition), holds) for condition, holds in path] for path in program.paths[step]]
        for step in program.steps
    }


def test_value_and_gradient_by_every_variable() -> None:
    assert outputs("x^2*y") == {(): "x^2 * y", ("x",): "2 * y * x", ("y",): "x^2"}


def test_a_variable_that_does_not_matter_has_gradient_0() -> None:
    assert outputs("x + 0*y")[("y",)] == "0"
    assert outputs("floor(x)")[("x",)] == "0"


def test_a_branch_is_behind_its_condition() -> None:
    found = paths(lower(parse("where(x > 0, log(x)*y, y^2)")))
    assert found["log(x)"] == [[("x > 0", True)]]
    assert found["y^2"] == [[("x > 0", False)]]
    assert found["x > 0"] == [[]]


def test_what_both_branches_need_is_always_computed() -> None:
    found = paths(lower(parse("where(x > 0, exp(y)*x, exp(y)/x)")))
    assert found["exp(y)"] == [[]]


def test_what_a_condition_rules_out_is_behind_it() -> None:
    found = paths(lower(parse("where(x > 0 and log(x) > 1, y, 0)")))
    assert found["log(x)"] == [[("x > 0", True)]]


def test_a_gradient_of_a_branch_is_behind_its_condition() -> None:
    found = outputs("where(x > 0, log(x), x^3)")
    assert found[("x",)] == "where(x > 0, 1 / x, 3 * x^2)"
    assert outputs("relu(x)*2")[("x",)] == "where(x > 0, 2, 0)"


def test_a_domain_that_the_result_does_not_show_is_a_guard() -> None:
    assert outputs("diff(log(x), x)") == {(): "where(x > 0, 1 / x, nan)", ("x",): "where(x > 0, -(1 / x / x), nan)"}
    assert outputs("log(x)^0*y")[()] == "where(x > 0, y, nan)"
    assert outputs("log(x)")[()] == "log(x)"


def test_a_separate_guard_is_an_output_of_its_own() -> None:
    program = lower(parse("diff(log(x), x)"), separate=True)
    assert to_text(program.outputs[DEFINED]) == "x > 0"
    assert to_text(program.outputs[()]) == "1 / x"
    assert DEFINED not in lower(parse("log(x)"), separate=True).outputs


def test_defined_asks_of_a_branch_only_where_it_is_taken() -> None:
    expression = parse("where(c > 1, log(x), y/x)")
    graph = GraphBuilder()
    env = {old: old for old in expression.variables.values()}
    graph.read([expression.root], env)
    assert to_text(defined(graph, [expression.root], env)) == "(not c > 1 or x > 0) and (c > 1 or x != 0)"


def test_derivatives_that_are_asked_for_are_the_outputs() -> None:
    program = lower(parse("x^3*y"), [("x", "x"), ("y", "x")])
    assert {key: to_text(node) for key, node in program.outputs.items()} == {
        (): "x^3 * y",
        ("x", "x"): "6 * y * x",
        ("y", "x"): "3 * x^2",
    }


def test_a_name_that_is_no_variable_is_refused() -> None:
    with pytest.raises(AutodiffError, match="no variable 'q'"):
        lower(parse("x"), [("q",)])


def test_numbers_of_an_expression_without_variables() -> None:
    program = lower(parse("2 + 3"))
    assert program.steps == []
    assert program.outputs[()].data == 5
    assert math.isnan(lower(parse("diff(log(x), x)"), []).inputs["x"].data)
