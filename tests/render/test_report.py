"""The table for people: it fits, its numbers line up, and it says no more than is known."""

from io import StringIO

import pytest
from rich.console import Console

from autodiff_cli.language.parser import parse
from autodiff_cli.render.report import number, show
from autodiff_cli.reports.point import report_at
from autodiff_cli.reports.results import Report, Row, Verdict

PHYSICS = ("h*f/(k*T)", {"h": 6.62607015e-34, "f": 5e14, "k": 1.380649e-23, "T": 300.0})


def shown(report: Report, width: int, precision: int | None = None, **options: object) -> list[str]:
    stream = StringIO()
    console = Console(file=stream, width=width, highlight=False, **options)  # type: ignore[arg-type]
    show(report, console, precision)
    return stream.getvalue().splitlines()


@pytest.mark.parametrize("width", [60, 80, 160])
@pytest.mark.parametrize(("text", "point"), [PHYSICS, ("tanh(a*b + c)", {"a": 2.0, "b": -3.0, "c": 10.0})])
def test_the_table_fits_the_width(text: str, point: dict[str, float], width: int) -> None:
    report = report_at(parse(text), point)
    lines = shown(report, width)
    assert len(lines) == 3 + len(point)
    assert max(len(line.rstrip()) for line in lines) <= width
    for line, name in zip(lines[3:], point, strict=True):
        assert line.split()[0] == name
        assert line.split()[-1] == "ok"


def test_the_decimal_points_line_up() -> None:
    report = report_at(parse("a*b*c"), {"a": 2.5, "b": -31.25, "c": 100.0})
    rows = shown(report, 80)[3:]
    column = [row.index(".") for row in rows[:2]]
    assert column[0] == column[1]
    assert rows[2].index("100") + 3 == column[0]


def test_all_17_digits_are_shown_on_request() -> None:
    report = report_at(parse("tanh(a*b + c)"), {"a": 2.0, "b": -3.0, "c": 10.0})
    text = "\n".join(shown(report, 120, precision=17))
    assert "-0.00402285204907769" in text
    assert "0.999329299739067" in text


def test_the_estimate_shows_no_digit_that_its_bound_does_not_leave() -> None:
    row = Row("x", 1.0, 3.14159265, 3.14159265, 2e-4, Verdict.UNSURE)
    assert "3.1416  " in shown(Report("f", 1.0, [row]), 100)[3]
    assert shown(Report("f", 1.0, [row]), 100)[3].count("3.14159265") == 1


def test_a_verdict_is_a_word_and_colour_comes_on_top() -> None:
    report = report_at(parse("abs(x)"), {"x": 0.0})
    plain = shown(report, 80)
    assert "kink" in plain[3]
    assert "\x1b[" not in "".join(plain)
    coloured = "".join(shown(report, 80, force_terminal=True, color_system="standard"))
    assert "\x1b[33mkink" in coloured
    assert "\x1b[33m" not in "".join(shown(report, 80, force_terminal=True, no_color=True))


def test_without_variables_there_is_only_the_value() -> None:
    assert shown(report_at(parse("2+3"), {}), 80) == ["2 + 3 = 5"]


def test_a_long_expression_is_cut() -> None:
    text = "+".join(["x"] * 1000)
    first = shown(report_at(parse(text), {"x": 1.0}), 80)[0]
    assert len(first) <= 4 * 80 + len(" = 1000")
    assert first.endswith("… = 1000")


@pytest.mark.parametrize(
    ("data", "digits", "text"),
    [(2.0, 10, "2"), (0.1, 17, "0.1"), (1e22, 4, "1e22"), (-1.25e-7, 10, "-1.25e-7"), (1 / 3, 4, "0.3333")],
)
def test_a_number_has_as_many_digits_as_asked_for_and_no_zeros_behind(data: float, digits: int, text: str) -> None:
    assert number(data, digits) == text
