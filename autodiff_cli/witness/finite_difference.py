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
_COMPARED = 3  # rungs that it takes to see whether quotients settle
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


Curve = Callable[[float], float]


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
    slack: float = 0.0  # how much farther off it may be if the curve is less smooth than it seems: it accuses nobody

    @property
    def has_settled(self) -> bool:
        """Whether there is a slope, or one on each side."""
        return self.kink or isfinite(self.bound)

    def is_within(self, share: float) -> bool:
        """Whether the bound is at most this share of the slope."""
        return self.bound <= share * abs(self.value)


@dataclass(slots=True)
class Rung:
    """The function one step to either side."""

    h: float
    above: float
    below: float
    noise: float  # of a difference quotient at this step

    @property
    def slope(self) -> float:
        """The central difference quotient."""
        return (self.above - self.below) / (2 * self.h)

    @property
    def is_finite(self) -> bool:
        """Whether there are values to both sides."""
        return all(map(isfinite, (self.h, self.above, self.below)))

    @property
    def is_known(self) -> bool:
        """Whether the values have digits that are no rounding."""
        return self.noise * self.h <= _KNOWN * max(abs(self.above), abs(self.below)) + 64 * _TINY


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
            quotient += (quotient - above) * share
            noise += (noise + above_noise) * share
            row.append((quotient, noise))
        self.rows.append(row)

    def best(self) -> tuple[float, float]:
        """The entry of the last row that agrees best with its neighbours, and how far it may be off."""
        best, bound = nan, inf
        if len(self.rows) < _COMPARED:
            return best, bound
        row, row_above = self.rows[-1], self.rows[-2]
        for column in range(self.least, len(row)):
            value, noise = row[column]
            neighbours = row[column - 1][0], row_above[column - 1][0]
            apart = _CAUTION * max(abs(value - neighbours[0]), abs(value - neighbours[1]))
            off = apart + (noise + _FLOOR * abs(value))
            if apart <= 0.1 * abs(value) + 10 * noise and off < bound:
                best, bound = value, off
        return best, bound

    def shrinks(self) -> bool:
        """Whether the last quotients come closer to each other, as they do once the steps are small enough."""
        if len(self.rows) < _COMPARED:
            return False
        (first, _), (before, _), (last, noise) = (row[0] for row in self.rows[-3:])
        return abs(last - before) <= 0.6 * abs(before - first) + 4 * noise


class _Descent:
    """A way down the rungs, and the best slope that settled on it.

    The slopes on both sides must close up as the step shrinks. At a kink, or while the steps jump over some feature,
    they do not, and quotients then agree with each other for no good reason.
    """

    def __init__(self, top: int) -> None:
        self.best = Estimate()
        self.noise = inf  # rounding at the rung of the best slope
        self.low = top  # that rung
        self.restart()

    def restart(self) -> None:
        """Forget the rungs above: beside one without values, nothing can be extrapolated."""
        self._ladder = _Ladder(2, 2)
        self._bend = inf

    def take(self, k: int, rung: Rung, bend: float) -> None:
        """Go on with a rung, at which the slopes on both sides differ by `bend`."""
        ladder = self._ladder
        ladder.add(rung.h, rung.slope, rung.noise)
        closes = bend <= _CLOSING * self._bend + 8 * rung.noise
        self._bend = bend
        if rung.is_known and closes and ladder.shrinks():
            value, bound = ladder.best()
            if bound < self.best.bound:
                self.best, self.noise, self.low = Estimate(value, bound), rung.noise, k

    def is_within(self, share: float) -> bool:
        """Whether the bound is at most this share of the slope."""
        return self.best.is_within(share)

    def is_over(self, rung: Rung) -> bool:
        """Whether lower rungs promise nothing better."""
        return self.is_within(_TARGET) or 2 * rung.noise > self.best.bound


