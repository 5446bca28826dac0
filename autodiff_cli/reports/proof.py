"""An expression at a point, proven: every digit of value and gradient that is said is right."""

from collections.abc import Collection, Iterable, Mapping
from itertools import chain, filterfalse
from math import isfinite
from operator import attrgetter
from typing import Any, NamedTuple

from autodiff_cli.engine.expression import Expression, NamedGraph
from autodiff_cli.engine.graph import toposort
from autodiff_cli.engine.printer import domain_message, to_text
from autodiff_cli.engine.value import Value
from autodiff_cli.errors import UndefinedError
from autodiff_cli.exact.balls import OPEN, STEEP, Balls, Undefined, decimal, exact, exactly, require
from autodiff_cli.language.parser import parse
from autodiff_cli.reports.decimals import bound_of, decimal_of, precisions
from autodiff_cli.reports.point import selected_rows
from autodiff_cli.reports.proven import Proof, Proven, ProvenRow
from autodiff_cli.reports.results import Report
from autodiff_cli.rules.table import CONSTANTS

_LONGEST = 60  # characters of an expression in a message
_PER_DIGIT = 3.33  # bits
_NEAR = 128  # bits to which the numbers around a point agree with it, at first
_MOST = 1 << 18  # bits, times nodes, that are tried in the end
_FLOAT = 17  # digits that tell a float from its neighbours

_Key = tuple[Value, str]  # a node, and whether it is its "value" or the "gradient" by it


