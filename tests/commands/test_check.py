"""`autodiff check`: true claims in every form, spoilt ones, what is said of them, and input that is no use."""

import json
import os
import pty
import subprocess
import sys
from collections.abc import Callable

import pytest

from autodiff_cli.errors import AutodiffError
from autodiff_cli.exact import balls as exact
from autodiff_cli.language.parser import parse
from autodiff_cli.reports.check import Answer, CheckedDerivative, check
from autodiff_cli.reports.claims import read_claims
from autodiff_cli.reports.functions import Entry, entries
from autodiff_cli.reports.sampling import Sampler

from ..conftest import Result

Run = Callable[..., Result]


def found(expression: str, *claims: str, samples: int = 120, **spans: tuple[float, float]) -> CheckedDerivative:
    """What is found out about the last of the claims."""
    read = parse(expression)
    return check(read, read_claims(claims, read), spans, samples).findings[-1]


TRUE = [
    ("x^2 * sin(x)", "2*x*sin(x) + x^2*cos(x)"),
    ("x^2 * sin(x)", "x*(2sin(x) + x*cos(x))"),
    ("x^2 * sin(x)", "x^2*sin(x)*(2/x + cot(x))"),
    ("tanh(a*b + c)", "a=b*(1 - tanh(a*b+c)^2)"),
    ("tanh(a*b + c)", "b=a/cosh(a*b+c)^2"),
    ("tanh(a*b + c)", "c=4/(exp(a*b + c) + exp(-(a*b + c)))^2"),
    ("tanh(x)", "1 - tanh(x)^2"),
    ("tanh(x)", "(1 - tanh(x))*(1 + tanh(x))"),
    ("log(x)/x", "(1 - log(x))/x^2"),
    ("log(x)/x", "x^-2 - log(x)*x^-2"),
    ("(1 - cos(x))/x", "(x*sin(x) - 1 + cos(x))/x^2"),
    ("sin(x)/x", "(x*cos(x) - sin(x))/x^2"),
    ("sigmoid(x)", "sigmoid(x)*(1 - sigmoid(x))"),
    ("sigmoid(x)", "exp(-x)/(1 + exp(-x))^2"),
    ("softplus(x)", "exp(x)/(1 + exp(x))"),
    ("log(x^3)", "3/x"),
    ("log(x-5)", "1/(x-5)"),
    ("sqrt(1-x^2)", "-x/sqrt(1-x^2)"),
    ("acos(x/100)", "-1/sqrt(10000 - x^2)"),
    ("x^x", "x^x*(1 + log(x))"),
    ("x^x", "exp(x*log(x))*(1 + log(x))"),
    ("e^(3x)", "3e^(3x)"),
    ("exp(x)^2", "2exp(x)*exp(x)"),
    ("sin(x)^2", "sin(2x)"),
    ("sin(x)^2 + cos(x)^2", "0"),
    ("atan(x) + atan(1/x)", "0"),
    ("x^(1/3)", "cbrt(x)/(3x)"),
    ("sqrt(x)", "x^(-1/2)/2"),
    ("(x+1)^3", "3x^2 + 6x + 3"),
    ("(x-1)^9", "9*(x^8 - 8x^7 + 28x^6 - 56x^5 + 70x^4 - 56x^3 + 28x^2 - 8x + 1)"),
    ("abs(x)", "sign(x)"),
    ("abs(x)", "x/abs(x)"),
    ("relu(x)", "where(x > 0, 1, 0)"),
    ("relu(x)", "heaviside(x)"),
    ("max(a, b)", "a=a > b"),
    ("where(x < 1, x^2, 2x - 1)", "where(x < 1, 2x, 2)"),
    ("floor(x)*x", "floor(x)"),
    ("gamma(x)", "gamma(x)*digamma(x)"),
    ("erf(x)", "2/sqrt(pi)*exp(-x^2)"),
    ("log10(x)", "0.4342944819032518/x"),
    ("x/3", "0.3333333333333333"),
    ("x^2/2 - x/3", "x - 0.3333333333333333"),
    ("a = 2; a*x^2", "x=2*a*x"),
    ("a = 2; a*x^2", "x=4x"),
    ("f(u) = u^2; f(x) + f(2x)", "10x"),
    ("x^2 + y^2", "y=u = 2y; u"),
    ("hypot(x, y)", "x=x/sqrt(x^2 + y^2)"),
    ("exp(700*x)/exp(699*x)", "exp(x)"),
    ("x", "1"),
]


