"""Words: those that are several names, those that are one, and the names of functions, which are never variables."""

from collections.abc import Callable

import pytest

from autodiff_cli.errors import AutodiffError
from autodiff_cli.language.parser import parse

from ..conftest import Result

Run = Callable[..., Result]


@pytest.mark.parametrize(
    ("text", "given", "read"),
    [
        ("exp(-E/kT)", "E k T", "exp(-E / (k * T))"),
        ("hc/λkT", "h c λ k T", "h * c / (λ * k * T)"),
        ("E/mc^2", "E m c", "E / (m * c^2)"),
        ("A e^-kt", "A k t", "A * e^-(k * t)"),
        ("e^kt", "k t", "e^(k * t)"),
        ("√kT", "k T", "sqrt(k * T)"),
        ("1/xsinx", "x", "1 / (x * sin(x))"),
        ("1/2x", "x", "1 / 2 * x"),
        ("1/2kT", "k T", "1 / 2 * k * T"),
        ("a/b c", "a b c", "a / b * c"),
        ("1/k(T+1)", "k T", "1 / k * (T + 1)"),
    ],
)
def test_a_word_below_a_stroke_is_one_factor(text: str, given: str, read: str) -> None:
    assert str(parse(text, given.split())) == read


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("sin^(n-1)(x)", "sin(x)^(n - 1)"),
        ("cos^(n+1) x", "cos(x)^(n + 1)"),
        (r"\sin^{2n} x", "sin(x)^(2 * n)"),
        ("sin -x", "sin(-x)"),
        ("exp -x^2", "exp(-x^2)"),
        ("∛-27 x", "cbrt(-27) * x"),
        ("x ln2", "x * log(2)"),
        ("sin2x + sqrt2", "sin(2 * x) + sqrt(2)"),
        ("cos2x", "cos(2 * x)"),
        ("sin2pix", "sin(2 * pi * x)"),
        ("log2x", "log2(x)"),
        ("xsinx", "x * sin(x)"),
        ("xlnx", "x * log(x)"),
        ("sinxcosx", "sin(x) * cos(x)"),
        ("xsin(y)", "x * sin(y)"),
        ("signal + constant + minutes", "signal + constant + minutes"),
        ("PI x + Pi", "pi * x + pi"),
        ("E x", "E * x"),
    ],
)
def test_the_name_of_a_function_in_a_word_is_the_function(text: str, read: str) -> None:
    assert str(parse(text)) == read


@pytest.mark.parametrize("text", ["sin", "x^2*sin", "ln + 1", "x/exp"])
def test_the_name_of_a_function_alone_is_refused(text: str) -> None:
    with pytest.raises(AutodiffError, match="is a function, and has no argument here"):
        parse(text)


def test_a_value_makes_any_word_a_name() -> None:
    assert set(parse("xsinx + sin", ["xsinx", "sin"]).variables) == {"xsinx", "sin"}


@pytest.mark.parametrize(
    ("arguments", "out"),
    [
        (("diff", "ax^2+bx+c", "--wrt", "x"), "2 * a * x + b"),
        (("diff", "mv^2/2", "--wrt", "v"), "m * v"),
        (("diff", "signal^2*x", "--wrt", "signal"), "2 * signal * x"),
        (("diff", "constant*x^2", "--wrt", "x"), "2 * constant * x"),
    ],
)
def test_an_option_tells_what_is_a_name(autodiff: Run, arguments: tuple[str, ...], out: str) -> None:
    assert autodiff(*arguments).out.strip() == out


@pytest.mark.parametrize("options", [("--wrt", "x", "--claim", "3ax^2"), ("--claim", "x=3ax^2")])
def test_a_claim_tells_what_is_a_name(autodiff: Run, options: tuple[str, ...]) -> None:
    assert autodiff("check", "ax^3", *options).code == 0


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("exp(-ln2 t/T)", "exp(-log(2) * t / T)"),
        ("sqrt2 x", "sqrt(2) * x"),
        ("x/sqrt2", "x / sqrt(2)"),
        ("ln2^2 x", "log(2)^2 * x"),
        ("ln2x", "log(2 * x)"),
        ("sin2 x", "sin(2 * x)"),
    ],
)
def test_ln2_and_sqrt2_are_numbers_whatever_stands_behind_them(text: str, read: str) -> None:
    assert str(parse(text)) == read
