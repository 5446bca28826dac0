"""Where something is so and where it is not, in words: `x > 0`, `x other than 0`, `a - b > 0`. From points alone."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from autodiff_cli.engine.expression import Evaluation, Expression
from autodiff_cli.engine.printer import number_text, to_text
from autodiff_cli.engine.value import Value
from autodiff_cli.reports.sampling import SIMPLE, Point, literals_of
from autodiff_cli.rules.table import COMPARISONS

FEWEST = 3  # points that words have to fit, and that they have to exclude
POINTS = 40  # that they are tried on
LONGEST = 40  # characters of a formula


class Place(NamedTuple):
    """A point, what is claimed there, and what is true."""

    point: Point
    claimed: float
    true: float


class Region(NamedTuple):
    """A condition in words that parts points: `text` is `x > 0`, or `exactly` `x >= 0` where 0 is one of them."""

    text: str
    is_point: bool = False  # a single number of one variable
    is_rough: bool = False  # its edge is only known to lie between two points
    exactly: str = ""


class _Column(NamedTuple):
    """The numbers of a variable, at the points inside and at those outside."""

    name: str
    here: Sequence[float]
    there: Sequence[float]


def where(expression: Expression, inside: Sequence[Place], outside: Sequence[Place]) -> Region | None:
    """A condition that holds at all of the first points and at none of the others."""
    if not inside or not outside:
        return None
    edges = _simple_edges(expression)
    here, there = map(_by_variable, (inside, outside))
    for column in map(_Column, expression.variables, here, there):
        if region := _condition(column, edges):
            return region
    if min(len(inside), len(outside)) < FEWEST:
        return None
    return _beside_seam(expression, inside, outside)


def _by_variable(places: Iterable[Place]) -> Iterator[tuple[float, ...]]:
    """The numbers of each variable at some points."""
    return zip(*[place.point for place in places], strict=True)


def _condition(column: _Column, edges: Sequence[float]) -> Region | None:
    """The first condition that parts the numbers of one variable."""
    here, there = len(column.here), len(column.there)
    for fewest_here, fewest_there, find in _CONDITIONS:
        is_backed = here >= fewest_here and there >= fewest_there
        region = find(column, edges) if is_backed else None
        if region:
            return region
    return None


def _simple_edges(expression: Expression) -> list[float]:
    """Numbers where an edge may lie: simple ones and the expression's own, the shortest first."""
    literals = literals_of(expression.nodes)
    numbers = {*SIMPLE, *literals, *[-x for x in literals]}
    return sorted(numbers, key=lambda x: (len(number_text(x)), abs(x)))


def _one_number(column: _Column, _: Sequence[float]) -> Region | None:
    is_apart = _are_one(column.here, column.there)
    return Region(f"{column.name} = {number_text(column.here[0])}", is_point=True) if is_apart else None


def _all_but_one(column: _Column, _: Sequence[float]) -> Region | None:
    is_apart = _are_one(column.there, column.here)
    return Region(f"{column.name} other than {number_text(column.there[0])}") if is_apart else None


def _are_one(numbers: Sequence[float], others: Sequence[float]) -> bool:
    """Whether numbers are all the same, and none of the others."""
    return len({*numbers}) == 1 and numbers[0] not in others


def _side(column: _Column, edges: Sequence[float]) -> Region | None:
    """One side of an edge: for 3, 4 here and -2, 0.5 there `x > 1`."""
    name, here, there = column
    sides = (">", max(there), min(here)), ("<", max(here), min(there))
    for sign, low, high in sides:
        if low < high:
            simple = next((edge for edge in edges if low <= edge <= high), None)
            if simple is None:
                middle = (low + high) / 2
                return Region(f"{name} {sign} about {middle:.3g}", is_rough=True)
            edge = number_text(simple)
            return Region(f"{name} {sign} {edge}", exactly=f"{name} {sign}{'=' * (simple in here)} {edge}")
    return None


def _side_in_size(column: _Column, edges: Sequence[float]) -> Region | None:
    here, there = map(abs, column.here), map(abs, column.there)
    return _side(_Column(f"|{column.name}|", [*here], [*there]), edges)


# How many points it takes inside and outside, and what may then be said of one variable
_CONDITIONS: tuple[tuple[int, int, Callable[[_Column, Sequence[float]], Region | None]], ...] = (
    (1, 1, _one_number),
    (FEWEST, 1, _all_but_one),
    (FEWEST, FEWEST, _side),
    (FEWEST, FEWEST, _side_in_size),
)
_COMPARED = {*COMPARISONS, "max", "min"}
_SIDES: tuple[tuple[str, Callable[[float], bool]], ...] = (
    ("> 0", lambda x: x > 0),
    ("< 0", lambda x: x < 0),
    (">= 0", lambda x: x >= 0),
    ("<= 0", lambda x: x <= 0),
)


class _Seam(NamedTuple):
    """What changes its sign at a kink, or where a condition changes: of `max(a, b)` it is a - b."""

    text: str
    args: tuple[Value, ...]

    @property
    def data(self) -> float:
        """Its value at the point."""
        first, *second = self.args
        return first.data - second[0].data if second else first.data


def _beside_seam(expression: Expression, inside: Sequence[Place], outside: Sequence[Place]) -> Region | None:
    """On which side of a kink or of a condition the first points lie, where that parts them."""
    at = expression.evaluation()
    seams = [*_seams(at.nodes)]
    here, there = _distances(at, seams, inside), _distances(at, seams, outside)
    for seam, inner, outer in zip(seams, here, there, strict=True):
        for words, holds in _SIDES:
            if all(map(holds, inner)) and not any(map(holds, outer)):
                return Region(f"{seam.text} {words}")
    return None


def _seams(nodes: Iterable[Value]) -> Iterator[_Seam]:
    for node in nodes:
        function, args = node.rule.function, node.args
        is_seam = {1: bool(function.kinks), 2: function.name in _COMPARED}
        if is_seam.get(len(args)):
            text = " - ".join([to_text(arg, LONGEST) for arg in args])
            yield _Seam(text, args)


def _distances(at: Evaluation, seams: Sequence[_Seam], places: Sequence[Place]) -> list[list[float]]:
    """How far each seam is away, at the first of the points."""
    found: list[list[float]] = [[] for _ in seams]
    for place in places[:POINTS]:
        at.move(dict(zip(at.variables, place.point, strict=True)))
        for seam, column in zip(seams, found, strict=True):
            column.append(seam.data)
    return found
