"""Keys that stand twice in an object, against Python's json."""

import json
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from autodiff_cli.tables.keys import RepeatedKey, repeated, repeated_anywhere

VALUES = st.sampled_from(["1", "-2.5", "null", '"x"', '"a: \\"x\\": 3"', '"\\": null"', '{"x": 1}', "[1, 2]", "true"])
PAIRS = st.tuples(st.sampled_from(['"x"', '"y" ', '"z"', '"\\u0078"']), VALUES)
OBJECTS = st.lists(PAIRS, min_size=1, max_size=4).map(
    lambda pairs: "{" + ", ".join(f"{key}:{value}" for key, value in pairs) + "}"
)


def keys_of(line: str) -> list[str]:
    return [key for key, _ in json.loads(line, object_pairs_hook=list)]


def read(lines: list[str]) -> tuple[bytes, pl.Series, pl.DataFrame]:
    """Some lines, with a first one that has all keys, and their columns as text."""
    lines = ['{"x": 0, "y": 0, "z": 0}', *lines]
    rows: list[dict[str, Any]] = [json.loads(line) for line in lines]
    cells = {name: [None if (cell := row.get(name)) is None else str(cell) for row in rows] for name in ("x", "y", "z")}
    return "\n".join(lines).encode(), pl.Series(lines), pl.DataFrame(cells, schema=dict.fromkeys(cells, pl.String))


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(OBJECTS, max_size=4))
@example(['{"\\u0078": 1}', '{"x": 1, "x": 2}'])
def test_a_key_that_stands_twice_is_found_as_a_reader_finds_it(lines: list[str]) -> None:
    data, texts, frame = read(lines)
    expected = next((row for row, line in enumerate(texts) if keys_of(line).count("x") > 1), None)
    found = repeated(data, texts, frame, ["x"])
    assert (found and found.row) == expected
    twice = [len(set(keys_of(line))) < len(keys_of(line)) for line in texts]
    found = repeated_anywhere(data, texts, frame)
    assert (found and found.row) == (twice.index(True) if any(twice) else None)


@pytest.mark.parametrize("line", ['{"x": 1, "o": {"a": 1, "a": 2}}', '{"x": 1, "o": [{"a": null, "a": null}]}'])
def test_a_key_twice_within_an_object_is_found_where_all_is_passed_on(line: str) -> None:
    data = line.encode()
    frame = pl.DataFrame({"x": [1], "o": [{"a": 2}]})
    assert repeated_anywhere(data, pl.Series([line]), frame) == RepeatedKey(0, "a")
    assert repeated(data, pl.Series([line]), frame, ["x"]) is None
