"""Rules as data: letters in place of arguments, slopes by those that move."""

from autodiff_cli.reports.explain import Slope, explain
from autodiff_cli.rules.table import BY_NAME


def test_a_rule_has_its_letters_in_formulas_and_facts() -> None:
    found = explain(BY_NAME["clamp"][0])
    assert found.what == "u kept between v and w: min(max(u, v), w)"
    assert found.written == "clamp(u, v, w)"
    assert found.kinks == "u = v, u = w; the slope is split evenly"


def test_a_function_of_one_argument_has_one_slope_by_nothing_else() -> None:
    assert explain(BY_NAME["sin"][0], letters="t").slopes == [Slope("cos(t)")]


def test_equal_slopes_are_one() -> None:
    assert explain(BY_NAME["add"][0]).slopes == [Slope("1", ["u", "v"])]


def test_what_a_slope_leaves_out_is_told_where_all_arguments_move() -> None:
    (by_base,) = explain(BY_NAME["pow"][0], moving={0}).slopes
    assert by_base == Slope("v * u^(v - 1)", ["u"])
    assert [slope.left_out for slope in explain(BY_NAME["pow"][0]).slopes] == [
        "0 at v = 0",
        "at u = 0 it is 0 for v > 0, else undefined",
    ]


def test_the_facts_of_a_function_of_any_number_of_arguments_stay_as_they_are() -> None:
    found = explain(BY_NAME["max"][0])
    assert (found.written, found.kinks) == ("max(u, v, ...)", "at a tie; the slope is split evenly")
