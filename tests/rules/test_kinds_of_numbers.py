"""Every value and partial over every other kind of number: nodes, arrays and balls, against floats and mpmath."""

import math
import subprocess
import sys
from math import nan
from typing import Any

import pytest
from mpmath import mp, mpf

from autodiff_cli.engine.value import FLOATS, VALUES, Value
from autodiff_cli.rules.kernels import floats
from autodiff_cli.rules.numbers import NumberSystem
from autodiff_cli.rules.table import FUNCTIONS, Function

from ..oracles import ORACLES
from .truth import DIGITS, VALUE_CASES, partial_at, partial_indices, true_slope, true_value


@pytest.mark.parametrize(("function", "at"), VALUE_CASES)
def test_nodes_hold_the_values_and_partials_of_floats(function: Function, at: tuple[float, ...]) -> None:
    """A node holds what plain floats give, to the bit, and so do its gradients and its partials as formulas."""
    floats_, args = [float(x) for x in at], [Value(x) for x in at]
    result = VALUES.value(function)(*args)
    result.backward()
    assert result.data == FLOATS.value(function)(*floats_)
    for i in partial_indices(function, at):
        want = partial_at(FLOATS, function, i, result.data, floats_)
        assert args[i].grad == want
        partial = partial_at(VALUES, function, i, result, args)
        assert (partial.data if isinstance(partial, Value) else partial) == want


ARRAY_CASES = [
    pytest.param(f, points, id=f"{f.name}/{count}")
    for f in FUNCTIONS
    for count in sorted({len(at) for at in f.at})
    if (points := [at for at in f.at if len(at) == count])
]


@pytest.mark.parametrize(("function", "points"), ARRAY_CASES)
def test_arrays_have_the_values_and_partials_of_floats(function: Function, points: list[tuple[float, ...]]) -> None:
    np = pytest.importorskip("numpy")
    pytest.importorskip("scipy")
    from autodiff_cli.rules.kernels import arrays

    numbers = NumberSystem(arrays.KERNELS)
    args = [np.array(column, float) for column in zip(*points, strict=True)]
    with np.errstate(divide="ignore", invalid="ignore"):  # `where` computes the branch not taken too
        result = numbers.value(function)(*args)
        slopes = {i: partial_at(numbers, function, i, result, args) for i in partial_indices(function, points[0])}
    assert result.dtype == float
    for row, at in enumerate(points):
        at = tuple(map(float, at))
        y = FLOATS.value(function)(*at)
        # NumPy, SciPy and the C library round differently by a few units in the last place
        assert result[row] == pytest.approx(y, rel=4e-15, abs=0)
        for i, slope in slopes.items():
            want = partial_at(FLOATS, function, i, y, at)
            assert np.broadcast_to(slope, result.shape)[row] == pytest.approx(want, rel=4e-15, abs=0)


def assert_encloses(ball: Any, want: Any) -> None:
    """The ball holds the true number, and is narrow: 60 digits of 256 bits' 77."""
    man, exp = ball.mid().man_exp()
    rad_man, rad_exp = ball.rad().man_exp()
    with mp.workdps(DIGITS):
        middle, radius = mp.ldexp(int(man), int(exp)), mp.ldexp(int(rad_man), int(rad_exp))
        assert abs(middle - want) <= radius + abs(want) * mpf(10) ** -100  # the differences' own error
        assert radius <= abs(want) * mpf(10) ** -60


@pytest.mark.parametrize(("function", "at"), VALUE_CASES)
def test_balls_hold_mpmaths_values_and_slopes(function: Function, at: tuple[float, ...]) -> None:
    flint = pytest.importorskip("flint")
    from autodiff_cli.rules.kernels import balls

    numbers = NumberSystem(balls.KERNELS)
    args = [flint.arb(x) for x in at]
    with flint.ctx.workprec(256):
        result = numbers.value(function)(*args)
        assert_encloses(result, true_value(function, at))
        for i in partial_indices(function, at):
            assert_encloses(flint.arb(partial_at(numbers, function, i, result, args)), true_slope(function, at, i))


