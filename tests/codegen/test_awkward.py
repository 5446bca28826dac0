"""Awkward points: signs of zero, ends of domains, constants of any size. Every route says what the others say."""

import math
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autodiff_cli import parse
from autodiff_cli.codegen.lower import lower

from .running import CLibrary, run_compiled, run_json, run_numpy, run_python

Result = tuple[float, dict[str, float]]
nan, inf = math.nan, math.inf
needs_cc = pytest.mark.skipif(shutil.which("cc") is None, reason="there is no C compiler here")


def _vectorized(text: str, point: dict[str, float], make: Callable[[float], Any]) -> Result:
    value, slopes = parse(text, point).vectorize(compiled=False)(**{name: make(x) for name, x in point.items()})
    return float(np.ravel(value)[-1]), {name: float(np.ravel(slope)[-1]) for name, slope in slopes.items()}


ROUTES: dict[str, Callable[[str, dict[str, float]], Result]] = {
    "library": lambda text, point: parse(text, point).expression.value_and_gradient(point),
    "compile": run_compiled,
    "columns": lambda text, point: _vectorized(text, point, lambda x: np.array([x, x])),
    "numbers": lambda text, point: _vectorized(text, point, lambda x: x),
    "Python": lambda text, point: run_python(lower(parse(text, point).expression), point),
    "NumPy": lambda text, point: run_numpy(lower(parse(text, point).expression), point),
    "JSON": lambda text, point: run_json(lower(parse(text, point).expression), point),
}
CASES: list[tuple[str, dict[str, float], float, dict[str, float]]] = [
    # signs of zero
    ("atan2(-0.0, x)", {"x": -1.0}, -math.pi, {"x": 0.0}),
    ("atan2(0 - x, -1)", {"x": 0.0}, math.pi, {"x": 1.0}),
    ("atan2(x + 0, -1)", {"x": -0.0}, math.pi, {"x": -1.0}),
    ("atan2(0.0 + x, -1)", {"x": -0.0}, math.pi, {"x": -1.0}),
    ("atan2(-x - y, -1)", {"x": 0.0, "y": -0.0}, math.pi, {"x": 1.0, "y": 1.0}),
    ("atan2(x - -0.0, -1)", {"x": -0.0}, math.pi, {"x": -1.0}),
    ("copysign(2, round(x))", {"x": -0.25}, -2.0, {"x": 0.0}),
    ("copysign(2, ceil(x))", {"x": -0.25}, -2.0, {"x": 0.0}),
    ("copysign(2, floor(x))", {"x": -0.0}, -2.0, {"x": 0.0}),
    ("copysign(2, trunc(x))", {"x": -0.25}, -2.0, {"x": 0.0}),
    ("copysign(2, sign(x))", {"x": -0.0}, -2.0, {"x": 0.0}),
    ("x*-0.0", {"x": 2.0}, -0.0, {"x": -0.0}),
    ("sqrt(x)*0 - 0.0", {"x": 4.0}, 0.0, {"x": 0.0}),
    # the sign of a remainder
    ("-mod(x, 3)", {"x": 5.0}, -2.0, {"x": -1.0}),
    ("-(mod(x, 3)*y)", {"x": 5.0, "y": 2.0}, -4.0, {"x": -2.0, "y": -2.0}),
    ("-(mod(x, 3)/y)", {"x": 5.0, "y": 2.0}, -1.0, {"x": -0.5, "y": 0.5}),
    ("-mod(x, 3)^2", {"x": 5.0}, -4.0, {"x": -4.0}),
    ("y - mod(-x, 3)*mod(x, 4)", {"x": 5.0, "y": 1.0}, 0.0, {"x": 0.0, "y": 1.0}),
    # constants of any size
    ("x*log10(10^23)", {"x": 2.0}, 46.0, {"x": 23.0}),
    ("x*sqrt(2^100)", {"x": 2.0}, 2.0**51, {"x": 2.0**50}),
    ("x*log2(2^80)", {"x": 3.0}, 240.0, {"x": 80.0}),
    ("x*cbrt(-10^30)", {"x": 2.0}, -2e10, {"x": -1e10}),
    ("x*(-10)^23/10^23", {"x": 2.0}, -2.0, {"x": -1.0}),
    ("x*log(10^308*10)/log(10)", {"x": 1.0}, inf, {"x": inf}),
    ("x*(3^60 - 3^60)", {"x": 1.0}, 0.0, {"x": 0.0}),
    ("x*copysign(1, mod(-1, -1))", {"x": 2.0}, -2.0, {"x": -1.0}),
    ("x*copysign(1, fmod(-4, 2))", {"x": 2.0}, -2.0, {"x": -1.0}),
    # no gradient where there is no value
    ("log(x)", {"x": -1.0}, nan, {"x": nan}),
    ("floor(x) + log(x)", {"x": -1.0}, nan, {"x": nan}),
    ("y*sqrt(x) + y", {"x": -1.0, "y": 2.0}, nan, {"x": nan, "y": nan}),
    ("x + asin(y)", {"x": 1.0, "y": 2.0}, nan, {"x": nan, "y": nan}),
    ("digamma(y) + x", {"x": 1.0, "y": -1.0}, nan, {"x": nan, "y": nan}),
    ("cos(1/x) + y", {"x": 0.0, "y": 1.0}, nan, {"x": nan, "y": nan}),
    ("inf*y", {"y": 0.0}, nan, {"y": nan}),
    # a part that a function does not depend on has no slope, whatever is behind it
    ("atan2(0, copysign(x, x)) + 0*y", {"x": 2.0, "y": 1.0}, 0.0, {"x": 0.0, "y": 0.0}),
    # branches
    ("relu(1/(1/y))", {"y": 1e-200}, 1e-200, {"y": 1.0}),
    ("1/min(1, 1/x)", {"x": 1e200}, 1e200, {"x": 1.0}),
    ("max(0, 1/(1/y))*2", {"y": 1e-200}, 2e-200, {"y": 2.0}),
    ("where(y > 0, 1/(1/y), y^2)", {"y": 1e-200}, 1e-200, {"y": 1.0}),
    ("where(y > 0, y, 1/(1/y))", {"y": -1e-200}, -1e-200, {"y": 1.0}),
]
RUN_THROUGH = {"Python", "NumPy", "JSON", "C"}  # these may say 0 or infinity beyond the range of floats on the way
RAISES = {"Python"}  # where `math` does


