"""What reaches into the memory of CPython and NumPy does what it says, on the versions that run this."""

import os
import shutil
import subprocess
import sys
from ctypes import CFUNCTYPE, c_ssize_t, c_void_p
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autodiff_cli.columns import reach
from autodiff_cli.columns.native import UFUNCS

MEASURED = sys.implementation.name == "cpython" and sys.version_info[:2] <= (3, 13)
measured = pytest.mark.skipif(not MEASURED, reason="reach.py promises nothing for this Python")
FLOATS = [name for name, ufunc in UFUNCS.items() if "d" * ufunc.nin + "->d" in ufunc.types]


@measured
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", FLOATS)
def test_the_loop_of_a_ufunc_gives_its_numbers_bit_for_bit(name: str, dtype: str) -> None:
    ufunc = UFUNCS[name]
    found = reach.ufunc_loop(ufunc, dtype)
    assert found is not None
    columns = [np.linspace(0.1, 0.9, 100, dtype=dtype) for _ in range(ufunc.nin)]
    out = np.empty(100, dtype)
    run = CFUNCTYPE(None, c_void_p, c_void_p, c_void_p, c_void_p)(found.function)
    strides = (c_ssize_t * ufunc.nargs)(*[out.itemsize] * ufunc.nargs)
    run(reach.addresses([*columns, out]), (c_ssize_t * 1)(100), strides, found.data)
    with np.errstate(invalid="ignore"):
        np.testing.assert_array_equal(out, ufunc(*columns))


@measured
@pytest.mark.parametrize("ufunc", [np.logical_and, np.equal, np.divmod, np.bitwise_or])
def test_a_ufunc_without_a_loop_from_floats_to_a_float_has_none_to_find(ufunc: np.ufunc) -> None:
    assert reach.ufunc_loop(ufunc, "float64") is None


def test_another_implementation_of_python_is_not_reached_into(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "implementation", type("", (), {"name": "pypy"}))
    assert reach.ufunc_loop(np.exp, "float64") is None


def held(make: Any) -> bool:
    """Whether an array is held, while what `make` returns is there."""
    array = np.empty(5)
    other = make(array)
    unheld = np.empty(0)
    result = reach.is_held(array, unheld)
    del other
    return result


@measured
@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda array: None, False),
        (lambda array: array.copy(), False),
        (lambda array: array, True),
        (lambda array: array[1:2], True),
        (lambda array: array.reshape(5, 1), True),
        (lambda array: [array], True),
        (lambda array: memoryview(array), True),
    ],
)
def test_an_array_is_held_by_another_name_a_part_or_a_container(make: Any, expected: bool) -> None:
    assert held(make) is expected


def test_addresses_are_those_of_the_first_numbers_and_0_of_single_numbers() -> None:
    array = np.arange(5.0)
    table = reach.addresses([array, np.float64(3), array[2:]])
    assert [*table] == [array.ctypes.data, None, array.ctypes.data + 16]


@pytest.mark.skipif(shutil.which("cc") is None, reason="there is no C compiler")
def test_a_library_that_is_none_of_ours_raises(tmp_path: Path) -> None:
    source, library = tmp_path / "a.c", tmp_path / "a.so"
    source.write_text("int f(void) { return 1; }\n")
    subprocess.run(["cc", "-shared", "-fPIC", source, "-o", library], check=True)
    with pytest.raises((ValueError, AttributeError)):
        reach.sections(os.fspath(library), 1, [], 1)
    with pytest.raises(OSError, match="c"):
        reach.sections(os.fspath(source), 1, [], 1)
