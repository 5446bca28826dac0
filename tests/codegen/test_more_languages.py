"""Code of languages beside Python and C, compiled or run where that can be had: it says what `eval` says."""

import json
import math
import shutil
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pytest

from autodiff_cli.codegen.fortran import number as fortran_number
from autodiff_cli.codegen.lower import lower
from autodiff_cli.codegen.targets import write
from autodiff_cli.engine.expression import Expression
from autodiff_cli.errors import AutodiffError
from autodiff_cli.language.parser import parse
from autodiff_cli.reports.point import report_at
from autodiff_cli.rules.table import BOOLEAN, FUNCTIONS

from ..conftest import CORPORA, corpus
from .julia_reader import Julia
from .running import text_of

POINTS = (0.3, -0.7, 1.9, 2.5)
_HAS_ALL = [
    "x^2*sin(x) + y",
    "tanh(x*y + 1)/(1 + exp(-x))",
    "where(x > 0 and y > 0, log(x)*x, x^3 - y)",
    "max(x, y, 1) - min(x, 2*y)",
    "abs(x)^1.5 + sqrt(y^2 + 1)",
    "mod(x, 2) + fmod(y, 2) + floor(x) + round(y)",
    "piecewise(x < 0, -x, x < 1, x^2, 2*x - 1)",
    "x^y + 2^x + e^(pi*x)",
    "-(-x) - (-y)^2 - -2",
    "where(x > 0, where(y > 0, sqrt(x), x), log(1 - x))",
    "class*new + let - fn",
    "sech(x) + sech(y) + softplus(x*y) + sigmoid(x)",
    "log(x)",
    "sign(x)*x + copysign(y, x)",
    "λ^2 + x₁*θ",
    "if_ = 2; if_*x",
    "(x > 1) + (y < 1)*x",
    "3",
]


def _of_functions() -> list[str]:
    """A call of each function that has a formula in the table, or is of floats everywhere."""
    found = []
    for function in FUNCTIONS:
        text, names = text_of(function, 2 if function.variadic else len(function.args))
        if function.name not in BOOLEAN and function.name not in ("spherical_jn", "polygamma") and len(names) <= 2:
            found.append(text.replace(names[0], "x") if len(names) == 1 and function.symbol == "" else text)
    return found


_CPP = """
#include <cstdio>
static void show(double value, const double *slopes, int count)
{
    std::printf("[%.17g", value);
    for (int index = 0; index < count; index++) std::printf(", %.17g", slopes[index]);
    std::printf("]\\n");
}
int main()
{
    double slopes[9];
    (void)slopes;
"""


def _in_cpp(folder: Path, calls: list[tuple[str, list[float], int]], code: list[str]) -> list[str]:
    lines = []
    for name, values, count in calls:
        arguments = ", ".join([*map(repr, values), *["slopes"] * bool(count)])
        lines.append(f"    show({name}({arguments}), slopes, {count});")
    files = []
    for number, text in enumerate(code):  # each by itself, since each has its own helpers
        files.append(f"call{number}.cpp")
        (folder / files[-1]).write_text(text)
    heads = [line.replace("\n{", ";") for text in code for line in text.split("\n") if line.startswith("double ")]
    prototypes = "\n".join([f"{line};" for line in heads])
    (folder / "main.cpp").write_text("\n".join([prototypes + _CPP, *lines, "    return 0;\n}"]))
    command = ["g++", "-std=c++11", "-O0", "-ffp-contract=off", "main.cpp", *files, "-o", "main"]
    subprocess.run(command, cwd=folder, check=True)
    return subprocess.run([str(folder / "main")], check=True, capture_output=True, text=True).stdout.splitlines()


def _in_javascript(folder: Path, calls: list[tuple[str, list[float], int]], code: list[str]) -> list[str]:
    for number, text in enumerate(code):
        (folder / f"call{number}.js").write_text(text)
    lines = ["const show = (x) => (Number.isNaN(x) ? 'nan' : x === Infinity ? 'inf' : x === -Infinity ? '-inf' : x);"]
    for name, values, _ in calls:
        call = f"require('./{name}.js').{name}({', '.join(map(repr, values))})"
        lines.append(f"{{ const [v, g] = {call}; console.log('[' + [v, ...Object.values(g)].map(show) + ']'); }}")
    (folder / "main.js").write_text("\n".join(lines))
    return subprocess.run(
        ["node", "main.js"], cwd=folder, check=True, capture_output=True, text=True
    ).stdout.splitlines()


