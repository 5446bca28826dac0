"""A training step of a small network against micrograd's own: forward over 100 points, loss, backward, update.

Twice, as `engine.py` does: steps in a row with Python as it is by default, where freeing each graph and collecting
garbage count as well, and a single step with the garbage collector off.
"""

import gc
import sys
from collections.abc import Callable
from math import isclose
from random import Random
from time import perf_counter
from typing import Any

from timing import HEADER, at_least, installed, middle, pairs, parser, quartiles, ratios, row, sized

from autodiff_cli.nn import MLP, SGD, hinge

POINTS, LAYERS, RATE = sized(100, 4), sized([16, 16, 1], [2, 2, 1]), 0.01
BLOCKS, STEPS = sized((9, 5), (1, 2))  # pairs of blocks, and steps in a block
SINGLE = sized(19, 1)  # pairs of single steps
FASTER = 3
Step = Callable[[], Any]


def data() -> tuple[list[tuple[float, float]], list[float]]:
    """Points in a square, their classes as on a chessboard of four fields."""
    random = Random(0)
    points = [(random.uniform(-1, 1), random.uniform(-1, 1)) for _ in range(POINTS)]
    return points, [1.0 if x * y > 0 else -1.0 for x, y in points]


def our_step(network: MLP) -> Step:
    """A step of our network."""
    points, classes = data()
    optimizer = SGD(network.parameters(), RATE)

    def step() -> Any:
        loss = hinge([network(point) for point in points], classes)
        network.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    return step


def micrograd_twin(network: MLP) -> Any:
    """micrograd's network with the same weights; None where it is not installed."""
    if not installed("micrograd"):
        return None
    import micrograd.nn

    sys.setrecursionlimit(10**5)  # its backward calls itself
    twin = micrograd.nn.MLP(2, LAYERS)
    for mine, its in zip(network.parameters(), twin.parameters(), strict=True):
        its.data = mine.data
    return twin


def micrograd_step(network: Any) -> Step:
    """A step of micrograd's network."""
    points, classes = data()

    def step() -> Any:
        losses = [(1 + -wanted * network(point)).relu() for point, wanted in zip(points, classes, strict=True)]
        loss = sum(losses) * (1 / len(losses))
        network.zero_grad()
        loss.backward()
        for parameter in network.parameters():
            parameter.data -= RATE * parameter.grad
        return loss

    return step


def timed(step: Step, count: int) -> float:
    """Seconds of a step, of so many in a row; what was there before is collected first."""
    gc.collect()
    start = perf_counter()
    for _ in range(count):
        loss = step()
    took = (perf_counter() - start) / count
    del loss
    return took


def compared(what: str, step: Step, peer: Step | None, steps: int, blocks: int, goal: float | None = None) -> None:
    """Print the row of so many pairs of blocks of steps; without a goal it is only shown."""
    ours, theirs = pairs(lambda: timed(step, steps), (lambda: timed(peer, steps)) if peer else None, blocks)
    found = ratios(theirs, ours)
    shown, reached = (f"≥ {goal}", at_least(goal, found)) if goal else ("", None)
    row(what, middle(ours), f"micrograd {middle(theirs)}", quartiles(found, 1, " times faster"), shown, reached)


def same_weights(ours: MLP, theirs: Any) -> bool:
    """Whether two networks have learnt the same."""
    weights = zip(ours.parameters(), theirs.parameters(), strict=True)
    return all(isclose(mine.data, its.data, rel_tol=1e-9) for mine, its in weights)


def main() -> None:
    """Print the rows."""
    parser(__doc__).parse_args()
    ours = MLP(2, LAYERS)
    theirs = micrograd_twin(ours)
    step, peer = our_step(ours), micrograd_step(theirs) if theirs else None
    print(HEADER)
    sizes = "-".join(map(str, [2, *LAYERS]))
    compared(f"training step, {sizes}, {POINTS} points, {STEPS} in a row", step, peer, STEPS, BLOCKS, FASTER)
    if theirs and not same_weights(ours, theirs):
        sys.exit("the two have learnt different things")
    gc.disable()
    compared("training step, the same, alone, garbage collector off", step, peer, 1, SINGLE)


if __name__ == "__main__":
    main()
