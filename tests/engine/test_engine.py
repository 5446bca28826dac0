"""The engine: what scalar engines of its kind do, and where they fail."""

import contextlib
import copy
import gc
import math
import pickle
import sys
from typing import Any

import pytest

from autodiff_cli import Value, parse
from autodiff_cli.engine import value
from autodiff_cli.engine.graph import sweep
from autodiff_cli.engine.value import FLOATS, constant
from autodiff_cli.functions import log, relu, sqrt, tanh, where
from autodiff_cli.functions import max as maximum
from autodiff_cli.rules.table import BY_NAME


def test_the_worked_example_has_its_published_gradients() -> None:
    a, b, c, f = Value(2.0, label="a"), Value(-3.0, label="b"), Value(10.0, label="c"), Value(-2.0, label="f")
    e = a * b
    d = e + c
    L = d * f  # noqa: N806
    L.backward()
    assert L.data == -8
    assert [v.grad for v in (a, b, c, e, d, f)] == [6, -4, -2, -2, -2, 4]


def test_the_neuron_has_its_published_gradients() -> None:
    x1, x2, w1, w2 = Value(2.0), Value(0.0), Value(-3.0), Value(1.0)
    b = Value(6.8813735870195432)
    o = (x1 * w1 + x2 * w2 + b).tanh()
    o.backward()
    assert o.data == pytest.approx(0.7071067811865476, rel=1e-14)
    assert [x1.grad, w1.grad, x2.grad, w2.grad] == pytest.approx([-1.5, 1.0, 0.5, 0.0], rel=1e-14)


def test_operators_with_numbers_on_both_sides() -> None:
    a = Value(3.0)
    results = [2 + a, a + 2, a - 1, 1 - a, 2 * a, a * 2, 1 / a, a / 2, a**2, 2**a, -a, +a, abs(a), a % 2, 7 % a]
    wanted = [5, 5, 2, -2, 6, 6, 1 / 3, 1.5, 9, 8, -3, 3, 3, 1, 1]
    assert [r.data for r in results] == pytest.approx(wanted, rel=1e-15)
    slopes = [1, 1, 1, -1, 2, 2, -1 / 9, 0.5, 6, 8 * math.log(2), -1, 1, 1, 1, -2]
    for result, slope in zip(results, slopes, strict=True):
        a.grad = 0.0
        result.backward()
        assert a.grad == pytest.approx(slope, rel=1e-15)


def test_power_of_two_values_has_both_gradients() -> None:
    a, b = Value(2.0), Value(3.0)
    (a**b).backward()
    assert a.grad == 12
    assert b.grad == pytest.approx(8 * math.log(2), rel=1e-15)


def test_in_place_addition_makes_a_new_node() -> None:
    a, b = Value(2.0), Value(5.0)
    c = a
    c += b
    assert c.data == 7
    assert a.data == 2
    c.backward()
    assert (a.grad, b.grad) == (1, 1)


def test_two_plain_values_multiply() -> None:
    assert (Value(3) * Value(4)).data == 12


def test_a_variable_used_twice_is_one_node() -> None:
    a = Value(3.0)
    (a + a).backward()
    assert a.grad == 2


def test_a_node_used_in_ten_places_gets_the_sum() -> None:
    a = Value(0.5)
    b = a * a
    total = b * 1
    for k in range(2, 11):
        total = total + b * k
    total.backward()
    assert b.grad == 55
    assert a.grad == 55


def test_backward_twice_accumulates_in_leaves_only() -> None:
    a = Value(3.0)
    b = a * a
    c = b * 2
    c.backward()
    c.backward()
    assert b.grad == 2
    assert a.grad == 24
    c.zero_grad()
    c.backward()
    assert a.grad == 12


@pytest.mark.slow
def test_a_chain_of_a_million_nodes() -> None:
    a = x = Value(1.0)
    for _ in range(1_000_000):
        x = x + a
    x.backward()
    assert x.data == 1_000_001
    assert a.grad == 1_000_001
    del x
    gc.collect()  # letting go of it does not recurse either


