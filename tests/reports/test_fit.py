"""Least squares: against NIST's certified values, straight lines in closed form, and what must be refused."""

import json
import re
from collections.abc import Mapping
from fractions import Fraction
from math import exp
from pathlib import Path
from random import Random
from typing import Any

import pytest
from mpmath import mp, mpf

from ..conftest import CORPORA

pytest.importorskip("scipy")
pytest.importorskip("polars")

import polars as pl

from autodiff_cli.language.parser import parse
from autodiff_cli.reports.fit import FitData, FitReport, fit
from autodiff_cli.reports.starts import Start
from autodiff_cli.reports.status import Status
from autodiff_cli.tables import FileFormat, open_table

NIST = CORPORA / "nist"
SETS = [json.loads(line) for line in (NIST / "nist.jsonl").read_text().splitlines()] if NIST.exists() else []


def table_of(path: Path, columns: Mapping[str, list[float]]) -> str:
    pl.DataFrame(columns).write_csv(path)
    return str(path)


def fitted(
    path: str, model: str, response: str, starts: Mapping[str, Start], weight: str = "", fixed: Mapping[str, float] = {}
) -> tuple[FitReport, Any]:
    with open_table(path, "", FileFormat("csv")) as table:
        names = [*table.columns, *starts, *fixed]
        found = parse(model, names)
        sigma = parse(weight, names) if weight else None
        data = FitData(table, {name: name for name in table.columns})
        one = fit(found, parse(response, names), sigma, data, starts, fixed)
        return one.report, one.table()


def at(**starts: float) -> dict[str, Start]:
    return {name: Start(value) for name, value in starts.items()}


def eleven(number: float) -> str:
    """A number as NIST certifies it."""
    return f"{number:.10E}"


@pytest.mark.skipif(not SETS, reason="NIST's sets are not here")
@pytest.mark.parametrize("start", ["start1", "start2"])
@pytest.mark.parametrize("one", SETS, ids=[one["id"] for one in SETS])
def test_every_certified_digit_of_nist_comes_out(one: dict[str, Any], start: str, tmp_path: Path) -> None:
    text = (NIST / f"{one['id'].removeprefix('nist-')}.dat").read_text().split("Data:")[-1]
    rows = [line.split() for line in text.splitlines() if re.match(r"\s*-?[.\d]+\S*\s+-?[.\d]", line)]
    columns = {"y": [float(y) for y, _ in rows], "x": [float(x) for _, x in rows]}
    report, _ = fitted(table_of(tmp_path / "nist.csv", columns), one["model"], "y", at(**one[start]))
    assert report.rows == one["nobs"]
    assert report.status is Status.OK
    for parameter in report.parameters:
        assert eleven(parameter.value) == one["certified"][parameter.name]
        assert parameter.sigma is not None
        assert eleven(parameter.sigma) == one["certified_sd"][parameter.name]
    assert eleven(report.sum_of_squares) == one["certified_rss"]
    assert report.residual_sd is not None
    assert eleven(report.residual_sd) == one["certified_rsd"]


TIMES = [0.05 * number for number in range(24)]
EXPONENTIALS = "b1 exp(-b2 x) + b3 exp(-b4 x) + b5 exp(-b6 x)"
LANCZOS = [at(b1=1.2, b2=0.3, b3=5.6, b4=5.5, b5=6.5, b6=7.6), at(b1=0.5, b2=0.7, b3=3.6, b4=4.2, b5=4, b6=6.3)]


def lanczos(time: float) -> float:
    """NIST's Lanczos1: a sum of exponentials to 13 digits."""
    x = mpf(f"{time:.2f}")
    exact = mpf("0.0951") * mp.exp(-x) + mpf("0.8607") * mp.exp(-3 * x) + mpf("1.5576") * mp.exp(-5 * x)
    return float(mp.nstr(exact, 13))


