"""`autodiff batch` where a row has no value, or a gradient is wrong: it is counted, placed, named and checked."""

import math
import os
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("polars")
pytest.importorskip("numpy")

import polars as pl

from autodiff_cli.language.parser import parse
from autodiff_cli.reports.batch import Batch
from autodiff_cli.tables import text

from .batches import TANH, points, rows_of, write_csv
from .conftest import Done

BAD = "x,name\n1,a\nabc,b\n,c\n-1,d\nnan,e\n1e400,f\n0,g\n"


@pytest.mark.parametrize(
    ("invalid", "values"),
    [
        ("null", ["0.0", "", "", "", "", "", ""]),
        ("nan", ["0.0", "NaN", "NaN", "NaN", "NaN", "NaN", "NaN"]),
        ("skip", ["0.0"]),
    ],
)
def test_rows_without_a_value_are_kept_marked_or_left_out(
    batch: Callable[..., Done], invalid: str, values: list[str]
) -> None:
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


@pytest.mark.parametrize("cell", ["1e-400", "-2.4E-0324", f"0.{'0' * 330}1"])
@pytest.mark.parametrize("to", ["csv", "tsv", "jsonl", "parquet"])
@pytest.mark.parametrize("from_", ["csv", "jsonl"])
def test_a_number_too_small_for_a_float_is_no_0(batch: Callable[..., Done], cell: str, to: str, from_: str) -> None:
    cells = ["1", cell, "0", "0e5", "1e-300"]
    lines = ["x", *cells] if from_ == "csv" else [f'{{"x": {one}}}' for one in cells]
    Path(f"d.{from_}").write_text("\n".join(lines) + "\n")
    done = batch("x + 1", f"d.{from_}", "-o", f"out.{to}")
    line = lines.index(next(one for one in lines if cell in one)) + 1
    assert done.err == f"5 rows\n1 row without a value:\n  1 in d.{from_}, line {line}: x is too small for a float\n"
    read = {"csv": pl.read_csv, "tsv": partial(pl.read_csv, separator="\t"), "jsonl": pl.read_ndjson}
    assert read.get(to, pl.read_parquet)(f"out.{to}")["value"].to_list() == [2.0, None, 1.0, 1.0, 1.0]


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


def test_a_cell_after_lines_in_quotes_has_its_own_line(batch: Callable[..., Done]) -> None:
    Path("data.csv").write_text('x,t\n1,"one\ntwo\nthree"\n\n2,b\nn/a,c\n')
    done = batch("x", "data.csv", "-o", "out.csv")
    assert "  data.csv, line 7, column 'x': 'n/a' is no number\n" in done.err
    assert "  1 in data.csv, line 5: x is missing\n" in done.err


def test_places_are_right_over_many_pieces(batch: Callable[..., Done], monkeypatch: pytest.MonkeyPatch) -> None:
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


def test_an_infinite_slope_is_not_computed_again_nor_warned_of(batch: Callable[..., Done]) -> None:
    Path("d.csv").write_text("x\n-1\n0.5\n")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        done = batch("asin(x)", "d.csv", "--exact")
    assert done.code == 0
    assert "computed again" not in done.err


@pytest.mark.parametrize(("formula", "row"), [("log(a, b)", "2,0"), ("log(2, b)*0 + a", "2,0"), ("log(a, b)", "2,1")])
def test_a_number_that_comes_back_from_an_infinity_is_no_value_outside_the_domain(
    batch: Callable[..., Done], formula: str, row: str
) -> None:
    Path("data.csv").write_text(f"a,b\n{row}\n3,2\n")
    done = batch(formula, "data.csv", "--wrt", "b")
    assert done.out.splitlines()[1] == f"{row},,"
    assert " needs " in done.err
    assert not done.out.splitlines()[2].endswith(",")
