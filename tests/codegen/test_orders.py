"""Generated code for no variable, some of several, and derivatives of higher orders."""

import math
from json import loads
from pathlib import Path

import pytest
from mpmath import mp

from autodiff_cli.codegen.c import c
from autodiff_cli.codegen.compiled import compile_
from autodiff_cli.codegen.json import json
from autodiff_cli.codegen.lower import lower
from autodiff_cli.errors import AutodiffError
from autodiff_cli.language.parser import parse

from .running import CC, CLibrary, run_json, run_numpy, run_python, run_sympy


def test_a_constant_has_a_function_of_no_arguments_in_every_language(tmp_path: Path) -> None:
    program = lower(parse("2+3"))
    for run in (run_python, run_numpy, run_json, run_sympy):
        assert run(program, {}) == (5, {})
    assert compile_(parse("2+3"))() == (5, ())
    assert "double f(void)" in c(program)
    if CC:
        assert CLibrary([program], tmp_path).run(0, {}) == (5, {})


def test_some_derivatives_and_higher_ones_are_those_asked_for(tmp_path: Path) -> None:
    text, point = "x^2*y*sin(z)", {"x": 3.0, "y": 2.0, "z": 0.5}
    assert run_python(lower(parse(text), [("y",)]), point)[1] == {"y": 9 * math.sin(0.5)}
    assert compile_(parse(text), ["z", "x"])(3.0, 2.0, 0.5)[1] == (18 * math.cos(0.5), 12 * math.sin(0.5))
    program = lower(parse(text), [("x",), ("x", "x"), ("x", "z"), ("z", "z", "z")])
    want = {
        "x": 12 * math.sin(0.5),
        ("x", "x"): 4 * math.sin(0.5),
        ("x", "z"): 12 * math.cos(0.5),
        ("z", "z", "z"): -18 * math.cos(0.5),
    }
    for run in (run_python, run_numpy, run_sympy):
        assert run(program, point)[1] == pytest.approx(want, rel=1e-15)
    assert list(loads(json(program))["gradient"]) == ["x", "x,x", "x,z", "z,z,z"]
    if CC:
        assert list(CLibrary([program], tmp_path).run(0, point)[1].values()) == pytest.approx(list(want.values()))
    with pytest.raises(AutodiffError, match="no variable 'q'"):
        lower(parse(text), [("q",)])


def test_a_high_order_is_as_short_as_its_formula(tmp_path: Path) -> None:
    program = lower(parse("tan(x)"), [("x",) * 20])
    code = c(program)
    assert len(code.splitlines()) < 60
    assert "gradient receives d20/dx20.\n" in code
    with mp.workdps(60):
        want = {("x",) * 20: float(mp.diff(mp.tan, mp.mpf(0.5), 20))}
    for run in (run_python, run_numpy):
        assert run(program, {"x": 0.5})[1] == pytest.approx(want, rel=1e-13)
    if CC:
        assert CLibrary([program], tmp_path).run(0, {"x": 0.5})[1] == pytest.approx(want, rel=1e-13)
    assert "gradient receives d/dx, d2/dx dy.\n" in c(lower(parse("x*y"), [("x",), ("x", "y")]))


def test_a_second_derivative_keeps_its_digits() -> None:
    with mp.workdps(400):
        want = float(mp.diff(lambda x: 1 / (1 + mp.exp(-x)), -300, 2))
    program = lower(parse("1/(1 + e^(-x))"), [("x", "x")])
    assert run_python(program, {"x": -300.0})[1]["x", "x"] == pytest.approx(want, rel=1e-12)


def test_a_higher_derivative_where_the_expression_has_no_value() -> None:
    program = lower(parse("ln(x)"), [("x",), ("x", "x")])
    for run in (run_json, run_numpy):
        value, gradient = run(program, {"x": -2.0})
        assert math.isnan(value)
        assert math.isnan(gradient["x,x" if run is run_json else ("x", "x")])  # type: ignore[index]
    assert run_python(program, {"x": 2.0})[1] == {"x": 0.5, ("x", "x"): -0.25}


def test_an_order_that_grows_beyond_use() -> None:
    with pytest.raises(AutodiffError, match=r"has more than [\d,]+ terms") as caught:
        lower(parse("exp(x*sin(x))"), [("x",) * 40])
    assert "taylor" in caught.value.hint
    program = lower(parse("x^50"), [("x",) * 50])
    assert run_python(program, {"x": 2.0})[1] == pytest.approx({("x",) * 50: math.factorial(50)}, rel=1e-13)
