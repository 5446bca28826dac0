"""Columns: the kernel over NumPy gives what `eval` gives row by row, and says which rows have no value and why."""

import re
import shutil
import sys
import threading
from collections.abc import Sequence
from itertools import product
from math import inf, isfinite, nan, ulp
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from mpmath import mpf

from autodiff_cli import parse as formula_of
from autodiff_cli.columns.vectorize import INSTALL, Vectorized, vectorize
from autodiff_cli.engine.expression import Expression
from autodiff_cli.engine.graph import forward
from autodiff_cli.engine.printer import domain_need
from autodiff_cli.errors import AutodiffError
from autodiff_cli.language.parser import parse
from autodiff_cli.reports.point import require_value
from autodiff_cli.rules.table import FUNCTIONS, Function
from autodiff_cli.witness.replay import PERTURBATIONS, next_random

from ..codegen.running import text_of
from ..conftest import CORPORA, corpus
from ..engine.random_texts import NUMBERS, TEXTS

EDGES = [0.0, 1.0, -1.0, 0.5, -0.5, 2.0, -2.0, 1.5, -3.0, 1e-300, -1e300, 1e300, 700.0, -800.0, 1e-5, 90.0, 180.0, 30.0]
FEW_EDGES = [0.0, 1.0, -0.5, 0.5, 2.0, 1e-300, 1e-5, 700.0, 1e300]  # for three arguments: below, in and above a range
# From what eval has; else 2
ULPS = {"gamma": 4, "lgamma": 4, "gelu": 4, "cotd": 4, "cscd": 4, "cbrt": 3, "tanh": 3.6, "coth": 4, "root": 4}
ULPS |= {"beta": 5e4, "binomial": 1e9, "lbeta": 5e4, "betapdf": 50}  # differences, as their remark says; few at `at`


def apart(a: float, b: float) -> float:
    """By how many units in the last place two numbers differ."""
    if a == b or (a != a and b != b):
        return 0.0
    return abs(a - b) / ulp(b) if isfinite(a) and isfinite(b) else inf


def row_by_row(expression: Expression, points: Sequence[dict[str, float]]) -> list[list[float]]:
    """What `eval` computes: value and gradient of every row."""
    return [[expression.evaluate(**one), *expression.gradient(**one).values()] for one in points]


def over_columns(kernel: Vectorized, points: Sequence[dict[str, float]]) -> list[list[float]]:
    value, gradient = kernel(**{name: np.array([one[name] for one in points]) for name in kernel.variables})
    return [[float(x) for x in row] for row in zip(value, *gradient.values(), strict=True)]


def kernel_of(text: str, **options: Any) -> Vectorized:
    return vectorize(parse(text), **options)


def operations(kernel: Vectorized) -> list[str]:
    """What is called for each block."""
    return re.findall(r"\bf_(\w+)\(", kernel._block(1.0, frozenset()).text)


# --- right, row by row -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: f"{function.name}/{len(function.args)}")
def test_every_function_over_columns_is_that_of_eval_row_by_row(function: Function) -> None:
    count = 2 if function.variadic else len(function.args)
    text, names = text_of(function, count)
    expression = parse(text, names)
    grid = list(product(EDGES if count < 3 else EDGES[:8], repeat=count)) + [
        at for at in function.at if len(at) == count
    ]
    points = [dict(zip(names, map(float, at), strict=True)) for at in grid]
    kernel = vectorize(expression)
    for point, ours, theirs in zip(points, over_columns(kernel, points), row_by_row(expression, points), strict=True):
        if not isfinite(theirs[0]):
            assert not isfinite(ours[0]), point
        else:
            worst, most = max(map(apart, ours, theirs)), ULPS.get(function.name, 2)
            most = min(most, 10) if tuple(point.values()) in function.at else most
            assert worst <= most or not any(map(isfinite, (ours[1], theirs[1]))), point


@settings(max_examples=60, deadline=None)
@given(TEXTS, NUMBERS, NUMBERS)
def test_random_expressions_over_columns_are_those_of_eval(text: str, x: float, y: float) -> None:
    expression = parse(text)
    point = {name: {"x": x, "y": y}[name] for name in expression.variables}
    assert_as_right(expression, point, [None] * (1 + len(point)))


