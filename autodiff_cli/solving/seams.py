"""Where an expression of one variable may be anything but smooth: at the zeros of what its functions ask about.

The table says of each function where its domain ends and where it has kinks; each such condition compares two numbers,
and changes only where their difference is 0. Between these zeros the expression is smooth, or has no value at all.
"""

import ast
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cache
from itertools import combinations, pairwise
from typing import Any, NamedTuple

from flint import arb

from autodiff_cli.engine.graph import toposort
from autodiff_cli.engine.value import NAMED, Value, constant
from autodiff_cli.engine.value import node as make_node
from autodiff_cli.exact.balls import Undefined
from autodiff_cli.rules.table import BOOLEAN, COMPARISONS, Function
from autodiff_cli.solving.expansions import UnresolvedError, sign_of

# Functions that are written by others, whose zeros are where they are not smooth: as the table says, or as quotients
_TAKEN_APART = ("sec", "csc", "tand", "relu", "leaky_relu", "hardtanh", "clamp", "heaviside", "mod", "fmod")
_QUOTIENTS = {
    "tan": "sin(x) / cos(x)",
    "cot": "cos(x) / sin(x)",
    "coth": "cosh(x) / sinh(x)",
    "csch": "1 / sinh(x)",
}
_WHOLE = {"floor": "x", "ceil": "x", "trunc": "x", "round": "x + 1 / 2"}  # what is whole at a step
LENGTHS = ("hypot", "norm")  # which have a kink where they are 0
_CHOICES = ("where", "abs", "sign", "max", "min")
_POLES = re.compile(r"\b(\w+) != floor\(\1\)")  # in a domain: none at whole numbers
_STEPS = ("floor", "ceil", "trunc", "round", "sign")
_EQUATION = re.compile(r"\b([a-z]+) = (-?\w+)")  # in the words of a kink


class SeamNode(NamedTuple):
    """A node at whose zeros, or where it is a whole number, the expression may be anything but smooth."""

    node: Value
    at_whole_numbers: bool = False


class Interner:
    """Graphs in which what is computed twice is one node, and functions that are quotients are written as such."""

    def __init__(self) -> None:
        self._nodes: dict[Any, Value] = {}

    def of(self, root: Value, by: Mapping[Value, Value] | None = None) -> Value:
        """The graph of a node, with others in place of some of its leaves."""
        known: dict[Value, Value] = {leaf: self.of(other) for leaf, other in (by or {}).items()}
        for node in toposort([root]):
            if node not in known:
                known[node] = self.made(node, tuple([known[arg] for arg in node.args]))
        return known[root]

    def made(self, node: Value, args: tuple[Value, ...]) -> Value:
        """The node of a function of nodes of this graph."""
        if not node.args:
            key: Any = node if node.requires_grad else (node.label, node.data)
            return self._nodes.setdefault(key, node)
        text = _written(node)
        if text:
            return self.formula(text, node.rule.function.args, args)
        key = (node.rule.function.name, *args)
        if key not in self._nodes:
            self._nodes[key] = node if node.args == args else make_node(node.rule, args)
        return self._nodes[key]

    def formula(self, text: str, names: Sequence[str], args: Sequence[Value]) -> Value:
        """A formula of some nodes."""
        return self.of(NAMED.formula(text, ", ".join(names))(*args))


def _written(node: Value) -> str:
    """The formula in place of a function; of a power whose exponent moves, the exponential."""
    function = node.rule.function
    if function.name == "pow" and node.args[1].requires_grad:
        return "exp(p * log(x))"
    return function.value if function.name in _TAKEN_APART else _QUOTIENTS.get(function.name, "")


def seams(root: Value, interner: Interner, needed: Sequence[Value] = (), among: Collection[str] = ()) -> list[SeamNode]:
    """All that may end a smooth stretch of an interned graph, and of what it needs to have a value.

    With `among`, of the functions of these names alone.
    """
    found: dict[SeamNode, None] = {}
    for node in toposort([root, *needed]):
        is_asked = bool(node.args) and (not among or node.rule.function.name in among)
        if is_asked and node.requires_grad:
            for seam in _seams_of(node, interner):
                if seam.node.requires_grad:
                    found[seam] = None
    return [*found]


