"""Every way to a number gives the same one: each expression of the corpora through every route.

The routes share the table, and little else: a fault in one of them shows beside the others.
"""

import functools
import itertools
import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Any

import pytest

from autodiff_cli import parse as formula_of
from autodiff_cli.codegen.lower import lower
from autodiff_cli.engine.expression import Expression
from autodiff_cli.engine.graph import forward
from autodiff_cli.errors import AutodiffError
from autodiff_cli.language.parser import parse
from autodiff_cli.library import Formula
from autodiff_cli.reports.point import report_at
from autodiff_cli.reports.taylor import coefficients
from autodiff_cli.witness.judge import rounding
from autodiff_cli.witness.replay import next_random, perturb_all

from .codegen.running import CLibrary, run_numpy, run_python
from .conftest import CORPORA, corpus

np = pytest.importorskip("numpy")

NAMES = ("feynman", "fpbench", "mgh", "peer_points", "textbook")
ROUNDING = 4e-15  # relative: what a few roundings in another order may make of a number that keeps its digits
SLACK = 10  # times what perturbed rounding moves a number

Point = dict[str, float]
Numbers = tuple[float, Point]  # the value and the gradient
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not CORPORA.exists(), reason="the corpora are not beside this checkout"),
]


@dataclass
class Case:
    """An expression at a point, what `evaluate` and `gradient` make of it, and how far rounding may move that."""

    id: str
    expression: Expression
    point: Point
    value: float
    gradient: Point
    value_moves: float
    gradient_moves: Point

    @functools.cached_property
    def formula(self) -> Formula:
        return Formula(self.expression)

    @functools.cached_property
    def kernel(self) -> Any:
        return self.formula.vectorize(compiled=False)


@functools.cache
def cases(name: str) -> list[Case]:
    return list(_read(name))


def _read(name: str) -> Iterator[Case]:
    for record in corpus(name):
        point = {variable: float(value) for variable, value in record["point"].items()}
        expression = parse(record["expr"], point)
        with expression.at(point) as at:
            value, gradient = at.value, at.gradients()
            if isfinite(value) and all(map(isfinite, gradient.values())):
                moves = rounding(at, gradient)
                yield Case(record["id"], expression, point, value, gradient, _value_moves(at), moves)


def _value_moves(at: Any) -> float:
    """How far the value moves where every step is perturbed."""
    value, state, moved = at.root.data, next_random(7), 0.0
    for _ in range(4):
        state = perturb_all(at.nodes, state)
        moved = max(moved, abs(at.root.data - value))
    forward(at.nodes)
    return moved


def differing(name: str, route: Callable[[Case], Numbers | None]) -> list[str]:
    """The records for which a route gives another value or gradient."""
    found = []
    for case in cases(name):
        try:
            made = route(case)
        except AutodiffError as error:
            found.append(f"{case.id}: {error.message}")
            continue
        if made is None:
            continue
        value, gradient = made
        if abs(value - case.value) > ROUNDING * abs(case.value) + SLACK * case.value_moves:
            found.append(f"{case.id}: value {value!r}, not {case.value!r}")
        for variable, slope in gradient.items():
            wanted = case.gradient[variable]
            if not abs(slope - wanted) <= ROUNDING * abs(wanted) + SLACK * case.gradient_moves[variable]:
                found.append(f"{case.id}: gradient by {variable} {slope!r}, not {wanted!r}")
    return found


def _eval(case: Case) -> Numbers:
    report = report_at(case.expression, case.point)
    return report.value, {row.name: row.gradient for row in report.rows}


def _library(case: Case) -> Numbers:
    formula = case.formula
    return formula.evaluate(**case.point), formula.gradient(**case.point)


def _compiled(case: Case) -> Numbers:
    value, slopes = case.formula.compile()(**case.point)
    return value, dict(zip(case.expression.variables, slopes, strict=True))


def _of_arrays(case: Case, make: Callable[[int, float], Any]) -> Numbers:
    columns = {name: make(index, case.point[name]) for index, name in enumerate(case.expression.variables)}
    value, slopes = case.kernel(**columns)
    return float(np.ravel(value)[-1]), {name: float(np.ravel(slope)[-1]) for name, slope in slopes.items()}


