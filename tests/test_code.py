"""Generated code: every function in every language against mpmath, and that the code reads and runs as it should."""

import ctypes
import math
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from inspect import signature
from itertools import product
from json import dumps, loads
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from mpmath import mp

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
from autodiff_cli.engine.value import plain
from autodiff_cli.errors import AutodiffError
from autodiff_cli.language.parser import parse
from autodiff_cli.reports.point import require_value
from autodiff_cli.rules.table import FUNCTIONS, Function

from .conftest import CORPORA, corpus
from .test_gradients import NUMBERS, TEXTS
from .test_rules import error, partial_indices, true_slope, true_value

Result = tuple[float, dict[str, float]]
CC = shutil.which("cc")
FLAGS = ["-std=c99", "-Wall", "-Wextra", "-Werror", "-O2", "-ffp-contract=off"]
needs_cc = pytest.mark.skipif(CC is None, reason="there is no C compiler here")
needs_corpora = pytest.mark.skipif(not CORPORA.exists(), reason="the corpora are not beside this checkout")


def text_of(function: Function, count: int) -> tuple[str, list[str]]:
    """A call of a function as the language writes it, and its variables."""
    names = list("abc"[:count]) if function.variadic else list(function.args)
    sign = function.symbol
    if sign and count == 1:
        return f"{sign} {names[0]}", names
    return f" {sign} ".join(names) if sign else f"{function.name}({', '.join(names)})", names


# --- running each language -------------------------------------------------------------------------------------------


def run_python(program: Program, point: dict[str, float]) -> Result:
    scope: dict[str, Any] = {}
    exec(python(program), scope)
    result: Result = scope["f"](*[point[name] for name in program.inputs])
    return result


def run_compiled(text: str, point: dict[str, float]) -> Result:
    compiled: Any = compile_(parse(text, point))
    value, gradient = compiled(**point)
    return value, dict(zip(compiled.__code__.co_varnames[1:], gradient, strict=False))  # parameters come first


def run_numpy(program: Program, point: dict[str, float]) -> Result:
    np = pytest.importorskip("numpy")
    scope: dict[str, Any] = {}
    exec(numpy(program), scope)
    values, gradient = scope["f"](*[np.array([point[name]] * 2) for name in program.inputs])
    shape = (2,) if point else ()
    assert values.shape == shape
    assert all(slopes.shape == shape for slopes in gradient.values())
    return float(values.flat[-1]), {name: float(slopes.flat[-1]) for name, slopes in gradient.items()}


def run_sympy(program: Program, point: dict[str, float]) -> Result:
    library = pytest.importorskip("sympy")
    scope: dict[str, Any] = {}
    exec(sympy(program), scope)
    at = {library.Symbol(name, real=True): library.Rational(point[name]) for name in program.inputs}

    def number(formula: Any) -> float:
        # Whole numbers stay whole: a power of them must not become one by a float
        return float(library.sympify(formula).subs(at).evalf(40))

    return number(scope["value"]), {name: number(slope) for name, slope in scope["gradient"].items()}


def run_json(program: Program, point: dict[str, float]) -> Result:
    """A reader of the format: each step by the kernel of that name."""
    found = loads(json(program))
    known: dict[Any, float] = {name: point[name] for name in found["inputs"]}

    def number(arg: Any) -> float:
        return known[arg] if arg in known else float(arg)

    for step in found["steps"]:
        known[step["name"]] = plain(step["op"])(*map(number, step["args"])).data
    return number(found["value"]), {name: number(slope) for name, slope in found["gradient"].items()}


class CLibrary:
    """Many programs compiled at once: what they have in common once."""

    def __init__(self, programs: Sequence[Program], folder: Path) -> None:
        self.programs = list(programs)
        parts: dict[str, None] = {"#include <math.h>": None}
        for index, program in enumerate(programs):
            code = re.sub(r"/\*.*?\*/\n#include <math.h>\n*", "", c(program, f"f{index}"), count=1, flags=re.DOTALL)
            parts |= dict.fromkeys(code.strip().split("\n\n"))
        source, library = folder / "all.c", folder / "all.so"
        source.write_text("\n\n".join(parts) + "\n")
        command = [str(CC), *FLAGS, "-shared", "-fPIC", "-o", str(library), str(source), "-lm"]
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr[:3000]
        self._library = ctypes.CDLL(str(library))

    def run(self, index: int, point: dict[str, float]) -> Result:
        program = self.programs[index]
        by = [key[0] if len(key) == 1 else key for key in program.outputs if key]
        gradient = (ctypes.c_double * max(1, len(by)))()
        function = self._library[f"f{index}"]
        function.restype = ctypes.c_double
        values = [ctypes.c_double(point[name]) for name in program.inputs]
        value = function(*values, *([gradient] if by else []))
        return value, dict(zip(by, gradient, strict=False))


