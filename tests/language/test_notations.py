"""The same random graphs as six languages write them: all are read, with the values and gradients of the graph.

The writers here know nothing of the table of foreign spellings: what each language calls a function, and how tight its
signs bind, is written down a second time, from its manual.
"""

import math
from collections.abc import Callable
from functools import cache
from random import Random
from typing import Any, ClassVar, NamedTuple

import pytest

from autodiff_cli.engine.value import Value, plain
from autodiff_cli.language.parser import parse

pytestmark = pytest.mark.slow

GRAPHS = 120
POINT = {"x": 0.7, "y": 1.3, "z": -0.45}
ONE = [
    "sin",
    "cos",
    "tan",
    "asin",
    "acos",
    "atan",
    "sinh",
    "cosh",
    "tanh",
    "exp",
    "log",
    "log10",
    "log2",
    "sqrt",
    "abs",
]
ONE += ["floor", "ceil", "sign", "cbrt", "erf"]
TWO = ["max", "min", "atan2", "hypot"]
COMPARISONS = {"lt": "<", "le": "<=", "gt": ">", "ge": ">=", "ne": "!=", "eq": "=="}
LOGIC = {"and": "AND", "or": "OR", "not": "NOT"}
SIGNS = {"add": "+", "sub": "-", "mul": "*", "div": "/"}
# How tight a text binds, from a choice to a name; the languages differ in where the sign of -x stands
CHOICE, OR, AND, NOT, COMPARE, SUM, PRODUCT, SIGN, POWER, TIGHT, ATOM = range(11)


class Node(NamedTuple):
    """A step of a graph by the name of its function; of a leaf, `name` is "" and `leaf` is its text."""

    name: str
    args: tuple["Node", ...] = ()
    leaf: str = ""


class Graphs:
    """Random graphs: products, powers, functions, conditions."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)

    def one(self) -> Node:
        """A graph whose value and slopes are of a moderate size, as are those of all its steps.

        MATLAB has no choice but to multiply both sides by 1 and 0.
        """
        while True:
            node = self.node(self.random.randint(2, 4))
            _, gradient = computed(node)
            if self.is_moderate(node) and any(abs(slope) > 1e-3 for slope in gradient.values()):
                return node

    def is_moderate(self, node: Node) -> bool:
        value, gradient = computed(node)
        if node.name == "sign" and computed(node.args[0])[0] == 0:  # copysign has another opinion
            return False
        is_small = all(abs(number) < 1e6 for number in (value, *gradient.values()))
        return is_small and all(self.is_moderate(arg) for arg in node.args)

    def node(self, depth: int) -> Node:
        if depth == 0:
            return self.leaf()
        kind = self.random.random()
        if kind < 0.4:
            return Node(self.random.choice([*SIGNS, "mul", "add"]), (self.node(depth - 1), self.node(depth - 1)))
        if kind < 0.52:
            exponents = [Node("", leaf=text) for text in ("2", "3", "0.5", "y")]
            exponents.append(Node("neg", (Node("", leaf=self.random.choice("12")),)))
            return Node("pow", (self.node(depth - 1), self.random.choice(exponents)))
        if kind < 0.6:
            return Node("neg", (self.node(depth - 1),))
        if kind < 0.82:
            return Node(self.random.choice(ONE), (self.node(depth - 1),))
        if kind < 0.9:
            return Node(self.random.choice(TWO), (self.node(depth - 1), self.node(depth - 1)))
        return Node("where", (self.condition(depth - 1), self.node(depth - 1), self.node(depth - 1)))

    def condition(self, depth: int) -> Node:
        kind = self.random.random()
        if kind < 0.6 or depth == 0:
            return Node(self.random.choice([*COMPARISONS]), (self.node(min(depth, 1)), self.node(0)))
        if kind < 0.7:
            return Node("not", (self.condition(depth - 1),))
        return Node(self.random.choice(["and", "or"]), (self.condition(depth - 1), self.condition(depth - 1)))

    def leaf(self) -> Node:
        return Node("", leaf=self.random.choice([*"xyzxyzxyz", "2", "3", "10", "0.5", "1.25", "2.5", "pi", "e"]))


def computed(node: Node) -> tuple[float, dict[str, float]]:
    """A graph's value and gradient, by the engine alone."""
    variables = {name: Value(data, name) for name, data in POINT.items()}
    constants = {"pi": math.pi, "e": math.e}

    def build(node: Node) -> Value:
        if node.name:
            made: Value = plain(node.name)(*[build(arg) for arg in node.args])
            return made
        return variables.get(node.leaf) or Value(constants.get(node.leaf) or float(node.leaf), requires_grad=False)

    try:
        root = build(node)
        root.backward()
    except (ValueError, OverflowError, ZeroDivisionError):
        return math.nan, {}
    return root.data, {name: variable.grad for name, variable in variables.items()}


