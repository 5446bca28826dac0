"""Finite differences: the slope of a function from its values alone, with a bound. It never sees a derivative rule.

Central differences at a ladder of steps, each about half the one above, extrapolated to step zero (Ridders,
"Accurate computation of F'(x) and F'(x)F''(x)", Advances in Engineering Software 4, 1982). The ladder starts at the
scale of the variable; it is climbed where rounding drowns the differences, and descended where they do not settle.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import copysign, frexp, inf, isfinite, ldexp, nan

_RATIO = 1.9  # of neighbouring steps: no whole number, or all steps could be periods of f at once
_TOP = -3  # the first step is 0.09 to 0.18 of abs(x)
_COLUMNS = 7
_TARGET = 3e-10  # relative bound that ends the search
_LEAST = 2.0**-44  # the smallest step, relative to x: less is mostly rounding in x + h
_FAR = 10  # rungs down to each step that confirms an estimate
_DEEPEST = 60  # rungs down, at most
_SHOWING = 1e-8  # rounding up to this share of the slope leaves something to see
_CAUTION = 4  # times what neighbouring extrapolations differ by
_FLOOR = 1e-10  # no bound is tighter than this, relative: finer things than that may hide between the steps
_EPSILON = 2.0**-53
_SMALLEST = 5e-324
_TINY = 2.0**-1072  # a few of the smallest floats, which have no relative precision left
_KNOWN = 0.01  # where rounding is more than this share of the values, they show no slope at all
_RUNGS = 24  # at most, in one descent
_PATIENCE = 6  # rungs after which an unsettled descent takes three at a time
_CLOSING = (1 + 1 / _RATIO) / 2  # between the ratio of slopes that close up, and 1, which is a kink's


_Curve = Callable[[float], float]


@dataclass(slots=True)
class Estimate:
    """A slope and how far it may be off; where the two sides differ, the slope on each."""

    value: float = nan
    bound: float = inf
    left: float = nan
    right: float = nan
    kink: bool = False
    doubtful: bool = False  # smaller steps show something else, but not what: it accuses nobody
    evaluations: int = 0


@dataclass(slots=True)
class _Rung:
    """The function one step to either side."""

    h: float
    above: float
    below: float
    noise: float  # of a difference quotient at this step

    @property
    def slope(self) -> float:
        """The central difference quotient."""
        return (self.above - self.below) / (2 * self.h)


def _step(x: float, rung: int) -> float:
    """The step of a rung, at the scale of x."""
    try:
        return ldexp(_RATIO**rung, _TOP + (frexp(x)[1] if x else 0))
    except OverflowError:
        return inf


class _Ladder:
    """Neville's table of difference quotients at shrinking steps, for an error series in h^power, h^(2 power)...

    Beside each entry stands what rounding in the quotients may have made of it. An entry counts where it has `least`
    or more columns of others to agree with.
    """

    def __init__(self, power: int, least: int) -> None:
        self.power, self.least = power, least
        self.steps: list[float] = []
        self.rows: list[list[tuple[float, float]]] = []

    def add(self, h: float, quotient: float, noise: float) -> None:
        """Add a rung below the others; one that is no lower, as among the smallest floats, adds nothing."""
        if self.steps and not h < self.steps[-1]:
            return
        self.steps.append(h)
        row = [(quotient, noise)]
        for column in range(1, min(len(self.steps), _COLUMNS)):
            share = 1 / ((self.steps[-1 - column] / h) ** self.power - 1)
            above, above_noise = self.rows[-1][column - 1]
            row.append(
                (quotient := quotient + (quotient - above) * share, noise := noise + (noise + above_noise) * share)
            )
        self.rows.append(row)

    def best(self) -> tuple[float, float]:
        """The entry of the last row that agrees best with its neighbours, and how far it may be off."""
        best, bound = nan, inf
        row = self.rows[-1]
        for column in range(self.least, len(row)):
            value, noise = row[column]
            off = _CAUTION * max(abs(value - row[column - 1][0]), abs(value - self.rows[-2][column - 1][0]))
            settled = off <= 0.1 * abs(value) + 10 * noise
            off += noise + _FLOOR * abs(value)
            if settled and off < bound:
                best, bound = value, off
        return best, bound

    def shrinks(self) -> bool:
        """Whether the last quotients come closer to each other, as they do once the steps are small enough."""
        (first, _), (before, _), (last, noise) = (row[0] for row in self.rows[-3:])
        return abs(last - before) <= 0.6 * abs(before - first) + 4 * noise


class _Search:
    """The search for one slope."""

    def __init__(self, f: _Curve, perturbed: _Curve, x: float) -> None:
        self.f, self.perturbed, self.x = f, perturbed, x
        self.here = f(x)
        self.noise = max([abs(perturbed(x) - self.here) for _ in range(3)]) + _EPSILON * abs(self.here) + _TINY
        self.rungs: dict[int, _Rung] = {}
        self.evaluations = 4

    def rung(self, k: int) -> _Rung:
        """The function at both sides, one step away."""
        if k not in self.rungs:
            x, h = self.x, _step(self.x, k)
            h = (
                abs(x + copysign(h, x) - x) or _SMALLEST
            )  # floats are sparser away from zero: what fits there fits on both sides
            right, left = x + h, x - h
            above, below = self.f(right), self.f(left)
            # Rounding in f, on the side where it is large, for near a minimum it is far less at x itself; and in x + h
            off = abs(self.perturbed(right) - above) if abs(above) > abs(below) else abs(self.perturbed(left) - below)
            noise = max(self.noise, 2 * off) + _EPSILON * (abs(above - self.here) + abs(below - self.here))
            self.rungs[k] = _Rung(h, above, below, noise / h)
            self.evaluations += 3
        return self.rungs[k]

    def descend(self, top: int) -> tuple[Estimate, float, int]:
        """Go down from rung `top`: the best slope that settles, the rounding at its rung, and that rung."""
        best, noise, low, ladder, bend, k = Estimate(), inf, top, _Ladder(2, 2), inf, top
        for tried in range(_RUNGS):
            if _step(self.x, k) <= _LEAST * abs(self.x):
                break
            rung = self.rung(k)
            if isfinite(rung.h) and isfinite(rung.above) and isfinite(rung.below):
                ladder.add(rung.h, rung.slope, rung.noise)
                # The slopes on both sides must close up as the step shrinks. At a kink, or while the steps jump over
                # some feature, they do not, and quotients then agree with each other for no good reason.
                last, bend = bend, self.bend(rung)
                closes = bend <= _CLOSING * last + 8 * rung.noise
                known = rung.noise * rung.h <= _KNOWN * max(abs(rung.above), abs(rung.below)) + 64 * _TINY
                if len(ladder.rows) > 2 and known and closes and ladder.shrinks():
                    value, bound = ladder.best()
                    if bound < best.bound:
                        best, noise, low = Estimate(value, bound), rung.noise, k
                if best.bound <= _TARGET * abs(best.value) or 2 * rung.noise > best.bound:
                    break
            else:
                ladder, bend = _Ladder(2, 2), inf
            k -= 1 if tried < _PATIENCE or best.bound <= 0.01 * abs(best.value) else 3
        return best, noise, low

    def bend(self, rung: _Rung) -> float:
        """By how much the slopes on both sides differ."""
        return abs((rung.above - self.here) - (self.here - rung.below)) / rung.h

    def doubtful(self, best: Estimate, low: int) -> int | None:
        """A rung far below `low` that shows another slope: the steps above it have all jumped over something fine.

        Asks ever smaller steps, as long as rounding lets them show anything.
        """
        last = self.rung(low)
        for k in range(low - _FAR, -_DEEPEST, -_FAR):
            if not isfinite(best.bound) or _step(self.x, k) <= _LEAST * abs(self.x):
                return None
            far = self.rung(k)
            share = far.h / last.h
            left_over = (last.slope - best.value) * share**2  # of the last step's error, at the far one
            allowed = best.bound + 16 * far.noise + 0.05 * abs(left_over)
            if abs(far.slope - best.value - left_over) > allowed:
                return k
            if self.bend(far) > 4 * share * self.bend(last) + 16 * far.noise:  # a kink's bend stays
                return k
            if far.noise > _SHOWING * abs(best.value):
                return None
        return None

    def climb(self, best: Estimate, noise: float) -> Estimate:
        """Where rounding limits the bound, larger steps: as long as what they show agrees, and is no mere zero."""
        top = 4
        while top <= 40 and best.bound > 1e-9 * abs(best.value) and 8 * noise > best.bound:
            higher, noise, _ = self.descend(top)
            agrees = abs(higher.value - best.value) <= best.bound + higher.bound
            if not agrees or higher.bound > best.bound / 2 or higher.bound > 0.1 * abs(higher.value):
                break
            best = higher
            top += 4
        return best

    def one_side(self, sign: int) -> tuple[float, float]:
        """The slope on one side and its bound, from the rungs at hand."""
        ladder = _Ladder(1, 1)
        best, least = nan, inf
        for k in sorted(self.rungs, reverse=True):
            rung = self.rungs[k]
            end = rung.above if sign > 0 else rung.below
            if not (isfinite(end) and isfinite(rung.h)):
                ladder = _Ladder(1, 1)
                continue
            ladder.add(rung.h, sign * (end - self.here) / rung.h, 2 * rung.noise)
            value, bound = ladder.best() if len(ladder.rows) > 2 else (nan, inf)
            if bound < least:
                best, least = value, bound
        return best, least

    def leaning(self, elsewhere: _Curve) -> float:
        """How far rounding in what is constant here may have tilted the whole function, from its widest step."""
        if not self.rungs:
            return 0.0
        rung = self.rungs[max(self.rungs)]
        self.evaluations += 2
        tilt = abs((elsewhere(self.x + rung.h) - elsewhere(self.x - rung.h)) / (2 * rung.h) - rung.slope)
        return 4 * tilt if isfinite(tilt) else 0.0

    def sides(self, best: Estimate) -> Estimate:
        """Where both sides together did not settle: a kink, the edge of the domain, or nothing better."""
        (left, left_bound), (right, right_bound) = self.one_side(-1), self.one_side(1)
        size = max(abs(left), abs(right))
        if (
            max(left_bound, right_bound) < 1e-4 * size
            and abs(left - right) > 4 * (left_bound + right_bound) + 1e-6 * size
        ):
            return Estimate((left + right) / 2, left_bound + right_bound, left, right, kink=True)
        if not any(isfinite(rung.below) for rung in self.rungs.values()) and right_bound < best.bound:
            return Estimate(right, right_bound)
        if not any(isfinite(rung.above) for rung in self.rungs.values()) and left_bound < best.bound:
            return Estimate(left, left_bound)
        return best


def differentiate(f: _Curve, perturbed: _Curve, x: float, elsewhere: _Curve | None = None) -> Estimate:
    """Estimate the slope of `f` at `x`.

    `perturbed` is `f` with its rounding changed at random, anew at each call; `elsewhere` is `f` with other rounding
    in all that does not depend on x. The bound is that of the extrapolation and of rounding; it is infinite where
    nothing settled.
    """
    search = _Search(f, perturbed, x)
    best = Estimate()
    if isfinite(search.here):
        best, noise, low = search.descend(0)
        while (doubtful := search.doubtful(best, low)) is not None:
            deeper, deeper_noise, deeper_low = search.descend(doubtful)
            if not deeper.bound <= 1e-3 * abs(deeper.value):
                best.doubtful = True
                break
            best, noise, low = deeper, deeper_noise, deeper_low
        if best.doubtful or not best.bound <= 1e-6 * abs(best.value):
            best = search.sides(best)
        if not (best.kink or best.doubtful):
            best = search.climb(best, noise)
        if elsewhere:
            best.bound += search.leaning(elsewhere)
    best.evaluations = search.evaluations
    return best
