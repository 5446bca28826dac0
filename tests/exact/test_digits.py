"""Proven digits: against mpmath, known constants and 30-digit references; what cannot be proven is said."""

import json
import math
import random
import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal, localcontext
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from autodiff_cli.commands.exits import Exit
from autodiff_cli.errors import AutodiffError
from autodiff_cli.language.parser import parse
from autodiff_cli.reports.status import Status

from ..conftest import CORPORA, Result, corpus

flint = pytest.importorskip("flint")
mpmath = pytest.importorskip("mpmath")

from autodiff_cli.reports.decimals import decimal_of  # noqa: E402
from autodiff_cli.reports.proof import certify, prove  # noqa: E402

Run = Callable[..., Result]
PI_50 = "3.1415926535897932384626433832795028841971693993751"  # OEIS A000796
NORMAL = "exp(-x^2/2)/sqrt(2*pi)"


def digits_of(expression: str, digits: int, **point: str | float) -> tuple[str, dict[str, str]]:
    proof = prove(parse(expression, point), point, digits)
    return proof.value.text, {row.name: row.gradient.text for row in proof.rows}


def why(expression: str, **point: str | float) -> dict[str, str]:
    return {row.name: row.gradient.why for row in prove(parse(expression, point), point, 15).rows}


def rounded(number: Any, digits: int) -> Decimal:
    """A number of mpmath's, correctly rounded, as it has digits to spare."""
    with localcontext(prec=digits):
        return +Decimal(mpmath.nstr(number, digits + 30))


@pytest.mark.parametrize("digits", [1, 2, 15, 40, 137, 1000])
def test_the_normal_distribution_has_1000_digits_of_mpmath(digits: int) -> None:
    value, gradient = digits_of(NORMAL, digits, x="2.4723")
    with mpmath.workdps(digits + 60):
        x = mpmath.mpf(24723) / 10000
        want = mpmath.exp(-x * x / 2) / mpmath.sqrt(2 * mpmath.pi)
        assert Decimal(value) == rounded(want, digits)
        assert Decimal(gradient["x"]) == rounded(-x * want, digits)
    assert len(value.replace(".", "").lstrip("0")) == digits


@pytest.mark.parametrize(
    ("expression", "point", "value", "gradient"),
    [
        ("x", {"x": "pi"}, PI_50, {"x": "1"}),
        ("a = pi; a", {}, PI_50, {"a": "1"}),
        ("_c = pi/4; a = 2*_c; 2*a", {}, PI_50, {"a": "2"}),
        ("x/2", {"x": "1"}, "0.5", {"x": "0.5"}),
        ("x^2 + 0.1", {"x": "0.3"}, "0.19", {"x": "0.6"}),
        ("x - 0.1", {"x": "0.1"}, "0", {"x": "1"}),
        ("x - 0.1", {"x": 0.1}, "5.5511151231257827021181583404541015625e-18", {"x": "1"}),
        ("1/x", {"x": "3"}, "0." + 50 * "3", {"x": "-0." + 50 * "1"}),
        ("x", {"x": "-12345678e-10"}, "-0.0012345678", {"x": "1"}),
        ("x*1e30", {"x": "2"}, "2" + 30 * "0", {"x": "1" + 30 * "0"}),
        ("exp(0*x) + sqrt(4) + x^0", {"x": "0"}, "4", {"x": "0"}),
        ("where(x >= 0.3, 2*x, log(x - 1))", {"x": "0.4"}, "0.8", {"x": "2"}),
    ],
)
def test_known_constants_have_their_50_digits(
    expression: str, point: dict[str, str], value: str, gradient: dict[str, str]
) -> None:
    assert digits_of(expression, 50, **point) == (value, gradient)


def test_ties_go_to_the_even_digit_and_near_ties_do_not() -> None:
    for number, digits, text in [
        (flint.fmpq(1, 8), 2, "0.12"),
        (flint.fmpq(3, 8), 2, "0.38"),
        (flint.fmpq(-5, 2), 1, "-2"),
        (flint.arb(0.125), 2, "0.12"),
        (flint.fmpq(999, 1000), 2, "1.0"),
        (flint.fmpq(9995, 10), 3, "1.00e3"),
        (flint.arb(999.96, 0.001), 4, "1000"),
        (flint.fmpq(10**17 + 1, 8 * 10**17), 2, "0.13"),
        (flint.arb(0.125, 1e-30), 2, ""),  # both roundings are possible
        (flint.arb(0, 1e-30), 2, ""),
        (flint.arb(0), 5, "0"),
        (flint.fmpq(1, 3 * 10**9), 3, "3.33e-10"),
        (flint.fmpq(1, 300), 3, "0.00333"),
    ]:
        with flint.ctx.workprec(200):
            assert decimal_of(number, digits)[0] == text


