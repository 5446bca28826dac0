"""`autodiff batch`: tables in and out, honest rows, nothing lost; and ranges in `autodiff eval`."""

import csv
import datetime as dt
import gzip
import io
import json
import math
import os
import random
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

pl = pytest.importorskip("polars")
np = pytest.importorskip("numpy")

from autodiff_cli import parse as formula_of  # noqa: E402
from autodiff_cli.commands.group import run  # noqa: E402
from autodiff_cli.language.parser import parse  # noqa: E402
from autodiff_cli.reports.batch import Batch  # noqa: E402
from autodiff_cli.tables import Format, open_table, text, write  # noqa: E402
from autodiff_cli.tables.spacing import steps  # noqa: E402

TANH = "tanh(a*b + c)"
PROGRAM = [sys.executable, "-m", "autodiff_cli", "batch"]


class Done(NamedTuple):
    code: int
    out: str
    err: str


@pytest.fixture
def batch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Callable[..., Done]:
    """Runs `autodiff batch` in a folder of its own."""
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str, command: str = "batch") -> Done:
        code = run([command, *arguments])
        sys.stdout.flush()
        return Done(code, *capfd.readouterr())

    return call


def process(*arguments: str, **options: Any) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([*PROGRAM, *arguments], capture_output=True, text=True, timeout=60, **options)


def rows_of(path: str) -> list[dict[str, str]]:
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def points(count: int) -> list[dict[str, float]]:
    rng = random.Random(7)
    return [{name: rng.gauss(0, 1) for name in "abc"} for _ in range(count)]


