"""Derivatives that are part of an expression, and do not exist at a point."""

from math import isnan

import pytest

from autodiff_cli.language.parser import parse
from autodiff_cli.reports.jacobian import jacobian_at
from autodiff_cli.reports.point import report_at
from autodiff_cli.reports.results import Verdict
from autodiff_cli.reports.status import Status


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("diff(abs(x), x, 2)", "there is no d/dx of abs(x) here"),
        ("laplacian(abs(x), x)", "there is no d/dx of abs(x) here"),
        ("1 + d^2/dx^2 relu(x)", "there is no d/dx of relu(x) here"),
        ("diff(x*abs(x), x, 3)", "there is no d2/dx2 of x * abs(x) here"),
        ("f(t) = abs(t); f''(x)", "there is no d/dx of abs(x) here"),
        ("f(t) = diff(abs(t), t, 2); f(2x)", "there is no d/d(2 * x) of abs(2 * x) here"),
        ("u = x; diff(abs(u), u, 2)", "there is no d/du of abs(u) here"),
    ],
)
def test_what_is_built_on_a_derivative_that_is_none_is_singular(text: str, note: str) -> None:
    report = report_at(parse(text, ["x"]), {"x": 0.0})
    assert note in report.notes
    assert all(row.verdict is Verdict.SINGULAR and isnan(row.gradient) for row in report.rows)
    assert report.status is Status.UNDEFINED


def test_first_derivative_that_is_none_is_noted() -> None:
    report = report_at(parse("y + diff(abs(x), x)"), {"x": 0.0, "y": 1.0})
    assert "there is no d/dx of abs(x) here" in report.notes
    assert {row.name: row.verdict for row in report.rows} == {"y": Verdict.OK, "x": Verdict.JUMP}


@pytest.mark.parametrize(
    ("text", "x"),
    [
        ("diff(abs(x), x, 2)", 1.0),
        ("diff(x^2 + abs(y), x, 2)", 0.0),  # y has the kink
        ("diff(x^3*abs(x), x, 2)", 0.0),
        ("diff(abs(x - 1), x, 2)", 0.0),
        ("diff(x^2, x, 2)", 0.0),
        ("where(x > 5, diff(abs(x), x, 2), 3)", 0.0),  # not taken
        ("a = diff(abs(x), x, 2); x^2", 0.0),  # not used
        ("f(t) = diff(abs(t), t, 2); f(x + 1)", 0.0),
    ],
)
def test_derivatives_that_exist_have_no_note(text: str, x: float) -> None:
    expression = parse(text)
    report = report_at(expression, dict.fromkeys(expression.variables, x))
    assert not report.notes
    assert report.status is Status.OK


def test_each_of_several_results_has_its_own_note() -> None:
    report = jacobian_at(parse("u = diff(abs(x), x, 2) + y; v = x*y; v"), {"x": 0.0, "y": 1.0}, ["u", "v"])
    assert report.notes == ["u: there is no d/dx of abs(x) here"]
    assert [one.status for one in report.results.values()] == [Status.UNDEFINED, Status.OK]
