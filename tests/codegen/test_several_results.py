"""Several results: every way to a Jacobian gives the same one, and the one that SymPy has."""

import ctypes
import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from autodiff_cli.codegen.lower import lower
from autodiff_cli.codegen.targets import FUNCTIONS, write
from autodiff_cli.engine.expression import Expression
from autodiff_cli.engine.value import plain
from autodiff_cli.language.parser import parse
from autodiff_cli.reports.formulas import differentiate
from autodiff_cli.reports.jacobian import jacobian_at, results_of

from .running import CC, FLAGS, needs_cc, run_python

PROGRAMS = [
    ("u = x*y; v = x + y^2; u + v", {"x": 2.0, "y": 3.0}),
    ("x = r*cos(t); y = r*sin(t); x + y", {"r": 2.0, "t": 0.5}),
    ("s = sqrt(a); p = s*log(b)/a; q = where(a > b, a - b, exp(-b)); s + p + q", {"a": 1.5, "b": 0.25}),
    ("k = 3; e = k*t^2/2; w = t; e*w", {"t": 0.75, "k": 3.0}),
    ("d = diff(log(x), x); c = 4; g = d*y + c; g", {"x": 1.5, "y": 2.0, "c": 4.0}),
    ("B = curl([x*y*z, sin(x), y^2*z], x, y, z); B_x + B_y + B_z", {"x": 0.5, "y": 2.0, "z": -1.0}),
]
Point = dict[str, float]
Values = dict[str, float]
Jacobian = dict[str, dict[str, float]]
Found = tuple[Values, Jacobian]


def _several(text: str) -> tuple[Expression, dict[str, Expression]]:
    expression = parse(text)
    return expression, results_of(expression, [*expression.steps])


def _by(results: dict[str, Expression]) -> list[str]:
    return [*next(iter(results.values())).variables]


def by_eval(text: str, point: Point) -> Found:
    expression, results = _several(text)
    report = jacobian_at(expression, point, [*results])
    assert {row.verdict.value for one in report.results.values() for row in one.rows} == {"ok"}
    gradients = {name: {row.name: row.gradient for row in one.rows} for name, one in report.results.items()}
    return {name: one.value for name, one in report.results.items()}, gradients


def by_formulas(text: str, point: Point) -> Found:
    """The formulas of diff as text, read again and evaluated."""
    expression, results = _several(text)
    report = differentiate(expression, [(name,) for name in _by(results)], of=[*results])
    jacobian: Jacobian = {name: {} for name in results}
    for row in report.rows:
        formula = parse(row.alone, [*point])
        jacobian[row.of][row.by[0]] = formula.evaluate(**{name: point[name] for name in formula.variables})
    return by_eval(text, point)[0], jacobian


def by_python(text: str, point: Point) -> Found:
    expression, results = _several(text)
    found: Any = run_python(lower(expression, results=results), point)
    return found


def by_numpy(text: str, point: Point) -> Found:
    np = pytest.importorskip("numpy")
    expression, results = _several(text)
    scope: dict[str, Any] = {}
    exec(write(expression, "numpy", [(name,) for name in _by(results)], results=results)[0], scope)
    values, gradient = scope["f"](*[np.array([point[name]] * 2) for name in _by(results)])
    rows = {of: {name: float(slope[1]) for name, slope in row.items()} for of, row in gradient.items()}
    return {of: float(value[1]) for of, value in values.items()}, rows


def by_json(text: str, point: Point) -> Found:
    expression, results = _several(text)
    found = json.loads(write(expression, "json", [(name,) for name in _by(results)], results=results)[0])
    known: dict[Any, float] = {name: point[name] for name in found["inputs"]}

    def number(arg: Any) -> float:
        return known[arg] if arg in known else float(arg)

    for step in found["steps"]:
        known[step["name"]] = plain(step["op"])(*map(number, step["args"])).data
    gradient = {of: {name: number(one) for name, one in row.items()} for of, row in found["gradient"].items()}
    return {of: number(one) for of, one in found["value"].items()}, gradient


def by_sympy(text: str, point: Point) -> Found:
    """SymPy's own derivatives of the values that are written for it."""
    library = pytest.importorskip("sympy")
    expression, results = _several(text)
    scope: dict[str, Any] = {}
    exec(write(expression, "sympy", [(name,) for name in _by(results)], results=results)[0], scope)
    symbols = {name: library.Symbol(name, real=True) for name in _by(results)}
    at = {symbol: library.Rational(point[name]) for name, symbol in symbols.items()}
    values = {of: library.sympify(value) for of, value in scope["value"].items()}
    jacobian = {
        of: {name: float(library.diff(value, symbol).subs(at).evalf(30)) for name, symbol in symbols.items()}
        for of, value in values.items()
    }
    return {of: float(value.subs(at).evalf(30)) for of, value in values.items()}, jacobian


@pytest.mark.parametrize("route", [by_formulas, by_python, by_numpy, by_json, by_sympy])
@pytest.mark.parametrize(("text", "point"), PROGRAMS)
def test_every_route_has_the_jacobian_of_eval(text: str, point: Point, route: Callable[[str, Point], Found]) -> None:
    values, jacobian = by_eval(text, point)
    their_values, theirs = route(text, point)
    assert their_values == pytest.approx(values, rel=1e-13)
    assert {*theirs} == {*jacobian}
    for name, row in jacobian.items():
        assert theirs[name] == pytest.approx(row, rel=1e-13, abs=1e-300), name


