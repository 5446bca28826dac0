"""LaTeX in the language's own signs, at equal length, so that every place of the text keeps its offset.

What has no other sign, a fraction of two pairs of braces, is the lexer's business.
"""

import re
from collections.abc import Callable

from autodiff_cli.language.patterns import ALIGNED, BRACKET, COLUMN_VECTOR, COMMAND, SUBSCRIPTED, compiled, has_commands
from autodiff_cli.language.scope import CALLABLE
from autodiff_cli.language.signs import GREEK, LATEX
from autodiff_cli.rules.table import CONSTANTS

_ACCENTS = {"overline": "bar", "widehat": "hat", "widetilde": "tilde"}
_SAME = {*CALLABLE, *CONSTANTS, *GREEK} - {"div"}  # commands that are names of the language


def rewritten(source: str) -> str:
    r"""The text without the LaTeX that has other signs, and as long as it was.

    >>> rewritten(r"\alpha\cdot x_{max}")
    ' alpha*     x_max  '
    >>> rewritten(r"\frac12 + \sqrt[3]{x} + \sqrt2x + \log_2 x")
    '(1/2)   +  cbrt   {x} +  √   2x + log_2  x'
    """
    if "\\" not in source and "{" not in source and "$" not in source:
        return source
    source = _undollared(source)
    if "matrix" in source:
        source = compiled(COLUMN_VECTOR).sub(_listed, source)
    if "_" in source:
        source = compiled(SUBSCRIPTED).sub(_subscripted, source)
    last_bracket = source.rfind("]")
    is_latex = has_commands(source)
    if is_latex and "&" in source:
        source = compiled(ALIGNED).sub(" ", source)

    def plain(match: re.Match[str]) -> str:
        if not is_latex and match["name"] == " ":  # MATLAB's a \ b
            return match[0]
        is_root = match["name"] == "sqrt"
        text = _root(match, last_bracket) if is_root else _PLAIN[str(match.lastgroup)](match)
        return text.ljust(len(match[0]))

    return compiled(COMMAND).sub(plain, source)


def _listed(match: re.Match[str]) -> str:
    r"""\begin{pmatrix} x \\ y \end{pmatrix} as a list in brackets, as long as it was."""
    head, inside, end = match["head"], match["inside"], match["end"]
    return "[".ljust(len(head)) + inside.replace(r"\\", ", ").replace("&", ",") + "]".rjust(len(end))


def _undollared(source: str) -> str:
    """The text without the dollars around all of it.

    $x^2$ and $$x^2$$ become x^2 between blanks
    """
    stripped = source.strip()
    for dollars in ("$$", "$"):
        if stripped.startswith(dollars) and stripped.endswith(dollars) and len(stripped) > 2 * len(dollars):
            blank = " " * len(dollars)
            start, end = source.index(dollars), source.rindex(dollars)
            return source[:start] + blank + source[start + len(dollars) : end] + blank + source[end + len(dollars) :]
    return source


def _subscripted(match: re.Match[str]) -> str:
    """{x}_{1} -> "x_1", x^{2}_{1} -> "x_1^{2}", each as long as it was"""
    if match["group"]:
        name = match["group"]
        text = f"{name}_{match['under'] or match['under1']}"
    else:
        text = f"{match['letter']}_{match['below'] or match['below1']}^{match['power']}"
    return text.ljust(len(match[0]))


def _command(match: re.Match[str]) -> str:
    r"""A command, which ends where its letters end.

    \alpha -> " alpha", \le -> "<=", \log2 -> "log " (of the number 2), \foo -> \foo, which is not known
    """
    name = match["name"]
    plain = name if name in _SAME else LATEX.get(name, match[0])
    follows = match.string[match.end() : match.end() + 1]
    return f" {plain}" if plain.isalpha() and not follows.isdecimal() else plain


def _root(match: re.Match[str], last_bracket: int) -> str:
    r"""A \sqrt that is no square or cube root by its index.

    \sqrt2x -> " √" with 2x behind it, \sqrt{x} -> " sqrt"; \sqrt[n] stays, and is read later.
    """
    text, end = match.string, match.end()
    if last_bracket > end and compiled(r"\s*+\[").match(text, end):
        return match[0]
    return _command(match) if compiled(BRACKET).match(text, end) else " √"


def _upright(match: re.Match[str]) -> str:
    r"""\mathrm{rate}_{1} -> " rate_1": behind the blank stands a word that is one name"""
    below = match["sub"] or match["sub1"]
    return f" {match['upright']}_{below}" if below else f" {match['upright']}"


_PLAIN: dict[str, Callable[[re.Match[str]], str]] = {  # by the last group of COMMAND that matched
    "below": lambda match: f"({match['above']}/{match['below']})",
    "root": lambda match: {"2": " sqrt", "3": " cbrt"}[match["root"]],
    "said": lambda match: f"_{match['said']}",
    "greek": lambda match: f"_{match['greek']}",
    "label": lambda match: f"_{match['label']}",
    "low": lambda match: "_" + "_".join(re.findall(r"\w+", match["low"])),
    "upright": _upright,
    "sub": _upright,
    "sub1": _upright,
    "bold": lambda match: f" {'∇' if match['bold'] == 'nabla' else match['bold']}",
    "accented": lambda match: f" {match['accented']}{_ACCENTS.get(match['accent'], match['accent'])}",
    "lone": lambda match: f" {match['lone'].lstrip(chr(92))}{_ACCENTS.get(match['accent'], match['accent'])}",
    "bare": lambda match: match["bare"].rjust(len(match[0])),
    "before": lambda _: "",
    "environment": lambda _: "",
    "nothing": lambda _: "",
    "primes": lambda match: "'" * match["primes"].count("prime"),
    "degree": lambda _: "°",
    "base": lambda match: f"{match['log']}_{match['base']}",
    "name": _command,
}
