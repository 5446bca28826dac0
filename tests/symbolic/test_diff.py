"""Derivatives as formulas: their text, their value wherever they stand, what they leave out, and `autodiff diff`."""

import csv
import io
import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from math import isfinite
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st
from mpmath import mp, mpf

from autodiff_cli import parse as formula_of
from autodiff_cli.commands.exits import Exit
from autodiff_cli.engine.expression import Expression
from autodiff_cli.engine.value import Value
from autodiff_cli.errors import AutodiffError
from autodiff_cli.language.parser import parse
from autodiff_cli.reports import formulas
from autodiff_cli.rules.table import Function
from autodiff_cli.symbolic.terms import Algebra, Term

from ..conftest import CORPORA, Result, corpus
from ..oracles import ORACLES
from ..rules.test_table import PARTIAL_CASES, SECOND_CASES, true_slope

Run = Callable[..., Result]
TEXTBOOK = Path(__file__).parents[1] / "data" / "derivatives.txt"


# --- another way to compute an expression ----------------------------------------------------------------------------


def number(leaf: Value) -> Any:
    """A constant to all digits: 0.1 is one tenth."""
    label = leaf.label or repr(leaf.data)
    return {"pi": +mp.pi, "tau": 2 * mp.pi, "deg": mp.pi / 180, "e": +mp.e}.get(label) or mpf(label)


def computed(expression: Expression, point: Mapping[str, Any]) -> Any:
    """The value in mpmath's numbers; None where there is no real one. No rule, kernel or rewriting of ours is asked."""
    found: dict[Value, Any] = {variable: point[name] for name, variable in expression.variables.items()}
    for node in expression.nodes:
        found |= {arg: number(arg) for arg in node.args if arg not in found and not arg.args}
        args = [found[arg] for arg in node.args]
        name = node.rule.function.name
        if name == "where":
            found[node] = None if args[0] is None else args[1] if args[0] else args[2]
        elif None in args or (name == "log" and args[0] <= 0):
            found[node] = None
        elif name == "spherical_jn" and args[1] == 0:
            found[node] = mpf(args[0] == 0)
        elif name == "pow" and args[1] == mp.floor(args[1]):
            found[node] = args[0] ** int(args[1]) if args[0] or args[1] >= 0 else None
        else:
            try:
                found[node] = ORACLES[name].mpmath(*args)
            except (ZeroDivisionError, ValueError):
                found[node] = None
        if isinstance(found[node], mp.mpc) or (found[node] is not None and not mp.isfinite(found[node])):
            found[node] = None
    root = expression.root
    return found[root] if root in found else number(root)


def slope(expression: Expression, point: Mapping[str, Any], names: Sequence[str], digits: int = 500) -> Any:
    """A derivative by names in turn, by central differences in many digits; None outside the domain."""

    def along(at: dict[str, Any], names: Sequence[str]) -> Any:
        if not names:
            return computed(expression, at)
        first, *rest = names
        above, below = (along(at | {first: at[first] + side * step}, rest) for side in (1, -1))
        return None if above is None or below is None else (above - below) / (2 * step)

    with mp.workdps(digits):
        step = mpf(2) ** -200
        at = {name: mpf(data) for name, data in point.items()}
        return None if computed(expression, at) is None else along(at, names)


def formula(text: str, *by: str) -> str:
    """The derivative as it is printed, to stand alone."""
    return formulas.differentiate(parse(text), [by]).rows[0].alone


def conditions(text: str, *by: str) -> list[str]:
    return formulas.differentiate(parse(text), [by or ("x",)]).conditions


def read_back(text: str, given: Sequence[str] = ()) -> Expression:
    """A printed formula; what it prints as is the same again."""
    expression = parse(text, given)
    assert str(parse(str(expression), given)) == str(expression)
    return expression


def at(expression: Expression, point: Mapping[str, float]) -> float:
    return expression.evaluate(**{name: point[name] for name in expression.variables})


# --- the text --------------------------------------------------------------------------------------------------------


def textbook() -> list[Any]:
    """Expression, name and derivative."""
    lines = [line for line in TEXTBOOK.read_text().splitlines() if line and line[0] != "#"]
    found = []
    for line in lines:
        text, *by, wanted = line.split(" | ")
        found.append(pytest.param(text, by[0][3:] if by else "x", wanted, id=f"{text} by {by[0][3:] if by else 'x'}"))
    return found


def test_there_are_enough() -> None:
    assert len(textbook()) >= 60


@pytest.mark.parametrize(("text", "name", "wanted"), textbook())
def test_a_table_of_derivatives(text: str, name: str, wanted: str) -> None:
    assert formula(text, name) == wanted


@pytest.mark.parametrize(("text", "name", "wanted"), textbook())
def test_the_table_is_right(text: str, name: str, wanted: str) -> None:
    expression = parse(text)
    points = [0.37, 0.61, 0.83, 0.29, 0.71, 0.53]
    for shift in (0, 0.875):  # log(log(x)) needs x > 1
        point = {name: one + shift for name, one in zip(expression.variables, points, strict=False)}
        true = slope(expression, point, [name])
        if true is not None:
            ours = at(read_back(wanted, ["x"]), point)
            assert ours == pytest.approx(float(true), rel=1e-13, abs=1e-15)


@pytest.mark.parametrize(
    ("text", "by", "wanted"),
    [
        ("x^5 + sin(x)", "xxx", "60 * x^2 - cos(x)"),
        ("x^4", "xxxx", "24"),
        ("x^4", "xxxxx", "0"),
        ("sin(x)", "xxxx", "sin(x)"),
        ("x*exp(x)", "xxx", "exp(x) * (3 + x)"),
        ("log(x)", "xx", "-1 / x^2"),
        ("1/x", "xxx", "-6 / x^4"),
        ("sqrt(x)", "xx", "-1 / (4 * x^(3 / 2))"),
        ("exp(-x^2)", "xx", "exp(-x^2) * (4 * x^2 - 2)"),
        ("x^2*y^3", "xy", "6 * x * y^2"),
        ("exp(x*y)", "xy", "exp(x * y) * (x * y + 1)"),
        ("x^2*y + exp(x*y)", "xx", "2 * y + y^2 * exp(x * y)"),
    ],
)
def test_higher_orders(text: str, by: str, wanted: str) -> None:
    assert formula(text, *by) == wanted