def test_rationals_round_as_decimals_do() -> None:
    draw = random.Random(7)
    for _ in range(2000):
        top, bottom = draw.randint(-(10**12), 10**12), 2 ** draw.randint(0, 8) * 5 ** draw.randint(0, 8)
        digits = draw.randint(1, 12)
        with localcontext(prec=digits):
            want = Decimal(top) / bottom
        assert Decimal(decimal_of(flint.fmpq(top, bottom), digits)[0]) == want


@pytest.mark.parametrize("name", ["floor", "ceil", "trunc", "round", "abs"])
def test_kernels_over_rationals_are_those_of_fractions(name: str) -> None:
    from autodiff_cli.rules.kernels.rationals import KERNELS

    oracle = {"floor": math.floor, "ceil": math.ceil, "trunc": math.trunc, "round": round, "abs": abs}[name]
    for top in range(-23, 24):
        for bottom in (1, 2, 3, 4):
            found = KERNELS[name](flint.fmpq(top, bottom))
            assert Fraction(int(found.p), int(found.q)) == oracle(Fraction(top, bottom))


@pytest.mark.parametrize(
    ("expression", "point", "gradient"),
    [  # at 0, where formulas of the table have seams that the functions do not have
        ("sigmoid(x)", "0", "0.25"),
        ("softplus(x)", "0", "0.5"),
        ("silu(x)", "0", "0.5"),
        ("logaddexp(x, 0)", "0", "0.5"),
        ("gelu(x)", "0", "0.5"),
        ("sech(x)", "0", "0"),
        ("erf(x)", "0.25", "1.06001412937611"),  # mpmath: 2/sqrt(pi)*exp(-1/16)
        ("sum(k, 0, 3, x^k)", "0", "1"),
        ("cosh(x)^0.5", "0", "0"),
        ("x^3 + x", "0", "1"),
        ("logit(x)", "0.25", "5.33333333333333"),
        ("relu(abs(x) - 1)", "0", "0"),
        ("floor(x)", "0.5", "0"),
        ("x^n", "-3", "-6"),
        ("x*floor(n)", "7", "2"),
        ("abs(x - pi)", "3.14159265358979323846264338327950288419716939937510", "-1"),
    ],
)
def test_no_kink_is_seen_where_there_is_none(expression: str, point: str, gradient: str) -> None:
    values = {"x": point} | ({"n": "2"} if "n)" in expression or "^n" in expression else {})
    proof = prove(parse(expression, values), values, 15)
    assert proof.rows[0].gradient.text == gradient


@pytest.mark.parametrize(
    ("expression", "point", "reason"),
    [
        ("abs(x)", "0", "abs(x) has a kink or jumps here"),
        ("abs(x - 0.1)", "0.1", "abs(x - 0.1) has a kink or jumps here"),
        ("relu(x)", "0", "relu(x) has a kink or jumps here"),
        ("leaky_relu(x)", "0", "leaky_relu(x) has a kink or jumps here"),
        ("max(x, 1, 2)", "2", "max(x, 1, 2) has a kink or jumps here"),
        ("min(x, 1)", "1", "min(x, 1) has a kink or jumps here"),
        ("clamp(x, 0, 1)", "1", "clamp(x, 0, 1) has a kink or jumps here"),
        ("sign(x)", "0", "sign(x) has a kink or jumps here"),
        ("heaviside(x)", "0", "heaviside(x) has a kink or jumps here"),
        ("copysign(1, x)", "0", "copysign(1, x) has a kink or jumps here"),
        ("floor(x)", "3", "floor(x) has a kink or jumps here"),
        ("ceil(x)", "3", "ceil(x) has a kink or jumps here"),
        ("trunc(x)", "3", "trunc(x) has a kink or jumps here"),
        ("round(x)", "2.5", "round(x) has a kink or jumps here"),
        ("mod(x, 0.1)", "0.3", "mod(x, 0.1) has a kink or jumps here"),
        ("fmod(x, 2)", "4", "fmod(x, 2) has a kink or jumps here"),
        ("acot(x)", "0", "acot(x) has a kink or jumps here"),
        ("atan2(x, -1)", "0", "atan2(x, -1) has a kink or jumps here"),
        ("where(x >= 0.3, x, 2*x)", "0.3", "x >= 0.3 changes here"),
        ("1 + 1e-300*floor(x)", "3", "floor(x) has a kink or jumps here"),
        ("x > 1", "1", "x > 1 changes here"),
        ("x^1.5", "0", "the domain of x^1.5 ends here"),
        ("sqrt(x)", "0", "the slope of sqrt(x) is infinite or undefined here"),
        ("hypot(x, 0)", "0", "the slope of hypot(x, 0) is infinite or undefined here"),
    ],
)
def test_a_slope_that_is_not_there_is_not_proven(expression: str, point: str, reason: str) -> None:
    assert why(expression, x=point) == {"x": reason}


