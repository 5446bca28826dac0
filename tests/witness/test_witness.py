"""The witness: it knows the slope from values alone, holds its bound, and catches a wrong rule."""

import math
from collections.abc import Callable

import pytest

from autodiff_cli.engine.value import RULES, Rule
from autodiff_cli.language.parser import parse
from autodiff_cli.reports.point import report_at
from autodiff_cli.reports.results import Verdict
from autodiff_cli.reports.status import Status
from autodiff_cli.witness.finite_difference import Estimate, differentiate
from autodiff_cli.witness.replay import Replay


def estimate(text: str, **point: float) -> Estimate:
    """The estimate for the first variable."""
    expression = parse(text, point).evaluation()
    expression.move(point)
    variable = next(iter(expression.variables.values()))
    line = Replay(expression.root, expression.nodes, expression.variables.values()).along(variable)
    return differentiate(line, line.perturbed, variable.data)


def quiet(f: Callable[[float], float], x: float) -> Estimate:
    """The estimate for a Python function whose argument and value are right to an ulp."""
    return differentiate(f, lambda at: f(at * (1 + 2.0**-52)) * (1 + 2.0**-52), x)


@pytest.mark.parametrize(
    ("f", "x", "slope"),
    [
        (math.sin, 1.0, math.cos(1)),
        (math.sin, 0.0, 1.0),
        (math.exp, 20.0, math.exp(20)),
        (lambda x: x**100, 7.0, 100 * 7.0**99),
        (lambda x: math.sin(1e4 * x), 1.0, 1e4 * math.cos(1e4)),
        (lambda x: math.sin(16 * math.pi * x), 1.0, 16 * math.pi),  # every dyadic step is a period
        (lambda x: 1e-30 * x, 3e20, 1e-30),
        (lambda x: 1 / x, 1e-150, -1e300),
        (lambda x: math.log(x) if x > 0 else math.nan, 1e-9, 1e9),
        (lambda x: math.log(1 - x) if x < 1 else math.nan, 1 - 1e-6, -1 / (1 - (1 - 1e-6))),
        (lambda x: math.tanh(1e3 * (x - 1)), 1.001, 1e3 / math.cosh(1e3 * (1.001 - 1)) ** 2),
        (
            lambda x: math.exp(-((1e3 * (x - 1)) ** 2)),
            1.001,
            -2e6 * (1.001 - 1) * math.exp(-((1e3 * (1.001 - 1)) ** 2)),
        ),
        (lambda x: abs(x - 1), 1 + 1e-6, 1.0),
        (lambda x: 5.0, 3.0, 0.0),
    ],
)
def test_the_bound_holds_the_slope(f: Callable[[float], float], x: float, slope: float) -> None:
    found = quiet(f, x)
    assert abs(found.value - slope) <= found.bound + 1e-12 * abs(slope)
    assert found.bound <= 1e-6 * abs(slope) or slope == 0


@pytest.mark.parametrize(
    ("f", "x", "left", "right"),
    [
        (abs, 0.0, -1, 1),
        (lambda x: max(x, 0.0), 0.0, 0, 1),
        (lambda x: max(x, 3.0), 3.0, 0, 1),
        (lambda x: abs(x - 2) + x * x, 2.0, 3, 5),
        (lambda x: abs(x) * math.exp(x), 0.0, -1, 1),
    ],
)
def test_a_kink_has_two_slopes(f: Callable[[float], float], x: float, left: float, right: float) -> None:
    found = quiet(f, x)
    assert found.kink
    assert found.left == pytest.approx(left, abs=1e-6)
    assert found.right == pytest.approx(right, abs=1e-6)


@pytest.mark.parametrize(
    ("text", "x", "slopes"),
    [
        ("x^3 + abs(x - 2)", 2.0, (11, 13)),
        ("100*x^2 + abs(x - 2)", 2.0, (399, 401)),
        ("relu(x - 1) + 1e3*x", 1.0, (1000, 1001)),
    ],
)
def test_a_kink_hidden_by_curvature_is_found(text: str, x: float, slopes: tuple[float, float]) -> None:
    (row,) = report_at(parse(text), {"x": x}).rows
    assert row.verdict is Verdict.KINK
    assert (row.left, row.right) == pytest.approx(slopes, rel=1e-4)


@pytest.mark.parametrize(
    ("text", "x"),
    [
        ("x^2 + sin(x)", 5301550.358193526),
        ("hypot(x, sin(x))", 9143857.9),
        ("100*x^4 + cos(x)", 20356.097358960433),
        ("pi*x - tan(pi*x)", 33320.26569699936),
        ("floor(floor(x))", 1322.06),
        ("floor(exp10(x))", 10.995563291989988),
        ("round(x*100)/100", 42.675),
        ("acsch(x)/lgamma(x)", 1.9482251916771958),
        ("tanh(0.412144*x) + tanh(x*0.99771)", -0.543151),
        ("log(x)^2", 1.0),
        ("erfc(x)", 27.224162193979062),
        ("sin(3*e^x)^2", 64.79502989992271),
        ("1 + x/(1 + x^2)*1e-25", 2.4916e-33),
        ("1e30*(2 + cos(x)*1e-10)", 340.44493552675453),
    ],
)
def test_a_right_gradient_is_never_accused(text: str, x: float) -> None:
    (row,) = report_at(parse(text), {"x": x}).rows
    assert row.verdict in (Verdict.OK, Verdict.UNSURE)


