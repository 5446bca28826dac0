"""Uncertain values as they are typed: how they are read, refused at their place, and what eval makes of them."""

import json
import subprocess
import sys
from collections.abc import Callable
from math import inf, nextafter, pi
from pathlib import Path

import pytest
from mpmath import mp, mpf

from autodiff_cli.commands.point import number
from autodiff_cli.commands.uncertainty import uncertain
from autodiff_cli.errors import AutodiffError
from autodiff_cli.reports.measured import Enclosed, Measured

from ..conftest import Result

Run = Callable[..., Result]
PENDULUM = ("eval", "4π² L/T²", "L=0.75±0.001", "T=1.738(5)")


@pytest.mark.parametrize(
    ("text", "value", "above", "below"),
    [
        ("0.75±0.001", 0.75, 0.001, 0.001),
        ("0.75+-0.001", 0.75, 0.001, 0.001),
        ("0.75+/-0.001", 0.75, 0.001, 0.001),
        ("0.75 ± 0.001", 0.75, 0.001, 0.001),
        (r"0.75\pm 0.001", 0.75, 0.001, 0.001),
        ("-0.5±0.1", -0.5, 0.1, 0.1),
        ("1.738(5)", 1.738, 0.005, 0.005),
        ("1.738(12)", 1.738, 0.012, 0.012),
        ("1234(5)", 1234.0, 5.0, 5.0),
        ("12.3(1.2)", 12.3, 1.2, 1.2),
        ("6.67430(15)e-11", 6.6743e-11, 1.5e-15, 1.5e-15),
        ("5.972(6)×10^24", 5.972e24, 6e21, 6e21),
        ("(1.2±0.3)e-4", 1.2e-4, 3e-5, 3e-5),
        ("1e3±2e1", 1000.0, 20.0, 20.0),
        ("0.75±0.2%", 0.75, 0.0015, 0.0015),
        ("-5±50 %", -5.0, 2.5, 2.5),
        ("0.75±(0.002, 0.001)", 0.75, 0.002, 0.001),
        ("0.75±(+0.002, -0.001)", 0.75, 0.002, 0.001),
        ("0.75±(-0.001, +0.002)", 0.75, 0.002, 0.001),
        ("0.75+-(2%, 1%)", 0.75, 0.015, 0.0075),
        ("pi/4±1/100", pi / 4, 0.01, 0.01),
        ("12(0)", 12.0, 0.0, 0.0),
        ("−0.5 ± 0.1", -0.5, 0.1, 0.1),
        ("0.75±+0.002-0.001", 0.75, 0.002, 0.001),
        ("0.75±(+0.002/-0.001)", 0.75, 0.002, 0.001),
        ("0.75±-0.001+0.002", 0.75, 0.002, 0.001),
        ("0.75+0.002/-0.001", 0.75, 0.002, 0.001),
        ("0.75 +0.002/−0.001", 0.75, 0.002, 0.001),
        ("0.75 - 0.001 / + 0.002", 0.75, 0.002, 0.001),
        ("0.75 +0.002 -0.001", 0.75, 0.002, 0.001),
        ("0.75^{+0.002}_{-0.001}", 0.75, 0.002, 0.001),
        ("0.75_{-0.001}^{+0.002}", 0.75, 0.002, 0.001),
        ("-7.5^{+0.2}_{-0.1}×10^{-3}", -7.5e-3, 2e-4, 1e-4),
        ("5.0(+2-1)", 5.0, 0.2, 0.1),
        ("5.0(+2,-1)e3", 5e3, 200.0, 100.0),
        ("5.0(+0.2/-0.1)", 5.0, 0.2, 0.1),
        ("6.67430(15)×10⁻¹¹", 6.6743e-11, 1.5e-15, 1.5e-15),
        ("(1.2±0.3)·10⁴", 1.2e4, 3e3, 3e3),
        ("6.674 30(15) x 10^-11", 6.6743e-11, 1.5e-15, 1.5e-15),
        ("8.854 187 8188(14)e-12", 8.8541878188e-12, 1.4e-21, 1.4e-21),
        ("(75±1)%", 0.75, 0.01, 0.01),
        ("75(1)%", 0.75, 0.01, 0.01),
        ("2.5 (1) %", 0.025, 0.001, 0.001),
        ("1.738 (5)", 1.738, 0.005, 0.005),
        ("6.674 30 (15)e-11", 6.6743e-11, 1.5e-15, 1.5e-15),
        ("5.0(-1+2)", 5.0, 0.2, 0.1),
        ("5.0(-0.1, +0.2)", 5.0, 0.2, 0.1),
        ("5.0(±2)", 5.0, 0.2, 0.2),
        ("5.0(+-2)", 5.0, 0.2, 0.2),
        ("5.0(+/-0.3)", 5.0, 0.3, 0.3),
        ("0.75 -0.001 +0.002", 0.75, 0.002, 0.001),
    ],
)
def test_a_value_with_an_uncertainty_is_read(text: str, value: float, above: float, below: float) -> None:
    found = uncertain("x", text, number)
    assert isinstance(found, Measured)
    assert (found.value, found.above, found.below) == pytest.approx((value, above, below), rel=1e-15)


