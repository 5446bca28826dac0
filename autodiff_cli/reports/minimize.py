"""Where an expression is least near a start: SciPy's descent in floats, then the proof over balls."""

from __future__ import annotations

from collections.abc import Mapping
from math import inf

import numpy as np

from autodiff_cli.engine.expression import Expression
from autodiff_cli.engine.printer import number_text
from autodiff_cli.errors import UndefinedError
from autodiff_cli.exact.balls import INSTALL, available
from autodiff_cli.reports.descent import (
    HUGE,
    Array,
    Objective,
    active,
    by_gradients,
    descended,
    ends,
    has_ended,
    in_boxes,
    is_close_to_minimum,
    is_flat,
    newton,
)
from autodiff_cli.reports.optimum import Kind, Optimum
from autodiff_cli.reports.point_proof import SIMPLE, compare_with_bound, is_at_jump, is_continuous, prove, simple_number
from autodiff_cli.reports.starts import Start

_KINK = 1e-2  # a slope that is no longer small, very close to where it is 0
_NEARBY = 1e-4  # of a variable: how far the witness looks
_WIDER = 1e-3  # of a variable: how far it looks for jumps
_LEAP = 10  # times what slopes lead to: a value that jumps
_ROUNDING = 4e-16  # of a value, by which another is not lower
_NEAR = (0.1, 1e-4, 0.0)  # shares of a point, from where Newton's steps in many digits are tried
_LOWEST = "not proven; no value nearby along the variables is better"


def optimum(
    expression: Expression, starts: Mapping[str, Start], fixed: Mapping[str, float], greatest: bool = False
) -> Optimum:
    """The least value near a start, or the greatest. Raises UndefinedError where there is no end, or no value."""
    return _WayDown(expression, starts, fixed, greatest).run()


class _WayDown:
    """One way down."""

    def __init__(
        self, expression: Expression, starts: Mapping[str, Start], fixed: Mapping[str, float], greatest: bool
    ) -> None:
        self._expression, self._starts, self._fixed, self._greatest = expression, starts, fixed, greatest
        self._sign = -1.0 if greatest else 1.0
        self._objective = Objective(expression, [*starts], fixed, self._sign)

    def run(self) -> Optimum:
        """Go down, and prove what is found."""
        objective, starts = self._objective, self._starts
        begin = np.array([start.value for start in starts.values()])
        value = objective(begin)[0]
        if value == HUGE:
            raise UndefinedError("there is no finite value and slope at the start", hint="try another start")
        report = self._quickly(begin)
        if report is None:
            end = self._thoroughly(begin)
            report = self._report(end)
            self._prove(report)
            if report.kind is Kind.NONE and available():
                end = _simpler(objective, by_gradients(objective, end, starts), starts)  # it may go on falling, slowly
                notes, report = report.notes, self._report(end)
                report.notes = notes
                compare_with_bound(report, self._expression, starts, self._fixed)
            if report.kind is Kind.NONE:
                _look_around(report, objective, starts)
            if report.kind is Kind.LOWEST:
                self._look_for_jumps(report)
        report.kinked = (
            report.kind in (report.wanted, Kind.LOWEST) and not report.within and _is_kinked(report, objective)
        )
        report.evaluations = objective.count
        return report

    def _quickly(self, begin: Array) -> Optimum | None:
        """The minimum that is proven close to where a few steps of Newton's end; None where there is none."""
        objective, starts = self._objective, self._starts
        end = begin
        for near in _NEAR if available() else ():
            there = newton(objective, end, starts, near)
            if there is None or not is_close_to_minimum(objective, there, near):
                return None
            end = there
            report = self._report(end)
            value = report.value
            self._prove(report)
            is_lower = self._sign * report.value <= self._sign * value + _ROUNDING * abs(value)
            if report.proven and report.kind is report.wanted and is_lower:
                return report
        return None

    def _thoroughly(self, begin: Array) -> Array:
        """Where descents end. Raises UndefinedError where they have no end."""
        objective, starts = self._objective, self._starts
        end = descended(objective, begin, starts)
        if not has_ended(objective, begin, end, starts):  # it may have leapt over a pole
            end = descended(objective, in_boxes(objective, begin, starts), starts, leaps=False)
        if not has_ended(objective, begin, end, starts):
            falls = "rises" if self._greatest else "falls"
            value = number_text(self._sign * objective(end)[0])
            last = ", ".join([f"{name} = {number_text(float(at))}" for name, at in zip(starts, end, strict=True)])
            message = f"it {falls} on and on, as far as was looked: {value} at {last}"
            raise UndefinedError(message, hint="give it bounds, or another start")
        return end

    def _report(self, end: Array) -> Optimum:
        """A point, of which nothing is known yet."""
        value, slopes = self._objective(end)
        return Optimum(
            str(self._expression),
            dict(zip(self._starts, map(float, end), strict=True)),
            self._sign * value,
            Kind.NONE,
            False,
            Kind.MAXIMUM if self._greatest else Kind.MINIMUM,
            active(end, slopes, self._starts),
        )

    def _look_for_jumps(self, report: Optimum) -> None:
        """Without proof: whether the value jumps at the point, or close by, where the best one need not be reached."""
        if not _may_jump(report, self._objective, self._starts):
            return
        if is_continuous(self._expression, report.point, self._starts, self._fixed, _WIDER):
            return
        if available() and is_at_jump(self._expression, report.point, self._fixed, self._starts):
            report.notes[-1] = f"{_LOWEST}, and the value jumps there"
            return
        report.kind = Kind.JUMP
        report.notes[-1] = "not proven; the value jumps beside the point: there may be a best value, or none is reached"

    def _prove(self, report: Optimum) -> None:
        if available():
            prove(report, self._expression, self._starts, self._fixed)
        else:
            report.notes.append(f"not proven: that needs python-flint, {INSTALL}")


