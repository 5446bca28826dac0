"""`autodiff eval --along`: the slope in a direction, and the steepest direction."""

from collections.abc import Callable
from math import hypot, inf, sqrt

import pytest

from autodiff_cli.commands.exits import Exit
from autodiff_cli.language.parser import parse
from autodiff_cli.reports.along import along
from autodiff_cli.reports.point import report_at

from ..conftest import Result

mpmath = pytest.importorskip("mpmath")
Run = Callable[..., Result]


def test_the_slope_is_that_of_the_unit_direction(autodiff: Run) -> None:
    found = autodiff("eval", "x^2*y", "--x", "2", "--y", "3", "--along", "3,4", "--format", "json").json
    assert found["along"]["direction"] == {"x": 0.6, "y": 0.8}
    assert found["along"]["slope"] == pytest.approx(0.6 * 12 + 0.8 * 4, rel=1e-15)
    assert found["along"]["verdict"] == "ok"
    assert found["steepest"]["slope"] == pytest.approx(hypot(12, 4), rel=1e-15)
    assert found["steepest"]["direction"] == pytest.approx({"x": 12 / hypot(12, 4), "y": 4 / hypot(12, 4)})


@pytest.mark.parametrize(
    "typed",
    ["x=3,y=4", "y=4,x=3", "6,8", "(3, 4)", "3e200,4e200", "x=3, y=2*2", "3,sqrt(16)", "(sqrt(9), max(1, abs(-4)))"],
)
def test_a_direction_is_numbers_in_turn_or_by_name_of_any_length(autodiff: Run, typed: str) -> None:
    found = autodiff("eval", "x^2*y", "--x", "2", "--y", "3", "--along", typed, "--format", "json").json
    assert found["along"]["direction"] == pytest.approx({"x": 0.6, "y": 0.8}, rel=1e-15)


@pytest.mark.parametrize(
    ("text", "point", "direction"),
    [
        ("exp(x)*sin(y)", {"x": 0.5, "y": 1.25}, {"x": 1.0, "y": -2.0}),
        ("log(x^2 + y^2)", {"x": 3.0, "y": 0.25}, {"x": -1.0, "y": 0.0}),
        ("x*y/z", {"x": 1.5, "y": 2.0, "z": -4.0}, {"x": 1.0, "y": 1.0, "z": 1.0}),
    ],
)
def test_the_slope_is_the_derivative_along_the_line_by_mpmath(
    text: str, point: dict[str, float], direction: dict[str, float]
) -> None:
    expression = parse(text)
    found = along(expression, point, direction, report_at(expression, point))
    length = sqrt(sum(part * part for part in direction.values()))
    scope = {name: getattr(mpmath, name) for name in ("exp", "sin", "log")}

    def on_line(t: object) -> object:
        at = {name: point[name] + t * mpmath.mpf(direction[name]) / length for name in point}  # type: ignore[operator]
        return eval(text.replace("^", "**"), scope | at)

    with mpmath.workdps(40):
        wanted = float(mpmath.diff(on_line, 0))
    assert found.row.gradient == pytest.approx(wanted, rel=1e-13)
    assert found.row.verdict.value == "ok"


def test_at_a_kink_both_sides_are_told_and_no_direction_is_steepest(autodiff: Run) -> None:
    done = autodiff("eval", "sqrt(x^2 + y^2)", "--x", "0", "--y", "0", "--along", "3,4")
    assert done.code == Exit.OK
    assert done.out.splitlines()[-2:] == [
        "along (x 0.6, y 0.8): slope -1 from behind, 1 ahead  kink",
        "no direction is steepest: there is no gradient here",
    ]
    found = autodiff("eval", "abs(x) + y", "--x", "0", "--y", "0", "--along", "x=1", "--format", "json").json
    assert (found["along"]["sides"], found["steepest"]) == ([-1.0, 1.0], None)


def test_a_kink_that_the_direction_does_not_cross_is_none(autodiff: Run) -> None:
    found = autodiff("eval", "abs(x) + y", "--x", "0", "--y", "0", "--along", "y=1", "--format", "json").json
    assert (found["along"]["slope"], found["along"]["verdict"]) == (1.0, "ok")


def test_where_the_gradient_is_0_no_direction_is_steepest(autodiff: Run) -> None:
    done = autodiff("eval", "x^2 + y^2", "--x", "0", "--y", "0", "--along", "1,1")
    assert "no direction is steepest: the gradient is 0" in done.out


def test_a_slope_without_an_end_is_singular(autodiff: Run) -> None:
    done = autodiff("eval", "cbrt(x)", "--x", "0", "--along", "1", "--format", "json")
    assert (done.code, done.json["along"]["slope"]) == (Exit.UNDEFINED, str(inf))


def test_where_the_value_jumps_there_is_no_slope_and_no_steepest_direction(autodiff: Run) -> None:
    done = autodiff("eval", "sign(x)", "--x", "0", "--along", "1", "--format", "json")
    assert (done.json["along"]["verdict"], done.json["steepest"]) == ("jump", None)
    assert len(done.json["notes"]) == 1


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("0,0", "a direction of length 0 leads nowhere"),
        ("1", "--along has 1 number, and there are 2 variables"),
        ("1,2,3", "--along has 3 numbers"),
        ("x=1,z=2", "'z' is no variable"),
        ("x=1,y=q", "'q' has no value"),
        ("", "--along has 0 numbers"),
    ],
)
def test_what_is_no_direction_is_said(autodiff: Run, typed: str, message: str) -> None:
    done = autodiff("eval", "x*y", "--x", "2", "--y", "3", "--along", typed)
    assert (done.code, done.out) == (Exit.UNUSABLE, "")
    assert message in done.err


def test_a_program_keeps_its_defaults_on_the_line(autodiff: Run) -> None:
    found = autodiff("eval", "k = 2; u = k*x; u*y", "--x", "2", "--y", "3", "--along", "y=1", "--format", "json").json
    assert found["along"]["slope"] == 4.0


@pytest.mark.parametrize("typed", ["x=3 y=4", "3,y=4", "x=3,x=4", "x=1,,y=2", "x=1=2"])
def test_a_direction_that_is_in_part_by_name_is_refused(autodiff: Run, typed: str) -> None:
    result = autodiff("eval", "x^2*y", "--x", "2", "--y", "3", "--along", typed)
    assert result.code == Exit.UNUSABLE
    assert f"{typed} is no direction" in result.err
