"""Where a function is alive: points near bumps and steps that are narrow beside the range they lie in.

exp(-(x - 37.7)^2 * 1e4) is 0 in floats at all points but those within 0.3 of 37.7; tanh(1e6*x) moves near 0 only.
"""

from collections.abc import Callable, Container, Mapping, Sequence
from math import inf, isfinite
from random import Random

from autodiff_cli.engine.expression import Evaluation
from autodiff_cli.engine.graph import reachable
from autodiff_cli.engine.value import Value

Span = tuple[float, float]
Point = tuple[float, ...]

_BUMPS = {"exp", "exp2", "exp10"}  # alive where the argument is greatest
_STEPS = {"tanh", "erf", "erfc", "sigmoid", "sech", "csch", "silu", "softplus", "gelu", "relu"}  # where it is near 0
_WAVES = {"sin", "cos", "tan", "sinh", "cosh", "exp", "expm1", "tanh", "sigmoid", "softplus", "erf", "log1p", "atan"}
_FLAT = 1e-4  # an argument's size, below which a function is nearly its tangent
_POWERS = (1, -1, 2, -2, 0.5, -0.5, 3, -3, 4, -4)  # of a variable, that an argument may go with
_SCALED = 8  # points and variables that are scaled
_DEAD_BELOW, _DEAD_BEYOND = -40.0, 20.0  # an argument that a bump or a step is dead at
_RARELY = 0.2  # of the points, at which it is alive: more are wanted then
_MOST = 4  # bumps and steps that are looked after
_ROUNDS = 40  # of the search for one
_SMALLEST = 1e-13  # a distance, relative


def lively_points(evaluation: Evaluation, points: Sequence[Point], spans: Mapping[str, Span], seed: int) -> list[Point]:
    """Points where a bump or a step is alive that few of the points given meet."""
    if not points:
        return []
    random = Random(seed)  # noqa: S311
    found: list[Point] = []
    for node in _rarely(evaluation, points, _BUMPS | _STEPS, _is_alive):
        found += _LiveSearch(evaluation, node, spans).points(points, random)
    for node in _rarely(evaluation, points, _WAVES, _is_curved):
        found += _LiveSearch(evaluation, node, spans).scaled_points(points, random)
    return found


def _rarely(
    evaluation: Evaluation, points: Sequence[Point], names: Container[str], holds: Callable[[Value], bool]
) -> list[Value]:
    """The steps of some functions of which something holds at few of the points."""
    nodes = [node for node in evaluation.nodes if node.rule.function.name in names and node.requires_grad]
    if not nodes:
        return []
    counts = dict.fromkeys(nodes, 0)
    for point in points:
        evaluation.move(dict(zip(evaluation.variables, point, strict=True)))
        for node in filter(holds, nodes):
            counts[node] += 1
    return [node for node, count in counts.items() if count <= _RARELY * len(points)][:_MOST]


def _is_alive(node: Value) -> bool:
    return _liveliness(node) > 0


def _is_curved(node: Value) -> bool:
    return abs(node.args[0].data) > _FLAT


def _liveliness(node: Value) -> float:
    """How alive a bump or step is: above 0 where it is; -inf where its argument is not finite."""
    argument = node.args[0].data
    if not isfinite(argument):
        return -inf
    if node.rule.function.name in _BUMPS:
        return min(argument, 0.0) - _DEAD_BELOW
    return _DEAD_BEYOND - abs(argument)


