"""Points to try an expression at: inside its domain, over every scale, with simple numbers and edges on purpose."""

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import count, pairwise
from math import copysign, e, inf, isfinite, log10, pi
from random import Random

from autodiff_cli.engine.domain import is_inside
from autodiff_cli.engine.expression import Evaluation, Expression

Span = tuple[float, float]  # the smallest and the largest value of a variable; the same twice fixes it
Point = tuple[float, ...]  # in the order of the variables
Tick = Callable[[int, int], None]  # told how much is done, and of how much

COMPARISONS = {"lt", "le", "gt", "ge", "eq", "ne"}
SIMPLE = (1.0, 2.0, 0.0, -1.0, 3.0, -2.0, 0.5, -0.5, 10.0, pi / 2, -3.0, pi, 1.5, 0.1, e, -10.0, 100.0, -pi, 1e-3, 1e3)
_DECADES = 3  # without a range, from 1e-3 to 1e3
_FARTHEST = 15
_WIDEN = 300  # draws in vain, after which they spread by another decade
_PATIENCE = 30  # draws for each point that is wanted
_PAIRS = 8  # of points between which an edge is looked for
_NEARBY = 0.3  # where fewer draws than that are inside the domain, they are made near those that are


@dataclass(slots=True)
class Sample:
    """Points where the expression has a value and a slope, with its gradients; and how many were dropped, and why."""

    points: list[Point] = field(default_factory=list)
    gradients: list[Point] = field(default_factory=list)
    outside: int = 0  # the expression is undefined there
    steep: int = 0  # its value or every slope is not finite there, although it is defined


def _seams(evaluation: Evaluation) -> Hashable:
    """On which side of every kink, jump and comparison a point is."""
    sides: list[float] = []
    for node in evaluation.nodes:
        function = node.rule.function
        if function.name in COMPARISONS or node.rule.jumps:
            sides.append(node.data)
        elif function.kinks:
            slopes = [node.rule.partial(node, index) for index in range(len(node.args))]
            sides += [copysign(1, slope) if slope else 0 for slope in slopes]
    return tuple(sides)


