"""A least point under constraints, proven: the equations of Karush, Kuhn and Tucker, and what holds besides.

At a least point the gradient is a combination of those of the active constraints: with L = f + sum of l_j g_j over
these, all partials of L by the variables and the l_j are 0. That system is solved by Newton's steps, and its root is
proven by Krawczyk's operator. The l_j of inequalities must have their sign, and the Hessian of L be positive definite
along the active constraints (Nocedal and Wright, Numerical Optimization, 2006, theorem 12.6).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.optimize import nnls  # type: ignore[import-untyped]

from autodiff_cli.engine.expression import NamedGraph
from autodiff_cli.engine.value import Value
from autodiff_cli.errors import AutodiffError
from autodiff_cli.exact.balls import exactly
from autodiff_cli.reports.constraints import MET, Problem, side_of
from autodiff_cli.reports.descent import Array
from autodiff_cli.reports.kinds import kind_of
from autodiff_cli.reports.optimum import Kind, Optimum
from autodiff_cli.reports.point_proof import is_continuous, side_open
from autodiff_cli.solving.slopes import with_partials

if TYPE_CHECKING:
    from autodiff_cli.solving.krawczyk import System, SystemRoot

_ACTIVE = 1e-4  # of a constraint's numbers: how near it is tried as active
_CLOSE = 1e-3  # of a variable: how far a proven point may be from where the way ended
_RANK = 1e-10
_OTHER = {Kind.MINIMUM: Kind.MAXIMUM, Kind.MAXIMUM: Kind.MINIMUM}


class MultiplierProof:
    """The point to the last digit, its multipliers and its kind."""

    def __init__(self, report: Optimum, task: Problem, end: Array) -> None:
        self._report, self._task, self._end = report, task, end

    def proves(self) -> bool:
        """Whether there is a point close by, proven to be of some kind; it is put into the report."""
        return any(self._proves(active, held) for active, held in self._guesses())

    def _guesses(self) -> list[tuple[list[int], list[str]]]:
        """Which constraints, and which bounds, may be active."""
        task, end = self._task, self._end
        _, gradient, gaps, slopes = task.numbers(end)
        sizes = np.maximum(1.0, abs(slopes).max(axis=1, initial=0.0))
        near = [
            place
            for place, one in enumerate(task.constraints)
            if one.sign == "=" or abs(gaps[place]) <= _ACTIVE * sizes[place]
        ]
        at_bound = [
            name
            for name, at in zip(task.names, end, strict=True)
            if min(abs(at - task.starts[name].low), abs(at - task.starts[name].high)) <= _ACTIVE * max(1.0, abs(at))
        ]
        rows = [*slopes[near], *[np.eye(len(end))[task.names.index(name)] for name in at_bound]]
        if not rows:
            return [([], [])]
        multipliers = np.linalg.lstsq(np.array(rows).T, -gradient, rcond=None)[0]
        size = max(1.0, abs(gradient).max())
        pushed = [
            place
            for place, multiplier in zip(near, multipliers, strict=False)
            if task.constraints[place].sign == "=" or side_of(task.constraints[place]) * multiplier < -MET * size
        ]
        held = [name for name, one in zip(at_bound, multipliers[len(near) :], strict=True) if abs(one) > MET * size]
        return [(pushed, held), self._fewest(near, at_bound), (near, at_bound), (near, held), (pushed, [])]

    def _fewest(self, near: list[int], at_bound: list[str]) -> tuple[list[int], list[str]]:
        """As few of them as hold the gradient, each pushing its way (Lawson and Hanson 1974)."""
        task = self._task
        _, gradient, _, slopes = task.numbers(self._end)
        columns: list[Array] = []
        owners: list[int | str] = []
        for place in near:
            side = side_of(task.constraints[place])
            for sign in (1, -1) if task.constraints[place].sign == "=" else (1,):
                columns.append(sign * side * slopes[place])
                owners.append(place)
        for name in at_bound:
            side = 1.0 if self._end_of(name) == task.starts[name].low else -1.0
            columns.append(side * np.eye(len(self._end))[task.names.index(name)])
            owners.append(name)
        pushes, _ = nnls(np.array(columns).T, gradient)
        pushing = [
            owner for owner, push in zip(owners, pushes, strict=True) if push > MET * max(1.0, abs(gradient).max())
        ]
        equations = [place for place in near if task.constraints[place].sign == "="]
        active = sorted({*equations, *[owner for owner in pushing if isinstance(owner, int)]})
        return active, [owner for owner in pushing if isinstance(owner, str)]

    def _proves(self, active: list[int], held: list[str]) -> bool:
        from autodiff_cli.exact.far import is_finite
        from autodiff_cli.exact.hulls import as_ball, nearest
        from autodiff_cli.solving.krawczyk import System

        task, report = self._task, self._report
        free = [name for name in task.names if name not in held]
        graph, multipliers = self._lagrangian(active)
        variables = [graph.variables[name] for name in (*free, *held)]
        try:
            graph, partials = with_partials(graph, [*variables, *multipliers])
        except AutodiffError:
            return False
        by_free, by_held, by_multipliers = (
            partials[: len(free)],
            partials[len(free) : len(variables)],
            partials[len(variables) :],
        )
        at_ends = {name: self._end_of(name) for name in held}
        numbers = {graph.variables[name]: exactly(at) for name, at in (dict(task.fixed) | at_ends).items()}
        unknowns = [*variables[: len(free)], *multipliers]
        system = System(graph, [*by_free, *by_multipliers], unknowns, numbers)
        start = [*[float(self._end[task.names.index(name)]) for name in free], *self._guessed(active, held)]
        root = system.near(start) if unknowns else None
        if unknowns and (root is None or not self._is_close(free, root.point)):
            return False
        point = dict(zip(free, root.point, strict=False)) if root else {}
        if not is_continuous(task.problem.expression, point | at_ends, task.starts, task.fixed):
            return False
        balls = root.balls if root else ()
        values = system.values(balls)
        if not is_finite(values[task.problem.expression.root]) or not self._meets(values, active):
            values = self._exactly(system, root, len(free)) or values
            if not self._meets(values, active):
                return False
        lagrange = [values[one] for one in multipliers] if unknowns else []
        by_bounds = [values[one] for one in by_held]
        if not self._push(active, lagrange, held, by_bounds):
            return False
        value = as_ball(values[task.problem.expression.root])
        report.point |= point | at_ends
        report.value = 0.0 if value.contains(0) else nearest(value.mid())
        report.within = root.within if root else 0.0
        report.active = [*held, *[task.constraints[place].text for place in active]]
        report.multipliers = {name: _nearest(one, task.sign) for name, one in zip(held, by_bounds, strict=True)}
        for place, one in zip(active, lagrange, strict=True):
            report.multipliers[task.constraints[place].text] = _nearest(one, -task.sign)
        kind = self._kind(system.slopes(balls), len(free), len(active)) if free else Kind.MINIMUM
        report.kind = kind if task.sign > 0 else _OTHER.get(kind, kind)
        if report.kind not in (report.wanted, Kind.STATIONARY) and any(
            task.constraints[place].sign != "=" for place in active
        ):
            report.kind = Kind.SADDLE  # an inequality holds one side as it should, the others lead away
        if report.kind not in (report.wanted, Kind.STATIONARY) and self._touches(values, active, point):
            report.kind = Kind.STATIONARY  # the ways that lead away may be closed
        report.proven = report.kind is not Kind.STATIONARY
        return True

    def _lagrangian(self, active: Sequence[int]) -> tuple[NamedGraph, list[Value]]:
        """The expression, least where it is wanted, plus its active constraints by their multipliers; and these."""
        found, constraints = self._task.problem.expression, self._task.constraints
        multipliers = [Value(1.0, label=f"multiplier {place}") for place in active]
        root = found.root if self._task.sign > 0 else -found.root
        for place, multiplier in zip(active, multipliers, strict=True):
            root = root + multiplier * constraints[place].gap
        steps = {f"gap {place}": constraint.gap for place, constraint in enumerate(constraints)} | {"value": found.root}
        variables = found.variables | {one.label or "": one for one in multipliers}
        needed = [*found.needed, found.root, *[constraint.gap for constraint in constraints]]
        return NamedGraph(found.source, root, [], variables, {}, steps, needed=needed), multipliers

    def _end_of(self, name: str) -> float:
        """The end of its range that a variable is at."""
        start, at = self._task.starts[name], self._end[self._task.names.index(name)]
        return start.low if abs(at - start.low) <= abs(at - start.high) else start.high

    def _guessed(self, active: Sequence[int], held: Sequence[str]) -> list[float]:
        """The multipliers of active constraints in floats."""
        _, gradient, _, slopes = self._task.numbers(self._end)
        free = [place for place, name in enumerate(self._task.names) if name not in held]
        if not active:
            return []
        found = np.linalg.lstsq(slopes[np.ix_(list(active), free)].T, -gradient[free], rcond=None)[0]
        return [float(one) for one in found]

    def _is_close(self, free: Sequence[str], point: Sequence[float]) -> bool:
        """Whether a proven point is where the way ended, inside of the bounds."""
        for name, at in zip(free, point, strict=False):
            before, start = self._end[self._task.names.index(name)], self._task.starts[name]
            if abs(at - before) > _CLOSE * max(1.0, abs(before)) or not start.low <= at <= start.high:
                return False
        return True

    def _meets(self, values: Mapping[Value, Any], active: Sequence[int]) -> bool:
        """Whether the constraints that are not active are met, for certain."""
        from flint import arb

        from autodiff_cli.exact.far import is_finite

        for place, one in enumerate(self._task.constraints):
            number = values[one.gap]
            if place in active:
                continue
            if not is_finite(number) or not (arb(number) <= 0 if one.sign == "<=" else arb(number) >= 0):
                return False
        return True

    def _touches(self, values: Mapping[Value, Any], active: Sequence[int], point: Mapping[str, float]) -> bool:
        """Whether there are constraints, or bounds, that hold just so without being active."""
        from flint import arb

        gaps = [values[one.gap] for place, one in enumerate(self._task.constraints) if place not in active]
        is_met = any(arb(gap).contains(0) for gap in gaps)
        return is_met or any(side_open(at, self._task.starts[name]) for name, at in point.items())

    def _exactly(self, system: System, root: SystemRoot | None, free: int) -> dict[Value, Any] | None:
        """The numbers at the floats of a root, where these are the root itself: some constraint may be met just so."""
        from autodiff_cli.exact.far import is_finite

        if root is None:
            return None
        floats = [exactly(at) for at in root.point[:free]]
        values = system.values([*floats, *root.balls[free:]])
        gaps = [values[equation] for equation in system.equations[free:]]
        return values if all(is_finite(gap) and gap == 0 for gap in gaps) else None

    def _push(self, active: Sequence[int], lagrange: Sequence[Any], held: Sequence[str], slopes: Sequence[Any]) -> bool:
        """Whether the multipliers of inequalities and bounds have their signs, for certain."""
        from flint import arb

        for place, one in zip(active, lagrange, strict=True):
            sign = self._task.constraints[place].sign
            if sign != "=" and not (arb(one) > 0 if sign == "<=" else arb(one) < 0):
                return False
        for name, slope in zip(held, slopes, strict=True):
            is_low = self._end_of(name) == self._task.starts[name].low
            if not (arb(slope) > 0 if is_low else arb(slope) < 0):
                return False
        return True

    def _kind(self, matrix: Any, count: int, constraints: int) -> Kind:
        """What the Hessian of the Lagrangian is along the active constraints, from the matrix of the system."""
        from flint import arb_mat

        if matrix is None:
            return Kind.STATIONARY
        if count == constraints:
            return Kind.MINIMUM  # a corner
        hessian = arb_mat([[matrix[i, j] for j in range(count)] for i in range(count)])
        if not constraints:
            return kind_of(hessian)
        slopes = np.array([[float(matrix[count + i, j].mid()) for j in range(count)] for i in range(constraints)])
        basic = _pivots(slopes)
        others = [place for place in range(count) if place not in basic]
        if len(basic) < constraints:
            return Kind.STATIONARY
        first = arb_mat([[matrix[count + i, j] for j in basic] for i in range(constraints)])
        second = arb_mat([[matrix[count + i, j] for j in others] for i in range(constraints)])
        try:
            dependent = -first.solve(second)
        except ZeroDivisionError:
            return Kind.STATIONARY
        rows: list[list[Any]] = [[] for _ in range(count)]
        for row, place in enumerate(basic):
            rows[place] = [dependent[row, column] for column in range(len(others))]
        for column, place in enumerate(others):
            rows[place] = [int(column == other) for other in range(len(others))]
        along = arb_mat(rows)
        return kind_of(along.transpose() * hessian * along)


def _pivots(matrix: Array) -> list[int]:
    """Columns that are independent, one a row, by Gauss with full pivots."""
    left, found = matrix.copy(), []
    for _ in range(len(matrix)):
        row, column = np.unravel_index(np.argmax(abs(left)), left.shape)
        if abs(left[row, column]) <= _RANK:
            break
        found.append(int(column))
        left = left - np.outer(left[:, column], left[row]) / left[row, column]
    return found


def _nearest(number: Any, sign: float) -> float:
    """The float of a number times a sign; 0 where it may be 0."""
    from autodiff_cli.exact.hulls import as_ball, nearest

    ball = as_ball(number)
    return 0.0 if ball.contains(0) else sign * nearest(ball.mid())