@pytest.mark.slow
@pytest.mark.skipif(not CORPORA.exists(), reason="the corpora are not beside this checkout")
@pytest.mark.parametrize(
    "name", ["feynman", "fpbench", "herbie", "mgh", "peer_edges", "peer_points", "srsd", "textbook"]
)
def test_the_corpora_over_columns_have_their_references(name: str) -> None:
    for record in corpus(name):
        expression = parse(record["expr"], record["point"])
        point = {name: float(record["point"][name]) for name in expression.variables}
        slopes = record.get("grad", {})
        assert_as_right(expression, point, [record.get("value"), *[slopes.get(name) for name in point]])


def assert_as_right(expression: Expression, point: dict[str, float], true: Sequence[Any]) -> None:
    """Within 2 ulp of what eval has, or nearer to the truth; or by no more off than rounding moves it there."""
    value, gradient = vectorize(expression)(**{name: np.full(2, data) for name, data in point.items()})
    ours = [float(value.flat[-1]), *[float(slopes.flat[-1]) for slopes in gradient.values()]]
    (theirs,) = row_by_row(expression, [point])
    if max(map(apart, ours, theirs)) <= 2:
        return
    moves = moved(expression, point)
    for got, wanted, truth, move in zip(ours, theirs, true, moves, strict=True):
        nearer = truth is not None and abs(mpf(got) - mpf(truth)) <= abs(mpf(wanted) - mpf(truth))
        if isfinite(wanted) and not nearer:
            assert abs(got - wanted) <= 2 * ulp(wanted) + move, (str(expression), point)
        elif not isfinite(wanted):
            assert not isfinite(got), (str(expression), point)


def moved(expression: Expression, point: dict[str, float]) -> list[float]:
    """By how much value and gradient move where every step and input is off by an ulp or so."""
    state, seen, at = next_random(0), [], expression.evaluation()
    for _ in range(24):
        at.move(point)
        for node in [*at.variables.values(), *at.nodes]:
            forward((node,))
            state = next_random(state)
            node.data *= PERTURBATIONS[state >> 61]
        seen.append([at.root.data, *at.gradients().values()][: len(point) + 1])
    return [2 * (max(column) - min(column)) for column in zip(*seen, strict=True)]


def test_what_is_equal_cancels_out() -> None:
    x = np.linspace(0.1, 5, 50).tolist()
    for name in ("exp", "tanh", "log", "cosh", "atan", "erf", "square", "lgamma"):
        for at in x:
            value, _ = kernel_of(f"({name}(x) - {name}({at!r}))*1e20")(x=[at, at, at])
            assert value.tolist() == [0.0, 0.0, 0.0], (name, at)


# --- in machine code -------------------------------------------------------------------------------------------------

compiler = pytest.mark.skipif(shutil.which("cc") is None, reason="there is no C compiler")


def assert_same_bits(expression: Expression, *tables: dict[str, Any], dtype: str = "float64") -> Vectorized:
    """Compiled loops give what the steps give one by one, rows without a value too."""
    kernels = [vectorize(expression, dtype=dtype, compiled=compiled) for compiled in (True, False)]
    for columns in tables:
        (ours, our_slopes), (theirs, their_slopes) = (kernel(**columns) for kernel in kernels)
        for our, their in zip([ours, *our_slopes.values()], [theirs, *their_slopes.values()], strict=True):
            np.testing.assert_array_equal(our, their, str(expression))
            numbers = ~np.isnan(their)  # the sign of what is no number says nothing
            np.testing.assert_array_equal(np.signbit(our)[numbers], np.signbit(their)[numbers], str(expression))
    return kernels[0]


@pytest.mark.slow
@compiler
@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: f"{function.name}/{len(function.args)}")
def test_every_function_compiled_has_the_bits_of_numpy(function: Function) -> None:
    count = 2 if function.variadic else len(function.args)
    text, names = text_of(function, count)
    grid = np.array(list(product([*EDGES, -0.0, inf, -inf, nan] if count < 3 else [*EDGES[:6], nan], repeat=count)))
    tame = np.array([at for at in function.at if len(at) == count] * 9, float)  # no flag comes up
    tables = [dict(zip(names, rows.T.copy(), strict=True)) for rows in (grid, tame)]
    assert_same_bits(parse(text, names), *tables)


