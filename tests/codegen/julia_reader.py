"""Runs the Julia that is generated, where there is no Julia: a grammar of what the target writes, and its meaning.

Precedence is that of Julia's manual: `^` binds tighter than a sign before it, `? :` least.
"""

import math
import re
from typing import Any

from lark import Lark

from autodiff_cli.engine.value import plain

GRAMMAR = r"""
start: (using _NL)? (function _NL)+
using: "using" "SpecialFunctions" ":" NAME ("," NAME)*
function: "function" NAME "(" [NAME ("," NAME)*] ")" _NL body "end"
body: (statement _NL)*
?statement: NAME ("," NAME)* "=" choice ("," choice)*      -> assign
          | "if" choice _NL body ("else" _NL body)? "end"  -> branch
          | "isnan" "(" NAME ")" "&&" "fill!" "(" NAME "," "NaN" ")" -> fill
          | "return" choice ("," choice)*                  -> result
?choice: or_ | or_ "?" or_ ":" choice                      -> where
?or_: and_ | or_ "||" and_                                 -> or_else
?and_: comparison | and_ "&&" comparison                   -> and_then
?comparison: sum | sum SIGN sum                            -> compare
?sum: product | sum "+" product -> add | sum "-" product   -> sub
?product: unary | product "*" unary -> mul | product "/" unary -> div
?unary: power | "-" unary -> neg | "!" unary               -> not_
?power: atom | atom "^" sign_power                         -> pow
?sign_power: power | "-" sign_power                        -> neg
?atom: NUMBER -> number | NAME -> name | "(" choice ")" | NAME "(" [choice ("," choice)*] ")" -> call
     | "[" choice ("," choice)* "]" -> vector | NAME "[" "]" -> empty
SIGN: "<=" | ">=" | "==" | "!=" | "<" | ">"
NUMBER: /\d+\.\d+(e-?\d+)?/
NAME: /[A-Za-z_]\w*/
_NL: /(\s*\n)+/
%ignore " "
"""
_SIGNS: dict[str, Any] = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
}
PARSER = Lark(GRAMMAR, parser="lalr")


def _divided(a: float, b: float) -> float:
    return a / b if b else math.nan if a == 0 or a != a else math.copysign(math.inf, a) * math.copysign(1, b)


def _called(name: str, args: list[Any]) -> Any:
    if name in ("first", "float", "Float64", "Int"):
        return float(args[0])
    if name == "atan" and len(args) == 2:
        name = "atan2"
    name = {"rem": "fmod", "logabsgamma": "lgamma", "sphericalbesselj": "spherical_jn"}.get(name, name)
    return plain(name)(*args).data


class Julia:
    """The functions of a file, by name."""

    def __init__(self, text: str) -> None:
        tree = PARSER.parse(re.sub(r"#[^\n]*\n", "", text).strip() + "\n")
        self.functions = {str(one.children[0]): one for one in tree.find_data("function")}

    def call(self, name: str, *args: float) -> Any:
        _, *names, body = self.functions[name].children
        scope = dict(zip(filter(None, names), args, strict=True))
        return self._run(body, scope)

    def _run(self, body: Any, scope: dict[Any, Any]) -> Any:
        for statement in body.children:
            parts = statement.children
            if statement.data == "assign":
                half = len(parts) // 2
                values = [self._value(part, scope) for part in parts[half:]]
                scope |= zip(parts[:half], values, strict=True)
            elif statement.data == "branch":
                chosen = parts[1] if self._value(parts[0], scope) else parts[2] if len(parts) > 2 else None
                if chosen is not None:
                    self._run(chosen, scope)
            elif statement.data == "fill" and math.isnan(scope[parts[0]]):
                scope[parts[1]][:] = [math.nan] * len(scope[parts[1]])
            elif statement.data == "result":
                values = [self._value(part, scope) for part in parts]
                return values[0] if len(values) == 1 else values
        return None

    def _value(self, node: Any, scope: dict[Any, Any]) -> Any:
        kind, parts = node.data, node.children
        if kind == "number":
            return float(parts[0])
        if kind == "name":
            return scope[parts[0]] if parts[0] in scope else {"Inf": math.inf, "NaN": math.nan, "pi": math.pi}[parts[0]]
        if kind == "where":
            return self._value(parts[1 if self._value(parts[0], scope) else 2], scope)
        if kind in ("and_then", "or_else"):
            left = self._value(parts[0], scope)
            return self._value(parts[1], scope) if left == (kind == "and_then") else left
        if kind == "compare":
            left, right = self._value(parts[0], scope), self._value(parts[2], scope)
            return _SIGNS[parts[1]](left, right)
        if kind == "empty":
            return []
        if kind == "call":
            return self._call(str(parts[0]), [self._value(part, scope) for part in parts[1:] if part], scope)
        values = [self._value(part, scope) for part in parts if part]
        return _OPERATIONS[kind](*values)

    def _call(self, name: str, args: list[Any], scope: dict[Any, Any]) -> Any:
        assert name not in scope, f"{name} is a variable"
        return self.call(name, *args) if name in self.functions else _called(name, args)


_OPERATIONS: dict[str, Any] = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": _divided,
    "neg": lambda a: -a,
    "not_": lambda a: not a,
    "pow": lambda a, b: plain("pow")(a, b).data,
    "vector": lambda *all: list(all),
}
