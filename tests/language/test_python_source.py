"""Python functions as the language has them: nothing is run, and what is not read is named by its line."""

import math
import sys
from collections.abc import Callable

import pytest

from autodiff_cli.errors import AutodiffError
from autodiff_cli.language.parser import parse
from autodiff_cli.language.python_source import read_function

READ = {
    "a formula": "def f(x):\n    return x**2 * math.sin(3 * x) / (1 + abs(x))",
    "assignments": "def f(x):\n    y: float = 2 * x\n    y += 1\n    a, b = y, y * y\n    return a - b / 7",
    "a branch": "def f(x):\n    if x > 1:\n        return x * x\n    return 2 - x",
    "a branch that goes on": (
        "def f(x):\n    y = x\n    if x > 1:\n        y = x**3\n    elif x < -1:\n        y = -x\n    return y + 1"
    ),
    "a loop": "def f(x):\n    s = 0.0\n    for k in range(1, 4):\n        s += x**k / k\n    return s",
    "a loop over a list": "def f(x):\n    s = 1\n    for a in [1, 2.5]:\n        s = s * (x + a)\n    return s",
    "loops in loops": (
        "def f(x):\n    s = 0\n    for i in range(2):\n        for j in range(i + 1):\n            s += (i + j) * x\n"
        "    return s"
    ),
    "a branch in a loop": (
        "def f(x):\n    s = x\n    for k in range(4):\n        if k % 2 == 0:\n            s = s + k\n"
        "        else:\n            s = s * 2\n    return s"
    ),
    "calls": "def g(a, b=2):\n    return a**b\n\ndef f(x):\n    return g(x) + g(x, 3)",
    "an expression with if": "def f(x):\n    return x if x > 0 and not x > 2 else math.exp(x)",
    "constants": "def f(x):\n    c = 2 ** 0.5\n    return c * x + math.pi - math.e",
    "lists": "def f(x):\n    v = [x, x**2, 3]\n    return v[0] + v[-1] * sum(v) - max(v)",
    "a default": "def f(x, n=3):\n    return x**n",
    "integer arithmetic": "def f(x):\n    return x * (7 // 2) + 7 % 4",
    "a number as a condition": "def f(x):\n    if x - 1.5:\n        return x\n    return 7",
    "a chain of comparisons": "def f(x):\n    return 1.0 if 0 < x < 1 else x",
}


@pytest.mark.parametrize("name", READ)
def test_a_function_has_the_values_that_python_gives_it(name: str) -> None:
    known: dict[str, Callable[[float], float]] = {}
    exec(READ[name], {"math": math}, known) if "def g" not in READ[name] else exec(READ[name], known)
    read = read_function(READ[name], "f", "f.py")
    expression = parse(read.program(f"{read.results[0].text} + 0*x"), read.parameters)
    for x in (-2.5, -0.5, 0.25, 1.5, 3.0):
        assert expression.evaluate(x=x) == pytest.approx(known["f"](x), rel=1e-12)


def test_a_result_that_a_branch_chooses_has_the_line_of_each_branch() -> None:
    read = read_function(
        "def f(x):\n    if x > 0:\n        y = x * x\n    else:\n        y = -x\n    return y", "f", "f.py"
    )
    choice = read.results[0].choice
    assert choice
    assert (choice[1].line, choice[2].line) == (3, 5)


def test_parameters_may_have_the_names_of_another_function() -> None:
    read = read_function("def df(a):\n    return 2 * a", "df", "f.py", ["x"])
    assert read.results[0].text == "(2 * x)"


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("def f(x):\n    while x > 1:\n        x = x / 2\n    return x", "f.py, line 2: 'while x > 1:' is not read"),
        ("def f(x):\n    return os.remove('a')", "f.py, line 2: 'os.remove('a')' is not read"),
        ("def f(x):\n    return f(x)", "f.py, line 1: f, which calls itself is not read"),
        ("def f(x):\n    return y", "f.py, line 2: the name y, which this function does not assign, is not read"),
        ("def f(x):\n    y = x", "f.py, line 1: f, which may return nothing is not read"),
        ("def f(x):\n    if x > 0:\n        return x", "f.py, line 2: a branch that returns nothing is not read"),
        (
            "def f(x, n):\n    for i in range(n):\n        x = x * x\n    return x",
            "f.py, line 2: a range that is not known",
        ),
        (
            "def f(x):\n    for i in range(10**9):\n        x = x\n    return x",
            "f.py, line 2: a range that is not known",
        ),
        ("def f(x):\n    return [t for t in (x, x)]", "f.py, line 2: '[t for t in (x, x)]' is not read"),
        ("def f(x):\n    return 'a'", "f.py, line 2: ''a'' is not read"),
        ("def f(x):\n    return x and 1", "f.py, line 2: 'x and 1' is not read"),
        ("def f(x):\n    return x +", "f.py, line 2: this is no Python"),
        ("def g(x):\n    return x", "f.py has no function f"),
        ("def f(x):\n    return __import__('os')", "f.py, line 2: ''os'' is not read"),
    ],
)
def test_what_is_not_read_is_named_by_its_line(source: str, message: str) -> None:
    with pytest.raises(AutodiffError) as caught:
        read_function(source, "f", "f.py")
    assert caught.value.message.startswith(message)