@pytest.mark.parametrize("order", [2, 3])
@pytest.mark.parametrize("text", ["x^2*sin(x)", "exp(x)/x", "atan(x)", "x^x", "(x^2-1)/(x^2+1)", "tan(x)"])
def test_higher_orders_are_right(text: str, order: int) -> None:
    point = {"x": 0.6875}
    true = slope(parse(text), point, ["x"] * order, 1000)
    assert at(read_back(formula(text, *"x" * order)), point) == pytest.approx(float(true), rel=1e-12)


# --- every function of the table -------------------------------------------------------------------------------------


def written(function: Function, count: int) -> str:
    names = "uvw"[:count]
    if function.symbol:
        return f" {function.symbol} ".join(names) if count > 1 else f"{function.symbol} {names}"
    return f"{function.name}({', '.join(names)})"


def derivative(function: Function, point: Sequence[float], *indices: int) -> tuple[Expression, dict[str, float]]:
    """What is printed of a function's derivative, read back."""
    names = dict(zip("uvw", map(float, point), strict=False))
    text = f"({written(function, len(point))}) * 1"  # so that a comparison is not the result
    return read_back(formula(text, *["uvw"[index] for index in indices]), [*names]), names


@pytest.mark.parametrize(("function", "point", "index"), PARTIAL_CASES)
def test_every_function_to_first_order(function: Function, point: tuple[float, ...], index: int) -> None:
    ours, names = derivative(function, point, index)
    true = true_slope(function, point, index)
    with mp.workdps(700):
        exact = computed(ours, {name: mpf(data) for name, data in names.items()})
        assert abs(exact - true) <= abs(true) * mpf(10) ** -60 + mpf(10) ** -60
    if max(map(abs, names.values())) < 1e150:  # hypot(y, x)^2 has no float beyond
        assert at(ours, names) == pytest.approx(float(true), rel=4e-15, abs=5e-324)


@pytest.mark.parametrize(("function", "point", "i", "j"), SECOND_CASES)
def test_every_function_to_second_order(function: Function, point: tuple[float, ...], i: int, j: int) -> None:
    ours, names = derivative(function, point, i, j)
    true = true_slope(function, point, i, j)
    with mp.workdps(700):
        exact = computed(ours, {name: mpf(data) for name, data in names.items()})
        assert abs(exact - true) <= abs(true) * mpf(10) ** -50 + mpf(10) ** -50


@pytest.mark.parametrize(("function", "point", "index"), PARTIAL_CASES)
def test_every_function_to_third_order(function: Function, point: tuple[float, ...], index: int) -> None:
    ours, names = derivative(function, point, *[index] * 3)
    true = true_slope(function, point, *[index] * 3)
    with mp.workdps(700):
        exact = computed(ours, {name: mpf(data) for name, data in names.items()})
        assert abs(exact - true) <= abs(true) * mpf(10) ** -30 + mpf(10) ** -30


# --- expressions that other people wrote -----------------------------------------------------------------------------


@pytest.mark.skipif(not CORPORA.exists(), reason="the corpora are not beside this checkout")
@pytest.mark.parametrize("name", ["feynman", "srsd", "fpbench", "herbie", "mgh", "peer_points", "textbook"])
def test_formulas_of_the_corpora_read_back(name: str) -> None:
    wrong = []
    for record in corpus(name):
        point = {name: float(value) for name, value in record["point"].items()}
        expression = parse(record["expr"], point)
        slack = max(1e-13, 10 * float(record.get("f64_grad_relerr") or 0))
        for row in formulas.differentiate(expression, formulas.orders([*expression.variables], 1, False)).rows:
            want = float(record["grad"][row.by[0]])
            got = at(read_back(row.alone, [*point]), point)
            if not abs(got - want) <= slack * (abs(want) or 1):
                wrong.append((record["id"], row.by, got, want))
    assert wrong == []


@pytest.mark.skipif(not CORPORA.exists(), reason="the corpora are not beside this checkout")
@pytest.mark.parametrize("name", ["feynman", "mgh", "peer_points"])
def test_hessians_of_the_corpora_are_right(name: str) -> None:
    wrong = []
    for record in corpus(name)[::5]:
        point = {name: float(value) for name, value in record["point"].items()}
        expression = parse(record["expr"], point)
        if len(expression.variables) > 4:
            continue
        for row in formulas.differentiate(expression, formulas.orders([*expression.variables], 1, True)).rows:
            true = slope(expression, point, row.by, 400)
            with mp.workdps(60):
                ours = computed(read_back(row.alone, [*point]), {name: mpf(data) for name, data in point.items()})
                if true is not None and (ours is None or abs(ours - true) > mpf(10) ** -25 * max(1, abs(true))):
                    wrong.append((record["id"], row.by, ours, true))
    assert wrong == []


# --- random expressions ----------------------------------------------------------------------------------------------

_CALLS = ("sin", "cos", "exp", "tanh", "atan", "log", "sqrt", "cbrt", "abs", "erf", "asinh", "sec", "sigmoid", "log1p")
_EXPONENTS = ("2", "3", "-1", "-2", "(1/2)", "(1/3)", "(-3/2)", "0.5", "2.5", "x", "y", "(x*y)", "0", "1")
_LEAVES = st.sampled_from(["x", "y", "x", "y", "1", "2", "3", "7", "12", "0.5", "0.1", "1.5", "2.25", "pi", "e"])


def _grow(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.tuples(inner, st.sampled_from("+-*/"), inner).map(lambda t: f"({t[0]} {t[1]} {t[2]})"),
        st.tuples(inner, st.sampled_from(_EXPONENTS)).map(lambda t: f"({t[0]})^{t[1]}"),
        st.tuples(st.sampled_from(_CALLS), inner).map(lambda t: f"{t[0]}({t[1]})"),
        st.tuples(st.sampled_from(("max", "min", "hypot", "atan2", "mod")), inner, inner).map(
            lambda t: f"{t[0]}({t[1]}, {t[2]})"
        ),
        st.tuples(inner, st.sampled_from("<>"), inner, inner, inner).map(
            lambda t: f"where({t[0]} {t[1]} {t[2]}, {t[3]}, {t[4]})"
        ),
        inner.map(lambda text: f"(-{text})"),
    )


