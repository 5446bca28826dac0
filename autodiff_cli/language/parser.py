"""Text to graph: runs the grammar, and says in words what it did not expect. The only importer of lark."""

import os
import sys
from collections.abc import Collection, Iterator
from threading import Lock
from typing import Any

from lark import Lark, UnexpectedToken
from lark.lexer import Lexer as LarkLexer

from autodiff_cli.engine.expression import Expression
from autodiff_cli.errors import AutodiffError
from autodiff_cli.language.builder import Builder
from autodiff_cli.language.lexer import Lexer, Token
from autodiff_cli.rules.table import find


class _Tokens(LarkLexer):
    """Hands our tokens to Lark."""

    __future_interface__ = 2  # lex is called with the states

    def __init__(self, _conf: Any) -> None:
        pass

    def lex(self, lexer_state: Any, parser_state: Any) -> Iterator[Any]:
        tokens: Iterator[Token] = lexer_state.text.tokens()
        return tokens


def _grammar() -> str:
    """The grammar's text: beside the package in a checkout, inside it in a wheel."""
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    for folder in (package, os.path.dirname(package)):
        path = os.path.join(folder, "grammars", "expression.lark")
        if os.path.exists(path):
            with open(path, encoding="utf-8") as file:
                return file.read()
    raise AutodiffError("the grammar is missing from this installation", hint="install autodiff-cli again")


def _cache() -> str | bool:
    """Where the parser's tables are kept between runs: a file in a folder of the user's own, or False for nowhere.

    The file is unpickled, so the folder must be ours and nobody else's to write.
    """
    home = os.path.expanduser("~")
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or os.path.join(home, "AppData", "Local")
    elif sys.platform == "darwin":
        base = os.path.join(home, "Library", "Caches")
    else:
        base = os.environ.get("XDG_CACHE_HOME") or os.path.join(home, ".cache")
    folder = os.path.join(base, "autodiff-cli")
    if not os.path.isabs(folder):  # it would be the folder we happen to work in
        return False
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
        if hasattr(os, "getuid"):
            status = os.stat(folder)
            if status.st_uid != os.getuid() or status.st_mode & 0o022:
                return False
    except OSError:
        return False
    return os.path.join(folder, "expression.tables")


_builder = Builder()
_lark: Lark | None = None
_lock = Lock()  # there is one parser, and its builder holds the text being read


def _parser() -> Lark:
    global _lark
    if _lark is None:
        _lark = Lark(
            _grammar(), parser="lalr", lexer=_Tokens, transformer=_builder, maybe_placeholders=False, cache=_cache()
        )
    return _lark


def parse(text: str, given: Collection[str] = ()) -> Expression:
    """Read an expression or a program; `given` names the variables that will get a value, which decides `ax` and `e`.

    Raises AutodiffError that points at the place where the text cannot be read.
    """
    name = text.strip()
    bare = find(name, 1)
    # `exp` with one value given is exp of that variable
    if bare and not bare.symbol and len(given) == 1 and name not in given:
        text = f"{name}({next(iter(given))})"
    with _lock:
        lexer = Lexer(text, given)
        _builder.begin(lexer)
        try:
            root: Any = _parser().parse(lexer)
        except UnexpectedToken as error:
            raise _syntax_error(text, lexer, error) from None
        return Expression(
            text,
            root,
            lexer.nodes,
            lexer.scope.variables,
            _builder.places,
            steps=lexer.scope.steps,
            defaults=_builder.defaults,
            needed=_builder.needed,
            constants=_builder.constants,
            name=_builder.name,
            notes=list(lexer.scope.notes),
        )


def _syntax_error(text: str, lexer: Lexer, error: UnexpectedToken) -> AutodiffError:
    """Say in words what was expected and where."""
    operand = "a number, a name or '('"
    token = error.token
    last = lexer.last if token.type == "$END" else lexer.before
    wants_operand = "NUMBER" in error.expected
    if token.type == "$END":
        if last is None:
            return AutodiffError("the expression is empty", source=text, hint="as in autodiff eval 'x^2' --x 3")
        hint = f"remove the '{last.text.strip()}', or write what belongs after it"
        span = (last.start_pos, last.end_pos)
        return AutodiffError(f"the expression ends where {operand} is needed", source=text, span=span, hint=hint)
    span = (token.start_pos, token.end_pos)
    shown = text[span[0] : span[1]]
    if not shown or shown[0] in "\\ ":  # LaTeX is read as other signs
        shown = token.text
    hint = ""
    if token.text == "=":
        hint = "'name = ...' in front names a result, '==' compares"
    if not wants_operand and ("COMMA" in error.expected) != ("RPAR" in error.expected):
        message = "a sum or product takes an index, its first and last value, and a term"
        hint = "as in sum(k, 1, 10, x^k)"
    elif wants_operand:
        message = f"{operand} is needed here, not '{shown}'"
        if token.type == "RPAR" and last and last.type == "LPAR":
            message = "there is nothing between these parentheses"
        elif token.text == "!":
            hint = "write not for the opposite of a condition"
    else:
        message = f"'{shown}' cannot stand here"
        if token.type == "NOT":
            hint = "write and not, or or not"
    return AutodiffError(message, source=text, span=span, hint=hint)
