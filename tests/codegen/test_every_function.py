"""Every function in every language: against mpmath, alone in a Python of its own, and at the edges of floats."""

import math
import subprocess
import sys
from collections.abc import Callable, Sequence
from itertools import product
from json import dumps, loads
from pathlib import Path

import pytest

from autodiff_cli.codegen.c import c
from autodiff_cli.codegen.compiled import compile_
from autodiff_cli.codegen.lower import lower
from autodiff_cli.codegen.numpy import numpy
from autodiff_cli.codegen.python import python
from autodiff_cli.codegen.sympy import sympy
from autodiff_cli.errors import AutodiffError
from autodiff_cli.language.parser import parse
from autodiff_cli.rules.kernels.floats import SPECIAL
from autodiff_cli.rules.table import FUNCTIONS, Function, find

from ..rules.truth import error, partial_indices, true_slope, true_value
from .running import (
    CC,
    CLibrary,
    Result,
    needs_cc,
    of_eval,
    run_compiled,
    run_json,
    run_numpy,
    run_python,
    run_sympy,
    text_of,
)

CASES = [(f, at) for f in FUNCTIONS for at in f.at]
IDS = [f"{f.name}({', '.join(f'{x:g}' for x in at)})" for f, at in CASES]
# What needs python-flint, of which a file of code that runs alone has none; sympy has no slopes by such parameters
ELSEWHERE = {*SPECIAL, "j0", "j1", "norminv", "y0", "y1"}
NO_SYMPY = {f.name for f in FUNCTIONS if f.name.startswith(("betainc", "gammainc", "zeta"))}
LACKS = {run_python: ELSEWHERE, run_numpy: ELSEWHERE, run_sympy: NO_SYMPY}
RUNS = [
    pytest.param(run, f, at, id=f"{run.__name__}-{name}")
    for run in (run_python, run_numpy, run_json, run_sympy, run_compiled)
    for (f, at), name in zip(CASES, IDS, strict=True)
    if f.name not in LACKS.get(run, ())
]
ALONE_CASES = [(f, at) for f, at in CASES if f.name not in ELSEWHERE]
# Where another library's function is less exact than ours
LOOSE = {"gamma": 2e-15, "lgamma": 3e-15, "digamma": 4e-15, "polygamma": 8e-15, "gelu": 4e-15, "sinc": 4e-15}
LOOSE |= {"betaincda": 1e-14, "betapdf": 1e-14}  # a sum, as the rule has it


def assert_right(function: Function, at: Sequence[float], result: Result, names: list[str], tolerance: float) -> None:
    value, gradient = result
    tolerance = max(tolerance, LOOSE.get(function.name, 0))
    assert error(value, true_value(function, at)) <= tolerance
    for index in partial_indices(function, at):
        assert error(gradient[names[index]], true_slope(function, at, index)) <= tolerance, names[index]


@pytest.mark.slow
@pytest.mark.parametrize(("run", "function", "at"), RUNS)
def test_every_function_in_a_language_is_mpmaths(
    run: Callable[..., Result], function: Function, at: tuple[float, ...]
) -> None:
    text, names = text_of(function, len(at))
    point = dict(zip(names, map(float, at), strict=True))
    result = run(text, point) if run is run_compiled else run(lower(parse(text, point)), point)
    assert_right(function, at, result, names, 2e-15)


@pytest.mark.slow
@needs_cc
def test_every_function_in_c_is_mpmaths(tmp_path: Path) -> None:
    texts = [text_of(function, len(at)) for function, at in ALONE_CASES]
    library = CLibrary([lower(parse(text, names)) for text, names in texts], tmp_path)
    for index, (function, at) in enumerate(ALONE_CASES):
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
    texts = [text_of(function, len(at)) for function, at in ALONE_CASES]
    programs = [lower(parse(text, names)) for text, names in texts]
    given_at = [at for _, at in ALONE_CASES]
    points = [dict(zip(names, map(float, at), strict=True)) for (_, names), at in zip(texts, given_at, strict=True)]
    given = [
        (write(program), [point[n] for n in program.inputs]) for program, point in zip(programs, points, strict=True)
    ]
    command = [sys.executable, "-I", "-S", "-c", ALONE, *folders]
    done = subprocess.run(command, input=dumps(given), capture_output=True, text=True, cwd=tmp_path)
    assert done.stderr == ""
    assert len(ALONE_CASES) == len(done.stdout.splitlines())
    for line, program, point in zip(done.stdout.splitlines(), programs, points, strict=True):
        assert repr(loads(line)) == repr([*run(program, point)]), program.text  # nan is nan


LACKED = [pytest.param(write, name) for write in (python, numpy, c) for name in sorted(ELSEWHERE)]
LACKED += [pytest.param(sympy, name) for name in sorted(NO_SYMPY)]


@pytest.mark.parametrize(("write", "name"), LACKED)
def test_a_function_that_a_language_lacks_is_refused_in_words(write: Callable[..., str], name: str) -> None:
    function = find(name)
    assert function is not None
    text, names = text_of(function, len(function.args))
    with pytest.raises(AutodiffError, match=r"cannot be had in this language$"):
        write(lower(parse(text, names)))


EDGES = {
    1: [0.0, -0.0, 1.0, -1.0, 2.5, -2.5, math.inf, -math.inf, 1e308, -1e308, 5e-324, 750.0, -750.0, 90.0, math.nan],
    2: [0.0, -0.0, 1.0, -1.0, 2.0, -2.5, math.inf, -math.inf, 1e308, 1e-300, math.nan],
    3: [0.0, 1.0, -2.5, math.inf, 1e200, math.nan],
}


def _agrees(got: float, want: float) -> bool:
    if not (math.isfinite(got) and math.isfinite(want)):
        return got == want or (got != got and want != want)
    return abs(got - want) <= 4e-15 * abs(want) + 5e-324


@pytest.mark.slow
@pytest.mark.parametrize("language", ["compiled", "json", "numpy", "c"])
def test_every_function_at_the_edges(language: str, tmp_path: Path) -> None:
    """Where eval has infinities or what is no number, or a point is where Python raises, all have the same."""
    # These have infinite orders, fewer digits there, or powers of -inf by way of sqrt
    other = (
        {"digamma", "lgamma", "polygamma", "rsqrt", "spherical_jn", *ELSEWHERE} if language in ("numpy", "c") else set()
    )
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