def write_csv(path: str, rows: list[dict[str, Any]]) -> None:
    with open(path, "w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def expected(point: dict[str, float]) -> list[float]:
    """Value and gradient of tanh(a*b + c), by hand."""
    a, b, c = point["a"], point["b"], point["c"]
    slope = 1 / math.cosh(a * b + c) ** 2
    return [math.tanh(a * b + c), slope * b, slope * a, slope]


ADDED = ["value", "gradient_a", "gradient_b", "gradient_c"]


# The examples of the issue


def test_a_column_a_gradient(batch: Callable[..., Done]) -> None:
    rows = points(500)
    write_csv("data.csv", rows)
    done = batch(TANH, "data.csv", "-o", "out.csv")
    assert done == (0, "", "500 rows\n")
    found = rows_of("out.csv")
    assert list(found[0]) == ["a", "b", "c", *ADDED]
    for point, row in zip(rows, found, strict=True):
        assert [float(row[name]) for name in "abc"] == list(point.values())
        assert [float(row[name]) for name in ADDED] == pytest.approx(expected(point), rel=1e-14)


def test_the_numbers_are_those_of_eval_digit_for_digit(batch: Callable[..., Done]) -> None:
    rows = points(200)
    write_csv("data.csv", rows)
    batch("a*b^2 - a/c + sqrt(a^2 + b^2)", "data.csv", "-o", "out.csv")
    formula = parse("a*b^2 - a/c + sqrt(a^2 + b^2)")
    for point, row in zip(rows, rows_of("out.csv"), strict=True):
        ulp = 4 * sys.float_info.epsilon
        assert float(row["value"]) == pytest.approx(formula.evaluate(**point), rel=ulp)
        slopes = [float(row[f"gradient_{name}"]) for name in "abc"]
        assert slopes == pytest.approx(list(formula.gradient(**point).values()), rel=ulp)


def test_what_the_file_lacks_comes_from_the_command_line(tmp_path: Path) -> None:
    (tmp_path / "data.csv").write_text("a,b\n2,-3\n1,1\n")
    with open(tmp_path / "data.csv") as stdin:
        done = process("a*b + c", "--c", "10", stdin=stdin)
    assert done.stdout == "a,b,value,gradient_a,gradient_b,gradient_c\n2,-3,4.0,-3.0,2.0,1.0\n1,1,11.0,1.0,1.0,1.0\n"
    assert (done.returncode, done.stderr) == (0, "2 rows\n")


def test_a_program_file_parquet_and_the_witness(batch: Callable[..., Done]) -> None:
    Path("model.ad").write_text("c = 0.5\nt = a*b\ntanh(t + c)\n")
    pl.DataFrame(points(300)).drop("c").write_parquet("samples.parquet")
    done = batch("model.ad", "samples.parquet", "-o", "out.parquet", "--wrt", "a,b", "--check", "100")
    assert done == (0, "", "300 rows\n100 rows checked: 100 ok\n")
    found = pl.read_parquet("out.parquet")
    assert found.columns == ["a", "b", "value", "gradient_a", "gradient_b"]
    for a, b, *results in found.rows():
        assert results == pytest.approx(expected({"a": a, "b": b, "c": 0.5})[:3], rel=1e-14)


def test_a_range_makes_rows(batch: Callable[..., Done]) -> None:
    assert batch("x^2", "--x", "0:1:1e-5", "-o", "sweep.parquet").code == 0
    found = pl.read_parquet("sweep.parquet")
    assert found["x"].to_list() == [k / 100_000 for k in range(100_001)]
    assert found["value"].to_list() == [(k / 100_000) * (k / 100_000) for k in range(100_001)]
    assert found["gradient_x"].to_list() == [2 * (k / 100_000) for k in range(100_001)]


def test_two_ranges_make_a_grid(batch: Callable[..., Done]) -> None:
    done = batch("x*y + k", "--x", "0:0.2:0.1", "--y", "1:2:1", "--k", "0", "--wrt", "x")
    assert done.out == (
        "x,y,value,gradient_x\n0.0,1.0,0.0,1.0\n0.0,2.0,0.0,2.0\n0.1,1.0,0.1,1.0\n"
        "0.1,2.0,0.2,2.0\n0.2,1.0,0.2,1.0\n0.2,2.0,0.4,2.0\n"
    )


def test_a_grid_over_many_blocks(batch: Callable[..., Done], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("autodiff_cli.tables.grid.ROWS", 7)
    done = batch("x*y*z", "--x", "1:3:1", "--y", "1:4:1", "--z", "1:5:1", "--wrt", "z", "--quiet")
    rows = [tuple(map(float, line.split(","))) for line in done.out.split()[1:]]
    assert rows == [(x, y, z, x * y * z, x * y) for x in (1, 2, 3) for y in (1, 2, 3, 4) for z in (1, 2, 3, 4, 5)]


@pytest.mark.parametrize(
    ("span", "count", "some"),
    [
        ((0, 1, 0.1), 11, {3: 0.3, 7: 0.7, 10: 1.0}),
        ((0, 3.14, 0.01), 315, {29: 0.29, 314: 3.14}),
        ((-1, 1, 1e-3), 2001, {0: -1.0, 1001: 0.001}),
        ((0, math.pi, 0.5), 7, {6: 3.0}),
        ((0, 1, 1 / 3), 4, {1: 1 / 3, 3: 1.0}),
        ((1e300, 1.5e300, 1e299), 6, {5: 1.5e300}),
    ],
)
def test_the_points_of_a_range(span: tuple[float, float, float], count: int, some: dict[int, float]) -> None:
    found, point = steps(*span)
    assert found == count
    assert {index: point(index) for index in some} == some


# Formats


@pytest.mark.parametrize("to", ["csv", "tsv", "jsonl", "parquet", "arrow", "csv.gz", "csv.zst", "tsv.gz", "jsonl.zst"])
@pytest.mark.parametrize("from_", ["csv", "tsv.zst", "jsonl.gz", "jsonl", "parquet", "arrow", "csv.gz"])
def test_every_format_to_every_other(batch: Callable[..., Done], from_: str, to: str) -> None:
    rows = [point | {"id": i, "name": f'n{i},\t"é'} for i, point in enumerate(points(50))]
    write(f"data.{from_}", Format(*(from_.split(".") if "." in from_ else (from_,))), iter([pl.DataFrame(rows)]))
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


@pytest.mark.parametrize("ending", ["csv", "jsonl"])
def test_a_type_that_changes_far_down(batch: Callable[..., Done], monkeypatch: pytest.MonkeyPatch, ending: str) -> None:
    monkeypatch.setattr(text, "PIECE", 64)
    rows = [{"x": i, "id": i if i < 40 else "A7"} for i in range(50)]
    if ending == "csv":
        write_csv("data.csv", rows)
    else:
        Path("data.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    done = batch("x", f"data.{ending}", "-o", "out.parquet")
    assert done.code == 2
    assert f"line {42 if ending == 'csv' else 41}, " in done.err
    assert "'A7' does not go into a column of whole numbers" in done.err
    assert not Path("out.parquet").exists()
    assert batch("x", f"data.{ending}", "-o", f"out.{ending}").code == 0


def test_pieces_end_where_rows_end(batch: Callable[..., Done], monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [{"x": i, "t": 'a "quoted"\nline, or\n\n"two"' * (i % 3), "y": i / 7} for i in range(300)]
    write_csv("data.csv", rows)
    for size in (16, 37, 100, 1000):
        monkeypatch.setattr(text, "PIECE", size)
        assert batch("x*y", "data.csv", "-o", "out.csv").code == 0
        found = rows_of("out.csv")
        assert [(int(r["x"]), r["t"], float(r["y"])) for r in found] == [tuple(row.values()) for row in rows]
        assert [float(row["value"]) for row in found] == pytest.approx([i * (i / 7) for i in range(300)])


def test_a_column_that_is_no_name(batch: Callable[..., Done]) -> None:
    Path("data.csv").write_text("Speed (m/s),m\n3,2\n")
    done = batch("m*v^2/2", "data.csv", "--map", "v=Speed (m/s)")
    assert done.out == "Speed (m/s),m,value,gradient_m,gradient_v\n3,2,9.0,4.5,6.0\n"


def test_the_columns_decide_how_a_text_is_read(batch: Callable[..., Done]) -> None:
    Path("data.csv").write_text("a,x,e\n3,2,10\n")
    done = batch("ax + e", "data.csv", "--wrt", "a")
    assert done.out == "a,x,e,value,gradient_a\n3,2,10,16.0,2.0\n"
    assert "note: 'e' is the column, not the constant" in done.err


@pytest.mark.parametrize(
    ("content", "out"),
    [
        ("x\n", "x,value,gradient_x\n"),
        ("x", "x,value,gradient_x\n"),
        ("x\n5\n", "x,value,gradient_x\n5,5.0,1.0\n"),
        ("x\n5", "x,value,gradient_x\n5,5.0,1.0\n"),
        ("x,y\n5,\n", "x,y,value,gradient_x\n5,,5.0,1.0\n"),
        ("x,y\r\n\r\n5,6\r\n", "x,y,value,gradient_x\n,,,\n5,6,5.0,1.0\n"),
        ('x,y\n\n5,"6"\n', "x,y,value,gradient_x\n,,,\n5,6,5.0,1.0\n"),
        ('x,y\n5,"a\nb"\n6,\n', 'x,y,value,gradient_x\n5,"a\nb",5.0,1.0\n6,,6.0,1.0\n'),
        ("x,y\n\n5,6\n", "x,y,value,gradient_x\n,,,\n5,6,5.0,1.0\n"),
        ("x,y\r\n5,6\r\n", "x,y,value,gradient_x\n5,6,5.0,1.0\n"),
        ('x,"y\nz"\n5,6', 'x,"y\nz",value,gradient_x\n5,6,5.0,1.0\n'),
        ('x,"y, z"\n5,6\n', 'x,"y, z",value,gradient_x\n5,6,5.0,1.0\n'),
        ('x\n"5"\n', "x,value,gradient_x\n5,5.0,1.0\n"),
        ('"x"\n5\n', "x,value,gradient_x\n5,5.0,1.0\n"),
    ],
)
def test_small_files(batch: Callable[..., Done], content: str, out: str) -> None:
    Path("data.csv").write_text(content)
    assert batch("x", "data.csv").out == out


@pytest.mark.parametrize("ending", ["parquet", "arrow", "csv", "jsonl", "csv.gz"])
def test_no_rows(batch: Callable[..., Done], ending: str) -> None:
    pl.DataFrame(schema={"x": pl.Float64, "s": pl.String}).write_parquet("data.parquet")
    assert batch("x", "data.parquet", "-o", f"out.{ending}") == (0, "", "0 rows\n")
    if ending != "jsonl":
        table = open_table(f"out.{ending}", "", Format("csv"))
        assert list(table.columns) == ["x", "s", "value", "gradient_x"]


def test_whole_numbers_of_every_kind(batch: Callable[..., Done]) -> None:
    types = [pl.Int8, pl.UInt64, pl.Int32, pl.Float32, pl.Decimal(10, 2)]
    pl.DataFrame([pl.Series(f"v{i}", [1, 2, None], kind) for i, kind in enumerate(types)]).write_parquet("d.parquet")
    assert batch("v0*v1*v2*v3*v4", "d.parquet", "-o", "o.parquet").code == 0
    assert pl.read_parquet("o.parquet")["value"].to_list() == [1.0, 32.0, None]
    assert pl.read_parquet("o.parquet").dtypes[:4] == types[:4]


def test_a_constant_expression(batch: Callable[..., Done]) -> None:
    Path("data.csv").write_text("x\n1\n2\n")
    assert batch("2*3", "data.csv").out == "x,value\n1,6.0\n2,6.0\n"


def test_patterns_and_several_files(batch: Callable[..., Done]) -> None:
    for i in range(3):
        Path(f"part{i}.csv").write_text(f"a,b\n{i},1\n" if i else "b,a\n1,0\n")
    done = batch("a*b", "part*.csv")
    assert done.out == "b,a,value,gradient_a,gradient_b\n1,0,0.0,1.0,0.0\n1,1,1.0,1.0,1.0\n1,2,2.0,1.0,2.0\n"


# Honest rows

BAD = "x,name\n1,a\nabc,b\n,c\n-1,d\nnan,e\n1e400,f\n0,g\n"


@pytest.mark.parametrize(
    ("invalid", "values"),
    [
        ("null", ["0.0", "", "", "", "", "", ""]),
        ("nan", ["0.0", "NaN", "NaN", "NaN", "NaN", "NaN", "NaN"]),
        ("skip", ["0.0"]),
    ],
)
def test_rows_without_a_value(batch: Callable[..., Done], invalid: str, values: list[str]) -> None:
    Path("data.csv").write_text(BAD)
    done = batch("ln(x)", "data.csv", "-o", "out.csv", "--invalid", invalid)
    found = rows_of("out.csv")
    assert [row["value"] for row in found] == values
    assert [row["name"] for row in found] == list("abcdefg")[: len(found)]
    assert [row["x"] for row in found] == ["1", "abc", "", "-1", "nan", "1e400", "0"][: len(found)]
    assert done.code == 0
    assert done.err == (
        "7 rows\n6 rows without a value:\n"
        "  2, first in data.csv, line 5: log(x) needs x > 0\n"
        "  1 in data.csv, line 4: x is missing\n"
        "  1 in data.csv, line 3: x is no number\n"
        "  1 in data.csv, line 7: x is too large for a float\n"
        "  1 in data.csv, line 6: x is nan\n"
        "  data.csv, line 3, column 'x': 'abc' is no number\n"
    )


@pytest.mark.parametrize(
    ("row", "code", "message"),
    [
        ("abc,b", 2, "data.csv, line 3: x is no number"),
        (",b", 2, "data.csv, line 3: x is missing"),
        ("-1,b", 3, "data.csv, line 3: log(x) needs x > 0"),
    ],
)
def test_invalid_rows_can_end_the_run(batch: Callable[..., Done], row: str, code: int, message: str) -> None:
    Path("data.csv").write_text(f"x,name\n1,a\n{row}\n-5,c\n")
    Path("out.csv").write_text("old")
    done = batch("ln(x)", "data.csv", "-o", "out.csv", "--invalid", "fail")
    assert (done.code, done.err) == (code, f"error: {message}\n")
    assert Path("out.csv").read_text() == "old"
    assert sorted(os.listdir(".")) == ["data.csv", "out.csv"]


def test_where_a_cell_is_after_lines_in_quotes(batch: Callable[..., Done]) -> None:
    Path("data.csv").write_text('x,t\n1,"one\ntwo\nthree"\n\n2,b\nn/a,c\n')
    done = batch("x", "data.csv", "-o", "out.csv")
    assert "  data.csv, line 7, column 'x': 'n/a' is no number\n" in done.err
    assert "  1 in data.csv, line 5: x is missing\n" in done.err


def test_places_over_many_pieces(batch: Callable[..., Done], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text, "PIECE", 50)
    Path("data.csv").write_text(
        "x,t\n" + "".join(f'{i},"a\nb"\n' if i % 2 else f"{i},c\n" for i in range(100)) + "?,\n"
    )
    assert "data.csv, line 152, column 'x': '?' is no number" in batch("x", "data.csv", "-o", "out.csv").err
    Path("data.jsonl").write_text("".join(f'{{"x": {i}}}\n\n' for i in range(100)) + '{"x": "?"}\n')
    assert "data.jsonl, line 201, 'x': '?' is no number" in batch("x", "data.jsonl", "-o", "out.jsonl").err


def test_a_slope_without_a_value_leaves_the_value(batch: Callable[..., Done]) -> None:
    Path("data.csv").write_text("x\n0\n4\n")
    done = batch("sqrt(x)*0 + sqrt(x)*x*0", "data.csv")
    assert done.out.split("\n")[1].split(",")[1] == "0.0"
    formula = parse("sqrt(x)*0 + sqrt(x)*x*0")
    slope = formula.gradient(x=0.0)["x"]
    cell = done.out.split("\n")[1].split(",")[2]
    assert cell == "" if math.isnan(slope) else float(cell) == slope


def test_a_branch_not_taken_poisons_nothing(batch: Callable[..., Done]) -> None:
    Path("data.csv").write_text("x\n-4\n0\n4\n")
    done = batch("where(x > 0, sqrt(x), x^2)", "data.csv")
    assert done.out == "x,value,gradient_x\n-4,16.0,-8.0\n0,0.0,0.0\n4,2.0,0.25\n"
    assert done.err == "3 rows\n"


def test_cells_that_are_no_numbers_are_named_and_counted(batch: Callable[..., Done]) -> None:
    Path("data.csv").write_text("x\n" + "?\n" * 20)
    done = batch("x", "data.csv", "-o", "out.csv")
    assert done.err.count("' is no number\n") == 5
    assert "  20, first in data.csv, line 2: x is no number\n" in done.err


def test_the_witness_finds_a_wrong_gradient(batch: Callable[..., Done], monkeypatch: pytest.MonkeyPatch) -> None:
    from autodiff_cli.columns.vectorize import Vectorized

    right = Vectorized.into

    def wrong(self: Vectorized, columns: Any, out: Any) -> bool:
        found = right(self, columns, out)
        out[1] *= 1.0005
        return found

    monkeypatch.setattr(Vectorized, "into", wrong)
    write_csv("data.csv", points(30))
    done = batch(TANH, "data.csv", "-o", "out.csv", "--check", "10")
    assert done.code == 1
    assert "10 rows checked: 10 mismatch\n  mismatch: row " in done.err
    assert ": gradient by a " in done.err
    assert batch(TANH, "data.csv", "-o", "out.csv", "--check", "10", "--quiet").err == done.err


def test_verdicts_are_those_of_eval(batch: Callable[..., Done]) -> None:
    Path("data.csv").write_text("x\n0\n1\n-2\n3\n\n")
    done = batch("abs(x)", "data.csv", "-o", "out.csv", "--check", "100")
    assert "4 rows checked: 3 ok, 1 kink\n" in done.err


def test_the_rows_checked_are_drawn_from_all(monkeypatch: pytest.MonkeyPatch) -> None:
    formula = parse("x^2")
    drawn: list[float] = []
    for size in (100, 1000):
        monkeypatch.setattr("autodiff_cli.tables.grid.ROWS", size)
        batch = Batch(formula, {"x": "x"}, {}, check=50)
        from autodiff_cli.tables import Grid

        for _ in batch.frames([Grid({"x": (1, 5000, 1)})], lambda rows, fraction: None):
            pass
        batch.check(lambda done, of: None)
        assert batch.summary.checked.total() == 50
        found = sorted(sample.point["x"] for sample in batch._samples)
        assert found[0] < 700 < 4300 < found[-1]
        drawn += found
    assert drawn[:50] == drawn[50:]  # whatever the blocks are


# Nothing lost: what is wrong with inputs


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("d.csv", b"", "d.csv has no header: its first line must name the columns"),
        ("d.csv", b"\n1\n", "d.csv has no header"),
        ("d.csv", b"x" * 300_000, "d.csv has a header of more than 256 kB"),
        ("d.csv", b"x,x\n1,2\n", "d.csv has two columns named 'x'"),
        ("d.csv", b"x,y\n1,2\n3,4,5\n", "d.csv, line 3: 3 cells, and the header has 2"),
        ("d.csv", b"x,y,z\n1,2\n3,4,5,6\n", "d.csv, line 2: 2 cells, and the header has 3"),
        ("d.csv", b"y,x\n1,2\n3\n", "d.csv, line 3: 1 cell, and the header has 2"),
        ("d.csv", b"x,y\r\n1,2\r\n\r\n3\r\n", "d.csv, line 4: 1 cell, and the header has 2"),
        ("d.csv", b'x,y,z\n1,2,3\n4,"5,6"\n', "d.csv, line 3: 2 cells, and the header has 3"),
        ("d.csv", b'x,y,z\n1,2,3\n4,"5,\n6"\n', "d.csv, line 3: 2 cells, and the header has 3"),
        ("d.csv", b'x,y\n"1\n",2\n\n3\n', "d.csv, line 5: 1 cell, and the header has 2"),
        ("d.tsv", b"x\ty\n1,2\n", "d.tsv, line 2: 1 cell, and the header has 2"),
        ("d.csv", b"x,y\r1,2\r3,4\r", "d.csv has rows that end in CR alone, as on old Macs"),
        ("d.csv", b"x\r1\r3", "d.csv has rows that end in CR alone"),
        ("d.csv", b"x\r" + b"12\r" * 100_000, "d.csv has rows that end in CR alone"),
        ("d.csv", b"x,y\n1,2\r3,4\r", "d.csv has rows that end in CR alone"),
        ("d.jsonl", b'{"x": 1}\r{"x": 2}\r', "d.jsonl has rows that end in CR alone"),
        ("d.csv", b'x,y\n1,"a\nb"\n3,4,5\n', "d.csv, line 4: 3 cells, and the header has 2"),
        ("d.csv", b'x,y\n1,2\n3,"4\n5,6\n', 'd.csv, line 3: a " opens there that is never closed'),
        ("d.csv", b"x,y\n1,2\n3", "d.csv is cut off: its last line, 3, has 1 of 2 cells"),
        ("d.csv", b"x,y\n1,2\n3,\xff\n", "d.csv, line 3: byte 0xff is not UTF-8 text"),
        ("d.csv", b"x,y\n1,2\n3,a\0b\n", "d.csv, line 3: byte 0 is no text"),
        ("d.csv", "x\n1\n".encode("utf-16"), "d.csv is not UTF-8 text: it begins as UTF-16 does"),
        ("d.csv.gz", b"x\n1\n", "cannot read d.csv.gz: Not a gzipped file"),
        (
            "d.csv.gz",
            gzip.compress(b"x\n" + random.Random(0).randbytes(9999).hex().encode())[:-900],
            "d.csv.gz is cut off",
        ),
        ("d.csv.zst", b"x\n1\n2\n3\n4\n5\n", "cannot read d.csv.zst: Unable to decompress"),
        ("d.jsonl", b'{"x": 1}\n{"x": }\n', "d.jsonl, line 2: no JSON: Expecting value"),
        ("d.jsonl", b'{"x": 1}\n{"x": 1', "d.jsonl, line 2: no JSON: "),
        ("d.jsonl", b"[1]\n", "d.jsonl, line 1: no JSON object"),
        ("d.jsonl", b'{"x": 1}\n\n{"x": "\xff"}\n', "d.jsonl, line 3: "),
        ("d.parquet", b"PAR1 and so on", "cannot read d.parquet: The file must end with PAR1"),
        ("d.parquet", b"", "cannot read d.parquet: "),
        ("d.arrow", b"no arrow", "cannot read d.arrow: "),
    ],
)
def test_inputs_that_cannot_be_read(batch: Callable[..., Done], name: str, content: bytes, message: str) -> None:
    Path(name).write_bytes(content)
    assert_refused(batch, "x", name, message)
    if b"\0" not in content:  # which JSON has a sign for
        assert_refused(batch, "x", name, message, "jsonl")
        assert_refused(batch, "x", name, message, "parquet")


def assert_refused(batch: Callable[..., Done], expression: str, name: str, message: str, ending: str = "csv") -> None:
    """The run ends with that message, and the output is what it was."""
    Path(f"out.{ending}").write_text("old")
    before = sorted(os.listdir("."))
    done = batch(expression, name, "-o", f"out.{ending}")
    assert done.code == 2
    assert done.err.startswith(f"error: {message}"), done.err
    assert Path(f"out.{ending}").read_text() == "old"
    assert sorted(os.listdir(".")) == before


@pytest.mark.parametrize("format", ["parquet", "arrow"])
def test_damaged_columns(batch: Callable[..., Done], format: str) -> None:
    write(f"d.{format}", Format(format), iter([pl.DataFrame(points(5000))]))
    whole = Path(f"d.{format}").read_bytes()
    for data in (whole[:-30], whole[: len(whole) // 2]):
        Path(f"d.{format}").write_bytes(data)
        assert_refused(batch, TANH, f"d.{format}", f"cannot read d.{format}: ")
        assert "cut off or damaged" in batch(TANH, f"d.{format}", "-o", "out.csv").err


def test_columns_that_hold_no_numbers(batch: Callable[..., Done]) -> None:
    pl.DataFrame({"x": [True]}).write_parquet("d.parquet")
    assert "error: column 'x' of d.parquet holds boolean, not numbers\n" in batch("x", "d.parquet").err
    pl.DataFrame({"x": ["1.5", "?"], "y": [[1], [2]]}).write_parquet("d.parquet")
    assert "csv has no lists or objects for cells, as column 'y' has" in batch("x", "d.parquet", "--to", "csv").err
    done = batch("x", "d.parquet", "-o", "o.jsonl")
    assert "d.parquet, row 2, column 'x': '?' is no number" in done.err
    assert Path("o.jsonl").read_text().startswith('{"x":"1.5","y":[1],"value":1.5,"gradient_x":1.0}\n')


def test_mixed_schemas(batch: Callable[..., Done]) -> None:
    Path("p.csv").write_text("a,b\n1,2\n")
    Path("q.csv").write_text("a,c\n1,2\n")
    done = batch("a", "p.csv", "q.csv", "-o", "out.csv")
    assert done.err.startswith("error: p.csv has a column 'b', and q.csv has none\n")
    pl.DataFrame({"a": [1], "b": ["x"]}).write_parquet("p.parquet")
    pl.DataFrame({"a": [1], "b": [1]}).write_parquet("q.parquet")
    done = batch("a", "p.parquet", "q.parquet", "-o", "out.parquet")
    assert (done.code, done.err.split("\n")[0]) == (
        2,
        "error: column 'b' holds text in p.parquet, and whole numbers in q.parquet",
    )
    assert not Path("out.parquet").exists()
    done = batch("a", "p.parquet", "q.parquet", "--to", "csv")
    assert done.out == "a,b,value,gradient_a\n1,x,1.0,1.0\n1,1,1.0,1.0\n"


# What is wrong with the command line


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["x*y", "d.csv"], "d.csv has no column for y"),
        (["x", "d.csv", "--x", "2"], "two values for 'x': the column 'x' of d.csv, and 2"),
        (["x", "d.csv", "--y", "2"], "the expression has no variable 'y'"),
        (["x", "none.csv"], "cannot read none.csv: No such file or directory"),
        (["x", "none*.csv"], "no file matches none*.csv"),
        (["x", "d.csv", "d.csv"], "d.csv is named twice"),
        (["x", "."], ". is a folder"),
        (["x", "d.txt"], "d.txt is no table that can be read or written"),
        (["x", "d.csv", "--to", "xls"], "--to xls is no table that can be read or written"),
        (["x", "d.csv", "-o", "o.parquet.gz"], "parquet is compressed within"),
        (["x", "d.csv", "--map", "x=Speed"], "d.csv has no column 'Speed'"),
        (["x", "d.csv", "--map", "Speed"], "--map takes NAME=COLUMN, not Speed"),
        (["x", "d.csv", "--map", "k=name"], "the expression has no variable 'k' to map to 'name'"),
        (["x", "d.csv", "--check", "many"], "--check takes a whole number from 0 to 1,000,000, not many"),
        (["--to", "csv"], "no expression"),
        (["x", "d.csv", "--resume"], "--resume goes on with a folder of outputs"),
        (["x", "d.csv", "--wrt", "k"], "there is no 'k' to differentiate by"),
        (["x", "--x", "0:1"], "x = 0:1 has no step"),
        (["x", "--x", "0:1:0"], "the step of x = 0:1:0 is not above 0"),
        (["x*y", "d.csv", "--y", "0:1:1"], "y has a range, and d.csv has rows of its own"),
        (["x", "--x", "0:1:1", "-o", "out/"], "out/ is a folder, and the rows come from no file"),
        (["x", "v.csv"], "the column 'value' would be added, and v.csv has one of that name"),
        (["x +", "d.csv"], "the expression ends where"),
        (["none.ad", "d.csv"], "cannot read none.ad: No such file or directory"),
        (["x", "d.csv", "-o", "none/o.csv"], "cannot write none/o.csv: No such file or directory"),
    ],
)
def test_command_lines_that_cannot_be_run(batch: Callable[..., Done], arguments: list[str], message: str) -> None:
    Path("d.csv").write_text("x,name\n1,a\n")
    Path("v.csv").write_text("x,value\n1,2\n")
    done = batch(*arguments)
    assert done.code == 2
    assert done.err.startswith(f"error: {message}"), done.err
    assert done.out == ""


def test_a_prefix_keeps_names_apart(batch: Callable[..., Done]) -> None:
    Path("v.csv").write_text("x,value\n1,2\n")
    assert batch("x", "v.csv", "--prefix", "f_").out == "x,value,f_value,f_gradient_x\n1,2,1.0,1.0\n"


def test_what_is_missing_names_the_libraries(batch: Callable[..., Done], monkeypatch: pytest.MonkeyPatch) -> None:
    import importlib.util

    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *a: None if name == "polars" else find(name, *a))
    done = batch("x", "d.csv")
    assert done == (
        2,
        "",
        "error: this needs polars, which is not installed\n  = pip install 'autodiff-cli[batch]'\n",
    )