@pytest.mark.parametrize("start", LANCZOS, ids=["start1", "start2"])
def test_residuals_far_below_the_rounding_of_the_response_come_out_to_eleven_digits(
    start: dict[str, Start], tmp_path: Path
) -> None:
    pytest.importorskip("flint")
    with mp.workdps(40):
        path = table_of(tmp_path / "d.csv", {"x": [round(x, 2) for x in TIMES], "y": [*map(lanczos, TIMES)]})
    report, frame = fitted(path, EXPONENTIALS, "y", start)
    certified = [0.095100000027, 1.0000000001, 0.86070000013, 3.0000000002, 1.5575999998, 5.0000000001]
    assert [one.value for one in report.parameters] == pytest.approx(certified, rel=6e-11)
    assert report.sum_of_squares == pytest.approx(1.4307867721e-25, rel=1e-10)
    assert sum(frame["residual"] ** 2) == pytest.approx(report.sum_of_squares, rel=1e-12)


def test_a_response_that_the_model_meets_has_residuals_of_0(tmp_path: Path) -> None:
    pytest.importorskip("flint")
    path = table_of(tmp_path / "line.csv", {"x": [0.1, 0.2, 0.3], "y": [0.3, 0.6, 0.9]})
    report, _ = fitted(path, "a x", "y", at(a=1))
    assert (report.parameters[0].value, report.parameters[0].sigma) == (3, 0)
    assert report.sum_of_squares == 0


def test_a_start_that_leads_nowhere_is_left_for_one_near_it_with_a_note(tmp_path: Path) -> None:
    noise = Random(0)
    xs = [0.5 * number for number in range(41)]
    ys = [3 * exp(-((x - 10) ** 2) / 2) + noise.gauss(0, 0.02) for x in xs]
    report, _ = fitted(
        table_of(tmp_path / "peak.csv", {"x": xs, "y": ys}), "a exp(-((x - c) / w)^2 / 2)", "y", at(a=1, c=16, w=1)
    )
    assert report.status is Status.OK
    assert report.parameters[1].value == pytest.approx(10, abs=0.02)
    assert any("from a start near it" in note for note in report.notes)


XS = [1.0, 2.0, 4.0, 7.0, 11.0]
YS = [2.5, 3.0, 5.5, 6.0, 12.5]
SIGMAS = [0.5, 1.0, 0.25, 1.0, 2.0]


def line(weights: list[float]) -> tuple[float, float, float, float]:
    """Slope, intercept and their variances but for the scale, in fractions."""
    x, y, w = ([Fraction(number) for number in numbers] for numbers in (XS, YS, weights))
    s, sx, sy = sum(w), sum(map(Fraction.__mul__, w, x)), sum(map(Fraction.__mul__, w, y))
    sxx = sum(a * b * b for a, b in zip(w, x, strict=True))
    sxy = sum(a * b * c for a, b, c in zip(w, x, y, strict=True))
    below = s * sxx - sx * sx
    return tuple(map(float, ((s * sxy - sx * sy) / below, (sxx * sy - sx * sxy) / below, s / below, sxx / below)))  # type: ignore[return-value]


def test_a_straight_line_is_that_of_the_closed_form(tmp_path: Path) -> None:
    path = table_of(tmp_path / "line.csv", {"x": XS, "y": YS})
    report, frame = fitted(path, "a x + b", "y", at(a=100, b=-7))
    slope, intercept, square_a, square_b = line([1.0] * 5)
    variance = sum((y - slope * x - intercept) ** 2 for x, y in zip(XS, YS, strict=True)) / 3
    a, b = report.parameters
    assert (a.value, b.value) == pytest.approx((slope, intercept), rel=1e-14)
    assert (a.sigma, b.sigma) == pytest.approx(((square_a * variance) ** 0.5, (square_b * variance) ** 0.5), rel=1e-13)
    assert frame["residual"].to_list() == pytest.approx(
        [y - slope * x - intercept for x, y in zip(XS, YS, strict=True)]
    )
    sigma = [(variance * (1 / 5 + (x - 5) ** 2 / sum((x - 5) ** 2 for x in XS))) ** 0.5 for x in XS]
    assert frame["fitted_sigma"].to_list() == pytest.approx(sigma)