TEXTS = st.recursive(_LEAVES, _grow, max_leaves=7)
NUMBERS = st.floats(0.1, 3).map(lambda x: round(x, 3)) | st.floats(-3, -0.1).map(lambda x: round(x, 3))


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
@example("(x * ((x / 12))^(-1/2))", 0.826, 1.0, "xx")
@example("(((x / 10))^2)^0.5", 3.17, 1.0, "xx")
@example("(((2)^(x))^(y))", 1.5, 0.5, "x")
@example("atan(((0.001 * x))^(1/2))", 0.918, 1.0, "xx")
@given(TEXTS, NUMBERS, NUMBERS, st.sampled_from(["x", "y", "xx", "xy", "yy"]))
def test_formulas_of_random_expressions_are_right(text: str, x: float, y: float, by: str) -> None:
    expression = parse(text, ["x", "y"])
    assume(set(by) <= set(expression.variables))
    point = {name: {"x": x, "y": y}[name] for name in expression.variables}
    report = formulas.differentiate(expression, [tuple(by)])
    ours = read_back(report.rows[0].alone, ["x", "y"])
    with mp.workdps(60):
        uneven = {"x": mpf(2) ** -90, "y": mpf(2) ** -91}  # x = y is left behind
        points = [{name: data + side * uneven[name] for name, data in point.items()} for side in (0, 1, -1)]
    true, *beside = (slope(expression, one, by, 600) for one in points)
    assume(true is not None and None not in beside and abs(true) < 1e30)
    with mp.workdps(60):
        # Not at a kink or jump, where there is no slope
        assume(all(abs(true - other) <= mpf(10) ** -15 * (1 + abs(true)) for other in beside))
        exact = computed(ours, {name: mpf(data) for name, data in point.items()})
        if exact is None:
            lost = len(by) == 1 and isfinite(expression.gradient(**point)[by])
            assert not lost or report.notes, "it has no value where there is a derivative, and says nothing"
        else:
            assert abs(exact - true) <= mpf(10) ** -20 * (1 + abs(true))


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
@given(TEXTS, NUMBERS, NUMBERS, st.sampled_from("xy"))
def test_formulas_have_the_digits_of_the_gradient(text: str, x: float, y: float, by: str) -> None:
    expression = parse(text, ["x", "y"])
    assume(by in expression.variables)
    point = {name: {"x": x, "y": y}[name] for name in expression.variables}
    true = slope(expression, point, by)
    assume(true is not None and 1e-200 < abs(true) < 1e200)
    swept = expression.gradient(**point)[by]
    assume(isfinite(swept))
    ours = read_back(formulas.differentiate(expression, [(by,)]).rows[0].alone, ["x", "y"])
    error, swept_error = (float(abs(mpf(got) - true) / abs(true)) for got in (at(ours, point), swept))
    assume(swept_error < 1e-3)  # a kink or a jump
    assert error <= max(1e-10, 100 * swept_error)


# --- where it holds --------------------------------------------------------------------------------------------------


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
def test_nothing_but_our_own_errors(text: str) -> None:
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


def test_conditions_are_notes(autodiff: Run) -> None:
    result = autodiff("diff", "x^2/x + log10(x)")
    assert (result.code, result.out) == (0, "1 + 1 / (x * log(10))\n")
    assert "note: holds where x > 0\n" in result.err
    assert autodiff("diff", "x^2/x", "--quiet").err == ""
    assert autodiff("diff", "x^2/x", "--format", "json").json["conditions"] == ["x != 0"]
    assert "conditions" not in autodiff("diff", "x*sin(x)", "--format", "json").json


# --- steps -----------------------------------------------------------------------------------------------------------


def test_steps_are_named_where_that_is_operators_as_calls(autodiff: Run) -> None:
    assert autodiff("diff", "tanh(a*b + c)", "--steps").out.splitlines() == [
        "_1   = sech(a * b + c)",
        "d/da = b * _1^2",
        "d/db = a * _1^2",
        "d/dc = _1^2",
    ]
    assert autodiff("diff", "tanh(a*b + c)").out.splitlines() == [
        "d/da = b * sech(a * b + c)^2",
        "d/db = a * sech(a * b + c)^2",
        "d/dc = sech(a * b + c)^2",
    ]
    assert autodiff("diff", "x^2", "--steps").out == "2 * x\n"


def test_steps_take_no_name_that_is_taken() -> None:
    report = formulas.differentiate(parse("_1*tanh(a*b + c + _1)"), [("_1",), ("a",)], steps=True)
    assert report.steps
    assert "_1" not in report.steps
    expression = parse("_1*sin(x*y + _1)*exp(sin(x*y + _1)) + cos(exp(x*y)) + exp(x*y)")
    (row,) = formulas.differentiate(expression, [("x",)], steps=True).rows
    point = {"_1": 0.5, "x": 0.7, "y": 2.0}
    assert list(parse(row.alone).steps) == ["_2", "_3"]
    assert parse(row.alone).evaluate(**point) == pytest.approx(expression.gradient(**point)["x"], rel=1e-12)


def nested(count: int) -> str:
    """Grows to two to that power when it is written out."""
    return "; ".join(["y0 = x", *[f"y{at + 1} = y{at} * sin(y{at})" for at in range(count)]])


def test_what_explodes_is_written_with_steps(autodiff: Run) -> None:
    result = autodiff("diff", nested(40), "--quiet")
    assert result.code == 0
    assert len(result.out) < 100_000
    result = autodiff("diff", nested(40), "--quiet", "--format", "json")
    ours = read_back(result.json["derivatives"]["x"], ["x"])
    for x in (1.25, -0.75):
        want = parse(nested(40)).gradient(x=x)["x"]
        assert ours.evaluate(x=x) == pytest.approx(want, rel=1e-9)


def test_what_explodes_is_not_written_out() -> None:
    with pytest.raises(AutodiffError) as caught:
        formulas.differentiate(parse(nested(40)), [("x",)], steps=False)
    assert caught.value.message == "the formulas are longer than 100,000 characters in full"
    assert caught.value.hint == "--steps names what is used more than once; --to json has it all"