# Nothing lost: what is wrong with outputs


def test_many_outputs_and_resume(batch: Callable[..., Done]) -> None:
    for i in range(4):
        Path(f"p{i}.csv").write_text(f"x\n{i}\n")
    assert batch("x^2", "p*.csv", "-o", "out/") == (0, "", "4 rows\n")
    assert sorted(os.listdir("out")) == [".autodiff-batch.jsonl", *[f"p{i}.csv" for i in range(4)]]
    assert Path("out/p3.csv").read_text() == "x,value,gradient_x\n3,9.0,6.0\n"
    os.unlink("out/p2.csv")
    Path("out/p1.csv").write_text("mark")
    os.utime("p3.csv", (time.time() + 60, time.time() + 60))  # newer than its output
    done = batch("x^2", "p*.csv", "-o", "out/", "--resume")
    assert done == (0, "", "note: 2 of 4 tables are done already\n2 rows\n")
    assert Path("out/p1.csv").read_text() == "mark"
    assert Path("out/p2.csv").read_text() == "x,value,gradient_x\n2,4.0,4.0\n"
    assert batch("x^2", "p*.csv", "-o", "out", "--to", "parquet").code == 0
    assert pl.read_parquet("out/p2.parquet").row(0) == (2.0, 4.0, 4.0)


