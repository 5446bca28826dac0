"""Memory that is used again, and rows in blocks."""

from threading import get_ident
from typing import Any

import numpy as np
import pytest

from autodiff_cli.columns.blocks import Block
from autodiff_cli.columns.pool import Pool, Results
from autodiff_cli.columns.work import are_finite, block_size, together


def block(**fields: Any) -> Block:
    return Block("", lambda: (), lambda: 0, **({"floats": 2, "booleans": 1, "columns": [0]} | fields))


def test_a_released_buffer_is_acquired_again() -> None:
    pool = Pool("float64")
    first, second = pool.acquire(block(), 10), pool.acquire(block(), 10)
    assert first is not second
    pool.release(block(), 10, first)
    assert pool.acquire(block(), 10) is first
    assert [len(first[0]), len(first[1]), len(first[0][0])] == [2, 1, 10]


def test_buffers_of_many_lengths_are_not_kept() -> None:
    pool = Pool("float64")
    for rows in range(1, 100):
        pool.release(block(), rows, pool.acquire(block(), rows))
    assert len(pool._free) < 20


def test_results_that_nobody_holds_are_filled_again() -> None:
    results = Results(2, "float64")
    place = results.acquire((5,))[0].ctypes.data
    assert results.acquire((5,))[0].ctypes.data == place
    assert results.acquire((6,))[0].shape == (6,)


def test_results_that_somebody_holds_stay_as_they_are() -> None:
    results = Results(2, "float64")
    kept = results.acquire((5,))[1][2:3]
    kept[:] = 7.0
    for one in results.acquire((5,)):
        one[:] = 0.0
    assert kept.tolist() == [7.0]


@pytest.mark.parametrize(
    ("rows", "workers", "long", "expected"),
    [
        (0, 1, False, 1),
        (100, 1, False, 100),
        (1_000_000, 1, False, 2**13),
        (5000, 8, False, 5000),
        (10_000_000, 2, False, 2**16),
        (70_000, 2, False, 35_000),
        (10_000_000, 2, True, 10_000_000),
    ],
)
def test_a_block_fits_the_cache_and_the_threads(rows: int, workers: int, long: bool, expected: int) -> None:
    assert block_size(block(long=long), rows, workers, row_bytes=48) == expected


def test_all_threads_run_the_same_and_an_error_of_one_is_raised() -> None:
    seen: list[int] = []
    together(lambda: seen.append(get_ident()), 3)
    assert len(seen) == 3

    def fail() -> None:
        raise ValueError("one")

    with pytest.raises(ValueError, match="one"):
        together(fail, 3)


def test_numbers_and_columns_are_finite_together() -> None:
    assert are_finite([])
    assert are_finite([np.float64(1), np.zeros(3)])
    assert not are_finite([np.zeros(3), np.array([0.0, np.inf])])
