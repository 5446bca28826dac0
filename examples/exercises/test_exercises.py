"""The tests of the exercises. Gradients are held against nudges, which know nothing of the engine.

A nudge h is a power of two, so that x + h is exact: 2^-17 times the size of x. A central difference is then off by
h^2/6 times the third derivative, 1e-11 of it, and by the rounding of f over h, 3e-11 of f. All values in here are below
100 and third derivatives below 1,000, so that it is right to 2e-8. The tests allow 1e-6; the mistakes that one makes
are a thousand times as large. Points are fixed or drawn from a seed, away from kinks: no test fails by chance.
"""

import math
from random import Random

import pytest

ALLOWED = 1e-6


def by_nudging(f, point, index):
    """The slope of f by one of its arguments, from plain numbers alone."""
    h = 2.0**-17 * 2.0 ** max(0, math.frexp(point[index])[1])
    up, down = list(point), list(point)
    up[index] += h
    down[index] -= h
    return (f(*up) - f(*down)) / (2 * h)


def check_gradients(engine, f, point, why=""):
    """Hold the gradients of f against nudges, at a point. f takes Values and plain numbers alike."""
    leaves = [engine.Value(x) for x in point]
    out = f(*leaves)
    assert out is not None, "an operation returns nothing; does it end with `return out`?"
    wanted = f(*point)
    assert math.isclose(out.data, wanted, rel_tol=1e-12, abs_tol=1e-12), f"the value is {out.data}, not {wanted}"
    out.backward()
    for index, leaf in enumerate(leaves):
        slope = by_nudging(f, point, index)
        message = f"argument {index + 1} of {len(point)} at {point}: grad is {leaf.grad}, nudging says {slope:.6f}"
        assert abs(leaf.grad - slope) < ALLOWED * (1 + abs(slope)), f"{message}. {why}"


def tanh(x):
    return math.tanh(x) if isinstance(x, float) else x.tanh()


def exp(x):
    return math.exp(x) if isinstance(x, float) else x.exp()


def relu(x):
    return max(0.0, x) if isinstance(x, float) else x.relu()


# --- chapter 1 ---


@pytest.mark.ex1
@pytest.mark.parametrize(("a", "b"), [(2.0, -3.0), (0.5, 0.25), (-1.0, 0.0)])
def test_sums_and_products_are_right(engine, a, b):
    assert (engine.Value(a) + engine.Value(b)).data == a + b
    assert (engine.Value(a) * engine.Value(b)).data == a * b


@pytest.mark.ex1
def test_a_result_remembers_what_it_was_made_from(engine):
    a, b = engine.Value(2.0), engine.Value(-3.0)
    for out in (a + b, a * b):
        assert set(out._prev) == {a, b}, "pass (self, other) on to Value as its children"
    assert set(a._prev) == set(), "a number that was made from nothing has no children"


@pytest.mark.ex1
def test_plain_numbers_may_stand_on_both_sides(engine):
    a = engine.Value(2.0)
    assert [(a + 1).data, (1 + a).data, (a * 3).data, (3 * a).data] == [3, 3, 6, 6]


# --- chapter 2 ---


@pytest.mark.ex2
def test_a_sum_passes_on_what_it_gets(engine):
    a, b = engine.Value(2.0), engine.Value(-3.0)
    out = a + b
    out.grad = 5.0
    out._backward()
    assert (a.grad, b.grad) == (5.0, 5.0), "the slope of a sum is 1 by each: both get the gradient of the sum"


@pytest.mark.ex2
def test_a_product_passes_on_the_other_factor(engine):
    a, b = engine.Value(2.0), engine.Value(-3.0)
    out = a * b
    out.grad = 5.0
    out._backward()
    assert (a.grad, b.grad) == (-15.0, 10.0), "each gets the other's number, times the gradient of the product"


@pytest.mark.ex2
def test_what_is_used_twice_gets_both(engine):
    a = engine.Value(3.0)
    for out, slope in ((a + a, 2.0), (a * a, 6.0)):
        a.grad, out.grad = 5.0, 1.0  # what has come to it by other ways
        out._backward()
        assert a.grad == 5.0 + slope, "gradients add up: += and not ="


# --- chapter 3 ---


@pytest.mark.ex3
def test_the_end_has_the_gradient_1(engine):
    a = engine.Value(3.0)
    a.backward()
    assert a.grad == 1.0


@pytest.mark.ex3
@pytest.mark.parametrize(
    ("name", "f", "point"),
    [
        ("a chain", lambda a, b, c: (a * b + c) * -2.0, (2.0, -3.0, 10.0)),
        ("one used twice", lambda a, b: (a * b) * (a + b), (-2.0, 3.0)),
        ("one used by what it made", lambda a: (a * a + a) * (a * a), (1.5,)),
    ],
)
def test_gradients_are_what_nudging_says(engine, name, f, point):
    check_gradients(engine, f, point, "Is each _backward called once, and after those of all that it went into?")


