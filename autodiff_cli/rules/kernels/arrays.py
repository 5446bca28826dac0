"""Kernels for NumPy arrays: its own functions, and SciPy's, loaded when first called, for the special ones.

Nothing raises: NumPy gives what IEEE 754 has at the edges, and warns unless the caller runs under `np.errstate`.
Of `where` both branches are computed, so that happens wherever the branch not taken has an edge.
"""

from collections.abc import Callable
from functools import reduce
from importlib import import_module
from math import nan, pi, sqrt
from typing import Any

import numpy as np

from autodiff_cli.rules.kernels import floats

Kernel = Callable[..., Any]
_CANCELLED = 8.0  # a difference that is smaller than its parts by so much is made in another way


def _special(name: str) -> Kernel:
    return lambda *args: getattr(import_module("scipy.special"), name)(*args)


def _compare(test: Kernel) -> Kernel:
    return lambda a, b: test(a, b).astype(float)  # rules add these, and booleans do not add up


def _variadic(function: Kernel) -> Kernel:
    return lambda *args: reduce(function, args)


def _each(name: str) -> Kernel:
    """The kernel for floats, row by row: slow, for what no library has to the last digits."""
    kernel = floats.KERNELS[name]

    def careful(*args: float) -> float:
        try:
            return float(kernel(*args))
        except floats.ERRORS as error:
            return floats.at_the_edge(name, error, *args)

    return np.vectorize(careful, otypes=[float])


def _mended(name: str, result: Any, where: Any, *args: Any) -> Any:
    """The result with these rows made by the kernel for floats."""
    if not np.any(where):
        return result
    result = np.array(result)
    result[where] = _each(name)(*[np.broadcast_to(arg, result.shape)[where] for arg in args])
    return result


def _digamma(x: Any) -> Any:
    """Below 0 by reflection (DLMF 5.5.4), with the remainder of x, which is exact; SciPy's loses digits at poles."""
    result, below = _special("digamma")(x), np.less(x, 0)
    if not np.any(below):
        return result
    with np.errstate(all="ignore"):
        turn = x - np.rint(x)
        steep, flat = np.tan(pi * turn), np.copysign(np.tan(pi * (0.5 - np.abs(turn))), turn)
        first, second = _special("digamma")(1 - x), pi * np.where(np.abs(turn) < 0.25, 1 / steep, flat)
        made = np.where(below, np.where(turn == 0, nan, first - second), result)
        return _mended("digamma", made, below & (np.abs(made) < np.abs(first) / _CANCELLED), x)


def _lgamma(x: Any) -> Any:
    """SciPy's; beside its zeros at 1 and 2 the complex one, which has series there; in decimals beside those below."""
    result = _special("gammaln")(x)
    with np.errstate(all="ignore"):
        result = np.where(np.abs(x) < 1e-300, -np.log(np.abs(x)), result)  # SciPy divides by it
        near = (np.abs(x - 1) < 0.2) | (np.abs(x - 2) < 0.2)  # where it has series
        if np.any(near):
            result = np.where(near, np.real(_special("loggamma")(np.where(near, x, 1.0) + 0j)), result)
        return _mended("lgamma", result, (x < 0) & (np.abs(result) < np.abs(np.log(-x)) / _CANCELLED), x)


def _erfc(x: Any) -> Any:
    """SciPy's; from 1.5 on by the scaled function and exp(-x^2), of which the square is split into an exact part."""
    result, far = _special("erfc")(x), np.greater(x, 1.5)
    if not np.any(far):
        return result
    with np.errstate(all="ignore"):
        y = np.where(far, np.minimum(x, 30.0), 2.0)
        head = np.rint(y * 64) / 64  # its square has few digits
        return np.where(far, np.exp(-head * head) * (np.exp((head - y) * (head + y)) * _special("erfcx")(y)), result)


def _normcdf(x: Any) -> Any:
    """As over floats: right for the rounding of x / sqrt(2) far out."""
    with np.errstate(all="ignore"):
        z, half = x / -sqrt(2), x * x / 2
        rest = np.where((x < 0) & (x > -40), _fma(z, z, -half) - _fma(x, x / 2, -half), 0)
        return np.where(x < -40, 0.0, _erfc(z) / 2 * np.exp(rest))


def _gelu(x: Any) -> Any:
    return x * _normcdf(x)


def _ordered(function: Kernel) -> Kernel:
    """SciPy's function of a whole order `n` >= 0; not a number for any other order, as over floats."""

    def kernel(n: Any, x: Any) -> Any:
        order = np.asarray(n, float)
        whole = (order >= 0) & (order == np.floor(order)) & np.isfinite(order)
        return np.where(whole, function(np.where(whole, order, 0).astype(int), np.asarray(x, float)), nan)

    return kernel


def _gamma(x: Any) -> Any:
    """SciPy before 1.15 has infinity at every pole; at the negative ones the sign is undefined."""
    poles = np.less_equal(x, 0) & np.equal(x, np.floor(x))
    return np.where(poles, np.where(np.equal(x, 0), np.copysign(np.inf, x), nan), _special("gamma")(x))


