"""Ranges for values: the points they make, in `autodiff batch` and in `autodiff eval`."""

import json
import math
from collections.abc import Callable
from typing import Any

import pytest

pl = pytest.importorskip("polars")
pytest.importorskip("numpy")

from autodiff_cli.tables.spacing import steps  # noqa: E402

from .conftest import Done  # noqa: E402


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


def test_a_grid_over_many_blocks_has_every_point_once(
    batch: Callable[..., Done], monkeypatch: pytest.MonkeyPatch
) -> None:
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
        ((0, 1e-20, 1e-21), 11, {3: 3e-21, 7: 7e-21}),
    ],
)
def test_a_range_has_these_points(span: tuple[float, float, float], count: int, some: dict[int, float]) -> None:
    found, point = steps(*span)
    assert found == count
    assert {index: point(index) for index in some} == some


def test_eval_over_a_range_has_a_row_a_point(batch: Callable[..., Done]) -> None:
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
