"""Special functions over floats: those of balls (python-flint), rounded once their digits are proven."""

import math

_BITS = (80, 160, 640)  # precisions, one after another, until a float's digits are there
_ENOUGH = 60


def rounded(name: str, *args: float) -> float:
    """The function of that name at floats; nan where it has no value, or no digits in reasonable time."""
    if not all(map(math.isfinite, args)):
        return math.nan
    from flint import ctx

    from autodiff_cli.rules.kernels import balls

    found = math.nan
    for bits in _BITS:
        with ctx.workprec(bits):
            result = balls.KERNELS[name](*args)
            if result.rel_accuracy_bits() >= _ENOUGH or result.is_exact():
                return float(result.mid())
            if abs(result).upper() < 2.0**-1075:
                return 0.0
            found = float(result.mid()) if result.is_finite() else math.nan
        if math.isnan(found) and bits > _BITS[0]:
            break
    return found
