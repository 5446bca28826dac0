"""NumPy's functions over arrays of Values, gradients of first and second order, against NumPy over floats.

The list has what a library that differentiates NumPy tests, as far as NumPy calls the elements at all. Gradients are
held against central differences of NumPy's own floats; second ones against differences of the first.
"""

import operator
from collections.abc import Callable
from functools import partial
from itertools import product
from typing import Any

import pytest

from autodiff_cli import Value

np: Any = pytest.importorskip("numpy")
Function = Callable[..., Any]
STEP = 1e-5


# --- the adapter: an array of Values, and a function of one number that is differentiated ----------------------------


def values(numbers: Any) -> Any:
    """The same numbers as an array of Values."""
    return np.frompyfunc(Value, 1, 1)(np.asarray(numbers, float))


def gradients(function: Function, args: list[Any], weights: Any, order: int) -> list[Any]:
    """The gradient of the weighted sum of what a function makes; of second order, of the weighted first gradients."""
    made = [values(arg) for arg in args]
    leaves = [leaf for arg in made for leaf in np.ravel(arg)]
    total = weighted(function(*made), weights, Value(0.0))
    total.backward(create_graph=order == 2)
    if order == 2:
        slopes = [leaf.grad for leaf in leaves]
        total.zero_grad()
        weighted(slopes, weights, Value(0.0)).backward()
    return [float(leaf.grad) for leaf in leaves]


def weighted(made: Any, weights: Any, start: Any = 0.0) -> Any:
    """A sum with weights that differ, so that no two elements can stand for each other."""
    flat = np.ravel(made)
    return sum([weight * one for weight, one in zip(weights, flat, strict=False)], start)


def differences(total: Callable[[list[Any]], float], args: list[Any]) -> list[float]:
    """The slopes of a function of arrays of floats, by central differences."""
    found = []
    for place, arg in enumerate(args):
        flat = np.ravel(np.asarray(arg, float))
        for at in range(flat.size):
            ends = []
            for step in (STEP, -STEP):
                moved = flat.copy()
                moved[at] += step
                ends.append(total([*args[:place], moved.reshape(np.shape(arg)), *args[place + 1 :]]))
            found.append((ends[0] - ends[1]) / (2 * STEP))
    return found


def check(function: Function, args: list[Any], order: int) -> None:
    weights = np.random.default_rng(7).uniform(0.5, 1.5, 400)
    made = gradients(function, args, weights, order)
    if order == 1:
        wanted = differences(lambda moved: float(weighted(function(*moved), weights)), args)
    else:
        wanted = differences(lambda moved: float(weighted(gradients(function, moved, weights, 1), weights)), args)
    np.testing.assert_allclose(made, wanted, rtol=2e-6, atol=2e-6)


def of_shape(*shape: int, low: float = -2.0, high: float = 2.0) -> Any:
    """Numbers between two, none twice, the same for every run."""
    return np.random.default_rng(sum(shape) + 10 * len(shape)).uniform(low, high, shape)


SHAPES: list[tuple[int, ...]] = [(), (2,), (3, 2), (1, 2)]
orders = pytest.mark.parametrize("order", [1, 2])

# --- functions of one array, by elements -----------------------------------------------------------------------------

UNARY: dict[str, tuple[float, float]] = {
    **dict.fromkeys(("sin", "cos", "sinh", "cosh", "tanh", "exp", "exp2", "expm1", "square", "arctan"), (-2.0, 2.0)),
    **dict.fromkeys(("deg2rad", "radians", "negative", "positive", "conj", "conjugate", "real"), (-2.0, 2.0)),
    **dict.fromkeys(("rad2deg", "degrees"), (-0.1, 0.1)),
    **dict.fromkeys(("abs", "absolute", "fabs", "sign"), (0.1, 4.0)),
    **dict.fromkeys(("floor", "ceil", "trunc"), (0.1, 0.9)),
    **dict.fromkeys(("log", "log2", "log10", "log1p", "reciprocal", "cbrt"), (0.3, 2.0)),
    **dict.fromkeys(("arcsin", "arccos", "arctanh", "arcsinh"), (-0.9, 0.9)),
    "arccosh": (1.1, 4.0), "sqrt": (1.0, 3.0), "tan": (-1.1, 1.1), "sinc": (0.2, 1.8),
}  # fmt: skip


