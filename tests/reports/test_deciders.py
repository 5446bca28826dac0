"""Points where floats differ: what balls prove, and what perturbed runs can tell."""

from math import isnan

import pytest

from autodiff_cli.language.parser import parse
from autodiff_cli.reports.deciders import ByBalls, ByPerturbation, Decision, Outcome, _is_rounded, _sensitive_args


def decide(kind: type[ByBalls] | type[ByPerturbation], expression: str, claim: str, x: float) -> Decision:
    """A decision on a claim about the derivative by x."""
    ours, theirs = parse(expression).evaluation(), parse(claim, ["x"]).evaluation()
    ours.move({"x": x})
    theirs.move({"x": x})
    return kind(ours, "x", theirs).decide(theirs.value, ours.gradients()["x"])


@pytest.mark.parametrize(
    ("expression", "claim", "x", "outcome"),
    [
        ("tanh(x)", "1 - tanh(x)^2", 20.0, Outcome.RIGHT),
        ("tanh(x)", "1 - tanh(x)^2 + 1e-20", 20.0, Outcome.WRONG),
        ("atan(x) + atan(1/x)", "0", 2.0, Outcome.RIGHT),
        ("x/3", "0.3333333333", 1.0, Outcome.RIGHT),  # cut off
        ("x/3", "0.333333", 1.0, Outcome.WRONG),  # too few digits for that
        ("x^2", "sqrt(-x)", 1.0, Outcome.UNDEFINED),
        ("x", "floor(sin(2*asin(x)) - 2*x*sqrt(1 - x^2)) + 2", 0.3, Outcome.UNDEFINED),
    ],
)
def test_balls_prove_right_and_wrong(expression: str, claim: str, x: float, outcome: Outcome) -> None:
    assert decide(ByBalls, expression, claim, x).outcome is outcome


def test_balls_know_both_values_better_than_floats() -> None:
    found = decide(ByBalls, "tanh(x)", "1 - tanh(x)^2 + 1e-20", 20.0)
    assert found.claimed - found.true == pytest.approx(1e-20)


def test_balls_leave_a_gradient_that_they_cannot_prove() -> None:
    gradient_is_open = decide(ByBalls, "x*floor(sin(2*asin(x)) - 2*x*sqrt(1 - x^2) + 3)", "5", 0.3)
    assert gradient_is_open.outcome is Outcome.UNDECIDED


@pytest.mark.parametrize(
    ("expression", "claim", "x", "outcome"),
    [
        ("tanh(x)", "1 - tanh(x)^2", 20.0, Outcome.UNDECIDED),
        ("x^2", "3x", 1.0, Outcome.WRONG),
        ("x^2", "2x*(1 + 1e-8)", 1.0, Outcome.WRONG),
        ("x^2", "sqrt(-x)", 1.0, Outcome.UNDEFINED),
        ("1/(exp(x) - exp(x) + 1e-300*x)", "5", 1.0, Outcome.UNDECIDED),
    ],
)
def test_perturbed_runs_call_wrong_only_what_rounding_cannot_do(
    expression: str, claim: str, x: float, outcome: Outcome
) -> None:
    assert decide(ByPerturbation, expression, claim, x).outcome is outcome


def test_what_is_undefined_has_no_value() -> None:
    assert isnan(decide(ByBalls, "x^2", "sqrt(-x)", 1.0).claimed)
    assert isnan(decide(ByPerturbation, "x^2", "sqrt(-x)", 1.0).claimed)


@pytest.mark.parametrize(
    ("text", "x", "rounded"),
    [
        ("x*3", 2.0, True),
        ("x > 1", 2.0, False),
        ("floor(x)", 2.5, False),
        ("x - 2", 2.0, False),  # an exact zero
        ("x*3", 0.0, False),
        ("exp(x)", -1000.0, True),  # an underflow
    ],
)
def test_conditions_steps_and_exact_zeros_are_not_rounded(text: str, x: float, rounded: bool) -> None:
    at = parse(text).evaluation()
    at.move({"x": x})
    assert _is_rounded(at.root) is rounded


@pytest.mark.parametrize(
    ("text", "names"), [("x + y", []), ("x*y", []), ("x/y", ["y"]), ("x^y", ["x"]), ("atan2(x, y)", ["x", "y"])]
)
def test_some_arguments_have_to_keep_their_digits(text: str, names: list[str]) -> None:
    assert [arg.label for arg in _sensitive_args(parse(text).root)] == names
