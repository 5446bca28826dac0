"""The kernels of each kind of number where they differ from a library's function of that name."""

from math import copysign, inf, isnan, nan
from time import process_time

import pytest

from autodiff_cli.rules.kernels import digits, floats
from autodiff_cli.rules.kernels.floats import KERNELS, at_the_edge


@pytest.mark.parametrize("name", ["floor", "ceil", "round", "trunc"])
@pytest.mark.parametrize("x", [0.0, -0.0, inf, -inf])
def test_rounding_keeps_zeros_and_infinities(name: str, x: float) -> None:
    result = KERNELS[name](x)
    assert (result, copysign(1, result)) == (x, copysign(1, x))


@pytest.mark.parametrize(
    ("name", "x", "result"),
    [("floor", -0.5, -1.0), ("ceil", 0.5, 1.0), ("round", 2.5, 2.0), ("round", -1.5, -2.0), ("trunc", -2.7, -2.0)],
)
def test_rounding_gives_floats(name: str, x: float, result: float) -> None:
    assert KERNELS[name](x) == result
    assert type(KERNELS[name](x)) is float
    assert isnan(KERNELS[name](nan))


@pytest.mark.parametrize("args", [(nan, 1.0), (1.0, nan), (1.0, 2.0, nan)])
@pytest.mark.parametrize("name", ["max", "min"])
def test_the_greatest_and_the_least_are_nan_wherever_one_is(name: str, args: tuple[float, ...]) -> None:
    assert isnan(KERNELS[name](*args))
    assert (KERNELS["max"](1.0, 3.0, 2.0), KERNELS["min"](1.0, 3.0, 2.0)) == (3.0, 1.0)


@pytest.mark.parametrize(
    ("name", "error", "args", "result"),
    [
        ("exp", OverflowError(), (1000.0,), inf),
        ("log", ValueError(), (0.0,), -inf),
        ("log", ValueError(), (-1.0,), nan),
        ("div", ZeroDivisionError(), (1.0, -0.0), -inf),
        ("div", ZeroDivisionError(), (0.0, 0.0), nan),
        ("pow", ZeroDivisionError(), (-0.0, -1.0), -inf),
        ("pow", ZeroDivisionError(), (-0.0, -2.0), inf),
        ("pow", ValueError(), (-2.0, 0.5), nan),
        ("pow", OverflowError(), (-10.0, 401.0), -inf),
        ("pow", OverflowError(), (-10.0, 400.0), inf),
        ("pow", OverflowError(), (10.0, 400.0), inf),
        ("sqrt", ValueError(), (-1.0,), nan),
        ("pow", ValueError(), (nan, 2.0), nan),
    ],
)
def test_what_stands_where_a_kernel_raises(name: str, error: Exception, args: tuple[float, ...], result: float) -> None:
    assert at_the_edge(name, error, *args) == pytest.approx(result, nan_ok=True)


@pytest.mark.parametrize("n", range(1, 6))
def test_the_derivatives_of_the_cotangent_are_polynomials_in_it(n: int) -> None:
    mpmath = pytest.importorskip("mpmath")
    x = mpmath.mpf(2) / 3
    polynomial = sum(c * mpmath.cot(x) ** k for k, c in enumerate(digits._cotangent_slopes(n)))
    assert abs(polynomial / mpmath.diff(mpmath.cot, x, n) - 1) < 1e-9


@pytest.mark.parametrize("x", [0.5, 5.0, 9.9, 10.0, 10.1, 1e16, 1e18])
def test_lgamma_has_no_seam_between_its_ways(x: float) -> None:
    mpmath = pytest.importorskip("mpmath")
    with mpmath.workdps(40):
        assert abs(floats.KERNELS["lgamma"](x) / mpmath.loggamma(x) - 1) < 4e-16


@pytest.mark.parametrize(("n", "x"), [(3, 4.2), (3, 4.3), (20, 9.0), (20, 9.5), (20, 19.9), (20, 20.1)])
def test_spherical_bessel_functions_have_no_seam_between_their_ways(n: int, x: float) -> None:
    mpmath = pytest.importorskip("mpmath")
    with mpmath.workdps(40):
        want = mpmath.sqrt(mpmath.pi / (2 * mpmath.mpf(x))) * mpmath.besselj(n + mpmath.mpf(1) / 2, x)
        assert abs(floats.KERNELS["spherical_jn"](float(n), x) / want - 1) < 2e-15


