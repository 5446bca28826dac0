"""The judge: what the witness makes of each gradient. It weighs; the numbers come from elsewhere.

The verdict is a table, read from the top: the first row that holds gives the word.
"""

from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from functools import cached_property
from math import inf, isfinite

from autodiff_cli.engine.expression import Evaluation
from autodiff_cli.engine.graph import forward, sweep
from autodiff_cli.engine.value import Value
from autodiff_cli.rules.table import CONSTANTS
from autodiff_cli.witness.finite_difference import Estimate, differentiate
from autodiff_cli.witness.replay import PERTURBATIONS, Replay, Section, next_random, perturb_all

_RESOLVED = 1e-6  # an estimate whose bound is wider than this, relative to the gradient, resolves nothing
_VISIBLE = 1e-7  # a difference below this, relative, may be something finer than every step: it accuses nobody
_ULPS = 2.0**-51  # rounding of a sum, relative to what it adds up
_RANGE = 1e-280  # smaller numbers may have met the end of the floats on their way
_NOTHING = 2.0**-600  # what a sum that cancels leaves over in high precision
_STEEP = 1e50  # what differences over the least of steps make of a jump
_FEW = 1e-3  # three digits: a gradient that has kept fewer is not vouched for
_FLOOR = 1e-10  # relative: nearer than that gradient and estimate need not be
_DROWNED = 0.01  # relative: rounding that moves a gradient by more may have made anything of it
_STEPS = 100_000_000  # forward steps the witness may take in all before it gives up
_BALL_STEPS = 500_000  # and in high precision
_RUNS = 4  # perturbed runs that tell what rounding moves


class Verdict(StrEnum):
    """What the witness says of a gradient."""

    OK = "ok"  # gradient and estimate agree within the estimate's bound
    MISMATCH = "mismatch"  # they differ by more
    KINK = "kink"  # the one-sided derivatives differ
    SINGULAR = "singular"  # the gradient is infinite or undefined here
    UNSURE = "unsure"  # the estimate cannot resolve it


class Evidence:
    """What speaks for and against one gradient. What is costly is found out when a row of the table asks for it."""

    def __init__(self, gradient: float, estimate: Estimate, exact: float | None, rounding: Callable[[], float]) -> None:
        self.gradient = gradient
        self.estimate = estimate
        self._exact = exact  # what the rules give without rounding, if that is known
        self._rounding = rounding  # how far rounding may have moved the gradient

    @property
    def is_finite(self) -> bool:
        """Whether the gradient is a number."""
        return isfinite(self.gradient)

    @property
    def has_exact(self) -> bool:
        """Whether the rules were run without rounding."""
        return self._exact is not None

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
        if any((self.gradient, self.estimate.value)):
            return True
        return self.has_exact or not self._rounding()

    @cached_property
    def is_drowned(self) -> bool:
        """Whether rounding may have made anything of the gradient, and its exact value is known."""
        return self.has_exact and self._rounding() > _DROWNED * self.size

    @cached_property
    def is_visible(self) -> bool:
        """Whether the difference is large enough to accuse somebody."""
        return self.difference > _VISIBLE * self.size and not self.estimate.doubtful

    @cached_property
    def exact_is_resolved(self) -> bool:
        """Whether the estimate says something of the exact gradient."""
        exact = self._exact or 0.0
        narrow = self.estimate.bound <= _RESOLVED * max(abs(exact), abs(self.estimate.value))
        return narrow or abs(exact) <= _NOTHING * self._rounding()

    @cached_property
    def exact_agrees(self) -> bool:
        """Whether estimate and exact gradient agree."""
        slack = self.estimate.bound + _FLOOR * abs(self.estimate.value) + _NOTHING * self._rounding()
        return abs((self._exact or 0.0) - self.estimate.value) <= slack

    @cached_property
    def has_kept_digits(self) -> bool:
        """Whether the gradient has three right digits left, or is a zero within its rounding."""
        if self.difference <= _FEW * self.size:
            return True
        return self.estimate.value == 0 and self.difference <= self._rounding()


_LOST = "lost"  # marks the rows in which floats have lost the digits, and the exact gradient is judged
_TABLE: tuple[tuple[Callable[[Evidence], bool], Verdict, str], ...] = (
    (lambda e: not e.is_finite, Verdict.SINGULAR, ""),
    (lambda e: e.estimate.kink, Verdict.KINK, ""),
    (lambda e: e.agrees and e.is_resolved and e.is_shown, Verdict.OK, ""),
    (lambda e: e.agrees and e.is_resolved, Verdict.UNSURE, ""),
    (lambda e: not e.agrees and not e.is_drowned and e.is_visible, Verdict.MISMATCH, ""),
    (lambda e: not e.agrees and not e.is_drowned, Verdict.UNSURE, ""),
    (lambda e: not e.has_exact, Verdict.UNSURE, ""),
    (lambda e: not e.exact_is_resolved, Verdict.UNSURE, _LOST),
    (lambda e: not e.exact_agrees, Verdict.MISMATCH, _LOST),
    (lambda e: not e.has_kept_digits, Verdict.UNSURE, _LOST),
    (lambda e: True, Verdict.OK, _LOST),
)