def test_terms_stay_as_they_were_made(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[tuple[Term, tuple[Any, ...]]] = []
    plain = Algebra.new

    def new(home: Algebra, *args: Any) -> Term:
        term = plain(home, *args)
        made.append((term, args[3]))
        return term

    monkeypatch.setattr(Algebra, "new", new)
    for text in ("x/(1 + x^2)", "(x^2 + x + 1)/(x^3 + 2)", "(x^2 - 1)^3/(x + 1)", "exp(-x^2/2)*(3 + x^2 - x)"):
        formula(text, *"xxx")
    first = {id(term): (term, parts) for term, parts in reversed(made)}.values()
    assert len(first) > 100
    assert [(term.parts, parts) for term, parts in first if term.parts != parts] == []


def test_factorials_are_numbers(autodiff: Run) -> None:
    assert autodiff("diff", "sum(k, 1, 4, x^k/k!)").out == "1 + x + x^2 / 2 + x^3 / 6\n"
    assert autodiff("diff", "x * 22!").out == "1124000727777607680000\n"


@pytest.mark.parametrize(
    ("text", "order"),
    [("exp(sin(x))", 20), ("x^x", 6), ("tan(x)", 15), ("1/(1 + x^2)", 15), ("sin(x)^20", 20), ("exp(x)/x", 30)],
)
def test_high_orders(text: str, order: int) -> None:
    ours = read_back(formula(text, *"x" * order))
    with mp.workdps(60):
        true = mp.taylor(lambda x: computed(parse(text), {"x": x}), mpf(0.75), order)[-1] * mp.factorial(order)
        assert abs(computed(ours, {"x": mpf(0.75)}) - true) <= abs(true) * mpf(10) ** -10


def test_an_order_that_grows_beyond_all_reading(autodiff: Run) -> None:
    result = autodiff("diff", "exp(sin(x))", "--order", "100")
    assert (result.code, result.out) == (Exit.UNUSABLE, "")
    assert result.err == (
        "error: the derivative of order 48 has more than 700 terms\n"
        "  = autodiff taylor has the numbers of every order at a point, of one variable\n"
    )


@pytest.mark.parametrize(
    "text",
    [
        " + ".join(["x"] * 100_000),
        " + ".join(f"sin({k} * x)" for k in range(20_000)),
        "sin(" * 20_000 + "x" + ")" * 20_000,
        "-" * 100_000 + "x",
        "1/(1 + " * 4_000 + "x" + ")" * 4_000,
        "; ".join(["y = x", *[f"y{k} = sin({f'y{k - 1}' if k else 'y'})" for k in range(20_000)]]),
    ],
    ids=["sum", "terms", "chain", "signs", "fractions", "program"],
)
def test_long_expressions(text: str) -> None:
    expression = parse(text)
    graphs = formulas.graphs(expression, [("x",)])[0]
    ours = formulas.formula_of(expression, graphs["x",])
    assert at(ours, {"x": 0.5}) == pytest.approx(expression.gradient(x=0.5)["x"], rel=1e-9)


# --- the command -----------------------------------------------------------------------------------------------------


def test_one_formula_stands_alone_and_several_have_names(autodiff: Run) -> None:
    result = autodiff("diff", "x^2 * sin(x)")
    assert (result.code, result.out, result.err) == (0, "2 * x * sin(x) + x^2 * cos(x)\n", "")
    assert autodiff("diff", "x^5 + sin(x)", "--wrt", "x", "--order", "3").out == "60 * x^2 - cos(x)\n"
    assert autodiff("diff", "x*y*z", "--wrt", "x,z").out == "d/dx = y * z\nd/dz = x * y\n"
    assert autodiff("diff", "x*y^3", "--order", "2").out == "d2/dx2 = 0\nd2/dy2 = 6 * x * y\n"
    assert autodiff("diff", "x^2*y + exp(x*y)", "--hessian").out.splitlines() == [
        "d2/dx2   = 2 * y + y^2 * exp(x * y)",
        "d2/dx dy = 2 * x + exp(x * y) * (x * y + 1)",
        "d2/dy2   = x^2 * exp(x * y)",
    ]
    result = autodiff("diff", "2 + 3")
    assert (result.code, result.out, result.err) == (0, "", "note: there is no variable to differentiate by\n")


def test_by_a_named_step(autodiff: Run) -> None:
    result = autodiff("diff", "t = sin(x*y); t^3 + x", "--wrt", "t", "--format", "json")
    ours = read_back(result.json["derivatives"]["t"], ["x", "y", "t"])
    point = {"x": 0.5, "y": 0.75, "t": float(mp.sin(0.375))}
    assert at(ours, point) == pytest.approx(3 * point["t"] ** 2, rel=1e-14)


def test_by_a_variable_what_steps_depend_on_it_too(autodiff: Run) -> None:
    """Beside a named step, a variable's derivative is what it is alone, and as `eval` has it."""
    for wrt in ("x", "t,x", "x,t"):
        result = autodiff("diff", "t = x^2; t^2 + x", "--wrt", wrt, "--at", "x=2", "--format", "json")
        assert result.json["values"]["x"] == 33
    result = autodiff("diff", "y = 3*x; y^2", "--wrt", "y", "--at", "x=2", "--format", "json")
    assert result.json["values"] == {"y": 12}


def test_a_step_that_a_derivative_does_not_have_any_more_is_not_0(autodiff: Run) -> None:
    assert autodiff("eval", "t = x^2; diff(t^2*x, t, x)", "x=2", "--only", "value").out == "24.0\n"  # 2 t x is 2 x^3
    result = autodiff("eval", "t = x^2; diff(t^2*x, x, t)", "x=2")
    assert (result.code, result.out) == (Exit.UNUSABLE, "")
    assert result.err.splitlines()[::3] == [  # message and hint
        "error: the derivative does not have the step x^2 any more",
        "  = differentiate by it first, and by other names after that",
    ]


def test_a_name_that_hides_a_constant_is_not_read_back_as_the_constant(autodiff: Run) -> None:
    """In `pi = 3; pi*x^2` pi is a variable; alone, the formula must not mean 3.14159."""
    for text, wanted in (
        ("pi = 3; pi*x^2", 12),
        ("e = 2; e*x^2", 8),
        ("tau = 0.5; sin(tau*x)", 0.5 * float(mp.cos(1))),
    ):
        formulas_ = autodiff("diff", text, "--wrt", "x", "--format", "json").json["derivatives"]
        alone = parse(formulas_["x"])
        assert at(alone, {"x": 2.0} | alone.defaults) == pytest.approx(wanted, rel=1e-14)


def test_expand_writes_in_full(autodiff: Run) -> None:
    wanted = autodiff("diff", "tanh(a*b + c)").out
    assert autodiff("diff", "tanh(a*b + c)", "--expand").out == wanted
    assert autodiff("diff", "--expand", "tanh(a*b + c)").out == wanted
    result = autodiff("diff", nested(40), "--expand")
    assert result.code == Exit.UNUSABLE
    assert result.err.startswith("error: the formulas are longer than 100,000 characters in full\n")


def test_an_infinite_value_is_no_success(autodiff: Run) -> None:
    result = autodiff("diff", "exp(x)", "--at", "x=1000")
    assert (result.code, result.out) == (Exit.UNDEFINED, "exp(x) = inf\n")
    assert result.err.splitlines() == [
        "note: exp(x) is too large for a float and became inf",
        "note: the slope of exp(x) is infinite where x = 1000",
        "note: the derivative by x is infinite here",
    ]
    assert autodiff("diff", "exp(x)", "--at", "x=709").code == 0


def test_the_value_at_a_point(autodiff: Run) -> None:
    wanted = "2 * x * sin(x) + x^2 * cos(x) = 1.9726023611141572\n"
    for typed in (("--at", "x=2"), ("--x", "2"), ("x=2",), ("--at", "x = 2")):
        assert autodiff("diff", "x^2 * sin(x)", *typed).out == wanted
    result = autodiff("diff", "x^2*y", "--at", "x=1", "--at", "y=2")
    assert result.out == "d/dx = 2 * x * y = 4\nd/dy = x^2 = 1\n"
    assert autodiff("diff", "x^2*y", "--at", "x=1,y=2").out == result.out
    result = autodiff("diff", "x^2*y", "--at", "x=1,y=2", "--hessian", "--format", "json")
    assert result.json["values"] == {"x": {"x": 4, "y": 2}, "y": {"x": 2, "y": 0}}


def test_no_value_outside_the_domain(autodiff: Run) -> None:
    result = autodiff("diff", "1 + log(x)", "--at", "x=-1", "--quiet")
    assert result.code == Exit.UNDEFINED
    assert result.err == "error: log(x) needs x > 0; here x = -1\n  │ 1 + log(x)\n  │     ^^^^^^\n"
    result = autodiff("diff", "x^2/x", "--at", "x=0", "--quiet")
    assert result.code == Exit.UNDEFINED
    assert result.err == "error: a / b needs b != 0; here b = x = 0\n  │ x^2/x\n  │    ^\n"
    assert autodiff("diff", "sqrt(x)", "--at", "x=0", "--quiet").code == Exit.UNDEFINED


def test_json(autodiff: Run) -> None:
    assert autodiff("diff", "x^2 * sin(x)", "--format", "json").json == {
        "expression": "x^2 * sin(x)",
        "derivatives": {"x": "2 * x * sin(x) + x^2 * cos(x)"},
    }
    assert autodiff("diff", "x^5", "--order", "3", "--format", "json").json == {
        "expression": "x^5",
        "order": 3,
        "derivatives": {"x": "60 * x^2"},
    }
    assert autodiff("diff", "x^2*y", "--at", "x=1,y=2", "--format", "json").json == {
        "expression": "x^2 * y",
        "derivatives": {"x": "2 * x * y", "y": "x^2"},
        "values": {"x": 4.0, "y": 1.0},
    }
    found = autodiff("diff", "x^2*y + exp(x*y)", "--hessian", "--format", "json").json["hessian"]
    assert list(found) == list(found["x"]) == list(found["y"]) == ["x", "y"]
    assert found["x"]["y"] == found["y"]["x"] == "2 * x + exp(x * y) * (x * y + 1)"
    assert autodiff("diff", "2 + 3", "--format", "json").json == {"expression": "2 + 3", "derivatives": {}}


@pytest.mark.parametrize(("format_", "separator"), [("csv", ","), ("tsv", "\t")])
def test_rows_for_programs(autodiff: Run, format_: str, separator: str) -> None:
    def rows(*arguments: str) -> list[list[str]]:
        out = autodiff("diff", *arguments, "--format", format_).out
        return list(csv.reader(io.StringIO(out), delimiter=separator))

    assert rows("x^2*y") == [["by", "derivative"], ["x", "2 * x * y"], ["y", "x^2"]]
    assert rows("max(x, 2)") == [["by", "derivative"], ["x", "where(x > 2, 1, where(x < 2, 0, 1 / 2))"]]
    assert rows("x^2*y", "--hessian", "--at", "x=0.1,y=2") == [
        ["by", "derivative", "value"],
        ["x x", "2 * y", "4.0"],
        ["x y", "2 * x", "0.2"],
        ["y y", "0", "0.0"],
    ]


def test_formulas_with_steps_stand_alone_in_data(autodiff: Run) -> None:
    text = "sin(a*b + c)*exp(a*b + c)*tanh(a*b + c)/(1 + cos(a*b + c)^2)"
    answer = autodiff("diff", text, "--steps", "--format", "json").json
    point = {"a": 0.5, "b": 0.75, "c": 0.25}
    want = parse(text).gradient(**point)
    for name, alone in answer["derivatives"].items():
        assert ";" in alone
        assert at(read_back(alone, [*point]), point) == pytest.approx(want[name], rel=1e-13)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("x^2", "--wrt", "y"), "there is no 'y' to differentiate by\n  = there are x"),
        *[
            (
                ("x^2", "--order", order),
                f"--order takes a whole number from 1 to 100, not {order or 'nothing'}\n"
                "  = autodiff taylor has the numbers of higher orders at a point",
            )
            for order in ("-1", "0", "101", "1e9", "two", "", "2.5", "9" * 30)
        ],
        (
            ("x < 2",),
            "a condition has no derivative: it is 1 or 0\n  │ x < 2\n  │   ^\n"
            "  = where(condition, a, b) chooses between two values that have one",
        ),
        *[
            (
                ("x^2", "--to", "c", *more),
                "--to has a form of its own\n  = --to goes without --format, --steps and --expand",
            )
            for more in (("--steps",), ("--expand",), ("--format", "json"))
        ],
        (("x^2", "--to", "c", "--at", "x=2"), "code is for all points\n  = --to goes without --at"),
        (
            ("x < 2", "--to", "c"),
            "a condition has no derivative: it is 1 or 0\n  │ x < 2\n  │   ^\n"
            "  = where(condition, a, b) chooses between two values that have one",
        ),
        (
            ("not x",),
            "a condition has no derivative: it is 1 or 0\n  │ not x\n  │ ^^^\n"
            "  = where(condition, a, b) chooses between two values that have one",
        ),
        (
            ("x^2", "--hessian", "--order", "2"),
            "--hessian and --order are two things\n  = the Hessian has all of second order",
        ),
        ((), "no expression\n  = as in autodiff diff 'x^2' --x 3"),
        (
            ("x^2", "--at", "y=2"),
            "no value for x\n  = give it one: --x VALUE or x=VALUE\n"
            "error: the expression has no variable 'y'\n  = its variables are x",
        ),
        (("x^2*y", "--at", "x=2"), "no value for y\n  = give it one: --y VALUE or y=VALUE"),
        (("x^2", "--at", "3"), "--at takes NAME=VALUE, not 3\n  = as in --at x=2, or --at x=2,y=3"),
        (
            ("x^2", "--at", "x=two"),
            "x = two is not a number: 'two' has no value\n"
            "  = a value is a number or a constant expression, such as pi/4",
        ),
        (("spherical_jn(n, x)", "--wrt", "n"), "spherical_jn has no derivative by its argument n"),
    ],
)
def test_bad_input(autodiff: Run, arguments: tuple[str, ...], message: str) -> None:
    result = autodiff("diff", *arguments)
    assert (result.code, result.out) == (Exit.UNUSABLE, "")
    assert result.err == f"error: {message}\n"


