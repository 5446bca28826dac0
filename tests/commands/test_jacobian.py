"""`--of` in eval, diff and batch: several results of a program, and their Jacobian."""

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from autodiff_cli.commands.exits import Exit

from ..conftest import Result
from .conftest import Done

Run = Callable[..., Result]
PROGRAM = "u = x*y; v = x + y^2; u + v"
AT = ("--x", "2", "--y", "3")


def test_eval_prints_a_row_a_result_with_a_verdict_for_each_entry(autodiff: Run) -> None:
    done = autodiff("eval", PROGRAM, *AT, "--of", "u,v")
    assert (done.code, done.err) == (Exit.OK, "")
    assert [line.split() for line in done.out.splitlines()[3:]] == [
        ["result", "value", "d/dx", "d/dy"],
        ["─" * len(done.out.splitlines()[4])],
        ["u", "6", "3", "ok", "2", "ok"],
        ["v", "11", "1", "ok", "6", "ok"],
    ]


def test_eval_has_each_part_by_result_in_json(autodiff: Run) -> None:
    found = autodiff("eval", PROGRAM, *AT, "--of", "v,u", "--format", "json").json
    assert found["jacobian"] == {"v": {"x": 1.0, "y": 6.0}, "u": {"x": 3.0, "y": 2.0}}
    assert found["value"] == {"v": 11.0, "u": 6.0}
    assert found["point"] == {"x": 2.0, "y": 3.0}
    assert found["verdict"]["u"] == {"x": "ok", "y": "ok"}
    assert list(found)[:4] == ["expression", "value", "point", "jacobian"]


def test_eval_prints_one_entry_alone_and_lines_of_cells(autodiff: Run) -> None:
    assert autodiff("eval", PROGRAM, *AT, "--of", "u", "--only", "jacobian.u.y").out == "2.0\n"
    lines = autodiff("eval", PROGRAM, *AT, "--of", "u,v", "--format", "csv").out.splitlines()
    assert lines[0] == "result,value,variable,point,gradient,finite_difference,bound,verdict"
    assert [line.split(",")[:5] for line in lines[1:3]] == [
        ["u", "6.0", "x", "2.0", "3.0"],
        ["u", "6.0", "y", "3.0", "2.0"],
    ]


def test_a_result_that_lacks_a_variable_has_the_slope_0_by_it(autodiff: Run) -> None:
    found = autodiff(
        "eval", "u = a*x; v = b*x; u + v", "--a", "2", "--b", "3", "--x", "5", "--of", "u,v", "--format", "json"
    )
    assert found.json["jacobian"] == {"u": {"a": 5.0, "x": 2.0, "b": 0.0}, "v": {"a": 0.0, "x": 3.0, "b": 5.0}}


def test_a_kink_of_one_result_is_told_of_that_one(autodiff: Run) -> None:
    done = autodiff("eval", "u = abs(x); v = x; u + v", "--x", "0", "--of", "u,v", "--format", "json")
    assert done.json["sides"] == {"u": {"x": [-1.0, 1.0]}}
    assert done.json["verdict"] == {"u": {"x": "kink"}, "v": {"x": "ok"}}


def test_a_result_without_a_value_ends_with_3(autodiff: Run) -> None:
    done = autodiff("eval", "u = log(x); v = x; u + v", "--x=-1", "--of", "u,v")
    assert (done.code, done.out) == (Exit.UNDEFINED, "")
    assert "log(x) needs x > 0" in done.err


def test_a_wide_jacobian_is_a_table_a_result(autodiff: Run) -> None:
    names = [f"x{number}" for number in range(12)]
    text = f"u = {'+'.join(names)}; v = {'*'.join(names)}; u + v"
    done = autodiff("eval", text, *[f"{name}=1" for name in names], "--of", "u,v")
    assert max(map(len, done.out.splitlines()[3:])) <= 80
    assert done.out.count("finite difference") == 2


def test_a_vector_shows_its_components(autodiff: Run) -> None:
    found = autodiff("eval", "curl([-y*z, x, x*y*z], x, y, z)", "x=2", "y=3", "z=5", "--format", "json").json
    assert found["value"] == {"curl_x": 10.0, "curl_y": -18.0, "curl_z": 6.0}
    assert found["expression"] == "curl_x = x * z; curl_y = -y - y * z; curl_z = 1 + z"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--of", "w"), "there is no 'w' to compute"),
        (("--of", "u", "--hessian"), "--hessian is for one result"),
        (("--of", "u", "--digits", "20"), "--digits is for one result"),
        (("--of", "u", "--along", "1,1"), "--along is for one result"),
        (("--of", "u", "--wrt", "v"), "no 'v' to differentiate by"),
    ],
)
def test_what_does_not_go_with_several_results_is_said(autodiff: Run, arguments: tuple[str, ...], message: str) -> None:
    done = autodiff("eval", PROGRAM, *AT, *arguments)
    assert (done.code, done.out) == (Exit.UNUSABLE, "")
    assert message in done.err


