"""`autodiff batch --sigma`: the uncertainty of the value in every row, by the linear rule."""

import json
from collections.abc import Callable
from math import hypot, sqrt
from pathlib import Path

import pytest

pytest.importorskip("polars")

from .conftest import Done

Batch = Callable[..., Done]
TABLE = "V,I,V_err\n5.0,0.02,0.01\n5.1,0.021,\n5.2,0.022,-0.1\nx,0.02,0.1\n4,0,0.1\n"


def rows(done: Done) -> list[dict[str, float | str | None]]:
    assert done.code == 0
    return [json.loads(line) for line in done.out.splitlines()]


@pytest.fixture(autouse=True)
def _table(tmp_path: Path) -> None:
    (tmp_path / "d.csv").write_text(TABLE, encoding="utf-8")


def test_a_column_and_a_number_add_up_as_squares(batch: Batch) -> None:
    done = batch("V/I", "d.csv", "--sigma", "V=V_err", "--sigma", "I=0.001", "--to", "jsonl")
    first, *others = [row["value_sigma"] for row in rows(done)]
    assert first == pytest.approx(hypot(0.01 / 0.02, 5.0 / 0.02**2 * 0.001), rel=1e-14)
    assert others == [None] * 4


def test_rows_without_an_uncertainty_keep_their_value_and_are_counted_by_reason(batch: Batch) -> None:
    done = batch("V/I", "d.csv", "--sigma", "V=V_err", "--sigma", "I=0.001")
    assert done.out.splitlines()[2].startswith("5.1,0.021,,242.857142857142")
    assert "2 rows without an uncertainty:" in done.err
    assert "1 in d.csv, line 4: V_err is negative" in done.err
    assert "1 in d.csv, line 3: V_err is no finite number" in done.err


def test_a_sigma_in_percent_is_a_share_of_the_value(batch: Batch) -> None:
    found = rows(batch("V/I", "d.csv", "--sigma", "V=1%", "--no-gradient", "--to", "jsonl"))
    assert [*found[0]] == ["V", "I", "V_err", "value", "value_sigma"]
    assert found[1]["value_sigma"] == pytest.approx(5.1 / 0.021 / 100, rel=1e-14)


def test_the_uncertainty_takes_all_uncertain_variables_whatever_gradients_are_shown(batch: Batch) -> None:
    both = rows(batch("V/I", "d.csv", "--sigma", "V=0.1", "--sigma", "I=0.001", "--to", "jsonl"))
    one = rows(batch("V/I", "d.csv", "--sigma", "V=0.1", "--sigma", "I=0.001", "--wrt", "V", "--to", "jsonl"))
    assert [row["value_sigma"] for row in one] == [row["value_sigma"] for row in both]
    assert "gradient_I" not in one[0]


def test_a_named_step_has_an_uncertainty_of_its_own(batch: Batch) -> None:
    found = rows(batch("P = V*I; P/2", "d.csv", "--sigma", "V=V_err", "--of", "P", "--to", "jsonl"))
    assert found[0]["P_sigma"] == pytest.approx(0.0002, rel=1e-14)


def test_chosen_rows_and_columns_keep_their_uncertainty(batch: Batch) -> None:
    found = rows(batch("V/I", "d.csv", "--sigma", "V=V_err", "--where", "V < 5.05", "--columns", "V", "--to", "jsonl"))
    assert [*found[0]] == ["V", "value", "gradient_V", "gradient_I", "value_sigma"]
    assert found[0]["value_sigma"] == pytest.approx(0.5, rel=1e-14)


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("V=-1", "--sigma V=-1: an uncertainty is a distance, 0 or more"),
        ("V=V_er", "d.csv has no column 'V_er'"),
        ("Q=1", "there is no 'Q' to have an uncertainty"),
        ("V", "--sigma takes NAME=COLUMN or NAME=NUMBER, not V"),
        ("V=", "--sigma takes NAME=COLUMN or NAME=NUMBER, not V="),
        ("V=inf", "--sigma V=inf: an uncertainty is a distance, 0 or more"),
    ],
)
def test_what_is_no_uncertainty_is_refused(batch: Batch, typed: str, message: str) -> None:
    done = batch("V/I", "d.csv", "--sigma", typed)
    assert (done.code, done.out) == (2, "")
    assert message in done.err


def test_two_uncertainties_of_one_variable_are_refused(batch: Batch) -> None:
    done = batch("V/I", "d.csv", "--sigma", "V=1", "--sigma", "V=2")
    assert done.code == 2
    assert "two uncertainties for 'V'" in done.err


# --- correlations ----------------------------------------------------------------------------------------------------


def linear(correlation: float) -> float:
    """The uncertainty of V/I in the first row, with 0.01 and 0.001."""
    v, i = 0.01 / 0.02, -5.0 / 0.02**2 * 0.001
    return sqrt(v * v + i * i + 2 * correlation * v * i)