def test_a_file_whose_name_looks_like_a_value(batch: Callable[..., Done]) -> None:
    Path("run=3.csv").write_text("x\n2\n")
    assert batch("x*k", "run=3.csv", "k=5", "--wrt", "x").out == "x,value,gradient_x\n2,10.0,5.0\n"


def test_each_of_many_has_its_own_columns(batch: Callable[..., Done]) -> None:
    Path("p.csv").write_text("x,k\n2,5\n")
    Path("q.csv").write_text("y,x\n3,2\n")
    assert batch("k = 7; x*k", "p.csv", "q.csv", "-o", "out/", "--wrt", "x").code == 0
    assert Path("out/p.csv").read_text() == "x,k,value,gradient_x\n2,5,10.0,5.0\n"
    assert Path("out/q.csv").read_text() == "y,x,value,gradient_x\n3,2,14.0,7.0\n"


def test_help_names_the_variables(batch: Callable[..., Done]) -> None:
    assert "--to FORMAT" in batch("x*y", "--help").out
    assert "--to FORMAT" in batch("model.ad", "--help").out


def test_what_a_killed_run_left_is_removed(batch: Callable[..., Done]) -> None:
    with subprocess.Popen(["true"]) as gone:
        pass
    Path(f".o.csv.{gone.pid}.part").write_text("x")
    Path(f".o.csv.{os.getppid()}.part").write_text("x")
    assert batch("x", "--x", "0:1:1", "-o", "o.csv").code == 0
    assert sorted(os.listdir(".")) == [f".o.csv.{os.getppid()}.part", "o.csv"]