def choices(root: Value, interner: Interner) -> list[SeamNode]:
    """The seams of what chooses between formulas alone, as the derivative of a smooth function may."""
    return seams(root, interner, among=(*_CHOICES, *BOOLEAN))


def _seams_of(node: Value, interner: Interner) -> Iterator[SeamNode]:
    function, args = node.rule.function, node.args
    name = function.name
    if name in (*COMPARISONS, "max", "min"):
        for pair in combinations(args, 2):
            yield SeamNode(interner.formula("a - b", ("a", "b"), pair))
    elif name in ("and", "or", "not", "where"):
        yield from map(SeamNode, _bare_conditions(args[:1] if name == "where" else args))
    elif name in LENGTHS:
        yield from map(SeamNode, args)
    elif name in _WHOLE:
        yield SeamNode(interner.formula(_WHOLE[name], ("x",), args), at_whole_numbers=True)
    elif not function.variadic and not (name == "pow" and not _may_end(args[1])):
        yield from _seams_of_domain(function, args, interner)


def _bare_conditions(conditions: Sequence[Value]) -> list[Value]:
    """Numbers that are taken as conditions; those that are made by a comparison have seams of their own."""
    return [one for one in conditions if not (one.args and one.rule.function.name in BOOLEAN)]


def _seams_of_domain(function: Function, args: Sequence[Value], interner: Interner) -> Iterator[SeamNode]:
    """The edges of a function's domain, its kinks and its poles."""
    for text in _conditions(function):
        yield SeamNode(interner.formula(text, function.args, args))
    for argument in _POLES.findall(function.domain):
        yield SeamNode(args[function.args.index(argument)], at_whole_numbers=True)


def _may_end(exponent: Value) -> bool:
    """Whether a power by it has an end: not by 0, 1, 2 ..."""
    return bool(exponent.args) or not (exponent.data >= 0 and exponent.data.is_integer())


@cache
def _conditions(function: Function) -> list[str]:
    """What is 0 where a condition of a function's domain changes, or where it has a kink, as formulas."""
    kinks = [sides for kink in function.kinks for sides in _EQUATION.findall(kink.where)]
    found = dict.fromkeys(_difference(left, right) for left, right in [*_compared(function.domain), *kinks])
    return [text for text in found if "floor" not in text]


def _compared(condition: str) -> Iterator[tuple[str, str]]:
    """The two sides of each comparison in a condition."""
    for part in ast.walk(ast.parse(condition or "True", mode="eval")):
        if isinstance(part, ast.Compare):
            yield from pairwise(map(ast.unparse, (part.left, *part.comparators)))


def _difference(left: str, right: str) -> str:
    return left if right == "0" else right if left == "0" else f"{left} - ({right})"


def smooth(root: Value, at: Mapping[Value, Any], interner: Interner) -> Value:
    """What a graph is between two neighbouring seams, from its numbers at a point there: without steps and choices.

    Raises UnresolvedError where a number does not say which way a choice goes.
    """
    known: dict[Value, Value] = {}
    for node in toposort([root]):
        args = tuple([known[arg] for arg in node.args])
        name = node.rule.function.name if node.args else ""
        if name == "where":
            known[node] = args[1] if _certain(at[node.args[0]]) != 0 else args[2]
        elif name in ("max", "min"):
            known[node] = args[_selected([at[arg] for arg in node.args], greatest=name == "max")]
        elif name == "abs":
            number = _certain(at[node.args[0]])
            known[node] = interner.formula("x" if sign_of(number) > 0 else "-x", ("x",), args)
        elif node.requires_grad and (name in _STEPS or name in BOOLEAN):
            known[node] = interner.of(constant(float(_certain(at[node]))))
        else:
            known[node] = interner.made(node, args)
    return known[root]


def _certain(number: Any) -> Any:
    """A number that is one. Raises UnresolvedError for others."""
    if isinstance(number, Undefined) or not arb(number).is_finite():
        raise UnresolvedError
    return number


def _selected(numbers: Sequence[Any], *, greatest: bool) -> int:
    """Which of some numbers is the greatest, or the least. Raises UnresolvedError where that is open."""
    balls = [arb(_certain(number)) if greatest else -arb(_certain(number)) for number in numbers]
    for index, ball in enumerate(balls):
        if all(ball >= other for place, other in enumerate(balls) if place != index):
            return index
    raise UnresolvedError
