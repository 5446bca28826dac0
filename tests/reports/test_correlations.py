"""The triangle of correlations: its product is the matrix, and there is none of a matrix that is none."""

from math import sqrt

import pytest

from autodiff_cli.errors import AutodiffError
from autodiff_cli.reports.correlations import Pair, triangle


@pytest.mark.parametrize(
    "correlations",
    [
        {},
        {("a", "b"): 0.9, ("c", "b"): -0.3},
        {("a", "b"): 1.0},
        {("a", "b"): 1.0, ("b", "c"): -1.0, ("a", "c"): -1.0},
        {("a", "b"): 0.6, ("a", "c"): 0.8},  # the third is determined by the others
    ],
)
def test_a_triangle_times_its_transpose_is_the_matrix(correlations: dict[Pair, float]) -> None:
    names = ["a", "b", "c"]
    rows = triangle(names, correlations)
    for i, a in enumerate(names):
        for j, b in enumerate(names):
            want = 1.0 if a == b else correlations.get((a, b), correlations.get((b, a), 0.0))
            assert sum(x * y for x, y in zip(rows[i], rows[j], strict=True)) == pytest.approx(want, abs=1e-12)


@pytest.mark.parametrize("third", [-0.9, 0.6])
def test_a_matrix_with_a_negative_eigenvalue_is_refused(third: float) -> None:
    assert not 0.81 - (1 - 0.81) <= third <= 0.81 + (1 - 0.81)
    with pytest.raises(AutodiffError, match="not positive semidefinite"):
        triangle("abc", {("a", "b"): 0.9, ("b", "c"): 0.9, ("a", "c"): third})


def test_numbers_that_move_as_one_correlate_with_a_third_alike() -> None:
    with pytest.raises(AutodiffError, match="not positive semidefinite"):
        triangle("abc", {("a", "b"): 1.0, ("a", "c"): 0.5, ("b", "c"): 0.4})


def test_the_last_row_of_a_singular_matrix_has_nothing_of_its_own() -> None:
    assert triangle("abc", {("a", "b"): 0.0, ("a", "c"): sqrt(0.5), ("b", "c"): sqrt(0.5)})[2][2] == 0.0