# --- every function --------------------------------------------------------------------------------------------------

CASES = [(f, at) for f in FUNCTIONS for at in f.at]
IDS = [f"{f.name}({', '.join(f'{x:g}' for x in at)})" for f, at in CASES]
# Where another library's function is less exact than ours
LOOSE = {"gamma": 2e-15, "lgamma": 3e-15, "digamma": 4e-15, "polygamma": 8e-15, "gelu": 4e-15, "sinc": 4e-15}


def assert_right(function: Function, at: Sequence[float], result: Result, names: list[str], tolerance: float) -> None:
    value, gradient = result
    tolerance = max(tolerance, LOOSE.get(function.name, 0))
    assert error(value, true_value(function, at)) <= tolerance
    for index in partial_indices(function, at):
        assert error(gradient[names[index]], true_slope(function, at, index)) <= tolerance, names[index]


@pytest.mark.parametrize(("function", "at"), CASES, ids=IDS)
@pytest.mark.parametrize("run", [run_python, run_numpy, run_json, run_sympy, run_compiled])
def test_every_function(function: Function, at: tuple[float, ...], run: Callable[..., Result]) -> None:
    text, names = text_of(function, len(at))
    point = dict(zip(names, map(float, at), strict=True))
    result = run(text, point) if run is run_compiled else run(lower(parse(text, point)), point)
    assert_right(function, at, result, names, 2e-15)


@needs_cc
def test_every_function_in_c(tmp_path: Path) -> None:
    texts = [text_of(function, len(at)) for function, at in CASES]
    library = CLibrary([lower(parse(text, names)) for text, names in texts], tmp_path)
    for index, (function, at) in enumerate(CASES):
        names = texts[index][1]
        result = library.run(index, dict(zip(names, map(float, at), strict=True)))
        assert_right(function, at, result, names, 2e-15)


ALONE = """
import json, sys

sys.modules["autodiff_cli"] = None
sys.path += sys.argv[1:]
for code, point in json.load(sys.stdin):
    scope = {}
    exec(code, scope)
    value, gradient = scope["f"](*point)
    print(json.dumps([float(value), {name: float(slope) for name, slope in gradient.items()}]))
"""


@pytest.mark.parametrize("library", ["", "numpy"])
def test_every_function_runs_alone(library: str, tmp_path: Path) -> None:
    """In a Python of its own, where nothing but the standard library, and NumPy for its target, can be imported."""
    folders = [str(Path(pytest.importorskip(library).__file__).parents[1])] if library else []
    write, run = (numpy, run_numpy) if library else (python, run_python)
    texts = [text_of(function, len(at)) for function, at in CASES]
    programs = [lower(parse(text, names)) for text, names in texts]
    points = [dict(zip(names, map(float, at), strict=True)) for (_, names), (_, at) in zip(texts, CASES, strict=True)]
    given = [
        (write(program), [point[n] for n in program.inputs]) for program, point in zip(programs, points, strict=True)
    ]
    command = [sys.executable, "-I", "-S", "-c", ALONE, *folders]
    done = subprocess.run(command, input=dumps(given), capture_output=True, text=True, cwd=tmp_path)
    assert done.stderr == ""
    assert len(CASES) == len(done.stdout.splitlines())
    for line, program, point in zip(done.stdout.splitlines(), programs, points, strict=True):
        assert repr(loads(line)) == repr([*run(program, point)]), program.text  # nan is nan


EDGES = {
    1: [0.0, -0.0, 1.0, -1.0, 2.5, -2.5, math.inf, -math.inf, 1e308, -1e308, 5e-324, 750.0, -750.0, 90.0, math.nan],
    2: [0.0, -0.0, 1.0, -1.0, 2.0, -2.5, math.inf, -math.inf, 1e308, 1e-300, math.nan],
    3: [0.0, 1.0, -2.5, math.inf, 1e200, math.nan],
}