def test_a_chain_longer_than_the_recursion_limit_is_swept() -> None:
    limit = sys.getrecursionlimit()
    x = Value(0.5)
    y = x
    for _ in range(limit * 3):
        y = (-y).tanh()
    y.backward()
    assert math.isfinite(x.grad)


def test_constants_take_no_gradient_and_cost_no_log() -> None:
    x = Value(-3.0)
    y = x**2  # the exponent's slope would need log(-3)
    y.backward()
    assert x.grad == -6
    assert y.args[1].grad == 0
    assert [node.data for node in sweep(y)] == [9, -3]


@pytest.mark.parametrize(
    ("make", "wanted"),
    [
        (lambda x: x.exp(), math.inf),
        (lambda x: 1 / (x - 1000), math.inf),
        (lambda x: -1 / (x - 1000), -math.inf),
        (lambda x: (x - 1000) / (x - 1000), math.nan),
        (lambda x: (-x).log(), math.nan),
        (lambda x: (x - 1000).log(), -math.inf),
        (lambda x: (x - 1000) ** -1, math.inf),
        (lambda x: (-x) ** 0.5, math.nan),
        (lambda x: (x - 2000).sinh(), -math.inf),
        (lambda x: x**400, math.inf),
    ],
)
def test_floats_follow_ieee(make: object, wanted: float) -> None:
    result = make(Value(1000.0)).data  # type: ignore[operator]
    assert result == wanted or (math.isnan(wanted) and math.isnan(result))


def test_a_branch_not_taken_never_poisons() -> None:
    x, y = Value(1.0), Value(0.0)
    maximum(x, sqrt(y), 0.5).backward()
    assert (x.grad, y.grad) == (1, 0)
    for choice in (where(x > 0, x, sqrt(y)), where(x < 0, sqrt(y), x)):
        x.grad = y.grad = 0.0
        choice.backward()
        assert (x.grad, y.grad) == (1, 0)
    relu(-1 - sqrt(y)).backward()
    assert y.grad == 0


def test_zero_times_infinity_is_not_zero() -> None:
    x = Value(0.0)
    (sqrt(x) ** 2).backward()
    assert math.isnan(x.grad)


def test_a_node_shows_its_data_gradient_label_and_operation() -> None:
    a = Value(2.0, label="a")
    b = a * 3
    assert repr(a) == "Value(data=2.0, grad=0.0, label='a')"
    assert repr(b) == "Value(data=6.0, grad=0.0, op='*')"
    assert (b.op, a.op, tanh(a).op) == ("*", "", "tanh")
    assert b.args[0] is a
    assert b.args[1].data == 3
    assert f"{b:.2f}" == "6.00"


def test_a_label_that_is_no_text_is_refused() -> None:
    with pytest.raises(TypeError, match="a label is text, not float"):
        Value(2.0, label=1.5)  # type: ignore[arg-type]


@pytest.mark.parametrize("function", [float, math.exp, math.sin, math.sqrt])
def test_a_value_that_takes_gradients_is_refused_by_functions_that_would_drop_them(function: Any) -> None:
    x = Value(2.0)
    for node in (x, x * 3):
        with pytest.raises(TypeError, match=r"x\.data is its value, and x\.sin\(\)"):
            function(node)
    assert function(Value(2.0, requires_grad=False)) == function(2.0)


@pytest.mark.parametrize("name", ["relu", "leaky_relu", "max", "min", "clamp", "where", "heaviside", "sign"])
@pytest.mark.parametrize("x", [-1.5, 0.0, 2.5])
def test_values_and_gradients_are_floats_where_a_formula_has_whole_numbers(name: str, x: float) -> None:
    function = FLOATS.value(BY_NAME[name][0])
    args = [Value(x), Value(-1.0), Value(4.0)][: 2 if BY_NAME[name][0].variadic else len(BY_NAME[name][0].args)]
    node = getattr(args[0], name)(*args[1:])
    node.backward()
    assert type(node.data) is float
    assert all(type(arg.grad) is float for arg in args)
    assert type(function(*[arg.data for arg in args])) is float