def _in_rust(folder: Path, calls: list[tuple[str, list[float], int]], code: list[str]) -> list[str]:
    modules = [f"mod m{number} {{\n{text}\n}}" for number, text in enumerate(code)]
    lines = []
    for name, values, _ in calls:
        arguments = ", ".join([f"{value!r}_f64" for value in values])
        lines.append(f"    show(m{name.removeprefix('call')}::{name}({arguments}));")
    show = (
        "fn show<const N: usize>(found: (f64, [f64; N])) {\n"
        '    let all: Vec<String> = std::iter::once(found.0).chain(found.1).map(|x| format!("{:?}", x)).collect();\n'
        '    println!("[{}]", all.join(", "));\n}'
    )
    (folder / "main.rs").write_text("\n".join([*modules, show, "fn main() {", *lines, "}"]))
    subprocess.run(["rustc", "-A", "warnings", "main.rs"], cwd=folder, check=True)
    return subprocess.run([str(folder / "main")], check=True, capture_output=True, text=True).stdout.splitlines()


def _in_fortran(folder: Path, calls: list[tuple[str, list[float], int]], code: list[str]) -> list[str]:
    lines = []
    for name, values, count in calls:
        arguments = ", ".join([*map(fortran_number, values), "value", *["slopes"] * bool(count)])
        lines.append(f"call {name}({arguments})")
        lines.append(f"""write(*, '("[", *(es26.17e3, :, ","))') value{f", slopes(1:{count})" if count else ""}""")
    main = ["program main", "implicit none", "double precision :: value, slopes(9)", *lines, "end program main", ""]
    (folder / "main.f90").write_text("\n".join([*code, *main]))
    command = ["gfortran", "-std=f2008", "-pedantic", "-O1", "-ffp-contract=off", "main.f90", "-o", "main"]
    subprocess.run(command, cwd=folder, check=True)
    return subprocess.run([str(folder / "main")], check=True, capture_output=True, text=True).stdout.splitlines()


def _in_matlab(folder: Path, calls: list[tuple[str, list[float], int]], code: list[str]) -> list[str]:
    """Each call with an array, whose last number is shown."""
    for number, text in enumerate(code):
        (folder / f"call{number}.m").write_text(text)
    lines = []
    for name, values, _ in calls:
        arguments = ", ".join([f"[1.25, {value!r}]" for value in values])
        lines += [f"[v, g] = {name}({arguments});", "printf('[%.17g', v(end));"]
        lines.append("for k = 1:numel(g), printf(', %.17g', g{k}(end)); end, printf(']\\n');")
    (folder / "main.m").write_text("\n".join([*lines, ""]))
    command = ["octave-cli", "--norc", "--quiet", "main.m"]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout.splitlines()


def _in_julia(folder: Path, calls: list[tuple[str, list[float], int]], code: list[str]) -> list[str]:
    """By Julia where it is and has SpecialFunctions, else by a reader of our own, whose functions are the table's."""
    if not _has_julia():
        files = [*map(Julia, code)]
        return [str(_flat(files[int(name[4:])].call(name, *values))) for name, values, _ in calls]
    lines = []
    for name, values, _ in calls:
        lines.append(f"v, g = {name}({', '.join(map(repr, values))})")
        lines.append('println("[", join([v; g], ", "), "]")')
    (folder / "main.jl").write_text("\n".join([*code, *lines, ""]))
    command = ["julia", "main.jl"]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout.splitlines()


@cache
def _has_julia() -> bool:
    command = ["julia", "-e", "using SpecialFunctions"]
    return bool(shutil.which("julia")) and not subprocess.run(command, capture_output=True).returncode


def _flat(result: tuple[float, list[float]]) -> list[float]:
    value, slopes = result
    return [value, *slopes]


_WITH_ARRAYS = """
import json, sys
{setup}
import main
for name, values in json.load(open("calls.json")):
    function = {wrap}
    value, gradient = function(*values)
    names = getattr(main, name)(*values)[1]  # in order: jit sorts them
    numbers = [float(one) for one in [value, *(gradient[one] for one in names)]]
    print(json.dumps(numbers).replace("Infinity", "inf"))
"""