def _simpler(objective: Objective, end: Array, starts: Mapping[str, Start]) -> Array:
    """A point of simple numbers nearby, where the value is as low there."""
    if not available():
        return end
    for share in SIMPLE:
        point = [simple_number(float(at), share, start) for at, start in zip(end, starts.values(), strict=True)]
        if objective(np.array(point))[0] <= objective(end)[0]:
            end = np.array(point)
    return end


def _is_kinked(report: Optimum, objective: Objective) -> bool:
    """Whether the slopes on both sides of the point differ as much however close."""
    at = np.array([*report.point.values()])
    for place, name in enumerate(report.point):
        if name in report.active:
            continue
        differences = []
        for share in (1e-5, 1e-8):
            left, right = (objective(_moved(at, place, side * share))[1][place] for side in (-1, 1))
            differences.append(abs(right - left))
        if differences[1] > 0.3 * differences[0] > 0:
            return True
    return False


def _moved(at: Array, place: int, share: float) -> Array:
    """A point whose one variable is moved by a share of it."""
    moved = at.copy()
    moved[place] += share * max(1.0, abs(at[place]))
    return moved


def _may_jump(report: Optimum, objective: Objective, starts: Mapping[str, Start]) -> bool:
    """Whether a value nearby is farther off than slopes lead."""
    at = np.array([*report.point.values()])
    low, high = ends(starts)
    here, slopes = objective(at)
    for place in range(len(at)):
        for side in (-1, 1):
            moved = np.clip(_moved(at, place, side * _WIDER), low, high)
            value, beside = objective(moved)
            led = max(abs(slopes[place]), abs(beside[place])) * abs(moved[place] - at[place])
            if HUGE > value > here + _LEAP * led + _WIDER**2 * abs(here):
                return True
    return False


def _is_plateau(objective: Objective, at: Array, place: int, starts: Mapping[str, Start]) -> bool:
    """Whether the values along a variable are the same nearby, and farther off do not rise to both sides."""
    low, high = ends(starts)
    here, _ = objective(at)
    slack = _ROUNDING * abs(here)
    for share in (_NEARBY, 1e-2, 0.1, 1.0):
        sides = [np.clip(_moved(at, place, side * share), low, high) for side in (-1, 1)]
        rises = [objective(moved)[0] - here for moved in sides if not np.array_equal(moved, at)]
        if any(abs(rise) > slack for rise in rises):
            return share > _NEARBY and not all(rise > slack for rise in rises)
    return bool(rises)


def _look_around(report: Optimum, objective: Objective, starts: Mapping[str, Start]) -> None:
    """Without proof: whether no value nearby is better, and whether the slopes are 0 or there is a kink."""
    at = np.array([*report.point.values()])
    here, _ = objective(at)
    low, high = ends(starts)
    lowest, steepest = inf, 0.0
    for place in range(len(at)):
        for side in (-1, 1):
            largest = max(1.0, abs(at[place]))
            for share, scale in ((1.0, largest), (1e-2, largest), (1.0, abs(at[place]))):
                moved = at.copy()
                moved[place] += side * share * _NEARBY * scale
                moved = np.clip(moved, low, high)
                if not np.array_equal(moved, at):
                    value, slopes = objective(moved)
                    lowest = min(lowest, value)
                    steepest = max(steepest, abs(slopes).max() if share < 1 else 0.0)
    if lowest < here - _ROUNDING * abs(here):
        report.notes.append("the search did not converge: values nearby are better; try another start")
    elif any(_is_plateau(objective, at, place, starts) for place in range(len(at))):
        report.kind = Kind.FLAT
        report.notes.append("not proven; the values nearby are the same, as far as floats go; try another start")
    else:
        report.kind = Kind.LOWEST
        is_level = is_flat(objective, at, starts) and steepest <= _KINK * max(1.0, abs(here))
        why = "the slopes are 0 there but for rounding" if is_level else "there is a kink, or the search stopped short"
        report.notes.append(f"{_LOWEST}, and {why}")
