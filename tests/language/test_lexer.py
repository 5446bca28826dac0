"""The phases of the lexer, each by itself: text in, text or tokens out."""

import pytest

from autodiff_cli.errors import AutodiffError
from autodiff_cli.language.lexer import Lexer, definitions, plain_text
from autodiff_cli.language.parser import parse

# --- before the first token -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "plain"),
    [
        ("2·x − y", "2*x - y"),
        ("（x＋１）", "(x+1)"),
        ("a\r\nb\rc\n", "a \nb\nc\n"),
        ("μ", "μ"),  # the micro sign is the letter
        (r"\pi×\theta", " pi* theta"),
    ],
)
def test_plain_text_is_in_the_languages_own_signs_at_equal_length(source: str, plain: str) -> None:
    assert plain_text(source) == plain
    assert len(plain) == len(source)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a = 2; b=3\n c := 4", {"a": 0, "b": 7, "c": 12}),
        ("f(x, y) = x*y", {"f": 0}),
        ("\n\n \n a = 2", {"a": 5}),
        ("a == 2; b <= 3; x = = 3", {"x": 16}),
        ("max(a = 2)", {}),
        ("# a = 2\nx # ; b = 3\n", {}),
    ],
)
def test_definitions_are_found_wherever_a_statement_may_start(text: str, found: dict[str, int]) -> None:
    assert definitions(text) == found


def test_a_definition_in_a_comment_defines_nothing() -> None:
    assert str(parse("y = 2 # a; b = 3\nb*y*x")) == "y = 2; b * y * x"


# --- tokens ---------------------------------------------------------------------------------------------------------


def _tokens(text: str, given: str = "a b x y") -> str:
    return " ".join(f"{token.type}:{token.text}" for token in Lexer(text, given.split()).tokens())


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("2x", "NUMBER:2 BESIDE:* NAME:x"),
        ("x(y)", "NAME:x NEXT:* LPAR:( NAME:y RPAR:)"),
        ("2(y)", "NUMBER:2 BESIDE:* LPAR:( NAME:y RPAR:)"),
        ("ax", "NAME:a BESIDE:* NAME:x"),
        ("sin x cos y", "FUNCTION:sin NAME:x NEXT:* FUNCTION:cos NAME:y"),
        ("xsin(y)", "NAME:x NEXT:* CALL:sin LPAR:( NAME:y RPAR:)"),
        ("|x|y|x|", "BAR:| NAME:x END_BAR:| BESIDE:* NAME:y NEXT:* BAR:| NAME:x END_BAR:|"),
        ("√x", "ROOT:√ NAME:x"),
        ("√(x)", "CALL:√ LPAR:( NAME:x RPAR:)"),
        ("x²!", "NAME:x RAISED:² FACTORIAL:!"),
        ("not x != y", "NOT:not NAME:x COMPARE:!= NAME:y"),
        ("c = 2; x", "HEAD:c = NUMBER:2 SEPARATOR:; NAME:x"),
        ("x\n\n\n# a comment\n", "NAME:x"),
        ("x +\n y # more", "NAME:x PLUS:+ NAME:y"),
        ("(x\n)", "LPAR:( NAME:x RPAR:)"),
        (r"\frac{x}{y}", r"LPAR:\frac LPAR:{ NAME:x RPAR:} OVER:/ LPAR:{ NAME:y RPAR:} RPAR:}"),
        ("sum(k, 1, 2, k)", "SUM:sum LPAR:( NUMBER:1 COMMA:, NUMBER:2 COMMA:, NAME:k RPAR:)"),
        ("x = = y", "HEAD:x = SIGN:= NAME:y"),
    ],
)
def test_a_text_has_these_tokens_and_the_signs_left_out(text: str, tokens: str) -> None:
    assert _tokens(text) == tokens


def test_tokens_have_their_places_in_the_source() -> None:
    source = r"2\alpha·x + \sqrt{y}"
    spans = [(token.type, source[slice(*token.span)]) for token in Lexer(source, ["x", "y"]).tokens()]
    assert spans == [
        *(("NUMBER", "2"), ("BESIDE", ""), ("NAME", "alpha"), ("TIMES", "·"), ("NAME", "x"), ("PLUS", "+")),
        *(("CALL", "sqrt"), ("LPAR", "{"), ("NAME", "y"), ("RPAR", "}")),
    ]


def test_the_text_is_read_one_token_ahead() -> None:
    lexer = Lexer("c = 2x; c", ["x"])
    tokens = lexer.tokens()
    while next(tokens).type != "SEPARATOR":
        assert lexer.starts == [0]
    assert lexer.starts == [0, 8]
    assert not lexer.done


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("sin^2 x", "sin(x)^2"),
        ("sin^2x", "sin(x)^2"),
        ("sin^12 x", "sin(x)^12"),
        ("sin^2.5x", "sin(x)^2.5"),
        ("sin^nx", "sin(x)^n"),
        ("sin^n2 x", "sin(x)^n2"),
        ("sin^{-2}(x)", "sin(x)^-2"),
        ("sin²x", "sin(x)^2"),
        ("log_2^3(x)", "log2(x)^3"),
    ],
)
def test_a_power_on_a_functions_name_belongs_to_its_value(text: str, read: str) -> None:
    assert str(parse(text)) == read


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        (r"\alhpa", r"did you mean '\alpha'?"),
        (r"\gama", r"did you mean '\gamma' or '\tgamma'?"),
        (r"\lim", "limits are not read; give the variable its value"),
        (r"\wwwww", "write the formula without it"),
        ("\\", "write the formula without it"),
    ],
)
def test_an_unknown_command_has_a_hint(text: str, hint: str) -> None:
    with pytest.raises(AutodiffError) as caught:
        parse(text)
    assert caught.value.hint == hint


@pytest.mark.parametrize("text", ["sin^12", "sin^1.5", "sin^23*4", "sin^1e5", "sin^n2"])
def test_a_number_behind_a_functions_name_gives_no_digits_to_an_argument(text: str) -> None:
    with pytest.raises(AutodiffError, match="sin is a function, and has no argument here"):
        parse(text)
    with pytest.raises(AutodiffError, match="log_2 has no argument"):
        parse(text.replace("sin", "log_2"))
