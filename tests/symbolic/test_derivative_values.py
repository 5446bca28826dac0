"""The value of derivatives: every function to third order, the corpora and random expressions, against mpmath."""

import re
from collections.abc import Sequence
from math import isfinite

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st
from mpmath import mp, mpf

from autodiff_cli.engine.expression import Expression
from autodiff_cli.errors import AutodiffError
from autodiff_cli.language.parser import parse
from autodiff_cli.reports import formulas
from autodiff_cli.rules.table import Function

from ..conftest import CORPORA, corpus
from ..rules.truth import PARTIAL_CASES, SECOND_CASES, SLOPE_TOLERANCE, is_refused, true_slope
from .derivatives import at, computed, formula, read_back, slope


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
def test_first_derivatives_of_every_function_are_mpmaths(
    function: Function, point: tuple[float, ...], index: int
) -> None:
    ours, names = derivative(function, point, index)
    true = true_slope(function, point, index)
    with mp.workdps(700):
        exact = computed(ours, {name: mpf(data) for name, data in names.items()})
        assert abs(exact - true) <= abs(true) * mpf(10) ** -60 + mpf(10) ** -60
    if max(map(abs, names.values())) < 1e150:  # hypot(y, x)^2 has no float beyond
        assert at(ours, names) == pytest.approx(
            float(true), rel=max(4e-15, SLOPE_TOLERANCE.get(function.name, 0)), abs=5e-324
        )


@pytest.mark.slow
@pytest.mark.parametrize(("function", "point", "i", "j"), SECOND_CASES)
def test_second_derivatives_of_every_function_are_mpmaths(
    function: Function, point: tuple[float, ...], i: int, j: int
) -> None:
    ours, names = derivative(function, point, i, j)
    true = true_slope(function, point, i, j)
    with mp.workdps(700):
        exact = computed(ours, {name: mpf(data) for name, data in names.items()})
        assert abs(exact - true) <= abs(true) * mpf(10) ** -50 + mpf(10) ** -50


@pytest.mark.slow
@pytest.mark.parametrize(("function", "point", "index"), PARTIAL_CASES)
def test_third_derivatives_of_every_function_are_mpmaths(
    function: Function, point: tuple[float, ...], index: int
) -> None:
    if is_refused(function, *[index] * 3):
        with pytest.raises(AutodiffError, match="has no derivative by its argument"):
            derivative(function, point, *[index] * 3)
        return
    ours, names = derivative(function, point, *[index] * 3)
    true = true_slope(function, point, *[index] * 3)
    with mp.workdps(700):
        exact = computed(ours, {name: mpf(data) for name, data in names.items()})
        assert abs(exact - true) <= abs(true) * mpf(10) ** -30 + mpf(10) ** -30


# --- expressions that other people wrote -----------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.skipif(not CORPORA.exists(), reason="the corpora are not beside this checkout")
@pytest.mark.parametrize("name", ["feynman", "srsd", "fpbench", "herbie", "mgh", "peer_points", "textbook"])
def test_formulas_of_the_corpora_read_back_as_their_gradients(name: str) -> None:
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


@pytest.mark.slow
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


_JUMPING_NUMBER = re.compile(r"mod\((?:0\.1, [\d.]+|[\d.]+, 0\.1)\)")  # as mod(1, 0.1): 0.1 may be a tenth or its float
TEXTS = st.recursive(_LEAVES, _grow, max_leaves=7)
NUMBERS = st.floats(0.1, 3).map(lambda x: round(x, 3)) | st.floats(-3, -0.1).map(lambda x: round(x, 3))


@pytest.mark.slow
@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
@example("(x * ((x / 12))^(-1/2))", 0.826, 1.0, "xx")
@example("(((x / 10))^2)^0.5", 3.17, 1.0, "xx")
@example("(((2)^(x))^(y))", 1.5, 0.5, "x")
@example("atan(((0.001 * x))^(1/2))", 0.918, 1.0, "xx")
@given(TEXTS, NUMBERS, NUMBERS, st.sampled_from(["x", "y", "xx", "xy", "yy"]))
def test_formulas_of_random_expressions_are_right(text: str, x: float, y: float, by: str) -> None:
    assume(not _JUMPING_NUMBER.search(text))
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


@pytest.mark.slow
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
