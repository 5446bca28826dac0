"""Numbers as a product of powers of variables: of 3, 12, 27 at x = 1, 2, 3 it is 3*x^2."""

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from math import exp, isfinite, log, nan
from statistics import median
from typing import NamedTuple

_MOST = 6  # the greatest exponent
_CLOSE = 1e-3  # to a half, that an exponent has to be
_FEWEST = 3  # points more than variables
_VARIABLES = 8


class Monomial(NamedTuple):
    """A coefficient and the powers of variables."""

    coefficient: Fraction
    powers: dict[str, Fraction]

    def text(self) -> str:
        """As it is written: `y / (2 * x^2)`."""
        above = [_power(name, power) for name, power in self.powers.items() if power > 0]
        below = [_power(name, -power) for name, power in self.powers.items() if power < 0]
        size = abs(self.coefficient)
        above = [str(size.numerator)] * (size.numerator != 1 or not above) + above
        below = [str(size.denominator)] * (size.denominator != 1) + below
        over = " * ".join(below)
        sign = "-" if self.coefficient < 0 else ""
        return sign + " * ".join(above) + (f" / ({over})" if len(below) > 1 else f" / {over}" if below else "")

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


def _power(name: str, power: Fraction) -> str:
    if power == Fraction(1, 2):
        return f"sqrt({name})"
    return name if power == 1 else f"{name}^{power}" if power.denominator == 1 else f"{name}^({power})"


def monomial(numbers: Sequence[float], columns: Mapping[str, Sequence[float]]) -> Monomial | None:
    """The product of powers that numbers are nearly, from those of variables at the same points; None where none is."""
    rows = [row for row in zip(numbers, *columns.values(), strict=True) if all(map(_is_usable, row))]
    moving = [index for index in range(len(columns)) if len({row[index + 1] for row in rows}) > 1]
    if len(rows) < len(moving) + _FEWEST or not 0 < len(moving) <= _VARIABLES:
        return None
    logs = [[log(abs(x)) for x in row] for row in rows]
    exponents = _fitted([[1.0, *[row[index + 1] for index in moving]] for row in logs], [row[0] for row in logs])
    names = [*columns]
    powers: dict[str, Fraction] = {}
    if not all(map(isfinite, exponents)):
        return None
    for index, exponent in zip(moving, exponents[1:], strict=True):
        power = Fraction(round(2 * exponent), 2)
        if abs(exponent - power) > _CLOSE or abs(power) > _MOST:
            return None
        if power:
            powers[names[index]] = power
    return _checked(rows, [names.index(name) for name in powers], powers) if powers else None


def _is_usable(x: float) -> bool:
    return isfinite(x) and x != 0


def _checked(rows: Sequence[Sequence[float]], places: Sequence[int], powers: dict[str, Fraction]) -> Monomial | None:
    """The monomial with its coefficient, if that is a simple one."""
    factors = [*zip(places, powers.values(), strict=True)]
    found = []
    for row in rows:
        size = exp(sum(power * log(abs(row[place + 1])) for place, power in factors))
        negative = [row[place + 1] < 0 for place, power in factors if power % 2 == 1]
        found.append(row[0] / (-size if sum(negative) % 2 else size))
    coefficient = Fraction(median(found)).limit_denominator(100)
    return Monomial(coefficient, powers) if coefficient else None


def _fitted(rows: Sequence[Sequence[float]], wanted: Sequence[float]) -> list[float]:
    """The coefficients of the linear combination of columns that is nearest to what is wanted."""
    size = len(rows[0])
    system = [
        [_dot(rows, i, j) for j in range(size)] + [sum(row[i] * b for row, b in zip(rows, wanted, strict=True))]
        for i in range(size)
    ]
    for column in range(size):
        pivot = max(range(column, size), key=lambda at: abs(system[at][column]))
        system[column], system[pivot] = system[pivot], system[column]
        if not abs(system[column][column]) > 1e-9:
            return [float("nan")] * size
        for at in range(size):
            if at != column:
                factor = system[at][column] / system[column][column]
                system[at] = [x - factor * y for x, y in zip(system[at], system[column], strict=True)]
    return [system[at][size] / system[at][at] for at in range(size)]


def _dot(rows: Iterable[Sequence[float]], i: int, j: int) -> float:
    return sum(row[i] * row[j] for row in rows)
