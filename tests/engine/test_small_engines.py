"""What is written for the small engines that people learn from runs with the import changed; a node's names there."""

import copy
import math
import pickle
import random
from collections.abc import Callable
from typing import Any

import pytest

from autodiff_cli import Value, value
from autodiff_cli.errors import AutodiffError
from autodiff_cli.rules.table import FUNCTIONS

# --- the programs of the lecture -------------------------------------------------------------------------------------


def neuron() -> dict[str, Value]:
    """Two inputs, two weights and a bias, up to what goes into the activation."""
    named = {"x1": 2.0, "x2": 0.0, "w1": -3.0, "w2": 1.0, "b": 6.8813735870195432}
    nodes = {name: Value(data, label=name) for name, data in named.items()}
    nodes["x1w1"] = nodes["x1"] * nodes["w1"]
    nodes["x2w2"] = nodes["x2"] * nodes["w2"]
    nodes["sum"] = nodes["x1w1"] + nodes["x2w2"]
    nodes["n"] = nodes["sum"] + nodes["b"]
    return nodes


PUBLISHED = {"x1": -1.5, "w1": 1.0, "x2": 0.5, "w2": 0.0, "b": 0.5, "n": 0.5, "sum": 0.5}


def assert_as_published(nodes: dict[str, Value], o: Value) -> None:
    assert o.data == pytest.approx(0.7071067811865476, rel=1e-14)
    assert {name: nodes[name].grad for name in PUBLISHED} == pytest.approx(PUBLISHED, rel=1e-12, abs=1e-15)


def test_a_first_expression_has_its_gradients() -> None:
    a, b, c, f = Value(2.0, label="a"), Value(-3.0, label="b"), Value(10.0, label="c"), Value(-2.0, label="f")
    d = a * b
    d.label = "d"
    e = d + c
    loss = e * f
    loss.backward()
    assert (loss.data, [one.grad for one in (a, b, c, d, e, f)]) == (-8.0, [6.0, -4.0, -2.0, -2.0, -2.0, 4.0])
    for one in (a, b, c, f):
        one.data += 0.01 * one.grad
    assert ((a * b + c) * f).data == pytest.approx(-7.286496, rel=1e-12)


def test_a_neuron_whose_gradients_are_set_by_hand_keeps_them() -> None:
    nodes = neuron()
    o = nodes["n"].tanh()
    o.grad = 1.0
    nodes["n"].grad = 1 - o.data**2
    nodes["sum"].grad = nodes["b"].grad = nodes["x1w1"].grad = nodes["x2w2"].grad = nodes["n"].grad
    nodes["x2"].grad, nodes["w2"].grad = nodes["w2"].data * 0.5, nodes["x2"].data * 0.5
    nodes["x1"].grad, nodes["w1"].grad = nodes["w1"].data * 0.5, nodes["x1"].data * 0.5
    assert_as_published(nodes, o)


def test_a_neuron_goes_backward_step_by_step() -> None:
    nodes = neuron()
    o = nodes["n"].tanh()
    o.grad = 1.0
    for node in (o, nodes["n"], nodes["b"], nodes["sum"], nodes["x2w2"], nodes["x1w1"]):
        node._backward()
    assert_as_published(nodes, o)
    assert all(node.child_count == 0 for node in (o, *nodes.values()))


def test_a_topological_sort_of_ones_own_over_prev_and_backward_is_backward() -> None:
    nodes = neuron()
    o = nodes["n"].tanh()
    order: list[Value] = []
    visited: set[Value] = set()

    def build(node: Value) -> None:
        if node not in visited:
            visited.add(node)
            for child in node._prev:
                build(child)
            order.append(node)

    build(o)
    o.grad = 1.0
    for node in reversed(order):
        node._backward()
    assert_as_published(nodes, o)


@pytest.mark.parametrize("run", [Value.backward, Value.backwards])
def test_a_neuron_goes_backward_at_once(run: Callable[[Value], None]) -> None:
    nodes = neuron()
    o = nodes["n"].tanh()
    run(o)
    assert_as_published(nodes, o)


def test_a_neuron_whose_tanh_is_taken_apart_has_the_same_gradients() -> None:
    nodes = neuron()
    e = (2 * nodes["n"]).exp()
    o = (e - 1) / (e + 1)
    o.backward()
    assert_as_published(nodes, o)


def test_an_operation_of_ones_own_is_honoured_by_the_sweep() -> None:
    def tanh(x: Value) -> Value:
        t = (math.exp(2 * x.data) - 1) / (math.exp(2 * x.data) + 1)
        out = Value(t, (x,), "tanh")

        def _backward() -> None:
            x.grad += (1 - t**2) * out.grad

        out._backward = _backward
        return out

    nodes = neuron()
    o = tanh(nodes["n"])
    o.backward()
    assert_as_published(nodes, o)
    x = Value(0.5)
    (tanh(x) * tanh(x) + tanh(x * 2)).backward()  # in the middle of a graph, more than once
    slope = 2 * math.tanh(0.5) * (1 - math.tanh(0.5) ** 2) + 2 * (1 - math.tanh(1.0) ** 2)
    assert x.grad == pytest.approx(slope, rel=1e-14)