@pytest.mark.parametrize(("expression", "claim"), TRUE)
def test_a_true_claim_is_right(expression: str, claim: str) -> None:
    finding = found(expression, claim)
    assert (finding.answer, finding.counts.get("wrong", 0)) == (Answer.RIGHT, 0)
    assert finding.points >= 60
    assert finding.worst < 1e-8


@pytest.mark.parametrize(("expression", "claim"), TRUE)
def test_a_true_claim_is_not_wrong_without_balls(expression: str, claim: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exact, "available", lambda: False)
    finding = found(expression, claim)
    lost = expression == "atan(x) + atan(1/x)"  # the gradient is nothing but rounding
    assert finding.answer is (Answer.UNDECIDED if lost else Answer.RIGHT)
    assert "wrong" not in finding.counts


WRONG = [  # and what is said of it
    ("x^2 * sin(x)", "2*x*cos(x)", "the derivative of a product is u'v + uv', not made of those of u and v alone"),
    ("x^2 * sin(x)", "2*x*sin(x)", "the derivative of a product is u'v + uv'"),
    ("x^2 * sin(x)", "x^2*sin(x)", "it is the function itself, not its derivative"),
    ("x^2 * sin(x)", "-2*x*sin(x) - x^2*cos(x)", "the sign is wrong: it is minus the derivative"),
    ("x^2 * sin(x)", "0", "it is zero, and the derivative is not"),
    ("sin(x)/x", "cos(x)", "the derivative of a quotient is (u'v - uv')/v^2, not made of those of u and v alone"),
    ("sin(x)/x", "(x*cos(x) + sin(x))/x^2", "the derivative of a quotient is (u'v - uv')/v^2"),
    ("cos(x)", "sin(x)", "the sign is wrong: it is minus the derivative"),
    ("x^2", "x", "half of it: a missing 2?"),
    ("x^2", "4x", "twice the derivative"),
    ("x^3", "x^2", "a third of it: a missing 3?"),
    ("x^2", "-x", "half of it: a missing 2?, and the sign is wrong"),
    ("x^2", "2.002x", "1.001 times the derivative"),
    ("x^2", "3x", "3/2 times the derivative"),
    ("log10(x)", "1/x", "log(10) times the derivative"),
    ("sind(x)", "cosd(x)", "180/pi times the derivative"),
    ("x^2", "2x + 1", "it is off by a constant: 1 too much"),
    ("x^2", "2x - 0.001", "it is off by a constant: -0.001 too little"),
    ("x^3", "3x^3", "there is a factor x too many"),
    ("x^3", "3x", "a factor x is missing"),
    ("sin(2x)", "cos(2x)", "half of it: a missing 2?; the inner derivative of 2 * x is missing"),
    ("sin(x^2)", "cos(x^2)", "the inner derivative of x^2 is missing"),
    ("tanh(a*b + c)", "a=1 - tanh(a*b + c)^2", "the inner derivative of a * b + c is missing"),
    ("exp(x^2)", "4x^2*exp(x^2)", "the inner derivative of x^2 is there once too often"),
    ("x^2 + sin(x) + exp(x)", "2x + cos(x)", "the derivative of the term exp(x) is missing"),
    ("x^2*y", "x=x^2", "it is the derivative by y, not by x"),
    ("abs(x)", "1", "right for x > 0 only; elsewhere the sign is wrong: it is minus the derivative"),
    ("log(abs(x))", "1/abs(x)", "right for x > 0 only; elsewhere the sign is wrong: it is minus the derivative"),
    ("relu(x - 3.7)", "1", "right for x > 3.7 only"),
    ("where(x < 1, x^2, x)", "2x", "right for x < 1 only"),
    ("abs(a - b)", "a=1", "right for a - b > 0 only; elsewhere the sign is wrong: it is minus the derivative"),
    ("sqrt(x)", "1/(2sqrt(-x))", "the claim is undefined at every point"),
    ("tanh(x)", "1 - tanh(x)", ""),
    ("log(x)", "1/(x + 1e-9)", ""),
    ("exp(-x^2)", "-2x*exp(-x^2) + 1e-30", ""),
]


@pytest.mark.parametrize(("expression", "claim", "hint"), WRONG)
def test_a_wrong_claim_is_wrong_and_what_is_off_is_said(expression: str, claim: str, hint: str) -> None:
    finding = found(expression, claim)
    assert finding.answer is Answer.WRONG
    assert finding.hint == hint or not hint
    assert finding.counterexample is not None


