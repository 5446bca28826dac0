"""What languages share: branches, conditions with names, helpers, names of variables."""

import pytest

from autodiff_cli.codegen import c, python, sympy
from autodiff_cli.codegen.forms import PRODUCT, SUM, Form, within
from autodiff_cli.codegen.lower import lower
from autodiff_cli.codegen.names import headline, identifiers, renamed, usual
from autodiff_cli.codegen.writer import Language, Written
from autodiff_cli.language.parser import parse
from autodiff_cli.library import Formula


def lines(text: str, language: Language = python.LANGUAGE) -> list[str]:
    return list(Written(lower(parse(text), []), language).lines(""))


LOGS = "where(x > 0, log(x)*log(x), sinh(x)*sinh(x))"


def test_both_sides_of_a_condition_are_one_statement() -> None:
    assert lines(LOGS) == ["if x > 0:", "t1 = math.log(x)", "else:", "t2 = math.sinh(x)"]


def test_names_of_branches_are_declared_in_c_and_braces_close() -> None:
    written = Written(lower(parse(LOGS), []), c.LANGUAGE)
    assert list(written.lines("  ")) == [
        "  double t1 = 0.0;",
        "  double t2 = 0.0;",
        "  if (x > 0.0) {",
        "    t1 = log(x);",
        "  } else {",
        "    t2 = sinh(x);",
        "  }",
    ]


def test_a_language_without_branches_computes_both() -> None:
    assert lines(LOGS, sympy.LANGUAGE) == ["t1 = log(x)", "t2 = sinh(x)"]


def test_a_long_condition_of_a_branch_has_a_name() -> None:
    found = lines("where(sin(x)*cos(y) > exp(y), log(x)*log(x), 0)")
    assert found[:2] == ["t1 = math.sin(x) * math.cos(y) > math.exp(y)", "if t1:"]


def test_a_short_condition_is_written_again() -> None:
    assert lines("where(x > 0, log(x)*log(x), 0)")[0] == "if x > 0:"


def test_a_helper_comes_with_its_imports_and_once() -> None:
    helpers = Written(lower(parse("sind(x) + sind(2x)"), []), python.LANGUAGE).helpers
    assert [name for name in helpers if name == "_sind"] == ["_sind"]


def test_parentheses_where_an_operation_binds_less() -> None:
    assert within("a + b", SUM, PRODUCT) == "(a + b)"
    assert within("a * b", PRODUCT, SUM) == "a * b"
    assert Form("-{0}", levels=(PRODUCT,)).around("a + b", SUM) == "-(a + b)"


@pytest.mark.parametrize(
    ("names", "reserved", "plain"),
    [
        (["x", "x_1"], [], ["x", "x_1"]),
        (["λ", "lambda"], ["lambda"], ["lambda_", "lambda__"]),
        (["x₁", "x1"], [], ["x1_", "x1"]),
        (["速", "1a"], [], ["v", "v1a"]),
        (["Θ"], [], ["theta"]),
    ],
)
def test_identifiers_are_plain_and_different(names: list[str], reserved: list[str], plain: list[str]) -> None:
    assert list(identifiers(names, reserved).values()) == plain


def test_notes_say_what_a_variable_was_and_usually_is() -> None:
    program = lower(parse("a = 2; a*λ"))
    names = identifiers(program.inputs, ())
    assert renamed(names) == ["lambda is the variable λ"]
    assert usual(program, names, python.number) == ["a is usually 2"]
    assert headline(program) == "a = 2; a * λ"
    assert len(headline(lower(parse("+".join(["x"] * 200))))) == 300


@pytest.mark.parametrize("target", ["c", "cpp", "javascript", "rust"])
def test_a_variable_that_is_called_as_a_helper_gets_another_name(target: str) -> None:
    text = Formula(parse("mod(x, fn_mod)", ["x", "fn_mod"])).to(target)
    assert "fn_mod_ is the variable fn_mod" in text
