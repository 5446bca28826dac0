"""`autodiff taylor`: coefficients against mpmath and python-flint, kinks and edges, formats, errors."""

import json
import math
import subprocess
import sys
from collections.abc import Callable
from fractions import Fraction
from math import factorial, inf, isfinite, pi

import pytest
from flint import arb_series, ctx
from mpmath import mp, mpf

from autodiff_cli.commands.exits import Exit
from autodiff_cli.errors import AutodiffError, UndefinedError
from autodiff_cli.language.parser import parse
from autodiff_cli.reports import taylor
from autodiff_cli.reports.results import Verdict
from autodiff_cli.reports.status import Status
from autodiff_cli.rules.numbers import needs_balls
from autodiff_cli.rules.table import FUNCTIONS, Function

from ..conftest import Result
from ..oracles import ORACLES
from ..rules.truth import is_refused, true_slope, true_value

Run = Callable[..., Result]

SMOOTH = [f for f in FUNCTIONS if any(partial != "0" for partial in f.partials)]
CASES = [
    pytest.param(function, at, index, id=f"{function.name}-{len(function.args)} {at} by {index}")
    for function in SMOOTH
    for at in function.at
    for index in range(len(at))
    if function.partial_by(index) not in ("0", "nan")
]


# Slow in mpmath
SLOW = {"gamma", "lgamma", "digamma", "polygamma", "spherical_jn", "beta", "lbeta", "binomial", "factorial"}


def written(function: Function, count: int) -> tuple[str, list[str]]:
    names = list("uvw"[:count])
    if function.symbol and function.name != "pow":
        return function.symbol.join(names if count > 1 else ["", names[0]]), names
    return f"{function.name}({', '.join(names)})", names


def true_coefficients(function: Function, at: tuple[float, ...], index: int, order: int, digits: int) -> list[mpf]:
    def along(x: mpf) -> mpf:
        return ORACLES[function.name].mpmath(*[mpf(a) for a in at[:index]], x, *[mpf(a) for a in at[index + 1 :]])

    with mp.workdps(digits):
        return mp.taylor(along, mpf(at[index]), order)  # type: ignore[no-any-return]


@pytest.mark.slow
@pytest.mark.parametrize(("function", "at", "index"), CASES)
def test_coefficients_of_every_function_are_mpmaths(function: Function, at: tuple[float, ...], index: int) -> None:
    text, names = written(function, len(at))
    point = dict(zip(names, at, strict=True))
    usual = all(1e-5 < abs(a) < 20 or a == 0 for a in at)
    digits = 60 if function.name in SLOW else 100 if usual else 400  # tanh(300) is within 10^-260 of 1
    if is_refused(function, index, index):
        with pytest.raises(UndefinedError, match="has no Taylor series: a function in it has no derivative there"):
            taylor.coefficients(parse(text), point, names[index], 12)
        return
    if needs_balls(function.name):  # mpmath's own have few digits, or are differences
        slopes = [true_slope(function, at, *[index] * k) / math.factorial(k) for k in (1, 2, 3)]
        coefficients = [true_value(function, at), *slopes]
    else:
        coefficients = true_coefficients(function, at, index, 12, digits)
    ours = taylor.coefficients(parse(text), point, names[index], len(coefficients) - 1)
    for k, (one, true) in enumerate(zip(ours, coefficients, strict=True)):
        assert one == pytest.approx(float(true), rel=3e-16, abs=0), f"order {k}"


# --- against python-flint's own series, and exact ones ----------------------------------------------------------------

COMPOSED: dict[str, Callable[[arb_series], arb_series]] = {
    "exp(sin(x))": lambda x: x.sin().exp(),
    "sin(x)^3 / (1 + x^2)": lambda x: x.sin() * x.sin() * x.sin() / (1 + x * x),
    "log(1 + sqrt(x)) * gamma(x)": lambda x: (1 + x.sqrt()).log() * x.gamma(),
    "atan(x)^2 + erf(x * cos(x))": lambda x: x.atan() * x.atan() + (x * x.cos()).erf(),
    "x^x": lambda x: (x * x.log()).exp(),
    "(1 + x)^pi": lambda x: ((1 + x).log() * ctx_pi()).exp(),
    "2^sin(x)": lambda x: (x.sin() * arb_series([2]).log()).exp(),
    "lgamma(x^2 + 1)": lambda x: (x * x + 1).lgamma(),
    "asin(x / 2) * acos(x / 3)": lambda x: (x / 2).asin() * (x / 3).acos(),
    "tan(x)^70": lambda x: (x.tan().log() * 70).exp(),
    "erfc(sqrt(x)) / x^5": lambda x: x.sqrt().erfc() / (x * x * x * x * x),
}


def ctx_pi() -> arb_series:
    return arb_series([4]) * arb_series([1]).atan()


