"""Cells and types from one format to another: what is passed on stays as it was typed."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pl = pytest.importorskip("polars")
pytest.importorskip("numpy")

from autodiff_cli.tables import FileFormat, text, write  # noqa: E402

from .batches import ADDED, TANH, expected, points, rows_of, write_csv  # noqa: E402
from .conftest import Done  # noqa: E402


@pytest.mark.parametrize("to", ["csv", "tsv", "jsonl", "parquet", "arrow", "csv.gz", "csv.zst", "tsv.gz", "jsonl.zst"])
@pytest.mark.parametrize("from_", ["csv", "tsv.zst", "jsonl.gz", "jsonl", "parquet", "arrow", "csv.gz"])
def test_every_format_goes_to_every_other(batch: Callable[..., Done], from_: str, to: str) -> None:
    rows = [point | {"id": i, "name": f'n{i},\t"é'} for i, point in enumerate(points(50))]
    write(f"data.{from_}", FileFormat(*(from_.split(".") if "." in from_ else (from_,))), iter([pl.DataFrame(rows)]))
    assert batch(TANH, f"data.{from_}", "-o", f"out.{to}") == (0, "", "50 rows\n")
    assert batch("value*0 + id", f"out.{to}", "-o", "again.parquet", "--wrt", "id", "--prefix", "x_").code == 0
    found = pl.read_parquet("again.parquet")
    assert found.columns == ["a", "b", "c", "id", "name", *ADDED, "x_value", "x_gradient_id"]
    assert found["name"].to_list() == [row["name"] for row in rows]
    assert found["id"].cast(pl.Int64).to_list() == list(range(50))
    for row, point in zip(found.rows(named=True), rows, strict=True):
        assert [row[name] for name in "abc"] == [point[name] for name in "abc"]  # bit for bit
        assert [row[name] for name in ADDED] == pytest.approx(expected(point), rel=1e-14)


def test_cells_stay_as_they_were_typed(batch: Callable[..., Done]) -> None:
    text = 'a,note,b\r\n1.50,"x, ""y""",+2\r\n1e2,"two\nlines",0x\r\n 7 ,,1_0\r\n9007199254740993,007,-0\r\n'
    Path("data.csv").write_bytes(b"\xef\xbb\xbf" + text.encode())
    done = batch("a", "data.csv")
    assert done.out == (
        'a,note,b,value,gradient_a\n1.50,"x, ""y""",+2,1.5,1.0\n1e2,"two\nlines",0x,100.0,1.0\n'
        " 7 ,,1_0,7.0,1.0\n9007199254740993,007,-0,9007199254740992.0,1.0\n"
    )


def test_json_lines_stay_as_they_were(batch: Callable[..., Done]) -> None:
    lines = '{"a": 1.50, "tags": ["x", {"y": null}], "b": 10000000000000000001}\n\n{ "a":2 , "z":"}" }\n{"a": -1}\n'
    Path("data.jsonl").write_text(lines)
    done = batch("sqrt(a)", "data.jsonl", "--invalid", "null")
    assert done.out.split("\n") == [
        '{"a": 1.50, "tags": ["x", {"y": null}], "b": 10000000000000000001, '
        '"value":1.224744871391589,"gradient_a":0.4082482904638631}',
        '{ "a":2 , "z":"}", "value":1.4142135623730951,"gradient_a":0.35355339059327373}',
        '{"a": -1, "value":null,"gradient_a":null}',
        "",
    ]
    assert "1 in data.jsonl, line 4: sqrt(x) needs x >= 0; here x = a" in done.err


def test_what_is_not_finite_is_a_string_in_json(batch: Callable[..., Done]) -> None:
    Path("data.jsonl").write_text('{"x": 0}\n{"x": 4}\n{}\n')
    done = batch("sqrt(x)", "data.jsonl", "--invalid", "nan")
    assert [json.loads(line) for line in done.out.split("\n")[:-1]] == [
        {"x": 0, "value": 0.0, "gradient_x": "inf"},
        {"x": 4, "value": 2.0, "gradient_x": 0.25},
        {"value": "nan", "gradient_x": "nan"},
    ]
    assert done.err == (
        "3 rows\n1 row without a value:\n  1 in data.jsonl, line 3: x is missing\n"
        "1 number is infinite:\n  1 in data.jsonl, line 1: gradient_x\n"
    )


def test_types_are_found_when_text_becomes_columns(batch: Callable[..., Done]) -> None:
    Path("data.csv").write_text("x,n,zip,flag,word,half,none\n1,1,007,true,a,0.5,\n2,-2,123,false,b,1,\n")
    assert batch("x", "data.csv", "-o", "out.parquet").code == 0
    found = pl.read_parquet("out.parquet")
    assert list(found.dtypes)[:7] == [pl.Float64, pl.Int64, pl.String, pl.Boolean, pl.String, pl.Float64, pl.String]
    assert found.row(0) == (1.0, 1, "007", True, "a", 0.5, None, 1.0, 1.0)


