"""Text to graph: runs the grammar, and says in words what it did not expect. The only importer of lark.

The grammar's tables are read once; what a parse is made of (Lexer, Builder, the parser's stacks) is made for it alone.
"""

import os
import sys
from collections.abc import Callable, Collection, Iterator
from functools import cache
from threading import Lock
from typing import Any

from lark import Lark, UnexpectedToken
from lark.lexer import Lexer as LarkLexer

from autodiff_cli.engine.expression import Expression
from autodiff_cli.engine.value import Value
from autodiff_cli.errors import AutodiffError
from autodiff_cli.language.builder import Builder
from autodiff_cli.language.lexer import Lexer
from autodiff_cli.language.scope import OF_ONE
from autodiff_cli.language.tokens import START, Token

_LONGEST = 10_000_000  # characters of a text

_OPERAND = "a number, a name or '('"


class _NoLexer(LarkLexer):
    """Lark asks for a lexer; here each token is handed to its parser."""

    def __init__(self, _conf: Any) -> None:
        pass

    def lex(self, lexer_state: Any, parser_state: Any) -> Iterator[Any]:
        raise NotImplementedError


def _text() -> str:
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
    folder = os.path.join(_cache_home(), "autodiff-cli")
    if not os.path.isabs(folder):  # it would be the folder we happen to work in
        return False
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
        return os.path.join(folder, "expression.tables") if _is_ours_alone(folder) else False
    except OSError:
        return False


def _cache_home() -> str:
    home = os.path.expanduser("~")
    homes = {
        "win32": os.environ.get("LOCALAPPDATA") or os.path.join(home, "AppData", "Local"),
        "darwin": os.path.join(home, "Library", "Caches"),
    }
    return homes.get(sys.platform) or os.environ.get("XDG_CACHE_HOME") or os.path.join(home, ".cache")


def _is_ours_alone(folder: str) -> bool:
    """Whether nobody else can write there. Where users have no numbers, the folder is in the user's own."""
    if not hasattr(os, "getuid"):
        return True
    status = os.stat(folder)
    return status.st_uid == os.getuid() and not status.st_mode & 0o022


class _Actions(dict[Any, Any]):
    """What is called for each rule in one parse, made when the rule is first met."""

    def __init__(self, builder: Builder, bound: dict[Any, tuple[str, Any]], others: dict[Any, Any]) -> None:
        super().__init__({"": None})  # Lark takes an empty one for none
        self._builder, self._bound, self._others = builder, bound, others

    def __missing__(self, rule: Any) -> Any:
        name, wrappers = self._bound.get(rule, ("", ()))
        action = getattr(self._builder, name) if name else self._others[rule]
        for wrap in wrappers:  # leaves brackets and commas out, passes a single part on
            action = wrap(action)
        self[rule] = action
        return action


class _Grammar:
    """The grammar's tables, and what Lark does with a rule's parts before it calls what the rule is for.

    Lark binds the rules to the methods of one object when a grammar is loaded, for all texts. Here each parse binds
    them to a builder of its own. That reaches into Lark; tests/language/test_parser.py says on what it relies.
    """

    def __init__(self) -> None:
        self.lark = Lark(_text(), parser="lalr", lexer=_NoLexer, maybe_placeholders=False, cache=_cache())
        self.bound = {}
        for rule, wrappers in self.lark._parse_tree_builder.rule_builders:
            name = rule.alias or rule.origin.name
            if hasattr(Builder, name):
                self.bound[rule] = name, wrappers

    def feed(self, builder: Builder) -> Callable[..., Any]:
        """What takes the tokens of one text, one by one, and has the builder make the graph meanwhile."""
        state = self.lark.parse_interactive().parser_state
        state.parse_conf.callbacks = _Actions(builder, self.bound, state.parse_conf.callbacks)
        return state.feed_token


_grammar = cache(_Grammar)
_lock = Lock()  # one thread reads the tables, or writes them


def parse(text: str, given: Collection[str] = (), told: Collection[str] = (), request: bool = False) -> Expression:
    """Read an expression or a program; `given` names the variables that will get a value, which decides `ax` and `e`.

    `told` are names too, though not all that have no value are: in a derivative by x, `ax` is a*x. Of a `request`
    such as d/dx x^2 the expression is x^2, and the names that it is `asked` for are x.

    Raises AutodiffError that points at the place where the text cannot be read.
    """
    if len(text) > _LONGEST:
        raise AutodiffError(f"the text has {len(text):,} characters; at most {_LONGEST:,} are read")
    text = _with_argument(text, given)
    lexer = Lexer(text, given, told)
    asked = lexer.request() if request else []
    builder = Builder(lexer)
    try:
        root = _run(lexer, builder)
    except UnexpectedToken as error:
        raise _syntax_error(lexer, error.token, error.expected) from None
    return Expression(
        text,
        root,
        lexer.nodes,
        lexer.scope.variables,
        builder.places,
        steps=lexer.scope.steps,
        defaults=builder.defaults,
        needed=builder.needed,
        constants=builder.constants,
        name=builder.name,
        notes=list(lexer.scope.notes),
        asked=asked,
    )


def _with_argument(text: str, given: Collection[str]) -> str:
    """`exp` with one value given is exp of that variable."""
    name = text.strip()
    if name in OF_ONE and name not in given and len(given) == 1:
        (variable,) = given
        return f"{name}({variable})"
    return text


def _run(lexer: Lexer, builder: Builder) -> Value:
    """Hand the tokens to the grammar, one by one; the builder makes the graph meanwhile."""
    with _lock:
        grammar = _grammar()
    feed = grammar.feed(builder)
    for token in lexer.tokens():
        feed(token)
    end = len(lexer.source)
    root: Value = feed(Token("$END", "", (end, end)), is_end=True)
    return root


# --- errors ----------------------------------------------------------------------------------------------------------


def _syntax_error(lexer: Lexer, token: Token, expected: Collection[str]) -> AutodiffError:
    """Say in words what was expected, and where."""
    if token.type == "$END":
        return _ends_early(lexer)
    hint = "'name = ...' in front names a result, '==' compares" if token.text == "=" else ""
    if "NUMBER" in expected:
        message = f"{_OPERAND} is needed here, not '{_shown(lexer, token)}'"
        if token.type == "RPAR" and lexer.before.type == "LPAR":
            message = "there is nothing between these parentheses"
        elif token.text == "!":
            hint = "write not for the opposite of a condition"
    elif ("COMMA" in expected) != ("RPAR" in expected):
        message = "a sum or product takes an index, its first and last value, and a term"
        hint = "as in sum(k, 1, 10, x^k)"
    else:
        message = f"'{_shown(lexer, token)}' cannot stand here"
        if token.type == "NOT":
            hint = "write and not, or or not"
    return lexer.scope.error(message, token.span, hint)


def _ends_early(lexer: Lexer) -> AutodiffError:
    last = lexer.last
    if last is START:
        return AutodiffError("the expression is empty", source=lexer.source, hint="as in autodiff eval 'x^2' --x 3")
    hint = f"remove the '{last.text.strip()}', or write what belongs after it"
    return lexer.scope.error(f"the expression ends where {_OPERAND} is needed", last.span, hint)


def _shown(lexer: Lexer, token: Token) -> str:
    """The token as it was typed; LaTeX and signs that were left out as they are read."""
    start, end = token.span
    typed = lexer.source[start:end]
    return typed if typed and typed[0] not in "\\ " else token.text