@pytest.mark.parametrize(("expression", "claim", "hint"), WRONG[:-2])
def test_a_wrong_claim_is_wrong_without_balls(
    expression: str, claim: str, hint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exact, "available", lambda: False)
    assert found(expression, claim).answer is Answer.WRONG


def test_the_counterexample_is_as_simple_as_can_be() -> None:
    for expression, claim, point in [
        ("x^3", "x^2", {"x": 1}),
        ("x^3", "3x^3", {"x": 2}),
        ("abs(x)", "1", {"x": -1}),
        ("a*b", "a=a", {"a": 2, "b": 1}),
        ("x^2", "where(x < 300, 2x, 3x)", {"x": 1000}),
        ("x^2", "where(abs(x - 5.4321) < 2, 2, 2)*x + (abs(x - 30) < 20)", {"x": 20}),
    ]:
        finding = found(expression, claim, samples=200)
        assert finding.counterexample is not None
        if point["x" if "x" in point else "a"] != 20:
            assert finding.counterexample.point == point
        else:  # whichever was met first, with one digit or two
            assert len(repr(finding.counterexample.point["x"])) <= 4


def test_both_values_at_the_counterexample_are_right() -> None:
    finding = found("tanh(x)", "1 - tanh(x)^2 + 1e-20", x=(20, 20.5))
    assert finding.counterexample is not None
    assert finding.counterexample.true == pytest.approx(
        4 / 2.718281828459045 ** (2 * finding.counterexample.point["x"])
    )
    assert finding.counterexample.claimed - finding.counterexample.true == pytest.approx(1e-20)


def test_what_rounding_hides_is_decided_by_balls_and_else_not_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    assert found("tanh(x)", "1 - tanh(x)^2", x=(20, 30)).counts == {"right": 120}
    monkeypatch.setattr(exact, "available", lambda: False)
    finding = found("tanh(x)", "1 - tanh(x)^2", x=(20, 30))
    assert (finding.answer, finding.counts) == (Answer.UNDECIDED, {"undecided": 120})


def test_right_at_few_points_is_not_right(monkeypatch: pytest.MonkeyPatch) -> None:
    assert found("sqrt(x)", "where(x == 1, 1/2, 1/(2sqrt(-x)))").answer is Answer.UNDECIDED
    monkeypatch.setattr(exact, "available", lambda: False)
    assert found("tanh(x)", "1 - tanh(x)^2", x=(0, 200)).answer is Answer.UNDECIDED


def test_kinks_are_no_mistakes() -> None:
    assert found("abs(x)", "where(x >= 0, 1, -1)").counts == {"right": 119, "kink": 1}
    assert found("max(a, b)", "a=a >= b").counts["kink"] > 0
    assert "kink" not in found("x*abs(x)", "2*abs(x)").counts


def test_a_claim_may_be_undefined_where_the_function_is_differentiable() -> None:
    finding = found("log(abs(x))", "exp(-log(x))")
    assert finding.answer is Answer.RIGHT
    assert finding.notes == ["the claim is undefined for x < 0, as at x = -1, where the derivative is -1"]
    finding = found("x^3", "3x^3/x")
    assert finding.notes == ["the claim is undefined at x = 0, where the derivative is 0"]
    assert finding.counts["undefined"] == 1


# --- points --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "expression",
    [
        *("x", "log(x-5)", "log(x-5000)", "sqrt(1-x^2)", "acos(x/100)", "asin(x - 1000)", "sqrt(x-1.5)*sqrt(1.51-x)"),
        *("exp(exp(x))", "sqrt(x-y)*log(a)*log(b)*log(c)*log(d)", "log(1e-5 - x)", "gamma(x)", "acosh(x) + asin(y)"),
    ],
)
def test_as_many_points_as_asked_for_inside_the_domain(expression: str) -> None:
    sample = Sampler(parse(expression), {}, 0).draw(200)
    assert len(sample.points) == len(sample.gradients) == 200 == len({*sample.points})


