"""What kind of point it is where all slopes are 0: by the signs of the Hessian, proven over balls.

It is positive definite where all leading minors are above 0 (Sylvester's criterion); a saddle is where two directions
have other signs. Where a variable may go to one side alone, these two directions must be open to it.
"""

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Any

import numpy as np

from autodiff_cli.reports.optimum import Kind

Array = np.ndarray[Any, np.dtype[np.float64]]


def kind_of(hessian: Any) -> Kind:
    """What the Hessian says of a point where the gradient is 0."""
    if hessian is None:
        return Kind.STATIONARY
    if _is_definite(hessian):
        return Kind.MINIMUM
    if _is_definite(-hessian):
        return Kind.MAXIMUM
    count = hessian.nrows()
    middle = np.array([[float(hessian[i, j].mid()) for j in range(count)] for i in range(count)])
    _, vectors = np.linalg.eigh((middle + middle.T) / 2)
    signs = [_form(hessian, vectors[:, place]) for place in (0, -1)]
    return Kind.SADDLE if signs[0] < 0 and signs[1] > 0 else Kind.STATIONARY


def kind_within(hessian: Any, sides: Sequence[int]) -> Kind:
    """What the Hessian says where variables may go up alone (1), down alone (-1), or both ways (0)."""
    kind = kind_of(hessian)
    if kind is not Kind.SADDLE or not any(sides):
        return kind
    forms = [_form(hessian, direction) for direction in _open_directions(hessian, np.array(sides))]
    is_saddle = any(form < 0 for form in forms) and any(form > 0 for form in forms)
    return Kind.SADDLE if is_saddle else Kind.STATIONARY


def _open_directions(hessian: Any, sides: Array) -> Iterator[Array]:
    """Directions that are open: along the variables, between two of them, along vectors of the Hessian."""
    along = np.diag(np.where(sides < 0, -1.0, 1.0))
    yield from along
    yield from [a + b for a, b in combinations(along, 2)]
    middle = np.array([[float(entry.mid()) for entry in row] for row in hessian.tolist()])
    for vector in np.linalg.eigh((middle + middle.T) / 2)[1].T:
        for way in (vector, -vector):
            yield np.where(sides * way < 0, 0.0, way)


def _is_definite(matrix: Any) -> bool:
    """Whether every leading minor is above 0, for certain."""
    from flint import arb_mat

    count = matrix.nrows()
    for size in range(1, count + 1):
        minor = arb_mat([[matrix[i, j] for j in range(size)] for i in range(size)])
        if not minor.det() > 0:
            return False
    return True


def _form(matrix: Any, vector: Array) -> Any:
    """The quadratic form of a matrix."""
    from flint import arb

    terms = [
        matrix[i, j] * arb(float(vector[i])) * arb(float(vector[j]))
        for i in range(len(vector))
        for j in range(len(vector))
    ]
    return sum(terms, arb(0))
