"""Correlations between uncertain numbers: a matrix, and its triangular factor, which there is of no other matrix."""

from collections.abc import Mapping, Sequence
from math import sqrt

from autodiff_cli.errors import AutodiffError

Pair = tuple[str, str]
Matrix = list[list[float]]

_ROUNDING = 1e-10  # how far below 0 rounding in a matrix may move what is left of a diagonal


def triangle(names: Sequence[str], correlations: Mapping[Pair, float]) -> Matrix:
    """The lower triangular matrix whose product with its transpose is the correlations of the names.

    The Cholesky-Banachiewicz scheme; a row that the ones before it determine has 0 on its diagonal.
    Raises AutodiffError where no numbers have such correlations, since the matrix is not positive semidefinite.

    >>> triangle("ab", {("a", "b"): 0.6})
    [[1.0, 0.0], [0.6, 0.8]]
    """
    both = {**correlations, **{(b, a): number for (a, b), number in correlations.items()}}
    rows: Matrix = []
    if not any(both.values()):
        return [[float(i == j) for j in range(len(names))] for i in range(len(names))]
    for i, name in enumerate(names):
        row = [0.0] * len(names)
        for j, other in enumerate(names[:i]):
            row[j] = _below_diagonal(both.get((name, other), 0.0) - _product(row, rows[j]), rows[j][j])
        left = 1.0 - _product(row, row)
        if left < -_ROUNDING:
            raise _impossible(names[: i + 1])
        row[i] = sqrt(max(left, 0.0)) if left > _ROUNDING else 0.0
        rows.append(row)
    return rows


def _below_diagonal(left: float, pivot: float) -> float:
    """An entry, from what is left of the correlation; a pivot of 0 takes nothing more."""
    if pivot:
        return left / pivot
    if abs(left) > sqrt(_ROUNDING):
        raise _impossible(())
    return 0.0


def _product(a: Sequence[float], b: Sequence[float]) -> float:
    return sum([x * y for x, y in zip(a, b, strict=True)])


def _impossible(names: Sequence[str]) -> AutodiffError:
    of = f" of {', '.join(names)}" if names else ""
    return AutodiffError(
        f"no numbers have these correlations{of}: the matrix is not positive semidefinite",
        hint="one that goes well with two others is between their product plus and minus sqrt((1-p^2)*(1-q^2))",
    )
