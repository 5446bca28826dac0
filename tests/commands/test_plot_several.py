"""`autodiff plot` with several curves, and with marks."""

import csv
import io
from collections.abc import Callable

import pytest

from ..conftest import Result

Run = Callable[..., Result]


def test_several_expressions_share_a_window_and_have_a_legend(autodiff: Run) -> None:
    done = autodiff("plot", "x^2", "x^3", "--x", "-2:2")
    assert done.code == 0
    assert done.out.splitlines()[-2:] == ["   ● x^2", "   ▲ x^3"]
    assert all(done.out.count(glyph) > 3 for glyph in "●▲")


def test_without_our_signs_the_curves_are_told_apart_too(autodiff: Run) -> None:
    out = autodiff("plot", "x^2", "x^3", "--x", "-2:2", "--ascii").out
    assert out.isascii()
    assert out.splitlines()[-2:] == ["   o x^2", "   ^ x^3"]


def test_values_are_those_of_all_and_each_may_have_its_own(autodiff: Run) -> None:
    found = autodiff("plot", "a*x", "b + x", "a*b", "--x", "0:1", "--a", "2", "--b", "3", "--format", "json").json
    ends = [(one["label"], one["value"][0], one["value"][-1]) for one in found["curves"]]
    assert ends == [("a * x", 0.0, 2.0), ("b + x", 3.0, 4.0), ("a * b", 6.0, 6.0)]


def test_a_further_expression_may_begin_with_a_sign_or_have_a_name(autodiff: Run) -> None:
    found = autodiff("plot", "x^2", "-x^2", "-x", "y = 1 - x", "--x", "0:1", "--format", "json").json
    assert [one["label"] for one in found["curves"]] == ["x^2", "-x^2", "-x", "1 - x"]
    assert [one["value"][-1] for one in found["curves"]] == [1.0, -1.0, -1.0, 0.0]


def test_named_steps_are_curves(autodiff: Run) -> None:
    out = autodiff("plot", "u = x^2; v = u + 1; u*v", "--of", "u,v", "--x", "0:1", "--format", "csv").out
    rows = [*csv.reader(io.StringIO(out))]
    assert rows[0] == ["curve", "x", "value", "derivative"]
    assert {row[0] for row in rows[1:]} == {"u", "v"}
    assert all(float(row[2]) == pytest.approx(float(row[1]) ** 2 + (row[0] == "v")) for row in rows[1:])


def test_one_named_step_is_drawn_with_its_derivative(autodiff: Run) -> None:
    out = autodiff("plot", "u = x^2; u + 1", "--of", "u", "--x", "0:1").out
    assert "du/dx" in out


def test_notes_say_which_curve_they_are_about(autodiff: Run) -> None:
    err = autodiff("plot", "1/x", "x", "--x", "-1:1").err
    assert "1 / x: pole at x = 0" in err


def test_a_curve_without_values_is_left_out_and_said(autodiff: Run) -> None:
    done = autodiff("plot", "log(-x^2 - 1)", "x", "--x", "-1:1", "--format", "json")
    assert [one["label"] for one in done.json["curves"]] == ["x"]
    assert "no value anywhere" in done.err
    assert autodiff("plot", "log(-x^2 - 1)", "sqrt(-x^2 - 1)", "--x", "-1:1").code == 3


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("x^2", "x*y"), "not along x and y"),
        (("x^2", "x^3", "--at", "1"), "--at is for one curve"),
        (("x^2", "x^3", "--marks"), "--marks is for one curve"),
        (("x^2", "x^3", "--of", "u"), "--of names steps of one program"),
        (("u = x; u^2", "--of", "w"), "w"),
        (("x^2", "x^3", "--b", "2"), "unknown option --b"),
        (("x^2", "x +"), "the expression ends where"),
        (("x^2", "-q"), "unknown option -q"),
        (("y = x", "y = x^2"), "two curves have one name"),
    ],
)
def test_what_cannot_be_drawn_together_is_refused_in_words(
    autodiff: Run, arguments: tuple[str, ...], words: str
) -> None:
    done = autodiff("plot", *arguments)
    assert done.code == 2
    assert words in done.err


def test_marks_are_drawn_listed_and_in_json(autodiff: Run) -> None:
    pytest.importorskip("flint")
    out = autodiff("plot", "x^3 - 3x", "--x", "-3:3", "--marks").out
    assert "▲ maximum (-1, 2)" in out
    assert out.count("○") == 3  # two zeros, a third one under the inflection, and the legend's
    marks = autodiff("plot", "x^2", "--x", "-1:1", "--marks", "--format", "json").json["marks"]
    assert marks == [{"kind": "zero", "x": 0.0, "value": 0.0}, {"kind": "minimum", "x": 0.0, "value": 0.0}]
    assert "marks" not in autodiff("plot", "x^2", "--x", "-1:1", "--format", "json").json


def test_a_picture_of_several_curves_names_each(autodiff: Run, tmp_path: "object") -> None:
    pytest.importorskip("matplotlib")
    path = f"{tmp_path}/curves.svg"
    assert autodiff("plot", "x^2", "x^3", "--x", "-2:2", "-o", path).code == 0
    with open(path, encoding="utf-8") as file:
        text = file.read()
    assert "<!-- x^2 -->" in text
    assert "<!-- x^3 -->" in text