def _agrees(got: float, want: float) -> bool:
    if not (math.isfinite(got) and math.isfinite(want)):
        return got == want or (got != got and want != want)
    return abs(got - want) <= 4e-15 * abs(want) + 5e-324


@pytest.mark.parametrize("language", ["compiled", "json", "numpy", "c"])
def test_every_function_at_the_edges(language: str, tmp_path: Path) -> None:
    """Where eval has infinities or what is no number, or a point is where Python raises, all have the same."""
    # These have infinite orders, fewer digits there, or powers of -inf by way of sqrt
    other = {"digamma", "lgamma", "polygamma", "rsqrt", "spherical_jn"} if language in ("numpy", "c") else set()
    functions = [function for function in FUNCTIONS if function.name not in other]
    texts = [text_of(function, 2 if function.variadic else len(function.args)) for function in functions]
    programs = [lower(parse(text, names)) for text, names in texts]
    if language == "c" and not CC:
        pytest.skip("there is no C compiler here")
    library = CLibrary(programs, tmp_path) if language == "c" else None
    wrong = []
    for index, (text, names) in enumerate(texts):
        compiled, program = compile_(parse(text, names)), programs[index]
        for at in product(EDGES[len(names)], repeat=len(names)):
            if language in ("numpy", "c") and "-0.0" in map(str, at):
                continue  # 1/sqrt(-0.0) is -inf, and our power is not
            point = dict(zip(names, at, strict=True))
            want, slopes = of_eval(text, point)
            if want != want:
                slopes = {}  # comparisons of what is no number are folded as if it were one; the value tells
            if language == "compiled":
                value, gradient = compiled(**point)
                got = dict(zip(program.inputs, gradient, strict=True))
                slopes = slopes or dict.fromkeys(names, math.nan)
            elif library:
                value, got = library.run(index, point)
            else:
                value, got = (run_json if language == "json" else run_numpy)(program, point)
            if not _agrees(value, want) or not all(_agrees(got[name], slope) for name, slope in slopes.items()):
                wrong.append((text, at, value, got, want, slopes))
    assert wrong == []


# --- branches not taken ----------------------------------------------------------------------------------------------

BRANCHES = [
    "where(x > 0, log(x), x^2)",
    "where(x > 0, log(x), 0) + where(x > 0, sqrt(x), 1)",
    "where(x > 2, log(x), where(x > 1, 2*log(x), 0))",
    "l = log(x); where(x > 2, l*y, where(x > 1, 2*l, 0)) + y",
    "piecewise(x < -1, 1/(x + 1), x < 1, x*y, x < 3, sqrt(x - 1), log(x - 2))",
    "where(x > 0 and log(x) > 1, log(x)*y, y^2)",
    "where(not (x > 0) or log(x) < 0, y, sqrt(log(x)))",
    "relu(x)*y + max(x, y, 0.5) + sqrt(relu(x - 1))",
    "where(x > 0, where(log(x) > 0, log(log(x)), log(x)*y), where(y > 0, log(y)*x, x))",
    "max(sqrt(x), y, 0.5) + min(x, 1/y)",
    "clamp(x, 0, y)*y + abs(x - y)",
    "where(x, 1/x, y)",
    "where(x > 0, where(x > 0, log(x), 1)*y, where(not (x > 0), x, log(x)))",
    "where(x > 0 and x > 0, log(x), where(x > 0 or (x > 0 and y > 0), 1/y, y))",
    "where(x > 0 or log(x) > 1, log(x), 0) + where(log(x) > 1, log(x), 0)",
]
RAISE = {"max(sqrt(x), y, 0.5) + min(x, 1/y)", "where(x > 0 or log(x) > 1, log(x), 0) + where(log(x) > 1, log(x), 0)"}
PLACES = [-2.0, -1.0, 0.0, 0.5, 1.0, 1.5, 2.5, 4.0, 20.0]
POINTS = [{"x": x, "y": y} for x in PLACES for y in (-1.0, 0.0, 0.75, 3.0)]


def points_of(text: str) -> list[dict[str, float]]:
    names = parse(text).variables
    return list({tuple(point[n] for n in names): {n: point[n] for n in names} for point in POINTS}.values())