def _mixed(turn: int) -> Callable[[Case], Numbers]:
    """Numbers, arrays of one and arrays of three, in turn."""
    kinds = (lambda x: x, lambda x: np.array([x]), lambda x: np.array([x] * 3))
    return lambda case: _of_arrays(case, lambda index, x: kinds[(index + turn) % 3](x))


def _formula(case: Case) -> Numbers:
    """The value and the derivatives as formulas; these may cancel where the sweep does not, and leave out a point."""
    gradient = {}
    for name in case.expression.variables:
        derivative = case.formula.derivative(name)
        slope = derivative.evaluate(**case.point)
        wanted = case.gradient[name]
        gradient[name] = wanted if abs(slope - wanted) <= 1e-9 * abs(wanted) + 1e-300 else slope
    return case.value, gradient


def _series(case: Case) -> Numbers | None:
    """The coefficients of order 1."""
    gradient = {}
    for name in case.expression.variables:
        try:
            value, slope = coefficients(case.expression, case.point, name, 1)
        except AutodiffError:  # a kink has no series
            return None
        gradient[name] = slope
    return value if gradient else case.value, gradient


ROUTES: dict[str, Callable[[Case], Numbers | None]] = {
    "eval": _eval,
    "library": _library,
    "compile": _compiled,
    "vectorize, numbers": lambda case: _of_arrays(case, lambda _, x: x),
    "vectorize, arrays of one": lambda case: _of_arrays(case, lambda _, x: np.array([x])),
    "vectorize, columns": lambda case: _of_arrays(case, lambda _, x: np.array([x] * 3)),
    "vectorize, mixed 1": _mixed(0),
    "vectorize, mixed 2": _mixed(1),
    "vectorize, mixed 3": _mixed(2),
    "Python": lambda case: run_python(lower(case.expression), case.point),
    "NumPy": lambda case: run_numpy(lower(case.expression), case.point),
    "formula": _formula,
    "series": _series,
}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("route", ROUTES)
def test_a_route_gives_the_value_and_gradient_of_the_others(name: str, route: str) -> None:
    assert differing(name, ROUTES[route]) == []


@pytest.mark.skipif(shutil.which("cc") is None, reason="there is no C compiler")
@pytest.mark.parametrize("name", NAMES)
def test_c_gives_the_value_and_gradient_of_the_others(name: str, tmp_path: Path) -> None:
    library = CLibrary([lower(case.expression) for case in cases(name)], tmp_path)
    places = {case.id: index for index, case in enumerate(cases(name))}
    assert differing(name, lambda case: library.run(places[case.id], case.point)) == []


def test_machine_code_gives_the_columns_of_numpy_calls() -> None:
    for case in itertools.islice(cases("feynman"), 0, None, 7):
        columns = {name: np.linspace(0.9, 1.1, 64) * x for name, x in case.point.items()}
        plain, fused = (case.formula.vectorize(compiled=compiled)(**columns) for compiled in (False, True))
        for one, other in zip(_arrays(plain), _arrays(fused), strict=True):
            assert np.array_equal(one, other, equal_nan=True), case.id


def _arrays(result: tuple[Any, dict[str, Any]]) -> Iterable[Any]:
    return [result[0], *result[1].values()]


@pytest.mark.parametrize("text", ["x^2 - y", "where(x > y, x, y)*x", "max(x, y)", "mod(x, y)", "relu(x - y)", "-x"])
@pytest.mark.parametrize("kind", [int, float, "int32", "uint8", "float32"])
def test_the_kind_of_number_that_is_given_changes_no_route(text: str, kind: Any) -> None:
    make = np.dtype(kind).type if isinstance(kind, str) else kind
    formula = formula_of(text, ["x", "y"])
    given = {name: make(value) for name, value in (("x", 200), ("y", 3)) if name in formula.variables}
    wanted = formula.gradient(**{name: float(value) for name, value in given.items()})
    value, slopes = formula.compile()(**given)
    assert dict(zip(formula.variables, slopes, strict=True)) == wanted == formula.gradient(**given)
    assert {type(one) for one in (value, *slopes, *formula.gradient(**given).values())} == {float}
    columns, gradients = formula.vectorize(compiled=False)(**given)
    assert float(columns) == value
    assert {name: float(slope) for name, slope in gradients.items()} == wanted
