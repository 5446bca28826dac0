"""A claim at a point where floats differ: decided by balls, or by what perturbed runs move.

Nothing is called wrong for its rounding. Balls of rising precision prove it; without them a difference counts once it
is far larger than what moves when every step is perturbed by some ulp.
"""

from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from itertools import filterfalse
from math import isfinite, nan
from operator import attrgetter
from typing import Any, NamedTuple

from autodiff_cli.engine.domain import is_inside
from autodiff_cli.engine.expression import Evaluation
from autodiff_cli.engine.graph import forward, reachable
from autodiff_cli.engine.value import Value
from autodiff_cli.reports.probe import worst
from autodiff_cli.witness.replay import next_random, perturb

TOLERANCE = 1e-9  # relative: nearer than that is right, so that a constant may be typed to ten digits
_BITS = (200, 500, 2000)
_RUNS = 8  # times each point is run again, where there are no balls
_CAUTION = 10  # times what that moves
_ULP = 2.0**-52
_HAZY = 0.01  # a number that moves by more than that has no digits left
_FAINT = 1e-290  # below, floats lose their relative precision
_SURE = 60  # bits of a slope
_SATURATING, _SATURATED = {"tanh", "erf", "erfc", "sigmoid", "sech", "softplus", "gelu", "silu"}, 15.0
_SMALL = 1e-140  # the product of two such numbers may be 0 in floats
_TYPED = 10  # digits from which a number in a claim may be a rounded one


class Outcome(StrEnum):
    """How a claim does at a point."""

    RIGHT = "right"
    WRONG = "wrong"
    KINK = "kink"  # the slopes on both sides differ, and which of them it is a convention
    JUMP = "jump"  # the value jumps, and there is no slope
    UNDEFINED = "undefined"  # the claim has no value where the expression has a slope
    UNDECIDED = "undecided"  # rounding hides it
    SINGULAR = "singular"  # our own gradient is not finite


class Decision(NamedTuple):
    """The outcome at a point, and both values as well as they are known."""

    outcome: Outcome
    claimed: float
    true: float


class ByBalls:
    """Decides by balls of rising precision: a proof. Expression and claim have been moved to the point."""

    def __init__(self, expression: Evaluation, name: str, claim: Evaluation) -> None:
        self._expression, self._claim = expression, claim
        self._variable = expression.variables[name]
        self._typed = {leaf.label for leaf in _constants(expression)}
        self._prepared: dict[int, tuple[Any, dict[Value, Any]]] = {}

    def decide(self, claimed: float, true: float) -> Decision:
        """Raise the precision until the two are told apart, or shown to be one."""
        from flint import ctx

        decision = Decision(Outcome.UNDECIDED, claimed, true)
        for bits in _BITS:
            with ctx.workprec(bits):
                decision = _compare(*self._numbers(bits), decision, is_last=bits == _BITS[-1])
            if decision.outcome is not Outcome.UNDECIDED:
                break
        return decision

    def slope(self) -> float:
        """Our own slope at the point, to the last digit; nan where it has none that is known."""
        from flint import ctx

        for bits in _BITS:
            with ctx.workprec(bits):
                _, gradient = self._numbers(bits)
                if gradient.is_finite() and gradient.rel_accuracy_bits() > _SURE:
                    break
        return float(gradient.mid()) if gradient.is_finite() else nan

    def _numbers(self, bits: int) -> tuple[Any, Any]:
        """The claim and the gradient at the point, as balls; nan where there is no number."""
        balls, constants = self._constants(bits)
        graphs = self._expression, self._claim
        point = {leaf: balls.point(leaf.data) for graph in graphs for leaf in graph.variables.values()}
        ours, theirs = [balls.values_of(graph, constants | point) for graph in graphs]
        gradient = balls.gradients(self._expression.root, ours).get(self._variable, 0)
        return _ball(balls, theirs[self._claim.root]), _ball(balls, gradient)

    def _constants(self, bits: int) -> tuple[Any, dict[Value, Any]]:
        """The balls of that precision, and those of the constants in expression and claim."""
        if bits not in self._prepared:
            from autodiff_cli.exact.balls import Balls

            balls = Balls(bits)
            theirs = {leaf: self._claimed_constant(balls, leaf) for leaf in _constants(self._claim)}
            ours = {leaf: balls.constant(leaf) for leaf in _constants(self._expression)}
            self._prepared[bits] = balls, theirs | ours
        return self._prepared[bits]

    def _claimed_constant(self, balls: Any, leaf: Value) -> Any:
        """A number of the claim; one with many digits may be off in the last, as 0.3333333333 for 1/3."""
        text = leaf.label or ""
        mantissa, _, exponent = text.lower().partition("e")
        typed = mantissa.replace(".", "").strip("0")
        if text in self._typed or len(typed) < _TYPED:
            return balls.constant(leaf)
        digits = len(mantissa.partition(".")[2]) - int(exponent or 0)
        off = float(f"1e{-digits}") + 4 * _ULP * abs(leaf.data)  # it may be cut off, or computed
        return balls.number(f"[{text} +/- {off!r}]")


