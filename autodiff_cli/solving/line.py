"""The roots of an equation along a range, each proven to be there and to be alone: interval Newton and bisection.

A piece of the range has no root where the enclosure of its values, or that by the mean value theorem, does not hold 0.
It has at most one where its slopes do not hold 0; which it is, the signs at its ends say (Moore, Kearfott, Cloud:
Introduction to Interval Analysis, chapter 8). A root of higher order, at a rational point c, is one where f and its
derivatives are 0 exactly up to some order, and the next derivative is 0 nowhere nearby (Taylor's theorem).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import pairwise
from math import ceil, inf, log2, log10, nextafter, ulp
from typing import Any

from flint import arb

from autodiff_cli.engine.expression import NamedGraph
from autodiff_cli.engine.graph import reachable, toposort
from autodiff_cli.engine.value import Value, constant
from autodiff_cli.errors import AutodiffError
from autodiff_cli.exact.balls import Balls, exactly
from autodiff_cli.exact.homogeneous import is_zero
from autodiff_cli.exact.identity.decision import ProofState, Question, prove
from autodiff_cli.exact.rounded import nearest_float
from autodiff_cli.exact.series import Stepper, Stuck
from autodiff_cli.exact.series_numbers import Exact
from autodiff_cli.solving.factors import Factor, factors
from autodiff_cli.solving.far import BallGraph, is_finite
from autodiff_cli.solving.simplest import simplest
from autodiff_cli.symbolic.derive import Derivation

_SEARCH, _SURE, _SHARP = 64, 256, 1024  # bits: to search with, for signs, and for what these leave open
_TOLD = 60  # bits that are known of a number whose float is
_PIECES = 20_000  # times nodes, that are looked at, as a rule
_FEWEST = 1_500
_FINE = 1e-17  # of the range: the width of a piece that is not split any more
_ORDER = 8  # of a root, at most
_CLOSE = 1e-15  # around a root at 0
_TRIED = (1e-6, 3e-2)  # of the range: the width of pieces that may hold a root of higher order
_SAMPLES = (0.1371, 0.5713, 0.8917)  # of the range: where a function is 0 that is 0 everywhere

Leaves = Mapping[Value, Any]


@dataclass(slots=True)
class Root:
    """A root: its ball, its float, how far from it it is alone, and the slope there; None where there is none."""

    ball: Any
    x: float
    within: float
    slope: float | None
    order: float = 1.0
    exact: Any = None  # where it is known as a rational
    factor: Value | None = None


@dataclass(slots=True)
class Roots:
    """The roots in a range; `everywhere` where each number in it is one."""

    found: list[Root] = field(default_factory=list)
    undecided: list[tuple[float, float]] = field(default_factory=list)
    everywhere: bool = False
    pieces: int = 0


class RootFinder:
    """An equation along one variable, the others fixed."""

    def __init__(self, graph: NamedGraph, root: Value, variable: Value, fixed: Leaves, pieces: int = _PIECES) -> None:
        self.graph = graph
        self.pieces = pieces  # times nodes, that are looked at
        self.root = root
        self.variable = variable
        self._fixed = fixed
        self._derivatives: dict[Value, RootFinder] = {}
        self._at = {bits: BallGraph(graph, fixed, bits) for bits in (_SEARCH, _SURE, _SHARP)}

    def roots(self, low: float, high: float) -> Roots:
        """All roots from one end to the other, and where there may be more."""
        total = Roots(everywhere=self._is_0(low, high))
        for factor in [] if total.everywhere else factors(self.root):
            part = _Bisection(self, factor, low, high).run()
            total.pieces += part.pieces
            total.everywhere |= part.everywhere
            total.undecided += part.undecided
            total.found += part.found
        total.found = self._told_apart(sorted(total.found, key=lambda root: root.x), total)
        total.undecided = _merged(total.undecided, 0.0)
        return total

    def _is_0(self, low: float, high: float) -> bool:
        """Whether the equation holds everywhere: at some points, and then proven by algebra."""
        for share in _SAMPLES:
            number = self.values(arb(low + (high - low) * share), _SURE)[self.root]
            if is_finite(number) and not arb(number).contains(0):
                return False
        question = Question(self.root, self.root, constant(0.0))
        return prove(question) is ProofState.PROVEN

    def _told_apart(self, found: list[Root], total: Roots) -> list[Root]:
        """The roots, each once; two of different factors that are too close to tell apart are undecided."""
        kept: list[Root] = []
        for root in found:
            before = kept[-1] if kept else None
            if before is None or not before.ball.overlaps(root.ball):
                kept.append(root)
            elif before.factor is root.factor:
                continue
            elif before.exact is not None and before.exact == root.exact:
                before.order += root.order
                before.slope = 0.0 if before.order > 1 else before.slope
            else:
                kept.pop()
                total.undecided.append((nextafter(root.x, -inf), nextafter(root.x, inf)))
        return kept

    # --- one place -------------------------------------------------------------------------------------------------

    def values(self, ball: Any, bits: int = _SEARCH) -> dict[Value, Any]:
        """The number of every node over a ball of the variable."""
        return self._at[bits].values({self.variable: ball})

    def slopes(self, node: Value, values: dict[Value, Any], bits: int = _SEARCH) -> Any:
        """The slopes of a node over a ball, or Undefined."""
        return self._at[bits].gradient(node, self.variable, values)

    def excludes_0(self, node: Value, values: dict[Value, Any]) -> bool:
        """Whether a node is nowhere 0."""
        return self._at[_SEARCH].excludes_0(node, values, self.variable)

    @property
    def cases(self) -> int:
        """How many ways were looked at in which open conditions may stand."""
        return self._at[_SEARCH].cases

    def balls(self, bits: int) -> Balls:
        """To work with at a precision."""
        return self._at[bits].balls

    def sign(self, node: Value, at: Any) -> int | None:
        """The sign of a node at a point, 0 where it is 0 exactly; None where that cannot be told."""
        for bits in (_SEARCH, _SURE, _SHARP):
            number = self.values(at, bits)[node]
            if not is_finite(number):
                continue
            if number == 0:
                return 0
            if not arb(number).contains(0):
                return 1 if number > 0 else -1
        return None

    def is_there(self, factor: Factor, at: Any) -> bool | None:
        """Whether the whole has a value at a root of a factor; None where that cannot be told."""
        values = self.values(at, _SURE)
        if all(is_finite(values[node]) for node in (*factor.defined, *self.graph.needed)):
            return True
        enclosure = self._at[_SURE]
        is_outside = enclosure.balls.violation(self.graph, values) is not None
        return False if is_outside else None

    def order_at(self, node: Value, at: Any, around: Any) -> int | None:
        """Of which order an exact root at a rational is; None unless it is shown to be alone around it."""
        orders = self._coefficients(node, at, _ORDER)
        order = next((k for k, number in enumerate(orders) if not is_zero(number)), 0)
        if not order or arb(orders[order]).contains(0):
            return None
        nearby = self._coefficients(node, around, order)
        if not nearby or not is_finite(nearby[order]) or arb(nearby[order]).contains(0):
            return None
        return order

    def is_nowhere_0(self, ball: Any) -> bool:
        """Whether the whole is nowhere 0 over a ball, as far as it is defined."""
        return self._at[_SURE].excludes_0(self.root, self.values(ball, _SURE), self.variable)

    def is_continuous(self, ball: Any) -> bool:
        """Whether every node is continuous over a ball, as far as it goes inside of the domain, in one piece."""
        return self._at[_SURE].is_continuous(self.variable, self.values(ball, _SURE))

    def derivative(self, node: Value) -> "RootFinder | None":
        """The derivative of a node along the line, where there is a formula for it."""
        if node not in self._derivatives:
            try:
                root = Derivation(node, exact=True).by((self.variable,))
            except AutodiffError:
                return None
            steps = [step for step in toposort([root]) if step.args]
            graph = NamedGraph(self.graph.source, root, steps, self.graph.variables, {})
            self._derivatives[node] = RootFinder(graph, root, self.variable, self._fixed)
        return self._derivatives[node]

    def _coefficients(self, node: Value, at: Any, order: int) -> list[Any]:
        """The Taylor coefficients of a node over a ball; none where there is no series."""
        balls = self.balls(_SURE)
        with balls:
            try:
                leaves = {leaf: number for leaf, number in self.values(at, _SURE).items() if not leaf.args}
                numbers = Exact(balls, leaves)
                return Stepper(self.graph.nodes, node, [self.variable], numbers).coefficients(order)
            except (Stuck, ArithmeticError, ValueError):
                return []


class _Bisection:
    """One factor along a range: pieces are looked at, the widest first."""

    def __init__(self, line: RootFinder, factor: Factor, low: float, high: float) -> None:
        self.line, self.factor, self.node = line, factor, factor.node
        self.low, self.high = low, high
        self.result = Roots()
        self._waiting: list[tuple[float, float, float]] = []
        self._left: list[tuple[float, float]] = []
        self._settled: list[tuple[float, float]] = []  # around roots of higher order, where there is no other
        self._most = max(_FEWEST, line.pieces // max(len(line.graph.nodes), 1))

    def run(self) -> Roots:
        """All roots of the factor."""
        if self._is_constant():
            return self.result
        self._put(self.low, self.high)
        before = self.line.cases
        while self._waiting and self.result.pieces + self.line.cases - before < self._most:
            _, low, high = heappop(self._waiting)
            self.result.pieces += 1
            self._look(low, high)
        self._left += [(low, high) for _, low, high in self._waiting]
        for low, high in _merged(self._left, 2 * _FINE * (self.high - self.low)):
            self._decide(low, high)
        self._once()
        return self.result

    def _is_constant(self) -> bool:
        """Settle a factor that the variable does not move."""
        values = self.line.values(_hull(self.low, self.high))
        number = values[self.node]
        is_moved = self.line.variable in reachable([self.node])
        if not is_moved and number == 0:
            self.result.everywhere = True
        elif not is_moved and not (is_finite(number) and not arb(number).contains(0)):
            self.result.undecided.append((self.low, self.high))
        return not is_moved

    def _put(self, low: float, high: float) -> None:
        heappush(self._waiting, (low - high, low, high))

    def _look(self, low: float, high: float) -> None:
        """Decide a piece, or split it."""
        if any(begin <= low and high <= end for begin, end in self._settled):
            return
        line, node = self.line, self.node
        ball = _hull(low, high)
        values = line.values(ball)
        if line.excludes_0(node, values):
            return
        number = values[node]
        slopes = line.slopes(node, values) if is_finite(number) else None
        if slopes is not None and is_finite(slopes):
            if not slopes.contains(0):
                if self._monotone(low, high):
                    return
            elif self._is_empty_by_slopes(low, high, slopes):
                return
        self._split(low, high)

    def _split(self, low: float, high: float) -> None:
        """Two pieces of one, not in the middle, where roots of typed equations often are."""
        middle = low + (high - low) * 0.4871
        share = (high - low) / (self.high - self.low)
        if _TRIED[0] < share < _TRIED[1] and self._is_of_higher_order(low, high):
            return
        is_fine = share <= _FINE or not low < middle < high
        if is_fine or high - low <= 2 * ulp(max(abs(low), abs(high))):
            self._left.append((low, high))
        else:
            self._put(low, middle)
            self._put(middle, high)

    def _is_empty_by_slopes(self, low: float, high: float, slopes: Any) -> bool:
        """Whether the mean value theorem says that there is no root."""
        middle = arb((low + high) / 2)
        number = self.line.values(middle)[self.node]
        if not is_finite(number):
            return False
        with self.line.balls(_SEARCH):
            return not (arb(number) + slopes * (_hull(low, high) - middle)).contains(0)

    def _monotone(self, low: float, high: float) -> bool:
        """Settle a piece where the node rises or falls from end to end: by the signs there."""
        first, last = (self.line.sign(self.node, arb(end)) for end in (low, high))
        for sign, end in ((first, low), (last, high)):
            if sign == 0:
                self._found(arb(end), exact=exactly(end))
                return True
        if first is None or last is None:
            return self._at_an_end(low, high, low if first is None else high)
        if first != last:
            self._found(self._narrowed(low, high))
        return True

    def _at_an_end(self, low: float, high: float, end: float) -> bool:
        """A root so close to an end that signs do not tell on which side it is."""
        away = max(8 * ulp(end), 1e-300)
        around = _hull(end - away, end + away)
        slopes = self.line.slopes(self.node, self.line.values(around, _SURE), _SURE)
        number = self.line.values(arb(end), _SURE)[self.node]
        if not (is_finite(slopes) and is_finite(number)) or slopes.contains(0):
            return False
        with self.line.balls(_SURE):
            root = arb(end) - arb(number) / slopes
            if not around.contains_interior(root):
                return False
        self._found(root)
        return True

    def _narrowed(self, low: float, high: float) -> Any:
        """The root of a piece that has one, as a narrow ball: Newton's steps over balls."""
        line, node = self.line, self.node
        ball = _hull(low, high)
        with line.balls(_SURE):
            for _ in range(200):
                middle = arb(ball.mid())
                values = line.values(ball, _SURE)
                slopes, number = line.slopes(node, values, _SURE), line.values(middle, _SURE)[node]
                step = arb("nan")
                if is_finite(slopes) and is_finite(number) and not slopes.contains(0):
                    step = middle - arb(number) / slopes
                narrowed = _common(ball, step) if step.is_finite() else None
                if narrowed is None or narrowed.rad() > 0.6 * ball.rad():
                    narrowed = self._halved(ball, narrowed or ball)
                if narrowed is None or not narrowed.rad() < ball.rad():
                    return ball
                ball = narrowed
                if ball.rad() <= arb(2) ** -150 * abs(ball.mid()).max(arb(2) ** -1000):
                    return ball
        return ball

    def _halved(self, ball: Any, known: Any) -> Any:
        """The half of a ball with the change of sign."""
        low, middle, high = arb(known.lower()), arb(known.mid()), arb(known.upper())
        below, here = self.line.sign(self.node, low), self.line.sign(self.node, middle)
        if here == 0:
            return middle
        if here is None or below is None:
            return None
        return low.union(middle) if below != here else middle.union(high)

    def _found(self, ball: Any, exact: Any = None, order: float = 1.0) -> None:
        """Add a root of the factor, if the whole has a value there."""
        if exact is None:
            exact = self._exact(ball)
        is_there = self.line.is_there(self.factor, ball if exact is None else exact)
        if exact is not None:
            ball = self.line.balls(_SURE).ball(exact)
        x = nearest(ball.mid()) if exact is None else nearest_float(int(exact.p), int(exact.q))
        if is_there is None:
            self._undecided(nextafter(x, -inf), nextafter(x, inf))
        elif is_there and self._is_inside(ball):
            power = order * self.factor.power
            root = Root(ball, x, self._alone_within(ball, x, exact), None, power, exact, self.node)
            root.slope = self._slope(ball if exact is None else exact, power)
            self.result.found.append(root)

    def _exact(self, ball: Any) -> Any:
        """The root as a rational, where a simple one in its ball is one."""
        low, high = (float(end) for end in (ball.lower(), ball.upper()))
        point = simplest(nextafter(low, -inf), nextafter(high, inf))
        return point if ball.contains(point) and self.line.sign(self.node, point) == 0 else None

    def _is_inside(self, ball: Any) -> bool:
        """Whether a root may be in the range: one that is within rounding of an end counts."""
        return bool(ball.upper() >= arb(self.low) and ball.lower() <= arb(self.high))

    def _slope(self, at: Any, power: float) -> float | None:
        """The slope of the whole at a root; None at a kink, a jump or the edge of a domain."""
        if power > 1:
            return 0.0
        line = self.line
        with line.balls(_SURE):
            around = close_to(at)
        slope = line.slopes(line.root, line.values(around, _SURE), _SURE)
        return known(slope) if is_finite(slope) else None

    def _alone_within(self, ball: Any, x: float, exact: Any) -> float:
        """How far from its float the root is the only one, as a power of ten."""
        least = float(abs(ball - arb(x)).upper())
        within = 10.0 ** ceil(log10(max(ulp(x) if x else _CLOSE, least)))
        while within >= least and x - within < x < x + within:
            around = _hull(x - within, x + within)
            slopes = self.line.slopes(self.node, self.line.values(around, _SURE), _SURE)
            if is_finite(slopes) and not slopes.contains(0):
                return within
            if self.line.order_at(self.node, exactly(x) if exact is None else exact, around):
                return within
            if exact is not None and self._is_alone(exact, x - within, x + within):
                return within
            within /= 10 if x == 0 else 2
            if within < _CLOSE * _CLOSE:
                break
        return 0.0 if exact is not None else least

    def _decide(self, low: float, high: float) -> None:
        """Settle what bisection has left: a root of higher order at a rational point, or nothing."""
        if self._is_of_higher_order(low, high):
            return
        point = simplest(nextafter(low, -inf), nextafter(high, inf))
        if self.line.sign(self.node, point) == 0:
            is_alone = self._is_alone(point, low, high)
            self._found(arb(point), exact=point, order=1 if is_alone else 0)
            if is_alone:
                return
        self._undecided(low, high)

    def _is_alone(self, point: Any, low: float, high: float) -> bool:
        """Whether an exact root is the only one in a piece, by the mean value theorem: no slope on either side is 0.

        Slopes may be infinite at the root, as that of cbrt(x) is.
        """
        width = 2.0 ** ceil(log2(max(high - low, _CLOSE * abs(low))))
        with self.line.balls(_SURE):
            sides = [(arb(point) - width, arb(point)), (arb(point), arb(point) + width)]
            balls = [(a + b) / 2 + arb(0, 1) * (width / 2) for a, b in sides]
        in_range = [
            ball for ball, is_in in zip(balls, (arb(low) < arb(point), arb(point) < arb(high)), strict=True) if is_in
        ]
        return all(map(self._has_slopes, in_range))

    def _has_slopes(self, ball: Any) -> bool:
        """Whether the factor is continuous over a ball, and no slope there is 0."""
        derivative = self.line.derivative(self.node)
        return derivative is not None and derivative.is_nowhere_0(ball) and self.line.is_continuous(ball)

    def _is_of_higher_order(self, low: float, high: float) -> bool:
        """Whether a piece holds a root at a rational, alone there; it is added."""
        point = simplest(nextafter(low, -inf), nextafter(high, inf))
        if self.line.sign(self.node, point) != 0:
            return False
        width = max(high - low, _CLOSE * abs(low))
        order = self.line.order_at(self.node, point, _hull(low - width, high + width))
        if order:
            self._found(arb(point), exact=point, order=order)
            self._settled.append((low - width, high + width))
        return bool(order)

    def _undecided(self, low: float, high: float) -> None:
        self.result.undecided.append((max(low, self.low), min(high, self.high)))

    def _once(self) -> None:
        """Leave out roots that two neighbouring pieces have found both."""
        ordered = sorted(self.result.found, key=lambda root: root.x)
        kept = ordered[:1]
        for before, root in pairwise(ordered):
            if not self._is_same(before, root):
                kept.append(root)
        self.result.found = kept

    def _is_same(self, before: Root, root: Root) -> bool:
        """Whether two roots are one: the same rational, or balls that overlap."""
        if before.exact is not None and root.exact is not None:
            return bool(before.exact == root.exact)
        return bool(before.ball.overlaps(root.ball))


