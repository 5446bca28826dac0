"""Systems of equations: Newton's method and the proof that a root is there, alone, by Krawczyk's operator.

K(X) = m - Y f(m) + (I - Y J(X)) (X - m), for a box X around m, slopes J(X) over it, and any matrix Y. Where K(X) lies
inside X there is one root in X, and it lies in K(X) (Krawczyk 1969; Rump, Acta Numerica 2010, section 13).
"""

from collections.abc import Iterable, Mapping, Sequence
from heapq import heappop, heappush
from itertools import starmap
from math import ceil, log10, ulp
from typing import Any, NamedTuple

from flint import arb, arb_mat

from autodiff_cli.engine.expression import NamedGraph
from autodiff_cli.engine.value import Value
from autodiff_cli.exact.ball_graph import BallGraph
from autodiff_cli.exact.far import is_finite
from autodiff_cli.exact.hulls import around, close_to, hull, nearest
from autodiff_cli.solving.pieces import Box, halves, joined, size

_SEARCH, _SURE = 64, 256  # bits
_NEWTON = 100  # steps
_BOXES = 40_000  # times nodes, that are looked at
_FEWEST = 500
_FINE = 1e-13  # of the range: the width of a box that is not split any more
_HALVINGS = 30  # of a step of Newton's that leads away
_NOTHING = 1e-40  # what Newton's steps to a root at 0 come to
_WIDER = 0.1  # by how much a box is tried, so that a root on its edge is inside
_NARROWER = 20  # times a box around a root is made narrower
_STILL, _AT_0 = 180, 60  # bits: a step this much smaller than the point is none; what a point at 0 counts as


class SystemRoot(NamedTuple):
    """A root: its floats, how far from them it is alone, and the balls."""

    point: tuple[float, ...]
    within: float
    balls: tuple[Any, ...]

    def overlaps(self, other: "SystemRoot") -> bool:
        """Whether another root may be this one."""
        return _overlaps(self.balls, other.balls)


class SystemRoots(NamedTuple):
    """The roots in a box, and the boxes that are undecided."""

    found: list[SystemRoot]
    undecided: list[Box]


