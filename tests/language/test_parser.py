"""How the grammar is run: what the parser relies on in Lark, and what it says of what it did not expect."""

import pytest

from autodiff_cli.errors import AutodiffError
from autodiff_cli.language import parser
from autodiff_cli.language.builder import Builder
from autodiff_cli.language.lexer import Lexer


def test_every_rule_of_the_grammar_has_its_method_and_every_method_its_rule() -> None:
    methods = {name for name in vars(Builder) if name[0] != "_"}
    assert {name for name, _ in parser._grammar().bound.values()} == methods


def test_a_parse_has_actions_of_its_own() -> None:
    grammar = parser._grammar()
    shared = dict(grammar.lark.parse_interactive().parser_state.parse_conf.callbacks)
    first, second = (grammar.feed(Builder(Lexer("x", []))).__self__.parse_conf.callbacks for _ in range(2))
    assert {rule for rule in shared if first[rule] is not second[rule]} == {*grammar.bound}
    assert grammar.lark.parse_interactive().parser_state.parse_conf.callbacks == shared


NAMES = "'name = ...' in front names a result, '==' compares"


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("()", "there is nothing between these parentheses", ""),
        ("2 + = 3", "a number, a name or '(' is needed here, not '='", NAMES),
        ("x = 3 = 4", "'=' cannot stand here", NAMES),
        ("!x", "a number, a name or '(' is needed here, not '!'", "write not for the opposite of a condition"),
        ("x not y", "'not' cannot stand here", "write and not, or or not"),
        ("x +÷ y", "a number, a name or '(' is needed here, not '÷'", ""),
        (r"x +\cdot y", "a number, a name or '(' is needed here, not '*'", ""),
        (
            "sum(k, 1, 2)",
            "a sum or product takes an index, its first and last value, and a term",
            "as in sum(k, 1, 10, x^k)",
        ),
    ],
)
def test_what_the_grammar_does_not_expect_is_refused_in_words(text: str, message: str, hint: str) -> None:
    with pytest.raises(AutodiffError) as caught:
        parser.parse(text)
    assert (caught.value.message, caught.value.hint) == (message, hint)