class Neuron:
    def __init__(self, inputs: int, numbers: random.Random) -> None:
        self.w = [Value(numbers.uniform(-1, 1)) for _ in range(inputs)]
        self.b = Value(numbers.uniform(-1, 1))

    def __call__(self, x: Any) -> Value:
        act = sum((wi * xi for wi, xi in zip(self.w, x, strict=True)), self.b)
        return act.tanh()


class MLP:
    def __init__(self, inputs: int, outputs: list[int], numbers: random.Random) -> None:
        sizes = [inputs, *outputs]
        self.layers = [[Neuron(sizes[i], numbers) for _ in range(sizes[i + 1])] for i in range(len(outputs))]

    def __call__(self, x: Any) -> Value:
        for layer in self.layers:
            x = [neuron(x) for neuron in layer]
        found: Value = x[0]
        return found

    def parameters(self) -> list[Value]:
        return [p for layer in self.layers for neuron in layer for p in [*neuron.w, neuron.b]]


XS = [[2.0, 3.0, -1.0], [3.0, -1.0, 0.5], [0.5, 1.0, 1.0], [1.0, 1.0, -1.0]]
YS = [1.0, -1.0, -1.0, 1.0]


def losses_by_lists(weights: list[list[list[float]]], steps: int, rate: float) -> list[float]:
    """The same training by plain lists and the chain rule written out: `weights` by layer and neuron, the bias last."""
    losses = []
    for _ in range(steps):
        slopes = [[[0.0] * len(neuron) for neuron in layer] for layer in weights]
        loss = 0.0
        for x, y in zip(XS, YS, strict=True):
            signals = [x]
            for layer in weights:
                signals.append([math.tanh(sum(map(_times, neuron[:-1], signals[-1]), neuron[-1])) for neuron in layer])
            loss += (signals[-1][0] - y) ** 2
            back = [2 * (signals[-1][0] - y)]
            for at in reversed(range(len(weights))):
                inner = [g * (1 - out**2) for g, out in zip(back, signals[at + 1], strict=True)]
                for neuron, g in zip(slopes[at], inner, strict=True):
                    neuron[:] = [s + g * signal for s, signal in zip(neuron, [*signals[at], 1.0], strict=True)]
                back = [
                    sum(g * neuron[i] for g, neuron in zip(inner, weights[at], strict=True))
                    for i in range(len(signals[at]))
                ]
        losses.append(loss)
        weights = [
            [[w - rate * s for w, s in zip(*pair, strict=True)] for pair in zip(*layers, strict=True)]
            for layers in zip(weights, slopes, strict=True)
        ]
    return losses


def _times(a: float, b: float) -> float:
    return a * b


def test_a_network_learns_with_the_losses_of_plain_lists() -> None:
    network = MLP(3, [4, 4, 1], random.Random(1337))
    assert len(network.parameters()) == 41
    plain = [[[p.data for p in [*neuron.w, neuron.b]] for neuron in layer] for layer in network.layers]
    losses = []
    for _ in range(20):
        loss = sum((network(x) - y) ** 2 for x, y in zip(XS, YS, strict=True))
        for p in network.parameters():
            p.grad = 0.0
        loss.backward()
        for p in network.parameters():
            p.data += -0.05 * p.grad
        losses.append(loss.data)
    assert losses == pytest.approx(losses_by_lists(plain, 20, 0.05), rel=1e-12)
    assert losses[-1] < losses[0] / 2


# --- the tests of two small engines ----------------------------------------------------------------------------------


def test_the_sanity_check_of_a_small_engine() -> None:
    x = Value(-4.0)
    z = 2 * x + 2 + x
    y = (z * z).relu() + (z.relu() + z * x) + (z.relu() + z * x) * x
    y.backward()
    assert (y.data, x.grad) == (-20.0, 46.0)


def test_more_operations_of_a_small_engine() -> None:
    a, b = Value(-4.0), Value(2.0)
    c = a + b
    d = a * b + b**3
    c += c + 1
    c += 1 + c + (-a)
    d += d * 2 + (b + a).relu()
    d += 3 * d + (b - a).relu()
    e = c - d
    f = e**2
    g = f / 2.0
    g += 10.0 / f
    g.backward()
    assert g.data == pytest.approx(24.70408163265306, rel=1e-13)
    assert (a.grad, b.grad) == pytest.approx((138.83381924198252, 645.5772594752186), rel=1e-13)