@pytest.mark.parametrize(
    "text",
    [
        *("2+-pi", "12+-3*2", "log2(8)", "2(x+1)", "1.5", "-3", "+-3", "sin(1)"),
        *("1+2-3", "1 + 2 - 3", "1+2/3", "1-2/3", "1 +2 +3", "2(3)+1", "2^{-3}", "(75)%"),
    ],
)
def test_what_is_arithmetic_has_no_uncertainty(text: str) -> None:
    assert uncertain("x", text, number) is None


@pytest.mark.parametrize(
    ("text", "low", "high"), [("[0.74, 0.76]", 0.74, 0.76), ("[-1,1]", -1.0, 1.0), ("[0, pi/4]", 0.0, pi / 4)]
)
def test_an_interval_is_read_by_its_ends(text: str, low: float, high: float) -> None:
    found = uncertain("x", text, number)
    assert isinstance(found, Enclosed)
    assert (found.low, found.high) == (low, high)


@pytest.mark.parametrize(
    ("text", "message", "at"),
    [
        ("0.75±-0.1", "the uncertainty of x is negative", "-0.1"),
        ("1.2(-3)", "the uncertainty of x is negative", "-3"),
        ("0.75±-1%", "the uncertainty of x is negative", "-1%"),
        ("0.75±(-1,-2)", "both sides of x go the same way", "(-1,-2)"),
        ("0.75(-1-2)", "both sides of x go the same way", "-1-2"),
        ("3*(2.5±0.1)", "the uncertainty of x is inside a calculation", "±"),
        ("(2.5±0.1)*3", "the uncertainty of x is inside a calculation", "±"),
        ("2.5 (1) m", "x = 2.5 (1) goes on with what is not read", "m"),
        ("0.75±(1,2,3)", "the uncertainty of x has more than two sides", "(1,2,3)"),
        ("0.75±abc", "x = abc is not a number: 'abc' has no value", "abc"),
        ("abc±1", "x = abc is not a number: 'abc' has no value", "abc"),
        ("1±2±3", "x has more than one uncertainty", "2±3"),
        ("1.2(3)(4)", "x = 1.2(3) goes on with what is not read", "(4)"),
        ("1.7(5) 10^-3", "x = 1.7(5) goes on with what is not read", "10^-3"),
        ("1.5e-3(1)", "x = 1.5e-3(1) has its power of ten in front of its last digits", "e-3"),
        ("1.7(5) m", "x = 1.7(5) goes on with what is not read", "m"),
        ("−1.0(−3)", "the uncertainty of x is negative", "−3"),
        ("1e400±1", "in the value of x: 1e400 is too large for a float", "1e400"),
        ("1±1e400", "in the value of x: 1e400 is too large for a float", "1e400"),
        ("0.75 ± 0.1 m", "x = 0.1 m is not a number: 'm' has no value", "0.1 m"),
        ("[0.76, 0.74]", "the interval x = [0.76, 0.74] is empty", "0.76, 0.74"),
        ("[1, 2, 3]", "x = [1, 2, 3] is no interval", "1, 2, 3"),
        ("[1, y]", "x = y is not a number: 'y' has no value", "y"),
    ],
)
def test_what_is_wrong_with_an_uncertainty_is_said_at_its_place(text: str, message: str, at: str) -> None:
    with pytest.raises(AutodiffError) as caught:
        uncertain("x", text, number)
    assert caught.value.message == message
    assert caught.value.span is not None
    assert text[slice(*caught.value.span)] == at


def test_a_missing_number_is_named_where_it_would_stand() -> None:
    for text in ("0.75±", "±0.1", "0.75±(1,)", "[1,]"):
        with pytest.raises(AutodiffError, match="lacks a number here"):
            uncertain("x", text, number)


