"""The one door through which Python reaches into the memory of CPython and NumPy, and into machine code.

What is behind it holds for CPython 3.11 to 3.13 and NumPy 2.0 and later; `tests/columns/test_reach.py` holds each
function against what it says, on the Python and the NumPy that run it. Elsewhere `ufunc_loop` finds nothing, and
NumPy is called from Python.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from ctypes import CDLL, POINTER, Array, Structure, c_char, c_char_p, c_int, c_ssize_t, c_void_p
from typing import Any, NamedTuple

import numpy as np


class NumpyLoop(NamedTuple):
    """The addresses of a loop of NumPy's, and of the data that it is given."""

    function: int
    data: int


class _UFunc(Structure):
    """What follows the head of a NumPy function in memory ("PyUFuncObject" in the reference of NumPy's C-API)."""

    _fields_ = (
        *[(name, c_int) for name in ("nin", "nout", "nargs", "identity")],
        *[(name, POINTER(c_void_p)) for name in ("functions", "data")],
        *[(name, c_int) for name in ("ntypes", "reserved")],
        ("name", c_char_p),
        ("types", POINTER(c_char)),
    )


def ufunc_loop(ufunc: np.ufunc, dtype: Any) -> NumpyLoop | None:
    """The loop of a NumPy function for columns of one type; None where it is not found as documented."""
    if sys.implementation.name != "cpython":
        return None
    found: Any = _UFunc.from_address(id(ufunc) + object.__basicsize__)
    documented = (found.nin, found.nout, found.nargs, found.ntypes, found.name)
    if documented != (ufunc.nin, ufunc.nout, ufunc.nargs, ufunc.ntypes, ufunc.__name__.encode()):
        return None
    count = ufunc.nargs
    types = [found.types[index * count : (index + 1) * count] for index in range(ufunc.ntypes)]
    wanted = bytes([np.dtype(dtype).num]) * count
    if wanted not in types or ufunc.nout != 1:
        return None
    index = types.index(wanted)
    return NumpyLoop(found.functions[index] or 0, (found.data[index] or 0) if found.data else 0)


def is_held(array: np.ndarray[Any, Any], unheld: np.ndarray[Any, Any]) -> bool:
    """Whether anybody but the caller has an array or a part of it. `unheld` is one that the caller alone has.

    How many references a name is worth differs between Pythons; that the two names are worth the same does not.
    """
    return sys.getrefcount(array) > sys.getrefcount(unheld)


def addresses(arrays: Iterable[np.ndarray[Any, Any]]) -> Array[c_void_p]:
    """Where the numbers of arrays are in memory, as machine code takes it; 0 for a single number.

    The arrays must stay where they are for as long as the addresses are used.
    """
    found = [one.ctypes.data if one.ndim else 0 for one in arrays]
    return (c_void_p * len(found))(*found)


Section = Callable[[int, int, Any], int]


def sections(library: str, count: int, loops: Sequence[NumpyLoop], workers: int) -> list[Section]:
    """The sections of a library made from `loops.c`, for so many threads, with NumPy's loops put in.

    A section takes how many rows there are, from which on, and `addresses`. Raises OSError, ValueError or
    AttributeError where the file is no such library.
    """
    loaded = CDLL(library)
    functions = [address for loop in loops for address in loop]
    (c_void_p * (len(functions) + 1)).in_dll(loaded, "functions")[:] = [*functions, None]
    c_int.in_dll(loaded, "workers").value = workers
    found: list[Any] = [loaded[f"section{index}"] for index in range(count)]
    for section in found:
        section.argtypes, section.restype = (c_ssize_t, c_ssize_t, c_void_p), c_int
    return found
