"""Programs as NumPy calls."""

import inspect
import re
from collections.abc import Collection

import numpy as np
import pytest

from autodiff_cli.codegen.lower import lower
from autodiff_cli.columns import blocks
from autodiff_cli.columns.native import native
from autodiff_cli.language.parser import parse


def block_of(text: str, uniform: Collection[str] = ()) -> blocks.Block:
    expression = parse(text)
    keys = [(), *[(name,) for name in expression.variables]]
    program = native(lower(expression, keys[1:]))
    places = [index for index, name in enumerate(program.inputs) if name in uniform]
    return blocks.write(program, keys, places, np.dtype("float64"))


def test_the_code_in_the_docstring_of_write_is_what_it_writes() -> None:
    example = inspect.getdoc(blocks.write) or ""
    written = "\n".join(line[4:] for line in example.split("\n") if line.startswith("    "))
    assert block_of("x*exp(x)").text == written


@pytest.mark.parametrize("text", ["a*b^t", "b^t*sin(a*b)", "where(b > t, a, b*t) + (b > t)", "a*b*t*exp(b)*exp(t)"])
def test_every_step_over_numbers_alone_has_a_name_of_its_own(text: str) -> None:
    made = re.findall(r"^    (u\d+) =", block_of(text, uniform={"b", "t"}).text, re.MULTILINE)
    assert made
    assert len({*made}) == len(made)


def test_a_result_that_no_step_makes_is_copied() -> None:
    lines = block_of("x").text.split("\n")
    assert lines[-3:] == ["    copyto(o0, v0)", "    copyto(o1, k0)", "    return 0"]


def test_equal_results_are_computed_once() -> None:
    text = block_of("x + y").text
    assert "copyto(o2, k0)" in text
    assert text.count("f_add") == 1


def test_buffers_are_used_again() -> None:
    assert block_of("sin(sin(sin(sin(x))))").floats <= 4


def test_columns_are_the_inputs_that_vary_and_are_used() -> None:
    assert block_of("0*y + x*b", uniform={"b"}).columns == [0, 1]
    assert block_of("x*b", uniform={"b"}).columns == [0]


def test_flags_of_slopes_are_kept_apart() -> None:
    flags = blocks.Flags()
    flags("underflow", 0)
    assert (flags.undefined, flags.slopes) == (False, set())
    flags.slope = True
    flags("overflow", 0)
    assert (flags.undefined, flags.slopes) == (True, {"overflow"})
    flags.clear()
    assert (flags.undefined, flags.slopes, flags.slope) == (False, set(), False)
