"""A graph as typeset mathematics: LaTeX with amsmath, of which only what MathJax and KaTeX read too.

A formula is written from its leaves up, as boxes that know how tight they bind, so that there are parentheses where
they are needed and nowhere else.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import cache, partial
from itertools import filterfalse

from autodiff_cli.codegen.latex import layout
from autodiff_cli.codegen.latex.layout import Box
from autodiff_cli.codegen.latex.spelling import (
    COMPARISON_SIGNS,
    CONSTANT_SIGNS,
    FORMULAS,
    LETTERS,
    head_of,
    spell,
    spellings,
    verbatim,
)
from autodiff_cli.engine.graph import reachable
from autodiff_cli.engine.printer import number_text
from autodiff_cli.engine.value import VALUES, Value, constant
from autodiff_cli.rules.table import CONSTANTS

_EXPONENT = 10.0  # em of an exponent of e
_WAYS = {"lt": "up", "le": "up", "gt": "down", "ge": "down", "eq": "eq"}  # a < b \le c goes one way
_BY_DATA = {data: name for name, data in CONSTANTS.items()}
_NUMBER = re.compile(r"-?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")

# Functions that are written by their arguments' boxes alone
_LAYOUTS: dict[str, Callable[..., Box]] = {
    "add": layout.sum_of,
    "sub": layout.difference,
    "neg": layout.negated,
    "mod": layout.remainder,
    "sqrt": partial(layout.root, r"\sqrt{"),
    "cbrt": partial(layout.root, r"\sqrt[3]{"),
    "abs": partial(layout.around, "vert"),
    "floor": partial(layout.around, "floor"),
    "ceil": partial(layout.around, "ceil"),
    "or": layout.disjunction,
    "not": layout.negation,
    "where": layout.cases,
    **{name: partial(layout.comparison, sign) for name, sign in COMPARISON_SIGNS.items()},
}
# Which argument of a function, by its name and how many it takes, is written as a script too
_SCRIPTS = {("pow", 2): 1, ("exp", 1): 0, ("log", 2): 1, ("polygamma", 2): 0, ("spherical_jn", 2): 0}


@cache
def _formula(name: str, arguments: str) -> Callable[..., Value]:
    made: Callable[..., Value] = VALUES.formula(FORMULAS[name], f"{arguments}, pi, deg")
    return made


class Typesetter:
    r"""Writes graphs that belong together: what has one of the `names` is written as that.

    >>> root = parse("tanh(a*b)/2 + square(a)").root
    >>> print(Typesetter([root]).text(root))
    \frac{\tanh(a b)}{2} + a^{2}
    """

    def __init__(
        self, roots: Iterable[Value], names: Mapping[Value, str] | None = None, also: Iterable[str] = ()
    ) -> None:
        self._names = dict(names or {})
        self._made: dict[tuple[Value, bool], Box] = {}  # by node, and whether it is in a script
        self._expanded: dict[Value, Value] = {}
        self._chains: dict[Value, tuple[Value, str]] = {}  # of a < b < c the right side, and which way it goes
        self._pi, self._deg = constant(CONSTANTS["pi"], "pi"), constant(CONSTANTS["deg"], "deg")
        self.spelled = spellings([*variables_of([*roots, *self._names]), *self._names.values(), *also])
        self._euler = "e" not in self.spelled.values()

    def symbol(self, name: str) -> Box:
        """A name that it knows of."""
        return layout.symbol(self.spelled[name])

    def name(self, node: Value, name: str) -> Box:
        """From here on a node is written as that."""
        self._names[node] = name
        self.spelled.setdefault(name, spell(name))
        return self.symbol(name)

    def shown(self, root: Value) -> Box:
        """What a graph computes, or its name where it has one."""
        return self.symbol(self._names[root]) if root in self._names else self.write(root)

    def write(self, root: Value) -> Box:
        """What a graph computes, also where the root itself has a name."""
        name = self._names.pop(root, None)
        stack = [(self._same(root), False)]
        while stack:
            node, script = stack[-1]
            if waiting := self._waiting(node, script):
                stack += waiting
                continue
            if not self._is_ready(node, script):
                self._made[node, script] = self._make(node, script)
            stack.pop()
        box = self._get(root, False)
        if name is not None:
            self._names[root] = name
        return box

    def text(self, root: Value) -> str:
        """As `write`, as text."""
        return layout.text_of(self.write(root))

    # --- the walk --------------------------------------------------------------------------------------------------

    def _same(self, node: Value) -> Value:
        """The graph that is written for a node: of `square(x)` that of `x^2`."""
        while node not in self._names and node.rule.function.name in FORMULAS:
            if node not in self._expanded:
                function = node.rule.function
                made = _formula(function.name, ", ".join(function.args))(*node.args, self._pi, self._deg)
                self._expanded[node] = made
            node = self._expanded[node]
        return node

    def _is_leaf(self, node: Value) -> bool:
        return not node.args or node in self._names

    def _is_ready(self, node: Value, script: bool) -> bool:
        return self._is_leaf(node) or (node, script) in self._made

    def _waiting(self, node: Value, script: bool) -> list[tuple[Value, bool]]:
        """What must be written before a node: its arguments, and whether each is wanted as a script."""
        if self._is_ready(node, script):
            return []
        wanted = [(self._same(arg), script) for arg in node.args]
        scripted = _SCRIPTS.get((node.rule.function.name, len(node.args)))
        if scripted is not None:
            wanted.append((self._same(node.args[scripted]), True))
        return list(filterfalse(lambda one: self._is_ready(*one), wanted))

    def _get(self, node: Value, script: bool) -> Box:
        """The box of a node that is written already, or of a leaf."""
        node = self._same(node)
        if node in self._names:
            return self.symbol(self._names[node])
        return self._made[node, script] if node.args else self._leaf(node)

    # --- leaves ----------------------------------------------------------------------------------------------------

    def _leaf(self, leaf: Value) -> Box:
        """A number, a variable or a constant."""
        text = _text_of_leaf(leaf)
        if _NUMBER.fullmatch(text):
            return layout.digits(text)
        is_variable = leaf.requires_grad and text in self.spelled
        return self.symbol(text) if is_variable else self._constant(text)

    def _constant(self, text: str) -> Box:
        """A constant, letter by letter where a variable is written as that."""
        if text == "deg":
            return layout.box_of(layout.POWER, r"1^{\circ}", starts="digit")
        name = text.lstrip("-")
        sign = CONSTANT_SIGNS.get(name) or spell(name)
        if sign in self.spelled.values():
            sign = verbatim(name)
        return replace(layout.symbol(sign), negative=text.startswith("-"))

    # --- functions -------------------------------------------------------------------------------------------------

    def _make(self, node: Value, script: bool) -> Box:
        """A node's box, of those of its arguments."""
        name = node.rule.function.name
        args = [self._get(arg, script) for arg in node.args]
        if name in _LAYOUTS:
            return _LAYOUTS[name](*args)
        if name in _WRITERS:
            return _WRITERS[name](self, node, args, script)
        return layout.call(head_of(name), args, "call" * (len(args) == 1))

    def _letter(self, node: Value, args: list[Box], _: bool) -> Box:
        return layout.call(LETTERS[node.rule.function.name], args)

    def _product(self, node: Value, args: list[Box], _: bool) -> Box:
        """A product; times a degree as 45°."""
        degrees = node.args[1]
        if degrees.label != "deg" or degrees.requires_grad:
            return layout.product(*args)
        minus, left = layout.as_factor(args[0])
        shown = layout.as_operand(left, layout.ATOM)
        return layout.box_of(layout.POWER, shown, r"^{\circ}", starts=shown.starts, negative=minus)

    def _quotient(self, _: Value, args: list[Box], script: bool) -> Box:
        over, under = args
        return layout.quotient(over, under, script)

    def _power(self, node: Value, args: list[Box], _: bool) -> Box:
        base = node.args[0]
        exponent = self._get(node.args[1], True)
        if base.label == "e" and not base.requires_grad:
            return self._exponential(exponent, args[1])
        return layout.power(args[0], exponent)

    def _exp(self, node: Value, args: list[Box], _: bool) -> Box:
        return self._exponential(self._get(node.args[0], True), args[0])

    def _exponential(self, exponent: Box, argument: Box) -> Box:
        """As a power of e, but for an exponent that would stand too high."""
        if self._euler and _is_low(exponent):
            return layout.power(layout.symbol("e"), exponent)
        return layout.call(r"\exp", [argument], level=layout.POWER)

    def _log(self, node: Value, args: list[Box], _: bool) -> Box:
        if len(args) == 1:
            return layout.call(head_of("log"), args, "call")
        return layout.call(self._scripted(r"\log_{", node.args[1], "}"), args[:1], "call")

    def _scripted(self, before: str, script: Value, behind: str) -> Box:
        """A function's head with an argument as its script."""
        shown = layout.as_operand(self._get(script, True), layout.CASES)
        return layout.box_of(layout.ATOM, before, *layout.signed(shown), behind)

    def _gamma(self, node: Value, args: list[Box], script: bool) -> Box:
        """Of n + 1 as n!."""
        (arg,) = node.args
        if self._is_sum_of_leaves(arg):
            before, one = [self._get(part, script) for part in arg.args]
            is_plain = before.level == layout.ATOM and not before.negative
            if is_plain and layout.is_one(one):
                return layout.box_of(layout.POWER, before, "!", starts=before.starts)
        return self._letter(node, args, script)

    def _is_sum_of_leaves(self, node: Value) -> bool:
        return node not in self._names and node.rule.function.name == "add" and all(map(self._is_leaf, node.args))

    def _polygamma(self, node: Value, args: list[Box], _: bool) -> Box:
        return layout.call(self._scripted(r"\psi^{(", node.args[0], ")}"), args[1:], level=layout.POWER)

    def _bessel(self, node: Value, args: list[Box], _: bool) -> Box:
        return layout.call(self._scripted("j_{", node.args[0], "}"), args[1:])

    def _conjunction(self, node: Value, args: list[Box], script: bool) -> Box:
        """Two conditions; a < b and b < c as a < b < c."""
        one, two = [self._same(arg) for arg in node.args]
        name = two.rule.function.name
        are_shown = self._names.keys().isdisjoint((one, two))
        if name not in _WAYS or not are_shown or self._end(one) != (two.args[0], _WAYS[name]):
            return layout.conjunction(*args)
        self._chains[node] = two.args[1], _WAYS[name]
        last = layout.as_operand(self._get(two.args[1], script), layout.MOD)
        return layout.box_of(layout.COMPARE, args[0], f" {COMPARISON_SIGNS[name]} ", *layout.signed(last))

    def _end(self, node: Value) -> tuple[Value, str] | None:
        """Of a comparison or a chain of them: its right side, and which way it goes."""
        name = node.rule.function.name
        return (node.args[1], _WAYS[name]) if name in _WAYS else self._chains.get(node)


# Functions that are written by the nodes of their arguments too
_WRITERS: dict[str, Callable[[Typesetter, Value, list[Box], bool], Box]] = {
    "and": Typesetter._conjunction,
    "digamma": Typesetter._letter,
    "div": Typesetter._quotient,
    "exp": Typesetter._exp,
    "gamma": Typesetter._gamma,
    "log": Typesetter._log,
    "mul": Typesetter._product,
    "polygamma": Typesetter._polygamma,
    "pow": Typesetter._power,
    "spherical_jn": Typesetter._bessel,
}


def _is_low(exponent: Box) -> bool:
    return exponent.tall < 2 and exponent.raised < 2 and exponent.width <= _EXPONENT


def _text_of_leaf(leaf: Value) -> str:
    return leaf.label or _BY_DATA.get(leaf.data) or number_text(leaf.data)


def variables_of(roots: Iterable[Value]) -> list[str]:
    """The names of the variables below some nodes."""
    return [str(node.label) for node in filter(_is_variable, reachable(roots))]


def _is_variable(node: Value) -> bool:
    return node.requires_grad and not node.args and bool(node.label)