Written = tuple[str, int]


class Writer:
    """Writes a graph as a language has it; what they share is here, as C has it."""

    brackets = ("(", ")")
    negation, raise_sign, equal = SIGN, "", "=="
    names: ClassVar[dict[str, str]] = {}
    constants: ClassVar[dict[str, str]] = {}
    spelled: ClassVar[dict[str, str]] = {}  # by a template, where there is no such function

    def __init__(self, random: Random) -> None:
        self.random = random

    def text(self, node: Node) -> str:
        return self.write(node)[0]

    def write(self, node: Node) -> Written:
        """A text and how tight it binds."""
        if not node.name:
            return self.leaf(node.leaf), ATOM
        own: Callable[[Node], Written] | None = getattr(self, f"write_{node.name}", None)
        if own:
            return own(node)
        if node.name in SIGNS:
            return self.binary(node, self.blank(SIGNS[node.name]), PRODUCT if node.name in ("mul", "div") else SUM)
        if node.name in COMPARISONS:
            return self.compared(node, COMPARISONS[node.name])
        return self.called(node)

    def called(self, node: Node) -> Written:
        begin, end = self.brackets
        args = self.comma().join([self.inside(arg) for arg in node.args])
        if template := self.spelled.get(node.name):
            return template.format(*[self.inside(arg) for arg in node.args]), ATOM
        return f"{self.names.get(node.name, node.name)}{begin}{args}{end}", ATOM

    def inside(self, node: Node) -> str:
        """An argument, at times with brackets that it does not need."""
        text, _ = self.write(node)
        return f"({text})" if self.random.random() < 0.1 else text

    def wrap(self, node: Node, least: int) -> str:
        text, level = self.write(node)
        for _ in range((level < least) + (self.random.random() < 0.07)):
            text = f"({text})"
        return text

    def binary(self, node: Node, sign: str, level: int) -> Written:
        left, right = node.args
        return f"{self.wrap(left, level)}{sign}{self.wrap(right, level + 1)}", level

    def compared(self, node: Node, sign: str) -> Written:
        sign = {"==": self.equal}.get(sign, sign)
        left, right = node.args
        return f"{self.wrap(left, SUM)}{self.blank(sign)}{self.wrap(right, SUM)}", COMPARE

    def blank(self, sign: str) -> str:
        """A sign with blanks around it or without."""
        return self.random.choice([sign, f" {sign} "])

    def comma(self) -> str:
        return self.random.choice([",", ", "])

    def leaf(self, text: str) -> str:
        if text[0].isdigit():
            return self.number(text)
        return self.constants.get(text, text)

    def number(self, text: str) -> str:
        return text

    def write_neg(self, node: Node) -> Written:
        operand = self.wrap(node.args[0], self.negation)
        return (f"-({operand})" if operand[0] in "-+" else f"-{operand}"), self.negation

    def write_pow(self, node: Node) -> Written:
        """To the right, as Python, MATLAB's manual for one sign, and Mathematica have it."""
        base, exponent = node.args
        return f"{self.wrap(base, TIGHT)}{self.blank(self.raise_sign)}{self.wrap(exponent, SIGN)}", POWER

    def write_where(self, node: Node) -> Written:
        return self.called(node)

    def write_and(self, node: Node) -> Written:
        return self.binary(node, " && ", AND)

    def write_or(self, node: Node) -> Written:
        return self.binary(node, " || ", OR)

    def write_not(self, node: Node) -> Written:
        return f"!{self.wrap(node.args[0], ATOM)}", SIGN


class Python(Writer):
    """The module math. https://docs.python.org/3/reference/expressions.html#operator-precedence"""

    raise_sign = "**"
    names: ClassVar[dict[str, str]] = {name: f"math.{name}" for name in [*ONE, *TWO]} | {
        "max": "max",
        "min": "min",
        "abs": "math.fabs",
    }
    constants: ClassVar[dict[str, str]] = {"pi": "math.pi", "e": "math.e"}
    spelled: ClassVar[dict[str, str]] = {"sign": "math.copysign(1, {0})"}

    def write_where(self, node: Node) -> Written:
        condition, first, last = node.args
        return f"{self.wrap(first, OR)} if {self.wrap(condition, OR)} else {self.wrap(last, CHOICE)}", CHOICE

    def write_and(self, node: Node) -> Written:
        return self.binary(node, " and ", AND)

    def write_or(self, node: Node) -> Written:
        return self.binary(node, " or ", OR)

    def write_not(self, node: Node) -> Written:
        return f"not {self.wrap(node.args[0], NOT)}", NOT


