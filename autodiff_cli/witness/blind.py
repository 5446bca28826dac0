"""The witness for functions that can only be called: their noise is read off their values.

The search is that of `finite_difference`. It takes steps that the argument's precision can hold, and wider ones where
noise hides the slope at the variable's own scale. What is claimed must be right to a tolerance: an estimate that would
let an error of its size pass is none.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from itertools import pairwise
from math import isfinite

from autodiff_cli.witness.averaged import averaged
from autodiff_cli.witness.finite_difference import Curve, Estimate, Rung, Search
from autodiff_cli.witness.judge import Verdict
from autodiff_cli.witness.noise import Noise

_RESOLVED = 0.4  # of the tolerance: an estimate that is known so well lets no error of its size pass
_VISIBLE = 0.03  # of the tolerance: smaller differences accuse nobody
_HALF = 0.5  # of the tolerance: where noise is not far below, smaller ones accuse nobody
_PLAIN = 100  # bounds: a difference that is as many times as large is no noise
_FLOOR = 1e-10  # relative: no estimate is known better
_WIDER = range(8, 73, 8)  # rungs up at which to look where noise hides the slope
_KNOWN = 0.1  # a bound that is a larger share of the slope tells nothing of it
_DISTANCES = (-8, -26, -44)  # rungs down at which growing quotients are told from a jump
_SEEN = 8  # times the noise: a difference that is none
_NOUGHT = 2.0**-49  # of a slope that turns the value by as much as it is: eight ulps
_LESS = 1e-10  # of the same: what an estimate must show that a slope is less than
_AT_KINK = 1e-5  # of the variable's scale: a kink that is known to be nearer is at the point
_AROUND = 0.2  # of the variable's scale: the widest step of a search that does not climb
_TINY_NOISE = 1e-14  # of the value: less leaves differences nothing to average
_NEAR = 32  # times the variable's scale
_STAYS = 0.5  # of a difference: what a jump leaves where the step is 1e-10 of the first
_GROWS = 8  # times as steep over a step that is 1e-5 of another: there is no slope


class Obstacle(StrEnum):
    """Why the slope is not known."""

    NOISE = "noise"  # of the function hides it
    ONE_SIDED = "one-sided"  # there are values on one side alone
    FINE = "fine"  # smaller steps show something else, but not what
    UNSETTLED = "unsettled"  # the differences do not settle


@dataclass(slots=True)
class BlindSlope:
    """What values alone show of a slope."""

    estimate: Estimate
    broken: Verdict | None = None  # a jump, or no finite slope
    obstacle: Obstacle | None = None  # to a better estimate
    is_hidden: bool = False  # whether noise hides on which side of a kink the point is
    is_still: bool = False  # whether the values do not change where they would show a slope
    steepest: float = 0.0  # difference quotient to one side over a step at the variable's scale


class _BlindSearch(Search):
    """The search for one slope of a function with noise; `scale` is that of the variable."""

    def __init__(self, f: Curve, x: float, scale: float, noise: Noise, nearest: Curve, share: float) -> None:
        self._call, self._nearest = f, nearest
        self._known, self._scale, self._share = noise, scale, share
        self._values: dict[float, float] = {}
        super().__init__(self._value, self._perturbed, x)

    def _value(self, x: float) -> float:
        if x not in self._values:
            self._values[x] = self._call(x)
        return self._values[x]

    def _perturbed(self, x: float) -> float:
        value = self._value(x)
        return value + self._known.at(abs(x - self.x) / self._scale, value)

    def nearest(self, x: float) -> float:
        """The nearest number of the argument's precision."""
        return self._nearest(x)

    def found(self) -> BlindSlope:
        """All that is to be found."""
        best = self.slope()
        if not best.has_settled and self._stands_still():
            best = Estimate(0.0, self.rung(0).noise)
        if not (best.kink or best.doubtful or best.is_within(self._share)):
            best = self.sides(best)
        if self._obstacle(best) in (Obstacle.NOISE, Obstacle.UNSETTLED) and not best.kink:
            best = self._through_noise(best)
        if best.value == 0 and self._stands_still():
            best.bound = max(best.bound, self._known.unit * self._largest() / self._scale)
        is_known = best.kink or best.is_within(_KNOWN)
        broken = None if is_known else self._broken()
        best.evaluations = len(self._values)
        return BlindSlope(
            best, broken, self._obstacle(best), self._hides_side(best), self._is_still(best), self._steepest((0,))
        )

    def climb(self, best: Estimate, noise: float) -> Estimate:
        """Larger steps where noise limits the bound, also past scales at which nothing but noise is to be seen."""
        best = super().climb(best, noise)
        for top in _WIDER:
            if best.is_within(self._share):
                break
            descent = self.descend(top)
            higher = descent.best
            is_other = best.has_settled and not abs(higher.value - best.value) <= best.bound + higher.bound
            if is_other or self._differs_below(descent.low, higher):
                break
            if higher.bound < best.bound / 2 and higher.is_within(_KNOWN):  # far away, anything may stand still
                best = higher
        return best

    def _differs_below(self, low: int, found: Estimate) -> bool:
        """Whether a narrower step shows another slope than rung `low` and those above, which have jumped over it."""
        last = self.rung(low)
        return any(self.shows_another_slope(self.rung(k), found, last) for k in range(low - 2, 0, -2))

    def _through_noise(self, best: Estimate) -> Estimate:
        """What many values show together, where it does not contradict what few of them do."""
        if not self.noise > _TINY_NOISE * abs(self.here):
            return best
        off = self._known.at
        found = averaged(
            self._value,
            self.x,
            self._scale,
            lambda step, value: off(step / self._scale, value),
            self.nearest,
            self._share,
        )
        agrees = not best.has_settled or abs(found.value - best.value) <= best.bound + found.bound
        return found if agrees and (found.kink or found.bound < best.bound) else best

    def sides(self, best: Estimate) -> Estimate:
        """A kink, unless narrower steps show a slope: then it is somewhere beside the point."""
        found = super().sides(best)
        is_known = best.has_settled and not best.doubtful
        if is_known and not abs(found.value - best.value) <= best.bound + found.bound:
            return best
        return found

    def _broken(self) -> Verdict | None:
        """A jump or an infinite slope, if differences over ever smaller steps show one."""
        rungs = [self.rung(k) for k in _DISTANCES if not self.is_least(k)]
        if len(rungs) < len(_DISTANCES) - 1 or not all(map(self._is_torn, rungs)):
            return None
        if self._rise(rungs[-1]) > _STAYS * self._rise(rungs[0]):
            return Verdict.JUMP
        steep = [self._rise(rung) / rung.h for rung in rungs]
        return Verdict.SINGULAR if all(after > _GROWS * before for before, after in pairwise(steep)) else None

    def _is_torn(self, rung: Rung) -> bool:
        """Whether values a step away are another, for all that noise may do."""
        return rung.is_finite and self._rise(rung) > _SEEN * rung.noise * rung.h

    def _rise(self, rung: Rung) -> float:
        """By how much the value differs a step away, on the side where that is more."""
        return max(abs(rung.above - self.here), abs(rung.below - self.here))

    def _obstacle(self, best: Estimate) -> Obstacle | None:
        """What keeps the slope from being known well enough."""
        if best.doubtful:
            return Obstacle.FINE
        if self._hides_side(best):
            return Obstacle.NOISE
        if best.kink or best.is_within(self._share):
            return None
        ends = [isfinite(rung.above) + isfinite(rung.below) for rung in self.rungs.values()]
        if 1 in ends and 2 not in ends:
            return Obstacle.ONE_SIDED
        return Obstacle.NOISE if best.has_settled else Obstacle.UNSETTLED

    def _hides_side(self, best: Estimate) -> bool:
        """Whether noise hides at which side of a kink the point is: there one slope is right, and no other."""
        return best.kink and self.noise > _AT_KINK * self._scale * abs(best.right - best.left)

    def _stands_still(self) -> bool:
        """Whether all values at the variable's scale are the same."""
        return len({value for x, value in self._values.items() if abs(x - self.x) <= _AROUND * self._scale}) == 1

    def _largest(self) -> float:
        """The largest value within some scales of the variable: what stands still may be what is left over from it."""
        near = [abs(value) for x, value in self._values.items() if abs(x - self.x) <= _NEAR * self._scale]
        return max(filter(isfinite, near), default=0.0)

    def _is_still(self, best: Estimate) -> bool:
        """Whether values at the variable's scale are all the same, and would show a slope as wider steps have it."""
        if best.value != 0 or not self._stands_still():
            return False
        steepest = self._steepest(self.rungs)
        return steepest == 0 or best.bound <= self._share * steepest

    def _steepest(self, rungs: Iterable[int]) -> float:
        """The steepest difference quotient to one side over some steps."""
        taken = [self.rungs[k] for k in rungs if k in self.rungs and self.rungs[k].is_finite]
        return max([self._rise(rung) / rung.h for rung in taken], default=0.0)