# --- second derivatives as numbers -----------------------------------------------------------------------------------


def test_hessian_in_the_table(autodiff: Run) -> None:
    result = autodiff("eval", "x^2*y + exp(x*y)", "--x", "1", "--y", "2", "--hessian")
    assert (result.code, result.err) == (0, "")
    second = result.out.splitlines()[-4:]
    assert [line.split("  ")[0].strip("─") for line in second] == ["", "d2/dx2", "d2/dx dy", "d2/dy2"]
    assert all(line.rstrip().endswith("ok") for line in second[1:])


@pytest.mark.parametrize(
    ("text", "point"),
    [
        ("x^2*y + exp(x*y)", {"x": 1.0, "y": 2.0}),
        ("tanh(a*b + c)", {"a": 0.5, "b": -1.5, "c": 0.25}),
        ("(1 - x)^2 + 100*(y - x^2)^2", {"x": -1.2, "y": 1.0}),
        ("x^y", {"x": 1.5, "y": 2.5}),
        ("t = x*y; sin(t)/t", {"x": 1.5, "y": 0.5}),
        ("log(sqrt(x^2 + y^2))", {"x": 3.0, "y": -4.0}),
        ("max(x, y)*x*y", {"x": 3.0, "y": 2.0}),
        ("G*m/r^2", {"G": 6.674e-11, "m": 5.97e24, "r": 6.37e6}),
        ("x", {"x": 1.0}),
    ],
)
def test_hessians_are_right_and_symmetrical(autodiff: Run, text: str, point: dict[str, float]) -> None:
    values = [f"{name}={data!r}" for name, data in point.items()]
    result = autodiff("eval", text, *values, "--hessian", "--quiet", "--format", "json")
    found = result.json
    assert result.code == 0
    for a in point:
        for b in point:
            true = float(slope(parse(text), point, (a, b), 700))
            assert found["hessian"][a][b] == found["hessian"][b][a] == pytest.approx(true, rel=1e-12, abs=1e-300)
            assert found["hessian_verdict"][a][b] == "ok"
            off = abs(found["hessian_finite_difference"][a][b] - true)
            assert off <= found["hessian_bound"][a][b] + 1e-9 * abs(true)


