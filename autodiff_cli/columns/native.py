"""A program in what NumPy has: its own functions, and the table's formula of each other one."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from math import isfinite, isnan, nan
from operator import attrgetter
from typing import Any

import numpy as np

from autodiff_cli.codegen.graph_builder import GraphBuilder
from autodiff_cli.codegen.program import Program
from autodiff_cli.engine.graph import forward, toposort
from autodiff_cli.engine.value import Value, node, rule_of
from autodiff_cli.rules.kernels.arrays import KERNELS
from autodiff_cli.rules.numbers import parameters
from autodiff_cli.rules.table import Function, find

# NumPy's own loops: they write into an array that is given, and raise floating-point flags
UFUNCS: dict[str, np.ufunc] = {name: kernel for name, kernel in KERNELS.items() if isinstance(kernel, np.ufunc)} | {
    "and": np.logical_and,
    "eq": np.equal,
    "ge": np.greater_equal,
    "gt": np.greater,
    "le": np.less_equal,
    "lt": np.less,
    "max": np.maximum,
    "min": np.minimum,
    "ne": np.not_equal,
    "not": np.logical_not,
    "or": np.logical_or,
    "pow": np.power,
    "square": np.square,
}
# What makes an array of its own
CALLS: dict[str, Callable[..., Any]] = {
    name: kernel for name, kernel in KERNELS.items() if callable(kernel) and name not in UFUNCS
}
CALLS["where"] = np.where
_KNOWN = CALLS | UFUNCS
SILENT = set(CALLS) - {"sign", "where"}  # these raise no floating-point flag

_OF_SCIPY = {"digamma", "erf", "erfc", "gamma", "gelu", "lgamma", "normcdf", "polygamma"}
_RECIPROCALS = {"sech": "cosh", "csch": "sinh"}
# Powers that are cheaper by products, within an ulp and a half of the true ones and not shorter of range
_POWERS = {
    -2.0: "square(1 / x)",
    -1.5: "1 / x / sqrt(x)",
    -0.5: "abs(1 / sqrt(x))",  # infinite at -0.0 too
    0.5: "sqrt(x)",
    1.5: "x * sqrt(x)",
    2.0: "square(x)",
    3.0: "square(x) * x",
    4.0: "square(square(x))",
}

Args = tuple[Value, ...]


def native(program: Program) -> Program:
    """The program in what NumPy has.

    sech(x)^2 becomes square(1 / cosh(x)), x^3 becomes square(x) * x, max(a, b, c) becomes max(max(a, b), c), and
    softplus(x) the formula of the table.
    """
    return program.rewritten(_reciprocal_squared).rewritten(_in_numpy)


def is_guarded(program: Program) -> bool:
    """Whether the value may be nan by a condition of its own, of which no floating-point flag tells."""
    value = program.outputs[()]
    branches = value.args[1:] if value.rule.function.name == "where" else (value,)
    numbers = filter(_is_number, branches)
    return any(isnan(one.data) for one in numbers)


def may_lack_slopes(program: Program) -> bool:
    """Whether derivatives may be nan where a condition says so, as those of a power by its exponent are for x < 0."""
    return any([_is_number(one) and isnan(one.data) for one in toposort(program.outputs.values())])  # noqa: C419


def missing(program: Program) -> str:
    """A function of the program that needs SciPy where that is not installed; else empty."""
    if find_spec("scipy"):
        return ""
    names = [step.rule.function.name for step in program.steps]
    return next(filter(_OF_SCIPY.__contains__, names), "")


def _reciprocal_squared(graph: GraphBuilder, function: Function, args: Args) -> Value | None:
    """The slope of tanh by the hyperbolic cosine, which NumPy has: as right as the table's, at half the price."""
    other = _RECIPROCALS.get(args[0].rule.function.name)
    if other is None or _exponent(function, args) != 2:
        return None
    return graph.formula(f"square(1 / {other}(x))", "x", args[0].args[0])


def _in_numpy(graph: GraphBuilder, function: Function, args: Args) -> Value | None:
    """What stands for a function; None for one that stays."""
    for rewrite in (_computed, _by_products, _two_by_two, _by_formula):
        made = rewrite(graph, function, args)
        if made is not None:
            return made
    return None


def _computed(graph: GraphBuilder, function: Function, args: Args) -> Value | None:
    """A function of numbers alone, by NumPy too: what is equal in a row then cancels out."""
    if not all(map(_is_constant, args)):
        return None
    numbers = map(np.float64, map(attrgetter("data"), args))
    if function.name in KERNELS and _has(function) and not function.variadic:
        with np.errstate(all="ignore"):
            made = float(KERNELS[function.name](*numbers))
    else:
        step = node(rule_of(function), args)
        forward((step,))
        made = step.data
    return graph.number(made) if isfinite(made) else None


def _by_products(graph: GraphBuilder, function: Function, args: Args) -> Value | None:
    """A power by a number, as products."""
    products = _POWERS.get(_exponent(function, args))
    return graph.formula(products, "x", args[0]) if products else None


def _two_by_two(graph: GraphBuilder, function: Function, args: Args) -> Value | None:
    """A function of any number of arguments by itself of two: the first ones together, and the last."""
    if not function.variadic or function.value or len(args) <= 2:
        return None
    return graph.call(function, (graph.call(function, args[:-1]), args[-1]))


def _by_formula(graph: GraphBuilder, function: Function, args: Args) -> Value | None:
    """A function that NumPy has not, as the table's formula."""
    if not function.value or _has(function):
        return None
    return graph.formula(function.value, parameters(function), *args)


def _exponent(function: Function, args: Args) -> float:
    """The exponent of a power by a number; nan of what is none."""
    if function.name != "pow" or not _is_constant(args[1]):
        return nan
    return args[1].data


def _has(function: Function) -> bool:
    """Whether NumPy has this entry of the table, not only one of its name."""
    return function.name in _KNOWN and find(function.name) == function


def _is_constant(value: Value) -> bool:
    """Whether a value hangs on no variable."""
    return not value.requires_grad


def _is_number(value: Value) -> bool:
    return not value.args and not value.requires_grad
