"""Numbers to the digits that mean something: a value ends where its uncertainty does (JCGM 100:2008, 7.2.6)."""

from decimal import ROUND_HALF_EVEN, Context, Decimal
from math import isfinite

from autodiff_cli.engine.printer import number_text

_PLAIN = range(-4, 7)  # powers of ten of numbers that are written without one
_EXACT = Context(prec=800)  # digits of the sum of any two floats, and more than that of one


def with_sigma(value: float, sigma: float, digits: int = 2) -> str:
    """A value and its uncertainty, that to so many significant digits.

    >>> with_sigma(9.80215, 0.0578935), with_sigma(6.6743e-11, 1.5e-15), with_sigma(101325, 250)
    ('9.802 ± 0.058', '(6.67430 ± 0.00015)e-11', '(1.0132 ± 0.0025)e5')
    """
    if not (isfinite(value) and isfinite(sigma) and sigma):
        return f"{number_text(value)} ± {number_text(sigma)}"
    last = _last_place(sigma, digits)
    power = _power(value, sigma, last)
    texts = [_fixed(number, last, power) for number in (value, sigma)]
    return f"({texts[0]} ± {texts[1]})e{power}" if power else f"{texts[0]} ± {texts[1]}"


def sigma_text(sigma: float, digits: int = 3) -> str:
    """An uncertainty alone, with the zeros that mean something: 0.0100."""
    if not (sigma and isfinite(sigma)):
        return number_text(sigma)
    last = _last_place(sigma, digits)
    power = _power(sigma, sigma, last)
    return _fixed(sigma, last, power) + (f"e{power}" if power else "")


def between(low: float, high: float, digits: int = 3) -> str:
    """An interval, to so many digits of its width.

    >>> between(1.64872, 4.48169)
    '[1.65, 4.48]'
    """
    if not (isfinite(low) and isfinite(high)):
        return f"[{_rounded(low, digits)}, {_rounded(high, digits)}]"
    if low >= high:
        return f"[{number_text(low)}, {number_text(high)}]"
    last = _last_place(high - low, digits)
    power = _power(max(low, high, key=abs), high - low, last)
    ends = _fixed(low, last, power), _fixed(high, last, power)
    return f"[{', '.join(ends)}]" + (f" * 1e{power}" if power else "")


def to_its_spread(value: float, spread: float, digits: int = 3) -> str:
    """A value to the digits that so many of its spread leave.

    >>> to_its_spread(2.718281828, 2.83), to_its_spread(2.718281828e-5, 2.83e-5)
    ('2.72', '2.72e-5')
    """
    if not (isfinite(value) and isfinite(spread) and spread):
        return number_text(value) if spread == 0 else _rounded(value, digits)
    last = _last_place(spread, digits)
    power = _power(value, spread, last)
    return _fixed(value, last, power) + (f"e{power}" if power and value else "")


def percent(share: float) -> str:
    """A share to two digits.

    >>> percent(0.1949036), percent(0.0059063), percent(1.6e-10)
    ('19 %', '0.59 %', '1.6e-8 %')
    """
    text = number_text(float(f"{100 * share:.2g}"))
    return f"{text.replace('e-0', 'e-')} %"


def _rounded(number: float, digits: int) -> str:
    """A number to so many digits."""
    return number_text(float(f"{number:.{digits}g}"))


def _last_place(sigma: float, digits: int) -> int:
    """The power of ten of the last digit that means something, after rounding."""
    return Decimal(f"{sigma:.{digits - 1}e}").adjusted() - digits + 1


def _power(value: float, sigma: float, last: int) -> int:
    """The power of ten that both are written with; 0 where they are written without."""
    highest = max(Decimal(value).adjusted() if value else last, Decimal(sigma).adjusted())
    return 0 if last <= 0 and highest in _PLAIN else highest


def _fixed(number: float, last: int, power: int) -> str:
    """A number over a power of ten, to a last place."""
    scaled = Decimal(number).scaleb(-power, _EXACT)
    rounded = scaled.quantize(Decimal(1).scaleb(last - power), ROUND_HALF_EVEN, _EXACT)
    return f"{rounded:f}" if rounded else f"{abs(rounded):f}"
