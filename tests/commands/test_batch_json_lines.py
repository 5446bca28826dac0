"""JSON lines in and out: what Python writes as JSON, keys that come late, and words that are no numbers."""

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pl = pytest.importorskip("polars")
pytest.importorskip("numpy")

from autodiff_cli.tables import text  # noqa: E402

from .batches import assert_refused, rows_of  # noqa: E402
from .conftest import Done  # noqa: E402

MIXED = [  # cells, and what they are in a table with both
    ("1", "0.5", [1.0, 0.5]),
    ("1", '"n/a"', ["1", "n/a"]),
    ("true", '"x"', ["true", "x"]),
    ("null", "7", [None, 7]),
    ("9007199254740993", "0.5", ["9007199254740993", "0.5"]),
    ("[1,2]", "[1.5]", [[1.0, 2.0], [1.5]]),
    ('{"q":1}', '{"q":2.5,"r":"x"}', [{"q": 1.0, "r": None}, {"q": 2.5, "r": "x"}]),
]


@pytest.mark.parametrize(("first", "later", "cells"), MIXED)
@pytest.mark.parametrize("swapped", [False, True])
@pytest.mark.parametrize("to", ["csv", "parquet"])
def test_the_type_of_a_key_is_that_of_all_its_cells_wherever_pieces_end(
    batch: Callable[..., Done],
    monkeypatch: pytest.MonkeyPatch,
    first: str,
    later: str,
    cells: list[Any],
    swapped: bool,
    to: str,
) -> None:
    if to == "csv" and first[0] in "[{":
        pytest.skip("CSV has no cells of that kind")
    one, other = (later, first) if swapped else (first, later)
    lines = [f'{{"a":1,"id":{one}}}'] * 9 + [f'{{"a":1,"id":{other}}}']
    Path("d.jsonl").write_text("\n".join(lines) + "\n")
    found = []
    for piece in (1 << 22, 30):
        monkeypatch.setattr(text, "PIECE", piece)
        done = batch("a", "d.jsonl", "-o", f"out{piece}.{to}")
        assert done.code == 0, done.err
        found.append(Path(f"out{piece}.{to}"))
    expected = cells[::-1] if swapped else cells
    if to == "csv":
        assert found[0].read_bytes() == found[1].read_bytes()
        return
    for path in found:
        read = pl.read_parquet(path)["id"]
        assert read.to_list()[::9] == expected
        assert read.dtype == pl.read_parquet(found[0])["id"].dtype


@pytest.mark.parametrize(("first", "later"), [("1", "true"), ("[1]", "2"), ("[1]", "[true]"), ('{"q":1}', "[2]")])
def test_keys_of_kinds_that_no_column_has_are_refused(
    batch: Callable[..., Done], monkeypatch: pytest.MonkeyPatch, first: str, later: str
) -> None:
    Path("d.jsonl").write_text(f'{{"a":1,"id":{first}}}\n' * 9 + f'{{"a":1,"id":{later}}}\n')
    for piece in (1 << 22, 30):
        monkeypatch.setattr(text, "PIECE", piece)
        assert batch("a", "d.jsonl", "-o", "out.parquet").code == 2


def test_what_is_no_number_stays_in_json_lines(batch: Callable[..., Done]) -> None:
    cells = ["1.5", "n/a", "", " ", "9007199254740993", "-12345678901234567890123", "1e400", "inf", "007", '"a ""b"""']
    Path("d.csv").write_text("x,name\n" + "".join(f"{cell},{i}\n" for i, cell in enumerate(cells)))
    done = batch("x", "d.csv", "-o", "out.jsonl")
    found = [json.loads(line) for line in Path("out.jsonl").read_text().splitlines()]
    kept = [1.5, "n/a", None, None, 9007199254740993, -12345678901234567890123, "1e400", "inf", 7.0, 'a "b"']
    assert [row["x"] for row in found] == kept
    assert [row["name"] for row in found] == list(range(len(cells)))
    assert [row["value"] for row in found] == [
        1.5,
        None,
        None,
        None,
        2.0**53,
        -1.2345678901234568e22,
        None,
        "inf",
        7.0,
        None,
    ]
    assert list(found[1]) == ["x", "name", "value", "gradient_x"]
    assert "  2, first in d.csv, line 3: x is no number\n" in done.err