def test_weights_are_those_of_the_closed_form_and_errors_as_given(tmp_path: Path) -> None:
    path = table_of(tmp_path / "line.csv", {"x": XS, "y": YS, "s": SIGMAS})
    report, _ = fitted(path, "a x + b", "y", at(a=1, b=1), "s")
    slope, intercept, square_a, square_b = line([1 / sigma**2 for sigma in SIGMAS])
    a, b = report.parameters
    assert (a.value, b.value) == pytest.approx((slope, intercept), rel=1e-13)
    assert (a.sigma, b.sigma) == pytest.approx((square_a**0.5, square_b**0.5), rel=1e-13)
    assert not report.scaled


def test_a_transformed_response_is_fitted(tmp_path: Path) -> None:
    path = table_of(tmp_path / "power.csv", {"x": XS, "y": [3 * x**1.5 for x in XS]})
    report, _ = fitted(path, "log(c) + p log(x)", "log(y)", at(c=1, p=1))
    assert [one.value for one in report.parameters] == pytest.approx([3, 1.5], rel=1e-13)


def test_a_parameter_at_its_bound_has_no_error(tmp_path: Path) -> None:
    path = table_of(tmp_path / "line.csv", {"x": XS, "y": YS})
    report, _ = fitted(path, "a x + b", "y", {"a": Start(0.3, 0, 0.5), "b": Start(1)})
    a, b = report.parameters
    assert (a.value, a.at_bound, a.sigma) == (0.5, True, None)
    assert b.value == pytest.approx(sum(y - 0.5 * x for x, y in zip(XS, YS, strict=True)) / 5, rel=1e-14)
    assert b.sigma is not None
    assert any("a is at its bound" in note for note in report.notes)


def test_a_fixed_parameter_stays(tmp_path: Path) -> None:
    path = table_of(tmp_path / "line.csv", {"x": XS, "y": YS})
    report, _ = fitted(path, "a x + b", "y", at(a=1), fixed={"b": 0.0})
    (a,) = report.parameters
    assert a.value == pytest.approx(sum(x * y for x, y in zip(XS, YS, strict=True)) / sum(x * x for x in XS), rel=1e-14)


@pytest.mark.parametrize(
    ("model", "starts", "words"),
    [
        ("a b x", {"a": 1, "b": 2}, "do not tell a, b apart"),
        ("a x + 0 b", {"a": 1, "b": 2}, "say nothing of b"),
        ("a + b + c x", {"a": 1, "b": 2, "c": 1}, "do not tell a, b apart"),
        ("a^2 x", {"a": 0}, "say nothing of a"),
    ],
)
def test_what_is_no_fit_is_said_in_words(model: str, starts: dict[str, float], words: str, tmp_path: Path) -> None:
    report, _ = fitted(table_of(tmp_path / "line.csv", {"x": XS, "y": YS}), model, "y", at(**starts))
    assert report.status is Status.UNDECIDED
    assert any(words in note for note in report.notes)
    assert all(one.sigma is None for one in report.parameters)


def test_parameters_that_run_away_are_no_fit(tmp_path: Path) -> None:
    path = table_of(tmp_path / "line.csv", {"x": XS, "y": [2 * x + 0.01 * x * x for x in XS]})
    report, _ = fitted(path, "a (1 - exp(-b x)) + 0 x", "y", {"a": Start(1, 0), "b": Start(1, 0)})
    assert report.status is Status.UNDECIDED


def test_rows_without_numbers_are_left_out_and_counted(tmp_path: Path) -> None:
    path = tmp_path / "gaps.csv"
    path.write_text("x,y\n1,2\n2,\n3,n/a\n4,8\n5,10\n-1,-2\n")
    report, frame = fitted(str(path), "a x", "y", at(a=1))
    assert report.rows == 4
    assert report.parameters[0].value == pytest.approx(2)
    assert any(note.startswith("2 rows of 6 left out") for note in report.notes)
    assert frame["fitted"].null_count() == 2
