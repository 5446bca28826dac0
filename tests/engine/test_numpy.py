"""Values beside NumPy: its numbers are numbers, its arrays are taken by their elements, and all else is refused."""

import copy
import pickle
from typing import Any

import pytest

from autodiff_cli import Value, nn, parse
from autodiff_cli.errors import AutodiffError

np: Any = pytest.importorskip("numpy")


@pytest.mark.parametrize(
    "number", [np.bool_(True), np.int32(1), np.uint8(1), np.float32(1), np.array(1), np.array(1.0)]
)
def test_a_number_of_numpys_is_a_number(number: Any) -> None:
    x = Value(3.0)
    for made, data in ((x * number, 3.0), (number * x, 3.0), (number - x, -2.0), (x / number, 3.0), (x**number, 3.0)):
        assert made.data == data
        assert type(made.data) is float
    assert (number < x).data == 1.0
    (x * number).backward()
    assert x.grad == 1.0


@pytest.mark.parametrize("kind", ["float64", "int32", "bool", "object"])
def test_an_array_times_a_value_is_an_array_of_values(kind: str) -> None:
    x, array = Value(3.0), np.array([[1, 2], [0, 4]]).astype(kind)
    right, left = x * array, array * x
    for made in (right, left):
        assert made.shape == (2, 2)
        assert [type(one) for one in made.flat] == [Value] * 4
        assert [one.data for one in made.flat] == [3.0 * float(one) for one in array.flat]
    assert [one.data for one in (array - x).flat] == [float(one) - 3.0 for one in array.flat]
    left.sum().backward()
    assert x.grad == sum(map(float, array.flat))


def test_arrays_of_values_are_added_and_multiplied_by_numpy() -> None:
    weights = np.array([Value(1.0), Value(2.0)])
    total = (weights * np.array([3.0, 4.0])).sum() + np.dot(weights, [1.0, 1.0])
    total.backward()
    assert [one.grad for one in weights] == [4.0, 5.0]
    assert [one.data for one in weights * Value(2.0)] == [2.0, 4.0]


def test_functions_of_whole_arrays_take_a_single_value() -> None:
    x = Value(3.0)
    assert [f(x) for f in (np.max, np.min, np.sum, np.prod)] == [x] * 4
    assert (np.mean(x).data, np.clip(x, 0, 1).data, np.isnan(x), np.isfinite(x)) == (3.0, 1.0, False, True)
    with pytest.raises(TypeError, match="takes no axis"):
        np.max(x, axis=0)


def test_what_is_no_number_is_refused_in_words() -> None:
    x = Value(1.0)
    for wrong in (np.array(["a"]), np.array([1j]), np.complex128(1j), "a", None):
        with pytest.raises(TypeError):
            x * wrong
        with pytest.raises(TypeError):
            wrong * x
    with pytest.raises(TypeError, match=r"np\.spacing has no rule for a Value"):
        np.spacing(x)
    with pytest.raises(TypeError, match=r"x\.sin\(\)"):
        np.array([x], dtype=float)


@pytest.mark.parametrize("kind", [int, np.int64, np.int8, np.uint8, np.intp])
def test_labels_are_whole_numbers_of_any_kind(kind: Any) -> None:
    rows = [[Value(1.0), Value(2.0)], [Value(0.0), Value(1.0)]]
    wanted = nn.cross_entropy(rows, [1, 0]).data
    assert nn.cross_entropy(rows, [kind(1), kind(0)]).data == wanted
    assert nn.cross_entropy(rows, np.array([1, 0], dtype=kind)).data == wanted
    assert nn.cross_entropy(np.array(rows), np.array([1, 0], dtype=kind)).data == wanted


@pytest.mark.parametrize("label", [1.0, np.float64(1.0), "1", None, np.array([0, 1]), np.int64(2), np.int64(-1), 1.5])
def test_what_is_no_label_is_refused_in_words(label: Any) -> None:
    with pytest.raises(AutodiffError, match="the number of a class, from 0 to 1"):
        nn.cross_entropy([[Value(1.0), Value(2.0)]], [label])


@pytest.mark.parametrize("loss", [nn.mean_squared_error, nn.hinge, nn.binary_cross_entropy])
@pytest.mark.parametrize("kind", ["bool", "int8", "uint8", "float32", "int64"])
def test_losses_take_targets_of_any_kind(loss: Any, kind: str) -> None:
    outputs = [Value(0.5), Value(-2.0)]
    assert loss(outputs, np.array([1, 1], dtype=kind)).data == loss(outputs, [1, 1]).data


def test_sizes_and_rates_may_be_numpys() -> None:
    network = nn.MLP(np.int64(2), [np.int64(3), 1])
    nn.mean_squared_error([network(np.array([1, 2], dtype="int32"))], np.array([1])).backward()
    for optimizer in (nn.SGD(network.parameters(), np.float64(0.1), np.float64(0.5)), nn.Adam(network.parameters())):
        optimizer.step()
    assert {type(one.data) for one in network.parameters()} == {float}


@pytest.mark.parametrize("seed", [np.float32(2), np.int32(2), 2])
def test_a_seed_is_a_float(seed: Any) -> None:
    x = Value(3.0)
    (x * 0.1).backward(seed)
    assert x.grad == 0.2
    assert type(x.grad) is float


def test_a_deep_graph_is_copied_and_pickled() -> None:
    x = node = Value(1.5)
    for _ in range(50_000):
        node = node * 1.0 + 0.001
    for twin in (copy.deepcopy(node), pickle.loads(pickle.dumps(node))):
        assert twin.data == node.data
        twin.backward()
    assert x.grad == 0


@pytest.mark.parametrize(
    "text", ["x^2*y", "a = 2; where(x > a, log(x*y), -y)", "+".join(f"x^{i}*y" for i in range(300))]
)
def test_what_is_made_of_a_formula_travels_as_its_formula(text: str) -> None:
    formula = parse(text)
    point = {"x": 3.0, "y": 2.0}
    value, gradient = formula.evaluate(**point), formula.gradient(**point)
    compiled, by_y = formula.compile(), formula.compile(["y"])
    kernel = formula.vectorize(["y"], dtype="float32", workers=1, compiled=False)
    derivative = formula.derivative("x")
    for again in (lambda one: pickle.loads(pickle.dumps(one)), copy.deepcopy, copy.copy):
        assert again(formula).gradient(**point) == gradient
        assert str(again(derivative)) == str(derivative)
        assert again(compiled)(**point) == compiled(**point) == (value, (*gradient.values(),))
        assert again(by_y)(**point) == (value, (gradient["y"],))
        values, slopes = again(kernel)(**point)
        assert (values.dtype, list(slopes)) == ("float32", ["y"])
        assert values == kernel(**point)[0]
        assert again(kernel).workers == 1
