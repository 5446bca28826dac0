"""Where a derivative holds: conditions that its formula does not show, and no point gained or lost."""

import re
from collections.abc import Callable
from math import isfinite

import pytest
from mpmath import mp, mpf

from autodiff_cli.errors import AutodiffError
from autodiff_cli.language.parser import parse
from autodiff_cli.reports import formulas

from ..conftest import Result
from .derivatives import at, computed, formula, read_back, slope

Run = Callable[..., Result]


def conditions(text: str, *by: str) -> list[str]:
    return formulas.differentiate(parse(text), [by or ("x",)]).conditions


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("log(x)", ["x > 0"]),
        ("log(x + 1)", ["x + 1 > 0"]),
        ("log10(x)", ["x > 0"]),
        ("log2(x)", ["x > 0"]),
        ("log1p(x)", ["x > -1"]),
        ("log(sin(x))", ["sin(x) > 0"]),
        ("log(sqrt(x))", ["x > 0"]),
        ("x^2/x", ["x != 0"]),
        ("x/x", ["x != 0"]),
        ("sqrt(x)^2", ["x >= 0"]),
        ("atanh(x)", ["-1 < x < 1"]),
        ("log(x) - log(x)", ["x > 0"]),
        ("0*log(x)", ["x > 0"]),
        ("x + 0*sqrt(y)", ["y >= 0"]),
        ("x + 1/y", ["y != 0"]),
        ("mod(x, y)", ["y != 0"]),
        # what the formula shows itself, and what always holds, is not said
        ("x*log(x)", []),
        ("log(x)^2", []),
        ("sqrt(x)", []),
        ("x^(3/2)", []),
        ("1/x", []),
        ("sqrt(x)/x", []),
        ("log(x^2 + 1)", []),
        ("log(exp(x))", []),
        ("log(x^2)", []),
        ("sqrt(x^2 + 1)", []),
        ("1/(1 + exp(x))", []),
        ("log(cosh(x))", []),
        ("x^3", []),
        ("x^n", []),
        ("tanh(x)", []),
        ("log(x, 3)", ["x > 0"]),
        # what is behind a condition is not needed everywhere
        ("where(x > 0, log(x), 0)", []),
        ("where(x <= 0, 0, log(x))", []),
        ("where(x > 1, log(x), 0)", ["x <= 1 or x > 0"]),
        ("where(y > 1, log(x), 2)", ["y <= 1 or x > 0"]),
        ("where(y > 1 and x < y, 2, log(x))", ["(y > 1 and x < y) or x > 0"]),
        ("where(y, log(x), 2)", ["not (y) or x > 0"]),
        ("where(y > 1, log(x), 2) + log(x)", ["x > 0"]),
        ("where(y > 1, 1/x, 2)", []),
    ],
)
def test_what_a_formula_does_not_show_is_said(text: str, wanted: list[str]) -> None:
    assert conditions(text) == wanted


@pytest.mark.parametrize(
    "text",
    [
        *["log(x)", "sqrt(x)", "x^2/x", "x*log(x)", "log(x)/x", "sqrt(x)^2", "log(x^2)", "log(abs(x))", "atanh(x)"],
        *["log(x)^2", "log(log(x))", "sqrt(x^2 - 1)", "log(x^2 - 1)", "(x^2 - 1)/(x - 1)", "x^0.5*x^0.5", "log(1/x)"],
        *["1/(1/x)", "sqrt(x)*sqrt(x)", "x^(1/2)^2", "exp(log(x))", "asin(x)", "acosh(x)", "log10(x - 2)", "x/x"],
        *["log(x) - log(x)", "1/x - 1/x", "sqrt(x - 1)/sqrt(x - 1)", "log1p(x)", "acoth(x)", "log(-x)", "logit(x)"],
        *["(x - 1)/(x^2 - 1)", "log((1 + x)/(1 - x))", "x^1.5/x", "asech(x)", "sqrt(1 - x^2)", "log(sqrt(x))"],
    ],
)
def test_formula_and_conditions_together_are_defined_where_the_expression_is(text: str) -> None:
    """No point is gained, and none is lost but where there is no derivative."""
    expression = parse(text)
    report = formulas.differentiate(expression, [("x",)])
    ours = read_back(report.rows[0].alone, ["x"])
    held = []
    for condition in report.conditions:
        parts = re.split(" (<=?) ", condition)  # -1 < x < 1 is two conditions
        sides = [parts[:3], parts[2:]] if len(parts) > 3 else [parts]
        held += [parse(" ".join(side), ["x"]) for side in sides]
    for x in (-3, -2, -1.5, -1, -0.5, -0.25, 0, 0.25, 0.5, 1, 1.5, 2, 3):
        point = {"x": mpf(x)}
        with mp.workdps(100):
            there = computed(expression, point) is not None
            shown = computed(ours, point) is not None and all(computed(one, point) for one in held)
        true = slope(expression, {"x": x}, "x", 800)
        if true is not None and isfinite(true) and abs(true) < 1e30:
            assert shown, f"it is not defined at {x}"
        elif not there:
            assert not shown, f"it is defined at {x}, where the expression is not"