def slope_of(f: Curve, x: float, scale: float, noise: Noise, nearest: Curve, tolerance: float) -> BlindSlope:
    """What values alone show of the slope of `f` at `x`, and errors of `tolerance` if noise lets them be seen.

    `nearest` is the nearest number that `f` can be asked for.

    >>> found = slope_of(lambda x: x**2, 3.0, 3.0, Noise([], 2.0**-53), lambda x: x, 1e-4)
    >>> round(found.estimate.value, 8), found.estimate.is_within(1e-8)
    (6.0, True)
    """
    search = _BlindSearch(f, x, scale, noise, nearest, _RESOLVED * tolerance)
    return search.found() if isfinite(search.here) else BlindSlope(Estimate())


class BlindClaim:
    """What speaks for and against a gradient that someone else has computed, and that must be right to `tolerance`.

    A slope of `turn` changes the value by as much as it is, or as others change it; one of a few ulps of that is 0.
    `rounding` tells, when asked, how far the gradient may be off.
    """

    def __init__(
        self, gradient: float, found: BlindSlope, tolerance: float, turn: float, rounding: Callable[[], float]
    ) -> None:
        self.gradient, self.found = gradient, found
        self.tolerance, self.turn = tolerance, turn
        self.estimate = found.estimate
        self._rounding = rounding

    @cached_property
    def difference(self) -> float:
        """Between gradient and estimate."""
        return abs(self.gradient - self.estimate.value)

    @cached_property
    def size(self) -> float:
        """Of the larger of the two."""
        return max(abs(self.gradient), abs(self.estimate.value))

    @cached_property
    def bound(self) -> float:
        """How far the two may be apart: the estimate's bound; where that is not enough, rounding in the gradient."""
        own = self.estimate.bound + _FLOOR * abs(self.estimate.value)
        return own if self.difference <= own else own + self._rounding()

    @cached_property
    def agrees(self) -> bool:
        """Whether the two are as near to each other as they have to be."""
        asked = self.tolerance * self.size
        return self.difference <= max(self.bound, _VISIBLE * asked, min(_HALF * asked, _PLAIN * self.bound))

    @cached_property
    def is_visible(self) -> bool:
        """Whether the difference is large enough to accuse somebody."""
        known = self.estimate.has_settled and not self.estimate.doubtful
        return known and not self.agrees and self.difference > self.bound + self.estimate.slack

    @cached_property
    def is_resolved(self) -> bool:
        """Whether the bound is so narrow that no error of the size of the tolerance passes."""
        return self.size > 0 and self.bound <= _RESOLVED * self.tolerance * self.size

    @cached_property
    def is_nought(self) -> bool:
        """Whether both are 0 for all that can be told; of a claim of exactly 0, beside the slope a step away."""
        if self.gradient == 0:
            narrow = _RESOLVED * self.tolerance * self.found.steepest
            return self.found.is_still or self.bound <= max(narrow, _LESS * self.turn)
        return abs(self.gradient) <= _NOUGHT * self.turn and self.agrees and self.bound <= _LESS * self.turn

    @cached_property
    def is_beyond(self) -> bool:
        """Whether it is outside of the slopes on both sides of a kink."""
        sides = self.estimate.left, self.estimate.right
        apart = max(min(sides) - self.gradient, self.gradient - max(sides))
        return not apart <= self.estimate.bound + _VISIBLE * self.tolerance * self.size + self._rounding()

    @cached_property
    def is_missing(self) -> bool:
        """Whether it is no number where there is a slope."""
        return not isfinite(self.gradient) and self.estimate.is_within(_KNOWN)


