"""LaTeX rewritten into the language's own signs, at equal length."""

import pytest

from autodiff_cli.language.latex import rewritten


@pytest.mark.parametrize(
    ("source", "plain"),
    [
        ("2x + 1", "2x + 1"),
        (r"\alpha", " alpha"),
        (r"\cdot", "*    "),
        (r"\le", "<= "),
        (r"\left( x \right)", "     ( x       )"),
        (r"\{x\}", "( x) "),
        (r"\frac12", "(1/2)  "),
        (r"\tfrac 1 2", "(1/2)     "),
        (r"\frac{1}{2}", r"\frac{1}{2}"),
        (r"\sqrt2x", " √   2x"),
        (r"\sqrt 2", " √    2"),
        (r"\sqrt{x}", " sqrt{x}"),
        (r"\sqrt[2]{x}", " sqrt   {x}"),
        (r"\sqrt[ 3 ]{x}", " cbrt     {x}"),
        (r"\sqrt[n]{x}", r"\sqrt[n]{x}"),
        (r"\sqrt[x", " sqrt[x"),
        (r"x_{max}", "x_max  "),
        (r"x_{\text{max}}", "x_max         "),
        (r"\operatorname{sinc}(x)", " sinc              (x)"),
        (r"\log_2x", "log_2 x"),
        (r"\log2", "log 2"),
        (r"\sin2", "sin 2"),
        (r"\hbar", " hbar"),
        ("\\", "\\"),
    ],
)
def test_latex_becomes_the_text_of_the_language(source: str, plain: str) -> None:
    assert rewritten(source) == plain
    assert len(plain) == len(source)