@pytest.mark.parametrize("text", COMPOSED)
@pytest.mark.parametrize("at", [0.3, 1.25])
def test_coefficients_of_compositions_are_those_of_balls(text: str, at: float) -> None:
    order = 30
    ours = taylor.expand(parse(text), {"x": at}, ["x"], order)
    with ctx.workprec(1500):
        cap, ctx.cap = ctx.cap, order + 1
        try:
            found = COMPOSED[text](arb_series([at, 1]))
            true = [float(found[k].mid()) for k in range(order + 1)]
        finally:
            ctx.cap = cap
    assert [term.coefficient for term in ours.terms] == true
    assert {term.verdict for term in ours.terms} == {Verdict.OK}


@pytest.mark.parametrize(
    ("text", "at", "fractions"),
    [
        ("exp(sin(x))", 0, "1 1 1/2 0 -1/8 -1/15 -1/240"),
        ("sqrt(1 + x)", 0, "1 1/2 -1/8 1/16 -5/128"),
        ("1 / (1 - x - x^2)", 0, "1 1 2 3 5 8 13 21"),
        ("x / (2 - x)", 1, "1 2 2 2 2"),
        ("x^3", 0, "0 0 0 1 0"),
        ("x^3", 2, "8 12 6 1 0"),
        ("x^3 * x^1 * x^0", 1, "1 4 6 4 1 0"),
        ("x^100", 1, "1 100 4950 161700"),
        ("(x^2)^-1", 1, "1 -2 3 -4 5"),
        ("square(x) - fma(x, x, 1) + identity(x)", 3, "2 1 0 0"),
        ("tan(x)", 0, "0 1 0 1/3 0 2/15 0 17/315"),
        ("asin(x)", 0, "0 1 0 1/6 0 3/40"),
        ("max(x, 2, x) * clamp(x, 0, 9)", 3, "9 6 1 0"),
        ("where(x > 1, x^2, log(x - 5))", 2, "4 4 1 0"),
        ("max(x^2, sqrt(x - 4))", 5, "25 10 1 0"),
        ("floor(x) * x + mod(x, 3) - abs(-x)", 3.5, "15/2 3 0"),
        ("0.1 * x", 0.1, "1/100 1/10 0"),
        ("sign(x) + 7", 1, "8 0 0"),
        ("(1 + clamp(x, 0, 2))^-2 * 4", 1, "1 -1 3/4 -1/2 5/16"),
        ("sqrt(leaky_relu(clamp(x, -16, 16)))", 100, "4 0 0"),
    ],
)
def test_coefficients_that_are_fractions_are_exact(text: str, at: float, fractions: str) -> None:
    expected = fractions.split()
    found = taylor.expand(parse(text), {"x": at}, ["x"], len(expected) - 1, {"x": str(at)})
    assert [term.fraction for term in found.terms] == expected
    assert [term.derivative for term in found.terms] == [
        float(Fraction(one) * factorial(k)) for k, one in enumerate(expected)
    ]
    assert {term.verdict for term in found.terms} == {Verdict.OK}


def test_the_polynomial_reads_back() -> None:
    for at in ("0", "-0e1", "1", "-0.5", "pi/4", "1e-3", "1-2", "-1/2", "e", "+.5"):
        report = taylor.expand(parse("exp(sin(x))"), {"x": parse(at).evaluate()}, ["x"], 12, {"x": at})
        near = parse(at).evaluate() + 0.01
        assert parse(report.polynomial).evaluate(x=near) == pytest.approx(math.exp(math.sin(near)), rel=1e-14)


def test_digits_that_no_float_has() -> None:
    report = taylor.expand(parse("exp(x)"), {"x": 0.1}, ["x"], 2, {"x": "0.1"}, 40)
    assert [term.coefficient for term in report.terms] == [
        "1.105170918075647624811707826490246668225",
        "1.105170918075647624811707826490246668225",
        "0.5525854590378238124058539132451233341123",
    ]
    assert report.terms[0].proven == "40 digits"


def test_every_digit_that_is_shown_is_decided() -> None:
    for k, term in enumerate(taylor.expand(parse("gamma(x)"), {"x": 2.5}, ["x"], 60, digits=5).terms):
        assert (isinstance(term.coefficient, str), isinstance(term.derivative, str)) == (True, True), f"order {k}"
        for digits in (term.coefficient, term.derivative):
            assert len(str(digits).partition("e")[0].strip("-0.").replace(".", "")) <= 5


def test_a_value_is_meant_as_it_is_typed() -> None:
    typed = taylor.expand(parse("sin(x)"), {"x": pi / 6}, ["x"], 1, {"x": "pi/6"}, 30)
    assert typed.terms[0].coefficient == "0.500000000000000000000000000000"
    as_float = taylor.expand(parse("sin(x)"), {"x": pi / 6}, ["x"], 1, digits=30)
    assert str(as_float.terms[0].coefficient).startswith("0.49999999999999995")


def test_a_zero_that_is_not_proven_is_not_claimed() -> None:
    report = taylor.expand(parse("sin(pi * x)"), {"x": 1}, ["x"], 3)
    assert [bool(term.proven.startswith("0 to within 1e-")) for term in report.terms] == [True, False, True, False]
    assert report.notes[0].startswith("orders 0, 2: 0 to within 1e-")
    assert taylor.coefficients(parse("sin(pi * x)"), {"x": 1}, "x", 2) == [0, -pi, 0]


