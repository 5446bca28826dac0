"""Formulas in Typst and MathML: what the typesetter wrote, well-formed, and nothing of it lost."""

import re
from xml.etree import ElementTree

import pytest

from autodiff_cli.codegen.latex.equations import to_latex
from autodiff_cli.codegen.latex.reader import translate
from autodiff_cli.codegen.latex.spelling import COMMANDS, character
from autodiff_cli.codegen.mathml import mathml
from autodiff_cli.codegen.targets import write
from autodiff_cli.codegen.typst import HEADS, NOTATION, typst
from autodiff_cli.language.parser import parse
from autodiff_cli.rules.table import BOOLEAN, FUNCTIONS

from ..conftest import CORPORA, corpus
from .running import text_of

TEXTS = [
    "x^2*sin(x) + y",
    "where(x > 0 and y > 0, sqrt(x)/y, abs(x_max)^3) + theta_1*é + floor(x) + ceil(y/2)",
    "sin(x)^2*log2(x) + gamma(x+1) + ln|x|/cbrt(x) + atan(x) + x*45deg",
    "where(x < y < 1, mod(x, 2), polygamma(2, y)) - -x - (-y)^-2",
    "(x > 1)*x + (not (y > 0) or x == 2)*y",
    "exp(exp(exp(x/2)))*(a + b)*(c + d)*1.5e-7",
    "a_b_c + _a*x + ϕ*φ + λ + ñandu*中 + Γ",
    " + ".join(f"sin({i}*x)*(x + {i})*(y - {i})" for i in range(30)),
    "(" + " + ".join(f"log(x + {i})" for i in range(2, 30)) + ")^2/(x + y)",
]
MATHML = "{http://www.w3.org/1998/Math/MathML}"
_ARITY = {"mfrac": 2, "msup": 2, "msub": 2, "mroot": 2}
_FORMS = {"frac", "sqrt", "root", "cases", "abs", "floor", "ceil", "op", "thin", "quad", "mod"}
_KNOWN = _FORMS | HEADS


def _latex(text: str) -> str:
    expression = parse(text)
    return write(expression, "latex", [(name,) for name in expression.variables])[0]


def _of_functions() -> list[str]:
    calls = [text_of(one, 2 if one.variadic else len(one.args)) for one in FUNCTIONS if one.name not in BOOLEAN]
    return [to_latex(parse(text, names).root) for text, names in calls]


def check_mathml(text: str) -> None:
    """Well-formed, and every element has as many parts as it must."""
    for element in ElementTree.fromstring(text).iter():
        name = element.tag.removeprefix(MATHML)
        assert len(element) == _ARITY.get(name, len(element)), (name, text)
        if name in ("mi", "mn", "mo", "mtext"):
            assert element.text
            assert "\\" not in element.text


def check_typst(text: str) -> None:
    """Brackets close, what is in quotes ends, and a word without them is one that Typst has."""
    bare = re.sub(r'"(?:\\.|[^"\\])*"', "", text)
    assert '"' not in bare
    assert {*re.findall(r"[^\W\d_]{2,}", bare)} <= _KNOWN, text
    depth: list[str] = []
    for sign in re.sub(r"\\.", "", bare):
        if sign in "([":
            depth.append(sign)
        elif sign in ")]":
            assert depth.pop() == {")": "(", "]": "["}[sign], text
    assert depth == []


@pytest.mark.parametrize("text", TEXTS)
def test_a_formula_is_well_formed_in_both(text: str) -> None:
    latex = _latex(text)
    check_mathml(mathml(latex))
    check_typst(typst(latex))


def test_every_function_is_well_formed_in_both() -> None:
    for latex in _of_functions():
        check_mathml(mathml(latex))
        check_typst(typst(latex))


def test_typst_takes_the_formulas() -> None:
    compiler = pytest.importorskip("typst")
    formulas = [*map(typst, map(_latex, TEXTS)), *[f"$ {typst(latex)} $" for latex in _of_functions()]]
    assert compiler.compile("\n\n".join(formulas).encode(), format="svg")


@pytest.mark.slow
@pytest.mark.skipif(not CORPORA.exists(), reason="the corpora are not beside this checkout")
@pytest.mark.parametrize("name", ["feynman", "fpbench", "herbie", "mgh", "textbook"])
def test_formulas_of_a_corpus_are_well_formed_in_both(name: str) -> None:
    for record in corpus(name):
        latex = write(parse(record["expr"], record["point"]), "latex", [])[0]
        check_mathml(mathml(latex))
        check_typst(typst(latex))


def test_letters_are_characters() -> None:
    assert all(map(character, COMMANDS))
    assert typst(r"\theta_{1} \acute{e} \mathrm{\_a} \text{U+4E2D}") == 'θ_(1) é "_a" "中"'
    assert mathml(r"\mathrm{NaN}") == "<mi>NaN</mi>"


def test_a_function_is_applied_and_stands_apart_in_mathml() -> None:
    assert mathml(r"2 \sin(x)") == (
        '<mrow><mn>2</mn><mspace width="0.167em"/><mi>sin</mi><mo>\u2061</mo>'
        "<mrow><mo>(</mo><mi>x</mi><mo>)</mo></mrow></mrow>"
    )


def test_a_deep_formula_is_read_without_recursion() -> None:
    latex = r"\frac{1}{" * 5000 + "x" + "}" * 5000
    assert translate(latex, NOTATION).count("frac(") == 5000


def test_what_stands_between_signs_of_typst_is_escaped() -> None:
    assert typst(r"x^{a/b} \bigl(y") == r"x^(a \/ b) \( y"
