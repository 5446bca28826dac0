"""Code as text: what Python, C, Fortran, Excel, MATLAB and Mathematica write, read as they mean it and noted."""

from collections.abc import Callable
from math import e, pi

import pytest

from autodiff_cli.errors import AutodiffError
from autodiff_cli.language.foreign import FUNCTIONS
from autodiff_cli.language.parser import parse
from autodiff_cli.language.scope import CALLABLE

from ..conftest import Result

Run = Callable[..., Result]


@pytest.mark.parametrize(
    ("text", "given", "read"),
    [
        ("math.sin(x) * math.pi", "x", "sin(x) * pi"),
        ("np.exp(-x**2) + np.maximum(x, y)", "x y", "exp(-x^2) + max(x, y)"),
        ("torch.tanh(a*b + c)", "a b c", "tanh(a * b + c)"),
        ("torch.nn.functional.relu(x) + F.silu(x)", "x", "relu(x) + silu(x)"),
        ("math.e * x + np.e", "x", "e * x + e"),
        ("x**2 if x > 0 else -x", "x", "where(x > 0, x^2, -x)"),
        ("1 if x > 1 else 2 if x > 0 else 3", "x", "where(x > 1, 1, where(x > 0, 2, 3))"),
        ("x > 0 ? x*x : -x", "x", "where(x > 0, x * x, -x)"),
        ("2*(x > 1 ? 1 : x < 0 ? 2 : 3)", "x", "2 * where(x > 1, 1, where(x < 0, 2, 3))"),
        ("1.5f*sinf(x) + powf(x, 2.0f)", "x", "1.5 * sin(x) + x^2.0"),
        ("std::exp(x) + M_PI + M_LN2", "x", "exp(x) + pi + 0.6931471805599453"),
        ("Math.pow(x, 3) + Math.PI*Math.E", "x", "x^3 + pi * e"),
        ("1.5d0*x + 2.5D-3", "x", "1.5e0 * x + 2.5e-3"),
        ("DSQRT(x)", "x", "sqrt(x)"),
        ("=A1^2*SIN(A1)", "A1", "A1^2 * sin(A1)"),
        ("=-$A$1^2 + LOG(B2)", "A1 B2", "(-A1)^2 + log10(B2)"),
        ("=IF(AND(A1>1;A1<>2);1;SUM(A1;2;3))", "A1", "where(A1 > 1 and A1 != 2, 1, A1 + 2 + 3)"),
        ("=2^-A1^2", "A1", "(2^-A1)^2"),
        ("=2^50%*A1 + 3%", "A1", "2^(50 / 100) * A1 + 3 / 100"),
        ("D[Sin[x] y, x]", "x y", "y * cos(x)"),
        ("D[x + 1]", "D x", "D * (x + 1)"),
        ("=IF(a1>1,5;MAX(A1;2,5);1)", "A1", "where(A1 > 1.5, max(A1, 2.5), 1)"),
        ("=IFS(A1>1;1;A1=1;2)", "A1", "where(A1 > 1, 1, where(A1 == 1, 2, 0 / 0))"),
        ("=ATAN2(A1,B1)*PI()", "A1 B1", "atan2(B1, A1) * pi"),
        ("x.^2 .* sin(x) ./ 3 + pi()", "x", "x^2 * sin(x) / 3 + pi"),
        ("Sin[x]^2 + Log[2, x] + ArcTan[x, y]", "x y", "sin(x)^2 + log(x, 2) + atan2(y, x)"),
        ("If[x > 0, 1, Pi]", "x", "where(x > 0, 1, pi)"),
        ("E^x Cos[x] + Exp[2 x y]", "x y", "e^x * cos(x) + exp(2 * x * y)"),
        ("Piecewise[{{x, x > 0}, {2, x < -1}}]", "x", "where(x > 0, x, where(x < -1, 2, 0))"),
        ("Which[x > 0, x, True, 2]", "x", "where(x > 0, x, 2)"),
        ("1.5*^-3 x (* a comment *)", "x", "1.5e-3 * x"),
        (
            "Piecewise((x**2, x > 0), ((x + 1)*2, x < -1), (0, True))",
            "x",
            "where(x > 0, x^2, where(x < -1, (x + 1) * 2, 0))",
        ),
        ("Pow(Symbol('x', real=True), Rational(1, 2))", "x", "x^(1 / 2)"),
        ("x > 1 || !(y > 2) && x ~= 3", "x y", "x > 1 or not y > 2 and x != 3"),
        ("||x| - |y||", "x y", "abs(abs(x) - abs(y))"),
        ("~(x > 1).*x", "x", "(not x > 1) * x"),
        ("np.where(np.logical_and(x > 0, x < 1), 1, 2)", "x", "where(x > 0 and x < 1, 1, 2)"),
        ("np.remainder(x, 2)", "x", "mod(x, 2)"),
        ("const y = 1e-3f*x; /* twice */ return 2*y;", "x", "y = 1e-3 * x; 2 * y"),
        (r"\kappa I_1F(x)", "x", "kappa * I_1 * F * x"),
        ("x.GT.2 .or. 1.eq.x", "x", "x > 2 or 1 == x"),
        (".not. x .eqv. .true.", "x", "not x == 1"),
        ("sqrt.(x)", "x", "sqrt(x)"),
        ("x .gt. 1 .and. .not. x.ge.2.5", "x", "x > 1 and not x >= 2.5"),
        ("dexp(-x) + dmax1(x, 1.5_dp)", "x", "exp(-x) + max(x, 1.5)"),
        ("d*x + dexp(x)", "d x", "d * x + d * exp(x)"),
        ("@. sin.(x) .+ 2x .^ 2", "x", "sin(x) + 2 * x^2"),
        ("std::f64::consts::PI * x", "x", "pi * x"),
        ("1/2 + x1F + M_A", "x1F M_A", "1 / 2 + x1F + M_A"),
        ("4/2*x + sinf(x)/2", "x", "4 / 2 * x + sin(x) / 2"),
        ("True*x + oo", "x", "1 * x + inf"),
        ("3x10^8*t + 1.5x10^-3", "t", "3e8 * t + 1.5e-3"),
        ("3x10^2", "x10", "3 * x10^2"),
        ("2.5d0", "d0", "2.5 * d0"),
        ("1.5f", "f", "1.5 * f"),
        ("0x10", "x10", "0 * x10"),
        ("if*x + else", "if x else", "if * x + else"),
    ],
)
def test_code_is_read_as_its_language_has_it(text: str, given: str, read: str) -> None:
    assert str(parse(text, given.split())) == read


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("LOG(x)", "write ln(x) for Fortran's LOG, log10(x) for Excel's"),
        ("0x10*x", "write 16 for the number, 0*x*10 for a product"),
        ("1.23(4)x", "write 1.23*4 for a product; a number with an uncertainty is the value of a name: x='1.23(4)'"),
        ("2.5d-3", "write 2.5e-3 for Fortran's number, 2.5*d -3 for a product"),
        ("0x" + "f" * 9000, "write it to base 10 for the number, 0*x*" + "f" * 9000 + " for a product"),
        ("0b101", "write 5 for the number, 0*b*101 for a product"),
        ("1/2*x + powf(x, 2)", "write 1.0/2 for the fraction, 0 for what C and Fortran make of it"),
        ("1.5d0*x**(1/3)", "write 1.0/3 for the fraction, 0 for what C and Fortran make of it"),
        ("y <- x^2", "write y = ... for R's assignment, y < -... for a comparison"),
        ("x.^2.^3", "write (a^b)^c for MATLAB's, a^(b^c) for Julia's and Python's"),
        ("(x.^2)'", "leave it out for MATLAB's transpose, write diff(..., x) for a derivative"),
        ("x[2] + 1", "write x2 for an element of a list, x*(2) for a product"),
        ("remainder(x, y)", "write mod(a, b) for NumPy's remainder, a - b*round(a/b) for C's and Python's"),
        ("INT(x)", "write trunc(x) for Fortran's INT, floor(x) for Excel's"),
        ("alog(x)", "write log(x) for Fortran's alog, a*log(x) for a product"),
        ("Sqr(x)", "write sqrt(x) for Basic's Sqr, x^2 for Pascal's"),
        ("(int)x", "write trunc(x), or leave it out"),
    ],
)
def test_what_two_languages_read_in_two_ways_is_refused_with_both(text: str, hint: str) -> None:
    with pytest.raises(AutodiffError) as caught:
        parse(text)
    assert caught.value.hint == hint