def of_eval(text: str, point: dict[str, float]) -> Result:
    expression = parse(text)
    gradient = expression.gradient(**point)
    return expression.root.data, gradient


def assert_same(got: Result, want: Result, what: object) -> None:
    assert got[0] == pytest.approx(want[0], rel=1e-12, nan_ok=True), what
    assert got[1] == pytest.approx(want[1], rel=1e-12, nan_ok=True), what


def assert_same_code(got: Result, want: Result, what: object) -> None:
    """As assert_same; where there is no value, that alone tells."""
    assert_same(got if want[0] == want[0] else (got[0], want[1]), want, what)


@pytest.mark.parametrize("text", BRANCHES)
def test_a_branch_not_taken_does_no_harm(text: str) -> None:
    program = lower(parse(text))
    for point in points_of(text):
        want = of_eval(text, point)
        for run in (run_json, run_numpy):
            assert_same_code(run(program, point), want, (run, point))
        assert_same(run_compiled(text, point), want, point)
        try:
            got = run_python(program, point)
        except (ArithmeticError, ValueError):
            # Python raises where IEEE 754 goes on with an infinity: in what is not behind a condition
            finite = math.isfinite(want[0]) and all(map(math.isfinite, want[1].values()))
            assert not finite or text in RAISE, point
        else:
            assert_same_code(got, want, point)


@needs_cc
def test_a_branch_not_taken_does_no_harm_in_c(tmp_path: Path) -> None:
    library = CLibrary([lower(parse(text)) for text in BRANCHES], tmp_path)
    for index, text in enumerate(BRANCHES):
        for point in points_of(text):
            assert_same_code(library.run(index, point), of_eval(text, point), (text, point))


def _random_branches(random: Random, depth: int) -> str:
    if depth == 0:
        return random.choice(["x", "y", "1", "2", "0.5", "x", "y"])

    def part(less: int = 1) -> str:
        return _random_branches(random, max(0, depth - random.randint(less, 2)))

    return random.choice(
        [
            lambda: f"where({part()} {random.choice(['<', '>', '<=', '=='])} {part()}, {part()}, {part()})",
            lambda: (
                f"where({part()} > {part()} {random.choice(['and', 'or'])} {part()} < {part()}, {part()}, {part()})"
            ),
            lambda: f"relu({part()})",
            lambda: f"max({part()}, {part()})",
            lambda: f"min({part()}, {part()}, {part()})",
            lambda: f"({part()} * {part()})",
            lambda: f"({part()} - {part()})",
            lambda: f"({part()} / {part()})",
            lambda: f"log({part()})",
            lambda: f"sqrt({part()})",
        ]
    )()


@needs_cc
def test_random_branches(tmp_path: Path) -> None:
    """Values and slopes, infinite and undefined ones too, are those of the sweep at the point."""
    random = Random(1)
    texts = [f"{_random_branches(random, 5)} + x*y" for _ in range(70)]
    texts = [text for text in texts if set(parse(text).variables) == {"x", "y"}]
    programs = [lower(parse(text)) for text in texts]
    library = CLibrary(programs, tmp_path)
    wrong = []
    for index, text in enumerate(texts):
        for point in random.sample(POINTS, 6):
            want = of_eval(text, point)
            if math.isnan(want[0]):
                continue  # comparisons of what is no number are folded as if it were one
            for run in (library.run(index, point), run_json(programs[index], point), run_compiled(text, point)):
                try:
                    assert_same(run, want, point)
                except AssertionError:
                    wrong.append((text, point, run, want))
    assert wrong == []


# --- how it reads ----------------------------------------------------------------------------------------------------


def body(text: str, names: Sequence[str] = ()) -> str:
    """The function's own lines of the Python code, without the docstring."""
    code = python(lower(parse(text, names)))
    return code[code.rindex('"""\n') + 4 :]


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


@pytest.mark.parametrize("kind", [int, np.int32, np.uint8, np.float32, np.float64, bool])
def test_compiled_functions_compute_in_floats_whatever_they_are_given(kind: Callable[[int], Any]) -> None:
    value, slopes = formula_of("a^9*b - c").compile()(kind(1), kind(0), kind(1))
    assert (value, slopes) == (-1.0, (0.0, 1.0, -1.0))
    assert {type(one) for one in (value, *slopes)} == {float}
    big = 200 if kind is np.uint8 else 1 if kind is bool else 70000
    assert formula_of("x^5").compile()(kind(big)) == (float(big) ** 5, (5.0 * float(big) ** 4,))