@pytest.mark.parametrize(("function", "at"), VALUE_CASES)
def test_the_oracles_agree_with_each_other(function: Function, at: tuple[float, ...]) -> None:
    flint = pytest.importorskip("flint")
    truth = ORACLES[function.name].arb
    with flint.ctx.workprec(500):
        assert_encloses(flint.arb(truth(None, at)), true_value(function, at))
        for i in partial_indices(function, at):
            slope = truth(i, at)
            if slope is not None:  # at a place where only the rule's choice is left
                assert_encloses(flint.arb(slope), true_slope(function, at, i))


WIDE = "7 +/- 1"


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("lt", (WIDE, 7)),
        ("ge", (7, WIDE)),
        ("eq", (WIDE, 7)),
        ("where", ("0 +/- 1", 1, 2)),
        ("copysign", (1, "0 +/- 1")),
    ],
)
def test_overlapping_balls_are_undecided(name: str, args: tuple[Any, ...]) -> None:
    flint = pytest.importorskip("flint")
    from autodiff_cli.rules.kernels import balls

    with pytest.raises(balls.Undecided, match=r"undecided$"):
        balls.KERNELS[name](*map(flint.arb, args))


def test_balls_decide_comparisons_that_no_number_inside_changes() -> None:
    flint = pytest.importorskip("flint")
    from autodiff_cli.rules.kernels.balls import KERNELS

    wide = flint.arb(WIDE)
    assert [KERNELS[name](wide, wide) == 1 for name in ("lt", "le", "gt", "ge", "eq")] == [
        False,
        True,
        False,
        True,
        True,
    ]
    assert KERNELS["lt"](wide, 9) == 1
    assert KERNELS["le"](7, 7) == 1
    assert KERNELS["where"](wide, 1, 2) == 1
    assert KERNELS["where"](False, 1, 2) == 2
    assert KERNELS["where"](1 > 2, 1, 3) / 2 == flint.arb(1.5)


@pytest.mark.parametrize("name", ["cbrt", "trunc", "hypot", "sign", "floor", "round", "max"])
def test_wide_balls_hold_what_their_numbers_give(name: str) -> None:
    flint = pytest.importorskip("flint")
    from autodiff_cli.rules.kernels.balls import KERNELS

    numbers = [0, 0.5, -1, 1.5, 2, -2, 2.5, -2.5, -0.3]
    for middle in numbers:
        for radius in (0, 0.25, 0.5, 2, 3):
            ball = flint.arb(middle, radius)
            for x in numbers:
                if abs(x - middle) <= radius:
                    rest = (1,) if name in ("hypot", "max") else ()
                    try:
                        result = KERNELS[name](ball, *rest)
                    except ArithmeticError:
                        assert name == "round"  # at a half that is perhaps a tie
                        continue
                    assert result.is_finite()
                    assert result.overlaps(KERNELS[name](x, *rest))


@pytest.mark.parametrize("x", [-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 2.4, -1.7, 7, 0])
def test_balls_round_halves_to_even(x: float) -> None:
    pytest.importorskip("flint")
    from autodiff_cli.rules.kernels.balls import KERNELS

    assert KERNELS["round"](x) == round(x)


def test_pi_of_balls_lasts_when_precision_is_raised() -> None:
    flint = pytest.importorskip("flint")
    from autodiff_cli.rules.kernels.balls import KERNELS

    with flint.ctx.workprec(3000):
        assert (KERNELS["pi"] / 4 - flint.arb(1).atan()).rad() < flint.arb(2) ** -2990


def test_scipy_is_loaded_by_a_kernel_alone() -> None:
    pytest.importorskip("scipy")
    code = "import sys; from autodiff_cli.rules.kernels.arrays import KERNELS as k; n = 'scipy' in sys.modules"
    code += "; k['erf'](1.0)"
    subprocess.run([sys.executable, "-c", f"{code}; sys.exit(n or 'scipy' not in sys.modules)"], check=True)