# --- eval ------------------------------------------------------------------------------------------------------------


def test_eval_shows_the_value_with_its_uncertainty_the_shares_and_that_the_methods_agree(autodiff: Run) -> None:
    lines = autodiff(*PENDULUM).out.splitlines()
    assert lines[0] == "4 * pi^2 * L / T^2 = 9.802 ± 0.058 (0.59 %)"
    assert lines[1].split() == ["variable", "value", "±", "gradient", "contributes", "share", "verdict"]
    assert lines[3].split() == ["T", "1.738", "0.005", "-11.27980728", "0.0564", "94.9", "%", "ok"]
    assert lines[4].split()[5] == "5.1"
    assert lines[5].startswith("linear 9.8022 ± 0.0579, second order 9.8024 ± 0.0579, sampled 9.8024 ± 0.0579: they ag")


def test_json_has_sigma_contribution_and_share_by_name_and_what_the_methods_give(autodiff: Run) -> None:
    found = autodiff(*PENDULUM, "--format", "json").json
    assert found["uncertainty"] == pytest.approx(0.0578935583)
    assert found["sigma"] == {"T": 0.005, "L": 0.001}
    assert found["contribution"] == pytest.approx({"T": 0.0563990364, "L": 0.0130695367})
    assert sum(found["share"].values()) == pytest.approx(1)
    assert found["second_order"] == pytest.approx({"value": 9.8023959012, "uncertainty": 0.0578946303})
    assert found["sampled"]["uncertainty"] == pytest.approx(0.0579, rel=3e-3)
    assert (found["sampled"]["rows"], found["sampled"]["without_value"]) == (100_000, 0)


def test_json_of_certain_values_and_named_steps(autodiff: Run) -> None:
    found = autodiff("eval", "y = a*b; y + c", "a=1±0.1", "b=2", "c=3", "--format", "json").json
    assert found["sigma"] == pytest.approx({"a": 0.1, "b": 0.0, "c": 0.0, "y": 0.2})
    assert found["contribution"] == {"a": pytest.approx(0.2), "b": 0.0, "c": 0.0, "y": None}
    assert found["steps"] == {"y": 2.0}


@pytest.mark.parametrize(("format_", "separator"), [("csv", ","), ("tsv", "\t")])
def test_separated_rows_have_the_same_columns(autodiff: Run, format_: str, separator: str) -> None:
    header, first, _ = autodiff(*PENDULUM, "--format", format_).out.splitlines()
    row = dict(zip(header.split(separator), first.split(separator), strict=True))
    assert [*row][-3:] == ["sigma", "contribution", "share"]
    assert (row["variable"], row["sigma"], row["share"][:6]) == ("T", "0.005", "0.9490")


def test_one_number_of_an_uncertainty_alone(autodiff: Run) -> None:
    assert float(autodiff(*PENDULUM, "--only", "uncertainty").out) == pytest.approx(0.0578935583)
    assert float(autodiff(*PENDULUM, "--only", "share.T").out) == pytest.approx(0.9490364235)


def test_what_is_too_curved_is_said_with_the_interval_to_trust(autodiff: Run) -> None:
    found = autodiff("eval", "exp(x)", "--x", "1±0.5")
    assert found.out.startswith("exp(x) = 2.72, 68 % in [1.65, 4.48]\n")
    assert found.out.endswith("linear 2.72 ± 1.36, second order 3.06 ± 1.44, sampled 3.08 ± 1.64: they differ\n")
    assert "too curved: linear and second order are off" in found.err
    assert found.code == 0


def test_second_derivatives_go_with_an_uncertainty_and_proven_digits_do_not(autodiff: Run) -> None:
    assert autodiff("eval", "x^3", "x=2±0.1", "--hessian", "--format", "json").json["hessian"] == {"x": {"x": 12.0}}
    refused = autodiff("eval", "x^3", "x=2±0.1", "--digits", "20")
    assert refused.code == 2
    assert "--digits and --prove are for numbers that are known" in refused.err


@pytest.mark.parametrize("columns", ["60", "80", "160"])
def test_the_table_fits_the_terminal(autodiff: Run, monkeypatch: pytest.MonkeyPatch, columns: str) -> None:
    run = ("eval", "G*m/r^2", "G=6.67430(15)e-11", "m=5.9722(6)e24", "r=6.371(1)e6")
    monkeypatch.setenv("COLUMNS", columns)
    _, *table, _ = autodiff(*run).out.splitlines()
    assert max(map(len, table)) <= int(columns)
    assert len(table) == 5


