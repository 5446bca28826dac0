"""Points to try an expression at: inside its domain, over every scale, with simple numbers and edges on purpose."""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import count, pairwise, product, starmap
from math import copysign, e, inf, isfinite, log10, pi
from operator import mul
from random import Random

from autodiff_cli.engine.domain import is_inside
from autodiff_cli.engine.expression import Evaluation, Expression
from autodiff_cli.engine.value import Value
from autodiff_cli.rules.table import COMPARISONS, Function

Span = tuple[float, float]  # the smallest and the largest value of a variable; the same twice fixes it
Point = tuple[float, ...]  # in the order of the variables
Tick = Callable[[int, int], None]  # told how much is done, and of how much

SIMPLE = (1.0, 2.0, 0.0, -1.0, 3.0, -2.0, 0.5, -0.5, 10.0, pi / 2, -3.0, pi, 1.5, 0.1, e, -10.0, 100.0, -pi, 1e-3, 1e3)
_EVERYWHERE: Span = (-inf, inf)
_DECADES = 3  # without a range, from 1e-3 to 1e3
_FARTHEST = 15
_WIDEN = 300  # draws in vain, after which they spread by another decade
_PATIENCE = 30  # draws for each point that is wanted
_PAIRS = 8  # of points between which an edge is looked for
_NEARBY = 0.3  # where fewer draws than that are inside the domain, they are made near those that are
_HALVINGS = 60  # of the way between two points, at most
_LITERALS = 50  # of an expression, that points are drawn around
_FEWEST = 10  # points that are taken for proof, where a variable may move
_SPECIAL = 80  # numbers that are tried on purpose


@dataclass(slots=True)
class Sample:
    """Points where the expression has a value and a gradient, with its gradients; how many were dropped, and why."""

    points: list[Point] = field(default_factory=list)
    gradients: list[Point] = field(default_factory=list)
    outside: int = 0  # the expression is undefined there
    steep: int = 0  # its value or every gradient is not finite there, although it is defined
    fewest: int = 1  # points that are taken for proof