@pytest.mark.parametrize(
    ("text", "point", "verdicts", "code"),
    [
        ("abs(x)", {"x": 0}, {"x x": "singular"}, Exit.UNDEFINED),
        ("x*abs(x)", {"x": 0}, {"x x": "kink"}, Exit.OK),
        ("x*abs(x)*y", {"x": 0, "y": 1}, {"x x": "kink", "x y": "ok", "y y": "ok"}, Exit.OK),
        ("sqrt(x)", {"x": 0}, {"x x": "singular"}, Exit.UNDEFINED),
        ("x^(3/2)", {"x": 0}, {"x x": "singular"}, Exit.UNDEFINED),
        ("x^(5/2)", {"x": 0}, {"x x": "ok"}, Exit.OK),
        ("abs(x) + y^2", {"x": 0, "y": 1}, {"x x": "singular", "x y": "singular", "y y": "ok"}, Exit.UNDEFINED),
        ("x^2 + abs(x - y)", {"x": 1, "y": 2}, {"x x": "ok", "x y": "ok", "y y": "ok"}, Exit.OK),
    ],
)
def test_hessians_at_kinks_and_poles(
    autodiff: Run, text: str, point: dict[str, float], verdicts: dict[str, str], code: Exit
) -> None:
    values = [f"{name}={data}" for name, data in point.items()]
    result = autodiff("eval", text, *values, "--hessian", "--format", "json")
    assert result.code == code
    found = result.json["hessian_verdict"]
    assert {pair: found[pair[0]][pair[2]] for pair in verdicts} == verdicts
    json.loads(result.out, parse_constant=lambda word: pytest.fail(f"bare {word}"))


def test_hessian_for_programs(autodiff: Run) -> None:
    arguments = ("eval", "x^2*y", "--x", "1", "--y", "2", "--hessian")
    answer = autodiff(*arguments, "--format", "json").json
    assert list(answer)[-4:] == ["hessian", "hessian_finite_difference", "hessian_bound", "hessian_verdict"]
    assert answer["hessian"] == {"x": {"x": 4.0, "y": 2.0}, "y": {"x": 2.0, "y": 0.0}}
    lines = autodiff(*arguments, "--format", "csv").out.splitlines()
    assert [line.split(",")[0] for line in lines] == ["variable", "x", "y", "x x", "x y", "y y"]
    assert [line.split(",")[1] for line in lines[3:]] == ["", "", ""]
    assert {line.count(",") for line in lines} == {5}
    assert autodiff(*arguments, "--only", "hessian.x.y").out == "2.0\n"
    assert autodiff(*arguments, "--only", "hessian.y.x").out == "2.0\n"
    assert autodiff(*arguments, "--only", "hessian_verdict.x.y").out == "ok\n"
    for path, message in (
        ("hessian", "'hessian' is not one number\n  = as in --only hessian.x.x"),
        ("hessian.x", "'hessian.x' is not one number\n  = as in --only hessian.x.x"),
        ("hessian.x.z", "there is no 'hessian.x.z' in the result\n  = there are x, y"),
    ):
        result = autodiff(*arguments, "--only", path)
        assert (result.code, result.err) == (Exit.UNUSABLE, f"error: {message}\n")
    result = autodiff(*arguments, "--digits", "20")
    assert result.err == "error: second derivatives are not proven\n  = --hessian goes without --digits and --prove\n"


