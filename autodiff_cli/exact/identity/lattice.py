"""Arguments of exponentials and of angles as whole multiples of a few: of 2*x, x + y and x they are x and y."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import chain
from math import lcm
from typing import Any, TypeVar

from autodiff_cli.exact.identity.field import FunctionField, RationalFunction

_Key = TypeVar("_Key", str, int)
Vector = dict[str, Fraction]  # coefficients by the texts of terms


class Lattice:
    """The whole multiples of some basis, and their sums.

    An argument that is a fraction of them is taken up in the next pass: until then `is_open`.
    """

    def __init__(self, field: FunctionField, basis: Sequence[RationalFunction] = ()) -> None:
        self._field = field
        self._terms: dict[str, RationalFunction] = {}
        self.basis: list[RationalFunction] = []
        self._vectors: list[Vector] = []
        self._seen: dict[str, Vector] = {}
        self.is_open = False
        for one in basis:
            self._append(one, self._vector(one))

    def _vector(self, argument: RationalFunction) -> Vector:
        found = self._field.terms(argument)
        self._terms.update({key: term for key, (_, term) in found.items()})
        return {key: coefficient for key, (coefficient, _) in found.items()}

    def _append(self, one: RationalFunction, vector: Vector) -> None:
        self.basis.append(one)
        self._vectors.append(vector)

    def coordinates(self, argument: RationalFunction) -> list[int] | None:
        """Whole numbers, one for each of the basis so far; None where it takes a finer basis.

        What does not depend on the basis becomes part of it.
        """
        vector = self._vector(argument)
        self._seen[self._field.key(argument)] = vector
        found = _solved(self._vectors, vector)
        if found is None:
            self._append(argument, vector)
            return [0] * (len(self.basis) - 1) + [1]
        if any(number.denominator != 1 for number in found):
            self.is_open = True
            return None
        return [int(number) for number in found]

    def refined(self) -> list[RationalFunction]:
        """A basis of all that was asked for; the one there is, where it will do."""
        if not self.is_open:
            return self.basis
        from flint import fmpz_mat

        vectors = [*self._vectors, *self._seen.values()]
        keys = list(dict.fromkeys(chain.from_iterable(vectors)))
        numbers = chain.from_iterable([vector.values() for vector in vectors])
        below = lcm(*[number.denominator for number in numbers])
        rows = [[int(vector.get(key, 0) * below) for key in keys] for vector in vectors]
        reduced = fmpz_mat(rows).hnf().tolist()
        return [self._combined(keys, row, below) for row in filter(any, reduced)]

    def _combined(self, keys: Sequence[str], row: Sequence[Any], below: int) -> RationalFunction:
        total = self._field.zero
        for key, number in zip(keys, row, strict=True):
            if number:
                part = self._field.scaled(Fraction(int(number), below), self._terms[key])
                total = self._field.add(total, part)
        return total


def _solved(basis: Sequence[Vector], vector: Vector) -> list[Fraction] | None:
    """The multiples of the basis that add up to a vector; None where there are none."""
    rows = [(dict(one), {number: Fraction(1)}) for number, one in enumerate(basis)]
    rest, result = dict(vector), dict[int, Fraction]()
    while rows:
        row, made_of = rows.pop()
        pivot = next(iter(row), None)
        if pivot is None:
            continue
        for other, other_made_of in [*rows, (rest, result)]:
            factor = -other.get(pivot, Fraction(0)) / row[pivot]
            _add_multiple(other, factor, row)
            _add_multiple(other_made_of, factor, made_of)
    if rest:
        return None
    return [-result.get(number, Fraction(0)) for number in range(len(basis))]


def _add_multiple(to: dict[_Key, Fraction], factor: Fraction, row: Mapping[_Key, Fraction]) -> None:
    """Add a multiple of a row to another, in which no 0 stays."""
    if not factor:
        return
    for key, number in row.items():
        total = to.get(key, Fraction(0)) + factor * number
        if total:
            to[key] = total
        else:
            to.pop(key, None)