# --- correlations ----------------------------------------------------------------------------------------------------


def test_a_correlation_adds_to_the_uncertainty(autodiff: Run) -> None:
    run = ("eval", "a*b", "a=1±0.1", "b=2±0.2", "--only", "uncertainty")
    assert float(autodiff(*run).out) == pytest.approx(0.08**0.5)
    assert float(autodiff(*run, "--corr", "a,b=0.9").out) == pytest.approx((0.08 + 2 * 0.9 * 0.04) ** 0.5)
    assert float(autodiff(*run, "--corr", "b,a=-1").out) == pytest.approx(0, abs=1e-15)


@pytest.mark.parametrize(
    "text", ["a,b\n1,0.9\n0.9,1\n", "a b\na 1 0.9\nb 0.9 1\n", ",a,b,z\na,1,0.9,0\nb,0.9,1,0\nz,0,0,1\n"]
)
def test_a_file_has_the_matrix_with_or_without_names_before_the_rows(autodiff: Run, tmp_path: Path, text: str) -> None:
    path = tmp_path / "matrix.csv"
    path.write_text(text, encoding="utf-8")
    found = autodiff("eval", "a*b", "a=1±0.1", "b=2±0.2", "--only", "uncertainty", "--corr", str(path))
    assert float(found.out) == pytest.approx((0.08 + 2 * 0.9 * 0.04) ** 0.5)


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        (["a,b=1.5"], "1.5 is no correlation"),
        (["a,b=x"], "'x' has no value"),
        (["a,c=0.5"], "--corr a,c=0.5: c has no uncertainty"),
        (["a,q=0.5"], "there is no 'q' to correlate"),
        (["ab=0.5"], "--corr takes two names"),
        (["a,b="], "--corr a,b= lacks its number"),
        (["a,a=0.5"], "the correlation of a with itself is 1"),
        (["a,b=0.9", "b,a=0.8"], "two correlations of b and a: 0.9 and 0.8"),
        (["a,b=0.9", "b,d=0.9", "a,d=-0.9"], "not positive semidefinite"),
        (["nowhere.csv"], "cannot read nowhere.csv"),
    ],
)
def test_what_is_no_correlation_is_refused(autodiff: Run, typed: list[str], message: str) -> None:
    options = [word for text in typed for word in ("--corr", text)]
    found = autodiff("eval", "a*b*c*d", "a=1±0.1", "b=2±0.2", "c=3", "d=1±1", *options)
    assert found.code == 2
    assert message in found.err


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a,b\n1,0.9\n0.8,1\n", "two correlations of a and b: 0.9 and 0.8"),
        ("a,b\n0.01,0\n0,0.04\n", "the correlation of a with itself is not 1"),
        ("a,b\n1,0.9\n", "2 names and 1 lines of numbers"),
        ("a,b\n1\n0.9,1\n", "a has 1 correlations for 2 names"),
        ("a,b\n1,1.2\n1.2,1\n", "1.2 is no correlation"),
        ("", "0 names"),
    ],
)
def test_a_file_that_is_no_matrix_of_correlations_is_refused(
    autodiff: Run, tmp_path: Path, text: str, message: str
) -> None:
    path = tmp_path / "matrix.csv"
    path.write_text(text, encoding="utf-8")
    found = autodiff("eval", "a*b", "a=1±0.1", "b=2±0.2", "--corr", str(path))
    assert found.code == 2
    assert message in found.err


# --- intervals -------------------------------------------------------------------------------------------------------


def test_an_interval_gives_an_enclosure(autodiff: Run) -> None:
    pytest.importorskip("flint")
    run = ("eval", "4π² L/T²", "L=[0.74, 0.76]", "T=[1.7, 1.8]")
    assert autodiff(*run).out.startswith("4 * pi^2 * L / T^2 in [9.01667562568, 10.3818676053]\n")
    found = autodiff(*run, "--format", "json").json
    low, high = found["enclosure"]
    with mp.workdps(40):
        assert low <= 4 * mp.pi**2 * mpf("0.74") / mpf("1.8") ** 2 <= nextafter(low, inf)
        assert nextafter(high, 0) <= 4 * mp.pi**2 * mpf("0.76") / mpf("1.7") ** 2 <= high
    assert found["interval"] == {"L": [0.74, 0.76], "T": [1.7, 1.8]}
    assert found["gradient_enclosure"]["L"][0] <= found["gradient"]["L"] <= found["gradient_enclosure"]["L"][1]
    assert autodiff(*run, "--format", "csv").out.splitlines()[0].endswith("low,high,gradient_low,gradient_high")


