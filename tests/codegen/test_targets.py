"""Every function in every target, names that languages keep for themselves, and numbers to the last digit."""

import re
import shutil
import subprocess
import sys
from importlib import import_module
from importlib.util import find_spec
from math import inf
from pathlib import Path

import pytest

from autodiff_cli.codegen.fortran import LANGUAGE as FORTRAN
from autodiff_cli.codegen.fortran import number as fortran_number
from autodiff_cli.codegen.helpers import Helpers
from autodiff_cli.codegen.jax import number as jax_number
from autodiff_cli.codegen.julia import number as julia_number
from autodiff_cli.codegen.matlab import number as matlab_number
from autodiff_cli.codegen.targets import FORMULAS, FUNCTIONS, TARGETS, named, write
from autodiff_cli.codegen.torch import number as torch_number
from autodiff_cli.errors import AutodiffError
from autodiff_cli.language.parser import parse
from autodiff_cli.rules.table import BOOLEAN
from autodiff_cli.rules.table import FUNCTIONS as TABLE

from .running import text_of

HARD = (0.1, -2.5, 1e300, 5e-324, 1 / 3, 2.0**53, 1e22, -1e-7, 123456789.123)


@pytest.mark.parametrize("target", TARGETS)
def test_every_function_is_written_or_refused_in_words(target: str) -> None:
    refused = {}
    for function in TABLE:
        if function.name in BOOLEAN:
            continue
        text, names = text_of(function, 2 if function.variadic else len(function.args))
        try:
            written, _ = write(parse(text, names), target, [(name,) for name in names if name != "n"])
        except AutodiffError as error:
            refused[text] = error
        else:
            assert written.endswith("\n")
    for text, error in refused.items():
        assert re.fullmatch(rf"\w+ cannot be had in {target}|\w+ has no derivative by its argument \w+", str(error)), (
            text
        )
        assert error.advice or "has no derivative" in str(error), text
    assert len(refused) < len(TABLE) / 3
    assert not re.findall(r"\b(?:mod|sinc|sech|atan2|round|max)\b", " ".join(refused))
    if target in (*FORMULAS, "json"):
        assert not [text for text, error in refused.items() if "cannot be had" in str(error)]


@pytest.mark.parametrize("target", ["fortran", "julia", "matlab", "jax", "torch"])
@pytest.mark.parametrize("name", ["erf", "erfc", "gamma", "lgamma", "cbrt", "expm1", "log1p", "hypot"])
def test_what_a_language_or_its_library_has_is_written(target: str, name: str) -> None:
    text, names = text_of(next(one for one in TABLE if one.name == name), 0)
    assert write(parse(text, names), target, [(one,) for one in names])[0]


def test_a_function_that_a_language_lacks_is_named_with_those_that_have_it() -> None:
    with pytest.raises(AutodiffError, match="gamma cannot be had in rust") as found:
        write(parse("gamma(x)"), "rust", [("x",)])
    languages = str(found.value.advice)
    assert "python" in languages
    assert "fortran" in languages
    assert "javascript" not in languages


@pytest.mark.parametrize("target", FUNCTIONS)
def test_a_language_has_what_it_is_said_to_have(target: str) -> None:
    language = import_module(f"autodiff_cli.codegen.{target}").LANGUAGE
    for function in TABLE:
        if function.name in BOOLEAN or function.variadic:
            continue
        text, names = text_of(function, len(function.args))
        try:
            write(parse(text, names), target, [])
        except AutodiffError:
            assert not language.can_say(function), text
        else:
            assert language.can_say(function), text


def test_names_of_targets_are_taken_as_people_say_them() -> None:
    assert [named(one) for one in ("octave", "JS", "pytorch", "c++")] == ["matlab", "javascript", "torch", "cpp"]
    with pytest.raises(AutodiffError, match="there is no target 'cobol'"):
        named("cobol")


# --- numbers -------------------------------------------------------------------------------------------------------


def test_numbers_are_the_same_doubles() -> None:
    for data in HARD:
        assert float(fortran_number(data).strip("()").replace("d", "e")) == data
        assert float(julia_number(data)) == data
        assert float(matlab_number(data)) == data
        assert float(jax_number(data)) == data
        assert float(torch_number(data)) == data


def test_numbers_have_the_type_of_doubles() -> None:
    assert [fortran_number(x) for x in (1.0, 0.5, 1e300)] == ["1.0d0", "0.5d0", "1d+300"]
    assert [julia_number(x) for x in (1.0, 1e300, inf)] == ["1.0", "1.0e300", "Inf"]
    assert "3.0d0" in write(parse("x/3"), "fortran", [("x",)])[0]  # 1/3 is 0 there
    assert "1/3" not in write(parse("x^(1/3)"), "fortran", [("x",)])[0].split("\n", 1)[1]


def test_what_is_not_finite_is_written_and_not_computed() -> None:
    text, _ = write(parse("x*log(-1) + x/0 + (-8)^x"), "fortran", [("x",)])
    assert "log(" not in text.split("\n", 1)[1]
    assert text.count("ieee_quiet_nan") == 2


# --- names ---------------------------------------------------------------------------------------------------------