ONE: dict[str, Callable[[Any], Any]] = {
    "a constant": lambda a: a + 5,
    "less a constant": lambda a: a - 5,
    "times a constant": lambda a: 5 * a,
    "over a constant": lambda a: a / 5,
    "square": lambda a: a * a,
    "cube": lambda a: a * a * a,
    "negated": lambda a: -a,
    "inverse": lambda a: 1.0 / (a + 3.5),
    "sigmoid": lambda a: a.sigmoid(),
    "log": lambda a: (a + 100000).log(),
    "relu": lambda a: (a + 5.5).relu(),
    "exp": lambda a: (a - 2).exp(),
    "exp and log": lambda a: (a + 100000).log() + (a - 2).exp(),
    "a branch below": lambda a: (a < 0.5) * a,
    "a branch above": lambda a: (a > 0.5) * a,
}
TWO: dict[str, Callable[[Any, Any], Any]] = {
    "sum": lambda a, b: a + b,
    "product": lambda a, b: a * b,
    "quotient": lambda a, b: a / (b + 5.5),
    "greater": lambda a, b: (b + 1.2 > a) * 1.0,
    "less": lambda a, b: (b + 1.2 < a) * 1.0,
    "equal": lambda a, b: a.eq(b + 5.5),
}
STEP = 1e-6


@pytest.mark.parametrize("at", [-2.75, -0.4, 0.125, 1.5, 3.0])
@pytest.mark.parametrize("name", [*ONE, *TWO])
def test_scalar_functions_have_the_slopes_of_central_differences(name: str, at: float) -> None:
    function: Callable[..., Any] = ONE.get(name) or TWO[name]
    point = [at] if name in ONE else [at, 0.7 - at / 3]
    leaves = [*map(Value, point)]
    function(*leaves).backward()
    for index, leaf in enumerate(leaves):
        ends = []
        for step in (STEP, -STEP):
            moved = [x + step * (place == index) for place, x in enumerate(point)]
            ends.append(function(*map(Value, moved)).data)
        assert leaf.grad == pytest.approx((ends[0] - ends[1]) / (2 * STEP), rel=1e-6, abs=1e-6)


# --- a node's names in the small engines -----------------------------------------------------------------------------


def test_value_has_a_name_in_small_letters() -> None:
    assert value is Value


def test_a_node_made_by_hand_has_its_parts_in_the_order_of_the_small_engines() -> None:
    a, b = Value(2.0, "a"), Value(-3.0, (), "", "b")
    c = Value(-6.0, (a, b), "*", "c")
    assert (a.label, b.label, c.label, Value(1.0).label) == ("a", "b", "c", "")
    assert (c._prev, c._op, c.op, c.args, a._prev, a._op) == ({a, b}, "*", "*", (a, b), set(), "")
    assert (c.grad, c.requires_grad, Value(1.0, [a]).args) == (0.0, True, (a,))
    assert Value(9.0, (a, a), "*")._prev == {a}


@pytest.mark.parametrize(
    ("make", "op"),
    [
        (lambda x: x + 1, "+"),
        (lambda x: x * 2, "*"),
        (lambda x: x**2, "**"),
        (lambda x: x.tanh(), "tanh"),
        (lambda x: x.relu(), "ReLU"),
        (lambda x: x.exp(), "exp"),
        (lambda x: x - 1, "-"),
        (lambda x: x / 2, "/"),
    ],
)
def test_an_operation_has_the_name_that_small_engines_give_it(make: Callable[[Value], Value], op: str) -> None:
    x = Value(0.5)
    assert make(x)._op == op
    assert x in make(x)._prev


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: f"{f.name}/{len(f.args)}")
def test_one_step_backward_is_backward_of_every_function(function: Any) -> None:
    def made() -> tuple[Value, list[Value]]:
        args = [*map(Value, function.at[0] if isinstance(function.at[0], tuple) else (function.at[0],))]
        return getattr(args[0], function.name)(*args[1:]), args

    (swept, ours), (stepped, theirs) = made(), made()
    swept.backward()
    stepped.grad = 1.0
    stepped._backward()
    assert repr([arg.grad for arg in ours]) == repr([arg.grad for arg in theirs])
    assert {arg.child_count for arg in theirs} == {0}


def test_one_step_backward_adds_to_what_is_there_and_counts_an_argument_twice() -> None:
    x = Value(3.0)
    y = x * x
    y.grad, x.grad = 2.0, 1.0
    y._backward()
    assert x.grad == 13.0
    y.backward(create_graph=True)
    x.zero_grad()
    y._backward()
    assert (x.grad.data, x._backward()) == (6.0, None)