@pytest.mark.parametrize(("text", "point"), [PROGRAMS[index] for index in (0, 1, 3, 4, 5)])
def test_each_cell_of_the_typeset_matrix_reads_as_the_entry_of_eval(text: str, point: Point) -> None:
    expression, results = _several(text)
    latex, _ = write(expression, "latex", [(name,) for name in _by(results)], results=results)
    found = re.search(r"\\begin\{pmatrix\} (.*) \\end\{pmatrix\}", latex)
    assert found is not None
    _, jacobian = by_eval(text, point)
    rows = [row.split(" & ") for row in found[1].split(r" \\ ")]
    for cells, entries in zip(rows, jacobian.values(), strict=True):
        for cell, entry in zip(cells, entries.values(), strict=True):
            formula = parse(cell, [*point])
            assert formula.evaluate(**{name: point[name] for name in formula.variables}) == pytest.approx(
                entry, rel=1e-13
            )


@needs_cc
@pytest.mark.parametrize(("text", "point"), PROGRAMS)
def test_compiled_c_has_the_jacobian_of_eval(text: str, point: Point, tmp_path: Path) -> None:
    expression, results = _several(text)
    wanted = [(name,) for name in _by(results)]
    source, library = tmp_path / "f.c", tmp_path / "f.so"
    source.write_text(write(expression, "c", wanted, results=results)[0])
    command = [str(CC), *FLAGS, "-shared", "-fPIC", "-o", str(library), str(source), "-lm"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    values, jacobian = by_eval(text, point)
    value = (ctypes.c_double * len(results))()
    gradient = (ctypes.c_double * (len(results) * len(wanted)))()
    inputs = [ctypes.c_double(point[name]) for name in _by(results)]
    ctypes.CDLL(str(library)).f(*inputs, value, gradient)
    assert [*value] == pytest.approx([*values.values()], rel=1e-13)
    flat = [slope for row in jacobian.values() for slope in row.values()]
    assert [*gradient] == pytest.approx(flat, rel=1e-13, abs=1e-300)


@pytest.mark.skipif(shutil.which("node") is None, reason="there is no node here")
def test_javascript_has_the_jacobian_of_eval(tmp_path: Path) -> None:
    text, point = PROGRAMS[2]
    expression, results = _several(text)
    code, _ = write(expression, "javascript", [(name,) for name in _by(results)], results=results)
    call = f"console.log(JSON.stringify(f({', '.join(str(point[name]) for name in _by(results))})))"
    (tmp_path / "f.js").write_text(code + call)
    done = subprocess.run(["node", str(tmp_path / "f.js")], capture_output=True, text=True, check=True)
    values, gradient = json.loads(done.stdout)
    ours = by_eval(text, point)
    assert values == pytest.approx(ours[0], rel=1e-13)
    assert {name: pytest.approx(row, rel=1e-13) for name, row in gradient.items()} == ours[1]


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("rustc") is None, reason="there is no Rust compiler here")
def test_rust_compiles_with_several_results(tmp_path: Path) -> None:
    text, point = PROGRAMS[2]
    expression, results = _several(text)
    code, _ = write(expression, "rust", [(name,) for name in _by(results)], results=results)
    numbers = ", ".join(f"{point[name]}_f64" for name in _by(results))
    main = f'fn main() {{ let (v, g) = f({numbers}); println!("{{:?}} {{:?}}", v, g); }}'
    (tmp_path / "f.rs").write_text(code + main)
    subprocess.run(["rustc", "-o", str(tmp_path / "f"), str(tmp_path / "f.rs")], check=True, capture_output=True)
    done = subprocess.run([str(tmp_path / "f")], capture_output=True, text=True, check=True)
    values, gradient = map(json.loads, done.stdout.strip().replace("] [", "]\n[", 1).split("\n"))
    ours = by_eval(text, point)
    assert values == pytest.approx([*ours[0].values()], rel=1e-13)
    assert gradient == [pytest.approx([*row.values()], rel=1e-13) for row in ours[1].values()]


@pytest.mark.parametrize("target", FUNCTIONS)
def test_each_language_has_one_function_of_all_results(target: str) -> None:
    expression, results = _several(PROGRAMS[0][0])
    text, _ = write(expression, target, [("x",), ("y",)], "both", results)
    assert text.count("both(") == 1


def test_a_result_outside_its_domain_is_nan_and_the_others_are_not() -> None:
    expression, results = _several("u = sqrt(x)*y; v = x + y; u + v")
    np = pytest.importorskip("numpy")
    scope: dict[str, Any] = {}
    exec(write(expression, "numpy", [("x",), ("y",)], results=results)[0], scope)
    value, gradient = scope["f"](np.array([4.0, -4.0]), 3.0)
    assert np.isnan(value["u"]).tolist() == [False, True]
    assert all(np.isnan(slope).tolist() == [False, True] for slope in gradient["u"].values())
    assert value["v"].tolist() == [7.0, -1.0]
    assert gradient["v"]["x"].tolist() == [1.0, 1.0]