def test_an_interval_across_the_edge_of_a_domain_has_no_enclosure(autodiff: Run) -> None:
    pytest.importorskip("flint")
    found = autodiff("eval", "ln(x)", "x=[-1, 2]")
    assert (found.code, found.out) == (3, "")
    assert "there is no enclosure for x in [-1, 2]" in found.err


@pytest.mark.parametrize(
    ("text", "x", "shown"),
    [
        ("sqrt(x)", "[0, 1]", "sqrt(x) in [0, 1]"),
        ("x ln x", "[0, 1]", "x * log(x) in [-0.367879441172, 0]"),
        ("sqrt(sin(x))", "[0, pi]", "sqrt(sin(x)) in [0, 1]"),
    ],
)
def test_an_interval_may_end_at_the_edge_of_a_domain(autodiff: Run, text: str, x: str, shown: str) -> None:
    pytest.importorskip("flint")
    found = autodiff("eval", text, "--x", x)
    assert (found.code, found.out.splitlines()[0]) == (0, shown)


def test_a_bound_that_there_is_not_is_infinite_with_a_note_and_no_finite_answer(autodiff: Run) -> None:
    pytest.importorskip("flint")
    found = autodiff("eval", "ln(x)", "--x", "[0, 1]")
    assert found.code == 3
    assert found.out.startswith("log(x) in [-inf, 0]\n")
    assert "no lower bound of log(x) is known" in found.err
    assert "at x = 0 there may be no value" in found.err
    shown = json.loads(autodiff("eval", "ln(x)", "--x", "[0, 1]", "--format", "json").out)
    assert (shown["enclosure"], shown["gradient_enclosure"]) == (["-inf", 0.0], {"x": [1.0, "inf"]})


def test_why_there_is_no_enclosure_is_said_of_the_step_with_its_own_arguments(autodiff: Run) -> None:
    pytest.importorskip("flint")
    found = autodiff("eval", "2 + sqrt(x-1)", "--x", "[0, 2]")
    assert (found.code, found.out) == (3, "")
    assert "sqrt(x - 1) needs x - 1 >= 0, which may not hold there" in found.err


def test_an_interval_beside_an_uncertainty_is_refused(autodiff: Run) -> None:
    found = autodiff("eval", "x*y", "x=[1, 2]", "y=1±0.1")
    assert found.code == 2
    assert "the two do not add up" in found.err


# --- start-up --------------------------------------------------------------------------------------------------------


