"""Whether a gradient of a Python function is right: each component beside differences of its values."""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from math import frexp, isfinite, ldexp, nan
from typing import Any

from autodiff_cli.errors import AutodiffError, UndefinedError
from autodiff_cli.reports.arguments import Argument, number_of, unit_of
from autodiff_cli.reports.results import Row, Verdict
from autodiff_cli.witness.blind import BlindClaim, BlindSlope, slope_of, verdict_on
from autodiff_cli.witness.blind import Obstacle as Obstacle
from autodiff_cli.witness.noise import Noise, measured, noise_of
from autodiff_cli.witness.replay import next_random

_ROUNDED = 32  # units that a gradient may be off
_UNITS = 4  # by which the point may be off: so much of what the slope changes over the variable's scale
_SPACINGS = (2.0**4, 2.0**14)  # ulps: at which the noise of a gradient is read
_POINTS = 8
_SLANTS = (16, 11, 13, 9, 14, 10, 15, 12)  # sixteenths: no two components change alike, or noise in their sum were none
_SEVERAL = 3  # standard deviations


@dataclass(slots=True)
class ComponentRow(Row):
    """One component of a gradient."""

    number: int = 0  # counted from 0 through the whole point
    obstacle: Obstacle | None = None  # to knowing the slope


@dataclass(slots=True)
class CheckedGradient:
    """A gradient, component by component."""

    value: float
    noise: float  # standard deviation of the noise in values next to the point
    tolerance: float  # the relative error that is not to pass
    rows: list[ComponentRow]

    @property
    def answer(self) -> str:
        """Whether it is `right`, `wrong` or `undecided`."""
        verdicts = {row.verdict for row in self.rows}
        if Verdict.MISMATCH in verdicts:
            return "wrong"
        return "right" if verdicts <= {Verdict.OK, Verdict.KINK} else "undecided"


class _Neighbourhood:
    """The function at a point, and next to it."""

    def __init__(self, f: Callable[[Any], Any], at: Argument) -> None:
        self.f, self.at = f, at
        result = f(at.changed({}))
        self.value, self.unit = number_of(result), max(unit_of(result), *at.units)
        if not isfinite(self.value):
            raise UndefinedError(f"the function is {self.value} at this point", hint="give a point inside its domain")
        self.scales = [ldexp(1.0, frexp(one.value)[1]) if one.value else 1.0 for one in at.components]
        state, self.slants = next_random(5), []
        for number in range(len(at.components)):
            state = next_random(state)
            self.slants.append(_SLANTS[number % len(_SLANTS)] / 16 * (1 if state >> 63 else -1))

    def near(self, values: dict[int, float]) -> float:
        """The value with some components changed; nan where there is none."""
        try:
            return number_of(self.f(self.at.changed(values)))
        except (ArithmeticError, ValueError, RuntimeWarning):
            return nan

    def beside(self, share: float) -> dict[int, float]:
        """A point on a line on which every component changes by about a share of its scale."""
        parts = zip(self.at.components, self.slants, self.scales, strict=True)
        return {number: one.value + slant * share * scale for number, (one, slant, scale) in enumerate(parts)}

    def noise(self) -> Noise:
        """The noise of its values."""
        return measured(lambda share: self.near(self.beside(share)), 2 * max(self.at.units), self.unit)

    def slope(self, number: int, noise: Noise, tolerance: float) -> BlindSlope:
        """What values show of the slope by a component."""
        x = self.at.components[number].value

        def along(moved: float) -> float:
            return self.near({number: moved}) if moved != x else self.value

        return slope_of(along, x, self.scales[number], noise, self.at.nearest(number), tolerance)

    def gradient_noise(self, gradient: Callable[[Any], Any]) -> list[float]:
        """How far noise may have moved each component of a gradient."""
        off = [0.0] * len(self.at.components)
        for spacing in _SPACINGS:
            share = 2 * max(self.at.units) * spacing
            row = [self._gradient_near(gradient, k * share) for k in range(-_POINTS // 2, _POINTS // 2)]
            off = [max(most, _SEVERAL * noise_of(one)) for most, one in zip(off, zip(*row, strict=True), strict=True)]
        return off

    def _gradient_near(self, gradient: Callable[[Any], Any], share: float) -> list[float]:
        try:
            return self.at.gradients(gradient(self.at.changed(self.beside(share))))
        except (ArithmeticError, ValueError, RuntimeWarning):
            return [nan] * len(self.at.components)


def check_at(f: Callable[[Any], Any], gradient: Any, point: Any, tolerance: float) -> CheckedGradient:
    """Hold each component of a gradient against differences of the function's values.

    Raises AutodiffError where the point, the value or the gradient is of no use.
    """
    if not 0 < tolerance < 1:
        raise AutodiffError(f"the tolerance is {tolerance}", hint="it is a relative error, as 1e-4")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # outside a domain
        return _checked(f, gradient, Argument(point), tolerance)


def _checked(f: Callable[[Any], Any], gradient: Any, at: Argument, tolerance: float) -> CheckedGradient:
    around = _Neighbourhood(f, at)
    given = gradient(at.changed({})) if callable(gradient) else gradient
    claims, unit = at.gradients(given), at.unit_of_gradient(given)
    noise = around.noise()
    slopes = [around.slope(number, noise, tolerance) for number in range(len(claims))]
    turns = _turns(around, slopes)

    @cache
    def moved() -> list[float]:
        return around.gradient_noise(gradient) if callable(gradient) else [0.0] * len(claims)

    rows = []
    for number, (claim, slope, turn) in enumerate(zip(claims, slopes, turns, strict=True)):

        def rounding(number: int = number, claim: float = claim) -> float:
            turned = _UNITS * around.unit * slopes[number].steepest
            return moved()[number] + _ROUNDED * unit * abs(claim) + turned

        claimed = BlindClaim(claim, slope, tolerance, turn, rounding)
        rows.append(_row(at, number, claimed))
    return CheckedGradient(around.value, noise.small_scale, tolerance, rows)


def _turns(around: _Neighbourhood, slopes: Sequence[BlindSlope]) -> list[float]:
    """How large a slope by each component is that changes the value by as much as it is, or as any other does."""
    changes = [
        max(abs(slope.estimate.value) if slope.estimate.has_settled else 0.0, slope.steepest) * scale
        for slope, scale in zip(slopes, around.scales, strict=True)
    ]
    most = max(abs(around.value), *changes)
    return [most / scale for scale in around.scales]


def _row(at: Argument, number: int, claimed: BlindClaim) -> ComponentRow:
    component, estimate = at.components[number], claimed.estimate
    return ComponentRow(
        name=f"x{component.name}",
        value=component.value,
        gradient=claimed.gradient,
        estimate=estimate.value,
        bound=estimate.bound,
        verdict=verdict_on(claimed),
        left=estimate.left,
        right=estimate.right,
        number=number,
        obstacle=claimed.found.obstacle,
    )