@pytest.mark.parametrize(
    "text",
    [
        *(
            "np.sin(x)",
            "powf(x, 2)",
            "1.5d0 x",
            "x if x > 0 else 1",
            "=A1",
            "Sin[x]",
            "3x10^8 x",
            "!(x > 1)",
            "E^Sin[x]",
        ),
        *(
            "return x",
            "(* a *) x",
            "x.gt.1",
            "sin.(x)",
            "1e-3f x",
            "Piecewise((x, True))",
            "True x",
            "dexp(x)",
            "x || A1",
        ),
    ],
)
def test_a_reading_of_code_is_noted(text: str) -> None:
    assert parse(text, ["x", "A1"]).notes


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("x *= 2", "a number, a name or '(' is needed here, not '='", "write x * 2 for the new value of x *= 2"),
        ("x.exp()", "cannot read '.exp'", "write exp(x)"),
        ("x mod 3", "mod between two values is not read", "write mod(a, b)"),
        ("x %/% 3", "cannot read '%/%'", "write floor(a/b)"),
        ("lambda x: x^2", "cannot read ':'", "write the formula alone, without lambda"),
        ("1 if x > 0", "the value for everywhere else is missing", "as in a if c else b, or c ? a : b"),
        ("[1 2 3]", "an operator is needed before this number", "a list is read one element at a time"),
        ("x \\ y", "a lone backslash", "write the formula without it"),
        ("=Sheet1!A1", "a cell of another sheet", "write a name for it: x1, rate"),
        ("np.arg(x)", "unknown function 'arg'", "define it, arg(x) = ..., or write arg*(...) for a product"),
        ("Sum(x**k, (k, 1, 3))", "unknown function 'Sum'", "as in sum(k, 1, 10, x^k), prod(k, 1, 10, x + k)"),
        ("math.hypot(x, y, z)", "hypot takes 2 arguments, not 3", "write norm(a, b, c)"),
    ],
)
def test_code_that_is_not_read_is_refused_with_what_to_write(text: str, message: str, hint: str) -> None:
    with pytest.raises(AutodiffError) as caught:
        parse(text)
    assert caught.value.message == message
    assert caught.value.hint.endswith(hint)