def test_compiled_functions_refuse_text() -> None:
    with pytest.raises(TypeError, match="a number is needed, not str"):
        formula_of("x^2").compile()("3")


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


def test_c_as_it_reads() -> None:
    code = c(lower(parse("a = 2; tanh(a*b + c)")))
    assert code.startswith(
        "/*\n * a = 2; tanh(a * b + c)\n *\n * Returns the value; gradient receives d/da, d/db, d/dc.\n"
    )
    assert " * a is usually 2.0\n" in code
    assert "double f(double a, double b, double c, double gradient[3])\n{\n" in code
    assert code.endswith("    return tanh(t1);\n}\n")


def test_json_as_it_reads() -> None:
    found = loads(json(lower(parse("a = 2; a*x + inf"))))
    assert found == {
        "expression": "a = 2; a * x + inf",
        "inputs": {"x": None, "a": 2.0},
        "steps": [{"name": "t1", "op": "mul", "args": ["a", "x"]}, {"name": "t2", "op": "add", "args": ["t1", "inf"]}],
        "value": "t2",
        "gradient": {"x": "a", "a": "x"},
    }


def test_numbers_read_back() -> None:
    for data in (0.1, 1e22, 5e-324, 1.7976931348623157e308, 2.0**53, 1 / 3, 1e-34):
        text = f"x*{data!r}"
        for run in (run_python, run_numpy, run_json):
            assert run(lower(parse(text)), {"x": 1.0})[1] == {"x": data}
        assert repr(data) in c(lower(parse(text)))


# --- names -----------------------------------------------------------------------------------------------------------

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


def test_many_variables() -> None:
    names = [f"x{i}" for i in range(1, 301)]
    text, point = " + ".join(f"{name}^2" for name in names), dict.fromkeys(names, 2.0)
    for run in (run_python, run_numpy, run_json):
        assert run(lower(parse(text)), point) == (1200, dict.fromkeys(names, 4))


@pytest.mark.parametrize("write", [python, numpy])
def test_defaults(write: Callable[[Program], str]) -> None:
    """Kept where all later parameters have one, as Python wants it; else a comment says what is usual."""
    scope: dict[str, Any] = {}
    exec(write(lower(parse("y = x^2; a = 2; b = -3; a*b*y"))), scope)
    assert scope["f"](1.0) == (-6, {"x": -12, "a": -3, "b": 2})
    assert scope["f"](1.0, b=5) == (10, {"x": 20, "a": 5, "b": 2})
    code = write(lower(parse("a = 2; y = a*x; b = -3; y*b")))
    assert "def f(a, x, b=-3):\n" in code
    assert "    # a is usually 2\n" in code
    assert "b is usually" not in code


def test_one_order_everywhere(tmp_path: Path) -> None:
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


def test_defaults_of_compiled() -> None:
    compiled = compile_(parse("a = 2; b = -3; a*b*x"))
    assert compiled(x=1.0) == (-6, (-3, 2, -6))
    assert compiled(b=5.0, x=1.0) == (10, (5, 2, 10))
    assert compiled(2.0, -3.0, 1.0) == compiled(x=1.0)
    with pytest.raises(TypeError, match="missing 1 required argument: 'x'"):
        compiled(2.0)
    with pytest.raises(TypeError, match="missing 2 required arguments: 'x' and 'y'"):
        compile_(parse("a = 2; a*x + y*(a > 3)"))()


def test_compiled_says_what_it_is() -> None:
    compiled = compile_(parse("a = 2; x₁^2*if*a", ["x₁", "if"]))
    assert compiled.__doc__ == (
        "The value of a = 2; x₁^2 * if * a and its derivatives.\n\n"
        "Takes a, x₁, if, and returns the value and (d/da, d/dx₁, d/dif); nan where there is no value."
    )
    assert str(signature(compiled)) == "(a=2.0, x1=required, if_=required)"
    assert compiled(**{"x₁": 3.0, "if": 1.0}) == (18, (9, 12, 18))
    assert str(signature(compile_(parse("x*λ")))) == "(x, λ)"