@pytest.mark.parametrize(("n", "x"), [(1, 4.493409457909064), (1, -4.493409457909064), (27, 38.354), (2, 314157.6)])
def test_a_spherical_bessel_function_has_its_digits_beside_a_zero(n: int, x: float) -> None:
    mpmath = pytest.importorskip("mpmath")
    with mpmath.workdps(40):
        size = mpmath.mpf(abs(x))
        want = mpmath.sqrt(mpmath.pi / (2 * size)) * mpmath.besselj(n + mpmath.mpf(1) / 2, size)
        want *= -1 if x < 0 and n % 2 else 1
        assert abs(floats.KERNELS["spherical_jn"](float(n), x) / want - 1) < 4e-14


def test_balls_that_straddle_0_have_whole_powers() -> None:
    flint = pytest.importorskip("flint")
    from autodiff_cli.rules.kernels.balls import KERNELS as BALLS

    wide = flint.arb(0, 2)
    assert BALLS["pow"](wide, 2).contains(4)
    assert BALLS["pow"](wide, 2).contains(0)
    assert BALLS["pow"](wide, 3).contains(-8)
    assert BALLS["pow"](wide, 0).contains(1)
    assert not BALLS["pow"](wide, -1).is_finite()


def test_balls_take_orders_that_are_whole_and_no_others() -> None:
    flint = pytest.importorskip("flint")
    from autodiff_cli.rules.kernels.balls import KERNELS as BALLS

    assert BALLS["polygamma"](1, flint.arb(2)).is_finite()
    for order in (-1, 0.5, flint.arb(1, 0.25)):
        assert BALLS["polygamma"](order, flint.arb(2)).is_nan()


@pytest.mark.parametrize(
    ("name", "ends", "inside"),
    [
        ("gammainc", [(2000, 2000), (1900, 2100)], (2000, 1950)),
        ("gammaincc", [(1500, 2000), (1900, 2000)], (1800, 1950)),
        ("gammaincda", [(2, 2), (1, 1e12)], (2, 3)),
        ("betaincda", [(1, 10), (9000, 9001), (0.001, 0.99)], (5, 9000, 0.01)),
        ("betaincdb", [(1, 2), (100, 9000), (0.9, 0.99)], (1, 200, 0.95)),
        ("betaincdb", [(1, 2), (2, 3), (0.2, 0.3)], (1, 2, 0.25)),
    ],
)
def test_wide_balls_are_bounded_or_refused_in_no_time(
    name: str, ends: list[tuple[float, float]], inside: tuple[float, ...]
) -> None:
    flint = pytest.importorskip("flint")
    from autodiff_cli.rules.kernels.balls import KERNELS as BALLS

    began = process_time()
    found = BALLS[name](*[flint.arb(low).union(flint.arb(high)) for low, high in ends])
    assert process_time() - began < 1
    assert not found.is_finite() or found.contains(BALLS[name](*map(flint.arb, inside)))


@pytest.mark.parametrize(
    ("x", "whole"), [((1, 2), 0), ((3, 2), 2), ((5, 2), 2), ((-1, 2), 0), ((7, 3), 2), ((8, 3), 3)]
)
def test_rationals_round_halves_to_even(x: tuple[int, int], whole: int) -> None:
    flint = pytest.importorskip("flint")
    from autodiff_cli.rules.kernels.rationals import KERNELS as RATIONALS

    assert RATIONALS["round"](flint.fmpq(*x)) == whole


def test_a_rational_power_that_would_be_huge_is_left_to_balls() -> None:
    flint = pytest.importorskip("flint")
    from autodiff_cli.rules.kernels.rationals import KERNELS as RATIONALS

    assert RATIONALS["pow"](flint.fmpq(2, 3), -2) == flint.fmpq(9, 4)
    for power in (10**6, flint.fmpq(1, 2)):
        with pytest.raises(OverflowError):
            RATIONALS["pow"](flint.fmpq(2, 3), power)
