"""Where floats cannot resolve a slope: the same differences in high precision, and a note where digits are lost."""

import math
from collections.abc import Callable

import pytest

from autodiff_cli.engine.value import RULES, Rule
from autodiff_cli.language.parser import parse
from autodiff_cli.reports.point import report_at
from autodiff_cli.reports.results import Report, Verdict
from autodiff_cli.witness.high_precision import Refined

from ..conftest import CORPORA, Result, corpus

Run = Callable[..., Result]


def _report(text: str, **point: float) -> Report:
    return report_at(parse(text, point), point)


@pytest.mark.parametrize(
    ("text", "point", "slopes"),
    [
        (
            "beta*(1 + alpha*cos(theta))",
            {"beta": 2.0, "alpha": 1e-17, "theta": 1.0},
            {"beta": 1.0, "alpha": 1.0806046117362795, "theta": -1.682941969615793e-17},
        ),
        ("2*U*(1-cos(k*d))", {"U": 1.0, "k": 1e-6, "d": 1.0}, {"U": 9.999999999999167e-13, "k": 2e-6, "d": 2e-12}),
        ("sin(x)", {"x": 1e300}, {"x": -0.5753861119575491}),
        ("logaddexp(x, 1e308)", {"x": 1e308}, {"x": 0.5}),
        ("abs(x - 1e-20)", {"x": 0.0}, {"x": -1.0}),
        ("where(x > 1e-9, x, 0)", {"x": 0.0}, {"x": 0.0}),
        ("cos(x) + x", {"x": 1e16}, {"x": 0.2203119933930213}),
        ("exp(x)", {"x": 1e-17}, {"x": 1.0}),
        ("erf(x)", {"x": 10.0}, {"x": 4.197656231354417e-44}),
        ("floor(x)", {"x": 2.5}, {"x": 0.0}),
        (
            "tanh(a*b + c)",
            {"a": 0.540532, "b": 548.258, "c": 0.82602},
            {"a": 1.6457768824109559e-255, "b": 1.6225847498866569e-258, "c": 3.0018292161919311e-258},
        ),
    ],
)
def test_slopes_that_floats_cannot_resolve_are_found_in_high_precision(
    text: str, point: dict[str, float], slopes: dict[str, float]
) -> None:
    report = _report(text, **point)
    for row in report.rows:
        assert row.verdict is Verdict.OK
        assert row.estimate == pytest.approx(slopes[row.name], rel=1e-9)
        assert abs(row.estimate - slopes[row.name]) <= row.bound + 3e-16 * abs(row.estimate)


@pytest.mark.parametrize(
    ("text", "x", "left", "right"),
    [
        ("where(x > 0, x^2, -x)", 0.0, -1, 0),
        ("abs(x - 1) + 1e9", 1.0, -1, 1),
        ("max(x^2, 4)", 2.0, 0, 4),
        ("abs(x)*1e-30", 0.0, -1e-30, 1e-30),
    ],
)
def test_a_kink_that_floats_cannot_resolve_has_its_two_slopes(text: str, x: float, left: float, right: float) -> None:
    (row,) = _report(text, x=x).rows
    assert row.verdict is Verdict.KINK
    assert (row.left, row.right) == (
        pytest.approx(left, rel=1e-9, abs=1e-40),
        pytest.approx(right, rel=1e-9, abs=1e-40),
    )


@pytest.mark.parametrize(("text", "x"), [("where(x > 0, 1, -1)", 0.0), ("floor(x)", 2.0)])
def test_a_jump_has_no_slope(text: str, x: float) -> None:
    assert _report(text, x=x).rows[0].verdict is Verdict.UNSURE


def test_lost_digits_are_noted() -> None:
    report = _report("(x - 1)^2*1e8 + (x*1e8 - 1e8)*(1e-8 - x + 1)", x=1.0 + 2.0**-52)
    lossy = _report("x + 1e20 - 1e20 + (x*1e20 - x*(1e20 + 65536))", x=1.5)
    assert {row.verdict for row in (*report.rows, *lossy.rows)} <= {Verdict.OK, Verdict.UNSURE}
    report = _report("(1 + t*2e-16)*(1 + t*2e-16) + (-1 - 2*(t*2e-16))", t=0.96273)
    assert report.notes == ["rounding leaves few right digits, or none, in the gradient by t"]
    assert report.rows[0].verdict is Verdict.UNSURE
    assert report.rows[0].estimate == pytest.approx(7.70184e-32, rel=1e-12)


