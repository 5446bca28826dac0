"""Finite differences: the slope of a function from its values alone, with a bound. It never sees a derivative rule.

Central differences at a ladder of steps, each about half the one above, extrapolated to step zero (Ridders,
"Accurate computation of F'(x) and F'(x)F''(x)", Advances in Engineering Software 4, 1982). The ladder starts at the
scale of the variable; it is climbed where rounding drowns the differences, and descended where they do not settle.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import frexp, inf, isfinite, ldexp, nan

_RATIO = 1.9  # of neighbouring steps: no whole number, or all steps could be periods of f at once
_TOP = -3  # the first step is 0.09 to 0.18 of abs(x)
_COLUMNS = 7
_TARGET = 1e-11  # relative bound that ends the search
_EPSILON = 2.0**-53
_RUNGS = 24  # at most, in one descent
_PATIENCE = 6  # rungs after which an unsettled descent takes three at a time
_CLOSING = (1 + 1 / _RATIO) / 2  # between the ratio of slopes that close up, and 1, which is a kink's


@dataclass(slots=True)
class Estimate:
    """A slope and how far it may be off; where the two sides differ, the slope on each."""

    value: float = nan
    bound: float = inf
    left: float = nan
    right: float = nan
    kink: bool = False
    evaluations: int = 0


@dataclass(slots=True)
class _Rung:
    """The function one step to either side."""

    h: float
    above: float
    below: float
    noise: float  # of a difference quotient at this step


def _step(x: float, rung: int) -> float:
    """The step of a rung: of so few bits that x + h is mostly exact."""
    h, exponent = frexp(_RATIO**rung)
    return ldexp(round(h * 4096), exponent - 12 + _TOP + (frexp(x)[1] if x else 0))


class _Ladder:
    """Neville's table of difference quotients at shrinking steps, for an error series in h^power, h^(2 power)...

    An entry counts where it has `least` or more columns of others to agree with.
    """

    def __init__(self, power: int, least: int) -> None:
        self.power, self.least = power, least
        self.steps: list[float] = []
        self.rows: list[list[float]] = []

    def add(self, h: float, quotient: float) -> None:
        """Add a rung below the others."""
        self.steps.append(h)
        row = [quotient]
        for column in range(1, min(len(self.steps), _COLUMNS)):
            ratio = (self.steps[-1 - column] / h) ** self.power
            row.append(row[-1] + (row[-1] - self.rows[-1][column - 1]) / (ratio - 1))
        self.rows.append(row)

    def best(self, noise: float) -> tuple[float, float]:
        """The entry of the last row that agrees best with its neighbours, and how far it may be off."""
        best, bound = nan, inf
        row = self.rows[-1]
        for column in range(self.least, len(row)):
            off = max(abs(row[column] - row[column - 1]), abs(row[column] - self.rows[-2][column - 1]))
            off += 2 * noise + 4 * _EPSILON * abs(row[column])
            if off < bound:
                best, bound = row[column], off
        return best, bound

    def shrinks(self, noise: float) -> bool:
        """Whether the last quotients come closer to each other, as they do once the steps are small enough."""
        first, before, last = (row[0] for row in self.rows[-3:])
        return abs(last - before) <= 0.6 * abs(before - first) + 4 * noise


class _Search:
    """The search for one slope."""

    def __init__(self, f: Callable[[float], float], noise: Callable[[float], float], x: float) -> None:
        self.f, self.noise, self.x = f, noise, x
        self.here = f(x)
        self.noise_here = noise(x)
        self.noise_slope = 0.0
        self.rungs: dict[int, _Rung] = {}
        self.evaluations = 6
        self.best = Estimate()
        self.noise_at_best = inf

    def rung(self, k: int) -> _Rung:
        """The function at both sides, one step away."""
        if k not in self.rungs:
            x, h = self.x, _step(self.x, k)
            above, below = self.f(x + h), self.f(x - h)
            self.evaluations += 2
            # Rounding in f, between what was measured here and at the top; and in x + h where that is not exact
            noise = self.noise_here + self.noise_slope * h
            noise += _EPSILON * (abs(above - self.here) + abs(below - self.here))
            self.rungs[k] = _Rung(h, above, below, noise / h if h else inf)
        return self.rungs[k]

    def measure(self, k: int) -> None:
        """Measure rounding a step away too: near a minimum it is far less at the point itself."""
        h = _step(self.x, k)
        for x in (self.x + h, self.x - h):
            noise = self.noise(x)
            self.evaluations += 5
            if isfinite(noise):
                self.noise_slope = max(self.noise_slope, (noise - self.noise_here) / h)
                break

    def descend(self, top: int) -> None:
        """Go down from rung `top`, and keep the best slope that settles."""
        self.measure(top)
        best, ladder, bend, k = self.best, _Ladder(2, 2), inf, top
        for tried in range(_RUNGS):
            rung = self.rung(k)
            if self.x + rung.h == self.x:
                return
            if isfinite(rung.above) and isfinite(rung.below):
                ladder.add(rung.h, (rung.above - rung.below) / (2 * rung.h))
                # The slopes on both sides must close up as the step shrinks. At a kink, or while the steps jump over
                # some feature, they do not, and quotients then agree with each other for no good reason.
                last, bend = bend, abs((rung.above - self.here) - (self.here - rung.below)) / rung.h
                closes = bend <= _CLOSING * last + 8 * rung.noise
                if len(ladder.rows) > 2 and closes and ladder.shrinks(rung.noise):
                    value, bound = ladder.best(rung.noise)
                    if bound < best.bound:
                        best.value, best.bound, self.noise_at_best = value, bound, rung.noise
                if best.bound <= _TARGET * abs(best.value) or 2 * rung.noise > best.bound:
                    return
            else:
                ladder, bend = _Ladder(2, 2), inf
            k -= 1 if tried < _PATIENCE or best.bound <= 0.01 * abs(best.value) else 3

    def one_side(self, sign: int) -> tuple[float, float]:
        """The slope on one side and its bound, from the rungs at hand."""
        ladder = _Ladder(1, 1)
        best, least = nan, inf
        for k in sorted(self.rungs, reverse=True):
            rung = self.rungs[k]
            end = rung.above if sign > 0 else rung.below
            if not isfinite(end):
                ladder = _Ladder(1, 1)
                continue
            ladder.add(rung.h, sign * (end - self.here) / rung.h)
            value, bound = ladder.best(2 * rung.noise) if len(ladder.rows) > 2 else (nan, inf)
            if bound < least:
                best, least = value, bound
        return best, least


def differentiate(f: Callable[[float], float], noise: Callable[[float], float], x: float) -> Estimate:
    """Estimate the slope of `f` at `x`, where rounding may move the value of `f` at any x by `noise(x)`.

    The bound is that of the extrapolation and of rounding; it is infinite where nothing settled.
    """
    search = _Search(f, noise, x)
    best = search.best
    if isfinite(search.here):
        search.descend(0)
        top = 4
        while top <= 40 and best.bound > 1e-9 * abs(best.value) and 8 * search.noise_at_best > best.bound:
            before, highest = best.bound, search.rung(top)
            # Only as far as the function is still almost straight
            if not abs(highest.above - highest.below) + abs(highest.above - search.here) < 0.5 * abs(search.here):
                break
            search.descend(top)
            if best.bound >= 0.5 * before:
                break
            top += 4
        if not best.bound <= 1e-3 * abs(best.value):
            _look_at_the_sides(search)
    best.evaluations = search.evaluations
    return best


def _look_at_the_sides(search: _Search) -> None:
    """Where both sides together did not settle: a kink, the edge of the domain, or nothing."""
    best = search.best
    (left, left_bound), (right, right_bound) = search.one_side(-1), search.one_side(1)
    size = max(abs(left), abs(right))
    if max(left_bound, right_bound) < 1e-4 * size and abs(left - right) > 4 * (left_bound + right_bound):
        best.kink, best.left, best.right = True, left, right
        best.value, best.bound = (left + right) / 2, left_bound + right_bound
    elif isfinite(left_bound) != isfinite(right_bound):  # the edge of the domain
        value, bound = (left, left_bound) if isfinite(left_bound) else (right, right_bound)
        if bound < best.bound:
            best.value, best.bound = value, bound