# The first row that holds gives the verdict
_TABLE: tuple[tuple[Callable[[BlindClaim], bool], Verdict], ...] = (
    (lambda c: c.found.broken is Verdict.JUMP, Verdict.JUMP),
    (lambda c: c.found.broken is Verdict.SINGULAR, Verdict.SINGULAR),
    (lambda c: c.estimate.kink and c.is_beyond, Verdict.MISMATCH),
    (lambda c: c.estimate.kink and c.found.is_hidden, Verdict.UNSURE),
    (lambda c: c.estimate.kink, Verdict.KINK),
    (lambda c: c.is_missing, Verdict.MISMATCH),
    (lambda c: not isfinite(c.gradient), Verdict.SINGULAR),
    (lambda c: c.agrees and (c.is_resolved or c.is_nought), Verdict.OK),
    (lambda c: c.is_visible, Verdict.MISMATCH),
    (lambda c: True, Verdict.UNSURE),
)


def verdict_on(claimed: BlindClaim) -> Verdict:
    """The verdict on a gradient beside what was found from values alone.

    >>> found = BlindSlope(Estimate(6.0, 1e-9))
    >>> [verdict_on(BlindClaim(claim, found, 1e-4, 0.0, lambda: 0.0)).value for claim in (6.0, 6.0006)]
    ['ok', 'mismatch']
    """
    return next(word for holds, word in _TABLE if holds(claimed))
