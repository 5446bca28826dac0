"""Why rows have no value: over columns, what `examine.check_domains` says of a point."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

import numpy as np

from autodiff_cli.engine.expression import Expression
from autodiff_cli.engine.printer import domain_message, to_text
from autodiff_cli.engine.value import Value
from autodiff_cli.rules.kernels.arrays import KERNELS
from autodiff_cli.rules.numbers import NumberSystem, vectorized_condition

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
            for failing, text in _failures(expression, here):
                new = np.broadcast_to(failing, found[part].shape) & (found[part] == 0)
                if new.any():
                    found[part][new] = texts.setdefault(text, len(texts) + 1)
    return found, list(texts)


def _failures(expression: Expression, columns: Mapping[str, Array]) -> Iterator[tuple[Any, str]]:
    """What may fail, and on which rows it does; what comes first says it."""
    values = _values(expression, columns)
    needed = _needed(expression, values)
    for name, variable in expression.variables.items():
        if variable in needed:
            yield needed[variable] & np.isnan(values[variable]), f"{name} is not a number"
    for node in expression.nodes:
        function = node.rule.function
        if node in needed and function.domain:
            args = [values[arg] for arg in node.args]
            failing = needed[node] & ~np.isfinite(values[node])
            for arg in args:
                failing = failing & np.isfinite(arg)
            if failing.any():
                inside = np.asarray(_domain(function.domain, function.args)(*args), bool)
                yield failing & ~inside, domain_message(node)
    nowhere = np.any([np.isnan(values[root]) for root in (expression.root, *expression.needed)], axis=0)
    if nowhere.any():
        for node in expression.nodes:
            if node in needed:
                yield nowhere & needed[node] & np.isnan(values[node]), f"{to_text(node, _LONGEST)} has no value"


def _values(expression: Expression, columns: Mapping[str, Array]) -> dict[Value, Any]:
    """Every step's values."""
    values: dict[Value, Any] = {variable: columns[name] for name, variable in expression.variables.items()}
    for node in [*expression.nodes, expression.root]:
        for arg in node.args or (node,):
            if not arg.args and arg not in values:
                values[arg] = np.float64(arg.data)
        if node not in values:
            values[node] = _ARRAYS.value(node.rule.function)(*[values[arg] for arg in node.args])
    return values


def _needed(expression: Expression, values: Mapping[Value, Any]) -> dict[Value, Any]:
    """On which rows each step's value is needed: of a `where`, only the branch that is taken."""
    everywhere = np.bool_(True)
    needed: dict[Value, Any] = dict.fromkeys([expression.root, *expression.needed], everywhere)
    for node in reversed(expression.nodes):
        if node in needed:
            here, args = needed[node], node.args
            if node.rule.function.name == "where":
                taken = np.not_equal(values[args[0]], 0)
                parts = [(args[0], here), (args[1], here & taken), (args[2], here & ~taken)]
            else:
                parts = [(arg, here) for arg in args]
            for arg, where in parts:
                needed[arg] = needed[arg] | where if arg in needed else where
    return needed


@cache
def _domain(text: str, names: tuple[str, ...]) -> Callable[..., Any]:
    """A domain of the table over arrays."""
    return _ARRAYS.formula(vectorized_condition(text), ", ".join(names))
