"""Why rows have no value."""

from collections.abc import Mapping
from math import nan
from typing import Any

import numpy as np
import pytest

from autodiff_cli.columns import reasons as room
from autodiff_cli.columns.reasons import reasons
from autodiff_cli.engine.domain import violations
from autodiff_cli.engine.printer import domain_message
from autodiff_cli.language.parser import parse


def said(text: str, columns: Mapping[str, Any]) -> list[str]:
    """The reason of each row; empty where it has none."""
    arrays = {name: np.array(column) if isinstance(column, list) else column for name, column in columns.items()}
    codes, texts = reasons(parse(text), arrays)
    return [texts[code - 1] if code else "" for code in codes]


@pytest.mark.parametrize(
    ("text", "columns", "expected"),
    [
        ("log(x)", {"x": [1.0, -1.0]}, ["", "log(x) needs x > 0"]),
        ("x + y", {"x": [1.0, nan], "y": 2.0}, ["", "x is not a number"]),
        ("where(x > 0, log(x), x)", {"x": [1.0, -1.0]}, ["", ""]),
        ("where(x > 0, x, log(x))", {"x": [1.0, -1.0]}, ["", "log(x) needs x > 0"]),
        ("log(x) + acos(x)", {"x": [-2.0, 2.0]}, ["log(x) needs x > 0", "acos(x) needs -1 <= x <= 1"]),
        ("x*1e300*1e300 - x*1e300*1e300", {"x": [0.0, 1.0]}, ["", "x*1e300*1e300 - x*1e300*1e300 has no value"]),
    ],
)
def test_the_first_step_that_fails_says_it(text: str, columns: Mapping[str, Any], expected: list[str]) -> None:
    for ours, wanted in zip(said(text, columns), expected, strict=True):
        assert ours.replace(" * ", "*").startswith(wanted)
        assert bool(ours) == bool(wanted)


def test_numbers_beside_columns_have_reasons_too() -> None:
    (reason,) = {*said("diff((acos(1e16))^y, x)", {"x": [1.0, 2.0], "y": 1.0})}
    assert "acos" in reason


def test_rows_of_many_parts_have_their_own_reasons(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "_ROWS", 3)
    found = said("log(x)", {"x": [1.0, -1.0] * 5})
    assert [bool(one) for one in found] == [False, True] * 5


@pytest.mark.parametrize("text", ["log(x)*sqrt(y)", "where(x > y, log(x), acos(y))", "diff(log(x)*y, x)", "x^y", "1/x"])
def test_a_row_fails_where_the_point_does(text: str) -> None:
    expression = parse(text)
    grid = [-2.0, -0.5, 0.0, 0.5, 2.0]
    points = [{"x": x, "y": y} for x in grid for y in grid]
    points = [{name: point[name] for name in expression.variables} for point in points]
    columns = {name: np.array([point[name] for point in points]) for name in expression.variables}
    codes, texts = reasons(expression, columns)
    for code, point in zip(codes, points, strict=True):
        with expression.at(point) as at:
            outside = [domain_message(found.node) for found in violations(at)]
        assert (texts[code - 1] if code else None) in (outside or [None])