class Search:
    """The search for one slope."""

    def __init__(self, f: Curve, perturbed: Curve, x: float) -> None:
        self.f, self.perturbed, self.x = f, perturbed, x
        self.here = f(x)
        self.noise = max([abs(perturbed(x) - self.here) for _ in range(3)]) + _EPSILON * abs(self.here) + _TINY
        self.rungs: dict[int, Rung] = {}
        self.evaluations = 4

    def slope(self) -> Estimate:
        """The slope, from both sides together where these settle."""
        descent = self.descend(0)
        while (finer := self.finer(descent)) is not None:
            deeper = self.descend(finer)
            if not deeper.is_within(1e-3):
                descent.best.doubtful = True
                break
            descent = deeper
        best = descent.best
        if best.doubtful or not descent.is_within(1e-6):
            best = self.sides(best)
        if best.kink or best.doubtful:
            return best
        return self.climb(best, descent.noise)

    def rung(self, k: int) -> Rung:
        """The function at both sides, one step away."""
        if k not in self.rungs:
            self.rungs[k] = self._measure(_step(self.x, k))
        return self.rungs[k]

    def _measure(self, step: float) -> Rung:
        x = self.x
        # Floats are sparser away from zero: what fits there fits on both sides
        h = abs(self.nearest(x + copysign(step, x)) - x) or _SMALLEST
        right, left = x + h, x - h
        above, below = self.f(right), self.f(left)
        # Rounding in f, on the side where it is large, for near a minimum it is far less at x itself; and in x + h
        off = abs(self.perturbed(right) - above) if abs(above) > abs(below) else abs(self.perturbed(left) - below)
        noise = max(self.noise, 2 * off) + _EPSILON * (abs(above - self.here) + abs(below - self.here))
        self.evaluations += 3
        return Rung(h, above, below, noise / h)

    def nearest(self, x: float) -> float:
        """The nearest number that the function can be asked for."""
        return x

    def is_least(self, k: int) -> bool:
        """Whether the step of a rung is too small to ask for."""
        return _step(self.x, k) <= _LEAST * abs(self.x)

    def descend(self, top: int) -> _Descent:
        """Go down from rung `top` until a slope settles well enough, or rounding drowns it."""
        descent, k = _Descent(top), top
        for tried in range(_RUNGS):
            if self.is_least(k):
                break
            rung = self.rung(k)
            if rung.is_finite:
                descent.take(k, rung, self.bend(rung))
                if descent.is_over(rung):
                    break
            else:
                descent.restart()
            k -= 1 if tried < _PATIENCE or descent.is_within(0.01) else 3
        return descent

    def bend(self, rung: Rung) -> float:
        """By how much the slopes on both sides differ."""
        return abs((rung.above - self.here) - (self.here - rung.below)) / rung.h

    def finer(self, descent: _Descent) -> int | None:
        """A rung far below that shows another slope: the steps above it have all jumped over something fine.

        Asks ever smaller steps, as long as rounding lets them show anything.
        """
        best, last = descent.best, self.rung(descent.low)
        if not isfinite(best.bound):
            return None
        for k in range(descent.low - _FAR, -_DEEPEST, -_FAR):
            if self.is_least(k):
                return None
            far = self.rung(k)
            if self.shows_another_slope(far, best, last):
                return k
            if far.noise > _SHOWING * abs(best.value):
                return None
        return None

    def shows_another_slope(self, far: Rung, best: Estimate, last: Rung) -> bool:
        """Whether a rung far down contradicts the best slope, which settled at rung `last`; or the bend there stays."""
        share = far.h / last.h
        left_over = (last.slope - best.value) * share**2  # of the last step's error, at the far one
        allowed = best.bound + 16 * far.noise + 0.05 * abs(left_over)
        if abs(far.slope - best.value - left_over) > allowed:
            return True
        return self.bend(far) > 4 * share * self.bend(last) + 16 * far.noise

    def climb(self, best: Estimate, noise: float) -> Estimate:
        """Where rounding limits the bound, larger steps: as long as what they show agrees, and is no mere zero."""
        for top in range(4, 41, 4):
            is_precise, is_drowned = best.bound <= 1e-9 * abs(best.value), best.bound < 8 * noise
            if is_precise or not is_drowned:
                break
            descent = self.descend(top)
            higher, noise = descent.best, descent.noise
            agrees = abs(higher.value - best.value) <= best.bound + higher.bound
            if not agrees or higher.bound > best.bound / 2 or not descent.is_within(0.1):
                break
            best = higher
        return best

    def one_side(self, sign: int) -> Estimate:
        """The slope on one side, from the rungs at hand."""
        best, ladder = Estimate(), _Ladder(1, 1)
        for k in sorted(self.rungs, reverse=True):
            rung = self.rungs[k]
            end = rung.above if sign > 0 else rung.below
            if not (isfinite(end) and isfinite(rung.h)):
                ladder = _Ladder(1, 1)
                continue
            ladder.add(rung.h, sign * (end - self.here) / rung.h, 2 * rung.noise)
            value, bound = ladder.best()
            if bound < best.bound:
                best = Estimate(value, bound)
        return best

    def leaning(self, elsewhere: Curve) -> float:
        """How far rounding in what is constant here may have tilted the whole function, from its widest step."""
        if not self.rungs:
            return 0.0
        rung = self.rungs[max(self.rungs)]
        self.evaluations += 2
        tilt = abs((elsewhere(self.x + rung.h) - elsewhere(self.x - rung.h)) / (2 * rung.h) - rung.slope)
        return 4 * tilt if isfinite(tilt) else 0.0

    def sides(self, best: Estimate) -> Estimate:
        """Where both sides together did not settle: a kink, or nothing better."""
        left, right = self.one_side(-1), self.one_side(1)
        return kink_between(left, right) if _is_kink(left, right) else best


def kink_between(left: Estimate, right: Estimate) -> Estimate:
    """The estimate where the slopes on both sides are known, and differ."""
    return Estimate((left.value + right.value) / 2, left.bound + right.bound, left.value, right.value, kink=True)


def _is_kink(left: Estimate, right: Estimate) -> bool:
    """Whether the slopes on both sides are known, and differ."""
    size = max(abs(left.value), abs(right.value))
    are_known = max(left.bound, right.bound) < 1e-4 * size
    return are_known and abs(left.value - right.value) > 4 * (left.bound + right.bound) + 1e-6 * size


def differentiate(f: Curve, perturbed: Curve, x: float, elsewhere: Curve | None = None) -> Estimate:
    """Estimate the slope of `f` at `x`: of `sin` at 0, 1 within 2e-10.

    `perturbed` is `f` with its rounding changed at random, anew at each call; `elsewhere` is `f` with other rounding
    in all that does not depend on x. The bound is that of the extrapolation and of rounding; it is infinite where
    nothing settled.
    """
    search = Search(f, perturbed, x)
    best = Estimate()
    if isfinite(search.here):
        best = search.slope()
        if elsewhere:
            best.bound += search.leaning(elsewhere)
    best.evaluations = search.evaluations
    return best