def prove(
    expression: Expression,
    point: Mapping[str, str | float],
    digits: int,
    wrt: Collection[str] = (),
    exact_floats: bool = False,
) -> Proof:
    """Value and gradients to so many significant digits, each correctly rounded, or in words why not.

    A string in `point` is the number that is typed there, a float is that float; with `exact_floats` what is typed,
    in the expression too, stands for its float. Precision is raised to four times what the digits take and 4096 bits.
    Where that does not show a value at all, more are tried. Raises AutodiffError where the expression has no finite
    value.
    """
    graph = ExactGraph(expression, point, wrt, exact_floats)
    first = int(_PER_DIGIT * digits) + 64
    usual = 4 * first + 4096
    found, bits = _found(graph, digits, precisions(first, usual))
    value = found[expression.root, "value"]
    if not (value.is_settled or value.bound):  # it takes more even to begin with, as tan(1e5000) does
        found, bits = _found(graph, digits, precisions(2 * usual, max(2 * usual, _MOST // len(expression.nodes))))
        value = found[expression.root, "value"]
    _require_value(expression, value)
    rows = []
    for name, node in graph.rows.items():
        gradient = _where_smooth(found[node, "gradient"], graph, node, bits)
        rows.append(ProvenRow(name, found[node, "value"], gradient, computed=name not in expression.variables))
    notes = [f"no proven value: {value.why}"] if value.why else []
    notes += [f"no proven gradient by {row.name}: {row.gradient.why}" for row in rows if row.gradient.why]
    return Proof(str(expression), digits, value, rows, notes)


def _found(graph: "ExactGraph", digits: int, tried: Iterable[int]) -> tuple[dict[_Key, Proven], int]:
    """What is proven of value and gradients, with as many bits as it takes; and how many these were."""
    found: dict[_Key, Proven] = {}
    for bits in tried:
        at = _At(graph, bits)
        for key, number in at.numbers():
            if not found.get(key, Proven()).is_settled:
                found[key] = at.proven(number, digits)
        if all(proven.is_settled for proven in found.values()):
            break
    return found, bits


def _require_value(expression: Expression, value: Proven) -> None:
    """Raise UndefinedError where it is certain that there is no finite value."""
    if not value.text and value.final:
        span = expression.places.get(value.node)
        raise UndefinedError(value.why, source=expression.source, span=span, hint=value.node.rule.function.hint)


def _where_smooth(gradient: Proven, graph: "ExactGraph", node: Value, bits: int) -> Proven:
    """A gradient by a node, or why there is none although the rules give one."""
    if not gradient.text:
        return gradient
    why = graph.rough(node, bits)
    return Proven(why=why) if why else gradient


def certify(
    report: Report, expression: Expression, point: Mapping[str, str | float], exact_floats: bool = False
) -> None:
    """Say of each float in the report how many of its significant digits are right: up to 17, or `exact`.

    What stays empty could not be proven.
    """
    graph = ExactGraph(expression, point, [row.name for row in report.rows], exact_floats)
    floats: dict[_Key, float] = {(expression.root, "value"): report.value}
    floats |= {(graph.rows[row.name], "gradient"): row.gradient for row in report.rows}
    found: dict[_Key, str] = {}
    for bits in (128, 512, 2048, 8192):
        at = _At(graph, bits)
        found |= {key: at.right(number, floats[key]) for key, number in at.numbers() if key in floats}
        if all(found.values()):
            break
    report.proven = found[expression.root, "value"]
    for row in report.rows:
        node = graph.rows[row.name]
        right = found[node, "gradient"]
        row.proven = "" if right and graph.rough(node, bits) else right


class ExactGraph:
    """What is to be proven, and where: the rows, and the exact number of every leaf."""

    def __init__(
        self, expression: NamedGraph, point: Mapping[str, str | float], wrt: Collection[str], exact_floats: bool
    ) -> None:
        require()
        self.expression = expression
        self.rows = selected_rows(expression, wrt)
        self._exact_floats = exact_floats
        self.given = {variable: self._given(name, point) for name, variable in expression.variables.items()}
        args = chain.from_iterable([node.args for node in expression.nodes])
        used = dict.fromkeys([*args, expression.root])
        self.constants = [node for node in used if not node.args and node not in self.given]
        self._near: dict[int, _Near] = {}

    def _given(self, name: str, point: Mapping[str, str | float]) -> float | str | Value:
        """What a variable is given: a float, a decimal as it is typed, or the graph of a constant expression."""
        typed = point.get(name)
        if typed is None:
            given = self.expression.defaults if self._exact_floats else self.expression.constants
            return given[name]
        return _float(typed) if self._exact_floats else _read(typed)

    def leaves(self, balls: Balls) -> dict[Value, Any]:
        """The number of every leaf."""
        constants = {leaf: self._constant(leaf, balls) for leaf in self.constants}
        given = {variable: self._number(given, balls) for variable, given in self.given.items()}
        return constants | given

    def _constant(self, leaf: Value, balls: Balls) -> Any:
        """The number of a constant: as it is typed, or its float."""
        if leaf.label in CONSTANTS:
            return balls.constant(leaf)
        if leaf.label and not self._exact_floats:
            return decimal(leaf.label)
        return exactly(leaf.data)

    def _number(self, given: float | str | Value, balls: Balls) -> Any:
        """The number that a variable is given."""
        if isinstance(given, Value):
            return self._computed(given, balls)
        return decimal(given) if isinstance(given, str) else exactly(given)

    def _computed(self, root: Value, balls: Balls) -> Any:
        """The number that a constant expression comes to."""
        order = toposort([root])
        operations = [*filter(attrgetter("args"), order)]
        leaves = {leaf: self._constant(leaf, balls) for leaf in order if not leaf.args}
        return balls.values(operations, leaves)[root]

    def rough(self, node: Value, bits: int) -> str:
        """Why the function may have no slope by the node although the rules give one; empty where it has one.

        Everything is computed again over all numbers near the point, to both sides: there no decision may be open,
        and every rule's slope must be near one number. First with everything moving at once, then this node alone.
        """
        everything = tuple(self.rows.values())
        why = Undefined(OPEN)
        for precision in (_NEAR, max(bits, 2 * _NEAR), max(4 * bits, 4096)):
            for moving in dict.fromkeys([everything, (node,)]):
                near = self._near_all(precision) if moving == everything else self._moved(precision, moving)
                trouble = near.anywhere or near.doubts.get(node)
                if trouble is None:
                    return ""
                why = trouble
        return _roughness(why)

    def _near_all(self, bits: int) -> "_Near":
        """What is in doubt where everything moves at once; computed once."""
        if bits not in self._near:
            self._near[bits] = self._moved(bits, tuple(self.rows.values()))
        return self._near[bits]

    def _moved(self, bits: int, moving: tuple[Value, ...]) -> "_Near":
        """What is in doubt where some nodes move."""
        balls, root = Balls(bits), self.expression.root
        values = balls.values_of(self.expression, self.leaves(balls), moving)
        doubts, result = balls.doubts(root, values), values[root]
        if isinstance(result, Undefined):
            return _Near(doubts, result)
        if balls.ball(result).is_finite():
            return _Near(doubts, None)
        return _Near(doubts, Undefined(STEEP, _culprit(self.expression, values, balls).node))


class _Near(NamedTuple):
    """What is in doubt near a point: by node, and for the value itself."""

    doubts: Mapping[Value, Undefined | None]
    anywhere: Undefined | None


def _roughness(why: Undefined) -> str:
    """In words: why there may be no slope."""
    is_steep = str(why) == STEEP
    if why.node is None:
        return "the domain of the result ends here" if is_steep else "the result has a kink or jumps here"
    function = why.node.rule.function
    text = to_text(why.node, _LONGEST)
    if is_steep and not function.kinks:
        return f"the domain of {text} ends here"
    if function.symbol:
        return f"{text} changes here"
    return f"{text} has a kink or jumps here"


class _At:
    """The numbers of a graph at one precision."""

    def __init__(self, graph: ExactGraph, bits: int) -> None:
        self._graph = graph
        self._balls = Balls(bits)
        root = graph.expression.root
        self._values = self._balls.values_of(graph.expression, graph.leaves(self._balls))
        self._gradients = self._balls.gradients(root, self._values)

    def numbers(self) -> Iterable[tuple[_Key, Any]]:
        """The value of the root and of every row, then each row's gradient."""
        rows = self._graph.rows.values()
        for node in dict.fromkeys((self._graph.expression.root, *rows)):
            yield (node, "value"), self._values[node]
        for node in rows:
            yield (node, "gradient"), self._gradients.get(node, exactly(0.0))

    def proven(self, number: Any, digits: int) -> Proven:
        """The number's digits, or in words why there are none."""
        balls, bits = self._balls, self._balls.bits
        if isinstance(number, Undefined):
            return self._undefined(number)
        if not balls.ball(number).is_finite():
            return self._undefined(_culprit(self._graph.expression, self._values, balls))
        with balls:
            text, is_exact = decimal_of(number, digits)
            bound = "" if text else bound_of(number)
        if text:
            counted = f"{digits:,} digit{'s' * (digits > 1)}"
            return Proven(text, "exact" if is_exact else counted)
        if bound:
            return Proven(why=f"it is 0 to within {bound}, and {bits:,} bits do not tell it from 0", bound=bound)
        return Proven(why=f"{bits:,} bits do not decide the last digit")

    def _undefined(self, why: Undefined) -> Proven:
        """In words: why a number cannot be had."""
        node = why.node
        text = to_text(node, _LONGEST) if node else "the result"
        if node is None:
            return Proven(why=f"{self._balls.bits:,} bits do not decide {text}")
        if why.exact and str(why) == STEEP:
            return Proven(why=f"the slope of {text} is infinite or undefined here", node=node)
        numbers = [self._balls.middle(self._values[arg]) for arg in node.args]
        if self._is_outside(node):
            return Proven(why=domain_message(node, numbers), node=node, final=True)
        if not all(map(isfinite, numbers)):
            return Proven(why=f"{text} has no finite value here", node=node, final=True)
        return Proven(why=f"{self._balls.bits:,} bits do not decide {text}", node=node)

    def _is_outside(self, node: Value) -> bool:
        """Whether a step is outside its domain for certain."""
        function, args = node.rule.function, [self._values[arg] for arg in node.args]
        return bool(function.domain) and self._balls.is_outside(function, args)

    def right(self, number: Any, data: float) -> str:
        """How many digits of a float are right; empty where this precision does not tell."""
        balls = self._balls
        if isinstance(number, Undefined) or not balls.ball(number).is_finite():
            return ""
        if not isfinite(data):
            return "0"
        with balls:
            return _right_digits(balls.ball(number), abs(balls.ball(exactly(data) - number)))


def _right_digits(true: Any, off: Any) -> str:
    """How many digits of a number are right that is so far off the true one, both balls."""
    if off == 0:
        return "exact"
    if true.contains(0):
        return "0" if off > abs(true) else ""
    ten = type(true)(10).log()
    first = (abs(true).log() / ten).mid().floor()  # the exponent of the first digit
    least = (first + 1 - (2 * off.upper()).log() / ten).floor()
    most = (first + 1 - (2 * off.lower()).log() / ten).floor()
    if least >= _FLOAT:
        return str(_FLOAT)
    right = least.unique_fmpz() if least == most else None
    return "" if right is None else str(max(0, int(right)))


def _culprit(expression: NamedGraph, values: Mapping[Value, Any], balls: Balls) -> Undefined:
    """The first step that has no finite value, its arguments having one."""

    def is_finite(node: Value) -> bool:
        number = values[node]
        return not isinstance(number, Undefined) and bool(balls.ball(number).is_finite())

    for node in filterfalse(is_finite, expression.nodes):
        is_number = not isinstance(values[node], Undefined)
        if is_number and all(map(is_finite, node.args)):
            return Undefined(OPEN, node, all([exact(values[arg]) for arg in node.args]))  # noqa: C419
    return Undefined(OPEN)


def _float(typed: str | float) -> float:
    """The float that a typed value stands for."""
    if not isinstance(typed, str):
        return typed
    try:
        return float(typed)
    except ValueError:
        return parse(typed).evaluate()


def _read(typed: str | float) -> float | str | Value:
    """A value as it is typed: a decimal as it stands, or the graph of a constant expression."""
    if not isinstance(typed, str):
        return typed
    try:
        decimal(typed)
    except ValueError:
        return parse(typed).root
    return typed