def _in_python(setup: str, wrap: str) -> Callable[..., list[str]]:
    def run(folder: Path, calls: list[tuple[str, list[float], int]], code: list[str]) -> list[str]:
        for number, text in enumerate(code):
            (folder / f"call{number}.py").write_text(text)
        imports = [f"from call{number} import call{number}" for number in range(len(code))]
        (folder / "main.py").write_text("\n".join([*imports, ""]))
        (folder / "calls.json").write_text(json.dumps([(name, values) for name, values, _ in calls]))
        (folder / "run.py").write_text(_WITH_ARRAYS.format(setup=setup, wrap=wrap))
        command = [sys.executable, "run.py"]
        return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout.splitlines()

    return run


LANGUAGES: dict[str, tuple[str, Callable[..., list[str]]]] = {
    "cpp": ("g++", _in_cpp),
    "fortran": ("gfortran", _in_fortran),
    "javascript": ("node", _in_javascript),
    "jax": ("jax", _in_python('import jax\njax.config.update("jax_enable_x64", True)', "jax.jit(getattr(main, name))")),
    "julia": ("lark", _in_julia),
    "matlab": ("octave-cli", _in_matlab),
    "rust": ("rustc", _in_rust),
    "torch": ("torch", _in_python("", "getattr(main, name)")),
}


def _numbers(line: str) -> list[float]:
    return [float(text) for text in line.strip("[]").lower().split(",")]


def _points(expression: Expression) -> list[dict[str, float]]:
    order = lower(expression, []).inputs
    return [
        {one: POINTS[(start + place) % len(POINTS)] for place, one in enumerate(order)} for start in range(len(POINTS))
    ]


def _assert_evals(target: str, folder: Path, cases: list[tuple[Expression, list[dict[str, float]]]]) -> list[str]:
    """Run the code of expressions at their points beside `eval`; what has no way to be said is returned."""
    program, run = LANGUAGES[target]
    if not shutil.which(program) and not find_spec(program):
        pytest.skip(f"{program} is not installed")
    code, calls, expected, refused = [], [], [], []
    for expression, points in cases:
        names = [*expression.variables]
        name = f"call{len(code)}"
        try:
            code.append(write(expression, target, [(name,) for name in names], name)[0])
        except AutodiffError:
            refused.append(str(expression))
            continue
        for point in points:
            try:
                report = report_at(expression, point)
            except AutodiffError:
                continue
            calls.append((name, [point[one] for one in lower(expression, []).inputs], len(names)))
            slopes = {row.name: row.gradient for row in report.rows}
            expected.append((str(expression), point, [report.value, *[slopes[one] for one in names]]))
    lines = run(folder, calls, code)
    assert len(lines) == len(expected)
    for line, (text, point, numbers) in zip(lines, expected, strict=True):
        for got, want in zip(_numbers(line), numbers, strict=True):
            close = got == pytest.approx(want, rel=1e-11, abs=1e-12) or (math.isnan(got) and not math.isfinite(want))
            assert close, (text, point, line, json.dumps(numbers))
    return refused


_TARGETS = [pytest.param(one, marks=pytest.mark.slow) if one in ("cpp", "fortran", "jax") else one for one in LANGUAGES]


@pytest.mark.parametrize("target", _TARGETS)
def test_code_says_what_eval_says(target: str, tmp_path: Path) -> None:
    expressions = [*map(parse, [*_HAS_ALL, *_of_functions()])]
    refused = _assert_evals(target, tmp_path, [(one, _points(one)) for one in expressions])
    assert not {*refused} & {str(parse(text)) for text in _HAS_ALL}


@pytest.mark.slow
@pytest.mark.skipif(not CORPORA.exists(), reason="the corpora are not beside this checkout")
@pytest.mark.parametrize("target", LANGUAGES)
def test_code_of_published_formulas_says_what_eval_says(target: str, tmp_path: Path) -> None:
    cases = []
    for record in [*corpus("feynman")[:60], *corpus("fpbench")[:30], *corpus("mgh")[:10]]:
        point = {name: float(value) for name, value in record["point"].items()}
        expression = parse(record["expr"], point)
        keeps_digits = max(float(record.get(f"f64_{key}_relerr") or 0) for key in ("value", "grad")) < 1e-13
        if keeps_digits and _is_moderate(expression, point) and len(point) <= 9:
            cases.append((expression, [point]))
    assert len(cases) > 40
    assert not _assert_evals(target, tmp_path, cases)


def _is_moderate(expression: Expression, point: dict[str, float]) -> bool:
    """Whether no step is so large or small that rounding counts for much."""
    expression.gradient(**point)
    return all(1e-9 < abs(node.data) < 1e9 for node in expression.nodes if node.args)