@pytest.mark.slow
@pytest.mark.parametrize("again", [copy.deepcopy, lambda some: pickle.loads(pickle.dumps(some))])
def test_a_deep_graph_is_copied_and_pickled_with_what_it_shares(again: Any) -> None:
    x = Value(1.5, label="x")
    middle = y = x
    for _ in range(20_000):
        y = y * 1.00001 + x
        middle = y if middle is x else middle
    x2, middle2, y2 = again((x, middle, y))
    assert (x2.label, x2.data, y2.data) == ("x", x.data, y.data)
    y2.backward()
    assert x.grad == 0
    y.backward()
    assert (x2.grad, middle2.grad) == (x.grad, middle.grad)
    assert middle2.args[1] is x2


def test_gradients_that_are_values_are_pickled_too() -> None:
    x = Value(3.0)
    (x**3).backward(create_graph=True)
    again = pickle.loads(pickle.dumps(x))
    assert (again.grad.data, x.grad.data) == (27, 27)
    slope = again.grad
    again.zero_grad()
    slope.backward()
    assert again.grad == 18
    assert copy.deepcopy(x).grad.data == 27


def test_an_expression_and_a_formula_are_pickled_whole() -> None:
    text = "a = 2; f = sin(x)*a; " + " + ".join(f"f*x^{n}" for n in range(500))
    for formula in (parse(text), parse("ln(x)^2 + x*y").derivative("x")):
        again = pickle.loads(pickle.dumps(formula))
        point = dict.fromkeys(formula.variables, 0.5)
        assert again.gradient(**point) == formula.gradient(**point)
        assert (str(again), again.notes, again.defaults) == (str(formula), formula.notes, formula.defaults)


def test_copies_and_pickles_of_a_graph() -> None:
    x = Value(3.0, label="x")
    graph = maximum(x, 2) + x.gamma() + log(x, 3)
    for again in (copy.deepcopy(graph), pickle.loads(pickle.dumps(graph))):
        again.backward()
        leaves = [node for node in sweep(again) if node.label == "x"]
        graph.zero_grad()
        graph.backward()
        assert leaves[0].grad == 2 * x.grad  # backward and sweep, once each
        assert leaves[0] is not x


def test_plain_functions_and_methods_are_the_same() -> None:
    x = Value(8.0)
    assert tanh(x).data == x.tanh().data
    assert log(x, 2).data == x.log(2).data == 3
    assert log(8.0).data == math.log(8)


def test_numpy_scalars_are_numbers() -> None:
    np = pytest.importorskip("numpy")
    x = Value(2.0)
    for three in (np.float64(3), np.float32(3), np.int64(3)):
        for result in (three * x, x * three):
            assert type(result) is Value
            assert result.data == 6


def test_what_is_no_number_is_refused() -> None:
    with pytest.raises(TypeError):
        Value(2.0) + "3"  # type: ignore[operator]
    with pytest.raises(TypeError, match="tanh does not take 2 arguments"):
        tanh(Value(1.0), 2)
    with pytest.raises(TypeError, match="not str"):
        tanh("1")
    with pytest.raises(AttributeError):
        Value(1.0).sinn()


@pytest.mark.parametrize("step", [1, 2])  # while users are counted, and while gradients are passed
def test_an_interrupted_sweep_leaves_no_trace(monkeypatch: pytest.MonkeyPatch, step: int) -> None:
    x, y = Value(0.5), constant(2.0)
    z = maximum((x * y).tanh() * x, x.sin() - 1) * x
    steps = 0

    def selected(node: Value) -> list[tuple[Value, float]]:
        nonlocal steps
        steps += 1
        if steps == step:
            raise KeyboardInterrupt
        return honest(node)

    honest = value._selected
    with monkeypatch.context() as patched, contextlib.suppress(KeyboardInterrupt):
        patched.setattr(value, "_selected", selected)
        z.backward()
    z.backward()
    assert x.grad == pytest.approx(2 * 0.5 * math.tanh(1) + 2 * 0.25 / math.cosh(1) ** 2, rel=1e-14)
