"""`Value` forward and backward against micrograd and PyTorch scalars on the same graphs: time and memory a node.

Twice: a single run with the garbage collector off, and runs in a row with Python as it is by default, where the
freeing of each graph counts as well.
"""

import gc
import sys
import tracemalloc
from collections.abc import Callable
from itertools import pairwise
from math import isclose, sin
from statistics import median
from time import perf_counter
from typing import Any, NamedTuple

import torch
from micrograd.engine import Value as Micrograd
from timing import HEADER, row, seconds

from autodiff_cli import Value
from autodiff_cli.engine.graph import sweep

Make = Callable[[float], Any]
OPERATIONS = 4000
SAMPLES = 16
REPEATS, WARM = 45, 5  # pairs of single runs in all, and how many of them only warm up
BLOCKS, RUNS = 10, 20  # pairs of blocks, and runs in a block; the first pair only warms up
FASTER_THAN_MICROGRAD, FASTER_THAN_TORCH, MEMORY = 3, 5, 1 / 3


def chain(make: Make) -> tuple[Any, Any]:
    """x*b + a, over and over: each node has the one before it as argument."""
    a, b = make(0.5), make(0.99)
    x = a
    for _ in range(OPERATIONS // 2):
        x = x * b + a
    return x, a


def fan_out(make: Make) -> tuple[Any, Any]:
    """One inner node that thousands of others use."""
    a, b = make(0.5), make(0.99)
    hub = a * b
    total = a
    for _ in range(OPERATIONS // 2):
        total = total + hub * b
    return total, a


def mlp(make: Make) -> tuple[Any, Any]:
    """The squared outputs of a 3-8-8-1 network with relu, summed over samples."""
    number = (sin(k) for k in range(10**9))
    sizes = (3, 8, 8, 1)
    layers = [
        [([make(next(number)) for _ in range(inputs)], make(next(number))) for _ in range(outputs)]
        for inputs, outputs in pairwise(sizes)
    ]
    loss = make(0.0)
    for _ in range(SAMPLES):
        signals = [make(next(number)) for _ in range(sizes[0])]
        for layer in layers:
            outputs = []
            for weights, bias in layer:
                total = bias
                for weight, signal in zip(weights, signals, strict=True):
                    total = total + weight * signal
                outputs.append(total)
            signals = [total.relu() for total in outputs] if layer is not layers[-1] else outputs
        loss = loss + signals[0] * signals[0]
    return loss, layers[0][0][0][0]


def torch_scalar(data: float) -> torch.Tensor:
    """A number of PyTorch's that collects a gradient."""
    return torch.tensor(data, dtype=torch.float64, requires_grad=True)


class Times(NamedTuple):
    """Seconds of one run."""

    forward: float
    backward: float


def once(graph: Callable[[Make], tuple[Any, Any]], make: Make) -> Times:
    """Build and run back once, the collector off: nothing is collected or freed inside the times."""
    gc.collect()
    gc.disable()
    start = perf_counter()
    built = graph(make)
    middle = perf_counter()
    built[0].backward()
    end = perf_counter()
    gc.enable()
    return Times(middle - start, end - middle)


def in_a_row(graph: Callable[[Make], tuple[Any, Any]], make: Make) -> float:
    """Seconds of a run among many, as Python is by default: freeing each graph and collecting garbage count too."""
    gc.collect()
    start = perf_counter()
    for _ in range(RUNS):
        built = graph(make)
        built[0].backward()
        del built
    return (perf_counter() - start) / RUNS


def memory(graph: Callable[[Make], tuple[Any, Any]], make: Make) -> int:
    """Bytes that a graph holds after its backward pass."""
    gc.collect()
    tracemalloc.start()
    built = graph(make)
    built[0].backward()
    gc.collect()
    held = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    del built
    return held


def gradient(graph: Callable[[Make], tuple[Any, Any]], make: Make) -> float:
    """The gradient by one leaf, to see that all compute the same."""
    root, leaf = graph(make)
    root.backward()
    return float(leaf.grad)


def faster(what: str, peer: str, times: list[tuple[float, float]], nodes: int, goal: float | None) -> None:
    """Print a row of how many times faster; without a goal it is only shown."""
    ours, theirs = (median(column) / nodes for column in zip(*times, strict=True))
    ratio = median([y / x for x, y in times])
    row(
        what,
        seconds(ours),
        f"{peer} {seconds(theirs)}",
        f"{ratio:.2f} times faster",
        f"≥ {goal}" if goal else "",
        ratio >= goal if goal else None,
    )


def main() -> None:
    """Print the rows of each graph."""
    sys.setrecursionlimit(20 * OPERATIONS)  # micrograd's backward calls itself
    torch.set_num_threads(1)
    gc.freeze()  # else each collection walks all of PyTorch, and leaves cold caches to whoever comes next
    makes: dict[str, Make] = {"autodiff": Value, "micrograd": Micrograd, "PyTorch": torch_scalar}
    print(HEADER)
    for name, graph in (("chain", chain), ("fan-out", fan_out), ("MLP", mlp)):
        ours = gradient(graph, Value)
        if not all(isclose(ours, gradient(graph, make), rel_tol=1e-9) for make in makes.values()):
            sys.exit(f"{name}: the gradients differ")
        nodes = len(sweep(graph(Value)[0]))
        for peer, goal in (("micrograd", FASTER_THAN_MICROGRAD), ("PyTorch", FASTER_THAN_TORCH)):
            single = [(once(graph, Value), once(graph, makes[peer])) for _ in range(REPEATS)][WARM:]
            for part, of in (("forward", lambda t: t.forward), ("backward", lambda t: t.backward), ("both", sum)):
                times = [(of(ours), of(theirs)) for ours, theirs in single]
                faster(f"{name}, {part}, a node", peer, times, nodes, goal if part == "both" else None)
            rows = [(in_a_row(graph, Value), in_a_row(graph, makes[peer])) for _ in range(BLOCKS)]
            faster(f"{name}, both, {RUNS} runs in a row, a node", peer, rows[1:], nodes, goal)
        held, theirs = memory(graph, Value), memory(graph, Micrograd)
        row(
            f"{name}, memory, a node",
            f"{held / nodes:.0f} bytes",
            f"micrograd {theirs / nodes:.0f} bytes",
            f"{held / theirs:.3f}",
            f"≤ {MEMORY:.3f}",
            held / theirs <= MEMORY,
        )


if __name__ == "__main__":
    main()