@pytest.mark.parametrize(
    ("arguments", "there"),
    [
        ("d.csv -o d.csv", "d.csv is an input, and the output would be written over it"),
        ("d.csv -o ./sub/../d.csv", "./sub/../d.csv is d.csv: the output would be written over the input"),
        ("d.csv -o link.csv", "link.csv is d.csv: the output would be written over the input"),
        ("link.csv -o d.csv", "d.csv is link.csv: the output would be written over the input"),
        ("d.csv -o hard.csv", "hard.csv is d.csv: the output would be written over the input"),
        ("d.csv -o .", "./d.csv is d.csv: the output would be written over the input"),
        ("sub/p.csv d.csv -o sub/../", "sub/../d.csv is d.csv: the output would be written over the input"),
        ("d.csv hard.csv -o linked/ --resume", "linked/d.csv is d.csv: the output would be written over the input"),
    ],
)
def test_no_output_is_written_over_an_input(batch: Callable[..., Done], arguments: str, there: str) -> None:
    Path("d.csv").write_text("x\n1\n")
    os.mkdir("sub")
    Path("sub/p.csv").write_text("x\n1\n")
    Path("link.csv").symlink_to("d.csv")
    Path("linked").symlink_to(".")
    os.link("d.csv", "hard.csv")
    done = batch("x", *arguments.split())
    there = there.replace("d.csv is d.csv", "d.csv is hard.csv") if "--resume" in arguments else there
    assert done == (2, "", f"error: {there}\n  = write it to another file\n")
    assert Path("d.csv").read_text() == "x\n1\n"
    assert not Path(".autodiff-batch.jsonl").exists()


def test_no_redirection_writes_over_an_input(tmp_path: Path) -> None:
    data = tmp_path / "d.csv"
    data.write_text("x\n1\n")
    with open(data, "a") as stdout, open(data) as stdin:
        appended = subprocess.run([*PROGRAM, "x", str(data)], stdout=stdout, stderr=subprocess.PIPE, timeout=60)
        replaced = process("x", "-o", str(data), stdin=stdin)
    assert appended.stderr.decode().startswith(f"error: standard output is {data}: the output would be written over")
    assert replaced.stderr.startswith(f"error: {data} is standard input: the output would be written over the input")
    assert (appended.returncode, replaced.returncode, data.read_text()) == (2, 2, "x\n1\n")


@pytest.mark.parametrize(
    ("arguments", "difference"),
    [
        ("x^3*k p*.csv --k 2", 'expression "x^2*k", not "x^3*k"'),
        ("x^2*k p*.csv --k 3", 'values {"k": 2.0}, not {"k": 3.0}'),
        ("x^2*k p*.csv --k 2 --wrt x", '--wrt [], not ["x"]'),
        ("x^2*k p*.csv --k 2 --prefix f_", '--prefix "", not "f_"'),
        ("x^2*k p*.csv --k 2 --map x=y", '--map {}, not {"x": "y"}'),
        ("x^2*k p*.csv --k 2 --invalid nan", '--invalid "null", not "nan"'),
        ("x^2*k p*.csv --k 2 --to csv", '--to "", not "csv"'),
        ("x^2*k p*.csv --k 2 --from csv", '--from "", not "csv"'),
        ("x p*.csv --prefix f_", 'expression "x^2*k", not "x"; values {"k": 2.0}, not {}; --prefix "", not "f_"'),
    ],
)
def test_only_the_same_run_is_resumed(batch: Callable[..., Done], arguments: str, difference: str) -> None:
    for i in range(3):
        Path(f"p{i}.csv").write_text(f"x,y\n{i},1\n")
    batch("x^2*k", "p*.csv", "--k", "2", "-o", "out/")
    os.unlink("out/p2.csv")
    done = batch(*arguments.split(), "-o", "out/", "--resume")
    assert done.code == 2
    assert done.err.replace("\n    ", " ").startswith(f"error: out/ has outputs of another run: {difference}\n"), (
        done.err
    )
    assert done.err.endswith("\n  = without --resume all are made anew; another folder keeps them\n")
    assert not Path("out/p2.csv").exists()
    assert batch("x^2*k", "p*.csv", "--k", "2.0", "-o", "out", "--resume", "--check", "1").code == 0
    assert Path("out/p2.csv").read_text() == "x,y,value,gradient_x,gradient_k\n2,1,8.0,8.0,4.0\n"


def test_outputs_of_an_earlier_run_are_not_taken_for_those_of_the_one_resumed(batch: Callable[..., Done]) -> None:
    for i in range(3):
        Path(f"p{i}.csv").write_text(f"x\n{i}\n")
    batch("x^2", "p*.csv", "-o", "out/")
    time.sleep(0.02)
    Path("p1.csv").write_text("x\n1,2\n")  # ends the second run halfway
    assert batch("x^3", "p*.csv", "-o", "out/").code == 2
    Path("p1.csv").write_text("x\n1\n")
    assert batch("x^3", "p*.csv", "-o", "out/", "--resume") == (0, "", "note: 1 of 3 tables are done already\n2 rows\n")
    assert Path("out/p2.csv").read_text() == "x,value,gradient_x\n2,8.0,12.0\n"


@pytest.mark.parametrize("record", [None, "", "[]", "{", "[" * 200_000], ids=["none", "empty", "list", "open", "deep"])
def test_outputs_that_nobody_knows_are_not_resumed(batch: Callable[..., Done], record: str | None) -> None:
    Path("p.csv").write_text("x\n1\n")
    os.mkdir("out")
    if record is not None:
        Path("out/.autodiff-batch.jsonl").write_text(record)
    assert batch("x", "p.csv", "-o", "out/", "--resume") == (0, "", "1 row\n")
    Path("out/.autodiff-batch.jsonl").unlink()
    done = batch("x", "p.csv", "-o", "out/", "--resume")
    assert done.code == 2
    assert done.err.startswith("error: out/ has outputs, and no record of what they were made with\n  = without")


def test_an_error_in_one_of_many_keeps_the_others(batch: Callable[..., Done]) -> None:
    for i in range(3):
        Path(f"p{i}.csv").write_text(f"x\n{i}\n" if i != 1 else "x\n1,2\n")
    Path("out").mkdir()
    Path("out/p1.csv").write_text("old")
    done = batch("x", "p*.csv", "-o", "out/")
    assert (done.code, done.err.split("\n")[0]) == (2, "error: p1.csv, line 2: 2 cells, and the header has 1")
    assert Path("out/p1.csv").read_text() == "old"
    assert sorted(os.listdir("out")) == [".autodiff-batch.jsonl", "p0.csv", "p1.csv"]