@orders
@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("name", UNARY)
def test_functions_of_each_element(name: str, shape: tuple[int, ...], order: int) -> None:
    low, high = UNARY[name]
    check(getattr(np, name), [of_shape(*shape, low=low, high=high)], order)


@pytest.mark.parametrize("name", [name for name in UNARY if name != "real"])
def test_functions_of_one_value(name: str) -> None:
    x = 0.6 if name != "arccosh" else 1.6
    made = getattr(np, name)(Value(x))
    assert isinstance(made, Value)
    assert made.data == pytest.approx(float(getattr(np, name)(x)), rel=1e-14)


# --- functions of two arrays, by elements ----------------------------------------------------------------------------

BINARY: dict[str, tuple[Function, tuple[float, float], tuple[float, float]]] = {
    "add": (np.add, (-2, 2), (-2, 2)),
    "subtract": (np.subtract, (-2, 2), (-2, 2)),
    "multiply": (np.multiply, (-2, 2), (-2, 2)),
    "divide": (np.divide, (-2, 2), (0.3, 2)),
    "divide by negatives": (np.true_divide, (-2, 2), (-2, -0.3)),
    "power": (np.power, (0.7, 2), (-2, 2)),
    "remainder": (np.remainder, (0.1, 0.6), (0.7, 1.9)),
    "mod of negatives": (np.mod, (0.1, 0.6), (-1.9, -0.7)),
    "hypot": (np.hypot, (0.5, 2), (0.5, 2)),
    "arctan2": (np.arctan2, (0.5, 2), (0.5, 2)),
    "maximum": (np.maximum, (-2, 0), (0.5, 2)),
    "minimum": (np.minimum, (-2, 0), (0.5, 2)),
    "logaddexp": (np.frompyfunc(np.logaddexp, 2, 1), (-2, 2), (-2, 2)),  # NumPy itself has it for floats alone
    "+": (operator.add, (-2, 2), (-2, 2)),
    "-": (operator.sub, (-2, 2), (-2, 2)),
    "*": (operator.mul, (-2, 2), (-2, 2)),
    "/": (operator.truediv, (-2, 2), (0.5, 2)),
    "**": (operator.pow, (0.7, 2), (-2, 2)),
    "%": (operator.mod, (0.1, 0.6), (0.7, 1.9)),
}


@orders
@pytest.mark.parametrize("shapes", [*product(SHAPES, SHAPES)], ids=str)
@pytest.mark.parametrize("name", BINARY)
def test_functions_of_two_arrays(name: str, shapes: Any, order: int) -> None:
    function, *ends = BINARY[name]
    check(
        function, [of_shape(*shape, low=low, high=high) for shape, (low, high) in zip(shapes, ends, strict=True)], order
    )


# --- functions of whole arrays ---------------------------------------------------------------------------------------

STATISTICS = ("sum", "mean", "prod", "var", "std", "max", "min", "amax", "amin", "ptp", "median", "nansum", "nanmax")


@orders
@pytest.mark.parametrize(("shape", "axis"), [((3,), None), ((3,), 0), ((2, 3), None), ((2, 3), 0), ((2, 3), 1)])
@pytest.mark.parametrize("name", STATISTICS)
def test_statistics(name: str, shape: tuple[int, ...], axis: int | None, order: int) -> None:
    for keepdims in (False, True) if name != "median" else (False,):  # it takes parts of its result
        check(partial(getattr(np, name), axis=axis, keepdims=keepdims), [of_shape(*shape)], order)


