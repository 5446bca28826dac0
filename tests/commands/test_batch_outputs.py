"""The outputs of `autodiff batch`: many of them, resumed, and none over an input or for that of another run."""

import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

pl = pytest.importorskip("polars")
pytest.importorskip("numpy")

from autodiff_cli import files  # noqa: E402

from .batches import PROGRAM, process  # noqa: E402
from .conftest import Done  # noqa: E402


def test_resume_makes_what_is_missing_or_older_than_its_input(batch: Callable[..., Done]) -> None:
    for i in range(4):
        Path(f"p{i}.csv").write_text(f"x\n{i}\n")
    assert batch("x^2", "p*.csv", "-o", "out/") == (0, "", "4 rows\n")
    assert sorted(os.listdir("out")) == [".autodiff-batch.jsonl", *[f"p{i}.csv" for i in range(4)]]
    assert Path("out/p3.csv").read_text() == "x,value,gradient_x\n3,9.0,6.0\n"
    os.unlink("out/p2.csv")
    mark = "mark".ljust(os.path.getsize("out/p1.csv"))
    Path("out/p1.csv").write_text(mark)
    os.utime("p3.csv", (time.time() + 60, time.time() + 60))  # newer than its output
    done = batch("x^2", "p*.csv", "-o", "out/", "--resume")
    assert done == (0, "", "note: 2 of 4 tables are done already\n2 rows\n")
    assert Path("out/p1.csv").read_text() == mark
    assert Path("out/p2.csv").read_text() == "x,value,gradient_x\n2,4.0,4.0\n"
    assert batch("x^2", "p*.csv", "-o", "out", "--to", "parquet").code == 0
    assert pl.read_parquet("out/p2.parquet").row(0) == (2.0, 4.0, 4.0)


def test_what_a_killed_run_left_is_removed(batch: Callable[..., Done]) -> None:
    Path(f".o.csv.{os.getpid()}.part").write_text("x")
    Path(".o.csv.abc_12.part").write_text("x")
    Path(".o.csv.gz.abc_12.part").write_text("of another output")
    assert batch("x", "--x", "0:1:1", "-o", "o.csv").code == 0
    assert sorted(os.listdir(".")) == [".o.csv.gz.abc_12.part", "o.csv"]


def test_of_two_runs_into_one_place_the_second_is_refused(batch: Callable[..., Done]) -> None:
    Path("o.csv").write_text("old")
    with files.whole("o.csv"):
        done = batch("x", "--x", "0:1:1", "-o", "o.csv")
        assert done.code == 2
        assert "another run is writing" in done.err
        assert Path("o.csv").read_text() == "old"
    assert batch("x", "--x", "0:1:1", "-o", "o.csv").code == 0


@pytest.mark.parametrize("mode", [0o640, 0o444])
def test_an_output_has_the_mode_of_the_one_before_from_its_first_byte(batch: Callable[..., Done], mode: int) -> None:
    Path("o.csv").write_text("old")
    os.chmod("o.csv", mode)
    with files.whole("o.csv") as part:
        assert os.stat(part).st_mode & 0o7777 == mode | 0o200
        Path(part).write_text("new")
    assert os.stat("o.csv").st_mode & 0o7777 == mode


def test_an_output_that_was_cut_afterwards_is_made_again(batch: Callable[..., Done]) -> None:
    Path("p.csv").write_text("x\n1\n2\n")
    assert batch("x^2", "p.csv", "-o", "out/").code == 0
    whole = Path("out/p.csv").read_text()
    Path("out/p.csv").write_text(whole[:-1])
    assert batch("x^2", "p.csv", "-o", "out/", "--resume").code == 0
    assert Path("out/p.csv").read_text() == whole


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