def test_compiled_gives_no_slopes_where_there_is_no_value() -> None:
    assert str(compile_(parse("x + y"))(math.nan, 1.0)) == "(nan, (nan, nan))"
    assert str(compile_(parse("x*y + z"))(1e200, 1e200, -math.inf)) == "(nan, (nan, nan, nan))"


# --- where what was differentiated has no value ----------------------------------------------------------------------

DOMAINS = [
    "diff(ln(x), x)",
    "y*diff(log10(x), x)",
    "diff(ln(ln(x)), x)*y",
    "diff(atan(1/x), x)",
    "diff(x/x, x) + y",
    "diff(atanh(x)*acoth(y), y)",
    "diff(where(x > 0, ln(x)*y, atan(1/y)), y)",
    "diff(where(x > 0, where(y > 1, ln(y - 2), 3*y), ln(y)), y)",
    "where(y > 0, diff(asin(y), y), 1)",
    "diff(gamma(x)/gamma(x), x)",
    "diff(log(y, x), y)",
    "diff(ln(x)*y, x, y) + ln(x)*0",
]


def _domain_holds(text: str, point: dict[str, float]) -> bool:
    """What the command says of it."""
    expression = parse(text).evaluation()
    expression.move(point)
    try:
        require_value(expression)
    except AutodiffError:
        return False
    return True


def test_what_was_differentiated_must_be_defined(tmp_path: Path) -> None:
    programs = [lower(parse(text)) for text in DOMAINS]
    library = CLibrary(programs, tmp_path) if CC else None
    without = 0
    for index, (text, program) in enumerate(zip(DOMAINS, programs, strict=True)):
        for point in points_of(text):
            want = of_eval(text, point)
            holds = _domain_holds(text, point)
            want = (parse(text).evaluate(**point), want[1])
            assert holds == (want[0] == want[0]) or math.isinf(want[0]), (text, point)
            without += not holds
            results = [run_numpy(program, point), run_json(program, point)]
            results += [library.run(index, point)] if library else []
            try:
                results.append(run_python(program, point))
            except (ArithmeticError, ValueError):
                assert not holds
            assert_same(run_compiled(text, point), want, (text, point))
            for got in results:
                if holds:
                    assert_same(got, want, (text, point))
                else:
                    assert not math.isfinite(got[0]), (text, point)
    assert without > 80


def test_domains_as_they_read() -> None:
    text = "diff(ln(x), x)"
    assert body(text).endswith('"x": -t1 / x if x > 0 else math.nan,\n    }\n    return value, gradient\n')
    assert "return x > 0.0 ? t1 : NAN;" in c(lower(parse(text)))
    assert body("diff(1/x, x)") == body("-1/x^2")
    pytest.importorskip("sympy")
    for run in (run_sympy,):
        assert run(lower(parse(text)), {"x": 2.0}) == (0.5, {"x": -0.25})
        assert math.isnan(run(lower(parse(text)), {"x": -1.0})[0])


def test_a_derivative_asked_of_the_library() -> None:
    for text, x in (("ln(x)", -1.0), ("x/x", 0.0), ("atan(1/x)", 0.0), ("asin(x)/acos(x)", 2.0)):
        formula = formula_of(text).derivative("x")
        assert str(formula.compile()(x)) == "(nan, (nan,))"
        assert math.isnan(formula.evaluate(x=x))
        assert math.isnan(formula.derivative("x").compile()(x)[0])
    assert formula_of("ln(x)").derivative("x").compile()(2.0) == (0.5, (-0.25,))


def test_no_variables(tmp_path: Path) -> None:
    program = lower(parse("2+3"))
    for run in (run_python, run_numpy, run_json, run_sympy):
        assert run(program, {}) == (5, {})
    assert compile_(parse("2+3"))() == (5, ())
    assert "double f(void)" in c(program)
    if CC:
        assert CLibrary([program], tmp_path).run(0, {}) == (5, {})


def test_some_derivatives_and_higher_ones(tmp_path: Path) -> None:
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


# --- size ------------------------------------------------------------------------------------------------------------

LONG = 20_000