def test_coefficients_beyond_floats_are_noted() -> None:
    report = taylor.expand(parse("exp(x)"), {"x": 0}, ["x"], 180)
    assert report.terms[170].derivative == 1
    assert report.terms[178].coefficient == 0
    assert report.terms[178].proven == "too small for a float"
    assert report.notes == ["orders 171, 172, 173, 174, 175, 176 and 4 more: the coefficient is too small for a float"]
    report = taylor.expand(parse("exp(1000 * x)"), {"x": 1}, ["x"], 1)
    assert report.terms[0].coefficient == inf
    assert (report.polynomial, report.status) == ("", Status.UNDEFINED)
    with pytest.raises(AutodiffError, match="order 0 is too large for a float"):
        taylor.coefficients(parse("exp(1000 * x)"), {"x": 1}, "x", 1)
    assert taylor.coefficients(parse("exp(1000 * x) / exp(1000)"), {"x": 1}, "x", 1) == [1, 1000]


@pytest.mark.slow
@pytest.mark.parametrize(
    "text", ["+".join(["sin(x)"] * 10_000), "*".join(["x"] * 50_000), "sin(" * 20_000 + "x" + ")" * 20_000]
)
def test_long_sums_products_and_chains_have_their_coefficients(text: str) -> None:
    found = taylor.coefficients(parse(text), {"x": 1.0}, "x", 3)
    assert all(map(isfinite, found))
    if text[0] == "x":
        assert found == [math.comb(50_000, k) for k in range(4)]


# --- the witness ------------------------------------------------------------------------------------------------------


def test_the_witness_catches_a_wrong_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    from autodiff_cli.exact import series

    right = series._formula

    def wrong(function: Function, index: int) -> Callable[..., object]:
        formula = right(function, index)
        if function.name != "cosh":
            return formula
        return lambda *args: formula(*args) * (1 + 2.0**-20)

    monkeypatch.setattr(series, "_formula", wrong)
    report = taylor.expand(parse("sinh(x)"), {"x": 1}, ["x"], 6)
    assert [term.verdict.value for term in report.terms] == ["ok", "ok", *["mismatch"] * 5]
    assert report.status is Status.MISMATCH


def test_at_the_edge_of_a_domain_values_decide_nothing() -> None:
    report = taylor.expand(parse("max(x^2, sqrt(x - 4))"), {"x": 4}, ["x"], 3)
    assert [term.coefficient for term in report.terms] == [16, 8, 1, 0]
    assert {term.verdict for term in report.terms} == {Verdict.UNSURE}


def test_the_witness_gives_up_and_says_so() -> None:
    report = taylor.expand(parse("exp(x)"), {"x": 1}, ["x"], 500)
    assert {term.verdict for term in report.terms} == {Verdict.UNSURE}
    assert report.notes[0].startswith("the series is too long to check")


# --- several variables ------------------------------------------------------------------------------------------------

BIVARIATE: list[tuple[str, Callable[[mpf, mpf], mpf], float, float]] = [
    ("exp(x)*sin(y)", lambda x, y: mp.exp(x) * mp.sin(y), 0.0, 0.0),
    ("exp(x*y)/(1 + x^2)", lambda x, y: mp.exp(x * y) / (1 + x**2), 0.5, -1.0),
    ("log(1 + x + y^2)", lambda x, y: mp.log(1 + x + y**2), 0.25, 0.75),
    ("x^y", lambda x, y: x**y, 2.0, 1.5),
    ("sqrt(x^2 + y^2)", lambda x, y: mp.sqrt(x**2 + y**2), 3.0, 4.0),
    ("atan2(y, x)", lambda x, y: mp.atan2(y, x), 1.0, 2.0),
    ("(x - y)^5", lambda x, y: (x - y) ** 5, 1.0, 1.0),
]


