"""What a study finds, held against mpmath: by values alone, between the points that it names and at them."""

from collections.abc import Callable, Sequence
from itertools import pairwise
from math import inf, isinf
from typing import Any

import mpmath as mp
import pytest

pytest.importorskip("flint")

from autodiff_cli.errors import UndefinedError
from autodiff_cli.language.parser import parse
from autodiff_cli.reports.marks import Mark, Study
from autodiff_cli.reports.study import study
from autodiff_cli.reports.study_area import study_area

Function = Callable[[Any], Any]
_CELLS = 157

FUNCTIONS: dict[str, Function] = {
    "x/(1+x^2)": lambda x: x / (1 + x**2),
    "(x^2+1)/(x-1)": lambda x: (x**2 + 1) / (x - 1),
    "x^3-3x": lambda x: x**3 - 3 * x,
    "x^4-2x^2": lambda x: x**4 - 2 * x**2,
    "1/x": lambda x: 1 / x,
    "1/x^2": lambda x: 1 / x**2,
    "x+1/x": lambda x: x + 1 / x,
    "(x^2-4)/(x-2)": lambda x: (x**2 - 4) / (x - 2),
    "x^2/(x^2-1)": lambda x: x**2 / (x**2 - 1),
    "(x^3-x)/(x^2+1)": lambda x: (x**3 - x) / (x**2 + 1),
    "(x-1)^2*(x+2)^3": lambda x: (x - 1) ** 2 * (x + 2) ** 3,
    "1/(x^2+x-1)": lambda x: 1 / (x**2 + x - 1),
    "sin(x)": mp.sin,
    "tan(x)": mp.tan,
    "1/sin(x)": lambda x: 1 / mp.sin(x),
    "sin(x)/x": lambda x: mp.sin(x) / x,
    "x*sin(x)": lambda x: x * mp.sin(x),
    "sin(x)^2": lambda x: mp.sin(x) ** 2,
    "sin(x)+sin(2x)": lambda x: mp.sin(x) + mp.sin(2 * x),
    "exp(-x^2)": lambda x: mp.exp(-(x**2)),
    "x*exp(-x)": lambda x: x * mp.exp(-x),
    "exp(1/x)": lambda x: mp.exp(1 / x),
    "exp(x)-x-2": lambda x: mp.exp(x) - x - 2,
    "exp(-x)*sin(x)": lambda x: mp.exp(-x) * mp.sin(x),
    "1/(1+exp(-x))": lambda x: 1 / (1 + mp.exp(-x)),
    "tanh(x)": mp.tanh,
    "|x|": abs,
    "|x^2-4|": lambda x: abs(x**2 - 4),
    "x*|x|": lambda x: x * abs(x),
    "|x|/x": lambda x: abs(x) / x,
    "|x-1|+|x+1|": lambda x: abs(x - 1) + abs(x + 1),
    "sqrt(x)": mp.sqrt,
    "sqrt(4-x^2)": lambda x: mp.sqrt(4 - x**2),
    "sqrt(x^2-1)": lambda x: mp.sqrt(x**2 - 1),
    "x*sqrt(1-x^2)": lambda x: x * mp.sqrt(1 - x**2),
    "cbrt(x^2)": lambda x: mp.cbrt(x**2),
    "x^(2/3)*(x-5)": lambda x: x ** (mp.mpf(2) / 3) * (x - 5),
    "ln(x)/x": lambda x: mp.log(x) / x,
    "x^2*ln(x)": lambda x: x**2 * mp.log(x),
    "ln(x^2-1)": lambda x: mp.log(x**2 - 1),
    "x^x": lambda x: x**x if x > 0 else mp.nan,
    "atan(1/x)": lambda x: mp.atan(1 / x),
    "asin(x)": mp.asin,
    "floor(x)": mp.floor,
    "x-floor(x)": lambda x: x - mp.floor(x),
    "max(x,1-x^2)": lambda x: max(x, 1 - x**2),
    "where(x<0,x^2,sin(x))": lambda x: x**2 if x < 0 else mp.sin(x),
}


def value(function: Function, x: Any) -> Any:
    """A value to many digits; None where there is none."""
    try:
        found = function(mp.mpf(x))
    except (ZeroDivisionError, ValueError):
        return None
    if isinstance(found, mp.mpc):
        return found.real if found.imag == 0 else None
    return found if mp.isfinite(found) else None


def between(marks: Sequence[Mark], a: float, b: float) -> bool:
    return any(a <= mark.x <= b for mark in marks)


def sign_said(report: Study, names: Sequence[str], a: float, b: float) -> int | None:
    """Which of three ways, with signs 1, -1 and 0, it is said to go from a to b."""
    for name, sign in zip(names, (1, -1, 0), strict=True):
        if any(low <= a and b <= high for low, high in report.ways[name]):
            return sign
    return None


