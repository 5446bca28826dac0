"""Claims where floats show nothing: underflow, narrow features, kinks and patched points."""

import pytest

from autodiff_cli.exact import balls
from autodiff_cli.language.parser import parse
from autodiff_cli.reports.check import Answer, CheckedDerivative, check
from autodiff_cli.reports.claims import read_claims

Spans = dict[str, tuple[float, float]]


def found(expression: str, claim: str, samples: int = 200, **spans: tuple[float, float]) -> CheckedDerivative:
    read = parse(expression)
    return check(read, read_claims([claim], read), spans, samples).findings[-1]


UNDERFLOW: list[tuple[str, str, Spans]] = [
    ("exp(-(x - 656.28)^2/(2*0.01^2))", "0", {}),
    (
        "A*exp(-(x - m)^2/(2*s^2))",
        "x=A*exp(-(x - m)^2/(2*s^2))*(x - m)/s^2",
        {"m": (656.28, 656.28), "s": (0.01, 0.01)},
    ),
    ("exp(-x)", "exp(-x)", {"x": (800, 1000)}),
    ("exp(-Q/(R*T))", "T=-exp(-Q/(R*T))", {"Q": (1e5, 1e5), "R": (8.314, 8.314), "T": (1, 10)}),
    ("x^200", "x^199", {"x": (0.001, 0.01)}),
    ("1e-200*x*1e-200", "0", {}),
    ("tanh(x)", "0", {"x": (400, 500)}),
    ("erf(x)", "-exp(-x^2)", {"x": (40, 50)}),
    ("x^2 + exp(-(x - 37.7)^2*1e4)", "2x", {}),
    ("x + tanh(1e6*(x - 12.3))", "1", {}),
]


@pytest.mark.parametrize(("expression", "claim", "spans"), UNDERFLOW)
def test_two_zeros_by_underflow_are_no_agreement(expression: str, claim: str, spans: Spans) -> None:
    assert found(expression, claim, **spans).answer is Answer.WRONG


@pytest.mark.parametrize(("expression", "claim", "spans"), UNDERFLOW)
def test_without_high_precision_it_is_undecided_or_wrong(
    expression: str, claim: str, spans: Spans, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(balls, "available", lambda: False)
    assert found(expression, claim, **spans).answer in (Answer.UNDECIDED, Answer.WRONG)


def test_a_true_claim_that_underflows_is_right_in_high_precision() -> None:
    finding = found("exp(-x)", "-exp(-x)", x=(800.0, 1000.0))
    assert (finding.answer, finding.points) == (Answer.RIGHT, 200)


def test_a_slope_that_is_zero_everywhere_is_right() -> None:
    assert found("sin(x)^2 + cos(x)^2", "0").answer is Answer.RIGHT
    assert found("0*x", "0").answer is Answer.RIGHT


def test_fewer_than_ten_points_are_no_proof(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(balls, "available", lambda: False)
    narrow = "x + 0*sqrt(1e-30 - (x - 1)^2)"  # defined at a few floats
    assert found(narrow, "1", x=(0.5, 1.5)).answer is Answer.UNDECIDED
    assert found("x^2", "2x", x=(3.0, 3.0)).answer is Answer.RIGHT  # all there is


@pytest.mark.parametrize(
    ("expression", "claim", "answer"),
    [
        ("abs(x)", "where(x == 0, 0.5, sign(x))", Answer.RIGHT),
        ("abs(x)", "where(x == 0, -1, sign(x))", Answer.RIGHT),
        ("abs(x)", "where(x == 0, 5, sign(x))", Answer.WRONG),
        ("relu(x)", "where(x >= 0, 1, 0)", Answer.RIGHT),
        ("relu(x)", "where(x == 0, -1, where(x > 0, 1, 0))", Answer.WRONG),
        ("max(x, 2x)", "where(x == 0, 1.5, where(x > 0, 2, 1))", Answer.RIGHT),
        ("max(x, 2x)", "where(x == 0, 2.5, where(x > 0, 2, 1))", Answer.WRONG),
        ("floor(x)", "where(x == 1, 7, 0)", Answer.WRONG),
    ],
)
def test_a_claim_at_a_kink_lies_between_the_slopes(expression: str, claim: str, answer: Answer) -> None:
    assert found(expression, claim).answer is answer


@pytest.mark.parametrize(
    ("expression", "claim", "answer"),
    [
        ("where(x == 1, 1, x^2)", "where(x == 1, 0, 2x)", Answer.WRONG),
        ("where(x == 1, 1, x^2)", "where(x == 1, 99, 2x)", Answer.WRONG),
        ("where(x == 1, 1, x^2)", "2x", Answer.RIGHT),
        ("piecewise(x != 0, (exp(x) - 1)/x, 1)", "where(x != 0, (x*exp(x) - exp(x) + 1)/x^2, 0)", Answer.WRONG),
        ("piecewise(x != 0, (exp(x) - 1)/x, 1)", "where(x != 0, (x*exp(x) - exp(x) + 1)/x^2, 1/2)", Answer.RIGHT),
        ("x*abs(x)", "where(x == 0, 1, 2*abs(x))", Answer.WRONG),
    ],
)
def test_a_smooth_point_with_a_branch_of_its_own_is_held_to_its_neighbours(
    expression: str, claim: str, answer: Answer
) -> None:
    finding = found(expression, claim)
    assert finding.answer is answer
    if answer is Answer.WRONG:
        assert finding.counterexample is not None


@pytest.mark.parametrize(
    ("expression", "claim"),
    [
        ("f/(exp(6.6e-34*f/(1.38e-23*T)) - 1)", "f=6.6e-34*f/(1.38e-23*T)"),
        ("exp(6.6e-34*f/(1.38e-23*T))", "f=6.6e-34/(1.38e-23*T)"),
        ("sin(1e-9*x)", "1e-9"),
        ("tanh(x/1e12)", "1e-12"),
    ],
)
def test_a_function_whose_argument_is_tiny_at_usual_numbers_is_tried_at_others(expression: str, claim: str) -> None:
    assert found(expression, claim).answer is Answer.WRONG