def test_names_that_differ_by_capitals_alone_differ_otherwise_in_fortran() -> None:
    text, _ = write(parse("x*X + T1*t1 + VALUE"), "fortran", [("x",), ("X",)])
    head = next(line for line in text.split("\n") if line.startswith("subroutine"))
    names = re.findall(r"\w+", head)[2:]
    assert len({name.lower() for name in names}) == len(names)
    assert "! x_ is the variable X" in text
    assert "value" in FORTRAN.taken


@pytest.mark.parametrize("target", FUNCTIONS)
def test_a_long_name_is_cut_and_a_function_and_a_variable_may_share_theirs(target: str) -> None:
    long = "speed" * 30
    text, _ = write(parse(f"f*{long}*{long}s*sin(one)*slope*merge", [f"{long}s", long]), target, [("f",)], "f")
    assert f" is the variable {long[:50]}" in " ".join(text.replace("!", "").split())
    code = re.sub(r"(#|//|/\*| \*|%|!|\"\"\").*|\"\"\".*?\"\"\"", "", text)
    assert max(map(len, re.findall(r"\w+", code))) <= 63 or target in ("python", "numpy", "jax", "torch", "javascript")


@pytest.mark.parametrize("target", ["fortran", "julia", "matlab", "jax", "torch"])
def test_no_function_can_have_a_word_of_the_language_for_a_name(target: str) -> None:
    word = {"fortran": "MERGE", "julia": "end", "matlab": "function", "jax": "jnp", "torch": "torch"}[target]
    with pytest.raises(AutodiffError, match=f"no function can be called '{word}' in {target}"):
        write(parse("x^2"), target, [("x",)], word)


def test_lines_of_fortran_are_no_longer_than_the_standard_allows() -> None:
    text, _ = write(parse(" + ".join([f"max(abc_{i}, sin(x*{i}), x, y)" for i in range(60)])), "fortran", [("x",)])
    assert max(map(len, text.split("\n"))) <= 132


@pytest.mark.parametrize("file", ["helpers.c", "helpers.js", "helpers.rs", "helpers.f90", "helpers.m"])
def test_every_helper_is_the_helper_of_something(file: str) -> None:
    helpers = Helpers(file)
    assert helpers.texts
    for name, text in helpers.texts.items():
        assert text.count("\n\n") == 0
        assert [*helpers.of(name.removeprefix("fn_"))][-1] == name


# --- runs ----------------------------------------------------------------------------------------------------------


_SHAPES = """
{setup}
import {library} as library
from code import f
value, gradient = f(library.{array}([[1.0], [2.0]]), library.{array}([0.5, -1.0, 3.0]))
assert value.shape == (2, 3), value.shape
assert {{name: tuple(slope.shape) for name, slope in gradient.items()}} == {{"x": (2, 3), "y": (2, 3)}}
assert value.tolist() == [[None] * 3] * 2 or value[1, 2] == 2.0 + 3 * 0.1, value
assert bool((gradient["x"] == 1).all()) and float(gradient["y"][0, 0]) == 0.1
value, gradient = f(library.{array}([1.0]), library.{array}([float("nan")]))
assert bool((gradient["x"] != gradient["x"]).all() or (gradient["x"] == 1).all())
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("target", "library", "array", "setup"),
    [
        ("jax", "jax.numpy", "asarray", 'import jax\njax.config.update("jax_enable_x64", True)'),
        ("torch", "torch", "tensor", "import torch\ntorch.set_default_dtype(torch.float64)"),
        ("numpy", "numpy", "asarray", ""),
    ],
)
def test_results_of_arrays_are_as_large_as_the_variables_together(
    target: str, library: str, array: str, setup: str, tmp_path: Path
) -> None:
    if not find_spec(library.split(".")[0]):
        pytest.skip(f"{library} is not installed")
    (tmp_path / "code.py").write_text(write(parse("x + y*0.1"), target, [("x",), ("y",)])[0])
    (tmp_path / "run.py").write_text(_SHAPES.format(library=library, array=array, setup=setup))
    done = subprocess.run([sys.executable, "run.py"], cwd=tmp_path, capture_output=True, text=True)
    assert done.stderr == ""


def test_constants_of_tensors_are_doubles(tmp_path: Path) -> None:
    if not find_spec("torch"):
        pytest.skip("PyTorch is not installed")
    (tmp_path / "formula.py").write_text(write(parse("where(x > 0, 0.1, 0.3)"), "torch", [("x",)])[0])
    code = "from formula import f; print(repr(float(f(1)[0])), repr(float(f(0.1)[1]['x'])))"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert done.stdout == "0.1 0.0\n", done.stderr


@pytest.mark.skipif(not shutil.which("octave-cli"), reason="there is no Octave")
def test_what_is_complex_in_matlab_is_no_value(tmp_path: Path) -> None:
    (tmp_path / "f.m").write_text(write(parse("sqrt(x) + (x + 3)^y"), "matlab", [("x",), ("y",)])[0])
    code = "[v, g] = f([4, -1, -5], [2; 0.5]); disp(size(v)); disp(isnan(v)); disp(isreal(v)); disp(size(g{2}))"
    done = subprocess.run(
        ["octave-cli", "--norc", "--quiet", "--eval", code], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.stdout.split() == [*"23", *"011011", "1", *"23"]
