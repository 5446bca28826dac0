"""Reports for programs: cells, paths to one number, second derivatives by two names."""

from math import inf, nan
from typing import Any

import pytest

from autodiff_cli.errors import AutodiffError, UndefinedError
from autodiff_cli.render.data import pick, plain, separated, square

RESULT = {"value": 2.5, "gradient": {"a": 1.0, "b": None}, "orders": [1, 2, 3], "hessian": {"a": {"a": 0.5}}}


def picked(path: str) -> str:
    return pick(RESULT, path, path.split("."), "it could not be proven")


@pytest.mark.parametrize(
    ("path", "cell"), [("value", "2.5"), ("gradient.a", "1.0"), ("orders.2", "3"), ("hessian.a.a", "0.5")]
)
def test_a_path_leads_to_one_number(path: str, cell: str) -> None:
    assert picked(path) == cell


@pytest.mark.parametrize(
    ("path", "message", "hint"),
    [
        ("gradint", "there is no 'gradint' in the result", "did you mean 'gradient'?"),
        ("gradient.q", "there is no 'gradient.q' in the result", "there are a, b"),
        ("orders.7", "there is no 'orders.7' in the result", "the orders are 0 to 2"),
        ("value.a", "there is no 'value.a' in the result", "value is one number or word"),
        ("gradient", "'gradient' is not one number", "as in --only gradient.a"),
        ("orders", "'orders' is not one number", "as in --only orders.0"),
        ("hessian", "'hessian' is not one number", "as in --only hessian.a.a"),
    ],
)
def test_a_path_that_leads_nowhere_says_what_there_is(path: str, message: str, hint: str) -> None:
    with pytest.raises(AutodiffError) as caught:
        picked(path)
    assert (caught.value.message, caught.value.hint) == (message, hint)


def test_a_number_that_is_missing_is_undefined() -> None:
    with pytest.raises(UndefinedError, match="it could not be proven"):
        picked("gradient.b")


@pytest.mark.parametrize(
    ("cell", "shown"), [(1.5, 1.5), (inf, "inf"), (nan, "nan"), (None, None), ("ok", "ok"), (3, 3)]
)
def test_what_json_cannot_hold_is_a_string(cell: Any, shown: Any) -> None:
    assert plain(cell) == shown


def test_cells_are_quoted_where_they_hold_the_separator() -> None:
    rows = [["a", "b c"], [0.1, None], ["x, y", "x\ty"]]
    assert separated(rows, "csv").split("\n") == ["a,b c", "0.1,", '"x, y",x\ty']
    assert separated(rows, "tsv").split("\n") == ["a\tb c", "0.1\t", 'x, y\t"x\ty"']


def test_second_derivatives_stand_under_both_names() -> None:
    cells = {("x", "x"): 1, ("x", "y"): 2, ("y", "y"): 3}
    assert square(cells) == {"x": {"x": 1, "y": 2}, "y": {"x": 2, "y": 3}}