def test_uncertain_values_and_ranges_are_refused_for_several_results(autodiff: Run) -> None:
    assert "known" in autodiff("eval", PROGRAM, "--x", "2±0.1", "--y", "3", "--of", "u").err
    assert "--of is for one point" in autodiff("eval", PROGRAM, "--x", "0:1:0.5", "--y", "3", "--of", "u").err


def test_diff_writes_each_formula_with_its_result(autodiff: Run) -> None:
    done = autodiff("diff", PROGRAM, "--of", "u,v")
    assert done.out == "du/dx = y\ndu/dy = x\ndv/dx = 1\ndv/dy = 2 * y\n"
    found = autodiff("diff", PROGRAM, "--of", "u,v", *AT, "--format", "json").json
    assert found["jacobian"] == {"u": {"x": "y", "y": "x"}, "v": {"x": "1", "y": "2 * y"}}
    assert found["values"] == {"u": {"x": 3.0, "y": 2.0}, "v": {"x": 1.0, "y": 6.0}}


def test_diff_has_higher_orders_of_several_results(autodiff: Run) -> None:
    found = autodiff("diff", PROGRAM, "--of", "u,v", "--order", "2", "--wrt", "y", "--format", "json").json
    assert found["derivatives"] == {"u": {"y": "0"}, "v": {"y": "2"}}
    assert autodiff("diff", PROGRAM, "--of", "v", "--order", "2", "--wrt", "y").out == "d2v/dy2 = 2\n"


def test_diff_typesets_the_jacobian_as_a_matrix(autodiff: Run) -> None:
    done = autodiff("diff", PROGRAM, "--of", "u,v", "--to", "latex")
    matrix = r"\frac{\partial (u, v)}{\partial (x, y)} &= \begin{pmatrix} y & x \\ 1 & 2 y \end{pmatrix}"
    assert matrix in done.out
    polar = autodiff("diff", "x = r*cos(t); y = r*sin(t); x + y", "--of", "x,y", "--to", "latex").out
    assert r"\begin{pmatrix} \cos(t) & -r \sin(t) \\ \sin(t) & r \cos(t) \end{pmatrix}" in polar
    assert "mat(y, x; 1, 2 y)" in autodiff("diff", PROGRAM, "--of", "u,v", "--to", "typst").out
    assert done.out.count("&=") == 3


def test_diff_of_a_vector_differentiates_its_components(autodiff: Run) -> None:
    out = autodiff("diff", "curl([0, 0, x*y], x, y, z)").out
    assert [line.split(" = ") for line in out.splitlines()][:2] == [["dcurl_x/dx", "1"], ["dcurl_x/dy", "0"]]


def test_c_of_several_results_has_a_header_of_its_own(autodiff: Run, tmp_path: Path) -> None:
    assert autodiff("diff", PROGRAM, "--of", "u,v", "-o", str(tmp_path / "f.c")).code == Exit.OK
    assert "void f(double x, double y, double value[2], double gradient[2][2]);" in (tmp_path / "f.h").read_text()


def test_batch_has_the_jacobian_of_eval(batch: Callable[..., Done]) -> None:
    Path("points.csv").write_text("x,y\n2,3\n")
    assert batch(PROGRAM, "points.csv", "--of", "u,v", "-o", "out.csv").code == 0
    with open("out.csv", newline="") as file:
        (row,) = csv.DictReader(file)
    found = json.loads(batch(PROGRAM, *AT, "--of", "u,v", "--format", "json", command="eval").out)
    for name, slopes in found["jacobian"].items():
        assert float(row[name]) == found["value"][name]
        assert {by: float(row[f"{name}_gradient_{by}"]) for by in slopes} == slopes


def test_batch_takes_a_vector(batch: Callable[..., Done]) -> None:
    Path("points.csv").write_text("x,y,z\n2,3,5\n")
    done = batch("curl([-y*z, x, x*y*z], x, y, z)", "points.csv", "--no-gradient", "--to", "jsonl", "--columns", "x")
    assert json.loads(done.out) == {"x": 2, "curl_x": 10.0, "curl_y": -18.0, "curl_z": 6.0}


def test_a_step_keeps_the_domain_of_what_it_differentiates(batch: Callable[..., Done]) -> None:
    Path("points.csv").write_text("x,y\n-1,3\n")
    found: dict[str, Any] = json.loads(
        batch("u = diff(log(x), x); v = 2*y; u + v", "points.csv", "--of", "u,v", "--to", "jsonl").out
    )
    assert (found["u"], found["v"]) == (None, 6.0)


@pytest.mark.parametrize(
    ("more", "line"),
    [
        (["y=3±0.1"], "error: a Jacobian is for numbers that are known, and y is not"),
        (["y=3", "--hessian"], "  = write one of them last: F = ...; F_1"),
    ],
)
def test_refusals_of_a_vector_name_no_option_that_was_not_typed(autodiff: Run, more: list[str], line: str) -> None:
    done = autodiff("eval", "F = [x*y, y^2]", "x=2", *more)
    assert done.code == 2
    assert line in done.err.splitlines()