@pytest.mark.parametrize("correlation", [-1.0, -0.4, 0.0, 0.5, 1.0])
def test_a_correlation_changes_the_uncertainty_of_every_row(batch: Batch, correlation: float) -> None:
    options = ("--sigma", "V=V_err", "--sigma", "I=0.001", "--corr", f"V,I={correlation}")
    found = rows(batch("V/I", "d.csv", *options, "--to", "jsonl"))
    assert found[0]["value_sigma"] == pytest.approx(linear(correlation), rel=1e-13)
    assert [row["value_sigma"] for row in found[1:]] == [None] * 4


def test_a_file_has_the_correlations_and_a_step_takes_those_of_its_variables(batch: Batch, tmp_path: Path) -> None:
    (tmp_path / "m.csv").write_text("I,k,V\n1,0,0.5\n0,1,0\n0.5,0,1\n", encoding="utf-8")
    options = ("--sigma", "I=0.001", "--sigma", "k=3", "--sigma", "V=V_err", "--corr", "m.csv", "--of", "R,S")
    found = rows(batch("R = V/I; S = V + k; R*S", "d.csv", "--k", "1", *options, "--to", "jsonl"))
    assert found[0]["R_sigma"] == pytest.approx(linear(0.5), rel=1e-13)
    assert found[0]["S_sigma"] == pytest.approx(hypot(0.01, 3), rel=1e-13)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--sigma", "V=1", "--sigma", "I=1", "--corr", "V,I=1.5"], "1.5 is no correlation"),
        (["--sigma", "V=1", "--corr", "V,I=0.5"], "I has no uncertainty"),
        (["--corr", "V,I=0.5"], "V has no uncertainty"),
        (["--sigma", "V=1", "--corr", "V,Q=0.5"], "there is no 'Q' to correlate"),
        (
            [word for name in "VIk" for word in ("--sigma", f"{name}=1")]
            + [word for pair in ("V,I=.9", "V,k=.9", "I,k=-.9") for word in ("--corr", pair)],
            "not positive semidefinite",
        ),
    ],
)
def test_what_is_no_correlation_is_refused_before_a_row_is_read(batch: Batch, options: list[str], message: str) -> None:
    done = batch("V/I*k", "d.csv", "--k", "1", *options)
    assert (done.code, done.out) == (2, "")
    assert message in done.err


# --- values with an uncertainty --------------------------------------------------------------------------------------


def test_a_value_with_an_uncertainty_is_uncertain_in_every_row(batch: Batch) -> None:
    found = rows(batch("V/I*k", "d.csv", "--k", "2.0±0.1", "--no-gradient", "--to", "jsonl"))
    assert (found[0]["value"], found[0]["value_sigma"]) == (500.0, pytest.approx(25.0, rel=1e-14))
    along = rows(batch("x^2*a", "--x", "0:1:0.5", "a=1.0(1)", "--to", "jsonl"))
    assert [row["value_sigma"] for row in along] == pytest.approx([0, 0.025, 0.1], rel=1e-14)


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        (["--k", "[1,2]"], "k = [1,2] is an interval"),
        (["--k", "2.0±0.1", "--sigma", "k=1"], "two uncertainties for 'k'"),
        (["--k", "2.0±-0.1"], "the uncertainty of k is negative"),
    ],
)
def test_an_uncertain_value_that_cannot_be_taken_is_refused(batch: Batch, typed: list[str], message: str) -> None:
    done = batch("V/I*k", "d.csv", *typed)
    assert (done.code, done.out) == (2, "")
    assert message in done.err


def test_a_cell_with_an_uncertainty_is_no_number_and_says_where_uncertainties_come_from(
    batch: Batch, tmp_path: Path
) -> None:
    (tmp_path / "cells.csv").write_text("x\n1.0±0.1\n1.738(5)\n", encoding="utf-8")
    done = batch("x^2", "cells.csv")
    assert "2, first in cells.csv, line 2: x is no number" in done.err
    assert "--sigma takes uncertainties from a column of their own" in done.err


# --- what has no uncertainty -----------------------------------------------------------------------------------------


def test_an_infinite_slope_by_what_is_certain_adds_nothing_and_else_is_counted(batch: Batch) -> None:
    certain = rows(batch("sqrt(x) + y", "--x", "0:1:0.5", "--y", "1±0.1", "--sigma", "x=0", "--to", "jsonl"))
    assert [row["value_sigma"] for row in certain] == pytest.approx([0.1] * 3)
    done = batch("sqrt(x)", "--x", "0:1:0.5", "--sigma", "x=0.1", "--no-gradient")
    assert "1 in row 1: value_sigma" in done.err


def test_a_slope_that_is_undefined_leaves_no_uncertainty_and_is_counted(batch: Batch) -> None:
    done = batch("sqrt(x^2)", "--x", "0:1:0.5", "--sigma", "x=0.1", "--no-gradient")
    assert done.out.splitlines()[1] == "0.0,0.0,"
    assert "1 in row 1: the gradient by x is undefined" in done.err


def test_exact_numbers_have_exact_uncertainties_whatever_columns_are_shown(batch: Batch) -> None:
    pytest.importorskip("flint")
    options = ("--sigma", "x=0.1", "--no-gradient", "--exact", "--to", "jsonl")
    found = rows(batch("sqrt(x^2 + 1e-40) - x", "--x", "0:2:1", *options))
    assert found[1]["value_sigma"] == pytest.approx(0.1 * 5e-41, rel=1e-12)
