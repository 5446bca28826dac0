"""The arbiter: which number is printed and which verdict, a test a row of its table, and the corpora."""

from collections.abc import Callable
from math import inf, isnan, nan
from types import SimpleNamespace
from typing import Any

import pytest

from autodiff_cli.engine.value import RULES, Rule
from autodiff_cli.language.parser import parse
from autodiff_cli.reports.point import report_at
from autodiff_cli.reports.results import Report
from autodiff_cli.witness.arbiter import Seen, outcome_of, rule
from autodiff_cli.witness.judge import Verdict
from autodiff_cli.witness.nearby import Side, SideKind

from ..conftest import CORPORA, corpus

pytest.importorskip("flint")


def known(data: float = nan, why: Any = None) -> Any:
    """What exact arithmetic knows of a gradient."""
    return SimpleNamespace(data=data, why=why, is_known=why is None)


UNKNOWN = known(why="0 times infinity")


def slope(data: float) -> Side:
    """A side that has a slope, known to a bound."""
    return Side(SideKind.SLOPE, data, 1e-20)


def outcome(gradient: Any, left: Side, right: Side, smooth: bool = True) -> tuple[Verdict, float, bool]:
    """The verdict, the gradient that is printed, and whether the neighbours alone know it."""
    return outcome_of(Seen(gradient, left, right, lambda: smooth))


def same(found: tuple[Verdict, float, bool], verdict: Verdict, gradient: float, by_neighbours: bool = False) -> bool:
    """Whether an outcome is this one, nan being nan."""
    numbers = (found[1] == gradient) or (isnan(found[1]) and isnan(gradient))
    return found[0] is verdict and numbers and found[2] is by_neighbours


def test_a_jump_on_either_side_is_a_jump() -> None:
    assert same(outcome(known(0.0), Side(SideKind.JUMP), slope(0.0)), Verdict.JUMP, 0.0)
    assert same(outcome(UNKNOWN, slope(0.0), Side(SideKind.JUMP)), Verdict.JUMP, nan)


def test_sides_that_differ_are_a_kink_with_the_gradient_of_the_rules() -> None:
    assert same(outcome(known(0.0), slope(-1.0), slope(1.0)), Verdict.KINK, 0.0)


def test_the_gradient_at_a_kink_where_the_rules_are_silent_is_the_mean_of_its_slopes() -> None:
    assert same(outcome(UNKNOWN, slope(-1.0), slope(3.0)), Verdict.KINK, 1.0)


def test_a_finite_gradient_at_a_smooth_point_whose_quotients_grow_is_a_mismatch() -> None:
    steep = Side(SideKind.STEEP, inf, 0.0)
    assert same(outcome(known(2.0), steep, steep), Verdict.MISMATCH, 2.0)


def test_quotients_that_grow_are_singular() -> None:
    steep = Side(SideKind.STEEP, inf, 0.0)
    assert same(outcome(UNKNOWN, steep, steep), Verdict.SINGULAR, inf)
    assert same(outcome(known(0.0), steep, steep, smooth=False), Verdict.SINGULAR, inf)
    assert same(outcome(UNKNOWN, Side(SideKind.NONE), steep), Verdict.SINGULAR, inf)


def test_a_gradient_beyond_the_floats_is_singular() -> None:
    assert same(outcome(known(inf), slope(1.7e308), slope(1.7e308)), Verdict.SINGULAR, inf)


def test_values_that_decide_nothing_leave_the_gradient_unsure() -> None:
    assert same(outcome(known(2.0), Side(SideKind.OPEN), slope(2.0)), Verdict.UNSURE, 2.0)
    assert same(outcome(known(2.0), Side(SideKind.NONE), Side(SideKind.NONE)), Verdict.UNSURE, 2.0)
    assert same(outcome(UNKNOWN, Side(SideKind.OPEN), Side(SideKind.OPEN)), Verdict.SINGULAR, nan)


def test_a_gradient_that_the_values_confirm_is_ok() -> None:
    assert same(outcome(known(2.0), slope(2.0), slope(2.0)), Verdict.OK, 2.0)
    assert same(outcome(known(2.0), Side(SideKind.NONE), slope(2.0)), Verdict.OK, 2.0)