# --- intervals --------------------------------------------------------------------------------------------------------


def _hull(low: float, high: float) -> Any:
    """The ball of all numbers between two floats."""
    return arb(low).union(arb(high))


def _common(a: Any, b: Any) -> Any:
    """What two balls have in common; None where that is nothing."""
    return a.intersection(b) if a.overlaps(b) else None


def close_to(at: Any) -> Any:
    """The ball of a root with what is next to it, so that a kink there shows."""
    return arb(at) + arb(0, 1) * arb(2) ** -190 * abs(arb(at)).max(arb(1)).mid()


def known(ball: Any) -> float | None:
    """The float of a number whose ball is narrow enough to tell it; None for others."""
    return nearest(ball.mid()) if ball.is_finite() and ball.rel_accuracy_bits() >= _TOLD else None


def nearest(middle: Any) -> float:
    """The float nearest to the middle of a ball."""
    mantissa, exponent = (int(part) for part in middle.man_exp())
    return nearest_float(mantissa << max(exponent, 0), 1 << max(-exponent, 0))


def _merged(pieces: Iterable[tuple[float, float]], gap: float) -> list[tuple[float, float]]:
    """Pieces side by side as one."""
    merged: list[tuple[float, float]] = []
    for low, high in sorted(pieces):
        if merged and low <= merged[-1][1] + gap:
            merged[-1] = (merged[-1][0], max(high, merged[-1][1]))
        else:
            merged.append((low, high))
    return merged
