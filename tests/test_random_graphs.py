"""Our gradients against mpmath's, PyTorch's and JAX's on 200 random graphs, as close as rounding allows.

How close that is, is measured for each gradient. Every step of computing it, back as well as forward, is rounded and so
off by some units in its last place (ulp); to first order that moves the gradient by the sum of |slope by the step| *
|its value| times that. `create_graph` makes the steps of the gradient a graph, and the slopes by them are one more
backward pass (Linnainmaa 1976). Two libraries may differ by that sum times one ulp.
"""

import operator
from collections.abc import Callable
from random import Random
from statistics import median, quantiles
from typing import Any, NamedTuple

import pytest

from autodiff_cli import Value, functions
from autodiff_cli.engine.graph import sweep
from autodiff_cli.engine.value import constant
from autodiff_cli.rules.table import FUNCTIONS

from .oracles import ORACLES

GRAPHS = 200
ULP = 2.0**-52

WHERE = {name: oracle.graphs for name, oracle in ORACLES.items() if isinstance(oracle.graphs, tuple)}
OPERATORS = {name: getattr(operator, name) for name in ("add", "sub", "mul", "neg", "pow")} | {"div": operator.truediv}


class Step(NamedTuple):
    """A function of the table, and which numbers it takes: leaves first, then the steps in order."""

    name: str
    args: tuple[int, ...]


def ours(name: str) -> Callable[..., Value]:
    found: Callable[..., Value] = OPERATORS.get(name) or getattr(functions, name)
    return found


def random_graph(seed: int) -> tuple[list[float], list[Step]]:
    """The leaves' values, and steps whose arguments are any that suit, so that many are used more than once."""
    random = Random(seed)
    leaves = [random.uniform(-3, 3) for _ in range(random.randint(2, 5))]
    values, steps = list(leaves), []
    while len(steps) < 12 + seed % 20:
        name = random.choice(list(WHERE))
        suit = [[k for k, value in enumerate(values) if low < value < high] for low, high in WHERE[name]]
        if all(suit):
            args = tuple([random.choice(choice) for choice in suit])
            values.append(ours(name)(*[Value(values[k]) for k in args]).data)
            steps.append(Step(name, args))
    return leaves, steps


def run(steps: list[Step], leaves: list[Any], named: Callable[[str], Callable[..., Any]]) -> Any:
    """The sum of all results that no other step uses."""
    numbers = list(leaves)
    for name, args in steps:
        numbers.append(named(name)(*[numbers[k] for k in args]))
    used = {k for step in steps for k in step.args}
    total, *others = [number for k, number in enumerate(numbers) if k not in used]
    for number in others:
        total = total + number
    return total


def gradient(leaves: list[float], steps: list[Step]) -> list[float]:
    variables = [Value(data) for data in leaves]
    run(steps, variables, ours).backward()
    return [float(variable.grad) for variable in variables]


def conditions(leaves: list[float], steps: list[Step]) -> list[float]:
    """By how much each gradient moves, to first order, per relative error of every step on the way to it."""
    variables = [Value(data) for data in leaves]
    run(steps, variables, ours).backward(create_graph=True)
    found = []
    for slope in [constant(0) + variable.grad for variable in variables]:
        nodes, seen = [slope], {slope}
        for node in nodes:
            node.requires_grad = True  # what is constant is rounded too
            nodes += set(node.args) - seen
            seen |= set(node.args)
        slope.zero_grad()
        found.append(sum(abs(node.data * node.grad) for node in sweep(slope) if node.args))
    return found


def by_torch(leaves: list[float], steps: list[Step]) -> list[float]:
    import torch

    def named(name: str) -> Callable[..., Any]:
        return OPERATORS.get(name) or getattr(torch, name, None) or getattr(torch.nn.functional, name)

    variables = [torch.tensor(data, dtype=torch.float64, requires_grad=True) for data in leaves]
    run(steps, variables, named).backward()
    return [variable.grad.item() for variable in variables]


def by_jax(leaves: list[float], steps: list[Step]) -> list[float]:
    import jax

    jax.config.update("jax_enable_x64", True)

    def named(name: str) -> Callable[..., Any]:
        if name == "gelu":
            return lambda x: jax.nn.gelu(x, approximate=False)
        rooms = (jax.numpy, jax.nn, jax.scipy.special, jax.lax)
        spellings = (name, name.replace("soft", "soft_"))  # as soft_
        found = [getattr(room, spelled) for spelled in spellings for room in rooms if hasattr(room, spelled)]
        return OPERATORS.get(name) or found[0]

    slopes = jax.grad(lambda *variables: run(steps, list(variables), named), argnums=tuple(range(len(leaves))))
    return [float(slope) for slope in slopes(*leaves)]


def by_mpmath(leaves: list[float], steps: list[Step]) -> list[float]:
    from mpmath import mp, mpf

    def named(name: str) -> Callable[..., Any]:
        return ORACLES[name].mpmath

    with mp.workdps(60):
        step = mpf(2) ** -60  # what differences leave out goes with its square

        def value(k: int, moved: Any) -> Any:
            return run(steps, [mpf(data) + moved * (i == k) for i, data in enumerate(leaves)], named)

        return [float((value(k, step) - value(k, -step)) / (2 * step)) for k in range(len(leaves))]


PEERS = {"mpmath": by_mpmath, "torch": by_torch, "jax": by_jax}


@pytest.mark.parametrize(("library", "peer"), PEERS.items(), ids=list(PEERS))
def test_gradients_of_random_graphs_are_those_of_a_peer_to_within_rounding(
    library: str, peer: Callable[..., list[float]]
) -> None:
    pytest.importorskip(library)
    for seed in range(GRAPHS):
        leaves, steps = random_graph(seed)
        allowed = [ULP * condition for condition in conditions(leaves, steps)]
        for a, b, most in zip(gradient(leaves, steps), peer(leaves, steps), allowed, strict=True):
            assert abs(a - b) <= most, f"graph {seed}, {steps}"


def test_what_is_allowed_is_a_few_digits_at_most() -> None:
    ulps = []
    for seed in range(GRAPHS):
        leaves, steps = random_graph(seed)
        slopes = gradient(leaves, steps)
        ulps += [c / abs(slope) for c, slope in zip(conditions(leaves, steps), slopes, strict=True) if slope]
    print(median(ulps), max(ulps), quantiles(ulps))
    assert median(ulps) < 20


def test_every_function_with_a_slope_is_in_the_graphs_or_says_why_not() -> None:
    with_slope = {f.name for f in FUNCTIONS if any(partial != "0" for partial in f.partials) and not f.selects}
    assert with_slope == {name for name, oracle in ORACLES.items() if oracle.graphs}
    used = {step.name for seed in range(GRAPHS) for step in random_graph(seed)[1]}
    assert used == set(WHERE)


def test_the_graphs_share_what_they_compute() -> None:
    for seed in range(GRAPHS):
        leaves, steps = random_graph(seed)
        args = [k for step in steps for k in step.args]
        assert any(args.count(k) > 1 for k in args if k >= len(leaves)) or len(steps) < 20
