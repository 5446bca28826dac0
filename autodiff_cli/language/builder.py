"""What each rule of the grammar makes: the nodes of the graph, as soon as the rule is matched."""

import re
from math import isfinite, nan
from typing import Any, NamedTuple

from autodiff_cli.engine.graph import forward
from autodiff_cli.engine.value import RULES, Rule, Value, constant, node, rule_of
from autodiff_cli.errors import AutodiffError
from autodiff_cli.language.lexer import Called, Head, Lexer, Power, Series, Token
from autodiff_cli.rules.table import BOOLEAN, BY_NAME, find

_MOST = 300_000  # steps that a program's sums and functions may come to: a second's work
_ORDER = 100  # of a derivative
_OPERATIONS = {name: RULES[name, 2] for name, count in RULES if count == 2}


_DECIMAL = re.compile(r"[^()]*?(\d+),(\d+)")


class _Template(NamedTuple):
    """Steps to be made again with something else in the place of some nodes: the body of a function or a sum."""

    parameters: list[Value]
    nodes: list[Value]
    root: Value
    needed: list[Value]


class Builder:
    """What each rule of the grammar makes. One builder lives on; `begin` starts a new text."""

    def begin(self, lexer: Lexer) -> None:
        self.lexer = lexer
        self.nodes = lexer.nodes
        self.places: dict[Value, tuple[int, int]] = {}
        self.defaults: dict[str, float] = {}
        self.constants: dict[str, Value] = {}  # what the defaults were computed by
        self.needed: list[Value] = []  # what must be defined although the result does not depend on it
        self._differentiated: set[Value] = set()  # indices and parameters that diff was asked for
        self.name = ""  # of the result
        self._named: set[Value] = set()
        self._made = 0  # steps of sums and functions
        self._templates: dict[str, _Template] = {}
        self._mark = 0  # how many nodes there were before this statement
        self._statements: list[bool] = []  # whether each has a name

    # --- arithmetic ------------------------------------------------------------------------------------------------

    def _node(self, rule: Rule, args: tuple[Value, ...], start: int, end: int) -> Value:
        made = node(rule, args)
        self.nodes.append(made)
        self.places[made] = (start, end)
        return made

    def leaf(self, children: list[Any]) -> Value:
        found: Value = children[0].value
        return found

    def operation(self, children: list[Any]) -> Value:
        left, sign, right = children
        made = node(_OPERATIONS[sign.value], (left, right))
        self.nodes.append(made)
        self.places[made] = (sign.start_pos, sign.end_pos)
        return made

    def prefix(self, children: list[Any]) -> Value:
        sign, operand = children
        if sign.type == "PLUS":
            plus: Value = operand
            return plus
        name = "neg" if sign.type == "MINUS" else "not"
        return self._node(RULES[name, 1], (operand,), sign.start_pos, sign.end_pos)

    def comparison(self, children: list[Any]) -> Value:
        """a < b, and a < b < c, which is a < b and b < c."""
        pairs = [self.operation(children[at : at + 3]) for at in range(0, len(children) - 2, 2)]
        sign = children[1]
        made = pairs[0]
        for pair in pairs[1:]:
            made = self._node(_OPERATIONS["and"], (made, pair), sign.start_pos, sign.end_pos)
        return made

    def absolute(self, children: list[Any]) -> Value:
        opened, inner, closed = children
        return self._node(RULES["abs", 1], (inner,), opened.start_pos, closed.end_pos)

    def raised(self, children: list[Any]) -> Value:
        base, sign = children
        return self._raise(base, sign.value, sign)

    def _raise(self, base: Value, power: Power, sign: Token) -> Value:
        exponent = power.node
        place = (sign.start_pos, sign.end_pos)
        if power.negative:
            exponent = self._node(RULES["neg", 1], (exponent,), *place)
        return self._node(_OPERATIONS["pow"], (base, exponent), *place)

    def factorial(self, children: list[Any]) -> Value:
        base, sign = children
        place = (sign.start_pos, sign.end_pos)
        more = self._node(_OPERATIONS["add"], (base, constant(1, "1")), *place)
        return self._node(RULES["gamma", 1], (more,), *place)

    # --- calls -----------------------------------------------------------------------------------------------------

    def call(self, children: list[Any]) -> Value:
        name, *args = children
        called: Called = name.value
        end = name.end_pos
        if args and isinstance(args[-1], Token):  # the closing parenthesis
            end = args.pop().end_pos
        power = called.power
        if called.base is not None:
            args.append(called.base)
        if power and power.negative and power.node.data == 1:
            return self._node(self._inverse(called.name, len(args), name), tuple(args), name.start_pos, end)
        made = self._apply(called.name, tuple(args), name, end)
        return self._raise(made, power, name) if power else made

    def _apply(self, name: str, args: tuple[Value, ...], token: Token, end: int) -> Value:
        template = self._templates.get(name)
        if template:
            count = len(template.parameters)
            if count != len(args):
                hint = f"as in {name}({', '.join(str(one.label) for one in template.parameters)})"
                raise self._error(f"{name} takes {_plural(str(count))}, not {len(args)}", token, hint)
            self._room_for(len(template.nodes), token)
            return self._again(template, dict(zip(template.parameters, args, strict=True)))
        if name == "piecewise":
            return self._piecewise(args, token)
        if name == "diff":
            return self._diff(args, token, end)
        function = find(name, len(args))
        if function is None:
            raise self._wrong_count(name, len(args), token)
        return self._node(rule_of(function), args, token.start_pos, end)

    def _inverse(self, name: str, count: int, token: Token) -> Rule:
        function = find(name, count)
        inverse = find(f"a{function.name}", 1) if function and count == 1 else None
        if inverse is None or name in self._templates:
            raise self._error(f"{name}^-1 is no function here", token, f"write 1/{name}(x) for the reciprocal")
        return rule_of(inverse)

    def _piecewise(self, args: tuple[Value, ...], token: Token) -> Value:
        if len(args) < 3 or len(args) % 2 == 0:
            hint = "as in piecewise(x < 0, -x, x < 1, x^2, 1): the last value is for where no condition holds"
            raise self._error("piecewise takes pairs of a condition and a value, then a last value", token, hint)
        made = args[-1]
        for at in range(len(args) - 3, -1, -2):
            made = self._node(RULES["where", 3], (args[at], args[at + 1], made), token.start_pos, token.end_pos)
        return made

    def _diff(self, args: tuple[Value, ...], token: Token, end: int) -> Value:
        """diff(f, x), diff(f, x, 3), diff(f, x, y): the derivative's graph takes the place of the call."""
        from autodiff_cli.symbolic.derive import Derivation
        from autodiff_cli.symbolic.normal_form import steps_below

        example = "as in diff(x^2 * y, x), diff(f, x, 3) for the third, diff(f, x, y) for one after the other"
        if len(args) < 2:
            raise self._error("diff takes an expression and a name to differentiate by", token, example)
        root, *rest = args
        if root.rule.function.name in BOOLEAN:
            hint = "where(condition, a, b) chooses between two values that have one"
            raise self._error("a condition has no derivative: it is 1 or 0", token, hint)
        names: list[Value] = []
        for arg in rest:
            if arg.requires_grad and (not arg.args or arg in self._named):
                names.append(arg)
            elif names and not arg.args and not arg.requires_grad and 1 <= arg.data <= _ORDER and arg.data % 1 == 0:
                names += names[-1:] * (int(arg.data) - 1)
            elif names and not arg.requires_grad:
                raise self._error(f"the order in diff is a whole number from 1 to {_ORDER}", token, example)
            else:
                raise self._error("diff needs a name to differentiate by", token, example)
        there = steps_below([root])
        variables = {*self.lexer.scope.variables.values()}
        leaves = {arg for one in there for arg in one.args if arg.requires_grad and not arg.args}
        self._differentiated |= {name for name in names if not name.args} - variables
        for name in names:
            if name in variables and name is not root and name not in leaves:
                self.lexer.scope.notes[f"{name.label} is not in what diff differentiates, so that it gives 0"] = None
        derivation = Derivation(root, exact=not leaves <= variables)  # x^n at n = 0, when all n are put in
        try:
            made = derivation.by(tuple(names))
        except AutodiffError as error:
            raise self._error(error.message, token, error.hint) from None
        steps = steps_below([made], there)
        self._room_for(len(steps), token)
        for step in steps:
            self.nodes.append(step)
            self.places[step] = (token.start_pos, end)
        if derivation.conditions():
            self.needed.append(root)
        return made

    def series(self, children: list[Any]) -> Value:
        """sum(k, 1, 10, x^k): the term, made once for each value of the index."""
        token, low, high, term, _ = children
        series: Series = token.value
        if series.bound in self._differentiated:
            hint = "diff(x^k, x, 2) is the second derivative by x"
            raise self._error(f"{series.bound.label} counts here: nothing is differentiated by it", token, hint)
        template = self._cut(series.before, [series.bound], term)
        forward(self.nodes[series.before :])
        for bound in (low, high):
            if bound.requires_grad:
                raise self._error(
                    f"the bounds of a {token.text} are numbers, not variables", token, "as in sum(k, 1, 10, x^k)"
                )
            if not isfinite(bound.data) or bound.data != int(bound.data):
                raise self._error(f"the bounds of a {token.text} are whole numbers, not {bound.data:g}", token)
        first, last = int(low.data), int(high.data)
        self._room_for(max(0, last - first + 1) * (len(template.nodes) + 1), token)
        made: Value | None = None
        for k in range(first, last + 1):
            index = constant(abs(k), str(abs(k)))
            if k < 0:
                index = self._node(RULES["neg", 1], (index,), token.start_pos, token.end_pos)
            found = self._again(template, {series.bound: index})
            place = (token.start_pos, token.end_pos)
            made = found if made is None else self._node(_OPERATIONS[series.joins], (made, found), *place)
        if made is None:
            made = constant(0, "0") if series.joins == "add" else constant(1, "1")
        return made

    def _cut(self, before: int, parameters: list[Value], root: Value) -> _Template:
        """Take the steps that depend on the parameters out of those made since."""
        moving = set(parameters)
        taken, left = [], []
        for made in self.nodes[before:]:
            if any([arg in moving for arg in made.args]):  # noqa: C419 - faster
                moving.add(made)
                taken.append(made)
            else:
                left.append(made)
        self.nodes[before:] = left
        needed = [one for one in self.needed if one in moving]
        self.needed = [one for one in self.needed if one not in moving]
        return _Template(parameters, taken, root, needed)

    def _again(self, template: _Template, stand: dict[Value, Value]) -> Value:
        """The template's steps, once more, with the nodes that stand for its parameters."""
        for old in template.nodes:
            made = stand[old] = node(old.rule, tuple([stand.get(arg, arg) for arg in old.args]))
            self.nodes.append(made)
            self.places[made] = self.places[old]
        self.needed += [stand[one] for one in template.needed]
        return stand.get(template.root, template.root)

    def _room_for(self, steps: int, token: Token) -> None:
        self._made += steps
        if self._made > _MOST:
            raise self._error(
                f"this comes to more than {_MOST:,} steps", token, "sums and functions are written out in full"
            )

    # --- statements ------------------------------------------------------------------------------------------------

    def statement(self, children: list[Any]) -> Value:
        *heads, root = children
        head: Head | None = heads[0].value if heads else None
        self._statements.append(head is not None)
        if head and self.lexer.done:
            self.name = heads[0].text.rstrip("=: \t\r\n")
        if head and head.parameters:
            template = self._cut(self._mark, list(head.parameters.values()), root)
            if self.lexer.done:
                variables = [self.lexer.scope.variable(name) for name in head.parameters]
                root = self._again(template, dict(zip(template.parameters, variables, strict=True)))
            else:
                self._templates[head.name] = template
                self.lexer.scope.functions[head.name] = len(head.parameters)
        elif head and not self.lexer.done:
            if not root.requires_grad:
                forward(self.nodes[self._mark :])
                if head.name[0] != "_":
                    root = self._default(head.name, root, heads[0])
            if root.label != head.name and (not root.args or root in self._named):  # a second name moves by itself
                start = heads[0].start_pos
                root = self._node(RULES["identity", 1], (root,), start, start + len(head.name))
            self._named.add(root)
            self.lexer.scope.define(head.name, root)
        self._mark = len(self.nodes)
        made: Value = root
        return made

    def _default(self, name: str, root: Value, token: Token) -> Value:
        """A name for a number is a variable that has its value already."""
        del self.nodes[self._mark :]
        if not isfinite(root.data):
            raise self._error(f"{name} has no finite value here", token)
        self.defaults[name] = root.data
        self.constants[name] = root
        return Value(nan, name)

    def start(self, children: list[Any]) -> Value:
        for index, named in enumerate(self._statements[:-1]):
            if not named:
                begin, end = self.lexer.starts[index : index + 2]
                text = self.lexer.source[begin:end].rstrip("; \t\r\n")
                raise AutodiffError(
                    "this statement has no name, so nothing can use it",
                    source=self.lexer.source,
                    span=(begin, begin + len(text)),
                    hint="write name = ... before it; a line that goes on ends with an operator or is in parentheses",
                )
        result: Value = children[-1]
        return result

    # --- errors ----------------------------------------------------------------------------------------------------

    def _error(self, message: str, token: Token, hint: str = "") -> AutodiffError:
        return self.lexer.scope.error(message, token.start_pos, token.end_pos, hint)

    def _wrong_count(self, name: str, count: int, token: Token) -> AutodiffError:
        functions = [f for f in BY_NAME[name] if not f.symbol or f.name == "pow"]
        takes = " or ".join("2 or more" if f.variadic else str(len(f.args)) for f in functions)
        first = functions[0]
        hint = f"as in {name}({', '.join('abcd'[: max(2, count)] if first.variadic else first.args)})"
        if decimal := _DECIMAL.match(self.lexer.source, token.end_pos + 1):
            hint += f"; if a decimal number is meant, write {decimal[1]}.{decimal[2]}"
        return self._error(f"{name} takes {_plural(takes)}, not {count}", token, hint)


def _plural(count: str) -> str:
    return f"{count} argument{'' if count == '1' else 's'}"
