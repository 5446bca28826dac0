"""`autodiff batch` over tables as people write them, and what of them goes into the output."""

import json
from collections.abc import Callable
from math import nan
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("numpy")
pl = pytest.importorskip("polars")

from .conftest import Done  # noqa: E402


def rows(done: Done) -> list[dict[str, Any]]:
    assert done.code == 0, done.err
    return [json.loads(line) for line in done.out.splitlines()]


@pytest.mark.parametrize(
    ("name", "content", "options"),
    [
        ("d.csv", "a;b\n3;4\n", "--separator ;"),
        ("d.csv", "a;b\n3;4\n", ""),
        ("d.csv", "a\tb\n3\t4\n", "--separator tab"),
        ("d.dat", "a  b\n3    4\n", ""),
        ("d.txt", "a b\n3 4\n", "--separator space"),
        ("d.csv", "a;b\n3,0;4,0\n", "--separator ; --decimal ,"),
        ("d.csv", '"a","b"\n"3,0","4,0"\n', "--decimal ,"),
        ("d.csv", "3,4\n", "--no-header --map a=c1 --map b=c2"),
        ("d.csv", "a,b\nm,s\n3,4\n", "--units-row"),
        ("d.csv", "# no row\na,b\n# no row, either\n3,4\n", "--comment #"),
        ("d.csv", "Station 12\n\na,b\n3,4\n", "--skip-lines 2"),
        ("d.csv", "a,b\n3,4,\n", "--ragged"),
        ("d.tsv", 'a\tb\n3\t"4"\n', ""),
        ("d.json", '[{"a": 3,\n "b": 4}]', ""),
        ("d.json", '{"a": 3, "b": 4}\n', ""),
    ],
)
def test_a_table_of_another_dialect_is_read(batch: Callable[..., Done], name: str, content: str, options: str) -> None:
    Path(name).write_text(content)
    (row,) = rows(batch("a^2*b", name, *options.split(), "--to", "jsonl"))
    assert (row["value"], row["gradient_a"], row["gradient_b"]) == (36.0, 24.0, 9.0)


@pytest.mark.parametrize(
    ("content", "advice"),
    [
        ("# made by a logger\na,b\n1,2\n", "--comment '#'"),
        ("1.5,2.5\n3,4\n", "--no-header"),
        (",1.5,2.5\nx,3,4\n", "--no-header"),
        ("a:b\n1:2\n", "--map a=COLUMN"),
        ("a b\n1 2\n", "--separator space"),
    ],
)
def test_where_the_header_is_none_the_option_that_reads_it_is_named(
    batch: Callable[..., Done], content: str, advice: str
) -> None:
    Path("d.csv").write_text(content)
    done = batch("a*b", "d.csv")
    assert done.code == 2
    assert advice in done.err


def test_a_cell_of_another_dialect_has_the_option_that_reads_it_named(batch: Callable[..., Done]) -> None:
    Path("d.csv").write_text("x;y\n1,5;1\nNA;2\n")
    done = batch("x*y", "d.csv", "--separator", ";")
    assert "  = --decimal , reads 1,5 as 1.5\n  = --null NA says that NA is no value\n" in done.err


@pytest.mark.parametrize(
    ("name", "to", "expected"),
    [
        ("d.tsv", "tsv", "x\ty\tvalue\n1,5\t2\t3,0\n"),
        ("d.tsv", "csv", 'x,y,value\n"1,5",2,"3,0"\n'),
        ("d.csv", "tsv", "x\ty\tvalue\n1,5\t2\t3,0\n"),
        ("d.csv", "csv", "x;y;value\n1,5;2;3,0\n"),
        ("d.txt", "csv", 'x,y,value\n"1,5",2,"3,0"\n'),
    ],
)
def test_the_numbers_of_one_output_have_one_decimal_sign(
    batch: Callable[..., Done], name: str, to: str, expected: str
) -> None:
    sign = {"tsv": "\t", "csv": ";", "txt": " "}[name[-3:]]
    Path(name).write_text(f"x{sign}y\n1,5{sign}2\n")
    assert batch("x*y", name, "--decimal", ",", "--to", to, "--no-gradient").out == expected


def test_a_cell_with_a_point_is_shown_as_it_is_where_commas_are_asked_for(batch: Callable[..., Done]) -> None:
    Path("d.csv").write_text("x;y\n1.5;2\n")
    done = batch("x*y", "d.csv", "--decimal", ",")
    assert "d.csv, line 2, column 'x': '1.5' is no number: it has a decimal point\n" in done.err


