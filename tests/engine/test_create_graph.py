"""Gradients that are Values: second and third derivatives of every function and of random graphs."""

import math
from collections.abc import Callable
from itertools import combinations_with_replacement
from random import Random
from typing import Any

import pytest
from mpmath import mp, mpf

from autodiff_cli import Value
from autodiff_cli.engine.graph import sweep
from autodiff_cli.engine.value import VALUES, constant
from autodiff_cli.functions import max as maximum
from autodiff_cli.functions import relu, sqrt, where
from autodiff_cli.language.parser import parse
from autodiff_cli.rules.table import FUNCTIONS, Function

from ..rules.truth import CURVATURE_TOLERANCE, error, is_refused, name_of, partial_indices, true_slope


def grad(root: Value, *leaves: Value) -> list[Value]:
    """The gradient by each leaf, as Values; nothing is left behind in the graph."""
    root.zero_grad()
    root.backward(create_graph=True)
    found = [leaf.grad if isinstance(leaf.grad, Value) else constant(leaf.grad) for leaf in leaves]
    root.zero_grad()
    return found


CASES = [
    pytest.param(f, at, indices, id=name_of(f, at, *indices))
    for f in FUNCTIONS
    for at in f.at
    for order in (2, 3)
    for indices in combinations_with_replacement(partial_indices(f, at), order)
]


@pytest.mark.slow
@pytest.mark.parametrize(("function", "at", "indices"), CASES)
def test_derivatives_of_every_function_are_mpmaths(
    function: Function, at: tuple[float, ...], indices: tuple[int, ...]
) -> None:
    leaves = [Value(x) for x in at]
    found = VALUES.value(function)(*leaves)
    for index in indices:
        found = grad(found, leaves[index])[0]
    if is_refused(function, *indices):
        assert math.isnan(found.data)
        return
    want = true_slope(function, at, *indices)
    if abs(want) < mpf(10) ** -100:  # what the differences leave of 0
        assert abs(found.data) < 1e-15
    else:
        assert error(found.data, want) <= CURVATURE_TOLERANCE.get(name_of(function, at, *indices), 5e-15)


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: f"{f.name}/{len(f.args)}")
def test_the_gradient_is_that_of_a_plain_sweep(function: Function) -> None:
    for at in function.at:
        leaves = [Value(x) for x in at]
        result = VALUES.value(function)(*leaves) * 3
        found = [value.data for value in grad(result, *leaves)]
        result.backward()
        assert found == pytest.approx([leaf.grad for leaf in leaves], rel=0, abs=0, nan_ok=True)


def test_a_gradient_with_a_graph_is_a_value_and_without_one_a_float() -> None:
    x, y = Value(2.0, "x"), Value(3.0, "y")
    z = x**2 * y
    z.backward(create_graph=True)
    assert (x.grad.data, y.grad.data, z.grad.data) == (12, 4, 1)
    slope = x.grad
    z.zero_grad()
    assert (x.grad, y.grad) == (0, 0)
    slope.backward()
    assert (x.grad, y.grad) == (6, 4)
    assert [leaf.__class__ for leaf in (x.grad, y.grad)] == [float, float]


def test_a_leaf_that_nothing_came_to_has_a_value_too() -> None:
    x, y, fixed = Value(-2.0), Value(3.0), constant(1.0)
    for result, leaves in (
        (x.relu() + fixed, [x]),
        (where(y > 0, y * 2, x), [x, y]),
        (2 * x, [x]),
        (maximum(x, y) * x.floor(), [x, y]),
    ):
        result.backward(create_graph=True)
        assert all(isinstance(leaf.grad, Value) for leaf in leaves)
        result.zero_grad()
    assert fixed.grad == 0
    y.grad = 5.0  # what is there stays
    where(x > 0, y, x).backward(create_graph=True)
    assert (y.grad.data, x.grad.data) == (5, 1)


