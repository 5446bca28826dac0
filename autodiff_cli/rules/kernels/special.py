"""Special functions over floats: those of balls (python-flint), rounded once their digits are proven."""

import math
from collections.abc import Callable

_BITS = (80, 160, 640, 2560)  # precisions, one after another, until a float's digits are there
_ENOUGH = 60
_LARGE = 1e6  # where these have left the range of floats long ago, and the library may refuse


def _besseli_far(n: float, x: float) -> float:
    return math.copysign(math.inf, x) if n % 2 else math.inf


def _gammaincda_far(a: float, x: float) -> float:
    """Far from the middle of the distribution it has underflown: the density there is below exp(-800)."""
    return -0.0 if a > 0 and x > 0 and x - a - a * math.log(x / a) > 800 else math.nan


_FAR: dict[str, Callable[..., float]] = {
    "besseli": lambda n, x: _besseli_far(n, x) if abs(x) > _LARGE and (x > 0 or n == math.floor(n)) else math.nan,
    "ei": lambda x: math.inf if x > _LARGE else math.nan,
    "gammaincda": _gammaincda_far,
    "zeta": lambda x: 0.0 if x < -(2.0**53) else math.nan,  # floats are even numbers there
}


def rounded(name: str, *args: float) -> float:
    """The function of that name at floats; nan where it has no value, or no digits in reasonable time."""
    if not all(map(math.isfinite, args)):
        return math.nan
    far = _FAR.get(name)
    if far and not math.isnan(beyond := far(*args)):
        return beyond
    from flint import ctx

    from autodiff_cli.rules.kernels import balls

    for bits in _BITS:
        with ctx.workprec(bits):
            result = balls.KERNELS[name](*args)
            if result.rel_accuracy_bits() >= _ENOUGH or result.is_exact():
                return float(result.mid())
            if abs(result).upper() < 2.0**-1075:
                return 0.0
    return math.nan