@pytest.mark.slow
@compiler
@settings(max_examples=15, deadline=None)
@given(TEXTS, NUMBERS, NUMBERS)
def test_random_expressions_compiled_have_the_bits_of_numpy(text: str, x: float, y: float) -> None:
    expression = parse(text)
    columns = {name: np.array([{"x": x, "y": y}[name], 0.5, 1.0, -2.0]) for name in expression.variables}
    assert_same_bits(expression, columns)


@pytest.mark.slow
@compiler
@pytest.mark.skipif(not CORPORA.exists(), reason="the corpora are not beside this checkout")
@pytest.mark.parametrize("name", ["feynman", "mgh"])
def test_the_corpora_compiled_have_the_bits_of_numpy(name: str) -> None:
    records = {record["expr"]: record for record in corpus(name)}
    for record in list(records.values())[:: 3 if name == "feynman" else 2]:
        point = {name: float(value) for name, value in record["point"].items()}
        factors = np.random.default_rng(1).uniform(0.9, 1.1, (len(point), 33))
        expression = parse(record["expr"], point)
        columns = {name: factor * (point[name] or 1.0) for name, factor in zip(point, factors, strict=True)}
        kernel = assert_same_bits(expression, columns | {name: point[name] for name in list(point)[1:2]})
        assert None not in kernel._fused.values()


@compiler
@pytest.mark.parametrize(
    "text", ["tanh(a*b + c)", "where(a > 1/2 and not (b > c), a*b/c, max(a, b, c)^2)", "abs(a)^1.5"]
)
def test_compiled_float32_and_many_blocks(text: str) -> None:
    columns = dict(zip("abc", np.random.default_rng(0).uniform(0.1, 1, (3, 100_000)), strict=True))
    expression = parse(text)
    columns = {name: columns[name] for name in expression.variables}
    columns["a"][70_000] = nan  # one block has to be done by steps
    assert_same_bits(expression, columns)
    assert_same_bits(expression, columns, dtype="float32")


@compiler
@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("tanh(a*b + c)", ["section0"]),
        ("erf(a*b) + c", ["section0", "f_erf", "section1"]),
    ],
)
def test_python_calls_only_what_machine_code_cannot(text: str, parts: list[str]) -> None:
    kernel = kernel_of(text, compiled=True)
    kernel(**{name: np.ones(3) for name in kernel.variables})
    (block,) = kernel._fused.values()
    assert block is not None
    assert re.findall(r"\b(section\d|f_\w+)\(", block.text) == parts


@compiler
def test_numpy_that_is_made_in_another_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("autodiff_cli.columns.reach.ufunc_loop", lambda *_: None)
    expression = parse("tanh(a*b + c)/hypot(a, b)")
    columns = dict(zip("abc", np.random.default_rng(0).uniform(0.1, 1, (3, 50)), strict=True))
    assert_same_bits(expression, columns)
    kernel = vectorize(expression, compiled=True)
    kernel(**columns)
    (block,) = kernel._fused.values()
    assert block is not None
    assert re.findall(r"\bf_\w+", block.text) == ["f_tanh", "f_hypot", "f_cosh"]