def test_points_go_over_every_scale_and_both_signs_and_simple_numbers() -> None:
    points = [x for (x,) in Sampler(parse("x"), {}, 0).draw(200).points]
    assert {0.0, 1.0, -1.0, 2.0, -2.0, 0.5, 3.141592653589793} <= {*points}
    for sign in (1, -1):
        for low in (1e-3, 1e-2, 0.1, 1, 10, 100):
            assert any(low <= sign * x <= 10 * low for x in points)
    assert 3.7 in [x for (x,) in Sampler(parse("abs(x - 3.7)"), {}, 0).draw(100).points]


def test_ranges_hold_and_their_ends_are_visited() -> None:
    for low, high in [(0.1, 10), (-3, 5), (0, 1), (-7, -2), (1, 1 + 1e-9), (-1e300, 1e300), (1e-300, 1)]:
        points = [x for (x,) in Sampler(parse("x"), {"x": (low, high)}, 0).draw(100).points]
        assert min(points) == low
        assert max(points) == high
    points_xy = Sampler(parse("x*y"), {"x": (2, 2), "y": (0, 1)}, 0).draw(50).points
    assert {x for x, _ in points_xy} == {2.0}
    assert len({y for _, y in points_xy}) == 50


def test_a_seed_gives_the_same_points_and_another_seed_others() -> None:
    draws = [Sampler(parse("x*y"), {}, seed).draw(100).points for seed in (0, 0, 1)]
    assert draws[0] == draws[1] != draws[2]


def test_the_edge_of_the_domain_and_both_sides_of_a_kink_are_approached() -> None:
    points = [x for (x,) in Sampler(parse("log(x - 5.123)"), {}, 0).draw(200).points]
    assert 0 < min(points) - 5.123 < 1e-9
    points = sorted(x for (x,) in Sampler(parse("abs(x^3 - 7)"), {}, 0).draw(200).points)
    assert min(abs(x - 7 ** (1 / 3)) for x in points) < 1e-9


# --- the command ---------------------------------------------------------------------------------------------------


def test_right_claims_are_printed_with_the_points_that_were_tried(autodiff: Run) -> None:
    result = autodiff("check", "x^2 * y", "--claim", "x=2*x*y", "--claim", "y = x^2")
    assert (result.code, result.err) == (0, "")
    assert result.out == (
        "x^2 * y\n"
        "right, proven: d/dx = 2 * x * y\n"
        "  equal wherever both are defined\n"
        "  at every point, to the last digit\n"
        "right, proven: d/dy = x^2\n"
        "  equal wherever both are defined\n"
        "  at every point, to the last digit\n"
        "200 points: x from -533.732 to 995.659, y from -446.604 to 630.432; seed 0\n"
    )


def test_a_wrong_claim_is_printed_with_its_counterexample(autodiff: Run) -> None:
    result = autodiff("check", "sin(2x)", "--claim", "cos(2x)", "--x", "0:pi")
    assert (result.code, result.err) == (1, "")
    assert result.out == (
        "sin(2 * x)\n"
        "wrong: d/dx is not cos(2 * x)\n"
        "  at x = 1 it is -0.83229367, and the claim is -0.41614684\n"
        "  hint: half of it: a missing 2?; the inner derivative of 2 * x is missing\n"
        "  wrong at 200 of 200 points compared\n"
        "200 points: x from 0 to 3.14159; seed 0\n"
    )


def test_one_wrong_of_several_is_wrong(autodiff: Run) -> None:
    result = autodiff("check", "a*b", "--claim", "a=b", "--claim", "b=b", "--format", "json")
    assert result.code == 1
    assert result.json["verdict"] == "wrong"
    assert {name: claim["verdict"] for name, claim in result.json["claims"].items()} == {"a": "right", "b": "wrong"}


def test_a_range_and_many_samples(autodiff: Run) -> None:
    result = autodiff(
        *("check", "log(x)/x", "--x", "0.1:10", "--samples", "1000", "--quiet", "--format", "json"),
        *("--claim", "(1 - log(x))/x^2"),
    )
    assert result.code == 0
    assert (result.json["points"], result.json["region"]) == (1000, {"x": [0.1, 10.0]})


def test_without_a_claim_the_witness_is_operators_as_calls(autodiff: Run) -> None:
    result = autodiff("check", "relu(x*w) + abs(w)", "--samples", "60", "--format", "json")
    assert result.code == 0
    assert result.json["verdict"] == "right"
    for name in "xw":
        counts = result.json["gradients"][name]["counts"]
        assert sum(counts.values()) == 60
        assert counts["ok"] >= 40
        assert "mismatch" not in counts
    assert result.json["gradients"]["w"]["counts"]["kink"] > 0
    text = autodiff("check", "relu(x*w) + abs(w)", "--samples", "60", "--wrt", "w").out
    assert "right: d/dw agrees with finite differences\n" in text
    assert "d/dx" not in text
    assert "at a kink, where the slope is a matter of convention\n" in text