def test_larger_steps_where_rounding_hides_a_slope() -> None:
    found = estimate("(1 + x)^2", x=1e-12)
    assert found.value == pytest.approx(2, rel=1e-6)
    assert found.bound < 1e-6


def test_what_looks_like_a_kink_from_afar_is_none() -> None:
    found = quiet(lambda x: math.sqrt(x * x + 1e-8), 0.0)
    assert not found.kink
    assert abs(found.value) <= 1e-6


@pytest.mark.parametrize("f", [lambda x: math.sqrt(abs(x)), lambda x: math.copysign(1, x), lambda x: math.floor(x + 1)])
def test_nothing_is_claimed_where_there_is_no_slope(f: Callable[[float], float]) -> None:
    found = quiet(f, 0.0)
    assert not found.bound <= 1e-6


def test_cancellation_is_not_taken_for_a_slope() -> None:
    found = estimate("((1e20 + x) - 1e20)*y", x=1.0, y=1.0)
    assert found.bound > 1  # a slope of 0 would look perfectly settled


def test_large_terms_do_not_drown_the_one_that_moves() -> None:
    found = estimate("1e30*y + x^2", y=1.0, x=3.0)
    assert found.value == pytest.approx(1e30)
    found = estimate("x^2 - 1e30*y", x=3.0, y=1.0)
    assert found.value == pytest.approx(6, rel=1e-9)
    assert found.bound < 1e-8


def test_the_estimate_of_a_plain_slope_takes_30_values_at_most() -> None:
    found = estimate("tanh(a*b + c)", a=2.0, b=-3.0, c=10.0)
    assert found.evaluations <= 30


def _spoil(monkeypatch: pytest.MonkeyPatch, name: str, count: int, formulas: tuple[str, ...]) -> None:
    rule = RULES[name, count]
    wrong = Rule(rule.function._replace(partials=formulas))
    monkeypatch.setattr(rule, "pullback", wrong.pullback)


@pytest.mark.parametrize(
    ("text", "name", "formulas"),
    [
        ("sin(x)*3", "sin", ("1.0005 * cos(x)",)),
        ("tanh(x)", "tanh", ("0.9995 * sech(x)**2",)),
        ("x*y", "mul", ("b * 1.0005", "a")),
        ("x/y", "div", ("1 / b", "y / b")),
        ("exp(x*y)", "exp", ("y * 1.000002",)),
        ("x^y", "pow", ("p * pow(x, p - 1)", "1.0005 * y * log(x)")),
        ("x + y", "add", ("1", "1.0005")),
    ],
)
def test_a_rule_off_by_five_in_ten_thousand_is_caught(
    monkeypatch: pytest.MonkeyPatch, text: str, name: str, formulas: tuple[str, ...]
) -> None:
    point = dict.fromkeys("xy"[: 2 if "y" in text else 1], 1.3)
    honest = report_at(parse(text), point)
    assert {row.verdict for row in honest.rows} == {Verdict.OK}
    assert honest.status is Status.OK
    _spoil(monkeypatch, name, len(formulas), formulas)
    spoiled = report_at(parse(text), point)
    assert Verdict.MISMATCH in {row.verdict for row in spoiled.rows}
    assert spoiled.status is Status.MISMATCH


def test_rounding_in_the_gradient_is_not_called_a_mismatch() -> None:
    # The two paths from t cancel to the last bit; what is left of the gradient is rounding
    report = report_at(parse("x*(y/z*t/t)"), {"x": 2.7723, "y": 0.30208, "z": 0.16108, "t": 1.8692})
    assert Verdict.MISMATCH not in {row.verdict for row in report.rows}


def test_a_sum_of_many_terms_is_linear_work() -> None:
    text = "+".join(f"tanh(x{i}*x{i + 1})" for i in range(500))
    expression = parse(text).evaluation()
    expression.move(dict.fromkeys(expression.variables, 0.5))
    replay = Replay(expression.root, expression.nodes, expression.variables.values())
    costs = [replay.along(variable).cost for variable in expression.variables.values()]
    assert max(costs) == 5  # the variable, two products, two tanh


@pytest.mark.slow
def test_a_sum_that_is_long_is_still_resolved() -> None:
    report = report_at(parse("+".join(["sin(x)*y"] * 20_000)), {"x": 1.0, "y": 2.0})
    assert [row.verdict for row in report.rows] == [Verdict.OK, Verdict.OK]


def test_a_graph_too_large_to_check_is_unsure_and_noted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("autodiff_cli.witness.judge._STEPS", 50)
    monkeypatch.setattr("autodiff_cli.witness.arbiter._ROWS_WORK", 0)
    report = report_at(parse("x*y*z"), {"x": 1.0, "y": 2.0, "z": 3.0})
    assert report.rows[-1].verdict is Verdict.UNSURE
    assert report.rows[-1].gradient == 2
    assert "too large to check every variable" in report.notes[-1]
