"""What the tests of rules share: mpmath's values and slopes, a case for each function and point, and how far off."""

from collections.abc import Sequence
from typing import Any

import pytest
from mpmath import mp, mpf

from autodiff_cli.rules.numbers import NumberSystem
from autodiff_cli.rules.table import FUNCTIONS, Function, find

from ..oracles import ORACLES

# Differences of steps 2^-200 cost 120 digits to second order, and tanh(300) is within 10^-260 of 1.
DIGITS, STEP = 800, -200


def true_value(function: Function, at: Sequence[float]) -> Any:
    with mp.workdps(DIGITS):
        return ORACLES[function.name].mpmath(*map(mpf, at))


def true_slope(function: Function, at: Sequence[float], *indices: int) -> Any:
    """The derivative by each of the arguments in turn, by central differences."""
    with mp.workdps(DIGITS):
        steps = [mpf(2) ** (STEP + (int(mp.mag(x)) if x else 0)) for x in at]

        def slope(args: list[Any], indices: Sequence[int]) -> Any:
            if not indices:
                return ORACLES[function.name].mpmath(*args)
            i, *rest = indices
            above, below = ([*args[:i], args[i] + s * steps[i], *args[i + 1 :]] for s in (1, -1))
            return (slope(above, rest) - slope(below, rest)) / (2 * steps[i])

        return slope([mpf(x) for x in at], indices)


def error(got: float, want: Any) -> float:
    """How far off, relative to what is wanted; what no float can hold counts as 0."""
    if abs(want) < 5e-324:
        return abs(got)
    return float(abs((mpf(got) - want) / want))


def partial_at(numbers: NumberSystem, function: Function, index: int, y: Any, args: Sequence[Any]) -> Any:
    partial = numbers.partial(function, index)
    return partial(y, args[index], args) if function.variadic else partial(y, *args)


def partial_indices(function: Function, at: Sequence[float]) -> list[int]:
    """The arguments with a slope: an order has none, nor has a condition that jumps here."""
    if function.variadic:
        return list(range(len(at)))
    jumps = function.name == "where" and at[0] == 0
    return [i for i, partial in enumerate(function.partials) if partial != "nan" and not (jumps and i == 0)]


def name_of(function: Function, at: Sequence[float], *indices: int) -> str:
    return f"{function.name}({', '.join(f'{x:g}' for x in at)})" + "".join(f"/{i}" for i in indices)


VALUE_CASES = [pytest.param(f, at, id=name_of(f, at)) for f in FUNCTIONS for at in f.at]
PARTIAL_CASES = [
    pytest.param(f, at, i, id=name_of(f, at, i)) for f in FUNCTIONS for at in f.at for i in partial_indices(f, at)
]
# By its first arguments, so many, an incomplete function is differentiated once
ONCE = {"gammainc": 1, "gammaincc": 1, "betainc": 2}


def is_refused(function: Function, *indices: int) -> bool:
    """Whether no derivative is known: by such arguments together an incomplete function is differentiated once."""
    return sum(index < ONCE.get(function.name, 0) for index in indices) > 1


SECOND_CASES = [
    pytest.param(f, at, i, j, id=name_of(f, at, i, j))
    for f in FUNCTIONS
    for at in f.at
    for i in partial_indices(f, at)
    for j in partial_indices(f, at)
    if not is_refused(f, i, j)
]
# Four units in the last place are 9e-16. What needs more: a Bessel function close to its zero multiplies the rounding
# of pi * x, and the terms of the slopes of beta's density nearly cancel.
SLOPE_TOLERANCE = {"sinc": 2e-15, "betaincda": 6e-15, "betapdf": 6e-15}
# Four units in the last place are 9e-16; what needs more to second order says why.
CURVATURE_TOLERANCE = {
    "atanh(1e-09)/0/0": 1e-7,  # near 0 it is 2x, left over by cancellation of 1 - x and 1 + x: 5e-17 in all
    "binomial(7.5, 2.25)/0/0": 4e-15,  # a difference of digammas
    "binomial(7.5, 2.25)/1/1": 2e-14,
    **dict.fromkeys(
        [
            *("erfcx(12)/0/0", "dawson(-2)/0/0", "j1(3.5)/0/0", "ellipe(0.01)/0/0", "norminv(0.01)/0/0"),
            *("gammainc(2.5, 1.75)/1/1", "gammaincc(2.5, 1.75)/1/1"),
            *("betainc(2, 3.5, 0.3)/0/2", "betainc(2, 3.5, 0.3)/2/0", "betainc(2, 3.5, 0.3)/2/2"),
            "betaincdb(0.5, 1.5, 0.9)/2/2",
            *("dawson(-2)/0/0/0", "ellipk(0.01)/0/0/0"),
            *("betapdf(0.5, 1.5, 0.9)/1/2", "betapdf(0.5, 1.5, 0.9)/2/1"),
            *("gammapdf(0.5, 3)/0/0/0", "binomial(7.5, 2.25)/0/0/0"),
        ],
        1e-13,  # sums of terms that nearly cancel, as their remarks say of the first slope of these functions' kin
    ),
    **dict.fromkeys(
        ("betapdf(2, 3.5, 0.3)/0/0/2", "betapdf(0.5, 1.5, 0.9)/0/0/2", "erfcx(12)/0/0/0", "ellipe(0.01)/0/0/0"), 1e-11
    ),
    "silu(-3)/0/0": 2e-15,  # a sum of terms that nearly cancel
}


def found(name: str, count: int = 1) -> Function:
    function = find(name, count)
    assert function is not None
    return function
