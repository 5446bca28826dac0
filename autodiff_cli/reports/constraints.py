"""An expression and its constraints in floats, with their slopes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite

import numpy as np

from autodiff_cli.engine.expression import Expression
from autodiff_cli.engine.graph import toposort
from autodiff_cli.engine.value import Value
from autodiff_cli.language.constraint_reader import Constrained, Constraint
from autodiff_cli.reports.descent import HUGE, Array, KeptNumbers, Starts

MET = 1e-6  # of a constraint's numbers: how far it may be from met in floats


class ConstrainedNumbers(KeptNumbers[tuple[float, Array, Array, Array]]):
    """The expression and its constraints in floats, with their slopes; least where it is wanted."""

    def __init__(self, problem: Constrained, names: Sequence[str], fixed: Mapping[str, float], sign: float) -> None:
        super().__init__()
        gaps = [constraint.gap for constraint in problem.constraints]
        found = problem.expression
        nodes = [node for node in toposort([found.root, *gaps, *found.needed]) if node.args]
        steps = {f"gap_{place}": gap for place, gap in enumerate(gaps)}
        graph = Expression(found.source, found.root, nodes, found.variables, {}, steps, needed=found.needed).copied()
        self._evaluation = graph.evaluation()
        moved = {found.variables[name]: node for name, node in self._evaluation.variables.items()}
        self._gaps = [
            self._evaluation.steps[name] if gap.args else moved.get(gap, gap)
            for name, gap in zip(steps, gaps, strict=True)
        ]
        self._names, self._fixed, self._sign = names, fixed, sign

    def _at(self, point: Array) -> tuple[float, Array, Array, Array]:
        """Value, gradient, the gaps of the constraints, their gradients as rows."""
        evaluation = self._evaluation
        evaluation.move(dict(self._fixed) | dict(zip(self._names, map(float, point), strict=True)))
        value = evaluation.value
        gradient = self._gradient(evaluation.root)
        gaps = np.array([gap.data for gap in self._gaps])
        slopes = np.array([self._gradient(gap) for gap in self._gaps]).reshape(len(gaps), len(self._names))
        if not isfinite(value):
            return HUGE, np.zeros(len(point)), np.nan_to_num(gaps), np.nan_to_num(slopes)
        numbers = [np.nan_to_num(part) for part in (self._sign * gradient, gaps, slopes)]
        return self._sign * value, numbers[0], numbers[1], numbers[2]

    def _gradient(self, root: Value) -> Array:
        if not root.args:
            return np.array([float(root is self._evaluation.variables[name]) for name in self._names])
        found = self._evaluation.gradients(root)
        return np.array([found[name] for name in self._names])


@dataclass(slots=True)
class Problem:
    """What is to be solved, and what is known of it."""

    problem: Constrained
    starts: Starts
    fixed: Mapping[str, float]
    numbers: ConstrainedNumbers
    sign: float

    @property
    def names(self) -> list[str]:
        return [*self.starts]

    @property
    def constraints(self) -> list[Constraint]:
        return self.problem.constraints

    def missed(self, at: Array) -> float:
        """How far the constraints are from met at a point, of their slopes' size."""
        _, _, gaps, slopes = self.numbers(at)
        sizes = np.maximum(1.0, abs(slopes).max(axis=1, initial=0.0))
        wrong = [_wrong(one.sign, gap) for one, gap in zip(self.constraints, gaps, strict=True)]
        return float(max(np.array(wrong) / sizes, default=0.0))


def _wrong(sign: str, gap: float) -> float:
    """By how much a constraint is not met."""
    return abs(gap) if sign == "=" else max(0.0, gap if sign == "<=" else -gap)


def side_of(constraint: Constraint) -> float:
    """The sign by which a gap is not below 0 where the constraint is met, as SciPy has inequalities."""
    return -1.0 if constraint.sign == "<=" else 1.0