WHOLE: dict[str, tuple[Function, list[Any]]] = {
    "var, ddof": (lambda x: np.var(x, ddof=1), [of_shape(3, 4)]),
    "std, ddof": (lambda x: np.std(x, axis=1, ddof=2), [of_shape(3, 4)]),
    "sum over two axes": (lambda x: np.sum(x, axis=(1, 2)), [of_shape(3, 2, 4)]),
    "average": (lambda x: np.average(x, weights=[1, 2, 4]), [of_shape(3)]),
    "cumsum": (np.cumsum, [of_shape(3, 2)]),
    "cumsum along": (lambda x: np.cumsum(x, axis=1), [of_shape(3, 2)]),
    "cumprod": (np.cumprod, [of_shape(4)]),
    "diff": (lambda x: np.diff(x, n=2), [of_shape(5)]),
    "trapezoid": (np.trapezoid, [of_shape(5)]),
    "norm": (np.linalg.norm, [of_shape(3)]),
    "norm of a matrix": (np.linalg.norm, [of_shape(3, 2)]),
    "norm along": (lambda x: np.linalg.norm(x, axis=1), [of_shape(3, 2)]),
    "norm 3": (lambda x: np.linalg.norm(x, 3), [of_shape(3)]),
    "norm 1": (lambda x: np.linalg.norm(x, 1), [of_shape(3)]),
    "norm inf": (lambda x: np.linalg.norm(x, np.inf), [of_shape(3)]),
    "dot, numbers": (np.dot, [1.5, 0.3]),
    "dot, number and vector": (np.dot, [1.5, of_shape(3)]),
    "dot, vectors": (np.dot, [of_shape(3), of_shape(3, high=1.0)]),
    "dot, matrix and vector": (np.dot, [of_shape(2, 3), of_shape(3)]),
    "dot, matrices": (np.dot, [of_shape(2, 3), of_shape(3, 4)]),
    "dot of halves": (lambda x: np.dot(x[:2], x[2:]), [of_shape(4)]),
    "matmul": (operator.matmul, [of_shape(2, 3), of_shape(3, 2)]),
    "matmul, stacked": (np.matmul, [of_shape(2, 2, 3), of_shape(3, 2)]),
    "inner": (np.inner, [of_shape(2, 3), of_shape(4, 3)]),
    "outer": (np.outer, [of_shape(3), of_shape(2)]),
    "kron": (np.kron, [of_shape(2, 2), of_shape(2)]),
    "cross": (np.cross, [of_shape(3), of_shape(3, low=0.0)]),
    "vdot": (np.vdot, [of_shape(3), of_shape(3, low=0.0)]),
    "tensordot": (lambda x, y: np.tensordot(x, y, axes=[(1,), (0,)]), [of_shape(2, 3, 2), of_shape(3, 1)]),
    "tensordot, two axes": (lambda x, y: np.tensordot(x, y, 2), [of_shape(2, 2), of_shape(2, 2, 3)]),
    "einsum, transpose": (lambda x: np.einsum("ij->ji", x), [of_shape(3, 2)]),
    "einsum, product": (lambda x, y: np.einsum("ij,jk->ik", x, y), [of_shape(2, 3), of_shape(3, 2)]),
    "einsum, covariance": (lambda x, y: np.einsum("ijk,lji->lki", x, y), [of_shape(2, 3, 2), of_shape(2, 3, 2)]),
    "einsum, ellipses": (lambda x, y: np.einsum("...jk,...lj->...lk", x, y), [of_shape(2, 3, 2), of_shape(2, 2, 3)]),
    "einsum, three": (lambda x, y, z: np.einsum("ij,jk,k->i", x, y, z), [of_shape(2, 2), of_shape(2, 3), of_shape(3)]),
    "trace": (np.trace, [of_shape(3, 3)]),
    "trace, offset": (lambda x: np.trace(x, offset=-1), [of_shape(4, 3)]),
    "trace of a stack": (np.trace, [of_shape(3, 2, 2)]),
    "polyval": (np.polyval, [of_shape(3), 1.3]),
    "convolve": (np.convolve, [of_shape(3), of_shape(2)]),
    "correlate": (np.correlate, [of_shape(4), of_shape(2)]),
    # shapes
    "transpose": (np.transpose, [of_shape(2, 3)]),
    "transpose, axes": (lambda x: np.transpose(x, (2, 0, 1)), [of_shape(2, 3, 2)]),
    ".T": (lambda x: x.T, [of_shape(2, 3)]),
    "swapaxes": (lambda x: np.swapaxes(x, 0, 1), [of_shape(2, 3)]),
    "moveaxis": (lambda x: np.moveaxis(x, 0, -1), [of_shape(2, 3, 2)]),
    "reshape": (lambda x: np.reshape(x, (3, 2)), [of_shape(2, 3)]),
    "reshape, method": (lambda x: x.reshape(3, 2), [of_shape(2, 3)]),
    "ravel": (np.ravel, [of_shape(2, 3)]),
    "flatten": (lambda x: x.flatten(), [of_shape(2, 3)]),
    "squeeze": (np.squeeze, [of_shape(2, 1, 3)]),
    "expand_dims": (lambda x: np.expand_dims(x, 1), [of_shape(2, 3)]),
    "atleast_1d": (np.atleast_1d, [1.2]),
    "atleast_2d": (np.atleast_2d, [of_shape(3)]),
    "atleast_3d": (np.atleast_3d, [of_shape(2, 3)]),
    "broadcast_to": (lambda x: np.broadcast_to(x, (2, 3)), [of_shape(3)]),
    "flipud": (np.flipud, [of_shape(3, 2)]),
    "fliplr": (np.fliplr, [of_shape(3, 2)]),
    "flip": (np.flip, [of_shape(3, 2)]),
    "rot90": (np.rot90, [of_shape(3, 2)]),
    "roll": (lambda x: np.roll(x, 2, axis=1), [of_shape(2, 3)]),
    "roll, flat": (lambda x: np.roll(x, 2), [of_shape(2, 3)]),
    "diag of a matrix": (np.diag, [of_shape(3, 3)]),
    "diag of a vector": (np.diag, [of_shape(3)]),
    "diagonal": (lambda x: np.diagonal(x, axis1=-1, axis2=-2), [of_shape(2, 3, 3)]),
    "triu": (lambda x: np.triu(x, k=1), [of_shape(3, 3)]),
    "tril": (lambda x: np.tril(x, k=1), [of_shape(3, 3)]),
    "repeat": (lambda x: np.repeat(x, 2, axis=1), [of_shape(2, 3)]),
    "repeat, flat": (lambda x: np.repeat(x, 2), [of_shape(3)]),
    "tile": (lambda x: np.tile(x, (2, 1)), [of_shape(3)]),
    "pad": (lambda x: np.pad(x, 1), [of_shape(2)]),
    # joining and parting
    "array of numbers": (lambda x: np.array([x, x * 1.0, x + 2.5]), [3.0]),
    "array of rows": (lambda x: np.array([[x, x * 1.0], [x**2, x / 2.0]]) * 2, [3.0]),
    "array of arrays": (lambda x: np.array([2 * x, x]) + np.array([x, x]), [of_shape(3)]),
    "concatenate": (lambda x, y: np.concatenate((x, y, x)), [of_shape(2, 3), of_shape(1, 3)]),
    "concatenate along": (lambda x, y: np.concatenate((x, y), axis=1), [of_shape(2, 3), of_shape(2, 1)]),
    "concatenate with floats": (lambda x: np.concatenate((np.ones(2), x)), [of_shape(3)]),
    "append": (np.append, [of_shape(3), 4.0]),
    "stack": (lambda x, y: np.stack((x, y), axis=1), [of_shape(3), of_shape(3, low=0.0)]),
    "vstack": (lambda x, y: np.vstack((x, y)), [of_shape(3), of_shape(3, low=0.0)]),
    "hstack": (lambda x, y: np.hstack((x, y)), [of_shape(3), of_shape(2)]),
    "column_stack": (lambda x, y: np.column_stack((x, y)), [of_shape(3), of_shape(3, low=0.0)]),
    "r_": (lambda x: np.r_[x, np.ones(2), 1:3, x], [of_shape(3)]),
    "c_": (lambda x: np.c_[x, np.ones((3, 1)), x], [of_shape(3, 2)]),
    "split": (lambda x: np.split(x, 2)[0] * np.split(x, 2)[1], [of_shape(4)]),
    "array_split": (lambda x: np.array_split(x, 3)[1], [of_shape(5)]),
    "sum of a list": (lambda x, y: sum([x, y]), [of_shape(3), of_shape(3, low=0.0)]),
    # parts
    "an element": (lambda x: x[2, 0], [of_shape(3, 2)]),
    "a slice": (lambda x: x[::-1, 1:], [of_shape(3, 2)]),
    "slices that overlap": (lambda x: x[:-1] * x[1:], [of_shape(4)]),
    "a list of places": (lambda x: x[[0, 1, 0]], [of_shape(3)]),
    "places and slices": (lambda x: x[1, 1:, [0, 2]], [of_shape(2, 3, 3)]),
    "a mask": (lambda x: x[np.array([True, False, True])] ** 2, [of_shape(3)]),
    "take": (lambda x: np.take(x, [2, 0]), [of_shape(3)]),
    "a new axis": (lambda x: x[:, None] * x, [of_shape(3)]),
    "an object array that is filled": (lambda x: _filled(x), [of_shape(3)]),
    # choosing
    "where": (lambda x, y: np.where([True, False, True], x, y), [of_shape(3), of_shape(3, low=0.0)]),
    "where, by a comparison": (lambda x: np.where(x > 0, x**2, -x), [of_shape(5)]),
    "select": (lambda x: np.select([x > 1, x > 0], [x**2, x**3], 0.5), [of_shape(5)]),
    "clip": (lambda x: np.clip(x, -0.5, 0.8), [of_shape(3, 2)]),
    "sort": (np.sort, [of_shape(7)]),
    "sort along": (lambda x: np.sort(x, axis=0), [of_shape(3, 2)]),
    "argsort": (lambda x: x[np.argsort(x)], [of_shape(5)]),
    "partition": (lambda x: np.partition(x, 3)[3], [of_shape(7)]),
    "argmax": (lambda x: x[np.argmax(x)] ** 2, [of_shape(5)]),
    "max of one twice": (lambda x: np.max(np.array([x, x])), [1.0]),
    "min beside numbers": (lambda x: np.min(np.array([[x, x], [x, 0.5]]), axis=0), [1.0]),
    "maximum of one twice": (lambda x: np.maximum(x, x), [1.0]),
    "power of 0": (lambda x: np.power(x, 0.0) + x, [0.7]),
    "0 to a power": (lambda y: np.power(0.0, y) + y, [0.7]),
    "vander": (lambda x: np.vander(x, 3), [of_shape(3)]),
    "vectorize": (np.vectorize(lambda x: x * x + 1), [of_shape(3)]),
    "apply_along_axis": (lambda x: np.apply_along_axis(lambda row: row * row, 0, x), [of_shape(3, 2)]),
}  # fmt: skip