def _compare(claim: Any, gradient: Any, before: Decision, is_last: bool) -> Decision:
    """What balls of one precision decide; what remains open is as it was, the numbers better."""
    if not gradient.is_finite():
        return before
    true = float(gradient.mid())
    if not claim.is_finite():
        return Decision(Outcome.UNDEFINED, nan, true) if is_last else before._replace(true=true)
    claimed = float(claim.mid())
    apart, allowed = abs(claim - gradient), TOLERANCE * abs(claim).max(abs(gradient))
    if apart <= allowed:
        return Decision(Outcome.RIGHT, claimed, true)
    if apart > allowed:
        return Decision(Outcome.WRONG, claimed, true)
    if is_last and float(apart.upper()) < _FAINT:  # both are zero
        return Decision(Outcome.RIGHT, claimed, claimed)
    return Decision(Outcome.UNDECIDED, claimed, true)


def _ball(balls: Any, number: Any) -> Any:
    """A number as a ball; nan where there is none."""
    return balls.point(nan) if isinstance(number, ArithmeticError) else balls.ball(number)


def _constants(graph: Evaluation) -> set[Value]:
    """The leaves of a graph that are no variables."""
    leaves = filterfalse(attrgetter("args"), reachable([graph.root, *graph.nodes]))
    return {*leaves}.difference(graph.variables.values())


class ByPerturbation:
    """Decides by what rounding moves, where there are no balls: a difference far larger is none of rounding."""

    def __init__(self, expression: Evaluation, name: str, claim: Evaluation) -> None:
        self._expression, self._name, self._claim = expression, name, claim
        self._state = next_random(0)

    def decide(self, claimed: float, true: float) -> Decision:
        """Run both again with every step some ulps off, and see how far they move."""
        undecided = Decision(Outcome.UNDECIDED, claimed, true)
        is_claim_finite = _are_finite(self._claim)
        if not _are_finite(self._expression):
            return undecided
        runs = [*self._runs(claimed, true)]
        if len(runs) < _RUNS:
            return undecided
        moves, insides = zip(*runs, strict=True)
        if not any(insides):
            return Decision(Outcome.UNDEFINED, nan, true)
        size = max(abs(claimed), abs(true))
        is_apart = abs(claimed - true) > _CAUTION * max(map(worst, moves)) + TOLERANCE * size
        if is_apart and size > _FAINT and is_claim_finite:
            return Decision(Outcome.WRONG, claimed, true)
        return undecided

    def _runs(self, claimed: float, true: float) -> Iterator[tuple[float, bool]]:
        """How far both move together in each perturbed run, and whether the claim has a value; up to the first loss."""
        before = {node: node.data for node in (*self._expression.nodes, *self._claim.nodes)}
        for _ in range(_RUNS):
            self._perturb(self._expression.nodes)
            gradient = self._expression.gradients()[self._name]
            self._perturb(self._claim.nodes)
            if any([_has_lost(node, before) for node in before]):  # noqa: C419
                break
            yield abs(gradient - true) + abs(self._claim.root.data - claimed), is_inside(self._claim)

    def _perturb(self, nodes: Iterable[Value]) -> None:
        for node in nodes:
            self._state = next_random(self._state)
            forward((node,))
            if _is_rounded(node):
                node.data = perturb(node.data, self._state, _FAINT)


def may_underflow(graph: Evaluation) -> bool:
    """Whether a number that is 0 or tiny may be another than floats show."""
    return any(map(_is_tiny, graph.nodes))


def _is_tiny(node: Value) -> bool:
    function = node.rule.function
    if function.name in _SATURATING and abs(node.args[0].data) > _SATURATED:
        return True
    if node.data != 0:
        return abs(node.data) < _SMALL
    if function.name in ("mul", "div", "pow", "square"):
        return node.args[0].data != 0 and node.args[-1].data != 0
    return function.sign == "+"


def _are_finite(graph: Evaluation) -> bool:
    """Whether every step has a finite value."""
    return all([isfinite(node.data) for node in graph.nodes])  # noqa: C419


def _is_rounded(node: Value) -> bool:
    """Whether a number may be a rounded one: no condition or step, and no exact zero, that a condition may depend on.

    A zero that is an underflow is rounded.
    """
    rule = node.rule
    if rule.jumps or "0" in rule.function.partials:
        return False
    if node.data != 0:
        return True
    is_sum = rule.function.name in ("add", "sub")
    return not is_sum and all([arg.data != 0 for arg in node.args])  # noqa: C419


def _has_lost(node: Value, before: Mapping[Value, float]) -> bool:
    """Whether an argument has no digits left where that may change the result by any amount, as below a fraction."""
    for arg in _sensitive_args(node):
        was = before.get(arg, arg.data)
        off = abs(arg.data - was)
        if off > _FAINT and not off <= _HAZY * abs(was):
            return True
    return False


def _sensitive_args(node: Value) -> tuple[Value, ...]:
    """The arguments that have to keep digits."""
    name, args = node.rule.function.name, node.args
    if name in ("add", "sub", "neg", "mul"):
        return ()
    return {"pow": args[:1], "div": args[1:]}.get(name, args)