@pytest.mark.ex3
def test_a_diamond_waits_for_both_sides(engine):
    a = engine.Value(2.0)
    b = a * 3
    c, d = b + 1, b * b
    (c * d).backward()
    assert a.grad == 360.0, "b may pass its gradient on only when c and d both have passed on theirs"


@pytest.mark.ex3
def test_a_node_is_visited_once(engine):
    a = x = engine.Value(1.0)
    for _ in range(40):  # 2^40 ways lead from the end to the beginning
        x = x + x
    x.backward()
    assert a.grad == 2.0**40, "remember which nodes have been seen"


# --- chapter 4 ---


@pytest.mark.ex4
@pytest.mark.parametrize(
    ("name", "f", "point"),
    [
        ("negative", lambda a: -a, (2.0,)),
        ("difference", lambda a, b: a - b, (2.0, -3.0)),
        ("plain number minus a Value", lambda a: 2.0 - a, (0.5,)),
        ("quotient", lambda a, b: a / b, (2.0, -3.0)),
        ("plain number over a Value", lambda a: 2.0 / a, (0.5,)),
        ("square", lambda a: a**2, (-1.5,)),
        ("root", lambda a: a**0.5, (2.25,)),
        ("reciprocal", lambda a: a**-1, (-0.5,)),
        ("tanh", tanh, (0.7,)),
        ("exp", exp, (-0.3,)),
        ("relu above 0", relu, (0.7,)),
        ("relu below 0", relu, (-0.7,)),
        ("a neuron", lambda x, w, b: tanh(x * w + b), (2.0, -0.3, 0.8)),
        ("all together", lambda a, b: relu(a / b + exp(-a) * tanh(b)) - (a - b) ** 3, (0.9, 1.4)),
    ],
)
def test_an_operation_and_its_gradient(engine, name, f, point):
    check_gradients(engine, f, point, f"Is the slope of '{name}' right, and times out.grad, and added by +=?")


@pytest.mark.ex4
def test_formulas_drawn_from_a_seed(engine):
    random = Random(20)
    for _ in range(25):
        p, q, r = (random.uniform(0.5, 1.5) for _ in range(3))
        check_gradients(engine, lambda a, b, p=p, q=q, r=r: tanh(a * p - b) / (q + a * a) + exp(b * -r) ** 2, (p, q))


# --- chapter 5 ---

XS = [[2.0, 3.0, -1.0], [3.0, -1.0, 0.5], [0.5, 1.0, 1.0], [1.0, 1.0, -1.0]]
YS = [1.0, -1.0, -1.0, 1.0]


@pytest.mark.ex5
def test_a_neuron_is_its_formula(engine):
    neuron = engine.Neuron(2, Random(1))
    neuron.w[0].data, neuron.w[1].data, neuron.b.data = -3.0, 1.0, 6.5
    assert math.isclose(neuron([2.0, 0.5]).data, math.tanh(-3.0 * 2 + 0.5 + 6.5), rel_tol=1e-12)


@pytest.mark.ex5
def test_a_layer_gives_a_list_and_of_one_neuron_a_value(engine):
    assert [type(out) for out in engine.Layer(3, 2, Random(1))(XS[0])] == [engine.Value, engine.Value]
    assert isinstance(engine.Layer(3, 1, Random(1))(XS[0]), engine.Value), "a layer of one neuron gives its Value"


@pytest.mark.ex5
def test_a_network_has_the_gradients_that_nudging_finds(engine):
    network = engine.MLP(3, [4, 4, 1], Random(7))
    assert len(network.parameters()) == 41

    def loss():
        return sum((network(x) - y) ** 2 for x, y in zip(XS, YS, strict=True))

    loss().backward()
    found = [p.grad for p in network.parameters()]
    h = 2.0**-17
    for p, gradient in zip(network.parameters(), found, strict=True):
        here, sides = p.data, []
        for p.data in (here + h, here - h):
            sides.append(loss().data)
        p.data = here
        slope = (sides[0] - sides[1]) / (2 * h)
        assert abs(gradient - slope) < ALLOWED * (1 + abs(slope)), f"grad is {gradient}, nudging says {slope:.6f}"


@pytest.mark.ex5
def test_training_brings_the_loss_down(engine):
    network = engine.MLP(3, [4, 4, 1], Random(7))
    losses = [engine.step(network, XS, YS, 0.05) for _ in range(100)]
    assert losses[-1] < 0.05 < losses[0], f"the loss went from {losses[0]} to {losses[-1]}; is it uphill?"


@pytest.mark.ex5
def test_a_step_forgets_the_gradients_of_the_one_before(engine):
    twins = [engine.MLP(3, [2, 1], Random(7)) for _ in range(2)]
    for p in twins[1].parameters():
        p.grad = 100.0
    for network in twins:
        engine.step(network, XS, YS, 0.05)
    mine, other = ([p.data for p in network.parameters()] for network in twins)
    assert mine == other, "set the gradients to 0 before backward()"