def _is_same(found: float, wanted: float) -> bool:
    if math.isnan(wanted) or math.isinf(wanted):
        return found == wanted or (math.isnan(found) and math.isnan(wanted))
    is_same_zero = wanted != 0 or math.copysign(1, found) == math.copysign(1, wanted)
    return math.isclose(found, wanted, rel_tol=4e-15) and is_same_zero


def _assert_same(route: str, found: Result, value: float, gradient: dict[str, float]) -> None:
    assert _is_same(found[0], value), found
    if route == "JSON" and math.isnan(value):  # it says that there is no gradient either
        return
    for name, slope in gradient.items():
        assert _is_same(abs(found[1][name]) if slope == 0 else found[1][name], abs(slope) if slope == 0 else slope), (
            found
        )


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize(("text", "point", "value", "gradient"), CASES, ids=[case[0] for case in CASES])
def test_a_route_at_an_awkward_point(
    route: str, text: str, point: dict[str, float], value: float, gradient: dict[str, float]
) -> None:
    if route in RUN_THROUGH and any(0 < abs(x) < 1e-100 or abs(x) > 1e100 for x in point.values()):
        pytest.skip("this code runs through once")
    try:
        found = ROUTES[route](text, point)
    except (ArithmeticError, ValueError):
        assert route in RAISES
        assert not math.isfinite(value)
        return
    _assert_same(route, found, value, gradient)


@needs_cc
def test_c_at_awkward_points(tmp_path: Path) -> None:
    library = CLibrary([lower(parse(text, point).expression) for text, point, *_ in CASES], tmp_path)
    for index, (_, point, value, gradient) in enumerate(CASES):
        if not any(0 < abs(x) < 1e-100 or abs(x) > 1e100 for x in point.values()):
            _assert_same("C", library.run(index, point), value, gradient)


@pytest.mark.parametrize("kind", [np.int32, np.uint8, np.int64, np.float32, np.bool_, int])
def test_python_takes_integers_of_any_kind_as_floats(kind: Any) -> None:
    scope: dict[str, Any] = {}
    exec(parse("x^2*y^-1 - z").to("python"), scope)
    x, y, z = kind(1 if kind is np.bool_ else 200), kind(1), kind(1)
    value, gradient = scope["f"](x, y, z)
    assert (value, gradient["x"]) == ((0.0, 2.0) if kind is np.bool_ else (39999.0, 400.0))
    assert type(value) is float
