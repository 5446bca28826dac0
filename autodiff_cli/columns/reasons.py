"""Why rows have no value: over columns, what `engine.domain` says of a point."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache, reduce
from typing import Any

import numpy as np

from autodiff_cli.engine.expression import Expression
from autodiff_cli.engine.printer import domain_message, to_text
from autodiff_cli.engine.value import Value
from autodiff_cli.rules.kernels.arrays import KERNELS
from autodiff_cli.rules.numbers import NumberSystem, vectorized_condition
from autodiff_cli.rules.table import Function

Array = np.ndarray[Any, Any]

_ARRAYS = NumberSystem(KERNELS)
_LONGEST = 60  # characters of an expression in a reason
_ROWS = 2**13  # looked at together


def reasons(expression: Expression, columns: Mapping[str, Any]) -> tuple[Array, list[str]]:
    """For each row 0, or 1 and the place in a list of what the first step needs that fails there.

    A branch that is not taken needs nothing. Where no step fails and yet there is no value, it is the step without one.
    """
    rows = next((len(column) for column in columns.values() if np.ndim(column)), 1)
    found = np.zeros(rows, int)
    texts: dict[str, int] = {}
    with np.errstate(all="ignore"):
        for start in range(0, rows, _ROWS):
            part = slice(start, start + _ROWS)
            here = {name: np.asarray(one[part] if np.ndim(one) else one, float) for name, one in columns.items()}
            for failing, text in _Rows(expression, here).failures():
                _explain(found[part], failing, texts, text)
    return found, list(texts)


def _explain(found: Array, failing: Any, texts: dict[str, int], text: str) -> None:
    """Give the rows that fail and have no text yet the number of this one."""
    new = np.broadcast_to(failing, found.shape) & (found == 0)
    if new.any():
        found[new] = texts.setdefault(text, len(texts) + 1)


class _Values(dict[Value, Any]):
    """The values of steps and variables; what is neither is a number."""

    def __missing__(self, node: Value) -> Any:
        return np.float64(node.data)


class _Rows:
    """Some rows: the values of every step, and on which rows the result depends on it."""

    def __init__(self, expression: Expression, columns: Mapping[str, Array]) -> None:
        self._expression = expression
        self._values = _Values()
        for name, variable in expression.variables.items():
            self._values[variable] = columns[name]
        for node in expression.nodes:
            self._values[node] = _ARRAYS.value(node.rule.function)(*self._args(node))
        self._needed = self._depended_on()
        self._nodes = [node for node in expression.nodes if node in self._needed]

    def _args(self, node: Value) -> list[Any]:
        return [self._values[arg] for arg in node.args]

    def _depended_on(self) -> dict[Value, Any]:
        """On which rows each step is needed: of a `where`, the branch that is taken, as in `domain.depended_on`."""
        roots = [self._expression.root, *self._expression.needed]
        needed: dict[Value, Any] = dict.fromkeys(roots, np.bool_(True))
        for node in reversed(self._expression.nodes):
            if node in needed:
                for arg, rows in zip(node.args, self._passed_on(node, needed[node]), strict=True):
                    needed[arg] = needed[arg] | rows if arg in needed else rows
        return needed

    def _passed_on(self, node: Value, rows: Any) -> list[Any]:
        """On which of some rows, where a step is needed, each of its arguments is."""
        if node.rule.function.name != "where":
            return [rows] * len(node.args)
        taken = np.not_equal(self._values[node.args[0]], 0)
        return [rows, rows & taken, rows & ~taken]

    def failures(self) -> Iterator[tuple[Any, str]]:
        """What may fail, and on which rows it does; what comes first says it."""
        for name, variable in self._expression.variables.items():
            if variable in self._needed:
                yield self._needed[variable] & np.isnan(self._values[variable]), f"{name} is not a number"
        yield from self._outside()
        yield from self._without_value()

    def _outside(self) -> Iterator[tuple[Any, str]]:
        """Steps outside their functions' domains."""
        for node in self._nodes:
            if not node.rule.function.domain:
                continue
            failing = self._needed[node]
            if not node.rule.function.value:  # else an infinity on the way may have come back, as in log(x, 0)
                failing = failing & ~np.isfinite(self._values[node])
            for arg in self._args(node):
                failing = failing & np.isfinite(arg)
            if failing.any():
                inside = _contains(node.rule.function)(*self._args(node))
                yield failing & ~np.asarray(inside, bool), domain_message(node)

    def _without_value(self) -> Iterator[tuple[Any, str]]:
        """Where there is no value, the steps that have none."""
        roots = [self._expression.root, *self._expression.needed]
        nowhere = reduce(np.logical_or, [np.isnan(self._values[root]) for root in roots])  # some are numbers
        if nowhere.any():
            for node in self._nodes:
                failing = nowhere & self._needed[node] & np.isnan(self._values[node])
                yield failing, f"{to_text(node, _LONGEST)} has no value"


@cache
def _contains(function: Function) -> Callable[..., Any]:
    """Whether a function's domain contains some arguments, over arrays."""
    return _ARRAYS.formula(vectorized_condition(function.domain), ", ".join(function.args))
