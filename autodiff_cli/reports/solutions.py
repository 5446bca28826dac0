"""Points where an equation holds: for x^2 + y^2 = 25 points of the circle, for x^2 = 4 the numbers -2 and 2."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise, product
from math import inf, isfinite
from random import Random

from autodiff_cli.engine.expression import Evaluation, Expression
from autodiff_cli.reports.sampling import SIMPLE

_MOST = 60  # points
_TRIED = 30  # of the numbers that the other variables have
_HALVINGS = 80
_CLOSE = 1e-7  # relative, of what has lost digits to rounding
_STEP, _END = 0.37, 12.0  # where a sign changes is looked for


def solutions(
    difference: Expression, dependent: str, spans: dict[str, tuple[float, float]], seed: int
) -> list[dict[str, float]]:
    """Points where an expression is 0, as well as floats have them; it is solved for one of its variables."""
    at = difference.evaluation()
    others = [name for name in difference.variables if name != dependent]
    low, high = spans.get(dependent, (-inf, inf))
    found: list[dict[str, float]] = []
    for numbers in _numbers(others, spans, seed):
        point = dict(zip(others, numbers, strict=True))
        for root in _roots(at, dependent, point):
            if low <= root <= high:
                found.append({**point, dependent: root})
        if len(found) >= _MOST:
            break
    return found


def _numbers(names: Sequence[str], spans: dict[str, tuple[float, float]], seed: int) -> Iterator[tuple[float, ...]]:
    """What the other variables are, simple numbers first."""
    generator = Random(seed)  # noqa: S311 - no secret
    if not names:
        yield ()
        return
    simple = [x for x in SIMPLE if abs(x) <= _END]
    yield from [*product(simple[:5], repeat=len(names))][:_TRIED]
    for _ in range(_TRIED):
        ends = [spans.get(name, (-5.0, 5.0)) for name in names]
        yield tuple([generator.uniform(max(low, -_END), min(high, _END)) for low, high in ends])


def _roots(at: Evaluation, name: str, point: dict[str, float]) -> Iterator[float]:
    """Where the value is 0 or changes its sign."""

    def value(x: float) -> float:
        at.move({**point, name: x})
        return at.value

    count = int(2 * _END / _STEP)
    tried = sorted({*SIMPLE, *[-_END + _STEP * step for step in range(count)], -50.0, -20.0, 20.0, 50.0})
    seen = [(x, value(x)) for x in tried]
    yield from [x for x, y in seen if y == 0]
    for (a, y), (b, z) in pairwise(seen):
        if y * z < 0:
            root = _bisected(value, a, b, y)
            if abs(value(root)) <= _CLOSE * (abs(y) + abs(z)):  # no pole
                yield root


def _bisected(value: Callable[[float], float], a: float, b: float, at_a: float) -> float:
    """Between two numbers the place where a function changes its sign."""
    for _ in range(_HALVINGS):
        middle = (a + b) / 2
        if (value(middle) < 0) == (at_a < 0):
            a = middle
        else:
            b = middle
    return b


def value_at(side: Expression, point: Mapping[str, float]) -> float:
    """The value at a point that may have other variables, too."""
    return side.evaluate(**{name: point[name] for name in side.variables})


def holds_at(left: Expression, right: Expression, point: dict[str, float]) -> bool | None:
    """Whether two sides are equal at a point that is as near as floats come; None where they have no value."""
    sizes, values, slack = [], [], 0.0
    for side in (left, right):
        at = side.evaluation()
        at.move({name: point.get(name, 1.0) for name in side.variables})
        values.append(at.value)
        sizes.append(abs(at.value))
        if isfinite(at.value):
            slopes = at.gradients()
            slack += sum([abs(slopes[name]) * max(1.0, abs(at.point[name])) for name in side.variables])
    if not all(map(isfinite, sizes)) or not isfinite(slack):
        return None
    return abs(values[0] - values[1]) <= _CLOSE * max(sizes) + 1e-10 * slack