def verdict_of(evidence: Evidence) -> tuple[Verdict, bool]:
    """The word of the first row that holds, and whether floats have lost the gradient's digits.

    For a gradient of 2 and an estimate of 2 with bound 1e-9: OK and False.
    """
    return next((word, note == _LOST) for holds, word, note in _TABLE if holds(evidence))


class Judge:
    """Says what the witness makes of each gradient of an expression at a point.

    `lost` are the names of the gradients that rounding has left few digits of, or none.
    """

    def __init__(self, at: Evaluation, gradients: Mapping[str, float], rows: Mapping[str, Value]) -> None:
        self._at = at
        self._gradients = gradients
        self._rows = rows
        self._exact: dict[str, float] = {}
        self._rounding: dict[str, float] = {}
        self._in_floats = _estimates(at, rows)
        self.lost: list[str] = []
        self.lacks_balls = False  # whether python-flint might have resolved what floats could not
        self.estimates = {name: self._in_floats.get(name, Estimate()) for name in rows}
        self.verdicts = {name: self._verdict(name) for name in rows}
        self._refine()

    @property
    def is_complete(self) -> bool:
        """Whether every gradient could be checked."""
        return len(self._in_floats) == len(self._rows)

    def jumps(self) -> list[str]:
        """The names by which the value seems to jump: differences over the least of steps are beyond all slopes."""
        return list(filter(self._seems_to_jump, self.verdicts))

    def _seems_to_jump(self, name: str) -> bool:
        """Whether differences over the least of steps are beyond all slopes, and nothing else is known."""
        estimate = self.estimates[name]
        if self.verdicts[name] is not Verdict.UNSURE:
            return False
        is_steep = estimate.bound == inf or abs(estimate.value) > _STEEP
        return is_steep and estimate.doubtful

    def _verdict(self, name: str) -> Verdict:
        evidence = Evidence(
            self._gradients[name], self.estimates[name], self._exact.get(name), lambda: self._moved_by_rounding(name)
        )
        verdict, is_lost = verdict_of(evidence)
        if is_lost:
            self.lost.append(name)
        return verdict

    def _moved_by_rounding(self, name: str) -> float:
        if not self._rounding:
            self._rounding = rounding(self._at, self._gradients)
        return self._rounding[name]

    def _refine(self) -> None:
        """Take the differences in high precision where floats did not settle the matter or show no slope at all."""
        affordable = _BALL_STEPS // (5 * len(self._at.nodes) + 1)
        doubtful = [name for name in self._rows if self._is_doubtful(name)][:affordable]
        if not doubtful:
            return
        from autodiff_cli.exact.balls import available

        if not available():
            self.lacks_balls = Verdict.UNSURE in self.verdicts.values()
            return
        for name, estimate in self._in_high_precision(doubtful).items():
            if estimate.has_settled:
                self._replace(name, estimate)

    def _replace(self, name: str, estimate: Estimate) -> None:
        """Judge again by a better estimate; what floats have seen against it stands."""
        estimate.doubtful |= self.estimates[name].doubtful
        self.estimates[name] = estimate
        self.verdicts[name] = self._verdict(name)

    def _is_doubtful(self, name: str) -> bool:
        verdict = self.verdicts[name]
        if verdict is Verdict.OK:
            return self.estimates[name].value == 0
        return verdict in (Verdict.UNSURE, Verdict.MISMATCH, Verdict.KINK)

    def _in_high_precision(self, names: list[str]) -> dict[str, Estimate]:
        """The estimates of some, and what the rules give without rounding."""
        from autodiff_cli.witness.high_precision import Refined

        root, nodes, rows = self._at.root, self._at.nodes, self._rows
        refined = Refined(root, nodes)
        balls = refined.balls
        found = {name: refined.along(rows[name]) for name in names}
        drowned = [name for name in names if not found[name].value and self._gradients[name]]
        if drowned:
            finer = Refined(root, nodes, 4 * balls.bits)
            found |= {name: finer.along(rows[name]) for name in drowned}
        gradients = balls.gradients(root, refined.values)
        self._exact = {name: balls.middle(gradients.get(rows[name], balls.point(0.0))) for name in names}
        return found


def _estimates(at: Evaluation, rows: Mapping[str, Value]) -> dict[str, Estimate]:
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
    constants = _named_constants(at.nodes)
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
    sizes, nodes = _sizes(at.root), at.named
    return {name: max(move, _ULPS * sizes.get(nodes[name], 0.0)) for name, move in moved.items()}


def _named_constants(nodes: Iterable[Value]) -> dict[Value, float]:
    """pi, e and the like, with their floats, which are rounded too."""
    found: dict[Value, float] = {}
    for node in nodes:
        for leaf in node.args:
            if leaf.label in CONSTANTS and not leaf.requires_grad:
                found[leaf] = CONSTANTS[leaf.label]
    return found


def _sizes(root: Value) -> dict[Value, float]:
    """The size of what the gradient by each node adds up, however much of it cancels.

    Of `5*x - 3*x` by x: 8.
    """
    order = sweep(root)
    sizes: dict[Value, float] = dict.fromkeys(order, 0.0) | {root: 1.0}
    for node in order:
        rule, size = node.rule, sizes[node]
        for index, arg in enumerate(node.args):
            if arg in sizes and index not in rule.zero_partials:
                sizes[arg] += size * abs(rule.partial(node, index))
    return sizes