def _polygamma(n: Any, x: Any) -> Any:
    """Below 0, where SciPy's counts up one by one, by the kernel for floats."""
    below = x < 0
    return _mended("polygamma", _special("polygamma")(n, np.where(below, 1.0, x)), below, n, x)


def _turn(degrees: Any) -> Any:
    """The remainder of whole turns, exactly, at most half a turn either way."""
    turn = np.fmod(degrees, 360)
    return turn - np.where(np.abs(turn) > 180, np.copysign(360, turn), 0)


def _sind(x: Any) -> Any:
    """As over floats: folded in degrees, where it is exact."""
    turn = _turn(x)
    fold = np.where(np.abs(turn) > 90, np.copysign(180, turn) - turn, turn)
    near_top = np.copysign(np.cos((90 - np.abs(fold)) * (pi / 180)), fold)
    return np.where(np.abs(fold) <= 45, np.sin(fold * (pi / 180)), near_top)


def _cosd(x: Any) -> Any:
    turn = np.abs(_turn(x))
    fold = np.where(turn > 90, 180 - turn, turn)
    size = np.where(fold <= 45, np.cos(fold * (pi / 180)), np.sin((90 - fold) * (pi / 180)))
    return np.where(turn > 90, -size, size)


def _two_sum(a: Any, b: Any) -> tuple[Any, Any]:
    """The sum and its rounding error, exactly (Knuth, TAOCP 4.2.2, theorem B)."""
    total = a + b
    part = total - a
    return total, (a - (total - part)) + (b - part)


def _two_product(a: Any, b: Any) -> tuple[Any, Any]:
    """The product and its rounding error, exactly (Dekker 1971, with Veltkamp's split)."""

    def split(x: Any) -> tuple[Any, Any]:
        shifted = x * 134217729.0  # 2^27 + 1
        high = shifted - (shifted - x)
        return high, x - high

    product = a * b
    (ah, al), (bh, bl) = split(a), split(b)
    return product, al * bl - (((product - ah * bh) - al * bh) - ah * bl)


def _careful_fma(a: float, b: float, c: float) -> float:
    try:
        return float(floats.KERNELS["fma"](a, b, c))
    except floats.ERRORS as error:
        return floats.at_the_edge("fma", error, a, b, c)


def _fma(a: Any, b: Any, c: Any) -> Any:
    """The small parts summed to odd, then added: rounded once (Boldo & Melquiond 2008, "Emulation of a FMA").

    That needs room in the exponent; where there is none, the kernel for floats takes over.
    """
    a, b, c = np.broadcast_arrays(*(np.asarray(x, float) for x in (a, b, c)))
    with np.errstate(all="ignore"):
        high, low = _two_product(a, b)
        middle, rest = _two_sum(c, low)
        total, tail = _two_sum(high, middle)
        odd, error = _two_sum(rest, tail)
        even = (error != 0) & (odd.view(np.int64) & 1 == 0)
        result = np.asarray(total + np.where(even, np.nextafter(odd, np.copysign(np.inf, error)), odd))
        sizes = np.abs((a, b, c, high))
        narrow = ~((sizes < 1e290) & ((sizes > 1e-250) | (sizes == 0)) & ((a == 0) | (b == 0) | (high != 0))).all(
            axis=0
        )
    if narrow.any():
        result[narrow] = [_careful_fma(*row) for row in zip(*(x[narrow].tolist() for x in (a, b, c)), strict=True)]
    return result[()]


_SAME = (  # the names that the library has too
    "acos acosh asin asinh atan atan2 atanh cbrt ceil copysign cos cosh exp exp2 expm1 floor fmod hypot log log10 "
    "log1p log2 mod sin sinh sqrt tan tanh trunc"
)

KERNELS: dict[str, Any] = {
    name: getattr(np, f"arc{name.removeprefix('a')}" if name.startswith("a") else name) for name in _SAME.split()
} | {
    **{name: _each(name) for name in floats.SPECIAL},
    "abs": np.abs,
    "add": np.add,
    "cosd": _cosd,
    "digamma": _digamma,
    "div": np.divide,
    "eq": _compare(np.equal),
    "erf": _special("erf"),
    "erfc": _erfc,
    "fma": _fma,
    "gamma": _gamma,
    "gelu": _gelu,
    "ge": _compare(np.greater_equal),
    "gt": _compare(np.greater),
    "le": _compare(np.less_equal),
    "lgamma": _lgamma,
    "lt": _compare(np.less),
    "max": _variadic(np.maximum),
    "min": _variadic(np.minimum),
    "mul": np.multiply,
    "nan": nan,
    "neg": np.negative,
    "normcdf": _normcdf,
    "pi": pi,
    "polygamma": _ordered(_polygamma),
    "pow": lambda x, p: np.power(x, p, dtype=float),  # whole numbers to negative powers too
    "round": np.rint,
    "sign": lambda x: np.copysign(np.sign(x), x),  # keeps -0.0, as over floats
    "sinc": _each("sinc"),
    "sind": _sind,
    "spherical_jn": _each("spherical_jn"),
    "sub": np.subtract,
    "where": lambda c, a, b: np.where(np.not_equal(c, 0), a, b),
}
