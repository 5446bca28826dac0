"""What a function is called with: its components by name, the same point with some of them changed, its gradient."""

from collections import namedtuple
from typing import Any

import pytest

from autodiff_cli.errors import AutodiffError
from autodiff_cli.reports.arguments import Argument, number_of, unit_of

Pair = namedtuple("Pair", "a b")


def names(at: Any) -> list[str]:
    return [one.name for one in Argument(at).components]


def test_components_are_named_as_python_has_them() -> None:
    assert names(2.0) == [""]
    assert names([1.0, 2]) == ["[0]", "[1]"]
    assert names({"w": [1.0], "b": 2.0}) == ["['w'][0]", "['b']"]


@pytest.mark.parametrize("at", [3.0, [1.0, 2.0], (1.0, 2.0), Pair(1.0, 2.0), {"a": 1.0, "b": (2.0, [3.0])}])
def test_a_changed_point_is_of_the_same_build_and_the_point_stays(at: Any) -> None:
    argument = Argument(at)
    changed = argument.changed({0: 7.0})
    assert type(changed) is type(at)
    assert Argument(changed).components[0].value == 7
    assert Argument(changed).components[1:] == argument.components[1:]
    assert argument.changed({}) == at


def test_arrays_are_named_by_their_index_and_copied() -> None:
    numpy = pytest.importorskip("numpy")
    at = numpy.ones((2, 2), dtype="float32")
    assert names(at) == ["[0, 0]", "[0, 1]", "[1, 0]", "[1, 1]"]
    changed = Argument(at).changed({1: 2.5})
    assert changed.tolist() == [[1, 2.5], [1, 1]]
    assert changed.dtype == at.dtype
    assert at[0, 1] == 1


def test_a_number_put_into_single_precision_is_rounded_and_into_a_list_is_not() -> None:
    numpy = pytest.importorskip("numpy")
    single = Argument(numpy.array([1.0], dtype="float32"))
    assert single.units == [2.0**-24]
    assert single.nearest(0)(1 + 1e-9) == 1
    assert Argument([1.0]).nearest(0)(1 + 1e-9) == 1 + 1e-9


def test_whole_numbers_become_floats() -> None:
    numpy = pytest.importorskip("numpy")
    assert Argument(numpy.array([1, 2])).changed({0: 1.5}).tolist() == [1.5, 2]
    assert Argument(3).changed({0: 1.5}) == 1.5


def test_a_gradient_of_a_flat_sequence_may_be_an_array() -> None:
    numpy = pytest.importorskip("numpy")
    assert Argument([1.0, 2.0]).gradients(numpy.array([3.0, 4.0])) == [3, 4]
    assert Argument(numpy.ones((1, 2))).gradients([[3, 4]]) == [3, 4]
    assert Argument(1.0).gradients(numpy.array([5.0])) == [5]


@pytest.mark.parametrize(
    ("at", "gradient", "message"),
    [
        ([1.0, 2.0], [1.0], "has the length 1, the point 2"),
        ([1.0, 2.0], 1.0, "is one number, the point has 2"),
        ({"a": 1.0}, {"b": 1.0}, r"no \['a'\]"),
        ({"a": 1.0}, {"a": 1.0, "b": 1.0}, r"has \['b'\], and the point has not"),
        ([[1.0, 2.0]], [1.0, 2.0], "has the length 2, the point 1"),
        ([[1.0, 2.0]], [[1.0]], r"of \[0\] has the length 1, the point 2"),
        (1.0, None, "the gradient has None"),
    ],
)
def test_a_gradient_of_another_shape_is_refused(at: Any, gradient: Any, message: str) -> None:
    with pytest.raises(AutodiffError, match=message):
        Argument(at).gradients(gradient)


@pytest.mark.parametrize("at", [[], "a", [1j], {"a": None}, [float("inf")]])
def test_a_point_that_is_none_is_refused(at: Any) -> None:
    with pytest.raises(AutodiffError):
        Argument(at)


@pytest.mark.parametrize("gradient", [[[1, 2], [3]], [[1, 2], 3], [1, 2], [[1, 2]], 1.0, [[[1, 2], [3, 4]]]])
def test_lists_that_are_no_array_of_the_points_shape_are_refused(gradient: Any) -> None:
    numpy = pytest.importorskip("numpy")
    with pytest.raises(AutodiffError, match=r"shape|real number"):
        Argument(numpy.ones((2, 2))).gradients(gradient)


def test_a_function_returns_one_number() -> None:
    numpy = pytest.importorskip("numpy")
    assert number_of(numpy.array(2.5)) == number_of(numpy.array([2.5])) == 2.5
    assert unit_of(numpy.float32(1)) == 2.0**-24
    assert unit_of(1.0) == 2.0**-53
    for result in (numpy.ones(2), 1j, None, "a"):
        with pytest.raises(AutodiffError):
            number_of(result)