def test_an_option_that_reads_cells_is_named_once(batch: Callable[..., Done]) -> None:
    Path("d.csv").write_text('x\n"1,5"\n"2,5"\n')
    assert batch("x", "d.csv").err.count("--decimal ,") == 1


def test_from_csv_to_csv_the_separator_and_the_decimal_comma_stay(batch: Callable[..., Done]) -> None:
    Path("d.csv").write_text("x;y;s\n1,5;2;a, b\n")
    done = batch("x*y", "d.csv", "--decimal", ",")
    assert done.out == "x;y;s;value;gradient_x;gradient_y\n1,5;2;a, b;3,0;2,0;1,5\n"


def test_what_stands_for_no_value_is_missing_as_text_and_as_a_number(batch: Callable[..., Done]) -> None:
    Path("d.csv").write_text("x,s\n4,NA\n-999.0,b\nNA,-999\n")
    done = batch("2x", "d.csv", "--null", "NA", "--null", "-999", "--to", "jsonl")
    assert [(row["x"], row["s"], row["value"]) for row in rows(done)] == [(4, None, 8), (None, "b", None), (None,) * 3]
    assert "x is missing" in done.err
    assert "is no number" not in done.err


@pytest.mark.parametrize("to", ["csv", "jsonl", "parquet"])
@pytest.mark.parametrize(
    ("cells", "line"),
    [
        (['1,"12" rod",7', '2,"3" rod",9'], 2),
        (["1,ok,7", '2,3" rod,9'], 3),
        (['1,"a"b",7'], 2),
        (['1,a,"7', "2,b,9"], None),
        (["1,a,7", '2,b,"9""'], None),
    ],
)
def test_a_stray_quote_is_an_error_with_its_line(
    batch: Callable[..., Done], to: str, cells: list[str], line: int | None
) -> None:
    Path("d.csv").write_text("\n".join(["a,s,b", *cells]) + "\n")
    done = batch("a*b", "d.csv", "-o", f"o.{to}")
    assert done.code == 2
    assert f"line {line}" in done.err if line else "never closed" in done.err
    assert not Path(f"o.{to}").exists()


def test_quotes_between_tabs_are_signs_unless_whole_cells_stand_in_them(batch: Callable[..., Done]) -> None:
    Path("d.tsv").write_text('a\ts\tb\n1\t5" rod\t7\n2\t"3"" rod"\t"9"\n3\t"\t1\n')
    found = rows(batch("a*b", "d.tsv", "--to", "jsonl"))
    assert [(row["s"], row["value"]) for row in found] == [('5" rod', 7.0), ('3" rod', 18.0), ('"', 3.0)]


@pytest.mark.parametrize("to", ["jsonl", "parquet", "arrow"])
@pytest.mark.parametrize("ends", ["\n", ""])
@pytest.mark.parametrize(
    ("cells", "kept"),
    [
        (["50060e8007123400", "1"], ["50060e8007123400", "1"]),
        (["12e4", "1E5"], ["12e4", "1E5"]),
        (["+49", "+33"], ["+49", "+33"]),
        (["007", "8"], ["007", "8"]),
        (["Nan", "1"], ["Nan", "1"]),
        (["1.10", "-2"], [1.1, -2.0]),
        (["3", "4.5"], [3.0, 4.5]),
        (["3", "ʤ"], ["3", "ʤ"]),
        (["12345678901234567890", "1"], ["12345678901234567890", "1"]),
        (["0.30000000000000004", "0.00001"], [0.30000000000000004, 1e-05]),
        (["5", ""], [5, None]),
    ],
)
def test_text_that_nobody_computes_with_stays_text(
    batch: Callable[..., Done], to: str, ends: str, cells: list[str], kept: list[Any]
) -> None:
    Path("d.csv").write_text("x,c\n" + "\n".join([f"{x},{cell}" for x, cell in enumerate(cells)]) + ends)
    assert batch("x", "d.csv", "-o", f"o.{to}").code == 0
    readers = {"jsonl": pl.read_ndjson, "parquet": pl.read_parquet, "arrow": pl.read_ipc}
    assert readers[to](f"o.{to}")["c"].to_list() == kept


def test_a_column_is_text_where_that_is_asked_for(batch: Callable[..., Done]) -> None:
    Path("d.csv").write_text("x,id\n1,12\n")
    assert rows(batch("x", "d.csv", "--types", "id=text", "--to", "jsonl"))[0]["id"] == "12"
    assert "no column 'ib'" in batch("x", "d.csv", "--types", "ib=text").err
    assert "takes COLUMN=text" in batch("x", "d.csv", "--types", "id=date").err