def test_leaves_accumulate_and_inner_nodes_start_anew() -> None:
    x = Value(3.0)
    inner = x * x
    result = inner * x
    result.backward(create_graph=True)
    result.backward(create_graph=True)
    assert x.grad.data == 54
    assert inner.grad.data == 3
    result.backward()  # a plain sweep adds to what is there
    assert x.grad.data == 81
    assert inner.grad == 3
    slope = x.grad
    result.zero_grad()
    slope.backward(2.0)
    assert x.grad == 2 * 36  # two of its three parts are formulas


def test_a_seed_scales_the_gradient_that_is_a_value() -> None:
    x = Value(2.0)
    y = x**3
    y.backward(0.5, create_graph=True)
    slope = x.grad
    y.zero_grad()
    slope.backward()
    assert x.grad == 6


def test_a_result_that_is_a_leaf_has_gradient_1() -> None:
    x = Value(2.0)
    x.backward(create_graph=True)
    assert x.grad.data == 1
    x.grad = 0.0
    assert grad(constant(1.0) * 2, x)[0].data == 0


def test_a_branch_not_taken_carries_nothing_back() -> None:
    x, y = Value(1.0), Value(0.0)
    for make in (
        lambda: maximum(x * x, sqrt(y), 0.5),
        lambda: where(x > 0, x * x, sqrt(y)),
        lambda: x * x + relu(-1 - sqrt(y)),
    ):
        slope, other = grad(make(), x, y)
        assert (slope.data, other.data) == (2, 0)
        assert [value.data for value in grad(slope, x, y)] == [2, 0]


def test_gradients_at_ties_and_kinks_have_gradients_of_their_own() -> None:
    x = Value(2.0)
    (slope,) = grad(maximum(x * x, 2 * x), x)
    assert slope.data == 3  # half of each
    assert grad(slope, x)[0].data == 1
    z = Value(0.0)
    assert grad(abs(z) * z, z)[0].data == 0


def test_infinite_slopes_are_infinite_values() -> None:
    x = Value(0.0)
    (slope,) = grad(sqrt(x), x)
    assert slope.data == math.inf
    (slope,) = grad(1 / x, x)
    assert slope.data == -math.inf


def test_nine_orders_keep_their_digits() -> None:
    """The n-th derivative of x^12 and of exp(2x)."""
    x = Value(1.5)
    found, wanted = x**12, 1.5**12
    for order in range(1, 10):
        (found,) = grad(found, x)
        wanted = math.perm(12, order) * 1.5 ** (12 - order)
        assert found.data == pytest.approx(wanted, rel=1e-14)
    found = (2 * x).exp()
    for order in range(1, 9):
        (found,) = grad(found, x)
        assert found.data == pytest.approx(2**order * math.exp(3), rel=1e-14)


_UNARY: tuple[tuple[str, Callable[[Any], Any]], ...] = tuple(
    (name, getattr(mp, name)) for name in ("sin", "cos", "exp", "tanh", "atan", "sinh", "erf", "asinh")
)


def _random_graph(random: Random, leaves: list[Any], steps: list[tuple[str, int, int]], tools: dict[str, Any]) -> Any:
    """The same random graph over any kind of number."""
    nodes = list(leaves)
    for name, i, j in steps:
        a, b = nodes[i % len(nodes)], nodes[j % len(nodes)]
        if name in "+-*":
            nodes.append(a + b if name == "+" else a - b if name == "-" else a * b)
        elif name == "/":
            nodes.append(a / (b * b + 1))
        elif name == "^":
            nodes.append(tools["pow"](a * a + 1, tools["sin"](b)))
        else:
            nodes.append(tools[name](tools["sin"](a)))
    return nodes[-1] + nodes[-2] * nodes[-3]


def _steps(random: Random) -> list[tuple[str, int, int]]:
    names = ["+", "-", "*", "*", "/", "^", *(name for name, _ in _UNARY)]
    return [(random.choice(names), -random.randint(1, 5), random.randint(0, 9)) for _ in range(12)]


