"""LaTeX in the language's own signs, at equal length, so that every place of the text keeps its offset.

What has no other sign, a fraction of two pairs of braces, is the lexer's business.
"""

import re
from collections.abc import Callable

from autodiff_cli.language.patterns import BRACKET, COMMAND, compiled
from autodiff_cli.language.scope import CALLABLE
from autodiff_cli.language.signs import GREEK, LATEX
from autodiff_cli.rules.table import CONSTANTS

_SAME = {*CALLABLE, *CONSTANTS, *GREEK}  # commands that are names of the language


def rewritten(source: str) -> str:
    r"""The text without the LaTeX that has other signs, and as long as it was.

    >>> rewritten(r"\alpha\cdot x_{max}")
    ' alpha*     x_max  '
    >>> rewritten(r"\frac12 + \sqrt[3]{x} + \sqrt2x + \log_2 x")
    '(1/2)   +  cbrt   {x} +  √   2x + log_2  x'
    """
    if "\\" not in source and "{" not in source:
        return source
    last_bracket = source.rfind("]")

    def plain(match: re.Match[str]) -> str:
        is_root = match["name"] == "sqrt"
        text = _root(match, last_bracket) if is_root else _PLAIN[str(match.lastgroup)](match)
        return text.ljust(len(match[0]))

    return compiled(COMMAND).sub(plain, source)


def _command(match: re.Match[str]) -> str:
    r"""A command, which ends where its letters end.

    \alpha -> " alpha", \le -> "<=", \log2 -> "log " (of the number 2), \hbar -> \hbar, which is not known
    """
    name = match["name"]
    plain = name if name in _SAME else LATEX.get(name, match[0])
    follows = match.string[match.end() : match.end() + 1]
    return f" {plain}" if plain.isalpha() and not follows.isdecimal() else plain


def _root(match: re.Match[str], last_bracket: int) -> str:
    r"""A \sqrt that is no square or cube root by its index.

    \sqrt2x -> " √" with 2x behind it, \sqrt{x} -> " sqrt"; \sqrt[n] stays, and is refused later.
    """
    text, end = match.string, match.end()
    if last_bracket > end and compiled(r"\s*+\[").match(text, end):
        return match[0]
    return _command(match) if compiled(BRACKET).match(text, end) else " √"


_PLAIN: dict[str, Callable[[re.Match[str]], str]] = {  # by the last group of COMMAND that matched
    "below": lambda match: f"({match['above']}/{match['below']})",
    "root": lambda match: {"2": " sqrt", "3": " cbrt"}[match["root"]],
    "said": lambda match: f"_{match['said']}",
    "low": lambda match: f"_{match['low']}",
    "upright": lambda match: f" {match['upright']}",
    "base": lambda match: f"{match['log']}_{match['base']}",
    "name": _command,
}