@pytest.mark.parametrize(
    ("expression", "claim", "words"),
    [
        ("where(x == 0, 1, x)", "1", "1 where the value jumps, so that there is no slope"),
        ("where(x < 0, 1, x + 5)", "where(x < 0, 0, 1)", "1 where the value jumps, so that there is no slope"),
        (
            "max(x, 0)",
            "where(x > 0, 1, where(x == 0, 0.25, 0))",
            "1 at a kink, where the slope is a matter of convention",
        ),
    ],
)
def test_a_point_without_a_slope_is_said_for_what_it_is(autodiff: Run, expression: str, claim: str, words: str) -> None:
    result = autodiff("check", expression, "--claim", claim)
    assert f"not counted: {words}\n" in result.out
    assert result.code == 0


def test_json_has_the_verdict_of_each_claim_and_its_counts(autodiff: Run) -> None:
    arguments = ("check", "x^2*log(y)", "--claim", "x=x*log(y)", "--y", "0.5:2", "--seed", "7", "--format", "json")
    result = autodiff(*arguments)
    assert result.code == 1
    answer = result.json
    assert list(answer) == [
        *("expression", "verdict", "points", "region", "outside", "steep", "seed", "claims", "notes"),
    ]
    assert list(answer["claims"]["x"]) == [
        *("claim", "verdict", "proof", "domain", "points", "counts"),
        *("worst_difference", "worst_at", "counterexample", "hint", "notes"),
    ]
    assert (answer["expression"], answer["seed"], answer["points"]) == ("x^2 * log(y)", 7, 200)
    assert answer["claims"]["x"]["hint"] == "half of it: a missing 2?"
    assert list(answer["claims"]["x"]["counterexample"]) == ["point", "claimed", "true"]
    assert answer["claims"]["x"]["worst_difference"] is None
    assert autodiff(*arguments).out == result.out
    right = autodiff("check", "x^2", "--claim", "2x", "--format", "json").json["claims"]["x"]
    assert (right["worst_difference"], right["counterexample"], right["hint"], right["notes"]) == (0.0, None, None, [])
    undefined = autodiff("check", "sqrt(x)", "--claim", "1/(2sqrt(-x))", "--format", "json").json["claims"]["x"]
    assert undefined["counterexample"]["claimed"] == "nan"


def test_a_claim_that_cannot_be_decided_is_neither_right_nor_wrong(
    autodiff: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exact, "available", lambda: False)
    result = autodiff("check", "tanh(x)", "--claim", "1 - tanh(x)^2", "--x", "20:30")
    assert result.code == 2
    assert (
        "undecided: d/dx = 1 - tanh(x)^2\n  not counted: 200 hidden by rounding\n"
        "  note: what rounding hides can be decided with python-flint: pip install 'autodiff-cli[exact]'\n"
    ) in result.out


def test_a_claim_for_one_of_several_variables(autodiff: Run) -> None:
    assert autodiff("check", "a*b", "--wrt", "a", "--claim", "b").code == 0
    assert autodiff("check", "seed*x", "seed=1:2", "--claim", "x=seed").code == 0
    assert autodiff("check", "ax", "--claim", "x=a", "--a", "1:2", "--x", "1:2").code == 0
    assert autodiff("check", "x^2", "--claim", "-2x").code == 1
    assert autodiff("check", "sin", "--claim", "cos", "--x", "0:1").code == 0
    assert autodiff("check", "gamma*x", "--claim", "x=gamma", "--gamma", "1:2").code == 0


