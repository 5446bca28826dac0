"""Homogeneous polynomials (forms): the coefficients of a power series in several variables at once.

Where each variable moves along a line, x + t*dx and y + t*dy, coefficient k of the series in t is a form of degree k in
dx and dy. A form has the operations that coefficients need, so that series know nothing of it.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import combinations_with_replacement
from math import prod
from operator import add, neg, sub
from typing import Any

Powers = tuple[int, ...]


class NotDivisible(ArithmeticError):  # noqa: N818 - it says what is the case
    """The quotient of two forms is no form, or is not known to be one."""


class Homogeneous:
    """A homogeneous polynomial: its coefficients by the powers of the variables.

    >>> x, y = Homogeneous({(1, 0): 1.0}), Homogeneous({(0, 1): 1.0})
    >>> ((x + y) * (x - y)).terms
    {(2, 0): 1.0, (0, 2): -1.0}
    """

    __slots__ = ("terms",)
    __hash__ = None  # type: ignore[assignment] # two forms are not told to be equal

    def __init__(self, terms: Mapping[Powers, Any]) -> None:
        self.terms = {powers: number for powers, number in terms.items() if not is_zero(number)}

    def each(self, change: Callable[[Any], Any]) -> "Homogeneous":
        """The form of changed coefficients."""
        return Homogeneous({powers: change(number) for powers, number in self.terms.items()})

    def along(self, direction: Powers) -> Any:
        """Its value where the variables are these whole numbers."""
        found = [number * prod(map(pow, direction, powers)) for powers, number in self.terms.items()]
        return sum(found[1:], found[0]) if found else 0

    def __add__(self, other: Any) -> "Homogeneous":
        return sum_of((self, other), sum)

    __radd__ = __add__

    def __sub__(self, other: Any) -> "Homogeneous":
        return sum_of((self, -1 * other), sum)

    def __rsub__(self, other: Any) -> "Homogeneous":
        return sum_of((self.each(neg), other), sum)

    def __mul__(self, other: Any) -> "Homogeneous":
        if not isinstance(other, Homogeneous):
            return self.each(lambda number: number * other)
        found: dict[Powers, list[Any]] = defaultdict(list)
        for left, a in self.terms.items():
            for right, b in other.terms.items():
                found[tuple(map(add, left, right))].append(a * b)
        return Homogeneous({powers: sum(numbers[1:], numbers[0]) for powers, numbers in found.items()})

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Any:
        """The quotient, where it is a form, or a number.

        Raises NotDivisible for others.
        """
        if not isinstance(other, Homogeneous):
            return self.each(lambda number: number / other)
        quotient: dict[Powers, Any] = {}
        rest, first = self, max(other.terms)
        while rest.terms:
            highest = max(rest.terms)
            powers = tuple(map(sub, highest, first))
            if min(powers) < 0 or powers in quotient:
                raise NotDivisible
            quotient[powers] = rest.terms[highest] / other.terms[first]
            rest = rest - Homogeneous({powers: quotient[powers]}) * other
        is_number = [*quotient] == [(0,) * len(first)]
        return quotient[max(quotient)] if is_number else Homogeneous(quotient)


def is_zero(number: Any) -> bool:
    """Whether a coefficient is known to be 0."""
    return not number.terms if isinstance(number, Homogeneous) else bool(number == 0)


def sum_of(parts: Iterable[Any], total: Callable[[list[Any]], Any]) -> Homogeneous:
    """The sum of forms of one degree, and zeros; of numbers by `total`."""
    found: dict[Powers, list[Any]] = defaultdict(list)
    for part in parts:
        for powers, number in part.terms.items() if isinstance(part, Homogeneous) else ():
            found[powers].append(number)
    return Homogeneous({powers: total(numbers) for powers, numbers in found.items()})


def variable(index: int, count: int, one: Any) -> Homogeneous:
    """One of so many variables, as a form."""
    return Homogeneous({tuple(int(place == index) for place in range(count)): one})


def powers_of(degree: int, count: int) -> Iterator[Powers]:
    """The powers of so many variables that come to a degree, the first variable's highest first.

    >>> [*powers_of(2, 2)], [*powers_of(3, 1)], [*powers_of(0, 0)]
    ([(2, 0), (1, 1), (0, 2)], [(3,)], [()])
    """
    for factors in combinations_with_replacement(range(count), degree):
        powers = [0] * count
        for place in factors:
            powers[place] += 1
        yield tuple(powers)
