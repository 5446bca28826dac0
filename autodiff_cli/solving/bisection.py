"""The roots of one factor of an equation in a range: pieces are looked at, the widest first, and split.

A piece of the range has no root where the enclosure of its values, or that by the mean value theorem, does not hold 0.
It has at most one where its slopes do not hold 0; which it is, the signs at its ends say (Moore, Kearfott, Cloud:
Introduction to Interval Analysis, chapter 8). A root of higher order, at a rational point c, is one where f and its
derivatives are 0 exactly up to some order, and the next derivative is 0 nowhere nearby (Taylor's theorem).
"""

from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import pairwise
from math import inf, nextafter, ulp
from typing import Any

from flint import arb

from autodiff_cli.engine.graph import reachable
from autodiff_cli.engine.value import Value
from autodiff_cli.exact.balls import exactly
from autodiff_cli.exact.far import is_finite, is_not_0
from autodiff_cli.exact.hulls import close_to, hull, known, merged, nearest
from autodiff_cli.exact.rounded import nearest_float
from autodiff_cli.exact.simplest import simplest_in
from autodiff_cli.solving.alone import CLOSE, alone_within, is_alone
from autodiff_cli.solving.factors import Factor
from autodiff_cli.solving.narrow import narrowed
from autodiff_cli.solving.pieces import CUT
from autodiff_cli.solving.univariate import SEARCH, SURE, Univariate

_FEWEST = 1_500
_FINE = 1e-17  # of the range: the width of a piece that is not split any more
_TRIED = (1e-6, 3e-2)  # of the range: the width of pieces that may hold a root of higher order


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

    def is_same(self, other: "Root") -> bool:
        """Whether two roots of a factor are one: the same rational, or balls that overlap."""
        if self.exact is not None and other.exact is not None:
            return bool(self.exact == other.exact)
        return bool(self.ball.overlaps(other.ball))


@dataclass(slots=True)
class Roots:
    """The roots in a range; `everywhere` where each number in it is one, `flat` where it is 0 all over a piece."""

    found: list[Root] = field(default_factory=list)
    undecided: list[tuple[float, float]] = field(default_factory=list)
    flat: list[tuple[float, float]] = field(default_factory=list)
    everywhere: bool = False
    pieces: int = 0
    touches: list[tuple[float, float]] = field(default_factory=list)  # in undecided pieces: where, and how near to 0

    @property
    def unsettled(self) -> list[tuple[float, float]]:
        """Where roots are not told one by one: what is undecided, and what is flat."""
        return merged([*self.undecided, *self.flat], 0.0)