class Sampler:
    """Draws points of an expression; `spans` has those of its variables that do not go over every scale.

    `claims` are functions of the same variables by the variable they are about, if any: their numbers, kinks and
    conditions are visited as well, and points need a gradient by some of these variables only.
    """

    def __init__(
        self,
        expression: Expression,
        spans: Mapping[str, Span],
        seed: int,
        claims: Mapping[str, Expression] | None = None,
    ) -> None:
        functions = (expression, *(claims or {}).values())
        nodes = [node for function in functions for node in function.nodes]
        self._evaluations = [function.evaluation() for function in functions]
        self._names = list(expression.variables)
        self._wanted = list(claims or self._names)  # the variables of which one has to have a gradient
        self._spans = [spans.get(name) for name in self._names]
        fixed = {low for low, high in filter(None, self._spans) if low == high}
        self._draws = _Draws(self._spans, literals_of(nodes) | fixed, seed)
        self._seed = seed
        self._has_sides = may_bend(nodes)
        self._tried: set[Point] = set()
        self._outside: list[Point] = []
        self._sample = Sample()

    def draw(self, samples: int, tick: Tick = lambda done, of: None) -> Sample:
        """Find so many points, or as many as there are within reach."""
        fixed = [span[0] for span in self._spans if span and span[0] == span[1]]
        if len(fixed) == len(self._names):
            self._try(tuple(fixed))
            return self._sample
        self._sample.fewest = min(_FEWEST, (samples + 1) // 2)
        self._try_simple(samples)
        self._fill(samples - min(2 * _PAIRS, samples // 8), samples, tick)
        if self._sample.points:
            self._try_edges(samples)
            self._fill(samples, samples, tick)
            self._try_lively()
        return self._sample

    def _try(self, point: Point) -> None:
        """Take the point, if it is new and the expression has a gradient there."""
        if point in self._tried:
            return
        self._tried.add(point)
        at, sample = self._evaluations[0], self._sample
        at.move(dict(zip(self._names, point, strict=True)))
        if not is_inside(at):
            sample.outside += 1
            self._outside.append(point)
            return
        gradients = at.gradients()
        is_steep = not any([isfinite(gradients[name]) for name in self._wanted])  # noqa: C419 - faster
        if is_steep or not isfinite(at.root.data):
            sample.steep += 1
            return
        sample.points.append(point)
        sample.gradients.append(tuple([gradients[name] for name in self._names]))

    def _try_simple(self, samples: int) -> None:
        """Try points of simple numbers, for a quarter of the sample or some more."""
        enough = max(1, min(samples, max(20, samples // 4)))
        for tried, point in enumerate(self._draws.simple()):
            if len(self._sample.points) >= enough or tried > 20 * enough:
                break
            self._try(point)

    def _fill(self, enough: int, samples: int, tick: Tick) -> None:
        """Draw until there are enough points, or too many draws were in vain."""
        found, vain = self._sample.points, 0
        for drawn in range(_PATIENCE * samples + 20 * _WIDEN):
            if len(found) >= enough:
                break
            are_rare = len(found) < _NEARBY * len(self._tried)
            near = found if are_rare else ()
            self._try(self._draws.next(near, vain // _WIDEN))
            vain = 0 if found else vain + 1
            if drawn % 64 == 0:
                tick(len(found), samples)

    def _try_edges(self, samples: int) -> None:
        """Try points close to where the domain ends, and on both sides of a kink: between two points that it parts."""
        found = self._sample.points
        for start, end in self._pairs():
            for point in self._close_in(start, end):
                if len(found) < samples:
                    self._try(point)

    def _try_lively(self) -> None:
        """Try points where what is 0 in floats nearly everywhere is not."""
        from autodiff_cli.reports.alive import lively_points

        spans = {name: span for name, span in zip(self._names, self._spans, strict=True) if span}
        for point in lively_points(self._evaluations[0], self._sample.points, spans, self._seed):
            self._try(point)

    def _pairs(self) -> list[tuple[Point, Point]]:
        """Points that an edge of the domain may part, and points that a kink or condition parts."""
        found = self._sample.points
        pairs = list(zip(found[:_PAIRS], self._outside[:_PAIRS], strict=False))
        if self._has_sides:
            by_side: dict[Hashable, Point] = {}
            for point in found[-10 * _PAIRS :]:
                by_side.setdefault(self._side(point), point)
            pairs += pairwise([*by_side.values()][:_PAIRS])
        return pairs

    def _close_in(self, start: Point, end: Point) -> tuple[Point, ...]:
        """Two points as close as floats are to what parts those given, one on each side; none where nothing does."""
        side = self._side(start)
        if side == self._side(end):
            return ()
        for _ in range(_HALVINGS):
            middle = tuple([a + (b - a) / 2 for a, b in zip(start, end, strict=True)])
            if middle in (start, end):
                break
            if self._side(middle) == side:
                start = middle
            else:
                end = middle
        return start, end

    def _side(self, point: Point) -> Hashable:
        """On which side of every kink, jump and condition a point is; None outside the domain."""
        values = dict(zip(self._names, point, strict=True))
        for at in self._evaluations:
            at.move(values)
        if not is_inside(self._evaluations[0]):
            return None
        return tuple(map(_sides, self._evaluations))


def literals_of(nodes: Iterable[Value]) -> set[float]:
    """The numbers in a formula: of `2*x + 0.5`, 2 and 0.5."""
    found = set()
    for node in nodes:
        for arg in node.args:
            is_step = bool(arg.args)
            if not (is_step or arg.requires_grad):
                found.add(arg.data)
    return found


def may_bend(nodes: Iterable[Value]) -> bool:
    """Whether there is a kink, a jump or a condition somewhere."""
    functions = {node.rule.function for node in nodes}
    return any(map(_bends, functions))


def _bends(function: Function) -> bool:
    """Whether it has a kink or a jump, or is a condition."""
    return bool(function.kinks) or function.name in COMPARISONS


def _sides(evaluation: Evaluation) -> tuple[float, ...]:
    """On which side of every kink, jump and condition the evaluation stands: of `abs(x)` at -3, (-1,)."""
    sides: list[float] = []
    for node in evaluation.nodes:
        rule = node.rule
        is_step = rule.jumps or rule.function.name in COMPARISONS
        if is_step:
            sides.append(node.data)
        elif rule.function.kinks:
            partials = [rule.partial(node, index) for index in range(len(node.args))]
            sides += map(_sign, partials)
    return tuple(sides)


def _sign(x: float) -> float:
    """-1, 0 or 1."""
    return copysign(1, x) if x else 0


class _Draws:
    """Where the next point may lie; the same seed, the same draws."""

    def __init__(self, spans: Sequence[Span | None], literals: Iterable[float], seed: int) -> None:
        self._spans = [span or _EVERYWHERE for span in spans]
        self._random = Random(seed)  # noqa: S311
        sizes = sorted({*map(abs, filter(isfinite, literals))})[:_LITERALS]
        self._literals = [*starmap(mul, product(sizes, (1.0, -1.0)))]
        others = {*starmap(mul, product(self._literals, (1.0, 0.5, 2.0)))}
        by_length = sorted(others.difference(SIMPLE), key=lambda x: (len(repr(x)), abs(x), x))
        self._special = [*SIMPLE, *by_length][:_SPECIAL]

    def simple(self) -> Iterator[Point]:
        """Points of small whole numbers and the like, of the expression's own numbers, and of the ranges' ends."""
        return _combinations([self._choices(*span) for span in self._spans])

    def _choices(self, low: float, high: float) -> list[float]:
        """The special numbers of a range, and its ends."""
        within = [x for x in self._special if low <= x <= high]
        ends = filter(isfinite, (low, high))
        return list(dict.fromkeys([*within, *ends]))

    def next(self, inside: Sequence[Point], wider: int) -> Point:
        """A point near one of those inside the domain, if any are given; now and then, and else, one of any scale."""
        if inside and self._random.random() < 0.8:
            return self._near(inside)
        return self._anywhere(wider)

    def _near(self, inside: Sequence[Point]) -> Point:
        size = 10 ** self._random.uniform(-3, 0)
        point = self._random.choice(inside)
        return tuple([_clamped(self._moved(x, size), span) for x, span in zip(point, self._spans, strict=True)])

    def _moved(self, x: float, size: float) -> float:
        if self._random.random() < 0.5:
            return float(x * 10 ** (size * self._random.gauss(0, 1)))
        return x + size * self._random.gauss(0, 1)

    def _anywhere(self, wider: int) -> Point:
        """A point over as many decades as `wider` says beyond the usual, or, half of the time, over few."""
        is_wide = self._random.random() < 0.5
        are_positive = self._random.random() < 0.3  # logarithms and roots want all of them to be
        spread = min(_DECADES + wider, _FARTHEST) if is_wide else 1
        return tuple([self._number(span, spread, are_positive) for span in self._spans])

    def _number(self, span: Span, spread: float, is_positive: bool) -> float:
        """A number of a range, or of any scale; then now and then one around a literal."""
        random = self._random
        if span is not _EVERYWHERE:
            return self._within(*span)
        if self._literals and random.random() < 0.15:
            literal = random.choice(self._literals)
            return _rounded(literal + random.choice((1.0, literal)) * random.uniform(-1, 1))
        size = 10 ** random.uniform(-spread, spread)
        return _rounded(size if is_positive else size * random.choice((1.0, -1.0)))

    def _within(self, low: float, high: float) -> float:
        """A number of a range: evenly, or over its scales."""
        if low == high:
            return low
        if self._random.random() >= 0.5:
            return _clamped(_rounded(self._of_scale(low, high)), (low, high))
        found = low + (high - low) * self._random.random()
        is_wide = high - low > 1e-3 * abs(found)
        return _clamped(_rounded(found) if is_wide else found, (low, high))

    def _of_scale(self, low: float, high: float) -> float:
        """A number over the scales of a range, away from zero or from one of its ends."""
        if low > 0 or high < 0:
            least, most = sorted((abs(low), abs(high)))
            return copysign(10 ** self._random.uniform(log10(least), log10(most)), low)
        end = self._random.choice([*filter(None, (low, high))])
        return float(end * 10 ** self._random.uniform(-_DECADES - 1, 0))


def _rounded(x: float) -> float:
    """The number with few digits, since it may have to be shown: 0.333333 for 1/3."""
    return float(f"{x:.6g}")


def _clamped(x: float, span: Span) -> float:
    low, high = span
    return min(max(x, low), high)


def _combinations(choices: Sequence[Sequence[float]]) -> Iterator[Point]:
    """Every combination of the choices, those of early ones first: of (1, 2) and (3, 4) it is (1, 3) that comes first.

    The rank of a combination is the sum of its places in the choices; equal ranks come in the order they were found.
    """
    if not all(choices):
        return
    order = count()
    heap: list[tuple[int, int, tuple[int, ...], int]] = [(0, next(order), (0,) * len(choices), 0)]
    while heap:
        rank, _, places, first = heappop(heap)
        yield tuple([choice[place] for choice, place in zip(choices, places, strict=True)])
        for index in range(first, len(choices)):  # each combination has one way to be reached
            if places[index] + 1 < len(choices[index]):
                step = (*places[:index], places[index] + 1, *places[index + 1 :])
                heappush(heap, (rank + 1, next(order), step, index))
