"""Random expressions at awkward points through every route: no two differ, but where one of them says why.

Zeros of both signs, ties, ends of domains, and numbers so large or small that a step may leave the range of floats.
"""

import functools
import itertools
import math
import shutil
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import pytest

from autodiff_cli import parse
from autodiff_cli.codegen.lower import lower
from autodiff_cli.codegen.numpy import numpy
from autodiff_cli.codegen.python import python
from autodiff_cli.engine.value import Value
from autodiff_cli.errors import AutodiffError
from autodiff_cli.library import Formula
from autodiff_cli.witness.judge import rounding

from .codegen.running import CLibrary, run_json

np = pytest.importorskip("numpy")

Point = dict[str, float]
Result = tuple[float, Point]
QUICK, MANY = range(120), range(1000, 2500)
POINTS = 4  # of each expression

NUMBERS = ["0", "1", "2", "3", "0.5", "-1", "0.1", "-0.0", "10", "1/3", "10^23", "1e300", "1e-300"]
FUNCTIONS = [
    *("exp", "log", "sqrt", "abs", "relu", "sin", "cos", "tanh", "atan", "sign", "floor", "cbrt", "log1p", "expm1"),
    *("asin", "square", "heaviside", "ceil", "round", "trunc", "sinh", "softplus", "sigmoid", "-", "1/"),
]
PAIRS = ["{} + {}", "{} - {}", "{} * {}", "{} / {}", "{}^{}", *(f"{f}({{}}, {{}})" for f in ("max", "min", "mod"))]
PAIRS += [f"{f}({{}}, {{}})" for f in ("atan2", "copysign", "hypot", "fmod")]
SIGNS = ["<", "<=", ">", ">=", "==", "!="]
PLAIN = [0.0, -0.0, 1.0, -1.0, 2.0, 0.5, -0.5, 3.0, 0.1, -2.0, 0.25]
FAR = [*PLAIN, 1e300, 1e-300, -1e300, -1e-300, 1e200, 1e-200, 1e8, 710.0, -745.0]


def is_said(node: Value) -> bool:
    """Whether IEEE 754 says what an operation is: not which of 0 and -0.0 is the greater, nor the sign of a nan.

    NumPy computes a power of -0.0 by 1/2 as a square root, which has another sign.
    """
    name, args = node.rule.function.name, [arg.data for arg in node.args]
    if name in ("max", "min", "relu", "softplus"):
        return not (0.0 in args and is_negative_zero(*args))
    if name == "copysign":
        return args[1] == args[1]
    return name != "pow" or not (is_negative_zero(args[0]) and args[1] % 1)


def is_negative_zero(*numbers: float) -> bool:
    return any(one == 0 and math.copysign(1, one) < 0 for one in numbers)


def text_of(random: Random, depth: int) -> str:
    if depth <= 0 or random.random() < 0.15:
        return random.choice(["x", "y", "x", "y", random.choice(NUMBERS)])
    kind = random.random()
    if kind < 0.35:
        return f"({random.choice(FUNCTIONS)}({text_of(random, depth - 1)}))"
    if kind < 0.85:
        return f"({random.choice(PAIRS).format(*[f'({text_of(random, depth - 1)})' for _ in range(2)])})"
    a, b, then, other = [text_of(random, depth - 1 - (at < 2)) for at in range(4)]
    return f"where(({a}) {random.choice(SIGNS)} ({b}), {then}, {other})"


class Case(NamedTuple):
    """An expression at a point, what the library makes of it, how far rounding moves that, and whether it has room."""

    place: int
    text: str
    formula: Formula
    point: Point
    value: float
    gradient: Point
    moves: Point
    in_range: bool

    @property
    def id(self) -> str:
        return f"{self.text} at {self.point}"


@functools.cache
def formulas(seeds: range) -> list[tuple[str, Formula]]:
    found = []
    for seed in seeds:
        text = text_of(Random(seed), 1 + seed % 3)
        try:
            formula = parse(text, ["x", "y"])
            lower(formula.expression)
        except AutodiffError:  # a condition, or a number alone
            continue
        if formula.variables:
            found.append((text, formula))
    return found


@functools.cache
def cases(seeds: range) -> list[Case]:
    found = []
    for index, (text, formula) in enumerate(formulas(seeds)):
        random = Random(f"points of {text}")
        for at in range(POINTS):
            numbers = PLAIN if at % 2 else FAR
            point = {name: random.choice(numbers) for name in formula.variables}
            found.append(_case(index, text, formula, point))
    return found


def _case(index: int, text: str, formula: Formula, point: Point) -> Case:
    value, gradient = formula.expression.value_and_gradient(point)
    with formula.expression.at(point) as at:
        at.gradients()
        numbers = [*[one.data for one in at.nodes], *[one.grad for one in at.nodes], *gradient.values()]
        in_range = all(map(is_said, at.nodes)) and all(
            one == 0 or one != one or 1e-290 < abs(one) < 1e290 for one in numbers
        )
        is_finite = all(map(math.isfinite, [value, *gradient.values()]))
        moves = rounding(at, gradient) if is_finite else dict.fromkeys(gradient, 0.0)
    return Case(index, text, formula, point, value, gradient, moves, in_range)


def _same_value(case: Case, found: float) -> bool:
    wanted = case.value
    if not math.isfinite(wanted):
        return not math.isfinite(found)
    if wanted == 0:
        return found == 0 and math.copysign(1, found) == math.copysign(1, wanted)
    return math.isclose(found, wanted, rel_tol=1e-11, abs_tol=1e-13)