class _LiveSearch:
    """Looks for the points where one bump or step is alive."""

    def __init__(self, evaluation: Evaluation, node: Value, spans: Mapping[str, Span]) -> None:
        self._evaluation, self._node = evaluation, node
        self._names = list(evaluation.variables)
        self._spans = {name: spans.get(name, (-inf, inf)) for name in self._names}

    def points(self, points: Sequence[Point], random: Random) -> list[Point]:
        """Points around the place where it is most alive, as far away as it is wide."""
        best = max(points, key=lambda point: self._at(self._named(point)))
        place = self._climb(self._named(best))
        if not self._at(place) > 0:
            return []
        widths = {name: self._width(place, name) for name in self._free()}
        found = []
        for size in (1.0, 0.5, 2.0, 0.1, 3.0) * 5:
            others = self._named(random.choice(points))
            moved = {name: place[name] + random.gauss(0, size) * width for name, width in widths.items()}
            found.append(self._clamped(others | {name: place[name] for name in self._fixed(place)} | moved))
        return found

    def scaled_points(self, points: Sequence[Point], random: Random) -> list[Point]:
        """Points with one variable so much larger or smaller that the argument is no longer tiny."""
        found = []
        for values in map(self._named, points[:_SCALED]):
            for name in self._free()[:_SCALED]:
                factor = random.uniform(0.3, 3) * self._scale(values, name)
                if factor:
                    found.append(self._clamped(values | {name: values[name] * factor}))
        return found

    def _scale(self, values: dict[str, float], name: str) -> float:
        """The factor of a variable that brings the argument to about 1, as a power of it; 0 where there is none."""
        self._at(values)
        size = abs(self._node.args[0].data)
        for power in _POWERS if size else ():
            factor = size ** (-1 / power)
            self._at(values | {name: values[name] * factor})
            if 0.1 <= abs(self._node.args[0].data) <= 10:
                return float(factor)
        return 0.0

    def _named(self, point: Point) -> dict[str, float]:
        return dict(zip(self._names, point, strict=True))

    def _clamped(self, values: Mapping[str, float]) -> Point:
        return tuple([min(max(values[name], low), high) for name, (low, high) in self._spans.items()])

    def _at(self, values: Mapping[str, float]) -> float:
        self._evaluation.move(values)
        return _liveliness(self._node)

    def _slope(self, values: Mapping[str, float], name: str) -> float:
        """The slope of the argument."""
        self._evaluation.move(values)
        return self._evaluation.gradients(self._node.args[0])[name]

    def _free(self) -> list[str]:
        """The variables that it depends on, and that may move."""
        reached = set(reachable(self._node.args))
        return [
            name
            for name, variable in self._evaluation.variables.items()
            if variable in reached and self._spans[name][0] != self._spans[name][1]
        ]

    def _fixed(self, values: Mapping[str, float]) -> list[str]:
        return [name for name in values if self._spans[name][0] == self._spans[name][1]]

    def _climb(self, values: dict[str, float]) -> dict[str, float]:
        """To where it is most alive, one variable after the other, by Newton's method."""
        for _ in range(3):
            for name in self._free():
                values = self._climb_along(values, name)
        return values

    def _climb_along(self, values: dict[str, float], name: str) -> dict[str, float]:
        best, best_at = values, self._at(values)
        x, low, high = values[name], *self._spans[name]
        for _ in range(_ROUNDS):
            step = self._newton(best | {name: x}, name)
            if not isfinite(step) or abs(step) <= 2.0**-52 * abs(x):
                break
            x = min(max(x + step, low), high)
            moved = values | {name: x}
            if (there := self._at(moved)) > best_at:
                best, best_at = moved, there
        return best

    def _newton(self, values: dict[str, float], name: str) -> float:
        """How far to go: of a step to where the argument is 0, of a bump to where its slope is."""
        slope = self._slope(values, name)
        if self._node.rule.function.name not in _BUMPS:
            return -self._node.args[0].data / slope if slope else inf
        nearby = 1e-4 * (abs(values[name]) or 1.0)
        bend = (self._slope(values | {name: values[name] + nearby}, name) - slope) / nearby
        return -slope / bend if bend else inf

    def _width(self, place: dict[str, float], name: str) -> float:
        """How far it takes to leave the place where it is most alive."""
        top, x = self._at(place), place[name]
        self._evaluation.move(place)
        argument = self._node.args[0].data
        width = _SMALLEST * (abs(x) or 1.0)
        while width < 1e3 * (abs(x) or 1.0):
            for moved in (x - width, x + width):
                there = self._at(place | {name: moved})
                if top - there > 1 or abs(self._node.args[0].data - argument) > 1:
                    return width
            width *= 2
        return width