def _filled(x: Any) -> Any:
    made = np.zeros(len(x), x.dtype)
    for at in range(len(x)):
        made[at] = x[at] ** 2
    return made


@orders
@pytest.mark.parametrize("name", WHOLE)
def test_functions_of_whole_arrays(name: str, order: int) -> None:
    check(*WHOLE[name], order)


# --- what is refused, since NumPy would drop the gradient or does not ask --------------------------------------------

REFUSED: dict[str, Function] = {
    "gradient": np.gradient,
    "round": np.round,
    "a float array": lambda x: np.asarray(x, dtype=float),
    "whole numbers": lambda x: x.astype("int64"),
    "float32": lambda x: x.astype("float32"),
    "floor_divide": lambda x: x // 2,
    "interp": lambda x: np.interp(0.5, [0, 1, 2], x),
    "det": lambda x: np.linalg.det(np.outer(x, x)),
    "solve": lambda x: np.linalg.solve(np.outer(x, x), x),
    "inv": lambda x: np.linalg.inv(np.outer(x, x)),
    "fft": np.fft.fft,
    "linspace": lambda x: np.linspace(x[0], x[1], 5),
    "isclose": lambda x: np.isclose(x, 0.0),
    "logaddexp of arrays": lambda x: np.logaddexp(x, x),
    "polyfit": lambda x: np.polyfit([0.0, 1.0, 2.0], x, 1),
    "isnan of arrays": np.isnan,
    "in place of floats": lambda x: operator.iadd(np.zeros(3), x),
    "in place of floats, one": lambda x: operator.iadd(np.zeros(3), x[0]),
    "an output of floats": lambda x: np.exp(x[0], out=np.zeros(1)),
    "a function without a rule": lambda x: np.spacing(x[0]),
    "== with a number": lambda x: x[0] == 1.0,
    "== from NumPy's side": lambda x: np.float64(1.0) == x[0],
    "an array == a Value": lambda x: np.zeros(3) == x[0],
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_would_drop_a_gradient_or_lie_raises(name: str) -> None:
    with pytest.raises(TypeError):
        REFUSED[name](values([0.5, 1.5, -1.0]))


def test_an_array_of_floats_does_not_take_a_value() -> None:
    floats, objects, v = np.zeros(2), np.zeros(2, dtype=object), Value(2.0)
    with pytest.raises(TypeError, match=r"x\.data is its value"):
        floats[0] = v**2
    objects[0] = v**2
    objects.sum().backward()
    assert (floats.tolist(), v.grad) == ([0.0, 0.0], 4.0)