def test_long_whole_numbers_and_large_floats_in_json_keep_their_digits(batch: Callable[..., Done]) -> None:
    Path("d.jsonl").write_text('{"x": 1.5e300}\n{"x": 9007199254740993}\n{"x": true}\n{"x": 1.50}\n')
    assert batch("x", "d.jsonl", "-o", "out.parquet").code == 0
    assert pl.read_parquet("out.parquet")["x"].to_list() == ["1.5e300", "9007199254740993", "true", "1.50"]
    Path("d.jsonl").write_text('{"x": 1.5e300}\n{"x": 1e20}\n{"x": true}\n')
    assert batch("x", "d.jsonl", "-o", "out.parquet").code == 0
    assert pl.read_parquet("out.parquet")["x"].to_list() == [1.5e300, 1e20, None]
    Path("d.jsonl").write_text('{"x": 1.5e300}\n{"x": 9007199254740993}\n')
    assert batch("x", "d.jsonl", "-o", "out.csv").code == 0
    assert [row["x"] for row in rows_of("out.csv")] == ["1.5e300", "9007199254740993"]


JSON_CELLS = ["4", "NaN", "Infinity", "-Infinity", "true", '"?"', '{"q": [1.50, NaN]}', "[1]", "null", '"9"', "1e400"]
JSON_VALUES = [2.0, None, "inf", None, None, None, None, None, None, 3.0, None]


def json_line(index: int, cell: str) -> str:
    return f'{{ "id":{index},"n": [NaN],  "x" :{cell} }}'


@pytest.mark.parametrize("size", [1 << 22, 100])
def test_what_python_writes_as_json_is_read_and_passed_on(
    batch: Callable[..., Done], monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr(text, "PIECE", size)
    lines = [json_line(*one) for one in enumerate(JSON_CELLS)]
    Path("d.jsonl").write_text("\n".join(lines) + "\n")
    done = batch("sqrt(x)", "d.jsonl", "-o", "out.jsonl", "--wrt", "x")
    assert done.code == 0
    found = Path("out.jsonl").read_text().splitlines()
    assert [one.partition(', "value"')[0] for one in found] == [line.removesuffix(" }") for line in lines]
    assert [json.loads(one)["value"] for one in found] == JSON_VALUES
    for text_ in ("  1 in d.jsonl, line 2: x is nan\n", "  4, first in d.jsonl, line 5: x is no number\n"):
        assert text_ in done.err
    assert "  1 in d.jsonl, line 9: x is missing\n" in done.err
    assert "  1 in d.jsonl, line 11: x is too large for a float\n" in done.err
    assert "  d.jsonl, line 5, 'x': 'true' is no number\n" in done.err
    assert """  d.jsonl, line 7, 'x': '{"q": [1.5, NaN]}' is no number\n""" in done.err
    assert "1 number is infinite:\n  1 in d.jsonl, line 3: value\n" in done.err


@pytest.mark.parametrize("nan", [False, True])  # which polars does not read
def test_json_lines_of_any_kind_go_to_other_formats(batch: Callable[..., Done], nan: bool) -> None:
    cells = [cell for cell in JSON_CELLS if nan or cell not in ("NaN", "Infinity", "-Infinity", "1e400")]
    cells = [cell.replace(", NaN", "") for cell in cells]
    Path("d.jsonl").write_text("".join(f'{{"y": {index}, "x": {cell}}}\n' for index, cell in enumerate(cells)))
    done = batch("x", "d.jsonl", "-o", "out.csv", "--wrt", "x")
    assert done.code == 0
    assert "  4, first in d.jsonl, line 5: x is no number\n" in done.err or not nan
    rows = rows_of("out.csv")
    assert list(rows[0]) == ["y", "x", "value", "gradient_x"]
    typed = {"null": "", '"?"': "?", '"9"': "9", '{"q": [1.50]}': '{"q": [1.5]}'}
    assert [row["x"] for row in rows] == [typed.get(cell, cell) for cell in cells]
    assert [row["y"] for row in rows] == [str(index) for index in range(len(cells))]
    assert batch("x", "d.jsonl", "-o", "out.parquet").code == 0
    found = pl.read_parquet("out.parquet")
    assert (found["y"].dtype, found["x"].dtype) == (pl.Int64, pl.Float64)
    assert found["value"].to_list()[::9] == [4.0, 9.0][: 1 + nan]


@pytest.mark.parametrize(("to", "expression"), [("jsonl", "x"), ("jsonl", "2*3"), ("parquet", "x")])
@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('{"x": tru}', "no JSON: Expecting value"),
        ('{"x": NaN', "no JSON: Expecting ',' delimiter"),
        ('{"x": NaN}}', "no JSON: Extra data"),
        ("NaN", "no JSON object"),
        ('{"x": nan}', "no JSON: Expecting value"),
        ('{"x": 1}{"x": 2}', "no JSON: Extra data"),
        ("{'x': 1}", "no JSON: Expecting property name enclosed in double quotes"),
    ],
)
def test_what_is_no_json_is_named(batch: Callable[..., Done], to: str, line: str, said: str, expression: str) -> None:
    rows = ['{"x": 1.5, "y": 2}'] * 20_000
    rows[15_000] = line
    rows[10] = '{"x": NaN}'
    Path("d.jsonl").write_text("\n".join(rows))
    assert_refused(batch, expression, "d.jsonl", f"d.jsonl, line 15001: {said}", to)