def test_what_is_nested_deeper_than_python_goes_is_refused() -> None:
    usual = sys.getrecursionlimit()
    sys.setrecursionlimit(1000)  # other tests may have raised it
    try:
        with pytest.raises(AutodiffError, match=r"f of f\.py is nested too deeply"):
            read_function("def f(x):\n    return " + "+".join(["x"] * 5000), "f", "f.py")
    finally:
        sys.setrecursionlimit(usual)


def test_branches_that_grow_beyond_all_measure_are_refused() -> None:
    body = "".join([f"    if x > {k}:\n        s = s + x\n" for k in range(30)])
    with pytest.raises(AutodiffError, match="more than 5,000 statements"):
        read_function(f"def f(x):\n    s = 0\n{body}    return s", "f", "f.py")


# --- constants of the module ------------------------------------------------------------------------------------------


def value_of(source: str, **point: float) -> float:
    read = read_function(source, "f", "f.py")
    return parse(read.program(read.results[0].text), read.parameters).evaluate(**point)


def test_a_constant_of_the_module_is_its_number_whatever_its_name() -> None:
    source = "G = 9.81\ne: float = 2 * G\nPAIR = (1, 3)\ndef f(x):\n    a, b = PAIR\n    return G * x + e + a * b"
    assert value_of(source, x=1.0) == pytest.approx(9.81 * 3 + 3)


@pytest.mark.parametrize(
    "module",
    [
        "e = 1\ne = 2",
        "e = 1\ne += 1",
        "if True:\n    e = 1",
        "for e in range(3): pass",
        "e = 1\ndef g():\n    global e\n    e = 2",
        "e = e + 1",
    ],
)
def test_a_name_that_the_module_does_not_assign_once_is_refused_and_not_taken_for_eulers_number(module: str) -> None:
    with pytest.raises(AutodiffError, match="the name e, which the module does not assign once"):
        value_of(f"{module}\ndef f(x):\n    return e * x", x=1.0)


def test_a_parameter_hides_a_constant_of_the_module() -> None:
    assert value_of("x = 5\ndef f(x):\n    return 2 * x", x=1.0) == 2


TWO = "def g(a, b=3):\n    return a - b\n"


def test_an_argument_by_name_is_the_one_of_that_name() -> None:
    assert value_of(f"{TWO}def f(x):\n    return g(x, b=2) + 10 * g(b=x, a=5)", x=7.0) == 5 - 20


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (f"{TWO}def f(x):\n    return g(x, c=2)", "a call of g with 2 arguments is not read"),
        (f"{TWO}def f(x):\n    return g(x, a=2)", "a call of g with 2 arguments is not read"),
        ("b = 5\ndef f(x, *, b=2):\n    return b * x", "a call of f with 1 arguments is not read"),
        ("def f(x):\n    return sum([x, 1], start=5)", "start=5.*is not read"),
    ],
)
def test_an_argument_that_would_be_lost_is_refused(source: str, message: str) -> None:
    with pytest.raises(AutodiffError, match=message):
        value_of(source, x=1.0)


@pytest.mark.parametrize("sign", ["<", "<=", ">", ">=", "==", "!="])
def test_numbers_are_compared_as_python_does(sign: str) -> None:
    for k in (1, 2, 3):
        chosen = float({"<": k < 2, "<=": k <= 2, ">": k > 2, ">=": k >= 2, "==": k == 2, "!=": k != 2}[sign])
        assert value_of(f"def f(x):\n    return x if {k} {sign} 2 else 0 * x", x=1.0) == chosen


@pytest.mark.parametrize(
    ("line", "call", "value"),
    [
        ("from numpy import log10 as log", "log(x)", 2.0),
        ("from scipy.special import gamma as G", "G(x / 20)", 24.0),
        ("from math import tau as pi", "pi * x", 200 * math.pi),
        ("from .own import log", "log(x)", None),
        ("from own import pi", "pi * x", None),
    ],
)
def test_a_name_from_another_module_is_what_it_is_called_there(line: str, call: str, value: float | None) -> None:
    source = f"{line}\ndef f(x):\n    return {call}"
    if value is None:
        with pytest.raises(AutodiffError, match="is not read"):
            value_of(source, x=100.0)
    else:
        assert value_of(source, x=100.0) == pytest.approx(value, rel=1e-15)


def test_a_parameter_may_be_called_as_a_step_would_be() -> None:
    source = "def f(step1, step2):\n    y = step2 * 2\n    z = y * step1\n    return y + z"
    assert value_of(source, step1=1.0, step2=5.0) == 20


def test_a_whole_number_beyond_floats_is_refused() -> None:
    with pytest.raises(AutodiffError, match="is not read"):
        value_of(f"def f(x):\n    return x * {10**400}", x=1.0)
