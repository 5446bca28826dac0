"""Generated code as it reads: plain forms, what is shared, names that a language has taken, one order everywhere."""

import math
import re
from collections.abc import Callable
from dataclasses import replace
from json import loads
from pathlib import Path
from typing import Any

import pytest

from autodiff_cli import parse as formula_of
from autodiff_cli.codegen.c import c
from autodiff_cli.codegen.compiled import compile_
from autodiff_cli.codegen.json import json
from autodiff_cli.codegen.lower import lower
from autodiff_cli.codegen.numpy import numpy
from autodiff_cli.codegen.program import Program
from autodiff_cli.codegen.python import LANGUAGE, python
from autodiff_cli.codegen.sympy import sympy
from autodiff_cli.codegen.writer import Written
from autodiff_cli.errors import AutodiffError
from autodiff_cli.language.parser import parse

from .running import CC, CLibrary, assert_same, body, run_json, run_numpy, run_python, run_sympy


def slope(text: str) -> str:
    found = re.search(r'"x": (.*),\n', body(text))
    assert found
    return found[1]


def test_python_as_a_person_would_write_it() -> None:
    assert body("x^2*sin(x)") == (
        "    x = float(x)\n"
        "    t1 = x**2\n"
        "    t2 = math.sin(x)\n"
        "    value = t1 * t2\n"
        "    gradient = {\n"
        '        "x": 2 * t2 * x + t1 * math.cos(x),\n'
        "    }\n"
        "    return value, gradient\n"
    )


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("x^2", "2 * x"),
        ("x^3", "3 * x**2"),
        ("x^0.5", "0.5 / t1"),
        ("sqrt(x)", "0.5 / t1"),
        ("x^-1.5", "-1.5 * t1 / x"),
        ("x^-2", "-2 * t1 / x"),
        ("x^2.5", "2.5 * math.pow(x, 1.5)"),
        ("1/x", "-t1 / x"),
        ("x^1", "1.0"),
        ("x^0", "0.0"),
        ("-cos(x)", "math.sin(x)"),
        ("x - 2*-x", "3.0"),
        ("x/2*4", "2.0"),
        ("5!*x", "120.0"),
        ("x/-1", "-1.0"),
        ("where(1 < 2, x^2, log(x))", "2 * x"),
        ("where(x > 0, log(x), x^2)", "1 / x if x > 0 else 2 * x"),
        ("relu(x)", "float(x > 0)"),
        ("abs(x)", "1.0 if x > 0 else -1.0 if x < 0 else x"),
        ("sin(pi*x)", "math.pi * math.cos(t1)"),
        ("exp(x)*2", "t1"),
        ("e^x + inf*0", "t1"),
    ],
)
def test_a_slope_in_its_plain_form(text: str, wanted: str) -> None:
    assert slope(text) == wanted


@pytest.mark.parametrize(("text", "x", "wanted"), [("-mod(x, 3)", 1.7, -1.7), ("exp(-mod(x, 3))", 1.7, math.exp(-1.7))])
def test_a_minus_before_a_remainder_is_not_that_of_its_first_operand(text: str, x: float, wanted: float) -> None:
    scope: dict[str, Any] = {}
    exec(formula_of(text).to("python"), scope)
    assert scope["f"](x)[0] == pytest.approx(wanted, rel=1e-15)
    assert formula_of(text).compile()(x)[0] == pytest.approx(wanted, rel=1e-15)


def test_what_is_shared_is_computed_once() -> None:
    text = "sin(x)*exp(sin(x)) + sin(x)^2 + cos(x)"
    for write, calls in ((python, ("math.sin(", "math.cos(", "math.exp(")), (c, (" sin(", " cos(", " exp("))):
        code = write(lower(parse(text))).split('"""\n' if write is python else "{\n")[-1]
        assert [code.count(call) for call in calls] == [1, 1, 1]
    ops = [step["op"] for step in loads(json(lower(parse(text))))["steps"]]
    assert [ops.count(op) for op in ("sin", "cos", "exp")] == [1, 1, 1]


def test_c_has_a_comment_a_gradient_to_fill_and_a_return() -> None:
    code = c(lower(parse("a = 2; tanh(a*b + c)")))
    assert code.startswith(
        "/*\n * a = 2; tanh(a * b + c)\n *\n * Returns the value; gradient receives d/da, d/db, d/dc.\n"
    )
    assert " * a is usually 2.0\n" in code
    assert "double f(double a, double b, double c, double gradient[3])\n{\n" in code
    assert code.endswith("    return tanh(t1);\n}\n")


def test_json_has_inputs_steps_value_and_gradient() -> None:
    found = loads(json(lower(parse("a = 2; a*x + inf"))))
    assert found == {
        "expression": "a = 2; a * x + inf",
        "inputs": {"x": None, "a": 2.0},
        "steps": [{"name": "t1", "op": "mul", "args": ["a", "x"]}, {"name": "t2", "op": "add", "args": ["t1", "inf"]}],
        "value": "t2",
        "gradient": {"x": "a", "a": "x"},
    }


def test_numbers_in_code_read_back_to_the_bit() -> None:
    for data in (0.1, 1e22, 5e-324, 1.7976931348623157e308, 2.0**53, 1 / 3, 1e-34):
        text = f"x*{data!r}"
        for run in (run_python, run_numpy, run_json):
            assert run(lower(parse(text)), {"x": 1.0})[1] == {"x": data}
        assert repr(data) in c(lower(parse(text)))