def test_a_narrow_exception_in_a_claim_is_visited() -> None:
    for claim in ("where(abs(x - 5.4321) < 0.01, 0, 2x)", "2x + (x > 543.21)*1e-4", "2x + relu(x - 543.21)"):
        assert found("x^2", claim, samples=200).answer is Answer.WRONG


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (
            ["a*b", "--claim", "b"],
            "error: the claim does not say by which variable\n  = its variables are a, b, as in --claim a=...\n",
        ),
        (
            ["a*b", "--claim", "d=b"],
            "error: a claim for 'd', which is no variable of the expression\n  = its variables are a, b\n",
        ),
        (
            ["alpha*b", "--claim", "alfa=b"],
            "error: a claim for 'alfa', which is no variable of the expression\n  = did you mean 'alpha'?\n",
        ),
        (
            ["a*b", "--claim", "a=2q + b"],
            "error: the claim has a variable that the expression has not: 'q'\n  │ 2q + b\n  │  ^\n"
            "  = its variables are a, b\n",
        ),
        (
            ["a*b", "--claim", "a=b+"],
            "error: the expression ends where a number, a name or '(' is needed\n  │ b+\n  │  ^\n"
            "  = remove the '+', or write what belongs after it\n",
        ),
        (["x^2", "--claim", " "], "error: the claim is empty\n  = as in --claim '2*x'\n"),
        (["x^2", "--claim", "x="], "error: the claim is empty\n  = as in --claim '2*x'\n"),
        (
            ["x^2", "--x", "3:1"],
            "error: the range x = 3:1 is empty\n  = the smaller end comes first: --x 1:3\n",
        ),
        (["x^2", "--x", "1:1"], "error: the range x = 1:1 is a single number\n  = --x 1 gives x that value\n"),
        (["x^2", "--x", "1:"], "error: x = 1: is no range\n  = a range has two ends, as in --x 0.1:10\n"),
        (["x^2", "--x", "1:2:3"], "error: x = 1:2:3 is no range\n  = a range has two ends, as in --x 0.1:10\n"),
        (
            ["x^2", "--x", "a:b"],
            "error: x = a is not a number: 'a' has no value\n"
            "  = a value is a number or a constant expression, such as pi/4\n",
        ),
        (
            ["x^2", "--x", "nan"],
            "error: x = nan is not a number: 'nan' has no value\n"
            "  = a value is a number or a constant expression, such as pi/4\n",
        ),
        (["x^2", "--x", "0:inf"], "error: x = inf is too large for a float\n"),
        (["x^2", "--x", "-1e308:1e308"], "error: x = -1e308:1e308 is too wide for floats\n"),
        (
            ["x^2", "--q", "1:2"],
            "error: unknown option --q: the expression has no variable 'q'\n"
            "  = its variables are x; autodiff check --help lists the options\n",
        ),
        (["x^2", "--samples", "0"], "error: --samples is from 1 to 1,000,000, not 0\n"),
        (["x^2", "--samples", "1000001"], "error: --samples is from 1 to 1,000,000, not 1,000,001\n"),
        (
            ["x^2", "--samples", "many"],
            "error: Invalid value for '--samples': 'many' is not a valid integer.\n"
            "  = autodiff check --help lists what there is\n",
        ),
        (
            ["a = x + 1; a^2", "--claim", "2a + q"],
            "error: the claim has a variable that the expression has not: 'q'\n  │ 2a + q\n  │      ^\n"
            "  = its variables are x\n",
        ),
        (
            ["sin", "--claim", "cos"],
            "error: sin is a function, and has no argument here\n"
            "  │ sin\n"
            "  │ ^^^\n"
            "  = write sin(x); sin is a variable where it has a value\n",
        ),
        (["2 + 3"], "error: the expression has no variables, so there is no derivative to check\n"),
        ([], "error: no expression\n  = as in autodiff check 'x^2' --x 3\n"),
        (
            ["sqrt(x)", "--x", "-2:-1", "--claim", "1"],
            "error: no point is inside the domain of the expression as floats have it, of 11,278 that were tried\n"
            "  = give a range that is inside, as in --x 1:2\n",
        ),
        (
            ["sqrt(x)", "--x", "0", "--claim", "1"],
            "error: no point has a value and a gradient that are finite floats, of 1 that were tried\n"
            "  = give a range that is inside, as in --x 1:2\n",
        ),
        (
            ["seed*x", "--seed", "3", "--claim", "x=seed"],
            "error: --seed is an option of the command, and 'seed' is also a variable of the expression\n"
            "  = set the variable with seed=VALUE\n",
        ),
    ],
)
def test_what_check_cannot_use_is_refused_in_words(autodiff: Run, arguments: list[str], error: str) -> None:
    result = autodiff("check", *arguments)
    assert (result.code, result.out, result.err) == (2, "", error)


def test_every_bad_range_is_named_at_once(autodiff: Run) -> None:
    assert autodiff("check", "a*b", "--a", "3:1", "--b", "1:1").err.count("error: ") == 2