def test_one_kink_leaves_the_other_variables_alone() -> None:
    point = {"x": "0", "y": "-0.1", "z": "2"}
    proof = prove(parse("abs(x) + abs(y)*floor(z)"), point, 15)
    assert [row.gradient.text for row in proof.rows] == ["", "-2", ""]
    assert proof.status is Status.UNDEFINED
    assert len(proof.notes) == 2


def test_a_zero_that_no_precision_shows() -> None:
    proof = prove(parse("sin(x)*y"), {"x": "pi", "y": "1"}, 20)
    assert proof.value.text == ""
    assert Decimal(proof.value.bound) < Decimal("1e-1000")
    assert proof.value.why.startswith("it is 0 to within 1e-")
    assert [row.gradient.text for row in proof.rows] == ["-1.0000000000000000000", ""]
    undecided = prove(parse("where(sin(x) > 0, 1, 2)"), {"x": "pi"}, 5)
    assert undecided.value.why.endswith("bits do not decide sin(x) > 0")


def test_digits_that_cancel_are_found_again() -> None:
    value, gradient = digits_of("exp(x) - exp(y)", 20, x="1", y="1e-100")
    with mpmath.workdps(200):
        assert Decimal(value) == rounded(mpmath.e - mpmath.exp(mpmath.mpf(10) ** -100), 20)
    value, gradient = digits_of("cos(x) - 1", 20, x="1e-200")
    assert value == "-5.0000000000000000000e-401"
    assert gradient == {"x": "-1.0000000000000000000e-200"}


def test_floats_are_what_they_are() -> None:
    tenth, fifth = map(Decimal.from_float, (0.1, 0.2))
    assert digits_of("x", 60, x=0.1)[0] == str(tenth)
    point = {"x": "0.1"}
    proof = prove(parse("x + 0.2"), point, 60, exact_floats=True)
    with localcontext(prec=100):
        assert Decimal(proof.value.text) == tenth + fifth
    assert digits_of("x + 0.2", 60, x="0.1")[0] == "0.3"


def test_digits_of_a_number_beyond_floats_are_proven() -> None:
    value, _ = digits_of("exp(exp(x))", 10, x="20")
    with mpmath.workdps(30):
        mantissa, exponent = mpmath.nstr(mpmath.exp(mpmath.exp(20)), 10).split("e")
    assert value == f"{mantissa}e{int(exponent)}"


def test_floats_that_lost_their_digits_have_them_again_and_are_counted() -> None:
    from autodiff_cli.reports.point import report_at

    point = {"x": 1e-8, "y": 3.0}
    expression = parse("(1 - cos(x))/x^2 + y/2")
    report = report_at(expression, point)
    certify(report, expression, point)
    with mpmath.workdps(50):
        x = mpmath.mpf(1e-8)
        slope = mpmath.sin(x) / x**2 - 2 * (1 - mpmath.cos(x)) / x**3
    assert report.value == 2.0  # 2.0 - 8e-18; floats alone make it 1.5
    assert report.rows[0].gradient == pytest.approx(float(slope), rel=1e-15)
    assert (report.proven, report.rows[0].proven, report.rows[1].proven) == ("17", "16", "exact")


@pytest.mark.parametrize(
    ("data", "text", "right"),
    [
        (0.5, "0.5", "exact"),
        (0.1, "0.1", "16"),
        (0.11, "0.11", "17"),
        (3.14, "pi", "3"),
        (3.0, "pi", "1"),
        (2.0, "pi", "0"),
        (1e-9, "0", "0"),
    ],
)
def test_the_right_digits_of_a_float_are_counted(data: float, text: str, right: str) -> None:
    from autodiff_cli.reports.results import Report

    report = Report("", data, [])
    certify(report, parse(text), {})
    assert report.proven == right


# --- the command line ----------------------------------------------------------------------------------------------


