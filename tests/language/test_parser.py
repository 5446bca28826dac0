"""How the grammar is run: what the parser relies on in Lark, and what it says of what it did not expect."""

from typing import Any

import pytest
from lark import UnexpectedToken

from autodiff_cli.errors import AutodiffError
from autodiff_cli.language import parser
from autodiff_cli.language.builder import Builder
from autodiff_cli.language.lexer import Lexer
from autodiff_cli.language.tokens import Token


def test_every_rule_of_the_grammar_has_its_method_and_every_method_its_rule() -> None:
    methods = {name for name in vars(Builder) if name[0] != "_"}
    named = {rule.alias or rule.origin.name for rule in parser._grammar().wrappers}
    assert methods == {name for name in named if hasattr(Builder, name)}


def test_a_rule_that_has_a_method_is_never_passed_over_by_lark() -> None:
    rules = [rule for rule in parser._grammar().wrappers if hasattr(Builder, rule.alias or rule.origin.name)]
    assert [rule for rule in rules if rule.options.expand1 and not rule.alias and len(rule.expansion) > 1] == []


def test_what_lark_made_is_as_it_was_after_a_parse() -> None:
    grammar = parser._grammar()
    before = dict(grammar.lark.parse_interactive().parser_state.parse_conf.callbacks)
    assert str(parser.parse("2x + max(x, y, 1)")) == "2 * x + max(x, y, 1)"
    assert grammar.lark.parse_interactive().parser_state.parse_conf.callbacks == before


@pytest.mark.parametrize("text", ["1 +", "(x +)", "sum(k, 1, 2)", "x not y", "2 * = 3", "x + y * z = 2"])
def test_what_is_expected_is_what_lark_expects(text: str) -> None:
    """Lark's own parser is the oracle: what it has a place for where it stops at a token."""
    grammar = parser._grammar()
    state = grammar.lark.parse_interactive().parser_state
    lexer = Lexer(text, [])
    taken: list[Any] = [*lexer.tokens(), Token("$END", "", (0, 0))]
    with pytest.raises(parser._UnexpectedError) as ours:
        grammar.run(iter(taken), Builder(lexer))
    at = taken.index(ours.value.token)
    for token in taken[:at]:
        state.feed_token(token)
    with pytest.raises(UnexpectedToken) as theirs:
        state.feed_token(taken[at], is_end=taken[at].type == "$END")
    assert ours.value.expected == theirs.value.expected


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
