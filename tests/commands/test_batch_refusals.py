"""What `autodiff batch` refuses: inputs, schemas and command lines; each in words, and the output is what it was."""

import csv
import datetime as dt
import gzip
import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pl = pytest.importorskip("polars")
pytest.importorskip("numpy")

from autodiff_cli.tables import FileFormat, text, write  # noqa: E402

from .batches import TANH, assert_refused, points  # noqa: E402
from .conftest import Done  # noqa: E402


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
        ("d.csv", b"x,y\n1,2,", "d.csv, line 2: 3 cells, and the header has 2"),
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
        ("d.parquet", b"PAR1 and so on", "cannot read d.parquet: it does not end with PAR1"),
        ("d.parquet", b"", "cannot read d.parquet: "),
        ("d.arrow", b"no arrow", "cannot read d.arrow: "),
    ],
)
def test_inputs_that_cannot_be_read_are_refused_and_leave_the_output(
    batch: Callable[..., Done], name: str, content: bytes, message: str
) -> None:
    Path(name).write_bytes(content)
    assert_refused(batch, "x", name, message)
    if b"\0" not in content:  # which JSON has a sign for
        assert_refused(batch, "x", name, message, "jsonl")
        assert_refused(batch, "x", name, message, "parquet")


@pytest.mark.parametrize("format", ["parquet", "arrow"])
def test_a_damaged_file_of_columns_is_refused(batch: Callable[..., Done], format: str) -> None:
    write(f"d.{format}", FileFormat(format), iter([pl.DataFrame(points(5000))]))
    whole = Path(f"d.{format}").read_bytes()
    for data in (whole[:-30], whole[: len(whole) // 2]):
        Path(f"d.{format}").write_bytes(data)
        assert_refused(batch, TANH, f"d.{format}", f"cannot read d.{format}: ")
        assert "cut off or damaged" in batch(TANH, f"d.{format}", "-o", "out.csv").err


def test_columns_that_hold_no_numbers_are_refused_or_counted(batch: Callable[..., Done]) -> None:
    pl.DataFrame({"x": [True]}).write_parquet("d.parquet")
    assert "error: column 'x' of d.parquet holds true and false, not numbers\n" in batch("x", "d.parquet").err
    pl.DataFrame({"x": ["1.5", "?"], "y": [[1], [2]]}).write_parquet("d.parquet")
    assert "csv has no lists or objects for cells, as column 'y' has" in batch("x", "d.parquet", "--to", "csv").err
    done = batch("x", "d.parquet", "-o", "o.jsonl")
    assert "d.parquet, row 2, column 'x': '?' is no number" in done.err
    assert Path("o.jsonl").read_text().startswith('{"x":"1.5","y":[1],"value":1.5,"gradient_x":1.0}\n')


def test_files_of_other_columns_or_types_are_refused(batch: Callable[..., Done]) -> None:
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


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["x*y", "d.csv"], "d.csv has no column for y"),
        (["x", "d.csv", "--x", "2"], "two values for 'x': the column 'x' of d.csv, and 2"),
        (["x", "d.csv", "--y", "2"], "unknown option --y: the expression has no variable 'y'"),
        (["x", "none.csv"], "cannot read none.csv: No such file or directory"),
        (["x", "none*.csv"], "no file matches none*.csv"),
        (["x", "d.csv", "d.csv"], "d.csv is named twice"),
        (["x", "."], ". is a folder"),
        (["x", "d.doc"], "d.doc is no table that can be read or written"),
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
def test_command_lines_that_cannot_be_run_are_refused_in_words(
    batch: Callable[..., Done], arguments: list[str], message: str
) -> None:
    Path("d.csv").write_text("x,name\n1,a\n")
    Path("v.csv").write_text("x,value\n1,2\n")
    done = batch(*arguments)
    assert done.code == 2
    assert done.err.startswith(f"error: {message}"), done.err
    assert done.out == ""


def test_what_is_missing_names_the_libraries(batch: Callable[..., Done], monkeypatch: pytest.MonkeyPatch) -> None:
    from autodiff_cli.commands import libraries

    monkeypatch.setattr(libraries, "find_spec", lambda name: None if name == "polars" else object())
    done = batch("x", "d.csv")
    assert done == (
        2,
        "",
        "error: this needs polars, which is not installed\n  = pip install 'autodiff-cli[batch]'\n",
    )


def test_what_cannot_be_read_twice_is_refused(autodiff: Callable[..., Any], tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    result = autodiff("batch", "a", str(tmp_path / "pipe.csv"))
    assert result.code == 2
    assert result.err.startswith(f"error: {tmp_path / 'pipe.csv'} is a pipe or a device\n  = < ")


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


def test_cells_that_have_no_text_are_refused_in_text(batch: Callable[..., Done]) -> None:
    pl.DataFrame({"x": [1.0], "b": [b"1"]}).write_parquet("b.parquet")
    for to in ("jsonl", "csv"):
        assert f"{to} has no bytes for cells, as column 'b' has" in batch("x", "b.parquet", "-o", f"b.{to}").err
    pl.DataFrame({"x": [1.0], "d": [dt.timedelta(1)]}).write_parquet("d.parquet")
    assert "csv has no durations for cells, as column 'd' has" in batch("x", "d.parquet", "-o", "d.csv").err


@pytest.mark.parametrize(("sign", "format"), [(gzip.compress(b"x\n1\n", mtime=0), "csv.gz"), (b"PAR1....", "parquet")])
def test_data_under_the_ending_of_another_format_is_refused(
    batch: Callable[..., Done], sign: bytes, format: str
) -> None:
    Path("d.csv").write_bytes(sign)
    done = batch("x", "d.csv")
    assert f"d.csv is no text: it begins as {format} does" in done.err
    assert f"--from {format} reads it" in done.err


@pytest.mark.parametrize(
    ("option", "ending"),
    [
        (("--separator", ";"), "parquet"),
        (("--decimal", ","), "arrow"),
        (("--encoding", "latin-1"), "parquet"),
        (("--skip-lines", "1"), "arrow"),
        (("--ragged",), "jsonl"),
        (("--types", "x=text"), "jsonl"),
    ],
)
def test_an_option_for_text_on_another_format_is_refused(
    batch: Callable[..., Done], option: tuple[str, ...], ending: str
) -> None:
    batch("x", "--x", "0:1:1", "-o", f"d.{ending}", "--no-gradient")
    done = batch("x^2", f"d.{ending}", *option, "--prefix", "f_")
    assert done.code == 2
    assert f"{option[0]} is for tables in" in done.err
    assert f"d.{ending} is {ending}" in done.err
