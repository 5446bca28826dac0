"""A function over two variables: values on a grid of cells, gradients, and the cells beside jumps and poles."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import chain, filterfalse, pairwise, product
from math import isfinite, isnan, nan

from autodiff_cli.engine.domain import is_inside
from autodiff_cli.engine.expression import Evaluation
from autodiff_cli.engine.graph import forward
from autodiff_cli.reports.probe import LARGE
from autodiff_cli.reports.views import Limits

_TEARS = 2000  # places in an area that are looked at for a jump

Arrow = tuple[float, float, float, float]  # a place, and the gradient there
Line = Callable[[float], float]


class Area:
    """An expression over two of its variables, the others fixed as they stand.

    `values` has a row for each of `ys`, along `xs`, which are the middles of cells; nan is where there is no value.
    """

    def __init__(self, evaluation: Evaluation, spans: Mapping[str, Limits], columns: int, rows: int) -> None:
        (first, self._wide), (second, self._tall) = spans.items()
        self._evaluation = evaluation
        self._x, self._y = evaluation.variables[first], evaluation.variables[second]
        self.xs, self.ys = _middles(self._wide, columns), _middles(self._tall, rows)
        self.values = [[self.value(x, y) for x in self.xs] for y in self.ys]
        self.found = known(self.values)

    def value(self, x: float, y: float) -> float:
        """The value at a place; nan where there is none, or none that can be drawn."""
        evaluation = self._evaluation
        self._x.data, self._y.data = x, y
        forward(evaluation.nodes)
        value = evaluation.root.data
        return value if abs(value) < LARGE and is_inside(evaluation) else nan

    def arrows(self, columns: int, rows: int) -> list[Arrow]:
        """The gradients in the middles of so many cells, where there are any."""
        found = []
        for y, x in product(_middles(self._tall, rows), _middles(self._wide, columns)):
            if isfinite(self.value(x, y)):
                self._evaluation.sweep()
                gradient = self._x.grad, self._y.grad
                if all(map(isfinite, gradient)):
                    found.append((x, y, *gradient))
        return found


def known(values: Iterable[Iterable[float]]) -> list[float]:
    """The values that there are."""
    return [*filterfalse(isnan, chain.from_iterable(values))]


class Tears:
    """The `cells` beside jumps and poles, as row and column, and of each kind the first of its `places`.

    They are looked for where neighbours differ by far more than the next ones.
    """

    def __init__(self, area: Area) -> None:
        self.cells: set[tuple[int, int]] = set()
        self.places: dict[str, tuple[float, float]] = {}
        self._left = _TEARS
        for j, (y, row) in enumerate(zip(area.ys, area.values, strict=True)):
            for i, x, kind in self._along(area.xs, row, partial(area.value, y=y)):
                self.cells |= {(j, i), (j, i + 1)}
                self.places.setdefault(kind, (x, y))
        for i, (x, column) in enumerate(zip(area.xs, zip(*area.values, strict=True), strict=True)):
            for j, y, kind in self._along(area.ys, column, partial(area.value, x)):
                self.cells |= {(j, i), (j + 1, i)}
                self.places.setdefault(kind, (x, y))

    def _along(self, xs: list[float], values: Sequence[float], line: Line) -> Iterator[tuple[int, float, str]]:
        """The tears along a row or a column: before which of its values, the place, and the kind."""
        steps = [abs(second - first) for first, second in pairwise(values)]
        for i, step in enumerate(steps[1:-1], 1):
            stands_out = step > 4 * max(steps[i - 1], steps[i + 1])
            if stands_out and self._left > 0:
                self._left -= 1
                place, left = follow(line, xs[i], xs[i + 1], values[i], values[i + 1])
                largest = max(abs(values[i]), abs(values[i + 1]))
                kind = _kind(step, left, largest)
                if kind:
                    yield i, place, kind


def _kind(step: float, left: float, largest: float) -> str:
    """What makes a step: at a jump it stays what it is in a smaller piece, at a pole it grows; else nothing."""
    shrinks = left < 0.5 * step
    is_rounding = not left > 1e-9 * largest
    if shrinks or is_rounding:
        return ""
    return "poles" if left > 2 * step else "jumps"


def follow(line: Line, low: float, high: float, first: float, last: float) -> tuple[float, float]:
    """Where between two places a function changes most, and by how much in a piece a thousand times smaller.

    Of the two halves of a piece the one with the larger difference is followed.
    """
    for _ in range(10):
        middle = low + (high - low) / 2
        between = line(middle)
        if abs(between - first) >= abs(last - between):
            high, last = middle, between
        else:
            low, first = middle, between
    return low + (high - low) / 2, abs(last - first)


def are_endless(numbers: list[float]) -> bool:
    """Whether a few numbers are so far from the others that these would all look the same."""
    ordered = sorted(numbers)
    low, high = ordered[len(ordered) // 20], ordered[-1 - len(ordered) // 20]
    return ordered[-1] - ordered[0] > 20 * (high - low) > 0


def _middles(span: Limits, count: int) -> list[float]:
    """The middles of so many cells: of two between 0 and 1, 0.25 and 0.75."""
    low, high = span
    return [low + (high - low) * ((i + 0.5) / count) for i in range(count)]
