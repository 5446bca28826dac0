"""A graph as typeset mathematics: LaTeX with amsmath, of which only what MathJax and KaTeX read too.

A formula is written from its leaves up, as `Box`s that know how tight they bind, so that there are parentheses where
they are needed and nowhere else. What is read is what the graph means; a sign, a quotient of a quotient and sums in
sums are put as an author would, `a + (-b)` as `a - b` and `a/b/c` with one line.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import cache

from autodiff_cli.codegen.latex import layout
from autodiff_cli.codegen.latex.spelling import (
    AROUND,
    COMPARED,
    CONSTANT_SIGNS,
    FORMULAS,
    KNOWN,
    LETTERS,
    SPELLED,
    spell,
    spellings,
    verbatim,
)
from autodiff_cli.engine.printer import number_text
from autodiff_cli.engine.value import VALUES, Value, constant, reachable
from autodiff_cli.rules.table import CONSTANTS

_EXPONENT = 10.0  # em of an exponent of e
_WAYS = {"lt": "up", "le": "up", "gt": "down", "ge": "down", "eq": "eq"}  # a < b \le c goes one way
_BY_DATA = {data: name for name, data in CONSTANTS.items()}


@cache
def _formula(name: str, arguments: str) -> Callable[..., Value]:
    made: Callable[..., Value] = VALUES.formula(FORMULAS[name], f"{arguments}, pi, deg")
    return made


class Writer:
    """Writes graphs that belong together: what has one of the `names` is written as that."""

    def __init__(
        self, roots: Iterable[Value], names: Mapping[Value, str] | None = None, also: Iterable[str] = ()
    ) -> None:
        self._names = dict(names or {})
        self._made: dict[tuple[Value, bool], layout.Box] = {}
        self._expanded: dict[Value, Value] = {}
        self._last: dict[Value, tuple[Value, str]] = {}  # of a comparison: its right side, and which way it goes
        self._pi, self._deg = constant(CONSTANTS["pi"], "pi"), constant(CONSTANTS["deg"], "deg")
        self.spelled = spellings([*variables_of([*roots, *self._names]), *self._names.values(), *also])
        self._euler = "e" not in self.spelled.values()

    def symbol(self, name: str) -> layout.Box:
        """A name that it knows of."""
        return layout.symbol(self.spelled[name])

    def name(self, node: Value, name: str) -> layout.Box:
        """From here on a node is written as that."""
        self._names[node] = name
        self.spelled.setdefault(name, spell(name))
        return self.symbol(name)

    def shown(self, root: Value) -> layout.Box:
        """What a graph computes, or its name where it has one."""
        return self.symbol(self._names[root]) if root in self._names else self.write(root)

    def write(self, root: Value) -> layout.Box:
        """What a graph computes, also where the root itself has a name."""
        name = self._names.pop(root, None)
        stack = [(self._same(root), False)]
        while stack:
            node, script = stack[-1]
            waiting = [] if self._is_ready(node, script) else self._needs(node, script)
            waiting = [(self._same(arg), small) for arg, small in waiting]
            if waiting := [one for one in waiting if not self._is_ready(*one)]:
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

    def _get(self, node: Value, script: bool) -> layout.Box:
        node = self._same(node)
        if node in self._names:
            return self.symbol(self._names[node])
        return self._made[node, script] if node.args else self._leaf(node)

    def _leaf(self, leaf: Value) -> layout.Box:
        text = leaf.label or _BY_DATA.get(leaf.data) or number_text(leaf.data)
        if re.fullmatch(r"-?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?", text):
            return layout.digits(text)
        if leaf.requires_grad and text in self.spelled:
            return self.symbol(text)
        if text == "deg":
            return layout.box_of(layout.POWER, r"1^{\circ}", starts="digit")
        negative, text = text.startswith("-"), text.lstrip("-")
        known = CONSTANT_SIGNS.get(text) or spell(text)
        if known in self.spelled.values():  # a variable has that letter
            known = verbatim(text)
        return replace(layout.symbol(known), negative=negative)

    def _needs(self, node: Value, script: bool) -> list[tuple[Value, bool]]:
        """The arguments, and whether each is wanted as a script."""
        name, args = node.rule.function.name, node.args
        found = [(arg, script) for arg in args]
        if name in ("pow", "exp") or (name == "log" and len(args) == 2):
            found.append((args[-1], True))
        elif name in ("polygamma", "spherical_jn"):
            found.append((args[0], True))
        return found

    def _make(self, node: Value, script: bool) -> layout.Box:
        """A node's box, of those of its arguments."""
        name = node.rule.function.name
        args = [self._get(arg, script) for arg in node.args]
        first, last = args[0], args[-1]
        if name in ("add", "sub"):
            return layout.sum_of(first, last, name == "sub")
        if name == "mul":
            return self._times(node, first, last)
        if name == "div":
            return layout.quotient(first, last, script)
        if name == "neg":
            return layout.negated(first)
        if name == "pow":
            exponent = self._get(node.args[1], True)
            is_euler = node.args[0].label == "e" and not node.args[0].requires_grad
            return self._exponential(exponent, last) if is_euler else layout.power(first, exponent)
        if name == "exp":
            return self._exponential(self._get(node.args[0], True), first)
        if name in COMPARED:
            if name in _WAYS:
                self._last[node] = node.args[1], _WAYS[name]
            return layout.comparison(first, COMPARED[name], last)
        if name == "and":
            return self._both(node, first, last, script)
        if name == "or":
            return layout.box_of(
                layout.OR, layout.as_condition(first, layout.OR), r" \lor ", layout.as_condition(last, layout.AND)
            )
        if name == "not":
            inner = layout.as_condition(first, layout.OR)
            return layout.box_of(layout.NOT, r"\lnot ", layout.box_of(layout.ATOM, *layout.delimited(inner, "(", ")")))
        if name == "where":
            return layout.cases(*args)
        return self._function(node, args, script)

    def _function(self, node: Value, args: list[layout.Box], script: bool) -> layout.Box:
        name, first = node.rule.function.name, args[0]
        if name in AROUND:
            inside = layout.as_operand(first, layout.CASES)
            tall = (r"\left", r"\right") if inside.tall else ("", "")
            left, right = rf"{tall[0]}\l{AROUND[name]} ", rf" {tall[1]}\r{AROUND[name]}"
            return layout.box_of(layout.ATOM, left, *layout.signed(inside), right, kind="around")
        if name in ("sqrt", "cbrt"):
            head = r"\sqrt{" if name == "sqrt" else r"\sqrt[3]{"
            return layout.box_of(
                layout.POWER, head, *layout.signed(layout.as_operand(first, layout.CASES)), "}", tall=max(1, first.tall)
            )
        if name == "mod":
            return layout.box_of(
                layout.MOD,
                *layout.signed(layout.as_operand(first, layout.PRODUCT)),
                r" \bmod ",
                *layout.signed(layout.as_operand(args[1], layout.PRODUCT)),
            )
        if name == "gamma":
            (arg,) = node.args
            if arg not in self._names and arg.rule.function.name == "add" and all(map(self._is_leaf, arg.args)):
                before, one = (self._get(part, script) for part in arg.args)
                if layout.is_one(one) and not before.negative and before.level == layout.ATOM:
                    return layout.box_of(layout.POWER, before, "!", starts=before.starts)
        if name == "log" and len(args) == 2:
            base = layout.as_operand(self._get(node.args[1], True), layout.CASES)
            return layout.call(layout.box_of(layout.ATOM, r"\log_{", *layout.signed(base), "}"), args[:1], "call")
        if name in ("polygamma", "spherical_jn"):
            order = layout.signed(layout.as_operand(self._get(node.args[0], True), layout.CASES))
            if name == "polygamma":
                return layout.call(layout.box_of(layout.ATOM, r"\psi^{(", *order, ")}"), args[1:], level=layout.POWER)
            return layout.call(layout.box_of(layout.ATOM, "j_{", *order, "}"), args[1:])
        if name in LETTERS:
            return layout.call(LETTERS[name], args)
        spelled = rf"\{name}" if name in KNOWN else SPELLED.get(name, name)
        head_text = spelled if spelled[0] == "\\" else rf"\operatorname{{{spelled}}}"
        return layout.call(head_text, args, "call" if len(args) == 1 else "")

    def _times(self, node: Value, left: layout.Box, right: layout.Box) -> layout.Box:
        degrees = node.args[1]
        if degrees.label != "deg" or degrees.requires_grad:
            return layout.product(left, right)
        minus, left = layout.as_factor(left)
        shown = layout.as_operand(left, layout.ATOM)
        return layout.box_of(layout.POWER, shown, r"^{\circ}", starts=shown.starts, negative=minus)

    def _exponential(self, exponent: layout.Box, argument: layout.Box) -> layout.Box:
        """As a power of e, but for an exponent that would stand too high."""
        if self._euler and exponent.tall < 2 and exponent.raised < 2 and exponent.width <= _EXPONENT:
            return layout.power(layout.symbol("e"), exponent)
        return layout.call(r"\exp", [argument], level=layout.POWER)

    def _both(self, node: Value, left: layout.Box, right: layout.Box, script: bool) -> layout.Box:
        """Two conditions; a < b and b < c as a < b < c."""
        one, two = (self._same(arg) for arg in node.args)
        ends, name = self._last.get(one), two.rule.function.name
        if ends and name in _WAYS and ends == (two.args[0], _WAYS[name]) and not {one, two} & self._names.keys():
            self._last[node] = two.args[1], _WAYS[name]
            more = layout.signed(layout.as_operand(self._get(two.args[1], script), layout.MOD))
            return layout.box_of(layout.COMPARE, left, f" {COMPARED[name]} ", *more)
        return layout.box_of(
            layout.AND, layout.as_condition(left, layout.AND), r" \land ", layout.as_condition(right, layout.NOT)
        )


def variables_of(roots: Iterable[Value]) -> list[str]:
    """The names of the variables below some nodes."""
    return [node.label for node in reachable(roots) if node.requires_grad and not node.args and node.label]