# --- in the language -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "point", "value", "gradient"),
    [
        ("diff(sin(x)*y, x) + x", {"x": 1, "y": 2}, 2 * mp.cos(1) + 1, {"x": 1 - 2 * mp.sin(1), "y": mp.cos(1)}),
        ("diff(x^5, x, 3)", {"x": 2}, 240, {"x": 240}),
        ("diff(x^5, x, 2, 2)", {"x": 2}, 240, {"x": 240}),
        ("diff(x^5, x, x, x)", {"x": 2}, 240, {"x": 240}),
        ("diff(diff(x^3*y^2, x), y)", {"x": 1, "y": 2}, 12, {"x": 24, "y": 6}),
        ("diff(x^3*y^2, x, y)", {"x": 1, "y": 2}, 12, {"x": 24, "y": 6}),
        ("diff(x^3*y^2, x, 2, y)", {"x": 1, "y": 2}, 24, {"x": 24, "y": 12}),
        ("diff(x^2, y)", {"x": 1, "y": 2}, 0, {"x": 0, "y": 0}),
        ("x*diff(x*diff(x^3, x), x)", {"x": 2}, 72, {"x": 108}),
        ("sum(k, 1, 3, diff(x^k, x))", {"x": 2}, 17, {"x": 14}),
        ("diff(sum(k, 1, 3, x^k), x)", {"x": 2}, 17, {"x": 14}),
        ("f(x) = x^3; diff(f(t), t)", {"t": 2}, 12, {"t": 12}),
        ("f(u) = diff(u^3, u); f(2*x)", {"x": 2}, 48, {"x": 48}),
        ("t = x^2; diff(sin(t), t)", {"x": 2}, mp.cos(4), {"x": -4 * mp.sin(4)}),
        ("t = x^2; diff(t^2*x, t)", {"x": 2}, 16, {"x": 24}),
        ("t = x^2; diff(t^2*x, x)", {"x": 2}, 80, {"x": 160}),
        ("y = 3*x; diff(y^2, y, x)", {"x": 2}, 6, {"x": 0}),
        ("y = 3*x; diff(diff(y^2, y), x)", {"x": 2}, 6, {"x": 0}),
        ("sum(k, 0, 2, diff(x^k, x))", {"x": 0}, 1, {"x": 2}),
        ("x = 3; diff(x^2, x)", {}, 6, {"x": 2}),
        ("where(diff(x^2, x) > 1, x, -x)", {"x": 2}, 2, {"x": 1}),
        ("diff(where(x > 1, x^2, x), x)", {"x": 2}, 4, {"x": 2}),
    ],
)
def test_diff_in_the_language(
    autodiff: Run, text: str, point: dict[str, float], value: Any, gradient: dict[str, Any]
) -> None:
    values = [f"{name}={data}" for name, data in point.items()]
    result = autodiff("eval", text, *values, "--format", "json", "--quiet")
    assert result.code == 0
    assert result.json["value"] == pytest.approx(float(value), rel=1e-14)
    assert {name: result.json["gradient"][name] for name in gradient} == pytest.approx(
        {name: float(one) for name, one in gradient.items()}, rel=1e-13
    )
    assert set(result.json["verdict"].values()) == {"ok"}


def test_nothing_is_differentiated_by_an_index(autodiff: Run) -> None:
    result = autodiff("eval", "sum(k, 1, 3, diff(x^k, x, k))", "--x", "1")
    assert (result.code, result.out) == (Exit.UNUSABLE, "")
    assert result.err == (
        "error: k counts here: nothing is differentiated by it\n  │ sum(k, 1, 3, diff(x^k, x, k))\n  │ ^^^\n"
        "  = diff(x^k, x, 2) is the second derivative by x\n"
    )


def test_a_name_that_is_not_there_is_said(autodiff: Run) -> None:
    result = autodiff("eval", "diff(x^2, x, n)", "--x", "1", "--n", "2", "--only", "value")
    assert (result.code, result.out) == (0, "0.0\n")
    assert result.err == "note: n is not in what diff differentiates, so that it gives 0\n"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("(sin(x) - cos(x))/(sin(x) + cos(x))", "2 / (sin(x) + cos(x))^2"),
        ("sin(x)/(1 + cos(x))", "1 / (1 + cos(x))"),
        ("sin(2x)/cos(2x)", "2 / cos(2 * x)^2"),
        ("ln(sec(x) + tan(x))", "sec(x)"),
        ("ln(x + sqrt(x^2 + 1))", "1 / sqrt(x^2 + 1)"),
        ("(e^x - e^-x)/(e^x + e^-x)", "4 / (e^x + e^-x)^2"),
        ("atan(1/x)", "-1 / (x^2 + 1)"),
        ("ln|x|", "1 / x"),
        ("x|x|", "2 * abs(x)"),
        ("x^x", "x^x * (1 + log(x))"),
        ("x^2 (x - 1)^3 e^x", "x * e^x * (x^4 + 2 * x^3 - 9 * x^2 + 8 * x - 2)"),
        ("x^2.5", "2.5 * x^1.5"),
        ("spherical_jn(2, x)", "2 * spherical_jn(1, x) / 5 - 3 * spherical_jn(3, x) / 5"),
    ],
)
def test_identities_that_a_textbook_uses(text: str, wanted: str) -> None:
    assert formula(text, "x") == wanted
    point = {"x": 0.6875}
    if "spherical" not in text:
        assert at(read_back(wanted), point) == pytest.approx(float(slope(parse(text), point, "x")), rel=1e-13)


@pytest.mark.parametrize(
    ("arguments", "wanted", "said"),
    [
        (("1/(1+e^(-x))", "--at", "x=-400"), "1.9151695967140463e-174", ""),
        (("1/(1+e^(-x))", "--order", "2", "--at", "x=-300"), "5.148200222412096e-131", ""),
        (("sin(x)/x", "--at", "x=1e-8"), "0", "rounding leaves few right digits, or none, in the gradient by x"),
        (("sqrt(x^2+1)", "--at", "x=1e160"), "0", "the derivative by x differs from its estimate, 1"),
        (("abs(x)", "--at", "x=0"), "0", "the derivative by x has a kink here: -1 from the left, 1 from the right"),
        (("x*abs(x)", "--order", "2", "--at", "x=0"), "0", "the derivative by x, then x has a kink here"),
    ],
)
def test_values_are_those_of_eval_or_it_is_said(
    autodiff: Run, arguments: tuple[str, ...], wanted: str, said: str
) -> None:
    result = autodiff("diff", *arguments)
    assert result.out.endswith(f" = {wanted}\n")
    assert said in result.err
    assert (result.err == "") == (said == "")


def test_one_derivative_without_a_value_leaves_the_others(autodiff: Run) -> None:
    result = autodiff("diff", "x^y", "--at", "x=0,y=1", "--quiet")
    assert (result.code, result.out) == (0, "d/dx = y * x^(y - 1) = 1\nd/dy = x^y * log(x) = 0\n")


