"""The judge: what the witness makes of each gradient. It weighs; the numbers come from elsewhere.

The verdict is a table, read from the top: the first row that holds gives the word.
"""

from collections.abc import Callable, Mapping
from enum import StrEnum
from functools import cached_property
from math import inf, isfinite

from autodiff_cli.engine.expression import Evaluation
from autodiff_cli.engine.graph import forward
from autodiff_cli.engine.value import Value
from autodiff_cli.witness.finite_difference import Estimate, differentiate
from autodiff_cli.witness.replay import PERTURBATIONS, Replay, Section, next_random, perturb_all
from autodiff_cli.witness.trust import named_constants, sizes_and_counts

_RESOLVED = 1e-6  # an estimate whose bound is wider than this, relative to the gradient, resolves nothing
_VISIBLE = 1e-7  # a difference below this, relative, may be something finer than every step: it accuses nobody
_ULPS = 2.0**-51  # rounding of a sum, relative to what it adds up
_RANGE = 1e-280  # smaller numbers may have met the end of the floats on their way
_STEEP = 1e50  # what differences over the least of steps make of a jump
_FLOOR = 1e-10  # relative: nearer than that gradient and estimate need not be
_STEPS = 100_000_000  # forward steps the witness may take in all before it gives up
_RUNS = 4  # perturbed runs that tell what rounding moves


class Verdict(StrEnum):
    """What the witness says of a gradient, the worst last."""

    OK = "ok"  # gradient and estimate agree within the estimate's bound
    UNSURE = "unsure"  # the estimate cannot resolve it
    KINK = "kink"  # the one-sided derivatives differ
    JUMP = "jump"  # the value itself jumps here
    SINGULAR = "singular"  # the gradient is infinite or undefined here
    MISMATCH = "mismatch"  # they differ by more

    @property
    def severity(self) -> int:
        """How bad it is: 0 for `ok`."""
        return [*Verdict].index(self)


class Evidence:
    """What speaks for and against one gradient, in floats. What is costly is found out when a row asks for it."""

    def __init__(self, gradient: float, estimate: Estimate, rounding: Callable[[], float]) -> None:
        self.gradient = gradient
        self.estimate = estimate
        self._rounding = rounding  # how far rounding may have moved the gradient

    @property
    def is_finite(self) -> bool:
        """Whether the gradient is a number."""
        return isfinite(self.gradient)

    @cached_property
    def difference(self) -> float:
        """Between gradient and estimate."""
        return abs(self.gradient - self.estimate.value)

    @cached_property
    def size(self) -> float:
        """Of the larger of the two."""
        return max(abs(self.gradient), abs(self.estimate.value)) or 1.0

    @cached_property
    def bound(self) -> float:
        """How far the two may be apart: what is known of the estimate and, where that is not enough, rounding."""
        own = self.estimate.bound + _FLOOR * abs(self.estimate.value)
        if self.difference <= own:
            return own
        return own + self._rounding() + (_RANGE if self.difference < _RANGE else 0.0)

    @cached_property
    def agrees(self) -> bool:
        """Whether the two are as near to each other as they have to be."""
        return self.difference <= self.bound

    @cached_property
    def is_resolved(self) -> bool:
        """Whether the bound is narrow enough to say something."""
        return self.bound <= _RESOLVED * self.size

    @cached_property
    def is_shown(self) -> bool:
        """Whether agreement proves anything: two zeros do not where rounding alone may have made them."""
        return bool(self.gradient or self.estimate.value or not self._rounding())

    @cached_property
    def is_visible(self) -> bool:
        """Whether the difference is large enough to accuse somebody."""
        return self.difference > _VISIBLE * self.size and not self.estimate.doubtful


# The first row that holds gives the verdict
_TABLE: tuple[tuple[Callable[[Evidence], bool], Verdict], ...] = (
    (lambda e: not e.is_finite, Verdict.SINGULAR),
    (lambda e: e.estimate.kink, Verdict.KINK),
    (lambda e: e.agrees and e.is_resolved and e.is_shown, Verdict.OK),
    (lambda e: not e.agrees and e.is_visible, Verdict.MISMATCH),
    (lambda e: True, Verdict.UNSURE),
)


def verdict_in_floats(gradient: float, estimate: Estimate, rounding: Callable[[], float]) -> Verdict:
    """The verdict on a gradient, which may be off by what rounding moves it.

    >>> verdict_in_floats(2.0, Estimate(2.0, 1e-9), lambda: 0.0)
    <Verdict.OK: 'ok'>
    """
    evidence = Evidence(gradient, estimate, rounding)
    return next(word for holds, word in _TABLE if holds(evidence))


def seems_to_jump(verdict: Verdict, estimate: Estimate) -> bool:
    """Whether differences over the least of steps are beyond all slopes, and nothing else is known."""
    is_steep = estimate.bound == inf or abs(estimate.value) > _STEEP
    return verdict is Verdict.UNSURE and is_steep and estimate.doubtful


def estimates_in_floats(at: Evaluation, rows: Mapping[str, Value]) -> dict[str, Estimate]:
    """The witness's estimate by each of the nodes, for as many as it can afford."""
    replay = Replay(at.root, at.nodes, rows.values())
    found: dict[str, Estimate] = {}
    steps = 0
    for name, variable in rows.items():
        if steps > _STEPS:
            break
        section = replay.along(variable)
        found[name] = _estimate(section, variable.data)
        steps += found[name].evaluations * section.cost
    return found


def _estimate(section: Section, x: float) -> Estimate:
    with section:
        estimate = differentiate(section, section.perturbed, x, section.elsewhere_perturbed)
    if section.jumps:  # steps as wide as whole jumps see a slope where there is none, and a kink
        estimate.doubtful = True
        if estimate.kink:
            estimate.kink, estimate.bound = False, inf
    return estimate


def rounding(at: Evaluation, gradients: Mapping[str, float]) -> dict[str, float]:
    """How far rounding may have moved each gradient: twice what it moves when every step is perturbed by some ulp."""
    moved = dict.fromkeys(gradients, 0.0)
    state = next_random(0)
    constants = named_constants(at.nodes)
    for _ in range(_RUNS):
        for leaf, data in constants.items():
            state = next_random(state)
            leaf.data = data * PERTURBATIONS[state >> 61]
        state = perturb_all(at.nodes, state)
        perturbed = at.gradients()
        moved = {name: max(move, 2 * abs(perturbed[name] - gradients[name])) for name, move in moved.items()}
    for leaf, data in constants.items():
        leaf.data = data
    forward(at.nodes)
    (sizes, _), nodes = sizes_and_counts(at.root), at.named
    return {name: max(move, _ULPS * sizes.get(nodes[name], 0.0)) for name, move in moved.items()}