@pytest.mark.parametrize(("to", "cell"), [("jsonl", "null"), ("jsonl", "NaN"), ("jsonl", "{}"), ("csv", "null")])
@pytest.mark.parametrize(
    ("key", "name", "prefix"),
    [
        ('"value"', "value", ""),
        ('"value" ', "value", ""),
        ('"gradient_\\u03b1"', "gradient_α", ""),
        ('"gradient_α"', "gradient_α", ""),
        ('"v\\u0061lue"', "value", ""),
        ('"f_\\"value"', 'f_"value', 'f_"'),
    ],
)
def test_a_late_key_with_the_name_of_an_added_one_is_refused(
    batch: Callable[..., Done], to: str, cell: str, key: str, name: str, prefix: str
) -> None:
    row = '{"α": 1, "s": {"value": 1, "gradient_α": 2}, "t": "\\"value\\": null \\u0061", "u": null}'
    late = f'{{"α": 1, {key}: {cell}}}'
    Path("d.jsonl").write_text("\n".join([row] * 10_000 + [late] + [row] * 10) + "\n")
    arguments = ["α*1", "d.jsonl", "-o", f"out.{to}", *(["--prefix", prefix] if prefix else [])]
    done = batch(*arguments)
    wrong = f"the column '{name}' would be added, and d.jsonl, line 10001 has one of that name"
    assert (done.code, done.err.split("\n")[0]) == (2, f"error: {wrong}")
    assert f"--prefix f_ adds 'f_{name}' instead" in done.err
    assert not Path(f"out.{to}").exists()
    if to == "jsonl":
        assert batch(*arguments[:4], "--prefix", "g_").code == 0


def test_columns_beside_nan_are_typed_as_ever(batch: Callable[..., Done]) -> None:
    Path("d.jsonl").write_text(
        '{"x":NaN, "f":1, "n":Infinity, "i":9007199254740993, "l":[1, 2.5], "o":{"k":1}, "s":"NaN", "b":true}\n'
        '{"x": 4, "f": NaN, "n": null, "i": 7, "l": [3], "o": {"k": 2.5, "m": "a"}, "s": "b"}\n'
    )
    assert batch("x", "d.jsonl", "-o", "out.parquet", "--invalid", "nan").code == 0
    rows = pl.read_parquet("out.parquet").rows()
    first = (1.0, math.inf, 9007199254740993, [1.0, 2.5], {"k": 1.0, "m": None}, "NaN", True)
    assert math.isnan(rows[0][0])
    assert rows[0][1:8] == first
    assert math.isnan(rows[1][1])
    assert (rows[1][0], *rows[1][2:8]) == (4.0, None, 7, [3.0], {"k": 2.5, "m": "a"}, "b", None)
    Path("d.jsonl").write_text('{"x": 1, "l": []}\n{"x": 4, "l": [1, NaN]}\n')
    message = "d.jsonl, line 2: NaN or Infinity within a list or an object"
    assert_refused(batch, "x", "d.jsonl", message, "parquet")


def test_json_lines_with_keys_in_another_order_stay_as_they_were(batch: Callable[..., Done]) -> None:
    Path("p.jsonl").write_text('{"x": 1, "y": true}\n')
    Path("q.jsonl").write_text('{"y": NaN, "x": 2.50}\n')
    assert batch("x", "p.jsonl", "q.jsonl").out == (
        '{"x": 1, "y": true, "value":1.0,"gradient_x":1.0}\n{"y": NaN, "x": 2.50, "value":2.5,"gradient_x":1.0}\n'
    )