class Bisection:
    """One factor along a range."""

    def __init__(self, along: Univariate, factor: Factor, low: float, high: float) -> None:
        self.along, self.factor, self.node = along, factor, factor.node
        self.low, self.high = low, high
        self.result = Roots()
        self._waiting: list[tuple[float, float, float]] = []
        self._left: list[tuple[float, float]] = []
        self._settled: list[tuple[float, float]] = []  # around roots of higher order, where there is no other
        self._most = max(_FEWEST, along.pieces // max(len(along.graph.nodes), 1))

    def run(self) -> Roots:
        """All roots of the factor."""
        if self._is_constant():
            return self.result
        self._put(self.low, self.high)
        before = self.along.cases
        while self._waiting and self.result.pieces + self.along.cases - before < self._most:
            _, low, high = heappop(self._waiting)
            self.result.pieces += 1
            if not self._is_settled(low, high):
                self._split(low, high)
        self._left += [(low, high) for _, low, high in self._waiting]
        for low, high in merged(self._left, 2 * _FINE * (self.high - self.low)):
            self._decide(low, high)
        self._once()
        return self.result

    def _is_constant(self) -> bool:
        """Settle a factor that the variable does not move."""
        if self.along.variable in reachable([self.node]):
            return False
        number = self.along.values(hull(self.low, self.high))[self.node]
        if number == 0:
            self.result.everywhere = True
        elif not is_not_0(number):
            self.result.undecided.append((self.low, self.high))
        return True

    # --- pieces ------------------------------------------------------------------------------------------------------

    def _put(self, low: float, high: float) -> None:
        heappush(self._waiting, (low - high, low, high))

    def _is_settled(self, low: float, high: float) -> bool:
        """Whether all roots of a piece are known."""
        if any(begin <= low and high <= end for begin, end in self._settled):
            return True
        ball = hull(low, high)
        values = self.along.values(ball)
        if self.along.excludes_0(self.node, values):
            return True
        if self._is_flat(values):
            self.result.flat.append((low, high))
            return True
        slopes = self.along.slopes(self.node, values)
        if is_not_0(slopes):
            return self._is_monotone(low, high)
        return is_finite(slopes) and self._is_empty_by_slopes(ball, arb((low + high) / 2), slopes)

    def _is_flat(self, values: dict[Value, Any]) -> bool:
        """Whether the node is 0 all over a piece, where all else has values."""
        needed = (self.node, *self.factor.defined, *self.along.graph.needed)
        return all(is_finite(values[node]) for node in needed) and bool(values[self.node] == 0)

    def _is_empty_by_slopes(self, ball: Any, middle: Any, slopes: Any) -> bool:
        """Whether the mean value theorem says that there is no root."""
        number = self.along.values(middle)[self.node]
        if not is_finite(number):
            return False
        with self.along.balls(SEARCH):
            return not (arb(number) + slopes * (ball - middle)).contains(0)

    def _split(self, low: float, high: float) -> None:
        """Two pieces of one, unless it holds a root of higher order, or is too small."""
        middle = low + (high - low) * CUT
        share = (high - low) / (self.high - self.low)
        if _TRIED[0] < share < _TRIED[1] and self._is_of_higher_order(low, high):
            return
        is_fine = share <= _FINE or not low < middle < high
        if is_fine or high - low <= 2 * ulp(max(abs(low), abs(high))):
            self._left.append((low, high))
        else:
            self._put(low, middle)
            self._put(middle, high)

    def _is_monotone(self, low: float, high: float) -> bool:
        """Settle a piece where the node rises or falls from end to end: by the signs there."""
        signs = {end: self.along.sign(self.node, arb(end)) for end in (low, high)}
        found = sorted({*signs.values()}, key=str)
        if found == [-1, 1]:
            self._found(narrowed(self.along, self.node, hull(low, high)))
        elif 0 in found:
            end = low if signs[low] == 0 else high
            self._found(arb(end), exact=exactly(end))
        elif None in found:
            return self._is_at_end(low if signs[low] is None else high)
        return True

    def _is_at_end(self, end: float) -> bool:
        """Settle a root so close to an end that signs do not tell on which side it is."""
        away = max(8 * ulp(end), 1e-300)
        nearby = hull(end - away, end + away)
        slopes = self.along.slopes_over(self.node, nearby)
        number = self.along.values(arb(end), SURE)[self.node]
        if not (is_not_0(slopes) and is_finite(number)):
            return False
        with self.along.balls(SURE):
            root = arb(end) - arb(number) / slopes
            if not nearby.contains_interior(root):
                return False
        self._found(root)
        return True

    # --- roots -------------------------------------------------------------------------------------------------------

    def _found(self, ball: Any, exact: Any = None, order: float = 1.0) -> None:
        """Add a root of the factor, if the whole has a value there."""
        if exact is None:
            exact = self._exact(ball)
        at = ball if exact is None else exact
        is_there = self.along.has_values(self.factor.defined, at)
        ball = self.along.balls(SURE).ball(at)
        x = nearest(ball.mid()) if exact is None else nearest_float(int(exact.p), int(exact.q))
        if is_there is None:
            self._undecided(nextafter(x, -inf), nextafter(x, inf))
        elif is_there and self._is_inside(ball):
            power = order * self.factor.power
            within = alone_within(self.along, self.node, ball, x, exact)
            self.result.found.append(Root(ball, x, within, self._slope(at, power), power, exact, self.node))

    def _exact(self, ball: Any) -> Any:
        """The root as a rational, where a simple one in its ball is one."""
        point = simplest_in(float(ball.lower()), float(ball.upper()))
        is_root = ball.contains(point) and self.along.sign(self.node, point) == 0
        return point if is_root else None

    def _is_inside(self, ball: Any) -> bool:
        """Whether a root may be in the range: one that is within rounding of an end counts."""
        return bool(ball.upper() >= arb(self.low) and ball.lower() <= arb(self.high))

    def _slope(self, at: Any, power: float) -> float | None:
        """The slope of the whole at a root; None at a kink, a jump or the edge of a domain."""
        if power > 1:
            return 0.0
        with self.along.balls(SURE):
            nearby = close_to(at)
        slope = self.along.slopes_over(self.along.root, nearby)
        return known(slope) if is_finite(slope) else None

    def _decide(self, low: float, high: float) -> None:
        """Settle what bisection has left: a root of higher order at a rational point, or nothing."""
        if self._is_of_higher_order(low, high):
            return
        point = simplest_in(low, high)
        is_only_root = False
        if self.along.sign(self.node, point) == 0:
            is_only_root = is_alone(self.along, self.node, point, low, high)
            self._found(arb(point), exact=point, order=1 if is_only_root else 0)
        if not is_only_root:
            self._undecided(low, high)

    def _is_of_higher_order(self, low: float, high: float) -> bool:
        """Whether a piece holds a root at a rational, alone there; it is added."""
        point = simplest_in(low, high)
        if self.along.sign(self.node, point) != 0:
            return False
        width = max(high - low, CLOSE * abs(low))
        order = self.along.order_at(self.node, point, hull(low - width, high + width))
        if order:
            self._found(arb(point), exact=point, order=order)
            self._settled.append((low - width, high + width))
        return bool(order)

    def _undecided(self, low: float, high: float) -> None:
        self.result.undecided.append((max(low, self.low), min(high, self.high)))

    def _once(self) -> None:
        """Leave out roots that two neighbouring pieces have found both."""
        ordered = sorted(self.result.found, key=lambda root: root.x)
        others = [root for before, root in pairwise(ordered) if not root.is_same(before)]
        self.result.found = ordered[:1] + others