@pytest.mark.parametrize("span", [None, (-6.0, 6.0)], ids=["as it is", "a range"])
@pytest.mark.parametrize("text", FUNCTIONS)
def test_a_first_course_is_studied_completely_and_rightly(text: str, span: Any) -> None:
    function = FUNCTIONS[text]
    report = study(parse(text), "x", span, {})
    assert report.complete
    low, high = report.span or (-9.0, 9.0)
    xs = [low + (high - low) * (step + 0.3137) / _CELLS for step in range(_CELLS)]
    breaks = [*report.poles, *report.holes, *report.jumps, *report.kinks, *report.edges]
    with mp.workdps(50):
        for a, b in pairwise(xs):
            first, middle, last = (value(function, x) for x in (a, (mp.mpf(a) + b) / 2, b))
            assert any(part.low <= a <= part.high for part in report.domain) == (first is not None)
            if None in (first, middle, last) or between(breaks, a, b):
                continue
            is_0 = any(begin <= a and b <= end for begin, end in report.ways["zero"])
            assert first * last > 0 or is_0 or between(report.zeros, a, b)
            if not between(report.extrema, a, b):
                assert sign_said(report, ("rises", "falls", "constant"), a, b) == mp.sign(last - first)
            if not between(report.inflections, a, b):
                bend = mp.sign(mp.chop((first + last) / 2 / middle - 1, 1e-40) * middle) if middle else 0
                assert sign_said(report, ("convex", "concave", "straight"), a, b) == bend
            assert report.values is not None
            assert any(part.low - 1e-12 <= first <= part.high + 1e-12 for part in report.values)


@pytest.mark.parametrize("text", FUNCTIONS)
def test_each_point_is_what_it_is_called(text: str) -> None:
    function = FUNCTIONS[text]
    report = study(parse(text), "x", (-6.0, 6.0), {})
    with mp.workdps(50):
        for mark in report.zeros:
            assert abs(value(function, mark.x)) < 1e-12
        for mark in report.extrema:
            sign = 1 if mark.kind == "minimum" else -1
            beside = [value(function, mark.x + away) for away in (-1e-6, 1e-6)]
            assert all(there is None or (there - value(function, mark.x)) * sign > 0 for there in beside)
        for mark in report.poles:
            beside = [value(function, mark.x + away) for away in (-1e-9, 1e-9)]
            for there, said in zip(beside, (mark.left, mark.right), strict=True):
                assert said is None or not isinf(said) or (there * said > 0 and abs(there) > 10)
        for mark in report.holes:
            assert value(function, mark.x) is None
            assert abs(value(function, mark.x + 1e-15) - mark.value) < 1e-9
        for mark in report.jumps:
            assert mark.left is not None
            assert abs(value(function, mark.x - 1e-15) - mark.left) < 1e-9


@pytest.mark.parametrize("text", FUNCTIONS)
def test_lines_that_it_comes_to_are_close_far_out(text: str) -> None:
    report = study(parse(text), "x", (-6.0, 6.0), {})
    with mp.workdps(80):
        for line in report.asymptotes:
            for side in line.sides:
                x = mp.mpf(side) * mp.mpf(10) ** 12
                assert abs(value(FUNCTIONS[text], x) - (line.slope * x + line.height)) < 1e-9
        for side, limit in report.limits.items():
            far = value(FUNCTIONS[text], mp.mpf(side) * mp.mpf(10) ** 12) if limit is not None else None
            if limit is not None and isinf(limit) and far is not None:
                assert far * limit > 0


@pytest.mark.parametrize(
    ("text", "places", "values"),
    [
        ("x/(1+x^2)", ["-1", "1"], ["-1/2", "1/2"]),
        ("(x^2+1)/(x-1)", ["1 - sqrt(2)", "1 + sqrt(2)"], ["2 - 2*sqrt(2)", "2 + 2*sqrt(2)"]),
        ("ln(x)/x", ["e"], ["1/e"]),
        ("x^2*exp(-x)", ["0", "2"], ["0", "4/e^2"]),
        ("sin(x)+cos(x)", ["pi/4", "5*pi/4"], ["sqrt(2)", "-sqrt(2)"]),
        ("x^2*ln(x)", ["exp(-1/2)"], ["-1/(2*e)"]),
    ],
)
def test_extrema_have_their_closed_forms(text: str, places: list[str], values: list[str]) -> None:
    found = study(parse(text), "x", None, {}).extrema
    assert [mark.exact for mark in found] == places
    assert [mark.exact_value for mark in found] == values