def test_names_that_are_not_used_may_be_empty_or_stand_twice(batch: Callable[..., Done]) -> None:
    Path("d.csv").write_text("a,b,b,,\n2,3,4,,\n")
    assert batch("a^2", "d.csv").out == "a,b,b,,,value,gradient_a\n2,3,4,,,4.0,4.0\n"
    assert list(rows(batch("a", "d.csv", "--to", "jsonl"))[0])[:5] == ["a", "b", "b_2", "", "c5"]
    assert "two columns named 'b'" in batch("a*b", "d.csv").err


# --- what goes into the output ---------------------------------------------------------------------------------------


def test_named_steps_have_columns_of_their_own(batch: Callable[..., Done]) -> None:
    Path("d.csv").write_text("a,b,c\n2,3,10\n")
    (row,) = rows(batch("d = a*b; e = d + c; e*f", "d.csv", "--of", "d,e", "--f", "2", "--to", "jsonl"))
    assert row == {
        "a": 2,
        "b": 3,
        "c": 10,
        "d": 6,
        "d_gradient_a": 3,
        "d_gradient_b": 2,
        "e": 16,
        "e_gradient_a": 3,
        "e_gradient_b": 2,
        "e_gradient_c": 1,
    }
    assert "'speed'" in batch("p = a^2; p + 1", "d.csv", "--of", "speed").err


def test_columns_and_rows_are_chosen(batch: Callable[..., Done]) -> None:
    Path("d.csv").write_text("x,y,s\n1,2,a\n-1,3,b\n,4,c\n2,5,d\n")
    done = batch("x^2", "d.csv", "--columns", "s", "--where", "x > 0 and y < 9", "--no-gradient", "--source")
    assert done == (0, "s,source,value\na,d.csv,1.0\nd,d.csv,4.0\n", "2 rows\n2 rows left out by --where\n")
    assert "did you mean 's'?" in batch("x", "d.csv", "--columns", "ss").err
    assert "is no condition" in batch("x", "d.csv", "--where", "x >").err


@pytest.mark.parametrize(
    ("condition", "kept"),
    [
        ("x", "1,2 -1,3 4,"),  # a number that is not 0
        ("x != 1", "-1,3 0,5 4,"),
        ("not (x > 0)", "-1,3 0,5"),
        ("1/x > 0", "1,2 4,"),
        ("sqrt(x) != 1", "0,5 4,"),
        ("x > 0 or y > 2", "1,2 -1,3 0,5"),
        ("where(x == 1, x, sqrt(x)) > 0", "1,2 4,"),  # the branch that is not taken needs nothing
    ],
)
def test_a_condition_that_cannot_be_computed_leaves_the_row_out(
    batch: Callable[..., Done], condition: str, kept: str
) -> None:
    Path("d.csv").write_text("x,y\n1,2\n-1,3\n,4\n0,5\n4,\n")
    done = batch("x^2", "d.csv", "--columns", "x,y", "--where", condition, "--no-gradient")
    assert [line.rpartition(",")[0] for line in done.out.splitlines()[1:]] == kept.split()


def test_of_several_conditions_all_must_hold(batch: Callable[..., Done]) -> None:
    Path("d.csv").write_text("x,y\n1,2\n-1,3\n2,-1\n")
    done = batch("x^2", "d.csv", "--where", "x > 0", "--where", "y > 0", "--no-gradient")
    assert done.out == "x,y,value\n1,2,1.0\n"


@pytest.mark.parametrize("text", ["x = 0", "x > 0, 1, 0) + where(y > 0", "x >", "d = x; d > 0"])
def test_what_is_no_condition_is_refused_with_its_own_words(batch: Callable[..., Done], text: str) -> None:
    Path("d.csv").write_text("x,y\n1,2\n")
    done = batch("x^2", "d.csv", "--where", text)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(f"error: --where {text} is no condition")
    assert "not ','" not in done.err
    assert "--where 'x > 0'" in done.err


@pytest.mark.parametrize("to", ["csv", "jsonl", "parquet"])
def test_none_of_the_columns_may_be_passed_on(batch: Callable[..., Done], to: str) -> None:
    Path("d.csv").write_text("x,s\n1,a\n,b\n3,c\n")
    assert batch("2x", "d.csv", "--columns", "", "--source", "-o", f"o.{to}", "--to", to).code == 0
    read = {"csv": pl.read_csv, "jsonl": pl.read_ndjson, "parquet": pl.read_parquet}[to]
    assert read(f"o.{to}").to_dict(as_series=False) == {
        "source": ["d.csv"] * 3,
        "value": [2.0, None, 6.0],
        "gradient_x": [2.0, None, 2.0],
    }