class NumPy(Writer):
    """https://numpy.org/doc/stable/reference/routines.math.html; erf is scipy's."""

    raise_sign = "**"
    names: ClassVar[dict[str, str]] = (
        {name: f"np.{name}" for name in ONE}
        | {f"a{name}": f"np.arc{name}" for name in ("sin", "cos", "tan")}
        | {"max": "np.maximum", "min": "np.minimum", "atan2": "np.arctan2", "hypot": "np.hypot", "where": "np.where"}
        | {"erf": "scipy.special.erf", "abs": "np.absolute"}
        | {"and": "np.logical_and", "or": "np.logical_or", "not": "np.logical_not"}
    )
    constants: ClassVar[dict[str, str]] = {"pi": "np.pi", "e": "np.e"}
    write_and = write_or = write_not = Writer.called

    def write_pow(self, node: Node) -> Written:
        if self.random.random() < 0.3:
            return Writer.called(self, node._replace(name="np.power"))
        return Writer.write_pow(self, node)


class C(Writer):
    """ISO C's math.h, with and without the f of single precision."""

    constants: ClassVar[dict[str, str]] = {"pi": "M_PI", "e": "M_E"}
    names: ClassVar[dict[str, str]] = {"abs": "fabs", "max": "fmax", "min": "fmin"}
    spelled: ClassVar[dict[str, str]] = {"sign": "copysign(1.0, {0})"}

    def called(self, node: Node) -> Written:
        text, level = Writer.called(self, node)
        if self.random.random() < 0.3:
            name, _, rest = text.partition("(")
            text = f"{name}f({rest}"
        return text, level

    def number(self, text: str) -> str:
        point = text if "." in text else f"{text}.0"
        return point + self.random.choice(["", "", "f"])

    def write_pow(self, node: Node) -> Written:
        return self.called(node)

    def write_where(self, node: Node) -> Written:
        condition, first, last = node.args
        text = f"{self.wrap(condition, OR)} ? {self.wrap(first, CHOICE)} : {self.wrap(last, CHOICE)}"
        return text, CHOICE


class Excel(Writer):
    """https://support.microsoft.com: a sign in front binds tighter than ^, which groups to the left."""

    raise_sign, negation, equal = "^", TIGHT, "="
    names: ClassVar[dict[str, str]] = (
        {name: name.upper() for name in [*ONE, *TWO]} | {"log": "LN", "where": "IF"} | LOGIC
    )
    constants: ClassVar[dict[str, str]] = {"pi": "PI()", "e": "EXP(1)"}
    write_and = write_or = write_not = Writer.called

    def __init__(self, random: Random) -> None:
        super().__init__(random)
        self.is_european = random.random() < 0.3  # ; between arguments, decimal commas
        cells = random.choice([("A1", "B2", "AC30"), ("$A$1", "$B2", "C$3"), ("a1", "$b$2", "C3")])
        self.cells = dict(zip("xyz", cells, strict=True))

    def text(self, node: Node) -> str:
        text = Writer.text(self, node)
        if self.is_european and ";" not in text:  # then nothing shows that it is
            text = text.replace(",", ".")
        return f"={text}"

    def comma(self) -> str:
        return self.random.choice([";", "; "]) if self.is_european else Writer.comma(self)

    def leaf(self, text: str) -> str:
        return self.cells.get(text) or Writer.leaf(self, text)

    def number(self, text: str) -> str:
        return text.replace(".", ",") if self.is_european else text

    def compared(self, node: Node, sign: str) -> Written:
        return Writer.compared(self, node, {"!=": "<>"}.get(sign, sign))

    def write_pow(self, node: Node) -> Written:
        if self.random.random() < 0.3:
            return Writer.called(self, node._replace(name="POWER"))
        base, exponent = node.args
        return f"{self.wrap(base, POWER)}{self.blank('^')}{self.wrap(exponent, TIGHT)}", POWER

    def called(self, node: Node) -> Written:
        args = [self.inside(arg) for arg in node.args]
        comma = self.comma()
        templates = {
            "log2": f"LOG({{0}}{comma}2)",
            "cbrt": "SIGN({0})*ABS({0})^(1/3)",
            "hypot": "SQRT(({0})^2+({1})^2)",
            "atan2": f"ATAN2({{1}}{comma}{{0}})",
            "floor": "INT({0})",
            "ceil": "-INT(-({0}))",
        }
        if node.name not in templates:
            return f"{self.names.get(node.name, node.name)}({comma.join(args)})", ATOM
        text = templates[node.name].format(*args)
        return (f"({text})" if node.name in ("cbrt", "ceil") else text), ATOM


