"""How far the numbers of floats can be trusted: what rounding on the way may have moved value and gradients.

To first order the value moves by each step's adjoint times the step's own rounding. Gradients are computed anew with
each rounded step moved by an ulp at random (Vignes, "A stochastic arithmetic for reliable scientific computation",
1993; Parker, "Monte Carlo arithmetic", 1997); to what that moves them comes the rounding of the sweep itself.
"""

from collections.abc import Iterable, Mapping
from itertools import chain
from math import inf, isfinite, sqrt, ulp
from typing import NamedTuple

from autodiff_cli.engine.expression import Evaluation
from autodiff_cli.engine.graph import forward, sweep
from autodiff_cli.engine.value import Value
from autodiff_cli.rules.table import CONSTANTS
from autodiff_cli.witness.replay import next_random
from autodiff_cli.witness.within import is_rounded, partial_size, rounding_size

ENOUGH = 3.5  # ulps: a number that is off by no more is printed as it is
_RUNS = 4
_UNIT = 2.0**-53
_ULP = 2.0**-52
_FAR = 1e150
_SWEEP = 0.3  # of the square root of how many roundings: what they come to together
_CANCELLED = 1.5  # units of what a gradient adds up, in ulps of the gradient: beyond, its digits have cancelled
_PRODUCTS = {"mul", "square", "div", "pow"}  # of numbers that are not 0, none is 0


class Doubt(NamedTuple):
    """By how many ulps of themselves, and by how much, the numbers of an evaluation may be off."""

    value: float
    gradients: Mapping[str, float]
    value_moves: float
    gradient_moves: Mapping[str, float]
    vanishes: bool = False  # some step is 0 because a float cannot hold less
    is_in_range: bool = False  # no number comes near the ends of the floats

    def trusts(self, names: Iterable[str]) -> bool:
        """Whether the value and these gradients are right to the last digits."""
        return self.value <= ENOUGH and not self.vanishes and all(self.gradients[name] <= ENOUGH for name in names)


def doubt(at: Evaluation, gradients: Mapping[str, float]) -> Doubt:
    """How far the value and the gradients of an evaluation may be off; it stands as before afterwards."""
    value = at.root.data
    if not isfinite(value) or not all(map(isfinite, gradients.values())):
        return Doubt(inf, dict.fromkeys(gradients, inf), inf, dict.fromkeys(gradients, inf))
    at.sweep()
    rounded = {node: rounding_size(node) for node in at.nodes if is_rounded(node)}
    is_in_range = all(_is_moderate(node.data) and _is_moderate(node.grad) for node in (*at.nodes, *at.named.values()))
    first_order = _UNIT * sum([abs(node.grad) * size for node, size in rounded.items()])
    sizes, counts = sizes_and_counts(at.root)
    value_moves, moved = _perturbed(at, gradients, rounded)
    value_moves = max(first_order, value_moves)
    ulps, moves = {}, {}
    for name, node in at.named.items():
        last = ulp(gradients[name])
        own = _UNIT * sizes.get(node, 0.0)
        swept = _SWEEP * own * sqrt(3 * counts.get(node, 0) + 1)
        moves[name] = moved[name] + swept
        ulps[name] = moves[name] / last if own <= _CANCELLED * last else max(moves[name], own * ENOUGH) / last + ENOUGH
    vanishes = any(map(_vanishes, rounded))
    return Doubt(value_moves / ulp(value), ulps, value_moves, moves, vanishes, is_in_range)


def _is_moderate(number: float) -> bool:
    """Whether a number is 0, or so far from the ends of the floats that its square is a float."""
    return number == 0 or 1 / _FAR < abs(number) < _FAR


def _perturbed(
    at: Evaluation, gradients: Mapping[str, float], rounded: Mapping[Value, float]
) -> tuple[float, dict[str, float]]:
    """How far value and gradients move, at most, where every rounded step and named constant is moved by its ulp."""
    value, state = at.root.data, next_random(3)
    constants = named_constants(at.nodes)
    value_moves, moved = 0.0, dict.fromkeys(gradients, 0.0)
    for _ in range(_RUNS):
        for leaf, data in constants.items():
            state = next_random(state)
            leaf.data = data * (1 + _either(state))
        for node in at.nodes:
            forward((node,))
            if node in rounded:
                state = next_random(state)
                node.data += _either(state) * rounded[node]
        value_moves = _larger(value_moves, abs(at.root.data - value))
        perturbed = at.gradients()
        moved = {name: _larger(move, abs(perturbed[name] - gradients[name])) for name, move in moved.items()}
    for leaf, data in constants.items():
        leaf.data = data
    forward(at.nodes)
    return value_moves, moved


def _either(state: int) -> float:
    return _ULP if state >> 63 else -_ULP


def _larger(known: float, found: float) -> float:
    """The larger of two; infinite where one is not a number."""
    return max(known, found) if found == found else inf


def named_constants(nodes: Iterable[Value]) -> dict[Value, float]:
    """pi, e and the like, with their floats, which are rounded too."""
    leaves = chain.from_iterable([node.args for node in nodes])
    return {leaf: leaf.data for leaf in leaves if leaf.label in CONSTANTS and not leaf.requires_grad}


def sizes_and_counts(root: Value) -> tuple[dict[Value, float], dict[Value, int]]:
    """The size of what each gradient adds up, however much cancels, and the roundings on the longest way to it.

    Of `5*x - 3*x` by x the size is 8. What cancels within the formula of a partial counts as well.
    """
    order = sweep(root)
    sizes: dict[Value, float] = dict.fromkeys(order, 0.0) | {root: 1.0}
    counts: dict[Value, int] = dict.fromkeys(order, 0)
    for node in order:
        for index, arg in enumerate(node.args):
            if arg in sizes and index not in node.rule.zero_partials:
                partial = partial_size(node, index)
                sizes[arg] += sizes[node] * partial
                counts[arg] = max(counts[arg] + 1, counts[node] + (partial != 1))
    return sizes, counts


def _vanishes(node: Value) -> bool:
    """Whether a rounded step is 0 because its true value is too small for a float."""
    if node.data != 0 or any(arg.data == 0 for arg in node.args):
        return False
    return node.rule.function.name in _PRODUCTS or not any(node.rule.partial(node, i) for i in range(len(node.args)))
