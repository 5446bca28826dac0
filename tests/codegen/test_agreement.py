"""Generated code on random and on published expressions: every language has the numbers of `eval`."""

from pathlib import Path

import pytest
from hypothesis import given, settings

from autodiff_cli.codegen.lower import lower
from autodiff_cli.language.parser import parse

from ..conftest import CORPORA, corpus
from ..engine.random_texts import NUMBERS, TEXTS
from .running import CC, CLibrary, run_compiled, run_json, run_numpy, run_python

needs_corpora = pytest.mark.skipif(not CORPORA.exists(), reason="the corpora are not beside this checkout")


@settings(max_examples=200, deadline=None)
@given(TEXTS, NUMBERS, NUMBERS)
def test_random_expressions_in_a_language_are_those_of_eval(text: str, x: float, y: float) -> None:
    expression = parse(text)
    point = {name: {"x": x, "y": y}[name] for name in expression.variables}
    gradient = expression.gradient(**point)
    if not all(1e-9 < abs(node.data) < 1e9 for node in expression.nodes):
        return  # where rounding may count for much
    scale = max((abs(node.grad) * (1 + abs(node.data)) for node in expression.nodes), default=1.0)
    for value, slopes in (run_compiled(text, point), run_json(lower(parse(text, point)), point)):
        assert value == pytest.approx(expression.root.data, rel=1e-11)
        assert slopes == pytest.approx(gradient, rel=1e-11, abs=1e-11 * scale)


def relative(got: float, want: str) -> float:
    return abs(got - float(want)) / (abs(float(want)) or 1) if got != float(want) else 0.0


@pytest.mark.slow
@needs_corpora
@pytest.mark.parametrize("name", ["feynman", "srsd", "fpbench", "herbie", "mgh", "peer_points", "textbook"])
def test_every_record_in_every_language_is_right(name: str, tmp_path: Path) -> None:
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