def test_a_row_that_is_left_out_keeps_the_lines_of_the_others(batch: Callable[..., Done]) -> None:
    Path("d.csv").write_text("x,y\n-1,1\n1,q\n")
    assert "d.csv, line 3, column 'y': 'q' is no number" in batch("x*y", "d.csv", "--where", "x > 0").err


def test_columns_are_named_in_backticks(batch: Callable[..., Done]) -> None:
    Path("d.csv").write_text('Speed (m/s),"a;b=c#"\n2,3\n-2,4\n')
    done = batch("`Speed (m/s)`*`a;b=c#`", "d.csv", "--where", "`Speed (m/s)` > 0", "--wrt", "Speed (m/s)")
    assert done.out == "Speed (m/s),a;b=c#,value,gradient_Speed (m/s)\n2,3,6.0,3.0\n"
    assert "did you mean 'Speed (m/s)'?" in batch("`Sped (m/s)`", "d.csv").err


def test_a_row_without_a_gradient_keeps_its_value(batch: Callable[..., Done]) -> None:
    Path("d.csv").write_text("x,y\n0,0\n3,4\n")
    done = batch("atan2(y, x)", "d.csv", "--invalid", "fail")
    assert done.code == 0
    assert done.out.splitlines()[1] == "0,0,0.0,,"
    assert "1 row without a gradient:\n" in done.err
    assert "without a value" not in done.err
    kept = rows(batch("sqrt(x^2 + y^2)", "d.csv", "--invalid", "skip", "--to", "jsonl"))
    assert [row["value"] for row in kept] == [0.0, 5.0]


def test_verdicts_and_exact_numbers_are_those_of_a_point(batch: Callable[..., Done]) -> None:
    Path("d.csv").write_text("x\n-2\n0\n3\n")
    found = rows(batch("abs(x)", "d.csv", "--verdicts", "--to", "jsonl"))
    assert [row["verdict_x"] for row in found] == ["ok", "kink", "ok"]
    pytest.importorskip("flint")
    done = batch("(1 + x*1e-17 - 1)*1e17", "d.csv", "--exact", "--to", "jsonl")
    assert [row["value"] for row in rows(done)] == [-2.0, 0.0, 3.0]
    assert "2 rows computed again, whose digits rounding had eaten" in done.err


@pytest.mark.parametrize("ending", ["gz", "zst", "bz2", "xz"])
def test_a_compressed_table_is_written_and_read(batch: Callable[..., Done], ending: str) -> None:
    assert batch("x^2", "--x", "0:2:1", "-o", f"d.csv.{ending}").code == 0
    done = batch("x", f"d.csv.{ending}", "--prefix", "f_", "--wrt", "x")
    assert done.out.splitlines()[-1] == "2.0,4.0,4.0,2.0,1.0"


def test_nan_is_left_in_a_gradient_where_that_is_asked_for(batch: Callable[..., Done]) -> None:
    Path("d.csv").write_text("x,y\n0,0\n")
    assert batch("atan2(y, x)", "d.csv", "--invalid", "nan", "-o", "o.parquet").code == 0
    assert str(pl.read_parquet("o.parquet")["gradient_x"].to_list()) == str([nan])


@pytest.mark.parametrize("format", ["parquet", "arrow", "jsonl"])
def test_what_stands_for_no_value_is_missing_in_every_format(batch: Callable[..., Done], format: str) -> None:
    frame = pl.DataFrame({"x": [4, -999]})
    {"parquet": frame.write_parquet, "arrow": frame.write_ipc, "jsonl": frame.write_ndjson}[format](f"d.{format}")
    assert batch("2x", f"d.{format}", "--null", "-999", "--to", "csv").out.splitlines()[-1].endswith(",,")


def test_json_lines_without_a_newline_at_the_end_have_the_same_types(batch: Callable[..., Done]) -> None:
    Path("d.jsonl").write_text('{"x": 1, "c": 3}\n{"x": 2, "c": 4.5}')
    assert batch("x", "d.jsonl", "-o", "o.parquet").code == 0
    assert pl.read_parquet("o.parquet")["c"].to_list() == [3.0, 4.5]
