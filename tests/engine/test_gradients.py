"""Random expressions: the gradient against mpmath's derivative of the same text, and no right one accused."""

from math import isfinite, isnan

import pytest
from hypothesis import assume, example, given, settings

from autodiff_cli import parse as formula_of
from autodiff_cli.codegen.targets import write
from autodiff_cli.errors import AutodiffError
from autodiff_cli.language.parser import parse
from autodiff_cli.reports.point import report_at
from autodiff_cli.reports.results import Verdict

from .random_texts import NUMBERS, SMOOTH, TEXTS

mpmath = pytest.importorskip("mpmath")


def _slope(text: str, point: dict[str, float], name: str) -> object:
    """The derivative by one name, to 40 digits or so."""
    functions = {f: getattr(mpmath, f) for f in (*SMOOTH, "log")}

    def value(at: object) -> object:
        names = {key: at if key == name else mpmath.mpf(data) for key, data in point.items()}
        return eval(text.replace("^", "**").replace("0.5", "(mpf(1)/2)"), {**functions, **names, "mpf": mpmath.mpf})

    with mpmath.workdps(600):  # erf(exp(3)) is 1 but for its 176th digit
        h = mpmath.mpf(10) ** -200
        x = mpmath.mpf(point[name])
        return (value(x + h) - value(x - h)) / (2 * h)  # type: ignore[operator]


@settings(max_examples=300, deadline=None)
@example("sin(exp((x)^3))", 3.0, 0.0)
@given(TEXTS, NUMBERS, NUMBERS)
def test_gradients_of_random_expressions_are_mpmaths_and_not_accused(text: str, x: float, y: float) -> None:
    expression = parse(text)
    point = {name: {"x": x, "y": y}[name] for name in expression.variables}
    try:
        report = report_at(expression, point)
    except AutodiffError:  # a division by zero, say
        assume(False)
    assert Verdict.MISMATCH not in {row.verdict for row in report.rows}
    # Large values or slopes on the way, as in sin(exp(27)), cost digits that no float64 rule can keep
    sizes = [max(abs(node.data), abs(node.grad) / 100) for node in (*expression.nodes, *expression.variables.values())]
    assume(all(size <= 1e4 for size in sizes))
    for row in report.rows:
        if isfinite(row.gradient):
            try:
                want = float(_slope(text, point, row.name))  # type: ignore[arg-type]
            except ZeroDivisionError:
                continue
            assert row.gradient == pytest.approx(want, rel=1e-6, abs=1e-6)
            if row.verdict is Verdict.OK:
                assert abs(row.estimate - want) <= row.bound + 1e-9 * abs(want)


@pytest.mark.parametrize(
    ("text", "point", "wanted"),
    [
        ("1/(exp(x) + exp(-x))", {"x": 400.0}, {"x": -mpmath.exp(-400)}),
        ("exp(x)^-1", {"x": 400.0}, {"x": -mpmath.exp(-400)}),
        ("1/(sinh(x)*sinh(x))", {"x": 300.0}, {"x": -8 * mpmath.exp(-600)}),
        ("1e200*atan2(a, b)", {"a": 1e150, "b": 1e150}, {"a": 5e49, "b": -5e49}),
        ("1e-100*a + b*1e-200*1e200*1e200", {"a": 1.0, "b": 1e-150}, {"a": 1e-100, "b": 1e200}),
        ("(x*1e-200)*1e-200*1e200*1e200", {"x": 1.0}, {"x": 1.0}),
    ],
)
def test_a_gradient_that_leaves_the_range_of_floats_on_its_way(
    text: str, point: dict[str, float], wanted: dict[str, float]
) -> None:
    expression = parse(text)
    got = expression.gradient(**point)
    assert got == {name: variable.grad for name, variable in expression.variables.items()}
    assert got == pytest.approx({name: float(want) for name, want in wanted.items()}, rel=1e-12)


@pytest.mark.parametrize(
    ("text", "x"),
    [
        *(("ln(x)", -1.0), ("log10(x)", -1.0), ("log1p(x)", -2.0), ("atanh(x)", 2.0), ("acoth(x)", 0.5)),
        *(("logit(x)", 2.0), ("x/x", 0.0), ("diff(ln(x), x)", -1.0), ("diff(atan(1/x), x)", 0.0)),
    ],
)
def test_no_gradient_where_there_is_no_value(text: str, x: float) -> None:
    formula = formula_of(f"{text} + 2*y")
    assert isnan(formula.evaluate(x=x, y=1.0))
    assert [*map(isnan, formula.gradient(x=x, y=1.0).values())] == [True, True]
    assert all(isnan(cell) for row in formula.hessian(x=x, y=1.0).values() for cell in row.values())


def test_a_value_that_is_infinite_has_slopes() -> None:
    assert parse("1/x").gradient(x=0.0) == {"x": -float("inf")}
    assert parse("diff(where(x > 0, ln(x), 7*x^2), x)").gradient(x=-1.0) == {"x": 14.0}


def test_a_hessian_keeps_the_digits_of_a_sweep() -> None:
    with mpmath.workdps(400):
        want = float(mpmath.diff(lambda x: 1 / (1 + mpmath.exp(-x)), -300, 2))
    assert formula_of("1/(1+e^(-x))").hessian(x=-300.0)["x"]["x"] == pytest.approx(want, rel=1e-12)
    formula = formula_of("(a - b)^4 + c^2*a")  # a formula of the gradient has not every variable
    for a in (3.0, -1.0):
        d = 12 * (a - 1) ** 2
        wanted = {"a": {"a": d, "b": -d, "c": 4}, "b": {"a": -d, "b": d, "c": 0}, "c": {"a": 4, "b": 0, "c": 2 * a}}
        assert formula.hessian(a=a, b=1.0, c=2.0) == wanted


def test_notes_say_where_a_derivative_holds() -> None:
    first = formula_of("ln(x)").derivative("x")
    assert first.notes == ["holds where x > 0"]
    assert first.derivative("x").notes == ["holds where x > 0"]
    assert formula_of("1/x").derivative("x").notes == []
    assert write(parse("ln(x)"), "latex", [("x",)])[1] == ["holds where x > 0"]
    assert write(parse("sin(x)"), "latex", [("x",)])[1] == []
    assert formula_of("ln(x)").to("latex") == write(parse("ln(x)"), "latex", [("x",)])[0]


def test_a_point_may_be_a_mapping_or_by_name_or_both() -> None:
    formula = formula_of("x^2*y")
    for point in ((formula.gradient({"x": 2.0, "y": 3.0})), formula.gradient({"x": 2.0}, y=3.0)):
        assert point == formula.gradient(x=2.0, y=3.0) == {"x": 12.0, "y": 4.0}
    assert formula.evaluate({"x": 2.0, "y": 9.0}, y=3.0) == 12
    assert formula.hessian({"x": 2.0, "y": 3.0})["x"]["y"] == 4