def test_every_name_is_of_a_function_or_will_be_refused_as_unknown() -> None:
    here = {name for spelling in FUNCTIONS.values() for name in spelling.names.values()}
    assert len(here & CALLABLE) > 50
    with pytest.raises(AutodiffError, match="unknown function"):
        parse("nothingf(x)")


@pytest.mark.parametrize("value", ["0.75±0.001", "0.75+-0.001", "12+/-3", "1.738(5)", "6.67430(15)e-11"])
def test_an_uncertain_value_is_refused_where_one_number_is_wanted(autodiff: Run, value: str) -> None:
    result = autodiff("taylor", "2x", f"x={value}")
    assert result.code == 2
    assert f"x = {value} is not one number" in result.err


@pytest.mark.parametrize(
    ("text", "part", "hint"),
    [
        ("10%", "%", "write 0.1 for 10%"),
        ("12.5 % * x", "%", "write 0.125 for 12.5%"),
        ("B2%", "%", "write B2/100 for B2%"),
        ("x%-1", "%", "write x/100 for x%"),
        ("x % y", "%", "write mod(x, y) for a remainder, x/100 for percent"),
        ("(a+b) % 3", "%", "write mod(a+b, 3) for a remainder, (a+b)/100 for percent"),
        ("=SUM(A1:A3)", "A1:A3", "write its cells one by one: A1, A2, A3, or A1 + A2 + A3 for their sum"),
        ("max(A1:B9)", "A1:B9", "write its cells one by one: A1, ..., B9, with commas, or + for their sum"),
        ("x.sin()", ".sin", "write sin(x)"),
        ("x.exp() + 1", ".exp", "write exp(x)"),
        ("(x+1).sqrt()", ".sqrt", "write sqrt(x+1)"),
        ("torch.tensor(x).sin()", ".sin", "write sin(x)"),
        ("x.pow(2)", ".pow", "write x ^ 2"),
        ("x.clamp(0, 1)", ".clamp", "write clamp(x, 0, 1)"),
        ("x.absolute()", ".absolute", "write abs(x)"),
        ("Numeric.sin(x)", ".sin", "write sin(x) without Numeric."),
        ("x.item()", ".item", "remove .item(): a value has no methods; a function goes around it, as in sin(x)"),
        ("spring.rate*x", ".rate", "write spring_rate: a name holds no point"),
        ("lambda x: x^2", ":", "write the formula alone, without lambda"),
        ("f = @(x, y) x^2", "@(x, y)", "write the formula alone, without @(x, y)"),
        ("scipy.stats.norm.cdf(x)", ".stats.norm.cdf", "write normcdf(x)"),
        ("=NORM.S.INV(A1)", ".S.INV", "write norminv(x)"),
        ("np.linalg.norm([x, y])", ".norm", "write norm(x, y)"),
    ],
)
def test_a_notation_that_is_not_read_is_refused_with_what_to_write(text: str, part: str, hint: str) -> None:
    with pytest.raises(AutodiffError) as caught:
        parse(text)
    assert caught.value.span is not None
    assert (text[slice(*caught.value.span)], caught.value.hint) == (part, hint)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        (r"\mathcal{L} x", r"\mathcal{L} is L: --L VALUE"),
        (r"\hat{\beta} x", r"\hat{\beta} is betahat: --betahat VALUE"),
        (r"\mathcal{L} \mathbf{v} x", r"\mathcal{L} is L, \mathbf{v} is v: --L VALUE --v VALUE"),
        (r"\sqrt{y} x", "give it one: --y VALUE or y=VALUE"),
    ],
)
def test_a_letter_in_a_font_without_a_value_is_told_its_name(autodiff: Run, text: str, hint: str) -> None:
    result = autodiff("eval", text, "x=2")
    assert result.err.endswith(f"\n  = {hint}\n")
    assert (result.code, result.out) == (2, "")


@pytest.mark.parametrize("text", ["math.e*e", "M_E*e", "2*torch.e + e", "E^x*Exp[x] + e"])
def test_another_languages_e_beside_a_variable_e_is_refused(text: str) -> None:
    with pytest.raises(AutodiffError, match="is the number e, and e is something else here") as raised:
        parse(text, ["e", "x"])
    assert raised.value.hint == "give e another name"


def test_another_languages_pi_beside_a_step_pi_is_refused() -> None:
    with pytest.raises(AutodiffError, match=r"np\.pi is the number pi, and pi is something else here"):
        parse("pi = 3; np.pi*pi*x")


def test_another_languages_constants_alone_are_the_numbers() -> None:
    assert [parse(text).evaluate() for text in ("np.pi", "Math.PI", "math.e", "M_E")] == [pi, pi, e, e]
