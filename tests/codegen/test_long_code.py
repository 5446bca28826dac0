"""Generated code for long chains, long sums and deep choices: it runs, and grows with the graph and no faster."""

from pathlib import Path

import pytest

from autodiff_cli.codegen.c import c
from autodiff_cli.codegen.json import json
from autodiff_cli.codegen.lower import lower
from autodiff_cli.codegen.numpy import numpy
from autodiff_cli.codegen.python import python
from autodiff_cli.codegen.sympy import sympy
from autodiff_cli.language.parser import parse

from .running import FLAGS, CLibrary, assert_same, needs_cc, of_eval, run_compiled, run_json, run_numpy, run_python

LONG = 20_000


def chain(step: str, count: int) -> str:
    return ";".join(
        ["a0 = x*1", *(f"a{i} = {step.replace('a', f'a{i - 1}')}" for i in range(1, count)), f"a{count - 1}"]
    )


@pytest.mark.slow
@pytest.mark.parametrize("step", ["sin(a) + x", "relu(a*y) + 1", "where(x > 0, a*y, log(x)*a)"])
def test_a_long_chain_runs_in_every_language(step: str) -> None:
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


@pytest.mark.slow
@needs_cc
def test_a_long_chain_runs_in_c(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(f"{CLibrary.__module__}.FLAGS", [*FLAGS, "-O0"])
    text, point = chain("sin(a)*x", LONG // 8), {"x": 1.5}
    program = lower(parse(text))
    assert len(program.steps) > LONG / 4
    assert_same(CLibrary([program], tmp_path).run(0, point), of_eval(text, point), "c")


def test_a_sum_of_many_terms() -> None:
    text, point = " + ".join(["x*y"] * 5000), {"x": 2.0, "y": 3.0}
    assert run_python(lower(parse(text)), point) == (30_000, {"x": 15_000, "y": 10_000})


@pytest.mark.slow
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