@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet", "arrow", "csv.gz", "jsonl.gz"])
def test_a_full_disk(tmp_path: Path, ending: str) -> None:
    out = tmp_path / f"out.{ending}"
    out.write_text("old")
    done = process(
        "sin(x)",
        *("--x", "0:1:1e-5", "-o", str(out)),
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000)),
    )
    assert done.returncode == 2
    assert done.stderr == f"error: cannot write {out}: File too large\n"
    assert out.read_text() == "old"
    assert os.listdir(tmp_path) == [out.name]


@pytest.mark.parametrize("to", ["csv", "jsonl", "parquet"])
def test_a_closed_pipe(to: str) -> None:
    command = [*PROGRAM, "sin(x)", "--x", "0:1:2e-6", "--to", to]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdout.read(4)
        running.stdout.close()
        assert running.stderr.read() == b"error: standard output was closed before all was written\n"
        assert running.wait(30) == 2


@pytest.mark.parametrize(
    ("sent", "code", "said"),
    [
        (signal.SIGKILL, -9, ""),
        (signal.SIGTERM, 130, "error: ended by a signal; what was there before is as it was\n"),
        (signal.SIGHUP, 130, "error: ended by a signal; what was there before is as it was\n"),
        (signal.SIGINT, 130, "\n"),
    ],
)
@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_a_killed_run_leaves_the_old_output(
    tmp_path: Path, sent: signal.Signals, code: int, said: str, ending: str
) -> None:
    out = tmp_path / f"out.{ending}"
    out.write_text("old")
    command = [*PROGRAM, "sin(x)*cos(y)", "--x", "0:1:1e-5", "--y", "0:1:1e-3", "-o", str(out)]
    with subprocess.Popen(command, stderr=subprocess.PIPE) as running:
        end = time.monotonic() + 30
        while not any(part.stat().st_size for part in tmp_path.glob(".out.*.part")) and time.monotonic() < end:
            time.sleep(0.02)
        running.send_signal(sent)
        assert running.stderr is not None
        assert running.stderr.read().decode() == said
        assert running.wait(30) == code
    assert out.read_text() == "old"
    assert (os.listdir(tmp_path) == [out.name]) == (sent != signal.SIGKILL)


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
def test_a_run_that_is_ended_while_it_compiles_leaves_nothing(tmp_path: Path, sent: signal.Signals) -> None:
    temporary, compiler, started = tmp_path / "tmp", tmp_path / "compiler", tmp_path / "started"
    temporary.mkdir()
    compiler.write_text(f"#!/bin/sh\necho $$ > {started}\nexec sleep 60\n")
    compiler.chmod(0o755)
    call = [*PROGRAM, "sum(k, 1, 30, (x*k + y)^2/(k + x^2))", "--x", "0:10:1e-6", "--y", "1", "-o", f"{tmp_path}/o.csv"]
    environment = {**os.environ, "TMPDIR": str(temporary), "CC": str(compiler)}
    with subprocess.Popen(call, env=environment, stderr=subprocess.DEVNULL) as running:
        end = time.monotonic() + 30
        while not (started.exists() and started.read_text()) and time.monotonic() < end:
            time.sleep(0.02)
        running.send_signal(sent)
        assert running.wait(30) == 130
    assert os.listdir(temporary) == []
    assert not Path(f"/proc/{started.read_text().strip()}").exists()
    assert not list(tmp_path.glob("*o.csv*"))


def test_a_run_under_nohup_goes_on(tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    call = [*PROGRAM, "sin(x)*cos(y)", "--x", "0:1:1e-3", "--y", "0:1:1e-3", "-o", str(out), "--quiet"]
    with subprocess.Popen(call, preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN)) as running:
        end = time.monotonic() + 30
        while not any(tmp_path.glob(".out.*.part")) and time.monotonic() < end:
            time.sleep(0.01)
        running.send_signal(signal.SIGHUP)
        assert running.wait(30) == 0
    assert out.read_bytes().count(b"\n") == 1001**2 + 1


@pytest.mark.parametrize("name", ["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1", "link"])
@pytest.mark.parametrize("call", ["batch x --x 0:1:1 --quiet", "graph x*y --format dot", "trace x^2 x=1 --format json"])
def test_standard_output_by_any_name_is_not_replaced(tmp_path: Path, name: str, call: str) -> None:
    if not os.path.exists("/proc/self/fd"):
        pytest.skip("no /proc")
    (tmp_path / "link").symlink_to("/dev/stdout")
    command = [sys.executable, "-m", "autodiff_cli", *call.split()]
    wanted = subprocess.run(command, stdout=subprocess.PIPE, check=True, timeout=60).stdout
    with open(tmp_path / "out", "w+b") as stdout:
        stdout.write(b"before\n")
        stdout.flush()
        subprocess.run([*command, "-o", name], stdout=stdout, check=True, timeout=60, cwd=tmp_path)
        stdout.seek(0)
        assert stdout.read() == b"before\n" + wanted
    assert (tmp_path / "out").read_bytes() == b"before\n" + wanted


@pytest.mark.parametrize("call", ["batch x --x 0:1:1 --quiet --to csv", "graph x*y --format dot"])
def test_a_pipe_that_has_a_number_for_a_name(call: str) -> None:
    if not os.path.exists("/dev/fd"):
        pytest.skip("no /dev/fd")
    command = [sys.executable, "-m", "autodiff_cli", *call.split()]
    wanted = subprocess.run(command, stdout=subprocess.PIPE, check=True, timeout=60).stdout
    ours, theirs = os.pipe()
    subprocess.run([*command, "-o", f"/dev/fd/{theirs}"], pass_fds=[theirs], check=True, timeout=60)
    os.close(theirs)
    with open(ours, "rb") as pipe:
        assert pipe.read() == wanted


def test_from_a_pipe_to_a_pipe() -> None:
    source = "".join([f"{i},{i / 10}\n" for i in range(20_000)])
    done = process("a*b", "--quiet", input="a,b\n" + source)
    lines = done.stdout.split()
    assert len(lines) == 20_001
    assert lines[-1] == f"19999,1999.9,{19999 * 1999.9!r},1999.9,19999.0"
    assert done.stderr == ""


def test_parquet_from_a_pipe_to_a_pipe(tmp_path: Path) -> None:
    pl.DataFrame(points(10)).write_parquet(tmp_path / "d.parquet")
    with open(tmp_path / "d.parquet", "rb") as stdin, open(tmp_path / "o.parquet", "wb") as stdout:
        call = [*PROGRAM, TANH, "--from", "parquet", "--quiet"]
        with subprocess.Popen(["cat"], stdin=stdin, stdout=subprocess.PIPE) as cat:
            subprocess.run(call, stdin=cat.stdout, stdout=stdout, check=True, timeout=60)
    assert pl.read_parquet(tmp_path / "o.parquet").columns == ["a", "b", "c", *ADDED]


@pytest.mark.parametrize("expression", ["x^2", "q^2", "day"])
def test_a_table_from_a_pipe_leaves_nothing(tmp_path: Path, expression: str) -> None:
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    data = io.BytesIO()
    pl.DataFrame({"x": [1.0, 2.0], "day": pl.Series([1, 2]).cast(pl.Date)}).write_ipc(data)
    call = [*PROGRAM, expression, "-", "--from", "arrow", "--to", "csv"]
    environment = {**os.environ, "TMPDIR": str(temporary)}
    done = subprocess.run(call, input=data.getvalue(), capture_output=True, timeout=60, env=environment)
    assert done.returncode == (0 if expression == "x^2" else 2)
    assert os.listdir(temporary) == []


# What is quoted


