"""Reading text to a graph, against a plain grammar of the same signs: Lark's own lexer, no notation, no programs."""

from functools import partial
from typing import Any

from lark import Lark, Transformer
from timing import HEADER, at_most, middle, pairs, parser, quartiles, ratios, row, sized, timed

from autodiff_cli.engine.value import RULES, Value, constant, node, rule_of
from autodiff_cli.language.parser import parse
from autodiff_cli.rules.table import find

TERMS = sized(2000, 5)
ROUNDS = sized(15, 1)
GOAL = 1.3
TEXTS = {
    "tanh(x_i*x_(i+1))": " + ".join(f"tanh(x_{i}*x_{i + 1})" for i in range(TERMS)),
    "2.5*x^3 - (y + 7)*z": " + ".join(f"{i}.5*x^3 - (y + {i})*z" for i in range(TERMS)),
    "sin(exp(x)*2)/(1 + abs(y))": " + ".join(f"sin(exp(x)*{i})/(1 + abs(y))" for i in range(TERMS)),
}
PLAIN = r"""
?start: sum
?sum: product | sum PLUS product -> operation | sum MINUS product -> operation
?product: signed | product TIMES signed -> operation | product OVER signed -> operation
?signed: power | MINUS signed -> negative | "+" signed
?power: atom | atom POWER signed -> operation
?atom: NUMBER -> number | NAME -> name | NAME "(" [_arguments] RIGHT -> call | "(" sum ")"
_arguments: sum ("," sum)*
PLUS: "+"
MINUS: "-"
TIMES: "*"
OVER: "/"
POWER: "^" | "**"
RIGHT: ")"
NUMBER: /([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?/
NAME: /[^\W\d]\w*/
%ignore /\s+/
"""
OPERATIONS = {"+": "add", "-": "sub", "*": "mul", "/": "div", "^": "pow", "**": "pow"}


class Plain(Transformer[Any, Value]):
    """Makes of the plain grammar what the package makes of its own: nodes, their order, their places."""

    def begin(self) -> None:
        self.nodes: list[Value] = []
        self.variables: dict[str, Value] = {}
        self.places: dict[Value, tuple[int, int]] = {}

    def _node(self, rule: Any, args: tuple[Value, ...], start: int, end: int) -> Value:
        made = node(rule, args)
        self.nodes.append(made)
        self.places[made] = (start, end)
        return made

    def number(self, children: list[Any]) -> Value:
        return constant(float(children[0]), str(children[0]))

    def name(self, children: list[Any]) -> Value:
        name = str(children[0])
        if name not in self.variables:
            self.variables[name] = Value(0.0, name)
        return self.variables[name]

    def negative(self, children: list[Any]) -> Value:
        sign, operand = children
        return self._node(RULES["neg", 1], (operand,), sign.start_pos, sign.end_pos)

    def operation(self, children: list[Any]) -> Value:
        left, sign, right = children
        return self._node(RULES[OPERATIONS[sign], 2], (left, right), sign.start_pos, sign.end_pos)

    def call(self, children: list[Any]) -> Value:
        name, *args, right = children
        function = find(name, len(args))
        assert function is not None
        return self._node(rule_of(function), tuple(args), name.start_pos, right.end_pos)


def main() -> None:
    """Print a row for each kind of text."""
    parser(__doc__).parse_args()
    builder = Plain()
    plain = Lark(PLAIN, parser="lalr", lexer="basic", transformer=builder, maybe_placeholders=False)

    def read_plainly(text: str) -> None:
        builder.begin()
        plain.parse(text)

    print(HEADER)
    for what, text in TEXTS.items():
        a, b = pairs(timed(partial(parse, text)), timed(partial(read_plainly, text)), ROUNDS)
        found = ratios(a, b)
        peer = f"plain grammar {middle(b, TERMS)}"
        row(f"reading {what}, a term", middle(a, TERMS), peer, quartiles(found), f"≤ {GOAL}", at_most(GOAL, found))


if __name__ == "__main__":
    main()
