"""Derivations as they are shown: exactly so as text, in any width, and as Markdown, LaTeX and JSON."""

import re
import shutil
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from autodiff_cli.language.parser import parse
from autodiff_cli.render.derivation_latex import to_latex
from autodiff_cli.render.derivation_steps import to_dict, to_markdown
from autodiff_cli.render.derivation_text import _text_lines, to_text
from autodiff_cli.reports.derivation_steps import ExplainedDerivatives, explain_derivatives

from ..symbolic.first_course import FIRST_COURSE

WIDE = "exp(x*sin(x))*log(x^2 + 1)/(1 + x^4)^3 + clamp(x^2, 1, 3)"


def explained(text: str, *wanted: tuple[str, ...]) -> ExplainedDerivatives:
    return explain_derivatives(parse(text, "xy"), [*wanted] or [("x",)])


def shown(text: str, *wanted: tuple[str, ...]) -> list[str]:
    return to_text(explained(text, *wanted)).splitlines()


def test_rules_stand_in_a_column_and_parts_below_their_rule() -> None:
    assert shown("x^2 sin(3x)") == [
        "product rule, (u v)' = u' v + u v':  u = x^2, v = sin(3 * x)",
        "  u' = 2 * x                   power rule",
        "  v' = cos(3 * x) * (3 * x)'   chain rule, sine",
        "     = 3 * cos(3 * x)          constant factor",
        "d/dx = 2 * x * sin(3 * x) + 3 * x^2 * cos(3 * x)",
    ]


def test_a_rule_is_written_out_once() -> None:
    assert shown("x sin(x cos(x))") == [
        "product rule, (u v)' = u' v + u v':  u = x, v = sin(x * cos(x))",
        "  u' = 1",
        "  v': chain rule, sine, sin(p)' = cos(p) p':  p = x * cos(x)",
        "    p': product rule:  f = x, g = cos(x)",
        "      f' = 1",
        "      g' = -sin(x)   cosine",
        "    p' = cos(x) - x * sin(x)",
        "  v' = cos(x * cos(x)) * (cos(x) - x * sin(x))",
        "d/dx = sin(x * cos(x)) + x * cos(x * cos(x)) * (cos(x) - x * sin(x))",
    ]


def test_cases_are_said_with_where_they_hold() -> None:
    assert shown("abs(x^2 - 4)") == [
        "absolute value, by cases:  u = x^2 - 4",
        "  abs(u)' = u'    where u > 0",
        "          = -u'   where u < 0",
        "  abs(u) has a kink where u = 0; slope 0",
        "  u' = 2 * x   power rule, constant",
        "d/dx = 2 * x * sign(x^2 - 4)",
    ]
    assert shown("where(x < 0, x^2, where(x < 1, x, sin(x)))") == [
        "by cases:  u = x^2 where x < 0, v = x where x < 1, w = sin(x) elsewhere",
        "  u' = 2 * x    power rule",
        "  v' = 1",
        "  w' = cos(x)   sine",
        "d/dx = where(x < 0, 2 * x, where(x < 1, 1, cos(x)))",
    ]
    assert shown("where(x == 0, 1, x^2)") == ["d/dx = 2 * x   beside the single point x == 0, power rule"]


def test_several_derivations_say_what_they_derive() -> None:
    assert shown("x^2 y", ("x", "x"), ("x", "y")) == [
        "d/dx = 2 * x * y   constant factor, power rule",
        "",
        "d2/dx2 = 2 * y   constant factor",
        "",
        "d2/dx dy = 2 * x   constant factor",
    ]
    assert shown("y x sin(x)", ("x",), ("y",))[0].startswith("d/dx: product rule, ")


def test_what_is_derived_already_is_named() -> None:
    assert "    a' = sin(x) + x * cos(x)   as for p'" in shown("sin(x sin(x)) + exp(x sin(x))")


def test_an_expression_is_shown_as_it_is_differentiated() -> None:
    assert shown("x sqrt(x)") == ["written as x^(3 / 2)", "d/dx = 3 * sqrt(x) / 2   power rule, exponent 3/2"]


@pytest.mark.parametrize("width", [50, 60, 80, 160])
def test_no_line_is_wider_than_the_terminal_and_none_loses_anything(width: int) -> None:
    report = explained(WIDE)
    lines = [line.text for line in _text_lines(report, width)]
    assert max(map(len, lines)) <= width
    assert _signs("".join(lines)) == _signs(to_text(report))


def _signs(text: str) -> str:
    """A text without blanks, and without commas, which stand between letters that are in one line."""
    return re.sub(r"[\s,]", "", text)