NAMES = ["if", "λ", "x₁", "t1", "value", "gradient", "double", "gamma", "math", "_a", "float", "np", "class", "α_2"]
NAMES += ["M_PI", "true", "Max", "Rational", "FP_NAN", "f"]


def test_names_that_a_language_has_taken(tmp_path: Path) -> None:
    text = " + ".join(f"sin({name})*{k}" for k, name in enumerate(NAMES, 1))
    program = lower(parse(text, NAMES))
    assert set(program.inputs) == set(NAMES)
    point = {name: k / 7 for k, name in enumerate(program.inputs, 1)}
    expression = parse(text, NAMES)
    gradient = expression.gradient(**point)
    want = expression.root.data, gradient
    for run in (run_python, run_numpy, run_json, run_sympy):
        assert_same(run(program, point), want, run)
    value, slopes = compile_(parse(text, NAMES))(**point)
    assert_same((value, dict(zip(program.inputs, slopes, strict=True))), want, "compiled")
    if CC:
        assert_same(CLibrary([program], tmp_path).run(0, point), want, "c")
    code = python(program)
    assert "# lambda_ is the variable λ\n" in code
    assert "# if_ is the variable if\n" in code
    assert "x1" in code


def test_names_that_sympy_has_taken() -> None:
    program = lower(parse("max(Max, x) + abs(Abs)*sqrt(pi*oo) + Ne", ["Max", "x", "Abs", "oo", "Ne"]))
    value, gradient = run_sympy(program, {"Max": 3.0, "x": 2.0, "Abs": -2.0, "oo": 4.0, "Ne": 1.0})
    assert value == pytest.approx(4 + 4 * math.sqrt(math.pi), rel=1e-15)
    assert gradient["Abs"] == pytest.approx(-2 * math.sqrt(math.pi), rel=1e-15)
    assert (gradient["Max"], gradient["x"]) == (1, 0)


def test_json_tells_numbers_from_variables() -> None:
    found = loads(json(lower(parse("nan + inf*x + y^x", ["nan", "inf", "x", "y"]))))
    assert found["gradient"]["inf"] == "x"
    assert found["gradient"]["x"] != "nan"
    numbers = {arg for step in found["steps"] for arg in step["args"] if str(arg).lstrip("+-") in ("nan", "inf")}
    assert numbers == {"nan", "inf", "+nan"}


def test_300_variables_are_300_slopes() -> None:
    names = [f"x{i}" for i in range(1, 301)]
    text, point = " + ".join(f"{name}^2" for name in names), dict.fromkeys(names, 2.0)
    for run in (run_python, run_numpy, run_json):
        assert run(lower(parse(text)), point) == (1200, dict.fromkeys(names, 4))


@pytest.mark.parametrize("write", [python, numpy])
def test_defaults_are_kept_where_all_later_parameters_have_one(write: Callable[[Program], str]) -> None:
    """Kept where all later parameters have one, as Python wants it; else a comment says what is usual."""
    scope: dict[str, Any] = {}
    exec(write(lower(parse("y = x^2; a = 2; b = -3; a*b*y"))), scope)
    assert scope["f"](1.0) == (-6, {"x": -12, "a": -3, "b": 2})
    assert scope["f"](1.0, b=5) == (10, {"x": 20, "a": 5, "b": 2})
    code = write(lower(parse("a = 2; y = a*x; b = -3; y*b")))
    assert "def f(a, x, b=-3):\n" in code
    assert "    # a is usually 2\n" in code
    assert "b is usually" not in code


def test_variables_have_one_order_everywhere(tmp_path: Path) -> None:
    """Arguments, slopes and what a C function takes and fills are in the order of the variables."""
    formula = formula_of("a = 2; x^2*a")
    assert list(formula.variables) == ["a", "x"]
    assert formula.compile()(5.0, 3.0) == (45, (9, 30))
    assert list(formula.gradient(x=3.0, a=5.0).values()) == [9, 30]
    program = lower(formula.expression)
    assert "double f(double a, double x, double gradient[2])" in c(program)
    assert "def f(a, x):" in python(program)
    assert [list(loads(json(program))[key]) for key in ("inputs", "gradient")] == [["a", "x"]] * 2
    if CC:
        value, gradient = CLibrary([program], tmp_path).run(0, {"a": 5.0, "x": 3.0})
        assert (value, list(gradient.items())) == (45, [("a", 9), ("x", 30)])


def test_an_expression_cannot_leave_its_comment() -> None:
    program = lower(parse("x*2"))
    program.text = '*/ int evil; /* """ evil \\'
    code = c(program)
    assert code.count("*/") == 1
    scope: dict[str, Any] = {}
    exec(python(program), scope)
    exec(numpy(program), scope)
    exec(sympy(program), scope)


def test_what_a_language_cannot_have() -> None:
    poor = replace(LANGUAGE, forms={name: form for name, form in LANGUAGE.forms.items() if name != "hypot"})
    with pytest.raises(AutodiffError, match="hypot cannot be had"):
        Written(lower(parse("hypot(x, y)")), poor)
