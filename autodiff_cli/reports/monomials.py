"""Numbers as a product of powers of variables: of 3, 12, 27 at x = 1, 2, 3 it is 3*x^2."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import isfinite, log, nan
from operator import mul
from statistics import median
from typing import NamedTuple

_MOST = 6  # the greatest exponent
_CLOSE = 1e-3  # to a half, that an exponent has to be
_FEWEST = 3  # points more than variables
_VARIABLES = 8
_SINGULAR = 1e-9


class Monomial(NamedTuple):
    """A coefficient and the powers of variables."""

    coefficient: Fraction
    powers: dict[str, Fraction]

    def text(self) -> str:
        """As it is written: `y / (2 * x^2)`."""
        sign = "-" if self.coefficient < 0 else ""
        above = _side(abs(self.coefficient.numerator), self.powers, 1)
        below = _side(self.coefficient.denominator, self.powers, -1)
        if not below:
            return sign + " * ".join(above or ["1"])
        under = below[0] if len(below) == 1 else f"({' * '.join(below)})"
        return f"{sign}{' * '.join(above or ['1'])} / {under}"

    def value(self, at: Mapping[str, float]) -> float:
        """Its value; nan where a root is of a negative number. Raises ZeroDivisionError where it divides by 0."""
        result = float(self.coefficient)
        for name, power in self.powers.items():
            raised = at[name] ** float(power)
            result *= raised if isinstance(raised, float) else nan
        return result

    def inverse(self) -> "Monomial":
        """One over it."""
        return Monomial(1 / self.coefficient, {name: -power for name, power in self.powers.items()})

    @property
    def is_whole(self) -> bool:
        """Whether nothing is below the line."""
        return min(self.powers.values()) > 0 and self.coefficient.denominator == 1


def _side(number: int, powers: Mapping[str, Fraction], sign: int) -> list[str]:
    """The factors on one side of the line; those with a power of that sign."""
    factors = [_power(name, sign * power) for name, power in powers.items() if sign * power > 0]
    return factors if number == 1 else [str(number), *factors]


def _power(name: str, power: Fraction) -> str:
    if power == Fraction(1, 2):
        return f"sqrt({name})"
    if power == 1:
        return name
    return f"{name}^{power}" if power.denominator == 1 else f"{name}^({power})"


def monomial(numbers: Sequence[float], columns: Mapping[str, Sequence[float]]) -> Monomial | None:
    """The product of powers that numbers are nearly, from those of variables at the same points; None where none is."""
    rows = [row for row in zip(numbers, *columns.values(), strict=True) if all(map(_is_usable, row))]
    if len(rows) < _FEWEST:
        return None
    wanted, *others = zip(*rows, strict=True)
    usable = dict(zip(columns, others, strict=True))
    moving = [name for name, column in usable.items() if len({*column}) > 1]
    if len(rows) < len(moving) + _FEWEST or not 0 < len(moving) <= _VARIABLES:
        return None
    logs = [[1.0] * len(rows), *[_logs(usable[name]) for name in moving]]
    _, *exponents = _fitted(logs, _logs(wanted))
    powers = _as_powers(dict(zip(moving, exponents, strict=True)))
    if not powers:
        return None
    points = [dict(zip(usable, row, strict=True)) for row in zip(*others, strict=True)]
    sizes = [Monomial(Fraction(1), powers).value(point) for point in points]
    coefficient = Fraction(median(_quotients(wanted, sizes))).limit_denominator(100)
    return Monomial(coefficient, powers) if coefficient else None


def _logs(numbers: Sequence[float]) -> list[float]:
    """The logarithms of sizes."""
    return [log(abs(x)) for x in numbers]


def _is_usable(x: float) -> bool:
    return isfinite(x) and x != 0


def _as_powers(exponents: Mapping[str, float]) -> dict[str, Fraction]:
    """The exponents as halves, without those that are 0; none where one is no half."""
    if not all(map(isfinite, exponents.values())):
        return {}
    halves = {name: Fraction(round(2 * exponent), 2) for name, exponent in exponents.items()}
    off = [abs(exponents[name] - half) for name, half in halves.items()]
    if max(off) > _CLOSE or max(map(abs, halves.values())) > _MOST:
        return {}
    return {name: half for name, half in halves.items() if half}


def _quotients(numbers: Sequence[float], sizes: Sequence[float]) -> list[float]:
    """The quotients that are numbers; a root of what is negative is none."""
    found = [number / size for number, size in zip(numbers, sizes, strict=True)]
    return [*filter(isfinite, found)] or [0.0]


def _fitted(columns: Sequence[Sequence[float]], wanted: Sequence[float]) -> list[float]:
    """The coefficients of the linear combination of columns that is nearest to what is wanted."""
    system = [[*[_dot(one, other) for other in columns], _dot(one, wanted)] for one in columns]
    for column, _ in enumerate(columns):
        pivot = max(range(column, len(system)), key=lambda at: abs(system[at][column]))
        system[column], system[pivot] = system[pivot], system[column]
        if not abs(system[column][column]) > _SINGULAR:
            return [nan] * len(columns)
        _eliminate(system, column)
    return [row[-1] / row[at] for at, row in enumerate(system)]


def _eliminate(system: list[list[float]], column: int) -> None:
    """Make a column 0 in all rows but its own."""
    own = system[column]
    for at, row in enumerate(system):
        if at != column:
            factor = row[column] / own[column]
            system[at] = [x - factor * y for x, y in zip(row, own, strict=True)]


def _dot(a: Sequence[float], b: Sequence[float]) -> float:
    return float(sum(map(mul, a, b)))
