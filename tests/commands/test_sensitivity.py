"""`autodiff sensitivity`: percent per percent, and each input low and high as a tornado."""

from collections.abc import Callable
from math import log

import pytest

from autodiff_cli.commands.exits import Exit

from ..conftest import Result

Run = Callable[..., Result]
DIVIDER = ("V/(R+r)", "--V", "9", "--R", "100", "--r", "2")


def test_the_elasticity_is_percent_per_percent_and_sorts_the_rows(autodiff: Run) -> None:
    found = autodiff("sensitivity", *DIVIDER, "--format", "json").json
    assert list(found["elasticity"]) == ["V", "R", "r"]
    assert found["elasticity"] == pytest.approx({"V": 1.0, "R": -100 / 102, "r": -2 / 102}, rel=1e-15)
    assert set(found["verdict"].values()) == {"ok"}
    assert "low" not in found


@pytest.mark.parametrize(
    ("text", "arguments", "elasticity"),
    [
        ("a*x^3", ("--a", "2", "--x", "5"), {"x": 3.0, "a": 1.0}),
        ("exp(x)", ("--x", "2.5"), {"x": 2.5}),
        ("log(x)", ("--x", "8"), {"x": 1 / log(8)}),
        ("x*1e-200", ("--x", "1e300"), {"x": 1.0}),
    ],
)
def test_elasticities_of_known_functions(
    autodiff: Run, text: str, arguments: tuple[str, ...], elasticity: dict[str, float]
) -> None:
    found = autodiff("sensitivity", text, *arguments, "--format", "json").json["elasticity"]
    assert found == pytest.approx(elasticity, rel=1e-14)


def test_low_and_high_are_evaluated_and_not_extrapolated(autodiff: Run) -> None:
    found = autodiff("sensitivity", *DIVIDER, "--by", "10%", "--format", "json").json
    assert found["low"]["R"] == {"input": 90.0, "result": 9 / 92}
    assert found["high"]["R"] == {"input": 110.0, "result": 9 / 112}
    assert found["width"]["R"] == pytest.approx(9 / 92 - 9 / 112, rel=1e-15)
    assert list(found["width"]) == ["V", "R", "r"]
    assert list(found["width"].values()) == sorted(found["width"].values(), reverse=True)


def test_each_variable_may_go_its_own_way(autodiff: Run) -> None:
    found = autodiff("sensitivity", *DIVIDER, "--by", "R=5,V=1%", "--format", "json").json
    assert {name: end["input"] for name, end in found["high"].items()} == {"R": 105.0, "V": 9.09}
    both = autodiff("sensitivity", *DIVIDER, "--by", "10%", "--by", "r=1", "--format", "json").json
    assert both["low"]["r"]["input"] == 1.0
    assert both["low"]["R"]["input"] == 90.0


def test_uncertain_values_go_as_far_as_they_say(autodiff: Run) -> None:
    known = ("V/(R+r)", "--V", "9±(0.2, 0.1)", "--R", "[95, 106]", "--r", "2")
    found = autodiff("sensitivity", *known, "--format", "json").json
    ends = {name: (found["low"][name]["input"], found["high"][name]["input"]) for name in found["low"]}
    assert ends == {"R": (95.0, 106.0), "V": (8.9, 9.2)}
    over = autodiff("sensitivity", *known, "--by", "V=3", "--format", "json").json
    assert over["high"]["V"]["input"] == 12.0


def test_where_the_value_is_0_there_are_no_percent(autodiff: Run) -> None:
    done = autodiff("sensitivity", "x - y", "--x", "2", "--y", "2", "--by", "1", "--format", "json")
    assert done.code == Exit.OK
    assert done.json["elasticity"] == {"x": None, "y": None}
    assert "no percent per percent by x, y: the value is 0, of which there are no percent" in done.json["notes"]
    assert autodiff("sensitivity", "x - y", "--x", "2", "--y", "2").code == Exit.UNDEFINED


def test_a_variable_that_is_0_has_no_percent(autodiff: Run) -> None:
    done = autodiff("sensitivity", "x + y", "--x", "0", "--y", "2", "--by", "10%", "--format", "json")
    assert done.json["elasticity"] == {"y": 1.0, "x": None}
    assert "x" not in done.json["low"]


