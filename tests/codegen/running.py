"""What the tests of generated code share: running each language, and the numbers of `eval` beside it."""

import ctypes
import re
import shutil
import subprocess
from collections.abc import Sequence
from json import loads
from pathlib import Path
from typing import Any

import pytest

from autodiff_cli.codegen.c import c
from autodiff_cli.codegen.compiled import compile_
from autodiff_cli.codegen.json import json
from autodiff_cli.codegen.lower import lower
from autodiff_cli.codegen.numpy import numpy
from autodiff_cli.codegen.program import Program
from autodiff_cli.codegen.python import python
from autodiff_cli.codegen.sympy import sympy
from autodiff_cli.engine.value import plain
from autodiff_cli.language.parser import parse
from autodiff_cli.rules.table import Function

Result = tuple[float, dict[str, float]]
CC = shutil.which("cc")
FLAGS = ["-std=c99", "-Wall", "-Wextra", "-Werror", "-O2", "-ffp-contract=off"]
needs_cc = pytest.mark.skipif(CC is None, reason="there is no C compiler here")


def text_of(function: Function, count: int) -> tuple[str, list[str]]:
    """A call of a function as the language writes it, and its variables."""
    names = list("abc"[:count]) if function.variadic else list(function.args)
    sign = function.symbol
    if sign and count == 1:
        return f"{sign} {names[0]}", names
    return f" {sign} ".join(names) if sign else f"{function.name}({', '.join(names)})", names


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


def of_eval(text: str, point: dict[str, float]) -> Result:
    expression = parse(text)
    gradient = expression.gradient(**point)
    return expression.root.data, gradient


def assert_same(got: Result, want: Result, what: object) -> None:
    assert got[0] == pytest.approx(want[0], rel=1e-12, nan_ok=True), what
    assert got[1] == pytest.approx(want[1], rel=1e-12, nan_ok=True), what


def body(text: str, names: Sequence[str] = ()) -> str:
    """The function's own lines of the Python code, without the docstring."""
    code = python(lower(parse(text, names)))
    return code[code.rindex('"""\n') + 4 :]