class Sampler:
    """Draws points of an expression; `spans` has those of its variables that do not go over every scale.

    `claims` are functions of the same variables by the variable they are about, if any: their numbers, kinks and
    conditions are visited as well, and points need a slope by some of these variables only.
    """

    def __init__(
        self,
        expression: Expression,
        spans: Mapping[str, Span],
        seed: int,
        claims: Mapping[str, Expression] | None = None,
    ) -> None:
        everything = (expression, *(claims or {}).values())
        self._all = [one.evaluation() for one in everything]
        self._at = self._all[0]
        self.names = list(expression.variables)
        self._wanted = [self.names.index(name) for name in claims or self.names]
        self.spans = [spans.get(name) for name in self.names]
        self.sample = Sample()
        self._random = Random(seed)  # noqa: S311 - the same seed, the same points
        self._tried: set[Point] = set()
        self._fruitless: list[Point] = []  # some points outside the domain
        nodes = [node for one in everything for node in one.nodes]
        self._kinky = any([n.rule.function.kinks or n.rule.function.name in COMPARISONS for n in nodes])  # noqa: C419
        leaves = {arg for node in nodes for arg in node.args if not arg.args and not arg.requires_grad}
        literals = sorted({abs(leaf.data) for leaf in leaves if isfinite(leaf.data)})[:50]
        self._literals = [sign * number for number in literals for sign in (1.0, -1.0)]
        found = {number * unit for number in self._literals for unit in (1.0, 0.5, 2.0)} | {*SIMPLE}
        self._special = [*SIMPLE, *sorted(found - {*SIMPLE}, key=lambda x: (len(repr(x)), abs(x), x))][:80]

    def draw(self, samples: int, tick: Tick = lambda done, of: None) -> Sample:
        """Find so many points, or as many as there are within reach."""
        if not self.names or all(span is not None and span[0] == span[1] for span in self.spans):
            self._try(tuple([span[0] for span in self.spans if span]))
            return self.sample
        found = self.sample.points
        simple = max(1, min(samples, max(20, samples // 4)))
        for tried, point in enumerate(self._simple()):
            if len(found) >= simple or tried > 20 * simple:
                break
            self._try(point)
        self._fill(samples - min(2 * _PAIRS, samples // 8), samples, tick)
        if found:
            self._edges(samples)
            self._fill(samples, samples, tick)
        return self.sample

    def _fill(self, enough: int, samples: int, tick: Tick) -> None:
        """Draw until there are enough points, or too many draws were in vain."""
        found, vain = self.sample.points, 0
        for drawn in range(_PATIENCE * samples + 20 * _WIDEN):
            if len(found) >= enough:
                break
            near = found and len(found) < _NEARBY * len(self._tried)
            point = self._near() if near and self._random.random() < 0.8 else self._anywhere(vain // _WIDEN)
            vain = 0 if self._try(point) else vain + (not found)
            if drawn % 64 == 0:
                tick(len(found), samples)

    def _try(self, point: Point) -> bool:
        """Take the point, if it is new and the expression has a gradient there."""
        if point in self._tried:
            return False
        self._tried.add(point)
        at, sample = self._at, self.sample
        at.move(dict(zip(self.names, point, strict=True)))
        if not is_inside(at):
            sample.outside += 1
            if len(self._fruitless) < _PAIRS:
                self._fruitless.append(point)
            return False
        slopes = at.gradients()
        gradient = tuple([slopes[name] for name in self.names])
        if not isfinite(at.root.data) or not any([isfinite(gradient[index]) for index in self._wanted]):  # noqa: C419
            sample.steep += 1
            return False
        sample.points.append(point)
        sample.gradients.append(gradient)
        return True

    def _simple(self) -> Iterator[Point]:
        """Points of small whole numbers and the like, of the range's ends, and the expression's own numbers."""
        choices = []
        for span in self.spans:
            low, high = span or (-inf, inf)
            ends = [end for end in (low, high) if isfinite(end)]
            choices.append(list(dict.fromkeys([x for x in self._special if low <= x <= high] + ends)))
        return _product(choices)

    def _anywhere(self, wider: int) -> Point:
        random = self._random
        share = random.random()
        spread = min(_DECADES + wider, _FARTHEST) if share < 0.5 else 1
        sign = 1.0 if random.random() < 0.3 else 0.0  # logarithms and roots want all of them to be positive
        return tuple([self._number(span, spread, sign) for span in self.spans])

    def _number(self, span: Span | None, spread: float, sign: float) -> float:
        random = self._random
        if span is None:
            if self._literals and random.random() < 0.15:
                literal = random.choice(self._literals)
                return _rounded(literal + random.choice((1.0, literal)) * random.uniform(-1, 1))
            return _rounded(10 ** random.uniform(-spread, spread) * (sign or random.choice((1.0, -1.0))))
        low, high = span
        if low == high:
            return low
        if random.random() < 0.5:
            found = low + (high - low) * random.random()
            return min(max(_rounded(found) if high - low > 1e-3 * abs(found) else found, low), high)
        # Over the scales of the range, away from zero or from one of its ends
        if low > 0 or high < 0:
            least, most = sorted((abs(low), abs(high)))
            found = copysign(10 ** random.uniform(log10(least), log10(most)), low)
        else:
            end = random.choice([end for end in (low, high) if end])
            found = float(end * 10 ** random.uniform(-_DECADES - 1, 0))
        return min(max(_rounded(found), low), high)

    def _near(self) -> Point:
        """Near a point that is inside the domain."""
        random = self._random
        size = 10 ** random.uniform(-3, 0)
        found = []
        for x, span in zip(random.choice(self.sample.points), self.spans, strict=True):
            low, high = span or (-inf, inf)
            moved = x * 10 ** (size * random.gauss(0, 1)) if random.random() < 0.5 else x + size * random.gauss(0, 1)
            found.append(min(max(moved, low), high))
        return tuple(found)

    def _edges(self, samples: int) -> None:
        """Points close to where the domain ends, or on both sides of a kink: between two points that it parts."""
        found = self.sample.points
        pairs = list(zip(found[:_PAIRS], self._fruitless, strict=False))
        if self._kinky:
            sides: dict[Hashable, Point] = {}
            for point in found[-10 * _PAIRS :]:
                sides.setdefault(self._side(point), point)
            pairs += list(pairwise([*sides.values()][:_PAIRS]))
        for start, end in pairs:
            side = self._side(start)
            if side == self._side(end):
                continue
            for _ in range(60):
                middle = tuple([a + (b - a) / 2 for a, b in zip(start, end, strict=True)])
                if middle in (start, end):
                    break
                start, end = (middle, end) if self._side(middle) == side else (start, middle)
            for point in (start, end):
                if len(found) < samples:
                    self._try(point)

    def _side(self, point: Point) -> Hashable:
        values = dict(zip(self.names, point, strict=True))
        for one in self._all:
            one.move(values)
        return tuple([_seams(one) for one in self._all]) if is_inside(self._at) else None


def _rounded(x: float) -> float:
    """The number with few digits: it may have to be shown."""
    return float(f"{x:.6g}")


def _product(choices: Sequence[Sequence[float]]) -> Iterator[Point]:
    """Every combination of the choices, those of early ones first."""
    if not all(choices):
        return
    order = count()
    heap: list[tuple[int, int, tuple[int, ...], int]] = [(0, next(order), (0,) * len(choices), 0)]
    while heap:
        rank, _, at, first = heappop(heap)
        yield tuple([choice[index] for choice, index in zip(choices, at, strict=True)])
        for place in range(first, len(choices)):  # each combination has one way to be reached
            if at[place] + 1 < len(choices[place]):
                step = (*at[:place], at[place] + 1, *at[place + 1 :])
                heappush(heap, (rank + 1, next(order), step, place))
