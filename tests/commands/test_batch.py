"""`autodiff batch`: a table in, columns for the value and each gradient out; files, defaults, patterns, names."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

pl = pytest.importorskip("polars")
pytest.importorskip("numpy")

from autodiff_cli.language.parser import parse  # noqa: E402
from autodiff_cli.tables import FileFormat, open_table  # noqa: E402

from .batches import ADDED, TANH, expected, points, process, rows_of, write_csv  # noqa: E402
from .conftest import Done  # noqa: E402


def test_value_and_gradients_are_a_column_each(batch: Callable[..., Done]) -> None:
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


def test_a_program_from_a_file_reads_parquet_and_is_checked(batch: Callable[..., Done]) -> None:
    Path("model.ad").write_text("c = 0.5\nt = a*b\ntanh(t + c)\n")
    pl.DataFrame(points(300)).drop("c").write_parquet("samples.parquet")
    done = batch("model.ad", "samples.parquet", "-o", "out.parquet", "--wrt", "a,b", "--check", "100")
    assert done == (0, "", "300 rows\n100 rows checked: 100 ok\n")
    found = pl.read_parquet("out.parquet")
    assert found.columns == ["a", "b", "value", "gradient_a", "gradient_b"]
    for a, b, *results in found.rows():
        assert results == pytest.approx(expected({"a": a, "b": b, "c": 0.5})[:3], rel=1e-14)


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
        ('x\n"5"\n', 'x,value,gradient_x\n"5",5.0,1.0\n'),
        ('"x"\n5\n', "x,value,gradient_x\n5,5.0,1.0\n"),
    ],
)
def test_the_smallest_files_have_their_rows(batch: Callable[..., Done], content: str, out: str) -> None:
    Path("data.csv").write_text(content)
    assert batch("x", "data.csv").out == out


@pytest.mark.parametrize("ending", ["parquet", "arrow", "csv", "jsonl", "csv.gz"])
def test_a_table_without_rows_gets_its_columns(batch: Callable[..., Done], ending: str) -> None:
    pl.DataFrame(schema={"x": pl.Float64, "s": pl.String}).write_parquet("data.parquet")
    assert batch("x", "data.parquet", "-o", f"out.{ending}") == (0, "", "0 rows\n")
    if ending != "jsonl":
        table = open_table(f"out.{ending}", "", FileFormat("csv"))
        assert list(table.columns) == ["x", "s", "value", "gradient_x"]


def test_a_constant_expression_has_a_value_in_every_row(batch: Callable[..., Done]) -> None:
    Path("data.csv").write_text("x\n1\n2\n")
    assert batch("2*3", "data.csv").out == "x,value\n1,6.0\n2,6.0\n"


def test_files_of_a_pattern_are_one_table(batch: Callable[..., Done]) -> None:
    for i in range(3):
        Path(f"part{i}.csv").write_text(f"a,b\n{i},1\n" if i else "b,a\n1,0\n")
    done = batch("a*b", "part*.csv")
    assert done.out == "b,a,value,gradient_a,gradient_b\n1,0,0.0,1.0,0.0\n1,1,1.0,1.0,1.0\n1,2,2.0,1.0,2.0\n"


def test_a_prefix_keeps_names_apart(batch: Callable[..., Done]) -> None:
    Path("v.csv").write_text("x,value\n1,2\n")
    assert batch("x", "v.csv", "--prefix", "f_").out == "x,value,f_value,f_gradient_x\n1,2,1.0,1.0\n"


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


@pytest.mark.slow
@pytest.mark.parametrize("text", ["erf(x)", "gamma(x)", "lgamma(x)", "digamma(x)", "polygamma(1, x)", "sinc(x)"])
def test_functions_of_scipy_in_a_fresh_process(text: str) -> None:
    command = [sys.executable, "-m", "autodiff_cli", "batch", text, "--x", "0.5:1:1", "--quiet"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    assert float(done.stdout.splitlines()[1].split(",")[1]) == pytest.approx(parse(text).evaluate(x=0.5), rel=1e-15)