class Matlab(Writer):
    """https://www.mathworks.com/help/matlab/matlab_prog/operator-precedence.html: powers group to the left there."""

    raise_sign = ".^"
    constants: ClassVar[dict[str, str]] = {"e": "exp(1)", "pi": "pi"}
    spelled: ClassVar[dict[str, str]] = {
        "cbrt": "(sign({0}).*abs({0}).^(1/3))",
        "where": "(({0}).*({1})+(~({0})).*({2}))",
    }

    def binary(self, node: Node, sign: str, level: int) -> Written:
        dotted = {"*": ".*", "/": "./"}.get(sign.strip(), sign.strip())
        return Writer.binary(self, node, sign.replace(sign.strip(), dotted), level)

    def number(self, text: str) -> str:
        return text.removeprefix("0")

    def compared(self, node: Node, sign: str) -> Written:
        return Writer.compared(self, node, {"!=": "~="}.get(sign, sign))

    def write_pow(self, node: Node) -> Written:
        base, exponent = node.args
        return f"{self.wrap(base, TIGHT)}{self.blank(self.raise_sign)}{self.wrap(exponent, TIGHT)}", POWER

    def write_not(self, node: Node) -> Written:
        return f"~{self.wrap(node.args[0], ATOM)}", SIGN


class Mathematica(Writer):
    """https://reference.wolfram.com/language/tutorial/OperatorInputForms.html"""

    brackets, raise_sign = ("[", "]"), "^"
    names: ClassVar[dict[str, str]] = {name: name.capitalize() for name in [*ONE, *TWO]} | {
        "where": "If",
        "ceil": "Ceiling",
    }
    names |= {"cbrt": "CubeRoot"} | {name: f"Arc{name[1:].capitalize()}" for name in ("asin", "acos", "atan")}
    constants: ClassVar[dict[str, str]] = {"pi": "Pi", "e": "E"}
    spelled: ClassVar[dict[str, str]] = {"hypot": "Sqrt[({0})^2 + ({1})^2]", "atan2": "ArcTan[{1}, {0}]"}

    def text(self, node: Node) -> str:
        text = Writer.text(self, node)
        return text if "[" in text else f"Plus[{text}, 0]"  # else nothing shows that E is no variable

    def binary(self, node: Node, sign: str, level: int) -> Written:
        """A product by a blank, unless it would begin with a digit or a sign."""
        left, right = node.args
        second = self.wrap(right, level + 1)
        if sign.strip() != "*" or second[0] in "-0123456789." or self.random.random() < 0.3:
            return f"{self.wrap(left, level)}{sign}{second}", level
        return f"{self.wrap(left, level)} {second}", level

    def write_pow(self, node: Node) -> Written:
        if self.random.random() < 0.2:
            return Writer.called(self, node._replace(name="Power"))
        return Writer.write_pow(self, node)

    def write_where(self, node: Node) -> Written:
        condition, first, last = [self.inside(arg) for arg in node.args]
        if self.random.random() < 0.3:
            return f"Piecewise[{{{{{first}, {condition}}}}}, {last}]", ATOM
        return f"If[{condition}, {first}, {last}]", ATOM


WRITERS = (Python, NumPy, C, Excel, Matlab, Mathematica)


@cache
def graphs() -> list[Node]:
    made = Graphs(15)
    return [made.one() for _ in range(GRAPHS)]


def given(writer: Any) -> dict[str, str]:
    """What a writer calls each variable."""
    cells = getattr(writer, "cells", {})
    return {name: cells.get(name, name).replace("$", "") for name in POINT}


@pytest.mark.parametrize("kind", WRITERS, ids=lambda kind: kind.__name__)
def test_a_graph_as_another_language_writes_it_has_its_values_and_gradients(kind: type[Writer]) -> None:
    wrong = []
    for number, node in enumerate(graphs()):
        writer = kind(Random(number))
        text, names = writer.text(node), given(writer)
        value, gradient = computed(node)
        point = {names[name]: data for name, data in POINT.items()}
        try:
            expression = parse(text, [*point])
            used = {name: data for name, data in point.items() if name in expression.variables}
            read, slopes = expression.value_and_gradient(used)
        except Exception as error:  # all that fail are shown
            wrong.append((text, f"{type(error).__name__}: {error}"))
            continue
        found = [read, *[slopes.get(names[name], 0.0) for name in POINT]]
        if found != pytest.approx([value, *gradient.values()], rel=1e-10, abs=1e-12):
            wrong.append((text, f"{found}, not {value}, {gradient}"))
    assert wrong == []