def test_a_type_that_changes_far_down_in_json_lines_is_that_of_all_cells(
    batch: Callable[..., Done], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text, "PIECE", 64)
    rows = [{"x": i, "id": i if i < 40 else "A7"} for i in range(50)]
    Path("data.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert batch("x", "data.jsonl", "-o", "out.parquet").code == 0
    assert pl.read_parquet("out.parquet")["id"].to_list() == [*map(str, range(40)), *["A7"] * 10]
    assert batch("x", "data.jsonl", "-o", "out.jsonl").code == 0


def test_a_type_of_a_csv_column_is_that_of_all_its_cells(
    batch: Callable[..., Done], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text, "PIECE", 64)
    write_csv("data.csv", [{"x": i, "id": i if i < 40 else "A7"} for i in range(50)])
    assert batch("x", "data.csv", "-o", "out.parquet").code == 0
    assert pl.read_parquet("out.parquet")["id"].to_list() == [*map(str, range(40)), *["A7"] * 10]


@pytest.mark.slow
def test_pieces_end_where_rows_end(batch: Callable[..., Done], monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [{"x": i, "t": 'a "quoted"\nline, or\n\n"two"' * (i % 3), "y": i / 7} for i in range(300)]
    write_csv("data.csv", rows)
    for size in (16, 37, 100, 1000):
        monkeypatch.setattr(text, "PIECE", size)
        assert batch("x*y", "data.csv", "-o", "out.csv").code == 0
        found = rows_of("out.csv")
        assert [(int(r["x"]), r["t"], float(r["y"])) for r in found] == [tuple(row.values()) for row in rows]
        assert [float(row["value"]) for row in found] == pytest.approx([i * (i / 7) for i in range(300)])


def test_whole_numbers_of_every_kind(batch: Callable[..., Done]) -> None:
    types = [pl.Int8, pl.UInt64, pl.Int32, pl.Float32, pl.Decimal(10, 2)]
    pl.DataFrame([pl.Series(f"v{i}", [1, 2, None], kind) for i, kind in enumerate(types)]).write_parquet("d.parquet")
    assert batch("v0*v1*v2*v3*v4", "d.parquet", "-o", "o.parquet").code == 0
    assert pl.read_parquet("o.parquet")["value"].to_list() == [1.0, 32.0, None]
    assert pl.read_parquet("o.parquet").dtypes[:4] == types[:4]


def test_cells_keep_what_they_are_from_text_to_columns(autodiff: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("a,id\n1.5,12345678901234567890\n 7,0.5\n8 ,1\n")
    assert autodiff("batch", "a^2", str(tmp_path / "in.csv"), "-o", str(tmp_path / "out.jsonl")).code == 0
    lines = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert [line["a"] for line in lines] == [1.5, 7.0, 8.0]
    assert [line["id"] for line in lines] == ["12345678901234567890", "0.5", "1"]


def test_what_is_no_number_has_no_place_in_parquet_and_is_counted(batch: Callable[..., Done]) -> None:
    Path("d.csv").write_text("x\n1.5\nn/a\n")
    done = batch("x", "d.csv", "-o", "out.parquet")
    assert pl.read_parquet("out.parquet")["x"].to_list() == [1.5, None]
    assert "1 in d.csv, line 3: x is no number\n  d.csv, line 3, column 'x': 'n/a' is no number\n" in done.err


@pytest.mark.parametrize(
    ("cells", "kept"),
    [
        (["1", "9007199254740993", "n/a"], [1, 9007199254740993, None]),
        (["1.5", "9007199254740993", "n/a"], ["1.5", "9007199254740993", "n/a"]),
        (["1", "12345678901234567890"], ["1", "12345678901234567890"]),
        (["1", "1e300", "9007199254740991"], [1.0, 1e300, 9007199254740991.0]),
    ],
)
@pytest.mark.parametrize("from_", ["csv", "jsonl"])
@pytest.mark.parametrize("to", ["parquet", "arrow"])
def test_long_whole_numbers_stay_exact(
    batch: Callable[..., Done], cells: list[str], kept: list[Any], from_: str, to: str
) -> None:
    quoted = [json.dumps(cell) if cell == "n/a" else cell for cell in cells]
    rows = ["x", *cells] if from_ == "csv" else [f'{{"x": {cell}}}' for cell in quoted]
    Path(f"d.{from_}").write_text("\n".join(rows) + "\n")
    assert batch("x", f"d.{from_}", "-o", f"out.{to}").code == 0
    found = (pl.read_parquet if to == "parquet" else pl.read_ipc)(f"out.{to}")
    assert found["x"].to_list() == kept
    assert found["value"].to_list() == [None if cell == "n/a" else float(cell) for cell in cells]


def test_a_long_whole_number_far_down(batch: Callable[..., Done], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text, "PIECE", 64)
    Path("d.csv").write_text("x\n" + "1.5\n" * 100 + "9007199254740993\n")
    assert batch("x", "d.csv", "-o", "out.parquet").code == 0
    assert pl.read_parquet("out.parquet")["x"].to_list() == ["1.5"] * 100 + ["9007199254740993"]
    Path("d.jsonl").write_text('{"x": 1}\n' * 100 + '{"x": 9007199254740993}\n')
    assert batch("x", "d.jsonl", "-o", "out.parquet").code == 0
    assert pl.read_parquet("out.parquet")["x"].to_list() == [1] * 100 + [9007199254740993]
    assert batch("x", "d.csv", "-o", "out.jsonl").code == 0
    assert json.loads(Path("out.jsonl").read_text().splitlines()[-1])["x"] == 9007199254740993


def test_a_word_with_nan_in_it_is_no_number(batch: Callable[..., Done]) -> None:
    Path("d.csv").write_text("x\nbanana\n-NaN\n")
    done = batch("x", "d.csv", "-o", "out.csv")
    assert "  1 in d.csv, line 2: x is no number\n" in done.err
    assert "  1 in d.csv, line 3: x is nan\n" in done.err


def test_a_column_without_a_name(batch: Callable[..., Done]) -> None:
    Path("d.csv").write_text(",x\na,?\n")
    assert batch("x", "d.csv", "--to", "jsonl", "--wrt", "x").out.startswith('{"":"a","x":"?",')
    Path("d.jsonl").write_text('{"": "a", "x": 2}\n')
    assert batch("x", "d.jsonl", "--to", "csv").out == '"",x,value,gradient_x\na,2,2.0,1.0\n'