def test_a_kink_is_said_where_the_order_does_not_show_it(autodiff: Run) -> None:
    result = autodiff("diff", "abs(x)", "--order", "2")
    assert (result.out, result.err) == ("0\n", "note: abs(x) has a kink where x = 0; slope 0\n")


def test_diff_is_a_name_like_others(autodiff: Run) -> None:
    assert autodiff("eval", "diff = 3; diff*x", "--x", "2", "--only", "value").out == "6.0\n"


@pytest.mark.parametrize(
    ("text", "point", "message"),
    [
        ("diff(log(x), x)", "x=-1", "log(x) needs x > 0; here x = -1\n  │ diff(log(x), x)\n  │      ^^^^^^"),
        ("diff(x^2/x, x)", "x=0", "a / b needs b != 0; here b = x = 0\n  │ diff(x^2/x, x)\n  │         ^"),
        (
            "diff(0*log(x) + x, x)",
            "x=-1",
            "log(x) needs x > 0; here x = -1\n  │ diff(0*log(x) + x, x)\n  │        ^^^^^^",
        ),
        (
            "f(t) = diff(log(t), t); f(x)",
            "x=-1",
            "log(x) needs x > 0; here x = -1\n  │ f(t) = diff(log(t), t); f(x)\n  │             ^^^^^^",
        ),
    ],
)
def test_the_domain_of_what_was_differentiated_still_holds(autodiff: Run, text: str, point: str, message: str) -> None:
    result = autodiff("eval", text, point, "--quiet")
    assert (result.code, result.err) == (Exit.UNDEFINED, f"error: {message}\n")


_EXAMPLE = "as in diff(x^2 * y, x), diff(f, x, 3) for the third, diff(f, x, y) for one after the other"
_ORDER = "the order in diff is a whole number from 1 to 100"
_NAME = "diff needs a name to differentiate by"
_COUNT = "diff takes an expression and a name to differentiate by"


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("diff(x^2)", _COUNT, _EXAMPLE),
        ("diff()", _COUNT, _EXAMPLE),
        ("diff(x, 2)", _NAME, _EXAMPLE),
        ("diff(x^2, x^2)", _NAME, _EXAMPLE),
        ("diff(x^2, 3, x)", _NAME, _EXAMPLE),
        ("diff(x^2, e)", _NAME, _EXAMPLE),
        ("diff(x^2, x, 0)", _ORDER, _EXAMPLE),
        ("diff(x^2, x, -1)", _ORDER, _EXAMPLE),
        ("diff(x^2, x, 101)", _ORDER, _EXAMPLE),
        ("diff(x^2, x, 1.5)", _ORDER, _EXAMPLE),
        ("diff(x^2, x, pi)", _ORDER, _EXAMPLE),
        (
            "diff(x < 2, x)",
            "a condition has no derivative: it is 1 or 0",
            "where(condition, a, b) chooses between two values that have one",
        ),
        ("diff(polygamma(x, 2), x)", "polygamma has no derivative by its argument n", ""),
    ],
)
def test_diff_that_cannot_be(autodiff: Run, text: str, message: str, hint: str) -> None:
    result = autodiff("eval", f"2 + {text}", "--x", "1")
    drawn = f"error: {message}\n  │ 2 + {text}\n  │     ^^^^\n" + (f"  = {hint}\n" if hint else "")
    assert (result.code, result.err) == (Exit.UNUSABLE, drawn)


# --- numbers that are large, or small --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "x", "wanted"),
    [
        ("1e308*x^2", 1e-10, 2e298),
        ("(1e200*x)^3", 1e-200, 3e200),
        ("x^2*1e200/1e-200", 1e-300, 2e100),
        ("x/1e-300", 1.0, 1e300),
        ("(1e-200*x)^2", 1e200, 2e-200),
        ("x^100*1e-5", 2.0, 100 * 2.0**99 * 1e-5),
        ("12345678901234567890*x^2", 1.0, 2 * 12345678901234567890),
        ("(sqrt(2) - x)*(3 - 7*9007199254740993)", 1.0, 7 * 9007199254740993 - 3),
        ("0.1*x + 0.2*x", 1.0, 0.3),
    ],
)
def test_numbers_at_the_edge(text: str, x: float, wanted: float) -> None:
    assert at(read_back(formula(text, "x"), ["x"]), {"x": x}) == pytest.approx(wanted, rel=1e-13)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("x*gamma(1)", "1"), ("x + acosh(1)", "1"), ("x*log(1, 3)", "0"), ("x*cbrt(1) + atanh(0)", "1")],
)
def test_functions_of_numbers(text: str, wanted: str) -> None:
    assert formula(text, "x") == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("(2^x)^y", "x"), ("(x^y)^x", "x"), ("((x + 1)^y)^(x*y)", "y"), ("x*(x^y)^y*x^y", "x"), ("exp((x^y)^x)/x", "y")],
)
def test_powers_of_powers(text: str, wanted: str) -> None:
    point = {"x": 1.25, "y": 0.625}
    true = slope(parse(text), point, wanted)
    assert at(read_back(formula(text, wanted), ["x", "y"]), point) == pytest.approx(float(true), rel=1e-13)


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
def test_what_is_not_chosen_does_no_harm(text: str, point: float, wanted: float) -> None:
    assert parse(text).gradient(x=point)["x"] == wanted
    assert at(read_back(formula(text, "x"), ["x"]), {"x": point}) == wanted


@pytest.mark.parametrize(("p", "wanted"), [(1.0, 0.0), (2.0, 0.0), (3.0, 6.0), (4.0, 0.0)])
def test_the_third_derivative_of_a_power_at_0_is_a_number(p: float, wanted: float) -> None:
    assert formula_of("x^p").derivative("x", "x", "x").evaluate(x=0.0, p=p) == wanted


def test_the_derivative_of_0_to_a_power_is_0_where_the_power_is_positive() -> None:
    slope = formula_of("0^x").derivative("x")
    assert [slope.evaluate(x=x) for x in (1.0, 2.5)] == [0.0, 0.0]
    assert math.isnan(slope.evaluate(x=-1.0))


def test_without_a_first_derivative_there_is_no_second() -> None:
    hessian = formula_of("x^p").hessian(x=0.0, p=0.0)
    assert all(math.isnan(hessian[a][b]) for a, b in ("pp", "xp", "px"))
    assert formula_of("x^p").hessian(x=2.0, p=3.0)["x"]["x"] == 12
