"""Derivations in plain data: letters, cases, what is said once; and every line proven equal to the one before."""

from collections.abc import Iterator
from itertools import pairwise
from math import nan

import pytest

from autodiff_cli.engine.printer import to_text
from autodiff_cli.engine.value import Value, node, rule_of
from autodiff_cli.exact.identity.decision import ProofState, Question, prove
from autodiff_cli.language.parser import parse
from autodiff_cli.reports.derivation_steps import DerivationStep, ExplainedDerivatives, explain_derivatives
from autodiff_cli.rules.table import BOOLEAN, FUNCTIONS, Function
from autodiff_cli.symbolic.derive import Derivation
from autodiff_cli.symbolic.normal_form import steps_below
from autodiff_cli.symbolic.rule_forms import operation, replaced, waiting_in

from ..symbolic.first_course import FIRST_COURSE


def explained(text: str, *by: str) -> ExplainedDerivatives:
    return explain_derivatives(parse(text, "xyzw"), [tuple(by) or ("x",)])


def steps_of(step: DerivationStep) -> Iterator[DerivationStep]:
    yield step
    for part in step.parts:
        yield from steps_of(part)


# --- proofs --------------------------------------------------------------------------------------------------------


def in_full(line: Value, x: Value) -> Value:
    """A line with the derivatives that are still to be found in their places."""
    return replaced(line, {one: Derivation(one.args[0]).by((x,)) for one in waiting_in(line)})


def by_cases(formula: Value) -> Value:
    """A formula in which absolute values and signs are choices."""
    made: dict[Value, Value] = {}
    zero, one, minus_one = parse("0").root, parse("1").root, parse("-1").root
    for call in [one for one in steps_below([formula]) if one.rule.function.name in ("abs", "sign")]:
        inner = replaced(call.args[0], made)
        positive, negative = operation("gt", inner, zero), operation("lt", inner, zero)
        branches = (one, minus_one) if call.rule.function.name == "sign" else (inner, operation("neg", inner))
        made[call] = operation("where", positive, branches[0], operation("where", negative, branches[1], zero))
    return replaced(formula, made)


def are_equal(before: Value, one: Value, other: Value) -> bool:
    """Whether two formulas are proven to be one function, wherever both and what they come of are defined."""
    if prove(Question(before, one, other)) is not ProofState.NONE:
        return True
    return prove(Question(*map(by_cases, (before, one, other)))) is not ProofState.NONE


def test_the_course_has_a_hundred_functions() -> None:
    assert len(set(FIRST_COURSE)) == len(FIRST_COURSE) == 100


@pytest.mark.parametrize("text", FIRST_COURSE)
def test_every_line_of_a_derivation_is_proven_equal_to_the_one_before(text: str) -> None:
    pytest.importorskip("flint")
    expression = parse(text, "x")
    x = expression.variables["x"]
    report = explain_derivatives(expression, [("x",)])
    (derivation,) = report.derivations
    for step in steps_of(derivation.step):
        alone = Derivation(step.before).by((x,))  # a run of its own
        chain = [alone, *[in_full(line.formula, x) for line in step.lines]]
        for one, other in pairwise(chain):
            assert are_equal(step.before, one, other), (to_text(one), to_text(other))
    assert to_text(derivation.step.lines[-1].formula) == report.found.rows[0].text


def test_a_proof_is_none_of_a_line_that_is_wrong() -> None:
    pytest.importorskip("flint")
    expression = parse("x * abs(x)")
    wrong, right = parse("3 * abs(x)").root, parse("2 * abs(x)").root
    assert not are_equal(expression.root, right, wrong)


# --- the table -----------------------------------------------------------------------------------------------------


def _calls() -> Iterator[tuple[Function, int]]:
    """Every function of the table that has a derivative, by each of its arguments that it has one by."""
    for function in FUNCTIONS:
        count = 2 if function.variadic else len(function.args)
        for index in range(count):
            partial = function.partials[0 if function.variadic else index]
            if partial != "nan" and function.name not in BOOLEAN:
                yield function, index


@pytest.mark.parametrize(("function", "index"), list(_calls()), ids=lambda value: getattr(value, "name", str(value)))
@pytest.mark.parametrize("inner", ["x", "3*x", "x*sin(x)"])
def test_every_function_of_the_table_is_explained(function: Function, index: int, inner: str) -> None:
    args = [Value(nan, name) for name in "yzw"[: 2 if function.variadic else len(function.args)]]
    args[index] = parse(inner).root
    report = explained(to_text(node(rule_of(function), tuple(args))))
    step = report.derivations[0].step
    assert to_text(step.lines[-1].formula) == report.found.rows[0].text
    rules = [rule.name for part in steps_of(step) for line in part.lines for rule in (*part.rules, *line.rules)]
    is_arithmetic = function.symbol or function.name in ("identity", "fma")
    assert rules or is_arithmetic


# --- plain data ----------------------------------------------------------------------------------------------------


def test_letters_go_together_and_are_none_of_the_expression() -> None:
    def letters(text: str) -> list[str]:
        steps = steps_of(explained(text).derivations[0].step)
        return ["".join([letter.name for letter in step.letters]) for step in steps if step.letters]

    assert letters("x sin(x)") == ["uv"]
    assert letters("exp(x sin(x)) ln(x)") == ["uv", "p", "fg"]
    assert explained("w x sin(x)").derivations[0].step.letters[0].name == "p"
    assert letters("x sin(x) cos(x) tan(x)") == ["u1u2u3u4"]


def test_what_is_derived_already_is_not_derived_again() -> None:
    step = explained("sin(x sin(x)) + exp(x sin(x))").derivations[0].step
    first, second = [part.parts[0] for part in step.parts]
    assert (first.label, first.as_before, len(first.parts)) == ("p'", "", 2)
    assert (second.as_before, second.parts, len(second.lines)) == ("p'", [], 1)


def test_cases_of_an_absolute_value_and_of_a_maximum() -> None:
    def cases(text: str) -> list[tuple[str, str]]:
        step = explained(text).derivations[0].step
        return [(to_text(case.formula), to_text(case.when) if case.when else "") for case in step.cases]

    assert cases("abs(x)") == [("1", "x > 0"), ("-1", "x < 0")]
    assert cases("abs(x^2 - 4)") == [("identity(u)", "u > 0"), ("-identity(u)", "u < 0")]
    assert cases("max(x, y)") == [("1", "x > y"), ("0", "x < y"), ("1 / 2", "")]
    assert cases("relu(x)") == [("1", "x > 0"), ("0", "")]
    assert cases("sin(x)") == []


def test_where_a_function_is_not_smooth_is_said_of_its_letters() -> None:
    assert explained("abs(x^2 - 4)").derivations[0].step.kinks == ["abs(u) has a kink where u = 0; slope 0"]
    assert explained("hypot(x, y)").derivations[0].step.kinks == [
        "hypot(x, y) has a kink where x = y = 0; no slope there"
    ]


def test_a_derivation_of_second_order_follows_that_of_the_first_and_each_is_made_once() -> None:
    assert [one.by for one in explained("x^3", "x", "x").derivations] == [("x",), ("x", "x")]
    report = explain_derivatives(parse("x^2 y"), [("x", "x"), ("x", "y"), ("y", "y")], hessian=True)
    assert [one.by for one in report.derivations] == [("x",), ("x", "x"), ("x", "y"), ("y",), ("y", "y")]


def test_an_expression_that_is_written_otherwise_first_is_said_to_be() -> None:
    assert explained("x sqrt(x)").derivations[0].rewritten is not None
    assert explained("x^2 sin(3x)").derivations[0].rewritten is None
