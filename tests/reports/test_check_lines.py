"""Claims of higher order, lines of a derivation, and names of the program in a claim."""

from collections.abc import Callable

import pytest

from autodiff_cli.errors import AutodiffError
from autodiff_cli.language.parser import parse
from autodiff_cli.reports.check import Answer, check_lines, decisive
from autodiff_cli.reports.claims import read_claims, read_lines
from autodiff_cli.reports.derivation import FACTOR, differentiated, held_as_derivative
from tests.conftest import Result

Run = Callable[..., Result]
BLACK_SCHOLES = (
    "N(x) = erfc(-x/sqrt(2))/2; d1 = (log(S/K) + (r + s^2/2)*T)/(s*sqrt(T)); d2 = d1 - s*sqrt(T); "
    "S*N(d1) - K*exp(-r*T)*N(d2)"
)


def answers(expression: str, *claims: str, order: int = 1) -> list[str]:
    read = parse(expression)
    found = check_lines(read, read_lines(claims, read), {}, 60, order=order).findings
    return [f"{finding.line} {finding.answer}" for finding in found]


@pytest.mark.parametrize(
    ("expression", "claim", "order", "answer"),
    [
        ("x^3", "6x", 2, "right"),
        ("x^3", "3x^2", 2, "wrong"),
        ("sin(x)", "-sin(x)", 2, "right"),
        ("log(x)", "2/x^3", 3, "right"),
        ("x^2*y", "x=2y", 2, "right"),
        ("exp(-x^2/2)", "(x^2 - 1)*exp(-x^2/2)", 2, "right"),
    ],
)
def test_a_claim_is_on_the_derivative_of_its_order(expression: str, claim: str, order: int, answer: str) -> None:
    assert answers(expression, claim, order=order) == [f"0 {answer}"]


def test_a_claim_of_higher_order_is_for_one_variable() -> None:
    with pytest.raises(AutodiffError, match="of higher order is for one variable"):
        answers("x*y", "x=0", "y=0", order=2)


def test_each_line_is_held_against_the_one_before() -> None:
    lines = ["2*sin(x)*cos(x)", "sin(2x)", "cos(2x)", "2*cos(x)^2 - 1"]
    assert answers("sin(x)^2", *lines) == ["1 right", "2 right", "3 wrong", "4 right"]
    assert answers("sin(x)^2", "cos(x)", "sin(2x)", "2*sin(x)*cos(x)") == ["1 wrong", "2 wrong", "3 right"]


def test_the_first_wrong_line_is_the_decisive_one() -> None:
    read = parse("x^2")
    found = check_lines(read, read_lines(["2x", "x + x", "3x", "4x"], read), {}, 60)
    assert (decisive(found.findings).line, found.answer) == (3, Answer.WRONG)
    spot = decisive(found.findings).counterexample
    assert spot is not None
    assert list(spot.point) == ["x"]


def test_a_line_is_held_where_the_expression_is_defined() -> None:
    assert answers("log(x)", "1/x", "1/abs(x)") == ["1 right", "2 right"]
    assert answers("log(abs(x))", "1/x", "1/abs(x)") == ["1 right", "2 wrong"]


def test_a_line_is_the_derivative_by_a_factor_that_is_one() -> None:
    read = parse("log(x)*y")
    held = held_as_derivative(read, parse("y/x", ["x", "y"]))
    assert held.gradient(**{"x": 4.0, "y": 2.0, FACTOR: 1.0})[FACTOR] == 0.5
    assert held.evaluate(**{"x": -4.0, "y": 2.0, FACTOR: 1.0}) != held.evaluate(**{"x": 4.0, "y": 2.0, FACTOR: 1.0})


def test_what_is_differentiated_is_defined_where_the_expression_is() -> None:
    assert differentiated(parse("log(x)"), "x", 1).evaluate(x=-2.0) != -0.5
    assert differentiated(parse("log(x)"), "x", 1).evaluate(x=2.0) == 0.5