class System:
    """As many equations as unknowns, the other variables fixed."""

    def __init__(
        self, graph: NamedGraph, equations: Sequence[Value], unknowns: Sequence[Value], fixed: Mapping[Value, Any]
    ) -> None:
        self.graph, self.equations, self.unknowns = graph, [*equations], [*unknowns]
        self._at = {bits: BallGraph(graph, fixed, bits) for bits in (_SEARCH, _SURE)}

    def near(self, start: Sequence[Any]) -> SystemRoot | None:
        """The root that Newton's method comes to, proven; None where it comes to none, or nothing is proven there."""
        middle = self._newton([*map(arb, start)])
        return self._proven(middle) if middle else None

    def roots(self, box: Box) -> SystemRoots:
        """All roots in a box: what cannot hold one is left out, what may hold several is split."""
        found: list[SystemRoot] = []
        undecided: list[Box] = []
        waiting = [(-size(box, box), box)]
        for _ in range(max(_BOXES // max(len(self.graph.nodes), 1), _FEWEST)):
            if not waiting:
                break
            _, piece = heappop(waiting)
            root = self._look(piece)
            if isinstance(root, SystemRoot):
                found += [root] if _is_new(root, found, box) else []
            elif root and not _split(waiting, piece, box):
                undecided.append(piece)
        return SystemRoots(sorted(found), joined([*undecided, *[piece for _, piece in waiting]]))

    # --- one box ---------------------------------------------------------------------------------------------------

    def _look(self, piece: Box) -> SystemRoot | bool:
        """The only root of a box and a little around it; else whether there may be any."""
        values = self.values([hull(*side) for side in piece], _SEARCH)
        if any(self._at[_SEARCH].excludes_0(root, values) for root in self.equations):
            return False
        wider = [around((low + high) / 2, (high - low) * (0.5 + _WIDER)) for low, high in piece]
        image = self._image(wider, _SEARCH)
        if image is None:
            return True
        if _is_inside(image, wider):
            return self._root_in(wider, image)
        return _overlaps(wider, image)

    def _root_in(self, box: Sequence[Any], image: Sequence[Any]) -> SystemRoot | bool:
        """The one root of a box that holds its own image; True where it is not found to the last digit."""
        root = self.near([part.mid() for part in image])
        if root is None:
            return True
        return root if _contains(box, root.balls) else True

    def values(self, balls: Sequence[Any], bits: int = _SURE) -> dict[Value, Any]:
        """The number of every node over a box."""
        return self._at[bits].values(dict(zip(self.unknowns, balls, strict=True)))

    def _residuals(self, point: Sequence[Any], bits: int) -> Any:
        """The equations at a point, as a column; None where one has no value."""
        values = self.values(point, bits)
        return _matrix([*map(values.__getitem__, self.equations)], len(self.equations))

    def is_continuous(self, root: SystemRoot | None, node: Value) -> bool:
        """Whether a node has values all around a root: at a jump, where its slopes may be 0, it has none."""
        if root is None:
            return True
        with self._at[_SURE].balls:
            beside = [*map(close_to, root.balls)]
        return is_finite(self.values(beside)[node])

    def slopes(self, balls: Sequence[Any], bits: int = _SURE) -> Any:
        """The matrix of slopes over a box; None where one is not known, or an equation may jump."""
        values = self.values(balls, bits)
        if not all(is_finite(values[root]) for root in self.equations):
            return None
        slopes: list[Any] = []
        for root in self.equations:
            gradients = self._at[bits].gradients(root, values)
            slopes += map(gradients.__getitem__, self.unknowns)
        return _matrix(slopes, len(self.equations))

    def _image(self, box: Sequence[Any], bits: int) -> list[Any] | None:
        """Krawczyk's operator of a box; None where there are no slopes, or their matrix has no inverse."""
        middle = [arb(ball.mid()) for ball in box]
        with self._at[bits].balls:
            slopes, here, residuals = self.slopes(box, bits), self.slopes(middle, bits), self._residuals(middle, bits)
            inverse = _inverse(here)
            if slopes is None or residuals is None or inverse is None:
                return None
            count = len(middle)
            one = arb_mat(count, count, [int(place % (count + 1) == 0) for place in range(count * count)])
            start = _column(middle)
            image = start - inverse * residuals + (one - inverse * slopes) * (_column(box) - start)
            entries: list[Any] = image.entries()
            return entries

    # --- Newton's method ---------------------------------------------------------------------------------------------

    def _newton(self, point: list[Any]) -> list[Any] | None:
        """The point to which Newton's steps lead, each halved until the residuals fall; None where they do not."""
        with self._at[_SURE].balls:
            for _ in range(_NEWTON):
                residuals = self._residuals(point, _SURE)
                step = _solved(self.slopes(point, _SURE), residuals)
                if step is None:
                    return None
                moved = self._damped(point, step, residuals)
                if moved is None or _is_still(point, step):
                    return point
                point = moved
        return None

    def _damped(self, point: list[Any], step: Sequence[Any], residuals: Any) -> list[Any] | None:
        """The point after a step, or after a part of it."""
        before = _norm(residuals)
        share = arb(1)
        for _ in range(_HALVINGS):
            moved = [arb((at - share * part).mid()) for at, part in zip(point, step, strict=True)]
            there = self._residuals(moved, _SURE)
            if there is not None and _norm(there) < before:
                return moved
            share /= 2
        return None

    def _proven(self, middle: list[Any]) -> SystemRoot | None:
        """A root close to where Newton's steps end, with the proof; a number that goes on falling there may be 0."""
        point = tuple([nearest(at.mid()) for at in middle])
        snapped = self._proven_at(tuple(map(_snapped, point)))
        is_there = snapped is not None and all(map(_may_be, snapped.balls, snapped.point, point))
        return snapped if is_there else self._proven_at(point)

    def _proven_at(self, point: tuple[float, ...]) -> SystemRoot | None:
        """The root within so much of a point that it is proven to be alone there."""
        within = max(map(_last_digit, point))
        for _ in range(_NARROWER):
            box = [around(number, max(within, ulp(number))) for number in point]
            image = self._image(box, _SURE)
            if image and _is_inside(image, box):
                return SystemRoot(point, within, tuple(image))
            within /= 100
        return None


def _is_new(root: SystemRoot, found: Sequence[SystemRoot], box: Box) -> bool:
    """Whether a root may be in a box, and is none that was found; one within rounding of an edge counts."""
    if any(map(root.overlaps, found)):
        return False
    return _overlaps(root.balls, starmap(hull, box))


def _split(waiting: list[tuple[float, Box]], piece: Box, box: Box) -> bool:
    """Put both halves of a piece with the others that wait; whether it is wide enough."""
    pieces = halves(piece, box) if size(piece, box) > _FINE else []
    for half in pieces:
        heappush(waiting, (-size(half, box), half))
    return bool(pieces)


def _snapped(number: float) -> float:
    """A number, or the 0 that it goes on falling to."""
    return 0.0 if abs(number) < _NOTHING else number


def _may_be(ball: Any, number: float, before: float) -> bool:
    """Whether a root may be at a number that was snapped."""
    return number == before or bool(ball.contains(number))


def _last_digit(number: float) -> float:
    """The power of ten above the last bit of a float; of 0 what is close to it."""
    return 10.0 ** ceil(log10(ulp(number))) if number else 1e-15


# --- balls side by side -----------------------------------------------------------------------------------------------


def _is_inside(parts: Iterable[Any], box: Iterable[Any]) -> bool:
    return all(ball.contains_interior(part) for ball, part in zip(box, parts, strict=True))


def _contains(box: Iterable[Any], parts: Iterable[Any]) -> bool:
    return all(ball.contains(part) for ball, part in zip(box, parts, strict=True))


def _overlaps(box: Iterable[Any], parts: Iterable[Any]) -> bool:
    return all(ball.overlaps(part) for ball, part in zip(box, parts, strict=True))


def _matrix(numbers: Sequence[Any], rows: int) -> Any:
    """A matrix of numbers, row by row; None where one is not known."""
    if not all(map(is_finite, numbers)):
        return None
    return arb_mat(rows, len(numbers) // rows, [*map(arb, numbers)])


def _column(numbers: Sequence[Any]) -> Any:
    return arb_mat(len(numbers), 1, [*numbers])


def _inverse(matrix: Any) -> Any:
    """About the inverse of a matrix; None where it has none."""
    try:
        return None if matrix is None else matrix.inv().mid()
    except ZeroDivisionError:
        return None


def _solved(slopes: Any, residuals: Any) -> list[Any] | None:
    """Newton's step; None where there is none."""
    if slopes is None or residuals is None:
        return None
    try:
        step: list[Any] = slopes.solve(residuals).entries()
    except ZeroDivisionError:
        return None
    return step


def _is_still(point: Sequence[Any], step: Sequence[Any]) -> bool:
    """Whether a step is none, beside where it starts."""
    least = arb(2) ** -_STILL
    return all(abs(part) <= least * abs(at).max(arb(2) ** -_AT_0) for part, at in zip(step, point, strict=True))


def _norm(column: Any) -> Any:
    return max([abs(number).mid() for number in column.entries()])