def test_where_the_chain_rule_is_silent_the_neighbours_give_the_gradient() -> None:
    assert same(outcome(UNKNOWN, slope(3.0), slope(3.0)), Verdict.OK, 3.0, by_neighbours=True)


def test_a_gradient_that_differs_at_a_smooth_point_is_a_mismatch() -> None:
    assert same(outcome(known(2.0), slope(3.0), slope(3.0)), Verdict.MISMATCH, 2.0)


def test_a_branch_that_holds_at_one_point_takes_the_slope_of_its_neighbours() -> None:
    assert same(outcome(known(2.0), slope(3.0), slope(3.0), smooth=False), Verdict.OK, 3.0, by_neighbours=True)


# --- the whole way ----------------------------------------------------------------------------------------------------


def report(text: str, **point: float) -> Report:
    """The report of an expression at a point."""
    return report_at(parse(text, point), point)


@pytest.mark.parametrize(
    ("text", "x", "value", "gradient"),
    [
        ("(1 - cos(x))/x^2", 1e-8, 0.5, -8.333333333333333e-10),
        ("(x + 1) - x", 1e16, 1.0, 0.0),
        ("cbrt(1/x^3)", 1e-90, 1e90, -1e180),
        ("1/exp(x)", 700.0, 9.85967654375977e-305, -9.85967654375977e-305),
        ("sinc(exp(x))", 40.0, -1.296081200063832e-18, -0.28532064563591697),
        ("exp(x) - exp(x)", 1000.0, 0.0, 0.0),
        ("x*log(x + 1e-300)", 0.0, 0.0, -690.7755278982137),
        ("where(x == 0, 1, sin(x)/x)", 0.0, 1.0, 0.0),
    ],
)
def test_what_floats_lose_is_printed_from_exact_arithmetic(text: str, x: float, value: float, gradient: float) -> None:
    found = report(text, x=x)
    assert found.value == pytest.approx(value, rel=1e-15)
    assert found.rows[0].gradient == pytest.approx(gradient, rel=1e-15)
    assert found.rows[0].verdict is Verdict.OK


@pytest.mark.parametrize(
    ("text", "x", "note"),
    [
        (
            "(x + 1) - x",
            1e16,
            "floats keep few right digits, or none, of the value: exact arithmetic gave the numbers shown",
        ),
        (
            "x - sin(x)",
            1e-9,
            "floats keep few right digits, or none, of the value and the gradient by x: "
            "exact arithmetic gave the numbers shown",
        ),
        ("exp(-x)", 800.0, "too small for a float, and shown as 0: the value and the gradient by x"),
        ("x^2", 1e-170, "too small for a float, and shown as 0: the value"),
        ("x^2", 1e200, "x^2 is too large for a float and became inf"),
        (
            "sqrt(x^4)",
            0.0,
            "the gradient by x is that of the values next to the point; the chain rule does not give it",
        ),
        ("floor(x)", 2.0, "the value seems to jump here, so that there is no slope by x"),
    ],
)
def test_what_was_decided_is_said_once(text: str, x: float, note: str) -> None:
    assert report(text, x=x).notes == [note]


def test_a_kink_has_no_note_of_lost_digits() -> None:
    assert report("sqrt(x^2 + y^2)", x=0.0, y=0.0).notes == []


def test_a_plain_point_has_no_notes() -> None:
    assert report("tanh(a*b + c)", a=2.0, b=-3.0, c=10.0).notes == []


@pytest.mark.parametrize("text", ["x", "sin(x)", "x^2", "x*1e300", "atan(x)", "tanh(x)", "sigmoid(x)", "log(abs(x))"])
@pytest.mark.parametrize("x", [5e-324, 3e-323, -1e-322, 1e-310, 1e308, -1.7e308])
def test_nobody_is_accused_at_the_ends_of_the_floats(text: str, x: float) -> None:
    assert report(text, x=x).rows[0].verdict is not Verdict.MISMATCH


def test_a_wrong_rule_is_caught_where_floats_are_blind(monkeypatch: pytest.MonkeyPatch) -> None:
    right = RULES["cos", 1]
    wrong = Rule(right.function._replace(partials=("-sin(x) * 2001 / 2000",)))
    for name in ("function", "pullback", "_partials"):
        monkeypatch.setattr(right, name, getattr(wrong, name))
    from autodiff_cli.exact.arithmetic import over_balls

    over_balls.cache_clear()
    found = report("beta*(1 + alpha*cos(theta))", beta=2.0, alpha=1e-17, theta=1.0)
    over_balls.cache_clear()
    assert found.rows[-1].verdict is Verdict.MISMATCH


