"""A function along one of its variables: value and slope at a place, and what rounding does to them there."""

from math import inf, isfinite, nan, ulp
from typing import NamedTuple

from autodiff_cli.engine.domain import is_inside
from autodiff_cli.engine.expression import Evaluation
from autodiff_cli.engine.graph import forward
from autodiff_cli.reports.views import Views
from autodiff_cli.witness.arbiter import rule
from autodiff_cli.witness.judge import Verdict
from autodiff_cli.witness.replay import perturb_all

LARGE = 1e307  # beyond, differences leave the range of floats
_CLOSE = 2.0**-34  # of the range: how near to a break its neighbours come
_LOST = 1e-3  # relative: a number that rounding moves by more shows nothing
_ULPS = 2.0**-50  # how far a step may be off, relative


class Point(NamedTuple):
    """A place on the curve. Where there is no value or no slope, that is nan, and the curve is not joined."""

    x: float
    value: float
    slope: float

    @property
    def defined(self) -> bool:
        """Whether the function has a value here."""
        return self.value == self.value

    @property
    def sloped(self) -> bool:
        """Whether the function has a slope here."""
        return self.slope == self.slope


class Probe:
    """An expression along one variable, over a range of that `width`; the others are fixed as they stand.

    `rough` is how far rounding may move the value that `drowns` was asked about last.
    """

    def __init__(self, evaluation: Evaluation, name: str, width: float) -> None:
        self._evaluation, self._name = evaluation, name
        self._variable = evaluation.variables[name]
        self.width = width
        self.rough = 0.0
        self._comparisons = [node for node in evaluation.nodes if node.rule.function.name in ("eq", "ne")]

    def at(self, x: float) -> Point:
        """Value and slope where the variable is x: the graph run forward, then the reverse sweep."""
        evaluation, variable = self._evaluation, self._variable
        variable.data = x
        forward(evaluation.nodes)
        value = evaluation.root.data
        if not abs(value) < LARGE or not is_inside(evaluation):
            return Point(x, nan, nan)
        evaluation.sweep()
        slope = variable.grad
        if not isfinite(slope):
            slope = evaluation.gradients()[self._name]
        if any(node.args[0].data == node.args[1].data for node in self._comparisons):
            slope = self._slope_beside()
        return Point(x, value, slope if abs(slope) < LARGE else nan)

    def _slope_beside(self) -> float:
        """The slope where a branch may hold at this place alone: nan where the arbiter finds none."""
        finding = rule(self._evaluation, {self._name: self._variable}).findings.get(self._name)
        return finding.gradient if finding and finding.verdict is Verdict.OK else nan

    def close(self, x: float) -> float:
        """How near to a break at x its neighbours come."""
        return max(_CLOSE * self.width, 4 * ulp(x))

    def noise(self, there: Point) -> tuple[float, float]:
        """How far rounding may move value and slope: as far as they do when every step is perturbed by some ulps."""
        evaluation, state, value, slope = self._evaluation, 0, 0.0, 0.0
        self._variable.data = there.x
        for _ in range(2):
            state = perturb_all(evaluation.nodes, state)
            evaluation.sweep()
            value = max(value, abs(evaluation.root.data - there.value), key=worst)
            slope = max(slope, abs(self._variable.grad - there.slope), key=worst)
        return worst(value), worst(slope) if there.sloped else 0.0

    def drowns(self, point: Point, width: float, views: Views) -> bool:
        """Whether rounding hides what the value or the slope is, at the point that was computed last.

        Over the `width` of a piece it is first told from what the gradients make of it, which is quicker.
        """
        if not point.defined:
            return False
        most = max(views.value.fine, _LOST * abs(point.value))
        steepest = max(views.slope.fine / 4, _LOST * abs(point.slope))
        moved = [abs(node.grad * node.data) for node in self._evaluation.nodes if node.args]
        self.rough = _ULPS * sum(moved)
        if self.rough < 0.1 * min(most, steepest * width):
            return False
        value, slope = self.noise(point)
        return value > most or slope > steepest


def worst(number: float) -> float:
    """The number; where it is none, as a perturbation may leave a domain, infinity."""
    return number if number == number else inf