@pytest.mark.parametrize("invalid", ["null", "fail"])
def test_what_moves_a_cursor_in_names_and_cells_does_not_reach_the_terminal(
    batch: Callable[..., Done], invalid: str
) -> None:
    for name, content in {
        "a\x1b[31m.csv": "x\n-1\n",
        "cell.csv": "x\n\x1b[31mred\n",
        "column.csv": "a\x1b[31m\n1\r2\n",
        "other.csv": "x,b\x07\n1\n",
        "lines.csv": 'x\n"a\n\x1b[2J"\n',
    }.items():
        Path(name).write_text(content)
        done = batch("log(x)", name, "--map", f"x={content.splitlines()[0].split(',')[0]}", "--invalid", invalid)
        assert not {*done.err} & {*map(chr, range(32))} - {"\n"}, name
        assert done.err


# Ranges in eval


def test_eval_over_a_range(batch: Callable[..., Done]) -> None:
    done = batch("sin(x)", "--x", "0:3.14:0.01", "--format", "csv", command="eval")
    lines = done.out.split()
    assert lines[0] == "x,value,gradient_x,verdict_x"
    assert len(lines) == 316
    for k, line in enumerate(lines[1:]):
        x, value, slope, verdict = line.split(",")
        assert (float(x), verdict) == (k / 100, "ok")
        assert [float(value), float(slope)] == [math.sin(k / 100), math.cos(k / 100)]


def test_eval_over_ranges_in_every_format(batch: Callable[..., Done]) -> None:
    call = ["ln(x)*y", "--x", "-1:1:1", "--y", "2:3:1", "--wrt", "x"]
    note = "note: 4 of 6 points have no value, the first because log(x) needs x > 0; here x = -1\n"
    assert batch(*call, "--format", "tsv", command="eval") == (
        0,
        "x\ty\tvalue\tgradient_x\tverdict_x\n-1.0\t2.0\t\t\t\n-1.0\t3.0\t\t\t\n0.0\t2.0\t\t\t\n0.0\t3.0\t\t\t\n"
        "1.0\t2.0\t0.0\t2.0\tok\n1.0\t3.0\t0.0\t3.0\tok\n",
        note,
    )
    found = [json.loads(line) for line in batch(*call, "--format", "json", command="eval").out.split("\n")[:-1]]
    assert [one["value"] for one in found] == [None, None, None, None, 0.0, 0.0]
    assert found[5]["gradient"] == {"x": 3.0}
    table = batch(*call, command="eval").out
    assert table.split("\n")[0].split() == ["x", "y", "value", "d/dx", "verdict"]
    assert table.split("\n")[7].split() == ["1", "3", "0", "3", "ok"]
    assert batch(*call, "--only", "gradient.x", command="eval").out == "\n\n\n\n2.0\n3.0\n"


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["x", "--x", "0:1"], 2, "error: x = 0:1 has no step"),
        (["x", "--x", "0:1:0.5", "--hessian"], 2, "error: --hessian is for one point"),
        (["x", "--x", "0:1:0.5", "--digits", "30"], 2, "error: --digits is for one point"),
        (["x", "--x", "0:1:1e-9"], 2, "error: the ranges make 1,000,000,001 points"),
        (["x*y", "--x", "0:1:1"], 2, "error: no value for y"),
        (["ln(x)", "--x", "-2:-1:1"], 3, "note: 2 of 2 points have no value, the first because log(x) needs x > 0"),
    ],
)
def test_ranges_that_eval_cannot_use(batch: Callable[..., Done], arguments: list[str], code: int, message: str) -> None:
    done = batch(*arguments, command="eval")
    assert done.code == code
    assert done.err.startswith(message)


@pytest.mark.parametrize(
    ("span", "wanted"),
    [
        ("0:pi:pi/4", [0.0, math.pi / 4, math.pi / 2, 3 * math.pi / 4, math.pi]),
        ("-pi:pi:pi", [-math.pi, 0.0, math.pi]),
        ("0:sqrt(2):sqrt(2)/2", [0.0, math.sqrt(2) / 2, math.sqrt(2)]),
        ("0:pi:2", [0.0, 2.0]),
        ("0:0.3:0.1", [0.0, 0.1, 0.2, 0.3]),
    ],
)
def test_a_range_has_its_end_where_steps_lead_there(
    autodiff: Callable[..., Any], span: str, wanted: list[float]
) -> None:
    out = autodiff("batch", "x", f"--x={span}", "--quiet").out
    assert [float(line.split(",")[0]) for line in out.splitlines()[1:]] == wanted