def test_csv_and_json_lines_together_are_one_table(batch: Callable[..., Done]) -> None:
    Path("p.csv").write_text("x,y\n1,a\n?,b\n")
    Path("q.jsonl").write_text('{"y": "c", "x": 9007199254740993}\n{"y": "d", "x": true}\n{"x": "", "y": "e"}\n')
    assert batch("x", "p.csv", "q.jsonl", "-o", "out.jsonl", "--wrt", "x").code == 0
    found = [json.loads(line) for line in Path("out.jsonl").read_text().splitlines()]
    assert [row["x"] for row in found] == [1.0, "?", 9007199254740993, "true", None]
    assert [row["y"] for row in found] == list("abcde")
    assert batch("x", "p.csv", "q.jsonl", "-o", "out.csv").code == 0
    assert [row["x"] for row in rows_of("out.csv")] == ["1", "?", "9007199254740993", "true", ""]


def test_json_lines_have_one_form_in_every_row(batch: Callable[..., Done]) -> None:
    pl.DataFrame({"a": [1.0, math.inf], "t": [1577836800123456789] * 2}).with_columns(
        pl.col("t").cast(pl.Datetime("ns"))
    ).write_parquet("ns.parquet")
    first, second = batch("a", "ns.parquet", "--to", "jsonl").out.splitlines()
    assert first == '{"a":1.0,"t":"2020-01-01 00:00:00.123456789","value":1.0,"gradient_a":1.0}'
    assert second == '{"a":"inf","t":"2020-01-01 00:00:00.123456789","value":"inf","gradient_a":1.0}'


def test_kinds_that_no_column_holds_are_said_in_our_words(batch: Callable[..., Done]) -> None:
    Path("d.jsonl").write_text('{"x":1,"y":1}\n{"x":2,"y":true}\n')
    done = batch("x", "d.jsonl", "--to", "csv")
    assert done.code == 2
    assert done.err.startswith("error: d.jsonl, lines from 1: 'true' does not go into a column of whole numbers\n")


def test_a_key_that_stands_twice_names_the_option_that_takes_rows_apart(batch: Callable[..., Done]) -> None:
    Path("d.jsonl").write_text('{"x":1,"y":3,"y":2}\n')
    assert "without --columns it stays as it is" in batch("x", "d.jsonl", "--columns", "x").err
    assert "--to jsonl keeps everything" in batch("x", "d.jsonl", "--to", "csv").err


@pytest.mark.parametrize("to", ["jsonl", "csv", "parquet"])
def test_json_lines_without_rows_have_none_whatever_columns_are_asked_for(batch: Callable[..., Done], to: str) -> None:
    Path("none.csv").write_text("x,s\n")
    assert batch("k*x", "none.csv", "--k", "2", "-o", "none.jsonl").code == 0
    assert Path("none.jsonl").read_bytes() == b""
    asked = ["--k", "2", "--where", "q > 0", "--sigma", "x=s", "--map", "q=Q", "--columns", "s"]
    done = batch("k*x", "none.jsonl", *asked, "-o", f"out.{to}")
    assert (done.code, done.err) == (0, "0 rows\n")


@pytest.mark.parametrize("first", ["none.jsonl", "some.jsonl"])
@pytest.mark.parametrize("to", ["jsonl", "csv", "parquet"])
def test_json_lines_without_rows_add_nothing_to_one_output(batch: Callable[..., Done], first: str, to: str) -> None:
    Path("none.jsonl").write_text("\n")
    Path("some.jsonl").write_text('{"x": 3, "s": "a"}\n')
    other = {"none.jsonl": "some.jsonl", "some.jsonl": "none.jsonl"}[first]
    done = batch("x^2", first, other, "-o", f"both.{to}")
    assert (done.code, done.err) == (0, "1 row\n")
    batch("x^2", "some.jsonl", "-o", f"alone.{to}")
    assert Path(f"both.{to}").read_bytes() == Path(f"alone.{to}").read_bytes()


def test_a_column_stands_before_a_default_although_the_first_table_has_no_rows(batch: Callable[..., Done]) -> None:
    Path("none.jsonl").write_text("")
    Path("some.jsonl").write_text('{"x": 3, "k": 5}\n')
    Path("m.ad").write_text("k = 2\nk*x\n")
    done = batch("m.ad", "none.jsonl", "some.jsonl", "-o", "both.csv")
    assert (done.code, done.err) == (0, "1 row\n")
    assert rows_of("both.csv")[0]["value"] == "15.0"