@pytest.mark.parametrize(
    ("program", "claim", "name", "value"),
    [
        ("u = x^2; u*y", "x=2*u*y/x", "x", "4 * y"),
        ("f(t) = t^3; f(x)", "3*f(x)/x", "x", ""),
        ("u = x^2\nv = sin(u) # a; b\nw = u*v", "2x*v + u*cos(u)*2x", "x", ""),
        (BLACK_SCHOLES, "S=N(d1)", "S", ""),
        (BLACK_SCHOLES, "r=K*T*exp(-r*T)*N(d2)", "r", ""),
    ],
)
def test_a_claim_may_use_the_names_of_the_program(program: str, claim: str, name: str, value: str) -> None:
    read = parse(program)
    found = check_lines(read, read_lines([claim], read), {}, 60).findings[0]
    assert (found.name, found.answer) == (name, Answer.RIGHT)
    assert found.claim == claim.partition("=")[2].strip() or "=" not in claim


def test_a_name_that_the_program_lacks_is_refused() -> None:
    with pytest.raises(AutodiffError, match="'q'"):
        read_claims(["2u + q"], parse("u = x^2; u"))


def test_the_lines_are_printed_with_what_they_follow_from(autodiff: Run) -> None:
    result = autodiff("check", "x^2", "--claim", "x + x", "--claim", "3x", "--samples", "20")
    assert result.code == 1
    assert result.out.splitlines()[1:7] == [
        "right, proven: line 1: d/dx = x + x",
        "  equal wherever both are defined",
        "  at every point, to the last digit",
        "wrong: line 2: line 1 is not 3 * x",
        "  at x = 1 line 1 is 2, and line 2 is 3",
        "  wrong at 19 of 20 points compared",
    ]


def test_json_has_the_decisive_line_and_all(autodiff: Run) -> None:
    found = autodiff("check", "x^2", "--claim", "2x", "--claim", "3x", "--format", "json").json["claims"]["x"]
    assert (found["line"], found["verdict"], [line["verdict"] for line in found["lines"]]) == (
        *(2, "wrong"),
        ["right", "wrong"],
    )
    one = autodiff("check", "x^2", "--claim", "2x", "--format", "json").json["claims"]["x"]
    assert "lines" not in one
    assert one["proof"] == "proven"


def test_the_second_derivative_is_named(autodiff: Run) -> None:
    result = autodiff("check", "x^3", "--order", "2", "--claim", "6x")
    assert (result.code, result.out.splitlines()[1]) == (0, "right, proven: d2/dx2 = 6 * x")


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (["x^3", "--order", "2"], "error: --order is of a claim\n  = as in --claim 'x=6*x' --order 2\n"),
        (
            ["x^3", "--claim", "6x", "--order", "0"],
            "error: --order takes a whole number from 1 to 10, not 0\n"
            "  = autodiff diff shows the formula of any order\n",
        ),
    ],
)
def test_a_bad_order_is_refused(autodiff: Run, arguments: list[str], error: str) -> None:
    result = autodiff("check", *arguments)
    assert (result.code, result.out, result.err) == (2, "", error)


@pytest.mark.parametrize(
    ("expression", "claim", "first", "where"),
    [
        ("log(x)", "1/x", "right, proven: d/dx = 1 / x", "  equal wherever both are defined (x > 0)"),
        (
            "abs(x)",
            "sign(x)",
            "right, proven: d/dx = sign(x)",
            "  equal wherever both are defined, off kinks and jumps",
        ),
        ("sqrt(x)*sqrt(x)", "1", "right, proven: d/dx = 1", "  equal wherever both are defined (x >= 0)"),
    ],
)
def test_a_proof_says_where(autodiff: Run, expression: str, claim: str, first: str, where: str) -> None:
    assert autodiff("check", expression, "--claim", claim, "--quiet").out.splitlines()[1:3] == [first, where]


def test_a_claim_with_rounded_constants_is_right_and_not_proven(autodiff: Run) -> None:
    found = autodiff("check", "x^3/9", "--claim", "0.3333333333333x^2", "--format", "json").json["claims"]["x"]
    assert (found["verdict"], found["proof"], found["domain"]) == ("right", None, None)
