"""`autodiff study`: what is read, printed and returned."""

from collections.abc import Callable

import pytest

from ..conftest import Result

Run = Callable[..., Result]

pytest.importorskip("flint")


def test_the_table_names_points_and_says_that_there_are_no_others(autodiff: Run) -> None:
    done = autodiff("study", "x/(1+x^2)", "--x", "-10:10")
    assert done.code == 0
    lines = done.out.splitlines()
    assert [line.split()[0] for line in lines[3:9]] == ["zero", "minimum", "maximum"] + 3 * ["inflection"]
    assert lines[-1] == "all of these are proven, and there are no others in [-10, 10]"


def test_json_keeps_its_contract(autodiff: Run) -> None:
    found = autodiff("study", "1/x + x", "--format", "json").json
    assert (found["range"], found["complete"], found["symmetry"]) == (None, True, "odd")
    assert [(one["x"], one["value"], one["kind"]) for one in found["extrema"]] == [
        (-1.0, -2.0, "maximum"),
        (1.0, 2.0, "minimum"),
    ]
    assert [(one["x"], one["left"], one["right"]) for one in found["poles"]] == [(0.0, "-inf", "inf")]
    assert found["asymptotes"] == [
        {"kind": "oblique", "slope": 1.0, "height": 0.0, "towards": ["-inf", "inf"]},
        {"kind": "vertical", "x": 0.0},
    ]
    assert found["falls"] == [[-1.0, 0.0], [0.0, 1.0]]


def test_only_prints_places_a_line_each_or_one_thing(autodiff: Run) -> None:
    assert autodiff("study", "x^2 - 4", "--only", "zeros").out == "-2\n2\n"
    assert autodiff("study", "x^2 - 4", "--only", "extrema.0.value").out == "-4.0\n"
    assert autodiff("study", "x^2 - 4", "--only", "falls").out == "-inf 0\n"
    assert autodiff("study", "x^2 + 4", "--only", "zeros").code == 1
    assert autodiff("study", "x^2 + 4", "--only", "zeroes").code == 2


def test_csv_has_a_row_a_point(autodiff: Run) -> None:
    out = autodiff("study", "x^2 - 2", "--format", "csv").out
    assert out.splitlines()[1] == "zero,-1.4142135623730951,0.0,-sqrt(2),0,1e-15"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [(("x^2",), 0), (("sin(1/x)", "--x", "0:1e-3"), 2), (("log(-x^2-1)",), 3), (("x^4+y^4", "--x", "-1:1"), 2)],
)
def test_the_exit_code_says_whether_all_is_decided(autodiff: Run, arguments: tuple[str, ...], code: int) -> None:
    assert autodiff("study", *arguments).code == code


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("5",), "it has no variable"),
        (("x*y*z",), "and here are 3"),
        (("x^2", "--x", "2"), "every variable has one value"),
        (("x^2", "--x", "0:1:0.1"), "without steps"),
        (("x^2", "--x", "3:1"), "is empty"),
        (("a*x", "--x", "0:1", "--b", "2"), "unknown option --b"),
    ],
)
def test_what_cannot_be_studied_is_refused_in_words(autodiff: Run, arguments: tuple[str, ...], words: str) -> None:
    done = autodiff("study", *arguments)
    assert done.code == 2
    assert words in done.err


def test_a_parameter_keeps_its_value(autodiff: Run) -> None:
    found = autodiff("study", "a*x^2 - 1", "--a", "4", "--x", "-3:3", "--format", "json").json
    assert [one["x"] for one in found["zeros"]] == [-0.5, 0.5]


def test_without_a_range_a_note_says_what_is_studied(autodiff: Run) -> None:
    assert "one period is studied, from 0 to 2 * pi" in autodiff("study", "sin(x)").err
    assert "it is studied from -10 to 10" in autodiff("study", "x*sin(x)").err
    assert autodiff("study", "x^2").err == ""


@pytest.mark.parametrize("columns", ["50", "60", "80", "160"])
def test_no_line_of_the_table_is_broken(autodiff: Run, monkeypatch: pytest.MonkeyPatch, columns: str) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    out = autodiff("study", "x/(1+x^2)", "--x", "-10:10").out
    assert max(map(len, out.splitlines()[:-1])) <= int(columns)
    assert "-sqrt(3)" in out


def test_a_function_with_a_name_keeps_it(autodiff: Run) -> None:
    assert autodiff("study", "y = x^2 - 1").out.startswith("y = x^2 - 1\n")


def test_a_point_of_an_area_where_the_values_jump_is_no_critical_point(autodiff: Run) -> None:
    found = autodiff("study", "(x - 3)^2 + floor(x) + (y - 1)^2", "--x", "0:5", "--y", "0:2", "--format", "json").json
    assert [point for point in found["critical"] if point["kind"] == "minimum"] == []


def test_numbers_of_a_curve_have_their_last_digit(autodiff: Run) -> None:
    found = autodiff("study", "x^2 + 0.1", "--format", "json").json
    assert found["extrema"][0]["value"] == 0.1
    assert "y = 0.1 * x + 1" in autodiff("study", "0.1x + 1").out


def test_a_sum_of_decimals_as_the_value_of_a_constant_is_read(autodiff: Run) -> None:
    done = autodiff("study", "x - k", "--x", "0:9", "--k", "2+0.5-1", "--only", "zeros")
    assert (done.code, done.out) == (0, "1.5\n")