def test_the_table_has_as_many_digits_as_asked_for(autodiff: Run) -> None:
    result = autodiff("eval", NORMAL, "--x", "2.4723", "--digits", "30", "--quiet")
    assert (result.code, result.err) == (0, "")
    assert result.out.splitlines()[0] == "exp(-x^2 / 2) / sqrt(2 * pi) = 0.0187779460873335305593581242268"
    assert result.out.splitlines()[3].split() == ["x", "2.4723", "-0.0464247161117146876019010905259", "30", "digits"]


@pytest.mark.parametrize("columns", ["60", "80", "160"])
@pytest.mark.parametrize("digits", ["40", "1000"])
def test_no_number_is_broken_at_any_width(
    autodiff: Run, monkeypatch: pytest.MonkeyPatch, columns: str, digits: str
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    both = ("eval", NORMAL, "--x", "2.4723", "--digits", digits, "--quiet")
    out, answer = autodiff(*both).out, autodiff(*both, "--format", "json").json
    assert answer["value"] in out
    assert answer["gradient"]["x"] in out
    assert len(answer["value"].lstrip("0.")) == int(digits)


def test_json_and_csv_have_digits_as_text_and_what_is_proven(autodiff: Run) -> None:
    call = ("eval", "a = pi/4; d = sin(a)^2; d*x + abs(y)", "--x", "0.1", "--y", "0", "--digits", "12")
    result = autodiff(*call, "--format", "json")
    assert result.code == Exit.UNDEFINED
    assert result.json == {
        "expression": "a = pi / 4; d = sin(a)^2; d * x + abs(y)",
        "digits": 12,
        "value": "0.0500000000000",
        "point": {"a": "0.785398163397", "x": "0.1", "y": "0"},
        "gradient": {"a": "0.100000000000", "x": "0.500000000000", "y": None, "d": "0.1"},
        "proven": {"a": "12 digits", "x": "12 digits", "y": "abs(y) has a kink or jumps here", "d": "exact"},
        "notes": ["no proven gradient by y: abs(y) has a kink or jumps here"],
        "steps": {"d": "0.500000000000"},
    }
    assert result.err == "note: no proven gradient by y: abs(y) has a kink or jumps here\n"
    lines = autodiff(*call, "--format", "csv").out.splitlines()
    assert lines[0] == "variable,point,gradient,proven"
    assert lines[3] == "y,0,,abs(y) has a kink or jumps here"
    assert autodiff(*call, "--only", "gradient.a", "--wrt", "a").out == "0.100000000000\n"
    assert autodiff(*call, "--only", "gradient.y").code == Exit.UNDEFINED


def test_prove_says_how_many_digits_of_each_float_are_right(autodiff: Run) -> None:
    for option in (("--digits", "0"), ("--prove",)):
        answer = autodiff("eval", "x*y + pi", "--x", "2", "--y", "0.5", *option, "--format", "json").json
        assert answer["proven_digits"] == {"x": "exact", "y": "exact"}
        assert answer["value_digits"] == 16
        assert answer["verdict"] == {"x": "ok", "y": "ok"}
    table = autodiff("eval", "sin(x)", "--x", "3", "--prove").out
    assert "digits right)" in table
    assert table.splitlines()[1].split()[-1] == "right"
    assert "proven_digits" not in autodiff("eval", "x", "--x", "2", "--format", "json").json


def test_every_digit_of_a_file_counts(autodiff: Run, tmp_path: Path) -> None:
    text = "0.1234567890123456789012345678901234567890"
    for name, content in (("p.json", f'{{"x": {text}}}'), ("p.toml", f"x = {text}")):
        (tmp_path / name).write_text(content)
        result = autodiff("eval", "x", "--values", str(tmp_path / name), "--digits", "60", "--only", "value")
        assert result.out == text.rstrip("0") + "\n"


@pytest.mark.parametrize("digits", ["-1", "100000000", "10001", "many", "1.5", "", "9" * 50])
def test_a_number_of_digits_that_is_none_is_refused(autodiff: Run, digits: str) -> None:
    result = autodiff("eval", "x", "--x", "1", f"--digits={digits}")
    assert result.code == Exit.UNUSABLE
    assert result.err.startswith("error: --digits takes a whole number from 0 to 10,000, not ")
    assert "as in --digits 40" in result.err


def test_a_variable_of_that_name(autodiff: Run) -> None:
    result = autodiff("eval", "digits*2", "--digits", "3")
    assert "set the variable with digits=VALUE" in result.err


def test_without_python_flint_digits_are_refused_with_a_way_out(autodiff: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "flint", None)
    for option in ("--digits=40", "--prove"):
        result = autodiff("eval", "x", "--x", "1", option)
        assert result.code == Exit.UNUSABLE
        assert result.err == (
            "error: this needs python-flint, which is not installed\n  = pip install 'autodiff-cli[exact]'\n"
        )


def test_digits_outside_of_the_domain_are_refused_at_the_place(autodiff: Run) -> None:
    result = autodiff("eval", "1 + log(x - 5)", "--x", "4.5", "--digits", "20", "--quiet")
    assert (result.code, result.out) == (Exit.UNDEFINED, "")
    assert result.err.startswith(
        "error: log(x) needs x > 0; here x = x - 5 = -0.5\n  │ 1 + log(x - 5)\n  │     ^^^^^^^^^^"
    )
    with pytest.raises(AutodiffError, match="there is no 'q'"):
        prove(parse("x"), {"x": "1"}, 5, ["q"])


def test_a_plain_run_does_not_load_it() -> None:
    code = "import sys; from autodiff_cli.commands.group import run; run(['eval', 'sin(x)', 'x=1'])"
    code += "; sys.exit('flint' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, timeout=60)


# --- the corpora ---------------------------------------------------------------------------------------------------

UNDERFLOWS = {("peer-116", "x")}  # tanh'(1000) is 1.03e-868; the reference, a float's size, is 0


@pytest.mark.skipif(not CORPORA.exists(), reason="the corpora are not beside this checkout")
@pytest.mark.parametrize("name", ["feynman", "srsd", "fpbench", "herbie", "mgh", "peer_points", "textbook"])
def test_25_digits_of_every_record(name: str) -> None:
    """References are right to 30 digits, made with every decimal as its float."""
    wrong, zeros, count = [], 0, 0
    for record in corpus(name):
        point = {name: float(value) for name, value in record["point"].items()}
        proof = prove(parse(record["expr"], point), point, 25, exact_floats=True)
        numbers = [("", proof.value, record["value"])]
        numbers += [(row.name, row.gradient, record["grad"][row.name]) for row in proof.rows]
        for variable, found, reference in numbers:
            want = Decimal(reference)
            count += 1
            if want == 0 and found.bound:
                zeros += 1  # a zero by cancellation, which no ball can prove
            elif not found.text or abs(Decimal(found.text) - want) > Decimal(f"{5.001 * bool(want)}").scaleb(
                (want.adjusted() if want else 0) - 25
            ):
                wrong.append((record["id"], variable, found, reference))
    assert [record for record in wrong if record[:2] not in UNDERFLOWS] == []
    assert zeros <= 0.08 * count


def test_json_has_no_bare_infinity(autodiff: Run) -> None:
    out = autodiff("eval", "sqrt(x)", "--x", "0", "--digits", "10", "--format", "json").out
    json.loads(out, parse_constant=lambda word: pytest.fail(f"bare {word}"))


@pytest.mark.parametrize(
    ("text", "x", "value"),
    [
        ("tan(x)", "1e50", mpmath.tan),
        ("cot(x)", "1e60", mpmath.cot),
        ("sec(x)", "1e100", mpmath.sec),
        ("tan(x)", "1e300", mpmath.tan),
        ("polygamma(3, x)", "-100000.3", lambda x: mpmath.polygamma(3, 1 - x) * -1 - _third_of_cot(x)),
        ("digamma(x)", "-100000.3", mpmath.digamma),
    ],
)
def test_what_needs_more_bits_gets_them(text: str, x: str, value: Callable[[Any], Any]) -> None:
    with mpmath.workdps(400):
        wanted = mpmath.nstr(value(mpmath.mpf(x)), 15)
    assert mpmath.mpf(digits_of(text, 15, x=x)[0]) == mpmath.mpf(wanted)


def _third_of_cot(x: Any) -> Any:
    """The third derivative of pi cot(pi x), which polygamma's reflection has (DLMF 5.15.6)."""
    sine, cosine = mpmath.sin(mpmath.pi * x), mpmath.cos(mpmath.pi * x)
    return -2 * mpmath.pi**4 * (1 + 2 * cosine**2) / sine**4


def test_sinc_at_a_whole_number_is_exactly_0() -> None:
    assert digits_of("sinc(x)", 20, x="3")[0] == "0"
    assert digits_of("sinc(x)", 20, x="3")[1] == {"x": "-0.33333333333333333333"}
