"""A training step of a small network against micrograd's own: forward over 100 points, loss, backward, update.

Twice, as `engine.py` does: steps in a row with Python as it is by default, where freeing each graph and collecting
garbage count as well, and a single step with the garbage collector off.
"""

import gc
import sys
from collections.abc import Callable
from math import isclose
from random import Random
from statistics import median
from time import perf_counter
from typing import Any

import micrograd.nn
from timing import HEADER, row, seconds, spread

from autodiff_cli.nn import MLP, SGD, hinge

POINTS, LAYERS, RATE = 100, [16, 16, 1], 0.01
BLOCKS, STEPS = 10, 5  # pairs of blocks, and steps in a block; the first pair only warms up
SINGLE = 20  # pairs of single steps
FASTER = 3
Step = Callable[[], Any]


def data() -> tuple[list[tuple[float, float]], list[float]]:
    """Points in a square, their classes as on a chessboard of four fields."""
    random = Random(0)
    points = [(random.uniform(-1, 1), random.uniform(-1, 1)) for _ in range(POINTS)]
    return points, [1.0 if x * y > 0 else -1.0 for x, y in points]


def both() -> tuple[MLP, Step, Any, Step]:
    """Our network and micrograd's with the same weights, and a step of each."""
    points, classes = data()
    ours, theirs = MLP(2, LAYERS), micrograd.nn.MLP(2, LAYERS)
    for mine, its in zip(ours.parameters(), theirs.parameters(), strict=True):
        its.data = mine.data
    optimizer = SGD(ours.parameters(), RATE)

    def step() -> Any:
        loss = hinge([ours(point) for point in points], classes)
        ours.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    def their_step() -> Any:
        losses = [(1 + -wanted * theirs(point)).relu() for point, wanted in zip(points, classes, strict=True)]
        loss = sum(losses) * (1 / len(losses))
        theirs.zero_grad()
        loss.backward()
        for parameter in theirs.parameters():
            parameter.data -= RATE * parameter.grad
        return loss

    return ours, step, theirs, their_step


def timed(step: Step, count: int) -> float:
    """Seconds of a step, of so many in a row; what was there before is collected first."""
    gc.collect()
    start = perf_counter()
    for _ in range(count):
        loss = step()
    took = (perf_counter() - start) / count
    del loss
    return took


def show(what: str, times: list[tuple[float, float]], goal: float | None) -> None:
    """Print the row of these pairs."""
    ours, theirs = (median(column) for column in zip(*times, strict=True))
    ratio, low, high = spread([y / x for x, y in times])
    text = f"{ratio:.1f} times faster (quartiles {low:.1f} to {high:.1f})"
    reached = ratio >= goal if goal else None
    row(what, seconds(ours), f"micrograd {seconds(theirs)}", text, f"≥ {goal}" if goal else "", reached)


def main() -> None:
    """Print the rows."""
    sys.setrecursionlimit(10**5)  # micrograd's backward calls itself
    ours, step, theirs, their_step = both()
    pairs = [(timed(step, STEPS), timed(their_step, STEPS)) for _ in range(BLOCKS)]
    for mine, its in zip(ours.parameters(), theirs.parameters(), strict=True):
        if not isclose(mine.data, its.data, rel_tol=1e-9):
            sys.exit("the two have learnt different things")
    print(HEADER)
    show(f"training step, 2-16-16-1, {POINTS} points, {STEPS} in a row", pairs[1:], FASTER)
    gc.disable()
    pairs = [(timed(step, 1), timed(their_step, 1)) for _ in range(SINGLE)]
    show("training step, the same, alone, garbage collector off", pairs[1:], None)


if __name__ == "__main__":
    main()