def test_nothing_of_it_is_imported_where_no_value_is_uncertain() -> None:
    code = (
        "import sys; from autodiff_cli.commands.group import run; run(['eval', 'x*y', 'x=1', 'y=2']);"
        "print(*[m for m in sys.modules if m.startswith('autodiff_cli')], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    names = {module.rpartition(".")[2] for module in done.stderr.split()}
    ours = {"uncertainty", "measured", "moments", "correlations", "significant", "sampled", "enclosed", "enclosure"}
    assert not names & ours


def test_correlations_are_for_one_point(autodiff: Run) -> None:
    found = autodiff("eval", "x*y", "x=0:1:0.5", "y=2", "--corr", "x,y=1")
    assert found.code == 2
    assert "--corr is for one point" in found.err


@pytest.mark.parametrize(
    ("given", "message", "hint"),
    [
        ("y=2±0.1", "y = 2±0.1 has an uncertainty, and x has a range", "autodiff batch has the uncertainty of every"),
        ("y=[1, 2]", "y = [1, 2] lies in an interval, and x has a range", "give x one value"),
    ],
)
def test_what_is_not_certain_beside_a_range_is_refused_with_what_to_do(
    autodiff: Run, given: str, message: str, hint: str
) -> None:
    found = autodiff("eval", "x*y", "x=0:1:0.5", given)
    assert (found.code, found.out) == (2, "")
    assert message in found.err
    assert hint in found.err


def test_in_ascii_the_sign_is_plus_minus() -> None:
    command = [sys.executable, "-m", "autodiff_cli", "eval", "x^2", "--x", "2±0.1", "--ascii"]
    done = subprocess.run(command, capture_output=True, timeout=60, check=True)
    first, header, *_, last = done.stdout.decode("ascii").splitlines()
    assert first == "x^2 = 4.00 +- 0.40 (10 %)"
    assert "sigma" in header
    assert last.startswith("linear 4.000 +- 0.400, ")


# --- other commands --------------------------------------------------------------------------------------------------

COMMANDS: dict[str, list[str]] = {
    "check": ["x^2*y", "2x*y", "--wrt", "x"],
    "diff": ["x^2*y"],
    "plot": ["x^2*y*z", "--z", "0:1"],
    "taylor": ["x^2*y", "--wrt", "y"],
    "trace": ["x^2*y"],
    "graph": ["x^2*y"],
    "minimize": ["x^2*y*z^2", "z=1", "--wrt", "z"],
    "maximize": ["x^2*y*z^2", "z=1", "--wrt", "z"],
}


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("text", ["1.0±0.1", "1.738(5)", "1.0+-0.1", "1.0±5%", "1.0 +0.2/-0.1", "[0.7, 0.9]"])
@pytest.mark.parametrize("how", ["name=value", "--name", "--values"])
def test_a_command_that_takes_no_uncertainty_refuses_it_and_never_drops_it(
    autodiff: Run, tmp_path: Path, command: str, text: str, how: str
) -> None:
    path = tmp_path / "values.json"
    path.write_text(json.dumps({"x": text}), encoding="utf-8")
    given = {"name=value": [f"x={text}"], "--name": ["--x", text], "--values": ["--values", str(path)]}[how]
    found = autodiff(command, *COMMANDS[command], *given, "y=2")
    assert (found.code, found.out) == (2, "")
    assert f"x = {text} is not one number" in found.err or f"'{text}' is no range" in found.err


@pytest.mark.parametrize("command", ["diff", "taylor"])
def test_at_refuses_an_uncertainty_too(autodiff: Run, command: str) -> None:
    found = autodiff(command, "x^2", "--at", "x=1.0±0.1")
    assert (found.code, found.out) == (2, "")
    assert "x = 1.0±0.1 is not one number" in found.err


@pytest.mark.parametrize("name", ["values.json", "values.toml"])
@pytest.mark.parametrize("text", ["0.75±0.1", "0.75(10)", "0.75 +0.1/-0.1"])
def test_a_file_of_values_may_hold_uncertainties(autodiff: Run, tmp_path: Path, name: str, text: str) -> None:
    path = tmp_path / name
    path.write_text(json.dumps({"x": text}) if name.endswith("json") else f'x = "{text}"\n', encoding="utf-8")
    found = autodiff("eval", "2x", "--values", str(path), "--only", "uncertainty")
    assert float(found.out) == pytest.approx(0.2)


def test_a_jump_of_mod_is_named_as_one_and_not_as_the_edge_of_its_domain(autodiff: Run) -> None:
    pytest.importorskip("flint")
    done = autodiff("eval", "mod(x, 3)", "x=[1, 4]")
    assert (done.code, done.err.splitlines()[0]) == (
        3,
        "error: there is no enclosure for x in [1, 4]: mod(x, 3) may jump there",
    )


def test_samples_that_cancel_but_for_their_rounding_say_nothing_against_the_linear_rule(autodiff: Run) -> None:
    found = autodiff("eval", "x - y", "x=2±0.1", "y=3±0.1", "--corr", "x,y=1", "--format", "json").json
    assert found["uncertainty"] == 0
    assert [note.partition(":")[0] for note in found["notes"]] == ["not sampled"]


def test_shares_that_come_to_all_are_no_note(autodiff: Run) -> None:
    done = autodiff("eval", "x - y", "x=2±0.1", "y=3±0.1", "--corr", "x,x=1")
    assert (done.code, done.err) == (0, "")


def test_an_interval_in_a_file_that_is_a_list_is_told_to_be_text(autodiff: Run, tmp_path: Path) -> None:
    path = tmp_path / "values.json"
    path.write_text('{"x": [1, 2]}', encoding="utf-8")
    done = autodiff("eval", "x^2", "--values", str(path))
    assert (done.code, done.err.splitlines()[-1]) == (2, '  = an interval is text, "[1, 2]"')


@pytest.mark.parametrize("typed", ["1.738 (5)", "1.738(-5+5)", "1.738(+-5)", "1.738 -0.005 +0.005", "173.8(5)%"])
def test_every_form_of_an_uncertainty_reaches_the_result(autodiff: Run, typed: str) -> None:
    found = autodiff("eval", "2x", "--x", typed, "--format", "json").json
    assert (found["value"], found["uncertainty"]) == pytest.approx((3.476, 0.01), rel=1e-14)