@pytest.mark.parametrize(
    ("text", "symmetry"),
    [("x^2", "even"), ("x^3-x", "odd"), ("x^2+x", ""), ("sin(x)/x", "even"), ("sqrt(x+5)-sqrt(x+5)+x^2", "")],
)
def test_symmetry_is_proven_and_the_domain_is_part_of_it(text: str, symmetry: str) -> None:
    assert study(parse(text), "x", (-10.0, 10.0), {}).symmetry == symmetry


@pytest.mark.parametrize(
    ("text", "period"),
    [
        ("sin(x)", "2 * pi"),
        ("tan(x)", "pi"),
        ("sin(x)^2", "pi"),
        ("sin(2*pi*x) + cos(6*pi*x)", "1"),
        ("sin(x/2)+cos(x/3)", "12 * pi"),
        ("|sin(x)|", "pi"),
    ],
)
def test_the_shortest_period_is_proven_and_studied(text: str, period: str) -> None:
    found = study(parse(text), "x", None, {})
    assert found.period is not None
    assert found.period[0] == period
    assert found.span == (0.0, found.period[1])


@pytest.mark.parametrize("text", ["sin(x)*x", "sin(x)+sin(sqrt(2)*x)", "x"])
def test_what_does_not_repeat_has_no_period(text: str) -> None:
    assert study(parse(text), "x", (-3.0, 3.0), {}).period is None


@pytest.mark.slow
def test_what_goes_on_beyond_every_bound_is_not_said_to_be_complete() -> None:
    found = study(parse("sin(1/x)"), "x", (-1.0, 1.0), {})
    assert not found.complete
    assert any(low <= 0 <= high or abs(low) < 0.01 for low, high in found.undecided["zeros"])


def test_an_extremum_at_the_end_of_a_range_is_one_of_the_function() -> None:
    assert [mark.x for mark in study(parse("x^2"), "x", (0.0, 3.0), {}).extrema] == [0.0]
    assert study(parse("x^2"), "x", (1.0, 3.0), {}).extrema == []


def test_the_whole_line_has_no_ends() -> None:
    found = study(parse("x^3-3x"), "x", None, {})
    assert found.span is None
    assert found.ways["rises"] == [(-inf, -1.0), (1.0, inf)]


def test_a_function_that_is_0_in_places_has_no_zeros_there_but_an_interval() -> None:
    found = study(parse("relu(x)"), "x", None, {})
    assert (found.zeros, found.ways["zero"]) == ([], [(-inf, 0.0)])


def test_a_value_as_it_is_typed_is_exact() -> None:
    found = study(parse("x^2 - a", told=["x"]), "x", (0.0, 1.0), {"a": "0.01"})
    assert [mark.exact for mark in found.zeros] == ["1/10"]


def test_a_derivative_has_the_domain_of_what_was_differentiated() -> None:
    found = study(parse("diff(log(x), x)"), "x", None, {})
    assert [(part.low, part.high) for part in found.domain] == [(0.0, inf)]
    assert found.limits == {1: 0.0}


@pytest.mark.parametrize("text", ["x*abs(x)*abs(x)", "elu(x)", "x*relu(x)", "hypot(x, 0)", "clamp(x, -1, 1)"])
def test_a_derivative_that_jumps_where_the_function_has_no_kink_is_decided(text: str) -> None:
    found = study(parse(text), "x", None, {})
    assert found.complete
    assert found.span is None


def test_a_function_without_values_is_an_error() -> None:
    with pytest.raises(UndefinedError, match="no value anywhere"):
        study(parse("log(-x^2 - 1)"), "x", None, {})


# --- two variables ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x^3 - 3x + y^2", [("saddle", -1, 0), ("minimum", 1, 0)]),
        ("x^4 + y^4 - 4*x*y", [("minimum", -1, -1), ("saddle", 0, 0), ("minimum", 1, 1)]),
        ("x*y*(1 - x - y)", [("saddle", 0, 0), ("saddle", 0, 1), ("maximum", 1 / 3, 1 / 3), ("saddle", 1, 0)]),
        ("x + y", []),
    ],
)
def test_critical_points_have_their_kinds(text: str, expected: list[tuple[str, float, float]]) -> None:
    found = study_area(parse(text), {"x": (-3.0, 3.0), "y": (-3.0, 3.0)}, {})
    assert found.complete
    assert sorted((point.kind, *point.point.values()) for point in found.points) == sorted(expected)


@pytest.mark.parametrize("text", ["x^4 + y^4", "x^3 - 3*x*y^2"])
def test_a_degenerate_point_is_named_and_undecided(text: str) -> None:
    found = study_area(parse(text), {"x": (-1.0, 1.0), "y": (-1.0, 1.0)}, {})
    assert [(point.kind, *point.point.values()) for point in found.points] == [("degenerate", 0, 0)]
    assert not found.complete