@pytest.mark.parametrize("seed", range(25))
def test_mixed_partials_of_random_graphs(seed: int) -> None:
    random = Random(seed)
    steps, at = _steps(random), [random.uniform(-1.5, 1.5) for _ in range(3)]
    leaves = [Value(x) for x in at]
    tools = {name: (lambda value, name=name: getattr(value, name)()) for name, _ in _UNARY}
    tools["pow"] = lambda a, b: a**b
    root = _random_graph(random, leaves, steps, tools)
    exact = {**dict(_UNARY), "pow": mp.power}
    for order in (1, 2, 3):
        indices = [random.randrange(3) for _ in range(order)]
        found = root
        for index in indices:
            (found,) = grad(found, leaves[index])
        with mp.workdps(120):
            h = mpf(10) ** -25

            def slope(args: list[Any], rest: list[int], h: Any = h) -> Any:
                if not rest:
                    return _random_graph(random, args, steps, exact)
                above, below = ([a + s * h * (i == rest[0]) for i, a in enumerate(args)] for s in (1, -1))
                return (slope(above, rest[1:]) - slope(below, rest[1:])) / (2 * h)

            want = slope([mpf(x) for x in at], indices)
        assert found.data == pytest.approx(float(want), rel=1e-10, abs=1e-10)


@pytest.mark.parametrize("seed", range(10))
def test_gradients_of_gradients_are_those_of_pytorch(seed: int) -> None:
    torch = pytest.importorskip("torch")
    random = Random(100 + seed)
    steps, at = _steps(random), [random.uniform(-1.5, 1.5) for _ in range(3)]
    leaves = [Value(x) for x in at]
    tools = {name: (lambda value, name=name: getattr(value, name)()) for name, _ in _UNARY}
    root = _random_graph(random, leaves, steps, tools | {"pow": lambda a, b: a**b})
    theirs = [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in at]
    library = {name: getattr(torch, name) for name, _ in _UNARY} | {"pow": torch.pow}
    other = _random_graph(random, theirs, steps, library)
    for index in (0, 1, 2, 0):
        (root,) = grad(root, leaves[index])
        if other.requires_grad:
            (other,) = torch.autograd.grad(other, [theirs[index]], create_graph=True, allow_unused=True)
        if other is None:
            assert root.data == 0
            return
        assert root.data == pytest.approx(float(other.detach()), rel=1e-9, abs=1e-9)


def test_second_derivatives_of_an_expression_are_right() -> None:
    expression = parse("x^2*sin(y) + exp(x*y)/y").evaluation()
    expression.move({"x": 0.5, "y": 2.0})
    x, y = expression.variables.values()
    (slope,) = grad(expression.root, x)
    got = [value.data for value in grad(slope, x, y)]
    want = [2 * math.sin(2) + 2 * math.exp(1), math.cos(2) + 0.5 * math.exp(1)]
    assert got == pytest.approx(want, rel=1e-14)


@pytest.mark.slow
def test_a_chain_of_50000_nodes_is_differentiated_twice() -> None:
    x = Value(0.5)
    y = x
    for _ in range(50_000):
        y = y.sin() + x
    (slope,) = grad(y, x)
    y.backward()
    assert slope.data == x.grad
    y.zero_grad()
    slope.backward()
    assert math.isfinite(x.grad)


def test_an_interrupted_sweep_leaves_no_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    x = Value(0.5)
    y = (x * x).tanh() * x

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("autodiff_cli.engine.value.plus", interrupted)
        with pytest.raises(KeyboardInterrupt):
            y.backward(create_graph=True)
    assert [node.child_count for node in sweep(y)] == [0] * 4
    x.grad = 0.0
    assert grad(y, x)[0].data == pytest.approx(math.tanh(0.25) + 0.5 / math.cosh(0.25) ** 2, rel=1e-15)