def test_without_python_flint_lost_digits_are_said_and_unsure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("autodiff_cli.exact.balls.available", lambda: False)
    found = report("(1 - cos(x))/x^2", x=1e-9)
    assert found.rows[0].verdict is Verdict.UNSURE
    assert found.rows[0].error > 1
    assert found.notes == [
        "rounding leaves few right digits, or none, of the value and the gradient by x",
        "python-flint may resolve what floats cannot: pip install 'autodiff-cli[exact]'",
    ]
    assert {row.verdict for row in report("sin(x) + relu(y) + 0z", x=1.0, y=-1.0, z=2.0).rows} == {Verdict.OK}


def test_a_plain_point_never_asks_exact_arithmetic(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> Any:
        raise AssertionError("exact arithmetic was asked")

    monkeypatch.setattr("autodiff_cli.witness.arbiter._Exactly", _nobody(refuse))
    assert [row.verdict for row in report("tanh(a*b + c)", a=2.0, b=-3.0, c=10.0).rows] == [Verdict.OK] * 3


def _nobody(refuse: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *_: SimpleNamespace(review=refuse, ruling_without_floats=refuse)


def test_gradients_stay_in_the_graph() -> None:
    expression = parse("U*k*(1 + cos(d))")
    found = report_at(expression, {"U": 1.0, "k": 2.0, "d": 1.0})
    assert [variable.grad for variable in expression.variables.values()] == [row.gradient for row in found.rows]


def test_a_step_of_a_program_has_a_verdict() -> None:
    found = report("d = 1 - cos(x); 3d^2", x=1e-5)
    assert [row.name for row in found.rows] == ["x", "d"]
    assert {row.verdict for row in found.rows} == {Verdict.OK}


def test_a_ruling_leaves_the_numbers_of_the_point() -> None:
    at = parse("(1 - cos(x))/x^2 + pi*y").evaluation()
    at.move({"x": 1e-9, "y": 2.0})
    before = [node.data for node in at.nodes]
    first = rule(at, dict(at.variables))
    assert [node.data for node in at.nodes] == before
    again = rule(at, dict(at.variables))
    assert (again.value, again.lost) == (first.value, first.lost)
    for name, finding in first.findings.items():
        other = again.findings[name]
        assert (other.gradient, other.value, other.verdict) == (finding.gradient, finding.value, finding.verdict)


@pytest.mark.slow
@pytest.mark.skipif(not CORPORA.exists(), reason="the corpora are not beside the checkout")
@pytest.mark.parametrize("name", ["feynman", "srsd", "fpbench", "herbie", "mgh", "peer_points"])
def test_published_gradients_come_out_within_4_ulp(name: str) -> None:
    from math import ulp

    for record in corpus(name):
        point = {key: float(value) for key, value in record["point"].items()}
        for row in report_at(parse(record["expr"], point), point).rows:
            if row.name in record["grad"]:
                want = float(record["grad"][row.name])
                assert abs(row.gradient - want) <= 4 * ulp(want), (record["id"], row.name)
                assert row.verdict is Verdict.OK, (record["id"], row.name)


@pytest.mark.parametrize(
    ("text", "point"),
    [("x*y", {"x": 1e-300, "y": 1e-300}), ("square(x)", {"x": 1e-200}), ("x/y", {"x": 1e-200, "y": 1e200})],
)
def test_a_last_step_that_is_too_small_is_said(text: str, point: dict[str, float]) -> None:
    found = report(text, **point)
    assert (found.value, found.vanishes) == (0.0, True)
    assert found.notes[0].startswith("too small for a float, and shown as 0: the value")


def test_where_the_neighbours_decide_nothing_that_is_said() -> None:
    found = report("where(x == 0, 0, x*sin(1/x))", x=0.0)
    assert found.rows[0].verdict is Verdict.UNSURE
    assert found.notes == ["the gradient by x is left open by the values next to the point"]


@pytest.mark.parametrize(
    ("text", "point", "gradients"),
    [
        ("logaddexp(x, 1e308)", {"x": 1e308}, {"x": 0.5}),
        ("abs(x - 1e-20)", {"x": 0.0}, {"x": -1.0}),
        ("where(x > 1e-9, x, 0)", {"x": 0.0}, {"x": 0.0}),
        ("cos(x) + x", {"x": 1e16}, {"x": 0.2203119933930213}),
        ("exp(x)", {"x": 1e-17}, {"x": 1.0}),
        ("floor(x)", {"x": 2.5}, {"x": 0.0}),
        (
            "beta*(1 + alpha*cos(theta))",
            {"beta": 2.0, "alpha": 1e-17, "theta": 1.0},
            {"beta": 1.0, "alpha": 1.0806046117362795, "theta": -1.682941969615793e-17},
        ),
        ("2*U*(1-cos(k*d))", {"U": 1.0, "k": 1e-6, "d": 1.0}, {"U": 9.999999999999167e-13, "k": 2e-6, "d": 2e-12}),
        (
            "tanh(a*b + c)",
            {"a": 0.540532, "b": 548.258, "c": 0.82602},
            {"a": 1.6457768824109559e-255, "b": 1.6225847498866569e-258, "c": 3.0018292161919311e-258},
        ),
        ("where(10*x >= 3, 2x, 5x)", {"x": 0.3}, {"x": 5.0}),
        ("x*floor(1/x)", {"x": 0.1}, {"x": 9.0}),
        ("x + 1e20 - 1e20 + (x*1e20 - x*(1e20 + 65536))", {"x": 1.5}, {"x": -65535.0}),
        ("(1 + t*2e-16)*(1 + t*2e-16) + (-1 - 2*(t*2e-16))", {"t": 0.96273}, {"t": 7.70184e-32}),
        ("sqrt(x)^2", {"x": 0.0}, {"x": 1.0}),
    ],
)
def test_where_floats_resolve_little_gradient_and_estimate_are_right(
    text: str, point: dict[str, float], gradients: dict[str, float]
) -> None:
    for row in report(text, **point).rows:
        assert row.verdict is Verdict.OK
        assert row.gradient == pytest.approx(gradients[row.name], rel=1e-11)
        assert abs(row.estimate - row.gradient) <= row.bound + 1e-9 * abs(row.gradient)


@pytest.mark.parametrize(
    ("text", "x", "left", "right"),
    [
        ("max(x^2, 4)", 2.0, 0.0, 4.0),
        ("floor(x) + abs(x - 0.5) + x^2", 0.5, 0.0, 2.0),
        ("round(x + 0.1) + abs(x - 0.5) + sin(x)", 0.5, -0.1224174381096272, 1.8775825618903728),
        ("sign(x) + abs(x - 0.5) + 1/(x - 1.3)", 0.5, -2.5625, -0.5625),
        ("hypot(x, 0)", 0.0, -1.0, 1.0),
    ],
)
def test_a_kink_shows_the_slopes_of_both_sides(text: str, x: float, left: float, right: float) -> None:
    (row,) = report(text, x=x).rows
    assert row.verdict is Verdict.KINK
    assert (row.left, row.right) == pytest.approx((left, right), rel=1e-9, abs=1e-12)


@pytest.mark.parametrize(
    ("text", "before"),
    [
        ("x + floor(x)", []),
        ("diff(abs(x), x)", ["there is no d/dx of abs(x) here"]),
        ("heaviside(x)*3", []),
        ("where(x > 0, 1, -1)", []),
    ],
)
def test_a_jump_is_said(text: str, before: list[str]) -> None:
    found = report(text, x=0.0)
    assert found.rows[0].verdict is Verdict.JUMP
    assert found.notes == [*before, "the value seems to jump here, so that there is no slope by x"]


@pytest.mark.parametrize(
    ("text", "point", "unsure"),
    [
        ("(10*x - 1)^2", {"x": 0.1}, {"x"}),
        ("beta*(1 + alpha*cos(theta))", {"beta": 2.0, "alpha": 1e-17, "theta": 1.0}, {"alpha", "theta"}),
    ],
)
def test_without_python_flint_what_floats_do_not_resolve_is_unsure(
    text: str, point: dict[str, float], unsure: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("autodiff_cli.exact.balls.available", lambda: False)
    assert {row.name for row in report(text, **point).rows if row.verdict is Verdict.UNSURE} == unsure
