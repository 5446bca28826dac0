"""Builds graphs in which equal nodes are one, and simpler where the result is the same to the last digit."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from fractions import Fraction
from math import copysign, isfinite, nan
from typing import Any

from autodiff_cli.codegen.paths import DEEPEST, Path, common
from autodiff_cli.codegen.simplify import RULES, is_exact, is_number
from autodiff_cli.engine.value import Rule, Value, constant, forward, node, pullback_source, rule_of, sweep, toposort
from autodiff_cli.rules.numbers import Kernel, NumberSystem, vectorized_condition
from autodiff_cli.rules.table import BOOLEAN, CONSTANTS, Function, entry, needs

Rewrite = Callable[["Graph", Function, tuple[Value, ...]], "Value | None"]


class Graph:
    """Makes nodes: equal ones once, and simpler ones where the result is the same to the last digit.

    A node of numbers alone becomes a number where it is finite and needed no rounding; else it is kept as it is
    written, and `data` is its value. What holds of numbers may here be taken to hold of nan. `rewrite` may offer
    something else for a function before it is made.
    """

    def __init__(self, rewrite: Rewrite | None = None) -> None:
        self._rewrite = rewrite
        self._made: dict[Any, Value] = {}
        self._partials: dict[tuple[Rule, int], Kernel] = {}
        pi, not_a_number = _Operand(self, self.number(CONSTANTS["pi"], "pi")), _Operand(self, self.number(nan))
        self.numbers = NumberSystem({"pi": pi, "nan": not_a_number}, make=self._kernel)
        self.zero, self.one = self.number(0.0), self.number(1.0)

    # --- making nodes ----------------------------------------------------------------------------------------------

    def number(self, data: float, label: str | None = None) -> Value:
        """A number; one of the language's constants keeps its name."""
        name = label if label in CONSTANTS and CONSTANTS[label] == data else None
        key = (str(data) if data != data else data, copysign(1, data), name)
        if key not in self._made:
            self._made[key] = constant(data, name)
        return self._made[key]

    def make(self, name: str, *args: Value) -> Value:
        """A node that computes the function of that name, or what is the same."""
        return self.call(entry(name, len(args)), args)

    def call(self, function: Function, args: tuple[Value, ...]) -> Value:
        """As `make`, for an entry of the table."""
        simplify = RULES.get(function.name) if len(args) == len(function.args) else None
        simpler = simplify(self, *args) if simplify else None
        if simpler is None and self._rewrite:
            simpler = self._rewrite(self, function, args)
        if simpler is not None:
            return simpler
        rule = rule_of(function)
        key = (rule, frozenset(args) if function.name in ("add", "mul") and len({*args}) == 2 else args)
        made = self._made.get(key)
        if made is None:
            made = self._made[key] = node(rule, args)
            if not made.requires_grad:
                forward((made,))
                named = any([a.label for a in args])  # noqa: C419
                if not named and isfinite(made.data) and is_exact(function.name, [a.data for a in args], made.data):
                    made = self._made[key] = self.number(made.data)
        return made

    def formula(self, text: str, names: str, *args: Value) -> Value:
        """A formula of the table with these nodes for its arguments."""
        return self.node(self.numbers.formula(text, names)(*[_Operand(self, arg) for arg in args]))

    def node(self, operand: Any) -> Value:
        """The node that a formula gave, a number where it gave one."""
        return operand.node if isinstance(operand, _Operand) else self.number(float(operand))

    def _kernel(self, function: Function) -> Kernel:
        return lambda *args: _Operand(self, self.call(function, tuple([self.node(arg) for arg in args])))

    def read(self, roots: Iterable[Value], stand: dict[Value, Value]) -> list[Value]:
        """The same graphs made of nodes of this one. `stand` has what stands for the variables, and learns the rest."""
        roots = list(roots)
        for old in toposort(roots):
            if old not in stand:
                args = tuple([stand[arg] for arg in old.args])
                stand[old] = self.call(old.rule.function, args) if args else self.number(old.data, old.label)
        return [stand[root] for root in roots]

    def defined(self, roots: Iterable[Value], stand: Mapping[Value, Value], besides: Collection[Value] = ()) -> Value:
        """Whether every step of some graphs is inside its function's domain; of a `where`, of the branch that is taken.

        `stand` has this graph's nodes for those of the others. Those `besides` show by themselves where they are not.
        """
        roots = list(roots)
        needed = dict.fromkeys(roots, self.one)
        found: list[Value] = []
        for old in reversed(toposort(roots)):
            here, function = needed[old], old.rule.function
            text = needs(function, [arg.data if is_number(arg) else None for arg in old.args])
            if text and stand[old.args[1] if function.name == "div" else old] not in besides:  # quotients are merged
                holds = self.formula(
                    vectorized_condition(text), ", ".join(function.args), *[stand[arg] for arg in old.args]
                )
                found.append(self._implied(here, holds))
            for index, arg in enumerate(old.args):
                where = here
                if index and function.name == "where":
                    condition = stand[old.args[0]]
                    where = self.make("and", here, condition if index == 1 else self.make("not", condition))
                needed[arg] = self.make("or", needed[arg], where) if arg in needed else where
        holds = self.one
        for one in dict.fromkeys(reversed(found)):  # what the others are made of comes first
            holds = self.make("and", holds, one)
        return holds

    def _implied(self, condition: Value, holds: Value) -> Value:
        return holds if condition is self.one else self.make("or", self.make("not", condition), holds)

    # --- gradients -------------------------------------------------------------------------------------------------

    def gradient(self, root: Value, variables: Sequence[Value]) -> list[Value]:
        """The derivative of a node by each variable, as nodes: the steps of a sweep, at no point in particular.

        What a sweep would not enter at some point, a branch not taken, is behind a `where`: its nodes have a path.
        """
        received: dict[Value, list[tuple[Path, Value]]] = {root: [((), self.one)]}

        def pullback(user: Value, _: Any, ready: list[Value]) -> None:
            found = received.pop(user) if user.args and user in received else []
            path, gradient = self._gathered(found) if found else ((), self.zero)
            for index, arg in _may_matter(user):
                if found and (one := self._passed(user, index, path, gradient)):
                    received.setdefault(arg, []).append(one)
                arg.child_count -= 1
                if not arg.child_count:
                    ready.append(arg)

        sweep(root, 0.0, depends=lambda user: [arg for _, arg in _may_matter(user)], pullback=pullback)
        return [self._from(*self._gathered(received.get(variable, []))) for variable in variables]

    def _passed(self, user: Value, index: int, path: Path, gradient: Value) -> tuple[Path, Value] | None:
        """What a node passes on to one of its arguments; None where that is nothing at every point."""
        function, arg = user.rule.function, user.args[index]
        names, args = ("y, x, args", (arg,)) if function.variadic else (", ".join(("y", *function.args)), user.args)
        operands: list[Any] = [_Operand(self, one) for one in (user, *args)]
        if function.variadic:
            operands.append([_Operand(self, one) for one in user.args])
        text = pullback_source(function, index)
        if function.selects:
            partial = self.node(self.numbers.partial(function, index)(*operands))
            while partial.rule.function.name == "where" and self.zero in partial.args[1:]:
                condition, holding, other = partial.args
                path, partial = (
                    (self.within(path, condition, True), holding)
                    if other is self.zero
                    else (self.within(path, condition, False), other)
                )
            if partial is self.zero:
                return None
            if partial.rule.function.name in BOOLEAN:
                return self.within(path, partial, True), gradient
            if not self._never_zero(partial):
                path = self.within(path, partial, True)
            return path, self.make("mul", gradient, partial)
        given = [_Operand(self, gradient), *operands]
        if function.name == "pow" and index == 0 and not args[1].requires_grad and args[1].data < 4 / 7:
            return path, self._power(text, f"gradient, {names}", given)
        key = (user.rule, index)
        if key not in self._partials:
            self._partials[key] = self.numbers.formula(text, f"gradient, {names}")
        return path, self.node(self._partials[key](*given))

    def _power(self, text: str, names: str, given: list[Any]) -> Value:
        """What a power passes on to its base where the exponent is a number: the rule's choice made but for x = 0."""
        *_, x, p = given
        choose = self.numbers.formula(text, f"{names}, abs")
        by_result, by_power = self.node(choose(*given, lambda x: 1)), self.node(choose(*given, lambda x: 0))
        p = p.node.data
        if p < 0:
            return by_result  # infinite at 0, as it is by the power
        if Fraction(p) - 1 == Fraction(p - 1):
            return by_power
        return self.make("where", self.make("ne", x.node, self.zero), by_result, by_power)

    def _never_zero(self, partial: Value) -> bool:
        if partial.rule.function.name == "div":
            partial = partial.args[0]
        return is_number(partial) and partial.data != 0

    def within(self, path: Path, condition: Value, holds: bool) -> Path:
        """A path with one more condition."""
        while condition.rule.function.name == "not":
            condition, holds = condition.args[0], not holds
        if (condition, holds) in path:
            return path
        if len(path) == DEEPEST:
            joined = self._all_of(path)
            path = ((joined, True),)
        return (*path, (condition, holds))

    def _all_of(self, path: Path) -> Value:
        found = self.one
        for condition, holds in path:
            one = condition if holds else self.make("not", condition)
            found = one if found is self.one else self.make("and", found, one)
        return found

    def _gathered(self, received: list[tuple[Path, Value]]) -> tuple[Path, Value]:
        """The sum of what came along several paths, and the path on which any of it did."""
        groups: dict[Path, Value] = {}
        for path, gradient in received:
            groups[path] = self.make("add", groups[path], gradient) if path in groups else gradient
        if len(groups) < 2:
            return next(iter(groups.items()), ((), self.zero))
        shared = common(groups)
        cover = dict.fromkeys(groups, self.one)  # whether anything came, where the path holds
        for length in range(max(map(len, groups)), len(shared), -1):
            for path in [one for one in groups if len(one) == length]:
                if path in groups:
                    self._lift(path, groups, cover)
        came = cover[shared]
        return (shared if came is self.one else self.within(shared, came, True)), groups[shared]

    def _lift(self, path: Path, groups: dict[Path, Value], cover: dict[Path, Value]) -> None:
        """Join what came along a path and along its other side, and count it to where the two part."""
        *outer, (condition, holds) = path
        before, beside = tuple(outer), (*outer, (condition, not holds))
        both = [(groups.pop(one, self.zero), cover.pop(one, self.zero)) for one in (path, beside)]
        (gradient, other), (came, came_other) = zip(*(both if holds else both[::-1]), strict=True)
        gradient, came = self.make("where", condition, gradient, other), self._either(condition, came, came_other)
        if before in groups:
            gradient, came = self.make("add", groups[before], gradient), self.make("or", cover[before], came)
        groups[before], cover[before] = gradient, came

    def _either(self, condition: Value, came: Value, other: Value) -> Value:
        """`came` where the condition holds, else `other`; both are conditions too."""
        if came is self.one and other is self.one:
            return self.one
        not_it = self.make("not", condition)
        return self.make("or", self.make("and", condition, came), self.make("and", not_it, other))

    def _from(self, path: Path, gradient: Value) -> Value:
        """The gradient where the path holds, else 0."""
        for condition, holds in reversed(path):
            gradient = self.make("where", condition, *((gradient, self.zero) if holds else (self.zero, gradient)))
        return gradient


class _Operand:
    """A node under Python's operators, for the table's formulas to run over."""

    __slots__ = ("graph", "node")

    def __init__(self, graph: Graph, node: Value) -> None:
        self.graph = graph
        self.node = node


def _operators() -> None:
    def of(name: str, turned: bool = False) -> Callable[..., _Operand]:
        def apply(self: _Operand, *others: Any) -> _Operand:
            args = [self.node, *[self.graph.node(other) for other in others]]
            return _Operand(self.graph, self.graph.make(name, *(args[::-1] if turned else args)))

        return apply

    for name in ("add", "sub", "mul", "div", "pow", "lt", "le", "gt", "ge", "eq", "ne", "and", "or", "neg"):
        operator = name.replace("div", "truediv")
        setattr(_Operand, f"__{operator}__", of(name))
        if name in ("add", "sub", "mul", "div", "pow"):
            setattr(_Operand, f"__r{operator}__", of(name, turned=True))


_operators()


def _may_matter(user: Value) -> list[tuple[int, Value]]:
    """The arguments that a node's result may depend on at some point."""
    zero_partials = user.rule.zero_partials
    return [(i, arg) for i, arg in enumerate(user.args) if arg.requires_grad and i not in zero_partials]
