"""Code as text: what Python, C, Fortran, Excel, MATLAB and Mathematica write, read as they mean it and noted."""

from collections.abc import Callable

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
        ("=ATAN2(A1,B1)*PI()", "A1 B1", "atan2(B1, A1) * pi"),
        ("x.^2 .* sin(x) ./ 3 + pi()", "x", "x^2 * sin(x) / 3 + pi"),
        ("Sin[x]^2 + Log[2, x] + ArcTan[x, y]", "x y", "sin(x)^2 + log(x, 2) + atan2(y, x)"),
        ("If[x > 0, 1, Pi]", "x", "where(x > 0, 1, pi)"),
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
        ("=A1^B1^2", "write (a^b)^c or a^(b^c)"),
    ],
)
def test_what_two_languages_read_in_two_ways_is_refused_with_both(text: str, hint: str) -> None:
    with pytest.raises(AutodiffError) as caught:
        parse(text)
    assert caught.value.hint == hint


@pytest.mark.parametrize(
    "text", ["np.sin(x)", "powf(x, 2)", "1.5d0 x", "x if x > 0 else 1", "=A1", "Sin[x]", "3x10^8 x"]
)
def test_a_reading_of_code_is_noted(text: str) -> None:
    assert parse(text, ["x", "A1"]).notes


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
        ("f.(x)", ".", "write f(x) without the point; a function is of one number here"),
        ("x .and. y", ".and.", "write and"),
        ("x.GT.2", ".GT.", "write >"),
        ("1.eq.x", ".eq.", "write =="),
        (".not. x", ".not.", "write not"),
        (".true.", ".true.", "write 1"),
        ("lambda x: x^2", ":", "write the formula alone, without lambda"),
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