def test_a_formula_is_folded_before_its_loosest_sign() -> None:
    lines = [line.text for line in _text_lines(explained("(x + 1)^2 sin(x)^3 exp(x) + x^3 (x + 2)^4 y"), 60)]
    last = lines[next(at for at, line in enumerate(lines) if line.startswith("d/dx = ")) :]
    assert all(line.split()[0] in ("d/dx", "+", "-", "*", "=") for line in last)


def test_markdown_is_a_list() -> None:
    assert to_markdown(explained("x^2 sin(3x)")).splitlines() == [
        "Derivatives of `x^2 * sin(3 * x)`",
        "",
        "- product rule, `(u v)' = u' v + u v'`: `u = x^2`, `v = sin(3 * x)`",
        "  - `u' = 2 * x`: power rule",
        "  - `v' = cos(3 * x) * (3 * x)'`: chain rule, sine",
        "  - `v' = 3 * cos(3 * x)`: constant factor",
        "- `d/dx = 2 * x * sin(3 * x) + 3 * x^2 * cos(3 * x)`",
    ]


def test_latex_is_aligned() -> None:
    assert to_latex(explained("x^2 sin(3x)")).splitlines() == [
        r"\begin{align*}",
        r"f &= x^{2} \sin(3 x) \\",
        r"& \rlap{\text{product rule, $\left(u v\right)' = u' v + u v'$: $u = x^{2}$, $v = \sin(3 x)$}} \\",
        r"u' &= 2 x && \text{power rule} \\",
        r"v' &= \cos(3 x) \left(3 x\right)' && \text{chain rule, sine} \\",
        r" &= 3 \cos(3 x) && \text{constant factor} \\",
        r"\frac{df}{dx} &= 2 x \sin(3 x) + 3 x^{2} \cos(3 x)",
        r"\end{align*}",
    ]
    second = to_latex(explained("x^2 y", ("x", "y")))
    assert r"\frac{\partial^{2} f}{\partial x \, \partial y} &= 2 x && \text{constant factor}" in second


def test_latex_spells_letters_with_numbers_and_escapes_words() -> None:
    text = to_latex(explained("x sin(x) cos(x) tan(x) abs(x^2 - 1)"))
    assert r"u_{1}'" in text
    assert "u1" not in text.replace("abs(u1)", "")


@pytest.mark.parametrize("text", [*FIRST_COURSE, WIDE, "where(x < 0, abs(x^2 - x), max(x, y))"])
def test_latex_is_balanced(text: str) -> None:
    latex = to_latex(explained(text))
    assert latex.count("{") == latex.count("}")
    assert latex.count(r"\left") == latex.count(r"\right")
    assert latex.count("$") % 2 == 0
    begun, ended = (Counter(re.findall(rf"\\{word}{{(\w+\*?)}}", latex)) for word in ("begin", "end"))
    assert begun == ended
    assert begun["align*"] == 1
    for row in re.sub(r"\\begin\{cases\}.*\\end\{cases\}", "", latex).split(r"\\"):
        assert len(re.findall(r"(?<!\\)&", row)) <= 3


@pytest.mark.skipif(not shutil.which("pdflatex"), reason="there is no pdflatex")
def test_pdflatex_sets_derivations(tmp_path: Path) -> None:
    texts = [to_latex(explained(text)) for text in [*FIRST_COURSE, WIDE, "where(x < 0, abs(x^2 - x), max(x, y))"]]
    head = r"\documentclass{article}\usepackage{amsmath}\allowdisplaybreaks\begin{document}"
    (tmp_path / "all.tex").write_text("\n\n".join([head, *texts, r"\end{document}"]), encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "all.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, errors="replace", timeout=120)
    assert done.returncode == 0, done.stdout[-2000:]


def test_json_is_a_tree() -> None:
    (derivation,) = to_dict(explained("x sin(x)"))["derivations"]
    assert {key: derivation[key] for key in ("by", "rule", "form", "before", "after")} == {
        "by": ["x"],
        "rule": "product rule",
        "form": "(u v)' = u' v + u v'",
        "before": "x * sin(x)",
        "after": "sin(x) + x * cos(x)",
    }
    assert [(part["letter"], part["before"], part["after"], part["rule"]) for part in derivation["parts"]] == [
        ("u", "x", "1", None),
        ("v", "sin(x)", "cos(x)", "sine"),
    ]
    assert derivation["lines"] == [{"formula": "sin(x) + x * cos(x)", "rules": []}]
    (kinked,) = to_dict(explained("abs(x)"))["derivations"]
    assert kinked["cases"] == [{"derivative": "1", "where": "x > 0"}, {"derivative": "-1", "where": "x < 0"}]
    assert kinked["kinks"] == ["abs(x) has a kink where x = 0; slope 0"]