def test_arrays_and_floats_round_fma_once() -> None:
    np = pytest.importorskip("numpy")
    from autodiff_cli.rules.kernels.arrays import KERNELS

    random = np.random.default_rng(1)
    a, b, noise = random.standard_normal((3, 2000)) * 2.0 ** random.integers(-40, 40, (3, 2000))
    tie = (1 + 2.0**-52) * (1 + 2.0**-53)
    rows = [
        *((a, b, c) for c in (noise, -a * b, a * b * 2.0**-106, -a * b * (1 + 2.0**-52), -a * b + noise * 2.0**-70)),
        (a * 2.0**-500, b * 2.0**-520, noise * 2.0**-1060),  # below the normal numbers
        (a * 2.0**400, b * 2.0**440, -a * b * 2.0**840),
        (np.full(1, tie), np.full(1, 1 + 2.0**-52), np.full(1, 2.0**-106)),
    ]
    for row in rows:
        assert KERNELS["fma"](*row).tolist() == [floats.KERNELS["fma"](*x) for x in np.transpose(row).tolist()]


def test_arrays_and_floats_fold_degrees_alike() -> None:
    np = pytest.importorskip("numpy")
    from autodiff_cli.rules.kernels.arrays import KERNELS

    x = np.concatenate([np.arange(-1080, 1081, 15.0), np.random.default_rng(1).uniform(-1e5, 1e5, 1000), [1e300]])
    for name in ("sind", "cosd"):
        assert KERNELS[name](x) == pytest.approx([floats.KERNELS[name](v) for v in x.tolist()], rel=4e-16, abs=0)
    assert KERNELS["sind"](np.array([0, 180, -360])).tolist() == [0, 0, 0]
    assert KERNELS["cosd"](np.array([90, -90, 270])).tolist() == [0, 0, 0]


def test_gelu_of_a_large_number_is_the_number() -> None:
    assert floats.KERNELS["gelu"](1e308) == 1e308
    pytest.importorskip("scipy")
    from autodiff_cli.rules.kernels.arrays import KERNELS

    assert KERNELS["gelu"](1e308) == 1e308


@pytest.mark.parametrize(
    ("name", "points"),
    [
        (
            "lgamma",
            [
                5e-324,
                1e-310,
                1 - 2.0**-53,
                1 + 1e-9,
                1.15,
                2 - 2.0**-52,
                2 + 1e-5,
                1.7619,
                -2.45702473822,
                -3.1435808883,
            ],
        ),
        ("digamma", [-0.5, -2.9999918392455482, -3 + 1e-9, -2.6107208684, -7.25, 1.4616321449683622]),
        ("erfc", [-1.0, 0.8275585610399077, 1.5000001, 5.942934180611619, 12.0, 23.097675361559638, 26.54]),
    ],
)
def test_arrays_where_scipy_loses_digits(name: str, points: list[float]) -> None:
    np = pytest.importorskip("numpy")
    from autodiff_cli.rules.kernels.arrays import KERNELS

    for x, got in zip(points, KERNELS[name](np.array(points)).tolist(), strict=True):
        with mp.workdps(DIGITS):
            true = getattr(mp, name)(mpf(x)) if name != "lgamma" else mp.log(abs(mp.gamma(mpf(x))))
            assert abs(mpf(got) - true) <= 12 * math.ulp(float(true)), x
        assert KERNELS[name](x) == got


def test_arrays_take_plain_numbers() -> None:
    np = pytest.importorskip("numpy")
    from autodiff_cli.rules.kernels.arrays import KERNELS

    assert KERNELS["pow"](2, -1) == 0.5
    assert KERNELS["pow"](np.array([2, 4]), -1).tolist() == [0.5, 0.25]
    assert sum(KERNELS["lt"](np.array([1, 3]), x) for x in (2, 4)).tolist() == [2, 1]
    assert KERNELS["max"](np.array([1, 5]), 2, 3).tolist() == [3, 5]
    assert KERNELS["where"](np.array([0.0, nan, 2.0]), 1, 2).tolist() == [2, 1, 1]
    assert KERNELS["polygamma"](0.5, np.array([1.0])) == pytest.approx(nan, nan_ok=True)
    assert math.copysign(1, KERNELS["sign"](-0.0)) == -1
