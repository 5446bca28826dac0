"""Text to graph: the grammar's rules build the nodes while they are matched. The only importer of lark."""

import os
import sys
from collections.abc import Collection
from math import isinf, nan
from threading import Lock
from typing import Any

from lark import Lark, Token, Transformer, UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from autodiff_cli.errors import AutodiffError, did_you_mean
from autodiff_cli.expression import Expression
from autodiff_cli.table import BY_NAME, CONSTANTS, find
from autodiff_cli.value import RULES, Value, constant, node, rule_of

_OPERATIONS = {
    "+": RULES["add", 2],
    "-": RULES["sub", 2],
    "*": RULES["mul", 2],
    "/": RULES["div", 2],
    "^": RULES["pow", 2],
    "**": RULES["pow", 2],
}


class _Builder(Transformer[Token, Value]):
    """What each rule of the grammar makes. One builder lives on; `start` begins a new expression."""

    def start(self, source: str, given: Collection[str]) -> None:
        self.source = source
        self.given = given
        self.nodes: list[Value] = []
        self.variables: dict[str, Value] = {}
        self.constants: dict[str, Value] = {}
        self.places: dict[Value, tuple[int, int]] = {}

    def _node(self, rule: Any, args: tuple[Value, ...], start: int, end: int) -> Value:
        made = node(rule, args)
        self.nodes.append(made)
        self.places[made] = (start, end)
        return made

    def number(self, children: list[Any]) -> Value:
        text = str(children[0])
        data = float(text)
        if isinf(data) or (data == 0 and any(digit in "123456789" for digit in text.lower().split("e")[0])):
            start = children[0].start_pos
            raise AutodiffError(
                f"{text} is too {'large' if data else 'small'} for a float",
                source=self.source,
                span=(start, start + len(text)),
                hint="floats reach from 5e-324 to 1.8e308; choose other units",
            )
        return constant(data, text)

    def name(self, children: list[Any]) -> Value:
        name = str(children[0])
        is_constant = name in CONSTANTS and name not in self.given
        known = self.constants if is_constant else self.variables
        if name not in known:
            known[name] = constant(CONSTANTS[name], name) if is_constant else Value(nan, name)
        return known[name]

    def negative(self, children: list[Any]) -> Value:
        sign, operand = children
        return self._node(RULES["neg", 1], (operand,), sign.start_pos, sign.end_pos)

    def operation(self, children: list[Any]) -> Value:
        left, sign, right = children
        return self._node(_OPERATIONS[sign], (left, right), sign.start_pos, sign.end_pos)

    def call(self, children: list[Any]) -> Value:
        name, *args, right = children
        span = (name.start_pos, name.end_pos)
        function = find(name, len(args))
        if function is None or (function.symbol and function.name != "pow"):
            raise self._unknown(name, len(args), span)
        return self._node(rule_of(function), tuple(args), name.start_pos, right.end_pos)

    def _unknown(self, name: str, count: int, span: tuple[int, int]) -> AutodiffError:
        functions = [f for f in BY_NAME.get(name, ()) if not f.symbol or f.name == "pow"]
        if functions:
            takes = " or ".join("2 or more" if f.variadic else str(len(f.args)) for f in functions)
            plural = "" if takes == "1" else "s"
            message = f"{name} takes {takes} argument{plural}, not {count}"
            hint = f"as in {name}({', '.join('abcd'[: max(2, count)] if functions[0].variadic else functions[0].args)})"
            return AutodiffError(message, source=self.source, span=span, hint=hint)
        callable_ = [n for n, fs in BY_NAME.items() if not fs[0].symbol or n == "pow"]
        hint = did_you_mean(name, callable_)
        if not hint and (name in self.given or name in self.variables or name in CONSTANTS):
            hint = f"to multiply, write {name}*(...)"
        return AutodiffError(f"unknown function '{name}'", source=self.source, span=span, hint=hint)


def _grammar() -> str:
    """The grammar's text: beside the package in a checkout, inside it in a wheel."""
    here = os.path.dirname(os.path.abspath(__file__))
    for folder in (here, os.path.dirname(here)):
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


_builder = _Builder()
_lark: Lark | None = None
_lock = Lock()  # there is one parser, and its builder holds the expression being read


def _parser() -> Lark:
    global _lark
    if _lark is None:
        _lark = Lark(
            _grammar(), parser="lalr", lexer="basic", transformer=_builder, maybe_placeholders=False, cache=_cache()
        )
    return _lark


def parse(text: str, given: Collection[str] = ()) -> Expression:
    """Read an expression. A name in `given` is a variable even where it is otherwise a constant (`e`, `pi`, `tau`).

    Raises AutodiffError that points at the place where the text cannot be read.
    """
    name = text.strip()
    bare = find(name, 1)
    # `exp` with one value given is exp of that variable
    if bare and not bare.symbol and len(given) == 1 and name not in given:
        text = f"{name}({next(iter(given))})"
    with _lock:
        _builder.start(text, given)
        try:
            root: Any = _parser().parse(text)
        except UnexpectedInput as error:
            raise _syntax_error(text, error) from None
        return Expression(text, root, _builder.nodes, _builder.variables, _builder.places)


def _syntax_error(text: str, error: UnexpectedInput) -> AutodiffError:
    """Say in words what was expected and where."""
    unclosed, unopened = _unbalanced(text)
    operand = "a number, a name or '('"
    if isinstance(error, UnexpectedCharacters):
        place = error.pos_in_stream or 0
        char = text[place]
        shown = repr(char) if char.isprintable() else f"the control character U+{ord(char):04X}"
        return AutodiffError(f"cannot read {shown}", source=text, span=(place, place + 1), hint=_character_hint(char))
    if not isinstance(error, UnexpectedToken):
        raise error
    token = error.token
    wants_operand = "NUMBER" in error.expected
    if token.type == "$END":
        if not text.strip():
            return AutodiffError("the expression is empty", source=text, hint="as in autodiff eval 'x^2' --x 3")
        if not wants_operand and unclosed is not None:
            return AutodiffError(
                "this '(' is never closed", source=text, span=(unclosed, unclosed + 1), hint="add a ')'"
            )
        end = len(text.rstrip())
        return AutodiffError(f"the expression ends where {operand} is needed", source=text, span=(end - 1, end))
    start = token.start_pos or 0
    span = (start, start + len(token))
    if token == ")" and unopened == start:
        return AutodiffError("this ')' closes nothing", source=text, span=span, hint="remove it, or add a '('")
    if wants_operand:
        return AutodiffError(f"{operand} is needed here, not '{token}'", source=text, span=span)
    if token.type in ("NUMBER", "NAME", "LPAR"):
        return AutodiffError(
            f"an operator is needed before '{token}'", source=text, span=span, hint="to multiply, write *"
        )
    if token == ",":
        return AutodiffError(
            "a comma outside of a function's arguments",
            source=text,
            span=span,
            hint="decimals are written with a point",
        )
    return AutodiffError(f"'{token}' cannot stand here", source=text, span=span)


def _unbalanced(text: str) -> tuple[int | None, int | None]:
    """The offsets of the innermost '(' that is never closed and of the first ')' that closes nothing."""
    stack: list[int] = []
    for index, char in enumerate(text):
        if char == "(":
            stack.append(index)
        elif char == ")":
            if not stack:
                return None, index
            stack.pop()
    return (stack[-1] if stack else None), None


def _character_hint(char: str) -> str:
    if char in "=<>!&|":
        return "an expression has no such sign"
    if char == "%":
        return "write /100 for percent, mod(a, b) for a remainder"
    return "names are letters, digits and _"
