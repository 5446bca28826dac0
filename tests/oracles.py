"""What each function of the table is, by two libraries that never see a rule: mpmath, and Arb (python-flint).

A line a function: mpmath's own or the textbook definition; the same over Arb's balls; and, if it has a slope, where
random graphs may use it, or why they do not. Over balls a smooth function is a formula over power series, which hold
the value and, as the next coefficient, the slope; one with kinks or jumps is computed in exact fractions.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from fractions import Fraction
from math import floor, trunc
from typing import Any, NamedTuple

from mpmath import mp, mpf

with suppress(ImportError):  # where there is no python-flint, mpmath stands alone
    from flint import acb, arb, arb_series, ctx

Formula = Callable[..., Any]
Truth = Callable[[int | None, Sequence[float]], Any]  # the value, or the slope by the argument of an index, as a ball

NOT_SMOOTH = "it has a kink or jumps"
NOT_IN_BOTH = "PyTorch or JAX lacks it"
NOT_EXACT = "PyTorch or JAX is off by 40 units in the last place or more"


class Oracle(NamedTuple):
    """A function by both libraries.

    `graphs` are ranges of its arguments where it is smooth and keeps the digits of its slope by the usual formulas too
    (1 - tanh(x)^2 does not far out), for random graphs to use; or why they do not; empty where it has no slope.
    """

    mpmath: Formula
    arb: Truth
    graphs: tuple[tuple[float, float], ...] | str = ""


def series(function: Formula) -> Truth:
    """A formula over power series in the variable asked for."""

    def truth(index: int | None, at: Sequence[float]) -> arb:
        length = 1 if index is None else 2
        args = [arb_series([arb(x), int(i == index)], prec=length) for i, x in enumerate(at)]
        return function(*args)[length - 1]

    return truth


def fractions(value: Formula, slope: Formula) -> Truth:
    """A function over exact fractions, and its slope by the argument of an index; None where there is none."""

    def truth(index: int | None, at: Sequence[float]) -> arb | None:
        args = [Fraction(x) for x in at]
        found = value(*args) if index is None else slope(index, *args)
        return None if found is None else arb(Fraction(found).numerator) / arb(Fraction(found).denominator)

    return truth


def differences(function: Formula) -> Truth:
    """A function over balls, and its slope by a central difference, which is off by some 1e-200."""

    def truth(index: int | None, at: Sequence[float]) -> arb:
        args = [arb(x) for x in at]
        if index is None:
            return function(*args)
        with ctx.workprec(1200):
            step = arb(2) ** -350
            above, below = ([*args[:index], args[index] + h, *args[index + 1 :]] for h in (step, -step))
            return (function(*above) - function(*below)) / (2 * step)

    return truth


# --- over power series -----------------------------------------------------------------------------------------------


def _abs(x: arb_series) -> arb_series:
    return -x if x[0] < 0 else x


def _odd(function: Formula) -> Formula:
    return lambda x: -function(-x) if x[0] < 0 else function(x)


def _settled(function: Formula) -> Formula:
    """Beyond a million nothing changes but by far less than the smallest float."""
    return lambda x: function(x * 0 + (10**6 if x[0] > 0 else -(10**6))) if abs(x[0]) > 10**6 else function(x)


def _log2() -> arb:
    return arb(2).log()


def _degrees(x: arb_series) -> arb_series:
    return x * arb.pi() / 180


def _power(x: arb_series, p: arb_series) -> arb_series:
    if x[0] == 0:
        return x * 0 + (1 if p[0] == 0 else 0)
    power = (p * _abs(x).log()).exp()
    whole = p[0].unique_fmpz()
    return -power if x[0] < 0 and whole is not None and whole % 2 == 1 else power


def _acosh(x: arb_series) -> arb_series:
    return (x + (x * x - 1).sqrt()).log()


def _lgamma(x: arb_series) -> arb_series:
    """Reflected below 0: log(pi / abs(sin(pi x))) - lgamma(1 - x)."""
    if x[0] > 0:
        return x.lgamma()
    return (arb.pi() / _abs(x.sin_pi())).log() - (1 - x).lgamma()


def _sinc(x: arb_series) -> arb_series:
    return 1 + x * 0 if x[0] == 0 else x.sin_pi() / (x * arb.pi())


def _gelu(x: arb_series) -> arb_series:
    return x * (-x / arb(2).sqrt()).erfc() / 2


def _hypot(a: arb_series, b: arb_series) -> arb_series:
    return (a * a + b * b).sqrt()


def _logaddexp(a: arb_series, b: arb_series) -> arb_series:
    high, low = (a, b) if a[0] > b[0] else (b, a)
    return high + (1 + (low - high).exp()).log()


def _norm(*args: arb_series) -> arb_series:
    return sum(a * a for a in args).sqrt()


def _logsumexp(*args: arb_series) -> arb_series:
    high = max(a[0] for a in args)
    return sum((a - high).exp() for a in args).log() + high


def _root(x: arb_series, n: arb_series) -> arb_series:
    size = (_abs(x).log() / n).exp()
    return -size if x[0] < 0 else size


def _elu(x: arb_series) -> arb_series:
    return x if x[0] > 0 else x.exp() - 1


def _tanh_softplus(x: mpf | arb_series, exp: Formula) -> Any:
    """tanh(log(1 + exp(x))), written so that nothing cancels."""
    square = (1 + exp(x)) * (1 + exp(x))
    return (square - 1) / (square + 1)


def _factor(number: Callable[[int], Any], exact: Fraction) -> Any:
    return number(exact.numerator) / number(exact.denominator)


_SELU = Fraction(2365968287565977, 2251799813685248)
_SELU_BELOW = Fraction(494860971020035, 281474976710656)


def _atan2(a: arb_series, b: arb_series) -> arb_series:
    """By the logarithm's imaginary part, and the gradient of a plane's angle."""
    angle = arb_series([arb.atan2(a[0], b[0])], prec=a.prec)
    if a.prec == 1:
        return angle
    return angle + arb_series([0, (a[1] * b[0] - b[1] * a[0]) / (a[0] ** 2 + b[0] ** 2)], prec=2)


def _pow(index: int | None, at: Sequence[float]) -> arb | None:
    """Where x <= 0 there is no slope by p; at x = 0 by x what is finite."""
    x, power = at
    if index is not None and x <= 0:
        if index == 1 or (x == 0 and power < 1 and power != 0):
            return None
        if x == 0:
            return arb(int(power == 1))
    return series(_power)(index, at)


def _psi(order: int, derivative: int, x: float) -> arb:
    """Derivatives of digamma as coefficients of the series of lgamma."""
    count = order + derivative + 1
    series = _lgamma(arb_series([arb(x), 1], prec=count + 1))
    return series[count] * arb(count).fac()


def _spherical(n: int, x: arb) -> arb:
    """By way of the Bessel function (DLMF 10.47.3); even orders are even functions, odd ones odd."""
    if x == 0:
        return arb(int(n == 0))
    size = abs(x)
    found = (arb.pi() / (2 * size)).sqrt() * size.bessel_j(arb(n) + arb(0.5))
    return -found if x < 0 and n % 2 else found


def _spherical_slope(n: int, x: arb) -> arb:
    """DLMF 10.51.2, the second: n/x j_n - j_(n+1)."""
    return arb(1) / 3 if n == 1 and x == 0 else arb(n) / x * _spherical(n, x) - _spherical(n + 1, x)


def _digamma(index: int | None, at: Sequence[float]) -> arb:
    return arb(at[0]).digamma() if index is None else _psi(0, 1, at[0])


def _polygamma(index: int | None, at: Sequence[float]) -> arb:
    order, x = int(at[0]), at[1]
    if index is not None:
        return _psi(order, 1, x)
    if x < 0 < order:  # Arb's own takes seconds where x is large
        return _psi(order, 0, x)
    return arb(x).digamma() if order == 0 else acb(x).polygamma(acb(order)).real


def _spherical_jn(index: int | None, at: Sequence[float]) -> arb:
    return (_spherical if index is None else _spherical_slope)(int(at[0]), arb(at[1]))


def _spherical_of_mpmath(n: mpf, x: mpf) -> mpf:
    return mp.sign(x) ** n * mp.sqrt(mp.pi / (2 * abs(x))) * mp.besselj(n + mpf(1) / 2, abs(x))


def _slope(function: Formula, index: int, *args: Any, step: Any) -> Any:
    """As a central difference."""
    above, below = ([*args[:index], args[index] + h, *args[index + 1 :]] for h in (step, -step))
    return (function(*above) - function(*below)) / (2 * step)


def _shorter(function: Formula) -> Formula:
    """With 450 digits, where mpmath is slow."""

    def formula(*args: mpf) -> mpf:
        with mp.workdps(450):
            return function(*args)

    return formula


_BESIDE = mpf(10) ** -200  # an order so near to a whole one, where mpmath's own limit takes seconds


def _mp_bessely(n: mpf, x: mpf) -> mpf:
    """DLMF 10.2.3."""
    order = n + _BESIDE
    return (mp.besselj(order, x) * mp.cospi(order) - mp.besselj(-order, x)) / mp.sinpi(order)


def _mp_besselk(n: mpf, x: mpf) -> mpf:
    """DLMF 10.27.4."""
    order = n + _BESIDE
    return mp.pi / 2 * (mp.besseli(-order, x) - mp.besseli(order, x)) / mp.sinpi(order)


def _mp_slope(function: Formula, index: int) -> Formula:
    return lambda *args: _slope(function, index, *args, step=mpf(2) ** -600)


def _arb_slope(function: Formula, index: int) -> Formula:
    def formula(*args: arb) -> arb:
        with ctx.workprec(2 * ctx.prec + 1400):
            return _slope(function, index, *args, step=arb(2) ** -600)

    return formula


def _mp_zetaderiv(n: mpf, x: mpf) -> mpf:
    with mp.workdps(400):
        return mp.zeta(x) if n == 0 else _slope(lambda z: _mp_zetaderiv(n - 1, z), 0, x, step=mpf(2) ** -200)


def _arb_zetaderiv(n: arb, x: arb) -> arb:
    count = int(n.unique_fmpz())
    return arb_series([x, 1], prec=count + 1).zeta()[count] * arb(count).fac()


def _mp_gammainc(a: mpf, x: mpf) -> mpf:
    return mp.gammainc(a, 0, x, regularized=True)


def _mp_betainc(a: mpf, b: mpf, x: mpf) -> mpf:
    return mp.betainc(a, b, 0, x, regularized=True)


def _arb_gammainc(a: arb, x: arb) -> arb:
    return x**a * (-x).hypgeom_1f1(a, a + 1) / (a + 1).gamma()


def _arb_betainc(a: arb, b: arb, x: arb) -> arb:
    return x**a * x.hypgeom_2f1(a, 1 - b, a + 1) / a * (a + b).gamma() / a.gamma() / b.gamma()


def _mp_dawson(x: mpf) -> mpf:
    return mp.sqrt(mp.pi) / 2 * mp.exp(-x * x) * mp.erfi(x)


def _mp_erfcx(x: mpf) -> mpf:
    return mp.exp(x * x) * mp.erfc(x)


def _arb_erfcx(x: arb) -> arb:
    return (x * x).exp() * x.erfc()


def _arb_elliptic(name: str) -> Formula:
    return lambda m: getattr(acb(m), name)().real


def _arb_ellipd(m: arb) -> arb:
    return (_arb_elliptic("elliptic_k")(m) - _arb_elliptic("elliptic_e")(m)) / m


# --- over exact fractions --------------------------------------------------------------------------------------------


def _floor(x: Fraction) -> Fraction:
    return Fraction(x // 1)


def _sign(x: Fraction) -> int:
    return (x > 0) - (x < 0)


def _fmod(a: Fraction, b: Fraction) -> Fraction:
    return _sign(a) * (abs(a) % abs(b))


def _shares(best: Callable[..., Fraction]) -> Formula:
    return lambda index, *args: None if len(set(args)) < len(args) else int(args[index] == best(args))


def _clamp_slope(index: int, x: Fraction, lo: Fraction, hi: Fraction) -> int | None:
    return None if len({x, lo, hi}) < 3 else int(min(max(x, lo), hi) == (x, lo, hi)[index])


def _no_slope(index: int, *args: Fraction) -> int:
    return 0


def _off(kink: Fraction | int, slope: Callable[[Fraction], Any]) -> Formula:
    return lambda index, x: None if x == kink else slope(x)


def _quotient_slope(whole: Callable[[Fraction], int]) -> Formula:
    return lambda index, a, b: None if (a / b).denominator == 1 else -whole(a / b) if index else 1


def _taken(index: int, c: Fraction, a: Fraction, b: Fraction) -> int:
    return int(index == (1 if c else 2))


def _copysign(x: Fraction, s: Fraction) -> Fraction | None:
    return None if s == 0 else abs(x) * _sign(s)


def _copysign_slope(index: int, x: Fraction, s: Fraction) -> int | None:
    if index == 1 and s != 0:
        return 0
    return None if x == 0 or s == 0 else _sign(x) * _sign(s)


# --- each function ---------------------------------------------------------------------------------------------------

ORACLES: dict[str, Oracle] = {
    "add": Oracle(lambda a, b: a + b, series(lambda a, b: a + b), ((-9, 9), (-9, 9))),
    "sub": Oracle(lambda a, b: a - b, series(lambda a, b: a - b), ((-9, 9), (-9, 9))),
    "mul": Oracle(lambda a, b: a * b, series(lambda a, b: a * b), ((-9, 9), (-9, 9))),
    "div": Oracle(lambda a, b: a / b, series(lambda a, b: a / b), ((-9, 9), (0.2, 9))),
    "neg": Oracle(lambda x: -x, series(lambda x: -x), ((-9, 9),)),
    "pow": Oracle(mp.power, _pow, ((0.2, 3), (-2, 3))),
    "lt": Oracle(lambda a, b: mpf(a < b), fractions(lambda a, b: a < b, _no_slope)),
    "le": Oracle(lambda a, b: mpf(a <= b), fractions(lambda a, b: a <= b, _no_slope)),
    "gt": Oracle(lambda a, b: mpf(a > b), fractions(lambda a, b: a > b, _no_slope)),
    "ge": Oracle(lambda a, b: mpf(a >= b), fractions(lambda a, b: a >= b, _no_slope)),
    "eq": Oracle(lambda a, b: mpf(a == b), fractions(lambda a, b: a == b, _no_slope)),
    "ne": Oracle(lambda a, b: mpf(a != b), fractions(lambda a, b: a != b, _no_slope)),
    "and": Oracle(lambda a, b: mpf(a != 0 and b != 0), fractions(lambda a, b: bool(a and b), _no_slope)),
    "or": Oracle(lambda a, b: mpf(a != 0 or b != 0), fractions(lambda a, b: bool(a or b), _no_slope)),
    "not": Oracle(lambda x: mpf(x == 0), fractions(lambda x: not x, _no_slope)),
    "where": Oracle(lambda c, a, b: a if c else b, fractions(lambda c, a, b: a if c else b, _taken)),
    "max": Oracle(max, fractions(lambda *args: max(args), _shares(max))),
    "min": Oracle(min, fractions(lambda *args: min(args), _shares(min))),
    "mean": Oracle(lambda *args: mp.fsum(args) / len(args), series(lambda *args: sum(args) / len(args)), NOT_IN_BOTH),
    "clamp": Oracle(
        lambda x, lo, hi: sorted((x, lo, hi))[1], fractions(lambda x, lo, hi: min(max(x, lo), hi), _clamp_slope)
    ),
    "abs": Oracle(abs, fractions(abs, _off(0, _sign)), NOT_SMOOTH),
    "sign": Oracle(mp.sign, fractions(_sign, _off(0, lambda x: 0))),
    "copysign": Oracle(lambda x, s: abs(x) * mp.sign(s), fractions(_copysign, _copysign_slope), NOT_SMOOTH),
    "heaviside": Oracle(lambda x: mpf(x > 0), fractions(lambda x: Fraction(1 + _sign(x), 2), _off(0, lambda x: 0))),
    "floor": Oracle(mp.floor, fractions(_floor, _no_slope)),
    "ceil": Oracle(mp.ceil, fractions(lambda x: -_floor(-x), _no_slope)),
    "trunc": Oracle(lambda x: mpf(int(x)), fractions(lambda x: _sign(x) * _floor(abs(x)), _no_slope)),
    "round": Oracle(mp.nint, fractions(round, _no_slope)),
    "mod": Oracle(lambda a, b: a % b, fractions(lambda a, b: a % b, _quotient_slope(floor)), NOT_SMOOTH),
    "fmod": Oracle(lambda a, b: mp.sign(a) * (abs(a) % abs(b)), fractions(_fmod, _quotient_slope(trunc)), NOT_SMOOTH),
    "reciprocal": Oracle(lambda x: 1 / x, series(lambda x: 1 / x), ((0.2, 5),)),
    "identity": Oracle(lambda x: x, series(lambda x: x), NOT_IN_BOTH),
    "square": Oracle(lambda x: x**2, series(lambda x: x * x), ((-3, 3),)),
    "sqrt": Oracle(mp.sqrt, series(lambda x: x.sqrt()), ((0.1, 9),)),
    "rsqrt": Oracle(lambda x: 1 / mp.sqrt(x), series(lambda x: x.rsqrt()), ((0.1, 9),)),
    "cbrt": Oracle(lambda x: mp.sign(x) * mp.cbrt(abs(x)), series(_odd(lambda x: (x.log() / 3).exp())), NOT_IN_BOTH),
    "hypot": Oracle(lambda a, b: mp.sqrt(a**2 + b**2), series(_hypot), ((0.2, 5), (-5, 5))),
    "norm": Oracle(lambda *args: mp.sqrt(mp.fsum(a * a for a in args)), series(_norm), NOT_IN_BOTH),
    "root": Oracle(lambda x, n: mp.power(x, 1 / n), series(_root), NOT_IN_BOTH),
    "fma": Oracle(lambda a, b, c: a * b + c, series(lambda a, b, c: a * b + c), NOT_IN_BOTH),
    "exp": Oracle(mp.exp, series(lambda x: x.exp()), ((-3, 2),)),
    "exp2": Oracle(lambda x: mpf(2) ** x, series(lambda x: (x * _log2()).exp()), ((-3, 3),)),
    "exp10": Oracle(lambda x: mpf(10) ** x, series(lambda x: (x * arb(10).log()).exp()), NOT_IN_BOTH),
    "expm1": Oracle(lambda x: mp.exp(x) - 1, series(lambda x: x.exp() - 1), ((-2, 2),)),
    "log": Oracle(mp.log, series(lambda x, *base: x.log() / base[0].log() if base else x.log()), ((0.2, 9),)),
    "log10": Oracle(lambda x: mp.log(x, 10), series(lambda x: x.log() / arb(10).log()), ((0.2, 9),)),
    "log2": Oracle(lambda x: mp.log(x, 2), series(lambda x: x.log() / _log2()), ((0.2, 9),)),
    "log1p": Oracle(lambda x: mp.log(1 + x), series(lambda x: (1 + x).log()), ((-0.7, 5),)),
    "logaddexp": Oracle(lambda a, b: mp.log(mp.exp(a) + mp.exp(b)), series(_logaddexp), ((-3, 3), (-3, 3))),
    "logsumexp": Oracle(lambda *args: mp.log(mp.fsum(mp.exp(a) for a in args)), series(_logsumexp), NOT_IN_BOTH),
    "xlogy": Oracle(lambda x, t: x * mp.log(t), series(lambda x, t: x * t.log()), NOT_IN_BOTH),
    "xlog1py": Oracle(lambda x, t: x * mp.log(1 + t), series(lambda x, t: x * (1 + t).log()), NOT_IN_BOTH),
    "log1mexp": Oracle(lambda x: mp.log(1 - mp.exp(x)), series(lambda x: (1 - x.exp()).log()), NOT_IN_BOTH),
    "sin": Oracle(mp.sin, series(lambda x: x.sin()), ((-6, 6),)),
    "cos": Oracle(mp.cos, series(lambda x: x.cos()), ((-6, 6),)),
    "tan": Oracle(mp.tan, series(lambda x: x.sin() / x.cos()), ((-1.2, 1.2),)),
    "cot": Oracle(mp.cot, series(lambda x: x.cos() / x.sin()), NOT_IN_BOTH),
    "sec": Oracle(mp.sec, series(lambda x: 1 / x.cos()), NOT_IN_BOTH),
    "csc": Oracle(mp.csc, series(lambda x: 1 / x.sin()), NOT_IN_BOTH),
    "asin": Oracle(mp.asin, series(lambda x: x.asin()), ((-0.8, 0.8),)),
    "acos": Oracle(mp.acos, series(lambda x: x.acos()), ((-0.8, 0.8),)),
    "atan": Oracle(mp.atan, series(lambda x: x.atan()), ((-5, 5),)),
    "acot": Oracle(mp.acot, series(lambda x: (1 / x).atan()), NOT_SMOOTH),
    "asec": Oracle(mp.asec, series(lambda x: (1 / x).acos()), NOT_IN_BOTH),
    "acsc": Oracle(mp.acsc, series(lambda x: (1 / x).asin()), NOT_IN_BOTH),
    "atan2": Oracle(mp.atan2, series(_atan2), ((-5, 5), (0.2, 5))),
    "sind": Oracle(lambda x: mp.sin(mp.radians(x)), series(lambda x: (x / 180).sin_pi()), NOT_IN_BOTH),
    "cosd": Oracle(lambda x: mp.cos(mp.radians(x)), series(lambda x: (x / 180).cos_pi()), NOT_IN_BOTH),
    "tand": Oracle(lambda x: mp.tan(mp.radians(x)), series(lambda x: 1 / (x / 180).cot_pi()), NOT_IN_BOTH),
    "cotd": Oracle(lambda x: mp.cot(mp.radians(x)), series(lambda x: (x / 180).cot_pi()), NOT_IN_BOTH),
    "secd": Oracle(lambda x: mp.sec(mp.radians(x)), series(lambda x: 1 / (x / 180).cos_pi()), NOT_IN_BOTH),
    "cscd": Oracle(lambda x: mp.csc(mp.radians(x)), series(lambda x: 1 / (x / 180).sin_pi()), NOT_IN_BOTH),
    "deg2rad": Oracle(mp.radians, series(_degrees), ((-9, 9),)),
    "rad2deg": Oracle(mp.degrees, series(lambda x: x * 180 / arb.pi()), ((-0.1, 0.1),)),
    "sinc": Oracle(mp.sincpi, series(_sinc), NOT_EXACT),
    "spherical_jn": Oracle(_spherical_of_mpmath, _spherical_jn, NOT_IN_BOTH),
    "sinh": Oracle(mp.sinh, series(lambda x: (x.exp() - (-x).exp()) / 2), ((-2, 2),)),
    "cosh": Oracle(mp.cosh, series(lambda x: (x.exp() + (-x).exp()) / 2), ((-2, 2),)),
    "tanh": Oracle(mp.tanh, series(_settled(_odd(lambda x: 1 - 2 / (1 + (2 * x).exp())))), ((-1, 1),)),
    "coth": Oracle(mp.coth, series(_settled(_odd(lambda x: 1 + 2 / ((2 * x).exp() - 1)))), NOT_IN_BOTH),
    "sech": Oracle(mp.sech, series(_settled(lambda x: 2 / (x.exp() + (-x).exp()))), NOT_IN_BOTH),
    "csch": Oracle(mp.csch, series(_settled(lambda x: 2 / (x.exp() - (-x).exp()))), NOT_IN_BOTH),
    "asinh": Oracle(mp.asinh, series(_odd(lambda x: (x + (x * x + 1).sqrt()).log())), ((-5, 5),)),
    "acosh": Oracle(mp.acosh, series(_acosh), ((1.3, 5),)),
    "atanh": Oracle(mp.atanh, series(lambda x: ((1 + x) / (1 - x)).log() / 2), NOT_EXACT),
    "acoth": Oracle(mp.acoth, series(lambda x: ((x + 1) / (x - 1)).log() / 2), NOT_IN_BOTH),
    "asech": Oracle(mp.asech, series(lambda x: _acosh(1 / x)), NOT_IN_BOTH),
    "acsch": Oracle(mp.acsch, series(_odd(lambda x: ((1 + (x * x + 1).sqrt()) / x).log())), NOT_IN_BOTH),
    "erf": Oracle(mp.erf, series(lambda x: x.erf()), ((-2, 2),)),
    "erfc": Oracle(mp.erfc, series(lambda x: x.erfc()), ((-1, 2),)),
    "gamma": Oracle(mp.gamma, series(lambda x: x.gamma()), NOT_IN_BOTH),
    "lgamma": Oracle(lambda x: mp.log(abs(mp.gamma(x))), series(_lgamma), ((3, 9),)),
    "factorial": Oracle(mp.factorial, series(lambda x: (x + 1).gamma()), NOT_IN_BOTH),
    "binomial": Oracle(
        mp.binomial,
        series(lambda n, k: (n + 1).gamma() / (k + 1).gamma() / (n - k + 1).gamma()),
        NOT_IN_BOTH,
    ),
    "beta": Oracle(mp.beta, series(lambda a, b: a.gamma() * b.gamma() / (a + b).gamma()), NOT_IN_BOTH),
    "lbeta": Oracle(
        lambda a, b: mp.log(mp.beta(a, b)), series(lambda a, b: a.lgamma() + b.lgamma() - (a + b).lgamma()), NOT_IN_BOTH
    ),
    "normpdf": Oracle(mp.npdf, series(lambda x: (-x * x / 2).exp() / (2 * arb.pi()).sqrt()), NOT_IN_BOTH),
    "normcdf": Oracle(mp.ncdf, series(lambda x: (-x / arb(2).sqrt()).erfc() / 2), NOT_IN_BOTH),
    "digamma": Oracle(mp.digamma, _digamma, NOT_EXACT),
    "polygamma": Oracle(lambda n, x: mp.polygamma(int(n), x), _polygamma, NOT_IN_BOTH),
    "norminv": Oracle(
        lambda p: mp.sqrt(2) * mp.erfinv(2 * p - 1),
        differences(lambda p: arb(2).sqrt() * (2 * p - 1).erfinv()),
        NOT_IN_BOTH,
    ),
    "erfinv": Oracle(mp.erfinv, differences(lambda x: x.erfinv()), NOT_IN_BOTH),
    "erfcinv": Oracle(lambda x: mp.erfinv(1 - x), differences(lambda x: (1 - x).erfinv()), NOT_IN_BOTH),
    "erfcx": Oracle(_mp_erfcx, differences(_arb_erfcx), NOT_IN_BOTH),
    "ierfcx": Oracle(
        lambda x: 1 / mp.sqrt(mp.pi) - x * _mp_erfcx(x),
        differences(lambda x: 1 / arb.pi().sqrt() - x * _arb_erfcx(x)),
        NOT_IN_BOTH,
    ),
    "dawson": Oracle(_mp_dawson, differences(lambda x: arb.pi().sqrt() / 2 * (-x * x).exp() * x.erfi()), NOT_IN_BOTH),
    "besselj": Oracle(_shorter(mp.besselj), differences(lambda n, x: x.bessel_j(n)), NOT_IN_BOTH),
    "bessely": Oracle(_shorter(_mp_bessely), differences(lambda n, x: x.bessel_y(n)), NOT_IN_BOTH),
    "besseli": Oracle(_shorter(mp.besseli), differences(lambda n, x: x.bessel_i(n)), NOT_IN_BOTH),
    "besselk": Oracle(_shorter(_mp_besselk), differences(lambda n, x: x.bessel_k(n)), NOT_IN_BOTH),
    "j0": Oracle(_shorter(lambda x: mp.besselj(0, x)), differences(lambda x: x.bessel_j(arb(0))), NOT_IN_BOTH),
    "j1": Oracle(_shorter(lambda x: mp.besselj(1, x)), differences(lambda x: x.bessel_j(arb(1))), NOT_IN_BOTH),
    "y0": Oracle(_shorter(lambda x: _mp_bessely(0, x)), differences(lambda x: x.bessel_y(arb(0))), NOT_IN_BOTH),
    "y1": Oracle(_shorter(lambda x: _mp_bessely(1, x)), differences(lambda x: x.bessel_y(arb(1))), NOT_IN_BOTH),
    "airyai": Oracle(_shorter(mp.airyai), series(lambda x: x.airy_ai()), NOT_IN_BOTH),
    "airyaiprime": Oracle(
        _shorter(lambda x: mp.airyai(x, derivative=1)), series(lambda x: x.airy_ai_prime()), NOT_IN_BOTH
    ),
    "airybi": Oracle(_shorter(mp.airybi), series(lambda x: x.airy_bi()), NOT_IN_BOTH),
    "airybiprime": Oracle(
        _shorter(lambda x: mp.airybi(x, derivative=1)), series(lambda x: x.airy_bi_prime()), NOT_IN_BOTH
    ),
    "lambertw": Oracle(lambda x: mp.lambertw(x).real, series(lambda x: x.lambertw()), NOT_IN_BOTH),
    "zeta": Oracle(_shorter(mp.zeta), series(lambda x: x.zeta()), NOT_IN_BOTH),
    "zetaderiv": Oracle(_mp_zetaderiv, differences(_arb_zetaderiv), NOT_IN_BOTH),
    "gammainc": Oracle(_mp_gammainc, differences(_arb_gammainc), NOT_IN_BOTH),
    "gammaincc": Oracle(
        lambda a, x: mp.gammainc(a, x, regularized=True), differences(lambda a, x: 1 - _arb_gammainc(a, x)), NOT_IN_BOTH
    ),
    "gammaincda": Oracle(_mp_slope(_mp_gammainc, 0), differences(_arb_slope(_arb_gammainc, 0)), NOT_IN_BOTH),
    "gammapdf": Oracle(
        lambda a, x: x ** (a - 1) * mp.exp(-x) / mp.gamma(a),
        series(lambda a, x: ((a - 1) * x.log() - x).exp() / a.gamma()),
        NOT_IN_BOTH,
    ),
    "betapdf": Oracle(
        lambda a, b, x: x ** (a - 1) * (1 - x) ** (b - 1) / mp.beta(a, b),
        series(
            lambda a, b, x: (
                ((a - 1) * x.log() + (b - 1) * (1 - x).log()).exp() * (a + b).gamma() / a.gamma() / b.gamma()
            )
        ),
        NOT_IN_BOTH,
    ),
    "betainc": Oracle(_mp_betainc, differences(_arb_betainc), NOT_IN_BOTH),
    "betaincda": Oracle(_mp_slope(_mp_betainc, 0), differences(_arb_slope(_arb_betainc, 0)), NOT_IN_BOTH),
    "betaincdb": Oracle(_mp_slope(_mp_betainc, 1), differences(_arb_slope(_arb_betainc, 1)), NOT_IN_BOTH),
    "si": Oracle(mp.si, series(lambda x: x.si()), NOT_IN_BOTH),
    "ci": Oracle(mp.ci, series(lambda x: x.ci()), NOT_IN_BOTH),
    "ei": Oracle(mp.ei, series(lambda x: x.ei()), NOT_IN_BOTH),
    "li": Oracle(mp.li, series(lambda x: x.li()), NOT_IN_BOTH),
    "ellipk": Oracle(mp.ellipk, differences(_arb_elliptic("elliptic_k")), NOT_IN_BOTH),
    "ellipe": Oracle(mp.ellipe, differences(_arb_elliptic("elliptic_e")), NOT_IN_BOTH),
    "ellipd": Oracle(lambda m: (mp.ellipk(m) - mp.ellipe(m)) / m, differences(_arb_ellipd), NOT_IN_BOTH),
    "relu": Oracle(lambda x: max(x, mpf(0)), fractions(lambda x: max(x, Fraction(0)), _off(0, lambda x: int(x > 0)))),
    "leaky_relu": Oracle(
        lambda x: x if x > 0 else x / 100,
        fractions(lambda x: x if x > 0 else x / 100, _off(0, lambda x: Fraction(1) if x > 0 else Fraction(1, 100))),
        NOT_SMOOTH,
    ),
    "sigmoid": Oracle(lambda x: 1 / (1 + mp.exp(-x)), series(lambda x: 1 / (1 + (-x).exp())), ((-2, 2),)),
    "logit": Oracle(lambda x: mp.log(x / (1 - x)), series(lambda x: (x / (1 - x)).log()), ((0.1, 0.9),)),
    "softplus": Oracle(
        lambda x: mp.log(1 + mp.exp(x)),
        series(lambda x: (1 + x.exp()).log() if x[0] < 0 else x + (1 + (-x).exp()).log()),
        ((-4, 4),),
    ),
    "silu": Oracle(lambda x: x / (1 + mp.exp(-x)), series(lambda x: x / (1 + (-x).exp())), ((-1, 4),)),
    "gelu": Oracle(lambda x: x * mp.ncdf(x), series(_gelu), ((-0.5, 3),)),
    "elu": Oracle(lambda x: x if x > 0 else mp.exp(x) - 1, series(_elu), NOT_IN_BOTH),
    "selu": Oracle(
        lambda x: _factor(mpf, _SELU) * x if x > 0 else _factor(mpf, _SELU_BELOW) * (mp.exp(x) - 1),
        series(lambda x: x * _factor(arb, _SELU) if x[0] > 0 else (x.exp() - 1) * _factor(arb, _SELU_BELOW)),
        NOT_IN_BOTH,
    ),
    "mish": Oracle(
        lambda x: x * _tanh_softplus(x, mp.exp), series(lambda x: x * _tanh_softplus(x, lambda z: z.exp())), NOT_IN_BOTH
    ),
    "hardtanh": Oracle(
        lambda x: min(max(x, mpf(-1)), mpf(1)),
        fractions(
            lambda x: min(max(x, Fraction(-1)), Fraction(1)), lambda _, x: None if abs(x) == 1 else int(abs(x) < 1)
        ),
    ),
    "softsign": Oracle(lambda x: x / (1 + abs(x)), series(lambda x: x / (1 + _abs(x))), ((-1, 1),)),
}
