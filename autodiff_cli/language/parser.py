"""Text to graph: runs the grammar, and says in words what it did not expect. The only importer of lark.

The grammar's tables are read once; what a parse is made of (Lexer, Builder, the parser's stacks) is made for it alone.
"""

import os
import sys
from collections.abc import Callable, Collection, Iterable, Iterator
from functools import cache
from itertools import chain
from threading import Lock
from typing import Any, NamedTuple

from lark import Lark
from lark.lexer import Lexer as LarkLexer
from lark.parsers.lalr_analysis import Shift

from autodiff_cli.engine.expression import Expression
from autodiff_cli.engine.value import Value
from autodiff_cli.errors import AutodiffError
from autodiff_cli.language.builder import Builder
from autodiff_cli.language.lexer import Lexer
from autodiff_cli.language.patterns import CASES, compiled
from autodiff_cli.language.scope import OF_ONE
from autodiff_cli.language.tokens import START, Token

_LONGEST = 10_000_000  # characters of a text

_CHANGED = ("PLUS", "MINUS", "TIMES", "OVER", "POWER")  # by x += 2
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


class _UnexpectedError(Exception):
    """A token that the grammar has no place for, and the kinds of token it has one for."""

    def __init__(self, token: Token, expected: Collection[str]) -> None:
        super().__init__(token.text)
        self.token, self.expected = token, expected


class _Reduction(NamedTuple):
    """What is done where a rule is matched: how many parts it has, what it is called, what it makes of its parts."""

    size: int
    origin: str
    method: Callable[[Builder, list[Any]], Any] | None  # None: Lark's own action makes it
    select: Callable[[list[Any]], Any]  # leaves brackets and commas out; Lark's own action where there is no method


class _Step(NamedTuple):
    """What a token does in a state: the state once rules of one part are followed, then the next state or a rule."""

    top: Any
    shifted: Any
    reduction: _Reduction | None


class _Grammar:
    """The grammar's tables, as Lark made them, and the parser that runs them.

    Lark's own parser binds the rules to the methods of one object, for all texts, and looks each rule up by its parts.
    Here a parse hands its own builder to the methods. That reaches into Lark; tests/language/test_parser.py says on
    what it relies. The parser is the LALR automaton of DeRemer (1969). Rules of one part, which make nothing and only
    say that a product is a sum, are followed in one step, which is kept.
    """

    def __init__(self) -> None:
        self.lark = Lark(_text(), parser="lalr", lexer=_NoLexer, maybe_placeholders=False, cache=_cache())
        tables = self.lark.parse_interactive().parser_state.parse_conf
        self._states, self._start, self._end = tables.states, tables.start_state, tables.end_state
        self._callbacks = tables.callbacks
        self.wrappers = dict(self.lark._parse_tree_builder.rule_builders)
        self._reductions: dict[int, _Reduction] = {}  # by the rule's identity: a rule's hash is slow
        self._steps: dict[tuple[Any, Any, str], _Step] = {}

    def run(self, tokens: Iterable[Token], builder: Builder) -> Any:
        """What the builder made of the tokens, of which the last is of the type $END.

        Raises _UnexpectedError.
        """
        steps, states = self._steps, self._states
        stack, values = [None, self._start], []
        for token in tokens:
            kind = token.type
            while True:
                key = (stack[-2], stack[-1], kind)
                stack[-1], shifted, reduction = steps.get(key) or self._step(token, *key)
                if reduction is None:
                    stack.append(shifted)
                    values.append(token)
                    break
                size, origin, method, select = reduction
                parts = select(values[-size:])
                del stack[-size:], values[-size:]
                values.append(method(builder, parts) if method else parts)
                stack.append(states[stack[-1]][origin][1])
                if stack[-1] == self._end:
                    return values[-1]
        raise AssertionError("the tokens have no end")

    def _step(self, token: Token, below: Any, state: Any, kind: str) -> _Step:
        """What a token does in a state, which has the state `below` before it. Raises _UnexpectedError."""
        found, top = self._states[state].get(kind), state
        while found and found[0] is not Shift and _is_single(found[1]):
            top = self._states[below][found[1].origin.name][1]
            found = self._states[top].get(kind)
        if not found:
            raise _UnexpectedError(token, {*filter(str.isupper, self._states[top])})
        action, target = found
        step = _Step(top, target, None) if action is Shift else _Step(top, None, self._reduction(target))
        self._steps[below, state, kind] = step
        return step

    def _reduction(self, rule: Any) -> _Reduction:
        found = self._reductions.get(id(rule))
        if found is None:
            method = getattr(Builder, rule.alias or rule.origin.name, None)
            select: Any = _all if method else self._callbacks[rule]
            for wrap in self.wrappers[rule] if method else ():
                select = wrap(select)
            found = _Reduction(len(rule.expansion), rule.origin.name, method, select)
            self._reductions[id(rule)] = found
        return found


