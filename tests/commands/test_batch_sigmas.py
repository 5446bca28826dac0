"""`autodiff batch --sigma`: the uncertainty of the value in every row, by the linear rule."""

import json
from collections.abc import Callable
from math import hypot
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