def test_a_kink_has_no_elasticity(autodiff: Run) -> None:
    done = autodiff("sensitivity", "abs(x - 2) + 1", "--x", "2", "--by", "1", "--format", "json")
    assert done.json["elasticity"] == {"x": None}
    assert done.json["width"] == {"x": 1.0}
    assert any("slopes from left and right differ" in note for note in done.json["notes"])
    assert any("the result turns" in note for note in done.json["notes"])


def test_an_end_outside_the_domain_is_said_and_the_other_end_counts(autodiff: Run) -> None:
    done = autodiff("sensitivity", "log(x)*y", "--x", "2", "--y", "1", "--by", "x=3", "--format", "json")
    assert done.code == Exit.OK
    assert done.json["low"]["x"] == {"input": -1.0, "result": None}
    assert done.json["width"]["x"] == pytest.approx(log(5) - log(2), rel=1e-15)
    assert "x low, -1: log(x) needs x > 0; here x = -1" in done.json["notes"]


def test_an_end_beyond_the_floats_is_said(autodiff: Run) -> None:
    done = autodiff("sensitivity", "R/1e300", "--R", "1e308", "--by", "200%", "--format", "json")
    assert done.json["high"]["R"] == {"input": "inf", "result": None}
    assert "R high, inf: that is too large for a float" in done.json["notes"]


@pytest.mark.parametrize("width", ["60", "80", "160"])
def test_the_tornado_fits_the_window(autodiff: Run, monkeypatch: pytest.MonkeyPatch, width: str) -> None:
    monkeypatch.setenv("COLUMNS", width)
    lines = autodiff("sensitivity", *DIVIDER, "--by", "10%").out.splitlines()
    assert max(map(len, lines)) <= int(width)
    bars = [line[line.index("│") - 5 :] for line in lines if "│" in line]
    assert len(bars) == 3
    assert ("░│█" in lines[3], "█│░" in lines[4]) == (True, True)
    assert lines[-1] == "░ input low  █ input high"


def test_one_number_alone_and_lines_of_cells(autodiff: Run) -> None:
    done = autodiff("sensitivity", *DIVIDER, "--by", "10%", "--only", "verdict.V", "--only", "high.V.input")
    assert done.out == "ok\n9.9\n"
    lines = autodiff("sensitivity", *DIVIDER, "--by", "V=1", "--format", "csv").out.splitlines()
    assert lines[0].startswith("variable,point,elasticity,gradient,verdict,low_input,low_result")
    assert lines[2].endswith(",,,,,")


def test_variables_are_chosen_by_wrt(autodiff: Run) -> None:
    found = autodiff("sensitivity", *DIVIDER, "--by", "10%", "--wrt", "r,R", "--format", "json").json
    assert list(found["width"]) == ["R", "r"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("x^2", "--x", "1:2"), "x = 1:2 is a range"),
        (("x^2", "--x", "1", "--by", "-3"), "goes backwards"),
        (("x^2", "--x", "1", "--by", "q=3"), "there is no 'q' to move"),
        (("x^2", "--x", "1", "--by", "10%,5%"), "is not one distance"),
        (("x^2", "--x", "1", "--by", ""), "is not one distance"),
        (("x^2", "--x", "1", "--by", "y"), "has no value"),
        (("3",), "there is no input"),
        (("x^2", "--x", "1", "--wrt", "z"), "no 'z' to differentiate by"),
        (("x^2", "--x", "1", "--by", "x=1,x=2"), "--by has two distances for x"),
        (("p = 2x; p^2", "--x", "1", "--by", "1", "--wrt", "p"), "no 'p' to differentiate by"),
    ],
)
def test_what_cannot_be_moved_is_said(autodiff: Run, arguments: tuple[str, ...], message: str) -> None:
    done = autodiff("sensitivity", *arguments)
    assert (done.code, done.out) == (Exit.UNUSABLE, "")
    assert message in done.err


def test_an_end_whose_result_is_too_large_for_a_float_is_said(autodiff: Run) -> None:
    done = autodiff("sensitivity", "exp(x)", "--x", "700", "--by", "20")
    assert (done.code, done.err) == (0, "note: x high, 720: the result is too large for a float\n")
