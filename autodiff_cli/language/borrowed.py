"""Calls as other languages write them: powf(x, 2), Sin[x], =LOG(A1), PI(), Piecewise((x, x > 0), (0, True))."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from autodiff_cli.language import foreign
from autodiff_cli.language.patterns import NAME, compiled
from autodiff_cli.language.tokens import Called, Token

if TYPE_CHECKING:
    from autodiff_cli.language.lexer import Lexer

_CONSTANTS = {"PI": "pi", "Pi": "pi", "pi": "pi", "e": "e"}  # which some languages call
_OPENS = r"\s*+[(\[{]"


def read_call(lexer: "Lexer", piece: Token) -> Sequence[Token]:
    """What a name with a bracket behind it is in another language; () where it is nothing in any.

    Raises AutodiffError for what two languages read in two ways.
    """
    scope, word, (start, end) = lexer.scope, piece.text, piece.span
    empty = lexer.match(r"\s*+[(\[]\s*+[)\]]", end)
    if empty and word in _CONSTANTS:
        lexer.go_to(empty.end())
        return piece.read_as("NAME", scope.constant_meant(_CONSTANTS[word], piece.span))
    if hint := foreign.disagreed(word, lexer.in_excel, lexer.source[max(0, start - 8) : start]):
        raise scope.error(f"{word} is read in two ways", piece.span, hint)
    if own := _OWN.get(word):
        return own(lexer, piece)
    spelling = _spelling(lexer, piece)
    if spelling is None or not scope.is_function(spelling.names):
        return ()
    if not lexer.in_excel:
        shown = next(iter(spelling.names.values()))
        scope.notes[f"'{word}' is read as {spelling.language}'s name of {shown}"] = None
    return piece.read_as("CALL", Called(word, spelling=spelling))


def _spelling(lexer: "Lexer", piece: Token) -> foreign.Spelling | None:
    scope, word, (start, _) = lexer.scope, piece.text, piece.span
    is_product = word[0] == "d" and scope.has("d")  # dexp, where d is known
    is_upright = scope.is_latex and lexer.source[start - 1 : start] == "\\"
    return None if is_product else foreign.spelling(word, lexer.in_excel, is_upright)


def _piecewise(lexer: "Lexer", piece: Token) -> Sequence[Token]:
    """The Piecewise((x, x > 0), (0, True)) of SymPy, and Piecewise[{{x, x > 0}}, 0], without its inner brackets."""
    opened = lexer.match(rf"\s*+([(\[])(?:\s*+([(\[{{])(?={_OPENS}))?+", piece.span[1])
    if not opened:
        return ()
    if opened[2]:
        lexer.read_over(opened.start(2))
    row = lexer.match(_OPENS, opened.end())
    while row and (closing := lexer.read_over(row.end() - 1)):
        comma = lexer.match(r"\s*+,", closing + 1)
        row = lexer.match(_OPENS, comma.end()) if comma else None
    language = "SymPy" if opened[1] == "(" else "Mathematica"
    lexer.scope.notes[f"'Piecewise' is read as {language} has it"] = None
    return piece.read_as("CALL", Called("Piecewise", spelling=foreign.Spelling(language, {0: "cases"})))


def _derivative(lexer: "Lexer", piece: Token) -> Sequence[Token]:
    """Mathematica's D[x^2, x]; () for other brackets."""
    opening = piece.span[1]
    closing = lexer.closing(opening) if lexer.text[opening : opening + 1] == "[" else None
    behind = lexer.text[max(opening, closing - 40) : closing] if closing else ""
    if not compiled(rf"[\s\S]*,\s*+{NAME}\s*+\Z").match(behind):
        return ()
    lexer.scope.notes["'D' is read as Mathematica's name of diff"] = None
    return piece.read_as("CALL", Called("diff"))


_OWN = {"Piecewise": _piecewise, "D": _derivative}


def check_is_no_element(lexer: "Lexer", piece: Token) -> None:
    """Refuse x[1], which is an element of a list to most languages, and would be a product."""
    index = lexer.match(r"\[\[?+([0-9]++)\]", piece.span[1])
    if index:
        name, number = piece.text, index[1]
        hint = f"write {name}{number} for an element of a list, {name}*({number}) for a product"
        raise lexer.scope.error(f"{name}[{number}] is read in two ways", (piece.span[0], index.end()), hint)
