"""Whether a claim is a derivative, for certain: both read as quotients of letters, and the difference reduced to 0."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from time import perf_counter

from autodiff_cli.engine.graph import reachable, toposort
from autodiff_cli.engine.value import VALUES, Value, constant
from autodiff_cli.exact.balls import available, decimal
from autodiff_cli.exact.identity.calls import CallReader, UndecidedCondition, is_read_by_formula
from autodiff_cli.exact.identity.field import FunctionField, RationalFunction
from autodiff_cli.exact.identity.ring import NEGATIVE, Full, GaveUp, Impossible, Letter, Ring
from autodiff_cli.rules.table import BOOLEAN, Function

_LARGEST = 600  # steps of both formulas
_SIZES = (12, 24, 48, 72)  # of rings, until one has room
_PASSES = 6
_CASES = 40  # of conditions
_SECONDS = 1.5


class ProofState(StrEnum):
    """What was shown."""

    PROVEN = "proven"  # equal wherever both are defined
    PROVEN_OFF_SEAMS = "proven off kinks and jumps"  # and where a condition changes
    NONE = ""


@dataclass(frozen=True)
class Question:
    """Whether a claim is the derivative of an expression; each is the last of its steps, arguments first."""

    expression: Value
    derivative: Value
    claim: Value


def prove(question: Question) -> ProofState:
    """What can be said for certain; nothing where python-flint is missing, or where it would take long."""
    roots = [question.expression, question.derivative, question.claim]
    if not available() or len(reachable(roots)) > _LARGEST:
        return ProofState.NONE
    end = perf_counter() + _SECONDS
    for size in _sizes(roots):
        try:
            return _Cases(question, size, end).proof()
        except Full:
            continue
        except (GaveUp, RecursionError, ArithmeticError):  # flint has limits of its own
            return ProofState.NONE
    return ProofState.NONE


def is_proven_0(node: Value) -> bool:
    """Whether algebra shows that a node is 0 wherever it has a value."""
    return prove(Question(node, node, constant(0.0, "0"))) is ProofState.PROVEN


def _sizes(roots: Sequence[Value]) -> Iterable[int]:
    leaves = sum(1 for node in reachable(roots) if not node.args and node.requires_grad)
    return [leaves + size for size in _SIZES]


class _Cases:
    """All the ways in which the conditions in the formulas can come out."""

    def __init__(self, question: Question, size: int, end: float) -> None:
        self._question, self._size, self._end = question, size, end

    def proof(self) -> ProofState:
        waiting: list[dict[str, bool]] = [{}]
        has_condition = has_points = False
        for _ in range(_CASES):
            if not waiting:
                return self._summary(has_points, has_condition)
            assumed = waiting.pop()
            case = _Case(self._question, Ring(self._size, self._end - perf_counter()), assumed)
            try:
                if not case.is_same():
                    return ProofState.NONE
                has_points = True
            except Impossible:
                pass  # there is no such point
            except UndecidedCondition as undecided:
                waiting += [{**assumed, undecided.condition: holds} for holds in (True, False)]
            has_condition = has_condition or case.calls.has_condition or case.calls.has_jump
        return ProofState.NONE

    def _summary(self, has_points: bool, has_condition: bool) -> ProofState:
        """What it comes to; where both are defined nowhere there is nothing to be proven."""
        if not has_points:
            return ProofState.NONE
        return ProofState.PROVEN_OFF_SEAMS if has_condition else ProofState.PROVEN


class _Case:
    """The formulas at points where the conditions come out as is assumed."""

    def __init__(self, question: Question, ring: Ring, assumed: Mapping[str, bool]) -> None:
        self._question = question
        self.field = FunctionField(ring)
        self.calls = CallReader(self.field, assumed)
        given = reachable([question.expression, question.claim])
        self.calls.signs_are_continuous = not any(node.args and _jumps(node) for node in given)
        leaves = [node for node in reachable([question.derivative, *given]) if not node.args]
        for name in sorted({leaf.label or "" for leaf in leaves if leaf.requires_grad}):
            ring.new(Letter(f"variable {name}"))

    def is_same(self) -> bool:
        """Whether the difference is 0. Raises Impossible where there is no point where all is defined."""
        for _ in range(_PASSES):
            reader = _Reader(self.calls)
            self._learn(reader)
            claim = reader.read(self._question.claim)
            self.calls.is_learning = False
            derivative = reader.read(self._question.derivative)
            self.calls.is_learning = True
            if self.field.are_equal(claim, derivative):
                return True
            if not self.calls.next_pass():
                return self._have_equal_squares(claim, derivative)
            self.calls.has_condition = False
        return False

    def _learn(self, reader: _Reader) -> None:
        """Read what says where the expression is defined: all of it where branches matter, else the steps that do."""
        root = self._question.expression
        functions = {node: node.rule.function for node in toposort([root]) if node.args}
        if any(function.name == "where" for function in functions.values()):
            reader.read(root)
            return
        for node, function in functions.items():
            if function.bends or function.name in BOOLEAN:
                reader.read(node)
            elif function.domain:
                with suppress(GaveUp):
                    reader.read(node)

    def _have_equal_squares(self, a: RationalFunction, b: RationalFunction) -> bool:
        """Whether two have the same square and the same sign: sqrt(x - 1)*sqrt(x + 1) and sqrt(x^2 - 1)."""
        if self.calls.sign_of(self.field.mul(a, b)) & NEGATIVE:
            return False
        return self.field.are_equal(self.field.mul(a, a), self.field.mul(b, b))


def _jumps(node: Value) -> bool:
    return node.rule.jumps


@cache
def _formula(function: Function) -> Callable[..., Value]:
    """The formula of the table as a function of graphs."""
    return VALUES.formula(function.value, ", ".join(function.args))


class _Reader:
    """Reads graphs as quotients, each node once."""

    def __init__(self, calls: CallReader) -> None:
        self._calls = calls
        self._known: dict[Value, RationalFunction] = {}
        self._formulas: dict[Value, Value] = {}  # of nodes whose functions are what the table says

    def read(self, root: Value) -> RationalFunction:
        """The quotient of a graph; of a `where`, of the branch that is taken."""
        known, stack = self._known, [root]
        while stack:
            node = stack[-1]
            if node in known:
                stack.pop()
                continue
            waiting = [arg for arg in self._needed(node) if arg not in known]
            if waiting:
                stack += reversed(waiting)
                continue
            known[stack.pop()] = self._made(node)
        return known[root]

    def _needed(self, node: Value) -> tuple[Value, ...]:
        if not node.args:
            return ()
        function = node.rule.function
        if is_read_by_formula(function, len(node.args)):
            if node not in self._formulas:
                self._formulas[node] = _formula(function)(*node.args)
            return (self._formulas[node],)
        if function.name != "where":
            return node.args
        condition = node.args[0]
        return (condition, self._branch(node)) if condition in self._known else (condition,)

    def _branch(self, node: Value) -> Value:
        condition, then, otherwise = node.args
        return then if self._calls.is_true(self._known[condition]) else otherwise

    def _made(self, node: Value) -> RationalFunction:
        if not node.args:
            return self._leaf(node)
        function = node.rule.function
        if node in self._formulas:
            return self._known[self._formulas[node]]
        if function.name == "where":
            return self._known[self._branch(node)]
        return self._calls.call(function, tuple([self._known[arg] for arg in node.args]))

    def _leaf(self, leaf: Value) -> RationalFunction:
        field = self._calls.field
        if leaf.requires_grad:
            return field.of(field.ring.by_name(f"variable {leaf.label or ''}"))
        text = leaf.label or repr(leaf.data)
        constant = self._calls.constant(text)
        if constant is not None:
            return constant
        try:
            from fractions import Fraction

            number = decimal(text)
            return field.number(Fraction(int(number.p), int(number.q)))
        except ValueError:
            raise GaveUp from None  # inf, nan