def _same_slope(case: Case, name: str, found: float) -> bool:
    wanted = case.gradient[name]
    if math.isnan(case.value):
        return not math.isfinite(found)
    if not math.isfinite(wanted):  # none: infinite, or nan
        return True
    return math.isclose(found, wanted, rel_tol=1e-10, abs_tol=1e-12 + 100 * case.moves[name])


def differing(these: Iterable[Case], route: Callable[[Case], Result | None], *, slopes: bool = True) -> list[str]:
    """Where a route gives another value or gradient. It may raise where `math` does, or say nothing, but seldom."""
    found, compared, count = [], 0, 0
    for case in these:
        count += 1
        try:
            made = route(case)
        except (ArithmeticError, ValueError):
            continue
        if made is None:
            continue
        compared += 1
        value, gradient = made
        if not _same_value(case, value):
            found.append(f"{case.id}: value {value!r}, not {case.value!r}")
            continue
        wrong = [name for name in case.gradient if slopes and not _same_slope(case, name, gradient[name])]
        found += [f"{case.id}: by {name} {gradient[name]!r}, not {case.gradient[name]!r}" for name in wrong]
    assert compared >= 0.75 * count > 0
    return found


@functools.cache
def _made(kind: str, text: str) -> Any:
    formula = parse(text, ["x", "y"])
    if kind == "compile":
        return formula.compile()
    if kind == "vectorize":
        return formula.vectorize(compiled=False)
    scope: dict[str, Any] = {}
    exec({"Python": python, "NumPy": numpy}[kind](lower(formula.expression)), scope)
    return scope["f"]


def _compiled(case: Case) -> Result:
    value, slopes = _made("compile", case.text)(**case.point)
    return value, dict(zip(case.formula.variables, slopes, strict=True))


def _of_arrays(kind: str, case: Case, make: Callable[[float], Any]) -> Result:
    value, slopes = _made(kind, case.text)(**{name: make(x) for name, x in case.point.items()})
    return float(np.ravel(value)[-1]), {name: float(np.ravel(slope)[-1]) for name, slope in slopes.items()}


def _array(x: float) -> Any:
    return np.array([x, x])


# These go on where the range of floats is left; the others run through once, and may say 0 or infinity there
GO_ON: dict[str, Callable[[Case], Result | None]] = {
    "compile": _compiled,
    "columns": lambda case: _of_arrays("vectorize", case, _array),
    "numbers": lambda case: _of_arrays("vectorize", case, lambda x: x),
}
RUN_THROUGH: dict[str, Callable[[Case], Result | None]] = {
    "Python": lambda case: _made("Python", case.text)(**case.point),
    "NumPy": lambda case: _of_arrays("NumPy", case, _array),
    "NumPy, numbers": lambda case: _of_arrays("NumPy", case, lambda x: x),
    "JSON": lambda case: None if math.isnan(case.value) else run_json(lower(case.formula.expression), case.point),
}
SEEDS = [pytest.param(QUICK, id="quick"), pytest.param(MANY, id="many", marks=pytest.mark.slow)]


def _in_range(seeds: range) -> Sequence[Case]:
    return [case for case in cases(seeds) if case.in_range]


@pytest.mark.parametrize("seeds", SEEDS)
@pytest.mark.parametrize("route", GO_ON)
def test_what_goes_on_beyond_the_range_of_floats_says_what_the_library_says(route: str, seeds: range) -> None:
    assert differing(_in_range(seeds), GO_ON[route]) == []


@pytest.mark.parametrize("seeds", SEEDS)
@pytest.mark.parametrize("route", RUN_THROUGH)
def test_what_runs_through_once_says_what_the_library_says(route: str, seeds: range) -> None:
    assert differing(_in_range(seeds), RUN_THROUGH[route]) == []


@pytest.mark.skipif(shutil.which("cc") is None, reason="there is no C compiler here")
@pytest.mark.parametrize("seeds", SEEDS)
def test_c_says_what_the_library_says(seeds: range, tmp_path: Path) -> None:
    library = CLibrary([lower(formula.expression) for _, formula in formulas(seeds)], tmp_path)
    assert differing(_in_range(seeds), lambda case: library.run(case.place, case.point)) == []


@pytest.mark.parametrize("seeds", SEEDS)
def test_a_formula_has_the_librarys_numbers_or_none(seeds: range) -> None:
    """It may have none at a point, as 0/0, and says in its notes where it leaves something out.

    x^(10^23 - 1), the slope of x^(10^23) by a factor, is no odd power any more: floats have no such number.
    """

    @functools.cache
    def derivatives(text: str) -> dict[str, Formula]:
        formula = parse(text, ["x", "y"])
        return {name: formula.derivative(name) for name in formula.variables}

    def route(case: Case) -> Result | None:
        made = derivatives(case.text)
        has_notes = any(note for one in made.values() for note in one.notes)
        slopes = {name: one.evaluate(**case.point) for name, one in made.items()}
        if "10^23" in case.text or (has_notes and not math.isnan(case.value)):
            return None
        numbers = {name: case.gradient[name] if math.isnan(slope) else slope for name, slope in slopes.items()}
        return case.value, slopes if math.isnan(case.value) else numbers

    assert differing(itertools.filterfalse(lambda case: "atan2" in case.text, _in_range(seeds)), route) == []