@compiler
@pytest.mark.parametrize("workers", [1, 2, 7])
@pytest.mark.parametrize("text", ["tanh(a*b + c)*log(a)", "erf(a*b)*log(c)"])
def test_threads_and_numbers_of_rows_change_no_bit_of_a_compiled_kernel(text: str, workers: int) -> None:
    expression = parse(text)
    kernels = [vectorize(expression, workers=workers, compiled=compiled) for compiled in (True, False)]
    for rows in (0, 1, 2047, 2048, 2049, 16_385, 100_003):
        numbers = np.random.default_rng(rows).uniform(0.1, 1, (3, rows))
        numbers[:, rows // 2 : rows // 2 + 1] *= -1  # one part has to be done by steps
        columns = {name: numbers["abc".index(name)] for name in expression.variables}
        (ours, our_slopes), (theirs, their_slopes) = (kernel(**columns) for kernel in kernels)
        for our, their in zip([ours, *our_slopes.values()], [theirs, *their_slopes.values()], strict=True):
            np.testing.assert_array_equal(our, their)


@compiler
def test_compiled_where_a_flag_comes_up() -> None:
    kernel = kernel_of("x/y", compiled=True)
    out = [np.empty(3) for _ in range(3)]
    assert not kernel.into([np.array([1.0, 2.0, 3.0]), np.array([1.0, 2.0, 4.0])], out)
    assert kernel.into([np.array([1.0, 2.0, 3.0]), np.array([1.0, 0.0, 4.0])], out)
    assert out[0].tolist() == [1.0, inf, 0.75]
    _, gradient = kernel_of("(x*1e-200)*(x*1e-200)*1e300*1e200", compiled=True)(x=[1.0, 2.0])
    assert gradient["x"].tolist() == kernel_of("(x*1e-200)*(x*1e-200)*1e300*1e200")(x=[1.0, 2.0])[1]["x"].tolist()


@compiler
@pytest.mark.parametrize("text", ["x*y", "tan(x) + y", "erf(x) + y", "x", "where(x > 0, 1, 2) + y"])
@pytest.mark.parametrize("x", [nan, inf])
def test_compiled_inputs_that_are_not_finite(text: str, x: float) -> None:
    kernel = kernel_of(text, compiled=True)
    columns = [np.array([1.0, 2.0, 3.0])[: 3 if name == "x" else 1] for name in kernel.variables]
    columns = [column if len(column) == 3 else np.ones(3) for column in columns]
    out = [np.empty(3) for _ in range(1 + len(columns))]
    assert not kernel.into(columns, out)
    columns[0][1] = x
    assert kernel.into(columns, out)
    if x != x and text[0] != "w":
        assert np.isnan(out).all(axis=0).tolist() == [False, True, False]


@compiler
def test_a_variable_alone_leaves_nothing_to_compile() -> None:
    kernel = kernel_of("x", compiled=True)
    assert kernel(x=[1.0, 2.0])[1]["x"].tolist() == [1.0, 1.0]
    assert [*kernel._fused.values()] == [None]


@compiler
def test_compiled_columns_that_are_not_one_piece() -> None:
    x, out = np.linspace(0.1, 1, 20), np.empty(20)
    kernel = kernel_of("x^2", compiled=True)
    assert kernel(x=x[::2])[0].tolist() == (x[::2] ** 2).tolist()
    kernel(x=x[::2], out=(out[::2], {"x": out[1::2]}))
    assert out[::2].tolist() == (x[::2] ** 2).tolist()
    assert out[1::2].tolist() == (2 * x[::2]).tolist()


@compiler
def test_a_kernel_is_compiled_once_it_pays(monkeypatch: pytest.MonkeyPatch) -> None:
    kernel = kernel_of("x*y + 1")
    monkeypatch.setattr("autodiff_cli.columns.vectorize._PAYS", 100)
    monkeypatch.setattr("autodiff_cli.columns.vectorize._STEP_PAYS", 0)
    kernel(x=np.ones(20), y=2.0)
    assert not kernel._fused
    kernel(x=np.ones(90), y=2.0)
    assert kernel._fused
    never = kernel_of("x*y + 1", compiled=False)
    never(x=np.ones(900), y=2.0)
    assert not never._fused


@pytest.mark.parametrize(
    "compiler", ["no-such-compiler", "false", "true", 'cc "', "cc -E", "cc -nostdlib -no-such-option"]
)
def test_a_compiler_that_cannot_leaves_the_work_to_numpy(compiler: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CC", compiler)
    kernel = kernel_of("x^3", compiled=True)
    assert kernel(x=[2.0, 3.0])[0].tolist() == [8.0, 27.0]
    assert [*kernel._fused.values()] == [None]


@compiler
@pytest.mark.parametrize("options", ["-DNDEBUG", "-fvisibility=hidden", "-ffast-math", "-Ofast -ffinite-math-only"])
def test_options_of_the_compiler_change_no_bit(options: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CC", f"cc {options}")
    kernel = assert_same_bits(parse("exp(x)/x + x^3"), {"x": np.array([2.0, 3.0, 1e-310, inf, nan, 0.0])})
    assert None not in kernel._fused.values()


# --- branches and edges ----------------------------------------------------------------------------------------------


def test_a_branch_not_taken_poisons_no_row() -> None:
    value, gradient = kernel_of("where(x > 0, log(x), x^2)")(x=[4.0, -3.0, 0.0, 1e-310])
    assert value.tolist() == [np.log(4.0), 9.0, 0.0, np.log(1e-310)]
    assert gradient["x"].tolist() == [0.25, -6.0, 0.0, inf]
    _, gradient = kernel_of("where(x > 0, sqrt(x), 0) + y*max(x, 0)")(x=[-0.5, -1.0, 4.0], y=[inf, 3.0, 2.0])
    assert np.isnan(gradient["x"][0])  # inf * 0 is no value
    assert gradient["x"].tolist()[1:] == [0.0, 2.25]


def test_a_condition_is_a_number_in_a_column() -> None:
    value, gradient = kernel_of("(x > 1) * x + (not x)")(x=[0.0, 1.0, 3.0])
    assert value.tolist() == [1.0, 0.0, 3.0]
    assert gradient["x"].tolist() == [0.0, 0.0, 1.0]
    value, gradient = kernel_of("x > 1")(x=[0.0, 3.0])
    assert (value.dtype, value.tolist(), gradient["x"].tolist()) == (float, [0.0, 1.0], [0.0, 0.0])


@pytest.mark.parametrize(
    ("text", "points"),
    [
        ("(1e-200*x)^2 * 1e300*y*1e250", [{"x": 2.0, "y": 3.0}, {"x": 1e30, "y": 1.0}]),
        ("exp(-(x^2))*exp(y)", [{"x": 27.0, "y": 700.0}, {"x": 1.0, "y": 1.0}]),
        ("x*1e-200*1e-200*y", [{"x": 1e200, "y": 1e200}]),
        ("(x*1e200)^2*y", [{"x": 1e-100, "y": 1e-200}]),
    ],
)
def test_slopes_that_leave_the_range_of_floats_on_their_way(text: str, points: list[dict[str, float]]) -> None:
    kernel, expression = kernel_of(text), parse(text)
    for ours, theirs in zip(over_columns(kernel, points), row_by_row(expression, points), strict=True):
        assert max(map(apart, ours, theirs)) <= 2


# --- rows without a value --------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize(
    "function", [one for one in FUNCTIONS if one.domain], ids=lambda function: f"{function.name}/{len(function.args)}"
)
def test_every_domain_is_watched(function: Function) -> None:
    text, names = text_of(function, len(function.args))
    expression = parse(text, names)
    kernel, at = vectorize(expression), expression.evaluation()
    edges = EDGES if len(names) < 3 else FEW_EDGES
    points = [dict(zip(names, at, strict=True)) for at in product(edges, repeat=len(names))]
    columns = [np.array([point[name] for point in points]) for name in kernel.variables]
    codes, texts = kernel.reasons(columns)
    assert texts == [domain_need(expression.root)]
    for point, code in zip(points, codes, strict=True):
        at.move(point)
        try:
            require_value(at)
            said = ""
        except AutodiffError as error:
            said = error.message
        assert code == (said != "")
        if said:
            assert said.startswith(texts[0].split(";")[0])
            out = [np.empty(3) for _ in range(1 + len(names))]
            assert kernel.into([np.full(3, point[name]) for name in kernel.variables], out)


def test_reasons_name_the_first_step_that_fails() -> None:
    kernel = kernel_of("where(x > 0, log(x), sqrt(x + 2)) / (y - 1) + atan(1/z)")
    x, y, z = [1.0, -1.0, -3.0, 1.0, 1.0, nan], [0.0, 0.0, 1.0, 1.0, 0.0, 0.0], [1.0, 1.0, 1.0, 1.0, 0.0, 1.0]
    codes, texts = kernel.reasons([np.array(x), np.array(y), np.array(z)])
    assert [texts[code - 1] if code else "" for code in codes] == [
        *("", "", "sqrt(x) needs x >= 0; here x = x + 2", "a / b needs b != 0; here b = y - 1"),
        *("a / b needs b != 0; here b = z", "x is not a number"),
    ]


def test_reasons_where_nothing_is_outside_its_domain() -> None:
    codes, texts = kernel_of("exp(x) - exp(x + 1)").reasons([np.array([1.0, 800.0, inf])])
    assert codes.tolist() == [0, 1, 1]
    assert texts == ["exp(x) - exp(x + 1) has no value"]
    codes, texts = kernel_of("x + y").reasons([np.array([1.0, nan]), 2.0])
    assert (codes.tolist(), texts) == ([0, 1], ["x is not a number"])


def test_a_clean_block_is_not_doubted() -> None:
    kernel = kernel_of("log(x)*exp(-x) + tanh(x)*erf(x)")
    x = np.linspace(0.1, 30, 10_000)
    out = [np.empty_like(x), np.empty_like(x)]
    assert not kernel.into([x], out)
    for bad in (0.0, -1.0, nan, inf):
        x[-1] = bad
        assert kernel.into([x], out)
    out = [np.empty(3) for _ in range(3)]
    assert kernel_of("x*y").into([np.ones(3), nan], out)
    assert kernel_of("x*atan(1/y)").into([np.ones(3), 0.0], out)
    assert kernel_of("x*atan(gamma(y))").into([np.ones(3), -2.0], out)
    assert not kernel_of("x*atan(gamma(y))").into([np.ones(3), 2.0], out)


def test_what_was_differentiated_must_be_defined() -> None:
    formula = formula_of("x + log(x)").derivative("x")
    x = [-2.0, 0.5, 4.0]
    value, gradient = formula.vectorize()(x=x)
    assert np.array_equal(value, [formula.evaluate(x=one) for one in x], equal_nan=True)
    assert np.isnan([value[0], gradient["x"][0]]).all()
    codes, texts = formula.vectorize().reasons([np.array(x)])
    assert (codes.tolist(), texts) == ([1, 0, 0], ["log(x) needs x > 0"])
    assert formula.vectorize().into([np.array(x)], [np.empty(3), np.empty(3)])


def test_reasons_of_many_rows_name_the_first_need_of_each() -> None:
    x = np.linspace(-1, 1, 30_001)
    codes, texts = kernel_of("sqrt(x) + log(x - 1/2)").reasons([x])
    assert texts == ["sqrt(x) needs x >= 0", "log(x) needs x > 0; here x = x - 1 / 2"]
    assert np.array_equal(codes, np.where(x < 0, 1, np.where(x <= 0.5, 2, 0)))
    codes, texts = kernel_of("1/x").reasons([np.empty(0)])
    assert (codes.tolist(), texts) == ([], [])
    codes, texts = kernel_of("1/x").reasons([0.0])
    assert (codes.tolist(), texts) == ([1], ["a / b needs b != 0; here b = x"])


# --- straight-line ---------------------------------------------------------------------------------------------------


def test_steps_are_shared_and_dead_ones_dropped() -> None:
    assert operations(kernel_of("tanh(a*b + c)")) == ["mul", "add", "tanh", "cosh", "div", "square", "mul", "mul"]
    assert operations(kernel_of("tanh(a*b + c)", wrt=["c"])) == ["mul", "add", "tanh", "cosh", "div", "square"]
    assert operations(kernel_of("tanh(a*b + c)", wrt=[])) == ["mul", "add", "tanh"]
    assert operations(kernel_of("sin(x*y) + sin(x*y) * sqrt(2)", wrt=[])) == ["mul", "sin", "mul", "add"]


def test_buffers_of_a_kernel_are_used_again() -> None:
    kernel = kernel_of("+".join(f"sin(x*{n})^2" for n in range(2, 60)), wrt=[])
    assert kernel._block(1.0, frozenset()).floats <= 3


def test_what_hangs_on_single_numbers_is_computed_once() -> None:
    kernel = kernel_of("sin(a)*exp(b)*x")
    block = kernel._block(1.0, frozenset({0, 1}))
    before, run = block.text.split("def run")
    assert "f_sin" in before
    assert "f_sin" not in run
    value, gradient = kernel(a=1.0, b=2.0, x=np.arange(3.0))
    assert value.tolist() == (np.sin(1.0) * np.exp(2.0) * np.arange(3.0)).tolist()
    assert gradient["x"].tolist() == [np.sin(1.0) * np.exp(2.0)] * 3


@pytest.mark.parametrize("text", ["a*b^c", "where(a > b, a^c, b^c)", "(a < b)*a^b + c^a", "clamp(a, b, c)*c^b"])
@pytest.mark.parametrize("kinds", [*product("nos", repeat=3)], ids="".join)
def test_numbers_and_arrays_in_any_mixture_give_the_gradient_of_the_point(text: str, kinds: tuple[str, ...]) -> None:
    point = {"a": 1.5, "b": 2.5, "c": 3.5}
    made = {"n": lambda x: x, "o": lambda x: np.array([x]), "s": lambda x: np.array([x, x])}
    expression = formula_of(text, list(point))
    value, slopes = expression.vectorize(compiled=False)(
        **{name: made[kind](x) for (name, x), kind in zip(point.items(), kinds, strict=True)}
    )
    wanted = expression.gradient(**point)
    assert np.ravel(value)[-1] == pytest.approx(expression.evaluate(**point), rel=1e-14)
    for name in point:
        assert np.ravel(slopes[name])[-1] == pytest.approx(wanted[name], rel=1e-13, abs=1e-300), name


def test_a_sum_of_3000_terms_over_columns_is_computed() -> None:
    count = 3000
    value, gradient = kernel_of(" + ".join(["x"] * count))(x=[1.0, 2.0])
    assert value.tolist() == [count, 2.0 * count]
    assert gradient["x"].tolist() == [count, count]


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_the_number_of_blocks_and_threads_changes_no_bit(workers: int) -> None:
    expression = parse("a*exp(b)/(1 + where(a > b, a^2, b^3)) + (a > 0)")
    a, b = np.random.default_rng(1).normal(size=(2, 50_021))
    value, gradient = vectorize(expression, workers=workers)(a=a, b=b)
    ours = vectorize(expression, workers=1)
    parts = [ours(a=a[i : i + 977], b=b[i : i + 977]) for i in range(0, len(a), 977)]
    assert np.array_equal(value, np.concatenate([part[0] for part in parts]))
    for name in "ab":
        assert np.array_equal(gradient[name], np.concatenate([part[1][name] for part in parts]))


def test_one_kernel_in_many_threads() -> None:
    kernel = kernel_of("tanh(a*b) + a/b")
    columns = [np.random.default_rng(n).normal(size=(2, 30_000)) for n in range(8)]
    wanted = [kernel(a=a, b=b)[0] for a, b in columns]
    found: dict[int, Any] = {}

    def run(index: int) -> None:
        found[index] = kernel(a=columns[index][0], b=columns[index][1])[0]

    threads = [threading.Thread(target=run, args=(index,)) for index in range(len(columns))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(np.array_equal(found[index], wanted[index]) for index in range(len(columns)))


# --- as a library ----------------------------------------------------------------------------------------------------


def test_vectorize_of_a_formula() -> None:
    value, gradient = formula_of("a*b + c").vectorize()(a=[1.0, 2.0], b=[3.0, 4.0], c=0.5)
    assert value.tolist() == [3.5, 8.5]
    assert {name: slopes.tolist() for name, slopes in gradient.items()} == {"a": [3, 4], "b": [1, 2], "c": [1, 1]}
    _, gradient = formula_of("a*b + c").vectorize(["b"])(a=2, b=3, c=0.5)
    assert {name: (slope.shape, float(slope)) for name, slope in gradient.items()} == {"b": ((), 2.0)}


def test_a_row_without_a_value_has_no_slope() -> None:
    value, gradient = formula_of("log(x)").vectorize()(x=np.array([-1.0, 2.0]))
    assert np.isnan(value[0])
    assert np.isnan(gradient["x"][0])
    assert gradient["x"][1] == 0.5


def test_columns_of_any_shapes_are_broadcast() -> None:
    value, gradient = kernel_of("x*y")(x=np.arange(3).reshape(3, 1), y=np.arange(2))
    assert value.tolist() == [[0, 0], [0, 1], [0, 2]]
    assert gradient["x"].tolist() == [[0, 1]] * 3
    strided = np.arange(20.0)[::2]
    assert kernel_of("x^2")(x=strided)[0].tolist() == (strided**2).tolist()
    value, gradient = kernel_of("x + y")(x=np.empty((0, 3)), y=1.0)
    assert value.shape == gradient["y"].shape == (0, 3)
    value, gradient = kernel_of("2 + 3")()
    assert (value.shape, float(value), gradient) == ((), 5.0, {})


def test_a_default_of_the_program_may_be_left_out() -> None:
    kernel = kernel_of("a = 2; a*x")
    assert kernel(x=[1.0, 3.0])[0].tolist() == [2.0, 6.0]
    assert kernel(x=[1.0, 3.0], a=[0.0, 1.0])[0].tolist() == [0.0, 3.0]


def test_results_go_into_the_arrays_given_as_out() -> None:
    kernel = kernel_of("x*y")
    first = kernel(x=np.ones((2, 2)), y=2.0)
    second = kernel(x=np.full((2, 2), 5.0), y=3.0, out=first)
    assert second[0] is first[0]
    assert second[1]["x"] is first[1]["x"]
    assert first[0].tolist() == [[15.0, 15.0]] * 2
    x = np.array([2.0, 3.0])
    kernel(x=x, y=x, out=(x, {"x": np.empty(2), "y": np.empty(2)}))  # in place
    assert x.tolist() == [4.0, 9.0]
    wide = np.zeros((2, 4))
    kernel(x=np.ones((2, 2)), y=np.ones(2), out=(wide[:, ::2], {"x": wide[:, 1::2], "y": np.empty((2, 2))}))
    assert wide.tolist() == [[1.0] * 4] * 2


def test_masked_arrays_have_no_number_where_they_are_masked() -> None:
    value, gradient = kernel_of("x^2")(x=np.ma.MaskedArray([1, 99], mask=[False, True]))
    np.testing.assert_array_equal(value, [1.0, nan])
    np.testing.assert_array_equal(gradient["x"], [2.0, nan])


def test_one_array_for_two_results() -> None:
    one = np.empty(2)
    with pytest.raises(AutodiffError, match="out does not fit the result"):
        kernel_of("x^2")(x=[1.0, 2.0], out=(one, {"x": one}))


def test_variables_with_awkward_names() -> None:
    value, gradient = kernel_of("self*out + lambda")(**{"self": 2.0, "out": [3.0, 4.0], "lambda": 1.0})
    assert (value.tolist(), gradient["self"].tolist()) == ([7.0, 9.0], [3.0, 4.0])


@pytest.mark.parametrize(
    "text", ["tanh(a*b + c)", "exp(-a^2/2)*sin(b) + c^1.5", "where(a > 0, log(a), b)*c", "a/(b*b)^0.5 + c"]
)
def test_float32_has_its_six_digits(text: str) -> None:
    columns = dict(zip("abc", np.random.default_rng(5).uniform(0.5, 2, (3, 5000)).astype(np.float32), strict=True))
    single, double = kernel_of(text, dtype="float32"), kernel_of(text)
    (value, gradient), (true, slopes) = single(**columns), double(**columns)
    for ours, wanted in zip([value, *gradient.values()], [true, *slopes.values()], strict=True):
        assert ours.dtype == np.float32
        assert np.max(np.abs(ours - wanted) / (np.abs(wanted) + 1e-1)) < 1e-6


@pytest.mark.parametrize(
    ("columns", "message", "hint"),
    [
        ({"x": 1.0}, "no value for y", ""),
        ({"x": 1.0, "y": 2.0, "z": 3.0}, "the expression has no variable 'z'", ""),
        ({"x": [1.0, 2.0], "y": [1.0] * 3}, "the shapes of the columns do not match", "x has (2,), y has (3,)"),
        ({"x": [1j], "y": 1.0}, "the column x holds complex numbers", "make it float64 first"),
        ({"x": ["a"], "y": 1.0}, "the column x holds text", "make it float64 first"),
        ({"x": [None], "y": 1.0}, "the column x holds what are no plain numbers", "make it float64 first"),
        ({"x": 1.0, "y": 1.0, "out": 3}, "out does not fit the result", ""),
        ({"x": 1.0, "y": [1.0, 2.0], "out": (np.empty(3), {})}, "out does not fit the result", ""),
    ],
)
def test_columns_that_a_kernel_cannot_use_are_named(columns: dict[str, Any], message: str, hint: str) -> None:
    with pytest.raises(AutodiffError) as caught:
        kernel_of("x*y")(**columns)
    assert caught.value.message == message
    assert hint in caught.value.hint


def test_names_and_types_that_vectorize_cannot_use_are_named() -> None:
    with pytest.raises(AutodiffError, match="there is no 'z' to differentiate by"):
        kernel_of("x*y", wrt=["z"])
    with pytest.raises(AutodiffError, match="cannot compute in int8"):
        kernel_of("x", dtype="int8")


def test_libraries_that_are_missing_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "scipy", None)
    with pytest.raises(AutodiffError, match="erf needs SciPy, which is not installed") as caught:
        kernel_of("erf(x)")
    assert caught.value.hint == INSTALL
    monkeypatch.setitem(sys.modules, "numpy", None)
    for name in [name for name in sys.modules if name.startswith("autodiff_cli.columns.vectorize")]:
        monkeypatch.delitem(sys.modules, name)
    with pytest.raises(AutodiffError, match="this needs NumPy, which is not installed") as caught:
        formula_of("x").vectorize()
    assert caught.value.hint == INSTALL