def chain(step: str, count: int) -> str:
    return ";".join(
        ["a0 = x*1", *(f"a{i} = {step.replace('a', f'a{i - 1}')}" for i in range(1, count)), f"a{count - 1}"]
    )


@pytest.mark.parametrize("step", ["sin(a) + x", "relu(a*y) + 1", "where(x > 0, a*y, log(x)*a)"])
def test_long_chains(step: str) -> None:
    text, point = chain(step, LONG // 32), {"x": 0.7, "y": 1.0001}
    expression = parse(text)
    point = {name: point[name] for name in expression.variables}
    want = (expression.evaluate(**point), expression.gradient(**point))
    program = lower(expression)
    assert len(program.steps) > LONG / 16
    for run in (run_python, run_numpy, run_json):
        assert_same(run(program, point), want, run)
    assert_same(run_compiled(text, point), want, "compiled")
    assert len(sympy(program)) < 400 * LONG


@needs_cc
def test_a_long_chain_in_c(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(f"{__name__}.FLAGS", [*FLAGS, "-O0"])
    text, point = chain("sin(a)*x", LONG // 8), {"x": 1.5}
    program = lower(parse(text))
    assert len(program.steps) > LONG / 4
    assert_same(CLibrary([program], tmp_path).run(0, point), of_eval(text, point), "c")


def test_a_sum_of_many_terms() -> None:
    text, point = " + ".join(["x*y"] * 5000), {"x": 2.0, "y": 3.0}
    assert run_python(lower(parse(text)), point) == (30_000, {"x": 15_000, "y": 10_000})


def test_nested_choices_stay_small() -> None:
    """Branches inside branches without end: the code grows with their number and no faster."""
    sizes = []
    for count in (200, 400):
        text = "x"
        for k in range(count):
            text = f"where(x > {k}, log(x)*{k} + y, {text})"
        program = lower(parse(text))
        assert_same(run_python(program, {"x": 3.5, "y": 1.0}), of_eval(text, {"x": 3.5, "y": 1.0}), count)
        sizes.append([len(write(program)) for write in (python, c, numpy, json, sympy)])
    assert all(large < 2.3 * small for small, large in zip(*sizes, strict=True))


# --- compiled --------------------------------------------------------------------------------------------------------


def test_compiled_takes_and_gives() -> None:
    compiled = compile_(parse("tanh(a*b + c)"))
    value, gradient = compiled(2.0, -3.0, 10.0)
    assert value == math.tanh(4)
    assert gradient == pytest.approx((-3 / math.cosh(4) ** 2, 2 / math.cosh(4) ** 2, 1 / math.cosh(4) ** 2), rel=4e-16)
    assert compiled(c=10.0, a=2.0, b=-3.0) == compiled(2.0, b=-3.0, c=10.0) == (value, gradient)
    for arguments in ((1.0,), (1.0, 2.0, 3.0, 4.0)):
        with pytest.raises(TypeError):
            compiled(*arguments)
    with pytest.raises(TypeError):
        compiled(1.0, 2.0, d=3.0)
    with pytest.raises(AutodiffError):
        compile_(parse("x"), ["y"])


@pytest.mark.parametrize(
    ("text", "points"),
    [
        ("exp(x)", [1000.0, -1000.0, math.inf, -math.inf, math.nan]),
        ("1/x", [0.0, -0.0, math.inf]),
        ("log(x)", [0.0, -1.0, math.inf]),
        ("x^0.5", [0.0, -1.0]),
        ("x^-1.5", [0.0, -1.0, 1e300]),
        ("x^(1/3)", [0.0, -1.0]),
        ("x^400", [1e10, -1e10]),
        ("tanh(x)", [800.0, -800.0, 400.0, 20.0]),
        ("sqrt(x)", [0.0, -1.0]),
        ("gamma(x)", [0.0, -1.0, 500.0]),
        ("acosh(x)", [1.0, 0.5]),
        ("floor(x)", [math.inf, -2.5]),
        ("sech(x)*csch(x)", [800.0, 0.0]),
        ("max(x, 1)", [math.nan]),
        ("min(x, 1, 2)", [math.nan]),
        ("where(x > 0, log(x), x)", [0.0, -1.0]),
        ("erf(x)", [40.0, 1e200, -5.0, 0.0]),
    ],
)
def test_compiled_at_the_edges(text: str, points: list[float]) -> None:
    compiled, expression = compile_(parse(text)), parse(text)
    for x in points:
        value, (slope,) = compiled(x)
        assert value == pytest.approx(expression.evaluate(x=x), rel=1e-15, nan_ok=True), x
        assert slope == pytest.approx(expression.gradient(x=x)["x"], rel=2e-15, nan_ok=True) or x != x, x


@pytest.mark.parametrize(
    ("text", "x", "slope"),
    [
        ("1/(exp(x) + 1)", 400.0, -1.9151695967140057e-174),  # 1e-348 on the way
        ("1/(exp(x) + 1)", 365.0, -3.037445792508253e-159),  # 1e-317, where digits are few
        ("1/(2^x + 1)", 525.0, math.log(2) * -(0.5**525)),
        ("x + 1e174/(exp(x) + 1)", 400.0, 1 - 1.9151695967140057),
        ("1e200*sin(1e-200*(x*1e-200)*1e200)", 2.0, 1.0),  # 1e400 on the way
        ("1e-200*((x*1e-150)*1e-150)*1e200*1e200", 1.0, 1e-100),
    ],
)
def test_compiled_where_a_sweep_leaves_the_range_of_floats(text: str, x: float, slope: float) -> None:
    assert compile_(parse(text))(x)[1][0] == pytest.approx(slope, rel=1e-12)


@settings(max_examples=200, deadline=None)
@given(TEXTS, NUMBERS, NUMBERS)
def test_random_expressions(text: str, x: float, y: float) -> None:
    expression = parse(text)
    point = {name: {"x": x, "y": y}[name] for name in expression.variables}
    gradient = expression.gradient(**point)
    if not all(1e-9 < abs(node.data) < 1e9 for node in expression.nodes):
        return  # where rounding may count for much
    scale = max((abs(node.grad) * (1 + abs(node.data)) for node in expression.nodes), default=1.0)
    for value, slopes in (run_compiled(text, point), run_json(lower(parse(text, point)), point)):
        assert value == pytest.approx(expression.root.data, rel=1e-11)
        assert slopes == pytest.approx(gradient, rel=1e-11, abs=1e-11 * scale)


# --- expressions that other people wrote -----------------------------------------------------------------------------


def relative(got: float, want: str) -> float:
    return abs(got - float(want)) / (abs(float(want)) or 1) if got != float(want) else 0.0


@needs_corpora
@pytest.mark.parametrize("name", ["feynman", "srsd", "fpbench", "herbie", "mgh", "peer_points", "textbook"])
def test_every_record_is_right(name: str, tmp_path: Path) -> None:
    records = [record for record in corpus(name) if "grad" in record]
    points = [{name: float(value) for name, value in record["point"].items()} for record in records]
    programs = [lower(parse(record["expr"], point)) for record, point in zip(records, points, strict=True)]
    library = CLibrary(programs, tmp_path) if CC else None
    wrong = []
    for index, (record, program, point) in enumerate(zip(records, programs, points, strict=True)):
        results = {
            "python": run_python(program, point),
            "numpy": run_numpy(program, point),
            "compiled": run_compiled(record["expr"], point),
        } | ({"c": library.run(index, point)} if library else {})
        expression = parse(record["expr"], point)
        gradient = expression.gradient(**point)
        own = expression.root.data, gradient
        for language, (value, gradient) in results.items():
            if relative(value, record["value"]) > max(1e-13, 10 * float(record.get("f64_value_relerr") or 0)):
                wrong.append((record["id"], language, value, record["value"]))
            slack = max(1e-13, 10 * float(record.get("f64_grad_relerr") or 0))
            wrong += [
                (record["id"], language, one, gradient[one], want)
                for one, want in record["grad"].items()
                if relative(gradient[one], want) > slack
            ]
            # Equal to eval but for the order of operations: a few digits of what rounding costs both
            slack = max(4e-15, 10 * max(float(record.get(f"f64_{key}_relerr") or 0) for key in ("value", "grad")))
            wrong += [
                (record["id"], language, "eval", got, mine)
                for got, mine, want in [
                    (value, own[0], record["value"]),
                    *((gradient[one], own[1][one], want) for one, want in record["grad"].items()),
                ]
                if abs(got - mine) > slack * (abs(float(want)) or 1)
            ]
    assert wrong == []