@pytest.mark.parametrize(("text", "function", "x", "y"), BIVARIATE, ids=[text for text, *_ in BIVARIATE])
@pytest.mark.parametrize("flint", [True, False])
def test_coefficients_in_two_variables_are_mpmaths_mixed_derivatives(
    text: str, function: Callable[[mpf, mpf], mpf], x: float, y: float, flint: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(taylor, "available", lambda: flint)
    report = taylor.expand(parse(text), {"x": x, "y": y}, ["x", "y"], 4)
    assert len(report.terms) == 15
    for term in report.terms:
        i, j = term.powers
        with mp.workdps(60):
            true = mp.diff(function, (mpf(x), mpf(y)), (i, j)) if term.order else function(mpf(x), mpf(y))
        assert term.derivative == pytest.approx(float(true), rel=1e-15 if flint else 1e-12, abs=1e-13), term.powers
        assert isinstance(term.coefficient, float)
        assert term.derivative == pytest.approx(term.coefficient * factorial(i) * factorial(j), rel=1e-15)
        assert term.verdict is (Verdict.OK if flint else Verdict.UNSURE)


def test_a_plane_and_a_quadratic_form_have_the_terms_of_their_order() -> None:
    at = {"x": 0.0, "y": 0.0}
    assert taylor.expand(parse("exp(x)*sin(y)"), at, ["x", "y"], 1).polynomial == "y"
    found = taylor.expand(parse("exp(x)*cos(y)"), at, ["x", "y"], 2)
    assert found.polynomial == "1 + x + x^2 / 2 - y^2 / 2"
    assert [term.fraction for term in found.terms] == ["1", "1", "0", "1/2", "0", "-1/2"]


def test_a_polynomial_in_three_variables_is_all_of_its_terms_at_any_point() -> None:
    report = taylor.expand(parse("x*y*z + x^2*z"), {"x": 1, "y": 2, "z": 3}, ["x", "y", "z"], 4)
    near = {"x": 1.25, "y": 0.5, "z": -2.0}
    assert parse(report.polynomial).evaluate(**near) == parse("x*y*z + x^2*z").evaluate(**near)
    assert {term.verdict for term in report.terms} == {Verdict.OK}
    assert {term.proven for term in report.terms} == {"exact"}


def test_the_witness_catches_a_wrong_rule_in_two_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    from autodiff_cli.exact import series

    right = series._formula

    def wrong(function: Function, index: int) -> Callable[..., object]:
        formula = right(function, index)
        return formula if function.name != "sin" else lambda *args: formula(*args) * (1 + 2.0**-20)

    monkeypatch.setattr(series, "_formula", wrong)
    report = taylor.expand(parse("x + sin(y)"), {"x": 1, "y": 1}, ["x", "y"], 2)
    off = [report.monomial(term) for term in report.terms if term.verdict is Verdict.MISMATCH]
    assert "y" in off
    assert "x" not in off


def test_a_kink_in_one_of_two_variables_is_pointed_at() -> None:
    with pytest.raises(UndefinedError, match=r"abs\(y\) has no Taylor series where y = 0: it has a kink or jumps"):
        taylor.expand(parse("x + abs(y)"), {"x": 0, "y": 0}, ["x", "y"], 2)


@pytest.mark.parametrize(
    ("arguments", "around", "polynomial"),
    [
        (("exp(x)*y", "x=0", "y=2", "--order", "1"), "x = 0, y = 2", "2 + 2 * x + (y - 2)"),
        (("exp(x)*y", "x=0", "y=2", "--wrt", "x", "--order", "1"), "x = 0, y = 2", "2 + 2 * x"),
        (("exp(x)*y", "--at", "x=0", "y=2", "--order", "1"), "x = 0, y = 2", "2 + 2 * x"),
        (("exp(x)*y", "--at", "x=0,y=2", "--order", "1"), "x = 0, y = 2", "2 + 2 * x + (y - 2)"),
        (("exp(x)*y", "y=2", "--at", "1-1", "--order", "1"), "x = 0, y = 2", "2 + 2 * (x - (1-1))"),
        (("exp(x)*y", "y=2", "--order", "1"), "x = 0, y = 2", "2 + 2 * x"),
        (("y = 2; exp(x)*y", "--order", "1"), "x = 0, y = 2", "2 + 2 * x"),
        (("ax + x", "--at", "x=1", "a=2", "--order", "1"), "x = 1, a = 2", "3 + 3 * (x - 1)"),
        (("x^2", "--at", "2", "--order", "2"), "x = 2", "4 + 4 * (x - 2) + (x - 2)^2"),
        (("sin(x)", "--at", "pi/2", "--order", "0"), "x = 1.5707963267948966", "1"),
        (("exp(x)", "--order", "2"), "x = 0", "1 + x + x^2 / 2"),
    ],
)
def test_the_variables_of_the_series_are_told_from_parameters(
    autodiff: Run, arguments: tuple[str, ...], around: str, polynomial: str
) -> None:
    result = autodiff("taylor", *arguments)
    assert f" around {around}\n{polynomial}\n" in result.out


def test_a_series_without_a_point_says_that_it_is_around_0(autodiff: Run) -> None:
    result = autodiff("taylor", "exp(x)*sin(y)", "--format", "json", "--order", "1")
    assert result.err == "note: no value for x, y: the series is around x = 0, y = 0\n"
    found = json.loads(result.out)
    assert found["notes"] == ["no value for x, y: the series is around x = 0, y = 0"]
    assert (found["variables"], found["powers"], found["term"]) == (
        ["x", "y"],
        [[0, 0], [1, 0], [0, 1]],
        ["1", "x", "y"],
    )
    assert found["coefficient"] == [0, 0, 1]


def test_a_term_of_several_variables_is_found_by_its_powers(autodiff: Run) -> None:
    result = autodiff("taylor", "x^2*y", "x=1", "y=1", "--only", "coefficient.x*y", "--only", "derivative.x^2*y")
    assert result.out == "2.0\n2.0\n"
    rows = autodiff("taylor", "x^2*y", "x=1", "y=1", "--format", "csv", "--order", "1").out.splitlines()
    assert [row.split(",")[:2] for row in rows] == [["term", "coefficient"], ["1", "1.0"], ["x", "2.0"], ["y", "1.0"]]
    lines = autodiff("taylor", "x^2*y", "x=1", "y=1", "--order", "1").out.splitlines()
    assert lines[4].split() == ["1", "1", "1", "ok"]


# --- removable singularities ------------------------------------------------------------------------------------------

PATCHED = [
    ("sin(x)/x", 0, "1 0 -1/6 0 1/120"),
    ("(1 - cos(x))/x^2", 0, "1/2 0 -1/24 0 1/720"),
    ("(exp(x) - 1)/x", 0, "1 1/2 1/6 1/24 1/120"),
    ("x/tan(x)", 0, "1 0 -1/3 0 -1/45"),
    ("ln(1 + x)/x", 0, "1 -1/2 1/3 -1/4 1/5"),
    ("(sin(x) - x)/x^3", 0, "-1/6 0 1/120 0 -1/5040"),
    ("x*cot(x)", 0, "1 0 -1/3 0 -1/45"),
    ("(1 - cos(x))*x^-2", 0, "1/2 0 -1/24"),
    ("1/x - 1/sin(x)", 0, "0 -1/6 0 -7/360"),
    ("coth(x) - 1/x", 0, "0 1/3 0 -1/45 0 2/945"),
    ("x/(exp(x) - 1)", 0, "1 -1/2 1/12 0 -1/720"),
    ("sqrt(sin(x)/x)", 0, "1 0 -1/12 0 1/1440"),
    ("sin(sin(x)/x - 1)/x^2", 0, "-1/6 0 1/120 0 13/22680"),
    ("(1 - cos(x^50))/x^100", 0, "1/2 0 0 0"),
    ("log(x)/(x - 1)", 1, "1 -1/2 1/3 -1/4"),
    ("(x^3 - 8)/(x - 2)", 2, "12 6 1 0"),
    ("(x - x)/x", 0, "0 0 0"),
]


@pytest.mark.parametrize(("text", "at", "fractions"), PATCHED)
@pytest.mark.parametrize("flint", [True, False])
def test_a_removable_singularity_has_its_series_and_a_note(
    text: str, at: float, fractions: str, flint: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(taylor, "available", lambda: flint)
    expected = [*map(Fraction, fractions.split())]
    found = taylor.expand(parse(text), {"x": at}, ["x"], len(expected) - 1, {"x": str(at)})
    assert [term.coefficient for term in found.terms] == pytest.approx([*map(float, expected)], rel=1e-12, abs=1e-15)
    assert "has no value where x = " in found.notes[0]
    if flint:
        assert [term.fraction for term in found.terms] == fractions.split()
        assert {term.verdict for term in found.terms} == {Verdict.OK}


def test_a_removable_singularity_has_as_many_proven_digits_as_are_asked_for() -> None:
    found = taylor.expand(parse("erf(x)/x"), {"x": 0}, ["x"], 2, {"x": "0"}, 30)
    with mp.workdps(40):
        true = mp.nstr(2 / mp.sqrt(mp.pi), 30)
    assert found.terms[0].coefficient == true


def test_a_removable_singularity_is_said_as_a_user_sees_it(autodiff: Run) -> None:
    result = autodiff("taylor", "sin(x)/x", "--at", "0", "--order", "2")
    assert result.err == "note: sin(x) / x has no value where x = 0; the series has its limit there, 1\n"
    assert result.out.splitlines()[1] == "1 - x^2 / 6"
    assert result.code == Exit.OK


@pytest.mark.parametrize(
    ("text", "polynomial"),
    [
        ("sin(x*y)/(x*y)", "1 - x^2 * y^2 / 6"),
        ("(x^2 - y^2)/(x - y)", "x + y"),
        ("(exp(x + y) - 1)/(x + y)", "1 + x / 2 + y / 2 + x^2 / 6 + x * y / 3 + y^2 / 6"),
    ],
)
def test_a_removable_singularity_in_two_variables_has_its_series(text: str, polynomial: str) -> None:
    order = 4 if "^4" in polynomial or "^2 * y^2" in polynomial else 2
    found = taylor.expand(parse(text), {"x": 0, "y": 0}, ["x", "y"], order)
    assert found.polynomial == polynomial
    assert {term.verdict for term in found.terms} == {Verdict.OK}


@pytest.mark.parametrize(
    ("text", "at", "fractions"),
    [
        ("where(x == 0, 1, sin(x)/x)", 0, "1 0 -1/6 0 1/120"),
        ("where(x != 0, sin(x)/x, 1)*exp(x)", 0, "1 1 1/3"),
        ("where(x == 1, 1, x^2)", 1, "1 2 1 0"),
        ("where(2 == 2*x, 1, log(x)/(x - 1))", 1, "1 -1/2 1/3"),
    ],
)
@pytest.mark.parametrize("flint", [True, False])
def test_a_branch_for_a_single_point_leaves_the_series_of_the_other(
    text: str, at: float, fractions: str, flint: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(taylor, "available", lambda: flint)
    expected = [float(Fraction(one)) for one in fractions.split()]
    found = taylor.expand(parse(text), {"x": at}, ["x"], len(expected) - 1)
    assert [term.coefficient for term in found.terms] == pytest.approx(expected, rel=1e-14, abs=1e-16)
    assert found.notes[0].endswith(f"has a branch for x = {at} alone; the series is that of the other")


@pytest.mark.parametrize(
    "text",
    ["where(x == 0, 2, sin(x)/x)", "where(x == 0, 0, 1/x)", "where(x > 0, x, 2*x)", "where(x == 0, 1, abs(x)/x)"],
)
def test_a_branch_for_a_single_point_that_jumps_has_no_series(text: str) -> None:
    with pytest.raises(UndefinedError, match=r"x (==|>) 0 has no Taylor series where x = 0: it has a kink or jumps"):
        taylor.expand(parse(text), {"x": 0}, ["x"], 4)


@pytest.mark.parametrize("text", ["1/x", "cos(x)/x", "abs(x)/x", "sqrt(x)/x", "x/x^2", "x/(x - x)", "1/x + 1/sin(x)"])
@pytest.mark.parametrize("flint", [True, False])
def test_a_pole_is_refused_in_words(text: str, flint: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(taylor, "available", lambda: flint)
    with pytest.raises(UndefinedError, match=r"a / b needs b != 0; here b = "):
        taylor.expand(parse(text), {"x": 0}, ["x"], 4)


def test_a_quotient_that_depends_on_the_direction_is_refused() -> None:
    with pytest.raises(UndefinedError, match=r"a / b needs b != 0"):
        taylor.expand(parse("x*y/(x^2 + y^2)"), {"x": 0, "y": 0}, ["x", "y"], 2)


def test_what_is_outside_its_domain_beside_a_removable_singularity_is_refused(autodiff: Run) -> None:
    result = autodiff("taylor", "sin(x)/x + log(x - 1)", "x=0")
    assert "log(x) needs x > 0; here x = x - 1 = -1" in result.err
    assert (result.code, result.out) == (Exit.UNDEFINED, "")


# --- without python-flint ---------------------------------------------------------------------------------------------


@pytest.fixture
def _floats(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(taylor, "available", lambda: False)


@pytest.mark.usefixtures("_floats")
@pytest.mark.parametrize(("function", "at", "index"), [case for case in CASES if not needs_balls(case.values[0].name)])
def test_coefficients_of_every_function_in_floats_are_near_and_unsure(
    function: Function, at: tuple[float, ...], index: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    text, names = written(function, len(at))
    point = dict(zip(names, at, strict=True))
    floats = taylor.expand(parse(text), point, names[index], 5)
    assert {(term.proven, term.verdict) for term in floats.terms} == {("", Verdict.UNSURE)}
    assert floats.notes[0].startswith("nothing here is proven or checked: that needs python-flint")
    monkeypatch.undo()
    true = taylor.coefficients(parse(text), point, names[index], 5)
    for term, one in zip(floats.terms, true, strict=True):
        assert term.coefficient == pytest.approx(one, rel=1e-9, abs=1e-15 * max(map(abs, true))), f"order {term.order}"


@pytest.mark.usefixtures("_floats")
def test_floats_that_overflow() -> None:
    report = taylor.expand(parse("exp(1e60 * x)"), {"x": 0}, ["x"], 8)
    assert [term.coefficient is None for term in report.terms] == [k > 5 for k in range(9)]
    assert "orders 6, 7, 8: too large for floats on the way" in report.notes


# --- where there is no series -----------------------------------------------------------------------------------------

NONE = [
    ("2 + abs(x)", 0, "abs(x) has no Taylor series where x = 0: it has a kink or jumps", (4, 10)),
    ("abs(x) * x", 0, "abs(x) has no Taylor series where x = 0: it has a kink or jumps", (0, 6)),
    ("max(x, 2*x)", 0, "max(x, 2 * x) has no Taylor series where x = 0, 2 * x = 0: it has a kink or jumps", (0, 11)),
    ("min(x, 1, 3)", 1, "min(x, 1, 3) has no Taylor series where x = 1: it has a kink or jumps", (0, 12)),
    ("relu(x)", 0, "relu(x) has no Taylor series where x = 0: it has a kink or jumps", (0, 7)),
    ("leaky_relu(x)", 0, "leaky_relu(x) has no Taylor series where x = 0: it has a kink or jumps", (0, 13)),
    ("clamp(x, 0, 1)", 1, "clamp(x, 0, 1) has no Taylor series where x = 1: it has a kink or jumps", (0, 14)),
    ("copysign(2, x)", 0, "copysign(2, x) has no Taylor series where x = 0: it has a kink or jumps", (0, 14)),
    ("floor(x)", 2, "floor(x) has no Taylor series where x = 2: it has a kink or jumps", (0, 8)),
    ("round(x)", 2.5, "round(x) has no Taylor series where x = 2.5: it has a kink or jumps", (0, 8)),
    ("mod(x, 3)", 6, "mod(x, 3) has no Taylor series where x = 6: it has a kink or jumps", (0, 9)),
    ("x * (x < 2)", 2, "x < 2 has no Taylor series where x = 2: it has a kink or jumps", (7, 8)),
    ("where(x, 1, 2)", 0, "where(x, 1, 2) has no Taylor series where x = 0: it has a kink or jumps", (0, 14)),
    ("where(x >= 1, x^2, x)", 1, "x >= 1 has no Taylor series where x = 1: it has a kink or jumps", (8, 10)),
    ("copysign(max(3, 2) - relu(x), 5)", 0, "relu(x) has no Taylor series where x = 0: it has a kink or", (21, 28)),
    ("acot(x)", 0, "acot(x) has no Taylor series where x = 0: it has a kink or jumps", (0, 7)),
    ("atan2(x, -1)", 0, "atan2(x, -1) has no Taylor series where x = 0: it has a kink or jumps", (0, 12)),
    ("3 * sqrt(x)", 0, "sqrt(x) has no Taylor series where x = 0: its slope is ", (4, 11)),
    ("cbrt(x)", 0, "cbrt(x) has no Taylor series where x = 0: its slope is ", (0, 7)),
    ("asin(x)", 1, "asin(x) has no Taylor series where x = 1: its slope is ", (0, 7)),
    ("hypot(x, 0)", 0, "hypot(x, 0) has no Taylor series where x = 0: its slope is ", (0, 11)),
    ("x^1.5", 0, "x^1.5 has no Taylor series where x = 0: only whole powers, of 0 and more,", (1, 2)),
    ("x^(1 + x)", 0, "x^(1 + x) has no Taylor series where x = 0, 1 + x = 1: only whole powers", (1, 2)),
    ("1 / x", 0, "a / b needs b != 0; here b = x = 0", (2, 3)),
    ("2 * log(x)", -1, "log(x) needs x > 0; here x = -1", (4, 10)),
]


@pytest.mark.parametrize(("text", "at", "message", "span"), NONE)
@pytest.mark.parametrize("flint", [True, False])
def test_where_there_is_no_series_the_step_is_pointed_at(
    text: str, at: float, message: str, span: tuple[int, int], flint: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(taylor, "available", lambda: flint)
    with pytest.raises(AutodiffError) as caught:
        taylor.expand(parse(text), {"x": at}, ["x"], 4)
    assert caught.value.message.startswith(message)
    assert (caught.value.span, type(caught.value)) == (span, UndefinedError)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        *[("abs(x)", 1e-300), ("max(x, 1)", 1.0000000000000002), ("floor(x)", 1.999999999999999), ("mod(x, 3)", 6.5)],
        *[
            ("trunc(x)", 0),
            ("fmod(x, 2)", 0),
            ("atan2(x, 0.001)", 0),
            ("where(x > 0, x, sqrt(x))", 1),
            ("max(x, x)", 0),
        ],
        *[("hypot(relu(-x), x)", 1), ("abs(x - 1e-300)", 0), ("softplus(3000 - x / 3)", 0.1), ("erf(x^70)", -2)],
        *[("asin(x)", 0.9999999999999999), ("sqrt(x)", 5e-324), ("relu(x)", -5e-324), ("clamp(x, 0, 1)", 2)],
    ],
)
@pytest.mark.parametrize("flint", [True, False])
def test_beside_a_kink_all_is_well(text: str, at: float, flint: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(taylor, "available", lambda: flint)
    report = taylor.expand(parse(text), {"x": at}, ["x"], 6)
    assert Verdict.MISMATCH not in [term.verdict for term in report.terms]


def test_a_kink_that_no_precision_decides_is_refused() -> None:
    with pytest.raises(AutodiffError, match=r"abs\(sin\(x\)\) has no Taylor series .* not decided by [\d,]+ bits"):
        taylor.expand(parse("abs(sin(x))"), {"x": pi}, ["x"], 4, {"x": "pi"})


# --- the command ------------------------------------------------------------------------------------------------------


def test_the_polynomial_stands_above_a_table_of_orders(autodiff: Run) -> None:
    result = autodiff("taylor", "exp(sin(x))", "--x", "0")
    assert (result.code, result.err) == (0, "")
    assert result.out.splitlines()[:2] == [
        "exp(sin(x)) around x = 0",
        "1 + x + x^2 / 2 - x^4 / 8 - x^5 / 15 - x^6 / 240",
    ]
    assert result.out.splitlines()[2].split() == ["order", "coefficient", "fraction", "derivative", "verdict"]
    assert result.out.splitlines()[-1].split() == ["6", "-0.004166666667", "-1/240", "-3", "ok"]


@pytest.mark.parametrize("columns", [40, 60, 80, 160])
def test_the_table_fits_the_width(autodiff: Run, monkeypatch: pytest.MonkeyPatch, columns: int) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    lines = autodiff("taylor", "exp(sin(x))", "--x", "1", "--order", "20").out.splitlines()
    rows = [line for line in lines[1:] if line.split()[:1] in [[str(k)] for k in range(21)]]
    assert len(rows) == 21
    assert max(map(len, rows)) <= columns


def test_json_has_a_list_of_each_column(autodiff: Run) -> None:
    answer = autodiff("taylor", "a*sin(x)", "x=0", "a=2", "--wrt", "x", "--order", "3", "--format", "json").json
    assert list(answer) == [
        *("expression", "variable", "point", "polynomial", "coefficient", "derivative"),
        *("fraction", "proven", "estimate", "verdict", "notes"),
    ]
    assert answer["point"] == {"a": 2, "x": 0}
    assert answer["polynomial"] == "2 * x - x^3 / 3"
    assert answer["coefficient"] == [0, 2, 0, -1 / 3]
    assert answer["derivative"] == [0, 2, 0, -2]
    assert answer["fraction"] == ["0", "2", "0", "-1/3"]
    assert answer["proven"] == ["exact", "exact", "exact", "17 digits"]
    assert answer["estimate"] == pytest.approx([0, 2, 0, -1 / 3], abs=1e-15)
    assert answer["verdict"] == ["ok"] * 4


def test_json_has_no_bare_words(autodiff: Run) -> None:
    result = autodiff("taylor", "exp(1000*x)", "x=1", "--order", "1", "--format", "json")
    answer = json.loads(result.out, parse_constant=lambda word: pytest.fail(f"bare {word}"))
    assert (answer["coefficient"], answer["polynomial"]) == (["inf", "inf"], None)
    assert result.code == Exit.UNDEFINED


@pytest.mark.parametrize(("format_", "separator"), [("csv", ","), ("tsv", "\t")])
def test_rows_for_programs_have_a_line_an_order(autodiff: Run, format_: str, separator: str) -> None:
    lines = autodiff("taylor", "sin(x)", "x=1", "--order", "2", "--format", format_).out.splitlines()
    assert lines[0].split(separator) == [
        *("order", "coefficient", "derivative", "fraction", "proven", "estimate", "verdict")
    ]
    assert [line.split(separator)[0] for line in lines[1:]] == ["0", "1", "2"]
    assert float(lines[1].split(separator)[1]) == math.sin(1)


@pytest.mark.parametrize(
    ("what", "printed"),
    [
        ("polynomial", "1 + x + x^2 / 2"),
        ("coefficient.2", "0.5"),
        ("derivative.2", "1.0"),
        ("verdict.0", "ok"),
        ("fraction.2", "1/2"),
        ("point.x", "0.0"),
    ],
)
def test_only_prints_one_thing_bare(autodiff: Run, what: str, printed: str) -> None:
    assert autodiff("taylor", "exp(x)", "x=0", "--order", "2", "--only", what).out == f"{printed}\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ("exp(x)", "x=0", "--order", "-1"),
            "error: --order takes a whole number from 0 to 1,000, not -1\n  = as in --order 6",
        ),
        (("exp(x)", "x=0", "--order", "1.5"), "error: --order takes a whole number from 0 to 1,000, not 1.5"),
        (
            ("exp(x)", "x=0", "--order", "9" * 50),
            f"error: --order takes a whole number from 0 to 1,000, not {'9' * 40}",
        ),
        (("exp(x)", "x=0", "--order", ""), "error: --order takes a whole number from 0 to 1,000, not nothing"),
        (("exp(x)", "x=0", "--digits", "0"), "error: --digits takes a whole number from 1 to 10,000, not 0"),
        (
            ("a*x", "x=0", "a=1", "--order", "99"),
            "error: 5,050 terms are more than 5,000\n  = lower the order, or name fewer variables: --wrt x,y",
        ),
        (("a*x", "--wrt", "x"), "error: no value for a\n"),
        (("a*x", "--at", "x=0"), "error: no value for a\n"),
        (("a*x", "--at", "2"), "error: --at takes NAME=VALUE, not 2\n  = as in --at a=2,x=2"),
        (("a*xx", "xx=0", "a=1", "--wrt", "x"), "error: the expression has no variable 'x' to expand by"),
        (("2 + 3",), "error: the expression has no variable to expand by"),
        (
            ("exp(x)", "x=0", "--only", "coefficient.7"),
            "error: there is no 'coefficient.7' in the result\n  = the orders are 0 to 6",
        ),
        (
            ("exp(x)", "x=0", "--only", "coefficients.2"),
            "error: there is no 'coefficients.2' in the result\n  = did you mean 'coefficient'?",
        ),
        (
            ("exp(x)", "x=0", "--only", "coefficient"),
            "error: 'coefficient' is not one number\n  = as in --only coefficient.0",
        ),
        (
            ("exp(x)", "x=0", "--only", "polynomial.1"),
            "error: there is no 'polynomial.1' in the result\n  = polynomial is one number or word",
        ),
    ],
)
def test_what_taylor_cannot_use_is_refused_in_words(autodiff: Run, arguments: tuple[str, ...], message: str) -> None:
    result = autodiff("taylor", *arguments)
    assert result.err.startswith(message)
    assert (result.code, result.out) == (Exit.UNUSABLE, "")


def test_no_series_as_a_user_sees_it(autodiff: Run) -> None:
    result = autodiff("taylor", "2 + abs(x)", "x=0")
    assert result.err == (
        "error: abs(x) has no Taylor series where x = 0: it has a kink or jumps\n  │ 2 + abs(x)\n  │     ^^^^^^\n"
    )
    assert (result.code, result.out) == (Exit.UNDEFINED, "")


def test_a_plain_run_loads_no_more_than_it_uses() -> None:
    code = (
        "import sys; from autodiff_cli.commands.group import run; run(['taylor', 'sin(x)', 'x=1', '--format', 'json']);"
        "print(*sorted(sys.modules), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    loaded = done.stderr.split()
    assert not {"numpy", "scipy", "mpmath", "sympy", "rich"} & set(loaded)