@pytest.mark.parametrize(
    ("text", "by", "point"),
    [
        ("where(y > x, 1, log(x))", "x", {"x": -1.0, "y": -2.0}),
        ("where(y > 0, x/x, x)", "x", {"x": 0.0, "y": 1.0}),
        ("where(y > 0, where(x > y, 1, log(x)), x)", "x", {"x": -1.0, "y": 1.0}),
        ("where(y > 0, sqrt(x), x) + x", "y", {"x": -1.0, "y": 1.0}),
        ("sqrt(x^2)", "xx", {"x": 0.0}),
    ],
)
def test_no_point_is_gained_behind_a_condition_or_between_two_orders(
    text: str, by: str, point: dict[str, float]
) -> None:
    """Where the expression, or a derivative on the way, has no value, the formula has none, or a note says so."""
    report = formulas.differentiate(parse(text), [tuple(by)])
    shown = computed(read_back(report.rows[0].alone, [*point]), {name: mpf(x) for name, x in point.items()})
    assert shown is None or report.conditions


@pytest.mark.parametrize(
    "text", ["x/(1e16 + 4)", "x/(0.3333333333333333 - 3)", "(2^x)^y", "x/atanh(0)", "1e308*x^2", "(1e300^12)^(-5/2)*x"]
)
def test_what_cannot_be_written_ends_in_an_error_of_our_own(text: str) -> None:
    try:
        found = formula(text, "x")
    except AutodiffError as error:
        assert error.message  # noqa: PT017
    else:
        assert read_back(found, ["x", "y"])


@pytest.mark.parametrize(
    "text", ["x", "x*exp(x)", "x^2*sin(y)", "atan2(y, x)", "mod(y, x)", "sign(x)*y", "acot(x*y)", "log(x, y)"]
)
def test_notes_speak_of_the_names_of_the_expression(text: str) -> None:
    notes = formulas.differentiate(parse(text), [("x",)]).notes
    assert not any(re.search(r"\b[ab]\b", note) for note in notes)
    assert not any(re.search(r"\b(\d+) != (\d+)\b", note) for note in notes)


def test_conditions_are_notes_on_a_terminal_and_a_key_in_json(autodiff: Run) -> None:
    result = autodiff("diff", "x^2/x + log10(x)")
    assert (result.code, result.out) == (0, "1 + 1 / (x * log(10))\n")
    assert "note: holds where x > 0\n" in result.err
    assert autodiff("diff", "x^2/x", "--quiet").err == ""
    assert autodiff("diff", "x^2/x", "--format", "json").json["conditions"] == ["x != 0"]
    assert "conditions" not in autodiff("diff", "x*sin(x)", "--format", "json").json


@pytest.mark.parametrize(
    ("text", "point", "wanted"),
    [
        ("sqrt(relu(x))", -1.0, 0),
        ("sqrt(max(x, 0))", -1.0, 0),
        ("max(x, 0)^0.5*x", -1.0, 0),
        ("1/max(x, 0)^-0.5", -1.0, 0),
        ("where(x > 0, log(x), x^2)", -1.0, -2),
        ("where(x > 0, sqrt(x), x^2)", -1.0, -2),
        ("max(log(abs(x)), -5)", 0.0001, 0),
    ],
)
def test_a_branch_that_is_not_chosen_leaves_the_derivative_alone(text: str, point: float, wanted: float) -> None:
    assert parse(text).gradient(x=point)["x"] == wanted
    assert at(read_back(formula(text, "x"), ["x"]), {"x": point}) == wanted
