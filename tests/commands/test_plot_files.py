"""`autodiff plot` into files: pictures whole or not at all, points for programs, drawings as text."""

import math
import os
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest

from autodiff_cli.language.parser import parse
from autodiff_cli.render import picture
from autodiff_cli.reports import plot

from ..conftest import Result

Run = Callable[..., Result]


# --- files ------------------------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("ending", ["svg", "png", "pdf"])
@pytest.mark.parametrize("arguments", [["sin(a*x)/x", "--a", "2", "--x", "-10:10"], ["x*y", "--at", "x=1,y=2"]])
def test_a_picture_is_whole_and_the_same_each_time(
    autodiff: Run, tmp_path: Path, ending: str, arguments: list[str]
) -> None:
    path, again = tmp_path / f"curve.{ending}", tmp_path / f"again.{ending.upper()}"
    for one in (path, again):
        result = autodiff("plot", *arguments, "-o", str(one))
        assert (result.code, result.out) == (0, "")
    data = path.read_bytes()
    assert data == again.read_bytes()  # no date, no chance
    if ending == "svg":
        assert ElementTree.fromstring(data).tag == "{http://www.w3.org/2000/svg}svg"
    else:
        assert data.startswith({"png": b"\x89PNG\r\n\x1a\n", "pdf": b"%PDF-"}[ending])
        assert data.rstrip().endswith({"png": b"IEND\xaeB`\x82", "pdf": b"%%EOF"}[ending])
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted([path.name, again.name])


def test_dark_makes_a_picture_dark(autodiff: Run, tmp_path: Path) -> None:
    for name, options in (("light.svg", []), ("dark.svg", ["--dark"])):
        assert autodiff("plot", "tan(x)", "--x", "-5:5", "--at", "x=1", "-o", str(tmp_path / name), *options).code == 0
    assert "#0d1117" in (tmp_path / "dark.svg").read_text()
    assert "#0d1117" not in (tmp_path / "light.svg").read_text()


def test_a_users_own_settings_change_nothing(tmp_path: Path) -> None:
    found = plot.line(parse("x^2"), {}, "x", (-1.0, 1.0))
    import matplotlib

    before = picture.to_bytes(found, "svg")
    with matplotlib.rc_context({"lines.linewidth": 9, "axes.facecolor": "red", "font.size": 30}):
        assert picture.to_bytes(found, "svg") == before
        assert matplotlib.rcParams["font.size"] == 30


def test_curves_in_a_picture_are_cut_off_at_poles() -> None:
    svg = picture.to_bytes(plot.line(parse("1/x"), {}, "x", (-1.0, 1.1)), "svg").decode()
    numbers = [abs(float(word)) for word in svg.split('id="line2d')[1].split() if word.replace(".", "").isdigit()]
    assert max(numbers) < 1e5


def test_without_matplotlib_a_picture_is_refused_with_a_way_out(
    autodiff: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    import importlib.util

    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name, *rest: None if name == "matplotlib" else find(name, *rest)
    )
    result = autodiff("plot", "x^2", "-o", str(tmp_path / "a.svg"))
    assert (result.code, result.out) == (2, "")
    assert result.err == (
        "error: a picture needs matplotlib, which is not installed\n  = pip install 'autodiff-cli[plot]'\n"
    )


def test_a_file_that_cannot_be_written_leaves_nothing(autodiff: Run, tmp_path: Path) -> None:
    path = tmp_path / "missing" / "a.svg"
    result = autodiff("plot", "x^2", "--x", "0:1", "-o", str(path))
    assert (result.code, result.err) == (2, f"error: cannot write {path}: No such file or directory\n")
    (tmp_path / "folder.svg").mkdir()
    assert autodiff("plot", "x^2", "--x", "0:1", "-o", str(tmp_path / "folder.svg")).code == 2
    for text in ("5", "x - x", "log(-x^2)"):
        assert autodiff("plot", text, "--x", "0:1", "-o", str(tmp_path / "b.svg")).code in (2, 3)
    assert [p.name for p in tmp_path.iterdir()] == ["folder.svg"]


