"""Finite differences: the slope of a function from its values alone, with a bound. It never sees a derivative rule.

Central differences at a ladder of steps, each about half the one above, extrapolated to step zero (Ridders,
"Accurate computation of F'(x) and F'(x)F''(x)", Advances in Engineering Software 4, 1982). The ladder starts at the
scale of the variable; it is climbed where rounding drowns the differences, and descended where they do not settle.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from math import frexp, inf, isfinite, ldexp, nan

_RATIO = 1.9  # of neighbouring steps: no whole number, or all steps could be periods of f at once
_TOP = -3  # the first step is 0.09 to 0.18 of abs(x)
_COLUMNS = 7
_TARGET = 1e-11  # relative bound that ends the search
_EPSILON = 2.0**-53


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
    """What is known at one step h."""

    h: float
    above: float
    below: float
    noise: float  # of a difference quotient at this step
    central: list[float] = field(default_factory=list)  # extrapolations, one a column


def _step(x: float, rung: int) -> float:
    """The step of a rung: of so few bits that x + h is mostly exact."""
    h, exponent = frexp(_RATIO**rung)
    return ldexp(round(h * 4096), exponent - 12 + _TOP + (frexp(x)[1] if x else 0))


def _extrapolate(rows: list[list[float]], steps: list[float], first: float, power: int) -> list[float]:
    """The next row of Neville's table for an error series in h^power, h^(2 power)..."""
    row = [first]
    for column in range(1, min(len(steps), _COLUMNS)):
        ratio = (steps[-1 - column] / steps[-1]) ** power
        row.append(row[-1] + (row[-1] - rows[-1][column - 1]) / (ratio - 1))
    return row


def _settled(rows: list[list[float]], noise: float, least: int) -> tuple[float, float]:
    """The entry of the last row that agrees best with its neighbours, and how far it may be off."""
    best, bound = nan, inf
    row = rows[-1]
    for column in range(least, len(row)):
        off = max(abs(row[column] - row[column - 1]), abs(row[column] - rows[-2][column - 1]))
        off += 2 * noise + 4 * _EPSILON * abs(row[column])
        if off < bound:
            best, bound = row[column], off
    return best, bound


class _Search:
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
        """Go down from rung `top`, keep the best settled slope in `best`."""
        rows: list[list[float]] = []
        steps: list[float] = []
        bends: list[float] = []
        k, failed = top, 0
        self.measure(top)
        while k > -50:
            rung = self.rung(k)
            if not rung.h or self.x + rung.h == self.x:
                return
            if not (isfinite(rung.above) and isfinite(rung.below)):
                rows, steps, bends = [], [], []
                k -= 1 if failed < 4 else 3
                failed += 1
                continue
            slope = (rung.above - rung.below) / (2 * rung.h)
            bend = abs((rung.above - self.here) - (self.here - rung.below)) / rung.h
            steps.append(rung.h)
            rows.append(_extrapolate(rows, steps, slope, 2))
            # Left and right slope must close up as the step shrinks: at a kink, or while the steps jump over some
            # feature, they do not, and the quotients then agree with each other for no good reason.
            smooth = False
            if len(rows) > 1:
                closing = (1 + steps[-1] / steps[-2]) / 2
                smooth = bend <= closing * bends[-1] + 8 * rung.noise
            if len(rows) > 2:
                change, before = abs(rows[-1][0] - rows[-2][0]), abs(rows[-2][0] - rows[-3][0])
                smooth = smooth and change <= 0.6 * before + 4 * rung.noise
            bends.append(bend)
            if smooth and len(rows) > 2:
                value, bound = _settled(rows, rung.noise, 2)
                if bound < self.best.bound:
                    self.best.value, self.best.bound, self.noise_at_best = value, bound, rung.noise
            enough = self.best.bound <= _TARGET * abs(self.best.value)
            drowned = rung.noise > max(self.best.bound, 0.1 * abs(slope)) if len(rows) > 3 else False
            if enough or drowned or 2 * rung.noise > self.best.bound:
                return
            unsettled = not self.best.bound <= 0.01 * abs(self.best.value)
            failed += 1
            k -= 3 if unsettled and failed >= 6 else 1

    def one_side(self, sign: int) -> tuple[float, float]:
        """The slope on one side and its bound, from the rungs at hand."""
        rows: list[list[float]] = []
        steps: list[float] = []
        best, least = nan, inf
        for k in sorted(self.rungs, reverse=True):
            rung = self.rungs[k]
            end = rung.above if sign > 0 else rung.below
            if not isfinite(end) or not rung.h:
                rows, steps = [], []
                continue
            steps.append(rung.h)
            rows.append(_extrapolate(rows, steps, sign * (end - self.here) / rung.h, 1))
            if len(rows) > 2:
                value, bound = _settled(rows, 2 * rung.noise, 1)
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