def test_check_loads_nothing_that_it_does_not_use() -> None:
    code = (
        "import sys; from autodiff_cli.commands.group import run;"
        "run(['check', 'x^2', '--claim', '2*x']);"
        "print(sorted({m.split('.')[0] for m in sys.modules}), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert "'autodiff_cli'" in done.stderr
    assert "'rich'" not in done.stderr
    assert "'numpy'" not in done.stderr


@pytest.mark.parametrize("columns", [60, 80, 160])
def test_on_a_terminal_the_answer_is_coloured_and_fits(columns: int) -> None:
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "autodiff_cli", "check", "tanh(a*b + c)", "--claim", "a=1 - tanh(a*b + c)^2"]
    environment = {k: v for k, v in os.environ.items() if k != "NO_COLOR"} | {"COLUMNS": str(columns), "TERM": "xterm"}
    done = subprocess.run(command, stdout=theirs, stdin=subprocess.DEVNULL, env=environment, timeout=60, check=False)
    os.close(theirs)
    text = os.read(ours, 100_000).decode()
    os.close(ours)
    assert done.returncode == 1
    assert "\x1b[1;31mwrong:\x1b[0m d/da is not 1 - tanh(a * b + c)^2" in text
    plain = json.loads(json.dumps(text)).replace("\x1b[0m", "").replace("\r", "")
    for code in ("1;31", "33", "2", "1"):
        plain = plain.replace(f"\x1b[{code}m", "")
    assert max(map(len, plain.split("\n"))) <= columns


@pytest.mark.slow
@pytest.mark.parametrize("entry", entries(), ids=lambda entry: entry.written)
@pytest.mark.parametrize("balls", [True, False])
def test_the_formulas_of_the_catalog_are_right(entry: Entry, balls: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if not balls:
        monkeypatch.setattr(exact, "available", lambda: False)
    if entry.arguments[-1] == "...":
        return
    expression = parse(entry.written.partition(", pow")[0], entry.arguments)
    for name, formula in entry.derivatives.items():
        claim, *_ = formula.split(";")
        spans = {"n": (2.0, 2.0)} if "n" in entry.arguments else {}
        if claim not in ("nan", "x^p * log(x)") and name in expression.variables:
            finding = check(expression, read_claims([f"{name}={claim}"], expression), spans, 100).findings[0]
            assert (finding.answer, finding.counts.get("wrong", 0)) == (Answer.RIGHT, 0)
            assert finding.points >= 60


def test_a_slope_that_is_not_finite_is_left_out() -> None:
    finding = found("x^p", "p=x^p*log(x)")
    assert finding.answer is Answer.RIGHT
    both = [found("sqrt(x)*y", *claims) for claims in (["y=sqrt(x)"], ["x=y/2/sqrt(x)", "y=sqrt(x)"])]
    assert [finding.points for finding in both] == [120, 120]
    assert found("sqrt(x)*y", "y=sqrt(x)", "x=y/2/sqrt(x)").counts["singular"] > 0


def test_claims_are_read_by_the_same_language() -> None:
    expression = parse("a*x^2", ["a", "x"])
    claims = read_claims(["x=2ax", "a = x²"], expression)
    assert {name: str(claim) for name, claim in claims.items()} == {"x": "2 * a * x", "a": "x^2"}
    with pytest.raises(AutodiffError, match="two claims"):
        read_claims(["x=2ax", "x=1"], expression)


@pytest.mark.parametrize("exact", [True, False])
@pytest.mark.parametrize(
    ("text", "arguments"),
    [("x^2", ("--claim=inf",)), ("x^2", ("--claim=1/0",)), ("sinh(x)", ("--claim=exp(2x)", "--x", "400:700"))],
)
def test_an_infinite_claim_is_not_right(
    autodiff: Run, monkeypatch: pytest.MonkeyPatch, text: str, arguments: tuple[str, ...], exact: bool
) -> None:
    monkeypatch.setattr("autodiff_cli.exact.balls.available", lambda: exact)
    assert autodiff("check", text, *arguments).code == (1 if exact else 2)


@pytest.mark.parametrize("claim", ["3x^2*(1 + 1e-6)", "-3x^2*1.0000001"])
def test_a_factor_of_nearly_one_is_no_hint(autodiff: Run, claim: str) -> None:
    result = autodiff("check", "x^3", f"--claim={claim}")
    assert result.code == 1
    assert "times the derivative" not in result.out