def test_a_picture_that_fails_leaves_the_old_one(
    autodiff: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.svg"
    path.write_text("old")
    monkeypatch.setattr(os, "replace", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    result = autodiff("plot", "x^2", "--x", "0:1", "-o", str(path))
    assert (result.code, result.err) == (2, f"error: cannot write {path}: No space left on device\n")
    assert [p.name for p in tmp_path.iterdir()] == ["a.svg"]
    assert path.read_text() == "old"


# --- points -----------------------------------------------------------------------------------------------------------


def test_csv_has_value_and_derivative_of_each_point(autodiff: Run) -> None:
    header, *lines = autodiff("plot", "1/t", "--t", "-1:1", "--format", "csv").out.splitlines()
    assert header == "t,value,derivative"
    assert lines.count("0.0,,") == 1
    for line in lines:
        t, value, derivative = line.split(",")
        if value:
            assert float(value) == 1 / float(t)
            assert float(derivative) == pytest.approx(-1 / float(t) ** 2, rel=1e-15)


def test_csv_has_no_derivative_at_jumps_and_ends(autodiff: Run) -> None:
    def bare(*arguments: str) -> list[str]:
        return [line for line in autodiff("plot", *arguments, "--format", "csv").out.splitlines() if line[-1] == ","]

    assert bare("floor(x)", "--x", "-1:2") == ["0.0,0.0,", "1.0,1.0,", "2.0,2.0,"]
    assert bare("sqrt(x)", "--x", "0:1") == ["0.0,0.0,"]


@pytest.mark.parametrize("ending", ["csv", "tsv", "json"])
def test_points_in_a_file_are_those_printed(autodiff: Run, tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"a.{ending}"
    assert autodiff("plot", "x^2", "--x", "0:1", "-o", str(path)).out == ""
    printed = autodiff("plot", "x^2", "--x", "0:1", "--format", ending).out
    assert path.read_text() == printed == autodiff("plot", "x^2", "--x", "0:1", "--format", ending, "-o", "-").out


def test_a_drawing_in_a_text_file_is_the_one_printed(
    autodiff: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    printed = autodiff("plot", "x^2", "--x", "0:1").out
    monkeypatch.setenv("COLUMNS", "20")  # a file has a width of its own
    assert autodiff("plot", "x^2", "--x", "0:1", "-o", str(tmp_path / "a.txt")).out == ""
    assert (tmp_path / "a.txt").read_text(encoding="utf-8") == printed


def test_json_has_points_breaks_and_the_point_of_interest(autodiff: Run) -> None:
    found = autodiff("plot", "a*abs(x)", "--x", "-1:1", "--a", "3", "--at", "x=0.5", "--format", "json").json
    assert list(found) == [
        *("expression", "variable", "range", "point", "x", "value", "derivative", "breaks", "at", "notes"),
    ]
    assert found["breaks"] == [{"x": 0.0, "kind": "kink"}]
    assert found["point"] == {"a": 3.0}
    assert found["at"] == {"x": 0.5, "value": 1.5, "gradient": {"x": 3.0}, "verdict": {"x": "ok"}}
    assert len(found["x"]) == len(found["value"]) == len(found["derivative"])
    assert [d for d in found["derivative"] if d is None] == [None]
    assert {d for d in found["derivative"] if d is not None} <= {-3.0, 3.0}


def test_an_area_has_its_values_and_gradients(autodiff: Run) -> None:
    found = autodiff("plot", "log(x)*y", "--x", "-1:1", "--y", "0:2", "--format", "json").json
    assert len(found["values"]) == len(found["y"])
    assert all(len(row) == len(found["x"]) for row in found["values"])
    for y, row in zip(found["y"], found["values"], strict=True):
        for x, value in zip(found["x"], row, strict=True):
            assert (value is None) if x <= 0 else value == math.log(x) * y
    for arrow in found["gradients"]:
        assert arrow["gradient"] == pytest.approx([arrow["y"] / arrow["x"], math.log(arrow["x"])])
    header, *lines = autodiff("plot", "x*y", "--x", "-1:1", "--y", "0:2", "--format", "tsv").out.splitlines()
    assert header == "x\ty\tvalue"
    assert len(lines) == len(found["x"]) * len(found["y"])


def test_a_constant_has_points(autodiff: Run) -> None:
    result = autodiff("plot", "5 + 0x", "--x", "0:1", "--format", "csv")
    assert result.code == 0
    assert {line.split(",", 1)[1] for line in result.out.splitlines()[1:]} == {"5.0,0.0"}
