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
from typing import Any, NamedTuple, TypeVar

from timing import HEADER, NOT_INSTALLED, at_least, at_most, installed, middle, parser, ratios, row, sized

from autodiff_cli import Value
from autodiff_cli.engine.graph import sweep

Make = Callable[[float], Any]
Graph = Callable[[Make], tuple[Any, Any]]
T = TypeVar("T")
OPERATIONS = sized(4000, 20)
SAMPLES = sized(16, 1)
REPEATS, WARM = sized((45, 5), (1, 0))  # pairs of single runs in all, and how many of them only warm up
BLOCKS, WARM_BLOCKS, RUNS = sized((10, 1, 20), (1, 0, 2))  # the same for blocks, and runs in a block
FASTER = {"micrograd": 3, "PyTorch": 5}
MEMORY = 1 / 3


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


def micrograds() -> Make:
    """micrograd's numbers."""
    from micrograd.engine import Value as Micrograd

    sys.setrecursionlimit(max(1000, 20 * OPERATIONS))  # its backward calls itself
    made: Make = Micrograd
    return made


def torchs() -> Make:
    """PyTorch's scalars that collect a gradient."""
    import torch

    torch.set_num_threads(1)
    return lambda data: torch.tensor(data, dtype=torch.float64, requires_grad=True)


def peers() -> dict[str, Make | None]:
    """What makes a number of each peer; None where it is not installed."""
    return {
        "micrograd": micrograds() if installed("micrograd") else None,
        "PyTorch": torchs() if installed("torch") else None,
    }


class Times(NamedTuple):
    """Seconds of one run."""

    forward: float
    backward: float

    @property
    def both(self) -> float:
        """Of the two together."""
        return self.forward + self.backward


def once(graph: Graph, make: Make) -> Times:
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


def in_a_row(graph: Graph, make: Make) -> float:
    """Seconds of a run among many, as Python is by default: freeing each graph and collecting garbage count too."""
    gc.collect()
    start = perf_counter()
    for _ in range(RUNS):
        built = graph(make)
        built[0].backward()
        del built
    return (perf_counter() - start) / RUNS


def memory(graph: Graph, make: Make) -> int:
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


def gradient(graph: Graph, make: Make) -> float:
    """The gradient by one leaf, to see that all compute the same."""
    root, leaf = graph(make)
    root.backward()
    return float(leaf.grad)


def faster(what: str, peer: str, ours: list[float], theirs: list[float], nodes: int, goal: float | None) -> None:
    """Print a row of how many times faster; without a goal it is only shown."""
    found = ratios(theirs, ours)
    ratio = f"{median(found):.2f} times faster" if found else ""
    reached = at_least(goal, found) if goal else None
    row(what, middle(ours, nodes), f"{peer} {middle(theirs, nodes)}", ratio, f"≥ {goal}" if goal else "", reached)


def in_turn(run: Callable[[Graph, Make], T], graph: Graph, peer: Make | None, count: int) -> tuple[list[T], list[T]]:
    """What a run gives for our numbers and, in turn, for a peer's, which may not be installed."""
    ours, theirs = [], []
    for _ in range(count):
        ours.append(run(graph, Value))
        if peer:
            theirs.append(run(graph, peer))
    return ours, theirs


def speed(name: str, graph: Graph, peer: str, make: Make | None, nodes: int) -> None:
    """Print the rows of one graph beside one peer."""
    goal = FASTER[peer]
    single = in_turn(once, graph, make, REPEATS)
    for part in ("forward", "backward", "both"):
        ours, theirs = ([getattr(times, part) for times in side[WARM:]] for side in single)
        faster(f"{name}, {part}, a node", peer, ours, theirs, nodes, goal if part == "both" else None)
    ours, theirs = (side[WARM_BLOCKS:] for side in in_turn(in_a_row, graph, make, BLOCKS))
    faster(f"{name}, both, {RUNS} runs in a row, a node", peer, ours, theirs, nodes, goal)


def held(name: str, graph: Graph, micrograd: Make | None, nodes: int) -> None:
    """Print the row of what one graph holds beside micrograd's."""
    ours = [memory(graph, Value)]
    theirs = [memory(graph, micrograd)] if micrograd else []
    found = ratios(ours, theirs)
    peer = f"{theirs[0] / nodes:.0f} bytes" if theirs else NOT_INSTALLED
    ratio = f"{found[0]:.3f}" if found else ""
    mine = f"{ours[0] / nodes:.0f} bytes"
    row(f"{name}, memory, a node", mine, f"micrograd {peer}", ratio, f"≤ {MEMORY:.3f}", at_most(MEMORY, found))


def main() -> None:
    """Print the rows of each graph."""
    parser(__doc__).parse_args()
    makes = peers()
    gc.freeze()  # else each collection walks all of PyTorch, and leaves cold caches to whoever comes next
    print(HEADER)
    for name, graph in (("chain", chain), ("fan-out", fan_out), ("MLP", mlp)):
        ours = gradient(graph, Value)
        if not all(isclose(ours, gradient(graph, make), rel_tol=1e-9) for make in makes.values() if make):
            sys.exit(f"{name}: the gradients differ")
        nodes = len(sweep(graph(Value)[0]))
        for peer, make in makes.items():
            speed(name, graph, peer, make, nodes)
        held(name, graph, makes["micrograd"], nodes)


if __name__ == "__main__":
    main()