@pytest.mark.parametrize(
    ("text", "x", "slope"),
    [
        ("(1 - cos(x))/x^2", 1e-9, -8.333333333333334e-11),
        ("x - sin(x)", 1e-9, 5e-19),
        ("where(10*x >= 3, 2x, 5x)", 0.3, 5.0),
        ("x*floor(1/x)", 0.1, 9.0),
    ],
)
def test_a_gradient_that_rounding_has_made_is_never_ok(text: str, x: float, slope: float) -> None:
    report = _report(text, x=x)
    (row,) = report.rows
    assert row.verdict is Verdict.UNSURE
    assert row.estimate == pytest.approx(slope, rel=1e-9)
    assert report.notes == ["rounding leaves few right digits, or none, in the gradient by x"]


@pytest.mark.parametrize("text", ["x", "sin(x)", "x^2", "x*1e300", "atan(x)", "tanh(x)", "sigmoid(x)", "log(abs(x))"])
@pytest.mark.parametrize("x", [5e-324, 3e-323, -1e-322, 1e-310, 1e308, -1.7e308])
def test_right_gradients_at_the_ends_of_floats_are_not_accused(text: str, x: float) -> None:
    assert _report(text, x=x).rows[0].verdict is not Verdict.MISMATCH


def test_a_wrong_rule_is_caught_where_floats_are_blind(monkeypatch: pytest.MonkeyPatch) -> None:
    rule = RULES["cos", 1]
    wrong = Rule(rule.function._replace(partials=("-sin(x) * 2001 / 2000",)))
    for name in ("function", "pullback", "_partials"):
        monkeypatch.setattr(rule, name, getattr(wrong, name))
    from autodiff_cli.exact.arithmetic import over_balls

    over_balls.cache_clear()
    report = _report("beta*(1 + alpha*cos(theta))", beta=2.0, alpha=1e-17, theta=1.0)
    over_balls.cache_clear()
    assert report.rows[-1].verdict is Verdict.MISMATCH


def test_without_python_flint_it_is_unsure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("autodiff_cli.exact.balls.available", lambda: False)
    report = _report("beta*(1 + alpha*cos(theta))", beta=2.0, alpha=1e-17, theta=1.0)
    assert report.rows[-1].verdict is Verdict.UNSURE
    assert report.notes == ["python-flint may resolve what floats cannot: pip install 'autodiff-cli[exact]'"]
    assert _report("(10*x - 1)^2", x=0.1).rows[0].verdict is Verdict.UNSURE
    assert {row.verdict for row in _report("sin(x) + relu(y) + 0z", x=1.0, y=-1.0, z=2.0).rows} == {Verdict.OK}


def test_gradients_stay_in_the_graph() -> None:
    expression = parse("2*U*(1-cos(k*d))")
    report = report_at(expression, {"U": 1.0, "k": 1e-9, "d": 1.0})
    assert [variable.grad for variable in expression.variables.values()] == [row.gradient for row in report.rows]


def test_a_step_of_a_program() -> None:
    report = _report("d = 1 - cos(x); 3d^2", x=1e-5)
    assert [row.name for row in report.rows] == ["x", "d"]
    assert {row.verdict for row in report.rows} == {Verdict.OK}


@pytest.mark.skipif(not CORPORA.exists(), reason="the corpora are not beside the checkout")
@pytest.mark.parametrize("name", ["feynman", "srsd", "fpbench", "herbie", "mgh", "peer_points"])
def test_high_precision_holds_every_reference(name: str) -> None:
    for record in corpus(name):
        point = {name: float(value) for name, value in record["point"].items()}
        expression = parse(record["expr"], point).evaluation()
        expression.move(point)
        refined = Refined(expression.root, expression.nodes)
        for variable, want in record["grad"].items():
            estimate = refined.along(expression.variables[variable])
            assert abs(estimate.value - float(want)) <= estimate.bound + 2.0**-53 * abs(float(want)), record["id"]


@pytest.mark.parametrize(
    ("text", "sides"),
    [
        ("floor(x) + abs(x - 0.5) + x^2", (0.0, 2.0)),
        ("round(x + 0.1) + abs(x - 0.5) + sin(x)", (math.cos(0.5) - 1, math.cos(0.5) + 1)),
        ("floor(x) + max(x, 0.5)*x", (0.5, 1.0)),
        ("sign(x) + abs(x - 0.5) + 1/(x - 1.3)", (-1 - 1 / 0.64, 1 - 1 / 0.64)),
    ],
)
def test_a_kink_beside_a_function_that_jumps(text: str, sides: tuple[float, float]) -> None:
    (row,) = report_at(parse(text), {"x": 0.5}).rows
    assert row.verdict is Verdict.KINK
    assert (row.left, row.right) == pytest.approx(sides, rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("text", ["floor(x)", "sign(x)", "heaviside(x)*3", "x + floor(x)", "diff(abs(x), x)"])
def test_a_jump_is_unsure_and_noted(text: str) -> None:
    report = report_at(parse(text), {"x": 0.0})
    assert report.rows[0].verdict is Verdict.UNSURE
    assert "the value seems to jump here, so that there is no slope by x" in report.notes