def _all(parts: list[Any]) -> list[Any]:
    return parts


def _is_single(rule: Any) -> bool:
    """Whether a rule has one part and makes nothing: ?sum: product"""
    return rule.options.expand1 and not rule.alias and len(rule.expansion) == 1


_grammar = cache(_Grammar)
_lock = Lock()  # one thread reads the tables, or writes them


def parse(
    text: str,
    given: Collection[str] = (),
    told: Collection[str] = (),
    request: bool = False,
    several: bool = False,
) -> Expression:
    """Read an expression or a program; `given` names the variables that will get a value, which decides `ax` and `e`.

    `told` are names too, though not all that have no value are: in a derivative by x, `ax` is a*x. Of a `request`
    such as d/dx x^2 the expression is x^2, and the names that it is `asked` for are x. Unless there may be `several`
    results, a vector is refused.

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
    except _UnexpectedError as error:
        raise _syntax_error(lexer, error.token, error.expected) from None
    made = Expression(
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
        needed_in=builder.needed_in,
        differentiated=builder.differentiated,
        notes=list(lexer.scope.notes),
        asked=asked,
        results=builder.results,
    )
    if not several:
        made.require_one_result()
    return made


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
    end = len(lexer.source)
    root: Value = grammar.run(chain(lexer.tokens(), [Token("$END", "", (end, end))]), builder)
    return root


# --- errors ----------------------------------------------------------------------------------------------------------


def _syntax_error(lexer: Lexer, token: Token, expected: Collection[str]) -> AutodiffError:
    """Say in words what was expected, and where."""
    if token.type == "$END":
        return _ends_early(lexer, expected)
    hint = "'name = ...' in front names a result, '==' compares" if token.text == "=" else ""
    if hint and lexer.before.type in _CHANGED and lexer.before.span[1] == token.span[0]:  # x *= 2
        sign = _shown(lexer, lexer.before)
        hint = f"write x {sign} 2 for the new value of x {sign}= 2"
    if "NUMBER" in expected:
        message = f"{_OPERAND} is needed here, not '{_shown(lexer, token)}'"
        if token.type == "RPAR" and lexer.before.type == "LPAR":
            message = "there is nothing between these parentheses"
        elif token.text == "!":
            hint = "write not for the opposite of a condition"
    elif ("COMMA" in expected) != ("RPAR" in expected):
        message = "a sum or product takes an index, its first and last value, and a term"
        hint = "as in sum(k, 1, 10, x^k)"
        if compiled(r"\\begin" + CASES).search(lexer.source):
            message = "a row of cases ends with \\\\"
            hint = "of \\\\ between double quotes a shell leaves one \\; between single quotes both stay"
    else:
        message = f"'{_shown(lexer, token)}' cannot stand here"
        if token.type == "NOT":
            hint = "write and not, or or not"
    return lexer.scope.error(message, token.span, hint)


def _ends_early(lexer: Lexer, expected: Collection[str]) -> AutodiffError:
    last = lexer.last
    if last is START:
        return AutodiffError("the expression is empty", source=lexer.source, hint="as in autodiff eval 'x^2' --x 3")
    if "ELSE" in expected and "NUMBER" not in expected:
        hint = "as in a if c else b, or c ? a : b"
        return lexer.scope.error("the value for everywhere else is missing", last.span, hint)
    hint = f"remove the '{last.text.strip()}', or write what belongs after it"
    return lexer.scope.error(f"the expression ends where {_OPERAND} is needed", last.span, hint)


def _shown(lexer: Lexer, token: Token) -> str:
    """The token as it was typed; LaTeX and signs that were left out as they are read."""
    start, end = token.span
    typed = lexer.source[start:end]
    return typed if typed and typed[0] not in "\\ " else token.text