@pytest.mark.parametrize("text", ["erf(x)", "gamma(x)", "lgamma(x)", "digamma(x)", "polygamma(1, x)", "sinc(x)"])
def test_functions_of_scipy_in_a_fresh_process(text: str) -> None:
    command = [sys.executable, "-m", "autodiff_cli", "batch", text, "--x", "0.5:1:1", "--quiet"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    assert float(done.stdout.splitlines()[1].split(",")[1]) == pytest.approx(parse(text).evaluate(x=0.5), rel=1e-15)


def test_what_cannot_be_read_twice_is_refused(autodiff: Callable[..., Any], tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    result = autodiff("batch", "a", str(tmp_path / "pipe.csv"))
    assert result.code == 2
    assert result.err.startswith(f"error: {tmp_path / 'pipe.csv'} is a pipe or a device\n  = < ")


def test_no_slope_where_there_is_no_value() -> None:
    value, gradient = formula_of("log(x)").vectorize()(x=np.array([-1.0, 2.0]))
    assert np.isnan(value[0])
    assert np.isnan(gradient["x"][0])
    assert gradient["x"][1] == 0.5


@pytest.mark.parametrize(
    ("first", "later", "shown"),
    [("1", "0.5", "0.5"), ("[1,2]", "[1.5]", "[1.5]"), ('{"q":1}', '{"q":2,"r":3}', "{'q': 2, 'r': 3}")],
)
@pytest.mark.parametrize("to", ["csv", "parquet"])
def test_what_comes_late_in_json_lines_is_not_cut_to_fit(
    autodiff: Callable[..., Any], tmp_path: Path, first: str, later: str, shown: str, to: str
) -> None:
    if to == "csv" and first[0] in "[{":
        pytest.skip("CSV has no cells of that kind")
    rows = [f'{{"a":1,"id":{first}}}'] * 300_000 + [f'{{"a":1,"id":{later}}}']
    (tmp_path / "late.jsonl").write_text("\n".join(rows) + "\n")
    result = autodiff("batch", "a", str(tmp_path / "late.jsonl"), "-o", str(tmp_path / f"out.{to}"))
    assert result.code == 2
    assert f"line 300001, 'id': '{shown}' does not go into a column of" in result.err.replace("\n", "")


def test_cells_keep_what_they_are_from_text_to_columns(autodiff: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("a,id\n1.5,12345678901234567890\n 7,0.5\n8 ,1\n")
    assert autodiff("batch", "a^2", str(tmp_path / "in.csv"), "-o", str(tmp_path / "out.jsonl")).code == 0
    lines = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert [line["a"] for line in lines] == [1.5, 7.0, 8.0]
    assert [line["id"] for line in lines] == ["12345678901234567890", "0.5", "1"]


@pytest.mark.parametrize("expression", ["x", "x*y", "y"])
@pytest.mark.parametrize("end", ["5", "5,,", '"5"', '5,"6",7'])
@pytest.mark.parametrize("filler", ["1,2\n", "1,\n", ',"2,2"\n', '1,"2\n2"\n'])
@pytest.mark.parametrize("to", ["csv", "jsonl"])
def test_no_row_has_more_or_fewer_cells_than_the_header(
    batch: Callable[..., Done], monkeypatch: pytest.MonkeyPatch, expression: str, end: str, filler: str, to: str
) -> None:
    monkeypatch.setattr(text, "PIECE", 64)
    Path("d.csv").write_text("x,y\n" + filler * 40 + end + "\n" + filler * 40)
    cells = len(next(csv.reader([end])))
    line = 2 + 40 * filler.count("\n")
    assert_refused(
        batch, expression, "d.csv", f"d.csv, line {line}: {cells} cell{'s' * (cells > 1)}, and the header", to
    )


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


def test_long_whole_numbers_and_large_floats_in_json(batch: Callable[..., Done]) -> None:
    Path("d.jsonl").write_text('{"x": 1.5e300}\n{"x": 9007199254740993}\n{"x": true}\n{"x": 1.50}\n')
    assert batch("x", "d.jsonl", "-o", "out.parquet").code == 0
    assert pl.read_parquet("out.parquet")["x"].to_list() == ["1.5e300", "9007199254740993", "true", "1.50"]
    Path("d.jsonl").write_text('{"x": 1.5e300}\n{"x": 1e20}\n{"x": true}\n')
    assert batch("x", "d.jsonl", "-o", "out.parquet").code == 0
    assert pl.read_parquet("out.parquet")["x"].to_list() == [1.5e300, 1e20, None]
    Path("d.jsonl").write_text('{"x": 1.5e300}\n{"x": 9007199254740993}\n')
    assert batch("x", "d.jsonl", "-o", "out.csv").code == 0
    assert [row["x"] for row in rows_of("out.csv")] == ["1.5e300", "9007199254740993"]


def test_a_long_whole_number_far_down(batch: Callable[..., Done], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text, "PIECE", 64)
    Path("d.csv").write_text("x\n" + "1.5\n" * 100 + "9007199254740993\n")
    message = "'9007199254740993' does not go into a column of floats"
    assert_refused(batch, "x", "d.csv", f"d.csv, line 102, column 'x': {message}", "parquet")
    Path("d.jsonl").write_text('{"x": 1}\n' * 100 + '{"x": 9007199254740993}\n')
    assert_refused(batch, "x", "d.jsonl", f"d.jsonl, line 101, 'x': {message}", "parquet")
    assert batch("x", "d.csv", "-o", "out.jsonl").code == 0
    assert json.loads(Path("out.jsonl").read_text().splitlines()[-1])["x"] == 9007199254740993


def test_a_word_with_nan_in_it_is_no_number(batch: Callable[..., Done]) -> None:
    Path("d.csv").write_text("x\nbanana\n-NaN\n")
    done = batch("x", "d.csv", "-o", "out.csv")
    assert "  1 in d.csv, line 2: x is no number\n" in done.err
    assert "  1 in d.csv, line 3: x is nan\n" in done.err


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
def test_json_lines_of_other_kinds_to_other_formats(batch: Callable[..., Done], nan: bool) -> None:
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
def test_a_key_that_is_added_and_comes_late(
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


def test_a_column_without_a_name(batch: Callable[..., Done]) -> None:
    Path("d.csv").write_text(",x\na,?\n")
    assert batch("x", "d.csv", "--to", "jsonl", "--wrt", "x").out.startswith('{"":"a","x":"?",')
    Path("d.jsonl").write_text('{"": "a", "x": 2}\n')
    assert batch("x", "d.jsonl", "--to", "csv").out == '"",x,value,gradient_x\na,2,2.0,1.0\n'


def test_json_lines_with_keys_in_another_order_stay_as_they_were(batch: Callable[..., Done]) -> None:
    Path("p.jsonl").write_text('{"x": 1, "y": true}\n')
    Path("q.jsonl").write_text('{"y": NaN, "x": 2.50}\n')
    assert batch("x", "p.jsonl", "q.jsonl").out == (
        '{"x": 1, "y": true, "value":1.0,"gradient_x":1.0}\n{"y": NaN, "x": 2.50, "value":2.5,"gradient_x":1.0}\n'
    )


def test_csv_and_json_lines_together(batch: Callable[..., Done]) -> None:
    Path("p.csv").write_text("x,y\n1,a\n?,b\n")
    Path("q.jsonl").write_text('{"y": "c", "x": 9007199254740993}\n{"y": "d", "x": true}\n{"x": "", "y": "e"}\n')
    assert batch("x", "p.csv", "q.jsonl", "-o", "out.jsonl", "--wrt", "x").code == 0
    found = [json.loads(line) for line in Path("out.jsonl").read_text().splitlines()]
    assert [row["x"] for row in found] == [1.0, "?", 9007199254740993, "true", None]
    assert [row["y"] for row in found] == list("abcde")
    assert batch("x", "p.csv", "q.jsonl", "-o", "out.csv").code == 0
    assert [row["x"] for row in rows_of("out.csv")] == ["1", "?", "9007199254740993", "true", ""]


# --- what has no trace, no text, another name, or an older time -------------------------------------------------------


def test_steps_that_leave_no_trace_have_domains_too(batch: Callable[..., Done]) -> None:
    for formula in ("ln(x)^0", "where(ln(x) > 9, 2, 2)"):
        done = batch(formula, "--x", "-1:1:1")
        assert done.out.splitlines()[1:3] == ["-1.0,,", "0.0,,"]
        assert "log(x) needs x > 0" in done.err
    assert batch("where(x > 0, ln(x)^0, 2)", "--x", "-1:1:1").out.splitlines()[1:] == [
        "-1.0,2.0,0.0",
        "0.0,2.0,0.0",
        "1.0,1.0,0.0",
    ]


def test_numbers_outside_the_domain_of_a_function(batch: Callable[..., Done]) -> None:
    done = batch("x*rsqrt(-1)", "--x", "1:2:1")
    assert "rsqrt(x) needs x > 0; here x = -1" in done.err
    assert batch("x*exp10(400)", "--x", "1:2:1").out.splitlines()[1] == "1.0,inf,inf"


def test_json_lines_have_one_form_in_every_row(batch: Callable[..., Done]) -> None:
    pl.DataFrame({"a": [1.0, math.inf], "t": [1577836800123456789] * 2}).with_columns(
        pl.col("t").cast(pl.Datetime("ns"))
    ).write_parquet("ns.parquet")
    first, second = batch("a", "ns.parquet", "--to", "jsonl").out.splitlines()
    assert first == '{"a":1.0,"t":"2020-01-01 00:00:00.123456789","value":1.0,"gradient_a":1.0}'
    assert second == '{"a":"inf","t":"2020-01-01 00:00:00.123456789","value":"inf","gradient_a":1.0}'


def test_what_has_no_text(batch: Callable[..., Done]) -> None:
    pl.DataFrame({"x": [1.0], "b": [b"1"]}).write_parquet("b.parquet")
    for to in ("jsonl", "csv"):
        assert f"{to} has no bytes for cells, as column 'b' has" in batch("x", "b.parquet", "-o", f"b.{to}").err
    pl.DataFrame({"x": [1.0], "d": [dt.timedelta(1)]}).write_parquet("d.parquet")
    assert "csv has no durations for cells, as column 'd' has" in batch("x", "d.parquet", "-o", "d.csv").err


@pytest.mark.parametrize(("sign", "format"), [(gzip.compress(b"x\n1\n", mtime=0), "csv.gz"), (b"PAR1....", "parquet")])
def test_data_under_another_name(batch: Callable[..., Done], sign: bytes, format: str) -> None:
    Path("d.csv").write_bytes(sign)
    done = batch("x", "d.csv")
    assert f"d.csv is no text: it begins as {format} does" in done.err
    assert f"--from {format} reads it" in done.err


def test_an_input_that_an_older_file_took_the_place_of_is_done_again(batch: Callable[..., Done]) -> None:
    for name in ("a.csv", "b.csv"):
        Path(name).write_text("x\n1\n")
    batch("x^2", "a.csv", "b.csv", "-o", "out/")
    Path("old.csv").write_text("x\n7\n")
    os.utime("old.csv", (1e9, 1e9))
    os.replace("old.csv", "a.csv")
    done = batch("x^2", "a.csv", "b.csv", "-o", "out/", "--resume")
    assert "1 of 2 tables are done already" in done.err
    assert Path("out/a.csv").read_text().splitlines()[1] == "7,49.0,14.0"
    assert "2 of 2" in batch("x^2", "a.csv", "b.csv", "-o", "out/", "--resume").err


def test_closed_standard_output(batch: Callable[..., Done]) -> None:
    Path("d.csv").write_text("x\n1\n")
    done = subprocess.run(
        ["sh", "-c", f"{sys.executable} -m autodiff_cli batch x d.csv >&-"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stderr == "error: standard output is closed\n  = as in -o out.csv\n"