def test_a_backward_that_is_assigned_stands_in_for_the_rule() -> None:
    x, calls = Value(3.0), []
    y = x * 2
    rule = y._backward
    y._backward = lambda: calls.append(y.grad)
    (y * 5).backward()
    assert (calls, x.grad, y._op) == ([5.0], 0.0, "*")
    assert rule() is None
    assert x.grad == 10.0
    y._backward = rule
    y.backward()
    assert x.grad == 12.0
    leaf = Value(1.0)
    leaf._backward = lambda: calls.append(leaf.grad)
    (leaf * 7).backward()
    assert calls == [5.0, 7.0]


def test_a_node_made_by_hand_without_a_backward_is_no_silent_zero() -> None:
    a = Value(2.0)
    a.grad = 0.25
    for run in (lambda: Value(4.0, (a,), "double").backward(), lambda: (Value(4.0, (a,), "double") + 1).backward()):
        with pytest.raises(AutodiffError, match="'double' was made by hand") as caught:
            run()
        assert "_backward" in caught.value.hint
    assert a.child_count == 0
    Value(4.0, (), "input").backward()


def test_a_backward_of_ones_own_has_no_second_derivative_and_no_copy() -> None:
    a = Value(2.0)
    b = Value(4.0, (a,), "double")
    again = pickle.loads(pickle.dumps(b))
    assert (again._op, again.args[0].data, copy.deepcopy(b)._op) == ("double", 2.0, "double")
    b._backward = lambda: None
    with pytest.raises(AutodiffError, match="which is of floats"):
        (b * b).backward(create_graph=True)
    for copied in (copy.copy, copy.deepcopy, pickle.dumps):  # a copy would send gradients to a
        with pytest.raises(AutodiffError, match="names the nodes it was written for"):
            copied(b)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Value(1.0, 2), "children or a label"),
        (lambda: Value(1.0, (2.0,)), "the children of a Value are Values, not float"),
        (lambda: Value(1.0, (Value(1.0),), 3), "an operation is text"),
        (lambda: Value(1.0, label=3), "a label is text, not int"),
        (lambda: Value(Value(1.0) * 2), r"x\.data is its value"),
        (lambda: setattr(Value(1.0), "_backward", 3), "_backward is a function"),
    ],
)
def test_what_makes_no_node_is_refused_in_words(make: Callable[[], Any], message: str) -> None:
    with pytest.raises(TypeError, match=message):
        make()


# --- comparisons and whole numbers -----------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [2, 2.0, True, 2j, math.nan])
def test_equality_with_a_number_is_refused_on_both_sides(number: Any) -> None:
    v = Value(2.0)
    for compare in (lambda: v == number, lambda: v != number, lambda: number == v, lambda: number in [v]):
        with pytest.raises(TypeError, match=r"v\.data == 2"):
            compare()


def test_equality_of_nodes_is_identity() -> None:
    a, b = Value(1.0), Value(1.0)
    assert [a == a, a == b, a != b, a in [b, a]] == [True, False, True, True]
    assert [a == None, a == "a", a != "a"] == [False, False, True]  # noqa: E711
    assert len({a, b, a}) == 2
    a.data = 5.0
    assert {a: "a", b: "b"}[a] == "a"
    assert (a.eq(5).data, a.ne(5).data) == (1.0, 0.0)


@pytest.mark.parametrize(
    ("run", "hint"),
    [
        (lambda v: v // 2, r"\.floor\(\)"),
        (lambda v: 2 // v, r"\.floor\(\)"),
        (lambda v: divmod(v, 2), "v % w"),
        (lambda v: divmod(2, v), "v % w"),
        (lambda v: round(v), r"v\.round\(\)"),
        (lambda v: round(v, 2), r"v\.round\(\)"),
        (int, r"int\(v\.data\)"),
        (float, r"\.data"),
        (complex, r"\.data"),
        (math.sin, r"x\.sin\(\)"),
        (math.isnan, r"\.data"),
        (lambda v: v ^ 2, r"v \*\* 2"),
        (lambda v: 2 ^ v, r"v \*\* 2"),
        (lambda v: v & v, r"\.data"),
        (lambda v: 1 << v, r"\.data"),
        (lambda v: ~v, r"\.data"),
        (lambda v: v @ v, r"v \* w"),
    ],
)
def test_what_would_drop_the_gradient_is_refused_with_what_to_write(run: Callable[[Value], Any], hint: str) -> None:
    for v in (Value(7.5), Value(7.5) * 1):
        with pytest.raises(TypeError, match=hint):
            run(v)


def test_whole_parts_are_nodes_of_slope_0_and_constants_are_numbers() -> None:
    v = Value(7.5)
    assert [f(v).data for f in (math.floor, math.ceil, math.trunc)] == [7.0, 8.0, 7.0]
    (math.floor(v) * v).backward()
    assert v.grad == 7.0
    plain = Value(7.5, requires_grad=False)
    assert (int(plain), float(plain)) == (7, 7.5)
