"""Straight lines that touch a curve: y - 9 = 6(x - 3) beside y = x^2, which no line before it says."""

import re
from collections.abc import Iterator
from math import isclose, isfinite

from autodiff_cli.engine.expression import Expression
from autodiff_cli.engine.printer import number_text
from autodiff_cli.reports.solutions import solutions, value_at
from autodiff_cli.reports.truth import Judged, LineVerdict, Truth, UnreadError

_TRIED = ({"x": 0.3, "y": 0.7}, {"x": 1.9, "y": -2.3}, {"x": -41.0, "y": 17.0})  # where a line has the same slopes
_SHIFT = r"(?<![^\W\d_]){name}\s*([-+−])\s*(\d+(?:\.\d+)?(?:\s*/\s*\d+)?)(?!\s*[\w.(\\])"  # the number of x - 3


def tangent(truth: Truth, left: str, right: str) -> Judged | None:
    """That an equation in x and y is the tangent, or the normal, of the curve of y; None where it is neither."""
    try:
        line = truth.read(f"({left}) - ({right})", ["y"])
        slope = _slope(line)
        if slope is None:
            return None
        for x, y, steepness in _points(truth, line, left, right, slope):
            at = f"at x = {number_text(float(f'{x:.9g}'))}"
            if abs(line.evaluate(x=x, y=y)) > 1e-7 * (1 + abs(x) + abs(y)):
                continue
            if isclose(steepness, slope, rel_tol=1e-7, abs_tol=1e-9):
                return Judged(LineVerdict.RIGHT, why=f"the tangent {at}")
            if isclose(steepness * slope, -1, rel_tol=1e-7):
                return Judged(LineVerdict.RIGHT, why=f"the normal {at}")
    except UnreadError:
        return None
    return None


def _slope(line: Expression) -> float | None:
    """The slope of a straight line that is where an expression of x and y is 0; None where that is none."""
    if {*line.variables} != {"x", "y"}:
        return None
    slopes = [line.gradient(**point) for point in _TRIED]
    is_straight = all(
        isclose(one[name], slopes[0][name], rel_tol=1e-9, abs_tol=1e-12) for one in slopes for name in "xy"
    )
    return -slopes[0]["x"] / slopes[0]["y"] if is_straight and slopes[0]["y"] else None


def _points(
    truth: Truth, line: Expression, left: str, right: str, slope: float
) -> Iterator[tuple[float, float, float]]:
    """Points of the curve where the line may touch it, and how steep the curve is there."""
    curve, known = truth.known.known.get("y"), truth.known
    if curve and curve.by == "x":
        value, steepness = truth.read(curve.called(0)), truth.read(curve.called(1))
        if {*value.variables, *steepness.variables} - {"x"}:
            return
        for wanted in (slope, -1 / slope if slope else slope):
            for point in solutions(truth.read(f"{curve.called(1)} - ({wanted!r})"), "x", {}, truth.seed):
                yield point["x"], value_at(value, point), value_at(steepness, point)
    elif known.equation:
        across, up = (_shift(name, f"{left} = {right}", known.point.get(name)) for name in "xy")
        sides = [truth.read(side) for side in (known.equation.left, known.equation.right)]
        steepness = truth.read("dy/dx")
        if across is None or up is None or any({*side.variables} - {"x", "y"} for side in (*sides, steepness)):
            return
        point = {"x": across, "y": up}
        values = [value_at(side, point) for side in sides]
        if isclose(*values, rel_tol=1e-9, abs_tol=1e-9):
            known.point = point  # which the lines behind it may be about
            steep = value_at(steepness, point)
            if isfinite(steep):
                yield across, up, steep


def _shift(name: str, text: str, otherwise: float | None) -> float | None:
    """The 3 of x - 3; a point that was chosen where there is no such number."""
    found = re.search(_SHIFT.format(name=name), text)
    if not found:
        return otherwise
    above, _, below = found[2].partition("/")
    number = float(above) / float(below or 1)
    return -number if found[1] == "+" else number
