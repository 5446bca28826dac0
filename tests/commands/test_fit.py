"""`autodiff fit`: what is read, printed, written and refused."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ..conftest import Result

Run = Callable[..., Result]
SIX = [word for name in "abcdfg" for word in (f"--{name}", "1")]

pytest.importorskip("scipy")
pl = pytest.importorskip("polars")

ADDED = ("fitted", "fitted_sigma", "fitted_low", "fitted_high", "residual")


@pytest.fixture
def table(tmp_path: Path) -> str:
    path = tmp_path / "line.csv"
    path.write_text("x,y,s,word\n1,2.5,0.5,a\n2,3,1,b\n4,5.5,0.25,c\n7,6,1,d\n11,12.5,2,e\n")
    return str(path)


def test_json_keeps_its_contract(autodiff: Run, table: str) -> None:
    done = autodiff("fit", "a*x + b", table, "--y", "y", "--a", "1", "--b", "0", "--format", "json")
    found = done.json
    assert done.code == 0
    assert found["parameters"]["a"]["value"] == pytest.approx(62.5 / 66)
    assert found["covariance"]["a"]["a"] == pytest.approx(found["parameters"]["a"]["sigma"] ** 2)
    assert (found["rows"], found["degrees_of_freedom"]) == (5, 3)
    assert found["residual_sd"] == pytest.approx((found["sum_of_squares"] / 3) ** 0.5)
    assert found["correlation"]["a"]["a"] == pytest.approx(1)


def test_the_table_has_a_row_a_parameter_and_what_residuals_say(autodiff: Run, table: str) -> None:
    out = autodiff("fit", "a*x + b", table, "--y", "y", "--a", "1", "--b", "0").out
    assert [line.split()[0] for line in out.splitlines()[:1] + out.splitlines()[2:4]] == ["parameter", "a", "b"]
    assert "5 rows, 3 degrees of freedom" in out
    assert "correlation of a and b: -0.8090" in out


def test_what_was_fitted_is_written_beside_the_rows(autodiff: Run, table: str, tmp_path: Path) -> None:
    autodiff("fit", "a*x", table, "--y", "y", "--a", "1", "-o", str(tmp_path / "out.csv"))
    frame = pl.read_csv(tmp_path / "out.csv")
    assert frame.columns == ["x", "y", "s", "word", *ADDED]
    assert (frame["fitted"] + frame["residual"]).to_list() == pytest.approx(frame["y"].to_list())
    away = 2.776445105197799  # of Student's distribution with 4 degrees of freedom, from tables
    assert (frame["fitted_high"] - frame["fitted"]).to_list() == pytest.approx((away * frame["fitted_sigma"]).to_list())
    assert (frame["fitted"] - frame["fitted_low"]).to_list() == pytest.approx((away * frame["fitted_sigma"]).to_list())


def test_the_band_is_as_wide_as_the_confidence_that_is_asked_for(autodiff: Run, table: str, tmp_path: Path) -> None:
    words = ("fit", "a*x", table, "--y", "y", "--sigma", "s", "--a", "1", "-o", str(tmp_path / "out.csv"))
    autodiff(*words, "--confidence", "68.2689492137086%")
    frame = pl.read_csv(tmp_path / "out.csv")
    assert (frame["fitted_high"] - frame["fitted"]).to_list() == pytest.approx(frame["fitted_sigma"].to_list())


def test_rows_on_standard_output_leave_the_parameters_to_standard_error(autodiff: Run, table: str) -> None:
    words = ("fit", "a*x", table, "--y", "y", "--a", "1", "-o", "-")
    done = autodiff(*words)
    assert done.out.splitlines()[0] == ",".join(["x", "y", "s", "word", *ADDED])
    assert done.err.startswith("parameter")
    assert autodiff(*words, "--quiet").err == ""
    assert "both print to standard output" in autodiff(*words, "--format", "json").err


def test_an_input_is_never_written_over(autodiff: Run, table: str) -> None:
    done = autodiff("fit", "a*x", table, "--y", "y", "--a", "1", "-o", table)
    assert done.code == 2
    assert "would be written over it" in done.err


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("# lab 3\nx;y\n1;2,5\n2;5,0\n", ("--separator", ";", "--decimal", ",", "--comment", "#")),
        ("1 2.5\n2 5.0\n", ("--separator", "space", "--no-header", "--map", "x=c1", "--map", "y=c2")),
        ("lab 3\nx\ty\ns\tm\n1\t2.5\n-99\t7\n2\t5\n",
         ("--separator", "tab", "--units-row", "--skip-lines", "1", "--null", "-99")),
        ("x,y\n1,2.5\nNaN,7\n3,\n2,5\n", ()),
        ("Zeit (s),y\n1,2.5\n2,5\n", ("--map", "x=Zeit (s)")),
    ],
)  # fmt: skip
def test_tables_are_read_as_batch_reads_them(
    autodiff: Run, tmp_path: Path, text: str, options: tuple[str, ...]
) -> None:
    path = tmp_path / "d.csv"
    path.write_text(text)
    done = autodiff("fit", "a*x", str(path), "--y", "y", "--a", "1", "--only", "a", *options)
    assert (done.code, float(done.out)) == (0, 2.5)


def test_a_response_may_be_a_column_of_any_name(autodiff: Run, tmp_path: Path) -> None:
    path = tmp_path / "d.csv"
    path.write_text("t,Speed (m/s)\n1,2.5\n2,5\n")
    assert autodiff("fit", "a*t", str(path), "--y", "Speed (m/s)", "--a", "1", "--only", "a").out == "2.5\n"


def test_a_picture_has_rows_curve_band_and_residuals(autodiff: Run, table: str, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    path = tmp_path / "fit.svg"
    assert autodiff("fit", "a*x + b", table, "--y", "y", "--a", "1", "--b", "0", "--plot", str(path)).code == 0
    once = path.read_bytes()
    assert once.startswith(b"<?xml")
    assert once.count(b"FillBetweenPolyCollection") == 2
    autodiff("fit", "a*x + b", table, "--y", "y", "--a", "1", "--b", "0", "--plot", str(path))
    assert path.read_bytes() == once


@pytest.mark.parametrize("columns", [30, 50, 160])
def test_no_number_is_cut_however_narrow_the_window_is(
    autodiff: Run, table: str, monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    words = ("fit", "a*x + b", table, "--y", "y", "--a", "1", "--b", "0", "--precision", "17")
    found = autodiff(*words, "--format", "json").json["parameters"]
    monkeypatch.setenv("COLUMNS", str(columns))
    out = autodiff(*words).out
    assert "…" not in out
    for one in found.values():
        assert str(one["value"]) in out
        assert str(one["sigma"]) in out


def test_as_many_parameters_as_rows_have_residuals_of_0(autodiff: Run, table: str) -> None:
    words = [word for name in "abcdf" for word in (f"--{name}", "1")]
    done = autodiff("fit", "a + b*x + c*x^2 + d*x^3 + f*x^4", table, "--y", "y", *words)
    assert done.code == 0
    assert "0 degrees of freedom; sum of squares 0\n" in done.out
    assert "as many parameters as rows" in done.err


def test_a_picture_of_several_columns_or_of_none_is_drawn(autodiff: Run, table: str, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    for model in ("a*x + b*s", "a"):
        words = [part for name in "ab" if name in model for part in (f"--{name}", "1")]
        path = tmp_path / "fit.png"
        assert autodiff("fit", model, table, "--y", "y", *words, "--plot", str(path)).code == 0
        assert path.read_bytes().startswith(b"\x89PNG")


def test_bounds_a_start_between_them_and_fixed_parameters_are_read(autodiff: Run, table: str) -> None:
    done = autodiff("fit", "a*x + b", table, "--y", "y", "--a", "0:0.4:0.5", "--b", "0", "--format", "json")
    assert done.json["parameters"]["a"] == {"value": 0.5, "sigma": None, "start": 0.4, "at_bound": True}
    kept = autodiff("fit", "a*x + b", table, "--y", "y", "--a", "1", "--b", "2", "--fix", "b", "--format", "json").json
    assert [*kept["parameters"]] == ["a"]


def test_only_prints_a_parameter_or_its_error(autodiff: Run, table: str) -> None:
    words = ("fit", "a*x", table, "--y", "y", "--a", "1")
    found = autodiff(*words, "--format", "json").json["parameters"]["a"]
    assert float(autodiff(*words, "--only", "a").out) == found["value"]
    assert float(autodiff(*words, "--only", "parameters.a.sigma").out) == found["sigma"]


def test_csv_has_a_row_a_parameter(autodiff: Run, table: str) -> None:
    out = autodiff("fit", "a*x", table, "--y", "y", "--a", "1", "--format", "csv").out
    assert out.startswith("parameter,value,sigma,start\na,")


def test_what_is_no_fit_has_exit_code_2(autodiff: Run, table: str) -> None:
    done = autodiff("fit", "a*b*x", table, "--y", "y", "--a", "1", "--b", "1")
    assert done.code == 2
    assert "do not tell a, b apart" in done.err
    assert "no fit that can be trusted" in done.out


def test_a_model_without_a_value_at_the_start_has_exit_code_3(autodiff: Run, table: str) -> None:
    done = autodiff("fit", "log(a*x)", table, "--y", "y", "--a", "-1")
    assert done.code == 3
    assert "in row 1" in done.err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("a*x", "--a", "1"), "no response"),
        (("a*x", "--y", "yy", "--a", "1"), "no column for --y yy"),
        (("a*x + b", "--y", "y", "--a", "1"), "no column and no start for b"),
        (("a*x", "--y", "y"), "no column and no start for a"),
        (("x", "--y", "y"), "no parameter to fit"),
        (("a*x", "--y", "y", "--a", "1", "--x", "2"), "'x' has a start, and is a column"),
        (("a*x", "--y", "y", "--a", "2:1"), "leave no room"),
        (("a*x", "--y", "y", "--a", "0:5:1"), "outside of its bounds"),
        (("a*x", "--y", "y", "--a", "1:2:3:4"), "is no range"),
        (("a*x", "--y", "y", "--a", "1", "--sigma", "s - 1"), "is not above 0 in every row"),
        (("a*x", "--y", "word", "--a", "1"), "no row of the table"),
        (("a + b*x + c*x^2 + d*x^3 + f*x^4 + g*x^5", "--y", "y", *SIX), "5 rows cannot settle 6 parameters"),
        (("a*x", "--y", "y", "--a", "1", "--fix", "a"), "no parameter to fit"),
        (("a*x", "--y", "y", "--a", "1", "--fix", "b"), "--fix b has no value"),
        (("a*x", "--y", "y", "--a", "1", "--sigma", "s - 1"), "-0.5 in row 1, and 3 more"),
        (("a*x", "--y", "y", "--a", "1", "--sigma", "0"), "is not above 0 in every row: 0 in row 1"),
        (("a*x", "--y", "y", "--a", "1", "--plot", "fit.doc"), "no format has the ending .doc"),
        (("a*x", "--y", "y", "--a", "1", "--plot", "-"), "no text for standard output"),
        (("a*x", "--y", "y", "--a", "1", "--dark"), "--dark is for pictures"),
        (("a*x", "--y", "y", "--a", "1", "--confidence", "2"), "no share between 0 and 1"),
        (("a*x", "--y", "y", "--a", "1", "--map", "z=nil"), "has no column 'nil'"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_said(autodiff: Run, table: str, words: tuple[str, ...], message: str) -> None:
    model, *others = words
    done = autodiff("fit", model, table, *others)
    assert done.code == 2
    assert message in done.err


def test_no_table_is_said(autodiff: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    assert "no table" in autodiff("fit", "a*x", "--y", "y", "--a", "1").err


def test_a_missing_library_is_named_with_the_install_command(
    autodiff: Run, table: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from autodiff_cli.commands import libraries

    monkeypatch.setattr(libraries, "find_spec", lambda name: None if name == "scipy" else object())
    done = autodiff("fit", "a*x", table, "--y", "y", "--a", "1")
    assert done.code == 2
    assert "needs SciPy" in done.err
    assert "pip install 'autodiff-cli[solve]'" in done.err


def test_a_start_without_finite_slopes_is_refused(autodiff: Run, table: str) -> None:
    done = autodiff("fit", "sqrt(a) x", table, "--y", "y", "--a", "0")
    assert (done.code, "no finite slope at the start in row 1" in done.err) == (3, True)
